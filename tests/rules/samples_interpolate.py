"""Sample arguments for the rules of `scipy.interpolate`: interpolants that are constants, and points."""

from __future__ import annotations

import numpy as np
from scipy import interpolate

from tests.rules.samples_scipy import SAMPLES, normal, s, samples

__all__ = ["SAMPLES"]

KNOTS = np.array([0.0, 0.4, 1.0, 1.5, 2.1, 3.0, 3.3])
POINTS = [np.array([0.3, 1.2, 2.9]), np.array([[0.3, 1.2], [2.2, 0.65]]), 1.7]
OUTSIDE = np.array([-0.5, 1.2, 4.0])

# ---- one variable ---------------------------------------------------------------------------------------

LINES = normal(7)
SPLINES = [
    interpolate.CubicSpline(KNOTS, LINES),
    interpolate.CubicSpline(KNOTS, normal(2, 7, 3), axis=1),
    interpolate.PchipInterpolator(KNOTS, LINES),
    interpolate.Akima1DInterpolator(KNOTS, normal(7, 2)),
    interpolate.BPoly(normal(4, 6), KNOTS),
    interpolate.PPoly(normal(3, 6), KNOTS),
]
for spline in SPLINES:
    SAMPLES.setdefault(type(spline).__call__, []).extend(s(spline, x) for x in POINTS)
SAMPLES[interpolate.PPoly.__call__] += [
    s(SPLINES[0], POINTS[0], 1),
    s(SPLINES[1], POINTS[0], nu=2),
    s(SPLINES[0], OUTSIDE, 0, "periodic"),
]
B_SPLINES = [interpolate.make_interp_spline(KNOTS, LINES, k=k) for k in (2, 3, 5)]
B_SPLINES += [interpolate.make_interp_spline(KNOTS, normal(3, 7), axis=1)]
EVALUATED = [s(spline, x) for spline in B_SPLINES for x in POINTS]
samples(interpolate.BSpline.__call__, of=[*EVALUATED, s(B_SPLINES[1], POINTS[0], nu=1, extrapolate=True)])
samples(interpolate.PPoly.integrate, of=[s(spline, 0.3, 2.2) for spline in (*SPLINES[:2], SPLINES[5])])
samples(interpolate.BPoly.integrate, of=[s(SPLINES[4], 0.3, 2.2)])
samples(interpolate.BSpline.integrate, of=[s(B_SPLINES[1], 0.3, 2.2), s(B_SPLINES[1], 0.3, 2.2, True)])
FITTED = [interpolate.UnivariateSpline(KNOTS, LINES, s=s_, ext=ext) for s_ in (0, 2.0) for ext in (0, 1, 3)]
samples(
    interpolate.UnivariateSpline.__call__,
    of=[
        *[s(f, x) for f in FITTED for x in (OUTSIDE, 1.7)],
        s(FITTED[0], POINTS[0], 1),
        s(FITTED[0], OUTSIDE, 0, 3),
    ],
)
samples(interpolate.UnivariateSpline.integral, of=[s(FITTED[0], 0.3, 2.2)])
TCK = interpolate.splrep(KNOTS, LINES)
samples(
    interpolate.splev,
    of=[s(x, TCK) for x in (*POINTS, OUTSIDE)] + [s(OUTSIDE, TCK, 1), s(OUTSIDE, TCK, ext=3)],
)
KINDS = ["linear", "slinear", "quadratic", "cubic", "nearest", "previous", "zero"]
TABLES = [interpolate.interp1d(KNOTS, LINES, kind=kind) for kind in KINDS]
TABLES += [interpolate.interp1d(KNOTS, normal(2, 7)), interpolate.interp1d(KNOTS, normal(7, 2), axis=0)]
FILLED = [
    interpolate.interp1d(KNOTS, LINES, bounds_error=False, fill_value=(1.0, 2.0)),
    interpolate.interp1d(KNOTS, normal(2, 7), "cubic", bounds_error=False, fill_value=0.0),
    interpolate.interp1d(KNOTS, LINES, fill_value="extrapolate"),
]
THROUGH = [interpolate.KroghInterpolator(KNOTS, LINES), interpolate.KroghInterpolator(KNOTS, normal(7, 2))]
samples(
    interpolate.interp1d.__call__,
    of=[s(f, x) for f in (*TABLES, *THROUGH) for x in POINTS] + [s(f, OUTSIDE) for f in FILLED],
)
THROUGH += [interpolate.BarycentricInterpolator(KNOTS, LINES)]
samples(interpolate.BarycentricInterpolator.__call__, of=[s(THROUGH[2], POINTS[0]), s(THROUGH[2], POINTS[1])])
samples(interpolate.KroghInterpolator.derivative, of=[s(f, POINTS[0]) for f in THROUGH[:2]])
samples(interpolate.BarycentricInterpolator.derivative, of=[s(THROUGH[2], POINTS[0], 2)])

# ---- grids ----------------------------------------------------------------------------------------------

AXES = np.array([0.0, 1.0, 2.5, 4.0]), np.array([0.0, 0.5, 2.0])
PLACES, FAR = np.array([[0.3, 0.4], [1.2, 1.7], [3.0, 0.2]]), np.array([[0.3, 0.4], [-1.2, 1.7], [3.0, 5.2]])
GRIDS = [
    s(interpolate.RegularGridInterpolator(AXES, normal(4, 3)), PLACES),
    s(interpolate.RegularGridInterpolator(AXES, normal(4, 3)), PLACES[0]),
    s(interpolate.RegularGridInterpolator(AXES, normal(4, 3)), PLACES[:, None]),
    s(interpolate.RegularGridInterpolator(AXES, normal(4, 3, 2)), PLACES),
    s(interpolate.RegularGridInterpolator(AXES, normal(4, 3), "nearest"), PLACES),
    s(interpolate.RegularGridInterpolator(AXES, normal(4, 3), bounds_error=False, fill_value=0.5), FAR),
    s(interpolate.RegularGridInterpolator(AXES, normal(4, 3), bounds_error=False, fill_value=None), FAR),
    s(interpolate.RegularGridInterpolator((np.arange(5.0),) * 2, normal(5, 5), "cubic"), PLACES),
    s(interpolate.RegularGridInterpolator((np.arange(3.0),) * 3, normal(3, 3, 3)), normal(4, 3) % 2.0),
]
samples(interpolate.RegularGridInterpolator.__call__, of=GRIDS)
SURFACE = interpolate.RectBivariateSpline(np.arange(6.0), np.arange(5.0), normal(6, 5))
samples(
    interpolate.RectBivariateSpline.ev,
    of=[s(SURFACE, POINTS[0], POINTS[0][::-1]), s(SURFACE, 0.3, 1.2), s(SURFACE, POINTS[0], 1.2)],
)
samples(
    interpolate.RectBivariateSpline.__call__,
    of=[
        s(SURFACE, POINTS[0], POINTS[0][:2]),
        s(SURFACE, 0.3, 1.2),
        s(SURFACE, POINTS[0], POINTS[0], grid=False),
    ],
)
