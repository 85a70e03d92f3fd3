"""The functions of `scipy.special`: cumulative distribution functions, their complements and inverses.

>>> round(float(chdtr(1.0, None, 2, 2.0)), 6)  # exp(-1) / 2
0.18394

Each has a derivative in the variable of its density; the inverse has 1 / density. The parameters of shape have none in
closed form. Source: the SciPy documentation of each function; M. Abramowitz and I. Stegun, chapter 26.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from s2sad.rules.declare import elementwise, known
from s2sad.rules.scipy_special import fixed, is_plain
from s2sad.rules.scipy_special_gamma import beta_density, gamma_density


def count_density(k, n, p):
    """Return the slope of bdtrc in p; SciPy takes the whole part of a number that is none."""
    if not (known(isinstance(k, int)) and isinstance(k, int)):
        k = np.floor(k)
    if not (known(isinstance(n, int)) and isinstance(n, int)):
        n = np.floor(n)
    return beta_density(k + 1, n - k, p)


def trial_density(k, n, p):
    """Return the slope of nbdtr in p."""
    if not (known(isinstance(k, int)) and isinstance(k, int)):
        k = np.floor(k)
    if not (known(isinstance(n, int)) and isinstance(n, int)):
        n = np.floor(n)
    return beta_density(n, k + 1, p)


def poisson_density(k, m):
    """Return exp(-m) m**k / k!."""
    if not (known(isinstance(k, int)) and isinstance(k, int)):
        k = np.floor(k)
    return gamma_density(k + 1, m)


# ---- binomial and negative binomial ---------------------------------------------------------------------


@elementwise(special.bdtr, singular=True)
@fixed("k", "n")
def bdtr(g, y, k, n, p):
    return -g * count_density(k, n, p)


@elementwise(special.bdtrc, singular=True)
@fixed("k", "n")
def bdtrc(g, y, k, n, p):
    return g * count_density(k, n, p)


@elementwise(special.bdtri, singular=True)
@fixed("k", "n")
def bdtri(g, p, k, n, y):
    return -g / count_density(k, n, p)


@elementwise(special.nbdtr, singular=True)
@fixed("k", "n")
def nbdtr(g, y, k, n, p):
    return g * trial_density(k, n, p)


@elementwise(special.nbdtrc, singular=True)
@fixed("k", "n")
def nbdtrc(g, y, k, n, p):
    return -g * trial_density(k, n, p)


@elementwise(special.nbdtri, singular=True)
@fixed("k", "n")
def nbdtri(g, p, k, n, y):
    return g / trial_density(k, n, p)


# ---- Poisson, gamma, chi squared ------------------------------------------------------------------------


@elementwise(special.pdtr, singular=True)
@fixed("k")
def pdtr(g, y, k, m):
    return -g * poisson_density(k, m)


@elementwise(special.pdtrc, singular=True)
@fixed("k")
def pdtrc(g, y, k, m):
    return g * poisson_density(k, m)


@elementwise(special.pdtri, singular=True)
@fixed("k")
def pdtri(g, m, k, y):
    return -g / poisson_density(k, m)


@elementwise(special.gdtr, singular=True)
@fixed("b")
def gdtr(g, y, a, b, x):
    t = g * gamma_density(b, a * x)
    return t * x, t * a


@elementwise(special.gdtrc, singular=True)
@fixed("b")
def gdtrc(g, y, a, b, x):
    t = -g * gamma_density(b, a * x)
    return t * x, t * a


@elementwise(special.gdtrix, singular=True)
@fixed("b")
def gdtrix(g, x, a, b, p):
    return -g * x / a, g / (a * gamma_density(b, a * x))


@elementwise(special.gdtria, singular=True)
@fixed("b")
def gdtria(g, a, p, b, x):
    return g / (x * gamma_density(b, a * x)), -g * a / x


@elementwise(special.chdtr, singular=True)
@fixed("v")
def chdtr(g, y, v, x):
    return 0.5 * g * gamma_density(0.5 * v, 0.5 * x)


@elementwise(special.chdtrc, singular=True)
@fixed("v")
def chdtrc(g, y, v, x):
    return -0.5 * g * gamma_density(0.5 * v, 0.5 * x)


@elementwise(special.chdtri, singular=True)
@fixed("v")
def chdtri(g, x, v, p):
    return -2 * g / gamma_density(0.5 * v, 0.5 * x)


@elementwise(special.chndtr)
@fixed("x", "df")
def chndtr(g, y, x, df, nc):
    return 0.5 * g * (special.chndtr(x, df + 2, nc) - y)


# ---- F and Student's t ----------------------------------------------------------------------------------


def f_density(dfn, dfd, x):
    d = dfd + dfn * x
    return beta_density(0.5 * dfn, 0.5 * dfd, dfn * x / d) * dfn * dfd / (d * d)


@elementwise(special.fdtr, singular=True)
@fixed("dfn", "dfd")
def fdtr(g, y, dfn, dfd, x):
    return g * f_density(dfn, dfd, x)


@elementwise(special.fdtrc, singular=True)
@fixed("dfn", "dfd")
def fdtrc(g, y, dfn, dfd, x):
    return -g * f_density(dfn, dfd, x)


@elementwise(special.fdtri, singular=True)
@fixed("dfn", "dfd")
def fdtri(g, x, dfn, dfd, p):
    return g / f_density(dfn, dfd, x)


def t_density(df, t):
    scale = float(special.beta(0.5 * df, 0.5)) if is_plain(df) else special.beta(0.5 * df, 0.5)
    return (1 + t * t / df) ** (-0.5 * df - 0.5) / (df**0.5 * scale)


@elementwise(special.stdtr)
@fixed("df")
def stdtr(g, y, df, t):
    return g * t_density(df, t)


@elementwise(special.stdtrit, singular=True)
@fixed("df")
def stdtrit(g, t, df, p):
    return g / t_density(df, t)


# ---- normal, Tukey's lambda -----------------------------------------------------------------------------


@elementwise(special.nrdtrimn, singular=True)
def nrdtrimn(g, mn, p, std, x):
    """It is x - std ndtri(p)."""
    q = special.ndtri(p)
    return -2.5066282746310002 * g * std * np.exp(0.5 * q * q), -g * q, g


@elementwise(special.nrdtrisd, singular=True)
def nrdtrisd(g, sd, mn, p, x):
    """It is (x - mn) / ndtri(p)."""
    q = special.ndtri(p)
    return -g / q, -2.5066282746310002 * g * sd * np.exp(0.5 * q * q) / q, g / q


@elementwise(special.tklmbda, singular=True)
@fixed("lmbda")
def tklmbda(g, p, x, lmbda):
    inside = (p > 0) & (p < 1)
    return g * np.where(inside, 1 / (p ** (lmbda - 1) + (1 - p) ** (lmbda - 1)), 0.0)
