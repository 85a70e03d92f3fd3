"""Functions as operands of solvers: what they read from around them becomes further arguments."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from s2sad.analysis import kinds as k
from s2sad.backend.load import Around, is_generated, load_local
from s2sad.errors import S2sadError
from s2sad.frontend.helpers import Recursion, Updates
from s2sad.frontend.values import BoundValue, FunctionValue, Lazy, ObjectValue, TupleValue, Value
from s2sad.ir.core import Atom, Helper, HelperRef, Lit, Ref, Var
from s2sad.nested import Reads, compiled_local, lift, reads_of


def bound_arguments(
    b: Any, names: Sequence[str], args: list[Value], kwargs: dict[str, Value], solver: str
) -> dict[str, Value]:
    """Return the arguments of a solver by name."""
    if len(args) > len(names):
        raise b.refuse(f"`{solver}` takes {len(names)} arguments, {len(args)} are given")
    found = dict(zip(names, args, strict=False))
    twice = next((name for name in kwargs if name in found), None)
    if twice is not None:
        raise b.refuse(f"`{solver}` gets two values for `{twice}`")
    return {**found, **kwargs}


def given_args(b: Any, value: Value, solver: str) -> list[Value]:
    """Return what a solver passes on to its functions: the items of a tuple, or a value alone."""
    if isinstance(value, Lazy):
        value = value.force()
    if isinstance(value, TupleValue) and value.type is not list:
        return list(value.items)
    kind = b.kind(value)
    if isinstance(kind, k.Tuple):
        return b.unpack_all(value, None)
    if isinstance(kind, k.Unknown):
        raise b.refuse(f"the number of items in `args` of `{solver}` is not known", "write a tuple")
    return [value]


def is_local(value: Value) -> bool:
    """Tell whether a function has no run-time form of its own: it is lifted, whether it is differentiated or not."""
    if isinstance(value, Lazy):
        value = value.force()
    return isinstance(value, BoundValue) or (isinstance(value, FunctionValue) and value.function is None)


@dataclass
class Lifting:
    """How a local function becomes one of the common arguments: `own` are its parameters for the point and ``args``."""

    value: FunctionValue
    own: list[str]
    reads: Reads
    entry: list[str] = field(default_factory=list)  # what its text begins with
    read: set[str] = field(default_factory=set)  # the further arguments that it reads
    attributes: dict[tuple[str, str], str] = field(
        default_factory=dict
    )  # the arguments that stand for attributes


class Attributes(gast.NodeTransformer):
    """Put names in place of attributes: of `names`, by the object's name and that of the attribute."""

    def __init__(self, names: dict[tuple[str, str], str]):
        self.names = names

    def visit_Attribute(self, node: gast.Attribute) -> gast.AST:
        owner = node.value.id if isinstance(node.value, gast.Name) else None
        name = self.names.get((owner, node.attr))
        if name is None:
            return self.generic_visit(node)
        return gast.copy_location(gast.Name(name, gast.Load(), None, None), node)


def is_data(cls: type, name: str) -> bool:
    """Tell whether an attribute of a class is a number or an array."""
    return isinstance(inspect.getattr_static(cls, name, None), (int, float, np.ndarray))


def is_read_of(node: gast.AST, name: str) -> bool:
    """Tell whether a node reads an attribute of a variable."""
    is_one = isinstance(node, gast.Attribute) and isinstance(node.ctx, gast.Load)
    return is_one and isinstance(node.value, gast.Name) and node.value.id == name


