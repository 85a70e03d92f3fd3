"""Functions of matrices and matrix equations of `scipy.linalg`.

>>> expm(np.ones((1, 1)), np.ones((1, 1)), np.zeros((1, 1)))
array([[1.]])

Source: N. Higham, "Functions of Matrices" (2008), section 3.1 and equation 3.16 (the Frechet derivative as the block
above the diagonal), 6.1 (sqrtm).
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from s2sad.analysis import transfer_scipy as rows
from s2sad.rules.declare import adjoint, known, tangent

rows.fresh(rows.like_first, scipy.linalg.expm)
rows.fresh(rows.shape_only, scipy.linalg.logm, scipy.linalg.sqrtm, scipy.linalg.solve_discrete_lyapunov)
rows.fresh(rows.like_all, scipy.linalg.solve_sylvester, scipy.linalg.solve_continuous_lyapunov)
rows.fresh(rows.polar, scipy.linalg.polar)

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
