"""From a function to SSA: the program's tables, and the lowerer that puts the parts of the frontend together."""

from __future__ import annotations

import contextlib
import inspect
import itertools
import operator
import types
from collections.abc import Callable, Collection, Mapping
from typing import Any

import gast
import numpy as np

from s2sad.analysis import kinds as k
from s2sad.analysis.transfer import attribute_kind
from s2sad.errors import AmbiguousAlias, S2sadError
from s2sad.frontend.expressions import vars_of
from s2sad.frontend.helpers import LIST_METHODS, Recursion, docstring
from s2sad.frontend.library import SPECIAL
from s2sad.frontend.matching import Matching
from s2sad.frontend.matrices import Matrices
from s2sad.frontend.names import Environment, is_static, ref_to
from s2sad.frontend.places import INDEXERS
from s2sad.frontend.state import named
from s2sad.frontend.statements import Frame, dict_with
from s2sad.frontend.storage import AssignedAttribute
from s2sad.frontend.structured_uses import STATIC_UPDATES, KeepingUses
from s2sad.frontend.ufuncs import ufunc_method
from s2sad.frontend.values import (
    BoundValue,
    DictValue,
    FunctionValue,
    Identity,
    ObjectValue,
    RangeValue,
    Scope,
    Sequence,
    SuperValue,
    TupleValue,
    Value,
)
from s2sad.frontend.writes import ARRAY_UPDATES, IN_PLACE_METHODS
from s2sad.ir import core as ir
from s2sad.ir.core import Lit, Ref, Var

QUIET = ("logging", "warnings")


class Program:
    """The tables that the lowering of one differentiated function and of all functions it calls share."""

    def __init__(self, registry: Any, methods: dict, attributes: dict, simplify: Any, shapes: k.Shapes):
        self.registry = registry
        self.methods = methods
        self.attributes = attributes
        self.simplify = simplify
        self.shapes = shapes
        self.helpers: dict[Any, ir.Helper] = {}
        self.functions: dict[Any, FunctionValue] = {}
        self.externals: dict[Any, ir.External] = {}
        self.guards: list[tuple[Callable[[], Any], Any]] = []
        self.protected: dict[Var, str] = {}
        self.dynamic = False
        self.loose = False  # a call's result may share memory with its arguments, and is not followed
        self.close = False  # such calls are inlined
        self.structured = False  # lists and dicts of arrays are kept in structured form
        self.unrollable = False  # there are loops whose turns are known
        self.unrolls = False  # they are unrolled
        self.plain: set[Any] = set()  # where lists are made that cannot be followed so
        self.at_run_time: tuple[Any, ...] = ()  # by which generated code differentiates what it does not know
        self.resized: list[Var] = []  # lists whose length was changed, in order
        self.special: dict[Any, Any] = {}
        # arrays with named axes
        self.likes: list[tuple[Var, Any]] = []  # the variables of such arrays, and their axes
        self.coordinates: dict[str, tuple[Var, str, k.Kind]] = {}  # where the labels of axes are to be had
        self.unknown_labels = itertools.count()

    def lowerer(self) -> Lowerer:
        return Lowerer(self)

    def external(self, name: str, read: Callable[[], Any], key: Any = None) -> Var:
        """Return the variable that stands for a global or closure variable."""
        key = (name, read) if key is None else key
        found = self.externals.get(key)
        if found is None:
            var = Var(name, k.kind_of(read(), self.shapes))
            found = self.externals[key] = ir.External(var, name, read)
            self.protected[var] = f"`{name}`, which belongs to the surrounding program,"
        return found.var


def call_named(owner: Any, name: str, *args: Any) -> Any:
    """Call a method: what a bound method of an array that is kept for later stands for."""
    return getattr(owner, name)(*args)


