"""The whole text of every error, as users read it."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from s2sad import errors, grad, value_and_grad
from s2sad.frontend.source import find_source

TOTAL = 0.0


class Box:
    """An object that belongs to the surrounding program."""

    total = 0.0


BOX = Box()
SCALAR_HINT = "hint: return a scalar, for example `np.sum(...)`"
RULE_HINT = (
    "hint: give it a rule with `s2sad.rules.elementwise` or `adjoint`, declare it `nondifferentiable`, or "
    "rewrite the line with functions that have one"
)
COPY_HINT = "hint: make the copy explicit: write `.copy()` where the second name is bound"


def place(function, offset, col):
    """Return the place in this file at a line after the first of a function."""
    code = function.__code__
    return f"{code.co_filename}:{code.co_firstlineno + offset}:{col}"


def lines(*texts):
    return "\n".join(texts)


def error_of(cls, call, *args):
    """Return the text of the error that a call raises."""
    with pytest.raises(cls) as caught:
        call(*args)
    assert type(caught.value) is cls
    return str(caught.value)


# SourceNotFound


def test_no_source():
    scope = {}
    exec(compile("def lost(x):\n    return x * x\n", "<nowhere>", "exec"), scope)
    assert error_of(errors.SourceNotFound, grad(scope["lost"]), 1.0) == lines(
        "the source of `lost` cannot be found",
        "hint: save it in a file, or use a notebook or IPython",
    )


def test_c_function():
    assert error_of(errors.SourceNotFound, find_source, len) == lines(
        "`len` is not a Python function with source",
        "hint: teach s2sad its derivative with a rule",
    )


# UnsupportedSyntax


def yields(x):
    yield x * 2.0


async def waits(x):
    return x * 2.0


def has_async_helper(x):
    async def helper():
        return x

    return x


def writes_global(x):
    global TOTAL
    TOTAL = x * x
    return TOTAL


def makes_class(x):
    class Point:
        pass

    return x * 2.0


def changes_attribute(x):
    BOX.total = x * x
    return x * BOX.total


def deletes_attribute(x):
    del BOX.total
    return x


CACHE = {"value": 0.0}


def updates_global(x):
    CACHE["value"] = x * x
    return CACHE["value"] * x


def reads_text(x):
    return float(str(x)) * x


def uses_flat(x, n):
    cube = x.reshape((2,) * n)
    cube.flat[0] = 2.0
    return np.sum(x)


SYNTAX = [
    (
        yields,
        1,
        4,
        "`yield` cannot be differentiated",
        "yield x * 2.0",
        "",
        "yield x * 2.0",
        "return a list instead",
    ),
    (
        waits,
        0,
        0,
        "`async def` cannot be differentiated",
        "async def waits(x):",
        "",
        "async def waits(x):",
        "differentiate the numeric part as a plain function",
    ),
    (
        has_async_helper,
        1,
        4,
        "`async def` cannot be differentiated",
        "async def helper():",
        "",
        "async def helper():",
        "differentiate the numeric part as a plain function",
    ),
    (
        writes_global,
        1,
        4,
        "the global variable `TOTAL` is assigned",
        "global TOTAL",
        "",
        "global TOTAL",
        "return the new value instead",
    ),
    (
        makes_class,
        1,
        4,
        "a class inside a differentiated function cannot be differentiated",
        "class Point:",
        "",
        "class Point:",
        "define it at module level",
    ),
    (
        changes_attribute,
        1,
        4,
        "attribute `total` of an object from outside is changed",
        "BOX.total = x * x",
        "",
        "BOX.total = x * x",
        "return the new value, or make the object inside the function",
    ),
    (
        deletes_attribute,
        1,
        4,
        "this `del` cannot be differentiated",
        "del BOX.total",
        "",
        "del BOX.total",
        None,
    ),
    (
        updates_global,
        1,
        4,
        "`CACHE`, which belongs to the surrounding program, is updated in place",
        'CACHE["value"] = x * x',
        "",
        'CACHE["value"] = x * x',
        "pass it as an argument, or update a copy of it",
    ),
    (
        reads_text,
        1,
        11,
        "a number that is read back from text has no derivative",
        "return float(str(x)) * x",
        "return ",
        "float(str(x))",
        "use the number itself",
    ),
]


@pytest.mark.parametrize("case", SYNTAX, ids=[case[0].__name__ for case in SYNTAX])
def test_unsupported_syntax(case):
    function, offset, col, what, line, before, marked, hint = case
    expected = lines(
        f"{place(function, offset, col)}: {what}",
        f"    {line}",
        "    " + " " * len(before) + "^" + "~" * (len(marked) - 1),
        *([f"hint: {hint}"] if hint else []),
    )
    assert error_of(errors.UnsupportedSyntax, grad(function), 1.0) == expected


def test_flat():
    assert error_of(errors.UnsupportedSyntax, grad(uses_flat), np.ones(4), 2) == lines(
        f"{place(uses_flat, 2, 4)}: the number of dimensions of this array is not known",
        "    cube.flat[0] = 2.0",
        "    ^~~~~~~~~~~~~~~~~~",
        "hint: use an index for each dimension",
    )


# UnknownDerivative


def common(x):
    return np.sum(np.intersect1d(x, x))


def hexadecimal(x):
    return float.fromhex(x.hex()) * x


def test_numpy_function_without_rule():
    assert error_of(errors.UnknownDerivative, grad(common), np.ones(2)) == lines(
        f"{place(common, 1, 18)}: the derivative of `np.intersect1d` is not known",
        "    return np.sum(np.intersect1d(x, x))",
        "                  ^~~~~~~~~~~~~~~~~~~~",
        RULE_HINT,
        "",
        "@s2sad.rules.adjoint(np.intersect1d)",
        "def intersect1d_adjoint(g, y, ar1, ar2, assume_unique=False, return_indices=False):",
        "    return ..., ...  # the adjoints of ar1, ar2",
        "",
        "@s2sad.rules.tangent(np.intersect1d)",
        "def intersect1d_tangent(dots, y, ar1, ar2, assume_unique=False, return_indices=False):",
        "    return ...  # the tangent of y; dots holds those of ar1, ar2",
    )


def test_opaque_method():
    assert error_of(errors.UnknownDerivative, grad(hexadecimal), 1.0) == lines(
        f"{place(hexadecimal, 1, 25)}: the derivative of `hex` is not known",
        "    return float.fromhex(x.hex()) * x",
        "                         ^~~~~~~",
        RULE_HINT,
    )


# AmbiguousAlias


def ravelled(x):
    v = x.ravel()
    v[0] = 2.0 * v[1]
    return np.sum(x)


def reshaped(x):
    v = x.reshape(4)
    v[0] = 2.0 * v[1]
    return np.sum(x)


def chosen(x):
    v = x[0] if x[0, 0] > 0 else x[1].copy()
    v[0] = 3.0
    return np.sum(x)


def overlapping(x, y):
    x[0] = 2.0 * y[1]
    return np.sum(x * y)


@pytest.mark.parametrize("function", [ravelled, reshaped, chosen])
def test_view_or_copy(function):
    assert error_of(errors.AmbiguousAlias, grad(function), np.ones((2, 4))[:, ::2]) == lines(
        f"{place(function, 3, 18)}: `x` may or may not show the update of `v` in line "
        f"{function.__code__.co_firstlineno + 2}",
        "    return np.sum(x)",
        "                  ^",
        COPY_HINT,
    )


def test_overlapping_arguments():
    z = np.ones(4)
    assert error_of(errors.AmbiguousAlias, grad(overlapping), z[:3], z[1:]) == lines(
        "`x`, which `overlapping` updates in place, shares memory with `y`",
        "hint: pass a copy: `y.copy()`",
    )
    assert np.all(z == 1.0)


# NonScalarResult


def array_result(x):
    return x * 2.0


def no_result(x):
    y = x * 2.0  # noqa: F841


def tuple_result(x):
    return x, x * 2.0


def list_result(x):
    return [x, x * 2.0]


def dict_result(x):
    return {"x": x}


def complex_result(x):
    return x * 1j


RESULTS = [
    (array_result, np.ones(2), "the result of `array_result` is an array, not a scalar", "return x * 2.0"),
    (tuple_result, 1.0, "the result of `tuple_result` is a tuple, not a scalar", "return x, x * 2.0"),
    (list_result, 1.0, "the result of `list_result` is a list, not a scalar", "return [x, x * 2.0]"),
    (dict_result, 1.0, "the result of `dict_result` is a dict, not a scalar", 'return {"x": x}'),
    (complex_result, 1.0, "the result is complex, not a real scalar", "return x * 1j"),
]


@pytest.mark.parametrize("case", RESULTS, ids=[case[0].__name__ for case in RESULTS])
@pytest.mark.parametrize("transform", [grad, value_and_grad])
def test_result(transform, case):
    function, x, what, line = case
    assert error_of(errors.NonScalarResult, transform(function), x) == lines(
        f"{place(function, 1, 4)}: {what}",
        f"    {line}",
        "    ^" + "~" * (len(line) - 1),
        SCALAR_HINT,
    )


def test_no_result():
    text = error_of(errors.NonScalarResult, grad(no_result), 1.0)
    assert (
        text.splitlines()[0] == f"{place(no_result, 1, 4)}: the result of `no_result` is None, not a scalar"
    )
    assert text.splitlines()[-1] == SCALAR_HINT


def test_result_without_aux():
    assert error_of(errors.NonScalarResult, grad(array_result, has_aux=True), 1.0) == lines(
        f"{place(array_result, 1, 4)}: with has_aux=True the function must return a pair (result, aux)",
        "    return x * 2.0",
        "    ^~~~~~~~~~~~~~",
    )


# ArgumentTypeError


def square(x):
    return np.sum(x * x)


def product(*xs):
    return xs[0] * xs[1]


NO_FLOATS = lines(
    "argument `x` of `square` holds no floats: it has no derivative",
    "hint: choose the arguments to differentiate with `argnums`",
)
FLOAT_HINT = "hint: pass a float, for example float(x)"
ARGUMENTS = [
    (
        1,
        lines("argument `x` of `square` is an integer: it has no derivative", FLOAT_HINT),
    ),
    (
        True,
        lines("argument `x` of `square` is a bool: it has no derivative", FLOAT_HINT),
    ),
    (
        np.arange(3),
        "argument `x` of `square` is an array of int64: it has no derivative\nhint: use .astype(float)",
    ),
    (
        np.arange(3, dtype=np.int32),
        "argument `x` of `square` is an array of int32: it has no derivative\nhint: use .astype(float)",
    ),
    (
        np.ones(3, bool),
        "argument `x` of `square` is an array of bool: it has no derivative\nhint: use .astype(float)",
    ),
    ("a", NO_FLOATS),
    (None, NO_FLOATS),
    ([1, 2], NO_FLOATS),
]


@pytest.mark.parametrize("case", ARGUMENTS, ids=[repr(case[0]) for case in ARGUMENTS])
def test_argument(case):
    x, expected = case
    assert error_of(errors.ArgumentTypeError, grad(square), x) == expected


@pytest.mark.parametrize("argnums", [1, 3, -2, (0, 3)])
def test_argnums_out_of_range(argnums):
    each = argnums[1] if isinstance(argnums, tuple) else argnums
    expected = f"argnums {each} is out of range: `square` has 1 positional parameters"
    assert error_of(errors.ArgumentTypeError, grad(square, argnums), 1.0) == expected


def test_unknown_name():
    assert error_of(errors.ArgumentTypeError, grad(square, "y"), 1.0) == "`square` has no parameter `y`"


def test_argnums_past_the_variable_arguments():
    expected = "`product` gets only 2 arguments in `*xs`"
    assert error_of(errors.ArgumentTypeError, grad(product, 2), 1.0, 2.0) == expected


# All of them


def test_an_error_survives_pickling():
    with pytest.raises(errors.S2sadError) as caught:
        grad(common)(np.ones(2))
    restored = pickle.loads(pickle.dumps(caught.value))
    assert type(restored) is type(caught.value)
    assert str(restored) == str(copy.copy(caught.value)) == str(caught.value)


@pytest.mark.parametrize("cls", [errors.NonScalarResult, errors.ArgumentTypeError])
def test_wrong_types_are_type_errors(cls):
    assert issubclass(cls, TypeError) and issubclass(cls, errors.S2sadError)
