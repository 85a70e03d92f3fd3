"""Library functions, methods and attributes that write into arrays, in all their forms."""

from __future__ import annotations

import operator

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(57)

V3, V4, V5, V6 = (rng.normal(size=n) for n in (3, 4, 5, 6))
OTHER = rng.normal(size=5)
POSITIVE = rng.uniform(0.5, 1.5, size=5)
SIGNS = np.array([-1.2, 0.7, 1.6, -0.5, 0.9])
M33, M34, M43 = rng.normal(size=(3, 3)), rng.normal(size=(3, 4)), rng.normal(size=(4, 3))
CUBE = rng.normal(size=(2, 3, 4))
COUNTS = np.array([2.0, 0.0, 3.0, 1.0, 0.0])
MASK = np.array([True, False, True, True, False])
W3, W4, W5, W6 = (rng.normal(size=n) for n in (3, 4, 5, 6))
W33, W34 = rng.normal(size=(3, 3)), rng.normal(size=(3, 4))
W234 = rng.normal(size=(2, 3, 4))


# out=


@program(POSITIVE, OTHER)
def positional_outs(x, y):
    z = np.zeros(5)
    np.exp(x, z)
    np.add(z, y, x)
    np.sqrt(x * x, z[:])
    np.dot(np.eye(5) * y, x, z)
    np.cumsum(z, 0, None, y)
    np.clip(y, -1.0, 1.0, z)
    return np.sum(W5 * x * z + y)


@program(POSITIVE)
def two_outs_of_which_one(x):
    part = np.empty(5)
    _, whole = np.modf(3.0 * x, part)
    quotient, rest = np.divmod(x, 0.4, out=(None, x))
    return np.sum(W5 * part * rest) + np.sum(whole * quotient)


@program(M33, V3)
def outs_of_decompositions_of_sums(a, v):
    b = np.zeros((3, 3))
    np.multiply.outer(v, v, out=b)
    np.add.reduce(a, 0, None, b[0])
    np.add.accumulate(a[1], out=b[1])
    np.concatenate((v[:1], a[2, 1:]), out=b[2])
    np.stack((v, b[0], v * 2.0), axis=1, out=a)
    return np.sum(W33 * a * b)


@program(SIGNS)
def nondifferentiable_outs(x):
    m = np.zeros(5, dtype=bool)
    np.greater(x, 0.0, out=m)
    signs = np.empty(5)
    np.sign(x, out=signs)
    x[m] *= signs[m] * x[m]
    np.isfinite(x, m)
    return np.sum(W5 * x * m)


@program(V5)
def helper_with_a_workspace(x):
    def scaled(u, out):
        return np.multiply(u, 2.0 * u, out=out)

    work = np.empty_like(x)
    for _ in range(2):
        x[:] = 0.5 * scaled(x, work) + x
    return np.sum(W5 * x * work)


@program(V5, OTHER)
def result_of_a_view_as_out(x, y):
    z = np.add(x[1:], y[1:], out=x[1:])
    z *= 2.0
    w = np.multiply(x[:2], 3.0, out=y[3:])
    x[0] = w[0]
    return np.sum(W5 * x * y)


# where=


@program(SIGNS)
def divided_where_allowed(x):
    y = np.divide(x, COUNTS, out=np.zeros_like(x), where=COUNTS != 0)
    return np.sum(W5 * y**2)


@program(SIGNS)
def divided_by_itself_where_allowed(x):
    t = np.where(x > 0, x, 0.0)
    y = np.divide(1.0, t, out=np.ones_like(x), where=t > 0)
    z = np.log(t, where=t > 0)
    return np.sum(W5 * y) + np.sum(z[t > 0])


@program(M34, V4)
def masks_that_are_broadcast(a, v):
    np.multiply(a, v, out=a, where=np.array([True, False, True, True]))
    np.add(a, a[0], out=a, where=v > 0)
    np.sin(v, out=a, where=np.array([[True], [False], [True]]))
    np.subtract(a, 1.0, out=a, where=[True, False, False, True])
    return np.sum(W34 * a**2)


