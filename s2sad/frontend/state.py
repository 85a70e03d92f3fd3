"""The state in which statements are built: the environment, the open block, mutable storage, merges.

Lowering is abstract interpretation: every statement's result has a kind as soon as it is built, so
methods, views and static tests are resolved on the spot. The environment maps

* ``(scope, name)`` to the value of a local name,
* a `Var` that stands for mutable storage to its current version (storage that was never updated is absent),
* ``(identity, attribute)`` to an attribute of a local object, ``(identity, "items")`` to the items of a list
  or dict that is kept in structured form, ``(variable, "list")`` to such a list that a variable has turned into,
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
from s2sad.analysis.transfer import attribute_kind, result_kind
from s2sad.errors import S2sadError, UnsupportedSyntax, Where
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

    sites: tuple = ()  # where the lists were made that are in the way


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


class State:
    """Build statements into the open block; see the module's docstring for the environment."""

    def __init__(self, registry: Any, simplify: Callable[..., Atom | None] | None = None):
        self.registry = registry
        self.simplify = simplify
        self.env: dict[Any, Any] = {}
        self.block: list[ir.Stmt] = []
        self.where: Where | None = None
        self.varied: set[Var] = set()
        self.views: dict[Var, View] = {}
        self.opened: dict[Var, int] = {}  # the block that a view was made in
        self.detached: list[tuple[Var, View]] = []  # what was a view of an item, in order
        self.open = -1  # the number that was next when the open block was opened: its name
        self.roots: dict[Var, Var] = {}
        self.updated: set[Var] = set()  # storage that is updated somewhere
        self.changed: set[Var] = set()  # storage that an update may have changed
        self.printed: set[Var] = set()  # text that was made from differentiated values
        self.made: dict[Var, Call] = {}  # the call that made a variable
        self.taken: dict[Var, Var] = {}  # what was taken out of which container
        self.apart: set[frozenset[Var]] = set()  # pairs of storages that are never one at the same time
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
        out = Var(hint, kind)
        out.kind = named(out)
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
        if getattr(target, "__module__", None) == "numpy":  # takes a list as it takes a tuple
            return result_kind(
                target,
                [self.display_kind(a) for a in args],
                {name: self.display_kind(a) for name, a in kwargs},
            )
        if target is operator.getitem and isinstance(args[0].kind, k.Array):
            return result_kind(target, [args[0].kind, self.index_kind(args[1])])
        return result_kind(target, [a.kind for a in args], {name: a.kind for name, a in kwargs})

    def index_kind(self, atom: Atom) -> k.Kind:
        """Return the kind of an index; a list display of integers in it is an array of known length."""
        made = self.made.get(atom) if isinstance(atom, Var) else None
        if made is not None and made.fn is ir.TUPLE:
            return k.Tuple(tuple(map(self.index_kind, made.args)))
        integers = made is not None and all(
            isinstance(item.kind, k.Scalar) and item.kind.dtype == "i8" for item in made.args
        )
        if made is None or made.fn is not ir.LIST or not made.args or not integers:
            return atom.kind
        return k.Array("i8", (len(made.args),))

    def display_kind(self, atom: Atom) -> k.Kind:
        """Return the kind of a value; of a list display, whose length is known, that of the tuple of its items."""
        made = self.made.get(atom) if isinstance(atom, Var) else None
        if made is None or made.fn not in (ir.LIST, ir.TUPLE):
            return atom.kind
        return k.Tuple(tuple(self.display_kind(item) for item in made.args))

    def carries_derivative(self, target: Any, inputs: Iterable[Atom], kind: k.Kind) -> bool:
        """Tell whether a call's result depends on the differentiated arguments in a differentiable way."""
        if not any(atom in self.varied for atom in inputs if isinstance(atom, Var)):
            return False
        if not k.may_hold_floats(kind) or target in (ir.SLICE, ir.SET, ir.FORMAT, ir.FORMAT_SPEC):
            return False
        rule = None if isinstance(target, (Prim, Update, Var)) else self.registry.rule(target)
        if target is np.sign and (k.dtype_of(kind) or "f")[0] == "c":
            raise self.refuse(
                "`np.sign` of a complex number cannot be differentiated", "write `z / np.abs(z)`"
            )
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
        if isinstance(value, ChoiceValue):
            out = Var("", k.UNKNOWN)
            merge = ir.Merge(out, self.atom(value.then), self.atom(value.orelse))
            self.append(ir.If(value.test, (), (), (merge,), self.where))
            return out
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
            root = self.root(value)
            while root in self.views:  # a view shows what its base has become
                if root in self.varied:
                    return True
                root = self.root(self.views[root].base)
            return self.env.get(root, root) in self.varied
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


def named(var: Var) -> k.Kind:
    """Return the kind of a variable with names for what is not known of it: its lengths, its value if an integer."""
    kind = var.kind
    if isinstance(kind, k.Scalar) and kind.dtype == "i8" and kind.python and kind.value is None:
        return dataclasses.replace(kind, value=k.Sym(f"<{var.number}>", free=True))
    if isinstance(kind, k.Array) and kind.shape is not None and None in kind.shape:
        names = (k.Sym(f"<{var.number}.{axis}>") if n is None else n for axis, n in enumerate(kind.shape))
        return k.Array(kind.dtype, tuple(names))
    return kind


UNBOUND_KIND = k.BOTTOM


CALLABLES = (FunctionValue, BoundValue, ChoiceValue, Ref)


def alike(a: TupleValue | DictValue, b: Value) -> bool:
    """Tell whether two tuples have the same form; two lists or dicts have not, unless they are one."""
    if isinstance(a, DictValue):
        known = a.identity is not None and isinstance(b, DictValue)
        return known and a.identity is b.identity and a.keys == b.keys
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
NEVER_SHARES |= {copy.deepcopy, runtime.deepcopy, runtime.stop_gradient}
HASHING = {ir.SET, set, frozenset}
PRINTING = (ir.FORMAT, ir.FORMAT_SPEC, repr, format)
