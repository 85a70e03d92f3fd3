"""Power spectra of `scipy.signal`, written out: windowed segments, their Fourier transforms, the mean of the squares.

>>> x = np.array([1.0, 3.0, 2.0, 0.0, 1.0, 4.0, 2.0, 5.0])
>>> window = scipy.signal.get_window("hann", 4)
>>> power = power_spectrum(x, window, 1.0, 2, 4, "constant", "density")
>>> np.allclose(power, scipy.signal.welch(x, nperseg=4)[1])
True
"""

from __future__ import annotations

import inspect
import operator
from typing import Any

import numpy as np
import scipy.signal

from s2sad.analysis import kinds as k
from s2sad.frontend.iterators import is_known
from s2sad.frontend.library import WRITTEN_OUT, Library, handles
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import TupleValue, Value
from s2sad.ir.core import Lit, Ref
from s2sad.rules import scipy_signal  # noqa: F401  which names the module

WRITTEN_OUT.add(__file__)


def power_spectrum(x, window, fs, step, nfft, detrend, scaling):
    """Return the mean power of the segments of real signals, at the frequencies from 0 on."""
    size = len(window)
    starts = np.arange(0, np.shape(x)[-1] - size + 1, step)
    segments = np.take(x, np.add.outer(starts, np.arange(size)), axis=-1)
    if detrend == "constant":
        segments = segments - np.mean(segments, axis=-1, keepdims=True)
    elif detrend == "linear":
        segments = scipy.signal.detrend(segments, -1)
    spectrum = np.fft.rfft(segments * window, nfft)
    total = np.sum(window) ** 2 if scaling == "spectrum" else fs * np.sum(window**2)
    at = np.arange(nfft // 2 + 1)
    sides = np.where((at == 0) | (2 * at == nfft), 1.0, 2.0) / total
    return sides * np.mean(np.real(spectrum) ** 2 + np.imag(spectrum) ** 2, axis=-2)


def segment_length(n, nperseg):
    """Return the length of segments of a signal of length `n`."""
    return min(n, nperseg)


TAKEN = ("x", "fs", "window", "nperseg", "noverlap", "nfft", "detrend", "return_onesided", "scaling", "axis")


def spectrum_of(b: Library, ref: Ref, given: dict[str, Value], whole: bool) -> Value:
    """Lower `power_spectrum` for the arguments of `welch`, or of `periodogram` with one segment."""
    left_out = [name for name in given if name not in TAKEN]
    if given.get("return_onesided", Lit(True)) != Lit(True):
        left_out.append("return_onesided")
    if whole and given.get("nfft", Lit(None)) != Lit(None):
        left_out.append("nfft")
    if given.get("detrend", Lit(False)) not in (Lit("constant"), Lit("linear"), Lit(False)):
        left_out.append("detrend")
    if given.get("scaling", Lit("density")) not in (Lit("density"), Lit("spectrum")):
        left_out.append("scaling")
    if left_out:
        raise b.refuse(f"`{ref.text}` with `{left_out[0]}` cannot be differentiated", "leave it out")
    x = b.atom(given["x"])
    if (k.dtype_of(x.kind) or "f")[0] == "c":
        raise b.refuse(f"`{ref.text}` of complex signals cannot be differentiated", "write it for real ones")
    axis = given.get("axis", Lit(-1))
    if b.is_varied(given.get("window", Lit(None))):
        raise b.refuse(f"the derivative of `{ref.text}` in the window is not known")
    n = b.call(np.size, x, b.atom(axis))
    default = Lit("boxcar") if whole else Lit("hann")
    window = given.get("window", default)
    if isinstance(b.kind(window), k.Array):
        values = b.atom(window)
    else:
        length = n if whole else given.get("nperseg", Lit(None))
        length = Lit(256) if length == Lit(None) else length
        parts = [b.atom(window), b.atom(b.call_value(Ref("segment_length", segment_length), [n, length], {}))]
        values = b.emit(ref_to(scipy.signal.get_window), parts, kind=k.Array("f8", (None,)))
    size = b.call(len, values)
    overlap = given.get("noverlap", Lit(None))
    if overlap == Lit(None):
        overlap = Lit(0) if whole else b.emit(ref_to(operator.floordiv), (size, Lit(2)))
    step = b.atom(b.binary(operator.sub, size, overlap))
    nfft = given.get("nfft", Lit(None))
    nfft = size if nfft == Lit(None) else nfft
    fs = given.get("fs", Lit(1.0))
    rest = [fs, step, nfft, given.get("detrend", Lit("constant")), given.get("scaling", Lit("density"))]
    last = axis == Lit(-1) or len(k.shape_of(x.kind) or ()) == 1
    x = x if last else b.call(np.moveaxis, x, b.atom(axis), Lit(-1))
    power = b.atom(b.call_value(Ref("power_spectrum", power_spectrum), [x, values, *rest], {}))
    frequencies = b.binary(operator.mul, b.call(np.fft.rfftfreq, b.atom(nfft)), fs)
    return TupleValue((frequencies, power if last else b.call(np.moveaxis, power, Lit(-1), b.atom(axis))))


def written(original: Any, whole: bool) -> None:
    signature = inspect.signature(original)

    def handler(b: Library, args: list[Value], kwargs: dict[str, Value]) -> Value:
        if is_known(b, [*args, *kwargs.values()]):
            return b.opaque_call(ref_to(original), args, kwargs)
        given = dict(signature.bind(*args, **kwargs).arguments)
        return spectrum_of(b, ref_to(original), given, whole)

    handles(original)(handler)


written(scipy.signal.welch, False)
written(scipy.signal.periodogram, True)
