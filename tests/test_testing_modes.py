"""The checker in both modes, at both orders, on any result: right derivatives pass, wrong ones are named."""

from __future__ import annotations

import math
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from s2sad import operators
from s2sad.errors import ArgumentTypeError, NonScalarResult
from s2sad.rules import REGISTRY, adjoint, elementwise, tangent
from s2sad.testing import GradientMismatch, check_grads, numerical_grad, numerical_jacobian
from s2sad.trees import float_leaves, is_float_leaf, map_leaves, tree_map


class Point(NamedTuple):
    x: float
    y: np.ndarray


@dataclass(frozen=True)
class Layer:
    weights: np.ndarray
    bias: float
    name: str = "layer"


# Stand-ins that differentiate numerically ------------------------------------------------------------------


def shifted(primals, tangents, h):
    def leaf(path, x):
        v = dict(float_leaves(tangents)).get(path)
        return x if v is None else (np.asarray(x + h * v) if isinstance(x, np.ndarray) else x + h * v)

    return map_leaves(leaf, primals)


def jvp_by_differences(f, primals, tangents):
    h = 1e-4

    def central(h):
        above, below = f(*shifted(primals, tangents, h)), f(*shifted(primals, tangents, -h))
        return tree_map(lambda a, b: (a - b) / (2 * h), above, below)

    dot = tree_map(lambda fine, coarse: (4 * fine - coarse) / 3, central(h / 2), central(h))
    return f(*primals), map_leaves(lambda path, x: x if is_float_leaf(x) else None, dot)


def vjp_by_differences(f, *primals):
    def pullback(g):
        weights = float_leaves(g)

        def scalar(*args):
            parts = dict(float_leaves(f(*args)))
            return float(sum(np.sum(np.real(parts[path] * w)) for path, w in weights))

        places = [i for i, arg in enumerate(primals) if float_leaves(arg)]
        bars = [None] * len(primals)
        for i, bar in zip(places, numerical_grad(scalar, places)(*primals)):
            bars[i] = bar
        return tuple(bars)

    return f(*primals), pullback


def numerically(f, argnums):
    return numerical_grad(f, argnums)


BY_DIFFERENCES = {"operator": numerically, "jvp": jvp_by_differences, "vjp": vjp_by_differences}
LOOSE = {"rtol": 1e-4, "atol": 1e-4}  # differences of differences


# Right derivatives pass -------------------------------------------------------------------------------------

