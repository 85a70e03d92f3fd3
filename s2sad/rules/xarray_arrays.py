"""What is known of xarray's arrays, and its functions of them; how they are lowered is in `frontend.named_arrays`.

>>> x = xarray.DataArray(np.zeros((2, 3)), dims=("time", "place"))
>>> named_array(x, k.Shapes()).items[1]
Tuple(items=(Constant(value='time'), Constant(value='place')), type=<class 'tuple'>)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray

from s2sad.analysis import kinds as k
from s2sad.frontend.named_arrays import FUNCTIONS, NamedArrays
from s2sad.frontend.names import add_module, ref_to
from s2sad.frontend.values import Value

add_module("xarray", xarray)


def like_array(array: Any, *, values: Any) -> Any:
    """Return an array with other numbers, and the names, labels and attributes of `array`.

    >>> like_array(xarray.DataArray([1.0, 2.0], dims="time"), values=np.ones(2)).dims
    ('time',)
    """
    return array.copy(data=np.asarray(values, array.dtype if array.dtype.kind in "fc" else None))


def named_array(array: Any, shapes: k.Shapes) -> k.Kind:
    """Return the kind of an array: of its numbers, the names of its axes, their labels, and the types of these."""
    names, numbers = array.dims, array.variable._data
    plain = isinstance(numbers, np.ndarray) and numbers.dtype.kind in "biufc"
    if not plain or len(set(names)) < len(names) or not all(isinstance(name, str) for name in names):
        return k.Object(type(array))
    indexes = [array.indexes.get(name) for name in names]
    labels = [None if index is None else shapes.label(index) for index in indexes]
    dtypes = [
        None if index is None or index.dtype.kind not in "iuf" else index.dtype.str[1:] for index in indexes
    ]
    parts = (tuple(map(k.Constant, part)) for part in (names, labels, dtypes))
    return k.Object(
        type(array),
        ("values", "dims", "labels", "dtypes"),
        (k.kind_of(numbers, shapes), *map(k.Tuple, parts)),
    )


k.DESCRIBED[xarray.DataArray] = named_array
k.NAMED[xarray.DataArray] = like_array


def _like(b: NamedArrays, args: list[Value], kwargs: dict[str, Value]) -> Value:
    axes = b.axes_of(args[0])
    assert axes is not None
    return b.with_axes(b.in_it(kwargs["values"]), axes)


def _where(b: NamedArrays, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if len(args) != 3 or not kwargs.keys() <= {"keep_attrs"}:
        b.refuse_named("`xarray.where` gets other arguments than are known", "give three, by position")
    return b.chosen(*args, order=[each for each in args if b.axes_of(each) is not None])


def _dot(b: NamedArrays, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if len(args) != 2 or not kwargs.keys() <= {"dim"}:
        b.refuse_named("`xarray.dot` gets other arguments than are known", "give two arrays, and `dim`")
    return b.dotted(*args, kwargs.get("dim"))


def _filled(function: Any) -> Any:
    def lower(b: NamedArrays, args: list[Value], kwargs: dict[str, Value]) -> Value:
        axes = b.axes_of(args[0])
        if len(args) != 1 or kwargs or axes is None:
            b.refuse_named("it gets other arguments than are known", "give one array")
        return b.with_axes(b.call_object(ref_to(function), [b.in_it(args[0])], {}), axes)

    return lower


FUNCTIONS[like_array] = _like
FUNCTIONS[xarray.where] = _where
FUNCTIONS[xarray.dot] = _dot
FUNCTIONS[xarray.zeros_like] = _filled(np.zeros_like)
FUNCTIONS[xarray.ones_like] = _filled(np.ones_like)