@program(SIGNS, 0.6)
def numbers_under_a_mask(x, t):
    np.multiply(t, t, out=x, where=MASK)
    np.power(x, 2, x, where=x > 1.0)
    np.add(x, t, out=x, where=True)
    np.exp(x, out=x, where=False)
    np.clip(x, -0.5, 1.0, out=x, where=MASK)
    return np.sum(W5 * x**2)


@program(V5, OTHER)
def options_of_ufuncs(x, y):
    z = np.add(x, y, dtype=float)
    np.multiply(z, y, out=z, casting="unsafe")
    n = np.zeros(5, dtype=int)
    np.multiply(x, 3.0, out=n, casting="unsafe")
    np.subtract(z, x, out=z, order="C", subok=False)
    return np.sum(W5 * z * x) + np.sum(n * y)


# copyto, put, place, putmask, put_along_axis, fill_diagonal


@program(V5, OTHER)
def copies_into_parts(x, y):
    np.copyto(x, x[::-1])
    np.copyto(src=y[:2] ** 2, dst=x[3:], casting="same_kind")
    np.copyto(y, [1.0, x[0], 2.0, 3.0, x[1]], where=MASK)
    np.copyto(y, x[4], where=x > 10.0)
    return np.sum(W5 * x * y)


@program(M34)
def copies_by_broadcasting(a):
    np.copyto(a[1:], a[0])
    np.copyto(a, a[:, :1] ** 2, where=[True, False, False, True])
    return np.sum(W34 * a**2)


@program(M34, V3)
def put_in_all_forms(a, v):
    np.put(a, [0, -1, 5], v)
    np.put(a, [[1, 2], [3, 4]], v[:2])
    np.put(a, 6, v[1] ** 2)
    np.put(a, [7, 30], v[2], mode="clip")
    np.put(a, ind=[13], v=a[0, 0], mode="wrap")
    a.put(indices=[2, 2], values=v[:2] ** 2)
    return np.sum(W34 * a**2)


@program(V5, V3)
def put_views_of_itself(x, v):
    np.put(x, [0, 1, 2, 3, 4], x[::-1])
    x[1:].put([0, 3], v)
    np.putmask(x, MASK, x[::-1])
    np.putmask(x, [1, 0, 0, 0, 1], v)
    return np.sum(W5 * x**2)


@program(M34, V3)
def masks_of_matrices(a, v):
    np.place(a, a > 0, v)
    np.putmask(a, a < -0.5, v**2)
    np.putmask(a, a < -2.0, a.T.reshape(3, 4) * 2.0)
    np.place(a, np.zeros((3, 4)), 1.0)
    return np.sum(W34 * a**2)


@program(CUBE, M34)
def put_along_all_axes(x, b):
    np.put_along_axis(x, np.array([[[0, 1, 0, 1], [1, 1, 0, 0], [0, 0, 1, 1]]]), b, axis=0)
    np.put_along_axis(x, np.argmax(x, axis=1)[:, None], 0.5, axis=1)
    np.put_along_axis(x, np.array([0, 2])[:, None, None], x[:, :1, :1] ** 2, axis=-1)
    np.put_along_axis(b[0], np.array([1, 3]), x[0, 0, :2], 0)
    return np.sum(W234 * x**2) + np.sum(W34 * b)


@program(M33, M43, V3)
def diagonals_of_all_shapes(a, b, v):
    np.fill_diagonal(a, v)
    np.fill_diagonal(b, v[:2])
    np.fill_diagonal(b[1:], [v[2], 2.0, v[0]])
    np.fill_diagonal(a.T[:, :2], val=a[0, 1], wrap=False)
    return np.sum(W33 * a**2) + np.sum(W34 * b.T**2)


@program(0.7)
def diagonal_of_a_cube(t):
    x = np.ones((3, 3, 3)) * t
    np.fill_diagonal(x, t**2)
    np.fill_diagonal(x[0], [t, 2.0])
    return np.sum(x**3)


