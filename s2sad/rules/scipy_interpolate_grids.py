"""Interpolation of `scipy.interpolate` on grids of two and more axes.

>>> table = RegularGridInterpolator((np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0])), np.arange(6.0).reshape(3, 2))
>>> on_grid(np.ones(1), None, table, np.array([[2.0, 0.5]]))[1]
array([[1. , 0.5]])

At a node the slope of a linear interpolant is that of the cell above it.
"""

from __future__ import annotations

import operator

import numpy as np
from scipy import interpolate
from scipy.interpolate import (
    NearestNDInterpolator,
    RectBivariateSpline,
    RegularGridInterpolator,
)

from s2sad.analysis import kinds as k
from s2sad.analysis import transfer_interpolate as rows
from s2sad.frontend.iterators import is_known
from s2sad.frontend.library import WRITTEN_OUT, Library, handles
from s2sad.frontend.names import add_methods, ref_to
from s2sad.frontend.values import TupleValue, Value
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Lit, Ref
from s2sad.rules.declare import adjoint, nondifferentiable, tangent
from s2sad.rules.scipy_interpolants import Given, array_of, check_constant, item, made, makes, refuses
from s2sad.runtime import unbroadcast

WRITTEN_OUT.add(__file__)

# ---- grids of any number of axes --------------------------------------------------------------------------


def beyond(f, xi):
    """Tell which points are outside of a grid."""
    grid = f.grid
    low, high = np.stack([points[0] for points in grid]), np.stack([points[-1] for points in grid])
    return np.any((xi < low) | (xi > high), axis=-1)


def slope_along(f, xi, axis, nu, outside):
    """Return the slopes along an axis: those of a linear interpolant are differences along the cell."""
    if rows.degree(f) < 0:
        raise ValueError(
            "RegularGridInterpolator: has a derivative for linear, cubic and quintic methods only"
        )
    if rows.degree(f) > 1:
        order = (0,) * rows.axes(f) if nu is None else nu
        slope = f(xi, nu=order[:axis] + (order[axis] + 1,) + order[axis + 1 :])
    else:
        points, along = f.grid[axis], np.arange(rows.axes(f)) == axis
        i = np.clip(np.searchsorted(points, xi[..., axis], "right") - 1, 0, len(points) - 2)
        upper = np.where(along, np.expand_dims(points[i + 1], -1), xi)
        lower = np.where(along, np.expand_dims(points[i], -1), xi)
        step = points[i + 1] - points[i]
        slope = (f(upper) - f(lower)) / (step if rows.rank(f) == 0 else widened(step, f))
    if outside is not None:
        slope = np.where(outside if rows.rank(f) == 0 else widened(outside, f), 0.0, slope)
    return slope


def value_axes(f):
    """Return which axes of an array of values are those of one value."""
    return -1 if rows.rank(f) == 1 else tuple(range(-rows.rank(f), 0))


def widened(v, f):
    """Add the axes of a value of `f` at the end."""
    return np.expand_dims(v, value_axes(f))


