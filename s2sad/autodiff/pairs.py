"""Calls of user functions: a forward/backward pair for each; callables known only at run time go through `vjp`.

``y, saved = f_forward(x)`` computes the result and what the reverse sweep needs; ``x_bar = f_backward(saved,
y_bar)`` is that sweep. Where nothing needs saving, the forward half is the function itself. Recursion works
because pairs are functions.
"""

from __future__ import annotations

import inspect
import operator
from dataclasses import dataclass, field, replace
from typing import Any

from s2sad.analysis import kinds as k
from s2sad.autodiff.containers import Containers
from s2sad.autodiff.primals import fill_undefined
from s2sad.frontend.names import ref_to
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Block, Call, Function, Helper, Lit, Param, Ref, Var
from s2sad.ir.walk import binds, reads, statements
from s2sad.optimize.dead import dead


@dataclass
class Pair:
    forward: Helper
    backward: Helper
    saves: bool = True
    done: bool = False


@dataclass
class Tables:
    """What all parts of one derivative share: the pairs made so far, and how to make the next."""

    registry: Any
    reverse: Any
    forward: Any
    vjp: Any
    jvp: Any
    pairs: dict[Any, Pair] = field(default_factory=dict)


class Pairs(Containers):
    """The part of the reverse transformation that deals with calls of user functions."""

    tables: Tables
    function: Function

    def reverse_helper(self, call: Call) -> None:
        """Replace a call by its forward half, and call the backward half in the reverse sweep."""
        helper = call.fn
        assert isinstance(helper, Helper)
        g = self.take(call.out)
        if g is None:
            return
        mask = tuple(isinstance(arg, Var) and arg in self.active for arg in call.args)
        pair = self.pair(helper, mask, self.masked.get(call.out, 0) | (self.discarded or 0))
        outs = tuple(
            Var(self.hint(arg), arg.kind) for arg, wanted in zip(call.args, mask, strict=True) if wanted
        )
        if pair.saves:
            saved = Var(f"{helper.name}_saved", k.UNKNOWN)
            self.replaced[id(call)] = Call((call.out, saved), pair.forward, call.args, (), call.where)
            self.homes[saved] = type(self.homes[call.out])(self.homes[call.out].chain, call)
            args: tuple[Atom, ...] = (self.primal(saved), g)
        else:
            args = (g,)
        self.b.append(Call(outs, pair.backward, args, (), call.where))
        given = iter(outs)
        for arg, wanted in zip(call.args, mask, strict=True):
            if wanted:
                self.add(arg, next(given))

    def pair(self, helper: Helper, mask: tuple[bool, ...], discarded: int) -> Pair:
        """Return the forward and backward halves of a helper for these active arguments.

        `discarded` tells how the caller may throw elements of the result away.
        """
        key = (helper, mask, discarded)
        found = self.tables.pairs.get(key)
        if found is None:
            found = Pair(Helper(f"{helper.name}_forward"), Helper(f"{helper.name}_backward"))
            self.tables.pairs[key] = found
            assert helper.function is not None
            b = helper.lowerer  # perhaps in use: a recursive function may need several pairs
            state = b.lean, b.objects, b.env, b.block, b.roots, b.views, b.where
            split(found, helper, mask, discarded, self.tables)
            b.lean, b.objects, b.env, b.block, b.roots, b.views, b.where = state
        return found

    def reverse_dynamic(self, call: Call) -> None:
        """Reverse a call of a callable that is known only at run time."""
        g = self.take(call.out)
        if g is None:
            return
        if call.kwargs:
            raise self.unknown(call, "the derivative of this call with keywords is not known")
        pullback = Var("pullback", k.UNKNOWN)
        fn = Ref("vjp", self.tables.vjp)
        self.replaced[id(call)] = Call((call.out, pullback), fn, (call.fn, *call.args), (), call.where)
        self.homes[pullback] = type(self.homes[call.out])(self.homes[call.out].chain, call)
        bars = Var("", k.UNKNOWN)
        self.b.append(Call((bars,), self.primal(pullback), (g,), (), call.where))
        for i, arg in enumerate(call.args):
            if isinstance(arg, Var) and arg in self.active:
                self.add(arg, self.b.emit(ref_to(operator.getitem), (bars, Lit(i)), kind=arg.kind))


