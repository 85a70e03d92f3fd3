"""The state in which statements are built: the environment, the open block, mutable storage, merges.

Lowering is abstract interpretation: every statement's result has a kind as soon as it is built, so
methods, views and static tests are resolved on the spot. The environment maps

* ``(scope, name)`` to the value of a local name,
* a `Var` that stands for mutable storage to its current version (storage that was never updated is absent),
* ``(identity, attribute)`` to an attribute of a local object, ``(identity, "items")`` to the items of a list
  that is kept in structured form, ``(variable, "list")`` to such a list that a variable has turned into,
* ``("flag", ...)`` to the state of pending `return`, `break` and `continue`,
* ``"links"`` to the pairs of storages that may share memory.

Branches copy the environment and merge the entries that differ; loops turn the entries that their body
changes into carries (Brandis and Mössenböck, TOPLAS 1994).
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import operator
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.analysis.transfer import attribute_kind, result_kind, view_of
from s2sad.errors import AmbiguousAlias, S2sadError, UnsupportedSyntax, Where
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import (
    TRUE,
    BoundValue,
    ChoiceValue,
    Conflict,
    DictValue,
    FunctionValue,
    Identity,
    Lazy,
    ObjectValue,
    RangeValue,
    Sequence,
    SuperValue,
    TupleValue,
    Value,
    same,
)
from s2sad.ir import core as ir
from s2sad.ir.core import UNDEFINED, Atom, Call, Lit, Prim, Ref, Update, Var


@dataclass(frozen=True)
class View:
    """How a view is read from its base: the base's storage, the version it was read from, the operation."""

    base: Var
    version: Var
    fn: Any
    args: tuple[Atom, ...]
    kwargs: tuple[tuple[str, Atom], ...] = ()


class Paths:
    """Paths that meet: the environment at the end of each, what to append to it, and the variables joined so far.

    What was born after `marker` is not visible where they meet.
    """

    def __init__(self, envs: tuple[dict, ...], marker: int, test: Atom | None = None):
        self.envs = envs
        self.marker = marker
        self.test = test  # on which of two paths the first is taken
        self.ends: list[list[ir.Stmt]] = [[] for _ in envs]
        self.outs: list[tuple[Var, tuple[Atom, ...]]] = []


class Unbound(UnsupportedSyntax):
    """A local name is read before it is bound, as far as can be seen."""

    key: Any = None


class Structured(UnsupportedSyntax):
    """A value that is only known in structured form is needed as one at run time."""


class Watch:
    """What an exception handler can know: the environment before the first statement that may raise.

    What stands before that statement cannot fail, so it moves out of the `try`. A name that is bound when
    a later statement may raise has one of several values in the handler: it is `unsure`.
    """

    def __init__(self, block: list[ir.Stmt], env: dict):
        self.block = block
        self.unsure: dict[Any, None] = {}
        self.raises = False
        self.checkpoint(block, env, ir.next_number())

    def checkpoint(self, block: list[ir.Stmt], env: dict, marker: int) -> None:
        """Note that what is about to be appended may fail: the handler can know no more than this."""
        if block is self.block and not self.raises:
            self.safe = len(block)
            self.env = dict(env)
            self.marker = marker

    def risk(self, stmt: Call | None, block: list[ir.Stmt], env: dict) -> None:
        """Note that what is about to be appended to `block` may raise."""
        outs = getattr(stmt, "outs", ())
        self.checkpoint(block, env, min(out.number for out in outs) - 1 if outs else ir.next_number())
        self.raises = True
        for key, value in env.items():
            if (
                key == "links"
                or (isinstance(key, tuple) and key[0] in ("flag", "view"))
                or birth(key) > self.marker
            ):
                continue
            if not same(value, self.env.get(key, key if isinstance(key, Var) else UNDEFINED)):
                self.unsure[key] = None


