"""Where a cotangent can be exactly zero although the value was computed: masks, maxima, discarded elements.

There an infinite or NaN local derivative must not meet the zero: the rule is emitted in its masked form. The
analysis goes backwards from every operation that can discard elements of its operand to all that the operand
was computed from.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.ir import core as ir
from s2sad.ir.core import Call, If, Loop, Try, Update, Var
from s2sad.ir.walk import statements

DISCARDING = {np.where, np.maximum, np.minimum, np.fmax, np.fmin, np.clip, np.max, np.min, np.select, np.sort}
POWERS = {operator.pow, operator.ipow, np.power, np.float_power, math.pow, pow}
QUOTIENTS = {operator.truediv, operator.itruediv, np.divide}
DISCARDING |= {np.abs, np.heaviside, np.nan_to_num, np.prod, np.linalg.norm}


def masked_values(function: ir.Function, active: set[Var], registry: Any) -> set[Var]:
    """Return the active values to some elements of which an exactly zero cotangent may come."""
    sources: dict[Var, list] = {}
    singular: dict[Var, tuple] = {}  # the operands of the operations with infinite local derivatives
    work: list = []
    for stmt in statements(function.body):
        if isinstance(stmt, Call):
            if isinstance(stmt.fn, ir.Ref):
                rule = registry.rule(stmt.fn.value)
                if rule is not None and is_singular(rule, stmt) and len(stmt.outs) == 1:
                    singular[stmt.out] = stmt.args
            for out in stmt.outs:
                sources[out] = [
                    a for a in stmt.inputs if not (is_update(stmt) and isinstance(a.kind, k.Scalar))
                ]
            work += killed_factors(stmt, singular)
            if discards(stmt):
                work += [
                    atom for atom in stmt.inputs if not isinstance(atom.kind, k.Scalar) or not is_update(stmt)
                ]
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


def killed_factors(call: Call, singular: dict[Var, tuple]) -> list[Var]:
    """Return the factors whose cotangent vanishes just where their local derivative is infinite: ``x * log(x)``."""
    if not isinstance(call.fn, ir.Ref) or call.fn.value not in (operator.mul, np.multiply):
        return []
    found = []
    for factor, other in (call.args, call.args[::-1]):
        if isinstance(factor, Var) and other in singular.get(factor, ()):
            found.append(factor)
    return found


def infinite_values(function: ir.Function, registry: Any) -> set[Var]:
    """Return the arrays that may hold infinities where their operands are at the edge of a domain: logarithms."""
    found: set[Var] = set()
    for stmt in statements(function.body):
        if isinstance(stmt, Call) and isinstance(stmt.fn, ir.Ref) and len(stmt.outs) == 1:
            rule = registry.rule(stmt.fn.value)
            if rule is not None and is_singular(rule, stmt) and not isinstance(stmt.out.kind, k.Scalar):
                found.add(stmt.out)
    return found


def vanishing_values(function: ir.Function) -> set[Var]:
    """Return values that are 0 only where their derivatives are 0 too: squares and sums of squares."""
    found: set[Var] = set()
    for stmt in statements(function.body):
        if not isinstance(stmt, Call) or not isinstance(stmt.fn, ir.Ref) or len(stmt.outs) != 1:
            continue
        target, args = stmt.fn.value, stmt.args
        squares = target is np.square or (
            target in (operator.mul, operator.matmul, np.dot) and args[0] == args[-1]
        )
        if target is operator.pow and isinstance(args[1], ir.Lit):
            squares = isinstance(args[1].value, (int, float)) and args[1].value in (2, 4, 6, 2.0, 4.0)
        sums = target is np.sum and args[0] in found
        sums = sums or (target is operator.add and args[0] in found and args[1] in found)
        if squares or sums:
            found.add(stmt.out)
    return found


def is_singular(rule: Any, call: Call) -> bool:
    """Tell whether the local derivative of a call can be infinite or NaN at a finite operand."""
    if not rule.singular or len(call.args) != 2 or not isinstance(call.args[1], ir.Lit):
        return bool(rule.singular)
    value = call.args[1].value
    if call.target in POWERS:
        return not (isinstance(value, (int, float)) and value >= 1)
    return not (call.target in QUOTIENTS and isinstance(value, (int, float)) and value != 0)


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
        return isinstance(call.args[0].kind, (k.Array, k.Unknown))
    try:
        return target in DISCARDING
    except TypeError:
        return False
