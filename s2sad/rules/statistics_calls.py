"""Calls of averages, covariances and quantiles: as the rules take them, or written out where these do not.

>>> quantile_level(0.5, 5, 0, 0.5)
np.float64(0.5)
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.frontend.library import SPECIAL, WRITTEN_OUT, Handler, Library, handles
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import TupleValue, Value
from s2sad.ir.core import Atom, Lit
from s2sad.rules.rewrites import NONE, taken, text_of, varied
from s2sad.rules.statistics import variables

WRITTEN_OUT.add(__file__)
FALSE = Lit(False)

# ---- averages ---------------------------------------------------------------------------------------------


@handles(np.average)
def _average(b: Library, args: list[Value], kwargs: dict) -> Value:
    given = taken("a axis weights returned", args, kwargs)
    axis, weights = given.get("axis", NONE), given.get("weights", NONE)
    keepdims, returned = given.get("keepdims", FALSE), given.pop("returned", FALSE)
    if returned == FALSE and keepdims == FALSE and axis == NONE and weights != NONE:
        array, weights = b.as_array(given["a"]), b.as_array(weights)
        total = b.call(np.sum, b.call(operator.mul, array, weights))
        return b.call(operator.truediv, total, b.call(np.sum, weights))
    if not varied(b, *given.values()) or (returned == FALSE and not varied(b, weights)):
        return b.library_call(ref_to(np.average), args, kwargs)
    if returned not in (FALSE, Lit(True)):
        raise b.refuse("`returned` of this `np.average` is not known", "write True or False")
    array = b.as_array(given["a"])
    options = {
        name: given[name] for name in ("axis", "keepdims") if given.get(name, NONE) not in (NONE, FALSE)
    }
    if weights == NONE:
        result = b.library_call(ref_to(np.mean), [array], options)
        return TupleValue((result, b.inlined(counts, [array, result])))
    weights = b.as_array(weights)
    if axis == NONE or len(k.shape_of(weights.kind) or ()) == rank_of(b, array):
        total = b.atom(b.library_call(ref_to(np.sum), [weights], options))
    else:
        total = b.call(np.sum, weights)
        weights = spread_weights(b, weights, axis, rank_of(b, array))
    product = b.call(operator.mul, array, weights)
    mean = b.call(operator.truediv, b.atom(b.library_call(ref_to(np.sum), [product], options)), total)
    if returned == FALSE:
        return mean
    return TupleValue((mean, b.call(np.broadcast_to, total, b.call(np.shape, mean))))


def rank_of(b: Library, array: Atom) -> int:
    shape = k.shape_of(array.kind)
    if shape is None:
        raise b.refuse("this `np.average` of an array of unknown dimensions cannot be differentiated")
    return len(shape)


def spread_weights(b: Library, weights: Atom, axis: Value, rank: int) -> Atom:
    """Bring weights along some axes into a form that broadcasts against all of them."""
    axes = [getattr(item, "value", None) for item in b.items_of(axis) or (axis,)]
    if not all(isinstance(each, int) for each in axes):
        raise b.refuse("the axes of this `np.average` are not known", "write them as numbers")
    places = [each % rank for each in axes]
    if places != sorted(places):
        order = b.atom(TupleValue(tuple(Lit(places.index(each)) for each in sorted(places))))
        weights = b.call(np.transpose, weights, order)
    first = min(places)
    others = tuple(Lit(i - first) for i in range(first, rank) if i not in places)
    return b.call(np.expand_dims, weights, b.atom(TupleValue(others))) if others else weights


def counts(a: Any, mean: Any) -> Any:
    return np.full(np.shape(mean), np.size(a) / np.size(mean))


# ---- covariances ------------------------------------------------------------------------------------------


@handles(np.cov)
def _cov(b: Library, args: list[Value], kwargs: dict) -> Value:
    """Give the second array by position, and the options by name: so the rule takes them."""
    given = taken("m y rowvar bias ddof fweights aweights", args, kwargs)
    weights = [given.pop(name, NONE) for name in ("fweights", "aweights")]
    if weights == [NONE, NONE]:
        return covariance(b, np.cov, given)
    arrays = [
        each if each == NONE else b.as_array(each)
        for each in (given.pop("m"), given.pop("y", NONE), *weights)
    ]
    given.pop("dtype", None)
    options = {"rowvar": Lit(True), "bias": FALSE, "ddof": NONE} | given
    return b.inlined(weighted_covariance, arrays, options)


@handles(np.corrcoef)
def _corrcoef(b: Library, args: list[Value], kwargs: dict) -> Value:
    return covariance(b, np.corrcoef, taken("x y rowvar", args, kwargs))


def covariance(b: Library, function: Any, given: dict[str, Value]) -> Value:
    first = given.pop("m" if function is np.cov else "x")
    given_arrays = [first, given.pop("y")] if "y" in given else [first]
    arrays = [each if each == NONE else b.as_array(each) for each in given_arrays]
    return b.library_call(ref_to(function), arrays, given)


def weighted_covariance(
    m: Any, y: Any, fweights: Any, aweights: Any, rowvar: Any, bias: Any, ddof: Any
) -> Any:
    """Do what np.cov does with numbers of repetitions, or weights, of the observations.

    >>> weighted_covariance(np.array([1.0, 4.0]), None, np.array([2, 1]), None, True, False, None)
    array(3.)
    """
    x = variables(m, (y,), rowvar)
    weights = fweights if aweights is None else aweights if fweights is None else fweights * aweights
    total = np.sum(weights)
    if ddof is None:
        ddof = 0 if bias else 1
    count = total
    if ddof != 0:
        count = total - (ddof if aweights is None else ddof * np.sum(weights * aweights) / total)
    centered = x - np.expand_dims(x @ weights / total, 1)
    return np.squeeze((centered * weights) @ centered.T / count)


# ---- quantiles --------------------------------------------------------------------------------------------

# The quantile at the level q of n numbers lies at (n + a) q - b: a and b of the methods that interpolate, from Hyndman
# and Fan, "Sample quantiles in statistical packages" (1996). The other methods are steps in the level.
OFFSETS = {
    "hazen": (0, 0.5),
    "weibull": (1, 1),
    "median_unbiased": (1 / 3, 2 / 3),
    "normal_unbiased": (0.25, 0.625),
    "interpolated_inverted_cdf": (0, 1),
}


def quantiles(function: Any, scale: float) -> Handler:
    """Lower a quantile by its options: `scale` is the level of the maximum."""

    def handler(b: Library, args: list[Value], kwargs: dict) -> Value:
        given = taken("a q axis out overwrite_input method keepdims", args, kwargs)
        given.pop("overwrite_input", None)  # what it leaves in the array is not defined
        given.pop("out", None)
        array, level = given.pop("a"), given.pop("q")
        if given.get("weights", NONE) != NONE:
            return weighted(b, function, b.as_array(array), level, given)
        method = given.get("method", Lit("linear"))
        if varied(b, level) and text_of(b, method) != "linear":
            name = text_of(b, method)
            if name is None:
                raise b.refuse(f"the method of this `np.{function.__name__}` is not known", "write its name")
            if name not in OFFSETS:
                level = b.call(runtime.stop_gradient, b.atom(level))
            else:
                given.pop("method")
                array, axis = b.as_array(array), given.get("axis", NONE)
                count = b.inlined(count_along, [array, axis])
                share = b.atom(level) if scale == 1 else b.call(operator.truediv, b.atom(level), Lit(scale))
                level = b.inlined(quantile_level, [share, count, *map(Lit, OFFSETS[name])])
                return b.library_call(ref_to(np.quantile), [array, level], given)
        return b.library_call(ref_to(function), [array, level], given)

    return handler


SPECIAL[np.quantile] = quantiles(np.quantile, 1)
SPECIAL[np.percentile] = quantiles(np.percentile, 100)


def count_along(a: Any, axis: Any) -> Any:
    if axis is None:
        return np.size(a)
    if isinstance(axis, int):
        return np.shape(a)[axis]
    return np.size(a) // np.size(np.sum(a, axis=axis))


def quantile_level(q: Any, count: Any, more: Any, less: Any) -> Any:
    """Return the level of the linear method whose quantile is that of another method at `q`."""
    place = (count if more == 0 else count + more) * q - less
    return np.clip(place / max(count - 1, 1), 0, 1)


def weighted(b: Library, function: Any, array: Atom, level: Value, options: dict[str, Value]) -> Value:
    if k.shape_of(b.kind(level)) != ():
        raise b.refuse(
            f"`np.{function.__name__}` with weights is differentiated for one level", "write a loop"
        )
    axis, keepdims = options.pop("axis", NONE), options.pop("keepdims", FALSE)
    named = {"axis": axis, "keepdims": Lit(True), **options}
    found = b.library_call(ref_to(function), [array, level], named)
    return b.inlined(mean_where_equal, [array, b.atom(found), axis, keepdims])


def mean_where_equal(a: Any, value: Any, axis: Any, keepdims: Any) -> Any:
    """Return the mean of the elements that are a weighted quantile, which is one of them."""
    chosen = a == value
    total = np.sum(np.where(chosen, a, 0.0), axis=axis, keepdims=keepdims)
    return total / np.sum(chosen, axis=axis, keepdims=keepdims)


def medians(function: Any) -> Handler:
    def handler(b: Library, args: list[Value], kwargs: dict) -> Value:
        given = taken("a axis out overwrite_input keepdims", args, kwargs)
        given.pop("overwrite_input", None)  # as above
        given.pop("out", None)
        return b.library_call(ref_to(function), [given.pop("a")], given)

    return handler


SPECIAL[np.median] = medians(np.median)
SPECIAL[np.nanmedian] = medians(np.nanmedian)
