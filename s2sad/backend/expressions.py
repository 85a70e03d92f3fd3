"""From IR to a syntax tree: expressions and in-place updates, in the form that a person would write."""

from __future__ import annotations

import operator
from typing import Any

import gast
import numpy as np

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.backend.folding import Folding
from s2sad.backend.naming import Naming
from s2sad.frontend.names import is_method
from s2sad.ir import core as ir
from s2sad.ir.core import Call, If, Lit, Ref, Update, Var
from s2sad.ir.paths import reached_kind

BINARY = {
    operator.add: gast.Add,
    operator.sub: gast.Sub,
    operator.mul: gast.Mult,
    operator.truediv: gast.Div,
    operator.floordiv: gast.FloorDiv,
    operator.mod: gast.Mod,
    operator.pow: gast.Pow,
    operator.matmul: gast.MatMult,
    operator.and_: gast.BitAnd,
    operator.or_: gast.BitOr,
    operator.xor: gast.BitXor,
    operator.lshift: gast.LShift,
    operator.rshift: gast.RShift,
}
UNARY = {
    operator.neg: gast.USub,
    operator.pos: gast.UAdd,
    operator.invert: gast.Invert,
    operator.not_: gast.Not,
}
COMPARE = {
    operator.lt: gast.Lt,
    operator.le: gast.LtE,
    operator.gt: gast.Gt,
    operator.ge: gast.GtE,
    operator.eq: gast.Eq,
    operator.ne: gast.NotEq,
    operator.is_: gast.Is,
    operator.is_not: gast.IsNot,
}
LOAD = gast.Load()


def load(name: str) -> Any:
    return gast.Name(name, gast.Load(), None, None)


