"""Matrix factorizations: Cholesky, eigenvalues, singular values, QR and the pseudoinverse.

>>> cholesky(np.eye(1), np.array([[2.0]]), np.array([[4.0]]))
array([[0.25]])

cholesky and eigh read one triangle only, so the adjoint of the other is 0: that is the derivative of the
program. Repeated eigenvalues or singular values: 1/gap is set to 0. An element of `g` that is None has no adjoint.
The phases of complex vectors are those that LAPACK gives: a component of each is real, the first or the last.

Sources: M. Giles, Oxford NA-08-01 (2008), 3.1 (eigenvalues), 3.2 (singular values); I. Murray, arXiv
1602.07527, equation 10 (Cholesky); S. F. Walter and L. Lehmann, arXiv 1009.6112 (QR); G. Golub and
V. Pereyra, SIAM J. Numer. Anal. 10 (1973), equation 4.12 (pseudoinverse).
"""

from __future__ import annotations

import numpy as np

from s2sad.rules.declare import adjoint, tangent
from s2sad.rules.linalg import inv, norm
from s2sad.runtime import inverse_gaps, lower, symmetric


def turned(a):
    """Return the conjugate transpose."""
    at = np.swapaxes(a, -1, -2)
    return np.conj(at) if np.iscomplexobj(a) else at


def conjugate(a):
    return np.conj(a) if np.iscomplexobj(a) else a


def hermitian(a):
    """Return the Hermitian part."""
    return 0.5 * (a + turned(a)) if np.iscomplexobj(a) else symmetric(a)


def mirrored(a, upper):
    """Return the Hermitian matrix of which one triangle is that of `a`."""
    half = turned(np.triu(a)) if upper else np.tril(a)
    whole = half + turned(np.tril(half, -1))
    if np.iscomplexobj(a):
        return whole - 1j * np.imag(whole) * np.eye(a.shape[-1], dtype=np.real(a).dtype)
    return whole


def one_triangle(a_bar, upper):
    """Return the adjoint of `a` from that of the matrix ``mirrored(a, upper)``."""
    half = 2 * lower(hermitian(a_bar))
    return turned(half) if upper else half


# ---- Cholesky -------------------------------------------------------------------------------------------


@adjoint(np.linalg.cholesky)
def cholesky(g, y, a, *, upper=False):
    if upper:
        y, g = turned(y), turned(g)
    yt, yh = np.swapaxes(y, -1, -2), turned(y)
    middle = lower(yt @ g)  # Phi in Murray: the diagonal counts half
    s = np.linalg.solve(yt, np.swapaxes(np.linalg.solve(yh, np.swapaxes(middle, -1, -2)), -1, -2))
    return one_triangle(s, upper)


@tangent(np.linalg.cholesky)
def cholesky_tangent(dots, y, a, *, upper=False):
    if upper:
        y = turned(y)
    y_dot = y @ lower(np.linalg.solve(y, turned(np.linalg.solve(y, mirrored(dots[0], upper)))))
    return turned(y_dot) if upper else y_dot


# ---- Hermitian eigenvalues ------------------------------------------------------------------------------


@adjoint(np.linalg.eigh)
def eigh(g, y, a, UPLO="L"):
    w, v = y
    vt = np.swapaxes(v, -1, -2)
    if g[1] is None:
        a_bar = (conjugate(v) * np.expand_dims(g[0], -2)) @ vt
    else:
        inner = vt @ g[1]
        if np.iscomplexobj(v):  # the first component is real, the last one for UPLO="U"
            k = 0 if UPLO in ("L", "l") else v.shape[-1] - 1
            turn = np.imag(np.diagonal(inner, 0, -2, -1)) / np.real(v[..., k, :])
            inner = inner - 1j * np.expand_dims(v[..., k, :], -1) * np.expand_dims(turn, -2)
        inner = inverse_gaps(w) * inner
        if g[0] is not None:
            inner = inner + np.expand_dims(g[0], -1) * np.eye(w.shape[-1], dtype=w.dtype)
        a_bar = conjugate(v) @ inner @ vt
    return one_triangle(a_bar, UPLO in ("U", "u"))


