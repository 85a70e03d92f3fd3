"""Activity: which values depend on the differentiated inputs and reach the output.

The frontend finds what varies with the inputs while it lowers; here the reverse question is answered, and the
two are intersected. Only active values get adjoints.
"""

from __future__ import annotations

from typing import Any

from s2sad.analysis import kinds as k
from s2sad.ir import core as ir
from s2sad.ir.core import Call, If, Loop, Try, Var
from s2sad.ir.walk import statements


def active_values(function: ir.Function, varied: set[Var], registry: Any) -> set[Var]:
    """Return the variables of a function that need an adjoint."""
    sources: dict[Var, tuple[Any, ...]] = {}
    for stmt in statements(function.body):
        if isinstance(stmt, Call):
            if not isinstance(stmt.fn, (ir.Prim, ir.Update, ir.Helper, Var)):
                rule = registry.rule(stmt.fn.value)
                if rule is not None and not rule.differentiable:
                    continue
            inputs = stmt.inputs[1:] if replaces_all(stmt) else stmt.inputs
            for out in stmt.outs:
                sources[out] = inputs
        elif isinstance(stmt, If):
            for merge in stmt.merges:
                sources[merge.out] = (merge.then, merge.orelse)
        elif isinstance(stmt, Loop):
            for carry in stmt.carries:
                sources[carry.inner] = sources[carry.out] = (carry.init, carry.last)
        elif isinstance(stmt, Try):
            for choice in stmt.merges:
                sources[choice.out] = choice.atoms
    active: set[Var] = set()
    work = [function.result]
    while work:
        atom = work.pop()
        if isinstance(atom, Var) and atom in varied and atom not in active:
            active.add(atom)
            work.extend(sources.get(atom, ()))
    return active


def replaces_all(call: Call) -> bool:
    """Tell whether a call is an update that leaves nothing of the older contents of an array."""
    return (
        isinstance(call.fn, ir.Update)
        and call.fn.action == "setitem"
        and not call.fn.path
        and isinstance(call.args[0].kind, k.Array)
        and call.args[1] == ir.Lit(Ellipsis)
    )
