"""The ordered passes, each with its reason, from a function to the text of its derivative.

>>> for name, reason in STAGES:
...     print(f"{name:8} {reason}")
lower    read the source; each name is bound once, each value has a kind, helpers are known
prune    drop what the result does not need, so that it is not differentiated
reverse  run the program backwards; adjoints are collected, needed values saved
clean    drop what the derivatives do not need: neither computed nor saved
emit     updates in place again, names, expressions, text
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.autodiff.batched import Batched
from s2sad.autodiff.forward import Forward
from s2sad.autodiff.joint import gradient, split_in_two, with_tangents
from s2sad.autodiff.pairs import Tables
from s2sad.autodiff.reverse import Reverse
from s2sad.autodiff.vector import MANY, many_tangents
from s2sad.backend.emit import Emitted, emit
from s2sad.errors import NonScalarResult
from s2sad.frontend.lowerer import Lowerer, Program, lower
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Call, Function, Lit, Param, Var
from s2sad.ir.show import show
from s2sad.ir.verify import verify
from s2sad.optimize.dead import dead
from s2sad.optimize.simplify import fold, simplify
from s2sad.rules.declare import REGISTRY, known
from s2sad.rules.methods import ATTRIBUTES, METHODS
from s2sad.rules.optional import load_optional

STAGES = (
    ("lower", "read the source; each name is bound once, each value has a kind, helpers are known"),
    ("prune", "drop what the result does not need, so that it is not differentiated"),
    ("reverse", "run the program backwards; adjoints are collected, needed values saved"),
    ("clean", "drop what the derivatives do not need: neither computed nor saved"),
    ("emit", "updates in place again, names, expressions, text"),
)


@dataclass(frozen=True)
class Request:
    """What is asked of one derivative.

    Attributes
    ----------
    active : tuple of str
        The parameters to differentiate with respect to.
    single : bool
        Whether their adjoint is returned bare, not in a tuple.
    value : bool
        Whether the result of the function is returned too, before the gradient.
    has_aux : bool
        Whether the function returns a pair of its result and something else to be passed on.
    optimize : bool
        Whether to simplify what the engine writes.
    mode : str
        ``"grad"``: the result is a scalar whose gradient is returned. ``"elementwise_grad"``: the result may be an
        array; the gradient is that of the sum of its elements. ``"vjp"``: the result may be anything; one
        function returns it with what the reverse sweep needs, another one is that sweep, and takes the
        cotangent. ``"jvp"``: the tangents of the active arguments are parameters, and the result and its
        tangent are returned. ``"derivative"``: the tangent of the one active argument, a number, is 1.0, and
        the tangent of the result is returned.
        ``"jvps"``: as ``"jvp"``, for bunches of tangents, stacked along a new first axis. ``"jacfwd"``: the result
        is the Jacobian, by such a bunch.
    """

    active: tuple[str, ...]
    single: bool = True
    value: bool = False
    has_aux: bool = False
    optimize: bool = True
    mode: str = "grad"
    wanted: tuple[tuple[str, int | None], ...] = ()  # (parameter, index in it), in the caller's order


@dataclass
class Derived:
    """A derivative as text, and the conditions under which it is right."""

    emitted: Emitted
    guards: list[tuple[Callable[[], Any], Any]]
    externals: list[ir.External]
    stages: dict[str, str]
    updated: tuple[str, ...] = ()  # the parameters that the function updates in place
    extra: tuple[
        str, ...
    ] = ()  # the parameters that are not the function's own: the cotangent, or the tangents
    backward: str = ""  # the name of the reverse sweep, where that is a function of its own


def derive(
    function: Callable,
    kinds: dict[str, k.Kind],
    request: Request,
    shapes: k.Shapes,
    calls: tuple[Any, Any, Any],
    check: bool = False,
    assume_scalar: bool = False,
) -> Derived:
    """Differentiate a function for arguments of these kinds.

    `calls` are the functions by which generated code differentiates callables that it knows only at run time,
    in reverse, forward and vector mode.
    """
    load_optional()
    edition = REGISTRY.current_edition()
    program = Program(REGISTRY, METHODS, ATTRIBUTES, simplify if request.optimize else fold, shapes)
    program.special[known] = is_known
    program.at_run_time = calls
    tables = Tables(REGISTRY, Reverse, Forward, *calls[:2])
    stages: dict[str, str] = {}

    def stage(name: str, made: Function) -> Function:
        if check:
            verify(made, name, {external.var for external in program.externals.values()})
            stages[name] = show(made)
        return made

    items: dict[str, set[int]] = {}
    for name, index in request.wanted:
        if index is not None:
            items.setdefault(name, set()).add(index)
    lowered, lowerer = lower(program, function, kinds, set(request.active), items)
    stage("lower", lowered)
    primal, aux = take_result(lowered, lowerer, request)
    if request.mode == "elementwise_grad":
        primal = summed(primal, lowerer)
    whole = dead(primal if aux is None else lowered_with_aux(primal, aux), REGISTRY)
    pruned = stage("prune", replace(whole, result=primal.result))
    if request.mode in MANY:
        tables = replace(tables, forward=Batched, jvp=calls[2])
        extra, joint = many_tangents(pruned, lowerer, request, aux, tables)
    elif request.mode in ("jvp", "derivative"):
        extra, joint = with_tangents(pruned, lowerer, request, aux, tables)
    elif request.mode == "vjp":
        extra, joint = gradient(pruned, lowerer, request, Var("g", primal.result.kind), aux, tables)
    else:
        extra, joint = gradient(
            pruned, lowerer, request, seed_of(primal, lowerer, assume_scalar), aux, tables
        )
    stage("forward" if request.mode in ("jvp", "derivative", *MANY) else "reverse", joint)
    cleaned = stage("clean", dead(joint, REGISTRY))
    externals = list(program.externals.values())
    halves = split_in_two(cleaned, pruned, extra) if request.mode == "vjp" else (cleaned,)
    emitted = emit(halves, externals, REGISTRY)
    stages["emit"] = emitted.text
    updated = tuple(dict.fromkeys(name for var, name in lowerer.owners.items() if var in lowerer.updated))
    guards = [*program.guards, (REGISTRY.current_edition, edition)]
    return Derived(emitted, guards, externals, stages, updated, extra, halves[-1].name)


def is_known(b: Lowerer, args: list, kwargs: dict) -> Atom:
    """Fold `known(x)`: literals, and values that their kinds determine."""
    value = args[0]
    if isinstance(value, Var):
        kind = value.kind
        concrete = isinstance(kind, k.Scalar) and type(kind.value) in (int, bool)
        return Lit(concrete or isinstance(kind, k.Constant))
    return Lit(True)


def take_result(lowered: Function, lowerer: Lowerer, request: Request) -> tuple[Function, Atom | None]:
    """Split the result of a function with auxiliary output."""
    if not request.has_aux:
        return lowered, None
    kind = lowered.result.kind
    if not isinstance(kind, k.Tuple) or len(kind.items) != 2:
        raise NonScalarResult(
            "with has_aux=True the function must return a pair (result, aux)", lowerer.where
        )
    made = lowerer.made.get(lowered.result) if isinstance(lowered.result, Var) else None
    if made is not None and made.fn is ir.TUPLE:
        first, aux = made.args
        return replace(lowered, result=first), aux
    lowerer.block = []
    first, aux = lowerer.unpack_atom(lowered.result, 2)  # type: ignore[assignment]
    return replace(lowered, body=lowered.body + tuple(lowerer.block), result=first), aux


def lowered_with_aux(primal: Function, aux: Atom) -> Function:
    """Return the function with both results, so that neither is dropped."""
    both = Var("", k.UNKNOWN)
    return replace(primal, body=(*primal.body, Call((both,), ir.TUPLE, (primal.result, aux))), result=both)


def summed(lowered: Function, lowerer: Lowerer) -> Function:
    """Return the function that returns the sum of the elements of the function's result."""
    kind = lowered.result.kind
    if isinstance(kind, k.Array) and kind.dtype is not None and kind.dtype[0] == "c":
        raise NonScalarResult("the result is complex, not real", lowerer.where)
    if isinstance(kind, k.Scalar) or not isinstance(kind, (k.Array, k.Unknown)) or k.shape_of(kind) == ():
        return lowered
    lowerer.block = []
    total = lowerer.call(np.sum, lowered.result)
    return replace(lowered, body=lowered.body + tuple(lowerer.block), result=total)


