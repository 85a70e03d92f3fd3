"""Drop the copies of arrays that nobody else has: those that were made where it was not yet known.

A derivative returns no array of its caller's, nor one array twice: where that is not clear, a copy is returned. Once
`s2sad.backend.inplace` has put copies in front of the updates, more is known: what was copied already and is read by
nothing else needs no second copy.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.ir import core as ir
from s2sad.ir.core import Call, Function, If, Loop, Update, Var
from s2sad.ir.walk import definitions, reads, statements, substitute

NEW = {np.zeros, np.ones, np.empty, np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.outer}


def without_needless_copies(function: Function) -> Function:
    """Return the function with its last copies left out where the array that is copied is its own."""
    owners = definitions(function.body)
    uses: Counter[Any] = Counter(atom for stmt in statements(function.body) for atom in reads(stmt))
    uses[function.result] += 1
    same: dict[Var, Any] = {}
    kept = []
    for stmt in function.body:
        if isinstance(stmt, Call) and stmt.fn is ir.COPY:
            (array,) = stmt.args
            if uses[array] == 1 and is_own(array, owners, set()):
                same[stmt.out] = array
                continue
        kept.append(stmt)
    if not same:
        return function
    body = tuple(substitute(stmt, same) for stmt in kept)
    return replace(function, body=body, result=same.get(function.result, function.result))  # type: ignore[arg-type]


def is_own(atom: Any, owners: dict[Var, Any], seen: set[Var]) -> bool:
    """Tell whether an array was surely made by the function, with memory for all its elements."""
    if atom in seen:
        return True
    seen.add(atom)
    stmt = owners.get(atom)
    if isinstance(stmt, Loop):
        carry = next((c for c in stmt.carries if atom in (c.inner, c.out)), None)
        return carry is not None and all(is_own(a, owners, seen) for a in (carry.init, carry.last))
    if isinstance(stmt, If):
        merge = next(m for m in stmt.merges if m.out is atom)
        return all(is_own(a, owners, seen) for a in (merge.then, merge.orelse))
    if not isinstance(stmt, Call):
        return False
    if isinstance(stmt.fn, Update):
        return stmt.fn.action in ("setitem", "add_at") and is_own(stmt.args[0], owners, seen)
    return stmt.fn is ir.COPY or getattr(stmt.fn, "value", None) in NEW
