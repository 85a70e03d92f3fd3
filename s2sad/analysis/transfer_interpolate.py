"""What is known of the interpolants of `scipy.interpolate`, and of their values.

>>> spline = scipy.interpolate.CubicSpline([0.0, 1.0, 2.0], np.ones((3, 2)), extrapolate=False)
>>> rank(spline), before(spline), ends(spline), ends(spline, True)
(1, 0, True, False)
>>> value(kind_of(spline), Array("f8", (5,)))
Array(dtype='f8', shape=(5, Sym(name='n0', offset=0, big=True)))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.interpolate
from scipy.interpolate import (
    BSpline,
    PPoly,
    RectBivariateSpline,
    RegularGridInterpolator,
    UnivariateSpline,
    interp1d,
)

from s2sad.analysis.kinds import (
    BOOL,
    DESCRIBED,
    FLOAT,
    INT,
    NONE,
    UNKNOWN,
    Array,
    Constant,
    Kind,
    List,
    Object,
    Scalar,
    Shapes,
    Tuple,
    broadcast_shapes,
    kind_of,  # noqa: F401  for the examples
)
from s2sad.analysis.transfer_base import (
    FALSE,
    LAST,
    TRUE,
    ZERO,
    Undecided,
    as_array,
    axis_of,
    flag,
    integer,
    is_none,
    transfer,
)
from s2sad.analysis.transfer_views import VIEWS

Interpolator1D: Any = interp1d.__mro__[1]  # with the slots `_y_axis` and `_y_extra_shape`
POLYNOMIALS = (
    PPoly,
    scipy.interpolate.BPoly,
    scipy.interpolate.CubicSpline,
    scipy.interpolate.CubicHermiteSpline,
    scipy.interpolate.PchipInterpolator,
    scipy.interpolate.Akima1DInterpolator,
)
POLYNOMIAL = (scipy.interpolate.KroghInterpolator, scipy.interpolate.BarycentricInterpolator)
FITTED = (
    UnivariateSpline,
    scipy.interpolate.InterpolatedUnivariateSpline,
    scipy.interpolate.LSQUnivariateSpline,
)
LINEAR = Constant("linear")
PARTS = ("<values>", "<before>", "<ends>", "<degree>")

# ---- interpolants -----------------------------------------------------------------------------------------


def values(f: Any) -> Any:
    """Return an array like one value of an interpolant."""
    if isinstance(f, RegularGridInterpolator):
        return f.values[(0,) * len(f.grid)]
    if isinstance(f, UnivariateSpline):
        return f.get_coeffs()[0]
    if isinstance(f, Interpolator1D):
        return np.empty(f._y_extra_shape, f.dtype)
    return f.c[0] if isinstance(f, BSpline) else f.c[0, 0]


def rank(f: Any) -> int:
    """Return the number of axes of one value of an interpolant."""
    return int(np.ndim(values(f)))


def before(f: Any) -> int:
    """Return how many of these stand before the axes of the points where there are many values."""
    if isinstance(f, (UnivariateSpline, RegularGridInterpolator)):
        return 0
    return int(f._y_axis if isinstance(f, Interpolator1D) else f.axis)


def ends(f: Any, extrapolate: Any = None) -> bool:
    """Tell whether the pieces end at the outer knots: beyond them a spline is NaN, or a constant."""
    if isinstance(f, interp1d):
        return not (f.bounds_error or isinstance(f.fill_value, str))
    if isinstance(f, RegularGridInterpolator):
        return not (f.bounds_error or f.fill_value is None)
    if isinstance(f, UnivariateSpline):
        return (f.ext if extrapolate is None else extrapolate) in (3, "const")
    chosen = getattr(f, "extrapolate", None) if extrapolate is None else extrapolate
    return chosen is not None and not chosen


def degree(f: Any) -> int:
    """Return the degree of the pieces of a table or grid: 0 for steps, and -1 for other interpolants."""
    if isinstance(f, RegularGridInterpolator):
        return {"nearest": 0, "linear": 1, "slinear": 1, "cubic": 3, "quintic": 5}.get(f.method, -1)
    if not isinstance(f, interp1d):
        return -1
    return f._spline.k if f._kind == "spline" else int(f._kind == "linear")


def axes(f: RegularGridInterpolator) -> int:
    """Return the number of axes of a grid."""
    return len(f.grid)


def interpolant(
    cls: type, value: Kind = UNKNOWN, axis: Kind = INT, ended: Kind = BOOL, order: Kind = INT
) -> Kind:
    return Object(cls, PARTS, (value, axis, ended, order))


def described(f: Any, shapes: Shapes) -> Kind:
    """Return the kind of an interpolant from outside of the program."""
    like = np.asarray(values(f))
    value = Array(like.dtype.str[1:], tuple(map(shapes.dim, like.shape)))
    parts = (Scalar("i8", True, before(f)), TRUE if ends(f) else FALSE, Scalar("i8", True, degree(f)))
    return interpolant(type(f), value, *parts)


DESCRIBED.update(dict.fromkeys((*POLYNOMIALS, BSpline, *FITTED, interp1d, *POLYNOMIAL), described))


def described_grid(f: RegularGridInterpolator, shapes: Shapes) -> Kind:
    found = described(f, shapes)
    assert isinstance(found, Object)
    return Object(found.type, (*PARTS, "<axes>"), (*found.items, Scalar("i8", True, axes(f))))


DESCRIBED[RegularGridInterpolator] = described_grid


def part_of(kind: Kind, name: str) -> Kind:
    """Return what is known of an interpolant."""
    if not isinstance(kind, Object) or name not in kind.names:
        return UNKNOWN
    return kind.items[kind.names.index(name)]


def part(kind: Kind, name: str) -> Kind:
    found = part_of(kind, name)
    if found == UNKNOWN:
        raise Undecided
    return found


@transfer(rank)
def rank_row(f: Kind) -> Kind:
    dims = as_array(part(f, "<values>")).shape
    return Scalar("i8", True, None if dims is None else len(dims))


@transfer(before)
def before_row(f: Kind) -> Kind:
    return part(f, "<before>")


@transfer(axes)
def axes_row(f: Kind) -> Kind:
    return part(f, "<axes>")


@transfer(degree)
def degree_row(f: Kind) -> Kind:
    return part(f, "<degree>")


@transfer(ends)
def ends_row(f: Kind, extrapolate: Kind = NONE) -> Kind:
    if is_none(extrapolate):
        return part(f, "<ends>")
    chosen = getattr(extrapolate, "value", None)
    if chosen is None:
        raise Undecided
    if isinstance(f, Object) and issubclass(f.type, UnivariateSpline):
        return TRUE if chosen in (3, "const") else FALSE
    return FALSE if chosen else TRUE


# ---- what makes interpolants ------------------------------------------------------------------------------


def maker(cls: Any) -> Callable:
    """Register the kind of what a class or function makes of points and values there."""

    def register(row: Callable) -> Callable:
        transfer(cls)(row)
        VIEWS[cls] = "fresh"
        return row

    return register


def made(cls: type, y: Kind, axis: Kind, lead: int = 1, extrapolate: Kind = NONE, order: Kind = INT) -> Kind:
    """Return the kind of an interpolant of the values `y`, whose axes from `axis` on are not those of a value."""
    array = as_array(y)
    ended = FALSE if is_none(extrapolate) or extrapolate != FALSE else TRUE
    if array.shape is None:
        return interpolant(cls, UNKNOWN, axis, ended, order)
    at = axis_of(axis, len(array.shape))
    code = "c16" if (array.dtype or "f")[0] == "c" else "f8"
    rest = array.shape[:at] + array.shape[at + lead :]
    return interpolant(cls, Array(code if array.dtype else None, rest), Scalar("i8", True, at), ended, order)


@maker(scipy.interpolate.CubicSpline)
def cubic_spline(x: Kind, y: Kind, axis: Kind = ZERO, bc_type: Kind = NONE, extrapolate: Kind = NONE) -> Kind:
    return made(scipy.interpolate.CubicSpline, y, axis, extrapolate=extrapolate)


@maker(scipy.interpolate.CubicHermiteSpline)
def cubic_hermite_spline(x: Kind, y: Kind, dydx: Kind, axis: Kind = ZERO, extrapolate: Kind = NONE) -> Kind:
    return made(scipy.interpolate.CubicHermiteSpline, y, axis, extrapolate=extrapolate)


@maker(scipy.interpolate.PchipInterpolator)
def pchip(x: Kind, y: Kind, axis: Kind = ZERO, extrapolate: Kind = NONE) -> Kind:
    return made(scipy.interpolate.PchipInterpolator, y, axis, extrapolate=extrapolate)


@maker(scipy.interpolate.Akima1DInterpolator)
def akima(x: Kind, y: Kind, axis: Kind = ZERO, *, method: Kind = NONE, extrapolate: Kind = NONE) -> Kind:
    extrapolate = FALSE if is_none(extrapolate) else extrapolate
    return made(scipy.interpolate.Akima1DInterpolator, y, axis, extrapolate=extrapolate)


@maker(PPoly)
def polynomial(c: Kind, x: Kind, extrapolate: Kind = NONE, axis: Kind = ZERO) -> Kind:
    return made(PPoly, c, axis, 2, extrapolate)


@maker(BSpline)
def spline(t: Kind, c: Kind, k: Kind, extrapolate: Kind = TRUE, axis: Kind = ZERO) -> Kind:
    return made(BSpline, c, axis, 1, extrapolate)


@maker(scipy.interpolate.make_interp_spline)
def fitted_spline(
    x: Kind,
    y: Kind,
    k: Kind = INT,
    t: Kind = NONE,
    bc_type: Kind = NONE,
    axis: Kind = ZERO,
    check_finite: Kind = TRUE,
) -> Kind:
    return made(BSpline, y, axis)


@maker(scipy.interpolate.make_lsq_spline)
def least_squares_spline(
    x: Kind, y: Kind, t: Kind, k: Kind = INT, w: Kind = NONE, axis: Kind = ZERO, *rest: Kind, **options: Kind
) -> Kind:
    return made(BSpline, y, axis)


@maker(interp1d)
def table(x: Kind, y: Kind, kind: Kind = LINEAR, axis: Kind = LAST, *rest: Kind, **options: Kind) -> Kind:
    orders = {"linear": 1, "slinear": 1, "quadratic": 2, "cubic": 3}
    if isinstance(kind, Constant):
        return made(interp1d, y, axis, order=Scalar("i8", True, orders.get(kind.value, 0)))
    return made(interp1d, y, axis, order=kind)


def polynomial_through(cls: Any) -> None:
    @maker(cls)
    def row(xi: Kind, yi: Kind, axis: Kind = ZERO, **options: Kind) -> Kind:
        return made(cls, yi, axis, order=Scalar("i8", True, -1))


for each in POLYNOMIAL:
    polynomial_through(each)
for each in FITTED:
    transfer(each)(lambda *args, **options: interpolant(UnivariateSpline, FLOAT, ZERO, FALSE))


@transfer(scipy.interpolate.BPoly.derivative, scipy.interpolate.BPoly.antiderivative)
@transfer(PPoly.derivative, PPoly.antiderivative, BSpline.derivative, BSpline.antiderivative)
@transfer(UnivariateSpline.derivative, UnivariateSpline.antiderivative)
def changed(f: Kind, *rest: Kind, **options: Kind) -> Kind:
    """Derivatives and integrals of a spline are splines of its kind."""
    return f


# ---- values -----------------------------------------------------------------------------------------------


CALLS = (
    PPoly.__call__,
    scipy.interpolate.BPoly.__call__,  # that of PPoly, or its own
    BSpline.__call__,
    UnivariateSpline.__call__,
    interp1d.__call__,
    scipy.interpolate.BarycentricInterpolator.__call__,
    scipy.interpolate.KroghInterpolator.derivative,
    scipy.interpolate.BarycentricInterpolator.derivative,
)


@transfer(*CALLS)
def value(f: Kind, x: Kind, *rest: Kind, **options: Kind) -> Kind:
    one, points = as_array(part(f, "<values>")), as_array(x)
    if one.shape is None or points.shape is None:
        return Array(one.dtype, None)
    at = integer(part(f, "<before>")) if one.shape else 0
    return Array(one.dtype, one.shape[:at] + points.shape + one.shape[at:])


INTEGRALS = (PPoly.integrate, scipy.interpolate.BPoly.integrate, BSpline.integrate)


@transfer(*INTEGRALS)
def integral(f: Kind, a: Kind, b: Kind, extrapolate: Kind = NONE) -> Kind:
    one = as_array(part(f, "<values>"))
    is_number = isinstance(f, Object) and issubclass(f.type, scipy.interpolate.BPoly) and one.shape == ()
    return Array(one.dtype, None) if is_number else one


@transfer(UnivariateSpline.integral)
def fitted_integral(f: Kind, a: Kind, b: Kind) -> Kind:
    return Scalar("f8", None)


@maker(RegularGridInterpolator)
def grid(
    points: Kind,
    values: Kind,
    method: Kind = LINEAR,
    bounds_error: Kind = TRUE,
    fill_value: Kind = FLOAT,
) -> Kind:
    array = as_array(values)
    if not isinstance(points, Tuple) or array.shape is None or not isinstance(method, Constant):
        raise Undecided
    count = len(points.items)
    order = {"nearest": 0, "linear": 1, "slinear": 1, "cubic": 3, "quintic": 5}.get(method.value, -1)
    ended = FALSE if bounds_error != FALSE or is_none(fill_value) else TRUE
    known = (Array("f8", array.shape[count:]), ZERO, ended, Scalar("i8", True, order))
    return Object(RegularGridInterpolator, (*PARTS, "<axes>"), (*known, Scalar("i8", True, count)))


@transfer(RegularGridInterpolator.__call__)
def value_on_grid(f: Kind, xi: Kind, method: Kind = NONE, *, nu: Kind = NONE) -> Kind:
    one, points = as_array(part(f, "<values>")), as_array(xi)
    if one.shape is None or not points.shape:
        return Array(one.dtype, None)
    return Array(one.dtype, ((1,) if len(points.shape) == 1 else points.shape[:-1]) + one.shape)


@transfer(RectBivariateSpline.ev)
def value_of_two(f: Kind, xi: Kind, yi: Kind, dx: Kind = ZERO, dy: Kind = ZERO) -> Kind:
    return Array("f8", broadcast_shapes([as_array(xi).shape, as_array(yi).shape]))


@transfer(RectBivariateSpline.__call__)
def values_of_two(f: Kind, x: Kind, y: Kind, dx: Kind = ZERO, dy: Kind = ZERO, grid: Kind = TRUE) -> Kind:
    a, c = as_array(x).shape, as_array(y).shape
    if not flag(grid):
        return Array("f8", broadcast_shapes([a, c]))
    return Array("f8", None if a is None or c is None else (*(a or (1,)), *(c or (1,))))


@transfer(scipy.interpolate.splev)
def evaluated(x: Kind, tck: Kind, *rest: Kind, **options: Kind) -> Kind:
    if not isinstance(tck, Tuple) or isinstance(tck.items[1], List):
        raise Undecided
    return Array("f8", as_array(x).shape)


GRIDS = (RegularGridInterpolator.__call__, RectBivariateSpline.__call__, RectBivariateSpline.ev)
VIEWS.update(dict.fromkeys((*CALLS, *GRIDS, *INTEGRALS, scipy.interpolate.splev), "fresh"))
