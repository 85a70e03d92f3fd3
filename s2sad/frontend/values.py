"""What a name can be bound to while a program is lowered.

Besides atoms (run-time values and known objects), the frontend keeps some values in structured form,
so that taking them apart again costs nothing: tuples, functions, local objects, lazy iterables.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast

from s2sad.errors import S2sadError, UnsupportedSyntax
from s2sad.frontend.source import Source
from s2sad.ir.core import Atom, Lit, next_number


@dataclass(eq=False)
class Scope:
    """One activation of a function: its locals, and where its free names are found.

    `environment` finds the names of the enclosing module or cells; `parent` is the scope of an enclosing
    function that is itself being lowered.
    """

    name: str
    source: Source
    environment: Any
    parent: Scope | None = None
    locals: frozenset[str] = frozenset()
    nonlocals: frozenset[str] = frozenset()
    first: Value | None = None
    cls: type | None = None
    stored: frozenset[str] = frozenset()
    changes_lists: bool = True
    number: int = field(default_factory=next_number)


@dataclass(frozen=True, eq=False)
class TupleValue:
    """A tuple (or NamedTuple) of known length, or a list of what has no run-time form, such as functions.

    A list has an identity: the environment has its present items, as a `TupleValue`, at (identity, "items").
    """

    items: tuple[Value, ...]
    type: type = tuple
    identity: Identity | None = None


@dataclass(frozen=True, eq=False)
class FunctionValue:
    """A function or lambda that the program itself defines, with the scope that it closes over."""

    node: gast.FunctionDef
    source: Source
    scope: Scope | None
    environment: Any
    defaults: dict[str, Value] = field(default_factory=dict)
    cls: type | None = None
    function: Any = None


@dataclass(frozen=True, eq=False)
class BoundValue:
    """A callable with leading arguments and keywords already given: a bound method, a partial."""

    function: Value
    args: tuple[Value, ...]
    kwargs: dict[str, Value] = field(default_factory=dict)


@dataclass(eq=False)
class Identity:
    """What makes a local object that object; it may be one of its `sources`, depending on the path.

    `site` is the place that made it; `handle` is what stands for a list or dict of arrays wherever it is bound.
    """

    sources: frozenset[Identity] = frozenset()
    number: int = field(default_factory=next_number)
    site: Any = None
    handle: Any = None

    @functools.cached_property
    def origins(self) -> frozenset[Identity]:
        return frozenset({self}).union(*(source.origins for source in self.sources))


@dataclass(frozen=True, eq=False)
class ObjectValue:
    """An object that the program makes; its attributes live in the environment, keyed by (identity, name)."""

    type: type
    identity: Identity


@dataclass(frozen=True, eq=False)
class ChoiceValue:
    """One of two functions, depending on a test."""

    test: Atom
    then: Value
    orelse: Value


@dataclass(frozen=True, eq=False)
class DictValue:
    """A dict whose keys are literals: of functions, and never changed, or of arrays, with an identity as a list."""

    keys: tuple[Any, ...]
    items: tuple[Value, ...]
    identity: Identity | None = None


@dataclass(frozen=True, eq=False)
class GeneratorValue:
    """A generator expression; it runs where it is consumed."""

    node: Any
    scope: Scope


@dataclass(frozen=True, eq=False)
class SuperValue:
    """``super()``: attribute look-up starts after `cls`."""

    cls: type
    instance: Value


@dataclass(frozen=True, eq=False)
class Sequence:
    """A lazy iterable: its length and a way to read item `i`."""

    length: Atom
    item: Callable[[Atom], Value]


@dataclass(frozen=True, eq=False)
class RangeValue:
    start: Atom
    stop: Atom
    step: Atom


@dataclass(frozen=True, eq=False)
class Lazy:
    """A value that is computed when it is first read: an operand of a rule, in which a derivative may be wanted."""

    force: Callable[[], Value]
    wanted: bool = False


@dataclass(frozen=True, eq=False)
class Conflict:
    """A name whose value cannot be known while lowering; reading it is refused with this message."""

    message: str
    hint: str | None = None
    error: type[S2sadError] = UnsupportedSyntax
    sites: tuple = ()  # where the lists were made that are in the way


Value = (
    Atom
    | TupleValue
    | FunctionValue
    | BoundValue
    | ObjectValue
    | ChoiceValue
    | DictValue
    | GeneratorValue
    | SuperValue
    | Sequence
    | RangeValue
    | Lazy
    | Conflict
)

FALSE = Lit(False)
TRUE = Lit(True)


def same(a: Value, b: Value) -> bool:
    """Tell whether two values are certainly one."""
    if a is b:
        return True
    if isinstance(a, TupleValue) and isinstance(b, TupleValue):
        if a.type is not b.type or a.identity is not b.identity or len(a.items) != len(b.items):
            return False
        return all(map(same, a.items, b.items))
    if isinstance(a, DictValue) and isinstance(b, DictValue) and a.identity is not None:
        return a.identity is b.identity and a.keys == b.keys and all(map(same, a.items, b.items))
    if isinstance(a, BoundValue) and isinstance(b, BoundValue):
        return (
            same(a.function, b.function)
            and len(a.args) == len(b.args)
            and all(map(same, a.args, b.args))
            and a.kwargs == b.kwargs
        )
    if isinstance(a, RangeValue) and isinstance(b, RangeValue):
        return a.start == b.start and a.stop == b.stop and a.step == b.step
    if isinstance(a, ObjectValue) and isinstance(b, ObjectValue):
        return a.identity is b.identity
    return type(a) is type(b) and isinstance(a, Atom) and a == b
