"""Integrals inside differentiated functions, against numerical differentiation; texts and refusals."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pytest

pytest.importorskip("scipy")
import scipy.integrate as integrate
from scipy.integrate import dblquad, fixed_quad, quad, quad_vec

from s2sad import UnknownDerivative, grad, jacfwd, jacrev
from s2sad.errors import S2sadError, UnsupportedSyntax
from s2sad.testing import check_grads, numerical_jacobian

SCALE = 0.7
W = np.array([0.8, 1.3])


def bump(t, k, n):
    return np.exp(-k * t) * t**n * SCALE


@dataclass
class Wave:
    speed: float

    def rate(self, t):
        return self.speed * np.sin(t * self.speed)


def damped(k):
    return quad(lambda t: np.exp(-k * t) * np.cos(t), 0, np.inf)[0]


def both_limits(k):
    def power(t, n=3):
        s = np.sin(k * t)
        return s**n * k

    y, error = quad(power, k, 2 * k, limit=100)
    return y**2 * k if error < 1 else k


def with_args(k):
    return integrate.quad(bump, 0, k, args=(k, 2))[0] + integrate.quad(bump, b=1, a=0, args=(k, 1))[0]


def partials(k):
    by_name = functools.partial(bump, k=k, n=2)
    return quad(by_name, 0, 1)[0] + quad(functools.partial(bump, 0.3), 0, k, args=(2,))[0]


def method(k):
    return quad(Wave(k).rate, 0, 1)[0]


def choices(k):
    mode, count, flag = "sine", 3, None

    def f(t, scale=2 * k):
        if mode == "sine" and flag is None:
            return np.sin(k * t) * scale * t**count
        return t

    return quad(f, 0, 1)[0]


def of_helper(k):
    def polynomial(t, a):
        total = 0.0
        for i in range(3):
            total = total + a**i * t
        return total

    return quad(lambda t: polynomial(t, k) * bump(t, k, 1), 0, 1)[0]


def in_loop(k):
    total = 0.0
    for i in range(3):
        total = total + quad(lambda t: np.exp(-k * t**i), 0, 1, points=[0.1 * k])[0] * k
    return total


def of_integral(k):
    inner = lambda x: quad(lambda t: np.exp(-k * t * x), 0, x)[0]
    return quad(inner, 0, 1)[0]


def area(k):
    def density(y, x, c):
        return np.exp(-c * x * y) * k

    return dblquad(density, 0, k, 0.1, lambda x: x * k, args=(k,))[0]


def containers(k):
    pair, table = (k, (2 * k, 1.0)), {"a": k, "b": k * k}
    return quad(lambda t: pair[1][0] * t + table["a"] * table["b"] * t * t, 0, pair[0])[0]


def gauss(k):
    return fixed_quad(lambda t: np.exp(-k * t), 0, k, n=7)[0]


def of_vector(w):
    return quad(lambda t: np.sum(np.exp(-w * t)) * w[0], 0, 1)[0]


def vectors(w):
    y = quad_vec(lambda t: np.sin(w * t), 0, w[0], epsrel=1e-10)[0]
    return y @ y


def vector_of_number(k):
    def f(t):
        return np.array([k * t, np.sin(k * t)])

    return np.sum(quad_vec(f, 0, k)[0] ** 2)


def parameters(p):
    return quad(lambda t: p["a"] * t**3 * p["b"], 0, 2)[0]


NUMBERS = [damped, both_limits, with_args, partials, method, choices, of_helper, in_loop, of_integral, area]
NUMBERS += [containers, gauss, vector_of_number]


@pytest.mark.parametrize("f", NUMBERS)
def test_in_a_number(f):
    check_grads(f, (0.6,), order=2, modes=("fwd", "rev"))


@pytest.mark.parametrize("f", [of_vector, vectors])
def test_in_a_vector(f):
    check_grads(f, (W,), order=2, modes=("fwd", "rev"))


def test_in_a_dict():
    check_grads(parameters, ({"a": 1.2, "b": 0.4},), order=2, modes=("fwd", "rev"))


@pytest.mark.parametrize("f", [damped, with_args])
def test_third_order(f):
    check_grads(f, (0.6,), order=3, modes=("fwd", "rev"))


def test_jacobians():
    def f(w):
        return quad_vec(lambda t: np.sin(t * w) * w[0], 0, w[1])[0]

    expected = numerical_jacobian(f)(W)
    np.testing.assert_allclose(jacfwd(f)(W), expected, rtol=1e-7)
    np.testing.assert_allclose(jacrev(f)(W), expected, rtol=1e-7)


def test_without_simplification():
    assert grad(damped, optimize=False)(0.6) == pytest.approx(grad(damped)(0.6), rel=1e-12)


def test_what_does_not_vary_stays():
    def f(k):
        area = quad(lambda t: t * t, 0, 1)[0]
        value, _, _ = quad(bump, 0, 1, args=(1.0, 1), full_output=True)
        return area * k * value

    assert grad(f)(2.0) == pytest.approx(f(1.0), rel=1e-12)


def test_text():
    assert (
        grad(damped).source_for(0.6)
        == """\
