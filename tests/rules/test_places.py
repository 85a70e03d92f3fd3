"""Images read between their elements: `map_coordinates` and its kin of `scipy.ndimage`."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("scipy")
from scipy import ndimage

from s2sad import grad, jvp
from s2sad.errors import S2sadError
from tests.rules.along import check_along

RNG = np.random.default_rng(0)
IMAGE = RNG.normal(size=(4, 5))
PLACES = np.array([[0.3, 1.6, 2.2, -0.5, 2.4], [0.2, 3.3, 1.7, 1.1, 4.5]])
MATRIX = np.array([[0.9, 0.2], [-0.1, 1.05]])


def read(image, places):
    return np.sum(ndimage.map_coordinates(image, places, order=1) ** 2)


def read_lists(image, u, v):
    return np.sum(ndimage.map_coordinates(image, [u, v], order=1, mode="nearest") ** 2)


def read_line(image, p):
    return np.sum(ndimage.map_coordinates(image[0], (p,), order=1, cval=2.0) ** 3)


def shifted(image, s):
    return np.sum(ndimage.shift(image, s, order=1) ** 2)


def shifted_each(image, s):
    return np.sum(ndimage.shift(image, (s, 2 * s), order=1, mode="nearest") ** 2)


def transformed(image, matrix, offset):
    return np.sum(ndimage.affine_transform(image, matrix, offset, (3, 4), order=1, mode="nearest") ** 2)


def turned(image, matrix):
    return np.sum(ndimage.affine_transform(image, matrix + 0.013, order=1) ** 2)


def rotated(image, angle):
    return np.sum(ndimage.rotate(image, angle, reshape=False, order=1) ** 2)


def right_angle(image):
    return np.sum(ndimage.rotate(image, 180.0, reshape=False, order=1) ** 2 * IMAGE)


def zoomed(image):
    return np.sum(ndimage.zoom(image, 2, order=1) ** 2) + np.sum(
        ndimage.zoom(image, [1.5, 0.7], order=0) ** 2
    )


CASES = [
    (read, IMAGE, PLACES),
    (read_lists, IMAGE, PLACES[0], PLACES[1]),
    (read_line, IMAGE, PLACES[1]),
    (shifted, IMAGE, 0.3),
    (shifted_each, IMAGE, 0.3),
    (transformed, IMAGE, MATRIX, np.array([0.21, 0.33])),
    (turned, IMAGE, MATRIX),
    (rotated, IMAGE, 30.0),
    (right_angle, IMAGE),
    (zoomed, IMAGE),
]


@pytest.mark.parametrize(
    "f, args", [(f, args) for f, *args in CASES], ids=lambda v: getattr(v, "__name__", "")
)
def test_derivatives_and_values(f, args):
    check_along(f, args)
    value, _ = jvp(f, tuple(args), tuple(args))
    assert value == pytest.approx(f(*args), rel=1e-12)


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("mode", ["constant", "nearest"])
def test_images_of_one_to_three_axes(order, mode):
    """Both orders as literals, which is what has derivatives."""
    for image in (RNG.normal(size=5), IMAGE, RNG.normal(size=(3, 4, 2))):
        places = RNG.uniform(-0.7, 3.6, size=(image.ndim, 2, 3))
        if order == 0:
            f = lambda x, p: np.sum(ndimage.map_coordinates(x, p, order=0, mode=mode) ** 2)
        else:
            f = lambda x, p: np.sum(ndimage.map_coordinates(x, p, order=1, mode=mode) ** 2)
        check_along(f, [image, places])


def test_the_slope_at_an_element_is_that_of_the_cell_after_it():
    line = np.array([0.0, 1.0, 5.0])
    for mode in ("constant", "nearest"):
        for at, slope in ((0.0, 1.0), (1.0, 4.0), (2.0, 4.0), (2.5, 0.0), (-0.5, 0.0)):
            f = lambda p: np.sum(ndimage.map_coordinates(line, p, order=1, mode=mode))
            assert grad(f)(np.array([[at]])) == slope


def cubic(image):
    return np.sum(ndimage.shift(image, 0.5))


def wrapped(image):
    return np.sum(ndimage.map_coordinates(image, PLACES, order=1, mode="wrap"))


def reshaped(image):
    return np.sum(ndimage.rotate(image, 30.0, order=1))


def by_grid(image):
    return np.sum(ndimage.zoom(image, 2, order=1, grid_mode=True))


def by_diagonal(image):
    return np.sum(ndimage.affine_transform(image, [0.5, 0.5], order=1))


COUNTS = np.arange(20).reshape(4, 5)


def of_integers(image):
    return np.sum(ndimage.map_coordinates(COUNTS, np.abs(image[:2]), order=1)) * 1.0


def by_array(image):
    return np.sum(ndimage.zoom(image, np.array([2.0, 0.5]), order=1))


@pytest.mark.parametrize("f", [of_integers, by_array, cubic, wrapped, reshaped, by_grid, by_diagonal])
def test_refusals(f):
    with pytest.raises(S2sadError) as caught:
        grad(f)(IMAGE)
    assert caught.value.where is not None and caught.value.where.filename == __file__
