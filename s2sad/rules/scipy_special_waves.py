"""The functions of `scipy.special`: Struve, Kelvin, parabolic cylinder, Mathieu and Wright's Bessel functions.

>>> float(ber(1.0, 1.0, 0.0))
0.0

Functions that come with their derivative get the second one from their differential equation. Source: NIST Digital
Library of Mathematical Functions, 10.46, 10.61, 11.4, 12.2, 28.2 and 28.20.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from s2sad.rules.declare import adjoint, elementwise, tangent
from s2sad.rules.scipy_special import fixed, is_plain, weighted
from s2sad.runtime import unbroadcast

# ---- Struve functions -----------------------------------------------------------------------------------


@elementwise(special.struve, singular=True)
@fixed("v")
def struve(g, y, v, x):
    scale = float(special.rgamma(v + 1.5)) if is_plain(v) else special.rgamma(v + 1.5)
    rest = 0.5641895835477563 * (0.5 * x) ** v * scale
    return 0.5 * g * (special.struve(v - 1, x) - special.struve(v + 1, x) + rest)


@elementwise(special.modstruve, singular=True)
@fixed("v")
def modstruve(g, y, v, x):
    scale = float(special.rgamma(v + 1.5)) if is_plain(v) else special.rgamma(v + 1.5)
    rest = 0.5641895835477563 * (0.5 * x) ** v * scale
    return 0.5 * g * (special.modstruve(v - 1, x) + special.modstruve(v + 1, x) + rest)


@elementwise(special.itstruve0)
def itstruve0(g, y, x):
    return g * special.struve(0, x)


@elementwise(special.itmodstruve0)
def itmodstruve0(g, y, x):
    return g * special.modstruve(0, x)


@elementwise(special.it2struve0, singular=True)
def it2struve0(g, y, x):
    return -g * special.struve(0, x) / x


# ---- Kelvin functions: w = ber + i bei solves w'' + w'/x = i w, and so does ker + i kei ------------------


@elementwise(special.ber)
def ber(g, y, x):
    return g * special.berp(x)


@elementwise(special.bei)
def bei(g, y, x):
    return g * special.beip(x)


@elementwise(special.ker, singular=True)
def ker(g, y, x):
    return g * special.kerp(x)


@elementwise(special.kei, singular=True)
def kei(g, y, x):
    return g * special.keip(x)


@elementwise(special.berp, singular=True)
def berp(g, y, x):
    return -g * (special.bei(x) + y / (x + (x == 0)))


@elementwise(special.beip, singular=True)
def beip(g, y, x):
    return g * (special.ber(x) - np.where(x == 0, 0.5, y / (x + (x == 0))))


@elementwise(special.kerp, singular=True)
def kerp(g, y, x):
    return -g * (special.kei(x) + y / x)


@elementwise(special.keip, singular=True)
def keip(g, y, x):
    return g * (special.ker(x) - y / x)


@adjoint(special.kelvin)
def kelvin(g, y, x):
    return weighted(g, (y[2], y[3], 1j * y[0] - y[2] / x, 1j * y[1] - y[3] / x))


@tangent(special.kelvin)
def kelvin_tangent(dots, y, x):
    x_dot = dots[0]
    return x_dot * y[2], x_dot * y[3], x_dot * (1j * y[0] - y[2] / x), x_dot * (1j * y[1] - y[3] / x)


# ---- parabolic cylinder functions: each comes with its derivative ---------------------------------------


@adjoint(special.pbdv, special.pbvv)
@fixed("v")
def pbdv(g, y, v, x):
    return unbroadcast(weighted(g, (y[1], (0.25 * x * x - v - 0.5) * y[0])), x)


@tangent(special.pbdv, special.pbvv)
@fixed("v")
def pbdv_tangent(dots, y, v, x):
    return dots[0] * y[1], dots[0] * (0.25 * x * x - v - 0.5) * y[0]


@adjoint(special.pbwa)
@fixed("a")
def pbwa(g, y, a, x):
    return unbroadcast(weighted(g, (y[1], (a - 0.25 * x * x) * y[0])), x)


@tangent(special.pbwa)
@fixed("a")
def pbwa_tangent(dots, y, a, x):
    return dots[0] * y[1], dots[0] * (a - 0.25 * x * x) * y[0]


# ---- Mathieu functions: each comes with its derivative; angles are in degrees ---------------------------


def angular(a, q, x, y):
    """Return the slopes of y and y', which solves y'' + (a - 2 q cos(2 x)) y = 0."""
    return 0.017453292519943295 * y[1], 0.017453292519943295 * (2 * q * special.cosdg(2 * x) - a) * y[0]


def radial(a, q, x, y):
    """Return the slopes of y and y', which solves y'' - (a - 2 q cosh(2 x)) y = 0."""
    return y[1], (a - 2 * q * np.cosh(2 * x)) * y[0]


@adjoint(special.mathieu_cem)
@fixed("m", "q")
def mathieu_cem(g, y, m, q, x):
    return unbroadcast(weighted(g, angular(special.mathieu_a(m, q), q, x, y)), x)


@tangent(special.mathieu_cem)
@fixed("m", "q")
def mathieu_cem_tangent(dots, y, m, q, x):
    first, second = angular(special.mathieu_a(m, q), q, x, y)
    return dots[0] * first, dots[0] * second


@adjoint(special.mathieu_sem)
@fixed("m", "q")
def mathieu_sem(g, y, m, q, x):
    return unbroadcast(weighted(g, angular(special.mathieu_b(m, q), q, x, y)), x)


@tangent(special.mathieu_sem)
@fixed("m", "q")
def mathieu_sem_tangent(dots, y, m, q, x):
    first, second = angular(special.mathieu_b(m, q), q, x, y)
    return dots[0] * first, dots[0] * second


@adjoint(special.mathieu_modcem1, special.mathieu_modcem2)
@fixed("m", "q")
def mathieu_modcem(g, y, m, q, x):
    return unbroadcast(weighted(g, radial(special.mathieu_a(m, q), q, x, y)), x)


@tangent(special.mathieu_modcem1, special.mathieu_modcem2)
@fixed("m", "q")
def mathieu_modcem_tangent(dots, y, m, q, x):
    first, second = radial(special.mathieu_a(m, q), q, x, y)
    return dots[0] * first, dots[0] * second


@adjoint(special.mathieu_modsem1, special.mathieu_modsem2)
@fixed("m", "q")
def mathieu_modsem(g, y, m, q, x):
    return unbroadcast(weighted(g, radial(special.mathieu_b(m, q), q, x, y)), x)


@tangent(special.mathieu_modsem1, special.mathieu_modsem2)
@fixed("m", "q")
def mathieu_modsem_tangent(dots, y, m, q, x):
    first, second = radial(special.mathieu_b(m, q), q, x, y)
    return dots[0] * first, dots[0] * second


# ---- Wright's Bessel function ---------------------------------------------------------------------------


@elementwise(special.wright_bessel)
@fixed("a", "b")
def wright_bessel(g, y, a, b, x):
    return g * special.wright_bessel(a, a + b, x)


if hasattr(special, "log_wright_bessel"):

    @elementwise(special.log_wright_bessel)
    @fixed("a", "b")
    def log_wright_bessel(g, y, a, b, x):
        return g * np.exp(special.log_wright_bessel(a, a + b, x) - y)
