"""Many tangents at once: what acts on the axes of a value acts on the axes behind the first one of its tangents.

The tangents of ``np.sum(x, axis=0)`` are ``np.sum(x_dot, axis=1)``, and those of ``A @ x`` are ``x_dot @ A.T``. Each
row of the tables below returns the tangents of one call, or None where it does not apply: an axis or a rank is not
known, or an argument is unusual. Then the rule is applied to one tangent after the other.
"""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.autodiff.apply import Rules, signature_of
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import TupleValue
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Call, Lit, Ref, Var
from s2sad.rules.reductions import TRAPEZOID

LENGTH = k.Sym("batch")  # how many tangents there are: the length of their first axis
GETITEM = ref_to(operator.getitem)


def batched_kind(kind: k.Kind) -> k.Kind:
    """Return the kind of the tangents of a value.

    >>> batched_kind(k.FLOAT)
    Array(dtype='f8', shape=(Sym(name='batch', offset=0, big=False),))
    """
    if isinstance(kind, k.Scalar):
        return k.Array(None if kind.mixed else "f8" if kind.dtype[0] in "iub" else kind.dtype, (LENGTH,))
    if isinstance(kind, k.Array) and (kind.dtype or "f")[0] in "iub":
        return batched_kind(k.Array("f8", kind.shape))
    return _batched(kind)


def _batched(kind: k.Kind) -> k.Kind:
    if isinstance(kind, k.Scalar):  # an integer in a container has no tangent, or zeros
        return batched_kind(kind) if kind.dtype[0] in "fc" and not kind.mixed else k.UNKNOWN
    if isinstance(kind, k.Array):
        if kind.dtype is not None and kind.dtype[0] in "iub":
            return k.UNKNOWN
        return k.Array(kind.dtype, None if kind.shape is None else (LENGTH, *kind.shape))
    if isinstance(kind, k.List):
        return k.List(_batched(kind.item))
    if isinstance(kind, (k.Tuple, k.Dict, k.Object)):
        items = tuple(map(_batched, kind.items))
        return type(kind)(items, kind.type) if isinstance(kind, k.Tuple) else type(kind)(*first_of(kind), items)
    return kind


def first_of(kind: Any) -> tuple:
    return (kind.keys,) if isinstance(kind, k.Dict) else (kind.type, kind.names)


def rank_of(kind: k.Kind) -> int | None:
    """Return the number of axes of a value, None where it is not known."""
    shape = k.shape_of(kind)
    return None if shape is None else len(shape)


def is_aligned(kind: k.Kind, rank: int | None) -> bool:
    """Tell whether a value can be given `rank` axes."""
    own = rank_of(kind)
    return own is not None and rank is not None and own <= rank


def constant(atom: Atom | None) -> Any:
    """Return the integer or tuple of integers that an atom is known to be; raise where it is not."""
    if isinstance(atom, Lit) and (atom.value is None or type(atom.value) is int):
        return atom.value
    raise LookupError


