"""The rules of quadrature of `scipy.integrate`, linear in the values; the abscissae are constants.

>>> cumulative_trapezoid(np.array([1.0, 1.0]), None, np.array([1.0, 2.0, 3.0]))
array([1. , 1.5, 0.5])
>>> simpson(3.0, None, np.array([1.0, 2.0, 3.0]))
array([1., 4., 1.])
"""

from __future__ import annotations

import numpy as np
import scipy.integrate

from s2sad.analysis import transfer_scipy as rows
from s2sad.frontend.names import add_module
from s2sad.rules import reductions
from s2sad.rules.declare import adjoint, linear, tangent

add_module("scipy", scipy)
add_module("scipy.integrate", scipy.integrate)

rows.fresh(rows.cumulative, scipy.integrate.cumulative_trapezoid)

linear(scipy.integrate.trapezoid)(reductions.trapezoid)


@adjoint(scipy.integrate.cumulative_trapezoid)
def cumulative_trapezoid(g, s, y, x=None, dx=1.0, axis=-1, initial=None):
    """The adjoint of the integral over each step is the sum of `g` from there on."""
    g = np.moveaxis(g, axis, -1)
    g = g if initial is None else g[..., 1:]
    if x is None:
        steps = dx
    else:
        steps = np.diff(x) if np.ndim(x) == 1 else np.moveaxis(np.diff(x, axis=axis), axis, -1)
    half = 0.5 * np.flip(np.cumsum(np.flip(g, -1), -1), -1) * steps
    zero = np.zeros_like(half[..., :1])
    y_bar = np.concatenate((half, zero), -1) + np.concatenate((zero, half), -1)
    return np.moveaxis(y_bar, -1, axis)


@tangent(scipy.integrate.cumulative_trapezoid)
def cumulative_trapezoid_tangent(dots, s, y, x=None, dx=1.0, axis=-1, initial=None):
    return scipy.integrate.cumulative_trapezoid(dots[0], x, dx, axis, initial)


@linear(scipy.integrate.simpson)
def simpson(g, s, y, *, dx=1.0, axis=-1):
    n = np.shape(y)[axis]
    if n % 2 == 0:
        raise ValueError("scipy.integrate.simpson: has a derivative for an odd number of samples only")
    k = np.arange(n)
    third = np.expand_dims(g * (dx / 3), -1)
    ends = (k == 0) | (k == n - 1)
    y_bar = np.where(ends, third, np.where(k % 2 == 1, 4 * third, 2 * third))
    return np.moveaxis(y_bar, -1, axis)
