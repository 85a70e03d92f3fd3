"""The reference of the mutation fuzzer: each form of view and update against finite differences."""

from __future__ import annotations

import copy
import types

import numpy as np
import pytest

from tests import duals
from tests.numeric import flatten, numerical_gradient

W = np.array([0.7, -1.3, 0.4, 1.9, -0.5])
W34 = np.arange(1.0, 13.0).reshape(3, 4) ** 0.5
W33 = np.arange(1.0, 10.0).reshape(3, 3) ** 0.5
ARGS = (
    np.array([0.45, -0.71, 0.93, 0.26, -1.12]),
    np.array([[0.3, -0.8, 1.1, 0.6], [-0.4, 0.9, 0.2, -1.3], [0.75, -0.15, -0.55, 1.4]]),
    0.8,
)
PROGRAMS = []


def program(f):
    PROGRAMS.append(f)
    return f


def on_duals(f):
    """The same function, with the NumPy of `tests.duals`."""
    names = {**f.__globals__, "np": duals.numpy, "float": duals.to_float}
    return types.FunctionType(f.__code__, names, f.__name__, f.__defaults__, f.__closure__)


# Items and slices


@program
def items(x, m, a):
    x[1] = a * x[0]
    x[-1] += x[1] ** 2
    x[0], x[2] = x[2], x[0] * x[3]
    m[1, -1] *= x[2]
    m[2][0] = m[1, -1] / a
    return W @ x + np.sum(W34 * m**2)


@program
def slices(x, m, a):
    x[1:] = x[:-1] * 2.0
    x[::2] *= a
    x[3:0:-1] -= np.sin(x[1:4])
    m[:, 1:] += 0.5 * m[:, :-1] ** 2
    m[..., 0] = a
    m[1] /= 2.0 + x[:4] ** 2
    m[:2, 1:3] **= 2
    return W @ x + np.sum(W34 * m**2)


@program
def new_axes(x, m, a):
    x[None] *= a
    x[:, None][2] = 3.0 * a
    m[:] = m * x[:3][:, np.newaxis] + x[1:]
    return W @ x**2 + np.sum(W34 * m**2)


@program
def masks(x, m, a):
    high = x > 0.1
    x[high] *= a
    x[~high] = x[~high] ** 2 + a
    m[m < 0] = a
    m[np.array([True, False, True])] += x[:4]
    return W @ x + np.sum(W34 * m**2)


@program
def index_arrays(x, m, a):
    idx = np.array([0, 3, 0])
    x[idx] += a * x[[1, 2, 3]]
    x[[4, 4]] = x[[0, 1]]
    m[[0, 1, 0], [1, 2, 1]] *= a
    m[np.ix_([0, 2], [1, 0])] = np.sin(m[:2, :2])
    m[:, np.argsort(m[0])] = m + a
    return W @ x**2 + np.sum(W34 * m**2)


@program
def items_are_copies(x, m, a):
    old = x[1]
    x[1] = 5.0
    t = old
    t += a
    t *= old
    row = m[0, [1, 2]]
    row *= 7.0
    return t + old + W @ x + np.sum(W34 * m) + row[0] ** 2


# Whole arrays and functions that update


@program
def augmented_arrays(x, m, a):
    y = x
    y += x[::-1]
    y *= a
    x -= np.mean(x)
    m @= np.outer(m[0], m[1])
    m /= 1.0 + a * a
    m **= 2
    return W @ (x * y) + np.sum(W34 * m)


@program
def floats_rebind(x, m, a):
    b = a
    b *= 2.0
    s = x[0]
    s -= b
    s /= a
    return a * b + s * x[0]


