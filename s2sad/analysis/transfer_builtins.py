"""Transfer functions of Python's builtins, `math` and `cmath`."""

from __future__ import annotations

import cmath
import itertools
import math
import operator
from abc import ABCMeta
from types import UnionType

import numpy as np

from s2sad.analysis.kinds import (
    BOOL,
    BOTTOM,
    FLOAT,
    INT,
    NONE,
    UNKNOWN,
    Array,
    Bottom,
    Constant,
    Dict,
    Kind,
    List,
    Object,
    Scalar,
    Slice,
    Tuple,
    Unknown,
    dtype_of,
    join,
)
from s2sad.analysis.transfer_base import (
    CODES,
    EMPTY,
    PYTHON,
    TABLE,
    ZERO,
    Undecided,
    as_array,
    forms,
    is_none,
    least,
    of_forms,
    outcomes,
    transfer,
    value_of,
)
from s2sad.analysis.transfer_indexing import element_kind, join_all
from s2sad.analysis.transfer_operators import compare_values, known_bool

COMPLEX = Scalar("c16", True)

# --------------------------------------------------------------------------------------------- numbers


@transfer(float)
def float_(x: Kind = ZERO, /) -> Kind:
    return FLOAT


@transfer(complex)
def complex_(real: Kind = ZERO, imag: Kind = ZERO) -> Kind:
    return COMPLEX


@transfer(int)
def int_(x: Kind = ZERO, /) -> Kind:
    value = x.value if isinstance(x, Scalar) and dtype_of(x) in ("i8", "b1") else None
    return Scalar("i8", True, int(value) if isinstance(value, bool) else value)


@transfer(round)
def round_(number: Kind, ndigits: Kind = NONE) -> Kind:
    if not isinstance(number, (Scalar, Array)):
        raise Undecided
    if is_none(ndigits):
        return INT
    if not isinstance(number, Scalar):
        raise Undecided
    return of_forms(outcomes(round, (forms(number), frozenset([("python", "i8")]))), ())


@transfer(pow)
def pow_(base: Kind, exp: Kind, mod: Kind = NONE) -> Kind:
    return TABLE[operator.pow](base, exp) if is_none(mod) else UNKNOWN


@transfer(divmod)
def divmod_(a: Kind, b: Kind, /) -> Kind:
    if not all(isinstance(kind, (Scalar, Array)) for kind in (a, b)):
        raise Undecided
    return Tuple((TABLE[operator.floordiv](a, b), TABLE[operator.mod](a, b)))


def extreme(pick: type, args: tuple[Kind, ...], default: Kind) -> Kind:
    if len(args) == 1:
        (items,) = args
        args = items.items if isinstance(items, Tuple) else (element_kind(items),)
        args += () if isinstance(default, Bottom) else (default,)
    result = join_all(args)
    if all(isinstance(kind, Scalar) and kind.python for kind in args):
        best = args[0].value
        for kind in args[1:]:
            first = compare_values(operator.ge if pick is max else operator.le, best, kind.value)
            best = None if first is None else best if first else kind.value
        if isinstance(result, Scalar) and dtype_of(result) in ("i8", "b1") and not isinstance(best, bool):
            return Scalar(result.dtype, True, best if len(args) > 1 or isinstance(items, Tuple) else None)
    return result


@transfer(max)
def max_(*args: Kind, key: Kind = NONE, default: Kind = BOTTOM) -> Kind:
    return extreme(max, args, default) if is_none(key) else extreme(None, args, default)


@transfer(min)
def min_(*args: Kind, key: Kind = NONE, default: Kind = BOTTOM) -> Kind:
    return extreme(min, args, default) if is_none(key) else extreme(None, args, default)


@transfer(sum)
def sum_(iterable: Kind, /, start: Kind = ZERO) -> Kind:
    add = TABLE[operator.add]
    result = start
    if isinstance(iterable, Tuple):
        for item in iterable.items:
            result = add(result, item)
        return result
    item = element_kind(iterable)
    if isinstance(item, Bottom):
        return start
    if isinstance(iterable, Array) and iterable.shape and least(iterable.shape[0]) > 0:
        result = add(start, item)
    for _ in range(4):
        more = join(result, add(result, item))
        if more == result:
            return result
        result = more
    raise Undecided


# ---------------------------------------------------------------------------------------------- classes

SCALAR_TYPES = {code: np.dtype(code).type for code in CODES}
NUMERIC_TYPES = frozenset([np.ndarray, *PYTHON.values(), *SCALAR_TYPES.values()])


def types_of(kind: Kind) -> frozenset[type] | None:
    """Return the classes that a value may be an instance of, None if they are not known."""
    if isinstance(kind, Scalar):
        return frozenset(PYTHON[code] if tag == "python" else SCALAR_TYPES[code] for tag, code in forms(kind))
    if isinstance(kind, Array):
        return frozenset([np.ndarray]) if kind.shape is not None else NUMERIC_TYPES
    if isinstance(kind, (Tuple, Object)):
        return frozenset([kind.type])
    if isinstance(kind, Constant):
        return frozenset([type(kind.value)])
    classes = {List: list, Dict: dict, Slice: slice}
    return frozenset([classes[type(kind)]]) if type(kind) in classes else None


