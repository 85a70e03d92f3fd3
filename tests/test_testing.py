"""The checker finds wrong gradients, names the entry, and lets right ones pass."""

from __future__ import annotations

import math
from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest

from s2sad.errors import ArgumentTypeError, NonScalarResult
from s2sad.testing import GradientMismatch, check_grads, numerical_grad


def by_hand(gradient):
    """Return an operator that ignores its function: what is checked is `gradient`."""
    return lambda f, argnums: gradient


def numerically(f, argnums):
    return numerical_grad(f, argnums)


@dataclass(frozen=True)
class Layer:
    weights: np.ndarray
    bias: float
    name: str = "layer"


Point = namedtuple("Point", "x y")


# Right gradients pass ---------------------------------------------------------------------------------------


def test_scalar():
    check_grads(lambda x: x**3, (1.7,), operator=by_hand(lambda x: (3 * x**2,)))


def test_array():
    w = np.arange(6.0).reshape(2, 3)
    check_grads(lambda a: np.sum(w * np.sin(a)), (w / 3,), operator=by_hand(lambda a: (w * np.cos(a),)))


def test_several_arguments():
    check_grads(
        lambda a, n, b: a**n * b, (1.2, 3, 0.7), operator=by_hand(lambda a, n, b: (3 * a**2 * b, a**3))
    )


def test_argnums_by_position_and_by_name():
    def f(a, b):
        return a * b

    check_grads(f, (2.0, 3.0), argnums=1, operator=by_hand(lambda a, b: (a,)))
    check_grads(f, (2.0, 3.0), argnums="b", operator=by_hand(lambda a, b: (a,)))
    check_grads(f, (2.0, 3.0), argnums=(1, "a"), operator=by_hand(lambda a, b: (a, b)))
    check_grads(f, (2.0, 3.0), argnums=-1, operator=by_hand(lambda a, b: (a,)))


CONTAINERS = [
    (1.5, [2.0, 3]),
    {"w": np.array([[1.0, 2.0]]), "rest": (0.5, [np.array(3.0), "text", None])},
    Layer(np.array([0.3, -0.4]), 1.25),
    Point(2.0, np.float64(-3.0)),
    [Layer(np.ones((2, 2)), 0.5), Layer(np.full((2,), 0.25), -0.5)],
]


def total(value):
    """Return a nonlinear function of all numbers in a container."""
    if isinstance(value, dict):
        return sum(total(part) * (i + 1) for i, part in enumerate(value.values()))
    if isinstance(value, Layer):
        return total(value.weights) * np.exp(value.bias)
    if isinstance(value, (list, tuple)):
        return sum(total(part) * (i + 1) for i, part in enumerate(value))
    if isinstance(value, (float, np.ndarray)):
        return np.sum(np.sin(value) + value**2)
    return 0.0


@pytest.mark.parametrize("argument", CONTAINERS)
def test_containers(argument):
    check_grads(total, (argument,), operator=numerically)
    gradient = numerical_grad(total)(argument)
    assert type(gradient) is type(argument)


def test_higher_orders_contract_the_order_below():
    def f(x, p):
        return np.sum(np.sin(x) * p["scale"]) ** 2

    args = (np.array([0.3, -0.8]), {"scale": 1.5})
    check_grads(f, args, order=2, operator=numerically, rtol=1e-5, atol=1e-5)


def test_an_operator_that_is_wrong_at_order_two_only():
    calls = []

    def operator(f, argnums):
        calls.append(f)
        if len(calls) == 1:
            return lambda x: (3 * x**2,)
        return lambda x: (np.zeros_like(x),)

    with pytest.raises(GradientMismatch, match="order 2"):
        check_grads(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), order=2, operator=operator)


def test_complex_argument():
    z = np.array([1 + 2j, -0.5 + 0.3j])
    check_grads(lambda z: np.sum(np.abs(z) ** 2), (z,), operator=by_hand(lambda z: (2 * np.conj(z),)))
    with pytest.raises(GradientMismatch):
        check_grads(lambda z: np.sum(np.abs(z) ** 2), (z,), operator=by_hand(lambda z: (2 * z,)))
    assert np.allclose(numerical_grad(lambda z: np.sum(np.abs(z) ** 2))(z), 2 * np.conj(z))


def test_single_precision_has_its_own_tolerance():
    x = np.linspace(0.5, 1.5, 4, dtype=np.float32)
    check_grads(lambda x: np.sum(np.exp(x)), (x,), operator=by_hand(lambda x: (np.exp(x),)))


