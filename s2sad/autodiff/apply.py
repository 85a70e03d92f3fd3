"""Applying derivative rules: bind the call to the rule's parameters, inline the rule, collect what it returns."""

from __future__ import annotations

import contextlib
import functools
import inspect
import operator
from typing import Any

import numpy as np

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.autodiff import ranges
from s2sad.autodiff.adjoints import Adjoints
from s2sad.autodiff.masking import Masking
from s2sad.autodiff.masks import BRANCHED, is_singular
from s2sad.errors import S2sadError, UnknownDerivative
from s2sad.frontend.names import ref_to
from s2sad.frontend.skeletons import hint
from s2sad.frontend.values import Lazy, TupleValue, Value
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Call, Lit, Ref, Var
from s2sad.ir.walk import statements
from s2sad.rules.declare import unknown

SOMETIMES_COMPLEX = (np.linalg.eig, np.linalg.eigvals, np.roots)
_signatures: dict[Any, inspect.Signature] = {}


def signature_of(rule: Any) -> inspect.Signature:
    """Return a rule's signature, computed once."""
    found = _signatures.get(rule)
    if found is None:
        found = _signatures[rule] = inspect.signature(rule)
    return found


def left_out(signature: inspect.Signature, call: Call) -> dict[str, Atom]:
    """Return the defaults of the operands of a rule that a call leaves out."""
    named = dict(call.kwargs)
    places = [p for p in signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD][2:]
    missing = [p.name for p in places[len(call.args) :] if p.default is p.empty and p.name not in named]
    if not missing:
        return {}
    try:
        own = inspect.signature(call.target).parameters
    except (TypeError, ValueError):
        return {}
    return {name: Lit(own[name].default) for name in missing if name in own and own[name].default is None}


def is_float_type(atom: Atom) -> bool:
    """Tell whether an atom is known to be a floating-point type, or None."""
    value = getattr(atom.kind, "value", atom)
    try:
        return value is None or np.dtype(value).kind in "fc"
    except TypeError:
        return False


