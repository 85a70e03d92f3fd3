"""Elementary functions of NumPy and `math`, one number at a time, the easiest first.

>>> exp(2.0, 3.0, 1.1)
6.0
>>> float(fmax(1.0, 3.0, 3.0, np.nan)[0])
1.0

A rule prefers the result `y` to the operand where that is cheaper. NumPy's functions do not raise at a
singular point, nor do their rules: np.divide stands where both terms of a quotient could be Python floats.
Constants are Python floats, so that float32 stays float32. Conventions at kinks: maximum, minimum and clip at
a tie 1/2 each; hypot(0, 0) and arctan2(0, 0) 0; sinc(0) 0; logaddexp(-inf, -inf) 1/2 each; nan_to_num(nan) 0.
"""

from __future__ import annotations

import builtins
import cmath
import math

import numpy as np

from s2sad.rules.declare import adjoint, elementwise, linear, nondifferentiable, tangent
from s2sad.runtime import sinc_derivative

# ---- exponentials ---------------------------------------------------------------------------------------


@elementwise(np.exp, math.exp, cmath.exp)
def exp(g, y, x):
    return g * y


@elementwise(np.expm1, math.expm1)
def expm1(g, y, x):
    return g * (y + 1)


@elementwise(np.exp2, *([math.exp2] if hasattr(math, "exp2") else []))
def exp2(g, y, x):
    return 0.6931471805599453 * g * y


# ---- logarithms -----------------------------------------------------------------------------------------


@elementwise(np.log, singular=True)
def log(g, y, x):
    return np.divide(g, x)


@elementwise(np.log2, singular=True)
def log2(g, y, x):
    return np.divide(1.4426950408889634 * g, x)


@elementwise(np.log10, singular=True)
def log10(g, y, x):
    return np.divide(0.4342944819032518 * g, x)


@elementwise(np.log1p, singular=True)
def log1p(g, y, x):
    return np.divide(g, 1 + x)


@elementwise(math.log, cmath.log, singular=True)
def math_log(g, y, x, base=None):
    if base is None:
        return g / x
    return g / (x * math.log(base))


@elementwise(math.log2, singular=True)
def math_log2(g, y, x):
    return 1.4426950408889634 * g / x


@elementwise(math.log10, cmath.log10, singular=True)
def math_log10(g, y, x):
    return 0.4342944819032518 * g / x


@elementwise(math.log1p, singular=True)
def math_log1p(g, y, x):
    return g / (1 + x)


@elementwise(np.logaddexp)
def logaddexp(g, z, x, y):
    x_bar = g * np.exp(np.where(x == y, -0.6931471805599453, x - z))
    return x_bar, g * np.exp(np.where(x == y, -0.6931471805599453, y - z))


@elementwise(np.logaddexp2)
def logaddexp2(g, z, x, y):
    return g * np.exp2(np.where(x == y, -1.0, x - z)), g * np.exp2(np.where(x == y, -1.0, y - z))


# ---- roots ----------------------------------------------------------------------------------------------


@elementwise(np.sqrt, cmath.sqrt, singular=True)
def sqrt(g, y, x):
    return 0.5 * g / y


@elementwise(math.sqrt, singular=True)
def math_sqrt(g, y, x):
    return np.divide(0.5 * g, y)


@elementwise(np.cbrt, *([math.cbrt] if hasattr(math, "cbrt") else []), singular=True)
def cbrt(g, y, x):
    return np.divide(g, 3 * y * y)


@elementwise(np.hypot)
def hypot(g, z, x, y):
    return g * x / (z + (z == 0)), g * y / (z + (z == 0))


# ---- trigonometry ---------------------------------------------------------------------------------------


@elementwise(np.sin)
def sin(g, y, x):
    return g * np.cos(x)


@elementwise(math.sin)
def math_sin(g, y, x):
    return g * math.cos(x)


@elementwise(np.cos)
def cos(g, y, x):
    return -g * np.sin(x)


@elementwise(math.cos)
def math_cos(g, y, x):
    return -g * math.sin(x)


@elementwise(np.tan, math.tan, cmath.tan)
def tan(g, y, x):
    return g * (1 + y * y)


@elementwise(np.arcsin, math.asin, singular=True)
def arcsin(g, y, x):
    return g / np.sqrt(1 - x * x)


@elementwise(np.arccos, math.acos, singular=True)
def arccos(g, y, x):
    return -g / np.sqrt(1 - x * x)


@elementwise(np.arctan, math.atan)
def arctan(g, y, x):
    return g / (1 + x * x)


@elementwise(np.arctan2, math.atan2)
def arctan2(g, z, y, x):
    r2 = x * x + y * y
    return g * x / (r2 + (r2 == 0)), -g * y / (r2 + (r2 == 0))


@elementwise(np.deg2rad, np.radians, math.radians)
def radians(g, y, x):
    return 0.017453292519943295 * g


@elementwise(np.rad2deg, np.degrees, math.degrees)
def degrees(g, y, x):
    return 57.29577951308232 * g


@elementwise(np.sinc)
def sinc(g, y, x):
    return g * sinc_derivative(x, 1)


@elementwise(sinc_derivative)
def sinc_derivative_rule(g, y, x, n):
    return g * sinc_derivative(x, n + 1), None


# ---- hyperbolic functions -------------------------------------------------------------------------------


