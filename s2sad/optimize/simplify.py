"""Simplifications of what the engine itself writes, applied while it is written.

Each is exact, or exact wherever a derivative exists: ``1.0 * x`` is ``x``, ``x ** 1`` is ``x``; a broadcast
whose result meets an array of the same shape anyway is left to NumPy. ``0 * x`` stays (it may be NaN, and it has
a shape), and so does ``x + 0`` (``-0.0``).
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.frontend.names import ref_to
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Lit, Ref, Var

ARITHMETIC = {operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.neg}
REDUCTIONS = {np.sum, np.mean, np.prod, np.max, np.min}
DEFAULTS = (("axis", Lit(None)), ("keepdims", Lit(False)))  # what rules pass on although it says nothing
COMMUTING = {operator.mul, operator.truediv, operator.add, operator.sub}


def simplify(target: Any, args: tuple[Atom, ...], kwargs: tuple, b: Any) -> Atom | None:
    """Return a simpler atom that stands for ``target(*args, **kwargs)``, or None.

    `b` is the builder, with which a simpler call may be emitted.
    """
    try:
        rule = TABLE.get(target)
    except TypeError:
        return None
    if target in REDUCTIONS and any(pair in DEFAULTS for pair in kwargs):
        return b.emit(ref_to(target), args, [pair for pair in kwargs if pair not in DEFAULTS])
    if rule is not None:
        found = rule(b, *args, **dict(kwargs)) if accepts(rule, args, kwargs) else None
        if found is not None:
            return found
    return fold(target, args, kwargs, b)


def fold(target: Any, args: tuple[Atom, ...], kwargs: tuple, b: Any) -> Atom | None:
    """Compute what is made of literals, and nothing else: for text that is otherwise as the rules are."""
    if kwargs or not args or not all(isinstance(arg, Lit) for arg in args):
        return None
    if getattr(target, "__module__", "") == "s2sad.runtime":
        value = target(*(arg.value for arg in args))  # type: ignore[union-attr]
        return Lit(value) if isinstance(value, (bool, int, float, str)) else None
    return folded(target, args) if target in ARITHMETIC else None


def accepts(rule: Any, args: tuple, kwargs: tuple) -> bool:
    names = rule.__code__.co_varnames[1 : rule.__code__.co_argcount]
    return len(args) + len(kwargs) == len(names) and all(name in names[len(args) :] for name, _ in kwargs)


def folded(target: Any, args: tuple[Atom, ...]) -> Atom | None:
    """Compute with literal numbers."""
    values = [arg.value for arg in args]  # type: ignore[union-attr]
    if not all(isinstance(value, (int, float)) for value in values):
        return None
    try:
        value = target(*values)
    except (ArithmeticError, ValueError):
        return None
    return Lit(value) if isinstance(value, (int, float)) else None


def is_number(atom: Atom, *values: float) -> bool:
    return isinstance(atom, Lit) and type(atom.value) in (int, float) and atom.value in values


def is_negative(atom: Atom) -> bool:
    return isinstance(atom, Lit) and type(atom.value) in (int, float) and atom.value < 0


def is_float(atom: Atom) -> bool:
    kind = atom.kind
    return isinstance(kind, (k.Scalar, k.Array)) and (kind.dtype is None or kind.dtype[0] in "fc")


def made_by(b: Any, atom: Atom, function: Any) -> Any:
    """Return the call of `function` that made an atom, or None."""
    made = b.made.get(atom) if isinstance(atom, Var) else None
    return made if made is not None and isinstance(made.fn, Ref) and made.fn.value is function else None


def meets(shape: Any, other: Atom) -> bool:
    """Tell whether an operand has this very shape."""
    found = k.shape_of(other.kind)
    return shape is not None and found == shape and None not in shape


def lazy_broadcast(b: Any, function: Any, x: Atom, y: Atom) -> Atom | None:
    """Move a broadcast behind an elementwise operation, or leave it to the other operand."""
    for left, wide, other in ((True, x, y), (False, y, x)):
        call = made_by(b, wide, np.broadcast_to)
        if call is None:
            continue
        narrow, shape = call.args
        if meets(k.shape_of(wide.kind), other):
            return b.emit(ref_to(function), (narrow, other) if left else (other, narrow))
        if isinstance(other.kind, k.Scalar):
            inner = b.emit(ref_to(function), (narrow, other) if left else (other, narrow))
            return b.emit(ref_to(np.broadcast_to), (inner, shape))
    return None


def multiply(b: Any, x: Atom, y: Atom) -> Atom | None:
    for a, c in ((x, y), (y, x)):
        if is_number(a, 1) and is_float(c):
            return c
        if is_number(a, -1) and is_float(c):
            return b.emit(ref_to(operator.neg), (c,))
    if isinstance(y, Lit) and not isinstance(x, Lit):
        return b.emit(ref_to(operator.mul), (y, x))
    product = made_by(b, y, operator.mul)
    if isinstance(x, Lit) and product is not None and isinstance(product.args[0], Lit):
        constant = folded(operator.mul, (x, product.args[0]))
        if constant is not None:
            return b.emit(ref_to(operator.mul), (constant, product.args[1]))
    for a, c in ((x, y), (y, x)):
        minus = made_by(b, a, operator.neg)
        if minus is not None and isinstance(c, Lit):
            return b.emit(ref_to(operator.mul), (minus.args[0], Lit(-c.value)))
    for a, c in ((x, y), (y, x)):
        minus = made_by(b, a, operator.neg)
        if minus is not None:
            pair = (minus.args[0], c) if a is x else (c, minus.args[0])
            return b.emit(ref_to(operator.neg), (b.emit(ref_to(operator.mul), pair),))
    return lazy_broadcast(b, operator.mul, x, y)


def divide(b: Any, x: Atom, y: Atom) -> Atom | None:
    if is_number(y, 1) and is_float(x):
        return x
    return lazy_broadcast(b, operator.truediv, x, y)


def add(b: Any, x: Atom, y: Atom) -> Atom | None:
    minus = made_by(b, y, operator.neg)
    if minus is not None:
        return b.emit(ref_to(operator.sub), (x, minus.args[0]))
    quotient = made_by(b, y, operator.truediv)
    minus = made_by(b, quotient.args[0], operator.neg) if quotient is not None else None
    if minus is not None:
        positive = b.emit(ref_to(operator.truediv), (minus.args[0], quotient.args[1]))
        return b.emit(ref_to(operator.sub), (x, positive))
    return lazy_broadcast(b, operator.add, x, y)


def subtract(b: Any, x: Atom, y: Atom) -> Atom | None:
    if is_number(y, 0):
        return x
    return lazy_broadcast(b, operator.sub, x, y)


def power(b: Any, x: Atom, y: Atom) -> Atom | None:
    return x if is_number(y, 1) and is_float(x) else None


def negative(b: Any, x: Atom) -> Atom | None:
    minus = made_by(b, x, operator.neg)
    if minus is not None:
        return minus.args[0]
    ratio = made_by(b, x, operator.truediv)
    if ratio is not None and is_negative(ratio.args[0]):
        return b.emit(ref_to(operator.truediv), (Lit(-ratio.args[0].value), ratio.args[1]))
    wide = made_by(b, x, np.broadcast_to)
    if wide is not None:
        return b.emit(ref_to(np.broadcast_to), (b.emit(ref_to(operator.neg), (wide.args[0],)), wide.args[1]))
    return None


def broadcast(b: Any, x: Atom, shape: Atom) -> Atom | None:
    wide = made_by(b, x, np.expand_dims)
    if wide is not None and isinstance(wide.args[0].kind, k.Scalar):
        return b.emit(ref_to(np.broadcast_to), (wide.args[0], shape))
    kind = shape.kind
    if isinstance(kind, k.Tuple):
        dims = tuple(getattr(item, "value", None) for item in kind.items)
        if dims == k.shape_of(x.kind) and None not in dims:
            return x
    return None


def quotient(b: Any, x: Atom, y: Atom) -> Atom | None:
    """``np.divide`` is ``/`` where an operand is NumPy's own."""
    if any(
        isinstance(a.kind, k.Array) or (isinstance(a.kind, k.Scalar) and not a.kind.python) for a in (x, y)
    ):
        if all(
            isinstance(a.kind, k.Scalar) or a.kind.shape is not None
            for a in (x, y)
            if isinstance(a.kind, (k.Scalar, k.Array))
        ):
            return b.emit(ref_to(operator.truediv), (x, y))
    return None


