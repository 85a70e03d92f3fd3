"""The functions of `scipy.fft`, all linear. The matrix of a complex transform is symmetric.

>>> idct(np.array([1.0, 0.0]), None, np.array([1.0, 2.0]), norm="ortho").round(6)
array([0.707107, 0.707107])
"""

from __future__ import annotations

import numpy as np
import scipy.fft

from s2sad.analysis import transfer_scipy as rows
from s2sad.frontend.names import add_module
from s2sad.rules.declare import linear, nondifferentiable
from s2sad.rules.signals import resized

add_module("scipy", scipy)
add_module("scipy.fft", scipy.fft)

rows.fresh(rows.transform, scipy.fft.fft, scipy.fft.ifft)
rows.fresh(rows.half_transform, scipy.fft.rfft, scipy.fft.ihfft)
rows.fresh(rows.real_transform, scipy.fft.irfft, scipy.fft.hfft)
rows.fresh(rows.transform_of_axes, scipy.fft.fftn, scipy.fft.ifftn, scipy.fft.fft2, scipy.fft.ifft2)
rows.fresh(rows.cosine_transform, scipy.fft.dct, scipy.fft.idct, scipy.fft.dst, scipy.fft.idst)
rows.fresh(rows.cosine_transforms, scipy.fft.dctn, scipy.fft.idctn, scipy.fft.dstn, scipy.fft.idstn)

# ---- along one axis -------------------------------------------------------------------------------------


@linear(scipy.fft.fft)
def fft(g, y, x, n=None, axis=-1, norm=None, *, workers=None):
    x_bar = resized(scipy.fft.fft(g, None, axis, norm), np.shape(x)[axis], axis)
    return x_bar if np.iscomplexobj(x) else np.real(x_bar)


@linear(scipy.fft.ifft)
def ifft(g, y, x, n=None, axis=-1, norm=None, *, workers=None):
    x_bar = resized(scipy.fft.ifft(g, None, axis, norm), np.shape(x)[axis], axis)
    return x_bar if np.iscomplexobj(x) else np.real(x_bar)


@linear(scipy.fft.rfft)
def rfft(g, y, x, n=None, axis=-1, norm=None, *, workers=None):
    length = np.shape(x)[axis] if n is None else n
    return resized(np.real(scipy.fft.fft(g, length, axis, norm)), np.shape(x)[axis], axis)


def scaled(x, where, factor, axis):
    """Multiply some of the places along an axis by a factor."""
    if axis == -1:
        return np.where(where, factor * x, x)
    x = np.moveaxis(x, axis, -1)
    return np.moveaxis(np.where(where, factor * x, x), -1, axis)