class Axes(Rules):
    """The part of vector mode that knows of axes."""

    count: Atom
    rank: int | None = None  # to which rank, besides the first axis, tangents are brought where rules read them
    part: Callable[[Atom], Atom]
    zero_like: Callable[[Atom], Atom]
    dots: dict[Var, Atom]

    # ---- shapes and indices -----------------------------------------------------------------------

    def numbers(self, *values: int) -> Atom:
        """Return a tuple of integers, or one alone."""
        if len(values) == 1:
            return Lit(values[0])
        return self.b.atom(TupleValue(tuple(map(Lit, values))))

    def shape_with(self, atom: Atom) -> Atom | None:
        """Return the shape of a value's tangents."""
        rank = rank_of(atom.kind)
        if rank == 0:
            return self.count
        if rank == 1:
            return self.b.emit(ir.TUPLE, (self.count, self.b.call(len, atom)))
        if not isinstance(atom.kind, k.Array):
            return None
        front = self.b.emit(ir.TUPLE, (self.count,))
        return self.b.call(operator.add, front, self.b.emit(Ref("getattr", getattr), (atom, Lit("shape"))))

    def reshaped(self, dot: Atom, like: Atom) -> Atom | None:
        shape = self.shape_with(like)
        if shape is None:
            return None
        return self.b.emit(ref_to(np.reshape), (dot, shape), kind=batched_kind(like.kind))

    @contextlib.contextmanager
    def aligned(self, call: Call) -> Iterator[None]:
        """Let rules see tangents whose axes are those of the result of a call."""
        outer, self.rank = self.rank, rank_of(call.out.kind)
        try:
            yield
        finally:
            self.rank = outer

    def lifted(self, dot: Atom, kind: k.Kind, rank: int | None) -> Atom:
        """Return the tangents of a value of some kind, with axes of length 1 so that they broadcast."""
        own = rank_of(kind)
        if rank is None or own is None or own >= rank or not isinstance(dot, Var):
            return dot
        return self.b.call(np.expand_dims, dot, self.numbers(*range(1, 1 + rank - own)))

    def behind(self, index: Atom) -> Atom:
        """Return the index of the same part of each tangent: ``[:, index]``."""
        b = self.b
        made = b.made.get(index) if isinstance(index, Var) else None
        items = made.args if made is not None and made.fn is ir.TUPLE else (index,)
        return b.emit(ir.TUPLE, (b.emit(ir.SLICE, (Lit(None),) * 3), *items))

    def is_plain_index(self, index: Atom) -> bool:
        """Tell whether ``x_dot[:, index]`` holds the parts of the tangents that ``x[index]`` is of the value.

        It does not if arrays in the index are apart: then their axis comes first.
        """
        made = self.b.made.get(index) if isinstance(index, Var) else None
        items = made.args if made is not None and made.fn is ir.TUPLE else (index,)
        sorts = [self.sort_of(item) for item in items]
        if None in sorts:
            return False
        if "array" not in sorts:
            return True
        places = [i for i, sort in enumerate(sorts) if sort != "slice"]
        return places[-1] - places[0] == len(places) - 1

    def sort_of(self, item: Atom) -> str | None:
        kind = item.kind
        if isinstance(kind, k.Slice) or item in (Lit(None), Lit(Ellipsis)):
            return "slice"
        made = self.b.made.get(item) if isinstance(item, Var) else None
        if made is not None and made.fn is ir.SLICE:
            return "slice"
        if isinstance(kind, k.Scalar):
            return "integer" if kind.dtype[0] in "iu" and not kind.mixed else None
        if isinstance(kind, k.List):
            kind = kind.item
            return "array" if isinstance(kind, k.Scalar) and kind.dtype[0] in "iub" and not kind.mixed else None
        if isinstance(kind, k.Array) and kind.dtype is not None and kind.dtype[0] in "iub":
            return "array"
        return None

    # ---- functions that are linear ----------------------------------------------------------------

    def along_axes(self, call: Call) -> Atom | None:
        """Return the tangents of a linear function or a product, None where that takes a loop."""
        row = TABLE.get(call.target)
        if row is None:
            return None
        rule = self.b.registry.rule(call.target)
        try:
            bound = signature_of(rule.vjp).bind(None, None, *call.args, **dict(call.kwargs)).arguments
            values = list(bound.values())[2:]
            named = dict(zip(list(bound)[2:], values, strict=True))
            return row(self, call, **named)
        except (TypeError, LookupError):  # unusual arguments, or axes that are not known
            return None

    def operand(self, atom: Atom) -> Atom:  # type: ignore[override]
        return super().operand(atom) if isinstance(atom, Var) else atom

    def ranked(self, atom: Atom) -> tuple[Atom, int]:
        """Return the tangents of an array and its rank; raise where either is not known."""
        rank, dot = rank_of(atom.kind), self.part(atom)
        if rank is None or not isinstance(dot.kind, k.Array):
            raise LookupError
        return dot, rank

    def axes_of(self, axis: Atom) -> tuple[int, ...]:
        """Return the axes in a literal tuple."""
        made = self.b.made.get(axis) if isinstance(axis, Var) else None
        if made is None or made.fn not in (ir.TUPLE, ir.LIST):
            raise LookupError
        found = tuple(map(constant, made.args))
        if None in found:
            raise LookupError
        return found

    def moved(self, axis: Atom | None, rank: int, *, many: bool = True) -> Atom:
        """Return where the axes of a value are in its tangents; None stands for all."""
        try:
            found = constant(axis) if axis is not None else None
        except LookupError:
            return self.numbers(*(i + 1 if i >= 0 else i for i in self.axes_of(axis)))  # type: ignore[arg-type]
        if found is None:
            if rank == 0 or (rank > 1 and not many):
                raise LookupError
            return self.numbers(*range(1, rank + 1))
        return Lit(found + 1 if found >= 0 else found)


