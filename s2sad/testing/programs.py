"""The functions whose derivatives are those of higher order, as programs with a text of their own.

Whoever differentiates by reading programs can read them. They are straight-line code that names each entry.
"""

from __future__ import annotations

import itertools
import linecache
from collections.abc import Sequence
from typing import Any

import numpy as np

from s2sad.testing.moves import Function
from s2sad.trees import Path, shown

_serial = itertools.count(1)


def contraction(function: Function, count: int, weights: Sequence[tuple[Path, Any]]) -> Function:
    """Return the sum of the entries of a function's result, each times a constant weight.

    The program for two arguments and a result of which two parts count::

        def contraction(a0, a1):
            y = function(a0, a1)
            return np.sum(y[0]['W'] * c0) + y[1] * c1

    Examples
    --------
    >>> contraction(lambda x: (x, x**2), 1, [((0,), 2.0), ((1,), 3.0)])(10.0)
    320.0
    """
    scope: dict[str, Any] = {"np": np, "function": function}
    terms: list[str] = []
    for i, (path, weight) in enumerate(weights):
        scope[f"c{i}"] = weight
        term = f"y{shown(path)} * c{i}"
        if isinstance(weight, np.ndarray) and weight.ndim:
            term = f"np.sum({term})"
        terms.append(f"np.real({term})" if np.iscomplexobj(weight) else term)
    parameters = _parameters(count)
    body = [f"y = function({parameters})", f"return {' + '.join(terms)}"]
    return _loaded("contraction", parameters, body, scope)


def tangent(function: Function, tangents: Sequence[Any], jvp: Function) -> Function:
    """Return the tangent of a function along constant tangents, as a function of the same arguments.

    The program for two arguments::

        def tangent(a0, a1):
            y, y_dot = jvp(function, (a0, a1), (v0, v1))
            return y_dot

    Examples
    --------
    >>> by_hand = lambda f, primals, tangents: (f(*primals), 2 * primals[0] * tangents[0])
    >>> tangent(lambda x: x**2, (0.5,), by_hand)(3.0)
    3.0
    """
    scope: dict[str, Any] = {"function": function, "jvp": jvp}
    scope |= {f"v{i}": part for i, part in enumerate(tangents)}
    dots = [f"v{i}" if part is not None else "None" for i, part in enumerate(tangents)]
    parameters = _parameters(len(tangents))
    comma = "," if len(tangents) == 1 else ""
    body = [
        f"y, y_dot = jvp(function, ({parameters}{comma}), ({', '.join(dots)}{comma}))",
        "return y_dot",
    ]
    return _loaded("tangent", parameters, body, scope)


def _parameters(count: int) -> str:
    return ", ".join(f"a{i}" for i in range(count))


def _loaded(name: str, parameters: str, body: Sequence[str], scope: dict[str, Any]) -> Function:
    lines = [f"def {name}({parameters}):\n", *(f"    {line}\n" for line in body)]
    filename = f"<s2sad check {next(_serial)}>"
    linecache.cache[filename] = (sum(map(len, lines)), None, lines, filename)
    exec(compile("".join(lines), filename, "exec"), scope)
    return scope[name]
