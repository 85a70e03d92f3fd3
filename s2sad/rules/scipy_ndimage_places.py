"""The interpolating functions of `scipy.ndimage`, of order 0 and 1: all read an image at places of their own.

>>> image = np.array([[0.0, 1.0], [2.0, 5.0]])
>>> image_bar, places_bar = read(np.ones(1), None, image, np.array([[0.5], [0.25]]), order=1)
>>> image_bar, places_bar.T
(array([[0.375, 0.125],
       [0.375, 0.125]]), array([[2.5, 2. ]]))
>>> placed(np.ones(1), np.array([[1.0], [0.5]]), image, 1, "constant")
array([[0. , 0. ],
       [0.5, 0.5]])

At an element the slope of an image is that of the cell after it. Splines of a higher order are refused.
"""

from __future__ import annotations

import inspect
import itertools
import operator
from typing import Any

import numpy as np
import scipy.ndimage
import scipy.special

from s2sad.analysis import kinds as k
from s2sad.analysis.transfer_base import as_array
from s2sad.analysis.transfer_scipy import float_of, fresh
from s2sad.frontend.iterators import is_known
from s2sad.frontend.library import Library, handles
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import TupleValue, Value
from s2sad.ir import core as ir
from s2sad.ir.core import Lit, Ref
from s2sad.rules import scipy_ndimage  # noqa: F401  which names the module
from s2sad.rules.declare import adjoint, nondifferentiable, tangent

# ---- what is at places, and the transpose of reading it ---------------------------------------------------


def is_outside(image, places):
    """Tell which places are outside of an image."""
    ends = np.reshape(np.array(np.shape(image)) - 1, (-1,) + (1,) * (np.ndim(places) - 1))
    return np.any((places < 0) | (places > ends), axis=0)


def placed(g, places, image, order, mode):
    """Add numbers at places of an array of zeros like an image: the transpose of reading it there."""
    total = np.zeros_like(image, dtype=np.result_type(image, g))
    if mode == "constant":
        g = np.where(is_outside(image, places), 0.0, g)
    ends = np.reshape(np.array(np.shape(image)) - 1, (-1,) + (1,) * (np.ndim(places) - 1))
    places = np.clip(places, 0, ends)
    if order == 0:
        np.add.at(total, tuple(np.floor(places + 0.5).astype(int)), g)
        return total
    cells = np.clip(np.floor(places).astype(int), 0, np.maximum(ends - 1, 0))
    weights = places - cells
    for corner in itertools.product((0, 1), repeat=len(places)):
        share = g
        for weight, upper in zip(weights, corner, strict=True):
            share = share * (weight if upper else 1 - weight)
        corners = cells + np.reshape(corner, (-1,) + (1,) * (np.ndim(places) - 1))
        np.add.at(total, tuple(np.minimum(corners, ends)), share)
    return total


def ends_of_cells(image, places, axis):
    """Return the places moved to both ends of their cells along an axis."""
    along = np.reshape(np.arange(len(places)) == axis, (-1,) + (1,) * (np.ndim(places) - 1))
    cell = np.clip(np.floor(places), 0, max(np.shape(image)[axis] - 2, 0))
    return np.where(along, cell, places), np.where(along, cell + 1, places)


def is_flat(image, places, axis, mode):
    """Tell where an image is constant along an axis because it has ended."""
    if mode == "constant":
        return is_outside(image, places)
    return (places[axis] < 0) | (places[axis] > np.shape(image)[axis] - 1)


def slope_along(image, places, axis, mode):
    lower, upper = ends_of_cells(image, places, axis)
    before = scipy.ndimage.map_coordinates(image, lower, order=1, mode="nearest")
    after = scipy.ndimage.map_coordinates(image, upper, order=1, mode="nearest")
    return np.where(is_flat(image, places, axis, mode), 0.0, after - before)


@adjoint(scipy.ndimage.map_coordinates)
def read(g, y, input, coordinates, *, order=3, mode="constant", cval=0.0, prefilter=True):
    input_bar = placed(g, coordinates, input, order, mode)
    if order == 0:
        return input_bar, None
    slopes = [g * slope_along(input, coordinates, axis, mode) for axis in range(np.ndim(input))]
    return input_bar, np.stack(slopes)


