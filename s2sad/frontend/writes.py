"""Functions, methods and attributes that update an array in place, as assignments to its elements.

``np.put(x, i, v)`` is ``x[i] = v``, ``np.fill_diagonal(a, v)`` is ``a[i, i] = v`` with ``i = np.arange(n)``,
``z.real = v`` is ``z.real[...] = v``. What cannot be said so is refused, with what to write instead.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.frontend.library import handles
from s2sad.frontend.names import ref_to
from s2sad.frontend.outs import split_out
from s2sad.frontend.places import Places
from s2sad.frontend.state import RESHAPES
from s2sad.frontend.values import FALSE, TRUE, TupleValue, Value
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Lit, Ref, Var

# Methods that update their array: how to do without those that are refused.
REFUSED_METHODS = {
    "resize": "make a new array, with `np.resize`, `np.concatenate` or `np.zeros`",
    "itemset": "assign to `x[i]`",
    "setflags": "leave it out: it changes no number",
    "setfield": "assign to `x[...]`, or to `x.real`",
    "byteswap": "keep the native byte order",
}
ARRAY_UPDATES = ("fill", "sort", "partition", "put", *REFUSED_METHODS)
IN_PLACE = {
    getattr(operator, f"i{name}"): getattr(operator, name)
    for name in "add sub mul truediv floordiv mod pow matmul lshift rshift".split()
} | {operator.iand: operator.and_, operator.ior: operator.or_, operator.ixor: operator.xor}
IN_PLACE_METHODS = {f"__{function.__name__.strip('_')}__": function for function in IN_PLACE}


class Writes(Places):
    """Updates of arrays that are not written as assignments."""

    def array_update(self, owner: Var, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Lower a method that updates its array in place."""
        if name in REFUSED_METHODS:
            inplace = kwargs.get("inplace", args[0] if args else FALSE)
            if name != "byteswap" or inplace != FALSE:
                raise self.refuse(f"the method `{name}` cannot be differentiated", REFUSED_METHODS[name])
            return self.dynamic_method(owner, name, args, kwargs)
        if name == "put":
            return _put(self, [owner, *args], kwargs)
        if name == "fill":
            value = args[0] if args else kwargs.get("value")
            if value is None:
                raise self.refuse("`fill` needs a value")
            self.update("setitem", owner, (Lit(Ellipsis), self.atom(value)))
        else:
            function = np.sort if name == "sort" else np.partition
            ordered = self.call_object(ref_to(function), [owner, *args], kwargs)
            self.update("setitem", owner, (Lit(Ellipsis), self.atom(ordered)))
        return Lit(None)

    def set_array_attribute(self, value: Value, name: str, new: Value) -> None:
        """Lower ``value.name = new`` for an array."""
        if isinstance(value, Var) and name == "shape":
            self.set_shape(value, new)
        elif isinstance(value, Var) and name == "flat":
            self.set_flat(value, new)
        elif isinstance(value, Var) and name in ("real", "imag"):
            code = k.dtype_of(self.kind(value))
            if code is None or (name == "imag" and code[0] != "c"):
                raise self.refuse(
                    f"`{name}` of an array that is not known to be complex is assigned",
                    "make it complex first",
                )
            part = self.attribute(value, name)
            assert isinstance(part, Var)
            self.update("setitem", part, (Lit(Ellipsis), self.atom(new)))
        else:
            raise self.refuse(f"the attribute `{name}` of an array is assigned", ATTRIBUTE_HINTS.get(name))

    def set_shape(self, value: Var, shape: Value) -> None:
        """Lower ``y.shape = (2, 3)``: every name of the array now stands for a reshaped view of it."""
        root = self.root(value)
        base = root
        while base in self.views and self.views[base].fn.value in RESHAPES:
            base = self.root(self.views[base].base)
        hint = "write `x = x.reshape(shape)`"
        if base not in self.made or base in self.views:
            raise self.refuse("the shape of an array that was not made here is assigned", hint)
        if any(root in pair for pair in self.env.get("links", frozenset())):
            raise self.refuse("the shape of an array that a container may hold is assigned", hint)
        sequence = isinstance(self.kind(shape), (k.Tuple, k.List))
        lengths = self.atom(shape) if sequence else self.atom(TupleValue((shape,)))
        view = self.call(np.reshape, self.atom(base), lengths, hint=root.hint)
        if self.root(view) not in self.views:
            raise self.refuse("the shape of an array of unknown layout is assigned", hint)
        for key, item in list(self.env.items()):
            if isinstance(key, tuple) and key[0] not in ("flag", "view"):
                if isinstance(item, Var) and self.root(item) is root:
                    self.env[key] = self.root(view)
                elif any(self.root(leaf) is root for leaf in self.leaves(item)):
                    raise self.refuse("the shape of an array that a container holds is assigned", hint)

    def writing_method(self, owner: Value, name: str, args: list[Value], kwargs: dict) -> Value | None:
        """Lower a method of an object of which nothing is known, if it writes into an array."""
        kind = self.kind(owner)
        home = getattr(getattr(kind, "type", None), "__module__", "numpy")
        array = args[0] if args else kwargs.get("x")
        if isinstance(kind, k.Unknown) and isinstance(owner, Var):
            if name in ARRAY_UPDATES:
                return self.array_update(owner, name, args, kwargs)
            if name in IN_PLACE_METHODS:
                return self.call_object(ref_to(IN_PLACE_METHODS[name]), [owner, *args], kwargs)
            function = self.program.methods.get(name)
            if function is not None and split_out(function, [owner, *args], kwargs)[2] not in (
                None,
                Lit(None),
            ):
                return self.call_object(ref_to(function), [owner, *args], kwargs)
        if name == "shuffle" and home.startswith("numpy") and isinstance(array, Var):
            if isinstance(self.kind(array), (k.Array, k.List, k.Unknown)):
                return self.shuffle(self.attribute_of(owner, "permutation"), array, args[1:], kwargs)
        if isinstance(kwargs.get("out"), Var):
            raise self.refuse(
                f"what `{name}` writes to its `out` cannot be followed",
                "assign the result to `x[...]` instead",
            )
        return None

    def attribute_of(self, owner: Value, name: str) -> Atom:
        return self.emit(Ref("getattr", getattr), (self.atom(owner), Lit(name)), kind=k.UNKNOWN, active=False)

    def shuffle(self, permutation: Any, array: Var, rest: list[Value], kwargs: dict[str, Value]) -> Value:
        """Lower ``rng.shuffle(x)`` as ``x[...] = x[rng.permutation(len(x))]``: the same random numbers."""
        axis = kwargs.get("axis", rest[0] if rest else Lit(0))
        shape = k.shape_of(self.kind(array))
        if axis != Lit(0) or not shape:
            raise self.refuse(
                "this `shuffle` cannot be differentiated", "index with `rng.permutation(len(x))`"
            )
        length = self.emit(ref_to(len), (self.atom(array),))
        order = self.emit(permutation, (length,), kind=k.Array("i8", shape[:1]), active=False, hint="order")
        self.update("setitem", array, (Lit(Ellipsis), self.atom(self.subscript(array, order))))
        return Lit(None)


