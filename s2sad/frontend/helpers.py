"""Functions that get a text of their own: lowered once for each combination of kinds of their arguments.

A local function takes what it reads from the scopes around it as further arguments. A helper that calls
itself, directly or not, finds itself in the program's table, and is lowered again until the kind of its
result is stable.
"""

from __future__ import annotations

import dataclasses
import inspect
import weakref
from collections.abc import Iterable
from typing import Any

import gast

from s2sad.analysis import kinds as k
from s2sad.errors import AmbiguousAlias
from s2sad.frontend.loops import Loops
from s2sad.frontend.state import named
from s2sad.frontend.statements import Frame
from s2sad.frontend.storage import AssignedAttribute
from s2sad.frontend.values import (
    BoundValue,
    Conflict,
    DictValue,
    FunctionValue,
    Lazy,
    ObjectValue,
    Scope,
    TupleValue,
    Value,
)
from s2sad.ir import core as ir
from s2sad.ir.core import UNDEFINED, Atom, Lit, Ref, Var

PASSES = 12  # how often a recursive helper is lowered until the kind of its result is stable

Local = tuple[Scope, str]


class Recursion(Exception):
    """A call that is being inlined is reached again inside itself."""

    def __init__(self, call: Any):
        self.call = call


class Updates(Exception):
    """A helper updates its arguments, or its result may be a view of them: it takes part in its caller's state."""


