"""Smoothing, resampling and zero-phase filters of `scipy.signal`: linear in the signal.

>>> savgol_filter(np.array([1.0, 0.0, 0.0, 0.0]), None, np.ones(4), 3, 1)[0]
array([ 0.83333333,  0.33333333, -0.16666667,  0.        ])
>>> resample(np.array([1.0, 0.0]), None, np.ones(4), 2)[0]
array([ 0.75,  0.25, -0.25,  0.25])
"""

from __future__ import annotations

import inspect

import numpy as np
import scipy.ndimage
import scipy.signal

from s2sad.analysis.kinds import Array, Kind
from s2sad.analysis.transfer_base import as_array
from s2sad.analysis.transfer_scipy import float_of, fresh, like
from s2sad.frontend.iterators import is_known
from s2sad.frontend.library import WRITTEN_OUT, Library, handles
from s2sad.frontend.matrices import call_as_it_stands
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import Value
from s2sad.ir.core import Lit, Ref
from s2sad.rules import scipy_ndimage
from s2sad.rules.declare import adjoint, linear, tangent

WRITTEN_OUT.add(__file__)


def other_length(x: Kind, *rest: Kind, **options: Kind) -> Kind:
    array = as_array(x)
    code = float_of(array.dtype) if options.keys() <= {"axis"} and len(rest) < 4 else None
    return Array(code, (None,) * len(array.shape) if array.shape else None)


call_as_it_stands(scipy.signal.savgol_coeffs)
fresh(like, scipy.signal.savgol_filter)
fresh(lambda b, a, x, *rest, **options: like(x), scipy.signal.filtfilt)
fresh(lambda sos, x, *rest, **options: like(x), scipy.signal.sosfiltfilt)
fresh(other_length, scipy.signal.resample, scipy.signal.resample_poly)

# ---- smoothing --------------------------------------------------------------------------------------------


@adjoint(scipy.signal.savgol_filter)
def savgol_filter(g, y, x, window_length, polyorder, deriv=0, delta=1.0, axis=-1, mode="interp", cval=0.0):
    """A convolution, but that each end is fitted by one polynomial in the mode "interp"."""
    weights = scipy.signal.savgol_coeffs(window_length, polyorder, deriv=deriv, delta=delta)
    if mode != "interp":
        return scipy_ndimage.convolve1d(g, y, x, weights, axis, mode=mode)[0], None, None
    if window_length % 2 == 0:
        raise ValueError("scipy.signal.savgol_filter: has a derivative for an odd window_length only")
    g = np.moveaxis(g, axis, -1)
    half, n = window_length // 2, np.shape(g)[-1]
    at = np.arange(n)
    inner = np.where((at < half) | (at >= n - half), 0.0, g)
    ends = scipy.signal.savgol_filter(np.eye(window_length), window_length, polyorder, deriv, delta, 0)
    first, last = g[..., :half] @ ends[:half], g[..., n - half :] @ ends[window_length - half :]
    beside = [(0, 0)] * (np.ndim(g) - 1)
    x_bar = scipy.ndimage.correlate1d(inner, weights, mode="constant")
    x_bar = x_bar + np.pad(first, beside + [(0, n - window_length)])
    x_bar = x_bar + np.pad(last, beside + [(n - window_length, 0)])
    return np.moveaxis(x_bar, -1, axis), None, None


@tangent(scipy.signal.savgol_filter)
def savgol_filter_tangent(
    dots, y, x, window_length, polyorder, deriv=0, delta=1.0, axis=-1, mode="interp", cval=0.0
):
    return scipy.signal.savgol_filter(dots[0], window_length, polyorder, deriv, delta, axis, mode)


# ---- resampling -------------------------------------------------------------------------------------------


def highest(g, axis):
    """Return the part of signals of even length that has the highest frequency."""
    n = np.shape(g)[axis]
    signs = 1 - 2 * (np.arange(n) % 2)
    g = np.moveaxis(g, axis, -1)
    return np.moveaxis(np.sum(g * signs, axis=-1, keepdims=True) / n * signs, -1, axis)


@linear(scipy.signal.resample)
def resample(g, y, x, num, *, axis=0):
    """Resampled back; the highest frequency is shared by two entries of the longer spectrum, or their sum."""
    n = np.shape(x)[axis]
    if num % 2 == 0 and num < n:
        g = g + highest(g, axis)
    x_bar = scipy.signal.resample(g, n, axis=axis) * (num / n)
    if n < num and n % 2 == 0:
        x_bar = x_bar - 0.5 * highest(x_bar, axis)
    return x_bar, None


@linear(scipy.signal.resample_poly)
def resample_poly(g, y, x, up, down, axis=0, window=("kaiser", 5.0)):
    """Resampled back, by the filter reversed; a window that is not an array makes a symmetric one."""
    if not isinstance(window, (str, tuple)):
        if np.size(window) % 2 == 0:
            raise ValueError("scipy.signal.resample_poly: has a derivative for filters of odd length only")
        window = np.flip(window)
    x_bar = scipy.signal.resample_poly(g, down, up, axis, window) * (up / down)
    return np.take(x_bar, np.arange(np.shape(x)[axis]), axis), None, None