@tangent(np.linalg.eigh)
def eigh_tangent(dots, y, a, UPLO="L"):
    w, v = y
    inner = turned(v) @ mirrored(dots[0], UPLO in ("U", "u")) @ v
    v_dot = v @ (inverse_gaps(w) * inner)
    if np.iscomplexobj(v):
        k = 0 if UPLO in ("L", "l") else v.shape[-1] - 1
        v_dot = v_dot - 1j * v * np.expand_dims(np.imag(v_dot[..., k, :]) / np.real(v[..., k, :]), -2)
    return np.real(np.diagonal(inner, 0, -2, -1)), v_dot


@adjoint(np.linalg.eigvalsh)
def eigvalsh(g, y, a, UPLO="L"):
    v = np.linalg.eigh(a, UPLO)[1]
    a_bar = (conjugate(v) * np.expand_dims(g, -2)) @ np.swapaxes(v, -1, -2)
    return one_triangle(a_bar, UPLO in ("U", "u"))


@tangent(np.linalg.eigvalsh)
def eigvalsh_tangent(dots, y, a, UPLO="L"):
    v = np.linalg.eigh(a, UPLO)[1]
    product = mirrored(dots[0], UPLO in ("U", "u")) @ v
    return np.real(np.sum(conjugate(v) * product, axis=-2))


# ---- singular values ------------------------------------------------------------------------------------


def values_adjoint(g, a):
    """Return the adjoint of `a` from that of its singular values."""
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    return conjugate((u * np.expand_dims(g, -2)) @ vt)


def values_tangent(a_dot, a):
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    return np.real(np.sum(conjugate(u) * (a_dot @ turned(vt)), axis=-2))


@adjoint(np.linalg.svdvals)
def svdvals(g, y, x):
    return values_adjoint(g, x)


@tangent(np.linalg.svdvals)
def svdvals_tangent(dots, y, x):
    return values_tangent(dots[0], x)


def rest(g, u, s):
    """Return the part of the adjoint of `u` outside of its span, over the singular values."""
    return (g - conjugate(u) @ (np.swapaxes(u, -1, -2) @ g)) / np.expand_dims(s, -2)


@adjoint(np.linalg.svd)
def svd(g, y, a, full_matrices=True, compute_uv=True, hermitian=False):
    """The adjoint is conj(u) M conj(vt), plus the parts of the adjoints of u and v outside of their spans."""
    if not compute_uv:
        return one_triangle(values_adjoint(g, a), False) if hermitian else values_adjoint(g, a)
    if hermitian:
        raise ValueError("np.linalg.svd: hermitian=True has a derivative with compute_uv=False only")
    m, n = a.shape[-2], a.shape[-1]
    if full_matrices and m != n:
        if (g[0] is not None and np.any(g[0] != 0)) or (g[2] is not None and np.any(g[2] != 0)):
            raise ValueError("np.linalg.svd: u and vt have a derivative with full_matrices=False only")
        return np.zeros_like(a) if g[1] is None else values_adjoint(g[1], a)
    u, s, vt = y
    u_bar, v_bar = g[0], None if g[2] is None else turned(g[2])
    v = turned(vt)
    if np.iscomplexobj(a):  # the first component of v is real, or that of u if this is the smaller one
        u_bar = np.zeros_like(u) if u_bar is None else u_bar
        v_bar = np.zeros_like(v) if v_bar is None else v_bar
        turn = np.imag(np.sum(u_bar * u, axis=-2, keepdims=True) + np.sum(v_bar * v, axis=-2, keepdims=True))
        if m >= n:
            first = np.expand_dims(np.arange(n) == 0, -1)
            v_bar = v_bar - np.where(first, 1j * turn / np.real(v[..., :1, :]), 0)
        else:
            first = np.expand_dims(np.arange(m) == 0, -1)
            u_bar = u_bar - np.where(first, 1j * turn / np.real(u[..., :1, :]), 0)
    gaps = inverse_gaps(s * s)
    middle = np.zeros_like(vt[..., : s.shape[-1]])
    if g[1] is not None:
        middle = middle + np.expand_dims(g[1], -1) * np.eye(s.shape[-1], dtype=s.dtype)
    if u_bar is not None:
        inner = np.swapaxes(u, -1, -2) @ u_bar
        middle = middle + gaps * (inner - turned(inner)) * np.expand_dims(s, -2)
        if np.iscomplexobj(a):
            turn = np.imag(np.diagonal(inner, 0, -2, -1)) / s
            middle = middle + 1j * np.expand_dims(turn, -1) * np.eye(s.shape[-1], dtype=s.dtype)
    if v_bar is not None:
        inner = np.swapaxes(v, -1, -2) @ v_bar
        middle = middle + np.expand_dims(s, -1) * gaps * (inner - turned(inner))
    a_bar = conjugate(u) @ middle @ conjugate(vt)
    if u_bar is not None and m > n:
        a_bar = a_bar + rest(u_bar, u, s) @ conjugate(vt)
    if v_bar is not None and m < n:
        a_bar = a_bar + conjugate(u) @ turned(rest(v_bar, v, s))
    return a_bar


