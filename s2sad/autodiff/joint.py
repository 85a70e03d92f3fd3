"""The joint program of a function's values and their derivatives: parameters, seeds, results.

What `s2sad.autodiff.reverse` and `s2sad.autodiff.forward` build becomes a function that a caller can use: with the
cotangent or the tangents as parameters of its own, and with results that belong to nobody else.
"""

from __future__ import annotations

import inspect
import operator
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.autodiff.forward import Forward, with_own_parameters
from s2sad.autodiff.pairs import Tables, saved_values
from s2sad.autodiff.primals import fill_undefined
from s2sad.autodiff.reverse import Reverse, is_construction
from s2sad.autodiff.tangents import tangent_kind
from s2sad.frontend.lowerer import Lowerer
from s2sad.frontend.names import ref_to
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Call, Function, Lit, Param, Var
from s2sad.ir.walk import definitions

SINGLE: dict[str | None, Any] = {"f4": np.float32, "c8": np.complex64}


def with_tangents(
    function: Function, lowerer: Lowerer, request: Any, aux: Atom | None, tables: Tables
) -> tuple[tuple[str, ...], Function]:
    """Build the joint program of a function's values and their tangents."""
    own = {
        param.name: Var(f"{param.name}_dot", tangent_kind(param.var.kind))
        for param in function.params
        if param.name in request.active
    }
    given: dict[str, Atom] = dict(own)
    lowerer.block = []
    if request.mode == "derivative":
        variables = {param.name: param.var for param in function.params}
        given = {name: unit(lowerer, variables[name], index) for name, index in request.wanted}
        own = {}
    opening = tuple(lowerer.block)
    params, names = with_own_parameters(function, [own[name] for name in request.active if name in own])
    sweep = Forward(lowerer, function, tables)
    body, dot = sweep.run({param.var: given[param.name] for param in function.params if param.name in given})
    b = sweep.b
    b.where, b.block = None, []
    dot = unalias(b, dot)
    parts = [function.result, dot] if request.mode == "jvp" else [dot]
    parts += [] if aux is None else [aux]
    result = parts[0] if len(parts) == 1 else b.emit(ir.TUPLE, parts)
    body = (*opening, *body, *b.block)
    return names, Function(f"{function.name}_{request.mode}", params, body, result)


def unit(b: Lowerer, var: Var, index: int | None) -> Atom:
    """Return the tangent 1.0 of a number, or that of one number in a tuple of arguments."""
    if index is None:
        return Lit(1.0)
    assert isinstance(var.kind, k.Tuple)
    parts: list[Atom] = []
    for i, kind in enumerate(var.kind.items):
        if isinstance(kind, k.Scalar):
            parts.append(Lit(1.0 if i == index else 0.0))
        else:
            parts.append(b.call(runtime.zeros_like, b.emit(ref_to(operator.getitem), (var, Lit(i)))))
    return b.emit(ir.TUPLE, parts)


def gradient(
    function: Function,
    lowerer: Lowerer,
    request: Any,
    seed: Atom | None,
    aux: Atom | None,
    tables: Tables,
) -> tuple[tuple[str, ...], Function]:
    """Build the joint program of a function's values and its gradient."""
    own = [seed] if isinstance(seed, Var) else []
    params, names = with_own_parameters(function, own)
    if request.mode == "vjp":
        request = replace(request, value=True, single=False)
    results = [atom for atom in (function.result if request.value else None, aux) if atom is not None]
    extra: tuple[ir.Stmt, ...] = ()
    if seed is None:
        seed = Var("seed", k.Scalar("f8"))
        extra = (Call((seed,), ref_to(runtime.scalar_seed), (function.result,)),)
    sweep = Reverse(lowerer, function, tables)
    forward, backward = sweep.run(seed)
    b = sweep.b
    b.where = None
    before = b.block
    b.block = []
    bars = [finish(sweep, param.var) for param in function.params if param.name in request.active]
    order = [param.name for param in function.params if param.name in request.active]
    bars = [unalias(b, bars[order.index(name)]) for name in request.active]
    if any(index is not None for _, index in request.wanted) or len(request.wanted) > len(request.active):
        bars = [select(b, bars[request.active.index(name)], index) for name, index in request.wanted]
    gradient_atom: Atom = bars[0] if request.single else b.emit(ir.TUPLE, bars)
    if request.value and aux is not None:
        pair = b.emit(ir.TUPLE, (function.result, aux))
        result: Atom = b.emit(ir.TUPLE, (pair, gradient_atom))
    elif results:
        parts = [function.result, gradient_atom] if request.value else [gradient_atom, aux]
        result = b.emit(ir.TUPLE, parts)
    else:
        result = gradient_atom
    ending = tuple(b.block)
    b.block = before
    body = (*forward, Call((), ir.BOUNDARY), *extra, *backward, *ending)
    return names, Function(f"{function.name}_{request.mode}", params, body, result)


