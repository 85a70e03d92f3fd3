"""Transfer functions of the helpers in `s2sad.runtime`: an adjoint looks like its primal."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from s2sad import runtime
from s2sad.analysis.kinds import (
    BOOL,
    BOTTOM,
    FLOAT,
    INT,
    NONE,
    UNKNOWN,
    Array,
    Bottom,
    Constant,
    Dict,
    Kind,
    List,
    Object,
    Scalar,
    Slice,
    Tuple,
    dtype_of,
    join,
    numeric,
)
from s2sad.analysis.transfer_arrays import ranked
from s2sad.analysis.transfer_base import LAST, TABLE, Undecided, as_array, transfer
from s2sad.analysis.transfer_indexing import getitem
from s2sad.analysis.transfer_joining import pieces
from s2sad.analysis.transfer_operators import elementwise
from s2sad.analysis.transfer_views import share

# ---------------------------------------------------------------------------------------------- shapes


def floating(dtype: str | None) -> str | None:
    """Return a dtype that sums and products keep, None for the others."""
    return dtype if dtype is not None and dtype[0] in "fc" else None


def shaped(dtype: str | None, like: Kind) -> Kind:
    """Return an array of the shape of `like`."""
    return Array(dtype, as_array(like).shape)


def product_dtype(*kinds: Kind) -> str | None:
    """Return the dtype of a product of values that all have this one dtype."""
    codes = {as_array(kind).dtype for kind in kinds}
    return floating(codes.pop()) if len(codes) == 1 else None


@transfer(runtime.last_writes)
def last_writes(x: Kind, index: Kind) -> Kind:
    part = getitem(x, index)
    return Array("b1", part.shape if isinstance(part, Array) else ())


@transfer(runtime.unbroadcast)
def unbroadcast(g: Kind, like: Kind) -> Kind:
    array = as_array(g)
    dtype = floating(array.dtype)
    if isinstance(like, Scalar):
        if isinstance(g, Scalar):
            return g
        return Array(dtype, None) if dtype is None or array.shape is None else Scalar(dtype)
    return Array(dtype, as_array(like).shape or None)


@transfer(runtime.scatter)
def scatter(g: Kind, index: Kind, like: Kind) -> Kind:
    return shaped(as_array(g).dtype, like)


@transfer(runtime.take_adjoint, runtime.diagonal_adjoint)
def take_adjoint(g: Kind, like: Kind, *where: Kind) -> Kind:
    return shaped(as_array(g).dtype, like)


@transfer(runtime.along_axis)
def along_axis(indices: Kind, axis: Kind) -> Kind:
    array = as_array(indices)
    n = len(ranked(indices))
    return Tuple((Array("i8" if array.dtype == "i8" else None, (None,) * n),) * n)


@transfer(runtime.unpadded)
def unpadded(shape: Kind, pad_width: Kind) -> Kind:
    return Tuple((Slice(INT, INT, NONE),) * len(shape.items))


@transfer(runtime.padded_indices)
def padded_indices(shape: Kind, pad_width: Kind, mode: Kind) -> Kind:
    return Array("i8", (None,) * len(shape.items))


@transfer(runtime.select_adjoint)
def select_adjoint(g: Kind, condlist: Kind, choicelist: Kind) -> Kind:
    item: Kind = BOTTOM
    for choice in pieces(choicelist)[0]:
        item = join(item, unbroadcast(Array(as_array(g).dtype, None), choice))
    return List(item)


@transfer(runtime.like_nested)
def like_nested(g: Kind, like: Kind) -> Kind:
    if not isinstance(like, (Tuple, List)):
        return g if isinstance(like, (Array, Scalar)) else UNKNOWN
    shape = as_array(g).shape
    inner = numeric(as_array(g).dtype, shape[1:] if shape else None)
    if isinstance(like, List):
        return List(like_nested(inner, like.item))
    return Tuple(tuple(like_nested(inner, item) for item in like.items))


for function, method in (
    (runtime.reshape, np.ndarray.reshape),
    (runtime.transpose, np.ndarray.transpose),
    (runtime.flatten, np.ndarray.flatten),
    (runtime.item, np.ndarray.item),
    (runtime.tolist, np.ndarray.tolist),
):
    TABLE[function] = TABLE[method]


@transfer(runtime.matrix_transpose)
def matrix_transpose(a: Kind) -> Kind:
    return TABLE[np.swapaxes](a, LAST, Scalar("i8", True, -2))


@transfer(runtime.clip)
def clip(a: Kind, min: Kind = NONE, max: Kind = NONE) -> Kind:
    return TABLE[np.clip](a, min, max)


# --------------------------------------------------------------------------------- reductions and products


@transfer(runtime.tie_weights)
def tie_weights(x: Kind, y: Kind, axis: Kind = NONE) -> Kind:
    array = as_array(x)
    return numeric(floating(array.dtype), array.shape)


@transfer(runtime.product_of_others)
def product_of_others(x: Kind, axis: Kind = NONE) -> Kind:
    array = as_array(x)
    return Array(floating(array.dtype), array.shape or None)


@transfer(runtime.cumprod_adjoint)
def cumprod_adjoint(g: Kind, y: Kind, x: Kind, axis: Kind) -> Kind:
    return shaped(product_dtype(g, y, x), x)


@transfer(runtime.matmul_left)
def matmul_left(g: Kind, a: Kind, b: Kind) -> Kind:
    return shaped(product_dtype(g, b), a)


@transfer(runtime.matmul_right)
def matmul_right(g: Kind, a: Kind, b: Kind) -> Kind:
    return shaped(product_dtype(g, a), b)


@transfer(runtime.dot_left)
def dot_left(g: Kind, a: Kind, b: Kind) -> Kind:
    return numeric(product_dtype(g, b), as_array(a).shape)


@transfer(runtime.dot_right)
def dot_right(g: Kind, a: Kind, b: Kind) -> Kind:
    return numeric(product_dtype(g, a), as_array(b).shape)


@transfer(runtime.cofactors)
def cofactors(a: Kind, det: Kind) -> Kind:
    return shaped(product_dtype(a, det), a)


@transfer(runtime.matrix_power_adjoint)
def matrix_power_adjoint(g: Kind, a: Kind, n: Kind) -> Kind:
    return shaped(product_dtype(g, a), a)


@transfer(runtime.symmetric, runtime.lower)
def symmetric(a: Kind) -> Kind:
    return shaped(floating(as_array(a).dtype), a)


@transfer(runtime.inverse_gaps)
def inverse_gaps(w: Kind) -> Kind:
    shape = ranked(w)
    return Array(floating(as_array(w).dtype), (*shape, shape[-1]))


@transfer(runtime.einsum_adjoints)
def einsum_adjoints(g: Kind, subscripts: Kind, operands: Kind) -> Kind:
    dtype = product_dtype(g, *operands.items)
    return Tuple(tuple(unbroadcast(Array(dtype, None), operand) for operand in operands.items))


@transfer(runtime.einsum_is_plain)
def einsum_is_plain(subscripts: Kind) -> Kind:
    return BOOL


@transfer(runtime.real_like)
def real_like(g: Kind, like: Kind) -> Kind:
    if isinstance(g, Array) and g.dtype is not None and g.dtype[0] == "c":
        return Array(g.dtype if (dtype_of(like) or "f")[0] == "c" else None, g.shape)
    return g if isinstance(g, Array) else UNKNOWN


@transfer(runtime.sinc_derivative)
def sinc_derivative(x: Kind, n: Kind) -> Kind:
    return elementwise(np.sinc, x)


@transfer(runtime.polygamma)
def polygamma(n: Kind, x: Kind) -> Kind:
    if isinstance(x, Scalar) and x.dtype == "f8" and not x.mixed:
        return Scalar("f8", x.python)
    raise Undecided


# -------------------------------------------------------------------------------------------- containers


@transfer(runtime.zeros_like)
def zeros_like(value: Kind) -> Kind:
    if isinstance(value, Scalar) and value.dtype == "i8" and not value.mixed:
        return FLOAT if value.python else UNKNOWN if value.python is None else NONE
    return zero_part(value)


def zero_part(value: Kind) -> Kind:
    """Return the kind of the zero adjoint of a value that may be part of a container."""
    if isinstance(value, (Constant, Slice)):
        return NONE
    if isinstance(value, Scalar):
        if value.mixed:
            return UNKNOWN
        return Scalar(value.dtype, value.python) if value.dtype[0] in "fc" else NONE
    if isinstance(value, Array):
        return UNKNOWN if value.dtype is None else value if value.dtype[0] in "fc" else NONE
    return mapped(zero_part, value)


@transfer(runtime.add)
def add(a: Kind, b: Kind) -> Kind:
    a, b = (b, a) if a == NONE else (a, b)
    if isinstance(a, (Scalar, Array)) and (b == NONE or isinstance(b, (Scalar, Array))):
        return TABLE[operator.add](a, FLOAT if b == NONE else b)
    if a == NONE:
        return NONE
    return mapped(lambda x: add(x, NONE), a) if b == NONE else mapped(add, a, b)


def mapped(row: Callable[..., Kind], a: Kind, *others: Kind) -> Kind:
    """Return the kind of the container that `row` makes of the parts of containers of one structure."""
    kinds = (a, *others)
    if isinstance(a, List) and all(isinstance(kind, List) for kind in others):
        bottom = any(isinstance(kind.item, Bottom) for kind in kinds)
        return List(BOTTOM if bottom else row(*(kind.item for kind in kinds)))
    for kind in others:
        alike = type(kind) is type(a) and isinstance(a, (Tuple, Dict, Object))
        if not alike or replace(kind, items=()) != replace(a, items=()) or len(kind.items) != len(a.items):
            return UNKNOWN
    if not isinstance(a, (Tuple, Dict, Object)) or (isinstance(a, Object) and not a.names):
        return UNKNOWN
    return replace(a, items=tuple(row(*parts) for parts in zip(*(kind.items for kind in kinds), strict=True)))


@transfer(runtime.scatter_item)
def scatter_item(g: Kind, index: Kind, like: Kind) -> Kind:
    zeros = zero_part(like)
    if not isinstance(zeros, Tuple):
        raise Undecided
    items = list(zeros.items)
    if isinstance(index, Scalar) and isinstance(index.value, int):
        items[index.value] = g
        return replace(zeros, items=tuple(items))
    return replace(zeros, items=tuple(join(item, g) for item in items))


@transfer(runtime.scatter_slice, runtime.insert_slice)
def scatter_slice(g: Kind, index: Kind, like: Kind) -> Kind:
    if not isinstance(like, List) or not isinstance(g, List):
        raise Undecided
    return List(join(zero_part(like.item) if like.item != BOTTOM else BOTTOM, g.item))


@transfer(runtime.add_item, runtime.reset_entry, runtime.restored_entry)
def like_first(total: Kind, *rest: Kind) -> Kind:
    return UNKNOWN if isinstance(total, Scalar) else total


@transfer(runtime.assigned_part, runtime.unassigned, runtime.reassigned)
def list_like_first(g: Kind, *rest: Kind) -> Kind:
    return g if isinstance(g, List) else UNKNOWN


@transfer(runtime.fold_repeats)
def fold_repeats(g: Kind, n: Kind) -> Kind:
    if not isinstance(g, List) or g.item == BOTTOM:
        raise Undecided
    first = add(NONE, g.item)
    return List(join(FLOAT, join(first, add(first, g.item))))  # 0.0 where there are no repeats


@transfer(runtime.deepcopy, runtime.stop_gradient)
def deepcopy(value: Kind) -> Kind:
    return value


@transfer(runtime.inserted_at)
def inserted_at(index: Kind, length: Kind) -> Kind:
    return INT


@transfer(runtime.scalar_seed)
def scalar_seed(y: Kind) -> Kind:
    return FLOAT


# ------------------------------------------------------------------------------------------------- views

share("fresh", runtime, "scatter take_adjoint diagonal_adjoint select_adjoint flatten clip item tolist")
share("fresh", runtime, "stop_gradient")
share("fresh", runtime, "tie_weights product_of_others cumprod_adjoint cofactors lower symmetric")
share("fresh", runtime, "matmul_left matmul_right dot_left dot_right")
share("fresh", runtime, "inverse_gaps matrix_power_adjoint polygamma sinc_derivative zeros_like fold_repeats")
share("view", runtime, "transpose matrix_transpose")
