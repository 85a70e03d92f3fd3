"""Transfer functions are right about real calls, and say enough about everyday ones.

Every call of the tables is run; its result must be covered by the kind that is predicted from the kinds of
the arguments: with literals known, as `kind_of` sees them at run time, and with less and less known.
"""

from __future__ import annotations

import copy
import itertools
import operator
import warnings

import numpy as np
import pytest

from s2sad.analysis.kinds import (
    BOTTOM,
    FLOAT,
    INT,
    NONE,
    UNKNOWN,
    Array,
    Constant,
    Scalar,
    Shapes,
    Slice,
    Sym,
    Tuple,
    kind_of,
)
from s2sad.analysis.transfer import attribute_kind, result_kind, view_of
from tests.analysis.calls import (
    BINARY,
    CALLS,
    COL,
    INDICES,
    OPERANDS,
    UNARY,
    A,
    I,
    Layer,
    Pair,
    T,
    V,
    Z,
)
from tests.analysis.covering import VAGUE, covers, literal, name_of, vaguer

pytestmark = pytest.mark.filterwarnings("ignore")


def results(function, args, kwargs):
    """Return fresh copies of the arguments and the result, or None where the call raises."""
    try:
        args, kwargs = copy.deepcopy((args, kwargs))
    except TypeError:  # a factorization of SciPy's has no copies
        args, kwargs = (args[0], *copy.deepcopy(args[1:])), copy.deepcopy(kwargs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return args, kwargs, function(*args, **kwargs)
        except Exception:
            return None


def check(function, args, kwargs):
    """Check one real call; return whether it ran at all."""
    ran = results(function, args, kwargs)
    if ran is None:
        for see in (literal, kind_of):
            result_kind(
                function, [see(a) for a in args], {name: see(value) for name, value in kwargs.items()}
            )
        return False
    args, kwargs, value = ran
    tried = set()
    for see, how in itertools.product((literal, kind_of), VAGUE):
        shapes = Shapes()
        kinds = [vaguer(see(arg, shapes), how) for arg in args]
        options = {name: vaguer(see(arg, shapes), how) for name, arg in kwargs.items()}
        seen = (*kinds, *options.items())
        if seen in tried:
            continue
        tried.add(seen)
        lengths = {sym.name: n for n, sym in shapes.names.items()}
        kind = result_kind(function, kinds, options)
        shown = f"{function}{tuple(kinds)}{options}\n  is said to be {kind}\n  and is {value!r}"
        fresh_value = results(function, args, kwargs)[2] if isinstance(value, (zip, enumerate)) else value
        assert covers(kind, fresh_value, lengths), shown
        check_memory(view_of(function, kinds, options), args, value, shown)
    return True


def arrays_in(value):
    if isinstance(value, np.ndarray):
        return [value] if value.size else []
    if isinstance(value, (list, tuple)):
        return [array for item in value for array in arrays_in(item)]
    return []


def check_memory(verdict, args, value, shown):
    assert verdict in ("fresh", "view", "maybe")
    if not args:
        return
    first, found = arrays_in(args[0]), arrays_in(value)
    shared = [any(np.shares_memory(a, b) for b in first) for a in found]
    if verdict == "fresh":
        assert not any(shared), "fresh, but shares memory: " + shown
    elif verdict == "view" and found:
        assert all(shared), "a view, but shares no memory: " + shown


@pytest.mark.parametrize("number", range(len(CALLS)), ids=lambda i: f"{i}-{name_of(CALLS[i][0])}")
def test_a_real_call_is_covered(number):
    check(*CALLS[number])


def test_the_calls_of_the_table_run():
    failing = [f"{f.__name__}{args}{kwargs}" for f, args, kwargs in CALLS if results(f, args, kwargs) is None]
    assert len(CALLS) >= 300 and len(failing) <= 4, failing


@pytest.mark.parametrize("function", BINARY, ids=name_of)
def test_binary_functions_are_covered(function):
    ran = [check(function, pair, {}) for pair in itertools.product(OPERANDS, repeat=2)]
    assert sum(ran) > 20


@pytest.mark.parametrize("function", UNARY, ids=name_of)
def test_unary_functions_are_covered(function):
    for operand in OPERANDS:
        check(function, (operand,), {})


@pytest.mark.parametrize("x", [V, A, T, I, Z, COL, V[:2]], ids=lambda x: str(x.shape))
def test_subscripts_are_covered(x):
    for index in INDICES:
        check(operator.getitem, (x, index), {})
    for pair in itertools.product(INDICES, repeat=2):
        check(operator.getitem, (x, pair), {})


@pytest.mark.parametrize("code", ["b1", "i1", "u2", "i8", "f2", "f4", "f8", "c8", "c16"])
def test_powers_are_covered(code):
    """NumPy has shortcuts for some exponents."""
    array = np.array([1, 0, 1]).astype(code)
    for base in (array, array[0], np.array(1, code), array.astype("f8")[2].item()):
        for exponent in (
            -1,
            0,
            1,
            2,
            3,
            -1.0,
            0.0,
            0.5,
            1.0,
            2.0,
            3.0,
            True,
            np.float32(2),
            np.int8(2),
            np.array(2),
            array,
        ):
            check(operator.pow, (base, exponent), {})
            check(operator.ipow, (base, exponent), {})


def test_subscripts_of_three_items_are_covered():
    few = [
        0,
        slice(1, None),
        slice(None, 2),
        None,
        ...,
        [0, 1],
        np.array([1, 0]),
        np.array([[0], [1]]),
        np.array(1),
    ]
    for items in itertools.product(few, repeat=3):
        check(operator.getitem, (T, items), {})


def test_subscripts_by_arrays_that_stand_apart_are_covered():
    for first, between, last in itertools.product(
        ([0, 1], 0, np.zeros((2, 2), int)), (None, ..., slice(None)), ([1, 0], 1)
    ):
        check(operator.getitem, (T, (slice(1), first, between, last)), {})
        check(operator.getitem, (T, (None, first, between, last)), {})
        check(operator.getitem, (T, (slice(None), first, last, between)), {})


@pytest.mark.parametrize("n", range(8))
def test_slices_of_symbolic_lengths_are_covered(n):
    x = np.arange(float(n))
    big = Array("f8", (Sym("n", 0, n >= 2),))
    ends = [None, 0, 1, 2, 3, -1, -2, -3]
    for start, stop, step in itertools.product(ends, ends, (None, 1, 2, -1)):
        index = literal(slice(start, stop, step))
        assert covers(result_kind(operator.getitem, [big, index]), x[start:stop:step], {"n": n}), (
            start,
            stop,
            step,
        )
    for a, b in itertools.product(range(-3, 4), repeat=2):
        first, last = (Scalar("i8", True, Sym("n", k, n >= 2)) for k in (a, b))
        for start, stop, ends in [
            (a, n + b, (literal(a), last)), (n + a, None, (first, NONE)), (None, n + a, (NONE, first)),
            (n + a, n + b, (first, last)), (n + a, b, (first, literal(b))),
        ]:  # fmt: skip
            kind = result_kind(operator.getitem, [big, Slice(*ends, NONE)])
            assert covers(kind, x[start:stop], {"n": n}), (start, stop, kind)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7])
