"""Lowering of expressions: one method for each node of the syntax tree."""

from __future__ import annotations

import dataclasses
import operator
from typing import Any

import gast
import numpy as np

from s2sad.analysis import kinds as k
from s2sad.errors import UnsupportedSyntax
from s2sad.frontend.builder import Builder
from s2sad.frontend.names import Environment, is_static, ref_to
from s2sad.frontend.state import Unbound, attributes
from s2sad.frontend.values import (
    FALSE,
    TRUE,
    BoundValue,
    DictValue,
    FunctionValue,
    GeneratorValue,
    Lazy,
    ObjectValue,
    RangeValue,
    Scope,
    Sequence,
    SuperValue,
    TupleValue,
    Value,
)
from s2sad.ir import core as ir
from s2sad.ir.core import UNDEFINED, Atom, Lit, Ref, Var

BINARY = {
    gast.Add: operator.add,
    gast.Sub: operator.sub,
    gast.Mult: operator.mul,
    gast.Div: operator.truediv,
    gast.FloorDiv: operator.floordiv,
    gast.Mod: operator.mod,
    gast.Pow: operator.pow,
    gast.MatMult: operator.matmul,
    gast.BitAnd: operator.and_,
    gast.BitOr: operator.or_,
    gast.BitXor: operator.xor,
    gast.LShift: operator.lshift,
    gast.RShift: operator.rshift,
}
UNARY = {
    gast.USub: operator.neg,
    gast.UAdd: operator.pos,
    gast.Invert: operator.invert,
    gast.Not: operator.not_,
}
COMPARE = {
    gast.Lt: operator.lt,
    gast.LtE: operator.le,
    gast.Gt: operator.gt,
    gast.GtE: operator.ge,
    gast.Eq: operator.eq,
    gast.NotEq: operator.ne,
    gast.Is: operator.is_,
    gast.IsNot: operator.is_not,
}


