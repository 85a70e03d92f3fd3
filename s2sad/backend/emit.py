"""Put the functions of one derivative together to a module: text, the objects that its names mean, live variables."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from s2sad.backend.folding import Folding
from s2sad.backend.inplace import in_place
from s2sad.backend.naming import Naming
from s2sad.backend.to_ast import Statements
from s2sad.backend.to_text import to_text
from s2sad.frontend.names import root_of
from s2sad.ir import core as ir
from s2sad.ir.core import Call, External, Function, Helper, HelperRef, Ref, Var
from s2sad.ir.walk import binds, map_blocks, reads, statements, substitute
from s2sad.optimize.dead import dead


@dataclass
class Emitted:
    """The text of a derivative and what it needs to run.

    Attributes
    ----------
    text : str
        The functions, helpers first.
    name : str
        The name of the main function.
    objects : dict
        The modules and functions that the text names.
    live : list of (name, read)
        The variables of the user's program that the text names, with the way to read their current values.
    """

    text: str
    name: str
    objects: dict[str, Any] = field(default_factory=dict)
    live: list[tuple[str, Callable[[], Any]]] = field(default_factory=list)


class ModuleScope:
    """The names at the top level of one emitted module."""

    def __init__(self, externals: Iterable[External], locals_: set[str]):
        self.objects: dict[str, Any] = {}
        self.locals = locals_
        self.externals: dict[Var, External] = {external.var: external for external in externals}
        self.external_names: dict[Var, str] = {}
        self.helpers: dict[Helper, str] = {}
        self.taken: set[str] = set(locals_)

    def fresh(self, name: str) -> str:
        found, number = name, 0
        while (
            found in self.taken
            or found in self.objects
            or (hasattr(builtins, found) and found not in BUILTIN_HINTS)
        ):
            number += 1
            found = f"{name}_{number}"
        self.taken.add(found)
        return found

    def object_name(self, name: str, value: Any) -> str:
        """Return the name under which an object is bound, binding it if need be."""
        if not name.isidentifier():
            name = "function"
        if self.objects.get(name, self) is value:
            return name
        for known, bound in self.objects.items():
            if bound is value:
                return known
        found = self.fresh(name)
        self.objects[found] = value
        return found

    def builtin(self, name: str) -> str:
        if name in self.taken:
            return self.object_name(name, getattr(builtins, name))
        return name

    def reference(self, ref: Ref) -> str:
        """Return the dotted name of a known object, or the name under which the program has it already."""
        if isinstance(ref, HelperRef):
            return self.helper(ref.helper)
        for name, bound in self.objects.items():
            if bound is ref.value and callable(bound):
                return name
        root = root_of(ref)
        if root is not None:
            name = self.object_name(*root)
            return ".".join([name, *ref.text.split(".")[1:]])
        value = ref.value
        text = ref.text.rpartition(".")[2]
        if getattr(builtins, text, self) is value:
            return self.builtin(text)
        borrowed = isinstance(value, (int, float, np.vectorize))  # np.vectorize has the name of its function
        return self.object_name(text if borrowed else getattr(value, "__name__", text), value)

    def external(self, var: Any) -> str | None:
        if var not in self.externals:
            return None
        name = self.external_names.get(var)
        if name is None:
            name = self.external_names[var] = self.fresh(self.externals[var].name)
        return name

    def helper(self, helper: Helper) -> str:
        name = self.helpers.get(helper)
        if name is None:
            name = self.helpers[helper] = self.fresh(helper.name)
        return name


BUILTIN_HINTS = {
    "input",
    "id",
    "type",
    "vars",
    "sum",
    "min",
    "max",
    "abs",
    "round",
    "pow",
    "range",
    "len",
    "list",
}


def reachable_helpers(function: Function, found: dict[Helper, None]) -> None:
    """Collect the helpers that a function calls or passes on, callees first."""
    for stmt in statements(function.body):
        if not isinstance(stmt, Call):
            continue
        passed = [atom.helper for atom in reads(stmt) if isinstance(atom, HelperRef)]
        for helper in [*passed, stmt.fn] if isinstance(stmt.fn, Helper) else passed:
            if helper not in found:
                found[helper] = None
                assert helper.function is not None
                reachable_helpers(helper.function, found)
                del found[helper]
                found[helper] = None


def hints(functions: Iterable[Function]) -> set[str]:
    """Return the names that the variables of some functions would like to have."""
    names: set[str] = set()
    for function in functions:
        names |= {param.name for param in function.params}
        for stmt in statements(function.body):
            names |= {var.hint for var in binds(stmt) if var.hint}
    return names


def without_hooks(function: Function) -> Function:
    """Read the arguments of the identities that stand for a derivative, such as blocks of the reverse sweep."""
    same: dict[Var, Any] = {}
    for stmt in statements(function.body):
        if isinstance(stmt, Call) and hasattr(stmt.target, "__s2sad_hook__"):
            atom = same[stmt.out] = same.get(stmt.args[0], stmt.args[0])  # type: ignore[arg-type]
            if isinstance(atom, Var):
                atom.hint = atom.hint or stmt.out.hint
    if not same:
        return function

    def kept(block: ir.Block) -> ir.Block:
        left = (stmt for stmt in block if not (isinstance(stmt, Call) and stmt.outs[:1] and stmt.out in same))
        return tuple(map_blocks(stmt, kept) for stmt in left)

    body = tuple(substitute(stmt, same) for stmt in kept(function.body))
    return replace(function, body=body, result=same.get(function.result, function.result))  # type: ignore[arg-type]


def emit(mains: Sequence[Function], externals: Iterable[External], registry: Any) -> Emitted:
    """Print functions and all helpers that they call; a second one is the reverse sweep of the first."""
    found: dict[Helper, None] = {}
    for main in mains:
        reachable_helpers(main, found)
    functions: list[tuple[Function, Helper | None]] = []
    for helper in found:
        assert helper.function is not None
        whole = helper.lowerer is not None  # the halves of a pair belong together: each alone looks dead
        functions.append((dead(helper.function, registry) if whole else helper.function, helper))
    functions += [(main, None) for main in mains]
    used = {
        atom
        for function, _ in functions
        for stmt in statements(function.body)
        for atom in reads(stmt)
        if isinstance(atom, Var)
    } | {function.result for function, _ in functions if isinstance(function.result, Var)}
    externals = [external for external in externals if external.var in used]
    local_names = hints(function for function, _ in functions) - {external.name for external in externals}
    scope = ModuleScope(externals, local_names | {main.name for main in mains})
    for external in externals:
        scope.external(external.var)
    nodes: list[Any] = []
    for function, helper in functions:
        function = in_place(without_hooks(function), registry)
        folding = Folding(function, registry)
        naming = Naming(
            function, folding, {*scope.external_names.values(), *scope.objects, *scope.helpers.values()}
        )
        naming.outside = {var: scope.external(var) for var in scope.externals}
        scope.taken |= set(naming.names.values())
        printer = Statements(folding, naming, scope)
        reverse = function in mains[1:] or (helper is not None and helper.name.endswith("_backward"))
        node = printer.function(function, reverse=reverse)
        if helper is not None:
            node.name = scope.helper(helper)
        nodes.append(node)
    live = [(scope.external_names[e.var], e.read) for e in externals if e.var in scope.external_names]
    return Emitted(to_text(nodes), mains[0].name, scope.objects, live)


__all__ = ["Emitted", "emit", "ir"]
