"""Arrays whose axes have names: xarray's, followed by name into programs on the NumPy arrays in them."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from s2sad import grad, hvp, jacobian, jvp, value_and_grad, vjp
from s2sad.errors import AmbiguousAlias, ArgumentTypeError, UnsupportedSyntax

xarray = pytest.importorskip("xarray")

NUMBERS = np.random.default_rng(7)
LETTERS = ["x", "y", "z"]
LABELS = {"time": [0.0, 1.0, 3.0], "place": LETTERS}
# as long in time as in place, so that a mistaken axis has the right shape
X = xarray.DataArray(NUMBERS.uniform(0.3, 1.5, (3, 3)), dims=("time", "place"), coords=LABELS)
Y = xarray.DataArray(NUMBERS.uniform(0.3, 1.5, (3, 3)), dims=("place", "time"), coords=LABELS)
W = xarray.DataArray(NUMBERS.uniform(0.3, 1.5, 3), dims="place")
BLOCK = xarray.DataArray(NUMBERS.uniform(0.3, 1.5, (2, 3)), dims=("level", "time"))
SIGNS = xarray.DataArray([1.0, -2.0, 0.5], dims="place", coords={"place": LETTERS})


def numerical_gradient(function, args, i):
    """Return central differences in one argument."""
    found = xarray.zeros_like(args[i])
    for place in np.ndindex(found.shape):
        values = []
        for h in (1e-6, -1e-6):
            moved = args[i].copy()
            moved.values[place] += h
            values.append(float(function(*args[:i], moved, *args[i + 1 :])))
        found.values[place] = (values[0] - values[1]) / 2e-6
    return found


def right(function, *args):
    """Assert that gradients in all arguments are right, and arrays with their axes and labels."""
    given = [arg.copy() for arg in args]
    value, gradients = value_and_grad(function, tuple(range(len(args))))(*args)
    assert value == pytest.approx(float(function(*[arg.copy() for arg in given])))
    for i, (found, arg, before) in enumerate(zip(gradients, args, given, strict=True)):
        xarray.testing.assert_identical(arg, before)
        xarray.testing.assert_allclose(found, numerical_gradient(function, given, i), rtol=1e-6, atol=1e-7)
        assert found.dims == arg.dims and set(found.coords) == set(arg.coords)


def anomaly(x, y, w):
    mean = x.mean("time")
    return (w * (x - mean) ** 2 * y).sum()


def by_position(x, y, w):
    return np.sum(np.mean(x * y, axis=0) * w) + np.sum(x, 1).max() * np.std(y)


def labels(x, y, w):
    return (np.exp(-0.3 * x.time) * np.sin(x) * y["time"]).sum(["time", "place"]) + w.prod()


def chosen(x, y, w):
    z = xarray.where(x > 1.0, x**2, y * w)
    return (z.where(z > 0.5, -z) * y).sum() + x.where(y > 0.8).mean() + np.sum(np.where(x > 1.0, x, 0.0))


def parts(x, y, w):
    steps = x.isel(time=slice(1, None)) * x.diff("time") + x[1:] ** 2
    first = x.isel({"time": 0}) * y.isel(time=-1) + x[-1] * y[..., 0]
    return (steps * w).sum() + (first**2).sum()


def products_of_arrays(x, y, w):
    return (x @ w).std("time") + xarray.dot(x, y, dim="place").max() + x.dot(y) * w.dot(w)


def running(x, y, w):
    return (x.cumsum("time") * y.roll(place=1)).sum() + (y.clip(0.5, 1.0) * x.fillna(0.0)).var(ddof=1)


def turns(x, y, w):
    u = x
    for _ in range(3):
        u = u - 0.1 * u.roll(time=1) * y.mean("place")
    if u.sum() > 0.0:
        u = u * w
    else:
        u = u - w
    return (u * y).sum()


def scaled(u, factor):
    return (u * factor).mean("time")


def helpers(x, y, w):
    shifted = (lambda u: u - u.min())(x)
    return (scaled(shifted, 2.0) * scaled(y, 3.0) * w).sum() + x.pipe(np.log1p).sum()


def plain_inside(x, y, w):
    a = x.values
    return (
        np.sum(a @ y.values) * math.sqrt(w.sum()) * max(y.sum(), 0.1)
        + a[0, 1] ** 2
        + x.size
        + len(x)
        + x.shape[1] * x.sum().item()
    )


def surroundings(x, y, w):
    return (x * SIGNS).sum() ** 2 + (y * SIGNS * 2.0).sum() + w.sum()


def ordered(x, y, w):
    return (x.T * y.transpose("place", "time") - x.transpose("place", "time")).prod("place").sum() + abs(
        -w
    ).sum()


def arrays_by_shape(x, y, w):
    return (
        (x * np.array([1.0, 2.0, 3.0]) + y.values).mean() + np.maximum(x, y).sum() + np.arctan2(w, 2.0).sum()
    )


def with_missing(x, y, w):
    return (x.where(x > 0.6) * y).mean("time").sum() + x.where(y > 0.6).max() + w.sum(skipna=False)


def more_axes(x, y, w):
    return (x * BLOCK * w).sum("level").mean() + (BLOCK.max("time") * BLOCK.level * y).sum()


PROGRAMS = [
    anomaly,
    by_position,
    labels,
    chosen,
    parts,
    products_of_arrays,
    running,
    turns,
    helpers,
    plain_inside,
    surroundings,
    ordered,
    arrays_by_shape,
    with_missing,
    more_axes,
]


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_gradients(function):
    right(function, X, Y, W)


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_forward_mode(function):
    tangents = 0.5 * X, -Y, W * 0.0 + 1.0
    value, tangent = jvp(function, (X, Y, W), tangents)
    gradients = [numerical_gradient(function, (X, Y, W), i) for i in range(3)]
    expected = sum(float((g * t).sum()) for g, t in zip(gradients, tangents, strict=True))
    assert float(value) == pytest.approx(float(function(X, Y, W)))
    assert float(tangent) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("function", [anomaly, labels, turns, ordered], ids=lambda f: f.__name__)
def test_second_order(function):
    def slope(x):
        return grad(lambda u: function(u, Y, W))(x)

    h = 1e-5
    expected = (slope(X + h * Y) - slope(X - h * Y)) / (2 * h)
    found = hvp(lambda u: function(u, Y, W), (X,), ((X * 0.0 + Y),))
    xarray.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    norm = grad(lambda u: (slope(u) ** 2).sum())(X)
    xarray.testing.assert_allclose(
        norm, numerical_gradient(lambda u: (slope(u) ** 2).sum(), (X,), 0), rtol=1e-4, atol=1e-4
    )


def weighted(x, w):
    return np.sum((np.sin(x) * w * x.time).values)


def test_the_text():
    """The emitted program works on NumPy's arrays, with axes moved to where they belong."""
    gradient = grad(weighted)
    gradient(X, W)
    assert (
        gradient.source
        == """\
def weighted_grad(x, w):
    x_values = x.values
    w_values = w.values
    t = x["time"].values[:, None]
    t1 = np.sin(x_values) * w_values * t
    # return np.sum((np.sin(x) * w * x.time).values)
    x_values_bar = np.broadcast_to(1.0, t1.shape) * t * w_values * np.cos(x_values)
    x_bar = like_array(x, values=x_values_bar)
    return x_bar
"""
    )


