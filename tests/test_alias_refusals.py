"""The whole text of the refusals of updates whose effect cannot be followed."""

from __future__ import annotations

import heapq
import operator
import struct

import numpy as np
import pytest

from s2sad import errors, grad

COPY_HINT = "hint: make the copy explicit: write `.copy()` where the second name is bound"
RULE_HINT = (
    "hint: give it a rule with `s2sad.rules.elementwise` or `adjoint`, declare it `nondifferentiable`, or "
    "rewrite the line with functions that have one"
)
ROWS = np.array([[0.6, -1.3], [0.9, 2.1]])
X = ROWS.ravel()


def place(function, offset, col):
    """Return the place in this file at a line after the first of a function."""
    code = function.__code__
    return f"{code.co_filename}:{code.co_firstlineno + offset}:{col}"


def lines(*texts):
    return "\n".join(texts)


def refusal(cls, function, *args, argnums=0):
    """Return the text of the refusal, and check that no argument was touched."""
    given = [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]
    with pytest.raises(errors.S2sadError) as caught:
        grad(function, argnums)(*args)
    assert type(caught.value) is cls
    for arg, copy in zip(args, given, strict=True):
        assert np.array_equal(arg, copy) if isinstance(arg, np.ndarray) else arg is copy
    return str(caught.value)


# A view or a copy, depending on the layout of the argument: neither of these is laid out row by row


def writes_the_view(a):
    flat = a.ravel()
    flat[0] = 1.0
    return np.sum(a * a)


def writes_the_base(a):
    flat = a.reshape(-1)
    a[0, 0] = 1.0
    return np.sum(flat * a[0, 0])


LAYOUTS = {
    "every other column": np.arange(8.0).reshape(2, 4)[:, ::2],
    "the first columns": np.arange(8.0).reshape(2, 4)[:, :2],
}


@pytest.mark.parametrize("a", LAYOUTS.values(), ids=LAYOUTS)
def test_update_of_a_view_that_may_be_a_copy(a):
    assert refusal(errors.AmbiguousAlias, writes_the_view, a) == lines(
        f"{place(writes_the_view, 3, 18)}: `a` may or may not show the update of `flat` in line "
        f"{writes_the_view.__code__.co_firstlineno + 2}",
        "    return np.sum(a * a)",
        "                  ^",
        COPY_HINT,
    )


@pytest.mark.parametrize("a", LAYOUTS.values(), ids=LAYOUTS)
def test_update_beside_a_view_that_may_be_a_copy(a):
    assert refusal(errors.AmbiguousAlias, writes_the_base, a) == lines(
        f"{place(writes_the_base, 3, 18)}: `flat` may or may not show the update of `a` in line "
        f"{writes_the_base.__code__.co_firstlineno + 2}",
        "    return np.sum(flat * a[0, 0])",
        "                  ^~~~",
        COPY_HINT,
    )


def copied_first(a):
    flat = a.ravel().copy()
    flat[0] = 1.0
    return np.sum(a * a) + np.sum(flat)


@pytest.mark.parametrize("a", LAYOUTS.values(), ids=LAYOUTS)
def test_the_hint_about_copies_helps(a):
    expected = 2 * a + 1
    expected[0, 0] -= 1
    assert np.array_equal(grad(copied_first)(a), expected)


# Arguments that overlap


def updates_the_first(x, y):
    x[0] = y[1] ** 2
    return np.sum(x * y[: len(x)])


def updates_a_part(parameters):
    parameters["u"][0] = parameters["v"][1] ** 2
    return np.sum(parameters["u"])


@pytest.mark.parametrize("y", [X, X[1:], X[::-1]], ids=["the same", "shifted", "reversed"])
def test_overlapping_arguments(y):
    assert refusal(errors.AmbiguousAlias, updates_the_first, X[:3], y) == lines(
        "`x`, which `updates_the_first` updates in place, shares memory with `y`",
        "hint: pass a copy: `y.copy()`",
    )


def test_overlap_within_one_argument():
    assert refusal(errors.AmbiguousAlias, updates_a_part, {"u": X[:3], "v": X[1:]}) == lines(
        "`parameters['u']`, which `updates_a_part` updates in place, shares memory with `parameters['v']`",
        "hint: pass a copy: `parameters['v'].copy()`",
    )


