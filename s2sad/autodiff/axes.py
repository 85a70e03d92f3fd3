"""Many tangents at once: what acts on the axes of a value acts on the axes behind the first one of its tangents.

The tangents of ``np.sum(x, axis=0)`` are ``np.sum(x_dot, axis=1)``, and those of ``A @ x`` are ``x_dot @ A.T``.
Each row of the tables in `along` and `along_products` returns the tangents of one call, or None where it does not
apply: an axis or a rank is not known, or an argument is unusual. Then the rule is applied to one tangent after the
other.
"""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.analysis.transfer_bunches import bunch_kind
from s2sad.autodiff.apply import Rules, signature_of
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import TupleValue
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Call, Lit, Ref, Var

LENGTH = k.Sym("batch")  # how many tangents there are: the length of their first axis
GETITEM = ref_to(operator.getitem)

# the defaults of parameters
FALSE, ZERO, ONE, LAST, UNIT = Lit(False), Lit(0), Lit(1), Lit(-1), Lit(1.0)
NONE, BY_ROWS = Lit(None), Lit("C")


def batched_kind(kind: k.Kind) -> k.Kind:
    """Return the kind of the tangents of a value.

    >>> batched_kind(k.FLOAT)
    Array(dtype='f8', shape=(Sym(name='batch', offset=0, big=False),))
    """
    return bunch_kind(kind, LENGTH)


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
    rank: int | None = (
        None  # to which rank, besides the first axis, tangents are brought where rules read them
    )
    part: Callable[[Atom], Atom]
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
        if rank is None:  # perhaps a number
            return self.b.call(operator.add, front, self.b.call(np.shape, atom))
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
            return (
                "array" if isinstance(kind, k.Scalar) and kind.dtype[0] in "iub" and not kind.mixed else None
            )
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

    def operand(self, atom: Atom) -> Atom:
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
