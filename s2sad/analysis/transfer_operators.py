"""Transfer functions of the operators: numbers of Python, arrays, and sequences."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from types import EllipsisType
from typing import Any

import numpy as np

from s2sad.analysis.kinds import (
    BOOL,
    UNKNOWN,
    Array,
    Constant,
    Dict,
    Dim,
    Kind,
    List,
    Matrix,
    Object,
    Scalar,
    Slice,
    Sym,
    Tuple,
    broadcast_shapes,
    dtype_of,
    join,
    numeric,
    shape_of,
    spelled,
)
from s2sad.analysis.transfer_base import (
    FALSE,
    Form,
    Transfer,
    Undecided,
    as_array,
    dtype_by_example,
    forms,
    lower,
    of_forms,
    outcomes,
    transfer,
)

COMPARISONS = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)


def known_bool(value: bool | None) -> Kind:
    return BOOL if value is None else Scalar("b1", True, bool(value))


def elementwise(function: Callable[..., Any], *operands: Kind) -> Kind:
    """Return the kind of a function that works element by element and broadcasts."""
    found = outcomes(function, tuple(map(forms, operands)))
    return of_forms(found, broadcast_shapes([shape_of(as_array(kind)) for kind in operands]))


def of_ufunc(function: np.ufunc, operands: tuple[Kind, ...]) -> Kind:
    if function.signature is not None or len(operands) != function.nin:
        raise Undecided
    if function.nout == 1:
        return elementwise(function, *operands)
    shape = broadcast_shapes([shape_of(as_array(kind)) for kind in operands])
    choices = tuple(map(forms, operands))
    return Tuple(tuple(of_forms(outcomes(function, choices, 1, i), shape) for i in range(function.nout)))


# ------------------------------------------------------------------------------------- values of integers


def bounds_of_difference(a: Dim, b: Dim) -> tuple[float, float]:
    """Return bounds of ``a - b`` for two values."""
    if isinstance(a, Sym) and isinstance(b, Sym):
        exact = a.offset - b.offset
        return (exact, exact) if a.name == b.name else (-math.inf, math.inf)
    if isinstance(a, Sym):
        return lower(a) - b, math.inf
    return (-math.inf, a - lower(b)) if isinstance(b, Sym) else (a - b, a - b)


def compare_values(function: Callable[..., Any], a: Dim, b: Dim) -> bool | None:
    """Return the result of comparing two values, None if it is not known."""
    if a is None or b is None:
        return None
    low, high = bounds_of_difference(a, b)
    if function in (operator.eq, operator.ne):
        equal = True if low == high == 0 else False if low > 0 or high < 0 else None
        return equal if equal is None or function is operator.eq else not equal
    at_low, at_high = function(low, 0), function(high, 0)
    return at_low if at_low == at_high else None


SIGNS = {operator.add: "+", operator.sub: "-", operator.mul: "*", operator.floordiv: "//", operator.mod: "%"}


def fold(function: Callable[..., Any], a: Any, b: Any) -> Any:
    """Return the value of an arithmetic operation on the values of two Python integers, or None."""
    if a is None or b is None:
        return None
    if isinstance(a, int) and isinstance(b, int):
        if function in (operator.pow, operator.lshift) and (abs(a) > 2**31 or not 0 <= b <= 64):
            return None
        value = function(a, b)
        return value if isinstance(value, int) else None
    if function is operator.add and isinstance(a, int) != isinstance(b, int):
        return a + b if isinstance(a, Sym) else b + a
    if function is operator.sub and isinstance(a, Sym):
        if isinstance(b, int):
            return a + -b
        if a.name == b.name:
            return a.offset - b.offset
    if function is operator.mul and (isinstance(a, int) or isinstance(b, int)) and {a, b} & {0, 1}:
        return a if b == 1 else b if a == 1 else 0
    sign = SIGNS.get(function)
    return None if sign is None else spelled(f"({operand(a)}{sign}{operand(b)})", free=True)


def operand(value: int | Sym) -> str:
    """Return the text of an operand, in parentheses where it is not a single number or name."""
    plain = not value.offset if isinstance(value, Sym) else value >= 0
    return str(value) if plain else f"({value})"


def numeric_binary(function: Callable[..., Any], a: Kind, b: Kind) -> Kind:
    result = elementwise(function, a, b)
    if isinstance(a, Scalar) and isinstance(b, Scalar) and a.python and b.python:
        if function in COMPARISONS:
            return known_bool(compare_values(function, a.value, b.value))
        if isinstance(result, Scalar) and result.dtype in ("i8", "b1"):
            return Scalar(result.dtype, True, fold(function, a.value, b.value), result.mixed)
    return result


# ------------------------------------------------------------------------------------------- arithmetic


def is_sequence(kind: Kind) -> bool:
    return isinstance(kind, List) or (isinstance(kind, Tuple) and kind.type.__add__ is tuple.__add__)


def binary(function: Callable[..., Any], a: Kind, b: Kind) -> Kind:
    """Return the kind of an arithmetic operation or comparison, as an operator."""
    if isinstance(a, Matrix) or isinstance(b, Matrix):
        return with_matrix(function, a, b)
    numeric = [isinstance(kind, (Scalar, Array)) for kind in (a, b)]
    if all(numeric):
        return numeric_binary(function, a, b)
    for kind, other in ((a, b), (b, a)):
        if isinstance(kind, Array) and kind.shape is not None and isinstance(other, (List, Tuple)):
            return elementwise(function, a, b)
    if function is operator.add and is_sequence(a) and is_sequence(b):
        if isinstance(a, Tuple) and isinstance(b, Tuple):
            return Tuple(a.items + b.items)
        return List(join(a.item, b.item)) if isinstance(a, List) and isinstance(b, List) else UNKNOWN
    if function is operator.mul and any(map(is_sequence, (a, b))):
        items, times = (a, b) if is_sequence(a) else (b, a)
        if not isinstance(times, Scalar) or not times.python:
            return UNKNOWN
        if isinstance(items, List):
            return items
        if type(times.value) is int and times.value <= 64:
            return Tuple(items.items * times.value)
        return UNKNOWN
    return UNKNOWN


def with_matrix(function: Callable[..., Any], a: Kind, b: Kind) -> Kind:
    """Return the kind of an operation of which an operand is a `Matrix`: mostly a matrix, or an array."""
    if not all(isinstance(kind, (Matrix, Array, Scalar)) for kind in (a, b)):
        return UNKNOWN
    dtypes = [kind.dtype if isinstance(kind, Matrix) else dtype_of(kind) for kind in (a, b)]
    shapes = [kind.shape if isinstance(kind, Matrix) else shape_of(kind) for kind in (a, b)]
    dtype = None if None in dtypes else np.result_type(*dtypes).str[1:]
    matrices = [kind for kind in (a, b) if isinstance(kind, Matrix)]
    form, alone = matrices[0].form, len(matrices) == 1
    if any(kind.form != form for kind in matrices):
        return UNKNOWN
    if () in shapes:
        by_number = function is operator.mul or (function is operator.truediv and isinstance(a, Matrix))
        return (
            Matrix(dtype if dtype in ("f8", "c16") else None, matrices[0].shape, form)
            if by_number
            else UNKNOWN
        )
    if function is not operator.matmul and any(isinstance(x, Array) and x.shape is None for x in (a, b)):
        return UNKNOWN  # it may be a number
    if function is operator.matmul or (function is operator.mul and form != "array"):
        if None in shapes:
            return Array(dtype, None) if alone else Matrix(dtype, None, form)
        found = as_array(matmul_kind(*(Array("f8", shape) for shape in shapes)))
        return numeric(dtype, found.shape) if alone else Matrix(dtype, found.shape, form)
    if function in (operator.add, operator.sub):
        if not alone:
            return Matrix(dtype, shapes[0], form)
        return Array(dtype, broadcast_shapes(shapes)) if form == "array" else UNKNOWN
    return UNKNOWN


def arithmetic(function: Callable[..., Any]) -> Transfer:
    def row(a: Kind, b: Kind, /) -> Kind:
        if function is operator.add and all(is_text(kind) for kind in (a, b)):
            return Constant(a.value + b.value)
        return binary(function, a, b)

    return row


def in_place(
    function: Callable[..., Any], plain: Callable[[Kind, Kind], Kind]
) -> Callable[[Kind, Kind], Kind]:
    """Return the row of an augmented assignment: an array stays itself, other things are as without."""

    def row(a: Kind, b: Kind, /) -> Kind:
        if isinstance(a, Array) and a.shape is not None:
            return a
        if isinstance(a, Array):
            result = plain(a, b)
            return Array(a.dtype if dtype_of(result) == a.dtype else None, None)
        if isinstance(a, List) and function is operator.add:
            if isinstance(b, List):
                return List(join(a.item, b.item))
            if isinstance(b, Tuple):
                item = a.item
                for kind in b.items:
                    item = join(item, kind)
                return List(item)
            return UNKNOWN
        return plain(a, b)

    return row


def raised(exponent: float) -> Callable[[Any, Any], Any]:
    """Return the example of raising to this power, given an exponent of the right type."""

    def example(x: Any, y: Any) -> Any:
        return x ** (np.full_like(y, exponent) if isinstance(y, np.ndarray) else type(y)(exponent))

    return example


# NumPy has shortcuts for some exponents, with dtypes of their own; 3 stands for the rest.
RAISED = {exponent: raised(exponent) for exponent in (-1, 0, 0.5, 1, 2, 3)}


def power(a: Kind, b: Kind, /) -> Kind:
    """``a ** b``: Python's numbers leave their type for negative bases or exponents."""
    if isinstance(a, Matrix) and isinstance(b, Scalar):
        return Matrix(None, a.shape, a.form)
    result = binary(operator.pow, a, b)
    if not all(isinstance(kind, (Scalar, Array)) for kind in (a, b)):
        return result
    left, right = forms(a), forms(b)
    known = b.value if isinstance(b, Scalar) and isinstance(b.value, int) else None
    found: set[Form] = set()
    for exponent in RAISED if known is None else [max(-1, min(3, known))]:
        found |= outcomes(RAISED[exponent], (left, right))
    base, exponent = (lower(kind.value) if isinstance(kind, Scalar) else -math.inf for kind in (a, b))
    if ("python", "f8") in right and left & {("python", "f8"), ("python", "i8")} and base < 0:
        found.add(("python", "c16"))
    if left & {("python", "i8"), ("python", "b1")} and ("python", "i8") in right and exponent < 0:
        found.add(("python", "f8"))
        if known is not None:
            found.discard(("python", "i8"))
    if found == outcomes(operator.pow, (left, right)):
        return result
    return of_forms(frozenset(found), broadcast_shapes([shape_of(a), shape_of(b)]))


