"""What a derivative returns belongs to its caller: no array of an argument's, and none twice."""

from __future__ import annotations

import collections
import dataclasses
import itertools

import numpy as np
import pytest

from s2sad import grad, jacfwd, jvp, vjp
from s2sad.trees import leaves
from tests.numeric import numerical_gradient


def assert_apart(result, *others):
    """Check that no two arrays of a result share memory, nor one of them with any of the others."""
    own = [leaf for _, leaf in leaves(result) if isinstance(leaf, np.ndarray)]
    theirs = [leaf for _, leaf in leaves(others) if isinstance(leaf, np.ndarray)]
    assert own
    assert not any(np.shares_memory(a, b) for a, b in itertools.combinations(own, 2))
    assert not any(np.shares_memory(a, b) for a in own for b in theirs)
    for leaf in own:
        leaf *= 2.0  # raises where elements share memory


def sum_or_product(x, y, c):
    if c > 0:
        z = x + y
    else:
        z = x * y
    return np.sum(z**2)


def sum_or_product_of_pair(pair, c):
    a, b = pair
    return sum_or_product(a, b, c)


def product_of_pair(pair):
    return np.sum(pair[0] * pair[1])


@dataclasses.dataclass
class Pair:
    first: object
    second: object


def product_of_fields(pair):
    return np.sum(pair.first * pair.second)


def product_of_named(pair):
    return np.sum(pair.first * pair.second) + np.sum(pair.first)


NamedPair = collections.namedtuple("NamedPair", "first second")


def transposed(x, y):
    return np.sum((x + y.T) ** 2)


def passed_on(x, n):
    for _ in range(n):
        x = x
    return np.sum(W * x)


def total_or_square(x, c):
    x[0] = 2.0 * x[1]
    if c > 0:
        return np.sum(x)
    return np.sum(x**2)


W = np.array([0.3, -0.2, 0.7])
SQUARE = np.arange(9.0).reshape(3, 3)


def triple():
    return np.array([1.0, 2.0, 3.0])


CASES = [
    (sum_or_product, (triple(), triple() + 1, 1.0), (0, 1)),
    (sum_or_product, (triple(), triple() + 1, -1.0), (0, 1)),
    (sum_or_product_of_pair, ([triple(), triple() + 1], 1.0), (0,)),
    (sum_or_product_of_pair, ((triple(), triple() + 1), 1.0), (0,)),
    (sum_or_product_of_pair, ((triple(), triple() + 1), -1.0), (0,)),
    (product_of_pair, ([triple(), triple() + 1],), (0,)),
    (product_of_pair, ((triple(), triple() + 1),), (0,)),
    (product_of_fields, (Pair(triple(), triple() + 1),), (0,)),
    (product_of_fields, (NamedPair(triple(), triple() + 1),), (0,)),
    (product_of_named, (NamedPair(triple(), triple() + 1),), (0,)),
    (transposed, (SQUARE, SQUARE + 1), (0, 1)),
    (passed_on, (triple(), 0), (0,)),
    (passed_on, (triple(), 2), (0,)),
    (total_or_square, (triple(), 1.0), (0,)),
    (total_or_square, (triple(), -1.0), (0,)),
]


@pytest.mark.parametrize("function, args, argnums", CASES)
def test_gradients_are_the_callers_own(function, args, argnums):
    result = grad(function, argnums)(*args)
    for argnum, bar in zip(argnums, result, strict=True):
        for (_, mine), (_, numeric) in zip(
            leaves(bar), leaves(numerical_gradient(function, args, argnum)), strict=True
        ):
            np.testing.assert_allclose(mine, numeric, rtol=1e-6, atol=1e-7)
    assert_apart(result, args, W)


def twice(x):
    return x, {"doubled": 2 * x, "same": x}


def test_tangents_and_cotangents_are_the_callers_own():
    x, x_dot = triple(), triple() * 0.5
    _, result = jvp(twice, (x,), (x_dot,))
    np.testing.assert_array_equal(result[1]["same"], x_dot)
    assert_apart(result, x, x_dot)
    _, pullback = vjp(twice, x)
    bar = np.ones(3)
    (x_bar,) = pullback((bar, {"doubled": 0 * bar, "same": 0 * bar}))
    np.testing.assert_array_equal(x_bar, bar)
    assert_apart((x_bar,), bar)


def test_a_jacobian_is_the_callers_own():
    assert_apart(jacfwd(twice)(triple()))
