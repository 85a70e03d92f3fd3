"""Adjoints of containers and of updates: an adjoint has the structure of its primal."""

from __future__ import annotations

import operator

import numpy as np

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.analysis.transfer import view_of
from s2sad.autodiff.apply import Rules
from s2sad.autodiff.primals import Primals
from s2sad.autodiff.repeats import distinct
from s2sad.frontend.names import ref_to
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Call, Lit, Ref, Update, Var
from s2sad.ir.paths import reached_kind

GETITEM = ref_to(operator.getitem)


class Containers(Primals, Rules):
    """The part of the reverse transformation that deals with tuples, lists, dicts, objects and updates."""

    # ---- building and reading ---------------------------------------------------------------------

    def reverse_display(self, call: Call) -> None:
        """Reverse a tuple, list, dict or dataclass display: its parts get the parts of the adjoint."""
        out = call.out
        if call.fn is ir.TUPLE or (isinstance(call.fn, Ref) and isinstance(out.kind, (k.Tuple, k.Object))):
            found = self.bars.pop(out, None)
            if not found:
                return
            is_tuple = isinstance(out.kind, k.Tuple)
            named = dict(call.kwargs)
            pairs = list(enumerate(call.args)) if is_tuple else list(named.items())
            for key, atom in pairs:
                if atom not in self.active:
                    continue
                for value in found.items[key].terms if key in found.items else ():
                    self.add(atom, value)
                for whole in found.terms:
                    self.add(atom, self.item(whole, key, is_tuple))
                for path, args, value in found.parts:
                    if path and isinstance(args[0], Lit) and args[0].value == key:
                        self.add_part(atom, path[1:], args[1:], value)
                    elif not path and args[0] == Lit(key):
                        self.add(atom, value)
            return
        g = self.take(out)
        if g is None:
            return
        pairs = (
            list(zip(call.args[::2], call.args[1::2], strict=True))
            if call.fn is ir.DICT
            else [(Lit(i), atom) for i, atom in enumerate(call.args)]
        )
        for key, atom in pairs:
            if isinstance(atom, Var) and atom in self.active:
                self.add(atom, self.b.emit(GETITEM, (g, self.primal(key))))

    def reverse_unpack(self, call: Call) -> None:
        base = call.args[0]
        if isinstance(base.kind, k.List):
            if any(self.has(out) for out in call.outs):
                self.add(base, self.b.emit(ir.LIST, [self.total(out) for out in call.outs]))
            return
        for i, out in enumerate(call.outs):
            g = self.take(out) if out in self.active else None
            if g is None:
                continue
            if isinstance(base.kind, k.Tuple):
                self.add_item(base, i, g)
            elif isinstance(base.kind, k.Unknown):
                self.add_loose(base, Lit(i), g)
            else:
                self.add_part(base, (), (Lit(i),), g)

    def reverse_getitem(self, call: Call, g: Atom) -> None:
        """Reverse ``x[index]``: add to that part of the adjoint."""
        base, index = call.args
        kind = base.kind
        if isinstance(kind, k.Scalar):
            self.add(base, g)  # a NumPy scalar has one item, at (); Python has refused any other index
            return
        if isinstance(kind, k.Tuple):
            known = getattr(index.kind, "value", None)
            if isinstance(index, Lit) or type(known) is int:
                key = index.value if isinstance(index, Lit) else known
                self.add_item(base, key % len(kind.items), g)
                return
            self.add(base, self.b.call(runtime.scatter_item, g, self.primal(index), self.primal(base)))
            return
        if isinstance(kind, k.Unknown):
            self.add_loose(base, self.primal(index), g)
            return
        if isinstance(kind, (k.List, k.Dict)) and isinstance(index.kind, k.Slice):
            self.add(base, self.b.call(runtime.scatter_slice, g, self.primal(index), self.primal(base)))
            return
        steps: list[tuple] = []
        args: tuple[Atom, ...] = ()
        # a view of a view adds to the part of the part: no buffer for what lies between
        self.add_part(base, tuple(steps), (*args, self.primal(index)), g)

    def reverse_getattr(self, call: Call, g: Atom) -> None:
        base, name = call.args
        assert isinstance(name, Lit)
        if isinstance(base.kind, (k.Object, k.Tuple)):
            key = name.value
            if isinstance(base.kind, k.Tuple):
                key = base.kind.type._fields.index(key)  # type: ignore[attr-defined]
            self.add_item(base, key, g)
            return
        if isinstance(base.kind, k.Unknown):
            self.add_loose(base, name, g)
            return
        raise self.unknown(call, f"the derivative of attribute `{name.value}` is not known")

    def add_loose(self, base: Atom, key: Atom, g: Atom) -> None:
        """Add to an item or field of a value of unknown kind."""
        assert isinstance(base, Var)
        total = self.total(base)
        self.add(base, self.b.call(runtime.add_item, total, key, g))

    def reverse_list_operator(self, call: Call, g: Atom) -> None:
        """Reverse ``a + b`` and ``a * n`` of lists, and copies of containers."""
        if call.target is operator.add:
            left, right = call.args
            size = self.b.call(len, self.primal(left))
            none = Lit(None)
            head = self.b.emit(ir.SLICE, (none, size, none))
            tail = self.b.emit(ir.SLICE, (size, none, none))
            self.add(left, self.b.emit(GETITEM, (g, head)))
            self.add(right, self.b.emit(GETITEM, (g, tail)))
        elif call.target is operator.mul:
            base = next(arg for arg in call.args if isinstance(arg.kind, k.List))
            self.add(base, self.b.call(runtime.fold_repeats, g, self.b.call(len, self.primal(base))))
        else:
            base = call.args[0]
            if call.target is tuple and isinstance(base.kind, k.List):
                g = self.b.emit(ref_to(list), (g,), kind=base.kind)
            self.add(base, g)

    # ---- updates ----------------------------------------------------------------------------------

    def reverse_update(self, call: Call) -> None:
        """Reverse an update: undo it for older readers, and route its adjoint."""
        update = call.fn
        assert isinstance(update, Update)
        old, rest = call.args[0], call.args[1:]
        count = sum(n for _, n in update.path)
        path_args, args = rest[:count], rest[count:]
        new = call.outs[0]
        primal_args = [self.primal(arg) for arg in path_args]
        extra = self.take(call.outs[1]) if len(call.outs) > 1 and call.outs[1] in self.active else None
        g = self.total(new) if self.has(new) or extra is not None else None
        if isinstance(new.kind, k.Array) and g is not None:
            g = self.full_size(g, new)
        # what follows sees this storage as it was before the update
        self.undo(call, update, old, path_args, args)
        if g is None and extra is None:
            return
        method = getattr(self, "reverse_" + update.action, None)
        if method is None:
            raise self.unknown(call, f"the derivative of the update `{update.action}` is not known")
        if isinstance(new.kind, k.Tuple) and not update.path:
            raise self.unknown(call, "the derivative of this update is not known")
        method(call, update.path, tuple(primal_args), old, args, g, extra)

    def part(self, g: Atom, path: tuple, path_args: tuple[Atom, ...]) -> Atom:
        """Follow a path of views into an adjoint."""
        for fn, count in path:
            g = self.b.emit(fn, (g, *path_args[:count]))
            path_args = path_args[count:]
        return g

    def reverse_setitem(self, call, path, path_args, old, args, g, extra) -> None:
        index, value = args
        where = self.primal(index)
        whole = isinstance(old.kind, k.Array) and not path and index == Lit(Ellipsis)
        if isinstance(value, Var) and value in self.active:
            if whole:
                self.add(value, self.stored(self.fit(g, value), path))
                return
            if isinstance(index.kind, k.Slice) and isinstance(old.kind, k.List) and not path:
                before, after = self.primal(old), self.primal(value)
                self.add(value, self.b.call(runtime.assigned_part, g, where, before, after))
                self.add(old, self.b.call(runtime.unassigned, g, where, before, after))
                return
            part = self.part(g, path, path_args)
            item = (
                part
                if index == Lit(Ellipsis) and k.shape_of(part.kind)
                else self.b.emit(GETITEM, (part, where))
            )
            overwritten = isinstance(old.kind, (k.Array, k.Unknown)) or (
                path and isinstance(item.kind, k.Array)
            )
            if not isinstance(item.kind, k.Scalar) and overwritten:
                if distinct(index, self.maker):
                    item = self.own(item, self.hint(value) or "t_bar")
                else:
                    last = self.b.call(runtime.last_writes, part, where)
                    item = self.b.call(np.where, last, item, Lit(0.0), hint=self.hint(value) or "t_bar")
                if isinstance(value.kind, (k.Array, k.Scalar)):
                    item = self.fit(item, value)
            elif (
                isinstance(old.kind, k.Array)
                and isinstance(item.kind, k.Scalar)
                and isinstance(value.kind, k.Array)
            ):
                item = self.b.call(runtime.unbroadcast, item, self.primal(value))
            if isinstance(item, Var) and not item.hint:
                item.hint = self.hint(value) or "t_bar"
            self.add(value, self.stored(item, path))
        elif whole:
            return
        if not (isinstance(old, Var) and old in self.active):
            return
        if isinstance(index.kind, k.Slice) and isinstance(old.kind, k.List) and not path:
            before, after = self.primal(old), self.primal(value)
            self.add(old, self.b.call(runtime.unassigned, g, where, before, after))
            return
        if isinstance(old.kind, k.Dict) and not path and old.kind.keys is not None and isinstance(index, Lit):
            if index.value not in old.kind.keys:
                self.add(old, self.update("delitem", path, (g, *path_args, where), self.hint(old)))
                return
        if isinstance(old.kind, k.Dict) and not path and old.kind.keys is None:
            reset = ref_to(runtime.reset_entry)
            self.add(old, self.b.emit(reset, (g, where, self.primal(old)), kind=g.kind))
            return
        zero: Atom = Lit(0.0)
        if not isinstance(reached_kind(call), k.Array):
            before = self.b.emit(GETITEM, (self.part(self.primal(old), path, path_args), where))
            zero = self.zero_like(before)
        self.add(old, self.update("setitem", path, (g, *path_args, where, zero), self.hint(old)))

    def reverse_add_at(self, call, path, path_args, old, args, g, extra) -> None:
        index, value = args
        if isinstance(value, Var) and value in self.active and not path and index == Lit(Ellipsis):
            self.add(value, self.stored(self.fit(g, value), path))
        elif isinstance(value, Var) and value in self.active:
            item = self.b.emit(GETITEM, (self.part(g, path, path_args), self.primal(index)))
            if isinstance(item.kind, k.Array) and isinstance(value.kind, (k.Array, k.Scalar)):
                item = self.fit(self.own(item), value)
            self.add(value, self.stored(self.named(item, value), path))
        self.add(old, g)

    def own(self, part: Atom, hint: str = "") -> Atom:
        """Return a part of an array that updates of the array do not reach: what masks and arrays index is a copy."""
        made = self.b.made.get(part) if isinstance(part, Var) else None
        if made is not None and made.target is operator.getitem:
            if view_of(operator.getitem, [arg.kind for arg in made.args]) == "fresh":
                return part
        return self.b.emit(ir.COPY, (part,), kind=part.kind, hint=hint)

    def stored(self, item: Atom, path: tuple) -> Atom:
        """Turn the adjoint of a place into that of a value that was put there.

        What is put through `.imag` is a factor of 1j away: the adjoint of ``x + 1j * y`` is ``x_bar - 1j * y_bar``.
        """
        if sum(fn.value is np.imag for fn, _ in path if isinstance(fn, Ref)) % 2:
            return self.b.call(operator.neg, item)
        return item

    def maker(self, var: Var) -> Call | None:
        """Return the call that made a value of the forward sweep."""
        home = self.homes.get(var)
        return home.stmt if home is not None and isinstance(home.stmt, Call) else None

    def reverse_append(self, call, path, path_args, old, args, g, extra) -> None:
        (value,) = args
        shorter = self.update("pop", path, (g, *path_args), self.hint(old), outs=2)
        self.add_popped(shorter, value)
        self.add(old, shorter)

    def add_popped(self, shorter: Atom, value: Atom) -> None:
        made = self.b.made[shorter]  # type: ignore[index]
        popped = made.outs[1]
        if isinstance(value, Var):
            popped.hint = popped.hint or self.hint(value)
            popped.kind = value.kind
        self.add(value, popped)

    def reverse_insert(self, call, path, path_args, old, args, g, extra) -> None:
        index, value = args
        at = self.primal(index)
        if at != Lit(0):  # Python counts from the end and stays within the list
            length = self.b.call(len, self.part(g, path, path_args))
            at = self.b.call(runtime.inserted_at, at, length)
        shorter = self.update("pop", path, (g, *path_args, at), self.hint(old), outs=2)
        self.add_popped(shorter, value)
        self.add(old, shorter)

    def reverse_extend(self, call, path, path_args, old, args, g, extra) -> None:
        if path:
            raise self.unknown(call, "the derivative of this update of a nested list is not known")
        (other,) = args
        size = self.b.call(len, self.primal(old))
        none = Lit(None)
        tail = self.b.emit(GETITEM, (g, self.b.emit(ir.SLICE, (size, none, none))))
        if isinstance(other, Var) and other in self.active:
            if isinstance(other.kind, k.Tuple):
                for i in range(len(other.kind.items)):
                    self.add_item(other, i, self.b.emit(GETITEM, (tail, Lit(i))))
            elif isinstance(other.kind, k.Array):
                self.add(other, self.b.call(np.array, tail))
            else:
                self.add(other, tail)
        self.add(old, self.b.emit(GETITEM, (g, self.b.emit(ir.SLICE, (none, size, none)))))

    def reverse_pop(self, call, path, path_args, old, args, g, extra) -> None:
        if extra is None:
            extra = self.zero(call.outs[1])
        if isinstance(reached_kind(call), k.Dict):
            self.add(
                old,
                self.update("setitem", path, (g, *path_args, self.primal(args[0]), extra), self.hint(old)),
            )
        elif args:
            index = self.primal(args[0])
            if index == Lit(-1):
                self.add(old, self.update("append", path, (g, *path_args, extra), self.hint(old)))
                return
            if not isinstance(index, Lit) or index.value < 0:  # counted from the end of the longer list
                length = self.b.call(len, self.part(g, path, path_args))
                index = self.b.call(runtime.inserted_at, index, self.b.call(operator.add, length, Lit(2)))
            self.add(old, self.update("insert", path, (g, *path_args, index, extra), self.hint(old)))
        else:
            self.add(old, self.update("append", path, (g, *path_args, extra), self.hint(old)))

    def reverse_delitem(self, call, path, path_args, old, args, g, extra) -> None:
        (index,) = args
        where = self.primal(index)
        before = self.part(self.primal(old), path, path_args)
        zero = self.zero_like(self.b.emit(GETITEM, (before, where)))
        if isinstance(reached_kind(call), k.Dict):
            self.add(old, self.update("setitem", path, (g, *path_args, where, zero), self.hint(old)))
        elif isinstance(index.kind, k.Slice):
            full = self.b.call(runtime.insert_slice, g, where, before)
            if path:
                raise self.unknown(call, "the derivative of this update of a nested list is not known")
            self.add(old, full)
        else:
            self.add(old, self.update("insert", path, (g, *path_args, where, zero), self.hint(old)))

    # ---- undoing ----------------------------------------------------------------------------------

    def can_undo(self, call: Call) -> bool:
        """Tell whether a call is an update that the reverse sweep can take back without a copy of the whole."""
        update, old = call.fn, call.args[0] if call.args else None
        if not isinstance(update, Update) or not isinstance(old, Var):
            return False
        args = call.args[1 + sum(count for _, count in update.path) :]
        reached = reached_kind(call)
        if isinstance(reached, k.Array):
            return update.action in ("setitem", "add_at")
        if not isinstance(reached, k.List):
            return False
        if update.action == "setitem":
            return isinstance(args[0].kind, k.Scalar)
        return update.action == "append" or (update.action == "pop" and not args)

    def undo(self, call: Call, update: Update, old: Atom, path_args: tuple, args: tuple) -> None:
        """Make older contents of a storage readable in the reverse sweep."""
        assert isinstance(old, Var)
        new = call.outs[0]
        if not self.can_undo(call):
            return
        now = self.primal(new)
        steps = tuple(self.primal(arg) for arg in path_args)
        if update.action == "append":
            before = self.update("pop", update.path, (now, *steps), old.hint, outs=2)
        elif update.action == "pop":
            popped = call.outs[1]
            before = self.update("append", update.path, (now, *steps, self.primal(popped)), old.hint)
        else:
            where = self.primal(args[0])
            saved = self.saved(id(call), call, update, old, path_args, args[0])
            before = self.update("setitem", update.path, (now, *steps, where, self.primal(saved)), old.hint)
        self.remember(old, before)

    def saved(self, key: int, call: Call, update: Update, old: Var, path_args: tuple, index: Atom) -> Var:
        """Read the part that an update overwrites, just before it; return the forward value."""
        outer, self.b.block = self.b.block, []
        lean, self.b.lean = self.b.lean, False
        part: Atom = self.part(old, update.path, path_args)
        if index != Lit(Ellipsis) or not isinstance(part.kind, k.Array):
            part = self.b.emit(GETITEM, (part, index))
        if not isinstance(part.kind, k.Scalar) and isinstance(reached_kind(call), k.Array):
            part = self.own(part)
        assert isinstance(part, Var)
        part.hint = f"{old.hint}_undo" if old.hint else "undo"
        statements, self.b.block = self.b.block, outer
        self.b.lean = lean
        self.extra_before.setdefault(key, []).extend(statements)
        home = self.homes[call.outs[0]]
        for stmt in statements:
            assert isinstance(stmt, Call)
            self.homes[stmt.out] = type(home)(home.chain, None)
        # no recomputation: the storage has changed by the time this is read
        self.homes[part] = type(home)(home.chain, Call((part,), ir.COPY, (part,)))
        return part
