"""Calls of functions that are known only at run time: they must not update what they get."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.errors import AmbiguousAlias
from s2sad.runtime import mapped


def undisturbed(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a function of which nothing is known; it must leave the arrays and lists that it gets as they are.

    >>> undisturbed(np.sum, np.ones(3))
    np.float64(3.0)
    """
    made: list[tuple[Any, list[Any]]] = []
    given = [guarded(arg, made) for arg in args]
    named = {name: guarded(value, made) for name, value in kwargs.items()}
    try:
        result = function(*given, **named)
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        raise update_by_unknown(function) from error
    for container, before in made:
        now = contents(container)
        if len(now) != len(before) or any(x is not y for x, y in zip(now, before, strict=True)):
            raise update_by_unknown(function)
    return result


def guarded(value: Any, made: list[tuple[Any, list[Any]]]) -> Any:
    """Return an array as a read-only view, and a container as a copy, noted in `made`, with such items."""
    if isinstance(value, np.ndarray):
        view = value.view()
        view.flags.writeable = False
        return view
    if isinstance(value, (tuple, list, dict)) or hasattr(type(value), "__dataclass_fields__"):
        copy = mapped(lambda x, _: guarded(x, made), value, value)
        made.append((copy, contents(copy)))
        return copy
    return value


def contents(container: Any) -> list[Any]:
    """List the items of a container, keys of a dict included, or the fields of a dataclass."""
    if isinstance(container, dict):
        return [*container.keys(), *container.values()]
    if isinstance(container, (tuple, list)):
        return list(container)
    return [getattr(container, name) for name in container.__dataclass_fields__]


def update_by_unknown(function: Any) -> AmbiguousAlias:
    """Return the error for a function that updates an argument, but is known only at run time."""
    name = getattr(function, "__name__", type(function).__name__)
    return AmbiguousAlias(
        f"`{name}`, which is known only at run time, updates an argument",
        None,
        "call it by name, or choose among functions with `if`",
    )
