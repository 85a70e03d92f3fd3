"""Ordinary and delay differential equations, chemistry, neurons and populations, stepped in preallocated arrays."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(504)

W3 = rng.normal(size=3)
W4 = rng.normal(size=4)
W5 = rng.normal(size=5)
W6 = rng.normal(size=6)
W8 = rng.normal(size=8)
W33 = rng.normal(size=(3, 3))
W44 = rng.normal(size=(4, 4))
W52 = rng.normal(size=(5, 2))
W53 = rng.normal(size=(5, 3))
W62 = rng.normal(size=(6, 2))
W63 = rng.normal(size=(6, 3))


# Explicit methods


def lorenz(t, y, sigma, rho, beta):
    dydt = np.zeros(3)
    dydt[0] = sigma * (y[1] - y[0])
    dydt[1] = y[0] * (rho - y[2]) - y[1]
    dydt[2] = y[0] * y[1] - beta * y[2]
    return dydt


def rk4(f, y0, t, args=()):
    n = len(t)
    y = np.zeros((n, len(y0)))
    y[0] = y0
    for i in range(n - 1):
        h = t[i + 1] - t[i]
        k1 = f(t[i], y[i], *args)
        k2 = f(t[i] + h / 2.0, y[i] + k1 * h / 2.0, *args)
        k3 = f(t[i] + h / 2.0, y[i] + k2 * h / 2.0, *args)
        k4 = f(t[i] + h, y[i] + k3 * h, *args)
        y[i + 1] = y[i] + (h / 6.0) * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


@program(np.array([1.0, 0.5, 0.2]), 10.0, 28.0, 2.6, order=1)
def lorenz_by_rk4(y0, sigma, rho, beta):
    """A trajectory array filled row by row by a general integrator."""
    t = np.linspace(0.0, 0.1, 5)
    y = rk4(lorenz, y0, t, args=(sigma, rho, beta))
    return np.sum(W53 * y)


C_DP = np.array([0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0])
A_DP = np.array(
    [
        [0, 0, 0, 0, 0],
        [1 / 5, 0, 0, 0, 0],
        [3 / 40, 9 / 40, 0, 0, 0],
        [44 / 45, -56 / 15, 32 / 9, 0, 0],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
    ]
)
B_DP = np.array([35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84])
E_DP = np.array([-71 / 57600, 0, 71 / 16695, -71 / 1920, 17253 / 339200, -22 / 525, 1 / 40])


def rk_step(fun, t, y, f, h, K):
    K[0] = f
    for s, (a, c) in enumerate(zip(A_DP[1:], C_DP[1:]), start=1):
        dy = np.dot(K[:s].T, a[:s]) * h
        K[s] = fun(t + c * h, y + dy)
    y_new = y + h * np.dot(K[:-1].T, B_DP)
    f_new = fun(t + h, y_new)
    K[-1] = f_new
    return y_new, f_new


@program(np.array([2.0, 0.1]), 1.1)
def van_der_pol_dormand_prince(y, mu):
    """Adaptive steps of order five with a table of stages that is used again in each step."""

    def fun(t, y):
        return np.array([y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]])

    t, t_end, h = 0.0, 1.0, 0.31
    K = np.empty((7, 2))
    f = fun(t, y)
    steps = 0
    while t < t_end:
        if t + h > t_end:
            h = t_end - t
        y_new, f_new = rk_step(fun, t, y, f, h, K)
        scale = 1e-4 + np.maximum(np.abs(y), np.abs(y_new)) * 1e-4
        error_norm = np.linalg.norm(np.dot(K.T, E_DP) * h / scale) / np.sqrt(2)
        if error_norm < 1:
            t = t + h
            y = y_new
            f = f_new
            h *= 1.5
            steps += 1
        else:
            h *= 0.5
    return W3[0] * y[0] + W3[1] * y[1] + 0.1 * steps


@program(np.array([0.6, 1.3]), np.array([1.1, 0.4, 0.1, 0.4]))
def adams_bashforth(y, p):
    """Four slopes of history in the rows of an array that is shifted at each step."""
    h = 0.05
    hist = np.zeros((4, 2))

    def f(y):
        return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - p[3] * y[1]])

    for _ in range(3):
        hist[:-1] = hist[1:]
        hist[-1] = f(y)
        y = y + h * hist[-1]
    for _ in range(4):
        hist[:-1] = hist[1:]
        hist[-1] = f(y)
        y = y + h / 24.0 * (55 * hist[3] - 59 * hist[2] + 37 * hist[1] - 9 * hist[0])
    return W3[0] * y[0] + W3[1] * y[1] * y[0] + np.sum(W4[:, None] * hist)


@program(np.array([0.6, 1.3]), 0.7)
def two_step_with_rotating_list(y, k):
    """Adams-Bashforth of order three with a list of slopes, the oldest popped."""
    h = 0.1
    slopes = []
    for _ in range(6):
        slopes.insert(0, np.array([y[1], -k * np.sin(y[0])]))
        if len(slopes) > 3:
            slopes.pop()
        if len(slopes) < 3:
            y = y + h * slopes[0]
        else:
            y = y + h / 12 * (23 * slopes[0] - 16 * slopes[1] + 5 * slopes[2])
    return W3[0] * y[0] ** 2 + W3[1] * y[1]


@program(np.array([1.0, 0.2, 0.1, 0.9]), 0.1, order=1)
def henon_heiles_leapfrog(z, h):
    """Positions and momenta are views of one state vector."""
    q = z[:2]
    p = z[2:]
    force = np.empty(2)
    energies = np.empty(5)
    for i in range(5):
        force[0] = -q[0] - 2 * q[0] * q[1]
        force[1] = -q[1] - q[0] ** 2 + q[1] ** 2
        p += 0.5 * h * force
        q += h * p
        force[0] = -q[0] - 2 * q[0] * q[1]
        force[1] = -q[1] - q[0] ** 2 + q[1] ** 2
        p += 0.5 * h * force
        energies[i] = 0.5 * p @ p + 0.5 * q @ q + q[0] ** 2 * q[1]
    return np.sum(W4 * z) + np.sum(W5 * energies)


class Pendulum:
    """A damped pendulum with its state in an array."""

    def __init__(self, theta, omega, length, damping):
        self.state = np.array([theta, omega])
        self.length = length
        self.damping = damping
        self.time = 0.0

    def derivatives(self, state):
        dydt = np.zeros_like(state)
        dydt[0] = state[1]
        dydt[1] = -9.81 / self.length * np.sin(state[0]) - self.damping * state[1]
        return dydt

    def step(self, dt):
        k1 = self.derivatives(self.state)
        k2 = self.derivatives(self.state + 0.5 * dt * k1)
        self.state += dt * k2
        self.time += dt

    def energy(self):
        return 0.5 * (self.length * self.state[1]) ** 2 - 9.81 * self.length * np.cos(self.state[0])


@program(0.7, 0.1, 1.2, 0.3)
def pendulum_object(theta, omega, length, damping):
    """A local object whose methods update its state."""
    pendulum = Pendulum(theta, omega, length, damping)
    energies = []
    for _ in range(5):
        pendulum.step(0.05)
        energies.append(pendulum.energy())
    return (
        W3[0] * pendulum.state[0]
        + W3[1] * pendulum.state[1]
        + np.sum(W5 * np.array(energies))
        + pendulum.time
    )


# Stiff problems


@program(np.array([1.0, 0.0, 0.0]), np.array([0.04, 3.0, 1.0]), order=1)
def robertson_backward_euler(y, k):
    """Three reactions, backward Euler with Newton; the Jacobian's rows are filled in place."""
    h = 0.1
    J = np.zeros((3, 3))
    r = np.zeros(3)
    for _ in range(3):
        yn = y.copy()
        for _ in range(4):
            r[0] = -k[0] * yn[0] + k[1] * yn[1] * yn[2]
            r[2] = k[2] * yn[1] ** 2
            r[1] = -r[0] - r[2]
            J[0, :] = [-k[0], k[1] * yn[2], k[1] * yn[1]]
            J[2, 1] = 2 * k[2] * yn[1]
            J[1] = -J[0] - J[2]
            residual = yn - y - h * r
            M = np.eye(3) - h * J
            yn -= np.linalg.solve(M, residual)
        y[:] = yn
    return np.sum(W3 * y) + 0.1 * np.sum(W33 * J)


