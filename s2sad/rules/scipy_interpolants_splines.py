"""Splines that a program makes of differentiated values or coefficients.

``CubicSpline(x, y)(t)`` is ``CubicSpline(x, np.eye(len(y)))(t) @ y``; the derivatives that it has at its ends by
``bc_type=((1, a), (2, b))`` are two more values.
"""

from __future__ import annotations

import operator

import numpy as np
from scipy.interpolate import (
    BSpline,
    CubicHermiteSpline,
    CubicSpline,
    PPoly,
    make_interp_spline,
    make_lsq_spline,
)

from s2sad.analysis import kinds as k
from s2sad.frontend.library import Library
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import TupleValue, Value
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Lit, Ref
from s2sad.rules.rewrites import NONE, text_of
from s2sad.rules.scipy_interpolants import (
    Given,
    Interpolant,
    Sharing,
    array_of,
    axis_first,
    basis_of,
    between,
    check_constant,
    class_of,
    combination,
    item,
    kept,
    length,
    made,
    makes,
    sharing,
    units,
)

# ---- splines through values: linear in these, and in numbers of their boundary conditions ------------------


@makes(CubicSpline)
def _cubic_spline(b: Library, ref: Ref, given: Given) -> Value:
    values, axis = axis_first(b, given.pop("y"), given.pop("axis", Lit(0)))
    condition = given.pop("bc_type", None)
    check_constant(b, ref, given)
    x = array_of(b, given.pop("x"))
    n = length(b, values)
    unit = units(b, n)
    if condition == Lit("periodic"):
        unit = closed(b, unit)
    if condition is not None:
        ends = parts_of(b, condition) or ()
        if any(parts_of(b, end) is not None for end in ends):
            return with_conditions(b, ref, [x, n, values], ends, axis, given)
        check_constant(b, ref, {"bc_type": condition})
        given["bc_type"] = condition
    return combination(b, ref, [x, unit], given, values, axis, between(b, x))


def closed(b: Library, unit: Atom) -> Atom:
    """Return the unit vectors for periodic splines, where the last value is the first."""
    parts = (part(b, unit, None, -1), part(b, unit, None, 1))
    return b.call(np.concatenate, pair(b, *parts))


def part(b: Library, values: Atom, start: int | None, stop: int | None) -> Atom:
    return b.call(operator.getitem, values, b.emit(ir.SLICE, (Lit(start), Lit(stop), Lit(None))))


def pair(b: Library, first: Atom, second: Atom) -> Atom:
    return b.emit(ir.TUPLE, (first, second))


def parts_of(b: Library, condition: Value) -> tuple[Value, ...] | None:
    """Return the parts of a condition at the ends of a spline, None for a word."""
    parts = None if text_of(b, condition) is not None else b.items_of(condition)
    if parts is None and isinstance(b.kind(condition), (k.List, k.Tuple)):
        raise b.refuse("the conditions at the ends of this spline are not known", "write them as a tuple")
    return parts


def with_conditions(
    b: Library, ref: Ref, parts: list[Atom], ends: tuple[Value, ...], axis: Lit, given: Given
) -> Value:
    """Take the derivatives that the spline has at its ends for more values; other ends stay as they are."""
    x, n, values = parts
    pairs = [parts_of(b, end) for end in ends]
    more = [b.atom(each[1]) for each in pairs if each is not None]
    columns = b.call(operator.add, n, Lit(len(more)))
    unit = units(b, columns)
    rest = [item(b, unit, i) for i in range(-len(more), 0)]
    given["bc_type"] = TupleValue(
        tuple(
            end if each is None else TupleValue((each[0], rest.pop(0)))
            for end, each in zip(ends, pairs, strict=True)
        )
    )
    joined = b.call(np.concatenate, pair(b, values, b.call(np.stack, b.emit(ir.TUPLE, more))))
    return combination(b, ref, [x, units(b, n, columns)], given, joined, axis, between(b, x))


