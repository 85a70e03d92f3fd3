"""Transfer functions that change the shape of an array, or rearrange it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from s2sad.analysis.kinds import (
    NONE,
    Array,
    Dim,
    Kind,
    Scalar,
    Tuple,
)
from s2sad.analysis.transfer_base import (
    FALSE,
    FIRST_TWO,
    LAST,
    ONE,
    ZERO,
    Undecided,
    as_array,
    axes_of,
    axis_of,
    integer,
    is_none,
    least,
    lengths,
    shift,
    total,
    transfer,
)

# ---------------------------------------------------------------------------------------- shape of one array


def same_dtype(a: Kind, shape: tuple[Dim, ...] | None) -> Kind:
    """Return the result of a function that rearranges `a`; of a scalar it may be a scalar or 0-d."""
    array = as_array(a)
    if shape == () and not isinstance(a, Array):
        return Array(array.dtype, None)
    return Array(array.dtype, shape)


def ranked(a: Kind) -> tuple[Dim, ...]:
    """Return the shape of an array whose rank is known."""
    shape = as_array(a).shape
    if shape is None:
        raise Undecided
    return shape


def of_unknown_shape(row: Callable[..., Kind]) -> Callable[..., Kind]:
    """Let a row keep the dtype of its first argument where it cannot tell the shape."""

    def safe(a: Kind, *args: Kind, **kwargs: Kind) -> Kind:
        try:
            return row(a, *args, **kwargs)
        except Undecided:
            return Array(as_array(a).dtype, None)

    return safe


def reshaped(old: tuple[Dim, ...] | None, new: tuple[Dim, ...] | None) -> tuple[Dim, ...] | None:
    """Return the shape that ``reshape(new)`` gives, with the length -1 worked out if possible."""
    if new is None or -1 not in new:
        return new
    rest = list(new)
    rest.remove(-1)
    return tuple(missing_length(old, rest) if dim == -1 else dim for dim in new)


def missing_length(old: tuple[Dim, ...] | None, rest: list[Dim]) -> Dim:
    if old is None or None in rest:
        return None
    left = list(old)
    for dim in list(rest):
        if dim in left:
            left.remove(dim)
            rest.remove(dim)
    whole, part = total(left), total(rest)
    if isinstance(whole, int) and isinstance(part, int):
        return whole // part
    return whole if part == 1 else None


@transfer(np.reshape)
def reshape(a: Kind, /, shape: Kind, order: Kind = NONE, *, copy: Kind = NONE) -> Kind:
    old = as_array(a)
    return Array(old.dtype, reshaped(old.shape, lengths(shape)))


@transfer(np.ndarray.reshape)
def reshape_method(a: Kind, *shape: Kind, order: Kind = NONE, copy: Kind = NONE) -> Kind:
    return reshape(a, shape[0] if len(shape) == 1 else Tuple(shape))


@transfer(np.ravel, np.ndarray.ravel, np.ndarray.flatten)
def ravel(a: Kind, order: Kind = NONE) -> Kind:
    old = as_array(a)
    return Array(old.dtype, (None if old.shape is None else total(old.shape),))


@transfer(np.transpose)
@of_unknown_shape
def transpose(a: Kind, axes: Kind = NONE) -> Kind:
    shape = ranked(a)
    if is_none(axes):
        return same_dtype(a, shape[::-1])
    return same_dtype(a, tuple(shape[i] for i in axes_of(axes, len(shape))))


@transfer(np.ndarray.transpose)
def transpose_method(a: Kind, *axes: Kind) -> Kind:
    if len(axes) == 1 and (is_none(axes[0]) or isinstance(axes[0], Tuple)):
        return transpose(a, axes[0])
    return transpose(a, Tuple(axes) if axes else NONE)


@transfer(np.swapaxes, np.ndarray.swapaxes)
@of_unknown_shape
def swapaxes(a: Kind, axis1: Kind, axis2: Kind) -> Kind:
    shape = list(ranked(a))
    i, j = axis_of(axis1, len(shape)), axis_of(axis2, len(shape))
    shape[i], shape[j] = shape[j], shape[i]
    return same_dtype(a, tuple(shape))


@transfer(np.moveaxis)
@of_unknown_shape
def moveaxis(a: Kind, source: Kind, destination: Kind) -> Kind:
    shape = ranked(a)
    n = len(shape)
    moves = sorted(zip(axes_of(destination, n), axes_of(source, n), strict=True))
    order = [i for i in range(n) if i not in {come for _, come in moves}]
    for to, come in moves:
        order.insert(to, come)
    return same_dtype(a, tuple(shape[i] for i in order))


@transfer(np.expand_dims)
@of_unknown_shape
def expand_dims(a: Kind, axis: Kind) -> Kind:
    shape = iter(ranked(a))
    count = len(as_array(a).shape) + (len(axis.items) if isinstance(axis, Tuple) else 1)
    new = axes_of(axis, count)
    return same_dtype(a, tuple(1 if i in new else next(shape) for i in range(count)))


@transfer(np.squeeze, np.ndarray.squeeze)
@of_unknown_shape
def squeeze(a: Kind, axis: Kind = NONE) -> Kind:
    shape = ranked(a)
    if is_none(axis):
        if not all(isinstance(dim, int) or least(dim) > 1 for dim in shape):
            raise Undecided
        return same_dtype(a, tuple(dim for dim in shape if dim != 1))
    gone = axes_of(axis, len(shape))
    return same_dtype(a, tuple(dim for i, dim in enumerate(shape) if i not in gone))


@transfer(np.broadcast_to)
def broadcast_to(array: Kind, shape: Kind, subok: Kind = FALSE) -> Kind:
    return Array(as_array(array).dtype, lengths(shape))


@transfer(np.atleast_1d)
@of_unknown_shape
def atleast_1d(a: Kind, /) -> Kind:
    return same_dtype(a, ranked(a) or (1,))


@transfer(np.atleast_2d)
@of_unknown_shape
def atleast_2d(a: Kind, /) -> Kind:
    shape = ranked(a)
    return same_dtype(a, (1,) * (2 - len(shape)) + shape)


@transfer(np.atleast_3d)
@of_unknown_shape
def atleast_3d(a: Kind, /) -> Kind:
    shape = ranked(a)
    if len(shape) < 2:
        return same_dtype(a, (1, *(shape or (1,)), 1))
    return same_dtype(a, shape if len(shape) > 2 else (*shape, 1))


@transfer(np.flip, np.roll, np.flipud, np.fliplr)
def kept(a: Kind, *args: Kind, **options: Kind) -> Kind:
    return same_dtype(a, as_array(a).shape)


@transfer(np.sort)
def sort(a: Kind, axis: Kind = LAST, kind: Kind = NONE, order: Kind = NONE, *, stable: Kind = NONE) -> Kind:
    return ravel(a) if is_none(axis) else same_dtype(a, as_array(a).shape)


@transfer(np.argsort, np.ndarray.argsort)
def argsort(
    a: Kind, axis: Kind = LAST, kind: Kind = NONE, order: Kind = NONE, *, stable: Kind = NONE
) -> Kind:
    shape = ravel(a).shape if is_none(axis) else as_array(a).shape
    return Array("i8", shape or None)


@transfer(np.ndarray.sort)
def sort_method(a: Kind, axis: Kind = LAST, kind: Kind = NONE, order: Kind = NONE) -> Kind:
    return NONE


@transfer(np.rot90)
@of_unknown_shape
def rot90(m: Kind, k: Kind = ONE, axes: Kind = FIRST_TWO) -> Kind:
    shape = list(ranked(m))
    i, j = axes_of(axes, len(shape))
    if integer(k) % 2:
        shape[i], shape[j] = shape[j], shape[i]
    return same_dtype(m, tuple(shape))


@transfer(np.triu, np.tril)
@of_unknown_shape
def triu(m: Kind, k: Kind = ZERO) -> Kind:
    shape = ranked(m)
    return same_dtype(m, shape if len(shape) > 1 else shape * 2)


def diagonal_length(m: Dim, n: Dim, offset: Kind) -> Dim:
    if not isinstance(offset, Scalar) or not isinstance(offset.value, int):
        return None
    k = offset.value
    if isinstance(m, int) and isinstance(n, int):
        return max(0, min(m + min(k, 0), n - max(k, 0)))
    return shift(m, -abs(k)) if m == n else None


@transfer(np.diag)
@of_unknown_shape
def diag(v: Kind, k: Kind = ZERO) -> Kind:
    shape = ranked(v)
    if len(shape) == 1:
        known = isinstance(k, Scalar) and isinstance(k.value, int)
        side = shift(shape[0], abs(k.value)) if known else None
        return same_dtype(v, (side, side))
    return diagonal(v, k)


@transfer(np.diagonal, np.ndarray.diagonal)
@of_unknown_shape
def diagonal(a: Kind, offset: Kind = ZERO, axis1: Kind = ZERO, axis2: Kind = ONE) -> Kind:
    shape = ranked(a)
    i, j = axis_of(axis1, len(shape)), axis_of(axis2, len(shape))
    rest = tuple(dim for at, dim in enumerate(shape) if at not in (i, j))
    return same_dtype(a, (*rest, diagonal_length(shape[i], shape[j], offset)))