def where(b: Any, test: Atom, x: Atom, y: Atom) -> Atom | None:
    """``np.where`` of scalars is a conditional expression."""
    if all(isinstance(a.kind, k.Scalar) for a in (test, x, y)):
        return b.select(b.truth(test), lambda: x, lambda: y)
    return None


def moveaxis(b: Any, a: Atom, source: Atom, destination: Atom) -> Atom | None:
    """An axis that stays where it is; rules move one to an end without asking whether it is there."""
    made = [b.made.get(each) if isinstance(each, Var) else None for each in (source, destination)]
    lists = [each.args for each in made if each is not None and each.fn is ir.LIST]
    stays = source == destination or (len(lists) == 2 and lists[0] == lists[1])
    rank = len(k.shape_of(a.kind) or ())
    axes = [each.value for each in (source, destination) if isinstance(each, Lit)]
    if rank and len(axes) == 2:  # one of them may be counted from the end
        stays = stays or (axes[0] - axes[1]) % rank == 0
    return a if stays and isinstance(a.kind, k.Array) else None


def transpose(b: Any, a: Atom) -> Atom | None:
    """The transpose of a transpose, or of a matrix whose axes were exchanged in another way."""
    back = made_by(b, a, np.transpose)
    if back is not None and len(back.args) == 1 and not back.kwargs:
        return back.args[0]
    moved = made_by(b, a, np.moveaxis)
    if moved is None or len(k.shape_of(a.kind) or ()) != 2 or moved.args[1:] != (Lit(0), Lit(-1)):
        return None
    return moved.args[0]


