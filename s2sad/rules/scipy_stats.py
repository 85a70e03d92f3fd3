"""The distributions of `scipy.stats`: densities, distribution functions and their inverses, and what is frozen.

>>> log_density(*CONTINUOUS[stats.norm])(1.0, None, 3.0, 1.0, 2.0)
(-0.5, 0.5, -0.0)
>>> [round(float(bar), 6) for bar in probability(stats.expon)(1.0, None, 0.0, 0.0, 2.0)]
[0.5, -0.5, -0.0]

A call is brought to the form ``method(x, *shapes, loc, scale)``. With z = (x - loc) / scale, the logarithm of a density
is log f(z) - log(scale), so that all its slopes follow from the score, the slope of log f in z, and from the slopes of
log f in the shapes (`scipy_stats_scores`). The slope of a distribution function is the density; in the shapes there
is none in closed form. Outside of the support all slopes are zero.
Source: N. Johnson, S. Kotz and N. Balakrishnan, Continuous Univariate Distributions (1994 and 1995).
"""

from __future__ import annotations

import collections
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from s2sad.analysis import transfer_scipy as rows
from s2sad.analysis.kinds import DESCRIBED, SINGLES, Kind, attributes
from s2sad.analysis.transfer_operators import elementwise as by_elements
from s2sad.frontend.library import WRITTEN_OUT, Handler, Library, handles
from s2sad.frontend.names import add_module, ref_to
from s2sad.frontend.values import Identity, ObjectValue, TupleValue, Value
from s2sad.ir.core import Lit, Ref
from s2sad.rules.declare import RuleFunction, elementwise, unknown
from s2sad.rules.scipy_stats_scores import CONTINUOUS, COUNTS

add_module("stats", stats)
DISTRIBUTIONS = [
    each for each in vars(stats).values() if isinstance(each, stats.rv_continuous | stats.rv_discrete)
]
CLASSES = collections.Counter(map(type, DISTRIBUTIONS))
SINGLES.update((type(dist), dist) for dist in DISTRIBUTIONS if CLASSES[type(dist)] == 1)


def names_of(dist: Any) -> list[str]:
    """Return the names of a distribution's parameters, in the order in which its methods take them."""
    shapes = dist.shapes.split(", ") if dist.shapes else []
    return [*shapes, "loc"] if isinstance(dist, stats.rv_discrete) else [*shapes, "loc", "scale"]


def declare(dist: Any, method: str, rule: RuleFunction, singular: bool = True) -> None:
    """Declare the rule of a method, whose calls are brought to one form: all arguments by position."""
    function = getattr(dist, method)
    first = "q" if method in ("ppf", "isf") else "k" if isinstance(dist, stats.rv_discrete) else "x"
    names = [first, *names_of(dist)]
    operands = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in ("g", "y", *names)]
    rule.__signature__ = inspect.Signature(operands)  # type: ignore[attr-defined]
    elementwise(function, singular=singular)(rule)

    @rows.fresh_row(function)
    def kind(*operands: Kind) -> Kind:
        return by_elements(function, *operands)

    @handles(function)
    def call(b: Library, args: list[Value], kwargs: dict[str, Value]) -> Value:
        given = dict(zip(names, args, strict=False)) | kwargs
        given = {"loc": Lit(0), "scale": Lit(1)} | given
        if set(given) - {"scale"} != set(names) - {"scale"} or len(args) > len(names):
            raise b.refuse(f"`{ref_to(function).text}` takes `{', '.join(names)}`")
        return b.library_call(ref_to(function), [given[name] for name in names], {})


# ---- densities ------------------------------------------------------------------------------------------


def log_density(score: Callable, within: Callable) -> RuleFunction:
    """Return the rule of `logpdf`."""

    def logpdf(g, y, x, *parameters):
        loc, scale = parameters[-2:]
        z = (x - loc) / scale
        g, inside = within(g, z)
        bars = score(g, inside, *parameters[:-2])
        x_bar = bars[0] / scale
        return x_bar, *bars[1:], -x_bar, -(g / scale + x_bar * z)

    return logpdf


def density(score: Callable, within: Callable) -> RuleFunction:
    """Return the rule of `pdf`: that of its logarithm, times the density."""
    rule = log_density(score, within)

    def pdf(g, y, *args):
        return rule(g * y, None, *args)

    return pdf


# ---- probabilities --------------------------------------------------------------------------------------


def moved(x_bar, x, parameters):
    """Return the adjoints in `x` and the parameters of what depends on z = (x - loc) / scale."""
    loc, scale = parameters[-2:]
    return x_bar, *(unknown,) * (len(parameters) - 2), -x_bar, -x_bar * ((x - loc) / scale)


def probability(dist: Any) -> RuleFunction:
    def cdf(g, y, x, *parameters):
        return moved(g * dist.pdf(x, *parameters), x, parameters)

    return cdf


