"""The rules of `scipy.stats`: each sample in both modes to second order, supports, frozen distributions, refusals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

pytest.importorskip("scipy")
from scipy import stats

from s2sad import UnknownDerivative, grad, value_and_grad
from s2sad.analysis.transfer import TABLE
from s2sad.errors import UnsupportedSyntax
from s2sad.rules import REGISTRY
from s2sad.rules.optional import load_optional
from tests.analysis.test_transfer import check
from tests.numeric import numerical_gradient
from tests.rules.along import check_along, check_loss, check_third
from tests.rules.samples_stats import SAMPLES, SUMMARIES, A

load_optional()


def name_of(function):
    return (
        f"{getattr(getattr(function, '__self__', None), 'name', 'multivariate_normal')}.{function.__name__}"
    )


CASES = [
    pytest.param(function, args, kwargs, id=f"{name_of(function)}-{k}")
    for function, samples in SAMPLES.items()
    for k, (args, kwargs) in enumerate(samples)
]


def check_call(function, args, kwargs, order=2):
    """Check a call in all floats among its arguments."""
    check_along(lambda args, kwargs: function(*args, **kwargs), (args, kwargs), order)


@pytest.mark.parametrize("function, args, kwargs", CASES)
def test_sample(function, args, kwargs):
    """The slopes of what is made of a distribution function are made of densities, which are tested further."""
    of_cdf = (
        function.__name__ in ("sf", "logcdf", "logsf", "ppf", "isf") and function.__self__ is not stats.norm
    )
    check_call(function, args, kwargs, 1 if of_cdf else 2)


DENSITIES = [function for function in SAMPLES if function.__name__ in ("logpdf", "logpmf", "cdf")]


@pytest.mark.parametrize("function", DENSITIES, ids=name_of)
def test_third_order(function):
    args, kwargs = SAMPLES[function][0]
    weights = np.random.default_rng(1).normal(size=np.shape(function(*args, **kwargs)))

    def loss(call):
        args, kwargs = call
        return np.sum(weights * function(*args, **kwargs))

    check_third(loss, (args, kwargs))


@pytest.mark.parametrize("name, sample", [(name, each) for name in SUMMARIES for each in SUMMARIES[name]])
def test_summary(name, sample):
    check_call(getattr(stats, name), *sample)


def test_every_rule_has_samples():
    modules = "s2sad.rules.scipy_stats", "s2sad.rules.scipy_stats_multivariate"
    own = [f for f, r in REGISTRY.rules.items() if r.vjp and r.vjp.__module__ in modules]
    assert len(own) > 250
    assert not [name_of(function) for function in own if function not in SAMPLES]
    assert all(function in TABLE for function in own)


@pytest.mark.parametrize("function", [stats.norm.logpdf, stats.gamma.pdf, stats.expon.cdf, stats.poisson.pmf])
def test_kinds_are_right(function):
    shapes = (2.0,) * function.__self__.numargs
    for x in (np.array([1.0, 2.0]), np.float32([1.0, 2.0]), 1.0, np.float32(1.0), 2):
        assert check(function, (x, *shapes, 0.0), {})


# ---- texts ----------------------------------------------------------------------------------------------


def log_likelihood(x, mu, sigma):
    return np.sum(stats.norm.logpdf(x, loc=mu, scale=sigma))


def test_text_of_a_likelihood():
    text = grad(log_likelihood, (0, 1, 2)).source_for(np.ones(3), 0.5, 2.0)
    assert text == (
        "def log_likelihood_grad(x, mu, sigma):\n"
        "    # return np.sum(stats.norm.logpdf(x, loc=mu, scale=sigma))\n"
        "    t = (x - mu) / sigma\n"
        "    x_bar = -t / sigma\n"
        "    mu_bar = np.sum(-x_bar)\n"
        "    sigma_bar = np.sum(-(1.0 / sigma + x_bar * t))\n"
        "    return x_bar, mu_bar, sigma_bar\n"
    )


def test_the_value_is_that_of_scipy():
    x = np.array([0.2, 1.1])
    assert value_and_grad(log_likelihood)(x, 0.5, 2.0)[0] == log_likelihood(x, 0.5, 2.0)


# ---- supports -------------------------------------------------------------------------------------------


BEYOND = {
    "expon": -1.0,
    "gamma": -1.0,
    "beta": 1.5,
    "uniform": -0.5,
    "pareto": 0.5,
    "lognorm": -2.0,
    "weibull_min": -1.0,
    "weibull_max": 1.0,
    "lomax": -2.0,
    "halfcauchy": -0.5,
    "f": -1.0,
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("method", ["pdf", "logpdf", "cdf", "sf"])
@pytest.mark.parametrize("name", BEYOND)
def test_no_slopes_beyond_the_support(name, method):
    function = getattr(getattr(stats, name), method)
    shapes = (2.0,) * function.__self__.numargs

    def loss(x, loc, scale):
        y = function(x, *shapes, loc, scale)
        return np.sum(np.where(np.isfinite(y), y, 0.0))

    assert [float(bar) for bar in grad(loss, (0, 1, 2))(BEYOND[name], 0.0, 1.0)] == [0, 0, 0]


def at_the_ends(scale):
    at_zero = stats.gamma.logpdf(0.0, 1.0, scale=scale) + stats.lomax.logpdf(0.0, scale + 1, scale=scale)
    return at_zero + np.sum(stats.expon.logpdf(np.array([0.0, 2.0]), scale=scale))


def test_ends_of_supports():
    """At an end where the density is finite and not zero, it has the slope in the scale that it has inside."""
    check_loss(at_the_ends, np.array(1.5))


def no_counts(mu):
    return np.sum(stats.poisson.logpmf(np.array([0, 0]), mu) * np.array([1.0, 2.0]))


def test_no_counts_of_what_has_no_chance():
    assert grad(no_counts)(np.array([0.0, 0.5])).tolist() == [-1.0, -2.0]


# ---- frozen distributions -------------------------------------------------------------------------------

PRIOR = stats.norm(0.5, scale=2.0)
WAITING = stats.gamma(2.0, scale=3.0)
JOINT = stats.multivariate_normal(np.array([0.5, -0.2]), np.array([[2.0, 0.3], [0.3, 1.0]]))


def with_priors(x):
    return np.sum(PRIOR.logpdf(x) * WAITING.cdf(x * x)) + JOINT.logpdf(x[:2])


def frozen_inside(point):
    x, mu, sigma = point
    noise = stats.norm(mu, scale=sigma)
    return np.sum(noise.logpdf(x) + noise.sf(x)) + stats.multivariate_normal(x[:2], sigma * np.eye(2)).pdf(
        x[1:]
    )


def given_a_prior(x, prior):
    return np.sum(prior.logpdf(x))


def chosen(x, heavy):
    dist = stats.cauchy if heavy else stats.norm
    return np.sum(dist.logpdf(x, scale=x[0]))


@dataclass
class Model:
    prior: Any
    family: Any

    def loss(self, x):
        return np.sum(self.prior.logpdf(x) + self.family.logpdf(x, 0.1))


def test_frozen_distributions():
    x = np.array([0.3, 1.2, 2.0])
    check_loss(with_priors, x)
    check_loss(frozen_inside, (x, 0.4, 1.3))
    check_loss(Model(stats.norm(1.0, 3.0), stats.laplace).loss, x)


def test_frozen_distributions_as_arguments():
    x = np.array([0.3, 1.2, 2.0])
    for prior in (PRIOR, WAITING, stats.norm(0.1, 0.7)):
        numeric = numerical_gradient(given_a_prior, (x, prior), 0)
        assert grad(given_a_prior)(x, prior) == pytest.approx(numeric, rel=1e-6)


@pytest.mark.parametrize("heavy", [True, False])
def test_a_distribution_is_chosen(heavy):
    x = np.array([0.3, 1.2, 2.0])
    check_loss(lambda x: chosen(x, heavy), x)


# ---- refusals -------------------------------------------------------------------------------------------


def by_shape(a):
    return stats.gamma.cdf(1.5, a)


def by_count(k):
    return stats.poisson.logpmf(k, 1.5)


def unheard_of(x):
    return stats.levy.logpdf(x)


def fitted(x):
    return stats.norm.fit(x)[0]


@pytest.mark.parametrize(
    "function, message",
    [
        (by_shape, "the derivative of `stats.gamma.cdf` in `a` is not known"),
        (by_count, "the derivative of `stats.poisson.logpmf` in `k` is not known"),
        (unheard_of, "the derivative of `stats.levy.logpdf` is not known"),
        (fitted, "the derivative of `stats.norm.fit` is not known"),
    ],
)
def test_unknown_derivatives(function, message):
    with pytest.raises(UnknownDerivative) as caught:
        grad(function)(np.array([1.5, 2.0]) if function is fitted else 1.5)
    lines = str(caught.value).splitlines()
    assert lines[0].endswith(message)
    assert lines[1].lstrip().startswith("return stats.")


def by_variance(x):
    return stats.multivariate_normal.logpdf(x, np.zeros(2), 2.0)


def omitted(x):
    return stats.zscore(x, nan_policy="omit")[0]


def misspelt(x):
    return stats.norm.logpdf(x, sigma=2.0)


@pytest.mark.parametrize(
    "function, message",
    [
        (by_variance, "the derivative of this density is known for a regular covariance matrix only"),
        (omitted, "`stats.zscore` with another `nan_policy` cannot be differentiated"),
        (misspelt, "`stats.norm.logpdf` takes `x, loc, scale`"),
    ],
)
def test_refusals(function, message):
    with pytest.raises(UnsupportedSyntax) as caught:
        grad(function)(A[0, :2])
    assert str(caught.value).splitlines()[0].endswith(message)
