"""Learning written out by hand: layers as loops, training that updates weights in place, smooth recursions."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(502)

W3 = rng.normal(size=3)
W4 = rng.normal(size=4)
W5 = rng.normal(size=5)
W23 = rng.normal(size=(2, 3))
W24 = rng.normal(size=(2, 4))
W32 = rng.normal(size=(3, 2))
W34 = rng.normal(size=(3, 4))
W43 = rng.normal(size=(4, 3))
W44 = rng.normal(size=(4, 4))
W53 = rng.normal(size=(5, 3))


# Convolutional networks


def conv2d_bias(input, weights, bias):
    K = weights.shape[0]
    N = input.shape[0]
    H_out = input.shape[1] - K + 1
    W_out = input.shape[2] - K + 1
    C_out = weights.shape[3]
    output = np.empty((N, H_out, W_out, C_out), dtype=input.dtype)
    for i in range(H_out):
        for j in range(W_out):
            output[:, i, j, :] = np.sum(
                input[:, i : i + K, j : j + K, :, np.newaxis] * weights[np.newaxis, :, :, :], axis=(1, 2, 3)
            )
    output += bias
    return output


def relu(x):
    return np.maximum(x, 0)


def maxpool2d(x):
    output = np.empty([x.shape[0], x.shape[1] // 2, x.shape[2] // 2, x.shape[3]], dtype=x.dtype)
    for i in range(x.shape[1] // 2):
        for j in range(x.shape[2] // 2):
            output[:, i, j, :] = np.max(x[:, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2, :], axis=(1, 2))
    return output


CONV_WEIGHTS = rng.normal(size=(2, 2, 2, 2))
W_CONV = rng.normal(size=(1, 3, 3, 2))


@program(rng.normal(size=(1, 4, 4, 2)), CONV_WEIGHTS, rng.normal(size=2), order=1)
def convolution(x, weights, bias):
    """A convolution in the layout of batches, rows, columns and channels."""
    return np.sum(W_CONV * conv2d_bias(x, weights, bias) ** 2)


IMAGE = rng.normal(size=(2, 6, 6, 1))


@program(
    rng.normal(size=(3, 3, 1, 2)),
    rng.normal(size=2),
    rng.normal(size=(8, 3)) * 0.5,
    rng.normal(size=3),
    order=1,
)
def small_lenet(conv1, bias1, fc, bias2):
    """Convolution, pooling and a dense layer."""
    x = relu(conv2d_bias(IMAGE, conv1, bias1))
    x = maxpool2d(x)
    x = np.reshape(x, (x.shape[0], 8))
    x = relu(x @ fc + bias2)
    x = np.exp(x - np.max(x, axis=1, keepdims=True))
    x /= np.sum(x, axis=1, keepdims=True)
    return np.sum(W23 * x)


def batchnorm2d(x, eps=1e-5):
    mean = np.mean(x, axis=0, keepdims=True)
    std = np.std(x, axis=0, keepdims=True)
    return (x - mean) / np.sqrt(std + eps)


@program(rng.normal(size=(3, 3, 3, 1)), CONV_WEIGHTS[:1, :1, :1], order=1)
def residual_block(x, weights):
    """A padded convolution, normalized, added to its input."""
    padded = np.zeros((x.shape[0], x.shape[1] + 2, x.shape[2] + 2, x.shape[3]))
    padded[:, 1:-1, 1:-1, :] = x
    y = conv2d_bias(padded, np.tile(weights, (3, 3, 1, 1))[:, :, :, :1], 0.1)
    y = batchnorm2d(y)
    np.maximum(y, 0.0, out=y)
    y += x
    return np.sum(W33 * y[:, :, :, 0] ** 2)


W33 = rng.normal(size=(3, 3, 3))


def im2col(x, k, cols):
    c = 0
    for i in range(x.shape[0] - k + 1):
        for j in range(x.shape[1] - k + 1):
            cols[:, c] = x[i : i + k, j : j + k].ravel()
            c += 1


@program(rng.normal(size=(4, 4)), rng.normal(size=(2, 4)))
def convolution_by_columns(x, kernels):
    """Patches written into the columns of a matrix, one product, and back to images."""
    cols = np.zeros((4, 9))
    im2col(x, 2, cols)
    out = (kernels @ cols).reshape(2, 3, 3)
    out[out < 0] *= 0.1
    return np.sum(W33[:2] * out)


# Normalization


@program(rng.normal(size=(8, 3)), np.array([1.2, 0.8, 1.5]), rng.normal(size=3))
def batch_norm_training(x, gamma, beta):
    """Two batches; running statistics are kept in arrays and used for a third."""
    running_mean = np.zeros(3)
    running_var = np.ones(3)
    momentum = 0.9
    out = np.empty_like(x)
    for start in range(0, 6, 3):
        batch = x[start : start + 3]
        mu = batch.mean(axis=0)
        var = batch.var(axis=0)
        running_mean *= momentum
        running_mean += (1 - momentum) * mu
        running_var[:] = momentum * running_var + (1 - momentum) * var
        out[start : start + 3] = gamma * (batch - mu) / np.sqrt(var + 1e-5) + beta
    out[6:] = gamma * (x[6:] - running_mean) / np.sqrt(running_var + 1e-5) + beta
    return np.sum(W53[:, :1].T[:, :3].sum() * out[:2]) + np.sum(np.vstack((W53, W53[:3])) * out**2)


def layernorm_forward(out, mean, rstd, inp, weight, bias, B, T, C):
    eps = 1e-5
    for b in range(B):
        for t in range(T):
            m = 0.0
            for i in range(C):
                m += inp[b, t, i]
            m = m / C
            v = 0.0
            for i in range(C):
                xshift = inp[b, t, i] - m
                v += xshift * xshift
            v = v / C
            s = 1.0 / np.sqrt(v + eps)
            for i in range(C):
                n = s * (inp[b, t, i] - m)
                out[b, t, i] = n * weight[i] + bias[i]
            mean[b, t] = m
            rstd[b, t] = s


W223 = rng.normal(size=(2, 2, 3))


@program(rng.normal(size=(2, 2, 3)), np.array([1.1, 0.7, 1.4]), rng.normal(size=3))
def layer_norm_by_loops(inp, weight, bias):
    """Layer normalization as it stands in plain C."""
    out = np.empty((2, 2, 3))
    mean = np.empty((2, 2))
    rstd = np.empty((2, 2))
    layernorm_forward(out, mean, rstd, inp, weight, bias, 2, 2, 3)
    return np.sum(W223 * out) + np.sum(W24[:, :2] * mean * rstd)


def attention_forward(out, preatt, att, inp, B, T, C, NH):
    hs = C // NH
    scale = 1.0 / np.sqrt(hs)
    for b in range(B):
        for t in range(T):
            for h in range(NH):
                query = inp[b, t, h * hs : (h + 1) * hs]
                maxval = -10000.0
                for t2 in range(t + 1):
                    key = inp[b, t2, C + h * hs : C + (h + 1) * hs]
                    val = 0.0
                    for i in range(hs):
                        val += query[i] * key[i]
                    val *= scale
                    if val > maxval:
                        maxval = val
                    preatt[b, h, t, t2] = val
                expsum = 0.0
                for t2 in range(t + 1):
                    expv = np.exp(preatt[b, h, t, t2] - maxval)
                    expsum += expv
                    att[b, h, t, t2] = expv
                for t2 in range(T):
                    if t2 <= t:
                        att[b, h, t, t2] *= 1.0 / expsum
                    else:
                        att[b, h, t, t2] = 0.0
                for i in range(hs):
                    out[b, t, h * hs + i] = 0.0
                for t2 in range(t + 1):
                    value = inp[b, t2, 2 * C + h * hs : 2 * C + (h + 1) * hs]
                    for i in range(hs):
                        out[b, t, h * hs + i] += att[b, h, t, t2] * value[i]


@program(rng.normal(size=(1, 3, 12)), order=1)
def attention_by_loops(inp):
    """Causal attention with two heads, loops all the way."""
    out = np.zeros((1, 3, 4))
    preatt = np.zeros((1, 2, 3, 3))
    att = np.zeros((1, 2, 3, 3))
    attention_forward(out, preatt, att, inp, 1, 3, 4, 2)
    return np.sum(W34 * out[0]) + np.sum(W33[:2] * att[0])


def softmax_in_place(x):
    x -= x.max(axis=-1, keepdims=True)
    np.exp(x, out=x)
    x /= x.sum(axis=-1, keepdims=True)


@program(
    rng.normal(size=(3, 4)),
    rng.normal(size=(4, 4)),
    rng.normal(size=(4, 4)),
    rng.normal(size=(4, 4)),
    order=1,
)
def attention_heads(x, wq, wk, wv):
    """Two heads written side by side into one array; the softmax works in place."""
    q, k, v = x @ wq, x @ wk, x @ wv
    out = np.empty_like(x)
    mask = np.triu(np.ones((3, 3), dtype=bool), 1)
    for h in range(2):
        s = slice(2 * h, 2 * h + 2)
        scores = q[:, s] @ k[:, s].T
        scores *= 1 / np.sqrt(2.0)
        scores[mask] = -np.inf
        softmax_in_place(scores)
        np.matmul(scores, v[:, s], out=out[:, s])
    return np.sum(W34 * out)


# Recurrent networks


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


SEQUENCE = rng.normal(size=(4, 2))


@program(rng.normal(size=(6, 12)) * 0.5, order=1)
def lstm_with_gate_arrays(WLSTM):
    """Karpathy's batch layout: inputs, gates and cells of all times in arrays, filled as time goes."""
    n, d = 4, 3
    Hin = np.zeros((n, 6))
    Hout = np.zeros((n, d))
    IFOG = np.zeros((n, d * 4))
    IFOGf = np.zeros((n, d * 4))
    C = np.zeros((n, d))
    Ct = np.zeros((n, d))
    for t in range(n):
        prevh = Hout[t - 1] if t > 0 else np.zeros(d)
        Hin[t, 0] = 1
        Hin[t, 1:3] = SEQUENCE[t]
        Hin[t, 3:] = prevh
        IFOG[t] = Hin[t].dot(WLSTM)
        IFOGf[t, : 3 * d] = 1.0 / (1.0 + np.exp(-IFOG[t, : 3 * d]))
        IFOGf[t, 3 * d :] = np.tanh(IFOG[t, 3 * d :])
        prevc = C[t - 1] if t > 0 else np.zeros(d)
        C[t] = IFOGf[t, :d] * IFOGf[t, 3 * d :] + IFOGf[t, d : 2 * d] * prevc
        Ct[t] = np.tanh(C[t])
        Hout[t] = IFOGf[t, 2 * d : 3 * d] * Ct[t]
    return np.sum(W43 * Hout) + np.sum(W43[::-1] * C**2)