@program(np.array([0.4, -0.7]), 3.0)
def second_order_backward_differences(y0, stiffness):
    """BDF2 with Newton until converged, started by one step of backward Euler."""
    h = 0.1
    n = 4
    y = np.zeros((n + 1, 2))
    y[0] = y0

    def f(u):
        return np.array([-stiffness * (u[0] - np.cos(u[1])), -(u[1] ** 3) + u[0]])

    def jac(u):
        return np.array([[-stiffness, -stiffness * np.sin(u[1])], [1.0, -3 * u[1] ** 2]])

    for i in range(n):
        if i == 0:
            known, c = y[0], 1.0
        else:
            known, c = (4 * y[i] - y[i - 1]) / 3, 2.0 / 3.0
        u = y[i].copy()
        for it in range(20):
            g = u - known - c * h * f(u)
            du = np.linalg.solve(np.eye(2) - c * h * jac(u), g)
            u -= du
            if np.max(np.abs(du)) < 1e-13:
                break
        y[i + 1] = u
    return np.sum(W52 * y)


@program(np.array([1.0, 0.3]), 2.0, 0.7)
def rosenbrock_two_stages(y, a, b):
    """A linearly implicit method with one LU-like inverse per step."""
    gamma = 1.0 + 1.0 / np.sqrt(2.0)
    h = 0.1
    out = np.zeros((6, 2))
    out[0] = y
    for i in range(5):
        u = out[i]
        f = np.array([-a * u[0] + b * u[1] ** 2, a * u[0] - 2 * b * u[1] ** 2])
        J = np.array([[-a, 2 * b * u[1]], [a, -4 * b * u[1]]])
        W = np.linalg.inv(np.eye(2) - gamma * h * J)
        k1 = W @ f
        v = u + h * k1
        f = np.array([-a * v[0] + b * v[1] ** 2, a * v[0] - 2 * b * v[1] ** 2])
        k2 = W @ (f - 2 * k1)
        out[i + 1] = u + 1.5 * h * k1 + 0.5 * h * k2
    return np.sum(W62 * out)


