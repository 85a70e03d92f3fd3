"""The interpolants of `scipy.interpolate`, evaluated: the slope in `x` is that of the interpolant itself.

>>> spline = scipy.interpolate.CubicSpline([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 8.0, 27.0])
>>> evaluate(2.0, None, spline, np.array([0.5, 1.5]))[1]
array([ 1.5, 13.5])
>>> table = scipy.interpolate.interp1d([0.0, 1.0, 3.0], [0.0, 2.0, 3.0])
>>> interpolate(1.0, None, table, np.array([0.5, 1.0, 2.0]))[1]
array([2. , 0.5, 0.5])

At a knot it is that of the piece to the right. What an interpolant is made of is a constant here; see
`s2sad.rules.scipy_interpolants` for those that are made of differentiated values.
"""

from __future__ import annotations

import numpy as np
import scipy.interpolate
from scipy.interpolate import (
    BarycentricInterpolator,
    BPoly,
    BSpline,
    KroghInterpolator,
    PPoly,
    UnivariateSpline,
    interp1d,
    make_interp_spline,
    splev,
)

from s2sad.analysis import transfer_interpolate as rows
from s2sad.frontend.names import add_methods, add_module
from s2sad.rules.declare import adjoint, nondifferentiable, tangent

add_module("scipy", scipy)
add_module("scipy.interpolate", scipy.interpolate)

# ---- the axes of values: those of `x` stand where the axis of interpolation was ---------------------------


def added_axes(f, x):
    """Return which axes an array of values has that `x` does not have."""
    n, first = np.ndim(x), rows.before(f)
    if rows.rank(f) == 1:
        return n if first == 0 else 0
    return tuple(range(first)) + tuple(range(first + n, rows.rank(f) + n))


def spread(v, f, x):
    """Return numbers of the shape of `x` in a shape that broadcasts with the values of `f` there."""
    return np.expand_dims(v, added_axes(f, x))


def summed(v, f, x):
    """Sum over the axes of the values of `f` that `x` does not have."""
    return np.sum(v, axis=added_axes(f, x))


# ---- piecewise polynomials and B-splines: a derivative of zero stops slopes that may be NaN ----------------


def slope_of_pieces(change, self, x, nu, extrapolate):
    """Return the slope, and zero where it is multiplied by a change of zero."""
    slope = self(x, nu + 1) if extrapolate is None else self(x, nu + 1, extrapolate)
    return np.where(change == 0, 0.0, slope) if rows.ends(self, extrapolate) else slope


@adjoint(PPoly.__call__, BPoly.__call__, BSpline.__call__)
def evaluate(g, y, self, x, nu=0, extrapolate=None):
    slope = slope_of_pieces(g, self, x, nu, extrapolate)
    return None, g * slope if rows.rank(self) == 0 else summed(g * slope, self, x)


@tangent(PPoly.__call__, BPoly.__call__, BSpline.__call__)
def evaluate_tangent(dots, y, self, x, nu=0, extrapolate=None):
    x_dot = dots[1] if rows.rank(self) == 0 else spread(dots[1], self, x)
    return x_dot * slope_of_pieces(x_dot, self, x, nu, extrapolate)


def value_at_end(self, x, extrapolate):
    """Return the value at an end of an integral, which is zero where a spline has ended."""
    y = self(x) if extrapolate is None else self(x, 0, extrapolate)
    return np.where(np.isnan(y), 0.0, y) if rows.ends(self, extrapolate) else y


@adjoint(PPoly.integrate, BPoly.integrate, BSpline.integrate)
def integrate(g, y, self, a, b, extrapolate=None):
    a_bar, b_bar = g * value_at_end(self, a, extrapolate), g * value_at_end(self, b, extrapolate)
    return (None, -a_bar, b_bar) if rows.rank(self) == 0 else (None, -np.sum(a_bar), np.sum(b_bar))


@tangent(PPoly.integrate, BPoly.integrate, BSpline.integrate)
def integrate_tangent(dots, y, self, a, b, extrapolate=None):
    if dots[1] is None:
        return dots[2] * value_at_end(self, b, extrapolate)
    if dots[2] is None:
        return -dots[1] * value_at_end(self, a, extrapolate)
    return dots[2] * value_at_end(self, b, extrapolate) - dots[1] * value_at_end(self, a, extrapolate)


