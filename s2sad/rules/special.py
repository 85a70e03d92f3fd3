"""Special functions of `math`, and its functions of sequences.

>>> round(erf(1.0, 0.0, 0.0), 6)
1.128379
>>> math_hypot(1.0, 5.0, 3.0, 4.0)
(0.6, 0.8)

The adjoint of a sequence of numbers is a list of their adjoints; that of an array is an array.
"""

from __future__ import annotations

import math

import numpy as np

from s2sad.rules.declare import adjoint, elementwise, linear, nondifferentiable, tangent, unknown
from s2sad.runtime import polygamma, product_of_others

# ---- functions of a number ------------------------------------------------------------------------------


@elementwise(math.erf)
def erf(g, y, x):
    return 1.1283791670955126 * g * math.exp(-x * x)


@elementwise(math.erfc)
def erfc(g, y, x):
    return -1.1283791670955126 * g * math.exp(-x * x)


@elementwise(math.gamma)
def gamma(g, y, x):
    return g * y * polygamma(0, x)


@elementwise(math.lgamma)
def lgamma(g, y, x):
    return g * polygamma(0, x)


@elementwise(polygamma)
def polygamma_rule(g, y, n, x):
    return unknown, g * polygamma(n + 1, x)


@adjoint(math.frexp)
def frexp(g, y, x):
    return math.ldexp(g[0], -y[1])


@tangent(math.frexp)
def frexp_tangent(dots, y, x):
    return math.ldexp(dots[0], -y[1]), None


# ---- functions of a sequence ----------------------------------------------------------------------------


@adjoint(math.hypot)
def math_hypot(g, y, *coordinates):
    return tuple([g * x / (y + (y == 0)) for x in coordinates])


@tangent(math.hypot)
def math_hypot_tangent(dots, y, *coordinates):
    total = 0.0
    for x, x_dot in zip(coordinates, dots[0]):
        if x_dot is not None:
            total = total + x * x_dot
    return total / (y + (y == 0))


@adjoint(math.dist)
def dist(g, y, p, q):
    t = g / (y + (y == 0))
    if isinstance(p, np.ndarray) and isinstance(q, np.ndarray):
        return t * (p - q), t * (q - p)
    return [t * (a - b) for a, b in zip(p, q)], [t * (b - a) for a, b in zip(p, q)]


@tangent(math.dist)
def dist_tangent(dots, y, p, q):
    t = 1 / (y + (y == 0))
    if dots[1] is None:
        return t * sum([(a - b) * a_dot for a, b, a_dot in zip(p, q, dots[0])])
    if dots[0] is None:
        return t * sum([(b - a) * b_dot for a, b, b_dot in zip(p, q, dots[1])])
    return t * sum([(p[i] - q[i]) * (dots[0][i] - dots[1][i]) for i in range(len(p))])


@linear(math.fsum)
def fsum(g, y, seq):
    if isinstance(seq, np.ndarray):
        return np.broadcast_to(g, seq.shape)
    return [g for _ in seq]


@adjoint(math.prod)
def prod(g, y, iterable, start=1):
    if isinstance(iterable, np.ndarray):
        return g * start * product_of_others(iterable)
    return list(g * start * product_of_others(np.array(iterable)))


@tangent(math.prod)
def prod_tangent(dots, y, iterable, start=1):
    return start * np.sum(product_of_others(np.array(iterable)) * np.array(dots[0]))


if hasattr(math, "sumprod"):

    @adjoint(math.sumprod)
    def sumprod(g, y, p, q):
        if isinstance(p, np.ndarray) and isinstance(q, np.ndarray):
            return g * q, g * p
        return [g * b for b in q], [g * a for a in p]

    @tangent(math.sumprod)
    def sumprod_tangent(dots, y, p, q):
        p_dot, q_dot = dots
        if q_dot is None:
            return math.sumprod(p_dot, q)
        if p_dot is None:
            return math.sumprod(p, q_dot)
        return math.sumprod(p_dot, q) + math.sumprod(p, q_dot)


nondifferentiable(math.factorial, math.comb, math.perm, math.gcd, math.lcm, math.isqrt, math.isclose)
