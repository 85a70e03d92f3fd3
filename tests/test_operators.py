"""`jvp` and `vjp`: what they return, at kinks too, rules of users, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad import ArgumentTypeError, UnknownDerivative, grad, jvp, vjp
from s2sad.rules import adjoint, elementwise, tangent, unknown
from s2sad.testing import check_grads
from tests.numeric import assert_same, numerical_gradient


def polar(p):
    return np.array([p[0] * np.cos(p[1]), p[0] * np.sin(p[1])])


def rotation(p):
    return np.array([[np.cos(p[1]), -p[0] * np.sin(p[1])], [np.sin(p[1]), p[0] * np.cos(p[1])]])


def test_a_pullback_may_be_called_many_times_also_after_the_argument_has_changed():
    p = np.array([2.0, 0.3])
    expected = rotation(p)
    point, pullback = vjp(polar, p)
    p[:] = -1.0
    point[:] = 7.0
    for row in range(2):
        for _ in range(3):
            (bar,) = pullback(np.eye(2)[row])
            assert np.allclose(bar, expected[row])
            bar[:] = 0.0


def running(x, n):
    out = np.zeros(n)
    for i in range(n):
        x = x * np.sin(x) + out[i - 1]
        out[i] = x
    return out


def test_a_pullback_of_a_loop_keeps_its_stacks():
    _, pullback = vjp(running, 0.7, 4)
    for g in (np.arange(4.0), np.ones(4), np.arange(4.0)):
        bar, none = pullback(g)
        assert none is None
        assert_same(bar, numerical_gradient(lambda x: g @ running(x, 4), (0.7,), 0))


def test_the_function_runs_once_in_a_vjp(capsys):
    def loud(x):
        print("runs")
        return x * x

    value, pullback = vjp(loud, 3.0)
    assert (value, pullback(1.0), pullback(2.0)) == (9.0, (6.0,), (12.0,))
    assert capsys.readouterr().out == "runs\n"


# Tangents at kinks: the table of docs/limits.md, by forward mode

KINKS = {
    "abs": (np.abs, 0.0, 0.0),
    "maximum": (lambda x: np.maximum(x, 0.0), 0.0, 0.5),
    "minimum": (lambda x: np.minimum(x, 0.0), 0.0, 0.5),
    "builtin max": (lambda x: max(x, 0.0), 0.0, 1.0),
    "clip": (lambda x: np.clip(x, 0.0, 1.0), 1.0, 0.5),
    "zeroth power": (lambda x: x**0, 0.0, 0.0),
    "floor": (np.floor, 1.0, 0.0),
    "norm": (lambda x: np.sqrt(np.sum(np.array([x, 2 * x]) ** 2)), 0.0, 0.0),
    "where and log": (lambda x: np.where(x > 0, np.log(x), 0.0), 0.0, 0.0),
    "hypot": (lambda x: np.hypot(x, x), 0.0, 0.0),
    "prod": (lambda x: np.prod(np.array([x, 3.0, 2.0])), 0.0, 6.0),
    "sinc": (np.sinc, 0.0, 0.0),
    "maximum of ties": (lambda x: np.max(np.array([x, 1.0, 1.0])), 1.0, 1 / 3),
}


@pytest.mark.parametrize("name", KINKS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_tangents_at_kinks(name):
    function, at, slope = KINKS[name]
    assert_same(float(jvp(function, (at,), (1.0,))[1]), slope)


def test_a_zero_tangent_kills():
    x = np.array([0.0, 4.0])
    assert jvp(np.sqrt, (x,), (np.array([0.0, 1.0]),))[1].tolist() == [0.0, 0.25]


# Rules of users serve both modes


def cube(x):
    return float(x) ** 3


@elementwise(cube)
def cube_rule(g, y, x):
    return 3 * g * x**2


def gap(x):
    return float(x[0] - x[-1])


@adjoint(gap)
def gap_rule(g, y, x):
    bar = np.zeros_like(x)
    bar[0] = g
    bar[-1] = -g
    return bar


def width(x):
    return float(np.max(x) - np.min(x))


@adjoint(width)
def width_rule(g, y, x):
    return g * ((x == np.max(x)) * 1.0 - (x == np.min(x)) * 1.0)


@tangent(width)
def width_tangent(dots, y, x):
    return dots[0][np.argmax(x)] - dots[0][np.argmin(x)]


def test_an_elementwise_rule_serves_both_modes():
    assert grad(cube)(2.0) == 12.0 and jvp(cube, (2.0,), (0.5,)) == (8.0, 6.0)


def test_an_adjoint_and_a_tangent_rule():
    x, v = np.array([0.3, 1.2, -0.7]), np.array([1.0, 2.0, 5.0])
    assert grad(width)(x).tolist() == [0.0, 1.0, -1.0] and jvp(width, (x,), (v,))[1] == -3.0


def test_a_missing_tangent_rule_is_named():
    def f(x):
        return 2.0 * gap(x)

    assert grad(f)(np.ones(3)).tolist() == [2.0, 0.0, -2.0]
    with pytest.raises(UnknownDerivative) as refusal:
        jvp(f, (np.ones(3),), (np.ones(3),))
    line = f.__code__.co_firstlineno + 1
    assert str(refusal.value) == "\n".join(
        (
            f"{__file__}:{line}:21: the forward-mode derivative of `gap` is not known",
            "    return 2.0 * gap(x)",
            "                 ^~~~~~",
            "hint: give it a rule with `s2sad.rules.elementwise` or `tangent`, declare it `nondifferentiable`, or "
            "rewrite the line with functions that have one",
            "",
            "@s2sad.rules.tangent(tests.test_operators.gap)",
            "def gap_tangent(dots, y, x):",
            "    return ...  # the tangent of y; dots[0] is that of x",
        )
    )


HINT = "\nhint: tangents and cotangents are like the values they belong to"


@pytest.mark.parametrize(
    ("primals", "tangents", "message"),
    [
        ((np.ones(2),), (), "jvp got 1 primals and 0 tangents"),
        ((np.ones(2),), (np.ones(3),), f"the tangent of argument 0 has the shape (3,), not (2,){HINT}"),
        ((1.0,), (1j,), f"the tangent of argument 0 is complex, and belongs to a real number{HINT}"),
        ((1.0,), ("x",), f"the tangent of argument 0 is a str, not a number{HINT}"),
        (([1.0, 2.0],), ((1.0, 2.0),), f"the tangent of argument 0 is a tuple, not a list{HINT}"),
        (({"a": 1.0},), ({"b": 1.0},), f"the tangent of argument 0 has the parts ['b'], not ['a']{HINT}"),
        (
            (3,),
            (1.0,),
            "argument 0 of jvp holds no floats: it has no tangent\nhint: use float(), or give None",
        ),
    ],
)
def test_tangents_that_do_not_fit(primals, tangents, message):
    with pytest.raises(ArgumentTypeError) as refusal:
        jvp(lambda x: x, primals, tangents)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("constant", "tangent"), [(np.arange(3), np.zeros(3, int)), (2, 0), ("sum", "sum"), (np.arange(3), None)]
)
def test_what_says_nothing_about_a_constant_is_no_matter(constant, tangent):
    x = np.array([1.0, 2.0])
    assert jvp(lambda n, x: np.sum(x * x), (constant, x), (tangent, np.ones(2))) == (5.0, 6.0)


def test_a_cotangent_that_does_not_fit():
    _, pullback = vjp(polar, np.ones(2))
    with pytest.raises(ArgumentTypeError) as refusal:
        pullback(1.0)
    assert str(refusal.value) == f"the cotangent has the shape (), not (2,){HINT}"


def scaled_power(x, n):
    return x**n * (1 + n)


@elementwise(scaled_power)
def scaled_power_rule(g, y, x, n):
    return g * n * y / x, unknown


@pytest.mark.parametrize(
    "derive", [grad, lambda f, i: lambda *args: jvp(f, args, [float(i == j) for j in (0, 1)])]
)
def test_an_operand_in_which_a_rule_has_no_derivative_is_refused_by_name(derive):
    f = lambda x, n: 2.0 * scaled_power(x, n)
    grad(f)(1.5, 3.0)
    assert_same(grad(f)(1.5, 3.0), numerical_gradient(f, (1.5, 3.0), 0))
    with pytest.raises(UnknownDerivative) as refusal:
        derive(f, 1)(1.5, 3.0)
    assert refusal.value.message == "the derivative of `scaled_power` in `n` is not known"
    assert "stop_gradient" in refusal.value.hint and refusal.value.where.line


def test_a_rule_that_is_corrected_is_used_from_then_on():
    def cubed(x):
        return x**3

    @elementwise(cubed)
    def wrong(g, y, x):
        return 2 * g * x * x

    slope = grad(lambda x: 2.0 * cubed(x))
    assert slope(1.5) == 9.0

    @elementwise(cubed)
    def right(g, y, x):
        return 3 * g * x * x

    assert slope(1.5) == 13.5


def first_floats(x):
    a, d = [1, 2], {"n": 3}
    a.append(x[0] ** 2)
    a.extend([x[1], 3])
    a[0] = x[2]
    d["y"] = x[0] ** 2
    d["n"] = x[1]
    return a[0] * a[2] * a[3] + a[1] * a[4] * x[0] + d["n"] * d["y"]


def test_containers_of_integers_get_floats():
    check_grads(first_floats, (np.array([0.4, 1.2, 0.3]),), order=2)
    check_grads(
        lambda x: np.sum(np.diff(x, n=2, prepend=0, append=1) ** 2), (np.array([0.4, 1.2, 0.3]),), order=2
    )