@transfer(type)
def type_(obj: Kind, /) -> Kind:
    candidates = types_of(obj)
    return Constant(next(iter(candidates))) if candidates and len(candidates) == 1 else UNKNOWN


def classes_of(kind: Kind) -> tuple[type, ...]:
    if isinstance(kind, Tuple):
        return tuple(itertools.chain.from_iterable(map(classes_of, kind.items)))
    if isinstance(kind, Constant) and isinstance(kind.value, UnionType):
        return tuple(kind.value.__args__)
    if isinstance(kind, Constant) and type(kind.value) in (type, ABCMeta):
        return (kind.value,)
    raise Undecided


@transfer(isinstance)
def isinstance_(obj: Kind, class_or_tuple: Kind, /) -> Kind:
    try:
        classes = classes_of(class_or_tuple)
    except Undecided:
        return BOOL
    candidates = types_of(obj)
    answers = {issubclass(candidate, classes) for candidate in candidates or ()}
    return known_bool(answers.pop()) if len(answers) == 1 else BOOL


# ------------------------------------------------------------------------------------------- containers


@transfer(len)
def len_(obj: Kind, /) -> Kind:
    if isinstance(obj, Array) and obj.shape:
        return Scalar("i8", True, value_of(obj.shape[0]))
    if isinstance(obj, Tuple) and obj.type.__len__ is tuple.__len__:
        return Scalar("i8", True, len(obj.items))
    if isinstance(obj, Dict) and obj.keys is not None:
        return Scalar("i8", True, len(obj.keys))
    if isinstance(obj, Constant) and isinstance(obj.value, (str, bytes)):
        return Scalar("i8", True, len(obj.value))
    return INT


@transfer(list)
def list_(iterable: Kind = EMPTY, /) -> Kind:
    return List(element_kind(iterable))


@transfer(tuple)
def tuple_(iterable: Kind = EMPTY, /) -> Kind:
    if isinstance(iterable, Tuple) and iterable.type.__iter__ is tuple.__iter__:
        return Tuple(iterable.items)
    if isinstance(iterable, Array) and iterable.shape and type(iterable.shape[0]) is int:
        return Tuple((element_kind(iterable),) * iterable.shape[0])
    return UNKNOWN


@transfer(sorted)
def sorted_(iterable: Kind, /, *, key: Kind = NONE, reverse: Kind = NONE) -> Kind:
    return List(element_kind(iterable))


@transfer(dict)
def dict_(**items: Kind) -> Kind:
    return Dict(tuple(items), tuple(items.values()))


@transfer(zip)
def zip_(*iterables: Kind, strict: Kind = NONE) -> Kind:
    return Object(zip, (), (Tuple(tuple(map(element_kind, iterables))),))


@transfer(enumerate)
def enumerate_(iterable: Kind, start: Kind = ZERO) -> Kind:
    return Object(enumerate, (), (Tuple((INT, element_kind(iterable))),))


# ------------------------------------------------------------------------------------- math and cmath


def constantly(kind: Kind, *functions: object) -> None:
    """Register functions that return one kind whatever their arguments are."""

    def row(*args: Kind, **kwargs: Kind) -> Kind:
        return kind

    transfer(*functions)(row)


def rounding(*functions: object) -> None:
    def row(x: Kind, /) -> Kind:
        return INT if isinstance(x, Scalar) else UNKNOWN

    transfer(*functions)(row)


PREDICATES = {"isnan", "isinf", "isfinite", "isclose"}
COUNTS = {"comb", "perm", "factorial", "gcd", "lcm", "isqrt"}
OTHER = {"floor", "ceil", "trunc", "frexp", "modf", "prod", "sumprod"}

for name, function in vars(math).items():
    if callable(function) and name[0] != "_" and name not in OTHER:
        constantly(BOOL if name in PREDICATES else INT if name in COUNTS else FLOAT, function)
rounding(math.floor, math.ceil, math.trunc)
constantly(Tuple((FLOAT, INT)), math.frexp)
constantly(Tuple((FLOAT, FLOAT)), math.modf, cmath.polar)
for name, function in vars(cmath).items():
    if callable(function) and name[0] != "_" and name != "polar":
        constantly(BOOL if name in PREDICATES else FLOAT if name == "phase" else COMPLEX, function)


# ------------------------------------------------------------------------- the classes of NumPy's scalars


def scalar_class(code: str) -> None:
    def row(x: Kind = ZERO, /) -> Kind:
        if isinstance(x, (Constant, Unknown)):
            raise Undecided
        array = as_array(x)
        return Scalar(code) if array.shape == () else Array(code, array.shape)

    transfer(SCALAR_TYPES[code])(row)


for code in CODES:
    scalar_class(code)
