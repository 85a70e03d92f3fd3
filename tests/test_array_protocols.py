"""Arrays of other libraries: what they answer NumPy's functions with is right, or an error, never a wrong number."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad import grad, hvp, jacfwd, jacobian, jacrev, jvp, linearize
from s2sad.errors import ArgumentTypeError, UnsupportedSyntax

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


# ---- forward mode -----------------------------------------------------------------------------------------


T = np.array([1.0, -0.5, 2.0])


def check_tangents(function, rest, x, tangents, plain):
    """Compare tangents with those at the NumPy array that `x` holds."""
    expected = jvp(function, (V, *rest), (T, *rest))
    for tangent in tangents:
        found = jvp(function, (x, *rest), (tangent, *rest))
        for ours, numbers in zip(found, expected, strict=True):
            assert np.shape(plain(ours)) == np.shape(numbers) and np.allclose(plain(ours), numbers)
    assert not np.any(plain(jvp(function, (x, *rest), (None,) * (1 + len(rest)))[1]))


def sliced(x):
    return x[1:] * np.sin(x[:-1])


def looped(x):
    total = 0.0
    for i in range(len(x)):
        total = total + x[i] ** 3
    return total


def updated(x):
    x[0] = x[1] ** 2
    return np.sum(x * x)


WITH_PARTS = [(sliced, ()), (looped, ()), (updated, ())]
FORWARD = pytest.mark.parametrize(
    ("function", "rest"), PROGRAMS + WITH_PARTS, ids=[*IDS, "sliced", "looped", "updated"]
)


@FORWARD
def test_dask_forward(function, rest):
    dask_array = pytest.importorskip("dask.array")
    x, t = dask_array.from_array(V, chunks=2), dask_array.from_array(T, chunks=2)
    check_tangents(function, rest, x, (t, T), np.asarray)
    assert np.array_equal(np.asarray(x), V)  # arguments stay as they are


@FORWARD
def test_pint_forward(function, rest):
    units = pytest.importorskip("pint").UnitRegistry()
    x = V.copy() * units.dimensionless
    check_tangents(function, rest, x, (T * units.dimensionless, T), lambda y: getattr(y, "magnitude", y))
    assert np.array_equal(x.magnitude, V)


def test_units_of_tangents():
    units = pytest.importorskip("pint").UnitRegistry()
    value, tangent = jvp(squares, (V * units.meter,), (T * units.meter,))
    assert value.units == tangent.units == units.meter**2


def test_products_of_dask_arrays():
    dask_array = pytest.importorskip("dask.array")
    x, t = dask_array.from_array(V, chunks=2), dask_array.from_array(T, chunks=2)
    assert np.allclose(hvp(wave, (x,), (t,)), hvp(wave, (V,), (T,)))
    assert np.allclose(linearize(wave, x)[1](t), linearize(wave, V)[1](T))
    assert np.allclose(grad(norm_squared)(x), 2 * V)


def norm_squared(x):
    return x @ x


def test_tangents_that_do_not_fit():
    dask_array = pytest.importorskip("dask.array")
    with pytest.raises(
        ArgumentTypeError, match=r"the tangent of argument 0 has the shape \(2,\), not \(3,\)"
    ):
        jvp(wave, (dask_array.from_array(V),), (np.ones(2),))


@pytest.mark.parametrize("function", [sliced, looped, updated], ids=lambda f: f.__name__)
def test_adjoints_of_parts_are_refused(function):
    dask_array = pytest.importorskip("dask.array")
    with pytest.raises(TypeError, match="only functions of all of it have an adjoint"):
        grad(lambda x: np.sum(function(x)))(dask_array.from_array(V, chunks=2))


def test_jacobians_are_refused():
    dask_array = pytest.importorskip("dask.array")
    x = dask_array.from_array(V, chunks=2)
    for make in (jacobian, jacfwd, jacrev):
        with pytest.raises(ArgumentTypeError) as error:
            make(sliced)(x)
        assert str(error.value) == (
            "argument `x` of `sliced` is an array of dask: Jacobians are those at NumPy's arrays\n"
            "hint: use `jvp` or `vjp`, or pass `np.asarray(x)`"
        )


# ---- arrays that are refused ------------------------------------------------------------------------------


class Table:
    """An array with axes that have names, as far as NumPy sees it."""

    def __init__(self, numbers):
        self.values = numbers

    def __array__(self, dtype=None, copy=None):
        return self.values

    def __mul__(self, other):
        return Table(self.values[::-1] * other)

    __rmul__ = __mul__


TABLE = Table(V)
REFUSAL = "argument `x` of `{}` is a {}, which does not broadcast and sum as NumPy's arrays do\nhint: pass {}"


def test_arrays_without_the_protocol_are_refused():
    with pytest.raises(ArgumentTypeError) as error:
        grad(wave)(TABLE)
    assert str(error.value) == REFUSAL.format("wave", "Table", "`np.asarray` of it")
    with pytest.raises(ArgumentTypeError, match="`x` of `wave` holds a Table"):
        grad(wave)([TABLE])


def weighted(x):
    return np.sum(x * TABLE)


def weighted_by_function(x):
    return np.sum(np.multiply(x, TABLE))


def weighted_by_values(x):
    return np.sum(x * TABLE.values) + np.sum(x * (TABLE * 2.0).values)


def test_constant_arrays_without_the_protocol():
    for function in (weighted, weighted_by_function):
        with pytest.raises(
            UnsupportedSyntax, match="an operation with a `Table` cannot be differentiated"
        ) as error:
            grad(function)(V)
        assert error.value.where.filename == __file__
    assert np.allclose(grad(weighted_by_values)(V), V + 2 * V[::-1])
