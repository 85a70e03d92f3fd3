"""Every program of the corpus means the same after lowering: its IR is well formed and computes the same."""

from __future__ import annotations

import contextlib
import copy
import inspect
import io
import random
import warnings

import numpy as np
import pytest

import s2sad.rules as rules
from s2sad.analysis import kinds as k
from s2sad.derivative import is_laid_out_by_rows
from s2sad.frontend.lowerer import Program, lower
from s2sad.ir.verify import verify
from tests.ir.interpret import interpret
from tests.programs import registry

ENDLESS = {"loops.babylonian_root"}
"""Programs that do not end for negative arguments."""

CHANGES = {
    "sample": lambda value: value,
    "larger": lambda value: value * 1.3 + 0.05,
    "negative": lambda value: value * -0.7,
}
"""What is done to every float of the sample arguments."""


def lowered(program):
    """Lower a program for its sample arguments and verify it and its helpers."""
    shapes = k.Shapes()
    tables = Program(rules.REGISTRY, rules.METHODS, rules.ATTRIBUTES, None, shapes)
    signature = inspect.signature(program.function)
    given = signature.bind(*program.args).arguments
    kinds = {name: k.kind_of(arg, shapes) for name, arg in given.items()}
    shapes.by_rows = frozenset(name for name, arg in given.items() if is_laid_out_by_rows(arg))
    names = list(signature.parameters)
    active = {names[min(argnum, len(names) - 1)] for argnum in program.argnums}
    function, _ = lower(tables, program.function, kinds, active)
    bound = {external.var for external in tables.externals.values()}
    verify(function, "lower", bound)
    for helper in tables.helpers.values():
        assert helper.function is not None
        verify(helper.function, "lower", bound)
    return function, tables


def outcome(run):
    """Return what a call returns or raises, and what it prints."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002  what the programs use
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return run(), printed.getvalue()
        except Exception as error:
            return error, printed.getvalue()


def changed(value, change):
    """Return a copy of an argument in which every float is changed."""
    if isinstance(value, (float, np.floating)):
        return change(value)
    if isinstance(value, np.ndarray):
        return change(value) if value.dtype.kind == "f" else value.copy()
    if type(value) in (list, tuple):
        return type(value)(changed(item, change) for item in value)
    if isinstance(value, dict):
        return {key: changed(item, change) for key, item in value.items()}
    return copy.deepcopy(value)


def assert_alike(actual, expected):
    """Compare results; exceptions by class and message."""
    if isinstance(expected, BaseException):
        assert type(actual) is type(expected), repr(actual)
        assert str(actual) == str(expected) or isinstance(expected, UnboundLocalError)
    elif isinstance(expected, (tuple, list)):
        assert type(actual) is type(expected) and len(actual) == len(expected)
        for one, other in zip(actual, expected, strict=True):
            assert_alike(one, other)
    elif isinstance(expected, dict):
        assert list(actual) == list(expected)
        for key in expected:
            assert_alike(actual[key], expected[key])
    elif hasattr(expected, "__dataclass_fields__"):
        assert type(actual) is type(expected)
        assert_alike(vars(actual), vars(expected))
    elif isinstance(expected, (np.ndarray, np.generic, int, float, complex)):
        assert np.shape(actual) == np.shape(expected)
        np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-14)
    else:
        assert actual == expected


@pytest.mark.parametrize("program", registry.PROGRAMS, ids=[program.name for program in registry.PROGRAMS])
def test_lowering(program):
    function, tables = lowered(program)
    names = [param.name for param in function.params]
    for title, change in CHANGES.items():
        if title == "negative" and program.name in ENDLESS:
            continue
        args = [changed(arg, change) for arg in program.args]
        call = inspect.signature(program.function).bind(*copy.deepcopy(args))
        call.apply_defaults()
        given = [call.arguments[name] for name in names]
        actual, printed = outcome(lambda: interpret(function, given, tables.externals.values()))
        expected, wanted = outcome(lambda: program.function(*copy.deepcopy(args)))
        assert_alike(actual, expected)
        assert printed == wanted