@program(SIGNS)
def nan_to_num_in_place(x):
    y = np.log(np.abs(x) - 0.6)
    np.nan_to_num(y, copy=False)
    z = np.nan_to_num(x)
    z[0] = 2.0
    return np.sum(W5 * y * z)


# ufunc.at


@program(POSITIVE, V3)
def unbuffered_in_all_forms(x, v):
    np.multiply.at(x, 1, v[0])
    np.multiply.at(x, slice(1, 4), v)
    np.divide.at(x, np.array([0, 0, 3]), 2.0)
    np.power.at(x, [3, 3], 2)
    np.maximum.at(x, np.array([4, 4]), v[:2])
    np.sin.at(x, (np.array([2, 2, 4]),))
    np.subtract.at(x, [0, 0], v[:1])
    np.logaddexp.at(x, [1, 1, 2], v)
    return np.sum(W5 * x)


@program(M34, V4)
def unbuffered_rows(a, v):
    np.multiply.at(a, [0, 2, 0], v)
    np.multiply.at(a, [1, 1], a[:2])
    np.minimum.at(a, ([0, 1, 0], [3, 3, 3]), v[:3])
    np.multiply.at(a, (1, [0, 0, 2]), v[1])
    np.tanh.at(a, (slice(None), 2))
    np.negative.at(a, a > 0)
    return np.sum(W34 * a**2)


@program(V5)
def unbuffered_by_itself(x):
    np.multiply.at(x, [0, 1, 2, 3], x[1:])
    np.multiply.at(x, [1, 1, 4], x[:3] * 1.0)
    return np.sum(W5 * x)


@program(CUBE, M34)
def outer_of_matrices(x, b):
    y = np.subtract.outer(b[0], b)
    z = np.multiply.outer(2.0, b[1:, :2])
    return np.sum(y**2 * b[0, 0]) + np.sum(z**2) + np.sum(np.add.outer(x[0], b[2]) ** 2)


# Methods


@program(V6)
def partitioned_by_several(x):
    y = np.partition(x, 2)
    x.partition((1, 4))
    y[2] *= 2.0
    return x[1] * x[4] + y[2] * np.sum(x[2:4] ** 2) + np.sum(x**2) * np.sum(W3) + np.max(y[:2])


@program(M34)
def partitioned_along_axes(a):
    a.partition(1, axis=0)
    b = np.partition(a, 2, axis=1)
    a.sort(kind="stable")
    return np.sum(a[1] * b[:, 2][0]) + np.sum(W34 * a)


@program(POSITIVE)
def methods_with_outs(x):
    y, s = np.empty(5), np.zeros(())
    x.clip(0.6, 1.2, y)
    x.cumsum(out=x)
    y.cumprod(0, None, y)
    x.sum(out=s)
    y.take([0, 6, -1], out=x[:3], mode="wrap")
    y.round(1, out=y)
    x.__setitem__(4, s)
    x.__imul__(2.0)
    np.ndarray.fill(x[3:4], s)
    return np.sum(W5 * x**2) + np.sum(y)


@program(V5, OTHER)
def functions_of_operator(x, y):
    operator.setitem(x, 0, y[1] ** 2)
    z = operator.iadd(x, y)
    z[1] = 2.0
    x = operator.imul(x, x[0])
    t = operator.iadd(y[0], 1.0)
    return np.sum(W5 * x * z) * t


@program(V5)
def shuffled(x):
    generator = np.random.default_rng(3)
    state = np.random.RandomState(4)
    order = np.arange(5)
    total = 0.0
    for _ in range(2):
        generator.shuffle(order)
        total += x[order[0]] * x[order[1]] ** 2
        state.shuffle(x)
    return total + np.sum(W5 * x**2)


# Attributes


@program(V5, OTHER)
def parts_of_complex_arrays(x, y):
    z = np.zeros(5, dtype=complex)
    z.real = x
    z[1:].imag = y[1:]
    z.imag[0] = 2.0
    w = z * z
    w.real *= 2.0
    w.imag = 1.0
    x.real = y
    return np.sum(W5 * np.abs(w) ** 2) + np.sum(x**2 * z.real)