@tangent(scipy.ndimage.map_coordinates)
def read_tangent(dots, y, input, coordinates, *, order=3, mode="constant", cval=0.0, prefilter=True):
    change = np.zeros_like(y)
    if dots[0] is not None:
        change = scipy.ndimage.map_coordinates(dots[0], coordinates, order=order, mode=mode)
    if dots[1] is not None and order == 1:
        for axis in range(np.ndim(input)):
            change = change + dots[1][axis] * slope_along(input, coordinates, axis, mode)
    return change


@adjoint(placed)
def placed_rule(h, y, g, places, image, order, mode):
    g_bar = scipy.ndimage.map_coordinates(h, places, order=order, mode=mode)
    if order == 0:
        return g_bar, None, None, None, None
    slopes = [g * slope_along(h, places, axis, mode) for axis in range(np.ndim(h))]
    return g_bar, np.stack(slopes), None, None, None


@tangent(placed)
def placed_tangent(dots, y, g, places, image, order, mode):
    change = np.zeros_like(y) if dots[0] is None else placed(dots[0], places, image, order, mode)
    if dots[1] is not None and order == 1:
        for axis in range(np.ndim(image)):
            moved = np.where(is_flat(image, places, axis, mode), 0.0, g * dots[1][axis])
            lower, upper = ends_of_cells(image, places, axis)
            change = (
                change + placed(moved, upper, image, 1, "nearest") - placed(moved, lower, image, 1, "nearest")
            )
    return change


nondifferentiable(is_outside, is_flat)


def read_row(input: k.Kind, coordinates: k.Kind, **options: k.Kind) -> k.Kind:
    image, places = as_array(input), as_array(coordinates)
    return k.Array(float_of(image.dtype), places.shape[1:] if places.shape else None)


def placed_row(g: k.Kind, places: k.Kind, image: k.Kind, order: k.Kind, mode: k.Kind) -> k.Kind:
    return k.Array(None, as_array(image).shape)


def flat_row(image: k.Kind, places: k.Kind, *rest: k.Kind) -> k.Kind:
    at = as_array(places).shape
    return k.Array("b1", at[1:] if at else None)


fresh(flat_row, is_outside, is_flat)
fresh(read_row, scipy.ndimage.map_coordinates)
fresh(placed_row, placed)


# ---- places -----------------------------------------------------------------------------------------------


def stacked(b: Library, value: Value) -> ir.Atom:
    """Return coordinates as one array."""
    parts = b.static_items(value)
    if isinstance(parts, TupleValue):
        return b.call(np.stack, b.emit(ir.TUPLE, [b.atom(part) for part in parts.items]))
    atom = b.atom(value)
    return atom if isinstance(atom.kind, k.Array) else b.call(np.asarray, atom)


def options_of(b: Library, ref: Ref, given: dict[str, Value]) -> dict[str, Value]:
    """Return the options of reading an image, or refuse them."""
    order = given.get("order", Lit(3))
    if given.get("output", Lit(None)) != Lit(None):
        raise b.refuse(
            f"`{ref.text}` into an array that is given cannot be differentiated", "assign the result"
        )
    if order not in (Lit(0), Lit(1)):
        raise b.refuse(f"`{ref.text}` of order 2 and more cannot be differentiated", "write order=1")
    mode = b.kind(given.get("mode", Lit("constant")))
    if mode not in (k.Constant("constant"), k.Constant("nearest")):
        raise b.refuse(f'`{ref.text}` can be differentiated in the modes "constant" and "nearest" only')
    return {name: given[name] for name in ("order", "mode", "cval") if name in given}


def reads(original: Any) -> Any:
    """Register what finds the places that a function reads; calls without differentiated arguments stay."""
    signature = inspect.signature(original)

    def register(places: Any) -> Any:
        def handler(b: Library, args: list[Value], kwargs: dict[str, Value]) -> Value:
            ref = ref_to(original)
            if is_known(b, [*args, *kwargs.values()]):
                return b.opaque_call(ref, args, kwargs)
            given = dict(signature.bind(*args, **kwargs).arguments)
            options = options_of(b, ref, given)
            image = b.atom(given["input"])
            if k.shape_of(image.kind) is None:
                raise b.refuse("the number of dimensions of this image is not known", "use `reshape`")
            if (k.dtype_of(image.kind) or "f")[0] not in "fc":
                raise b.refuse(
                    f"`{ref.text}` rounds what it reads of an integer image", "write `.astype(float)`"
                )
            found = places(b, image, given)
            return b.library_call(ref_to(scipy.ndimage.map_coordinates), [image, found], options)

        handles(original)(handler)
        return places

    return register


