"""Which arrays are never one: a proof by induction over the turns of loops.

`sharing` knows what objects a variable may be in any turn; it cannot tell that two buffers which swap names in
each turn are always different. That is a statement on pairs: two carries of a loop are apart if what they start
with is apart and, given that they are, what the body leaves in them is apart.
"""

from __future__ import annotations

from typing import Any

from s2sad.analysis import kinds as k
from s2sad.analysis.transfer import view_of
from s2sad.backend.sharing import Sharing
from s2sad.ir import core as ir
from s2sad.ir.core import Call, If, Loop, Update, Var
from s2sad.ir.walk import binds, statements

Pair = frozenset[Var]


class Apart:
    """Answer whether two arrays of one function certainly share no memory at the same time."""

    def __init__(self, body: ir.Block, sharing: Sharing):
        self.sharing = sharing
        self.owner: dict[Var, ir.Stmt] = {}
        self.carry: dict[Var, tuple[Loop, ir.Carry]] = {}
        for stmt in statements(body):
            for var in binds(stmt):
                self.owner[var] = stmt
            if isinstance(stmt, Loop):
                for carry in stmt.carries:
                    self.carry[carry.inner] = self.carry[carry.out] = (stmt, carry)
        self.proven: set[Pair] = set()

    def __call__(self, x: Var, y: Var) -> bool:
        if not isinstance(x.kind, k.Array) or not isinstance(y.kind, k.Array):
            return False
        visited: set[Pair] = set()
        if not self.prove(x, y, visited):
            return False
        self.proven |= visited  # they hold together: each follows from others of them
        return True

    def prove(self, x: Any, y: Any, visited: set[Pair]) -> bool:
        if not isinstance(x, Var) or not isinstance(y, Var):
            return True
        if x is y:
            return False
        pair = frozenset((x, y))
        if pair in self.proven or pair in visited:
            return True
        if self.sharing.of(x).isdisjoint(self.sharing.of(y)):
            return True
        steps = self.steps(x, y)
        visited.add(pair)
        return steps is not None and all(self.prove(a, b, visited) for a, b in steps)

    def steps(self, x: Var, y: Var) -> list[tuple[Any, Any]] | None:
        """Return pairs from whose being apart it follows that x and y are; None where nothing follows."""
        first, second = self.carry.get(x), self.carry.get(y)
        if first is not None and second is not None and first[0] is second[0]:
            (_, c), (_, d) = first, second
            if (x is c.inner) is (y is d.inner):
                return [(c.init, d.init), (c.last, d.last)]
            return None
        for a, b in ((x, y), (y, x)):
            older = self.older(a)
            if older is not None:
                return [(each, b) for each in older]
        for other, found in ((y, first), (x, second)):
            if found is not None and not self.is_within(other, found[0]):
                return [(found[1].init, other), (found[1].last, other)]
        return None

    def older(self, var: Var) -> list[Any] | None:
        """Return the values one of which a variable is, as an object: what it updates, views or merges."""
        stmt = self.owner.get(var)
        if isinstance(stmt, If):
            merge = next((merge for merge in stmt.merges if merge.out is var), None)
            return None if merge is None else [merge.then, merge.orelse]
        if not isinstance(stmt, Call) or stmt.outs[0] is not var or not stmt.args:
            return None
        if isinstance(stmt.fn, Update):
            return [stmt.args[0]]
        if isinstance(stmt.fn, ir.Ref) and isinstance(stmt.args[0].kind, k.Array):
            target = stmt.fn.value
            if view_of(target, [arg.kind for arg in stmt.args]) == "view":
                return [stmt.args[0]]
        return None

    def is_within(self, var: Var, loop: Loop) -> bool:
        return id(loop) in self.sharing.loops.get(var, ())