def reaction_rates(conc, k, rates):
    rates[0] = k[0] * conc[0]
    rates[1] = k[1] * conc[1] * conc[2]
    rates[2] = k[2] * conc[1]


STOICHIOMETRY = np.array([[-1, 0, 0], [1, -1, -1], [1, -1, 0], [0, 1, 1]])


@program(np.array([1.0, 0.2, 0.1, 0.0]), np.array([0.8, 1.5, 0.3]), order=1)
def chemistry_with_clipping(conc, k):
    """Mass action with a stoichiometric matrix; negative concentrations are set to zero."""
    rates = np.empty(3)
    history = [conc.copy()]
    for _ in range(6):
        reaction_rates(conc, k, rates)
        conc += 0.1 * STOICHIOMETRY @ rates
        conc[conc < 0] = 0
        history.append(conc.copy())
    return np.sum(W4 * conc) + np.sum(np.array(history)[::3] * W4)


# Neurons and oscillators


def alpha_m(V):
    return 0.1 * (V + 40.0) / (1.0 - np.exp(-(V + 40.0) / 10.0))


def beta_m(V):
    return 4.0 * np.exp(-(V + 65.0) / 18.0)


def alpha_h(V):
    return 0.07 * np.exp(-(V + 65.0) / 20.0)


def beta_h(V):
    return 1.0 / (1.0 + np.exp(-(V + 35.0) / 10.0))


def alpha_n(V):
    return 0.01 * (V + 55.0) / (1.0 - np.exp(-(V + 55.0) / 10.0))


