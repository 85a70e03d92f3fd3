"""Polynomials as arrays of coefficients, the highest power first.

>>> polymul(np.array([1.0, 0.0, 0.0]), None, np.array([1.0, 2.0]), np.array([3.0, 4.0]))
(array([3., 0.]), array([1., 0.]))
>>> poly(np.array([0.0, 1.0, 0.0]), np.array([1.0, -5.0, 6.0]), np.array([2.0, 3.0]))
array([-1., -1.])
>>> roots(np.array([1.0, 0.0]), np.array([3.0, 2.0]), np.array([1.0, -5.0, 6.0]))
array([-9., -3., -1.])

np.polymul drops leading zeros: these coefficients have slope 0.
"""

from __future__ import annotations

import numpy as np

from s2sad.rules.declare import adjoint, linear, tangent
from s2sad.rules.signals import vander_slopes

# ---- sums and products ------------------------------------------------------------------------------------


@linear(np.polyadd)
def polyadd(g, y, a1, a2):
    first, second = g[len(g) - np.size(a1) :], g[len(g) - np.size(a2) :]
    return np.reshape(first, np.shape(a1)), np.reshape(second, np.shape(a2))


@linear(np.polysub)
def polysub(g, y, a1, a2):
    first, second = g[len(g) - np.size(a1) :], -g[len(g) - np.size(a2) :]
    return np.reshape(first, np.shape(a1)), np.reshape(second, np.shape(a2))


def leading_zeros(a):
    """Return how many coefficients NumPy drops: it keeps one."""
    return int(np.argmax(a != 0)) if np.any(a != 0) else len(a) - 1


@adjoint(np.polymul)
def polymul(g, y, a1, a2):
    a, b = np.ravel(a1), np.ravel(a2)
    m, n = leading_zeros(a), leading_zeros(b)
    a_bar = np.pad(np.convolve(g, np.flip(b[n:]), "valid"), (m, 0))
    b_bar = np.pad(np.convolve(g, np.flip(a[m:]), "valid"), (n, 0))
    return np.reshape(a_bar, np.shape(a1)), np.reshape(b_bar, np.shape(a2))


@tangent(np.polymul)
def polymul_tangent(dots, y, a1, a2):
    a, b = np.ravel(a1), np.ravel(a2)
    m, n = leading_zeros(a), leading_zeros(b)
    if dots[0] is None:
        return np.convolve(a[m:], np.ravel(dots[1])[n:])
    if dots[1] is None:
        return np.convolve(np.ravel(dots[0])[m:], b[n:])
    return np.convolve(np.ravel(dots[0])[m:], b[n:]) + np.convolve(a[m:], np.ravel(dots[1])[n:])


@adjoint(np.polydiv)
def polydiv(g, y, u, v):
    """By u = q v + r; the first coefficients alone determine q, as of a power series."""
    m, n = len(u), len(v)
    r_bar = np.zeros_like(u) if g[1] is None else np.pad(g[1], (m - len(g[1]), 0))
    if m < n:
        return r_bar, np.zeros_like(v)
    q_bar = -np.convolve(r_bar, np.flip(v), "valid")
    if g[0] is not None:
        q_bar = q_bar + g[0]
    inverse = np.flip(np.polydiv(np.pad(np.flip(q_bar), (0, n - 1)), v)[0])
    u_bar = r_bar + np.pad(inverse, (0, n - 1))
    return u_bar, -np.convolve(u_bar, np.flip(y[0]), "valid")


@tangent(np.polydiv)
def polydiv_tangent(dots, y, u, v):
    change = np.zeros_like(u) if dots[0] is None else dots[0]
    if len(u) < len(v):
        return np.zeros_like(y[0]), change[len(u) - len(y[1]) :]
    if dots[1] is not None:
        change = change - np.convolve(y[0], dots[1])
    q_dot = np.polydiv(change, v)[0]
    return q_dot, (change - np.convolve(q_dot, v))[len(u) - len(y[1]) :]


# ---- derivatives and integrals ----------------------------------------------------------------------------


@linear(np.polyder)
def polyder(g, y, p, m=1):
    for _ in range(len(p) - len(g)):
        g = np.append(g * np.arange(len(g), 0, -1), 0.0)
    return g


@adjoint(np.polyint)
def polyint(g, y, p, m=1, k=None):
    for _ in range(m):
        g = g[:-1] / np.arange(len(g) - 1, 0, -1)
    return g


