"""Operators inside the function that is differentiated, and perturbation confusion."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from s2sad import S2sadError, grad, jvp, value_and_grad, vjp
from tests.numeric import assert_same, numerical_gradient

W = np.array([0.3, 0.2, 0.7])
XS = np.array([0.1, 0.5, 0.9])


def model(w, x):
    return np.tanh(w[0] * x + w[1]) * w[2]


def physics_informed(w, xs):
    """The residual of u' + u = 0, with u' by `grad`."""
    total = 0.0
    for x in xs:
        u = lambda t: model(w, t)
        total += (grad(u)(x) + u(x)) ** 2
    return total


def second_derivative_in_the_loss(w, xs):
    total = 0.0
    for x in xs:
        total += grad(grad(lambda t: model(w, t)))(x) ** 2
    return total


def gradient_by_position(w, xs):
    total = 0.0
    for x in xs:
        total += grad(model, argnums=1)(w, x) ** 2
    return total


def one_step_of_learning(w, xs):
    def inner(v):
        return np.sum((v * xs - 1.0) ** 2)

    v = w - 0.1 * grad(inner)(w)
    return inner(v)


def three_steps_of_learning(w, xs):
    v = w
    for _ in range(3):
        value, slope = value_and_grad(lambda u: np.sum((np.sin(u) * xs - 1.0) ** 2))(v)
        v = v - 0.1 * value * slope
    return np.sum(v**2)


def directional(w, xs):
    y, dot = jvp(lambda v: np.sin(v) * xs, (w,), (w * 2.0,))
    return np.sum(y * dot)


def two_directions(w, xs):
    def f(v, s):
        return np.sum(v * v) * s[0] * s

    return np.sum(jvp(f, (w, xs), (w + xs, w))[1] ** 2)


def pulled_back_twice(w, xs):
    y, pullback = vjp(lambda v: np.sin(v) * xs * v, w)
    (a,) = pullback(y)
    (b,) = pullback(w)
    return np.sum(a * b)


def hessian_vector(w, xs):
    f = lambda v: np.sum(np.sin(v) * v[0] * xs)
    return np.sum(jvp(grad(f), (w,), (xs,))[1] ** 2)


def with_a_local_helper(w, xs):
    def square(v):
        return v * v

    def f(v):
        return np.sum(square(v) * xs * w)

    return np.sum(grad(f)(w) ** 2)


def with_auxiliary_output(w, xs):
    def f(v):
        y = v * xs
        return np.sum(y**3), y

    slope, y = grad(f, has_aux=True)(w)
    return np.sum(slope * y)


def late_binding(w, xs):
    a = w[0]
    slope = grad(lambda t: a * t * t)
    a = w[1] * 2
    return slope(xs[0])


def late_binding_of_an_updated_array(w, xs):
    a = w * 1.0
    slope = grad(lambda t: a[0] * t * t)
    a[0] = w[1] * w[2]
    return slope(xs[0])


def late_binding_in_a_loop(w, xs):
    a = w[0]
    slope = grad(lambda t: a * t * t)
    total = 0.0
    for x in xs:
        total += slope(x)
        a = a * w[1]
    return total


def defaults_bind_early(w, xs):
    total = 0.0
    for i in range(3):
        f = lambda t, k=i, s=w: s[k] * t**2
        total += grad(f)(xs[i])
    return total


def gradients_in_a_list(w, xs):
    slopes = [grad(lambda t: w[0] * t**3), grad(lambda t: w[1] * t**2)]
    total = 0.0
    for slope in slopes:
        total += slope(xs[0])
    return total


FUNCTIONS = [
    late_binding,
    late_binding_of_an_updated_array,
    late_binding_in_a_loop,
    defaults_bind_early,
    gradients_in_a_list,
    physics_informed,
    second_derivative_in_the_loss,
    gradient_by_position,
    one_step_of_learning,
    three_steps_of_learning,
    directional,
    two_directions,
    pulled_back_twice,
    hessian_vector,
    with_a_local_helper,
    with_auxiliary_output,
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_gradients_of_functions_that_differentiate(function):
    bars = grad(function, (0, 1))(W.copy(), XS.copy())
    assert_same(bars, numerical_gradient(function, (W, XS), (0, 1)))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_tangents_of_functions_that_differentiate(function):
    slopes = numerical_gradient(function, (W, XS), (0, 1))
    _, dot = jvp(function, (W.copy(), XS.copy()), (XS, W))
    assert_same(float(dot), float(slopes[0] @ XS + slopes[1] @ W))


# Siskind and Pearlmutter, "Perturbation confusion and referential transparency", IFL 2005: the derivative in x of
# x times the derivative in y of x + y is 1, and 2 where the two perturbations are taken for one.
def confused_gradients(x):
    return x * grad(lambda y: x + y)(1.0)


def confused_tangents(x):
    return x * jvp(lambda y: x + y, (1.0,), (1.0,))[1]


@pytest.mark.parametrize("function", [confused_gradients, confused_tangents], ids=lambda f: f.__name__)
def test_perturbations_are_not_confused(function):
    assert grad(function)(1.0) == 1.0
    assert jvp(function, (1.0,), (1.0,))[1] == 1.0


def product_of_powers(*xs):
    return xs[0] * xs[1] ** 2 * np.sin(xs[2])


def test_a_tangent_of_a_partial_of_a_function_of_any_number_of_arguments():
    def loss(a, x, d):
        value, tangent = jvp(functools.partial(product_of_powers, a), (x, 2 * x), (d, x * d))
        return value * tangent

    args = (1.5, 0.7, 0.3)
    assert_same(grad(loss, (0, 1, 2))(*args), numerical_gradient(loss, args, (0, 1, 2)), rtol=1e-6)
    only_last = lambda a, x: jvp(functools.partial(product_of_powers, a, x), (2 * x,), (1.0,))[1]
    assert_same(
        grad(only_last, (0, 1))(1.5, 0.7), numerical_gradient(only_last, (1.5, 0.7), (0, 1)), rtol=1e-6
    )


def test_a_function_that_is_an_argument():
    def apply(f, x):
        return grad(f)(x)

    assert_same(grad(apply, argnums=1)(np.sin, 0.7), -np.sin(0.7))


SLOPE = 2.0


def test_pullbacks_read_global_variables_anew(monkeypatch):
    def f(x):
        return vjp(lambda t: SLOPE * x * t, x)[1](x)[0] * SLOPE

    gradient = grad(f)
    for slope in (2.0, 5.0):
        monkeypatch.setitem(globals(), "SLOPE", slope)
        assert_same(gradient(3.0), 2 * slope**2 * 3.0)
    assert "SLOPE_1" not in gradient.source


def test_errors_in_local_functions_are_placed_in_the_program():
    def f(x):
        return grad(lambda t: float(str(t)) * x)(x)

    with pytest.raises(S2sadError) as caught:
        grad(f)(2.0)
    assert caught.value.where.filename == __file__
    assert "float(str(t))" in caught.value.where.text


def test_a_function_known_only_at_run_time_is_refused():
    def apply(functions, x, i):
        return grad(functions[i])(x)

    with pytest.raises(S2sadError) as refusal:
        grad(apply, argnums=1)([np.sin, np.cos], 1.0, 1)
    assert "known only at run time" in str(refusal.value) and refusal.value.where and refusal.value.hint
