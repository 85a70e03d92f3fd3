"""The functions of `scipy.signal`: convolutions and filters.

>>> convolve(np.array([1.0, 0.0, 0.0]), None, np.array([1.0, 2.0]), np.array([3.0, 4.0]))
(array([3., 0.]), array([1., 0.]))
>>> lfilter(np.ones(2), np.array([1.0, 3.0]), [1.0, 2.0], [1.0], np.array([1.0, 1.0]))
(array([2., 1.]), array([-4.]), array([3., 1.]))
"""

from __future__ import annotations

import numpy as np
import scipy.signal

from s2sad.analysis import transfer_scipy as rows
from s2sad.frontend.names import add_module
from s2sad.rules.declare import adjoint, linear, tangent, unknown

add_module("scipy", scipy)
add_module("scipy.signal", scipy.signal)

rows.fresh(rows.convolution, scipy.signal.convolve, scipy.signal.fftconvolve, scipy.signal.oaconvolve)
rows.fresh(rows.convolution, scipy.signal.correlate, scipy.signal.convolve2d, scipy.signal.correlate2d)
rows.fresh(rows.filtered, scipy.signal.lfilter)
rows.fresh(rows.filtered_by_sections, scipy.signal.sosfilt)
rows.fresh(rows.like, scipy.signal.detrend)

# ---- convolutions: all of a convolution, of which `mode` keeps a part --------------------------------------


