"""Calls of `np.vectorize`: a loop over the elements.

``np.vectorize(f)(x)`` is ``np.reshape(np.array([f(v) for v in np.ravel(x)]), np.shape(x))``. Several arrays are
broadcast against each other first; numbers, and arguments that are excluded, are handed on as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.frontend.library import OBJECTS, Handler, Library, handles
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import BoundValue, TupleValue, Value
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Lit, Ref
from s2sad.rules.rewrites import NONE, read, taken, varied

OPTIONS = "pyfunc otypes doc excluded cache signature"
CODES = {float: "d", complex: "D", np.float64: "d", np.float32: "f", np.complex128: "D", np.complex64: "F"}
DTYPES = {"d": np.float64, "f": np.float32, "D": np.complex128, "F": np.complex64}


# ---- what np.vectorize makes ------------------------------------------------------------------------------


@handles(np.vectorize)
def _vectorize(b: Library, args: list[Value], kwargs: dict) -> Value:
    given = taken(OPTIONS, args, kwargs)
    if "pyfunc" not in given:  # a decorator with options
        return BoundValue(Ref("np.vectorize", np.vectorize), (), given)
    if given.get("signature", NONE) != NONE:
        raise with_signature(b)
    codes = Lit(type_codes(b, given.get("otypes", NONE)))
    names = Lit(excluded_names(b, given.get("excluded", NONE)))
    return BoundValue(Ref("np.vectorize", element_loop), (given["pyfunc"], codes, names))


def made_before(target: np.vectorize) -> Handler:
    """Lower calls of an object that the surrounding program made."""

    def handler(b: Library, args: list[Value], kwargs: dict) -> Value:
        name = getattr(target.pyfunc, "__name__", "function")
        if not varied(b, *args, *kwargs.values()):
            return b.opaque_call(Ref(f"vectorized_{name}", target), args, kwargs)
        if target.signature is not None:
            raise with_signature(b)
        codes = "".join(np.dtype(each).char for each in target.otypes or ())
        options = [Lit(codes), Lit(tuple(target.excluded))]
        return element_loop_call(b, [Ref(name, target.pyfunc), *options, *args], kwargs)

    return handler


OBJECTS[np.vectorize] = made_before


def with_signature(b: Library) -> Exception:
    return b.refuse("`np.vectorize` with a signature cannot be differentiated", "write a loop over the rows")


def type_codes(b: Library, otypes: Value) -> str:
    """Return the types of the results, a letter for each; none where the results themselves tell."""
    if otypes == NONE:
        return ""
    if isinstance(otypes, Lit) and isinstance(otypes.value, str):
        return otypes.value
    types = [getattr(item, "value", None) for item in b.items_of(otypes) or (NONE,)]
    return "".join(CODES.get(each, "?") if isinstance(each, type) else str(each) for each in types)


def excluded_names(b: Library, excluded: Value) -> tuple:
    """Return the positions and names of the arguments that are handed on as they are."""
    if excluded == NONE:
        return ()
    items = b.items_of(excluded)
    if items is None or not all(isinstance(item, Lit) for item in items):
        raise b.refuse("the arguments that `np.vectorize` excludes are not known", "write them as a set")
    return tuple(item.value for item in items)


# ---- the loop ---------------------------------------------------------------------------------------------


def element_loop(function: Any, codes: Any, excluded: Any, *args: Any, **kwargs: Any) -> Any:
    """Do what ``np.vectorize(function, codes, excluded=excluded)`` does with its arguments."""
    return np.vectorize(function, codes or None, excluded=excluded or None)(*args, **kwargs)


@handles(element_loop)
def element_loop_call(b: Library, args: list[Value], kwargs: dict) -> Value:
    function, codes, excluded, *positional = args
    assert isinstance(codes, Lit) and isinstance(excluded, Lit)
    given = dict(enumerate(positional)) | kwargs
    arrays = {name: b.as_array(value) for name, value in given.items() if name not in excluded.value}
    arrays = {name: array for name, array in arrays.items() if not isinstance(array.kind, k.Scalar)}

    def call(items: dict) -> Value:
        now = given | items
        leading = [now[i] for i in range(len(positional))]
        return b.call_value(function, leading, {name: now[name] for name in kwargs})

    columns = together(b, list(arrays.values()))
    if not columns:
        return numbers(b, call({}), codes.value)
    results = b.emit(ir.LIST, (), hint="results")

    def body(item: Value) -> None:
        items = b.unpack_value(item, len(columns), [""] * len(columns)) if len(columns) > 1 else [item]
        b.list_update("append", results, [call(dict(zip(arrays, items, strict=True)))])

    flat: list[Value] = [elements(b, column) for column in columns]
    b.iterate(b.zipped(flat) if len(flat) > 1 else flat[0], body)
    return shaped(b, b.current(results), columns[0], codes.value)


def together(b: Library, arrays: list[Atom]) -> list[Atom]:
    """Return arrays broadcast against each other."""
    shapes = {k.shape_of(array.kind) for array in arrays}
    if len(arrays) < 2 or (len(shapes) == 1 and None not in (next(iter(shapes)) or (None,))):
        return arrays
    whole = b.call(np.broadcast_arrays, *arrays)
    return [b.atom(item) for item in b.unpack_value(whole, len(arrays), [""] * len(arrays))]


def elements(b: Library, array: Atom) -> Atom:
    """Return the elements one after the other: Python's numbers where NumPy's would compute differently."""
    flat = array if len(k.shape_of(array.kind) or ()) == 1 else b.call(np.ravel, array)
    if k.dtype_of(array.kind) in ("f8", "c16"):
        return flat
    return b.atom(b.method(flat, "tolist", [], {}))


def numbers(b: Library, value: Value, codes: str) -> Value:
    """Return the results of one call as arrays without dimensions."""
    if isinstance(value, TupleValue):
        return TupleValue(tuple(numbers(b, item, code) for item, code in parts(value.items, codes)))
    return b.library_call(ref_to(np.asarray), [value], dtype_named(b, codes))


def shaped(b: Library, results: Atom, like: Atom, codes: str) -> Value:
    """Return a list of results as an array, and one of tuples as a tuple of arrays."""
    kind = results.kind.item if isinstance(results.kind, k.List) else k.UNKNOWN
    if isinstance(kind, k.Tuple):
        columns = [read(b, column_of, [results, Lit(j)], {}) for j in range(len(kind.items))]
        return TupleValue(tuple(shaped(b, b.atom(each), like, code) for each, code in parts(columns, codes)))
    if not codes and not (isinstance(kind, k.Scalar) and not kind.mixed):
        read(b, require_floats, [results], {})
    array = b.library_call(ref_to(np.array), [results], dtype_named(b, codes))
    shape = k.shape_of(like.kind)
    return (
        array if shape is not None and len(shape) == 1 else b.call(np.reshape, array, b.call(np.shape, like))
    )


def parts(items: Any, codes: str) -> list[tuple[Any, str]]:
    return list(zip(items, codes or [""] * len(items), strict=True))


def dtype_named(b: Library, codes: str) -> dict[str, Value]:
    """Return the argument that gives an array its type."""
    if codes and codes not in DTYPES:
        raise b.refuse("this `otypes` cannot be differentiated", "write `otypes=[float]`, or leave it out")
    return {"dtype": ref_to(DTYPES[codes])} if codes else {}


def column_of(rows: Any, j: Any) -> Any:
    return [row[j] for row in rows]


def require_floats(results: Any) -> None:
    """Refuse what np.vectorize would round: it gives all results the type of the first."""
    if not isinstance(results[0], (float, complex, np.inexact)):
        raise TypeError(
            "np.vectorize gives all results the type of the first, an integer: say otypes=[float]"
        )
