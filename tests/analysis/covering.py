"""Whether a kind is right about a value; the kinds of literals; kinds that know less."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from s2sad.analysis.kinds import (
    BOTTOM,
    NUMERIC,
    UNKNOWN,
    Array,
    Bottom,
    Constant,
    Dict,
    Kind,
    List,
    Matrix,
    Object,
    Scalar,
    Shapes,
    Slice,
    Sym,
    Tuple,
    Unknown,
    highest,
    join,
    kind_of,
)

PYTHON = {bool: "b1", int: "i8", float: "f8", complex: "c16"}


def literal(value: Any, shapes: Shapes | None = None) -> Kind:
    """Return the kind of a value that stands in the program's text: integers are known."""
    if type(value) in (int, bool):
        return Scalar(PYTHON[type(value)], True, value)
    if type(value) is tuple:
        return Tuple(tuple(literal(item, shapes) for item in value))
    if type(value) is slice:
        return Slice(literal(value.start), literal(value.stop), literal(value.step))
    if type(value) is list:
        item: Kind = BOTTOM
        for element in value:
            item = join(item, literal(element, shapes))
        return List(item)
    return kind_of(value, shapes)


def symbol(value: Sym, lengths: dict[str, int]) -> int:
    """Return what a symbol stands for, where its name may spell a computation.

    >>> symbol(Sym("(n*2)", 1), {"n": 3}), symbol(Sym("[n-1:(n//2)::2]"), {"n": 7})
    (7, 2)
    """
    text = value.name
    while "[" in text:
        text = re.sub(r"\[([^\[\]]*)\]", sliced, text)
    return eval(text, {"length": length}, lengths) + value.offset


def sliced(match: re.Match) -> str:
    return f"length({', '.join(part or 'None' for part in match[1].split(':'))})"


def length(n: int, start: int | None, stop: int | None, step: int | None) -> int:
    return len(range(max(0, n))[start:stop:step])


def dtype_of_value(value: Any) -> str:
    return PYTHON.get(type(value)) or value.dtype.str[1:]


def covers_scalar(kind: Scalar, value: Any, lengths: dict[str, int]) -> bool:
    of_python = type(value) in PYTHON
    if (not of_python and not isinstance(value, np.generic)) or kind.python not in (None, of_python):
        return False
    code = dtype_of_value(value)
    if kind.mixed:
        return kind.dtype == "c16" or highest(code, kind.dtype) == kind.dtype
    if code != kind.dtype:
        return False
    if kind.value is None:
        return True
    known = symbol(kind.value, lengths) if isinstance(kind.value, Sym) else kind.value
    return known == value and isinstance(value, (bool, np.bool)) == (kind.dtype == "b1")


def covers_array(kind: Array, value: Any, lengths: dict[str, int]) -> bool:
    if not isinstance(value, (np.ndarray, np.generic, *PYTHON)):
        return False
    if kind.dtype is not None and dtype_of_value(value) != kind.dtype:
        return False
    if kind.shape is None:
        return True
    if type(value) is not np.ndarray or len(value.shape) != len(kind.shape):
        return False
    for dim, n in zip(kind.shape, value.shape):
        if (isinstance(dim, Sym) and max(0, symbol(dim, lengths)) != n) or (
            isinstance(dim, int) and dim != n
        ):
            return False
    return True


def covers_matrix(kind: Matrix, value: Any, lengths: dict[str, int]) -> bool:
    found = kind_of(value)
    if not isinstance(found, Matrix) or kind.form != found.form or kind.dtype not in (None, found.dtype):
        return False
    return covers_array(Array(None, kind.shape), np.empty(value.shape), lengths)


def covers(kind: Kind, value: Any, lengths: dict[str, int]) -> bool:
    """Tell whether `value` is one of the values that `kind` stands for, where symbols have these lengths."""
    if isinstance(kind, Unknown):
        return True
    if isinstance(kind, Bottom):
        return False
    if isinstance(kind, Scalar):
        return covers_scalar(kind, value, lengths)
    if isinstance(kind, Array):
        return covers_array(kind, value, lengths)
    if isinstance(kind, Matrix):
        return covers_matrix(kind, value, lengths)
    if isinstance(kind, Tuple):
        right = type(value) is kind.type and len(value) == len(kind.items)
        return right and all(covers(k, v, lengths) for k, v in zip(kind.items, value))
    if isinstance(kind, List):
        return type(value) is list and all(covers(kind.item, item, lengths) for item in value)
    if isinstance(kind, Dict):
        if type(value) is not dict:
            return False
        if kind.keys is None:
            return all(covers(kind.items[0], item, lengths) for item in value.values())
        right = tuple(value) == kind.keys
        return right and all(covers(k, v, lengths) for k, v in zip(kind.items, value.values()))
    if isinstance(kind, Slice):
        ends = zip((kind.start, kind.stop, kind.step), (value.start, value.stop, value.step))
        return type(value) is slice and all(covers(k, v, lengths) for k, v in ends)
    if isinstance(kind, Object):
        if type(value) is not kind.type:
            return False
        if kind.type in (zip, enumerate) and kind.items:
            return all(covers(kind.items[0], item, lengths) for item in value)
        return all(covers(k, getattr(value, name), lengths) for name, k in zip(kind.names, kind.items))
    return isinstance(kind, Constant) and kind == Constant(value)


VAGUE = ("", "dtype", "lengths", "shape", "scalar", "python", "number", "all")


def vaguer(kind, how):
    """Return a kind that knows less."""
    if how == "dtype" and isinstance(kind, Array):
        return Array(None, kind.shape)
    if how == "lengths" and isinstance(kind, Array) and kind.shape is not None:
        return Array(kind.dtype, (None,) * len(kind.shape))
    if how == "shape" and isinstance(kind, Array):
        return Array(kind.dtype, None)
    if how == "scalar" and isinstance(kind, Scalar):
        return join(kind, Scalar("f4"))
    if how == "python" and isinstance(kind, Scalar):
        return Scalar(kind.dtype, None)
    if how == "number" and isinstance(kind, (Array, Scalar)):
        return NUMERIC
    return UNKNOWN if how == "all" else kind


def name_of(item):
    return getattr(item, "__name__", "") if callable(item) else "x"