def beta_n(V):
    return 0.125 * np.exp(-(V + 65) / 80.0)


@program(np.array([120.0, 36.0, 0.3]), 10.0, order=1)
def hodgkin_huxley(g, current):
    """Membrane voltage and gates in arrays over time, forward Euler."""
    n_steps = 8
    dt = 0.05
    V = np.zeros(n_steps)
    m = np.zeros(n_steps)
    h = np.zeros(n_steps)
    n = np.zeros(n_steps)
    V[0] = -62.0
    m[0], h[0], n[0] = 0.05, 0.6, 0.32
    for i in range(n_steps - 1):
        I_Na = g[0] * m[i] ** 3 * h[i] * (V[i] - 50.0)
        I_K = g[1] * n[i] ** 4 * (V[i] + 77.0)
        I_L = g[2] * (V[i] + 54.387)
        V[i + 1] = V[i] + dt * (current - I_Na - I_K - I_L)
        m[i + 1] = m[i] + dt * (alpha_m(V[i]) * (1 - m[i]) - beta_m(V[i]) * m[i])
        h[i + 1] = h[i] + dt * (alpha_h(V[i]) * (1 - h[i]) - beta_h(V[i]) * h[i])
        n[i + 1] = n[i] + dt * (alpha_n(V[i]) * (1 - n[i]) - beta_n(V[i]) * n[i])
    return 0.1 * np.sum(W8 * V) + np.sum(W8 * (m + 2 * h - n))


@program(rng.uniform(0, 6, size=4), rng.normal(size=4), 1.5)
def kuramoto(theta, omega, K):
    """Coupled phases, advanced in place by an outer difference."""
    n = len(theta)
    r = np.zeros(5)
    for step in range(5):
        diff = theta[None, :] - theta[:, None]
        dtheta = omega + K / n * np.sin(diff).sum(axis=1)
        theta += 0.1 * dtheta
        theta %= 2 * np.pi
        z = np.mean(np.exp(1j * theta))
        r[step] = np.abs(z)
    return np.sum(W4 * theta) + np.sum(W5 * r)


@program(rng.normal(size=6), rng.normal(size=6) * 0.3, 0.5, 0.08)
def fitzhugh_nagumo_ring(v, w, coupling, eps):
    """Excitable units on a ring, neighbours by np.roll, one pacemaker."""
    dt = 0.1
    trace = np.zeros((6, 3))
    dv = np.empty_like(v)
    for k in range(3):
        dv[:] = v - v**3 / 3 - w
        dv += coupling * (np.roll(v, 1) - 2 * v + np.roll(v, -1))
        dv[0] += 0.5
        w += dt * eps * (v + 0.7 - 0.8 * w)
        v += dt * dv
        trace[:, k] = v
    return np.sum(W63 * trace) + np.sum(W6 * w)


@program(1.2, 2.0, 0.9)
def mackey_glass(x, beta, gamma):
    """A delay equation: the past is in a ring buffer."""
    delay = 4
    dt = 0.3
    buf = np.full(delay, 1.2) * np.array([1.0, 0.9, 0.8, 0.7])
    out = np.zeros(8)
    for t in range(8):
        delayed = buf[t % delay]
        x = x + dt * (beta * delayed / (1 + delayed**9.65) - gamma * x)
        buf[t % delay] = x
        out[t] = x
    return np.sum(W8 * out) + np.sum(W4 * buf**2)


@program(rng.normal(size=4), rng.normal(size=(4, 4)) * 0.5, 0.7)
def leaky_network(v, weights, threshold):
    """Integrate and fire: units above the threshold are reset and kick the others."""
    rate = np.zeros(4)
    for step in range(6):
        v += 0.2 * (-v + 1.0 + 0.1 * W4)
        fired = v > threshold
        rate[fired] += v[fired] - threshold
        v[fired] = -0.2 * v[fired]
        v += weights[:, fired].sum(axis=1) * 0.1
    return np.sum(W4 * v) + np.sum(W4[::-1] * rate)


