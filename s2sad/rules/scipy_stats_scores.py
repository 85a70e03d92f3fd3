"""The slopes of the logarithms of densities of `scipy.stats`, in the standard variable and in the shapes.

>>> norm(1.0, 2.0)
(-2.0,)
>>> within_half_line(1.0, np.array([-1.0, 0.0, 0.5]))
(array([0., 1., 1.]), array([1. , 1. , 0.5]))

Each returns the adjoints of z and of the shapes, given that of log f(z). CONTINUOUS has with it what confines it to
the support; at an end of this, a density of finite value has the slopes that it has inside.
Source: the densities in the SciPy documentation of each distribution, differentiated by hand.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special, stats

from s2sad.rules.declare import unknown

# ---- supports: the cotangent there, and a z for which there are slopes --------------------------------------


def everywhere(g, z):
    return g, z


def within_half_line(g, z):
    return np.where(z >= 0, g, 0.0), np.where(z > 0, z, 1.0)


def within_unit_interval(g, z):
    return np.where((z >= 0) & (z <= 1), g, 0.0), np.where((z > 0) & (z < 1), z, 0.5)


def from_zero_on(g, z):
    """For a density that is smooth at 0 too."""
    return np.where(z >= 0, g, 0.0), np.maximum(z, 0.0)


def from_one_on(g, z):
    return np.where(z >= 1, g, 0.0), np.maximum(z, 1.0)


def up_to_zero(g, z):
    return np.where(z <= 0, g, 0.0), np.where(z < 0, z, -1.0)


# ---- without shapes -------------------------------------------------------------------------------------


def norm(g, z):
    return (-g * z,)


def uniform(g, z):
    return (0.0 * g,)


def expon(g, z):
    return (-g,)


def laplace(g, z):
    return (-g * np.sign(z),)


def logistic(g, z):
    return (-g * np.tanh(0.5 * z),)


def cauchy(g, z):
    return (-2 * g * z / (1 + z * z),)


def hypsecant(g, z):
    return (-g * np.tanh(z),)


def rayleigh(g, z):
    return (g * (1 / z - z),)


def maxwell(g, z):
    return (g * (2 / z - z),)


def gumbel_r(g, z):
    return (g * (np.exp(-z) - 1),)


def gumbel_l(g, z):
    return (g * (1 - np.exp(z)),)


# ---- with one shape -------------------------------------------------------------------------------------


def gamma(g, z, a):
    return g * ((a - 1) / z - 1), g * (np.log(z) - special.digamma(a))


def chi2(g, z, df):
    half = 0.5 * df
    return g * ((half - 1) / z - 0.5), 0.5 * g * (np.log(0.5 * z) - special.digamma(half))


def chi(g, z, df):
    log_half = np.log(2.0) + special.digamma(0.5 * df)
    return g * ((df - 1) / z - z), g * (np.log(z) - 0.5 * log_half)


def invgamma(g, z, a):
    return g * (1 / z - (a + 1)) / z, -g * (np.log(z) + special.digamma(a))


def t(g, z, df):
    """W. Gosset's distribution, the density of which is proportional to (1 + z**2 / df)**(-(df + 1) / 2)."""
    ratio = (df + 1) / (df + z * z)
    gammas = special.digamma(0.5 * (df + 1)) - special.digamma(0.5 * df)
    return -g * ratio * z, 0.5 * g * (gammas - 1 / df - np.log1p(z * z / df) + ratio * z * z / df)


def lognorm(g, z, s):
    log_z = np.log(z)
    return -g * (1 + log_z / (s * s)) / z, g * (log_z * log_z / (s * s) - 1) / s


def pareto(g, z, b):
    return -g * (b + 1) / z, g * (1 / b - np.log(z))


def lomax(g, z, c):
    return -g * (c + 1) / (1 + z), g * (1 / c - np.log1p(z))


def powerlaw(g, z, a):
    return g * (a - 1) / z, g * (1 / a + np.log(z))


def weibull_min(g, z, c):
    power = z**c
    return g * (c - 1 - c * power) / z, g * (1 / c + np.log(z) * (1 - power))


def weibull_max(g, z, c):
    z_bar, c_bar = weibull_min(g, -z, c)
    return -z_bar, c_bar


def gompertz(g, z, c):
    return g * (1 - c * np.exp(z)), g * (1 / c - np.expm1(z))


