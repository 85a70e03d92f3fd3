"""Matrix factorizations: Cholesky, eigenvalues, singular values, QR and the pseudoinverse, of real matrices.

>>> cholesky(np.eye(1), np.array([[2.0]]), np.array([[4.0]]))
array([[0.25]])

cholesky and eigh read the lower triangle only, so the adjoint of the upper one is 0: that is the derivative
of the program. Repeated eigenvalues or singular values: 1/gap is set to 0. An element of `g` that is None has
no adjoint.

Sources: M. Giles, Oxford NA-08-01 (2008), 3.1 (eigenvalues), 3.2 (singular values); I. Murray, arXiv
1602.07527, equation 10 (Cholesky); S. F. Walter and L. Lehmann, arXiv 1009.6112 (QR); G. Golub and
V. Pereyra, SIAM J. Numer. Anal. 10 (1973), equation 4.12 (pseudoinverse).
"""

from __future__ import annotations

import numpy as np

from s2sad.rules.declare import adjoint, tangent
from s2sad.runtime import inverse_gaps, lower, symmetric

# ---- Cholesky -------------------------------------------------------------------------------------------


@adjoint(np.linalg.cholesky)
def cholesky(g, y, a):
    if np.iscomplexobj(a):
        raise ValueError("np.linalg.cholesky: complex matrices have no derivative")
    yt = np.swapaxes(y, -1, -2)
    middle = lower(yt @ g)  # Phi in Murray: the diagonal counts half
    s = np.linalg.solve(yt, np.swapaxes(np.linalg.solve(yt, np.swapaxes(middle, -1, -2)), -1, -2))
    return 2 * lower(symmetric(s))


@tangent(np.linalg.cholesky)
def cholesky_tangent(dots, y, a):
    if np.iscomplexobj(a):
        raise ValueError("np.linalg.cholesky: complex matrices have no derivative")
    a_dot = np.tril(dots[0]) + np.swapaxes(np.tril(dots[0], -1), -1, -2)
    return y @ lower(np.linalg.solve(y, np.swapaxes(np.linalg.solve(y, a_dot), -1, -2)))


# ---- symmetric eigenvalues ------------------------------------------------------------------------------


@adjoint(np.linalg.eigh)
def eigh(g, y, a, UPLO="L"):
    if np.iscomplexobj(a):
        raise ValueError("np.linalg.eigh: complex matrices have no derivative")
    w, v = y
    vt = np.swapaxes(v, -1, -2)
    if g[1] is None:
        inner = np.expand_dims(g[0], -2)
        a_bar = (v * inner) @ vt
    else:
        inner = inverse_gaps(w) * (vt @ g[1])
        if g[0] is not None:
            inner = inner + np.expand_dims(g[0], -1) * np.eye(w.shape[-1], dtype=w.dtype)
        a_bar = symmetric(v @ inner @ vt)
    a_bar = 2 * lower(a_bar)
    return a_bar if UPLO == "L" else np.swapaxes(a_bar, -1, -2)


@tangent(np.linalg.eigh)
def eigh_tangent(dots, y, a, UPLO="L"):
    if np.iscomplexobj(a):
        raise ValueError("np.linalg.eigh: complex matrices have no derivative")
    w, v = y
    half = np.tril(dots[0]) if UPLO == "L" else np.swapaxes(np.triu(dots[0]), -1, -2)
    a_dot = half + np.swapaxes(np.tril(half, -1), -1, -2)
    inner = np.swapaxes(v, -1, -2) @ a_dot @ v
    return np.diagonal(inner, 0, -2, -1), v @ (inverse_gaps(w) * inner)


@adjoint(np.linalg.eigvalsh)
def eigvalsh(g, y, a, UPLO="L"):
    if np.iscomplexobj(a):
        raise ValueError("np.linalg.eigvalsh: complex matrices have no derivative")
    v = np.linalg.eigh(a, UPLO)[1]
    a_bar = 2 * lower((v * np.expand_dims(g, -2)) @ np.swapaxes(v, -1, -2))
    return a_bar if UPLO == "L" else np.swapaxes(a_bar, -1, -2)


@tangent(np.linalg.eigvalsh)
def eigvalsh_tangent(dots, y, a, UPLO="L"):
    w, v = np.linalg.eigh(a, UPLO)
    return eigh_tangent(dots, (w, v), a, UPLO)[0]


# ---- singular values ------------------------------------------------------------------------------------