@program
def updating_functions(x, m, a):
    np.copyto(x[1:], x[:-1])
    np.copyto(x, a * x, where=x > 0.3)
    np.put(x, [0, 2], [a, x[3] * x[4]])
    np.add.at(x, [1, 1, 2], a * x[:3])
    np.multiply.at(x, [1, 1, 3], np.array([2.0, 3.0, 0.5]) * a)
    np.multiply.at(x, [2, 1, 0, 2, 4], x)
    np.subtract.at(m, ([0, 0], [1, 1]), a * m[2, :2])
    np.fill_diagonal(m, a * m[2, 3])
    np.putmask(m, m > 0.8, 2.0 * m)
    m[0].fill(m[1, 1] * a)
    return W @ x**2 + np.sum(W34 * m**2)


@program
def outputs(x, m, a):
    np.multiply(x, x[::-1], out=x)
    np.sin(x[1:], out=x[:-1])
    np.add(x, a, x)
    np.tanh(x, out=x, where=x > 0.5)
    np.cumsum(m * m, axis=0, out=m)
    np.clip(m, 0.2, 1.5, out=m)
    m[0] = np.dot(m.T, np.array([a, 1.0, a * a]), out=np.zeros(4))
    m.sum(axis=1, out=x[1:4])
    return W @ x**2 + np.sum(W34 * m**2)


@program
def sorting(x, m, a):
    x.sort()
    x[::-1][:3].sort()
    m.sort(axis=0)
    m[1:].T.sort()
    return W @ x**2 + np.sum(W34 * m**2) * a


@program
def setting_the_shape(x, m, a):
    u = np.zeros(12)
    u[2:7] = x * a
    u.shape = (3, 4)
    u[1] *= m[2]
    u.shape = 12
    return np.sum(u**2 * np.arange(12.0))


# Views


@program
def views_by_slicing(x, m, a):
    y = x[1:4]
    z = y[::-1]
    z[0] = a * x[0]
    x[2] *= 3.0
    y += z * a
    return W @ x**2 + y @ z


@program
def rows_and_columns(x, m, a):
    row, column = m[1], m[:, 2]
    row *= column[0]
    column += a * row[:3]
    m[1, 2] = a * a
    first, second, third = m
    second -= first * third
    for line in m:
        line[1:] += a * line[:-1]
    return np.sum(W34 * m**2) + row @ np.sin(row) + column[1]


@program
def transposed(x, m, a):
    t = m.T
    t[0] *= x[:3]
    np.swapaxes(m, 0, 1)[1] += a
    m.transpose()[2, 1] = x[4]
    np.moveaxis(m, 0, 1)[3] **= 2
    return np.sum(W34 * m**2) + np.sum(t[1] * t[2])


@program
def reshaped_is_a_view_if_it_can_be(x, m, a):
    flat, copied = m.reshape(-1), m.T.reshape(-1)
    flat[3:8] *= a
    copied[:] = 100.0
    m[0, 0] = x[0]
    line = m.ravel()
    line[::5] += flat[1] * a
    np.reshape(x, (5, 1))[1:3] = 2.0 * a
    np.atleast_2d(x)[0, 4] *= a
    np.expand_dims(x, 0)[0, 3] *= a
    np.flip(x)[0] += x[1] * x[2]
    m.T.ravel()[:] = 0.0
    m.flatten()[:] = 0.0
    return np.sum(W34 * m**2) + W @ x**2 + flat[0] * flat[11]


@program
def computed_arrays_keep_their_layout(x, m, a):
    s = np.sin(m.T) * a
    flat = s.reshape(-1)
    flat[0] = 9.0
    tall = s.T.reshape(-1)
    tall[1] = x[0] * a
    return np.sum(s**2 * W34.T) + flat[0]


@program
def diagonals_are_read_only_views(x, m, a):
    g = m[:, :3]
    d = np.diagonal(g)
    s = d.sum() + np.trace(g)
    g[1, 1] = a * s
    return d @ np.array([1.0, 2.0, 3.0]) + s * a


# Holders of arrays