TABLE: dict[Any, Callable[..., Atom | None]] = {}


def row(*functions: Any) -> Callable[[Callable], Callable]:
    """Declare how the tangents of some functions are computed."""

    def declare(f: Callable) -> Callable:
        TABLE.update(dict.fromkeys(functions, f))
        return f

    return declare


@row(np.sum, np.mean)
def reduction(s: Axes, call: Call, a: Atom, axis: Atom | None = None, keepdims: Atom = Lit(False)) -> Atom:
    dot, rank = s.ranked(a)
    if rank == 0:
        return dot
    more = {} if keepdims == Lit(False) else {"keepdims": keepdims}
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
def diff(s: Axes, call: Call, a: Atom, n: Atom = Lit(1), axis: Atom = Lit(-1)) -> Atom:
    dot, rank = s.ranked(a)
    return s.b.call(np.diff, dot, n, axis=s.moved(axis, rank))


@row(TRAPEZOID)
def trapezoid(s: Axes, call: Call, y: Atom, dx: Atom = Lit(1.0), axis: Atom = Lit(-1)) -> Atom | None:
    dot, rank = s.ranked(y)
    if not isinstance(dx.kind, k.Scalar):
        return None
    return s.b.call(call.target, dot, dx=dx, axis=s.moved(axis, rank))


@row(np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft)
def transform(s: Axes, call: Call, a: Atom, n: Atom = Lit(None), axis: Atom = Lit(-1), norm: Atom = Lit(None)):
    dot, rank = s.ranked(a)
    more = {name: value for name, value in (("n", n), ("norm", norm)) if value != Lit(None)}
    return s.b.call(call.target, dot, axis=s.moved(axis, rank), **more)


@row(np.fft.fft2, np.fft.ifft2)
def transform_of_matrices(s: Axes, call: Call, a: Atom):
    return s.b.call(call.target, s.ranked(a)[0])


@row(np.trace)
def trace(s: Axes, call: Call, a: Atom, offset: Atom = Lit(0)) -> Atom | None:
    dot, rank = s.ranked(a)
    return s.b.call(np.trace, dot, offset, Lit(1), Lit(2)) if rank == 2 else None


@row(np.diagonal, np.diag)
def diagonal(s: Axes, call: Call, *args: Atom, **named: Atom) -> Atom | None:
    if len(named) != 1:
        return None
    dot, rank = s.ranked(*named.values())
    return s.b.call(np.diagonal, dot, Lit(0), Lit(1), Lit(2)) if rank == 2 else None


@row(np.triu, np.tril)
def triangle(s: Axes, call: Call, m: Atom, k: Atom = Lit(0)) -> Atom | None:
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
def same_order(s: Axes, call: Call, order: Atom = Lit("C"), **named: Atom) -> Atom | None:
    operand = named["a"]
    if order != Lit("C") or not isinstance(s.part(operand).kind, k.Array):
        return None
    return s.reshaped(s.part(operand), call.out)