# Populations


@program(np.array([[0.9, 0.1, 0.0], [0.8, 0.15, 0.05]]), np.array([[2.0, 0.5], [0.6, 1.2]]), 0.4, 0.3)
def epidemic_with_age_groups(state, contact, beta, gamma):
    """Columns S, I and R of one array are views that are updated in place."""
    S = state[:, 0]
    I = state[:, 1]
    R = state[:, 2]
    dt = 0.2
    incidence = np.zeros((5, 2))
    for day in range(5):
        force = beta * contact @ I
        new = dt * force * S
        rec = dt * gamma * I
        S -= new
        I += new - rec
        R += rec
        incidence[day] = new
    return np.sum(W52 * incidence) + np.sum(W33[:2] * state)


@program(np.array([0.0, 1.5, 1.0]), np.array([0.5, 0.4]), np.array([10.0, 5.0, 2.0]))
def leslie_matrix(fertility, survival, population):
    """Age classes by a Leslie matrix; growth rate by repeated normalization."""
    n = len(population)
    L = np.zeros((n, n))
    L[0, :] = fertility
    for i in range(n - 1):
        L[i + 1, i] = survival[i]
    history = np.zeros((5, n))
    history[0] = population
    for t in range(1, 5):
        history[t] = L.dot(history[t - 1])
    v = history[-1] / np.sum(history[-1])
    lam = 0.0
    for _ in range(6):
        v = L @ v
        lam = np.sum(v)
        v /= lam
    return np.sum(W53 * history) * 0.1 + lam + W3 @ v


def laplacian(Z):
    Ztop = Z[0:-2, 1:-1]
    Zleft = Z[1:-1, 0:-2]
    Zbottom = Z[2:, 1:-1]
    Zright = Z[1:-1, 2:]
    Zcenter = Z[1:-1, 1:-1]
    return (Ztop + Zleft + Zbottom + Zright - 4 * Zcenter) / 0.5**2


@program(rng.uniform(0.3, 1.0, size=(4, 4)), rng.uniform(0.1, 0.5, size=(4, 4)), 0.1, 0.05, order=1)
def predators_and_prey_on_a_grid(U, V, du, dv):
    """Interior updated from a Laplacian, borders copied for zero flux."""
    dt = 0.05
    for _ in range(3):
        deltaU = laplacian(U)
        deltaV = laplacian(V)
        Uc = U[1:-1, 1:-1]
        Vc = V[1:-1, 1:-1]
        U[1:-1, 1:-1], V[1:-1, 1:-1] = (
            Uc + dt * (du * deltaU + Uc * (1 - Uc) - Uc * Vc),
            Vc + dt * (dv * deltaV + 0.8 * Uc * Vc - 0.3 * Vc),
        )
        for Z in (U, V):
            Z[0, :] = Z[1, :]
            Z[-1, :] = Z[-2, :]
            Z[:, 0] = Z[:, 1]
            Z[:, -1] = Z[:, -2]
    return np.sum(W44 * U) + np.sum(W44.T * V)


@program(np.array([20.0, 8.0, 3.0, 1.0]), np.array([0.3, 0.5, 0.7]), 0.05, order=1)
def harvested_cohorts(N, selectivity, mortality):
    """A fishery: cohorts age by shifting the array, the last is a plus group, recruits by Beverton and Holt."""
    catches = np.zeros(5)
    weights = np.array([0.2, 0.8, 1.5, 2.2])
    for year in range(5):
        Fm = np.zeros(4)
        Fm[1:] = 0.4 * selectivity
        Z = Fm + mortality
        C = Fm / Z * (1 - np.exp(-Z)) * N
        catches[year] = weights @ C
        survivors = N * np.exp(-Z)
        spawners = np.sum(weights[2:] * survivors[2:])
        N[1:] = survivors[:-1]
        N[-1] += survivors[-1]
        N[0] = 30.0 * spawners / (2.0 + spawners)
    return np.sum(W5 * catches) + np.sum(W4 * N)
