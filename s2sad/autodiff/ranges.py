"""What is known of the range of values before the program runs: signs, zeros, and where infinities come from.

Both analyses look at one function, statement by statement. Neither changes what is computed: they only tell
where the masked form of a rule (`s2sad.autodiff.masking`) is not needed.
"""

from __future__ import annotations

import cmath
import math
import operator
from typing import Any

import numpy as np

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Call, If, Loop, Try, Update, Var
from s2sad.ir.walk import statements

PRODUCTS = {operator.mul, operator.imul, np.multiply}
QUOTIENTS = {operator.truediv, operator.itruediv, np.divide}
POWERS = {operator.pow, operator.ipow, np.power, np.float_power, math.pow, pow}
SUMS = {operator.add, operator.iadd, np.add}
DIFFERENCES = {operator.sub, operator.isub, np.subtract}
NEGATIONS = {operator.neg, np.negative}
ROOTS = {np.sqrt, math.sqrt}
CONTRACTIONS = {operator.matmul, np.matmul, np.dot, np.inner, np.vdot, np.einsum, np.tensordot, np.outer}
TESTS = {operator.ne, operator.eq, operator.gt, operator.lt, operator.ge, operator.le}
TESTS |= {np.not_equal, np.equal, np.greater, np.less, np.greater_equal, np.less_equal}

# ---- signs ----------------------------------------------------------------------------------------------

NONNEGATIVE, NONPOSITIVE, NONZERO = 1, 2, 4
POSITIVE = NONNEGATIVE | NONZERO

EXPONENTIALS = {np.exp, np.exp2, np.cosh, math.exp, math.cosh}
SAME_SIGN = {
    operator.getitem,
    np.reshape,
    np.ravel,
    np.transpose,
    np.expand_dims,
    np.squeeze,
    np.broadcast_to,
}
SAME_SIGN |= {np.copy, np.array, np.asarray, np.atleast_1d, np.atleast_2d, np.swapaxes, np.moveaxis, np.tile}
SAME_SIGN |= {np.max, np.min, np.sort, np.repeat, np.diagonal, np.take, np.flip, np.ndarray.astype, float}
SAME_SIGN |= {runtime.reshape, runtime.transpose, runtime.flatten, ir.COPY, np.positive, operator.pos}
TOTALS = {np.sum, np.mean, np.cumsum, np.average, np.median}
SIZES = {np.linalg.norm, np.var, np.std, np.hypot, math.hypot, np.abs, abs, np.fabs, math.fabs, operator.abs}


def signs(function: ir.Function) -> dict[Var, int]:
    """Return what is known of the signs of values, as a sum of NONNEGATIVE, NONPOSITIVE and NONZERO."""
    found: dict[Var, int] = {}
    made: dict[Var, Call] = {}
    for stmt in statements(function.body):
        if isinstance(stmt, Call) and len(stmt.outs) == 1:
            made[stmt.out] = stmt
            known = sign_of_call(stmt, found, made)
            if known:
                found[stmt.out] = known
    return found


def sign_of(atom: Atom, found: dict[Var, int]) -> int:
    """Return what is known of the sign of an atom."""
    if isinstance(atom, Var):
        value = getattr(atom.kind, "value", None)
        if isinstance(value, k.Sym):
            return POSITIVE if value.big else 0
        return found.get(atom, 0) if value is None else sign_of_number(value)
    return sign_of_number(getattr(atom, "value", None))


def sign_of_number(value: Any) -> int:
    if not isinstance(value, (int, float)) or value != value:
        return 0
    if value == 0:
        return NONNEGATIVE | NONPOSITIVE
    return POSITIVE if value > 0 else NONPOSITIVE | NONZERO


def negated(sign: int) -> int:
    return (
        (sign & NONZERO)
        | (NONPOSITIVE if sign & NONNEGATIVE else 0)
        | (NONNEGATIVE if sign & NONPOSITIVE else 0)
    )


def product(a: int, b: int) -> int:
    """Return the sign of a product."""
    for x, y in ((a, b), (negated(a), negated(b))):
        if x & y & NONNEGATIVE:
            return NONNEGATIVE | (a & b & NONZERO)
    if (a & NONNEGATIVE and b & NONPOSITIVE) or (a & NONPOSITIVE and b & NONNEGATIVE):
        return NONPOSITIVE | (a & b & NONZERO)
    return a & b & NONZERO


def total(a: int, b: int) -> int:
    """Return the sign of a sum."""
    common = a & b & (NONNEGATIVE | NONPOSITIVE)
    return common | ((a | b) & NONZERO if common else 0)