class Operands:
    """The functions that one call of a solver gets, and the arguments that it passes on to all of them.

    All are called as ``function(point, *args)``; `args` are those of the program, then what the functions read. If
    `flat`, tuples and dicts that they read are arguments for each item.
    """

    def __init__(self, b: Any, functions: Mapping[str, Value], args: list[Value], flat: bool = False):
        self.b = b
        self.count = 1 + len(args)
        self.flat = flat
        self.extra: dict[str, Value] = {}
        plans = {role: self.plan(role, value) for role, value in functions.items()}
        self.functions = {role: make(role) for role, make in plans.items()}
        self.args: list[Atom] = [b.atom(value) for value in (*args, *self.extra.values())]

    def add(self, name: str, value: Value) -> None:
        if isinstance(value, Lazy):
            value = value.force()
        if name in self.extra and self.extra[name] is not value:
            raise self.b.refuse(
                f"two variables of the name `{name}` are read by the functions of a solver",
                "rename one of them",
            )
        self.extra[name] = value

    def plan(self, role: str, value: Value) -> Callable[[str], Callable]:
        """Note what a function reads; return what makes it a function of the common arguments."""
        if isinstance(value, Lazy):
            value = value.force()
        if isinstance(value, FunctionValue) and value.function is None:
            return self.plan_local(role, value)
        function, leading, named = lift(self.b, value)
        if not leading and not named:
            return lambda role: self.wrapped(role, function, {}) if self.extra else function
        objects: dict[str, Any] = {}
        texts = [self.add_parts(f"{role}_arg{i}", item, objects) for i, item in enumerate(leading)]
        named_texts = [f"{name}={self.add_parts(name, item, objects)}" for name, item in named.items()]
        return lambda role: self.wrapped(role, function, objects, texts, named_texts)

    def plan_local(self, role: str, value: FunctionValue) -> Callable[[str], Callable]:
        spec = value.node.args
        names = [arg.id for arg in (*spec.posonlyargs, *spec.args)]
        own, count = names[: self.count], self.count
        if spec.vararg is not None or spec.kwarg is not None or len(own) < count:
            name = "the lambda" if value.node.name == "lambda_" else f"`{value.node.name}`"
            raise self.b.refuse(
                f"{name}, which a solver calls with {count} arguments, has other parameters",
                "write each of them as a parameter",
            )
        reads = reads_of(self.b, value)
        for name in [*names[count:], *(arg.id for arg in spec.kwonlyargs)]:
            reads.named[name] = self.b.default(value, name)
        plan = Lifting(value, own, reads)
        before = set(self.extra)
        for name, item in list(reads.named.items()):
            item = item.force() if isinstance(item, Lazy) else item
            if isinstance(item, Lit) and (item.value is None or isinstance(item.value, (str, bool))):
                reads.static[name] = item.value
            elif isinstance(item, ObjectValue) and not dataclasses.is_dataclass(item.type):
                self.add_attributes(name, item, plan)
            else:
                text = self.add_parts(name, item, reads.static)
                plan.entry += [] if text == name else [f"{name} = {text}"]
        plan.read = {name for name in self.extra if name in reads.named or name not in before}
        return lambda role: self.local(role, plan)

    def add_attributes(self, name: str, value: ObjectValue, plan: Lifting) -> None:
        """Make an argument of each attribute that is read of a local object, if nothing else is done with it."""
        found: dict[str, str] = {}
        nodes = [each for root in (plan.value.node, *plan.reads.inner) for each in gast.walk(root)]
        for each in nodes:
            if (
                isinstance(each, gast.Attribute)
                and isinstance(each.value, gast.Name)
                and each.value.id == name
            ):
                found[each.attr] = f"{name}_{each.attr}"
        uses = sum(isinstance(each, gast.Name) and each.id == name for each in nodes)
        reads = [each for each in gast.walk(plan.value.node) if is_read_of(each, name)]
        known = {each for each in found if (value.identity, each) in self.b.env or is_data(value.type, each)}
        if len(reads) < uses or known != found.keys():
            self.add(name, value)  # which is refused there
            return
        for attribute, parameter in found.items():
            self.add(parameter, self.b.root_value(self.b.attribute(value, attribute)))
            plan.attributes[name, attribute] = parameter

    def add_parts(self, name: str, value: Value, objects: dict[str, Any]) -> str:
        """Make an argument of a value, or of each of its items; return the text that stands for it.

        The classes that the text names are added to `objects`.
        """
        b = self.b
        value = value.force() if isinstance(value, Lazy) else value
        kind = b.kind_for_version(value) if self.flat and b.is_varied(value) else k.UNKNOWN
        if isinstance(kind, k.Tuple) and kind.type is tuple and kind.items:
            items = b.unpack_all(value, None)
            parts = [self.add_parts(f"{name}_{i}", item, objects) for i, item in enumerate(items)]
            return f"({', '.join(parts)},)"
        if isinstance(kind, k.Dict) and kind.keys and all(isinstance(key, str) for key in kind.keys):
            entries = ((key, b.root_value(b.subscript(value, Lit(key)))) for key in kind.keys)
            parts = [f"{key!r}: {self.add_parts(f'{name}_{key}', item, objects)}" for key, item in entries]
            return f"{{{', '.join(parts)}}}"
        if isinstance(kind, k.Object) and is_plain_dataclass(kind.type):
            names = [each.name for each in dataclasses.fields(kind.type)]
            entries = ((each, b.root_value(b.attribute(value, each))) for each in names)
            parts = [f"{each}={self.add_parts(f'{name}_{each}', item, objects)}" for each, item in entries]
            objects[kind.type.__name__] = kind.type
            return f"{kind.type.__name__}({', '.join(parts)})"
        self.add(name, value)
        return name

    def local(self, role: str, plan: Lifting) -> Callable:
        """Compile a local function with positional parameters for what all functions read."""
        value, reads = plan.value, plan.reads
        node = Attributes(plan.attributes).visit(copy.deepcopy(value.node))
        node.body = [*gast.parse("\n".join(plan.entry)).body, *node.body]
        taken = {*plan.own, *reads.static, *reads.named}
        rest = [name if name in plan.read else unused(name, taken) for name in self.extra]
        node.name = role if node.name == "lambda_" else node.name
        node.args = gast.parse(f"def f({', '.join([*plan.own, *rest])}): pass").body[0].args
        node.decorator_list, node.returns = [], None
        return compiled_local(value, node, reads)

    def wrapped(
        self,
        role: str,
        function: Callable,
        objects: dict[str, Any],
        before: Sequence[str] = (),
        named: Sequence[str] = (),
    ) -> Callable:
        """Make a function of the common arguments of one to which some of them are bound."""
        own = [unused(f"arg{i}", {*self.extra, *objects}) for i in range(self.count)]
        name = unused("function", {*self.extra, *objects})
        text = f"return {name}({', '.join([*before, *own, *named])})"
        return composed(role, [*own, *self.extra], text, {**objects, name: function})


