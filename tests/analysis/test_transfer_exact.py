"""What is known of everyday calls, and what the functions promise: exactly, not only rightly."""

from __future__ import annotations

import itertools
import math
import operator

import numpy as np
import pytest

from s2sad.analysis.kinds import (
    BOOL,
    BOTTOM,
    FLOAT,
    INT,
    NONE,
    NUMERIC,
    UNKNOWN,
    Array,
    Bottom,
    Constant,
    Dict,
    List,
    Object,
    Scalar,
    Slice,
    Sym,
    Tuple,
    join,
)
from s2sad.analysis.transfer import TABLE, element_kind, result_kind, transfer, view_of
from tests.analysis.calls import (
    CALLS,
)
from tests.analysis.covering import literal, name_of, vaguer

# ---------------------------------------------------------------------------------------------- precision

n, m = Sym("n", 0, True), Sym("m", 0, True)
VECTOR, MATRIX = Array("f8", (n,)), Array("f8", (n, m))
F8, I8, B1 = Scalar("f8"), Scalar("i8"), Scalar("b1")


def lit(*values):
    return [
        value if isinstance(value, (Array, Scalar, Tuple, List, Dict, Constant, Object)) else literal(value)
        for value in values
    ]


def sym(k):
    return Scalar("i8", True, n + k)


