"""Transfer functions of subscripts and attributes."""

from __future__ import annotations

import cmath
import math
import operator
from dataclasses import dataclass, replace

import numpy as np

from s2sad.analysis.kinds import (
    BOTTOM,
    INT,
    NONE,
    UNKNOWN,
    Array,
    Bottom,
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
    kind_of,
    numeric,
    shape_of,
    spelled,
)
from s2sad.analysis.transfer_base import (
    Undecided,
    as_array,
    forms,
    integer,
    is_none,
    least,
    lower,
    of_forms,
    outcomes,
    shift,
    total,
    transfer,
    value_of,
)

# ------------------------------------------------------------------------------------------------ slices


def end_value(kind: Kind) -> Dim | str:
    """Return the value of one end of a slice, ``""`` for an absent one, None for an unknown one."""
    if isinstance(kind, Constant) and kind.value is None:
        return ""
    if isinstance(kind, Scalar) and isinstance(kind.value, (int, Sym)):
        return kind.value if isinstance(kind.value, Sym) else int(kind.value)
    return None


def slice_length(n: Dim, index: Slice) -> Dim:
    """Return the length of ``x[start:stop:step]`` for `x` of length `n`."""
    ends = [end_value(kind) for kind in (index.start, index.stop, index.step)]
    if n == 0:
        return 0
    if isinstance(n, int) and all(isinstance(end, int) or end == "" for end in ends):
        return len(range(*slice(*(None if end == "" else end for end in ends)).indices(n)))
    start, stop, step = ends
    if step == -1 and start == stop == "":
        return n
    if None in ends or (n is None and (start, stop) != (0, 0)):
        return None
    if step in ("", 1):
        known = slice_of_symbol(n, 0 if start == "" else start, stop)
        if known is not None:
            return known
    return spelled(f"[{n}:{start}:{stop}:{step}]")  # equal slices of equal lengths have equal lengths


def slice_of_symbol(n: Dim, start: int | Sym, stop: int | Sym | str) -> Dim:
    """Return the length of ``x[start:stop]`` where `n` or an end is symbolic; ``""`` is an absent stop."""
    if isinstance(start, Sym):
        if stop == "" and isinstance(n, Sym) and n.name == start.name and lower(start) >= 0:
            return max(0, n.offset - start.offset)
        return None
    if isinstance(stop, Sym):
        if not isinstance(n, Sym) or stop.name != n.name or stop.offset > n.offset or lower(stop) < 0:
            return None
        return shift(stop, -start) if start >= 0 else None
    if start >= 0:
        if stop == "" or stop < 0:
            return shift(n, (stop or 0) - start)
        return max(0, stop - start) if least(n) >= stop else 0 if stop <= start else None
    if least(n) < -start or (isinstance(stop, int) and stop >= 0):
        return None
    return max(0, (stop or 0) - start)


# ------------------------------------------------------------------------------------ subscripts of arrays


@dataclass(frozen=True)
class Subscript:
    """One item of a subscript: what it is, how many axes it uses up, and the kind or shape of the item."""

    what: str  # "integer" | "slice" | "newaxis" | "ellipsis" | "fancy"
    uses: int = 1
    index: Slice | None = None
    shape: tuple[Dim, ...] = ()


def subscript_of(kind: Kind) -> Subscript:
    if isinstance(kind, Slice):
        return Subscript("slice", 1, kind)
    if isinstance(kind, Constant) and kind.value is None:
        return Subscript("newaxis", 0)
    if isinstance(kind, Constant) and kind.value is Ellipsis:
        return Subscript("ellipsis", 0)
    if isinstance(kind, Scalar) and kind.dtype[0] in "iu" and not kind.mixed:
        return Subscript("integer")
    if isinstance(kind, (Array, List, Tuple)):
        empty = isinstance(kind, List) and isinstance(kind.item, Bottom)
        array = Array("i8", (None,)) if empty else as_array(kind)
        if array.shape is None or array.dtype is None:
            raise Undecided
        if array.dtype[0] in "iu":
            return Subscript("fancy", 1, None, array.shape)
        if array.dtype == "b1" and array.shape:
            return Subscript("fancy", len(array.shape), None, (None,))
    raise Undecided


