"""Whether an index can name one element twice: then the last store wins, and a sum needs `np.add.at`."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Call, Lit, Var

Maker = Callable[[Var], Call | None]

DISTINCT = {np.arange, np.argsort, np.flatnonzero}
DISTINCT_TUPLES = {np.nonzero, np.where, np.triu_indices, np.tril_indices, np.diag_indices}
DISTINCT_TUPLES |= {np.triu_indices_from, np.tril_indices_from, np.diag_indices_from}


def distinct(index: Atom, made: Maker) -> bool:
    """Tell whether an index certainly names each element once; `made` finds the call that made a variable."""
    call = made(index) if isinstance(index, Var) else None
    if isinstance(index.kind, (k.Scalar, k.Constant, k.Slice)):
        return True
    if call is not None and call.fn is ir.TUPLE:
        return all(distinct(item, made) for item in call.args)
    if call is not None and call.fn is ir.LIST:
        return are_distinct([getattr(item, "value", None) for item in call.args])
    if call is not None and call.target is np.ix_:
        return all(distinct(item, made) for item in call.args)
    if isinstance(index.kind, k.Tuple):
        simple = all(isinstance(item, (k.Scalar, k.Constant, k.Slice)) for item in index.kind.items)
        return simple or (call is not None and call.target in DISTINCT_TUPLES and len(call.args) <= 3)
    if not isinstance(index.kind, k.Array):
        return False
    if index.kind.dtype == "b1":
        return True
    return call is not None and distinct_array(call, made)


def distinct_array(call: Call, made: Maker) -> bool:
    """Tell whether the entries of an integer array differ from each other."""
    target: Any = call.target
    if call.kwargs and target is not np.argsort:
        return False
    if target in DISTINCT:
        return target is not np.argsort or call.out.kind.ndim == 1  # type: ignore[attr-defined]
    if target in (operator.add, operator.sub):
        scalars = [isinstance(arg.kind, k.Scalar) for arg in call.args]
        return any(scalars) and all(
            scalar or distinct(arg, made) for arg, scalar in zip(call.args, scalars, strict=True)
        )
    if target is operator.getitem:
        base, part = call.args
        if isinstance(base.kind, k.Tuple) and isinstance(part, Lit):  # the one array of `np.nonzero(x)`
            source = made(base) if isinstance(base, Var) else None
            return len(base.kind.items) == 1 and source is not None and source.target in DISTINCT_TUPLES
        return isinstance(base.kind, k.Array) and distinct(part, made) and distinct(base, made)
    return False


def are_distinct(values: list[Any]) -> bool:
    """Tell whether literal indices differ whatever the length that negative ones count from."""
    if not all(type(value) is int for value in values):
        return False
    same_side = all(value >= 0 for value in values) or all(value < 0 for value in values)
    return same_side and len(set(values)) == len(values)
