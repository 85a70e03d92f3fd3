"""Lowering of statements. `return`, `break` and `continue` become flags that are mostly known while lowering.

A flag that is known costs nothing: the statements behind a guard clause simply move into the other arm.
Only an escape on some paths of a nested block leaves a run-time flag behind.
"""

from __future__ import annotations

import importlib
import operator
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from s2sad.analysis import kinds as k
from s2sad.analysis.transfer import result_kind
from s2sad.errors import AmbiguousAlias
from s2sad.frontend.expressions import BINARY, Expressions, target_hint
from s2sad.frontend.names import is_static, ref_to
from s2sad.frontend.state import Paths, View, Watch, ends_in_raise
from s2sad.frontend.storage import AssignedAttribute
from s2sad.frontend.values import (
    FALSE,
    TRUE,
    BoundValue,
    Conflict,
    FunctionValue,
    ObjectValue,
    RangeValue,
    Sequence,
    TupleValue,
    Value,
)
from s2sad.ir import core as ir
from s2sad.ir.core import UNDEFINED, Atom, Lit, Ref, Var

CONTEXTS: dict[Any, Callable[[Any, gast.With], None]] = {}
"""The context managers of our own, and what lowers a block of one: see `s2sad.hooks`."""
ESCAPES = (gast.Return, gast.Break, gast.Continue)


class Frame:
    """A loop or function body that `break`, `continue` or `return` can leave."""

    def __init__(self, loop: bool):
        number = ir.next_number()
        self.loop = loop
        self.escaped = ("flag", "escaped", number)
        self.leave = ("flag", "leave", number)
        self.broke = ("flag", "broke", number)
        self.returned = ("flag", "returned", number)
        self.result = ("flag", "result", number)


@dataclass(frozen=True)
class Catch:
    """An exception handler: how to get the types that it catches, the error's name, what it does."""

    types: Callable[[], Atom] | None
    name: str | None
    handle: Callable[[Var | None], None]


