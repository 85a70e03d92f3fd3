"""SciPy's solvers with derivatives from s2sad: minimize, least_squares, root and solve_ivp.

Run it with `python examples/scipy_optimize.py`. Each problem is solved twice, with the derivatives that SciPy
estimates by finite differences and with exact ones, and the calls of the user's function are counted.
"""

from collections import Counter

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares, minimize, root

from s2sad import grad, hvp, jacfwd, value_and_grad

calls = Counter()


def counted(function):
    """Count the calls that a solver makes of a function."""

    def call(*args):
        calls[function.__name__] += 1
        return function(*args)

    return call


def report(title, plain, exact, error, tolerance):
    print(f"{title:34} {plain:6} {exact:6} {error:10.1e}")
    assert error < tolerance


# Minimize: the energy of a hanging chain, springs between fixed ends ----------------------------------------


def energy(z, length):
    """The energy of a chain of springs with equal weights; its ends are at (0, 0) and (1, 0)."""
    x = np.concatenate((np.zeros(1), z[: z.size // 2], np.ones(1)))
    y = np.concatenate((np.zeros(1), z[z.size // 2 :], np.zeros(1)))
    stretch = np.sqrt((x[1:] - x[:-1]) ** 2 + (y[1:] - y[:-1]) ** 2) - length
    return 0.5 * 100.0 * np.sum(stretch**2) + np.sum(y)


def curvature(z, v, length):
    """The product of the energy's Hessian and a vector, for `hessp`."""
    return hvp(energy, (z, length), (v, None))


def hang(n=10):
    start = np.concatenate((np.linspace(0, 1, n + 2)[1:-1], -0.3 * np.ones(n)))
    length = 1.2 / (n + 1)
    plain = minimize(energy, start, (length,), method="BFGS", options={"gtol": 1e-6})
    quick = minimize(
        value_and_grad(energy), start, (length,), jac=True, method="BFGS", options={"gtol": 1e-8}
    )
    newton = minimize(
        energy, start, (length,), jac=grad(energy), hessp=curvature, method="trust-ncg", tol=1e-9
    )
    report("minimize(jac=True), BFGS", plain.nfev, quick.nfev, abs(quick.fun - newton.fun), 1e-12)
    report("minimize(hessp=), Newton", plain.nfev, newton.nfev, np.max(np.abs(newton.jac)), 1e-8)
    return newton


# Least squares: two decaying exponentials, found again in their sum -----------------------------------------


def residuals(p, t, data):
    return p[0] * np.exp(-p[1] * t) + p[2] * np.exp(-p[3] * t) - data


def fit():
    truth = np.array([3.0, 0.5, 1.0, 4.0])
    t = np.linspace(0, 5, 60)
    data = residuals(truth, t, np.zeros(60))
    start = np.array([2.0, 1.0, 2.0, 2.0])
    options = {"args": (t, data), "xtol": 1e-12, "ftol": 1e-12, "gtol": 1e-12}
    calls.clear()
    least_squares(counted(residuals), start, **options)
    exact = least_squares(residuals, start, jac=jacfwd(residuals), **options)
    report("least_squares(jac=)", calls["residuals"], exact.nfev, np.max(np.abs(exact.x - truth)), 1e-10)
    return exact


# Root: a discretized boundary value problem, u'' = exp(u), u(0) = u(1) = 0 (Bratu) --------------------------


def bratu(u):
    h = 1.0 / (u.size + 1)
    r = -2.0 * u - h**2 * np.exp(u)
    r[1:] += u[:-1]
    r[:-1] += u[1:]
    return r


def solve():
    n = 39
    x = np.linspace(0, 1, n + 2)[1:-1]
    b = 1.3360556949061077  # b = sqrt(2) cos(b / 4), and u = 2 log(b / (sqrt(2) cos(b (x - 1/2) / 2)))
    known = 2 * np.log(b / (np.sqrt(2) * np.cos(b * (x - 0.5) / 2)))
    calls.clear()
    root(counted(bratu), np.zeros(n))
    exact = root(bratu, np.zeros(n), jac=jacfwd(bratu), tol=1e-12)
    report("root(jac=), 39 unknowns", calls["bratu"], exact.nfev, np.max(np.abs(exact.x - known)), 1e-5)
    return exact


# A stiff differential equation: Robertson's chemical reaction -----------------------------------------------


def robertson(t, y):
    slow, fast, pair = 0.04 * y[0], 3e7 * y[1] ** 2, 1e4 * y[1] * y[2]
    return np.array([pair - slow, slow - pair - fast, fast])


def react():
    start = np.array([1.0, 0.0, 0.0])
    known = np.array([7.1582706871917e-01, 9.1855347645608e-06, 2.8416374574626e-01])  # SUNDIALS, cvRoberts
    options = {"method": "Radau", "rtol": 1e-8, "atol": 1e-12}
    calls.clear()
    solve_ivp(counted(robertson), (0.0, 40.0), start, **options)
    plain = calls["robertson"]
    exact = solve_ivp(robertson, (0.0, 40.0), start, jac=jacfwd(robertson, 1), **options)
    report("solve_ivp(jac=), Radau", plain, exact.nfev, np.max(np.abs(exact.y[:, -1] - known) / known), 1e-8)
    return exact


def main():
    print(f"{'':34} {'calls of the function':>13}")
    print(f"{'':34} {'plain':>6} {'exact':>6} {'error':>10}")
    hang()
    fit()
    solve()
    react()
    print("\nThe gradient of the chain's energy, as SciPy calls it:\n")
    print(grad(energy).source_for(np.zeros(20), 0.1))


if __name__ == "__main__":
    main()