class Builder:
    """Build statements into the open block; see the module's docstring for the environment."""

    def __init__(self, registry: Any, simplify: Callable[..., Atom | None] | None = None):
        self.registry = registry
        self.simplify = simplify
        self.env: dict[Any, Any] = {}
        self.block: list[ir.Stmt] = []
        self.where: Where | None = None
        self.varied: set[Var] = set()
        self.views: dict[Var, View] = {}
        self.roots: dict[Var, Var] = {}
        self.updated: set[Var] = set()  # storage that is updated somewhere
        self.printed: set[Var] = set()  # text that was made from differentiated values
        self.made: dict[Var, Call] = {}  # the call that made a variable
        self.objects = True  # a Var stands for a Python object: read its current version
        self.lean = False  # fold and simplify what the engine itself writes
        self.watches: list[Watch] = []  # the open `try` bodies
        self.protected: dict[Var, str] = {}  # storage that must not be updated, and what it is

    # ---- statements -------------------------------------------------------------------------------

    def emit(
        self,
        fn: Any,
        args: Iterable[Atom] = (),
        kwargs: Iterable[tuple[str, Atom]] = (),
        *,
        hint: str = "",
        kind: k.Kind | None = None,
        where: Where | None = None,
        active: bool | None = None,
    ) -> Atom:
        """Append ``out = fn(*args, **kwargs)`` and return its result."""
        args, kwargs = tuple(args), tuple(kwargs)
        if self.objects:
            args = tuple(map(self.current, args))
            kwargs = tuple((name, self.current(atom)) for name, atom in kwargs)
        target = fn.value if isinstance(fn, Ref) else fn
        if self.lean and self.simplify is not None:
            simpler = self.simplify(target, args, kwargs, self)
            if simpler is not None:
                return simpler
        if kind is None:
            kind = self.kind_of_call(target, args, kwargs)
        if self.lean and isinstance(kind, k.Scalar) and type(kind.value) in (int, bool):
            return Lit(kind.value)
        if isinstance(kind, k.Array) and kind.shape is not None and None in kind.shape:
            kind = k.Array(
                kind.dtype, tuple(k.Sym(f"u{ir.next_number()}") if n is None else n for n in kind.shape)
            )
        out = Var(hint, kind)
        call = Call((out,), fn, args, kwargs, where or self.where)
        self.append(call)
        self.made[out] = call
        if active is None:
            active = self.carries_derivative(target, args + tuple(atom for _, atom in kwargs), kind)
        if active:
            self.varied.add(out)
        inputs = [atom for atom in args if isinstance(atom, Var)]
        if target in HASHING or target is ir.DICT:
            keys = args[::2] if target is ir.DICT else args
            if any(key in self.varied for key in keys):
                what = "a set" if target is not ir.DICT else "a key of a dict"
                raise self.refuse(f"{what} of differentiated numbers cannot be differentiated", "use a list")
        if any(atom in self.varied for atom in inputs) and (
            target in PRINTING or (not active and target is str)
        ):
            self.printed.add(out)
        elif any(atom in self.printed for atom in inputs):
            if target in (float, complex, np.float64, np.float32):
                raise self.refuse(
                    "a number that is read back from text has no derivative", "use the number itself"
                )
            self.printed.add(out)
        if self.objects:
            self.note_alias(target, fn, args, kwargs, out)
        return out

    def append(self, stmt: ir.Stmt) -> None:
        if self.watches and isinstance(stmt, Call) and may_raise(stmt):
            for watch in self.watches:
                watch.risk(stmt, self.block, self.env)
        self.block.append(stmt)

    def kind_of_call(self, target: Any, args: tuple[Atom, ...], kwargs: tuple) -> k.Kind:
        if isinstance(target, Prim):
            kinds = tuple(atom.kind for atom in args)
            if target is ir.TUPLE:
                return k.Tuple(kinds)
            if target is ir.SLICE:
                return k.Slice(*kinds)
            if target is ir.LIST:
                item: k.Kind = k.BOTTOM
                for kind in kinds:
                    item = k.join(item, kind)
                return k.List(item)
            if target is ir.DICT:
                keys, items = args[::2], kinds[1::2]
                if all(isinstance(key, Lit) for key in keys):
                    return k.Dict(tuple(key.value for key in keys), items)
                item = k.BOTTOM
                for kind in items:
                    item = k.join(item, kind)
                return k.Dict(None, (item,))
            return k.UNKNOWN
        if target is getattr and len(args) == 2 and isinstance(args[1], Lit):
            return attribute_kind(args[0].kind, args[1].value)
        if isinstance(target, Update):
            return args[0].kind
        return result_kind(target, [a.kind for a in args], {name: a.kind for name, a in kwargs})

    def carries_derivative(self, target: Any, inputs: Iterable[Atom], kind: k.Kind) -> bool:
        """Tell whether a call's result depends on the differentiated arguments in a differentiable way."""
        if not any(atom in self.varied for atom in inputs if isinstance(atom, Var)):
            return False
        if not k.may_hold_floats(kind) or target in (ir.SLICE, ir.SET, ir.FORMAT, ir.FORMAT_SPEC):
            return False
        rule = None if isinstance(target, (Prim, Update, Var)) else self.registry.rule(target)
        return rule is None or rule.differentiable

    def call(self, function: Any, *args: Atom, hint: str = "", **kwargs: Atom) -> Atom:
        """Append a call of a library function, named as an engineer would."""
        return self.emit(ref_to(function), args, kwargs.items(), hint=hint)

    def error(self, cls: type[S2sadError], message: str, hint: str | None = None) -> S2sadError:
        return cls(message, self.where, hint)

    def refuse(self, what: str, hint: str | None = None) -> S2sadError:
        return self.error(UnsupportedSyntax, what, hint)

    # ---- values -----------------------------------------------------------------------------------

    def atom(self, value: Value) -> Atom:
        """Turn any value into one run-time value."""
        value = self.read(value)
        if isinstance(value, Atom):
            return value
        if isinstance(value, Lazy):
            return self.atom(value.force())
        if isinstance(value, TupleValue):
            items = [self.atom(item) for item in value.items]
            if value.type is tuple:
                return self.emit(ir.TUPLE, items)
            if value.type is list:
                return self.emit(ir.LIST, items)
            kind = k.Tuple(tuple(item.kind for item in items), value.type)
            return self.emit(Ref(value.type.__name__, value.type), items, kind=kind)
        if isinstance(value, ObjectValue):
            return self.atom_of_object(value)
        if isinstance(value, RangeValue):
            return self.emit(Ref("range", range), (value.start, value.stop, value.step), kind=k.UNKNOWN)
        if isinstance(value, Sequence):
            return self.atom_of_sequence(value)
        if isinstance(value, Conflict):
            raise self.error(value.error, value.message, value.hint)
        if isinstance(value, FunctionValue) and value.function is not None:
            return Ref(value.function.__name__, value.function)
        if isinstance(value, BoundValue) and isinstance(value.function, (FunctionValue, Ref)):
            return self.atom_of_bound(value)
        if isinstance(value, FunctionValue):
            raise self.error(
                Structured,
                f"the local function `{value.node.name}` is passed to a place where it cannot be followed",
                "call it directly, or define it at module level",
            )
        raise self.error(Structured, "this value cannot be passed on here")

    def read(self, value: Value) -> Value:
        """Return a value as it is now: the current version of an array, the present items of a list."""
        if isinstance(value, Var):
            converted = self.env.get((self.root(value), "list"))
            return self.current(value) if converted is None else self.read(converted)
        if isinstance(value, TupleValue) and value.identity is not None:
            return self.untangle(self.env.get((value.identity, "items"), value))
        return value

    def static_list(self, items: Iterable[Value]) -> TupleValue:
        """Make a list that is kept in structured form."""
        value = TupleValue(tuple(map(self.root_value, items)), list, Identity())
        self.env[value.identity, "items"] = value
        return value

    def root_value(self, value: Value) -> Value:
        return self.root(value) if isinstance(value, Var) else value

    def atom_of_bound(self, value: BoundValue) -> Atom:
        function = self.atom(value.function)
        args = [self.atom(arg) for arg in value.args]
        kwargs = [(name, self.atom(arg)) for name, arg in value.kwargs.items()]
        import_partial = Ref("functools.partial", functools.partial)
        return self.emit(import_partial, (function, *args), kwargs, kind=k.UNKNOWN)

    def kind(self, value: Value) -> k.Kind:
        """Return the kind of any value without building anything."""
        if isinstance(value, Var):
            return k.List(k.UNKNOWN) if (self.root(value), "list") in self.env else self.peek(value).kind
        if isinstance(value, Atom):
            return value.kind
        if isinstance(value, Lazy):
            return self.kind(value.force())
        if isinstance(value, TupleValue):
            if value.type is list:
                return k.List(k.UNKNOWN)
            return k.Tuple(tuple(map(self.kind, value.items)), value.type)
        if isinstance(value, ObjectValue):
            return k.Object(value.type)
        return k.UNKNOWN

    def is_varied(self, value: Value) -> bool:
        """Tell whether a value depends on the differentiated arguments."""
        if isinstance(value, Var):
            return self.peek(value) in self.varied
        if isinstance(value, Lazy):
            return self.is_varied(value.force())
        if isinstance(value, TupleValue):
            return any(map(self.is_varied, value.items))
        if isinstance(value, ObjectValue):
            return any(self.is_varied(self.env[value.identity, name]) for name in attributes(value, self.env))
        if isinstance(value, BoundValue):
            return any(map(self.is_varied, (value.function, *value.args, *value.kwargs.values())))
        if isinstance(value, FunctionValue):
            return value.scope is not None
        if isinstance(value, ChoiceValue):
            return self.is_varied(value.then) or self.is_varied(value.orelse)
        return isinstance(value, Sequence)

    def truth(self, value: Value) -> Atom:
        """Return an atom with the truth value of `value`; a `Lit` where it is known now."""
        if isinstance(value, Lazy):
            value = value.force()
        if isinstance(value, TupleValue):
            return Lit(bool(value.items))
        if not isinstance(value, Atom):
            return TRUE
        if isinstance(value, Ref):
            return Lit(bool(value.value)) if value.value is None else TRUE
        if isinstance(value, Lit):
            return Lit(bool(value.value))
        kind = self.peek(value).kind if isinstance(value, Var) else value.kind
        if isinstance(kind, k.Scalar) and isinstance(kind.value, (bool, int)):
            return Lit(bool(kind.value))
        if isinstance(kind, k.Constant) and (kind.value is None or isinstance(kind.value, str)):
            return Lit(bool(kind.value))
        return self.current(value)

    # ---- mutable storage --------------------------------------------------------------------------

    def root(self, var: Var) -> Var:
        """Return the storage that a version belongs to; names are bound to storage, not to versions."""
        return self.roots.get(var, var)

    def peek(self, atom: Atom) -> Atom:
        """Return the current version without reading a view again (its kind is the same)."""
        if isinstance(atom, Var):
            root = self.root(atom)
            return root if root in self.views else self.env.get(root, root)
        return atom

    def current(self, atom: Atom) -> Atom:
        """Return the current version of the object that an atom stands for."""
        if not isinstance(atom, Var):
            return atom
        root = self.root(atom)
        view = self.views.get(root)
        if view is None:
            return self.env.get(root, root)
        version = self.current(view.base)
        if version is view.version:
            return root
        cached = self.env.get(("view", root))
        if cached is not None and cached[0] is version:
            return cached[1]
        out = Var(root.hint, root.kind)
        self.append(Call((out,), view.fn, (version, *view.args), view.kwargs, self.where))
        if version in self.varied:
            self.varied.add(out)
        self.roots[out] = root
        self.env["view", root] = (version, out)
        return out

    def note_alias(self, target: Any, fn: Any, args: tuple, kwargs: tuple, out: Var) -> None:
        """Record which storage a call's result shares with its arguments."""
        if not self.is_mutable(out.kind):
            return
        variables = [arg for arg in args if isinstance(arg, Var) and self.is_mutable(arg.kind)]
        if not variables:
            return
        base = variables[0]
        if target in (ir.LIST, ir.TUPLE, ir.DICT):
            for item in variables:
                self.link("contains", out, item)
            return
        if isinstance(target, (Prim, Update)):
            return
        if self.is_shallow_copy(target, args):
            for item in variables:
                if self.holds_mutable(item.kind):
                    self.link("shares", out, item)
            return
        if isinstance(base.kind, (k.Array, k.Scalar)):
            how = view_of(target, [arg.kind for arg in args]) if not isinstance(target, Var) else "maybe"
            if how == "maybe" and target in RESHAPES and not kwargs and self.is_contiguous(base):
                how = "view"
        elif target is getattr or (target is operator.getitem and self.is_item(base, args)):
            how = "view"
        else:
            how = "maybe"
        if how == "view" and args and base is args[0]:
            self.views[out] = View(self.root(base), base, fn, args[1:], kwargs)
        elif how == "maybe" and target not in NEVER_SHARES:
            rule = self.registry.rule(target) if not isinstance(target, Var) else None
            if rule is not None and (rule.elementwise or not rule.differentiable):
                return
            for item in variables:
                self.link("may", out, item)

    @staticmethod
    def is_item(base: Atom, args: tuple[Atom, ...]) -> bool:
        """Tell whether ``base[index]`` surely is one item of it, and not a part or a copy of a part."""
        return not isinstance(base.kind, k.Unknown) or isinstance(args[1].kind, (k.Scalar, k.Constant))

    def is_shallow_copy(self, target: Any, args: tuple[Atom, ...]) -> bool:
        """Tell whether a call makes a new container of the items of its arguments."""
        if target is operator.getitem:
            return isinstance(args[0].kind, (k.List, k.Tuple)) and isinstance(args[1].kind, k.Slice)
        if target in (operator.add, operator.mul):
            return any(isinstance(arg.kind, (k.List, k.Tuple)) for arg in args)
        return target in SHALLOW_COPIES and not isinstance(args[0].kind, k.Array)

    def holds_mutable(self, kind: k.Kind) -> bool:
        """Tell whether a container may hold what can be updated."""
        if isinstance(kind, k.List):
            return self.is_mutable(kind.item)
        if isinstance(kind, (k.Tuple, k.Dict)):
            return any(map(self.is_mutable, kind.items))
        return self.is_mutable(kind)

    def is_contiguous(self, var: Var) -> bool:
        """Tell whether an array surely is laid out row by row: then a reshape of it is a view."""
        root = self.root(var)
        call = self.made.get(root)
        if root in self.views or call is None:
            return False
        if call.target in ROW_BY_ROW and not any(name == "order" for name, _ in call.kwargs):
            return not isinstance(call.args[0].kind, k.Array) or root.kind.ndim == 1
        return root.kind.ndim == 1 and view_of(call.target, [arg.kind for arg in call.args]) == "fresh"

    @staticmethod
    def is_mutable(kind: k.Kind) -> bool:
        return isinstance(kind, (k.Array, k.List, k.Dict, k.Object, k.Unknown, k.Tuple))

    def storage(self, var: Var) -> Var:
        """Return the storage at the bottom of a chain of views."""
        root = self.root(var)
        while root in self.views:
            root = self.root(self.views[root].base)
        return root

    def link(self, how: str, a: Var, b: Var) -> None:
        """Record that storage `a` may share memory with (or contains) storage `b`."""
        pair = (how, self.storage(a), self.storage(b))
        if pair[1] is not pair[2]:
            self.env["links"] = self.env.get("links", frozenset()) | {pair}

    def update(
        self, action: str, target: Var, args: Iterable[Atom], *, kind: k.Kind | None = None, outs: int = 1
    ) -> Atom:
        """Append an in-place update of the object `target`; return the popped value, if there is one."""
        args = tuple(map(self.current, args))
        root = self.root(target)
        path: list[tuple[Any, int]] = []
        path_args: tuple[Atom, ...] = ()
        while root in self.views:
            view = self.views[root]
            path.insert(0, (view.fn, len(view.args)))
            path_args = view.args + path_args
            if view.kwargs:
                raise self.refuse(
                    "an update through this view cannot be differentiated", "update the array itself"
                )
            root = self.root(view.base)
        self.check_alias(root, path)
        old = self.env.get(root, root)
        if kind is None:
            kind = old.kind
        elif path:
            kind = self.outer_kind(self.root(target), kind)
        new = Var(old.hint or root.hint, kind)
        extra = [Var("", self.item_kind(old.kind)) for _ in range(outs - 1)]
        self.append(
            Call((new, *extra), Update(action, tuple(path)), (old, *path_args, *args), (), self.where)
        )
        truncates = isinstance(old.kind, k.Array) and (k.dtype_of(old.kind) or "f")[0] in "iub"
        if not truncates and (
            old in self.varied or any(a in self.varied for a in args if isinstance(a, Var))
        ):
            self.varied.add(new)
            self.varied.update(var for var in extra if k.may_hold_floats(var.kind))
        self.roots[new] = root
        self.updated.add(root)
        self.env[root] = new
        if action in ("setitem", "append", "insert", "extend", "update"):
            for atom in args[-1:]:
                if isinstance(atom, Var) and self.is_mutable(atom.kind) and not isinstance(kind, k.Array):
                    self.link("contains", root, atom)
        return extra[0] if extra else new

    def outer_kind(self, root: Var, kind: k.Kind) -> k.Kind:
        """Return the kind of the outermost container when the kind of what a view reaches has changed."""
        while root in self.views:
            view = self.views[root]
            root = self.root(view.base)
            base = self.env.get(root, root).kind if root not in self.views else root.kind
            if isinstance(base, k.List):
                kind = k.List(k.join(base.item, kind))
            elif isinstance(base, k.Dict):
                kind = k.Dict(base.keys, tuple(k.join(item, kind) for item in base.items))
            else:
                kind = base
        return kind

    def item_kind(self, kind: k.Kind) -> k.Kind:
        if isinstance(kind, k.List):
            return kind.item
        if isinstance(kind, k.Dict):
            item: k.Kind = k.BOTTOM
            for each in kind.items:
                item = k.join(item, each)
            return item
        return k.UNKNOWN

    def check_alias(self, root: Var, path: list) -> None:
        """Find the names for which the effect of an update cannot be decided."""
        if root in self.protected:
            raise self.refuse(
                f"{self.protected[root]} is updated in place",
                "pass it as an argument, or update a copy of it",
            )
        suspects = self.affected(root, bool(path))
        suspects.discard(root)
        for suspect in suspects:
            if suspect in self.protected:
                raise self.error(
                    AmbiguousAlias,
                    f"this update may change {self.protected[suspect]} too",
                    "update a copy of it",
                )
        if suspects:
            self.distrust(suspects, root.hint or "a value")

    def distrust(self, suspects: set[Var], updated: str) -> None:
        """Let names through which one of these storages can be read be refused, unless they are bound again."""
        line = f" in line {self.where.line}" if self.where is not None else ""
        for key, value in list(self.env.items()):
            if not isinstance(key, tuple) or key[0] in ("flag", "view"):
                continue
            if any(self.storage(var) in suspects for var in self.leaves(value)):
                self.env[key] = Conflict(
                    f"`{key[1]}` may or may not show the update of `{updated}`{line}",
                    "make the copy explicit: write `.copy()` where the second name is bound",
                    AmbiguousAlias,
                )

    def distrust_twins(self, identity: Identity, name: str) -> None:
        """Let names be refused that may stand for an object of which an attribute is assigned, or may not."""
        for key, value in list(self.env.items()):
            if not isinstance(key, tuple) or key[0] in ("flag", "view"):
                continue
            for each in self.objects_in(value):
                if each is not identity and each.origins & identity.origins:
                    self.env[key] = Conflict(
                        f"`{key[1]}` may or may not be the object whose attribute `{name}` is assigned",
                        "make a new object for each path",
                        AmbiguousAlias,
                    )

    def objects_in(self, value: Value) -> Iterable[Identity]:
        if isinstance(value, ObjectValue):
            yield value.identity
        elif isinstance(value, (TupleValue, DictValue)):
            for item in value.items:
                yield from self.objects_in(item)
        elif isinstance(value, BoundValue):
            for item in (value.function, *value.args, *value.kwargs.values()):
                yield from self.objects_in(item)

    def affected(self, root: Var, within: bool) -> set[Var]:
        """Return the storages that an update of `root` may change; `within`: of something that it contains.

        A link ``may`` points from a value to those that it may share memory with by its making, so two
        values may be one where the links lead from both to a common origin. A link ``contains`` points from
        a container to an item, ``shares`` from a container to one that it has all its items from.
        """
        links = self.env.get("links", frozenset())
        if not links:
            return set()
        origins: dict[Var, set[Var]] = {}
        holders: list[tuple[Var, Var]] = []
        partners: dict[Var, set[Var]] = {}
        for how, a, b in links:
            if how == "contains":
                holders.append((a, b))
            elif how == "shares":
                partners.setdefault(a, set()).add(b)
                partners.setdefault(b, set()).add(a)
            else:
                origins.setdefault(a, set()).add(b)
        closed: dict[Var, frozenset[Var]] = {}

        def closure(var: Var) -> frozenset[Var]:
            if var not in closed:
                found, work = {var}, [var]
                while work:
                    for each in origins.get(work.pop(), ()):
                        if each not in found:
                            found.add(each)
                            work.append(each)
                closed[var] = frozenset(found)
            return closed[var]

        def twins(group: set[Var]) -> set[Var]:
            sources = frozenset().union(*map(closure, group))
            return group | {var for var in origins if closure(var) & sources} | sources

        def colleagues(group: set[Var]) -> set[Var]:
            """The containers, and those that have items in common with them."""
            work, found = list(group), set(group)
            while work:
                for each in twins({work.pop()}):
                    for partner in {each} | partners.get(each, set()):
                        if partner not in found:
                            found.add(partner)
                            work.append(partner)
            return found

        result = twins({root})
        inside: set[Var] = colleagues(result) if within else set()
        while inside:
            found = {item for holder, item in holders if holder in inside} - inside
            result |= inside
            if not found:
                break
            inside |= colleagues(found)
        while True:
            above = {holder for holder, item in holders if item in result or closure(item) & result} - result
            if not above:
                return result
            result |= colleagues(above)

    def leaves(self, value: Value) -> Iterable[Var]:
        if isinstance(value, Var):
            yield value
        elif isinstance(value, (TupleValue, DictValue)):
            for item in value.items:
                yield from self.leaves(item)
        elif isinstance(value, BoundValue):
            for item in (value.function, *value.args, *value.kwargs.values()):
                yield from self.leaves(item)
        elif isinstance(value, FunctionValue):
            for item in value.defaults.values():
                yield from self.leaves(item)

    def untangle(self, value: Value) -> Value:
        """Return a value that is read; raise the error of one that cannot be known."""
        if isinstance(value, Conflict):
            raise self.error(value.error, value.message, value.hint)
        return value

    # ---- structure --------------------------------------------------------------------------------

    def capture(self, build: Callable[[], Any]) -> tuple[ir.Block, Any]:
        """Run `build` with a new open block; return the block and what `build` returned."""
        outer, self.block = self.block, []
        try:
            result = build()
            return tuple(self.block), result
        finally:
            self.block = outer

    def checkpoint(self) -> None:
        """Tell the open `try` bodies that a nested block begins."""
        for watch in self.watches:
            watch.checkpoint(self.block, self.env, ir.next_number())

    def branch(self, test: Atom, then: Callable[[], Any], orelse: Callable[[], Any], where=None) -> None:
        """Build both arms of an `if` and merge what they bind."""
        self.select(test, then, orelse, where)

    def select(
        self,
        test: Atom,
        then: Callable[[], Value | None],
        orelse: Callable[[], Value | None],
        where: Where | None = None,
        hint: str = "",
    ) -> Value | None:
        """Build an `if` whose arms may each yield a value; return the merged value."""
        where = where or self.where
        if isinstance(test, Lit):
            return then() if test.value else orelse()
        self.checkpoint()
        before = self.env
        marker = ir.next_number()
        self.env = dict(before)
        then_block, a = self.capture(then)
        after_then, self.env = self.env, dict(before)
        orelse_block, b = self.capture(orelse)
        after_else = self.env
        lost = ends_in_raise(then_block), ends_in_raise(orelse_block)
        if any(lost):  # what the other arm binds is read behind the `if`, so it moves there
            survivor: ir.Block = ()
            if not lost[0]:
                self.env, survivor, then_block = after_then, then_block, ()
            elif not lost[1]:
                self.env, survivor, orelse_block = after_else, orelse_block, ()
            self.append(ir.If(test, then_block, orelse_block, (), where))
            self.block.extend(survivor)
            return b if lost[0] else a
        paths = Paths((after_then, after_else), marker, test)
        self.env = self.merge_environments(before, paths)
        value = None
        if a is not None or b is not None:
            value = self.merge((a, b), paths, hint)
        merges = tuple(ir.Merge(out, *atoms) for out, atoms in paths.outs)
        then_block += tuple(paths.ends[0])
        orelse_block += tuple(paths.ends[1])
        self.append(ir.If(test, then_block, orelse_block, merges, where))
        return value

    def merge_environments(self, before: dict, paths: Paths) -> dict:
        """Return the environment where paths meet; `paths` collects the variables that this needs."""
        result = self.env = dict(before)
        result["links"] = frozenset().union(*(env.get("links", frozenset()) for env in paths.envs))
        alone = len(paths.envs) == 1
        returned = self.return_flag()
        for key in dict.fromkeys(key for env in paths.envs for key in env):
            if isinstance(key, tuple) and key[0] == "view":
                result.pop(key, None)
                continue
            if key == "links":
                continue
            values = tuple(env.get(key, key if isinstance(key, Var) else UNDEFINED) for env in paths.envs)
            if returned is not None and any(isinstance(value, Conflict) for value in values):
                ends = zip(values, paths.envs, strict=True)  # nothing is read behind a `return`
                values = tuple(UNDEFINED if env.get(returned) == TRUE else value for value, env in ends)
            if not alone and all(same(values[0], value) for value in values[1:]):
                result[key] = values[0]
            elif birth(key) > paths.marker and (not alone or isinstance(key, Var)):
                continue
            else:
                hint = str(key[1]) if isinstance(key, tuple) else key.hint
                if isinstance(key, Var):  # a new version of the same storage
                    self.objects, outer = False, self.objects
                    result[key] = self.merge(values, paths, hint)
                    self.objects = outer
                    self.roots[result[key]] = key
                else:
                    result[key] = self.merge(values, paths, hint)
        return result

    def return_flag(self) -> Any:
        """Return the environment's key for the flag that the open function has returned, or None."""
        return None

    def merge(self, values: tuple[Value, ...], paths: Paths, hint: str = "") -> Value:
        """Merge the values that one thing has at the ends of paths.

        Statements that make atoms of structured values go to the ends of the paths.
        """
        if len(values) == 1:
            if not self.is_bound_within(values[0], paths.marker):
                return values[0]
        elif all(same(values[0], value) for value in values[1:]):
            return values[0]
        first = values[0]
        if all(isinstance(value, TupleValue) and alike(value, first) for value in values):
            columns = zip(*(value.items for value in values), strict=True)
            items = tuple(self.merge(column, paths, hint) for column in columns)
            return TupleValue(items, first.type, first.identity)
        objects = [value for value in values if value is not UNDEFINED]
        if objects and all(isinstance(v, ObjectValue) and v.type is objects[0].type for v in objects):
            return self.merge_objects(values, objects[0].type, paths)
        if len(values) == 1 and isinstance(first, BoundValue):
            args = tuple(self.merge((arg,), paths, hint) for arg in first.args)
            kwargs = {name: self.merge((arg,), paths, name) for name, arg in first.kwargs.items()}
            return BoundValue(self.merge((first.function,), paths, hint), args, kwargs)
        found = next((value for value in values if isinstance(value, Conflict)), None)
        if found is not None:
            return found
        if any(isinstance(value, TupleValue) and value.identity is not None for value in values):
            return Conflict("a list of functions or objects is not the same on two paths")
        if any(value is UNDEFINED for value in values) and any(
            not isinstance(v, (Atom, TupleValue)) for v in values
        ):
            return Conflict(f"`{hint}` is a function or iterator on one path only")
        if any(isinstance(value, (SuperValue, Sequence, RangeValue)) for value in values):
            return Conflict(f"`{hint}` has different values on two paths that cannot be merged")
        try:
            atoms = tuple(map(self.atom_in, values, paths.envs, paths.ends))
        except UnsupportedSyntax:
            if paths.test is not None and all(isinstance(value, CALLABLES) for value in values):
                then, orelse = (self.kept(value, paths, i, hint) for i, value in enumerate(values))
                return ChoiceValue(paths.test, then, orelse)
            return Conflict(f"`{hint}` has different values on two paths that cannot be merged")
        return self.join(atoms, paths, hint)

    def kept(self, value: Value, paths: Paths, i: int, hint: str) -> Value:
        """Return a value of path `i` for use behind the paths, where it is known which of them was taken."""
        if isinstance(value, Var):
            atom = self.atom_in(value, paths.envs[i], paths.ends[i])
            if not self.is_bound_within(atom, paths.marker):
                return value
            return self.join(
                tuple(atom if j == i else UNDEFINED for j in range(len(paths.envs))), paths, hint
            )
        if isinstance(value, ChoiceValue):
            test = self.kept(value.test, paths, i, "")
            assert isinstance(test, Atom)
            return ChoiceValue(
                test, self.kept(value.then, paths, i, hint), self.kept(value.orelse, paths, i, hint)
            )
        if isinstance(value, (TupleValue, DictValue)):
            items = tuple(self.kept(item, paths, i, hint) for item in value.items)
            return dataclasses.replace(value, items=items)
        if isinstance(value, BoundValue):
            args = tuple(self.kept(arg, paths, i, hint) for arg in value.args)
            kwargs = {name: self.kept(arg, paths, i, name) for name, arg in value.kwargs.items()}
            return BoundValue(self.kept(value.function, paths, i, hint), args, kwargs)
        if isinstance(value, FunctionValue):
            scope = value.scope
            while scope is not None:
                if scope.number > paths.marker:
                    self.keep_entries(scope, paths, i)
                scope = scope.parent
            defaults = {name: self.kept(each, paths, i, name) for name, each in value.defaults.items()}
            return dataclasses.replace(value, defaults=defaults)
        if isinstance(value, ObjectValue) and value.identity.number > paths.marker:
            self.keep_entries(value.identity, paths, i)
        return value

    def keep_entries(self, owner: Any, paths: Paths, i: int) -> None:
        """Keep what path `i` has bound in a scope or object that was made on it."""
        for key, item in paths.envs[i].items():
            if isinstance(key, tuple) and key[0] is owner and key not in self.env:
                self.env[key] = item
                self.env[key] = self.kept(item, paths, i, str(key[1]))

    def join(self, atoms: tuple[Atom, ...], paths: Paths, hint: str) -> Var:
        """Return the variable that is one of these atoms, depending on the path."""
        for out, known in paths.outs:
            if known == atoms:
                return out
        out = Var(hint, functools.reduce(k.join, (k.BOTTOM if a is UNDEFINED else a.kind for a in atoms)))
        paths.outs.append((out, atoms))
        if any(atom in self.varied for atom in atoms):
            self.varied.add(out)
        if self.objects and self.is_mutable(out.kind):
            for atom in atoms:
                if isinstance(atom, Var):
                    self.link("may", out, atom)
        return out

    def merge_objects(self, values: tuple[Value, ...], cls: type, paths: Paths) -> ObjectValue:
        merged = ObjectValue(
            cls, Identity(frozenset(v.identity for v in values if isinstance(v, ObjectValue)))
        )
        names: dict[str, None] = {}
        for value, env in zip(values, paths.envs, strict=True):
            if isinstance(value, ObjectValue):
                names.update(dict.fromkeys(attributes(value, env)))
        for name in names:
            items = tuple(
                env.get((value.identity, name), UNDEFINED) if isinstance(value, ObjectValue) else UNDEFINED
                for value, env in zip(values, paths.envs, strict=True)
            )
            self.env[merged.identity, name] = self.merge(items, paths, name)
        return merged

    def is_bound_within(self, value: Value, marker: int) -> bool:
        """Tell whether a value needs a name outside the block that was opened at `marker`."""
        if isinstance(value, Var):
            return value.number > marker
        if isinstance(value, TupleValue):
            return any(self.is_bound_within(item, marker) for item in value.items)
        if isinstance(value, BoundValue):
            parts = (value.function, *value.args, *value.kwargs.values())
            return any(self.is_bound_within(part, marker) for part in parts)
        return isinstance(value, (Sequence, RangeValue, Lazy))

    @staticmethod
    def merged_kind(p: Atom, q: Atom) -> k.Kind:
        if p is UNDEFINED or q is UNDEFINED:
            return q.kind if p is UNDEFINED else p.kind
        return k.join(p.kind, q.kind)

    def atom_in(self, value: Value, env: dict, arm: list[ir.Stmt]) -> Atom:
        """Make an atom of a value at the end of an arm, in that arm's environment."""
        if isinstance(value, Atom) and not isinstance(value, Var):
            return value
        outer_env, outer_block = self.env, self.block
        self.env, self.block = env, arm
        try:
            return self.atom(value)
        finally:
            self.env, self.block = outer_env, outer_block

    # ---- loops ------------------------------------------------------------------------------------

    def loop(
        self,
        body: Callable[[Var | None], Atom | None],
        *,
        index: str | None = None,
        bounds: tuple[Atom, Atom, Atom] | None = None,
        head: Callable[[], Atom] | None = None,
        where: Where | None = None,
    ) -> None:
        """Build a loop; `body` builds one iteration and returns the atom on which the loop is left, or None.

        The body is built again until the kinds of its carries are stable.
        """
        self.checkpoint()
        before = self.env
        where = where or self.where
        carried: dict[Any, Value] = {}  # key -> the value it was seen to get in the body
        unbounds: dict[Any, Unbound] = {}
        widen = 0
        phi_kinds: dict[Any, list[k.Kind]] = {}
        phi_varied: dict[Any, list[bool]] = {}
        links = before.get("links", frozenset())
        ties: set[tuple] = set()  # carries that one object may reach under two names in the next turn
        while True:
            widen += 1
            if widen > 12:
                raise self.refuse("the types of this loop's variables change from turn to turn without end")
            self.env = dict(before)
            self.env["links"] = links
            marker = ir.next_number()
            leaves: dict[Any, list[tuple[Var, Atom]]] = {}
            for key, seen in carried.items():
                default = key if isinstance(key, Var) else UNDEFINED
                made: list[tuple[Var, Atom]] = []
                self.env[key] = self.phi(
                    key,
                    before,
                    before.get(key, default),
                    seen,
                    made,
                    iter(phi_kinds.get(key, ())),
                    iter(phi_varied.get(key, ())),
                )
                leaves[key] = made
                if isinstance(key, Var):
                    self.roots[self.env[key]] = key
            for (key, i), other in ties:
                if key in leaves and i < len(leaves[key]) and (isinstance(other, Var) or other[0] in leaves):
                    partner = other if isinstance(other, Var) else leaves[other[0]][other[1]][0]
                    self.link("may", leaves[key][i][0], partner)
            counter = None
            if bounds is not None:
                counter = Var(index or "i", k.INT)
            start = dict(self.env)
            head_block: ir.Block = ()
            test: Atom | None = None
            if head is not None:
                head_block, test = self.capture(head)
            leave_box: list[Atom | None] = []
            try:
                body_block, _ = self.capture(lambda: leave_box.append(body(counter)))  # noqa: B023  called at once
            except Unbound as unbound:
                if unbound.key in carried or (unbound.key not in before and birth(unbound.key) > marker):
                    raise
                carried[unbound.key] = UNDEFINED  # perhaps it is bound in an earlier turn
                unbounds[unbound.key] = unbound
                continue
            leave = leave_box[0]
            closing, changed = self.capture(lambda: self.close_loop(start, before, carried, leaves, marker))  # noqa: B023  called at once
            new_keys, lasts, kinds, varied = changed
            end_links = self.env.get("links", frozenset())
            visible = frozenset(p for p in end_links if p[1].number < marker and p[2].number < marker)
            tied = ties | self.find_ties(lasts, leaves)
            if new_keys or kinds != phi_kinds or varied != phi_varied or not visible <= links or tied != ties:
                ties = tied
                carried.update(new_keys)
                phi_kinds, phi_varied = kinds, varied
                links |= visible
                continue
            break
        for key, unbound in unbounds.items():
            if all(
                last is inner or last is UNDEFINED
                for (inner, _), last in zip(leaves[key], lasts[key], strict=True)
            ):
                raise unbound  # no turn binds it
        carries: list[ir.Carry] = []
        outs: dict[Var, Var] = {}
        for key, made in leaves.items():
            for (inner, init), last in zip(made, lasts[key], strict=True):
                out = Var(inner.hint, inner.kind)
                if inner in self.varied:
                    self.varied.add(out)
                outs[inner] = out
                carries.append(ir.Carry(inner, init, last, out))
        end = self.env
        self.env = dict(before)
        self.env["links"] = frozenset(
            (how, outs.get(a, a), outs.get(b, b)) for how, a, b in end.get("links", frozenset())
        )
        for key in carried:
            self.env[key] = self.after_loop(start[key], outs, start)
            if isinstance(key, Var):
                self.roots[self.env[key]] = key
        self.append(
            ir.Loop(tuple(carries), counter, bounds, head_block, test, body_block + closing, leave, where)
        )

    def phi(self, key, before: dict, init: Value, seen: Value, made: list, kinds, varied) -> Value:
        """Return the value of a key at the start of an iteration, with fresh variables for what may change."""
        hint = key.hint if isinstance(key, Var) else str(key[1]) if isinstance(key, tuple) else ""
        if any(isinstance(value, TupleValue) and value.identity is not None for value in (init, seen)):
            if not isinstance(init, TupleValue) or not alike(init, seen):
                if not isinstance(key, tuple) or key[1] not in ("items", "list"):
                    return Conflict(f"`{hint}` is another list of functions in each turn of a loop")
                raise self.error(
                    Structured,
                    "a list of functions or objects changes its length inside a loop",
                    "loop over a `range` of known length, or over a tuple",
                )
        if isinstance(init, TupleValue) or (init is UNDEFINED and isinstance(seen, TupleValue)):
            if isinstance(seen, TupleValue) and (init is UNDEFINED or alike(init, seen)):
                inits = init.items if isinstance(init, TupleValue) else (UNDEFINED,) * len(seen.items)
                items = tuple(
                    self.phi((None, hint), before, i, s, made, kinds, varied)
                    for i, s in zip(inits, seen.items, strict=True)
                )
                return TupleValue(items, seen.type, seen.identity)
        if isinstance(seen, ObjectValue) and (
            init is UNDEFINED or (isinstance(init, ObjectValue) and init.type is seen.type)
        ):
            sources = (value.identity for value in (init, seen) if isinstance(value, ObjectValue))
            merged = ObjectValue(seen.type, Identity(frozenset(sources)))
            for name in _attributes.get(seen.identity, {}):
                i = (
                    before.get((init.identity, name), UNDEFINED)
                    if isinstance(init, ObjectValue)
                    else UNDEFINED
                )
                s = seen_attribute(seen, name)
                self.env[merged.identity, name] = self.phi((None, name), before, i, s, made, kinds, varied)
            return merged
        if isinstance(seen, Conflict):
            return seen
        if not isinstance(init, (Atom, TupleValue)) or isinstance(
            seen, (FunctionValue, BoundValue, ChoiceValue)
        ):
            if not isinstance(seen, Atom) or not isinstance(init, Atom):
                return Conflict(f"`{hint}` changes its function or iterator from turn to turn of a loop")
        first = self.atom_in(init, before, self.block)
        kind = self.merged_kind(first, first) if first is not UNDEFINED else k.BOTTOM
        kind = k.join(kind, next(kinds, k.BOTTOM))
        var = Var(hint, kind)
        if next(varied, False) or first in self.varied:
            self.varied.add(var)
        made.append((var, first))
        if isinstance(first, Var) and self.is_mutable(kind) and not isinstance(key, Var):
            self.link("may", var, first)
        return var

    def close_loop(self, start: dict, before: dict, carried: dict, leaves: dict, marker: int):
        """Collect each carry's last value; find entries that changed without being carried."""
        new_keys: dict[Any, Value] = {}
        lasts: dict[Any, list[Atom]] = {}
        kinds: dict[Any, list[k.Kind]] = {}
        varied: dict[Any, list[bool]] = {}
        end = self.env
        for key in list(end):
            if key == "links" or (isinstance(key, tuple) and key[0] == "view"):
                continue
            if key in carried:
                atoms: list[Atom] = []
                self.last(start[key], end[key], atoms, start)
                if len(atoms) != len(leaves[key]):
                    new_keys[key] = Conflict("the structure of a loop's variable changes from turn to turn")
                    continue
                lasts[key] = atoms
                made = leaves[key]
                kinds[key] = [
                    k.join(var.kind, UNBOUND_KIND if atom is UNDEFINED else atom.kind)
                    for (var, _), atom in zip(made, atoms, strict=True)
                ]
                varied[key] = [
                    var in self.varied or atom in self.varied
                    for (var, _), atom in zip(made, atoms, strict=True)
                ]
                continue
            default = key if isinstance(key, Var) else UNDEFINED
            if birth(key) < marker and not same(end[key], before.get(key, default)):
                new_keys[key] = snapshot(end[key], end)
        return new_keys, lasts, kinds, varied

    def find_ties(self, lasts: dict, leaves: dict) -> set[tuple]:
        """Return the carries whose next value shares storage with another carry's, or with older storage."""
        found: set[tuple] = set()
        seen: dict[Var, tuple] = {}
        inners = {var for made in leaves.values() for var, _ in made}
        for key, atoms in lasts.items():
            if isinstance(key, Var) or key not in leaves:
                continue
            for i, ((inner, _), atom) in enumerate(zip(leaves[key], atoms, strict=False)):
                if not isinstance(atom, Var) or not self.is_mutable(inner.kind):
                    continue
                storage = self.storage(atom)
                if storage in seen:
                    found.add(((key, i), seen[storage]))
                elif storage not in inners and storage.number < inner.number:
                    found.add(((key, i), storage))
                seen[storage] = (key, i)
        return found

    def last(self, template: Value, value: Value, atoms: list[Atom], start: dict) -> None:
        if isinstance(template, TupleValue):
            if isinstance(value, TupleValue) and len(value.items) == len(template.items):
                for t, v in zip(template.items, value.items, strict=True):
                    self.last(t, v, atoms, start)
        elif isinstance(template, ObjectValue):
            if isinstance(value, ObjectValue) and value.type is template.type:
                for name in attributes(template, start):
                    inner = start[template.identity, name]
                    self.last(inner, self.env.get((value.identity, name), UNDEFINED), atoms, start)
        elif isinstance(template, Var):
            atoms.append(self.atom(value))

    def after_loop(self, template: Value, outs: dict[Var, Var], start: dict) -> Value:
        if isinstance(template, TupleValue):
            items = tuple(self.after_loop(item, outs, start) for item in template.items)
            return TupleValue(items, template.type, template.identity)
        if isinstance(template, ObjectValue):
            merged = ObjectValue(template.type, Identity())
            for name in attributes(template, start):
                self.env[merged.identity, name] = self.after_loop(start[template.identity, name], outs, start)
            return merged
        return outs.get(template, template) if isinstance(template, Var) else template


