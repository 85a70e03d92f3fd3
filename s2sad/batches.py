"""Tangents in bunches: values whose arrays have one more axis, the first, along which the tangents are stacked.

What generated code calls in vector mode where it does not know the structure of a value. A bunch of `n` tangents of
a container is a container of bunches; that of a number is an array of shape ``(n,)``; that of an array has the shape
``(n, *x.shape)``. None stands for what is not a float.

>>> zeros(2, (1.0, [np.ones(3), "text"]))
(array([0., 0.]), [array([[0., 0., 0.],
       [0., 0., 0.]]), None])
>>> taken((np.array([1.0, 2.0]), None), 1)
(np.float64(2.0), None)
>>> stacked([(1.0, None), (2.0, None)], (5.0, "text"))
(array([1., 2.]), None)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.runtime import mapped


def is_container(value: Any) -> bool:
    return isinstance(value, (tuple, list, dict)) or hasattr(type(value), "__dataclass_fields__")


def precision(value: Any) -> Any:
    """Return the dtype of a value's tangents, None for what has none."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype if value.dtype.kind in "fc" else None
    return np.dtype(type(value)) if isinstance(value, (float, complex)) else None


def zeros(n: int, value: Any) -> Any:
    """Return `n` zero tangents of a value; integers alone are such as may become floats."""
    if isinstance(value, (int, np.generic, np.ndarray)) and precision(value) is None:
        return np.zeros((n, *np.shape(value)))
    return _zeros(n, value)


def _zeros(n: int, value: Any) -> Any:
    if is_container(value):
        return mapped(lambda x, _: _zeros(n, x), value, value)
    dtype = precision(value)
    return None if dtype is None else np.zeros((n, *np.shape(value)), dtype)


def taken(bunch: Any, i: int) -> Any:
    """Return one tangent of a bunch."""
    if is_container(bunch):
        return mapped(lambda x, _: taken(x, i), bunch, bunch)
    return None if bunch is None else bunch[i]


def placed(g: Any, bunch: Any, i: int) -> Any:
    """Return zeros like a bunch, with `g` in place of one tangent: the adjoint of `taken`."""
    if is_container(bunch):
        return mapped(lambda part, x: placed(x, part, i), bunch, bunch if g is None else g)
    if bunch is None:
        return None
    result = np.zeros_like(bunch)
    result[i] = 0 if g is None else g
    return result


def stacked(rows: list[Any], value: Any) -> Any:
    """Return the bunch of some tangents of a value."""
    if len(rows) == 0:
        return zeros(0, value)
    first = rows[0]
    if is_container(first):
        return with_parts(first, lambda step: stacked([part(row, step) for row in rows], part(value, step)))
    return None if first is None else np.stack([np.asarray(row) for row in rows])


def part(container: Any, step: Any) -> Any:
    is_field = isinstance(step, str) and not isinstance(container, dict)
    return getattr(container, step) if is_field else container[step]


def with_parts(like: Any, make: Callable[[Any], Any]) -> Any:
    """Return a container like `like` with ``make(step)`` at each index, key or name of a field."""
    if isinstance(like, dict):
        return {key: make(key) for key in like}
    if isinstance(like, (tuple, list)):
        return mapped(lambda _, i: make(i), like, range(len(like)))
    result = mapped(lambda x, _: x, like, like)
    for name in like.__dataclass_fields__:
        object.__setattr__(result, name, make(name))
    return result


# ---- Jacobians ---------------------------------------------------------------------------------------------


def entries(value: Any) -> int:
    """Return how many floats a value holds.

    >>> entries((1.0, [np.ones((2, 3)), 5]))
    7
    """
    return sum(int(np.size(leaf)) for leaf in float_leaves(value))


def float_leaves(value: Any) -> list[Any]:
    """Return the floats and float arrays within a value, in order."""
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in float_leaves(part)]
    if isinstance(value, (tuple, list)):
        return [leaf for part in value for leaf in float_leaves(part)]
    if is_container(value):
        return [leaf for name in value.__dataclass_fields__ for leaf in float_leaves(getattr(value, name))]
    return [] if precision(value) is None else [value]