@reads(scipy.ndimage.map_coordinates)
def _given(b: Library, image: ir.Atom, given: dict[str, Value]) -> Value:
    return stacked(b, given["coordinates"])


def written(b: Library, function: Any, *args: Value) -> Value:
    return b.call_value(Ref(function.__name__, function), list(args), {})


def grid(b: Library, image: ir.Atom) -> ir.Atom:
    return b.call(np.indices, b.call(np.shape, image))


def along_first(b: Library, vector: Value, image: ir.Atom) -> ir.Atom:
    """Return one number for each axis of an image, in the shape of places there."""
    atom = stacked(b, vector)
    if isinstance(b.kind(vector), k.Scalar) or k.shape_of(atom.kind) == ():
        return b.atom(vector)
    shape = (Lit(-1), *([Lit(1)] * len(k.shape_of(image.kind) or ())))
    return b.call(np.reshape, atom, b.emit(ir.TUPLE, shape))


@reads(scipy.ndimage.shift)
def _shifted(b: Library, image: ir.Atom, given: dict[str, Value]) -> Value:
    return b.call(operator.sub, grid(b, image), along_first(b, given["shift"], image))


@reads(scipy.ndimage.affine_transform)
def _transformed(b: Library, image: ir.Atom, given: dict[str, Value]) -> Value:
    matrix = stacked(b, given["matrix"])
    n = len(k.shape_of(image.kind) or ())
    if len(k.shape_of(matrix.kind) or ()) != 2:
        raise b.refuse(
            "only a square matrix of an affine transformation can be differentiated", "write `np.diag(v)`"
        )
    shape = given.get("output_shape", Lit(None))
    start = grid(b, image) if shape == Lit(None) else b.call(np.indices, b.atom(shape))
    turned = b.call(np.tensordot, matrix, start, Lit(1))
    if n < 1 or "offset" not in given:
        return turned
    return b.call(operator.add, turned, along_first(b, given["offset"], image))


@reads(scipy.ndimage.rotate)
def _rotated(b: Library, image: ir.Atom, given: dict[str, Value]) -> Value:
    if (
        given.get("reshape", Lit(True)) != Lit(False)
        or "axes" in given
        or len(k.shape_of(image.kind) or ()) != 2
    ):
        raise b.refuse(
            "`rotate` can be differentiated for images of two axes that keep their shape",
            "write reshape=False",
        )
    sides = [b.call(operator.getitem, b.call(np.shape, image), Lit(axis)) for axis in (0, 1)]
    return written(b, rotated_places, *sides, given["angle"])


def rotated_places(height, width, angle):
    """Return the places that `scipy.ndimage.rotate` reads, turned about the center."""
    c, s = scipy.special.cosdg(angle), scipy.special.sindg(angle)
    y0, x0 = (height - 1) / 2, (width - 1) / 2
    y, x = (np.arange(height) - y0)[:, None], np.arange(width) - x0
    return np.stack((c * y + s * x + y0, c * x - s * y + x0))


@reads(scipy.ndimage.zoom)
def _zoomed(b: Library, image: ir.Atom, given: dict[str, Value]) -> Value:
    """Read from end to end of each axis."""
    if "grid_mode" in given or not is_known(b, [given["zoom"]]):
        raise b.refuse("`zoom` cannot be differentiated in the factor, or in grid mode")
    n = len(k.shape_of(image.kind) or ())
    factors = b.items_of(given["zoom"])
    if factors is None:
        if k.shape_of(b.kind(given["zoom"])) != ():
            raise b.refuse("the factors of this `zoom` are not known", "write them as a tuple")
        factors = (given["zoom"],) * n
    shape = b.call(np.shape, image)
    sides = [b.call(operator.getitem, shape, Lit(axis)) for axis in range(n)]
    lines = [b.atom(written(b, zoomed_line, *pair)) for pair in zip(sides, factors, strict=True)]
    return b.call(np.stack, b.call(np.meshgrid, *lines, indexing=Lit("ij")))


def zoomed_line(n, factor):
    return np.linspace(0.0, n - 1, round(n * factor))