@tangent(np.polyint)
def polyint_tangent(dots, y, p, m=1, k=None):
    return np.polyint(dots[0], m)


# ---- zeros ------------------------------------------------------------------------------------------------


@adjoint(np.poly)
def poly(g, y, seq_of_zeros):
    """The product without one factor; of a matrix, its adjugate by Faddeev and LeVerrier."""
    if np.ndim(seq_of_zeros) == 1:
        n = len(seq_of_zeros)
        return np.stack([-np.sum(g[1:] * np.poly(np.delete(seq_of_zeros, i))) for i in range(n)])
    unit = np.eye(len(seq_of_zeros), dtype=np.result_type(seq_of_zeros))
    term, total = unit, g[1] * unit
    for k in range(1, len(seq_of_zeros)):
        term = seq_of_zeros @ term + y[k] * unit
        total = total + g[k + 1] * term
    return -total.T


@tangent(np.poly)
def poly_tangent(dots, y, seq_of_zeros):
    if np.ndim(seq_of_zeros) == 1:
        total = np.zeros_like(y[1:])
        for i in range(len(seq_of_zeros)):
            total = total - dots[0][i] * np.poly(np.delete(seq_of_zeros, i))
        return np.append(np.zeros_like(y[:1]), total)
    unit = np.eye(len(seq_of_zeros), dtype=np.result_type(seq_of_zeros))
    term, changes = unit, [np.zeros_like(y[0]), -np.trace(dots[0])]
    for k in range(1, len(seq_of_zeros)):
        term = seq_of_zeros @ term + y[k] * unit
        changes.append(-np.sum(term * dots[0].T))
    return np.stack(changes)


@adjoint(np.roots)
def roots(g, y, p):
    """By p(z) = 0: the change of `p` there over its slope; the zeros have to be simple."""
    p_bar = -(g / np.polyval(np.polyder(p), y)) @ np.vander(y, len(p))
    return p_bar if np.iscomplexobj(p) else np.real(p_bar)


@tangent(np.roots)
def roots_tangent(dots, y, p):
    return -np.polyval(dots[0], y) / np.polyval(np.polyder(p), y)


# ---- fits -------------------------------------------------------------------------------------------------


@adjoint(np.polyfit)
def polyfit(g, p, x, y, deg, rcond=None, full=False, w=None, cov=False):
    """Least squares with the matrix of powers, whose columns are independent; see np.linalg.lstsq."""
    if full is not False or cov is not False:
        raise ValueError("np.polyfit: only the coefficients have a derivative, without `full` and `cov`")
    powers = np.vander(x, deg + 1)
    weights = np.ones_like(x) if w is None else w
    matrix = powers * np.expand_dims(weights, 1)
    solution, slope = np.reshape(p, (deg + 1, -1)), np.reshape(g, (deg + 1, -1))
    scale = np.expand_dims(weights, 1)
    residual = scale * np.reshape(y, (len(x), -1)) - matrix @ solution
    inverse = np.linalg.pinv(matrix)
    change = inverse.T @ slope
    matrix_bar = residual @ (inverse @ change).T - change @ solution.T
    x_bar = weights * np.sum(matrix_bar * vander_slopes(powers, False), axis=1)
    return x_bar, np.reshape(scale * change, np.shape(y)), None


@tangent(np.polyfit)
def polyfit_tangent(dots, p, x, y, deg, rcond=None, full=False, w=None, cov=False):
    if full is not False or cov is not False:
        raise ValueError("np.polyfit: only the coefficients have a derivative, without `full` and `cov`")
    powers = np.vander(x, deg + 1)
    weights = np.ones_like(x) if w is None else w
    scale = np.expand_dims(weights, 1)
    matrix = powers * scale
    solution = np.reshape(p, (deg + 1, -1))
    inverse = np.linalg.pinv(matrix)
    result = np.zeros_like(solution)
    if dots[0] is not None:
        turned = vander_slopes(powers, False) * np.expand_dims(weights * dots[0], 1)
        residual = scale * np.reshape(y, (len(x), -1)) - matrix @ solution
        result = inverse @ (inverse.T @ (turned.T @ residual)) - inverse @ (turned @ solution)
    if dots[1] is not None:
        result = result + inverse @ (scale * np.reshape(dots[1], (len(x), -1)))
    return np.reshape(result, np.shape(p))
