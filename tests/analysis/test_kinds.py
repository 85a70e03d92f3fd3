"""The lattice of kinds: `join` covers both sides, and run-time values have the kinds that they should."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

from s2sad.analysis.kinds import (
    BOTTOM,
    FLOAT,
    INT,
    NONE,
    NUMERIC,
    UNKNOWN,
    Array,
    Constant,
    Dict,
    List,
    Object,
    Scalar,
    Shapes,
    Slice,
    Sym,
    Tuple,
    broadcast_dim,
    broadcast_shapes,
    join,
    kind_of,
    may_hold_floats,
    numeric,
)
from tests.analysis.covering import covers


class Point(NamedTuple):
    x: float
    y: object


@dataclass
class Layer:
    weights: np.ndarray
    bias: float


class Opaque:
    """An object of which nothing is known."""

    def __repr__(self):
        return "Opaque()"


VALUES = [
    1, -2, 2.5, True, False, 1j, None, "text", float, math.sin, np, np.dtype("f4"), ..., slice(1, None),
    np.float64(1), np.float32(1), np.int64(3), np.bool(True), np.complex128(1), np.array(1.0), np.array(3),
    np.ones(4), np.ones(4, "f4"), np.ones((4, 1)), np.ones((3, 4)), np.ones((2, 3, 4)), np.ones(0),
    np.arange(4),
    (), (1, 2.5), (np.ones(4), 1), Point(1.0, np.ones(3)), [], [1, 2], [1, 2.5], [np.ones(4), np.ones(3)],
    {}, {"a": 1.0}, {"a": np.ones(3), "b": 2}, {1: 2.5}, {(1, 2): 3}, Layer(np.ones(3), 0.5), Opaque(),
    np.array("a"),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:30])
def test_a_value_has_its_kind(value):
    shapes = Shapes()
    kind = kind_of(value, shapes)
    assert covers(kind, value, {sym.name: n for n, sym in shapes.names.items()})
    assert hash(kind) == hash(kind_of(value)) and kind == kind_of(value)


@pytest.mark.parametrize("first", VALUES, ids=lambda value: repr(value)[:30])
def test_join_covers_both_and_is_monotone(first):
    for second in VALUES:
        shapes = Shapes()
        a, b = kind_of(first, shapes), kind_of(second, shapes)
        lengths = {sym.name: n for n, sym in shapes.names.items()}
        joined = join(a, b)
        assert covers(joined, first, lengths) and covers(joined, second, lengths), (a, b, joined)
        assert join(joined, a) == joined == join(joined, b) == join(joined, joined)
        assert join(BOTTOM, a) == a == join(a, BOTTOM)
        assert join(a, UNKNOWN) == UNKNOWN == join(UNKNOWN, a)
        swapped = join(b, a)
        assert covers(swapped, first, lengths) and covers(swapped, second, lengths)


def test_join_of_numbers_remembers_that_the_dtype_is_a_bound():
    joined = join(INT, FLOAT)
    assert joined == Scalar("f8", True, None, mixed=True)
    assert join(Array("f8", (3,)), joined) == NUMERIC
    assert join(Array("f8", (3,)), FLOAT) == Array("f8", None)
    assert join(Scalar("f8"), FLOAT) == Scalar("f8", None)


def test_lengths_below_two_are_known():
    shapes = Shapes()
    assert [shapes.dim(n) for n in (0, 1, 5, 7, 5)] == [
        0,
        1,
        Sym("n0", 0, True),
        Sym("n1", 0, True),
        Sym("n0", 0, True),
    ]


@pytest.mark.parametrize(
    ("m", "n", "expected"),
    [
        (1, 5, 5), (5, 1, 5), (5, None, 5), (None, None, None), (1, None, None), (Sym("n"), None, None),
        (Sym("n", 0, True), None, Sym("n", 0, True)), (Sym("n", 2, True), None, Sym("n", 2, True)),
        (Sym("n", -1, True), None, None), (Sym("n"), 3, 3), (Sym("n"), Sym("m"), None), (0, 1, 0),
    ],
)  # fmt: skip
def test_broadcast_dim(m, n, expected):
    assert broadcast_dim(m, n) == expected and broadcast_dim(n, m) == expected


def test_broadcast_shapes():
    n = Sym("n", 0, True)
    assert broadcast_shapes([(n, 1), (3,), ()]) == (n, 3)
    assert broadcast_shapes([(n,), None]) is None
    assert broadcast_shapes([]) == ()


def test_results_of_rank_zero_are_scalars():
    assert numeric("f8", ()) == Scalar("f8")
    assert numeric(None, ()) == Scalar("c16", False, None, mixed=True)
    assert numeric("f8", (3,)) == Array("f8", (3,))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (INT, False), (FLOAT, True), (Scalar("f8", True, None, True), True), (NUMERIC, True),
        (Array("i8", (3,)), False),
        (Tuple((INT, NONE)), False), (Tuple((INT, FLOAT)), True), (List(INT), False), (List(), True),
        (UNKNOWN, True),
        (Slice(INT, NONE, NONE), False), (Constant(np), False), (Dict(("a",), (INT,)), False),
        (Object(object), True),
    ],
)  # fmt: skip
def test_may_hold_floats(kind, expected):
    assert may_hold_floats(kind) is expected