@elementwise(np.sinh)
def sinh(g, y, x):
    return g * np.cosh(x)


@elementwise(math.sinh)
def math_sinh(g, y, x):
    return g * math.cosh(x)


@elementwise(np.cosh)
def cosh(g, y, x):
    return g * np.sinh(x)


@elementwise(math.cosh)
def math_cosh(g, y, x):
    return g * math.sinh(x)


@elementwise(np.tanh, math.tanh, cmath.tanh)
def tanh(g, y, x):
    return g * (1 - y * y)


@elementwise(np.arcsinh, math.asinh)
def arcsinh(g, y, x):
    return g / np.sqrt(x * x + 1)


@elementwise(np.arccosh, math.acosh, singular=True)
def arccosh(g, y, x):
    return g / (np.sqrt(x - 1) * np.sqrt(x + 1))


@elementwise(np.arctanh, math.atanh, singular=True)
def arctanh(g, y, x):
    return np.divide(g, 1 - x * x)


# ---- choices: the engine prints np.where of scalars as a conditional expression -------------------------


@elementwise(np.where)
def where(g, z, condition, x, y):
    return None, np.where(condition, g, 0), np.where(condition, 0, g)


@tangent(np.where)
def where_tangent(dots, z, condition, x, y):
    if dots[1] is None:
        return np.where(condition, 0, dots[2])
    if dots[2] is None:
        return np.where(condition, dots[1], 0)
    return np.where(condition, dots[1], dots[2])


@elementwise(np.maximum)
def maximum(g, z, x, y):
    x_bar = np.where(x > y, g, np.where(x == y, 0.5 * g, 0))
    return x_bar, np.where(y > x, g, np.where(x == y, 0.5 * g, 0))


@elementwise(np.minimum)
def minimum(g, z, x, y):
    x_bar = np.where(x < y, g, np.where(x == y, 0.5 * g, 0))
    return x_bar, np.where(y < x, g, np.where(x == y, 0.5 * g, 0))


@elementwise(np.fmax, np.fmin)
def fmax(g, z, x, y):
    """The result tells which operand it is, also where the other one is NaN."""
    x_bar = np.where(x == y, 0.5 * g, np.where(x == z, g, 0))
    return x_bar, np.where(x == y, 0.5 * g, np.where(y == z, g, 0))


@elementwise(np.clip)
def clip(g, y, a, a_min, a_max):
    if a_min is None:
        inside = a < a_max
        edge = a == a_max
    elif a_max is None:
        inside = a > a_min
        edge = a == a_min
    else:
        inside = (a > a_min) & (a < a_max)
        edge = (a == y) & (a_min != a_max)
    a_bar = np.where(inside, g, np.where(edge, 0.5 * g, 0))
    low_bar = None if a_min is None else np.where(a < a_min, g, np.where(a == a_min, 0.5 * g, 0))
    high_bar = None if a_max is None else np.where(a > a_max, g, np.where(a == a_max, 0.5 * g, 0))
    return a_bar, low_bar, high_bar


@elementwise(np.copysign, math.copysign)
def copysign(g, z, x1, x2):
    return g * np.sign(x1) * np.copysign(1.0, x2), None


@elementwise(np.nan_to_num)
def nan_to_num(g, y, x, copy=True, nan=0.0, posinf=None, neginf=None):
    return np.where(np.isfinite(x), g, 0)


# ---- complex numbers: an adjoint a satisfies dy = Re(a dx) ----------------------------------------------


@linear(np.real)
def real(g, y, val):
    return g


@linear(np.imag)
def imag(g, y, val):
    return -1j * g if np.iscomplexobj(val) else None


@linear(np.conjugate)
def conjugate(g, y, x):
    return np.conj(g)


@adjoint(np.angle)
def angle(g, y, z, deg=False):
    if not np.iscomplexobj(z):
        return None
    return -1j * (57.29577951308232 * g if deg else g) / z


@tangent(np.angle)
def angle_tangent(dots, y, z, deg=False):
    return (57.29577951308232 if deg else 1) * np.imag(dots[0] / z)


# ---- special functions of `math` (other modules: `s2sad.rules.special`) ---------------------------------


@elementwise(np.ldexp, math.ldexp)
def ldexp(g, y, x, i):
    return np.ldexp(g, i), None


@elementwise(np.nextafter, math.nextafter)
def nextafter(g, y, x1, x2):
    return g, None


@adjoint(np.modf, math.modf)
def modf(g, y, x):
    return g[0]


@tangent(np.modf, math.modf)
def modf_tangent(dots, y, x):
    return dots[0], np.zeros_like(y[1])


@adjoint(np.frexp)
def frexp(g, y, x):
    return np.ldexp(g[0], -y[1])


@tangent(np.frexp)
def frexp_tangent(dots, y, x):
    return np.ldexp(dots[0], -y[1]), None


# ---- piecewise constant ---------------------------------------------------------------------------------

nondifferentiable(np.sign, np.heaviside, np.signbit, np.floor, np.ceil, np.rint, np.trunc, np.fix)
nondifferentiable(np.round, np.around, builtins.round, math.floor, math.ceil, math.trunc)
nondifferentiable(np.isnan, np.isinf, np.isfinite, np.isneginf, np.isposinf, math.isnan, math.isinf)
nondifferentiable(math.isfinite, np.spacing)
