"""The programs whose generated gradients are shown in gallery.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Exhibit:
    """A function of the gallery.

    `functions` are printed, the last one is differentiated `order` times, in the arguments `argnums`, and
    shown as it runs for `args`.
    """

    title: str
    remark: str
    functions: tuple[Callable[..., Any], ...]
    args: tuple[Any, ...]
    argnums: int | tuple[int, ...] = 0
    order: int = 1


def lecture(x1, x2):
    return np.sin(x1) + x1 * x2


def logistic_unit(w0, w1, w2, x0, x1):
    return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))


def iterate(x, n):
    for _ in range(n):
        x = x * np.cos(x)
    return x


def heat(u, steps):
    for _ in range(steps):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


def burgers(u, dt, steps):
    v = u.copy()
    for _ in range(steps):
        v[1:-1] = u[1:-1] - dt * u[1:-1] * (u[2:] - u[:-2])
        u, v = v, u
    return np.sum(u**2)


def solve_tridiagonal(below, diagonal, above, x):
    """Solve by the algorithm of Thomas: overwrite `diagonal`, and the right-hand side `x` by the solution."""
    n = len(x)
    for i in range(1, n):
        factor = below[i] / diagonal[i - 1]
        diagonal[i] -= factor * above[i - 1]
        x[i] -= factor * x[i - 1]
    x[-1] /= diagonal[-1]
    for i in range(n - 2, -1, -1):
        x[i] = (x[i] - above[i] * x[i + 1]) / diagonal[i]


def energy(below, diagonal, above, x):
    solve_tridiagonal(below, diagonal, above, x)
    return np.sum(x**2)


def lu_sum(A):
    n = len(A)
    for i in range(n):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            A[i, j] -= A[i, :i] @ A[:i, j]
    return np.sum(A)


def log_determinant(A):
    for k in range(len(A) - 1):
        p = k + np.argmax(np.abs(A[k:, k]))
        A[[k, p]] = A[[p, k]]
        A[k + 1 :, k] /= A[k, k]
        A[k + 1 :, k + 1 :] -= np.outer(A[k + 1 :, k], A[k, k + 1 :])
    return np.sum(np.log(np.abs(np.diag(A))))


def escape(x, limit):
    for k in range(limit):
        x = x * x + 0.3
        if x > 4:
            return x / (k + 1)
    return x


def smooth_step(t):
    if t <= 0:
        return 0.0
    total = 0.0
    term = t
    for k in range(1, 6):
        total += term / k
        term = term * t / (1 + t)
    return total


def transition(a, b):
    return smooth_step(a) / (smooth_step(a) + smooth_step(b))


def recurrent(parameters, inputs):
    W, U, b = parameters
    states = []
    h = np.zeros(len(b))
    for x in inputs:
        h = np.tanh(W @ h + U @ x + b)
        states.append(h)
    total = 0.0
    while states:
        h = states.pop()
        total += np.sum(h**2)
    return total


def softmax_loss(W, b, images, targets):
    scores = images @ W + b
    scores = scores - np.max(scores, axis=1, keepdims=True)
    log_normalizer = np.log(np.sum(np.exp(scores), axis=1))
    return np.mean(log_normalizer - np.sum(targets * scores, axis=1))


def wave(x):
    return np.exp(-x * x) * np.sin(3 * x)


_rng = np.random.default_rng(0)

EXHIBITS = [
    Exhibit(
        "The lecture example",
        "Straight-line code needs no stack, and what the gradient does not need is not computed.",
        (lecture,),
        (2.0, 5.0),
        argnums=(0, 1),
    ),
    Exhibit(
        "A logistic unit",
        "Five inputs, one output: one reverse sweep gives all five derivatives.",
        (logistic_unit,),
        (2.0, -3.0, -3.0, -1.0, -2.0),
        argnums=(0, 1, 2, 3, 4),
    ),
    Exhibit(
        "A loop that overwrites its variable",
        "The reverse sweep needs each old value of `x`, so the forward sweep keeps them on a list.",
        (iterate,),
        (0.8, 4),
    ),
    Exhibit(
        "A heat stencil, in place",
        "The update is linear: nothing has to be saved. The argument is copied, since a derivative never "
        "changes what it is called with.",
        (heat,),
        (_rng.normal(size=8), 3),
    ),
    Exhibit(
        "Two buffers that swap their names",
        "Burgers' equation. Each step keeps the slice that it overwrites; the names swap back in the reverse sweep, "
        "and with them their adjoints.",
        (burgers,),
        (_rng.normal(size=8), 0.1, 3),
    ),
    Exhibit(
        "A helper that works on its arguments",
        "A tridiagonal system is solved in place, and nothing is returned: the helper is written into its caller.",
        (solve_tridiagonal, energy),
        (_rng.normal(size=6), _rng.normal(size=6) + 4, _rng.normal(size=6), _rng.normal(size=6)),
        argnums=(1, 3),
    ),
    Exhibit(
        "LU decomposition, in place",
        "Elements that are read after they were overwritten are put back, one at a time, from an undo list.",
        (lu_sum,),
        (_rng.normal(size=(4, 4)) + 4 * np.eye(4),),
    ),
    Exhibit(
        "Elimination with row swaps",
        "The rows of a matrix change places by an index list, as pivots are chosen by the data.",
        (log_determinant,),
        (_rng.normal(size=(4, 4)),),
    ),
    Exhibit(
        "An early return in a loop",
        "The derivative is that of the path that was taken.",
        (escape,),
        (1.1, 10),
    ),
    Exhibit(
        "A helper function",
        "A function that is called becomes a pair: a forward half that returns its result with what has to "
        "be remembered, and a backward half that uses it.",
        (smooth_step, transition),
        (0.4, 0.7),
        argnums=(0, 1),
    ),
    Exhibit(
        "A recurrent network with a list of states",
        "`append` and `pop` reverse into each other.",
        (recurrent,),
        (
            (_rng.normal(size=(3, 3)), _rng.normal(size=(3, 2)), np.zeros(3)),
            _rng.normal(size=(4, 2)),
        ),
    ),
    Exhibit(
        "Softmax regression",
        "Matrix products, reductions and broadcasting.",
        (softmax_loss,),
        (
            _rng.normal(size=(6, 3)),
            np.zeros(3),
            _rng.normal(size=(5, 6)),
            np.eye(3)[[0, 2, 1, 1, 0]],
        ),
        argnums=(0, 1),
    ),
    Exhibit(
        "The gradient of a gradient",
        "The emitted program is read again: `grad(grad(wave))`.",
        (wave,),
        (0.4,),
        order=2,
    ),
]
