"""Containers of floats and arrays: nested tuples, NamedTuples, lists, dicts and dataclass instances.

Everything else is a leaf. A *float leaf* is a Python float or complex, a NumPy scalar or an array of floating or
complex dtype; it is what derivatives are about. None, strings, integers, Booleans, functions and whatever else
are leaves that pass through unchanged.

>>> from s2sad.trees import ravel_pytree, tree_map
>>> parameters = {"weights": np.array([[1.0, 2.0]]), "bias": 0.5, "name": "first"}
>>> tree_map(lambda p, g: p - g, parameters, {"weights": np.ones((1, 2)), "bias": 0.25, "name": None})
{'weights': array([[0., 1.]]), 'bias': 0.25, 'name': 'first'}
>>> flat, unravel = ravel_pytree(parameters)
>>> flat
array([1. , 2. , 0.5])
>>> unravel(10 * flat)
{'weights': array([[10., 20.]]), 'bias': 5.0, 'name': 'first'}
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

Path = tuple[Any, ...]


class Field(str):
    """The name of a field of a NamedTuple or dataclass, as a step of a path; a dict key is no `Field`."""

    __slots__ = ()


# What is in a container -------------------------------------------------------------------------------------


def is_float_leaf(x: Any) -> bool:
    """Tell whether a value is a number, or an array of numbers, that can be differentiated.

    Examples
    --------
    >>> [is_float_leaf(x) for x in (1.0, 2j, np.float32(3), np.ones(2))]
    [True, True, True, True]
    >>> [is_float_leaf(x) for x in (1, True, None, "text", np.arange(3), [1.0])]
    [False, False, False, False, False, False]
    """
    if isinstance(x, (np.ndarray, np.generic)):
        return issubclass(x.dtype.type, np.inexact)
    return isinstance(x, (float, complex))


def children(tree: Any) -> list[tuple[Any, Any]] | None:
    """Return the steps and parts of a container, in order; None for a leaf.

    A step is an index, a key of a dict, or a `Field`.

    Examples
    --------
    >>> children({"a": 1.0, "b": [2.0]})
    [('a', 1.0), ('b', [2.0])]
    >>> children(1.0) is None
    True
    """
    if isinstance(tree, dict):
        return list(tree.items())
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return [(Field(name), part) for name, part in zip(tree._fields, tree)]
    if isinstance(tree, (list, tuple)):
        return list(enumerate(tree))
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return [(Field(field.name), getattr(tree, field.name)) for field in dataclasses.fields(tree)]
    return None


def leaves(tree: Any) -> list[tuple[Path, Any]]:
    """Return all leaves of a container, each after its path, in order (dicts in order of insertion).

    Examples
    --------
    >>> leaves({"a": (1.0, 2), "b": [None]})
    [(('a', 0), 1.0), (('a', 1), 2), (('b', 0), None)]
    >>> leaves(1.0)
    [((), 1.0)]
    """
    parts = children(tree)
    if parts is None:
        return [((), tree)]
    return [((step, *path), leaf) for step, part in parts for path, leaf in leaves(part)]


def float_leaves(tree: Any) -> list[tuple[Path, Any]]:
    """Return the float leaves of a container, each after its path, in order.

    Examples
    --------
    >>> float_leaves({"a": (1.0, 2), "b": [None]})
    [(('a', 0), 1.0)]
    """
    return [(path, leaf) for path, leaf in leaves(tree) if is_float_leaf(leaf)]


def at(tree: Any, path: Path) -> Any:
    """Return the part of a container at a path.

    Raises
    ------
    LookupError, AttributeError, TypeError
        There is no such part.

    Examples
    --------
    >>> at({"a": (1.0, 2.0)}, ("a", 1))
    2.0
    """
    for step in path:
        tree = getattr(tree, step) if isinstance(step, Field) else tree[step]
    return tree


def shown(path: Path) -> str:
    """Return a path as it is written in Python.

    Examples
    --------
    >>> shown(("layers", 0, Field("bias")))
    "['layers'][0].bias"
    """
    return "".join(f".{step}" if isinstance(step, Field) else f"[{step!r}]" for step in path)


# Containers from containers ---------------------------------------------------------------------------------


def rebuilt(tree: Any, parts: Iterable[Any]) -> Any:
    """Return a container like `tree` that holds other parts, given in the order of `children`.

    Dataclasses are made without a call of ``__init__``, which may do more than to assign its arguments; what
    is no field, such as a cached property, is left out. A subclass of dict or list keeps its type.

    Examples
    --------
    >>> rebuilt({"a": 1.0, "b": 2.0}, [3.0, 4.0])
    {'a': 3.0, 'b': 4.0}
    """
    items = list(parts)
    if isinstance(tree, dict):
        changed = copy.copy(tree)
        changed.update(zip(tree, items))
        return changed
    if isinstance(tree, list):
        same = copy.copy(tree)
        same[:] = items
        return same
    if isinstance(tree, tuple):
        return tree._make(items) if hasattr(tree, "_make") else type(tree)(items)
    result = object.__new__(type(tree))
    for field, item in zip(dataclasses.fields(tree), items):
        object.__setattr__(result, field.name, item)
    return result


def map_leaves(f: Callable[[Path, Any], Any], tree: Any, path: Path = ()) -> Any:
    """Return a container with ``f(path, leaf)`` for each leaf, whether it is a float or not.

    Examples
    --------
    >>> map_leaves(lambda path, leaf: shown(path), {"a": (1.0, "text")})
    {'a': ("['a'][0]", "['a'][1]")}
    """
    parts = children(tree)
    if parts is None:
        return f(path, tree)
    return rebuilt(tree, [map_leaves(f, part, (*path, step)) for step, part in parts])


def tree_map(f: Callable[..., Any], tree: Any, *rest: Any) -> Any:
    """Return a container like `tree` with ``f(leaf, *others)`` for each of its float leaves.

    Parameters
    ----------
    f : callable
        A function of one leaf of `tree` and of what stands at the same place in each of `rest`.
    tree : container
        Nested tuples, NamedTuples, lists, dicts and dataclass instances; or a leaf. Leaves that are not floats
        pass through.
    rest : containers
        Containers with the parts of `tree`; at a float leaf of `tree` they may hold anything, and elsewhere
        too, such as the None that gradients have there.

    Raises
    ------
    ValueError
        A container of `rest` has other parts than that of `tree`.

    Examples
    --------
    >>> tree_map(lambda x: 2 * x, {"a": [1.0, 2.0], "n": 3})
    {'a': [2.0, 4.0], 'n': 3}
    >>> tree_map(lambda x, y: x + y, (1.0, None), (2.0, None))
    (3.0, None)
    >>> tree_map(lambda x, y: x + y, {"a": [1.0, 2.0]}, {"a": [1.0]})
    Traceback (most recent call last):
        ...
    ValueError: ['a'] has the parts [0], not [0, 1]
    """
    return _mapped(f, tree, rest, ())


def _mapped(f: Callable[..., Any], tree: Any, rest: tuple[Any, ...], path: Path) -> Any:
    parts = children(tree)
    if parts is None:
        return f(tree, *rest) if is_float_leaf(tree) else tree
    if not float_leaves(tree):  # a gradient may have one None for the whole of it
        return tree
    steps = [step for step, _ in parts]
    others = [_parts(other, steps, path) for other in rest]
    return rebuilt(
        tree,
        [_mapped(f, part, tuple(other[step] for other in others), (*path, step)) for step, part in parts],
    )


def _parts(other: Any, steps: list[Any], path: Path) -> dict[Any, Any]:
    """Return the parts of a container by their steps, which have to be `steps` in any order."""
    found = children(other)
    place = shown(path) or "the container"
    if found is None:
        raise ValueError(f"{place} is a {type(other).__name__}, not a container with the parts {steps}")
    parts = dict(found)
    if parts.keys() != set(steps):
        raise ValueError(f"{place} has the parts {list(parts)}, not {steps}")
    return parts


def zeros_like(tree: Any) -> Any:
    """Return a container with zeros of the same kind, shape and dtype in place of its float leaves.

    Examples
    --------
    >>> zeros_like({"w": np.ones((1, 2)), "b": 1.5, "n": 3})
    {'w': array([[0., 0.]]), 'b': 0.0, 'n': 3}
    """
    return tree_map(lambda leaf: np.zeros_like(leaf) if isinstance(leaf, np.ndarray) else type(leaf)(0), tree)


# Containers as vectors --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Slot:
    """The place of a float leaf in a flat array: the entries from `start` up to `stop`.

    Attributes
    ----------
    kind : type
        The type of the leaf; ``numpy.ndarray`` for every array.
    """

    start: int
    stop: int
    shape: tuple[int, ...]
    dtype: np.dtype
    kind: Any

    def take(self, flat: np.ndarray) -> Any:
        """Return the leaf that the entries of a flat array stand for, as a copy."""
        part = flat[self.start : self.stop]
        if np.iscomplexobj(part) and self.dtype.kind != "c":
            wrong = np.flatnonzero(part.imag)
            if wrong.size:
                raise ValueError(
                    f"entry {self.start + int(wrong[0])} has an imaginary part, but stands for a real number"
                )
            part = part.real
        if self.kind is np.ndarray:
            return part.astype(self.dtype).reshape(self.shape)
        if issubclass(self.kind, np.generic):
            return part.astype(self.dtype)[0]
        return self.kind(part[0].item())


class Unravel:
    """The inverse of `ravel_pytree`: a function from a flat array to a container. It can be pickled.

    Parameters
    ----------
    tree : container
        The container to rebuild. Its leaves that are not floats are kept; of float leaves, only the kind.
    """

    def __init__(self, tree: Any):
        self.size = 0

        def slot(path: Path, leaf: Any) -> Any:
            if not is_float_leaf(leaf):
                return leaf
            start, self.size = self.size, self.size + np.size(leaf)
            kind = np.ndarray if isinstance(leaf, np.ndarray) else type(leaf)
            return Slot(start, self.size, np.shape(leaf), np.asarray(leaf).dtype, kind)

        # The slots stand in a list, not in the container: a slot is a dataclass, hence a container itself.
        self._leaves = [slot(path, leaf) for path, leaf in leaves(tree)]
        self._skeleton = map_leaves(lambda path, leaf: None, tree)

    def __call__(self, flat: Any) -> Any:
        """Return the container that holds the entries of `flat`, a 1-d array of `size` entries."""
        flat = np.asarray(flat)
        if flat.shape != (self.size,):
            raise ValueError(f"the flat array has shape {flat.shape}, not ({self.size},)")
        values = iter(self._leaves)

        def leaf(path: Path, _: Any) -> Any:
            value = next(values)
            return value.take(flat) if isinstance(value, Slot) else value

        return map_leaves(leaf, self._skeleton)

    def __repr__(self) -> str:
        return f"<unravel: {self.size} entries to a {type(self._skeleton).__name__}>"


def ravel_pytree(tree: Any) -> tuple[np.ndarray, Unravel]:
    """Return all float leaves of a container as one flat array, and the way back.

    As in ``jax.flatten_util``.

    Parameters
    ----------
    tree : container
        Nested tuples, NamedTuples, lists, dicts and dataclass instances of floats and arrays.

    Returns
    -------
    flat : ndarray of shape (n,)
        The entries of all float leaves in order: dicts in order of insertion, arrays row by row. The dtype is
        that to which NumPy promotes the dtypes of the leaves, where Python floats have double precision; so
        nothing is lost.
    unravel : callable
        ``unravel(flat)`` returns a container like `tree`, with leaves of the same kind: a Python float stays
        one, arrays keep shape and dtype. Leaves that are not floats are those of `tree`. It raises ValueError
        if `flat` has another shape, or an imaginary part where the leaf is real. It can be pickled.

    Examples
    --------
    >>> flat, unravel = ravel_pytree(([1.0, np.array([2.0, 3.0])], "text", None))
    >>> flat
    array([1., 2., 3.])
    >>> unravel(flat + 1)
    ([2.0, array([3., 4.])], 'text', None)
    >>> unravel(np.ones(4))
    Traceback (most recent call last):
        ...
    ValueError: the flat array has shape (4,), not (3,)
    """
    arrays = [np.asarray(leaf) for _, leaf in float_leaves(tree)]
    if not arrays:
        return np.zeros(0), Unravel(tree)
    flat = np.concatenate([array.ravel() for array in arrays])
    return flat, Unravel(tree)