EXACT = [
    (operator.add, (VECTOR, VECTOR), VECTOR), (operator.mul, (VECTOR, 2.0), VECTOR),
    (operator.mul, (2, VECTOR), VECTOR),
    (operator.add, (Array("f4", (n,)), 1.0), Array("f4", (n,))),
    (operator.add, (Array("i8", (n,)), 0.5), VECTOR),
    (operator.truediv, (Array("i8", (n,)), 2), VECTOR), (operator.add, (FLOAT, FLOAT), FLOAT),
    (operator.truediv, (INT, INT), FLOAT),
    (operator.add, (True, True), Scalar("i8", True, 2)), (operator.sub, (MATRIX, Array("f8", (m,))), MATRIX),
    (operator.mul, (Array("f8", (n, 1)), Array("f8", (m,))), MATRIX), (operator.pow, (VECTOR, 2), VECTOR),
    (operator.pow, (FLOAT, 2), FLOAT),
    (operator.pow, (INT, 2), INT), (operator.pow, (INT, INT), Scalar("f8", True, None, True)),
    (operator.pow, (F8, 0.5), F8),
    (operator.pow, (FLOAT, FLOAT), Scalar("c16", True, None, True)), (operator.pow, (2, FLOAT), FLOAT),
    (operator.pow, (INT, -1), FLOAT),
    (operator.lt, (VECTOR, 0.0), Array("b1", (n,))), (operator.lt, (FLOAT, 1.0), BOOL),
    (operator.lt, (1, 2), Scalar("b1", True, True)),
    (operator.gt, (sym(0), 0), Scalar("b1", True, True)), (operator.sub, (sym(0), 1), sym(-1)),
    (operator.add, (1, sym(0)), sym(1)),
    (operator.sub, (sym(0), sym(-2)), Scalar("i8", True, 2)), (operator.mul, (3, 4), Scalar("i8", True, 12)),
    (operator.neg, (VECTOR,), VECTOR),
    (operator.eq, (sym(0), sym(-1)), Scalar("b1", True, False)), (operator.add, (F8, VECTOR), VECTOR),
    (operator.mul, (F8, FLOAT), F8),
    (operator.add, (join(INT, FLOAT), FLOAT), FLOAT), (operator.add, (VECTOR, join(INT, FLOAT)), VECTOR),
    (operator.matmul, (MATRIX, Array("f8", (m,))), VECTOR), (operator.matmul, (VECTOR, VECTOR), F8),
    (operator.matmul, (VECTOR, MATRIX), Array("f8", (m,))),
    (operator.getitem, (VECTOR, 0), F8), (operator.getitem, (MATRIX, 0), Array("f8", (m,))),
    (operator.getitem, (MATRIX, (0, INT)), F8),
    (operator.getitem, (VECTOR, INT), F8), (operator.getitem, (VECTOR, slice(1, -1)), Array("f8", (n + -2,))),
    (operator.getitem, (VECTOR, slice(2, None)), Array("f8", (n + -2,))),
    (operator.getitem, (VECTOR, slice(None, -2)), Array("f8", (n + -2,))),
    (operator.getitem, (VECTOR, slice(None, None, 2)), Array("f8", (Sym("[n:::2]"),))),
    (operator.getitem, (VECTOR, slice(None, 5)), Array("f8", (Sym("[n::5:]"),))),
    (operator.getitem, (VECTOR, slice(None, None, -1)), VECTOR),
    (operator.getitem, (MATRIX, (slice(None), 1)), VECTOR),
    (operator.getitem, (MATRIX, (slice(None), slice(None, 1))), Array("f8", (n, 1))),
    (operator.getitem, (VECTOR, (slice(None), None)), Array("f8", (n, 1))),
    (operator.getitem, (MATRIX, (..., 0)), VECTOR),
    (operator.getitem, (VECTOR, Array("b1", (n,))), Array("f8", (None,))),
    (operator.getitem, (MATRIX, Array("i8", (5,))), Array("f8", (5, m))),
    (operator.getitem, (VECTOR, Array("i8", (4, 3))), Array("f8", (4, 3))),
    (operator.getitem, (Tuple((FLOAT, VECTOR)), 1), VECTOR), (operator.getitem, (List(VECTOR), INT), VECTOR),
    (np.sum, (VECTOR,), F8), (np.sum, (MATRIX, 0), Array("f8", (m,))), (np.mean, (Array("i8", (n,)),), F8),
    (np.max, (MATRIX, 1), VECTOR),
    (np.argmax, (VECTOR,), I8), (np.any, (VECTOR,), B1),
    (np.sum, (NUMERIC,), Scalar("c16", False, None, True)), (np.cumsum, (VECTOR,), VECTOR),
    (np.exp, (VECTOR,), VECTOR), (np.exp, (FLOAT,), F8), (np.sqrt, (Array("i8", (n,)),), VECTOR),
    (np.exp, (Array("f4", (n,)),), Array("f4", (n,))),
    (np.isnan, (VECTOR,), Array("b1", (n,))), (np.maximum, (VECTOR, 0), VECTOR),
    (np.where, (Array("b1", (n,)), VECTOR, 0.0), VECTOR),
    (np.clip, (VECTOR, 0.0, 1.0), VECTOR), (np.abs, (Array("c16", (n,)),), VECTOR),
    (np.zeros, (sym(-1),), Array("f8", (n + -1,))),
    (np.zeros, (Tuple((sym(0), literal(3))),), Array("f8", (n, 3))), (np.zeros_like, (MATRIX,), MATRIX),
    (np.arange, (sym(0),), Array("i8", (n,))),
    (np.linspace, (0.0, 1.0, 7), Array("f8", (7,))), (np.array, (List(FLOAT),), Array("f8", (None,))),
    (np.array, (Tuple((FLOAT, FLOAT)),), Array("f8", (2,))),
    (np.reshape, (MATRIX, (-1,)), Array("f8", (None,))), (np.reshape, (VECTOR, (-1, 1)), Array("f8", (n, 1))),
    (np.ravel, (VECTOR,), VECTOR),
    (np.reshape, (Array("f8", (n, 3, 4)), Tuple((sym(0), literal(-1)))), Array("f8", (n, 12))),
    (np.transpose, (MATRIX,), Array("f8", (m, n))),
    (np.concatenate, (Tuple((Array("f8", (1,)), Array("f8", (n + -2,)), Array("f8", (1,)))),), VECTOR),
    (np.stack, (Tuple((VECTOR, VECTOR)),), Array("f8", (2, n))), (np.diff, (VECTOR,), Array("f8", (n + -1,))),
    (np.outer, (VECTOR, VECTOR), Array("f8", (n, n))),
    (np.dot, (MATRIX, Array("f8", (m, 3))), Array("f8", (n, 3))),
    (np.einsum, ("ij,j->i", MATRIX, Array("f8", (m,))), VECTOR),
    (np.linalg.norm, (VECTOR,), F8), (np.linalg.solve, (Array("f8", (n, n)), VECTOR), VECTOR),
    (np.linalg.inv, (Array("f8", (n, n)),), Array("f8", (n, n))),
    (np.linalg.slogdet, (Array("f8", (n, n)),), Tuple((F8, F8), type(np.linalg.slogdet(np.eye(2))))),
    (np.fft.fft, (VECTOR,), Array("c16", (n,))),
    (len, (MATRIX,), sym(0)), (len, (Array("f8", (n + -1,)),), sym(-1)), (float, (UNKNOWN,), FLOAT),
    (math.sin, (UNKNOWN,), FLOAT),
    (max, (FLOAT, FLOAT), FLOAT), (sum, (VECTOR,), F8), (sum, (List(FLOAT),), Scalar("f8", True, None, True)),
    (round, (FLOAT,), INT),
    (isinstance, (VECTOR, np.ndarray), Scalar("b1", True, True)),
    (isinstance, (FLOAT, (int, float)), Scalar("b1", True, True)), (type, (FLOAT,), Constant(float)),
    (isinstance, (NUMERIC, list), Scalar("b1", True, False)), (isinstance, (NUMERIC, np.ndarray), BOOL),
    (operator.is_, (VECTOR, None), Scalar("b1", True, False)),
    (np.ndarray.astype, (VECTOR, np.float32), Array("f4", (n,))),
    (np.ndarray.item, (NUMERIC,), Scalar("c16", True, None, True)),
    (np.ndarray.tolist, (MATRIX,), List(List(FLOAT))),
    (np.shape, (MATRIX,), Tuple((sym(0), Scalar("i8", True, m)))), (list, (MATRIX,), List(Array("f8", (m,)))),
    (np.float64, (INT,), F8),
    (zip, (VECTOR, List(FLOAT)), Object(zip, (), (Tuple((F8, FLOAT)),))), (np.sin, (UNKNOWN,), NUMERIC),
    (operator.add, (UNKNOWN, FLOAT), UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("function", "args", "expected"), EXACT, ids=lambda item: name_of(item) or "x")
def test_everyday_calls_are_known_exactly(function, args, expected):
    kinds = [
        arg if hasattr(arg, "__dataclass_fields__") and not isinstance(arg, type) else see(arg)
        for arg in args
    ]
    assert result_kind(function, kinds) == expected
    assert len(EXACT) >= 60


def see(value):
    if type(value) is tuple:
        return Tuple(tuple(item if hasattr(item, "__dataclass_fields__") else see(item) for item in value))
    return literal(value)


# ------------------------------------------------------------------------------------------------ contract


def test_unknown_functions_and_wrong_calls_are_unknown():
    assert result_kind(lambda x: x, [FLOAT]) == UNKNOWN
    assert result_kind([], [FLOAT]) == UNKNOWN
    assert result_kind(np.sum, []) == UNKNOWN
    assert result_kind(np.sum, [VECTOR], {"no_such": INT}) == UNKNOWN
    assert result_kind(np.sum, [VECTOR], {"out": VECTOR}) == UNKNOWN
    assert result_kind(np.add, [VECTOR, VECTOR, VECTOR]) == UNKNOWN
    assert result_kind(np.take, [VECTOR, INT, NONE, Array("f4", (3,))]) == UNKNOWN
    assert result_kind(np.sum, [VECTOR], {"out": NONE}) == F8


def test_no_value_yet_gives_no_value():
    assert result_kind(np.sum, [BOTTOM]) == result_kind(operator.add, [BOTTOM, FLOAT]) == BOTTOM
    assert result_kind(operator.getitem, [List(), INT]) == BOTTOM


def test_no_row_raises_whatever_it_is_given():
    pool = [
        BOTTOM,
        UNKNOWN,
        NUMERIC,
        FLOAT,
        INT,
        literal(-1),
        NONE,
        VECTOR,
        Array("f8", ()),
        Array(None, (None, 3)),
        List(FLOAT),
        List(),
        Tuple(()),
        Tuple((VECTOR, FLOAT)),
        Dict(None, (FLOAT,)),
        Constant("ij->ji"),
        Constant(float),
        Slice(INT, NONE, NONE),
    ]
    functions = [*TABLE, np.add, np.modf, np.frexp]
    for function in functions:
        for count in (0, 1, 2):
            for args in itertools.product(pool, repeat=count):
                assert result_kind(function, args) is not None
                assert view_of(function, args) in ("fresh", "view", "maybe")


def test_knowing_less_never_says_something_else():
    """A row is monotone: what it says of vaguer arguments covers what it says of precise ones."""
    for function, args, kwargs in CALLS:
        kinds = [literal(arg) for arg in args]
        options = {name: literal(arg) for name, arg in kwargs.items()}
        precise = result_kind(function, kinds, options)
        for how in ("shape", "number", "all"):
            vague = result_kind(function, [vaguer(kind, how) for kind in kinds], options)
            if (
                isinstance(precise, Array)
                and isinstance(vague, Array)
                and None not in (precise.dtype, vague.dtype)
            ):
                assert precise.dtype == vague.dtype, (function, kinds)
            assert not isinstance(vague, Bottom)


@pytest.mark.parametrize(
    ("function", "args", "expected"),
    [
        (operator.add, (VECTOR, VECTOR), "fresh"), (np.exp, (VECTOR,), "fresh"), (np.sum, (VECTOR,), "fresh"),
        (operator.getitem, (VECTOR, 0), "fresh"),
        (operator.getitem, (VECTOR, slice(1, None)), "view"),
        (operator.getitem, (VECTOR, Array("i8", (3,))), "fresh"),
        (operator.getitem, (NUMERIC, slice(1)), "maybe"),
        (operator.getitem, (VECTOR, UNKNOWN), "maybe"), (operator.getitem, (MATRIX, 0), "view"),
        (np.transpose, (MATRIX,), "view"), (np.reshape, (MATRIX, -1), "maybe"),
        (np.ravel, (VECTOR,), "maybe"), (np.asarray, (VECTOR,), "view"), (np.real, (VECTOR,), "view"),
        (np.imag, (VECTOR,), "fresh"), (np.imag, (Array("c16", (n,)),), "view"),
        (np.diag, (VECTOR,), "fresh"), (np.diag, (MATRIX,), "view"), (np.split, (VECTOR, 2), "view"),
        (np.copy, (VECTOR,), "fresh"), (print, (VECTOR,), "maybe"),
        (np.ndarray.astype, (VECTOR, float), "fresh"), (operator.iadd, (VECTOR, 1.0), "view"),
        (getattr, (VECTOR, "T"), "view"), (np.broadcast_to, (VECTOR, (3, 3)), "view"),
        (np.einsum, ("ij->ji", MATRIX), "maybe"), (operator.add, (UNKNOWN, UNKNOWN), "maybe"),
        (np.multiply, (UNKNOWN, UNKNOWN), "fresh"),
    ],
    ids=lambda item: name_of(item) or "x",
)  # fmt: skip
def test_what_is_a_view(function, args, expected):
    kinds = [arg if hasattr(arg, "__dataclass_fields__") else see(arg) for arg in args]
    assert view_of(function, kinds) == expected


def test_an_output_argument_may_be_shared():
    assert view_of(np.add, [VECTOR, VECTOR], {"out": VECTOR}) == "maybe"
    assert view_of(np.sum, [VECTOR, NONE, NONE, VECTOR]) == "maybe"


def test_iterating():
    assert element_kind(MATRIX) == Array("f8", (m,))
    assert element_kind(result_kind(enumerate, [VECTOR])) == Tuple((INT, F8))
    assert element_kind(UNKNOWN) == UNKNOWN


def test_users_may_register_their_own():
    def double(x):
        return x + x

    @transfer(double)
    def row(x):
        return x

    try:
        assert result_kind(double, [VECTOR]) == VECTOR
    finally:
        del TABLE[double]
