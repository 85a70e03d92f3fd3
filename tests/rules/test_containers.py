"""The helpers for adjoints of containers: named tuples, dicts, dataclasses, and what is not a float."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest

from s2sad.runtime import (
    add,
    fold_repeats,
    insert_slice,
    scalar_seed,
    scatter_item,
    scatter_slice,
    zeros_like,
)

Pair = namedtuple("Pair", "left right")


@dataclass(frozen=True)
class Layer:
    weights: np.ndarray
    name: str
    bias: float = 0.5


def test_zeros_like_keeps_types_and_dtypes():
    zero = zeros_like(Pair(np.float32(2), [1, True, 1j, np.ones(2, int), Layer]))
    assert zero == Pair(0.0, [None, None, 0j, None, None])
    assert type(zero.left) is np.float32
    assert zeros_like(np.ones(2, "f4")).dtype == np.float32
    layer = zeros_like(Layer(np.ones(3), "first"))
    assert type(layer) is Layer and layer.weights.tolist() == [0, 0, 0]
    assert (layer.name, layer.bias) == (None, 0.0)


def test_add_neither_changes_nor_shares_its_operands():
    x, y = np.ones(2), [np.ones(2)]
    for result in (add(x, None), add(None, x), add((x, None), (None, x))[0], add(y, None)[0], add(y, y)[0]):
        assert not np.shares_memory(result, x) and not np.shares_memory(result, y[0])
    assert x.tolist() == [1, 1] and y[0].tolist() == [1, 1]
    assert add(None, None) is None


def test_add_of_containers():
    assert add({"a": 1.0}, {"b": 2.0, "a": 3.0}) == {"a": 4.0, "b": 2.0}
    assert add(Pair(1.0, None), Pair(2.0, None)) == Pair(3.0, None)
    total = add(Layer(np.ones(2), None), Layer(np.ones(2), None))
    assert total.weights.tolist() == [2, 2] and (total.name, total.bias) == (None, 1.0)
    with pytest.raises(ValueError):
        add([1.0], [1.0, 2.0])


def test_scattering():
    assert scatter_item(2.0, -1, Pair(1, 1.5)) == Pair(None, 2.0)
    assert scatter_slice([1.0, 2.0], slice(None, None, 2), [5.0, 6.0, 7.0]) == [1.0, 0.0, 2.0]
    assert insert_slice([1.0, 2.0], slice(2, 0, -1), [5.0, 6.0, 7.0, 8.0]) == [1.0, 0.0, 0.0, 2.0]
    assert fold_repeats([], 2) == [0.0, 0.0]


def test_scalar_seed():
    for y in (1.5, 2, np.float32(1), np.array(2.0)):
        assert scalar_seed(y) == 1.0
    for y in (np.ones(1), [1.0], (1.0,), None, "x", 1j, np.array(1j)):
        with pytest.raises(TypeError, match="the function's result is not a scalar"):
            scalar_seed(y)
