"""Every form of update in place that NumPy has, one small program each."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program, refused

rng = np.random.default_rng(31)

V3, V5, V6 = rng.normal(size=3), rng.normal(size=5), rng.normal(size=6)
OTHER = rng.normal(size=5)
POSITIVE = rng.uniform(0.5, 1.5, size=5)
SIGNS = np.array([-1.2, 0.7, 1.6, -0.5, 0.9])
M33, M34, M43 = rng.normal(size=(3, 3)), rng.normal(size=(3, 4)), rng.normal(size=(4, 3))
M44, B44 = rng.normal(size=(4, 4)), rng.normal(size=(4, 4))
CUBE = rng.normal(size=(2, 3, 4))
MASK = np.array([True, False, True, True, False])
W3, W4, W5, W6 = (rng.normal(size=n) for n in (3, 4, 5, 6))
W33, W34, W43, W44 = (rng.normal(size=shape) for shape in ((3, 3), (3, 4), (4, 3), (4, 4)))
W234 = rng.normal(size=(2, 3, 4))


# Items and slices


@program(V5)
def negative_strides(x):
    total = np.sum(W5 * x**3)
    x[::-1] = x**2
    x[3:0:-1] *= x[:3]
    return total + np.sum(W5 * x**2)


@program(V6, 0.8)
def strided_sweeps(x, a):
    x[::2] += a * x[1::2] ** 2
    x[1::2] -= a * x[::2] ** 2
    return np.sum(W6 * x)


@program(CUBE)
def ellipsis_and_newaxis(x):
    x[..., 0] = x[..., 1] * x[..., 2]
    x[0, ..., 3] += x[1, :, 0] ** 2
    x[1, :, 1, np.newaxis] *= x[1, :, 2:3]
    x[...] *= x[:, :1]
    return np.sum(W234 * np.sin(x))


@program(M34, V3)
def column_from_newaxis(a, v):
    a[:, :] = v[:, None] * a**2
    a[:, [2]] = v[:, np.newaxis]
    a[:, None, 1] *= 2.0
    return np.sum(W34 * a)


@program(M34)
def slice_object(a):
    inner = slice(1, 3)
    whole = np.s_[1:, ::2]
    a[:, inner] *= a[0, inner]
    a[whole] = np.cos(a[whole])
    return np.sum(W34 * a)


@program(CUBE)
def tuple_of_indices_in_a_name(x):
    index = (0, slice(None), 2)
    x[index] = x[1, :, 2] ** 2
    for i, j, k in np.ndindex(x.shape):
        if (i + j + k) % 3 == 0:
            x[i, j, k] *= x[i, j, k - 1]
    return np.sum(W234 * x)


@program(M34)
def every_element_by_ndenumerate(a):
    for (i, j), value in np.ndenumerate(a):
        a[i, j] = value * np.sin(value) + a[0, 0]
    return np.sum(W34 * a)


@program(V5)
def chained_subscripts(x):
    y = np.outer(x, x)
    y[1:][0][2:] = x[:3] ** 2
    y[2][1] *= y[1][3]
    y[3][::2] += y[3][1]
    return np.sum(np.outer(W5, W5) * y)


@program(V5)
def slices_beyond_the_end(x):
    x[3:100] *= x[-100:2]
    x[5:] = 7.0
    x[2:2] += 1.0
    return np.sum(W5 * x**2)


@program(V5)
def empty_arrays(x):
    y = x[5:]
    y += 3.0
    z = np.zeros((0, 5))
    z += x
    z[:, 1] = 2.0
    x[1:] += np.sum(z, axis=0)[1:] + np.sum(y)
    return np.sum(W5 * x**2) + np.sum(z)


@program(V5)
def loop_that_never_runs(x):
    n = 0
    for i in range(n):
        x[i] = 0.0
    x[:n] = 3.0
    x[n:] *= x[n]
    return np.sum(W5 * x)


# Masks


@program(SIGNS, OTHER)
def mask_filled_with_values(x, y):
    m = x > 0
    x[m] = y[:3] ** 2
    y[~m] = x[m][:2]
    return np.sum(W5 * x * y)


@program(SIGNS)
def mask_read_before_and_after(x):
    total = np.sum(W5 * x**3)
    negative = x < 0
    x[negative] = x[negative] ** 2 + np.sum(x)
    x[negative & (np.abs(x) > 0.3)] **= 2
    return total * np.sum(W5 * x)


@program(M34)
def mask_of_rows(a):
    chosen = np.array([True, False, True])
    a[chosen] *= a[1]
    a[chosen, 1] = a[~chosen, 2] ** 2
    a[:, np.array([True, False, False, True])] += 1.0
    return np.sum(W34 * a**2)


@program(M34)
def mask_of_the_whole_matrix(a):
    a[a > a.mean()] -= np.mean(a**2)
    a[np.abs(a) < 0.2] = 0.2
    return np.sum(W34 * a**2)


@program(M33)
def mask_of_a_triangle(a):
    lower = np.tril(np.ones((3, 3), dtype=bool), -1)
    a[lower] = a.T[lower] ** 2
    a[~lower] += 0.5
    return np.sum(W33 * a)


@program(V5, np.array([True, False, True, True, False]))
def mask_given_as_argument(x, m):
    y = np.zeros_like(x)
    y[m] = x[m] / (1.0 + x[m] ** 2)
    y[~m] -= x[~m]
    return np.sum(W5 * y**2)


@program(M34)
def one_element_of_a_mask(a):
    m = a > 0
    values = a[m]
    values[0] = values[1] ** 2
    a[m] = values
    return np.sum(W34 * a**2)


# Index arrays


@program(V5, V3)
def repeated_index_keeps_the_last(x, v):
    x[np.array([1, 3, 1])] = v**2
    x[[4, 4]] = v[:2]
    return np.sum(W5 * x**2)


@program(V5, V3)
def repeated_index_adds_once(x, v):
    x[np.array([1, 3, 1])] += v**2
    x[[2, 2, 2]] *= v
    return np.sum(W5 * x**2)


@program(M34, V3)
def outer_index(a, v):
    block = np.ix_([0, 2], [3, 1])
    a[block] = a[block] ** 2 * v[:2, None]
    a[np.ix_([1, 0], [0, 2])] += v[2] * a[1:, 1:3]
    return np.sum(W34 * a)


@program(M34)
def rows_and_columns(a):
    rows, cols = np.array([0, 2, 2]), np.array([1, 1, 3])
    total = np.sum(a**3 * W34)
    a[rows, cols] *= a[cols - 1, rows]
    a[rows[:, None], [0, 2]] = 0.5 * a[1, 1]
    return total + np.sum(W34 * a**2)


@program(M34)
def slice_and_index_array(a):
    a[:, [2, 0]] = a[:, [0, 2]] * a[:, 1:2]
    a[[2, 0], 1:] += a[1, 1:] ** 2
    a[1, [0, 3]] = a[2, 1:3]
    return np.sum(W34 * a**2)


@program(CUBE)
def index_arrays_around_a_slice(x):
    x[[0, 1], :, [3, 2]] *= x[0, :, 0]
    x[:, [0, 2], [1, 1]] = x[:, 1, :2] ** 2
    x[1, :, [0, 1]] -= 0.3
    return np.sum(W234 * x**2)


@program(M34, np.array([2, 0, 1]))
def rows_permuted_in_place(a, order):
    a[:] = a[order] * a
    a[order] = a * 0.5
    a[[0, 1]] = a[[1, 0]]
    return np.sum(W34 * a**2)


@program(SIGNS)
def index_from_argsort(x):
    order = np.argsort(x)
    y = np.empty_like(x)
    y[order] = np.cumsum(x[order] ** 2)
    x[order[:2]] = 0.0
    return np.sum(W5 * y * (x + 2.0))


@program(SIGNS)
def index_from_nonzero(x):
    where = np.nonzero(x > 0)[0]
    x[where] = np.sqrt(x[where])
    (below,) = np.where(x < 0)
    x[below] += np.arange(1, len(below) + 1) * x[where[0]]
    return np.sum(W5 * x**2)


@program(M34)
def index_from_where_of_a_matrix(a):
    i, j = np.where(a > 0.2)
    a[i, j] -= 0.2 * a[i, j] ** 2
    a[np.nonzero(a < -1.0)] = -1.0
    return np.sum(W34 * a**2)


@program(V6)
def index_from_arithmetic(x):
    odd = np.arange(3) * 2 + 1
    x[odd] = x[odd - 1] * x[(odd + 1) % 6]
    x[odd[1:] // 2] += x[-odd[:2]]
    return np.sum(W6 * x**2)


@program(POSITIVE, np.array([0.1, 0.6, 1.0, 2.0]))
def index_from_searchsorted(x, edges):
    counts = np.zeros(5)
    for value in x:
        counts[np.searchsorted(edges, value)] += value**2
    k = np.searchsorted(edges, x)
    counts[k] *= x
    return np.sum(W5 * counts)


@program(SIGNS)
def index_from_argmax(x):
    k = np.argmax(x)
    x[k] = x[k] ** 2 + x[k - 1]
    x[np.argmin(x)] = 0.1
    x[np.abs(x).argmax()] *= x[0]
    return np.sum(W5 * x)


@program(M34)
def index_from_argmax_of_rows(a):
    best = np.argmax(a, axis=1)
    a[np.arange(3), best] -= 1.0
    a[np.arange(3), best] **= 2
    a[np.unravel_index(a.argmin(), a.shape)] = a[0, 0] ** 2
    return np.sum(W34 * a)


@program(V5)
def integer_array_beside_a_float_one(x):
    count = np.zeros(3, dtype=int)
    total = np.zeros(3)
    for i in range(5):
        b = i % 3
        count[b] += 1
        total[b] += x[i] ** 2
    total /= count
    count[1:] *= 2
    return np.sum(W3 * total * count)


@program(V5)
def integer_array_that_walks(x):
    at = np.array([0, 2])
    for _ in range(3):
        x[at] *= x[at + 1]
        at += 1
        at %= 4
    return np.sum(W5 * x**2)


@program(0.3 * V6)
def pointers_of_a_linked_list(x):
    follower = np.array([3, 2, 5, 1, 0, 4])
    i = 0
    for _ in range(5):
        x[follower[i]] += x[i] ** 2
        follower[i], i = 0, follower[i]
    return np.sum(W6 * x)


# Tuple targets and chained targets


@program(V5, OTHER)
def pair_of_results(a, b):
    a[0], b[0] = np.sin(b[1]), np.cos(a[1])
    (a[1], b[1]), a[2] = (b[0] * b[2], a[0]), a[3] ** 2
    return np.sum(W5 * a * b)


@program(V5, 1, 3)
def swap_at_variable_places(a, i, j):
    total = np.sum(W5 * a**2)
    a[i], a[j] = a[j], a[i]
    a[j], a[i] = a[i] * a[j], a[i] ** 2
    return total + np.sum(W5 * a)


@program(M34)
def swap_of_rows_is_no_swap(a):
    a[0], a[2] = a[2], a[0]
    return np.sum(W34 * a**2)


@program(M34)
def swap_of_rows_with_copies(a):
    a[0], a[2] = a[2].copy(), a[0].copy()
    a[:, 0], a[:, 1] = a[:, 1] * 1.0, a[:, 0] ** 2
    return np.sum(W34 * a**2)


@program(V5)
def starred_targets(x):
    y = np.zeros(3)
    first, *y[1:], last = x[:4]
    x[0], *rest = x[1] ** 2, x[2], last
    y[0] = first * rest[0]
    return np.sum(W3 * y**2) + np.sum(W5 * x)


@program(M33)
def chained_targets(c):
    for i in range(3):
        for j in range(i):
            c[i, j] = c[j, i] = c[i, j] * c[j, i]
    c[0] = c[:, 2] = c[1] ** 2
    return np.sum(W33 * c)


@program(M44, V3)
def border_filled_twice(c, v):
    for i in range(2):
        c[i, i + 1 :] = c[i + 1 :, i] = v[i:] ** 2
    x = y = np.zeros(4)
    x[0] = v[0]
    y[1] = x[0] ** 2
    return np.sum(W44 * c**2) + np.sum(W4 * x)


@program(V5)
def name_and_item_at_once(x):
    k = x[0] = x[1] * x[2]
    y = x[1:3] = x[3:] ** 2
    y[0] *= k
    return np.sum(W5 * x) + np.sum(y)


@program(V5)
def targets_of_for(x):
    for x[0] in x[1:]:
        x[1] *= x[0]
    return np.sum(W5 * x**2)


@program(V5)
def index_assigned_in_the_same_statement(x):
    i = 0
    i, x[i] = 2, x[4] ** 2
    x[i], i = x[1], 3
    return np.sum(W5 * x) * i


# Augmented operators


@program(POSITIVE)
def all_operators_on_items(x):
    x[0] += x[1]
    x[1] -= x[0] ** 2
    x[2] *= x[1]
    x[3] /= x[4]
    x[4] **= x[3]
    x[4] **= 3
    x[0] //= 0.3
    x[2] %= 0.7
    return np.sum(W5 * x**2)


@program(POSITIVE, OTHER)
def all_operators_on_slices(x, y):
    x[1:] += y[1:] ** 2
    x[:3] -= 0.1 * y[2:]
    x[::2] *= x[2]
    x[:-1] /= 1.5 + y[1:] ** 2
    x[1:3] **= 2
    x[3:] %= 0.4
    y[:2] //= 0.25
    return np.sum(W5 * x * (y + 1.0))


@program(POSITIVE, OTHER)
def all_operators_on_masks(x, y):
    m = y > 0
    x[m] += y[m] ** 2
    x[~m] -= x[~m] ** 2
    x[m] *= y[m]
    x[m] /= 2.0 + y[m]
    x[m] **= 2
    x[MASK] //= 0.3
    y[MASK] %= 0.9
    return np.sum(W5 * x * y)


@program(POSITIVE, V3)
def all_operators_on_index_arrays(x, v):
    k = np.array([4, 1, 2])
    x[k] += v**2
    x[k] -= 0.2 * v
    x[k] *= x[k - 1]
    x[k] /= 1.0 + v**2
    x[k] **= 2
    x[k[:1]] %= 0.6
    return np.sum(W5 * x)


@program(POSITIVE, OTHER)
def all_operators_on_arrays(x, y):
    total = np.sum(W5 * x**3)
    x += y**2
    x -= 0.3 * y
    x *= x
    x /= 1.0 + y**2
    x **= 1.5
    x %= 1.3
    return total + np.sum(W5 * x)


@program(POSITIVE, OTHER)
def power_by_an_array(x, y):
    x **= y
    x[1:] **= x[:-1]
    return np.sum(W5 * x)


@program(1.3, order=3)
def all_operators_on_a_float(t):
    x = np.full(3, t)
    x[0] += t
    x[1] *= t**2
    x[2] **= 3
    x /= t + 2.0
    x -= t * x[0]
    x *= x
    x **= 2
    return np.sum(W3 * x)


@program(M33, M33.T.copy())
def matrix_product_in_place(a, b):
    a @= b
    a[:2] @= b
    a[1:, :] -= b[1:] @ a
    return np.sum(W33 * a)


@program(M34, 0.6)
def float_broadcast_into_a_matrix(a, s):
    a *= s
    a[:, 1] += s**2
    a -= s * a[:, :1]
    a[1:] /= s
    return np.sum(W34 * a**2)


@program(V5, 0.6)
def zero_and_one_times(x, s):
    total = np.sum(W5 * x**2)
    x *= 0.0
    x += s
    x *= 1.0
    x /= 1.0
    x **= 1
    return total * np.sum(x**2 * W5)


@program(V5)
def array_times_itself(x):
    x *= x
    x += x
    x[1:] *= x[1:]
    x -= x * x
    return np.sum(W5 * x)


@program(V5)
def bits_of_masks(x):
    m = x > 0
    m &= x < 1.5
    m |= W5 > 0.5
    m ^= MASK
    m[0] = True
    m[1] &= False
    x[m] **= 2
    return np.sum(W5 * x)


# Overlapping reads and writes


@program(V5)
def shift_right(x):
    x[1:] = x[:-1] * 2.0
    return np.sum(W5 * x**2)


@program(V5)
def shift_without_a_product(x):
    x[1:] = x[:-1]
    x[:-2] = x[2:]
    return np.sum(W5 * x**2)


@program(V5)
def shift_that_adds(x):
    x[1:] += x[:-1]
    x[:-1] *= x[1:]
    x[2:] -= x[1:-1] * x[:-2]
    return np.sum(W5 * x**2)


@program(V5)
def reversed_into_itself(x):
    x[::-1] = x
    x += x[::-1]
    x[:] = x[::-1]
    x *= x[::-1]
    return np.sum(W5 * x**2)


@program(V6)
def levinson_step(y):
    for k in range(1, 6):
        a = y[k]
        y[:k] += a * np.flip(y[:k])
    return np.sum(W6 * y)


@program(M33)
def transpose_added_to_itself(a):
    a += a.T
    a[0] *= a[:, 0]
    a[:] = a.T
    a.T[1:] -= a[:, :2].T
    return np.sum(W33 * a**2)


@program(M44)
def block_moved_over_itself(a):
    a[1:, 1:] = a[:-1, :-1] * a[0, 0]
    a[:2] += a[1:3]
    a[:, ::2] = a[:, 1::2]
    return np.sum(W44 * a**2)


@program(V5)
def strides_that_overlap(x):
    x[::2] = x[2:]
    x[1::2] *= x[:2]
    x[4::-2] += x[:3]
    return np.sum(W5 * x**2)


@program(V5)
def index_array_that_overlaps(x):
    x[[1, 2, 3]] = x[[0, 1, 2]]
    x[[0, 1]] += x[[1, 0]] ** 2
    return np.sum(W5 * x**2)


# Whole arrays


@program(V5, OTHER)
def whole_array_by_slice(x, y):
    total = np.sum(W5 * np.sin(x))
    x[:] = y**2
    y[...] = x * y
    x[:] = x
    x[:] = 0.5
    x[:2] = y[0]
    return total + np.sum(W5 * x * y)


@program(V5)
def whole_array_from_a_list(x):
    y = np.zeros(3)
    y[:] = [x[0] ** 2, 1.0, x[1]]
    y[1:] = x[2], x[3] * x[4]
    x[[0, 1]] = (y[2], 3.0)
    return np.sum(W3 * y**2) + np.sum(W5 * x)


@program(0.8, order=3)
def filled(t):
    x = np.empty(3)
    x.fill(t)
    total = np.sum(W3 * x**3)
    x[1:].fill(t**2)
    total += np.sum(W3 * x**2)
    x.fill(1.0)
    return total * np.sum(x)


@program(M33, 0.8)
def row_and_column_filled(a, t):
    a[1].fill(t)
    a[:, 2].fill(a[0, 0])
    a.T[0].fill(2.0)
    return np.sum(W33 * a**2)


# NumPy functions which write


@program(V5, OTHER)
def copyto_of_a_slice(x, y):
    np.copyto(x[1:], y[:-1] ** 2)
    np.copyto(x, 0.5, where=x > 1.0)
    np.copyto(y, x, where=y < 0)
    np.copyto(dst=y[:2], src=x[3])
    return np.sum(W5 * x * y)


@program(V5, V3)
def put(x, v):
    np.put(x, [0, 3, 4], v**2)
    np.put(x, [1], x[0] * x[3])
    x.put([2, -1], v[:2])
    return np.sum(W5 * x**2)


@program(M34)
def put_of_a_matrix(a):
    np.put(a, [0, 5, 10], a[0, 1:] ** 2)
    a.put(7, a[0, 0])
    return np.sum(W34 * a**2)


@program(V5, V3)
def put_repeats_its_values(x, v):
    np.put(x, np.array([4, 1, 0, 2]), v[:2] ** 2)
    np.put(x, [7, -1], 0.5, mode="wrap")
    return np.sum(W5 * x**2)


@program(M34)
def put_along_axis(a):
    best = np.argmax(a, axis=1)[:, None]
    np.put_along_axis(a, best, a[:, :1] ** 2, axis=1)
    np.put_along_axis(a, np.array([[0, 2, 1, 0]]), 0.3, axis=0)
    return np.sum(W34 * a**2)


@program(SIGNS, V3)
def place(x, v):
    np.place(x, x > 0, v**2)
    np.place(x, MASK, [v[0], 2.0])
    return np.sum(W5 * x**2)


@program(SIGNS, OTHER)
def putmask(x, y):
    np.putmask(x, x > 0, y**2)
    np.putmask(x, x < -1.0, 0.7)
    np.putmask(y, MASK, x[:2])
    return np.sum(W5 * x * y)


@program(M34, V3, 0.4)
def diagonal_filled(a, v, t):
    np.fill_diagonal(a, v**2)
    np.fill_diagonal(a[:, 1:], t)
    return np.sum(W34 * a**2)


@program(M44, V3)
def diagonals_set_by_arange(a, v):
    i = np.arange(3)
    a[i, i + 1] = v * a[i, i]
    a[i + 1, i] -= v**2
    a[np.diag_indices_from(a)] *= 2.0
    a[np.triu_indices(4, 2)] = a[0, 1]
    a[np.tril_indices_from(a, -2)] **= 2
    return np.sum(W44 * a)


@program(M44)
def diagonal_by_stride_of_raveled(a):
    b = a * 1.0
    b.ravel()[:: 4 + 1] += np.sum(a**2)
    b.reshape(-1)[1] = b[0, 0] ** 2
    return np.sum(W44 * b)


@program(V5, OTHER)
def unbuffered_operators(x, y):
    k = np.array([0, 2, 2, 1, 2])
    np.add.at(x, k, y)
    np.subtract.at(x, k, y**2)
    np.multiply.at(x, [0, 3, 3], y[:3])
    np.divide.at(x, [4, 4, 1], 2.0 + y[:3])
    return np.sum(W5 * x**2)


@program(SIGNS, OTHER)
def unbuffered_extremes(x, y):
    np.maximum.at(x, np.array([0, 0, 2, 3, 4]), y)
    np.minimum.at(x, [1, 1], y[:2] - 0.1)
    return np.sum(W5 * x**2)


@program(POSITIVE)
def unbuffered_functions_of_one_argument(x):
    np.negative.at(x, [0, 1, 1])
    np.sqrt.at(x, [2, 2])
    np.exp.at(x, [3])
    return np.sum(W5 * x)


@program(M34, V3)
def unbuffered_pairs_of_indices(a, v):
    np.add.at(a, ([0, 2, 2], [1, 3, 3]), v**2)
    np.add.at(a, (slice(None), 2), v)
    np.add.at(a, 1, 0.5 * v[0])
    np.multiply.at(a, (np.array([0, 0]), 1), v[1])
    return np.sum(W34 * a**2)


@program(SIGNS, OTHER)
def unbuffered_by_mask(x, y):
    np.add.at(x, x > 0, y[:3] ** 2)
    np.multiply.at(x, MASK, 2.0)
    return np.sum(W5 * x**2)


# `out=` of ufuncs


@program(V5, OTHER)
def ufunc_into_an_operand(x, y):
    np.add(x, y, out=x)
    np.multiply(x, x, out=x)
    np.subtract(y, x, y)
    np.divide(x, 2.0 + y**2, out=x)
    np.power(x, 2, out=x)
    return np.sum(W5 * x * y)


@program(V5, OTHER)
def ufunc_into_a_slice(a, b):
    c = np.ones(5)
    np.multiply(a[1:], b[1:], out=c[1:])
    np.add(c[:-1], c[1:], out=c[:-1])
    np.add(a[:2], 1.0, out=b[3:])
    return np.sum(W5 * c * b)


@program(POSITIVE)
def ufunc_of_one_argument_into_itself(x):
    np.sqrt(x, x)
    np.exp(x, x)
    np.negative(x, out=x)
    np.tanh(x[:3], out=x[2:])
    np.square(x, out=x)
    return np.sum(W5 * x)


@program(SIGNS)
def ufunc_under_a_mask(x):
    m = x > 0
    np.sqrt(x, out=x, where=m)
    np.multiply(x, x[0], out=x, where=~m)
    np.log(x, out=x, where=x > 0.8)
    return np.sum(W5 * x)


@program(V5, OTHER)
def ufunc_result_used_too(x, y):
    z = np.empty(5)
    w = np.multiply(x, y, out=z)
    w[0] = 3.0
    z *= np.add(z, x, out=y)
    return np.sum(W5 * z * y * w)


@program(V5)
def ufunc_with_out_in_a_tuple(x):
    y = np.zeros_like(x)
    np.sin(x, out=(y,))
    np.multiply(y, x, out=(x,))
    return np.sum(W5 * x * y)


@program(POSITIVE)
def ufunc_with_two_outs(x):
    whole, part = np.empty(5), np.empty(5)
    np.modf(3.0 * x, whole, part)
    np.divmod(x, 0.4, out=(part, x))
    return np.sum(W5 * whole * x)


@program(V5, OTHER)
def workspace_in_a_loop(x, y):
    work = np.empty(5)
    for _ in range(3):
        np.multiply(x, y, out=work)
        np.sin(work, out=work)
        np.add(x, work, out=x)
        np.multiply(y, 0.9, out=y)
    return np.sum(W5 * x)


@program(M34, V3)
def ufunc_broadcast_into_out(a, v):
    np.multiply(a, v[:, None], out=a)
    np.add(a[0], a[1], out=a[2])
    np.outer(v, W4, out=a)
    np.subtract.outer(v, v, out=a[:, :3])
    return np.sum(W34 * a**2)


@program(V5)
def accumulate_into_out(x):
    np.add.accumulate(x, out=x)
    np.multiply.accumulate(x[:3], out=x[:3])
    y = np.zeros(1)
    np.add.reduce(x**2, keepdims=True, out=y)
    return np.sum(W5 * x) * y[0]


# `out=` of functions


@program(M33, M33.T.copy())
def products_into_out(a, b):
    c = np.empty((3, 3))
    np.dot(a, b, out=c)
    a[0] = c[1] ** 2
    np.matmul(c, a, out=b)
    np.dot(a, c[0].copy(), out=c[1])
    a.dot(b, out=c)
    np.einsum("ij,jk->ik", a, b, out=a)
    return np.sum(W33 * c) + np.sum(a * b)


@program(V5)
def cumulative_into_out(x):
    np.cumsum(x**2, out=x)
    y = np.empty_like(x)
    np.cumprod(x, out=y)
    x.cumsum(out=y)
    y[1:] *= y[:-1]
    return np.sum(W5 * x * y)


@program(M34)
def reductions_into_out(a):
    s, m = np.zeros(4), np.zeros(3)
    np.sum(a**2, axis=0, out=s)
    np.mean(a, axis=1, out=m)
    a[0] = s
    a.sum(axis=0, out=s)
    np.max(a, axis=1, out=m)
    a.mean(axis=0, out=s)
    np.prod(a, axis=0, out=a[2])
    return np.sum(W4 * s**2) + np.sum(W3 * m) + np.sum(W34 * a)


@program(SIGNS)
def clipped_into_itself(x):
    total = np.sum(W5 * x**2)
    np.clip(x, -0.6, 1.0, out=x)
    x.clip(-0.55, None, out=x)
    np.maximum(x, -0.52, out=x)
    x[:] = x.clip(min=x[0])
    return total + np.sum(W5 * x)


@program(V5)
def taken_into_out(x):
    y = np.zeros(3)
    np.take(x, [3, 1, 3], out=y)
    x.take([0, 1, 4], out=y, mode="clip")
    np.concatenate((x[:2] ** 2, y), out=x)
    np.stack([y, y], out=np.zeros((2, 3)))
    return np.sum(W5 * x) + np.sum(W3 * y**2)


@program(SIGNS)
def rounded_and_chosen_into_out(x):
    y = np.zeros(5)
    np.round(x, 1, out=y)
    x += y
    np.choose([0, 1, 0, 1, 1], [x, x**2], out=y)
    np.compress(MASK, x, out=y[:3])
    return np.sum(W5 * y * x)


@program(V5)
def sorted_in_place(x):
    total = np.sum(W5 * x**2)
    x.sort()
    x[1:] *= x[:-1]
    x[::-1].sort()
    x[1:4].sort()
    return total * np.sum(W5 * x)


@program(M34)
def sorted_along_axes(a):
    a.sort(axis=0)
    a *= a
    a.sort()
    a[1].sort()
    return np.sum(W34 * a)


@program(V5)
def partitioned_in_place(x):
    x.partition(2)
    return x[2] ** 2 * np.sum(x[:2] ** 2)


# Fresh arrays


@program(V6)
def shape_assigned(x):
    y = x * 2.0
    y.shape = (2, 3)
    y[0] *= y[1]
    y.shape = 6
    y[0] = x[5] ** 2
    z = np.arange(6.0)
    z.shape = 3, 2
    z[:, 0] = y[:3]
    return np.sum(W6 * y) + np.sum(z**2)


@program(0.7, 1.4)
def bare_ndarrays(a, b):
    x = np.ndarray((2, 3))
    x[:] = a
    x[1] = b**2
    y = np.ndarray(shape=3, dtype=float)
    y[:] = x[0] * x[1]
    y[1] = a * b
    z = np.ndarray(2, np.float64)
    z[0], z[1] = y[0], y[2]
    return np.sum(W3 * y**2) + np.sum(x) * z[0] * z[1]


@program(0.7, order=3)
def all_fresh_forms(t):
    a = np.empty((2, 3), dtype=np.float64)
    a[...] = t
    b = np.zeros(shape=(2, 3), order="F")
    b[1] += t**2
    c = np.ones(3, float)
    c *= t
    d = np.full((2, 3), t)
    d[0, 0] **= 2
    e = np.full(shape=3, fill_value=2.0 * t, dtype="float64")
    e[:2] *= c[1:]
    return np.sum(W3 * (a * b + c * d + e) ** 2)


@program(V5)
def all_like_forms(x):
    a = np.zeros_like(x)
    a[1:] = x[:-1] ** 2
    b = np.ones_like(a, dtype=float)
    b -= x
    c = np.empty_like(x, shape=(2, 5))
    c[0], c[1] = a, b
    d = np.full_like(x, x[0])
    d[2] *= x[1]
    e = np.zeros_like(np.arange(5), dtype=float)
    e += x * d
    return np.sum(W5 * c[0] * c[1] + W5 * e**2)


@program(V5)
def other_fresh_forms(x):
    a = np.eye(5)
    a[0] = x
    b = np.identity(5)
    b *= x
    c = np.diag(x)
    c = c.copy()
    c[1, 0] = x[3] ** 2
    d = np.tile(x, 2)
    d[::2] *= x
    e = np.repeat(x, 2)
    e[3] = d[2] * x[0]
    f = np.arange(5.0)
    f *= x
    g = np.linspace(0.0, 1.0, 5)
    g -= f
    return W5 @ (a + b @ c) @ (f * g) + np.sum(d * e)


@program(V5, OTHER)
def joined_arrays_updated(x, y):
    a = np.concatenate([x, y])
    a[4:6] *= a[0]
    b = np.stack((x, y))
    b[1] -= b[0] ** 2
    c = np.array([x, y])
    c[:, 2] = 0.3
    d = np.r_[x[:2], 1.0, y[0]]
    d[1:] += d[:-1] * d[1:]
    e = np.append(x, 2.0)
    e[-1] *= y[2]
    return np.sum(a**2) + np.sum(W5 * b * c) + np.sum(W4 * d) + np.sum(W6 * e)


@program(V5)
def fresh_results_updated(x):
    a = np.where(x > 0, x, 0.0)
    a[0] = x[1]
    b = np.sort(x)
    b[0] = 0.0
    c = np.cumsum(x)
    c[2:] *= x[0]
    d = np.roll(x, 1)
    d[0] **= 2
    e = abs(x)
    e /= 2.0
    f = -x
    f[1] = x[0] * x[1]
    return np.sum(W5 * (a * b + c * d + e * f))


# Complex arrays


@program(V5, OTHER)
def complex_buffer(x, y):
    z = np.zeros(5, dtype=complex)
    z[:] = x
    z += 1j * y
    z *= z
    z[1:] *= z[:-1]
    z /= 2.0 + 1j
    return np.sum(W5 * np.abs(z) ** 2)


@program(V5, OTHER)
def complex_parts_assigned(x, y):
    z = np.empty(5, dtype=np.complex128)
    z.real = x
    z.imag = y**2
    z = z * z
    return np.sum(W5 * z.real * z.imag)


@program(V5, OTHER)
def complex_parts_updated(x, y):
    z = x + 1j * y
    z.real[:] = x * y
    z.imag[...] += z.real**2
    z.real[1:] *= 2.0
    z.imag[0] = x[4]
    return np.sum(W5 * np.real(z * z)) + np.sum(z.imag**2)


@program(V5)
def complex_mask_and_index(x):
    z = np.exp(1j * x)
    z[x > 0] = np.conj(z[x > 0])
    z[[0, 3]] *= 1j * x[1]
    z[2] = x[2]
    return np.sum(W5 * (z**2).imag)


@program(V6)
def spectrum_filtered(x):
    s = np.fft.rfft(x)
    s[2:] = 0.0
    s[1] *= x[0]
    return np.sum(W6 * np.fft.irfft(s, 6) ** 2)


# Branches, while loops and breaks


@program(SIGNS, 0.3)
def update_under_a_branch_of_data(x, a):
    if x[0] < 0:
        x[1:] *= x[:-1]
        x[0] = a
    elif a > 0:
        x[...] = a
    else:
        x.fill(2.0)
    return np.sum(W5 * x**2)


@program(V5, 0.9)
def decay_until_small(x, a):
    n = 0
    while np.max(np.abs(x)) > 0.5:
        x *= a
        x[0] -= 0.1 * x[1] ** 2
        n += 1
        if n > 30:
            break
    return np.sum(W5 * x**2)


@program(SIGNS)
def search_and_overwrite(x):
    for i in range(len(x)):
        if x[i] > 1.0:
            x[i] = x[i - 1] ** 2
            break
        if x[i] < 0:
            continue
        x[i] *= x[i + 1]
    else:
        x[:] = 0.0
    return np.sum(W5 * x)


@program(SIGNS)
def insertion_sort(x):
    total = np.sum(W5 * x**3)
    for i in range(1, len(x)):
        key = x[i]
        j = i - 1
        while j >= 0 and x[j] > key:
            x[j + 1] = x[j]
            j -= 1
        x[j + 1] = key
    return total + np.sum(W5 * x**2)


@program(M33 + np.array([[0, 3, 0], [0, 0, 3], [3, 0, 0]]), V3, order=1)
def pivoted_elimination(a, b):
    n = len(b)
    for k in range(n):
        p = k + np.argmax(np.abs(a[k:, k]))
        if p != k:
            a[[k, p]] = a[[p, k]]
            b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            m = a[i, k] / a[k, k]
            a[i, k:] -= m * a[k, k:]
            b[i] -= m * b[k]
    x = np.zeros(n)
    for i in reversed(range(n)):
        x[i] = (b[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return np.sum(W3 * x)


@program(V5)
def fixed_point_with_two_exits(x):
    previous = np.zeros_like(x)
    for k in range(50):
        previous[:] = x
        x[:] = 0.5 * np.cos(previous)
        if np.max(np.abs(x - previous)) < 1e-2:
            break
    return np.sum(W5 * x * previous) + k


# Views written to at once


@program(M34)
def views_written_at_once(a):
    a.T[0] = a[:, 1] ** 2
    np.swapaxes(a, 0, 1)[1] += a[:, 0]
    a.transpose()[2:, 1] *= 2.0
    a[None][0] = a * a[0]
    a[:, :, np.newaxis][1, 2] = 0.4
    return np.sum(W34 * a**2)


@program(V6)
def fresh_array_reshaped_and_written(x):
    y = x**2
    y.ravel()[2] = x[0]
    y.reshape(2, 3)[0] *= x[3:]
    y.reshape((3, -1))[:, 1] = 0.2
    np.reshape(y, (2, 3))[1, 1] = x[1]
    return np.sum(W6 * y**2)


@program(M33)
def diagonal_read(a):
    d = a.diagonal()
    total = np.sum(W3 * d**2)
    a[0, 0] = a[1, 2] ** 2
    total += np.sum(W3 * np.diagonal(a) ** 2)
    a[1] *= a.diagonal()
    return total + np.sum(W33 * a) + np.sum(d**3)


@refused(M33, V3)
def diagonal_by_einsum(a, v):
    np.einsum("ii->i", a)[:] = v**2
    d = np.einsum("ii->i", a)
    d += a[0]
    return np.sum(W33 * a**2)


@program(M34)
def flat_updates(a):
    b = a * 2.0
    b.flat[3] = a[0, 0] ** 2
    b.flat[5:8] *= b[1, 1]
    b.flat[[0, 2]] = 0.1
    b.flat[:] = b.flat[::-1]
    return np.sum(W34 * b**2)


@program(V5)
def flat_filled(x):
    y = np.outer(x, x)
    y.flat = x[0]
    y.flat[::6] = x**2
    return np.sum(np.outer(W5, W5) * y**2)


# Zero-dimensional arrays and numbers


@program(0.7, order=3)
def zero_dimensional(t):
    x = np.array(t)
    x[()] = t**2
    y = x
    x += t
    x[...] *= x
    y[...] = y + 1.0
    return float(x * y)


@program(0.7, order=3)
def zero_dimensional_buffers(t):
    total = np.zeros(())
    for k in range(3):
        total += t**k
        total[...] *= t
    row = np.empty(2)
    np.sin(total, out=total)
    row[0] = total
    row[1] = total * t
    return np.sum(row**2)


@program(V5)
def scalars_taken_from_an_array(x):
    a = x[0]
    a += 1.0
    a *= x[1]
    b = x[1:2]
    b += a
    c = np.sum(x)
    c += a
    return np.sum(W5 * x**2) * a * c


@program(0.7, order=3)
def integer_name_given_floats(t):
    n = 0
    n += 1
    n += t
    n *= n
    k = 3
    k -= t
    return n * k


@program(V5)
def integer_name_given_an_array(x):
    total = 0
    for i in range(3):
        total += x * i
        total *= x
    product = 1
    product *= x
    product += total
    return np.sum(W5 * product) + np.sum(total * x)


@program(V5)
def float_array_updated_by_integers(x):
    x += 1
    x[1] = 2
    x[2:] *= np.array([2, 3, 4])
    x -= np.arange(5)
    x[0] **= 3
    x[:2] //= 1
    x[3] += True
    return np.sum(W5 * x**2)


@program(V5)
def integer_array_given_floats(x):
    n = np.zeros(5, dtype=int)
    n[:] = x * 10.0
    n[1] = x[0] * 30.0
    y = np.zeros(5)
    y += n
    y *= x
    return np.sum(W5 * y)


@program(V5)
def integer_array_made_float(x):
    n = np.arange(5)
    n[2] = 7
    y = n.astype(float)
    y[0] = x[1]
    y *= x
    n[0] = 9
    return np.sum(W5 * y**2) + n[0] * n[2]


# Lists


@program(V5)
def items_deleted_from_a_list(x):
    parts = [x[:2] ** 2, x[2:], x[1:4].copy(), x * 2.0]
    parts[2] *= x[0]
    del parts[0]
    parts[0] = x[:3] * parts[1]
    del parts[-1:]
    del parts[1]
    return np.sum(W3 * parts[0])


@program(V5)
def list_of_numbers_updated(x):
    values = list(x)
    values[0] = values[1] * values[2]
    values[1:3] = [values[0] ** 2, 3.0]
    values[-1] += values[0]
    values += [values[3]]
    values[2], values[3] = values[3], values[2]
    return np.sum(W6 * np.array(values) ** 2)


@refused(M34)
def list_of_lists_updated(a):
    rows = a.tolist()
    rows[0][1] *= rows[1][0]
    rows[2][2:] = [rows[0][1] ** 2, 0.5]
    rows[1] = rows[0]
    rows[1][3] = rows[2][0]
    return np.sum(W34 * np.array(rows) ** 2)


# `out` as a positional argument


@program(POSITIVE, OTHER)
def positional_out_of_ufuncs(x, y):
    np.exp(x, x)
    np.multiply(x, y, y)
    np.maximum(y, -0.7, y)
    z = np.empty(5)
    w = np.add(x, y[::-1], z)
    z[0] = x[1]
    return np.sum(W5 * x * y) + np.sum(w**2)


@program(M33, V5)
def positional_out_of_functions(a, x):
    c, s = np.empty((3, 3)), np.empty(3)
    np.matmul(a, a, c)
    np.dot(c, a, a)
    a.dot(c[0] * 1.0, s)
    np.sum(a, 0, None, c[1])
    np.cumsum(x, 0, None, x)
    np.clip(x, -1.0, 1.5, x)
    np.outer(s, s, a)
    np.take(x, [0, 3, 1], None, s)
    return np.sum(W33 * a * c) + np.sum(W5 * x**2) + np.sum(W3 * s)
