"""Order statistics and covariances.

>>> median(1.0, 2.5, np.array([4.0, 1.0, 2.0, 3.0]))
array([0. , 0. , 0.5, 0.5])
>>> percentile(1.0, 1.5, np.array([1.0, 2.0, 3.0]), 25)
(array([0.5, 0.5, 0. ]), np.float64(0.02))
>>> cov(1.0, 2.0, np.array([1.0, 3.0]))
(array([-2.,  2.]), ())

Conventions: ties by the stable permutation; an even median is 1/2, 1/2; in `q`, at an order statistic, the
slope to its right. The optional second array of np.cov and np.corrcoef is given by position.
"""

from __future__ import annotations

import numpy as np

from s2sad.rules.declare import adjoint, linear, tangent, unknown

# ---- counting ---------------------------------------------------------------------------------------------


@linear(np.bincount)
def bincount(g, y, x, weights, minlength=0):
    return None, g[x]


# ---- order statistics -----------------------------------------------------------------------------------


def hat_weights(a, q, axis, method="linear", skip=False):
    """Return the weights with which the sum of `a` over `axis` is its quantile `q`, a number.

    The quantile of the ranks themselves tells where it lies. With `skip`, NaN is passed over.
    """
    n = np.ndim(a)
    axes = list(range(n)) if axis is None else list(axis) if isinstance(axis, tuple) else [axis]
    last = list(range(n - len(axes), n))
    moved = np.moveaxis(a, axes, last)
    rows = np.reshape(moved, moved.shape[: n - len(axes)] + (-1,))
    ranks = np.argsort(np.argsort(rows, axis=-1, kind="stable"), axis=-1, kind="stable")
    if skip:
        size = np.sum(~np.isnan(rows), axis=-1, keepdims=True)
        place = q * (size - 1)
        weights = np.where(ranks < size, np.maximum(1 - np.abs(ranks - place), 0), 0).astype(a.dtype)
    elif method == "linear":
        weights = np.maximum(1 - np.abs(ranks - q * (rows.shape[-1] - 1)), 0).astype(a.dtype)
    else:
        place = np.quantile(np.arange(rows.shape[-1]) + 0.0, q, method=method)
        weights = np.maximum(1 - np.abs(ranks - place), 0).astype(a.dtype)
    return np.moveaxis(np.reshape(weights, moved.shape), last, axes)


@adjoint(np.median)
def median(g, y, a, axis=None, *, keepdims=False):
    if not (axis is None or keepdims):
        g = np.expand_dims(g, axis)
    return g * hat_weights(a, 0.5, axis)


@tangent(np.median)
def median_tangent(dots, y, a, axis=None, *, keepdims=False):
    return np.sum(hat_weights(a, 0.5, axis) * dots[0], axis=axis, keepdims=keepdims)


@adjoint(np.nanmedian)
def nanmedian(g, y, a, axis=None, *, keepdims=False):
    if not (axis is None or keepdims):
        g = np.expand_dims(g, axis)
    return g * hat_weights(a, 0.5, axis, skip=True)


@tangent(np.nanmedian)
def nanmedian_tangent(dots, y, a, axis=None, *, keepdims=False):
    weights = hat_weights(a, 0.5, axis, skip=True)
    return np.sum(np.where(weights > 0, weights * dots[0], 0), axis=axis, keepdims=keepdims)


