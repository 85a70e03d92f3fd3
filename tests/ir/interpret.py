"""An interpreter of the intermediate representation: what a program means, with no emitted text between.

Values are immutable here as they are in the representation: an update copies the old version deeply. So a
program that reads an old version where it means the new one, or the other way round, computes something else.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from s2sad.ir import core as ir


class Unbound:
    """The value of a name on a path that does not bind it."""


UNBOUND = Unbound()


def interpret(function: ir.Function, args: Iterable[Any], externals: Iterable[ir.External] = ()) -> Any:
    """Run a function on the values of its parameters, in their order.

    >>> from operator import neg
    >>> x, y = ir.Var("x"), ir.Var("y")
    >>> body = (ir.Call((y,), ir.Ref("neg", neg), (x,)),)
    >>> interpret(ir.Function("f", (ir.Param(x, "x", None),), body, y), [2.0])
    -2.0
    """
    surroundings = {external.var: external.read() for external in externals}
    return Interpreter(surroundings).function(function, args)


class Interpreter:
    """One activation of a function: the values of its variables."""

    def __init__(self, surroundings: dict[ir.Var, Any]):
        self.surroundings = surroundings
        self.values: dict[ir.Var, Any] = dict(surroundings)
        self.caught: BaseException | None = None

    def function(self, function: ir.Function, args: Iterable[Any]) -> Any:
        for param, arg in zip(function.params, args, strict=True):
            self.values[param.var] = arg
        self.block(function.body)
        return self.value(function.result)

    def value(self, atom: ir.Atom) -> Any:
        if isinstance(atom, ir.Var):
            return self.values[atom]
        return UNBOUND if atom is ir.UNDEFINED else atom.value

    def block(self, block: ir.Block) -> None:
        for stmt in block:
            getattr(self, "stmt_" + type(stmt).__name__.lower())(stmt)

    def bind(self, pairs: Iterable[tuple[ir.Var, ir.Atom]]) -> None:
        """Bind variables to atoms, all at once."""
        pairs = list(pairs)
        values = [self.value(atom) for _, atom in pairs]
        self.values.update(zip((var for var, _ in pairs), values, strict=True))

    # ---- calls ------------------------------------------------------------------------------------

    def stmt_call(self, stmt: ir.Call) -> None:
        args = [self.value(atom) for atom in stmt.args]
        kwargs = {name: self.value(atom) for name, atom in stmt.kwargs}
        if any(arg is UNBOUND for arg in (*args, *kwargs.values())):
            raise UnboundLocalError
        fn = stmt.fn
        if isinstance(fn, ir.Prim):
            results = getattr(self, "prim_" + fn.name)(args)
        elif isinstance(fn, ir.Update):
            results = update(fn, args)[: len(stmt.outs)]
        else:
            results = (self.callee(fn)(*args, **kwargs),)
        for out, result in zip(stmt.outs, results, strict=True):
            self.values[out] = result

    def callee(self, fn: Any) -> Callable:
        if isinstance(fn, ir.Helper):
            return lambda *args: Interpreter(self.surroundings).function(fn.function, args)
        return self.value(fn)

    def prim_tuple(self, args: list) -> tuple:
        return (tuple(args),)

    def prim_list(self, args: list) -> tuple:
        return (args,)

    def prim_dict(self, args: list) -> tuple:
        return (dict(zip(args[::2], args[1::2], strict=True)),)

    def prim_set(self, args: list) -> tuple:
        return (set(args),)

    def prim_slice(self, args: list) -> tuple:
        return (slice(*args),)

    def prim_unpack(self, args: list) -> tuple:
        return tuple(args[0])

    def prim_format(self, args: list) -> tuple:
        return ("".join(args),)

    def prim_format_spec(self, args: list) -> tuple:
        value, conversion, spec = args
        convert = {"": lambda each: each, "r": repr, "s": str, "a": ascii}[conversion]
        return (format(convert(value), spec),)

    def prim_raise(self, args: list) -> tuple:
        if not args:
            assert self.caught is not None
            raise self.caught
        if len(args) == 2:
            raise args[0] from args[1]
        raise args[0]

    def prim_assert(self, args: list) -> tuple:
        assert args[0]
        return ()

    # ---- structure --------------------------------------------------------------------------------

    def stmt_if(self, stmt: ir.If) -> None:
        if self.value(stmt.test):
            self.block(stmt.then)
            self.bind((merge.out, merge.then) for merge in stmt.merges)
        else:
            self.block(stmt.orelse)
            self.bind((merge.out, merge.orelse) for merge in stmt.merges)

    def stmt_loop(self, stmt: ir.Loop) -> None:
        bounds = None if stmt.bounds is None else iter(range(*map(self.value, stmt.bounds)))
        self.bind((carry.inner, carry.init) for carry in stmt.carries)
        while True:
            if bounds is not None:
                index = next(bounds, None)
                if index is None:
                    break
                self.values[stmt.index] = index
            self.block(stmt.head)
            if stmt.test is not None and not self.value(stmt.test):
                break
            self.block(stmt.body)
            leave = stmt.leave is not None and self.value(stmt.leave)
            self.bind((carry.inner, carry.last) for carry in stmt.carries)
            if leave:
                break
        self.bind((carry.out, carry.inner) for carry in stmt.carries)

    def stmt_with(self, stmt: ir.With) -> None:
        with self.value(stmt.manager) as target:
            if stmt.target is not None:
                self.values[stmt.target] = target
            self.block(stmt.body)

    def stmt_finally(self, stmt: ir.Finally) -> None:
        try:
            self.block(stmt.body)
        finally:
            self.block(stmt.final)

    def stmt_try(self, stmt: ir.Try) -> None:
        path = 0
        try:
            self.block(stmt.body)
        except BaseException as error:
            path = self.handler_of(stmt, error)
            if not path:
                raise
            handler = stmt.handlers[path - 1]
            if handler.target is not None:
                self.values[handler.target] = error
            outer, self.caught = self.caught, error
            self.block(handler.body)
            self.caught = outer
        self.bind((choice.out, choice.atoms[path]) for choice in stmt.merges)
        self.values[stmt.path] = path

    def handler_of(self, stmt: ir.Try, error: BaseException) -> int:
        for number, handler in enumerate(stmt.handlers, start=1):
            if handler.types is None or isinstance(error, self.value(handler.types)):
                return number
        return 0


def update(fn: ir.Update, args: list) -> tuple:
    """Return the new version that an update makes, and what it pops."""
    new = copy.deepcopy(args[0])
    target, rest = new, args[1:]
    for step, count in fn.path:
        target, rest = step.value(target, *rest[:count]), rest[count:]
    if fn.action == "setitem":
        target[rest[0]] = rest[1]
        return (new,)
    if fn.action == "delitem":
        del target[rest[0]]
        return (new,)
    if fn.action == "add_at":
        np.add.at(target, *rest)
        return (new,)
    return new, getattr(target, fn.action)(*rest)
