"""How the frontend takes the standard library: `collections`, `statistics`, `functools`, `operator`, and numbers."""

from __future__ import annotations

import cmath
import collections
import functools
import math
import operator
import statistics
from collections.abc import Callable
from typing import Any

import gast

from s2sad.analysis import kinds as k
from s2sad.errors import S2sadError
from s2sad.frontend import stand_ins
from s2sad.frontend.iterator_functions import instead, written_out
from s2sad.frontend.iterators import Iterators, argument, is_known
from s2sad.frontend.library import SPECIAL, WRITTEN_OUT, handles, identity
from s2sad.frontend.names import add_module, ref_to
from s2sad.frontend.values import (
    FALSE,
    TRUE,
    BoundValue,
    FunctionValue,
    Identity,
    ObjectValue,
    Sequence,
    TupleValue,
    Value,
)
from s2sad.ir.core import Atom, Lit, Ref

add_module("cmath", cmath)

CONTAINERS: dict[type, type] = {
    collections.deque: stand_ins.Deque,
    collections.defaultdict: stand_ins.DefaultDict,
    collections.Counter: stand_ins.Counts,
}
WRITTEN_OUT.add(stand_ins.__file__)


class Standard(Iterators):
    """Containers that are lists and dicts in substance."""

    def at(self, node: gast.AST) -> None:
        if self.scope.source.filename not in WRITTEN_OUT:  # else the place is that of the call
            super().at(node)

    def call_function(self, value: FunctionValue, args: list[Value], kwargs: dict[str, Value]) -> Value:
        where = self.where
        try:
            return super().call_function(value, args, kwargs)
        except S2sadError as error:
            if value.source.filename in WRITTEN_OUT and error.where is None:
                error.where = where
            raise

    # ---- containers -------------------------------------------------------------------------------

    def content(self, value: Value) -> Value:
        """Return the list or dict that a container of `collections` is in substance; other values as they are."""
        if isinstance(value, ObjectValue) and value.type in CONTAINERS.values():
            return self.attribute(value, "content")
        return value

    def class_attribute(self, cls: type, value: Value, name: str) -> Value:
        if cls in CONTAINERS.values() and name not in vars(cls):
            original = cls.__bases__[0].__name__
            raise self.refuse(
                f"`{name}` of a `{original}` cannot be differentiated",
                "use a list" if cls is stand_ins.Deque else "use a dict",
            )
        return super().class_attribute(cls, value, name)

    def atom(self, value: Value) -> Atom:
        return super().atom(self.content(value))

    def truth(self, value: Value) -> Atom:
        value = self.content(value)
        if isinstance(value, ObjectValue):
            for name in ("__bool__", "__len__"):
                method = self.special_method(value, name)
                if method is not None:
                    return self.truth(self.call_value(method, [], {}))
        return super().truth(value)

    def contains(self, container: Value, item: Value) -> Value:
        return super().contains(self.content(container), item)

    def static_items(self, value: Value) -> Value:
        return super().static_items(self.content(value))

    def list_update(self, action: str, container: Value, args: list[Value]) -> Value:
        return super().list_update(action, self.content(container), args)

    def sequence(self, value: Value) -> Sequence:
        return super().sequence(self.content(value))


# ---- collections ----------------------------------------------------------------------------------------


def _container(cls: type) -> Callable:
    def handler(b: Standard, args: list[Value], kwargs: dict) -> Value:
        value = ObjectValue(cls, Identity())
        init = Ref(f"{cls.__name__}.__init__", cls.__init__)  # type: ignore[misc]
        b.call_value(init, [value, *args], kwargs)
        return value

    return handler


handles(collections.deque)(_container(stand_ins.Deque))
handles(collections.defaultdict)(_container(stand_ins.DefaultDict))
SPECIAL[collections.OrderedDict] = SPECIAL[dict]


@handles(collections.Counter)
def _counter(b: Standard, args: list[Value], kwargs: dict) -> Value:
    if args and not isinstance(b.kind(args[0]), k.Dict):
        if is_known(b, args):
            return b.opaque_call(Ref("collections.Counter", collections.Counter), args, kwargs)
        raise b.refuse("differentiated numbers cannot be counted", "use a list, or a dict with other keys")
    return _container(stand_ins.Counts)(b, args, kwargs)


# ---- statistics -----------------------------------------------------------------------------------------


def centered(original: Any, function: Any, name: str) -> None:
    """Take a measure of spread: by its rule, or about a center that is given."""

    def handler(b: Standard, args: list[Value], kwargs: dict) -> Value:
        center = argument(args, kwargs, 1, name)
        if center == Lit(None) or is_known(b, [args[0], center]):
            return b.library_call(ref_of(original), args, kwargs)
        return written_out(b, function, [args[0], center])

    handles(original)(handler)


def ref_of(function: Any) -> Ref:
    return Ref(f"statistics.{function.__name__}", function)


centered(statistics.variance, stand_ins.sample_variance, "xbar")
centered(statistics.pvariance, stand_ins.population_variance, "mu")
centered(statistics.stdev, stand_ins.sample_deviation, "xbar")
centered(statistics.pstdev, stand_ins.population_deviation, "mu")
centered(statistics.fmean, stand_ins.weighted_mean, "weights")
centered(statistics.harmonic_mean, stand_ins.weighted_harmonic_mean, "weights")
instead(statistics.median, stand_ins.middle)
instead(statistics.median_low, stand_ins.low_middle)
instead(statistics.median_high, stand_ins.high_middle)
instead(statistics.covariance, stand_ins.covariance)
instead(statistics.correlation, stand_ins.correlation)