@row(runtime.reshape, runtime.flatten, runtime.item)
def same_order_method(s: Axes, call: Call, a: Atom, order: Atom = Lit("C"), shape: Any = ()) -> Atom | None:
    if order != Lit("C") or not isinstance(s.part(a).kind, k.Array):
        return None
    return s.reshaped(s.part(a), call.out)


@row(np.transpose, runtime.transpose)
def transpose(s: Axes, call: Call, a: Atom, axes: Any = Lit(None)) -> Atom:
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
    return s.b.emit(ref_to(np.broadcast_to), (s.lifted(dot, array.kind, rank), wide), kind=batched_kind(call.out.kind))


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
def join(s: Axes, call: Call, arrays: Atom, axis: Atom = Lit(0)) -> Atom | None:
    items, rank = parts_of(s, arrays)
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
    items, _ = parts_of(s, object)
    return joined(s, np.stack, items, 1)


# ---- products -----------------------------------------------------------------------------------------------


def products(s: Axes, a: Atom, b: Atom, of_a: Callable[[Atom], Atom], of_b: Callable[[Atom], Atom]) -> Atom:
    """Return the sum of what the tangents of both operands contribute."""
    terms = [of(s.dots[x]) for x, of in ((a, of_a), (b, of_b)) if x in s.dots]  # type: ignore[index]
    return terms[0] if len(terms) == 1 else s.b.call(operator.add, *terms)


@row(np.matmul, operator.matmul, operator.imatmul, np.dot)
def matmul(s: Axes, call: Call, a: Atom, b: Atom) -> Atom | None:
    m, n = rank_of(a.kind), rank_of(b.kind)
    if m not in (1, 2) or n not in (1, 2):
        return None

    def of_b(dot: Atom) -> Atom:
        if n == 1:
            return s.b.call(operator.matmul, dot, a if m == 1 else s.b.call(np.transpose, a))
        return s.b.call(operator.matmul, a, dot)

    return products(s, a, b, lambda dot: s.b.call(operator.matmul, dot, b), of_b)


@row(np.inner, np.outer)
def outer(s: Axes, call: Call, a: Atom, b: Atom) -> Atom | None:
    if rank_of(a.kind) != 1 or rank_of(b.kind) != 1:
        return None
    call_ = s.b.call
    if call.target is np.inner:
        return products(s, a, b, lambda dot: call_(operator.matmul, dot, b), lambda dot: call_(operator.matmul, dot, a))
    return products(
        s,
        a,
        b,
        lambda dot: call_(operator.mul, call_(np.expand_dims, dot, Lit(2)), b),
        lambda dot: call_(operator.mul, call_(np.expand_dims, a, Lit(1)), call_(np.expand_dims, dot, Lit(1))),
    )


@row(np.einsum)
def einsum(s: Axes, call: Call, subscripts: Atom, operands: tuple[Atom, ...]) -> Atom | None:
    text = getattr(subscripts, "value", None)
    if not isinstance(text, str) or "->" not in text or "." in text:
        return None
    inputs, output = text.replace(" ", "").split("->")
    letter = next(c for c in "nmkpqrstuvwxyzabcdefghijloNMKPQRST" if c not in text)
    terms = inputs.split(",")
    total: Atom | None = None
    for i, operand in enumerate(operands):
        if operand not in s.dots:
            continue
        equation = ",".join([*terms[:i], letter + terms[i], *terms[i + 1 :]]) + f"->{letter}{output}"
        args = (*operands[:i], s.dots[operand], *operands[i + 1 :])  # type: ignore[index]
        term = s.b.call(np.einsum, Lit(equation), *args)
        total = term if total is None else s.b.call(operator.add, total, term)
    return total
