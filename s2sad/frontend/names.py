"""From an identifier to the object that it means, and from an object to the text that names it."""

from __future__ import annotations

import builtins
import math
import operator
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.analysis.kinds import SINGLES
from s2sad.ir.core import Ref

_MODULES = {"np": np, "math": math, "operator": operator}
_ADDED: dict[str, types.ModuleType] = {}
_known: dict[int, Ref] = {}
_METHODS: set[Callable[..., Any]] = set()


@dataclass(frozen=True, eq=False)
class GlobalVariable:
    """How to read a global variable of the user's module as it is now; `key` tells it from others."""

    name: str
    space: dict[str, Any]

    def __call__(self) -> Any:
        return self.space[self.name]

    @property
    def key(self) -> tuple[str, int]:
        return self.name, id(self.space)


@dataclass(frozen=True, eq=False)
class CellVariable:
    """How to read a variable of a function around the user's as it is now; `key` tells it from others."""

    name: str
    cell: types.CellType

    def __call__(self) -> Any:
        return self.cell.cell_contents

    @property
    def key(self) -> tuple[str, int]:
        return self.name, id(self.cell)


@dataclass(frozen=True)
class Environment:
    """The names that a function finds outside itself: its closure cells, then its module, then builtins.

    `origins` maps a global of generated code to the way to read the user's own variable that it stands for.
    """

    globals: dict[str, Any]
    cells: dict[str, types.CellType]
    origins: dict[str, Callable[[], Any]]

    @classmethod
    def of(cls, function: types.FunctionType) -> Environment:
        """Return the environment of a Python function."""
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        return cls(function.__globals__, cells, getattr(function, "__s2sad_origins__", {}))

    def reader(self, name: str) -> Callable[[], Any] | None:
        """Return a function that reads the variable's current value, or None where there is none."""
        if name in self.origins:
            return self.origins[name]
        if name in self.cells:
            cell = self.cells[name]
            try:
                cell.cell_contents  # noqa: B018  an empty cell has no contents to read
            except ValueError:
                return None
            return CellVariable(name, cell)
        if name in self.globals:
            return GlobalVariable(name, self.globals)
        if hasattr(builtins, name):
            value = getattr(builtins, name)
            return lambda: value
        return None


def is_static(value: Any) -> bool:
    """Tell whether a value is part of the program (a function, class, module) rather than its data."""
    return (
        isinstance(value, (types.ModuleType, type, types.FunctionType, types.BuiltinFunctionType, np.ufunc))
        or isinstance(value, (types.MethodType, types.MethodDescriptorType, types.WrapperDescriptorType))
        or (
            type(value).__module__.partition(".")[0] in ("functools", "numpy", "uarray")
            and callable(value)
            and not isinstance(value, (np.ndarray, np.generic))
        )
        or type(value) in SINGLES
        or hasattr(type(value), "__s2sad_derivative__")
        or value is None
        or value is Ellipsis
        or isinstance(value, np.dtype)
        or type(value).__module__ == "typing"
    )


def ref_to(value: Any) -> Ref:
    """Return a reference that spells a library function as an engineer would.

    >>> ref_to(np.linalg.inv), ref_to(math.sin), ref_to(operator.mul), ref_to(len)
    (np.linalg.inv, math.sin, operator.mul, len)
    """
    if not _known:
        of_numpy = ("np.linalg", np.linalg), ("np.fft", np.fft)
        for name, module in (*_ADDED.items(), *of_numpy, *_MODULES.items()):
            for attribute in sorted(vars(module)):
                item = getattr(module, attribute)
                if callable(item) and not attribute.startswith("_"):
                    _known[id(item)] = Ref(f"{name}.{attribute}", item)
        for attribute, item in vars(builtins).items():
            if callable(item):
                _known[id(item)] = Ref(attribute, item)
        plain = ("max", "min", "abs", "conj", "mod", "divide", "power", "concatenate", "transpose")
        for canonical in (*plain, "float32", "float64", "complex64", "complex128"):
            _known[id(getattr(np, canonical))] = Ref(f"np.{canonical}", getattr(np, canonical))
    found = _known.get(id(value))
    if found is not None and found.value is value:
        return found
    name = getattr(value, "__name__", type(value).__name__)
    owner = getattr(value, "__self__", None)
    return Ref(f"{ref_to(owner).text}.{name}" if type(owner) in SINGLES else name, value)


def add_module(name: str, module: types.ModuleType) -> None:
    """Let `ref_to` spell the functions of one more module; `name` is that under which people import it."""
    _ADDED[name] = module
    _known.clear()


def add_methods(*functions: Callable[..., Any]) -> None:
    """Let functions of classes be called as the methods that they are: `spline(x)` for `spline.__call__`."""
    _METHODS.update(functions)


def is_method(function: Any) -> bool:
    """Tell whether the first argument of a function is written before it, as the owner of a method."""
    if isinstance(function, types.MethodDescriptorType):
        return True
    return isinstance(function, types.FunctionType) and function in _METHODS


def root_of(ref: Ref) -> tuple[str, Any] | None:
    """Return the name, and its object, that a module must bind so that a library reference's text works."""
    root = ref.text.partition(".")[0]
    module = _MODULES.get(root) or _ADDED.get(root)
    if module is not None and "." in ref.text:
        value: Any = module
        for part in ref.text.split(".")[1:]:
            value = getattr(value, part, None)
        bound = isinstance(value, (types.BuiltinFunctionType, types.MethodType))
        if value is ref.value or (bound and value == ref.value):
            return root, module
    return None
