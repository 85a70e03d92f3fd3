"""The table of transfer functions, and what they share: reading literals, dtypes by example, lengths.

A dtype is not derived from rules written down here a second time: the function itself is run, once, on
operands of one element, and the answer is remembered (`outcomes`). A `Form` is what an operand or result
looks like for that purpose, ``("python" | "scalar" | "0d" | "nd", code)``.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np

from s2sad.analysis.kinds import (
    NUMERIC,
    Array,
    Bottom,
    Constant,
    Dim,
    Kind,
    List,
    Scalar,
    Sym,
    Tuple,
    Unknown,
    dtype_of,
    highest,
)

Transfer = Callable[..., Kind]
Form = tuple[str, str]
Forms = frozenset[Form]

TABLE: dict[Any, Transfer] = {}
PYTHON = {"b1": bool, "i8": int, "f8": float, "c16": complex}
CODES = tuple(dict.fromkeys(np.dtype(char).str[1:] for char in "?bhilqBHILQefdgFDG"))
FALSE, TRUE = (Scalar("b1", True, value) for value in (False, True))
ZERO, ONE, TWO, LAST = (Scalar("i8", True, value) for value in (0, 1, 2, -1))
EMPTY, FIRST_TWO = Tuple(()), Tuple((ZERO, ONE))
ALL_FORMS: Forms = frozenset(
    [("python", code) for code in PYTHON] + [(tag, code) for tag in ("scalar", "0d", "nd") for code in CODES]
)


class Undecided(Exception):
    """A transfer function cannot tell; the result is Unknown."""


def transfer(*functions: Any) -> Callable[[Transfer], Transfer]:
    """Register the transfer function of `functions`: it receives and returns kinds, and may raise."""

    def register(row: Transfer) -> Transfer:
        for function in functions:
            TABLE[function] = row
        return row

    return register


# ---------------------------------------------------------------------------------------------- literals


def is_none(kind: Kind) -> bool:
    """Tell whether the argument is surely None; raise if it only may be."""
    if isinstance(kind, Constant):
        return kind.value is None
    if isinstance(kind, Unknown):
        raise Undecided
    return False


def integer(kind: Kind) -> int:
    """Return the value of a known integer."""
    if isinstance(kind, Scalar) and isinstance(kind.value, int):
        return int(kind.value)
    raise Undecided


flag = integer  # a known bool


def lengths(kind: Kind) -> tuple[Dim, ...] | None:
    """Return the dims that a shape argument spells, None where even their number is unknown."""
    if isinstance(kind, Scalar):
        return (kind.value,)
    if isinstance(kind, Tuple) and all(isinstance(item, Scalar) for item in kind.items):
        return tuple(item.value for item in kind.items)
    return None


def given_out(out: Kind) -> None:
    """Raise if there is an argument `out`: the result is then that very array."""
    if out != Constant(None):
        raise TypeError("out")


def axis_of(axis: Kind, ndim: int) -> int:
    value = integer(axis)
    if not -ndim <= value < ndim:
        raise Undecided
    return value % ndim


def axes_of(axis: Kind, ndim: int) -> tuple[int, ...]:
    """Return the axes that an `axis` argument names: one, several, or with None all of them."""
    if is_none(axis):
        return tuple(range(ndim))
    if isinstance(axis, Tuple):
        return tuple(axis_of(item, ndim) for item in axis.items)
    return (axis_of(axis, ndim),)


def dtype_named(kind: Kind, default: str | None) -> str | None:
    """Return the code that a `dtype` argument spells, `default` for None, None if it is not known."""
    if not isinstance(kind, Constant):
        return None
    if kind.value is None:
        return default
    code = np.dtype(kind.value).str[1:]
    if code not in CODES:
        raise Undecided
    return code


# ----------------------------------------------------------------------------------------------- lengths


def least(dim: Dim) -> float:
    """Return a lower bound of a length."""
    return max(0, lower(dim))


def lower(value: Dim) -> float:
    """Return a lower bound of the value of an integer, which may be negative."""
    if isinstance(value, Sym):
        return -math.inf if value.free else value.offset + 2 * value.big
    return -math.inf if value is None else value


def value_of(dim: Dim) -> Dim:
    """Return a length as the value of an integer, which is not clamped at 0 as a symbolic length is."""
    return None if lower(dim) < 0 else dim


def shift(dim: Dim, by: int) -> Dim:
    """Return the length ``max(0, dim + by)``."""
    if dim is None or (by > 0 and value_of(dim) is None):
        return None
    return dim + by if isinstance(dim, Sym) else max(0, dim + by)


def total(dims: Iterable[Dim]) -> Dim:
    """Return the product of lengths; known for at most one symbol."""
    result: Dim = 1
    for dim in dims:
        if result == 1 or dim == 0:
            result = dim
        elif dim != 1 and result != 0:
            result = result * dim if isinstance(result, int) and isinstance(dim, int) else None
            if result is None:
                break
    return result


def add_lengths(dims: Sequence[Dim]) -> Dim:
    """Return the sum of lengths; known for at most one symbol."""
    symbols = [dim for dim in dims if not isinstance(dim, int)]
    if not symbols:
        return sum(dims)
    return shift(symbols[0], sum(dim for dim in dims if isinstance(dim, int))) if len(symbols) == 1 else None


def agree(m: Dim, n: Dim) -> Dim:
    """Return the better known of two lengths that must be equal for the program to run."""
    if isinstance(m, int) or n is None:
        return m
    return n if isinstance(n, int) or m is None else m


# ------------------------------------------------------------------------------------------------ dtypes


def as_array(kind: Kind) -> Array:
    """Return what `np.asarray` makes of a value; lists are taken not to be empty."""
    if isinstance(kind, Array):
        return kind
    if isinstance(kind, Scalar):
        return Array(dtype_of(kind), ())
    if isinstance(kind, Unknown):
        return NUMERIC
    if isinstance(kind, List):
        if isinstance(kind.item, Bottom):
            return Array("f8", (None,))
        item = as_array(kind.item)
        return Array(item.dtype, None if item.shape is None else (None, *item.shape))
    if isinstance(kind, Tuple):
        if not kind.items:
            return Array("f8", (0,))
        items = [as_array(item) for item in kind.items]
        dtype = promoted(items)
        shape = items[0].shape
        for item in items[1:]:
            if shape is None or item.shape is None:
                shape = None
                break
            if len(shape) != len(item.shape):
                raise Undecided
            shape = tuple(map(agree, shape, item.shape))
        return Array(dtype, None if shape is None else (len(items), *shape))
    raise Undecided


def promoted(arrays: Iterable[Array]) -> str | None:
    """Return the dtype that arrays are brought to when they are put together."""
    codes = {array.dtype for array in arrays}
    return None if None in codes else np.result_type(*codes).str[1:]


def forms(kind: Kind) -> Forms:
    """Return what an operand of this kind may look like."""
    if isinstance(kind, Scalar):
        if not kind.mixed:
            codes: tuple[str, ...] = (kind.dtype,)
        elif kind.dtype == "c16":
            codes = CODES
        else:
            codes = tuple(code for code in CODES if np.result_type(code, kind.dtype).str[1:] == kind.dtype)
        tags = ("python",) if kind.python else ("scalar",) if kind.python is False else ("python", "scalar")
        return frozenset((tag, code) for tag in tags for code in codes if tag == "scalar" or code in PYTHON)
    array = as_array(kind)
    codes = CODES if array.dtype is None else (array.dtype,)
    if array.shape is not None:
        return frozenset(("nd" if array.shape else "0d", code) for code in codes)
    return frozenset(form for form in ALL_FORMS if form[1] in codes)


def sample(form: Form, ndim: int) -> Any:
    tag, code = form
    if tag == "python":
        return PYTHON[code](1)
    return np.dtype(code).type(1) if tag == "scalar" else np.ones((1,) * ndim if tag == "nd" else (), code)


def form_of(value: Any) -> Form:
    if type(value) in (bool, int, float, complex):
        return ("python", {bool: "b1", int: "i8", float: "f8", complex: "c16"}[type(value)])
    if isinstance(value, np.generic):
        tag = "scalar"
    elif isinstance(value, np.ndarray):
        tag = "nd" if value.ndim else "0d"
    else:
        raise Undecided
    code = value.dtype.str[1:]
    if code not in CODES:
        raise Undecided
    return (tag, code)


@cache
def outcomes(
    function: Callable[..., Any], operands: tuple[Forms, ...], ndim: int = 1, part: int | None = None
) -> Forms:
    """Return what results look like, by running `function` on every choice of one-element operands."""
    if math.prod(map(len, operands)) > 4000:
        return ALL_FORMS
    found = set()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for choice in itertools.product(*operands):
            try:
                value = function(*(sample(form, ndim) for form in choice))
            except (ArithmeticError, TypeError, ValueError, AttributeError, np.linalg.LinAlgError):
                continue  # the program stops there too
            found.add(form_of(value if part is None else value[part]))
    return frozenset(found)


def dtype_by_example(
    function: Callable[..., Any], *arrays: Array, ndim: int = 1, part: int | None = None
) -> str | None:
    """Return the dtype of ``function(*arrays)``, None if the dtypes of the arrays leave it open."""
    operands = tuple(
        frozenset(("nd", code) for code in (CODES if array.dtype is None else (array.dtype,)))
        for array in arrays
    )
    codes = {code for _, code in outcomes(function, operands, ndim, part)}
    if not codes:
        raise Undecided
    return codes.pop() if len(codes) == 1 else None


def of_forms(found: Forms, shape: tuple[Dim, ...] | None) -> Kind:
    """Return the kind of a result of this shape that looks like one of `found`."""
    tags, codes = {tag for tag, _ in found}, {code for _, code in found}
    if not codes:
        raise Undecided
    dtype = next(iter(codes)) if len(codes) == 1 else None
    if shape == () and tags <= {"python", "scalar"}:
        code = highest(*sorted(codes)) if dtype is None else dtype
        return Scalar(code, tags == {"python"} if len(tags) == 1 else None, None, dtype is None)
    if shape == () and tags != {"0d"}:
        return Array(dtype, None)
    return Array(dtype, shape)
