"""Containers are walked in order, rebuilt as what they were, and made flat and back without loss."""

from __future__ import annotations

import functools
import math
import pickle
from collections import OrderedDict, defaultdict
from dataclasses import FrozenInstanceError, dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
import pytest

from s2sad.trees import (
    Field,
    at,
    float_leaves,
    is_float_leaf,
    leaves,
    map_leaves,
    ravel_pytree,
    shown,
    tree_map,
    zeros_like,
)


class Point(NamedTuple):
    x: float
    y: np.ndarray


class Pair(tuple):
    pass


class Row(list):
    pass


@dataclass(frozen=True, slots=True)
class Layer:
    weights: np.ndarray
    bias: float
    name: str = "layer"


@dataclass
class Noisy:
    """A dataclass whose constructor does more than to assign."""

    kind: ClassVar[str] = "noisy"
    value: float = 1.0
    made: int = field(default=0, init=False)

    def __post_init__(self):
        raise AssertionError("a container is rebuilt without a call of its constructor")

    @functools.cached_property
    def twice(self):
        return 2 * self.value


def noisy(value):
    result = object.__new__(Noisy)
    result.value, result.made = value, 7
    return result


TREES = {
    "a float": 1.5,
    "a complex number": 1 + 2j,
    "a NumPy scalar": np.float32(0.1),
    "a complex NumPy scalar": np.complex64(0.1 + 0.2j),
    "a vector": np.array([1.0, 2.0]),
    "a 0-d array": np.array(3.0),
    "an empty array": np.ones((0, 3)),
    "a matrix in the order of columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "a strided array": np.arange(12.0).reshape(3, 4)[::2, ::-1],
    "dtypes": (np.float16(0.5), np.ones(2, np.float32), 0.1, np.longdouble("0.1"), np.array([1 + 1j], "F")),
    "a dict out of order": {"z": 1.0, "a": [2.0, (3.0, None)], 3: "text"},
    "a NamedTuple": Point(2.0, np.ones(2)),
    "a dataclass": [Layer(np.ones((2, 2)), 0.5), Layer(np.full(3, 2.0, np.float32), -1.0, "last")],
    "dict subclasses": (OrderedDict(b=1.0, a=2.0), defaultdict(list, c=3.0)),
    "tuple and list subclasses": (Pair((1.0, 2.0)), Row([3.0])),
    "other leaves": (1, True, None, "text", math.sin, np.arange(3), np.int32(1), 2.0),
    "no floats": {"n": 3, "s": "text"},
    "empty containers": ((), [], {}, 1.0),
    "None": None,
}

trees = pytest.mark.parametrize("tree", TREES.values(), ids=list(TREES))


def assert_same(actual, expected):
    assert [path for path, _ in leaves(actual)] == [path for path, _ in leaves(expected)]
    for (path, a), (_, b) in zip(leaves(actual), leaves(expected)):
        assert type(a) is type(b), path
        if isinstance(b, np.ndarray):
            assert (a.dtype, a.shape) == (b.dtype, b.shape)
            assert np.array_equal(a, b)
        else:
            assert a == b or a is b


# Walks ------------------------------------------------------------------------------------------------------


def test_leaves_in_order():
    tree = {"z": (1.0, 2), "a": Point(3.0, np.ones(2)), "l": Layer(np.ones(1), 0.5)}
    assert [shown(path) for path, _ in leaves(tree)] == [
        "['z'][0]", "['z'][1]", "['a'].x", "['a'].y", "['l'].weights", "['l'].bias", "['l'].name"
    ]  # fmt: skip
    assert [shown(path) for path, _ in float_leaves(tree)] == [
        "['z'][0]", "['a'].x", "['a'].y", "['l'].weights", "['l'].bias"
    ]  # fmt: skip
    for path, leaf in leaves(tree):
        assert at(tree, path) is leaf


def test_a_key_with_a_dot_is_no_field():
    assert shown((".x", Field("x"))) == "['.x'].x"
    assert at({".x": Point(1.0, 2.0)}, (".x", Field("x"))) == 1.0


def test_a_dataclass_type_is_a_leaf():
    assert leaves(Layer) == [((), Layer)]


@pytest.mark.parametrize("x", [1.0, 1j, np.float16(1), np.longdouble(1), np.complex128(1), np.ones(2, "f")])
def test_float_leaves(x):
    assert is_float_leaf(x)


@pytest.mark.parametrize("x", [1, True, None, "1.0", np.int8(1), np.bool_(True), np.arange(2), (1.0,), float])
def test_other_leaves(x):
    assert not is_float_leaf(x)


# Maps -------------------------------------------------------------------------------------------------------


@trees
def test_the_identity_changes_nothing(tree):
    assert_same(tree_map(lambda leaf: leaf, tree), tree)
    assert_same(map_leaves(lambda path, leaf: leaf, tree), tree)
    assert type(tree_map(lambda leaf: leaf, tree)) is type(tree)


def test_only_floats_are_mapped():
    tree = TREES["other leaves"]
    assert_same(tree_map(lambda leaf: leaf + 1, tree), (*tree[:-1], 3.0))


