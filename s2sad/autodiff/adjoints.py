"""Adjoints: contributions are collected for each value and summed when the value's adjoint is first read.

Nothing is emitted for a value without contributions, and a single contribution is an assignment. An adjoint
of a part (an element, a slice, a field) is added to that part of a buffer.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field, is_dataclass
from typing import Any

import numpy as np

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.errors import Where
from s2sad.frontend.lowerer import Lowerer
from s2sad.frontend.names import ref_to
from s2sad.frontend.storage import RESHAPES, may_be_view
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Call, Lit, Ref, Update, Var
from s2sad.ir.paths import reached_kind

LAID_OUT = (np.zeros, np.zeros_like, np.ones_like, np.full_like, np.ascontiguousarray)
WIDE = (np.broadcast_to, runtime.unbroadcast, np.diag, np.diagonal)  # their results may be read-only


@dataclass
class Contributions:
    """What has been added to one value's adjoint so far."""

    start: Atom | None = None
    whole: list[Atom] = field(default_factory=list)
    parts: list[tuple[tuple, tuple[Atom, ...], Atom]] = field(
        default_factory=list
    )  # (path, arguments, value)
    items: dict[Any, Contributions] = field(default_factory=dict)
    where: Where | None = None

    @property
    def terms(self) -> list[Atom]:
        """What is to be summed: a running total first, then the contributions in program order."""
        return [*([] if self.start is None else [self.start]), *reversed(self.whole)]

    def __bool__(self) -> bool:
        return bool(self.start is not None or self.whole or self.parts or self.items)


