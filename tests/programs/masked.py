"""Values that are infinite, NaN or of infinite slope where they are masked, overwritten or multiplied by zero.

At the sample arguments the singular places are hit. They depend on constants alone, or are zero by structure.
"""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(34)

V3, V5 = rng.normal(size=3), rng.normal(size=5)
POSITIVE = rng.uniform(0.5, 1.5, size=5)
POINTS = rng.normal(size=(4, 3))
PLANE = rng.normal(size=(4, 2))
MASSES = rng.uniform(0.5, 1.5, size=4)
SQUARE = rng.uniform(0.5, 1.5, size=(4, 4))
KEEP = np.array([1.0, 0.0, 1.0, 1.0, 0.0])
ON = KEEP > 0
W3, W4, W5 = (rng.normal(size=n) for n in (3, 4, 5))
W44, W43, W42 = (rng.normal(size=shape) for shape in ((4, 4), (4, 3), (4, 2)))


# Distances of points to themselves


@program(POINTS)
def inverse_distances_by_mask(x):
    d = x[:, None, :] - x[None, :, :]
    d2 = np.sum(d**2, axis=-1)
    r = np.sqrt(d2)
    r[r > 0] = 1 / r[r > 0]
    return np.sum(W44 * r)


@program(POINTS)
def diagonal_set_to_one(x):
    d = x[:, None, :] - x[None, :, :]
    r = np.sqrt(np.sum(d**2, axis=-1))
    np.fill_diagonal(r, 1.0)
    e = 1.0 / r
    np.fill_diagonal(e, 0.0)
    return 0.5 * np.sum(W44 * e)


@program(POINTS)
def diagonal_set_to_infinity(x):
    d2 = np.sum((x[:, None] - x) ** 2, axis=2)
    np.fill_diagonal(d2, np.inf)
    return np.sum(W44 / d2) + np.sum(W44 * np.exp(-d2))


