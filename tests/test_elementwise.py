"""Elementwise gradients, n-th derivatives and stopped gradients against finite differences and complex steps."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from s2sad import (
    ArgumentTypeError,
    NonScalarResult,
    check_grads,
    derivative,
    elementwise_grad,
    grad,
    jvp,
    stop_gradient,
    vjp,
)
from tests import operator_functions as fs
from tests.numeric import assert_same, flatten, numerical_gradient

X = np.array([[0.3, 1.2], [-0.4, 0.9]])


def slope(f, x, h=1e-4):
    fine, coarse = (f(x + h / 2) - f(x - h / 2)) / h, (f(x + h) - f(x - h)) / (2 * h)
    return (4 * fine - coarse) / 3


# Elementwise gradients


def smooth(x):
    return np.tanh(x) * np.exp(-x * x) + 1.0 / (1.0 + x * x)


def test_elementwise_grad_and_its_own():
    assert elementwise_grad(smooth)(X) == pytest.approx(slope(smooth, X), rel=1e-8)
    lower = smooth
    for _ in range(4):
        higher = elementwise_grad(lower)
        assert higher(X) == pytest.approx(slope(lower, X), rel=1e-6)
        assert higher(0.7) == pytest.approx(slope(lower, 0.7), rel=1e-6)
        lower = higher


def test_elementwise_grad_is_the_gradient_of_the_sum():
    def f(x, a, y):
        return a @ x * np.sum(y) + y

    args = (np.ones((2, 3)), X, np.array([1.0, 2.0, 3.0]))
    found = elementwise_grad(f, (0, "a", 2))(*args)
    assert_same(found, numerical_gradient(lambda *args: np.sum(f(*args)), args, (0, 1, 2)))


def test_elementwise_grad_of_a_complex_step():
    assert elementwise_grad(smooth)(X) == pytest.approx(smooth(X + 1e-30j).imag / 1e-30, rel=1e-14)


def test_elementwise_grad_in_a_program():
    def residual(x):
        return np.sum((elementwise_grad_of_smooth(x) + x) ** 2)

    check_grads(residual, (X,), order=2)


elementwise_grad_of_smooth = elementwise_grad(smooth)


def test_elementwise_grad_keeps_single_precision():
    assert elementwise_grad(smooth)(X.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("f", [lambda x: (x, x), lambda x: [x], lambda x: 1j * x])
def test_elementwise_grad_refuses(f):
    with pytest.raises(NonScalarResult):
        elementwise_grad(f)(X)


# Derivatives of order n


@pytest.mark.parametrize("x", [0.9, 1.1])
def test_five_orders_of_a_program(x):
    lower = fs.branching
    for order in range(1, 6):
        higher = derivative(fs.branching, order=order)
        expected = slope(lambda t: lower(t, 3), x)
        assert higher(x, 3) == pytest.approx(expected, rel=1e-6)
        lower = higher


def test_five_orders_of_an_array():
    lower = fs.path
    for order in range(1, 6):
        higher = derivative(fs.path, order=order)
        assert higher(0.7) == pytest.approx(slope(lower, 0.7), rel=1e-6, abs=1e-6)
        lower = higher


def test_derivative_of_a_complex_step():
    first = derivative(fs.rational)
    assert first(1.3) == pytest.approx(fs.rational(1.3 + 1e-30j).imag / 1e-30, rel=1e-14)


def test_derivative_of_a_container():
    found = derivative(fs.spiral, order=2)(0.5, 3.0)
    expected = [
        slope(lambda t, i=i: slope(lambda s: flatten(fs.spiral(s, 3.0))[i], t, 1e-2), 0.5, 1e-2)
        for i in range(3)
    ]
    assert list(found) == ["x", "y"]
    assert flatten(found) == pytest.approx(expected, rel=1e-4, abs=1e-4)
    by_name = derivative(fs.spiral, "turns")(0.5, 3.0)
    assert by_name["x"] == pytest.approx(slope(lambda k: fs.spiral(0.5, k)["x"], 3.0))
    assert derivative(fs.spiral, 1)(0.5, turns=3.0) == by_name


def test_derivatives_of_constants():
    assert derivative(lambda t: 3.0)(1.0) == 0.0
    assert_same(derivative(lambda t: np.ones(2))(1.0), np.zeros(2))
    assert derivative(lambda t: np.floor(t))(1.5) == 0.0


def test_derivative_text():
    assert derivative(np.sin).source == "def sin_derivative(x):\n    return np.cos(x)\n"
    assert str(inspect.signature(derivative(fs.spiral, order=2))) == "(t, turns)"


def test_derivative_of_a_gradient_and_the_other_way():
    def f(t):
        return np.exp(t * t)

    third = slope(lambda t: slope(lambda s: slope(f, s, 1e-2), t, 1e-2), 0.4, 1e-2)
    for found in (derivative(grad(derivative(f))), grad(derivative(f, order=2)), derivative(f, order=3)):
        assert found(0.4) == pytest.approx(third, rel=1e-4)


@pytest.mark.parametrize("x", [np.float64(0.5), np.float32(0.5), np.array(0.5)])
def test_numbers_of_numpy(x):
    assert derivative(np.sin, order=2)(x) == pytest.approx(-np.sin(0.5))
    assert derivative(fs.path)(x) == pytest.approx(slope(fs.path, 0.5), rel=1e-5)


@pytest.mark.parametrize(
    ("x", "message"),
    [(1, "is an integer"), (np.ones(2), "is an array"), (1j, "is complex"), ([1.0], "no number")],
)
def test_derivative_in_what_is_no_real_number(x, message):
    with pytest.raises(ArgumentTypeError, match=message):
        derivative(fs.path)(x)


@pytest.mark.parametrize("order", [0, -1, 1.0, True])
def test_wrong_orders(order):
    with pytest.raises(ValueError, match="not a positive integer"):
        derivative(fs.path, order=order)


def test_several_arguments_are_refused():
    with pytest.raises(TypeError, match="with respect to one argument"):
        derivative(fs.spiral, (0, 1))


def test_derivative_in_one_of_the_star_arguments():
    def f(k, *xs):
        for x in xs[1:]:
            k = k * np.sum(x)
        return k * np.sum(xs[0]) * xs[1]

    a = np.array([0.5, 2.0])

    def at(x):
        return f(2.0, a, x, a, 4.0, 3)

    assert derivative(f, 2)(2.0, a, 0.7, a, 4.0, 3) == pytest.approx(slope(at, 0.7))
    second = slope(lambda x: slope(at, x, 1e-2), 0.7, 1e-2)
    assert derivative(f, 2, order=2)(2.0, a, 0.7, a, 4.0, 3) == pytest.approx(second)
    with pytest.raises(ArgumentTypeError, match="is an integer"):
        derivative(f, 5)(2.0, a, 0.7, a, 4.0, 3)


# Stopped gradients


def frozen_slope(f, x, stopped):
    """Return the numerical gradient of f(x, s) in x, with s held at a value."""
    return numerical_gradient(lambda x: f(x, stopped), (x,), 0)


def test_stop_gradient_in_both_modes():
    def f(x, s):
        return np.sum(np.sin(x) * s + s[0] * x * x)

    def stopped(x):
        return f(x, stop_gradient(x))

    x = X[0]
    expected = frozen_slope(f, x, x)
    assert_same(grad(stopped)(x), expected)
    for e in np.eye(2):
        assert jvp(stopped, (x,), (e,))[1] == pytest.approx(e @ expected)


def test_stop_gradient_of_containers():
    def f(p, s):
        return np.sum(p["w"] * s["w"]) * s["l"].b + p["l"].b * s["t"][0] * s["t"][1]

    def stopped(p):
        return f(p, stop_gradient(p))

    p = {"w": X, "l": fs.Layer(X[0], 2.0), "t": (3.0, 4)}
    expected = numerical_gradient(lambda q: f(q, p), (p,), 0)
    assert_same(grad(stopped)(p), expected)
    assert_same(stop_gradient(p), p, rtol=0, atol=0)


def test_what_stop_gradient_returns_is_a_copy():
    x = X.copy()
    for value in (stop_gradient(x), stop_gradient([x])[0], stop_gradient(fs.Pair(x, 1.0)).w):
        assert not np.shares_memory(value, x)

    def f(x):
        y = stop_gradient(x)
        y[0] = 3.0
        x[1] = 2.0 * x[0]
        return np.sum(x * y)

    assert_same(grad(f)(np.array([1.0, 5.0])), np.array([3.0 + 2.0 * 5.0, 0.0]))


def test_straight_through_estimator():
    def f(x):
        return np.sum((x + stop_gradient(np.round(x) - x)) ** 2)

    assert_same(grad(f)(X), 2.0 * np.round(X))


def test_only_a_stopped_value():
    assert_same(vjp(lambda x: stop_gradient(x) * 1.0, X)[1](X), (np.zeros_like(X),))
    assert derivative(lambda t: stop_gradient(t) * t, order=2)(3.0) == 0.0
