"""Elementwise programs on arrays: broadcasting, operators, ufuncs, masks, construction, attributes."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(11)

VECTOR = rng.normal(size=4)
OTHER = rng.normal(size=4)
POSITIVE = rng.uniform(0.5, 2.0, size=4)
UNIT = rng.uniform(-0.8, 0.8, size=4)
COLUMN = rng.normal(size=(3, 1))
ROW = rng.normal(size=(1, 4))
MATRIX = rng.normal(size=(3, 4))
CUBE = rng.normal(size=(2, 3, 4))
POSITIVE_MATRIX = rng.uniform(0.5, 2.0, size=(3, 4))
SPREAD = np.array([-1.7, 0.6, 2.3, -0.4])

W4 = np.array([0.7, -1.3, 0.4, 1.9])
W3 = np.array([1.1, -0.6, 0.8])
W34 = rng.normal(size=(3, 4))
W234 = rng.normal(size=(2, 3, 4))


# Broadcasting


@program(1.3, VECTOR, order=3)
def scalar_plus_vector(a, x):
    return np.sum(W4 * np.sin(a + x))


@program(0.8, MATRIX)
def scalar_times_matrix(a, x):
    return np.sum(W34 * np.cos(a * x))


@program(COLUMN, ROW)
def column_times_row(x, y):
    return np.sum(W34 * (x * y) ** 2)


@program(VECTOR, MATRIX)
def vector_plus_matrix(b, x):
    return np.sum(W34 * np.tanh(b + x))


@program(MATRIX, COLUMN)
def matrix_minus_column(x, c):
    return np.sum(W34 * (x - c) ** 3)


@program(COLUMN, VECTOR)
def column_and_vector_quotient(c, x):
    return np.sum(W34 * np.sin(c) / (2.0 + x**2))


@program(CUBE, MATRIX)
def cube_times_matrix(x, y):
    return np.sum(W234 * np.sin(x * y))


@program(CUBE, COLUMN, VECTOR)
def cube_column_vector(x, c, v):
    return np.sum(W234 * np.exp(0.3 * x * c - 0.2 * v))


@program(np.array(0.7), VECTOR)
def zero_dimensional_array(a, x):
    return np.sum(W4 * np.sin(a * x)) + a**2


@program(np.array(0.4), np.array(1.1), order=3)
def two_zero_dimensional_arrays(a, b):
    return a * np.sin(b) + b * a**2


@program(np.array([0.9]), VECTOR)
def size_one_vector(a, x):
    return np.sum(W4 * a * np.cos(a * x))


@program(np.array([[0.9]]), MATRIX)
def size_one_matrix(a, x):
    return np.sum(W34 * np.sin(a + x) * a)


@program(np.array([[0.5], [1.5], [-0.5]]), np.array([2.0]))
def column_with_size_one_vector(x, y):
    return np.sum(np.array([[1.0], [2.0], [3.0]]) * np.sin(x * y))


@program(VECTOR, OTHER[:3])
def newaxis_outer_difference(x, y):
    d = x[:, np.newaxis] - y[np.newaxis, :]
    return np.sum(W34.T * np.exp(-(d**2)))


@program(VECTOR)
def none_index_pairs(x):
    d = x[:, None] - x[None, :]
    return np.sum(np.outer(W4, W4 + 1.0) * np.sin(d))


@program(MATRIX)
def keepdims_softmax(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    return np.sum(W34 * p)


@program(MATRIX)
def centred_columns(x):
    centred = x - x.mean(axis=0)
    return np.sum(W34 * centred**3)


@program(MATRIX)
def standardised_rows(x):
    m = x.mean(axis=1, keepdims=True)
    s = x.std(axis=1, keepdims=True)
    return np.sum(W34 * (x - m) / s)


@program(VECTOR)
def same_array_twice(x):
    return np.sum(W4 * (x * x + x) * x)


@program(VECTOR, 2.0)
def python_constants_on_both_sides(x, a):
    y = 1 - x
    z = 3.0 / (2 + a * x**2)
    return np.sum(W4 * (y * z - 4))


@program(np.zeros((0, 3)), VECTOR)
def empty_array(x, y):
    return np.sum(x * 2.0) + np.sum(W4 * y**2)


# Operators


@program(VECTOR, POSITIVE)
def four_operations(x, y):
    return np.sum(W4 * ((x + y) * (x - y) / y))


@program(VECTOR)
def unary_minus_and_plus(x):
    return np.sum(W4 * (-np.sin(-x) + +x))


@program(POSITIVE, VECTOR)
def array_to_array_power(x, y):
    return np.sum(W4 * x**y)


@program(VECTOR, order=3)
def integer_powers(x):
    return np.sum(W4 * (x**2 + 0.5 * x**3 - 0.1 * x**5))


@program(POSITIVE)
def negative_and_fractional_powers(x):
    return np.sum(W4 * (x**-2 + x**0.5 + x**-1.5))


@program(VECTOR, order=3)
def constant_to_the_power(x):
    return np.sum(W4 * 2.0**x)


@program(POSITIVE, 1.7)
def array_to_scalar_power(x, p):
    return np.sum(W4 * x**p)


@program(1.4, VECTOR)
def scalar_to_array_power(a, x):
    return np.sum(W4 * a**x)


@program(np.array([1.3, 2.6, -0.7, 5.2]), 0.9)
def remainder(x, m):
    return np.sum(W4 * (x % m) ** 2)


@program(np.array([1.3, 2.6, -0.7, 5.2]), 0.9)
def floor_division(x, m):
    return np.sum(W4 * (x // m) * x) * m


@program(MATRIX, VECTOR)
def matmul_operator(a, x):
    return np.sum(W3 * np.sin(a @ x))


@program(VECTOR, OTHER)
def augmented_names(x, y):
    total = x * 2.0
    total = total + y
    total = total * y
    total = total - x / 3.0
    return np.sum(W4 * total)


@program(VECTOR)
def abs_operator(x):
    return np.sum(W4 * abs(x) * x)


@program(VECTOR, OTHER)
def operators_as_functions(x, y):
    a = np.add(x, np.multiply(2.0, y))
    b = np.subtract(a, np.divide(y, 3.0))
    return np.sum(W4 * np.negative(np.power(b, 2)))


@program(POSITIVE, 1.3)
def true_divide_and_float_power(x, a):
    return np.sum(W4 * np.true_divide(a, x)) + np.sum(W4 * np.float_power(x, a))


# Unary functions


@program(UNIT, order=3)
def exponential_family(x):
    return np.sum(W4 * (np.exp(x) + np.expm1(x) * np.exp2(x)))


@program(POSITIVE)
def logarithm_family(x):
    return np.sum(W4 * (np.log(x) * np.log2(x) + np.log10(x) - np.log1p(x)))


@program(POSITIVE)
def roots(x):
    return np.sum(W4 * (np.sqrt(x) + np.cbrt(x)))


@program(UNIT, order=3)
def trigonometry(x):
    return np.sum(W4 * (np.sin(x) * np.cos(2 * x) + np.tan(x)))


@program(UNIT)
def inverse_trigonometry(x):
    return np.sum(W4 * (np.arcsin(x) + 2 * np.arccos(x) ** 2 + np.arctan(x)))


@program(VECTOR, order=3)
def hyperbolic(x):
    return np.sum(W4 * (np.sinh(0.5 * x) + np.cosh(x) * np.tanh(x)))


@program(UNIT)
def inverse_hyperbolic(x):
    return np.sum(W4 * (np.arcsinh(x) + np.arccosh(2.0 + x) + np.arctanh(x)))


@program(POSITIVE)
def square_and_reciprocal(x):
    return np.sum(W4 * (np.square(x) + np.reciprocal(x)))


@program(SPREAD)
def absolute_values(x):
    return np.sum(W4 * (np.abs(x) ** 3 + np.absolute(x) + np.fabs(x) * x))


@program(SPREAD)
def sign_floor_ceil_round(x):
    pieces = np.sign(x) + np.floor(x) - np.ceil(x) + np.round(x) + np.trunc(x) + np.rint(x)
    return np.sum(W4 * pieces * x)


@program(np.array([10.0, -50.0, 130.0, 200.0]))
def degrees_and_radians(x):
    return np.sum(W4 * np.sin(np.deg2rad(x))) + 0.01 * np.sum(W4 * np.degrees(np.radians(x)) ** 2)


@program(SPREAD)
def sinc_away_from_zero(x):
    return np.sum(W4 * np.sinc(x))


# Binary functions


@program(VECTOR, OTHER)
def maximum_and_minimum(x, y):
    return np.sum(W4 * (np.maximum(x, y) ** 2 + np.minimum(x, y) * x))


@program(VECTOR, 0.1)
def maximum_with_a_scalar(x, floor):
    return np.sum(W4 * np.maximum(x, floor) ** 2) + np.sum(W4 * np.fmin(floor, x))


@program(SPREAD)
def rectified(x):
    return np.sum(W4 * np.maximum(0, x) ** 2) + np.sum(np.maximum(x, 0.0) * x)


@program(VECTOR, POSITIVE)
def hypot_and_arctan2(x, y):
    return np.sum(W4 * np.hypot(x, y)) + np.sum(W4 * np.arctan2(x, y) ** 2)


@program(VECTOR, OTHER)
def logaddexp_pair(x, y):
    return np.sum(W4 * np.logaddexp(x, y) + W4**2 * np.logaddexp2(y, x))


@program(SPREAD, OTHER)
def copysign_and_heaviside(x, y):
    return np.sum(W4 * np.copysign(x, y) ** 3) + np.sum(np.heaviside(x, 0.5) * y**2)


@program(np.array([3.5, -2.6, 4.7]), np.array([1.1, 0.7, -1.9]))
def mod_and_fmod(x, y):
    return np.sum(W3 * np.mod(x, y) ** 2) + np.sum(W3 * np.fmod(x, y) * x)


@program(SPREAD)
def clip_between_constants(x):
    return np.sum(W4 * np.clip(x, -1.0, 1.0) ** 2 * x)


@program(SPREAD, -0.9, 1.4)
def clip_with_active_bounds(x, low, high):
    return np.sum(W4 * np.clip(x, low, high) ** 2) + np.sum(x.clip(low, high) * W4)


@program(SPREAD)
def clip_one_sided(x):
    return np.sum(W4 * np.clip(x, 0.0, None) ** 2) + np.sum(W4 * np.clip(x, None, 1.0) ** 2)


@program(VECTOR, OTHER)
def where_with_comparison(x, y):
    return np.sum(W4 * np.where(x > y, x**2, np.sin(y)))


@program(SPREAD)
def where_leaky(x):
    return np.sum(W4 * np.where(x > 0, x, 0.1 * np.expm1(x)))


@program(MATRIX, VECTOR)
def where_with_broadcasting(x, y):
    return np.sum(W34 * np.where(x > 0, y, x * y**2))


@program(VECTOR, 1.5)
def where_with_scalars(x, a):
    return np.sum(W4 * np.where(x > 0, a, -(a**2)) * x)


@program(SPREAD)
def where_guards_logarithm(x):
    safe = np.where(x > 0, x, 1.0)
    return np.sum(W4 * np.where(x > 0, np.log(safe), x**2))


@program(SPREAD)
def mask_as_factor(x):
    mask = (x > 0) * 1.0
    return np.sum(W4 * mask * np.exp(-x))


@program(SPREAD)
def boolean_mask_as_number(x):
    return np.sum(W4 * (x > -1.0) * (x < 1.0) * x**2)


@program(SPREAD)
def combined_masks(x):
    inside = (x > -1.0) & (x < 2.0)
    edge = ~inside | (np.abs(x) < 0.5)
    return np.sum(W4 * np.where(inside, x**2, x)) + np.sum(np.where(edge, np.sin(x), 0.0))


@program(SPREAD)
def logical_functions(x):
    keep = np.logical_and(x > -1.0, np.logical_not(np.isnan(x)))
    return np.sum(W4 * np.where(np.logical_or(keep, x < -1.5), x**3, 0.0))


@program(SPREAD)
def mask_counts(x):
    n = np.sum(x > 0)
    k = np.count_nonzero(x < 0)
    return np.sum(W4 * x**2) * n / (k + 1.0)


@program(SPREAD)
def branch_on_array_predicates(x):
    if np.any(x > 2.0) and not np.all(x > 0):
        y = x**2
    else:
        y = x**3
    if (y > 0).all():
        y = y * np.sin(x)
    return np.sum(W4 * y)


# Making arrays


@program(VECTOR)
def constants_by_constructors(x):
    n = x.shape[0]
    a = np.zeros(n) + np.ones(n) + np.full(n, 0.5) + np.arange(n) + np.linspace(0.0, 1.0, n)
    return np.sum(a * np.sin(x) + np.eye(n) @ x**2)


@program(MATRIX)
def constants_like_an_argument(x):
    a = np.zeros_like(x) + 2 * np.ones_like(x) + np.full_like(x, 0.3)
    return np.sum(W34 * a * x**2)


@program(VECTOR, 1.2)
def full_of_an_active_scalar(x, a):
    return np.sum(np.full(4, a) * W4 * x) + np.sum(np.full((3, 4), np.sin(a)) * W34)


@program(VECTOR, 1.2)
def full_like_with_active_scalar(x, a):
    return np.sum(W4 * np.full_like(x, a**2) * np.cos(x))


@program(0.7, -1.2, order=3)
def vector_of_scalars(x, y):
    v = np.array([x, y, x * y, 1.0])
    return np.sum(W4 * v**2)


@program(0.7, -1.2)
def matrix_of_scalars(a, b):
    m = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), b]])
    v = m @ np.array([b, 2.0])
    return v[0] * v[1] + m[0, 1]


@program(VECTOR)
def array_of_elements(x):
    v = np.array([x[2], x[0], x[2]])
    return np.sum(W3 * np.sin(v) * v)


@program(VECTOR, OTHER)
def array_of_rows(x, y):
    m = np.array([x, y, x * y])
    return np.sum(W34 * np.sin(m))


@program(VECTOR)
def array_from_comprehension(x):
    v = np.array([np.sin(t) * k for k, t in enumerate(x)])
    return np.sum(W4 * v**2)


@program(VECTOR)
def array_of_an_array(x):
    y = np.array(x)
    return np.sum(W4 * np.asarray(y) ** 2) + np.sum(np.asarray(x) * y * W4)


@program([0.3, -0.8, 1.4, 0.2])
def list_to_array(values):
    x = np.array(values)
    return np.sum(W4 * np.sin(x) * x)


@program(0.6, order=3)
def asarray_of_scalar(a):
    x = np.asarray(a)
    y = np.atleast_1d(a * 2.0)
    return np.sum(x**2) + np.sin(y)[0]


@program(VECTOR)
def copies(x):
    y = x.copy()
    z = np.copy(x) * y
    return np.sum(W4 * np.ascontiguousarray(z) * np.sin(y))


@program(VECTOR)
def casts_to_float(x):
    y = x.astype(float) * 2.0
    return np.sum(W4 * np.asarray(y, dtype=float) ** 2) + np.sum(W4 * x.astype(np.float64) ** 3)


@program(VECTOR, np.array([1, 2, 0, 3]))
def integer_array_argument(x, k):
    return np.sum(W4 * x * k) + np.sum(W4 * np.sin(x) ** k)


# Attributes and conversions


@program(VECTOR)
def float_of_element(x):
    a = float(x[0])
    b = float(np.sum(x * W4))
    return a * np.sin(b)


@program(VECTOR)
def item_of_element(x):
    return x[1].item() * np.sum(W4 * x).item() + x.item(2) ** 2


@program(VECTOR)
def length_and_size(x):
    n = len(x)
    return np.sum(W4 * x**2) / n + x.size * x[-1] + x.ndim * x[0] ** 2


@program(MATRIX)
def shape_unpacking(x):
    m, n = x.shape
    total = 0.0
    for i in range(m):
        for j in range(n):
            total += (i + 1) * np.sin(x[i, j]) / (j + 2.0)
    return total


@program(MATRIX)
def shape_functions(x):
    return np.sum(W34 * x**2) / np.shape(x)[0] + np.size(x) * x[0, 1] ** 2 + np.ndim(x) * x[2, 3]


@program(MATRIX)
def iterate_over_rows(x):
    total = 0.0
    for row in x:
        total = np.sin(total) + np.sum(W4 * row**2)
    return total


@program(MATRIX)
def enumerate_rows(x):
    total = 0.0
    for i, row in enumerate(x):
        total += (i + 1.0) * row[i] * np.sum(row * W4)
    return total


@program(VECTOR, OTHER)
def zip_elements(x, y):
    total = 1.0
    for a, b in zip(x, y):
        total = total * 0.5 + a * np.sin(b)
    return total


@program(VECTOR)
def unpack_array(x):
    a, b, c, d = x
    return a * b + np.sin(c) * d**2


@program(VECTOR)
def unpack_array_with_star(x):
    first, *rest = x
    total = first**2
    for r in rest:
        total = total * r + first
    return total


@program(MATRIX)
def method_chain(x):
    return (x.T * 2.0).reshape(-1).cumsum().dot(W34.ravel()) + x.ravel().sum() ** 2


@program(VECTOR)
def nan_to_num_of_finite(x):
    return np.sum(W4 * np.nan_to_num(x) ** 2)


@program(POSITIVE_MATRIX)
def log_sum_exp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(W34 * (x - m))))


@program(VECTOR)
def wave_packet(x):
    envelope = np.exp(-(x**2) / 2)
    return np.sum(W4 * envelope * np.cos(np.pi * x)) + np.e * x[0]


@program(MATRIX, MATRIX + 0.3)
def pairwise_gaussian_kernel(x, y):
    d = np.sum((x[:, None, :] - y[None, :, :]) ** 2, axis=-1)
    k = np.exp(-0.5 * d)
    return W3 @ k @ W3
