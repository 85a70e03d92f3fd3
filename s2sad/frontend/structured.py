"""Lists and dicts of arrays in structured form, so that it is known which array is which.

Where a list holds arrays that also have names, one at run time would leave it open which names show an update.
When a program is refused for that, it is lowered again with `program.structured`: then a display or comprehension
of known length whose items can be updated stays a `TupleValue` or `DictValue` with an identity. Its items are the
variables that the names have; loops over it are unrolled. A name, or a place in another list, is bound to the
identity's `handle`: only `read` knows the present items.

Where this does not help either, `program.unrolls` makes each turn of a short loop its own.

What cannot be followed in this form (an index known only at run time, a list that grows in a loop of unknown
length) raises `Structured` with the places that made the lists; these then stay lists at run time.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import gast

from s2sad.analysis import kinds as k
from s2sad.errors import S2sadError
from s2sad.frontend.loops import TURNS
from s2sad.frontend.state import Structured, attributes
from s2sad.frontend.values import (
    BoundValue,
    Conflict,
    DictValue,
    GeneratorValue,
    Identity,
    ObjectValue,
    RangeValue,
    Scope,
    Sequence,
    TupleValue,
    Value,
)
from s2sad.frontend.writes import Writes
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Lit, Var


@dataclass(frozen=True, eq=False)
class Walk(TupleValue):
    """The items of lists side by side: each list, its items when the walk began, the direction."""

    sources: tuple[tuple[Value, int], ...] = ()


class Unknown(Exception):
    """The turns of a comprehension are not known."""


class Keeping(Writes):
    """Keep lists and dicts in structured form."""

    off = 0  # how many callers look at values as if nothing were kept
    open_turns = 1  # how many copies are made of what is being built

    def __init__(self, *args: Any):
        super().__init__(*args)
        self.sites: dict[Var, Any] = {}  # where a list at run time was made
        self.lent: set[Var] = set()  # run-time forms of lists: an update through one would be lost
        self.copies: set[Var] = set()  # those that hold a list or dict itself, not only its items

    @property
    def keeps(self) -> bool:
        return self.program.structured and not (self.off or self.lean or self.is_emitted())

    @contextlib.contextmanager
    def plainly(self) -> Iterator[None]:
        self.off += 1
        try:
            yield
        finally:
            self.off -= 1

    # ---- what is kept -----------------------------------------------------------------------------

    def has_no_atom(self, value: Value) -> bool:
        if not self.keeps:
            return super().has_no_atom(value)
        if isinstance(value, Var):
            return self.is_kept_kind(self.kind(value))
        if isinstance(value, Conflict):
            return True
        return isinstance(value, (ObjectValue, DictValue)) or super().has_no_atom(value)

    def is_kept_kind(self, kind: k.Kind) -> bool:
        if isinstance(kind, k.Tuple):
            return any(map(self.is_kept_kind, kind.items))
        return self.is_mutable(kind)

    def must_be_kept(self, value: Value) -> bool:
        """Tell whether a value has no run-time form at all."""
        if self.is_kept(value) and value.identity.handle is not None:  # type: ignore[union-attr]
            return any(map(self.must_be_kept, self.read(value).items))  # type: ignore[union-attr]
        with self.plainly():
            return self.has_no_atom(value)

    def is_structured(self, value: Value) -> bool:
        return super().is_structured(value) or (self.keeps and self.has_no_atom(value))

    def takes_part(self, bound: dict[str, Value]) -> bool:
        with self.plainly():
            return super().takes_part(bound)

    def is_kept(self, value: Value) -> bool:
        """Tell whether a value is a list or dict in structured form."""
        return isinstance(value, (TupleValue, DictValue)) and value.identity is not None

    def holds_kept(self, value: Value) -> bool:
        """Tell whether a value is, or holds, a list or dict in structured form."""
        if isinstance(value, (TupleValue, DictValue)):
            return value.identity is not None or any(map(self.holds_kept, value.items))
        if isinstance(value, BoundValue):
            return any(map(self.holds_kept, (value.function, *value.args, *value.kwargs.values())))
        if isinstance(value, ObjectValue):
            return any(
                self.holds_kept(self.env[value.identity, name]) for name in attributes(value, self.env)
            )
        return False

    def static_list(self, items: Iterable[Value]) -> TupleValue:
        if not self.keeps:
            return super().static_list(items)
        identity = Identity(site=self.where)
        identity.handle = TupleValue((), list, identity)
        value = TupleValue(tuple(map(self.root_value, items)), list, identity)
        self.env[identity, "items"] = value
        return value

    def static_dict(self, values: list[Value]) -> Value:
        if not self.keeps:
            return super().static_dict(values)
        identity = Identity(site=self.where)
        identity.handle = DictValue((), (), identity)
        keys = tuple(key.value for key in values[::2])  # type: ignore[union-attr]
        value = DictValue(keys, tuple(map(self.root_value, values[1::2])), identity)
        self.env[identity, "items"] = value
        return value

    def read(self, value: Value) -> Value:
        if isinstance(value, (TupleValue, DictValue)) and value.identity is not None:
            found = self.env.get((value.identity, "items"))
            if found is None and value.identity.handle is not None:
                raise self.structure_error("a list or dict that was made on one path only is read", (value,))
            return self.untangle(value if found is None else found)
        return super().read(value)

    def root_value(self, value: Value) -> Value:
        if isinstance(value, (TupleValue, DictValue)) and value.identity is not None:
            return value.identity.handle or value
        if type(value) is TupleValue and any(map(self.holds_kept, value.items)):
            return dataclasses.replace(value, items=tuple(map(self.root_value, value.items)))
        return super().root_value(value)

    def bind_name(self, name: str, value: Value, scope: Scope | None = None) -> None:
        super().bind_name(name, self.root_value(value), scope)

    def structure_error(self, message: str, values: Iterable[Value], hint: str | None = None) -> S2sadError:
        error = self.error(Structured, message, hint or "make the copy explicit: write `.copy()`")
        error.sites = self.sites_in(values)  # type: ignore[attr-defined]
        return error

    def sites_in(self, values: Iterable[Value]) -> tuple:
        found: dict[Any, None] = {}

        def visit(value: Value) -> None:
            if isinstance(value, (TupleValue, DictValue)):
                if value.identity is not None:
                    if value.identity.site is not None:
                        found[value.identity.site] = None
                    value = self.env.get((value.identity, "items"), value)
                for item in getattr(value, "items", ()):
                    visit(item)
            elif isinstance(value, BoundValue):
                for item in (value.function, *value.args, *value.kwargs.values()):
                    visit(item)

        for value in values:
            visit(value)
        return tuple(found)

    def two_lists(self, message: str, values: Iterable[Value]) -> Conflict:
        if not self.keeps:
            return super().two_lists(message, values)
        return Conflict(message, None, Structured, self.sites_in(values))

    def release(self, values: Iterable[Value]) -> None:
        """Refuse that lists in structured form go to a place that needs them at run time."""
        values = list(values)
        if self.keeps and any(map(self.holds_kept, values)):
            raise self.structure_error(
                "a list or dict of arrays is passed to where it is not followed", values
            )

    # ---- as values --------------------------------------------------------------------------------

    def atom(self, value: Value) -> Atom:
        if not self.keeps or not isinstance(value, (TupleValue, DictValue, ObjectValue)):
            return super().atom(value)
        value = self.read(value)
        out = super().atom(value)
        if isinstance(out, Var):
            if not isinstance(value, ObjectValue) and any(map(self.has_no_atom, value.items)):
                self.lent.add(out)
            if self.holds_kept(value):
                self.copies.add(out)
        return out

    def kind(self, value: Value) -> k.Kind:
        if isinstance(value, Var) and self.program.structured:
            converted = self.env.get((self.root(value), "list"))
            if isinstance(converted, DictValue):
                return self.kind(converted)
        if isinstance(value, DictValue) and value.identity is not None:
            value = self.read(value)
            assert isinstance(value, DictValue)
            return k.Dict(value.keys, tuple(map(self.kind, value.items)))
        return super().kind(value)

    def is_varied(self, value: Value) -> bool:
        if self.is_kept(value):
            value = self.env.get((value.identity, "items"), value)  # type: ignore[union-attr]
            if isinstance(value, Conflict):
                return True
        if isinstance(value, DictValue) and value.identity is not None:
            return any(map(self.is_varied, value.items))
        return super().is_varied(value)

    def truth(self, value: Value) -> Atom:
        value = self.present(value)
        if isinstance(value, DictValue) and value.identity is not None:
            return Lit(bool(value.keys))
        return super().truth(value)

    def present(self, value: Value) -> Value:
        """Return a list or dict with its present items."""
        return self.read(value) if self.is_kept(value) else value

    def leaves(self, value: Value) -> Iterable[Var]:
        if isinstance(value, (TupleValue, DictValue)):
            for item in value.items:
                if not self.is_kept(item) or item.identity.handle is None:  # type: ignore[union-attr]
                    yield from self.leaves(item)
        else:
            yield from super().leaves(value)

    def doubtful(self, value: Value, suspects: set[Var], conflict: Conflict) -> Value:
        if not self.keeps or not self.is_kept(value):
            return super().doubtful(value, suspects, conflict)
        assert isinstance(value, (TupleValue, DictValue))
        items = tuple(
            conflict if any(self.storage(var) in suspects for var in self.leaves(item)) else item
            for item in value.items
        )
        return dataclasses.replace(value, items=items)

    def contour(self, value: Value, depth: int) -> Any:
        return super().contour(self.present(value), depth)

    def identical(self, left: Value, right: Value) -> bool | None:
        if self.is_kept(left) or self.is_kept(right):
            return getattr(left, "identity", left) is getattr(right, "identity", right)
        return super().identical(left, right)

    def contains(self, container: Value, item: Value) -> Value:
        container = self.present(container)
        if self.is_kept(container) and isinstance(container, DictValue):
            key = self.literal_key(item)
            if key is not None:
                return Lit(key.value in container.keys)
            container = TupleValue(tuple(map(Lit, container.keys)))
        return super().contains(container, item)

    def literal_key(self, value: Value) -> Lit | None:
        """Return a key that is known now."""
        if isinstance(value, Lit):
            return value
        kind = self.kind(value)
        if isinstance(kind, k.Constant) and isinstance(kind.value, str):
            return Lit(kind.value)
        return None

    # ---- displays ---------------------------------------------------------------------------------

    def emit(self, fn: Any, args: Iterable[Atom] = (), kwargs: Iterable = (), **rest: Any) -> Atom:
        out = super().emit(fn, args, kwargs, **rest)
        if fn is ir.LIST and isinstance(out, Var):
            self.sites[out] = self.where
        return out

    def expr_List(self, node: gast.List) -> Value:
        if not self.keeps:
            return super().expr_List(node)
        if any(isinstance(each, gast.Starred) for each in node.elts):
            state = self.state()
            try:
                items = self.items(node.elts)
            except Structured:
                raise
            except S2sadError:
                self.restore(state)
                return super().expr_List(node)
        else:
            items = self.items(node.elts)
        return self.listing(items)

    def listing(self, items: list[Value]) -> Value:
        """Make a list of these items, in structured form if they can be updated."""
        if self.where in self.program.plain and not any(map(self.must_be_kept, items)):
            self.release(items)
            return self.emit(ir.LIST, [self.atom(item) for item in items])
        if any(map(self.has_no_atom, items)):
            return self.static_list(items)
        return self.emit(ir.LIST, [self.atom(item) for item in items])

    def dict_display(self, values: list[Value]) -> Value:
        if not self.keeps:
            return super().dict_display(values)
        keys = [self.literal_key(key) for key in values[::2]]
        if None in keys or self.where in self.program.plain:
            self.release(values[1::2])
            return super().dict_display(values)
        entries = dict(zip(keys, values[1::2], strict=True))  # a key that comes again keeps its place
        return self.static_dict([part for pair in entries.items() for part in pair])

    def expr_ListComp(self, node: gast.ListComp) -> Value:
        if self.keeps and self.where not in self.program.plain:
            items = self.unrolled_elements(node, lambda: self.expr(node.elt))
            if items is not None:
                return self.static_list(items)
        return super().expr_ListComp(node)

    def expr_DictComp(self, node: gast.DictComp) -> Value:
        if self.keeps and self.where not in self.program.plain:
            pairs = self.unrolled_elements(
                node, lambda: TupleValue((self.expr(node.key), self.root_value(self.expr(node.value))))
            )
            if pairs is not None:
                values = [part for pair in pairs for part in pair.items]  # type: ignore[union-attr]
                if all(self.literal_key(key) is not None for key in values[::2]):
                    return self.dict_display(values)
                raise self.structure_error("a key of a dict is not known", values, "use literal keys")
        return super().expr_DictComp(node)

    def unrolled_elements(self, node: Any, build: Callable[[], Value]) -> list[Value] | None:
        """Return what a comprehension yields, if its turns are known and its items can be updated."""
        state = self.state()
        outer = self.scope
        inner = self.nested_scope(node)
        found: list[Value] = []

        def generate(i: int) -> None:
            if i == len(node.generators):
                found.append(self.root_value(build()))
                if len(found) > TURNS:
                    raise Unknown
                return
            part = node.generators[i]
            self.scope = inner if i else outer
            turns = self.turns(self.expr(part.iter))
            self.scope = inner
            if turns is None or part.is_async:
                raise Unknown
            for item in turns:
                self.assign(part.target, self.root_value(item))
                tests = [self.truth(self.expr(test)) for test in part.ifs]
                if not all(isinstance(test, Lit) for test in tests):
                    raise Unknown
                if all(test.value for test in tests):  # type: ignore[union-attr]
                    generate(i + 1)

        try:
            generate(0)
            if any(map(self.has_no_atom, found)):
                return found
        except Structured:
            raise
        except (Unknown, S2sadError):
            pass
        finally:
            self.scope = outer
        self.restore(state)
        return None

    def turns(self, value: Value) -> tuple[Value, ...] | None:
        """Return the items of an iterable, if their number is known and small."""
        if isinstance(value, GeneratorValue):
            return self.unrolled_items(value)
        value = self.static_items(value)
        if isinstance(value, TupleValue):
            return value.items
        if isinstance(value, RangeValue):
            ends = (value.start, value.stop, value.step)
            known = [end.value for end in ends if isinstance(end, Lit)]
            if len(known) < 3 or len(range(*known)) > TURNS:
                return None
            return tuple(map(Lit, range(*known)))
        kind = self.kind(value)
        if isinstance(value, Sequence):
            length: Any = getattr(value.length, "value", None)
            read = value.item
        elif isinstance(value, Var) and isinstance(kind, k.Array) and kind.shape:
            length = kind.shape[0]
            read = lambda i: self.subscript(value, i)  # noqa: E731
        else:
            return None
        if type(length) is not int or length > TURNS:
            return None
        return tuple(self.root_value(read(Lit(i))) for i in range(length))

    def unrolled_items(self, value: GeneratorValue) -> tuple[Value, ...] | None:
        if self.keeps:
            outer, self.scope = self.scope, value.scope
            try:
                items = self.unrolled_elements(value.node, lambda: self.expr(value.node.elt))
            finally:
                self.scope = outer
            if items is not None:
                return tuple(items)
        return super().unrolled_items(value)

    # ---- walks ------------------------------------------------------------------------------------

    def static_items(self, value: Value) -> Value:
        value = self.present(value)
        if self.is_kept(value) and isinstance(value, DictValue):
            return Walk(tuple(map(Lit, value.keys)), sources=((TupleValue((), identity=value.identity), 1),))
        return super().static_items(value)

    def sources(self, values: Iterable[Value], direction: int = 1) -> tuple[tuple[Value, int], ...]:
        """Return the lists that a walk goes over, with their items."""
        found: list[tuple[Value, int]] = []
        for value in values:
            value = self.present(value)
            if isinstance(value, Walk):
                found += [(source, way * direction) for source, way in value.sources]
            elif self.is_kept(value):
                found.append((value, direction))
        return tuple(found)

    def zipped(self, values: list[Value]) -> Value:
        if not self.keeps:
            return super().zipped(values)
        values = list(map(self.static_items, values))
        lengths = [len(value.items) for value in values if isinstance(value, TupleValue)]
        if lengths and any(self.has_no_atom(value) for value in values if isinstance(value, TupleValue)):
            values = [self.first_items(value, min(lengths)) for value in values]
        result = super().zipped(values)
        return Walk(result.items, sources=self.sources(values)) if isinstance(result, TupleValue) else result

    def first_items(self, value: Value, count: int) -> Value:
        """Return the first items of an array or a range beside which a list of known length is walked."""
        if isinstance(value, TupleValue):
            return value
        known = self.turns(value)
        return value if known is None else TupleValue(known)

    def enumerated(self, value: Value, start: Atom) -> Value:
        result = super().enumerated(value, start)
        sources = self.sources((value,))
        return Walk(result.items, sources=sources) if sources and isinstance(result, TupleValue) else result

    def reverse_of(self, value: Value) -> Value:
        result = super().reverse_of(value)
        sources = self.sources((value,), -1)
        return Walk(result.items, sources=sources) if sources and isinstance(result, TupleValue) else result

    def iterate(self, value: Value, body: Any, hint: str = "", frame: Any = None) -> None:
        if not self.keeps:
            super().iterate(value, body, hint, frame)
            return
        value = self.static_items(value)
        sources = self.sources((value,))
        turn = 0

        def checked(item: Value) -> None:
            nonlocal turn
            for source, direction in sources:
                self.check_walk(source, direction, turn)
            turn += 1
            body(item)

        super().iterate(value, checked if sources else body, hint, frame)
        for source, _ in sources:
            self.check_walk(source, 0, 0)

    def check_walk(self, source: Any, direction: int, turn: int) -> None:
        """Refuse that a list changes while it is walked: its length, or items that are still to come."""
        present: Any = self.env.get((source.identity, "items"))
        if isinstance(source, TupleValue) and isinstance(present, DictValue):  # only its keys are walked
            return
        items = getattr(present, "items", ())
        count = len(source.items)
        ahead = {1: range(turn, count), -1: range(count - turn), 0: range(0)}[direction]
        if len(items) != count or any(items[i] is not source.items[i] for i in ahead):
            raise self.structure_error(
                "the list that this loop runs over changes inside it", (source,), "loop over a copy"
            )

    def ranged(self, bounds: tuple, item: Any, body: Any, hint: str, frame: Any) -> None:
        known = [bound.value for bound in bounds if isinstance(bound, Lit)]
        if not self.keeps or len(known) < 3:
            super().ranged(bounds, item, body, hint, frame)
            return
        turns = range(*known)
        self.program.unrollable = True
        if not self.program.unrolls or len(turns) * self.open_turns > TURNS:
            super().ranged(bounds, item, body, hint, frame)
            return
        outer = self.open_turns
        self.open_turns *= max(len(turns), 1)
        try:
            self.unrolled(tuple(map(Lit, turns)), lambda i: body(item(i)), frame)
        finally:
            self.open_turns = outer

    def unpack(self, targets: list, value: Value) -> None:
        super().unpack(targets, self.present(value))

    def unpack_value(self, value: Value, count: int, hints: list[str]) -> list[Value]:
        value = self.present(value)
        if isinstance(value, DictValue):
            value = self.static_items(value)
        return super().unpack_value(value, count, hints)

    def unpack_star(self, value: Value, count: int, star: int) -> list[Value]:
        value = self.present(value)
        if self.keeps and isinstance(value, TupleValue) and any(map(self.has_no_atom, value.items)):
            stop = len(value.items) - (count - 1 - star)
            return [*value.items[:star], self.static_list(value.items[star:stop]), *value.items[stop:]]
        return super().unpack_star(value, count, star)

    def sequence(self, value: Value) -> Sequence:
        return super().sequence(self.present(value))
