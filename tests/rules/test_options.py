"""The rarer options of NumPy's functions, in both modes and at the second order."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad import grad
from s2sad.errors import S2sadError
from s2sad.testing import check_grads

X = np.array([[0.3, -1.2, 2.1, 0.8], [1.4, 0.6, -0.5, -0.9], [-0.7, 0.9, 1.1, -1.6]])
Y = np.array([[0.5, 1.2, -0.8, 0.1], [-0.4, 0.7, 1.9, 0.2], [1.3, -1.1, 0.6, 1.0]])
V = np.array([0.3, -1.2, 2.1, 0.8])
W = np.array([0.9, 0.4, 1.3, 0.7])


def check(function, args, order=2):
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


def test_pads_that_are_refused():
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