@tangent(np.linalg.svd)
def svd_tangent(dots, y, a, full_matrices=True, compute_uv=True, hermitian=False):
    if not compute_uv:
        return values_tangent(mirrored(dots[0], False) if hermitian else dots[0], a)
    if hermitian:
        raise ValueError("np.linalg.svd: hermitian=True has a derivative with compute_uv=False only")
    m, n = a.shape[-2], a.shape[-1]
    if full_matrices and m != n:
        return np.full_like(y[0], np.nan), values_tangent(dots[0], a), np.full_like(y[2], np.nan)
    u, s, vt = y
    v = turned(vt)
    gaps = inverse_gaps(s * s)
    inner = turned(u) @ dots[0] @ v
    scaled = inner * np.expand_dims(s, -2)
    other = np.expand_dims(s, -1) * inner
    u_dot = u @ (gaps * (scaled + turned(scaled)))
    v_dot = v @ (gaps * (other + turned(other)))
    if m > n:
        u_dot = u_dot + (dots[0] @ v - u @ inner) / np.expand_dims(s, -2)
    if m < n:
        v_dot = v_dot + (turned(dots[0]) @ u - v @ turned(inner)) / np.expand_dims(s, -2)
    if np.iscomplexobj(a):
        u_dot = u_dot + 1j * u * np.expand_dims(np.imag(np.diagonal(inner, 0, -2, -1)) / s, -2)
        if m >= n:
            turn = np.imag(v_dot[..., :1, :]) / np.real(v[..., :1, :])
        else:
            turn = np.imag(u_dot[..., :1, :]) / np.real(u[..., :1, :])
        u_dot, v_dot = u_dot - 1j * turn * u, v_dot - 1j * turn * v
    return u_dot, np.real(np.diagonal(inner, 0, -2, -1)), turned(v_dot)


# ---- QR -------------------------------------------------------------------------------------------------


def tall_qr(q_bar, r_bar, q, r):
    """With N = R_bar R.T - Q.T Q_bar: a_bar = (Q_bar + conj(Q) H) inv(R).T, where H has the upper triangle of N."""
    inner = np.zeros_like(r) if r_bar is None else r_bar @ np.swapaxes(r, -1, -2)
    if q_bar is not None:
        inner = inner - np.swapaxes(q, -1, -2) @ q_bar
    turn = conjugate(q) @ mirrored(inner, True)
    turn = turn if q_bar is None else q_bar + turn
    return np.swapaxes(np.linalg.solve(r, np.swapaxes(turn, -1, -2)), -1, -2)