def complement(dist: Any) -> RuleFunction:
    def sf(g, y, x, *parameters):
        return moved(-g * dist.pdf(x, *parameters), x, parameters)

    return sf


def log_probability(dist: Any) -> RuleFunction:
    """Where the probability is 0, its logarithm has no slope."""

    def logcdf(g, y, x, *parameters):
        ratio = np.exp(dist.logpdf(x, *parameters) - np.where(y > -np.inf, y, np.inf))
        return moved(g * ratio, x, parameters)

    return logcdf


def log_complement(dist: Any) -> RuleFunction:
    def logsf(g, y, x, *parameters):
        ratio = np.exp(dist.logpdf(x, *parameters) - np.where(y > -np.inf, y, np.inf))
        return moved(-g * ratio, x, parameters)

    return logsf


def quantile(dist: Any) -> RuleFunction:
    """The slope of an inverse is one over that of the function."""

    def ppf(g, x, q, *parameters):
        loc, scale = parameters[-2:]
        z = (x - loc) / scale
        return g / dist.pdf(x, *parameters), *(unknown,) * (len(parameters) - 2), g, g * z

    return ppf


def upper_quantile(dist: Any) -> RuleFunction:
    def isf(g, x, q, *parameters):
        loc, scale = parameters[-2:]
        z = (x - loc) / scale
        return -g / dist.pdf(x, *parameters), *(unknown,) * (len(parameters) - 2), g, g * z

    return isf


for dist, (score, within) in CONTINUOUS.items():
    declare(dist, "logpdf", log_density(score, within), singular=False)
    declare(dist, "pdf", density(score, within))
    declare(dist, "cdf", probability(dist))
    declare(dist, "sf", complement(dist))
    declare(dist, "logcdf", log_probability(dist))
    declare(dist, "logsf", log_complement(dist))
    declare(dist, "ppf", quantile(dist))
    declare(dist, "isf", upper_quantile(dist))


# ---- counts ---------------------------------------------------------------------------------------------


def log_mass(score: Callable) -> RuleFunction:
    """Return the rule of `logpmf`; where the probability is 0, its logarithm has no slope."""

    def logpmf(g, y, k, *parameters):
        g = np.where(y > -np.inf, g, 0.0)
        return unknown, *score(g, k - parameters[-1], *parameters[:-1]), unknown

    return logpmf


def mass(score: Callable) -> RuleFunction:
    def pmf(g, y, k, *parameters):
        return unknown, *score(g * y, k - parameters[-1], *parameters[:-1]), unknown

    return pmf


for dist, score in COUNTS.items():
    declare(dist, "logpmf", log_mass(score), singular=False)
    declare(dist, "pmf", mass(score))


def poisson_cdf(g, y, k, mu, loc):
    """The terms of the sum have slopes that cancel but for the last."""
    return unknown, -g * stats.poisson.pmf(np.floor(k), mu, loc), unknown


def poisson_sf(g, y, k, mu, loc):
    return unknown, g * stats.poisson.pmf(np.floor(k), mu, loc), unknown


def binom_cdf(g, y, k, n, p, loc):
    return unknown, unknown, -g * n * stats.binom.pmf(np.floor(k), n - 1, p, loc), unknown


def binom_sf(g, y, k, n, p, loc):
    return unknown, unknown, g * n * stats.binom.pmf(np.floor(k), n - 1, p, loc), unknown


declare(stats.poisson, "cdf", poisson_cdf)
declare(stats.poisson, "sf", poisson_sf)
declare(stats.binom, "cdf", binom_cdf)
declare(stats.binom, "sf", binom_sf)


# ---- frozen distributions -------------------------------------------------------------------------------


def freeze(frozen, dist, args, kwds):
    """Keep the parameters, as SciPy's class does; its methods are lowered from their text."""
    frozen.dist = dist
    frozen.args = args
    frozen.kwds = kwds


FROZEN = type(stats.norm()), type(stats.poisson(1.0))
WRITTEN_OUT.add(inspect.getfile(FROZEN[0]))
DESCRIBED.update(dict.fromkeys(FROZEN, attributes("dist", "args", "kwds")))


def frozen_by(dist: Any) -> Handler:
    frozen_class = FROZEN[isinstance(dist, stats.rv_discrete)]

    def call(b: Library, args: list[Value], kwargs: dict[str, Value]) -> Value:
        frozen = ObjectValue(frozen_class, Identity())
        entries = b.static_dict([each for name, value in kwargs.items() for each in (Lit(name), value)])
        b.call_value(Ref("freeze", freeze), [frozen, ref_to(dist), TupleValue(tuple(args)), entries], {})
        return frozen

    return call


for dist in DISTRIBUTIONS:
    handles(dist)(frozen_by(dist))
