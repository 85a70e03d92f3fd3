"""Tangents and cotangents as callers give them: they must have the structure and shapes of what they belong to.

>>> fitted([1, 2], np.zeros(2), "the tangent of `x`")
array([1., 2.])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.errors import ArgumentTypeError
from s2sad.trees import at, children, float_leaves, is_float_leaf, leaves, map_leaves, shown


def fitted(given: Any, like: Any, what: str) -> Any:
    """Return a direction in the form of the value that it belongs to.

    Parameters
    ----------
    given : container
        Numbers and arrays in the structure of `like`. None stands for zeros; at leaves that are not floats
        anything goes.
    like : container
        The value that the direction belongs to.
    what : str
        What the direction is, for messages.

    Returns
    -------
    container
        Each leaf has the type, shape and dtype of that of `like`; None at leaves that are not floats.

    Raises
    ------
    ArgumentTypeError
        The structures or shapes differ, or a complex number is given for a real one.
    """

    def leaf(path: tuple, value: Any) -> Any:
        if not is_float_leaf(value) and not is_array_of_a_library(value):
            return None
        try:
            found = at(given, path) if given is not None else None
        except (LookupError, AttributeError, TypeError):
            raise mismatch(what, f"has no part {shown(path)}") from None
        return fitted_leaf(found, value, f"{what}{' at ' + shown(path) if path else ''}")

    if given is not None and children(like) is not None:
        check_structure(given, like, what)
    return map_leaves(leaf, like)


def fitted_tangents(
    tangents: Sequence[Any], primals: Sequence[Any], active: Sequence[int], of: str = ""
) -> list[Any]:
    """Return the tangents of the arguments that vary, in their form; the others hold no floats, or have None.

    Raises
    ------
    ArgumentTypeError
        A tangent does not fit, or one that is not zero is given for an argument without floats.
    """
    for i, (tangent, primal) in enumerate(zip(tangents, primals, strict=True)):
        holds_floats = float_leaves(primal) or any(is_array_of_a_library(leaf) for _, leaf in leaves(primal))
        if not holds_floats and any(is_nonzero(leaf) for _, leaf in leaves(tangent)):
            raise ArgumentTypeError(
                f"argument {i}{of} holds no floats: it has no tangent",
                None,
                "use float(), or give None",
            )
    return [fitted(tangents[i], primals[i], f"the tangent of argument {i}") for i in active]


def is_nonzero(leaf: Any) -> bool:
    """Tell whether a part of a direction is numbers that are not all 0, or a sparse matrix."""
    if isinstance(leaf, (int, float, complex, np.number, np.bool_, np.ndarray)):
        return bool(np.any(leaf))
    return k.matrix_kind(leaf, k.Shapes()) is not None


def is_array_of_a_library(x: Any) -> bool:
    """Tell whether a value is an array of floats that is not NumPy's: of another library that can be followed."""
    cls = type(x)
    if isinstance(x, (np.ndarray, np.generic)) or not (hasattr(cls, "__array_function__") or cls in k.NAMED):
        return False
    return getattr(getattr(x, "dtype", None), "kind", "") in ("f", "c")


def check_structure(given: Any, like: Any, what: str) -> None:
    """Refuse a container with more, or other, parts than the value has."""
    parts = children(like)
    if parts is None or given is None or not float_leaves(like):
        return
    found = children(given)
    if found is None or type(given) is not type(like):
        raise mismatch(what, f"is a {type(given).__name__}, not a {type(like).__name__}")
    if {step for step, _ in found} != {step for step, _ in parts}:
        raise mismatch(what, f"has the parts {[s for s, _ in found]}, not {[s for s, _ in parts]}")
    for step, part in parts:
        check_structure(dict(found)[step], part, f"{what} at {shown((step,))}")


def fitted_leaf(given: Any, like: Any, what: str) -> Any:
    if type(like) in k.NAMED:
        return fitted_to_named(given, like, what)
    if is_array_of_a_library(like):
        return fitted_to_library(given, like, what)
    if given is None:
        return np.zeros_like(like) if isinstance(like, np.ndarray) else type(like)(0)
    if isinstance(given, np.ndarray) and isinstance(like, np.ndarray):
        if given.shape == like.shape and given.dtype == like.dtype:
            return given
    array = np.asarray(given)
    if array.dtype.kind not in "biufc":
        raise mismatch(what, f"is a {type(given).__name__}, not a number")
    if array.shape != np.shape(like):
        raise mismatch(what, f"has the shape {array.shape}, not {np.shape(like)}")
    if array.dtype.kind == "c" and not np.iscomplexobj(like):
        raise mismatch(what, "is complex, and belongs to a real number")
    if isinstance(like, np.ndarray):
        return array.astype(like.dtype)
    return type(like)(array[()])


def fitted_to_library(given: Any, like: Any, what: str) -> Any:
    """Return a direction as it is: an array of the same library, or one of NumPy's, with which that calculates."""
    if given is None:
        return np.zeros_like(like)
    shape = given.shape if is_array_of_a_library(given) else np.shape(given)
    if shape != like.shape:
        raise mismatch(what, f"has the shape {shape}, not {like.shape}")
    return given


def fitted_to_named(given: Any, like: Any, what: str) -> Any:
    """Return a direction of an array with named axes: one with the same axes, or an array of the same shape."""
    if isinstance(given, type(like)):
        if given.dims != like.dims:
            raise mismatch(what, f"has the axes {given.dims}, not {like.dims}")
        given = given.values
    return k.NAMED[type(like)](like, values=fitted_leaf(given, like.values, what))


def mismatch(what: str, how: str) -> ArgumentTypeError:
    return ArgumentTypeError(
        f"{what} {how}", None, "tangents and cotangents are like the values they belong to"
    )