def split(pair: Pair, helper: Helper, mask: tuple[bool, ...], discarded: int, tables: Tables) -> None:
    """Build the two halves of a helper."""
    function = helper.function
    assert function is not None
    function = dead(function, tables.registry)
    sweep = tables.reverse(helper.lowerer, function, tables)
    sweep.discarded = discarded
    g = Var(
        f"{function.result.hint}_bar"
        if isinstance(function.result, Var) and function.result.hint
        else "g_bar"
    )
    g.kind = function.result.kind
    forward, backward = sweep.run(g)
    b = sweep.b
    b.block = []
    bars = [sweep.total(param.var) for param, wanted in zip(function.params, mask, strict=True) if wanted]
    result: Atom = bars[0] if len(bars) == 1 else b.emit(ir.TUPLE, bars)
    both = b.emit(ir.TUPLE, (function.result, result))
    ending = tuple(b.block)
    boundary = Call((), ir.BOUNDARY)
    joint = replace(function, body=(*forward, boundary, *backward, *ending), result=both)
    body = dead(joint, tables.registry).body
    at = body.index(boundary)
    forward, backward = body[:at], body[at + 1 : -1]
    backward = (*literal_indices(forward, backward), *backward)
    saved = saved_values(forward, backward, result, [param.var for param in function.params])
    if not saved and not helper.recursive:
        pair.saves = False
    forward = fill_undefined(forward, set(saved))
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    g_param = Param(g, g.hint, positional)
    if len(saved) == 1:
        params: tuple[Param, ...] = (Param(saved[0], saved[0].hint or "saved", positional), g_param)
        kept: Atom = saved[0]
        opening: Block = ()
        owned = frozenset(saved)
        closing: Block = ()
    else:
        bundle, inner = Var("saved", k.UNKNOWN), Var("saved", k.UNKNOWN)
        closing = (Call((bundle,), ir.TUPLE, tuple(saved)),)
        kept = bundle
        opening = (Call(tuple(saved), ir.UNPACK, (inner,)),) if saved else ()
        params = (Param(inner, "saved", positional), g_param) if pair.saves else (g_param,)
        owned = frozenset({inner})
    out = Var("", k.UNKNOWN)
    pair.forward.function = Function(
        pair.forward.name,
        function.params,
        (*forward, *closing, Call((out,), ir.TUPLE, (function.result, kept))),
        out,
        None,
    )
    pair.backward.function = Function(pair.backward.name, params, (*opening, *backward), result, None, owned)
    pair.done = True


def literal_indices(forward: Block, backward: Block) -> Block:
    """Return what makes the slices and tuples of literals that the backward half reads: it makes them itself."""
    made: dict[Var, Call] = {}
    for stmt in forward:
        if isinstance(stmt, Call) and stmt.fn in (ir.SLICE, ir.TUPLE) and not stmt.kwargs:
            if all(isinstance(arg, Lit) or arg in made for arg in stmt.args):
                made[stmt.out] = stmt
    wanted = {atom for stmt in statements(backward) for atom in reads(stmt) if isinstance(atom, Var)}
    for out, stmt in reversed(made.items()):
        if out in wanted:
            wanted.update(arg for arg in stmt.args if isinstance(arg, Var))
    return tuple(stmt for out, stmt in made.items() if out in wanted)


def saved_values(forward: Block, backward: Block, result: Atom, params: list[Var]) -> list[Var]:
    """Return the forward values that the backward half reads, in order of birth."""
    born = [*params, *(var for stmt in statements(forward) for var in binds(stmt))]
    wanted = {atom for stmt in statements(backward) for atom in reads(stmt) if isinstance(atom, Var)}
    if isinstance(result, Var):
        wanted.add(result)
    wanted.difference_update(var for stmt in statements(backward) for var in binds(stmt))
    return [var for var in born if var in wanted]
