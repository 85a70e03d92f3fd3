"""Solutions of equations inside differentiated functions, against numerical differentiation; texts and refusals."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("scipy")
import scipy.optimize as optimize
from scipy.integrate import quad
from scipy.optimize import brentq, fixed_point, fsolve, newton, root, root_scalar

from s2sad import derivative, grad, hessian, jacfwd, jacrev
from s2sad.errors import S2sadError
from s2sad.testing import check_grads, numerical_grad, numerical_jacobian

SHARE = 0.5
W = np.array([0.7, 1.1, 0.9])


def cubic(t, k):
    return t**3 - k * SHARE


def captured(k):
    return brentq(lambda t: k * t - np.cos(t), 0, 2)


def kepler(k):
    def anomaly(E, e):
        return E - e * np.sin(E) - k

    return np.cos(brentq(anomaly, 0, 4, args=(0.5 * k,), xtol=1e-13)) * k


def of_module(k):
    return brentq(cubic, 0, 3, (k,)) + brentq(lambda t: t**3 - SHARE * k, -1, 3)


def full_output(k):
    x, info = optimize.bisect(lambda t: k * t - np.cos(t), 0, 2, full_output=True, xtol=1e-14)
    return x * x if info.converged else 0.0


def brackets(k):
    f = lambda t: t**3 + t - k
    found = [solver(f, 0, 2 * k) for solver in (optimize.toms748, optimize.ridder, optimize.brenth)]
    return found[0] * found[1] * found[2]


def with_slope(k):
    return newton(lambda x: x**3 - k, 1.0, fprime=lambda x: 3 * x**2, tol=1e-13)


def with_curvature(k):
    x, _ = newton(cubic, 1.0, lambda x, k: 3 * x**2, (k,), fprime2=lambda x, c: 6 * x, full_output=True)
    return x * k


def many(k):
    x = newton(lambda x, a: x**3 - k * a, np.array([1.0, 2.0]), args=(np.array([1.0, 3.0]),), tol=1e-13)
    return x @ x


def by_bracket(k):
    found = root_scalar(lambda x: np.exp(x) - 3 * k, bracket=[-2, 3], method="brentq", xtol=1e-14)
    return found.root * k if found.converged else k


def with_slope_beside(k):
    return root_scalar(lambda x: (x**3 - k, 3 * x**2), x0=1.0, fprime=True, method="newton").root


def by_secant(k):
    return root_scalar(lambda x: x**3 - k, x0=1.0, x1=1.2, xtol=1e-14)["root"]


def fixed(k):
    s = fixed_point(lambda x: np.cos(k * x), 0.5, xtol=1e-13)
    return s * s


def fixed_vector(k):
    def update(v):
        return np.array([0.5 * np.cos(v[1] * k), 0.3 * np.sin(v[0]) + k])

    return fixed_point(update, np.array([0.1, 0.2]), xtol=1e-13)[0]


def system(k):
    def equations(v):
        x, y = v
        return [x + k * y**2 - 3.0, x * y - k]

    x, y = fsolve(equations, [2.0, 0.5], xtol=1e-13)
    return x * y + x


def system_of_one(k):
    x, info, ier, message = fsolve(lambda x: x**3 - k, 1.0, xtol=1e-12, full_output=True)
    return x[0] * k if ier == 1 and info and message else 0.0


def of_matrix(k):
    a = np.array([[2.0, 0.3], [0.1, 3.0]]) * k

    def residual(x, b):
        return a @ x + np.tanh(x) - b

    found = root(residual, np.zeros(2), args=(np.array([1.0, k]),), tol=1e-13)
    return np.sum(found.x**2) if found.success else 0.0


def with_jacobian(k):
    def residual(x):
        return np.array([x[0] ** 2 + k * x[1] - 2, x[1] ** 3 - k])

    def slopes(x):
        return np.array([[2 * x[0], k], [0.0, 3 * x[1] ** 2]])

    y = root(residual, [1.0, 1.0], jac=slopes, method="hybr", options={"xtol": 1e-13}).x
    y[0] = y[0] * k
    return y[0] * y[1]


def with_jacobian_beside(k):
    def residual(x):
        return x**2 - k, np.diag(2 * x)

    return np.sum(root(residual, np.ones(2), jac=True, tol=1e-13).x)


def in_loop(k):
    t = 0.0
    for i in range(3):
        t = t + brentq(lambda x: x**3 + x - k - i - t, -5, 5) * k
    return t


def into_array(k):
    xs = np.zeros(3)
    for i in range(3):
        xs[i] = brentq(lambda t: t**3 - k * (i + 1), 0, 3)
    return np.sum(xs**2)


def of_solution(k):
    inner = lambda a: brentq(lambda t: k * a * t - np.cos(t), 0, 2)
    return brentq(lambda a: inner(a) - a * k, 0.1, 3)


def of_gradient(k):
    return brentq(grad(lambda x, a: (x - k * a) ** 2 + x**4), -3, 3, args=(2.0,))


def limit_of_integral(k):
    return quad(lambda t: t * k, 0, brentq(lambda t: t**3 - k, 0, 3))[0]


def unless_it_fails(k):
    try:
        return brentq(lambda t: t**2 + k, 0, 3)
    except ValueError:
        return k * k


def of_containers(k):
    pair, table = [k, 2 * k * k], {"a": k}
    return brentq(lambda t, q: q[0] * t**3 - pair[1] * table["a"], 0, 3, args=((k, 1.0),))


def overwritten(k):
    a = np.array([k, 2 * k])
    x = brentq(lambda t: t**3 - a[0], 0, 3)
    a[0] = a[0] * x
    return brentq(lambda t: t**3 - a[0], 0, 3) * a[1]


class Circuit:
    gain = 1.5

    def __init__(self, k):
        self.resistance = k
        self.voltages = np.array([1.0, 2.0]) * k

    def current(self, q):
        def residual(t):
            drop = self.resistance * t * self.gain
            return drop - (lambda u: np.cos(u) * self.voltages[0] * q)(t)

        return brentq(residual, -3, 3)

    def drop(self, t):
        return self.resistance * t

    def charge(self):
        return quad(lambda t: self.drop(t), 0, 1)[0]


def of_attributes(k):
    circuit = Circuit(k)
    return circuit.current(1.0) * circuit.current(k)


def same_names(k):
    return brentq(lambda k: k**3 - 2, 0, 3) * newton(lambda k_: k_ - k**2, 1.0, fprime=lambda k: 1.0)


NUMBERS = [captured, kepler, of_module, full_output, brackets, with_slope, with_curvature, many, by_bracket]
NUMBERS += [
    with_slope_beside,
    by_secant,
    fixed,
    fixed_vector,
    system,
    system_of_one,
    of_matrix,
    with_jacobian,
]
NUMBERS += [with_jacobian_beside, in_loop, into_array, of_solution, of_gradient, limit_of_integral]
NUMBERS += [unless_it_fails, of_containers, overwritten, of_attributes, same_names]


@pytest.mark.parametrize("f", NUMBERS)
def test_in_a_number(f):
    check_grads(f, (0.6,), order=2, modes=("fwd", "rev"))


@pytest.mark.parametrize("f", [captured, fixed, of_matrix])
def test_third_order(f):
    check_grads(f, (0.6,), order=3, modes=("fwd", "rev"))


def of_linear_map(w):
    x = fsolve(lambda x: w @ x + x**3 - 1.0, np.zeros(3), xtol=1e-13)
    return x @ x


def test_in_a_matrix():
    w = np.eye(3) + 0.1 * np.arange(9.0).reshape(3, 3)
    check_grads(of_linear_map, (w,), order=2, modes=("fwd", "rev"))


def vector(w):
    return root(lambda x: np.tanh(x) * w + x - w**2, np.zeros(3), tol=1e-13).x


def numbers(w):
    return newton(lambda x: x**3 - w, np.ones(3), tol=1e-13)


def number(w):
    return brentq(lambda t: t**3 + w[0] * t - w @ w, 0, 5)


@pytest.mark.parametrize("f", [vector, numbers])
def test_jacobians(f):
    expected = numerical_jacobian(f)(W)
    np.testing.assert_allclose(jacfwd(f)(W), expected, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(jacrev(f)(W), expected, rtol=1e-7, atol=1e-9)


def test_hessian():
    np.testing.assert_allclose(grad(number)(W), numerical_grad(number)(W), rtol=1e-7)
    np.testing.assert_allclose(hessian(number)(W), numerical_jacobian(grad(number))(W), rtol=1e-6)


def test_third_derivative():
    step = 1e-4
    second = derivative(captured, order=2)
    expected = (second(0.8 + step) - second(0.8 - step)) / (2 * step)
    assert derivative(captured, order=3)(0.8) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("f", [captured, of_matrix])
def test_without_simplification(f):
    assert grad(f, optimize=False)(0.6) == pytest.approx(grad(f)(0.6), rel=1e-12)


def test_the_start_does_not_count():
    def f(start, k):
        return newton(lambda x: x**3 - k, start) + brentq(lambda x: x**3 - k, 0, start)

    assert grad(f)(1.5, 2.0) == 0


def test_global_variables_are_read_anew(monkeypatch):
    def f(k):
        return brentq(lambda t: k * t * SHARE - 1.0, 0, 30) + quad(lambda t: SHARE * k * t, 0, 1)[0]

    gradient = grad(f)
    for share in (0.5, 3.0):
        monkeypatch.setitem(globals(), "SHARE", share)
        assert gradient(0.6) == pytest.approx(-1 / (0.36 * share) + share / 2)


def test_any_names():
    def f(k):
        grad, function, integrand, arg0 = 2 * k, k, k * k, 1.0
        area = quad(lambda t: grad * t + function * integrand * t * t, 0, 1)[0]
        return area * brentq(lambda jvp: grad * jvp - function * integrand * arg0, -4, 4)

    check_grads(f, (0.6,), order=2, modes=("fwd", "rev"))


def test_text():
    assert (
        grad(captured).source_for(0.6)
        == """\