def test_several_trees():
    tree = {"a": Point(1.0, np.ones(2)), "n": 3}
    gradient = {"n": None, "a": Point(0.5, np.array([1.0, 2.0]))}
    stepped = tree_map(lambda p, g, s: p - s * g, tree, gradient, {"a": Point(1.0, 2.0), "n": None})
    assert_same(stepped, {"a": Point(0.5, np.array([-1.0, -3.0])), "n": 3})


def test_one_none_for_a_container_without_floats():
    assert tree_map(lambda x, g: x + g, (1.0, {"n": 2}), (3.0, None)) == (4.0, {"n": 2})


def test_a_float_against_a_container():
    assert tree_map(lambda x, other: (x, other), [1.0], [{"m": 0.0}]) == [(1.0, {"m": 0.0})]


@pytest.mark.parametrize(
    "tree, other, message",
    [
        ((1.0, 2.0), (1.0,), "the container has the parts [0], not [0, 1]"),
        ({"a": [1.0]}, {"a": 2.0}, "['a'] is a float, not a container with the parts [0]"),
        ({"a": 1.0}, {"b": 1.0}, "the container has the parts ['b'], not ['a']"),
    ],
)
def test_trees_that_do_not_fit(tree, other, message):
    with pytest.raises(ValueError) as caught:
        tree_map(lambda x, y: x, tree, other)
    assert str(caught.value) == message


def test_subclasses_keep_what_they_are():
    ordered, default = tree_map(lambda x: -x, TREES["dict subclasses"])
    assert list(ordered.items()) == [("b", -1.0), ("a", -2.0)]
    assert default["new"] == []
    pair, row = tree_map(lambda x: -x, TREES["tuple and list subclasses"])
    assert (type(pair), type(row)) == (Pair, Row)


def test_dataclasses_are_rebuilt_without_their_constructor():
    tree = noisy(2.0)
    assert tree.twice == 4.0
    other = tree_map(lambda x: x + 1, tree)
    assert (other.value, other.made, other.twice) == (3.0, 7, 6.0)  # nothing cached is carried over
    assert "kind" not in vars(other)
    with pytest.raises(FrozenInstanceError):
        tree_map(lambda x: x, Layer(np.ones(1), 1.0)).bias = 2.0


def test_the_original_is_left_alone():
    tree = {"a": [1.0, 2.0]}
    tree_map(lambda x: 0.0, tree)
    assert tree == {"a": [1.0, 2.0]}


@trees
def test_zeros(tree):
    zeros = zeros_like(tree)
    for (path, zero), (_, leaf) in zip(leaves(zeros), leaves(tree)):
        assert type(zero) is type(leaf), path
        if is_float_leaf(leaf):
            assert np.shape(zero) == np.shape(leaf)
            assert not np.any(zero)
        else:
            assert zero is leaf


# Flat arrays ------------------------------------------------------------------------------------------------


@trees
def test_there_and_back(tree):
    flat, unravel = ravel_pytree(tree)
    assert flat.ndim == 1
    assert flat.size == unravel.size == sum(np.size(leaf) for _, leaf in float_leaves(tree))
    assert_same(unravel(flat), tree)
    assert_same(pickle.loads(pickle.dumps(unravel))(flat), tree)


def test_the_order_and_the_dtype():
    flat, _ = ravel_pytree({"b": np.array([[1, 2], [3, 4]], np.float32), "a": np.float16(5)})
    assert flat.tolist() == [1, 2, 3, 4, 5]
    assert flat.dtype == np.float32
    assert ravel_pytree((np.float32(1), 0.1))[0].tolist() == [1.0, 0.1]  # a Python float loses nothing
    assert ravel_pytree((np.ones(1, "f"), 1j))[0].dtype == np.complex128
    assert ravel_pytree({"n": 3})[0].dtype == np.float64


def test_nothing_is_shared():
    x = np.ones(2)
    flat, unravel = ravel_pytree(x)
    flat[0] = 5.0
    assert x.tolist() == [1.0, 1.0]
    y = unravel(flat)
    y[1] = 7.0
    assert flat.tolist() == [5.0, 1.0]
    x[:] = 9.0
    assert unravel(np.zeros(2)).tolist() == [0.0, 0.0]


def test_the_flat_array_may_have_another_dtype():
    _, unravel = ravel_pytree((np.ones(2, np.float32), 0.5))
    w, b = unravel([1, 2, 3])
    assert w.dtype == np.float32
    assert (w.tolist(), b) == ([1.0, 2.0], 3.0)


@pytest.mark.parametrize("flat", [np.ones(4), np.ones(2), np.ones((3, 1)), 1.0], ids=np.shape)
def test_another_length(flat):
    _, unravel = ravel_pytree([1.0, (2.0, np.ones(1))])
    with pytest.raises(ValueError) as caught:
        unravel(flat)
    assert str(caught.value) == f"the flat array has shape {np.shape(flat)}, not (3,)"


def test_an_imaginary_part_for_a_real_number():
    _, unravel = ravel_pytree((1j, 2.0))
    assert unravel(np.array([1j, 3.0])) == (1j, 3.0)
    with pytest.raises(ValueError) as caught:
        unravel(np.array([1j, 3.0 + 1j]))
    assert str(caught.value) == "entry 1 has an imaginary part, but stands for a real number"


def test_what_is_shown():
    assert repr(ravel_pytree((1.0, np.ones(3)))[1]) == "<unravel: 4 entries to a tuple>"
