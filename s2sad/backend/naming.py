"""Choose identifiers: values that are never alive at once share a name, those that must meet share one if they can.

An update overwrites its old version, so both get one name; a loop's carry should need no copy at the end of the
body, a merge none at the ends of its arms. This is coalescing on an interference graph (Chaitin 1981), which on
structured SSA takes one backward walk.
"""

from __future__ import annotations

import keyword
from dataclasses import dataclass
from typing import Any

from s2sad.analysis import kinds as k
from s2sad.backend.folding import Folding
from s2sad.ir import core as ir
from s2sad.ir.core import Block, Call, Function, If, Loop, Stmt, Try, Update, Var
from s2sad.ir.walk import binds, blocks, statements


@dataclass
class _Users:
    """The classes that share a name: what interferes with any of them, and their types."""

    neighbors: set[Var]
    sorts: set[Any]


class Naming:
    """Identifiers for the variables of one function: `names` maps variables to them."""

    def __init__(self, function: Function, folding: Folding, reserved: set[str]):
        self.folding = folding
        self.neighbors: dict[Var, set[Var]] = {}
        self.parent: dict[Var, Var] = {}
        self.members: dict[Var, list[Var]] = {}
        self.order: list[Var] = []
        self.free: dict[int, set[Var]] = {}
        params = [param.var for param in function.params]
        self.bound = set(params) | {var for stmt in statements(function.body) for var in binds(stmt)}
        live = self.live(function.result)
        self.define(params, self.block(function.body, live))
        self.coalesce(function.body)
        self.outside: dict[Var, str] = {}  # variables of the surrounding program
        self.names: dict[Var, str] = {}
        self.assign(function, set(reserved))

    # ---- liveness and interference ----------------------------------------------------------------

    def live(self, *atoms: Any) -> set[Var]:
        """Return the variables that printing these atoms names."""
        found: set[Var] = set()
        for atom in atoms:
            if not isinstance(atom, Var):
                continue
            if atom in self.folding.inline:
                found |= self.folding.printed_reads(self.folding.inline[atom])
            else:
                found.add(atom)
        return found

    def free_in(self, stmt: Stmt) -> set[Var]:
        """Return the variables from outside that a loop's statements name."""
        found = self.free.get(id(stmt))
        if found is None:
            read: set[Var] = set()
            bound: set[Var] = set()
            for block in blocks(stmt):
                for inner in statements(block):
                    read |= self.folding.printed_reads(inner)
                    bound.update(binds(inner))
            bound.update(binds(stmt))
            found = self.free[id(stmt)] = read - bound
        return found

    def define(self, variables: list[Var], live: set[Var]) -> None:
        """Record that variables are bound where `live` are alive."""
        for var in variables:
            near = self.neighbors.setdefault(var, set())
            for other in (*live, *variables):
                if other is not var:
                    near.add(other)
                    self.neighbors.setdefault(other, set()).add(var)

    def block(self, block: Block, live: set[Var]) -> set[Var]:
        for stmt in reversed(block):
            if self.folding.is_folded(stmt):
                continue
            live = self.statement(stmt, live)
        return live

    def statement(self, stmt: Stmt, live: set[Var]) -> set[Var]:
        if isinstance(stmt, Call):
            self.define(list(stmt.outs), live)
            return (live - set(stmt.outs)) | self.folding.printed_reads(stmt)
        if isinstance(stmt, If):
            outs = [m.out for m in stmt.merges]
            self.define(outs, live)
            after = live - set(outs)
            then = self.block(stmt.then, after | self.live(*(m.then for m in stmt.merges)))
            orelse = self.block(stmt.orelse, after | self.live(*(m.orelse for m in stmt.merges)))
            return then | orelse | self.live(stmt.test)
        if isinstance(stmt, Loop):
            outs = [c.out for c in stmt.carries]
            self.define(outs, live)
            inside = {v for b in blocks(stmt) for s in statements(b) for v in binds(s)}
            inners = [c.inner for c in stmt.carries]
            lasts = self.live(*(c.last for c in stmt.carries), stmt.leave)
            through = (live - set(outs)) | self.free_in(stmt)
            through |= lasts - inside - set(inners) - {stmt.index}  # type: ignore[arg-type]
            if stmt.bounds is None:
                through |= self.live(stmt.test) - inside - set(inners)
            at_end = through | lasts
            for (
                carry
            ) in stmt.carries:  # the next turn's values are assigned before it is tested whether to leave
                if carry.last is not stmt.leave:
                    self.define([carry.inner], self.live(stmt.leave))
            before = self.block(stmt.body, at_end)
            before = self.block(stmt.head, before | through | self.live(stmt.test))
            # a carry that only records how far the index came can be the index itself
            heads = [c.inner for c in stmt.carries if c.inner in before or c.last is not stmt.index]
            heads += [stmt.index] if stmt.index is not None else []
            self.define(heads, before)
            bounds = self.live(*(stmt.bounds or ()))
            for carry in stmt.carries:  # what is carried in is assigned before the bounds are computed
                self.define([carry.inner], bounds - {carry.init})  # type: ignore[arg-type]
            before -= set(inners)
            before -= set(heads)
            return before | through | bounds | self.live(*(c.init for c in stmt.carries))
        if isinstance(stmt, Try):
            outs = [c.out for c in stmt.merges]
            self.define([*outs, stmt.path], live)
            after = live - {*outs, stmt.path}
            result = set(after)
            for i, inner in enumerate(blocks(stmt)):
                result |= self.block(inner, after | self.live(*(c.atoms[i] for c in stmt.merges)))
            targets = [h.target for h in stmt.handlers if h.target is not None]
            self.define(targets, result)
            return (result - set(targets)) | self.live(*(h.types for h in stmt.handlers))
        target = getattr(stmt, "target", None)
        for inner in reversed(blocks(stmt)):
            live = self.block(inner, live)
        if target is not None:
            self.define([target], live)
            live = live - {target}
        return live | self.folding.printed_reads(stmt)

    # ---- coalescing -------------------------------------------------------------------------------

    def find(self, var: Var) -> Var:
        while var in self.parent:
            var = self.parent[var]
        return var

    def join(self, a: Any, b: Any) -> bool:
        """Give two variables one name, if no members of their classes are alive at once."""
        if not isinstance(a, Var) or not isinstance(b, Var):
            return False
        if a in self.folding.inline or b in self.folding.inline or a not in self.bound or b not in self.bound:
            return False
        x, y = self.find(a), self.find(b)
        if x is y:
            return True
        ours, theirs = self.members.get(x, [x]), self.members.get(y, [y])
        if len(ours) > len(theirs):
            x, y, ours, theirs = y, x, theirs, ours
        others = set(theirs)
        if any(self.neighbors.get(var, set()) & others for var in ours):
            return False
        self.parent[x] = y
        self.members[y] = theirs + ours
        return True

    def coalesce(self, body: Block) -> None:
        every = list(statements(body))
        for stmt in every:
            if isinstance(stmt, Call) and isinstance(stmt.fn, Update):
                self.join(stmt.outs[0], stmt.args[0])
        for stmt in every:
            if isinstance(stmt, Loop):
                for carry in stmt.carries:
                    self.join(carry.inner, carry.out)
                    self.join(carry.inner, carry.last)
                    self.join(carry.inner, carry.init)
            elif isinstance(stmt, If):
                for merge in stmt.merges:
                    self.join(merge.out, merge.then)
                    self.join(merge.out, merge.orelse)
            elif isinstance(stmt, Try):
                for choice in stmt.merges:
                    for atom in choice.atoms:
                        self.join(choice.out, atom)

    # ---- names ------------------------------------------------------------------------------------

    def assign(self, function: Function, taken: set[str]) -> None:
        """Name the classes in order of appearance, with the user's own names where they are free."""
        users: dict[str, _Users] = {}
        for param in function.params:
            root = self.find(param.var)
            self.names[root] = param.name
            self.use(users, param.name, root)
        ordered: dict[Var, None] = {}
        for stmt in statements(function.body):
            for var in binds(stmt):
                if var not in self.folding.inline:
                    ordered.setdefault(self.find(var))
        named = [root for root in ordered if self.hint(root)]
        for root in [*named, *(root for root in ordered if not self.hint(root))]:
            if root in self.names:
                continue
            self.names[root] = self.pick(root, users, taken)
            self.use(users, self.names[root], root)
        for param in function.params:
            self.names[param.var] = self.names[self.find(param.var)]

    def use(self, users: dict[str, _Users], name: str, root: Var) -> None:
        """Note that a class has a name."""
        found = users.setdefault(name, _Users(set(), set()))
        found.sorts.add(sort_of(root.kind))
        for var in self.members.get(root, [root]):
            found.neighbors |= self.neighbors.get(var, set())

    def hint(self, root: Var) -> str:
        """Return the name that the members of a class would like."""
        members = self.members.get(root, [root])
        plain = min(members, key=lambda var: var.number)
        if plain.hint:
            return plain.hint
        return next((var.hint for var in members if var.hint), "")

    def pick(self, root: Var, users: dict[str, _Users], taken: set[str]) -> str:
        hint = self.hint(root) or temporary(root)
        hint = "i" if hint == "_" else hint  # `_` is kept for what is not read
        if keyword.iskeyword(hint) or not hint.isidentifier():
            hint = "t"
        number = 0
        while True:
            name = (
                hint
                if number == 0
                else f"{hint}{number}"
                if hint[-1:].isalpha() and len(hint) == 1
                else f"{hint}_{number}"
            )
            number += 1
            if name in taken:
                continue
            if name not in users or self.fits(root, users[name]):
                return name

    def fits(self, root: Var, users: _Users) -> bool:
        """Tell whether a class can share a name: not alive at once with its users, and of one type (law 10)."""
        if users.sorts != {sort_of(root.kind)}:
            return False
        return users.neighbors.isdisjoint(self.members.get(root, [root]))

    def name(self, var: Var) -> str:
        return self.names[self.find(var)] if var in self.bound else self.outside[var]


def temporary(var: Var) -> str:
    """Return the stem of a temporary's name."""
    if isinstance(var.kind, k.Scalar) and var.kind.dtype == "i8":
        return "n"
    return "t"


def sort_of(kind: k.Kind) -> Any:
    """Return what a kind looks like to a compiler that types variables."""
    if isinstance(kind, k.Scalar):
        return ("scalar", kind.dtype)
    if isinstance(kind, k.Array):
        return ("array", kind.dtype, kind.ndim)
    return type(kind)


__all__ = ["Naming", "ir"]
