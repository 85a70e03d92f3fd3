"""Interpolants whose slopes are computed from the values, tables, and smoothing splines, made by a program.

>>> pchip_slopes(np.arange(4.0), np.array([0.0, 1.0, 1.0, 3.0]))
array([1.5, 0. , 0. , 3. ])
>>> akima_slopes(np.arange(4.0), np.array([0.0, 1.0, 4.0, 9.0]), "makima")[1]
np.float64(1.5)
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from scipy.interpolate import (
    Akima1DInterpolator,
    BarycentricInterpolator,
    BSpline,
    InterpolatedUnivariateSpline,
    KroghInterpolator,
    PchipInterpolator,
    UnivariateSpline,
    interp1d,
    make_interp_spline,
    splev,
    splrep,
)

from s2sad.analysis import kinds as k
from s2sad.frontend.iterators import is_known
from s2sad.frontend.library import WRITTEN_OUT, Library
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import TupleValue, Value
from s2sad.ir.core import Lit, Ref
from s2sad.rules.scipy_interpolants import (
    Given,
    Interpolant,
    Sharing,
    array_of,
    axis_first,
    basis_of,
    between,
    check_constant,
    kept,
    length,
    made,
    makes,
    sharing,
    units,
)
from s2sad.rules.scipy_interpolants_splines import pair, with_slopes

WRITTEN_OUT.add(__file__)

# ---- splines with slopes of their own ---------------------------------------------------------------------


@makes(PchipInterpolator)
def _pchip(b: Library, ref: Ref, given: Given) -> Value:
    return by_own_slopes(b, ref, given, pchip_slopes, [])


@makes(Akima1DInterpolator)
def _akima(b: Library, ref: Ref, given: Given) -> Value:
    given.setdefault("extrapolate", Lit(False))
    if given["extrapolate"] == Lit(None):
        given["extrapolate"] = Lit(False)
    return by_own_slopes(b, ref, given, akima_slopes, [given.pop("method", Lit("akima"))])


def by_own_slopes(b: Library, ref: Ref, given: Given, slopes: Any, options: list[Value]) -> Value:
    """Make a spline whose slopes are computed from the values."""
    values, axis = axis_first(b, given.pop("y"), given.pop("axis", Lit(0)))
    if len(k.shape_of(values.kind) or ()) != 1:
        raise b.refuse(
            f"`{ref.text}` of what is not known to be a vector cannot be differentiated",
            "make one for each column",
        )
    check_constant(b, ref, given)
    x = array_of(b, given.pop("x"))
    found = b.atom(b.call_value(Ref(slopes.__name__, slopes), [x, values, *options], {}))
    return with_slopes(b, ref, [x, values, found], axis, given)


def pchip_slopes(x, y):
    """Return weighted harmonic means of the slopes beside each point, zero at extrema of the values."""
    h = np.diff(x)
    m = np.diff(y) / h
    if len(x) == 2:
        return np.concatenate((m, m))
    flat = np.sign(m[1:]) * np.sign(m[:-1]) <= 0
    left, right = np.where(flat, 1.0, m[:-1]), np.where(flat, 1.0, m[1:])
    v, w = h[:-1] + 2 * h[1:], 2 * h[:-1] + h[1:]
    inner = np.where(flat, 0.0, (v + w) / (v / left + w / right))
    first, last = end_slope(h[0], h[1], m[0], m[1]), end_slope(h[-1], h[-2], m[-1], m[-2])
    return np.concatenate((np.stack([first]), inner, np.stack([last])))


def end_slope(h, h_next, m, m_next):
    """Return the slope of a parabola at its end, limited to what keeps the shape of the values."""
    d = ((2 * h + h_next) * m - h * m_next) / (h + h_next)
    if np.sign(d) != np.sign(m):
        return 0.0 * d
    if np.sign(m) != np.sign(m_next) and abs(d) > 3 * abs(m):
        return 3 * m
    return d


def akima_slopes(x, y, method):
    """Return means of the slopes beside each point, weighted by how much those on the other side differ."""
    m = np.diff(y) / np.diff(x)
    if len(x) == 2:
        return np.concatenate((m, m))
    before, after = 2 * m[0] - m[1], 2 * m[-1] - m[-2]
    m = np.concatenate((np.stack([2 * before - m[0], before]), m, np.stack([after, 2 * after - m[-1]])))
    change = np.abs(np.diff(m))
    if method == "makima":
        change = change + 0.5 * np.abs(m[1:] + m[:-1])
    right, left = change[2:], change[:-2]
    total = right + left
    known = total > 1e-9 * np.max(total)
    weight = np.where(known, left, 0.0) / np.where(known, total, 1.0)
    return np.where(known, m[1:-2] + weight * (m[2:-1] - m[1:-2]), 0.5 * (m[3:] + m[:-3]))


# ---- tables -----------------------------------------------------------------------------------------------


class Table:
    """What `interp1d` makes: `fills` are the values below and above the table."""

    def __init__(self, inside, fills):
        self.inside = inside
        self.fills = fills

    def __call__(self, x):
        y = self.inside.combined(self.inside.basis(x))
        if self.fills is None:
            return y
        y = self.inside.replaced(x < self.inside.low, self.fills[0], y)
        return self.inside.replaced(x > self.inside.high, self.fills[1], y)


SHARED_TABLE = {"kind": Lit("linear"), "copy": Lit(False), "assume_sorted": Lit(True)}


@makes(interp1d)
def _table(b: Library, ref: Ref, given: Given) -> Value:
    values, axis = axis_first(b, given.pop("y"), given.pop("axis", Lit(-1)))
    fill = given.pop("fill_value", Lit(np.nan))
    check_constant(b, ref, given)
    x = array_of(b, given.pop("x"))
    args = [x, units(b, length(b, values))]
    fills: Value = Lit(None)
    if fill == Lit("extrapolate"):
        given["fill_value"] = fill
    elif given.get("bounds_error", Lit(None)) == Lit(False):
        given["fill_value"] = Lit(0.0)
        fills = fill if isinstance(fill, TupleValue) and len(fill.items) == 2 else TupleValue((fill, fill))
    basis = basis_of(b, ref, args, {**given, "axis": Lit(0)})
    shared = SHARED_TABLE.items() <= {"kind": Lit("linear"), **given}.items()
    cls = sharing(b, values) if shared else Interpolant
    values = values if cls is Sharing else kept(b, values)
    inside = made(b, cls, interp1d, basis, values, axis, b.call(np.min, x), b.call(np.max, x))
    return made(b, Table, interp1d, inside, fills)


# ---- polynomials ------------------------------------------------------------------------------------------


def polynomial_through(cls: Any) -> None:
    @makes(cls)
    def _polynomial(b: Library, ref: Ref, given: Given) -> Value:
        values, axis = axis_first(b, given.pop("yi"), given.pop("axis", Lit(0)))
        check_constant(b, ref, given)
        x = array_of(b, given.pop("xi"))
        basis = basis_of(b, ref, [x, units(b, length(b, values))], given)
        return made(b, Polynomial, cls, basis, kept(b, values), axis, Lit(None), Lit(None))


class Polynomial(Interpolant):
    """What `KroghInterpolator` and `BarycentricInterpolator` make."""

    def __call__(self, x):
        return self.combined(self.basis(x))

    def derivative(self, x, der=1):
        return self.combined(self.basis.derivative(x, der))


for cls in (KroghInterpolator, BarycentricInterpolator):
    polynomial_through(cls)


# ---- FITPACK: without smoothing these are splines through the values --------------------------------------


class Fitted(Interpolant):
    """What `UnivariateSpline` makes; its integral is that of a function which is zero outside."""

    def __call__(self, x, nu=0, ext=None):
        if nu == 0 and (ext == 3 or ext == "const"):  # derivatives go on
            x = np.clip(x, self.low, self.high)
        y = self.combined(self.basis(x) if nu == 0 else self.basis(x, nu))
        if ext == 1 or ext == "zeros":
            return self.replaced((x < self.low) | (x > self.high), 0.0, y)
        if (ext == 2 or ext == "raise") and np.any((x < self.low) | (x > self.high)):
            raise ValueError("UnivariateSpline: a value is outside")
        return y

    def integral(self, a, b):
        return self.integrate(a, b, False)


@makes(InterpolatedUnivariateSpline)
def _interpolated(b: Library, ref: Ref, given: Given) -> Value:
    return through_values(b, ref, given)


@makes(UnivariateSpline)
def _univariate(b: Library, ref: Ref, given: Given) -> Value:
    smoothing = given.pop("s", Lit(None))
    if not isinstance(smoothing, Lit) or smoothing.value not in (0, 0.0) or smoothing.value is None:
        raise b.refuse(
            f"the knots of `{ref.text}` with smoothing depend on the values: it cannot be differentiated in these",
            "write s=0, or use `make_lsq_spline` with knots of your own",
        )
    return through_values(b, ref, given)


def through_values(b: Library, ref: Ref, given: Given) -> Value:
    values = array_of(b, given.pop("y"))
    degree = given.pop("k", Lit(3))
    check_constant(b, ref, given)
    x = array_of(b, given.pop("x"))
    if given or not isinstance(degree, Lit) or degree.value not in (1, 3, 5):
        what = f"`{next(iter(given), 'k')}`"
        raise b.refuse(
            f"`{ref.text}` with {what} cannot be differentiated in the values", "use `make_interp_spline`"
        )
    args = [x, units(b, length(b, values)), degree]
    basis = basis_of(b, ref_to(make_interp_spline), args, {})
    return made(b, Fitted, UnivariateSpline, basis, kept(b, values), Lit(0), *between(b, x))


@makes(splrep)
def _representation(b: Library, ref: Ref, given: Given) -> Value:
    smoothing = given.pop("s", Lit(0))
    if smoothing not in (Lit(0), Lit(0.0), Lit(None)):
        raise b.refuse(
            "the knots of `splrep` with smoothing depend on the values: it cannot be differentiated in these",
            "write s=0, or use `make_lsq_spline` with knots of your own",
        )
    degree = given.get("k", Lit(3))
    spline = through_values(b, ref, given)
    padding = b.call(np.zeros, b.atom(b.binary(operator.add, degree, Lit(1))))
    padded = b.call(np.concatenate, pair(b, b.atom(b.attribute(spline, "c")), padding))
    return TupleValue((b.attribute(spline, "t"), padded, degree))


@makes(splev)
def _evaluated(b: Library, ref: Ref, given: Given) -> Value:
    """A constant spline has a rule; one of differentiated coefficients is a combination of B-splines."""
    representation = given.pop("tck")
    if is_known(b, [representation]):
        return b.library_call(ref, [given.pop("x"), representation], given)
    if not isinstance(representation, TupleValue) or "ext" in given:
        raise b.refuse(
            "`splev` of what is not known to be a tuple cannot be differentiated in the coefficients",
            "use `BSpline`, and leave out `ext`",
        )
    spline = b.call_value(ref_to(BSpline), list(representation.items), {})
    der = given.get("der")
    return b.call_value(spline, [given["x"], *([] if der is None else [der])], {})