@program(rng.normal(size=(3, 5)) * 0.6, rng.normal(size=(3, 5)) * 0.6, rng.normal(size=(3, 5)) * 0.6)
def gated_recurrent_unit(Wz, Wr, Wh):
    """Hidden states in the rows of h, with row -1 as the start."""
    T = len(SEQUENCE)
    h = np.zeros((T + 1, 3))
    h[-1] = 0.1
    for t in range(T):
        v = np.concatenate((SEQUENCE[t], h[t - 1]))
        z = sigmoid(Wz @ v)
        r = sigmoid(Wr @ v)
        v[2:] *= r
        h[t] = (1 - z) * h[t - 1] + z * np.tanh(Wh @ v)
    return np.sum(W43 * h[:-1])


INPUTS = [0, 2, 1]
TARGETS = [2, 1, 0]


def loss_fun(inputs, targets, hprev, Wxh, Whh, Why, bh, by):
    xs, hs, ys, ps = {}, {}, {}, {}
    hs[-1] = np.copy(hprev)
    loss = 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((3, 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t - 1]) + bh)
        ys[t] = np.dot(Why, hs[t]) + by
        ps[t] = np.exp(ys[t]) / np.sum(np.exp(ys[t]))
        loss += -np.log(ps[t][targets[t], 0])
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby = np.zeros_like(bh), np.zeros_like(by)
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += np.dot(dy, hs[t].T)
        dby += dy
        dh = np.dot(Why.T, dy) + dhnext
        dhraw = (1 - hs[t] * hs[t]) * dh
        dbh += dhraw
        dWxh += np.dot(dhraw, xs[t].T)
        dWhh += np.dot(dhraw, hs[t - 1].T)
        dhnext = np.dot(Whh.T, dhraw)
    for dparam in [dWxh, dWhh, dWhy, dbh, dby]:
        np.clip(dparam, -5, 5, out=dparam)
    return loss, dWxh, dWhh, dWhy, dbh, dby, hs[len(inputs) - 1]


