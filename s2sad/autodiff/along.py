"""Vector mode of linear functions: the same function of the tangents, with its axes one further behind.

See `s2sad.autodiff.axes`.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.autodiff.axes import (
    BY_ROWS,
    FALSE,
    LAST,
    NONE,
    ONE,
    UNIT,
    ZERO,
    Axes,
    batched_kind,
    constant,
    rank_of,
    row,
)
from s2sad.frontend.names import ref_to
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Call, Lit, Var
from s2sad.rules.reductions import TRAPEZOID

# ---- reductions and running sums --------------------------------------------------------------------------------


@row(np.sum, np.mean)
def reduction(s: Axes, call: Call, a: Atom, axis: Atom | None = None, keepdims: Atom = FALSE) -> Atom:
    dot, rank = s.ranked(a)
    if rank == 0:
        return dot
    more: dict[str, Any] = {} if keepdims == Lit(False) else {"keepdims": keepdims}
    return s.b.call(call.target, dot, axis=s.moved(axis, rank), **more)


@row(np.cumsum)
def running(s: Axes, call: Call, a: Atom, axis: Atom | None = None) -> Atom:
    dot, rank = s.ranked(a)
    return s.b.call(call.target, dot, axis=s.moved(axis, rank, many=False))


@row(np.flip)
def flip(s: Axes, call: Call, m: Atom, axis: Atom | None = None) -> Atom:
    dot, rank = s.ranked(m)
    return s.b.call(np.flip, dot, s.moved(axis, rank))


@row(np.flipud, np.fliplr)
def flip_matrix(s: Axes, call: Call, m: Atom) -> Atom:
    return s.b.call(np.flip, s.ranked(m)[0], Lit(1 if call.target is np.flipud else 2))


@row(np.roll)
def roll(s: Axes, call: Call, a: Atom, shift: Atom, axis: Atom | None = None) -> Atom | None:
    dot, rank = s.ranked(a)
    if not isinstance(shift.kind, k.Scalar):
        return None
    return s.b.call(np.roll, dot, shift, s.moved(axis, rank, many=False))


@row(np.repeat)
def repeat(s: Axes, call: Call, a: Atom, repeats: Atom, axis: Atom | None = None) -> Atom:
    dot, rank = s.ranked(a)
    return s.b.call(np.repeat, dot, repeats, axis=s.moved(axis, rank, many=False))


@row(np.take)
def take(s: Axes, call: Call, a: Atom, indices: Atom, axis: Atom | None = None) -> Atom:
    dot, rank = s.ranked(a)
    return s.b.call(np.take, dot, indices, axis=s.moved(axis, rank, many=False))


@row(np.diff)
def diff(s: Axes, call: Call, a: Atom, n: Atom = ONE, axis: Atom = LAST) -> Atom:
    dot, rank = s.ranked(a)
    return s.b.call(np.diff, dot, n, axis=s.moved(axis, rank))


@row(TRAPEZOID)
def trapezoid(s: Axes, call: Call, y: Atom, dx: Atom = UNIT, axis: Atom = LAST) -> Atom | None:
    dot, rank = s.ranked(y)
    if not isinstance(dx.kind, k.Scalar):
        return None
    return s.b.call(call.target, dot, dx=dx, axis=s.moved(axis, rank))


@row(np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft)
def transform(s: Axes, call: Call, a: Atom, n: Atom = NONE, axis: Atom = LAST, norm: Atom = NONE) -> Atom:
    dot, rank = s.ranked(a)
    more: dict[str, Any] = {name: value for name, value in (("n", n), ("norm", norm)) if value != Lit(None)}
    return s.b.call(call.target, dot, axis=s.moved(axis, rank), **more)


@row(np.fft.fft2, np.fft.ifft2)
def transform_of_matrices(s: Axes, call: Call, a: Atom) -> Atom:
    return s.b.call(call.target, s.ranked(a)[0])


@row(np.trace)
def trace(s: Axes, call: Call, a: Atom, offset: Atom = ZERO) -> Atom | None:
    dot, rank = s.ranked(a)
    return s.b.call(np.trace, dot, offset, Lit(1), Lit(2)) if rank == 2 else None


@row(np.diagonal, np.diag)
def diagonal(s: Axes, call: Call, *args: Atom, **named: Atom) -> Atom | None:
    if len(named) != 1:
        return None
    dot, rank = s.ranked(*named.values())
    return s.b.call(np.diagonal, dot, Lit(0), Lit(1), Lit(2)) if rank == 2 else None


@row(np.triu, np.tril)
def triangle(s: Axes, call: Call, m: Atom, k: Atom = ZERO) -> Atom | None:
    dot, rank = s.ranked(m)
    return s.b.call(call.target, dot, k) if rank >= 2 else None


@row(np.real, np.imag, np.conjugate, np.copy)
def each(s: Axes, call: Call, **named: Atom) -> Atom:
    (atom,) = named.values()
    dot = s.part(atom)
    if not isinstance(dot.kind, k.Array):
        raise LookupError
    return s.b.call(call.target, dot)


@row(np.ndarray.astype)
def astype(s: Axes, call: Call, a: Atom, dtype: Atom) -> Atom:
    return s.b.call(np.ndarray.astype, s.ranked(a)[0], dtype)


# ---- other axes ---------------------------------------------------------------------------------------------


@row(np.ravel, np.squeeze, np.atleast_1d, np.atleast_2d, np.atleast_3d, np.expand_dims, np.reshape)
def same_order(s: Axes, call: Call, order: Atom = BY_ROWS, **named: Atom) -> Atom | None:
    operand = named["a"]
    if order != Lit("C") or not isinstance(s.part(operand).kind, k.Array):
        return None
    return s.reshaped(s.part(operand), call.out)


@row(runtime.reshape, runtime.flatten, runtime.item)
def same_order_method(s: Axes, call: Call, a: Atom, order: Atom = BY_ROWS, shape: Any = ()) -> Atom | None:
    if order != Lit("C") or not isinstance(s.part(a).kind, k.Array):
        return None
    return s.reshaped(s.part(a), call.out)


@row(np.transpose, runtime.transpose)
def transpose(s: Axes, call: Call, a: Atom, axes: Any = NONE) -> Atom:
    dot, rank = s.ranked(a)
    if isinstance(axes, tuple):
        axes = axes[0] if len(axes) == 1 else Lit(None) if not axes else s.numbers(*map(constant, axes))
    order = tuple(range(rank))[::-1] if axes == Lit(None) else s.axes_of(axes)
    if rank <= 1:
        return dot
    if rank == 2:
        return dot if order in ((0, 1), (0, -1)) else s.b.call(np.swapaxes, dot, Lit(1), Lit(2))
    return s.b.call(np.transpose, dot, s.numbers(0, *(i % rank + 1 for i in order)))


@row(runtime.matrix_transpose)
def matrix_transpose(s: Axes, call: Call, a: Atom) -> Atom:
    return s.b.call(np.swapaxes, s.ranked(a)[0], Lit(-1), Lit(-2))


@row(np.swapaxes)
def swapaxes(s: Axes, call: Call, a: Atom, axis1: Atom, axis2: Atom) -> Atom:
    dot, rank = s.ranked(a)
    return s.b.call(np.swapaxes, dot, s.moved(axis1, rank), s.moved(axis2, rank))


@row(np.moveaxis)
def moveaxis(s: Axes, call: Call, a: Atom, source: Atom, destination: Atom) -> Atom:
    dot, rank = s.ranked(a)
    return s.b.call(np.moveaxis, dot, s.moved(source, rank), s.moved(destination, rank))


@row(np.broadcast_to)
def broadcast_to(s: Axes, call: Call, array: Atom, shape: Atom) -> Atom | None:
    dot, _ = s.ranked(array)
    rank, wide = rank_of(call.out.kind), s.shape_with(call.out)
    if rank is None or wide is None:
        return None
    return s.b.emit(
        ref_to(np.broadcast_to), (s.lifted(dot, array.kind, rank), wide), kind=batched_kind(call.out.kind)
    )


@row(np.full, np.full_like)
def full(s: Axes, call: Call, *args: Atom, fill_value: Atom, **named: Atom) -> Atom | None:
    dot, _ = s.ranked(fill_value)
    rank = rank_of(call.out.kind)
    if rank is None:
        return None
    return s.b.call(operator.add, s.lifted(dot, fill_value.kind, rank), s.b.call(np.zeros_like, call.out))


# ---- joins --------------------------------------------------------------------------------------------------


def parts_of(s: Axes, sequence: Atom) -> tuple[tuple[Atom, ...], int]:
    """Return the items of a display of arrays, and the rank that they all have."""
    made = s.b.made.get(sequence) if isinstance(sequence, Var) else None
    if made is None or made.fn not in (ir.TUPLE, ir.LIST) or not made.args:
        raise LookupError
    ranks = {rank_of(item.kind) for item in made.args}
    if len(ranks) != 1 or None in ranks:
        raise LookupError
    return made.args, ranks.pop()  # type: ignore[return-value]


def joined(s: Axes, function: Any, items: tuple[Atom, ...], axis: int) -> Atom:
    dots = [s.part(item) for item in items]
    if not all(isinstance(dot.kind, k.Array) for dot in dots):
        raise LookupError
    return s.b.call(function, s.b.emit(ir.LIST, dots), axis=Lit(axis))


@row(np.concatenate, np.stack)
def join(s: Axes, call: Call, arrays: Atom, axis: Atom = ZERO) -> Atom | None:
    items, _ = parts_of(s, arrays)
    at = constant(axis)
    if at is None:
        return None
    return joined(s, call.target, items, at + 1 if at >= 0 else at)


@row(np.hstack, np.vstack, np.column_stack)
def join_matrices(s: Axes, call: Call, tup: Atom) -> Atom | None:
    items, rank = parts_of(s, tup)
    if rank == 1:
        function, axis = (np.concatenate, 1) if call.target is np.hstack else (np.stack, 1)
        return joined(s, function, items, 2 if call.target is np.column_stack else axis)
    if rank == 0:
        return joined(s, np.stack, items, 1) if call.target is np.hstack else None
    return joined(s, np.concatenate, items, 1 if call.target is np.vstack else 2)


@row(np.array, np.asarray)
def array(s: Axes, call: Call, object: Atom) -> Atom:
    if isinstance(object.kind, k.Array):
        dot = s.ranked(object)[0]
        return s.b.call(np.array, dot) if call.target is np.array else dot
    return nested(s, object)


def nested(s: Axes, display: Atom) -> Atom:
    """Return the tangents of the array that nested lists make."""
    made = s.b.made.get(display) if isinstance(display, Var) else None
    rows = made.args if made is not None and made.fn in (ir.TUPLE, ir.LIST) else ()
    inner = [s.b.made.get(one) if isinstance(one, Var) else None for one in rows]
    if rows and all(one is not None and one.fn in (ir.TUPLE, ir.LIST) for one in inner):
        dots = [nested(s, one) for one in rows]
        return s.b.call(np.stack, s.b.emit(ir.LIST, dots), axis=Lit(1))
    return joined(s, np.stack, parts_of(s, display)[0], 1)
