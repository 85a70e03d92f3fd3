"""Vector mode of products, of reductions that weigh their operand, and of linear algebra.

See `s2sad.autodiff.axes`; sources of the formulas: `s2sad.rules.linalg`, `s2sad.rules.reductions`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.autodiff.axes import FALSE, ZERO, Axes, rank_of, row
from s2sad.ir.core import Atom, Call, Lit

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
        return products(
            s, a, b, lambda dot: call_(operator.matmul, dot, b), lambda dot: call_(operator.matmul, dot, a)
        )
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


# ---- reductions that weigh their operand ---------------------------------------------------------------------


def weighted(s: Axes, weights: Atom, a: Atom, axis: Atom | None, keepdims: Atom) -> Atom:
    """Return the sums of the tangents of an array, with weights."""
    dot, rank = s.ranked(a)
    product = s.b.call(operator.mul, weights, dot)
    if rank == 0:
        return product
    more: dict[str, Any] = {} if keepdims == Lit(False) else {"keepdims": keepdims}
    return s.b.call(np.sum, product, axis=s.moved(axis, rank), **more)


def is_real(a: Atom) -> bool:
    return (k.dtype_of(a.kind) or "c")[0] == "f"


@row(np.max, np.min, np.amax, np.amin)
def extreme(s: Axes, call: Call, a: Atom, axis: Atom | None = None, keepdims: Atom = FALSE) -> Atom:
    y: Atom = call.out
    if axis is None or axis == Lit(None):
        return weighted(s, s.b.call(runtime.tie_weights, a, y), a, None, keepdims)
    if keepdims != Lit(True):
        y = s.b.call(np.expand_dims, y, axis)
    return weighted(s, s.b.call(runtime.tie_weights, a, y, axis), a, axis, keepdims)


@row(np.prod)
def product(s: Axes, call: Call, a: Atom, axis: Atom | None = None, keepdims: Atom = FALSE) -> Atom:
    given = [] if axis is None or axis == Lit(None) else [axis]
    others = s.b.call(runtime.product_of_others, a, *given)
    return weighted(s, others, a, axis, keepdims)


@row(np.var, np.std)
def spread(
    s: Axes,
    call: Call,
    a: Atom,
    axis: Atom | None = None,
    ddof: Atom = ZERO,
    keepdims: Atom = FALSE,
) -> Atom | None:
    if not is_real(a):
        return None
    b, y = s.b, call.out
    whole = axis is None or axis == Lit(None)
    mean = b.call(np.mean, a) if axis is None or whole else b.call(np.mean, a, axis=axis, keepdims=Lit(True))
    total = weighted(s, b.call(operator.sub, a, mean), a, axis, keepdims)
    count = b.call(np.size, a) if whole else b.call(operator.truediv, b.call(np.size, a), b.call(np.size, y))
    count = b.call(operator.sub, count, ddof)
    if call.target is np.var:
        return b.call(operator.truediv, b.call(operator.mul, Lit(2), total), count)
    slope_of_zero = b.call(operator.add, y, b.call(operator.eq, y, Lit(0)))
    return b.call(operator.truediv, total, b.call(operator.mul, count, slope_of_zero))


@row(np.linalg.norm)
def norm(s: Axes, call: Call, x: Atom, axis: Atom | None = None, keepdims: Atom = FALSE) -> Atom | None:
    if not is_real(x):
        return None
    b, y = s.b, call.out
    return b.call(
        operator.truediv,
        weighted(s, x, x, axis, keepdims),
        b.call(operator.add, y, b.call(operator.eq, y, Lit(0))),  # the norm has slope 0 at 0
    )


# ---- linear algebra ------------------------------------------------------------------------------------------


@row(np.linalg.solve)
def solve(s: Axes, call: Call, a: Atom, b: Atom) -> Atom | None:
    """``a y_dot = b_dot - a_dot y``"""
    if rank_of(a.kind) != 2 or rank_of(b.kind) not in (1, 2):
        return None
    call_ = s.b.call
    terms = [s.dots[b]] if b in s.dots else []  # type: ignore[index]
    if a in s.dots:
        moved = call_(operator.matmul, s.dots[a], call.out)  # type: ignore[index]
        terms = [call_(operator.sub, terms[0], moved) if terms else call_(operator.neg, moved)]
    if rank_of(b.kind) == 2:
        return call_(np.linalg.solve, a, terms[0])
    return call_(np.transpose, call_(np.linalg.solve, a, call_(np.transpose, terms[0])))


@row(np.linalg.inv)
def inverse(s: Axes, call: Call, a: Atom) -> Atom | None:
    dot, rank = s.ranked(a)
    if rank != 2:
        return None
    left = s.b.call(operator.neg, s.b.call(operator.matmul, call.out, dot))
    return s.b.call(operator.matmul, left, call.out)


@row(np.linalg.det)
def determinant(s: Axes, call: Call, a: Atom) -> Atom | None:
    if rank_of(a.kind) != 2:
        return None
    return weighted(s, s.b.call(runtime.cofactors, a, call.out), a, None, Lit(False))
