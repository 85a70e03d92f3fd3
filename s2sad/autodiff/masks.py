"""Where a cotangent can be exactly zero although the value was computed: masks, maxima, discarded elements.

There an infinite or NaN local derivative must not meet the zero. The analysis goes backwards from every
operation that can discard elements of its operand to all that the operand was computed from, and keeps apart
how they are discarded; `s2sad.autodiff.masking` decides what that asks for.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.autodiff import ranges
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Call, If, Update, Var
from s2sad.ir.walk import binds, blocks, reads, statements

CHOSEN = 1  # a mask, or a test of each element, decides which elements are thrown away
SLICED = 2  # a part that is known in advance is thrown away, or one element at a time is used
BRANCHED = 4  # the value is used in one arm of a branch only, or the cotangent is the caller's
SCALED = 8  # the elements are multiplied by numbers that may be zero
MISSING = 16  # NaN stands for what is missing, also in the arguments
FADED = 32  # the exponential of minus infinity is taken, which is 0 and has slope 0
LIMITED = 64  # the largest, smallest or otherwise best elements are kept
PARTIAL = (
    SLICED | SCALED | LIMITED
)  # of an array never all, as a rule: the numbers that it is made with are used

CHOOSING = {np.where, np.select, np.choose, np.compress, np.extract, np.piecewise}
LIMITING = {
    np.maximum,
    np.minimum,
    np.fmax,
    np.fmin,
    np.clip,
    runtime.clip,
    np.max,
    np.min,
    np.sort,
    np.partition,
}
LIMITING |= {np.median, np.percentile, np.quantile, np.heaviside, np.ptp, np.triu, np.tril}
PICKING = {np.take, np.take_along_axis, np.delete, np.diag, np.diagonal, np.trace}
SCALING = {np.abs, np.prod, np.linalg.norm}  # their slope is 0 at 0
NAN_AWARE = {np.nan_to_num, np.nansum, np.nanmean, np.nanmax, np.nanmin, np.nanprod, np.nanvar, np.nanstd}
NAN_AWARE |= {np.nancumsum, np.nancumprod, np.nanmedian, np.isnan}

GRIDS = {np.ix_, np.triu_indices, np.tril_indices, np.diag_indices, np.diag_indices_from, np.indices}
FADING = {np.exp, np.exp2, math.exp, np.logaddexp, np.logaddexp2}


def masked_values(function: ir.Function, active: set[Var], registry: Any) -> dict[Var, int]:
    """Return the active values to some elements of which an exactly zero cotangent may come, and why."""
    sources: dict[Var, list[Atom]] = {}
    made: dict[Var, Call] = {}
    work: list[tuple[Atom, int]] = []
    masked: dict[Var, int] = {}
    wild = ranges.wild_values(function, registry)
    for stmt in statements(function.body):
        if isinstance(stmt, Call):
            inputs = [a for a in stmt.inputs if not (is_update(stmt) and isinstance(a.kind, k.Scalar))]
            if is_update(stmt) and isinstance(stmt.args[-1].kind, k.Scalar):
                inputs.append(stmt.args[-1])
            for out in stmt.outs:
                sources[out] = inputs
                made[out] = stmt
            for factor in killed_factors(stmt, made, registry):
                masked[factor] = CHOSEN
            reason = discards(stmt, made)
            if reason:
                work += [(atom, reason) for atom in exposed(stmt)]
            if stmt.target in NAN_AWARE and isinstance(stmt.args[0], Var):
                missing = MISSING if wild.get(stmt.args[0], 0) < ranges.LOUD else CHOSEN
                work.append((stmt.args[0], missing))
            work += [(atom, SCALED) for atom in scaled(stmt, active)]
            if stmt.target in FADING:
                work += [(atom, FADED) for atom in stmt.args if wild.get(atom, 0) & ranges.LOUD]
        else:
            for var, atoms in ranges.joined(stmt):
                sources[var] = list(atoms)
        if isinstance(stmt, If):
            work += [(atom, BRANCHED) for atom in used_in_one_arm(stmt)]
    while work:
        atom, reason = work.pop()
        if isinstance(atom, Var) and atom in active and reason & ~masked.get(atom, 0):
            masked[atom] = masked.get(atom, 0) | reason
            for source in sources.get(atom, []):
                one_for_all = isinstance(source.kind, k.Scalar) and not isinstance(atom.kind, k.Scalar)
                work.append((source, reason & ~PARTIAL if one_for_all else reason))
    return masked


def infinite_values(function: ir.Function, registry: Any) -> dict[Var, int]:
    """Return the values that may be infinite or NaN although the program makes sense, and how."""
    return ranges.wild_values(function, registry)


def killed_factors(call: Call, made: dict[Var, Call], registry: Any) -> list[Var]:
    """Return the factors whose cotangent vanishes just where their local derivative is infinite: ``x * log(x)``."""
    if call.target not in ranges.PRODUCTS or not isinstance(call.fn, ir.Ref):
        return []
    found = []
    for factor, other in (call.args, call.args[::-1]):
        maker = made.get(factor) if isinstance(factor, Var) else None
        if maker is None or not isinstance(maker.fn, ir.Ref) or other not in maker.args:
            continue
        rule = registry.rule(maker.fn.value)
        if rule is not None and is_singular(rule, maker):
            found.append(factor)
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
    if call.target in ranges.POWERS:
        return not (isinstance(value, (int, float)) and value >= 1)
    return not (call.target in ranges.QUOTIENTS and isinstance(value, (int, float)) and value != 0)


# ---- what discards --------------------------------------------------------------------------------------


def is_update(call: Call) -> bool:
    return isinstance(call.fn, Update)


def exposed(call: Call) -> tuple[Atom, ...]:
    """Return the operands of which a discarding call can ignore elements."""
    if not is_update(call):
        return call.inputs
    indices = [index for index in call.args[1:-1] if not ranges.is_static([index])]
    once = all(k.dtype_of(index.kind) == "b1" for index in indices)
    return call.args[:1] if once else (call.args[0], call.args[-1])  # places that are repeated keep the last


def discards(call: Call, made: dict[Var, Call]) -> int:
    """Tell whether and how a call can ignore some elements of an array operand."""
    if isinstance(call.fn, Update):
        if call.fn.action != "setitem" or not isinstance(call.args[0].kind, (k.Array, k.Unknown)):
            return 0
        return by_index(call.args[1:-1], made)
    if isinstance(call.fn, (ir.Prim, ir.Helper, Var)):
        return 0
    target = call.fn.value
    if target is operator.getitem:
        if not isinstance(call.args[0].kind, (k.Array, k.Unknown)):
            return 0
        return by_index(call.args[1:], made)
    if not ranges.callable_known(target):
        return 0
    if "where" in dict(call.kwargs) or target in CHOOSING:
        return CHOSEN
    if target in LIMITING:
        return LIMITED
    return SLICED if target in PICKING else SCALED if target in SCALING else 0


def by_index(index: Iterable[Atom], made: dict[Var, Call]) -> int:
    """Tell how an index throws elements away: a mask looks at the data, an array of integers need not."""
    for atom in index:
        maker = made.get(atom) if isinstance(atom, Var) else None
        if maker is not None and (maker.target in GRIDS or maker.target is ir.TUPLE):
            if maker.target is ir.TUPLE and by_index(maker.args, made) == CHOSEN:
                return CHOSEN
            continue
        kinds = getattr(atom.kind, "items", (atom.kind,))
        if any(is_data(kind) and k.dtype_of(kind) in ("b1", None) for kind in kinds):
            return CHOSEN
    return SLICED


def is_data(kind: k.Kind) -> bool:
    return isinstance(kind, (k.Array, k.Unknown))


def scaled(call: Call, active: set[Var]) -> Iterable[Atom]:
    """Return the operands that are multiplied by an array of constants, which may be zeros."""
    if not ranges.callable_known(call.target) or call.target not in ranges.PRODUCTS | ranges.CONTRACTIONS:
        return ()
    constants = [a for a in call.args if isinstance(a.kind, (k.Array, k.Unknown)) and a not in active]
    return [a for a in call.args if a in active] if constants else ()


def used_in_one_arm(stmt: If) -> Iterable[Var]:
    """Return the variables from outside that only one arm of a branch reads."""
    arms: list[set[Var]] = []
    for arm, block in enumerate(blocks(stmt)):
        inside = list(statements(block))
        bound = {var for each in inside for var in binds(each)}
        atoms = [atom for each in inside for atom in reads(each)]
        atoms += [merge.orelse if arm else merge.then for merge in stmt.merges]
        arms.append({atom for atom in atoms if isinstance(atom, Var) and atom not in bound})
    return sorted(arms[0] ^ arms[1], key=lambda var: var.number)
