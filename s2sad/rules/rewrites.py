"""Calls of NumPy functions that are lowered as other programs: what takes functions, and rarer arguments.

The functions below are read like the user's own where a differentiated value reaches the call.

>>> along_axis(np.sum, 1, np.ones((2, 3)))
array([3., 3.])
>>> trapezoids(np.array([1.0, 3.0]), dx=0.5)
np.float64(1.0)
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.frontend.library import SPECIAL, WRITTEN_OUT, Library, handles
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import TupleValue, Value
from s2sad.ir.core import Lit, Ref
from s2sad.rules.reductions import TRAPEZOID

WRITTEN_OUT.add(__file__)
NONE = Lit(None)


def read(b: Library, function: Callable, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Lower a call of a function of this file."""
    return b.call_function(b.function_value(function), args, kwargs)


def varied(b: Library, *values: Value) -> bool:
    return any(map(b.is_varied, values))


def taken(names: str, args: list[Value], kwargs: dict[str, Value]) -> dict[str, Value]:
    """Return all arguments by name."""
    return dict(zip(names.split(), args, strict=False)) | kwargs


def text_of(b: Library, value: Value) -> str | None:
    """Return the text that an option is known to be: a literal, or a global variable that is looked at."""
    kind = b.kind(value)
    found = value.value if isinstance(value, Lit) else kind.value if isinstance(kind, k.Constant) else None
    return found if isinstance(found, str) else None


# ---- functions of functions -----------------------------------------------------------------------------


