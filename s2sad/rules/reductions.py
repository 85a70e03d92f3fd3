"""Sums, means, products, extremes, and running sums: the arithmetic is done on the small `g` first.

A reduction over `axis` without `keepdims` gets its axis back by np.expand_dims; the outermost form is
np.broadcast_to(..., shape of the operand), which the engine merges into what follows.

>>> sum(1.0, 6.0, np.array([1.0, 2.0, 3.0]))
array([1., 1., 1.])
>>> max_(1.0, 3.0, np.array([1.0, 3.0, 3.0]))
array([0. , 0.5, 0.5])
>>> prod(1.0, 0.0, np.array([2.0, 0.0, 3.0]))
array([0., 6., 0.])

Conventions: 1/k to each of k ties of max, min; products are exact at zeros; std of a constant has slope 0.
"""

from __future__ import annotations

import numpy as np

from s2sad.rules.declare import adjoint, linear, nondifferentiable, tangent
from s2sad.runtime import cumprod_adjoint, product_of_others, tie_weights

TRAPEZOID = getattr(np, "trapezoid" if hasattr(np, "trapezoid") else "trapz")  # NumPy 2 renamed it

# ---- sums and means -------------------------------------------------------------------------------------


@linear(np.sum)
def sum(g, y, a, axis=None, *, keepdims=False, initial=0, where=True):
    if not (axis is None or keepdims):
        g = np.expand_dims(g, axis)
    if where is True:
        return np.broadcast_to(g, np.shape(a))
    return np.where(where, np.broadcast_to(g, np.shape(a)), 0)


@linear(np.mean)
def mean(g, y, a, axis=None, *, keepdims=False, where=True):
    if where is not True:
        if not (axis is None or keepdims):
            g = np.expand_dims(g, axis)
        count = np.sum(np.broadcast_to(where, np.shape(a)), axis=axis, keepdims=True)
        return np.where(where, g / count, 0)
    if axis is None:
        return np.broadcast_to(g / np.size(a), np.shape(a))
    count = np.shape(a)[axis] if isinstance(axis, int) else np.size(a) / np.size(y)
    if keepdims:
        return np.broadcast_to(g / count, np.shape(a))
    return np.broadcast_to(np.expand_dims(g / count, axis), np.shape(a))


@linear(np.average)
def average(g, y, a, axis=None, weights=None, *, keepdims=False):
    if not (axis is None or keepdims):
        g = np.expand_dims(g, axis)
    if weights is None:
        return np.broadcast_to(g * (np.size(y) / np.size(a)), np.shape(a))
    if np.ndim(weights) == 1 and np.ndim(a) > 1:
        weights = np.expand_dims(weights, tuple([k for k in range(np.ndim(a)) if k != axis % np.ndim(a)]))
    return np.broadcast_to(g / np.sum(weights, axis=axis, keepdims=True), np.shape(a)) * weights


def valid_of(a, where):
    """Return the mask of what a reduction that passes over NaN takes in."""
    return ~np.isnan(a) if where is True else ~np.isnan(a) & where


@adjoint(np.nansum)
def nansum(g, y, a, axis=None, *, keepdims=False, initial=0, where=True):
    if not (axis is None or keepdims):
        g = np.expand_dims(g, axis)
    return np.where(valid_of(a, where), np.broadcast_to(g, np.shape(a)), 0)


@tangent(np.nansum)
def nansum_tangent(dots, y, a, axis=None, *, keepdims=False, initial=0, where=True):
    return np.sum(np.where(valid_of(a, where), dots[0], 0), axis=axis, keepdims=keepdims)


@adjoint(np.nanmean)
def nanmean(g, y, a, axis=None, *, keepdims=False, where=True):
    valid = valid_of(a, where)
    if not (axis is None or keepdims):
        g = np.expand_dims(g, axis)
    count = np.sum(valid.astype(a.dtype), axis=axis, keepdims=axis is not None)
    return np.where(valid, g / count, 0)


