"""SciPy inside a differentiated function: a sparse solve, a spline, a root, an integral and likelihoods.

Run it with `python examples/scipy_inside.py`. The conductivities of a rod are inferred from temperatures measured along
it: the heat equation is a sparse linear system, sensors read between its nodes, the hot end radiates until its flux
balances, and the noise of the sensors is normal. The exact gradient of the posterior is compared with central
differences, and drives `scipy.optimize.minimize`.
"""

import numpy as np
from scipy import integrate, optimize, sparse, stats
from scipy.interpolate import CubicSpline
from scipy.sparse.linalg import spsolve

from s2sad import grad, numerical_grad, value_and_grad

NODES = np.linspace(0.0, 1.0, 12)
SENSORS = np.array([0.11, 0.27, 0.42, 0.58, 0.71, 0.93])
STEP = NODES[1] - NODES[0]
SOURCE = np.sin(np.pi * NODES[1:-1])
PRIOR = stats.norm(0.0, scale=0.5)  # of the logarithms of the conductivities


def radiating_end(conductivity):
    """The temperature at which the hot end loses by radiation what conduction brings."""
    return optimize.brentq(lambda t: conductivity * (1.5 - t) - 0.3 * t**4, 0.0, 2.0)


def temperatures(log_k):
    """Solve the heat equation with a conductivity for each cell."""
    k = np.exp(log_k) / STEP**2
    end = radiating_end(np.exp(log_k[-1]))
    matrix = sparse.diags([k[:-1] + k[1:], -k[1:-1], -k[1:-1]], [0, 1, -1], format="csc")
    load = np.concatenate((SOURCE[:-1], SOURCE[-1:] + k[-1] * end))
    inner = spsolve(matrix, load)
    return np.concatenate((np.zeros(1), inner, np.array([end])))


def posterior(log_k, sigma, measured):
    """The negative logarithm of the posterior density, up to a constant."""
    read = CubicSpline(NODES, temperatures(log_k))(SENSORS)
    likelihood = np.sum(stats.norm.logpdf(measured, loc=read, scale=sigma))
    evidence, _ = integrate.quad(lambda s: np.exp(-0.5 * (s / sigma) ** 2), -1.0, 1.0)  # a bounded error
    return -likelihood - np.sum(PRIOR.logpdf(log_k)) + np.log(evidence / sigma)


def main():
    rng = np.random.default_rng(1)
    truth = 0.4 * np.cos(3 * np.linspace(0, 1, len(NODES) - 1))
    measured = CubicSpline(NODES, temperatures(truth))(SENSORS) + 0.002 * rng.normal(size=len(SENSORS))
    start = np.zeros(len(truth))

    exact = grad(posterior)(start, 0.05, measured)
    numeric = numerical_grad(posterior)(start, 0.05, measured)
    print("d posterior / d log k[:4]  exact  ", np.array2string(exact[:4], precision=6))
    print("                           numeric", np.array2string(numeric[:4], precision=6))
    assert np.allclose(exact, numeric, rtol=1e-6, atol=1e-6)

    print(grad(posterior).source_for(start, 0.05, measured))
    found = optimize.minimize(value_and_grad(posterior), start, args=(0.05, measured), jac=True)
    error = np.max(np.abs(CubicSpline(NODES, temperatures(found.x))(SENSORS) - measured))
    print(f"largest misfit {error:.4f} after {found.nfev} evaluations, the prior included")
    assert error < 0.05


if __name__ == "__main__":
    main()