def whole(g, a, b, mode):
    """Return the adjoint of all of the convolution of `a` and `b`, given that of the part that is kept."""
    if mode == "full":
        return g
    if mode == "same":
        return np.pad(g, [((n - 1) // 2, n // 2) for n in np.shape(b)])
    return np.pad(g, [(min(m, n) - 1, min(m, n) - 1) for m, n in zip(np.shape(a), np.shape(b))])


@adjoint(scipy.signal.convolve)
def convolve(g, y, in1, in2, mode="full", method="auto"):
    g = whole(g, in1, in2, mode)
    return scipy.signal.convolve(g, np.flip(in2), "valid"), scipy.signal.convolve(g, np.flip(in1), "valid")


@tangent(scipy.signal.convolve)
def convolve_tangent(dots, y, in1, in2, mode="full", method="auto"):
    if dots[0] is None:
        return scipy.signal.convolve(in1, dots[1], mode)
    if dots[1] is None:
        return scipy.signal.convolve(dots[0], in2, mode)
    return scipy.signal.convolve(dots[0], in2, mode) + scipy.signal.convolve(in1, dots[1], mode)


@adjoint(scipy.signal.fftconvolve)
def fftconvolve(g, y, in1, in2, mode="full"):
    g = whole(g, in1, in2, mode)
    in1_bar = scipy.signal.fftconvolve(g, np.flip(in2), "valid")
    return in1_bar, scipy.signal.fftconvolve(g, np.flip(in1), "valid")


@tangent(scipy.signal.fftconvolve)
def fftconvolve_tangent(dots, y, in1, in2, mode="full"):
    if dots[0] is None:
        return scipy.signal.fftconvolve(in1, dots[1], mode)
    if dots[1] is None:
        return scipy.signal.fftconvolve(dots[0], in2, mode)
    return scipy.signal.fftconvolve(dots[0], in2, mode) + scipy.signal.fftconvolve(in1, dots[1], mode)


@adjoint(scipy.signal.oaconvolve)
def oaconvolve(g, y, in1, in2, mode="full"):
    g = whole(g, in1, in2, mode)
    return scipy.signal.oaconvolve(g, np.flip(in2), "valid"), scipy.signal.oaconvolve(
        g, np.flip(in1), "valid"
    )


@tangent(scipy.signal.oaconvolve)
def oaconvolve_tangent(dots, y, in1, in2, mode="full"):
    if dots[0] is None:
        return scipy.signal.oaconvolve(in1, dots[1], mode)
    if dots[1] is None:
        return scipy.signal.oaconvolve(dots[0], in2, mode)
    return scipy.signal.oaconvolve(dots[0], in2, mode) + scipy.signal.oaconvolve(in1, dots[1], mode)


@adjoint(scipy.signal.correlate)
def correlate(g, y, in1, in2, mode="full", method="auto"):
    """The convolution of `in1` with `in2` reversed."""
    if np.iscomplexobj(in2):
        raise ValueError("scipy.signal.correlate: has a derivative for a real second argument only")
    g = whole(g, in1, in2, mode)
    return scipy.signal.convolve(g, in2, "valid"), np.flip(scipy.signal.convolve(g, np.flip(in1), "valid"))


@tangent(scipy.signal.correlate)
def correlate_tangent(dots, y, in1, in2, mode="full", method="auto"):
    if np.iscomplexobj(in2):
        raise ValueError("scipy.signal.correlate: has a derivative for a real second argument only")
    if dots[0] is None:
        return scipy.signal.correlate(in1, dots[1], mode)
    if dots[1] is None:
        return scipy.signal.correlate(dots[0], in2, mode)
    return scipy.signal.correlate(dots[0], in2, mode) + scipy.signal.correlate(in1, dots[1], mode)


@adjoint(scipy.signal.convolve2d)
def convolve2d(g, y, in1, in2, mode="full", boundary="fill", fillvalue=0):
    if boundary != "fill" or fillvalue != 0:
        raise ValueError("scipy.signal.convolve2d: has a derivative for zeros beyond the boundary only")
    g = whole(g, in1, in2, mode)
    in1_bar = scipy.signal.convolve2d(g, np.flip(in2), "valid")
    return in1_bar, scipy.signal.convolve2d(g, np.flip(in1), "valid")


@tangent(scipy.signal.convolve2d)
def convolve2d_tangent(dots, y, in1, in2, mode="full", boundary="fill", fillvalue=0):
    if boundary != "fill" or fillvalue != 0:
        raise ValueError("scipy.signal.convolve2d: has a derivative for zeros beyond the boundary only")
    if dots[0] is None:
        return scipy.signal.convolve2d(in1, dots[1], mode)
    if dots[1] is None:
        return scipy.signal.convolve2d(dots[0], in2, mode)
    return scipy.signal.convolve2d(dots[0], in2, mode) + scipy.signal.convolve2d(in1, dots[1], mode)


@adjoint(scipy.signal.correlate2d)
def correlate2d(g, y, in1, in2, mode="full", boundary="fill", fillvalue=0):
    if boundary != "fill" or fillvalue != 0 or np.iscomplexobj(in2):
        raise ValueError("scipy.signal.correlate2d: has a derivative for zeros beyond the boundary only")
    if mode == "same":  # its middle is not that of `correlate`
        g = np.pad(g, [(n // 2, (n - 1) // 2) for n in np.shape(in2)])
    else:
        g = whole(g, in1, in2, mode)
    in1_bar = scipy.signal.convolve2d(g, in2, "valid")
    return in1_bar, np.flip(scipy.signal.convolve2d(g, np.flip(in1), "valid"))


@tangent(scipy.signal.correlate2d)
def correlate2d_tangent(dots, y, in1, in2, mode="full", boundary="fill", fillvalue=0):
    if boundary != "fill" or fillvalue != 0 or np.iscomplexobj(in2):
        raise ValueError("scipy.signal.correlate2d: has a derivative for zeros beyond the boundary only")
    if dots[0] is None:
        return scipy.signal.correlate2d(in1, dots[1], mode)
    if dots[1] is None:
        return scipy.signal.correlate2d(dots[0], in2, mode)
    return scipy.signal.correlate2d(dots[0], in2, mode) + scipy.signal.correlate2d(in1, dots[1], mode)


# ---- filters: a(q) y = b(q) x, where q is a delay; the transpose runs backwards ----------------------------


def lagged_products(g, x, count, axis):
    """Return the sums of g[n] x[n - k] for each delay k."""
    g, x = np.moveaxis(g, axis, -1), np.moveaxis(x, axis, -1)
    n = np.shape(g)[-1]
    return np.stack([np.sum(g[..., min(k, n) :] * x[..., : max(n - k, 0)]) for k in range(count)])


@adjoint(scipy.signal.lfilter)
def lfilter(g, y, b, a, x, axis=-1):
    backwards = np.flip(g, axis)
    one = np.ones(1, np.result_type(g))
    e = np.flip(scipy.signal.lfilter(one, a, backwards, axis), axis)
    b_bar = np.reshape(lagged_products(e, x, np.size(b), axis), np.shape(b))
    a_bar = np.reshape(-lagged_products(e, y, np.size(a), axis), np.shape(a))
    return b_bar, a_bar, np.flip(scipy.signal.lfilter(b, a, backwards, axis), axis)


@tangent(scipy.signal.lfilter)
def lfilter_tangent(dots, y, b, a, x, axis=-1):
    y_dot = np.zeros_like(y) if dots[2] is None else scipy.signal.lfilter(b, a, dots[2], axis)
    if dots[0] is not None:
        y_dot = y_dot + scipy.signal.lfilter(dots[0], a, x, axis)
    if dots[1] is not None:
        y_dot = y_dot - scipy.signal.lfilter(dots[1], a, y, axis)
    return y_dot


@adjoint(scipy.signal.sosfilt)
def sosfilt(g, y, sos, x, axis=-1):
    return unknown, np.flip(scipy.signal.sosfilt(sos, np.flip(g, axis), axis), axis)


@tangent(scipy.signal.sosfilt)
def sosfilt_tangent(dots, y, sos, x, axis=-1):
    if dots[0] is not None:
        raise ValueError("scipy.signal.sosfilt: the derivative in `sos` is not known")
    return scipy.signal.sosfilt(sos, dots[1], axis)


@linear(scipy.signal.detrend)
def detrend(g, y, data, axis=-1, type="linear", bp=0):
    """An orthogonal projection."""
    return scipy.signal.detrend(g, axis, type, bp)


@linear(scipy.signal.hilbert)
def hilbert(g, y, x, *, axis=-1):
    """The real part is `x`; the imaginary part is a skew-symmetric matrix times `x`."""
    return np.real(g) + np.imag(scipy.signal.hilbert(np.imag(g), axis=axis))
