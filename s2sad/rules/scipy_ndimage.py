"""The filters of `scipy.ndimage`: linear in the image, and those with weights in these as well.

>>> convolve1d(np.array([1.0, 0.0, 0.0]), None, np.array([1.0, 2.0, 4.0]), np.array([3.0, 5.0, 7.0]), mode="wrap")
(array([5., 3., 7.]), array([2., 1., 4.]))

Beyond the boundary a filter reads elements of the image again: their adjoints are added to these. A filter with
a symmetric kernel is its own transpose where the image is reflected or repeated, or is zero outside.
"""

from __future__ import annotations

import numpy as np
import scipy.ndimage
import scipy.signal

from s2sad.analysis import transfer_scipy as rows
from s2sad.frontend.names import add_module
from s2sad.rules import scipy_signal
from s2sad.rules.declare import adjoint, tangent, unknown
from s2sad.runtime import take_adjoint

add_module("scipy", scipy_signal.scipy)
add_module("scipy.ndimage", scipy.ndimage)

rows.fresh(rows.like, scipy.ndimage.gaussian_filter1d, scipy.ndimage.gaussian_filter)
rows.fresh(rows.like, scipy.ndimage.uniform_filter1d, scipy.ndimage.uniform_filter)
rows.fresh(rows.like, scipy.ndimage.correlate1d, scipy.ndimage.convolve1d)
rows.fresh(rows.like, scipy.ndimage.correlate, scipy.ndimage.convolve)
rows.fresh(rows.like, scipy.ndimage.laplace, scipy.ndimage.sobel, scipy.ndimage.prewitt)

# ---- boundaries -----------------------------------------------------------------------------------------


def is_zero(mode):
    """Tell whether the image is a constant outside."""
    return mode == "constant" or mode == "grid-constant"


def is_periodic(mode):
    return mode == "wrap" or mode == "grid-wrap"


def is_reflected(mode):
    return mode == "reflect" or mode == "grid-mirror"


def is_even(mode):
    """Tell whether a filter with a symmetric kernel is its own transpose."""
    return is_zero(mode) or is_periodic(mode) or is_reflected(mode)


def padded(x, width, mode):
    """Return what a filter reads: `x` and what is beyond its boundary."""
    if is_zero(mode):
        return np.pad(x, width)
    if is_periodic(mode):
        return np.pad(x, width, "wrap")
    if is_reflected(mode):
        return np.pad(x, width, "symmetric")
    return np.pad(x, width, "reflect" if mode == "mirror" else "edge")


def widened(g, width, axis):
    """Return `g` with zeros before and after it along an axis."""
    axis = axis % np.ndim(g)
    return np.pad(g, [(width, width) if k == axis else (0, 0) for k in range(np.ndim(g))])


def folded(wide, width, axis, mode):
    """Return the adjoint of an image, given that of the image padded along an axis.

    The modes in which it is zero or repeated outside do not come here.
    """
    n = np.shape(wide)[axis] - 2 * width
    like = np.take(wide, np.arange(n), axis)
    if is_reflected(mode):
        places = np.pad(np.arange(n), width, "symmetric")
    else:
        places = np.pad(np.arange(n), width, "reflect" if mode == "mirror" else "edge")
    return take_adjoint(wide, like, places, axis)


# ---- along one axis -------------------------------------------------------------------------------------


def middle(weights, origin):
    """Return which of the weights belongs to the element itself."""
    return len(weights) // 2 + origin


def window_products(g, x, before, count, axis, mode):
    """Return the sums of g[i] x[i + k - before] for each of `count` values of k."""
    if np.ndim(x) == 1:
        x = padded(x, (before, count - 1 - before), mode)
    else:
        g, x = np.moveaxis(g, axis, -1), np.moveaxis(x, axis, -1)
        x = padded(x, [(0, 0)] * (np.ndim(x) - 1) + [(before, count - 1 - before)], mode)
    n = np.shape(g)[-1]
    return np.stack([np.sum(g * x[..., k : k + n]) for k in range(count)])