UNBOUND_KIND = k.BOTTOM


CALLABLES = (FunctionValue, BoundValue, ChoiceValue, Ref)


def alike(a: TupleValue, b: Value) -> bool:
    """Tell whether two tuples have the same form; two lists have not, unless they are one."""
    return (
        isinstance(b, TupleValue)
        and a.type is b.type
        and a.identity is b.identity
        and len(a.items) == len(b.items)
    )


def birth(key: Any) -> int:
    """Return when the storage, scope or object of an environment's key came into being."""
    if isinstance(key, Var):
        return key.number
    return getattr(key[0], "number", -1) if isinstance(key, tuple) else -1


def snapshot(value: Value, env: dict) -> Value:
    """Keep the attributes of an object as they are now, for the shape of its carries."""
    if isinstance(value, ObjectValue):
        _attributes[value.identity] = {name: env[value.identity, name] for name in attributes(value, env)}
    return value


_attributes: weakref.WeakKeyDictionary[Identity, dict[str, Value]] = weakref.WeakKeyDictionary()


def attributes(value: ObjectValue, env: dict) -> list[str]:
    """Return the names of the attributes that a local object has."""
    return [key[1] for key in env if isinstance(key, tuple) and key[0] is value.identity]


def seen_attribute(value: ObjectValue, name: str) -> Value:
    return _attributes.get(value.identity, {}).get(name, UNDEFINED)


