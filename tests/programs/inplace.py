"""Programs that update arrays in place, through elements, slices, views, aliases, helpers and lists."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(12)

VECTOR = rng.normal(size=5)
OTHER = rng.normal(size=5)
SPREAD = np.array([-1.7, 0.6, 2.3, -0.4, 1.1])
MATRIX = rng.normal(size=(3, 4))
SQUARE = rng.normal(size=(3, 3))
DOMINANT = rng.normal(size=(4, 4)) * 0.4 + 4.0 * np.eye(4)
FACTOR = rng.normal(size=(4, 4))
POSITIVE_DEFINITE = FACTOR @ FACTOR.T + 3.0 * np.eye(4)
LOWER = np.tril(rng.normal(size=(4, 4))) * 0.5 + 2.0 * np.eye(4)
RHS = rng.normal(size=4)

W3 = np.array([1.1, -0.6, 0.8])
W4 = np.array([0.7, -1.3, 0.4, 1.9])
W5 = np.array([0.7, -1.3, 0.4, 1.9, -0.5])
W34 = rng.normal(size=(3, 4))
W33 = rng.normal(size=(3, 3))
W44 = rng.normal(size=(4, 4))


# Elements


@program(VECTOR, 0.7)
def set_one_element(x, a):
    x[2] = np.sin(a)
    return np.sum(W5 * x**2)


@program(VECTOR)
def set_element_from_others(x):
    y = x.copy()
    y[0] = y[1] * y[2]
    y[3] = np.sin(y[0]) * y[3]
    return np.sum(W5 * y**2)


@program(VECTOR, 0.7)
def augmented_elements(x, a):
    x[0] += a * x[1]
    x[1] *= x[0]
    x[2] -= np.sin(x[1])
    x[3] /= 2.0 + a**2
    x[-1] **= 2
    return np.sum(W5 * x**2)


@program(MATRIX)
def augmented_matrix_elements(x):
    x[0, 1] *= x[1, 0]
    x[1, 0] += x[0, 1] ** 2
    x[-1, -1] = x[0, 1] * x[1, 0]
    return np.sum(W34 * np.sin(x))


@program(VECTOR)
def read_before_overwritten(x):
    old = x[1]
    x[1] = x[0] ** 2
    x[0] = old * x[1]
    return x[0] * np.sin(x[1]) + old


@program(VECTOR)
def overwritten_after_nonlinear_use(x):
    y = np.sin(x)
    x[0] = 3.0
    x[1:3] = 0.0
    return np.sum(W5 * y * x)


@program(VECTOR)
def square_then_overwrite_then_square(x):
    total = np.sum(W5 * x**2)
    x[1] = x[0] * x[2]
    total += np.sum(W5 * x**3)
    x[2] = np.exp(0.1 * total)
    return total + np.sum(W5 * x**2)


@program(VECTOR, order=3)
def swap_elements(x):
    x[0], x[1] = x[1], x[0]
    x[2], x[3], x[4] = x[3] * x[4], x[2], x[0]
    return np.sum(W5 * x**3)


@program(VECTOR, 1)
def element_at_a_variable_index(x, i):
    j = i + 2
    x[i] = x[j] * 2.0
    x[j] += x[i] ** 2
    return np.sum(W5 * x * x)


@program(VECTOR)
def clobbered_argument_is_dead(x):
    a = x[0] * x[1]
    x[:] = 2.0
    return a * np.sum(x) + a**2


# Slices, rows and columns


@program(VECTOR, OTHER)
def set_slice(x, y):
    x[1:4] = y[:3] * y[1:4]
    return np.sum(W5 * x**2)


@program(VECTOR, 0.4)
def set_slice_to_a_scalar(x, a):
    y = x**2
    y[::2] = a
    y[1] *= a
    return np.sum(W5 * np.sin(y))


@program(VECTOR)
def augmented_slices(x):
    x[1:] += 0.5 * x[:-1] ** 2
    x[:-1] *= x[1:]
    x[::-2] -= 1.0
    return np.sum(W5 * x**2)


@program(VECTOR, OTHER)
def set_everything(x, y):
    z = x * y
    x[:] = z + y
    y[...] = x * z
    return np.sum(W5 * x * y)


@program(MATRIX, VECTOR[:4])
def set_rows_and_columns(a, v):
    a[1] = v**2
    a[:, 2] = a[:, 0] * a[:, 1]
    a[0, :] += v
    a[:, -1] *= 2.0
    return np.sum(W34 * a**2)


@program(MATRIX, 1.4)
def set_block_with_broadcasting(a, s):
    a[:2, 1:3] = s
    a[1:, :] *= W4 * s
    a[:, :] += a[0] * 0.1
    return np.sum(W34 * a**2)


@program(SQUARE)
def row_operations(a):
    a[1] -= a[0] * a[1, 0]
    a[2] -= a[0] * a[2, 0]
    a[2] -= a[1] * a[2, 1]
    return np.sum(W33 * a)


@program(VECTOR)
def self_overlap(x):
    x[1:] = x[:-1] * 2.0
    x[:-1] += x[1:] ** 2
    return np.sum(W5 * x)


@program(VECTOR)
def reversed_in_place(x):
    x[:] = x[::-1] * W5
    x[1:4] = x[3:0:-1]
    return np.sum(W5 * x**2)


# Whole arrays


@program(VECTOR, OTHER)
def augmented_arguments(x, y):
    x += y
    y *= x
    x -= 0.5 * y
    x /= 2.0
    return np.sum(W5 * x * y)


@program(VECTOR)
def augmented_locals(x):
    y = np.sin(x)
    y *= x
    y += y**2
    y -= 1.0
    y **= 2
    return np.sum(W5 * y)


@program(MATRIX, VECTOR[:4])
def augmented_with_broadcasting(a, b):
    a += b
    a *= b[::-1]
    a -= a[:, :1] * 0.5
    return np.sum(W34 * np.sin(a))


@program(VECTOR)
def sum_of_terms_in_place(x):
    term = np.ones_like(x)
    total = np.zeros_like(x)
    for k in range(1, 6):
        term *= x / k
        total += term
    return np.sum(W5 * total)


@program(MATRIX)
def accumulate_rows(a):
    total = np.zeros(4)
    for row in a:
        total += row * np.sin(row)
        total *= 0.5
    return np.sum(W4 * total**2)


@program(VECTOR, OTHER)
def augmented_name_keeps_the_argument(x, y):
    z = x
    z += y**2
    return np.sum(W5 * x * z)


# Filled arrays


@program(VECTOR)
def zeros_filled_in_a_loop(x):
    n = len(x)
    y = np.zeros(n)
    for i in range(n):
        y[i] = np.sin(x[i]) * (i + 1)
    return np.sum(W5 * y**2)


@program(VECTOR, OTHER)
def matrix_filled_in_loops(x, y):
    n = x.size
    k = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            k[i, j] = np.exp(-0.5 * (x[i] - y[j]) ** 2)
    return W5 @ k @ W5


@program(VECTOR)
def symmetric_fill(x):
    n = len(x)
    k = np.zeros((n, n))
    for i in range(n):
        k[i, i] = 1.0
        for j in range(i):
            k[i, j] = x[i] * np.cos(x[j])
            k[j, i] = k[i, j]
    return W5 @ k @ (W5 + x)


@program(VECTOR, 0.3)
def zeros_with_rows(x, a):
    out = np.zeros((3, 5))
    out[0] = x
    out[1] = a * x**2
    out[2, 1:] = x[:-1] * out[1, 1:]
    return np.sum(np.outer(W3, W5) * np.sin(out))


@program(0.4, 1.2)
def ones_and_empty(a, b):
    x = np.ones(3)
    y = np.empty(3)
    y[:] = a
    y[1] = b
    x[0] = a * b
    x *= y
    return np.sum(W3 * x**2)


# Recurrences


@program(VECTOR)
def prefix_sums(x):
    for i in range(1, len(x)):
        x[i] += x[i - 1]
    return np.sum(W5 * x**2)


@program(VECTOR)
def prefix_products(x):
    y = np.ones(len(x) + 1)
    for i in range(len(x)):
        y[i + 1] = y[i] * x[i]
    return np.sum(y[1:] * W5)


@program(VECTOR, np.array([0.6, -0.2]))
def recursive_filter(x, c):
    y = np.zeros_like(x)
    y[0] = x[0]
    y[1] = x[1] + c[0] * y[0]
    for i in range(2, x.shape[0]):
        y[i] = x[i] + c[0] * y[i - 1] + c[1] * y[i - 2]
    return np.sum(W5 * y**2)


@program(VECTOR)
def nonlinear_recurrence(x):
    for i in range(1, 5):
        x[i] = np.sin(x[i - 1]) * x[i] + x[i - 1] ** 2
    return x[4] + x[2] * x[3]


@program(VECTOR)
def backwards_recurrence(x):
    for i in range(len(x) - 2, -1, -1):
        x[i] = x[i] * np.cos(x[i + 1])
    return np.sum(W5 * x)


@program(np.array([0.5, -1.0, 0.3, 0.8]), VECTOR)
def horner(c, x):
    y = np.zeros_like(x)
    for k in range(len(c)):
        y *= x
        y += c[k]
    return np.sum(W5 * y**2)


@program(0.37, order=3)
def logistic_map_table(r):
    x = np.zeros(8)
    x[0] = 0.2
    for i in range(7):
        x[i + 1] = 4.0 * r * x[i] * (1.0 - x[i])
    return np.sum(x**2)


@program(0.4, 1.3, order=3)
def fibonacci_table(a, b):
    table = np.zeros(10)
    table[0] = a
    table[1] = b
    for i in range(2, 10):
        table[i] = 0.5 * table[i - 1] * table[0] + table[i - 2]
    return table[9] + table[5] ** 2


@program(0.7, order=3)
def legendre_by_recurrence(x):
    p = np.zeros(7)
    p[0] = 1.0
    p[1] = x
    for n in range(1, 6):
        p[n + 1] = ((2 * n + 1) * x * p[n] - n * p[n - 1]) / (n + 1)
    return p[6] + p[3] * p[4]


@program(np.array([0.3, 0.9, 1.4]))
def binomial_triangle(x):
    table = np.zeros((4, 4))
    table[0, 0] = 1.0
    for i in range(1, 4):
        table[i, 0] = table[i - 1, 0] * x[i - 1]
        for j in range(1, i + 1):
            table[i, j] = table[i - 1, j - 1] + x[i - 1] * table[i - 1, j]
    return table[3] @ W4


# Dynamic programming


@program(rng.normal(size=(4, 4)))
def soft_edit_distance(cost):
    m, n = cost.shape
    d = np.zeros((m + 1, n + 1))
    d[0, 1:] = 3.0
    d[1:, 0] = 3.0
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            a, b, c = d[i - 1, j], d[i, j - 1], d[i - 1, j - 1]
            soft = -np.log(np.exp(-a) + np.exp(-b) + np.exp(-c))
            d[i, j] = cost[i - 1, j - 1] ** 2 + soft
    return d[m, n]


@program(rng.uniform(0.2, 2.0, size=(3, 4)))
def cheapest_path(cost):
    m, n = cost.shape
    best = np.zeros((m, n))
    for i in range(m):
        for j in range(n):
            if i == 0 and j == 0:
                best[i, j] = cost[i, j]
            elif i == 0:
                best[i, j] = best[i, j - 1] + cost[i, j] ** 2
            elif j == 0:
                best[i, j] = best[i - 1, j] + cost[i, j] ** 2
            else:
                best[i, j] = min(best[i - 1, j], best[i, j - 1]) + cost[i, j] ** 2
    return best[m - 1, n - 1]


@program(rng.uniform(0.1, 1.0, size=(3, 3)), rng.uniform(0.1, 1.0, size=(3, 4)))
def forward_algorithm(transition, emission):
    n, steps = emission.shape
    alpha = np.zeros((steps, n))
    alpha[0] = emission[:, 0] / n
    for t in range(1, steps):
        for j in range(n):
            alpha[t, j] = np.sum(alpha[t - 1] * transition[:, j]) * emission[j, t]
    return np.log(np.sum(alpha[steps - 1]))


@program(np.array([1.0, 2.5, 0.5]), 1.8)
def coin_partition_function(energies, beta):
    ways = np.zeros(6)
    ways[0] = 1.0
    for e in range(len(energies)):
        for k in range(1, 6):
            ways[k] += ways[k - 1] * np.exp(-energies[e] / beta)
    return np.log(np.sum(ways))


# Stencils


@program(rng.normal(size=8), 4)
def heat_equation(u, steps):
    for _ in range(steps):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


@program(rng.normal(size=8), 3)
def heat_equation_augmented(u, steps):
    for _ in range(steps):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(np.sin(u))


@program(rng.normal(size=8), 0.3, 3)
def burgers_equation(u, nu, steps):
    for _ in range(steps):
        u[1:-1] -= 0.1 * u[1:-1] * (u[2:] - u[:-2]) / 2 - 0.1 * nu * (u[2:] - 2 * u[1:-1] + u[:-2])
        u[0] = u[1]
        u[-1] = u[-2]
    return np.sum(u**2 * np.arange(8.0))


@program(rng.normal(size=(5, 5)), 2)
def heat_equation_2d(u, steps):
    for _ in range(steps):
        u[1:-1, 1:-1] += 0.1 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1])
    return np.sum(u**3)


@program(rng.normal(size=6), rng.normal(size=6), 3)
def wave_equation_leapfrog(u, v, steps):
    for _ in range(steps):
        v[1:-1] += 0.2 * (u[2:] - 2 * u[1:-1] + u[:-2]) - 0.05 * u[1:-1] ** 3
        u += 0.2 * v
    return np.sum(u**2) + np.sum(v**2)


@program(rng.normal(size=6), 3)
def double_buffering(u, steps):
    new = u.copy()
    for _ in range(steps):
        new[1:-1] = 0.5 * (u[2:] + u[:-2]) * u[1:-1]
        u, new = new, u
    return np.sum(u * np.arange(6.0)) + np.sum(new**2)


@program(rng.normal(size=6), 3)
def double_buffering_with_copy(u, steps):
    old = np.empty_like(u)
    for _ in range(steps):
        old[:] = u
        u[1:-1] = np.sin(old[2:] - old[:-2]) + old[1:-1]
    return np.sum(u**2)


@program(rng.uniform(0.5, 1.5, size=6), 2)
def stencil_by_element_loops(u, steps):
    n = len(u)
    for _ in range(steps):
        for i in range(1, n - 1):
            u[i] = 0.25 * (u[i - 1] + 2 * u[i] + u[i + 1]) * u[i]
    return np.sum(u)


@program(rng.normal(size=6), 0.3)
def upwind_with_periodic_ends(u, c):
    for _ in range(3):
        first = u[0]
        last = u[-1]
        u[1:] = u[1:] - c * (u[1:] - u[:-1])
        u[0] = first - c * (first - last)
    return np.sum(u**2 * np.arange(1.0, 7.0))


# Linear algebra by loops


@program(DOMINANT, order=1)
def lu_in_place(A):
    n = len(A)
    for i in range(n):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            A[i, j] -= A[i, :i] @ A[:i, j]
    return np.sum(W44 * A)


@program(DOMINANT)
def gaussian_elimination_log_determinant(a):
    n = a.shape[0]
    for k in range(n):
        for i in range(k + 1, n):
            a[i, k:] -= a[i, k] / a[k, k] * a[k, k:]
    total = 0.0
    for k in range(n):
        total += np.log(a[k, k])
    return total


@program(DOMINANT, RHS, order=1)
def gaussian_elimination_solve(a, b):
    n = len(b)
    for k in range(n - 1):
        for i in range(k + 1, n):
            m = a[i, k] / a[k, k]
            for j in range(k, n):
                a[i, j] -= m * a[k, j]
            b[i] -= m * b[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - np.dot(a[i, i + 1 :], x[i + 1 :])) / a[i, i]
    return np.sum(W4 * x)


@program(POSITIVE_DEFINITE)
def cholesky_by_loops(a):
    n = a.shape[0]
    low = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = 0.0
            for k in range(j):
                s += low[i, k] * low[j, k]
            if i == j:
                low[i, j] = np.sqrt(a[i, i] - s)
            else:
                low[i, j] = (a[i, j] - s) / low[j, j]
    return np.sum(W44 * low)


@program(POSITIVE_DEFINITE, order=1)
def cholesky_in_place(a):
    n = len(a)
    for k in range(n):
        a[k, k] = np.sqrt(a[k, k])
        a[k + 1 :, k] /= a[k, k]
        for j in range(k + 1, n):
            a[j:, j] -= a[j:, k] * a[j, k]
    return np.sum(np.tril(a) * W44)


@program(LOWER, RHS)
def forward_substitution(low, b):
    x = b.copy()
    for i in range(len(b)):
        for j in range(i):
            x[i] -= low[i, j] * x[j]
        x[i] /= low[i, i]
    return np.sum(W4 * x**2)


@program(LOWER.T.copy(), RHS)
def back_substitution_in_place(up, b):
    n = len(b)
    for i in reversed(range(n)):
        b[i] = (b[i] - up[i, i + 1 :] @ b[i + 1 :]) / up[i, i]
    return np.sum(W4 * b**2)


@program(np.full(3, -1.0), np.array([4.0, 3.5, 5.0, 4.2]), np.array([0.5, -0.7, 1.1]), RHS, order=1)
def thomas_algorithm(a, b, c, d):
    n = len(d)
    for i in range(1, n):
        w = a[i - 1] / b[i - 1]
        b[i] = b[i] - w * c[i - 1]
        d[i] = d[i] - w * d[i - 1]
    d[-1] = d[-1] / b[-1]
    for i in range(n - 2, -1, -1):
        d[i] = (d[i] - c[i] * d[i + 1]) / b[i]
    return np.sum(W4 * d)


@program(DOMINANT, RHS, order=1)
def gauss_seidel(a, b):
    n = len(b)
    x = np.zeros(n)
    for _ in range(3):
        for i in range(n):
            s = b[i]
            for j in range(n):
                if j != i:
                    s -= a[i, j] * x[j]
            x[i] = s / a[i, i]
    return np.sum(W4 * x**2)


@program(DOMINANT, RHS)
def successive_over_relaxation(a, b):
    x = np.zeros_like(b)
    for _ in range(2):
        for i in range(len(b)):
            x[i] += 1.1 * (b[i] - a[i] @ x) / a[i, i]
    return np.sum(x * W4)


@program(SQUARE * 0.5, 3)
def matrix_power_by_loops(a, n):
    p = np.eye(3)
    for _ in range(n):
        q = np.zeros((3, 3))
        for i in range(3):
            for j in range(3):
                q[i, j] = p[i] @ a[:, j]
        p = q
    return np.sum(W33 * p)


@program(MATRIX, rng.normal(size=(4, 2)), order=1)
def triple_loop_matrix_product(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                c[i, j] += a[i, k] * b[k, j]
    return np.sum(W34[:, :2] * c**2)


@program(rng.normal(size=(4, 3)))
def gram_schmidt_in_place(a):
    n = a.shape[1]
    for k in range(n):
        for j in range(k):
            a[:, k] -= (a[:, j] @ a[:, k]) * a[:, j]
        a[:, k] /= np.sqrt(a[:, k] @ a[:, k])
    return np.sum(W34.T * a)


@program(SQUARE)
def triangular_bounds(a):
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            a[i, j] *= a[j, i]
        for j in range(i + 1, n):
            a[i, j] += a[j, i] ** 2
    return np.sum(W33 * a)


# Views and aliases


@program(MATRIX)
def row_view(a):
    row = a[1]
    row[0] = np.sin(a[0, 0])
    row *= 2.0
    return np.sum(W34 * a**2)


@program(VECTOR)
def slice_view(x):
    y = x[1:]
    y[0] = x[0] ** 2
    y[1:] *= x[0]
    return np.sum(W5 * x**2)


@program(VECTOR)
def alias(x):
    y = x
    y[0] = x[1] * x[2]
    x[3] = y[0] ** 2
    return np.sum(W5 * y * x)


@program(VECTOR)
def copy_is_not_an_alias(x):
    y = x.copy()
    z = x * 1.0
    w = x + 0.0
    x[0] = 5.0
    x[1:] *= 2.0
    return np.sum(W5 * x * y * z) + np.sum(w**2)


@program(VECTOR)
def view_read_after_update(x):
    tail = x[2:]
    before = np.sum(tail**2)
    x[3] = x[0] * x[1]
    return before + np.sum(W3 * tail**3)


@program(MATRIX)
def transposed_view(a):
    t = a.T
    t[0] = t[1] * t[2]
    t[3, 1:] += a[0, 0]
    return np.sum(W34 * a**2)


@program(VECTOR)
def view_of_a_view(x):
    y = x[1:]
    z = y[::2]
    z *= x[0]
    y[0] += z[1] ** 2
    return np.sum(W5 * x**2)


@program(MATRIX)
def rows_updated_by_iteration(a):
    for row in a:
        row *= row[0]
        row[1] += 1.0
    return np.sum(W34 * a)


@program(MATRIX)
def diagonal_of_rows(a):
    for i, row in enumerate(a):
        row[i] = np.sin(row[i]) * row[3]
    return np.sum(W34 * a**2)


@program(VECTOR)
def flattened_copy_is_independent(x):
    y = x.flatten()
    z = np.array(x)
    y[0] = x[1] ** 2
    z[1:] *= y[0]
    return np.sum(W5 * x * y * z)


# Masks and index arrays


@program(SPREAD)
def masked_scaling(x):
    x[x > 0] *= 2.0
    return np.sum(W5 * x**2)


@program(SPREAD)
def masked_replacement(x):
    y = x**2
    y[x < 0] = 0.5
    y[y > 4.0] = np.sum(x)
    return np.sum(W5 * y * x)


@program(SPREAD)
def masked_function_of_itself(x):
    m = x > 0
    x[m] = np.log(x[m]) * x[m]
    x[~m] = np.exp(x[~m])
    return np.sum(W5 * x)


@program(VECTOR, OTHER[:3], np.array([4, 0, 2]))
def set_by_index_array(x, v, idx):
    x[idx] = v**2
    return np.sum(W5 * x**2)


@program(VECTOR, OTHER[:3], np.array([4, 0, 2]))
def add_by_index_array(x, v, idx):
    x[idx] += v * x[0]
    x[[1, 3]] *= x[[3, 1]]
    return np.sum(W5 * x**2)


@program(VECTOR, OTHER)
def add_at_with_repeats(x, y):
    idx = np.array([0, 2, 2, 1, 0])
    np.add.at(x, idx, y**2)
    return np.sum(W5 * x**2)


@program(MATRIX)
def set_by_two_index_arrays(a):
    rows = np.array([0, 1, 2])
    cols = np.array([3, 0, 1])
    a[rows, cols] = a[rows, 2] * a[0, cols]
    return np.sum(W34 * a**2)


@program(VECTOR, OTHER)
def scatter_in_a_loop(x, y):
    target = np.array([1, 1, 3, 0, 4])
    for i in range(5):
        x[target[i]] += np.sin(y[i]) * x[i]
    return np.sum(W5 * x)


# Branches and while loops


@program(VECTOR)
def update_in_a_branch(x):
    if x[0] * x[1] < 10.0:
        x[2] = x[3] ** 2
    else:
        x[3] = x[2]
    if np.sum(x) > 1e3:
        x *= 0.0
    return np.sum(W5 * x**2)


@program(SPREAD)
def update_in_a_branch_in_a_loop(x):
    for i in range(len(x)):
        if x[i] > 0:
            x[i] = np.sqrt(x[i])
        else:
            x[i] *= x[i - 1]
    return np.sum(W5 * x)


@program(VECTOR)
def update_in_a_while_loop(x):
    k = 0
    while np.sum(x**2) > 0.5 and k < 20:
        x *= 0.8
        x[k % 5] = np.sin(x[k % 5])
        k += 1
    return np.sum(W5 * x) + k


@program(VECTOR)
def break_after_update(x):
    for i in range(1, 5):
        x[i] += x[i - 1] ** 2
        if i == 3:
            break
        x[0] *= 0.9
    return np.sum(W5 * x**2)


@program(SPREAD)
def bubble_sort(x):
    n = len(x)
    for i in range(n):
        for j in range(n - 1 - i):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
    return np.sum(W5 * x**2)


@program(VECTOR, 0.1)
def gradient_descent_in_place(x, rate):
    for _ in range(4):
        g = 2.0 * x + np.cos(x)
        x -= rate * g
    return np.sum(W5 * x)


# Helpers that update


def scale_in_place(v, s):
    v *= s


def smooth_in_place(v):
    for i in range(1, len(v)):
        v[i] = 0.5 * (v[i] + v[i - 1] ** 2)
    return v


def add_outer(target, u, v):
    target += np.outer(u, v)
    target[0, 0] = np.sum(u)


def set_and_report(v, i, value):
    old = v[i]
    v[i] = value
    return old


@program(VECTOR, 1.4)
def helper_returning_nothing(x, a):
    scale_in_place(x, a)
    scale_in_place(x[1:3], x[0])
    return np.sum(W5 * x**2)


@program(VECTOR)
def helper_returning_its_argument(x):
    y = smooth_in_place(x)
    y[0] *= 2.0
    return np.sum(W5 * x * y)


@program(VECTOR[:3], OTHER[:3])
def helper_updating_a_local(u, v):
    m = np.zeros((3, 3))
    for _ in range(2):
        add_outer(m, u, v)
        m *= m + 1.0
    return np.sum(W33 * m)


@program(VECTOR, 0.9)
def helper_with_result_and_update(x, a):
    old = set_and_report(x, 1, a * x[2])
    older = set_and_report(x, 2, old**2)
    return old * older + np.sum(W5 * x**2)


@program(MATRIX)
def helper_on_rows(a):
    for i in range(a.shape[0]):
        smooth_in_place(a[i])
    return np.sum(W34 * a)


@program(VECTOR)
def helper_inside_an_expression(x):
    return np.sum(W5 * smooth_in_place(x.copy())) + np.sum(x**2)


# Histories and lists of arrays


@program(VECTOR, 3)
def history_of_copies(u, steps):
    u_hist = []
    for _ in range(steps):
        u[1:] += 0.3 * u[:-1] * u[1:]
        u_hist.append(u.copy())
    total = 0.0
    for k in range(len(u_hist)):
        total += (k + 1) * np.sum(W5 * u_hist[k] ** 2)
    return total


@program(VECTOR, 3)
def history_in_a_matrix(u, steps):
    history = np.zeros((steps + 1, 5))
    history[0] = u
    for k in range(steps):
        history[k + 1] = history[k] + 0.1 * np.sin(history[k]) * history[0]
    return np.sum(history @ W5) + np.sum(history[-1] ** 2)


@program(VECTOR)
def trajectory_stacked(u):
    states = [u.copy()]
    for _ in range(3):
        u *= 0.9
        u[0] = u[1] * u[2]
        states.append(u.copy())
    return np.sum(np.stack(states) ** 2 * np.arange(1.0, 5.0)[:, None])


@program(VECTOR, OTHER)
def list_of_arrays(x, y):
    arrays = [x.copy(), y * 2.0]
    arrays[0][1] = y[0] * x[2]
    arrays[1] *= arrays[0]
    for a in arrays:
        a[0] = np.sum(a**2)
    return np.sum(W5 * arrays[0]) + np.sum(W5 * arrays[1])


@program([SQUARE.copy(), SQUARE.T.copy()], VECTOR[:3])
def parameters_updated_in_a_list(params, v):
    for k in range(2):
        params[k] -= 0.1 * np.outer(params[k] @ v, v)
    return np.sum(W33 * params[0] @ params[1])


@program({"w": VECTOR.copy(), "b": 0.4})
def dictionary_of_arrays(state):
    state["w"][0] = state["b"] ** 2
    state["w"] *= 2.0
    state["b"] = np.sum(state["w"][1:])
    return np.sum(W5 * state["w"] ** 2) * state["b"]


# Methods and functions that write


@program(VECTOR, 0.3)
def fill_method(x, a):
    y = np.empty(5)
    y.fill(a)
    y += x
    return np.sum(W5 * y**2)


@program(VECTOR, OTHER)
def out_argument(x, y):
    z = np.zeros(5)
    np.multiply(x, y, out=z)
    np.add(z, x, out=x)
    np.sin(z, out=z)
    return np.sum(W5 * x * z)


@program(SQUARE, 1.5)
def fill_diagonal(a, s):
    np.fill_diagonal(a, s**2)
    a[np.diag_indices(3)] *= a[0, 1]
    return np.sum(W33 * a**2)


@program(VECTOR, OTHER)
def copyto(x, y):
    z = np.zeros_like(x)
    np.copyto(z, x * y)
    x[0] = z[1] ** 2
    np.copyto(x, z, where=np.array([False, True, False, True, False]))
    return np.sum(W5 * x * z)


@program(SPREAD)
def sort_method(x):
    y = x**3
    y.sort()
    return np.sum(W5 * y**2)


@program(np.array(0.6), VECTOR)
def zero_dimensional_update(a, x):
    a += x[0]
    a *= a
    a[()] = a + np.sum(x**2)
    return float(a) * x[1]