def integrand_k(t, k):
    t1 = np.exp(-k * t)
    t2 = np.cos(t)
    k_bar = -(t2 * t1 * t)
    return k_bar


def damped_grad(k):
    # return quad(lambda t: np.exp(-k * t) * np.cos(t), 0, np.inf)[0]
    k_bar = scipy.integrate.quad(integrand_k, 0, np.inf, args=(k,))[0]
    return k_bar
"""
    )


def test_text_of_vectors():
    assert (
        grad(vectors).source_for(W)
        == """\
def integrand(t, w):
    return np.sin(w * t)


def integrand_w(t, w, y_bar):
    t1 = w * t
    w_bar = y_bar * np.cos(t1) * t
    return w_bar


def vectors_grad(w):
    t = w[0]
    y = scipy.integrate.quad_vec(integrand, 0, t, args=(w,), epsrel=1e-10)[0]
    # return y @ y
    y_bar = y + y
    # y = quad_vec(lambda t: np.sin(w * t), 0, w[0], epsrel=1e-10)[0]
    w_bar = scipy.integrate.quad_vec(integrand_w, 0, t, args=(w, y_bar), epsrel=1e-10)[0]
    w_bar[0] += np.sum(y_bar * np.sin(w * t))
    return w_bar
"""
    )


def weighted(k):
    return quad(lambda t: k * t, 0, 1, weight="cos", wvar=2.0)[0]


def with_information(k):
    return quad(lambda t: k * t, 0, 1, full_output=1)[0]


def with_any_arguments(k):
    return quad(lambda *t: k * t[0], 0, 1)[0]


def without_limit(k):
    return quad(lambda t: k * t, 0)[0]


def twice(k):
    return quad(lambda t: k * t, 0, 1, a=2)[0]


def of_list(k):
    values = [k, k]
    return quad(lambda t: values[0] * t, 0, 1)[0]


def with_clash(k):
    def outer():
        c = k * k
        return lambda t: c * t

    c = 2 * k
    inner = outer()
    return quad(lambda t: inner(t) + c, 0, 1)[0]


def equation(k):
    return integrate.solve_ivp(lambda t, y: -k * y, (0, 1), [1.0]).y[0, -1]


def volume(k):
    return integrate.nquad(lambda x, y: k * x * y, [[0, 1], [0, 1]])[0]


@pytest.mark.parametrize(
    "f, message, hint",
    [
        (
            weighted,
            "`scipy.integrate.quad` with `weight` cannot be differentiated",
            "call it without `weight`",
        ),
        (with_information, "`scipy.integrate.quad` with `full_output` cannot be differentiated", None),
        (with_any_arguments, "the lambda, which a solver calls with 1 arguments, has other parameters", None),
        (without_limit, "`scipy.integrate.quad` needs an argument for `b`", None),
        (twice, "`scipy.integrate.quad` gets two values for `a`", None),
        (of_list, "the gradient of an integral in `values`, which is no number or array, is not known", None),
        (with_clash, "two variables of the name `c` are read by a local function", "rename one of them"),
        (equation, "the derivative of `scipy.integrate.solve_ivp` is not known", "write the steps in NumPy"),
        (volume, "the derivative of `scipy.integrate.nquad` is not known", "nest calls of `quad`"),
    ],
)
def test_refused(f, message, hint):
    with pytest.raises(S2sadError) as caught:
        grad(f)(0.6)
    assert isinstance(caught.value, (UnsupportedSyntax, UnknownDerivative))
    assert caught.value.message == message
    assert hint is None or caught.value.hint == hint
    assert caught.value.where.filename == __file__
    assert "quad" in caught.value.where.text or f is equation