@program(rng.normal(size=(2, 3)) * 0.5, rng.normal(size=(2, 2)) * 0.5, rng.normal(size=(3, 2)) * 0.5, order=1)
def character_model(Wxh, Whh, Why):
    """The minimal character model: dictionaries of states, hand-made gradients, Adagrad."""
    bh, by = np.zeros((2, 1)), np.zeros((3, 1))
    mWxh, mWhh, mWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    mbh, mby = np.zeros_like(bh), np.zeros_like(by)
    hprev = np.zeros((2, 1))
    smooth_loss = 0.0
    for _ in range(2):
        loss, dWxh, dWhh, dWhy, dbh, dby, hprev = loss_fun(INPUTS, TARGETS, hprev, Wxh, Whh, Why, bh, by)
        smooth_loss = smooth_loss * 0.9 + loss * 0.1
        for param, dparam, mem in zip(
            [Wxh, Whh, Why, bh, by], [dWxh, dWhh, dWhy, dbh, dby], [mWxh, mWhh, mWhy, mbh, mby]
        ):
            mem += dparam * dparam
            param += -0.1 * dparam / np.sqrt(mem + 0.1)
    return smooth_loss + np.sum(W23 * Wxh) + np.sum(W24[:, :2] * Whh) + np.sum(W32 * Why) + np.sum(by.T * W3)


