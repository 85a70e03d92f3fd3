"""The rules of SciPy's functions: each sample in both modes to second order, texts, refusals, float32."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

pytest.importorskip("scipy")
import scipy.interpolate
import scipy.linalg
import scipy.ndimage
import scipy.signal

from s2sad import UnknownDerivative, grad, jvp
from s2sad.analysis.transfer import TABLE
from s2sad.errors import S2sadError
from s2sad.rules import REGISTRY
from s2sad.rules.optional import load_optional
from s2sad.testing import check_grads
from tests.analysis.test_transfer import check
from tests.rules.samples_interpolate import SAMPLES
from tests.rules.samples_scipy import SECTIONS, SPD, SQ, T3, W, normal
from tests.rules.test_second_order import check_to_second_order, check_to_third_order

load_optional()
NUMBERS = itertools.count(1)
CASES = [
    pytest.param(function, args, kwargs, id=f"{getattr(function, '__name__', function)}-{k}")
    for function, samples in SAMPLES.items()
    for k, (args, kwargs) in enumerate(samples)
]


def holds_floats(x: Any) -> bool:
    if isinstance(x, (tuple, list)):
        return any(map(holds_floats, x))
    return isinstance(x, np.ndarray) and x.dtype.kind in "fc"


@pytest.mark.parametrize("function, args, kwargs", CASES)
def test_sample(function, args, kwargs):
    check_to_second_order(function, args, kwargs)


@pytest.mark.parametrize("function, args, kwargs", [case for case in CASES if case.id.endswith("-0")])
def test_third_order(function, args, kwargs):
    if "BivariateSpline" in getattr(function, "__qualname__", ""):
        pytest.skip("FITPACK has no slopes of these beyond the degree")
    check_to_third_order(function, args, kwargs)


def singles(x: Any) -> Any:
    """Return the same value in single precision."""
    if isinstance(x, (tuple, list)):
        return type(x)(map(singles, x))
    return x.astype(np.result_type(x, np.float16).char.translate(SINGLE)) if holds_floats(x) else x


SINGLE = str.maketrans("dD", "fF")


@pytest.mark.parametrize("function, args, kwargs", CASES)
def test_kinds_are_right(function, args, kwargs):
    if function not in TABLE:
        return
    assert check(function, args, kwargs)
    check(function, tuple(map(singles, args)), kwargs)


def test_every_rule_has_samples():
    own = [
        f for f, r in REGISTRY.rules.items() if r.vjp and r.vjp.__module__.startswith("s2sad.rules.scipy_")
    ]
    elsewhere = ("s2sad.rules.scipy_special", "s2sad.rules.scipy_stats")
    rules = {f: REGISTRY.rules[f] for f in own if not REGISTRY.rules[f].vjp.__module__.startswith(elsewhere)}
    assert not [function for function in rules if function not in SAMPLES]
    assert all(rule.jvp or rule.linear or rule.elementwise for rule in rules.values())


def triangles(a):
    low, up = scipy.linalg.cho_factor(a, True), scipy.linalg.cho_factor(a)
    return low[0] * np.tri(3), up[0] * np.tri(3).T


def both_solved(a, b):
    factors = scipy.linalg.lu_factor(a)
    c = scipy.linalg.cho_factor(a @ a.T)
    return scipy.linalg.lu_solve(factors, b) + scipy.linalg.cho_solve(c, b) + np.log(np.diag(c[0]))


def test_factors():
    check_grads(triangles, [SPD], order=2)
    check_grads(both_solved, [SQ, W], order=2)


# ---- what is refused, at the user's line ------------------------------------------------------------------


def blurred(x, sigma):
    return np.sum(scipy.ndimage.gaussian_filter1d(x, sigma))


def sections(x):
    return np.sum(scipy.signal.sosfilt(SECTIONS * x, np.ones(5)))


def filtered(x):
    return scipy.signal.sosfilt(SECTIONS, x)


def overwritten(a):
    return np.sum(scipy.linalg.inv(a, overwrite_a=True))


def pivoted(a):
    return np.sum(scipy.linalg.qr(a, mode="economic", pivoting=True)[0])


def generalized(a):
    return np.sum(scipy.linalg.eigh(a, np.eye(3))[0])


def rotated(a):
    return np.sum(scipy.ndimage.rotate(a, 30.0))


def wrapped(a):
    return np.sum(scipy.signal.convolve2d(a, np.ones((2, 2)), boundary="wrap"))


def many(a):
    return np.sum(scipy.linalg.solve(a, np.ones((2, 3, 1))))


def test_sosfilt():
    check_grads(filtered, [normal(6)])


@pytest.mark.parametrize("f", [sections, overwritten, pivoted, generalized, rotated, wrapped])
def test_refusals(f):
    x = 1.5 if f is sections else SPD
    for attempt in (lambda: grad(f)(x), lambda: jvp(f, (x,), (x,))):
        with pytest.raises((S2sadError, ValueError)):
            attempt()


def test_refusals_in_one_argument():
    x = normal(5)
    assert grad(blurred)(x, 1.0).shape == (5,)
    with pytest.raises(UnknownDerivative, match="`sigma` is not known"):
        grad(blurred, 1)(x, 1.0)
    with pytest.raises((S2sadError, ValueError), match="sigma"):
        jvp(blurred, (x, 1.0), (x, 1.0))


def test_many_systems_are_refused():
    with pytest.raises((S2sadError, ValueError), match=r"scipy\.linalg\.solve"):
        grad(many)(T3)


# ---- texts ----------------------------------------------------------------------------------------------


def quadratic(a, b):
    return b @ scipy.linalg.solve(a, b)


def smoothed(x):
    return np.sum(scipy.ndimage.gaussian_filter(x, 1.5) ** 2)


def test_texts():
    assert "a_bar = -np.outer(scipy.linalg.solve(a.T, b), t)\n" in grad(quadratic).source_for(SQ, W)
    text = grad(smoothed).source_for(SQ)
    assert 'x_bar = scipy.ndimage.gaussian_filter(2 * t, 1.5, mode="reflect", truncate=4.0)' in text


def test_single_precision_stays():
    a, b = SPD.astype(np.float32), W.astype(np.float32)
    assert [bar.dtype for bar in grad(quadratic, (0, 1))(a, b)] == [np.float32] * 2
    assert grad(smoothed)(a).dtype == np.float32