@tangent(np.nanmean)
def nanmean_tangent(dots, y, a, axis=None, *, keepdims=False, where=True):
    valid = valid_of(a, where)
    count = np.sum(valid.astype(a.dtype), axis=axis, keepdims=keepdims)
    return np.sum(np.where(valid, dots[0], 0), axis=axis, keepdims=keepdims) / count


def nan_deviations(a, valid, axis, where):
    """Return the differences from the mean, 0 where it passes over."""
    return np.where(valid, a - np.nanmean(a, axis=axis, keepdims=axis is not None, where=where), 0)


@adjoint(np.nanvar)
def nanvar(g, y, a, axis=None, *, ddof=0, keepdims=False, where=True):
    valid = valid_of(a, where)
    if not (axis is None or keepdims):
        g = np.expand_dims(g, axis)
    count = np.sum(valid.astype(a.dtype), axis=axis, keepdims=axis is not None)
    centered = nan_deviations(a, valid, axis, where)
    return 2 * g / (count - ddof) * (np.conj(centered) if np.iscomplexobj(a) else centered)


@tangent(np.nanvar)
def nanvar_tangent(dots, y, a, axis=None, *, ddof=0, keepdims=False, where=True):
    valid = valid_of(a, where)
    count = np.sum(valid.astype(a.dtype), axis=axis, keepdims=keepdims)
    product = np.conj(nan_deviations(a, valid, axis, where)) * np.where(valid, dots[0], 0)
    return 2 * np.sum(np.real(product), axis=axis, keepdims=keepdims) / (count - ddof)


@adjoint(np.nanstd)
def nanstd(g, y, a, axis=None, *, ddof=0, keepdims=False, where=True):
    return nanvar(g / (2 * (y + (y == 0))), y, a, axis, ddof=ddof, keepdims=keepdims, where=where)


@tangent(np.nanstd)
def nanstd_tangent(dots, y, a, axis=None, *, ddof=0, keepdims=False, where=True):
    change = nanvar_tangent(dots, y, a, axis, ddof=ddof, keepdims=keepdims, where=where)
    return change / (2 * (y + (y == 0)))


# ---- products -------------------------------------------------------------------------------------------


def factors(a, axis, initial, where):
    """Return, for each element, the product of all that it is multiplied with."""
    others = product_of_others(a if where is True else np.where(where, a, 1), axis)
    others = others if initial is None else initial * others
    return others if where is True else np.where(where, others, 0)


@adjoint(np.prod)
def prod(g, y, a, axis=None, *, keepdims=False, initial=None, where=True):
    if axis is None or keepdims:
        return g * factors(a, axis, initial, where)
    return np.expand_dims(g, axis) * factors(a, axis, initial, where)


@tangent(np.prod)
def prod_tangent(dots, y, a, axis=None, *, keepdims=False, initial=None, where=True):
    return np.sum(factors(a, axis, initial, where) * dots[0], axis=axis, keepdims=keepdims)


@adjoint(np.nanprod)
def nanprod(g, y, a, axis=None, *, keepdims=False, initial=None, where=True):
    filled = np.where(np.isnan(a), 1, a)
    return np.where(np.isnan(a), 0, prod(g, y, filled, axis, keepdims=keepdims, initial=initial, where=where))


@tangent(np.nanprod)
def nanprod_tangent(dots, y, a, axis=None, *, keepdims=False, initial=None, where=True):
    filled, change = np.where(np.isnan(a), 1, a), np.where(np.isnan(a), 0, dots[0])
    return prod_tangent((change,), y, filled, axis, keepdims=keepdims, initial=initial, where=where)


# ---- extremes -------------------------------------------------------------------------------------------


