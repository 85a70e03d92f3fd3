"""Prices, curves, portfolios and life tables, and a few kernels of the NumPy benchmark suites."""

from __future__ import annotations

import math

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(506)

W3 = rng.normal(size=3)
W4 = rng.normal(size=4)
W5 = rng.normal(size=5)
W6 = rng.normal(size=6)
W9 = rng.normal(size=9)
W34 = rng.normal(size=(3, 4))
W45 = rng.normal(size=(4, 5))
W55 = rng.normal(size=(5, 5))


# Options


@program(100.0, 103.0, 0.03, 0.25, 0.7)
def binomial_tree(S, K, r, sigma, T):
    """A European call; the vector of values shrinks in place."""
    n = 8
    dt = T / n
    u = np.exp(sigma * np.sqrt(dt))
    d = 1.0 / u
    p = (np.exp(r * dt) - d) / (u - d)
    disc = np.exp(-r * dt)
    v = np.zeros(n + 1)
    for j in range(n + 1):
        v[j] = max(S * u**j * d ** (n - j) - K, 0.0)
    for i in range(n - 1, -1, -1):
        v[: i + 1] = disc * (p * v[1 : i + 2] + (1 - p) * v[: i + 1])
    return v[0] + 0.1 * np.sum(W9[1:] * v[1:])


@program(100.0, 104.0, 0.05, 0.3, 0.9)
def american_put(S, K, r, sigma, T):
    """Early exercise by a maximum in each step; the asset's lattice is scaled in place."""
    n = 7
    dt = T / n
    u = math.exp(sigma * math.sqrt(dt))
    q = (math.exp(r * dt) - 1 / u) / (u - 1 / u)
    stock = S * u ** (2.0 * np.arange(n + 1) - n)
    v = np.maximum(K - stock, 0.0)
    for i in range(n, 0, -1):
        stock = stock[1:] / u
        v[:i] = math.exp(-r * dt) * (q * v[1 : i + 1] + (1 - q) * v[:i])
        v[:i] = np.maximum(v[:i], K - stock)
    return v[0]


def thomas(a, b, c, d):
    n = len(d)
    cp = np.zeros(n)
    for i in range(n):
        m = 1.0 / (b[i] - (a[i] * cp[i - 1] if i > 0 else 0.0))
        cp[i] = c[i] * m
        d[i] = (d[i] - (a[i] * d[i - 1] if i > 0 else 0.0)) * m
    for i in range(n - 2, -1, -1):
        d[i] -= cp[i] * d[i + 1]


@program(0.3, 0.04, 51.0)
def crank_nicolson_call(sigma, r, strike):
    """The Black-Scholes equation on a grid of prices, tridiagonal solves that overwrite the right-hand side."""
    M, N = 8, 4
    Smax, T = 120.0, 1.0
    dt = T / N
    S = np.linspace(0, Smax, M + 1)
    V = np.maximum(S - strike, 0.0)
    j = np.arange(1, M)
    alpha = 0.25 * dt * (sigma**2 * j**2 - r * j)
    beta = -0.5 * dt * (sigma**2 * j**2 + r)
    gamma = 0.25 * dt * (sigma**2 * j**2 + r * j)
    for n in range(N):
        rhs = alpha * V[:-2] + (1 + beta) * V[1:-1] + gamma * V[2:]
        edge = Smax - strike * np.exp(-r * (n + 1) * dt)
        rhs[-1] += gamma[-1] * edge
        thomas(-alpha, 1 - beta, -gamma, rhs)
        V[1:-1] = rhs
        V[-1] = edge
    return np.sum(W9 * V)


Z1 = rng.normal(size=(5, 3))
Z2 = rng.normal(size=(5, 3))


