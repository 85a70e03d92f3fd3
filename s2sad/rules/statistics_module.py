"""Means and spreads of Python's own module `statistics`, of lists and of arrays of one axis.

>>> mean(1.0, None, [3.0, 5.0])
[0.5, 0.5]
>>> variance(1.0, 2.0, [3.0, 5.0])
[-2.0, 2.0]

The spread of equal numbers has the derivative 0. What has a second operand, such as a mean that is known, is
lowered in `s2sad.frontend.standard`.
"""

from __future__ import annotations

import statistics
from statistics import _normal_dist_inv_cdf  # type: ignore[attr-defined]

import numpy as np

from s2sad.rules.declare import adjoint, elementwise, linear, tangent

# ---- means ----------------------------------------------------------------------------------------------


@linear(statistics.mean, statistics.fmean)
def mean(g, y, data):
    if isinstance(data, np.ndarray):
        return np.broadcast_to(g / len(data), data.shape)
    return [g / len(data) for _ in data]


@adjoint(statistics.geometric_mean)
def geometric_mean(g, y, data):
    t = g * y / len(data)
    if isinstance(data, np.ndarray):
        return t / data
    return [t / x for x in data]


@tangent(statistics.geometric_mean)
def geometric_mean_tangent(dots, y, data):
    return y * statistics.fmean([x_dot / x for x, x_dot in zip(data, dots[0])])


@adjoint(statistics.harmonic_mean)
def harmonic_mean(g, y, data):
    t = g * y * y / len(data)
    if isinstance(data, np.ndarray):
        return t / (data * data)
    return [t / (x * x) for x in data]


@tangent(statistics.harmonic_mean)
def harmonic_mean_tangent(dots, y, data):
    return y * y * statistics.fmean([x_dot / (x * x) for x, x_dot in zip(data, dots[0])])


# ---- spreads --------------------------------------------------------------------------------------------


@adjoint(statistics.variance)
def variance(g, y, data):
    m = statistics.fmean(data)
    t = 2 * g / (len(data) - 1)
    if isinstance(data, np.ndarray):
        return t * (data - m)
    return [t * (x - m) for x in data]


@tangent(statistics.variance)
def variance_tangent(dots, y, data):
    m = statistics.fmean(data)
    return 2 * sum([(x - m) * x_dot for x, x_dot in zip(data, dots[0])]) / (len(data) - 1)


@adjoint(statistics.pvariance)
def pvariance(g, y, data):
    m = statistics.fmean(data)
    t = 2 * g / len(data)
    if isinstance(data, np.ndarray):
        return t * (data - m)
    return [t * (x - m) for x in data]


@tangent(statistics.pvariance)
def pvariance_tangent(dots, y, data):
    m = statistics.fmean(data)
    return 2 * sum([(x - m) * x_dot for x, x_dot in zip(data, dots[0])]) / len(data)


@adjoint(statistics.stdev)
def stdev(g, y, data):
    m = statistics.fmean(data)
    t = g / ((len(data) - 1) * (y + (y == 0)))
    if isinstance(data, np.ndarray):
        return t * (data - m)
    return [t * (x - m) for x in data]


@tangent(statistics.stdev)
def stdev_tangent(dots, y, data):
    m = statistics.fmean(data)
    t = (len(data) - 1) * (y + (y == 0))
    return sum([(x - m) * x_dot for x, x_dot in zip(data, dots[0])]) / t


@adjoint(statistics.pstdev)
def pstdev(g, y, data):
    m = statistics.fmean(data)
    t = g / (len(data) * (y + (y == 0)))
    if isinstance(data, np.ndarray):
        return t * (data - m)
    return [t * (x - m) for x in data]


@tangent(statistics.pstdev)
def pstdev_tangent(dots, y, data):
    m = statistics.fmean(data)
    return sum([(x - m) * x_dot for x, x_dot in zip(data, dots[0])]) / (len(data) * (y + (y == 0)))


# ---- the normal distribution: its quantiles are computed in C -------------------------------------------


@elementwise(_normal_dist_inv_cdf)
def inv_cdf(g, y, p, mu, sigma):
    z = (y - mu) / sigma
    return g * sigma * np.exp(0.5 * z * z) * 2.5066282746310002, g, g * z