ATTRIBUTE_HINTS = {
    "dtype": "write `x = x.view(dtype)` or `x.astype(dtype)`",
    "strides": "index the array instead",
    "data": "assign to `x[...]`",
    "imag": "make the array complex first",
}


@handles(np.random.shuffle)
def _shuffle(b: Writes, args: list[Value], kwargs: dict) -> Value:
    array = args[0]
    if not isinstance(array, Var) or not isinstance(b.kind(array), k.Array):
        raise b.refuse(
            "this `shuffle` cannot be differentiated", "index with `np.random.permutation(len(x))`"
        )
    return b.shuffle(Ref("np.random.permutation", np.random.permutation), array, args[1:], kwargs)


# ---- functions --------------------------------------------------------------------------------------------


def given(b: Writes, function: Any, names: str, args: list[Value], kwargs: dict[str, Value]) -> list[Value]:
    """Bind the arguments of a function; what is not given is None."""
    known = names.split()
    bound = dict(zip(known, args, strict=False)) | kwargs
    if len(args) > len(known) or not set(bound) <= set(known):
        raise b.refuse(
            f"this call of `np.{function.__name__}` cannot be differentiated", "assign to `x[index]`"
        )
    return [bound.get(name, Lit(None)) for name in known]


def target_of(b: Writes, function: Any, value: Value) -> Var:
    """Return the array that a function updates."""
    if not isinstance(value, Var) or not isinstance(b.kind(value), (k.Array, k.Unknown)):
        raise b.refuse(
            f"what `np.{function.__name__}` updates is not known to be an array", "assign to `x[index]`"
        )
    return value


@handles(np.copyto)
def _copyto(b: Writes, args: list[Value], kwargs: dict) -> Value:
    target, value, _, where = given(b, np.copyto, "dst src casting where", args, kwargs)
    target, atom = target_of(b, np.copyto, target), b.as_array(value)
    if where in (Lit(None), TRUE):
        b.set_item(target, Lit(Ellipsis), atom)
        return Lit(None)
    mask, shape = b.as_array(where), k.shape_of(b.kind(target))
    if shape and isinstance(atom.kind, k.Scalar) and k.shape_of(mask.kind) == shape and None not in shape:
        b.set_item(target, mask, atom)
    else:
        b.set_item(target, Lit(Ellipsis), b.call(np.where, mask, atom, b.atom(target)))
    return Lit(None)


