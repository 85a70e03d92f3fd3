"""Lowering of loops: every iterable becomes a range with an item for each index, or is unrolled."""

from __future__ import annotations

from collections.abc import Callable
from operator import add as ADD
from operator import mul as MUL
from operator import sub as SUB
from typing import Any

import gast

from s2sad.analysis import kinds as k
from s2sad.frontend.expressions import target_hint
from s2sad.frontend.names import ref_to
from s2sad.frontend.state import Structured
from s2sad.frontend.statements import Frame, Statements
from s2sad.frontend.values import (
    FALSE,
    TRUE,
    BoundValue,
    FunctionValue,
    Identity,
    RangeValue,
    Sequence,
    TupleValue,
    Value,
)
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Lit, Ref, Var

Body = Callable[[Value], None]
QUIET_METHODS = {"max", "min", "sum", "mean", "any", "all", "dot", "std", "var", "prod"}

LETTERS = 32  # a longer text is looped over at run time
TURNS = 32  # a longer loop is not unrolled


class Loops(Statements):
    """Build `for` and `while` loops and take iterables apart."""

    def stmt_For(self, node: gast.For) -> None:
        where = self.where
        iterable = self.expr(node.iter)
        self.where = where
        frame = Frame(loop=True)

        def body(item: Value) -> None:
            self.assign(node.target, item)
            self.statements(node.body)

        if node.orelse:
            self.env[frame.broke] = FALSE
        self.iterate(iterable, body, target_hint(node.target), frame)
        self.loop_else(frame, node.orelse)

    def loop_else(self, frame: Frame, nodes: list) -> None:
        broke = self.env.pop(frame.broke, FALSE)
        if nodes and broke != TRUE:
            self.branch(broke, lambda: None, lambda: self.statements(nodes))

    def iterate(self, value: Value, body: Body, hint: str = "", frame: Frame | None = None) -> None:
        """Build a loop that calls `body` with each item of an iterable."""
        frame = frame or Frame(loop=True)
        value = self.static_items(value)
        if isinstance(value, TupleValue):
            self.unrolled(value.items, body, frame)
            if value.identity is not None and len(self.read(value).items) != len(value.items):
                raise self.refuse(
                    "the list that this loop runs over changes its length inside it", "loop over a copy"
                )
        elif isinstance(value, RangeValue):
            self.ranged((value.start, value.stop, value.step), lambda i: i, body, hint, frame)
        else:
            sequence = self.sequence(value)
            before = len(self.program.resized)
            self.ranged((Lit(0), sequence.length, Lit(1)), sequence.item, body, "", frame)
            if isinstance(value, Var) and self.storage(value) in self.program.resized[before:]:
                raise self.refuse(
                    "the list that this loop runs over changes its length inside it", "loop over a copy"
                )

    def ranged(
        self, bounds: tuple, item: Callable[[Atom], Value], body: Body, hint: str, frame: Frame
    ) -> None:
        def turn(index: Var | None) -> Atom | None:
            assert index is not None
            return self.turn(frame, lambda: body(item(index)))

        bounds = tuple(map(self.current, bounds))
        state = self.state()
        try:
            self.loop(turn, index=hint or "i", bounds=bounds)
        except Structured:
            turns = [bound.value for bound in bounds if isinstance(bound, Lit)]
            if len(turns) < 3 or len(range(*turns)) > TURNS:
                raise
            self.restore(state)  # each turn makes a function of its own
            self.unrolled(tuple(Lit(i) for i in range(*turns)), lambda i: body(item(i)), frame)

    def turn(self, frame: Frame, build: Callable[[], None]) -> Atom | None:
        """Build one iteration with all escape flags clear; return the atom on which the loop is left."""
        for outer in self.frames:
            for key in (outer.escaped, outer.leave, outer.broke, outer.returned):
                if key in self.env:
                    self.env[key] = FALSE
        had_broke = frame.broke in self.env
        self.env[frame.escaped] = self.env[frame.leave] = self.env[frame.broke] = FALSE
        self.frames.append(frame)
        try:
            build()
        finally:
            self.frames.pop()
        del self.env[frame.escaped]
        leave = self.env.pop(frame.leave)
        if not had_broke:
            del self.env[frame.broke]
        return None if leave == FALSE else leave

    def unrolled(self, items: tuple[Value, ...], body: Body, frame: Frame) -> None:
        if not items:
            return
        item = items[0]
        leave = self.turn(frame, lambda: body(self.root_value(item)))
        if leave is None:
            self.unrolled(items[1:], body, frame)
        elif leave != TRUE and items[1:]:
            self.branch(leave, lambda: None, lambda: self.unrolled(items[1:], body, frame))

    def stmt_While(self, node: gast.While) -> None:
        where = self.where
        frame = Frame(loop=True)
        if node.orelse:
            self.env[frame.broke] = FALSE
        simple = not any(
            isinstance(each, gast.NamedExpr) or (isinstance(each, gast.Call) and not self.is_quiet_call(each))
            for each in gast.walk(node.test)
        )

        def head() -> Atom:
            self.at(node)
            return self.truth(self.expr(node.test))

        if simple:
            self.loop(lambda _: self.turn(frame, lambda: self.statements(node.body)), head=head, where=where)
        else:

            def turn() -> None:
                def stop() -> None:
                    self.env[frame.escaped] = self.env[frame.leave] = TRUE

                self.branch(head(), lambda: self.statements(node.body), stop)

            self.loop(lambda _: self.turn(frame, turn), head=lambda: TRUE, where=where)
        self.loop_else(frame, node.orelse)

    def is_quiet_call(self, node: gast.Call) -> bool:
        """Tell whether a call surely is one of a library function that neither updates nor draws anything."""
        root = node.func
        while isinstance(root, gast.Attribute):
            root = root.value
        if not isinstance(root, gast.Name):
            return False
        owner = self.lookup(root.id)
        if isinstance(owner, Ref):
            target = owner.value if root is node.func else getattr(self.expr(node.func), "value", None)
            return self.registry.rule(target) is not None
        name = node.func.attr if isinstance(node.func, gast.Attribute) and node.func.value is root else ""
        return name in QUIET_METHODS and isinstance(self.kind(owner), k.Array)

    # ---- iterables --------------------------------------------------------------------------------

    def sequence(self, value: Value) -> Sequence:
        """Return the length of an iterable and a way to read its items."""
        if isinstance(value, Sequence):
            return value
        if isinstance(value, TupleValue):
            return Sequence(Lit(len(value.items)), lambda i: self.subscript(value, i))
        if isinstance(value, RangeValue):
            return Sequence(self.range_length(value), lambda i: self.range_item(value, i))
        kind = self.kind(value)
        if isinstance(value, (FunctionValue, BoundValue, Ref)):
            raise self.refuse("this value cannot be iterated")
        method = self.special_method(value, "__len__")
        if method is not None and not isinstance(kind, k.Tuple):
            getter = self.special_method(value, "__getitem__")
            if getter is not None:
                length = self.atom(self.call_value(method, [], {}))
                return Sequence(length, lambda i: self.call_value(getter, [i], {}))
        atom = self.atom(value)
        held: Any = None
        if isinstance(kind, k.Dict) or not isinstance(kind, (k.Array, k.List, k.Tuple)):
            keys = isinstance(kind, k.Dict)
            atom = self.emit(
                Ref("list", list), (atom,), kind=k.List(k.UNKNOWN), active=False if keys else None
            )
        elif isinstance(atom, Var):  # its name may get another value in the loop: it is held beside that
            held = Identity(), atom.hint or "an iterable"
            self.env[held] = self.root_value(atom)
        length = self.emit(ref_to(len), (atom,))

        def item(index: Atom) -> Value:
            return self.subscript(self.read(self.untangle(self.env.get(held, atom))), index)

        return Sequence(length, item)

    def range_item(self, value: RangeValue, index: Atom) -> Value:
        """Return an item of a range at an index that is known to be within it."""
        return self.binary(ADD, value.start, self.binary(MUL, index, value.step))

    def range_length(self, value: RangeValue) -> Atom:
        if value.start == Lit(0) and value.step == Lit(1):
            return value.stop
        return self.emit(ref_to(len), (self.atom(value),), kind=k.INT)

    def atom_of_sequence(self, value: Sequence) -> Atom:
        """Make a list of the items of a lazy iterable."""
        out = self.emit(ir.LIST, ())
        assert isinstance(out, Var)
        self.iterate(value, lambda item: self.list_update("append", out, [item]))
        return self.atom(out)

    def enumerated(self, value: Value, start: Atom) -> Value:
        value = self.static_items(value)
        if isinstance(value, TupleValue) and isinstance(start, Lit):
            items = (TupleValue((Lit(start.value + i), item)) for i, item in enumerate(value.items))
            return TupleValue(tuple(items))
        sequence = self.sequence(value)

        def item(i: Atom) -> Value:
            position = i if start == Lit(0) else self.binary(ADD, i, start)
            return TupleValue((position, self.root_value(sequence.item(i))))

        return Sequence(sequence.length, item)

    def static_items(self, value: Value) -> Value:
        """Turn a run-time tuple of known length into a structured one, and a known text into its letters."""
        if isinstance(value, RangeValue) and self.lean:
            bounds = (value.start, value.stop, value.step)
            if all(isinstance(bound, Lit) for bound in bounds):
                return TupleValue(tuple(map(Lit, range(*(bound.value for bound in bounds)))))  # type: ignore[union-attr]
        kind = self.kind(value)
        if isinstance(kind, k.Tuple) and isinstance(value, Var):
            return TupleValue(tuple(self.unpack_atom(value, len(kind.items))))
        if isinstance(kind, k.Constant) and isinstance(kind.value, str) and len(kind.value) <= LETTERS:
            return TupleValue(tuple(map(Lit, kind.value)))
        return value

    def items_of(self, value: Value) -> tuple[Value, ...] | None:
        """Return the items of a list, tuple or set that is written out."""
        value = self.static_items(value)
        if isinstance(value, TupleValue):
            return value.items
        made = (
            self.made.get(self.current(value)) if isinstance(value, Var) else None
        )  # none of one that was updated
        return tuple(made.args) if made is not None and made.fn in (ir.LIST, ir.TUPLE, ir.SET) else None

    def zipped(self, values: list[Value]) -> Value:
        values = [self.static_items(value) for value in values]
        if values and all(isinstance(value, TupleValue) for value in values):
            return TupleValue(tuple(map(TupleValue, zip(*(value.items for value in values), strict=False))))
        parts = [self.sequence(value) for value in values]
        lengths = list(dict.fromkeys(part.length for part in parts))
        known = {length.kind.value for length in lengths if isinstance(length.kind, k.Scalar)}
        length = lengths[0]
        if len(lengths) > 1 and (len(known) > 1 or None in known):
            length = self.emit(ref_to(min), lengths, kind=k.INT)
        return Sequence(length, lambda i: TupleValue(tuple(self.root_value(part.item(i)) for part in parts)))

    def reverse_of(self, value: Value) -> Value:
        value = self.static_items(value)
        if isinstance(value, TupleValue):
            return TupleValue(value.items[::-1])
        if isinstance(value, RangeValue) and value.step == Lit(1):
            start = self.atom(self.binary(SUB, value.stop, Lit(1)))
            stop = self.atom(self.binary(SUB, value.start, Lit(1)))
            if isinstance(value.start, Lit):
                stop = Lit(value.start.value - 1)
            return RangeValue(start, stop, Lit(-1))
        sequence = self.sequence(value)
        last = self.binary(SUB, sequence.length, Lit(1))
        return Sequence(sequence.length, lambda i: sequence.item(self.atom(self.binary(SUB, last, i))))

    def mapped(self, function: Value, values: list[Value]) -> Value:
        zipped = self.zipped(values)
        if isinstance(zipped, TupleValue):
            return TupleValue(tuple(self.call_value(function, list(item.items), {}) for item in zipped.items))
        return Sequence(zipped.length, lambda i: self.call_value(function, list(zipped.item(i).items), {}))

    def filtered(self, function: Value, value: Value) -> Value:
        out = self.emit(ir.LIST, ())
        assert isinstance(out, Var)

        def body(item: Value) -> None:
            keep = item if function == Lit(None) else self.call_value(function, [item], {})
            self.branch(self.truth(keep), lambda: self.list_update("append", out, [item]), lambda: None)

        self.iterate(value, body)
        return self.current(out)
