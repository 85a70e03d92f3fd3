"""SciPy's solvers with derivatives from s2sad: they reach the known solutions."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad import derivative, elementwise_grad, grad, hvp, jacfwd, jvp, make_hvp, value_and_grad, vjp

linalg = pytest.importorskip("scipy.linalg")
optimize = pytest.importorskip("scipy.optimize")
integrate = pytest.importorskip("scipy.integrate")
sparse = pytest.importorskip("scipy.sparse.linalg")

START = np.array([1.3, 0.7, 0.8, 1.9, 1.2])


def rosen(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def weighted(x, weights):
    return np.sum(weights * (x - 1.0) ** 4) + np.sum((x - 1.0) ** 2)


# minimize


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "CG", "TNC", "SLSQP", "trust-constr"])
def test_value_and_grad(method):
    options = {"maxfun": 10_000} if method == "TNC" else {}
    tight = {"tol": 1e-9} if method != "trust-constr" else {"tol": 1e-7}
    found = optimize.minimize(value_and_grad(rosen), START, jac=True, method=method, options=options, **tight)
    assert found.x == pytest.approx(np.ones(5), abs=1e-3)


@pytest.mark.parametrize("method", ["Newton-CG", "trust-ncg", "trust-krylov", "trust-constr"])
def test_hessian_vector_products(method):
    found = optimize.minimize(
        rosen, START, jac=grad(rosen), hessp=lambda x, v: hvp(rosen, (x,), (v,)), method=method, tol=1e-8
    )
    assert found.x == pytest.approx(np.ones(5), abs=1e-5)


def test_further_arguments():
    weights = np.arange(1.0, 6.0)
    found = optimize.minimize(value_and_grad(weighted), START, (weights,), jac=True, tol=1e-10)
    assert found.x == pytest.approx(np.ones(5), abs=1e-5)
    found = optimize.minimize(
        weighted,
        START,
        (weights,),
        jac=grad(weighted),
        hessp=lambda x, v, weights: hvp(weighted, (x, weights), (v, None)),
        method="trust-ncg",
        tol=1e-10,
    )
    assert found.x == pytest.approx(np.ones(5), abs=1e-7)


@pytest.mark.filterwarnings("ignore:delta_grad")
def test_constraints():
    def on_sphere(x):
        return np.array([np.sum(x * x)])

    def height(x):
        return x[0] + 2.0 * x[1] + 2.0 * x[2]

    sphere = optimize.NonlinearConstraint(on_sphere, 9.0, 9.0, jac=jacfwd(on_sphere))
    for method in ("SLSQP", "trust-constr"):
        found = optimize.minimize(
            height, np.ones(3), jac=grad(height), constraints=[sphere], method=method, tol=1e-9
        )
        assert found.x == pytest.approx([-1.0, -2.0, -2.0], abs=1e-4)  # the point opposite to (1, 2, 2)


def test_scipy_finds_the_gradient_right():
    assert optimize.check_grad(rosen, grad(rosen), START) < 1e-4
    assert optimize.rosen_hess_prod(START, START[::-1]) == pytest.approx(hvp(rosen, (START,), (START[::-1],)))


# least_squares and root


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
def test_least_squares(method):
    def residuals(p, t, data):
        return p[0] * np.exp(-p[1] * t) + p[2] - data

    t = np.linspace(0.0, 4.0, 30)
    truth = np.array([2.5, 1.3, 0.5])
    data = residuals(truth, t, 0.0)
    found = optimize.least_squares(
        residuals, np.ones(3), jac=jacfwd(residuals), method=method, args=(t, data), xtol=1e-12, gtol=1e-12
    )
    assert found.x == pytest.approx(truth, abs=1e-8)


def test_curve_fit():
    def model(t, a, b):
        return a * np.sin(b * t)

    t = np.linspace(0.0, 3.0, 40)
    slopes = jacfwd(model, (1, 2))
    found, _ = optimize.curve_fit(
        model, t, model(t, 1.5, 2.1), (1.0, 2.0), jac=lambda *p: np.stack(slopes(*p), 1)
    )
    assert found == pytest.approx([1.5, 2.1])


@pytest.mark.parametrize("method", ["hybr", "lm"])
def test_root(method):
    def f(x):
        return np.array([x[0] ** 2 + x[1] ** 2 - 25.0, x[0] * x[1] - 12.0])

    found = optimize.root(f, np.array([5.0, 1.0]), jac=jacfwd(f), method=method, tol=1e-12)
    assert found.x == pytest.approx([4.0, 3.0])


def test_newton_and_halley():
    def cubic(x):
        y = 1.0
        for _ in range(3):
            y = y * x
        return y - 27.0

    newton = optimize.newton(cubic, 2.0, fprime=derivative(cubic))
    halley, info = optimize.newton(
        cubic, 2.0, fprime=derivative(cubic), fprime2=derivative(cubic, order=2), full_output=True
    )
    assert newton == pytest.approx(3.0) and halley == pytest.approx(3.0) and info.iterations < 6
    scalar = optimize.root_scalar(value_and_grad(cubic), x0=2.0, fprime=True, method="newton")
    assert scalar.root == pytest.approx(3.0)


def test_newton_on_an_array():
    def f(x, a):
        return x**2 - a

    a = np.array([4.0, 9.0, 2.0])
    found = optimize.newton(f, np.ones(3) * 2.5, fprime=elementwise_grad(f), args=(a,))
    assert found == pytest.approx(np.sqrt(a))


# Differential equations


A = np.array([[-1.0, 100.0, 0.0], [0.0, -1000.0, 1.0], [0.5, 0.0, -2.0]])


def linear(t, y):
    return A @ y


@pytest.mark.parametrize("method", ["Radau", "BDF", "LSODA"])
def test_stiff_equation(method):
    start = np.array([1.0, 2.0, 3.0])
    found = integrate.solve_ivp(
        linear, (0.0, 1.0), start, method=method, jac=jacfwd(linear, 1), rtol=1e-8, atol=1e-10
    )
    assert found.y[:, -1] == pytest.approx(linalg.expm(A) @ start, rel=1e-5)


def test_sensitivities():
    """The tangent of an ODE beside the ODE: SciPy integrates what jvp returns."""

    def decay(y, k):
        return -k * y

    def both(t, z):
        value, dot = jvp(decay, (z[:1], 1.5), (z[1:], 1.0))
        return np.concatenate((value, dot))

    found = integrate.solve_ivp(both, (0.0, 2.0), np.array([3.0, 0.0]), rtol=1e-9, atol=1e-11).y[:, -1]
    assert found == pytest.approx([3.0 * np.exp(-3.0), -2.0 * 3.0 * np.exp(-3.0)], rel=1e-7)


# Linear operators


def test_a_newton_step_by_conjugate_gradients():
    def bowl(x):
        return np.sum(np.exp(x) - x) + 0.5 * np.sum(x) ** 2

    x = START.copy()
    for _ in range(8):
        product, gradient = make_hvp(bowl)(x)
        hessian = sparse.LinearOperator((5, 5), matvec=product, dtype=float)
        step, status = sparse.cg(hessian, -gradient, rtol=1e-12)
        assert status == 0
        x = x + step
    assert x == pytest.approx(np.zeros(5), abs=1e-9)


def test_gauss_newton_by_lsmr():
    def residuals(p):
        return np.array([p[0] ** 2 + p[1] - 3.0, p[0] + p[1] ** 2 - 5.0, p[0] * p[1] - 2.0])

    p = np.array([1.4, 1.6])
    for _ in range(8):
        value, pull = vjp(residuals, p)
        jacobian = sparse.LinearOperator(
            (3, 2),
            matvec=lambda v, p=p: jvp(residuals, (p,), (np.ravel(v),))[1],
            rmatvec=lambda g, pull=pull: pull(np.ravel(g))[0],
            dtype=float,
        )
        p = p - sparse.lsmr(jacobian, value, atol=1e-14, btol=1e-14)[0]
    assert p == pytest.approx([1.0, 2.0])