class Expressions(Builder):
    """Turn expressions into values."""

    scope: Scope

    def expr(self, node: gast.AST) -> Value:
        """Lower an expression; what has no method of its own is refused by name."""
        method = getattr(self, "expr_" + type(node).__name__, None)
        if method is None:
            self.at(node)
            raise self.refuse(
                *REFUSED.get(type(node).__name__, (f"`{type(node).__name__}` cannot be differentiated",))
            )
        outer = self.where
        self.at(node)
        value = method(node)
        self.where = outer
        return value.force() if isinstance(value, Lazy) else value

    def at(self, node: gast.AST) -> None:
        """Remember the place in the user's program; inside a rule, that of the call is kept."""
        if not self.lean and hasattr(node, "lineno"):
            self.where = self.scope.source.where(node)

    def expr_Constant(self, node: gast.Constant) -> Value:
        return Lit(node.value)

    def expr_Name(self, node: gast.Name) -> Value:
        return self.lookup(node.id)

    def lookup(self, name: str) -> Value:
        """Return the value of a name as Python's scoping finds it."""
        scope: Scope | None = self.scope
        while scope is not None:
            if name in scope.locals and name not in scope.nonlocals:
                value = self.env.get((scope, name), UNDEFINED)
                if value is UNDEFINED:
                    unbound = Unbound(f"`{name}` is read before it is bound", self.where)
                    unbound.key = scope, name
                    raise unbound
                self.untangle(value)
                if isinstance(value, Lazy):
                    value = value.force()
                return self.read(value)
            if scope.parent is None:
                break
            scope = scope.parent
        return self.free_name(scope.environment, name)

    def free_name(self, environment: Environment, name: str) -> Value:
        """Return the value of a global, closure or builtin name; implemented with the program's tables."""
        raise AssertionError("overridden")

    def expr_NamedExpr(self, node: gast.NamedExpr) -> Value:
        value = self.expr(node.value)
        scope = self.scope
        while scope.name == "<comprehension>" and scope.parent is not None:
            scope = scope.parent
        self.bind_name(node.target.id, value, scope)
        return value

    def bind_name(self, name: str, value: Value, scope: Scope | None = None) -> None:
        """Bind a name to a value: to the storage of an array, not to its present version."""
        scope = scope or self.scope
        while name in scope.nonlocals and scope.parent is not None:
            scope = scope.parent
            while name not in scope.locals and scope.parent is not None:
                scope = scope.parent
        if name in scope.nonlocals:
            raise self.refuse(
                f"the variable `{name}` of the surrounding program is assigned",
                "return the new value instead",
            )
        if isinstance(value, Var):
            value = self.root(value)
            if not value.hint and not self.lean:
                value.hint = name
        self.env[scope, name] = value

    # ---- operators --------------------------------------------------------------------------------

    def expr_BinOp(self, node: gast.BinOp) -> Value:
        return self.binary(BINARY[type(node.op)], self.expr(node.left), self.expr(node.right))

    def binary(self, function: Any, left: Value, right: Value) -> Value:
        if function is operator.or_ and isinstance(self.kind(left), k.Dict):
            return self.union(left, right)
        if isinstance(left, TupleValue) and isinstance(right, TupleValue) and function is operator.add:
            if left.type is right.type is list:
                return self.static_list(left.items + right.items)
            if left.type is right.type:
                return TupleValue(left.items + right.items)
        if function is operator.add and self.lean:
            left, right = self.static_items(left), self.static_items(right)
            if isinstance(left, TupleValue) and isinstance(right, TupleValue):
                return TupleValue(left.items + right.items, left.type)
        for a, b in ((left, right), (right, left)):
            if (
                isinstance(a, TupleValue)
                and a.type is tuple
                and isinstance(b, Lit)
                and function is operator.mul
            ):
                return TupleValue(a.items * b.value)
        for a, b, name in (
            (left, right, function.__name__.strip("_")),
            (right, left, "r" + function.__name__.strip("_")),
        ):
            method = self.special_method(a, f"__{name}__")
            if method is not None:
                return self.call_value(method, [b], {})
        p, q = self.atom(left), self.atom(right)
        if isinstance(p.kind, k.Array) and isinstance(q.kind, k.List):
            q = self.call(np.array, q)
        elif isinstance(q.kind, k.Array) and isinstance(p.kind, k.List):
            p = self.call(np.array, p)
        return self.emit(ref_to(function), (p, q))

    def union(self, left: Value, right: Value) -> Value:
        """Lower ``left | right`` of dicts: a copy, updated."""
        atom = self.atom(left)
        out = self.root_value(self.emit(Ref("dict", dict), (atom,), kind=atom.kind))
        self.method(out, "update", [right], {})
        return self.current(out) if isinstance(out, Var) else out

    def special_method(self, value: Value, name: str) -> Value | None:
        """Return an operator's method where the operand is an object of a class written in Python."""
        kind = self.kind(value) if isinstance(value, (Var, ObjectValue, TupleValue)) else None
        cls = getattr(kind, "type", None)
        if cls is None or cls in (tuple, list):
            return None
        function = getattr(cls, name, None)
        if not hasattr(function, "__code__"):
            return None
        return BoundValue(Ref(f"{cls.__name__}.{name}", function), (value,))

    def expr_UnaryOp(self, node: gast.UnaryOp) -> Value:
        value = self.expr(node.operand)
        if isinstance(node.op, gast.Not):
            return self.negation(self.truth(value))
        if isinstance(node.op, gast.USub):
            if isinstance(value, Lit) and isinstance(value.value, (int, float, complex)):
                return Lit(-value.value)
            method = self.special_method(value, "__neg__")
            if method is not None:
                return self.call_value(method, [], {})
        return self.unary(UNARY[type(node.op)], value)

    def unary(self, function: Any, value: Value) -> Value:
        return self.emit(ref_to(function), (self.atom(value),))

    def negation(self, truth: Atom) -> Atom:
        if isinstance(truth, Lit):
            return Lit(not truth.value)
        return self.emit(ref_to(operator.not_), (truth,), kind=k.BOOL)

    def expr_BoolOp(self, node: gast.BoolOp) -> Value:
        return self.chain(isinstance(node.op, gast.And), node.values)

    def chain(self, conjunction: bool, nodes: list) -> Value:
        first = self.expr(nodes[0])
        if len(nodes) == 1:
            return first
        test = self.truth(first)
        if isinstance(test, Lit):
            return self.chain(conjunction, nodes[1:]) if test.value is conjunction else first
        if conjunction:
            return self.select(test, lambda: self.chain(True, nodes[1:]), lambda: first)
        return self.select(test, lambda: first, lambda: self.chain(False, nodes[1:]))

    def expr_Compare(self, node: gast.Compare) -> Value:
        return self.comparisons(self.expr(node.left), list(zip(node.ops, node.comparators, strict=True)))

    def comparisons(self, left: Value, rest: list) -> Value:
        (op, right_node), *rest = rest
        right = self.expr(right_node)
        result = self.compare(op, left, right)
        if not rest:
            return result
        test = self.truth(result)
        if isinstance(test, Lit):
            return self.comparisons(right, rest) if test.value else result
        return self.select(test, lambda: self.comparisons(right, rest), lambda: result)

    def compare(self, op: gast.AST, left: Value, right: Value) -> Value:
        if isinstance(op, (gast.In, gast.NotIn)):
            found = self.contains(right, left)
            return self.negation(self.truth(found)) if isinstance(op, gast.NotIn) else found
        if isinstance(op, (gast.Is, gast.IsNot)):
            known = self.identical(left, right)
            if known is not None:
                return Lit(known is isinstance(op, gast.Is))
        method = self.special_method(left, f"__{COMPARE[type(op)].__name__.strip('_')}__")
        if method is not None and not isinstance(op, (gast.Is, gast.IsNot)):
            return self.call_value(method, [right], {})
        p, q = self.atom(left), self.atom(right)
        if (
            isinstance(p.kind, k.Constant)
            and isinstance(q.kind, k.Constant)
            and isinstance(op, (gast.Eq, gast.NotEq))
        ):
            return Lit((p.kind.value == q.kind.value) is isinstance(op, gast.Eq))
        if isinstance(p, Lit) and isinstance(q, Lit):
            return Lit(bool(COMPARE[type(op)](p.value, q.value)))
        return self.emit(ref_to(COMPARE[type(op)]), (p, q))

    def identical(self, left: Value, right: Value) -> bool | None:
        """Tell whether ``left is right`` where kinds decide it."""
        for a, b in ((left, right), (right, left)):
            if isinstance(b, Lit) and b.value is None:
                if not isinstance(a, Atom):
                    return False
                kind = self.kind(a)
                if isinstance(kind, k.Constant):
                    return kind.value is None
                return None if isinstance(kind, k.Unknown) else False
        p, q = self.kind(left), self.kind(right)
        if isinstance(p, k.Constant) and isinstance(q, k.Constant):
            return p.value is q.value
        if isinstance(left, Var) and isinstance(right, Var) and self.storage(left) is self.storage(right):
            return True if self.root(left) is self.root(right) else None
        return None

    def contains(self, container: Value, item: Value) -> Value:
        if isinstance(container, TupleValue):
            result: Value = FALSE
            for each in container.items:
                test = self.truth(self.compare(gast.Eq(), item, each))
                if isinstance(test, Lit):
                    if test.value:
                        return TRUE
                    continue
                previous = result
                result = self.select(test, lambda: TRUE, lambda previous=previous: previous)
            return result
        return self.emit(ref_to(operator.contains), (self.atom(container), self.atom(item)), kind=k.BOOL)

    def expr_IfExp(self, node: gast.IfExp) -> Value:
        test = self.truth(self.expr(node.test))
        return self.select(test, lambda: self.expr(node.body), lambda: self.expr(node.orelse))

    # ---- displays ---------------------------------------------------------------------------------

    def items(self, nodes: list) -> list[Value]:
        """Lower the elements of a display or the arguments of a call, stars unpacked."""
        values: list[Value] = []
        for node in nodes:
            if isinstance(node, gast.Starred):
                values += self.unpack_all(self.expr(node.value), node)
            else:
                values.append(self.expr(node))
        return values

    def unpack_all(self, value: Value, node: gast.AST | None) -> list[Value]:
        """Return the items of a value of known length."""
        if isinstance(value, GeneratorValue):
            items = self.unrolled_items(value)
            if items is not None:
                return list(map(self.read, items))
        value = self.static_items(value)
        if isinstance(value, TupleValue):
            return list(map(self.read, value.items))
        kind = self.kind(value)
        if isinstance(kind, k.Tuple):
            return self.unpack_atom(self.atom(value), len(kind.items))
        if isinstance(kind, k.Array) and kind.shape and isinstance(kind.shape[0], int):
            return self.unpack_atom(self.atom(value), kind.shape[0])
        if node is not None:
            self.at(node)
        raise self.refuse(
            "the number of items behind this `*` is not known", "pass a tuple, or index the list"
        )

    def unrolled_items(self, value: GeneratorValue) -> tuple[Value, ...] | None:
        """Return what a generator expression yields, where its length is known; implemented in `library`."""
        raise AssertionError("overridden")

    def unpack_atom(self, atom: Atom, count: int) -> list[Value]:
        """Take an unpackable run-time value apart."""
        return [self.emit(ref_to(operator.getitem), (atom, Lit(i))) for i in range(count)]

    def expr_Tuple(self, node: gast.Tuple) -> Value:
        return TupleValue(tuple(self.items(node.elts)))

    def expr_List(self, node: gast.List) -> Value:
        if any(isinstance(each, gast.Starred) for each in node.elts):
            return self.list_with_stars(node)
        items = self.items(node.elts)
        if any(map(self.has_no_atom, items)):
            return self.static_list(items)
        if self.lean and items and not self.scope.changes_lists:
            return TupleValue(tuple(items), list)  # known item by item
        return self.emit(ir.LIST, [self.atom(item) for item in items])

    def has_no_atom(self, value: Value) -> bool:
        """Tell whether a list of this value is better kept in structured form."""
        if isinstance(value, ObjectValue):
            return not dataclasses.is_dataclass(value.type)
        if isinstance(value, TupleValue):
            return value.identity is not None or any(map(self.has_no_atom, value.items))
        return not isinstance(value, (Var, Lit))

    def list_with_stars(self, node: gast.List) -> Value:
        result = self.emit(ir.LIST, ())
        for each in node.elts:
            if isinstance(each, gast.Starred):
                self.list_update("extend", result, [self.expr(each.value)])
            else:
                self.list_update("append", result, [self.expr(each)])
        return result

    def expr_Set(self, node: gast.Set) -> Value:
        return self.emit(ir.SET, [self.atom(item) for item in self.items(node.elts)])

    def expr_Dict(self, node: gast.Dict) -> Value:
        values: list[Value] = []
        for i, (key, item) in enumerate(zip(node.keys, node.values, strict=True)):
            if key is not None:
                values += [self.expr(key), self.expr(item)]
                continue
            value = self.expr(item)
            entries = self.known_entries(value)
            if entries is None:
                return self.dict_with_stars(values, value, node, i + 1)
            values += entries
        return self.dict_display(values)

    def dict_display(self, values: list[Value]) -> Value:
        """Make a dict of keys and values in turn."""
        literal = all(isinstance(key, Lit) for key in values[::2])
        if literal:  # a key that comes again keeps its place
            values = [
                part for pair in dict(zip(values[::2], values[1::2], strict=True)).items() for part in pair
            ]
        if literal and any(isinstance(value, (FunctionValue, BoundValue, Ref)) for value in values[1::2]):
            return self.static_dict(values)
        return self.emit(ir.DICT, [self.atom(value) for value in values])

    def known_entries(self, value: Value) -> list[Value] | None:
        """Return the keys and values of a dict in turn, where its keys are known."""
        kind = self.kind(value)
        keys = value.keys if isinstance(value, DictValue) else getattr(kind, "keys", None)
        if keys is None:
            return None
        pairs = ((Lit(key), self.root_value(self.subscript(value, Lit(key)))) for key in keys)
        return [part for pair in pairs for part in pair]

    def dict_with_stars(self, values: list[Value], value: Value, node: gast.Dict, start: int) -> Value:
        """Make a dict, of whose parts from `value` on not all have known keys."""
        if values:
            out = self.dict_display(values)
            self.method(out, "update", [value], {})
        else:
            out = self.call_object(Ref("dict", dict), [value], {})
        for key, item in zip(node.keys[start:], node.values[start:], strict=True):
            if key is None:
                self.method(out, "update", [self.expr(item)], {})
            else:
                self.set_item(out, self.expr(key), self.expr(item))
        return self.current(out)

    def static_dict(self, values: list[Value]) -> Value:
        """Keep a dict that holds functions in structured form."""
        return DictValue(tuple(key.value for key in values[::2]), tuple(map(self.root_value, values[1::2])))

    def static_entry(self, value: DictValue, index: Value) -> Value:
        if isinstance(index, Lit) and index.value in value.keys:
            return value.items[value.keys.index(index.value)]
        key = self.atom(index)
        if isinstance(key.kind, k.Constant) and key.kind.value in value.keys:
            return value.items[value.keys.index(key.kind.value)]

        def missing() -> None:
            error = self.emit(Ref("KeyError", KeyError), (key,), kind=k.UNKNOWN, active=False)
            self.append(ir.Call((), ir.RAISE, (error,), (), self.where))

        def arm(i: int) -> Value | None:
            if i == len(value.keys):
                return missing()
            test = self.truth(self.compare(gast.Eq(), key, Lit(value.keys[i])))
            return self.select(test, lambda: value.items[i], lambda: arm(i + 1))

        found = arm(0)
        if found is None:
            raise self.refuse(f"the dict has no key {key!r}")
        return self.untangle(found)

    def expr_JoinedStr(self, node: gast.JoinedStr) -> Value:
        pieces: list[Atom] = []
        for part in node.values:
            if isinstance(part, gast.FormattedValue):
                value = self.atom(self.expr(part.value))
                spec = self.atom(self.expr(part.format_spec)) if part.format_spec is not None else Lit("")
                conversion = Lit("" if part.conversion < 0 else chr(part.conversion))
                pieces.append(self.emit(ir.FORMAT_SPEC, (value, conversion, spec)))
            else:
                pieces.append(Lit(part.value))
        if all(isinstance(piece, Lit) for piece in pieces):
            return Lit("".join(piece.value for piece in pieces))
        return self.emit(ir.FORMAT, pieces)

    def expr_Slice(self, node: gast.Slice) -> Value:
        ends = [
            Lit(None) if end is None else self.atom(self.expr(end))
            for end in (node.lower, node.upper, node.step)
        ]
        return self.emit(ir.SLICE, ends)

    # ---- subscripts and attributes ----------------------------------------------------------------

    def expr_Subscript(self, node: gast.Subscript) -> Value:
        value = self.expr(node.value)
        return self.subscript(value, self.expr(node.slice))

    def subscript(self, value: Value, index: Value) -> Value:
        if isinstance(self.kind(value), k.Tuple) and isinstance(self.literal_index(index), slice):
            value = self.static_items(value)
        if isinstance(value, TupleValue):
            literal = self.literal_index(index)
            if isinstance(literal, int):
                if not -len(value.items) <= literal < len(value.items):
                    raise self.refuse(f"index {literal} is out of range for {len(value.items)} items")
                return self.read(value.items[literal])
            if isinstance(literal, slice):
                part = value.items[literal]
                return (
                    self.static_list(part)
                    if value.identity is not None
                    else TupleValue(part, plain(value.type))
                )
            return self.choose(value, self.atom(index))
        if isinstance(value, DictValue):
            return self.static_entry(value, index)
        if isinstance(value, Sequence):
            return value.item(self.atom(index))
        if isinstance(value, RangeValue):
            return self.part_of_range(value, self.atom(index))
        if isinstance(value, Ref) and isinstance(value.value, type):
            return value  # an annotation such as list[float]
        method = self.special_method(value, "__getitem__")
        if method is not None and not isinstance(self.kind(value), k.Tuple):
            return self.call_value(method, [index], {})
        return self.emit(ref_to(operator.getitem), (self.atom(value), self.atom(index)))

    def part_of_range(self, value: RangeValue, index: Atom) -> Value:
        """Lower a subscript of a range."""
        none = k.NONE
        if index.kind == k.Slice(none, none, Lit(-1).kind):
            return self.reverse_of(value)
        part = self.emit(ref_to(operator.getitem), (self.atom(value), index), kind=k.INT)
        if not isinstance(index.kind, k.Slice):
            return part
        return self.emit(Ref("list", list), (part,), kind=k.List(k.INT))

    def reverse_of(self, value: Value) -> Value:
        raise AssertionError("overridden")

    def literal_index(self, index: Value) -> Any:
        """Return an int or slice that is known now, else None."""
        if isinstance(index, Lit) and isinstance(index.value, int):
            return int(index.value)
        kind = self.kind(index)
        if isinstance(kind, k.Scalar) and isinstance(kind.value, int) and not isinstance(kind.value, k.Sym):
            return int(kind.value)
        if isinstance(kind, k.Slice):
            ends = []
            for end in (kind.start, kind.stop, kind.step):
                if isinstance(end, k.Constant) and end.value is None:
                    ends.append(None)
                elif isinstance(end, k.Scalar) and type(end.value) is int:
                    ends.append(end.value)
                else:
                    return None
            return slice(*ends)
        return None

    def choose(self, value: TupleValue, index: Atom) -> Value:
        """Index a tuple or a list of functions by a run-time value."""
        if all(isinstance(item, (Var, Lit)) for item in value.items):
            return self.emit(ref_to(operator.getitem), (self.atom(value), index))

        def arm(i: int) -> Value:
            if i == len(value.items) - 1:
                return self.read(value.items[i])
            test = self.truth(self.contains(TupleValue((Lit(i), Lit(i - len(value.items)))), index))
            return self.select(test, lambda: self.read(value.items[i]), lambda: arm(i + 1))

        return self.untangle(arm(0))

    def expr_Attribute(self, node: gast.Attribute) -> Value:
        return self.attribute(self.expr(node.value), node.attr)

    def attribute(self, value: Value, name: str) -> Value:
        """Return an attribute as Python's look-up finds it."""
        if isinstance(value, ObjectValue):
            if (value.identity, name) in self.env:
                found = self.env[value.identity, name]
                if found is UNDEFINED:
                    raise self.refuse(f"attribute `{name}` is not bound on every path")
                return self.read(self.untangle(found))
            return self.class_attribute(value.type, value, name)
        if isinstance(value, SuperValue):
            order = list(self.type_of(value.instance).__mro__)
            for cls in order[order.index(value.cls) + 1 :]:
                if name in vars(cls):
                    return self.descriptor(vars(cls)[name], cls, value.instance, name)
            raise self.refuse(f"no base class has an attribute `{name}`")
        if isinstance(value, TupleValue) and hasattr(value.type, "_fields"):
            if name in value.type._fields:
                return value.items[value.type._fields.index(name)]
            return self.class_attribute(value.type, value, name)
        if isinstance(value, Ref):
            return self.static_attribute(value, name)
        if isinstance(value, (FunctionValue, BoundValue)) and name == "__name__":
            return Lit(getattr(getattr(value, "node", None), "name", "partial"))
        kind = self.kind(value)
        if isinstance(kind, k.Object) and name not in kind.names:
            static = getattr(kind.type, name, None)
            if isinstance(vars_of(kind.type).get(name), property) or callable(static):
                return self.class_attribute(kind.type, value, name)
        if isinstance(kind, k.Object) and name in kind.names:
            item = kind.items[kind.names.index(name)]
            if isinstance(item, k.Constant) and is_static(item.value) and item.value is not None:
                return self.known_object(item.value, f"{name}")
        if isinstance(kind, k.Tuple) and hasattr(kind.type, "_fields") and name not in kind.type._fields:
            return self.class_attribute(kind.type, value, name)
        if isinstance(kind, (k.Array, k.Unknown, k.Scalar)) or not isinstance(value, Atom):
            return self.numeric_attribute(value, name)
        return self.emit(Ref("getattr", getattr), (self.atom(value), Lit(name)))

    def type_of(self, value: Value) -> type:
        if isinstance(value, ObjectValue):
            return value.type
        return getattr(self.kind(value), "type", object)

    def class_attribute(self, cls: type, value: Value, name: str) -> Value:
        for base in cls.__mro__:
            if name in vars(base):
                return self.descriptor(vars(base)[name], base, value, name)
        method = getattr(cls, "__getattr__", None)
        if method is not None:
            return self.call_value(Ref("__getattr__", method), [value, Lit(name)], {})
        raise self.refuse(f"`{cls.__name__}` has no attribute `{name}` here")

    def descriptor(self, found: Any, cls: type, value: Value, name: str) -> Value:
        text = f"{cls.__name__}.{name}"
        if isinstance(found, property):
            return self.call_value(Ref(text, found.fget), [value], {})
        if isinstance(found, staticmethod):
            return Ref(text, found.__func__)
        if isinstance(found, classmethod):
            return BoundValue(Ref(text, found.__func__), (Ref(cls.__name__, self.type_of(value)),))
        if hasattr(found, "func") and type(found).__name__ == "cached_property":
            return self.call_value(Ref(text, found.func), [value], {})
        if hasattr(found, "__get__") and callable(found):
            return BoundValue(Ref(text, found), (value,))
        return self.known_object(found, text)

    def known_object(self, value: Any, text: str) -> Value:
        """Return a class attribute or other object that is known while lowering."""
        if isinstance(value, (bool, int, float, complex, str)) or value is None:
            return Lit(value)
        return Ref(text, value)

    def static_attribute(self, value: Ref, name: str) -> Value:
        raise AssertionError("overridden")

    def numeric_attribute(self, value: Value, name: str) -> Value:
        raise AssertionError("overridden")

    # ---- functions and comprehensions -------------------------------------------------------------

    def expr_Lambda(self, node: gast.Lambda) -> Value:
        body = gast.Return(value=node.body)
        gast.copy_location(body, node.body)
        function = gast.FunctionDef("lambda_", node.args, [body], [], None, None, [])
        gast.copy_location(function, node)
        return self.local_function(function)

    def local_function(self, node: gast.FunctionDef) -> Value:
        defaults = {}
        positional = node.args.posonlyargs + node.args.args
        given = node.args.defaults
        for arg, default in zip(positional[len(positional) - len(given) :], given, strict=True):
            defaults[arg.id] = self.root_value(self.expr(default))
        for arg, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
            if default is not None:
                defaults[arg.id] = self.root_value(self.expr(default))
        return FunctionValue(node, self.scope.source, self.scope, self.scope.environment, defaults)

    def expr_ListComp(self, node: gast.ListComp) -> Value:
        if self.lean and len(node.generators) == 1:
            unrolled = self.unrolled_comprehension(node)
            if unrolled is not None:
                return unrolled
        return self.comprehension(
            node, lambda out: self.list_update("append", out, [self.expr(node.elt)]), ir.LIST
        )

    def unrolled_comprehension(self, node: gast.ListComp) -> Value | None:
        """In a rule, a comprehension over what is known is done at once."""
        iterable = self.static_items(self.expr(node.generators[0].iter))
        if not isinstance(iterable, TupleValue):
            return None
        outer, self.scope = self.scope, self.nested_scope(node)
        items = []
        for item in iterable.items:
            self.assign(node.generators[0].target, item)
            tests = [self.truth(self.expr(test)) for test in node.generators[0].ifs]
            if not all(isinstance(test, Lit) for test in tests):
                self.scope = outer
                return None
            if all(test.value for test in tests):  # type: ignore[union-attr]
                items.append(self.expr(node.elt))
        self.scope = outer
        return TupleValue(tuple(items), list)

    def expr_GeneratorExp(self, node: gast.GeneratorExp) -> Value:
        return GeneratorValue(node, self.scope)

    def expr_SetComp(self, node: gast.SetComp) -> Value:
        items = self.expr_ListComp(node)
        return self.emit(Ref("set", set), (self.atom(items),), kind=k.UNKNOWN)

    def expr_DictComp(self, node: gast.DictComp) -> Value:
        def add(out: Var) -> None:
            key = self.expr(node.key)
            self.set_item(out, key, self.expr(node.value))

        return self.comprehension(node, add, ir.DICT)

    def comprehension(self, node: Any, add: Any, display: ir.Prim) -> Value:
        out = self.emit(display, ())
        self.generate(node, lambda: add(out))
        return self.read(out)

    def generate(self, node: Any, add: Any) -> None:
        """Build the loops of a comprehension around `add`."""
        scope = self.nested_scope(node)

        def generator(i: int) -> None:
            if i == len(node.generators):
                add()
                return
            part = node.generators[i]
            if part.is_async:
                raise self.refuse("an asynchronous comprehension cannot be differentiated")
            if i == 0:
                self.scope = scope.parent
            iterable = self.expr(part.iter)
            self.scope = scope

            def body(item: Value) -> None:
                self.assign(part.target, item)
                self.conditions(part.ifs, lambda: generator(i + 1))

            self.iterate(iterable, body, hint=target_hint(part.target))

        outer = self.scope
        self.scope = scope
        try:
            generator(0)
        finally:
            self.scope = outer

    def conditions(self, tests: list, then: Any) -> None:
        if not tests:
            then()
            return
        test = self.truth(self.expr(tests[0]))
        self.branch(test, lambda: self.conditions(tests[1:], then), lambda: None)

    def nested_scope(self, node: Any) -> Scope:
        names = set()
        for part in node.generators:
            names |= {each.id for each in gast.walk(part.target) if isinstance(each, gast.Name)}
        return Scope(
            "<comprehension>", self.scope.source, self.scope.environment, self.scope, frozenset(names)
        )


def plain(cls: type) -> type:
    """Return the type of a part of a tuple or list."""
    return list if cls is list else tuple


def target_hint(node: gast.AST) -> str:
    """Return the name to use for the index of a loop over this target."""
    return node.id if isinstance(node, gast.Name) else ""


def vars_of(cls: type) -> dict[str, Any]:
    """Return the attributes of a class and its bases."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        found.update(vars(base))
    return found


REFUSED = {
    "Yield": ("`yield` cannot be differentiated", "return a list instead"),
    "YieldFrom": ("`yield from` cannot be differentiated", "return a list instead"),
    "Await": ("`await` cannot be differentiated", "differentiate the numeric part as a plain function"),
    "Starred": ("a `*` is not possible here",),
}

__all__ = ["Expressions", "UnsupportedSyntax", "attributes", "target_hint"]
