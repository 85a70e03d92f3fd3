"""Minima inside differentiated functions, against numerical differentiation; texts and refusals."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("scipy")
import scipy.optimize as optimize
from scipy.optimize import least_squares, minimize, minimize_scalar

from s2sad import grad, jacrev
from s2sad.errors import S2sadError
from s2sad.testing import check_grads, numerical_jacobian


def of_number(k):
    found = minimize_scalar(lambda x, c: np.cosh(x - k) + c * x, args=(0.3 * k,), tol=1e-12)
    return found.x * found.fun


def rosenbrock(k):
    def valley(x):
        return (1 - x[0]) ** 2 * k + 10 * (x[1] - x[0] ** 2 * k) ** 2 + 0.1 * x[0]

    found = minimize(valley, np.array([0.5, 0.5]), tol=1e-12)
    return found.x @ found.x * found.fun


def with_gradient(k):
    def bowl(x):
        return np.sum((x - k) ** 2) + np.sum(x**4)

    def slope(x):
        return 2 * (x - k) + 4 * x**3

    return np.sum(minimize(bowl, np.zeros(3), jac=slope, method="BFGS", options={"gtol": 1e-12}).x ** 2)


def with_gradient_beside(k):
    def bowl(x):
        return np.sum((x - k) ** 2) + np.sum(x**4), 2 * (x - k) + 4 * x**3

    found = minimize(bowl, [0.1], jac=True, tol=1e-12)
    return found.fun * found["x"][0]


def fit(k):
    times = np.linspace(0, 1, 6)
    data = np.exp(-times * k) + 0.1 * times
    found = least_squares(
        lambda p: p[0] * np.exp(-p[1] * times) - data, [1.0, 1.0], xtol=1e-14, ftol=1e-14, gtol=1e-14
    )
    return found.x[0] * found.x[1] + found.cost


def of_list(k):
    found = least_squares(lambda p: [p[0] - k, p[0] - k**2], [1.0], xtol=1e-14, ftol=1e-14, gtol=1e-14)
    return found.x[0] + found.cost


def two_levels(k):
    def inner(a):
        slope = lambda x: 2 * (x - a) + k * np.exp(x * k)
        return minimize(lambda x: (x[0] - a) ** 2 + np.exp(x[0] * k), [0.0], jac=slope, tol=1e-12).fun

    return inner(k) * inner(2 * k)


@pytest.mark.parametrize(
    "f", [of_number, rosenbrock, with_gradient, with_gradient_beside, fit, of_list, two_levels]
)
def test_in_a_number(f):
    check_grads(f, (0.6,), order=2, modes=("fwd", "rev"))


def test_jacobian():
    def f(w):
        return minimize(lambda x: np.sum((x - w) ** 2) + np.sum(x**4) * w[0], np.zeros(3), tol=1e-12).x

    w = np.array([0.7, 1.1, 0.9])
    np.testing.assert_allclose(jacrev(f)(w), numerical_jacobian(f)(w), rtol=1e-5, atol=1e-6)


def test_without_simplification():
    assert grad(fit, optimize=False)(0.6) == pytest.approx(grad(fit)(0.6), rel=1e-12)


def test_text():
    assert (
        grad(of_number).source_for(0.6)
        == """\
def objective(x, c, k):
    return np.cosh(x - k) + c * x


def of_number_grad(k):
    t = scipy.optimize.minimize_scalar(objective, args=(0.3 * k, k), tol=1e-12)
    t1 = t.x
    t2 = t.fun
    # found = minimize_scalar(lambda x, c: np.cosh(x - k) + c * x, args=(0.3 * k,), tol=1e-12)
    t2 = -t2 / np.cosh(t1 - k)
    k_bar = 0.3 * (t2 + t1 * t1) - t2 * np.cosh(t1 - k) - t1 * np.sinh(t1 - k)
    return k_bar
"""
    )


def bounded(k):
    return minimize(lambda x: (x[0] - k) ** 2, [0.0], bounds=[(0, 1)]).x[0]


def constrained(k):
    rule = {"type": "ineq", "fun": lambda x: x[0]}
    return minimize(lambda x: (x[0] - k) ** 2, [0.0], constraints=rule).x[0]


def between(k):
    return minimize_scalar(lambda x: (x - k) ** 2, bounds=(0, 3), method="bounded").x


def robust(k):
    return least_squares(lambda p: p - k, [1.0], loss="huber").x[0]


def inverse(k):
    return minimize(lambda x: (x[0] - k) ** 2, [0.0]).hess_inv[0, 0]


def without_start(k):
    return minimize(lambda x: (x[0] - k) ** 2).x[0]


def everywhere(k):
    return optimize.differential_evolution(lambda x: (x[0] - k) ** 2, [(0, 1)]).x[0]


def old_name(k):
    return optimize.fmin_bfgs(lambda x: (x[0] - k) ** 2, [0.0])[0]


@pytest.mark.parametrize(
    "f, message",
    [
        (bounded, "`scipy.optimize.minimize` with `bounds` cannot be differentiated"),
        (constrained, "`scipy.optimize.minimize` with `constraints` cannot be differentiated"),
        (between, "`scipy.optimize.minimize_scalar` with `bounds` cannot be differentiated"),
        (robust, "`scipy.optimize.least_squares` with `loss` cannot be differentiated"),
        (inverse, "`OptimizeResult` has no attribute `hess_inv` here"),
        (without_start, "`scipy.optimize.minimize` needs an argument for `x0`"),
        (everywhere, "the derivative of `scipy.optimize.differential_evolution` is not known"),
        (old_name, "the derivative of `scipy.optimize.fmin_bfgs` is not known"),
    ],
)
def test_refused(f, message):
    with pytest.raises(S2sadError) as caught:
        grad(f)(0.6)
    assert caught.value.message == message
    assert caught.value.where.filename == __file__
    assert "return" in caught.value.where.text