@adjoint(np.linalg.svd)
def svd(g, y, a, full_matrices=True, compute_uv=True, hermitian=False):
    """The adjoint is u (S + ...) vt, plus the parts of the adjoints of u and v outside of their spans."""
    if not compute_uv:
        u, s, vt = np.linalg.svd(a, full_matrices=False)
        a_bar = (u * np.expand_dims(g, -2)) @ vt
        return np.conj(a_bar) if np.iscomplexobj(a) else a_bar
    if np.iscomplexobj(a) or (full_matrices and a.shape[-1] != a.shape[-2]):
        raise ValueError("np.linalg.svd: has a derivative for real matrices and full_matrices=False only")
    u, s, vt = y
    ut, v = np.swapaxes(u, -1, -2), np.swapaxes(vt, -1, -2)
    gaps = inverse_gaps(s * s)
    inner = np.zeros_like(vt[..., : s.shape[-1]])
    a_bar = np.zeros_like(a)
    if g[1] is not None:
        a_bar = a_bar + (u * np.expand_dims(g[1], -2)) @ vt
    if g[0] is not None:
        inner = ut @ g[0]
        a_bar = a_bar + u @ (gaps * (inner - np.swapaxes(inner, -1, -2)) * np.expand_dims(s, -2)) @ vt
        a_bar = a_bar + ((g[0] - u @ inner) / np.expand_dims(s, -2)) @ vt
    if g[2] is not None:
        inner = vt @ np.swapaxes(g[2], -1, -2)
        a_bar = a_bar + u @ (np.expand_dims(s, -1) * gaps * (inner - np.swapaxes(inner, -1, -2))) @ vt
        rest = np.swapaxes(g[2], -1, -2) - v @ inner
        a_bar = a_bar + (u / np.expand_dims(s, -2)) @ np.swapaxes(rest, -1, -2)
    return a_bar


@tangent(np.linalg.svd)
def svd_tangent(dots, y, a, full_matrices=True, compute_uv=True, hermitian=False):
    if not compute_uv:
        u, s, vt = np.linalg.svd(a, full_matrices=False)
        return np.real(np.sum(np.conj(u) * (dots[0] @ np.conj(np.swapaxes(vt, -1, -2))), axis=-2))
    if np.iscomplexobj(a) or (full_matrices and a.shape[-1] != a.shape[-2]):
        raise ValueError("np.linalg.svd: has a derivative for real matrices and full_matrices=False only")
    u, s, vt = y
    ut, v = np.swapaxes(u, -1, -2), np.swapaxes(vt, -1, -2)
    gaps = inverse_gaps(s * s)
    inner = ut @ dots[0] @ v
    scaled = inner * np.expand_dims(s, -2)
    other = np.expand_dims(s, -1) * inner
    u_dot = u @ (gaps * (scaled + np.swapaxes(scaled, -1, -2)))
    u_dot = u_dot + (dots[0] @ v - u @ inner) / np.expand_dims(s, -2)
    v_dot = v @ (gaps * (other + np.swapaxes(other, -1, -2)))
    v_dot = v_dot + (np.swapaxes(dots[0], -1, -2) @ u - v @ np.swapaxes(inner, -1, -2)) / np.expand_dims(
        s, -2
    )
    return u_dot, np.diagonal(inner, 0, -2, -1), np.swapaxes(v_dot, -1, -2)


# ---- QR -------------------------------------------------------------------------------------------------


@adjoint(np.linalg.qr)
def qr(g, y, a, mode="reduced"):
    """With M = R R_bar.T - Q_bar.T Q: a_bar = (Q_bar + Q copyltu(M)) inv(R).T (Walter and Lehmann)."""
    if mode != "reduced" or np.iscomplexobj(a) or a.shape[-2] < a.shape[-1]:
        raise ValueError("np.linalg.qr: has a derivative for tall real matrices and mode='reduced' only")
    q, r = y
    q_bar = np.zeros_like(q) if g[0] is None else g[0]
    middle = -np.swapaxes(q_bar, -1, -2) @ q
    if g[1] is not None:
        middle = middle + r @ np.swapaxes(g[1], -1, -2)
    middle = np.tril(middle) + np.swapaxes(np.tril(middle, -1), -1, -2)
    return np.swapaxes(np.linalg.solve(r, np.swapaxes(q_bar + q @ middle, -1, -2)), -1, -2)


@tangent(np.linalg.qr)
def qr_tangent(dots, y, a, mode="reduced"):
    if mode != "reduced" or np.iscomplexobj(a) or a.shape[-2] < a.shape[-1]:
        raise ValueError("np.linalg.qr: has a derivative for tall real matrices and mode='reduced' only")
    q, r = y
    t = np.swapaxes(np.linalg.solve(np.swapaxes(r, -1, -2), np.swapaxes(dots[0], -1, -2)), -1, -2)
    inner = np.swapaxes(q, -1, -2) @ t
    skew = np.tril(inner, -1) - np.swapaxes(np.tril(inner, -1), -1, -2)
    return q @ skew + t - q @ inner, (inner - skew) @ r


# ---- pseudoinverse --------------------------------------------------------------------------------------


@adjoint(np.linalg.pinv)
def pinv(g, y, a):
    """Where the rank of `a` does not change nearby."""
    if np.iscomplexobj(a):
        raise ValueError("np.linalg.pinv: complex matrices have no derivative")
    yt, gt = np.swapaxes(y, -1, -2), np.swapaxes(g, -1, -2)
    a_bar = -yt @ g @ yt + (gt - a @ (y @ gt)) @ (y @ yt)
    return a_bar + (yt @ y) @ (gt - (gt @ y) @ a)