def test_the_hint_about_arguments_helps():
    assert np.array_equal(grad(updates_the_first)(X, X.copy()), [0.0, *X[1:]])


# Updates by callables of which nothing is known


class Smoother:
    def apply(self, x):
        x *= 0.5


class Sharpener:
    def apply(self, x):
        x *= 2.0


def scale(x):
    x *= 3.0


def square_first(x):
    x[0] = x[1] ** 2


CHANGES = [scale, square_first]


def by_a_table(x, k):
    CHANGES[k](x)
    return np.sum(x * x)


def by_a_list(x, changes):
    for change in changes:
        change(x)
    return np.sum(x * x)


def by_a_ufunc(x, ufuncs, k):
    ufuncs[k](x, out=x)
    return np.sum(x * x)


def by_an_operator(x, operators, k):
    operators[k](x, 2.0)
    return np.sum(x * x)


def by_a_method(x, tools, k):
    tools[k].apply(x)
    return np.sum(x * x)


def by_a_c_function(x):
    struct.pack_into("d", x, 8, 2.0)
    return np.sum(x * x)


def of_a_list(t):
    values = [t * t, t]
    heapq.heapify(values)
    return values[0]


def test_callable_known_at_run_time():
    """Nothing is known of it before the call, so there is no line to point at."""
    cases = [
        ("square_first", by_a_table, (X, 1)),
        ("scale", by_a_list, (X, CHANGES)),
        ("sin", by_a_ufunc, (X, [np.sin, np.cos], 0)),
        ("imul", by_an_operator, (X, [operator.iadd, operator.imul], 1)),
        ("copyto", by_an_operator, (X, [np.copyto, np.putmask], 0)),
    ]
    for name, function, args in cases:
        assert refusal(errors.AmbiguousAlias, function, *args) == lines(
            f"`{name}`, which is known only at run time, updates an argument",
            "hint: call it by name, or choose among functions with `if`",
        )


def by_a_condition(x, first):
    change = scale if first else square_first
    change(x)
    return np.sum(x * x)


def test_the_hint_about_run_time_callables_helps():
    assert np.allclose(grad(by_a_condition)(X, True), 18 * X)
    assert np.allclose(grad(by_a_condition)(X, False), [0.0, 2 * X[1] + 4 * X[1] ** 3, *(2 * X[2:])])


def test_method_of_an_object_known_at_run_time():
    assert refusal(errors.UnknownDerivative, by_a_method, X, [Smoother(), Sharpener()], 1) == lines(
        f"{place(by_a_method, 1, 4)}: the derivative of `apply` is not known",
        "    tools[k].apply(x)",
        "    ^~~~~~~~~~~~~~~~~",
        RULE_HINT,
    )


def test_c_function_that_writes():
    assert refusal(errors.UnknownDerivative, by_a_c_function, X) == lines(
        f"{place(by_a_c_function, 1, 4)}: the derivative of `struct.pack_into` is not known",
        '    struct.pack_into("d", x, 8, 2.0)',
        "    ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~",
        RULE_HINT,
    )


def test_c_function_that_updates_a_list():
    assert refusal(errors.UnknownDerivative, of_a_list, 2.0) == lines(
        f"{place(of_a_list, 2, 4)}: the derivative of `heapq.heapify` is not known",
        "    heapq.heapify(values)",
        "    ^~~~~~~~~~~~~~~~~~~~~",
        RULE_HINT,
    )


# What a loop runs over, when the name of it is bound again inside


def runs_over_an_old_row(a):
    row = a[0]
    for _ in range(2):
        for other, item in zip(a, row):
            row = other
            other[:] = item
    return np.sum(a * a)


def test_what_a_loop_runs_over_is_held():
    assert refusal(errors.AmbiguousAlias, runs_over_an_old_row, ROWS.copy()) == lines(
        f"{place(runs_over_an_old_row, 5, 12)}: `row` may or may not show the update of `a` in line "
        f"{runs_over_an_old_row.__code__.co_firstlineno + 5}",
        "    other[:] = item",
        "    ^~~~~~~~~~~~~~~",
        COPY_HINT,
    )
