"""The functions of `scipy.linalg` that NumPy has too, by the rules for NumPy's; least squares and special matrices.

>>> toeplitz(np.eye(2), None, np.array([1.0, 2.0]))
(array([2., 0.]), ())

Where one triangle of a matrix is read, the adjoint of the other one is 0. Linear systems are in `scipy_linalg_systems`,
functions of matrices and matrix equations in `scipy_linalg_functions`.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from s2sad.analysis import transfer_scipy as rows
from s2sad.frontend.names import add_module
from s2sad.rules import factorizations
from s2sad.rules import linalg as matrices
from s2sad.rules.declare import adjoint, linear, tangent
from s2sad.runtime import lower as lower_half
from s2sad.runtime import symmetric

add_module("scipy", scipy)
add_module("scipy.linalg", scipy.linalg)

rows.fresh(rows.like_first, scipy.linalg.inv, scipy.linalg.cholesky)
rows.fresh(rows.toeplitz, scipy.linalg.toeplitz, scipy.linalg.hankel)
for name in "det norm eigh eigvalsh svd svdvals qr pinv circulant block_diag".split():
    rows.fresh(getattr(rows, name), getattr(scipy.linalg, name))

# ---- what NumPy has too ---------------------------------------------------------------------------------


@adjoint(scipy.linalg.inv)
def inv(g, y, a, *, check_finite=True):
    return matrices.inv(g, y, a)


@tangent(scipy.linalg.inv)
def inv_tangent(dots, y, a, *, check_finite=True):
    return -y @ dots[0] @ y


@adjoint(scipy.linalg.det)
def det(g, y, a, *, check_finite=True):
    return matrices.det(g, y, a)


@tangent(scipy.linalg.det)
def det_tangent(dots, y, a, *, check_finite=True):
    return matrices.det_tangent(dots, y, a)


@adjoint(scipy.linalg.norm)
def norm(g, y, a, ord=None, axis=None, keepdims=False, check_finite=True):
    return matrices.norm(g, y, a, ord, axis, keepdims)


@tangent(scipy.linalg.norm)
def norm_tangent(dots, y, a, ord=None, axis=None, keepdims=False, check_finite=True):
    return matrices.norm_tangent(dots, y, a, ord, axis, keepdims)


def from_half(a, lower):
    """Return the symmetric matrix of which one triangle is given."""
    half = np.tril(a) if lower else np.triu(a).T
    return half + np.tril(half, -1).T


def to_half(g, lower):
    """Return the adjoint of the triangle that is read, given that of all of the matrix."""
    half = 2 * lower_half(symmetric(g))
    return half if lower else half.T


def cholesky_adjoint(g, y):
    """Return the adjoint of the lower triangle, for the lower factor `y`."""
    left = scipy.linalg.solve_triangular(y, lower_half(y.T @ g), 1, lower=True)
    return 2 * lower_half(symmetric(scipy.linalg.solve_triangular(y, left.T, 1, lower=True)))


def cholesky_moved(a_dot, y):
    """Return the tangent of the lower factor `y`, for that of the lower triangle."""
    left = scipy.linalg.solve_triangular(y, from_half(a_dot, True), lower=True)
    return y @ lower_half(scipy.linalg.solve_triangular(y, left.T, lower=True))


@adjoint(scipy.linalg.cholesky)
def cholesky(g, y, a, lower=False, *, check_finite=True):
    if np.ndim(a) != 2 or np.iscomplexobj(a):
        raise ValueError("scipy.linalg.cholesky: has a derivative for one real matrix only")
    return cholesky_adjoint(g, y) if lower else cholesky_adjoint(g.T, y.T).T


@tangent(scipy.linalg.cholesky)
def cholesky_tangent(dots, y, a, lower=False, *, check_finite=True):
    if np.ndim(a) != 2 or np.iscomplexobj(a):
        raise ValueError("scipy.linalg.cholesky: has a derivative for one real matrix only")
    return cholesky_moved(dots[0], y) if lower else cholesky_moved(dots[0].T, y.T).T


@adjoint(scipy.linalg.eigh)
def eigh(g, y, a, b=None, *, lower=True, eigvals_only=False, check_finite=True, driver=None):
    if b is not None:
        raise ValueError("scipy.linalg.eigh: has a derivative for b=None only")
    if eigvals_only:
        return factorizations.eigvalsh(g, y, a, "L" if lower else "U")
    return factorizations.eigh(g, y, a, "L" if lower else "U")


@tangent(scipy.linalg.eigh)
def eigh_tangent(dots, y, a, b=None, *, lower=True, eigvals_only=False, check_finite=True, driver=None):
    if b is not None:
        raise ValueError("scipy.linalg.eigh: has a derivative for b=None only")
    if eigvals_only:
        return factorizations.eigvalsh_tangent(dots, y, a, "L" if lower else "U")
    return factorizations.eigh_tangent(dots, y, a, "L" if lower else "U")


@adjoint(scipy.linalg.eigvalsh)
def eigvalsh(g, y, a, b=None, *, lower=True, check_finite=True, driver=None):
    if b is not None:
        raise ValueError("scipy.linalg.eigvalsh: has a derivative for b=None only")
    return factorizations.eigvalsh(g, y, a, "L" if lower else "U")


@tangent(scipy.linalg.eigvalsh)
def eigvalsh_tangent(dots, y, a, b=None, *, lower=True, check_finite=True, driver=None):
    if b is not None:
        raise ValueError("scipy.linalg.eigvalsh: has a derivative for b=None only")
    return factorizations.eigvalsh_tangent(dots, y, a, "L" if lower else "U")


@adjoint(scipy.linalg.svd)
def svd(g, y, a, full_matrices=True, compute_uv=True, *, check_finite=True, lapack_driver="gesdd"):
    return factorizations.svd(g, y, a, full_matrices, compute_uv)


@tangent(scipy.linalg.svd)
def svd_tangent(dots, y, a, full_matrices=True, compute_uv=True, *, check_finite=True, lapack_driver="gesdd"):
    return factorizations.svd_tangent(dots, y, a, full_matrices, compute_uv)


@adjoint(scipy.linalg.svdvals)
def svdvals(g, y, a, *, check_finite=True):
    return factorizations.svd(g, y, a, compute_uv=False)


@tangent(scipy.linalg.svdvals)
def svdvals_tangent(dots, y, a, *, check_finite=True):
    return factorizations.svd_tangent(dots, y, a, compute_uv=False)


@adjoint(scipy.linalg.qr)
def qr(g, y, a, *, mode="full", pivoting=False, check_finite=True):
    if pivoting or not (mode == "economic" or (mode == "full" and a.shape[-1] == a.shape[-2])):
        raise ValueError("scipy.linalg.qr: has a derivative for mode='economic', without pivoting, only")
    return factorizations.qr(g, y, a)


@tangent(scipy.linalg.qr)
def qr_tangent(dots, y, a, *, mode="full", pivoting=False, check_finite=True):
    if pivoting or not (mode == "economic" or (mode == "full" and a.shape[-1] == a.shape[-2])):
        raise ValueError("scipy.linalg.qr: has a derivative for mode='economic', without pivoting, only")
    return factorizations.qr_tangent(dots, y, a)


@adjoint(scipy.linalg.pinv)
def pinv(g, y, a, *, check_finite=True):
    return factorizations.pinv(g, y, a)


@tangent(scipy.linalg.pinv)
def pinv_tangent(dots, y, a, *, check_finite=True):
    return factorizations.pinv_tangent(dots, y, a)


# ---- least squares --------------------------------------------------------------------------------------


@adjoint(scipy.linalg.lstsq)
def lstsq(g, y, a, b, *, check_finite=True):
    return factorizations.lstsq(g, y, a, b)


@tangent(scipy.linalg.lstsq)
def lstsq_tangent(dots, y, a, b, *, check_finite=True):
    x_dot, residual_dot, rank_dot, s_dot = factorizations.lstsq_tangent(dots, y, a, b)
    return x_dot, np.reshape(residual_dot, np.shape(y[1])), rank_dot, s_dot


# ---- special matrices -----------------------------------------------------------------------------------


def antidiagonal_sums(g):
    """Return the sums of g[i, j] over each i + j."""
    m, n = g.shape
    # in rows that are one shorter than the padded ones, row i is moved right by i
    flat = np.ravel(np.pad(g, ((0, 0), (0, m))))
    return np.sum(np.reshape(flat[: m * (m + n - 1)], (m, m + n - 1)), axis=0)


def tail(x):
    """Return `x` with its first element replaced by 0."""
    return np.concatenate((np.zeros_like(x[:1]), x[1:]))


@linear(scipy.linalg.toeplitz)
def toeplitz(g, y, c, *r):
    if np.ndim(c) != 1:
        raise ValueError("scipy.linalg.toeplitz: has a derivative for one column only")
    sums = antidiagonal_sums(np.flip(g, 0))
    m = len(c)
    column, row = np.flip(sums[:m]), tail(sums[m - 1 :])
    if len(r) == 0:
        return column + (np.conj(row) if np.iscomplexobj(c) else row), ()
    return column, (row,)


@linear(scipy.linalg.hankel)
def hankel(g, y, c, *r):
    if np.ndim(c) != 1:
        raise ValueError("scipy.linalg.hankel: has a derivative for one column only")
    sums = antidiagonal_sums(g)
    m = len(c)
    return sums[:m], () if len(r) == 0 else (tail(sums[m - 1 :]),)


@linear(scipy.linalg.circulant)
def circulant(g, y, c):
    if np.ndim(c) != 1:
        raise ValueError("scipy.linalg.circulant: has a derivative for one column only")
    sums = antidiagonal_sums(np.flip(g, 0))
    n = len(c)
    return np.flip(sums[:n]) + np.concatenate((np.zeros_like(sums[:1]), np.flip(sums[n:])))


@linear(scipy.linalg.block_diag)
def block_diag(g, y, *arrs):
    bars = []
    i = j = 0
    for a in arrs:
        m, n = np.shape(a) if np.ndim(a) == 2 else (1, np.size(a))
        bars.append(np.reshape(g[i : i + m, j : j + n], np.shape(a)))
        i, j = i + m, j + n
    return tuple(bars)
