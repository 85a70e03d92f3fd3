"""Programs that would lose a derivative silently if they were accepted: each is refused by name."""

import math
import operator

import numpy as np
import pytest

from s2sad import AmbiguousAlias, UnsupportedSyntax, grad


def of_a_set(x):
    return sum({x * 2.0, 3.0})


def of_a_key(x):
    return next(iter({x * x: 0}))


def of_eval(x):
    return eval("x * x") * x


def of_locals(x):
    return locals()["x"] * x


def of_objects(x):
    return np.array([x, 2.0], dtype=object)[0] * x


def through_text(x):
    return float(f"{x:.17g}") * 2.0


def over_a_growing_list(x):
    values = [x]
    for value in values:
        if len(values) < 4:
            values.append(value * x)
    return values[-1]


@pytest.mark.parametrize(
    "function", [of_a_set, of_a_key, of_eval, of_locals, of_objects, through_text, over_a_growing_list]
)
def test_refused(function):
    with pytest.raises(UnsupportedSyntax):
        grad(function)(2.0)


def test_nonlocal_of_the_surrounding_program_is_refused():
    total = 0.0

    def f(x):
        nonlocal total
        total = x
        return x * total

    with pytest.raises(UnsupportedSyntax, match="`total` of the surrounding program is assigned"):
        grad(f)(2.0)


def test_getters_of_operator_are_followed():
    pick = operator.itemgetter(1)
    assert grad(lambda x: operator.itemgetter(0)([x * x]))(2.0) == 4.0
    assert pick([1, 2]) == 2


def test_result_beside_the_gradient():
    assert grad(lambda x: (x * x, x * 3.0), has_aux=True)(2.0) == (4.0, 6.0)


def test_an_argument_twice():
    assert grad(lambda x, y: x * y, (0, 0))(2.0, 3.0) == (3.0, 3.0)


def test_dicts_are_joined():
    def joined(x):
        entries = {"a": x} | {"b": x * x}
        entries |= dict([("c", x * entries["b"])])  # noqa: C406  the form is what is tested
        return entries["b"] + entries["c"]

    assert grad(joined)(2.0) == 16.0


# Programs that users may well write and that this version refuses: see docs/limits.md.


class Swallowing:
    def __enter__(self):
        return 2.0

    def __exit__(self, kind, value, traceback):
        return kind is not None and issubclass(kind, LookupError)


def until_an_index_error(values):
    total = 0.0
    with Swallowing() as factor:
        for i in range(5):
            total += factor * values[i] ** 2
    return total


def memo_table(x):
    memo = {0: 0.5, 1: x}

    def term(k):
        if k not in memo:
            memo[k] = x * term(k - 1) + math.sin(term(k - 2))
        return memo[k]

    return term(6)


def cumulative_power(x):
    return np.sum(np.power.accumulate(x) ** 2)


def reshaped_view(a):
    flat = a.reshape(-1)
    flat[::5] = flat[1] ** 2
    return np.sum(a**2)


@pytest.mark.parametrize(
    "function, argument, error",
    [
        (until_an_index_error, [0.7, 1.2], UnsupportedSyntax),
        (memo_table, 0.7, UnsupportedSyntax),
        (cumulative_power, np.array([0.3, -0.2, 0.9]), UnsupportedSyntax),
        (reshaped_view, np.ones((5, 2)).T, AmbiguousAlias),
    ],
)
def test_not_yet_accepted(function, argument, error):
    with pytest.raises(error):
        grad(function)(argument)


def with_a_missing_module(x):
    import no_such_module  # noqa: PLC0415

    return no_such_module.double(x)


def test_a_module_that_cannot_be_imported():
    with pytest.raises(UnsupportedSyntax) as caught:
        grad(with_a_missing_module)(1.0)
    lines = str(caught.value).splitlines()
    assert lines[0].endswith("the module `no_such_module` cannot be imported")
    assert lines[1].strip().startswith("import no_such_module")
