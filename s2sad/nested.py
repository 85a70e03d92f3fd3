"""Derivatives inside the function that is differentiated: `grad`, `jvp` and `vjp` of a part of a program.

A loss may call ``grad(model)(x)`` (physics-informed losses), take a step of gradient descent (meta-learning), or
take a directional derivative: the frontend puts in place of such a call the call of the function that is
generated for it, and reads that like any other. A local function is lifted first: what it reads from around it
becomes keyword parameters (T. Johnsson, "Lambda lifting", FPCA 1985), so that it is differentiated in these too.
"""

from __future__ import annotations

import copy
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import gast

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.backend.load import Around, load_local
from s2sad.backend.to_text import to_text
from s2sad.derivative import Derivative, derivative_of, kept
from s2sad.elementwise import derivative, elementwise_grad
from s2sad.frontend.helpers import local_names
from s2sad.frontend.library import handles
from s2sad.frontend.names import is_static
from s2sad.frontend.values import BoundValue, FunctionValue, Lazy, TupleValue, Value
from s2sad.ir.core import Lit, Ref
from s2sad.jacobians import Jacobian, hessian, jacfwd, jacobian, jacrev
from s2sad.operators import grad, jvp, value_and_grad, vjp


def gradient_handler(operator: Callable, value: bool) -> Callable:
    def handler(b: Any, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Return the derivative of a function, as a function that can be called, stored and passed on."""
        options = bound(b, operator, args, kwargs)
        argnums = literal(b, options.get("argnums", Lit(0)), operator)
        has_aux = literal(b, options.get("has_aux", Lit(False)), operator)
        function, leading, named = lift(b, options["function"])
        argnums = behind(argnums, len(leading))
        derivative = derivative_of(function, argnums, "grad", bool(has_aux), value)
        ref = Ref(derivative.__name__, derivative)
        return BoundValue(ref, tuple(leading), named) if leading or named else ref

    return handler


for _function, _value in ((grad, False), (value_and_grad, True)):
    handles(_function)(gradient_handler(_function, _value))


def entry_handler(operator: Callable) -> Callable:
    def handler(b: Any, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Return the elementwise gradient, or the n-th derivative, of a function, as a function."""
        options = bound(b, operator, args, kwargs)
        argnum = literal(b, options.get("argnum", Lit(0)), operator)
        order = literal(b, options.get("order", Lit(1)), operator)
        function, leading, named = lift(b, options["function"])
        for _ in range(order):
            function = derivative_of(function, behind(argnum, len(leading)), operator.__name__)
        ref = Ref(function.__name__, function)
        return BoundValue(ref, tuple(leading), named) if leading or named else ref

    return handler


for _function in (elementwise_grad, derivative):
    handles(_function)(entry_handler(_function))


def jacobian_handler(operator: Callable) -> Callable:
    def handler(b: Any, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Return the Jacobian or Hessian of a function, as a function: forward mode, whichever was asked for."""
        options = bound(b, operator, args, kwargs)
        argnums = literal(b, options.get("argnums", Lit(0)), operator)
        has_aux = bool(literal(b, options.get("has_aux", Lit(False)), operator))
        holomorphic = bool(literal(b, options.get("holomorphic", Lit(False)), operator))
        function, leading, named = lift(b, options["function"])
        argnums = behind(argnums, len(leading))
        if operator is hessian:
            function = derivative_of(function, argnums, "grad", has_aux)
        made = kept(Jacobian(function, argnums, has_aux, holomorphic, operator.__name__))
        ref = Ref(made.__name__, made)
        return BoundValue(ref, tuple(leading), named) if leading or named else ref

    return handler


for _function in (jacfwd, jacrev, jacobian, hessian):
    handles(_function)(jacobian_handler(_function))


@handles(jvp)
def push(b: Any, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Call the generated function that returns a result and its tangent."""
    options = bound(b, jvp, args, kwargs)
    primals = b.unpack_all(options["primals"], None)
    tangents = b.unpack_all(options["tangents"], None)
    if len(primals) != len(tangents):
        raise b.refuse(f"jvp got {len(primals)} primals and {len(tangents)} tangents")
    has_aux = bool(literal(b, options.get("has_aux", Lit(False)), jvp))
    function, leading, named = lift(b, options["function"])
    active = tuple(
        i
        for i, (primal, tangent) in enumerate(zip(primals, tangents, strict=True))
        if not is_none(b, tangent) and holds_floats(b, primal)
    )
    values = [*leading, *primals]
    derivative = derivative_of(function, tuple(i + len(leading) for i in active), "jvp", has_aux)
    version = version_for(b, derivative, values, named)
    given: dict[str, Value] = {}
    rest: list[Value] = []
    for (name, index), i in zip(derivative.active(), active, strict=True):
        check_shapes(b, primals[i], tangents[i], i)
        if index is None:
            given[name] = tangents[i]
            continue
        rest = rest or [b.call(runtime.zeros_like, b.atom(v)) for v in values[i + len(leading) - index :]]
        rest[index] = tangents[i]
        given[name] = TupleValue(tuple(rest))
    dots = dict(zip(version.derived.extra, given.values(), strict=True))
    return b.call_object(Ref(version.function.__name__, version.function), values, {**named, **dots})


@handles(vjp)
def pull(b: Any, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Call the forward sweep; the pullback is the reverse sweep with what it saved."""
    function, *primals = args
    has_aux = bool(literal(b, kwargs.get("has_aux", Lit(False)), vjp))
    function, leading, named = lift(b, function)
    if not all(holds_floats(b, primal) for primal in primals):
        raise b.refuse(
            "an argument of `vjp` holds no floats", "bind it: `vjp(lambda x: f(x, n), x)`, or use `grad`"
        )
    active = tuple(range(len(leading), len(leading) + len(primals)))
    derivative = derivative_of(function, active, "vjp", has_aux)
    value, pullback = forward_sweep(b, derivative, [*leading, *primals], named)
    if has_aux:
        out, aux = b.unpack_all(value, None)
        return TupleValue((out, pullback, aux))
    return TupleValue((value, pullback))


def forward_sweep(
    b: Any, derivative: Derivative, values: list[Value], named: dict[str, Value]
) -> tuple[Value, BoundValue]:
    """Call the forward sweep of a function; return its result and the pullback."""
    version = version_for(b, derivative, values, named)
    forward = Ref(version.function.__name__, version.function)
    value, saved = b.unpack_all(b.call_object(forward, values, named), None)
    sweep = version.function.__globals__[version.derived.backward]
    sweep.__s2sad_origins__ = dict(version.derived.emitted.live)
    return value, BoundValue(Ref(sweep.__name__, sweep), (saved,), {})


# ---- arguments of the operators -----------------------------------------------------------------------------


def bound(b: Any, operator: Callable, args: list[Value], kwargs: dict[str, Value]) -> dict[str, Value]:
    """Return the arguments of an operator by name."""
    names = operator.__code__.co_varnames[: operator.__code__.co_argcount]
    found = {**dict(zip(names, args, strict=False)), **kwargs}
    if names[0] not in found:
        raise b.refuse(
            f"`{operator.__name__}` as a decorator inside a differentiated function", "write a call"
        )
    return found


def behind(argnums: Any, count: int) -> Any:
    """Return the positions of arguments behind `count` others that are already bound.

    >>> behind((0, "y", -1), 1)
    (1, 'y', -1)
    """
    if isinstance(argnums, (tuple, list)):
        return tuple(behind(each, count) for each in argnums)
    return argnums + count if isinstance(argnums, int) and argnums >= 0 else argnums


def literal(b: Any, value: Value, operator: Callable) -> Any:
    """Return an option that must be known."""
    if isinstance(value, Lazy):
        value = value.force()
    if isinstance(value, TupleValue):
        return tuple(literal(b, item, operator) for item in value.items)
    known = getattr(value, "value", None) if isinstance(value, Lit) else getattr(b.kind(value), "value", None)
    if known is None:
        raise b.refuse(
            f"an option of `{operator.__name__}` is not known when it is differentiated", "write a literal"
        )
    return known


def is_none(b: Any, value: Value) -> bool:
    return value == Lit(None) if isinstance(value, Lit) else b.kind(value) == k.NONE


def holds_floats(b: Any, value: Value) -> bool:
    return k.may_hold_floats(kind_of(b, value))


def kind_of(b: Any, value: Value) -> k.Kind:
    return b.kind_for_version(value)


def check_shapes(b: Any, primal: Value, tangent: Value, i: int) -> None:
    """Refuse a tangent that is known to have another shape than its argument."""
    have, want = k.shape_of(kind_of(b, tangent)), k.shape_of(kind_of(b, primal))
    if have is None or want is None or None in have or None in want:
        return
    sizes = [(m, n) for m, n in zip(have, want, strict=False) if isinstance(m, int) and isinstance(n, int)]
    if len(have) != len(want) or any(m != n for m, n in sizes):
        raise b.refuse(f"the tangent of argument {i} has the shape {have}, not {want}")


def version_for(b: Any, derivative: Derivative, values: list[Value], named: dict[str, Value]) -> Any:
    kinds = [kind_of(b, value) for value in values]
    kinds_of_named = {name: kind_of(b, value) for name, value in named.items()}
    return derivative.version_for_kinds(kinds, kinds_of_named, b.program.shapes.labels)


# ---- functions ------------------------------------------------------------------------------------------------


def lift(b: Any, value: Value) -> tuple[Callable, list[Value], dict[str, Value]]:
    """Return a function as a Python object, and the arguments that are bound to it."""
    if isinstance(value, Lazy):
        value = value.force()
    if isinstance(value, BoundValue):
        function, leading, named = lift(b, value.function)
        return function, [*leading, *value.args], {**named, **value.kwargs}
    if isinstance(value, Ref) and callable(value.value):
        return value.value, [], {}
    if isinstance(value, FunctionValue) and value.function is not None:
        return value.function, [], {}
    if isinstance(value, FunctionValue):
        return lift_local(b, value)
    raise b.refuse(
        "the derivative of a function that is known only at run time is wanted inside a differentiated function",
        "name the function, or take the derivative outside and pass it in",
    )


@dataclass
class Reads:
    """What a local function reads from around it."""

    named: dict[str, Value]  # variables, as they are when it is called
    static: dict[str, Any]  # objects that stay the same
    inner: list[gast.FunctionDef]  # other local functions


def lift_local(b: Any, value: FunctionValue) -> tuple[Callable, list[Value], dict[str, Value]]:
    """Make a function of the module's level of a local one: what it reads becomes keyword parameters."""
    reads = reads_of(b, value)
    return lifted(b, value, reads), [], {**value.defaults, **reads.named}


def reads_of(b: Any, value: FunctionValue, known: Mapping[str, Any] | None = None) -> Reads:
    """Return what a local function reads; `known` are objects that its text names."""
    found = Reads({}, dict(known or {}), [])
    refuse_unclear(b, value)
    for (scope, name), item in b.captured(replace(value, defaults={}), {}).items():
        if isinstance(item, Lazy):
            item = item.force()
        if name in found.named or name in found.static or any(node.name == name for node in found.inner):
            raise b.refuse(
                f"two variables of the name `{name}` are read by a local function", "rename one of them"
            )
        if isinstance(item, FunctionValue) and item.function is None:
            found.inner.append(named_as(item.node, name))
            if item.environment.globals is not value.environment.globals:
                add_globals(b, item, found)
        elif isinstance(item, FunctionValue):
            found.static[name] = item.function
        elif isinstance(item, Ref) and is_static(item.value):
            found.static[name] = item.value
        else:
            found.named[name] = Lazy(lambda key=(scope, name): b.read(b.untangle(b.env[key])))
    return found


def add_globals(b: Any, value: FunctionValue, found: Reads) -> None:
    """Add what a local function reads from the module that it is from, to be read in another one."""
    names, _ = local_names(value.node)
    scope = value.scope
    while scope is not None:
        names, scope = names | scope.locals, scope.parent
    for name in {each.id: None for each in gast.walk(value.node) if isinstance(each, gast.Name)}:
        read = None if name in names else value.environment.reader(name)
        if read is None or name in found.named or name in found.static:
            continue
        if is_static(read()):
            found.static[name] = read()
        else:
            found.named[name] = Lazy(lambda name=name: b.free_name(value.environment, name))


def lifted(b: Any, value: FunctionValue, reads: Reads) -> types.FunctionType:
    """Compile a local function with keyword parameters for the variables that it reads."""
    node = copy.deepcopy(value.node)
    args = node.args
    node.decorator_list, args.defaults, args.kw_defaults = [], [], [None] * len(args.kwonlyargs)
    parameters = {arg.id for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)}
    if parameters & (reads.named.keys() | reads.static.keys()):
        raise b.refuse(
            "a parameter of a local function has the name of a variable that it reads", "rename it"
        )
    for name in reads.named:
        args.kwonlyargs.append(gast.Name(name, gast.Param(), None, None))
        args.kw_defaults.append(None)
    return compiled_local(value, node, reads)


def compiled_local(value: FunctionValue, node: gast.FunctionDef, reads: Reads) -> types.FunctionType:
    """Compile a local function as the definition `node`, which has parameters for the variables that it reads."""
    node.body = [*reads.inner, *node.body]
    environment = value.environment
    around = gast.parse(f"def around({', '.join({**environment.cells, **reads.static})}):\n    pass").body
    around[0].body = [node]
    found = Around(environment.globals, environment.cells, reads.static)
    function = load_local(to_text(around), node.name, found)
    function.__s2sad_origins__ = environment.origins  # type: ignore[attr-defined]
    function.__s2sad_source__ = replace(value.source, tree=node)  # type: ignore[attr-defined]
    return function


def refuse_unclear(b: Any, value: FunctionValue) -> None:
    """Refuse a local function that reads a variable of which it is not clear what it stands for."""
    names, _ = local_names(value.node)
    for name in {each.id for each in gast.walk(value.node) if isinstance(each, gast.Name)} - names:
        scope = value.scope
        while scope is not None and name not in scope.locals:
            scope = scope.parent
        if scope is not None:
            b.untangle(b.env.get((scope, name)))


def named_as(node: gast.FunctionDef, name: str) -> gast.FunctionDef:
    found = copy.deepcopy(node)
    found.name, found.decorator_list = name, []
    return found