@handles(np.fill_diagonal)
def _fill_diagonal(b: Writes, args: list[Value], kwargs: dict) -> Value:
    target, value, wrap = given(b, np.fill_diagonal, "a val wrap", args, kwargs)
    target = target_of(b, np.fill_diagonal, target)
    shape = k.shape_of(b.kind(target))
    if wrap not in (Lit(None), FALSE):
        raise b.refuse("`np.fill_diagonal` with `wrap` cannot be differentiated", "assign to `x[i, j]`")
    if shape is None or len(shape) < 2:
        raise b.refuse(
            "`np.fill_diagonal` of an array of unknown dimensions cannot be differentiated",
            "write `i = np.arange(n)` and `x[i, i] = values`",
        )
    alone(b, np.fill_diagonal, value, target)
    lengths = b.lengths(target)
    square = None not in shape and len(set(shape)) == 1
    length = lengths[0] if square or len(shape) > 2 else b.emit(ref_to(min), lengths, kind=k.INT)
    at = b.call(np.arange, length, hint="i")
    atom = b.as_array(value)
    if not (square and k.shape_of(atom.kind) == shape[:1]):
        atom = b.repeated(atom, at)
    b.set_item(target, TupleValue((at,) * len(shape)), atom)
    return Lit(None)


@handles(np.put)
def _put(b: Writes, args: list[Value], kwargs: dict) -> Value:
    target, index, value, mode = given(b, np.put, "a ind v mode", rename(args, kwargs), kwargs_of(kwargs))
    target = target_of(b, np.put, target)
    at = b.as_array(index)
    if (k.dtype_of(at.kind) or "f")[0] not in "iu":
        raise b.refuse("the indices of this `np.put` are not known to be integers", "assign to `x[index]`")
    if mode not in (Lit(None), Lit("raise")):
        at = in_range(b, at, b.call(np.size, b.atom(target)), mode)
    if len(k.shape_of(at.kind) or ()) > 1:
        at = b.call(np.ravel, at)
    atom = b.filling(value, lambda: b.call(np.size, at), at.kind)
    b.set_item(target, b.places(target, at), atom)
    return Lit(None)


def rename(args: list[Value], kwargs: dict[str, Value]) -> list[Value]:
    """The method ``x.put(indices, values)`` has other names for the arguments of ``np.put``."""
    names = {"indices": 1, "values": 2}
    found = list(args)
    for name, at in names.items():
        if name in kwargs and len(found) == at:
            found.append(kwargs[name])
    return found