@adjoint(scipy.ndimage.correlate1d)
def correlate1d(g, y, input, weights, axis=-1, *, mode="reflect", cval=0.0, origin=0):
    if cval != 0:
        raise ValueError("scipy.ndimage.correlate1d: has a derivative for cval=0 only")
    weights_bar = window_products(g, input, middle(weights, origin), len(weights), axis, mode)
    if is_zero(mode) or is_periodic(mode):
        return scipy.ndimage.convolve1d(g, weights, axis, mode=mode, origin=origin), weights_bar
    width = len(weights)
    wide = widened(g, width, axis)
    wide = scipy.ndimage.convolve1d(wide, weights, axis, mode="constant", origin=origin)
    return folded(wide, width, axis, mode), weights_bar


@tangent(scipy.ndimage.correlate1d)
def correlate1d_tangent(dots, y, input, weights, axis=-1, *, mode="reflect", cval=0.0, origin=0):
    if cval != 0:
        raise ValueError("scipy.ndimage.correlate1d: has a derivative for cval=0 only")
    if dots[0] is None:
        return scipy.ndimage.correlate1d(input, dots[1], axis, mode=mode, origin=origin)
    y_dot = scipy.ndimage.correlate1d(dots[0], weights, axis, mode=mode, origin=origin)
    if dots[1] is None:
        return y_dot
    return y_dot + scipy.ndimage.correlate1d(input, dots[1], axis, mode=mode, origin=origin)


@adjoint(scipy.ndimage.convolve1d)
def convolve1d(g, y, input, weights, axis=-1, *, mode="reflect", cval=0.0, origin=0):
    """The correlation with the weights reversed: the last becomes the first."""
    if cval != 0:
        raise ValueError("scipy.ndimage.convolve1d: has a derivative for cval=0 only")
    width = len(weights)
    weights_bar = np.flip(window_products(g, input, width - 1 - middle(weights, origin), width, axis, mode))
    if is_zero(mode) or is_periodic(mode):
        return scipy.ndimage.correlate1d(g, weights, axis, mode=mode, origin=origin), weights_bar
    wide = widened(g, width, axis)
    wide = scipy.ndimage.correlate1d(wide, weights, axis, mode="constant", origin=origin)
    return folded(wide, width, axis, mode), weights_bar


@tangent(scipy.ndimage.convolve1d)
def convolve1d_tangent(dots, y, input, weights, axis=-1, *, mode="reflect", cval=0.0, origin=0):
    if cval != 0:
        raise ValueError("scipy.ndimage.convolve1d: has a derivative for cval=0 only")
    if dots[0] is None:
        return scipy.ndimage.convolve1d(input, dots[1], axis, mode=mode, origin=origin)
    y_dot = scipy.ndimage.convolve1d(dots[0], weights, axis, mode=mode, origin=origin)
    if dots[1] is None:
        return y_dot
    return y_dot + scipy.ndimage.convolve1d(input, dots[1], axis, mode=mode, origin=origin)


@adjoint(scipy.ndimage.gaussian_filter1d)
def gaussian_filter1d(
    g, y, input, sigma, axis=-1, order=0, *, mode="reflect", cval=0.0, truncate=4.0, radius=None
):
    """The kernel is symmetric for an even order, and antisymmetric for an odd one."""
    g = g if order % 2 == 0 else -g
    if is_zero(mode) or is_periodic(mode) or (is_reflected(mode) and order % 2 == 0):
        return (
            scipy.ndimage.gaussian_filter1d(
                g, sigma, axis, order, mode=mode, truncate=truncate, radius=radius
            ),
            unknown,
        )
    width = int(truncate * sigma + 0.5) if radius is None else radius
    wide = scipy.ndimage.gaussian_filter1d(
        widened(g, width, axis), sigma, axis, order, mode="constant", truncate=truncate, radius=radius
    )
    return folded(wide, width, axis, mode), unknown