def invgauss(g, z, mu):
    """The density is proportional to z**(-3/2) * exp(-(z - mu)**2 / (2 * z * mu**2))."""
    return g * (0.5 * (1 / (z * z) - 1 / (mu * mu)) - 1.5 / z), g * (z - mu) / (mu * mu * mu)


def skewnorm(g, z, a):
    hazard = np.exp(stats.norm.logpdf(a * z) - stats.norm.logcdf(a * z))
    return g * (a * hazard - z), g * z * hazard


# ---- with two shapes ------------------------------------------------------------------------------------


def beta(g, z, a, b):
    both = special.digamma(a + b)
    a_bar = g * (np.log(z) + both - special.digamma(a))
    return g * ((a - 1) / z - (b - 1) / (1 - z)), a_bar, g * (np.log1p(-z) + both - special.digamma(b))


def f(g, z, dfn, dfd):
    """R. Fisher's distribution of a ratio: dfn * z / dfd is one of the odds of a beta distribution."""
    total = dfd + dfn * z
    ratio = (dfn + dfd) / total
    both = special.digamma(0.5 * (dfn + dfd)) - np.log(total)
    dfn_bar = 0.5 * g * (both + np.log(dfn * z) + 1 - ratio * z - special.digamma(0.5 * dfn))
    dfd_bar = 0.5 * g * (both + np.log(dfd) + 1 - ratio - special.digamma(0.5 * dfd))
    return g * ((0.5 * dfn - 1) / z - 0.5 * dfn * ratio), dfn_bar, dfd_bar


# ---- counts: the adjoints of the shapes -----------------------------------------------------------------


def per(k, p):
    """Return k / p, and 0 for no counts of what has no chance."""
    return k / np.where(k > 0, p, 1.0)


def poisson(g, k, mu):
    return (g * (per(k, mu) - 1),)


def bernoulli(g, k, p):
    return (g * (per(k, p) - per(1 - k, 1 - p)),)


def geom(g, k, p):
    return (g * (1 / p - per(k - 1, 1 - p)),)


def binom(g, k, n, p):
    return unknown, g * (per(k, p) - per(n - k, 1 - p))


def nbinom(g, k, n, p):
    slope_n = special.digamma(k + n) - special.digamma(n) + np.log(p)
    return g * slope_n, g * (n / p - per(k, 1 - p))


CONTINUOUS: dict[stats.rv_continuous, tuple[Callable, Callable]] = {  # their slopes, and what they live on
    stats.norm: (norm, everywhere),
    stats.uniform: (uniform, within_unit_interval),
    stats.expon: (expon, from_zero_on),
    stats.laplace: (laplace, everywhere),
    stats.logistic: (logistic, everywhere),
    stats.cauchy: (cauchy, everywhere),
    stats.halfnorm: (norm, from_zero_on),
    stats.halfcauchy: (cauchy, from_zero_on),
    stats.halflogistic: (logistic, from_zero_on),
    stats.hypsecant: (hypsecant, everywhere),
    stats.rayleigh: (rayleigh, within_half_line),
    stats.maxwell: (maxwell, within_half_line),
    stats.gumbel_r: (gumbel_r, everywhere),
    stats.gumbel_l: (gumbel_l, everywhere),
    stats.gamma: (gamma, within_half_line),
    stats.erlang: (gamma, within_half_line),
    stats.chi2: (chi2, within_half_line),
    stats.chi: (chi, within_half_line),
    stats.invgamma: (invgamma, within_half_line),
    stats.t: (t, everywhere),
    stats.lognorm: (lognorm, within_half_line),
    stats.pareto: (pareto, from_one_on),
    stats.lomax: (lomax, from_zero_on),
    stats.powerlaw: (powerlaw, within_unit_interval),
    stats.weibull_min: (weibull_min, within_half_line),
    stats.weibull_max: (weibull_max, up_to_zero),
    stats.gompertz: (gompertz, from_zero_on),
    stats.invgauss: (invgauss, within_half_line),
    stats.skewnorm: (skewnorm, everywhere),
    stats.beta: (beta, within_unit_interval),
    stats.f: (f, within_half_line),
}
COUNTS: dict[stats.rv_discrete, Callable] = {
    stats.poisson: poisson,
    stats.bernoulli: bernoulli,
    stats.geom: geom,
    stats.binom: binom,
    stats.nbinom: nbinom,
}