def subscripts_of(index: Kind) -> list[Subscript]:
    items = index.items if isinstance(index, Tuple) else (index,)
    return [subscript_of(item) for item in items]


def is_basic(index: Kind) -> bool:
    """Tell whether a subscript of an array is basic, its result a view; raise if that is unknown."""
    items = index.items if isinstance(index, Tuple) else (index,)
    if any(isinstance(item, List) or (isinstance(item, Array) and item.ndim) for item in items):
        return False
    return all(item.what != "fancy" for item in subscripts_of(index))


def subscripted_shape(shape: tuple[Dim, ...], index: list[Subscript]) -> tuple[Dim, ...]:
    missing = len(shape) - sum(item.uses for item in index)
    if missing < 0:
        raise Undecided
    if all(item.what != "ellipsis" for item in index):
        index = [*index, Subscript("ellipsis", 0)]
    advanced = [item for item in index if item.what == "fancy"]
    parallel = broadcast_shapes([item.shape for item in advanced]) if advanced else None
    result: list[Dim] = []
    places = []  # of the advanced subscripts, by their position in the index
    insert_at = 0
    axis = 0
    for position, item in enumerate(index):
        if item.what == "fancy" or item.what == "integer":
            if parallel is not None:
                if not places:
                    insert_at = len(result)
                places.append(position)
        elif item.what == "slice":
            result.append(slice_length(shape[axis], item.index))
        elif item.what == "newaxis":
            result.append(1)
        else:
            result.extend(shape[axis : axis + missing])
            axis += missing
        axis += item.uses
    if parallel is not None:
        adjacent = places[-1] - places[0] == len(places) - 1
        at = insert_at if adjacent else 0
        result[at:at] = parallel
    return tuple(result)


def subscripted(x: Array, index: Kind) -> Kind:
    try:
        items = subscripts_of(index)
        if x.shape is None:
            return Array(x.dtype, None)
        shape = subscripted_shape(x.shape, items)
    except Undecided:
        return Array(x.dtype, None)
    if shape == () and any(item.what == "ellipsis" for item in items):
        return Array(x.dtype, () if all(item.what != "fancy" for item in items) else None)
    return numeric(x.dtype, shape)


@transfer(operator.getitem)
def getitem(a: Kind, b: Kind, /) -> Kind:
    if isinstance(a, Array):
        return subscripted(a, b)
    if isinstance(a, Tuple) and a.type.__getitem__ is tuple.__getitem__:
        if isinstance(b, Slice):
            return Tuple(a.items[known_slice(b)])
        if isinstance(b, Scalar) and isinstance(b.value, int):
            return a.items[b.value]
        return join_all(a.items)
    if isinstance(a, List):
        if isinstance(b, Slice):
            return a
        return a.item if isinstance(b, (Scalar, Array)) else UNKNOWN
    if isinstance(a, Dict):
        key = b.value if isinstance(b, (Constant, Scalar)) else None
        if a.keys is not None and isinstance(key, (str, int)):
            return a.items[a.keys.index(key)]
        return join_all(a.items)
    if isinstance(a, Constant) and isinstance(a.value, str):
        return Constant(a.value[known_slice(b) if isinstance(b, Slice) else integer(b)])
    return UNKNOWN


def known_slice(index: Slice) -> slice:
    ends = (None if is_none(kind) else integer(kind) for kind in (index.start, index.stop, index.step))
    return slice(*ends)


def join_all(kinds: tuple[Kind, ...]) -> Kind:
    result: Kind = BOTTOM
    for kind in kinds:
        result = join(result, kind)
    return result


@transfer(slice)
def slice_(*ends: Kind) -> Kind:
    absent = Constant(None)
    start, stop, step = (absent, *ends, absent) if len(ends) == 1 else (*ends, absent)[:3]
    return Slice(start, stop, step)