@tangent(scipy.ndimage.gaussian_filter1d)
def gaussian_filter1d_tangent(
    dots, y, input, sigma, axis=-1, order=0, *, mode="reflect", cval=0.0, truncate=4.0, radius=None
):
    if dots[1] is not None:
        raise ValueError("scipy.ndimage.gaussian_filter1d: the derivative in `sigma` is not known")
    return scipy.ndimage.gaussian_filter1d(
        dots[0], sigma, axis, order, mode=mode, truncate=truncate, radius=radius
    )


@adjoint(scipy.ndimage.uniform_filter1d)
def uniform_filter1d(g, y, input, size, axis=-1, *, mode="reflect", cval=0.0, origin=0):
    if is_even(mode) and origin == 0 and size % 2 == 1:
        return scipy.ndimage.uniform_filter1d(g, size, axis, mode=mode), None
    turned = -origin if size % 2 == 1 else -1 - origin
    if is_zero(mode) or is_periodic(mode):
        return scipy.ndimage.uniform_filter1d(g, size, axis, mode=mode, origin=turned), None
    wide = scipy.ndimage.uniform_filter1d(widened(g, size, axis), size, axis, mode="constant", origin=turned)
    return folded(wide, size, axis, mode), None


@tangent(scipy.ndimage.uniform_filter1d)
def uniform_filter1d_tangent(dots, y, input, size, axis=-1, *, mode="reflect", cval=0.0, origin=0):
    return scipy.ndimage.uniform_filter1d(dots[0], size, axis, mode=mode, origin=origin)


# ---- along all axes -------------------------------------------------------------------------------------


@adjoint(scipy.ndimage.gaussian_filter)
def gaussian_filter(g, y, input, sigma, order=0, *, mode="reflect", cval=0.0, truncate=4.0):
    if not is_even(mode) or order != 0:
        raise ValueError(
            "scipy.ndimage.gaussian_filter: has a derivative for order=0 and the modes reflect, constant and "
            "wrap only; use gaussian_filter1d along each axis"
        )
    return scipy.ndimage.gaussian_filter(g, sigma, mode=mode, truncate=truncate), unknown


@tangent(scipy.ndimage.gaussian_filter)
def gaussian_filter_tangent(dots, y, input, sigma, order=0, *, mode="reflect", cval=0.0, truncate=4.0):
    if dots[1] is not None:
        raise ValueError("scipy.ndimage.gaussian_filter: the derivative in `sigma` is not known")
    return scipy.ndimage.gaussian_filter(dots[0], sigma, order, mode=mode, truncate=truncate)


@adjoint(scipy.ndimage.uniform_filter)
def uniform_filter(g, y, input, size=3, *, mode="reflect", cval=0.0):
    if not is_even(mode) or not isinstance(size, int) or size % 2 == 0:
        raise ValueError(
            "scipy.ndimage.uniform_filter: has a derivative for one odd size and the modes reflect, constant and "
            "wrap only; use uniform_filter1d along each axis"
        )
    return scipy.ndimage.uniform_filter(g, size, mode=mode)


@tangent(scipy.ndimage.uniform_filter)
def uniform_filter_tangent(dots, y, input, size=3, *, mode="reflect", cval=0.0):
    return scipy.ndimage.uniform_filter(dots[0], size, mode=mode)


def folded_all(wide, widths, mode):
    for axis in range(len(widths)):
        wide = folded(wide, widths[axis], axis, mode)
    return wide