def shape(b: Any, x: Atom) -> Atom | None:
    if isinstance(x.kind, k.Array) and x.kind.shape is not None:
        return b.emit(Ref("getattr", getattr), (x, Lit("shape")))
    return None


def is_complex(b: Any, x: Atom) -> Atom | None:
    dtype = k.dtype_of(x.kind)
    return None if dtype is None else Lit(dtype[0] == "c")


def is_subtype(b: Any, dtype: Atom, kind: Atom) -> Atom | None:
    if isinstance(dtype.kind, k.Constant) and isinstance(kind.kind, k.Constant):
        return Lit(bool(np.issubdtype(dtype.kind.value, kind.kind.value)))
    return None


def total(b: Any, a: Atom, axis: Atom) -> Atom | None:
    """Write the sums of the products of a matrix with an outer product as a product with a vector."""
    product = made_by(b, a, operator.mul)
    if product is None:
        return None
    factor, matrix = product.args
    rank = len(k.shape_of(matrix.kind) or ())
    outer = made_by(b, factor, {1: operator.mul, 2: np.outer}.get(rank))
    if outer is None or outer.kwargs or axis not in (Lit(-1), Lit(rank - 1)):
        return None
    left, vector = outer.args
    rows, columns = (k.shape_of(each.kind) or () for each in (left, vector))
    shape = *rows, *columns
    if len(columns) != 1 or None in shape or shape != k.shape_of(matrix.kind):
        return None
    inner = b.emit(ref_to(operator.matmul), (matrix, vector))
    return b.emit(ref_to(operator.mul), (left, inner))


def maximum_of(function: Any) -> Any:
    def of_scalars(b: Any, x: Atom, y: Atom) -> Atom | None:
        return folded(function, (x, y)) if isinstance(x, Lit) and isinstance(y, Lit) else None

    return of_scalars


def both(b: Any, x: Atom, y: Atom) -> Atom | None:
    """Leave a mask that meets True."""
    for mask, other in ((x, y), (y, x)):
        if other == Lit(True) and k.dtype_of(mask.kind) == "b1":
            return mask
    return None


def unbroadcast(b: Any, g: Atom, like: Atom) -> Atom | None:
    """Leave an adjoint that has the shape of its value."""
    same = meets(k.shape_of(g.kind), like) or (
        isinstance(g.kind, k.Scalar) and isinstance(like.kind, k.Scalar)
    )
    return g if same else None


TABLE: dict[Any, Any] = {
    runtime.unbroadcast: unbroadcast,
    operator.mul: multiply,
    operator.truediv: divide,
    operator.add: add,
    operator.sub: subtract,
    operator.pow: power,
    operator.neg: negative,
    operator.and_: both,
    np.broadcast_to: broadcast,
    np.divide: quotient,
    np.where: where,
    np.moveaxis: moveaxis,
    np.sum: total,
    np.transpose: transpose,
    np.shape: shape,
    np.iscomplexobj: is_complex,
    np.issubdtype: is_subtype,
    max: maximum_of(max),
    min: maximum_of(min),
}