ARITHMETIC = ("add sub mul truediv floordiv mod and_ or_ xor lshift rshift").split()
for name in ARITHMETIC:
    plain = getattr(operator, name)
    row = transfer(plain)(arithmetic(plain))
    transfer(getattr(operator, "i" + name.rstrip("_")))(in_place(plain, row))
transfer(operator.pow)(power)
transfer(operator.ipow)(in_place(operator.pow, power))


def unary(function: Callable[..., Any]) -> Callable[[Kind], Kind]:
    def row(a: Kind, /) -> Kind:
        if isinstance(a, Matrix) and function in (operator.neg, operator.pos):
            return a
        if not isinstance(a, (Scalar, Array)):
            return UNKNOWN
        result = elementwise(function, a)
        if isinstance(a, Scalar) and isinstance(result, Scalar) and result.dtype == "i8" and a.python:
            value = a.value if function is operator.pos else None
            return Scalar("i8", True, function(a.value) if isinstance(a.value, int) else value, result.mixed)
        return result

    return row


for function in (operator.neg, operator.pos, operator.abs, operator.invert, abs):
    transfer(function)(unary(function))


# -------------------------------------------------------------------------------- matrix multiplication


def matmul_kind(a: Kind, b: Kind) -> Kind:
    x, y = as_array(a), as_array(b)
    dtype = dtype_by_example(np.matmul, x, y)
    if x.shape is None or y.shape is None:
        return Array(dtype, None)
    if not x.shape or not y.shape:
        raise Undecided
    rows = x.shape[-2:-1]
    columns = y.shape[-1:] if len(y.shape) > 1 else ()
    batch = broadcast_shapes([x.shape[:-2], y.shape[:-2]])
    shape = (*batch, *rows, *columns)
    return numeric(dtype, shape)


