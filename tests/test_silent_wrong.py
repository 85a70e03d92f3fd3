"""Programs for which other tools were seen to return a wrong gradient without a word.

For each, s2sad has the right gradient; the few that it may refuse are checked by `right_or_refused`.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import math

import numpy as np
import pytest

from s2sad import grad
from s2sad.errors import S2sadError
from s2sad.testing import check_grads
from tests.numeric import assert_same, numerical_gradient
from tests.programs.registry import holds_floats

X = np.array([0.6, -1.3, 0.9, 2.1])
Y = np.array([1.2, 0.5, -0.7, 0.8])
A = np.array([[1.5, 0.3, -0.2], [0.4, 2.0, 0.6], [-0.5, 0.1, 1.2]])
W = np.array([0.7, -1.1, 0.4, 1.9])
MASK = np.array([True, False, True, True])


def right(f, *args):
    """Assert that the gradient in all arguments that hold floats is right, and that no argument is changed."""
    argnums = tuple(i for i, arg in enumerate(args) if holds_floats(arg))
    given = copy.deepcopy(args)
    gradient = grad(f, argnums)(*given)
    assert_same(given, args, rtol=0, atol=0, path="args")
    assert_same(gradient, numerical_gradient(f, args, argnums), path="gradient")


def right_or_refused(f, *args):
    """The same, for what this version may refuse."""
    with contextlib.suppress(S2sadError):
        right(f, *args)


# Strict would be wrong here: the mark may stay until all cases of a test are mended.

# Slices kept as views and overwritten before the reverse sweep


def test_slice_kept_as_view_then_overwritten():
    def f(x):
        head = x[:2]
        y = np.sum(head**2)
        x[:2] = 5.0
        return y * np.sum(x)

    right(f, X)


FLATTENED = [
    lambda x: x[::-1].ravel(),
    lambda x: x[3:0:-1][None, :].ravel(),
    lambda x: x[::2].ravel(),
    lambda x: np.ravel(x[None, ::2], "F"),
    lambda x: x[1:].ravel(),
    lambda x: x[:, None].ravel(),
    lambda x: x[...].ravel(),
    lambda x: x[::2].reshape(-1),
]


@pytest.mark.parametrize("flat", FLATTENED)
@pytest.mark.parametrize("start", [X, np.repeat(X, 2)[::2]])
def test_ravel_of_a_strided_array_is_a_copy(flat, start):
    """Of an array with gaps between its elements; else it is a view."""

    def f(x):
        v = flat(x)
        x[::2] *= x[1]
        return np.sum(v**2 * W[: len(v)])

    with contextlib.suppress(S2sadError):
        gradient = grad(f)(start)
        assert gradient == pytest.approx(numerical_gradient_at(f, start), rel=1e-6)


def numerical_gradient_at(f, x):
    """Return central differences at copies that are laid out as `x` is."""

    def moved(h):
        y = np.empty(2 * len(x))[:: x.strides[0] // x.itemsize][: len(x)]
        y[:] = x + h
        return f(y)

    return [(moved(h) - moved(-h)) / 2e-6 for h in 1e-6 * np.eye(len(x))]


COLUMNS = [
    lambda m: m[:, 1].ravel(),
    lambda m: m[1, 1:].ravel(),
    lambda m: m[1].ravel(),
    lambda m: m.T.ravel(),
]


@pytest.mark.parametrize("flat", COLUMNS)
def test_ravel_of_a_column_is_a_copy(flat):
    def f(x):
        m = np.outer(x, x)
        v = flat(m)
        m *= x[0]
        return np.sum(v**2) + np.sum(m * W)

    right(f, X)


BLOCKS = [
    lambda t: t[:, :, ::2].ravel(),
    lambda t: t[:1:2].ravel(),
    lambda t: t[..., 1].ravel(),
    lambda t: t[:1, ..., 0].ravel(),
    lambda t: t[:, None, 0].ravel(),
    lambda t: t[::2, None].ravel(),
    lambda t: t[0, ::2].ravel(),
]


MADE = [
    lambda x: np.ones((2, 1, 3)) * x[0],
    lambda x: np.ones((3, 2, 1)) * x[0],
    lambda x: np.ones((2, 3, 2)) * x[0],
    lambda x: np.outer(x, x)[:, None] * np.ones((1, 4)),
]


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("flat", BLOCKS)
def test_ravel_of_one_element_or_row_is_a_view(made, flat):
    """A step, or a column, leaves gaps only where there are several elements."""

    def f(x):
        t = made(x)
        v = flat(t)
        t *= x[1]
        return np.sum(v**2) + np.sum(t)

    right_or_refused(f, X)


def test_slice_kept_as_view_in_a_product():
    def f(x, y):
        z = x[1:] * y[1:]
        x[2] = 0.0
        y[:] = 1.0
        return np.sum(z * x[1:]) + np.sum(W * y)

    right(f, X, Y)


def test_slice_kept_as_view_in_a_loop():
    def f(x):
        total = 0.0
        for i in range(1, 4):
            left = x[:i]
            total += np.sum(np.sin(left) * left)
            left *= 0.5
        return total

    right(f, X)


def test_slice_kept_as_view_in_a_list():
    def f(x):
        kept = []
        for i in range(3):
            kept.append(x[i : i + 2])
            x[i] = x[i] ** 2
        return sum([np.sum(k**2) for k in kept])

    right_or_refused(f, X)


def test_row_kept_as_view_then_overwritten():
    def f(a):
        row = a[0]
        y = row * a[1]
        a[0] = a[2] ** 2
        return np.sum(y * row)

    right(f, A)


def test_diagonal_kept_as_view_then_overwritten():
    def f(a):
        column = a[:, 1]
        corner = a[1:, 1:]
        y = np.sum(column**2) * corner
        corner *= 2.0
        a[1, 1] = column[0] ** 2
        return np.sum(y * corner) * column[1]

    right(f, A)


# The adjoint of a number, which has been an array of rank 0


def test_number_in_an_array_of_rank_0():
    def f(x, y, a):
        for i in range(2):
            a[i] *= x
        t = np.array(x)
        t += y[0]
        return t**2 + np.sum(a)

    right(f, 0.7, Y, A)


def test_number_from_an_array_of_rank_0_in_a_loop():
    def f(x, y):
        total = np.reshape(x, ()) * y[0]
        for v in y:
            t = np.asarray(x)
            total = total * v + t
            t = t.copy()
            t *= total
            total = total + t[()]
        return total

    right(f, 0.7, Y)


def test_values_put_into_a_list_later():
    def f(x):
        rows = [x, 2.0 * x]
        axes = [0]
        n = 2
        while n > 0:
            rows.append(rows[-1] * x)
            n -= 1
        if np.sum(x) > 0.0:
            axes[0] = 1
        m = np.outer(x, x)
        return np.sum(np.add.reduce(rows) * W) + np.sum(np.mean(m, axis=tuple(axes)) * W)

    right(f, X)


def test_options_in_a_list_that_is_changed():
    def f(x):
        values = [x, 2.0 * x]
        n = 2
        while n > 0:
            values[1] = values[1] * x
            n -= 1
        widths = {0: (1, 2)}
        widths[1] = (2, 1)
        padded = np.pad(np.outer(x, x), widths, mode="edge")
        return np.sum(np.select([x > 1.0, x < 0.7], values) * W) + np.sum(padded**2)

    right(f, X)


# A copy folded into an alias


def fold_multiply(x):
    y = x * 1.0
    y[0] = 9.0
    return np.sum(W * x * y)


def fold_multiply_by_int(x):
    y = 1 * x
    x[0] = 9.0
    return np.sum(W * x * y**2)


def fold_add(x):
    y = x + 0.0
    x[1] *= y[0]
    return np.sum(W * x * y)


def fold_subtract(x):
    y = x - 0
    y += x**2
    return np.sum(W * x * y)


def fold_divide(x):
    y = x / 1
    y *= x
    return np.sum(W * x * y)


def fold_power(x):
    y = x**1
    y[2] = y[0] * x[1]
    return np.sum(W * x * y)


def fold_plus(x):
    y = +x
    y[2] = y[0] * x[1]
    return np.sum(W * x * y)


def fold_double_negation(x):
    y = np.negative(-x)
    x[2] = y[0] * x[1]
    return np.sum(W * x * y)


def fold_copies(x):
    y = x.copy()
    z = np.array(x)
    w = x.astype(float)
    x[:2] = 3.0
    y[0] *= z[1]
    w[1] = x[3]
    return np.sum(W * x * y * z * w)


def fold_flatten(x):
    y = x.flatten()
    z = x.ravel()
    z[0] = y[1] ** 2
    y[3] = 0.5
    return np.sum(W * x * y)


def fold_fancy_index(x):
    y = x[[0, 1, 2, 3]]
    y[0] = 4.0
    z = x[:]
    z[1] = y[2]
    return np.sum(W * x * y)


def fold_asarray(x):
    y = np.asarray(x)
    y[0] = x[1] * x[2]
    return np.sum(W * x**2)


def fold_reshape(x):
    y = x.reshape(2, 2)
    y[0, 0] = y[1, 1] ** 2
    z = x.reshape(2, 2) * 1.0
    z[0] = 0.0
    return np.sum(W * x) + np.sum(z)


def fold_where(x):
    y = np.where(True, x, 0.0)
    y[0] = 7.0
    return np.sum(W * x * y)


@pytest.mark.parametrize(
    "f",
    [
        fold_multiply,
        fold_multiply_by_int,
        fold_add,
        fold_subtract,
        fold_divide,
        fold_power,
        fold_plus,
        fold_double_negation,
        fold_copies,
        fold_flatten,
        fold_fancy_index,
        fold_asarray,
        fold_reshape,
        fold_where,
    ],
    ids=lambda f: f.__name__,
)
def test_copy_folded_into_alias(f):
    right(f, X)


# A callee that modifies its argument


def normalize_in_place(v):
    v /= np.sqrt(np.sum(v**2))


def shift_in_place(v):
    v[0] = v[1] ** 2


CHANGES = [normalize_in_place, shift_in_place]


def push(stack, value):
    stack.append(value)
    stack[0] = stack[0] * value


def pick(x, y, first):
    return x if first else y


def test_callee_modifies_its_argument():
    def f(x):
        before = np.sum(x**3)
        normalize_in_place(x)
        return before * np.sum(W * x)

    right(f, X)


def test_callee_modifies_a_view():
    def f(a):
        normalize_in_place(a[1])
        normalize_in_place(a[:, 2])
        return np.sum(a * np.arange(9.0).reshape(3, 3))

    right(f, A)


def test_callee_modifies_a_list():
    def f(x, y):
        s = [x]
        push(s, y)
        push(s, x * y)
        return s[0] * s[1] + s[2]

    right(f, 0.7, -1.2)


def test_callee_modifies_an_enclosing_array():
    def f(x):
        y = x**2

        def bump(i):
            y[i] = y[i] * x[0]

        bump(1)
        bump(2)
        return np.sum(W * y)

    right(f, X)


def test_callee_returns_one_of_its_arguments():
    def f(x, y):
        z = pick(x, y, x[0] > 0)
        z[1] = z[2] ** 2
        return np.sum(W * x * y)

    right_or_refused(f, X, Y)


def test_conditional_alias():
    def f(x, y):
        target = x if x[0] > y[0] else y
        target[1] = 3.0 * target[2]
        return np.sum(W * x * y)

    right_or_refused(f, X, Y)


def test_augmented_assignment_of_an_argument():
    def f(x, y):
        z = x
        x += y**2
        return np.sum(W * z * x)

    right(f, X, Y)


def test_augmented_assignment_of_unknown_type():
    def add(u, v):
        w = u
        w += v
        return u

    def f(x, t):
        return np.sum(W * add(x, x**2)) + add(t, t**2)

    right(f, X, 0.8)


def add_one_to_either(x, flag):
    y = x if flag else 2.0
    y += 1.0
    return np.sum(W * x * y)


def scale_either(x, flag):
    y = 2.0
    if flag:
        y = x
    y *= 3.0
    return np.sum(W * x * y)


def square_the_array_or_its_item(x, flag):
    y = x if flag else x[0]
    y **= 2
    return np.sum(W * x * y)


@pytest.mark.parametrize("flag", [1, 0])
@pytest.mark.parametrize("f", [add_one_to_either, scale_either, square_the_array_or_its_item])
def test_augmented_assignment_of_an_array_or_a_number(f, flag):
    right_or_refused(f, X, flag)


def test_same_array_as_two_arguments_that_are_updated():
    def f(x, y):
        x[0] = y[1] ** 2
        return np.sum(W * x * y)

    with pytest.raises(S2sadError):
        grad(f, (0, 1))(X, X)
    with pytest.raises(S2sadError):
        grad(f, (0, 1))(X[:3], X[1:])


def test_callee_modifies_two_of_its_arguments():
    def rotate(u, v, angle):
        old = u.copy()
        u[:] = np.cos(angle) * u - np.sin(angle) * v
        v[:] = np.sin(angle) * old + np.cos(angle) * v

    def f(a, angle):
        rotate(a[0], a[1], angle)
        rotate(a[:, 1], a[:, 2], angle**2)
        return np.sum(a**3)

    right(f, A, 0.3)


def test_callee_modifies_a_copy_only():
    def shifted(v):
        v = v.copy()
        v[1:] = v[:-1] * v[1:]
        return v

    def f(x):
        y = shifted(x)
        return np.sum(W * y * x)

    right(f, X)


def test_callee_modifies_and_returns_its_argument():
    def scaled_by_first(v):
        v *= v[0]
        return v

    def f(x):
        y = scaled_by_first(x)
        y[1] = 2.0
        return np.sum(W * x * y)

    right(f, X)


def test_callee_of_a_dict():
    def f(x, name):
        {"scale": normalize_in_place, "shift": shift_in_place}[name](x)
        return np.sum(W * x**2)

    right(f, X, "scale")
    right(f, X, "shift")


def test_callee_chosen_by_a_condition():
    def f(x, flag):
        change = normalize_in_place if flag else shift_in_place
        change(x)
        return np.sum(W * x**2)

    right(f, X, True)
    right(f, X, False)


def test_callee_chosen_from_a_list():
    def f(x, k):
        changes = [normalize_in_place, shift_in_place]
        y = x * x
        changes[k](y)
        return np.sum(W * y**2)

    right(f, X, 0)
    right(f, X, 1)


def test_callee_of_a_table_of_the_module():
    def f(x, k):
        CHANGES[k](x)
        return np.sum(W * x**2)

    right_or_refused(f, X, 0)
    right_or_refused(f, X, 1)


def test_callees_of_a_list_argument():
    def f(x, changes):
        for change in changes:
            change(x[1:])
        return np.sum(W * x**2)

    right_or_refused(f, X, CHANGES)


def double_first_of_pair(pair):
    pair[0][:] *= 2.0


def append_to_list_of_dict(table):
    table["a"].append(table["a"][0] * 3.0)


CONTAINER_CHANGES = [double_first_of_pair, append_to_list_of_dict]


def test_callee_of_a_table_modifies_an_array_in_a_tuple():
    def f(x, k):
        y = x * 2.0
        CONTAINER_CHANGES[k]((x, y))
        return np.sum(W * x * y)

    right_or_refused(f, X, 0)


def test_callee_of_a_table_modifies_a_list_in_a_dict():
    def f(x, k):
        table = {"a": [x * 1.0, x * 2.0]}
        CONTAINER_CHANGES[k](table)
        return np.sum(W * table["a"][-1] * x)

    right_or_refused(f, X, 1)


def test_ufunc_chosen_at_run_time_with_out():
    def f(x, k):
        [np.sin, np.cos][k](x, out=x)
        return np.sum(W * x**2)

    right_or_refused(f, X, 0)
    right_or_refused(f, X, 1)


def test_method_chosen_at_run_time():
    def f(x, name):
        getattr(x, name)()
        return np.sum(W * x**2)

    right_or_refused(f, X, "sort")


# `out=` and `ufunc.at` taken as pure


def test_out_argument():
    def f(x, y):
        z = np.zeros(4)
        np.multiply(x, y, out=z)
        np.exp(x, out=x)
        return np.sum(W * z * x)

    right(f, X, Y)


def test_out_argument_of_a_reduction():
    def f(a):
        s = np.zeros(3)
        np.sum(a**2, axis=0, out=s)
        a.cumsum(axis=0, out=a)
        return np.sum(s * a)

    right(f, A)


def test_out_argument_into_a_slice():
    def f(x):
        np.square(x[:2], out=x[2:])
        return np.sum(W * x)

    right(f, X)


def test_where_argument_of_a_ufunc():
    def f(x):
        y = np.ones(4)
        np.log(x, out=y, where=x > 0)
        return np.sum(W * y)

    right(f, X)


def test_ufunc_at():
    def f(x, y):
        np.add.at(x, np.array([0, 0, 3, 1]), y**2)
        np.multiply.at(x, np.array([2, 2]), y[:2])
        return np.sum(W * x**2)

    right(f, X, Y)


def test_ufunc_at_with_a_mask_and_a_slice():
    def f(x, y):
        np.subtract.at(x, MASK, y[:3] ** 2)
        np.add.at(y, slice(1, 3), x[:2])
        return np.sum(W * x**2 * y)

    right(f, X, Y)


def test_ufunc_at_reads_what_it_has_written():
    def f(x):
        np.multiply.at(x, [0, 0, 1], x[1:] ** 2)
        return np.sum(W * x)

    right(f, X)


def test_functions_that_write():
    def f(x, y):
        z = x * y
        np.copyto(x, z**2)
        np.put(z, [0, 1], y[:2])
        np.place(z, MASK, [3.0, 4.0])
        np.fill_diagonal(x.reshape(2, 2), 0.5)
        return np.sum(W * x * z)

    right(f, X, Y)


def test_methods_that_write():
    def f(x):
        y = x**2
        y.sort()
        z = np.sin(x)
        z.fill(x[1])
        return np.sum(W * y * z * x)

    right(f, X)


# The body of a `with` skipped


@contextlib.contextmanager
def section(name):
    yield name


def test_body_of_with_errstate():
    def f(x):
        y = x * 2.0
        with np.errstate(all="ignore"):
            y = y * np.sin(x)
        return np.sum(W * y)

    right(f, X)


def test_body_of_with_that_updates():
    def f(x):
        with section("a") as name, np.errstate(divide="ignore"):
            x[0] = x[1] ** len(name)
            x *= 2.0
        return np.sum(W * x)

    right(f, X)


def test_body_of_with_that_returns():
    def f(x):
        with section("a"):
            return np.sum(W * x**2)

    right(f, X)


def test_body_of_try():
    def f(x):
        y = x
        try:
            y = y * x
        finally:
            y = y + 1.0
        return np.sum(W * y)

    right(f, X)


# A decorator dropped


def doubled(function):
    @functools.wraps(function)
    def wrapper(*args):
        return 2.0 * function(*args)

    return wrapper


def scaled(factor):
    def decorate(function):
        def wrapper(x):
            return factor * function(x)

        return wrapper

    return decorate


@doubled
def doubled_square(x):
    return x**2


@scaled(3.0)
@doubled
def scaled_sine(x):
    return np.sin(x)


@functools.cache
def cached_square(t):
    return t**2


def weighted(x, weight, power=1):
    return weight * x**power


def test_decorator_of_the_function_itself():
    right(doubled_square, 0.7)
    right(scaled_sine, 0.7)


def test_decorator_of_a_callee():
    def f(x):
        return np.sum(W * doubled_square(x) * scaled_sine(x))

    right(f, X)


def test_decorator_that_caches():
    def f(t):
        return cached_square(t) * np.sin(t)

    right(f, 0.7)


def test_partial():
    third = functools.partial(weighted, weight=0.5, power=3)

    def f(x):
        return np.sum(W * third(x))

    right(f, X)
    right(third, 0.7)


# Keyword arguments ignored


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x**2, where=MASK),
        lambda x: np.sum(x**2, initial=2.0) ** 2,
        lambda x: np.mean(x**2, where=MASK),
        lambda x: np.min(x, initial=-5.0) * x[0],
        lambda x: (x**2).sum(where=x > 0),
        lambda x: np.sum(np.sum(x.reshape(2, 2) ** 2, axis=0, where=MASK.reshape(2, 2)) * W[:2]),
        lambda x: np.sum(np.reshape(x, (2, 2), order="F")[0] ** 2),
        lambda x: np.sum(W * np.sort(-x, kind="stable") ** 2),
        lambda x: np.sum(x, dtype=np.float64) ** 2,
        lambda x: np.linalg.norm(x, ord=3),
    ],
    ids=[
        "sum-where",
        "sum-initial",
        "mean-where",
        "min-initial",
        "sum-method-where",
        "sum-axis-where",
        "reshape-order",
        "sort-kind",
        "sum-dtype",
        "norm-ord",
    ],
)
def test_keyword_of_a_reduction(f):
    right(f, X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.prod(x, where=MASK),
        lambda x: np.max(x, where=MASK, initial=-9.0) ** 2,
        lambda x: np.std(x, where=MASK) + np.var(x, ddof=1, where=MASK),
    ],
    ids=["prod", "max", "std"],
)
def test_where_of_other_reductions(f):
    right_or_refused(f, X)


def test_where_of_sum_from_the_argument():
    def f(x, y):
        return np.sum(x * y, where=x > y) + np.add.reduce(x**2, where=MASK)

    right(f, X, Y)


def test_full_like_in_prototype_and_value():
    def f(proto, t):
        return np.sum(W * np.full_like(proto, t**2) * proto)

    right(f, X, 0.7)


def test_full_like_of_an_array():
    def f(proto, x):
        y = np.full_like(proto, x)
        y[0] *= x[1]
        return np.sum(proto * y**2)

    right(f, A, X[:3])


def test_full_in_its_value():
    def f(t, x):
        return np.sum(W * np.full(4, t) ** 2) + np.sum(np.full((2, 4), x) ** 3)

    right(f, 0.7, X)


def test_like_functions_do_not_depend_on_their_prototype():
    def f(x):
        y = np.zeros_like(x) + np.ones_like(x)
        z = np.empty_like(x)
        z[:] = x[::-1]
        return np.sum(W * x * y * z)

    right(f, X)


# Ties and degenerate points


def test_norm_inf_ties():
    def f(x):
        return np.linalg.norm(x, np.inf)

    right(f, np.array([3.0, -3.0, 1.0]))


def test_norm_inf_ties_of_rows():
    def f(a):
        return np.linalg.norm(a, np.inf) * 2.0

    right(f, np.array([[1.0, 2.0], [-2.5, 0.5], [0.3, 0.4]]))


def test_norm_of_largest_and_smallest_of_each_row():
    def f(a):
        largest = np.linalg.norm(a, np.inf, axis=1)
        return np.sum(W[:2] * largest) + np.linalg.norm(a[0], -np.inf)

    right(f, np.array([[2.0, -1.5, -2.0], [1.0, -3.0, 3.0]]))


def test_norm_inf_of_a_matrix():
    def f(a):
        return np.linalg.norm(a, np.inf) + np.linalg.norm(a, -1) * np.linalg.norm(a, 2)

    right(f, A)


def test_max_ties():
    def f(x):
        return np.max(x) + 2.0 * np.min(x)

    right(f, np.array([3.0, 3.0, 1.0, 1.0]))


def test_det_of_rank_one_matrix():
    def f(a):
        return np.linalg.det(a)

    right(f, np.outer([1.0, 2.0, -0.5], [0.4, 1.5, 1.0]))


def test_det_of_rank_two_matrix():
    def f(a):
        return np.linalg.det(a)

    right(f, np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]))


def test_det_of_singular_stack():
    def f(a):
        return np.sum(W[:2] * np.linalg.det(a))

    right(f, np.array([[[1.0, 2.0], [2.0, 4.0]], [[1.0, 0.5], [0.3, 2.0]]]))


def test_inverse_and_solve_are_not_detached_by_det():
    def f(a):
        return np.linalg.det(a) * np.sum(np.linalg.solve(a, W[:3])) + np.linalg.det(a[:2, :2] * 0.0 + a[0, 0])

    right(f, A)


def test_prod_with_zeros():
    def f(x):
        return np.prod(x) + np.sum(W * np.cumprod(x))

    right(f, np.array([0.5, 0.0, 2.0, -1.0]))
    right(f, np.array([0.0, 0.0, 2.0, -1.0]))


def test_softmax_with_keepdims():
    def f(a):
        e = np.exp(a - np.max(a, axis=-1, keepdims=True))
        return np.sum(W[:3] * (e / np.sum(e, axis=-1, keepdims=True)) ** 2)

    right(f, A)


# A constant array changed after it was used


def test_constant_changed_after_use():
    def f(x):
        c = np.array([1.0, 2.0, 3.0, 4.0])
        y = c * x
        c[0] = 10.0
        c *= 2.0
        return np.sum(y * c * x)

    right(f, X)


def test_constant_changed_in_a_loop():
    def f(x):
        c = np.ones(4)
        total = 0.0
        for i in range(4):
            total += np.sum(c * x**2)
            c[i] = -float(i)
        return total

    right(f, X)


def test_constant_of_the_closure_changed_between_calls():
    table = np.array([1.0, 2.0, 3.0, 4.0])

    def f(x):
        return np.sum(table * x**2)

    gradient = grad(f)
    first = gradient(X)
    table[0] = 10.0
    np.testing.assert_allclose(first, 2 * X * [1, 2, 3, 4])
    np.testing.assert_allclose(gradient(X), 2 * X * [10, 2, 3, 4])


def test_index_array_changed_after_use():
    def f(x):
        idx = np.array([0, 1, 2])
        y = x[idx] ** 2
        idx[:] = 3
        return np.sum(y) * np.sum(x[idx])

    right(f, X)


def test_mask_changed_after_use():
    def f(x):
        m = x > 0
        y = np.where(m, x**2, x)
        x[m] *= 2.0
        m[:] = False
        return np.sum(W * y * x)

    right(f, X)


def test_list_of_constants_changed_after_use():
    def f(t):
        scale = [1.0, 2.0]
        y = t * scale[0]
        scale[0] = 5.0
        scale.append(t)
        return y * scale[0] * scale[-1]

    right(f, 0.7)


BUFFER = np.zeros(4)


def test_global_array_written():
    def f(x):
        BUFFER[:] = x**2
        BUFFER[0] *= x[1]
        return np.sum(W * BUFFER * x)

    right_or_refused(f, X)


def test_constant_of_the_closure_read_at_the_call():
    factor = 2.0

    def f(x):
        return np.sum(W * x**2) * factor

    gradient = grad(f)
    first = gradient(X)
    factor = 3.0
    np.testing.assert_allclose(first, 4.0 * W * X)
    np.testing.assert_allclose(gradient(X), 6.0 * W * X)


# np.unique


def test_unique():
    def f(x):
        return np.sum(W * np.unique(x) ** 2)

    right_or_refused(f, X)


def test_index_of_unique():
    def f(x):
        places = np.unique(np.array([2, 0, 2, 1]))
        return np.sum(W[:3] * x[places] ** 2)

    right(f, X)


def test_unique_of_another_array():
    def f(x):
        scale = np.unique(np.floor(Y))
        return np.sum(scale[0] * x**2) + len(np.unique([1.0, 1.0, 2.0])) * x[0]

    right_or_refused(f, X)


def test_unique_with_inverse():
    def f(x):
        values, inverse = np.unique(x, return_inverse=True)
        return np.sum(W * values[inverse] ** 2 * x)

    right_or_refused(f, X)


# np.clip in its bounds


def test_clip_in_its_bounds():
    def f(x, low, high):
        return np.sum(W * np.clip(x, low, high) ** 2)

    right(f, X, -0.5, 1.4)


def test_clip_in_bounds_that_are_arrays():
    def f(x, low):
        return np.sum(W * x.clip(low, low + 1.0) ** 2)

    right(f, X, Y)


def test_clip_in_one_bound():
    def f(x, low, high):
        return np.sum(W * np.clip(x, low, None) ** 2) + np.sum(np.clip(x, None, high) ** 3)

    right(f, X, -0.5, 1.4)


def test_clip_into_itself():
    def f(x, low):
        np.clip(x, low, low + 2.0, out=x)
        return np.sum(W * x**2)

    right(f, X, -0.5)


def test_clip_by_keyword():
    def f(x, low):
        return np.sum(W * np.clip(x, min=low, max=1.5) ** 2)

    right_or_refused(f, X, -0.5)


# math.* and float() that detach


@pytest.mark.parametrize(
    "f",
    [
        lambda t: float(t) ** 2,
        lambda t: math.sin(t) * t,
        lambda t: math.exp(float(np.cos(t))),
        lambda t: np.float64(t) * t,
        lambda t: math.pow(t, 3.0) + math.hypot(t, 1.0),
        lambda t: math.fsum([t, t**2, 1.0]),
        lambda t: math.prod([t, t, 2.0]),
        lambda t: np.asarray(t).item() * t,
        lambda t: float(np.array([t, 2.0])[0]) * t,
        lambda t: np.array([t, t**2]).tolist()[1] * t,
        lambda t: float(np.sum(np.array([t, t * t]))) * t,
        lambda t: abs(complex(t, 1.0)) ** 2,
        lambda t: pow(t, 3) + divmod(t, 0.5)[1] ** 2,
        lambda t: math.copysign(t, -1.0) * t + math.fmod(t, 0.4) ** 2,
        lambda t: int(t * 10) * t,
        lambda t: round(t, 1) * t,
        lambda t: np.full(3, t).sum() * np.array(t),
    ],
)
def test_conversion_that_detaches(f):
    right(f, 0.73)


@pytest.mark.parametrize(
    "f",
    [lambda t: float(f"{t:.17g}") * 2.0, lambda t: np.fromiter([t, t * t], dtype=float)[1]],
    ids=["text", "fromiter"],
)
def test_conversion_that_cannot_be_followed(f):
    right_or_refused(f, 0.73)


def test_conversion_of_elements():
    def f(x):
        values = x.tolist()
        a, b, c, d = (float(v) for v in values)
        return a * b + math.tanh(c) * x.item(3) + math.sqrt(x[0]) * d

    right(f, X)


def test_array_made_of_floats():
    def f(x):
        y = np.array([float(v) for v in x], dtype=np.float64)
        z = np.zeros(4)
        for i in range(4):
            z[i] = math.sin(x[i])
        return np.sum(W * y * z)

    right(f, X)


def test_integer_array_truncates():
    def f(x):
        y = np.zeros(4, dtype=int)
        y[:] = x
        return np.sum(y * x)

    right(f, X)


# Loops that overwrite what the reverse sweep needs


def test_loop_overwrites_a_variable():
    def f(t):
        y = t
        for _ in range(4):
            z = y * y
            y = np.sin(z) + t
        return y * z

    right(f, 0.7)


def test_loop_overwrites_its_own_bounds():
    def f(t):
        n = 3
        total = t
        for i in range(n):
            n = i
            total = total * t + n
        return total

    right(f, 0.7)


def test_loop_variable_is_assigned():
    def f(x):
        total = 0.0
        for i in range(3):
            total += x[i] ** 2
            i = i + 1
            total *= x[i]
        return total

    right(f, X)


def test_loop_over_an_array_that_it_updates():
    def f(x):
        total = 1.0
        for i, v in enumerate(x):
            x[(i + 1) % 4] *= 0.5
            total = total * v + i
        return total

    right(f, X)


def test_loop_over_a_list_that_it_extends():
    def f(t):
        s = [t]
        for v in s:
            if len(s) < 4:
                s.append(v * t)
        return s[-1] + s[1]

    right_or_refused(f, 0.7)


def test_name_shadowed_by_comprehension():
    def f(x):
        v = x[0] ** 2
        s = sum([v * v for v in x])
        return s * v

    right(f, X)


def test_function_bound_late():
    def f(t):
        fs = [lambda u: u * k for k in range(3)]
        return fs[0](t) * fs[1](t)

    right(f, 0.7)


def test_default_value_is_bound_early():
    scale = 2.0

    def g(u, factor=scale):
        return u * factor

    scale = 5.0

    def f(t):
        return g(t) ** 2 * scale

    right(f, 0.7)


# Found in our own work


def only_the_length(x):
    return x[0] * sum([x[1] * i for i in range(len([v for v in x if v > 0]))])


def lists_in_a_dict(xs):
    groups = {}
    for i in range(len(xs)):
        if i % 2 not in groups:
            groups[i % 2] = []
        groups[i % 2].append(xs[i] * xs[i])
    return sum(groups[0]) * sum(groups[1])


def popped_from_lists_in_a_dict(xs):
    groups = {0: [1.0, 2.0], 1: [3.0, 4.0]}
    total = 0.0
    for i in range(len(xs)):
        total += groups[i % 2].pop() * xs[i]
    return total**2


@pytest.mark.parametrize("f", [only_the_length, lists_in_a_dict, popped_from_lists_in_a_dict])
def test_lists_within_containers(f):
    check_grads(f, ([0.5, 1.5, 0.8, 2.0],), order=2)


TURNED = np.array([[0.3, 1.2, 0.1], [-1.1, 0.2, 0.4], [0.2, -0.5, 0.9]])
NINE = np.arange(9.0).reshape(3, 3)


@pytest.mark.parametrize(
    "f, x",
    [
        (lambda a: np.sum(np.abs(np.linalg.eigvals(a)) ** 2 * W[:3]), TURNED),
        (lambda a: np.sum(np.abs(np.linalg.eig(a)[1]) ** 3 * NINE), TURNED),
        (lambda a: np.sum(np.abs(np.roots(a)) ** 2), np.array([1.0, 0.3, 2.0, 0.5])),
    ],
)
def test_values_that_are_complex_for_some_arguments(f, x):
    check_grads(f, (x,), order=2)
