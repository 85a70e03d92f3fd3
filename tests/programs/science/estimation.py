"""Filters, smoothers and recursive estimators as engineers write them, with arrays filled as time goes."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(503)

W4 = rng.normal(size=4)
W5 = rng.normal(size=5)
W22 = rng.normal(size=(2, 2))
W23 = rng.normal(size=(2, 3))
W42 = rng.normal(size=(4, 2))
W43 = rng.normal(size=(4, 3))
W52 = rng.normal(size=(5, 2))
W422 = rng.normal(size=(4, 2, 2))
W522 = rng.normal(size=(5, 2, 2))

F = np.array([[1.0, 0.5], [0.0, 1.0]])
H = np.array([[1.0, 0.0]])


@program(rng.normal(size=4), 0.3, 0.5, np.array([0.1, -0.2]))
def kalman_filter(z, q, r, x0):
    """Position and velocity from noisy positions; estimates and covariances in arrays."""
    n = len(z)
    Q = q * np.array([[0.25, 0.5], [0.5, 1.0]])
    xs = np.zeros((n, 2))
    Ps = np.zeros((n, 2, 2))
    x = x0
    P = np.eye(2)
    loglik = 0.0
    for k in range(n):
        x = F @ x
        P = F @ P @ F.T + Q
        y = z[k] - (H @ x)[0]
        S = (H @ P @ H.T)[0, 0] + r
        K = P @ H.T / S
        x = x + K[:, 0] * y
        P = (np.eye(2) - K @ H) @ P
        loglik -= 0.5 * (np.log(2 * np.pi * S) + y**2 / S)
        xs[k] = x
        Ps[k] = P
    return loglik + np.sum(W42 * xs) + np.sum(W422 * Ps)


class KalmanFilter:
    """The object of many libraries: matrices as attributes, methods that assign them."""

    def __init__(self, dim_x):
        self.x = np.zeros((dim_x, 1))
        self.P = np.eye(dim_x)
        self.Q = np.eye(dim_x)
        self.F = np.eye(dim_x)
        self.H = np.zeros((1, dim_x))
        self.R = np.eye(1)
        self.log_likelihood = 0.0

    def predict(self):
        self.x = np.dot(self.F, self.x)
        self.P = np.dot(np.dot(self.F, self.P), self.F.T) + self.Q

    def update(self, z):
        y = z - np.dot(self.H, self.x)
        PHT = np.dot(self.P, self.H.T)
        S = np.dot(self.H, PHT) + self.R
        SI = np.linalg.inv(S)
        K = PHT @ SI
        self.x = self.x + np.dot(K, y)
        I_KH = np.eye(len(self.x)) - np.dot(K, self.H)
        self.P = np.dot(np.dot(I_KH, self.P), I_KH.T) + np.dot(np.dot(K, self.R), K.T)
        self.log_likelihood += -0.5 * (np.log(S[0, 0]) + (y.T @ SI @ y)[0, 0])


@program(rng.normal(size=4), 0.3, 0.5)
def kalman_filter_object(z, q, r):
    """The same filter as a local object whose attributes are set and whose methods are called."""
    kf = KalmanFilter(dim_x=2)
    kf.F[0, 1] = 0.5
    kf.H[0, 0] = 1.0
    kf.P *= 2.0
    kf.Q *= q
    kf.R[0, 0] = r
    means = np.zeros((len(z), 2))
    for i in range(len(z)):
        kf.predict()
        kf.update(z[i])
        means[i] = kf.x[:, 0]
    return kf.log_likelihood + np.sum(W42 * means) + np.sum(W22 * kf.P)


@program(rng.normal(size=5), 0.4, 0.6, order=1)
def rauch_tung_striebel(z, q, r):
    """Forward filter that keeps predictions, then the smoother, backwards and in place."""
    n = len(z)
    x_pred = np.empty((n, 2))
    P_pred = np.empty((n, 2, 2))
    xs = np.empty((n, 2))
    Ps = np.empty((n, 2, 2))
    x, P = np.zeros(2), 2.0 * np.eye(2)
    for k in range(n):
        x_pred[k] = F @ x
        P_pred[k] = F @ P @ F.T
        P_pred[k][np.diag_indices(2)] += q
        K = P_pred[k, :, 0] / (P_pred[k, 0, 0] + r)
        x = x_pred[k] + K * (z[k] - x_pred[k, 0])
        P = P_pred[k] - np.outer(K, P_pred[k, 0])
        xs[k], Ps[k] = x, P
    for k in range(n - 2, -1, -1):
        G = Ps[k] @ F.T @ np.linalg.inv(P_pred[k + 1])
        xs[k] += G @ (xs[k + 1] - x_pred[k + 1])
        Ps[k] += G @ (Ps[k + 1] - P_pred[k + 1]) @ G.T
    return np.sum(W52 * xs) + np.sum(W522 * Ps)


def range_and_bearing(x, station):
    dx = x[0] - station[0]
    dy = x[1] - station[1]
    r = np.sqrt(dx**2 + dy**2)
    h = np.array([r, np.arctan2(dy, dx)])
    J = np.zeros((2, 4))
    J[0, 0] = dx / r
    J[0, 1] = dy / r
    J[1, 0] = -dy / r**2
    J[1, 1] = dx / r**2
    return h, J


@program(
    np.array([2.0, 1.5, 0.3, -0.2]),
    np.array([[2.6, 0.6], [2.7, 0.5], [2.75, 0.45]]),
    0.2,
    np.array([0.05, 0.02]),
    order=1,
)
def extended_kalman(x, z, q, r):
    """Range and bearing of a target; the angle of the innovation is wrapped."""
    A = np.eye(4)
    A[0, 2] = A[1, 3] = 0.5
    P = np.eye(4)
    R = np.diag(r)
    track = []
    for k in range(len(z)):
        x = A.dot(x)
        P = A.dot(P).dot(A.T) + q * np.eye(4)
        h, J = range_and_bearing(x, (0.0, 0.0))
        innovation = z[k] - h
        if innovation[1] > np.pi:
            innovation[1] -= 2 * np.pi
        elif innovation[1] < -np.pi:
            innovation[1] += 2 * np.pi
        S = J @ P @ J.T + R
        K = np.linalg.solve(S, J @ P).T
        x += K @ innovation
        P -= K @ J @ P
        track.append(x.copy())
    return np.sum(W43.T * np.array(track)) + np.sum(np.diag(P) * W4)


ENSEMBLE_NOISE = rng.normal(size=(3, 2, 5))
OBSERVATION_NOISE = rng.normal(size=(3, 5))


@program(rng.normal(size=(2, 5)), rng.normal(size=3), 0.3, 0.5, order=1)
def ensemble_kalman(X, z, q, r):
    """Five members, perturbed observations with given draws."""
    n, N = X.shape
    means = np.zeros((len(z), n))
    for k in range(len(z)):
        X[0] += 0.2 * X[1]
        X[1] += 0.2 * (1 - X[0] ** 2) * X[1] - 0.2 * X[0]
        X += np.sqrt(q) * ENSEMBLE_NOISE[k]
        A = X - X.mean(axis=1, keepdims=True)
        P = A @ A.T / (N - 1)
        K = P[:, 0] / (P[0, 0] + r)
        for j in range(N):
            X[:, j] += K * (z[k] + np.sqrt(r) * OBSERVATION_NOISE[k, j] - X[0, j])
        means[k] = X.mean(axis=1)
    return np.sum(W43.T[:, :2] * means) + np.sum(W52.T * X)


def sigma_points(x, P, kappa):
    n = len(x)
    sigmas = np.zeros((2 * n + 1, n))
    U = np.linalg.cholesky((n + kappa) * P)
    sigmas[0] = x
    for k in range(n):
        sigmas[k + 1] = x + U[:, k]
        sigmas[n + k + 1] = x - U[:, k]
    return sigmas


@program(np.array([0.5, -0.3]), np.array([[0.8, 0.2], [0.2, 0.6]]), np.array([0.4, 0.1, -0.2]), 0.3, order=1)
def unscented_kalman(x, P, z, r):
    """Sigma points from a Cholesky factor, propagated row by row."""
    n, kappa = 2, 1.0
    P = 0.5 * (P + P.T)
    Wm = np.full(2 * n + 1, 0.5 / (n + kappa))
    Wm[0] = kappa / (n + kappa)
    loglik = 0.0
    for zk in z:
        sigmas = sigma_points(x, P, kappa)
        for i in range(2 * n + 1):
            s = sigmas[i]
            sigmas[i] = np.array([s[0] + 0.3 * s[1], s[1] - 0.3 * np.sin(s[0])])
        x = Wm @ sigmas
        y = sigmas - x
        P = y.T @ (np.diag(Wm) @ y) + 0.05 * np.eye(n)
        zs = sigmas[:, 0] ** 2 + sigmas[:, 0]
        zhat = np.dot(Wm, zs)
        S = np.dot(Wm, (zs - zhat) ** 2) + r
        K = (Wm * (zs - zhat)) @ y / S
        x = x + K * (zk - zhat)
        P = P - S * np.outer(K, K)
        loglik += -0.5 * np.log(S) - 0.5 * (zk - zhat) ** 2 / S
    return loglik + W4[:2] @ x + np.sum(W22 * P)


PROCESS_DRAWS = rng.normal(size=(3, 5))
RESAMPLING_DRAWS = np.array([0.11, 0.13, 0.07])


@program(rng.normal(size=5), np.array([0.3, -0.1, 0.5]), 0.8, 0.4)
def particle_filter(particles, z, sigma, phi):
    """Weights multiplied in place, systematic resampling when too few particles count."""
    N = len(particles)
    weights = np.full(N, 1.0 / N)
    estimates = np.zeros(len(z))
    for t in range(len(z)):
        particles[:] = phi * particles + 0.5 * PROCESS_DRAWS[t]
        weights *= np.exp(-0.5 * ((z[t] - particles) / sigma) ** 2)
        weights += 1.0e-300
        weights /= sum(weights)
        estimates[t] = np.average(particles, weights=weights)
        if 1.0 / np.sum(np.square(weights)) < 4.7:
            positions = (RESAMPLING_DRAWS[t] + np.arange(N)) / N
            cumulative = np.cumsum(weights)
            cumulative[-1] = 1.0
            indexes = np.zeros(N, "i")
            i, j = 0, 0
            while i < N:
                if positions[i] < cumulative[j]:
                    indexes[i] = j
                    i += 1
                else:
                    j += 1
            particles[:] = particles[indexes]
            weights.fill(1.0 / N)
    return np.sum(W5 * particles) + np.sum(W4[:3] * estimates) + weights[0] * W4[3]


# Hidden Markov models


def forward_scaled(obs, A, B, pi, alpha, c):
    T, N = alpha.shape
    alpha[0] = pi * B[:, obs[0]]
    c[0] = 1.0 / np.sum(alpha[0])
    alpha[0] *= c[0]
    for t in range(1, T):
        for j in range(N):
            alpha[t, j] = 0.0
            for i in range(N):
                alpha[t, j] += alpha[t - 1, i] * A[i, j]
            alpha[t, j] *= B[j, obs[t]]
        c[t] = 1.0 / np.sum(alpha[t])
        alpha[t] *= c[t]


def backward_scaled(obs, A, B, beta, c):
    T = len(obs)
    beta[T - 1] = c[T - 1]
    for t in range(T - 2, -1, -1):
        beta[t] = (A @ (B[:, obs[t + 1]] * beta[t + 1])) * c[t]


@program(
    np.array([[0.7, 0.3], [0.2, 0.8]]),
    np.array([[0.5, 0.3, 0.2], [0.1, 0.3, 0.6]]),
    np.array([0.6, 0.4]),
    order=1,
)
def hidden_markov(A, B, pi):
    """Scaled forward and backward passes, then one Baum-Welch update of all parameters in place."""
    obs = np.array([0, 2, 1, 2, 0])
    T, N = len(obs), 2
    alpha = np.zeros((T, N))
    beta = np.zeros((T, N))
    c = np.zeros(T)
    forward_scaled(obs, A, B, pi, alpha, c)
    backward_scaled(obs, A, B, beta, c)
    loglik = -np.sum(np.log(c))
    gamma = alpha * beta / c[:, None]
    xi = np.zeros((N, N))
    for t in range(T - 1):
        xi += alpha[t][:, None] * A * (B[:, obs[t + 1]] * beta[t + 1])[None, :]
    pi[:] = gamma[0]
    A[:] = xi / np.sum(gamma[:-1], axis=0)[:, None]
    for k in range(3):
        B[:, k] = gamma[obs == k].sum(axis=0) / gamma.sum(axis=0)
    return loglik + np.sum(W22 * A) + np.sum(W23 * B) + W4[0] * pi[0]


@program(rng.normal(size=(4, 3)), rng.normal(size=(3, 3)), 0.5)
def smooth_viterbi(scores, transitions, temperature):
    """Viterbi with a soft maximum, and soft back pointers followed to the start."""
    T, K = scores.shape
    delta = np.zeros((T, K))
    back = np.zeros((T, K, K))
    delta[0] = scores[0]
    for t in range(1, T):
        for k in range(K):
            v = (delta[t - 1] + transitions[:, k]) / temperature
            e = np.exp(v - np.max(v))
            back[t, :, k] = e / e.sum()
            delta[t, k] = scores[t, k] + back[t, :, k] @ v * temperature
    path = np.zeros((T, K))
    e = np.exp((delta[-1] - delta[-1].max()) / temperature)
    path[-1] = e / np.sum(e)
    for t in range(T - 1, 0, -1):
        path[t - 1] = back[t] @ path[t]
    return np.sum(W43 * path) + delta[-1] @ W4[:3]


# Adaptive filters


REGRESSORS = rng.normal(size=(5, 2))


@program(rng.normal(size=5), 0.95, 2.0)
def recursive_least_squares(y, lam, delta):
    """The inverse covariance downdated in place at each sample."""
    w = np.zeros(2)
    P = delta * np.eye(2)
    errors = np.empty(5)
    for n in range(len(y)):
        u = REGRESSORS[n]
        Pu = P @ u
        k = Pu / (lam + u @ Pu)
        errors[n] = y[n] - w @ u
        w += k * errors[n]
        P -= np.outer(k, Pu)
        P /= lam
    return np.sum(W5 * errors) + W4[:2] @ w + np.sum(W22 * P)


@program(rng.normal(size=6), rng.normal(size=6), 0.1)
def normalized_lms(x, d, mu):
    """A tapped delay line shifted in place, and normalized steepest descent."""
    taps = np.zeros(3)
    w = np.zeros(3)
    e = np.zeros(6)
    for n in range(6):
        taps[1:] = taps[:-1]
        taps[0] = x[n]
        e[n] = d[n] - np.dot(w, taps)
        w += mu * e[n] * taps / (0.1 + taps @ taps)
    return np.sum(W4[:3] * w) + np.sum(e**2 * np.arange(1.0, 7.0))


@program(rng.normal(size=5), 0.6, 0.2)
def alpha_beta_filter(z, alpha, beta):
    """Two numbers of state, results written back into the measurements' own array."""
    dt = 0.5
    xk_1, vk_1 = 0.0, 0.1
    for i, m in enumerate(z):
        xk = xk_1 + vk_1 * dt
        vk = vk_1
        rk = m - xk
        xk += alpha * rk
        vk += (beta * rk) / dt
        xk_1 = xk
        vk_1 = vk
        z[i] = xk
    return np.sum(W5 * z) + vk_1**2


