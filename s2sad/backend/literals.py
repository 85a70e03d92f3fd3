"""Print constants as a person writes them: double quotes, triple quotes for docstrings, exact numbers."""

from __future__ import annotations

import math


def number(value: complex, quote: str = '"') -> str:
    """Print a number; what has no literal is a call.

    Examples
    --------
    >>> number(1e-8), number(-math.inf), number(2j), number(1 - 2j)
    ('1e-08', '-float("inf")', '2j', 'complex(1.0, -2.0)')
    """
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        sign = "-" if math.copysign(1, value) < 0 and not math.isnan(value) else ""
        text = float.__repr__(abs(value))
        return sign + (text if math.isfinite(value) else f"float({quote}{text}{quote})")
    if math.copysign(1, value.real) > 0 == value.real and complex.__repr__(value)[0].isdigit():
        return complex.__repr__(value)
    return f"complex({number(value.real, quote)}, {number(value.imag, quote)})"


def string(value: str | bytes, quote: str = '"') -> str:
    """Print a string, between the given quotes where they need no backslash.

    Examples
    --------
    >>> print(string("it's"), string('say "hi"'), string("plain", "'"))
    "it's" 'say "hi"' 'plain'
    """
    text = repr(value)
    if quote == '"' and text.endswith("'") and '"' not in text:
        start = text.index("'")
        return f'{text[:start]}"{text[start + 1 : -1]}"'
    return text


def escaped(text: str, multiline: bool = False) -> str:
    """Escape what cannot stand in a literal, quotes excepted; line feeds may stay in triple quotes."""
    made = []
    for char in text:
        if char == "\\" or not (char.isprintable() or (multiline and char == "\n")):
            char = repr(char)[1:-1]
        made.append(char)
    return "".join(made)


def docstring(text: str) -> str:
    """Print a string between triple quotes, as a raw one if it contains backslashes."""
    if "\\" in text and '"""' not in text and text[-1] not in '\\"':
        if all(char.isprintable() or char == "\n" for char in text):
            return f'r"""{text}"""'
    body = escaped(text, multiline=True).replace('"""', r"\"\"\"")
    return f'"""{body[:-1]}\\""""' if body.endswith('"') else f'"""{body}"""'