def qr_adjoint(q_bar, r_bar, q, r, a):
    """Of a wide matrix [A, B], the triangle is [R, conj(Q).T B]."""
    m, n = a.shape[-2], a.shape[-1]
    if m >= n:
        return tall_qr(q_bar, r_bar, q, r)
    if r_bar is None:
        return np.concatenate((tall_qr(q_bar, None, q, r[..., :m]), np.zeros_like(a[..., m:])), -1)
    turn = conjugate(a[..., m:]) @ turned(r_bar[..., m:])
    turn = turn if q_bar is None else turn + q_bar
    a_bar = tall_qr(turn, r_bar[..., :m], q, r[..., :m])
    return np.concatenate((a_bar, conjugate(q) @ r_bar[..., m:]), -1)


@adjoint(np.linalg.qr)
def qr(g, y, a, mode="reduced"):
    if mode == "r":
        return qr_adjoint(None, g, np.linalg.qr(a)[0], y, a)
    if mode != "reduced":
        raise ValueError("np.linalg.qr: has a derivative for mode='reduced' and mode='r' only")
    return qr_adjoint(g[0], g[1], y[0], y[1], a)


def tall_qr_tangents(a_dot, q, r):
    t = np.swapaxes(np.linalg.solve(np.swapaxes(r, -1, -2), np.swapaxes(a_dot, -1, -2)), -1, -2)
    inner = turned(q) @ t
    skew = np.tril(inner, -1) - turned(np.tril(inner, -1))
    if np.iscomplexobj(q):
        skew = skew + 1j * np.imag(inner) * np.eye(inner.shape[-1], dtype=np.real(q).dtype)
    return q @ skew + t - q @ inner, (inner - skew) @ r


@tangent(np.linalg.qr)
def qr_tangent(dots, y, a, mode="reduced"):
    if mode not in ("reduced", "r"):
        raise ValueError("np.linalg.qr: has a derivative for mode='reduced' and mode='r' only")
    q, r = np.linalg.qr(a) if mode == "r" else y
    m, n = a.shape[-2], a.shape[-1]
    if m >= n:
        q_dot, r_dot = tall_qr_tangents(dots[0], q, r)
    else:
        q_dot, left = tall_qr_tangents(dots[0][..., :m], q, r[..., :m])
        r_dot = np.concatenate((left, turned(q_dot) @ a[..., m:] + turned(q) @ dots[0][..., m:]), -1)
    return r_dot if mode == "r" else (q_dot, r_dot)


# ---- pseudoinverse --------------------------------------------------------------------------------------


@adjoint(np.linalg.pinv)
def pinv(g, y, a, rcond=None, hermitian=False, *, rtol=None):
    """Where the rank of `a` does not change nearby."""
    if hermitian:
        raise ValueError("np.linalg.pinv: hermitian=True has no derivative; leave it out")
    yt, gt, yh = np.swapaxes(y, -1, -2), np.swapaxes(g, -1, -2), turned(y)
    left = (gt - a @ (y @ gt)) @ (y @ yh)
    return -yt @ g @ yt + conjugate(left + (yh @ y) @ (gt - (gt @ y) @ a))


@tangent(np.linalg.pinv)
def pinv_tangent(dots, y, a, rcond=None, hermitian=False, *, rtol=None):
    if hermitian:
        raise ValueError("np.linalg.pinv: hermitian=True has no derivative; leave it out")
    yh, a_dot_h = turned(y), turned(dots[0])
    left = (y @ yh) @ (a_dot_h - (a_dot_h @ a) @ y)
    return -y @ dots[0] @ y + left + (a_dot_h - y @ (a @ a_dot_h)) @ (yh @ y)


# ---- least squares --------------------------------------------------------------------------------------


