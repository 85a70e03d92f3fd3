"""The list of programs that every mode, order and optimization level runs over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from s2sad import grad


@dataclass(frozen=True)
class Program:
    """A function to be differentiated, with the arguments to try it on."""

    function: Callable
    args: tuple[Any, ...]
    argnums: tuple[int, ...]
    order: int

    @property
    def name(self) -> str:
        return f"{self.function.__module__.rsplit('.', 1)[-1]}.{self.function.__qualname__}"


_gradients: dict[str, Any] = {}


def gradient_of(program: Program) -> Any:
    """Return the gradient of a program in all its arguments, as a tuple; it is generated once for all tests."""
    found = _gradients.get(program.name)
    if found is None:
        found = _gradients[program.name] = grad(program.function, program.argnums)
    return found


PROGRAMS: list[Program] = []
REFUSED: list[Program] = []  # programs that have a derivative, but are refused so far


def program(*args: Any, argnums: int | tuple[int, ...] | None = None, order: int = 2) -> Callable:
    """Register the decorated function, unchanged, with sample arguments.

    `argnums` defaults to all arguments that hold floats; `order` is the highest derivative order to test.
    """

    def register(function: Callable) -> Callable:
        PROGRAMS.append(made(function, args, argnums, order))
        return function

    return register


def refused(*args: Any, argnums: int | tuple[int, ...] | None = None, order: int = 2) -> Callable:
    """Register the decorated function as one that is refused, and not with a wrong gradient."""

    def register(function: Callable) -> Callable:
        REFUSED.append(made(function, args, argnums, order))
        return function

    return register


def made(function: Callable, args: tuple, argnums: int | tuple[int, ...] | None, order: int) -> Program:
    if argnums is None:
        argnums = tuple(i for i, arg in enumerate(args) if holds_floats(arg))
    return Program(function, args, (argnums,) if isinstance(argnums, int) else argnums, order)


def holds_floats(value: Any) -> bool:
    """Tell whether a value is a float, a float array or a container of some."""
    if isinstance(value, (list, tuple)):
        return any(holds_floats(item) for item in value)
    if isinstance(value, dict):
        return any(holds_floats(item) for item in value.values())
    if hasattr(value, "__dataclass_fields__"):
        return any(holds_floats(getattr(value, name)) for name in value.__dataclass_fields__)
    dtype = getattr(value, "dtype", None)
    return isinstance(value, float) or (dtype is not None and dtype.kind == "f")
