"""Arrays of other libraries: what they answer NumPy's functions with is right, or an error, never a wrong number."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad import S2sadError, grad

V = np.array([0.3, 1.2, 2.0])


def wave(x):
    return np.sum(np.sin(x) * x)


def moments(x):
    return np.mean(x**2 / 3, axis=0).sum() * np.max(x)


def chosen(x):
    return np.sum(np.where(x > 1, x * x, np.exp(x)))


def decay(x, rate):
    return np.sum(np.exp(-rate * x) * np.sqrt(x))


def table(x):
    return np.sum(x.reshape(3, 1) * x)


def squares(x):
    return np.sum(x**2 / 3)


PROGRAMS = [(wave, ()), (moments, ()), (chosen, ()), (table, ()), (squares, ()), (decay, (0.5,))]
IDS = [function.__name__ for function, _ in PROGRAMS]


def check(function, rest, x, plain):
    """Compare gradients with those at the NumPy array that `x` holds, in type, shape and numbers."""
    where = tuple(range(1 + len(rest)))
    expected = grad(function, where)(V, *rest)
    found = grad(function, where)(x, *rest)
    assert type(found[0]) is type(x)
    for bar, numbers in zip(found, expected, strict=True):
        assert np.shape(plain(bar)) == np.shape(numbers) and np.allclose(plain(bar), numbers)


@pytest.mark.parametrize(("function", "rest"), PROGRAMS, ids=IDS)
def test_dask(function, rest):
    dask_array = pytest.importorskip("dask.array")
    check(function, rest, dask_array.from_array(V, chunks=2), np.asarray)


@pytest.mark.parametrize(("function", "rest"), PROGRAMS, ids=IDS)
def test_pint(function, rest):
    units = pytest.importorskip("pint").UnitRegistry()
    check(function, rest, V * units.dimensionless, lambda bar: getattr(bar, "magnitude", bar))


def test_units_go_through():
    units = pytest.importorskip("pint").UnitRegistry()
    found = grad(squares)(V * units.meter)
    assert found.units == units.meter and np.allclose(found.magnitude, 2 * V / 3)


def test_units_that_do_not_fit_are_an_error():
    pint = pytest.importorskip("pint")
    with pytest.raises(pint.DimensionalityError):
        grad(wave)(V * pint.UnitRegistry().meter)


def test_what_a_library_lacks_is_an_error():
    units = pytest.importorskip("pint").UnitRegistry()

    def norm(x):
        return np.linalg.norm(x)

    with pytest.raises(TypeError, match="no implementation found"):
        grad(norm)(V * units.meter)


@pytest.mark.parametrize(("function", "rest"), PROGRAMS, ids=IDS)
def test_xarray_is_refused(function, rest):
    """Its axes have names, and are broadcast by them."""
    xarray = pytest.importorskip("xarray")
    with pytest.raises(S2sadError):
        grad(function)(xarray.DataArray(V, dims=["time"]), *rest)
