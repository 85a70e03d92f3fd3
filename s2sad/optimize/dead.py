"""Dead-code elimination: keep only what the result and the program's effects need.

This is also the to-be-recorded analysis of reverse mode: a value that the reverse sweep does not read is not
pushed on a stack, and what only served to compute it is not computed. Marking is optimistic, so a loop's
carry that feeds nothing but itself is dropped with it.
"""

from __future__ import annotations

import builtins
import types
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad import callees
from s2sad.analysis import kinds as k
from s2sad.ir import core as ir
from s2sad.ir.core import Block, Call, Finally, If, Loop, Prim, Stmt, Try, Update, Var, With
from s2sad.ir.walk import binds, blocks, reads, statements

_PURE_BUILTINS = {
    getattr(builtins, name)
    for name in (
        "abs all any bool bytes complex dict divmod enumerate float format frozenset getattr hasattr hash int "
        "isinstance issubclass len list max min pow range repr reversed round set slice sorted str sum tuple type zip"
    ).split()
}


def is_pure(call: Call, registry: Any) -> bool:
    """Tell whether a call can be dropped when nobody reads its result."""
    fn = call.fn
    if isinstance(fn, Prim):
        return fn not in ir.EFFECTS
    if isinstance(fn, Update):
        return True
    if isinstance(fn, ir.Helper):
        if fn.effects is None:
            fn.effects = False  # while looking: a recursive call adds nothing
            fn.effects = fn.function is not None and has_effects(fn.function.body, registry)
        return not fn.effects
    if isinstance(fn, Var):
        return False
    target = fn.value
    if target is callees.undisturbed:
        return False
    if registry.rule(target) is not None:
        return True
    try:
        if target in _PURE_BUILTINS:
            return True
    except TypeError:
        return False
    if isinstance(target, type) and issubclass(target, BaseException):
        return True
    if any(target is make for make in k.NAMED.values()):
        return True
    module = getattr(target, "__module__", None) or ""
    if isinstance(target, (types.BuiltinFunctionType, types.FunctionType)) or callable(target):
        if module.startswith(("numpy", "s2sad.runtime", "operator", "_operator", "math")):
            return "random" not in module and target not in (np.copyto, np.put, np.place, np.putmask)
    return hasattr(target, "__dataclass_fields__") or hasattr(target, "_fields")


def has_effects(block: Iterable[Stmt], registry: Any) -> bool:
    """Tell whether a block prints, raises or calls something unknown."""
    for stmt in statements(block):
        if isinstance(stmt, Call) and stmt.fn not in (ir.PUSH, ir.POP) and not is_pure(stmt, registry):
            return True
    return False