@program(100.0, 0.05, 1.5, 0.04, 0.4, -0.6)
def heston_paths(S0, v0, kappa, theta, xi, rho):
    """Full truncation Euler with given draws, paths in the columns of arrays."""
    n_paths, n_steps = 5, 3
    dt = 0.25
    S = np.zeros((n_paths, n_steps + 1))
    v = np.zeros((n_paths, n_steps + 1))
    S[:, 0] = S0
    v[:, 0] = v0
    for t in range(1, n_steps + 1):
        zv = rho * Z1[:, t - 1] + np.sqrt(1 - rho**2) * Z2[:, t - 1]
        vp = np.maximum(v[:, t - 1], 0)
        S[:, t] = S[:, t - 1] * np.exp((0.02 - 0.5 * vp) * dt + np.sqrt(vp * dt) * Z1[:, t - 1])
        v[:, t] = v[:, t - 1] + kappa * (theta - vp) * dt + xi * np.sqrt(vp * dt) * zv
    payoff = np.maximum(S[:, -1] - 98.0, 0)
    return np.mean(payoff) * np.exp(-0.02 * 0.75) + np.sum(W5 * v[:, -1])


@program(100.0, 0.3, 0.04)
def asian_option(S0, sigma, r):
    """The mean along each path, accumulated while the path is made; barrier by a mask."""
    dt = 0.2
    path = np.full(5, S0)
    total = np.zeros(5)
    alive = np.ones(5, dtype=bool)
    for t in range(3):
        path *= np.exp((r - 0.5 * sigma**2) * dt + sigma * np.sqrt(dt) * Z1[:, t])
        total += path
        alive &= path < 140.0
    payoff = total / 3 - 95.0
    payoff[payoff < 0] = 0.0
    payoff[~alive] *= 0.1
    return np.exp(-r * 3 * dt) * np.sum(W5 * payoff)


@program(36.0, 0.25, 40.0)
def longstaff_schwartz(S0, sigma, K):
    """An American put by regression on the paths in the money; cash flows overwritten where exercised."""
    r, dt = 0.06, 0.3
    paths = np.zeros((4, 12))
    paths[0] = S0
    draws = np.concatenate((Z1, Z2, Z1 - Z2), axis=0)[:12].T
    for t in range(1, 4):
        paths[t] = paths[t - 1] * np.exp((r - 0.5 * sigma**2) * dt + sigma * np.sqrt(dt) * draws[t - 1])
    cash = np.maximum(K - paths[-1], 0)
    for t in range(2, 0, -1):
        cash *= np.exp(-r * dt)
        itm = paths[t] < K
        X = np.vstack((np.ones(itm.sum()), paths[t][itm] / K, (paths[t][itm] / K) ** 2)).T
        coef = np.linalg.solve(X.T @ X + 1e-3 * np.eye(3), X.T @ cash[itm])
        continuation = X @ coef
        exercise = K - paths[t][itm]
        idx = np.where(itm)[0]
        now = exercise > continuation
        cash[idx[now]] = exercise[now]
    return np.mean(cash) * np.exp(-r * dt)