@adjoint(np.linalg.lstsq)
def lstsq(g, y, a, b, rcond=None):
    """The solution and the residuals of a problem of full rank: x = inverse b, r = b - a x."""
    x = np.reshape(y[0], (a.shape[1], -1))
    residual = np.reshape(b, (len(b), -1)) - a @ x
    a_bar, b_bar = np.zeros_like(a), np.zeros_like(residual)
    if g[0] is not None:
        x_bar, inverse = np.reshape(g[0], x.shape), np.linalg.pinv(a)
        b_bar = inverse.T @ x_bar
        a_bar = conjugate(residual) @ (inverse @ conjugate(b_bar)).T - b_bar @ x.T
        a_bar = a_bar + conjugate((turned(inverse) @ x) @ (x_bar - a.T @ b_bar).T)
    if g[1] is not None and np.size(y[1]) > 0:
        change = 2 * conjugate(residual) * g[1]
        a_bar, b_bar = a_bar - change @ x.T, b_bar + change
    if g[3] is not None:
        a_bar = a_bar + values_adjoint(g[3], a)
    return a_bar, np.reshape(b_bar, np.shape(b))


@tangent(np.linalg.lstsq)
def lstsq_tangent(dots, y, a, b, rcond=None):
    x = np.reshape(y[0], (a.shape[1], -1))
    residual = np.reshape(b, (len(b), -1)) - a @ x
    inverse = np.linalg.pinv(a)
    change = np.zeros_like(residual) if dots[1] is None else np.reshape(dots[1], residual.shape)
    x_dot, s_dot = np.zeros_like(x), np.zeros_like(y[3])
    if dots[0] is not None:
        change = change - dots[0] @ x
        back = turned(dots[0]) @ (turned(inverse) @ x)
        x_dot = inverse @ (turned(inverse) @ (turned(dots[0]) @ residual)) + back - inverse @ (a @ back)
        s_dot = values_tangent(dots[0], a)
    x_dot = np.reshape(x_dot + inverse @ change, np.shape(y[0]))
    r_dot = 2 * np.real(np.sum(conjugate(residual) * change, axis=0))
    return x_dot, r_dot[: np.size(y[1])], None, s_dot


# ---- condition numbers ----------------------------------------------------------------------------------


@adjoint(np.linalg.cond)
def cond(g, y, x, p=None):
    """The largest singular value over the smallest; else the norm of the matrix times that of its inverse."""
    g, y = np.expand_dims(g, (-2, -1)), np.expand_dims(y, (-2, -1))
    if p is None or p == 2 or p == -2:
        u, s, vt = np.linalg.svd(x, full_matrices=False)
        first, last = (-1, 0) if p == -2 else (0, -1)
        upper = np.expand_dims(u[..., first], -1) * np.expand_dims(vt[..., first, :], -2)
        under = np.expand_dims(u[..., last], -1) * np.expand_dims(vt[..., last, :], -2)
        return conjugate(g / np.expand_dims(s[..., last], (-2, -1)) * (upper - y * under))
    inverse = np.linalg.inv(x)
    size, other = np.linalg.norm(x, p, (-2, -1), True), np.linalg.norm(inverse, p, (-2, -1), True)
    x_bar = norm(g * other, size, x, p, (-2, -1), True)
    return x_bar + inv(norm(g * size, other, inverse, p, (-2, -1), True), inverse, x)


@tangent(np.linalg.cond)
def cond_tangent(dots, y, x, p=None):
    return np.sum(np.real(cond(np.ones_like(y), y, x, p) * dots[0]), axis=(-2, -1))


# ---- chains of products ---------------------------------------------------------------------------------


@adjoint(np.linalg.multi_dot)
def multi_dot(g, y, arrays):
    """With the matrices before multiplied into `g`, each adjoint is that times the product of those after."""
    n = len(arrays)
    last = np.reshape(arrays[n - 1], (len(arrays[n - 1]), -1))
    tops = [np.atleast_2d(arrays[0]), *arrays[1 : n - 1], last]
    rests = [np.eye(last.shape[1], dtype=np.result_type(g))]
    for i in range(n - 1, 0, -1):
        rests.append(tops[i] @ rests[-1])
    g = np.reshape(g, (tops[0].shape[0], last.shape[1]))
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