@program
def containers(x, m, a):
    parts = [x[:2], x[2:], np.zeros(2)]
    parts[0] += a
    parts[1][0] *= x[0]
    parts[2][:] = x[3:]
    table = {"m": m, "x": x}
    table["m"][1] -= table["x"][:4]
    for part in parts:
        part *= 0.5 + a
    pair = (m[0], m[2])
    pair[1][:] = pair[0] * a
    return W @ x**2 + np.sum(W34 * m**2) + parts[2] @ parts[0]


@program
def buffers(x, m, a):
    old, new = x, np.zeros_like(x)
    for _ in range(3):
        new[1:-1] = old[1:-1] + a * (old[2:] - 2.0 * old[1:-1] + old[:-2])
        new[0], new[-1] = old[-1] * a, old[0]
        old, new = new, old
    return W @ old**2 + np.sum(x)


@program
def functions_and_objects(x, m, a):
    class Cell:
        def __init__(self, u):
            self.u = u
            self.w = u.copy()

        def step(self, b):
            self.u[1:] += b * self.w[:-1]
            self.w *= self.u

    def shift(w, b):
        w[:-1] = w[1:] * b

    def tail(w):
        return w[1:]

    def deep(w, b):
        if len(w) > 1:
            w[0] += b * w[1]
            deep(w[1:], 0.5 * b)

    cell = Cell(x)
    cell.step(a)
    shift(m[:, 1], a)
    shift(m.T[2], a)
    tail(cell.w)[:] **= 2
    deep(cell.u, a)
    cell.step(0.3)
    return W @ cell.u**2 + W @ cell.w + np.sum(W34 * m**2)


@program
def allocations(x, m, a):
    u = np.full(5, a)
    v = np.ones_like(x) * x
    w = np.array([a, x[0], 1.0, a * a, x[1]])
    z = np.empty_like(x)
    z[:] = w * v
    e = np.eye(3) * a
    e[0] += x[:3]
    s = np.stack([x[:3], e[1], e[0]])
    s[1] *= 2.0 * a
    k = np.array(m)
    k *= 3.0
    c = np.concatenate([x, u])
    c[0] = a
    f = np.full_like(m, x[2])
    return W @ (z * u) + np.sum(W33 * s**2) + np.sum(m * k * f) + np.sum(np.arange(10.0) * c**2)


# Functions


@program
def elementary(x, m, a):
    y = np.sqrt(np.abs(x)) + np.exp(x) * np.log(2.0 + x) - np.cos(x) / (2.0 + np.tanh(x))
    y = y + np.arctan(x) * np.hypot(x, a) + np.maximum(x, a) * np.minimum(x, 0.1) + np.square(x)
    y = y + (1.5 + x) ** a + a**x + np.negative(x) % 0.4 + np.reciprocal(2.0 + x) + 3.0 // (2.0 + x)
    return W @ y - abs(x[1]) * (2.0**a) + (-a) * (1.0 - a) / (a + 2)


@program
def reductions(x, m, a):
    total = np.sum(m) * np.mean(x) + np.prod(x) + m.prod(axis=0) @ x[1:] + np.max(m) * m.min()
    total += np.max(m, axis=1) @ x[:3] + np.std(x) + np.var(m, axis=0).sum() + np.linalg.norm(x)
    total += W @ np.cumsum(x) + W @ np.cumprod(x) + np.sum(np.diff(x) ** 2) + np.add.reduce(x) * a
    return total + np.sum(x[np.argsort(x)] * W) + np.sum(np.sort(m, axis=0) * W34) + x[np.argmax(x)]


@program
def products(x, m, a):
    g = m[:, :3] @ m[:, :3].T + 2.0 * np.eye(3)
    v = np.linalg.solve(g, x[:3] * a)
    s = np.einsum("ij,ik->jk", m, m)
    total = np.dot(m, x[1:]) @ v + np.sum(np.outer(x, x) ** 2) + np.sum(s * s) + np.inner(x, W)
    total += np.sum(np.linalg.inv(g) * W33) + np.sum(np.multiply.outer(x, m[0]) ** 2)
    return total + np.sum(np.convolve(x, W) ** 2) + np.sum(np.kron(x, v)) + np.tensordot(m, m) + np.vdot(x, x)