@program(POINTS, MASSES)
def self_interaction_zeroed(x, m):
    d = x[None, :, :] - x[:, None, :]
    r2 = (d**2).sum(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = r2**-1.5
    inverse[np.diag_indices(4)] = 0.0
    force = np.einsum("ij,ijk,j->ik", inverse, d, m)
    return np.sum(W43 * force)


@program(POINTS, MASSES)
def self_interaction_by_where(x, m):
    dx = x[:, 0][:, None] - x[:, 0]
    dy = x[:, 1][:, None] - x[:, 1]
    r = np.sqrt(dx**2 + dy**2)
    with np.errstate(all="ignore"):
        potential = np.where(r > 0, m / r, 0.0)
    return np.sum(m * potential.sum(axis=1))


@program(POINTS)
def self_interaction_divided_where(x):
    r2 = np.sum((x[:, None] - x) ** 2, axis=-1)
    inverse = np.zeros((4, 4))
    np.divide(1.0, r2, out=inverse, where=~np.eye(4, dtype=bool))
    np.sqrt(inverse, out=inverse, where=inverse > 0)
    return np.sum(W44 * inverse)


@program(POINTS)
def lennard_jones_with_the_diagonal(x):
    d = np.linalg.norm(x[:, None] - x, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        s6 = (1.0 / d) ** 6
        e = 4.0 * (s6**2 - s6)
    e[np.isnan(e) | (d == 0.0)] = 0.0
    return np.sum(np.tanh(e) * W44)


@program(POINTS)
def unit_vectors_to_neighbors(x):
    d = x[:, None] - x
    r = np.linalg.norm(d, axis=-1, keepdims=True)
    u = np.divide(d, r, out=np.zeros_like(d), where=r > 0)
    return np.sum(W44[..., None] * u * W3)


@program(POINTS)
def unit_vectors_by_nan_to_num(x):
    d = x[:, None] - x
    r = np.sqrt((d * d).sum(axis=2))
    with np.errstate(invalid="ignore"):
        u = np.nan_to_num(d / r[..., None])
    return np.sum(W44[..., None] * u * W3)


@program(POINTS)
def distances_in_double_loop(x):
    n = len(x)
    inverse = np.zeros((n, n))
    for i in range(n):
        r = np.sqrt(np.sum((x - x[i]) ** 2, axis=1))
        with np.errstate(divide="ignore"):
            row = 1.0 / r
        row[i] = 0.0
        inverse[i] = row
    return np.sum(W44 * inverse)


@program(POINTS)
def distances_skipping_self(x):
    total = 0.0
    for i in range(4):
        r = np.sqrt(((x - x[i]) ** 2).sum(axis=1))
        r[i] = 1.0
        total += np.sum(W4 / r) - W4[i]
    return total


@program(POINTS)
def nearest_neighbor_with_infinite_diagonal(x):
    d = np.sqrt(np.sum((x[:, None] - x) ** 2, axis=-1))
    d += np.diag(np.full(4, np.inf))
    return np.sum(W4 * d.min(axis=1))


@program(POINTS)
def upper_triangle_of_distances(x):
    d = np.sqrt(np.sum((x[:, None] - x) ** 2, axis=-1))
    i, j = np.triu_indices(4, 1)
    return np.sum(np.log(d[i, j]) * np.arange(1.0, 7.0))


@program(POINTS)
def triangle_masked_by_triu(x):
    d = np.linalg.norm(x[:, None] - x[None], axis=2)
    with np.errstate(divide="ignore"):
        e = np.triu(1.0 / d, k=1)
    return np.sum(W44 * e)


@program(POINTS)
def matern_kernel(x):
    d = np.sqrt(np.sum((x[:, None] - x) ** 2, axis=-1))
    k = np.zeros_like(d)
    m = d != 0
    k[m] = d[m] * np.exp(-d[m]) / np.log1p(d[m])
    k[~m] = 1.0
    return np.sum(W44 * k)


@program(POINTS)
def thin_plate_kernel(x):
    d = np.sqrt(np.sum((x[:, None] - x) ** 2, axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        k = d**2 * np.log(d)
    k[np.isnan(k)] = 0.0
    return np.sum(W44 * k)


@program(PLANE)
def angles_between_points(p):
    d = p[:, None] - p
    angle = np.arctan2(d[..., 1], d[..., 0])
    angle[np.diag_indices(4)] = 0.0
    return np.sum(W44 * np.sin(2.0 * angle))


@program(PLANE)
def angles_with_a_dead_branch(p):
    d = p[:, None] - p
    r = np.hypot(d[..., 0], d[..., 1])
    angle = np.where(r > 0, np.arctan2(d[..., 1], d[..., 0]), 0.0)
    cosine = np.where(r > 0, d[..., 0] / np.where(r > 0, r, 1.0), 1.0)
    return np.sum(W44 * (angle**2 * r + cosine))


@program(PLANE)
def vortices(p):
    dx, dy = p[:, 0][:, None] - p[:, 0], p[:, 1][:, None] - p[:, 1]
    r2 = dx * dx + dy * dy
    np.putmask(r2, r2 == 0, 1.0)
    u, v = -dy / r2, dx / r2
    return np.sum(W42[:, 0] * (u @ W4) + W42[:, 1] * (v @ W4))


# Entries that a constant mask makes zero


@program(V5)
def logarithm_in_a_dead_branch(x):
    y = KEEP * x**2
    return np.sum(W5 * np.where(ON, np.log(np.where(ON, y, 1.0)), 0.0))


@program(V5)
def logarithm_thrown_away(x):
    y = KEEP * x**2
    with np.errstate(divide="ignore"):
        z = np.where(y > 0, np.log(y), -1.0)
    return np.sum(W5 * z * x)


@program(V5)
def square_root_thrown_away(x):
    y = np.sqrt(KEEP * x**2)
    y[~ON] = x[~ON]
    return np.sum(W5 * y)


@program(V5)
def quotient_thrown_away(x):
    y = x * KEEP
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (1.0 + x) / y
    z[~np.isfinite(z)] = 0.0
    return np.sum(W5 * z**2)


@program(V5, POSITIVE)
def quotient_by_where_argument(x, y):
    bottom = KEEP * y
    ratio = np.divide(x, bottom, out=np.zeros_like(x), where=bottom != 0)
    ratio2 = np.full(5, 2.0)
    np.true_divide(x**2, bottom, out=ratio2, where=ON)
    return np.sum(W5 * ratio * ratio2)


@program(V5)
def zero_over_zero_thrown_away(x):
    y = x * KEEP
    with np.errstate(invalid="ignore"):
        z = y**2 / y
    z[np.isnan(z)] = 0.0
    return np.sum(W5 * z**2)


@program(POSITIVE)
def negative_power_thrown_away(x):
    y = x * KEEP
    with np.errstate(all="ignore"):
        z = np.where(y > 0, y**-0.5, 0.0) + np.where(y == 0, 0.0, 1.0 / y**3)
    return np.sum(W5 * z)


@program(POSITIVE, 0.3)
def power_with_a_varied_exponent(x, p):
    y = KEEP * x
    z = y**p
    z[y == 0] = 1.0
    return np.sum(W5 * z)


@program(POSITIVE)
def results_multiplied_by_zero(x):
    y = np.sqrt(KEEP * x)
    return np.sum(W5 * KEEP * y) + np.sum((0.0 * W5) * np.sqrt(x - x))


@program(POSITIVE)
def mask_after_the_fact(x):
    m = ON
    y = np.log(x * KEEP + 0.0)
    y[~m] = 0
    z = np.sqrt(x * KEEP)
    z = z[m]
    return np.sum(W5 * y) + np.sum(W3 * z)


@program(POSITIVE)
def index_arrays_after_the_fact(x):
    good = np.nonzero(KEEP)[0]
    y = 1.0 / (KEEP * x)
    z = np.zeros(5)
    z[good] = y[good]
    y[np.flatnonzero(KEEP == 0)] = 3.0
    return np.sum(W5 * z * y) + np.sum(W3 * np.take(np.sqrt(KEEP * x), good))


@program(POSITIVE)
def slices_after_the_fact(x):
    y = x.copy()
    y[0] = 0.0
    y[-1] = 0.0
    z = np.sqrt(y)
    w = np.log(y)
    z[0] = z[-1] = 1.0
    return np.sum(W5 * z) + np.sum(w[1:-1] ** 2)


@program(POSITIVE)
def compressed_after_the_fact(x):
    y = np.sqrt(KEEP * x) / (KEEP * x)
    return np.sum(W3 * y[np.isfinite(y)]) + np.sum(np.compress(ON, y) ** 2) + np.sum(np.extract(ON, y))


@program(POSITIVE)
def elements_skipped_in_a_loop(x):
    y = np.sqrt(x * KEEP)
    r = 1.0 / y
    total = 0.0
    for i in range(5):
        if KEEP[i] == 0:
            continue
        total += W5[i] * r[i] * y[i] ** 3
    return total


@program(POSITIVE)
def masks_in_a_loop(x):
    y = x.copy()
    for k in range(3):
        m = np.arange(5) % 3 == k
        y[m] = 0.0
        z = np.sqrt(y)
        z[m] = x[m] ** 2
        y = z + 0.1 * x
    return np.sum(W5 * y)


@program(POSITIVE)
def active_cells_of_a_grid(h):
    depth = h * KEEP
    speed = np.zeros_like(depth)
    wet = depth > 1e-6
    for _ in range(2):
        q = depth ** (5.0 / 3.0)
        speed[wet] = q[wet] / depth[wet] * np.sqrt(1.0 / np.sqrt(depth[wet]))
        depth[wet] -= 0.1 * speed[wet] * depth[wet]
    return np.sum(W5 * speed) + np.sum(depth**2)


# Guards


@program(POSITIVE)
def maximum_as_a_guard(x):
    y = KEEP * x
    a = np.log(np.maximum(y, 1e-3))
    b = np.maximum(np.log(y + 0.0), -5.0)
    c = 1.0 / np.maximum(y, 0.1)
    return np.sum(W5 * (a + b * c))


@program(POSITIVE)
def clip_as_a_guard(x):
    y = KEEP * x
    p = np.clip(y, 1e-2, None)
    with np.errstate(divide="ignore"):
        q = np.clip(np.log(y), -3.0, 3.0)
    return np.sum(W5 * np.log(p) * q) + np.sum(np.minimum(1.0 / y, 4.0))


@program(POSITIVE)
def nan_to_num_as_a_guard(x):
    y = KEEP * x
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.nan_to_num(y * np.log(y))
        w = np.nan_to_num(x / y, nan=0.0, posinf=0.0, neginf=0.0)
    return np.sum(W5 * z) + np.sum(w * z)


@program(POSITIVE)
def nan_reductions(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.sqrt(KEEP * x) / KEEP
        z = np.where(ON, y, np.nan)
    return np.nansum(y) + np.nanmean(z**2) + np.nansum(W5 * y) + np.nanmax(z) * np.nanprod(z)


@program(POSITIVE)
def nan_variance(x):
    y = x.copy()
    y[~ON] = np.nan
    return np.nanvar(y) + np.nanstd(y) - np.nanmin(y) + np.nanmean(np.sqrt(y)) + np.nancumsum(y)[-2]


@program(POSITIVE)
def nan_marks_missing_data(y):
    data = np.array([0.3, np.nan, 1.2, 0.7, np.nan])
    residual = data - y**2
    total = np.nansum(W5 * residual**2)
    residual[np.isnan(residual)] = 0.0
    ok = ~np.isnan(data)
    return total + residual @ residual + np.mean((data[ok] - y[ok]) ** 2)


@program(POSITIVE)
def where_argument_of_reductions(x):
    with np.errstate(divide="ignore"):
        y = np.log(KEEP * x)
    return np.sum(y, where=ON) + np.mean(y * W5, where=ON) + np.sum(W5 * y**2, where=y > -9.0)


@program(POSITIVE)
def maximum_of_infinities(x):
    with np.errstate(divide="ignore"):
        y = -1.0 / (KEEP * x)
        z = np.log(KEEP * x)
    return np.max(y) * np.max(z) + np.fmax(y, -2.0) @ W5


@program(POSITIVE)
def sorted_infinities(x):
    with np.errstate(divide="ignore"):
        y = np.sort(1.0 / (KEEP * x))
    return np.sum(W3 * y[:3] ** 2)


# Functions with a removable singularity


@program(V5)
def entropy(x):
    p = KEEP * x**2
    p = p / np.sum(p)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = p * np.log(p)
    terms[p == 0] = 0.0
    return -np.sum(terms)


@program(V5)
def entropy_by_mask(x):
    p = KEEP * x**2 / np.sum(KEEP * x**2)
    m = p > 0
    return -np.sum(p[m] * np.log(p[m]))


@program(V5)
def divergence_of_distributions(x):
    p = np.exp(x) * KEEP
    p /= p.sum()
    q = np.full(5, 0.2)
    out = np.zeros(5)
    np.log(p / q, out=out, where=ON)
    return np.sum(p * out)


@program(V5)
def sinc_by_hand(x):
    y = x * KEEP
    s = np.ones(5)
    m = y != 0
    s[m] = np.sin(y[m]) / y[m]
    with np.errstate(invalid="ignore"):
        t = np.where(y == 0, 1.0, np.sin(y) / y)
    return np.sum(W5 * s * t)


@program(V5)
def bernoulli_function(x):
    y = x * KEEP
    out = np.empty_like(y)
    small = np.abs(y) < 1e-6
    out[small] = 1.0 - 0.5 * y[small]
    out[~small] = y[~small] / np.expm1(y[~small])
    return np.sum(W5 * out**2)


@program(V5)
def bernoulli_function_computed_everywhere(x):
    y = x * KEEP
    with np.errstate(invalid="ignore"):
        b = y / np.expm1(y)
    b = np.where(np.abs(y) < 1e-6, 1.0 - y / 2.0, b)
    return np.sum(W5 * b)


@program(V3)
def rotation_by_a_zero_angle(v):
    w = v - v
    theta = np.sqrt(np.sum(w**2))
    with np.errstate(invalid="ignore"):
        axis = w / theta
    axis = np.where(theta > 0, axis, v)
    return np.sum(W3 * axis * np.cos(theta))


@program(V5)
def norm_of_a_zero_vector(x):
    y = x - x
    n = np.linalg.norm(y)
    z = y / n if n > 0 else y
    u = np.where(n > 0, x / np.where(n > 0, n, 1.0), x**2)
    return np.sum(W5 * (z + u))


# Overflow


@program(np.array([-900.0, -2.0, 0.5, 3.0, 800.0]), order=1)
def softplus_by_where(x):
    with np.errstate(over="ignore"):
        y = np.where(x > 30.0, x, np.log1p(np.exp(x)))
    return np.sum(W5 * y)


@program(np.array([-900.0, -2.0, 0.5, 3.0, 800.0]), order=1)
def softplus_by_mask(x):
    y = np.empty_like(x)
    with np.errstate(over="ignore"):
        e = np.exp(x)
    y[:] = np.log1p(e)
    big = x > 30
    y[big] = x[big]
    return np.sum(W5 * y)


@program(np.array([-900.0, -2.0, 0.5, 3.0, 800.0]), order=1)
def sigmoid_by_branches(x):
    s = np.empty_like(x)
    m = x >= 0
    s[m] = 1.0 / (1.0 + np.exp(-x[m]))
    z = np.exp(x[~m])
    s[~m] = z / (1.0 + z)
    return np.sum(W5 * s)


@program(np.array([-900.0, -2.0, 0.5, 3.0, 800.0]), order=1)
def sigmoid_by_where(x):
    with np.errstate(over="ignore", invalid="ignore"):
        s = np.where(x >= 0, 1.0 / (1.0 + np.exp(-x)), np.exp(x) / (1.0 + np.exp(x)))
    return np.sum(W5 * s)


@program(np.array([-800.0, 0.3, -0.7, 1.2, 0.1]), order=1)
def normalized_exponentials(x):
    e = np.exp(x - np.max(x))
    p = e / e.sum()
    log_p = x - np.max(x) - np.log(e.sum())
    return np.sum(W5 * p * np.maximum(log_p, -10.0))


@program(V5)
def log_sum_exp_with_empty_states(x):
    y = np.where(ON, x, -np.inf)
    top = np.max(y)
    total = top + np.log(np.sum(np.exp(y - top)))
    z = x.copy()
    z[~ON] = -np.inf
    p = np.exp(z - total)
    return total + np.sum(W5 * p)


@program(SQUARE)
def attention_with_a_causal_mask(a):
    a[np.triu_indices(4, 1)] = -np.inf
    a -= a.max(axis=1, keepdims=True)
    np.exp(a, out=a)
    a /= a.sum(axis=1, keepdims=True)
    return np.sum(W44 * a)


@program(V3, SQUARE[:3, :3])
def forward_algorithm_in_logs(x, a):
    with np.errstate(divide="ignore"):
        log_a = np.log(np.triu(a))
    alpha = np.array([0.0, -np.inf, -np.inf])
    for k in range(3):
        alpha = np.logaddexp.reduce(alpha[:, None] + log_a, axis=0) + x * (k + 1)
    return np.logaddexp.reduce(alpha)


@program(V3, SQUARE[:3, :3])
def forward_algorithm_by_logaddexp(x, a):
    with np.errstate(divide="ignore"):
        log_a = np.log(np.triu(a))
    alpha = np.array([0.0, -np.inf, -np.inf])
    for _ in range(2):
        new = np.full(3, -np.inf)
        for i in range(3):
            for j in range(3):
                new[j] = np.logaddexp(new[j], alpha[i] + log_a[i, j])
        alpha = new + x
    return alpha[0] * 0.3 + alpha[1] * alpha[2]


# Products with zeros


@program(V5)
def products_with_zeros(x):
    y = x * KEEP
    return np.sum(W5 * np.cumprod(y)) + np.prod(y + 1.0 - KEEP) + np.prod(y[:2])


@program(V5)
def product_over_all_others(x):
    y = x.copy()
    y[3] = 0.0
    others = np.array([np.prod(np.delete(y, i)) for i in range(5)])
    return np.sum(W5 * others)


@program(V3)
def lagrange_at_a_node(values):
    nodes = np.array([0.0, 0.5, 1.0])
    at = np.array([0.5, 0.3])
    d = at[:, None] - nodes
    with np.errstate(divide="ignore", invalid="ignore"):
        k = np.array([2.0, -4.0, 2.0]) / d
        p = np.sum(k * values, axis=1) / k.sum(axis=1)
    hit = np.any(d == 0, axis=1)
    p[hit] = values[np.argmin(np.abs(d[hit]), axis=1)] ** 2
    return p[0] + 2.0 * p[1] ** 2


@program(SQUARE)
def matrix_scaled_by_its_degrees(a):
    a[2] = 0.0
    degree = a.sum(axis=1)
    with np.errstate(divide="ignore"):
        scale = degree**-0.5
    scale[np.isinf(scale)] = 0.0
    return np.sum(W44 * scale[:, None] * a * scale)


@program(SQUARE)
def correlation_with_a_constant_column(a):
    a[:, 1] = 2.0
    c = np.array(
        [
            [np.mean((a[:, i] - a[:, i].mean()) * (a[:, j] - a[:, j].mean())) for j in range(4)]
            for i in range(4)
        ]
    )
    s = np.sqrt(np.diag(c))
    with np.errstate(invalid="ignore", divide="ignore"):
        r = c / np.outer(s, s)
    r[~np.isfinite(r)] = 0.0
    return np.sum(W44 * r)


@program(V5)
def weighted_by_numbers_that_vanish(x):
    weight = KEEP.copy()
    y = np.sqrt((x * KEEP) ** 2)
    with np.errstate(divide="ignore"):
        z = 1.0 / (x * KEEP) ** 2
    return np.dot(weight, y) + np.sum(np.where(weight > 0, weight * z, 0.0))


@program(0.6, order=3)
def branches_at_the_edge(t):
    x = np.array([0.0, t, 2.0 * t])
    with np.errstate(divide="ignore"):
        y = np.where(x > 0, np.log(x), 0.0)
        z = np.sqrt(x)
    z[0] = t**2
    return np.sum(W3 * y) + np.sum(W3 * z**3)


# Products of quotients, of which a part is thrown away (nothing is singular here)


@program(POINTS)
def cosine_similarity(x):
    u = x / np.linalg.norm(x, axis=1, keepdims=True)
    g = u @ u.T
    np.fill_diagonal(g, 0.0)
    return np.sum(W44 * g**3)


@program(SQUARE, W44)
def attention_to_all_but_the_first(q, v):
    e = np.exp(q @ q.T)
    p = e / e.sum(axis=1, keepdims=True)
    out = p @ v
    out[0] = 0.0
    return np.sum(W44 * out**2)


@program(SQUARE, POSITIVE[:4])
def part_of_a_solution(a, b):
    x = np.linalg.solve(a + 4.0 * np.eye(4), b / (1.0 + b**2))
    return np.sum(x[1:] ** 2)


@program(V5)
def outer_product_without_its_diagonal(v):
    t = np.outer(v / POSITIVE, v)
    t[np.diag_indices(5)] = 0.0
    return W5 @ t**2 @ v


@program(V5)
def normalized_kernel_convolved(x):
    kernel = np.exp(-(np.array([-1.0, 0.0, 1.0]) ** 2) * x[0] ** 2)
    kernel /= kernel.sum()
    y = np.convolve(kernel, x)
    return np.sum(y[1:-1] ** 2 * W5)


@program(SQUARE)
def markov_chain_step(a):
    p = a / a.sum(axis=1)[:, None]
    state = np.full(4, 0.25)
    for _ in range(3):
        state = state @ p
        state[state < 0.1] = 0.1
        state /= state.sum()
    return np.sum(W4[1:] * state[1:])