@transfer(operator.matmul)
def matmul_operator(a: Kind, b: Kind, /) -> Kind:
    if isinstance(a, Matrix) or isinstance(b, Matrix):
        return with_matrix(operator.matmul, a, b)
    if not any(isinstance(kind, Array) for kind in (a, b)):
        return UNKNOWN
    if not all(isinstance(kind, (Array, List, Tuple)) for kind in (a, b)):
        return UNKNOWN
    return matmul_kind(a, b)


transfer(operator.imatmul)(in_place(operator.matmul, matmul_operator))


# ------------------------------------------------------------------------------- comparisons and truth


def is_text(kind: Kind) -> bool:
    return isinstance(kind, Constant) and isinstance(kind.value, str)


PLAIN = (str, bytes, type(None), np.dtype, EllipsisType)


def is_plain(kind: Kind) -> bool:
    """Tell whether this is a constant whose comparison runs no code that we do not know."""
    return isinstance(kind, Constant) and (isinstance(kind.value, PLAIN) or type(kind.value) is type)


def comparison(function: Callable[..., Any]) -> Transfer:
    def row(a: Kind, b: Kind, /) -> Kind:
        if is_plain(a) and is_plain(b):
            return known_bool(function(a.value, b.value))
        equality = function in (operator.eq, operator.ne)
        for kind, other in ((a, b), (b, a)):
            if equality and is_plain(kind) and (isinstance(other, Scalar) and other.python):
                return known_bool(function is operator.ne) if kind.value is None else BOOL
        if (isinstance(a, List) and isinstance(b, List)) or (is_plain_tuple(a) and is_plain_tuple(b)):
            return BOOL
        return binary(function, a, b)

    return row


