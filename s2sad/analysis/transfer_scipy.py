"""Transfer functions for SciPy's functions; the tables of rules register them, since SciPy need not be installed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from s2sad.analysis.kinds import NONE, Array, Dim, Kind, Scalar, Tuple
from s2sad.analysis.transfer_base import (
    FALSE,
    LAST,
    TRUE,
    Transfer,
    Undecided,
    add_lengths,
    agree,
    as_array,
    axis_of,
    flag,
    is_none,
    lengths,
    transfer,
)
from s2sad.analysis.transfer_linalg import matrix_shape, shorter
from s2sad.analysis.transfer_numpy import reduction
from s2sad.analysis.transfer_views import VIEWS

FLOATS = {"f4", "f8", "c8", "c16"}


def fresh(row: Transfer, *functions: object) -> None:
    """Register functions whose results are new arrays, and the row for their kinds."""
    transfer(*functions)(row)
    VIEWS.update(dict.fromkeys(functions, "fresh"))


def fresh_row(*functions: object) -> Callable[[Transfer], Transfer]:
    """Decorate a row for the kinds of functions whose results are new arrays."""

    def register(row: Transfer) -> Transfer:
        fresh(row, *functions)
        return row

    return register


def precision(*arrays: Array) -> str | None:
    """Return the dtype that LAPACK computes in: integers become doubles."""
    codes = ["f8" if array.dtype in ("i8", "i4", "b1") else array.dtype for array in arrays]
    if not all(code in FLOATS for code in codes):
        return None
    return np.result_type(*codes).str[1:]


def real(code: str | None) -> str | None:
    return None if code is None else {"c8": "f4", "c16": "f8"}.get(code, code)


# ------------------------------------------------------------------------------- the first array decides


def like_first(a: Kind, *rest: Kind, **options: Kind) -> Kind:
    """The result is a square matrix like the first argument."""
    array, batch, m, n = matrix_shape(a)
    return Array(precision(array), (*batch, agree(m, n), agree(m, n)))


def like_all(*args: Kind, **options: Kind) -> Kind:
    """The result is a matrix like the last argument; the dtype is that of all."""
    _, batch, m, n = matrix_shape(args[-1])
    return Array(precision(*map(as_array, args)), (*batch, m, n))


def shape_only(a: Kind, *rest: Kind, **options: Kind) -> Kind:
    """The result is a square matrix, which may be complex or of double precision."""
    _, batch, m, n = matrix_shape(a)
    return Array(None, (*batch, agree(m, n), agree(m, n)))


def det(a: Kind, **options: Kind) -> Kind:
    """Always of double precision."""
    array, batch, _, _ = matrix_shape(a)
    code = precision(array)
    if batch or code is None:
        raise Undecided
    return Scalar("c16" if code[0] == "c" else "f8")


def norm(
    a: Kind, ord: Kind = NONE, axis: Kind = NONE, keepdims: Kind = FALSE, check_finite: Kind = TRUE
) -> Kind:
    if as_array(a).dtype != "f8" or not is_none(ord):
        raise Undecided
    if is_none(axis) and keepdims == FALSE:
        return Scalar("f8", None)  # a Python number or NumPy's
    return reduction(np.linalg.norm, a, axis, NONE, keepdims)


# ------------------------------------------------------------------------------------------ factorizations


def cho_factor(a: Kind, lower: Kind = FALSE, **options: Kind) -> Kind:
    return Tuple((like_first(a), lower if isinstance(lower, Scalar) else Scalar("b1")))


def lu_factor(a: Kind, **options: Kind) -> Kind:
    array, batch, m, n = matrix_shape(a)
    return Tuple((Array(precision(array), (*batch, m, n)), Array("i4", (*batch, shorter(m, n)))))


def eigh(a: Kind, b: Kind = NONE, *, eigvals_only: Kind = FALSE, **options: Kind) -> Kind:
    array, batch, m, n = matrix_shape(a)
    if not is_none(b) or not options.keys() <= {"lower", "check_finite", "driver"}:
        raise Undecided
    side, code = agree(m, n), precision(array)
    values = Array(real(code), (*batch, side))
    return values if flag(eigvals_only) else Tuple((values, Array(code, (*batch, side, side))))


def eigvalsh(a: Kind, b: Kind = NONE, **options: Kind) -> Kind:
    return eigh(a, b, eigvals_only=TRUE, **options)


def svd(a: Kind, full_matrices: Kind = TRUE, compute_uv: Kind = TRUE, **options: Kind) -> Kind:
    array, batch, m, n = matrix_shape(a)
    code, k = precision(array), shorter(m, n)
    values = Array(real(code), (*batch, k))
    if not flag(compute_uv):
        return values
    rows, columns = (m, n) if flag(full_matrices) else (k, k)
    return Tuple((Array(code, (*batch, m, rows)), values, Array(code, (*batch, columns, n))))


def svdvals(a: Kind, **options: Kind) -> Kind:
    return svd(a, compute_uv=FALSE)


def qr(a: Kind, *, mode: Kind = NONE, **options: Kind) -> Kind:
    array, batch, m, n = matrix_shape(a)
    if not options.keys() <= {"check_finite"}:
        raise Undecided
    full = is_none(mode) or mode.value == "full"  # type: ignore[attr-defined]
    if not full and mode.value != "economic":  # type: ignore[attr-defined]
        raise Undecided
    k, code = m if full else shorter(m, n), precision(array)
    return Tuple((Array(code, (*batch, m, k)), Array(code, (*batch, k, n))))


def pinv(a: Kind, **options: Kind) -> Kind:
    array, batch, m, n = matrix_shape(a)
    if "return_rank" in options:
        raise Undecided
    return Array(precision(array), (*batch, n, m))


def polar(a: Kind, side: Kind = NONE) -> Kind:
    array, batch, m, n = matrix_shape(a)
    if m != n or m is None:
        raise Undecided
    return Tuple((Array(precision(array), (*batch, m, n)),) * 2)


# ------------------------------------------------------------------------------------------------- solvers


def right_side(b: Kind, *arrays: Array) -> Array:
    """Return the kind of a solution: the shape is that of the right-hand side."""
    right = as_array(b)
    if right.shape is None or len(right.shape) not in (1, 2):
        raise Undecided
    return Array(precision(right, *arrays), right.shape)


def solve(a: Kind, b: Kind, *rest: Kind, **options: Kind) -> Kind:
    array = as_array(a)
    if array.shape is None or len(array.shape) != 2:
        raise Undecided
    return right_side(b, array)


def solve_factored(factors: Kind, b: Kind, *rest: Kind, **options: Kind) -> Kind:
    if not isinstance(factors, Tuple):
        raise Undecided
    return solve(factors.items[0], b)


def solve_banded(l_and_u: Kind, ab: Kind, b: Kind, **options: Kind) -> Kind:
    return solve(ab, b)


def solve_double(a: Kind, b: Kind, **options: Kind) -> Kind:
    """Return the kind of a solution that may be of double precision for single ones."""
    parts = a.items if isinstance(a, Tuple) else (a,)
    found = right_side(b, *map(as_array, parts))
    return found if found.dtype in ("f8", "c16") else Array(None, found.shape)


# ---------------------------------------------------------------------------------------- special matrices


def column(kind: Kind) -> tuple[str | None, Dim]:
    array = as_array(kind)
    if array.shape is None or len(array.shape) != 1:
        raise Undecided
    return array.dtype if array.dtype in FLOATS else None, array.shape[0]


def toeplitz(c: Kind, r: Kind = NONE) -> Kind:
    code, m = column(c)
    if is_none(r):
        return Array(code, (m, m))
    other, n = column(r)
    return Array(None if None in (code, other) else np.result_type(code, other).str[1:], (m, n))


def circulant(c: Kind) -> Kind:
    code, n = column(c)
    return Array(code, (n, n))


def block_diag(*arrs: Kind) -> Kind:
    arrays = [as_array(kind) for kind in arrs]
    if any(array.shape is None or len(array.shape) > 2 for array in arrays):
        raise Undecided
    shapes = [(1,) * (2 - len(array.shape or ())) + (array.shape or ()) for array in arrays]
    sizes = [add_lengths([shape[k] for shape in shapes]) for k in (0, 1)]
    codes = [array.dtype for array in arrays]
    known = all(code in FLOATS for code in codes)
    return Array(np.result_type(*codes).str[1:] if known else None, tuple(sizes))


# --------------------------------------------------------------------------------------------- transforms


def complexed(code: str | None) -> str | None:
    return {"f4": "c8", "f8": "c16", "c8": "c8", "c16": "c16", "i8": "c16"}.get(code or "")


def along(
    length: Callable[[Dim], Dim], code: Callable[[str | None], str | None], given: Callable[[Dim], Dim]
) -> Transfer:
    """Return the row of transforms along one axis: their length without `n` and with it, and their dtype."""

    def row(x: Kind, n: Kind = NONE, axis: Kind = LAST, norm: Kind = NONE, *, workers: Kind = NONE) -> Kind:
        array = as_array(x)
        if not array.shape:
            raise Undecided
        at = axis_of(axis, len(array.shape))
        size = length(array.shape[at]) if is_none(n) else given((lengths(n) or (None,))[0])
        return Array(code(array.dtype), (*array.shape[:at], size, *array.shape[at + 1 :]))

    return row


def same(n: Dim) -> Dim:
    return n


def half(n: Dim) -> Dim:
    return n // 2 + 1 if isinstance(n, int) else None


def twice(n: Dim) -> Dim:
    return 2 * (n - 1) if isinstance(n, int) else None


def float_of(code: str | None) -> str | None:
    return code if code in FLOATS else None


transform = along(same, complexed, same)
half_transform = along(half, complexed, half)
real_transform = along(twice, lambda code: real(complexed(code)), same)


def cosine_transform(
    x: Kind,
    type: Kind = NONE,
    n: Kind = NONE,
    axis: Kind = LAST,
    norm: Kind = NONE,
    *,
    workers: Kind = NONE,
) -> Kind:
    return along(same, float_of, same)(x, n, axis)


def transform_of_axes(x: Kind, s: Kind = NONE, axes: Kind = NONE, norm: Kind = NONE, **options: Kind) -> Kind:
    array = as_array(x)
    return Array(complexed(array.dtype), array.shape if is_none(s) else None)


def cosine_transforms(x: Kind, type: Kind = NONE, **options: Kind) -> Kind:
    array = as_array(x)
    return Array(float_of(array.dtype), None if "s" in options else array.shape)


# ------------------------------------------------------------------------------------------------- filters


def like(x: Kind, *rest: Kind, **options: Kind) -> Kind:
    """The result is of the shape of the first argument; floats keep their dtype."""
    array = as_array(x)
    return Array(float_of(array.dtype), array.shape or None)


def convolution(in1: Kind, in2: Kind, mode: Kind = NONE, *rest: Kind, **options: Kind) -> Kind:
    a, b = as_array(in1), as_array(in2)
    known = a.dtype in FLOATS and b.dtype in FLOATS
    code = np.result_type(a.dtype, b.dtype).str[1:] if known else None
    if not a.shape or not b.shape:
        return Array(code, None)
    if getattr(mode, "value", None) == "same":
        return Array(code, a.shape)
    return Array(code, (None,) * len(a.shape))


def filtered(b: Kind, a: Kind, x: Kind, axis: Kind = LAST) -> Kind:
    arrays = [as_array(kind) for kind in (b, a, x)]
    return Array(precision(*arrays), arrays[2].shape or None)


def filtered_by_sections(sos: Kind, x: Kind, axis: Kind = LAST) -> Kind:
    arrays = as_array(sos), as_array(x)
    return Array(precision(*arrays), arrays[1].shape or None)


def cumulative(y: Kind, x: Kind = NONE, dx: Kind = NONE, axis: Kind = LAST, initial: Kind = NONE) -> Kind:
    array = as_array(y)
    return Array(None, None if not array.shape else (None,) * len(array.shape))
