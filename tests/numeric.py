"""Numerical gradients of functions of floats, float arrays and containers of them, and their comparison."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


def numerical_gradient(f: Callable, args: tuple, argnums: int | tuple[int, ...], step: float = 1e-4) -> Any:
    """Differentiate f by central differences, extrapolated from two step sizes (Richardson).

    The error is about 1e-9 for values of order one. The arguments are copied before each call. The result
    has the structure of the arguments, with None where a value is not a float; a tuple of them for a tuple
    of argnums.
    """
    if isinstance(argnums, int):
        return numerical_gradient(f, args, (argnums,), step)[0]
    slopes = {}
    for k in argnums:
        for path, x in float_leaves(args[k], (k,)):
            slopes[path] = _slope(f, args, path, step * max(1.0, abs(float(x))))
    return tuple(_fill(args[k], (k,), slopes) for k in argnums)


def _slope(f: Callable, args: tuple, path: tuple, h: float) -> float:
    def central(h):
        above, below = (f(*copy.deepcopy(_shifted(args, path, shift))) for shift in (h, -h))
        return (float(above) - float(below)) / (2 * h)

    return (4 * central(h / 2) - central(h)) / 3


def float_leaves(value: Any, path: tuple = ()) -> Iterator[tuple[tuple, Any]]:
    """Yield each float within a value, after its path: indices, keys and field names.

    >>> list(float_leaves({"w": [1.0, 2], "b": (3.0,)}))
    [(('w', 0), 1.0), (('b', 0), 3.0)]
    """
    if _is_float(value):
        yield path, value
    elif isinstance(value, np.ndarray):
        if value.dtype.kind == "f":
            yield from ((path + (index,), x) for index, x in np.ndenumerate(value))
    else:
        for key, item in _items(value):
            yield from float_leaves(item, path + (key,))


def flatten(value: Any) -> list[float]:
    """List the floats within a value.

    >>> flatten(({"w": [1.0, 2], "b": np.ones(2)}, 3.0))
    [1.0, 1.0, 1.0, 3.0]
    """
    return [float(x) for _, x in float_leaves(value)]


def assert_same(
    actual: Any, expected: Any, rtol: float = 1e-6, atol: float = 1e-7, path: str = "value"
) -> None:
    """Assert that two values have the same structure and nearly the same numbers.

    Where something is expected that is neither a number nor a container, such as the None of a numerical
    gradient, anything goes.

    >>> assert_same((1.0, {"w": [2.0]}), (1.0, {"w": [2.5]}))
    Traceback (most recent call last):
        ...
    AssertionError: value[1]['w'][0] is 2.0, not 2.5
    """
    if isinstance(expected, np.ndarray) or _is_float(expected):
        shape = np.shape(expected)
        if not isinstance(actual, (int, float, np.generic, np.ndarray)):
            raise AssertionError(f"{path} is {actual!r}, not a number")
        if np.shape(actual) != shape:
            raise AssertionError(f"{path} has shape {np.shape(actual)}, not {shape}")
        for index, b in np.ndenumerate(expected):
            a = np.asarray(actual)[index]
            if not (a == b or abs(a - b) <= atol + rtol * abs(b)):
                raise AssertionError(f"{path}{list(index) if index else ''} is {a}, not {b}")
    elif isinstance(expected, (list, tuple, dict)) or dataclasses.is_dataclass(expected):
        kind, wanted_kind = type(actual).__name__, type(expected).__name__
        if type(actual) is not type(expected):
            raise AssertionError(f"{path} is a {kind}, not a {wanted_kind}")
        items, wanted = dict(_items(actual)), dict(_items(expected))
        if list(items) != list(wanted):
            raise AssertionError(f"{path} has the items {list(items)}, not {list(wanted)}")
        for key, item in wanted.items():
            step = f"[{key!r}]" if isinstance(expected, (list, tuple, dict)) else f".{key}"
            assert_same(items[key], item, rtol, atol, path + step)
    elif isinstance(expected, (int, str)) and actual != expected:
        raise AssertionError(f"{path} is {actual!r}, not {expected!r}")


def _is_float(value: Any) -> bool:
    return isinstance(value, (float, np.floating))


def _items(value: Any) -> Iterator[tuple[Any, Any]]:
    """The contents of a container, each after its index, key or field name; nothing for other values."""
    if isinstance(value, (list, tuple)):
        yield from enumerate(value)
    elif isinstance(value, dict):
        yield from value.items()
    elif dataclasses.is_dataclass(value):
        yield from ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))


def rebuilt(value: Any, items: dict) -> Any:
    """A container like `value` that holds `items` instead."""
    if isinstance(value, tuple):
        return value._make(items.values()) if hasattr(value, "_make") else type(value)(items.values())
    if isinstance(value, (list, dict)):
        return type(value)(items if isinstance(value, dict) else items.values())
    result = copy.copy(value)
    for name, item in items.items():
        object.__setattr__(result, name, item)  # also where the dataclass is frozen
    return result


def _shifted(value: Any, path: tuple, shift: float) -> Any:
    """The value with the float at `path` moved by `shift`; the rest is shared."""
    if not path:
        return value + shift
    key, *rest = path
    if isinstance(value, np.ndarray):
        result = value.copy()
        result[key] += shift
        return result
    items = dict(_items(value))
    items[key] = _shifted(items[key], tuple(rest), shift)
    return rebuilt(value, items)


def _fill(value: Any, path: tuple, slopes: dict[tuple, float]) -> Any:
    """The gradient with respect to `value`: like it, with the slopes in place of the floats."""
    if _is_float(value):
        return slopes[path]
    if isinstance(value, np.ndarray):
        if value.dtype.kind != "f":
            return None
        result = np.empty_like(value)
        for index in np.ndindex(value.shape):
            result[index] = slopes[path + (index,)]
        return result
    if isinstance(value, (list, tuple, dict)) or dataclasses.is_dataclass(value):
        return rebuilt(value, {key: _fill(item, path + (key,), slopes) for key, item in _items(value)})
    return None
