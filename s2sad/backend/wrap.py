"""Break a line of Python that is too long, in the way that `black` does it.

A line is broken inside a bracket that it has, with the content indented by four::

    x_bar = x_bar + np.einsum(
        "ij,jk,kl->il", some_long_matrix_name, another_long_matrix_name, the_last_long_matrix_name
    )

or inside parentheses added around its value, before the operators of lowest precedence::

    energy = (
        0.5 * mass * velocity ** 2
        + mass * gravity * height
        + ...
    )
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


class Atom(str):
    """A part of a line that is never broken: a string literal or the head of a lambda."""


@dataclass(frozen=True)
class _Group:
    """A bracket with its content."""

    open: str
    items: list[_Item]
    close: str


_Item = str | _Group

_TOKEN = re.compile(
    r"( (?:async for|for|if|else|and|or|not in|in|is not|is|\*\*|//|<<|>>|==|!=|<=|>=|[-+*/%@&|^<>]) "
    r"| (?:[-+*/%@&|^]|//|\*\*|<<|>>)?= "
    r"|, ?|: |[()\[\]{}]|(?<![:=!<>])=(?!=))"
)
_ASSIGN = re.compile(r" (?:[-+*/%@&|^]|//|\*\*|<<|>>)?= ")
_COMMA, _FOR, _TERM = 11, 10, 2
_RANK = {"if": 9, "else": 9, "or": 8, "and": 7, "|": 5, "^": 5, "&": 5, "<<": 4, ">>": 4, "+": 3, "-": 3}
_RANK |= dict.fromkeys(("in", "not in", "is", "is not", "==", "!=", "<", "<=", ">", ">="), 6)
_RANK |= dict.fromkeys(("*", "/", "//", "%", "@"), _TERM) | {"**": 1}

_VALUE_AFTER = ("return ", "if ", "elif ", "while ", "with ")
_NO_VALUE = ("del ", "raise ", "import ", "global ", "nonlocal ", "except", "@", "case ", "match ", "type ")


def wrap(pieces: Iterable[str], indent: str, width: int) -> list[str]:
    """Return the lines of one statement, or of the first line of a compound one.

    Parameters
    ----------
    pieces : iterable of str
        The line without its indentation, cut anywhere; every `Atom` is a piece of its own.
    indent : str
        The indentation.
    width : int
        The longest line wanted. A line that cannot be broken stays longer.

    Examples
    --------
    >>> print(*wrap(["total = first + second"], "", 20), sep="\\n")
    total = (
        first + second
    )
    >>> print(*wrap(["f(first, ", Atom("'a, b'"), ")"], "    ", 16), sep="\\n")
        f(
            first,
            'a, b',
        )
    """
    pieces = list(pieces)
    if len(indent) + sum(map(len, pieces)) <= width:
        return [indent + "".join(pieces)]
    return _Wrapper(width).statement(_nest(_tokens(pieces)), indent)


def _tokens(pieces: list[str]) -> list[str]:
    tokens: list[str] = []
    text = ""
    for piece in [*pieces, Atom()]:
        if isinstance(piece, Atom):
            tokens.extend(filter(None, _TOKEN.split(text)))
            tokens.append(piece)
            text = ""
        else:
            text += piece
    return [token for token in tokens if token]


def _nest(tokens: list[str]) -> list[_Item]:
    stack: list[list[_Item]] = [[]]
    opened: list[str] = []
    for token in tokens:
        if not isinstance(token, Atom) and token in ("(", "[", "{"):
            opened.append(token)
            stack.append([])
        elif not isinstance(token, Atom) and token in (")", "]", "}"):
            group = _Group(opened.pop(), stack.pop(), token)
            stack[-1].append(group)
        else:
            stack[-1].append(token)
    return stack[0]


def _flat(items: list[_Item]) -> str:
    return "".join(
        item if isinstance(item, str) else f"{item.open}{_flat(item.items)}{item.close}" for item in items
    )


def _delimiters(items: list[_Item]) -> tuple[int, list[int]]:
    """Return the rank of the weakest binding delimiter outside of brackets, and its places."""
    ranks: dict[int, int] = {}
    seen_for = bool(items) and isinstance(items[0], str) and items[0].startswith(("for ", "async for "))
    skip_in = seen_for
    for place, item in enumerate(items):
        if not isinstance(item, str) or isinstance(item, Atom):
            continue
        word = item.strip()
        if word == "," and not skip_in:
            ranks[place] = _COMMA
        elif word in ("for", "async for") and item.startswith(" "):
            ranks[place] = _FOR
            seen_for = skip_in = True
        elif word == "if" and seen_for and item.startswith(" "):
            ranks[place] = _FOR
        elif word == "in" and skip_in:
            skip_in = False
        elif item.startswith(" ") and word in _RANK:
            ranks[place] = _RANK[word]
    rank = max(ranks.values(), default=0)
    return rank, [place for place, each in ranks.items() if each == rank]


def _value_start(items: list[_Item]) -> int:
    """Return the place after the last ``name=``, ``key:`` or ``lambda x:`` before a value, else 0."""
    if _delimiters(items)[0] >= _FOR:
        return 0
    heads = [
        place + 1
        for place, item in enumerate(items)
        if item in ("=", " = ", ": ") or (isinstance(item, Atom) and item.endswith(": "))
    ]
    return heads[-1] if heads else 0


def _split_statement(items: list[_Item]) -> int | None:
    """Return the place where the value of a statement starts; None if parentheses cannot be added."""
    first = items[0] if isinstance(items[0], str) else ""
    if first.startswith(("def ", "class ", "async ", *_NO_VALUE)):
        return None
    if first.startswith("for "):
        return items.index(" in ") + 1
    if first.startswith("assert "):
        commas = [place for place, item in enumerate(items) if item == ", "]
        return commas[-1] + 1 if commas else 1
    if first.startswith(_VALUE_AFTER) or re.match(r"from \S+ import ", first):
        return 1
    assigns = [
        place + 1 for place, item in enumerate(items) if isinstance(item, str) and _ASSIGN.fullmatch(item)
    ]
    return assigns[-1] if assigns else 0


class _Wrapper:
    """The methods return lines; `tail` is what follows on the last line."""

    def __init__(self, width: int):
        self.width = width

    def statement(self, items: list[_Item], indent: str) -> list[str]:
        items, tail = list(items), ""
        if isinstance(items[-1], str) and not isinstance(items[-1], Atom) and items[-1].endswith(":"):
            items[-1], tail = items[-1][:-1], ":"
        first = items[0]
        if isinstance(first, str) and not isinstance(first, Atom):
            keyword = re.match(r"from \S+ import |(?:return|if|elif|while|with|assert) ", first)
            if keyword:
                items[:1] = [keyword[0], first[keyword.end() :]]
        items = [item for item in items if item != ""]
        start = _split_statement(items)
        if start is None:
            return self.bracket([], items, tail, indent)
        start += _value_start(items[start:])
        return self.value(items[:start], items[start:], tail, indent)

    def fits(self, indent: str, items: list[_Item], more: int = 0) -> bool:
        return len(indent) + len(_flat(items)) + more <= self.width

    def value(self, head: list[_Item], items: list[_Item], tail: str, indent: str) -> list[str]:
        """Lay out a value after its head; parentheses may be added around it."""
        rank, places = _delimiters(items)
        inner = indent + "    "
        if not rank:
            lines = self.bracket(head, items, tail, indent)
            if len(lines) > 1 or not head or not self.fits(inner, items):
                return lines
        if self.fits(inner, items):
            body = [inner + _flat(items)]
        elif self._ends_in_call(items, places, rank) and self.fits(indent, head + items[:-1], 1):
            return self.bracket(head, items, tail, indent)
        else:
            body = self.delimited(items, inner, "")
        return [f"{indent}{_flat(head)}(", *body, f"{indent}){tail}"]

    @staticmethod
    def _ends_in_call(items: list[_Item], places: list[int], rank: int) -> bool:
        last = items[-1]
        return rank < _FOR and len(places) == 1 and isinstance(last, _Group) and bool(last.items)

    def bracket(self, head: list[_Item], items: list[_Item], tail: str, indent: str) -> list[str]:
        """Break inside the bracket with the longest content."""
        items = head + items
        first = items[0] if isinstance(items[0], str) else ""
        best: tuple[int, int] | None = None
        for place, item in enumerate(items):
            if isinstance(item, _Group) and item.items:
                before = self.fits(indent, items[:place], 1)
                after = self.fits(indent, items[place + 1 :], 1 + len(tail))
                size = len(_flat(item.items))
                if before and after and (best is None or size >= best[0]):
                    best = size, place
                if first.startswith(("def ", "async def ", "class ")) and item.open == "(":
                    best = size, place
                    break
        if best is None:
            return [indent + _flat(items) + tail]
        group = items[best[1]]
        assert isinstance(group, _Group)
        inside = self.element(group.items, indent + "    ", "")
        before_text, after_text = _flat(items[: best[1]]), _flat(items[best[1] + 1 :])
        return [f"{indent}{before_text}{group.open}", *inside, f"{indent}{group.close}{after_text}{tail}"]

    def element(self, items: list[_Item], indent: str, tail: str) -> list[str]:
        """Lay out the content of a bracket, or a part of it."""
        if self.fits(indent, items, len(tail)):
            return [indent + _flat(items) + tail]
        start = _value_start(items)
        if start:
            return self.value(items[:start], items[start:], tail, indent)
        rank, places = _delimiters(items)
        if not rank or (
            rank <= _TERM and self._ends_in_call(items, places, rank) and self.fits(indent, items[:-1], 1)
        ):
            return self.bracket([], items, tail, indent)
        return self.delimited(items, indent, tail)

    def delimited(self, items: list[_Item], indent: str, tail: str) -> list[str]:
        """Break after the commas, or before the operators, that bind weakest."""
        rank, places = _delimiters(items)
        lines: list[str] = []
        if rank == _COMMA:
            start = 0
            for place in [*places, len(items)]:
                if items[start:place]:
                    lines += self.element(items[start:place], indent, ",")
                start = place + 1
            lines[-1] += tail
            return lines
        part: list[_Item] = items[: places[0]]
        for place, end in zip(places, [*places[1:], len(items)], strict=True):
            lines += self.element(part, indent, "")
            word, first, *rest = items[place:end]
            assert isinstance(word, str)
            word = word.lstrip()
            part = [type(first)(word + first), *rest] if isinstance(first, str) else [word, first, *rest]
        return lines + self.element(part, indent, tail)
