"""Operators and their NumPy twins, the easiest first.

A row says how a change of each operand changes the result, times `g`. It is written as for scalars of one
shape, and serves both modes.

>>> multiply(1.0, 6.0, 2.0, 3.0)
(3.0, 2.0)
>>> power(1.0, 8.0, 2.0, 3)[0]
12.0

Conventions: abs at 0 has slope 0; x ** 0 at 0 has slope 0; x ** p at x = 0 has slope 0 in p; mod at a jump
has slope 1. Complex: no conjugates, except in `absolute`, whose adjoint a satisfies dy = Re(a dx) as in JAX.
"""

from __future__ import annotations

import builtins
import math
import operator

import numpy as np

from s2sad.rules.declare import adjoint, elementwise, known, nondifferentiable, tangent
from s2sad.runtime import unbroadcast

# ---- sums and products ----------------------------------------------------------------------------------


@elementwise(np.positive, operator.pos)
def positive(g, y, x):
    return g


@elementwise(np.negative, operator.neg)
def negative(g, y, x):
    return -g


@elementwise(np.add, operator.add, operator.iadd)
def add(g, z, x, y):
    return g, g


@elementwise(np.subtract, operator.sub, operator.isub)
def subtract(g, z, x, y):
    return g, -g


@elementwise(np.multiply, operator.mul, operator.imul)
def multiply(g, z, x, y):
    return g * y, g * x


@elementwise(np.square)
def square(g, y, x):
    return 2 * g * x


# ---- quotients ------------------------------------------------------------------------------------------
# Operators on Python floats raise at 0, and so may their rules; NumPy's functions do not, so their rules use
# np.divide where a quotient of two Python floats could arise.


@elementwise(operator.truediv, operator.itruediv, singular=True)
def truediv(g, z, x, y):
    return g / y, -g * z / y


@elementwise(np.divide, singular=True)
def divide(g, z, x, y):
    return np.divide(g, y), -g * z / y


@elementwise(np.reciprocal, singular=True)
def reciprocal(g, y, x):
    return -g * y * y


# ---- absolute values ------------------------------------------------------------------------------------


@elementwise(np.absolute, builtins.abs, operator.abs)
def absolute(g, y, x):
    if known(np.iscomplexobj(x)) and not np.iscomplexobj(x):
        return g * np.sign(x)
    return g * np.conj(x) / (y + (y == 0))


@tangent(np.absolute, builtins.abs, operator.abs)
def absolute_tangent(dots, y, x):
    if known(np.iscomplexobj(x)) and not np.iscomplexobj(x):
        return dots[0] * np.sign(x)
    return np.real(dots[0] * np.conj(x)) / (y + (y == 0))


@elementwise(np.fabs, math.fabs)
def fabs(g, y, x):
    return g * np.sign(x)


# ---- remainders -----------------------------------------------------------------------------------------

nondifferentiable(np.floor_divide, operator.floordiv, operator.ifloordiv)


@elementwise(operator.mod, operator.imod)
def mod(g, z, x, y):
    return g, -g * (x // y)


@elementwise(np.remainder)
def remainder(g, z, x, y):
    return g, -g * np.floor_divide(x, y)


@elementwise(np.fmod, math.fmod)
def fmod(g, z, x, y):
    return g, -g * np.trunc(np.divide(x, y))


@elementwise(math.remainder)
def ieee_remainder(g, z, x, y):
    return g, -g * np.rint((x - z) / y)


@adjoint(builtins.divmod, np.divmod)
def divmod_(g, z, x, y):
    """The quotient has no derivative; the remainder is x - quotient * y."""
    if g[1] is None:
        return None, None
    return unbroadcast(g[1], x), unbroadcast(-g[1] * z[0], y)


@tangent(builtins.divmod, np.divmod)
def divmod_tangent(dots, z, x, y):
    x_dot, y_dot = dots
    if y_dot is None:
        return None, x_dot
    if x_dot is None:
        return None, -z[0] * y_dot
    return None, x_dot - z[0] * y_dot


# ---- powers ---------------------------------------------------------------------------------------------
# `p - 1 + (p == 0)` is p - 1, or 0 where p is 0, so that 0 * x ** 0 is 0 at x = 0 too; it keeps the dtype.
# np.power is used where 0 ** negative would make Python raise although the primal does not: 0 < p < 1.


@elementwise(operator.pow, operator.ipow, np.power, np.float_power, builtins.pow, singular=True)
def power(g, z, x, p):
    if known(p) and np.ndim(p) == 0:
        if p == 0:
            x_bar = None
        elif p == 1:
            x_bar = g
        elif p == 0.5:
            x_bar = np.divide(0.5 * g, z)
        elif 0 < p and p < 1:
            x_bar = p * np.power(x, p - 1) * g
        else:
            x_bar = p * x ** (p - 1) * g
    elif known(isinstance(p, int)) and isinstance(p, int):
        x_bar = p * x ** (p - 1 + (p == 0)) * g
    else:
        x_bar = p * np.power(x, p - 1 + (p == 0)) * g
    if known(x) and np.ndim(x) == 0 and x != 0:
        return x_bar, g * z * np.log(x)
    return x_bar, g * z * np.log(np.where(x == 0, 1, x))


@elementwise(math.pow, singular=True)
def math_pow(g, z, x, p):
    return p * np.power(x, p - 1 + (p == 0)) * g, g * z * np.log(x + (x == 0))
