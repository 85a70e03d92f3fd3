"""A text of the intermediate representation, for people: deterministic, with a name for every variable."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

from s2sad.analysis import kinds as k
from s2sad.ir.core import (
    ASSERT,
    DICT,
    LIST,
    RAISE,
    SET,
    TUPLE,
    UNPACK,
    Atom,
    Block,
    Call,
    Carry,
    Finally,
    Function,
    If,
    Loop,
    Ref,
    Stmt,
    Try,
    Update,
    Var,
    With,
)

INFIX = {
    operator.add: "+",
    operator.sub: "-",
    operator.mul: "*",
    operator.truediv: "/",
    operator.floordiv: "//",
    operator.mod: "%",
    operator.pow: "**",
    operator.matmul: "@",
    operator.and_: "&",
    operator.or_: "|",
    operator.xor: "^",
    operator.lshift: "<<",
    operator.rshift: ">>",
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
    operator.eq: "==",
    operator.ne: "!=",
    operator.is_: "is",
    operator.is_not: "is not",
}
PREFIX = {operator.neg: "-", operator.pos: "+", operator.invert: "~", operator.not_: "not "}
BRACKETS = {TUPLE: "()", LIST: "[]", SET: "{}"}


def show(function: Function) -> str:
    """Return a readable text of a function; a variable is named by its hint and a number.

    >>> from s2sad.ir.core import Lit, Param
    >>> x, y = Var("x", k.Array("f8", (k.Sym("n0"), 3))), Var("", k.FLOAT)
    >>> body = (Call((y,), Ref("operator.mul", operator.mul), (x, Lit(2.0))),)
    >>> print(show(Function("f", (Param(x, "x", None),), body, y)))
    def f(x_1:f8[n0,3]):
        t_1:f8 = x_1 * 2.0
        return t_1
    """
    return _Printer().function(function)


def names_of(function: Function) -> dict[Var, str]:
    """Return the names that `show` gives to the variables of a function."""
    printer = _Printer()
    printer.function(function)
    return printer.names


def short(kind: k.Kind) -> str:
    """Return a kind in a short form.

    >>> short(k.Array("f8", (3, None))), short(k.NUMERIC), short(k.List(k.FLOAT)), short(k.UNKNOWN)
    ('f8[3,?]', 'any[...]', 'list(f8)', '?')
    >>> short(k.Tuple((k.INT, k.BOOL))), short(k.Dict(("w",), (k.FLOAT,))), short(k.NONE)
    ('tuple(i8, b1)', "dict('w': f8)", 'None')
    """
    if isinstance(kind, k.Scalar):
        return kind.dtype
    if isinstance(kind, k.Array):
        shape = "..." if kind.shape is None else ",".join(map(_dim, kind.shape))
        return f"{kind.dtype or 'any'}[{shape}]"
    if isinstance(kind, k.Matrix):
        return f"matrix {short(k.Array(kind.dtype, kind.shape))}"
    if isinstance(kind, k.Tuple):
        return f"{kind.type.__name__}({', '.join(map(short, kind.items))})"
    if isinstance(kind, k.List):
        return f"list({short(kind.item)})"
    if isinstance(kind, k.Dict):
        keys = ("*",) * len(kind.items) if kind.keys is None else tuple(map(repr, kind.keys))
        return f"dict({', '.join(f'{key}: {short(item)}' for key, item in zip(keys, kind.items))})"
    if isinstance(kind, k.Object):
        return kind.type.__name__
    if isinstance(kind, k.Slice):
        return ":".join("" if end == k.NONE else short(end) for end in (kind.start, kind.stop, kind.step))
    if isinstance(kind, k.Constant):
        known = kind.value is None or isinstance(kind.value, (str, bytes))
        return repr(kind.value) if known else getattr(kind.value, "__name__", type(kind.value).__name__)
    return "never" if isinstance(kind, k.Bottom) else "?"


def _dim(dim: k.Dim) -> str:
    return "?" if dim is None else str(dim)


class _Printer:
    def __init__(self) -> None:
        self.names: dict[Var, str] = {}
        self.counts: dict[str, int] = {}
        self.lines: list[str] = []

    def name(self, atom: Atom) -> str:
        """Return the text of an atom; a variable gets its name when it is first asked for."""
        if not isinstance(atom, Var):
            return repr(atom)
        if atom not in self.names:
            hint = atom.hint or "t"
            self.counts[hint] = number = self.counts.get(hint, 0) + 1
            self.names[atom] = f"{hint}_{number}"
        return self.names[atom]

    def all(self, atoms: Iterable[Atom]) -> str:
        return ", ".join(map(self.name, atoms))

    def bound(self, var: Var) -> str:
        return f"{self.name(var)}:{short(var.kind)}"

    def function(self, function: Function) -> str:
        params = ", ".join(self.bound(param.var) for param in function.params)
        self.lines.append(f"def {function.name}({params}):")
        self.block(function.body, 1)
        self.line(1, f"return {self.name(function.result)}")
        return "\n".join(self.lines)

    def line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def block(self, block: Block, depth: int) -> None:
        for stmt in block:
            self.stmt(stmt, depth)

    def nested(self, block: Block, depth: int) -> None:
        """Print the only block under a headline, which is never left empty."""
        if block:
            self.block(block, depth)
        else:
            self.line(depth, "pass")

    def stmt(self, stmt: Stmt, depth: int) -> None:
        if isinstance(stmt, Call):
            text = self.call(stmt)
            if stmt.outs:
                text = f"{', '.join(map(self.bound, stmt.outs))} = {text}"
            self.line(depth, text)
        elif isinstance(stmt, If):
            self.line(depth, f"if {self.name(stmt.test)}:")
            self.nested(stmt.then, depth + 1)
            if stmt.orelse:
                self.line(depth, "else:")
                self.block(stmt.orelse, depth + 1)
            for merge in stmt.merges:
                self.line(depth, f"{self.bound(merge.out)} = merge({self.all((merge.then, merge.orelse))})")
        elif isinstance(stmt, Loop):
            self.loop(stmt, depth)
        elif isinstance(stmt, With):
            target = "" if stmt.target is None else f" as {self.bound(stmt.target)}"
            self.line(depth, f"with {self.name(stmt.manager)}{target}:")
            self.nested(stmt.body, depth + 1)
        elif isinstance(stmt, Finally):
            self.line(depth, "try:")
            self.nested(stmt.body, depth + 1)
            self.line(depth, "finally:")
            self.nested(stmt.final, depth + 1)
        elif isinstance(stmt, Try):
            self.attempt(stmt, depth)

    def loop(self, stmt: Loop, depth: int) -> None:
        head = "while"
        if stmt.index is not None:
            head = f"for {self.name(stmt.index)} in range({self.all(stmt.bounds or ())})"
        carries = ", ".join(map(self.carry, stmt.carries))
        self.line(depth, f"{head} carrying {carries}:" if carries else f"{head}:")
        self.block(stmt.head, depth + 1)
        if stmt.test is not None:
            self.line(depth + 1, f"test {self.name(stmt.test)}")
        if stmt.body or stmt.test is None:
            self.nested(stmt.body, depth + 1)
        if stmt.leave is not None:
            self.line(depth + 1, f"leave if {self.name(stmt.leave)}")

    def carry(self, carry: Carry) -> str:
        inner, init = self.bound(carry.inner), self.name(carry.init)
        return f"{inner} = {init} .. {self.name(carry.last)} -> {self.name(carry.out)}"

    def attempt(self, stmt: Try, depth: int) -> None:
        self.line(depth, "try:")
        self.nested(stmt.body, depth + 1)
        for handler in stmt.handlers:
            types = "" if handler.types is None else f" {self.name(handler.types)}"
            target = "" if handler.target is None else f" as {self.bound(handler.target)}"
            self.line(depth, f"except{types}{target}:")
            self.nested(handler.body, depth + 1)
        self.line(depth, f"{self.bound(stmt.path)} = path")
        for choice in stmt.merges:
            self.line(depth, f"{self.bound(choice.out)} = merge({self.all(choice.atoms)})")

    def call(self, stmt: Call) -> str:
        fn, args = stmt.fn, stmt.args
        if isinstance(fn, Update):
            return self.update(fn, args)
        if fn in BRACKETS:
            left, right = BRACKETS[fn]
            comma = "," if fn is TUPLE and len(args) == 1 else ""
            return f"{left}{self.all(args)}{comma}{right}"
        if fn is DICT:
            pairs = zip(args[::2], args[1::2])
            return "{" + ", ".join(f"{self.name(key)}: {self.name(value)}" for key, value in pairs) + "}"
        if fn in (RAISE, ASSERT, UNPACK):
            return f"{fn!r} {self.all(args)}".rstrip()
        if isinstance(fn, Ref) and not stmt.kwargs:
            plain = self.operator(fn.value, args)
            if plain is not None:
                return plain
        named = [f"{name}={self.name(atom)}" for name, atom in stmt.kwargs]
        return f"{self.callee(fn)}({', '.join([*map(self.name, args), *named])})"

    def callee(self, fn: Any) -> str:
        return self.name(fn) if isinstance(fn, Var) else repr(fn)

    def operator(self, target: Any, args: tuple[Atom, ...]) -> str | None:
        """Return the text of an operator, or None where the call is no operator."""
        if not callable(target) or getattr(type(target), "__hash__", None) is None:
            return None
        if len(args) == 2 and target in INFIX:
            return f"{self.name(args[0])} {INFIX[target]} {self.name(args[1])}"
        if len(args) == 1 and target in PREFIX:
            return f"{PREFIX[target]}{self.name(args[0])}"
        if len(args) == 2 and target is operator.getitem:
            return f"{self.name(args[0])}[{self.name(args[1])}]"
        if len(args) == 2 and target is operator.contains:
            container, item = map(self.name, args)
            return f"{item} in {container}"
        if len(args) == 2 and target is getattr and isinstance(getattr(args[1], "value", None), str):
            return f"{self.name(args[0])}.{args[1].value}"
        return None

    def update(self, fn: Update, args: tuple[Atom, ...]) -> str:
        """Return the text of an update: its target read through the path, then the action."""
        target, rest = self.name(args[0]), args[1:]
        for step, count in fn.path:
            given, rest = self.all(rest[:count]), rest[count:]
            function = step.value if isinstance(step, Ref) else step
            if function is operator.getitem:
                target = f"{target}[{given}]"
            else:
                name = repr(step) if isinstance(step, Ref) else getattr(step, "__name__", repr(step))
                target = f"{name}({target}{', ' if given else ''}{given})"
        if fn.action == "setitem" and len(rest) == 2:
            return f"update {target}[{self.name(rest[0])}] = {self.name(rest[1])}"
        if fn.action == "delitem" and len(rest) == 1:
            return f"update del {target}[{self.name(rest[0])}]"
        return f"update {target}.{fn.action}({self.all(rest)})"
