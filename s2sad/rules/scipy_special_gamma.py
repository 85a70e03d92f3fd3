"""The functions of `scipy.special`: gamma, beta, error functions, exponential integrals, zeta.

>>> round(float(gammaln(1.0, None, 2.0)), 6)
0.422784
>>> round(float(rgamma(1.0, 0.0, -2.0)), 6)  # 2!, at a zero of 1/gamma
2.0

The incomplete functions have derivatives in their integration limits, and so have their inverses: 1 / f'(inverse).
Source: NIST Digital Library of Mathematical Functions, chapters 5 to 8 and 25.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from s2sad.rules.declare import adjoint, elementwise, known, tangent
from s2sad.rules.scipy_special import fixed, is_plain, weighted

# ---- the gamma function ---------------------------------------------------------------------------------


@elementwise(special.gammaln, special.loggamma, singular=True)
def gammaln(g, y, x):
    return g * special.digamma(x)


@elementwise(special.gamma, singular=True)
def gamma(g, y, z):
    return g * y * special.digamma(z)


@elementwise(special.rgamma)
def rgamma(g, y, z):
    """For z <= 0 by the reflection formula, which has no poles there (DLMF 5.5.3)."""
    if np.iscomplexobj(z):
        return -g * y * special.digamma(z)
    right = np.where(z > 0, z, 1.0)
    left = np.where(z > 0, 0.0, z)
    sine = np.sin(np.pi * left) / np.pi
    reflected = special.gamma(1 - left) * (np.cos(np.pi * left) - special.digamma(1 - left) * sine)
    return g * np.where(z > 0, -special.rgamma(right) * special.digamma(right), reflected)


@elementwise(special.digamma, singular=True)
def digamma(g, y, z):
    if np.iscomplexobj(z):
        raise ValueError("special.digamma: has a derivative for real arguments only")
    return g * special.zeta(2, z)


@elementwise(special.polygamma, singular=True)
@fixed("n")
def polygamma(g, y, n, x):
    return g * special.polygamma(n + 1, x)


@elementwise(special.zeta, singular=True)
@fixed("x")
def zeta(g, y, x, q):
    return -g * x * special.zeta(x + 1, q)


@elementwise(special.multigammaln, singular=True)
@fixed("d")
def multigammaln(g, y, a, d):
    return g * sum([special.digamma(a - 0.5 * j) for j in range(d)])


@elementwise(special.poch, singular=True)
def poch(g, y, z, m):
    top = special.digamma(z + m)
    return g * y * (top - special.digamma(z)), g * y * top


@elementwise(special.factorial, singular=True)
def factorial(g, y, n, exact=False, extend="zero"):
    return g * y * special.digamma(n + 1)


@elementwise(special.perm, singular=True)
def perm(g, y, N, k, exact=False):
    rest = special.digamma(N - k + 1)
    return g * y * (special.digamma(N + 1) - rest), g * y * rest


# ---- the beta function ----------------------------------------------------------------------------------


@elementwise(special.beta, singular=True)
def beta(g, y, a, b):
    both = special.digamma(a + b)
    return g * y * (special.digamma(a) - both), g * y * (special.digamma(b) - both)


@elementwise(special.betaln, singular=True)
def betaln(g, y, a, b):
    both = special.digamma(a + b)
    return g * (special.digamma(a) - both), g * (special.digamma(b) - both)


@elementwise(special.binom, singular=True)
def binom(g, y, n, k):
    rest = special.digamma(n - k + 1)
    return g * y * (special.digamma(n + 1) - rest), g * y * (rest - special.digamma(k + 1))


@elementwise(special.comb, singular=True)
def comb(g, y, N, k, exact=False, repetition=False):
    if repetition:
        raise ValueError("special.comb: has a derivative for repetition=False only")
    return binom(g, y, N, k)


# ---- incomplete gamma and beta functions ----------------------------------------------------------------


def gamma_density(a, x):
    """Return x**(a - 1) exp(-x) / gamma(a)."""
    scale = float(special.gammaln(a)) if is_plain(a) else special.gammaln(a)
    return np.exp(special.xlogy(a - 1, x) - x - scale)


def beta_density(a, b, x):
    """Return x**(a - 1) (1 - x)**(b - 1) / beta(a, b)."""
    scale = float(special.betaln(a, b)) if is_plain(a) and is_plain(b) else special.betaln(a, b)
    return np.exp(special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - scale)


@elementwise(special.gammainc, singular=True)
@fixed("a")
def gammainc(g, y, a, x):
    return g * gamma_density(a, x)


@elementwise(special.gammaincc, singular=True)
@fixed("a")
def gammaincc(g, y, a, x):
    return -g * gamma_density(a, x)


@elementwise(special.gammaincinv, singular=True)
@fixed("a")
def gammaincinv(g, x, a, y):
    return g / gamma_density(a, x)


@elementwise(special.gammainccinv, singular=True)
@fixed("a")
def gammainccinv(g, x, a, y):
    return -g / gamma_density(a, x)


@elementwise(special.betainc, singular=True)
@fixed("a", "b")
def betainc(g, y, a, b, x):
    return g * beta_density(a, b, x)


@elementwise(special.betaincc, singular=True)
@fixed("a", "b")
def betaincc(g, y, a, b, x):
    return -g * beta_density(a, b, x)


@elementwise(special.betaincinv, singular=True)
@fixed("a", "b")
def betaincinv(g, x, a, b, y):
    return g / beta_density(a, b, x)


@elementwise(special.betainccinv, singular=True)
@fixed("a", "b")
def betainccinv(g, x, a, b, y):
    return -g / beta_density(a, b, x)


# ---- error functions ------------------------------------------------------------------------------------


@elementwise(special.erf)
def erf(g, y, z):
    return 1.1283791670955126 * g * np.exp(-z * z)


@elementwise(special.erfc)
def erfc(g, y, x):
    return -1.1283791670955126 * g * np.exp(-x * x)


@elementwise(special.erfi)
def erfi(g, y, z):
    return 1.1283791670955126 * g * np.exp(z * z)


@elementwise(special.erfcx)
def erfcx(g, y, x):
    return g * (2 * x * y - 1.1283791670955126)


@elementwise(special.dawsn)
def dawsn(g, y, x):
    return g * (1 - 2 * x * y)


@elementwise(special.wofz)
def wofz(g, y, z):
    return g * (1.1283791670955126j - 2 * z * y)


@elementwise(special.erfinv, singular=True)
def erfinv(g, x, y):
    return 0.886226925452758 * g * np.exp(x * x)


@elementwise(special.erfcinv, singular=True)
def erfcinv(g, x, y):
    return -0.886226925452758 * g * np.exp(x * x)


@elementwise(special.ndtr)
def ndtr(g, y, x):
    return 0.3989422804014327 * g * np.exp(-0.5 * x * x)


@elementwise(special.ndtri, singular=True)
def ndtri(g, x, y):
    return 2.5066282746310002 * g * np.exp(0.5 * x * x)


@elementwise(special.log_ndtr)
def log_ndtr(g, y, x):
    """The ratio of the density to ndtr: by erfcx where both are small."""
    right = 0.3989422804014327 * np.exp(-0.5 * x * x - y)
    if np.iscomplexobj(x):
        return g * right
    left = 0.7978845608028654 / special.erfcx(-0.7071067811865476 * np.where(x > 0, 0.0, x))
    return g * np.where(x > 0, right, left)


@elementwise(special.ndtri_exp, singular=True)
def ndtri_exp(g, x, y):
    return 1.2533141373155003 * g * special.erfcx(-0.7071067811865476 * x)


@elementwise(special.owens_t)
def owens_t(g, y, h, a):
    h_bar = -0.19947114020071635 * g * np.exp(-0.5 * h * h) * special.erf(0.7071067811865476 * a * h)
    d = 1 + a * a
    return h_bar, 0.15915494309189535 * g * np.exp(-0.5 * h * h * d) / d


@elementwise(special.voigt_profile, singular=True)
def voigt_profile(g, y, x, sigma, gamma):
    """It is Re(w(z)) / (sigma sqrt(2 pi)) with z = (x + i gamma) / (sigma sqrt(2)); w is wofz (DLMF 7.19)."""
    z = (x + 1j * gamma) / (1.4142135623730951 * sigma)
    slope = (1.1283791670955126j - 2 * z * special.wofz(z)) / (3.5449077018110318 * sigma * sigma)
    moved = 1.4142135623730951 * np.real(z * slope)
    return g * np.real(slope), -g * (y / sigma + moved), -g * np.imag(slope)


@adjoint(special.fresnel)
def fresnel(g, y, z):
    angle = 1.5707963267948966 * z * z
    return weighted(g, (np.sin(angle), np.cos(angle)))


@tangent(special.fresnel)
def fresnel_tangent(dots, y, z):
    angle = 1.5707963267948966 * z * z
    return dots[0] * np.sin(angle), dots[0] * np.cos(angle)


# ---- exponential integrals and the dilogarithm ----------------------------------------------------------


@elementwise(special.exp1, singular=True)
def exp1(g, y, z):
    return -g * np.exp(-z) / z


@elementwise(special.expi, singular=True)
def expi(g, y, x):
    return g * np.exp(x) / x


@elementwise(special.expn, singular=True)
@fixed("n")
def expn(g, y, n, x):
    if known(n) and n == 0:
        return -g * y * (1 + 1 / x)
    if known(n):
        return -g * special.expn(n - 1, x)
    return -g * np.where(n == 0, y * (1 + 1 / x), special.expn(np.abs(n - 1), x))


@adjoint(special.sici)
def sici(g, y, x):
    """The slope of the first is sin(x) / x, also at 0 (DLMF 10.16.9), where the second is infinite."""
    return weighted(g, (special.hyp0f1(1.5, -0.25 * x * x), np.cos(x) / (x + (x == 0))))


@tangent(special.sici)
def sici_tangent(dots, y, x):
    return dots[0] * special.hyp0f1(1.5, -0.25 * x * x), dots[0] * np.cos(x) / (x + (x == 0))


@adjoint(special.shichi)
def shichi(g, y, x):
    """The slope of the first is sinh(x) / x, also at 0, where the second is infinite."""
    return weighted(g, (special.hyp0f1(1.5, 0.25 * x * x), np.cosh(x) / (x + (x == 0))))


@tangent(special.shichi)
def shichi_tangent(dots, y, x):
    return dots[0] * special.hyp0f1(1.5, 0.25 * x * x), dots[0] * np.cosh(x) / (x + (x == 0))


@elementwise(special.spence, singular=True)
def spence(g, y, z):
    near = np.abs(z - 1) < 0.5  # log(z) / (1 - z) is 0 / 0 at 1
    far = np.where(near, 2.0, z)
    return g * np.where(near, -special.hyp2f1(1, 1, 2, 1 - z), np.log(far) / (1 - far))
