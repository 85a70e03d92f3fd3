"""The derivative at each point where there is none: the convention of s2sad, value by value."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from s2sad import grad

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

INF = np.inf
NAN = np.nan
W = np.array([2.0, -3.0, 5.0])
ORIGIN = np.zeros(3)
CASES = []


def case(name, function, args, expected):
    """Add a function, its argument or tuple of arguments, and its gradient in each of them."""
    CASES.append(pytest.param(function, args, expected, id=name))


def at(name, args, expected):
    """Add the decorated function."""

    def register(function):
        case(name, function, args, expected)
        return function

    return register


# abs

case("abs", lambda x: abs(x), 0.0, 0.0)
case("np.abs", lambda x: np.abs(x), 0.0, 0.0)
case("np.fabs", lambda x: np.fabs(x), 0.0, 0.0)
case("math.fabs", lambda x: math.fabs(x), 0.0, 0.0)
case("abs of array", lambda x: np.sum(W * np.abs(x)), np.array([0.0, 1.0, -2.0]), np.array([0.0, -3.0, -5.0]))
case("norm 1", lambda x: np.linalg.norm(x, 1), np.array([0.0, 1.0, -2.0]), np.array([0.0, 1.0, -1.0]))

# Extrema of two: half each

case("maximum tie", lambda x, y: np.maximum(x, y), (1.0, 1.0), (0.5, 0.5))
case("minimum tie", lambda x, y: np.minimum(x, y), (1.0, 1.0), (0.5, 0.5))
case("fmax tie", lambda x, y: np.fmax(x, y), (1.0, 1.0), (0.5, 0.5))
case("fmin tie", lambda x, y: np.fmin(x, y), (1.0, 1.0), (0.5, 0.5))
case(
    "maximum.accumulate tie",
    lambda x: np.maximum.accumulate(x)[-1],
    np.array([2.0, 1.0, 2.0]),
    np.array([0, 0, 1]),
)
case(
    "maximum.reduceat tie",
    lambda x: np.maximum.reduceat(x, [0, 2])[0],
    np.array([2.0, 2.0, 3.0]),
    np.array([0.5, 0.5, 0]),
)
case("maximum with itself", lambda x: np.maximum(x, x), 1.0, 1.0)
case(
    "maximum with zero",
    lambda x: np.sum(W * np.maximum(x, 0.0)),
    np.array([0.0, 1.0, -1.0]),
    np.array([1.0, -3.0, 0.0]),
)
case(
    "minimum with zero",
    lambda x: np.sum(W * np.minimum(x, 0)),
    np.array([0.0, 1.0, -1.0]),
    np.array([1.0, 0.0, 5.0]),
)
case(
    "maximum of arrays",
    lambda x, y: np.sum(W * np.maximum(x, y)),
    (np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0])),
    (np.array([1.0, 0.0, 5.0]), np.array([1.0, -3.0, 0.0])),
)

# Extrema of many: one k-th each

case("max, two ties", lambda x: np.max(x), np.array([1.0, 3.0, 3.0]), np.array([0.0, 0.5, 0.5]))
case("max, three ties", lambda x: x.max(), np.full(3, 2.0), np.full(3, 1 / 3))
case("min, two ties", lambda x: np.min(x), np.array([1.0, 3.0, 1.0]), np.array([0.5, 0.0, 0.5]))
case("amin method", lambda x: x.min() ** 2, np.array([2.0, 2.0]), np.array([2.0, 2.0]))
case(
    "max over an axis",
    lambda x: np.sum(np.array([3.0, 4.0]) * np.max(x, axis=0)),
    np.array([[2.0, 2.0], [1.0, 2.0]]),
    np.array([[3.0, 2.0], [0.0, 2.0]]),
)
case(
    "min over an axis with keepdims",
    lambda x: np.sum(np.array([[3.0], [4.0]]) * np.min(x, axis=1, keepdims=True)),
    np.array([[2.0, 2.0], [1.0, 2.0]]),
    np.array([[1.5, 1.5], [4.0, 0.0]]),
)
case("norm inf", lambda x: np.linalg.norm(x, np.inf), np.array([3.0, -3.0, 1.0]), np.array([0.5, -0.5, 0.0]))

# Python's own extrema are branches: the first wins

case("builtin max tie", lambda x, y: max(x, y), (1.0, 1.0), (1.0, 0.0))
case("builtin min tie", lambda x, y: min(x, y), (1.0, 1.0), (1.0, 0.0))
case("builtin max of three", lambda x, y, z: max(x, y, z), (0.0, 1.0, 1.0), (0.0, 1.0, 0.0))
case("builtin max of a list", lambda x, y: max([y, x]), (1.0, 1.0), (0.0, 1.0))
case("builtin max, zero first", lambda x: max(0.0, x), 0.0, 0.0)
case("builtin max, zero last", lambda x: max(x, 0.0), 0.0, 1.0)

# clip

case("clip at the lower bound", lambda x: np.clip(x, 0.0, 1.0), 0.0, 0.5)
case("clip at the upper bound", lambda x: np.clip(x, 0.0, 1.0), 1.0, 0.5)
case("clip, one bound", lambda x: np.sum(W * np.clip(x, 0.0, None)), ORIGIN, W / 2)
case(
    "clip method", lambda x: np.sum(W * x.clip(-1, 1)), np.array([-1.0, 0.0, 2.0]), np.array([1.0, -3.0, 0.0])
)
case("clip in its lower bound", lambda x, a, b: np.clip(x, a, b), (1.0, 1.0, 2.0), (0.5, 0.5, 0.0))
case("clip in its upper bound", lambda x, a, b: np.clip(x, a, b), (2.0, 1.0, 2.0), (0.5, 0.0, 0.5))

# sqrt and powers

case("np.sqrt", lambda x: np.sqrt(x), 0.0, INF)
case("math.sqrt", lambda x: math.sqrt(x), 0.0, INF)
case("power of a half", lambda x: x**0.5, 0.0, INF)
case("power of a half of an array", lambda x: np.sum(x**0.5), np.array([0.0, 4.0]), np.array([INF, 0.25]))
case("sqrt of array", lambda x: np.sum(np.sqrt(x)), np.array([0.0, 4.0]), np.array([INF, 0.25]))
case("sqrt in a dead branch", lambda x: np.where(x > 0, np.sqrt(x), 0.0), 0.0, 0.0)
case("power of a half in a dead branch", lambda x: np.where(x > 0, x**0.5, 0.0), 0.0, 0.0)
case("sqrt under maximum", lambda x: np.maximum(np.sqrt(x), 1.0), 0.0, 0.0)
case("sqrt of an unread element", lambda x: np.sqrt(x)[1], np.array([0.0, 4.0]), np.array([0.0, 0.25]))
case("power of zero", lambda x: x**0, 0.0, 0.0)
case("power of zero as a float", lambda x: x**0.0, 0.0, 0.0)
case("np.power of zero", lambda x: np.sum(W * np.power(x, 0)), ORIGIN, ORIGIN)
case("power of one", lambda x: x**1, 0.0, 1.0)
case("power of two", lambda x: x**2, 0.0, 0.0)
case("powers in an array", lambda x: np.sum(W * x ** np.arange(3)), ORIGIN, np.array([0.0, -3.0, 0.0]))
case("powers as floats", lambda x: np.sum(W * x ** np.arange(3.0)), ORIGIN, np.array([0.0, -3.0, 0.0]))
case("exponent of zero", lambda x, y: x**y, (0.0, 2.0), (0.0, 0.0))
case("exponent of zero, y = 1", lambda x, y: x**y, (0.0, 1.0), (1.0, 0.0))
case("exponent of the constant zero", lambda y: 0.0**y, 2.0, 0.0)
case("exponent of an array of zeros", lambda y: np.sum(ORIGIN**y), np.array([1.0, 2.0, 0.5]), ORIGIN)
case("exponent of a negative base", lambda x, y: x**y, (-2.0, 2.0), (-4.0, NAN))

# log and quotients

case("x log x", lambda x: x * np.log(x), 0.0, -INF)
case("x log x of array", lambda x: np.sum(x * np.log(x)), np.array([0.0, 1.0]), np.array([-INF, 1.0]))
case("where log", lambda x: np.where(x > 0, np.log(x), 0.0), 0.0, 0.0)
case(
    "where log of array",
    lambda x: np.sum(W * np.where(x > 0, np.log(x), 0)),
    np.array([0.0, 2.0, -1.0]),
    np.array([0.0, -1.5, 0.0]),
)
case(
    "where sin(x) / x",
    lambda x: np.sum(W * np.where(x != 0, np.sin(x) / x, 1)),
    np.array([0.0, 1.0, 2.0]),
    np.array([0.0, -3 * (math.cos(1) - math.sin(1)), 5 * (math.cos(2) / 2 - math.sin(2) / 4)]),
)
case(
    "where x log x",
    lambda x: -np.sum(np.where(x > 0, x * np.log(x), 0.0)),
    np.array([0.0, 1.0]),
    np.array([0.0, -1.0]),
)


@at("masked reciprocal in place", np.array([0.0, 2.0, -4.0]), np.array([2.0, 0.75, 5.0]))
def masked_reciprocal_in_place(r):
    r[r > 0] = 1 / r[r > 0]
    return np.sum(W * r)


@at("reciprocal, then overwritten", np.array([0.0, 2.0, -1.0]), np.array([0.0, 0.75, -5.0]))
def reciprocal_then_overwritten(x):
    r = 1.0 / x
    r[x == 0] = 0.0
    return np.sum(W * r)


@at("logarithm, then masked", np.array([0.0, 2.0, -1.0]), np.array([0.0, 0.5, 0.0]))
def logarithm_then_masked(x):
    y = np.log(x)
    return np.sum(y[x > 0])


@at("filled by mask", np.array([0.0, 4.0, -1.0]), np.array([0.0, -0.75, 0.0]))
def filled_by_mask(x):
    m = x > 0
    y = np.zeros_like(x)
    y[m] = np.sqrt(x[m])
    return np.sum(W * y)


@at("logarithm, then a slice", np.array([0.0, 2.0, 1.0]), np.array([0.0, 0.5, 1.0]))
def logarithm_then_slice(x):
    return np.sum(np.log(x)[1:])


# A zero cotangent kills: masks, choices and products, each at a place where the slope is infinite or NaN

MASK = np.array([1.0, 0.0, 1.0])
EDGE = np.array([4.0, 0.0, 1.0])
ROOTS = np.array([0.25, 0.0, 0.5])  # the slopes of sqrt at EDGE, 0 where they are killed
SIGNED = np.array([4.0, -1.0, 1.0])

case("times a zero mask", lambda x: np.sum(W * MASK * np.sqrt(x)), EDGE, W * ROOTS)
case("dot product with zeros", lambda x: np.dot(MASK, np.sqrt(x)), EDGE, ROOTS)
case("times a comparison", lambda x: np.sum(W * (x > 0) * np.sqrt(x)), EDGE, W * ROOTS)
case(
    "square root of negative numbers", lambda x: np.sum(W * np.where(x > 0, np.sqrt(x), 0)), SIGNED, W * ROOTS
)
case("power of negative numbers", lambda x: np.sum(W * np.where(x > 0, x**1.5, 0)), SIGNED, W * [3.0, 0, 1.5])
case("negative power", lambda x: np.sum(np.where(x > 0, x**-2.0, 0)), EDGE, np.array([-1 / 32, 0.0, -2.0]))
case(
    "reciprocal", lambda x: np.sum(np.where(x > 0, np.reciprocal(x), 0)), EDGE, np.array([-1 / 16, 0.0, -1.0])
)
case(
    "arcsin",
    lambda x: np.sum(np.where(x < 1, np.arcsin(x), x)),
    np.array([0.0, 1.0, 2.0]),
    np.array([1.0, 1.0, 1.0]),
)
case(
    "arccosh",
    lambda x: np.sum(np.arccosh(x)[1:]),
    np.array([1.0, np.sqrt(2.0), 3.0]),
    np.array([0.0, 1.0, 8**-0.5]),
)
case("log1p", lambda x: np.sum(np.log1p(x)[1:]), np.array([-1.0, 1.0, 3.0]), np.array([0.0, 0.5, 0.25]))
case("exponent", lambda p: np.sum(np.where(EDGE > 0, EDGE**p, 0)), -1.0, np.log(4.0) / 4)
case(
    "upper triangle",
    lambda x: np.sum(np.triu(1 / x, 1)),
    np.array([[0.0, 2.0], [0.0, 0.0]]),
    np.array([[0, -0.25], [0, 0]]),
)
case(
    "diagonal",
    lambda x: np.sum(np.diag(np.sqrt(x))),
    np.array([[4.0, 0.0], [0.0, 1.0]]),
    np.array([[0.25, 0], [0, 0.5]]),
)
case("where= of a sum", lambda x: np.sum(np.log(x), where=x > 0), EDGE, np.array([0.25, 0.0, 1.0]))
case(
    "where= of a mean",
    lambda x: np.mean(x * np.log(x), where=x > 0),
    EDGE,
    np.array([np.log(4.0) + 1, 0, 1]) / 2,
)
case("index array", lambda x: np.sum(np.sqrt(x)[np.array([0, 2, 2])]), EDGE, np.array([0.25, 0.0, 1.0]))
case("np.take", lambda x: np.sum(np.take(np.log(x), [0, 2])), EDGE, np.array([0.25, 0.0, 1.0]))
case("np.compress", lambda x: np.sum(np.compress(x > 0, 1 / x)), EDGE, np.array([-1 / 16, 0.0, -1.0]))
case(
    "nan_to_num of x log x",
    lambda x: np.sum(np.nan_to_num(x * np.log(x))),
    EDGE,
    np.array([np.log(4.0) + 1, 0, 1]),
)
case("nansum of 0 / 0", lambda x: np.sum(W * x) + np.nansum(x * x / x), EDGE, W + MASK)
case(
    "nansum of missing data",
    lambda x: np.nansum((x - W) ** 2),
    np.array([1.0, NAN, 4.0]),
    np.array([-2.0, 0, -2.0]),
)
case(
    "nanmean of missing data",
    lambda x: np.nanmean(W * x**2),
    np.array([1.0, NAN, 4.0]),
    np.array([2.0, 0, 20.0]),
)
case("nanprod", lambda x: np.nanprod(x), np.array([2.0, NAN, 4.0]), np.array([4.0, 0, 2.0]))
case("nanvar", lambda x: np.nanvar(x), np.array([2.0, NAN, 4.0]), np.array([-1.0, 0, 1.0]))
case("nanstd", lambda x: np.nanstd(x), np.array([2.0, NAN, 4.0]), np.array([-0.5, 0, 0.5]))
case("nancumsum", lambda x: np.sum(W * np.nancumsum(x)), np.array([2.0, NAN, 4.0]), np.array([4.0, 0, 5.0]))
case("maximum of a quotient", lambda x: np.sum(np.maximum(-1 / x, -2.0)), EDGE, np.array([1 / 16, 0.0, 1.0]))
case("max of logarithms", lambda x: np.max(np.log(x)), EDGE, np.array([0.25, 0.0, 0.0]))
case("clipped logarithm", lambda x: np.sum(np.clip(np.log(x), -2, 2)), EDGE, np.array([0.25, 0.0, 1.0]))
case("sorted reciprocals", lambda x: np.sum(np.sort(1 / x)[:2]), EDGE, np.array([-1 / 16, 0.0, -1.0]))
case(
    "softplus",
    lambda x: np.sum(np.where(x > 30, x, np.log1p(np.exp(x)))),
    np.array([0.0, 800.0]),
    np.array([0.5, 1.0]),
)
case(
    "factor of a killed quotient",
    lambda x, y: np.sum(np.where(x > 0, y / x, 0)),
    (EDGE, W),
    (W * [-1 / 16, 0, -1], MASK / EDGE.clip(1)),
)
case(
    "infinite scores",
    lambda x, t: np.sum(W * np.exp(np.where(MASK > 0, x, -np.inf) / t)),
    (np.log(EDGE + 1), 1.0),
    (W * [5, 0, 2.0], -np.sum(W * [5 * np.log(5), 0, 2 * np.log(2)])),
)
case(
    "infinite slope met by a cotangent",
    lambda x: np.sum(np.where(x >= 0, np.sqrt(x), 0)),
    EDGE,
    np.array([0.25, INF, 0.5]),
)


@at("divided by a zero norm", ORIGIN, W)
def divided_by_a_zero_norm(x):
    n = np.sqrt(np.var(x))
    return np.sum(np.where(n > 0, x / n, W * x))


@at("read in one arm of a branch", 0.0, 3.0)
def read_in_one_arm_of_a_branch(x):
    r = np.sqrt(x)
    return r + x if x > 0 else 3.0 * x


@at("distances, the diagonal overwritten", np.array([0.0, 3.0]), np.array([1 / 9, -1 / 9]) * 2)
def distances_with_the_diagonal_overwritten(x):
    r = np.abs(x[:, None] - x)
    q = 1.0 / r
    np.fill_diagonal(q, 0.0)
    return np.sum(q)


def power_by_loop(x, n):
    """A helper that is too long to be inlined."""
    y = np.sqrt(x)
    z = y
    for _ in range(n):
        z = z * y
    if n > 5:
        z = z + np.log(x)
    return z + 1.0 / x


@at("discarded by the caller of a helper", EDGE, np.array([1.0 - 1 / 16, 0.0, 0.0]))
def discarded_by_the_caller(x):
    return np.sum(np.where(x > 0, power_by_loop(x, 1), 0.0))


# Norms and angles at the origin

case("hypot", lambda x, y: np.hypot(x, y), (0.0, 0.0), (0.0, 0.0))
case("math.hypot", lambda x, y: math.hypot(x, y), (0.0, 0.0), (0.0, 0.0))
case(
    "hypot of arrays",
    lambda x: np.sum(W * np.hypot(x, [0.0, 4.0, 0.0])),
    ORIGIN + [0, 3, 0],
    np.array([0, -1.8, 0]),
)
case("arctan2", lambda y, x: np.arctan2(y, x), (0.0, 0.0), (0.0, 0.0))
case("norm", lambda x: np.linalg.norm(x), ORIGIN, ORIGIN)
case(
    "norm over an axis",
    lambda x: np.sum(np.linalg.norm(x, axis=1)),
    np.array([[0.0, 0.0], [3.0, 4.0]]),
    np.array([[0.0, 0.0], [0.6, 0.8]]),
)
case("sqrt of sum of squares", lambda x: np.sqrt(np.sum(x**2)), ORIGIN, ORIGIN)
case(
    "sqrt of sums of squares",
    lambda x: np.sum(np.sqrt((x**2).sum(axis=1))),
    np.array([[0.0, 0.0], [3.0, 4.0]]),
    np.array([[0.0, 0.0], [0.6, 0.8]]),
)
case("std of a constant", lambda x: np.std(x), np.full(3, 2.0), ORIGIN)
case(
    "std over an axis",
    lambda x: np.sum(x.std(axis=1)),
    np.array([[2.0, 2.0], [1.0, 3.0]]),
    np.array([[0.0, 0.0], [-0.5, 0.5]]),
)

# Steps

case("sinc", lambda x: np.sinc(x), 0.0, 0.0)
case("sinc of array", lambda x: np.sum(np.sinc(x)), np.array([0.0, 1.0]), np.array([0.0, -1.0]))
case("floor at a jump", lambda x: np.floor(x) * x, 2.0, 2.0)
case("math.floor at a jump", lambda x: math.floor(x) * x, 2.0, 2.0)
case("ceil at a jump", lambda x: np.ceil(x) * x, 2.0, 2.0)
case("round at a jump", lambda x: np.round(x) * x, 2.5, 2.0)
case("builtin round at a jump", lambda x: round(x) * x, 2.5, 2.0)
case("rint of array", lambda x: np.sum(W * np.rint(x)), np.array([0.5, 1.5, 2.2]), ORIGIN)
case("trunc", lambda x: np.trunc(x), 1.0, 0.0)
case("sign", lambda x: np.sign(x), 0.0, 0.0)
case(
    "sign of array",
    lambda x: np.sum(W * np.sign(x) * x),
    np.array([0.0, 2.0, -2.0]),
    np.array([0.0, -3.0, -5.0]),
)
case("heaviside", lambda x: np.heaviside(x, 0.5), 0.0, 0.0)
case("mod at a jump", lambda x: x % 1.0, 2.0, 1.0)
case("np.mod at a jump, both", lambda x, y: np.mod(x, y), (2.0, 1.0), (1.0, -2.0))
case("mod of array", lambda x: np.sum(W * (x % 1.0)), np.array([0.0, 1.0, -1.0]), W)
case("floor division at a jump", lambda x: x // 1.0 * x, 2.0, 2.0)

# Products and sums of exponentials

case("prod with a zero", lambda x: np.prod(x), np.array([2.0, 0.0, 3.0]), np.array([0.0, 6.0, 0.0]))
case("prod with two zeros", lambda x: x.prod(), np.array([0.0, 0.0, 3.0]), ORIGIN)
case(
    "prod over an axis",
    lambda x: np.sum(np.array([3.0, 4.0]) * np.prod(x, axis=1)),
    np.array([[0.0, 2.0], [0.0, 0.0]]),
    np.array([[6.0, 0.0], [0.0, 0.0]]),
)
case(
    "cumprod with a zero",
    lambda x: np.sum(W * np.cumprod(x)),
    np.array([2.0, 0.0, 3.0]),
    np.array([2.0, 24.0, 0.0]),
)
case("logaddexp tie", lambda x, y: np.logaddexp(x, y), (1.0, 1.0), (0.5, 0.5))
case("logaddexp of -inf", lambda x, y: np.logaddexp(x, y), (-INF, -INF), (0.5, 0.5))
case("logaddexp of one -inf", lambda x, y: np.logaddexp(x, y), (-INF, 1.0), (0.0, 1.0))


# A program is differentiated, not a function: each of these is the identity


def relu_by_where(x):
    return np.where(x > 0, x, 0.0)


def relu_by_branch(x):
    return x if x > 0 else 0.0


def relu_by_maximum(x):
    return np.maximum(x, 0.0)


case("relu(t) - relu(-t), where", lambda t: relu_by_where(t) - relu_by_where(-t), 0.0, 0.0)
case("relu(-t) + t, where", lambda t: relu_by_where(-t) + t, 0.0, 1.0)
case("relu(-t) + t, branch", lambda t: relu_by_branch(-t) + t, 0.0, 1.0)
case("relu(-t) + t, maximum", lambda t: relu_by_maximum(-t) + t, 0.0, 0.5)
case("relu(-t) + t, array", lambda t: np.sum(W * (relu_by_where(-t) + t)), ORIGIN, W)


@pytest.mark.parametrize("function, args, expected", CASES)
def test_kink(function, args, expected):
    with np.errstate(all="ignore"):
        if isinstance(args, tuple):
            gradient = grad(function, tuple(range(len(args))))(*args)
            assert len(gradient) == len(expected)
        else:
            gradient, expected = (grad(function)(args),), (expected,)
    for actual, wanted in zip(gradient, expected, strict=True):
        assert np.shape(actual) == np.shape(wanted)
        np.testing.assert_allclose(actual, wanted, rtol=1e-12, atol=1e-14, equal_nan=True)


# Where the program itself does not warn, its gradient does not either


def silent(function):
    SILENT.append(pytest.param(function, id=function.__name__))
    return function


SILENT = []
silent(masked_reciprocal_in_place)


@silent
def root_overwritten(x):
    r = np.sqrt(x)
    r[x == 0] = 1.0
    return np.sum(W * r)


@silent
def root_in_a_dead_branch(x):
    return np.sum(W * np.where(x > 0, np.sqrt(x), 0.0))


@silent
def root_times_a_mask(x):
    return np.sum(W * (x > 0) * np.sqrt(x))


@silent
def fractional_power_by_mask(x):
    return np.sum(W[x > 0] * (x**0.3)[x > 0])


@silent
def distances_of_points(x):
    r = np.sqrt(np.sum((x[:, None, None] - x[:, None]) ** 2, axis=-1))
    e = np.zeros_like(r)
    e[r > 0] = np.exp(-r[r > 0]) / r[r > 0]
    return np.sum(e)


@silent
def norm_of_nothing(x):
    y = x - x
    return np.sqrt(np.sum(y * y)) + np.sum(x)


@silent
def guarded_quotient(x):
    return np.sum(W * np.where(x > 0, 1.0 / np.where(x > 0, x, 1.0), 0.0))


@silent
def rows_without_any_weight(x):
    total = np.sum(np.outer(x, W**2), axis=1)
    share = np.divide(x, total, out=np.zeros_like(x), where=total > 0)
    return np.sum(share * x)


@silent
def missing_data(x):
    data = np.where(x == 0, np.nan, W)
    return np.nansum((data - x) ** 2 * W)


@silent
def entropy_by_mask(x):
    p = x / np.sum(x)
    return -np.sum(p[p > 0] * np.log(p[p > 0]))


@silent
def scalar_root_in_one_arm(x):
    total = 0.0
    for i in range(3):
        r = np.sqrt(x[i])
        if r > 0:
            total += W[i] / r
    return total


@pytest.mark.parametrize("function", SILENT)
def test_silent_where_the_program_is(function):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        function(EDGE.copy())
        gradient = grad(function)(EDGE.copy())
        assert np.all(np.isfinite(gradient))
        second = grad(lambda x: np.sum(W * grad(function)(x)))(EDGE.copy())
        assert np.all(np.isfinite(second))


# The masked form is the plain one where the slope is finite, also where the cotangent happens to be zero


@pytest.mark.parametrize(
    "function",
    [
        lambda x, w: np.sum(np.where(x > 0, w / x, 0.0)),
        lambda x, w: np.sum(np.where(x > 0, w * np.log(x), 0.0)),
        lambda x, w: np.sum((w * np.sqrt(x))[x > 0]),
        lambda x, w: np.sum(w[1:] * (x**-1.5)[1:]),
    ],
    ids=["quotient", "logarithm", "root", "power"],
)
def test_mixed_second_derivative_at_zero_cotangents(function):
    x = np.array([0.0, 2.0, 3.0])
    with np.errstate(all="ignore"):
        mixed = grad(lambda w: np.sum(W * grad(function)(x, w)))(np.zeros(3))
        nearby = grad(lambda w: np.sum(W * grad(function)(x, w)))(np.ones(3))
    assert mixed[0] == 0.0
    np.testing.assert_allclose(mixed[1:], nearby[1:], rtol=1e-12)
    assert np.all(mixed[1:] != 0.0)


def test_hessian_of_squares_at_their_minimum():
    scale = np.array([0.5, 2.0, 4.0])

    def misfit(x):
        return np.sum(((x / scale) ** 2)[1:])

    hessian_row = grad(lambda x: grad(misfit)(x)[1])
    np.testing.assert_allclose(hessian_row(ORIGIN), [0.0, 0.5, 0.0])


def test_complex_numbers_under_a_mask():
    def f(x):
        z = x * (1.0 + 2.0j)
        q = np.where(x > 0, 1.0 / z + np.sqrt(z) + np.log(z), 0.0)
        return np.sum(W * q.real) + np.sum(q.imag)

    with np.errstate(all="ignore"):
        gradient = grad(f)(EDGE)
        second = grad(lambda x: np.sum(grad(f)(x)))(EDGE)
    live = np.array([4.0, 1.0])
    z, weight = live * (1 + 2j), np.array([2.0, 5.0])
    slope = (-1 / z**2 + 0.5 / np.sqrt(z) + 1 / z) * (1 + 2j)
    np.testing.assert_allclose(
        gradient, [*(weight * slope.real + slope.imag)[:1], 0, (weight * slope.real + slope.imag)[1]]
    )
    assert np.all(np.isfinite(second)) and second[1] == 0.0


def test_ordinary_programs_stay_plain():
    def stencil(u, h):
        u[1:-1] = u[1:-1] / 2.0 + (u[2:] - 2 * u[1:-1] + u[:-2]) / h**2
        return np.sum(u**2)

    def softmax(x):
        e = np.exp(x - np.max(x))
        return (e / np.sum(e))[0]

    def norm(x):
        return np.log(np.sum(np.sqrt(1 + x**2))) + np.linalg.norm(x / np.sum(x))

    for function, args in ((stencil, (W.copy(), 0.5)), (softmax, (W,)), (norm, (W,))):
        text = grad(function).source_for(*args)
        assert "isfinite" not in text and "np.inf" not in text