def residual(t, k):
    return k * t - np.cos(t)


def captured_grad(k):
    t = scipy.optimize.brentq(residual, 0, 2, args=(k,))
    # return brentq(lambda t: k * t - np.cos(t), 0, 2)
    k_bar = -1.0 / (k + np.sin(t)) * t
    return k_bar
"""
    )


def test_text_of_system():
    w = np.eye(3)
    assert (
        grad(of_linear_map).source_for(w)
        == """\
def residual(x, w):
    return w @ x + x ** 3 - 1.0


def of_linear_map_grad(w):
    x = scipy.optimize.fsolve(residual, np.zeros(3), args=(w,), xtol=1e-13)
    # return x @ x
    x_bar = x + x
    # x = fsolve(lambda x: w @ x + x**3 - 1.0, np.zeros(3), xtol=1e-13)
    t = np.eye(3)
    w_bar = np.outer(-np.linalg.solve(t @ w.T + 3 * x ** 2 * t, x_bar), x)
    return w_bar
"""
    )


def least_squares_root(k):
    return root(lambda x: x - k, [1.0], method="lm").x[0]


def some_output(k):
    return brentq(lambda t: t - k, 0, 3, full_output=k > 0)


def complex_start(k):
    return newton(lambda z: z**2 + k, 1j)


def chosen(k):
    f = (lambda t: t - k) if k > 0.5 else (lambda t: t - 2 * k)
    return brentq(f, 0, 3)


def of_text(k):
    return brentq(
        lambda t: float(str(t)) * k - 1,
        0,
        3,
    )


def counted(k):
    calls = {"n": 0}

    def residual(t):
        calls["n"] += 1
        return k * t - np.cos(t)

    return brentq(residual, 0, 2) * calls["n"]


def with_buffer(k):
    buffer = np.zeros(2)

    def residual(t):
        buffer[0] = k * t
        return buffer[0] - np.cos(t)

    return brentq(residual, 0, 2)


def changed(k):
    def residual(x):
        x[0] = x[0] * 2
        return x - k

    return fsolve(residual, np.ones(1))[0]


def of_method(k):
    return Circuit(k).charge()


def printed(k):
    found = root(lambda x: x - k, [1.0])
    print(found)
    return found.x[0]


def factors(k):
    return root(lambda x: x - k, [1.0]).fjac[0, 0]


def by_broyden(k):
    return optimize.broyden1(lambda x: x - k, np.ones(2))[0]


@pytest.mark.parametrize(
    "f, message, line",
    [
        (least_squares_root, "`scipy.optimize.root` by least squares cannot be differentiated", "root("),
        (some_output, "`full_output` of `scipy.optimize.brentq` is not known", "brentq("),
        (
            complex_start,
            "`scipy.optimize.newton` from a complex or matrix start cannot be differentiated",
            "newton(",
        ),
        (chosen, "the derivative of a function that is known only at run time is wanted inside", "brentq("),
        (of_text, "a number that is read back from text has no derivative", "float(str(t))"),
        (counted, "`residual`, which a solver calls, updates what it is given or reads", "brentq("),
        (with_buffer, "`residual`, which a solver calls, updates what it is given or reads", "brentq("),
        (changed, "`residual`, which a solver calls, updates what it is given or reads", "fsolve("),
        (of_method, "a local object of class `Circuit` is passed to a place where it", "self.drop(t)"),
        (printed, "a local object of class `OptimizeResult` is passed to a place where it", "print(found)"),
        (factors, "`OptimizeResult` has no attribute `fjac` here", "fjac"),
        (by_broyden, "the derivative of `scipy.optimize.broyden1` is not known", "broyden1("),
    ],
)
def test_refused(f, message, line):
    with pytest.raises(S2sadError) as caught:
        grad(f)(0.6)
    assert caught.value.message.startswith(message)
    assert caught.value.where.filename == __file__
    assert line in caught.value.where.text
