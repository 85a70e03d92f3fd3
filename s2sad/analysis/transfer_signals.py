"""Transfer functions of statistics, signals, polynomials, and of putting in and taking out."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis.kinds import (
    FLOAT,
    NONE,
    Array,
    Constant,
    Kind,
    List,
    Scalar,
    Tuple,
    broadcast_shapes,
    join,
    numeric,
)
from s2sad.analysis.transfer_arrays import of_unknown_shape, ranked, ravel
from s2sad.analysis.transfer_base import (
    FALSE,
    LAST,
    ONE,
    TRUE,
    Undecided,
    add_lengths,
    as_array,
    axis_of,
    dtype_by_example,
    forms,
    given_out,
    is_none,
    lengths,
    outcomes,
    promoted,
    shift,
    transfer,
)
from s2sad.analysis.transfer_creation import FIFTY
from s2sad.analysis.transfer_joining import pieces
from s2sad.analysis.transfer_numpy import reduced
from s2sad.analysis.transfer_operators import elementwise

FULL, VALID = Constant("full"), Constant("valid")
TEN = Scalar("f8", True)

# ------------------------------------------------------------------------------------------- statistics


@transfer(np.percentile, np.quantile)
def quantile(
    a: Kind,
    q: Kind,
    axis: Kind = NONE,
    out: Kind = NONE,
    overwrite_input: Kind = FALSE,
    method: Kind = NONE,
    keepdims: Kind = FALSE,
) -> Kind:
    given_out(out)
    array, levels = as_array(a), as_array(q)
    dtype = array.dtype if array.dtype == "f8" and levels.dtype == "f8" else None
    shape = reduced(array.shape, axis, keepdims)
    if shape is None or levels.shape is None:
        return Array(dtype, None)
    shape = levels.shape + shape
    return numeric(dtype, shape) if keepdims == FALSE else Array(dtype, shape or None)


@transfer(np.cov, np.corrcoef)
def cov(m: Kind, y: Kind = NONE, rowvar: Kind = TRUE, **options: Kind) -> Kind:
    dtype = "f8" if all(as_array(kind).dtype == "f8" for kind in (m, y) if not is_none(kind)) else None
    if options.get("dtype", NONE) != NONE:
        raise Undecided
    shape = ranked(m)
    if not is_none(y):
        return Array(dtype, (None, None))
    if len(shape) < 2:
        return Array(dtype, None)
    side = shape[0] if rowvar == TRUE else shape[1] if rowvar == FALSE else None
    return Array(dtype, (side, side) if isinstance(side, int) and side > 1 else None)


# ---------------------------------------------------------------------------------------------- signals


def window(function: Callable[..., Any], default: Kind) -> None:
    @transfer(function)
    def row(a: Kind, v: Kind, mode: Kind = default) -> Kind:
        x, y = as_array(a), as_array(v)
        dtype = dtype_by_example(function, x, y)
        sizes = [array.shape[0] if array.shape else None for array in (x, y)]
        if mode != FULL or None in sizes:
            return Array(dtype, (None,))
        return Array(dtype, (shift(add_lengths(sizes), -1),))


window(np.convolve, FULL)
window(np.correlate, VALID)


@transfer(np.gradient)
def gradient(f: Kind, *varargs: Kind, axis: Kind = NONE, edge_order: Kind = ONE) -> Kind:
    array = as_array(f)
    shape = ranked(f)
    dtype = array.dtype if array.dtype in ("f4", "f8", "c8", "c16") else None
    count = len(shape) if is_none(axis) else len(axis.items) if isinstance(axis, Tuple) else 1
    one = Array(dtype, shape)
    return one if count == 1 else Tuple((one,) * count)


@transfer(np.ediff1d)
def ediff1d(ary: Kind, to_end: Kind = NONE, to_begin: Kind = NONE) -> Kind:
    array = as_array(ary)
    dtype = array.dtype if array.dtype in ("f4", "f8", "c8", "c16") else None
    flat = ravel(ary).shape[0]
    plain = is_none(to_end) and is_none(to_begin)
    return Array(dtype, (shift(flat, -1) if plain else None,))


@transfer(np.unwrap)
def unwrap(p: Kind, discont: Kind = NONE, axis: Kind = LAST, *, period: Kind = FLOAT) -> Kind:
    array = as_array(p)
    plain = array.dtype == "f8" and isinstance(period, Scalar) and period.python
    return Array("f8" if plain else None, array.shape or None)


# ------------------------------------------------------------------------------------------- polynomials


@transfer(np.polyval)
def polyval(p: Kind, x: Kind) -> Kind:
    result = elementwise(np.add, elementwise(np.multiply, FLOAT, x), Scalar("f8"))
    exact = as_array(p).dtype == "f8" and as_array(x).dtype == "f8"
    shape = as_array(x).shape
    return result if exact and shape else Array("f8" if exact else None, shape or None)


@transfer(np.vander)
def vander(x: Kind, N: Kind = NONE, increasing: Kind = FALSE) -> Kind:
    (n,) = ranked(x)
    array = as_array(x)
    dtype = array.dtype if array.dtype in ("f8", "c16") else None
    return Array(dtype, (n, n if is_none(N) else (lengths(N) or (None,))[0]))


# ------------------------------------------------------------------------------------------- in and out


def changed_length(a: Kind, axis: Kind) -> Kind:
    """Return `a` with an unknown length along `axis`, flat where that is None."""
    array = as_array(a)
    if is_none(axis):
        return Array(array.dtype, (None,))
    shape = list(ranked(a))
    shape[axis_of(axis, len(shape))] = None
    return Array(array.dtype, tuple(shape))


@transfer(np.insert)
@of_unknown_shape
def insert(arr: Kind, obj: Kind, values: Kind, axis: Kind = NONE) -> Kind:
    return changed_length(arr, axis)


@transfer(np.delete)
@of_unknown_shape
def delete(arr: Kind, obj: Kind, axis: Kind = NONE) -> Kind:
    return changed_length(arr, axis)


@transfer(np.extract)
def extract(condition: Kind, arr: Kind) -> Kind:
    return changed_length(arr, NONE)


@transfer(np.compress)
def compress(condition: Kind, a: Kind, axis: Kind = NONE, out: Kind = NONE) -> Kind:
    given_out(out)
    return of_unknown_shape(changed_length)(a, axis)


@transfer(np.choose)
def choose(a: Kind, choices: Kind, out: Kind = NONE, mode: Kind = NONE) -> Kind:
    given_out(out)
    kinds, complete = pieces(choices)
    arrays = [as_array(kind) for kind in kinds]
    shape = broadcast_shapes([as_array(a).shape, *(array.shape for array in arrays)]) if complete else None
    return Array(promoted(arrays), shape or None)


@transfer(np.block)
def block(arrays: Kind) -> Kind:
    depth, leaf = 0, arrays
    while isinstance(leaf, (List, Tuple)):  # the tuple is a display of a list: NumPy takes no other
        depth, leaf = depth + 1, functools.reduce(join, leaf.items) if isinstance(leaf, Tuple) else leaf.item
    array = as_array(leaf)
    shape = None if array.shape is None else (None,) * max(depth, len(array.shape))
    return Array(array.dtype, shape or None)


# --------------------------------------------------------------------------------- geometric progressions


@transfer(np.logspace, np.geomspace)
def logspace(
    start: Kind, stop: Kind, num: Kind = FIFTY, endpoint: Kind = TRUE, base: Kind = TEN, dtype: Kind = NONE
) -> Kind:
    ends = broadcast_shapes([as_array(kind).shape for kind in (start, stop)])
    codes = {code for _, code in outcomes(np.linspace, (forms(start), forms(stop)))}
    plain = codes == {"f8"} and isinstance(base, Scalar) and base.python and base.dtype[0] in "fi"
    if not is_none(dtype):
        raise Undecided
    return Array("f8" if plain else None, None if ends is None else (*lengths(num), *ends))


# ---------------------------------------------------------------------------------------- linear algebra


@transfer(np.linalg.multi_dot)
def multi_dot(arrays: Kind, *, out: Kind = NONE) -> Kind:
    given_out(out)
    kinds, complete = pieces(arrays)
    dtype = promoted([as_array(kind) for kind in kinds])
    if not complete:
        return Array(dtype, None)
    first, last = ranked(kinds[0]), ranked(kinds[-1])
    return numeric(dtype, first[:-1] + last[1:])


@transfer(np.linalg.cond)
def cond(x: Kind, p: Kind = NONE) -> Kind:
    array = as_array(x)
    dtype = "f8" if array.dtype in ("f8", "c16") else None
    return numeric(dtype, ranked(x)[:-2])
