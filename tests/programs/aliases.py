"""Every way to have two names for one array: views of each form, containers, loops, closures, buffers that swap."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program, refused

rng = np.random.default_rng(32)

V3, V4, V5, V6 = rng.normal(size=3), rng.normal(size=4), rng.normal(size=5), rng.normal(size=6)
OTHER = rng.normal(size=5)
M33, M34, M44 = rng.normal(size=(3, 3)), rng.normal(size=(3, 4)), rng.normal(size=(4, 4))
CUBE = rng.normal(size=(2, 3, 4))
W3, W4, W5, W6 = (rng.normal(size=n) for n in (3, 4, 5, 6))
W33, W34, W44 = (rng.normal(size=shape) for shape in ((3, 3), (3, 4), (4, 4)))
W234 = rng.normal(size=(2, 3, 4))


# Views of each form


@program(M34)
def column_view(a):
    col = a[:, 1]
    col *= a[:, 0]
    a[1] **= 2
    col[2] = col[1] * a[0, 3]
    return np.sum(W34 * a) + np.sum(W3 * col**2)


@program(CUBE)
def transpose_view(x):
    t = x.transpose(2, 0, 1)
    t[0] = t[1] * t[2]
    x[1] **= 2
    t[3, 1] += x[0, :, 0]
    return np.sum(W234 * x) + np.sum(t[2] ** 2)


@refused(CUBE)
def axes_moved(x):
    m = np.moveaxis(x, -1, 0)
    m[1] *= m[0]
    r = np.rollaxis(x, 2)
    r[2, 0] = x[1, :, 3] ** 2
    s = x.swapaxes(0, 2)
    s[0] -= s[3]
    p = np.transpose(x, (1, 0, 2))
    p[0] *= 0.5
    return np.sum(W234 * x**2)


@program(M34)
def transpose_function(a):
    t = np.transpose(a)
    before = np.sum(t[0] ** 2)
    a[0] = a[1] * a[2]
    t[1:, 0] *= before
    return np.sum(W34.T * t**2)


@program(V6)
def reshape_of_a_fresh_array(x):
    y = np.zeros(6)
    y[:] = x**2
    grid = y.reshape(2, 3)
    grid[0] *= grid[1]
    y[4] = 0.3 * y[0]
    grid[1, 2] += y[4] ** 2
    return np.sum(W6 * y)


@program(M34)
def ravel_of_a_fresh_array(a):
    b = np.empty((3, 4))
    b[:] = a
    flat = b.ravel()
    flat[::5] = 1.0
    b[1] *= flat[4:8]
    flat[2] = b[2, 3] ** 2
    return np.sum(W34 * b)


@program(M34)
def ravel_of_a_transpose_is_a_copy(a):
    b = np.zeros((3, 4))
    b += a
    flat = b.T.ravel()
    flat[0] = 3.0
    flat *= flat[1]
    b[0] *= b[1]
    square = b.T.reshape(2, 6)
    square[0] = 1.0
    return np.sum(W34 * b**2) + np.sum(flat**2) + np.sum(square * W6)


@program(V6)
def matrix_of_a_state_vector(x):
    state = x.copy()
    position, velocity = state.reshape(2, 3)
    for _ in range(3):
        position += 0.1 * velocity
        velocity -= 0.1 * np.sin(position)
    return np.sum(W6 * state**2)


@program(M33)
def diagonal_views(a):
    d = np.diag(a)
    e = a.diagonal(1)
    first = np.sum(W3 * d**2)
    a[1, 1] = a[0, 1] ** 2
    a[0] *= 2.0
    return first + np.sum(W3 * d) + np.sum(e**3)


@program(V5, OTHER)
def real_and_imaginary_views(x, y):
    z = x + 1j * y
    re, im = z.real, z.imag
    re *= 2.0
    im[1:] += re[:-1] ** 2
    z[0] = 1.0 + 2.0j * x[1]
    return np.sum(W5 * re * im) + np.sum(np.abs(z) ** 2)


@program(M34)
def squeezed_and_expanded(a):
    e = a[np.newaxis, 1:2]
    s = e.squeeze()
    s[0] = a[0, 0] ** 2
    s *= a[2]
    np.squeeze(a[:, 2:3], axis=1)[0] = 2.0
    x = np.expand_dims(a[0], 0)
    x[0, 1] = a[1, 3]
    x += 1.0
    return np.sum(W34 * a**2) + np.sum(e**2)


@program(V5)
def at_least_forms(x):
    row = np.atleast_2d(x)
    row[0, 1] = x[0] ** 2
    same = np.atleast_1d(x)
    same[2:] *= row[0, 1]
    cube = np.atleast_3d(x)
    cube[0, 3, 0] = x[2] * x[1]
    return np.sum(W5 * x**2)


@refused(V5)
def broadcast_views_are_read(x):
    grid = np.broadcast_to(x, (3, 5))
    before = np.sum(np.outer(W3, W5) * grid**2)
    x[1] = x[0] * x[2]
    left, _right = np.broadcast_arrays(x, np.ones((2, 1)))
    x[3] **= 2
    return before + np.sum(grid[1] * W5) + np.sum(left[1] ** 2)


@program(V6)
def pieces_of_split(x):
    a, b, c = np.split(x, 3)
    a *= b
    c[0] = a[1] ** 2
    x[2] = x[0] * x[5]
    b += c
    return np.sum(W6 * x**2) + np.sum(b**2)


@program(V6, V5)
def pieces_of_array_split(x, y):
    parts = np.array_split(y, 2)
    parts[0][1] = parts[1][0] ** 2
    parts[1] *= 2.0
    for part in np.split(x, [1, 4]):
        part *= part[0]
    return np.sum(W6 * x) + np.sum(W5 * y)


@program(M34)
def pieces_of_hsplit_and_vsplit(a):
    left, right = np.hsplit(a, 2)
    left *= right
    top, bottom = np.vsplit(a, [1])
    bottom[0] = top[0] ** 2
    right[:, 1] -= left[:, 0]
    return np.sum(W34 * a**2)


@program(V5)
def flipped_views(x):
    f = np.flip(x)
    f[0] = x[0] ** 2
    f[1:] *= 2.0
    x[0] += f[2]
    r = x[::-1]
    r[1:3] = x[3:] * f[:2]
    return np.sum(W5 * x**2) + np.sum(W5 * f)


@program(M34, M33)
def flipped_and_rotated_views(a, b):
    np.flipud(a)[0] = a[0] ** 2
    left = np.fliplr(a)
    left[:, 0] *= a[:, 1]
    turned = np.rot90(b)
    turned[0] = b[1] ** 2
    b[2] *= turned[2]
    return np.sum(W34 * a) + np.sum(W33 * b * turned)


@program(M44)
def views_of_views_of_views(a):
    inner = a[1:, 1:]
    t = inner.T[::-1]
    row = t[0]
    row[1:] *= a[0, :2]
    inner[0] **= 2
    row[0] = inner[1, 1] * t[2, 2]
    return np.sum(W44 * a**2) + np.sum(row**3)


@program(M34)
def blocks_of_a_matrix(a):
    top_left, bottom_right = a[:2, :2], a[1:, 2:]
    top_left += bottom_right**2
    bottom_right *= top_left
    overlap = a[1:, 1:3]
    overlap[0] = top_left[1] + bottom_right[0]
    return np.sum(W34 * a) + np.sum(overlap**2)


# Names


@program(V5)
def three_names(x):
    y = z = x
    y[0] = z[1] ** 2
    z *= 2.0
    w = y
    y = y * x[2]
    w[1] = y[3]
    return np.sum(W5 * x * y) + np.sum(z * w)


@program(V5)
def view_before_and_after(x):
    tail = x[1:]
    before = np.sum(tail**2)
    x[:] = np.sin(x) * before
    after = np.sum(W4 * tail**2)
    tail[:] = tail[::-1] * after
    return before * after + np.sum(W5 * x)


@program(V5)
def rebound_and_updated(x):
    y = x
    x = x + 1.0
    x[0] = y[0] ** 2
    y += x
    z = y
    y = y * 2.0
    y += 1.0
    return np.sum(W5 * x * y) + np.sum(z**2)


@program(V5)
def view_of_the_old_array(x):
    head = x[:2]
    x = x * 2.0
    head *= x[:2]
    x[:2] += head**2
    return np.sum(W5 * x) + np.sum(head)


@refused(V6)
def name_that_shrinks(x):
    full = x
    total = 0.0
    while len(x) > 1:
        x[1:] *= x[0]
        total += x[1] ** 2
        x = x[1:]
    x[0] = total
    return np.sum(W6 * full)


@program(V6)
def window_that_moves(x):
    for k in range(4):
        window = x[k : k + 3]
        window -= 0.2 * window.mean() ** 2
        window[0] *= window[2]
    return np.sum(W6 * x)


@program(V5, True)
def view_chosen_by_a_flag(x, c):
    y = x**2
    v = x if c else y
    v[0] = x[1] * y[2]
    v *= 2.0
    return np.sum(W5 * x * y)


@refused(V5, OTHER)
def view_chosen_by_data(a, b):
    if a[0] > b[0]:
        v = a[1:]
        w = b[:4]
    else:
        v = b[1:]
        w = a[:4]
    v[0] = w[1] ** 2
    w *= v
    return np.sum(W5 * a * b)


@program(M34, 2)
def view_chosen_by_an_index(a, n):
    for k in range(n):
        row = a[k]
        below = a[(k + 1) % 3]
        row += below**2
        below[k] = row[k + 1]
    last = a[n]
    last *= a[n - 1]
    return np.sum(W34 * a)


@program(M34)
def view_chosen_by_argmax(a):
    k = np.argmax(a[:, 0])
    best = a[k]
    best /= 1.0 + np.sum(best**2)
    a[k - 1] *= best
    return np.sum(W34 * a)


@refused(V5, 2)
def alias_under_a_branch_in_a_loop(x, n):
    y = x.copy()
    for k in range(4):
        target = x if k % n == 0 else y
        target[k] = x[k + 1] * y[k]
        target += 0.1
    return np.sum(W5 * x * y)


# Conversions that may copy


@program(V5)
def conversions_that_share(x):
    a = np.asarray(x)
    a[0] = x[1] ** 2
    b = np.asarray(x, dtype=float)
    b[1:3] *= a[0]
    c = np.asanyarray(b)
    c[3] -= 1.0
    d = x.view()
    d[4] = c[3] ** 2
    return np.sum(W5 * x**2)


@refused(M34)
def conversions_that_share_here(a):
    b = np.ascontiguousarray(a)
    b[0] *= a[1]
    c = np.array(a, copy=None)
    c[1] = 0.5
    d = a.astype(float, copy=False)
    d[2] **= 2
    e = np.require(a, requirements="C")
    e[:, 0] = a[:, 1]
    return np.sum(W34 * a**2)


@refused(M34)
def conversions_that_copy(a):
    b = np.array(a)
    b[0] *= a[1]
    c = a.astype(float)
    c[1] = 0.5
    d = np.copy(a)
    d **= 2
    e = np.asfortranarray(a)
    e[:, 0] = 2.0
    f = a[[0, 1, 2]]
    f[1] = f[0]
    a[2] *= 3.0
    return np.sum(W34 * a * b) + np.sum(c * d) + np.sum(e * f)


# Buffers that swap


@program(V6, 5)
def two_buffers(u, steps):
    old, new = u, np.zeros_like(u)
    for _ in range(steps):
        new[0], new[-1] = old[0], old[-1]
        new[1:-1] = old[1:-1] + 0.3 * old[1:-1] * (old[2:] - old[:-2])
        old, new = new, old
    return np.sum(W6 * old**2)


@program(V6, 4)
def three_buffers(u, steps):
    before, now, after = u.copy(), u * 0.9, np.zeros(6)
    for _ in range(steps):
        after[1:-1] = 2 * now[1:-1] - before[1:-1] + 0.2 * (now[2:] - 2 * now[1:-1] + now[:-2])
        after[1:-1] -= 0.05 * now[1:-1] ** 3
        before, now, after = now, after, before
    return np.sum(W6 * now**2) + np.sum(before * after)


@program(V6, 4)
def buffers_swapped_by_hand(u, steps):
    a = u.copy()
    b = np.empty_like(a)
    for _ in range(steps):
        b[:] = a
        b[1:] += 0.2 * a[:-1] ** 2
        tmp = a
        a = b
        b = tmp
    return np.sum(W6 * a**2) + np.sum(b)


@refused(V6)
def buffers_swapped_under_a_branch(u):
    a, b = u.copy(), 0.5 * u
    for k in range(5):
        b[1:] = np.sin(a[:-1]) * b[1:]
        if b[2] > a[2] or k == 1:
            a, b = b, a
        a[0] += 0.1 * b[1] ** 2
    return np.sum(W6 * a * b)


@program(V6, 4)
def buffers_by_parity(u, steps):
    grid = np.zeros((2, 6))
    grid[0] = u
    for k in range(steps):
        old, new = grid[k % 2], grid[(k + 1) % 2]
        new[:] = old
        new[1:-1] += 0.2 * old[1:-1] * (old[2:] - old[:-2])
    return np.sum(W6 * grid[steps % 2] ** 2)


@program(V6, 4)
def buffers_in_a_list(u, steps):
    buffers = [u.copy(), np.zeros(6)]
    for k in range(steps):
        old, new = buffers[k % 2], buffers[1 - k % 2]
        new[1:] = old[1:] * old[:-1]
        new[0] = old[0] ** 2
    return np.sum(W6 * buffers[0]) + np.sum(buffers[1] ** 2)


@program(V6, 4)
def buffers_of_a_multistep_method(y, steps):
    f1, f2 = np.zeros(6), np.sin(y)
    scratch = np.empty(6)
    for _ in range(steps):
        np.sin(y, out=scratch)
        y += 0.1 * (1.5 * scratch - 0.5 * f2)
        f1, f2, scratch = f2, scratch, f1
    return np.sum(W6 * y * f2)


# Containers of arrays


@program(V5, OTHER)
def list_shares_its_arrays(x, y):
    arrays = [x, y]
    arrays[0][0] = y[1] ** 2
    x *= 2.0
    arrays[1] += arrays[0]
    y[2] = x[0] * arrays[0][3]
    return np.sum(W5 * arrays[0] * y) + np.sum(arrays[1] ** 2)


@program(V5, OTHER)
def tuple_shares_its_arrays(x, y):
    pair = (x, y)
    pair[0][1:] *= pair[1][:-1]
    a, b = pair
    a += b**2
    y[0] = pair[0][0] ** 2
    return np.sum(W5 * pair[0] * pair[1])


@program(V5, OTHER)
def dict_shares_its_arrays(x, y):
    state = {"x": x, "y": y}
    state["x"][0] = state["y"][1] ** 2
    x *= 2.0
    for name in state:
        state[name] += 1.0
    for value in state.values():
        value[3] *= value[2]
    state["z"] = state["x"]
    state["z"][4] = y[3] ** 2
    return np.sum(W5 * x * y)


@program(V5)
def same_array_twice_in_a_list(x):
    y = x**2
    arrays = [y, y, x]
    arrays[0][0] = x[1]
    arrays[1] *= 2.0
    for a in arrays:
        a[1] += 0.5 * a[2]
    return np.sum(W5 * y * x) + np.sum(arrays[0] * arrays[1])


@program(V5)
def list_multiplied_shares(x):
    rows = [x * 1.0] * 3
    rows[0][1] = x[0] ** 2
    rows[2] *= rows[1]
    return np.sum(W5 * rows[1])


@program(M34)
def list_of_rows(a):
    rows = [a[i] for i in range(3)]
    rows[0] *= rows[1]
    a[1] = rows[2] ** 2
    rows[2][1:] -= rows[0][:-1]
    return np.sum(W34 * a) + np.sum(rows[1] * rows[2])


@refused(M34)
def list_of_an_array(a):
    rows = list(a)
    rows[0][1] = a[2, 2] ** 2
    rows[1] += rows[0]
    rows[2] = rows[2] * 2.0
    rows[2][0] = 7.0
    return np.sum(W34 * a**2) + np.sum(rows[2] * rows[1])


@program(V5)
def appended_views_and_copies(x):
    kept, seen = [], []
    for k in range(3):
        x[k] = x[k + 1] ** 2
        kept.append(x)
        seen.append(x.copy())
    kept[0][4] = 0.3
    return np.sum(W5 * kept[2]) + np.sum(W5 * seen[0] * seen[2])


@program(V5, OTHER)
def array_taken_from_a_list(x, y):
    stack = [x, y]
    top = stack.pop()
    top *= x
    stack.insert(0, top)
    stack[0][1] = top[2] ** 2
    first, *_ = stack
    first += 1.0
    return np.sum(W5 * x * y)


@program(V3, V3 * 0.5)
def nested_containers(x, y):
    net = {"layers": [{"w": x, "b": y}, {"w": x * 2.0, "b": y + 1.0}]}
    for layer in net["layers"]:
        w, b = layer["w"], layer["b"]
        w -= 0.1 * b**2
        layer["b"] -= 0.1 * w
    return np.sum(W3 * x * y) + np.sum(W3 * net["layers"][1]["w"] * net["layers"][1]["b"])


# Loops over arrays


@program(M34, V3)
def rows_scaled(a, v):
    for row in a:
        row *= row[0]
    for i, row in enumerate(a):
        row += v[i] ** 2
        row[i] = a[i - 1, 0]
    return np.sum(W34 * a**2)


@program(M34, M34 * 0.3 + 1.0)
def rows_zipped(a, b):
    for u, v in zip(a, b):
        u += v**2
        v *= u
    for (i, u), v in zip(enumerate(a), reversed(b)):
        u[i] -= v[0]
    return np.sum(W34 * a * b)


@program(M34)
def columns_by_transposition(a):
    for k, col in enumerate(a.T):
        col -= col.mean()
        col *= 1.0 + k * col[0] ** 2
    return np.sum(W34 * a)


@program(M34)
def row_name_rebound_in_the_loop(a):
    for row in a:
        row = row * 2.0
        row += 1.0
        a[0] += 0.1 * row**2
    return np.sum(W34 * a)


@program(CUBE)
def planes_and_rows(x):
    for plane in x:
        plane[0] *= plane[1]
        for row in plane[1:]:
            row -= row[0] ** 2
    return np.sum(W234 * x)


@program(M34)
def rows_unpacked(a):
    p, q, r = a
    p *= q
    q[1:] = r[:-1] ** 2
    a[2] += p
    first, *others = a
    others[1][0] = first[3]
    return np.sum(W34 * a) + np.sum(p * r)


@program(V5, OTHER, V5 * 0.4)
def loop_over_a_tuple_of_arrays(x, y, z):
    for k, v in enumerate((x, y, z)):
        v *= v
        v[k] = x[k + 1]
    for v in [y, z]:
        v += x
    return np.sum(W5 * x * y * z)


# Closures


@program(V5)
def closure_that_updates(x):
    y = x**2

    def bump(i):
        y[i] += x[i + 1] * y[i]

    for i in range(4):
        bump(i)
    return np.sum(W5 * y)


@program(V5)
def closures_that_share_a_buffer(x):
    work = np.zeros(5)

    def load(v):
        work[:] = v
        work[1:] *= v[:-1]

    def drain():
        total = np.sum(W5 * work**2)
        work.fill(0.0)
        return total

    load(x)
    a = drain()
    load(np.sin(x))
    work[0] += a
    b = drain()
    return a * b + np.sum(work)


@program(V5, 0.3)
def right_hand_side_with_a_workspace(y, k):
    dy = np.empty_like(y)

    def rhs(t, y):
        dy[0] = -k * y[0] + t
        dy[1:] = y[:-1] ** 2 - y[1:]
        return dy

    for step in range(4):
        y = y + 0.1 * rhs(0.1 * step, y)
    return np.sum(W5 * y**2)


@program(V5)
def workspace_returned_twice(y):
    dy = np.empty_like(y)

    def rhs(y):
        dy[:] = np.sin(y) * y
        return dy

    k1 = rhs(y)
    k2 = rhs(y + 0.1 * k1)
    return np.sum(W5 * (k1 + k2))


@program(V5)
def lambdas_that_see_updates(x):
    energy = lambda: np.sum(W5 * x**2)  # noqa: E731
    a = energy()
    x[1:] *= x[0]
    b = energy()
    set_first = lambda v: x.__setitem__(0, v)  # noqa: E731
    set_first(a * b)
    return energy()


@program(V5)
def default_argument_is_the_same_array(x):
    def push(v, target=x):
        target[0] = v
        target[1:] += target[:-1] * v

    push(0.3)
    push(x[2] ** 2)
    x = x * 2.0
    push(0.1)
    return np.sum(W5 * x)


@program(V5)
def nested_functions_that_rebind(x):
    count = 0
    y = x.copy()

    def step():
        nonlocal y, count
        y[0] = y[1] ** 2
        y = y * x
        count += 1

    step()
    step()
    return np.sum(W5 * y) * count


# Views from helpers


def interior(u):
    return u[1:-1]


def halves(u):
    return u[: len(u) // 2], u[len(u) // 2 :]


def larger(u, v):
    return u if np.sum(u) > np.sum(v) else v


def as_columns(a):
    return a.T


@program(V6)
def view_from_a_helper(u):
    inner = interior(u)
    inner *= 2.0
    u[2] = inner[0] * inner[3]
    interior(inner)[:] = u[:2] ** 2
    return np.sum(W6 * u) + np.sum(inner**2)


@program(V6)
def two_views_from_a_helper(u):
    left, right = halves(u)
    left += right**2
    right[0] = left[2]
    a, b = halves(right[1:])
    a *= u[0]
    b -= a
    return np.sum(W6 * u**2)


@refused(V5, OTHER)
def argument_chosen_by_a_helper(x, y):
    big = larger(x, y)
    big[0] = x[1] * y[1]
    big *= 0.5
    return np.sum(W5 * x * y)


@program(M34)
def columns_from_a_helper(a):
    cols = as_columns(a)
    cols[0] = cols[1] * cols[2]
    for col in as_columns(a[:2]):
        col[1] += col[0] ** 2
    return np.sum(W34 * a)


@program(np.array([-1.2, 0.7, 1.6, -0.5, 0.9]))
def early_return_after_an_update(x):
    x[1:] *= x[:-1]
    if x[0] > 0:
        return np.sum(x)
    x[0] = x[1] ** 2
    for k in range(4):
        x[k] += x[k + 1]
        if x[k] > 1.0:
            return np.sum(W5 * x**2)
    return x[0]


# One value at several places of a container


@program(V5)
def one_array_appended_twice(x):
    y, pool = x * 2.0, []
    pool.append(y)
    pool.append(y)
    pool[0][1] = x[0] ** 2
    pool[1][2:] *= pool[0][1]
    return np.sum(W5 * pool[0] * x) + np.sum(pool[1] ** 2)


@program(V5)
def rows_of_one_list(x):
    table = [[0.0] * 3] * 2
    table[0][1] = x[0] ** 2
    table[1][2] = table[0][1] * x[1]
    return table[0][2] * table[1][1]


@program(V5)
def one_array_under_two_keys(x):
    y = np.sin(x)
    state = {"now": y, "next": y}
    state["next"][1:] += 0.1 * state["now"][:-1] ** 2
    state["other"] = state["now"]
    state["other"][0] *= 2.0
    return np.sum(W5 * state["now"] * state["next"])


@program(V5)
def first_put_at_the_end(x):
    ring = [x * 1.0, x**2, x * 3.0]
    for _ in range(2):
        ring[0][1:] += ring[1][:-1]
        ring.append(ring.pop(0))
    ring.append(ring[0])
    ring[-1][2] = 0.3
    return np.sum(W5 * ring[0] ** 2) + np.sum(W5 * ring[1] * ring[2])


@program(V5)
def one_array_in_a_comprehension(x):
    y = x * 1.0
    views = [y for _ in range(3)]
    views[0] *= y
    views[1][0] = views[2][1] ** 2
    return np.sum(W5 * views[2] * x)