@program(np.cumsum(rng.normal(size=5)), 0.7, 0.3)
def holt_smoothing(y, a, b):
    """Level and trend, with forecasts in an array one longer than the data."""
    n = len(y)
    level = np.zeros(n)
    trend = np.zeros(n)
    forecast = np.full(n + 1, 0.0)
    level[0], trend[0] = y[0], y[1] - y[0]
    for t in range(1, n):
        level[t] = a * y[t] + (1 - a) * (level[t - 1] + trend[t - 1])
        trend[t] = b * (level[t] - level[t - 1]) + (1 - b) * trend[t - 1]
        forecast[t + 1] = level[t] + trend[t]
    return np.sum(W5 * forecast[1:]) + np.sum((forecast[2:-1] - y[2:]) ** 2)


@program(rng.normal(size=5), 1.0, 0.3, 0.2, order=1)
def information_filter(z, y0, q, r):
    """Sequential updates of an information matrix through a view of its diagonal block."""
    Y = np.zeros((4, 4))
    Y[:2, :2] = y0 * np.eye(2)
    eta = np.zeros(4)
    for k in range(2):
        block = Y[2 * k : 2 * k + 2, 2 * k : 2 * k + 2]
        block[0, 0] += 1.0 / r
        eta[2 * k] += z[k] / r
        if k < 1:
            Qi = np.eye(2) / q
            Y[0:2, 0:2] += F.T @ Qi @ F
            Y[0:2, 2:4] -= F.T @ Qi
            Y[2:4, 0:2] -= Qi @ F
            Y[2:4, 2:4] += Qi
    eta[1:] += 0.1 * z[2:]
    x = np.linalg.solve(Y, eta[:4])
    return np.sum(W4 * x) + np.linalg.slogdet(Y)[1]