def element_kind(kind: Kind) -> Kind:
    """Return the kind of what iterating over a value yields.

    >>> element_kind(Array("f8", (Sym("n"), 3)))
    Array(dtype='f8', shape=(3,))
    """
    if isinstance(kind, Array) and kind.shape:
        return numeric(kind.dtype, kind.shape[1:])
    if isinstance(kind, Array):
        return Array(kind.dtype, None)
    if isinstance(kind, Tuple) and kind.type.__iter__ is tuple.__iter__:
        return join_all(kind.items)
    if isinstance(kind, List):
        return kind.item
    if isinstance(kind, Object) and kind.type in (zip, enumerate) and kind.items:
        return kind.items[0]
    return UNKNOWN


# -------------------------------------------------------------------------------------------- attributes

MODULES = (np, np.linalg, np.fft, np.random, math, cmath)


GETTERS = {name: operator.attrgetter(name) for name in ("T", "real", "imag")}


def numeric_attribute(kind: Scalar | Array, name: str) -> Kind:
    shape, dtype = shape_of(kind), dtype_of(kind)
    if name in GETTERS:
        found = outcomes(GETTERS[name], (forms(kind),))
        return of_forms(found, shape[::-1] if name == "T" and shape is not None else shape)
    if name == "shape":
        if shape is None:
            return UNKNOWN
        return Tuple(tuple(Scalar("i8", True, value_of(dim)) for dim in shape))
    if name == "ndim":
        return Scalar("i8", True, None if shape is None else len(shape))
    if name == "size":
        return Scalar("i8", True, None if shape is None else value_of(total(shape)))
    if name == "nbytes":
        return INT
    if name == "itemsize":
        return Scalar("i8", True, None if dtype is None else np.dtype(dtype).itemsize)
    if name == "dtype" and dtype is not None:
        return Constant(np.dtype(dtype))
    return UNKNOWN


def attribute_kind(kind: Kind, name: str) -> Kind:
    """Return the kind of ``value.name``; methods and what is not known are Unknown.

    >>> attribute_kind(Array("f8", (Sym("n"), 3)), "shape").items[1]
    Scalar(dtype='i8', python=True, value=3)
    """
    try:
        return attribute(kind, name)
    except Exception:
        return UNKNOWN


def attribute(kind: Kind, name: str) -> Kind:
    if isinstance(kind, Bottom):
        return BOTTOM
    if isinstance(kind, (Scalar, Array)):
        return numeric_attribute(kind, name)
    if isinstance(kind, Matrix):
        return matrix_attribute(kind, name)
    if isinstance(kind, Tuple) and name in getattr(kind.type, "_fields", ()):
        return kind.items[kind.type._fields.index(name)]
    if isinstance(kind, Object) and name in kind.names:
        return kind.items[kind.names.index(name)]
    if isinstance(kind, Constant):
        if isinstance(kind.value, np.dtype) and name in ("kind", "char", "name", "str", "type", "itemsize"):
            value = getattr(kind.value, name)
            return Scalar("i8", True, value) if name == "itemsize" else Constant(value)
        if any(kind.value is module for module in MODULES):
            return kind_of(getattr(kind.value, name))
    return UNKNOWN


def matrix_attribute(kind: Matrix, name: str) -> Kind:
    if name in ("T", "H"):
        return replace(kind, shape=None if kind.shape is None else kind.shape[::-1])
    if name in ("shape", "ndim", "dtype"):
        return numeric_attribute(Array(kind.dtype, kind.shape), name)
    return INT if name == "nnz" else UNKNOWN


@transfer(getattr)
def getattr_(obj: Kind, name: Kind, /) -> Kind:
    if not isinstance(name, Constant):
        raise Undecided
    return attribute(obj, name.value)


@transfer(np.shape)
def shape(a: Kind) -> Kind:
    return numeric_attribute(as_array(a), "shape")


@transfer(np.ndim)
def ndim(a: Kind) -> Kind:
    return numeric_attribute(as_array(a), "ndim")


@transfer(np.size)
def size(a: Kind, axis: Kind = NONE) -> Kind:
    x = as_array(a)
    if is_none(axis):
        return numeric_attribute(x, "size")
    if x.shape is None:
        return INT
    return Scalar("i8", True, value_of(x.shape[integer(axis)]))