class Expressions:
    """Print expressions; `scope` names the objects of the module around the function."""

    def __init__(self, folding: Folding, naming: Naming, scope: Any):
        self.folding = folding
        self.naming = naming
        self.scope = scope
        self.indexing = False

    def store(self, var: Var) -> Any:
        return gast.Name(self.naming.name(var), gast.Store(), None, None)

    def expr(self, atom: Any) -> Any:
        """Return the syntax tree of an atom, with what is folded into it."""
        if isinstance(atom, Lit):
            return self.literal(atom.value)
        if isinstance(atom, Ref):
            return self.reference(atom)
        if atom in self.folding.inline:
            stmt = self.folding.inline[atom]
            return self.call(stmt) if isinstance(stmt, Call) else self.conditional(stmt)
        external = self.scope.external(atom)
        return load(external if external is not None else self.naming.name(atom))

    def index(self, atom: Any) -> Any:
        """Return the syntax tree of an index: slices are written with colons."""
        outer, self.indexing = self.indexing, True
        node = self.expr(atom)
        self.indexing = outer
        return node

    def literal(self, value: Any) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if value < 0 or (isinstance(value, float) and str(value).startswith("-")):
                return gast.UnaryOp(gast.USub(), gast.Constant(-value, None))
        return gast.Constant(value, None)

    def reference(self, ref: Ref) -> Any:
        parts = self.scope.reference(ref).split(".")
        node = load(parts[0])
        for part in parts[1:]:
            node = gast.Attribute(node, part, LOAD)
        return node

    def conditional(self, stmt: If) -> Any:
        """Print an `if` with one result as a conditional expression, `and` or `or`."""
        merge = stmt.merges[0]
        test = self.expr(stmt.test)
        if merge.orelse == stmt.test and self.is_boolean(merge.then):
            return self.boolean(gast.And, test, self.expr(merge.then))
        if merge.then == stmt.test:
            return self.boolean(gast.Or, test, self.expr(merge.orelse))
        if merge.orelse == stmt.test:
            return self.boolean(gast.And, test, self.expr(merge.then))
        if merge.orelse == Lit(False) and self.is_boolean(stmt.test) and self.is_boolean(merge.then):
            return self.boolean(gast.And, test, self.expr(merge.then))
        if merge.then == Lit(True) and self.is_boolean(stmt.test):
            return self.boolean(gast.Or, test, self.expr(merge.orelse))
        return gast.IfExp(test, self.expr(merge.then), self.expr(merge.orelse))

    def is_boolean(self, atom: Any) -> bool:
        return isinstance(atom.kind, k.Scalar) and atom.kind.dtype == "b1"

    def boolean(self, op: Any, left: Any, right: Any) -> Any:
        values = [left]
        if isinstance(right, gast.BoolOp) and isinstance(right.op, op):
            values += right.values
        else:
            values.append(right)
        return gast.BoolOp(op(), values)

    # ---- calls ------------------------------------------------------------------------------------

    def call(self, call: Call) -> Any:
        """Print a call: an operator, subscript, attribute, display, method or function call."""
        fn = call.fn
        if isinstance(fn, ir.Prim) and fn in (ir.TUPLE, ir.SLICE):
            return self.display(call)
        outer, self.indexing = self.indexing, False
        node = self.display(call) if isinstance(fn, ir.Prim) else self.function_call(call)
        self.indexing = outer
        return node

    def value(self, atom: Any) -> Any:
        """Return the syntax tree of what is indexed."""
        outer, self.indexing = self.indexing, False
        node = self.expr(atom)
        self.indexing = outer
        return node

    def function_call(self, call: Call) -> Any:
        fn = call.fn
        args = call.args
        if isinstance(fn, Ref):
            target = fn.value
            node = self.special(target, call)
            if node is not None:
                return node
            if args and isinstance(args[0], Var) and is_method(target):
                function, args = self.expr(args[0]), args[1:]
                if target.__name__ != "__call__":
                    function = gast.Attribute(function, target.__name__, LOAD)
            else:
                function = self.reference(fn)
        elif isinstance(fn, ir.Helper):
            function = load(self.scope.helper(fn))
        else:
            function = self.expr(fn)
        keywords = [gast.keyword(name, self.expr(value)) for name, value in call.kwargs]
        return gast.Call(function, [self.expr(arg) for arg in args], keywords)

    def special(self, target: Any, call: Call) -> Any:
        args = call.args
        try:
            if len(args) == 2 and not call.kwargs:
                if target in BINARY:
                    return gast.BinOp(self.expr(args[0]), BINARY[target](), self.expr(args[1]))
                if target in COMPARE:
                    return gast.Compare(self.expr(args[0]), [COMPARE[target]()], [self.expr(args[1])])
                if target is operator.contains:
                    return gast.Compare(self.expr(args[1]), [gast.In()], [self.expr(args[0])])
                if target is operator.getitem:
                    return gast.Subscript(self.value(args[0]), self.index(args[1]), LOAD)
                if target is getattr and isinstance(args[1], Lit) and str(args[1].value).isidentifier():
                    return gast.Attribute(self.expr(args[0]), args[1].value, LOAD)
            if len(args) == 1 and not call.kwargs:
                if target is operator.not_:
                    return self.negation(args[0])
                if target in UNARY:
                    return gast.UnaryOp(UNARY[target](), self.expr(args[0]))
                if target is np.transpose and isinstance(args[0].kind, k.Array):
                    return gast.Attribute(self.expr(args[0]), "T", LOAD)
                if target is np.copy and isinstance(args[0].kind, k.Array) and args[0].kind.shape is not None:
                    return gast.Call(gast.Attribute(self.expr(args[0]), "copy", LOAD), [], [])
            if target is np.expand_dims and len(args) == 2 and isinstance(args[0].kind, k.Array):
                return self.new_axis(args[0], args[1])
        except TypeError:
            return None
        return None

    def negation(self, atom: Any) -> Any:
        inner = self.expr(atom)
        if (
            isinstance(inner, gast.Compare)
            and len(inner.ops) == 1
            and isinstance(inner.ops[0], (gast.In, gast.Is, gast.Eq))
            and self.is_boolean(atom)
        ):
            swap = {gast.In: gast.NotIn, gast.Is: gast.IsNot, gast.Eq: gast.NotEq}
            return gast.Compare(inner.left, [swap[type(inner.ops[0])]()], inner.comparators)
        return gast.UnaryOp(gast.Not(), inner)

    def new_axis(self, base: Any, axis: Any) -> Any:
        """Print ``np.expand_dims(x, axis)`` as a subscript where rank and axis are known."""
        ndim = base.kind.ndim
        if ndim is None or not isinstance(axis, Lit) or type(axis.value) is not int:
            return None
        at = axis.value % (ndim + 1)
        if at == ndim and at > 1:
            index: Any = gast.Tuple([gast.Constant(Ellipsis, None), gast.Constant(None, None)], LOAD)
        else:
            parts: list[Any] = [gast.Slice(None, None, None)] * at + [gast.Constant(None, None)]
            index = parts[0] if len(parts) == 1 else gast.Tuple(parts, LOAD)
        return gast.Subscript(self.expr(base), index, LOAD)

    def display(self, call: Call) -> Any:
        fn, args = call.fn, call.args
        if fn is ir.TUPLE:
            return gast.Tuple([self.expr(arg) for arg in args], LOAD)
        if fn is ir.LIST:
            return gast.List([self.expr(arg) for arg in args], LOAD)
        if fn is ir.SET:
            return gast.Set([self.expr(arg) for arg in args])
        if fn is ir.DICT:
            return gast.Dict([self.expr(arg) for arg in args[::2]], [self.expr(arg) for arg in args[1::2]])
        if fn is ir.SLICE and not self.indexing:
            given = args if args[2] != Lit(None) else args[:2]
            return gast.Call(load(self.scope.builtin("slice")), [self.expr(end) for end in given], [])
        if fn is ir.SLICE:
            ends = [None if end == Lit(None) else self.expr(end) for end in args]
            return gast.Slice(*ends)
        if fn is ir.COPY:
            return self.copy(args[0])
        if fn is ir.FORMAT:
            return gast.JoinedStr([self.piece(arg) for arg in args])
        if fn is ir.FORMAT_SPEC:
            return gast.JoinedStr([self.formatted(call)])
        if fn is ir.UNPACK:
            return self.expr(args[0])
        if fn is ir.POP:
            return gast.Call(gast.Attribute(self.expr(args[0]), "pop", LOAD), [], [])
        raise AssertionError(f"{fn} is not an expression")

    def copy(self, atom: Any) -> Any:
        kind = atom.kind
        if (isinstance(kind, k.Array) and kind.shape is not None) or (
            isinstance(kind, (k.List, k.Dict)) and flat(kind)
        ):
            return gast.Call(gast.Attribute(self.expr(atom), "copy", LOAD), [], [])
        return gast.Call(self.reference(Ref("deepcopy", runtime.deepcopy)), [self.expr(atom)], [])

    def piece(self, atom: Any) -> Any:
        if isinstance(atom, Lit):
            return gast.Constant(atom.value, None)
        stmt = self.folding.inline.get(atom)
        if isinstance(stmt, Call) and stmt.fn is ir.FORMAT_SPEC:
            return self.formatted(stmt)
        return gast.FormattedValue(self.expr(atom), -1, None)

    def formatted(self, call: Call) -> Any:
        value, conversion, spec = call.args
        code = ord(conversion.value) if conversion.value else -1  # type: ignore[union-attr]
        if spec == Lit(""):
            format_spec = None
        elif isinstance(spec, Lit):
            format_spec = gast.JoinedStr([gast.Constant(spec.value, None)])
        else:
            inner = self.expr(spec)
            format_spec = (
                inner
                if isinstance(inner, gast.JoinedStr)
                else gast.JoinedStr([gast.FormattedValue(inner, -1, None)])
            )
        return gast.FormattedValue(self.expr(value), code, format_spec)

    # ---- updates ----------------------------------------------------------------------------------

    def update_statement(self, call: Call) -> list[Any]:
        """Print an update as the in-place statement that it is."""
        update = call.fn
        assert isinstance(update, Update)
        old, new = call.args[0], call.outs[0]
        nodes: list[Any] = []
        assert isinstance(old, Var)
        if self.is_named_var(new) and self.naming.name(new) != self.name_of(old):
            nodes.append(gast.Assign([self.store(new)], self.expr(old), None))
            owner = load(self.naming.name(new))
        else:
            owner = self.expr(old)
        rest = call.args[1:]
        for fn, count in update.path:
            owner = self.step(fn, owner, rest[:count])
            rest = rest[count:]
        method = getattr(self, "update_" + update.action)
        return nodes + method(call, owner, rest)

    def is_named_var(self, var: Var) -> bool:
        return self.naming.find(var) in self.naming.names

    def name_of(self, var: Var) -> str:
        return self.naming.name(var)

    def step(self, fn: Any, owner: Any, args: tuple) -> Any:
        if fn.value is operator.getitem:
            return gast.Subscript(owner, self.index(args[0]), LOAD)
        if fn.value is getattr:
            return gast.Attribute(owner, args[0].value, LOAD)
        if fn.value is np.transpose and not args:
            return gast.Attribute(owner, "T", LOAD)
        return gast.Call(self.reference(fn), [owner, *(self.expr(arg) for arg in args)], [])

    def update_setitem(self, call: Call, owner: Any, rest: tuple) -> list[Any]:
        index, value = rest
        augmented = self.augmentation(call, index, value)
        if index == Lit(Ellipsis):
            if augmented is not None and isinstance(owner, gast.Name):
                op, other = augmented
                return [gast.AugAssign(gast.Name(owner.id, gast.Store(), None, None), op, self.expr(other))]
            has_axes = bool(k.shape_of(reached_kind(call)))  # an array of rank 0 has nothing to cut
            key: Any = gast.Slice(None, None, None) if has_axes else gast.Constant(Ellipsis, None)
        else:
            key = self.index(index)
        target = gast.Subscript(owner, key, gast.Store())
        if augmented is not None:
            op, other = augmented
            return [gast.AugAssign(target, op, self.expr(other))]
        return [gast.Assign([target], self.expr(value), None)]

    def augmentation(self, call: Call, index: Any, value: Any) -> tuple[Any, Any] | None:
        """Recognize ``x[i] = x[i] op v``, with everything folded, as an augmented assignment."""
        made = self.folding.inline.get(value)
        if not isinstance(made, Call) or not isinstance(made.fn, Ref) or made.fn.value not in BINARY:
            return None
        if call.fn.path or not isinstance(call.args[0].kind, k.Array):
            return None
        left, right = made.args
        old = call.args[0], self.folding.copied.get(call.args[0])  # which have the same numbers
        if index == Lit(Ellipsis):
            same = left in old
        else:
            read = self.folding.taken.get(left)
            same = read is not None and read.args[0] in old and self.equal(read.args[1], index)
        return (BINARY[made.fn.value](), right) if same and stays(value.kind, call.args[0].kind) else None

    def equal(self, a: Any, b: Any) -> bool:
        """Tell whether two indices are the same expression."""
        if a == b:
            return True
        x, y = (self.folding.inline.get(atom) if isinstance(atom, Var) else None for atom in (a, b))
        if not isinstance(x, Call) or not isinstance(y, Call) or x.fn != y.fn or len(x.args) != len(y.args):
            return False
        return all(map(self.equal, x.args, y.args))

    def update_add_at(self, call: Call, owner: Any, rest: tuple) -> list[Any]:
        index, value = rest
        base = call.args[0].kind
        if not call.fn.path and isinstance(base, (k.List, k.Dict)):
            if not isinstance(entry_kind(base, index), k.Scalar):
                old = gast.Subscript(owner, self.index(index), LOAD)
                total = gast.Call(self.reference(Ref("add", runtime.add)), [old, self.expr(value)], [])
                return [gast.Assign([gast.Subscript(owner, self.index(index), gast.Store())], total, None)]
        if may_repeat(index.kind):
            return [
                gast.Expr(
                    gast.Call(
                        self.reference(Ref("np.add.at", np.add.at)),
                        [owner, self.expr(index), self.expr(value)],
                        [],
                    )
                )
            ]
        target = gast.Subscript(owner, self.index(index), gast.Store())
        made = self.folding.inline.get(value)
        if isinstance(made, Call) and isinstance(made.fn, Ref) and made.fn.value is operator.neg:
            return [gast.AugAssign(target, gast.Sub(), self.expr(made.args[0]))]
        return [gast.AugAssign(target, gast.Add(), self.expr(value))]

    def update_append(self, call: Call, owner: Any, rest: tuple) -> list[Any]:
        return [self.method(owner, "append", rest)]

    def update_extend(self, call: Call, owner: Any, rest: tuple) -> list[Any]:
        return [self.method(owner, "extend", rest)]

    def update_insert(self, call: Call, owner: Any, rest: tuple) -> list[Any]:
        return [self.method(owner, "insert", rest)]

    def update_delitem(self, call: Call, owner: Any, rest: tuple) -> list[Any]:
        return [gast.Delete([gast.Subscript(owner, self.index(rest[0]), gast.Del())])]

    def update_pop(self, call: Call, owner: Any, rest: tuple) -> list[Any]:
        value = self.method(owner, "pop", rest)
        popped = call.outs[1]
        if self.folding.uses.get(popped, 0):
            return [gast.Assign([self.store(popped)], value.value, None)]
        return [value]

    def method(self, owner: Any, name: str, args: tuple) -> Any:
        return gast.Expr(gast.Call(gast.Attribute(owner, name, LOAD), [self.expr(arg) for arg in args], []))


