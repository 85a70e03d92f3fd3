"""Lowering of calls: which function is meant, and whether it is inlined, paired or left alone.

* A function with a rule, and anything that no differentiated value reaches, is called as it stands.
* A function written in Python is lowered too: inlined where it is tiny or takes part in the caller's state
  (closures, functions as arguments, local objects, updates of its arguments), else made a `Helper`, from which
  reverse mode makes a forward/backward pair.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import math
import operator
import sys
import types
from typing import Any

import gast

from s2sad.analysis import kinds as k
from s2sad.errors import S2sadError, SourceNotFound, UnknownDerivative
from s2sad.frontend.helpers import Recursion, Updates, changes_lists, local_names, stored_names
from s2sad.frontend.library_calls import LibraryCalls
from s2sad.frontend.names import Environment, ref_to
from s2sad.frontend.source import find_source
from s2sad.frontend.statements import Frame
from s2sad.frontend.values import (
    FALSE,
    BoundValue,
    ChoiceValue,
    FunctionValue,
    Identity,
    Lazy,
    ObjectValue,
    Scope,
    Sequence,
    SuperValue,
    TupleValue,
    Value,
)
from s2sad.ir import core as ir
from s2sad.ir.core import UNDEFINED, Atom, Lit, Ref, Var

DEPTH = 40  # calls inside calls that are inlined
TINY = 12  # syntax nodes in the returned expression of a function that is inlined


class Calls(LibraryCalls):
    """Resolve and build calls."""

    def expr_Call(self, node: gast.Call) -> Value:
        where = self.where
        if isinstance(node.func, gast.Name) and node.func.id == "super" and not node.args:
            return self.zero_argument_super()
        if isinstance(node.func, gast.Attribute):
            owner = self.expr(node.func.value)
            if isinstance(owner, Ref) and isinstance(owner.value, types.ModuleType):
                starred = self.starred_call(self.attribute(owner, node.func.attr), node)
                if starred is not None:
                    return starred
            args, kwargs = self.arguments(node)
            self.where = where
            return self.method(owner, node.func.attr, args, kwargs)
        function = self.expr(node.func)
        starred = self.starred_call(function, node)
        if starred is not None:
            return starred
        args, kwargs = self.arguments(node)
        self.where = where
        return self.call_value(function, args, kwargs)

    def starred_call(self, function: Value, node: gast.Call) -> Value | None:
        """Lower ``max(*xs)`` and its kin, where the number of arguments is not known."""
        target = getattr(function, "value", None)
        if (
            target not in (max, min, math.hypot)
            or len(node.args) != 1
            or not isinstance(node.args[0], gast.Starred)
        ):
            return None
        value = self.expr(node.args[0].value)
        if not isinstance(self.kind(value), (k.List, k.Array)) or isinstance(value, TupleValue):
            return None
        if target is not math.hypot:
            return self.call_value(
                function, [value], {each.arg: self.expr(each.value) for each in node.keywords}
            )
        square = Sequence(
            self.sequence(value).length,
            lambda i: self.binary(operator.pow, self.root_value(self.subscript(value, i)), Lit(2)),
        )
        return self.call_value(ref_to(math.sqrt), [self.call_value(ref_to(math.fsum), [square], {})], {})

    def arguments(self, node: gast.Call) -> tuple[list[Value], dict[str, Value]]:
        args = [self.root_value(value) for value in self.items(node.args)]
        kwargs: dict[str, Value] = {}
        for keyword in node.keywords:
            if keyword.arg is not None:
                kwargs[keyword.arg] = self.root_value(self.expr(keyword.value))
                continue
            value = self.expr(keyword.value)
            entries = self.known_entries(value)
            if entries is None:
                raise self.refuse("the keywords behind this `**` are not known", "pass them one by one")
            kwargs.update(zip((key.value for key in entries[::2]), entries[1::2], strict=True))
        return args, kwargs

    def call_value(self, function: Value, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Call any value."""
        if isinstance(function, Lazy):
            function = function.force()
        if isinstance(function, BoundValue):
            return self.call_value(function.function, [*function.args, *args], {**function.kwargs, **kwargs})
        if isinstance(function, FunctionValue):
            return self.call_function(function, args, kwargs)
        if isinstance(function, ChoiceValue):
            result = self.select(
                function.test,
                lambda: self.call_value(function.then, args, kwargs),
                lambda: self.call_value(function.orelse, args, kwargs),
            )
            return self.untangle(Lit(None) if result is None else result)
        if isinstance(function, Ref):
            return self.call_object(function, args, kwargs)
        kind = self.kind(function)
        if isinstance(kind, k.Constant) and callable(kind.value):
            return self.call_object(Ref(getattr(kind.value, "__name__", "f"), kind.value), args, kwargs)
        method = self.special_method(function, "__call__")
        if method is not None:
            return self.call_value(method, args, kwargs)
        if isinstance(function, Var):
            atoms = [self.atom(arg) for arg in args]
            named = [(name, self.atom(arg)) for name, arg in kwargs.items()]
            if any(self.is_mutable(atom.kind) and atom in self.varied for atom in atoms):
                self.program.dynamic = True
            return self.emit(self.current(function), atoms, named, kind=k.UNKNOWN)
        raise self.refuse("this value cannot be called")

    # ---- functions written in Python ---------------------------------------------------------------

    def function_value(self, function: types.FunctionType) -> FunctionValue:
        """Return a Python function as a value that can be lowered."""
        cache = self.program.functions
        found = cache.get(function)
        if found is None:
            source = find_source(function)
            found = FunctionValue(
                source.tree, source, None, Environment.of(function), cls=owner_of(function), function=function
            )
            cache[function] = found
        return found

    def call_function(self, value: FunctionValue, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Lower a call of a function whose source is known."""
        bound = self.bind(value, args, kwargs)
        plain = value.function is not None
        if plain and not any(map(self.is_varied, bound.values())) and not self.takes_part(bound):
            return self.constant_call(value, args, kwargs, bound)
        apart = plain and not self.lean and not self.is_tiny(value) and not self.takes_part(bound)
        if apart and not self.belongs_to_caller(value):
            try:
                return self.helper_call(value, bound)
            except Updates:
                pass
        call = self.outline(value, bound)
        if call in self.inlining:
            if call == self.inlining[0]:  # what this lowerer was opened for
                return self.recursive_call(value, bound)
            raise Recursion(call)
        state = self.state()
        try:
            return self.inline(value, bound, call)
        except Recursion as recursion:
            if recursion.call != call:
                raise
            self.restore(state)
        return self.recursive_call(value, bound)

    def recursive_call(self, value: FunctionValue, bound: dict[str, Value]) -> Value:
        try:
            return self.helper_call(value, bound)
        except Updates:
            raise self.refuse(
                f"the recursive function `{value.node.name}` updates its arguments",
                "return the new values instead",
            ) from None

    def state(self) -> tuple:
        """Return what is needed to take back what will be built in the open block."""
        lengths = len(self.block), len(self.frames), len(self.detached)
        return dict(self.env), self.scope, self.where, self.frames, self.open, lengths

    def restore(self, state: tuple) -> None:
        self.env, self.scope, self.where, self.frames, self.open, (statements, frames, detached) = state
        del self.block[statements:]
        del self.frames[frames:]
        self.views.update(self.detached[detached:])
        del self.detached[detached:]

    def takes_part(self, bound: dict[str, Value]) -> bool:
        """Tell whether a call's arguments can only be followed by inlining."""
        return any(map(self.is_structured, bound.values()))

    def is_structured(self, value: Value) -> bool:
        if isinstance(value, TupleValue):
            return value.type is list or any(map(self.is_structured, value.items))
        if isinstance(value, BoundValue):
            return True
        if isinstance(value, FunctionValue):
            return value.scope is not None
        return not isinstance(value, Atom)

    def belongs_to_caller(self, value: FunctionValue) -> bool:
        """Tell whether a function belongs into its caller.

        The halves of a pair that s2sad made share what they save; a function that s2sad composed, which stands in no
        module, is nothing but its calls.
        """
        name = value.node.name.rstrip("_0123456789")
        half = value.source.filename.startswith("<s2sad ") and name.endswith(("_forward", "_backward"))
        return half or not self.scope.environment.globals

    def is_tiny(self, value: FunctionValue) -> bool:
        body = [
            s
            for s in value.node.body
            if not (isinstance(s, gast.Expr) and isinstance(s.value, gast.Constant))
        ]
        if len(body) != 1 or not isinstance(body[0], gast.Return):
            return False
        name = value.node.name
        nodes = list(gast.walk(body[0]))
        if any(isinstance(node, gast.Name) and node.id == name for node in nodes):
            return False
        return (
            sum(isinstance(node, (gast.BinOp, gast.Call, gast.Subscript, gast.IfExp)) for node in nodes)
            <= TINY
        )

    def bind(self, value: FunctionValue, args: list[Value], kwargs: dict[str, Value]) -> dict[str, Value]:
        """Bind arguments to the names of a function's parameters, as Python does."""
        spec = value.node.args
        name = value.node.name
        bound: dict[str, Value] = {}
        positional = [arg.id for arg in spec.posonlyargs + spec.args]
        rest = dict(kwargs)
        for parameter, arg in zip(positional, args, strict=False):
            if parameter in rest and parameter not in [arg.id for arg in spec.posonlyargs]:
                raise self.refuse(f"`{name}` gets two values for `{parameter}`")
            bound[parameter] = arg
        extra = args[len(positional) :]
        if extra and spec.vararg is None:
            raise self.refuse(f"`{name}` takes {len(positional)} arguments, {len(args)} are given")
        positional_only = [arg.id for arg in spec.posonlyargs]
        for parameter in [*positional, *(arg.id for arg in spec.kwonlyargs)]:
            if parameter in bound:
                continue
            if parameter in rest and parameter not in positional_only:
                bound[parameter] = rest.pop(parameter)
            else:
                bound[parameter] = self.default(value, parameter)
        if spec.vararg is not None:
            bound[spec.vararg.id] = TupleValue(tuple(extra))
        if spec.kwarg is not None:
            items: list[Value] = []
            for key, arg in rest.items():
                items += [Lit(key), arg]
            if any(map(self.is_structured, rest.values())):
                bound[spec.kwarg.id] = self.static_dict(items)
            else:
                bound[spec.kwarg.id] = self.root_value(
                    self.emit(ir.DICT, [self.atom(item) for item in items])
                )
        elif rest:
            raise self.refuse(f"`{name}` has no parameter `{next(iter(rest))}`")
        return bound

    def default(self, value: FunctionValue, parameter: str) -> Value:
        """Return the default of a parameter: a value of the function object, made when it was defined."""
        if parameter in value.defaults:
            return value.defaults[parameter]
        function = value.function
        if function is not None:
            signature = inspect.signature(function, follow_wrapped=False).parameters.get(parameter)
            if signature is not None and signature.default is not inspect.Parameter.empty:
                default = signature.default
                if isinstance(default, (bool, int, float, complex, str)) or default is None:
                    return Lit(default)
                if type(default) is tuple and all(isinstance(item, (int, float, str)) for item in default):
                    return TupleValue(tuple(map(Lit, default)))
                return self.program.external(
                    parameter,
                    lambda: inspect.signature(function, follow_wrapped=False).parameters[parameter].default,
                )
        raise self.refuse(f"`{value.node.name}` needs an argument for `{parameter}`")

    def inline(self, value: FunctionValue, bound: dict[str, Value], call: Any = None) -> Value:
        """Build a function's body in place of a call of it."""
        node = value.node
        if isinstance(node, gast.AsyncFunctionDef):
            raise self.refuse(
                "`async def` cannot be differentiated", "differentiate the numeric part as a plain function"
            )
        if len(self.inlining) > DEPTH:
            raise self.refuse(
                f"calls of `{node.name}` are nested too deeply to be followed", "write a loop instead"
            )
        scope = self.scope_of(value)
        outer = self.scope, self.where, self.frames
        self.scope, self.frames = scope, [Frame(loop=False)]
        self.inlining.append(call if call is not None else self.outline(value, bound))
        for name, arg in bound.items():
            self.env[scope, name] = self.root_value(arg)
        if bound:
            scope.first = next(iter(bound.values()))
        try:
            result = self.body(node)
        finally:
            self.inlining.pop()
            self.scope, self.where, self.frames = outer
        return self.current(result) if isinstance(result, Var) else result

    def inlined(
        self, function: Any, args: list[Value], kwargs: dict[str, Value] | None = None, *, lean: bool = True
    ) -> Value:
        """Put the body of a function of ours in place of its call.

        A `lean` one is part of a rule: what is known of its arguments is worked in. Else it is read as the user's own.
        """
        value = self.function_value(function)
        outer, self.lean = self.lean, lean or self.lean
        try:
            return self.inline(value, self.bind(value, args, kwargs or {}))
        finally:
            self.lean = outer

    def body(self, node: gast.FunctionDef) -> Value:
        """Build the body of the function whose frame is open and return its result."""
        frame = self.frames[-1]
        self.env[frame.escaped] = self.env[frame.returned] = FALSE
        self.env[frame.result] = UNDEFINED
        ending = gast.copy_location(gast.Return(value=None), node.body[-1])
        self.statements([*node.body, ending])
        result = self.env.pop(frame.result)
        del self.env[frame.escaped], self.env[frame.returned]
        return Lit(None) if result is UNDEFINED else result

    def scope_of(self, value: FunctionValue) -> Scope:
        names, nonlocals = local_names(value.node)
        return Scope(
            value.node.name,
            value.source,
            value.environment,
            value.scope,
            frozenset(names),
            frozenset(nonlocals),
            cls=value.cls,
            stored=frozenset(stored_names(value.node)),
            changes_lists=changes_lists(value.node),
        )

    def constant_call(self, value: FunctionValue, args, kwargs, bound: dict[str, Value]) -> Value:
        """Call a function that no differentiated value reaches as it stands, if it leaves its arguments alone."""
        kind: k.Kind = k.UNKNOWN
        fresh = False
        if self.is_tiny(value) and not self.lean and self.outline(value, bound) not in self.inlining:
            state = self.state()
            try:
                return self.inline(value, bound)
            except (S2sadError, Recursion):
                self.restore(state)
        try:
            helper, _, _ = self.make_helper(value, bound)
            if self.program.close and not helper.fresh and not helper.recursive:
                raise Updates
            if helper.updates:
                return self.helper_call(value, bound)
            self.program.loose |= not helper.fresh
        except Updates:
            return self.inline(value, bound)
        except (S2sadError, Recursion):
            pass
        else:
            if helper.function is not None:
                kind = helper.function.result.kind
                fresh = helper.fresh
                if isinstance(kind, k.Constant) and kind.value is None:
                    kind = k.UNKNOWN if not isinstance(helper.function.result, Lit) else kind
        function = value.function
        atoms = [self.atom(arg) for arg in args]
        named = [(name, self.atom(arg)) for name, arg in kwargs.items()]
        out = self.emit(Ref(function.__name__, function), atoms, named, kind=kind)
        if fresh:
            self.forget_links(out)
        return out

    def forget_links(self, out: Atom) -> None:
        self.env["links"] = frozenset(
            link for link in self.env.get("links", frozenset()) if link[1] is not out
        )

    # ---- known objects ----------------------------------------------------------------------------

    def call_object(self, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Call a function, class or other object that is known."""
        target = ref.value
        if self.lean and getattr(target, "__module__", None) in ("s2sad.runtime", "s2sad.batches"):
            return self.library_call(ref, args, kwargs)
        if any(target is each for each in self.program.at_run_time):
            raise self.error(
                UnknownDerivative,
                "the second derivative of a callable that is known only at run time is not known",
                "call the functions by name, or choose among them with `if`",
            )
        special = self.special(target)
        if special is not None:
            return special(self, args, kwargs)
        rule = self.registry.rule(target)
        if rule is not None:
            return self.library_call(ref, args, kwargs)
        if hasattr(type(target), "__s2sad_derivative__"):
            return self.derivative_call(target, args, kwargs)
        if isinstance(target, functools.partial):
            return self.partial_call(target, args, kwargs)
        if isinstance(target, (types.MethodType, types.BuiltinMethodType)):
            return self.bound_call(ref, args, kwargs)
        if isinstance(target, type):
            return self.construct(ref, args, kwargs)
        if isinstance(target, types.FunctionType):
            return self.python_call(ref, args, kwargs)
        wrapped = getattr(target, "__wrapped__", None)
        if type(target).__name__ == "_lru_cache_wrapper" and wrapped is not None:
            return self.call_object(Ref(ref.text, wrapped), args, kwargs)
        return self.opaque_call(ref, args, kwargs)

    def bound_call(self, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Call a method of an object that is known."""
        target = ref.value
        cls, name = type(target.__self__), target.__name__
        if cls in k.SINGLES:
            return self.opaque_call(ref, args, kwargs)
        if isinstance(target, types.MethodType):
            owner = self.program.external(
                getattr(target.__self__, "__name__", "self"), lambda: target.__self__
            )
            return self.call_object(Ref(name, target.__func__), [owner, *args], kwargs)
        method = getattr(cls, name, None)
        if not self.has_rule(method):
            return self.opaque_call(ref, args, kwargs)
        owner = self.program.external(cls.__name__.lower(), lambda: target.__self__)
        return self.library_call(Ref(name, method), [owner, *args], kwargs)

    def python_call(self, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> Value:
        function = ref.value
        try:
            value = self.function_value(function)
        except SourceNotFound as error:
            if any(map(self.is_varied, (*args, *kwargs.values()))):
                if error.where is None:
                    error.where = self.where
                raise
            return self.opaque_call(ref, args, kwargs)
        return self.call_function(value, args, kwargs)

    def partial_call(self, target: functools.partial, args: list[Value], kwargs: dict[str, Value]) -> Value:
        leading = [
            self.known_argument(f"arg{i}", lambda i=i: target.args[i]) for i in range(len(target.args))
        ]
        named = {
            name: self.known_argument(name, lambda name=name: target.keywords[name])
            for name in target.keywords
        }
        inner = Ref(getattr(target.func, "__name__", "f"), target.func)
        return self.call_value(inner, [*leading, *args], {**named, **kwargs})

    def known_argument(self, name: str, read: Any) -> Value:
        value = read()
        if isinstance(value, (bool, int, float, complex, str)) or value is None:
            return Lit(value)
        return self.program.external(name, read)

    # ---- classes ----------------------------------------------------------------------------------

    def construct(self, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> Value:
        cls = ref.value
        if issubclass(cls, tuple) and hasattr(cls, "_fields"):
            fields = dict(zip(cls._fields, args, strict=False)) | kwargs
            for name, default in cls._field_defaults.items():
                if name not in fields:
                    fields[name] = self.known_argument(name, lambda default=default: default)
            missing = [name for name in cls._fields if name not in fields]
            if missing or len(fields) != len(cls._fields):
                raise self.refuse(f"`{cls.__name__}` needs exactly the fields {', '.join(cls._fields)}")
            return TupleValue(tuple(fields[name] for name in cls._fields), cls)
        init = cls.__init__
        if cls is types.SimpleNamespace and not args:
            return self.namespace(kwargs)
        if issubclass(cls, BaseException) or cls.__module__ in ("builtins", "numpy"):
            return self.opaque_call(ref, args, kwargs)
        standard = cls.__module__.partition(".")[0] in sys.stdlib_module_names
        if standard and hasattr(cls, "__exit__") and not any(map(self.is_varied, (*args, *kwargs.values()))):
            return self.opaque_call(ref, args, kwargs)  # `with` runs it as it stands
        if dataclasses.is_dataclass(cls) and "__init__" in vars(cls) and cls.__dataclass_params__.init:
            return self.construct_dataclass(cls, args, kwargs)
        if isinstance(init, types.FunctionType) and cls.__new__ is object.__new__:
            value = ObjectValue(cls, Identity())
            self.call_value(Ref(f"{cls.__name__}.__init__", init), [value, *args], kwargs)
            return value
        if init is object.__init__ and cls.__new__ is object.__new__ and not args and not kwargs:
            return ObjectValue(cls, Identity())
        return self.opaque_call(ref, args, kwargs)

    def namespace(self, kwargs: dict[str, Value]) -> Value:
        value = ObjectValue(types.SimpleNamespace, Identity())
        for name, item in kwargs.items():
            self.env[value.identity, name] = self.root_value(item)
        return value

    def construct_dataclass(self, cls: type, args: list[Value], kwargs: dict[str, Value]) -> Value:
        value = ObjectValue(cls, Identity())
        fields = [field for field in dataclasses.fields(cls) if field.init]
        given = dict(zip([field.name for field in fields if not field.kw_only], args, strict=False)) | kwargs
        for field in dataclasses.fields(cls):
            if field.name in given:
                item = given.pop(field.name)
            elif field.default is not dataclasses.MISSING:
                item = self.known_argument(field.name, lambda field=field: field.default)
            elif field.default_factory is not dataclasses.MISSING:
                item = self.call_value(ref_to(field.default_factory), [], {})
            elif field.init:
                raise self.refuse(f"`{cls.__name__}` needs a value for `{field.name}`")
            else:
                continue
            item = self.root_value(item)
            if isinstance(item, Var) and not item.hint:
                item.hint = field.name
            self.env[value.identity, field.name] = item
        if given:
            raise self.refuse(f"`{cls.__name__}` has no field `{next(iter(given))}`")
        if hasattr(cls, "__post_init__"):
            self.call_value(self.attribute(value, "__post_init__"), [], {})
        return value

    def atom_of_object(self, value: ObjectValue) -> Atom:
        """Make a run-time object of a local one, where its class allows it."""
        cls = value.type
        if not dataclasses.is_dataclass(cls):
            otherwise = (
                f"a local object of class `{cls.__name__}` is passed to a place where it cannot be followed",
                "make the class a dataclass, or pass its numbers",
            )
            raise self.refuse(*getattr(cls, "not_followed", otherwise))
        names = [field.name for field in dataclasses.fields(cls)]
        items = [self.atom(self.env[value.identity, name]) for name in names]
        kind = k.Object(cls, tuple(names), tuple(item.kind for item in items))
        return self.emit(Ref(cls.__name__, cls), (), tuple(zip(names, items, strict=True)), kind=kind)

    def zero_argument_super(self) -> Value:
        scope: Scope | None = self.scope
        while scope is not None and scope.cls is None:
            scope = scope.parent
        if scope is None or scope.first is None or scope.cls is None:
            raise self.refuse("`super()` is not possible here")
        return SuperValue(scope.cls, scope.first)

    def derivative_call(self, derivative: Any, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Call a function that s2sad itself made: its text is read like any other."""
        values, named = derivative.split_bound(args, kwargs, self)
        kinds = [self.kind_for_version(value) for value in values]
        kinds_of_named = {name: self.kind_for_version(v) for name, v in named.items()}
        function = derivative.function_for_kinds(kinds, kinds_of_named, self.program.shapes.labels)
        return self.call_object(Ref(function.__name__, function), values, named)

    def kind_for_version(self, value: Value) -> k.Kind:
        return (
            self.atom(value).kind
            if isinstance(value, (Var, Lit, TupleValue, ObjectValue))
            else self.kind(value)
        )


def owner_of(function: types.FunctionType) -> type | None:
    """Return the class that a function was defined in, from its `__class__` cell."""
    if "__class__" in function.__code__.co_freevars:
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        try:
            return cells["__class__"].cell_contents
        except ValueError:
            return None
    return None
