"""From IR to a syntax tree: statements, the assignments that merges and carries need, comments."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import gast

from s2sad.analysis import kinds as k
from s2sad.backend.expressions import Expressions
from s2sad.backend.to_text import Comment
from s2sad.ir import core as ir
from s2sad.ir.core import (
    UNDEFINED,
    Block,
    Call,
    Finally,
    Function,
    If,
    Lit,
    Loop,
    Stmt,
    Try,
    Update,
    Var,
    With,
)
from s2sad.ir.walk import statements

Nodes = list[Any]


class Statements(Expressions):
    """Print the statements of one function."""

    comments = False
    last_comment: Any = None

    def function(self, function: Function, reverse: bool) -> gast.FunctionDef:
        """Return the definition of a function; `reverse` tells that its body is a reverse sweep."""
        self.comments = reverse
        body = self.block(function.body)
        body.append(gast.Return(self.expr(function.result)))
        doc = [gast.Expr(gast.Constant(function.doc, None))] if function.doc else []
        return gast.FunctionDef(function.name, self.parameters(function), doc + body, [], None, None, [])

    def parameters(self, function: Function) -> gast.arguments:
        plain, only, names = [], [], []
        vararg = kwarg = None
        defaults: Nodes = []
        keyword_defaults: Nodes = []
        for param in function.params:
            arg = gast.Name(param.name, gast.Param(), None, None)
            kind = param.kind
            has_default = self.has_default(param)
            if kind is kind.VAR_POSITIONAL:
                vararg = arg
            elif kind is kind.VAR_KEYWORD:
                kwarg = arg
            elif kind is kind.KEYWORD_ONLY:
                names.append(arg)
                keyword_defaults.append(self.default(param) if has_default else None)
            else:
                (only if kind is kind.POSITIONAL_ONLY else plain).append(arg)
                if has_default:
                    defaults.append(self.default(param))
        return gast.arguments(plain, only, vararg, names, keyword_defaults, kwarg, defaults)

    def has_default(self, param: ir.Param) -> bool:
        return (
            param.default is not None
            and param.default is not param.kind.__class__
            and not (isinstance(param.default, type) and param.default.__name__ == "_empty")
        )

    def default(self, param: ir.Param) -> Any:
        if isinstance(param.default, (bool, int, float, complex, str)):
            return self.literal(param.default)
        return gast.Name(
            self.scope.object_name(f"{param.name}_default", param.default), gast.Load(), None, None
        )

    # ---- blocks -----------------------------------------------------------------------------------

    def block(self, block: Block, ending: Callable[[], Nodes] | None = None) -> Nodes:
        nodes: Nodes = []
        for stmt in block:
            if self.folding.is_folded(stmt):
                continue
            made = self.statement(stmt)
            if made and self.comments:
                self.comment(stmt, nodes)
            nodes += made
        if ending is not None:
            nodes += ending()
        return nodes

    def comment(self, stmt: Stmt, nodes: Nodes) -> None:
        """Quote the user's line above the group of statements that come from it."""
        where = getattr(stmt, "where", None)
        if where is None or not isinstance(stmt, Call) or not where.text.strip():
            return
        if isinstance(stmt.fn, ir.Prim) and stmt.fn in (ir.POP, ir.UNPACK) and False:
            return
        key = (where.filename, where.line)
        if key != self.last_comment:
            self.last_comment = key
            nodes.append(Comment(where.text.strip()))

    def statement(self, stmt: Stmt) -> Nodes:
        if isinstance(stmt, Call):
            return self.call_statement(stmt)
        if isinstance(stmt, If):
            return self.if_statement(stmt)
        if isinstance(stmt, Loop):
            return self.loop_statement(stmt)
        if isinstance(stmt, With):
            target = None if stmt.target is None else self.store(stmt.target)
            item = gast.withitem(self.expr(stmt.manager), target)
            return [gast.With([item], self.block(stmt.body) or [gast.Pass()], None)]
        if isinstance(stmt, Try):
            return self.try_statement(stmt)
        assert isinstance(stmt, Finally)
        final = self.block(stmt.final)
        body = self.block(stmt.body)
        return [gast.Try(body or [gast.Pass()], [], [], final)] if final else body

    def call_statement(self, stmt: Call) -> Nodes:
        fn = stmt.fn
        if isinstance(fn, Update):
            return self.update_statement(stmt)
        if fn is ir.BOUNDARY:
            self.comments = True
            return []
        if fn is ir.PUSH:
            return [self.method_statement(self.expr(stmt.args[0]), "append", [self.expr(stmt.args[1])])]
        if fn is ir.POP:
            call = gast.Call(gast.Attribute(self.expr(stmt.args[0]), "pop", gast.Load()), [], [])
            return [self.assign(stmt.outs[0], call)] if self.is_read(stmt.out) else [gast.Expr(call)]
        if fn is ir.RAISE:
            parts = [self.expr(arg) for arg in stmt.args]
            return [gast.Raise(parts[0] if parts else None, parts[1] if len(parts) > 1 else None)]
        if fn is ir.ASSERT:
            return [gast.Assert(self.expr(stmt.args[0]), None)]
        value = self.call(stmt)
        if fn is ir.UNPACK or len(stmt.outs) > 1:
            value = self.expr(stmt.args[0]) if fn is ir.UNPACK else value
            targets = [self.store(out) if self.is_read(out) else name_store("_") for out in stmt.outs]
            target = gast.Tuple(targets, gast.Store()) if len(targets) != 1 or fn is ir.UNPACK else targets[0]
            return [gast.Assign([target], value, None)]
        if not stmt.outs or not self.is_read(stmt.out):
            return [gast.Expr(value)]
        if isinstance(value, gast.Name) and value.id == self.naming.name(stmt.out):
            return []
        if self.accumulates(stmt, value):
            return [gast.AugAssign(self.store(stmt.out), value.op, value.right)]
        return [self.assign(stmt.out, value)]

    def accumulates(self, stmt: Call, value: Any) -> bool:
        """Tell whether a statement is ``x = x + v`` on scalars, to be printed as ``x += v``."""
        return (
            isinstance(stmt.out.kind, k.Scalar)
            and isinstance(value, gast.BinOp)
            and isinstance(value.op, (gast.Add, gast.Sub, gast.Mult))
            and isinstance(value.left, gast.Name)
            and value.left.id == self.naming.name(stmt.out)
        )

    def is_read(self, var: Var) -> bool:
        return self.folding.uses.get(var, 0) > 0

    def assign(self, var: Var, value: Any) -> Any:
        return gast.Assign([self.store(var)], value, None)

    def method_statement(self, owner: Any, name: str, args: Nodes) -> Any:
        return gast.Expr(gast.Call(gast.Attribute(owner, name, gast.Load()), args, []))

    # ---- copies between names ---------------------------------------------------------------------

    def moves(self, pairs: list[tuple[Var, Any]]) -> Nodes:
        """Assign several values at once, where names differ."""
        wanted = []
        for var, atom in pairs:
            if atom is UNDEFINED or not self.is_named(var):
                continue
            if (
                isinstance(atom, Var)
                and atom not in self.folding.inline
                and self.naming.name(atom) == self.naming.name(var)
            ):
                continue
            wanted.append((var, atom))
        if not wanted:
            return []
        targets = {self.naming.name(var) for var, _ in wanted}
        crossing = len(wanted) > 1 and any(
            self.naming.name(leaf) in targets and leaf is not None
            for i, (_, atom) in enumerate(wanted)
            for leaf in self.naming.live(atom)
            if self.naming.name(leaf) in {self.naming.name(v) for v, _ in wanted[:i]}
        )
        if crossing:
            store = gast.Tuple([self.store(var) for var, _ in wanted], gast.Store())
            return [gast.Assign([store], gast.Tuple([self.expr(a) for _, a in wanted], gast.Load()), None)]
        return [self.assign(var, self.expr(atom)) for var, atom in wanted]

    def is_named(self, var: Var) -> bool:
        return self.naming.find(var) in self.naming.names

    # ---- structured statements --------------------------------------------------------------------

    def if_statement(self, stmt: If, leave: Var | None = None, flag: Var | None = None) -> Nodes:
        """Print an `if`; where it decides whether the loop around it is left, with `break` in its arms.

        `flag`, where given, is read behind the loop too and is set before each `break`.
        """
        merges = [m for m in stmt.merges if self.is_read(m.out) and m.out is not leave]
        breaking = next((m for m in stmt.merges if m.out is leave), None)
        arms: list[Nodes] = []
        saved = self.last_comment
        for block, side in ((stmt.then, "then"), (stmt.orelse, "orelse")):
            self.last_comment = saved
            atom = getattr(breaking, side) if breaking is not None else None
            pairs = [(m.out, getattr(m, side)) for m in merges]
            if breaking is not None and isinstance(atom, Var):
                last = block[-1]
                nodes = self.block(block[:-1])
                assert isinstance(last, If)
                nodes += self.if_statement(last, atom, flag)
                arms.append(nodes)
                continue
            nodes = self.block(block, lambda pairs=pairs: self.moves(pairs))
            if breaking is not None and atom == Lit(True):
                if flag is not None:
                    nodes.append(self.assign(flag, gast.Constant(True, None)))
                nodes.append(gast.Break())
            arms.append(nodes)
        self.last_comment = saved if not (arms[0] or arms[1]) else None
        then, orelse = arms
        if not then and not orelse:
            return []
        test = self.expr(stmt.test)
        if not then:
            return [gast.If(negated(test), orelse, [])]
        if orelse and isinstance(then[-1], (gast.Break, gast.Raise)):
            return [gast.If(test, then, []), *orelse]
        return [gast.If(test, then, orelse)]

    def loop_statement(self, stmt: Loop) -> Nodes:
        carries = [c for c in stmt.carries if self.is_named(c.inner) or self.is_named(c.out)]
        before = self.moves([(c.inner, c.init) for c in carries if self.is_named(c.inner)])
        saved, self.last_comment = self.last_comment, None
        pairs = [(c.inner, c.last) for c in carries]
        head = self.block(stmt.head)
        leave = stmt.leave
        body = None
        if isinstance(leave, Var) and not self.needs_moves(pairs) and self.is_known_false(stmt, leave):
            body = self.broken_body(stmt.body, leave)
        if body is None:
            body = self.block(stmt.body, lambda: self.moves(pairs))
            if leave is not None:
                body.append(gast.If(self.expr(leave), [gast.Break()], []))
        after = self.moves([(c.out, c.inner) for c in carries if self.is_read(c.out)])
        self.last_comment = saved if not self.comments else None
        if stmt.bounds is not None:
            assert stmt.index is not None
            target = self.store(stmt.index) if self.is_read(stmt.index) else name_store("_")
            loop: Any = gast.For(target, self.range(stmt.bounds), body or [gast.Pass()], [], None)
        elif head:
            stop = gast.If(negated(self.expr(stmt.test)), [gast.Break()], [])
            loop = gast.While(gast.Constant(True, None), [*head, stop, *body], [])
        else:
            loop = gast.While(self.expr(stmt.test), body or [gast.Pass()], [])
        return [*before, loop, *after]

    def needs_moves(self, pairs: list) -> bool:
        for var, atom in pairs:
            if atom is UNDEFINED or not self.is_named(var):
                continue
            if not isinstance(atom, Var) or atom in self.folding.inline:
                return True
            if self.naming.name(atom) != self.naming.name(var):
                return True
        return False

    def is_known_false(self, stmt: Loop, leave: Var) -> bool:
        """Tell whether the flag on which a loop is left is false at the start of each turn, under its name."""
        if self.folding.uses.get(leave, 0) == 1:
            return True
        return any(
            c.last is leave and c.init == Lit(False) and self.naming.name(c.inner) == self.naming.name(leave)
            for c in stmt.carries
        ) and all(c.last is not leave or c.init == Lit(False) for c in stmt.carries)

    def broken_body(self, block: Block, leave: Var) -> Nodes | None:
        """Print a loop body whose last `if` decides to leave, with `break` in the arms that do."""
        if not block or not self.breaks(block[-1], leave):
            return None
        last = block[-1]
        assert isinstance(last, If)
        nodes = self.block(block[:-1])
        return nodes + self.if_statement(last, leave, leave if self.folding.uses.get(leave, 0) > 1 else None)

    def breaks(self, stmt: Stmt, leave: Var) -> bool:
        if not isinstance(stmt, If):
            return False
        merge = next((m for m in stmt.merges if m.out is leave), None)
        if merge is None:
            return False
        for block, atom in ((stmt.then, merge.then), (stmt.orelse, merge.orelse)):
            if isinstance(atom, Lit):
                continue
            others = [m for m in stmt.merges if m is not merge and self.is_read(m.out)]
            if others or not block or not isinstance(atom, Var) or self.folding.uses.get(atom, 0) > 1:
                return False
            if not self.breaks(block[-1], atom):
                return False
        return True

    def range(self, bounds: tuple) -> Any:
        start, stop, step = bounds
        args = [start, stop, step]
        if step == Lit(1):
            args = [stop] if start == Lit(0) else [start, stop]
        return gast.Call(name_load(self.scope.builtin("range")), [self.expr(arg) for arg in args], [])

    def try_statement(self, stmt: Try) -> Nodes:
        path = stmt.path if self.is_read(stmt.path) else None

        def ending(arm: int) -> Nodes:
            nodes = self.moves([(c.out, c.atoms[arm]) for c in stmt.merges if self.is_read(c.out)])
            if path is not None:
                nodes.append(self.assign(path, gast.Constant(arm, None)))
            return nodes

        body = self.block(stmt.body)
        handlers = []
        for i, handler in enumerate(stmt.handlers):
            types = None if handler.types is None else self.expr(handler.types)
            target = None
            if handler.target is not None and self.is_read(handler.target):
                target = gast.Name(self.naming.name(handler.target), gast.Store(), None, None)
            nodes = self.block(handler.body, lambda i=i: ending(i + 1))
            handlers.append(gast.ExceptHandler(types, target, nodes or [gast.Pass()]))
        return [gast.Try(body or [gast.Pass()], handlers, ending(0), [])]


def name_load(name: str) -> Any:
    return gast.Name(name, gast.Load(), None, None)


def name_store(name: str) -> Any:
    return gast.Name(name, gast.Store(), None, None)


OPPOSITE = {
    gast.Lt: gast.GtE,
    gast.GtE: gast.Lt,
    gast.Gt: gast.LtE,
    gast.LtE: gast.Gt,
    gast.Eq: gast.NotEq,
    gast.NotEq: gast.Eq,
    gast.Is: gast.IsNot,
    gast.IsNot: gast.Is,
    gast.In: gast.NotIn,
    gast.NotIn: gast.In,
}


def negated(test: Any) -> Any:
    """Return the negation of a test; orderings are not turned around, because of NaN."""
    if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
        return test.operand
    if (
        isinstance(test, gast.Compare)
        and len(test.ops) == 1
        and isinstance(test.ops[0], (gast.Eq, gast.NotEq, gast.Is, gast.IsNot, gast.In, gast.NotIn))
    ):
        return gast.Compare(test.left, [OPPOSITE[type(test.ops[0])]()], test.comparators)
    return gast.UnaryOp(gast.Not(), test)


__all__ = ["Statements", "k", "math", "statements"]