# Training by hand


X_TRAIN = rng.normal(size=(6, 2))
Y_TRAIN = rng.normal(size=(6, 1))


@program(
    rng.normal(size=(2, 3)),
    rng.normal(size=3) * 0.1,
    rng.normal(size=(3, 1)),
    rng.normal(size=1),
    0.1,
    order=1,
)
def perceptron_trained(W1, b1, W2, b2, lr):
    """Back propagation by hand over mini-batches, weights updated in place."""
    for _ in range(2):
        for start in range(0, 6, 3):
            X = X_TRAIN[start : start + 3]
            Y = Y_TRAIN[start : start + 3]
            Z1 = X @ W1 + b1
            A1 = np.tanh(Z1)
            out = A1 @ W2 + b2
            d_out = 2 * (out - Y) / len(X)
            dW2 = A1.T @ d_out
            db2 = d_out.sum(axis=0)
            dA1 = d_out @ W2.T
            dZ1 = dA1 * (1 - A1**2)
            dW1 = X.T @ dZ1
            db1 = np.sum(dZ1, axis=0)
            W1 -= lr * dW1
            b1 -= lr * db1
            W2 -= lr * dW2
            b2 -= lr * db2
    residual = np.tanh(X_TRAIN @ W1 + b1) @ W2 + b2 - Y_TRAIN
    return np.mean(residual**2) + np.sum(W23 * W1)


def adam_update(params, grads, m, v, t, lr):
    for p, g, mi, vi in zip(params, grads, m, v):
        mi *= 0.9
        mi += 0.1 * g
        vi *= 0.999
        vi += 0.001 * g * g
        p -= lr * (mi / (1 - 0.9**t)) / (np.sqrt(vi / (1 - 0.999**t)) + 1e-8)


@program(rng.normal(size=2), rng.normal(size=1), 0.05)
def adam_in_place(w, b, lr):
    """Logistic regression with Adam, its moments in lists of arrays."""
    params = [w, b]
    m = [np.zeros_like(p) for p in params]
    v = [np.zeros_like(p) for p in params]
    labels = (Y_TRAIN[:, 0] > 0).astype(float)
    for t in range(1, 4):
        p = sigmoid(X_TRAIN @ w + b)
        err = (p - labels) / len(labels)
        grads = [X_TRAIN.T @ err, np.array([err.sum()])]
        adam_update(params, grads, m, v, t, lr)
    return W3[0] * w[0] + W3[1] * w[1] + W3[2] * b[0]


PAIRS = [(0, 1), (1, 2), (2, 0), (0, 3), (3, 1)]
NEGATIVES = [(2, 3), (0, 3), (1, 3), (1, 2), (0, 2)]


@program(rng.normal(size=(4, 3)) * 0.5, rng.normal(size=(4, 3)) * 0.5, 0.2)
def skip_gram(syn0, syn1, alpha):
    """Word vectors with negative sampling: rows updated one by one."""
    loss = 0.0
    for (word, context), negatives in zip(PAIRS, NEGATIVES):
        neu1e = np.zeros(3)
        for target, label in [(context, 1)] + [(n, 0) for n in negatives]:
            f = 1.0 / (1.0 + np.exp(-np.dot(syn0[word], syn1[target])))
            loss -= np.log(f) if label == 1 else np.log(1.0 - f)
            g = alpha * (label - f)
            neu1e += g * syn1[target]
            syn1[target] += g * syn0[word]
        syn0[word] += neu1e
    return loss + np.sum(W43 * syn0) + np.sum(W43[::-1] * syn1)