@makes(make_interp_spline)
def _make_interp_spline(b: Library, ref: Ref, given: Given) -> Value:
    values, axis = axis_first(b, given.pop("y"), given.pop("axis", Lit(0)))
    check_constant(b, ref, given)
    x = array_of(b, given.pop("x"))
    unit = units(b, length(b, values))
    if any(parts_of(b, end) is not None for end in parts_of(b, given.get("bc_type", NONE)) or ()):
        raise b.refuse(
            "`make_interp_spline` with derivatives at its ends cannot be differentiated", "use `CubicSpline`"
        )
    if given.get("bc_type") == Lit("periodic"):
        unit = closed(b, unit)
    return combination(b, ref, [x, unit], given, values, axis, between(b, x))


@makes(make_lsq_spline)
def _make_lsq_spline(b: Library, ref: Ref, given: Given) -> Value:
    values, axis = axis_first(b, given.pop("y"), given.pop("axis", Lit(0)))
    check_constant(b, ref, given)
    x = array_of(b, given.pop("x"))
    return combination(
        b, ref, [x, units(b, length(b, values)), b.atom(given.pop("t"))], given, values, axis, between(b, x)
    )


@makes(CubicHermiteSpline)
def _cubic_hermite_spline(b: Library, ref: Ref, given: Given) -> Value:
    axis = given.pop("axis", Lit(0))
    values, at = axis_first(b, given.pop("y"), axis)
    slopes, _ = axis_first(b, given.pop("dydx"), axis)
    check_constant(b, ref, given)
    return with_slopes(b, ref, [array_of(b, given.pop("x")), values, slopes], at, given)


def with_slopes(b: Library, ref: Ref, parts: list[Atom], at: Lit, given: Given) -> Value:
    """Make what stands for a cubic spline by the values and the slopes at the points."""
    x, values, slopes = parts
    n = length(b, values)
    twice = b.call(operator.mul, Lit(2), n)
    joined = b.call(np.concatenate, pair(b, values, slopes))
    args = [x, units(b, n, twice), units(b, n, twice, n)]
    basis = basis_of(b, ref_to(CubicHermiteSpline), args, given)
    return made(b, Interpolant, class_of(ref), basis, joined, at, *between(b, x))


# ---- from coefficients ------------------------------------------------------------------------------------


@makes(BSpline)
def _spline(b: Library, ref: Ref, given: Given) -> Value:
    values, axis = axis_first(b, given.pop("c"), given.pop("axis", Lit(0)))
    check_constant(b, ref, given)
    t, degree = array_of(b, given.pop("t")), given.pop("k")
    args = [t, units(b, length(b, values)), b.atom(degree)]
    if not isinstance(degree, Lit):
        raise b.refuse("the degree of this spline is not known", "write it as a number")
    ends = item(b, t, degree.value), item(b, t, -degree.value - 1)
    if sharing(b, values, "f8", "c16") is not Sharing or axis != Lit(0):  # of another axis first is a copy
        return combination(b, ref, args, given, values, axis, ends)
    return made(b, Sharing, BSpline, basis_of(b, ref, args, given), values, axis, *ends)


@makes(PPoly)
def _polynomial(b: Library, ref: Ref, given: Given) -> Value:
    coefficients = array_of(b, given.pop("c"))
    check_constant(b, ref, given)
    x = array_of(b, given.pop("x"))
    shape = k.shape_of(coefficients.kind)
    if given.pop("axis", Lit(0)) != Lit(0) or shape is None or len(shape) != 2:
        raise b.refuse(
            "only a matrix of differentiated coefficients makes a `PPoly` here", "make one for each column"
        )
    size = b.call(np.size, coefficients)
    both = b.call(np.shape, coefficients)
    sides = [b.call(operator.getitem, both, Lit(i)) for i in (0, 1)]
    unit = b.call(np.reshape, units(b, size), b.emit(ir.TUPLE, (*sides, size)))
    cls, values = sharing(b, coefficients, "f8", "c16"), b.call(np.ravel, coefficients)
    basis, values = basis_of(b, ref, [unit, x], given), values if cls is Sharing else kept(b, values)
    ends = b.call(np.min, x), b.call(np.max, x)  # the points may descend
    return made(b, cls, PPoly, basis, values, Lit(0), *ends)
