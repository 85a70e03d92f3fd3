"""Convolutions, finite differences, interpolation, polynomials and Fourier transforms.

>>> convolve(np.array([1.0, 0.0, 0.0]), None, np.array([1.0, 2.0]), np.array([3.0, 4.0]))
(array([3., 0.]), array([1., 0.]))
>>> polyval(1.0, 11.0, np.array([1.0, 2.0, 3.0]), 2.0)
(array([4., 2., 1.]), np.float64(6.0))
>>> interp(1.0, 5.0, 0.5, np.array([0.0, 1.0]), np.array([4.0, 6.0]), None, None)
(np.float64(2.0), array([-1., -1.]), array([0.5, 0.5]), None, None)

Convention: at a knot, np.interp has the slope of the segment to its right.
"""

from __future__ import annotations

import numpy as np

from s2sad.rules.declare import adjoint, linear, nondifferentiable, tangent
from s2sad.runtime import take_adjoint, unbroadcast

# ---- convolutions ---------------------------------------------------------------------------------------


def whole(g, a, v, before):
    """Return the adjoint of all of the convolution of `a` and `v`, where `before` elements were cut off."""
    return np.pad(g, (before, len(a) + len(v) - 1 - before - len(g)))


@adjoint(np.convolve)
def convolve(g, y, a, v, mode="full"):
    shorter = min(len(a), len(v))
    if mode != "full":
        g = whole(g, a, v, shorter - 1 if mode == "valid" else (shorter - 1) // 2)
    return np.convolve(g, v[::-1], "valid"), np.convolve(g, a[::-1], "valid")


@tangent(np.convolve)
def convolve_tangent(dots, y, a, v, mode="full"):
    if dots[0] is None:
        return np.convolve(a, dots[1], mode)
    if dots[1] is None:
        return np.convolve(dots[0], v, mode)
    return np.convolve(dots[0], v, mode) + np.convolve(a, dots[1], mode)


@adjoint(np.correlate)
def correlate(g, y, a, v, mode="valid"):
    """The convolution of `a` with the conjugate of `v` reversed."""
    if mode == "valid":
        g = whole(g, a, v, min(len(a), len(v)) - 1)
    elif mode == "same":
        g = whole(g, a, v, (len(v) - 1) // 2 if len(a) >= len(v) else len(a) // 2)
    a_bar = np.convolve(g, np.conj(v), "valid")
    return a_bar, np.conj(np.convolve(g, a[::-1], "valid")[::-1])


@tangent(np.correlate)
def correlate_tangent(dots, y, a, v, mode="valid"):
    if dots[0] is None:
        return np.correlate(a, dots[1], mode)
    if dots[1] is None:
        return np.correlate(dots[0], v, mode)
    return np.correlate(dots[0], v, mode) + np.correlate(a, dots[1], mode)


# ---- finite differences ---------------------------------------------------------------------------------


def gradient_along(g, h, axis, edge_order):
    """Return the adjoint of ``np.gradient(f, h, axis=axis)``: central differences, one-sided at the ends."""
    g = np.moveaxis(g, axis, 0) / h
    first, half, last = g[:1], 0.5 * g[1:-1], g[-1:]
    zero = np.zeros_like(first)
    inner = np.concatenate((zero, zero, half)) - np.concatenate((half, zero, zero))
    if edge_order == 1:
        rest = np.zeros_like(g[2:])
        ends = np.concatenate((-first, first, rest)) + np.concatenate((rest, -last, last))
    else:
        rest = np.zeros_like(g[3:])
        ends = np.concatenate((-1.5 * first, 2 * first, -0.5 * first, rest))
        ends = ends + np.concatenate((rest, 0.5 * last, -2 * last, 1.5 * last))
    return np.moveaxis(inner + ends, 0, axis)


def gradient_axes(f, axis):
    if axis is None:
        return list(range(np.ndim(f)))
    return list(axis) if isinstance(axis, tuple) else [axis]


@adjoint(np.gradient)
def gradient(g, y, f, *varargs, axis=None, edge_order=1):
    """The spacings are scalars: one for all axes, or one for each."""
    axes = gradient_axes(f, axis)
    count = len(axes)
    if count == 1:
        g, y = (g,), (y,)
    spacings = [1.0 if len(varargs) == 0 else varargs[i if len(varargs) > 1 else 0] for i in range(count)]
    f_bar = 0.0
    for i in range(count):
        if np.ndim(spacings[i]) != 0:
            raise ValueError("np.gradient: has a derivative for spacings that are scalars only")
        if g[i] is not None:
            f_bar = f_bar + gradient_along(g[i], spacings[i], axes[i], edge_order)
    steps = [0.0 if g[i] is None else -np.sum(g[i] * y[i]) / spacings[i] for i in range(count)]
    return f_bar, (sum(steps),) if len(varargs) == 1 else tuple(steps[: len(varargs)])


@tangent(np.gradient)
def gradient_tangent(dots, y, f, *varargs, axis=None, edge_order=1):
    axes = gradient_axes(f, axis)
    ys = (y,) if len(axes) == 1 else y
    results = []
    for i in range(len(axes)):
        k = i if len(varargs) > 1 else 0
        h = 1.0 if len(varargs) == 0 else varargs[k]
        if np.ndim(h) != 0:
            raise ValueError("np.gradient: has a derivative for spacings that are scalars only")
        change = np.zeros_like(ys[i])
        if dots[0] is not None:
            change = np.gradient(dots[0], h, axis=axes[i], edge_order=edge_order)
        if len(varargs) > 0 and dots[1][k] is not None:
            change = change - ys[i] * dots[1][k] / h
        results.append(change)
    return results[0] if len(axes) == 1 else tuple(results)


@adjoint(np.ediff1d)
def ediff1d(g, y, ary, to_end=None, to_begin=None):
    start = 0 if to_begin is None else np.size(to_begin)
    zero = np.zeros(1, g.dtype)
    inner = np.concatenate((zero, g[start : start + np.size(ary) - 1], zero))
    return np.reshape(-np.diff(inner), np.shape(ary))


@tangent(np.ediff1d)
def ediff1d_tangent(dots, y, ary, to_end=None, to_begin=None):
    before = 0 if to_begin is None else np.size(to_begin)
    return np.pad(np.diff(np.ravel(dots[0])), (before, 0 if to_end is None else np.size(to_end)))


@adjoint(np.unwrap)
def unwrap(g, y, p, discont=None, axis=-1, *, period=2 * np.pi):
    return g


@tangent(np.unwrap)
def unwrap_tangent(dots, y, p, discont=None, axis=-1, *, period=2 * np.pi):
    return dots[0]


# ---- interpolation --------------------------------------------------------------------------------------


@adjoint(np.interp)
def interp(g, y, x, xp, fp, left, right):
    i = np.clip(np.searchsorted(xp, x, "right") - 1, 0, len(xp) - 2)
    start, step = np.take(xp, i), np.take(xp, i + 1) - np.take(xp, i)
    slope = (np.take(fp, i + 1) - np.take(fp, i)) / step
    inside = (x >= xp[0]) & (x <= xp[-1])
    t = np.clip((x - start) / step, 0.0, 1.0)
    x_bar = g * np.where(inside, slope, 0.0)
    left_bar = None if left is None else np.sum(np.where(x < xp[0], g, 0.0))
    right_bar = None if right is None else np.sum(np.where(x > xp[-1], g, 0.0))
    if left is not None:
        g = np.where(x < xp[0], 0.0, g)
    if right is not None:
        g = np.where(x > xp[-1], 0.0, g)
    xp_bar = take_adjoint(x_bar * (t - 1), xp, i, None) - take_adjoint(x_bar * t, xp, i + 1, None)
    fp_bar = take_adjoint(g * (1 - t), fp, i, None) + take_adjoint(g * t, fp, i + 1, None)
    return x_bar, xp_bar, fp_bar, left_bar, right_bar


@tangent(np.interp)
def interp_tangent(dots, y, x, xp, fp, left, right):
    i = np.clip(np.searchsorted(xp, x, "right") - 1, 0, len(xp) - 2)
    start, step = np.take(xp, i), np.take(xp, i + 1) - np.take(xp, i)
    slope = (np.take(fp, i + 1) - np.take(fp, i)) / step
    t = np.clip((x - start) / step, 0.0, 1.0)
    change = np.zeros_like(t)
    if dots[0] is not None:
        change = change + dots[0]
    if dots[1] is not None:
        change = change - ((1 - t) * np.take(dots[1], i) + t * np.take(dots[1], i + 1))
    result = change * np.where((x >= xp[0]) & (x <= xp[-1]), slope, 0.0)
    if dots[2] is not None:
        moved = (1 - t) * np.take(dots[2], i) + t * np.take(dots[2], i + 1)
        if left is not None:
            moved = np.where(x < xp[0], 0.0, moved)
        if right is not None:
            moved = np.where(x > xp[-1], 0.0, moved)
        result = result + moved
    if dots[3] is not None:
        result = result + np.where(x < xp[0], dots[3], 0.0)
    if dots[4] is not None:
        result = result + np.where(x > xp[-1], dots[4], 0.0)
    return result


# ---- polynomials ----------------------------------------------------------------------------------------


@adjoint(np.polyval)
def polyval(g, y, p, x):
    n = len(p)
    p_bar = np.ravel(g) @ np.vander(np.ravel(x), n)
    return p_bar, unbroadcast(
        g * np.polyval(p[:-1] * np.arange(n - 1, 0, -1).astype(np.result_type(x)), x), x
    )


@tangent(np.polyval)
def polyval_tangent(dots, y, p, x):
    result = np.zeros_like(y)
    if dots[0] is not None:
        result = result + np.polyval(dots[0], x)
    if dots[1] is not None:
        result = (
            result + np.polyval(p[:-1] * np.arange(len(p) - 1, 0, -1).astype(np.result_type(x)), x) * dots[1]
        )
    return result


def vander_slopes(y, increasing):
    """Return the derivatives of the columns of a Vandermonde matrix: exponent times the column before."""
    n = y.shape[1]
    zero = np.zeros_like(y[:, :1])
    if increasing:
        return np.concatenate((zero, y[:, :-1] * np.arange(1, n)), 1)
    return np.concatenate((y[:, 1:] * np.arange(n - 1, 0, -1), zero), 1)


@adjoint(np.vander)
def vander(g, y, x, N=None, increasing=False):
    return np.sum(g * vander_slopes(y, increasing), axis=1)


@tangent(np.vander)
def vander_tangent(dots, y, x, N=None, increasing=False):
    return vander_slopes(y, increasing) * np.expand_dims(dots[0], 1)


# ---- Fourier transforms: their matrices are symmetric ---------------------------------------------------


def resized(x, length, axis):
    """Return `x` cut, or filled up with zeros, to this length."""
    n = np.shape(x)[axis]
    if n >= length:
        return x if n == length else np.take(x, np.arange(length), axis)
    ones = np.ones_like(np.take(x, [0], axis))
    return np.concatenate((x, 0 * np.repeat(ones, length - n, axis)), axis)


@linear(np.fft.fft)
def fft(g, y, a, n=None, axis=-1, norm=None):
    a_bar = resized(np.fft.fft(g, None, axis, norm), a.shape[axis], axis)
    return a_bar if np.iscomplexobj(a) else np.real(a_bar)


@linear(np.fft.ifft)
def ifft(g, y, a, n=None, axis=-1, norm=None):
    a_bar = resized(np.fft.ifft(g, None, axis, norm), a.shape[axis], axis)
    return a_bar if np.iscomplexobj(a) else np.real(a_bar)


@linear(np.fft.rfft)
def rfft(g, y, a, n=None, axis=-1, norm=None):
    length = a.shape[axis] if n is None else n
    return resized(np.real(np.fft.fft(g, length, axis, norm)), a.shape[axis], axis)


@linear(np.fft.irfft)
def irfft(g, y, a, n=None, axis=-1, norm=None):
    """All but the ends of the spectrum count twice: once for the other half, which is not stored."""
    length = np.shape(y)[axis]
    k = np.arange(length // 2 + 1)
    twice = np.where((k == 0) | (2 * k == length), 1, 2)
    half = np.moveaxis(resized(np.fft.ifft(g, None, axis, norm), len(k), axis), axis, -1) * twice
    a_bar = resized(np.moveaxis(half, -1, axis), a.shape[axis], axis)
    return a_bar if np.iscomplexobj(a) else np.real(a_bar)


@linear(np.fft.fftshift)
def fftshift(g, y, x, axes=None):
    return np.fft.ifftshift(g, axes)


@linear(np.fft.ifftshift)
def ifftshift(g, y, x, axes=None):
    return np.fft.fftshift(g, axes)


nondifferentiable(np.fft.fftfreq, np.fft.rfftfreq)