@program
def copies_and_choices(x, m, a):
    y = np.where(x > 0, x * a, np.roll(x, 1))
    total = W @ np.flip(np.repeat(y, 2)[::2]) + np.tril(m[:, :3]).sum() * a + np.sum(np.tile(x, 2) ** 2)
    total += np.sum(np.clip(m, -0.5, 0.5) * W34) + np.sum(np.take(x, [0, 0, 2]) ** 2) + np.pad(x, 1)[1:-1] @ W
    total += np.append(x, a) @ np.arange(6.0) + sum(v**2 for v in x) + max(x) * min(x)
    return total + float(x[0]) * np.asarray(x)[1] + sum(np.split(m, 2, axis=1)[1][0])


# The comparisons


@pytest.mark.parametrize("f", PROGRAMS, ids=[f.__name__ for f in PROGRAMS])
def test_slopes(f):
    """The value is that of the plain program, and the slopes along three directions are its gradient's."""
    argnums = (0, 1, 2)
    value = f(*copy.deepcopy(ARGS))
    gradient = np.array(flatten(numerical_gradient(f, ARGS, argnums)))
    numbers = np.random.default_rng(3)
    for _ in range(3):
        directions = tuple(numbers.normal(size=np.shape(arg)) for arg in ARGS)
        along = np.concatenate([np.ravel(v) for v in directions])
        got, slope = duals.directional(on_duals(f), ARGS, directions)
        assert got == pytest.approx(value, rel=1e-12)
        assert slope == pytest.approx(gradient @ along, rel=2e-7, abs=2e-7)
    assert duals.CLOSEST.distance > 1e-9


def distance(f, *args):
    duals.directional(on_duals(f), args, tuple(np.ones(np.shape(arg)) * 0.5 for arg in args))
    return duals.CLOSEST.distance


def test_arguments_are_not_changed():
    args = copy.deepcopy(ARGS)
    duals.directional(on_duals(slices), args, tuple(np.ones(np.shape(arg)) for arg in args))
    assert all(np.array_equal(a, b) for a, b in zip(args, ARGS))


def test_nearness_of_kinks_is_noted():
    assert distance(lambda a: a if a > 0.25 else 0.0, 0.5) == 0.25
    assert distance(lambda x: np.max(x * x), np.array([0.5, -0.75])) == 0.3125
    assert distance(lambda x: np.sort(x**2)[0], np.array([0.5, -0.75, 4.0])) == 0.3125
    assert distance(lambda a: abs(a - 0.125), 0.5) == 0.375
    assert distance(lambda x: np.maximum(x, [0.0, 1.0])[0], np.array([0.5, 0.75])) == 0.25


def test_what_moves_together_is_no_kink():
    assert distance(lambda x: np.max(x), np.array([0.5, 0.5])) == np.inf
    assert distance(lambda a: a if np.zeros(2)[0] == 0.0 else 0.0, 0.5) == np.inf


def test_memory_never_written_shows():
    assert np.isnan(duals.directional(on_duals(lambda a: a * np.empty(2)[0]), (0.5,), (1.0,))[0])


def test_a_slope_is_never_lost():
    with pytest.raises(TypeError, match="lose the slope"):
        duals.directional(lambda a: float(a), (0.5,), (1.0,))
    plain = np.zeros(2)
    with pytest.raises(TypeError, match="plain array"):
        duals.directional(lambda a: np.multiply(a, plain, out=plain), (0.5,), (1.0,))
    with pytest.raises(TypeError):
        duals.directional(lambda a: plain.__setitem__(0, a), (0.5,), (1.0,))
