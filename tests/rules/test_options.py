"""The rarer options of NumPy's functions, in both modes and at the second order."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad import grad
from s2sad.errors import S2sadError
from s2sad.testing import check_grads
from tests.rules.along import check_along

X = np.array([[0.3, -1.2, 2.1, 0.8], [1.4, 0.6, -0.5, -0.9], [-0.7, 0.9, 1.1, -1.6]])
Y = np.array([[0.5, 1.2, -0.8, 0.1], [-0.4, 0.7, 1.9, 0.2], [1.3, -1.1, 0.6, 1.0]])
V = np.array([0.3, -1.2, 2.1, 0.8])
W = np.array([0.9, 0.4, 1.3, 0.7])


def check(function, args, order=2):
    if order == 2:
        check_along(function, args)
    else:
        check_grads(function, args, order=order, modes=("fwd", "rev"))


EINSUMS = [
    (lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [0, 2]), (X, Y.T)),
    (lambda a, b: np.einsum(a, [5, 30], b, [30, 2], optimize=True), (X, Y.T)),
    (lambda a, b: np.einsum(a, (0, 1), b, (1, 0)), (X, Y.T)),
    (lambda a: np.einsum(a, [0, 0], [0]), (X[:, :3],)),
    (lambda a: np.einsum(a, [1, 0]), (X,)),
    (lambda a: np.einsum(a, [0, 1], []), (X,)),
    (lambda a: np.einsum(a, [Ellipsis, 0], [Ellipsis]), (X,)),
]


@pytest.mark.parametrize("function, args", EINSUMS)
def test_einsum_of_numbered_axes(function, args):
    check(function, args)


def test_numbered_axes_are_shown_as_letters():
    def product(a, b):
        return np.sum(np.einsum(a, [0, 1], b, [1, 2], [0, 2]))

    assert 'np.einsum("ik,jk->ij"' in grad(product).source_for(X, Y.T)


def test_numbered_axes_that_are_not_known():
    def product(a, axes):
        return np.sum(np.einsum(a, axes))

    with pytest.raises(S2sadError, match="axes of this"):
        grad(product)(X, [0, 1])


# ---- interpolation ---------------------------------------------------------------------------------------

KNOTS, HEIGHTS = np.array([-1.0, 0.5, 1.7]), np.array([1.0, 3.0, 2.0])
INTERPOLATIONS = [
    (lambda x, xp, fp: np.interp(x, xp, fp), (V, KNOTS, HEIGHTS)),
    (lambda x, xp, fp, a, b: np.interp(x, xp, fp, left=a, right=b), (V, KNOTS, HEIGHTS, 0.4, -0.7)),
    (lambda x, a: np.interp(x, KNOTS, HEIGHTS, a), (X, 0.4)),
    (lambda x, b: np.interp(x, KNOTS, [1.0, b, 2.0], None, b), (-3.0, 0.4)),
    (lambda x, xp, fp: np.interp(x, xp, fp, period=3.45), (X, KNOTS, HEIGHTS)),
    (lambda x, xp, fp, p: np.interp(x, xp, fp, period=-p), (V, KNOTS, HEIGHTS, 3.45)),
    (lambda x, xp, fp: np.interp(x, xp, fp, None, None, 3.45), (5.1, KNOTS, HEIGHTS)),
    (lambda x, xp, fp: np.abs(np.interp(x, xp, fp * (1 + 2j), 3.0)), (V, KNOTS, HEIGHTS)),
]


@pytest.mark.parametrize("function, args", INTERPOLATIONS)
def test_interpolation(function, args):
    check(function, args)


# ---- padding ---------------------------------------------------------------------------------------------

PADS = [
    (lambda x: np.pad(x, 2, mode="mean"), (X,)),
    (lambda x: np.pad(x, 2, mode="mean", stat_length=2), (X,)),
    (lambda x: np.pad(x, ((2, 0), (1, 3)), "maximum", stat_length=((2, 1), (3, 9))), (X,)),
    (lambda x: np.pad(x, ((0, 0), (1, 0)), mode="minimum", stat_length=None), (X,)),
    (lambda x: np.pad(x, (2, 1), mode="median"), (V,)),
    (lambda x: np.pad(x, 2, mode="linear_ramp"), (X,)),
    (lambda x, e: np.pad(x, (2, 1), mode="linear_ramp", end_values=e), (V, 0.7)),
    (lambda x, e: np.pad(x, ((1, 2), (0, 3)), "linear_ramp", end_values=((3.0, e), (0.0, e * e))), (X, 0.7)),
    (lambda x: np.pad(x, 2, mode="reflect", reflect_type="odd"), (X,)),
    (lambda x: np.pad(x, ((0, 0), (2, 1)), mode="symmetric", reflect_type="odd"), (X,)),
    (lambda x: np.pad(x, 2, mode="symmetric", reflect_type="even"), (X,)),
    (lambda x: np.pad(x, 2, mode="empty")[2:-2], (V,)),
    (lambda x: np.pad(x, {0: 1, -1: (0, 2)}), (X,)),
    (lambda x: np.pad(x, {-1: (0, 2)}, "mean"), (X,)),
    (lambda x, s: np.pad(x, ((1, 0), (2, 1)), constant_values=s), (X, 0.7)),
    (lambda x: np.pad(x, ((1, 0), (2, 1)), "constant", constant_values=((2.0, 1.0), (3.0, 4.0))), (X,)),
    (lambda x: np.pad([x, x * x], 1, mode="mean"), (0.3,)),
]


@pytest.mark.parametrize("function, args", PADS)
def test_pads(function, args):
    check(function, args)


def test_pads_of_a_width_that_is_an_argument():
    check(lambda x: np.pad(x, (0, len(x)), "mean") + np.pad(x, (len(x), 0), "linear_ramp"), (V,))


MODE = "maximum"


def test_a_mode_that_is_a_variable():
    check(lambda x: np.pad(x, 1, mode=MODE), (X,))


def by_changed_values(x):
    ends = [1.0, 2.0]
    ends[0] = 5.0
    return np.sum(np.pad(x, 2, "linear_ramp", end_values=ends))


INTEGERS = np.array([1, 2, 3])


def test_pads_that_are_refused():
    with pytest.raises(S2sadError, match=r"the widths or values of this `np\.pad` are not known"):
        grad(by_changed_values)(V)
    with pytest.raises(S2sadError, match="`constant_values` into an array of another type"):
        grad(lambda s: np.sum(np.pad(INTEGERS, 2, constant_values=s)))(0.7)
    with pytest.raises(S2sadError, match="`end_values` into an array of another type"):
        grad(lambda s: np.sum(np.pad(INTEGERS, 2, "linear_ramp", end_values=s)))(0.7)
    with pytest.raises(S2sadError, match="`constant_values` into an array of another type"):
        grad(lambda s: np.sum(np.pad(V, 2, constant_values=s * 1j)))(0.7)
    with pytest.raises(S2sadError, match="constant_values"):
        grad(lambda x, s: np.sum(np.pad(x, 1, constant_values=(s, 1.0))), 1)(X, 0.7)
    with pytest.raises(ValueError, match="reflect_type"):
        grad(lambda x: np.sum(np.pad(x, 3, "reflect", reflect_type="odd")))(V[:2])


# ---- finite differences ----------------------------------------------------------------------------------

PLACES = np.array([0.0, 1.0, 2.5, 3.2])
GRADIENTS = [
    (lambda f, x: np.gradient(f, x), (V, PLACES)),
    (lambda f, x: np.gradient(f, x, edge_order=2), (V, PLACES)),
    (lambda f: np.gradient(f, [0, 1, 3, 4]), (V,)),
    (lambda f: np.gradient(f, 0.5, PLACES)[1], (X,)),
    (lambda f, h: np.gradient(f, h, [0.0, 1.0, 3.0, 4.5], edge_order=2), (X, 0.4)),
    (lambda f, x: np.gradient(f, x[:3], x, edge_order=2)[0], (X, PLACES)),
    (lambda f, x: np.gradient(f, x, axis=-1), (X, PLACES)),
    (lambda f, x: np.gradient(f, x[1:], x, axis=(0, 1)), (X, PLACES)),
    (lambda f, x: np.gradient(f, x, axis=(-1,)), (np.stack((X, Y)), PLACES)),
]


@pytest.mark.parametrize("function, args", GRADIENTS)
def test_differences_between_coordinates(function, args):
    check(function, args)


# ---- statistics ------------------------------------------------------------------------------------------

REPEATS = [1, 2, 1, 3]
COVARIANCES = [
    (lambda x: np.cov(x, fweights=REPEATS), (X,)),
    (lambda x, a: np.cov(x, aweights=a), (X, W)),
    (lambda x, a: np.cov(x, x[::-1] ** 2, aweights=a), (V, W)),
    (lambda x, y, a: np.cov(x, y, aweights=a, fweights=np.array(REPEATS), ddof=0), (X, Y, W)),
    (lambda x, a: np.cov(x, aweights=a, fweights=REPEATS, ddof=2), (X, W)),
    (lambda x, a: np.cov(x, None, False, True, None, None, a), (X, W[:3])),
    (lambda x, a: np.cov(x, aweights=a), (V, W)),
    (lambda x, y: np.cov([x, y, x * y]) + np.corrcoef([x, y, x * y]), (V, W)),
]
AVERAGES = [
    (lambda x, w: np.average(x, axis=1, weights=w, returned=True), (X, W)),
    (lambda x: np.average(x, axis=1, returned=True)[0], (X,)),
    (lambda x: np.average(x, returned=True)[0], (X,)),
    (lambda x, w: np.average(x, None, w, True), (X, np.abs(Y))),
    (lambda x, w: np.average(x, weights=w, keepdims=True), (X, np.abs(Y))),
    (lambda x, w: np.average(x, 0, w), (X, W[:3])),
    (lambda x, w: np.average(x, (2, 0), w, keepdims=True), (np.stack((X, Y)), np.abs(X[:2].T))),
    (lambda x, y: np.average([x, y, x * y], weights=[1, 2, 3]), (0.3, 0.7)),
]
CONTINUOUS = ["linear", "hazen", "weibull", "median_unbiased", "normal_unbiased", "interpolated_inverted_cdf"]
STEPS = [
    "lower",
    "higher",
    "nearest",
    "midpoint",
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
]


@pytest.mark.parametrize("function, args", [*COVARIANCES, *AVERAGES])
def test_weights_of_observations(function, args):
    check(function, args)


@pytest.mark.parametrize("method", [*CONTINUOUS, *STEPS])
def test_methods_of_quantiles(method):
    check(lambda x, q: np.quantile(x, q, 1, method=method, keepdims=True), (X, 0.37))
    check(lambda x, q: np.percentile(x, 100 * q, method=method), (V, 0.01), order=1)


def test_methods_of_quantiles_at_several_levels():
    check(lambda x, q: np.quantile(x, q, 0, method="weibull"), (X, np.array([0.41, 0.77])))
    check(lambda x, q: np.percentile(x, q, method="lower"), (V, np.array([41.0, 77.0])))


def test_quantiles_with_weights():
    def quantiles(x, q):
        parts = np.quantile(x, q, 1, weights=W, method="inverted_cdf", keepdims=True)
        return parts * np.percentile(x, 30, method="inverted_cdf", weights=np.abs(Y))

    check(quantiles, (X, 0.37))


def test_options_of_medians():
    check(lambda x: np.median(x, 1, None, True, True) * np.nanmedian(x, overwrite_input=True), (X,))


def test_quantiles_that_are_refused():
    with pytest.raises(S2sadError, match="one level"):
        grad(lambda x: np.sum(np.quantile(x, [0.1, 0.3], weights=W, method="inverted_cdf")))(V)
    with pytest.raises(S2sadError, match="method"):
        grad(lambda x: np.sum(np.nanquantile(x, 0.1, method="hazen")))(V)


# ---- methods of ufuncs -----------------------------------------------------------------------------------

FOLDS = [np.subtract, np.divide, np.logaddexp, np.logaddexp2, np.hypot, np.fmax, np.fmin, np.fmod]
METHODS = [
    (lambda x: np.add.reduce(x, 1, np.float64, None, True, 2.0, X > -1), (X,)),
    (lambda x, y: np.maximum.reduce([x, y]), (X, Y)),
    (lambda x, y: np.minimum.reduce((x, y, x * y)), (V, W)),
    (lambda x, y: np.maximum.reduce([x, y], axis=1), (V, W)),
    (lambda x, y: np.add.reduce([x, y]) * np.multiply.reduce([x, y], axis=0, keepdims=True), (X, Y)),
    (lambda x, y: np.logaddexp.reduce([x, y, x * y]), (X, Y)),
    (lambda s, t: np.hypot.reduce([s, t, s * t], keepdims=True), (0.3, 0.7)),
    (lambda x: np.logaddexp.reduce(x, axis=-1, keepdims=True, initial=-3.0), (np.stack((X, Y)),)),
    (lambda x: x - np.maximum.accumulate(x) + np.minimum.accumulate(x, axis=0), (V,)),
    (lambda x: np.maximum.accumulate(x, axis=-1) * x, (X,)),
    (lambda x: np.add.reduceat(x, [0, 2, 1], axis=1) ** 2, (X,)),
    (lambda x: np.maximum.reduceat(x, [0, 2]) ** 2 - np.minimum.reduceat(x, [1, 0]), (V,)),
    (lambda x: np.logical_and.reduce(x > -5) * x + np.logical_or.accumulate(x > 0) * x, (V,)),
    (lambda x: np.floor_divide.reduce(x) * x * np.logaddexp.reduce(np.arange(3.0)), (V,)),
]


@pytest.mark.parametrize("function, args", METHODS)
def test_methods_of_ufuncs(function, args):
    check(function, args)


@pytest.mark.parametrize("ufunc", FOLDS, ids=lambda ufunc: ufunc.__name__)
def test_loops_over_rows(ufunc):
    check(lambda x: ufunc.reduce(x) + ufunc.accumulate(x, axis=1)[-1, 0], (np.abs(X) ** 1.1,))


def test_running_totals_of_nothing():
    assert grad(lambda x: np.sum(np.hypot.accumulate(x)))(np.zeros(0)).shape == (0,)


def test_methods_of_ufuncs_that_are_refused():
    for function in (
        lambda x: np.sum(np.power.reduce(x)),
        lambda x: np.sum(np.multiply.reduceat(x, [0, 2])),
        lambda x: np.sum(np.hypot.reduce(x, axis=(0, 1))),
    ):
        with pytest.raises(S2sadError, match=r"np\.\w+\.reduce"):
            grad(function)(X)


# ---- lists in the place of arrays ------------------------------------------------------------------------

LISTS = [
    (lambda s, t: np.sin([s, t]) * np.hypot([s, 2.0], [t, s]), (0.3, 0.7)),
    (lambda s, t: np.max([s, t]) + np.std((s, t, s * t)) + np.ptp([s, 3.0]), (0.3, 0.7)),
    (lambda s, t: np.dot([s, t], [t, 3.0]) + np.linalg.norm([s, t]) + np.inner([s, 1.0], [t, s]), (0.3, 0.7)),
    (lambda x, y: np.cross(x, [1.0, y, x[0]]), (V[:3], 0.7)),
    (lambda x, y: np.linalg.norm([x, y], axis=0) + np.sort([x, y], axis=0)[1], (V, W)),
    (lambda s, t: np.linalg.det([[s, t], [1.0, s]]) + np.matmul([[s, t], [1.0, s]], [t, 2.0]), (0.3, 0.7)),
    (lambda s, t: np.where([True, False], [s, t], [t, 1.0]) + np.clip([s, t], 0.4, [1.0, s]), (0.3, 0.7)),
    (lambda s, t: np.select([[True, False]], [[s, t]], t) + np.select([[True, False]], [[s, t]]), (0.3, 0.7)),
    (lambda s, t: np.polyval([s, t, 1.0], t) + np.percentile([s, t, 3.0], 30), (0.3, 0.7)),
    (
        lambda s, t: np.einsum("ij,j", [[s, t], [1.0, s]], [t, 2.0]) + np.linspace([s, t], [1.0, 2.0], 3),
        (0.3, 0.7),
    ),
]


@pytest.mark.parametrize("function, args", LISTS)
def test_lists_in_the_place_of_arrays(function, args):
    check(function, args)


def test_lists_that_are_made_in_a_loop():
    def powers(x):
        values = []
        for k in range(4):
            values.append(x**k)
        return np.max(values) + np.sqrt(values) @ W

    check(powers, (1.3,))


# ---- layouts, progressions and reductions ----------------------------------------------------------------

OTHERS = [
    (lambda x: np.reshape(x.T, (2, 6), "A") + x.reshape((2, 6), order="A"), (X,)),
    (lambda x: x.T.ravel("K") + np.ravel(x.T, order="A") + x.T.flatten("K"), (X,)),
    (lambda x: np.ravel(np.transpose(x, (1, 2, 0)), "K") + np.ravel(x[:, ::-1].T, "A"), (np.stack((X, Y)),)),
    (lambda x: x.T.copy("F").ravel("A") + np.reshape(x, -1, copy=True), (X,)),
    (lambda a, b: np.linspace(a, b, 3, axis=-1) + np.geomspace(a, b, 3, axis=1, endpoint=False), (W, W + 1)),
    (lambda a, b: np.linspace(a, b, 3, False, True)[1] * np.linspace(1.0, b, 4, retstep=True)[0], (0.3, 0.7)),
    (lambda a, c: np.logspace(1.0, a, 4, base=c) + np.logspace(1.0, a, 4, axis=1), (W, 2.5)),
    (lambda x, s: np.sum(x, 1, initial=s) * np.prod(x, axis=1, initial=s), (X, 0.7)),
    (lambda x, s: np.max(x, 1, None, True, s, X > 0) + np.min(x, axis=0, initial=s), (X, 0.4)),
    (lambda x: np.sum(x, 0, np.float64, None, True, 2.0) + np.mean(x, 0, np.float64), (X,)),
    (lambda x: np.var(x, 0, np.float64, None, 1) * np.cumsum(x, 0, np.float64), (X,)),
    (lambda x: np.nanvar(x, 1, correction=1) * np.var(x, 1, ddof=1, mean=np.mean(x, 1, keepdims=True)), (X,)),
    (lambda x, m: np.std(x, mean=m, correction=1, keepdims=True), (X, 0.3)),
    (lambda x, y: np.cov(y=y, m=x) * np.corrcoef(rowvar=True, y=y, x=x), (X, Y[:2])),
    (lambda y: np.cov(y=y, m=X) + np.corrcoef(y=y, x=X), (Y[:2],)),
    (
        lambda x, m: np.var(x + 1j * x[::-1] ** 2, axis=0, mean=m + 1j) * np.std(1j * x, 0, mean=m),
        (X, V[None]),
    ),
    (lambda x, s: np.ediff1d(x, to_begin=s) ** 2, (X, 0.7)),
    (lambda x, s: np.ediff1d(x, [1.0, s], [x[0] * s]) ** 2, (V, 0.7)),
    (lambda x: np.sort(x, stable=True) * np.unwrap(4 * x, period=2.0), (X,)),
    (lambda x: np.apply_over_axes(np.sum, x * x, [0, 1]) + np.apply_over_axes(np.sum, x, 1), (X,)),
]


@pytest.mark.parametrize("function, args", OTHERS)
def test_other_options(function, args):
    check(function, args)


def test_types_of_results_that_are_refused():
    with pytest.raises(S2sadError, match=r"`np\.sum` with a `dtype` cannot be differentiated in `initial`"):
        grad(lambda s: np.sum(X, dtype=int, initial=s) * 1.0)(0.7)
    with pytest.raises(S2sadError, match=r"`np\.logspace` with a `dtype` cannot be differentiated in `base`"):
        grad(lambda c: np.sum(np.logspace(0.0, 2.0, 5, base=c, dtype=int)) * 1.0)(2.5)
