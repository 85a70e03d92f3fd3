"""What is refused: early, by name, at the user's own line, with a way out."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest

import s2sad.rules as rules
from s2sad.analysis import kinds as k
from s2sad.errors import AmbiguousAlias, S2sadError
from s2sad.frontend.lowerer import Program, lower

TOTAL = 0.0
TABLE = np.array([1.0, 2.0, 3.0])


def refusal(function, *args):
    """Return the error that lowering a function for these arguments raises."""
    shapes = k.Shapes()
    tables = Program(rules.REGISTRY, rules.METHODS, rules.ATTRIBUTES, None, shapes)
    names = list(inspect.signature(function).parameters)
    kinds = {name: k.kind_of(arg, shapes) for name, arg in zip(names, args, strict=True)}
    with pytest.raises(S2sadError) as caught:
        lower(tables, function, kinds, set(names))
    return caught.value


def generator(x):
    y = x * x
    yield y  # refused


async def coroutine(x):  # refused
    return x


def awaits(x):
    async def inner(t):  # refused
        return t

    return inner(x)


def global_write(x):
    global TOTAL  # refused
    TOTAL = x
    return x


def global_update(x):
    TABLE[0] = x  # refused
    return np.sum(TABLE)


def local_class(x):
    class Local:  # refused
        value = 1.0

    return x * Local.value


def read_before_bound(x):
    y = x + z  # noqa: F821  # refused
    z = y
    return z


def read_after_del(x):
    y = x
    del y
    return y  # noqa: F821  # refused


def read_of_a_loop_that_never_binds(x):
    for _ in range(3):
        x = x * y  # noqa: F821  # refused
    if x > 100.0:
        y = x  # noqa: F841
    return x


def error_name_is_gone(x):
    try:
        y = math.log(x)
    except ValueError as error:
        y = len(error.args)
    return y * len(error.args)  # noqa: F821  # refused


def value_at_the_exception(x):
    y = x
    try:
        y = math.sqrt(x)
        z = math.log(y - 1.0)
    except ValueError:
        z = y  # refused
    return z


def update_before_the_exception(x):
    y = np.zeros(3)
    try:
        y[0] = x
        y[1] = math.log(x)  # refused
    except ValueError:
        pass
    return y


def recursion_with_state(x):
    count = 0.0

    def f(n):
        nonlocal count
        count += x
        return x if n == 0 else f(n - 1)

    return f(3) * count  # refused


def endless_recursion(x):
    def f(*items):
        return f(*items, x)

    return f(x)


def unknown_star(x):
    values = [x for _ in range(int(x))]
    return math.atan2(*values)  # refused


def functions_in_a_loop(x):
    functions = []
    for i in range(int(x)):
        functions.append(lambda t: t * i)  # refused
    return functions[0](x)


def function_that_changes(x):
    f = math.sin
    for _ in range(3):
        x = f(x)  # refused
        f = lambda t: t * t
    return x


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (generator, "`yield` cannot be differentiated"),
        (coroutine, "`async def` cannot be differentiated"),
        (awaits, "`async def` cannot be differentiated"),
        (global_write, "the global variable `TOTAL` is assigned"),
        (global_update, "`TABLE`, which belongs to the surrounding program, is updated in place"),
        (local_class, "a class inside a differentiated function"),
        (read_before_bound, "`z` is read before it is bound"),
        (read_after_del, "`y` is read before it is bound"),
        (read_of_a_loop_that_never_binds, "`y` is read before it is bound"),
        (error_name_is_gone, "`error` is read before it is bound"),
        (value_at_the_exception, "`y` may or may not have its new value"),
        (update_before_the_exception, "`y` is updated in place inside `try`"),
        (recursion_with_state, "with `nonlocal`"),
        (unknown_star, "the number of items behind this `*` is not known"),
        (functions_in_a_loop, "a list of functions or objects changes its length inside a loop"),
        (function_that_changes, "`f` changes its function"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_refused_at_its_line(function, message):
    error = refusal(function, 2.5)
    assert message in error.message
    assert error.where is not None and "# refused" in error.where.text


def test_endless_recursion_is_refused():
    assert "nested too deeply" in refusal(endless_recursion, 2.5).message


# ---- updates that may be visible through another name ---------------------------------------------------


def one_of_two(x, n):
    y = x * 2.0
    v = x if n > 0 else y
    v[0] = 10.0
    return np.sum(v) + np.sum(y)  # refused


def views_from_two_arms(x, n):
    if n > 0:
        a = np.zeros(3)
        b = a[1:]
    else:
        a = np.ones(3)
        b = a[1:]
    b[0] = x[0]
    return np.sum(a)  # refused


def rows_in_a_list(x, n):
    m = np.outer(x, x)
    rows = [m[0], m[1]]
    rows[n][0] = 5.0  # refused
    return np.sum(m)


def perhaps_a_copy(x, n):
    m = x * 2.0
    m = np.linalg.inv(np.outer(m, m) + np.eye(len(m)))
    r = np.ravel(m)
    r[n] = 7.0
    return np.sum(m)  # refused


@pytest.mark.parametrize(
    "function",
    [one_of_two, views_from_two_arms, rows_in_a_list, perhaps_a_copy],
    ids=lambda function: function.__name__,
)
def test_ambiguous_alias(function):
    error = refusal(function, np.array([1.0, 2.0, 3.0]), 1)
    assert isinstance(error, AmbiguousAlias)
    assert "# refused" in error.where.text
    assert ".copy()" in error.hint


def test_an_alias_that_is_not_read_again_is_no_matter():
    def rebound(x, n):
        y = x * 2.0
        v = x if n > 0 else y
        v[0] = 10.0
        y = v * 2.0
        return np.sum(y)

    shapes = k.Shapes()
    tables = Program(rules.REGISTRY, rules.METHODS, rules.ATTRIBUTES, None, shapes)
    lower(tables, rebound, {"x": k.kind_of(np.ones(3), shapes), "n": k.INT}, {"x"})