def flat(kind: Any) -> bool:
    """Tell whether a container holds scalars only."""
    items = (kind.item,) if isinstance(kind, k.List) else kind.items
    return all(isinstance(item, (k.Scalar, k.Bottom)) for item in items)


def entry_kind(container: k.List | k.Dict, index: Any) -> k.Kind:
    """Return the kind of an item of a list, or of an entry of a dict."""
    if isinstance(container, k.List):
        return container.item
    if isinstance(index, Lit) and container.keys is not None and index.value in container.keys:
        return container.items[container.keys.index(index.value)]
    return k.UNKNOWN


def stays(value: k.Kind, array: k.Kind) -> bool:
    """Tell whether an augmented assignment of a value is what a plain one is, which converts it.

    >>> stays(k.Scalar("f8"), k.Array("f4")), stays(k.Scalar("f8"), k.Array("i8")), stays(k.Scalar("f8"), k.Array(None))
    (True, False, False)
    """
    new, old = k.dtype_of(value), k.dtype_of(array)
    return old is not None and np.can_cast(new or "f8", old, "same_kind")


def may_repeat(kind: k.Kind) -> bool:
    """Tell whether an index may name one element twice."""
    if isinstance(kind, k.Tuple):
        return any(map(may_repeat, kind.items))
    if isinstance(kind, k.Array):
        return kind.dtype != "b1" and kind.shape != ()
    return isinstance(kind, (k.List, k.Unknown))
