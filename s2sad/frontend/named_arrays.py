"""Arrays whose axes have names, as xarray's: lowered to operations on the NumPy arrays in them.

Which axis is called what, and which labels it carries, is known from the arguments before anything runs. An operation
by name is then one by position, with axes moved to where they belong; two axes of one name must carry the same labels,
as they would be aligned by them. What has no counterpart here is refused.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

import gast
import numpy as np

from s2sad.analysis import kinds as k
from s2sad.frontend.expressions import COMPARE
from s2sad.frontend.names import ref_to
from s2sad.frontend.other_arrays import OtherArrays
from s2sad.frontend.values import Identity, ObjectValue, TupleValue, Value
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Lit, Ref, Var

# what each reduction is, over floats of which NaN are left out, and over all
REDUCTIONS = {
    "sum": (np.nansum, np.sum),
    "mean": (np.nanmean, np.mean),
    "prod": (np.nanprod, np.prod),
    "max": (np.nanmax, np.max),
    "min": (np.nanmin, np.min),
    "var": (np.nanvar, np.var),
    "std": (np.nanstd, np.std),
    "median": (np.nanmedian, np.median),
    "any": (np.any, np.any),
    "all": (np.all, np.all),
}
RUNNING = {"cumsum": (np.nancumsum, np.cumsum), "cumprod": (np.nancumprod, np.cumprod)}
# NumPy's functions that call the method of this name, and those that leave the names out
BY_METHOD = {
    getattr(np, name): name for name in "sum mean prod max min var std any all cumsum cumprod clip".split()
}
AS_PLAIN = {
    *(getattr(np, name) for name in "where asarray array shape ndim size".split()),
    *(getattr(np, name) for name in "median nansum nanmean average dot ravel diff".split()),
    np.linalg.norm,
    float,
    len,
}

NONE, ONE, UPPER = Lit(None), Lit(1), Lit("upper")
Name = str
Lowering = Callable[[Any, list[Value], dict[str, Value]], Value]
FUNCTIONS: dict[Any, Lowering] = {}  # the libraries' own functions


@dataclass(frozen=True)
class Axes:
    """The names of an array's axes, and what stands for the labels of each: None for one without."""

    names: tuple[Name, ...]
    labels: tuple[str | None, ...]

    def __iter__(self) -> Any:
        return iter(zip(self.names, self.labels, strict=True))


def differ(m: k.Dim, n: k.Dim) -> bool:
    """Tell whether lengths are not surely equal and NumPy might broadcast them, or surely are not equal.

    Lengths of arguments have one symbol if they are equal; other symbols may stand for the same length.
    """
    if m is None or n is None or m == n:
        return False
    of_arguments = (isinstance(each, int) or (each.name[0] == "n" and not each.offset) for each in (m, n))
    return 1 in (m, n) or all(of_arguments)


class NamedArray:
    """Stands for an array with named axes in a program that is being lowered; its subclasses know which axes."""

    axes: ClassVar[Axes]
    not_followed = (
        "an array with named axes is passed to a place where it cannot be followed",
        "pass, or return, the array in it: its `.values`",
    )


@functools.cache
def with_axes(axes: Axes) -> type[NamedArray]:
    """Return the class of arrays with these axes: where two paths meet, what they bring must be of one class."""
    return type("NamedArray", (NamedArray,), {"axes": axes})