@adjoint(np.max, np.min, np.amax, np.amin, np.nanmax, np.nanmin)
def max_(g, y, a, axis=None, *, keepdims=False, initial=None, where=True):
    if where is not True:
        a = np.where(where, a, np.nan)  # equal to nothing
    if axis is None or keepdims:
        return g * tie_weights(a, y, axis)
    return np.expand_dims(g, axis) * tie_weights(a, np.expand_dims(y, axis), axis)


@tangent(np.max, np.min, np.amax, np.amin, np.nanmax, np.nanmin)
def max_tangent(dots, y, a, axis=None, *, keepdims=False, initial=None, where=True):
    if where is not True:
        a = np.where(where, a, np.nan)
    largest = y if axis is None or keepdims else np.expand_dims(y, axis)
    return np.sum(tie_weights(a, largest, axis) * dots[0], axis=axis, keepdims=keepdims)


@adjoint(np.ptp)
def ptp(g, y, a, axis=None, *, keepdims=False):
    if not (axis is None or keepdims):
        g = np.expand_dims(g, axis)
    largest = np.max(a, axis=axis, keepdims=axis is not None)
    smallest = np.min(a, axis=axis, keepdims=axis is not None)
    return g * (tie_weights(a, largest, axis) - tie_weights(a, smallest, axis))


@tangent(np.ptp)
def ptp_tangent(dots, y, a, axis=None, *, keepdims=False):
    largest = np.max(a, axis=axis, keepdims=axis is not None)
    smallest = np.min(a, axis=axis, keepdims=axis is not None)
    weights = tie_weights(a, largest, axis) - tie_weights(a, smallest, axis)
    return np.sum(weights * dots[0], axis=axis, keepdims=keepdims)


# ---- spread ---------------------------------------------------------------------------------------------


def deviations(a, axis, where):
    """Return the differences from the mean, 0 where the mask is false."""
    if where is True:
        return a - np.mean(a, axis=axis, keepdims=axis is not None)
    return np.where(where, a - np.mean(a, axis=axis, keepdims=True, where=where), 0)


def freedom(a, y, axis, ddof, keepdims, where, correction):
    """Return how many elements there are to each mean, less `ddof`."""
    ddof = ddof if correction is None else correction
    if where is True:
        return np.size(a) / np.size(y) - ddof
    return np.sum(np.broadcast_to(where, np.shape(a)), axis=axis, keepdims=keepdims) - ddof


@adjoint(np.var)
def var(g, y, a, axis=None, *, ddof=0, keepdims=False, where=True, correction=None):
    g = 2 * g / freedom(a, y, axis, ddof, keepdims, where, correction)
    if not (axis is None or keepdims):
        g = np.expand_dims(g, axis)
    centered = deviations(a, axis, where)
    return g * (np.conj(centered) if np.iscomplexobj(a) else centered)


@tangent(np.var)
def var_tangent(dots, y, a, axis=None, *, ddof=0, keepdims=False, where=True, correction=None):
    centered = deviations(a, axis, where)
    product = np.real(np.conj(centered) * dots[0]) if np.iscomplexobj(a) else centered * dots[0]
    total = np.sum(product, axis=axis, keepdims=keepdims)
    return 2 * total / freedom(a, y, axis, ddof, keepdims, where, correction)


@adjoint(np.std)
def std(g, y, a, axis=None, *, ddof=0, keepdims=False, where=True, correction=None):
    g = g / (freedom(a, y, axis, ddof, keepdims, where, correction) * (y + (y == 0)))
    if not (axis is None or keepdims):
        g = np.expand_dims(g, axis)
    centered = deviations(a, axis, where)
    return g * (np.conj(centered) if np.iscomplexobj(a) else centered)


@tangent(np.std)
def std_tangent(dots, y, a, axis=None, *, ddof=0, keepdims=False, where=True, correction=None):
    centered = deviations(a, axis, where)
    product = np.real(np.conj(centered) * dots[0]) if np.iscomplexobj(a) else centered * dots[0]
    total = np.sum(product, axis=axis, keepdims=keepdims)
    return total / (freedom(a, y, axis, ddof, keepdims, where, correction) * (y + (y == 0)))