@program(V6)
def shapes_assigned(x):
    y = x**2
    z = y
    y.shape = 2, 3
    z[1] *= 2.0
    z.shape = -1
    y[0] = 1.0
    a = np.zeros((2, 3))
    a.shape = (3, 2)
    a[0] = x[:2]
    return np.sum(W6 * y) + np.sum(a[:, 0] ** 2)


# Flat places


@program(M34)
def flat_reads(a):
    b = a.flat
    total = b[5] * b[-1] + a.flat[1] ** 2
    for i in range(0, 12, 5):
        total += b[i] * a.flat[-i - 1]
    total += np.sum(a.flat[2:9:3] ** 2) + np.sum(a.flat[[0, -1]]) + np.sum(a.flat[np.array([1, 2])] ** 3)
    a[0, 0] = 2.0
    return total * b[0] + np.sum(a.flat[a.ravel() > 0]) + len(b)


@program(CUBE)
def flat_writes(x):
    x.flat[7] = x[0, 0, 0] ** 2
    x.flat[-2] += x[1, 0, 1]
    x.flat[3:6] = x[0, 0, :3].copy()
    x.flat[::5] *= x.flat[1]
    x.flat[[1, 9]] = [x[1, 1, 1], 0.3]
    x.flat[10:20] = x[0, 1, :3] ** 2
    x.flat[W234.ravel() > 1.0] = 0.0
    for i in range(24):
        if i % 7 == 0:
            x.flat[i] = i * x.flat[i - 1]
    return np.sum(W234 * x**2)


@program(V5)
def flat_of_vectors(x):
    total = x.flat[1] * x.flat[-1]
    y = x.flat[1:4]
    x.flat[1] = 3.0
    x.flat[2:] = x[:2] ** 2
    x.flat = x[::-1]
    for v in x.flat:
        total += v**2
    for i, v in enumerate(x.flat):
        total += W5[i] * v
    return total * np.sum(y)


@program(M33, V3)
def flat_as_a_whole(a, v):
    b = a.copy()
    a.flat[:] = b.T
    b.flat = v
    a.flat[::4] = v**2
    total = np.sum(W33 * a * b)
    a.flat[...] = 2.0 * v[0]
    b.flat = [v[1], 1.0]
    return total + np.sum(a * b**2)


@program(V5, M34)
def enumerated(x, a):
    total = 0.0
    for (i,), v in np.ndenumerate(x):
        total += v**2 * i
        x[(i + 1) % 5] *= 1.5
    for index, v in np.ndenumerate(a):
        total += W34[index] * v * a[0, 0]
    return total * np.sum(x)


# What joins


@program(V5, 0.7)
def joined_by_brackets(x, t):
    a = np.r_[x[:2], t, 2.0, x[::-1]]
    b = np.r_[0:3, t]
    c = np.r_[-1:1:5j, x]
    d = np.r_[t, 1.0, t**2]
    a[0] = x[3]
    return np.sum(a**2) + np.sum(b**3) + np.sum(c[5:] ** 2 * c[:5]) + np.sum(d**2) + np.sum(np.r_[x] ** 2)


@program(V3, M33)
def columns_by_brackets(v, a):
    b = np.c_[v, v**2, a]
    c = np.c_[v, np.ones(3), 0:3]
    d = np.r_[a, a[:1] ** 2]
    b[0, 1] *= c[1, 0]
    return np.sum(b[:, :3] * b[:, 2:] * d[:3]) + np.sum(c[:, 0] * c[:, 2] ** 2) + np.sum(d[3] ** 2)


@program(M34)
def indices_from_s(a):
    rows = np.index_exp[1:]
    a[np.s_[0, :2]] *= a[np.s_[1:3, 1]]
    a[rows] += a[np.s_[0]] ** 2
    return np.sum(W34 * a**2)