def quantile_slope(a, q, axis, keepdims):
    """Return the derivative of ``np.quantile(a, q, axis)`` in `q`: the gap between two order statistics."""
    gaps = max((np.size(a) if axis is None else np.size(a) // np.size(np.sum(a, axis=axis))) - 1, 1)
    below = np.minimum(np.floor(np.asarray(q) * gaps), gaps - 1)
    upper = np.quantile(a, (below + 1) / gaps, axis, keepdims=keepdims)
    return gaps * (upper - np.quantile(a, below / gaps, axis, keepdims=keepdims))


def quantile_operand(g, a, q, axis, keepdims, method, skip):
    """Return the adjoint of `a` in its quantiles `q`, a number or an array."""
    if np.ndim(q) == 0:
        if not (axis is None or keepdims):
            g = np.expand_dims(g, axis)
        return g * hat_weights(a, q, axis, method, skip)
    rows = np.reshape(g, (np.size(q),) + g.shape[np.ndim(q) :])
    a_bar = np.zeros_like(a)
    for i in range(np.size(q)):
        row = rows[i] if axis is None or keepdims else np.expand_dims(rows[i], axis)
        a_bar = a_bar + row * hat_weights(a, np.ravel(q)[i], axis, method, skip)
    return a_bar


def quantile_change(a_dot, y, a, q, axis, keepdims, method, skip):
    """Return the tangent of the quantiles `q` of `a` from that of `a`."""
    parts = []
    for level in np.ravel(q):
        weights = hat_weights(a, level, axis, method, skip)
        change = np.where(weights > 0, weights * a_dot, 0) if skip else weights * a_dot
        parts.append(np.sum(change, axis=axis, keepdims=keepdims))
    return np.reshape(np.stack(parts), np.shape(y))


@adjoint(np.quantile)
def quantile(g, y, a, q, axis=None, *, keepdims=False, method="linear"):
    a_bar = quantile_operand(g, a, q, axis, keepdims, method, False)
    if method != "linear":
        return a_bar, unknown
    slope = g * quantile_slope(a, q, axis, keepdims)
    if np.ndim(q) == 0:
        return a_bar, np.sum(slope)
    return a_bar, np.sum(slope, axis=tuple(range(np.ndim(q), np.ndim(g))))


@tangent(np.quantile)
def quantile_tangent(dots, y, a, q, axis=None, *, keepdims=False, method="linear"):
    total = np.zeros_like(y)
    if dots[0] is not None:
        total = total + quantile_change(dots[0], y, a, q, axis, keepdims, method, False)
    if dots[1] is not None:
        if method != "linear":
            raise ValueError("np.quantile: in `q` there is a derivative for method='linear' only")
        q_dot = np.reshape(dots[1], np.shape(q) + (1,) * (np.ndim(y) - np.ndim(q)))
        total = total + quantile_slope(a, q, axis, keepdims) * q_dot
    return total


@adjoint(np.percentile)
def percentile(g, y, a, q, axis=None, *, keepdims=False, method="linear"):
    levels = np.asarray(q) / 100
    if method != "linear":
        return quantile_operand(g, a, levels, axis, keepdims, method, False), unknown
    a_bar, q_bar = quantile(g, y, a, levels, axis, keepdims=keepdims)
    return a_bar, q_bar / 100


@tangent(np.percentile)
def percentile_tangent(dots, y, a, q, axis=None, *, keepdims=False, method="linear"):
    q_dot = None if dots[1] is None else np.asarray(dots[1]) / 100
    levels = np.asarray(q) / 100
    return quantile_tangent((dots[0], q_dot), y, a, levels, axis, keepdims=keepdims, method=method)


@adjoint(np.nanquantile)
def nanquantile(g, y, a, q, axis=None, *, keepdims=False):
    return quantile_operand(g, a, q, axis, keepdims, "linear", True), unknown


@tangent(np.nanquantile)
def nanquantile_tangent(dots, y, a, q, axis=None, *, keepdims=False):
    if dots[1] is not None:
        raise ValueError("np.nanquantile: has no derivative in `q`")
    return quantile_change(dots[0], y, a, q, axis, keepdims, "linear", True)


@adjoint(np.nanpercentile)
def nanpercentile(g, y, a, q, axis=None, *, keepdims=False):
    return quantile_operand(g, a, np.asarray(q) / 100, axis, keepdims, "linear", True), unknown


@tangent(np.nanpercentile)
def nanpercentile_tangent(dots, y, a, q, axis=None, *, keepdims=False):
    if dots[1] is not None:
        raise ValueError("np.nanpercentile: has no derivative in `q`")
    return quantile_change(dots[0], y, a, np.asarray(q) / 100, axis, keepdims, "linear", True)


# ---- covariances ----------------------------------------------------------------------------------------


def rows_of(m, rowvar):
    """Return the variables of `m` as the rows of a matrix."""
    if np.iscomplexobj(m):
        raise ValueError("np.cov: complex arrays have no derivative")
    if np.ndim(m) < 2:
        return np.reshape(m, (1, -1))
    return m if rowvar else m.T


def variables(m, y, rowvar):
    """Return all variables as rows. A single row of `y` is one variable, whatever `rowvar` is."""
    if len(y) == 0 or y[0] is None:
        return rows_of(m, rowvar)
    if len(y) > 1:
        raise ValueError("np.cov: options have a derivative if they are given by name")
    if np.ndim(y[0]) == 2 and np.shape(y[0])[0] == 1:
        return np.concatenate((rows_of(m, rowvar), y[0]))
    return np.concatenate((rows_of(m, rowvar), rows_of(y[0], rowvar)))


def parted(x_bar, m, y, rowvar):
    """Return the adjoints of `m` and `y` from that of `variables`."""
    if len(y) == 0 or y[0] is None:
        return np.reshape(x_bar if rowvar or np.ndim(m) < 2 else x_bar.T, np.shape(m)), y
    count = 1 if np.ndim(m) < 2 else np.shape(m)[0] if rowvar else np.shape(m)[1]
    m_bar, y_bar = x_bar[:count], x_bar[count:]
    m_bar = m_bar if rowvar else m_bar.T
    y_bar = y_bar if rowvar or np.shape(y[0])[0] == 1 else y_bar.T
    return np.reshape(m_bar, np.shape(m)), (np.reshape(y_bar, np.shape(y[0])),)


def covariance_adjoint(g, x, count):
    """Return the adjoint of the rows `x` in their covariance; products are divided by `count`."""
    g = np.reshape(g, (len(x), len(x)))
    return ((g + g.T) / count) @ (x - np.mean(x, axis=1, keepdims=True))


def covariance_tangent(x_dot, x, count):
    product = x_dot @ (x - np.mean(x, axis=1, keepdims=True)).T
    return (product + product.T) / count


@adjoint(np.cov)
def cov(g, c, m, *y, rowvar=True, bias=False, ddof=None):
    x = variables(m, y, rowvar)
    count = x.shape[1] - ((0 if bias else 1) if ddof is None else ddof)
    return parted(covariance_adjoint(g, x, count), m, y, rowvar)


@tangent(np.cov)
def cov_tangent(dots, c, m, *y, rowvar=True, bias=False, ddof=None):
    x = variables(m, y, rowvar)
    count = x.shape[1] - ((0 if bias else 1) if ddof is None else ddof)
    return np.reshape(covariance_tangent(moved(dots, m, y, rowvar), x, count), np.shape(c))


def moved(dots, m, y, rowvar):
    """Return the tangent of `variables`."""
    m_dot = np.zeros_like(m) if dots[0] is None else dots[0]
    if len(y) == 0 or y[0] is None:
        return variables(m_dot, y, rowvar)
    y_dot = np.zeros_like(y[0]) if dots[1] is None or dots[1][0] is None else dots[1][0]
    return variables(m_dot, (y_dot,), rowvar)


@adjoint(np.corrcoef)
def corrcoef(g, r, x, *y, rowvar=True):
    """With r[i, j] = c[i, j] / (s[i] s[j]), where s[i]^2 = c[i, i]."""
    rows = variables(x, y, rowvar)
    centered = rows - np.mean(rows, axis=1, keepdims=True)
    squares = np.sum(centered * centered, axis=1)
    g, r = np.reshape(g, (len(rows), len(rows))), np.reshape(r, (len(rows), len(rows)))
    scales = np.sqrt(squares)
    own = 0.5 * (np.sum(g * r, axis=0) + np.sum(g * r, axis=1)) / squares
    return parted(covariance_adjoint(g / np.outer(scales, scales) - np.diag(own), rows, 1), x, y, rowvar)


@tangent(np.corrcoef)
def corrcoef_tangent(dots, r, x, *y, rowvar=True):
    rows = variables(x, y, rowvar)
    centered = rows - np.mean(rows, axis=1, keepdims=True)
    squares = np.sum(centered * centered, axis=1)
    scales = np.sqrt(squares)
    change = covariance_tangent(moved(dots, x, y, rowvar), rows, 1)
    own = 0.5 * np.diag(change) / squares
    result = change / np.outer(scales, scales) - r * (np.expand_dims(own, 1) + own)
    return np.reshape(result, np.shape(r))