PROGRAMS = {
    "a float": (lambda x: x**3, (1.5,)),
    "an array": (lambda x: np.sin(x) * x[0], (np.array([0.3, -0.7, 1.1]),)),
    "two arguments and an integer": (lambda a, n, b: a**n * b, (1.2, 3, np.array([0.7, 2.0]))),
    "containers in": (lambda p: p["w"] @ p["p"].y * p["p"].x, ({"w": np.eye(2) + 0.5, "p": Point(2.0, np.ones(2))},)),
    "containers out": (lambda x: {"a": [x * x, None], "b": Point(x, np.array([x**3, 1.0])), "n": 2}, (1.3,)),
    "a dataclass": (lambda l: Layer(np.exp(l.weights) * l.bias, l.bias**2), (Layer(np.array([0.3, 0.1]), 2.0),)),
    "a 0-d array": (lambda x: np.asarray(np.sin(x) * x), (np.array(0.5),)),
    "a NumPy scalar": (lambda x: np.sum(x * x), (np.float64(0.5),)),
    "complex in, real out": (lambda z: np.sum(np.abs(z) ** 2), (np.array([1 + 2j, 0.5 - 1j]),)),
    "complex out": (lambda z: z * z * 1j, (np.array([1 + 2j, 0.5 - 1j]),)),
    "a conjugate": (lambda z: np.conj(z) * z * z, (1 + 2j,)),
    "real in, complex out": (lambda x: np.exp(1j * x), (np.array([0.3, 1.0]),)),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_order_one(name):
    f, args = PROGRAMS[name]
    check_grads(f, args, jvp=jvp_by_differences)
    check_grads(f, args, vjp=vjp_by_differences)


@pytest.mark.parametrize("name", ["a float", "two arguments and an integer", "containers in"])
def test_order_two_in_both_modes(name):
    f, args = PROGRAMS[name]
    scalar = lambda *args: np.sum(f(*args)) + 0.0
    modes = []

    def jvp(f, primals, tangents):
        modes.append("fwd")
        return jvp_by_differences(f, primals, tangents)

    check_grads(scalar, args, order=2, operator=numerically, jvp=jvp, directions=1, **LOOSE)
    assert modes


def test_single_precision():
    x = np.array([0.5, 1.0], np.float32)
    check_grads(lambda x: np.exp(x), (x,), jvp=lambda f, p, t: (np.exp(p[0]), np.exp(p[0]) * t[0]))
    check_grads(lambda x: x * np.float32(2), (np.float32(1.5),), jvp=lambda f, p, t: (p[0] * 2, t[0] * 2))


def test_tangents_have_the_kinds_of_their_arguments():
    seen = []

    def jvp(f, primals, tangents):
        seen.append(tangents)
        return jvp_by_differences(f, primals, tangents)

    args = (1.0, 3, {"a": np.ones(2, np.float32), "n": 2}, np.float32(1), 1j, np.array(2.0))
    f = lambda a, n, d, s, z, o: a * n * np.sum(d["a"]) * s * np.real(z * z) * o
    check_grads(f, args, jvp=jvp, rtol=1.0, atol=1e3)
    for tangents in seen:
        assert tangents[1] is None
        assert tangents[2]["n"] is None
        assert tangents[2]["a"].dtype == np.float32
        assert [type(tangents[i]) for i in (0, 3, 4, 5)] == [float, np.float32, complex, np.ndarray]


def test_arguments_that_are_not_asked_for_do_not_move():
    def jvp(f, primals, tangents):
        assert tangents[0] == 0.0
        return primals[0] * primals[1], primals[0] * tangents[1]

    check_grads(lambda a, b: a * b, (2.0, 3.0), argnums="b", jvp=jvp)


def test_the_operators_are_used_by_default(monkeypatch):
    called = []

    def jvp(f, primals, tangents):
        called.append("jvp")
        return jvp_by_differences(f, primals, tangents)

    def vjp(f, *primals):
        called.append("vjp")
        return vjp_by_differences(f, *primals)

    monkeypatch.setattr(operators, "jvp", jvp)
    monkeypatch.setattr(operators, "vjp", vjp)
    check_grads(lambda x: np.sin(x), (np.ones(2),))
    assert set(called) == {"jvp", "vjp"}


# Wrong derivatives are caught -------------------------------------------------------------------------------

WRONG_TANGENTS = {
    "a factor": lambda x, v: 3 * x * v,
    "one entry": lambda x, v: 2 * x * v + np.array([0, 0, 1e-4]) * v,
    "nan": lambda x, v: 2 * x * v * np.nan,
    "infinite": lambda x, v: np.copysign(np.inf, x * v),
    "a sum where there was broadcasting": lambda x, v: np.full_like(x, np.sum(2 * x * v)),
    "a shape": lambda x, v: (2 * x * v)[None],
    "None": lambda x, v: None,
    "complex": lambda x, v: 2 * x * v + 0j,
    "affine": lambda x, v: 2 * x * v + 1e-3,
}


@pytest.mark.parametrize("name", WRONG_TANGENTS)
def test_wrong_tangents_are_caught(name):
    wrong = lambda f, p, t: (p[0] ** 2, WRONG_TANGENTS[name](p[0], t[0]))
    with pytest.raises(GradientMismatch):
        check_grads(lambda x: x**2, (np.array([1.0, -2.0, 0.5]),), jvp=wrong)


@pytest.mark.parametrize("wrong", [np.inf, -np.inf, np.nan])
def test_infinite_gradients_are_caught(wrong):
    with pytest.raises(GradientMismatch):
        check_grads(lambda x: x**2, (1.0,), operator=lambda f, argnums: lambda x: (wrong,))


def test_a_wrong_broadcast_of_an_adjoint():
    f = lambda x, b: x + b
    right = lambda f, x, b: (x + b, lambda g: (g, np.sum(g, axis=0)))
    wrong = lambda f, x, b: (x + b, lambda g: (g, g[0]))
    args = (np.ones((3, 2)), np.array([1.0, 2.0]))
    check_grads(f, args, vjp=right)
    with pytest.raises(GradientMismatch) as caught:
        check_grads(f, args, vjp=wrong)
    assert caught.value.argument == "b"
    not_summed = lambda f, x, b: (x + b, lambda g: (g, g))
    with pytest.raises(GradientMismatch) as caught:
        check_grads(f, args, vjp=not_summed)
    assert str(caught.value).splitlines() == [
        "the derivative of order 1 in b has shape (3, 2), not (2,)",
        "    mode      rev",
        "note: the result was contracted with a random cotangent",
    ]


def test_a_tangent_that_is_wrong_while_the_adjoint_is_right():
    f = lambda x: np.sum(x**2)
    hands = {
        "operator": lambda f, argnums: lambda x: (2 * x,),
        "jvp": lambda f, p, t: (f(*p), np.sum(p[0] * t[0])),
    }
    with pytest.raises(GradientMismatch) as caught:
        check_grads(f, (np.array([1.0, 2.0]),), **hands)
    assert caught.value.origin.mode == "fwd"
    check_grads(f, (np.array([1.0, 2.0]),), modes=("rev",), **hands)


def test_one_argument_forgets_the_other():
    forgetful = lambda f, p, t: (p[0] * p[1], t[0] * p[1] if t[0] else p[0] * t[1])
    with pytest.raises(GradientMismatch) as caught:
        check_grads(lambda x, y: x * y, (2.0, 3.0), jvp=forgetful)
    assert str(caught.value).startswith(
        "the derivative of order 1 in x and y, along a random direction, is wrong"
    )


@pytest.mark.parametrize("first", ["fwd", "rev"])
@pytest.mark.parametrize("second", ["fwd", "rev"])
def test_right_at_order_one_and_wrong_at_order_two(first, second):
    """Differentiated by `second`, what `first` made is wrong."""
    f = lambda x: x**3 + 0.0
    made = {"fwd": lambda g: g.__name__ == "tangent", "rev": lambda g: g.__name__ == "contraction"}

    def factor(g, mode):
        return 2.0 if mode == second and made[first](g) else 1.0

    def operator(g, argnums):
        return lambda x: (factor(g, "rev") * numerical_grad(g)(x),)

    def jvp(g, primals, tangents):
        y, y_dot = jvp_by_differences(g, primals, tangents)
        return y, y_dot * factor(g, "fwd")

    check_grads(f, (1.5,), operator=operator, jvp=jvp, **LOOSE)
    with pytest.raises(GradientMismatch) as caught:
        check_grads(f, (1.5,), order=2, operator=operator, jvp=jvp, **LOOSE)
    assert caught.value.order == 2
    assert caught.value.origin.mode == f"{second} over {first}"


def test_the_value_is_checked_too():
    with pytest.raises(GradientMismatch) as caught:
        check_grads(lambda x: [x, x], (2.0,), jvp=lambda f, p, t: ([p[0], 2.5], [t[0], t[0]]))
    assert str(caught.value).splitlines() == [
        "the value beside the derivative of result[1] is wrong",
        "    analytic  2.5",
        "    numeric   2",
        "    mode      fwd",
    ]


# Rules ------------------------------------------------------------------------------------------------------


def cube(x):
    return np.asarray(x) ** 3


def square(x):
    return np.asarray(x) ** 2


def cubed_slope(x):
    return 3 * np.asarray(x) ** 2


def square_adjoint(g, y, x):
    return g * (2 * x)


def square_tangent(dots, y, x):
    return dots[0] * x  # wrong: without the 2


def cubed_slope_rule(g, y, x):
    return g * (5 * x)  # wrong: 6 * x


def cube_rule(g, y, x):
    return g * cubed_slope(x)


@pytest.fixture
def wrong_rules(monkeypatch):
    """Declare the rules for one test; others go through all rules that there are."""
    monkeypatch.setattr(REGISTRY, "rules", dict(REGISTRY.rules))
    adjoint(square)(square_adjoint)
    tangent(square)(square_tangent)
    elementwise(cubed_slope)(cubed_slope_rule)
    elementwise(cube)(cube_rule)


def sum_of_cubes(x):
    return np.sum(cube(x))


def sum_of_squares(x):
    return np.sum(square(x))


def test_a_rule_that_is_right_at_order_one_only(wrong_rules):
    x = np.array([1.0, 2.0])
    check_grads(sum_of_cubes, (x,), modes=("rev",))
    with pytest.raises(GradientMismatch) as caught:
        check_grads(sum_of_cubes, (x,), order=2, modes=("rev",))
    assert (caught.value.order, caught.value.origin.mode) == (2, "rev over rev")


def test_a_tangent_rule_that_is_wrong_beside_a_right_adjoint_rule(wrong_rules):
    x = np.array([1.0, 2.0])
    check_grads(sum_of_squares, (x,), modes=("rev",))
    with pytest.raises(GradientMismatch) as caught:
        check_grads(sum_of_squares, (x,))
    assert (caught.value.order, caught.value.origin.mode) == (1, "fwd")


def several_results(x, n):
    return {"a": np.sin(x) * n, "b": (np.sum(x**2), x[0])}


def test_what_we_generate():
    check_grads(several_results, (np.array([0.3, 0.7]), 2))
    check_grads(several_results, (np.array([0.3, 0.7]), 2), order=2, modes=("rev",))


# Reports ----------------------------------------------------------------------------------------------------

STUDY = """\
    step       difference quotient
    7.81e-03   4
    3.91e-03   4
    1.95e-03   4
    9.77e-04   4
    4.88e-04   4
    2.44e-04   4
    1.22e-04   4
    6.10e-05   4
    3.05e-05   4
"""


def test_the_report_in_forward_mode():
    f = lambda x, p: {"out": np.array([x, p["w"][1, 0] * 4])}
    right = lambda p, t: np.array([t[0], t[1]["w"][1, 0] * 5])
    with pytest.raises(GradientMismatch) as caught:
        args = (1.0, {"w": np.ones((2, 2)), "s": "text"})
        check_grads(f, args, jvp=lambda f, p, t: (f(*p), {"out": right(p, t)}))
    assert str(caught.value) == (
        "the derivative of order 1 of result['out'][1] in p['w'][1, 0] is wrong\n"
        "    analytic  5\n"
        "    numeric   4   (error estimate 0.0e+00)\n" + STUDY + "    mode      fwd"
    )


def test_the_report_in_reverse_mode():
    f = lambda x: 4 * x[0] + x[1]
    with pytest.raises(GradientMismatch) as caught:
        check_grads(f, ([1.0, 1.0],), operator=lambda f, argnums: lambda x: ([3.0, 1.0],))
    assert str(caught.value) == (
        "the derivative of order 1 in x[0] is wrong\n"
        "    analytic  3\n"
        "    numeric   4   (error estimate 0.0e+00)\n" + STUDY + "    mode      rev"
    )
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_the_report_of_a_contraction():
    with pytest.raises(GradientMismatch) as caught:
        check_grads(lambda x: [x, 2 * x], (1.0,), vjp=lambda f, x: ([x, 2 * x], lambda g: (g[0] + g[1],)))
    assert str(caught.value).splitlines()[-2:] == [
        "    mode      rev",
        "note: the result was contracted with a random cotangent",
    ]


@pytest.mark.parametrize(
    "gradient, problem",
    [
        ({"a": None, "b": 1.0}, "in p['a'] is None, not a number"),
        ({"b": 1.0}, "in p['a'] is missing"),
        ({"a": np.ones(3), "b": 1.0}, "in p['a'] has shape (3,), not (2,)"),
        ({"a": np.ones(2), "b": 1j}, "in p['b'] is complex, but p['b'] is real"),
    ],
)
def test_gradients_that_are_not_like_the_argument(gradient, problem):
    args = ({"a": np.ones(2), "b": 1.0},)
    with pytest.raises(GradientMismatch) as caught:
        check_grads(
            lambda p: np.sum(p["a"]) + p["b"], args, operator=lambda f, argnums: lambda p: (gradient,)
        )
    assert str(caught.value) == f"the derivative of order 1 {problem}\n    mode      rev"


def test_misuse():
    with pytest.raises(ArgumentTypeError, match="the result holds no float"):
        check_grads(lambda x: None, (1.0,), jvp=jvp_by_differences)
    with pytest.raises(ArgumentTypeError, match="the result holds no float"):
        check_grads(lambda x: None, (1.0,), vjp=vjp_by_differences)
    with pytest.raises(TypeError, match="jvp returns a float, not the result and its tangent"):
        check_grads(lambda x: x, (1.0,), jvp=lambda f, p, t: t[0])
    with pytest.raises(TypeError, match="the pullback returns a float, not a tuple with 1 cotangent"):
        check_grads(lambda x: [x], (1.0,), vjp=lambda f, x: ([x], lambda g: g[0]))


def test_the_report_in_the_docs():
    page = (Path(__file__).resolve().parent.parent / "docs" / "testing.md").read_text(encoding="utf-8")
    section = page[page.index("## How to read the report") :]
    code = section.split("```python\n")[1].split("```")[0]
    with pytest.raises(GradientMismatch) as caught:
        exec(code, {})
    assert str(caught.value) == section.split("```text\n")[1].split("\n```")[0]


# Jacobians --------------------------------------------------------------------------------------------------

METHODS = pytest.mark.parametrize("method", ["central", "richardson", "complex-step"])


@METHODS
def test_jacobian_of_an_array(method):
    a = np.arange(6.0).reshape(2, 3)
    x = np.array([[0.3, 0.7], [1.1, -0.4], [0.2, 0.9]])
    found = numerical_jacobian(lambda x: np.sin(a @ x), method=method)(x)
    assert found.shape == (2, 2, 3, 2)
    expected = np.einsum("ij,ik,jl->ijkl", np.cos(a @ x), a, np.eye(2))
    assert np.allclose(found, expected, rtol=1e-8, atol=1e-8)
    if method == "complex-step":
        assert np.allclose(found, expected, rtol=1e-15, atol=1e-15)


@METHODS
def test_jacobian_of_containers(method):
    def f(p, n, y):
        return {"a": [p.x * y, None], "b": p.y * p.x, "n": n}

    args = (Point(2.0, np.array([3.0, 4.0])), 3, 5.0)
    found = numerical_jacobian(f, (0, "y"), method=method)(*args)
    assert type(found) is dict and found["n"] is None and found["a"][1] is None
    in_p, in_y = found["a"][0]
    assert type(in_p) is Point and type(in_y) is float and type(in_p.x) is float
    assert math.isclose(in_p.x, 5.0, rel_tol=1e-8) and math.isclose(in_y, 2.0, rel_tol=1e-8)
    assert np.allclose(in_p.y, [0, 0])
    in_p, in_y = found["b"]
    assert np.allclose(in_p.x, [3.0, 4.0])
    assert np.allclose(in_p.y, 2 * np.eye(2))
    assert np.allclose(in_y, [0.0, 0.0])


def test_jacobian_shapes_and_dtypes():
    assert type(numerical_jacobian(lambda x: x * x)(3.0)) is float
    assert numerical_jacobian(lambda x: x * x)(np.array(3.0)).shape == ()
    single = numerical_jacobian(lambda x: x * x)(np.ones(2, np.float32))
    assert single.dtype == np.float32 and np.allclose(single, 2 * np.eye(2), atol=1e-3)
    assert numerical_jacobian(lambda x: np.concatenate([x, x]))(np.ones((0,))).shape == (0, 0)


def test_complex_jacobians():
    z = np.array([1 + 2j, 0.5 - 1j])
    assert np.allclose(numerical_jacobian(lambda z: z * z)(z), np.diag(2 * z))
    assert np.allclose(numerical_jacobian(lambda z: np.sum(np.abs(z) ** 2))(z), 2 * np.conj(z))
    assert np.allclose(numerical_jacobian(lambda x: np.exp(1j * x))(0.5), 1j * np.exp(0.5j))
    with pytest.raises(
        ArgumentTypeError, match="result does not depend analytically on its complex argument"
    ):
        numerical_jacobian(np.conj)(z)


@METHODS
def test_gradients_by_each_method(method):
    found = numerical_grad(lambda p: np.sum(p["w"] ** 3), method=method)({"w": np.array([1.0, 2.0]), "n": 2})
    assert found["n"] is None
    assert np.allclose(found["w"], [3.0, 12.0], rtol=1e-8)


def test_a_complex_step_has_no_rounding():
    f = lambda x: np.exp(x) / np.sqrt(np.sin(x) ** 3 + np.cos(x) ** 3)  # the example of Squire and Trapp
    assert math.isclose(numerical_grad(f, method="complex-step")(1.5), 4.053427893898621, rel_tol=1e-15)


@pytest.mark.parametrize(
    "f, error, message",
    [
        (lambda x: np.abs(x) ** 2, TypeError, "result is real for a complex argument"),
        (lambda x: [x, 1.0], TypeError, r"result\[1\] is real for a complex argument"),
        (lambda x: float(x), TypeError, "accepts complex numbers"),
        (lambda x: math.sin(x), TypeError, "accepts complex numbers"),
        (lambda x: np.array([x, x]).astype(float), TypeError, "accepts complex numbers"),
        (lambda x: x + np.abs(x), ValueError, "it gives .* for result, differences give"),
        (lambda x: x * np.conj(x), ValueError, "it gives .* for result, differences give"),
        (lambda x: x * 1j, TypeError, "real results"),
    ],
)
def test_complex_steps_that_are_refused(f, error, message):
    with pytest.raises(error, match=message):
        numerical_jacobian(f, method="complex-step")(1.5)


def test_misuse_of_jacobians():
    with pytest.raises(ValueError) as caught:
        numerical_jacobian(lambda x: x, method="guess")
    assert str(caught.value) == (
        "method 'guess' is not known; the methods are: 'central', 'richardson', 'complex-step'"
    )
    with pytest.raises(TypeError, match="real arguments"):
        numerical_jacobian(lambda z: np.real(z), method="complex-step")(1j)
    with pytest.raises(ArgumentTypeError, match="the result holds no float"):
        numerical_jacobian(lambda x: None)(1.0)
    with pytest.raises(ArgumentTypeError, match="argument `n` holds no float"):
        numerical_jacobian(lambda n: n)(1)
    with pytest.raises(NonScalarResult, match="not complex"):
        numerical_grad(lambda x: x * 1j)(1.0)
