"""Updates in place that the corpus cannot hold: single precision, arguments that overlap, what is refused."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from s2sad import S2sadError, grad
from s2sad.testing import check_grads
from tests.numeric import assert_same, numerical_gradient
from tests.programs.registry import holds_floats

X = np.array([0.6, -1.3, 0.9, 2.1])
Y = np.array([1.2, 0.5, -0.7, 0.8])
W = np.array([0.7, -1.1, 0.4, 1.9])
TABLE = np.array([0.3, 0.2, 0.1, 0.4])


def right_or_refused(f, *args):
    """Assert that the gradient in all arguments that hold floats is right, or that s2sad refuses."""
    argnums = tuple(i for i, arg in enumerate(args) if holds_floats(arg))
    given = copy.deepcopy(args)
    try:
        gradient = grad(f, argnums)(*given)
    except S2sadError:
        return
    assert_same(given, args, rtol=0, atol=0, path="args")
    assert_same(gradient, numerical_gradient(f, args, argnums), path="gradient")


# Single precision: the gradient has the type of its argument


def single_items(x):
    x[0] = x[1] * x[2]
    x[1:] *= x[:-1]
    return np.sum(W.astype(np.float32) * x**2)


def single_beside_double(x):
    y = np.zeros(4)
    y[:] = x
    y *= y
    x += 1.0
    x[1:3] = y[:2]
    return np.sum(W * x * y)


def single_buffers(x):
    y = np.zeros_like(x)
    y[1:] = np.sin(x[:-1])
    z = np.empty(4, dtype=np.float32)
    z.fill(x[0])
    z[y > 0] **= 2
    np.multiply(z, y, out=z)
    return np.sum(z + y * y)


def single_from_double(x):
    y = x.astype(np.float32)
    y[2] = y[3] ** 2
    y /= 2
    return y.sum()


def single_index_arrays(x):
    k = np.argsort(x)
    x[k[:2]] *= x[k[2:]]
    np.add.at(x, [0, 0, 3], x[:3])
    x[x < 0] = 0.5
    return np.dot(x, x)


@pytest.mark.parametrize(
    "f", [single_items, single_beside_double, single_buffers, single_from_double, single_index_arrays]
)
def test_single_precision(f):
    x = X.astype(np.float32)
    gradient = grad(f)(x)
    assert gradient.dtype == np.float32
    assert np.array_equal(x, X.astype(np.float32))
    # What is compared with is taken in double precision where f does not ask for single precision itself.
    (expected,) = numerical_gradient(f, (x.astype(float),), (0,), step=3e-3)
    np.testing.assert_allclose(gradient, expected, rtol=2e-3, atol=2e-3)


# Arguments that share memory


def shift(target, source):
    target[:] = source * 2.0
    return np.sum(W[:3] * target**2) + np.sum(source)


def read_both(x, y):
    x[0] = y[0] ** 2
    return np.sum(x * y)


def only_read(x, y):
    return np.sum(x * y**2)


def read_list(arrays):
    arrays[0][0] = arrays[1][1] ** 2
    return np.sum(arrays[0] * arrays[1])


def test_overlapping_arguments_of_which_one_is_updated():
    x = X.copy()
    with pytest.raises(S2sadError, match=r"target|source"):
        grad(shift, (0, 1))(x[1:], x[:-1])
    assert np.array_equal(x, X)


def test_one_array_as_two_arguments_of_which_one_is_updated():
    x = X.copy()
    with pytest.raises(S2sadError, match=r"`(x|y)`"):
        grad(read_both, (0, 1))(x, x)
    with pytest.raises(S2sadError, match=r"`(x|y)`"):
        grad(read_both)(x, x[::-1])
    assert np.array_equal(x, X)


def test_rows_of_one_matrix_are_no_overlap():
    a = np.array([X, Y])
    dx, dy = grad(read_both, (0, 1))(a[0], a[1])
    ex, ey = numerical_gradient(read_both, (X, Y), (0, 1))
    assert_same((dx, dy), (ex, ey))
    assert np.array_equal(a, [X, Y])


def test_columns_of_one_matrix_are_no_overlap():
    a = np.array([X, Y]).T.copy()
    assert_same(grad(read_both, (0, 1))(a[:, 0], a[:, 1]), numerical_gradient(read_both, (X, Y), (0, 1)))


def test_overlap_without_updates():
    x = X.copy()
    assert_same(grad(only_read, (0, 1))(x, x), (X**2, 2.0 * X**2))


def test_one_array_twice_in_a_list_argument():
    x = X.copy()
    with pytest.raises(S2sadError):
        grad(read_list)([x, x])
    assert np.array_equal(x, X)


# Layouts and flags of arguments


def columns_updated(a):
    a[:, 0] *= a[:, 1]
    a[1] += a[0] ** 2
    return np.sum(W[:3] * a.T @ W[:3])


def ravel_updated(a):
    flat = a.ravel()
    flat[0] = flat[1] ** 2
    return np.sum(a**2)


def reshape_read(a):
    a[0, 0] = a[1, 1] ** 2
    return np.sum(a.reshape(-1)[:3] ** 2) + a[0, 0]


@pytest.mark.parametrize("f", [columns_updated, ravel_updated, reshape_read])
@pytest.mark.parametrize(
    "layout", [np.array, np.asfortranarray, lambda a: np.repeat(a, 2, axis=1)[:, ::2], lambda a: a[::-1]]
)
def test_layout_of_the_argument(f, layout):
    a = layout(np.array([[0.6, -1.3, 0.9], [2.1, 0.4, -0.7], [1.2, 0.5, 0.8]]))

    def kept_layout(values):
        b = layout(np.zeros((3, 3)))
        b[...] = values
        return b

    before = a.copy()
    try:
        gradient = grad(f)(a)
    except S2sadError:
        return
    assert np.array_equal(a, before)
    expected = np.zeros((3, 3))
    for i in np.ndindex(3, 3):
        e = np.zeros((3, 3))
        e[i] = 1e-5
        expected[i] = (f(kept_layout(before + e)) - f(kept_layout(before - e))) / 2e-5
    np.testing.assert_allclose(gradient, expected, atol=1e-7)


def test_read_only_argument_that_is_not_updated():
    x = X.copy()
    x.flags.writeable = False
    assert_same(grad(lambda x: np.sum(x[1:] ** 2))(x), np.array([0.0, -2.6, 1.8, 4.2]))


def test_gradients_do_not_share_memory():
    first = grad(only_read, (0, 1))
    dx, dy = first(X, Y)
    dx += 1.0
    assert_same(first(X, Y)[0], Y**2)
    dx, dy = grad(lambda x, y: np.sum(x + y), (0, 1))(X, Y)
    dx[0] = 7.0
    assert dy[0] == 1.0


def test_gradient_can_be_updated():
    for f in (np.sum, lambda x: np.sum(x), lambda x: x.mean(), lambda x: np.sum(np.broadcast_to(x, (2, 4)))):
        gradient = grad(lambda x, f=f: f(x) * 2.0)(X)
        gradient += 1.0


# Updates of what belongs to somebody else


def global_item(x):
    TABLE[0] = x[0]
    return np.sum(TABLE * x)


def global_whole(x):
    t = TABLE
    t += x
    return np.sum(t * x)


def add_to_table(v):
    TABLE[1:] += v[1:]


def global_by_helper(x):
    add_to_table(x)
    return np.sum(TABLE * x)


def global_by_out(x):
    np.add(TABLE, x, out=TABLE)
    return np.sum(TABLE * x)


class Counter:
    """An object at module level."""

    total = np.zeros(4)


COUNTER = Counter()


def attribute_of_a_global(x):
    COUNTER.total[0] = x[0]
    COUNTER.total += x
    return np.sum(COUNTER.total * x)


def default_that_is_kept(x, memory=np.zeros(4)):  # noqa: B008
    memory += x
    return np.sum(memory * x)


@pytest.mark.parametrize(
    "f", [global_item, global_whole, global_by_helper, global_by_out, attribute_of_a_global]
)
def test_update_of_a_global_is_refused(f):
    before, total = TABLE.copy(), Counter.total.copy()
    with pytest.raises(S2sadError):
        grad(f)(X)
    assert np.array_equal(TABLE, before)
    assert np.array_equal(Counter.total, total)


def test_update_of_a_default_value():
    """A parameter is copied on entry (law 6), also one with a default value."""
    memory = default_that_is_kept.__defaults__[0]
    try:
        gradient = grad(default_that_is_kept)(X)
    except S2sadError:
        pass
    else:
        assert_same(gradient, 2.0 * X)
    assert not np.any(memory)


# Refused by name


def shuffled(x):
    rng = np.random.default_rng(0)
    rng.shuffle(x)
    return np.sum(W * x)


def shuffled_by_module(x):
    np.random.seed(0)  # noqa: NPY002
    np.random.shuffle(x)  # noqa: NPY002 (many programs still call it)
    return np.sum(W * x)


def resized(x):
    y = x * 1.0
    y.resize((2, 2))
    return np.sum(y**2)


def set_field(x):
    x.setfield(2.0, float)
    return np.sum(W * x)


def put_by_operator(x):
    np.ndarray.__setitem__(x, 0, x[1] ** 2)
    return np.sum(W * x)


def added_by_dunder(x):
    x.__iadd__(x[0])
    return np.sum(W * x)


def set_flags(x):
    x.setflags(write=False)
    return np.sum(W * x**2)


def byteswapped(x):
    x.byteswap(inplace=True)
    return np.sum(W * x)


def memory_view(x):
    memoryview(x)[0] = 2.0
    return np.sum(W * x**2)


def read_by_nditer(x):
    with np.nditer(x, op_flags=["readwrite"]) as items:
        for item in items:
            item[...] = 2.0 * item
    return np.sum(W * x**2)


def strided_window(x):
    pairs = np.lib.stride_tricks.sliding_window_view(x, 2, writeable=True)
    pairs[0, 1] = 0.3
    return np.sum(W * x**2)


def built_from_buffer(x):
    y = np.frombuffer(x)
    x[0] = 3.0
    return np.sum(W * y)


def array_of_a_buffer(x):
    y = np.ndarray(4, buffer=x)
    y[0] = 3.0
    return np.sum(W * x**2)


@pytest.mark.parametrize(
    "f",
    [
        shuffled,
        shuffled_by_module,
        resized,
        set_field,
        put_by_operator,
        added_by_dunder,
        set_flags,
        byteswapped,
        memory_view,
        read_by_nditer,
        strided_window,
        built_from_buffer,
        array_of_a_buffer,
    ],
)
def test_right_or_refused(f):
    right_or_refused(f, X)


def halve_the_rest(x, a):
    a = a.copy()
    rest = a[1:]
    a[1:] = rest / 2
    a[...] = a * 1.5
    return np.sum(x * a) * a[2]


@pytest.mark.parametrize("dtype", [int, np.float32, float, complex])
def test_assignment_converts_where_augmented_assignment_would_not(dtype):
    a = np.arange(5).astype(dtype)
    x = np.linspace(0.5, 1.5, 5)
    part = (lambda x, a: np.real(halve_the_rest(x, a))) if dtype is complex else halve_the_rest
    assert_same(grad(part)(x, a), numerical_gradient(part, (x, a), 0))


def smoothed_in_place(x):
    inner = x[1:-1]
    step = 0.25 * (x[:-2] - 2 * inner + x[2:])
    inner += step
    inner[:2] *= x[0]
    return np.sum(x**3)


def test_an_update_through_a_slice_is_one_of_the_slice():
    x = np.linspace(0.2, 1.0, 6)
    assert_same(grad(smoothed_in_place)(x), numerical_gradient(smoothed_in_place, (x,), 0))
    text = grad(smoothed_in_place).source_for(x)
    assert "x[1:-1] += step" in text
    assert "[:] =" not in text and "[...]" not in text


def assembled(k, x, at):
    K = np.outer(x, x)
    for i in range(2):
        K[np.ix_(at, at)] += k[i] * np.arange(9.0).reshape(3, 3) * x[i]
    K[np.ix_([0, 0], [1, 2])] = x[0] * np.arange(4.0).reshape(2, 2) * k[0]
    part = K[np.ix_(x > 0, [True, False, True])]
    return np.sum(K**2 * np.arange(9.0).reshape(3, 3)) + np.sum(part**3)


@pytest.mark.parametrize("at", [np.array([1, 1, 2]), [2, 0, 2], np.array([2, 0, 1])])
def test_open_meshes_may_name_an_element_twice(at):
    check_grads(lambda k, x: assembled(k, x, at), (np.array([0.3, 0.7]), np.array([0.5, 0.2, 0.9])), order=2)
    text = grad(assembled).source_for(np.array([0.3, 0.7]), np.array([0.5, 0.2, 0.9]), at)
    assert "K.copy()" not in text
