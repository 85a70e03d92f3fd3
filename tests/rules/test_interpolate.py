"""Interpolants of `scipy.interpolate`: made by the program, or outside of it; texts, kinks, refusals."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("scipy")
from scipy.interpolate import (
    Akima1DInterpolator,
    BarycentricInterpolator,
    BSpline,
    CubicHermiteSpline,
    CubicSpline,
    InterpolatedUnivariateSpline,
    KroghInterpolator,
    LinearNDInterpolator,
    NearestNDInterpolator,
    PchipInterpolator,
    PPoly,
    RectBivariateSpline,
    RegularGridInterpolator,
    UnivariateSpline,
    interp1d,
    interpn,
    make_interp_spline,
    make_lsq_spline,
    splev,
    splrep,
)

from s2sad import UnknownDerivative, grad, jvp
from s2sad.analysis import transfer_interpolate as rows
from s2sad.analysis.kinds import Shapes
from s2sad.analysis.transfer import result_kind
from s2sad.errors import S2sadError
from s2sad.rules.optional import load_optional
from s2sad.testing import check_grads
from tests.analysis.covering import covers, literal
from tests.rules.along import check_along

load_optional()
RNG = np.random.default_rng(0)
X = np.array([0.0, 0.4, 1.0, 1.6, 2.1, 3.0, 3.4])
Y, MANY, AXIS1 = RNG.normal(size=7), RNG.normal(size=(7, 2)), RNG.normal(size=(2, 7, 3))
T = np.array([0.1, 0.7, 1.9])
FAR = np.array([-1.0, 0.2, 0.75, 5.0])
KNOTS = np.array([0, 0, 0, 0, 1.0, 2, 3.4, 3.4, 3.4, 3.4])
SPLINE = CubicSpline(X, Y)

# ---- made outside -----------------------------------------------------------------------------------------


def looked_up(t):
    return np.sum(SPLINE(t) ** 2)


def along_loop(t):
    slope = SPLINE.derivative()
    total = 0.0
    for i in range(3):
        total = total + slope(t[i]) * SPLINE(t[i], nu=1) * SPLINE.integrate(0.1, t[i])
    return total


class Engine:
    def __init__(self):
        self.torque = SPLINE
        self.losses = {"pump": interp1d(X, Y**2), "fan": SPLINE.antiderivative()}

    def power(self, t):
        return t * self.torque(t) - self.losses["pump"](t) * self.losses["fan"](t)


ENGINE = Engine()
BY_NAME = {"a": SPLINE, "b": make_interp_spline(X, Y)}


def of_model(t):
    return np.sum(ENGINE.torque(t) * t)


def by_name(t):
    return np.sum(BY_NAME["a"](t) * BY_NAME["b"](t))


def passed(t, table):
    return np.sum(table(t) * t)


def masked(t):
    return np.sum(np.where(t > 3.4, 0.0, CubicSpline(X, Y, extrapolate=False)(t)))


TABLE = RegularGridInterpolator((X, KNOTS[3:7]), RNG.normal(size=(7, 4)))


def of_pairs(u, v):
    return np.sum(TABLE((u, v)) ** 2)


def of_numbers(u, v):
    return TABLE((u, v)) * TABLE([v, u])[0]


def one_of_two_kinds(t):
    table = SPLINE if t[0] > 0 else BY_NAME["b"]
    return np.sum(table(t))


def with_roots(t):
    return np.sum(t * SPLINE.roots()[0] + SPLINE.x[1] * t + SPLINE.c[0, 0] * t)


@pytest.mark.parametrize("f", [looked_up, along_loop, of_model, by_name, masked, with_roots])
def test_constant_interpolants(f):
    check_along(f, [T + 0.02])


def test_third_order():
    check_grads(looked_up, [T], order=3)


def test_interpolants_known_at_run_time():
    assert grad(SPLINE)(0.7) == pytest.approx(float(SPLINE(0.7, 1)))
    assert np.allclose(grad(one_of_two_kinds)(T), SPLINE(T, 1))
    with pytest.raises(S2sadError):
        grad(lambda t: SPLINE.solve(t)[0])(0.1)


def test_interpolants_as_arguments():
    for table in (SPLINE, make_interp_spline(X, Y), interp1d(X, Y)):
        slope = grad(passed)(T, table)
        step = 1e-6
        for i in range(3):
            up, down = T + step * np.eye(3)[i], T - step * np.eye(3)[i]
            assert slope[i] == pytest.approx((passed(up, table) - passed(down, table)) / (2 * step), rel=1e-6)


def test_pairs_of_coordinates():
    check_along(of_pairs, [T, np.array([0.3, 1.5, 2.5])])
    check_along(of_numbers, [0.3, 1.2])


def test_a_zero_stops_the_slopes_outside():
    assert np.all(np.isfinite(grad(masked)(np.array([0.3, 9.0]))))


def test_nearest_points():
    nearest = NearestNDInterpolator(MANY, Y)
    assert grad(lambda u: nearest(u, 0.2) * u)(0.3) == nearest(0.3, 0.2)


def test_another_interpolant_in_a_variable():
    space = SimpleNamespace(table=SPLINE)
    slope = grad(lambda t: space.table(t))
    assert slope(0.7) == pytest.approx(float(SPLINE(0.7, 1)))
    space.table = make_interp_spline(X, Y**2)
    assert slope(0.7) == pytest.approx(float(space.table(0.7, 1)))


# ---- made of differentiated values ------------------------------------------------------------------------


def cubic(y, t):
    return np.sum(CubicSpline(X, y)(t) ** 2)


def natural_loop(y, t):
    spline = CubicSpline(X, y, bc_type="natural")
    total = 0.0
    for i in range(3):
        total = total + np.sin(spline(t[i])) * spline(t[i], 1)
    return total


def columns(y, t):
    return np.sum(CubicSpline(X, y)(t) ** 2 * CubicSpline(X, y, extrapolate=False)(t))


def second_axis(y, t):
    return np.sum(CubicSpline(X, y, axis=1)(t) ** 2 * y[:, :3])


def masked_axis(y, t):
    return np.sum(np.where(np.isnan(z := CubicSpline(X, y, 1, extrapolate=False)(t)), 0.0, z))


def calculus(y, t):
    spline = make_interp_spline(X, y)
    return spline.derivative()(t[0]) * spline.integrate(t[0], t[1]) + np.sum(spline.c**2)


def slopes_at_ends(a, t):
    return np.sum(CubicSpline(X, Y * a, bc_type=((1, a), (2, 0.0)))(t) ** 2)


def closed_curve(u, t):
    closed = np.concatenate((u, u[:1]))
    return np.sum(
        CubicSpline(X, closed, bc_type="periodic")(t + 2.5) ** 2
        * make_interp_spline(X, closed, bc_type="periodic")(t)
    )


def hermite(y, t):
    return np.sum(CubicHermiteSpline(X, y, y**2)(t) ** 2)


def coefficients(c, t):
    return np.sum(BSpline(KNOTS, c, 3)(t) ** 2) + np.sum(BSpline(KNOTS, c, 3, extrapolate=False)(t))


def polynomials(c, t):
    return np.sum(PPoly(c, X)(t) ** 2)


def least_squares(y, t):
    return np.sum(make_lsq_spline(X, y, KNOTS, 3)(t) ** 2)


def of_a_list(a, t):
    return CubicSpline([0.0, 1.0, 2.0], [a, 2 * a, a**2])(t)


def squared(spline, t):
    return np.sum(spline(t) ** 2)


def through_a_helper(y, t):
    return squared(CubicSpline(X, y), t)


class Curve:
    def __init__(self, y):
        self.spline = CubicSpline(X, y)

    def run(self, t):
        return self.spline(t) + self.spline(t, 1)


def in_an_object(y, t):
    return np.sum(Curve(y).run(t) ** 2)


def one_of_two(y, t):
    spline = CubicSpline(X, y) if y[0] > 5 else CubicSpline(X, 2 * y)
    return np.sum(spline(t) ** 2)


def by_class(y, t):
    spline, slope = PchipInterpolator(X, y), CubicSpline(X, y).derivative()
    if isinstance(spline, PPoly) and isinstance(spline, PchipInterpolator) and type(slope) is CubicSpline:
        return np.sum(spline(t) * slope(t))
    return 0.0


def carried(y, t):
    spline = CubicSpline(X, y)
    for _ in range(2):
        spline = CubicSpline(X, spline(X) * y)
    return np.sum(spline(t))


def in_a_list(y, t):
    splines = [CubicSpline(X, y[:, i]) for i in range(2)]
    return splines[0](t[0]) * splines[1](t[1])


def pchip(y, t):
    return np.sum(PchipInterpolator(X, y)(t) ** 2)


def akima(y, t):
    return np.sum(Akima1DInterpolator(X, y)(t) ** 2)


def modified_akima(y, t):
    return np.sum(Akima1DInterpolator(X, y, method="makima", extrapolate=True)(t) ** 2)


def linear_table(y, t):
    return np.sum(interp1d(X, y)(t) ** 2)


def filled_table(y, t):
    return np.sum(interp1d(X, y, "cubic", bounds_error=False, fill_value=(y[0], y[-1]))(t) ** 2)


def extended_table(y, t):
    return np.sum(interp1d(X, y, fill_value="extrapolate")(t) ** 2)


def table_of_columns(y, t):
    return np.sum(interp1d(X, y.swapaxes(1, 2), bounds_error=False, fill_value=0.0)(t) ** 2)


def one_call(v, p):
    return np.sum(interpn(AXES, v, p) ** 2)


def steps(y, t):
    return np.sum(interp1d(X, y, kind="previous")(t) * t)


def through_points(y, t):
    return np.sum(KroghInterpolator(X, y)(t) ** 2) + np.sum(BarycentricInterpolator(X, y)(t) ** 2)


def fitpack(y, t):
    spline = InterpolatedUnivariateSpline(X, y)
    return np.sum(spline(t, 1) ** 2) + spline.integral(0.2, 9.0) + np.sum(UnivariateSpline(X, y, s=0)(t) ** 2)


def knots_and_coefficients(y, t):
    return np.sum(splev(t, splrep(X, y)) ** 2 * splev(t, splrep(X, y, s=0), der=1))


AXES = X[:4], KNOTS[3:6]
PLACES, OUT = np.array([[0.3, 0.4], [1.2, 1.7], [0.6, 0.2]]), np.array([[0.3, 0.4], [-1.2, 1.7], [1.5, 5.2]])


def on_grid(v, p):
    return np.sum(RegularGridInterpolator(AXES, v)(p) ** 2)


def on_filled_grid(v, p):
    return np.sum(RegularGridInterpolator(AXES, v, bounds_error=False, fill_value=0.5)(p) ** 2)


def beyond_grid(v, p):
    return np.sum(RegularGridInterpolator(AXES, v, bounds_error=False, fill_value=None)(p) ** 2)


MADE = [
    (cubic, Y, T),
    (natural_loop, Y, T),
    (columns, MANY, T),
    (second_axis, AXIS1, T),
    (masked_axis, AXIS1, FAR),
    (calculus, Y, T),
    (slopes_at_ends, 1.3, T),
    (closed_curve, Y[:-1], T),
    (hermite, Y, T),
    (coefficients, Y[:6], T),
    (polynomials, RNG.normal(size=(3, 6)), T),
    (least_squares, Y, T),
    (of_a_list, 1.3, 0.7),
    (through_a_helper, Y, T),
    (in_an_object, Y, T),
    (one_of_two, Y, T),
    (by_class, Y, T),
    (carried, Y, T),
    (in_a_list, MANY, T),
    (pchip, Y, T),
    (pchip, MANY[:, 0], T),
    (akima, Y, T),
    (modified_akima, MANY[:, 1], T),
    (linear_table, Y, T),
    (filled_table, Y, FAR),
    (extended_table, Y, FAR),
    (table_of_columns, AXIS1, FAR),
    (steps, Y, T),
    (through_points, Y, T),
    (fitpack, Y, T),
    (knots_and_coefficients, Y, T),
    (on_grid, RNG.normal(size=(4, 3)), PLACES),
    (on_grid, RNG.normal(size=(4, 3)), PLACES[0]),
    (one_call, RNG.normal(size=(4, 3)), PLACES),
    (on_filled_grid, RNG.normal(size=(4, 3)), OUT),
    (beyond_grid, RNG.normal(size=(4, 3, 2)), OUT),
]


@pytest.mark.parametrize("f, y, t", MADE, ids=lambda value: getattr(value, "__name__", ""))
def test_interpolants_of_values(f, y, t):
    check_along(f, [y, t])


def test_the_values_are_those_of_scipy():
    for f, y, t in MADE:
        value, _ = jvp(f, (y, t), (y, t))
        assert value == pytest.approx(f(y, t), rel=1e-10)


def test_bounds_are_checked_as_in_scipy():
    for f, y in ((on_grid, RNG.normal(size=(4, 3))), (linear_table, Y)):
        with pytest.raises(ValueError, match=r"out of bounds|below the interpolation range"):
            grad(f)(y, OUT if f is on_grid else FAR)


# ---- arrays that are updated, axes, conditions at the ends -------------------------------------------------

POLYNOMIALS = RNG.normal(size=(3, 6))


def filled_before(y):
    z = np.zeros((7, 2))
    for i in range(7):
        z[i, 0] = y[i] * i
    spline, through = CubicSpline(X, z[:, 0]), KroghInterpolator(X, z[:, 0])
    z[2, 0] = 9.0
    return spline(T) * through(T) + interp1d(X, z.T)(T)[0]


def read_before(y):
    z = y.copy()
    value = CubicSpline(X, z)(T) + interp1d(X, z)(T) + KroghInterpolator(X, z)(T)
    z[2] = 9.0
    return value * z[2]


def shared_coefficients(c):
    z = c.copy()
    spline = BSpline(KNOTS, z, 3)
    slope = spline.derivative()(T)
    z[2] = 9.0
    return spline(T) * slope


def shared_table(y):
    z = y.copy()
    line = interp1d(X, z, copy=False, assume_sorted=True)
    z[2] = 9.0
    return line(T) * y[:3]


def coefficients_along(y):
    return CubicSpline(X, y, axis=1).c * make_interp_spline(X, y, axis=1).c[0]


def descending(c):
    piecewise = PPoly(c, X[::-1], extrapolate=False)
    return piecewise(T) * piecewise(np.array([0.2, 3.3, 1.1]), 1)


def mixed_ends(y, a):
    first = CubicSpline(X, y, bc_type=("clamped", (2, a)))
    return first(T) * CubicSpline(X, y, bc_type=[(1, 0.5), (2, a * a)])(T, 1)


def named_ends(y):
    spline = CubicSpline(X, y, bc_type=("clamped", "natural"))
    return spline(T) * make_interp_spline(X, y, bc_type=("natural", "clamped"))(T)


@pytest.mark.parametrize(
    "f, args",
    [
        (filled_before, (Y,)),
        (read_before, (Y,)),
        (shared_coefficients, (Y[:6],)),
        (shared_table, (Y,)),
        (coefficients_along, (AXIS1,)),
        (descending, (POLYNOMIALS,)),
        (mixed_ends, (Y, 0.3)),
        (named_ends, (Y,)),
    ],
)
def test_arrays_axes_and_ends(f, args):
    check_along(f, args)
    value, _ = jvp(f, args, args)
    assert value == pytest.approx(f(*args), rel=1e-10)


def updated_after(y):
    z = y.copy()
    spline = CubicSpline(X, z)
    z[2] = 9.0
    return np.sum(spline(T))


def updated_column(y):
    z = np.stack([y, y])
    lines = interp1d(X, z)
    z[0, 2] = 9.0
    return np.sum(lines(T))


def updated_in_loop(y):
    z = y.copy()
    through, total = KroghInterpolator(X, z), 0.0
    for i in range(3):
        total = total + np.sum(through(T))
        z[i] = total
    return total


def updated_strided_coefficients(y):
    z = np.repeat(y[:6], 2)
    spline = BSpline(KNOTS, z[::2], 3)
    z[4] = 9.0
    return np.sum(spline(T))


def updated_single_coefficients(y):
    z = y[:6].astype(np.float32)
    spline = BSpline(KNOTS, z, 3)
    z[2] = 9.0
    return np.sum(spline(T))


UPDATED = [
    updated_after,
    updated_column,
    updated_in_loop,
    updated_strided_coefficients,
    updated_single_coefficients,
]


@pytest.mark.parametrize("f", UPDATED)
def test_an_array_that_is_updated_afterwards(f):
    for attempt in (lambda: grad(f)(Y), lambda: jvp(f, (Y,), (Y,))):
        with pytest.raises(S2sadError, match="this interpolant was made of is updated afterwards"):
            attempt()


def changed_ends(y):
    ends = [(1, 0.5), (2, 0.3)]
    ends[0] = (2, 0.1)
    return np.sum(CubicSpline(X, y, bc_type=ends)(T))


def ends_of_another(y):
    return np.sum(make_interp_spline(X, y, bc_type=([(1, 0.5)], [(2, 0.2)]))(T))


def test_conditions_that_are_refused():
    with pytest.raises(S2sadError, match="the conditions at the ends of this spline are not known"):
        grad(changed_ends)(Y)
    with pytest.raises(S2sadError, match="`make_interp_spline` with derivatives at its ends"):
        grad(ends_of_another)(Y)


# ---- grids: vectors of points, descending points, and what is outside -------------------------------------

ONE_AXIS = RegularGridInterpolator((X,), Y)
SEVERAL = RegularGridInterpolator((X,), MANY)
CUBIC_AXIS = RegularGridInterpolator((X,), Y, method="cubic")
SURFACE = RectBivariateSpline(np.arange(6.0), np.arange(5.0), RNG.normal(size=(6, 5)), kx=5, ky=4)
BEYOND = np.array([-1.3, 2.2, 9.1])


def vectors_of_points(t):
    return ONE_AXIS(t) * CUBIC_AXIS(t) * ONE_AXIS((t,)) * SEVERAL(t)[:, 0]


def vectors_on_made_grids(y, t):
    table = RegularGridInterpolator((X,), y)
    return (
        table(t) * table((t,)) * interpn((X,), y, t) * RegularGridInterpolator((X,), y[:, None])((t,))[:, 0]
    )


def pairs_in_a_vector(v, t):
    table = RegularGridInterpolator((X[:4], X[:3]), v)
    return table(np.concatenate((t / 4, t / 3))) * interpn((X[:4], X[:3]), v, (t[0], t[1]))


def beyond_a_surface(x, y):
    return SURFACE.ev(x, y) * SURFACE.ev(x, y, 1, 0) + SURFACE(x, y, grid=False)


def beyond_a_mesh(x, y):
    return SURFACE(x, y) * SURFACE(x, y, dy=1)


@pytest.mark.parametrize(
    "f, args",
    [
        (vectors_of_points, (T,)),
        (vectors_on_made_grids, (Y, T)),
        (pairs_in_a_vector, (RNG.normal(size=(4, 3)), T)),
        (beyond_a_surface, (BEYOND, np.array([0.7, -2.1, 2.6]))),
        (beyond_a_mesh, (BEYOND, np.array([0.7, 1.1, 9.6]))),
    ],
)
def test_vectors_of_points_and_what_is_outside(f, args):
    check_along(f, args)
    value, _ = jvp(f, args, args)
    assert np.shape(value) == np.shape(f(*args))
    assert value == pytest.approx(f(*args), rel=1e-10)


def descending_grid(v):
    table = RegularGridInterpolator((X[3::-1], X[:3]), v, bounds_error=False, fill_value=None)
    return np.sum(table((0.3, 0.7)))


def test_grids_that_descend():
    values = RNG.normal(size=(4, 3))
    for attempt in (
        lambda: grad(descending_grid)(values),
        lambda: jvp(descending_grid, (values,), (values,)),
    ):
        with pytest.raises(ValueError, match="for ascending points only"):
            attempt()


# ---- derivatives of splines that are constant outside, and integrals over splines that end ----------------

CONSTANT = UnivariateSpline(X, Y, s=0.1, ext=3)
REPRESENTED = splrep(X, Y, s=0)
SMOOTH = UnivariateSpline(X, Y, s=0.1)
ENDED = BSpline(KNOTS, Y[:6], 3, extrapolate=False)
OPEN = CubicSpline(X, Y)


@pytest.mark.parametrize("extrapolate", [False, 0, np.False_])
def test_pieces_that_end(extrapolate):
    def f(t):
        return np.nansum(OPEN(t, 0, extrapolate) ** 2)

    t = np.array([X[0] - 1.0, X[0] + 0.3, X[-1] + 1.0])
    found = grad(f)(t)
    assert found[0] == found[2] == 0.0
    assert found[1] == pytest.approx(2 * OPEN(t[1]) * OPEN(t[1], 1))


def derivatives_beyond(t):
    changed = CONSTANT(t, 1) * splev(t, REPRESENTED, 1, 3) + SMOOTH(t, nu=1, ext=3)
    return changed * CONSTANT(t) + splev(t, REPRESENTED, ext=3)


def made_beyond(y, t):
    spline = UnivariateSpline(X, y, s=0)
    values = spline(t, 0, 1) + spline(t, 1, "zeros") + spline(t, 0, 3) * spline(t, nu=1, ext="const")
    return values + spline(t, ext=0) * spline.derivative()(t, 0, 3) + spline.derivative().integral(0.3, 5.0)


def raised(y, t):
    return np.sum(UnivariateSpline(X, y, s=0)(t, 0, 2))


def test_points_outside_of_a_made_spline():
    check_along(raised, (Y, T))
    with pytest.raises(ValueError, match="UnivariateSpline: a value is outside"):
        grad(raised)(Y, FAR)


def integrals_beyond(a, b):
    return ENDED.integrate(a, b) * BSpline(KNOTS, Y[:6], 3).integrate(a, 0.5 * b, False)


def integrals_of_made(c, b):
    return BSpline(KNOTS, c, 3).integrate(0.3, b, extrapolate=False) * BSpline(KNOTS, c, 3, False).integrate(
        b, 2.0
    )


@pytest.mark.parametrize(
    "f, args",
    [
        (derivatives_beyond, (FAR,)),
        (made_beyond, (Y, FAR)),
        (integrals_beyond, (-0.3, 2.2)),
        (integrals_beyond, (0.3, 5.2)),
        (integrals_of_made, (Y[:6], 2.2)),
        (integrals_of_made, (Y[:6], 5.2)),
    ],
)
def test_beyond_the_ends(f, args):
    check_along(f, args, order=1)


# ---- texts ------------------------------------------------------------------------------------------------

LOOKED_UP = """\
def looked_up_grad(t):
    t1 = SPLINE(t)
    # return np.sum(SPLINE(t) ** 2)
    t_bar = 2 * t1 * SPLINE(t, 1)
    return t_bar
