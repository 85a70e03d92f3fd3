"""Filters of `scipy.signal` that run forwards and backwards, decimation, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("scipy")
from scipy import signal

from s2sad import grad, jvp
from s2sad.errors import S2sadError
from s2sad.testing import check_grads
from tests.rules.samples_scipy import BUTTER, PADDINGS, SECTIONS

RNG = np.random.default_rng(5)
B, A = BUTTER
X = RNG.normal(size=24)


@pytest.mark.parametrize("options", PADDINGS, ids=str)
def test_zero_phase_filters(options):
    padtype, padlen = options.get("padtype", "odd"), options.get("padlen")

    def filtered(x):
        return np.sum(signal.filtfilt(B, A, x, padtype=padtype, padlen=padlen) ** 2)

    def in_sections(x):
        return np.sum(signal.sosfiltfilt(SECTIONS, x, padtype=padtype, padlen=padlen) ** 2)

    for f in (filtered, in_sections):
        check_grads(f, [X], order=2)


def along_axis(x):
    y = signal.filtfilt(B, A, x.reshape(12, 2), axis=0, padlen=5)
    return np.sum(y**2 * signal.sosfiltfilt(SECTIONS, y, axis=0, padlen=4))


def by_scaled_coefficients(x):
    return np.sum(signal.filtfilt(B * x[0], A + 0.1 * x[1], x) ** 2)


def by_scaled_coefficients_alone(x):
    return np.sum(signal.filtfilt(B * x[0], A, X, axis=-1, padtype="constant", padlen=4) ** 2)


def without_padding(x):
    options = ["odd"]
    options[0] = None
    return np.sum(signal.filtfilt(B * x[0], A, x, padtype=options[0]) ** 2)


def by_numbers(x):
    return np.sum(signal.filtfilt(B * x[0], 1.0, x) * signal.filtfilt(B, 1.2, x))


def smoothed(x):
    return np.sum(signal.savgol_filter(x, 5, 2, mode="constant", cval=1.0) ** 2)


def decimated(x):
    return np.sum(signal.decimate(x, 2, n=2) ** 2)


@pytest.mark.parametrize(
    "f",
    [
        along_axis,
        by_numbers,
        without_padding,
        by_scaled_coefficients,
        by_scaled_coefficients_alone,
        smoothed,
        decimated,
    ],
)
def test_filters(f):
    check_grads(f, [X], order=2)
    value, _ = jvp(f, (X,), (X,))
    assert value == pytest.approx(f(X), rel=1e-10)


def spectral_entropy(x):
    return np.sum(np.log(signal.welch(x, nperseg=16)[1] + 1))


def weighted_spectrum(x):
    f, p = signal.welch(x, 10.0, "hamming", 9, 4, detrend="linear", scaling="spectrum", nfft=12)
    return np.sum(f * p**2)


def spectrum_of_columns(x):
    return np.sum(signal.welch(x.reshape(12, 2), nperseg=8, axis=0, detrend=False)[1] ** 2)


def own_window(x):
    return np.sum(signal.welch(x, window=np.arange(1.0, 11.0))[1] ** 2)


def whole_spectrum(x):
    rough, smooth = signal.periodogram(x)[1], signal.periodogram(x, 2.0, "hann", scaling="spectrum")[1]
    return np.sum(rough**2 * smooth)


def frequencies(x):
    fs = 1 + x[0] ** 2
    return np.sum(signal.welch(x, fs, nperseg=8)[0] ** 2) + np.sum(signal.periodogram(x, 2 * fs)[0])


@pytest.mark.parametrize(
    "f", [frequencies, spectral_entropy, weighted_spectrum, spectrum_of_columns, own_window, whole_spectrum]
)
def test_spectra(f):
    check_grads(f, [X], order=2)
    value, _ = jvp(f, (X,), (X,))
    assert value == pytest.approx(f(X), rel=1e-10)


def median_spectrum(x):
    return np.sum(signal.welch(x, nperseg=8, average="median")[1])


def own_trend(x):
    return np.sum(signal.welch(x, nperseg=8, detrend=lambda y: y)[1])


def both_sides(x):
    return np.sum(signal.periodogram(x, return_onesided=False)[1])


def by_gust(x):
    return np.sum(signal.filtfilt(B, A, x, method="gust"))


def scaled_by_gust(x):
    return np.sum(signal.filtfilt(B * x[0], A, x, method="gust"))


def with_times(x):
    return np.sum(signal.resample(x, 12, t=np.arange(24.0))[0])


def complex_spectrum(x):
    return np.sum(signal.welch(x + 1j * x, nperseg=8)[1])


@pytest.mark.parametrize(
    "f", [complex_spectrum, by_gust, scaled_by_gust, with_times, median_spectrum, own_trend, both_sides]
)
def test_refusals(f):
    for attempt in (lambda: grad(f)(X), lambda: jvp(f, (X,), (X,))):
        with pytest.raises((S2sadError, ValueError)):
            attempt()