def split_in_two(joint: Function, primal: Function, extra: tuple[str, ...]) -> tuple[Function, Function]:
    """Cut a joint program at the end of its forward sweep.

    The first function returns its result and a tuple of what the second one needs besides the cotangent.
    """
    at = next(i for i, stmt in enumerate(joint.body) if isinstance(stmt, Call) and stmt.fn is ir.BOUNDARY)
    forward, backward = joint.body[:at], joint.body[at + 1 :]
    *ending, last = backward
    assert isinstance(last, Call)
    value, bars = last.args  # the result of the program is (result of the function, gradient)
    saved = saved_values(forward, tuple(ending), bars, [param.var for param in primal.params])
    made = definitions(joint.body).get(value) if isinstance(value, Var) else None
    if made in ending:  # the pair of the result and the auxiliary output
        ending.remove(made)
        forward = (*forward, made)
    kept, out, given = Var("saved"), Var(""), Var("saved")
    closing = (Call((kept,), ir.TUPLE, tuple(saved)), Call((out,), ir.TUPLE, (value, kept)))
    opening = (Call(tuple(saved), ir.UNPACK, (given,)),) if saved else ()
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    own = [replace(param, kind=positional) for param in joint.params if param.name in extra]
    first = Function(
        f"{primal.name}_forward", primal.params, (*fill_undefined(forward, set(saved)), *closing), out
    )
    params = (Param(given, "saved", positional), *own)
    return first, Function(f"{primal.name}_backward", params, (*opening, *ending), bars)


def select(b: Lowerer, bar: Atom, index: int | None) -> Atom:
    """Return the adjoint of one argument among those of ``*args``."""
    return bar if index is None else b.emit(ref_to(operator.getitem), (bar, Lit(index)))


def finish(sweep: Any, var: Var) -> Atom:
    """Return a parameter's adjoint as an array of its own, of the parameter's shape."""
    b = sweep.b
    total = sweep.total(var)
    kind = var.kind
    if isinstance(kind, k.Array) and kind.shape is not None:
        made = b.made.get(total) if isinstance(total, Var) else None
        if made is not None and getattr(made.fn, "value", None) is np.broadcast_to:
            total = made.args[0]
        if isinstance(total, Lit) or isinstance(total.kind, k.Scalar) or k.shape_of(total.kind) == ():
            primal = sweep.primal(var)
            if total == Lit(1.0):
                total = b.call(np.ones_like, primal)
            elif total == Lit(0.0):
                total = b.call(np.zeros_like, primal)
            else:
                total = b.call(np.full_like, primal, total)
        elif made is not None and total is made.args[0]:
            wide = b.emit(made.fn, made.args)
            total = b.emit(ir.COPY, (wide,), kind=wide.kind)
    if isinstance(kind, k.Array) and kind.dtype in SINGLE and k.dtype_of(total.kind) != kind.dtype:
        dtype = ref_to(SINGLE[kind.dtype])  # the gradient is of the argument's type
        known = k.dtype_of(total.kind) is not None
        total = b.call(np.ndarray.astype, total, dtype) if known else b.call(np.array, total, dtype)
    if isinstance(kind, k.Dict) and kind.keys is not None and var in b.updated:
        entries: list[Atom] = []  # in the order of the caller, which the program may have changed
        for key in kind.keys:
            entries += [Lit(key), b.emit(ref_to(operator.getitem), (total, Lit(key)))]
        total = b.emit(ir.DICT, entries)
    if isinstance(total, Var) and not total.hint:
        total.hint = f"{var.hint}_bar"
    return total


def unalias(b: Lowerer, atom: Atom) -> Atom:
    """Make the arrays of a result the caller's own: neither arguments nor one another, nor any other result."""
    if not isinstance(atom, Var):
        return atom
    if isinstance(atom.kind, k.Array):
        return b.emit(ir.OWN, (atom,), kind=atom.kind, hint=atom.hint)
    made = b.made.get(atom)
    if made is None or not (made.fn in (ir.TUPLE, ir.LIST, ir.DICT) or is_construction(made)):
        return atom
    parts = tuple(unalias(b, part) for part in made.args)
    named = tuple((name, unalias(b, part)) for name, part in made.kwargs)
    if (parts, named) == (made.args, made.kwargs):
        return atom
    return b.emit(made.fn, parts, named, kind=atom.kind, hint=atom.hint)