@handles(statistics.linear_regression)
def _linear_regression(b: Standard, args: list[Value], kwargs: dict) -> Value:
    through_zero = b.truth(kwargs.get("proportional", FALSE)) == TRUE
    return written_out(b, stand_ins.proportional_fit if through_zero else stand_ins.line_fit, args)


# ---- functools ------------------------------------------------------------------------------------------


@handles(functools.cache)
def _cache(b: Standard, args: list[Value], kwargs: dict) -> Value:
    return args[0]


@handles(functools.lru_cache)
def _lru_cache(b: Standard, args: list[Value], kwargs: dict) -> Value:
    return args[0] if args and not isinstance(args[0], Lit) else Ref("identity", identity)


# ---- operator -------------------------------------------------------------------------------------------


@handles(operator.getitem)
def _getitem(b: Standard, args: list[Value], kwargs: dict) -> Value:
    return b.subscript(*args)


@handles(operator.delitem)
def _delitem(b: Standard, args: list[Value], kwargs: dict) -> Value:
    b.list_update("delitem", args[0], args[1:])
    return Lit(None)


@handles(operator.call)
def _call(b: Standard, args: list[Value], kwargs: dict) -> Value:
    return b.call_value(args[0], args[1:], kwargs)


@handles(operator.concat)
def _concat(b: Standard, args: list[Value], kwargs: dict) -> Value:
    return b.binary(operator.add, *args)


@handles(operator.iconcat)
def _iconcat(b: Standard, args: list[Value], kwargs: dict) -> Value:
    if not isinstance(b.kind(args[0]), k.List):
        raise b.refuse(
            "`iconcat` of what is not known to be a list cannot be differentiated", "write `a + b`"
        )
    b.method(args[0], "extend", args[1:], {})
    return b.read(args[0])


def pick_items(*rest: Any) -> Any:
    """Return items: what ``operator.itemgetter(*indices)`` calls."""
    *indices, value = rest
    return operator.itemgetter(*indices)(value)


def pick_attributes(*rest: Any) -> Any:
    """Return attributes, perhaps of attributes: what ``operator.attrgetter(*names)`` calls."""
    *names, value = rest
    return operator.attrgetter(*names)(value)


def call_method(name: str, *rest: Any, **named: Any) -> Any:
    """Call a method: what ``operator.methodcaller(name, *args)`` calls."""
    *args, value = rest
    return getattr(value, name)(*args, **named)


@handles(operator.itemgetter)
def _itemgetter(b: Standard, args: list[Value], kwargs: dict) -> Value:
    return BoundValue(Ref("pick_items", pick_items), tuple(args))


@handles(pick_items)
def _pick_items(b: Standard, args: list[Value], kwargs: dict) -> Value:
    if len(args) == 2:
        return b.subscript(args[1], args[0])
    return TupleValue(tuple(b.root_value(b.subscript(args[-1], index)) for index in args[:-1]))


@handles(operator.attrgetter)
def _attrgetter(b: Standard, args: list[Value], kwargs: dict) -> Value:
    if not all(isinstance(arg, Lit) for arg in args):
        raise b.refuse(
            "`attrgetter` of a name that is not a literal cannot be differentiated", "use a lambda"
        )
    return BoundValue(Ref("pick_attributes", pick_attributes), tuple(args))


@handles(pick_attributes)
def _pick_attributes(b: Standard, args: list[Value], kwargs: dict) -> Value:
    found = []
    for path in args[:-1]:
        value = args[-1]
        for name in path.value.split("."):
            value = b.attribute(value, name)
        found.append(b.root_value(value))
    return b.read(found[0]) if len(found) == 1 else TupleValue(tuple(found))


@handles(operator.methodcaller)
def _methodcaller(b: Standard, args: list[Value], kwargs: dict) -> Value:
    if not isinstance(args[0], Lit):
        raise b.refuse(
            "`methodcaller` of a name that is not a literal cannot be differentiated", "use a lambda"
        )
    return BoundValue(Ref("call_method", call_method), tuple(args), kwargs)


@handles(call_method)
def _call_method(b: Standard, args: list[Value], kwargs: dict) -> Value:
    return b.method(args[-1], args[0].value, list(args[1:-1]), kwargs)


# ---- numbers --------------------------------------------------------------------------------------------


@handles(complex)
def _complex(b: Standard, args: list[Value], kwargs: dict) -> Value:
    real, imag = argument(args, kwargs, 0, "real", 0), argument(args, kwargs, 1, "imag", 0)
    if not any(map(b.is_varied, (real, imag))) or imag == Lit(0):
        return b.library_call(Ref("complex", complex), args[:1] if imag == Lit(0) else args, kwargs)
    return b.binary(operator.add, real, b.binary(operator.mul, imag, Lit(1j)))


@handles(math.log)
def _log(b: Standard, args: list[Value], kwargs: dict) -> Value:
    if len(args) < 2 or not b.is_varied(args[1]):
        return b.library_call(ref_to(math.log), args, kwargs)
    logs = [b.library_call(ref_to(math.log), [arg], {}) for arg in args]
    return b.binary(operator.truediv, *logs)


__all__ = ["Standard"]
