"""Calls of `np.pad` that the rule does not take: they are lowered as other programs, one axis after the other.

``np.pad(x, 1, "mean")`` of a vector is
``np.concatenate((np.mean(x, keepdims=True), x, np.mean(x, keepdims=True)))``, and so on.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.frontend.library import WRITTEN_OUT, Library, handles
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import TupleValue, Value
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Lit, Var
from s2sad.rules.rewrites import NONE, taken, text_of, varied

WRITTEN_OUT.add(__file__)
STATISTICS = {"mean": np.mean, "median": np.median, "maximum": np.max, "minimum": np.min}
BY_INDEX = ("edge", "reflect", "symmetric", "wrap")
ZERO = Lit(0)
Pair = tuple[Atom, Atom]

# ---- which program a call stands for ----------------------------------------------------------------------


@handles(np.pad)
def _pad(b: Library, args: list[Value], kwargs: dict) -> Value:
    given = taken("array pad_width mode", args, kwargs)
    array, widths = given.pop("array"), given.pop("pad_width")
    if not varied(b, array, *given.values()):
        return b.library_call(ref_to(np.pad), args, kwargs)
    made = b.made.get(b.current(widths)) if isinstance(widths, Var) else None
    if made is not None and made.fn is ir.DICT:
        widths = widths_by_axis(b, list(made.args), rank_of(b, b.as_array(array)))
        args = [array, widths, *args[2:]]
    mode = given.get("mode", Lit("constant"))
    name = text_of(b, mode)
    for option in ("end_values", "constant_values"):
        if varied(b, given.get(option, ZERO)):
            check_kept(b, b.as_array(array), option, given[option])
    if name in STATISTICS:
        return with_statistics(b, STATISTICS[name], b.as_array(array), widths, given.get("stat_length", NONE))
    if name == "linear_ramp":
        return with_ramps(b, b.as_array(array), widths, given.get("end_values", ZERO))
    if name in BY_INDEX and text_of(b, given.pop("reflect_type", Lit("even"))) != "even":
        return reflected(b, b.as_array(array), widths, mode)
    if name == "constant" and varied(b, given.get("constant_values", ZERO)):
        return with_constant(b, b.as_array(array), widths, given["constant_values"])
    if name is None and not isinstance(b.kind(mode), k.Unknown):
        raise b.refuse("`np.pad` with a function of yours as its mode cannot be differentiated")
    return b.library_call(ref_to(np.pad), args, {name: kwargs[name] for name in kwargs if name in given})


def check_kept(b: Library, array: Atom, option: str, value: Value) -> None:
    """Refuse values that lose a part when they are put into an array."""
    into = (k.dtype_of(array.kind) or "f")[0]
    if into not in "fc" or (into == "f" and any((each or "f")[0] == "c" for each in dtypes(b, value))):
        raise b.refuse(
            f"`np.pad` puts the differentiated `{option}` into an array of another type",
            "write `.astype(float)`, or `.astype(complex)`",
        )


def dtypes(b: Library, value: Value) -> list[str | None]:
    """Return the types of numbers in tuples."""
    items = b.items_of(value)
    if items is None:
        return [k.dtype_of(b.kind(value))]
    return [each for item in items for each in dtypes(b, item)]


def rank_of(b: Library, array: Atom) -> int:
    shape = k.shape_of(array.kind)
    if shape is None:
        raise b.refuse("this `np.pad` of an array of unknown dimensions cannot be differentiated")
    return len(shape)


def widths_by_axis(b: Library, entries: list[Atom], rank: int) -> Value:
    """Return what a dict says of some axes as a tuple with a pair for each."""
    widths: list[Value] = [TupleValue((ZERO, ZERO))] * rank
    for axis, width in zip(entries[::2], entries[1::2], strict=True):
        if not isinstance(axis, Lit) or not isinstance(axis.value, int):
            raise b.refuse("the axes of this `np.pad` are not known", "write their numbers")
        widths[axis.value] = TupleValue(pair_of(b, width))
    return TupleValue(tuple(widths))


def pair_of(b: Library, value: Value) -> Pair:
    """Return what is given for both ends of an axis."""
    items = b.items_of(value)
    first, last = (value, value) if items is None else items * 2 if len(items) == 1 else items
    return b.atom(first), b.atom(last)


def pairs_of(b: Library, value: Value, rank: int) -> list[Pair]:
    """Return what is given for both ends of each axis, which NumPy broadcasts to a pair for each."""
    items = b.items_of(value)
    if items is None and not (value == NONE or k.shape_of(b.kind(value)) == ()):
        raise b.refuse(
            "the widths or values of this `np.pad` are not known", "write them as numbers in tuples"
        )
    if items is None or all(b.items_of(item) is None for item in items):
        return [pair_of(b, value)] * rank
    return [pair_of(b, item) for item in (items * rank if len(items) == 1 else items)]


# ---- the programs -----------------------------------------------------------------------------------------


def with_statistics(b: Library, function: Any, array: Atom, widths: Value, lengths: Value) -> Value:
    """Put a mean, median or extreme of what is next to each end there, or of all along the axis."""
    rank = rank_of(b, array)
    counts = pairs_of(b, lengths, rank)
    for axis, (before, after) in enumerate(pairs_of(b, widths, rank)):
        first, last = counts[axis]
        left = right = array
        if first != NONE:
            left = part_of(b, array, axis, NONE, first)
            right = part_of(b, array, axis, b.call(operator.neg, last), NONE)
        options = {"axis": Lit(axis), "keepdims": Lit(True)}
        start = b.atom(b.library_call(ref_to(function), [left], options))
        end = start if left is right else b.atom(b.library_call(ref_to(function), [right], options))
        array = joined(b, axis, repeated(b, start, before, axis), array, repeated(b, end, after, axis))
    return array


def part_of(b: Library, array: Atom, axis: int, start: Atom, stop: Atom) -> Atom:
    whole = b.emit(ir.SLICE, (NONE, NONE, NONE))
    part = b.emit(ir.SLICE, (start, stop, NONE))
    return b.atom(b.subscript(array, TupleValue((*(whole,) * axis, part)) if axis else part))


def repeated(b: Library, row: Atom, count: Atom, axis: int) -> Atom | None:
    return None if count == ZERO else b.call(np.repeat, row, count, Lit(axis))


def joined(b: Library, axis: int, *parts: Atom | None) -> Atom:
    some = [part for part in parts if part is not None]
    return some[0] if len(some) == 1 else b.call(np.concatenate, b.atom(TupleValue(tuple(some))), Lit(axis))


def with_ramps(b: Library, array: Atom, widths: Value, values: Value) -> Value:
    """Go in equal steps from the end values to the edges."""
    rank = rank_of(b, array)
    ends = pairs_of(b, values, rank)
    for axis, (before, after) in enumerate(pairs_of(b, widths, rank)):
        start = end = None
        if before != ZERO:
            edge = part_of(b, array, axis, NONE, Lit(1))
            start = between(b, ends[axis][0], edge, steps(b, before, axis, rank, False))
        if after != ZERO:
            edge = part_of(b, array, axis, Lit(-1), NONE)
            end = between(b, ends[axis][1], edge, steps(b, after, axis, rank, True))
        array = joined(b, axis, start, array, end)
    return array


def steps(b: Library, count: Atom, axis: int, rank: int, falls: bool) -> Atom:
    """Return the numbers 0, 1 / count, and so on along an axis."""
    numbers = b.call(np.arange, count)
    rising = b.call(operator.truediv, b.call(np.flip, numbers) if falls else numbers, count)
    if rank == 1:
        return rising
    shape = TupleValue(tuple(Lit(-1 if i == axis else 1) for i in range(rank)))
    return b.call(np.reshape, rising, b.atom(shape))


def between(b: Library, value: Atom, edge: Atom, rising: Atom) -> Atom:
    if value == ZERO:
        return b.call(operator.mul, edge, rising)
    height = b.call(operator.sub, edge, value)
    return b.call(operator.add, value, b.call(operator.mul, height, rising))


def reflected(b: Library, array: Atom, widths: Value, mode: Atom) -> Value:
    rank = rank_of(b, array)
    for axis, pair in enumerate(pairs_of(b, widths, rank)):
        if pair != (ZERO, ZERO):
            every: list[Value] = [TupleValue((ZERO, ZERO))] * rank
            every[axis] = TupleValue(pair)
            array = b.atom(b.inlined(oddly_reflected, [array, TupleValue(tuple(every)), Lit(axis), mode]))
    return array


def oddly_reflected(array: Any, widths: Any, axis: Any, mode: Any) -> Any:
    """Return the array with its reflections in both ends of an axis, through the points there.

    >>> oddly_reflected(np.array([1.0, 2.0, 4.0]), ((1, 2),), 0, "reflect")
    array([0., 1., 2., 4., 6., 7.])
    """
    if max(widths[axis]) >= np.shape(array)[axis]:
        raise ValueError(
            "np.pad: reflect_type='odd' has a derivative for widths below the length of the axis"
        )
    return 2 * np.pad(array, widths, "edge") - np.pad(array, widths, mode)


def with_constant(b: Library, array: Atom, widths: Value, value: Value) -> Value:
    """Take the value wherever a pad of the shape alone is true."""
    if b.items_of(value) is not None or k.shape_of(b.kind(value)) != ():
        raise b.refuse("several differentiated `constant_values` are not supported", "call `np.pad` for each")
    inside = b.call(np.zeros, b.call(np.shape, array), ref_to(bool))
    outside = b.library_call(ref_to(np.pad), [inside, widths], {"constant_values": Lit(True)})
    return b.call(np.where, b.atom(outside), b.atom(value), b.call(np.pad, array, b.atom(widths)))