# ---- forwards and backwards: no phase is left ---------------------------------------------------------------


@linear(scipy.signal.filtfilt)
def filtfilt(g, y, b, a, x, axis=-1, padtype="odd", padlen=None):
    """Each filter starts in the steady state of the first value, which it leaves multiplied by its gain."""
    n = 0 if padtype is None else (padding(b, a) if padlen is None else padlen)
    g = np.pad(np.moveaxis(g, axis, -1), [(0, 0)] * (np.ndim(g) - 1) + [(n, n)])
    gain = np.sum(b) / np.sum(a)
    first = np.arange(np.shape(g)[-1]) == 0
    for _ in range(2):
        w = scipy.signal.lfilter(b, a, g)
        rest = np.sum(gain * g - w, axis=-1, keepdims=True)
        g = np.flip(w, -1) + np.where(first, rest, 0.0)
    return None, None, np.moveaxis(shortened(g, padtype, n), -1, axis)


@linear(scipy.signal.sosfiltfilt)
def sosfiltfilt(g, y, sos, x, axis=-1, padtype="odd", padlen=None):
    n = 0 if padtype is None else (sections_padding(sos) if padlen is None else padlen)
    g = np.pad(np.moveaxis(g, axis, -1), [(0, 0)] * (np.ndim(g) - 1) + [(n, n)])
    gain = np.prod(np.sum(sos[:, :3], axis=1) / np.sum(sos[:, 3:], axis=1))
    first = np.arange(np.shape(g)[-1]) == 0
    for _ in range(2):
        w = scipy.signal.sosfilt(sos, g)
        rest = np.sum(gain * g - w, axis=-1, keepdims=True)
        g = np.flip(w, -1) + np.where(first, rest, 0.0)
    return None, np.moveaxis(shortened(g, padtype, n), -1, axis)


def padding(b, a):
    """Return by how much `scipy.signal.filtfilt` continues a signal."""
    return 3 * max(np.size(a), np.size(b))


def sections_padding(sos):
    """Return by how much `scipy.signal.sosfiltfilt` continues a signal."""
    delays = min(np.sum(sos[:, 2] == 0), np.sum(sos[:, 5] == 0))
    return int(3 * (2 * len(sos) + 1 - delays))


def shortened(g, padtype, n):
    """Return the adjoint of a signal, given that of the signal continued by `n` values at both ends."""
    if n == 0:
        return g
    m = np.shape(g)[-1] - 2 * n
    before, inner, after = g[..., :n], g[..., n : n + m], g[..., n + m :]
    to_first, to_last = np.sum(before, axis=-1, keepdims=True), np.sum(after, axis=-1, keepdims=True)
    first, last = np.arange(m) == 0, np.arange(m) == m - 1
    if padtype == "constant":
        return inner + np.where(first, to_first, 0.0) + np.where(last, to_last, 0.0)
    beside = [(0, 0)] * (np.ndim(g) - 1)
    mirrored = np.pad(np.flip(before, -1), beside + [(1, m - n - 1)])
    mirrored = mirrored + np.pad(np.flip(after, -1), beside + [(m - n - 1, 1)])
    if padtype == "even":
        return inner + mirrored
    return inner - mirrored + np.where(first, 2 * to_first, 0.0) + np.where(last, 2 * to_last, 0.0)


def filtered_twice(b, a, x, axis, padtype, padlen):
    """Return what `scipy.signal.filtfilt` does."""
    n = 0 if padtype is None else (padding(b, a) if padlen is None else padlen)
    gain = np.sum(b) / np.sum(a)
    y = continued(np.moveaxis(x, axis, -1), padtype, n)
    for _ in range(2):
        start = y[..., :1]
        y = np.flip(scipy.signal.lfilter(b, a, y - start) + gain * start, -1)
    return np.moveaxis(y[..., n : np.shape(y)[-1] - n], -1, axis)


def continued(x, padtype, n):
    """Return a signal with `n` more values at both ends."""
    if n == 0:
        return x
    if padtype == "constant":
        return np.pad(x, [(0, 0)] * (np.ndim(x) - 1) + [(n, n)], mode="edge")
    before, after = np.flip(x[..., 1 : n + 1], -1), np.flip(x[..., -n - 1 : -1], -1)
    if padtype == "odd":
        before, after = 2 * x[..., :1] - before, 2 * x[..., -1:] - after
    return np.concatenate((before, x, after), axis=-1)


@handles(scipy.signal.filtfilt)
def _filtfilt(b: Library, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Write the filters out where their coefficients are differentiated."""
    ref = ref_to(scipy.signal.filtfilt)
    given = dict(inspect.signature(scipy.signal.filtfilt).bind(*args, **kwargs).arguments)
    if is_known(b, [given["b"], given["a"]]):
        return b.library_call(ref, args, kwargs)
    if given.get("method", Lit("pad")) != Lit("pad"):
        raise b.refuse(f'`{ref.text}` can be differentiated by the method "pad" only')
    options = [given.get("axis", Lit(-1)), given.get("padtype", Lit("odd")), given.get("padlen", Lit(None))]
    parts = [given["b"], given["a"], given["x"], *options]
    return b.call_value(Ref("filtered_twice", filtered_twice), parts, {})
