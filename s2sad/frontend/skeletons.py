"""The rule that a function without one needs, ready to be pasted: all but its formulas.

>>> def smooth(x, width=3):
...     pass
>>> print(skeleton("fastlib.smooth", smooth, ("adjoint",)))
@s2sad.rules.adjoint(fastlib.smooth)
def smooth_adjoint(g, y, x, width=3):
    return ...  # the adjoint of x
"""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Iterable
from typing import Any

import numpy as np

HINT = "declare it `nondifferentiable`, or rewrite the line with functions that have one"


def hint(text: str, function: Any, kinds: tuple[str, ...] = ("adjoint", "tangent")) -> str:
    """Return the ways out where a function has no derivative rule, the text of a rule among them."""
    ways = f"give it a rule with `s2sad.rules.elementwise` or `{kinds[0]}`, {HINT}"
    module = (getattr(function, "__module__", None) or "").partition(".")[0]
    if not callable(function) or isinstance(function, type) or module in sys.stdlib_module_names:
        return ways
    return f"{ways}\n\n{skeleton(text, function, kinds)}"


def skeleton(text: str, function: Any, kinds: Iterable[str]) -> str:
    """Return the text of the rules of a function, by its signature: the operands and the options."""
    operands, parameters = parameters_of(function)
    text = text.partition(" ")[0]  # np.frompyfunc calls its functions "name (vectorized)"
    name = text.rpartition(".")[2]
    name = name if name.isidentifier() else "function"
    taken = {*operands, *parameters}
    g, y = (
        next(each for each in names if each not in taken) for names in (("g", "g_bar"), ("y", "z", "out"))
    )
    spelled = full_name(text, function)
    if isinstance(function, np.ufunc) and function.nout == 1:
        kinds = ("elementwise",)
    rules = []
    for kind in kinds:
        first = "dots" if kind == "tangent" else g
        rules.append(
            f"@s2sad.rules.{kind}({spelled})\n"
            f"def {name}_{'rule' if kind == 'elementwise' else kind}({', '.join((first, y, *parameters))}):\n"
            f"    return {returned(kind, operands, g, y)}"
        )
    return "\n\n".join(rules)


def returned(kind: str, operands: list[str], g: str, y: str) -> str:
    names = ", ".join(operands)
    if kind == "tangent":
        which = "dots[0] is that of" if len(operands) == 1 else "dots holds those of"
        return f"...  # the tangent of {y}; {which} {names}"
    values = ", ".join("(...)" if name.startswith("*") else "..." for name in operands)
    many = "s" if len(operands) > 1 or names.startswith("*") else ""
    what = f"{g} times the derivative" if kind == "elementwise" else "the adjoint"
    return f"{values}  # {what}{many} {'in' if kind == 'elementwise' else 'of'} {names}"


def parameters_of(function: Any) -> tuple[list[str], list[str]]:
    """Return the names of a function's operands, and its parameters as a rule has them.

    >>> parameters_of(np.add), parameters_of(lambda x, n=2, *, mode="same", **rest: x)
    ((['x1', 'x2'], ['x1', 'x2']), (['x'], ['x', 'n=2', '*', "mode='same'"]))
    """
    if isinstance(function, np.ufunc):
        names = ["x"] if function.nin == 1 else [f"x{i + 1}" for i in range(function.nin)]
        return names, list(names)
    try:
        found = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        return ["*operands"], ["*operands"]
    found = [each for each in found if each.kind is not each.VAR_KEYWORD]
    if [each.kind for each in found] == [inspect.Parameter.VAR_POSITIONAL]:  # which tells nothing
        return ["*operands"], ["*operands"]
    operands: list[str] = []
    parameters: list[str] = []
    required = any(each.default is each.empty for each in found)
    keywords = False
    for i, each in enumerate(found):
        if each.kind is each.VAR_POSITIONAL:
            keywords = True
            operands.append(f"*{each.name}")
            parameters.append(f"*{each.name}")
            continue
        if each.kind is each.KEYWORD_ONLY and not keywords:
            keywords = True
            parameters.append("*")
        if each.default is each.empty or (i == 0 and not required):
            operands.append(each.name)
            parameters.append(each.name)
        else:
            parameters.append(f"{each.name}={literal(each.default)}")
    return operands, parameters


def literal(value: Any) -> str:
    """Return the text of a default; what cannot be written down becomes None."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"float('{value}')"
    return repr(value) if type(value) in (bool, int, float, complex, str) else "None"


def full_name(text: str, function: Any) -> str:
    """Return how a function is spelled where its module has been imported."""
    module, name = getattr(function, "__module__", None), text.rpartition(".")[2]
    if "." in text or module in (None, "__main__"):
        return text
    return f"{module}.{name}" if getattr(sys.modules.get(module), name, None) is function else text
