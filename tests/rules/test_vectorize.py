"""Functions of numbers that np.vectorize applies to arrays: loops over the elements."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest

from s2sad import elementwise_grad, grad
from s2sad.errors import S2sadError
from s2sad.testing import check_grads
from tests.rules.along import check_along

X = np.array([[0.3, -1.2, 2.1], [1.4, 0.6, -0.5]])
V = np.array([0.4, -1.1, 1.9])


def kernel(a, s=0.4):
    if a < 0:
        return math.exp(s * a)
    total = 0.0
    for k in range(1, 4):
        total += math.sin(a * s) / k
    return total


def polar(r, angle):
    return r * math.cos(angle), r * math.sin(angle)


def step(a):
    return a * a if a > 0 else 0


made_before = np.vectorize(kernel)
coordinates = np.vectorize(polar)
typed = np.vectorize(step, otypes=[float])
untyped = np.vectorize(step)


@np.vectorize
def decorated(a, b):
    return a * b if a < b else math.sin(a)


@functools.partial(np.vectorize, excluded={"coefficients"})
def polynomial(coefficients, a):
    total = 0.0
    for c in coefficients:
        total = total * a + c
    return total


def of_an_array(x):
    return np.vectorize(kernel)(x)


def of_a_number(t):
    return np.vectorize(kernel)(t) * t


def of_an_array_and_a_number(x, s):
    return made_before(x, s) ** 2


def of_arrays_of_two_shapes(x, v):
    return decorated(x, v)


def of_names(x, s):
    return made_before(s=s, a=x)


def of_integers(s):
    return made_before(np.arange(-1, 3), s)


def of_a_lambda(x, s):
    scaled = np.vectorize(lambda a: s * a**3 if a > s else a)
    return scaled(x) + scaled(2 * x)


def of_a_local_function(x, s):
    @np.vectorize
    def local(a):
        return a * a * s if a > 0 else s

    return local(x)


def of_a_local_function_with_options(x):
    @np.vectorize(otypes=[float])
    def local(a):
        return a * a if a > 0 else 0

    return local(x)


def of_two_results(x, v):
    a, b = coordinates(x, v)
    return a * a * b


def of_two_results_of_numbers(s, t):
    a, b = coordinates(s, t)
    return a * b


def of_excluded_arguments(x, v):
    return polynomial(coefficients=v, a=x) + np.vectorize(polynomial.pyfunc, excluded=[0])(v, x)


def of_excluded_names(x, v):
    return np.vectorize(polynomial.pyfunc, excluded={"coefficients"})(coefficients=v, a=x)


def of_results_with_a_type(x):
    return typed(x) + np.vectorize(step, otypes="d")(x)


def of_complex_numbers(x):
    return np.abs(np.vectorize(lambda a: (a + 1j) ** 3)(x))


def within_a_loop(x):
    for _ in range(2):
        x = made_before(x, 0.5)
    return x


FUNCTIONS = [
    (of_an_array, (X,)),
    (of_a_number, (0.7,)),
    (of_an_array_and_a_number, (X, 0.7)),
    (of_arrays_of_two_shapes, (X, V)),
    (of_names, (X, 0.7)),
    (of_integers, (0.7,)),
    (of_a_lambda, (X, 0.7)),
    (of_a_local_function, (V, 0.7)),
    (of_a_local_function_with_options, (V,)),
    (of_two_results, (X, V)),
    (of_two_results_of_numbers, (0.7, 0.4)),
    (of_excluded_arguments, (X, V)),
    (of_excluded_names, (X, V)),
    (of_results_with_a_type, (X,)),
    (of_complex_numbers, (X,)),
    (within_a_loop, (X,)),
]


@pytest.mark.parametrize("function, args", FUNCTIONS, ids=lambda value: getattr(value, "__name__", ""))
def test_vectorized(function, args):
    check_along(function, args)


def test_the_third_order():
    check_grads(of_an_array_and_a_number, (V, 0.7), order=3)


def test_an_array_without_elements():
    assert grad(lambda x: np.sum(typed(x)))(np.zeros((0, 2))).shape == (0, 2)


def test_float32():
    x = X.astype(np.float32)
    assert grad(lambda x: np.sum(made_before(x)))(x).dtype == np.float32


def test_a_vectorized_function_itself():
    slope = elementwise_grad(np.vectorize(lambda a: a**3))
    assert np.allclose(slope(X), 3 * X**2)
    check_along(np.vectorize(lambda a, b: a * b), (X, V))


def test_what_is_constant_is_called_as_it_stands():
    text = grad(lambda s: s * np.sum(made_before(np.arange(3)))).source_for(1.0)
    assert "vectorized_kernel(np.arange(3))" in text


# ---- what is refused -------------------------------------------------------------------------------------


def of_rows(x):
    return np.sum(np.vectorize(lambda row: row @ row, signature="(n)->()")(x))


rows_before = np.vectorize(lambda row: row @ row, signature="(n)->()")


def test_signatures():
    for function in (of_rows, lambda x: np.sum(rows_before(x))):
        with pytest.raises(S2sadError, match="with a signature"):
            grad(function)(X)


def test_types_that_hold_no_derivative():
    with pytest.raises(S2sadError, match="otypes"):
        grad(lambda x: np.sum(np.vectorize(step, otypes=[int])(x)))(V)


def test_results_that_numpy_would_round():
    total = grad(lambda x: np.sum(untyped(x)))
    assert np.allclose(total(V), 2 * np.maximum(V, 0))
    with pytest.raises(TypeError, match="otypes"):
        total(-V)