def seed_of(lowered: Function, lowerer: Lowerer, assume_scalar: bool) -> Atom | None:
    """Return the cotangent 1.0 of a scalar result; None where only the run can tell that it is scalar."""
    kind = lowered.result.kind
    hint = "return a scalar, for example `np.sum(...)`"
    if isinstance(kind, k.Scalar):
        if kind.dtype[0] == "c" and not kind.mixed:
            raise NonScalarResult("the result is complex, not a real scalar", lowerer.where, hint)
        return Lit(1.0)
    if isinstance(kind, k.Array) and (kind.shape == () or (kind.shape is None and assume_scalar)):
        return Lit(1.0)
    if (isinstance(kind, k.Array) and kind.shape is None) or isinstance(kind, (k.Unknown, k.Bottom)):
        return None
    what = {k.Array: "an array", k.Tuple: "a tuple", k.List: "a list", k.Dict: "a dict"}.get(
        type(kind), "not a number"
    )
    if kind == k.NONE:
        what = "None"
    raise NonScalarResult(f"the result of `{lowered.name}` is {what}, not a scalar", lowerer.where, hint)


def scalar_parameters(function: Callable, kinds: dict[str, k.Kind], request: Request) -> set[str]:
    """Return the parameters of unknown kind that must be scalars, because the function's result is one.

    The operands of an elementwise operation with a scalar result are scalars.
    """
    load_optional()
    program = Program(REGISTRY, METHODS, ATTRIBUTES, None, k.Shapes())
    lowered, lowerer = lower(program, function, kinds, set(request.active))
    names = {param.var: param.name for param in lowered.params}
    found: set[str] = set()
    work: list[Any] = [lowered.result]
    while work:
        atom = work.pop()
        if not isinstance(atom, Var) or atom.kind != k.NUMERIC:
            continue
        if atom in names:
            found.add(names[atom])
        made = lowerer.made.get(atom)
        rule = (
            None if made is None or isinstance(made.fn, (ir.Prim, ir.Update)) else REGISTRY.rule(made.target)
        )
        if made is not None and rule is not None and rule.elementwise:
            work += made.args
    return found