@tangent(np.linalg.pinv)
def pinv_tangent(dots, y, a):
    if np.iscomplexobj(a):
        raise ValueError("np.linalg.pinv: complex matrices have no derivative")
    yt, a_dot_t = np.swapaxes(y, -1, -2), np.swapaxes(dots[0], -1, -2)
    left = (y @ yt) @ (a_dot_t - (a_dot_t @ a) @ y)
    return -y @ dots[0] @ y + left + (a_dot_t - y @ (a @ a_dot_t)) @ (yt @ y)


# ---- least squares --------------------------------------------------------------------------------------


@adjoint(np.linalg.lstsq)
def lstsq(g, y, a, b, rcond=None):
    """The solution and the residuals of a problem of full rank: x = inverse b, r = b - a x."""
    if np.iscomplexobj(a):
        raise ValueError("np.linalg.lstsq: complex matrices have no derivative")
    x = np.reshape(y[0], (a.shape[1], -1))
    residual = np.reshape(b, (len(b), -1)) - a @ x
    a_bar, b_bar = np.zeros_like(a), np.zeros_like(residual)
    if g[0] is not None:
        x_bar, inverse = np.reshape(g[0], x.shape), np.linalg.pinv(a)
        b_bar = inverse.T @ x_bar
        a_bar = residual @ (inverse @ b_bar).T - b_bar @ x.T
        a_bar = a_bar + (inverse.T @ x) @ (x_bar - inverse @ (a @ x_bar)).T
    if g[1] is not None and np.size(y[1]) > 0:
        change = 2 * residual * g[1]
        a_bar, b_bar = a_bar - change @ x.T, b_bar + change
    if g[3] is not None:
        u, _, vt = np.linalg.svd(a, full_matrices=False)
        a_bar = a_bar + (u * g[3]) @ vt
    return a_bar, np.reshape(b_bar, np.shape(b))


@tangent(np.linalg.lstsq)
def lstsq_tangent(dots, y, a, b, rcond=None):
    if np.iscomplexobj(a):
        raise ValueError("np.linalg.lstsq: complex matrices have no derivative")
    x = np.reshape(y[0], (a.shape[1], -1))
    residual = np.reshape(b, (len(b), -1)) - a @ x
    inverse = np.linalg.pinv(a)
    change = np.zeros_like(residual) if dots[1] is None else np.reshape(dots[1], residual.shape)
    x_dot, s_dot = np.zeros_like(x), np.zeros_like(y[3])
    if dots[0] is not None:
        change = change - dots[0] @ x
        turned = dots[0].T @ (inverse.T @ x)
        x_dot = inverse @ (inverse.T @ (dots[0].T @ residual)) + turned - inverse @ (a @ turned)
        u, _, vt = np.linalg.svd(a, full_matrices=False)
        s_dot = np.sum(u * (dots[0] @ vt.T), axis=0)
    x_dot = np.reshape(x_dot + inverse @ change, np.shape(y[0]))
    return x_dot, (2 * np.sum(residual * change, axis=0))[: np.size(y[1])], None, s_dot


@adjoint(np.linalg.cond)
def cond(g, y, x, p=None):
    """The largest singular value over the smallest."""
    if not (p is None or p == 2) or np.iscomplexobj(x):
        raise ValueError("np.linalg.cond: has a derivative for real matrices and p=2 only")
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    largest = np.expand_dims(u[..., 0], -1) * np.expand_dims(vt[..., 0, :], -2)
    smallest = np.expand_dims(u[..., -1], -1) * np.expand_dims(vt[..., -1, :], -2)
    scale = np.expand_dims(g / s[..., -1], (-2, -1))
    return scale * (largest - np.expand_dims(y, (-2, -1)) * smallest)


@tangent(np.linalg.cond)
def cond_tangent(dots, y, x, p=None):
    return np.sum(cond(np.ones_like(y), y, x, p) * dots[0], axis=(-2, -1))


# ---- chains of products ---------------------------------------------------------------------------------


@adjoint(np.linalg.multi_dot)
def multi_dot(g, y, arrays):
    """With the matrices before multiplied into `g`, each adjoint is that times the product of those after."""
    n = len(arrays)
    tops = [np.atleast_2d(arrays[i]) if i + 1 < n else arrays[i] for i in range(n)]
    tops[n - 1] = np.reshape(arrays[n - 1], (len(arrays[n - 1]), -1))
    rests = [np.eye(tops[n - 1].shape[1], dtype=np.result_type(g))]
    for i in range(n - 1, 0, -1):
        rests.append(tops[i] @ rests[-1])
    g = np.reshape(g, (tops[0].shape[0], tops[n - 1].shape[1]))
    bars = []
    for i in range(n):
        bars.append(np.reshape(g @ rests[n - 1 - i].T, np.shape(arrays[i])))
        g = tops[i].T @ g
    return bars


@tangent(np.linalg.multi_dot)
def multi_dot_tangent(dots, y, arrays):
    total = np.zeros_like(y)
    for i in range(len(arrays)):
        if dots[0][i] is not None:
            replaced = [dots[0][k] if k == i else arrays[k] for k in range(len(arrays))]
            total = total + np.linalg.multi_dot(replaced)
    return total