class Helpers(Loops):
    """Make helpers and build calls of them."""

    program: Any
    inlining: list[Any]  # an outline of each call whose body is being built, outermost first

    def outline(self, value: FunctionValue, bound: dict[str, Value]) -> Any:
        """Return what tells a call from another one of the same function, as far as lowering goes."""
        return value.node, value.scope, tuple((name, self.contour(arg, 0)) for name, arg in bound.items())

    def contour(self, value: Value, depth: int) -> Any:
        """Return the part of a value that is known while lowering, lengths left out."""
        if isinstance(value, Lazy):
            value = value.force()
        if isinstance(value, Lit):
            known = value.value is None or isinstance(value.value, (str, bool))
            return value if known else without_lengths(value.kind)
        if isinstance(value, Ref):
            return value
        if isinstance(value, Atom):
            return without_lengths(self.kind(value))
        if isinstance(value, FunctionValue):
            return value.node, value.scope
        if depth > 8:
            return "deep"
        if isinstance(value, (TupleValue, DictValue)):
            keys = value.keys if isinstance(value, DictValue) else value.type
            return keys, tuple(self.contour(item, depth + 1) for item in value.items)
        if isinstance(value, BoundValue):
            parts = (value.function, *value.args, *value.kwargs.values())
            return tuple(value.kwargs), tuple(self.contour(part, depth + 1) for part in parts)
        if isinstance(value, ObjectValue):
            names = [key[1] for key in self.env if isinstance(key, tuple) and key[0] is value.identity]
            parts = (self.env[value.identity, name] for name in names)
            return value.type, tuple(names), tuple(self.contour(part, depth + 1) for part in parts)
        return type(value)

    def helper_call(self, value: FunctionValue, bound: dict[str, Value]) -> Value:
        """Build a call of a function that gets a text of its own."""
        helper, given, result_varied = self.make_helper(value, bound)
        if not helper.fresh:
            if self.program.close and not helper.recursive:
                raise Updates
            self.program.loose = True
        active = result_varied and any(atom in self.varied for atom in given)
        if helper.updates:
            return self.updating_call(helper, given, active)
        kind = helper.function.result.kind if helper.function is not None else helper.kind
        out = self.emit(helper, given, kind=own_lengths(kind, [atom.kind for atom in given]), active=active)
        if not helper.fresh and isinstance(out, Var) and self.is_mutable(kind):
            for atom in given:
                if isinstance(atom, Var) and self.is_mutable(atom.kind):
                    self.link("may", out, atom)
        return out

    def updating_call(self, helper: ir.Helper, given: list[Atom], active: bool) -> Value:
        """Build a call of a recursive function that updates arguments: it works on copies, which are put back."""
        origins = self.origins()
        for i in helper.updates:
            for j, other in enumerate(given):
                both = isinstance(other, Var) and isinstance(given[i], Var) and self.is_mutable(other.kind)
                if i != j and both and self.may_be(self.storage(given[i]), self.storage(other), origins):
                    raise self.error(
                        AmbiguousAlias,
                        f"two arguments of `{helper.name}`, which updates one of them, may share memory",
                        "pass a copy",
                    )
        kinds = (helper.kind, *(given[i].kind for i in helper.updates))
        both_kinds = own_lengths(k.Tuple(kinds), [atom.kind for atom in given])
        out = self.emit(helper, given, kind=both_kinds, active=active)
        result, *changed = self.unpack_atom(out, len(kinds))
        targets = [self.root(atom) for atom in map(given.__getitem__, helper.updates)]  # type: ignore[arg-type]
        for target, value in zip(targets, changed, strict=True):
            everything = self.emit(ir.SLICE, (Lit(None), Lit(None), Lit(None)))
            self.set_item(target, everything, value)
        if helper.returned is not None:
            return self.read(self.root(given[helper.returned]))  # type: ignore[arg-type]
        return Lit(None) if helper.kind == k.NONE else result

    def captured(self, value: FunctionValue, bound: dict[str, Value]) -> dict[Local, Value]:
        """Return the local variables that a function, and the functions it can reach, read from around them."""
        found: dict[Local, Value] = {}
        seen: list[tuple[Any, Any]] = []

        def visit(part: Value) -> None:
            if isinstance(part, FunctionValue):
                closure(part)
            elif isinstance(part, (TupleValue, DictValue)):
                for item in part.items:
                    visit(item)
            elif isinstance(part, BoundValue):
                for item in (part.function, *part.args, *part.kwargs.values()):
                    visit(item)

        def closure(function: FunctionValue) -> None:
            if function.scope is None or (function.node, function.scope) in seen:
                return
            seen.append((function.node, function.scope))
            names, outer = local_names(function.node)
            if outer:
                raise self.refuse("a recursive local function with `nonlocal` cannot be differentiated")
            if any(isinstance(default, Var) for default in function.defaults.values()):
                raise self.refuse(
                    f"a default of the recursive local function `{function.node.name}` is computed",
                    "pass it on",
                )
            for name in dict.fromkeys(
                each.id for each in gast.walk(function.node) if isinstance(each, gast.Name)
            ):
                scope: Scope | None = function.scope
                while name not in names and scope is not None:
                    if name in scope.locals and name not in scope.nonlocals:
                        item = self.env.get((scope, name), UNDEFINED)
                        if (
                            (scope, name) not in found
                            and not isinstance(item, Conflict)
                            and item is not UNDEFINED
                        ):
                            found[scope, name] = item
                            visit(item)
                        break
                    scope = scope.parent

        closure(value)
        for arg in bound.values():
            visit(arg)
        return found

    def make_helper(
        self, value: FunctionValue, bound: dict[str, Value]
    ) -> tuple[ir.Helper, list[Atom], bool]:
        """Lower a function on its own for the kinds of these arguments, once; return it and its arguments."""
        given: list[Atom] = []
        table = self.program.helpers
        nested = any(
            helper.function is None and key[0] is value.node and key[1] is value.scope
            for key, helper in table.items()
        )
        plan: list[tuple[Any, Any]] = []
        for name, arg in (*bound.items(), *self.captured(value, bound).items()):
            plan.append((name, self.plan(arg, given, nested)))
        key = (value.node, value.scope, value.function, *((name, freeze(entry)) for name, entry in plan))
        helper = table.get(key)
        if helper is None:
            helper = table[key] = ir.Helper(value.node.name, key=key)
            helper.kind, helper.varied, helper.fresh = k.BOTTOM, False, True
            try:
                for _ in range(PASSES):
                    if self.lower_helper(helper, value, plan):
                        break
                else:
                    raise self.refuse(f"the type of what `{value.node.name}` returns grows without end")
            except BaseException:
                del table[key]
                raise
        elif helper.function is None:
            helper.recursive = True
        return helper, given, helper.varied

    def plan(self, value: Value, given: list[Atom], nested: bool) -> Any:
        """Say how an argument reaches a helper: known now, or as a parameter of some kind.

        In a `nested` call of a helper that is being made, lengths are left out, or there might be no end of them.
        """
        if isinstance(value, Lazy):
            value = value.force()
        if isinstance(value, TupleValue) and value.type is not list:
            return ("tuple", value.type, tuple(self.plan(item, given, nested) for item in value.items))
        if isinstance(value, (FunctionValue, Ref)):
            return ("static", value)
        if isinstance(value, BoundValue):
            function = self.plan(value.function, given, nested)
            args = tuple(self.plan(arg, given, nested) for arg in value.args)
            return (
                "bound",
                tuple(value.kwargs),
                (function, *args, *self.plans(value.kwargs.values(), given, nested)),
            )
        if isinstance(value, Lit) and (value.value is None or isinstance(value.value, (str, bool))):
            return ("static", value)
        atom = self.atom(value)
        kind = atom.kind
        if isinstance(kind, k.Constant) and (
            kind.value is None or isinstance(kind.value, str) or callable(kind.value)
        ):
            return (
                "static",
                Lit(kind.value) if not callable(kind.value) else Ref(kind.value.__name__, kind.value),
            )
        given.append(atom)
        if isinstance(kind, k.Scalar) and type(kind.value) is int:
            kind = dataclasses.replace(kind, value=None)
        kind = k.map_lengths(kind, lambda n: None if isinstance(n, k.Sym) and "<" in n.name else n)
        if nested:
            kind = without_lengths(kind)
        return ("value", kind, atom in self.varied, atom.hint if isinstance(atom, Var) else "")

    def plans(self, values: Iterable[Value], given: list[Atom], nested: bool) -> tuple:
        return tuple(self.plan(value, given, nested) for value in values)

    def lower_helper(self, helper: Any, value: FunctionValue, plan: list) -> bool:
        """Lower a helper's body once; tell whether the kind of its result is stable."""
        inner = self.program.lowerer()
        scope = inner.scope = inner.scope_of(value)
        inner.frames = [Frame(loop=False)]
        params: list[ir.Param] = []

        def enter(name: str, entry: Any) -> Value:
            if entry[0] == "static":
                return entry[1]
            if entry[0] == "tuple":
                return TupleValue(
                    tuple(enter(f"{name}_{i}", item) for i, item in enumerate(entry[2])), entry[1]
                )
            if entry[0] == "bound":
                function, *parts = (enter(f"{name}_{i}", item) for i, item in enumerate(entry[2]))
                count = len(parts) - len(entry[1])
                return BoundValue(
                    function, tuple(parts[:count]), dict(zip(entry[1], parts[count:], strict=True))
                )
            var = Var(name, entry[1])
            var.kind = named(var)
            if entry[2]:
                inner.varied.add(var)
            params.append(ir.Param(var, name, inspect.Parameter.POSITIONAL_OR_KEYWORD))
            return var

        bound: dict[str, Value] = {}
        for name, entry in plan:
            if isinstance(name, str):
                bound[name] = inner.env[scope, name] = enter(name, entry)
            else:
                inner.env[name] = enter(name[1], entry)
        inner.inlining = [inner.outline(value, bound)]
        scope.first = next(iter(bound.values()), None)
        inner.where = value.source.where(value.node)
        inner.parameters = {param.var: param.name for param in params if isinstance(param.var.kind, k.Object)}
        try:
            result = inner.body(value.node)
        except AssignedAttribute:
            raise Updates from None
        roots = {param.var for param in params}
        updates: tuple[int, ...] = ()
        if not roots.isdisjoint(inner.changed):
            updates = tuple(i for i, param in enumerate(params) if param.var in inner.env)
            known = all(var in inner.env for var in roots & inner.changed)
            table = self.program.helpers.items()
            recursive = any(other.recursive and key[0] is value.node for key, other in table)
            if not recursive or not known or any(not is_array_or_list(params[i]) for i in updates):
                raise Updates
        if not helper.recursive and holds_local_objects(result):
            raise Updates  # only inlined are they followed
        atom = inner.atom(result)
        owner = inner.storage(atom) if isinstance(atom, Var) else None
        returned = next((i for i in updates if params[i].var is owner and inner.root(atom) is owner), None)
        fresh = not isinstance(atom, Var) or inner.reachable(atom).isdisjoint(roots) or returned is not None
        fresh = fresh and not isinstance(atom.kind, k.Unknown)
        kind = k.join(helper.kind, k.NONE if returned is not None else atom.kind)
        if updates:
            finals = [inner.atom(params[i].var) for i in updates]
            atom = inner.emit(ir.TUPLE, [Lit(None) if returned is not None else atom, *finals])
        varied = atom in inner.varied
        stable = (kind, varied, updates) == (helper.kind, helper.varied, helper.updates)
        helper.kind, helper.varied, helper.fresh = kind, varied or helper.varied, fresh and helper.fresh
        helper.updates, helper.returned = updates, returned
        doc = docstring(value.node)
        if stable or not getattr(helper, "recursive", False):
            if isinstance(atom, Var) and atom.kind != kind and not helper.recursive:
                helper.kind = atom.kind
            helper.lowerer = inner
            helper.function = ir.Function(value.node.name, tuple(params), tuple(inner.block), atom, doc)
            return True
        return False