class NamedArrays(OtherArrays):
    """Operators, methods and functions of arrays with named axes."""

    def entered(self, var: Var) -> Value:
        """Return an argument of such a class as what its operations are followed in."""
        kind = var.kind
        assert isinstance(kind, k.Object)
        names, labels, dtypes = (tuple(each.value for each in item.items) for item in kind.items[1:])  # type: ignore[attr-defined]
        values = self.emit(Ref("getattr", getattr), (var, Lit("values")), hint=f"{var.hint}_values")
        assert isinstance(values, Var)
        self.views.pop(values, None)
        self.owners[values] = var.hint  # type: ignore[attr-defined]
        for name, label, dtype, length in zip(
            names, labels, dtypes, k.shape_of(values.kind) or (), strict=True
        ):
            if dtype is not None:
                self.program.coordinates.setdefault(label, (var, name, k.Array(dtype, (length,))))
        value = self.with_axes(values, Axes(names, labels))
        self.program.likes.append((var, Axes(names, labels)))
        return value

    def with_axes(self, values: Value, axes: Axes) -> Value:
        value = ObjectValue(with_axes(axes), Identity())
        self.env[value.identity, "values"] = self.root_value(values)
        return value

    def axes_of(self, value: Value) -> Axes | None:
        """Return the axes of an array that has names for them."""
        is_named = isinstance(value, ObjectValue) and issubclass(value.type, NamedArray)
        return value.type.axes if is_named else None  # type: ignore[union-attr]

    def in_it(self, value: Value) -> Atom:
        """Return the NumPy array in an array with named axes; another value as it is."""
        if self.axes_of(value) is None:
            return self.atom(value)
        return self.atom(self.current(self.atom(self.env[value.identity, "values"])))  # type: ignore[union-attr]

    def atom_of_object(self, value: ObjectValue) -> Atom:
        axes = self.axes_of(value)
        if axes is None:
            return super().atom_of_object(value)
        if not axes.names:
            return self.in_it(value)
        for var, its in self.program.likes:
            if its == axes:
                assert isinstance(var.kind, k.Object)
                values = self.in_it(value)
                kind = k.Object(var.kind.type, var.kind.names, (values.kind, *var.kind.items[1:]))
                return self.emit(ref_to(k.NAMED[kind.type]), (var,), (("values", values),), kind=kind)
        raise self.refuse(*NamedArray.not_followed)

    # ---- bringing axes together -------------------------------------------------------------------

    def aligned(self, values: Sequence[Value]) -> tuple[list[Atom], Axes]:
        """Return the arrays in some operands with their axes where they belong, and the axes of the result."""
        found: dict[Name, tuple[str | None, k.Dim]] = {}
        for value in values:
            its = tuple(self.axes_of(value) or ())
            lengths = k.shape_of(self.in_it(value).kind) or (None,) * len(its)
            for (name, label), length in zip(its, lengths, strict=False):
                before, other = found.get(name, (label, length))
                if None not in (label, before) and label != before:
                    self.refuse_named(
                        f"labels along `{name}` differ",
                        'align the arrays before the call: `xarray.align(x, y, join="exact")`',
                    )
                if differ(length, other):
                    self.refuse_named(f"lengths along `{name}` differ", "pass arrays of the same shape")
                found[name] = (before if label is None else label, length if other is None else other)
        axes = Axes(tuple(found), tuple(label for label, _ in found.values()))
        return [self.placed(value, axes.names) for value in values], axes

    def placed(self, value: Value, names: tuple[Name, ...]) -> Atom:
        """Return an operand's array with its axes in the order of all `names`, those it lacks of length 1."""
        axes, array = self.axes_of(value), self.in_it(value)
        if axes is None:
            if isinstance(array.kind, k.Scalar):
                return array
            shape = k.shape_of(array.kind)
            if shape is None or len(shape) > len(names) or not isinstance(array.kind, k.Array):
                self.refuse_named(
                    "an operand without names for its axes cannot be placed",
                    "make both plain arrays: take `.values`",
                )
            return array
        array = self.moved(array, axes.names, tuple(name for name in names if name in axes.names))
        rest = list(
            itertools.dropwhile(lambda name: name not in axes.names, names)
        )  # NumPy adds those in front
        if all(name in axes.names for name in rest):
            return array
        whole = self.emit(ir.SLICE, (NONE, NONE, NONE))
        items = tuple(whole if name in axes.names else NONE for name in rest)
        return self.atom(self.subscript(array, TupleValue(items)))

    def moved(self, array: Atom, have: tuple[Name, ...], want: tuple[Name, ...]) -> Atom:
        """Return an array with its axes in another order."""
        if have == want:
            return array
        if have == want[::-1]:
            return self.call(np.transpose, array)
        order = TupleValue(tuple(Lit(have.index(name)) for name in want))
        return self.call(np.transpose, array, self.atom(order))

    def refuse_named(self, why: str, hint: str) -> NoReturn:
        raise self.refuse(f"this operation on arrays with named axes cannot be followed: {why}", hint)

    # ---- operators --------------------------------------------------------------------------------

    def binary(self, function: Any, left: Value, right: Value) -> Value:
        if self.axes_of(left) is None and self.axes_of(right) is None:
            return super().binary(function, left, right)
        if function is operator.matmul:
            return self.dotted(left, right, None)
        (p, q), axes = self.aligned((left, right))
        return self.with_axes(super().binary(function, p, q), axes)

    def unary(self, function: Any, value: Value) -> Value:
        axes = self.axes_of(value)
        if axes is None:
            return super().unary(function, value)
        return self.with_axes(super().unary(function, self.in_it(value)), axes)

    def compare(self, op: gast.AST, left: Value, right: Value) -> Value:
        by_value = not isinstance(op, (gast.In, gast.NotIn, gast.Is, gast.IsNot))
        if not by_value or (self.axes_of(left) is None and self.axes_of(right) is None):
            return super().compare(op, left, right)
        (p, q), axes = self.aligned((left, right))
        return self.with_axes(self.emit(ref_to(COMPARE[type(op)]), (p, q)), axes)

    def augmented(self, function: Any, old: Value, value: Value) -> Value | None:
        if self.axes_of(old) is not None:
            self.refuse_named("it is updated in place", "write `x = x + ...`")
        return super().augmented(function, old, value)

    def set_item(self, container: Value, index: Value, value: Value) -> None:
        if self.axes_of(container) is not None:
            self.refuse_named("it is updated in place", "update the array in it: its `.values`")
        super().set_item(container, index, value)

    def set_attribute(self, owner: Value, name: str, value: Value) -> None:
        if self.axes_of(owner) is not None:
            self.refuse_named(f"`.{name}` is assigned to", "make a new array")
        super().set_attribute(owner, name, value)

    def truth(self, value: Value) -> Atom:
        return super().truth(self.in_it(value) if self.axes_of(value) is not None else value)

    def iterate(self, value: Value, body: Any, hint: str = "", frame: Any = None) -> None:
        if self.axes_of(value) is not None:
            self.refuse_named("it is iterated over", "iterate over its `.values`")
        super().iterate(value, body, hint, frame)

    # ---- attributes and indices -------------------------------------------------------------------

    def attribute(self, value: Value, name: str) -> Value:
        axes = self.axes_of(value)
        if axes is None:
            return super().attribute(value, name)
        if name in ("values", "data"):
            return self.in_it(value)
        if name == "dims":
            return TupleValue(tuple(map(Lit, axes.names)))
        if name in ("shape", "ndim", "size", "dtype", "nbytes"):
            return super().attribute(self.in_it(value), name)
        if name == "T":
            return self.named_method(value, "transpose", [], {})
        if name in axes.names:
            return self.coordinate(value, axes, name)
        raise self.unfollowed(f"`.{name}`")

    def coordinate(self, value: Value, axes: Axes, name: Name) -> Value:
        """Return the labels of an axis as an array: its indices, where it has none."""
        label = dict(axes)[name]
        if label is None:
            shape = super().attribute(self.in_it(value), "shape")
            length = self.atom(self.subscript(shape, Lit(axes.names.index(name))))
            return self.with_axes(self.call(np.arange, length), Axes((name,), (None,)))
        if label not in self.program.coordinates:
            self.refuse_named(f"the labels along `{name}` are not known", "pass them as an argument")
        var, own, kind = self.program.coordinates[label]
        coordinate = self.emit(ref_to(operator.getitem), (var, Lit(own)), kind=k.UNKNOWN, active=False)
        values = self.emit(Ref("getattr", getattr), (coordinate, Lit("values")), kind=kind, active=False)
        return self.with_axes(values, Axes((name,), (label,)))

    def unfollowed(self, what: str) -> Exception:
        return self.refuse(
            f"{what} of an array with named axes cannot be followed",
            "take the array in it: its `.values`",
        )

    def subscript(self, value: Value, index: Value) -> Value:
        axes = self.axes_of(value)
        if axes is None:
            return super().subscript(value, index)
        if isinstance(index, Lit) and isinstance(index.value, str) and index.value in axes.names:
            return self.coordinate(value, axes, index.value)
        items = list(index.items) if isinstance(index, TupleValue) else [index]
        if Lit(Ellipsis) in items:
            at = items.index(Lit(Ellipsis))
            whole = self.emit(ir.SLICE, (NONE, NONE, NONE))
            items[at : at + 1] = [whole] * (len(axes.names) + 1 - len(items))
        return self.picked(value, dict(zip(axes.names, items, strict=False)))

    def picked(self, value: Value, chosen: dict[Name, Value]) -> Value:
        """Return a part of an array: one index, or a slice, of each of some axes."""
        axes = self.axes_of(value)
        assert axes is not None
        whole = self.emit(ir.SLICE, (NONE, NONE, NONE))
        left: list[tuple[Name, str | None]] = []
        for name, label in axes:
            kind = self.kind(chosen.get(name, whole))
            if isinstance(kind, k.Slice):
                left.append((name, self.relabelled(label, chosen.get(name))))
            elif not (isinstance(kind, k.Scalar) and kind.dtype == "i8"):
                self.refuse_named(
                    f"the index of `{name}` is neither an integer nor a slice", "index `.values`"
                )
        items = [self.written(chosen.get(name, whole)) for name in axes.names]
        while items and items[-1] is whole:
            items.pop()
        array = self.in_it(value)
        index = items[0] if len(items) == 1 else TupleValue(tuple(items))
        part = self.subscript(array, index) if items else array
        return self.with_axes(part, Axes(tuple(n for n, _ in left), tuple(label for _, label in left)))

    def written(self, index: Value) -> Value:
        """Return ``slice(a, b)`` as the index ``a:b``."""
        made = self.made.get(index) if isinstance(index, Var) else None
        if made is None or made.target is not slice:
            return index
        ends = (NONE, *made.args) if len(made.args) == 1 else made.args
        return self.emit(ir.SLICE, (*ends, *(NONE,) * (3 - len(ends))))

    def relabelled(self, label: str | None, index: Value | None) -> str | None:
        """Return what stands for the labels of a part of an axis."""
        if label is None or index is None:
            return label
        found = self.literal_index(index)
        if found == slice(None):
            return label
        if isinstance(found, slice):
            return f"{label}[{found.start}:{found.stop}:{found.step or 1}]"
        return f"{label}[{next(self.program.unknown_labels)}]"

    # ---- methods and functions --------------------------------------------------------------------

    def named_method(self, owner: Value, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        axes = self.axes_of(owner)
        assert axes is not None
        if name in REDUCTIONS or name in RUNNING:
            return self.reduced(
                owner, axes, name, self.arguments_by_name(("dim", "axis"), args, kwargs, name)
            )
        if name in ("copy", "compute", "load", "persist"):
            return self.with_axes(self.in_it(owner), axes)
        if name in OWN:
            names, lower = OWN[name]
            return lower(self, owner, axes, **self.arguments_by_name(names, args, kwargs, name))
        if name == "transpose":
            wanted = [self.text(each) for each in args] or list(axes.names[::-1])
            if kwargs or sorted(wanted) != sorted(axes.names):
                self.refuse_named(f"`{name}` does not name all axes", "give all of them")
            labels = dict(axes)
            array = self.moved(self.in_it(owner), axes.names, tuple(wanted))
            return self.with_axes(array, Axes(tuple(wanted), tuple(labels[each] for each in wanted)))
        if name == "isel":
            return self.picked(owner, self.by_axis(axes, name, args, kwargs))
        if name == "roll":
            shifts = self.by_axis(axes, name, args, kwargs)
            return self.rolled(owner, axes, shifts)
        if name == "item" and not args:
            return self.method(self.in_it(owner), name, args, kwargs)
        if name == "pipe" and args:
            return self.call_value(args[0], [owner, *args[1:]], kwargs)
        raise self.unfollowed(f"the method `{name}`")

    def arguments_by_name(
        self, names: Iterable[str], args: list[Value], kwargs: dict[str, Value], method: str
    ) -> dict[str, Value]:
        names = tuple(names)
        options = ("skipna", "ddof") if names == ("dim", "axis") else ()
        if len(args) > len(names) or not kwargs.keys() <= {*names, *options, "keep_attrs"}:
            self.refuse_named(f"`{method}` gets other arguments than are known", "use `.values`")
        return dict(zip(names, args, strict=False)) | {n: v for n, v in kwargs.items() if n != "keep_attrs"}

    def by_axis(
        self, axes: Axes, method: str, args: list[Value], kwargs: dict[str, Value]
    ) -> dict[Name, Value]:
        """Return what a method is given for each of some axes, as keywords or as a dict."""
        entries: Sequence[Value] | None = None if args else ()
        if len(args) == 1:
            made = self.made.get(self.current(args[0])) if isinstance(args[0], Var) else None
            written = made is not None and made.fn is ir.DICT
            entries = made.args if written else self.known_entries(args[0])  # type: ignore[union-attr]
        if entries is None:
            self.refuse_named(f"the axes of `{method}` are not known", "name them as keywords")
        given = dict(zip(map(self.text, entries[::2]), entries[1::2], strict=True)) | kwargs
        strange = next((name for name in given if name not in axes.names), None)
        if strange is not None:
            self.refuse_named(f"`{method}` gets `{strange}`, which is no axis", "name axes only")
        return given

    def text(self, value: Value) -> str:
        found = getattr(self.kind(value), "value", None) if not isinstance(value, Lit) else value.value
        if not isinstance(found, str):
            self.refuse_named("the name of an axis is not known", "write it as a text")
        return found

    def chosen_axes(self, axes: Axes, dim: Value, axis: Value) -> list[Name]:
        """Return the names of the axes that ``dim=`` or ``axis=`` give, all where there is neither."""
        if dim in (NONE, Lit(Ellipsis)) and axis == NONE:
            return list(axes.names)
        if axis != NONE:
            if dim != NONE:
                self.refuse_named("`dim` and `axis` are given", "give one of them")
            items = self.items_of(axis) or (axis,)
            places = [item.value for item in items if isinstance(item, Lit) and type(item.value) is int]
            if len(places) != len(items) or any(not -len(axes.names) <= i < len(axes.names) for i in places):
                self.refuse_named("the axis is not known", "write it as a number")
            return [axes.names[i] for i in places]
        single = isinstance(self.kind(dim), k.Constant)  # a text is no sequence of letters here
        found = list(map(self.text, (dim,) if single else self.items_of(dim) or (dim,)))
        strange = next((name for name in found if name not in axes.names), None)
        if strange is not None:
            self.refuse_named(f"it has no axis `{strange}`", f"its axes are {', '.join(axes.names)}")
        return found

    def reduced(self, owner: Value, axes: Axes, name: str, given: dict[str, Value]) -> Value:
        """Lower a reduction or running totals; of floats, NaN are left out unless ``skipna=False``."""
        array = self.in_it(owner)
        over = self.chosen_axes(axes, given.pop("dim", NONE), given.pop("axis", NONE))
        skipna = given.pop("skipna", NONE)
        if not isinstance(skipna, Lit):
            self.refuse_named("`skipna` is not known", "write True or False")
        dtype = k.dtype_of(array.kind) or "f8"
        skips = dtype[0] in "fc" if skipna.value is None else bool(skipna.value)
        function = (REDUCTIONS | RUNNING)[name][0 if skips else 1]
        if not isinstance(array.kind, k.Array):
            return (
                self.with_axes(array, axes)
                if name in ("sum", "mean", "prod", "max", "min")
                else self.lost(name)
            )
        if name in RUNNING:
            if len(over) != 1:
                self.refuse_named(f"`{name}` over several axes", "name one")
            place: Value = Lit(axes.names.index(over[0]))
            return self.with_axes(
                self.library_call(ref_to(function), [array], {**given, "axis": place}), axes
            )
        places = [Lit(i) for i, each in enumerate(axes.names) if each in over]
        if len(places) < len(axes.names):
            given["axis"] = places[0] if len(places) == 1 else TupleValue(tuple(places))
        result = self.call_object(ref_to(function), [array], given) if places else array
        kept = [(each, label) for each, label in axes if each not in over]
        return self.with_axes(result, Axes(tuple(n for n, _ in kept), tuple(label for _, label in kept)))

    def lost(self, name: str) -> NoReturn:
        self.refuse_named(f"`{name}` of a single number", "leave it out")

    def rolled(self, owner: Value, axes: Axes, shifts: dict[Name, Value]) -> Value:
        array: Value = self.in_it(owner)
        for name, shift in shifts.items():
            place = Lit(axes.names.index(name))
            array = self.library_call(ref_to(np.roll), [array, shift], {"axis": place})
        return self.with_axes(array, axes)

    def dotted(self, left: Value, right: Value, dim: Value | None) -> Value:
        """Lower a sum of products over the axes that both have, or over those that are named."""
        if self.axes_of(left) is None or self.axes_of(right) is None:
            self.refuse_named("a product with a plain array", "take `.values` of both")
        _, axes = self.aligned((left, right))
        ours = [self.axes_of(each).names for each in (left, right)]  # type: ignore[union-attr]
        if dim is None or dim == NONE:
            over = [name for name in ours[0] if name in ours[1]]
        else:
            over = self.chosen_axes(axes, dim, NONE)
        letters = dict(zip(axes.names, "abcdefghijklmnopqrstuvwxyz", strict=False))
        kept = [(name, label) for name, label in axes if name not in over]
        spelled = [*ours, tuple(name for name, _ in kept)]
        terms = ["".join(letters[name] for name in names) for names in spelled]
        text = Lit(f"{terms[0]},{terms[1]}->{terms[2]}")
        result = self.call_object(ref_to(np.einsum), [text, self.in_it(left), self.in_it(right)], {})
        return self.with_axes(result, Axes(tuple(n for n, _ in kept), tuple(label for _, label in kept)))

    def chosen(self, test: Value, then: Value, otherwise: Value, order: Sequence[Value]) -> Value:
        """Lower ``xarray.where`` and its kin; the axes of the result are in the order of some operands."""
        _, axes = self.aligned(order)
        atoms = [self.placed(each, axes.names) for each in (test, then, otherwise)]
        return self.with_axes(self.call_object(ref_to(np.where), list(atoms), {}), axes)

    def call_object(self, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> Value:
        target = ref.value
        if all(self.axes_of(value) is None for value in (*args, *kwargs.values())):
            return super().call_object(ref, args, kwargs)
        if isinstance(target, Hashable) and target in FUNCTIONS:
            return FUNCTIONS[target](self, args, kwargs)
        if not self.is_of_library(target):
            return super().call_object(ref, args, kwargs)
        if target is abs or (isinstance(target, np.ufunc) and target.nout == 1 and not kwargs):
            atoms, axes = self.aligned(args)
            return self.with_axes(super().call_object(ref, list(atoms), {}), axes)
        if target in BY_METHOD and args and self.axes_of(args[0]) is not None:
            leading = [] if target is np.clip else [NONE]  # `dim`, which NumPy does not know
            return self.named_method(args[0], BY_METHOD[target], [*leading, *args[1:]], kwargs)
        numbers = all(
            not each.names for each in map(self.axes_of, (*args, *kwargs.values())) if each is not None
        )
        if target in AS_PLAIN or numbers:
            plain = {name: self.in_it(value) for name, value in kwargs.items()}
            return super().call_object(ref, [self.in_it(value) for value in args], plain)
        raise self.unfollowed(f"`{ref.text}`")

    @staticmethod
    def is_of_library(target: Any) -> bool:
        """Tell whether a callable is not the user's own."""
        module = (getattr(target, "__module__", None) or type(target).__module__).partition(".")[0]
        return module in (
            "numpy",
            "scipy",
            "builtins",
            "math",
            *(cls.__module__.partition(".")[0] for cls in k.NAMED),
        )


def clipped(b: NamedArrays, owner: Value, axes: Axes, min: Value = NONE, max: Value = NONE) -> Value:
    if any(b.axes_of(each) is not None for each in (min, max)):
        b.refuse_named("the bounds have axes", "use `np.minimum` and `np.maximum`")
    return b.with_axes(b.call_object(ref_to(np.clip), [b.in_it(owner), min, max], {}), axes)


def masked(b: NamedArrays, owner: Value, axes: Axes, cond: Value, other: Value | None = None) -> Value:
    filler = Ref("np.nan", np.nan) if other is None else other
    order = [each for each in (owner, cond, filler) if b.axes_of(each) is not None]
    return b.chosen(cond, owner, filler, order)


def filled(b: NamedArrays, owner: Value, axes: Axes, value: Value) -> Value:
    test = b.with_axes(b.call(np.isnan, b.in_it(owner)), axes)
    order = [each for each in (owner, value) if b.axes_of(each) is not None]
    return b.chosen(test, value, owner, order)


def differences(
    b: NamedArrays, owner: Value, axes: Axes, dim: Value, n: Value = ONE, label: Value = UPPER
) -> Value:
    (name,) = b.chosen_axes(axes, dim, NONE)
    if n != ONE or label != UPPER:
        b.refuse_named("`diff` of another order or label", "call it several times")
    result = b.call_object(ref_to(np.diff), [b.in_it(owner)], {"axis": Lit(axes.names.index(name))})
    labels = tuple(f"{each}[1:None:1]" if own == name and each is not None else each for own, each in axes)
    return b.with_axes(result, Axes(axes.names, labels))


def products(b: NamedArrays, owner: Value, axes: Axes, other: Value, dim: Value = NONE) -> Value:
    return b.dotted(owner, other, dim)


def converted(b: NamedArrays, owner: Value, axes: Axes, dtype: Value) -> Value:
    return b.with_axes(b.method(b.in_it(owner), "astype", [dtype], {}), axes)


OWN: dict[str, tuple[tuple[str, ...], Callable[..., Value]]] = {
    "clip": (("min", "max"), clipped),
    "where": (("cond", "other"), masked),
    "fillna": (("value",), filled),
    "diff": (("dim", "n", "label"), differences),
    "dot": (("other", "dim"), products),
    "astype": (("dtype",), converted),
}