@pytest.mark.parametrize("x", [1e-6, 1e-3, 1.0, 50.0, 1e6])
def test_scales(x):
    check_grads(lambda x: x * math.sqrt(1 + x), (x,), operator=by_hand(
        lambda x: (math.sqrt(1 + x) + x / (2 * math.sqrt(1 + x)),)
    ))  # fmt: skip


def test_near_the_edge_of_the_domain():
    check_grads(math.log, (0.002,), operator=by_hand(lambda x: (1 / x,)))


def test_arguments_are_left_alone():
    def f(x):
        x *= 2
        return np.sum(x**2)

    x = np.array([1.0, 2.0])
    check_grads(f, (x,), operator=by_hand(lambda x: (8 * x,)))
    assert x.tolist() == [1.0, 2.0]
    assert np.allclose(numerical_grad(f)(x), [8.0, 16.0])
    assert x.tolist() == [1.0, 2.0]


def test_the_directions_are_reproducible():
    messages = []
    for _ in range(2):
        with pytest.raises(GradientMismatch) as caught:
            check_grads(lambda x: np.sum(x**2), (np.ones(3000),), operator=by_hand(lambda x: (x,)))
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


# Wrong gradients are caught ---------------------------------------------------------------------------------

WRONG = {
    "a factor": lambda x: (4 * x,),
    "a sign": lambda x: (-2 * x,),
    "one entry": lambda x: (2 * x + np.array([0, 0, 1e-4]),),
    "two entries exchanged": lambda x: (2 * x[[1, 0, 2]],),
    "nan": lambda x: (2 * x * np.array([1, 1, np.nan]),),
    "zero": lambda x: (np.zeros_like(x),),
    "a sum where there was broadcasting": lambda x: (np.full_like(x, np.sum(2 * x)),),
    "a shape": lambda x: (2 * x[None],),
    "a scalar": lambda x: (2 * x[0],),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_gradients_are_caught(name):
    with pytest.raises(GradientMismatch):
        check_grads(lambda x: np.sum(x**2), (np.array([1.0, -2.0, 0.5]),), operator=by_hand(WRONG[name]))


def test_the_report_names_the_worst_entry():
    def f(x, params):
        return x * np.sum(params["w"] ** 2)

    def wrong(x, params):
        g = 2 * x * params["w"]
        g[1, 2] += 0.5
        return np.sum(params["w"] ** 2), {"w": g}

    args = (1.5, {"w": np.arange(1.0, 7.0).reshape(2, 3)})
    with pytest.raises(GradientMismatch) as caught:
        check_grads(f, args, operator=by_hand(wrong))
    failure = caught.value
    assert (failure.argument, failure.path) == ("params", "['w'][1, 2]")
    assert math.isclose(failure.analytic, 18.5)
    assert math.isclose(failure.numeric, 18.0, rel_tol=1e-9)
    lines = str(failure).splitlines()
    assert lines[0] == "the derivative of order 1 in params['w'][1, 2] is wrong"
    assert lines[1] == "    analytic  18.5"
    assert lines[3].split() == ["step", "difference", "quotient"]
    assert len(failure.study) == 9


def test_the_report_says_when_the_numbers_do_not_settle():
    with pytest.raises(GradientMismatch, match="do not settle"):
        check_grads(lambda x: math.floor(x) * 1.0, (2.0,), operator=by_hand(lambda x: (0.0,)))


# Misuse is told ---------------------------------------------------------------------------------------------


def test_no_float():
    with pytest.raises(ArgumentTypeError, match="no argument holds a float"):
        check_grads(lambda n: n**2, (3,), operator=numerically)
    with pytest.raises(ArgumentTypeError, match="argument `n` holds no float"):
        check_grads(lambda x, n: x**n, (2.0, 3), argnums="n", operator=numerically)


def test_result_that_is_no_scalar():
    with pytest.raises(NonScalarResult, match="must be one real number"):
        numerical_grad(lambda x: x**2)(np.ones(2))
    with pytest.raises(NonScalarResult, match="not tuple"):
        numerical_grad(lambda x: (x, x))(1.0)


def test_unknown_mode():
    with pytest.raises(ValueError, match="mode 'sideways' is not known"):
        check_grads(lambda x: x, (1.0,), modes=("sideways",), operator=numerically)


def test_errors_of_the_function_are_shown():
    with pytest.raises(ValueError, match="shape"):
        numerical_grad(lambda x: np.sum(x + np.ones(3)))(np.ones(2))
