"""Jacobians as programs: unit tangents go in, all at once, and the tangents of the result are its columns.

For an array argument of known rank the text is plain NumPy: ``x_dot = np.eye(len(x))`` in front, and ``np.moveaxis``
at the end, which puts the axes of the argument behind those of the result. For containers two helpers of
`s2sad.batches` do this. In a single number there is one tangent, 1, and the Jacobian is the tangent of the result.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from s2sad import batches
from s2sad.analysis import kinds as k
from s2sad.autodiff.axes import batched_kind, rank_of
from s2sad.autodiff.batched import Batched
from s2sad.autodiff.forward import NONE, Forward
from s2sad.autodiff.joint import unalias
from s2sad.frontend.names import ref_to
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Block, Call, Function, Lit, Ref, Var

MANY = ("jvps", "jacfwd")  # the modes in which there are many tangents at once
Wanted = Sequence[tuple[Var, int | None]]  # a parameter, or one of the arguments in ``*args``


def many_tangents(
    function: Function, b: Any, request: Any, aux: Atom | None, tables: Any
) -> tuple[tuple[str, ...], Function]:
    """Build the joint program of a function's values and of many tangents, or of its Jacobian.

    Returns
    -------
    tuple
        The names of the parameters that are tangents, and the program.
    """
    by_name = {param.name: param.var for param in function.params}
    names: tuple[str, ...] = ()
    params = function.params
    if request.mode == "jvps":
        sweep = Batched(b, function, tables)
        names, params, tangents = sweep.parameters([by_name[name] for name in request.active])
        body, dot = sweep.run(tangents)
        parts = lambda: [function.result, unalias(b, dot)]  # noqa: E731
    else:
        wanted = [(by_name[name], index) for name, index in request.wanted]
        body, jacobian = jacobian_program(b, function, wanted, request.single, tables)
        parts = lambda: [jacobian]  # noqa: E731

    def close() -> Atom:
        b.where = None
        items = [*parts(), *([] if aux is None else [aux])]
        return items[0] if len(items) == 1 else b.emit(ir.TUPLE, items)

    ending, result = b.capture(close)
    return names, Function(f"{function.name}_{request.mode}", params, (*body, *ending), result)


def jacobian_program(
    lowerer: Any,
    function: Function,
    wanted: Wanted,
    single: bool,
    tables: Any,
) -> tuple[Block, Atom]:
    """Return the program of a function's values and of its Jacobian, and the Jacobian.

    Parameters
    ----------
    wanted : sequence
        What to differentiate with respect to.
    single : bool
        Whether the Jacobian for the only one of them is returned, not a tuple.
    """
    result, (first, index) = function.result, wanted[0]
    if single and index is None and isinstance(first.kind, k.Scalar):
        sweep = Forward(lowerer, function, tables)
        body, dot = sweep.run({first: Lit(1.0)})
        return body, dot
    batch = Batched(lowerer, function, tables)
    b = batch.b
    rank = rank_of(first.kind) if single and index is None else None
    lean = rank is not None and k.dtype_of(first.kind) in ("f8", "f4", "c16")
    known = rank_of(result.kind) is not None and (k.dtype_of(result.kind) or "i")[0] in "fc"
    arg: list[Atom] = []

    def seed() -> dict[Var, Atom]:
        if lean:
            batch.count = b.call(len, first, hint="n") if rank == 1 else size_of(b, first)
            return {first: unit(batch, first, rank)}  # type: ignore[arg-type]
        parts = [var if i is None else b.emit(ref_to(operator.getitem), (var, Lit(i))) for var, i in wanted]
        arg.append(parts[0] if single else b.emit(ir.TUPLE, parts))
        batch.count = b.emit(Ref("entries", batches.entries), arg, hint="n", kind=k.INT)
        return seeds(batch, wanted, parts, arg[0], single)

    def arrange(dot: Atom) -> Atom:
        if lean and known and isinstance(dot.kind, k.Array):
            last = b.call(np.moveaxis, dot, Lit(0), Lit(-1)) if rank_of(result.kind) else dot
            if rank == 1:
                return last
            shape = b.emit(Ref("getattr", getattr), (first, Lit("shape")))
            if rank_of(result.kind):
                front = b.emit(Ref("getattr", getattr), (result, Lit("shape")))
                shape = b.call(operator.add, front, shape)
            return b.emit(ref_to(np.reshape), (last, shape), kind=jacobian_kind(result.kind, first.kind))
        like = arg[0] if arg else first
        return b.emit(Ref("arranged", batches.arranged), (dot, result, like), kind=k.UNKNOWN)

    body, dot = batch.run_with(seed)
    ending, jacobian = b.capture(lambda: arrange(unalias(b, dot)))
    return (*body, *ending), jacobian


def size_of(b: Any, var: Var) -> Atom:
    return b.emit(Ref("getattr", getattr), (var, Lit("size")), hint="n")


def unit(batch: Batched, var: Var, rank: int) -> Atom:
    """Return the unit tangents of an array."""
    b, n = batch.b, batch.count
    more = {"f8": (), "f4": (ref_to(np.float32),), "c16": (ref_to(complex),)}[k.dtype_of(var.kind) or "f8"]
    kind = batched_kind(var.kind)
    if rank == 0:
        return b.emit(ref_to(np.ones), (n, *more), kind=kind, hint=f"{var.hint}_dot")
    named = [("dtype", atom) for atom in more]
    eye = b.emit(ref_to(np.eye), (n,), named, kind=kind if rank == 1 else None)
    dot = eye if rank == 1 else batch.reshaped(eye, var)
    assert isinstance(dot, Var)
    dot.hint = f"{var.hint}_dot"
    return dot


def seeds(batch: Batched, wanted: Wanted, parts: list[Atom], arg: Atom, single: bool) -> dict[Var, Atom]:
    """Return the unit tangents of parameters of any kinds."""
    b = batch.b
    bases = b.emit(Ref("basis", batches.basis), (arg,), kind=batched_kind(arg.kind))
    if single:
        dots: tuple[Atom, ...] = (bases,)
    else:
        dots = tuple(Var(f"{part.hint}_dot", batched_kind(part.kind)) for part in parts)  # type: ignore[union-attr]
        b.append(Call(dots, ir.UNPACK, (bases,), (), None))  # type: ignore[arg-type]
    found: dict[Var, Atom] = {}
    inside: dict[Var, list[Atom]] = {}
    for (var, index), dot in zip(wanted, dots, strict=True):
        if index is None:
            found[var] = dot
            if isinstance(dot, Var):
                dot.hint = dot.hint or f"{var.hint}_dot"
            continue
        if var not in inside:
            count = len(var.kind.items)  # type: ignore[attr-defined]
            rest = [b.emit(ref_to(operator.getitem), (var, Lit(i))) for i in range(count)]
            inside[var] = [batch.part(each) if k.may_hold_floats(each.kind) else NONE for each in rest]
        inside[var][index] = dot
    for var, items in inside.items():
        found[var] = b.emit(ir.TUPLE, items)
    return found


def jacobian_kind(result: k.Kind, argument: k.Kind) -> k.Kind:
    shapes = k.shape_of(result), k.shape_of(argument)
    return k.numeric(k.dtype_of(result), None if None in shapes else shapes[0] + shapes[1])  # type: ignore[operator]
