"""Loops: the entries of the environment that a body changes become carries, built until their kinds are stable."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

from s2sad.analysis import kinds as k
from s2sad.errors import Where
from s2sad.frontend.joins import Joins
from s2sad.frontend.state import (
    UNBOUND_KIND,
    Structured,
    Unbound,
    _attributes,
    alike,
    attributes,
    birth,
    named,
    seen_attribute,
    snapshot,
)
from s2sad.frontend.values import (
    BoundValue,
    ChoiceValue,
    Conflict,
    DictValue,
    FunctionValue,
    Identity,
    ObjectValue,
    TupleValue,
    Value,
    same,
)
from s2sad.ir import core as ir
from s2sad.ir.core import UNDEFINED, Atom, Var


def settled(kind: k.Kind, marker: int) -> k.Kind:
    """Return a kind without the lengths that only one turn of a loop knows."""
    return k.map_lengths(kind, lambda n: None if isinstance(n, k.Sym) and n.newest > marker else n)


class Builder(Joins):
    """Build statements into the open block; the state is described in `s2sad.frontend.state`."""

    def loop(
        self,
        body: Callable[[Var | None], Atom | None],
        *,
        index: str | None = None,
        bounds: tuple[Atom, Atom, Atom] | None = None,
        head: Callable[[], Atom] | None = None,
        where: Where | None = None,
    ) -> None:
        """Build a loop; `body` builds one iteration and returns the atom on which the loop is left, or None.

        The body is built again until the kinds of its carries are stable.
        """
        self.checkpoint()
        before = self.env
        where = where or self.where
        carried: dict[Any, Value] = {}  # key -> the value it was seen to get in the body
        unbounds: dict[Any, Unbound] = {}
        widen = 0
        phi_kinds: dict[Any, list[k.Kind]] = {}
        phi_varied: dict[Any, list[bool]] = {}
        links = before.get("links", frozenset())
        ties: set[tuple] = set()  # carries that one object may reach under two names in the next turn
        while True:
            widen += 1
            if widen > 12:
                raise self.refuse("the types of this loop's variables change from turn to turn without end")
            self.env = dict(before)
            self.env["links"] = links
            marker = ir.next_number()
            leaves: dict[Any, list[tuple[Var, Atom]]] = {}
            for key, seen in carried.items():
                default = key if isinstance(key, Var) else UNDEFINED
                made: list[tuple[Var, Atom]] = []
                self.env[key] = self.phi(
                    key,
                    before,
                    before.get(key, default),
                    seen,
                    made,
                    iter(phi_kinds.get(key, ())),
                    iter(phi_varied.get(key, ())),
                )
                leaves[key] = made
                if isinstance(key, Var):
                    self.roots[self.env[key]] = key
            self.tie(ties, leaves)
            counter = None
            if bounds is not None:
                counter = Var(index or "i", k.INT)
                counter.kind = named(counter)
            start = dict(self.env)
            head_block: ir.Block = ()
            test: Atom | None = None
            if head is not None:
                head_block, test = self.capture(head)
            leave_box: list[Atom | None] = []
            try:
                body_block, _ = self.capture(lambda: leave_box.append(body(counter)))  # noqa: B023  called at once
            except Unbound as unbound:
                if unbound.key in carried or (unbound.key not in before and birth(unbound.key) > marker):
                    raise
                carried[unbound.key] = UNDEFINED  # perhaps it is bound in an earlier turn
                unbounds[unbound.key] = unbound
                continue
            leave = leave_box[0]
            closing, changed = self.capture(lambda: self.close_loop(start, before, carried, leaves, marker))  # noqa: B023  called at once
            new_keys, lasts, kinds, varied = changed
            end_links = self.env.get("links", frozenset())
            visible = frozenset(p for p in end_links if p[1].number < marker and p[2].number < marker)
            tied = ties | self.find_ties(lasts, leaves, marker) | self.find_holders(lasts, leaves, marker)
            if new_keys or kinds != phi_kinds or varied != phi_varied or not visible <= links or tied != ties:
                ties = tied
                carried.update(new_keys)
                phi_kinds, phi_varied = kinds, varied
                links |= visible
                continue
            break
        for key, unbound in unbounds.items():
            if all(
                last is inner or last is UNDEFINED
                for (inner, _), last in zip(leaves[key], lasts[key], strict=True)
            ):
                raise unbound  # no turn binds it
        carries: list[ir.Carry] = []
        outs: dict[Var, Var] = {}
        for key, made in leaves.items():
            for (inner, init), last in zip(made, lasts[key], strict=True):
                out = Var(inner.hint, settled(inner.kind, marker))
                out.kind = named(out)
                if inner in self.varied:
                    self.varied.add(out)
                outs[inner] = out
                carries.append(ir.Carry(inner, init, last, out))
        for pair in [pair for pair in self.apart if pair <= outs.keys()]:
            self.apart.add(frozenset(outs[inner] for inner in pair))
        end = self.env
        self.env = dict(before)
        self.env["links"] = frozenset(
            (how, outs.get(a, a), outs.get(b, b)) for how, a, b in end.get("links", frozenset())
        )
        for key in carried:
            self.env[key] = self.after_loop(start[key], outs, start)
            if isinstance(key, Var):
                self.roots[self.env[key]] = key
        self.append(
            ir.Loop(tuple(carries), counter, bounds, head_block, test, body_block + closing, leave, where)
        )

    def phi(self, key, before: dict, init: Value, seen: Value, made: list, kinds, varied) -> Value:
        """Return the value of a key at the start of an iteration, with fresh variables for what may change."""
        hint = key.hint if isinstance(key, Var) else str(key[1]) if isinstance(key, tuple) else ""
        if any(isinstance(v, (TupleValue, DictValue)) and v.identity is not None for v in (init, seen)):
            if not isinstance(init, (TupleValue, DictValue)) or not alike(init, seen):
                if not isinstance(key, tuple) or key[1] not in ("items", "list"):
                    message = f"`{hint}` is another list of functions in each turn of a loop"
                    return self.two_lists(message, (init, seen))
                error = self.error(
                    Structured,
                    "a list of functions or objects changes its length inside a loop",
                    "loop over a `range` of known length, or over a tuple",
                )
                error.sites = self.sites_in((init, seen))  # type: ignore[attr-defined]
                raise error
            items = tuple(
                self.phi((None, hint), before, i, s, made, kinds, varied)
                for i, s in zip(init.items, seen.items, strict=True)
            )
            return dataclasses.replace(seen, items=items)
        if isinstance(init, TupleValue) or (init is UNDEFINED and isinstance(seen, TupleValue)):
            if isinstance(seen, TupleValue) and (init is UNDEFINED or alike(init, seen)):
                inits = init.items if isinstance(init, TupleValue) else (UNDEFINED,) * len(seen.items)
                items = tuple(
                    self.phi((None, hint), before, i, s, made, kinds, varied)
                    for i, s in zip(inits, seen.items, strict=True)
                )
                return TupleValue(items, seen.type, seen.identity)
        if isinstance(seen, ObjectValue) and (
            init is UNDEFINED or (isinstance(init, ObjectValue) and init.type is seen.type)
        ):
            sources = (value.identity for value in (init, seen) if isinstance(value, ObjectValue))
            merged = ObjectValue(seen.type, Identity(frozenset(sources)))
            for name in _attributes.get(seen.identity, {}):
                i = (
                    before.get((init.identity, name), UNDEFINED)
                    if isinstance(init, ObjectValue)
                    else UNDEFINED
                )
                s = seen_attribute(seen, name)
                self.env[merged.identity, name] = self.phi((None, name), before, i, s, made, kinds, varied)
            return merged
        if isinstance(seen, Conflict):
            return seen
        if not isinstance(init, (Atom, TupleValue)) or isinstance(
            seen, (FunctionValue, BoundValue, ChoiceValue)
        ):
            if not isinstance(seen, Atom) or not isinstance(init, Atom):
                return Conflict(f"`{hint}` changes its function or iterator from turn to turn of a loop")
        first = self.atom_in(init, before, self.block)
        kind = self.merged_kind(first, first) if first is not UNDEFINED else k.BOTTOM
        kind = k.join(kind, next(kinds, k.BOTTOM))
        var = Var(hint, kind)
        var.kind = named(var)
        if next(varied, False) or first in self.varied:
            self.varied.add(var)
        made.append((var, first))
        if isinstance(first, Var) and self.is_mutable(kind) and not isinstance(key, Var):
            self.link("may", var, first)
        return var

    def close_loop(self, start: dict, before: dict, carried: dict, leaves: dict, marker: int):
        """Collect each carry's last value; find entries that changed without being carried."""
        new_keys: dict[Any, Value] = {}
        lasts: dict[Any, list[Atom]] = {}
        kinds: dict[Any, list[k.Kind]] = {}
        varied: dict[Any, list[bool]] = {}
        end = self.env
        for key in list(end):
            if key == "links" or (isinstance(key, tuple) and key[0] == "view"):
                continue
            if key in carried:
                if isinstance(end[key], Conflict) and not isinstance(start[key], Conflict):
                    new_keys[key] = end[key]
                    continue
                atoms: list[Atom] = []
                self.last(start[key], end[key], atoms, start)
                if len(atoms) != len(leaves[key]):
                    new_keys[key] = Conflict("the structure of a loop's variable changes from turn to turn")
                    continue
                lasts[key] = atoms
                made = leaves[key]
                kinds[key] = [
                    settled(k.join(var.kind, UNBOUND_KIND if atom is UNDEFINED else atom.kind), marker)
                    for (var, _), atom in zip(made, atoms, strict=True)
                ]
                varied[key] = [
                    var in self.varied or atom in self.varied
                    for (var, _), atom in zip(made, atoms, strict=True)
                ]
                continue
            default = key if isinstance(key, Var) else UNDEFINED
            if birth(key) < marker and not same(end[key], before.get(key, default)):
                new_keys[key] = snapshot(end[key], end)
        return new_keys, lasts, kinds, varied

    def tie(self, ties: set[tuple], leaves: dict) -> None:
        """Link the carries that may be one, or older storage; the others are apart if their first values are."""
        carries = {(key, i): pair for key, made in leaves.items() for i, pair in enumerate(made)}
        for how, *ends in ties:
            one, other = (end if isinstance(end, Var) else carries.get(end, (None,))[0] for end in ends)
            if how == "tangled" and one is not None:
                self.tangle(one)
            elif one is not None and other is not None:
                self.link(how, one, other)
        origins = self.origins()
        for (one, (a, first)), (other, (b, second)) in itertools.combinations(carries.items(), 2):
            if isinstance(one[0], Var) or isinstance(other[0], Var) or ("may", one, other) in ties:
                continue
            if not isinstance(first, Var) or not isinstance(second, Var):
                continue
            if not self.may_be(self.storage(first), self.storage(second), origins):
                self.apart.add(frozenset((a, b)))

    def find_ties(self, lasts: dict, leaves: dict, marker: int) -> set[tuple]:
        """Return the carries whose next values may be one object, and those that may be older storage."""
        found: set[tuple] = set()
        last: dict[tuple, Var] = {}
        for key, atoms in lasts.items():
            if isinstance(key, Var) or key not in leaves:
                continue
            for i, ((inner, _), atom) in enumerate(zip(leaves[key], atoms, strict=False)):
                if isinstance(atom, Var) and self.is_mutable(inner.kind):
                    last[key, i] = atom
                    found |= {
                        ("may", (key, i), each) for each in self.made_from(atom) if each.number < marker
                    }
        origins = self.origins()
        for (one, a), (other, b) in itertools.combinations(last.items(), 2):
            pairs = itertools.product(self.may_stand_for(a), self.may_stand_for(b))
            if any(self.may_be(x, y, origins) for x, y in pairs):
                found.add(("may", one, other))
        return found

    def find_holders(self, lasts: dict, leaves: dict, marker: int) -> set[tuple]:
        """Return what the containers hold, at the start of the next turn, that were made or filled in this one."""
        links = self.links()
        holders = {a for how, a, _ in links if how in ("contains", "shares", "tangled")}
        ends: dict[Var, list[tuple]] = {}
        for key, atoms in lasts.items():
            if isinstance(key, Var) or key not in leaves:
                continue
            for i, ((inner, _), atom) in enumerate(zip(leaves[key], atoms, strict=False)):
                if isinstance(atom, Var) and self.is_mutable(inner.kind):
                    ends.setdefault(self.storage(atom), []).append((key, i))
        found: set[tuple] = set()
        insides: dict[Var, set[Var]] = {}
        for storage in ends.keys() & self.taken.keys():
            for each in self.reachable(self.taken[storage]) - {self.taken[storage]}:
                names = [*ends.get(each, ()), *([each] if each.number < marker else ())]
                found |= {("may", a, b) for a in ends[storage] for b in names if a != b}
        for storage in {*ends, *(holder for holder in holders if holder.number < marker)}:
            inside = self.reachable(storage)
            if inside.isdisjoint(holders):
                continue
            own = [*ends.get(storage, ()), *([storage] if storage.number < marker else ())]
            if any(("tangled", each, each) in links for each in inside):
                found |= {("tangled", name, name) for name in own}
            for each in inside - {storage}:
                names = [*ends.get(each, ()), *([each] if each.number < marker else ())]
                found |= {("contains", a, b) for a in own for b in names if a != b}
            insides[storage] = {each for each in inside if each.number > marker and each not in ends}
            for other, held in insides.items():
                if held & insides[storage]:
                    found |= {("shares", a, b) for a in own for b in ends.get(other, ()) if a != b}
        return found - links

    def last(self, template: Value, value: Value, atoms: list[Atom], start: dict) -> None:
        if isinstance(template, (TupleValue, DictValue)):
            if isinstance(value, type(template)) and len(value.items) == len(template.items):
                for t, v in zip(template.items, value.items, strict=True):
                    self.last(t, v, atoms, start)
        elif isinstance(template, ObjectValue):
            if isinstance(value, ObjectValue) and value.type is template.type:
                for name in attributes(template, start):
                    inner = start[template.identity, name]
                    self.last(inner, self.env.get((value.identity, name), UNDEFINED), atoms, start)
        elif isinstance(template, Var):
            atoms.append(self.atom(value))

    def after_loop(self, template: Value, outs: dict[Var, Var], start: dict) -> Value:
        if isinstance(template, (TupleValue, DictValue)):
            items = tuple(self.after_loop(item, outs, start) for item in template.items)
            return dataclasses.replace(template, items=items)
        if isinstance(template, ObjectValue):
            merged = ObjectValue(template.type, Identity())
            for name in attributes(template, start):
                self.env[merged.identity, name] = self.after_loop(start[template.identity, name], outs, start)
            return merged
        return outs.get(template, template) if isinstance(template, Var) else template