class Adjoints:
    """The part of the reverse transformation that collects adjoints."""

    b: Lowerer
    active: set[Var]

    def __init__(self) -> None:
        self.bars: dict[Var, Contributions] = {}
        self.has_complex = False  # whether the program has complex numbers
        self.broadcasts: set[Var] = set()  # adjoints that may be views without memory of their own

    def primal(self, atom: Atom) -> Atom:
        raise AssertionError("overridden")

    def add(self, atom: Atom, value: Atom | None) -> None:
        """Add a contribution to the adjoint of a value."""
        if isinstance(atom, Var) and atom in self.active and value is not None:
            real = (k.dtype_of(atom.kind) or "c")[0] == "f"
            if real and (k.dtype_of(value.kind) or ("c" if self.has_complex else "f"))[0] == "c":
                value = self.b.call(np.real, value)  # a real number has a real adjoint
            if isinstance(atom.kind, k.Scalar) and isinstance(value.kind, k.Array) and value.kind.shape == ():
                value = self.number(value)
            found = self.bars.setdefault(atom, Contributions())
            found.whole.append(value)
            found.where = self.b.where or found.where

    def number(self, array: Atom) -> Atom:
        """Return the number in an array of rank 0, which would have to be copied before anything is added to it."""
        made = self.b.made.get(array) if isinstance(array, Var) else None
        kind = k.Scalar(k.dtype_of(array.kind) or "f8")
        if made is not None and made.fn == ref_to(np.full_like) and made.args[1].kind == kind:
            return made.args[1]
        return self.b.emit(ref_to(operator.getitem), (array, Lit(())), kind=kind)

    def begin(self, atom: Atom, value: Atom) -> None:
        """Start the adjoint of a value with a running total."""
        if isinstance(atom, Var) and atom in self.active:
            found = self.bars.setdefault(atom, Contributions())
            if found.start is None and not found:
                found.start = value
            else:
                found.whole.append(value)

    def add_part(self, atom: Atom, path: tuple, args: tuple[Atom, ...], value: Atom) -> None:
        """Add a contribution to the part of a value that ``path`` and the last of `args` reach."""
        if isinstance(atom, Var) and atom in self.active:
            found = self.bars.setdefault(atom, Contributions())
            found.parts.append((path, args, value))
            found.where = self.b.where or found.where

    def add_item(self, atom: Atom, key: Any, value: Atom) -> None:
        """Add a contribution to an item of a tuple, or a field of an object."""
        if isinstance(atom, Var) and atom in self.active:
            items = self.bars.setdefault(atom, Contributions()).items
            items.setdefault(key, Contributions()).whole.append(value)

    def has(self, atom: Atom) -> bool:
        return isinstance(atom, Var) and bool(self.bars.get(atom))

    def hint(self, var: Var) -> str:
        return f"{var.hint}_bar" if var.hint else ""

    def take(self, var: Var) -> Atom | None:
        """Sum and remove the contributions to a value's adjoint; None where there are none."""
        found = self.bars.pop(var, None)
        if not found:
            return None
        outer, self.b.where = self.b.where, found.where or self.b.where
        total = self.named(self.sum(found, var), var)
        self.b.where = outer
        return total

    def total(self, var: Var) -> Atom:
        """Return the adjoint of a value, zero where nothing contributed."""
        found = self.take(var)
        return self.zero(var) if found is None else found

    def named(self, atom: Atom, var: Var) -> Atom:
        if isinstance(atom, Var) and not atom.hint and var.hint and not self.is_primal(atom):
            atom.hint = self.hint(var)
        return atom

    def is_primal(self, var: Var) -> bool:
        raise AssertionError("overridden")

    def sum(self, found: Contributions, var: Var) -> Atom:
        kind = var.kind
        if isinstance(kind, (k.Tuple, k.Object)) and not found.parts:
            return self.sum_items(found, var, kind)
        total: Atom | None = None
        for value in found.terms:
            total = value if total is None else self.plus(total, value, kind)
        if found.parts or found.items:
            if total is None:
                total = self.zero(var)
                if isinstance(total, Var):
                    total.hint = total.hint or self.hint(var)
            elif isinstance(kind, k.Array):
                total = self.full_size(total, var)
            for path, args, value in found.parts:
                total = self.add_at(total, path, args, value, self.hint(var))
            for key, inner in found.items.items():
                for value in inner.whole:
                    total = self.add_at(total, (), (Lit(key),), value, self.hint(var))
        assert total is not None
        return total

    def full_size(self, total: Atom, var: Var) -> Atom:
        """Give an adjoint that stands for its broadcast the shape of its primal, so that parts fit in."""
        if (k.dtype_of(total.kind) or "c")[0] == "f" and (k.dtype_of(var.kind) or "f")[0] == "c":
            assert isinstance(var.kind, k.Array)
            return self.b.emit(ref_to(np.ndarray.astype), (total, Lit(var.kind.dtype)), kind=var.kind)
        if self.is_broadcast(total):
            made = self.b.made.get(total)  # type: ignore[arg-type]
            wide = made is not None and getattr(made.fn, "value", None) in (
                np.broadcast_to,
                runtime.unbroadcast,
            )
            narrow = made.args[0] if wide and made is not None else total
            if isinstance(narrow, Lit) or isinstance(narrow.kind, k.Scalar):
                return self.filled(narrow, var)
            return self.b.emit(ir.COPY, (total,), kind=total.kind)
        if k.shape_of(total.kind) == k.shape_of(var.kind) and None not in (k.shape_of(var.kind) or (None,)):
            return total
        if isinstance(total, Lit) or isinstance(total.kind, k.Scalar):
            return self.filled(total, var)
        return total

    def is_broadcast(self, atom: Atom) -> bool:
        """Tell whether an adjoint may be a broadcast: a read-only view with less memory than elements."""
        made = self.b.made.get(atom) if isinstance(atom, Var) else None
        if made is None or not isinstance(made.fn, Ref):
            return atom in self.broadcasts
        target = made.fn.value
        if target is np.diag and len(k.shape_of(made.args[0].kind) or ()) == 1:
            return False
        is_view = made.args and may_be_view(target)
        return made.fn.value in WIDE or bool(is_view and self.is_broadcast(made.args[0]))

    def filled(self, value: Atom, var: Var) -> Atom:
        """Return an array like `var` with one value everywhere."""
        if value == Lit(1.0):
            return self.b.call(np.ones_like, self.primal(var))
        if value == Lit(0.0):
            return self.b.call(np.zeros_like, self.primal(var))
        return self.b.call(np.full_like, self.primal(var), value)

    def plus(self, a: Atom, b: Atom, kind: k.Kind) -> Atom:
        if isinstance(kind, (k.List, k.Dict, k.Unknown)):
            return self.b.call(runtime.add, a, b)
        return self.b.call(operator.add, a, b)

    def sum_items(self, found: Contributions, var: Var, kind: k.Tuple | k.Object) -> Atom:
        if not found.items and len(found.terms) == 1:
            return found.terms[0]
        is_tuple = isinstance(kind, k.Tuple)
        if not is_tuple and not is_dataclass(kind.type) and not k.is_named(kind):
            return Lit(None)  # an object whose numbers are constants
        keys: list[Any] = list(range(len(kind.items))) if isinstance(kind, k.Tuple) else list(kind.names)
        items: list[Atom] = []
        for key, item_kind in zip(keys, kind.items, strict=True):
            if not k.may_hold_floats(item_kind):
                items.append(Lit(None))
                continue
            inner = Contributions(whole=list(found.items.get(key, Contributions()).whole))
            for whole in found.terms:
                inner.whole.append(self.item(whole, key, is_tuple))
            if inner:
                item = Var("", item_kind)
                items.append(self.sum(inner, item))
            else:
                items.append(self.zero_like(self.item(self.primal(var), key, is_tuple)))
        if is_tuple and kind.type is tuple:
            return self.b.emit(ir.TUPLE, items)
        if k.is_named(kind):
            like = ref_to(k.NAMED[kind.type])
            return self.b.emit(like, (self.primal(var),), (("values", items[0]),), kind=kind)
        cls = Ref(kind.type.__name__, kind.type)
        if is_tuple:
            return self.b.emit(cls, items, kind=k.Tuple(tuple(i.kind for i in items), kind.type))
        pairs = tuple(zip(keys, items, strict=True))
        return self.b.emit(
            cls, (), pairs, kind=k.Object(kind.type, tuple(keys), tuple(i.kind for i in items))
        )

    def item(self, atom: Atom, key: Any, is_tuple: bool) -> Atom:
        if is_tuple:
            return self.b.emit(ref_to(operator.getitem), (atom, Lit(key)))
        return self.b.emit(Ref("getattr", getattr), (atom, Lit(key)))

    def zero(self, var: Var) -> Atom:
        """Return a zero adjoint for a value."""
        if isinstance(var.kind, k.Scalar):
            return Lit(0.0)
        if isinstance(var.kind, (k.Tuple, k.Object)):
            contributions = Contributions()
            return self.sum_items(contributions, var, var.kind)
        return self.zero_like(self.primal(var))

    def zero_like(self, atom: Atom) -> Atom:
        kind = atom.kind
        if isinstance(kind, k.Scalar) or isinstance(atom, Lit):
            return Lit(0.0)
        if isinstance(kind, k.Array) and kind.shape is not None:
            return self.b.call(np.zeros_like, atom)
        return self.b.call(runtime.zeros_like, atom)

    def add_at(self, total: Atom, path: tuple, args: tuple[Atom, ...], value: Atom, hint: str = "") -> Atom:
        """Add a value to a part of an adjoint buffer."""
        made = self.b.made.get(total) if isinstance(total, Var) else None
        if isinstance(made, Call) and isinstance(made.fn, Update) and made.fn.action == "setitem":
            *same, zero = made.args[1:]
            if zero == Lit(0.0) and made.fn.path == path and tuple(same) == args and not path:
                return self.update("setitem", path, (made.args[0], *args, value), hint)
        return self.update("add_at", path, (total, *args, value), hint)

    def by_rows(self, buffer: Atom, path: tuple) -> Atom:
        """Lay a buffer out row by row, where what is to be updated is a view of it only then."""
        flat = any(isinstance(fn, Ref) and fn.value in RESHAPES for fn, _ in path)
        if not flat or not isinstance(buffer.kind, k.Array) or self.is_laid_out(buffer):
            return buffer
        if buffer.kind.ndim == 0:
            return buffer
        hint = getattr(buffer, "hint", "")
        if buffer.kind.shape is None:  # it may be of rank 0, to which `ascontiguousarray` would add an axis
            return self.b.call(np.asarray, buffer, order=Lit("C"), hint=hint)
        return self.b.call(np.ascontiguousarray, buffer, hint=hint)

    def is_laid_out(self, buffer: Atom) -> bool:
        """Tell whether a buffer was made row by row: like a primal that is, which was seen to be."""
        made = self.b.made.get(buffer) if isinstance(buffer, Var) else None
        while made is not None and isinstance(made.fn, Update) and isinstance(made.args[0], Var):
            made = self.b.made.get(made.args[0])
        return made is not None and (made.fn is ir.COPY or made.target in LAID_OUT)

    def update(self, action: str, path: tuple, args: tuple[Atom, ...], hint: str = "", outs: int = 1) -> Atom:
        """Append an update of an adjoint buffer; return the new version."""
        args = (self.by_rows(args[0], path), *args[1:])
        old = args[0]
        kind = old.kind
        if action == "add_at" and isinstance(kind, k.List) and not path:
            if k.dtype_of(kind.item) != k.dtype_of(args[-1].kind):  # a sum of another precision
                kind = k.List(k.join(kind.item, args[-1].kind))
        out = Var(hint or getattr(old, "hint", ""), kind)
        reached = reached_kind(Call((), Update(action, path), args))
        extra = tuple(Var("", self.b.item_kind(reached)) for _ in range(outs - 1))
        call = Call((out, *extra), Update(action, path), args, (), self.b.where)
        self.b.append(call)
        self.b.made[out] = call
        return out
