"""Iterators: what is gone through once, what has no end, and what is read before it changes.

An iterator of differentiated items is a `Sequence`: its length and how to read an item. Those without an end are
`Endless`. What has to be computed at once, such as running totals, is a list; its items are those of that moment,
so it is refused that an array which they came from has changed when they are read.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from s2sad.frontend.library import Handler, Library, handles
from s2sad.frontend.values import (
    FALSE,
    TRUE,
    FunctionValue,
    GeneratorValue,
    Identity,
    RangeValue,
    Scope,
    Sequence,
    TupleValue,
    Value,
)
from s2sad.ir.core import Atom, Lit, Var
from s2sad.ir.walk import binds, reads, statements


@dataclass(frozen=True, eq=False)
class Endless(Sequence):
    """An iterator without an end: what is beside it in a `zip`, or a `break`, ends the loop."""


class Iterators(Library):
    """Go through iterators."""

    def special(self, target: Any) -> Handler | None:
        handler = super().special(target)
        if handler is None or self.lean or not is_iterator(target):
            return handler
        return lambda b, args, kwargs: self.passing(handler(b, args, kwargs))

    @functools.cached_property
    def iterators(self) -> dict[int, tuple[Value, Identity]]:
        """The iterators that were made, each with what stands for its state."""
        return {}

    def passing(self, value: Value) -> Value:
        """Note that a value is an iterator: who has gone through it finds nothing more."""
        if isinstance(value, (Var, TupleValue, Sequence, RangeValue, GeneratorValue)):
            value = self.root_value(value)
            self.iterators[id(value)] = value, Identity()
        return value

    def expr_GeneratorExp(self, node: gast.GeneratorExp) -> Value:
        value = super().expr_GeneratorExp(node)
        return value if self.lean else self.passing(value)

    def bind_name(self, name: str, value: Value, scope: Scope | None = None) -> None:
        super().bind_name(name, value, scope)
        self.hand_on(value)

    def inline(self, value: FunctionValue, bound: dict[str, Value], call: Any = None) -> Value:
        for arg in bound.values():
            self.hand_on(arg)
        return super().inline(value, bound, call)

    def hand_on(self, value: Value) -> None:
        """Note that an iterator gets another name: reading it for that did not use it up."""
        _, identity = self.iterators.get(id(self.root_value(value)), (None, None))
        if identity is not None:
            self.env[identity, "used"] = FALSE

    def lookup(self, name: str) -> Value:
        value = super().lookup(name)
        _, identity = self.iterators.get(id(self.root_value(value)), (None, None))
        if identity is not None:
            if self.env.get((identity, "used"), FALSE) != FALSE:
                raise self.refuse(
                    f"the iterator `{name}` is used again, when it may be at its end", "make a list of it"
                )
            self.env[identity, "used"] = TRUE
        return value

    def iterate(self, value: Value, body: Any, hint: str = "", frame: Any = None) -> None:
        if not isinstance(value, Endless):
            super().iterate(value, body, hint, frame)
            return
        if frame is None:
            raise self.refuse("an iterator without an end is used up", "put it beside another one in a `zip`")
        name = hint or "i"
        scope = Scope("<count>", self.scope.source, self.scope.environment, self.scope, frozenset((name,)))
        self.env[scope, name] = Lit(0)

        def turn() -> None:
            i = self.current(self.env[scope, name])
            self.env[scope, name] = self.root_value(self.binary(operator.add, i, Lit(1)))
            body(self.root_value(value.item(i)))

        self.loop(lambda _: self.turn(frame, turn), head=lambda: TRUE)
        self.env.pop((scope, name), None)

    def sequence(self, value: Value) -> Sequence:
        if isinstance(value, Endless):
            raise self.refuse("an iterator without an end is used up", "put it beside another one in a `zip`")
        return super().sequence(value)

    def zipped(self, values: list[Value]) -> Value:
        if not any(isinstance(value, Endless) for value in values):
            return super().zipped(values)
        values = [value if isinstance(value, Endless) else self.indexed(value) for value in values]
        ends = [value for value in values if not isinstance(value, Endless)]
        if not ends:
            return Endless(
                Lit(0), lambda i: TupleValue(tuple(self.root_value(each.item(i)) for each in values))
            )
        if all(isinstance(value, TupleValue) for value in ends):
            count = min(len(value.items) for value in ends)
            values = [
                TupleValue(tuple(self.root_value(value.item(Lit(i))) for i in range(count)))
                if isinstance(value, Endless)
                else value
                for value in values
            ]
            return super().zipped(values)
        length = self.sequence(super().zipped(ends)).length
        parts = [value if isinstance(value, Endless) else self.sequence(value) for value in values]
        return Sequence(length, lambda i: TupleValue(tuple(self.root_value(part.item(i)) for part in parts)))

    def enumerated(self, value: Value, start: Atom) -> Value:
        if isinstance(value, Endless):
            return self.zipped([counting(self, start, Lit(1)), value])
        return super().enumerated(value, start)

    def indexed(self, value: Value) -> Value:
        """Return an iterable whose items can be read by index: known ones as a `TupleValue`."""
        if isinstance(value, GeneratorValue):
            items = self.unrolled_items(value)
            value = self.listed(value) if items is None else TupleValue(items)
        return self.static_items(value)

    def at_that_time(self, build: Callable[[], Value]) -> Value:
        """Return a list that is made at once, whose items must be read before what they came from changes."""
        start = len(self.block)
        made = build()
        if not isinstance(made, (Var, Sequence)):
            return made
        built = list(statements(self.block[start:]))
        bound = {var for stmt in built for var in binds(stmt)}
        sources = {self.storage(atom) for stmt in built for atom in reads(stmt) if isinstance(atom, Var)}
        before = [(var, self.env.get(var, var)) for var in sources - bound]
        sequence = self.sequence(made)

        def item(i: Atom) -> Value:
            if any(self.env.get(var, var) is not version for var, version in before):
                raise self.refuse(
                    "what this iterator runs over changes before it has ended", "make a list of it first"
                )
            return sequence.item(i)

        return Sequence(sequence.length, item)


def counting(b: Iterators, start: Value, step: Value) -> Endless:
    def item(i: Atom) -> Value:
        way = i if step == Lit(1) else b.binary(operator.mul, i, step)
        return way if start == Lit(0) and step == Lit(1) else b.binary(operator.add, start, way)

    return Endless(Lit(0), item)


def is_iterator(target: Any) -> bool:
    """Tell whether a function returns an iterator, which can be gone through once."""
    if target in (zip, map, filter, enumerate, reversed, iter):
        return True
    module = getattr(target, "__module__", None)
    return (module == "itertools" and target is not itertools.tee) or target == itertools.chain.from_iterable


@handles(iter)
def _iter(b: Iterators, args: list[Value], kwargs: dict) -> Value:
    if len(args) != 1:
        raise b.refuse("`iter` with a sentinel cannot be differentiated", "write a `while` loop")
    value = b.indexed(args[0])
    return (
        TupleValue(value.items)
        if type(value) is TupleValue
        else value
        if not isinstance(value, Var)
        else b.sequence(value)
    )


def is_known(b: Iterators, values: list[Value]) -> bool:
    """Tell whether no differentiated number is in any of these."""
    return not any(isinstance(value, GeneratorValue) or b.is_varied(value) for value in values)


def held(b: Iterators, value: Value) -> Value:
    """Return an iterable whose items can be read by index, more than once."""
    value = b.indexed(value)
    return (
        b.atom_of_sequence(value) if isinstance(value, Sequence) and not isinstance(value, Endless) else value
    )


def argument(args: list[Value], kwargs: dict, i: int, name: str, default: Any = None) -> Value:
    return kwargs.get(name, args[i] if len(args) > i else Lit(default))


@handles(filter)
def _filter(b: Iterators, args: list[Value], kwargs: dict) -> Value:
    return b.at_that_time(lambda: b.filtered(args[0], args[1]))
