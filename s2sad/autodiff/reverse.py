"""Reverse mode: the adjoint of a program is a program.

`Reverse` walks the statements backwards. Each statement kind has one method, which adds to the adjoints of
what the statement reads; `Primals` decides how forward values are had again, `Adjoints` collects
contributions, `Rules` applies derivative rules, `Containers` knows updates and containers, `Pairs` calls.

A loop runs backwards over the same range, or as many times as it ran; its carries swap roles: the adjoint of
a carry's last value enters an iteration, that of its inner value leaves it (Griewank and Walther, section 3).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.autodiff.activity import active_values
from s2sad.autodiff.adjoints import Adjoints
from s2sad.autodiff.masks import infinite_values, masked_values, vanishing_values
from s2sad.autodiff.pairs import Pairs
from s2sad.autodiff.primals import Mirror, Primals, fill_undefined
from s2sad.errors import UnsupportedSyntax
from s2sad.frontend.lowerer import Lowerer
from s2sad.frontend.names import ref_to
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Block, Call, Finally, If, Lit, Loop, Ref, Stmt, Try, Update, Var, With
from s2sad.ir.walk import binds, reads, statements, substitute


class Reverse(Pairs):
    """Build the reverse sweep of one lowered function."""

    def __init__(self, lowerer: Lowerer, function: ir.Function, tables: Any):
        bound = {param.var for param in function.params}
        bound |= {external.var for external in lowerer.program.externals.values()}
        Adjoints.__init__(self)
        Primals.__init__(self, lowerer, function.body, bound)
        self.has_complex = any((k.dtype_of(var.kind) or "f")[0] == "c" for var in self.homes)
        self.function = function
        self.tables = tables
        self.reader_counts: dict[int, dict[Any, int]] = {}
        self.active = active_values(function, lowerer.varied, lowerer.registry)
        self.masked = masked_values(function, self.active, lowerer.registry)
        self.infinite = infinite_values(function, lowerer.registry)
        self.vanishing = vanishing_values(function)

    def run(self, seed: Atom) -> tuple[Block, Block]:
        """Return the forward and the reverse sweep; the adjoints of the parameters stay in `bars`."""
        b = self.b
        b.lean, b.objects, b.env, b.block = True, True, {}, []
        b.roots, b.views = {}, {}
        self.add(self.function.result, seed)
        self.block(self.function.body)
        forward = fill_undefined(self.forward(self.function.body), set(self.stacks))
        return forward, tuple(b.block)

    # ---- blocks -----------------------------------------------------------------------------------

    def block(self, block: Block) -> None:
        for stmt in reversed(block):
            self.b.where = getattr(stmt, "where", None)
            if isinstance(stmt, Call):
                self.call(stmt)
            elif isinstance(stmt, If):
                self.reverse_if(stmt)
            elif isinstance(stmt, Loop):
                self.reverse_loop(stmt)
            elif isinstance(stmt, With):
                self.reverse_with(stmt)
            elif isinstance(stmt, Try):
                self.reverse_try(stmt)
            elif isinstance(stmt, Finally):
                self.block(stmt.final)
                self.block(stmt.body)

    def mirrored(self, key: tuple[int, int], build: Callable[[], Any]) -> tuple[Block, Any]:
        """Build the reversed image of a forward block; what it pops comes first."""
        mirror = Mirror(key)
        self.mirrors.append(mirror)
        block, result = self.b.capture(build)
        self.mirrors.pop()
        return tuple(mirror.pops) + block, result

    # ---- calls ------------------------------------------------------------------------------------

    def call(self, call: Call) -> None:
        fn = call.fn
        if isinstance(fn, Update):
            self.reverse_update(call)
            return
        if not any(out in self.active for out in call.outs):
            return
        if fn is ir.UNPACK:
            self.reverse_unpack(call)
        elif fn in (ir.TUPLE, ir.LIST, ir.DICT) or is_construction(call):
            self.reverse_display(call)
        elif isinstance(fn, ir.Helper):
            self.reverse_helper(call)
        elif isinstance(fn, Var):
            self.reverse_dynamic(call)
        else:
            g = self.take(call.out)
            if g is not None:
                self.reverse_known(call, g)

    def reverse_known(self, call: Call, g: Atom) -> None:
        target = call.target
        if target is operator.getitem:
            self.reverse_getitem(call, g)
        elif target is getattr:
            self.reverse_getattr(call, g)
        elif target in (list, tuple, dict) or (
            target in (operator.add, operator.mul) and isinstance(call.out.kind, k.List)
        ):
            self.reverse_list_operator(call, g)
        elif (
            target in (np.array, np.asarray)
            and len(call.args) == 1
            and self.display_of(call.args[0]) is not None
        ):
            self.distribute(call.args[0], g)
        else:
            self.apply_rule(call, g)

    def display_of(self, atom: Atom) -> Call | None:
        """Return the list or tuple display that made a value."""
        home = self.homes.get(atom) if isinstance(atom, Var) else None
        made = home.stmt if home is not None else None
        return made if isinstance(made, Call) and made.fn in (ir.LIST, ir.TUPLE) else None

    def distribute(self, atom: Atom, g: Atom) -> None:
        """Give the elements of an array's adjoint to the items of the nested display that it was made of."""
        made = self.display_of(atom)
        if made is None:
            if isinstance(atom, Var) and isinstance(atom.kind, (k.List, k.Tuple)):
                g = self.b.call(runtime.like_nested, g, self.primal(atom))
            self.add(atom, g)
            return
        for i, item in enumerate(made.args):
            if item in self.active:
                self.distribute(item, self.b.emit(ref_to(operator.getitem), (g, Lit(i))))

    # ---- control flow -----------------------------------------------------------------------------

    def reverse_if(self, stmt: If) -> None:
        merges = [(merge, self.take(merge.out)) for merge in stmt.merges if merge.out in self.active]
        merges = [(merge, g) for merge, g in merges if g is not None]
        storages = [merge for merge in stmt.merges if merge.out in self.versions]
        pending = self.bars
        arms: list[tuple[Block, dict, dict]] = []
        for arm, (block, side) in enumerate(((stmt.then, "then"), (stmt.orelse, "orelse"))):
            self.bars = {}

            def build(block=block, side=side) -> dict[Var, Atom]:
                for merge, g in merges:
                    self.add(getattr(merge, side), g)
                for merge in storages:
                    version = getattr(merge, side)
                    if isinstance(version, Var):
                        self.remember(version, self.primal(merge.out))
                self.block(block)
                return dict(self.mirrors[-1].values)

            made, values = self.mirrored((id(stmt), arm), build)
            arms.append((made, self.bars, values))
        self.bars = pending
        self.join_arms(stmt.test, arms, stmt.where)

    def join_arms(self, test: Atom, arms: list, where: Any) -> None:
        """Merge what the reversed arms of a branch did to adjoints and to storage."""
        b = self.b
        blocks: list[list[Stmt]] = [list(arms[0][0]), list(arms[1][0])]
        outer = {var: None for _, bars, _ in arms for var in bars if bars[var]}
        merges: list[ir.Merge] = []
        results: dict[Var, Atom] = {}
        restored = [
            var for var in {**arms[0][2], **arms[1][2]} if isinstance(var, Var) and self.is_outside(var)
        ]
        pending = self.bars
        earlier: dict[Var, Atom | None] = {}
        for var in outer:
            # an adjoint that some arm adds to must be one value before the branch
            earlier[var] = self.take(var)
        test = self.primal(test)
        for i, (_, bars, _) in enumerate(arms):
            self.bars = bars
            outer_block, b.block = b.block, blocks[i]
            for var in outer:
                found = bars.pop(var, None)
                start = earlier[var]
                if found:
                    if start is not None:
                        if found.start is None:
                            found.start = start
                        else:
                            found.whole.append(start)
                    arms[i][2][var, "bar"] = self.named(self.sum(found, var), var)
                else:
                    arms[i][2][var, "bar"] = start if start is not None else None
            b.block = outer_block
        self.bars = pending
        for var in outer:
            atoms = []
            for i in (0, 1):
                atom = arms[i][2][var, "bar"]
                if atom is None:
                    outer_block, b.block = b.block, blocks[i]
                    atom = Lit(0.0) if self.may_be_unbound(var) else self.zero(var)
                    b.block = outer_block
                atoms.append(atom)
            if atoms[0] == atoms[1]:
                results[var] = atoms[0]
                continue
            out = Var(self.hint(var), b.merged_kind(*atoms))
            merges.append(ir.Merge(out, *atoms))
            results[var] = out
            if any(self.is_broadcast(atom) for atom in atoms):
                self.broadcasts.add(out)
        for var in restored:
            pair = []
            for i in (0, 1):
                value = arms[i][2].get(var)
                pair.append(self.primal(var) if value is None else value)
            if pair[0] == pair[1]:
                self.remember(var, pair[0])
                continue
            out = Var(var.hint, var.kind)
            merges.append(ir.Merge(out, *pair))
            self.remember(var, out)
        if blocks[0] or blocks[1] or merges:
            b.append(If(test, tuple(blocks[0]), tuple(blocks[1]), tuple(merges), where))
        for var, atom in results.items():
            self.add(var, atom)

    def may_be_unbound(self, atom: Atom) -> bool:
        """Tell whether a value is undefined on some path, so that nothing can be made like it."""
        home = self.homes.get(atom) if isinstance(atom, Var) else None
        if home is None or not isinstance(home.stmt, (If, Try)):
            return atom is ir.UNDEFINED
        for merge in home.stmt.merges:
            if merge.out is atom:
                atoms = merge.atoms if isinstance(merge, ir.Choice) else (merge.then, merge.orelse)
                return any(map(self.may_be_unbound, atoms))
        return False

    def is_outside(self, var: Var) -> bool:
        """Tell whether a forward value is born outside the block that has just been mirrored."""
        home = self.homes.get(var)
        if home is None:
            return False
        keys = [mirror.key for mirror in self.mirrors]
        return all((id(stmt), arm) in keys for stmt, arm in home.chain)

    def reverse_loop(self, stmt: Loop) -> None:
        b = self.b
        key = (id(stmt), 1)
        active = [c for c in stmt.carries if c.inner in self.active or c.out in self.active]
        free = [var for var in free_active(stmt, self.active) if var not in {c.inner for c in stmt.carries}]
        chains = self.chains(stmt)
        if not active and not free and not chains:
            return
        starts = {c: self.take(c.out) for c in active}
        if not chains and all(g is None for g in starts.values()) and not self.may_contribute(stmt):
            return
        carries: list[tuple[Any, Var, Atom]] = []  # (whose adjoint, inner, init)
        steady: dict[ir.Carry, Atom] = {}
        in_parts = any(is_partial(each) for each in statements(stmt.body))
        for c in active:
            g = starts[c]
            init = self.zero(c.out) if g is None else g
            if isinstance(c.out.kind, k.Array) and (in_parts or not self.is_broadcast(init)):
                init = self.full_size(init, c.out)
            if self.is_accumulator(stmt, c):
                steady[c] = init  # the adjoint of a running sum does not change
                continue
            carries.append((c, Var(self.hint(c.inner), c.inner.kind), init))
        for var in free:
            init = self.total(var)
            if isinstance(var.kind, k.Array) and (in_parts or not self.is_broadcast(init)):
                init = self.full_size(init, var)
            carries.append((var, Var(self.hint(var), var.kind), init))
        walks = [(c, Var(c.inner.hint, c.inner.kind), self.primal(c.out)) for c in chains]
        undone = {primal for _, _, primal in walks}
        for i, (who, inner, init) in enumerate(carries):
            if init in undone:  # one copy here, not one in each turn
                carries[i] = who, inner, self.b.emit(ir.COPY, (init,), kind=init.kind)
        bounds, index = self.reversed_bounds(stmt)
        pending, self.bars = self.bars, {}

        def build() -> tuple[list[Atom], list[Atom]]:
            if index is not None and stmt.index is not None:
                self.remember(stmt.index, index)
            for c, inner, _ in walks:
                self.remember(c.last, inner)
            for whose, inner, _ in carries:
                self.begin(whose.last if isinstance(whose, ir.Carry) else whose, inner)
            for c, atom in steady.items():
                self.add(c.last, atom)
            self.block(stmt.body)
            for c in steady:
                self.bars.pop(c.inner, None)
            if stmt.head:
                self.block(stmt.head)
            lasts: list[Atom] = []
            for whose, _, _ in carries:
                var = whose.inner if isinstance(whose, ir.Carry) else whose
                if isinstance(whose, ir.Carry) and var not in self.active:
                    lasts.append(Lit(0.0) if isinstance(var.kind, k.Scalar) else self.zero(var))
                    self.bars.pop(var, None)
                    continue
                total = self.total(var)
                lasts.append(self.full_size(total, var) if isinstance(var.kind, k.Array) else total)
            undone = [self.primal(c.inner) for c, _, _ in walks]
            return lasts, undone

        made, (lasts, undone) = self.mirrored(key, build)
        if (
            index is not None
            and stmt.bounds is not None
            and stmt.leave is None
            and not is_read(index, made, lasts)
        ):
            bounds = tuple(map(self.primal, stmt.bounds))  # type: ignore[assignment]
        self.bars = pending
        for c, atom in steady.items():
            self.add(c.init, atom)
        loop_carries: list[ir.Carry] = []
        unchanged = {
            inner: init for (_, inner, init), last in zip(carries, lasts, strict=True) if last is inner
        }
        if unchanged:
            made = tuple(substitute(each, unchanged) for each in made)
        for (whose, inner, init), last in zip(carries, lasts, strict=True):
            if inner in unchanged:
                self.add(whose.init if isinstance(whose, ir.Carry) else whose, init)
                continue
            last = unchanged.get(last, last)  # type: ignore[arg-type]
            out = Var(inner.hint, inner.kind)
            loop_carries.append(ir.Carry(inner, init, last, out))
            self.add(whose.init if isinstance(whose, ir.Carry) else whose, out)
        for (c, inner, init), last in zip(walks, undone, strict=True):
            out = Var(inner.hint, inner.kind)
            loop_carries.append(ir.Carry(inner, init, last, out))
            if isinstance(c.init, Var):
                self.remember(c.init, out)
        b.append(Loop(tuple(loop_carries), index, bounds, (), None, made, None, stmt.where))

    def is_accumulator(self, stmt: Loop, carry: ir.Carry) -> bool:
        """Tell whether a carry only ever has something added to it: ``total = total + ...``."""
        atom: Atom = carry.last
        while atom is not carry.inner:
            home = self.homes.get(atom) if isinstance(atom, Var) else None
            made = home.stmt if home is not None else None
            if not isinstance(made, Call) or not isinstance(made.fn, Ref):
                return False
            if made.fn.value not in (operator.add, operator.sub) or self.readers(stmt).get(atom, 0) > 1:
                return False
            if home is None or home.chain[-1:] != ((stmt, 1),):
                return False
            left, right = made.args
            shape = k.shape_of(made.out.kind)
            if shape is None or None in shape or k.shape_of(left.kind) != shape:
                if made.fn.value is operator.sub or k.shape_of(right.kind) != shape:
                    return False
            atom = left if self.leads_to(left, carry) else right
            if atom is right and (made.fn.value is operator.sub or k.shape_of(right.kind) != shape):
                return False
            if atom is left and k.shape_of(left.kind) != shape:
                return False
        return self.readers(stmt).get(carry.inner, 0) == 1

    def leads_to(self, atom: Atom, carry: ir.Carry) -> bool:
        """Tell whether a value is the carry itself, or a sum whose first summand leads to it."""
        while isinstance(atom, Var) and atom is not carry.inner:
            made = self.homes[atom].stmt if atom in self.homes else None
            if (
                not isinstance(made, Call)
                or not isinstance(made.fn, Ref)
                or made.fn.value not in (operator.add, operator.sub)
            ):
                return False
            atom = made.args[0]
        return atom is carry.inner

    def readers(self, stmt: Loop) -> dict[Any, int]:
        """Count the reads of each variable inside a loop."""
        found = self.reader_counts.get(id(stmt))
        if found is None:
            found = self.reader_counts[id(stmt)] = {}
            for inner in (*statements(stmt.head), *statements(stmt.body)):
                for atom in reads(inner):
                    found[atom] = found.get(atom, 0) + 1
            for atom in (*(c.last for c in stmt.carries), stmt.test, stmt.leave):
                found[atom] = found.get(atom, 0) + 1
        return found

    def may_contribute(self, stmt: Loop) -> bool:
        """Tell whether a loop without an adjoint of its own results can still reach the output."""
        return any(carry.out in self.active for carry in stmt.carries)

    def chains(self, stmt: Loop) -> list[ir.Carry]:
        """Return the carries that are storage which the body updates or passes round: buffers that swap names.

        The reverse sweep walks these back: what a turn left in them becomes what it found in them.
        """
        inners = {
            carry.inner: carry
            for carry in stmt.carries
            if isinstance(carry.inner.kind, (k.Array, k.List, k.Dict, k.Unknown))
        }
        source: dict[ir.Carry, ir.Carry] = {}
        for carry in inners.values():
            found = [inners[base] for base in self.chain_bases(carry.last) if base in inners]
            if len(found) == 1:
                source[carry] = found[0]

        def comes_back(carry: ir.Carry) -> bool:
            at = source.get(carry)
            for _ in inners:
                if at is None or at is carry:
                    break
                at = source.get(at)
            return at is carry

        return [carry for carry in inners.values() if carry.last is not carry.inner and comes_back(carry)]

    def chain_bases(self, atom: Atom) -> set[Var]:
        """Return the older versions of the same storage that a version was made from by updates."""
        found: set[Var] = set()
        while isinstance(atom, Var):
            found.add(atom)
            home = self.homes.get(atom)
            stmt = home.stmt if home is not None else None
            if isinstance(stmt, Call) and self.can_undo(stmt) and stmt.outs[0] is atom:
                atom = stmt.args[0]
            elif isinstance(stmt, If):
                merge = next((m for m in stmt.merges if m.out is atom), None)
                if merge is None:
                    break
                common = self.chain_bases(merge.then) & self.chain_bases(merge.orelse)
                return found | common
            elif isinstance(stmt, Loop):
                carry = next((c for c in stmt.carries if c.out is atom), None)
                if carry is None or carry.inner not in self.chain_bases(carry.last):
                    break
                atom = carry.init
            else:
                break
        return found

    def reversed_bounds(self, stmt: Loop) -> tuple[tuple[Atom, Atom, Atom], Var | None]:
        """Return the range over which a loop runs backwards, and the index of that range."""
        b = self.b
        if stmt.bounds is not None and stmt.leave is None:
            start, stop, step = map(self.primal, stmt.bounds)
            assert stmt.index is not None
            index = Var(stmt.index.hint, stmt.index.kind)
            if isinstance(step, Lit) and abs(step.value) == 1:
                first = self.shifted(stop, -step.value)
                return (first, self.shifted(start, -step.value), Lit(-step.value)), index
            count = b.call(len, b.emit(Ref("range", range), (start, stop, step), kind=k.UNKNOWN))
            back = b.call(operator.mul, self.shifted(count, -1), step)
            first = b.call(operator.add, start, back)
            return (first, b.call(operator.sub, start, step), b.call(operator.neg, step)), index
        if stmt.bounds is not None:
            assert stmt.index is not None
            start, _, step = stmt.bounds
            lean, b.lean = b.lean, True
            outer, b.block = b.block, []
            none_yet = b.call(operator.sub, start, step)
            self.extra_before.setdefault(id(stmt), []).extend(self.adopt(b.block, stmt))
            b.block, b.lean = outer, lean
            out = self.counted(stmt, none_yet, stmt.index, stmt.index.hint)
            start, step = self.primal(start), self.primal(step)
            index = Var(stmt.index.hint, stmt.index.kind)
            stop = b.call(operator.sub, start, step)
            return (self.primal(out), stop, b.call(operator.neg, step)), index
        body_key = (id(stmt), 1)
        inner = Var("turns", k.INT)
        last = Var("turns", k.INT)
        count = Call((last,), ref_to(operator.add), (inner, Lit(1)), (), stmt.where)
        self.extra_start.setdefault(body_key, []).append(count)
        out = self.counted(stmt, Lit(0), last, "turns", inner)
        return (Lit(0), self.primal(out), Lit(1)), Var("_", k.INT)

    def adopt(self, made: list[Stmt], stmt: Stmt) -> list[Stmt]:
        """Give statements that are put before a forward statement a home there."""
        home = self.homes_of(stmt)
        for each in made:
            assert isinstance(each, Call)
            self.homes[each.out] = type(home)(home.chain, each)
        return made

    def homes_of(self, stmt: Stmt) -> Any:
        return self.places[id(stmt)]

    def counted(self, stmt: Loop, init: Atom, last: Atom, hint: str, inner: Var | None = None) -> Var:
        """Make a loop carry one more value, so that it is known afterwards how far it ran."""
        inner = inner or Var(hint, k.INT)
        out = Var(hint, k.INT)
        self.extra_carries.setdefault(id(stmt), []).append(ir.Carry(inner, init, last, out))
        home = self.homes_of(stmt)
        self.homes[out] = type(home)(home.chain, stmt)
        return out

    def shifted(self, atom: Atom, by: int) -> Atom:
        if isinstance(atom, Lit):
            return Lit(atom.value + by)
        return self.b.call(operator.add if by > 0 else operator.sub, atom, Lit(abs(by)))

    def reverse_with(self, stmt: With) -> None:
        """Reverse the body; a `numpy.errstate` stays around it."""
        made = (
            self.homes[stmt.manager].stmt
            if isinstance(stmt.manager, Var) and stmt.manager in self.homes
            else None
        )
        if isinstance(made, Call) and isinstance(made.fn, Ref) and made.fn.text.endswith("errstate"):
            block, _ = self.b.capture(lambda: self.block(stmt.body))
            if block:
                again = Var("", k.UNKNOWN)
                self.b.append(Call((again,), made.fn, made.args, made.kwargs, made.where))
                self.b.append(With(again, None, block, stmt.where))
            return
        self.block(stmt.body)

    def reverse_try(self, stmt: Try) -> None:
        choices = [(choice, self.take(choice.out)) for choice in stmt.merges if choice.out in self.active]
        choices = [(choice, g) for choice, g in choices if g is not None]
        blocks = [stmt.body, *(handler.body for handler in stmt.handlers)]
        pending = self.bars
        arms = []
        for arm, block in enumerate(blocks):
            self.bars = {}

            def build(arm=arm, block=block) -> dict:
                for choice, g in choices:
                    self.add(choice.atoms[arm], g)
                self.block(block)
                return dict(self.mirrors[-1].values)

            made, values = self.mirrored((id(stmt), arm), build)
            arms.append((made, self.bars, values))
        self.bars = pending
        if any(isinstance(each, Call) and isinstance(each.fn, Update) for each in statements(stmt.body)):
            outside = [s for s in statements(stmt.body) if isinstance(s, Call) and isinstance(s.fn, Update)]
            if any(self.is_outside(s.args[0]) for s in outside if isinstance(s.args[0], Var)):
                raise UnsupportedSyntax("an update inside `try` cannot be differentiated", stmt.where)
        self.choose_arm(stmt, arms, 0)

    def choose_arm(self, stmt: Try, arms: list, at: int) -> None:
        """Run the reversed arm of the path that was taken."""
        if len(arms) == 1:
            self.join_arms(Lit(True), [arms[0], ((), {}, {})], stmt.where)
            return
        path = self.primal(stmt.path)
        if len(arms) == 2:
            test = self.b.call(operator.eq, path, Lit(at))
            self.join_known(test, arms, stmt.where)
            return
        pending, self.bars = self.bars, {}
        rest, _ = self.b.capture(lambda: self.choose_arm(stmt, arms[1:], at + 1))
        second = (rest, self.bars, {})
        self.bars = pending
        test = self.b.call(operator.eq, path, Lit(at))
        self.join_known(test, [arms[0], second], stmt.where)

    def join_known(self, test: Atom, arms: list, where: Any) -> None:
        self.mirrors[-1].values[test] = test  # type: ignore[index]
        self.join_arms(test, arms, where)