def basis(value: Any) -> Any:
    """Return the unit tangents of a value, one for each float in it.

    >>> basis((1.0, np.ones(2)))
    (array([1., 0., 0.]), array([[0., 0.],
           [1., 0.],
           [0., 1.]]))
    """
    n = entries(value)
    found = zeros(n, value)
    start = 0
    for leaf in float_leaves(found):
        size = leaf.size // n if n else 0
        leaf.reshape(n, size)[range(start, start + size), range(size)] = 1
        start += size
    return found


def arranged(bunch: Any, result: Any, args: Any) -> Any:
    """Return the Jacobian whose columns are a bunch of tangents of a result, one for each float in `args`.

    Each float leaf of the result becomes a container like `args`, of arrays whose axes are those of the leaf,
    then those of the argument.

    >>> arranged(np.array([[1.0, 2.0], [3.0, 4.0]]), np.zeros(2), (0.0, np.zeros(1)))
    (array([1., 2.]), array([[3.],
           [4.]]))
    """
    if is_container(result):
        return with_parts(
            result,
            lambda step: arranged(None if bunch is None else part(bunch, step), part(result, step), args),
        )
    if precision(result) is None:
        return None
    columns = zeros(entries(args), result) if bunch is None else bunch
    return parted(columns, args, [0])


def parted(columns: np.ndarray, args: Any, start: list[int]) -> Any:
    """Return a container like `args`, with the columns for each leaf moved behind the axes of the result."""
    if is_container(args):
        return mapped(lambda x, _: parted(columns, x, start), args, args)
    if precision(args) is None:
        return None
    first = start[0]
    start[0] += int(np.size(args))
    block = np.moveaxis(columns[first : start[0]], 0, -1)
    return block.reshape(block.shape[:-1] + np.shape(args))[()]


def rearranged(g: Any, bunch: Any, args: Any) -> Any:
    """Return the adjoint of the bunch in ``arranged(bunch, result, args)``."""
    if is_container(bunch):
        return with_parts(
            bunch, lambda step: rearranged(None if g is None else part(g, step), part(bunch, step), args)
        )
    if bunch is None or g is None:
        return None if bunch is None else np.zeros_like(bunch)
    blocks = [np.zeros((0, *bunch.shape[1:]), bunch.dtype), *columns_of(g, args, bunch.shape[1:])]
    return np.concatenate(blocks).astype(bunch.dtype)


def columns_of(g: Any, args: Any, shape: tuple[int, ...]) -> list[Any]:
    """Return the columns within a part of a Jacobian, in order; None in it counts as zeros."""
    if isinstance(args, dict):
        return [c for key in args for c in columns_of(None if g is None else g[key], args[key], shape)]
    if isinstance(args, (tuple, list)):
        parts = [None] * len(args) if g is None else g
        return [c for one, arg in zip(parts, args) for c in columns_of(one, arg, shape)]
    if is_container(args):
        names = list(args.__dataclass_fields__)
        return [c for name in names for c in columns_of(getattr(g, name, None), getattr(args, name), shape)]
    if precision(args) is None:
        return []
    size = int(np.size(args))
    return [np.zeros((size, *shape)) if g is None else np.moveaxis(np.reshape(g, (*shape, size)), -1, 0)]


def arranged_rows(bunch: Any, result: Any, start: list[int] | None = None) -> Any:
    """Return the Jacobian whose rows are a bunch of cotangents of arguments, one for each float in a result.

    >>> arranged_rows((np.array([[1.0, 2.0], [3.0, 4.0]]),), (0.0, np.zeros(1)))
    ((array([1., 2.]),), (array([[3., 4.]]),))
    """
    start = [0] if start is None else start
    if is_container(result):
        return mapped(lambda x, _: arranged_rows(bunch, x, start), result, result)
    if precision(result) is None:
        return None
    first = start[0]
    start[0] += int(np.size(result))
    return rows_of(bunch, first, start[0], np.shape(result))


def rows_of(bunch: Any, first: int, end: int, shape: tuple[int, ...]) -> Any:
    if is_container(bunch):
        return mapped(lambda x, _: rows_of(x, first, end, shape), bunch, bunch)
    return None if bunch is None else bunch[first:end].reshape(shape + bunch.shape[1:])[()]
