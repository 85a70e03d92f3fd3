"""Arrays of rank 0: they are updated in place and shared as arrays are, and calculate as numbers do."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad import grad, jvp
from tests.numeric import assert_same, numerical_gradient

X = np.array([1.2, 0.7, 0.5, 1.9])
S = 0.8
PROGRAMS = []


def program(function):
    PROGRAMS.append(function)
    return function


@program
def one_array_by_two_names(s, x):
    t = np.array(s)
    u = t
    u += x[0]
    return t * u + x[1] * s


@program
def running_total(s, x):
    t = np.zeros(())
    for v in x:
        t += v * s
    y = t.copy()
    y *= t
    return y + t


@program
def vector_of_it(s, x):
    t = np.array(s)
    v = t.reshape(1)
    v[0] *= x[1]
    return t * s


@program
def flat(s, x):
    t = np.array(s)
    a = t.ravel()
    a *= 3
    np.add.at(a, 0, x[0])
    return t**3


@program
def new_axis(s, x):
    t = np.array(s)
    v = t[None]
    v += x[:1]
    return t**2 + np.sum(v)


@program
def part_of_rank_0(s, x):
    t = x[1:2].reshape(())
    t *= s
    return np.sum(x * x)


@program
def stores(s, x):
    t = np.array(s)
    t[...] = x[2] * t
    t[()] += s
    x[0] = t
    return np.sin(t) * np.sum(x)


@program
def items_of_a_list(s, x):
    ts = [np.array(s) for _ in range(3)]
    for i, t in enumerate(ts):
        t += x[i]
    return ts[0] * ts[1] + ts[2]


@program
def outputs(s, x):
    out = np.empty(())
    np.multiply(s, x[0], out=out)
    np.add(out, x[1], out=out)
    return out**2


@program
def transposed(s, x):
    t = np.array(s)
    z = t.item()
    t *= x[0]
    w = t.T
    w += z
    return t * z


@program
def number_read_before(s, x):
    t = np.array(s)
    z = t[()]
    y = float(t)
    t += x[0]
    return z * t * y


@program
def while_it_is_small(s, x):
    t = np.array(s)
    while t < 3:
        t *= 1.5
    return t * x[0]


@program
def changed_by_a_helper(s, x):
    def shifted(t):
        t += x[0]
        return t

    t = np.array(s)
    q = shifted(t)
    return q * t


@program
def broadcast_of_it(s, x):
    t = np.full((), s)
    z = np.broadcast_to(t, (3,))
    t *= 2
    return np.sum(z * x[:3])


@program
def extremes(s, x):
    t = np.array(x.max())
    t -= x.min()
    x /= t
    return np.sum(x * np.arange(4.0)) * s


def along(function):
    """Return a number that the gradient decides on."""

    def slope(s, x):
        of_s, of_x = grad(function, (0, 1))(s, x)
        return of_s * 0.7 + np.sum(of_x * np.array([1.0, -2.0, 0.5, 0.3]))

    return slope


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_gradient(function):
    found = grad(function, (0, 1))(S, X)
    assert isinstance(found[0], float) and found[1].shape == X.shape
    assert_same(found, numerical_gradient(function, (S, X), (0, 1)), path="gradient")


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_tangent(function):
    of_s, of_x = numerical_gradient(function, (S, X), (0, 1))
    tangent = jvp(function, (S, X.copy()), (0.3, np.arange(4.0)))[1]
    assert tangent == pytest.approx(0.3 * of_s + of_x @ np.arange(4.0), rel=1e-6)


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_second_order(function):
    found = grad(along(function), (0, 1))(S, X)
    assert_same(found, numerical_gradient(along(function), (S, X), (0, 1)), path="second")