def test_arithmetic_and_comparisons_of_symbolic_values_are_covered(n):
    offsets = range(-3, 4)
    numbers = [(Scalar("i8", True, Sym("n", k, n >= 2)), n + k) for k in offsets] + [
        (literal(k), k) for k in offsets
    ]
    for function in BINARY[:18]:
        for (a, x), (b, y) in itertools.product(numbers, repeat=2):
            ran = results(function, (x, y), {})
            if ran is not None:
                assert covers(result_kind(function, [a, b]), ran[2], {"n": n}), (function, a, b)
    for make in (np.zeros, np.arange):
        for kind, value in numbers:
            ran = results(make, (value,), {})
            assert ran is None or covers(result_kind(make, [kind]), ran[2], {"n": n})
    for (a, x), (b, y) in itertools.product(numbers, repeat=2):
        assert covers(result_kind(np.arange, [a, b]), np.arange(x, y), {"n": n})
        assert covers(result_kind(max, [a, b]), max(x, y), {"n": n}) and covers(
            result_kind(min, [a, b]), min(x, y), {"n": n}
        )


@pytest.mark.parametrize("n", range(6))
def test_lengths_stay_right_through_several_calls(n):
    """Cut, measured, put together again: a length is clamped at 0, the value of an integer is not."""
    x = np.arange(float(n))
    kind = Array("f8", (Sym("n", 0, n >= 2),))
    lengths = {"n": n}
    for start, stop in itertools.product(range(4), (None, -1, -2)):
        part = result_kind(operator.getitem, [kind, literal(slice(start, stop))])
        piece = x[start:stop]
        length = result_kind(len, [part])
        assert covers(length, len(piece), lengths)
        one_more = result_kind(operator.add, [length, literal(1)])
        assert covers(result_kind(np.zeros, [one_more]), np.zeros(len(piece) + 1), lengths)
        assert covers(result_kind(np.concatenate, [Tuple((part, literal(0.0) and kind_of(np.ones(1))))]),
                      np.concatenate((piece, np.ones(1))), lengths)  # fmt: skip
        assert covers(result_kind(np.pad, [part, literal(2)]), np.pad(piece, 2), lengths)
        assert covers(result_kind(np.diff, [part]), np.diff(piece), lengths)
        assert covers(result_kind(np.diag, [part, literal(1)]), np.diag(piece, 1), lengths)


ATTRIBUTES = [
    "shape",
    "ndim",
    "size",
    "dtype",
    "T",
    "real",
    "imag",
    "itemsize",
    "nbytes",
    "flat",
    "nothing",
    "sum",
]


@pytest.mark.parametrize("value", [*OPERANDS[:23], T, A], ids=lambda v: f"{type(v).__name__}{np.shape(v)}")
def test_attributes_are_covered(value):
    for name in ATTRIBUTES:
        for how in VAGUE:
            shapes = Shapes()
            kind = attribute_kind(vaguer(kind_of(value, shapes), how), name)
            lengths = {sym.name: n for n, sym in shapes.names.items()}
            assert not hasattr(value, name) or covers(kind, getattr(value, name), lengths), (name, how, kind)
            if hasattr(value, name):
                verdict = view_of(getattr, [vaguer(kind_of(value), how), Constant(name)])
                check_memory(verdict, [value], getattr(value, name), f"{name} of {value!r}")


def test_attributes_of_records():
    assert attribute_kind(kind_of(Pair(1, V)), "left") == INT
    assert attribute_kind(kind_of(Layer(V, 0.5)), "bias") == FLOAT
    assert attribute_kind(kind_of(Layer(V, 0.5)), "size") == UNKNOWN
    assert attribute_kind(Constant(np), "pi") == FLOAT
    assert attribute_kind(Constant(np), "newaxis") == NONE
    assert attribute_kind(Constant(np.linalg), "norm") == Constant(np.linalg.norm)
    assert attribute_kind(Constant(np.dtype("f4")), "kind") == Constant("f")
    assert attribute_kind(BOTTOM, "T") == BOTTOM
    assert attribute_kind(Constant(np), "no_such_name") == UNKNOWN
