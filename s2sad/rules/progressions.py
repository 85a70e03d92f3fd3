"""Calls of `np.linspace` and its kin, and of reductions, with arguments that their rules do not take.

>>> step_of(1.0, 2.0, 5, True), step_of(1.0, 2.0, 5, False)
(0.25, 0.2)
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.frontend.library import SPECIAL, WRITTEN_OUT, Library, handles
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import TupleValue, Value
from s2sad.ir.core import Lit
from s2sad.rules.rewrites import NONE, taken, varied

WRITTEN_OUT.add(__file__)

# ---- progressions -----------------------------------------------------------------------------------------


def progression(b: Library, function: Any, given: dict[str, Value]) -> Value:
    """Put the numbers along the first axis, then move it."""
    axis = given.pop("axis", Lit(0))
    ends = [given.pop("start"), given.pop("stop")]
    result = b.library_call(ref_to(function), ends, given)
    return result if axis == Lit(0) else b.call(np.moveaxis, b.atom(result), Lit(0), b.atom(axis))


@handles(np.linspace)
def _linspace(b: Library, args: list[Value], kwargs: dict) -> Value:
    given = taken("start stop num endpoint retstep dtype axis", args, kwargs)
    step = given.pop("retstep", Lit(False))
    if not varied(b, *given.values()) or (step == Lit(False) and "axis" not in given):
        return b.library_call(ref_to(np.linspace), args, kwargs)
    ends = {name: b.as_array(given[name]) for name in ("start", "stop")}
    numbers = progression(b, np.linspace, given | ends)
    if step == Lit(False):
        return numbers
    counted = [given.get("num", Lit(50)), given.get("endpoint", Lit(True))]
    return TupleValue((numbers, b.inlined(step_of, [*ends.values(), *counted])))


def without_dtype(b: Library, function: Any, name: str, given: dict[str, Value]) -> None:
    """Refuse a type of the result, which the program that stands for a call would not have, nor its rounding."""
    if given.get("dtype", NONE) != NONE:
        raise b.refuse(
            f"`np.{function.__name__}` with a `dtype` cannot be differentiated in `{name}`",
            "leave `dtype` out",
        )


def step_of(start: Any, stop: Any, num: Any, endpoint: Any) -> Any:
    return (stop - start) / (num - 1 if endpoint else num)


@handles(np.geomspace)
def _geomspace(b: Library, args: list[Value], kwargs: dict) -> Value:
    given = taken("start stop num endpoint dtype axis", args, kwargs)
    if not varied(b, *given.values()) or "axis" not in given:
        return b.library_call(ref_to(np.geomspace), args, kwargs)
    return progression(b, np.geomspace, given)


@handles(np.logspace)
def _logspace(b: Library, args: list[Value], kwargs: dict) -> Value:
    given = taken("start stop num endpoint base dtype axis", args, kwargs)
    base = given.get("base", NONE)
    if not varied(b, *given.values()) or ("axis" not in given and not varied(b, base)):
        return b.library_call(ref_to(np.logspace), args, kwargs)
    if not varied(b, base):
        return progression(b, np.logspace, given)
    if k.shape_of(b.kind(base)) != ():
        raise b.refuse("several differentiated bases of `np.logspace` are not supported", "write `base ** x`")
    without_dtype(b, np.logspace, "base", given)
    given.pop("base")
    exponents = progression(b, np.linspace, given)
    return b.call(np.power, b.atom(base), b.atom(exponents))


# ---- reductions -------------------------------------------------------------------------------------------

STARTS = {
    np.sum: (operator.add, NONE),
    np.prod: (operator.mul, NONE),
    np.max: (np.maximum, Lit(float("-inf"))),
    np.min: (np.minimum, Lit(float("inf"))),
}


def reduction(function: Any, names: str) -> None:
    combine, start = STARTS[function]

    def handler(b: Library, args: list[Value], kwargs: dict) -> Value:
        given = taken(names, args, kwargs)
        initial = given.get("initial", NONE)
        if len(args) > 2 or varied(b, initial):  # the rules know what follows the axis by name
            args = [given.pop("a"), *([given.pop("axis")] if len(args) > 1 else [])]
            kwargs = given
        if not varied(b, initial):
            return b.library_call(ref_to(function), args, kwargs)
        without_dtype(b, function, "initial", kwargs)
        kwargs.pop("initial")
        if start != NONE:
            kwargs["initial"] = start
        return b.call(combine, b.atom(b.library_call(ref_to(function), args, kwargs)), b.atom(initial))

    SPECIAL[function] = handler


reduction(np.sum, "a axis dtype out keepdims initial where")
reduction(np.prod, "a axis dtype out keepdims initial where")
reduction(np.max, "a axis out keepdims initial where")
reduction(np.min, "a axis out keepdims initial where")


def spread(function: Any) -> None:
    """Write out a variance about a mean that is given, and know `ddof` under its other name."""

    def handler(b: Library, args: list[Value], kwargs: dict) -> Value:
        kwargs = dict(kwargs)
        if function in (np.nanvar, np.nanstd) and "correction" in kwargs:
            kwargs["ddof"] = kwargs.pop("correction")
        mean = kwargs.get("mean", NONE)
        if function in (np.nanvar, np.nanstd) or mean == NONE or "where" in kwargs:
            return b.library_call(ref_to(function), args, kwargs)
        given = taken("a axis dtype out ddof keepdims", args, kwargs)
        ddof = given.get("ddof", given.get("correction", Lit(0)))
        options = [given.get("axis", NONE), given.get("keepdims", Lit(False)), ddof]
        variance = b.inlined(variance_about, [b.as_array(given["a"]), b.as_array(mean), *options])
        return variance if function is np.var else b.call(np.sqrt, b.atom(variance))

    SPECIAL[function] = handler


def variance_about(a: Any, mean: Any, axis: Any, keepdims: Any, ddof: Any) -> Any:
    rest = a - mean
    squares = np.real(rest * np.conj(rest)) if np.iscomplexobj(rest) else rest**2
    total = np.sum(squares, axis=axis, keepdims=keepdims)
    return total / (np.size(a) // np.size(total) - ddof)


for _function in (np.var, np.std, np.nanvar, np.nanstd):
    spread(_function)
