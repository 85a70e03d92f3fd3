"""The functions of `scipy.linalg`: those that NumPy has too, by the rules for NumPy's, then the others.

>>> solve(np.ones(1), np.array([2.0]), np.array([[3.0]]), np.array([6.0]))
(array([[-0.66666667]]), array([0.33333333]))
>>> toeplitz(np.eye(2), None, np.array([1.0, 2.0]))
(array([2., 0.]), ())

Where one triangle of a matrix is read, the adjoint of the other one is 0. Sources: M. Giles, Oxford NA-08-01
(2008), 2.2 (solve) and 2.3 (quadratic forms); N. Higham, "Functions of Matrices" (2008), section 3.1 and equation
3.16 (the Frechet derivative as the block above the diagonal), 6.1 (sqrtm).
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from s2sad.analysis import transfer_scipy as rows
from s2sad.frontend.names import add_module
from s2sad.rules import factorizations
from s2sad.rules import linalg as matrices
from s2sad.rules.declare import adjoint, known, linear, tangent
from s2sad.runtime import lower as lower_half
from s2sad.runtime import symmetric

add_module("scipy", scipy)
add_module("scipy.linalg", scipy.linalg)

rows.fresh(rows.like_first, scipy.linalg.inv, scipy.linalg.expm, scipy.linalg.cholesky)
rows.fresh(rows.shape_only, scipy.linalg.logm, scipy.linalg.sqrtm)
rows.fresh(rows.like_all, scipy.linalg.solve_sylvester, scipy.linalg.solve_continuous_lyapunov)
rows.fresh(rows.shape_only, scipy.linalg.solve_discrete_lyapunov)
rows.fresh(rows.solve, scipy.linalg.solve, scipy.linalg.solve_triangular)
rows.fresh(rows.solve_factored, scipy.linalg.cho_solve, scipy.linalg.lu_solve)
rows.fresh(rows.solve_double, scipy.linalg.solveh_banded, scipy.linalg.solve_toeplitz)
rows.fresh(rows.toeplitz, scipy.linalg.toeplitz, scipy.linalg.hankel)
for name in "det norm cho_factor lu_factor eigh eigvalsh svd svdvals qr pinv polar".split():
    rows.fresh(getattr(rows, name), getattr(scipy.linalg, name))
for name in "solve_banded circulant block_diag".split():
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


# ---- linear systems -------------------------------------------------------------------------------------


def outer(left, right):
    """Return the sum of the outer products of the columns."""
    return np.outer(left, right) if np.ndim(right) == 1 else left @ right.T


def is_half(assume_a):
    """Tell whether one triangle of the matrix is read."""
    return assume_a in ("sym", "symmetric", "her", "hermitian", "pos", "positive definite")


def from_half(a, lower):
    """Return the symmetric matrix of which one triangle is given."""
    half = np.tril(a) if lower else np.triu(a).T
    return half + np.tril(half, -1).T


def to_half(g, lower):
    """Return the adjoint of the triangle that is read, given that of all of the matrix."""
    half = 2 * lower_half(symmetric(g))
    return half if lower else half.T


def part_read(a, assume_a):
    """Return what the solver reads of a matrix, with zeros for the rest."""
    if assume_a == "upper triangular":
        return np.triu(a)
    if assume_a == "lower triangular":
        return np.tril(a)
    if assume_a == "diagonal":
        return np.diag(np.diag(a))
    if assume_a == "tridiagonal":
        return np.triu(np.tril(a, 1), -1)
    return a


@adjoint(scipy.linalg.solve)
def solve(g, y, a, b, lower=False, *, check_finite=True, assume_a=None, transposed=False):
    if np.ndim(a) != 2 or np.ndim(b) > 2:
        raise ValueError("scipy.linalg.solve: has a derivative for one matrix only, not for many")
    if is_half(assume_a):
        if np.iscomplexobj(a) or transposed:
            raise ValueError("scipy.linalg.solve: has a derivative for real symmetric matrices only")
        b_bar = scipy.linalg.solve(a, g, lower=lower, assume_a=assume_a)
        return to_half(-outer(b_bar, y), lower), b_bar
    if transposed:
        b_bar = scipy.linalg.solve(part_read(a, assume_a), g)
        return part_read(-outer(y, b_bar), assume_a), b_bar
    b_bar = scipy.linalg.solve(part_read(a, assume_a).T, g)
    return part_read(-outer(b_bar, y), assume_a), b_bar


@tangent(scipy.linalg.solve)
def solve_tangent(dots, y, a, b, lower=False, *, check_finite=True, assume_a=None, transposed=False):
    if np.ndim(a) != 2 or np.ndim(b) > 2:
        raise ValueError("scipy.linalg.solve: has a derivative for one matrix only, not for many")
    if is_half(assume_a) and (np.iscomplexobj(a) or transposed):
        raise ValueError("scipy.linalg.solve: has a derivative for real symmetric matrices only")
    if dots[0] is None:
        change = dots[1]
    else:
        a_dot = from_half(dots[0], lower) if is_half(assume_a) else part_read(dots[0], assume_a)
        change = (a_dot.T if transposed else a_dot) @ y
        change = -change if dots[1] is None else dots[1] - change
    if is_half(assume_a):
        return scipy.linalg.solve(a, change, lower=lower, assume_a=assume_a)
    return scipy.linalg.solve(part_read(a, assume_a).T if transposed else part_read(a, assume_a), change)


@adjoint(scipy.linalg.solve_triangular)
def solve_triangular(g, y, a, b, trans=0, lower=False, unit_diagonal=False, *, check_finite=True):
    if np.ndim(a) != 2 or np.ndim(b) > 2:
        raise ValueError("scipy.linalg.solve_triangular: has a derivative for one matrix only, not for many")
    if (trans == 2 or trans == "C") and np.iscomplexobj(a):
        raise ValueError("scipy.linalg.solve_triangular: trans='C' has no derivative; pass the conjugate")
    turned = 1 if trans == 0 or trans == "N" else 0
    if unit_diagonal:
        b_bar = scipy.linalg.solve_triangular(a, g, turned, lower=lower, unit_diagonal=True)
    else:
        b_bar = scipy.linalg.solve_triangular(a, g, turned, lower=lower)
    a_bar = -outer(b_bar, y) if turned == 1 else -outer(y, b_bar)
    if unit_diagonal:
        return np.tril(a_bar, -1) if lower else np.triu(a_bar, 1), b_bar
    return np.tril(a_bar) if lower else np.triu(a_bar), b_bar


@tangent(scipy.linalg.solve_triangular)
def solve_triangular_tangent(dots, y, a, b, trans=0, lower=False, unit_diagonal=False, *, check_finite=True):
    if np.ndim(a) != 2 or np.ndim(b) > 2:
        raise ValueError("scipy.linalg.solve_triangular: has a derivative for one matrix only, not for many")
    if (trans == 2 or trans == "C") and np.iscomplexobj(a):
        raise ValueError("scipy.linalg.solve_triangular: trans='C' has no derivative; pass the conjugate")
    if dots[0] is None:
        change = dots[1]
    else:
        if unit_diagonal:
            a_dot = np.tril(dots[0], -1) if lower else np.triu(dots[0], 1)
        else:
            a_dot = np.tril(dots[0]) if lower else np.triu(dots[0])
        change = (a_dot if trans == 0 or trans == "N" else a_dot.T) @ y
        change = -change if dots[1] is None else dots[1] - change
    if unit_diagonal:
        return scipy.linalg.solve_triangular(a, change, trans, lower=lower, unit_diagonal=True)
    return scipy.linalg.solve_triangular(a, change, trans, lower=lower)


@adjoint(scipy.linalg.cho_solve)
def cho_solve(g, y, c_and_lower, b, *, check_finite=True):
    """The matrix is c c.T or c.T c: its adjoint is symmetrized by the two places of c."""
    c, lower = c_and_lower[0], c_and_lower[1]
    if np.iscomplexobj(c) or np.ndim(c) != 2 or np.ndim(b) > 2:
        raise ValueError("scipy.linalg.cho_solve: has a derivative for one real matrix only")
    b_bar = scipy.linalg.cho_solve(c_and_lower, g)
    whole = -2 * symmetric(outer(b_bar, y))
    c_bar = np.tril(whole @ np.tril(c)) if lower else np.triu(np.triu(c) @ whole)
    return (c_bar, None), b_bar


@tangent(scipy.linalg.cho_solve)
def cho_solve_tangent(dots, y, c_and_lower, b, *, check_finite=True):
    c, lower = c_and_lower[0], c_and_lower[1]
    if np.iscomplexobj(c) or np.ndim(c) != 2 or np.ndim(b) > 2:
        raise ValueError("scipy.linalg.cho_solve: has a derivative for one real matrix only")
    if dots[0] is None:
        return scipy.linalg.cho_solve(c_and_lower, dots[1])
    root = np.tril(c) if lower else np.triu(c).T
    root_dot = np.tril(dots[0][0]) if lower else np.triu(dots[0][0]).T
    change = root_dot @ (root.T @ y) + root @ (root_dot.T @ y)
    return scipy.linalg.cho_solve(c_and_lower, -change if dots[1] is None else dots[1] - change)


@adjoint(scipy.linalg.cho_factor)
def cho_factor(g, y, a, lower=False, *, check_finite=True):
    """The triangle that is not part of the result has no derivative: SciPy leaves random data in it."""
    if np.iscomplexobj(a) or np.ndim(a) != 2:
        raise ValueError("scipy.linalg.cho_factor: has a derivative for one real matrix only")
    if lower:
        return cholesky_adjoint(np.tril(g[0]), np.tril(y[0]))
    return cholesky_adjoint(np.triu(g[0]).T, np.triu(y[0]).T).T


@tangent(scipy.linalg.cho_factor)
def cho_factor_tangent(dots, y, a, lower=False, *, check_finite=True):
    if np.iscomplexobj(a) or np.ndim(a) != 2:
        raise ValueError("scipy.linalg.cho_factor: has a derivative for one real matrix only")
    if lower:
        return cholesky_moved(dots[0], np.tril(y[0])), None
    return cholesky_moved(dots[0].T, np.triu(y[0]).T).T, None


def times_inverse(a, lu):
    """Return a inv(u), where u is the upper triangle of `lu`."""
    return scipy.linalg.solve_triangular(lu, a.T, 1).T


@adjoint(scipy.linalg.lu_factor)
def lu_factor(g, y, a, *, check_finite=True):
    """With F = inv(l) p da inv(u): l_dot = l tril(F, -1) and u_dot = triu(F) u."""
    if np.ndim(a) != 2 or np.shape(a)[0] != np.shape(a)[1]:
        raise ValueError("scipy.linalg.lu_factor: has a derivative for one square matrix only")
    lu = y[0]
    upper = np.triu(lu)
    strict = np.tril(g[0], -1)
    middle = np.tril(strict + np.tril(lu, -1).T @ strict, -1) + np.triu(np.triu(g[0]) @ upper.T)
    return scipy.linalg.solve_triangular(lu, scipy.linalg.lu_solve(y, upper.T @ middle, 1).T).T


@tangent(scipy.linalg.lu_factor)
def lu_factor_tangent(dots, y, a, *, check_finite=True):
    if np.ndim(a) != 2 or np.shape(a)[0] != np.shape(a)[1]:
        raise ValueError("scipy.linalg.lu_factor: has a derivative for one square matrix only")
    lu = y[0]
    upper = np.triu(lu)
    middle = times_inverse(upper @ scipy.linalg.lu_solve(y, dots[0]), lu)
    strict = np.tril(middle, -1)
    return strict + np.tril(lu, -1) @ strict + np.triu(middle) @ upper, None


@adjoint(scipy.linalg.lu_solve)
def lu_solve(g, y, lu_and_piv, b, trans=0, *, check_finite=True):
    """With v = inv(u).T p and w = inv(l).T v: the adjoints of l and u are -w (u q).T and -v q.T."""
    lu = lu_and_piv[0]
    if np.ndim(lu) != 2 or np.ndim(b) > 2:
        raise ValueError("scipy.linalg.lu_solve: has a derivative for one matrix only, not for many")
    if trans == 2 and (np.iscomplexobj(lu) or np.iscomplexobj(b)):
        raise ValueError("scipy.linalg.lu_solve: trans=2 has no derivative; use trans=1")
    b_bar = scipy.linalg.lu_solve(lu_and_piv, g, 1 if trans == 0 else 0)
    p, q = (g, y) if trans == 0 else (b, b_bar)
    v = scipy.linalg.solve_triangular(lu, p, 1)
    w = scipy.linalg.solve_triangular(lu, v, 1, lower=True, unit_diagonal=True)
    lu_bar = -np.tril(outer(w, np.triu(lu) @ q), -1) - np.triu(outer(v, q))
    return (lu_bar, None), b_bar


@tangent(scipy.linalg.lu_solve)
def lu_solve_tangent(dots, y, lu_and_piv, b, trans=0, *, check_finite=True):
    lu = lu_and_piv[0]
    if np.ndim(lu) != 2 or np.ndim(b) > 2:
        raise ValueError("scipy.linalg.lu_solve: has a derivative for one matrix only, not for many")
    if trans == 2 and (np.iscomplexobj(lu) or np.iscomplexobj(b)):
        raise ValueError("scipy.linalg.lu_solve: trans=2 has no derivative; use trans=1")
    if dots[0] is None:
        return scipy.linalg.lu_solve(lu_and_piv, dots[1], trans)
    low, up = np.tril(dots[0][0], -1), np.triu(dots[0][0])
    if trans == 0:
        change = (
            scipy.linalg.solve_triangular(lu, low @ (np.triu(lu) @ y), 0, lower=True, unit_diagonal=True)
            + up @ y
        )
        change = scipy.linalg.solve_triangular(lu, change)
    else:
        v = scipy.linalg.solve_triangular(lu, b, 1)
        w = scipy.linalg.solve_triangular(lu, v, 1, lower=True, unit_diagonal=True)
        change = scipy.linalg.lu_solve(lu_and_piv, np.triu(lu).T @ (low.T @ w) + up.T @ v, 1)
    return -change if dots[1] is None else scipy.linalg.lu_solve(lu_and_piv, dots[1], trans) - change


# ---- banded systems: row r of `ab` holds the diagonal u - r -----------------------------------------------


def shifted(x, d):
    """Return `x` moved down by `d` rows, with zeros for those that come in."""
    rest = x[: max(len(x) - d, 0)] if d > 0 else x[min(-d, len(x)) :]
    zeros = np.zeros_like(x[: min(abs(d), len(x))])
    return np.concatenate((zeros, rest)) if d > 0 else np.concatenate((rest, zeros))


def columns(x):
    return np.reshape(x, (len(x), -1))


def band_of(left, right, low, up):
    """Return the band of ``left @ right.T`` in the layout of `ab`."""
    left, right = columns(left), columns(right)
    return np.stack([np.sum(shifted(left, -d) * right, axis=1) for d in range(-up, low + 1)])


def band_product(ab, x, low, up):
    """Return the product of a banded matrix and the columns of `x`."""
    total = np.zeros_like(x)
    for d in range(-up, low + 1):
        diagonal = ab[up + d] if np.ndim(x) == 1 else np.expand_dims(ab[up + d], 1)
        total = total + shifted(diagonal * x, d)
    return total


@adjoint(scipy.linalg.solve_banded)
def solve_banded(g, y, l_and_u, ab, b, *, check_finite=True):
    low, up = l_and_u
    turned = np.stack([shifted(ab[up + d], d) for d in range(low, -up - 1, -1)])
    b_bar = scipy.linalg.solve_banded((up, low), turned, g)
    return None, band_of(-b_bar, y, low, up), b_bar


@tangent(scipy.linalg.solve_banded)
def solve_banded_tangent(dots, y, l_and_u, ab, b, *, check_finite=True):
    if dots[1] is None:
        return scipy.linalg.solve_banded(l_and_u, ab, dots[2])
    low, up = l_and_u
    change = band_product(dots[1], y, low, up)
    return scipy.linalg.solve_banded(l_and_u, ab, -change if dots[2] is None else dots[2] - change)


@adjoint(scipy.linalg.solveh_banded)
def solveh_banded(g, y, ab, b, *, lower=False, check_finite=True):
    if np.iscomplexobj(ab):
        raise ValueError("scipy.linalg.solveh_banded: complex matrices have no derivative")
    b_bar = scipy.linalg.solveh_banded(ab, g, lower=True) if lower else scipy.linalg.solveh_banded(ab, g)
    n = len(ab) - 1
    if lower:
        both = band_of(-b_bar, y, n, 0) + band_of(-y, b_bar, n, 0)
        return np.concatenate((0.5 * both[:1], both[1:])), b_bar
    both = band_of(-b_bar, y, 0, n) + band_of(-y, b_bar, 0, n)
    return np.concatenate((both[:-1], 0.5 * both[-1:])), b_bar


@tangent(scipy.linalg.solveh_banded)
def solveh_banded_tangent(dots, y, ab, b, *, lower=False, check_finite=True):
    if np.iscomplexobj(ab):
        raise ValueError("scipy.linalg.solveh_banded: complex matrices have no derivative")
    if dots[0] is None:
        change = dots[1]
    else:
        rows = dots[0] if lower else np.flip(dots[0], 0)
        change = band_product(rows[:1], y, 0, 0)
        for d in range(1, len(ab)):
            row = rows[d] if lower else shifted(rows[d], -d)
            row = row if np.ndim(y) == 1 else np.expand_dims(row, 1)
            change = change + shifted(row * y, d) + row * shifted(y, -d)
        change = -change if dots[1] is None else dots[1] - change
    return (
        scipy.linalg.solveh_banded(ab, change, lower=True)
        if lower
        else scipy.linalg.solveh_banded(ab, change)
    )


@adjoint(scipy.linalg.solve_toeplitz)
def solve_toeplitz(g, y, c_or_cr, b, *, check_finite=True):
    """The adjoint of the matrix is -b_bar y.T; its sums along the diagonals are a correlation."""
    if np.ndim(b) != 1 or np.iscomplexobj(y):
        raise ValueError("scipy.linalg.solve_toeplitz: has a derivative for one real right-hand side only")
    if isinstance(c_or_cr, tuple):
        c, r = c_or_cr
        b_bar = scipy.linalg.solve_toeplitz((np.concatenate((c[:1], r[1:])), c), g)
        sums = -np.correlate(b_bar, y, "full")
        r_bar = np.flip(sums[: len(y)])
        return (sums[len(y) - 1 :], np.concatenate((np.zeros_like(r_bar[:1]), r_bar[1:]))), b_bar
    b_bar = scipy.linalg.solve_toeplitz(c_or_cr, g)
    sums = -np.correlate(b_bar, y, "full")
    both = sums + np.flip(sums)
    return np.concatenate((sums[len(y) - 1 : len(y)], both[len(y) :])), b_bar


@tangent(scipy.linalg.solve_toeplitz)
def solve_toeplitz_tangent(dots, y, c_or_cr, b, *, check_finite=True):
    if np.ndim(b) != 1 or np.iscomplexobj(y):
        raise ValueError("scipy.linalg.solve_toeplitz: has a derivative for one real right-hand side only")
    if dots[0] is None:
        return scipy.linalg.solve_toeplitz(c_or_cr, dots[1])
    if isinstance(c_or_cr, tuple):
        change = np.zeros_like(y)
        if dots[0][0] is not None:
            change = change + scipy.linalg.toeplitz(dots[0][0], np.zeros_like(y)) @ y
        if dots[0][1] is not None:
            above = np.concatenate((np.zeros_like(y[:1]), dots[0][1][1:]))
            change = change + scipy.linalg.toeplitz(np.zeros_like(y), above) @ y
    else:
        change = scipy.linalg.toeplitz(dots[0]) @ y
    return scipy.linalg.solve_toeplitz(c_or_cr, -change if dots[1] is None else dots[1] - change)


# ---- functions of matrices ------------------------------------------------------------------------------


def above(a, e):
    """Return the block matrix with `a` twice on its diagonal and `e` above it."""
    top = np.concatenate((a, e), -1)
    return np.concatenate((top, np.concatenate((np.zeros_like(a), a), -1)), -2)


@adjoint(scipy.linalg.expm)
def expm(g, y, A):
    n = A.shape[-1]
    if known(A.ndim) and A.ndim == 2:
        return scipy.linalg.expm_frechet(A.T, g, compute_expm=False)
    return scipy.linalg.expm(above(np.swapaxes(A, -1, -2), g))[..., :n, n:]


@tangent(scipy.linalg.expm)
def expm_tangent(dots, y, A):
    n = A.shape[-1]
    if known(A.ndim) and A.ndim == 2:
        return scipy.linalg.expm_frechet(A, dots[0], compute_expm=False)
    return scipy.linalg.expm(above(A, dots[0]))[..., :n, n:]


@adjoint(scipy.linalg.expm_frechet)
def expm_frechet(g, y, A, E, method=None, compute_expm=True, check_finite=True):
    """With a zero block and `g` above it, the derivative of expm at the block matrix holds both adjoints."""
    n = len(A)
    first = g[0] if compute_expm else None
    second = g[1] if compute_expm else g
    first = np.zeros_like(A) if first is None else first
    second = np.zeros_like(A) if second is None else second
    rest = np.zeros_like(A)
    g = np.concatenate((np.concatenate((first, second), 1), np.concatenate((rest, rest), 1)))
    bars = scipy.linalg.expm_frechet(above(A, E).T, g, compute_expm=False)
    return bars[:n, :n] + bars[n:, n:], bars[:n, n:]


@tangent(scipy.linalg.expm_frechet)
def expm_frechet_tangent(dots, y, A, E, method=None, compute_expm=True, check_finite=True):
    n = len(A)
    a_dot = np.zeros_like(A) if dots[0] is None else dots[0]
    e_dot = np.zeros_like(A) if dots[1] is None else dots[1]
    moved = scipy.linalg.expm_frechet(above(A, E), above(a_dot, e_dot), compute_expm=False)
    return (moved[:n, :n], moved[:n, n:]) if compute_expm else moved[:n, n:]


@adjoint(scipy.linalg.logm)
def logm(g, y, A):
    n = A.shape[-1]
    return scipy.linalg.logm(above(np.swapaxes(A, -1, -2), g))[..., :n, n:]


@tangent(scipy.linalg.logm)
def logm_tangent(dots, y, A):
    n = A.shape[-1]
    return scipy.linalg.logm(above(A, dots[0]))[..., :n, n:]


@adjoint(scipy.linalg.sqrtm)
def sqrtm(g, y, A):
    if np.ndim(A) != 2:
        raise ValueError("scipy.linalg.sqrtm: has a derivative for one matrix only, not for many")
    return scipy.linalg.solve_sylvester(y.T, y.T, g)


@tangent(scipy.linalg.sqrtm)
def sqrtm_tangent(dots, y, A):
    if np.ndim(A) != 2:
        raise ValueError("scipy.linalg.sqrtm: has a derivative for one matrix only, not for many")
    return scipy.linalg.solve_sylvester(y, y, dots[0])


@adjoint(scipy.linalg.polar)
def polar(g, y, a, side="right"):
    """With a = u p: u_dot = u W, where W p + p W = u.T a_dot - a_dot.T u."""
    if np.iscomplexobj(a) or np.ndim(a) != 2 or np.shape(a)[0] != np.shape(a)[1] or side != "right":
        raise ValueError(
            "scipy.linalg.polar: has a derivative for a square real matrix and side='right' only"
        )
    u, p = y
    p_bar = np.zeros_like(p) if g[1] is None else g[1]
    middle = -p_bar @ p if g[0] is None else u.T @ g[0] - p_bar @ p
    skew = scipy.linalg.solve_sylvester(p, p, middle)
    return u @ (skew - skew.T + p_bar)


@tangent(scipy.linalg.polar)
def polar_tangent(dots, y, a, side="right"):
    if np.iscomplexobj(a) or np.ndim(a) != 2 or np.shape(a)[0] != np.shape(a)[1] or side != "right":
        raise ValueError(
            "scipy.linalg.polar: has a derivative for a square real matrix and side='right' only"
        )
    u, p = y
    middle = u.T @ dots[0]
    skew = scipy.linalg.solve_sylvester(p, p, middle - middle.T)
    return u @ skew, middle - skew @ p


# ---- matrix equations -----------------------------------------------------------------------------------


@adjoint(scipy.linalg.solve_sylvester)
def solve_sylvester(g, y, a, b, q):
    if np.ndim(q) != 2:
        raise ValueError("scipy.linalg.solve_sylvester: has a derivative for one equation only, not for many")
    q_bar = scipy.linalg.solve_sylvester(a.T, b.T, g)
    return -q_bar @ y.T, -y.T @ q_bar, q_bar


@tangent(scipy.linalg.solve_sylvester)
def solve_sylvester_tangent(dots, y, a, b, q):
    if np.ndim(q) != 2:
        raise ValueError("scipy.linalg.solve_sylvester: has a derivative for one equation only, not for many")
    change = np.zeros_like(y) if dots[2] is None else dots[2]
    if dots[0] is not None:
        change = change - dots[0] @ y
    if dots[1] is not None:
        change = change - y @ dots[1]
    return scipy.linalg.solve_sylvester(a, b, change)


@adjoint(scipy.linalg.solve_continuous_lyapunov)
def solve_continuous_lyapunov(g, y, a, q):
    if np.ndim(q) != 2 or np.iscomplexobj(a):
        raise ValueError(
            "scipy.linalg.solve_continuous_lyapunov: has a derivative for one real equation only"
        )
    q_bar = scipy.linalg.solve_continuous_lyapunov(a.T, g)
    return -q_bar @ y.T - q_bar.T @ y, q_bar


@tangent(scipy.linalg.solve_continuous_lyapunov)
def solve_continuous_lyapunov_tangent(dots, y, a, q):
    if np.ndim(q) != 2 or np.iscomplexobj(a):
        raise ValueError(
            "scipy.linalg.solve_continuous_lyapunov: has a derivative for one real equation only"
        )
    if dots[0] is None:
        return scipy.linalg.solve_continuous_lyapunov(a, dots[1])
    change = dots[0] @ y + y @ dots[0].T
    return scipy.linalg.solve_continuous_lyapunov(a, -change if dots[1] is None else dots[1] - change)


@adjoint(scipy.linalg.solve_discrete_lyapunov)
def solve_discrete_lyapunov(g, y, a, q, method=None):
    if np.ndim(q) != 2 or np.iscomplexobj(a):
        raise ValueError("scipy.linalg.solve_discrete_lyapunov: has a derivative for one real equation only")
    q_bar = scipy.linalg.solve_discrete_lyapunov(a.T, g)
    return q_bar @ a @ y.T + q_bar.T @ a @ y, q_bar


@tangent(scipy.linalg.solve_discrete_lyapunov)
def solve_discrete_lyapunov_tangent(dots, y, a, q, method=None):
    if np.ndim(q) != 2 or np.iscomplexobj(a):
        raise ValueError("scipy.linalg.solve_discrete_lyapunov: has a derivative for one real equation only")
    if dots[0] is None:
        return scipy.linalg.solve_discrete_lyapunov(a, dots[1])
    change = dots[0] @ y @ a.T + a @ y @ dots[0].T
    return scipy.linalg.solve_discrete_lyapunov(a, change if dots[1] is None else dots[1] + change)


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
