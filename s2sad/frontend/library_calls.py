"""Calls of functions that are not read: those with a derivative rule, and those of which nothing is known."""

from __future__ import annotations

import functools
import inspect
import types
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.errors import S2sadError, UnknownDerivative
from s2sad.frontend.helpers import Helpers
from s2sad.frontend.skeletons import hint
from s2sad.frontend.values import TupleValue, Value
from s2sad.ir.core import Atom, Lit, Ref


class LibraryCalls(Helpers):
    """Build calls of library functions as they stand."""

    def library_call(self, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Build a call of a function with a rule, its sequences of arrays kept as tuples."""
        if self.lean and ref.value in KNOWN_NOW and not kwargs:
            found = known_result(ref.value, args)
            if found is not None:
                return found
        if isinstance(kwargs.get("dtype"), Ref) and kwargs["dtype"].value is object:
            raise self.refuse(
                "an array of objects cannot be differentiated", "use an array of floats, or a list"
            )
        rule = self.registry.rule(ref.value)
        names = array_operands(ref.value, rule.vjp) if rule is not None and not self.lean else ()
        rest = names[-1] if names and names[-1].startswith("*") else ""
        scipy = (getattr(ref.value, "__module__", None) or "").startswith("scipy.")
        places = [*names, *[rest] * len(args)]
        atoms = [self.given(arg, place, scipy) for arg, place in zip(args, places, strict=False)]
        named = [
            (name, self.given(arg, name if name in names else "", scipy)) for name, arg in kwargs.items()
        ]
        return self.emit(ref, atoms, named)

    def has_rule(self, function: Any) -> bool:
        """Tell whether a method of a class that is not written in Python has a derivative rule."""
        return isinstance(function, types.MethodDescriptorType) and self.registry.rule(function) is not None

    def given(self, value: Value, array: str, of_scipy: bool) -> Atom:
        """Return an argument of a library function; for an operand that is an `array` a list may be given.

        SciPy's tuples with arrays in them are factorizations and the like.
        """
        atom = self.atom(value)
        is_list = isinstance(atom.kind, k.List)
        if isinstance(atom.kind, k.Tuple) and atom.kind.type is tuple:
            is_list = not of_scipy or all(isinstance(item, k.Scalar) for item in atom.kind.items)
        if not array or not is_list or not self.is_varied(atom) or not k.may_hold_floats(atom.kind):
            return atom
        return self.call(np.asarray, atom)

    def opaque_call(self, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Call a function of which nothing is known; no differentiated value may reach it."""
        values = [*args, *kwargs.values()]
        for value in values:
            if self.is_varied(value) and k.may_hold_floats(self.kind(value)):
                raise self.unknown_derivative(ref)
        atoms = [self.atom(arg) for arg in args]
        return self.emit(ref, atoms, [(name, self.atom(arg)) for name, arg in kwargs.items()])

    def unknown_derivative(self, ref: Ref) -> S2sadError:
        return self.error(
            UnknownDerivative,
            f"the derivative of `{ref.text}` is not known",
            hint(ref.text, ref.value),
        )


SEQUENCES = set("arrays tup condlist choicelist choices object".split())  # operands that are lists of arrays


@functools.cache
def array_operands(target: Any, rule: Any) -> tuple[str, ...]:
    """Return the names of a function's parameters, empty for those that take no array; ``*args`` with its star.

    >>> def rule(g, y, condition, a, *others, axis=None): ...
    >>> array_operands(np.where, rule)
    ('condition', 'a', '*others')
    """
    module = getattr(target, "__module__", None) or ""
    if rule is None or not (isinstance(target, np.ufunc) or module.partition(".")[0] in ("numpy", "scipy")):
        return ()
    names = []
    for parameter in list(inspect.signature(rule).parameters.values())[2:]:
        is_array = parameter.default is parameter.empty and parameter.name not in SEQUENCES
        star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
        if parameter.kind is not parameter.KEYWORD_ONLY:
            names.append(star + parameter.name if is_array else "")
    return tuple(names)


KNOWN_NOW = {np.argsort, np.cumsum, np.prod, np.shape, sorted}


def known_result(function: Any, args: list[Value]) -> Value | None:
    """Compute a function of literals at once."""
    literals = [literal(arg) for arg in args]
    if any(each is None for each in literals):
        return None
    result = function(*literals)
    if isinstance(result, np.ndarray):
        result = result.tolist()
    if isinstance(result, (list, tuple)):
        return TupleValue(tuple(map(Lit, result)), type(result))
    return Lit(result.item() if isinstance(result, np.generic) else result)


def literal(value: Value) -> Any:
    """Return the Python object that a value made of literals stands for, or None."""
    if isinstance(value, Lit):
        return value.value
    if isinstance(value, TupleValue):
        items = [literal(item) for item in value.items]
        return None if any(item is None for item in items) else value.type(items)
    return None
