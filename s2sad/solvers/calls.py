"""A call of a solver in a differentiated program: its arguments by name, its functions as operands."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from s2sad.analysis import kinds as k
from s2sad.errors import UnknownDerivative
from s2sad.frontend.library import handles
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import Lazy, TupleValue, Value
from s2sad.ir.core import Atom, Lit, Ref
from s2sad.solvers.operands import (
    Operands,
    bound_arguments,
    composed,
    given_args,
    helper_for,
    is_local,
    parameters,
    reference,
)


class Call:
    """A call of a solver in the program: its arguments by name, its functions lifted.

    `roles` says which of its parameters are functions of a point and ``args``, and what to call these; the first
    of them is the one that matters.
    """

    def __init__(
        self, b: Any, solver: Callable, roles: dict[str, str], args: list[Value], kwargs: dict[str, Value]
    ):
        self.b, self.solver = b, solver
        self.text = ref_to(solver).text
        signature = inspect.signature(solver).parameters
        self.names = tuple(signature)
        self.defaults = {name: parameter.default for name, parameter in signature.items()}
        self.given = bound_arguments(b, self.names, args, kwargs, self.text)
        self.leading = len(args)
        for name, parameter in signature.items():
            if parameter.default is parameter.empty and name not in self.given:
                raise b.refuse(f"`{self.text}` needs an argument for `{name}`")
        self.main = next(iter(roles))
        self.roles = {name: role for name, role in roles.items() if is_function(self.given.get(name))}

    @property
    def is_known(self) -> bool:
        """Tell whether nothing in the call depends on the differentiated arguments, nor is local."""
        local = any(is_local(self.given[name]) for name in self.roles)
        return not local and not any(map(self.b.is_varied, self.given.values()))

    def option(self, name: str, default: Any = None) -> Any:
        """Return an option that is a literal, or refuse it."""
        value = self.given.get(name, Lit(default))
        if not isinstance(value, Lit):
            raise self.b.refuse(f"`{name}` of `{self.text}` is not known", "write a literal")
        return value.value

    def option_if_known(self, name: str) -> Any:
        value = self.given.get(name)
        return value.value if isinstance(value, Lit) else None

    def refuse_options(self, *names: str) -> None:
        """Refuse options that have another value than their default."""
        for name in names:
            value = self.given.get(name, Lit(self.defaults[name]))
            given = () if isinstance(value, TupleValue) and not value.items else value
            if given != Lit(self.defaults[name]) and given != self.defaults[name]:
                raise self.b.refuse(
                    f"`{self.text}` with `{name}` cannot be differentiated", f"call it without `{name}`"
                )

    def lift(self, flat: bool = False) -> None:
        """Make the functions functions of the point and of the same arguments."""
        passed = given_args(self.b, self.given.pop("args", TupleValue(())), self.text)
        functions = {role: self.given[name] for name, role in self.roles.items()}
        operands = Operands(self.b, functions, passed, flat)
        self.args = operands.args
        self.functions = operands.functions
        self.function = self.functions[self.roles[self.main]]

    def run(self, point: k.Kind, kind: k.Kind | None = None) -> Atom:
        """Build the call; `point` is the kind of what the functions are called with, `kind` that of the result."""
        b = self.b
        self.lift()
        kinds = [point, *(atom.kind for atom in self.args)]
        atoms = {name: b.atom(value) for name, value in self.given.items() if name not in self.roles}
        for name, role in self.roles.items():
            atoms[name] = reference(b, self.functions[role], kinds)
        before = self.names[: self.names.index("args")][: self.leading]
        leading = [atoms.pop(name) for name in before]
        if self.args:
            atoms = {"args": b.atom(TupleValue(tuple(self.args))), **atoms}
        return b.emit(ref_to(self.solver), leading, atoms.items(), kind=kind)

    @property
    def varies(self) -> bool:
        """Tell whether what is solved depends on the differentiated arguments."""
        return any(map(self.b.is_varied, self.args))

    def through(self, identity: Callable, x: Atom, function: Callable) -> Atom:
        """Let a solution depend on the arguments of the function that it belongs to."""
        if not self.varies:
            return x
        ref = Ref(function.__name__, function)
        return self.b.emit(Ref(self.text, identity), (x, ref, *self.args), kind=x.kind)

    def rewritten(self, name: str, text: str, objects: dict[str, Any]) -> Callable:
        """Make another function of the same arguments; in its text, `function` is the one that is given."""
        names = parameters(self.function, len(self.args) + 1)
        text = text.format(call=", ".join(names), x=names[0])
        return composed(name, names, text, {**objects, "function": self.function})

    def derived(self, name: str, operator: Callable, function: Callable) -> Callable:
        """Make the derivative of a function of the same arguments in the first of them."""
        names = parameters(function, len(self.args) + 1)
        text = f"return operator(function)({', '.join(names)})"
        return composed(name, names, text, {"operator": operator, "function": function})

    def result_kind(self, function: Callable, point: k.Kind) -> k.Kind:
        """Return the kind of what a function of the point and the arguments returns, as far as it is known."""
        helper = helper_for(self.b, function, [point, *(atom.kind for atom in self.args)])
        return k.UNKNOWN if helper is None else helper.kind


def is_function(value: Value | None) -> bool:
    if isinstance(value, Lazy):
        value = value.force()
    return value is not None and not isinstance(value, Lit)


def start_kind(call: Call) -> k.Kind:
    """Return the kind of a starting point as an array of floats, or as a number."""
    b = call.b
    kind = b.display_kind(b.atom(call.given["x0"]))
    if isinstance(kind, k.Tuple):
        return k.Array("f8", (len(kind.items),))
    shape = (None,) if isinstance(kind, k.List) else k.shape_of(kind)
    if (k.dtype_of(kind) or "f")[0] == "c" or (shape is not None and len(shape) > 1):
        raise b.refuse(
            f"`{call.text}` from a complex or matrix start cannot be differentiated", "use a real vector"
        )
    return k.Scalar("f8", None) if shape == () else k.Array("f8", shape)


def refuse_solver(solver: Callable, instead: str) -> None:
    """Refuse a solver that has no rule where its functions or arguments depend on what is differentiated."""
    text = ref_to(solver).text

    def handler(b: Any, args: list[Value], kwargs: dict[str, Value]) -> Value:
        values = [*args, *kwargs.values()]
        if any(map(b.is_varied, values)) or any(map(is_local, values)):
            raise b.error(UnknownDerivative, f"the derivative of `{text}` is not known", instead)
        return b.opaque_call(ref_to(solver), args, kwargs)

    handles(solver)(handler)