def along_axis(func1d: Any, axis: Any, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """Do what np.apply_along_axis does."""
    rows = np.moveaxis(arr, axis, -1)
    results = [func1d(row, *args, **kwargs) for row in np.reshape(rows, (-1, rows.shape[-1]))]
    result = np.reshape(np.array(results), rows.shape[:-1] + np.shape(results[0]))
    rank = np.ndim(results[0])
    if rank == 0:
        return result
    start = axis % np.ndim(arr)
    return np.moveaxis(result, list(range(-rank, 0)), list(range(start, start + rank)))


@handles(np.apply_along_axis)
def _along_axis(b: Library, args: list[Value], kwargs: dict) -> Value:
    return read(b, along_axis, args, kwargs)


def over_axes(func: Any, a: Any, axes: Any) -> Any:
    """Do what np.apply_over_axes does."""
    for axis in axes:
        result = func(a, axis)
        a = result if np.ndim(result) == np.ndim(a) else np.expand_dims(result, axis)
    return a


@handles(np.apply_over_axes)
def _over_axes(b: Library, args: list[Value], kwargs: dict) -> Value:
    given = taken("func a axes", args, kwargs)
    axes = b.items_of(given["axes"]) or (given["axes"],)
    return read(b, over_axes, [given["func"], given["a"], TupleValue(axes)], {})


@handles(np.piecewise)
def _piecewise(b: Library, args: list[Value], kwargs: dict) -> Value:
    x, condlist, funclist, *rest = args
    conditions, functions = b.items_of(condlist), b.items_of(funclist)
    if conditions is None or functions is None:
        raise b.refuse("the pieces of this `np.piecewise` are not known", "give it lists of functions")
    array = b.as_array(x)
    result = b.call(np.zeros_like, array)

    def value(function: Value, picked: Value) -> Value:
        if is_function(b, function):
            return b.call_value(function, [picked, *rest], kwargs)
        return function

    choices = []
    masks = [b.as_array(condition) for condition in conditions]
    for mask, function in zip(masks, functions, strict=False):
        choices.append((mask, value(function, array)))
    if len(functions) == len(masks) + 1:
        result = value(functions[-1], array)
    for mask, choice in choices:
        result = b.call(np.where, mask, b.atom(choice), b.atom(result))
    return result


def is_function(b: Library, value: Value) -> bool:
    from_ref = isinstance(value, Ref) and callable(value.value)
    return from_ref or not (isinstance(value, Lit) or hasattr(value, "kind"))


# ---- arguments that other calls say ---------------------------------------------------------------------


@handles(np.diff)
def _diff(b: Library, args: list[Value], kwargs: dict) -> Value:
    given = taken("a n axis prepend append", args, kwargs)
    ends = [given.pop(name, NONE) for name in ("prepend", "append")]
    if ends == [NONE, NONE]:
        return b.library_call(ref_to(np.diff), args, kwargs)
    axis = given.get("axis", Lit(-1))
    options = {name: given[name] for name in ("n", "axis") if name in given}
    whole = b.inlined(extended, [given["a"], axis, *ends])
    return b.library_call(ref_to(np.diff), [whole], options)


def extended(a: Any, axis: Any, before: Any, after: Any) -> Any:
    """Return `a` with what np.diff puts before and behind it."""
    shape = np.shape(np.take(a, [0], axis))
    parts = (a,)
    if before is not None:
        parts = (np.broadcast_to(1.0 * before, shape) if np.ndim(before) == 0 else before, *parts)
    if after is not None:
        parts = (*parts, np.broadcast_to(1.0 * after, shape) if np.ndim(after) == 0 else after)
    return np.concatenate(parts, axis)


@handles(np.ediff1d)
def _ediff1d(b: Library, args: list[Value], kwargs: dict) -> Value:
    """Write out differences with ends that are differentiated."""
    given = taken("ary to_end to_begin", args, kwargs)
    ends = [given.get(name, NONE) for name in ("to_begin", "to_end")]
    if not varied(b, *ends):
        return b.library_call(ref_to(np.ediff1d), args, kwargs)
    start, end = (each if each == NONE else b.call(np.ravel, b.as_array(each)) for each in ends)
    inner = b.call(np.diff, b.call(np.ravel, b.as_array(given["ary"])))
    parts = tuple(each for each in (start, inner, end) if each != NONE)
    return b.call(np.concatenate, b.atom(TupleValue(parts)))


@handles(np.gradient)
def _gradient(b: Library, args: list[Value], kwargs: dict) -> Value:
    """Write out differences between coordinates; the rule knows those between equal spacings."""
    spacings = [b.as_array(arg) if b.items_of(arg) is not None else arg for arg in args[1:]]
    ranks = [len(k.shape_of(b.kind(each)) or ()) for each in spacings]
    if not any(ranks) or not varied(b, *args):
        return b.library_call(ref_to(np.gradient), args, kwargs)
    array, axis = b.as_array(args[0]), kwargs.get("axis", NONE)
    shape = k.shape_of(array.kind)
    if axis == NONE and shape is None:
        raise b.refuse("the axes of this `np.gradient` are not known", "give it one `axis`")
    given = range(len(shape or ())) if axis == NONE else b.items_of(axis) or (axis,)
    axes = [b.atom(Lit(each) if isinstance(each, int) else each) for each in given]
    if len(axes) != len(spacings):
        raise b.refuse("this `np.gradient` needs coordinates or a spacing for each axis")
    edges = kwargs.get("edge_order", Lit(1))
    results = []
    for each, rank, along in zip(spacings, ranks, axes, strict=True):
        if rank:
            results.append(b.inlined(slopes, [array, each, along, edges]))
        else:
            options = {"axis": along, "edge_order": edges}
            results.append(b.library_call(ref_to(np.gradient), [array, each], options))
    return results[0] if len(results) == 1 else TupleValue(tuple(results))


def slopes(f: Any, x: Any, axis: Any, edge_order: Any) -> Any:
    """Do what np.gradient does at given coordinates: weigh the slopes of the segments beside each point.

    >>> slopes(np.array([0.0, 1.0, 9.0]), np.array([0.0, 1.0, 3.0]), 0, 2)
    array([0., 2., 6.])
    """
    steps = np.diff(x)
    before, after = steps[:-1], steps[1:]
    rises = np.diff(np.moveaxis(f, axis, -1)) / steps
    inner = (after * rises[..., :-1] + before * rises[..., 1:]) / (before + after)
    first, last = rises[..., :1], rises[..., -1:]
    if edge_order == 2:
        first, last = 2 * first - inner[..., :1], 2 * last - inner[..., -1:]
    return np.moveaxis(np.concatenate((first, inner, last), -1), -1, axis)


@handles(TRAPEZOID)
def _trapezoid(b: Library, args: list[Value], kwargs: dict) -> Value:
    given = taken("y x dx axis", args, kwargs)
    if not varied(b, given.get("x", NONE), given.get("dx", NONE)):
        return b.library_call(ref_to(TRAPEZOID), args, kwargs)
    return b.inlined(trapezoids, [], given)


def trapezoids(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    """Do what np.trapezoid does."""
    rows = np.moveaxis(y, axis, -1)
    middles = 0.5 * (rows[..., 1:] + rows[..., :-1])
    if x is None:
        return dx * np.sum(middles, axis=-1)
    steps = np.diff(x) if np.ndim(x) == 1 else np.diff(np.moveaxis(x, axis, -1))
    return np.sum(middles * steps, axis=-1)


@handles(np.interp)
def _interp(b: Library, args: list[Value], kwargs: dict) -> Value:
    given = taken("x xp fp left right period", args, kwargs)
    if given.get("period", NONE) == NONE:
        return b.library_call(ref_to(np.interp), args, kwargs)
    period = given["period"]
    length = Lit(abs(period.value)) if isinstance(period, Lit) else b.call(np.abs, b.atom(period))
    return b.inlined(periodic, [given["x"], given["xp"], given["fp"], length])


def periodic(x: Any, xp: Any, fp: Any, period: Any) -> Any:
    """Do what np.interp does with a positive period.

    >>> periodic(5.5, np.array([3.0, 1.0]), np.array([6.0, 2.0]), 4.0)
    np.float64(3.0)
    """
    places = np.remainder(xp, period)
    order = np.argsort(places)
    places, heights = np.take(places, order), np.take(fp, order)
    places = np.concatenate((places[-1:] - period, places, places[:1] + period))
    return np.interp(np.remainder(x, period), places, np.concatenate((heights[-1:], heights, heights[:1])))


@handles(np.clip)
def _clip(b: Library, args: list[Value], kwargs: dict) -> Value:
    given = taken("a a_min a_max", args, kwargs)
    low = given.pop("min", given.pop("a_min", NONE))
    high = given.pop("max", given.pop("a_max", NONE))
    first = given.pop("a")
    return b.library_call(ref_to(np.clip), [first, low, high], given)


@handles(np.select)
def _select(b: Library, args: list[Value], kwargs: dict) -> Value:
    """A default that is differentiated is one more choice, whose condition always holds."""
    given = taken("condlist choicelist default", args, kwargs)
    default = given.get("default", Lit(0))
    conditions, choices = b.items_of(given["condlist"]), b.items_of(given["choicelist"])
    if conditions is None or choices is None:
        return b.library_call(ref_to(np.select), args, kwargs)
    conditions, choices = (
        tuple(each if b.items_of(each) is None else b.as_array(each) for each in items)
        for items in (conditions, choices)
    )
    if not varied(b, default):
        lists = [TupleValue(conditions, list), TupleValue(choices, list)]
        return b.library_call(
            ref_to(np.select), lists, {key: given[key] for key in given if key == "default"}
        )
    result = b.atom(default)
    for condition, choice in reversed(list(zip(conditions, choices, strict=False))):
        result = b.call(np.where, b.atom(condition), b.atom(choice), result)
    return result


@handles(np.einsum)
def _einsum(b: Library, args: list[Value], kwargs: dict) -> Value:
    """Lower ``np.einsum(a, [0, 1], b, [1, 2], [0, 2])`` as ``np.einsum("ij,jk->ik", a, b)``."""
    if isinstance(b.kind(args[0]), (k.Constant, k.Unknown)):
        return b.library_call(ref_to(np.einsum), args, kwargs)
    count = len(args) // 2
    axes = [axis_numbers(b, each) for each in (*args[1::2], *args[2 * count :])]
    letters = axis_letters(axes)
    words = ["".join(map(letters.__getitem__, each)) for each in axes]
    equation = ",".join(words[:count]) + "".join("->" + word for word in words[count:])
    return b.library_call(ref_to(np.einsum), [Lit(equation), *args[: 2 * count : 2]], kwargs)


def axis_numbers(b: Library, axes: Value) -> list:
    items = b.items_of(axes)
    numbers = [getattr(item, "value", None) for item in ((NONE,) if items is None else items)]
    if all(each is Ellipsis or isinstance(each, int) for each in numbers):
        return numbers
    raise b.refuse("the axes of this `np.einsum` are not known", 'write them as text: `"ij,jk->ik"`')


def axis_letters(axes: list[list]) -> dict:
    """Return a letter for each number of an axis, in the same order.

    >>> axis_letters([[0, 7], [Ellipsis, 7]])
    {Ellipsis: '...', 0: 'i', 7: 'j'}
    """
    numbers = sorted({each for some in axes for each in some if each is not Ellipsis})
    first = "ia"[len(numbers) > 18]
    return {Ellipsis: "..."} | {each: chr(ord(first) + rank) for rank, each in enumerate(numbers)}


def one_by_one(b: Library, function: Any, args: list[Value]) -> Value:
    results = [b.library_call(ref_to(function), [arg], {}) for arg in args]
    return results[0] if len(results) == 1 else TupleValue(tuple(results))


def frequencies(b: Library, function: Any, args: list[Value], kwargs: dict) -> Value:
    """Divide by a spacing that is differentiated."""
    given = taken("n d", args, kwargs)
    if not varied(b, given.get("d", NONE)):
        return b.library_call(ref_to(function), args, kwargs)
    whole = b.library_call(ref_to(function), [given["n"]], {})
    return b.binary(operator.truediv, whole, given["d"])


SPECIAL[np.fft.fftfreq] = lambda b, args, kwargs: frequencies(b, np.fft.fftfreq, args, kwargs)
SPECIAL[np.fft.rfftfreq] = lambda b, args, kwargs: frequencies(b, np.fft.rfftfreq, args, kwargs)
SPECIAL[np.atleast_1d] = lambda b, args, kwargs: one_by_one(b, np.atleast_1d, args)
SPECIAL[np.atleast_2d] = lambda b, args, kwargs: one_by_one(b, np.atleast_2d, args)
SPECIAL[np.atleast_3d] = lambda b, args, kwargs: one_by_one(b, np.atleast_3d, args)

# ---- orders that depend on the layout in memory ---------------------------------------------------------------


def by_layout(function: Any, position: int) -> None:
    """Take the order "A" as the one of the two that it stands for, and "K" as that of the elements in memory."""

    def handler(b: Library, args: list[Value], kwargs: dict) -> Value:
        kwargs = dict(kwargs)
        copies = kwargs.pop("copy", NONE) == Lit(True)
        order = kwargs.get("order", args[position] if position < len(args) else Lit("C"))
        array = kwargs.get("a", args[0] if args else NONE)
        if text_of(b, order) not in ("A", "K") or not varied(b, array):
            result = b.library_call(ref_to(function), args, kwargs)
        elif text_of(b, order) == "K":
            result = b.inlined(in_memory_order, [b.as_array(array)])
        else:
            args = [b.as_array(array), *args[1 : position or None]]
            rest = {name: value for name, value in kwargs.items() if name not in ("a", "order")}
            result = b.select(
                b.truth(b.call(np.isfortran, b.atom(args[0]))),
                lambda: b.library_call(ref_to(function), args, {**rest, "order": Lit("F")}),
                lambda: b.library_call(ref_to(function), args, rest),
            )
        return b.call(np.copy, b.atom(result)) if copies else result

    SPECIAL[function] = handler


by_layout(np.ravel, 1)
by_layout(runtime.flatten, 1)
by_layout(np.reshape, 2)
by_layout(runtime.reshape, sys.maxsize)


def in_memory_order(a: Any) -> Any:
    """Do what np.ravel does in the order "K".

    >>> in_memory_order(np.array([[1.0, 2.0], [3.0, 4.0]]).T)
    array([1., 2., 3., 4.])
    """
    places = np.empty_like(a, dtype=int)
    places[...] = np.reshape(np.arange(np.size(a)), np.shape(a))
    return np.take(a, np.ravel(places, "K"))


# ---- histograms with weights ----------------------------------------------------------------------------


@handles(np.histogram)
def _histogram(b: Library, args: list[Value], kwargs: dict) -> Value:
    given = taken("a bins range density weights", args, kwargs)
    if not varied(b, *given.values()):
        return b.opaque_call(ref_to(np.histogram), args, kwargs)
    if given.get("density", Lit(False)) not in (Lit(False), NONE) or varied(b, given.get("range", NONE)):
        raise b.refuse("this `np.histogram` cannot be differentiated", "leave `density` out")
    given.pop("density", None)
    return b.inlined(histogram, [], given)


def histogram(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    """Do what np.histogram does: within its bin, a point may move."""
    a = np.ravel(a)
    if np.ndim(bins) > 0:
        edges = bins
    elif range is None:
        edges = np.linspace(np.min(a), np.max(a), bins + 1)
    else:
        edges = np.linspace(range[0], range[1], bins + 1)
    places = np.searchsorted(edges, a, "right") - 1
    places = np.where(a == edges[-1], len(edges) - 2, places)
    inside = (places >= 0) & (places < len(edges) - 1)
    if weights is None:
        return np.bincount(places[inside], minlength=len(edges) - 1), edges
    return np.bincount(places[inside], np.ravel(weights)[inside], len(edges) - 1), edges
