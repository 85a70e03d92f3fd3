"""Dual numbers on NumPy's own storage: the exact slope of a program, along one direction, by running it.

A `Dual` is two float arrays, `value` and `slope`, of one shape and one memory layout. What NumPy does to an
array (take a view, write an item, update in place, sort) is done to both, so that aliasing is NumPy's and not
ours. A `Scalar` is two numbers, and rebinds where a Python float does: it has no `__iadd__`. The program is
not read: it runs, with `numpy` below in the place of NumPy, whose `zeros` and the like return Duals.

>>> def f(x, a):
...     y = x[1:]
...     y *= a
...     return x[0] * x[1]
>>> directional(f, (np.array([2.0, 3.0]), 0.5), (np.array([1.0, 0.0]), 1.0))
(3.0, 7.5)

Nothing here is shared with s2sad. `CLOSEST.distance` tells how near a run came to a kink: the least distance
of numbers that were compared, sorted or taken the absolute value of while they moved apart.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np


class Closest:
    """The least distance from a kink so far."""

    def __init__(self):
        self.distance = np.inf

    def note(self, gap: Any) -> None:
        """Note the distances `gap`: where its slope is zero, the two sides move together."""
        if isinstance(gap, Number) and np.size(gap.value):
            distances = np.where(gap.slope != 0, np.abs(gap.value), np.inf)
            self.distance = min(self.distance, float(np.min(distances)))


CLOSEST = Closest()


class Number:
    """What arrays and scalars have in common: a value, a slope, and every function of NumPy."""

    __slots__ = ("slope", "value")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value, slope):
        self.value, self.slope = value, slope

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        if method == "at":
            return update_at(ufunc, *inputs)
        if method in ("reduce", "accumulate"):
            options.setdefault("axis", 0)
            inputs = inputs[:1]
            result = REDUCTIONS[ufunc, method](*inputs, **options)
        elif method == "outer":
            a, b = inputs
            result = ufunc(reshaped(a, np.shape(a) + (1,) * np.ndim(b)), b)
        else:
            where = options.pop("where", True)
            result = elementwise(ufunc, *inputs)
            return result if out is None else store(out[0], result, where)
        return result if out is None else store(out[0], result)

    def __array_function__(self, function, types, args, kwargs):
        if function not in FUNCTIONS:
            raise LookupError(f"no slope is known of {function.__name__}")
        out = kwargs.pop("out", None)
        result = FUNCTIONS[function](*args, **kwargs)
        return result if out is None else store(out, result)

    def __repr__(self):
        return f"{type(self).__name__}({self.value}, slope={self.slope})"

    def __pos__(self):
        return np.positive(self)

    def __neg__(self):
        return np.negative(self)

    def __abs__(self):
        return np.absolute(self)

    def __bool__(self):
        CLOSEST.note(self)
        return bool(self.value)

    def __int__(self):
        CLOSEST.note(self - np.rint(self.value))
        return int(self.value)

    def __float__(self):
        raise TypeError("float() would lose the slope")

    @property
    def real(self):
        return self

    @property
    def ndim(self):
        return np.ndim(self.value)

    @property
    def shape(self):
        return np.shape(self.value)

    @property
    def size(self):
        return np.size(self.value)

    @property
    def dtype(self):
        return np.dtype(float)

    def item(self, *index):
        return Scalar(self.value.item(*index), self.slope.item(*index))


class Scalar(Number):
    """A float and its slope. `x += y` makes a new one, as it does for a Python float."""

    __slots__ = ()

    def __init__(self, value, slope):
        super().__init__(np.float64(value), np.float64(slope))

    def copy(self):
        return self


class Dual(Number):
    """An array and its slope, which share nothing but their layout."""

    __slots__ = ()

    def __init__(self, value, slope):
        same = value.shape == slope.shape and all(
            s == t for n, s, t in zip(value.shape, value.strides, slope.strides) if n > 1
        )
        if value.size and not same:
            raise AssertionError(f"layouts differ: {value.shape}, {value.strides}, {slope.strides}")
        super().__init__(value, slope)

    def __len__(self):
        return len(self.value)

    def __iter__(self):
        return (self[k] for k in range(len(self)))

    def __getitem__(self, index):
        return packed(self.value[index], self.slope[index])

    def __setitem__(self, index, item):
        self.value[index] = value_of(item)
        self.slope[index] = slope_of(item)

    @property
    def shape(self):
        return self.value.shape

    @shape.setter
    def shape(self, shape):
        self.value.shape = shape
        self.slope.shape = shape

    @property
    def T(self):
        return Dual(self.value.T, self.slope.T)

    @property
    def base(self):
        return self.value.base

    def fill(self, item):
        self[...] = item

    def put(self, index, item, mode="raise"):
        np.put(self, index, item, mode)

    def sort(self, axis=-1, kind=None):
        self[...] = np.sort(self, axis)

    def tolist(self):
        return [item.tolist() if isinstance(item, Dual) else item for item in self]

    def astype(self, dtype, copy=True):
        if np.dtype(dtype).kind == "f":
            return Dual(self.value.astype(dtype, copy=copy), self.slope.astype(dtype, copy=copy))
        CLOSEST.note(self - np.rint(self.value))
        return self.value.astype(dtype)

    def argsort(self, axis=-1, kind=None):
        return np.argsort(self, axis, kind)

    def argmax(self, axis=None):
        return np.argmax(self, axis)

    def argmin(self, axis=None):
        return np.argmin(self, axis)

    def max(self, axis=None, **options):
        return np.max(self, axis, **options)

    def min(self, axis=None, **options):
        return np.min(self, axis, **options)

    def prod(self, axis=None):
        return np.prod(self, axis)

    def cumprod(self, axis=None):
        return np.cumprod(self, axis)

    def var(self, axis=None):
        return np.var(self, axis)

    def std(self, axis=None):
        return np.std(self, axis)

    def dot(self, other, out=None):
        return np.dot(self, other) if out is None else np.dot(self, other, out=out)

    def clip(self, low=None, high=None, out=None):
        return np.clip(self, low, high) if out is None else np.clip(self, low, high, out=out)


def linear_method(name: str) -> Callable:
    """A method that is linear in the array: the same for value and slope."""

    def method(self, *args, out=None, **options):
        value, slope = (getattr(part, name)(*args, **options) for part in (self.value, self.slope))
        return packed(value, slope) if out is None else store(out, packed(value, slope))

    return method


for name in (
    "compress copy cumsum diagonal flatten mean ravel repeat reshape squeeze sum swapaxes take trace"
    " transpose view"
).split():
    setattr(Dual, name, linear_method(name))


def operators(symbol: str, ufunc: Callable, in_place: bool = True) -> None:
    """Give Number the operator and its reflection, and Dual alone the augmented assignment."""
    setattr(Number, f"__{symbol}__", lambda self, other: ufunc(self, other))
    if in_place:
        setattr(Number, f"__r{symbol}__", lambda self, other: ufunc(other, self))
        setattr(Dual, f"__i{symbol}__", lambda self, other: ufunc(self, other, out=(self,)))


for symbol, name in zip(
    "add sub mul truediv floordiv mod pow matmul".split(),
    "add subtract multiply divide floor_divide remainder power matmul".split(),
):
    operators(symbol, getattr(np, name))
for symbol, name in zip(
    "lt le gt ge eq ne".split(), "less less_equal greater greater_equal equal not_equal".split()
):
    operators(symbol, getattr(np, name), in_place=False)


# Values and slopes of arguments, and results made of them


def value_of(item: Any) -> Any:
    """The item with values in the place of Duals; containers are gone through."""
    if isinstance(item, (list, tuple)):
        return type(item)([value_of(part) for part in item])
    return item.value if isinstance(item, Number) else item


def slope_of(item: Any) -> Any:
    """The same with slopes: zero for what is not a Dual."""
    if isinstance(item, (list, tuple)):
        return type(item)([slope_of(part) for part in item])
    if isinstance(item, Number):
        return item.slope
    return np.zeros_like(item, dtype=float) if isinstance(item, np.ndarray) else 0.0


def packed(value: Any, slope: Any) -> Any:
    """A Dual, a Scalar or a container of them, of a value and its slope."""
    if isinstance(value, (list, tuple)):
        return type(value)([packed(v, s) for v, s in zip(value, slope)])
    return Dual(value, slope) if isinstance(value, np.ndarray) else Scalar(value, slope)


def fresh(value: Any, slope: Any) -> Any:
    """A new Dual or Scalar: the slope is spread over the shape of the value, and laid out like it."""
    if not isinstance(value, np.ndarray):
        return Scalar(value, slope)
    laid_out = np.empty_like(value)
    laid_out[...] = slope
    return Dual(value, laid_out)


def store(out: Any, result: Any, where: Any = True) -> Any:
    """Write a result into `out`, as ufuncs do for `out=`."""
    if isinstance(out, tuple):
        (out,) = out
    if isinstance(out, Dual):
        np.copyto(out.value, value_of(result), where=where)
        np.copyto(out.slope, slope_of(result), where=where)
    elif isinstance(result, Number):
        raise TypeError("a slope cannot be stored in a plain array")
    else:
        np.copyto(out, result, where=where)
    return out


def reshaped(x: Any, shape: tuple) -> Any:
    return np.reshape(x, shape) if np.ndim(x) else x


# Universal functions

PARTIALS: dict[np.ufunc, tuple] = {
    # ufunc: the partial derivatives by its operands, as functions of the value and the operands
    np.add: (lambda v, a, b: 1.0, lambda v, a, b: 1.0),
    np.subtract: (lambda v, a, b: 1.0, lambda v, a, b: -1.0),
    np.multiply: (lambda v, a, b: b, lambda v, a, b: a),
    np.divide: (lambda v, a, b: 1.0 / b, lambda v, a, b: -a / b**2),
    np.power: (lambda v, a, b: b * a ** (b - 1.0), lambda v, a, b: v * np.log(a)),
    np.remainder: (lambda v, a, b: 1.0, lambda v, a, b: -np.floor(a / b)),
    np.maximum: (lambda v, a, b: np.heaviside(a - b, 0.5), lambda v, a, b: np.heaviside(b - a, 0.5)),
    np.minimum: (lambda v, a, b: np.heaviside(b - a, 0.5), lambda v, a, b: np.heaviside(a - b, 0.5)),
    np.hypot: (lambda v, a, b: a / v, lambda v, a, b: b / v),
    np.arctan2: (lambda v, a, b: b / (a * a + b * b), lambda v, a, b: -a / (a * a + b * b)),
    np.positive: (lambda v, a: 1.0,),
    np.negative: (lambda v, a: -1.0,),
    np.absolute: (lambda v, a: np.sign(a),),
    np.square: (lambda v, a: 2.0 * a,),
    np.sqrt: (lambda v, a: 0.5 / v,),
    np.reciprocal: (lambda v, a: -v * v,),
    np.exp: (lambda v, a: v,),
    np.expm1: (lambda v, a: np.exp(a),),
    np.log: (lambda v, a: 1.0 / a,),
    np.log1p: (lambda v, a: 1.0 / (1.0 + a),),
    np.sin: (lambda v, a: np.cos(a),),
    np.cos: (lambda v, a: -np.sin(a),),
    np.tan: (lambda v, a: 1.0 + v * v,),
    np.tanh: (lambda v, a: 1.0 - v * v,),
    np.sinh: (lambda v, a: np.cosh(a),),
    np.cosh: (lambda v, a: np.sinh(a),),
    np.arctan: (lambda v, a: 1.0 / (1.0 + a * a),),
    np.arcsin: (lambda v, a: 1.0 / np.sqrt(1.0 - a * a),),
}
TWO_SIDED = {np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal}
TWO_SIDED |= {np.maximum, np.minimum}
JUMPS = {np.sign, np.floor, np.ceil, np.rint, np.trunc}
PREDICATES = {np.isfinite, np.isnan, np.isinf, np.logical_and, np.logical_or, np.logical_not}


def elementwise(ufunc: np.ufunc, *inputs: Any) -> Any:
    """The value and slope of a ufunc, by the chain rule."""
    if ufunc is np.matmul:
        return FUNCTIONS[np.matmul](*inputs)
    if ufunc in TWO_SIDED:
        CLOSEST.note(np.subtract(*inputs))
    elif ufunc is np.absolute:
        CLOSEST.note(inputs[0])
    elif ufunc in (np.remainder, np.floor_divide):
        ratio = np.divide(*inputs)
        CLOSEST.note(ratio - np.rint(ratio.value))
    elif ufunc in JUMPS:
        CLOSEST.note(inputs[0] - (0.0 if ufunc is np.sign else np.rint(inputs[0].value)))
    values = [np.asarray(x) if isinstance(x, list) else value_of(x) for x in inputs]
    value = ufunc(*values)
    if ufunc in PARTIALS:
        terms = [
            p(value, *values) * x.slope for p, x in zip(PARTIALS[ufunc], inputs) if isinstance(x, Number)
        ]
        return fresh(value, sum(terms[1:], terms[0]))
    if ufunc in TWO_SIDED or ufunc in PREDICATES:
        return value
    if ufunc in JUMPS or ufunc is np.floor_divide:
        return fresh(value, 0.0)
    raise LookupError(f"no slope is known of {ufunc.__name__}")


def update_at(ufunc: np.ufunc, x: Dual, index: Any, item: Any) -> None:
    """`ufunc.at`: one element after the other, also where the index repeats."""
    places = np.arange(x.value.size).reshape(x.value.shape)[index]
    # Copies: what is added may be a part of `x`.
    values, slopes = (np.array(np.broadcast_to(part(item), places.shape)) for part in (value_of, slope_of))
    for place, value, slope in zip(np.ravel(places), np.ravel(values), np.ravel(slopes)):
        where = np.unravel_index(place, x.value.shape)
        x[where] = ufunc(x[where], Scalar(value, slope))


# Functions

FUNCTIONS: dict[Callable, Callable] = {}


def implements(*functions: Callable) -> Callable:
    def register(implementation):
        FUNCTIONS.update(dict.fromkeys(functions, implementation))
        return implementation

    return register


def linear(function: Callable, data: tuple[int, ...] = (0,)) -> None:
    """Declare that a function is linear in its arguments at the positions `data`; views are linear too."""

    def apply(*args, **kwargs):
        value, slope = (
            function(*[part(arg) if k in data else arg for k, arg in enumerate(args)], **kwargs)
            for part in (value_of, slope_of)
        )
        return packed(value, slope)

    FUNCTIONS[function] = apply


for name in """
    reshape ravel transpose swapaxes moveaxis squeeze expand_dims diagonal flip fliplr flipud
    rot90 broadcast_to split array_split hsplit vsplit atleast_1d atleast_2d copy concatenate stack vstack
    hstack column_stack roll tile repeat pad diag diagflat tril triu take delete take_along_axis
    sum mean cumsum trace diff gradient real trapezoid
