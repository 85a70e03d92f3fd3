"""Time steppers, iterative solvers and other numerical methods as scientists write them."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(17)

B4 = rng.normal(size=4)
A4 = rng.normal(size=(4, 4)) * 0.4 + 4.0 * np.eye(4)
SPD4 = A4 @ A4.T * 0.2
W4 = np.array([0.7, -1.3, 0.4, 1.9])


# Ordinary differential equations


@program(1.1, 0.4, 0.1, 0.4)
def lotka_volterra_euler(a, b, c, d):
    x, y = 10.0, 5.0
    for _ in range(20):
        dx = a * x - b * x * y
        dy = c * x * y - d * y
        x, y = x + 0.01 * dx, y + 0.01 * dy
    return x + 2.0 * y


def pendulum(y, damping):
    return np.array([y[1], -np.sin(y[0]) - damping * y[1]])


def rk4_step(f, y, h, p):
    k1 = f(y, p)
    k2 = f(y + 0.5 * h * k1, p)
    k3 = f(y + 0.5 * h * k2, p)
    k4 = f(y + h * k3, p)
    return y + h / 6.0 * (k1 + 2 * k2 + 2 * k3 + k4)


@program(np.array([0.5, 0.2]), 0.3, order=1)
def pendulum_runge_kutta(y, damping):
    for _ in range(5):
        y = rk4_step(pendulum, y, 0.1, damping)
    return y[0] ** 2 + 3.0 * y[1]


@program(np.array([1.0, 1.0, 1.0]), 10.0, 28.0, 2.6)
def lorenz(state, sigma, rho, beta):
    dt = 0.01
    for _ in range(10):
        x, y, z = state
        state = state + dt * np.array([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])
    return state @ np.array([1.0, -0.5, 0.2])


@program(np.array([1.0, 0.0]), np.array([0.0, 1.1]))
def kepler_velocity_verlet(q, v):
    h = 0.1
    a = -q / np.sum(q**2) ** 1.5
    for _ in range(5):
        v = v + 0.5 * h * a
        q = q + h * v
        a = -q / np.sum(q**2) ** 1.5
        v = v + 0.5 * h * a
    return q[0] * v[1] - 0.5 * q[1] ** 2


@program(2.0, 0.5, order=3)
def backward_euler_with_newton(y, k):
    h = 0.2
    for _ in range(3):
        z = y
        for _ in range(4):
            z = z - (z + h * k * z**3 - y) / (1.0 + 3.0 * h * k * z**2)
        y = z
    return y


@program(0.3, 1.2)
def adaptive_step(rate, y):
    t = 0.0
    h = 0.11
    while t < 1.0:
        full = y - h * rate * y**2
        half = y - 0.5 * h * rate * y**2
        half = half - 0.5 * h * rate * half**2
        error = abs(full - half)
        if error < 0.01:
            t += h
            y = half
            h *= 1.3
        else:
            h *= 0.5
    return y


@program(np.array([0.8, 0.2, 0.0]), 0.9, 0.3)
def epidemic(y, beta, gamma):
    peak = 0.0
    day_of_peak = 0
    for day in range(15):
        s, i, r = y
        flow = beta * s * i
        y = np.array([s - flow, i + flow - gamma * i, r + gamma * i])
        if y[1] > peak:
            peak = y[1]
            day_of_peak = day
    return peak + 0.1 * day_of_peak * y[2]


@program(rng.normal(size=(3, 2)), np.array([1.0, 2.0, 0.5]))
def n_body_potential(positions, masses):
    energy = 0.0
    for i in range(len(masses)):
        for j in range(i):
            r = positions[i] - positions[j]
            energy -= masses[i] * masses[j] / np.sqrt(r @ r + 0.1)
    return energy


@program(rng.normal(size=(3, 2)) * 2.0, np.zeros((3, 2)) + 0.1, order=1)
def n_body_simulation(x, v):
    for _ in range(2):
        a = np.zeros_like(x)
        for i in range(3):
            for j in range(3):
                if i != j:
                    d = x[j] - x[i]
                    a[i] += d / (np.sum(d**2) + 0.1) ** 1.5
        v = v + 0.1 * a
        x = x + 0.1 * v
    return np.sum(x**2 * np.array([1.0, -2.0]))


# Roots and minima


@program(2.0, order=3)
def square_root_by_newton(a):
    x = 1.0
    for _ in range(6):
        x = 0.5 * (x + a / x)
    return x


@program(1.7)
def newton_until_converged(a):
    x = a
    while abs(x * np.exp(x) - a) > 1e-13:
        x = x - (x * np.exp(x) - a) / (np.exp(x) * (1.0 + x))
    return x


@program(0.4, 1.1)
def secant_method(a, b):
    x0, x1 = 0.0, 1.0
    for _ in range(5):
        f0 = np.cos(b * x0) - a * x0
        f1 = np.cos(b * x1) - a * x1
        x0, x1 = x1, x1 - f1 * (x1 - x0) / (f1 - f0)
    return x1**2


@program(0.7, order=3)
def fixed_point_iteration(a):
    x = 0.5
    for _ in range(30):
        x = a * np.cos(x)
    return x


@program(np.array([-1.2, 1.0, 0.7]))
def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@program(np.array([0.5, 0.4]), order=1)
def newton_for_a_system(p):
    z = np.array([1.0, 1.0])
    for _ in range(4):
        f = np.array([z[0] ** 2 + z[1] - 2.0 * p[0] - 1.0, z[0] * z[1] + p[1] * z[1] - 1.0])
        jac = np.array([[2 * z[0], 1.0], [z[1], z[0] + p[1]]])
        z = z - np.linalg.solve(jac, f)
    return z @ np.array([1.0, 3.0])


@program(np.array([1.0, -0.5]), 0.1)
def gradient_descent_unrolled(x, rate):
    for _ in range(6):
        x = x - rate * np.array([4 * x[0] ** 3 - x[1], 2 * x[1] - x[0]])
    return x[0] ** 4 + x[1] ** 2 - x[0] * x[1]


@program(0.3, 0.9)
def golden_section_then_polish(a, b):
    lo, hi = 0.0, 2.0
    for _ in range(8):
        m1 = lo + 0.382 * (hi - lo)
        m2 = lo + 0.618 * (hi - lo)
        if (m1 - a) ** 2 + b * m1 < (m2 - a) ** 2 + b * m2:
            hi = m2
        else:
            lo = m1
    x = 0.5 * (lo + hi)
    return (x - a) ** 2 + b * x + a * b


# Linear systems


@program(SPD4, B4, order=1)
def conjugate_gradients(a, b):
    x = np.zeros_like(b)
    r = b - a @ x
    p = r.copy()
    rs = r @ r
    for _ in range(3):
        ap = a @ p
        alpha = rs / (p @ ap)
        x = x + alpha * p
        r = r - alpha * ap
        new = r @ r
        p = r + (new / rs) * p
        rs = new
    return W4 @ x


@program(A4, B4)
def jacobi_iteration(a, b):
    d = np.diag(a)
    off = a - np.diag(d)
    x = np.zeros(4)
    for _ in range(5):
        x = (b - off @ x) / d
    return W4 @ x**2


@program(SPD4, B4)
def power_iteration(a, v):
    for _ in range(6):
        v = a @ v
        v = v / np.linalg.norm(v)
    return v @ a @ v


@program(SPD4, B4, order=1)
def steepest_descent_while(a, b):
    x = np.zeros(4)
    r = b
    k = 0
    while k < 4:
        step = (r @ r) / (r @ a @ r)
        x = x + step * r
        r = b - a @ x
        k += 1
    return np.sum(W4 * x)


# Integrals and sums


@program(0.5, 2.0)
def simpson_rule(a, b):
    n = 8
    h = (b - a) / n
    total = np.exp(-(a**2)) + np.exp(-(b**2))
    for i in range(1, n):
        x = a + i * h
        total += (4 if i % 2 else 2) * np.exp(-(x**2))
    return total * h / 3


@program(0.5, 2.0, 1.3)
def trapezoid_with_linspace(a, b, k):
    x = np.linspace(a, b, 9)
    y = np.sin(k * x) / x
    return np.sum((y[1:] + y[:-1]) / 2 * np.diff(x))


@program(1.4, 0.6)
def gauss_legendre(a, b):
    nodes, weights = np.polynomial.legendre.leggauss(5)
    return b * np.sum(weights * np.exp(-a * (b * nodes) ** 2))


@program(0.8, order=3)
def taylor_series_until_small(x):
    term = 1.0
    total = 1.0
    n = 0
    while abs(term) > 1e-17:
        n += 1
        term = term * x / n
        total = total + term
    return total


@program(0.7)
def arithmetic_geometric_mean(k):
    a, b = 1.0, np.sqrt(1.0 - k**2)
    while abs(a - b) > 1e-14:
        a, b = 0.5 * (a + b), np.sqrt(a * b)
    return np.pi / (2.0 * a)


@program(0.6, order=3)
def continued_fraction(x):
    value = 0.0
    for k in range(8, 0, -1):
        value = k * x / (1.0 + value)
    return 1.0 / (1.0 + value)


@program(np.array([1.0, 2.0, 0.5, -1.0]), 1.3)
def polynomial_by_horner(c, x):
    y = 0.0
    for a in c:
        y = y * x + a
    return y**2


@program(np.array([0.0, 1.0, 2.5, 3.0]), np.array([1.0, -0.5, 0.8, 2.0]), 1.7)
def lagrange_interpolation(xs, ys, x):
    total = 0.0
    for i in range(len(xs)):
        basis = 1.0
        for j in range(len(xs)):
            if j != i:
                basis *= (x - xs[j]) / (xs[i] - xs[j])
        total += ys[i] * basis
    return total


@program(np.array([1.0, -0.5, 0.8, 2.0]), 0.35)
def de_casteljau(points, t):
    p = points
    while len(p) > 1:
        p = (1 - t) * p[:-1] + t * p[1:]
    return p[0] ** 2


# Physics and finance


@program(100.0, 105.0, 0.2, 0.05, order=1)
def binomial_option_price(spot, strike, vol, rate):
    n = 6
    dt = 1.0 / n
    u = np.exp(vol * np.sqrt(dt))
    q = (np.exp(rate * dt) - 1 / u) / (u - 1 / u)
    prices = spot * u ** (2.0 * np.arange(n + 1) - n)
    v = np.maximum(prices - strike, 0.0)
    for _ in range(n):
        v = np.exp(-rate * dt) * (q * v[1:] + (1 - q) * v[:-1])
    return v[0]


@program(rng.normal(size=(3, 3)) * 1.5 + np.eye(3) * 3)
def lennard_jones(positions):
    energy = 0.0
    n = len(positions)
    for i in range(n - 1):
        d = positions[i + 1 :] - positions[i]
        r2 = np.sum(d**2, axis=1)
        s6 = 1.0 / r2**3
        energy += np.sum(4.0 * (s6**2 - s6))
    return energy


@program(rng.normal(size=5))
def harmonic_chain(x):
    stretch = x[1:] - x[:-1] - 1.0
    return 0.5 * np.sum(stretch**2) + 0.25 * np.sum(stretch**4) + x[0] ** 2


@program(0.4, 1.5, np.array([0.1, 0.4, -0.2, 0.3]))
def kalman_filter(q, r, y):
    x = 0.0
    p = 1.0
    loglik = 0.0
    for z in y:
        p = p + q
        s = p + r
        loglik += -0.5 * (np.log(s) + (z - x) ** 2 / s)
        k = p / s
        x = x + k * (z - x)
        p = (1 - k) * p
    return loglik


@program(0.4, 0.2, 0.3, rng.normal(size=6))
def garch_likelihood(omega, alpha, beta, returns):
    var = omega / (1 - alpha - beta)
    total = 0.0
    for r in returns:
        total += np.log(var) + r**2 / var
        var = omega + alpha * r**2 + beta * var
    return 0.5 * total


@program(rng.normal(size=6), 0.2)
def total_variation_denoising_energy(u, weight):
    data = np.array([0.1, 0.4, 0.3, 1.2, 1.0, 1.1])
    return np.sum((u - data) ** 2) + weight * np.sum(np.sqrt(np.diff(u) ** 2 + 1e-2))


@program(rng.normal(size=(4, 4)))
def ising_energy_mean_field(m):
    s = np.tanh(m)
    return -np.sum(s * np.roll(s, 1, axis=0)) - np.sum(s * np.roll(s, -1, axis=1)) + np.sum(s**2)


@program(0.3, 0.7)
def ray_through_lenses(height, angle):
    ray = np.array([height, angle])
    for f in [2.0, 3.5, 1.2]:
        lens = np.array([[1.0, 0.0], [-1.0 / f, 1.0]])
        gap = np.array([[1.0, 0.5], [0.0, 1.0]])
        ray = gap @ lens @ ray
    return ray[0] ** 2 + ray[1]


@program(np.array([0.3, -0.4, 0.8]))
def forward_kinematics(theta):
    lengths = [1.0, 0.7, 0.4]
    x = y = angle = 0.0
    for length, t in zip(lengths, theta):
        angle += t
        x += length * np.cos(angle)
        y += length * np.sin(angle)
    return (x - 1.0) ** 2 + (y - 0.5) ** 2


@program(rng.uniform(0.5, 1.5, size=4), order=1)
def replicator_dynamics(p):
    p = p / p.sum()
    for _ in range(5):
        fitness = A4 @ p
        p = p * fitness / (p @ fitness)
    return W4 @ p


@program(np.array([0.2, 0.7]), order=3)
def henon_map(p):
    x, y = p
    for _ in range(4):
        x, y = 1.0 - 0.9 * x * x + y, 0.3 * x
    return x * y + x