@program(rng.normal(size=(4, 2)), rng.normal(size=(3, 2)), 0.3)
def matrix_factors_by_sgd(P, Q, bias):
    """Recommendations: two rows updated for each rating."""
    ratings = [(0, 0, 4.0), (0, 2, 1.0), (1, 1, 3.5), (2, 0, 2.0), (3, 2, 5.0), (1, 0, 4.5)]
    for _ in range(2):
        for u, i, r in ratings:
            e = r - bias - P[u] @ Q[i]
            pu = P[u].copy()
            P[u] += 0.05 * (e * Q[i] - 0.02 * P[u])
            Q[i] += 0.05 * (e * pu - 0.02 * Q[i])
            bias += 0.01 * e
    return np.sum(W43[:, :2] * P) + np.sum(W32 * Q) + bias


VISIBLE = rng.integers(0, 2, size=(4, 3)).astype(float)


@program(rng.normal(size=(3, 2)) * 0.6, rng.normal(size=3) * 0.3, rng.normal(size=2) * 0.3)
def boltzmann_mean_field(W, vbias, hbias):
    """A restricted Boltzmann machine trained by one step of mean-field contrastive divergence."""
    velocity = np.zeros_like(W)
    for _ in range(2):
        for v0 in VISIBLE:
            h0 = sigmoid(v0 @ W + hbias)
            v1 = sigmoid(h0 @ W.T + vbias)
            h1 = sigmoid(v1 @ W + hbias)
            velocity *= 0.5
            velocity += 0.1 * (np.outer(v0, h0) - np.outer(v1, h1))
            W += velocity
            vbias += 0.1 * (v0 - v1)
            hbias += 0.1 * (h0 - h1)
    return np.sum(W32 * W) + np.sum(W3 * vbias) + np.sum(W3[:2] * hbias)


# Clustering and maps


POINTS = rng.normal(size=(5, 2))


@program(rng.normal(size=(2, 2)), 1.5)
def soft_k_means_by_loops(centers, beta):
    """Responsibilities row by row, centers overwritten."""
    n, k = len(POINTS), len(centers)
    resp = np.zeros((n, k))
    for _ in range(3):
        for i in range(n):
            for j in range(k):
                resp[i, j] = np.exp(-beta * np.sum((POINTS[i] - centers[j]) ** 2))
            resp[i] /= resp[i].sum()
        for j in range(k):
            centers[j] = resp[:, j] @ POINTS / resp[:, j].sum()
    return np.sum(W24[:, :2] * centers) + np.sum(W53[:, :2] * resp)


@program(rng.normal(size=(2, 2)), np.array([0.4, 0.6]))
def mixture_by_expectation_maximization(mu, weights):
    """A Gaussian mixture with full covariances, all parameters in preallocated arrays."""
    n, d = POINTS.shape
    K = len(weights)
    sigma = np.zeros((K, d, d))
    sigma[:] = np.eye(d)
    gamma = np.zeros((n, K))
    loglik = 0.0
    for _ in range(2):
        for k in range(K):
            diff = POINTS - mu[k]
            quad = np.einsum("ij,jk,ik->i", diff, np.linalg.inv(sigma[k]), diff)
            gamma[:, k] = (
                weights[k] * np.exp(-0.5 * quad) / np.sqrt((2 * np.pi) ** d * np.linalg.det(sigma[k]))
            )
        loglik = np.sum(np.log(gamma.sum(axis=1)))
        gamma /= gamma.sum(axis=1)[:, np.newaxis]
        Nk = gamma.sum(axis=0)
        for k in range(K):
            mu[k] = np.sum(gamma[:, k, None] * POINTS, axis=0) / Nk[k]
            diff = POINTS - mu[k]
            sigma[k] = (gamma[:, k] * diff.T) @ diff / Nk[k] + 0.1 * np.eye(d)
        weights[:] = Nk / n
    return loglik + np.sum(W24[:, :2] * mu) + np.sum(W33[:2, :2, :2] * sigma) + W3[:2] @ weights


@program(rng.normal(size=4) * 0.5, rng.normal(size=(2, 4)), 1.3)
def hopfield(state, patterns, beta):
    """Continuous Hopfield units updated one after another."""
    W = np.zeros((4, 4))
    for p in patterns:
        W += np.outer(p, p)
    np.fill_diagonal(W, 0)
    W /= len(patterns)
    energies = []
    for _ in range(2):
        for i in range(4):
            state[i] = np.tanh(beta * np.dot(W[i], state))
        energies.append(-0.5 * state @ W @ state)
    return np.sum(W4 * state) + energies[0] - 2.0 * energies[-1]