def kwargs_of(kwargs: dict[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in kwargs.items() if name not in ("indices", "values")}


def in_range(b: Writes, at: Atom, size: Atom, mode: Value) -> Atom:
    """Bring indices into range as `mode` says, ``"wrap"`` or ``"clip"``."""
    if mode == Lit("wrap"):
        return b.atom(b.binary(operator.mod, at, size))
    if mode == Lit("clip"):
        return b.call(np.clip, at, Lit(0), b.atom(b.binary(operator.sub, size, Lit(1))))
    raise b.refuse(
        "a `mode` that is not a literal cannot be followed", 'write `mode="wrap"` or `mode="clip"`'
    )


@handles(np.take)
def _take(b: Writes, args: list[Value], kwargs: dict) -> Value:
    args, kwargs, _ = split_out(np.take, args, kwargs)
    mode = kwargs.pop("mode", Lit("raise"))
    if mode != Lit("raise") and any(map(b.is_varied, args)):
        array = args[0]
        axis = kwargs.get("axis", args[2] if len(args) > 2 else Lit(None))
        size = b.call(np.size, b.atom(array), *([] if axis == Lit(None) else [b.atom(axis)]))
        args = [array, in_range(b, b.as_array(args[1]), size, mode), *args[2:]]
    elif mode != Lit("raise"):
        kwargs["mode"] = mode
    return b.library_call(ref_to(np.take), args, kwargs)


@handles(np.choose)
def _choose(b: Writes, args: list[Value], kwargs: dict) -> Value:
    mode = kwargs.get("mode", Lit("raise"))
    index, choices = b.as_array(args[0]), args[1]
    if mode != Lit("raise"):
        kwargs = {name: value for name, value in kwargs.items() if name != "mode"}
        length = b.emit(ref_to(len), (b.atom(choices),))
        index = in_range(b, index, length, mode)
    return b.library_call(ref_to(np.choose), [index, choices], kwargs)


@handles(np.put_along_axis)
def _put_along_axis(b: Writes, args: list[Value], kwargs: dict) -> Value:
    target, index, value, axis = given(b, np.put_along_axis, "arr indices values axis", args, kwargs)
    target = target_of(b, np.put_along_axis, target)
    shape, at = k.shape_of(b.kind(target)), b.as_array(index)
    axis_at = b.literal_index(axis)
    if axis == Lit(None) or not shape or not isinstance(axis_at, int):
        raise b.refuse("this `np.put_along_axis` cannot be differentiated", "assign to `x[index]`")
    ndim = len(shape)
    parts: list[Value] = []
    for i, length in enumerate(b.lengths(target)):
        if i == axis_at % ndim:
            parts.append(at)
            continue
        part: Value = b.call(np.arange, length)
        if i + 1 < ndim:
            everything = b.emit(ir.SLICE, (Lit(None),) * 3)
            part = b.subscript(part, TupleValue((everything, *(Lit(None),) * (ndim - 1 - i))))
        parts.append(part)
    b.set_item(target, TupleValue(tuple(parts)), b.as_array(value))
    return Lit(None)


def as_mask(b: Writes, value: Value, target: Var) -> Atom:
    """Return a mask for all elements of an array, which NumPy takes from any array of as many elements."""
    mask = b.as_array(value)
    if k.dtype_of(mask.kind) != "b1":
        mask = b.atom(b.binary(operator.ne, mask, Lit(0)))
    shape = k.shape_of(b.kind(target))
    if shape is not None and k.shape_of(mask.kind) == shape and None not in shape:
        return mask
    lengths = b.call(np.shape, b.atom(target))
    return b.emit(ref_to(np.reshape), (mask, lengths), kind=k.Array("b1", shape))


def alone(b: Writes, function: Any, value: Value, target: Var) -> None:
    """Refuse values that are read from the array while it is being written."""
    if b.shares(value, target):
        raise b.refuse(
            f"`np.{function.__name__}` reads the array that it writes", "pass a copy of the values"
        )


@handles(np.place)
def _place(b: Writes, args: list[Value], kwargs: dict) -> Value:
    target, where, value = given(b, np.place, "arr mask vals", args, kwargs)
    target = target_of(b, np.place, target)
    alone(b, np.place, value, target)
    mask, atom = as_mask(b, where, target), b.as_array(value)
    if not isinstance(atom.kind, k.Scalar):
        atom = b.repeated(atom, b.call(np.arange, b.call(np.count_nonzero, mask)))
    b.set_item(target, mask, atom)
    return Lit(None)


@handles(np.putmask)
def _putmask(b: Writes, args: list[Value], kwargs: dict) -> Value:
    target, where, value = given(b, np.putmask, "a mask values", args, kwargs)
    target = target_of(b, np.putmask, target)
    mask, atom = as_mask(b, where, target), b.as_array(value)
    shape = k.shape_of(b.kind(target))
    if shape is not None and k.shape_of(atom.kind) == shape and None not in shape:
        atom = b.emit(ref_to(operator.getitem), (atom, mask))
    elif not isinstance(atom.kind, k.Scalar):
        atom = b.repeated(atom, b.call(np.flatnonzero, mask))
    b.set_item(target, mask, atom)
    return Lit(None)


@handles(np.nan_to_num)
def _nan_to_num(b: Writes, args: list[Value], kwargs: dict) -> Value:
    kwargs = dict(kwargs)
    copy = kwargs.pop("copy", args[1] if len(args) > 1 else TRUE)
    rest = dict(zip(("nan", "posinf", "neginf"), args[2:], strict=False)) | kwargs
    result = b.library_call(ref_to(np.nan_to_num), args[:1], rest)
    if copy == TRUE:
        return result
    if copy != FALSE:
        raise b.refuse("it is not known whether this `np.nan_to_num` makes a copy", "write `copy=True`")
    target = target_of(b, np.nan_to_num, args[0])
    b.set_item(target, Lit(Ellipsis), result)
    return b.current(target)


@handles(np.partition)
def _partition(b: Writes, args: list[Value], kwargs: dict) -> Value:
    atoms = [b.atom(arg) for arg in args]
    named = [(name, b.atom(value)) for name, value in kwargs.items()]
    kind = b.kind_of_call(
        np.sort, (atoms[0], *atoms[2:3]), tuple(each for each in named if each[0] == "axis")
    )
    out = b.emit(ref_to(np.partition), atoms, named, kind=kind)
    b.forget_links(out)
    return out


@handles(operator.setitem)
def _setitem(b: Writes, args: list[Value], kwargs: dict) -> Value:
    b.set_item(*args)
    return Lit(None)


def _in_place(function: Any) -> Any:
    def handler(b: Writes, args: list[Value], kwargs: dict) -> Value:
        if isinstance(b.kind(args[0]), k.Unknown):
            raise b.refuse("it is not known whether this updates an array or a number", "assign to `x[...]`")
        new = b.augmented(function, args[0], args[1])
        return b.read(args[0]) if new is None else new

    return handler


for _function, _plain in IN_PLACE.items():
    handles(_function)(_in_place(_plain))


__all__ = ["ARRAY_UPDATES", "IN_PLACE_METHODS", "Writes"]