def sign_of_call(call: Call, found: dict[Var, int], made: dict[Var, Call]) -> int:
    """Return what a call's operands tell of the sign of its result."""
    target = call.target
    if isinstance(call.fn, (Update, Var, ir.Helper)) or not call.args or not callable_known(target):
        return 0
    args = [sign_of(atom, found) for atom in call.args]
    if target in EXPONENTIALS:
        return POSITIVE
    if target in SIZES:
        return NONNEGATIVE | (args[0] & NONZERO if len(args) == 1 else 0)
    if target is np.square:
        return NONNEGATIVE | args[0] & NONZERO
    if target in ROOTS:
        return NONNEGATIVE | args[0] & NONZERO
    if target in NEGATIONS:
        return negated(args[0])
    if target in TOTALS:
        return args[0] if args[0] & (NONNEGATIVE | NONPOSITIVE) else 0
    if target in SAME_SIGN:
        return args[0] if isinstance(call.out.kind, (k.Array, k.Scalar)) else 0
    if target in (np.ones, np.ones_like):
        return POSITIVE
    if target is np.full or target is np.full_like:
        return args[1] if len(args) > 1 else 0
    if target is np.clip and len(args) == 3:
        return args[1] & POSITIVE if args[1] & NONNEGATIVE else 0
    if target is np.where and len(args) == 3:
        return sign_of_choice(call, args, made)
    if len(args) != 2:
        return 0
    a, b = args
    if target in PRODUCTS:
        return product(a, b) | (NONNEGATIVE | a & NONZERO if call.args[0] == call.args[1] else 0)
    if target in QUOTIENTS:
        return product(a, b | NONZERO)
    if target in POWERS:
        return sign_of_power(a, call.args[1])
    if target in SUMS:
        return total(a, b)
    if target in DIFFERENCES:
        largest = made.get(call.args[1]) if isinstance(call.args[1], Var) else None
        if largest is not None and largest.target is np.max and largest.args[0] == call.args[0]:
            return NONPOSITIVE
        return total(a, negated(b))
    if target in (np.maximum, np.fmax):
        return ((a | b) & NONNEGATIVE) | (NONZERO if POSITIVE in (a & POSITIVE, b & POSITIVE) else 0)
    if target in (np.minimum, np.fmin):
        return a & b
    if target in CONTRACTIONS:
        return NONNEGATIVE if call.args[0] == call.args[1] and call.out.kind == k.Scalar() else 0
    return 0


def sign_of_power(base: int, exponent: Atom) -> int:
    if base & POSITIVE == POSITIVE:
        return POSITIVE
    even = isinstance(exponent, ir.Lit) and exponent.value in (2, 4, 6, 8)
    return (NONNEGATIVE if even else base & NONNEGATIVE) | base & NONZERO


def sign_of_choice(call: Call, args: list[int], made: dict[Var, Call]) -> int:
    """Return the sign of ``np.where(test, x, y)``; ``np.where(x > 0, x, 1)`` is not zero."""
    test, x, _ = call.args
    compared = made.get(test) if isinstance(test, Var) else None
    guarded = args[1]
    if compared is not None and compared.target in (operator.gt, operator.ne, np.greater, np.not_equal):
        if compared.args[0] == x and compared.args[1] in (ir.Lit(0), ir.Lit(0.0)):
            guarded |= NONZERO if compared.target in (operator.ne, np.not_equal) else POSITIVE
    return guarded & args[2]


def callable_known(target: Any) -> bool:
    """Tell whether a target can be looked up in a table."""
    try:
        hash(target)
    except TypeError:
        return False
    return True


# ---- infinities -----------------------------------------------------------------------------------------

UNUSUAL, LOUD = 1, 2  # overflow and the like; or a division by zero, a logarithm, an infinity that is written
MAY_BE_NAN = 4

LOGARITHMS = {np.log, np.log2, np.log10, np.log1p, np.arctanh, np.reciprocal}
LOGARITHMS |= {math.log, math.log2, math.log10, math.log1p, math.atanh, cmath.log, cmath.log10}
OVERFLOWING = {np.exp, np.exp2, np.expm1, np.sinh, np.cosh}
PARTIAL = {np.arcsin, np.arccos, np.arccosh}
FINITE = {np.select, np.nan_to_num, np.maximum, np.minimum, np.fmax, np.fmin, np.clip, np.nansum}
FINITE |= {np.nanmean, np.nanmax, np.nanmin, np.isnan, np.isfinite, np.isinf, np.tanh, np.arctan, np.sign}
FINITE |= {np.take, np.compress, np.extract, np.delete, len, np.shape, np.size, np.zeros_like, np.ones_like}


def wild_values(function: ir.Function, registry: Any) -> dict[Var, int]:
    """Return the values that may be infinite or NaN somewhere although the program makes sense, and how."""
    known = signs(function)
    found: dict[Var, int] = {}
    while True:
        before = len(found), sum(found.values())
        for stmt in statements(function.body):
            if isinstance(stmt, Call) and len(stmt.outs) == 1:
                wild = wildness(stmt, known, found, registry)
                if wild:
                    found[stmt.out] = found.get(stmt.out, 0) | wild
            for var, atoms in joined(stmt):
                wild = combined(atoms, found)
                if wild:
                    found[var] = found.get(var, 0) | wild
        if before == (len(found), sum(found.values())):
            return found