def is_array_or_list(param: ir.Param) -> bool:
    return isinstance(param.var.kind, (k.Array, k.List))


def freeze(entry: Any) -> Any:
    """Return a hashable form of a plan's entry."""
    if entry[0] in ("tuple", "bound"):
        return (*entry[:2], tuple(map(freeze, entry[2])))
    if entry[0] == "static":
        value = entry[1]
        return ("static", (value.node, value.scope) if isinstance(value, FunctionValue) else value)
    return entry[:3]


def without_lengths(kind: k.Kind) -> k.Kind:
    """Return a kind that says nothing about lengths and the values of integers."""
    if isinstance(kind, k.Scalar) and type(kind.value) is int:
        return dataclasses.replace(kind, value=None)
    return k.map_lengths(kind, lambda n: None)


def own_lengths(kind: k.Kind, given: list[k.Kind]) -> k.Kind:
    """Give the result of one call lengths of its own, where they are not those of arguments.

    A helper's own symbols stand for other lengths in each call of it.
    """
    known: set[Any] = set()
    names: dict[str, str] = {}

    def note(n: k.Dim) -> k.Dim:
        known.add(getattr(n, "name", None))
        return n

    def change(n: k.Dim) -> k.Dim:
        if not isinstance(n, k.Sym) or n.name in known or n.newest < 0:
            return n
        names.setdefault(n.name, f"<{ir.next_number()}>")
        return dataclasses.replace(n, name=names[n.name])

    for each in given:
        k.map_lengths(each, note)
    return k.map_lengths(kind, change)


