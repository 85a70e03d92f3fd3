"""Numeric functions from installed packages, differentiated as they are.

Nobody wrote these functions with a differentiation tool in mind. Each entry calls one of them, unmodified,
and makes a scalar of its result with fixed weights; the gradient is compared with numerical differentiation.
Where the package also publishes a derivative, that is compared too.
"""

from __future__ import annotations

import colorsys
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial, polyutils

from s2sad import check_grads, grad
from s2sad.errors import S2sadError


def optional(name: str) -> Any:
    """Return a module, or None where its package (or its tests) are not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


tst = optional("scipy.optimize._tstutils")
linesearch = optional("scipy.optimize._linesearch")
lsq = optional("scipy.optimize._lsq.common")
least_squares = optional("scipy.optimize.tests.test_least_squares")
minpack = optional("scipy.optimize.tests.test_minpack")
nonlin = optional("scipy.optimize.tests.test_nonlin")
spectral = optional("scipy.optimize.tests.test__spectral")
basinhopping = optional("scipy.optimize.tests.test__basinhopping")
scipy_optimize = optional("scipy.optimize.tests.test_optimize")
ivp = optional("scipy.integrate._ivp.tests.test_ivp")
bvp = optional("scipy.integrate.tests.test_bvp")
distance = optional("scipy.spatial.distance")
waveforms = optional("scipy.signal._waveforms")
distns = optional("scipy.stats._continuous_distns")
fastica = optional("sklearn.decomposition._fastica")
extmath = optional("sklearn.utils.extmath")
huber = optional("sklearn.linear_model._huber")
network = optional("sklearn.neural_network._base")


@dataclass(frozen=True)
class Real:
    """A call of a published function: where it is from, the call, the arguments to differentiate it at."""

    module: str
    call: Callable[..., Any]
    args: tuple[Any, ...]
    strict: bool = True

    def __str__(self) -> str:
        return self.call.__name__


REAL: list[Real] = []


def real(module: str, *args: Any, strict: bool = True) -> Callable[[Callable], Callable]:
    """Register a call. One that is not `strict` may be refused with an error of ours, but never be wrong."""

    def register(call: Callable) -> Callable:
        REAL.append(Real(module, call, args, strict))
        return call

    return register


RNG = np.random.default_rng(7)
WEIGHTS = RNG.uniform(0.5, 1.5, 24)
X6 = RNG.uniform(0.3, 0.9, 6)
POINT = (0.31, 0.62, 0.47)


# The standard library: branches on floats, remainders, maxima -----------------------------------------------


@real("colorsys", *POINT)
def rgb_to_yiq(r, g, b):
    y, i, q = colorsys.rgb_to_yiq(r, g, b)
    return y * y + 2 * i * q


@real("colorsys", 0.5, 0.3, 0.4)
def yiq_to_rgb(y, i, q):
    r, g, b = colorsys.yiq_to_rgb(y, i, q)
    return r * r + 2 * g + 3 * b


@real("colorsys", *POINT)
def rgb_to_hls(r, g, b):
    h, light, s = colorsys.rgb_to_hls(r, g, b)
    return h + 2 * light * s


@real("colorsys", *POINT)
def hls_to_rgb(h, light, s):
    r, g, b = colorsys.hls_to_rgb(h, light, s)
    return r + 2 * g * b


@real("colorsys", *POINT)
def rgb_to_hsv(r, g, b):
    h, s, v = colorsys.rgb_to_hsv(r, g, b)
    return h + 2 * s * v


@real("colorsys", *POINT)
def hsv_to_rgb(h, s, v):
    r, g, b = colorsys.hsv_to_rgb(h, s, v)
    return r + 2 * g * b


@real("statistics", 0.8)
def normal_pdf(x):
    return NormalDist(0.3, 1.2).pdf(x)


@real("statistics", 0.8)
def normal_zscore(x):
    return NormalDist(0.3, 1.2).zscore(x) ** 2


# numpy.polynomial: Clenshaw's recursion, in the point and in the coefficients -------------------------------

COEFFICIENTS = RNG.normal(size=6)
NODES = np.linspace(-0.8, 0.9, 5)


@real("numpy", NODES, COEFFICIENTS)
def polyval(x, c):
    return np.sum(WEIGHTS[:5] * polynomial.polyval(x, c))


@real("numpy", NODES, COEFFICIENTS)
def chebval(x, c):
    return np.sum(WEIGHTS[:5] * chebyshev.chebval(x, c))


@real("numpy", NODES, COEFFICIENTS)
def legval(x, c):
    return np.sum(WEIGHTS[:5] * legendre.legval(x, c))


@real("numpy", NODES, COEFFICIENTS)
def lagval(x, c):
    return np.sum(WEIGHTS[:5] * laguerre.lagval(x, c))


@real("numpy", NODES, COEFFICIENTS)
def hermval(x, c):
    return np.sum(WEIGHTS[:5] * hermite.hermval(x, c))


@real("numpy", NODES, COEFFICIENTS)
def hermeval(x, c):
    return np.sum(WEIGHTS[:5] * hermite_e.hermeval(x, c))


@real("numpy", 0.4, COEFFICIENTS)
def chebval_scalar(x, c):
    return chebyshev.chebval(x, c)


@real("numpy", NODES, COEFFICIENTS, strict=False)
def polyvalfromroots(x, r):
    return np.sum(WEIGHTS[:5] * polynomial.polyvalfromroots(x, r))


@real("numpy", COEFFICIENTS, strict=False)
def polyder(c):
    return np.sum(WEIGHTS[:4] * polynomial.polyder(c, 2))


@real("numpy", COEFFICIENTS, strict=False)
def polyint(c):
    return np.sum(WEIGHTS[:8] * polynomial.polyint(c, 2, k=[1, 2]))


@real("numpy", (-0.5, 1.5), (0.2, 2.0))
def mapparms(old, new):
    offset, scale = polyutils.mapparms(old, new)
    return offset * scale


# scipy.optimize: line search and trust region ---------------------------------------------------------------


@real("scipy.optimize._linesearch", 0.1, 1.0, -1.3, 0.9, 0.8)
def quadmin(a, fa, fpa, b, fb):
    return linesearch._quadmin(a, fa, fpa, b, fb)


@real("scipy.optimize._linesearch", 0.1, 1.0, -1.3, 0.9, 0.8, 0.5, 0.6, strict=False)
def cubicmin(a, fa, fpa, b, fb, c, fc):
    return linesearch._cubicmin(a, fa, fpa, b, fb, c, fc)


@real("scipy.optimize._lsq.common", RNG.normal(size=(5, 3)), RNG.normal(size=3), RNG.normal(size=3))
def evaluate_quadratic(J, g, s):
    return lsq.evaluate_quadratic(J, g, s, diag=WEIGHTS[:3])


@real("scipy.optimize._lsq.common", RNG.normal(size=(5, 3)), RNG.normal(size=3), RNG.normal(size=3))
def build_quadratic_1d(J, g, s):
    a, b, c = lsq.build_quadratic_1d(J, g, s, diag=WEIGHTS[:3], s0=WEIGHTS[3:6])
    return a * b + c


@real("scipy.optimize._lsq.common", 1.5, -0.8, -1.0, 2.0)
def minimize_quadratic_1d(a, b, lb, ub):
    t, y = lsq.minimize_quadratic_1d(a, b, lb, ub)
    return t * y


@real("scipy.optimize._lsq.common", np.array([0.1, 0.3]), np.array([1.0, -0.4]), 1.2)
def intersect_trust_region(x, s, delta):
    t1, t2 = lsq.intersect_trust_region(x, s, delta)
    return t1 * t2 + 3 * t2


# Test problems of scipy.optimize and scipy.integrate --------------------------------------------------------


@real("scipy.optimize.tests.test_least_squares", RNG.uniform(-1, 1, 9))
def fun_bvp(x):
    return np.sum(WEIGHTS[:9] * least_squares.fun_bvp(x))


@real("scipy.optimize.tests.test_least_squares", np.array([-0.4, 1.1]))
def fun_rosenbrock(x):
    return np.sum(least_squares.fun_rosenbrock(x) ** 2)


@real("scipy.optimize.tests.test_least_squares", X6)
def cubic_soft_l1(z):
    return np.sum(WEIGHTS[:18].reshape(3, 6) * least_squares.cubic_soft_l1(z))


@real("scipy.optimize.tests.test_minpack", X6[:4])
def pressure_network(flow_rates):
    return np.sum(WEIGHTS[:4] * minpack.pressure_network(flow_rates, 4.0, WEIGHTS[4:8]))


@real("scipy.optimize.tests.test_nonlin", X6[:5], strict=False)
def nonlin_F(x):
    return np.sum(WEIGHTS[:5] * nonlin.F(x))


@real("scipy.optimize.tests.test_nonlin", np.array([0.3, 0.6]))
def nonlin_F4_powell(x):
    first, second = nonlin.F4_powell(x)
    return 1e-4 * first + second


@real("scipy.optimize.tests.test_nonlin", np.array([-0.5, 1.4]), strict=False)
def nonlin_F6(x):
    return np.sum(WEIGHTS[:2] * nonlin.F6(x))


@real("scipy.optimize.tests.test__spectral", X6)
def spectral_F_1(x):
    return np.sum(WEIGHTS[:6] * spectral.F_1(x, 6))


@real("scipy.optimize.tests.test__spectral", X6)
def spectral_F_2(x):
    return np.sum(WEIGHTS[:6] * spectral.F_2(x, 6))


@real("scipy.optimize.tests.test__spectral", X6)
def spectral_F_4(x):
    return np.sum(WEIGHTS[:6] * spectral.F_4(x, 6))


@real("scipy.optimize.tests.test__spectral", X6)
def spectral_F_6(x):
    return np.sum(WEIGHTS[:6] * spectral.F_6(x, 6))


@real("scipy.optimize.tests.test__spectral", np.array([0.3, 0.01, -3.0, 0.2, 0.02, 0.5]), strict=False)
def spectral_F_7(x):
    return np.sum(WEIGHTS[:6] * spectral.F_7(x, 6))


@real("scipy.optimize.tests.test__spectral", X6)
def spectral_F_9(x):
    return np.sum(WEIGHTS[:6] * spectral.F_9(x, 6))


@real("scipy.optimize.tests.test__spectral", X6)
def spectral_F_10(x):
    return np.sum(WEIGHTS[:6] * spectral.F_10(x, 6))


@real("scipy.integrate._ivp.tests.test_ivp", 2.0, X6)
def fun_medazko(t, y):
    return np.sum(WEIGHTS[:6] * ivp.fun_medazko(t, y))


@real("scipy.integrate._ivp.tests.test_ivp", 5.0, np.array([0.4, 0.2]))
def fun_rational(t, y):
    return np.sum(WEIGHTS[:2] * ivp.fun_rational(t, y))


@real("scipy.integrate.tests.test_bvp", X6, RNG.uniform(0.2, 0.9, (2, 6)))
def shock_fun(x, y):
    return np.sum(WEIGHTS[:12].reshape(2, 6) * bvp.shock_fun(x, y))


@real("scipy.integrate.tests.test_bvp", X6, RNG.uniform(0.2, 0.9, (2, 6)))
def emden_fun(x, y):
    return np.sum(WEIGHTS[:12].reshape(2, 6) * bvp.emden_fun(x, y))


# Other parts of SciPy ---------------------------------------------------------------------------------------


@real("scipy.spatial.distance", X6, WEIGHTS[:6])
def sqeuclidean(u, v):
    return distance.sqeuclidean(u, v, w=WEIGHTS[6:12])


@real("scipy.spatial.distance", X6, WEIGHTS[:6])
def braycurtis(u, v):
    return distance.braycurtis(u, v)


@real("scipy.spatial.distance", X6, WEIGHTS[:6], strict=False)
def canberra(u, v):
    return distance.canberra(u, v)


@real("scipy.spatial.distance", X6[:3], WEIGHTS[:3], strict=False)
def mahalanobis(u, v):
    return distance.mahalanobis(u, v, np.diag(WEIGHTS[3:6]))


@real("scipy.signal._waveforms", X6)
def gausspulse(t):
    return np.sum(WEIGHTS[:6] * waveforms.gausspulse(t, fc=2.0))


@real("scipy.signal._waveforms", X6, 1.5, 2.0, 3.5)
def chirp_phase(t, f0, t1, f1):
    return np.sum(WEIGHTS[:6] * waveforms._chirp_phase(t, f0, t1, f1, method="logarithmic"))


@real("scipy.signal._waveforms", X6, 1.5, 2.0, 3.5)
def chirp_phase_hyperbolic(t, f0, t1, f1):
    return np.sum(WEIGHTS[:6] * waveforms._chirp_phase(t, f0, t1, f1, method="hyperbolic"))


@real("scipy.stats._continuous_distns", X6)
def norm_pdf(x):
    return np.sum(WEIGHTS[:6] * distns._norm_pdf(x))


@real("scipy.stats._continuous_distns", X6)
def norm_logpdf(x):
    return np.sum(WEIGHTS[:6] * distns._norm_logpdf(x))


# scikit-learn -----------------------------------------------------------------------------------------------


@real("sklearn.decomposition._fastica", RNG.normal(size=(3, 4)))
def fastica_exp(x):
    gx, g_x = fastica._exp(x, None)
    return np.sum(WEIGHTS[:12].reshape(3, 4) * gx) + np.sum(WEIGHTS[:3] * g_x)


@real("sklearn.decomposition._fastica", RNG.normal(size=(3, 4)))
def fastica_cube(x):
    gx, g_x = fastica._cube(x, None)
    return np.sum(WEIGHTS[:12].reshape(3, 4) * gx) + np.sum(WEIGHTS[:3] * g_x)


@real("sklearn.decomposition._fastica", RNG.normal(size=(3, 4)), strict=False)
def fastica_logcosh(x):
    gx, g_x = fastica._logcosh(x, {"alpha": 1.5})
    return np.sum(WEIGHTS[:12].reshape(3, 4) * gx) + np.sum(WEIGHTS[:3] * g_x)


@real("sklearn.utils.extmath", RNG.normal(size=(3, 4)))
def squared_norm(x):
    return extmath.squared_norm(x)


@real("sklearn.neural_network._base", RNG.normal(size=(3, 4)), strict=False)
def squared_loss(y_pred):
    return network.squared_loss(WEIGHTS[:12].reshape(3, 4), y_pred)


@real("sklearn.neural_network._base", RNG.normal(size=(3, 4)), strict=False)
def softmax_in_place(x):
    y = x.copy()
    network.inplace_softmax(y)
    return np.sum(WEIGHTS[:12].reshape(3, 4) * y)


@real("sklearn.linear_model._huber", np.array([0.4, -0.3, 0.2, 1.1]), strict=False)
def huber_loss(w):
    loss, _ = huber._huber_loss_and_gradient(w, HUBER_X, HUBER_Y, 1.35, 1e-2, WEIGHTS[:8])
    return loss


HUBER_X = RNG.normal(size=(8, 2))
HUBER_Y = 2 * RNG.normal(size=8)


@pytest.mark.parametrize("entry", REAL, ids=str)
def test_gradient(entry):
    pytest.importorskip(entry.module)
    try:
        check_grads(entry.call, entry.args)
    except S2sadError:
        if entry.strict:
            raise


def test_the_list_is_long_enough():
    assert len([entry for entry in REAL if entry.strict]) >= 40


# With published derivatives ---------------------------------------------------------------------------------

ROSEN_POINTS = [
    np.array([1.3, 0.7, 0.8, 1.9, 1.2]),
    np.array([-1.0, 2.0]),
    np.ones(4),
    np.linspace(-1.5, 1.5, 9),
]


@pytest.mark.parametrize("x", ROSEN_POINTS, ids=len)
def test_rosen(x):
    optimize = pytest.importorskip("scipy.optimize")
    before = x.copy()
    gradient = grad(optimize.rosen)
    np.testing.assert_allclose(gradient(x), optimize.rosen_der(x), rtol=1e-12, atol=1e-12)
    assert np.array_equal(x, before)


@pytest.mark.parametrize("x", ROSEN_POINTS, ids=len)
def test_rosen_hessian_is_the_gradient_of_the_gradient(x):
    optimize = pytest.importorskip("scipy.optimize")
    gradient = grad(optimize.rosen)

    def slope(x, direction):
        return np.sum(gradient(x) * direction)

    row = grad(slope)
    hessian = np.array([row(x, direction) for direction in np.eye(len(x))])
    np.testing.assert_allclose(hessian, optimize.rosen_hess(x), rtol=1e-12, atol=1e-12)
    p = np.linspace(1.0, 2.0, len(x))
    np.testing.assert_allclose(row(x, p), optimize.rosen_hess_prod(x, p), rtol=1e-12, atol=1e-10)


def test_rosen_of_order_three():
    optimize = pytest.importorskip("scipy.optimize")
    check_grads(optimize.rosen, (np.array([1.3, 0.7, 0.8]),), order=3, rtol=1e-5, atol=1e-4)


APS = [
    ("aps01", (2.2,)),
    ("aps03", (0.7, -4, -1)),
    ("aps04", (1.3, 6, 0.2)),
    ("aps05", (0.8,)),
    ("aps06", (0.4, 3)),
    ("aps07", (0.4, 5)),
    ("aps08", (0.3, 5)),
    ("aps11", (0.7, 5)),
    ("aps12", (2.5, 3)),
    ("aps13", (0.01,)),
    ("aps14", (0.9, 7)),
    ("aps14", (-0.9, 7)),
    ("aps15", (0.0004, 2)),
]


@pytest.mark.parametrize(("name", "args"), APS)
def test_root_finding_problems(name, args):
    """The problems of Alefeld, Potra and Shi (1995), published with first and second derivatives."""
    pytest.importorskip("scipy.optimize._tstutils")
    f = getattr(tst, name + "_f")
    first, second = getattr(tst, name + "_fp"), getattr(tst, name + "_fpp")
    np.testing.assert_allclose(grad(f)(*args), first(*args), rtol=1e-10)
    np.testing.assert_allclose(grad(grad(f))(*args), second(*args), rtol=1e-9)


# Three of the published second derivatives are not those of the functions, nor of the published first ones:
# a sign in aps02, a factor n in aps09, a term in aps10.
WRONGLY_PUBLISHED = {
    "aps02": ((2.2,), lambda x: -tst.aps02_fpp(x)),
    "aps09": ((0.3, 4), lambda x, n: n * tst.aps09_fpp(x, n)),
    "aps10": (
        (0.6, 5),
        lambda x, n: np.exp(-n * x) * (n * n * (x - 1) - 2 * n) + n * (n - 1) * x ** (n - 2),
    ),
}


@pytest.mark.parametrize("name", WRONGLY_PUBLISHED)
def test_root_finding_problems_with_wrong_second_derivatives(name):
    pytest.importorskip("scipy.optimize._tstutils")
    args, second = WRONGLY_PUBLISHED[name]
    f, first = getattr(tst, name + "_f"), getattr(tst, name + "_fp")
    np.testing.assert_allclose(grad(f)(*args), first(*args), rtol=1e-10)
    np.testing.assert_allclose(grad(grad(f))(*args), second(*args), rtol=1e-9)
    np.testing.assert_allclose(grad(first)(*args), second(*args), rtol=1e-9)


def test_himmelblau():
    pytest.importorskip("scipy.optimize.tests.test_optimize")
    f = scipy_optimize.himmelblau
    p = np.array([-0.27, -0.9])
    np.testing.assert_allclose(grad(f)(p), scipy_optimize.himmelblau_grad(p), rtol=1e-12)

    def slope(p, direction):
        return np.sum(grad(f)(p) * direction)

    hessian = np.array([grad(slope)(p, direction) for direction in np.eye(2)])
    np.testing.assert_allclose(hessian, scipy_optimize.himmelblau_hess(p), rtol=1e-12)


def test_basinhopping_problem():
    pytest.importorskip("scipy.optimize.tests.test__basinhopping")
    x = np.array([0.4, -0.7])
    _, published = basinhopping.func2d(x)
    np.testing.assert_allclose(grad(basinhopping.func2d_nograd)(x), published, rtol=1e-12)


def test_huber_regression():
    """A loss that is published together with its gradient in coefficients, intercept and scale."""
    pytest.importorskip("sklearn.linear_model._huber")
    w = np.array([0.4, -0.3, 0.2, 1.1])
    _, published = huber._huber_loss_and_gradient(w, HUBER_X, HUBER_Y, 1.35, 1e-2, WEIGHTS[:8])
    try:
        gradient = grad(huber_loss)(w)
    except S2sadError:
        return  # refused, which is allowed here; a wrong number is not
    np.testing.assert_allclose(gradient, published, rtol=1e-9)
