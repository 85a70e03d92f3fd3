"""Transfer functions of products, linear algebra and Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis.kinds import (
    FLOAT,
    NONE,
    Array,
    Constant,
    Dim,
    Kind,
    Scalar,
    Tuple,
    broadcast_dim,
    broadcast_shapes,
    numeric,
)
from s2sad.analysis.transfer_base import (
    FALSE,
    LAST,
    TRUE,
    TWO,
    Undecided,
    agree,
    as_array,
    axes_of,
    axis_of,
    dtype_by_example,
    flag,
    given_out,
    integer,
    is_none,
    least,
    lengths,
    total,
    transfer,
)
from s2sad.analysis.transfer_numpy import reduction
from s2sad.analysis.transfer_operators import matmul_kind

REDUCED = Constant("reduced")

# ---------------------------------------------------------------------------------------- linear algebra


@transfer(np.matmul)
def matmul(x1: Kind, x2: Kind, /) -> Kind:
    return matmul_kind(x1, x2)


@transfer(np.dot, np.ndarray.dot)
def dot(a: Kind, b: Kind) -> Kind:
    x, y = as_array(a), as_array(b)
    dtype = dtype_by_example(np.dot, x, y)
    if x.shape is None or y.shape is None:
        return Array(dtype, None)
    if not x.shape or not y.shape:
        return numeric(dtype, x.shape + y.shape)
    return numeric(dtype, x.shape[:-1] + y.shape[:-2] + (y.shape[-1:] if len(y.shape) > 1 else ()))


@transfer(np.inner)
def inner(a: Kind, b: Kind, /) -> Kind:
    x, y = as_array(a), as_array(b)
    dtype = dtype_by_example(np.inner, x, y)
    if x.shape is None or y.shape is None:
        return Array(dtype, None)
    if not x.shape or not y.shape:
        return numeric(dtype, x.shape + y.shape)
    return numeric(dtype, x.shape[:-1] + y.shape[:-1])


@transfer(np.outer)
def outer(a: Kind, b: Kind, out: Kind = NONE) -> Kind:
    given_out(out)
    x, y = as_array(a), as_array(b)
    shape = tuple(None if array.shape is None else total(array.shape) for array in (x, y))
    return Array(dtype_by_example(np.outer, x, y), shape)


@transfer(np.vdot)
def vdot(a: Kind, b: Kind, /) -> Kind:
    return numeric(dtype_by_example(np.vdot, as_array(a), as_array(b)), ())


@transfer(np.tensordot)
def tensordot(a: Kind, b: Kind, axes: Kind = TWO) -> Kind:
    x, y = as_array(a), as_array(b)
    dtype = dtype_by_example(np.dot, x, y)
    if x.shape is None or y.shape is None:
        return Array(dtype, None)
    if isinstance(axes, Scalar):
        n = integer(axes)
        first, second = tuple(range(len(x.shape) - n, len(x.shape))), tuple(range(n))
    elif isinstance(axes, Tuple) and len(axes.items) == 2:
        first, second = (axes_of(item, len(z.shape)) for item, z in zip(axes.items, (x, y)))
    else:
        return Array(dtype, None)
    left = tuple(dim for i, dim in enumerate(x.shape) if i not in first)
    right = tuple(dim for i, dim in enumerate(y.shape) if i not in second)
    return Array(dtype, left + right)


@transfer(np.einsum)
def einsum(subscripts: Kind, *operands: Kind) -> Kind:
    text = subscripts.value.replace(" ", "")
    inputs, arrow, output = text.partition("->")
    terms = inputs.split(",")
    letters = sorted(set(inputs) - {","})
    if "." in text or len(terms) != len(operands):
        raise Undecided
    if not arrow:
        output = "".join(letter for letter in letters if inputs.count(letter) == 1)
    arrays = [as_array(kind) for kind in operands]
    dtype = dtype_by_example(einsum_example, *arrays)
    size: dict[str, Dim] = {}
    for term, array in zip(terms, arrays):
        if array.shape is None:
            size.update((letter, size.get(letter)) for letter in term)
        elif len(term) != len(array.shape):
            raise Undecided
        else:
            for letter, dim in zip(term, array.shape):
                size[letter] = broadcast_dim(size[letter], dim) if letter in size else dim
    if len(arrays) == 1 and output == "" and letters == []:
        return Array(dtype, None)
    return numeric(dtype, tuple(size[letter] for letter in output))


def einsum_example(*arrays: Any) -> Any:
    return np.einsum(",".join("i" * len(arrays)) + "->i", *arrays)


@transfer(np.kron)
def kron(a: Kind, b: Kind) -> Kind:
    x, y = as_array(a), as_array(b)
    dtype = dtype_by_example(np.kron, x, y)
    if not x.shape or not y.shape:
        return Array(dtype, None)
    m, n = len(x.shape), len(y.shape)
    first, second = (1,) * (n - m) + x.shape, (1,) * (m - n) + y.shape
    return Array(dtype, tuple(total(pair) for pair in zip(first, second)))


@transfer(np.cross)
def cross(a: Kind, b: Kind) -> Kind:
    x, y = as_array(a), as_array(b)
    dtype = dtype_by_example(np.multiply, x, y)
    shape = broadcast_shapes([x.shape, y.shape])
    if shape is None or x.shape[-1] != 3 or y.shape[-1] != 3:
        known = x.shape and y.shape and max(len(x.shape), len(y.shape)) == 1
        return Array(dtype, (None,) if known and 3 in (x.shape[-1], y.shape[-1]) else None)
    return Array(dtype, shape)


@transfer(np.linalg.norm)
def norm(x: Kind, ord: Kind = NONE, axis: Kind = NONE, keepdims: Kind = FALSE) -> Kind:
    return reduction(np.linalg.norm, x, axis, NONE, keepdims)


def matrix_shape(kind: Kind) -> tuple[Array, tuple[Dim, ...], Dim, Dim]:
    """Return the array of matrices, the shape of the stack, and the rows and columns."""
    array = as_array(kind)
    if array.shape is None or len(array.shape) < 2:
        raise Undecided
    return array, array.shape[:-2], array.shape[-2], array.shape[-1]


def shorter(m: Dim, n: Dim) -> Dim:
    if isinstance(m, int) and isinstance(n, int):
        return min(m, n)
    if m == n:
        return m
    for a, b in ((m, n), (n, m)):
        if isinstance(a, int) and least(b) >= a:
            return a
    return None


def square(function: Callable[..., Any]) -> None:
    @transfer(function)
    def row(a: Kind, *rest: Kind) -> Kind:
        array, batch, m, n = matrix_shape(a)
        side = agree(m, n)
        return Array(dtype_by_example(function, array, ndim=2), (*batch, side, side))


square(np.linalg.inv)
square(np.linalg.cholesky)


@transfer(np.linalg.matrix_power)
def matrix_power(a: Kind, n: Kind) -> Kind:
    array, batch, rows, columns = matrix_shape(a)
    side = agree(rows, columns)
    dtype = array.dtype if array.dtype in ("f4", "f8", "c8", "c16") else None
    return Array(dtype, (*batch, side, side))


@transfer(np.linalg.pinv)
def pinv(a: Kind, rcond: Kind = NONE, hermitian: Kind = FALSE) -> Kind:
    array, batch, m, n = matrix_shape(a)
    return Array(dtype_by_example(np.linalg.pinv, array, ndim=2), (*batch, n, m))


@transfer(np.linalg.det)
def det(a: Kind) -> Kind:
    array, batch, _, _ = matrix_shape(a)
    return numeric(dtype_by_example(np.linalg.det, array, ndim=2), batch)


def parts(function: Callable[..., Any], array: Array, shapes: tuple[tuple[Dim, ...], ...]) -> Kind:
    """Return the named tuple that a decomposition returns."""
    kinds = (
        numeric(dtype_by_example(function, array, ndim=2, part=i), shape) for i, shape in enumerate(shapes)
    )
    return Tuple(tuple(kinds), type(function(np.ones((1, 1)))))


@transfer(np.linalg.slogdet)
def slogdet(a: Kind) -> Kind:
    array, batch, _, _ = matrix_shape(a)
    return parts(np.linalg.slogdet, array, (batch, batch))


@transfer(np.linalg.eigh)
def eigh(a: Kind, UPLO: Kind = NONE) -> Kind:
    array, batch, m, n = matrix_shape(a)
    side = agree(m, n)
    return parts(np.linalg.eigh, array, ((*batch, side), (*batch, side, side)))


@transfer(np.linalg.eigvalsh)
def eigvalsh(a: Kind, UPLO: Kind = NONE) -> Kind:
    array, batch, m, n = matrix_shape(a)
    return Array(dtype_by_example(np.linalg.eigvalsh, array, ndim=2), (*batch, agree(m, n)))


@transfer(np.linalg.svd)
def svd(a: Kind, full_matrices: Kind = TRUE, compute_uv: Kind = TRUE, hermitian: Kind = FALSE) -> Kind:
    array, batch, m, n = matrix_shape(a)
    k = shorter(m, n)
    if not flag(compute_uv):
        return Array(dtype_by_example(np.linalg.svdvals, array, ndim=2), (*batch, k))
    rows, columns = (m, n) if flag(full_matrices) else (k, k)
    return parts(np.linalg.svd, array, ((*batch, m, rows), (*batch, k), (*batch, columns, n)))


@transfer(np.linalg.qr)
def qr(a: Kind, mode: Kind = REDUCED) -> Kind:
    array, batch, m, n = matrix_shape(a)
    if mode.value not in ("reduced", "complete"):
        raise Undecided
    k = shorter(m, n) if mode.value == "reduced" else m
    return parts(np.linalg.qr, array, ((*batch, m, k), (*batch, k, n)))


@transfer(np.linalg.solve)
def solve(a: Kind, b: Kind) -> Kind:
    array, batch, m, n = matrix_shape(a)
    right = as_array(b)
    dtype = dtype_by_example(np.linalg.solve, array, right, ndim=2)
    if right.shape is None:
        return Array(dtype, None)
    side = agree(agree(m, n), right.shape[0 if len(right.shape) == 1 else -2])
    if len(right.shape) == 1:
        return Array(dtype, (*batch, side))
    return Array(dtype, (*broadcast_shapes([batch, right.shape[:-2]]), side, right.shape[-1]))


@transfer(np.linalg.lstsq)
def lstsq(a: Kind, b: Kind, rcond: Kind = NONE) -> Kind:
    array, _, m, n = matrix_shape(a)
    right = as_array(b)
    if right.shape is None:
        raise Undecided
    dtype = dtype_by_example(np.linalg.lstsq, array, right, ndim=2, part=0)
    real = dtype_by_example(np.linalg.lstsq, array, right, ndim=2, part=1)
    singular = Array(real, (shorter(m, n),))
    return Tuple((Array(dtype, (n, *right.shape[1:])), Array(real, (None,)), Scalar("i4"), singular))


# --------------------------------------------------------------------------------------------- transforms


def transform(function: Callable[..., Any], length: str) -> None:
    @transfer(function)
    def row(a: Kind, n: Kind = NONE, axis: Kind = LAST, norm: Kind = NONE) -> Kind:
        array = as_array(a)
        dtype = (
            dtype_by_example(np.fft.fft if length == "half" else function, array)
            if length != "twice"
            else None
        )
        if length == "twice":
            dtype = {"f4": "f4", "c8": "f4", "f8": "f8", "c16": "f8"}.get(array.dtype)
        if not array.shape:
            return Array(dtype, None)
        at = axis_of(axis, len(array.shape))
        size = array.shape[at] if is_none(n) else (lengths(n) or (None,))[0]
        if length == "half":
            size = size // 2 + 1 if isinstance(size, int) else None
        elif length == "twice":
            size = size if not is_none(n) else 2 * (size - 1) if isinstance(size, int) else None
        return Array(dtype, (*array.shape[:at], size, *array.shape[at + 1 :]))


transform(np.fft.fft, "same")
transform(np.fft.ifft, "same")
transform(np.fft.rfft, "half")
transform(np.fft.irfft, "twice")


def transform_of_axes(function: Callable[..., Any]) -> None:
    @transfer(function)
    def row(a: Kind, s: Kind = NONE, axes: Kind = NONE, norm: Kind = NONE) -> Kind:
        if not is_none(s):
            raise Undecided
        array = as_array(a)
        return Array(dtype_by_example(np.fft.fft, array), array.shape or None)


for function in (np.fft.fft2, np.fft.ifft2, np.fft.fftn, np.fft.ifftn):
    transform_of_axes(function)


@transfer(np.fft.fftshift, np.fft.ifftshift)
def fftshift(x: Kind, axes: Kind = NONE) -> Kind:
    return as_array(x)


@transfer(np.fft.fftfreq)
def fftfreq(n: Kind, d: Kind = FLOAT) -> Kind:
    return Array(
        "f8" if isinstance(d, Scalar) and d.dtype in ("f8", "i8") else None, (lengths(n) or (None,))[:1]
    )


@transfer(np.fft.rfftfreq)
def rfftfreq(n: Kind, d: Kind = FLOAT) -> Kind:
    size = (lengths(n) or (None,))[0]
    size = size // 2 + 1 if isinstance(size, int) else None
    return Array("f8" if isinstance(d, Scalar) and d.dtype in ("f8", "i8") else None, (size,))
