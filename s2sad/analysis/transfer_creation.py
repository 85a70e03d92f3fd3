"""Transfer functions that make arrays."""

from __future__ import annotations

import numpy as np

from s2sad.analysis.kinds import (
    INT,
    NONE,
    UNKNOWN,
    Array,
    Dim,
    Kind,
    List,
    Scalar,
    Sym,
    Tuple,
    broadcast_shapes,
    numeric,
)
from s2sad.analysis.transfer_base import (
    FALSE,
    ONE,
    TRUE,
    ZERO,
    Undecided,
    as_array,
    dtype_named,
    flag,
    forms,
    is_none,
    lengths,
    outcomes,
    transfer,
)

FIFTY = Scalar("i8", True, 50)


@transfer(np.zeros, np.ones, np.empty)
def zeros(shape: Kind, dtype: Kind = NONE, order: Kind = NONE) -> Kind:
    return Array(dtype_named(dtype, "f8"), lengths(shape))


@transfer(np.full)
def full(shape: Kind, fill_value: Kind, dtype: Kind = NONE, order: Kind = NONE) -> Kind:
    return Array(dtype_named(dtype, as_array(fill_value).dtype), lengths(shape))


@transfer(np.zeros_like, np.ones_like, np.empty_like)
def zeros_like(
    a: Kind, dtype: Kind = NONE, order: Kind = NONE, subok: Kind = TRUE, shape: Kind = NONE
) -> Kind:
    array = as_array(a)
    return Array(dtype_named(dtype, array.dtype), array.shape if is_none(shape) else lengths(shape))


@transfer(np.full_like)
def full_like(
    a: Kind,
    fill_value: Kind,
    dtype: Kind = NONE,
    order: Kind = NONE,
    subok: Kind = TRUE,
    shape: Kind = NONE,
) -> Kind:
    return zeros_like(a, dtype, order, subok, shape)


@transfer(np.eye)
def eye(N: Kind, M: Kind = NONE, k: Kind = ZERO, dtype: Kind = NONE, order: Kind = NONE) -> Kind:
    return Array(dtype_named(dtype, "f8"), lengths(Tuple((N, N if is_none(M) else M))))


@transfer(np.identity)
def identity(n: Kind, dtype: Kind = NONE) -> Kind:
    return Array(dtype_named(dtype, "f8"), lengths(Tuple((n, n))))


@transfer(np.indices)
def indices(dimensions: Kind, dtype: Kind = INT, sparse: Kind = FALSE) -> Kind:
    dims = lengths(dimensions)
    if dims is None or not isinstance(dimensions, Tuple) or dtype != INT or flag(sparse):
        raise Undecided
    return Array("i8", (len(dims), *dims))


def range_length(start: Kind, stop: Kind, step: Kind) -> Dim:
    if not all(isinstance(kind, Scalar) and kind.dtype == "i8" for kind in (start, stop, step)):
        return None
    first, last, by = start.value, stop.value, step.value
    if all(isinstance(value, int) for value in (first, last, by)):
        return len(range(first, last, by))
    if by == 1 and isinstance(first, int) and isinstance(last, Sym):
        return last + -first  # a length is clamped at 0, as a range is
    return None


@transfer(np.arange)
def arange(start: Kind, stop: Kind = NONE, step: Kind = NONE, dtype: Kind = NONE) -> Kind:
    if is_none(stop):
        start, stop = ZERO, start
    step = ONE if is_none(step) else step
    found = outcomes(np.arange, (forms(start), forms(stop), forms(step)))
    codes = {code for _, code in found}
    default = codes.pop() if len(codes) == 1 else None
    return Array(dtype_named(dtype, default), (range_length(start, stop, step),))


@transfer(np.linspace)
def linspace(
    start: Kind,
    stop: Kind,
    num: Kind = FIFTY,
    endpoint: Kind = TRUE,
    retstep: Kind = FALSE,
    dtype: Kind = NONE,
) -> Kind:
    if flag(retstep):
        raise Undecided
    ends = broadcast_shapes([as_array(kind).shape for kind in (start, stop)])
    codes = {code for _, code in outcomes(np.linspace, (forms(start), forms(stop)))}
    default = codes.pop() if len(codes) == 1 else None
    return Array(dtype_named(dtype, default), None if ends is None else (*lengths(num), *ends))


@transfer(np.array, np.asarray, np.asanyarray)
def array(
    object: Kind, dtype: Kind = NONE, *, order: Kind = NONE, copy: Kind = TRUE, subok: Kind = FALSE
) -> Kind:
    made = as_array(object)
    return Array(dtype_named(dtype, made.dtype), made.shape)


@transfer(np.ascontiguousarray, np.asfortranarray)
def ascontiguousarray(a: Kind, dtype: Kind = NONE) -> Kind:
    made = as_array(a)
    return Array(dtype_named(dtype, made.dtype), made.shape or None)


@transfer(np.copy)
def copy(a: Kind, order: Kind = NONE, subok: Kind = FALSE) -> Kind:
    return as_array(a)


@transfer(np.ndarray.copy)
def copy_method(a: Kind, order: Kind = NONE) -> Kind:
    return a


@transfer(np.ndarray.astype)
def astype(
    a: Kind,
    dtype: Kind,
    order: Kind = NONE,
    casting: Kind = NONE,
    subok: Kind = TRUE,
    copy: Kind = TRUE,
) -> Kind:
    if is_none(dtype):
        return Array("f8", a.shape)
    code = dtype_named(dtype, None)
    return numeric(code, ()) if isinstance(a, Scalar) else Array(code, a.shape)


@transfer(np.ndarray.fill)
def fill(a: Kind, value: Kind) -> Kind:
    return NONE


@transfer(np.ndarray.item)
def item(a: Kind, *args: Kind) -> Kind:
    number = Array(a.dtype, ()) if isinstance(a, Array) else as_array(a)
    found = {code for _, code in outcomes(np.ndarray.item, (forms(number),))}
    return Scalar(found.pop(), True) if len(found) == 1 else Scalar("c16", True, None, True)


@transfer(np.ndarray.tolist)
def tolist(a: Kind) -> Kind:
    if as_array(a).shape is None:
        return UNKNOWN
    result = item(a)
    for _ in as_array(a).shape:
        result = List(result)
    return result
