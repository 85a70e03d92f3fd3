"""Make updates in place again: put a copy wherever an update would be seen by a later reader of the old version.

In the IR an update makes a new version and leaves the old one as it was. The emitted statement overwrites the
old version, which is right exactly if nothing that shares its memory is read afterwards. Parameters belong to
the caller, who reads them afterwards: so an updated parameter is copied on entry (law 6), by the same rule.

The same walk tells which copies nobody needs. A result that must be the caller's own (`OWN`) is a copy only where
somebody else may have it, and a copy that an earlier round put in may be needless once others stand before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.analysis.transfer import view_of
from s2sad.backend.apart import Apart
from s2sad.backend.sharing import Sharing
from s2sad.errors import AmbiguousAlias
from s2sad.ir import core as ir
from s2sad.ir.core import Block, Call, Carry, Function, If, Loop, Ref, Stmt, Try, Update, Var
from s2sad.ir.walk import binds, blocks, map_blocks, reads, statements, substitute

HOISTED = 40  # after so many rounds, copies are put right before the updates
PATIENCE = 8  # how many copies may be tried for one update
COPIES = (ir.COPY, ir.OWN)
MAKERS = (*COPIES, ir.LIST, ir.TUPLE, ir.DICT, ir.SET)


def in_place(function: Function, registry: Any) -> Function:
    """Insert the copies that make every update safe to do in place, and decide each `OWN`."""
    rounds: Counter[Var] = Counter()
    attempt = 0
    while max(rounds.values(), default=0) < PATIENCE:
        attempt += 1
        calls = [stmt.fn for stmt in statements(function.body) if isinstance(stmt, Call)]
        if not any(isinstance(fn, Update) or fn is ir.OWN for fn in calls):
            return function
        walk = _Conflicts(function, registry, hoist=attempt <= HOISTED)
        conflicts = walk.independent()
        if not conflicts:
            return _without(function, walk.needless)
        wanted: dict[int, list[tuple[Any, Var]]] = {}
        for place, target, call in conflicts:
            rounds[call.out] += 1
            wanted.setdefault(id(place[0] if isinstance(place, tuple) else place), []).append((place, target))
        function = replace(function, body=_insert_copies(function.body, wanted))
    raise AmbiguousAlias(
        f"the updates of containers in `{function.name}` cannot be told apart",
        None,
        "update copies, or make new lists",
    )


class _Conflicts:
    """A backward walk with the set of variables that are live, which finds unsafe updates of different objects."""

    def __init__(self, function: Function, registry: Any, hoist: bool):
        self.function = function
        self.hoist = hoist
        self.sharing = Sharing(function.body, registry)
        self.apart = Apart(function.body, self.sharing)
        self.owner: dict[Var, Stmt] = {}
        self.inner: dict[Var, tuple[Loop, Carry]] = {}
        self.inside: dict[int, set[Var]] = {}
        self.found: list[tuple[Any, Var, Call]] = []
        self.touched: set[Any] = set()  # the objects that are to be copied
        self.needless: set[int] = set()  # copies at the top of what nobody else reads
        self.top = set(map(id, function.body))
        self.position: dict[Any, int] = {}  # statements and variables, in program order
        for at, stmt in enumerate(statements(function.body)):
            self.position[id(stmt)] = at
            for var in binds(stmt):
                self.owner[var] = stmt
                self.position[var] = at
            if isinstance(stmt, Loop):
                for carry in stmt.carries:
                    self.inner[carry.inner] = self.inner[carry.out] = (stmt, carry)
                self.inside[id(stmt)] = {
                    v for s in (*statements(stmt.head), *statements(stmt.body)) for v in binds(s)
                } | {c.inner for c in stmt.carries}

    def variables(self, atoms: Iterable[Any]) -> set[Var]:
        """Return the variables among some atoms that an update could be seen through."""
        return {atom for atom in atoms if self.sharing.is_mutable(atom)}

    def free_reads(self, block: Block) -> set[Var]:
        """Return what the statements of a block read from outside."""
        every = list(statements(block))
        bound = {var for stmt in every for var in binds(stmt)}
        return self.variables(atom for stmt in every for atom in reads(stmt)) - bound

    def independent(self) -> list[tuple[Any, Var, Call]]:
        """Return where to put copies of what, at most one for each object: a copy may settle other conflicts."""
        params = (param.var for param in self.function.params)
        live = (self.variables(params) | self.free_reads(self.function.body)) - self.function.owned
        live |= self.variables((self.function.result,))
        self.block(self.function.body, live)
        return self.found

    def block(self, block: Block, live: set[Var]) -> set[Var]:
        for stmt in reversed(block):
            live = self.statement(stmt, live)
        return live

    def statement(self, stmt: Stmt, live: set[Var]) -> set[Var]:
        after = live - set(binds(stmt))
        atoms = self.variables(reads(stmt))
        if isinstance(stmt, Call):
            if isinstance(stmt.fn, Update):
                self.check(stmt, live)
            elif stmt.fn in COPIES and id(stmt) in self.top:
                array = stmt.args[0]
                objects = self.sharing.reach(array)
                if all(map(self.is_made, objects)) and not self.witnesses(stmt, array, objects, live):
                    self.needless.add(id(stmt))
            return after | atoms
        if isinstance(stmt, If):
            then = self.block(stmt.then, after | self.variables(m.then for m in stmt.merges))
            orelse = self.block(stmt.orelse, after | self.variables(m.orelse for m in stmt.merges))
            return then | orelse | self.variables((stmt.test,))
        if isinstance(stmt, Loop):
            through = after | (self.free_reads(stmt.head + stmt.body) - set(binds(stmt)))
            lasts = self.variables((*(c.last for c in stmt.carries), stmt.leave))
            test = self.variables((stmt.test,))
            inside = self.inside[id(stmt)]
            through |= {v for v in lasts if v not in inside}
            before = self.block(stmt.body, through | lasts)
            before = self.block(stmt.head, before | through | test)
            inits = self.variables(c.init for c in stmt.carries)
            return (before - set(binds(stmt))) | through | inits
        if isinstance(stmt, Try):
            result = set(atoms) | after
            for i, inner in enumerate(blocks(stmt)):
                result |= self.block(inner, after | self.variables(c.atoms[i] for c in stmt.merges))
            return result
        for inner in reversed(blocks(stmt)):
            live = self.block(inner, live)
        return live | atoms

    def witnesses(self, call: Call, old: Var, changed: Any, live: set[Var]) -> list[Var]:
        """Return the variables, among those read after a call, through which changes of some objects may be seen."""
        found = [w for w in live if w not in call.outs and self.sharing.may_see(w, changed, call)]
        return [w for w in found if not self.apart(old, w)]

    def is_made(self, item: tuple[Var, int]) -> bool:
        """Tell whether an object was surely made by the function, with memory for all its elements."""
        call = self.owner.get(item[0])
        if not isinstance(call, Call):
            return False
        if not isinstance(call.fn, Ref):
            return call.fn in MAKERS
        kinds, named = [arg.kind for arg in call.args], {name: arg.kind for name, arg in call.kwargs}
        return call.fn.value is not np.broadcast_to and view_of(call.fn.value, kinds, named) == "fresh"

    def check(self, call: Call, live: set[Var]) -> None:
        """Find the readers of the old version after an update, and where to put the copy."""
        old = call.args[0]
        if not isinstance(old, Var):
            return
        changed = self.sharing.changed(call)
        if not changed.isdisjoint(self.touched):
            return
        witnesses = self.witnesses(call, old, changed, live)
        if not witnesses:
            return
        self.touched |= changed
        at = self.sharing.place[id(call)][0]
        offending = changed & frozenset().union(*(self.sharing.reach(w, at) for w in witnesses))
        place: Any = call
        target: Var = old
        current: Any = old
        newest = max(max(self.position.get(w, -1), self.sharing.last_put(w)) for w in witnesses)
        while isinstance(current, Var) and self.hoist:
            if current in self.inner:
                loop, carry = self.inner[current]
                if not self.sharing.of(carry.init) & offending:  # it came in through another carry, by a swap
                    bringing = [c for c in loop.carries if self.sharing.of(c.init) & offending]
                    if not bringing:
                        break
                    carry = bringing[0]
                if newest >= self.position[id(loop)]:
                    break
                place, target = (loop, carry), carry.init  # type: ignore[assignment]
                current = carry.init
                continue
            stmt = self.owner.get(current)
            if isinstance(stmt, Call) and isinstance(stmt.fn, Update) and stmt.outs[0] is current:
                if (
                    newest >= self.position[id(stmt)]
                ):  # what still reads the storage was made after this update
                    break
                place, target, current = stmt, stmt.args[0], stmt.args[0]  # type: ignore[assignment]
                continue
            if isinstance(stmt, If):
                merge = next(m for m in stmt.merges if m.out is current)
                base = self.common_base(merge)
                if base is None:
                    break
                current = base
                continue
            break
        self.found.append((place, target, call))

    def common_base(self, merge: ir.Merge) -> Var | None:
        """Return the version from which both arms of a merge were made by updates."""
        chains = []
        for atom in (merge.then, merge.orelse):
            chain: list[Var] = []
            while isinstance(atom, Var):
                chain.append(atom)
                stmt = self.owner.get(atom)
                if isinstance(stmt, Call) and isinstance(stmt.fn, Update):
                    atom = stmt.args[0]
                elif atom in self.inner and self.inner[atom][1].out is atom:
                    atom = self.inner[atom][1].init
                else:
                    break
            chains.append(chain)
        return next((var for var in chains[0] if var in chains[1]), None)


def _insert_copies(block: Block, wanted: dict[int, list[tuple[Any, Var]]]) -> Block:
    """Copy each target just before its place: an update, or a loop and the carry that starts with it."""
    result: list[Stmt] = []
    for stmt in block:
        made = map_blocks(stmt, lambda inner: _insert_copies(inner, wanted))
        for place, target in wanted.get(id(stmt), ()):
            copy = Var(target.hint, target.kind)
            where = stmt.where if isinstance(stmt, Call) else None
            result.append(Call((copy,), ir.COPY, (target,), (), where))
            if isinstance(place, tuple):
                assert isinstance(made, Loop)
                carries = (replace(c, init=copy) if c.inner is place[1].inner else c for c in made.carries)
                made = replace(made, carries=tuple(carries))
            else:
                assert isinstance(made, Call)
                made = replace(made, args=(copy, *made.args[1:]))
        result.append(made)
    return tuple(result)


def _without(function: Function, needless: set[int]) -> Function:
    """Leave out the copies that nobody needs, and make each other `OWN` a copy."""
    same: dict[Var, Any] = {}
    body: list[Stmt] = []
    for stmt in function.body:
        if id(stmt) in needless:
            assert isinstance(stmt, Call)
            same[stmt.out] = same.get(stmt.args[0], stmt.args[0])
        elif isinstance(stmt, Call) and stmt.fn is ir.OWN:
            body.append(replace(stmt, fn=ir.COPY))
        else:
            body.append(stmt)
    result = same.get(function.result, function.result)  # type: ignore[arg-type]
    return replace(function, body=tuple(substitute(stmt, same) for stmt in body), result=result)