def test_functions_of_arrays():
    found = vjp(lambda x: x * Y, X)
    assert found[0].dims == X.dims
    xarray.testing.assert_allclose(found[1](X)[0], X * Y)
    value, tangent = jvp(lambda x: x**2, (X,), (X,))
    xarray.testing.assert_allclose(tangent, 2 * X**2)
    assert value.dims == X.dims


def test_missing_values_have_no_slope():
    x = X.copy()
    x.values[0, 1] = np.nan
    found = grad(lambda x: (x**2).sum())(x)
    assert found.values[0, 1] == 0.0 and found.values[0, 0] == 2 * x.values[0, 0]
    assert np.isnan(grad(lambda x: (x**2).sum(skipna=False))(x).values[0, 1])


def test_types_and_sizes():
    def square(x):
        return (x**2).sum()

    assert grad(square)(X.astype(np.float32)).dtype == np.float32
    assert grad(square)(X[:0]).shape == (0, 3)
    assert grad(square)(xarray.DataArray(3.0)).item() == 6.0
    counts = xarray.DataArray([1, 2, 3], dims="place")
    right(lambda x: (x * counts).sum(), X)
    assert grad(lambda x, n: (x * n).sum())(X, counts).dims == X.dims
    with pytest.raises(ArgumentTypeError, match="argument `n` of `<lambda>` holds no floats"):
        grad(lambda n: (n * 2.0).sum())(counts)


def test_labels_are_compared_at_each_call():
    gradient = grad(lambda x, y: (x * y).sum())
    xarray.testing.assert_allclose(gradient(X, 2.0 * X), 2.0 * X)
    other = X.assign_coords(time=[0.0, 1.0, 4.0])
    with pytest.raises(UnsupportedSyntax, match="labels along `time` differ"):
        gradient(X, other)
    xarray.testing.assert_allclose(gradient(X, 3.0 * X), 3.0 * X)
    xarray.testing.assert_allclose(gradient(X, X.drop_vars("time")), X)
    with pytest.raises(UnsupportedSyntax, match="lengths along `place` differ"):
        gradient(X.drop_vars("place"), W[:2])


def shifted_against_itself(x):
    return (x.isel(time=slice(1, None)) * x.isel(time=slice(None, -1))).sum()


