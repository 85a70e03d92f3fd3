"""Sums, products, extrema and moments over every kind of axis, as functions and as methods."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(13)

VECTOR = rng.normal(size=4)
MATRIX = rng.normal(size=(3, 4))
CUBE = rng.normal(size=(2, 3, 4))
POSITIVE_MATRIX = rng.uniform(0.5, 2.0, size=(3, 4))
W4 = np.array([0.7, -1.3, 0.4, 1.9])
W3 = np.array([1.1, -0.6, 0.8])
W2 = np.array([1.4, -0.3])
W34 = rng.normal(size=(3, 4))
MASK = np.array([[True, False, True, True], [False, True, True, False], [True, True, False, True]])


@program(VECTOR, order=3)
def sum_of_squares(x):
    return np.sum(x**2)


@program(MATRIX)
def sum_over_each_axis(x):
    return np.sum(x**2, axis=0) @ W4 + np.sum(np.sin(x), axis=1) @ W3


@program(CUBE)
def sum_over_tuples_of_axes(x):
    a = np.sum(np.sin(x), axis=(0, 2))
    b = np.sum(x**2, axis=(-1, 1))
    return a @ W3 + b @ W2


@program(CUBE)
def sum_over_negative_axis(x):
    return np.sum(np.outer(W2, W3) * x.sum(axis=-1) ** 2)


@program(MATRIX)
def sum_keepdims(x):
    return np.sum(W34 * x * np.sum(x, axis=0, keepdims=True)) + np.sum(x * x.sum(keepdims=True))


@program(CUBE)
def sum_keepdims_tuple(x):
    s = x.sum(axis=(0, 2), keepdims=True)
    return np.sum(np.sin(x) * s**2)


@program(MATRIX)
def sum_with_positional_axis(x):
    return np.sum(np.sum(x**2, 1) * W3) + (x**3).sum(0) @ W4


@program(MATRIX)
def sum_of_sums(x):
    return np.sum(np.sum(x, axis=0) ** 2) + x.sum().sum() ** 2


@program(MATRIX)
def sum_where(x):
    return np.sum(x**2, where=MASK) + np.sum(np.sin(x), axis=0, where=MASK) @ W4


@program(MATRIX)
def sum_with_initial(x):
    return np.sum(x**2, initial=3.0) * np.sum(x, axis=1, initial=1.0) @ W3


@program(VECTOR)
def builtin_sum(x):
    return sum(W4 * x**2) + sum([x[0] * x[1], x[2], 1.0])


@program(VECTOR)
def builtin_sum_of_generator(x):
    return sum(np.sin(t) * t for t in x) + sum((x[i] ** i for i in range(4)), 2.0)


@program(MATRIX)
def mean_over_axes(x):
    return np.mean(x**2) + np.mean(x**3, axis=0) @ W4 + (x.mean(axis=1) ** 2) @ W3


@program(CUBE)
def mean_over_tuple(x):
    return np.mean(x**2, axis=(0, 2)) @ W3 + np.sum(x * np.mean(x, axis=(1, 2), keepdims=True))


@program(MATRIX)
def mean_where(x):
    return np.mean(x**2, where=MASK) + np.mean(x**3, axis=1, where=MASK) @ W3


@program(MATRIX)
def average_with_weights(x):
    a = np.average(x**2, axis=1, weights=np.array([1.0, 2.0, 0.5, 0.7]))
    return a @ W3 + np.average(x)


@program(VECTOR, np.array([1.0, 2.0, 0.5, 0.7]))
def average_in_its_weights(x, w):
    return np.average(x, weights=w) ** 2


@program(MATRIX)
def maximum_over_axes(x):
    return np.max(x) ** 2 + np.max(x, axis=0) ** 2 @ W4 + np.sum(W3 * x.max(axis=1))


@program(MATRIX)
def minimum_over_axes(x):
    return x.min() ** 2 + np.sum(W4 * np.min(x, axis=-2) ** 3) + np.amin(x, axis=1) @ W3


@program(CUBE)
def maximum_over_tuple_with_keepdims(x):
    m = np.max(x, axis=(0, 2), keepdims=True)
    return np.sum(np.exp(0.3 * (x - m)) * x)


@program(MATRIX)
def maximum_with_initial(x):
    return np.max(x, axis=0, initial=-10.0) @ W4 + np.amax(x) * np.min(x, initial=10.0)


@program(np.array([0.7, -1.2, 1.9, 0.4]))
def builtin_max_and_min(x):
    return max(x) * min(x) + max(x[0], x[1], 0.1) ** 2 + min([x[2], x[3]])


@program(MATRIX)
def range_of_values(x):
    return np.ptp(x, axis=0) @ W4 + np.ptp(x) ** 2


@program(POSITIVE_MATRIX)
def product_over_axes(x):
    return np.prod(x) + np.prod(x, axis=0) @ W4 + np.sum(W3 * x.prod(axis=1) ** 2)


@program(CUBE)
def product_over_tuple(x):
    return np.sum(W3 * np.prod(x, axis=(0, 2))) + np.sum(x * np.prod(x, axis=1, keepdims=True))


@program(np.array([0.7, 0.0, 1.3, -0.6]))
def product_with_a_zero(x):
    return np.prod(x) + np.prod(x + W4)


@program(np.array([[0.7, 0.0], [0.0, 1.3]]))
def product_with_two_zeros(x):
    return np.prod(x) + np.prod(x, axis=0) @ W2 + x.prod(axis=1) @ W2


@program(MATRIX)
def standard_deviation(x):
    return np.std(x) + np.std(x, axis=0) @ W4 + x.std(axis=1, ddof=1) @ W3


@program(MATRIX)
def variance(x):
    return np.var(x) ** 2 + np.var(x, axis=0, ddof=1) @ W4 + x.var(axis=-1) @ W3


@program(CUBE)
def variance_over_tuple_with_keepdims(x):
    v = np.var(x, axis=(0, 2), keepdims=True)
    return np.sum(np.sin(x) / (1.0 + v))


@program(MATRIX)
def weighted_variance(x):
    m = np.mean(x, axis=0)
    return np.sum(W34 * (x - m) ** 2) / (x.shape[0] - 1)


@program(MATRIX)
def cumulative_sums(x):
    a = np.cumsum(x**2, axis=0)
    b = np.cumsum(np.sin(x), axis=1)
    return np.sum(W34 * a * b) + np.sum(np.cumsum(x) * W34.ravel())


@program(VECTOR)
def cumulative_sum_method(x):
    return np.sum(W4 * x.cumsum() ** 2)


@program(POSITIVE_MATRIX)
def cumulative_products(x):
    return np.sum(W34 * np.cumprod(x, axis=1)) + np.sum(W34 * x.cumprod(axis=0) ** 2)


@program(np.array([0.7, 0.0, 1.3, -0.6]))
def cumulative_product_with_a_zero(x):
    return np.sum(W4 * np.cumprod(x))


@program(MATRIX)
def reduce_methods(x):
    return np.add.reduce(x**2, axis=1) @ W3 + np.multiply.reduce(x, axis=0) @ W4


@program(VECTOR)
def outer_method(x):
    return np.sum(np.outer(W4, W4**2) * np.multiply.outer(x, np.sin(x)))


@program(MATRIX)
def all_reductions_of_one_array(x):
    return np.sum(x) * np.mean(x) + np.max(x) * np.min(x) + np.var(x) / np.std(x)


@program(MATRIX)
def nested_reductions(x):
    return np.max(np.sum(x**2, axis=1)) * np.sum(np.max(x, axis=0)) + np.prod(np.mean(x, axis=0))


@program(VECTOR, 2.5)
def reduction_used_as_scalar(x, a):
    s = np.sum(x)
    t = s * a
    return np.sum(W4 * x * t) + t**2


@program(MATRIX)
def norm_by_hand(x):
    return np.sqrt(np.sum(x**2)) + np.sum(W3 * np.sqrt((x * x).sum(axis=1)))


@program(MATRIX)
def log_sum_exp_over_rows(x):
    m = x.max(axis=1)
    return W3 @ (m + np.log(np.sum(np.exp(x - m[:, None]), axis=1)))


@program(VECTOR)
def argmax_selects(x):
    return x[np.argmax(x)] ** 2 * x[np.argmin(x)] + x[x.argmax() - 1]


@program(MATRIX)
def argmax_over_axis(x):
    k = np.argmax(x, axis=1)
    return np.sum(W3 * x[np.arange(3), k] ** 2)


@program(np.array([0.3, 2.1, 1.4, -0.6]), order=1)
def nan_aware_sum(x):
    y = np.where(x > 2.0, np.nan, x)
    return np.nansum(W4 * y**2) + np.nanmean(y)


@program(MATRIX)
def median_and_percentile(x):
    return np.median(x, axis=0) @ W4 + np.median(x) ** 2 + np.percentile(x[0], 30.0) * x[1, 1]


@program(MATRIX)
def trapezoid_rule(y):
    t = np.array([0.0, 0.3, 0.7, 1.5])
    return np.trapezoid(y**2, t, axis=1) @ W3


@program(MATRIX)
def covariance_matrix(x):
    return np.sum(np.outer(W3, W3 + 1.0) * np.cov(x))


@program(VECTOR, order=3)
def skewness(x):
    d = x - np.mean(x)
    return np.mean(d**3) / np.mean(d**2) ** 1.5


@program(POSITIVE_MATRIX)
def entropy_of_rows(x):
    p = x / x.sum(axis=1)[:, np.newaxis]
    return W3 @ -np.sum(p * np.log(p), axis=1)


@program(CUBE)
def sum_with_variable_axis(x):
    total = 0.0
    for axis in range(3):
        total += np.sum(np.sum(x, axis=axis) ** 2)
    return total