def joined(stmt: ir.Stmt) -> list[tuple[Var, tuple[Atom, ...]]]:
    """Return the variables that a statement binds to one of several atoms, with these."""
    if isinstance(stmt, If):
        return [(merge.out, (merge.then, merge.orelse)) for merge in stmt.merges]
    if isinstance(stmt, Try):
        return [(choice.out, choice.atoms) for choice in stmt.merges]
    if isinstance(stmt, Loop):
        pairs = [(carry, (carry.init, carry.last)) for carry in stmt.carries]
        return [(var, atoms) for carry, atoms in pairs for var in (carry.inner, carry.out)]
    return []


def combined(atoms: Any, found: dict[Var, int]) -> int:
    result = 0
    for atom in atoms:
        if isinstance(atom, Var):
            result |= found.get(atom, 0)
        elif isinstance(getattr(atom, "value", None), float) and not math.isfinite(atom.value):
            result |= LOUD if math.isinf(atom.value) else LOUD | MAY_BE_NAN
    return result


def has_poles(call: Call, rule: Any) -> bool:
    """Tell whether a special function, of which nothing more is known, may be infinite at a finite argument."""
    special = isinstance(call.fn, ir.Ref) and call.fn.text.startswith("special.")
    return special and rule is not None and rule.singular


def wildness(call: Call, known: dict[Var, int], found: dict[Var, int], registry: Any) -> int:
    """Tell whether and how the result of a call may be infinite or NaN."""
    target = call.target
    if isinstance(call.fn, Update):
        if call.fn.action != "setitem":
            return combined(call.args, found)
        cleans = not is_static(call.args[1:-1])  # what a mask selects is overwritten: the rest is sound
        return combined(call.args[-1:] if cleans else (call.args[0], call.args[-1]), found)
    if isinstance(call.fn, (Var, ir.Helper)) or not callable_known(target):
        return 0
    rule = registry.rule(target) if isinstance(call.fn, ir.Ref) else None
    if target is np.where:  # it chooses what is finite, but for infinities that are written
        return combined([a for a in call.args[1:] if isinstance(a.kind, k.Scalar)], found)
    if target in FINITE or target in TESTS or (rule is not None and not rule.differentiable):
        return 0
    if target is operator.getitem and not is_static(call.args[1:]):
        return 0
    if has_poles(call, rule):
        return LOUD | MAY_BE_NAN
    wild = combined(call.inputs, found)
    if wild and target not in SUMS | NEGATIONS | {operator.getitem, ir.LIST, ir.TUPLE}:
        wild |= MAY_BE_NAN  # inf - inf, inf / inf, 0 * inf
    if isinstance(call.out.kind, k.Scalar):
        if not is_local(call, rule):
            return 0
        if call.out.kind.python:
            return wild  # Python raises where NumPy makes an infinity
    return wild | source(call, known)


def source(call: Call, known: dict[Var, int]) -> int:
    """Tell whether and how a call makes infinities or NaNs of finite operands."""
    target = call.target
    if target in QUOTIENTS:
        below = call.args[1]
        if sign_of(below, known) & NONZERO:
            return 0
        return (UNUSUAL if isinstance(below.kind, k.Scalar) else LOUD) | MAY_BE_NAN
    if target in POWERS:
        base, exponent = sign_of(call.args[0], known), getattr(call.args[1], "value", None)
        if base & POSITIVE == POSITIVE or (exponent in (1, 2, 3, 4, 5, 6) and exponent is not True):
            return 0
        if isinstance(exponent, (int, float)) and exponent < 0:
            return 0 if base & NONZERO and exponent == int(exponent) else LOUD | MAY_BE_NAN
        if isinstance(exponent, (int, float)) and (exponent == int(exponent) or base & NONNEGATIVE):
            return 0
        return UNUSUAL | MAY_BE_NAN
    operand = sign_of(call.args[0], known) if call.args else 0
    if target in LOGARITHMS:
        return 0 if operand & POSITIVE == POSITIVE else LOUD | MAY_BE_NAN
    if target is np.sqrt:
        return 0 if operand & NONNEGATIVE else UNUSUAL | MAY_BE_NAN
    if target in OVERFLOWING:  # the exponent of a complex number is mostly a phase
        return 0 if operand & NONPOSITIVE or k.dtype_of(call.out.kind) in ("c16", "c8") else UNUSUAL
    return UNUSUAL | MAY_BE_NAN if target in PARTIAL else 0


def is_local(call: Call, rule: Any) -> bool:
    """Tell whether a scalar result comes from scalars, or is one element of an array: not a total."""
    return call.target is operator.getitem or (rule is not None and rule.elementwise)


def is_static(index: Any) -> bool:
    """Tell whether an index selects the same elements whatever the data: integers and slices."""
    for atom in index:
        kind = atom.kind
        items = kind.items if isinstance(kind, k.Tuple) else (kind,)
        if not all(isinstance(item, (k.Scalar, k.Slice, k.Constant)) for item in items):
            return False
    return True