def norm_cdf(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


@program(7.9, 101.0, 98.0, 0.02, 0.8)
def implied_volatility(price, S, K, r, T):
    """Newton's method on the Black-Scholes formula, stopped at a tolerance."""
    sigma = 0.3
    for _ in range(50):
        d1 = (math.log(S / K) + (r + 0.5 * sigma**2) * T) / (sigma * math.sqrt(T))
        d2 = d1 - sigma * math.sqrt(T)
        value = S * norm_cdf(d1) - K * math.exp(-r * T) * norm_cdf(d2)
        vega = S * math.sqrt(T) * math.exp(-0.5 * d1**2) / math.sqrt(2 * math.pi)
        diff = value - price
        if abs(diff) < 1e-12:
            break
        sigma -= diff / vega
    return sigma


# Interest rates


@program(np.array([0.02, 0.023, 0.026, 0.028, 0.031]), 0.7)
def bootstrapped_curve(par_rates, t):
    """Discount factors one after another from par swap rates, then a rate between the nodes."""
    n = len(par_rates)
    df = np.zeros(n)
    for i in range(n):
        annuity = 0.0
        for j in range(i):
            annuity += df[j]
        df[i] = (1 - par_rates[i] * annuity) / (1 + par_rates[i])
    zero = -np.log(df) / np.arange(1, n + 1)
    forward = np.empty_like(zero)
    forward[0] = zero[0]
    forward[1:] = np.log(df[:-1] / df[1:])
    return np.sum(W5 * zero) + np.sum(W5[::-1] * forward) + np.interp(1.0 + t, np.arange(1.0, n + 1), zero)


@program(np.array([0.03, -0.01, 0.02, 0.015]), np.array([1.5, 4.0]))
def nelson_siegel_svensson(beta, tau):
    """Yields of given maturities, and prices of coupon bonds from them."""
    maturities = np.array([0.5, 1.0, 2.0, 5.0, 10.0])
    basis = np.ones((5, 4))
    x = maturities / tau[0]
    basis[:, 1] = (1 - np.exp(-x)) / x
    basis[:, 2] = basis[:, 1] - np.exp(-x)
    z = maturities / tau[1]
    basis[:, 3] = (1 - np.exp(-z)) / z - np.exp(-z)
    y = basis @ beta
    prices = np.zeros(5)
    for i in range(5):
        for k in range(i + 1):
            cash = 0.03
            if k == i:
                cash += 1.0
            prices[i] += cash * np.exp(-y[k] * maturities[k])
    return np.sum(W5 * y) + np.sum(W5[::-1] * prices)


@program(np.array([0.03, 0.032, 0.035, 0.036]), 0.2)
def libor_market_model(forwards, lam):
    """Forward rates evolved in place by given draws, as in the usual adjoint benchmark."""
    delta = 0.5
    draws = [0.3, -0.5]
    L = forwards
    for n in range(2):
        sqez = math.sqrt(delta) * draws[n]
        v = 0.0
        for i in range(n + 1, 4):
            con1 = delta * lam
            v += con1 * L[i] / (1.0 + delta * L[i])
            L[i] *= math.exp(lam * (sqez + con1 * v - 0.5 * con1))
    b, s = 1.0, 0.0
    B = np.zeros(4)
    for i in range(2, 4):
        b = b / (1.0 + delta * L[i])
        s += delta * b
        B[i] = b + 0.05 * s
    return 100 * max(1.0 - B[3], 0.0) + np.sum(W4 * L)


# Portfolios and lives


RETURNS = 0.05 * rng.normal(size=(5, 3))


@program(np.array([40.0, 35.0, 25.0]), np.array([0.5, 0.3, 0.2]), 0.01)
def rebalanced_portfolio(holdings, target, cost):
    """Holdings grow; when one drifts too far, all are traded back, at a cost."""
    values = np.zeros(5)
    peak = 0.0
    drawdown = 0.0
    for t, r in enumerate(RETURNS):
        holdings *= 1 + r
        total = holdings.sum()
        drift = np.abs(holdings / total - target)
        if drift.max() > 0.04:
            trades = target * total - holdings
            holdings += trades
            holdings -= cost * np.abs(trades)
        values[t] = np.sum(holdings)
        peak = max(peak, values[t])
        drawdown = max(drawdown, (peak - values[t]) / peak)
    return np.sum(W5 * values) + 10 * drawdown + np.sum(W3 * holdings)


@program(np.array([0.01, 0.02, 0.04, 0.09, 0.2]), 0.03)
def life_table(q, interest):
    """Survivors, deaths, annuities and premiums, columns filled forwards and backwards."""
    n = len(q)
    lx = np.zeros(n + 1)
    lx[0] = 1.0
    for x in range(n):
        lx[x + 1] = lx[x] * (1 - q[x])
    dx = -np.diff(lx)
    v = 1 / (1 + interest)
    a = np.zeros(n + 1)
    A = np.zeros(n + 1)
    A[n] = 1.0
    for x in range(n - 1, -1, -1):
        a[x] = 1 + v * (1 - q[x]) * a[x + 1]
        A[x] = v * q[x] + v * (1 - q[x]) * A[x + 1]
    premium = A[:-1] / a[:-1]
    e = np.cumsum(lx[::-1])[::-1] / lx
    return np.sum(W5 * premium) + np.sum(W6 * e) + np.sum(W5 * dx)


@program(np.array([-0.01, 0.02, -0.03, 0.01, 0.025, -0.015]), np.array([0.02, 0.1, 0.8]), order=1)
def garch_in_arrays(returns, params):
    """Conditional variances in an array, standardized residuals in place, and a forecast."""
    omega, alpha, beta = params
    h = np.empty(len(returns) + 1)
    h[0] = np.var(returns * 100)
    returns *= 100.0
    for t in range(len(returns)):
        h[t + 1] = omega + alpha * returns[t] ** 2 + beta * h[t]
    returns /= np.sqrt(h[:-1])
    return 0.5 * np.sum(np.log(h[:-1]) + returns**2) + h[-1] + np.sum(W6 * returns)


# Kernels of benchmark suites


@program(rng.uniform(-1.2, 0.4, size=(3, 4)), rng.uniform(-0.9, 0.9, size=(3, 4)))
def smooth_escape(x, y):
    """A Mandelbrot iteration on real and imaginary parts; points that have escaped are frozen by a mask."""
    zr = np.zeros_like(x)
    zi = np.zeros_like(y)
    count = np.zeros_like(x)
    active = np.ones(x.shape, dtype=bool)
    for _ in range(6):
        zr_new = zr[active] ** 2 - zi[active] ** 2 + x[active]
        zi[active] = 2 * zr[active] * zi[active] + y[active]
        zr[active] = zr_new
        r2 = zr**2 + zi**2
        active &= r2 < 4.0
        count[active] += 1.0 - 0.1 * r2[active]
        if not active.any():
            break
    return np.sum(W34 * count)


@program(
    rng.uniform(-1, 1, size=4),
    rng.uniform(-1, 1, size=4),
    rng.uniform(-1, 1, size=4),
    rng.uniform(-1, 1, size=4),
)
def arc_distance(theta_1, phi_1, theta_2, phi_2):
    """Pairwise distances on a sphere."""
    temp = (
        np.sin((theta_2 - theta_1) / 2) ** 2
        + np.cos(theta_1) * np.cos(theta_2) * np.sin((phi_2 - phi_1) / 2) ** 2
    )
    distance_matrix = 2 * (np.arctan2(np.sqrt(temp), np.sqrt(1 - temp)))
    return np.sum(W4 * distance_matrix)


def go_fast(a):
    trace = 0.0
    for i in range(a.shape[0]):
        trace += np.tanh(a[i, i])
    return a + trace


@program(rng.normal(size=(5, 5)), order=1)
def trace_added(a):
    """The example of Numba's first page."""
    return np.sum(W55 * go_fast(a))


def kernel_floyd_warshall(path):
    for k in range(path.shape[0]):
        path[:] = np.minimum(path[:], np.add.outer(path[:, k], path[k, :]))


@program(rng.uniform(0.5, 3.0, size=(5, 5)), order=1)
def shortest_paths(path):
    """All pairs by Floyd and Warshall."""
    np.fill_diagonal(path, 0.0)
    kernel_floyd_warshall(path)
    return np.sum(W55 * path**2)


def kernel_correlation(M, float_n, data):
    mean = np.mean(data, axis=0)
    stddev = np.std(data, axis=0)
    stddev[stddev <= 0.1] = 1.0
    data -= mean
    data /= np.sqrt(float_n) * stddev
    corr = np.eye(M, dtype=data.dtype)
    for i in range(M - 1):
        corr[i + 1 : M, i] = corr[i, i + 1 : M] = data[:, i] @ data[:, i + 1 : M]
    return corr


@program(rng.normal(size=(4, 5)), order=1)
def correlation(data):
    """Normalized columns and their correlations, both triangles at once."""
    return np.sum(W55 * kernel_correlation(5, 4.0, data)) + np.sum(W45 * data)