class Statements(Expressions):
    """Build statements from a function's body."""

    frames: list[Frame]

    # ---- blocks and escapes -----------------------------------------------------------------------

    def statements(self, nodes: list) -> None:
        """Lower a block; what follows a possible escape is guarded by its flag."""
        while nodes:
            node, rest = nodes[0], nodes[1:]
            nodes = rest
            self.at(node)
            if isinstance(node, gast.If):
                nodes = self.if_statement(node, rest)
                continue
            method = getattr(self, "stmt_" + type(node).__name__, None)
            if method is None:
                raise self.refuse(
                    *REFUSED.get(type(node).__name__, (f"`{type(node).__name__}` cannot be differentiated",))
                )
            method(node)
            if isinstance(node, (*ESCAPES, gast.Raise)) or ends_in_raise(tuple(self.block[-1:])):
                return
            if rest and self.guarded(rest):
                return

    def guarded(self, rest: list) -> bool:
        """Lower `rest` under the escape flag if that is not known to be clear; tell whether it was done."""
        flag = self.env[self.frames[-1].escaped]
        if flag == FALSE:
            return False
        if flag != TRUE:
            self.branch(flag, lambda: None, lambda: self.resume(rest))
        return True

    def resume(self, rest: list) -> None:
        self.env[self.frames[-1].escaped] = FALSE
        self.statements(rest)

    def if_statement(self, node: gast.If, rest: list) -> list:
        """Lower an `if`; return the statements that are still to be lowered."""
        test = self.truth(self.expr(node.test))
        where = self.where
        if isinstance(test, Lit):
            return (node.body if test.value else node.orelse) + rest
        first, second = self.always_escapes(node.body), self.always_escapes(node.orelse)
        moved = rest if first or second else []
        then = node.body if first else node.body + moved
        orelse = node.orelse if second else node.orelse + moved
        if first and second:
            then, orelse = node.body, node.orelse
        self.branch(test, lambda: self.statements(then), lambda: self.statements(orelse), where)
        done = moved or ends_in_raise(tuple(self.block[-1:])) or (rest and self.guarded(rest))
        return [] if done else rest

    def always_escapes(self, nodes: list) -> bool:
        """Tell from the syntax whether control never reaches the end of a block."""
        for node in nodes:
            if isinstance(node, (*ESCAPES, gast.Raise)):
                return True
            if (
                isinstance(node, gast.If)
                and self.always_escapes(node.body)
                and self.always_escapes(node.orelse)
            ):
                return True
            if isinstance(node, gast.With) and self.always_escapes(node.body):
                return True
        return False

    def return_flag(self) -> Any:
        return next((frame.returned for frame in reversed(self.frames) if not frame.loop), None)

    def escape(self, frames: list[Frame], leave: bool) -> None:
        for frame in frames:
            self.env[frame.escaped] = TRUE
            if leave and frame.loop:
                self.env[frame.leave] = self.env[frame.broke] = TRUE

    def stmt_Return(self, node: gast.Return) -> None:
        value = Lit(None) if node.value is None else self.expr(node.value)
        function = next(i for i in range(len(self.frames) - 1, -1, -1) if not self.frames[i].loop)
        frame = self.frames[function]
        self.env[frame.result] = self.root_value(value)
        self.env[frame.returned] = TRUE
        self.escape(self.frames[function:], leave=True)

    def stmt_Break(self, node: gast.Break) -> None:
        self.escape(self.frames[-1:], leave=True)

    def stmt_Continue(self, node: gast.Continue) -> None:
        self.escape(self.frames[-1:], leave=False)

    def stmt_Pass(self, node: gast.Pass) -> None:
        pass

    def stmt_Expr(self, node: gast.Expr) -> None:
        if not isinstance(node.value, gast.Constant):
            self.expr(node.value)

    # ---- assignment -------------------------------------------------------------------------------

    def stmt_Assign(self, node: gast.Assign) -> None:
        value = self.root_value(self.expr(node.value))
        for target in node.targets:
            self.assign(target, value)

    def stmt_AnnAssign(self, node: gast.AnnAssign) -> None:
        if node.value is not None:
            self.assign(node.target, self.expr(node.value))

    def assign(self, target: gast.AST, value: Value) -> None:
        """Assign a value to any target."""
        if isinstance(target, gast.Name):
            self.bind_name(target.id, value)
        elif isinstance(target, (gast.Tuple, gast.List)):
            self.unpack(target.elts, value)
        elif isinstance(target, gast.Subscript):
            self.set_item(self.expr(target.value), self.expr(target.slice), value)
        elif isinstance(target, gast.Attribute):
            self.set_attribute(self.expr(target.value), target.attr, value)
        else:
            raise self.refuse("this target cannot be assigned to")

    def unpack(self, targets: list, value: Value) -> None:
        stars = [i for i, target in enumerate(targets) if isinstance(target, gast.Starred)]
        if stars:
            items = self.unpack_star(value, len(targets), stars[0])
            targets = [t.value if isinstance(t, gast.Starred) else t for t in targets]
        else:
            items = self.unpack_value(value, len(targets), [target_hint(t) for t in targets])
        for target, item in zip(targets, items, strict=True):
            self.assign(target, self.root_value(item))

    def unpack_value(self, value: Value, count: int, hints: list[str]) -> list[Value]:
        if isinstance(value, TupleValue):
            if len(value.items) != count:
                raise self.refuse(f"{len(value.items)} values are unpacked into {count} names")
            return list(value.items)
        if isinstance(value, (Sequence, RangeValue)):
            value = self.atom_of_sequence(self.sequence(value))
        if isinstance(value, ObjectValue):
            raise self.refuse("an object of this class cannot be unpacked")
        return self.unpack_atom(self.atom(value), count, hints)

    def unpack_atom(self, atom: Atom, count: int, hints: list[str] | None = None) -> list[Value]:
        kind = atom.kind
        if isinstance(kind, k.Tuple):
            if len(kind.items) != count:
                raise self.refuse(f"{len(kind.items)} values are unpacked into {count} names")
            kinds = kind.items
        else:
            kinds = tuple(result_kind(operator.getitem, [kind, Lit(i).kind], {}) for i in range(count))
        outs = tuple(Var(hint, each) for hint, each in zip(hints or [""] * count, kinds, strict=True))
        self.append(ir.Call(outs, ir.UNPACK, (atom,), (), self.where))
        for i, out in enumerate(outs):
            if atom in self.varied and k.may_hold_floats(out.kind):
                self.varied.add(out)
            if self.objects and self.is_mutable(out.kind) and isinstance(atom, Var):
                self.views[out] = View(self.root(atom), atom, ref_to(operator.getitem), (Lit(i),))
                self.opened[out] = self.open
        return list(outs)

    def unpack_star(self, value: Value, count: int, star: int) -> list[Value]:
        after = count - 1 - star
        if isinstance(value, (Sequence, RangeValue)):
            value = self.atom_of_sequence(self.sequence(value))
        kind = self.kind(value)
        if isinstance(kind, k.Tuple) and not isinstance(value, TupleValue):
            value = TupleValue(tuple(self.unpack_atom(self.atom(value), len(kind.items))))
        if isinstance(value, TupleValue):
            n = len(value.items)
            middle = self.emit(ir.LIST, [self.atom(item) for item in value.items[star : n - after]])
            return [*value.items[:star], middle, *value.items[n - after :]]
        before = [self.subscript(value, Lit(i)) for i in range(star)]
        ends = (Lit(star), Lit(-after) if after else Lit(None), Lit(None))
        middle = self.subscript(value, self.emit(ir.SLICE, ends))
        return [*before, middle, *(self.subscript(value, Lit(i - after)) for i in range(after))]

    def set_item(self, container: Value, index: Value, value: Value) -> None:
        """Lower ``container[index] = value``."""
        method = self.special_method(container, "__setitem__")
        if method is not None:
            self.call_value(method, [index, value], {})
            return
        if isinstance(container, TupleValue) and container.identity is not None:
            self.list_update("setitem", container, [index, value])
            return
        if not isinstance(container, Var):
            raise self.refuse("this value cannot be updated in place", "use a list, a dict or an array")
        kind = self.kind(container)
        where_index, item = self.index_atom(index, kind), self.atom(value)
        if isinstance(kind, k.Array) and isinstance(item.kind, (k.List, k.Tuple)):
            item = self.call(np.array, item)
        if isinstance(kind, k.List) and not isinstance(where_index.kind, k.Slice):
            kind = k.List(k.join(kind.item, item.kind))
        elif isinstance(kind, k.Dict):
            if where_index in self.varied:
                raise self.refuse(
                    "a key of a dict of differentiated numbers cannot be differentiated", "use a list"
                )
            kind = dict_with(kind, where_index, item.kind)
        elif isinstance(kind, k.Constant) or isinstance(kind, (k.Tuple, k.Scalar)):
            raise self.refuse("this value cannot be updated in place", "use a list, a dict or an array")
        self.update("setitem", container, (where_index, item), kind=kind)

    def index_atom(self, index: Value, kind: k.Kind) -> Atom:
        """Return an index for an update of a container of this kind: an ellipsis for all of an array."""
        atom = self.atom(index)
        if isinstance(kind, k.Array) and kind.ndim and atom.kind == k.Slice(k.NONE, k.NONE, k.NONE):
            return Lit(Ellipsis)
        return atom

    def set_attribute(self, value: Value, name: str, new: Value) -> None:
        if not isinstance(value, ObjectValue):
            kind = self.kind(value)
            if isinstance(value, Var) and isinstance(kind, k.Object) and self.root(value) in self.parameters:
                raise AssignedAttribute(self.parameters[self.root(value)])
            if isinstance(kind, k.Array):
                self.set_array_attribute(value, name, new)
                return
            raise self.refuse(
                f"attribute `{name}` of an object from outside is changed",
                "return the new value, or make the object inside the function",
            )
        found = getattr(value.type, name, None)
        if isinstance(found, property) and found.fset is not None:
            self.call_value(Ref(f"{value.type.__name__}.{name}", found.fset), [value, new], {})
            return
        new = self.root_value(new)
        if isinstance(new, Var) and not new.hint:
            new.hint = name
        self.distrust_twins(value.identity, name)
        self.env[value.identity, name] = new

    def stmt_AugAssign(self, node: gast.AugAssign) -> None:
        function = BINARY[type(node.op)]
        target = node.target
        if isinstance(target, gast.Name):
            old = self.lookup(target.id)
            new = self.augmented(function, old, self.expr(node.value))
            if new is not None:
                self.bind_name(target.id, new)
        elif isinstance(target, gast.Attribute):
            owner = self.expr(target.value)
            new = self.augmented(function, self.attribute(owner, target.attr), self.expr(node.value))
            if new is not None:
                self.set_attribute(owner, target.attr, new)
        else:
            container, index = self.expr(target.value), self.expr(target.slice)
            old = self.subscript(container, index)
            before = self.version(container)
            value = self.expr(node.value)
            if isinstance(self.kind(container), k.Array):
                if self.version(container) is before and self.is_accumulation(
                    function, container, index, old, value
                ):
                    amount = self.atom(value)
                    if function is operator.sub:
                        amount = self.emit(ref_to(operator.neg), (amount,))
                    self.update("add_at", container, (self.index_atom(index, self.kind(container)), amount))
                    return
                self.set_item(container, index, self.same_shape(self.binary(function, old, value), old))
                return
            new = self.augmented(function, old, value)
            if new is not None:
                self.set_item(container, index, new)

    def version(self, value: Value) -> Any:
        """Return what stands for the present contents of a value's storage."""
        if not isinstance(value, Var):
            return None
        storage = self.storage(value)
        return self.env.get(storage, storage)

    def is_accumulation(
        self, function: Any, container: Value, index: Value, old: Value, value: Value
    ) -> bool:
        """Tell whether ``x[i] += v`` adds to distinct elements of a float array: its adjoint just passes through."""
        if function not in (operator.add, operator.sub) or not isinstance(container, Var):
            return False
        kinds, base = (self.kind(old), self.kind(value)), self.kind(container)
        if not all(
            isinstance(kind, (k.Scalar, k.Array)) and k.dtype_of(kind) == "f8" for kind in (*kinds, base)
        ):
            return False
        return self.is_basic(self.kind(index))

    def is_basic(self, kind: k.Kind) -> bool:
        if isinstance(kind, k.Tuple):
            return all(map(self.is_basic, kind.items))
        return isinstance(kind, (k.Scalar, k.Slice, k.Constant))

    def augmented(self, function: Any, old: Value, value: Value) -> Value | None:
        """Lower ``old op= value``: None where the object was updated in place, else the new value."""
        kind = self.kind(old)
        listed = isinstance(old, TupleValue) and old.identity is not None
        if isinstance(kind, k.List) and (listed or isinstance(old, Var)) and function is operator.add:
            self.list_update("extend", old, [value])
            return None
        if isinstance(kind, k.Dict) and isinstance(old, Var) and function is operator.or_:
            self.method(old, "update", [value], {})
            return None
        method = self.special_method(old, f"__i{function.__name__.strip('_')}__")
        if method is not None:
            return self.call_value(method, [value], {})
        if isinstance(old, Var) and isinstance(kind, (k.Array, k.Unknown)):
            if isinstance(kind, k.Array) and kind.shape is not None:
                new = self.same_shape(self.binary(function, old, value), old)
                self.update("setitem", old, (Lit(Ellipsis), self.atom(new)))
                return None
            name = self.reachable_twice(old)
            if name is not None and not self.lean and not self.is_emitted():
                raise self.error(
                    AmbiguousAlias,
                    f"`{old.hint}` may be an array, also known as `{name}`, or a number: this update is ambiguous",
                    "write `x = x + y` for numbers, `x[...] = x + y` for arrays",
                )
            self.changed |= self.made_from(old)  # a helper's argument perhaps
        return self.binary(function, old, value)

    def same_shape(self, new: Value, old: Value) -> Value:
        """Note that the result of an augmented assignment has the shape of what it is put into."""
        shape = k.shape_of(self.kind(old))
        if isinstance(new, Var) and isinstance(new.kind, k.Array) and shape is not None:
            new.kind = k.Array(new.kind.dtype, shape)
        return new

    def reachable_twice(self, var: Var) -> str | None:
        """Return a second name under which an object can be reached."""
        root, origins = self.root(var), self.origins()
        names = [
            str(key[1])
            for key, value in self.env.items()
            if isinstance(key, tuple) and key[0] not in ("flag", "view")
            for leaf in self.leaves(value)
            if self.may_be(self.storage(leaf), self.storage(var), origins)
            and not self.are_two_items(self.root(leaf), root)
        ]
        return names[1] if len(names) > 1 else None

    def are_two_items(self, a: Var, b: Var) -> bool:
        """Tell whether two storages are different items of one container."""
        first, second = self.views.get(a), self.views.get(b)
        if first is None or second is None or first.base is not second.base:
            return False
        return first.fn == second.fn == ref_to(operator.getitem) and self.differs(
            first.args[0], second.args[0]
        )

    def stmt_Delete(self, node: gast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, gast.Name):
                self.env[self.scope, target.id] = UNDEFINED
            elif isinstance(target, gast.Subscript):
                container = self.expr(target.value)
                self.list_update("delitem", container, [self.expr(target.slice)])
            else:
                raise self.refuse("this `del` cannot be differentiated")

    # ---- definitions and imports ------------------------------------------------------------------

    def stmt_FunctionDef(self, node: gast.FunctionDef) -> None:
        value = self.local_function(node)
        for decorator in reversed(node.decorator_list):
            value = self.call_value(self.expr(decorator), [value], {})
        self.bind_name(node.name, value)

    def imported(self, name: str, package: str | None = None) -> types.ModuleType:
        try:
            return importlib.import_module(name, package)
        except ImportError:
            raise self.refuse(
                f"the module `{name}` cannot be imported",
                "import it where the program needs it, at the top of a file",
            ) from None

    def stmt_Import(self, node: gast.Import) -> None:
        for alias in node.names:
            module = self.imported(alias.name)
            if alias.asname is None and "." in alias.name:
                name = alias.name.partition(".")[0]
                module = self.imported(name)
            else:
                name = alias.asname or alias.name
            self.bind_name(name, Ref(name, module))

    def stmt_ImportFrom(self, node: gast.ImportFrom) -> None:
        package = self.scope.environment.globals.get("__package__")
        module = self.imported("." * (node.level or 0) + (node.module or ""), package)
        for alias in node.names:
            name = alias.asname or alias.name
            self.bind_name(name, self.known_object(getattr(module, alias.name), name))

    def stmt_Global(self, node: gast.Global) -> None:
        for name in node.names:
            if name in self.scope.stored:
                raise self.refuse(f"the global variable `{name}` is assigned", "return the new value instead")

    def stmt_Nonlocal(self, node: gast.Nonlocal) -> None:
        pass

    # ---- exceptions -------------------------------------------------------------------------------

    def stmt_Raise(self, node: gast.Raise) -> None:
        args = [self.atom(self.expr(each)) for each in (node.exc, node.cause) if each is not None]
        self.append(ir.Call((), ir.RAISE, tuple(args), (), self.where))

    def stmt_Assert(self, node: gast.Assert) -> None:
        test = self.truth(self.expr(node.test))
        if test == TRUE:
            return
        if node.msg is None:
            self.append(ir.Call((), ir.ASSERT, (test,), (), self.where))
            return

        def fail() -> None:
            error = self.emit(
                Ref("AssertionError", AssertionError), [self.atom(self.expr(node.msg))], kind=k.UNKNOWN
            )
            self.append(ir.Call((), ir.RAISE, (error,), (), self.where))

        self.branch(test, lambda: None, fail)

    def stmt_Try(self, node: gast.Try) -> None:
        if not node.finalbody:
            self.try_statement(node)
            return
        where = self.where
        self.checkpoint()
        body, _ = self.capture(lambda: self.try_statement(node))
        flags = {frame.escaped: self.env[frame.escaped] for frame in self.frames}
        for key in flags:
            self.env[key] = FALSE
        final, _ = self.capture(lambda: self.statements(node.finalbody))
        if any(self.env[key] != FALSE for key in flags):
            raise self.refuse("an escape from a `finally` block cannot be differentiated")
        self.env.update(flags)
        self.append(ir.Finally(body, final, where))

    def try_statement(self, node: gast.Try) -> None:
        if not node.handlers:
            self.statements(node.body + node.orelse)
            return

        def handler(each: gast.ExceptHandler) -> Catch:
            name = getattr(each.name, "id", each.name)
            types = None if each.type is None else lambda: self.atom(self.expr(each.type))

            def handle(error: Var | None) -> None:
                if name is None:
                    self.statements(each.body)
                    return
                self.bind_name(name, error)
                self.statements(each.body)
                self.env[self.scope, name] = UNDEFINED

            return Catch(types, name, handle)

        orelse = (lambda: self.statements(node.orelse)) if node.orelse else None
        self.attempt(lambda: self.statements(node.body), list(map(handler, node.handlers)), orelse)

    def attempt(
        self,
        body: Callable[[], None],
        handlers: list[Catch],
        orelse: Callable[[], None] | None,
        final: bool = False,
    ) -> None:
        """Lower a body whose exceptions are caught; `orelse` runs where there was none.

        An escape from the body passes over `orelse`, except where it is `final`.
        """
        self.checkpoint()
        where = self.where
        outer, self.block = self.block, []
        watch = Watch(self.block, self.env)
        self.watches.append(watch)
        self.env = dict(self.env)
        try:
            body()
            body_block = self.block
        finally:
            self.watches.pop()
            self.block = outer
        if not watch.raises:
            self.block.extend(body_block)
            self.otherwise(FALSE, orelse, final)
            return
        self.block.extend(body_block[: watch.safe])
        before, marker = watch.env, watch.marker
        after = [self.env]
        blocks = [tuple(body_block[watch.safe :])]
        made: list[tuple[Atom | None, Var | None]] = []
        for catch in handlers:
            self.env = dict(before)
            self.env["links"] = after[0].get("links", frozenset())
            for key in watch.unsure:
                if isinstance(key, Var):
                    raise self.refuse(
                        f"`{key.hint}` is updated in place inside `try` before something that may fail",
                        "update it after the `try` statement",
                    )
                message = f"`{key[1]}` may or may not have its new value when the exception is caught"
                self.env[key] = Conflict(message, "give the new value a name of its own inside the `try`")
            types = None if catch.types is None else catch.types()
            error = None if catch.name is None else Var(catch.name, k.UNKNOWN)
            block, _ = self.capture(lambda catch=catch, error=error: catch.handle(error))
            made.append((types, error))
            blocks.append(block)
            after.append(self.env)
        path = Var("path", k.INT)
        live = [i for i, block in enumerate(blocks) if not ends_in_raise(block)]
        paths = Paths(tuple(after[i] for i in live), marker)
        if live:
            self.env = self.merge_environments(before, paths)
        for i, end in zip(live, paths.ends, strict=True):
            blocks[i] += tuple(end)
        choices = []
        for out, atoms in paths.outs:
            values = dict(zip(live, atoms, strict=True))
            choices.append(ir.Choice(out, tuple(values.get(i, UNDEFINED) for i in range(len(blocks)))))
        catch = tuple(
            ir.Handler(types, target, block) for (types, target), block in zip(made, blocks[1:], strict=True)
        )
        self.append(ir.Try(blocks[0], catch, path, tuple(choices), where))
        if 0 in live:
            self.otherwise(path if len(live) > 1 else FALSE, orelse, final)

    def otherwise(self, failed: Atom, orelse: Callable[[], None] | None, final: bool) -> None:
        """Lower what runs after a `try` whose body has not failed."""
        if orelse is None:
            return

        def run() -> None:
            flag = self.env[self.frames[-1].escaped]
            if final:
                flags = {frame.escaped: self.env[frame.escaped] for frame in self.frames}
                self.env.update(dict.fromkeys(flags, FALSE))
                orelse()
                self.env.update(flags)
            elif flag != TRUE:
                self.branch(flag, lambda: None, orelse)

        self.branch(failed, lambda: None, run)

    def stmt_With(self, node: gast.With) -> None:
        handler = self.context_handler(node)
        if handler is not None:
            handler(self, node)
            return
        self.with_items(node.items, lambda: self.statements(node.body))

    def context_handler(self, node: gast.With) -> Callable[[Any, gast.With], None] | None:
        """Return what lowers a block of one of our own context managers."""
        call = node.items[0].context_expr
        if (
            not CONTEXTS
            or not isinstance(call, gast.Call)
            or not isinstance(call.func, (gast.Name, gast.Attribute))
        ):
            return None
        function = self.expr(call.func)
        return (
            CONTEXTS.get(function.value) if isinstance(function, Ref) and is_static(function.value) else None
        )

    def with_items(self, items: list, body: Callable[[], None]) -> None:
        if not items:
            body()
            return
        item = items[0]
        manager = self.expr(item.context_expr)
        where = self.where
        inner: Callable[[], None] = lambda: self.with_items(items[1:], body)  # noqa: E731
        swallowed = self.swallows(item.context_expr)
        if swallowed is not None:
            types = lambda: self.atom(self.expr(swallowed))  # noqa: E731
            self.attempt(inner, [Catch(types, None, lambda error: None)], None)
            return
        if isinstance(manager, ObjectValue):
            self.own_manager(manager, item, inner)
            return
        target = Var("", k.UNKNOWN) if item.optional_vars is not None else None

        def run() -> None:
            if target is not None:
                self.assign(item.optional_vars, target)
            inner()

        atom = self.atom(manager)
        self.checkpoint()
        for watch in self.watches:
            watch.risk(None, self.block, self.env)
        block, _ = self.capture(run)
        self.append(ir.With(atom, target, block, where))

    def own_manager(self, manager: ObjectValue, item: Any, inner: Callable[[], None]) -> None:
        """Inline a context manager that the program itself has made."""
        entered = self.call_value(self.attribute(manager, "__enter__"), [], {})
        if item.optional_vars is not None:
            self.assign(item.optional_vars, entered)

        def leave() -> None:
            self.call_value(self.attribute(manager, "__exit__"), [Lit(None), Lit(None), Lit(None)], {})

        def failed(error: Var | None) -> None:
            assert error is not None
            cls = self.emit(Ref("type", type), (error,), kind=k.UNKNOWN)
            traceback = self.emit(Ref("getattr", getattr), (error, Lit("__traceback__")), kind=k.UNKNOWN)
            handled = self.call_value(self.attribute(manager, "__exit__"), [cls, error, traceback], {})
            self.branch(
                self.truth(handled), lambda: None, lambda: self.append(ir.Call((), ir.RAISE, (), (), where))
            )

        where = self.where
        base = Ref("BaseException", BaseException)
        self.attempt(inner, [Catch(lambda: base, "error", failed)], leave, final=True)

    def swallows(self, node: gast.AST) -> gast.AST | None:
        raise AssertionError("overridden")


