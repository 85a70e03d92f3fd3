"""Functions at module level for the tests of operators: importable, so that what is made of them can be pickled."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from s2sad import derivative, elementwise_grad, grad, hessian_vector_product, make_vjp, value_and_grad


@dataclasses.dataclass
class Layer:
    w: np.ndarray
    b: float


class Pair(NamedTuple):
    w: np.ndarray
    b: float


SCALE = 2.0
TABLE = np.array([0.5, -1.0, 2.0])


def scaled(x):
    return SCALE * np.sum(x * x * TABLE)


def rosen(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def loop(x, n=3):
    y = x
    for _ in range(n):
        if np.sum(y) > 0.5:
            y = np.sin(y) * x
        else:
            y = y * y + 0.5 * x
    return np.sum(y)


def in_place(x):
    y = x.copy()
    for i in range(1, len(y)):
        y[i] = np.sin(y[i - 1]) * y[i]
    return np.sum(y**2)


def bilinear(x, a, y):
    return np.sum(x * (a @ y)) ** 2


def tree(p, x):
    return np.tanh(p["w"] @ x) @ p["l"].w * p["l"].b + p["t"][0] ** 3


def curve(x):
    return np.array([np.sin(x[0]) * x[1], x[0] * x[2] ** 2, np.exp(x[1])])


def several(p, x):
    return {"y": p.w * x, "s": (np.sum(np.cos(p.w)) * p.b,)}


def with_aux(x):
    y = np.sin(x)
    return y * x, {"y": y}


def path(t):
    p = np.array([np.cos(t), np.sin(t), t])
    for k in range(3):
        p = p * t + k * np.sin(p)
    return p


def spiral(t, turns):
    return {"x": t * np.cos(turns * t), "y": [t * np.sin(turns * t), t]}


def branching(x, n):
    y = x
    for _ in range(n):
        if y > 1.5:
            y = np.sin(y) * x
        else:
            y = y * y + 0.5 * x
    return y


def rational(x):
    y = 1.0
    for k in range(1, 4):
        y = y * x / k + 1.0 / x
    return y


def doubled(x):
    return 2.0 * x


CHOICES = [np.sin, doubled]


def by_table(x):
    for k in range(2):
        x = CHOICES[k](x) * x
    return np.sum(x)


@grad
def decorated(x):
    return np.sum(x**3)


@grad
@grad
def twice(x):
    return x**4


@value_and_grad(argnums="y")
def decorated_value(x, y):
    return x * y * y


@derivative(order=2)
def acceleration(t):
    return np.array([t**3, np.sin(t)])


@elementwise_grad
def slopes(x):
    return np.tanh(x) * x


@hessian_vector_product
def curvature(x):
    return np.sum(x**4)


@make_vjp
def pulled(x):
    return np.sin(x)


class Model:
    def __init__(self, k):
        self.k = k

    def loss(self, x):
        return self.k * np.sum(x * x * x)

    @derivative(argnum=1)
    def speed(self, t):
        return self.k * t**2
