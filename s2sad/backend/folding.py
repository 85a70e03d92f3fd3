"""Fold single-use temporaries back into expressions, where that does not move a read across an update.

The result is a table: the calls and conditional expressions that are printed inside the statement that uses
them. User variables and named adjoints stay statements.
"""

from __future__ import annotations

import operator
from typing import Any

from s2sad.analysis import kinds as k
from s2sad.backend.sharing import Sharing, is_mutable
from s2sad.ir import core as ir
from s2sad.ir.core import Block, Call, Function, If, Lit, Loop, Prim, Stmt, Try, Update, Var, With
from s2sad.ir.walk import blocks, reads, statements
from s2sad.optimize.dead import is_pure

LIMIT = 16  # atoms in one expression

NEVER = (ir.PUSH, ir.POP, ir.RAISE, ir.ASSERT, ir.BOUNDARY, ir.UNPACK)


class Folding:
    """Decide which variables are printed as expressions; `inline` maps them to their statements."""

    def __init__(self, function: Function, registry: Any):
        self.registry = registry
        self.sharing = Sharing(function.body, registry)
        self.uses: dict[Var, int] = {}
        for stmt in statements(function.body):
            for atom in reads(stmt):
                if isinstance(atom, Var):
                    self.uses[atom] = self.uses.get(atom, 0) + 1
        if isinstance(function.result, Var):
            self.uses[function.result] = self.uses.get(function.result, 0) + 1
        self.result = function.result
        self.indices = index_only(function)
        self.pushed: set[Any] = {
            s.args[1] for s in statements(function.body) if isinstance(s, Call) and s.fn is ir.PUSH
        }
        self.owners: set[Any] = {
            s.args[0]
            for s in statements(function.body)
            if isinstance(s, Call) and (isinstance(s.fn, Update) or s.fn in (ir.PUSH, ir.POP))
        }
        self.restored: set[Any] = {
            s.args[-1]
            for s in statements(function.body)
            if isinstance(s, Call) and isinstance(s.fn, Update) and s.fn.action == "setitem"
        }
        self.taken: dict[Any, Call] = {  # what is read out of an array by an index
            s.out: s
            for s in statements(function.body)
            if isinstance(s, Call) and isinstance(s.fn, ir.Ref) and s.fn.value is operator.getitem
        }
        self.copied: dict[Any, Any] = {  # what a copy was made of
            s.out: s.args[0] for s in statements(function.body) if isinstance(s, Call) and s.fn is ir.COPY
        }
        self.overwritten: set[Var] = set()
        for stmt in statements(function.body):
            if isinstance(stmt, Call) and isinstance(stmt.fn, Update):
                self.overwritten |= self.sharing.changed(stmt)
        self.inline: dict[Var, Stmt] = {}
        self.size: dict[Var, int] = {}
        self.leaves: dict[Var, set[Var]] = {}
        self.block(function.body, [function.result])

    def block(self, block: Block, after: list[Any]) -> None:
        """Fold inside one block; `after` are atoms that are read right behind its last statement."""
        pending: dict[Var, Stmt] = {}
        for stmt in block:
            self.inner(stmt)
            self.use(stmt, pending)
            self.clobber(stmt, pending)
            out = self.candidate(stmt)
            if out is not None and self.is_syntax(stmt):
                self.inline[out] = stmt
            elif out is not None:
                pending[out] = stmt
        for atom in after:
            self.accept(atom, pending)

    def inner(self, stmt: Stmt) -> None:
        if isinstance(stmt, If):
            self.block(stmt.then, [m.then for m in stmt.merges])
            self.block(stmt.orelse, [m.orelse for m in stmt.merges])
        elif isinstance(stmt, Loop):
            self.block(stmt.head, [stmt.test])
            lasts = [c.last for c in stmt.carries]
            self.block(stmt.body, [*lasts, stmt.leave] if len(lasts) < 2 else [])
        elif isinstance(stmt, Try):
            self.block(stmt.body, [])
            for handler in stmt.handlers:
                self.block(handler.body, [])
        else:
            for block in blocks(stmt):
                self.block(block, [])

    def use(self, stmt: Stmt, pending: dict[Var, Stmt]) -> None:
        """Accept the pending expressions that a statement reads directly."""
        if isinstance(stmt, Call):
            if stmt.fn in (ir.UNPACK, ir.PUSH) or stmt.fn not in NEVER:
                for atom in reads(stmt):
                    self.accept(atom, pending)
        elif isinstance(stmt, If):
            self.accept(stmt.test, pending)
        elif isinstance(stmt, Loop):
            for atom in stmt.bounds or ():
                self.accept(atom, pending)
            for carry in stmt.carries:
                self.accept(carry.init, pending)
        elif isinstance(stmt, With):
            self.accept(stmt.manager, pending)

    def accept(self, atom: Any, pending: dict[Var, Stmt]) -> None:
        if isinstance(atom, Var) and atom in pending:
            self.inline[atom] = pending.pop(atom)

    def clobber(self, stmt: Stmt, pending: dict[Var, Stmt]) -> None:
        """Give up the pending expressions that read what a statement overwrites."""
        if not pending:
            return
        classes: set[Var] = set()
        for each in statements((stmt,)):
            if isinstance(each, Call):
                if isinstance(each.fn, Update):
                    classes |= self.sharing.changed(each)
                elif each.fn in (ir.PUSH, ir.POP):
                    continue  # a stack of ours: nothing else reads it
                elif not is_pure(each, self.registry):
                    pending.clear()
                    return
        if not isinstance(stmt, Call):
            # a structured statement may run long: only plain scalars are computed behind it
            for var in list(pending):
                if any(is_mutable(leaf.kind) for leaf in self.leaves.get(var, ())):
                    del pending[var]
        if classes:
            for var in list(pending):
                leaves = self.leaves.get(var, ())
                if any(not self.sharing.reach(leaf).isdisjoint(classes) for leaf in leaves):
                    del pending[var]

    def candidate(self, stmt: Stmt) -> Var | None:
        """Return the variable of a statement that may become an expression."""
        if isinstance(stmt, If):
            if not self.is_expression(stmt):
                return None
            out = stmt.merges[0].out
            atoms = [stmt.test, stmt.merges[0].then, stmt.merges[0].orelse]
        elif isinstance(stmt, Call) and len(stmt.outs) == 1:
            if stmt.fn is ir.POP:
                if stmt.out in self.restored and self.uses.get(stmt.out) == 1:
                    self.size[stmt.out], self.leaves[stmt.out] = 1, set()
                    return stmt.out
                return None
            if isinstance(stmt.fn, Update) or stmt.fn in NEVER or not is_pure(stmt, self.registry):
                return None
            out = stmt.out
            atoms = list(reads(stmt))
        else:
            return None
        if out in self.owners:
            return None
        if self.uses.get(out, 0) != 1 and not self.is_syntax(stmt):
            return None
        if out.hint and not self.is_syntax(stmt) and out not in self.pushed:
            return None
        size = (
            0
            if self.is_syntax(stmt)
            else 1
            + sum(
                self.size.get(atom, 0) if atom in self.inline else 1
                for atom in atoms
                if isinstance(atom, Var)
            )
        )
        if size > LIMIT and not self.is_syntax(stmt):
            return None
        leaves: set[Var] = set()
        for atom in atoms:
            if isinstance(atom, Var):
                leaves |= self.leaves[atom] if atom in self.inline else {atom}
        if self.is_syntax(stmt) and any(map(self.is_updated, leaves)) and self.uses.get(out, 0) != 1:
            return None
        self.size[out] = size
        self.leaves[out] = leaves
        return out

    def is_syntax(self, stmt: Stmt) -> bool:
        """Tell whether a call is a slice or an index, which only ever stands inside subscripts."""
        if not isinstance(stmt, Call) or stmt.fn not in (ir.SLICE, ir.TUPLE):
            return False
        if stmt.out not in self.indices:
            return False
        return not any(self.is_updated(leaf) for leaf in stmt.args if isinstance(leaf, Var))

    def is_updated(self, var: Var) -> bool:
        """Tell whether some update may overwrite a value."""
        return not self.sharing.reach(var).isdisjoint(self.overwritten)

    def is_expression(self, stmt: If) -> bool:
        """Tell whether an `if` is a conditional expression: one unnamed result, nothing but expressions inside."""
        if len(stmt.merges) != 1 or stmt.merges[0].out.hint:
            return False
        merge = stmt.merges[0]
        if ir.UNDEFINED in (merge.then, merge.orelse):
            return False
        return all(self.is_folded(each) for block in (stmt.then, stmt.orelse) for each in block)

    def is_folded(self, stmt: Stmt) -> bool:
        if isinstance(stmt, Call):
            return len(stmt.outs) == 1 and self.inline.get(stmt.outs[0]) is stmt
        return isinstance(stmt, If) and len(stmt.merges) == 1 and self.inline.get(stmt.merges[0].out) is stmt

    def printed_reads(self, stmt: Stmt) -> set[Var]:
        """Return the variables that a statement's text names, expressions folded into it included."""
        found: set[Var] = set()
        work = [atom for atom in reads(stmt) if isinstance(atom, Var)]
        while work:
            var = work.pop()
            if var in self.inline:
                inner = self.inline[var]
                work += [atom for atom in reads(inner) if isinstance(atom, Var)]
                for each in (s for b in blocks(inner) for s in statements(b)):
                    work += [atom for atom in reads(each) if isinstance(atom, Var)]
            else:
                found.add(var)
        return found


def index_only(function: Function) -> set[Var]:
    """Return the variables that are only used as an index, or inside one."""
    used: set[Var] = set()
    other: set[Any] = {function.result}
    for stmt in statements(function.body):
        index: set[Any] = set()
        if isinstance(stmt, Call):
            if isinstance(stmt.fn, ir.Ref) and stmt.fn.value is operator.getitem:
                index = {stmt.args[1]}
            elif isinstance(stmt.fn, Update):
                index = set(stmt.args[1 : 1 + sum(n for _, n in stmt.fn.path)])
                if stmt.fn.action in ("setitem", "add_at", "delitem"):
                    index.add(stmt.args[-2] if stmt.fn.action != "delitem" else stmt.args[-1])
            elif stmt.fn is ir.TUPLE:
                index = {atom for atom in stmt.args if isinstance(atom.kind, k.Slice)}
        used |= {atom for atom in index if isinstance(atom, Var)}
        other |= {atom for atom in reads(stmt) if atom not in index}
    return used - other


__all__ = ["Folding", "Lit", "Prim", "k"]
