"""The functions of `scipy.special`: orthogonal polynomials, in their argument.

>>> float(eval_legendre(1.0, None, 2, 0.5))  # (3 x**2 - 1) / 2
1.5

Each derivative is a polynomial of the next family, which is regular at the ends of the interval; that of degree -1 is
0. Source: NIST Digital Library of Mathematical Functions, 14.10, 18.9.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from s2sad.rules.declare import elementwise
from s2sad.rules.scipy_special import fixed

# ---- Jacobi, Gegenbauer, Legendre -----------------------------------------------------------------------


@elementwise(special.eval_jacobi)
@fixed("n", "alpha", "beta")
def eval_jacobi(g, y, n, alpha, beta, x):
    return 0.5 * (n + alpha + beta + 1) * g * special.eval_jacobi(n - 1, alpha + 1, beta + 1, x)


@elementwise(special.eval_sh_jacobi)
@fixed("n", "p", "q")
def eval_sh_jacobi(g, y, n, p, q, x):
    return n * g * special.eval_sh_jacobi(abs(n - 1), p + 2, q + 1, x)


@elementwise(special.eval_gegenbauer)
@fixed("n", "alpha")
def eval_gegenbauer(g, y, n, alpha, x):
    return 2 * alpha * g * special.eval_gegenbauer(n - 1, alpha + 1, x)


@elementwise(special.eval_legendre)
@fixed("n")
def eval_legendre(g, y, n, x):
    return g * special.eval_gegenbauer(n - 1, 1.5, x)


@elementwise(special.eval_sh_legendre)
@fixed("n")
def eval_sh_legendre(g, y, n, x):
    return 2 * g * special.eval_gegenbauer(n - 1, 1.5, 2 * x - 1)


@elementwise(special.lpmv, singular=True)
@fixed("m", "v")
def lpmv(g, y, m, v, x):
    return g * ((v - m + 1) * special.lpmv(m, v + 1, x) - (v + 1) * x * y) / (x * x - 1)


# ---- Chebyshev ------------------------------------------------------------------------------------------


@elementwise(special.eval_chebyt)
@fixed("n")
def eval_chebyt(g, y, n, x):
    return n * g * special.eval_chebyu(n - 1, x)


@elementwise(special.eval_chebyu)
@fixed("n")
def eval_chebyu(g, y, n, x):
    return 2 * g * special.eval_gegenbauer(n - 1, 2, x)


@elementwise(special.eval_chebyc)
@fixed("n")
def eval_chebyc(g, y, n, x):
    return n * g * special.eval_chebys(n - 1, x)


@elementwise(special.eval_chebys)
@fixed("n")
def eval_chebys(g, y, n, x):
    return g * special.eval_gegenbauer(n - 1, 2, 0.5 * x)


@elementwise(special.eval_sh_chebyt)
@fixed("n")
def eval_sh_chebyt(g, y, n, x):
    return 2 * n * g * special.eval_sh_chebyu(n - 1, x)


@elementwise(special.eval_sh_chebyu)
@fixed("n")
def eval_sh_chebyu(g, y, n, x):
    return 4 * g * special.eval_gegenbauer(n - 1, 2, 2 * x - 1)


@elementwise(special.diric)
@fixed("n")
def diric(g, y, x, n):
    """It is U_(n-1)(cos(x/2)) / n, which is regular at all x."""
    return -g * np.sin(0.5 * x) * special.eval_gegenbauer(n - 2, 2, np.cos(0.5 * x)) / n


# ---- Laguerre and Hermite -------------------------------------------------------------------------------


@elementwise(special.eval_laguerre)
@fixed("n")
def eval_laguerre(g, y, n, x):
    return -g * special.eval_genlaguerre(n - 1, 1, x)


@elementwise(special.eval_genlaguerre)
@fixed("n", "alpha")
def eval_genlaguerre(g, y, n, alpha, x):
    return -g * special.eval_genlaguerre(n - 1, alpha + 1, x)


@elementwise(special.assoc_laguerre)
@fixed("n")
def assoc_laguerre(g, y, x, n, k=0.0):
    return -g * special.eval_genlaguerre(n - 1, k + 1, x)


@elementwise(special.eval_hermite)
@fixed("n")
def eval_hermite(g, y, n, x):
    return 2 * n * g * special.eval_hermite(abs(n - 1), x)


@elementwise(special.eval_hermitenorm)
@fixed("n")
def eval_hermitenorm(g, y, n, x):
    return n * g * special.eval_hermitenorm(abs(n - 1), x)
