"""Where a cotangent can be exactly zero although the value was computed: masks, maxima, discarded elements.

There an infinite or NaN local derivative must not meet the zero: the rule is emitted in its masked form. The
analysis goes backwards from every operation that can discard elements of its operand to all that the operand
was computed from.
"""

from __future__ import annotations

import operator

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.ir import core as ir
from s2sad.ir.core import Call, If, Loop, Try, Update, Var
from s2sad.ir.walk import statements

DISCARDING = {np.where, np.maximum, np.minimum, np.fmax, np.fmin, np.clip, np.max, np.min, np.select, np.sort}
DISCARDING |= {np.abs, np.heaviside, np.nan_to_num, np.prod, np.linalg.norm}


def masked_values(function: ir.Function, active: set[Var]) -> set[Var]:
    """Return the active values to some elements of which an exactly zero cotangent may come."""
    sources: dict[Var, list] = {}
    work: list = []
    for stmt in statements(function.body):
        if isinstance(stmt, Call):
            for out in stmt.outs:
                sources[out] = [a for a in stmt.inputs if not (is_update(stmt) and isinstance(a.kind, k.Scalar))]
            if discards(stmt):
                work += [atom for atom in stmt.inputs if not isinstance(atom.kind, k.Scalar) or not is_update(stmt)]
        elif isinstance(stmt, If):
            for merge in stmt.merges:
                sources[merge.out] = [merge.then, merge.orelse]
        elif isinstance(stmt, Loop):
            for carry in stmt.carries:
                sources[carry.inner] = sources[carry.out] = [carry.init, carry.last]
        elif isinstance(stmt, Try):
            for choice in stmt.merges:
                sources[choice.out] = list(choice.atoms)
    masked: set[Var] = set()
    while work:
        atom = work.pop()
        if isinstance(atom, Var) and atom in active and atom not in masked:
            masked.add(atom)
            work += sources.get(atom, [])
    return masked


def is_update(call: Call) -> bool:
    return isinstance(call.fn, Update)


def discards(call: Call) -> bool:
    """Tell whether a call can ignore some elements of an array operand."""
    if isinstance(call.fn, Update):
        return call.fn.action == "setitem" and isinstance(call.args[0].kind, (k.Array, k.Unknown))
    if isinstance(call.fn, (ir.Prim, ir.Helper, Var)):
        return False
    target = call.fn.value
    if target is operator.getitem:
        return isinstance(call.args[0].kind, (k.Array, k.Unknown)) and not isinstance(call.out.kind, k.Scalar)
    try:
        return target in DISCARDING
    except TypeError:
        return False