# ---- smoothing splines: one that is constant outside has the slope zero there; its derivatives go on -------


def slope_of_fitted(self, x, nu, ext):
    if nu == 0 and rows.ends(self, ext):
        return self(x, 1, 1)
    return self(x, nu + 1) if ext is None else self(x, nu + 1, ext)


@adjoint(UnivariateSpline.__call__)
def fitted(g, y, self, x, nu=0, ext=None):
    return None, g * slope_of_fitted(self, x, nu, ext)


@tangent(UnivariateSpline.__call__)
def fitted_tangent(dots, y, self, x, nu=0, ext=None):
    return dots[1] * slope_of_fitted(self, x, nu, ext)


@adjoint(UnivariateSpline.integral)
def integral(g, y, self, a, b):
    """The spline counts as zero outside."""
    return None, -g * self(a, 0, 1), g * self(b, 0, 1)


@tangent(UnivariateSpline.integral)
def integral_tangent(dots, y, self, a, b):
    if dots[1] is None:
        return dots[2] * self(b, 0, 1)
    if dots[2] is None:
        return -dots[1] * self(a, 0, 1)
    return dots[2] * self(b, 0, 1) - dots[1] * self(a, 0, 1)


@adjoint(splev)
def evaluate_representation(g, y, x, tck, der=0, ext=0):
    return g * splev(x, tck, der + 1, 1 if der == 0 and ext == 3 else ext), None


@tangent(splev)
def evaluate_representation_tangent(dots, y, x, tck, der=0, ext=0):
    return dots[0] * splev(x, tck, der + 1, 1 if der == 0 and ext == 3 else ext)


# ---- tables: the slopes are those of the spline through the values ----------------------------------------


def slope_of_table(self, x):
    if rows.degree(self) < 0:
        slope = self.derivative(x)
    elif rows.before(self) == 0:
        slope = make_interp_spline(self.x, self.y, rows.degree(self))(x, 1)
    else:
        slope = make_interp_spline(self.x, self.y, rows.degree(self), axis=self.axis)(x, 1)
    if rows.ends(self):
        outside = (x < self.x[0]) | (x > self.x[-1])
        slope = np.where(outside if rows.rank(self) == 0 else spread(outside, self, x), 0.0, slope)
    return slope


@adjoint(interp1d.__call__, BarycentricInterpolator.__call__)
def interpolate(g, y, self, x):
    if rows.degree(self) == 0:
        return None, None
    slope = slope_of_table(self, x)
    return None, g * slope if rows.rank(self) == 0 else summed(g * slope, self, x)


@tangent(interp1d.__call__, BarycentricInterpolator.__call__)
def interpolate_tangent(dots, y, self, x):
    if rows.degree(self) == 0:
        return np.zeros_like(y)
    slope = slope_of_table(self, x)
    return (dots[1] if rows.rank(self) == 0 else spread(dots[1], self, x)) * slope


@adjoint(KroghInterpolator.derivative, BarycentricInterpolator.derivative)
def polynomial_derivative(g, y, self, x, der=1):
    slope = self.derivative(x, der + 1)
    return None, g * slope if rows.rank(self) == 0 else summed(g * slope, self, x)


@tangent(KroghInterpolator.derivative, BarycentricInterpolator.derivative)
def polynomial_derivative_tangent(dots, y, self, x, der=1):
    slope = self.derivative(x, der + 1)
    return (dots[1] if rows.rank(self) == 0 else spread(dots[1], self, x)) * slope


# ---- what has no derivative -------------------------------------------------------------------------------

METHODS = (
    PPoly.derivative,
    PPoly.antiderivative,
    BPoly.derivative,
    BPoly.antiderivative,
    BSpline.derivative,
    BSpline.antiderivative,
    UnivariateSpline.derivative,
    UnivariateSpline.antiderivative,
)
nondifferentiable(rows.rank, rows.before, rows.ends, rows.degree, *METHODS)
add_methods(*METHODS, *rows.CALLS, *rows.INTEGRALS, UnivariateSpline.integral)