def test_parts_of_the_same_length():
    u = X.drop_vars(["time", "place"])
    right(lambda x: (x.isel(time=slice(0, 2)) * x.isel(time=slice(1, 3)) ** 2).sum(), u)
    right(lambda x: (x[:-1] * x[1:] + x[[0, 1][1] :] * x.isel(place=0)[1:]).sum(), u)
    with pytest.raises(UnsupportedSyntax, match="lengths along `time` differ"):
        grad(lambda x: (x[:1] * x).sum())(u)


def test_parts_with_other_labels_are_not_aligned():
    with pytest.raises(UnsupportedSyntax, match="labels along `time` differ"):
        grad(shifted_against_itself)(X)
    right(shifted_against_itself, X.drop_vars("time"))


# ---- refusals ---------------------------------------------------------------------------------------------


def message(function, *args):
    with pytest.raises(UnsupportedSyntax) as error:
        grad(function)(*args)
    return str(error.value).splitlines()


def updated(x):
    x += 1.0
    return x.sum()


def selected(x):
    return x.sel(time=1.0).sum()


def lost(x):
    return np.linalg.inv(x).sum()


def unknown_axis(x):
    return x.sum("level").sum()


def test_messages():
    lines = message(updated, X)
    assert lines[0].endswith(
        "this operation on arrays with named axes cannot be followed: it is updated in place"
    )
    assert lines[1:] == ["    x += 1.0", "    ^~~~~~~~", "hint: write `x = x + ...`"]
    lines = message(selected, X)
    assert lines[0].endswith("the method `sel` of an array with named axes cannot be followed")
    assert lines[-1] == "hint: take the array in it: its `.values`"
    lines = message(lost, X)
    assert lines[0].endswith("`np.linalg.inv` of an array with named axes cannot be followed")
    lines = message(unknown_axis, X)
    assert lines[0].endswith("it has no axis `level`") and lines[-1] == "hint: its axes are time, place"


REFUSED = [
    lambda x: x.sum("time"),
    lambda x: sum(row.sum() for row in x),
    lambda x: (x * np.ones((2, 3, 3))).sum(),
    lambda x: x.rolling(time=2).mean().sum(),
    lambda x: np.sum(x, axis=0, keepdims=True).sum(),
    lambda x: np.sum(x, 0, float).sum(),
    lambda x: x.quantile(0.5),
    lambda x: isinstance(x, xarray.DataArray) * x.sum(),
    lambda x: (x.isel(time=[0, 1]) ** 2).sum(),
    lambda x: (x[X.values > 0.5] ** 2).sum(),
    lambda x: np.add.reduce(x).sum(),
    lambda x: xarray.concat([x, x], dim="time").sum(),
    lambda x: x.mean("time", min_count=1).sum(),
    lambda x: (x + "a").sum(),
    lambda x: [x, x][0].sum() + {"x": x}["x"].sel(time=0.0).sum(),
]


@pytest.mark.parametrize("i", range(len(REFUSED)))
def test_refused(i):
    with pytest.raises(UnsupportedSyntax):
        grad(REFUSED[i])(X)


def test_gradients_are_the_callers_own():
    """No gradient shares its numbers with an argument: both may be changed."""
    of_x, of_y = grad(lambda x, y: (x * y).sum(skipna=False), (0, 1))(X, X.copy() + 1.0)
    of_z = grad(lambda x: (x * Y.values).sum(skipna=False))(X)
    for found in (of_x, of_y, of_z):
        assert not any(np.shares_memory(found.values, given.values) for given in (X, Y))
        found += 1.0


def first_overwritten(x, y):
    x.values[0, 0] = x.values[0, 1] ** 2
    return (x * y).sum()


def test_arrays_that_share_memory():
    right(first_overwritten, X, Y)
    for y in (xarray.DataArray(X.values, dims=X.dims, coords=LABELS), X.values):
        with pytest.raises(
            AmbiguousAlias, match=r"`x\.values`, which `first_overwritten` updates in place, shares"
        ):
            grad(first_overwritten)(X, y)


@dataclasses.dataclass
class State:
    x: object


def test_arguments_that_hold_arrays():
    for given, function in (([X], lambda s: s[0].sum()), (State(X), lambda s: s.x.sum())):
        with pytest.raises(ArgumentTypeError, match="holds a DataArray, which does not broadcast and sum"):
            grad(function)(given)
    dask = pytest.importorskip("dask")
    assert dask
    with pytest.raises(ArgumentTypeError, match="`x` of `<lambda>` is a DataArray, which does not broadcast"):
        grad(lambda x: x.sum())(X.chunk({"time": 1}))


def test_tangents_that_do_not_fit():
    with pytest.raises(ArgumentTypeError) as error:
        jvp(lambda x: (x**2).sum(), (X,), (X.T,))
    assert str(error.value) == (
        "the tangent of argument 0 has the axes ('place', 'time'), not ('time', 'place')\n"
        "hint: tangents and cotangents are like the values they belong to"
    )


def test_jacobians_are_refused():
    with pytest.raises(ArgumentTypeError, match="argument `x` of `<lambda>` is an array of xarray"):
        jacobian(lambda x: x**2)(X)
