"""Reading primal values in the reverse sweep: as they are, recomputed, popped from a stack, or walked back.

* Values of straight-line code are simply still there; those born in an arm of an `if` leave it by a merge.
* A value born in a loop goes on a stack, one list a value, unless it is a cheap function of values that are
  at hand: a view, an element, a length, index arithmetic, a little arithmetic. Where one value is all that is
  missing, that one is saved instead: much of what a turn computes may follow from it.
* Storage that the program updates walks back through its history: the reverse sweep undoes each update that
  something before it must see undone.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field, replace
from typing import Any

from s2sad import callees
from s2sad.analysis import kinds as k
from s2sad.analysis.transfer import view_of
from s2sad.frontend.lowerer import Lowerer
from s2sad.frontend.names import ref_to
from s2sad.ir import core as ir
from s2sad.ir.core import UNDEFINED, Atom, Block, Call, Finally, If, Loop, Ref, Stmt, Try, Var, With
from s2sad.ir.walk import binds, blocks, map_blocks, statements

CHEAP_SCALAR = {
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.neg,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
    operator.eq,
    operator.ne,
    operator.not_,
}
CHEAP_ARRAY = {operator.add, operator.sub, operator.mul, operator.truediv, operator.neg}
CHEAP_INTEGER = CHEAP_SCALAR | {operator.floordiv, operator.mod, min, max, len}


@dataclass
class Home:
    """Where a variable is born: the chain of (statement, arm) around it, outermost first, and its statement."""

    chain: tuple[tuple[Stmt, int], ...]
    stmt: Stmt | None


@dataclass
class Mirror:
    """The reversed image of one forward block while it is being built."""

    key: tuple[int, int]
    values: dict[Var, Atom] = field(default_factory=dict)
    pops: list[Stmt] = field(default_factory=list)


class Primals:
    """The part of the reverse transformation that reads and saves primal values."""

    def __init__(self, builder: Lowerer, body: Block, bound: set[Var]):
        self.b = builder
        self.homes: dict[Var, Home] = {var: Home((), None) for var in bound}
        self.updated: set[Var] = set()
        self.mirrors: list[Mirror] = [Mirror((0, 0))]
        self.stacks: dict[Var, Var] = {}
        self.exports: dict[Var, Var] = {}
        self.extra_merges: dict[tuple[int, int], list[tuple[Var, Var]]] = {}
        self.extra_after: dict[Var, list[Stmt]] = {}
        self.extra_start: dict[tuple[int, int], list[Stmt]] = {}
        self.extra_before: dict[int, list[Stmt]] = {}
        self.extra_end: dict[tuple[int, int], list[Stmt]] = {}
        self.extra_carries: dict[int, list[ir.Carry]] = {}
        self.stack_makers: list[Stmt] = []
        self.replaced: dict[int, Stmt] = {}
        self.places: dict[int, Home] = {}
        self.loops: set[int] = set()
        self.find_homes(body, ())
        self.versions = storage_versions(body)

    def find_homes(self, block: Block, chain: tuple[tuple[Stmt, int], ...]) -> None:
        for stmt in block:
            self.places[id(stmt)] = Home(chain, stmt)
            transparent = isinstance(stmt, (With, Finally))
            for var in binds(stmt):
                self.homes[var] = Home(chain, stmt)
            if isinstance(stmt, Loop):
                self.loops.add(id(stmt))
                for var in (stmt.index, *(carry.inner for carry in stmt.carries)):
                    if var is not None:
                        self.homes[var] = Home((*chain, (stmt, 1)), None)
            if isinstance(stmt, Try):
                for i, handler in enumerate(stmt.handlers):
                    if handler.target is not None:
                        self.homes[handler.target] = Home((*chain, (stmt, i + 1)), None)
            if isinstance(stmt, Call) and isinstance(stmt.fn, ir.Update):
                self.updated.add(stmt.args[0])  # type: ignore[arg-type]
            for arm, inner in enumerate(blocks(stmt)):
                if isinstance(stmt, Loop) and arm == 0:
                    self.find_homes(inner, (*chain, (stmt, 0)))
                    for var in [v for each in inner for v in binds(each)]:
                        self.homes[var] = Home((*chain, (stmt, 1)), self.homes[var].stmt)
                else:
                    self.find_homes(inner, chain if transparent else (*chain, (stmt, arm)))

    # ---- reading ----------------------------------------------------------------------------------

    def primal(self, atom: Atom) -> Atom:
        """Return an atom that has the forward value of `atom` at this place of the reverse sweep."""
        if not isinstance(atom, Var):
            return atom
        found = self.at_hand(atom, 0)
        if found is not None:
            return found
        home = self.homes[atom]
        loops = [i for i, (stmt, _) in enumerate(home.chain) if isinstance(stmt, Loop)]
        if not loops:
            return self.export(atom)
        missing: dict[Var, None] = {}
        if self.missing(atom, 0, missing) and len(missing) == 1 and atom not in missing:
            (source,) = missing
            self.pop(source, self.homes[source])
            found = self.at_hand(atom, 0)
            if found is not None:
                return found
        return self.pop(atom, home)

    def missing(self, var: Atom, depth: int, found: dict[Var, None]) -> bool:
        """Collect the values in loops that would have to be saved to compute an array again; tell if it can be."""
        if not isinstance(var, Var) or self.at_hand(var, depth) is not None:
            return True
        home = self.homes[var]
        if not any(isinstance(stmt, Loop) for stmt, _ in home.chain):
            return False
        call = home.stmt
        again = depth < 4 and isinstance(call, Call) and isinstance(var.kind, (k.Array, k.List))
        if again and (self.view_call(call) is not None or self.is_cheap(call, depth)):  # type: ignore[arg-type]
            return all(self.missing(arg, depth + 1, found) for arg in call.args)  # type: ignore[union-attr]
        found[var] = None
        return True

    def at_hand(self, var: Atom, depth: int) -> Atom | None:
        """Return a value that costs no saving, or None."""
        if not isinstance(var, Var):
            return var
        for mirror in reversed(self.mirrors):
            if var in mirror.values:
                return mirror.values[var]
        home = self.homes.get(var)
        if home is None:  # born in the reverse sweep
            return var
        view = self.view_call(home.stmt)
        if view is not None and depth < 12:
            base = self.at_hand(view.args[0], depth + 1)
            if base is None and not home.chain:
                base = view.args[0]
            if base is not None and (base is not view.args[0] or home.chain):
                return self.again(view, var, depth)
            if base is not None:
                return var
        if not home.chain:
            return var
        if var in self.stacks or var in self.exports:
            return None
        if isinstance(home.stmt, Call) and depth < 12 and self.is_cheap(home.stmt, depth):
            return self.again(home.stmt, var, depth)
        return None

    def view_call(self, stmt: Stmt | None) -> Call | None:
        """Return the statement if it only looks into its first argument."""
        if not isinstance(stmt, Call) or len(stmt.outs) != 1 or not isinstance(stmt.fn, Ref) or not stmt.args:
            return None
        if not isinstance(stmt.args[0], Var) or isinstance(stmt.out.kind, k.Scalar):
            return None
        if stmt.fn.value is operator.getitem and not isinstance(stmt.args[0].kind, (k.Array, k.Unknown)):
            return stmt
        if view_of(stmt.fn.value, [arg.kind for arg in stmt.args]) == "view":
            return stmt
        return None

    def is_cheap(self, call: Call, depth: int) -> bool:
        """Tell whether a call is cheaper to run again than to save."""
        if call.fn in (ir.TUPLE, ir.SLICE):
            return True
        if call.fn is ir.LIST and call.out not in self.updated:  # an index, as in ``x[[i, j]]``
            return bool(call.args) and all(isinstance(arg.kind, k.Scalar) for arg in call.args)
        if not isinstance(call.fn, Ref) or call.kwargs or len(call.outs) != 1:
            return False
        target = call.fn.value
        kind = call.out.kind
        if target is getattr:
            return (
                isinstance(call.args[1], ir.Lit) and call.args[1].value in ("shape", "ndim", "size", "dtype")
            ) or (isinstance(call.args[0].kind, (k.Object, k.Tuple)))
        if target is len:
            return True
        if target is operator.getitem:
            return isinstance(kind, k.Scalar) or isinstance(call.args[0].kind, (k.Tuple, k.List, k.Dict))
        if isinstance(kind, k.Scalar) and kind.dtype[0] in "ib" and target in CHEAP_INTEGER:
            return all(isinstance(arg.kind, k.Scalar) for arg in call.args)
        if depth >= 4:
            return False
        if isinstance(kind, k.Array):
            return target in CHEAP_ARRAY and kind.shape is not None and self.is_in_its_loop(call.out)
        power = target is operator.pow and isinstance(call.args[1], ir.Lit)
        return (power or target in CHEAP_SCALAR) and all(isinstance(arg.kind, k.Scalar) for arg in call.args)

    def is_in_its_loop(self, var: Var) -> bool:
        """Tell whether the place that is being written runs no more often than the one where a value is born."""
        born = [id(stmt) for stmt, _ in self.homes[var].chain if isinstance(stmt, Loop)]
        return born == [mirror.key[0] for mirror in self.mirrors if mirror.key[0] in self.loops]

    def is_state(self, var: Var) -> bool:
        """Tell whether a value is a scalar that a loop carries: most of what a turn computes follows from these."""
        home = self.homes[var]
        return home.stmt is None and isinstance(var.kind, k.Scalar) and isinstance(home.chain[-1][0], Loop)

    def again(self, call: Call, var: Var, depth: int) -> Atom | None:
        """Compute a cheap value again from what is at hand."""
        args = []
        for arg in call.args:
            found = self.at_hand(arg, depth + 1)
            if found is None and isinstance(arg, Var):
                if arg in self.stacks or (self.is_state(arg) and isinstance(var.kind, k.Scalar)):
                    found = self.pop(arg, self.homes[arg])
                elif not any(isinstance(stmt, Loop) for stmt, _ in self.homes[arg].chain):
                    found = self.export(arg)
            if found is None:
                return None
            args.append(found)
        key = (call, tuple(args))
        values = self.mirrors[-1].values
        known = values.get(key)  # type: ignore[call-overload]
        if known is not None and known[0] is self.b.block:  # type: ignore[index]
            return known[1]  # type: ignore[index]
        lean, self.b.lean = self.b.lean, False
        result = self.b.emit(
            call.fn, args, call.kwargs, hint=var.hint, kind=var.kind, where=call.where, active=False
        )
        self.b.lean = lean
        values[key] = (self.b.block, result)  # type: ignore[index, assignment]
        return result

    def is_primal(self, var: Var) -> bool:
        """Tell whether a variable is born in the forward sweep."""
        return var in self.homes

    # ---- saving -----------------------------------------------------------------------------------

    def export(self, var: Var) -> Var:
        """Make a value that is born in arms of `if` statements visible behind them."""
        if var in self.exports:
            return self.exports[var]
        value = var
        for stmt, arm in reversed(self.homes[var].chain):
            out = Var(var.hint, var.kind)
            self.extra_merges.setdefault((id(stmt), arm), []).append((out, value))
            value = out
        self.exports[var] = value
        return value

    def pop(self, var: Var, home: Home) -> Atom:
        """Save a value on a stack where it is born, and take it off at the start of the mirrored block."""
        key = (id(home.chain[-1][0]), home.chain[-1][1])
        mirror = next((each for each in self.mirrors if each.key == key), None)
        if mirror is None:
            raise AssertionError(f"{var} is read outside the mirror of its block")
        stack = self.stacks.get(var)
        if stack is None:
            stack = self.stacks[var] = Var(stack_name(var.hint), k.List(var.kind))
            self.stack_makers.append(Call((stack,), ir.LIST, ()))
            push = Call((), ir.PUSH, (stack, var))
            if home.stmt is None:
                self.extra_start.setdefault(key, []).append(push)
            else:
                self.extra_after.setdefault(var, []).append(push)
        out = Var(var.hint, var.kind)
        mirror.pops.append(Call((out,), ir.POP, (stack,)))
        mirror.values[var] = out
        return out

    def remember(self, var: Var, value: Atom) -> None:
        """Say what stands for a forward value from here on, towards the start of the program."""
        self.mirrors[-1].values[var] = value

    # ---- the forward sweep ------------------------------------------------------------------------

    def forward(self, block: Block, key: tuple[int, int] = (0, 0)) -> Block:
        """Rebuild the forward statements with what the reverse sweep needs saved."""
        result: list[Stmt] = list(self.stack_makers) if key == (0, 0) else []
        result += self.extra_start.get(key, [])
        for stmt in block:
            for extra in self.extra_before.get(id(stmt), []):
                result.append(extra)
                for var in binds(extra):
                    result += self.extra_after.get(var, [])
            new = self.forward_statement(stmt)
            result.append(new)
            for var in binds(new):
                result += self.extra_after.get(var, [])
        result += self.extra_end.get(key, [])
        return tuple(result)

    def forward_statement(self, stmt: Stmt) -> Stmt:
        from_key = id(stmt)
        if isinstance(stmt, If):
            merges = list(stmt.merges)
            for arm in (0, 1):
                for out, value in self.extra_merges.get((from_key, arm), []):
                    pair = (value, UNDEFINED) if arm == 0 else (UNDEFINED, value)
                    merges.append(ir.Merge(out, *pair))
            then, orelse = self.forward(stmt.then, (from_key, 0)), self.forward(stmt.orelse, (from_key, 1))
            return ir.If(stmt.test, then, orelse, tuple(merges), stmt.where)
        if isinstance(stmt, Loop):
            carries = (*stmt.carries, *self.extra_carries.get(from_key, []))
            head = self.forward(stmt.head, (from_key, 0))
            body = self.forward(stmt.body, (from_key, 1))
            return ir.Loop(carries, stmt.index, stmt.bounds, head, stmt.test, body, stmt.leave, stmt.where)
        if isinstance(stmt, With):
            return ir.With(stmt.manager, stmt.target, self.forward(stmt.body, (from_key, 0)), stmt.where)
        if isinstance(stmt, Finally):
            body, final = self.forward(stmt.body, (from_key, 0)), self.forward(stmt.final, (from_key, 1))
            return Finally(body, final, stmt.where)
        if isinstance(stmt, Try):
            choices = list(stmt.merges)
            for arm in range(len(stmt.handlers) + 1):
                for out, value in self.extra_merges.get((from_key, arm), []):
                    atoms: list[Any] = [UNDEFINED] * (len(stmt.handlers) + 1)
                    atoms[arm] = value
                    choices.append(ir.Choice(out, tuple(atoms)))
            body = self.forward(stmt.body, (from_key, 0))
            handlers = tuple(
                ir.Handler(h.types, h.target, self.forward(h.body, (from_key, i + 1)))
                for i, h in enumerate(stmt.handlers)
            )
            return Try(body, handlers, stmt.path, tuple(choices), stmt.where)
        if isinstance(stmt, Call) and isinstance(stmt.fn, Var) and any(map(may_be_updated, stmt.args)):
            guarded = Call(
                stmt.outs, ref_to(callees.undisturbed), (stmt.fn, *stmt.args), stmt.kwargs, stmt.where
            )
            return self.replaced.get(from_key, guarded)
        return self.replaced.get(from_key, stmt) if isinstance(stmt, Call) else stmt


def may_be_updated(atom: Atom) -> bool:
    """Tell whether a callee could update an argument."""
    return isinstance(atom, Var) and isinstance(
        atom.kind, (k.Array, k.List, k.Dict, k.Tuple, k.Object, k.Unknown)
    )


def fill_undefined(block: Block, wanted: set[Var]) -> Block:
    """Give values that are saved a value on the paths that do not bind them: 0 for a number, else None."""
    joins: dict[Var, tuple[Var, tuple[Atom, ...]]] = {}
    for stmt in statements(block):
        if isinstance(stmt, If):
            joins.update({merge.out: (merge.out, (merge.then, merge.orelse)) for merge in stmt.merges})
        elif isinstance(stmt, Try):
            joins.update({choice.out: (choice.out, choice.atoms) for choice in stmt.merges})
        elif isinstance(stmt, Loop):
            for carry in stmt.carries:
                joins[carry.inner] = joins[carry.out] = (carry.inner, (carry.init, carry.last))
    work, filled = list(wanted), set(wanted)
    while work:
        for atom in joins.get(work.pop(), (None, ()))[1]:
            if isinstance(atom, Var) and atom not in filled:
                filled.add(atom)
                work.append(atom)

    def value(atom: Atom, out: Var) -> Atom:
        if atom is not UNDEFINED:
            return atom
        kind = out.kind
        if isinstance(kind, k.Scalar) and kind.dtype in ("f8", "i8"):
            return ir.Lit(0.0 if kind.dtype == "f8" else 0)
        return ir.Lit(None)

    def fill(stmt: Stmt) -> Stmt:
        if isinstance(stmt, If):
            merges = tuple(
                ir.Merge(m.out, value(m.then, m.out), value(m.orelse, m.out)) if m.out in filled else m
                for m in stmt.merges
            )
            stmt = replace(stmt, merges=merges)
        elif isinstance(stmt, Try):
            choices = tuple(
                ir.Choice(c.out, tuple(value(a, c.out) for a in c.atoms)) if c.out in filled else c
                for c in stmt.merges
            )
            stmt = replace(stmt, merges=choices)
        elif isinstance(stmt, Loop):
            carries = tuple(
                replace(c, init=value(c.init, c.inner)) if c.inner in filled or c.out in filled else c
                for c in stmt.carries
            )
            stmt = replace(stmt, carries=carries)
        return map_blocks(stmt, lambda inner: tuple(map(fill, inner)))

    return tuple(map(fill, block))


def storage_versions(body: Block) -> set[Var]:
    """Return the variables that are versions of storage which the program updates."""
    found: set[Var] = set()
    every = list(statements(body))
    size = -1
    while size != len(found):
        size = len(found)
        for stmt in every:
            if isinstance(stmt, Call) and isinstance(stmt.fn, ir.Update):
                found.add(stmt.outs[0])
            elif isinstance(stmt, If):
                found.update(m.out for m in stmt.merges if m.then in found or m.orelse in found)
            elif isinstance(stmt, Loop):
                for carry in stmt.carries:
                    if carry.last in found or carry.init in found:
                        found |= {carry.inner, carry.out}
    return found


def stack_name(hint: str) -> str:
    """Return the name of the stack for a value of this name."""
    if not hint:
        return "stack"
    return hint if hint.endswith("_undo") else f"{hint}_stack"