"""

CUBIC = """\
def cubic_grad(y, t):
    basis = scipy.interpolate.CubicSpline(X, np.eye(len(y)))
    t1 = basis(t)
    t2 = t1 @ y
    # return np.sum(CubicSpline(X, y)(t) ** 2)
    t2 = 2 * t2
    y_bar = t1.T @ t2
    t_bar = t2 * (basis(t, 1) @ y)
    return y_bar, t_bar
"""


def test_texts():
    assert grad(looked_up).source_for(T) == LOOKED_UP
    assert grad(cubic, (0, 1)).source_for(Y, T) == CUBIC


# ---- kinks ------------------------------------------------------------------------------------------------


def test_slopes_at_knots():
    table = interp1d([0.0, 1.0, 3.0], [0.0, 2.0, 3.0], bounds_error=False, fill_value=0.0)
    line = make_interp_spline([0.0, 1.0, 3.0], [0.0, 2.0, 3.0], 1)
    grid = RegularGridInterpolator(([0.0, 1.0, 3.0],), [0.0, 2.0, 3.0])
    for t, slope in ((0.0, 2.0), (1.0, 0.5), (3.0, 0.5)):
        assert grad(lambda t: table(t))(t) == slope
        assert grad(lambda t: line(t))(t) == slope
        assert grad(lambda t: grid([t])[0])(t) == slope
    assert grad(lambda t: table(t))(3.5) == 0.0


# ---- kinds ------------------------------------------------------------------------------------------------

MAKERS = [
    (CubicSpline, (X, Y), {}),
    (CubicSpline, (X, AXIS1), {"axis": 1}),
    (CubicHermiteSpline, (X, MANY, MANY), {"extrapolate": False}),
    (PchipInterpolator, (X, MANY), {}),
    (Akima1DInterpolator, (X, MANY), {}),
    (PPoly, (np.ones((3, 6, 2)), X), {}),
    (BSpline, (KNOTS, MANY[:6], 3), {}),
    (make_interp_spline, (X, Y), {"k": 5}),
    (make_lsq_spline, (X, MANY, KNOTS), {}),
    (interp1d, (X, AXIS1.swapaxes(1, 2)), {"kind": "cubic"}),
    (KroghInterpolator, (X, MANY), {}),
]


@pytest.mark.parametrize("maker, args, kwargs", MAKERS)
def test_what_is_known_of_interpolants(maker, args, kwargs):
    made, shapes = maker(*args, **kwargs), Shapes()
    kind = result_kind(
        maker, [literal(arg, shapes) for arg in args], {name: literal(arg) for name, arg in kwargs.items()}
    )
    assert kind.type is type(made)
    found = (np.asarray(rows.values(made)), rows.before(made), rows.ends(made), rows.degree(made))
    lengths = {sym.name: n for n, sym in shapes.names.items()}
    for part, value in zip(kind.items, found, strict=True):
        assert covers(part, value, lengths)


# ---- what is refused, at the user's line ------------------------------------------------------------------


def moved_points(x):
    return np.sum(CubicSpline(x, Y)(T))


def smoothed(y):
    return np.sum(UnivariateSpline(X, y)(T))


def smoothed_representation(y):
    return np.sum(splev(T, splrep(X, y, s=1.0)))


def even_degree(y):
    return np.sum(UnivariateSpline(X, y, k=2, s=0)(T))


def roots(y):
    return np.sum(CubicSpline(X, y).roots())


def cubic_grid(v):
    return RegularGridInterpolator((X, X), np.outer(v, v), method="cubic")((0.5, 0.5))


def surface(v):
    return RectBivariateSpline(X, X, np.outer(v, v)).ev(0.5, 0.5)


SCATTERED = LinearNDInterpolator(MANY, Y)


def scattered(v):
    return SCATTERED(v[0], v[1])


def unknown_axis(y):
    return np.sum(CubicSpline(X, np.stack([y, y]), axis=int(Y[0] < 9))(T))


REFUSED = [
    moved_points,
    smoothed,
    smoothed_representation,
    even_degree,
    roots,
    cubic_grid,
    surface,
    scattered,
    unknown_axis,
]


@pytest.mark.parametrize("f", REFUSED)
def test_refusals(f):
    for attempt in (lambda: grad(f)(X), lambda: jvp(f, (X,), (X,))):
        with pytest.raises(S2sadError) as caught:
            attempt()
        assert caught.value.where is not None and caught.value.where.filename == __file__


def test_the_text_of_a_refusal():
    with pytest.raises(UnknownDerivative, match=r"`scipy\.interpolate\.CubicSpline` in `x` is not known"):
        grad(moved_points)(X)
