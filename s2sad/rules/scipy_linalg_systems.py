"""Linear systems of `scipy.linalg`: dense, triangular, factored, banded and Toeplitz.

>>> solve(np.ones(1), np.array([2.0]), np.array([[3.0]]), np.array([6.0]))
(array([[-0.66666667]]), array([0.33333333]))

Where one triangle of a matrix is read, the adjoint of the other one is 0. Source: M. Giles, Oxford NA-08-01 (2008),
2.2 (solve) and 2.3 (quadratic forms).
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from s2sad.analysis import transfer_scipy as rows
from s2sad.rules.declare import adjoint, tangent
from s2sad.rules.scipy_linalg import cholesky_adjoint, cholesky_moved, from_half, to_half
from s2sad.runtime import symmetric

rows.fresh(rows.solve, scipy.linalg.solve, scipy.linalg.solve_triangular)
rows.fresh(rows.solve_factored, scipy.linalg.cho_solve, scipy.linalg.lu_solve)
rows.fresh(rows.solve_double, scipy.linalg.solveh_banded, scipy.linalg.solve_toeplitz)
for name in "cho_factor lu_factor solve_banded".split():
    rows.fresh(getattr(rows, name), getattr(scipy.linalg, name))

# ---- linear systems -------------------------------------------------------------------------------------


def outer(left, right):
    """Return the sum of the outer products of the columns."""
    return np.outer(left, right) if np.ndim(right) == 1 else left @ right.T


def is_half(assume_a):
    """Tell whether one triangle of the matrix is read."""
    return assume_a in ("sym", "symmetric", "her", "hermitian", "pos", "positive definite")


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