def half_spectrum(spectrum, length, axis):
    """All but the ends of half a spectrum count twice: once for the other half, which is not stored."""
    k = np.arange(length // 2 + 1)
    return scaled(resized(spectrum, length // 2 + 1, axis), (k > 0) & (2 * k < length), 2, axis)


@linear(scipy.fft.irfft)
def irfft(g, y, x, n=None, axis=-1, norm=None, *, workers=None):
    half = half_spectrum(scipy.fft.ifft(g, None, axis, norm), np.shape(y)[axis], axis)
    x_bar = resized(half, np.shape(x)[axis], axis)
    return x_bar if np.iscomplexobj(x) else np.real(x_bar)


@linear(scipy.fft.hfft)
def hfft(g, y, x, n=None, axis=-1, norm=None, *, workers=None):
    half = half_spectrum(scipy.fft.fft(g, None, axis, norm), np.shape(y)[axis], axis)
    x_bar = resized(half, np.shape(x)[axis], axis)
    return x_bar if np.iscomplexobj(x) else np.real(x_bar)


@linear(scipy.fft.ihfft)
def ihfft(g, y, x, n=None, axis=-1, norm=None, *, workers=None):
    length = np.shape(x)[axis] if n is None else n
    return resized(np.real(scipy.fft.ifft(g, length, axis, norm)), np.shape(x)[axis], axis)


# ---- along several axes ---------------------------------------------------------------------------------


def resized_all(x, shape):
    """Return `x` cut, or filled up with zeros, to this shape."""
    for axis in range(len(shape)):
        x = resized(x, shape[axis], axis)
    return x


@linear(scipy.fft.fftn)
def fftn(g, y, x, s=None, axes=None, norm=None, *, workers=None):
    x_bar = scipy.fft.fftn(
        g, None, tuple(range(-len(s), 0)) if axes is None and s is not None else axes, norm
    )
    x_bar = x_bar if s is None else resized_all(x_bar, np.shape(x))
    return x_bar if np.iscomplexobj(x) else np.real(x_bar)


@linear(scipy.fft.ifftn)
def ifftn(g, y, x, s=None, axes=None, norm=None, *, workers=None):
    x_bar = scipy.fft.ifftn(
        g, None, tuple(range(-len(s), 0)) if axes is None and s is not None else axes, norm
    )
    x_bar = x_bar if s is None else resized_all(x_bar, np.shape(x))
    return x_bar if np.iscomplexobj(x) else np.real(x_bar)


@linear(scipy.fft.fft2)
def fft2(g, y, x, s=None, axes=(-2, -1), norm=None, *, workers=None):
    return fftn(g, y, x, s, axes, norm)


@linear(scipy.fft.ifft2)
def ifft2(g, y, x, s=None, axes=(-2, -1), norm=None, *, workers=None):
    return ifftn(g, y, x, s, axes, norm)


@linear(scipy.fft.rfft2)
def rfft2(g, y, x, *, norm=None, workers=None):
    return np.real(scipy.fft.fft2(g, np.shape(x)[-2:], norm=norm))


@linear(scipy.fft.rfftn)
def rfftn(g, y, x, *, norm=None, workers=None):
    return np.real(scipy.fft.fftn(g, np.shape(x), norm=norm))


@linear(scipy.fft.irfft2)
def irfft2(g, y, x, *, norm=None, workers=None):
    x_bar = half_spectrum(scipy.fft.ifft2(g, norm=norm), np.shape(y)[-1], -1)
    return x_bar if np.iscomplexobj(x) else np.real(x_bar)


@linear(scipy.fft.irfftn)
def irfftn(g, y, x, *, norm=None, workers=None):
    x_bar = half_spectrum(scipy.fft.ifftn(g, norm=norm), np.shape(y)[-1], -1)
    return x_bar if np.iscomplexobj(x) else np.real(x_bar)


# ---- cosine and sine transforms: the transpose of type 2 is type 3, up to the weight of one end ------------


def first(x, axis):
    return np.arange(np.shape(x)[axis]) == 0


def last(x, axis):
    return np.arange(np.shape(x)[axis]) == np.shape(x)[axis] - 1


def ends(x, axis):
    k = np.arange(np.shape(x)[axis])
    return (k == 0) | (k == np.shape(x)[axis] - 1)


@linear(scipy.fft.dct)
def dct(g, y, x, type=2, n=None, axis=-1, norm=None, *, workers=None):
    if norm == "ortho":
        x_bar = scipy.fft.dct(g, 5 - type if type == 2 or type == 3 else type, axis=axis, norm="ortho")
    elif type == 1:
        inner = scipy.fft.dct(scaled(g, ends(g, axis), 2, axis), 1, axis=axis, norm=norm)
        x_bar = scaled(inner, ends(g, axis), 0.5, axis)
    elif type == 2:
        x_bar = scipy.fft.dct(scaled(g, first(g, axis), 2, axis), 3, axis=axis, norm=norm)
    elif type == 3:
        x_bar = scaled(scipy.fft.dct(g, 2, axis=axis, norm=norm), first(g, axis), 0.5, axis)
    else:
        x_bar = scipy.fft.dct(g, 4, axis=axis, norm=norm)
    return resized(x_bar, np.shape(x)[axis], axis)


@linear(scipy.fft.idct)
def idct(g, y, x, type=2, n=None, axis=-1, norm=None, *, workers=None):
    if norm == "ortho":
        x_bar = scipy.fft.idct(g, 5 - type if type == 2 or type == 3 else type, axis=axis, norm="ortho")
    elif type == 1:
        inner = scipy.fft.idct(scaled(g, ends(g, axis), 2, axis), 1, axis=axis, norm=norm)
        x_bar = scaled(inner, ends(g, axis), 0.5, axis)
    elif type == 2:
        x_bar = scaled(scipy.fft.idct(g, 3, axis=axis, norm=norm), first(g, axis), 0.5, axis)
    elif type == 3:
        x_bar = scipy.fft.idct(scaled(g, first(g, axis), 2, axis), 2, axis=axis, norm=norm)
    else:
        x_bar = scipy.fft.idct(g, 4, axis=axis, norm=norm)
    return resized(x_bar, np.shape(x)[axis], axis)


@linear(scipy.fft.dst)
def dst(g, y, x, type=2, n=None, axis=-1, norm=None, *, workers=None):
    if norm == "ortho" or type == 1 or type == 4:
        x_bar = scipy.fft.dst(g, 5 - type if type == 2 or type == 3 else type, axis=axis, norm=norm)
    elif type == 2:
        x_bar = scipy.fft.dst(scaled(g, last(g, axis), 2, axis), 3, axis=axis, norm=norm)
    else:
        x_bar = scaled(scipy.fft.dst(g, 2, axis=axis, norm=norm), last(g, axis), 0.5, axis)
    return resized(x_bar, np.shape(x)[axis], axis)


@linear(scipy.fft.idst)
def idst(g, y, x, type=2, n=None, axis=-1, norm=None, *, workers=None):
    if norm == "ortho" or type == 1 or type == 4:
        x_bar = scipy.fft.idst(g, 5 - type if type == 2 or type == 3 else type, axis=axis, norm=norm)
    elif type == 2:
        x_bar = scaled(scipy.fft.idst(g, 3, axis=axis, norm=norm), last(g, axis), 0.5, axis)
    else:
        x_bar = scipy.fft.idst(scaled(g, last(g, axis), 2, axis), 2, axis=axis, norm=norm)
    return resized(x_bar, np.shape(x)[axis], axis)


@linear(scipy.fft.dctn)
def dctn(g, y, x, type=2, *, axes=None, norm=None, workers=None):
    if norm != "ortho":
        raise ValueError("scipy.fft.dctn: has a derivative for norm='ortho' only; use dct along each axis")
    return scipy.fft.dctn(g, 5 - type if type == 2 or type == 3 else type, axes=axes, norm="ortho")


@linear(scipy.fft.idctn)
def idctn(g, y, x, type=2, *, axes=None, norm=None, workers=None):
    if norm != "ortho":
        raise ValueError("scipy.fft.idctn: has a derivative for norm='ortho' only; use idct along each axis")
    return scipy.fft.idctn(g, 5 - type if type == 2 or type == 3 else type, axes=axes, norm="ortho")


@linear(scipy.fft.dstn)
def dstn(g, y, x, type=2, *, axes=None, norm=None, workers=None):
    if norm != "ortho":
        raise ValueError("scipy.fft.dstn: has a derivative for norm='ortho' only; use dst along each axis")
    return scipy.fft.dstn(g, 5 - type if type == 2 or type == 3 else type, axes=axes, norm="ortho")


@linear(scipy.fft.idstn)
def idstn(g, y, x, type=2, *, axes=None, norm=None, workers=None):
    if norm != "ortho":
        raise ValueError("scipy.fft.idstn: has a derivative for norm='ortho' only; use idst along each axis")
    return scipy.fft.idstn(g, 5 - type if type == 2 or type == 3 else type, axes=axes, norm="ortho")


# ---- shifts and frequencies: fftshift and fftfreq are NumPy's -------------------------------------------


@linear(scipy.fft.fftshift)
def fftshift(g, y, x, axes=None):
    return scipy.fft.ifftshift(g, axes)


@linear(scipy.fft.ifftshift)
def ifftshift(g, y, x, axes=None):
    return scipy.fft.fftshift(g, axes)


nondifferentiable(scipy.fft.fftfreq, scipy.fft.rfftfreq, scipy.fft.next_fast_len)
