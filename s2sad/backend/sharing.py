"""Which values may share memory: for each variable, the places where its storage may have been allocated.

A view has its base's storage, a container that of what is put into it, an update that of the version that
it overwrites. Two variables may share memory if they have an allocation in common (Andersen's points-to
analysis, on SSA; loops need a fixed point).
"""

from __future__ import annotations

from typing import Any

from s2sad.analysis import kinds as k
from s2sad.analysis.transfer import view_of
from s2sad.ir import core as ir
from s2sad.ir.core import Call, If, Loop, Try, Update, Var
from s2sad.ir.walk import statements

FRESH_PRIMS = (ir.COPY, ir.FORMAT, ir.FORMAT_SPEC, ir.SLICE, ir.RAISE, ir.ASSERT, ir.BOUNDARY)
NOTHING: frozenset[Var] = frozenset()


class Sharing:
    """Allocation sites of the variables of one function."""

    def __init__(self, block: ir.Block, registry: Any):
        self.sites: dict[Var, frozenset[Var]] = {}
        self.bound: set[Var] = set()
        self.registry = registry
        every = list(statements(block))
        has_loop = any(isinstance(stmt, Loop) for stmt in every)
        while True:
            before = sum(map(len, self.sites.values()))
            for stmt in every:
                self.statement(stmt)
            if not has_loop or sum(map(len, self.sites.values())) == before:
                break

    def of(self, atom: Any) -> frozenset[Var]:
        """Return the allocations that a value may stand for; one of its own for a parameter."""
        if not isinstance(atom, Var) or not is_mutable(atom.kind):
            return NOTHING
        return self.sites.get(atom) or (NOTHING if atom in self.bound else frozenset((atom,)))

    def may_share(self, a: Var, b: Var) -> bool:
        """Tell whether an update of one variable may be seen through the other."""
        return not self.of(a).isdisjoint(self.of(b))

    def set(self, out: Var, *atoms: Any) -> None:
        self.bound.add(out)
        if is_mutable(out.kind):
            found = self.sites.get(out, NOTHING).union(*(self.of(atom) for atom in atoms))
            self.sites[out] = found

    def fresh(self, out: Var) -> None:
        self.bound.add(out)
        if is_mutable(out.kind):
            self.sites[out] = self.sites.get(out, NOTHING) | {out}

    def statement(self, stmt: ir.Stmt) -> None:
        if isinstance(stmt, Call):
            self.call(stmt)
        elif isinstance(stmt, If):
            for merge in stmt.merges:
                self.set(merge.out, merge.then, merge.orelse)
        elif isinstance(stmt, Loop):
            for carry in stmt.carries:
                self.set(carry.inner, carry.init, carry.last)
                self.set(carry.out, carry.init, carry.last)
        elif isinstance(stmt, Try):
            for choice in stmt.merges:
                self.set(choice.out, *choice.atoms)

    def call(self, call: Call) -> None:
        fn = call.fn
        if isinstance(fn, Update):
            stores = fn.action != "add_at" and not isinstance(call.args[0].kind, k.Array)
            elements = call.args[1:] if stores else ()
            for out in call.outs:
                self.set(out, call.args[0], *elements)
            return
        if fn is ir.PUSH:
            self.set(call.args[0], call.args[0], call.args[1])  # type: ignore[arg-type]
            return
        for out in call.outs:
            if fn in FRESH_PRIMS:
                self.fresh(out)
            elif isinstance(fn, ir.Prim):
                if fn in (ir.LIST, ir.TUPLE, ir.DICT, ir.SET):
                    self.fresh(out)
                self.set(out, *call.args)
            elif isinstance(fn, ir.Helper):
                self.fresh(out)
                if not fn.fresh or fn.lowerer is None:
                    self.set(out, *call.args)
            elif isinstance(fn, Var):
                self.fresh(out)
                self.set(out, fn, *call.inputs)
            elif self.is_fresh(call):
                self.fresh(out)
            else:
                self.fresh(out)
                self.set(out, *call.inputs)

    def is_fresh(self, call: Call) -> bool:
        target = call.fn.value
        if target in (list, dict) or target is getattr:
            return False
        rule = self.registry.rule(target)
        if rule is not None and not rule.differentiable:
            return True
        kind = call.args[0].kind if call.args else k.UNKNOWN
        if rule is not None and rule.elementwise and not isinstance(kind, k.List):
            return True
        if isinstance(kind, k.List) and isinstance(kind.item, k.Scalar):
            return True  # a slice or copy of a list of numbers
        if isinstance(kind, (k.Array, k.Scalar)):
            how = view_of(target, [arg.kind for arg in call.args])
            return how == "fresh" or (how == "maybe" and rule is not None and rule.elementwise)
        return False


def is_mutable(kind: k.Kind) -> bool:
    """Tell whether a value of this kind may be, or hold, something that can be updated."""
    if isinstance(kind, k.Tuple):
        return any(map(is_mutable, kind.items))
    return not isinstance(kind, (k.Scalar, k.Constant, k.Slice))
