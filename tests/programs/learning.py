"""Losses and models of statistics and machine learning."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(16)

X = rng.normal(size=(6, 3))
Y = rng.normal(size=6)
LABELS = np.array([0.0, 1.0, 1.0, 0.0, 1.0, 0.0])
CLASSES = np.array([0, 2, 1, 1, 0, 2])
WEIGHTS = rng.normal(size=3)
W1 = rng.normal(size=(3, 4)) * 0.5
B1 = rng.normal(size=4) * 0.1
W2 = rng.normal(size=(4, 3)) * 0.5
B2 = rng.normal(size=3) * 0.1


def sigmoid(t):
    return 1.0 / (1.0 + np.exp(-t))


def relu(t):
    return np.maximum(t, 0.0)


def softplus(t):
    return np.logaddexp(0.0, t)


def log_softmax(z):
    m = np.max(z, axis=1, keepdims=True)
    return z - m - np.log(np.sum(np.exp(z - m), axis=1, keepdims=True))


def dense(x, w, b, activation):
    return activation(x @ w + b)


@program(WEIGHTS, 0.3)
def mean_squared_error(w, b):
    r = X @ w + b - Y
    return np.mean(r**2)


@program(WEIGHTS, 0.1)
def logistic_regression(w, penalty):
    p = sigmoid(X @ w)
    loss = -np.mean(LABELS * np.log(p) + (1 - LABELS) * np.log(1 - p))
    return loss + penalty * np.sum(w**2)


@program(WEIGHTS)
def logistic_regression_stable(w):
    z = X @ w
    return np.sum(np.logaddexp(0.0, z) - LABELS * z)


@program(rng.normal(size=(3, 3)))
def softmax_cross_entropy(w):
    logp = log_softmax(X @ w)
    return -np.mean(logp[np.arange(6), CLASSES])


@program(W1, B1, W2, B2)
def multilayer_perceptron(w1, b1, w2, b2):
    h = np.tanh(X @ w1 + b1)
    out = h @ w2 + b2
    return -np.mean(log_softmax(out)[np.arange(len(CLASSES)), CLASSES])


@program([W1, W2], [B1, B2])
def layers_in_lists(ws, bs):
    h = X
    for w, b in zip(ws, bs):
        h = np.tanh(h @ w + b)
    return np.sum(h**2 * np.array([1.0, -0.5, 2.0]))


@program({"w1": W1, "b1": B1, "w2": W2, "b2": B2})
def parameters_in_a_dictionary(params):
    h = relu(X @ params["w1"] + params["b1"])
    out = h @ params["w2"] + params["b2"]
    return np.mean(out**2)


@program(W1, B1)
def activation_as_an_argument(w, b):
    h = dense(X, w, b, np.tanh)
    g = dense(X, w, b, sigmoid)
    return np.sum(h * g)


@program(W1, B1)
def loop_over_activations(w, b):
    total = 0.0
    for act in (np.tanh, sigmoid, softplus):
        total += np.mean(act(X @ w + b) ** 2)
    return total


@program(np.array([0.8, -1.9, 0.3]), 1.0)
def huber_loss(w, delta):
    r = X @ w - Y
    quadratic = 0.5 * r**2
    linear = delta * (np.abs(r) - 0.5 * delta)
    return np.sum(np.where(np.abs(r) <= delta, quadratic, linear))


@program(WEIGHTS)
def hinge_loss(w):
    t = 2.0 * LABELS - 1.0
    return np.mean(np.maximum(0.0, 1.0 - t * (X @ w))) + 0.1 * np.dot(w, w)


@program(WEIGHTS)
def elastic_net(w):
    r = X @ w - Y
    return 0.5 * np.mean(r**2) + 0.3 * np.sum(np.abs(w)) + 0.2 * np.sum(w**2)


@program(WEIGHTS)
def pinball_loss(w):
    r = Y - X @ w
    return np.sum(np.where(r > 0, 0.8 * r, -0.2 * r))


@program(WEIGHTS)
def poisson_regression(w):
    eta = 0.3 * X @ w
    counts = np.array([1, 0, 3, 2, 1, 0])
    return np.sum(np.exp(eta) - counts * eta)


@program(np.array([0.3, -0.5, 1.2]))
def softmax_with_temperature(z):
    p = np.exp(z / 0.7)
    p /= p.sum()
    return -np.sum(p * np.log(p)) + p[0] ** 2


@program(rng.normal(size=(4, 3)), rng.normal(size=(4, 3)), rng.normal(size=(4, 3)))
def scaled_dot_product_attention(q, k, v):
    scores = q @ k.T / np.sqrt(q.shape[-1])
    scores = scores - scores.max(axis=-1, keepdims=True)
    weights = np.exp(scores)
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return np.sum((weights @ v) ** 2 * np.array([1.0, -2.0, 0.5]))


@program(rng.normal(size=(4, 3)), np.array([1.0, 0.8, 1.2]), np.array([0.1, -0.2, 0.0]))
def layer_norm(x, gamma, beta):
    mu = np.mean(x, axis=-1, keepdims=True)
    var = np.var(x, axis=-1, keepdims=True)
    y = gamma * (x - mu) / np.sqrt(var + 1e-5) + beta
    return np.sum(y**3)


@program(rng.normal(size=(5, 3)))
def batch_norm(x):
    y = (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-3)
    return np.sum(y**3 * np.array([1.0, 2.0, -1.0]))


@program(rng.normal(size=(3, 3)) * 0.5, rng.normal(size=(2, 3)) * 0.5, rng.normal(size=(4, 2)))
def recurrent_network(wh, wx, inputs):
    h = np.zeros(3)
    for x in inputs:
        h = np.tanh(h @ wh + x @ wx)
    return np.sum(h**2 * np.array([1.0, 0.5, -0.7]))


def lstm_step(x, h, c, w, b):
    z = np.concatenate([x, h]) @ w + b
    i, f, o, g = np.split(z, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


@program(rng.normal(size=(4, 8)) * 0.5, rng.normal(size=8) * 0.1, order=1)
def long_short_term_memory(w, b):
    h = np.zeros(2)
    c = np.zeros(2)
    for t in range(3):
        h, c = lstm_step(X[t, :2], h, c, w, b)
    return h @ np.array([1.0, -2.0]) + np.sum(c**2)


@program(rng.normal(size=(6, 6)), rng.normal(size=(3, 3)), order=1)
def convolution_by_loops(image, kernel):
    out = np.zeros((4, 4))
    for i in range(4):
        for j in range(4):
            out[i, j] = np.sum(image[i : i + 3, j : j + 3] * kernel)
    return np.sum(relu(out) ** 2)


@program(rng.normal(size=(6, 6)), rng.normal(size=(3, 3)))
def convolution_by_shifts(image, kernel):
    out = np.zeros((4, 4))
    for i in range(3):
        for j in range(3):
            out += kernel[i, j] * image[i : i + 4, j : j + 4]
    return np.sum(np.tanh(out) * out)


@program(rng.normal(size=(4, 4)))
def max_pooling(image):
    pooled = image.reshape(2, 2, 2, 2).max(axis=(1, 3))
    return np.sum(pooled**2 * np.array([[1.0, -2.0], [0.5, 3.0]]))


@program(np.array([0.5, 1.5]), np.array([0.1, -0.4]), order=3)
def kullback_leibler_of_gaussians(sigma, mu):
    return 0.5 * np.sum(sigma**2 + mu**2 - 1.0 - np.log(sigma**2))


@program(np.array([-1.0, 1.2]), np.array([0.4, 0.1]), np.array([0.3, 0.7]))
def gaussian_mixture(mu, log_sigma, logits):
    sigma = np.exp(log_sigma)
    logw = logits - np.log(np.sum(np.exp(logits)))
    z = (Y[:, None] - mu) / sigma
    logp = logw - 0.5 * z**2 - log_sigma - 0.5 * np.log(2 * np.pi)
    m = logp.max(axis=1)
    return -np.sum(m + np.log(np.sum(np.exp(logp - m[:, None]), axis=1)))


@program(0.4, -0.3, 0.2)
def gaussian_process_likelihood(log_scale, log_length, log_noise):
    d = X[:, None, :] - X[None, :, :]
    k = np.exp(log_scale) * np.exp(-0.5 * np.sum(d**2, axis=2) / np.exp(log_length) ** 2)
    k = k + np.exp(log_noise) * np.eye(6)
    low = np.linalg.cholesky(k)
    alpha = np.linalg.solve(low.T, np.linalg.solve(low, Y))
    return 0.5 * Y @ alpha + np.sum(np.log(np.diag(low)))


@program(rng.normal(size=(4, 2)), rng.normal(size=(3, 2)))
def matrix_factorisation(u, v):
    ratings = [(0, 1, 3.0), (2, 0, 1.5), (3, 2, -0.5), (0, 0, 2.0)]
    loss = 0.0
    for i, j, r in ratings:
        loss += (u[i] @ v[j] - r) ** 2
    return loss + 0.1 * (np.sum(u**2) + np.sum(v**2))


@program(rng.normal(size=(5, 3)))
def embedding_lookup(table):
    tokens = np.array([1, 4, 1, 0])
    e = table[tokens]
    return np.sum(np.tanh(e.mean(axis=0)) * np.array([1.0, 2.0, 3.0])) + np.sum(e**2)


@program(rng.normal(size=(2, 3)))
def soft_k_means(centres):
    d = ((X[:, None, :] - centres[None]) ** 2).sum(-1)
    return -np.sum(np.log(np.exp(-d).sum(axis=1)))


@program(WEIGHTS)
def sum_over_samples(w):
    loss = 0.0
    for i in range(X.shape[0]):
        p = sigmoid(np.dot(X[i], w))
        if LABELS[i] == 1.0:
            loss -= np.log(p)
        else:
            loss -= np.log(1.0 - p)
    return loss / len(X)


@program(np.array([0.5, -0.2]), np.array([0.9, 0.4]))
def beta_bernoulli_like_loss(theta, phi):
    p = sigmoid(theta)
    q = np.clip(sigmoid(phi), 1e-6, 1 - 1e-6)
    return np.sum(p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)))


@program(rng.normal(size=(2, 3)), rng.normal(size=(2, 3)))
def cosine_similarity(a, b):
    num = np.sum(a * b, axis=1)
    return np.sum(num / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)) * np.array([1.0, 2.0]))


@program(rng.normal(size=4))
def gelu_network(x):
    y = 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return np.sum(y * np.array([1.0, -1.0, 2.0, 0.5]))


@program(np.array([0.2, 0.5, -0.1]), order=1)
def momentum_training_loop(w):
    v = np.zeros_like(w)
    for _ in range(5):
        g = 2 * X.T @ (X @ w - Y) / len(Y)
        v = 0.9 * v - 0.02 * g
        w = w + v
    return np.mean((X @ w - Y) ** 2)


@program(np.array([0.2, 0.5, -0.1]), 0.05, order=1)
def adam_training_loop(w, rate):
    m = np.zeros(3)
    v = np.zeros(3)
    for t in range(1, 4):
        g = 2 * X.T @ (X @ w - Y) / len(Y)
        m = 0.9 * m + 0.1 * g
        v = 0.99 * v + 0.01 * g**2
        w = w - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
    return np.mean((X @ w - Y) ** 2)


@program(rng.uniform(0.2, 1.0, size=3), rng.uniform(0.2, 1.0, size=3), order=1)
def sinkhorn_distance(a, b):
    a = a / np.sum(a)
    b = b / np.sum(b)
    cost = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 1.0], [2.0, 1.0, 0.0]])
    k = np.exp(-cost / 0.5)
    u = np.ones(3)
    v = np.ones(3)
    for _ in range(5):
        u = a / (k @ v)
        v = b / (k.T @ u)
    return np.sum(u[:, None] * k * v * cost)


@program(rng.normal(size=4), rng.normal(size=4))
def contrastive_pair(x, y):
    d = np.sqrt(np.sum((x - y) ** 2))
    margin = max(0.0, 5.0 - d)
    return 0.5 * d**2 + 0.5 * margin**2
