"""Vector mode: many tangents at once, stacked along a new first axis of every tangent.

`Batched` builds the program of `Forward` for bunches of tangents: where a value has the shape ``s``, its tangent has
the shape ``(n, *s)``. Elementwise rules broadcast over the new axis once the axes of their operands are aligned;
linear functions and products act on the axes behind it (`s2sad.autodiff.axes`); an index gets a ``:`` in front. For
everything else there is a loop over the tangents of one statement, in which the ordinary rule applies to one each:
the result is right whatever the rule, only slower.

Source: the vector forward mode of Griewank and Walther, "Evaluating Derivatives", 2nd edition, SIAM 2008,
section 3.1.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad import batches
from s2sad.analysis import kinds as k
from s2sad.analysis.transfer_bunches import one_kind
from s2sad.autodiff import along, along_products  # noqa: F401  they fill the table
from s2sad.autodiff.axes import LENGTH, batched_kind, rank_of
from s2sad.autodiff.bunch_updates import BunchUpdates
from s2sad.autodiff.forward import GETITEM, Forward, with_own_parameters
from s2sad.autodiff.reverse import is_construction
from s2sad.autodiff.tangents import NONE, tangent_kind
from s2sad.frontend.names import ref_to
from s2sad.ir import core as ir
from s2sad.ir.core import UNDEFINED, Atom, Block, Call, Lit, Loop, Param, Ref, Update, Var

ZEROS = Ref("zeros", batches.zeros)
TAKEN = Ref("taken", batches.taken)
STACKED = Ref("stacked", batches.stacked)


class Batched(BunchUpdates, Forward):
    """Build the program of a function's values and of bunches of their tangents."""

    many = True
    mode = "jvps"
    count: Atom  # how many tangents there are
    given: Atom | None = None  # a parameter that tells, where no tangent is an array

    def run(self, tangents: Mapping[Var, Atom]) -> tuple[Block, Atom]:
        """Return the program of values and tangents, and the tangents of the result."""

        def given() -> Mapping[Var, Atom]:
            arrays = [dot for dot in tangents.values() if isinstance(dot.kind, k.Array)]
            self.count = self.b.call(len, arrays[0], hint="n") if arrays else self.given  # type: ignore[assignment]
            return tangents

        return self.run_with(given)

    def parameters(
        self, varying: Sequence[Var]
    ) -> tuple[tuple[str, ...], tuple[Param, ...], dict[Var, Atom]]:
        """Return parameters as in `Forward`; where no tangents are an array, a last one tells how many there are."""
        tangents = {var: Var(f"{var.hint or 'x'}_dot", batched_kind(var.kind)) for var in varying}
        added = list(tangents.values())
        if counted(varying):
            self.given = Var("n", k.INT)
            added.append(self.given)
        params, names = with_own_parameters(self.function, added)
        return names, params, dict(tangents)

    def counting(self, varying: Iterable[Var] | None = None) -> tuple[Atom, ...]:
        return (self.count,) if varying is None or counted(varying) else ()

    # ---- tangents of values -----------------------------------------------------------------------

    def tangent_kind(self, kind: k.Kind) -> k.Kind:
        return batched_kind(kind)

    def part(self, atom: Atom) -> Atom:
        """Return the tangents of a value, zeros where it does not vary and None for what is not a number."""
        found = self.dot(atom)
        if found is not None:
            return found
        kind = atom.kind
        if atom is UNDEFINED:
            return UNDEFINED
        if atom in self.unbound or isinstance(kind, k.Scalar):
            return self.b.call(np.zeros, self.count)
        made = self.b.made.get(atom) if isinstance(atom, Var) else None
        if made is not None and (made.fn in (ir.TUPLE, ir.LIST, ir.DICT) or is_construction(made)):
            return self.display(made)
        if isinstance(kind, k.Constant) or (not k.may_hold_floats(kind) and not isinstance(kind, k.Array)):
            return NONE
        return self.zero_like(atom)

    def zero_like(self, atom: Atom) -> Atom:
        """Return zero tangents of a value."""
        b, kind = self.b, batched_kind(atom.kind)
        shape = self.shape_with(atom)
        dtype = k.dtype_of(kind)
        if shape is None or dtype not in ("f8", "f4", "c16"):
            return b.emit(ZEROS, (self.count, atom), kind=kind)
        more = {"f8": (), "f4": (ref_to(np.float32),), "c16": (ref_to(complex),)}[dtype]
        return b.emit(ref_to(np.zeros), (shape, *more), kind=kind)

    # ---- statements -------------------------------------------------------------------------------

    def tangents(self, call: Call) -> tuple[Atom | None, ...]:
        base = call.args[0].kind if call.args else None
        if call.fn is ir.UNPACK:
            if isinstance(base, k.Array) and rank_of(base) is not None:
                dot = self.part(call.args[0])
                return tuple(
                    self.b.emit(GETITEM, (dot, self.behind(Lit(i))), kind=batched_kind(out.kind))
                    for i, out in enumerate(call.outs)
                )
            if not isinstance(base, (k.Tuple, k.List)):
                return self.looped(call)
        elif call.target in (list, tuple, dict) and not isinstance(base, (k.Tuple, k.List, k.Dict)):
            return self.looped(call)
        elif call.target is operator.getitem:
            if not isinstance(base, (k.Tuple, k.List, k.Dict, k.Array)):
                return self.looped(call)
            if isinstance(base, k.Array):
                of_base, index = self.dot(call.args[0]), call.args[1]
                if of_base is None:
                    return (None,)
                if not self.is_plain_index(index):
                    return self.looped(call)
                kind = batched_kind(call.out.kind)
                return (self.b.emit(GETITEM, (of_base, self.behind(index)), kind=kind),)
        return super().tangents(call)

    def one_tangent(self, dots: dict[Any, Atom]) -> Forward:
        """Return what applies ordinary rules to one tangent of each value."""
        plain = object.__new__(Forward)
        plain.__dict__.update(self.__dict__)
        plain.dots, plain.many = dots, True
        plain.born = ir.next_number()
        return plain

    def one_of(self, atom: Atom, at: Atom) -> Atom:
        """Return one of the tangents of a value."""
        return self.one_dot(self.dots[atom], at, tangent_kind(atom.kind))  # type: ignore[index]

    def one_dot(self, dot: Atom, at: Atom, kind: k.Kind | None) -> Atom:
        b = self.b
        made = b.made.get(dot) if isinstance(dot, Var) else None
        if dot == NONE:
            return NONE
        if made is not None and made.fn in (ir.TUPLE, ir.LIST):
            return b.emit(made.fn, [self.one_dot(item, at, None) for item in made.args])
        if isinstance(dot.kind, k.Array):
            return b.emit(GETITEM, (dot, at), kind=one_kind(dot.kind) if kind is None else kind)
        return b.emit(TAKEN, (dot, at), kind=one_kind(dot.kind) if kind is None else kind)

    def looped(self, call: Call, rule: Callable[[Forward], Any] | None = None) -> tuple[Atom | None, ...]:
        """Apply the ordinary rule of a call to one tangent after the other."""
        b = self.b
        index = Var("k", k.INT)
        carries: list[tuple[ir.Carry, Callable[[], Atom]]] = []
        results: list[Callable[[], Atom]] = []

        def body() -> None:
            varying = dict.fromkeys(a for a in call.inputs if self.dot(a) is not None)
            plain = self.one_tangent({atom: self.one_of(atom, index) for atom in varying})
            found = (rule or (lambda sweep: sweep.tangents(call)))(plain)
            for out, atom in zip(call.outs, found, strict=True):
                results.append(self.collect(functools.partial(same, out), out.kind, atom, index, carries))

        block, _ = b.capture(body)
        inits = [start() for _, start in carries]
        made = tuple(replace(carry, init=init) for (carry, _), init in zip(carries, inits, strict=True))
        b.append(Loop(made, index, (Lit(0), self.count, Lit(1)), (), None, block, None, call.where))
        atoms = [finish() for finish in results]
        for out, atom in zip(call.outs, atoms, strict=True):
            if isinstance(atom, Var) and atom.kind != NONE.kind and not atom.hint:
                atom.hint = self.dot_hint(out)
        return tuple(None if atom == NONE else atom for atom in atoms)

    def collect(
        self, value: Callable[[], Atom], kind: k.Kind, atom: Atom | None, index: Atom, carries: list
    ) -> Callable[[], Atom]:
        """Put one tangent with the others, at the end of a turn of a loop.

        Returns what builds the tangents after the loop; what the loop carries is added to `carries`, with what
        builds its first value.
        """
        b = self.b
        if atom is None or atom == NONE:
            return lambda: NONE
        made = b.made.get(atom) if isinstance(atom, Var) else None
        if made is not None and made.fn is ir.TUPLE:
            kinds = kind.items if isinstance(kind, k.Tuple) else (k.UNKNOWN,) * len(made.args)
            parts = []
            for i, (one, item) in enumerate(zip(kinds, made.args, strict=True)):
                take = functools.partial(self.item_of, value, i, one)
                parts.append(self.collect(take, one, item, index, carries))
            return lambda: b.emit(ir.TUPLE, [part() for part in parts])
        many = batched_kind(kind)
        is_array = isinstance(many, k.Array)
        inner, last, end = (Var("", many if is_array else k.List(atom.kind)) for _ in range(3))
        action, args = ("setitem", (inner, index, atom)) if is_array else ("append", (inner, atom))
        update = Call((last,), Update(action), args, (), b.where)
        b.append(update)
        b.made[last] = update
        start = (
            (lambda: self.zero_like(value())) if is_array else (lambda: b.emit(ir.LIST, (), kind=inner.kind))
        )
        carries.append((ir.Carry(inner, Lit(None), last, end), start))
        return lambda: end if is_array else b.emit(STACKED, (end, value()), kind=many)

    def item_of(self, value: Callable[[], Atom], i: int, kind: k.Kind) -> Atom:
        return self.b.emit(GETITEM, (value(), Lit(i)), kind=kind)

    # ---- rules ------------------------------------------------------------------------------------

    def by_rule(self, call: Call) -> Atom | None:
        rule = self.b.registry.rule(call.target)
        dtype = k.dtype_of(call.out.kind)
        known = rule is not None and (rule.jvp is not None or rule.elementwise or rule.linear)
        if not known or not rule.differentiable or (dtype is not None and dtype[0] in "iub"):
            return super().by_rule(call)
        assert rule is not None
        if rule.elementwise and self.can_align(call):
            return super().by_rule(call)
        block, total = self.b.capture(lambda: self.along_axes(call))
        if total is None:
            return self.looped(call, lambda sweep: (sweep.by_rule(call),))[0]
        self.b.block += block
        if (dtype or "c")[0] == "f" and (k.dtype_of(total.kind) or ("c" if self.has_complex else "f"))[
            0
        ] == "c":
            total = self.b.call(np.real, total)
        return total

    def can_align(self, call: Call) -> bool:
        """Tell whether the axes of the operands' tangents can be brought in line with those of the result."""
        out = rank_of(call.out.kind)
        varying = [atom for atom in call.inputs if self.dot(atom) is not None]
        if any(not isinstance(self.dots[a].kind, k.Array) for a in varying):  # type: ignore[index]
            return False
        if out is not None:
            return all(rank_of(atom.kind) is not None for atom in varying)
        fixed = [a for a in call.inputs if self.dot(a) is None]
        alone = len({*varying}) == 1 and not isinstance(varying[0].kind, k.Scalar)
        return alone and all(isinstance(a.kind, (k.Scalar, k.Constant)) for a in fixed)

    def dot(self, atom: Atom) -> Atom | None:
        found = super().dot(atom)
        if found is None or self.rank is None or not isinstance(found.kind, k.Array):
            return found
        return self.lifted(found, atom.kind, self.rank)

    def by_elementwise_rule(self, rule: Any, call: Call) -> Atom | None:
        with self.aligned(call):
            return super().by_elementwise_rule(rule, call)

    def by_tangent_rule(self, rule: Any, call: Call) -> Atom:
        with self.aligned(call):
            total = super().by_tangent_rule(rule, call)
        return self.spread(total, call)

    def spread(self, total: Atom, call: Call) -> Atom:
        """Give tangents the shape of their value, where operands without tangents may have more elements."""
        out = call.out
        fixed = [
            a for a in call.args if self.dot(a) is None and not isinstance(a.kind, (k.Scalar, k.Constant))
        ]
        shape, found = k.shape_of(out.kind), k.shape_of(total.kind)
        if shape is not None and None not in shape and found == (LENGTH, *shape):
            return total
        if isinstance(total, Lit) or isinstance(total.kind, k.Scalar):
            return self.b.call(operator.add, total, self.zero_like(out))
        if isinstance(out.kind, k.Scalar) or not fixed:
            return total
        if found is None and self.involves(total, fixed):
            return total
        return self.b.call(operator.add, total, self.b.call(np.zeros_like, out))


def same(atom: Atom) -> Atom:
    return atom


def counted(varying: Iterable[Var]) -> bool:
    """Tell whether no tangents of some parameters are an array, which would tell how many there are."""
    return not any(isinstance(batched_kind(var.kind), k.Array) for var in varying)
