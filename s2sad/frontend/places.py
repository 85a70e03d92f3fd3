"""Places in arrays: ``y.flat``, ``np.ndenumerate``, and what stands in the brackets of ``np.r_`` and ``np.c_``.

The element ``y.flat[i]`` of a matrix with `m` columns is ``y[i // m, i % m]``: right for negative `i` too, and for
an array of them.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.frontend.library import handles
from s2sad.frontend.names import ref_to
from s2sad.frontend.outs import Outs
from s2sad.frontend.values import BoundValue, Sequence, TupleValue, Value
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Lit, Ref, Var

INDEXERS = (type(np.r_), type(np.c_), type(np.s_))


@dataclass(frozen=True, eq=False)
class Flat(BoundValue):
    """``y.flat``: `args` holds the array, so that it is known which storage this reads and writes."""

    @property
    def array(self) -> Value:
        return self.args[0]


class Places(Outs):
    """Reading and writing by the place of an element in row-major order."""

    last_places: tuple[Any, Any, Atom] | None = None  # the block, the index, the places it was turned into

    def flat(self, array: Value) -> Flat:
        if not isinstance(self.kind(array), k.Array) or not isinstance(array, Var):
            raise self.refuse(
                "this `.flat` cannot be followed", "use `.ravel()`, or an index for each dimension"
            )
        return Flat(Ref("flat", np.ndarray.flat), (self.root_value(array),))

    # ---- as a value -------------------------------------------------------------------------------

    def kind(self, value: Value) -> k.Kind:
        if not isinstance(value, Flat):
            return super().kind(value)
        kind = self.kind(value.array)
        shape = k.shape_of(kind)
        return k.Array(k.dtype_of(kind), shape if shape is not None and len(shape) == 1 else (None,))

    def atom(self, value: Value) -> Atom:
        if isinstance(value, Flat):
            return self.call(np.copy, self.call(np.ravel, self.atom(value.array)))
        return super().atom(value)

    def sequence(self, value: Value) -> Sequence:
        if isinstance(value, Flat):
            return Sequence(self.call(np.size, self.atom(value.array)), lambda i: self.subscript(value, i))
        return super().sequence(value)

    def subscript(self, value: Value, index: Value) -> Value:
        if isinstance(value, Flat):
            index = self.places(value.array, index)
            if index == Lit(Ellipsis):
                return self.atom(value)
            taken = self.subscript(value.array, index)
            return self.call(np.copy, taken) if self.is_slice(index) else taken
        if isinstance(value, Ref) and isinstance(value.value, INDEXERS):
            return self.brackets(value, index)
        return super().subscript(value, index)

    def set_item(self, container: Value, index: Value, value: Value) -> None:
        if not isinstance(container, Flat):
            super().set_item(container, index, value)
            return
        array = container.array
        if index in (Lit(Ellipsis), Lit(())) or self.literal_index(index) == slice(None):
            self.set_flat(array, value)
            return
        if self.shares(value, array):
            raise self.refuse(
                "`.flat` is assigned from a view of the same array: each element is read after others are written",
                "assign a copy",
            )
        at = self.places(array, index)
        super().set_item(
            array, at, self.filling(value, lambda: self.count(array, index), self.kind_at(array, at))
        )

    def set_flat(self, array: Value, value: Value) -> None:
        """Lower ``y.flat = value``: its numbers one after the other, and again from the first."""
        atom = self.as_array(value)
        kind = self.kind(array)
        known = k.shape_of(atom.kind) == k.shape_of(kind) is not None and None not in k.shape_of(kind)
        if not isinstance(atom.kind, k.Scalar) and not known:
            one = k.shape_of(kind) is not None and len(k.shape_of(kind)) == 1
            size = k.Array(None, k.shape_of(kind)) if one else k.Array(None, None)
            atom = self.filling(atom, lambda: self.call(np.size, self.atom(array)), size)
            if not one:
                lengths = self.call(np.shape, self.atom(array))
                kind = k.Array(k.dtype_of(atom.kind), k.shape_of(kind))
                atom = self.emit(ref_to(np.reshape), (atom, lengths), kind=kind)
        super().set_item(array, Lit(Ellipsis), atom)

    # ---- places -----------------------------------------------------------------------------------

    def places(self, array: Value, index: Value) -> Value:
        """Return the index with which an array gives what its ``.flat`` gives for `index`."""
        shape = k.shape_of(self.kind(array))
        if index in (Lit(Ellipsis), Lit(())) or self.literal_index(index) == slice(None):
            return Lit(Ellipsis)
        if not shape:
            raise self.refuse(
                "the number of dimensions of this array is not known", "use an index for each dimension"
            )
        if len(shape) == 1:
            return index
        at = self.counted(array, index)
        if at == Lit(0):
            return TupleValue((at,) * len(shape))
        lengths = self.lengths(array)
        parts: list[Value] = []
        for length in lengths[:0:-1]:
            parts.insert(0, self.binary(operator.mod, at, length))
            at = self.binary(operator.floordiv, at, length)
        return TupleValue((at, *parts))

    def counted(self, array: Value, index: Value) -> Value:
        """Return integers, or an array of them, for an index of the elements in row-major order."""
        atom = self.atom(index)
        if isinstance(atom.kind, k.Scalar) and k.dtype_of(atom.kind) != "b1":
            return atom
        if isinstance(atom.kind, k.Array) and (k.dtype_of(atom.kind) or "b")[0] in "iu":
            return atom
        if self.last_places is not None and self.last_places[0] is self.block and self.last_places[1] is atom:
            return self.last_places[2]
        if isinstance(atom.kind, k.Slice) or k.dtype_of(atom.kind) == "b1":
            everything = self.call(np.arange, self.call(np.size, self.atom(array)))
            at = self.emit(ref_to(operator.getitem), (everything, atom))
        else:
            at = self.call(np.asarray, atom)
            if (k.dtype_of(at.kind) or "f")[0] not in "iu":
                raise self.refuse("this index of `.flat` cannot be followed", "use integers or a slice")
        self.last_places = self.block, atom, at
        return at

    def count(self, array: Value, index: Value) -> Atom:
        """Return how many elements an index of ``.flat`` stands for."""
        if isinstance(self.kind(index), k.Scalar):
            return Lit(1)
        return self.call(np.size, self.atom(self.subscript(array, self.places(array, index))))

    def kind_at(self, array: Value, index: Value) -> k.Kind:
        """Return the kind of the elements at an index, without reading them."""
        atom = self.atom(index)
        return self.kind_of_call(operator.getitem, (self.peek(self.atom(array)), atom), ())

    def is_slice(self, index: Value) -> bool:
        return isinstance(self.kind(index), k.Slice)

    def lengths(self, array: Value) -> list[Atom]:
        """Return the length of each axis."""
        shape = k.shape_of(self.kind(array)) or ()
        found: list[Atom] = []
        for axis, length in enumerate(shape):
            if isinstance(length, int):
                found.append(Lit(length))
            else:
                lengths = self.emit(ref_to(np.shape), (self.atom(array),))
                found.append(self.emit(ref_to(operator.getitem), (lengths, Lit(axis))))
        return found

    def filling(self, value: Value, count: Any, places: k.Kind) -> Atom:
        """Return what fills so many places: the numbers of `value` in order, and again from the first."""
        atom = self.as_array(value)
        shape, wanted = k.shape_of(atom.kind), k.shape_of(places)
        if isinstance(atom.kind, k.Scalar):
            return atom
        if shape is not None and len(shape) == 1 and shape == wanted and None not in shape:
            return atom
        if wanted == ():
            return self.emit(ref_to(operator.getitem), (self.flattened(atom), Lit(0)))
        kind = k.Array("i8", wanted if wanted is not None and len(wanted) == 1 else (None,))
        return self.repeated(atom, self.emit(ref_to(np.arange), (count(),), kind=kind))

    def repeated(self, atom: Atom, at: Atom) -> Atom:
        """Return ``atom.ravel()[at % atom.size]``."""
        if isinstance(atom.kind, k.Scalar):
            return atom
        flat = self.flattened(atom)
        turn = self.atom(self.binary(operator.mod, at, self.call(np.size, flat)))
        return self.emit(ref_to(operator.getitem), (flat, turn))

    def flattened(self, atom: Atom) -> Atom:
        shape = k.shape_of(atom.kind)
        return atom if shape is not None and len(shape) == 1 else self.call(np.ravel, atom)

    # ---- np.r_, np.c_, np.s_ ----------------------------------------------------------------------

    def brackets(self, indexer: Ref, index: Value) -> Value:
        """Lower ``np.r_[...]`` and its kin."""
        items = list(index.items) if isinstance(index, TupleValue) and index.type is tuple else [index]
        if isinstance(indexer.value, type(np.s_)):
            return TupleValue(tuple(items)) if indexer.value.maketuple else index
        parts = [self.bracketed(indexer, item) for item in items]
        ranks = {
            len(shape) if shape is not None else None for shape in map(k.shape_of, map(self.kind, parts))
        }
        name = indexer.text
        if None in ranks:
            raise self.refuse(
                f"the number of dimensions of what `{name}` joins is not known", "use `np.concatenate`"
            )
        if isinstance(indexer.value, type(np.c_)):
            if max(ranks) > 2:
                raise self.refuse(
                    f"`{name}` of more than two dimensions cannot be differentiated", "use `np.stack`"
                )
            return self.call(np.column_stack, self.atom(TupleValue(tuple(parts))))
        joined: list[Value] = []
        numbers: list[Value] = []
        for part in [*parts, None]:
            if part is not None and isinstance(self.kind(part), k.Scalar):
                numbers.append(part)
                continue
            if numbers:
                joined.append(self.call(np.array, self.emit(ir.LIST, [self.atom(each) for each in numbers])))
                numbers = []
            if part is not None:
                joined.append(part)
        if ranks == {0}:
            return joined[0]
        return self.call(np.concatenate, self.atom(TupleValue(tuple(joined))))

    def bracketed(self, indexer: Ref, item: Value) -> Value:
        """Return one part of what ``np.r_`` joins as an array or a number."""
        kind = self.kind(item)
        if isinstance(kind, k.Slice):
            made = self.made.get(item) if isinstance(item, Var) else None
            if made is None or made.fn is not ir.SLICE or made.args[1] == Lit(None):
                raise self.refuse(f"this slice in `{indexer.text}` cannot be followed", "use `np.arange`")
            start, stop, step = (
                Lit(default) if end == Lit(None) else end
                for end, default in zip(made.args, (0, None, 1), strict=True)
            )
            if isinstance(step, Lit) and isinstance(step.value, complex):
                return self.call(np.linspace, start, stop, Lit(int(abs(step.value))))
            return self.call(np.arange, start, stop, step)
        if isinstance(kind, k.Constant):
            raise self.refuse(f"a directive in `{indexer.text}` cannot be followed", "use `np.concatenate`")
        return self.as_array(item)


@handles(np.ndenumerate)
def _ndenumerate(b: Places, args: list[Value], kwargs: dict) -> Value:
    array = b.root_value(b.atom(args[0]))
    ndim = len(k.shape_of(b.kind(array)) or ())
    if not ndim or not isinstance(array, Var):
        raise b.refuse(
            "`np.ndenumerate` of this value cannot be differentiated", "loop over `np.ndindex(x.shape)`"
        )

    def item(i: Atom) -> Value:
        index = b.places(array, i)
        index = index if isinstance(index, TupleValue) else TupleValue((index,))
        return TupleValue((index, b.root_value(b.subscript(array, index))))

    return Sequence(b.call(np.size, b.atom(array)), item)


@handles(np.nditer)
def _nditer(b: Places, args: list[Value], kwargs: dict) -> Value:
    if not any(map(b.is_varied, (*args, *kwargs.values()))) and "op_flags" not in kwargs and len(args) < 3:
        return b.opaque_call(ref_to(np.nditer), args, kwargs)
    raise b.refuse(
        "`np.nditer` cannot be differentiated", "loop over `np.ndindex(x.shape)`, or use whole arrays"
    )
