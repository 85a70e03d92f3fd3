"""Methods of ufuncs: `at`, `outer`, `reduce` and `accumulate`.

``np.multiply.at(x, index, v)`` updates one element after the other, also where an index is repeated: a loop. Where
no element can come twice it is ``x[index] = np.multiply(x[index], v)``.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.frontend.names import ref_to
from s2sad.frontend.places import Places
from s2sad.frontend.values import RangeValue, TupleValue, Value
from s2sad.ir.core import Atom, Lit, Ref, Var

REDUCTIONS = {
    "reduce": {np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min},
    "accumulate": {np.add: np.cumsum, np.multiply: np.cumprod},
}


def ufunc_method(b: Places, ufunc: np.ufunc, name: str, args: list[Value], kwargs: dict) -> Value:
    """Lower `np.add.at` and its kin."""
    text = f"np.{ufunc.__name__}.{name}"
    if name == "at":
        return unbuffered(b, ufunc, args)
    kwargs = dict(kwargs)
    out = kwargs.pop("out", Lit(None))
    if name in ("reduce", "accumulate") and len(args) > 3:  # array, axis, dtype, out, keepdims
        out, args, more = args[3], args[:3], args[4:]
        kwargs.update(zip(("keepdims", "initial", "where"), more, strict=False))
    if out != Lit(None):
        outs = b.outs_in(None, out)
        result = ufunc_method(b, ufunc, name, args, kwargs)
        return result if outs is None else b.stored(Ref(text, ufunc), result, outs, exact=True)
    if name == "outer" and len(args) == 2 and not kwargs:
        return outer(b, ufunc, args)
    function = REDUCTIONS.get(name, {}).get(ufunc)
    if function is None:
        raise b.refuse(f"`{text}` cannot be differentiated", "write a loop, or use functions of whole arrays")
    if "axis" not in kwargs and len(args) == 1:
        kwargs = {"axis": Lit(0), **kwargs}
    names = ("axis", "dtype")
    if len(args) > 2 or function in (np.max, np.min):
        kwargs = {**dict(zip(names, args[1:], strict=False)), **kwargs}
        args = args[:1]
        if kwargs.get("dtype") == Lit(None) or function in (np.max, np.min):
            kwargs.pop("dtype", None)
    return b.library_call(ref_to(function), args, kwargs)


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
