"""Transfer functions of the names from the array API standard, of general eigenvalues and of polynomials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis.kinds import NONE, Array, Kind, Tuple
from s2sad.analysis.transfer_base import (
    TABLE,
    TWO,
    Undecided,
    as_array,
    dtype_by_example,
    transfer,
)
from s2sad.analysis.transfer_linalg import matrix_shape, shorter

REAL = {"f4": "f4", "c8": "f4", "f8": "f8", "c16": "f8"}
COMPLEX = ("c8", "c16")

for _alias, _plain in ((np.linalg.matmul, np.matmul), (np.linalg.outer, np.outer)):
    TABLE[_alias] = TABLE[_plain]


@transfer(np.linalg.tensordot)
def tensordot(x1: Kind, x2: Kind, /, *, axes: Kind = TWO) -> Kind:
    return TABLE[np.tensordot](x1, x2, axes)


@transfer(np.matrix_transpose, np.linalg.matrix_transpose)
def matrix_transpose(x: Kind, /) -> Kind:
    array, batch, m, n = matrix_shape(x)
    return Array(array.dtype, (*batch, n, m))


@transfer(np.linalg.svdvals)
def svdvals(x: Kind, /) -> Kind:
    array, batch, m, n = matrix_shape(x)
    return Array(dtype_by_example(np.linalg.svdvals, array, ndim=2), (*batch, shorter(m, n)))


# ------------------------------------------------------------------------------------- general eigenvalues
# Those of a real matrix may be real or complex: their values decide.


@transfer(np.linalg.eigvals)
def eigvals(a: Kind) -> Kind:
    array, batch, _, n = matrix_shape(a)
    return Array(array.dtype if array.dtype in COMPLEX else None, (*batch, n))


@transfer(np.linalg.eig)
def eig(a: Kind) -> Kind:
    array, batch, _, n = matrix_shape(a)
    dtype = array.dtype if array.dtype in COMPLEX else None
    return Tuple(
        (Array(dtype, (*batch, n)), Array(dtype, (*batch, n, n))), type(np.linalg.eig(np.ones((1, 1))))
    )


# ------------------------------------------------------------------------------------------- polynomials


def of_doubles(function: Callable[..., Any], count: int) -> None:
    """Register a function that makes an array of floats from arrays of floats."""

    @transfer(function)
    def row(*args: Kind) -> Kind:
        arrays = [as_array(kind) for kind in args[:count]]
        if any(array.dtype != "f8" or array.shape is None or len(array.shape) > 1 for array in arrays):
            raise Undecided
        return Array("f8", (None,))


of_doubles(np.polyadd, 2)
of_doubles(np.polysub, 2)
of_doubles(np.polymul, 2)
of_doubles(np.polyder, 1)


# ------------------------------------------------------------------------------------- other functions


@transfer(np.i0)
def i0(x: Kind) -> Kind:
    array = as_array(x)
    return Array("f8" if array.dtype == "f8" else None, array.shape or None)


@transfer(np.fft.rfftn, np.fft.rfft2)
def rfftn(a: Kind, s: Kind = NONE, axes: Kind = NONE, norm: Kind = NONE) -> Kind:
    array = as_array(a)
    return Array(dtype_by_example(np.fft.fft, array), (None,) * len(array.shape) if array.shape else None)


@transfer(np.fft.irfftn, np.fft.irfft2)
def irfftn(a: Kind, s: Kind = NONE, axes: Kind = NONE, norm: Kind = NONE) -> Kind:
    array = as_array(a)
    return Array(REAL.get(array.dtype or ""), (None,) * len(array.shape) if array.shape else None)


@transfer(np.fft.hfft)
def hfft(a: Kind, n: Kind = NONE, axis: Kind = NONE, norm: Kind = NONE) -> Kind:
    return irfftn(a)


@transfer(np.fft.ihfft)
def ihfft(a: Kind, n: Kind = NONE, axis: Kind = NONE, norm: Kind = NONE) -> Kind:
    return rfftn(a)
