"""Methods of ufuncs: `at`, `outer`, `reduce`, `accumulate` and `reduceat`.

``np.multiply.at(x, index, v)`` updates one element after the other, also where an index is repeated: a loop. Where
no element can come twice it is ``x[index] = np.multiply(x[index], v)``. Reductions are other functions of NumPy
(``np.add.reduce`` is `np.sum`), have rules of their own (``np.maximum.accumulate``), or are loops over the rows.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.frontend import stand_ins
from s2sad.frontend.names import ref_to
from s2sad.frontend.places import Places
from s2sad.frontend.values import RangeValue, TupleValue, Value
from s2sad.ir.core import Atom, Lit, Ref, Var

NONE = Lit(None)
REDUCTIONS = {
    "reduce": {np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min},
    "accumulate": {np.add: np.cumsum, np.multiply: np.cumprod},
}
BY_ROWS = {np.subtract, np.divide, np.logaddexp, np.logaddexp2, np.hypot, np.fmax, np.fmin, np.fmod}
PARAMETERS = {
    "reduce": ("axis", "dtype", "out", "keepdims", "initial", "where"),
    "accumulate": ("axis", "dtype", "out"),
    "reduceat": ("indices", "axis", "dtype", "out"),
}


def ufunc_method(b: Places, ufunc: np.ufunc, name: str, args: list[Value], kwargs: dict) -> Value:
    """Lower `np.add.at` and its kin."""
    text = f"np.{ufunc.__name__}.{name}"
    if name == "at":
        return unbuffered(b, ufunc, args)
    if name not in PARAMETERS:
        out = kwargs.get("out", NONE)
        kwargs = {key: value for key, value in kwargs.items() if key != "out"}
        if name != "outer" or len(args) != 2 or kwargs:
            raise b.refuse(f"`{text}` cannot be differentiated", "write a loop")
        return kept(b, Ref(text, ufunc), outer(b, ufunc, args), out)
    given = dict(zip(("array", *PARAMETERS[name]), args, strict=False)) | kwargs
    out = given.pop("out", NONE)
    array = given.pop("array")
    given = {key: value for key, value in given.items() if value != DEFAULTS.get(key)}
    return kept(b, Ref(text, ufunc), reduction(b, ufunc, name, array, given), out)


DEFAULTS = {"dtype": NONE, "keepdims": Lit(False), "where": Lit(True)}


def kept(b: Places, ref: Ref, result: Value, out: Value) -> Value:
    """Store a result where `out` says."""
    outs = None if out == NONE else b.outs_in(None, out)
    return result if outs is None else b.stored(ref, result, outs, exact=True)


def reduction(b: Places, ufunc: np.ufunc, name: str, array: Value, given: dict[str, Value]) -> Value:
    """Lower a reduction, running totals, or reductions of parts."""
    method = Ref(f"np.{ufunc.__name__}.{name}", getattr(ufunc, name))
    function = REDUCTIONS.get(name, {}).get(ufunc)
    plain = "dtype" not in given or ufunc in (np.add, np.multiply)
    if function is not None and plain:
        items = b.items_of(array) if name == "reduce" and given.get("axis", Lit(0)) == Lit(0) else None
        if items is not None and len(given.keys() - {"axis"}) == 0 and len(items) == 2:
            return b.call_object(ref_to(ufunc), [b.as_array(item) for item in items], {})
        return b.library_call(ref_to(function), [b.as_array(array)], {"axis": Lit(0), **given})
    rule = b.registry.rule(ufunc)
    if not any(map(b.is_varied, (array, *given.values()))):
        return b.opaque_call(method, [b.atom(array)], given)
    if rule is not None and not rule.differentiable:
        named = [(key, b.atom(value)) for key, value in given.items()]
        return b.emit(method, [b.atom(array)], named, active=False)
    if b.registry.rule(method.value) is not None:
        leading = [given.pop("indices")] if "indices" in given else []
        return b.library_call(method, [b.as_array(array), *leading], given)
    if ufunc not in BY_ROWS or name == "reduceat" or not given.keys() <= {"axis", "keepdims", "initial"}:
        raise b.refuse(
            f"`{method.text}` cannot be differentiated", "write a loop, or use functions of whole arrays"
        )
    return by_rows(b, ufunc, name, array, given)


def by_rows(b: Places, ufunc: np.ufunc, name: str, array: Value, given: dict[str, Value]) -> Value:
    """Apply a ufunc to one row after the other."""
    axis, initial = given.get("axis", Lit(0)), given.get("initial", NONE)
    items = b.items_of(array)
    if axis == Lit(0) and items and name == "reduce" and initial == NONE and "keepdims" not in given:
        result: Value = b.as_array(items[0])
        for item in items[1:]:
            result = b.call_object(ref_to(ufunc), [result, b.as_array(item)], {})
        return result
    rows = b.as_array(array)
    if axis == NONE or isinstance(b.kind(axis), k.Tuple):
        raise b.refuse(
            f"`np.{ufunc.__name__}.{name}` over several axes cannot be differentiated",
            "reduce one after the other",
        )
    if axis != Lit(0):
        rows = b.call(np.moveaxis, rows, b.atom(axis), Lit(0))
    if name == "reduce":
        result = b.inlined(stand_ins.reduced, [ref_to(ufunc), rows, initial], lean=False)
        return b.call(np.expand_dims, b.atom(result), b.atom(axis)) if "keepdims" in given else result
    totals = b.inlined(stand_ins.running, [ref_to(ufunc), rows], lean=False)
    return b.call(np.moveaxis, b.atom(totals), Lit(0), b.atom(axis)) if axis != Lit(0) else totals


def outer(b: Places, ufunc: np.ufunc, args: list[Value]) -> Value:
    """Lower ``np.subtract.outer(x, y)`` as ``x[:, None] - y``."""
    left, right = map(b.as_array, args)
    ranks = [len(shape) if shape is not None else None for shape in map(k.shape_of, (left.kind, right.kind))]
    if None in ranks:
        raise b.refuse(
            f"`np.{ufunc.__name__}.outer` of arrays of unknown dimensions cannot be differentiated",
            "write `x[:, None]` for the first",
        )
    if ranks == [1, 1]:
        left = b.call(np.reshape, left, b.atom(TupleValue((Lit(-1), Lit(1)))))
    elif ranks[0] and ranks[1]:
        index = b.atom(TupleValue((Lit(Ellipsis), *(Lit(None),) * ranks[1])))
        left = b.emit(ref_to(operator.getitem), (left, index))
    return b.call_object(ref_to(ufunc), [left, right], {})


def unbuffered(b: Places, ufunc: np.ufunc, args: list[Value]) -> Value:
    """Lower ``ufunc.at(x, index, y)``: one element after the other, also where an index is repeated."""
    text = f"np.{ufunc.__name__}.at"
    target, index = args[0], args[1]
    if not isinstance(target, Var):
        raise b.refuse(f"what `{text}` updates cannot be followed", "assign to `x[index]`")
    if ufunc in (np.add, np.subtract):
        value = b.as_array(args[2])
        if ufunc is np.subtract:
            value = b.call(operator.neg, value)
        b.update("add_at", target, (b.atom(index), value))
        return Lit(None)
    if ufunc.nin > 2 or ufunc.nout > 1 or b.registry.rule(ufunc) is None:
        raise b.refuse(f"`{text}` cannot be differentiated", "write a loop")
    ref = ref_to(ufunc)

    def step(at: Value, others: list[Value]) -> None:
        b.set_item(target, at, b.call_object(ref, [b.subscript(target, at), *others], {}))

    operand = [b.as_array(arg) for arg in args[2:]]
    plain = no_repeats(b, index)
    if plain:
        step(index, list(operand))
        return Lit(None)
    parts = list(index.items) if isinstance(index, TupleValue) and index.type is tuple else [index]
    arrays: list[Any] = [each if isinstance(b.kind(each), k.Scalar) else b.as_array(each) for each in parts]
    lengths = {k.shape_of(b.kind(each)) for each in arrays} - {()}
    integers = all((k.dtype_of(b.kind(each)) or "f")[0] in "iu" for each in arrays)
    length = next(iter(lengths), None)
    kind = b.kind(target)
    known = isinstance(kind, k.Array) and kind.shape is not None and len(arrays) <= len(kind.shape)
    if not integers or not known or len(lengths) != 1 or length is None or len(length) != 1:
        raise b.refuse(
            f"`{text}` is differentiated for integers, slices and arrays of integers in one dimension",
            "write a loop over the indices",
        )
    if len(arrays) > 1 and None in length:
        raise b.refuse(f"the lengths of the indices of `{text}` are not known to be equal", "write a loop")
    inner = kind.shape[len(arrays) :]
    arrays = [b.root_value(own(b, each, target)) for each in arrays]
    operand = [b.root_value(own(b, rows(b, each, length, inner, arrays), target)) for each in operand]
    first = next(each for each in arrays if not isinstance(b.kind(each), k.Scalar))

    def pick(value: Value, i: Value, whole: bool) -> Value:
        return value if whole else b.subscript(value, i)

    def body(i: Value) -> None:
        places = [pick(each, i, isinstance(b.kind(each), k.Scalar)) for each in arrays]
        at = places[0] if len(places) == 1 else TupleValue(tuple(places))
        at = b.root_value(at)
        ranks = [len(k.shape_of(b.kind(each)) or ()) for each in operand]
        others = [pick(each, i, rank <= len(inner)) for each, rank in zip(operand, ranks, strict=True)]
        step(at, others)

    count = b.emit(ref_to(len), (b.atom(first),))
    b.iterate(RangeValue(Lit(0), count, Lit(1)), body, "k")
    return Lit(None)


def no_repeats(b: Places, index: Value) -> bool:
    """Tell whether no element can occur twice in an index."""
    kind = b.kind(index)
    if isinstance(kind, k.Tuple):
        return all(isinstance(item, (k.Scalar, k.Slice, k.Constant)) for item in kind.items)
    return isinstance(kind, (k.Scalar, k.Slice, k.Constant)) or k.dtype_of(kind) == "b1"


def own(b: Places, value: Value, target: Var) -> Value:
    """Return a value that the update of an array does not change."""
    return b.call(np.copy, b.atom(value)) if b.shares(value, target) else value


def rows(b: Places, atom: Atom, length: tuple, inner: tuple, arrays: list) -> Atom:
    """Return an operand with one row for each index, or without rows where all are the same."""
    shape = k.shape_of(atom.kind)
    if shape is None or len(shape) > len(inner) + 1:
        raise b.refuse("an operand of this `at` is of unknown dimensions", "write a loop")
    if len(shape) <= len(inner) or (shape[0] == length[0] and shape[0] is not None):
        return atom
    first = next(each for each in arrays if not isinstance(b.kind(each), k.Scalar))
    count = b.emit(ref_to(len), (b.atom(first),))
    lengths = TupleValue(
        (
            count,
            *(
                b.emit(ref_to(operator.getitem), (b.call(np.shape, atom), Lit(i)))
                for i in range(1, len(shape))
            ),
        )
    )
    return b.call(np.broadcast_to, atom, b.atom(lengths))


__all__ = ["ufunc_method"]