@program(rng.normal(size=(2, 3, 2)), 0.5, 0.9)
def kohonen_map(weights, rate, radius):
    """A self-organizing map: the best unit and its neighbours move to each sample."""
    rows, cols, _ = weights.shape
    for step, x in enumerate(POINTS):
        d = np.linalg.norm(weights - x, axis=2)
        bi, bj = np.unravel_index(np.argmin(d), d.shape)
        lr = rate * np.exp(-step / 5)
        for i in range(rows):
            for j in range(cols):
                dist2 = (i - bi) ** 2 + (j - bj) ** 2
                if dist2 <= 2:
                    weights[i, j] += lr * np.exp(-dist2 / (2 * radius**2)) * (x - weights[i, j])
    return np.sum(W23[:, :, None] * weights * W3[:2])


# Smooth dynamic programs


def logsumexp(v):
    m = max(v)
    s = 0.0
    for x in v:
        s += np.exp(x - m)
    return m + np.log(s)


@program(rng.normal(size=(3, 2)), rng.normal(size=(4, 2)), 0.7)
def soft_dtw(x, y, gamma):
    """Soft dynamic time warping over a table with infinite borders."""
    m, n = len(x), len(y)
    R = np.full((m + 2, n + 2), np.inf)
    R[0, 0] = 0.0
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            cost = np.sum((x[i - 1] - y[j - 1]) ** 2)
            r0 = -R[i - 1, j - 1] / gamma
            r1 = -R[i - 1, j] / gamma
            r2 = -R[i, j - 1] / gamma
            rmax = max(r0, r1, r2)
            rsum = np.exp(r0 - rmax) + np.exp(r1 - rmax) + np.exp(r2 - rmax)
            R[i, j] = cost - gamma * (np.log(rsum) + rmax)
    return R[m, n] + np.sum(W34 * R[1:-1, 1:-1])


@program(rng.normal(size=(3, 4)), 0.5)
def soft_alignment(scores, gap):
    """Needleman-Wunsch with log-sum-exp in place of the maximum."""
    n, m = scores.shape
    F = np.zeros((n + 1, m + 1))
    F[1:, 0] = -gap * np.arange(1, n + 1)
    F[0, 1:] = -gap * np.arange(1, m + 1)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            match = F[i - 1, j - 1] + scores[i - 1, j - 1]
            delete = F[i - 1, j] - gap
            insert = F[i, j - 1] - gap
            F[i, j] = logsumexp([match, delete, insert])
    return F[n, m] + np.sum(W34 * F[1:, 1:] * 0.3)


@program(rng.normal(size=(4, 3)), rng.normal(size=(3, 3)))
def conditional_random_field(emissions, transitions):
    """The negative log-likelihood of a labelled chain, by the forward recursion."""
    labels = [0, 2, 1, 1]
    T, K = emissions.shape
    score = emissions[0, labels[0]]
    for t in range(1, T):
        score += transitions[labels[t - 1], labels[t]] + emissions[t, labels[t]]
    alpha = emissions[0].copy()
    new = np.empty(K)
    for t in range(1, T):
        for k in range(K):
            terms = alpha + transitions[:, k]
            top = terms.max()
            new[k] = top + np.log(np.sum(np.exp(terms - top))) + emissions[t, k]
        alpha[:] = new
    top = np.max(alpha)
    return top + np.log(np.exp(alpha - top).sum()) - score + np.sum(W3 * alpha)


@program(rng.uniform(0.2, 1.0, size=5), rng.normal(size=(5, 2)), 0.4)
def boosted_stumps(weights, features, rate):
    """Weights of samples raised and lowered in place under masks, then normalized."""
    labels = np.array([1, -1, 1, 1, -1])
    weights /= weights.sum()
    total = 0.0
    for k in range(2):
        margin = labels * np.tanh(features[:, k])
        wrong = margin < 0
        error = np.sum(weights[wrong]) + 0.05
        a = rate * 0.5 * np.log((1.1 - error) / error)
        weights[wrong] *= np.exp(a)
        weights[~wrong] *= np.exp(-a * margin[~wrong])
        weights /= np.sum(weights)
        total += a * np.sum(margin)
    return total + np.sum(W5 * weights)
