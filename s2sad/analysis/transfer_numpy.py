"""Transfer functions of NumPy's elementwise functions and reductions."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis.kinds import (
    NONE,
    UNKNOWN,
    Array,
    Dim,
    Kind,
    Scalar,
    Tuple,
    broadcast_shapes,
    dtype_of,
    numeric,
    shape_of,
)
from s2sad.analysis.transfer_base import (
    FALSE,
    TRUE,
    ZERO,
    Undecided,
    as_array,
    axes_of,
    axis_of,
    dtype_by_example,
    dtype_named,
    flag,
    forms,
    given_out,
    is_none,
    of_forms,
    outcomes,
    total,
    transfer,
)
from s2sad.analysis.transfer_operators import elementwise

Shape = tuple[Dim, ...] | None
TRUE_FORM = forms(TRUE)
CONJUGATE = operator.methodcaller("conjugate")

# ------------------------------------------------------------------------------------------- elementwise


@transfer(np.where)
def where(condition: Kind, x: Kind | None = None, y: Kind | None = None, /) -> Kind:
    if x is None or y is None:
        return nonzero(condition)
    found = outcomes(np.where, (TRUE_FORM, forms(x), forms(y)))
    shape = broadcast_shapes([shape_of(as_array(kind)) for kind in (condition, x, y)])
    return Array(of_forms(found, shape).dtype if len({code for _, code in found}) == 1 else None, shape)


@transfer(np.nonzero, np.ndarray.nonzero)
def nonzero(a: Kind) -> Kind:
    shape = as_array(a).shape
    return UNKNOWN if not shape else Tuple((Array("i8", (None,)),) * len(shape))


@transfer(np.ix_)
def open_mesh(*args: Kind) -> Kind:
    """Each index array lies along an axis of its own."""
    sizes = [shape[0] if (shape := as_array(a).shape) and dtype_of(a) != "b1" else None for a in args]
    ones = len(args) * (1,)
    return Tuple(tuple(Array("i8", (*ones[:i], n, *ones[i + 1 :])) for i, n in enumerate(sizes)))


@transfer(np.clip, np.ndarray.clip)
def clip(a: Kind, a_min: Kind = NONE, a_max: Kind = NONE, out: Kind = NONE) -> Kind:
    given_out(out)
    ends = [kind for kind in (a_min, a_max) if not is_none(kind)]
    # np.minimum and np.maximum promote as np.clip does, and take one end
    return elementwise(np.clip, a, *ends) if len(ends) == 2 else elementwise(np.minimum, a, *ends)


@transfer(np.round, np.around, np.ndarray.round)
def round_(a: Kind, decimals: Kind = ZERO, out: Kind = NONE) -> Kind:
    given_out(out)
    return elementwise(np.round, a)


def one_operand(*functions: Callable[..., Any]) -> None:
    """Register functions that work element by element on their first argument, whatever the others are."""
    for function in functions:

        def row(x: Kind, *args: Kind, function: Callable[..., Any] = function) -> Kind:
            return elementwise(function, x)

        transfer(function)(row)


one_operand(np.real, np.imag, np.sinc, np.i0, np.isneginf, np.isposinf, np.iscomplex, np.isreal, np.fix)


@transfer(np.ndarray.conj, np.ndarray.conjugate)
def conjugate(x: Kind) -> Kind:
    return elementwise(CONJUGATE, x)


@transfer(np.angle)
def angle(z: Kind, deg: Kind = FALSE) -> Kind:
    return elementwise(np.angle, z)


@transfer(np.nan_to_num)
def nan_to_num(
    x: Kind, copy: Kind = TRUE, nan: Kind = NONE, posinf: Kind = NONE, neginf: Kind = NONE
) -> Kind:
    return elementwise(np.nan_to_num, x)


@transfer(np.isclose)
def isclose(a: Kind, b: Kind, rtol: Kind = NONE, atol: Kind = NONE, equal_nan: Kind = FALSE) -> Kind:
    return elementwise(np.isclose, a, b)


@transfer(np.allclose, np.array_equal)
def allclose(a: Kind, b: Kind, *rest: Kind, **kwargs: Kind) -> Kind:
    return Scalar("b1", None)


@transfer(np.interp)
def interp(x: Kind, xp: Kind, fp: Kind, left: Kind = NONE, right: Kind = NONE) -> Kind:
    values = as_array(fp)
    if values.dtype is None or values.dtype[0] == "c":
        return Array(None, as_array(x).shape or None)
    points = as_array(x)
    return Array("f8", points.shape) if points.shape != () else Array("f8", None)


# -------------------------------------------------------------------------------------------- reductions


def reduced(shape: Shape, axis: Kind, keepdims: Kind) -> Shape:
    """Return the shape that is left after summing over `axis`."""
    keep = flag(keepdims)
    if shape is None:
        return () if is_none(axis) and not keep else None
    if isinstance(axis, Scalar) and axis.value is None:
        return (None,) * (len(shape) if keep else len(shape) - 1)
    axes = axes_of(axis, len(shape))
    if keep:
        return tuple(1 if i in axes else dim for i, dim in enumerate(shape))
    return tuple(dim for i, dim in enumerate(shape) if i not in axes)


def reduction(function: Callable[..., Any], a: Kind, axis: Kind, dtype: Kind, keepdims: Kind) -> Kind:
    array = as_array(a)
    code = dtype_named(dtype, "") if dtype is not NONE else ""
    if code == "":
        code = dtype_by_example(function, array)
    shape = reduced(array.shape, axis, keepdims)
    if shape == () and flag(keepdims):
        return Array(code, None)
    return numeric(code, shape)


def with_dtype(function: Callable[..., Any], *more: Callable[..., Any]) -> None:
    @transfer(function, *more)
    def row(
        a: Kind,
        axis: Kind = NONE,
        dtype: Kind = NONE,
        out: Kind = NONE,
        keepdims: Kind = FALSE,
        initial: Kind = NONE,
        where: Kind = TRUE,
    ) -> Kind:
        given_out(out)
        return reduction(function, a, axis, dtype, keepdims)


def without_dtype(function: Callable[..., Any], *more: Callable[..., Any]) -> None:
    @transfer(function, *more)
    def row(
        a: Kind,
        axis: Kind = NONE,
        out: Kind = NONE,
        keepdims: Kind = FALSE,
        initial: Kind = NONE,
        where: Kind = TRUE,
    ) -> Kind:
        given_out(out)
        return reduction(function, a, axis, NONE, keepdims)


def spread(function: Callable[..., Any], *more: Callable[..., Any]) -> None:
    @transfer(function, *more)
    def row(
        a: Kind,
        axis: Kind = NONE,
        dtype: Kind = NONE,
        out: Kind = NONE,
        ddof: Kind = ZERO,
        keepdims: Kind = FALSE,
        where: Kind = TRUE,
        correction: Kind = ZERO,
    ) -> Kind:
        given_out(out)
        return reduction(function, a, axis, dtype, keepdims)


with_dtype(np.sum, np.ndarray.sum)
with_dtype(np.prod, np.ndarray.prod)
with_dtype(np.mean, np.ndarray.mean)
with_dtype(np.nansum)
with_dtype(np.nanprod)
with_dtype(np.nanmean)
without_dtype(np.max, np.amax, np.ndarray.max)
without_dtype(np.min, np.amin, np.ndarray.min)
without_dtype(np.all, np.ndarray.all)
without_dtype(np.any, np.ndarray.any)
without_dtype(np.ptp)
without_dtype(np.nanmax)
without_dtype(np.nanmin)
spread(np.std, np.ndarray.std)
spread(np.var, np.ndarray.var)
spread(np.nanstd)
spread(np.nanvar)


@transfer(np.median)
def median(
    a: Kind, axis: Kind = NONE, out: Kind = NONE, overwrite_input: Kind = FALSE, keepdims: Kind = FALSE
) -> Kind:
    given_out(out)
    return reduction(np.median, a, axis, NONE, keepdims)


@transfer(np.average)
def average(
    a: Kind, axis: Kind = NONE, weights: Kind = NONE, returned: Kind = FALSE, *, keepdims: Kind = FALSE
) -> Kind:
    array = as_array(a)
    if flag(returned):
        raise Undecided
    if is_none(weights):
        return reduction(np.average, a, axis, NONE, keepdims)
    dtype = dtype_by_example(average_example, array, as_array(weights))
    return numeric(dtype, reduced(array.shape, axis, keepdims))


def average_example(a: Any, weights: Any) -> Any:
    return np.average(a, weights=weights)


@transfer(np.argmax, np.argmin, np.ndarray.argmax, np.ndarray.argmin)
def argmax(a: Kind, axis: Kind = NONE, out: Kind = NONE, *, keepdims: Kind = FALSE) -> Kind:
    given_out(out)
    return reduction(np.argmax, a, axis, NONE, keepdims)


@transfer(np.count_nonzero)
def count_nonzero(a: Kind, axis: Kind = NONE, *, keepdims: Kind = FALSE) -> Kind:
    shape = reduced(as_array(a).shape, axis, keepdims)
    return Scalar("i8", None) if shape == () else Array("i8", shape)


def cumulative(function: Callable[..., Any], *more: Callable[..., Any]) -> None:
    @transfer(function, *more)
    def row(a: Kind, axis: Kind = NONE, dtype: Kind = NONE, out: Kind = NONE) -> Kind:
        given_out(out)
        array = as_array(a)
        code = dtype_by_example(function, array) if is_none(dtype) else dtype_named(dtype, None)
        if not is_none(axis):
            return Array(code, array.shape or None)
        return Array(code, (None if array.shape is None else total(array.shape),))


cumulative(np.cumsum, np.nancumsum, np.ndarray.cumsum)
cumulative(np.cumprod, np.ndarray.cumprod)


@transfer(np.maximum.accumulate, np.minimum.accumulate)
def running_extreme(array: Kind, axis: Kind = ZERO) -> Kind:
    return as_array(array)


@transfer(np.add.reduceat, np.maximum.reduceat, np.minimum.reduceat)
def of_parts(array: Kind, indices: Kind, axis: Kind = ZERO) -> Kind:
    found = as_array(array)
    shape = None if found.shape is None else list(found.shape)
    if shape is not None:
        shape[axis_of(axis, len(shape))] = (as_array(indices).shape or (None,))[0]
    return Array(found.dtype if found.dtype in ("f4", "f8", "c8", "c16") else None, shape and tuple(shape))


@transfer(np.trace, np.ndarray.trace)
def trace(a: Kind, offset: Kind = ZERO, axis1: Kind = NONE, axis2: Kind = NONE) -> Kind:
    array = as_array(a)
    dtype = dtype_by_example(np.trace, array, ndim=2)
    if array.shape is None or (len(array.shape) != 2 and not (is_none(axis1) and is_none(axis2))):
        return Array(dtype, None)
    return numeric(dtype, array.shape[2:])
