"""Copies at the end of a derivative: left out where the array is its own, kept where somebody else may have it."""

from __future__ import annotations

import numpy as np

from s2sad import grad, jvp
from s2sad.derivative import Derivative
from tests.numeric import numerical_gradient

X = np.array([0.5, 1.5, -0.3])


def swept(x):
    for i in range(1, 3):
        x[i] = x[i] + 0.5 * x[i - 1]
    return x


def test_an_array_that_was_copied_at_entry_is_returned():
    text = Derivative(swept, 0, mode="jvp").source_for(X)
    assert text.count("x_dot = x_dot.copy()") == 1 and text.endswith("return x, x_dot\n")


def test_what_is_returned_is_not_the_argument():
    tangent = np.ones(3)
    _, dot = jvp(swept, (X.copy(),), (tangent,))
    dot[:] = 7.0
    assert tangent.tolist() == [1.0, 1.0, 1.0]


def turned(x, n):
    for _ in range(n):
        x[0] = 2.0 * x[1]
    return x


def test_a_loop_without_turns_returns_no_argument_either():
    tangent = np.ones(3)
    _, dot = jvp(turned, (X.copy(), 0), (tangent, None))
    dot[:] = 7.0
    assert tangent.tolist() == [1.0, 1.0, 1.0]


def passed_on(x, y):
    return np.sum(x) + np.sum(y)


def test_gradients_can_be_written_to_and_do_not_share_memory():
    x_bar, y_bar = grad(passed_on, (0, 1))(X, X.copy())
    x_bar[0] = 5.0
    assert y_bar.tolist() == [1.0, 1.0, 1.0]


def twice(x):
    return x * 1.0, x * 1.0


def test_tangents_of_two_results_can_be_written_to():
    _, (a, b) = jvp(twice, (X,), (np.ones(3),))
    a[:] = 3.0
    assert X.tolist() == [0.5, 1.5, -0.3] and b.shape == (3,)


def relaxed(b, w):
    a = np.zeros_like(b)
    for _ in range(3):
        for i in range(1, len(a) - 1):
            a[i] += w * (a[i - 1] - a[i] * b[i])
    return a @ b


def test_adjoint_that_starts_with_the_array_that_is_undone():
    """It is copied once before the reverse sweep, not in each turn."""
    b = np.array([0.3, -0.7, 1.1, 0.4, 0.9])
    gradient = grad(relaxed, (0, 1))
    found = gradient(b, 0.6)
    for mine, numeric in zip(found, numerical_gradient(relaxed, (b, 0.6), (0, 1)), strict=True):
        np.testing.assert_allclose(mine, numeric, rtol=1e-6, atol=1e-8)
    assert not any(line.startswith("        ") and ".copy()" in line for line in gradient.source.splitlines())
