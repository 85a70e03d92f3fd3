"""What a derivative is at run time: a loaded function for one sort of arguments, and the linear maps that it gives.

A pullback or a pushforward holds a copy of all that it reads: the arguments, and the values that the variables of
the user's module had. It can be called at any later time, copied, and pickled if its function can be imported.
"""

from __future__ import annotations

import copy
import hashlib
import pickle
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.backend.load import load
from s2sad.pipeline import Derived
from s2sad.trees import children, rebuilt


class Maker(Protocol):
    """What makes versions: a `Derivative`."""

    leading: tuple

    def name(self) -> str: ...

    def for_kinds(self, kinds: dict[str, k.Kind], shapes: k.Shapes) -> Version: ...

    def by_parameter(self, args: tuple, tangents: Sequence[Any]) -> list[Any]: ...


Origin = tuple[Maker, dict[str, k.Kind], k.Shapes]


@dataclass
class Version:
    """A loaded derivative for arguments of certain kinds."""

    function: types.FunctionType
    derived: Derived
    signatures: list[tuple[Callable[[], Any], Any]]
    origin: Origin | None = None

    def is_valid(self) -> bool:
        """Tell whether the functions and variables that it was made for are still the same."""
        for read, expected in self.derived.guards:
            if read() is not expected:
                return False
        return all(signature(read()) == expected for read, expected in self.signatures)

    def refresh(self) -> None:
        """Give the emitted function the current values of the user's variables."""
        space = self.function.__globals__
        for name, read in self.derived.emitted.live:
            space[name] = read()


class _Concrete(k.Shapes):
    """Lengths as they are: for telling whether a version was made for arguments of just this sort."""

    def dim(self, n: int) -> k.Dim:
        return n

    def label(self, index: Any) -> str:
        labels = np.asarray(index)
        data = repr(list(labels)).encode() if labels.dtype.kind == "O" else labels.tobytes()
        return f"{labels.dtype} {hashlib.sha1(data).hexdigest()}"


_CONCRETE = _Concrete()


def signature(value: Any) -> Any:
    """Return what distinguishes one sort of argument from another, quickly."""
    of = type(value)
    if of is float or of is int:
        return of
    if of is np.ndarray:
        return value.dtype, value.shape, value.flags.c_contiguous
    if of is tuple or of is list:
        return of, tuple(map(signature, value))
    return k.kind_of(value, _CONCRETE)


# Linear maps at one point -----------------------------------------------------------------------------------


class Snapshot:
    """A version, and the data that the variables of the user's module held when it ran."""

    def __init__(self, version: Version):
        self.version = version
        space = version.function.__globals__
        names = [name for name, _ in version.derived.emitted.live]
        self.values = {name: copied(space[name]) for name in names if is_data(space[name])}
        self.space: dict[str, Any] | None = None

    def function(self, name: str) -> Callable:
        """Return a function of the generated text, which reads the variables as they were."""
        space = self.version.function.__globals__
        if not all(is_same(space[key], value) for key, value in self.values.items()):
            if self.space is None:
                emitted = self.version.derived.emitted
                self.space = load(emitted.text, emitted.name, {**space, **self.values}).__globals__
            space = self.space
        return space[name]

    def __reduce__(self) -> Any:
        text = self.version.derived.emitted.text
        return _snapshot, (self.version.origin, text, self.values)


def _snapshot(origin: Origin, text: str, values: dict[str, Any]) -> Snapshot:
    derivative, kinds, shapes = origin
    version = derivative.for_kinds(kinds, shapes)
    if version.derived.emitted.text != text:
        raise pickle.UnpicklingError(f"`{derivative.name()}` has changed since its derivative was saved")
    snapshot = Snapshot(version)
    snapshot.values = values
    return snapshot


def copied(tree: Any) -> Any:
    """Copy a container and the arrays in it; what else it holds is shared."""
    if isinstance(tree, np.ndarray):
        return tree.copy(order="K")
    if is_sparse(tree):
        return tree.copy()
    if hasattr(type(tree), "__array_function__"):  # an array of another library
        return tree.copy()
    parts = children(tree)
    if parts is None:
        return tree
    if isinstance(tree, (dict, list, tuple)):
        return rebuilt(tree, [copied(part) for _, part in parts])
    result = copy.copy(tree)  # a dataclass instance, with all its other attributes
    for name, part in parts:
        object.__setattr__(result, name, copied(part))
    return result


def is_sparse(value: Any) -> bool:
    """Tell whether a value is a sparse matrix."""
    kind = k.matrix_kind(value, k.Shapes())
    return kind is not None and kind.form != "operator"


def is_data(value: Any) -> bool:
    """Tell whether a value is no function or module."""
    return not callable(value) and not isinstance(value, types.ModuleType)


def is_same(a: Any, b: Any) -> bool:
    """Tell whether two values are the same, bit by bit.

    >>> is_same([np.zeros(2), 0.0], [np.zeros(2), 0.0]), is_same(0.0, -0.0), is_same(np.zeros(2), np.zeros(3))
    (True, False, False)
    """
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if is_sparse(a):
        return a.dtype == b.dtype and a.shape == b.shape and (a != b).nnz == 0
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(is_same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(map(is_same, a.values(), b.values()))
    if isinstance(a, (bool, int, float, complex, str, np.generic)):
        return repr(a) == repr(b)
    return False


class Frozen:
    """What never changes: its copies are itself."""

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self


class Pullback(Frozen):
    """The linear function from the cotangent of a result to those of the arguments, at one point.

    It may be called many times, and holds what it needs: later changes of the arguments do not matter.
    """

    def __init__(self, version: Version, saved: tuple):
        self.snapshot = Snapshot(version)
        self.saved = copied(saved)

    @property
    def version(self) -> Version:
        return self.snapshot.version

    def __call__(self, g: Any) -> tuple:
        run = self.snapshot.function(self.version.derived.backward)
        return run(copied(self.saved), g)


class Pushforward(Frozen):
    """The linear function from the tangents of the arguments to that of the result, at one point.

    The function itself runs again in each call, with a copy of the arguments.
    """

    def __init__(self, derivative: Maker, version: Version, args: tuple, kwargs: dict[str, Any]):
        self.derivative, self.snapshot = derivative, Snapshot(version)
        bound = len(derivative.leading)
        self.args, self.kwargs = (*args[:bound], *map(copied, args[bound:])), copied(kwargs)

    def __call__(self, tangents: Sequence[Any]) -> Any:
        """Return the result and its tangent, as `Derivative.pushforward` does."""
        derived = self.snapshot.version.derived
        given = self.derivative.by_parameter(self.args, tangents)
        run = self.snapshot.function(derived.emitted.name)
        return run(*self.args, **self.kwargs, **dict(zip(derived.extra, given, strict=True)))


class Spread(Frozen):
    """A pullback of some of the arguments, which returns None for the others."""

    def __init__(self, pull: Pullback, active: tuple[int, ...], count: int):
        self.pull, self.active, self.count = pull, active, count

    def __call__(self, g: Any) -> tuple:
        bars: list[Any] = [None] * self.count
        for i, bar in zip(self.active, self.pull(g), strict=True):
            bars[i] = bar
        return tuple(bars)


__all__ = ["Pullback", "Pushforward", "Snapshot", "Spread", "Version", "signature"]
