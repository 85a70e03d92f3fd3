"""Every rule in single precision, and at arrays without dimensions or without elements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from s2sad import grad, jvp
from s2sad.rules import REGISTRY
from tests.rules.test_rules import is_number, random_like
from tests.rules.test_second_order import CASES, Text

DOUBLE = {np.roots}  # rounds what it computed in double precision
SINGLE = {"f": np.float32, "c": np.complex64}


def single(x: Any) -> Any:
    """Return the arrays of a tree in single precision; Python's numbers are of any precision."""
    if isinstance(x, dict):
        return {key: single(item) for key, item in x.items()}
    if isinstance(x, (tuple, list)):
        return type(x)(map(single, x))
    if not isinstance(x, np.ndarray) or not is_number(x):
        return x
    return x.astype(SINGLE[x.dtype.kind])


def kinds(y: Any) -> set[str]:
    if isinstance(y, dict):
        y = list(y.values())
    if isinstance(y, (list, tuple)):
        return set().union(*map(kinds, y))
    return {y.dtype.name} if isinstance(y, (np.ndarray, np.generic)) and is_number(y) else set()


def arrays_in(x: Any) -> bool:
    if isinstance(x, dict):
        x = list(x.values())
    return (
        any(map(arrays_in, x)) if isinstance(x, (list, tuple)) else isinstance(x, np.ndarray) and is_number(x)
    )


@pytest.mark.parametrize("function, args, kwargs", [case for case in CASES if arrays_in(case.values[1])])
def test_single_precision_stays_single(function, args, kwargs):
    args, kwargs = single(args), single(kwargs)
    y = function(*args, **kwargs)
    if not kinds(y) <= {"float32", "complex64"}:
        return  # NumPy itself computes in double precision
    text = Text(function, args, kwargs, single)
    point = tuple(text.variables.values())
    if not point:
        return
    loss, every = text.function(), tuple(range(len(point)))
    double = tuple(np.asarray(x, float) if isinstance(x, np.ndarray) else x for x in point)
    bars, expected = grad(loss, every)(*point), grad(loss, every)(*double)
    for x, bar, wanted in zip(point, bars, expected, strict=True):
        if isinstance(x, np.ndarray):
            assert bar.dtype == np.float32
        np.testing.assert_allclose(bar, wanted, rtol=2e-3, atol=2e-3 * max(1.0, np.max(np.abs(wanted))))
    directions = tuple(single(random_like(x, text.rng)) for x in point)
    value, tangent = jvp(loss, point, directions)
    if all(isinstance(x, np.ndarray) for x in point) and np.asarray(value).dtype == np.float32:
        assert function in DOUBLE or np.asarray(tangent).dtype == np.float32


ELEMENTWISE = [
    case for case in CASES if REGISTRY.rules[case.values[0]].elementwise and arrays_in(case.values[1])
]


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3)])
@pytest.mark.parametrize("function, args, kwargs", ELEMENTWISE)
def test_arrays_without_dimensions_or_elements(function, args, kwargs, shape):
    def fitted(x: Any) -> Any:
        if not isinstance(x, np.ndarray):
            return x
        return np.array(x.flat[0]) if shape == () else np.zeros(shape, x.dtype)

    text = Text(function, tuple(map(fitted, args)), kwargs)
    point = tuple(text.variables.values())
    if not point:
        return
    bars = grad(text.function(), tuple(range(len(point))))(*point)
    for x, bar in zip(point, bars, strict=True):
        assert np.shape(bar) == np.shape(x)
        assert np.all(np.isfinite(bar))
    _, tangent = jvp(text.function(), point, point)
    assert np.shape(tangent) == ()