def is_plain_tuple(kind: Kind) -> bool:
    return isinstance(kind, Tuple) and kind.type.__eq__ is tuple.__eq__ and kind.type.__lt__ is tuple.__lt__


for function in COMPARISONS:
    transfer(function)(comparison(function))


def identity(a: Kind, b: Kind) -> bool | None:
    """Return ``a is b`` where the kinds decide it."""
    if isinstance(a, Constant) and isinstance(b, Constant):
        unique = any(k.value is None or k.value is Ellipsis or isinstance(k.value, type) for k in (a, b))
        return a.value is b.value if unique else None
    for kind, other in ((a, b), (b, a)):
        if isinstance(kind, Constant) and (kind.value is None or kind.value is Ellipsis):
            if isinstance(other, (Scalar, Array, Tuple, List, Dict, Object, Slice)):
                return False
    return None


@transfer(operator.is_)
def is_(a: Kind, b: Kind, /) -> Kind:
    return known_bool(identity(a, b))


@transfer(operator.is_not)
def is_not(a: Kind, b: Kind, /) -> Kind:
    same = identity(a, b)
    return known_bool(None if same is None else not same)


def truth_of(kind: Kind) -> bool | None:
    """Return ``bool(value)`` where the kind decides it."""
    if isinstance(kind, Scalar):
        return compare_values(operator.ne, kind.value, 0)
    if is_plain(kind):
        return bool(kind.value)
    if isinstance(kind, Tuple) and not hasattr(kind.type, "__bool__") and kind.type.__len__ is tuple.__len__:
        return bool(kind.items)
    if isinstance(kind, Dict) and kind.keys is not None:
        return bool(kind.keys)
    return None


@transfer(operator.truth, bool)
def truth(a: Kind = FALSE, /) -> Kind:
    return known_bool(truth_of(a))


@transfer(operator.not_)
def not_(a: Kind, /) -> Kind:
    value = truth_of(a)
    return known_bool(None if value is None else not value)


@transfer(operator.contains)
def contains(a: Kind, b: Kind, /) -> Kind:
    if is_text(a) and is_text(b):
        return known_bool(b.value in a.value)
    if isinstance(a, Dict) and a.keys is not None and is_text(b):
        return known_bool(b.value in a.keys)
    if isinstance(b, Scalar) and isinstance(b.value, int) and isinstance(a, (Tuple, Dict)):
        if isinstance(a, Dict):
            return BOOL if a.keys is None else known_bool(b.value in a.keys)
        if all(isinstance(item, Scalar) and isinstance(item.value, int) for item in a.items):
            return known_bool(any(item.value == b.value for item in a.items))
    return BOOL
