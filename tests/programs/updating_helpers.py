"""Helpers, methods and recursive functions that update what they are given, in the ways that people call them."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import numpy as np

from tests.programs import inplace
from tests.programs.inplace import scale_in_place
from tests.programs.registry import program

rng = np.random.default_rng(33)

V4, V5, V6, V8 = rng.normal(size=4), rng.normal(size=5), rng.normal(size=6), rng.normal(size=8)
OTHER = rng.normal(size=5)
M24, M33, M34, M55 = (rng.normal(size=shape) for shape in ((2, 4), (3, 3), (3, 4), (5, 5)))
W4, W5, W6, W8 = (rng.normal(size=n) for n in (4, 5, 6, 8))
W24, W33, W34, W55 = (rng.normal(size=shape) for shape in ((2, 4), (3, 3), (3, 4), (5, 5)))
W9 = rng.normal(size=9)


# Nothing, the argument, a view or several things returned


def axpy(a, x, y):
    y += a * x


def smooth(u):
    u[1:-1] += 0.25 * (u[2:] - 2 * u[1:-1] + u[:-2])


def square_ends(u):
    u[0] **= 2
    u[-1] **= 2
    return u


def cut_and_scale(u, s):
    u *= s
    return u[1:-1]


def rotate(u, v, angle):
    c, s = np.cos(angle), np.sin(angle)
    old = u.copy()
    u *= c
    u -= s * v
    v *= c
    v += s * old
    return u, v


def normalize(v):
    norm = np.sqrt(np.sum(v**2))
    v /= norm
    return norm


@program(V5, OTHER, 0.7)
def axpy_of_arrays(x, y, a):
    axpy(a, x, y)
    axpy(y[0], y, x)
    axpy(0.5, x, x)
    return np.sum(W5 * x * y)


@program(M24, 0.7)
def axpy_of_rows(x, a):
    axpy(a, x[0], x[1])
    axpy(x[1, 0], x[1], x[0])
    axpy(a, x[:, 0], x[:, 1])
    return np.sum(W24 * x**2)


@program(V8)
def smooth_of_slices(u):
    smooth(u)
    smooth(u[1:-1])
    smooth(u[::2])
    smooth(u[::-1])
    return np.sum(W8 * u**2)


@program(M34)
def smooth_of_rows_and_columns(a):
    for row in a:
        smooth(row)
    for j in range(4):
        smooth(a[:, j])
    smooth(a.T)
    return np.sum(W34 * a**2)


@program(V6)
def argument_returned(u):
    v = square_ends(u)
    v[1] = u[0] * u[5]
    w = square_ends(square_ends(v))
    w += u
    return np.sum(W6 * u)


@program(V6, 1.3)
def view_returned(u, s):
    inner = cut_and_scale(u, s)
    inner *= inner[0]
    core = cut_and_scale(inner, u[0])
    core[0] = 2.0
    cut_and_scale(u, 0.5)[2] = u[1] ** 2
    return np.sum(W6 * u)


@program(V5, OTHER, 0.4)
def both_arguments_returned(u, v, angle):
    p, q = rotate(u, v, angle)
    p[0] = q[1] ** 2
    rotate(v[1:], u[:-1], p[0])
    return np.sum(W5 * u * v)


@program(M34)
def norms_returned(a):
    total = 0.0
    for k in range(3):
        total += normalize(a[k]) ** 2
        a[(k + 1) % 3] -= 0.3 * a[k]
    return total + np.sum(W34 * a)


@program(V5)
def result_and_update_in_one_expression(v):
    u = v * 2.0
    y = normalize(u) * u[0] + u[1] * normalize(v)
    z = np.array([normalize(u[1:]), u[2]])
    return y * np.sum(z) + np.sum(W5 * v)


# Calls within calls


def sweep(u, n):
    for _ in range(n):
        smooth(u)
        boundary(u)


def boundary(u):
    u[0], u[-1] = u[1], u[-2]


def relax(u, f, out):
    residual(u, f, out)
    axpy(0.2, out, u)


def residual(u, f, out):
    out[:] = 0.0
    out[1:-1] = f[1:-1] - u[1:-1] ** 3 + u[2:] - 2 * u[1:-1] + u[:-2]


@program(V8)
def helpers_in_helpers(u):
    sweep(u, 2)
    u *= u
    sweep(u[2:], 1)
    return np.sum(W8 * u**2)


@program(V8, V8[::-1].copy())
def helpers_with_a_buffer(u, f):
    r = np.empty_like(u)
    for _ in range(3):
        relax(u, f, r)
    return np.sum(W8 * u) + np.sum(r**2)


@program(V8, V8[::-1].copy())
def helpers_with_keywords(u, f):
    r = np.zeros(8)
    relax(out=r, u=u, f=f)
    relax(u, out=f, f=r)
    axpy(y=u, x=f, a=u[0])
    return np.sum(W8 * u * f)


# Default buffers, varied arguments


def flux(u, out=None):
    if out is None:
        out = np.zeros_like(u)
    out[1:] = u[1:] * u[:-1]
    out[0] = u[0] ** 2
    return out


def scaled(u, factor=2.0, *, copy=True):
    if copy:
        u = u.copy()
    u *= factor
    return u


def add_all(target, *terms, weight=1.0):
    for term in terms:
        target += weight * term**2


def clear_first(first, *rest):
    first[0] = 0.0
    for v in rest:
        v[0] += first[1] ** 2


def fill_fields(u, **fields):
    for name in fields:
        fields[name] += u
        u[0] *= fields[name][1]


@program(V5)
def default_buffer(u):
    a = flux(u)
    b = flux(a, u)
    b[2] = a[2] ** 2
    c = np.empty(5)
    flux(b, out=c)
    flux(c, out=c[:])
    return np.sum(W5 * u * a * c)


@program(V5)
def default_buffer_in_a_loop(u):
    work = None
    for _ in range(3):
        work = flux(u, work)
        u += 0.1 * work
    return np.sum(W5 * u * work)


@program(V5)
def copy_on_request(u):
    v = scaled(u)
    w = scaled(u, 3.0, copy=False)
    w[0] = v[0] * u[1]
    scaled(v[1:], u[2], copy=False)
    return np.sum(W5 * u * v)


@program(V5, OTHER)
def star_arguments(x, y):
    add_all(x, y)
    add_all(y, x, x * 0.5, weight=0.1)
    add_all(x)
    clear_first(x, y, x[2:])
    return np.sum(W5 * x * y)


@program(V5, OTHER)
def keyword_arguments_gathered(x, y):
    z = x * y
    fill_fields(x, a=y, b=z)
    return np.sum(W5 * x * y * z)


@program(V5)
def counter_passed_on(u):
    def step(u, k, scale):
        u[k] *= u[k - 1] * scale
        if k == 2:
            return
        u[k + 1] += 0.1 * k * u[k]

    for k in range(4):
        step(u, k, 1.0 + 0.1 * k)
    return np.sum(W5 * u)


def limit(u, top):
    if np.max(np.abs(u)) < top:
        return 0
    for i in range(len(u)):
        if abs(u[i]) > top:
            u[i] = top * np.tanh(u[i] / top)
            if i == 3:
                return i
    u[0] = u[1] ** 2
    return -1


@program(V5)
def early_returns(u):
    a = limit(u, 0.5)
    b = limit(u, 100.0)
    c = limit(u[2:], 0.2)
    return np.sum(W5 * u**2) + a + b + c


# Recursion


def merge_sort(a):
    if len(a) <= 1:
        return
    mid = len(a) // 2
    left, right = a[:mid].copy(), a[mid:].copy()
    merge_sort(left)
    merge_sort(right)
    i = j = 0
    for k in range(len(a)):
        if j >= len(right) or (i < len(left) and left[i] <= right[j]):
            a[k] = left[i]
            i += 1
        else:
            a[k] = right[j]
            j += 1


def quick_sort(a, low, high):
    if low >= high:
        return
    pivot = a[high]
    i = low
    for j in range(low, high):
        if a[j] < pivot:
            a[i], a[j] = a[j], a[i]
            i += 1
    a[i], a[high] = a[high], a[i]
    quick_sort(a, low, i - 1)
    quick_sort(a, i + 1, high)


def halve_and_smooth(u):
    n = len(u)
    if n < 2:
        u *= 0.5
        return
    u[1:] += 0.3 * u[:-1] ** 2
    halve_and_smooth(u[: n // 2])
    halve_and_smooth(u[n // 2 :])
    u[0] = u[n // 2] * u[0]


def fast_hadamard(x):
    n = len(x)
    if n == 1:
        return
    h = n // 2
    fast_hadamard(x[:h])
    fast_hadamard(x[h:])
    left = x[:h].copy()
    x[:h] += x[h:]
    x[h:] = left - x[h:]


def haar_in_place(x):
    h = len(x) // 2
    if h == 0:
        return x
    mean, difference = 0.5 * (x[::2] + x[1::2]), x[::2] - x[1::2]
    x[:h], x[h:] = mean, difference
    haar_in_place(x[:h])
    return x


def recursive_fft(x):
    n = len(x)
    if n == 1:
        return x
    even, odd = recursive_fft(x[::2]), recursive_fft(x[1::2])
    out = np.zeros(n, dtype=complex)
    for k in range(n // 2):
        t = np.exp(-2j * np.pi * k / n) * odd[k]
        out[k] = even[k] + t
        out[k + n // 2] = even[k] - t
    return out


def v_cycle(u, f, h):
    n = len(u)
    for _ in range(2):
        for i in range(1, n - 1):
            u[i] = 0.5 * (u[i - 1] + u[i + 1] + h * h * f[i])
    if n <= 3:
        return
    r = np.zeros(n)
    r[1:-1] = f[1:-1] + (u[2:] - 2 * u[1:-1] + u[:-2]) / h**2
    coarse = np.zeros((n + 1) // 2)
    v_cycle(coarse, r[::2].copy(), 2 * h)
    u[::2] += coarse
    u[1::2] += 0.5 * (coarse[1:] + coarse[:-1])


def flood(grid, i, j):
    if i < 0 or j < 0 or i >= grid.shape[0] or j >= grid.shape[1] or grid[i, j] < 0.5:
        return
    grid[i, j] *= 0.25
    flood(grid, i + 1, j)
    flood(grid, i, j + 1)
    flood(grid, i, j - 1)


@program(V6)
def merge_sorted(a):
    merge_sort(a)
    return np.sum(W6 * a**2)


@program(V6)
def quick_sorted(a):
    total = np.sum(W6 * a**3)
    quick_sort(a, 0, 5)
    return total + np.sum(W6 * a**2)


@program(V6)
def halved_and_smoothed(u):
    halve_and_smooth(u)
    return np.sum(W6 * u)


@program(V8)
def hadamard_transform(x):
    fast_hadamard(x)
    x *= x
    fast_hadamard(x)
    return np.sum(W8 * x)


@program(V8)
def haar_transform(x):
    y = haar_in_place(x)
    y[2:] = np.tanh(y[2:])
    return np.sum(W8 * x)


@program(V8)
def power_spectrum(x):
    s = recursive_fft(x)
    return np.sum(W8 * np.abs(s) ** 2)


@program(W9)
def multigrid(f):
    u = np.zeros(9)
    v_cycle(u, f, 0.125)
    v_cycle(u, f, 0.125)
    return np.sum(np.arange(9.0) * u**2)


@program(np.array([[0.9, 0.7, 0.2], [0.6, 0.1, 0.8], [0.7, 0.9, 0.6]]))
def flooded(grid):
    flood(grid, 0, 0)
    return np.sum(W33 * grid**2)


# Helpers from elsewhere and helpers as values


@program(V5, 1.4)
def helpers_of_another_module(x, a):
    scale_in_place(x, a)
    inplace.smooth_in_place(x)
    old = inplace.set_and_report(x, 1, x[2] ** 2)
    return np.sum(W5 * x) * old


@program(V8, 0.3)
def partial_helper(u, a):
    push = functools.partial(axpy, a)
    push(u[:4], u[4:])
    push(y=u[1:3], x=u[5:7])
    return np.sum(W8 * u**2)


def repeat(step, u, n):
    for _ in range(n):
        step(u)


@program(V8)
def helper_as_argument(u):
    repeat(smooth, u, 2)
    repeat(square_ends, u, 1)
    repeat(lambda v: axpy(0.1, v[1:] ** 2, v[:-1]), u, 2)
    return np.sum(W8 * u)


@program(V8)
def helper_made_by_a_function(u):
    def damping(rate):
        def damp(v):
            v *= 1.0 - rate * np.abs(v)

        return damp

    weak, strong = damping(0.1), damping(0.3)
    weak(u)
    strong(u[2:5])
    repeat(damping(u[0]), u, 2)
    return np.sum(W8 * u)


STEPS = {"smooth": smooth, "ends": square_ends, "boundary": boundary}


@program(V8, ("smooth", "ends", "boundary"))
def table_of_helpers(u, names):
    for name in names:
        STEPS[name](u)
    return np.sum(W8 * u**2)


@program(V8)
def list_of_helpers(u):
    for step in (smooth, boundary, square_ends):
        step(u)
        u[2] += u[3] ** 2
    return np.sum(W8 * u)


# Arguments that overlap


def shift(target, source):
    target[:] = source * 2.0


def shift_by_elements(target, source):
    for i in range(len(target)):
        target[i] = source[i] * 2.0


def add_square(target, source):
    target += source**2
    target *= source


@program(V6)
def overlapping_slices(x):
    shift(x[1:], x[:-1])
    add_square(x[:3], x[1:4])
    add_square(x, x)
    return np.sum(W6 * x)


@program(V6)
def overlapping_element_by_element(x):
    shift_by_elements(x[1:], x[:-1])
    shift_by_elements(x[::-1], x)
    return np.sum(W6 * x)


# Objects


class Grid:
    """A plain class that holds arrays."""

    def __init__(self, n, value):
        self.u = np.zeros(n)
        self.u[:] = value
        self.r = np.empty(n)
        self.steps = 0

    def step(self, dt):
        self.r[:] = self.u**2
        self.u[1:] -= dt * self.r[:-1]
        self.steps += 1

    def total(self):
        return np.sum(W5 * self.u**2)


class DampedGrid(Grid):
    """Inherits, overrides and calls its parent."""

    def __init__(self, n, value, rate):
        super().__init__(n, value)
        self.rate = rate

    def step(self, dt):
        super().step(dt)
        self.u *= 1.0 - self.rate * dt


class Field:
    """Behaves like an array."""

    def __init__(self, values):
        self.values = values

    def __getitem__(self, index):
        return self.values[index]

    def __setitem__(self, index, value):
        self.values[index] = value

    def __iadd__(self, other):
        self.values += other
        return self

    def __imul__(self, other):
        self.values = self.values * other
        return self

    def __call__(self, k):
        self.values[k] **= 2
        return self.values[k]

    def __len__(self):
        return len(self.values)

    @property
    def first(self):
        return self.values[0]

    @first.setter
    def first(self, value):
        self.values[0] = value


@dataclass
class State:
    """Position, velocity and a history."""

    q: np.ndarray
    p: np.ndarray
    t: float = 0.0
    energies: list = field(default_factory=list)

    def kick(self, h):
        self.p -= h * np.sin(self.q)

    def drift(self, h):
        self.q += h * self.p
        self.t += h

    def record(self):
        self.energies.append(0.5 * np.sum(self.p**2) - np.sum(np.cos(self.q)))


class Optimizer:
    """Holds another object and updates its arrays."""

    def __init__(self, model, rate):
        self.model = model
        self.rate = rate
        self.velocity = [np.zeros_like(p) for p in model.parameters()]

    def step(self, grads):
        for p, v, g in zip(self.model.parameters(), self.velocity, grads):
            v *= 0.9
            v -= self.rate * g
            p += v


class Model:
    """Two arrays that an optimizer updates."""

    def __init__(self, w, b):
        self.w, self.b = w, b

    def parameters(self):
        return [self.w, self.b]

    def loss(self, x):
        return np.sum(np.tanh(x @ self.w + self.b) ** 2)


@program(V5, 0.2)
def plain_class(x, dt):
    g = Grid(5, x)
    for _ in range(3):
        g.step(dt)
    g.u[0] = g.r[1]
    return g.total() * g.steps


@program(V5, 0.2)
def plain_class_shares_its_arrays(x, dt):
    g = Grid(5, 0.3)
    g.u = x
    u = g.u
    g.step(dt)
    u[0] = g.r[2]
    x[4] *= u[3]
    return g.total() + np.sum(W5 * x)


@program(V5, 0.2, 0.7)
def class_that_inherits(x, dt, rate):
    g = DampedGrid(5, x, rate)
    g.step(dt)
    g.rate *= 2.0
    g.step(dt)
    return g.total()


@program(V5)
def class_like_an_array(x):
    f = Field(x.copy())
    f[0] = f[1] * f[2]
    f[1:] *= f[0]
    f += x
    f *= 2.0
    f.first = f(2) + f.first**2
    f.first += 1.0
    return np.sum(W5 * f.values) * len(f)


@program(V5, OTHER)
def dataclass_with_a_history(q, p):
    s = State(q, p)
    s.record()
    for _ in range(3):
        s.kick(0.1)
        s.drift(0.2)
        s.record()
    return np.sum(W5 * s.q * s.p) + s.energies[0] * s.energies[3] + s.t


@program(M55, V5)
def optimizer_and_model(w, b):
    model = Model(w * 0.5, b * 0.5)
    optimizer = Optimizer(model, 0.1)
    x = np.linspace(-1.0, 1.0, 5)
    for _ in range(2):
        y = np.tanh(x @ model.w + model.b)
        g = 2.0 * y * (1.0 - y**2)
        optimizer.step([np.outer(x, g), g])
    return model.loss(x)


@program(V4)
def object_in_a_list(x):
    fields = [Field(x * 1.0), Field(x**2)]
    for f in fields:
        f[0] = f[1] ** 2
        f += 0.5
    fields[1][2] = fields[0][0]
    return np.sum(W4 * fields[0].values * fields[1].values)


@program(V4)
def two_objects_one_array(x):
    y = x * 1.0
    a, b = Field(y), Field(y)
    a[0] = b[1] ** 2
    b += a.values
    b *= 2.0
    b[3] = 1.0
    return np.sum(W4 * a.values * b.values) + np.sum(y**2)


# Objects as arguments


@dataclass
class Particles:
    """Arrays and a number that a program gets from outside."""

    x: np.ndarray
    v: np.ndarray
    mass: float


def advance(p, dt):
    p.v[1:] -= dt * p.x[:-1] ** 2 / p.mass
    p.x += dt * p.v


@program(Particles(V4.copy(), W4.copy(), 1.3), 0.2)
def dataclass_argument_updated(p, dt):
    for _ in range(2):
        advance(p, dt)
    p.x *= p.mass
    return np.sum(W4 * p.x**2) + np.sum(p.v * p.x)


@program(Particles(V4.copy(), W4.copy(), 1.3))
def field_of_an_argument_by_another_name(p):
    x = p.x
    x[0] = p.mass**2
    p.mass *= x[1]
    return np.sum(W4 * p.x * p.v) * p.mass