def local_names(node: gast.FunctionDef) -> tuple[set[str], set[str]]:
    """Return the names that a function binds, and those that it declares nonlocal or global."""
    spec = node.args
    names = {arg.id for arg in spec.posonlyargs + spec.args + spec.kwonlyargs}
    names |= {arg.id for arg in (spec.vararg, spec.kwarg) if arg is not None}
    outer: set[str] = set()

    def visit(each: gast.AST) -> None:
        if isinstance(each, (gast.FunctionDef, gast.ClassDef, gast.AsyncFunctionDef)):
            names.add(each.name)
            return
        if isinstance(each, gast.Lambda):
            return
        if isinstance(each, (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)):
            for inner in gast.walk(each):
                if isinstance(inner, gast.NamedExpr):
                    names.add(inner.target.id)
            return
        if isinstance(each, gast.Name) and isinstance(each.ctx, (gast.Store, gast.Del)):
            names.add(each.id)
        elif isinstance(each, gast.ExceptHandler) and each.name is not None:
            names.add(getattr(each.name, "id", each.name))
        elif isinstance(each, (gast.Import, gast.ImportFrom)):
            names.update(alias.asname or alias.name.partition(".")[0] for alias in each.names)
        elif isinstance(each, (gast.Nonlocal, gast.Global)):
            outer.update(each.names)
        elif isinstance(each, (gast.MatchAs, gast.MatchStar)) and each.name is not None:
            names.add(each.name)
        elif isinstance(each, gast.MatchMapping) and each.rest is not None:
            names.add(each.rest)
        for child in gast.iter_child_nodes(each):
            visit(child)

    for stmt in node.body:
        visit(stmt)
    return names | outer, outer


def stored_names(node: gast.FunctionDef) -> set[str]:
    return {
        each.id
        for each in gast.walk(node)
        if isinstance(each, gast.Name) and isinstance(each.ctx, gast.Store)
    }


def holds_local_objects(value: Value) -> bool:
    """Tell whether a value is or holds an object whose class gives it no form at run time."""
    if isinstance(value, TupleValue):
        return value.identity is None and any(map(holds_local_objects, value.items))
    return isinstance(value, ObjectValue) and not dataclasses.is_dataclass(value.type)


LIST_METHODS = {"append", "extend", "insert", "pop", "clear", "reverse", "sort", "remove"}


_changes_lists: weakref.WeakKeyDictionary[gast.FunctionDef, bool] = weakref.WeakKeyDictionary()


def changes_lists(node: gast.FunctionDef) -> bool:
    """Tell whether the text of a function has an update that may be one of a list."""
    found = _changes_lists.get(node)
    if found is None:
        found = _changes_lists[node] = has_list_update(node)
    return found


def has_list_update(node: gast.FunctionDef) -> bool:
    for each in gast.walk(node):
        if isinstance(each, gast.Call) and isinstance(each.func, gast.Attribute):
            if each.func.attr in LIST_METHODS:
                return True
        elif isinstance(each, gast.Subscript) and not isinstance(each.ctx, gast.Load):
            return True
        elif isinstance(each, gast.AugAssign):
            return True
    return False


def docstring(node: gast.FunctionDef) -> str | None:
    first = node.body[0]
    if (
        isinstance(first, gast.Expr)
        and isinstance(first.value, gast.Constant)
        and isinstance(first.value.value, str)
    ):
        return first.value.value
    return None


__all__ = ["Helpers", "Recursion", "Updates", "docstring", "local_names", "stored_names"]
