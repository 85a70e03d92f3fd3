"""What is known of a value before the program runs: a small lattice of kinds.

::

    Kind  = Bottom | Unknown | Scalar | Array | Matrix | Tuple | List | Dict | Object | Constant | Slice
    Dim   = int | Sym | None                   a length: known, symbolic, or unknown

`Bottom` is "no value yet" (the result of a function that is being analysed, an element of an empty list);
`Unknown` is right for everything. Losing precision is always safe: kinds only make emitted code leaner.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from types import FunctionType, ModuleType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Sym:
    """The length ``max(0, name + offset)``; `big` says that ``name`` itself is known to be at least 2.

    As the `value` of a Scalar it is ``name + offset`` itself, which may be negative. The name may be that of a
    variable, ``<12>``, or spell a computation; `free` says that what it names may be negative too.
    """

    name: str
    offset: int = 0
    big: bool = False
    free: bool = field(default=False, repr=False)

    def __add__(self, other: int) -> Sym:
        return Sym(self.name, self.offset + other, self.big, self.free)

    def __str__(self) -> str:
        return f"{self.name}{self.offset:+d}" if self.offset else self.name

    @property
    def newest(self) -> int:
        """The number of the youngest variable in the name, -1 where there is none."""
        return max(map(int, re.findall(r"<(\d+)", self.name)), default=-1)


Dim = int | Sym | None


def spelled(text: str, *, free: bool = False) -> Sym | None:
    """Return the symbol that is named by the computation of a length or an integer, unless that is long."""
    return Sym(text, 0, False, free) if len(text) < 80 else None


class Kind:
    """Base class of all kinds; compared and hashed by value."""


@dataclass(frozen=True)
class Bottom(Kind):
    """No value yet: the identity of `join`."""


@dataclass(frozen=True)
class Unknown(Kind):
    """Any value at all."""


@dataclass(frozen=True)
class Scalar(Kind):
    """A Python number or a NumPy scalar; never a 0-d array.

    `dtype` is NumPy's short code (``"f8"``, ``"i8"``, ``"b1"``, ``"c16"``). `python` tells Python's own
    types (True) from NumPy's (False); None is either. `value` is the value of an integer or bool as far as
    it is known: an int, a bool, a `Sym`, or None. `mixed` says that `dtype` is only the highest that it may
    have, as after ``s = 0 if c else 0.5``; for ``"c16"`` it may then have any.
    """

    dtype: str = "f8"
    python: bool | None = False
    value: Any = None
    mixed: bool = field(default=False, repr=False)


@dataclass(frozen=True)
class Array(Kind):
    """A NumPy array, or, where `shape` is None, any numeric value (an array or a scalar)."""

    dtype: str | None = None
    shape: tuple[Dim, ...] | None = None

    @property
    def ndim(self) -> int | None:
        return None if self.shape is None else len(self.shape)


@dataclass(frozen=True)
class Matrix(Kind):
    """A sparse matrix or linear operator: no array, but it stands in products with arrays. Never differentiated.

    `form` is ``"array"`` for a sparse array, whose ``*`` works element by element, ``"matrix"`` for a sparse matrix,
    whose ``*`` is the product of matrices, and ``"operator"`` for a linear operator.
    """

    dtype: str | None = None
    shape: tuple[Dim, ...] | None = None
    form: str = "matrix"


@dataclass(frozen=True)
class Tuple(Kind):
    """A tuple (or NamedTuple class `type`) with items of known kinds."""

    items: tuple[Kind, ...]
    type: type = tuple


@dataclass(frozen=True)
class List(Kind):
    """A list whose elements all have kind `item`."""

    item: Kind = Bottom()


@dataclass(frozen=True)
class Dict(Kind):
    """A dict: with known `keys` and their kinds, or (`keys` None) with one kind for all values."""

    keys: tuple[Any, ...] | None
    items: tuple[Kind, ...]


@dataclass(frozen=True)
class Object(Kind):
    """An instance of a class; for dataclasses the kinds of the fields are known.

    The iterators `zip` and `enumerate` have no names and one item: the kind of what they yield.
    """

    type: type
    names: tuple[str, ...] = ()
    items: tuple[Kind, ...] = ()


@dataclass(frozen=True)
class Constant(Kind):
    """A value that is known: None, a string, a type, a dtype, a function, a module."""

    value: Any

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Constant):
            return NotImplemented
        if isinstance(self.value, (str, bytes)):
            return type(self.value) is type(other.value) and self.value == other.value
        return self.value is other.value

    def __hash__(self) -> int:
        return hash(self.value) if isinstance(self.value, (str, bytes)) else id(self.value)


@dataclass(frozen=True)
class Slice(Kind):
    """A slice; the kind of an absent end is ``Constant(None)``."""

    start: Kind
    stop: Kind
    step: Kind


BOTTOM = Bottom()
UNKNOWN = Unknown()
NUMERIC = Array(None, None)
FLOAT = Scalar("f8", True)
INT = Scalar("i8", True)
BOOL = Scalar("b1", True)
NONE = Constant(None)
# classes of a library's objects that are part of the program; each stands for its class
SINGLES: dict[type, Any] = {}


def join(a: Kind, b: Kind) -> Kind:
    """Return the least kind that covers both.

    >>> join(Scalar("i8", True, 0), Scalar("f8", True))
    Scalar(dtype='f8', python=True, value=None)
    >>> join(Array("f8", (3, Sym("n"))), Array("f8", (3, 4)))
    Array(dtype='f8', shape=(3, None))
    """
    if a == b or isinstance(b, Bottom):
        return a
    if isinstance(a, Bottom):
        return b
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        python = a.python if a.python is b.python else None
        if a.dtype == b.dtype:
            return Scalar(a.dtype, python, None, a.mixed or b.mixed)
        return Scalar(highest(a.dtype, b.dtype), python, None, True)
    if isinstance(a, (Scalar, Array)) and isinstance(b, (Scalar, Array)):
        exact = a.dtype == b.dtype and not any(isinstance(kind, Scalar) and kind.mixed for kind in (a, b))
        dtype = a.dtype if exact else None
        shapes = (shape_of(a), shape_of(b))
        arrays = isinstance(a, Array) and isinstance(b, Array)
        if arrays and None not in shapes and len(shapes[0]) == len(shapes[1]):
            return Array(dtype, tuple(m if m == n else None for m, n in zip(*shapes, strict=True)))
        return Array(dtype, None)
    if isinstance(a, Matrix) and isinstance(b, Matrix) and a.form == b.form:
        lengths = tuple(m if m == n else None for m, n in zip(a.shape or (), b.shape or (), strict=False))
        alike = a.shape is not None and b.shape is not None and len(a.shape) == len(b.shape)
        return Matrix(a.dtype if a.dtype == b.dtype else None, lengths if alike else None, a.form)
    if isinstance(a, Tuple) and isinstance(b, Tuple) and a.type is b.type and len(a.items) == len(b.items):
        return Tuple(tuple(map(join, a.items, b.items)), a.type)
    if isinstance(a, List) and isinstance(b, List):
        return List(join(a.item, b.item))
    if isinstance(a, Dict) and isinstance(b, Dict):
        if a.keys is not None and a.keys == b.keys:
            return Dict(a.keys, tuple(map(join, a.items, b.items)))
        item: Kind = BOTTOM
        for kind in a.items + b.items:
            item = join(item, kind)
        return Dict(None, (item,))
    if isinstance(a, Object) and isinstance(b, Object) and a.type is b.type and a.names == b.names:
        return Object(a.type, a.names, tuple(map(join, a.items, b.items)))
    if isinstance(a, Slice) and isinstance(b, Slice):
        return Slice(join(a.start, b.start), join(a.stop, b.stop), join(a.step, b.step))
    return UNKNOWN


def highest(*dtypes: str) -> str:
    """Return the dtype that all of these promote to, ``"c16"`` where that is a long double."""
    try:
        code = np.result_type(*dtypes).str[1:]
    except TypeError:
        return "c16"
    return code if int(code[1:]) <= (16 if code[0] == "c" else 8) else "c16"


def shape_of(kind: Kind) -> tuple[Dim, ...] | None:
    """Return the shape of a numeric kind: ``()`` for scalars, None where the rank is unknown."""
    if isinstance(kind, Scalar):
        return ()
    return kind.shape if isinstance(kind, Array) else None


def dtype_of(kind: Kind) -> str | None:
    """Return the dtype code of a numeric kind, None where it is unknown."""
    if isinstance(kind, Scalar):
        return None if kind.mixed else kind.dtype
    return kind.dtype if isinstance(kind, Array) else None


def broadcast_dim(m: Dim, n: Dim) -> Dim:
    """Return the length of two broadcast axes.

    >>> broadcast_dim(1, Sym("n")), broadcast_dim(Sym("n"), Sym("n")), broadcast_dim(Sym("n"), None)
    (Sym(name='n', offset=0, big=False), Sym(name='n', offset=0, big=False), None)
    """
    if m == n or n == 1:
        return m
    if m == 1:
        return n
    for a in (m, n):
        if isinstance(a, int) or (isinstance(a, Sym) and a.big and a.offset >= 0):
            return a
    return None


def broadcast_shapes(shapes: Sequence[tuple[Dim, ...] | None]) -> tuple[Dim, ...] | None:
    """Return the shape of an elementwise operation on operands of these shapes."""
    result: tuple[Dim, ...] = ()
    for shape in shapes:
        if shape is None:
            return None
        longer, shorter = (result, shape) if len(result) >= len(shape) else (shape, result)
        lead = len(longer) - len(shorter)
        result = longer[:lead] + tuple(map(broadcast_dim, longer[lead:], shorter))
    return result


def numeric(dtype: str | None, shape: tuple[Dim, ...] | None) -> Kind:
    """Return the kind that NumPy gives a result of this dtype and shape: 0-d results are scalars."""
    if shape == ():
        return Scalar(dtype) if dtype is not None else Scalar("c16", mixed=True)
    return Array(dtype, shape)


def may_hold_floats(kind: Kind) -> bool:
    """Tell whether a value of this kind may carry a derivative."""
    if isinstance(kind, Slice):
        return False
    if isinstance(kind, (Scalar, Array)):
        return kind.dtype is None or kind.dtype[0] in "fc"
    if isinstance(kind, (Tuple, Dict)):
        return any(map(may_hold_floats, kind.items))
    if isinstance(kind, Object):
        return not kind.names or any(map(may_hold_floats, kind.items))
    if isinstance(kind, List):
        return isinstance(kind.item, Bottom) or may_hold_floats(kind.item)
    return not isinstance(kind, (Constant, Matrix))


def map_lengths(kind: Kind, change: Callable[[Dim], Dim]) -> Kind:
    """Return a kind with every length in it changed.

    >>> map_lengths(List(Array("f8", (Sym("n0"), 3))), lambda n: None)
    List(item=Array(dtype='f8', shape=(None, None)))
    """
    if isinstance(kind, (Array, Matrix)):
        return kind if kind.shape is None else replace(kind, shape=tuple(map(change, kind.shape)))
    if isinstance(kind, Scalar):
        value = change(kind.value) if isinstance(kind.value, Sym) else kind.value
        return replace(kind, value=value if isinstance(value, (int, Sym)) else None)
    if isinstance(kind, List):
        return List(map_lengths(kind.item, change))
    if isinstance(kind, (Tuple, Dict, Object)):
        return replace(kind, items=tuple(map_lengths(item, change) for item in kind.items))
    if isinstance(kind, Slice):
        return Slice(*(map_lengths(end, change) for end in (kind.start, kind.stop, kind.step)))
    return kind


class Shapes:
    """Number the distinct lengths of the arguments of one call, so that equal lengths share a symbol.

    `by_rows` are the names of the arguments that are arrays laid out row by row: reshapes of these are views.
    """

    def __init__(self, labels: Iterable[Any] = ()) -> None:
        self.names: dict[int, Sym] = {}
        self.labels = list(labels)
        self.by_rows: frozenset[str] = frozenset()

    def copy(self) -> Shapes:
        other = Shapes(self.labels)
        other.names, other.by_rows = dict(self.names), self.by_rows
        return other

    def dim(self, n: int) -> Dim:
        if n <= 1:
            return n
        return self.names.setdefault(n, Sym(f"n{len(self.names)}", 0, True))

    def label(self, index: Any) -> str:
        """Return what stands for the labels of an axis with a name: the same for indices that are equal."""
        for number, known in enumerate(self.labels):
            if known.equals(index):
                return str(number)
        self.labels.append(index)
        return str(len(self.labels) - 1)


def canonical(value: Any) -> Any:
    """Return the object of a library that stands for all of its class; other values as they are."""
    return SINGLES.get(type(value), value)


MATRICES: dict[type, str] = {}  # the classes of what is a `Matrix`, and their form


def matrix_kind(value: Any, shapes: Shapes) -> Matrix | None:
    """Return the kind of a sparse matrix or linear operator, None for what is neither."""
    for cls, form in MATRICES.items():
        if isinstance(value, cls):
            dtype = np.dtype(value.dtype)
            code = dtype.str[1:] if dtype.kind in "biufc" else None
            return Matrix(code, tuple(map(shapes.dim, value.shape)), form)
    return None


# The kinds of objects of a library's classes of which parts are known
DESCRIBED: dict[type, Callable[[Any, Shapes], Kind]] = {}


# The classes of arrays whose axes have names, and how to make one like another with `values=` of its own
NAMED: dict[type, Callable[..., Any]] = {}


def is_named(kind: Kind) -> bool:
    """Tell whether a value is an array whose axes have names, of which everything is known."""
    return isinstance(kind, Object) and kind.type in NAMED and bool(kind.names)


def attributes(*names: str) -> Callable[[Any, Shapes], Kind]:
    """Describe objects of which these attributes are known."""

    def described(value: Any, shapes: Shapes) -> Kind:
        items = [canonical(getattr(value, name)) for name in names]
        return Object(type(value), names, tuple(kind_of(item, shapes) for item in items))

    return described


def is_unfollowed(cls: type) -> bool:
    """Tell whether a class is one of arrays that do not answer NumPy's functions as NumPy's do: a `DataArray`.

    >>> class Table:
    ...     def __array__(self):
    ...         return np.ones(2)
    >>> is_unfollowed(Table), is_unfollowed(np.ndarray), is_unfollowed(float)
    (True, False, False)
    """
    if issubclass(cls, (np.ndarray, np.generic)) or hasattr(cls, "__array_function__"):
        return False
    return hasattr(cls, "__array__")


def unfollowed_in(kind: Kind) -> type | None:
    """Return the class of such an array in a value of this kind, None where there is none."""
    if isinstance(kind, Object) and is_unfollowed(kind.type):
        return kind.type
    if isinstance(kind, (Tuple, Dict, Object)):
        return next(filter(None, map(unfollowed_in, kind.items)), None)
    return unfollowed_in(kind.item) if isinstance(kind, List) else None


def is_code(value: Any) -> bool:
    """Tell whether a callable is part of the program: not an object with a `__call__` and data of its own."""
    cls = type(value)
    if (
        hasattr(cls, "__s2sad_derivative__")
        or cls in SINGLES
        or cls.__module__.partition(".")[0] in ("functools", "numpy")
    ):
        return True
    return not isinstance(getattr(cls, "__call__", None), FunctionType)  # noqa: B004  a class with this method, not any callable


def kind_of(value: Any, shapes: Shapes | None = None) -> Kind:
    """Return the kind of a run-time value.

    >>> kind_of(2.5)
    Scalar(dtype='f8', python=True, value=None)
    >>> kind_of((1.0, np.zeros((3, 1)))).items[1]
    Array(dtype='f8', shape=(Sym(name='n0', offset=0, big=True), 1))
    """
    shapes = shapes or Shapes()
    of = type(value)
    if of is float:
        return FLOAT
    if of is np.ndarray:
        if value.dtype.kind not in "biufc" or not value.dtype.isnative:
            return UNKNOWN
        return Array(value.dtype.str[1:], tuple(map(shapes.dim, value.shape)))
    if of is int:
        return INT
    if of is bool:
        return Scalar("b1", True, value)
    if of is complex:
        return Scalar("c16", True)
    if value is None or value is Ellipsis or isinstance(value, (str, bytes, type, np.dtype, ModuleType)):
        return Constant(value)
    if callable(value) and not is_dataclass(value) and is_code(value):
        return Constant(value)
    if of is slice:
        return Slice(*(kind_of(end) for end in (value.start, value.stop, value.step)))
    if isinstance(value, np.generic) and value.dtype.kind in "biufc":
        return Scalar(value.dtype.str[1:])
    if isinstance(value, tuple):
        return Tuple(tuple(kind_of(item, shapes) for item in value), of)
    if of is list:
        item: Kind = BOTTOM
        for element in value:
            item = join(item, kind_of(element, shapes))
        return List(item)
    if of is dict:
        keys = tuple(value)
        if all(isinstance(key, (str, int)) for key in keys):
            return Dict(keys, tuple(kind_of(value[key], shapes) for key in keys))
        return Dict(None, (UNKNOWN,))
    if is_dataclass(value):
        names = tuple(field.name for field in fields(value))
        return Object(of, names, tuple(kind_of(getattr(value, name, None), shapes) for name in names))
    if of in DESCRIBED:
        return DESCRIBED[of](value, shapes)
    if hasattr(of, "__array_function__") and not isinstance(value, np.ndarray):
        return UNKNOWN  # an array of another library, which answers calls of NumPy's functions
    matrix = matrix_kind(value, shapes)
    if matrix is None and DESCRIBED and hasattr(value, "__dict__"):
        known = {name: item for name, item in vars(value).items() if type(item) in DESCRIBED}
        return Object(of, tuple(known), tuple(kind_of(item, shapes) for item in known.values()))
    return matrix or Object(of)