class Lowerer(Matrices, Matching, KeepingUses):
    """Lower one function; see `Builder` for the state and `Statements`, `Expressions`, `Calls` for the language."""

    def __init__(self, program: Program):
        self.program = program
        super().__init__(program.registry, program.simplify)
        self.protected = program.protected
        self.inlining: list[Any] = []
        self.frames: list[Frame] = []
        self.parameters: dict[Var, str] = {}
        self.owners: dict[Var, str] = {}  # what the caller owns, and the parameter that it belongs to

    # ---- names ------------------------------------------------------------------------------------

    def free_name(self, environment: Environment, name: str) -> Value:
        read = environment.reader(name)
        if read is None:
            raise self.refuse(f"the name `{name}` is not defined")
        value = read()
        if isinstance(value, INDEXERS):
            return Ref(name, value)
        if is_static(value):
            if getattr(value, "__module__", None) != "builtins" and not isinstance(value, types.ModuleType):
                self.program.guards.append((read, value))
            return Lit(value) if value is None or value is Ellipsis else Ref(name, value)
        found = self.program.external(name, read, getattr(read, "key", (name, "origin")))
        return self.entered(found) if k.is_named(found.kind) else found

    def static_attribute(self, value: Ref, name: str) -> Value:
        owner = k.canonical(value.value)
        try:
            found = getattr(owner, name)
        except AttributeError:
            if name == "__name__":
                return Lit(value.text)
            raise self.refuse(f"`{value.text}` has no attribute `{name}`") from None
        text = f"{value.text}.{name}"
        if isinstance(found, INDEXERS):
            return Ref(text, found)
        if isinstance(owner, type):
            raw = vars_of(owner).get(name)
            if isinstance(raw, classmethod):
                return BoundValue(Ref(text, raw.__func__), (value,))
            if isinstance(raw, staticmethod):
                return Ref(text, raw.__func__)
        if is_static(found) or isinstance(found, type):
            if not isinstance(owner, types.ModuleType) or not owner.__name__.startswith(
                ("numpy", "math", "scipy")
            ):
                self.program.guards.append((lambda: getattr(owner, name), found))
            return Lit(found) if found is None else Ref(text, found)
        if isinstance(found, (int, float)) and getattr(owner, "__name__", "") in (
            "numpy",
            "math",
            "cmath",
            "scipy",
        ):
            return ref_constant(text, found)
        return self.program.external(name, lambda: getattr(owner, name), (name, id(owner)))

    def numeric_attribute(self, value: Value, name: str) -> Value:
        atom = self.atom(value)
        kind = atom.kind
        if name in ("shape", "ndim", "size", "dtype", "nbytes", "itemsize"):
            return self.emit(Ref("getattr", getattr), (atom, Lit(name)), active=False)
        function = self.program.attributes.get(name)
        if function is not None and isinstance(kind, (k.Array, k.Scalar)):
            return self.call(function, atom)
        if isinstance(kind, (k.Array, k.Scalar)) and name in self.program.methods:
            return BoundValue(ref_to(self.program.methods[name]), (value,))
        if isinstance(kind, k.Array) and name in ARRAY_UPDATES:
            return BoundValue(Ref("call_named", call_named), (value, Lit(name)))
        if name == "flat" and (isinstance(kind, k.Array) or atom in self.varied):
            return self.flat(value)
        known = attribute_kind(kind, name)
        if atom in self.varied and isinstance(known, k.Unknown) and function is not None:
            return self.call(function, atom)
        return self.emit(Ref("getattr", getattr), (atom, Lit(name)), kind=known)

    # ---- methods ----------------------------------------------------------------------------------

    def method(self, owner: Value, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Call a method, found by the kind of its owner."""
        owner = self.present(owner)
        kept = self.kept_method(owner, name, args, kwargs)
        if kept is not None:
            return kept
        if isinstance(owner, DictValue):
            return self.dict_value_method(owner, name, args)
        if name == "__setitem__" and isinstance(owner, Var) and len(args) == 2:
            self.set_item(owner, *args)
            return Lit(None)
        if name in IN_PLACE_METHODS and isinstance(owner, Var) and isinstance(self.kind(owner), k.Array):
            return self.call_object(ref_to(IN_PLACE_METHODS[name]), [owner, *args], kwargs)
        if isinstance(owner, Ref) and isinstance(owner.value, np.ufunc):
            return ufunc_method(self, owner.value, name, args, kwargs)
        if isinstance(owner, TupleValue) and not hasattr(owner.type, name):
            raise self.refuse(f"a tuple has no method `{name}`")
        if isinstance(owner, TupleValue) and owner.identity is not None:
            if name in LIST_METHODS:
                return self.list_method(owner, name, args, kwargs)
            if name == "copy":
                return self.static_list(owner.items)
        if isinstance(owner, TupleValue) and owner.type in (tuple, list):
            if name in LIST_METHODS and owner.type is list:
                raise self.refuse("this list cannot be updated in place", "make a new one")
            owner = self.atom(owner)
        if isinstance(owner, TupleValue) and name in ("_replace", "_asdict"):
            return self.named_tuple_method(owner, name, kwargs)
        if self.axes_of(owner) is not None:
            return self.named_method(owner, name, args, kwargs)
        if isinstance(owner, (ObjectValue, SuperValue, TupleValue, FunctionValue, BoundValue, Ref)):
            return self.call_value(self.attribute(owner, name), args, kwargs)
        if isinstance(owner, (RangeValue, Sequence)):
            owner = self.atom(owner)
        kind = self.kind(owner)
        if isinstance(kind, k.Tuple) and hasattr(kind.type, "_fields") and isinstance(owner, Var):
            items = self.unpack_atom(self.atom(owner), len(kind.items))
            return self.method(TupleValue(tuple(items), kind.type), name, args, kwargs)
        if isinstance(kind, k.List) and name in LIST_METHODS:
            return self.list_method(owner, name, args, kwargs)
        if isinstance(kind, k.List) and name == "copy":
            return self.emit(Ref("list", list), (self.atom(owner),), kind=kind)
        if isinstance(kind, k.Dict):
            found = self.dict_method(owner, kind, name, args)
            if found is not None:
                return found
        if isinstance(kind, (k.Array, k.Scalar)):
            return self.array_method(owner, name, args, kwargs)
        if isinstance(kind, k.Matrix):
            return self.matrix_method(owner, name, args, kwargs)
        if isinstance(kind, k.Object):
            if kind.type.__module__.partition(".")[0] in QUIET:
                return self.dynamic_method(owner, name, args, kwargs, quiet=True)
            found = vars_of(kind.type).get(name)
            if self.has_rule(found):
                return self.library_call(Ref(name, found), [owner, *args], kwargs)
            python = isinstance(found, (types.FunctionType, staticmethod, classmethod, property))
            if python or name in kind.names or hasattr(found, "__wrapped__"):
                return self.call_value(self.attribute(owner, name), args, kwargs)
        if isinstance(kind, k.Unknown) and self.is_varied(owner) and name in self.program.methods:
            return self.array_method(owner, name, args, kwargs)
        return self.dynamic_method(owner, name, args, kwargs)

    def array_method(self, owner: Value, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        if name in ARRAY_UPDATES and isinstance(owner, Var):
            return self.array_update(owner, name, args, kwargs)
        if name == "item" and args:
            return self.item_method(owner, args)
        if name == "view" and not args and not kwargs:
            return self.subscript(owner, Lit(Ellipsis))
        function = self.program.methods.get(name)
        if function is None:
            return self.dynamic_method(owner, name, args, kwargs)
        return self.call_object(ref_to(function), [owner, *args], kwargs)

    def item_method(self, owner: Value, args: list[Value]) -> Value:
        """Lower ``x.item(i, j)``, or ``x.item(i)`` with a flat index or a tuple."""
        kind = self.kind(owner)
        index = args[0] if len(args) == 1 else TupleValue(tuple(args))
        if (
            len(args) == 1
            and isinstance(self.kind(index), k.Scalar)
            and not (isinstance(kind, k.Array) and kind.ndim == 1)
        ):
            owner = self.call(np.ravel, self.atom(owner))
        element = self.atom(self.subscript(owner, index))
        return self.call_object(ref_to(self.program.methods["item"]), [element], {})

    def dynamic_method(
        self,
        owner: Value,
        name: str,
        args: list,
        kwargs: dict,
        quiet: bool = False,
        kind: k.Kind = k.UNKNOWN,
    ) -> Value:
        """Call a method of which nothing is known: no differentiated value may take part."""
        written = self.writing_method(owner, name, args, kwargs)
        if written is not None:
            return written
        values = [owner, *args, *kwargs.values()]
        owner_kind = self.kind(owner)
        if name in ("index", "count") and isinstance(owner_kind, (k.List, k.Tuple)):
            quiet, kind = True, k.INT
        if (isinstance(owner_kind, k.Constant) and isinstance(owner_kind.value, (str, bytes))) or name in (
            "keys",
            "format",
            "join",
        ):
            quiet = True
        if not quiet and any(
            self.is_varied(value) and k.may_hold_floats(self.kind(value)) for value in values
        ):
            raise self.unknown_derivative(Ref(name, name))
        function = self.emit(
            Ref("getattr", getattr), (self.atom(owner), Lit(name)), kind=k.UNKNOWN, active=False
        )
        atoms = [self.atom(arg) for arg in args]
        named = [(key, self.atom(value)) for key, value in kwargs.items()]
        return self.emit(function, atoms, named, kind=kind, active=False)

    # ---- containers -------------------------------------------------------------------------------

    def list_method(self, owner: Value, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        if isinstance(owner, TupleValue) and owner.identity is not None and name in STATIC_UPDATES:
            return self.static_update(name, owner, args)
        if not isinstance(owner, Var):
            raise self.refuse("this list cannot be updated in place", "make a new one")
        everything = (Lit(None), Lit(None), Lit(None))
        if name == "clear":
            self.list_update("delitem", owner, [self.emit(ir.SLICE, everything)])
        elif name == "remove":
            at = self.dynamic_method(owner, "index", args, {})
            self.list_update("delitem", owner, [at])
        elif name in ("sort", "reverse"):
            function = Ref("sorted", sorted) if name == "sort" else Ref("reversed", reversed)
            ordered = self.call_object(function, [owner], kwargs)
            self.set_item(owner, self.emit(ir.SLICE, everything), self.atom(ordered))
        else:
            return self.list_update(name, owner, args)
        return Lit(None)

    def list_update(self, action: str, container: Value, args: list[Value]) -> Value:
        """Append, extend, insert, pop or delete."""
        kept = self.kept_update(action, container, args)
        if kept is not None:
            return kept
        if not isinstance(container, Var):
            raise self.refuse("this value cannot be updated in place")
        kind = self.kind(container)
        atoms = [self.atom(arg) for arg in args]
        self.program.resized.append(self.storage(container))
        if isinstance(kind, k.List):
            if action in ("append", "insert"):
                kind = k.List(k.join(kind.item, atoms[-1].kind))
            elif action == "extend":
                other = atoms[0].kind
                item = other.item if isinstance(other, k.List) else k.UNKNOWN
                if isinstance(other, k.Tuple):
                    item = k.BOTTOM
                    for each in other.items:
                        item = k.join(item, each)
                kind = k.List(k.join(kind.item, item))
            result = self.update(action, container, atoms, kind=kind, outs=2 if action == "pop" else 1)
            return result if action == "pop" else Lit(None)
        if isinstance(kind, k.Dict) and action in ("pop", "delitem"):
            item = self.item_kind(kind)
            result = self.update(
                action, container, atoms, kind=k.Dict(None, (item,)), outs=2 if action == "pop" else 1
            )
            return result if action == "pop" else Lit(None)
        raise self.refuse("this value cannot be updated in place", "use a list, a dict or an array")

    def dict_method(self, owner: Value, kind: k.Dict, name: str, args: list[Value]) -> Value | None:
        if name in ("keys", "values", "items"):
            if kind.keys is not None:
                keys: Value = TupleValue(tuple(map(Lit, kind.keys)))
                if name == "keys":
                    return keys
                entries = [self.root_value(self.subscript(owner, Lit(key))) for key in kind.keys]
                if name == "values":
                    return TupleValue(tuple(entries))
                return TupleValue(
                    tuple(TupleValue((Lit(key), item)) for key, item in zip(kind.keys, entries, strict=True))
                )
            sequence = self.sequence(self.atom(owner))
            if name == "keys":
                return sequence

            def item(i: ir.Atom) -> Value:
                key = sequence.item(i)
                entry = self.root_value(self.subscript(owner, key))
                return entry if name == "values" else TupleValue((key, entry))

            return Sequence(sequence.length, item)
        if name == "copy":
            return self.emit(Ref("dict", dict), (self.atom(owner),), kind=kind)
        if name in ("get", "setdefault", "pop"):
            key = self.atom(args[0])
            default: Value = args[1] if len(args) > 1 else Lit(None)
            if name == "pop" and len(args) == 1:
                return self.list_update("pop", owner, args)
            if kind.keys is not None and isinstance(key, Lit):
                found = Lit(key.value in kind.keys)
            else:
                found = self.emit(ref_to(operator.contains), (self.atom(owner), key), kind=k.BOOL)
            if name == "get":
                return self.select(found, lambda: self.subscript(owner, key), lambda: default)
            if name == "pop":
                return self.select(found, lambda: self.list_update("pop", owner, args[:1]), lambda: default)
            self.branch(found, lambda: None, lambda: self.set_item(owner, key, default))
            return self.subscript(owner, key)
        if name == "update" and len(args) == 1:
            other = args[0]

            def put(entry: Value) -> None:
                key, item = self.unpack_value(entry, 2, ["", ""])
                self.set_item(owner, key, item)

            self.iterate(self.method(other, "items", [], {}), put)
            return Lit(None)
        if name == "clear":
            raise self.refuse("`dict.clear` cannot be differentiated", "make a new dict")
        return None

    def dict_value_method(self, owner: DictValue, name: str, args: list[Value]) -> Value:
        keys = tuple(map(Lit, owner.keys))
        if name == "keys":
            return TupleValue(keys)
        if name == "values":
            return TupleValue(owner.items)
        if name == "items":
            return TupleValue(tuple(map(TupleValue, zip(keys, owner.items, strict=True))))
        if name == "get" and isinstance(args[0], Lit):
            if args[0].value in owner.keys:
                return self.static_entry(owner, args[0])
            return args[1] if len(args) > 1 else Lit(None)
        raise self.refuse(f"the method `{name}` of a dict of functions cannot be differentiated")

    def named_tuple_method(self, owner: TupleValue, name: str, kwargs: dict[str, Value]) -> Value:
        fields = owner.type._fields
        if name == "_replace":
            items = tuple(kwargs.get(field, item) for field, item in zip(fields, owner.items, strict=True))
            return TupleValue(items, owner.type)
        values: list[ir.Atom] = []
        for field, item in zip(fields, owner.items, strict=True):
            values += [Lit(field), self.atom(item)]
        return self.emit(ir.DICT, values)

    # ---- context managers -------------------------------------------------------------------------

    def swallows(self, node: gast.AST) -> gast.AST | None:
        """Return the exception types of ``contextlib.suppress(...)``, or None for other managers."""
        if isinstance(node, gast.Call):
            with contextlib.suppress(S2sadError):
                function = self.expr(node.func)
                if isinstance(function, Ref) and function.value is contextlib.suppress:
                    return gast.Tuple(node.args, gast.Load())
        return None


def ref_constant(text: str, value: float) -> Ref:
    """Return a named number, such as ``np.pi``."""
    return Ref(text, value)


SPECIAL[call_named] = lambda b, args, kwargs: b.method(args[0], args[1].value, list(args[2:]), kwargs)


def lower(
    program: Program,
    function: Callable,
    kinds: dict[str, k.Kind],
    active: set[str],
    items: Mapping[str, set[int]] | None = None,
) -> tuple[ir.Function, Lowerer]:
    """Lower a function for arguments of these kinds; `active` are the parameters that are differentiated.

    Of a parameter ``*args``, only the `items` given for its name are.

    An argument whose attributes are assigned is taken apart at entry: its fields are local variables then,
    and the caller's object stays as it is. Where it cannot be decided which names show an update, calls that
    may return views of their arguments are inlined; then lists and dicts of arrays are kept in structured form,
    but for those that turn out to be needed at run time; then short loops are unrolled, too.
    """
    apart: set[str] = set()
    first: AmbiguousAlias | None = None
    while True:
        try:
            return lower_once(program, function, kinds, active, apart, items or {})
        except AssignedAttribute as assigned:
            apart.add(assigned.name)
        except S2sadError as error:
            sites = set(getattr(error, "sites", ())) - program.plain
            if program.structured and sites:
                program.plain |= sites
            elif first is None and not isinstance(error, AmbiguousAlias):
                raise
            elif program.structured:
                if program.unrolls or not program.unrollable:
                    raise first or error from None
                program.unrolls = True
                program.plain.clear()
            elif program.loose and not program.close:
                program.close = True
            else:
                program.structured = True
            first = first or error  # type: ignore[assignment]
            program.helpers.clear()


def lower_once(
    program: Program,
    function: Callable,
    kinds: dict[str, k.Kind],
    active: set[str],
    apart: set[str],
    items: Mapping[str, set[int]],
) -> tuple[ir.Function, Lowerer]:
    """Lower a function whose parameters in `apart` are taken apart at entry."""
    lowerer = program.lowerer()
    value = lowerer.function_value(function)
    node = value.node
    scope = lowerer.scope = lowerer.scope_of(value)
    lowerer.where = value.source.where(node)
    lowerer.frames = [Frame(loop=False)]
    if isinstance(node, gast.AsyncFunctionDef):
        raise lowerer.refuse(
            "`async def` cannot be differentiated", "differentiate the numeric part as a plain function"
        )
    params = []
    signature = inspect.signature(function, follow_wrapped=False)
    for name, parameter in signature.parameters.items():
        var = Var(name, kinds.get(name, k.UNKNOWN))
        var.kind = named(var)
        if name in active:
            lowerer.varied.add(var)
        params.append(ir.Param(var, name, parameter.kind, parameter.default))
        if isinstance(var.kind, k.Object) and var.kind.names:
            lowerer.parameters[var] = name
    for param in params:
        chosen = items.get(param.name, ())
        kind = param.var.kind
        if chosen and isinstance(kind, k.Tuple) and len(chosen) < len(kind.items):
            lowerer.env[scope, param.name] = chosen_items(lowerer, param.var, kind, chosen)
        else:
            lowerer.env[scope, param.name] = entry_value(lowerer, param.var, param.name in apart)
        lowerer.owners[param.var] = param.name
    bound = {param.name: lowerer.env[scope, param.name] for param in params}
    lowerer.inlining = [lowerer.outline(value, bound)]
    scope.first = next(iter(bound.values()), None)
    try:
        result = lowerer.atom(lowerer.body(node))
    except (Recursion, RecursionError):
        raise lowerer.refuse("calls are nested too deeply to be followed", "write a loop instead") from None
    lowered = ir.Function(node.name, tuple(params), tuple(lowerer.block), result, docstring(node))
    return lowered, lowerer


def chosen_items(lowerer: Lowerer, var: Var, kind: k.Tuple, chosen: Collection[int]) -> Value:
    """Return the items of ``*args``, of which only some are differentiated."""
    lowerer.varied.discard(var)
    values: list[Value] = []
    for i in range(len(kind.items)):
        item = lowerer.emit(ref_to(operator.getitem), (var, Lit(i)), hint=f"{var.hint}{i}")
        if isinstance(item, Var):
            lowerer.views.pop(item, None)
            lowerer.owners[item] = var.hint
            if i in chosen:
                lowerer.varied.add(item)
        values.append(lowerer.root_value(item))
    lowerer.varied.add(var)
    return TupleValue(tuple(values))


def entry_value(lowerer: Lowerer, var: Var, apart: bool) -> Value:
    """Return what a parameter is bound to at entry."""
    kind = var.kind
    if isinstance(kind, k.Constant) and (kind.value is None or isinstance(kind.value, str)):
        return Lit(kind.value)
    if isinstance(kind, k.Constant) and is_static(kind.value):
        return Ref(getattr(kind.value, "__name__", var.hint), kind.value)
    if k.is_named(kind):
        return lowerer.entered(var)
    if not apart or not isinstance(kind, k.Object):
        return var
    value = ObjectValue(kind.type, Identity())
    for name in kind.names:
        item = lowerer.emit(Ref("getattr", getattr), (var, Lit(name)), hint=name)
        lowerer.views.pop(item, None)  # type: ignore[call-overload]  # a storage of its own: calls are checked for overlaps
        lowerer.env[value.identity, name] = lowerer.root_value(item)
        lowerer.owners[item] = var.hint  # type: ignore[index]
    return value


__all__ = ["Lowerer", "Program", "Scope", "dict_with", "lower"]