def is_plain_dataclass(cls: type) -> bool:
    """Tell whether an object is made of its fields and nothing else."""
    if not dataclasses.is_dataclass(cls) or hasattr(cls, "__post_init__"):
        return False
    return all(each.init for each in dataclasses.fields(cls)) and cls.__dataclass_params__.init


def is_wanted(value: Value) -> bool:
    """Tell whether a derivative in an operand of a rule is wanted, or in a part of it."""
    if isinstance(value, TupleValue):
        return any(map(is_wanted, value.items))
    return isinstance(value, Lazy) and value.wanted


def unused(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def composed(name: str, params: Sequence[str], body: str, objects: dict[str, Any]) -> types.FunctionType:
    """Make a function of a line of text; `objects` are what its free names mean.

    >>> composed("double", ["x"], "return scale(x)", {"scale": lambda x: 2 * x})(3.0)
    6.0
    """
    text = f"def around({', '.join(objects)}):\n    def {name}({', '.join(params)}):\n        {body}\n"
    return load_local(text, name, Around({}, {}, objects))


RESERVED = {"grad", "jvp", "vjp", "np", "function", "operator", "residuals"}  # what composed functions call


def parameters(function: Callable, count: int) -> list[str]:
    """Return names for the arguments that a function is called with: its own, where it has them."""
    code = getattr(function, "__code__", None)
    names = list(code.co_varnames[: code.co_argcount]) if code is not None else []
    names = names[:count] if len(names) >= count else [f"arg{i}" for i in range(count)]
    return [unused(name, RESERVED) for name in names]


def reference(b: Any, function: Callable, given: Sequence[k.Kind]) -> Ref:
    """Return a function as a value; one that the program has no name for is emitted beside the derivative."""
    name = getattr(function, "__name__", "function")
    code = getattr(function, "__code__", None)
    made_here = code is not None and code.co_filename.startswith("<local function ")
    helper = helper_for(b, function, given)
    if helper is None or not (made_here or is_generated(function)):
        return Ref(name, function)
    return HelperRef(name, function, helper)


def helper_for(b: Any, function: Callable, given: Sequence[k.Kind]) -> Helper | None:
    """Return a function that is lowered for arguments of these kinds; None where that cannot be, or needs others."""
    values = [Var("", kind) for kind in given]
    b.varied.update(values)
    try:
        value = b.function_value(function)
        helper, passed, _ = b.make_helper(value, b.bind(value, values, {}))
    except Updates:
        raise b.refuse(
            f"`{function.__name__}`, which a solver calls, updates what it is given or reads",
            "make what it updates inside it",
        ) from None
    except (S2sadError, Recursion):
        return None  # what differentiates it says why
    return helper if helper.function is not None and len(passed) == len(values) else None