def _points(b: Library, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Read the points of a constant grid."""
    owner = b.atom(args[0])
    count = getattr(rows.part_of(owner.kind, "<axes>"), "value", None)
    kind = k.UNKNOWN if count is None else k.Tuple((k.Array("f8", (None,)),) * count)
    return b.emit(Ref("getattr", getattr), (owner, Lit("grid")), kind=kind)


if isinstance(getattr(RegularGridInterpolator, "grid", None), property):  # else a plain attribute
    handles(RegularGridInterpolator.grid.fget)(_points)


@adjoint(RegularGridInterpolator.__call__)
def on_grid(g, y, self, xi, *, nu=None):
    if rows.degree(self) == 0:
        return None, None
    outside = beyond(self, xi) if rows.ends(self) else None
    parts = [g * slope_along(self, xi, axis, nu, outside) for axis in range(rows.axes(self))]
    if rows.rank(self) != 0:
        parts = [np.sum(part, axis=value_axes(self)) for part in parts]
    xi_bar = np.stack(parts, axis=-1)
    return None, np.reshape(xi_bar, np.shape(xi)) if np.ndim(xi) == 1 else xi_bar


@tangent(RegularGridInterpolator.__call__)
def on_grid_tangent(dots, y, self, xi, *, nu=None):
    change = np.zeros_like(y)
    if rows.degree(self) == 0:
        return change
    outside = beyond(self, xi) if rows.ends(self) else None
    for axis in range(rows.axes(self)):
        along = dots[1][..., axis]
        along = along if rows.rank(self) == 0 else widened(along, self)
        change = change + along * slope_along(self, xi, axis, nu, outside)
    return change


RULED = Ref("RegularGridInterpolator.__call__", RegularGridInterpolator.__call__)


@handles(RegularGridInterpolator.__call__)
def _on_grid(b: Library, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Take points that are given as a tuple of coordinates for an array of points."""
    owner, xi, *rest = args if len(args) > 1 else (args[0], kwargs.pop("xi"))
    if is_known(b, [xi]):
        return b.library_call(RULED, [owner, xi, *rest], kwargs)
    axes = rows.part_of(b.atom(owner).kind, "<axes>")
    points, is_one = points_of(b, xi, getattr(axes, "value", None))
    result = b.library_call(RULED, [owner, points, *rest], kwargs)
    return b.call(operator.getitem, result, Lit(0)) if is_one else result


def points_of(b: Library, xi: Value, axes: int | None) -> tuple[Atom, bool]:
    """Return an array of points, and whether it is one point that was given as a tuple of numbers.

    A vector holds the coordinates of one point after the other.
    """
    parts = b.static_items(xi)
    if not isinstance(parts, TupleValue) or parts.type is list:
        array = array_of(b, xi)
        if len(k.shape_of(array.kind) or ()) != 1:
            return array, False
        if axes is None:
            raise b.refuse("the number of axes of this grid is not known", "give it a matrix of points")
        return b.call(np.reshape, array, b.emit(ir.TUPLE, (Lit(-1), Lit(axes)))), False
    atoms = [b.atom(part) for part in parts.items]
    shapes = {k.shape_of(atom.kind) for atom in atoms}
    if len(shapes) > 1 or None in shapes:
        together = b.call(np.broadcast_arrays, *atoms)
    else:
        together = b.emit(ir.TUPLE, atoms)
    return b.call(np.stack, together, axis=Lit(-1)), shapes == {()}


# ---- from differentiated values ---------------------------------------------------------------------------


class Grid:
    """What `RegularGridInterpolator` makes of differentiated values, by the linear method."""

    def __init__(self, points, values, bounds_error, fill_value):
        self.points = points
        self.values = values
        self.bounds_error = bounds_error
        self.fill_value = fill_value

    def __call__(self, xi):
        return self.at(xi)

    def at(self, xi):
        """Stand for what `_at` builds."""


@makes(RegularGridInterpolator)
def _grid(b: Library, ref: Ref, given: Given) -> Value:
    if given.pop("method", Lit("linear")) != Lit("linear"):
        raise b.refuse(
            "only the linear method of a grid can be differentiated in the values", 'write "linear"'
        )
    points = b.static_items(given.pop("points"))
    if not isinstance(points, TupleValue):
        raise b.refuse("the number of axes of this grid is not known", "write the points as a tuple")
    check_constant(
        b, ref, {"points": points, **{name: each for name, each in given.items() if name != "values"}}
    )
    axes = TupleValue(tuple(array_of(b, each) for each in points.items))
    values = array_of(b, given.pop("values"))
    if k.shape_of(values.kind) is None:
        raise b.refuse("the number of dimensions of the values on this grid is not known", "use `reshape`")
    given = {"bounds_error": Lit(True), "fill_value": Lit(np.nan), **given}
    return made(b, Grid, RegularGridInterpolator, axes, values, given["bounds_error"], given["fill_value"])


@handles(Grid.at)
def _at(b: Library, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Write the combination of the corners of the cell around each point, one axis after another."""
    grid, xi = args
    axes = b.attribute(grid, "points")
    assert isinstance(axes, TupleValue)
    points, _ = points_of(b, xi, len(axes.items))
    values, error, fill = (b.attribute(grid, name) for name in ("values", "bounds_error", "fill_value"))
    values = b.atom(values)
    rank = len(k.shape_of(values.kind) or ()) - len(axes.items)
    coordinates = [
        b.call(operator.getitem, points, b.emit(ir.TUPLE, (Lit(Ellipsis), Lit(j))))
        for j in range(len(axes.items))
    ]
    cells, places = [], []
    for x, knots in zip(coordinates, map(b.atom, axes.items), strict=True):
        cell, place = cell_of(b, x, knots)
        cells.append(cell)
        places.append(widened_by(b, place, rank))
    result = corners(b, values, cells, places)
    if error == Lit(False):  # else descending points are out of bounds
        b.call_value(Ref("check_ascending", check_ascending), [axes], {})
        if fill == Lit(None):
            return result
    outside = None
    for x, knots in zip(coordinates, map(b.atom, axes.items), strict=True):
        for comparison, end in ((operator.lt, 0), (operator.gt, -1)):
            test = b.call(comparison, x, item(b, knots, end))
            outside = test if outside is None else b.call(operator.or_, outside, test)
    assert outside is not None
    if error == Lit(False):
        return b.call(np.where, widened_by(b, outside, rank), b.atom(fill), b.atom(result))
    b.call_value(Ref("check_inside", check_inside), [outside], {})
    return result


def check_inside(outside):
    if np.any(outside):
        raise ValueError("One of the requested xi is out of bounds")


def check_ascending(points):
    for axis in points:
        if axis[0] > axis[-1]:
            raise ValueError(
                "RegularGridInterpolator: has a derivative in the values for ascending points only"
            )


def cell_of(b: Library, x: Atom, knots: Atom) -> tuple[Atom, Atom]:
    """Return the index of the cell around each coordinate, and how far inside it this is, from 0 to 1."""
    index = b.call(operator.sub, b.call(np.searchsorted, knots, x, Lit("right")), Lit(1))
    last = b.call(operator.sub, b.call(len, knots), Lit(2))
    index = b.call(np.clip, index, Lit(0), last)
    below = b.call(operator.getitem, knots, index)
    above = b.call(operator.getitem, knots, b.call(operator.add, index, Lit(1)))
    step = b.call(operator.sub, above, below)
    return index, b.call(operator.truediv, b.call(operator.sub, x, below), step)


def widened_by(b: Library, v: Atom, rank: int) -> Atom:
    """Add axes at the end."""
    if rank == 0 or k.shape_of(v.kind) == ():
        return v
    axes: Atom = Lit(-1) if rank == 1 else b.atom(TupleValue(tuple(map(Lit, range(-rank, 0)))))
    return b.call(np.expand_dims, v, axes)


def corners(
    b: Library, values: Atom, cells: list[Atom], places: list[Atom], index: tuple[Atom, ...] = ()
) -> Atom:
    """Return the combinations of the values at the corners of cells."""
    if len(index) == len(cells):
        return b.call(operator.getitem, values, b.emit(ir.TUPLE, index) if len(index) > 1 else index[0])
    cell, place = cells[len(index)], places[len(index)]
    lower = corners(b, values, cells, places, (*index, cell))
    upper = corners(b, values, cells, places, (*index, b.call(operator.add, cell, Lit(1))))
    left = b.call(operator.mul, b.call(operator.sub, Lit(1), place), lower)
    return b.call(operator.add, left, b.call(operator.mul, place, upper))


@makes(interpolate.interpn)
def _interpolated(b: Library, ref: Ref, given: Given) -> Value:
    xi = given.pop("xi")
    grid = b.call_value(ref_to(RegularGridInterpolator), [], given)
    points = b.static_items(given["points"])
    axes = len(points.items) if isinstance(points, TupleValue) else None
    xi, is_one = points_of(b, xi, axes)
    return b.call_value(grid, [b.call(np.expand_dims, xi, Lit(0)) if is_one else xi], {})


# ---- splines of two variables -----------------------------------------------------------------------------


def within(x, knots, slope):
    """Return a slope where `x` is between the outer knots, and zero outside: there the spline is constant."""
    return np.where((x < knots[0]) | (x > knots[-1]), 0.0, slope)


@adjoint(RectBivariateSpline.ev)
def value_of_two(g, z, self, xi, yi, dx=0, dy=0):
    xi_bar = g * within(xi, self.tck[0], self.ev(xi, yi, dx + 1, dy))
    yi_bar = g * within(yi, self.tck[1], self.ev(xi, yi, dx, dy + 1))
    return None, unbroadcast(xi_bar, xi), unbroadcast(yi_bar, yi)


@tangent(RectBivariateSpline.ev)
def value_of_two_tangent(dots, z, self, xi, yi, dx=0, dy=0):
    change = np.zeros_like(z)
    if dots[1] is not None:
        change = change + dots[1] * within(xi, self.tck[0], self.ev(xi, yi, dx + 1, dy))
    if dots[2] is not None:
        change = change + dots[2] * within(yi, self.tck[1], self.ev(xi, yi, dx, dy + 1))
    return change


def column(v, grid):
    """Return numbers along the first axis of a spline's values."""
    return np.expand_dims(v, -1) if grid else v


@adjoint(RectBivariateSpline.__call__)
def values_of_two(g, z, self, x, y, dx=0, dy=0, grid=True):
    x_bar = g * within(column(x, grid), self.tck[0], self(x, y, dx + 1, dy, grid))
    y_bar = g * within(y, self.tck[1], self(x, y, dx, dy + 1, grid))
    if not grid:
        return None, unbroadcast(x_bar, x), unbroadcast(y_bar, y)
    x_bar, y_bar = np.sum(x_bar, axis=1), np.sum(y_bar, axis=0)
    return None, x_bar[0] if np.ndim(x) == 0 else x_bar, y_bar[0] if np.ndim(y) == 0 else y_bar


@tangent(RectBivariateSpline.__call__)
def values_of_two_tangent(dots, z, self, x, y, dx=0, dy=0, grid=True):
    change = np.zeros_like(z)
    if dots[1] is not None:
        slope = within(column(x, grid), self.tck[0], self(x, y, dx + 1, dy, grid))
        change = change + column(dots[1], grid) * slope
    if dots[2] is not None:
        change = change + dots[2] * within(y, self.tck[1], self(x, y, dx, dy + 1, grid))
    return change


refuses(
    interpolate.BPoly,
    interpolate.RectBivariateSpline,
    interpolate.SmoothBivariateSpline,
    interpolate.LSQBivariateSpline,
    interpolate.LSQUnivariateSpline,
    interpolate.RBFInterpolator,
    interpolate.NearestNDInterpolator,
    interpolate.make_smoothing_spline,
    interpolate.splprep,
    interpolate.bisplrep,
    interpolate.griddata,
    interpolate.pchip_interpolate,
    interpolate.krogh_interpolate,
    interpolate.barycentric_interpolate,
    interpolate.PPoly.roots,
    interpolate.PPoly.solve,
    interpolate.UnivariateSpline.roots,
    interpolate.UnivariateSpline.derivatives,
    interpolate.UnivariateSpline.get_knots,
    interpolate.UnivariateSpline.get_coeffs,
    interpolate.UnivariateSpline.get_residual,
    interpolate.RectBivariateSpline.integral,
    interpolate.RectBivariateSpline.partial_derivative,
)

# ---- what has no derivative -------------------------------------------------------------------------------

GRIDS = (RegularGridInterpolator.__call__, RectBivariateSpline.__call__, RectBivariateSpline.ev)
add_methods(*GRIDS, NearestNDInterpolator.__call__)
nondifferentiable(rows.axes, NearestNDInterpolator.__call__)
