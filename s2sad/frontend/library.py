"""How the frontend takes part of the standard library and NumPy: built-in functions with structure of their own.

What has a derivative rule is a row in `s2sad.rules`; here is only what must be known while lowering:
iteration, containers and introspection. The functions that update an array in place are in `writes`.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.analysis.transfer import result_kind
from s2sad.frontend.calls import Calls
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import (
    BoundValue,
    DictValue,
    FunctionValue,
    GeneratorValue,
    ObjectValue,
    RangeValue,
    Scope,
    Sequence,
    TupleValue,
    Value,
)
from s2sad.ir import core as ir
from s2sad.ir.core import UNDEFINED, Lit, Ref, Var

Handler = Callable[["Library", list[Value], dict[str, Value]], Value]
SPECIAL: dict[Any, Handler] = {}
WRITTEN_OUT: set[str] = set()  # files of functions lowered in place of others: their lines say nothing
OBJECTS: dict[type, Callable[[Any], Handler]] = {}  # for callable objects of these classes


def handles(*functions: Any) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        for function in functions:
            SPECIAL[function] = handler
        return handler

    return register


class Library(Calls):
    """Calls of the functions in `SPECIAL`."""

    def special(self, target: Any) -> Handler | None:
        if getattr(target, "__module__", None) in FOREIGN:
            return FOREIGN[target.__module__].get(target.__name__)
        if type(target) in OBJECTS:
            return OBJECTS[type(target)](target)
        try:
            return self.program.special.get(target) or SPECIAL.get(target)
        except TypeError:
            return None

    def iterate(self, value: Value, body: Any, hint: str = "", frame: Any = None) -> None:
        if isinstance(value, GeneratorValue):
            if frame is None:
                outer, self.scope = self.scope, value.scope

                def each() -> None:
                    item = self.expr(value.node.elt)
                    inner, self.scope = self.scope, outer
                    body(item)
                    self.scope = inner

                self.generate(value.node, each)
                self.scope = outer
                return
            value = self.listed(value)
        super().iterate(value, body, hint, frame)

    def sequence(self, value: Value) -> Sequence:
        if isinstance(value, GeneratorValue):
            value = self.listed(value)
        if isinstance(value, DictValue):
            value = TupleValue(tuple(map(Lit, value.keys)))
        return super().sequence(value)

    def atom(self, value: Value) -> ir.Atom:
        if isinstance(value, GeneratorValue):
            return self.listed(value)
        if isinstance(value, DictValue):
            items: list[ir.Atom] = []
            for key, item in zip(value.keys, value.items, strict=True):
                items += [Lit(key), self.atom(item)]
            return self.emit(ir.DICT, items)
        return super().atom(value)

    def unrolled_items(self, value: GeneratorValue) -> tuple[Value, ...] | None:
        """Return what a generator expression yields, where its length is known now."""
        node = value.node
        if len(node.generators) != 1 or node.generators[0].ifs:
            return None
        outer, self.scope = self.scope, value.scope
        state = self.state()
        try:
            iterable = self.static_items(self.expr(node.generators[0].iter))
            if not isinstance(iterable, TupleValue):
                self.restore(state)
                return None
            self.scope = self.nested_scope(node)
            items = []
            for item in iterable.items:
                self.assign(node.generators[0].target, self.root_value(item))
                items.append(self.root_value(self.expr(node.elt)))
            return tuple(items)
        finally:
            self.scope = outer

    def listed(self, value: GeneratorValue) -> ir.Atom:
        """Make a list of what a generator expression yields."""
        out = self.emit(ir.LIST, ())
        self.iterate(value, lambda item: self.list_update("append", out, [item]))
        return self.read(out)

    def reduce_over(
        self, value: Value, start: Value | None, step: Callable[[Value, Value], Value], hint: str
    ) -> Value:
        """Fold an iterable into one value with a loop."""
        scope = Scope("<fold>", self.scope.source, self.scope.environment, self.scope, frozenset((hint,)))
        if start is None:
            value = self.static_items(value) if not isinstance(value, GeneratorValue) else self.listed(value)
            if isinstance(value, TupleValue):
                start, value = value.items[0], TupleValue(value.items[1:])
            else:
                sequence = self.sequence(value)
                start = sequence.item(Lit(0))
                rest = self.binary(operator.sub, sequence.length, Lit(1))
                value = Sequence(
                    self.atom(rest), lambda i: sequence.item(self.atom(self.binary(operator.add, i, Lit(1))))
                )
        self.env[scope, hint] = self.root_value(start)

        def body(item: Value) -> None:
            old = self.env[scope, hint]
            old = self.current(old) if isinstance(old, Var) else old
            self.env[scope, hint] = self.root_value(step(old, item))

        self.iterate(value, body)
        result = self.env.pop((scope, hint))
        return self.current(result) if isinstance(result, Var) else result


# ---- iteration ------------------------------------------------------------------------------------------


@handles(range)
def _range(b: Library, args: list[Value], kwargs: dict) -> Value:
    atoms = [b.atom(arg) for arg in args]
    start, stop, step = {1: (Lit(0), atoms[0], Lit(1))}.get(len(atoms), (*atoms, Lit(1))[:3])
    return RangeValue(start, stop, step)


@handles(enumerate)
def _enumerate(b: Library, args: list[Value], kwargs: dict) -> Value:
    start = kwargs.get("start", args[1] if len(args) > 1 else Lit(0))
    return b.enumerated(args[0], b.atom(start))


@handles(zip)
def _zip(b: Library, args: list[Value], kwargs: dict) -> Value:
    return b.zipped(args)


@handles(reversed)
def _reversed(b: Library, args: list[Value], kwargs: dict) -> Value:
    return b.reverse_of(args[0])


@handles(map)
def _map(b: Library, args: list[Value], kwargs: dict) -> Value:
    return b.mapped(args[0], args[1:])


@handles(functools.reduce)
def _reduce(b: Library, args: list[Value], kwargs: dict) -> Value:
    start = args[2] if len(args) > 2 else None
    return b.reduce_over(args[1], start, lambda old, item: b.call_value(args[0], [old, item], {}), "result")


@handles(next)
def _next(b: Library, args: list[Value], kwargs: dict) -> Value:
    raise b.refuse("`next` cannot be differentiated", "loop over the iterable, or index a list")


@handles(sorted)
def _sorted(b: Library, args: list[Value], kwargs: dict) -> Value:
    key = kwargs.get("key", Lit(None))
    named = [(name, b.atom(value)) for name, value in kwargs.items() if name == "reverse"]
    value = b.static_items(args[0])
    if key == Lit(None) and not b.is_varied(value) and not isinstance(value, (TupleValue, Sequence)):
        atom = b.atom(value)
        return b.emit(
            Ref("sorted", sorted),
            (atom,),
            named,
            kind=atom.kind if isinstance(atom.kind, k.List) else k.UNKNOWN,
        )
    if isinstance(value, (Sequence, RangeValue, GeneratorValue)):
        value = b.atom(value) if not isinstance(value, RangeValue) else b.atom_of_sequence(b.sequence(value))
    sequence = b.sequence(value)
    keys: Value = value
    if key != Lit(None):
        keys = b.atom_of_sequence(
            Sequence(sequence.length, lambda i: b.call_value(key, [b.root_value(sequence.item(i))], {}))
        )
    getter = b.emit(Ref("getattr", getattr), (b.atom(keys), Lit("__getitem__")), kind=k.UNKNOWN, active=False)
    span = b.emit(Ref("range", range), (sequence.length,), kind=k.UNKNOWN)
    order = b.emit(
        Ref("sorted", sorted),
        (span,),
        (("key", getter), *named),
        kind=k.List(k.INT),
        active=False,
        hint="order",
    )
    return b.atom_of_sequence(
        Sequence(sequence.length, lambda i: sequence.item(b.emit(ref_to(operator.getitem), (order, i))))
    )


def _extreme(function: Any, comparison: Any) -> Handler:
    def handler(b: Library, args: list[Value], kwargs: dict) -> Value:
        key = kwargs.get("key", Lit(None))
        if len(args) == 1:
            value = b.static_items(args[0])
            if isinstance(value, TupleValue) and key == Lit(None):
                return handler(b, list(value.items), {})
            if isinstance(value, (Sequence, RangeValue, GeneratorValue)):
                value = (
                    b.atom(value)
                    if not isinstance(value, RangeValue)
                    else b.atom_of_sequence(b.sequence(value))
                )
            atom = b.atom(value)
            default = kwargs.get("default")
            if key == Lit(None) and not b.is_varied(atom) and (default is None or not b.is_varied(default)):
                named = [] if default is None else [("default", b.atom(default))]
                return b.emit(ref_to(function), (atom,), named)
            sequence = b.sequence(atom)

            def best() -> Value:
                keys: Value = atom
                if key != Lit(None):
                    keys = b.atom_of_sequence(
                        Sequence(
                            sequence.length, lambda i: b.call_value(key, [b.root_value(sequence.item(i))], {})
                        )
                    )
                getter = b.emit(
                    Ref("getattr", getattr), (b.atom(keys), Lit("__getitem__")), kind=k.UNKNOWN, active=False
                )
                span = b.emit(Ref("range", range), (sequence.length,), kind=k.UNKNOWN)
                at = b.emit(
                    ref_to(function), (span,), (("key", getter),), kind=k.INT, active=False, hint="best"
                )
                return sequence.item(at)

            if default is None:
                return best()
            return b.select(b.truth(sequence.length), best, lambda: default)
        if key == Lit(None) and not any(map(b.is_varied, args)):
            return b.emit(ref_to(function), [b.atom(arg) for arg in args])
        if key != Lit(None):
            keys = [b.call_value(key, [arg], {}) for arg in args]
        else:
            keys = list(args)
        result, result_key = args[0], keys[0]
        for arg, arg_key in zip(args[1:], keys[1:], strict=True):
            test = b.truth(b.binary(comparison, arg_key, result_key))
            old, old_key = result, result_key
            pair = b.select(
                test,
                lambda arg=arg, arg_key=arg_key: TupleValue((arg, arg_key)),
                lambda old=old, old_key=old_key: TupleValue((old, old_key)),
            )
            assert isinstance(pair, TupleValue)
            result, result_key = pair.items
        return result

    return handler


SPECIAL[max] = _extreme(max, operator.gt)
SPECIAL[min] = _extreme(min, operator.lt)


@handles(sum)
def _sum(b: Library, args: list[Value], kwargs: dict) -> Value:
    start = kwargs.get("start", args[1] if len(args) > 1 else Lit(0))
    kind = b.kind(args[0])
    if isinstance(kind, k.Array) and kind.ndim == 1 and start == Lit(0):
        return b.call(np.sum, b.atom(args[0]))
    if not isinstance(args[0], (GeneratorValue, Sequence, TupleValue)) and not b.is_varied(args[0]):
        atom = b.atom(args[0])
        item = atom.kind.item if isinstance(atom.kind, k.List) else k.UNKNOWN
        kind = result_kind(operator.add, [start.kind if isinstance(start, Lit) else k.UNKNOWN, item], {})
        return b.emit(Ref("sum", sum), (atom, b.atom(start))[: 1 if start == Lit(0) else 2], kind=kind)

    def step(old: Value, item: Value) -> Value:
        return item if old == Lit(0) and isinstance(old, Lit) else b.binary(operator.add, old, item)

    return b.reduce_over(args[0], start, step, "total")


# ---- containers and introspection -----------------------------------------------------------------------


@handles(len)
def _len(b: Library, args: list[Value], kwargs: dict) -> Value:
    value = args[0]
    if isinstance(value, TupleValue):
        return Lit(len(value.items))
    if isinstance(value, DictValue):
        return Lit(len(value.keys))
    if isinstance(value, (Sequence, RangeValue)):
        return b.sequence(value).length
    method = b.special_method(value, "__len__")
    if method is not None:
        return b.call_value(method, [], {})
    return b.emit(Ref("len", len), (b.atom(value),))


@handles(list, tuple)
def _list(b: Library, args: list[Value], kwargs: dict) -> Value:
    return make_list(b, args, None)


def make_list(b: Library, args: list[Value], cls: Any) -> Value:
    if not args:
        return b.emit(ir.LIST, ())
    value = b.static_items(args[0])
    if isinstance(value, TupleValue):
        if cls is tuple:
            return TupleValue(value.items)
        if any(map(b.has_no_atom, value.items)):
            return b.static_list(value.items)
        if b.lean:
            return TupleValue(value.items, list)
        return b.emit(ir.LIST, [b.atom(item) for item in value.items])
    if isinstance(value, GeneratorValue):
        items = b.unrolled_items(value)
        if items is not None:
            return TupleValue(items) if cls is tuple else make_list(b, [TupleValue(items)], cls)
        atom = b.atom(value)
    elif isinstance(value, (Sequence, RangeValue)) or isinstance(b.kind(value), k.Array):
        atom = b.atom_of_sequence(b.sequence(value))
    else:
        kind = b.kind(value)
        kind = kind if isinstance(kind, k.List) else k.List(k.UNKNOWN)
        return b.emit(
            ref_to(tuple if cls is tuple else list),
            (b.atom(value),),
            kind=k.UNKNOWN if cls is tuple else kind,
            active=False if isinstance(b.kind(value), k.Dict) else None,  # its keys
        )
    return b.emit(ref_to(tuple), (atom,), kind=k.UNKNOWN) if cls is tuple else atom


SPECIAL[list] = lambda b, args, kwargs: make_list(b, args, list)
SPECIAL[tuple] = lambda b, args, kwargs: TupleValue(()) if not args else make_list(b, args, tuple)


@handles(dict)
def _dict(b: Library, args: list[Value], kwargs: dict) -> Value:
    if args:
        value = args[0]
        if not isinstance(b.kind(value), (k.Dict, k.Unknown)) or isinstance(
            value, (Sequence, GeneratorValue)
        ):
            out = b.emit(ir.DICT, ())

            def add(item: Value) -> None:
                key, entry = b.unpack_value(item, 2, ["", ""])
                b.set_item(out, key, entry)

            b.iterate(value, add)
        else:
            atom = b.atom(value)
            out = b.emit(Ref("dict", dict), (atom,), kind=atom.kind)
        for name, entry in kwargs.items():
            b.set_item(out, Lit(name), entry)
        return b.current(out)
    values: list[Value] = []
    for name, entry in kwargs.items():
        values += [Lit(name), entry]
    if any(map(b.is_structured, kwargs.values())):
        return b.static_dict(values)
    return b.emit(ir.DICT, [b.atom(value) for value in values])


@handles(isinstance)
def _isinstance(b: Library, args: list[Value], kwargs: dict) -> Value:
    value, classes = args
    cls = None
    if isinstance(value, (ObjectValue, TupleValue)):
        cls = getattr(value.type, "stands_for", value.type)
    elif isinstance(b.kind(value), (k.Object, k.Tuple)):
        cls = b.kind(value).type
    elif isinstance(value, Ref):
        cls = type(value.value)
    wanted = class_tuple(classes)
    if cls is not None and wanted is not None:
        return Lit(issubclass(cls, wanted))
    if wanted is not None and isinstance(value, ir.Atom):
        known = (
            result_kind(isinstance, [b.kind(value), k.Constant(wanted[0])], {}) if len(wanted) == 1 else None
        )
        if len(wanted) > 1:
            results = [result_kind(isinstance, [b.kind(value), k.Constant(each)], {}) for each in wanted]
            values = [getattr(each, "value", None) for each in results]
            if any(each is True for each in values):
                return Lit(True)
            if all(each is False for each in values):
                return Lit(False)
        elif isinstance(getattr(known, "value", None), bool):
            return Lit(known.value)
    return b.emit(Ref("isinstance", isinstance), (b.atom(value), b.atom(classes)), kind=k.BOOL)


def class_tuple(value: Value) -> tuple[type, ...] | None:
    """Return the classes of an `isinstance` test, or None where they are not known."""
    if isinstance(value, Ref) and isinstance(value.value, type):
        return (value.value,)
    if isinstance(value, TupleValue):
        parts = [class_tuple(item) for item in value.items]
        if None not in parts:
            return tuple(cls for part in parts for cls in part or ())
    args = getattr(getattr(value, "value", None), "__args__", None)
    return tuple(args) if args and all(isinstance(each, type) for each in args) else None


@handles(type)
def _type(b: Library, args: list[Value], kwargs: dict) -> Value:
    cls = b.type_of(args[0])
    cls = getattr(cls, "stands_for", cls)
    if cls is not object:
        return Ref(cls.__name__, cls)
    return b.emit(Ref("type", type), (b.atom(args[0]),), kind=k.UNKNOWN, active=False)


@handles(getattr)
def _getattr(b: Library, args: list[Value], kwargs: dict) -> Value:
    if not isinstance(args[1], Lit):
        raise b.refuse("`getattr` with a name that is not a literal cannot be differentiated")
    name = args[1].value
    if len(args) < 3:
        return b.attribute(args[0], name)
    return b.select(has_attribute(b, args[0], name), lambda: b.attribute(args[0], name), lambda: args[2])


@handles(hasattr)
def _hasattr(b: Library, args: list[Value], kwargs: dict) -> Value:
    if not isinstance(args[1], Lit):
        raise b.refuse("`hasattr` with a name that is not a literal cannot be differentiated")
    return has_attribute(b, args[0], args[1].value)


KINDS = {k.List: list, k.Dict: dict, k.Tuple: tuple, k.Slice: slice}


def has_attribute(b: Library, value: Value, name: str) -> ir.Atom:
    """Return whether a value has an attribute: a literal where its kind tells."""
    if isinstance(value, ObjectValue):
        return Lit((value.identity, name) in b.env or hasattr(value.type, name))
    if isinstance(value, Ref):
        return Lit(hasattr(value.value, name))
    if isinstance(value, TupleValue):
        return Lit(hasattr(value.type, name))
    if isinstance(value, (FunctionValue, BoundValue)):
        return Lit(hasattr(has_attribute, name))
    kind = b.kind(value)
    if isinstance(kind, k.Constant):
        return Lit(hasattr(kind.value, name))
    if isinstance(kind, k.Object) and (name in kind.names or hasattr(kind.type, name)):
        return Lit(True)
    if isinstance(kind, k.Tuple) or type(kind) in KINDS:
        return Lit(hasattr(getattr(kind, "type", KINDS[type(kind)]), name))
    if isinstance(kind, k.Array) and kind.shape is not None:
        return Lit(hasattr(np.ndarray, name))
    if isinstance(kind, k.Scalar) and kind.python is not None and not kind.mixed:
        dtype = np.dtype(kind.dtype)
        return Lit(
            hasattr(
                {"f": float, "i": int, "b": bool, "c": complex}[dtype.kind] if kind.python else dtype.type,
                name,
            )
        )
    return b.emit(Ref("hasattr", hasattr), (b.atom(value), Lit(name)), kind=k.BOOL, active=False)


@handles(dataclasses.replace)
def _replace(b: Library, args: list[Value], kwargs: dict) -> Value:
    cls = b.type_of(args[0])
    if len(args) != 1 or not dataclasses.is_dataclass(cls):
        raise b.refuse("`replace` of an object that is not known to be a dataclass cannot be differentiated")
    changes = dict(kwargs)
    for field in dataclasses.fields(cls):
        if field.init and field.name not in changes:
            changes[field.name] = b.attribute(args[0], field.name)
    return b.construct(Ref(cls.__name__, cls), [], changes)


@handles(callable)
def _callable(b: Library, args: list[Value], kwargs: dict) -> Value:
    value = args[0]
    if isinstance(value, (FunctionValue, BoundValue)):
        return Lit(True)
    kind = b.kind(value)
    if isinstance(kind, k.Constant):
        return Lit(callable(kind.value))
    return Lit(callable(getattr(kind, "type", None)) and hasattr(kind.type, "__call__"))  # noqa: B004  a class with this method, not any callable


@handles(print)
def _print(b: Library, args: list[Value], kwargs: dict) -> Value:
    named = [(name, b.atom(value)) for name, value in kwargs.items()]
    b.emit(Ref("print", print), [b.atom(arg) for arg in args], named, kind=k.NONE, active=False)
    return Lit(None)


@handles(functools.partial)
def _partial(b: Library, args: list[Value], kwargs: dict) -> Value:
    return BoundValue(args[0], tuple(args[1:]), dict(kwargs))


@handles(eval, exec, compile, locals, vars, globals, dir, input)
def _introspection(b: Library, args: list[Value], kwargs: dict) -> Value:
    raise b.refuse(
        "a program that looks at its own names or text cannot be differentiated", "write the names out"
    )


@handles(functools.wraps)
def _wraps(b: Library, args: list[Value], kwargs: dict) -> Value:
    return Ref("identity", identity)


def identity(value: Any) -> Any:
    """Return the value: what `functools.wraps(f)` does to behaviour."""
    return value


@handles(identity)
def _identity(b: Library, args: list[Value], kwargs: dict) -> Value:
    return args[0]


# ---- SciPy's switch between array libraries --------------------------------------------------------------


def _namespace(b: Library, args: list[Value], kwargs: dict) -> Value:
    return Ref("np", np)


def _as_array(b: Library, args: list[Value], kwargs: dict) -> Value:
    array = b.atom(args[0])
    copies = kwargs.get("copy") == Lit(True)
    return b.call(np.copy if copies else np.asarray, array)


def _promote(b: Library, args: list[Value], kwargs: dict) -> Value:
    arrays = tuple(b.call(np.asarray, b.atom(arg)) for arg in args)
    return arrays[0] if len(arrays) == 1 else TupleValue(arrays)


FOREIGN: dict[str, dict[str, Handler]] = {
    "scipy._lib._array_api_override": {"array_namespace": _namespace},
    "scipy._lib._array_api": {
        "array_namespace": _namespace,
        "xp_promote": _promote,
        "_asarray": _as_array,
        "xp_copy": lambda b, args, kwargs: b.call(np.copy, b.atom(args[0])),
        "xp_size": lambda b, args, kwargs: b.numeric_attribute(args[0], "size"),
        "is_numpy": lambda b, args, kwargs: Lit(True),
    },
}


# ---- arrays ---------------------------------------------------------------------------------------------


@handles(math.prod)
def _prod(b: Library, args: list[Value], kwargs: dict) -> Value:
    start = kwargs.get("start", Lit(1))
    return b.reduce_over(args[0], start, lambda old, item: b.binary(operator.mul, old, item), "product")


@handles(math.fsum)
def _fsum(b: Library, args: list[Value], kwargs: dict) -> Value:
    return _sum(b, args, {})


__all__ = ["OBJECTS", "SPECIAL", "UNDEFINED", "Library", "handles"]
