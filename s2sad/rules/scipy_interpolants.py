"""Interpolants that a program makes of differentiated values.

They are linear in these: a combination of what interpolates unit vectors, ``CubicSpline(x, np.eye(n))(t) @ y``.

>>> from scipy.interpolate import CubicSpline
>>> unit = CubicSpline([0.0, 1.0, 2.0, 3.0], np.eye(4))
>>> Interpolant(unit, np.array([0.0, 1.0, 8.0, 27.0]), 0, 0.0, 3.0)(2.0)
array(8.)
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.interpolate import BSpline, PPoly

from s2sad.analysis import kinds as k
from s2sad.analysis import transfer_interpolate as rows
from s2sad.errors import UnknownDerivative
from s2sad.frontend.iterators import is_known
from s2sad.frontend.library import WRITTEN_OUT, Library, handles
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import Identity, ObjectValue, TupleValue, Value
from s2sad.ir.core import Atom, Lit, Ref, Var

WRITTEN_OUT.add(__file__)


class Interpolant:
    """A combination of `basis`, which interpolates unit vectors between `low` and `high`."""

    def __init__(self, basis, values, axis, low, high):
        self.basis = basis
        self.values = values
        self.axis = axis
        self.low = low
        self.high = high

    def __call__(self, x, nu=0, extrapolate=None):
        if rows.ends(self.basis, extrapolate):
            y = self.combined(self.basis(x, nu, True))
            return self.replaced((x < self.low) | (x > self.high), np.nan, y)
        if extrapolate is not None:
            return self.combined(self.basis(x, nu, extrapolate))
        return self.combined(self.basis(x) if nu == 0 else self.basis(x, nu))

    def replaced(self, outside, fill, y):
        """Return the values, those of points outside replaced."""
        return np.where(np.reshape(outside, np.shape(outside) + (1,) * (np.ndim(y) - 1)), fill, y)

    def combined(self, weights):
        """Return the combinations with weights along the last axis; the values have them along the first."""
        return np.tensordot(weights, self.values, 1)

    def derivative(self, nu=1):
        return self.of_basis(self.basis.derivative(nu))

    def antiderivative(self, nu=1):
        return self.of_basis(self.basis.antiderivative(nu))

    def of_basis(self, basis):
        """Return the combination of another basis by the same values."""
        return Interpolant(basis, self.values, self.axis, self.low, self.high)

    def integrate(self, a, b, extrapolate=None):
        if extrapolate is None:
            return self.combined(self.basis.integrate(a, b))
        return self.combined(self.basis.integrate(a, b, extrapolate))

    @property
    def c(self):
        return self.coefficients(self.basis.c)

    def coefficients(self, weights):
        """Return the combinations as SciPy keeps them: the axes of a value are the last ones."""
        return np.tensordot(weights, self.values, 1)

    @property
    def x(self):
        return self.basis.x

    @property
    def t(self):
        return self.basis.t

    @property
    def k(self):
        return self.basis.k


class Sharing(Interpolant):
    """What `BSpline` and `PPoly` make: they share their coefficients with the program."""


def sharing(b: Library, values: Atom, *dtypes: str) -> type[Interpolant]:
    """Return what stands for an interpolant that shares an array laid out row by row, and copies any other."""
    shares = b.is_contiguous(values) and (not dtypes or k.dtype_of(values.kind) in dtypes)
    return Sharing if shares else Interpolant


def is_updated(b: Library, values: Value) -> bool:
    """Tell whether an array has been updated since it was made."""
    if not isinstance(values, Var):
        return False
    root = b.root(values)
    while root in b.views:
        root = b.root(b.views[root].base)
    return b.env.get(root, root) is not root


def kept(b: Library, values: Atom) -> Atom:
    """Return values as they are now, as SciPy does, which copies them; no array that is updated later is seen."""
    return b.call(np.copy, values) if is_updated(b, values) else values


def values_of(b: Library, interpolant: Value) -> Value:
    values = b.attribute(interpolant, "values")
    if not issubclass(b.type_of(interpolant), Sharing) and is_updated(b, values):
        raise b.refuse(
            "the array that this interpolant was made of is updated afterwards",
            "make it of a copy: `y.copy()`",
        )
    return values


def axis_of(b: Library, interpolant: Value) -> int:
    """Return the axis of interpolation."""
    axis = b.kind(b.attribute(interpolant, "axis"))
    if not isinstance(axis, k.Scalar) or not isinstance(axis.value, int):
        raise b.refuse("the axis of this interpolation is not known", "interpolate along one axis")
    return axis.value


@handles(Interpolant.of_basis)
def _of_basis(b: Library, args: list[Value], kwargs: dict[str, Value]) -> Value:
    self, basis = args
    rest = [b.attribute(self, name) for name in ("axis", "low", "high")]
    values = kept(b, b.atom(values_of(b, self)))
    cls = b.type_of(self).__mro__[1]  # that which the class of `standing_for` is made of
    return made(b, Interpolant if cls is Sharing else cls, b.type_of(self).stands_for, basis, values, *rest)  # type: ignore[attr-defined]


@handles(Interpolant.coefficients)
def _coefficients(b: Library, args: list[Value], kwargs: dict[str, Value]) -> Value:
    weights, values = b.atom(args[1]), b.atom(values_of(b, args[0]))
    shape = k.shape_of(values.kind)
    if shape is not None and len(shape) <= 2:
        return b.call(operator.matmul, weights, values)
    return b.call(np.tensordot, weights, values, Lit(1))


@handles(Interpolant.combined)
def _combined(b: Library, args: list[Value], kwargs: dict[str, Value]) -> Value:
    weights = b.atom(args[1])
    result = b.atom(_coefficients(b, args, kwargs))
    at, points = axis_of(b, args[0]), k.shape_of(weights.kind)
    if at == 0 or (points is not None and len(points) == 1):
        return result
    if points is None:
        raise b.refuse("the number of dimensions of these points is not known", "interpolate along axis 0")
    n = len(points) - 1
    source, target = (Lit(0), Lit(at)) if n == 1 else (span(b, 0, n), span(b, at, at + n))
    return b.call(np.moveaxis, result, source, target)


@handles(Interpolant.replaced)
def _replaced(b: Library, args: list[Value], kwargs: dict[str, Value]) -> Value:
    self, outside, fill, y = args
    mask = b.atom(outside)
    values, points = (k.shape_of(b.kind(each)) for each in (b.attribute(self, "values"), mask))
    at = axis_of(b, self)
    if values is None or points is None:
        raise b.refuse("the number of dimensions of these points is not known", "use arrays")
    if len(values) > 1 and points:
        n, rank = len(points), len(values) - 1
        added = tuple(range(at)) + tuple(range(at + n, rank + n))
        axes = Lit(added[0]) if rank == 1 else b.atom(TupleValue(tuple(map(Lit, added))))
        mask = b.call(np.expand_dims, mask, axes)
    return b.call(np.where, mask, b.atom(fill), b.atom(y))


def span(b: Library, start: int, stop: int) -> Atom:
    return b.atom(TupleValue(tuple(map(Lit, range(start, stop)))))


def reads(name: str, axes: int) -> Callable:
    """Return what reads an array of a constant interpolant, which has some axes more than its values."""

    def handler(b: Library, args: list[Value], kwargs: dict[str, Value]) -> Value:
        owner = b.atom(args[0])
        one = rows.part_of(owner.kind, "<values>") if axes != 1 or name == "c" else k.Array("f8", ())
        lead = (None,) * axes
        shape = None if not isinstance(one, k.Array) or one.shape is None else (*lead, *one.shape)
        return b.emit(
            Ref("getattr", getattr), (owner, Lit(name)), kind=k.Array("f8" if shape else None, shape)
        )

    return handler


for cls, name, axes in ((PPoly, "c", 2), (PPoly, "x", 1), (BSpline, "c", 1), (BSpline, "t", 1)):
    if isinstance(getattr(cls, name, None), property):  # in older SciPy these are plain attributes
        handles(getattr(cls, name).fget)(reads(name, axes))


# ---- how they are made ------------------------------------------------------------------------------------

Given = dict[str, Value]
Handler = Callable[[Library, Ref, Given], Value]


def makes(original: Any) -> Callable[[Handler], Handler]:
    """Register what is built for a call with differentiated arguments; other calls stay as they are."""
    signature = inspect.signature(original)

    def register(build: Handler) -> Handler:
        def handler(b: Library, args: list[Value], kwargs: Given) -> Value:
            if is_known(b, [*args, *kwargs.values()]):
                return b.opaque_call(ref_to(original), args, kwargs)
            return build(b, ref_to(original), dict(signature.bind(*args, **kwargs).arguments))

        handles(original)(handler)
        return build

    return register


def check_constant(b: Library, ref: Ref, given: Given) -> None:
    """Refuse arguments in which there is no derivative."""
    for name, value in given.items():
        if not is_known(b, [value]):
            raise b.error(
                UnknownDerivative,
                f"the derivative of `{ref.text}` in `{name}` is not known",
                f"keep `{name}` constant, as `s2sad.stop_gradient` does",
            )


def array_of(b: Library, value: Value) -> Atom:
    atom = b.atom(value)
    return (
        atom if isinstance(atom.kind, k.Array) and atom.kind.shape is not None else b.call(np.asarray, atom)
    )


def axis_first(b: Library, values: Value, axis: Value) -> tuple[Atom, Lit]:
    """Return an array whose first axis is that of interpolation, and which one this was."""
    array = array_of(b, values)
    shape = k.shape_of(array.kind)
    if axis == Lit(0):
        return array, Lit(0)
    if not isinstance(axis, Lit) or not shape:
        raise b.refuse(
            "the axis of this interpolation is not known", "interpolate along the first axis: axis=0"
        )
    at = Lit(axis.value % len(shape))
    return (array if at == Lit(0) else b.call(np.moveaxis, array, at, Lit(0))), at


def length(b: Library, values: Atom) -> Atom:
    return b.call(len, values)


def units(b: Library, rows: Atom, columns: Atom | None = None, offset: Atom | None = None) -> Atom:
    return b.call(np.eye, *(atom for atom in (rows, columns, offset) if atom is not None))


def item(b: Library, values: Atom, index: int) -> Atom:
    return b.call(operator.getitem, values, Lit(index))


def basis_of(b: Library, ref: Ref, args: list[Atom], options: Given) -> Atom:
    """Make what interpolates unit vectors."""
    basis = b.opaque_call(ref, list(args), options)
    assert isinstance(basis, Var)
    basis.hint = "basis"
    return basis


def made(b: Library, cls: Any, original: Any, *parts: Value) -> Value:
    """Make an object of a class of ours, which stands for one of another class."""
    value = ObjectValue(standing_for(cls, original), Identity())
    b.call_value(Ref(f"{cls.__name__}.__init__", cls.__init__), [value, *parts], {})
    return value


@functools.cache
def standing_for(cls: Any, original: type) -> type:
    """Return a class that is called as the original in tests of the program and in messages."""
    return type(original.__name__, (cls,), {"stands_for": original})


def combination(
    b: Library, ref: Ref, args: list[Atom], options: Given, values: Atom, axis: Lit, ends: tuple[Atom, Atom]
) -> Value:
    """Make what interpolates unit vectors, and return the combination by the values."""
    basis = basis_of(b, ref, args, options)
    return made(b, Interpolant, class_of(ref), basis, kept(b, values), axis, *ends)


def class_of(ref: Ref) -> type:
    """Return the class of what a class or function makes."""
    return ref.value if isinstance(ref.value, type) else BSpline


def between(b: Library, points: Atom) -> tuple[Atom, Atom]:
    return item(b, points, 0), item(b, points, -1)


def refuses(*originals: Any) -> None:
    """Refuse differentiated arguments of what makes interpolants in another way."""
    for original in originals:

        @makes(original)
        def _refused(b: Library, ref: Ref, given: Given) -> Value:
            raise b.unknown_derivative(ref)
