"""The functions of `cmath`; those that `cmath` shares with NumPy's text are in `elementary`.

>>> sin(1.0, None, 0.0)
(1+0j)
>>> phase(1.0, 0.0, 2.0)
-0.5j

An adjoint a satisfies dy = Re(a dz). The angle of 0 has the derivative 0, as has its modulus.
"""

from __future__ import annotations

import cmath

from s2sad.rules.declare import adjoint, elementwise, nondifferentiable, tangent

# ---- holomorphic functions ------------------------------------------------------------------------------


@elementwise(cmath.sin)
def sin(g, y, z):
    return g * cmath.cos(z)


@elementwise(cmath.cos)
def cos(g, y, z):
    return -g * cmath.sin(z)


@elementwise(cmath.sinh)
def sinh(g, y, z):
    return g * cmath.cosh(z)


@elementwise(cmath.cosh)
def cosh(g, y, z):
    return g * cmath.sinh(z)


# The derivative of an inverse function is told by its result, on either side of a branch cut.


@elementwise(cmath.asin, singular=True)
def asin(g, y, z):
    return g / cmath.cos(y)


@elementwise(cmath.acos, singular=True)
def acos(g, y, z):
    return -g / cmath.sin(y)


@elementwise(cmath.atan, singular=True)
def atan(g, y, z):
    return g / (1 + z * z)


@elementwise(cmath.asinh, singular=True)
def asinh(g, y, z):
    return g / cmath.cosh(y)


@elementwise(cmath.acosh, singular=True)
def acosh(g, y, z):
    return g / cmath.sinh(y)


@elementwise(cmath.atanh, singular=True)
def atanh(g, y, z):
    return g / (1 - z * z)


# ---- polar coordinates ----------------------------------------------------------------------------------


@adjoint(cmath.phase)
def phase(g, y, z):
    return -1j * g * z.conjugate() / (abs(z) ** 2 + (z == 0))


@tangent(cmath.phase)
def phase_tangent(dots, y, z):
    return (dots[0] * z.conjugate()).imag / (abs(z) ** 2 + (z == 0))


@adjoint(cmath.polar)
def polar(g, y, z):
    r = y[0] + (z == 0)
    return g[0] * z.conjugate() / r - 1j * g[1] * z.conjugate() / (r * r)


@tangent(cmath.polar)
def polar_tangent(dots, y, z):
    r = y[0] + (z == 0)
    w = dots[0] * z.conjugate() / r
    return w.real, w.imag / r


@adjoint(cmath.rect)
def rect(g, y, r, phi):
    return (g * cmath.rect(1.0, phi)).real, -(g * y).imag


@tangent(cmath.rect)
def rect_tangent(dots, y, r, phi):
    if dots[1] is None:
        return cmath.rect(dots[0], phi)
    if dots[0] is None:
        return 1j * y * dots[1]
    return cmath.rect(1.0, phi) * (dots[0] + 1j * r * dots[1])


nondifferentiable(cmath.isnan, cmath.isinf, cmath.isfinite, cmath.isclose)
