"""The coverage page names every public callable of NumPy, and says of each what really happens."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from s2sad import grad
from s2sad.errors import S2sadError
from s2sad.testing import check_grads

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "docs"))
import make_coverage

X = np.array([[0.3, -1.2, 2.1], [1.4, 0.6, -0.5], [-0.7, 0.9, 1.1]])
V = np.array([0.3, -1.2, 2.1])
W = np.array([0.9, 0.4, -0.3])
C = np.array([[2.0 + 1.0j, 0.3 - 0.2j], [0.1 + 0.4j, -1.0 + 0.5j]])


def test_every_callable_has_a_decision():
    assert not make_coverage.undecided(make_coverage.decisions())


def test_the_page_is_current():
    assert make_coverage.main(["--check"]) == 0


def test_a_callable_without_a_decision_is_found():
    assert make_coverage.decide("new", lambda x: x) == ("", "")
    assert make_coverage.method_decision("new") == ("", "")
    assert make_coverage.undecided({"np": {"new": ("", "")}}) == ["np.new"]


# ---- what the page calls followed --------------------------------------------------------------------------


def rows_squared(x):
    return np.apply_along_axis(lambda row: np.sum(row * row), 0, x)


def running_rows(x):
    return np.apply_along_axis(lambda row, factor: factor * np.cumsum(row) * row, 1, x, 2.0)


def sums_over_axes(x):
    return np.apply_over_axes(np.sum, x * x, (0, 1))


def in_pieces(x, s):
    return np.piecewise(x, [x < 0, x > 1], [lambda t: t * t, np.sin, lambda t: s * t])


def weighted_counts(x, w):
    counts, edges = np.histogram(x, bins=2, weights=w * w)
    return counts, edges


def extended_differences(x, s):
    return np.diff(x, prepend=s, append=2.0) ** 2


def trapezoids_over(y, x):
    return np.trapezoid(y, np.cumsum(x * x))


def bounded(x, s):
    return np.clip(x, min=s, max=1.0) ** 2


def selected(x, s):
    return np.select([x < 0, x > 1], [x * x, np.sin(x)], s * x)


def two_covariances(x, y):
    return np.cov(x, y=y) + np.corrcoef(x, y, True)


def at_least(x, s):
    a, b = np.atleast_1d(x, s)
    return a * b


def progression(s, t):
    return np.arange(s, 9 * t, t) ** 2


def frequencies(s):
    return np.fft.fftfreq(4, s) + np.fft.rfftfreq(6, d=s)


@pytest.mark.parametrize(
    "function, args",
    [
        (frequencies, (0.7,)),
        (rows_squared, (X,)),
        (running_rows, (X,)),
        (sums_over_axes, (X,)),
        (in_pieces, (V, 0.7)),
        (weighted_counts, (V, W)),
        (extended_differences, (V, 0.7)),
        (trapezoids_over, (V, W)),
        (bounded, (V, -0.4)),
        (selected, (V, 0.7)),
        (two_covariances, (V, W)),
        (at_least, (V, 0.7)),
        (progression, (0.7, 0.31)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_followed(function, args):
    check_grads(function, args, order=2)


# ---- orders 2 and 3 of rules whose formulas are their own ----------------------------------------------------


def of_eigenvalues(a):
    w, v = np.linalg.eigh(a)
    return np.real(w * w) + np.abs(v[1]) ** 2


def of_phases(a):
    return np.linalg.eigh(a, "U")[1][0]


def of_singular_vectors(a):
    u, s, vt = np.linalg.svd(a)
    return (u * s**2) @ vt + u


def of_triangles(a):
    q, r = np.linalg.qr(a)
    return np.abs(q) + r[0]


def of_general_eigenvectors(a):
    w, v = np.linalg.eig(a)
    return np.abs(v) + np.abs(w)


def of_a_factor(a):
    return np.linalg.cholesky(a @ np.conj(a.T))


@pytest.mark.parametrize(
    "function",
    [of_eigenvalues, of_phases, of_singular_vectors, of_triangles, of_general_eigenvectors, of_a_factor],
    ids=lambda function: function.__name__,
)
def test_complex_factorizations(function):
    check_grads(function, (C,), order=2)


def fit(x, y):
    return np.polyfit(x, y, 1)


def quotient(x, y):
    return np.polydiv(np.concatenate((x, y)), x)[0]


def zeros(x):
    return np.real(np.roots(np.poly(x)))


def spectrum(x):
    return np.fft.irfft2(np.fft.rfft2(x) ** 2, s=(3, 3))


def bessel(x):
    return np.i0(x)


@pytest.mark.parametrize(
    "function, args", [(fit, (V, W)), (quotient, (V, W)), (zeros, (V,)), (spectrum, (X,)), (bessel, (V,))]
)
def test_third_order(function, args):
    check_grads(function, args, order=3)


# ---- what the page calls refused ------------------------------------------------------------------------------


def parts(x):
    return np.sum(np.multiply.reduceat(x, [0, 2]))


def common(x):
    return np.sum(np.intersect1d(x, x))


def whole_vectors(x):
    return np.sum(np.linalg.svd(x[:2])[2])


@pytest.mark.parametrize("function, x", [(parts, V), (common, V)])
def test_refused(function, x):
    with pytest.raises(S2sadError):
        grad(function)(x)


def test_vectors_beyond_the_rank_are_refused():
    with pytest.raises(ValueError, match="full_matrices"):
        grad(whole_vectors)(X)