class _Marker:
    def __init__(self, body: Block, registry: Any):
        self.registry = registry
        self.live: set[Var] = set()
        self.kept: set[int] = set()
        self.work: list[Var] = []
        self.owner: dict[Var, Stmt] = {}
        self.parent: dict[int, Stmt | None] = {}
        self.carry: dict[Var, ir.Carry] = {}
        self.merge: dict[Var, ir.Merge] = {}
        self.pushes: dict[Var, list[Call]] = {}
        self.effects: list[Stmt] = []
        self.index(body, None)

    def index(self, block: Block, parent: Stmt | None) -> None:
        for stmt in block:
            self.parent[id(stmt)] = parent
            for var in binds(stmt):
                self.owner[var] = stmt
            if isinstance(stmt, Loop):
                for carry in stmt.carries:
                    self.carry[carry.inner] = self.carry[carry.out] = carry
            elif isinstance(stmt, If):
                for merge in stmt.merges:
                    self.merge[merge.out] = merge
            elif isinstance(stmt, Call):
                if stmt.fn is ir.PUSH:
                    assert isinstance(stmt.args[0], Var)
                    self.pushes.setdefault(stmt.args[0], []).append(stmt)
                elif stmt.fn is not ir.POP and not is_pure(stmt, self.registry):
                    self.effects.append(stmt)
            elif isinstance(stmt, With):
                self.effects.append(stmt)
            for inner in blocks(stmt):
                self.index(inner, stmt)

    def want(self, atom: Any) -> None:
        if isinstance(atom, Var) and atom not in self.live:
            self.live.add(atom)
            self.work.append(atom)

    def keep(self, stmt: Stmt) -> None:
        """Keep a statement: what it is controlled by, and what it reads whatever becomes of its results."""
        while stmt is not None and id(stmt) not in self.kept:
            self.kept.add(id(stmt))
            if isinstance(stmt, Call):
                for atom in reads(stmt):
                    self.want(atom)
                if stmt.fn is ir.POP:
                    for push in self.pushes.get(stmt.args[0], ()):  # type: ignore[call-overload]
                        self.keep(push)
            elif isinstance(stmt, If):
                self.want(stmt.test)
            elif isinstance(stmt, Loop):
                for atom in (*(stmt.bounds or ()), stmt.test, stmt.leave):
                    self.want(atom)
            elif isinstance(stmt, With):
                self.want(stmt.manager)
            elif isinstance(stmt, Try):
                for handler in stmt.handlers:
                    self.want(handler.types)
                for inner in statements(stmt.body):  # what may raise decides the path
                    self.keep(inner)
            stmt = self.parent[id(stmt)]  # type: ignore[assignment]

    def run(self, result: Any) -> None:
        for stmt in self.effects:
            self.keep(stmt)
        self.want(result)
        while self.work:
            var = self.work.pop()
            stmt = self.owner.get(var)
            if stmt is None:
                continue
            self.keep(stmt)
            if var in self.carry:
                self.want(self.carry[var].init)
                self.want(self.carry[var].last)
            elif var in self.merge:
                self.want(self.merge[var].then)
                self.want(self.merge[var].orelse)
            elif isinstance(stmt, Try):
                for choice in stmt.merges:
                    if choice.out is var:
                        for atom in choice.atoms:
                            self.want(atom)

    def rebuild(self, block: Block) -> Block:
        result: list[Stmt] = []
        for stmt in block:
            if id(stmt) not in self.kept:
                continue
            if isinstance(stmt, If):
                then, orelse = self.rebuild(stmt.then), self.rebuild(stmt.orelse)
                merges = tuple(merge for merge in stmt.merges if merge.out in self.live)
                if not then and not orelse and not merges:
                    continue
                stmt = replace(stmt, then=then, orelse=orelse, merges=merges)
            elif isinstance(stmt, Loop):
                carries = tuple(c for c in stmt.carries if c.inner in self.live or c.out in self.live)
                head, body = self.rebuild(stmt.head), self.rebuild(stmt.body)
                stmt = replace(stmt, carries=carries, head=head, body=body)
            elif isinstance(stmt, With):
                stmt = replace(stmt, body=self.rebuild(stmt.body))
            elif isinstance(stmt, Try):
                handlers = tuple(replace(h, body=self.rebuild(h.body)) for h in stmt.handlers)
                merges_ = tuple(choice for choice in stmt.merges if choice.out in self.live)
                stmt = replace(stmt, body=self.rebuild(stmt.body), handlers=handlers, merges=merges_)
            elif isinstance(stmt, Finally):
                stmt = replace(stmt, body=self.rebuild(stmt.body), final=self.rebuild(stmt.final))
            result.append(stmt)
        return tuple(result)


def dead(function: ir.Function, registry: Any) -> ir.Function:
    """Drop the statements, carries and merges that neither the result nor an effect needs.

    >>> from s2sad.rules.declare import REGISTRY
    >>> import operator
    >>> x, y, z = Var("x"), Var("y"), Var("z")
    >>> from s2sad.ir.core import Ref
    >>> double = Call((y,), Ref("operator.mul", operator.mul), (x, ir.Lit(2.0)))
    >>> triple = Call((z,), Ref("operator.mul", operator.mul), (x, ir.Lit(3.0)))
    >>> len(dead(ir.Function("f", (), (double, triple), z), REGISTRY).body)
    1
    """
    marker = _Marker(function.body, registry)
    marker.run(function.result)
    return replace(function, body=marker.rebuild(function.body))
