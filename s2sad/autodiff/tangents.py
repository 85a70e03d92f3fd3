"""Tangents: what is known of each value's, zeros where they are needed, and what the rules make of them."""

from __future__ import annotations

import functools
import operator
from typing import Any

import gast
import numpy as np

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.autodiff.apply import Rules, signature_of
from s2sad.autodiff.masking import Masking
from s2sad.autodiff.masks import BRANCHED, FADING, is_singular
from s2sad.autodiff.reverse import is_construction
from s2sad.frontend.source import find_source
from s2sad.frontend.values import TupleValue, Value
from s2sad.ir import core as ir
from s2sad.ir.core import UNDEFINED, Atom, Call, Lit, Ref, Var

NONE = Lit(None)


class Tangents(Rules):
    """The part of the forward transformation that knows tangents and applies rules."""

    many = False  # whether there are many tangents, of which some are zero

    dots: dict[Var, Atom]
    unbound: set[Atom]  # values that are undefined on some path
    born: int  # the number that the next variable had when the tangents of a call were begun
    has_complex: bool
    rule_decorator = "tangent"

    # ---- tangents of values -----------------------------------------------------------------------

    def primal(self, atom: Atom) -> Atom:
        return atom

    def is_primal(self, var: Var) -> bool:
        return var.number < self.born

    def dot(self, atom: Atom) -> Atom | None:
        """Return the tangent of a value, None where it does not vary."""
        return self.dots.get(atom) if isinstance(atom, Var) else None

    def dot_hint(self, var: Var) -> str:
        return f"{var.hint}_dot" if var.hint else ""

    def tangent_kind(self, kind: k.Kind) -> k.Kind:
        """Return the kind of the tangent of a value of some kind."""
        return tangent_kind(kind)

    def set_dot(self, var: Var, atom: Atom | None) -> None:
        if atom is None or atom == NONE:
            self.dots.pop(var, None)
            return
        if isinstance(atom, Var) and not atom.hint and not self.is_primal(atom):
            atom.hint = self.dot_hint(var)
        self.dots[var] = atom

    def part(self, atom: Atom) -> Atom:
        """Return the tangent of a value, zero where it does not vary and None for what is not a number."""
        found = self.dot(atom)
        if found is not None:
            return found
        kind = atom.kind
        if atom in self.unbound:
            return UNDEFINED if atom is UNDEFINED else Lit(0.0)
        if isinstance(kind, k.Scalar):
            return Lit(0.0)
        made = self.b.made.get(atom) if isinstance(atom, Var) else None
        if made is not None and (made.fn in (ir.TUPLE, ir.LIST, ir.DICT) or is_construction(made)):
            return self.display(made)
        if isinstance(kind, k.Constant) or not k.may_hold_floats(kind):
            return NONE if not isinstance(kind, k.Array) else self.b.call(np.zeros_like, atom)
        return self.zero_like(atom)

    def display(self, call: Call) -> Atom:
        """Return the tangent of a tuple, list, dict or dataclass display: a display of tangents."""
        if call.fn is ir.DICT:
            args = [atom if i % 2 == 0 else self.part(atom) for i, atom in enumerate(call.args)]
        elif k.is_named(call.out.kind):
            args = list(call.args)  # the tangent is like the same array
        else:
            args = [self.part(atom) for atom in call.args]
        named = [(name, self.part(atom)) for name, atom in call.kwargs]
        kind = None
        if isinstance(call.fn, Ref) and isinstance(call.out.kind, k.Tuple):
            kind = k.Tuple(tuple(atom.kind for atom in args), call.out.kind.type)
        elif isinstance(call.fn, Ref):
            kind = self.tangent_kind(call.out.kind)
        return self.b.emit(call.fn, args, named, kind=kind)

    # ---- rules ------------------------------------------------------------------------------------

    def by_rule(self, call: Call) -> Atom | None:
        """Return the tangent of a call of a library function."""
        rule = self.b.registry.rule(call.target)
        if rule is not None and not rule.differentiable:
            return None
        dtype = k.dtype_of(call.out.kind)
        if dtype is not None and dtype[0] in "iub":
            return None
        if rule is not None and rule.jvp is not None:
            total: Atom | None = self.by_tangent_rule(rule.jvp, call)
        elif rule is not None and rule.elementwise:
            total = self.by_elementwise_rule(rule, call)
        elif rule is not None and rule.linear:
            total = self.by_linearity(rule.vjp, call)
        else:
            what = "derivative" if rule is None else "forward-mode derivative"
            raise self.unknown(call, f"the {what} of `{call.fn!r}` is not known")
        if total is not None and (dtype or "c")[0] == "f":
            if (k.dtype_of(total.kind) or ("c" if self.has_complex else "f"))[0] == "c":
                total = self.b.call(np.real, total)  # a real number has a real tangent
        return total

    def value(self, atom: Atom | None) -> Value:
        """Return a tangent as rules get it: that of a display as its items."""
        if atom is None:
            return NONE
        made = self.b.made.get(atom) if isinstance(atom, Var) else None
        if made is not None and made.fn in (ir.TUPLE, ir.LIST):
            items = tuple(self.value(item) for item in made.args)
            return TupleValue(items, list if made.fn is ir.LIST else tuple)
        return atom

    def by_tangent_rule(self, rule: Any, call: Call) -> Atom:
        self.masking = None
        operands, values, named = self.bind_rule(rule, call, NONE)
        dots: list[Value] = []
        for operand, many in operands:
            each = tuple(self.value(self.dot(atom)) for atom in operand) if many else ()
            dots.append(TupleValue(each) if many else self.value(self.dot(operand)))
        return self.b.atom(self.inline(rule, [TupleValue(tuple(dots)), *values[1:]], named))

    def by_elementwise_rule(self, rule: Any, call: Call) -> Atom | None:
        """Sum what each operand contributes: its tangent takes the place of the cotangent in the rule."""
        total: Atom | None = None
        for i, (operand, _) in enumerate(self.bind_rule(rule.vjp, call, NONE)[0]):
            dot = self.dot(operand)
            if dot is None:
                continue
            if call.target in FADING and operand in self.infinite:
                zero_slope = self.b.call(operator.eq, call.out, Lit(0))
                dot = self.b.call(np.where, zero_slope, Lit(0.0), dot)  # a slope of zero kills
            self.masking = self.masking_of(call, rule, dot)
            operands, values, named = self.bind_rule(rule.vjp, call, dot)
            result = self.inline(rule.vjp, values, named)
            if len(operands) > 1:
                assert isinstance(result, TupleValue)
                result = result.items[i]
            self.check_known(call, rule.vjp, i, result)
            if result == NONE:
                continue
            term = self.b.atom(result)
            total = term if total is None else self.b.call(operator.add, total, term)
        return None if total is None else self.spread(total, call)

    def masking_of(self, call: Call, rule: Any, g: Atom) -> Masking | None:
        """A zero tangent kills an infinite slope, as a zero cotangent does."""
        vanishing = rule.singular and any(arg in self.vanishing for arg in call.args[:1])
        reasons = self.masked.get(call.out, 0)
        if rule.singular and (self.many or not isinstance(call.out.kind, k.Scalar)):
            reasons |= BRANCHED  # the caller's tangents may have zeros
        masking = Masking(self.b, call, g, reasons, is_singular(rule, call), vanishing)
        masking.result = lambda: call.out
        return masking if masking.needed else None

    def spread(self, total: Atom, call: Call) -> Atom:
        """Give a tangent the shape of its value, where operands without a tangent may have more elements."""
        out = call.out
        fixed = [
            a for a in call.args if self.dot(a) is None and not isinstance(a.kind, (k.Scalar, k.Constant))
        ]
        shape = k.shape_of(out.kind)
        if isinstance(out.kind, k.Scalar) or not fixed:
            return total
        if shape is not None and None not in shape and k.shape_of(total.kind) == shape:
            return total
        if (
            k.shape_of(total.kind) is None
            and not isinstance(total.kind, k.Scalar)
            and self.involves(total, fixed)
        ):
            return total
        if shape is not None and (k.dtype_of(out.kind) or "c")[0] == "f":
            return self.b.call(np.full_like, out, total)
        return self.b.call(operator.add, total, self.b.call(runtime.zeros_like, out))

    def involves(self, total: Atom, fixed: list[Atom]) -> bool:
        """Tell whether a tangent was computed with all of some operands, and so has their shapes."""
        seen: set[Any] = set()
        work: list[Any] = [total]
        while work:
            atom = work.pop()
            made = self.b.made.get(atom) if isinstance(atom, Var) and atom.number > self.born else None
            seen.add(atom)
            if made is not None:
                work += made.args
        return all(atom in seen for atom in fixed)

    def by_linearity(self, rule: Any, call: Call) -> Atom:
        """Apply a linear function to the tangents of its operands; indices and shapes stay."""
        parameters = list(signature_of(rule).parameters.values())[2:]
        self.bind_rule(rule, call, NONE)  # refuses what the rule does not know
        kept = kept_operands(rule)
        args: list[Atom] = []
        places = [p for p in parameters if p.kind is not p.KEYWORD_ONLY]
        operands = [p.name for p in parameters if p.default is p.empty]
        for i, atom in enumerate(call.args):
            place = places[min(i, len(places) - 1)]
            args.append(self.operand_dot(place.name, atom, operands, kept))
        named = [
            (name, self.operand_dot(name, atom, operands, kept))
            for name, atom in call.kwargs
            if name != "initial"  # what a sum starts with is added to it: a constant
        ]
        return self.b.emit(call.fn, args, named)

    def operand_dot(self, name: str, atom: Atom, operands: list[str], kept: frozenset[int]) -> Atom:
        return self.part(atom) if name in operands and operands.index(name) not in kept else atom


def tangent_kind(kind: k.Kind) -> k.Kind:
    """Return the kind of a tangent: that of an integer which becomes a float later is a float."""
    return k.FLOAT if isinstance(kind, k.Scalar) and kind.dtype[0] in "iub" else kind


@functools.cache
def kept_operands(rule: Any) -> frozenset[int]:
    """Return which operands of a linear function have no derivative, by position: the rule returns None for them."""
    kept: set[int] | None = None
    for node in gast.walk(find_source(rule).tree):
        if isinstance(node, gast.Return) and isinstance(node.value, gast.Tuple):
            none = {
                i for i, e in enumerate(node.value.elts) if isinstance(e, gast.Constant) and e.value is None
            }
            kept = none if kept is None else kept & none
    return frozenset(kept or ())
