"""Transfer functions of the helpers in `s2sad.runtime`: an adjoint looks like its primal."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from s2sad import runtime
from s2sad.analysis.kinds import (
    BOOL,
    BOTTOM,
    FLOAT,
    NONE,
    UNKNOWN,
    Array,
    Constant,
    Dict,
    Kind,
    List,
    Object,
    Scalar,
    Tuple,
    dtype_of,
    join,
    numeric,
    shape_of,
)
from s2sad.analysis.transfer_base import (
    TABLE,
    ZERO,
    Undecided,
    as_array,
    dtype_by_example,
    integer,
    is_none,
    promoted,
    transfer,
)
from s2sad.analysis.transfer_indexing import element_kind
from s2sad.analysis.transfer_operators import elementwise

# ---------------------------------------------------------------------------------------------- shapes


def floating(dtype: str | None) -> str | None:
    """Return a dtype that sums and products keep, None for the others."""
    return dtype if dtype is not None and dtype[0] in "fc" else None


def shaped(dtype: str | None, like: Kind) -> Kind:
    """Return an array of the shape of `like`."""
    return Array(dtype, as_array(like).shape)


@transfer(runtime.unbroadcast)
def unbroadcast(g: Kind, like: Kind) -> Kind:
    array, target = as_array(g), as_array(like)
    if isinstance(like, Scalar):
        if isinstance(g, Scalar):
            return g
        dtype = floating(array.dtype)
        return Scalar(dtype) if dtype is not None and array.shape is not None else numeric(None, None)
    return Array(floating(array.dtype), target.shape)


@transfer(runtime.scatter, runtime.take_adjoint)
def scatter(g: Kind, *rest: Kind, **options: Kind) -> Kind:
    raise Undecided


@transfer(runtime.scatter)
def scatter_at(g: Kind, index: Kind, like: Kind) -> Kind:
    return shaped(as_array(g).dtype, like)


@transfer(runtime.take_adjoint)
def take_adjoint(g: Kind, like: Kind, indices: Kind, axis: Kind) -> Kind:
    return shaped(as_array(g).dtype, like)


@transfer(runtime.diagonal_adjoint)
def diagonal_adjoint(g: Kind, like: Kind, *axes: Kind) -> Kind:
    return shaped(as_array(g).dtype, like)