SAFE = {operator.add, operator.sub, operator.mul, operator.neg, operator.pos, operator.not_, operator.is_}
SAFE |= {operator.is_not, operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne}


def may_raise(stmt: Call) -> bool:
    """Tell whether a call can raise an exception."""
    target = stmt.target
    if target in (ir.TUPLE, ir.LIST, ir.SLICE, ir.FORMAT):
        return False
    if target is getattr:
        return not isinstance(stmt.out.kind, k.Scalar) and isinstance(stmt.args[0].kind, k.Unknown)
    if isinstance(target, Prim) or isinstance(target, Update) or target not in SAFE:
        return True
    kinds = [atom.kind for atom in stmt.args]
    if target in (operator.is_, operator.is_not):
        return False
    if not all(isinstance(kind, k.Scalar) and kind.python and not kind.mixed for kind in kinds):
        return True
    dtypes = {kind.dtype for kind in kinds if not isinstance(kind.value, int)}
    return len(dtypes) > 1 or "c16" in dtypes  # an int may be too large for a float


def ends_in_raise(block: ir.Block) -> bool:
    """Tell whether control never reaches the end of a block because it raises."""
    if not block:
        return False
    last = block[-1]
    if isinstance(last, Call):
        return last.fn is ir.RAISE
    if isinstance(last, ir.If):
        return ends_in_raise(last.then) and ends_in_raise(last.orelse)
    if isinstance(last, ir.Try):
        return ends_in_raise(last.body) and all(ends_in_raise(handler.body) for handler in last.handlers)
    if isinstance(last, ir.Finally):
        return ends_in_raise(last.body) or ends_in_raise(last.final)
    return False


RESHAPES = {np.reshape, np.ravel, runtime.reshape}
ROW_BY_ROW = {np.zeros, np.ones, np.empty, np.full, np.arange, np.linspace, np.eye, np.identity, np.array}
SHALLOW_COPIES = {list, tuple, dict, set, frozenset, sorted, copy.copy}
NEVER_SHARES = {
    runtime.add,
    runtime.add_item,
    runtime.scatter_item,
    runtime.scatter_slice,
    runtime.fold_repeats,
}
NEVER_SHARES |= {copy.deepcopy, runtime.deepcopy}
HASHING = {ir.SET, set, frozenset}
PRINTING = (ir.FORMAT, ir.FORMAT_SPEC, repr, format)