def explain(function: Callable, *args: Any, argnums: int | tuple[int, ...] = 0) -> str:
    """Return every stage of a gradient's making, as text.

    Parameters
    ----------
    function : callable
        A scalar function.
    *args
        Arguments, of which only the kinds matter.
    argnums : int or tuple of int
        The arguments to differentiate with respect to.

    Examples
    --------
    >>> def square(x):
    ...     return x * x
    >>> print(explain(square, 3.0).partition("expressions, text")[2])
    <BLANKLINE>
    <BLANKLINE>
    def square_grad(x):
        # return x * x
        x_bar = x + x
        return x_bar
    <BLANKLINE>
    """
    shapes = k.Shapes()
    names = list(inspect.signature(function).parameters)
    kinds = {name: k.kind_of(arg, shapes) for name, arg in zip(names, args, strict=False)}
    chosen = (argnums,) if isinstance(argnums, int) else argnums
    request = Request(tuple(names[i] for i in chosen), isinstance(argnums, int))
    derived = derive(function, kinds, request, shapes, (None, None, None), check=True)
    reasons = dict(STAGES)
    return "\n".join(f"==== {name}: {reasons[name]}\n\n{text}" for name, text in derived.stages.items())


__all__ = ["STAGES", "Derived", "Param", "Request", "derive", "explain"]
