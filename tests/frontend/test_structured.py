"""Lists and dicts of arrays that also have names: `s2sad.frontend.structured`."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from s2sad import grad
from s2sad.errors import AmbiguousAlias

X = np.array([0.7, -0.4, 1.1])
Y = np.array([0.3, 0.9, -0.6])
W = np.array([1.0, -2.5, 3.5])


class Box:
    def __init__(self, *arrays):
        self.arrays = list(arrays)

    def shift(self):
        self.arrays.append(self.arrays.pop(0))


def list_made_in_a_method(x, y, n):
    box = Box(x, y, x)
    box.shift()
    box.arrays[0] *= box.arrays[1]
    x *= 2.0
    return np.sum(W * box.arrays[2] * y)


def closure_over_a_list(x, y, n):
    s = [x, y]

    def turn():
        s[0], s[1] = s[1], s[0]
        return s

    t = turn()
    t[0] *= x
    return np.sum(W * y * s[1])


def default_argument(x, y, n):
    s = [x]

    def add(a, into=s):
        into.append(a)

    add(y)
    s[1][0] = x[1] ** 2
    x += s[1]
    return np.sum(W * y * s[0])


def two_names_of_one_list(x, y, n):
    s = [x, y]
    t = s
    u = list(s)
    t[0] = x * y
    y *= 2.0
    same = 1.0 if t is s and u is not s else 0.0
    return np.sum(W * s[0] * u[1]) * same + np.sum(u[0])


def lists_in_a_loop_of_unknown_length(x, y, n):
    s = [x, y]
    for _ in range(n):
        for v, w in zip(s, reversed(s)):
            v += 0.1 * w**2
        x[0] *= y[1]
    return np.sum(W * s[0] * y)


def replaced_under_a_test(x, y, n):
    s = [x, y]
    if n > 1:
        s[0] = y
    y *= x
    return np.sum(W * s[1]) + np.sum(x)


def dict_with_keys_of_a_loop(x, y, n):
    d = {}
    for name, value in zip("uv", (x, y)):
        d[name] = value
    for name in sorted(d):
        d[name] *= d["u"]
    x[1:] -= d.pop("v")[:-1]
    return np.sum(W * x * y) + len(d)


def copies_of_lists(x, y, n):
    s = [x, [x, y]]
    t, u = copy.copy(s), s[1].copy()
    t[1][1] *= 2.0
    t[1].append(x * y)
    u[0] = 3.0 * y
    v = copy.deepcopy(s)
    v[0] *= v[1][0]
    return np.sum(W * y * v[0]) + np.sum(s[1][2] * t[0] * u[0])


def read_by_a_run_time_index(x, y, n):
    s = [x, y]
    y += x**2
    total = 0.0
    for i in range(n):
        total += np.sum(W * s[i])
    return total


def starred(x, y, n):
    first, *rest = [x, y, x]
    rest[1] *= 2.0
    a = [*rest, first]
    a[0] -= a[2]
    return np.sum(W * x * y)


def walked_while_it_changes_behind(x, y, n):
    s = [x, y]
    for i, v in enumerate(s):
        s[i] = v * 2.0
        v += 1.0
    return np.sum(W * s[0] * s[1] * x * y)


def short_loop(x, y, n):
    for _ in range(3):
        x, y = y, x
        s = [x, y]
        s[0] *= s[1]
    return np.sum(W * x * y * s[0])


def popped_and_updated(x, y, n):
    s = [x, y]
    v = s.pop()
    v *= x
    return np.sum(W * y)


EXACT = [
    list_made_in_a_method,
    closure_over_a_list,
    default_argument,
    two_names_of_one_list,
    lists_in_a_loop_of_unknown_length,
    replaced_under_a_test,
    dict_with_keys_of_a_loop,
    copies_of_lists,
    read_by_a_run_time_index,
    starred,
    walked_while_it_changes_behind,
    short_loop,
    popped_and_updated,
]


@pytest.mark.parametrize("function", EXACT, ids=lambda function: function.__name__)
def test_derivative(function):
    for n in (1, 2):
        slopes = grad(function, argnums=(0, 1))(X.copy(), Y.copy(), n)
        for which in (0, 1):
            for i in range(3):
                step = np.zeros((2, 3))
                step[which, i] = 1e-6
                above = function(X + step[0], Y + step[1], n)
                below = function(X - step[0], Y - step[1], n)
                assert slopes[which][i] == pytest.approx((above - below) / 2e-6, abs=1e-7)


def popped_from_a_long_list(x, y, n):
    s = []
    for _ in range(n):
        s.append(x)
    v = s.pop()
    v *= 2.0
    return np.sum(x)


def extended_twice(x, y, n):
    s = []
    for _ in range(n):
        s += [x]
    s[0][0] *= 0.5
    return np.sum(s[1])


def held_by_a_list_of_a_loop(x, y, n):
    for _ in range(n):
        a = x * 0.5
        s = [a, y]
    a[0] = 7.0
    return np.sum(s[0])


def updated_by_a_run_time_index(x, y, n):
    s = [x, y]
    s[n] *= 2.0
    return np.sum(x)


def walked_while_it_changes_ahead(x, y, n):
    s = [x, y]
    for v in s:
        s[1] = x * 2.0
        v *= 2.0
    return np.sum(x * y)


@pytest.mark.parametrize(
    "function",
    [
        popped_from_a_long_list,
        extended_twice,
        held_by_a_list_of_a_loop,
        updated_by_a_run_time_index,
        walked_while_it_changes_ahead,
    ],
    ids=lambda function: function.__name__,
)
def test_refused(function):
    with pytest.raises(AmbiguousAlias):
        grad(function, argnums=(0, 1))(X.copy(), Y.copy(), 1)


def test_text():
    def f(x, y, n):
        params = [x, y]
        for p in params:
            p *= 2.0
        return np.sum(x * y)

    text = grad(f, argnums=(0, 1)).source_for(X, Y, 1)
    assert "[x, y]" not in text