@adjoint(scipy.ndimage.correlate)
def correlate(g, y, input, weights, *, mode="reflect", cval=0.0):
    if cval != 0:
        raise ValueError("scipy.ndimage.correlate: has a derivative for cval=0 only")
    shape = np.shape(weights)
    around = padded(input, [(n // 2, (n - 1) // 2) for n in shape], mode)
    weights_bar = scipy.signal.correlate(around, g, "valid")
    if is_zero(mode) or is_periodic(mode):
        return scipy.ndimage.convolve(g, weights, mode=mode), weights_bar
    wide = np.pad(g, [(n, n) for n in shape])
    return folded_all(scipy.ndimage.convolve(wide, weights, mode="constant"), shape, mode), weights_bar


@tangent(scipy.ndimage.correlate)
def correlate_tangent(dots, y, input, weights, *, mode="reflect", cval=0.0):
    if cval != 0:
        raise ValueError("scipy.ndimage.correlate: has a derivative for cval=0 only")
    if dots[0] is None:
        return scipy.ndimage.correlate(input, dots[1], mode=mode)
    y_dot = scipy.ndimage.correlate(dots[0], weights, mode=mode)
    return y_dot if dots[1] is None else y_dot + scipy.ndimage.correlate(input, dots[1], mode=mode)


@adjoint(scipy.ndimage.convolve)
def convolve(g, y, input, weights, *, mode="reflect", cval=0.0):
    if cval != 0:
        raise ValueError("scipy.ndimage.convolve: has a derivative for cval=0 only")
    shape = np.shape(weights)
    around = padded(input, [((n - 1) // 2, n // 2) for n in shape], mode)
    weights_bar = np.flip(scipy.signal.correlate(around, g, "valid"))
    if is_zero(mode) or is_periodic(mode):
        return scipy.ndimage.correlate(g, weights, mode=mode), weights_bar
    wide = np.pad(g, [(n, n) for n in shape])
    return folded_all(scipy.ndimage.correlate(wide, weights, mode="constant"), shape, mode), weights_bar


@tangent(scipy.ndimage.convolve)
def convolve_tangent(dots, y, input, weights, *, mode="reflect", cval=0.0):
    if cval != 0:
        raise ValueError("scipy.ndimage.convolve: has a derivative for cval=0 only")
    if dots[0] is None:
        return scipy.ndimage.convolve(input, dots[1], mode=mode)
    y_dot = scipy.ndimage.convolve(dots[0], weights, mode=mode)
    return y_dot if dots[1] is None else y_dot + scipy.ndimage.convolve(input, dots[1], mode=mode)


# ---- differences ----------------------------------------------------------------------------------------


@adjoint(scipy.ndimage.laplace)
def laplace(g, y, input, *, mode="reflect", cval=0.0):
    if not is_even(mode):
        raise ValueError(
            "scipy.ndimage.laplace: has a derivative for the modes reflect, constant and wrap only"
        )
    return scipy.ndimage.laplace(g, mode=mode)


@tangent(scipy.ndimage.laplace)
def laplace_tangent(dots, y, input, *, mode="reflect", cval=0.0):
    return scipy.ndimage.laplace(dots[0], mode=mode)


def across(g, weights, axis, mode):
    """Smooth along all axes but one, and apply the transpose of the central difference along that one."""
    if not is_even(mode):
        raise ValueError("scipy.ndimage: this filter has a derivative for reflect, constant and wrap only")
    for k in range(np.ndim(g)):
        if k != axis % np.ndim(g):
            g = scipy.ndimage.correlate1d(g, weights, k, mode=mode)
    if is_reflected(mode):
        wide = scipy.ndimage.convolve1d(widened(g, 1, axis), [-1, 0, 1], axis, mode="constant")
        return folded(wide, 1, axis, mode)
    return scipy.ndimage.convolve1d(g, [-1, 0, 1], axis, mode=mode)


@adjoint(scipy.ndimage.sobel)
def sobel(g, y, input, axis=-1, *, mode="reflect", cval=0.0):
    return across(g, [1, 2, 1], axis, mode)


@tangent(scipy.ndimage.sobel)
def sobel_tangent(dots, y, input, axis=-1, *, mode="reflect", cval=0.0):
    return scipy.ndimage.sobel(dots[0], axis, mode=mode)


@adjoint(scipy.ndimage.prewitt)
def prewitt(g, y, input, axis=-1, *, mode="reflect", cval=0.0):
    return across(g, [1, 1, 1], axis, mode)


@tangent(scipy.ndimage.prewitt)
def prewitt_tangent(dots, y, input, axis=-1, *, mode="reflect", cval=0.0):
    return scipy.ndimage.prewitt(dots[0], axis, mode=mode)
