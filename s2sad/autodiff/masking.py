"""A zero cotangent kills: the masked form of a rule.

Where a cotangent `g` can be exactly zero, a divisor that may be zero becomes infinite there, a factor that may
be infinite or NaN becomes zero, and only there::

    g / y          g / np.where((g != 0) | (y != 0), y, np.inf)
    g * y          g * np.where((g != 0) | np.isfinite(y), y, 0.0)

Nothing divides by zero or warns, and the result is right to every order: where the local derivative is finite
the form is the plain one, also where `g` happens to be zero. The rules themselves know nothing of this: their
arithmetic is changed while it is written down, so that user-defined rules are masked as well.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.autodiff import ranges
from s2sad.autodiff.masks import BRANCHED, CHOSEN, FADED, LIMITED, MISSING, SCALED, SLICED
from s2sad.frontend.names import ref_to
from s2sad.ir.core import Atom, Call, Lit, Ref, Var, next_number

INFINITY = Ref("np.inf", np.inf)
PASSING = ranges.SUMS | ranges.DIFFERENCES | ranges.NEGATIONS  # they keep infinities, and do no harm
HARMLESS = (
    ranges.TESTS | PASSING | {np.where, np.isfinite, np.isnan, np.iscomplexobj, np.shape, np.ndim, np.size}
)
HARMLESS |= {np.zeros_like, np.ones_like, np.broadcast_to, np.expand_dims, operator.getitem, getattr}


class Masking:
    """What must be masked where the rule of one call is applied, and doing it."""

    def __init__(self, b: Any, call: Call, g: Atom, reasons: int, singular: bool, vanishing: bool):
        self.b, self.g = b, narrow(b, g)
        self.call = call
        self.reasons = 0 if isinstance(self.g, (Lit, Ref)) else reasons
        self.vanishing = vanishing and is_silent(call)
        self.poles = singular and self.asks_for_poles()
        self.born = next_number()
        self.wild: dict[Atom, int] = {}  # of the operands and the result, as the rule reads them
        self.signs: dict[Var, int] = {}
        self.tame: dict[tuple[Atom, str], Atom] = {}
        self.result: Callable[[], Atom] = lambda: Lit(None)
        self.paused = False

    @property
    def needed(self) -> bool:
        return self.vanishing or bool(self.reasons)

    def asks_for_poles(self) -> bool:
        """Tell whether a local derivative that is infinite at a finite operand can meet a zero here."""
        if self.reasons & (CHOSEN | MISSING | LIMITED):
            return True
        is_array = not isinstance(self.call.out.kind, k.Scalar)
        if self.reasons & SLICED and is_array:
            return True
        if self.reasons & BRANCHED or (self.reasons & SCALED and is_array):
            return is_silent(self.call)
        return False

    def is_wild(self, atom: Atom, needs_nan: bool = False) -> bool:
        """Tell whether a value may be infinite or NaN where the cotangent is zero."""
        wild = self.wildness(atom)
        if self.reasons & MISSING and isinstance(atom, Var) and not isinstance(atom.kind, k.Scalar):
            wild |= ranges.LOUD | ranges.MAY_BE_NAN if atom in self.wild else 0  # any argument may hold NaN
        if needs_nan and not wild & ranges.MAY_BE_NAN:
            return False
        if self.reasons & (CHOSEN | MISSING):
            return bool(wild)
        if self.reasons & (FADED | LIMITED | BRANCHED) and wild & ranges.LOUD:
            return True
        return bool(wild & ranges.LOUD and self.reasons & SLICED) and not isinstance(atom.kind, k.Scalar)

    def wildness(self, atom: Atom) -> int:
        """Return how a value of the rule may be infinite or NaN."""
        if not isinstance(atom, Var):
            return 0
        if atom in self.wild:
            return self.wild[atom]
        made = self.b.made.get(atom)
        if made is None or atom.number < self.born:
            return 0
        if self.poles and ranges.has_poles(made, self.b.registry.rule(made.target)):
            return ranges.LOUD | ranges.MAY_BE_NAN
        if made.target not in PASSING:
            return 0
        return ranges.combined(made.args, {a: self.wildness(a) for a in made.args if isinstance(a, Var)})

    def sign(self, atom: Atom) -> int:
        """Return what is known of the sign of a value of the rule."""
        made = self.b.made.get(atom) if isinstance(atom, Var) and atom not in self.signs else None
        if made is not None and atom.number > self.born and made.target in PASSING:
            self.signs[atom] = 0
            for each in made.args:
                self.sign(each)
            self.signs[atom] = ranges.sign_of_call(made, self.signs, self.b.made)
        return ranges.sign_of(atom, self.signs)

    # ---- while the rule is written down -----------------------------------------------------------

    @contextmanager
    def active(self) -> Iterator[None]:
        """Mask what is built inside."""
        outer = self.b.simplify

        def simplify(target: Any, args: tuple[Atom, ...], kwargs: tuple, b: Any) -> Atom | None:
            if not self.paused:
                changed = self.arguments(target, args)
                if changed != args:
                    return b.emit(ref_to(target), changed, kwargs)
            return None if outer is None else outer(target, args, kwargs, b)

        self.b.simplify = simplify
        try:
            yield
        finally:
            self.b.simplify = outer

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Leave what is built inside as it is."""
        outer, self.paused = self.paused, True
        try:
            yield
        finally:
            self.paused = outer

    def arguments(self, target: Any, args: tuple[Atom, ...]) -> tuple[Atom, ...]:
        """Return the operands of a call in a rule, masked where they must be."""
        if not ranges.callable_known(target) or target in HARMLESS:
            return args
        if target in ranges.QUOTIENTS and len(args) == 2:
            return self.factor(args[0]), self.divisor(args[1])
        if target in ranges.POWERS and len(args) == 2:
            return self.base(*args), args[1]
        if target is np.log and self.poles and len(args) == 1:
            return (self.masked(args[0], "positive", Lit(1.0)),)
        return tuple(map(self.factor, args))

    def factor(self, atom: Atom) -> Atom:
        return self.masked(atom, "finite", Lit(0.0)) if self.is_wild(atom) else atom

    def divisor(self, atom: Atom) -> Atom:
        if self.vanishing:
            return self.masked(atom, "nonzero", INFINITY)
        may_be_nan = self.is_wild(atom, needs_nan=True)
        pole = self.poles and not self.sign(atom) & ranges.NONZERO and self.may_be_zero(atom)
        if not pole and not may_be_nan:
            return atom
        made = self.b.made.get(atom) if isinstance(atom, Var) else None
        root = self.call.target in ranges.ROOTS or (made is not None and made.target in ranges.ROOTS)
        if (root or (may_be_nan and self.sign(atom) & ranges.NONNEGATIVE)) and is_real(atom):
            return self.masked(atom, "positive", INFINITY)
        return self.masked(atom, "number" if may_be_nan else "nonzero", INFINITY)

    def may_be_zero(self, divisor: Atom) -> bool:
        """Tell whether a divisor can be zero where the rest of the program makes sense."""
        if not isinstance(divisor, Var):
            return isinstance(divisor, Lit) and divisor.value == 0
        if not isinstance(divisor.kind, k.Scalar) or is_silent(self.call):
            return True
        if isinstance(self.call.out.kind, k.Scalar) and self.call.out.kind.python:
            return False  # Python has raised ZeroDivisionError
        return bool(self.reasons & (CHOSEN | MISSING | LIMITED))

    def base(self, base: Atom, exponent: Atom) -> Atom:
        """Return the base of a power whose result may be infinite or NaN."""
        value = getattr(exponent, "value", None)
        sign = self.sign(base)
        if not isinstance(value, (int, float)):
            if not self.poles or sign & ranges.POSITIVE == ranges.POSITIVE:
                return self.factor(base)
            return self.masked(base, "power", Lit(1.0), exponent)
        whole = value == int(value)
        if value >= 0:
            if (
                self.is_wild(base)
                or whole
                or sign & ranges.NONNEGATIVE
                or not self.reasons & (CHOSEN | MISSING)
            ):
                return self.factor(base)
            return self.masked(base, "nonnegative", Lit(0.0))
        if self.vanishing:
            return self.masked(base, "nonzero", INFINITY)
        if not self.poles or (sign & ranges.NONZERO and (whole or sign & ranges.NONNEGATIVE)):
            return base
        test = "positive" if not whole else "number" if self.is_wild(base, needs_nan=True) else "nonzero"
        return self.masked(base, test if is_real(base) else "nonzero", INFINITY)

    # ---- the text ---------------------------------------------------------------------------------

    def masked(self, atom: Atom, test: str, otherwise: Atom, exponent: Atom | None = None) -> Atom:
        """Return a value with `otherwise` in its place where the cotangent is zero and it fails a test."""
        if not isinstance(atom, Var) or atom in self.tame.values():
            return atom
        found = self.tame.get((atom, test))
        if found is None:
            b = self.b
            with self.aside():
                sound = self.tested(atom, test, exponent)
                if not self.vanishing or test == "finite":
                    sound = b.call(operator.or_, b.call(operator.ne, self.g, Lit(0)), sound)
                found = self.tame[atom, test] = b.call(np.where, sound, atom, otherwise)
        return found

    def tested(self, atom: Atom, test: str, exponent: Atom | None) -> Atom:
        b = self.b
        if test == "finite":
            return b.call(np.isfinite, atom)
        if test == "positive":
            return b.call(operator.gt, atom, Lit(0))
        if test == "nonnegative":
            return b.call(operator.ge, atom, Lit(0))
        if test == "number":
            return b.call(operator.gt, b.call(np.abs, atom), Lit(0))
        nonzero = b.call(operator.ne, atom, Lit(0))
        if test == "power":
            nonzero = b.call(operator.or_, nonzero, b.call(operator.ge, exponent, Lit(0)))
            return b.call(operator.and_, nonzero, b.call(np.isfinite, self.result()))
        return nonzero


def narrow(b: Any, g: Atom) -> Atom:
    """Return what a cotangent is a broadcast of, or the negative of: it is zero where that is."""
    made = b.made.get(g) if isinstance(g, Var) else None
    while made is not None and (made.target is np.broadcast_to or made.target is operator.neg):
        g = made.args[0]
        made = b.made.get(g) if isinstance(g, Var) else None
    return g


def is_silent(call: Call) -> bool:
    """Tell whether a function is finite where its slope is infinite: a root."""
    if call.target in ranges.POWERS:
        exponent = getattr(call.args[1], "value", None)
        return isinstance(exponent, (int, float)) and 0 < exponent < 1
    return call.target not in ranges.QUOTIENTS | ranges.LOGARITHMS


def is_real(atom: Atom) -> bool:
    return (k.dtype_of(atom.kind) or "f")[0] != "c"