def is_partial(stmt: Stmt) -> bool:
    """Tell whether a statement reads or updates a part of its operand: then so does its reverse."""
    return isinstance(stmt, Call) and (
        isinstance(stmt.fn, Update) or stmt.target in (operator.getitem, getattr)
    )


def is_read(var: Var, block: Block, atoms: list[Atom]) -> bool:
    """Tell whether a block or some atoms read a variable."""
    return var in atoms or any(var is atom for stmt in statements(block) for atom in reads(stmt))


def is_construction(call: Call) -> bool:
    """Tell whether a call makes a NamedTuple, dataclass or named array of the arguments."""
    if not isinstance(call.fn, Ref) or len(call.outs) != 1:
        return False
    kind = call.out.kind
    if k.is_named(kind):
        return call.fn.value is k.NAMED[kind.type]  # type: ignore[attr-defined]
    return isinstance(kind, (k.Tuple, k.Object)) and kind.type is call.fn.value


def free_active(stmt: Loop, active: set[Var]) -> list[Var]:
    """Return the active variables from outside that a loop's head and body read, in order."""
    inside: set[Var] = {carry.inner for carry in stmt.carries}
    if stmt.index is not None:
        inside.add(stmt.index)
    found: dict[Var, None] = {}
    from_carries = [carry.last for carry in stmt.carries]
    for inner in (*statements(stmt.head), *statements(stmt.body)):
        for atom in reads(inner):
            if isinstance(atom, Var) and atom in active:
                found[atom] = None
    for atom in from_carries:
        if isinstance(atom, Var) and atom in active:
            found[atom] = None
    for inner in (*statements(stmt.head), *statements(stmt.body)):
        inside.update(binds(inner))
    return [var for var in found if var not in inside]


__all__ = ["Reverse", "runtime"]
