"""Which values may share memory: classes of variables, found without regard to order.

Two variables are in one class if an update of one might be seen through the other: views and their bases,
containers and what is put into them, the versions of updated storage, and whatever merges or loops join.
"""

from __future__ import annotations

from typing import Any

from s2sad.analysis import kinds as k
from s2sad.analysis.transfer import view_of
from s2sad.ir import core as ir
from s2sad.ir.core import Call, If, Loop, Try, Update, Var
from s2sad.ir.walk import statements

FRESH_PRIMS = (ir.COPY, ir.FORMAT, ir.FORMAT_SPEC, ir.SLICE, ir.RAISE, ir.ASSERT, ir.BOUNDARY)


class Sharing:
    """Classes of variables that may share memory."""

    def __init__(self, block: ir.Block, registry: Any):
        self.parent: dict[Var, Var] = {}
        for stmt in statements(block):
            if isinstance(stmt, Call):
                self.call(stmt, registry)
            elif isinstance(stmt, If):
                for merge in stmt.merges:
                    self.join(merge.out, merge.then, merge.orelse)
            elif isinstance(stmt, Loop):
                for carry in stmt.carries:
                    self.join(carry.inner, carry.init, carry.last, carry.out)
            elif isinstance(stmt, Try):
                for choice in stmt.merges:
                    self.join(choice.out, *choice.atoms)

    def find(self, var: Var) -> Var:
        """Return the representative of a variable's class."""
        while var in self.parent:
            var = self.parent[var]
        return var

    def join(self, *atoms: Any) -> None:
        roots = [self.find(atom) for atom in atoms if isinstance(atom, Var) and is_mutable(atom.kind)]
        for root in roots[1:]:
            if root is not roots[0] and self.find(root) is not self.find(roots[0]):
                self.parent[self.find(root)] = self.find(roots[0])

    def call(self, call: Call, registry: Any) -> None:
        fn = call.fn
        if isinstance(fn, Update):
            elements = call.args[1:] if not isinstance(call.args[0].kind, k.Array) else ()
            self.join(*call.outs, call.args[0], *elements)
        elif fn in FRESH_PRIMS:
            return
        elif isinstance(fn, ir.Prim):
            self.join(*call.outs, *call.args)
        elif isinstance(fn, ir.Helper):
            if not fn.fresh or fn.lowerer is None or len(call.outs) != 1:  # halves of pairs have no lowerer
                self.join(*call.outs, *call.args)
        elif isinstance(fn, Var):
            self.join(*call.outs, fn, *call.inputs)
        elif call.outs:
            kind = call.args[0].kind if call.args else k.UNKNOWN
            target = fn.value
            if isinstance(kind, (k.Array, k.Scalar)) and target is not getattr:
                how = view_of(target, [arg.kind for arg in call.args])
                rule = registry.rule(target)
                if how == "fresh" or (how == "maybe" and rule is not None and rule.elementwise):
                    return
            self.join(*call.outs, *call.inputs)


def is_mutable(kind: k.Kind) -> bool:
    """Tell whether a value of this kind may be, or hold, something that can be updated."""
    if isinstance(kind, k.Tuple):
        return any(map(is_mutable, kind.items))
    return not isinstance(kind, (k.Scalar, k.Constant, k.Slice))