""".split():
    linear(getattr(np, name))
linear(np.where, (1, 2))
linear(np.append, (0, 1))
linear(np.insert, (0, 2))
linear(np.compress, (1,))
linear(np.extract, (1,))


def multilinear(function: Callable, first: int = 0) -> None:
    """Declare that a function is linear in each argument from position `first` on."""

    def apply(*args, **kwargs):
        values = [value_of(arg) for arg in args]
        value, slope = function(*values, **kwargs), 0.0
        for k in range(first, len(args)):
            if isinstance(args[k], Number):
                slope = slope + function(*values[:k], args[k].slope, *values[k + 1 :], **kwargs)
        return fresh(value, slope)

    FUNCTIONS[function] = apply


for function in [
    np.dot,
    np.matmul,
    np.inner,
    np.outer,
    np.vdot,
    np.kron,
    np.cross,
    np.convolve,
    np.correlate,
]:
    multilinear(function)
multilinear(np.einsum, first=1)


@implements(np.tensordot)
def tensordot(a, b, axes=2):
    value = np.tensordot(value_of(a), value_of(b), axes)
    return fresh(
        value, np.tensordot(slope_of(a), value_of(b), axes) + np.tensordot(value_of(a), slope_of(b), axes)
    )


def row_by_row(x: Dual, axis: int | None) -> Dual:
    """The array with `axis` first; all its elements in order for None."""
    return np.ravel(x) if axis is None else np.moveaxis(x, axis, 0)


@implements(np.prod)
def prod(x, axis=None):
    rows = row_by_row(x, axis)
    result = rows[0]
    for k in range(1, len(rows)):
        result = result * rows[k]
    return result if isinstance(result, Scalar) else result.copy()


@implements(np.cumprod)
def cumprod(x, axis=None):
    rows = row_by_row(x, axis)
    result = numpy.zeros_like(rows)
    result[0] = rows[0]
    for k in range(1, len(rows)):
        result[k] = result[k - 1] * rows[k]
    return result if axis is None else np.moveaxis(result, 0, axis)


def extreme(choose: Callable) -> Callable:
    def apply(x, axis=None, keepdims=False):
        if axis is None:
            result = extreme(choose)(np.ravel(x), 0)
            return np.reshape(numpy.array(result), (1,) * np.ndim(x)) if keepdims else result
        place = np.expand_dims(choose(x.value, axis), axis)
        result = np.take_along_axis(x, place, axis)
        CLOSEST.note(x - result)  # the winner itself does not move against itself
        return result if keepdims else np.squeeze(result, axis)[()]

    return apply


FUNCTIONS[np.max] = FUNCTIONS[np.amax] = extreme(np.argmax)
FUNCTIONS[np.min] = FUNCTIONS[np.amin] = extreme(np.argmin)


@implements(np.argsort)
def argsort(x, axis=-1, kind=None):
    order = np.argsort(x.value, axis, kind=kind)
    CLOSEST.note(np.diff(np.take_along_axis(x, order, axis), axis=axis))
    return order


@implements(np.sort)
def sort(x, axis=-1, kind=None):
    if axis is None:
        x, axis = np.ravel(x), 0
    return np.take_along_axis(x, argsort(x, axis, "stable"), axis)


@implements(np.argmax)
def argmax(x, axis=None):
    np.max(x, axis)
    return np.argmax(x.value, axis)


@implements(np.argmin)
def argmin(x, axis=None):
    np.min(x, axis)
    return np.argmin(x.value, axis)


@implements(np.searchsorted)
def searchsorted(a, v, side="left"):
    CLOSEST.note(np.subtract.outer(a, v))
    return np.searchsorted(value_of(a), value_of(v), side)


@implements(np.var)
def var(x, axis=None):
    return np.mean((x - np.mean(x, axis=axis, keepdims=True)) ** 2, axis=axis)


@implements(np.std)
def std(x, axis=None):
    return np.sqrt(np.var(x, axis))


@implements(np.linalg.norm)
def norm(x):
    return np.sqrt(np.sum(x * x))


@implements(np.linalg.solve)
def solve(a, b):
    value = np.linalg.solve(value_of(a), value_of(b))
    return fresh(value, np.linalg.solve(value_of(a), slope_of(b) - slope_of(a) @ value))


@implements(np.linalg.inv)
def inv(a):
    value = np.linalg.inv(a.value)
    return fresh(value, -value @ a.slope @ value)


@implements(np.clip)
def clip(x, low=None, high=None):
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


# Updates


def both(function: Callable, data: tuple[int, ...]) -> None:
    """Declare an update of the first argument from those at `data`: the same for values and slopes."""

    def apply(target, *args, **kwargs):
        for part in (value_of, slope_of):
            items = [part(arg) if k + 1 in data else arg for k, arg in enumerate(args)]
            options = {
                key: part(arg) if key in ("v", "values", "val") else arg for key, arg in kwargs.items()
            }
            function(part(target), *items, **options)

    FUNCTIONS[function] = apply


both(np.copyto, (1,))
both(np.put, (2,))
both(np.putmask, (2,))
both(np.place, (2,))
both(np.fill_diagonal, (1,))
both(np.put_along_axis, (2,))


# Looking at the shape, and allocation

for function in [np.shape, np.ndim, np.size]:
    FUNCTIONS[function] = lambda x, *args, function=function: function(x.value, *args)


def moving(result: Any) -> Any:
    """A new float array as a Dual that does not move; other results as they are."""
    if isinstance(result, np.ndarray) and result.dtype.kind == "f":
        return Dual(result, np.zeros_like(result))
    return result


@implements(np.zeros_like)
def zeros_like(x, **options):
    return moving(np.zeros_like(value_of(x), **options))


@implements(np.ones_like)
def ones_like(x, **options):
    return moving(np.ones_like(value_of(x), **options))


@implements(np.empty_like)
def empty_like(x, **options):
    """Filled with NaN, so that a program that reads what it has not written shows."""
    result = moving(np.empty_like(value_of(x), **options))
    if isinstance(result, Dual):
        result.value.fill(np.nan)
    return result


@implements(np.full_like)
def full_like(x, item, **options):
    result = moving(np.empty_like(value_of(x), **options))
    result[...] = item
    return result


REDUCTIONS = {
    (np.add, "reduce"): np.sum,
    (np.multiply, "reduce"): np.prod,
    (np.maximum, "reduce"): np.max,
    (np.minimum, "reduce"): np.min,
    (np.add, "accumulate"): np.cumsum,
    (np.multiply, "accumulate"): np.cumprod,
}


class NumPy:
    """NumPy, except that new float arrays are Duals: what a program finds under the name `np`."""

    float64 = float

    def __getattr__(self, name):
        function = getattr(np, name)
        if isinstance(function, (np.ufunc, type)) or not callable(function):
            return function
        return lambda *args, **kwargs: moving(function(*args, **kwargs))

    def array(self, item, dtype=None, **options):
        if dtype is not None and np.dtype(dtype).kind != "f":
            return np.array(item, dtype, **options)
        value = np.array(value_of(item), dtype, **options)
        return fresh(value, np.array(slope_of(item))) if value.dtype.kind == "f" else value

    def asarray(self, item, dtype=None):
        return item if isinstance(item, Dual) else self.array(item, dtype)

    def ascontiguousarray(self, item):
        value = np.ascontiguousarray(item.value)
        return item if value is item.value else fresh(value, item.slope)

    def empty(self, shape, dtype=float):
        return self.full(shape, np.nan if np.dtype(dtype).kind == "f" else 0, dtype)

    def full(self, shape, item, dtype=float):
        if np.dtype(dtype).kind != "f":
            return np.full(shape, item, dtype)
        result = moving(np.empty(shape))
        result[...] = item
        return result

    def fromiter(self, items, dtype, count=-1):
        return self.array(list(items))


numpy = NumPy()


def to_float(item: Any) -> Any:
    """Stand in for `float`: a Scalar stays one."""
    if isinstance(item, Dual):
        return item.item()
    return item if isinstance(item, Scalar) else builtins.float(item)


# `dtype=float` in a program means this too.
to_float.dtype = np.dtype(builtins.float)  # type: ignore[attr-defined]


def seed(value: Any, slope: Any) -> Any:
    """An argument that moves with `slope`; what is not a float or float array is constant."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return fresh(value.copy(order="K"), slope)
    return Scalar(value, slope) if isinstance(value, builtins.float) else value


def directional(f: Callable, args: tuple, directions: tuple) -> tuple[float, float]:
    """The value of `f` and its slope along the directions, one for each argument (None: constant).

    Where `f` says `np`, it must find `numpy` of this module.
    """
    CLOSEST.distance = np.inf
    moved = [arg if v is None else seed(arg, v) for arg, v in zip(args, directions)]
    result = f(*moved)
    return builtins.float(value_of(result)), builtins.float(slope_of(result))
