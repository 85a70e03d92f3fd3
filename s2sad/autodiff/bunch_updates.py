"""Vector mode of updates: the same place in each tangent gets the tangents of what is stored.

``x[1:] = y`` becomes ``x_dot[:, 1:] = y_dot``; where the place has no such form, one tangent is updated after the
other: ``x_dot[k].T[i] = y_dot[k]``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.autodiff.axes import GETITEM, Axes, batched_kind, is_aligned, rank_of
from s2sad.frontend.names import ref_to
from s2sad.frontend.state import RESHAPES
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Call, Lit, Loop, Update, Var
from s2sad.ir.paths import reached_kind


class BunchUpdates(Axes):
    """The part of vector mode that knows updates."""

    dot: Callable[[Atom], Atom | None]
    dot_hint: Callable[[Var], str]
    one_of: Callable[[Atom, Atom], Atom]

    def update_tangents(self, call: Call, update: Update) -> tuple[Atom | None, ...]:
        """An update of a value is the same update of its tangents, behind their first axis."""
        entry = self.entry(call)
        if entry is None:
            return super().update_tangents(call, update)  # type: ignore[misc]
        if update.action not in ("setitem", "add_at"):
            raise self.unknown(call, f"the derivative of the update `{update.action}` is not known")
        old, rest = call.args[0], call.args[1:]
        count = sum(n for _, n in update.path)
        path, (index, value) = rest[:count], rest[count:]
        if update.action == "add_at" and self.dot(value) is None:
            return (self.dot(old),)
        behind = self.path_behind(update.path, entry, path)
        if behind is not None and self.is_plain_index(index):
            place = rank_of(self.b.kind_of_call(operator.getitem, (reached(call), index), ()))
            if self.dot(value) is None or is_aligned(value.kind, place):
                whole = index == Lit(Ellipsis) and not update.path
                new = (
                    Lit(0.0) if self.dot(value) is None else self.lifted(self.part(value), value.kind, place)
                )
                at = index if whole and new != Lit(0.0) else self.behind(index)
                args = (self.part(old), *behind[1], at, new)
                return (self.updated(Update(update.action, behind[0]), call, args),)
        return (self.updated_one_by_one(call, update, entry),)

    def path_behind(self, path: tuple, entry: int, args: tuple[Atom, ...]) -> tuple[tuple, tuple] | None:
        """Return the steps to the same place in each of the tangents; None where they are not known."""
        steps: list[tuple[Any, int]] = []
        atoms: list[Atom] = []
        for i, (fn, count) in enumerate(path):
            here, args = args[:count], args[count:]
            if i >= entry and fn.value is not operator.getitem:
                return None
            if i >= entry and not self.is_slice(here[0]):
                return None
            steps.append((fn, count))
            atoms += [self.behind(here[0])] if i >= entry else here
        return tuple(steps), tuple(atoms)

    def is_slice(self, index: Atom) -> bool:
        """Tell whether an index takes a view of an array, not a copy, and of each of its tangents."""
        made = self.b.made.get(index) if isinstance(index, Var) else None
        items = made.args if made is not None and made.fn is ir.TUPLE else (index,)
        return all(self.sort_of(item) in ("slice", "integer") for item in items)

    def updated(self, update: Update, call: Call, args: tuple[Atom, ...], out: Var | None = None) -> Var:
        old = call.args[0]
        out = out or Var(self.dot_hint(call.outs[0]), batched_kind(old.kind))
        made = Call((out,), update, args, (), call.where)
        self.b.append(made)
        self.b.made[out] = made
        return out

    def updated_one_by_one(self, call: Call, update: Update, entry: int) -> Var:
        """Update one tangent after the other."""
        b = self.b
        index = Var("k", k.INT)
        old, rest = call.args[0], call.args[1:]
        steps = update.path[:entry], update.path[entry:]
        first = sum(n for _, n in steps[0])
        path = (*steps[0], (GETITEM, 1), *steps[1])
        inner, last, end = (Var(self.dot_hint(call.outs[0]), batched_kind(old.kind)) for _ in range(3))
        before = self.part(old)
        if any(
            fn.value in RESHAPES for fn, _ in steps[1]
        ):  # views of one tangent only where it is laid out so
            if entry:
                raise self.unknown(call, "the derivative of this update of a reshaped item is not known")
            before = b.emit(ref_to(np.array), (before,), [("order", Lit("C"))], kind=before.kind)

        def body() -> None:
            value = rest[-1]
            new = Lit(0.0) if self.dot(value) is None else self.one_of(value, index)
            args = (inner, *rest[:first], index, *rest[first:-1], new)
            self.updated(Update(update.action, path), call, args, last)

        block, _ = b.capture(body)
        carry = ir.Carry(inner, before, last, end)
        b.append(Loop((carry,), index, (Lit(0), self.count, Lit(1)), (), None, block, None, call.where))
        return end

    def entry(self, call: Call) -> int | None:
        """Return at which step of its path an update enters an array; None if it changes a container."""
        update = call.fn
        for i in range(len(update.path) + 1):
            kind = reached_kind(replace(call, fn=Update(update.action, update.path[:i])))
            if isinstance(kind, k.Array):
                return i
            if not isinstance(kind, (k.Tuple, k.List, k.Dict, k.Object)):
                raise self.unknown(
                    call, "the derivative of this update is not known for many tangents at once"
                )
        return None


def reached(call: Call) -> Var:
    """Return a variable of the kind of what an update changes."""
    return Var("", reached_kind(call))
