"""Fourier transforms of several axes, and of real and Hermitian arrays: their matrices are symmetric.

>>> rfft2(np.ones((1, 2)), None, np.zeros((1, 2)))
array([[2., 0.]])
>>> hfft(np.array([1.0, 0.0]), None, np.zeros(2, complex))
array([1.+0.j, 1.+0.j])
"""

from __future__ import annotations

import numpy as np

from s2sad.rules.declare import linear
from s2sad.rules.signals import resized

# ---- several axes -----------------------------------------------------------------------------------------


def transformed(a, s, axes):
    """Return the axes of a transform, counted from the first."""
    if axes is None:
        return list(range(np.ndim(a) - (np.ndim(a) if s is None else len(s)), np.ndim(a)))
    return [k % np.ndim(a) for k in axes]


def last_length(a, s, axis):
    """Return how many elements along its last axis a transform reads."""
    return np.shape(a)[axis] if s is None or s[-1] is None or s[-1] == -1 else s[-1]


def fitted(a_bar, a, s, axes):
    """Cut, or fill up with zeros, the axes to which `s` gave other lengths than those of `a`."""
    if s is not None:
        for k in transformed(a, s, axes):
            a_bar = resized(a_bar, np.shape(a)[k], k)
    return a_bar if np.iscomplexobj(a) else np.real(a_bar)


@linear(np.fft.fftn)
def fftn(g, y, a, s=None, axes=None, norm=None):
    order = axes if s is None else transformed(a, s, axes)
    return fitted(np.fft.fftn(g, None, order, norm), a, s, axes)


@linear(np.fft.ifftn)
def ifftn(g, y, a, s=None, axes=None, norm=None):
    order = axes if s is None else transformed(a, s, axes)
    return fitted(np.fft.ifftn(g, None, order, norm), a, s, axes)


@linear(np.fft.fft2)
def fft2(g, y, a, s=None, axes=(-2, -1), norm=None):
    return fitted(np.fft.fft2(g, None, axes, norm), a, s, axes)


@linear(np.fft.ifft2)
def ifft2(g, y, a, s=None, axes=(-2, -1), norm=None):
    return fitted(np.fft.ifft2(g, None, axes, norm), a, s, axes)


# ---- real arrays ------------------------------------------------------------------------------------------


@linear(np.fft.rfftn)
def rfftn(g, y, a, s=None, axes=None, norm=None):
    """The last of the axes is transformed first: its other half, which is not stored, counts as zero."""
    order = transformed(a, s, axes)
    if axes is not None and len(set(order)) < len(order):
        raise ValueError("np.fft.rfftn: repeated axes have no derivative")
    lengths = [np.shape(g)[k] for k in order[:-1]] + [last_length(a, s, order[-1])]
    return fitted(np.fft.fftn(g, lengths, order, norm), a, s, order)


@linear(np.fft.rfft2)
def rfft2(g, y, a, s=None, axes=(-2, -1), norm=None):
    if axes[0] == axes[1]:
        raise ValueError("np.fft.rfft2: repeated axes have no derivative")
    lengths = (np.shape(g)[axes[0]], last_length(a, s, axes[1]))
    return fitted(np.fft.fft2(g, lengths, axes, norm), a, s, axes)


@linear(np.fft.irfftn)
def irfftn(g, y, a, s=None, axes=None, norm=None):
    """All but the ends of the half spectrum count twice: once for the half that is not stored."""
    order = transformed(a, s, axes)
    if axes is not None and len(set(order)) < len(order):
        raise ValueError("np.fft.irfftn: repeated axes have no derivative")
    half = doubled(np.fft.ifftn(g, None, order, norm), order[-1])
    for k in order:
        half = resized(half, np.shape(a)[k], k)
    return half if np.iscomplexobj(a) else np.real(half)


@linear(np.fft.irfft2)
def irfft2(g, y, a, s=None, axes=(-2, -1), norm=None):
    return irfftn(g, y, a, s, axes, norm)


def doubled(spectrum, axis):
    """Return the half of a spectrum that is stored, with all but its ends doubled."""
    length = np.shape(spectrum)[axis]
    k = np.arange(length // 2 + 1)
    half = np.moveaxis(resized(spectrum, len(k), axis), axis, -1) * np.where(
        (k == 0) | (2 * k == length), 1, 2
    )
    return np.moveaxis(half, -1, axis)


# ---- Hermitian arrays -------------------------------------------------------------------------------------


@linear(np.fft.hfft)
def hfft(g, y, a, n=None, axis=-1, norm=None):
    a_bar = resized(doubled(np.fft.fft(g, None, axis, norm), axis), a.shape[axis], axis)
    return a_bar if np.iscomplexobj(a) else np.real(a_bar)


@linear(np.fft.ihfft)
def ihfft(g, y, a, n=None, axis=-1, norm=None):
    length = a.shape[axis] if n is None else n
    return resized(np.real(np.fft.ifft(g, length, axis, norm)), a.shape[axis], axis)