def dict_with(kind: k.Dict, key: Atom, item: k.Kind) -> k.Kind:
    """Return the kind of a dict in which a key has got a value.

    >>> dict_with(k.Dict((), ()), Lit("w"), k.FLOAT).keys
    ('w',)
    """
    if kind.keys is not None and isinstance(key, Lit):
        if key.value in kind.keys:
            at = kind.keys.index(key.value)
            return k.Dict(kind.keys, (*kind.items[:at], item, *kind.items[at + 1 :]))
        return k.Dict((*kind.keys, key.value), (*kind.items, item))
    joined = item
    for each in kind.items:
        joined = k.join(joined, each)
    return k.Dict(None, (joined,))


REFUSED = {
    "AsyncFunctionDef": (
        "`async def` cannot be differentiated",
        "differentiate the numeric part as a plain function",
    ),
    "AsyncFor": ("`async for` cannot be differentiated", "loop over a list"),
    "AsyncWith": ("`async with` cannot be differentiated", "use a plain `with`"),
    "ClassDef": (
        "a class inside a differentiated function cannot be differentiated",
        "define it at module level",
    ),
    "TryStar": ("`except*` cannot be differentiated", "use `except`"),
    "TypeAlias": ("a `type` statement cannot stand in a differentiated function", "move it to module level"),
}

__all__ = ["BoundValue", "FunctionValue", "Statements"]