class Rules(Adjoints):
    """The part of the reverse transformation that applies rules."""

    function: ir.Function
    masked: dict[Var, int]  # why a cotangent may be exactly zero
    infinite: dict[Var, int]  # why a value may be infinite or NaN
    vanishing: set[Var]
    discarded: int | None = None  # how the caller discards elements of the result, where that is known
    masking: Masking | None = None
    rule_decorator = "adjoint"

    @functools.cached_property
    def signs(self) -> dict[Var, int]:
        return ranges.signs(self.function)

    @functools.cached_property
    def may_be_complex(self) -> bool:
        """Tell whether the program makes values that are complex, or are so for some arguments."""
        every = [stmt for stmt in statements(self.function.body) if isinstance(stmt, Call)]
        if any(isinstance(stmt.fn, Ref) and stmt.fn.value in SOMETIMES_COMPLEX for stmt in every):
            return True
        return any((k.dtype_of(out.kind) or "f")[0] == "c" for stmt in every for out in stmt.outs)

    def unknown(self, call: Call, what: str) -> S2sadError:
        rule = self.b.registry.rule(call.target)
        has_one = (
            rule is not None and (rule.vjp if self.rule_decorator == "adjoint" else rule.jvp) is not None
        )
        target = None if has_one else call.target
        return UnknownDerivative(what, call.where, hint(repr(call.fn), target, (self.rule_decorator,)))

    def apply_rule(self, call: Call, g: Atom) -> None:
        """Add the contributions of a call's operands, given the adjoint of its result."""
        rule = self.b.registry.rule(call.target)
        text = repr(call.fn)
        if rule is None or rule.vjp is None:
            raise self.unknown(call, f"the derivative of `{text}` is not known")
        self.masking = self.masking_of(call, rule, g)
        operands, values, named = self.bind_rule(rule.vjp, call, g)
        result = self.inline(rule.vjp, values, named)
        results = list(result.items) if isinstance(result, TupleValue) and len(operands) > 1 else [result]
        if len(results) != len(operands):
            if len(operands) == 1:
                results = [result]
            else:
                raise self.unknown(call, f"the derivative of `{text}` with these arguments is not known")
        for i, ((operand, many), value) in enumerate(zip(operands, results, strict=True)):
            if operand in self.active:
                self.check_known(call, rule.vjp, i, value)
            if many:
                items = value.items if isinstance(value, TupleValue) else self.split(value, len(operand))
                for atom, item in zip(operand, items, strict=True):
                    self.contribute(rule, atom, item)
            else:
                self.contribute(rule, operand, value)

    def check_known(self, call: Call, rule: Any, i: int, value: Value) -> None:
        """Refuse the derivative in an operand for which a rule has none."""
        if not isinstance(value, Ref) or value.value is not unknown:
            return
        parameters = list(signature_of(rule).parameters.values())[2:]
        name = [p.name for p in parameters if p.default is p.empty][i]
        raise UnknownDerivative(
            f"the derivative of `{call.fn!r}` in `{name}` is not known",
            call.where,
            f"keep `{name}` constant, as `s2sad.stop_gradient` does, or give the function a rule of your own",
        )

    def bind_rule(self, rule: Any, call: Call, g: Value) -> tuple[list, list[Value], dict[str, Value]]:
        """Bind the arguments of a call to the parameters of a rule.

        Returns the differentiable operands, each with whether it stands for all of ``*args``, and what to call
        the rule with.
        """
        text = repr(call.fn)
        signature = signature_of(rule)
        kwargs = dict(call.kwargs)
        if "dtype" in kwargs and "dtype" not in signature.parameters and is_float_type(kwargs["dtype"]):
            del kwargs["dtype"]  # a float type changes the rounding, not the derivative
        kwargs |= left_out(signature, call)
        try:
            bound = signature.bind(g, call.out, *call.args, **kwargs)
        except TypeError:
            given = ", ".join(name for name, _ in call.kwargs)
            raise self.unknown(
                call, f"the derivative of `{text}` with these arguments ({given}) is not known"
            ) from None
        parameters = list(signature.parameters.values())[2:]
        operands: list[tuple[Any, bool]] = []
        values: list[Value] = [self.taken_apart(g), Lazy(lambda: self.operand(call.out))]
        named: dict[str, Value] = {}
        seen_rest = seen_gap = False
        for parameter in parameters:
            if parameter.kind is parameter.VAR_POSITIONAL:
                rest = bound.arguments.get(parameter.name, ())
                operands.append((tuple(rest), True))
                values += [self.lazily(atom) for atom in rest]
                seen_rest = True
                continue
            if parameter.name not in bound.arguments:
                seen_gap = True  # what follows is passed by name
                continue
            atom = bound.arguments[parameter.name]
            if parameter.default is parameter.empty:
                operands.append((atom, False))
            elif isinstance(atom, Var) and atom in self.active:
                raise self.unknown(
                    call, f"the derivative of `{text}` with respect to `{parameter.name}` is not known"
                )
            if parameter.kind is parameter.KEYWORD_ONLY or seen_rest or seen_gap:
                named[parameter.name] = self.lazily(atom)
            else:
                values.append(self.lazily(atom))
        return operands, values, named

    def taken_apart(self, g: Value) -> Value:
        """Return the adjoint of a tuple as the tuple of its items, where these are known."""
        made = self.b.made.get(g) if isinstance(g, Var) else None
        return TupleValue(made.args) if made is not None and made.fn is ir.TUPLE else g

    def lazily(self, atom: Atom) -> Value:
        if not isinstance(atom, Var):
            return atom
        made = self.b.made.get(atom)
        if made is not None and made.fn in (ir.TUPLE, ir.LIST):
            return TupleValue(
                tuple(self.lazily(item) for item in made.args), list if made.fn is ir.LIST else tuple
            )
        return Lazy(lambda: self.operand(atom), atom in self.active)

    def operand(self, atom: Var) -> Atom:
        """Return a forward value that a rule reads; tell the masking what is known of it."""
        masking = self.masking
        if masking is None:
            return self.primal(atom)
        with masking.aside():
            found = self.primal(atom)
        masking.wild[found] = self.infinite.get(atom, 0)
        if isinstance(found, Var):
            masking.signs[found] = ranges.sign_of(atom, self.signs)
        return found

    def masking_of(self, call: Call, rule: Any, g: Atom) -> Masking | None:
        """Return what masks the rule of a call, or None where the plain rule is right."""
        if not rule.elementwise:
            return None
        reasons = self.masked.get(call.out, 0)
        if self.discarded is not None:
            reasons |= self.discarded
        elif not isinstance(self.function.result.kind, k.Scalar):
            reasons |= BRANCHED  # the caller's cotangent may have zeros
        vanishing = any(arg in self.vanishing for arg in call.args[:1])
        masking = Masking(self.b, call, g, reasons, is_singular(rule, call), rule.singular and vanishing)
        masking.result = lambda: self.operand(call.out)
        return masking if masking.needed else None

    def split(self, value: Value, count: int) -> list[Value]:
        atom = self.b.atom(value)
        if atom == Lit(None):
            return [Lit(None)] * count
        return [self.b.emit(ref_to(operator.getitem), (atom, Lit(i))) for i in range(count)]

    def inline(self, rule: Any, values: list[Value], named: dict[str, Value]) -> Value:
        """Inline a rule's body at this place."""
        try:
            with self.masking.active() if self.masking is not None else contextlib.nullcontext():
                return self.b.inlined(rule, values, named)
        except S2sadError as error:
            error.where = error.where or self.b.where
            raise

    def contribute(self, rule: Any, operand: Atom, value: Value) -> None:
        """Add one operand's contribution, brought to the operand's shape."""
        if not isinstance(operand, Var) or operand not in self.active:
            return
        if value == Lit(None) and isinstance(value, Lit):
            return
        if isinstance(value, TupleValue):
            for i, item in enumerate(value.items):
                if not (isinstance(item, Lit) and item.value is None):
                    if isinstance(operand.kind, k.Tuple):
                        self.add_item(operand, i, self.b.atom(item))
                    else:
                        self.add_part(operand, (), (Lit(i),), self.b.atom(item))
            return
        atom = self.real_part(self.b.atom(value), operand)
        self.add(operand, self.fit(atom, operand) if rule.elementwise else atom)

    def real_part(self, atom: Atom, operand: Var) -> Atom:
        """Return a contribution to a value, of which only the real part counts where the value is real."""
        of_atom, of_value = k.dtype_of(atom.kind), k.dtype_of(operand.kind)
        if (of_atom or "c")[0] != "c" or (of_value or "f")[0] != "f":
            return atom
        if of_atom is not None and of_value is not None:
            return self.b.call(np.real, atom)
        if not self.may_be_complex or not isinstance(operand.kind, (k.Array, k.Scalar, k.Unknown)):
            return atom
        return self.b.call(runtime.real_like, atom, self.primal(operand))

    def fit(self, atom: Atom, operand: Var) -> Atom:
        """Sum a contribution over the axes in which its operand was broadcast."""
        if isinstance(atom, Lit):
            return atom
        have, want = k.shape_of(atom.kind), k.shape_of(operand.kind)
        if have == () and want is not None:
            return atom  # a scalar stands for its broadcast
        if have is not None and want is not None:
            if have == want and None not in have:
                return atom
            if want == ():
                return self.b.call(np.sum, atom)
            fitted = self.sum_axes(atom, have, want)
            if fitted is not None:
                return fitted
        return self.b.call(runtime.unbroadcast, atom, self.primal(operand))

    def sum_axes(self, atom: Atom, have: tuple, want: tuple) -> Atom | None:
        """Sum over the axes that are known to have been broadcast, if all are known."""
        lead = len(have) - len(want)
        if lead < 0:
            return None
        kept = []
        for axis, (m, n) in enumerate(zip(have[lead:], want, strict=True)):
            if n == 1 and m != 1:
                kept.append(axis)
            elif m != n or m is None:
                return None
        if lead:
            axes: Atom = Lit(0) if lead == 1 else self.b.atom(TupleValue(tuple(map(Lit, range(lead)))))
            atom = self.b.call(np.sum, atom, axis=axes)
        if kept:
            axes = Lit(kept[0]) if len(kept) == 1 else self.b.atom(TupleValue(tuple(map(Lit, kept))))
            atom = self.b.call(np.sum, atom, axis=axes, keepdims=Lit(True))
        return atom