# ---- running sums, products and differences -------------------------------------------------------------


@linear(np.cumsum)
def cumsum(g, y, a, axis=None):
    if axis is None:
        return np.reshape(np.cumsum(g[::-1])[::-1], np.shape(a))
    return np.flip(np.cumsum(np.flip(g, axis), axis), axis)


@adjoint(np.nancumsum)
def nancumsum(g, y, a, axis=None):
    return np.where(np.isnan(a), 0, cumsum(g, y, a, axis))


@tangent(np.nancumsum)
def nancumsum_tangent(dots, y, a, axis=None):
    return np.cumsum(np.where(np.isnan(a), 0, dots[0]), axis)


@adjoint(np.cumprod)
def cumprod(g, y, a, axis=None):
    if axis is None:
        return np.reshape(cumprod_adjoint(g, y, np.ravel(a), 0), np.shape(a))
    return cumprod_adjoint(g, y, a, axis)


@tangent(np.cumprod)
def cumprod_tangent(dots, y, a, axis=None):
    """Row i is (product before i) a_dot[i] + a[i] (row i - 1)."""
    a, a_dot = (np.ravel(a), np.ravel(dots[0])) if axis is None else (a, dots[0])
    k = 0 if axis is None else axis
    a, a_dot, products = np.moveaxis(a, k, 0), np.moveaxis(a_dot, k, 0), np.moveaxis(y, k, 0)
    rows = [a_dot[0]]
    for i in range(1, len(a)):
        rows.append(products[i - 1] * a_dot[i] + a[i] * rows[i - 1])
    return np.moveaxis(np.stack(rows), 0, k)


@adjoint(np.nancumprod)
def nancumprod(g, y, a, axis=None):
    return np.where(np.isnan(a), 0, cumprod(g, y, np.where(np.isnan(a), 1, a), axis))


@tangent(np.nancumprod)
def nancumprod_tangent(dots, y, a, axis=None):
    return cumprod_tangent((np.where(np.isnan(a), 0, dots[0]),), y, np.where(np.isnan(a), 1, a), axis)


@linear(np.diff)
def diff(g, y, a, n=1, axis=-1):
    zero = np.zeros_like(np.take(a, [0], axis))
    for _ in range(n):
        g = -np.diff(np.concatenate((zero, g, zero), axis), 1, axis)
    return g


@linear(TRAPEZOID)
def trapezoid(g, s, y, x=None, dx=1.0, axis=-1):
    """The sum of (x[i + 1] - x[i]) (y[i] + y[i + 1]) / 2; the abscissae `x` and `dx` are constants."""
    if x is None or np.ndim(x) == 0:
        steps = dx * np.ones(y.shape[axis] - 1, np.result_type(y))
    else:
        steps = np.diff(x) if np.ndim(x) == 1 else np.moveaxis(np.diff(x, axis=axis), axis, -1)
    half = 0.5 * np.expand_dims(g, -1) * steps
    zero = np.zeros_like(half[..., :1])
    y_bar = np.concatenate((half, zero), -1) + np.concatenate((zero, half), -1)
    return np.moveaxis(y_bar, -1, axis)


# ---- matrices -------------------------------------------------------------------------------------------


@linear(np.trace)
def trace(g, y, a, offset=0, axis1=0, axis2=1):
    unit = np.eye(a.shape[axis1], a.shape[axis2], offset, dtype=np.result_type(a))
    if np.ndim(a) == 2 and axis1 == 0 and axis2 == 1:
        return g * unit
    return np.moveaxis(np.expand_dims(g, (-2, -1)) * unit, (-2, -1), (axis1, axis2))


# ---- indices --------------------------------------------------------------------------------------------

nondifferentiable(np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.count_nonzero, np.all, np.any)
