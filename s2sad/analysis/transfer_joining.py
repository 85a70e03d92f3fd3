"""Transfer functions that put arrays together, take them apart, or select from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from s2sad.analysis.kinds import (
    NONE,
    UNKNOWN,
    Array,
    Constant,
    Dim,
    Kind,
    List,
    Scalar,
    Tuple,
    broadcast_shapes,
    numeric,
)
from s2sad.analysis.transfer_arrays import (
    atleast_1d,
    atleast_2d,
    of_unknown_shape,
    ranked,
    ravel,
    same_dtype,
)
from s2sad.analysis.transfer_base import (
    FALSE,
    LAST,
    ONE,
    TRUE,
    ZERO,
    Undecided,
    add_lengths,
    agree,
    as_array,
    axis_of,
    dtype_by_example,
    dtype_named,
    flag,
    given_out,
    integer,
    is_none,
    lengths,
    promoted,
    shift,
    total,
    transfer,
)
from s2sad.analysis.transfer_indexing import element_kind

XY = Constant("xy")
UNKNOWN_AXIS = Scalar("i8", True)

# --------------------------------------------------------------------------------------------- together


def pieces(arrays: Kind) -> tuple[list[Kind], bool]:
    """Return the kinds of the arrays in a sequence, and whether these are all of them, in order."""
    if isinstance(arrays, Tuple):
        return list(arrays.items), True
    return [element_kind(arrays)], False


def joined(arrays: Sequence[Kind], axis: Kind, complete: bool, dtype: Kind = NONE) -> Kind:
    parts = [as_array(kind) for kind in arrays]
    code = dtype_named(dtype, promoted(parts))
    shapes = [part.shape for part in parts]
    if None in shapes or len({len(shape) for shape in shapes}) != 1:
        return Array(code, None)
    if is_none(axis):
        return Array(code, (add_lengths([total(shape) for shape in shapes]) if complete else None,))
    if not isinstance(axis, Scalar) or not isinstance(axis.value, int):
        return Array(code, (None,) * len(shapes[0]))
    at = axis_of(axis, len(shapes[0]))
    result = list(shapes[0])
    for shape in shapes[1:]:
        result = list(map(agree, result, shape))
    result[at] = add_lengths([shape[at] for shape in shapes]) if complete else None
    return Array(code, tuple(result))


@transfer(np.concatenate)
def concatenate(
    arrays: Kind, /, axis: Kind = ZERO, out: Kind = NONE, *, dtype: Kind = NONE, casting: Kind = NONE
) -> Kind:
    given_out(out)
    parts, complete = pieces(arrays)
    return joined(parts, axis, complete, dtype)


@transfer(np.stack)
def stack(
    arrays: Kind, axis: Kind = ZERO, out: Kind = NONE, *, dtype: Kind = NONE, casting: Kind = NONE
) -> Kind:
    given_out(out)
    kinds, complete = pieces(arrays)
    parts = [as_array(kind) for kind in kinds]
    code = dtype_named(dtype, promoted(parts))
    if any(part.shape is None for part in parts):
        return Array(code, None)
    shape = list(parts[0].shape)
    for part in parts[1:]:
        shape = list(map(agree, shape, part.shape))
    if not isinstance(axis, Scalar) or not isinstance(axis.value, int):
        return Array(code, (None,) * (len(shape) + 1))
    shape.insert(axis_of(axis, len(shape) + 1), len(parts) if complete else None)
    return Array(code, tuple(shape))


@transfer(np.vstack)
def vstack(tup: Kind, *, dtype: Kind = NONE, casting: Kind = NONE) -> Kind:
    parts, complete = pieces(tup)
    return joined([atleast_2d(part) for part in parts], ZERO, complete, dtype)


@transfer(np.hstack)
def hstack(tup: Kind, *, dtype: Kind = NONE, casting: Kind = NONE) -> Kind:
    parts, complete = pieces(tup)
    parts = [atleast_1d(part) for part in parts]
    return joined(
        parts, ZERO if parts[0].ndim == 1 else ONE if parts[0].ndim else UNKNOWN_AXIS, complete, dtype
    )


@transfer(np.column_stack)
def column_stack(tup: Kind) -> Kind:
    kinds, complete = pieces(tup)
    columns = []
    for kind in kinds:
        part = as_array(kind)
        if part.shape is None:
            columns.append(part)
        else:
            columns.append(
                Array(part.dtype, (*(part.shape or (1,)), 1) if len(part.shape) < 2 else part.shape)
            )
    return joined(columns, ONE, complete)


@transfer(np.append)
def append(arr: Kind, values: Kind, axis: Kind = NONE) -> Kind:
    if is_none(axis):
        return joined([ravel(arr), ravel(values)], ZERO, True)
    return joined([arr, values], axis, True)


@transfer(np.meshgrid)
def meshgrid(*xi: Kind, copy: Kind = TRUE, sparse: Kind = FALSE, indexing: Kind = XY) -> Kind:
    arrays = [as_array(kind) for kind in xi]
    dims: list[Dim] = [None if array.shape is None else total(array.shape) for array in arrays]
    n = len(dims)
    order = list(range(n))
    if indexing.value == "xy" and n > 1:
        order[:2] = [1, 0]
    is_sparse = flag(sparse)
    return Tuple(
        tuple(
            Array(array.dtype, tuple(1 if is_sparse and at != i else dims[at] for at in order))
            for i, array in enumerate(arrays)
        )
    )


# ------------------------------------------------------------------------------------------------ apart


def split_along(ary: Kind, sections: Kind, axis: Kind, equal: bool) -> Kind:
    array = as_array(ary)
    if array.shape is None:
        return List(Array(array.dtype, None))
    shape = list(array.shape)
    at = axis_of(axis, len(shape))
    size, count = shape[at], sections.value if isinstance(sections, Scalar) else None
    exact = isinstance(size, int) and isinstance(count, int) and count > 0 and (equal or size % count == 0)
    shape[at] = size // count if exact else None
    return List(Array(array.dtype, tuple(shape)))


@transfer(np.split)
def split(ary: Kind, indices_or_sections: Kind, axis: Kind = ZERO) -> Kind:
    return split_along(ary, indices_or_sections, axis, True)


@transfer(np.array_split)
def array_split(ary: Kind, indices_or_sections: Kind, axis: Kind = ZERO) -> Kind:
    return split_along(ary, indices_or_sections, axis, False)


@transfer(np.vsplit)
def vsplit(ary: Kind, indices_or_sections: Kind) -> Kind:
    return split_along(ary, indices_or_sections, ZERO, True)


@transfer(np.hsplit)
def hsplit(ary: Kind, indices_or_sections: Kind) -> Kind:
    return split_along(ary, indices_or_sections, ONE if len(ranked(ary)) > 1 else ZERO, True)


@transfer(np.dsplit)
def dsplit(ary: Kind, indices_or_sections: Kind) -> Kind:
    return split_along(ary, indices_or_sections, Scalar("i8", True, 2), True)


# ------------------------------------------------------------------------------------ repeat and select


def times(dim: Dim, by: Dim) -> Dim:
    return total((dim, by))


@transfer(np.tile)
@of_unknown_shape
def tile(A: Kind, reps: Kind) -> Kind:
    shape, counts = ranked(A), lengths(reps)
    if counts is None:
        raise Undecided
    n = max(len(shape), len(counts))
    shape, counts = (1,) * (n - len(shape)) + shape, (1,) * (n - len(counts)) + counts
    return same_dtype(A, tuple(map(times, shape, counts)))


@transfer(np.repeat)
@of_unknown_shape
def repeat(a: Kind, repeats: Kind, axis: Kind = NONE) -> Kind:
    by = repeats.value if isinstance(repeats, Scalar) else None
    if is_none(axis):
        return Array(as_array(a).dtype, (times(ravel(a).shape[0], by),))
    shape = list(ranked(a))
    at = axis_of(axis, len(shape))
    shape[at] = times(shape[at], by)
    return same_dtype(a, tuple(shape))


@transfer(np.ndarray.repeat)
def repeat_method(a: Kind, repeats: Kind, axis: Kind = NONE) -> Kind:
    return repeat(a, repeats, axis)


@transfer(np.take, np.ndarray.take)
@of_unknown_shape
def take(a: Kind, indices: Kind, axis: Kind = NONE, out: Kind = NONE, mode: Kind = NONE) -> Kind:
    given_out(out)
    array, chosen = as_array(a), ranked(indices)
    if is_none(axis):
        return numeric(array.dtype, chosen)
    shape = ranked(a)
    at = axis_of(axis, len(shape))
    return numeric(array.dtype, shape[:at] + chosen + shape[at + 1 :])


@transfer(np.take_along_axis)
@of_unknown_shape
def take_along_axis(arr: Kind, indices: Kind, axis: Kind = LAST) -> Kind:
    array, chosen = ranked(arr), as_array(indices).shape
    if is_none(axis):
        return Array(as_array(arr).dtype, chosen)
    at = axis_of(axis, len(array))
    if chosen is None or len(chosen) != len(array):
        raise Undecided
    shape = list(
        broadcast_shapes([array[:at] + (1,) + array[at + 1 :], chosen[:at] + (1,) + chosen[at + 1 :]])
    )
    shape[at] = chosen[at]
    return Array(as_array(arr).dtype, tuple(shape))


@transfer(np.diff)
def diff(a: Kind, n: Kind = ONE, axis: Kind = LAST) -> Kind:
    array = as_array(a)
    dtype = dtype_by_example(np.diff, array)
    if array.shape is None:
        return Array(dtype, None)
    shape = list(array.shape)
    at = axis_of(axis, len(shape))
    if integer(n) == 0:
        return array
    shape[at] = shift(shape[at], -integer(n))
    return Array(dtype, tuple(shape))


@transfer(np.pad)
@of_unknown_shape
def pad(array: Kind, pad_width: Kind, mode: Kind = NONE, **options: Kind) -> Kind:
    shape = ranked(array)
    widths: list[tuple[Kind, Kind]]
    if isinstance(pad_width, Scalar):
        widths = [(pad_width, pad_width)] * len(shape)
    elif not isinstance(pad_width, Tuple):
        raise Undecided
    elif all(isinstance(item, Scalar) for item in pad_width.items):
        pair = pad_width.items if len(pad_width.items) == 2 else pad_width.items * 2
        widths = [pair] * len(shape)
    else:
        widths = [item.items for item in pad_width.items]
        widths = widths * len(shape) if len(widths) == 1 else widths
    padded = []
    for dim, ends in zip(shape, widths, strict=True):
        before, after = ends if len(ends) == 2 else ends * 2
        known = all(isinstance(end, Scalar) and isinstance(end.value, int) for end in (before, after))
        padded.append(shift(dim, before.value + after.value) if known else None)
    return same_dtype(array, tuple(padded))


@transfer(np.unique)
def unique(ar: Kind) -> Kind:
    return Array(as_array(ar).dtype, (None,))


@transfer(np.bincount)
def bincount(x: Kind, weights: Kind = NONE, minlength: Kind = NONE) -> Kind:
    return Array("i8" if is_none(weights) else "f8", (None,))


@transfer(np.searchsorted, np.ndarray.searchsorted)
def searchsorted(a: Kind, v: Kind, side: Kind = NONE, sorter: Kind = NONE) -> Kind:
    shape = as_array(v).shape
    return numeric("i8", shape)


@transfer(np.broadcast_arrays)
def broadcast_arrays(*args: Kind) -> Kind:
    arrays = [as_array(kind) for kind in args]
    shape = broadcast_shapes([array.shape for array in arrays])
    return Tuple(tuple(Array(array.dtype, shape) for array in arrays)) if shape is not None else UNKNOWN
