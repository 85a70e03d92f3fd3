"""The records of the intermediate representation: structured SSA, no control-flow graph.

::

    Atom     = Var | Lit | Ref                            Ref: a known object, and how the user spelled it
    Stmt     = Call(outs, fn, args, kwargs, where)        z = fn(x, y); every operator, subscript, method is a Call
             | If(test, then, orelse, merges, where)      Merge(out, then, orelse)
             | Loop(carries, index, bounds, head, test, body, leave, where)
                                                          for index in range(*bounds) | while head; test: body; leave?
                                                          Carry(inner, init, last, out)
             | With(manager, target, body, where)         the body runs exactly once inside the manager
             | Try(body, handlers, path, merges, where)   path: 0 the body ran to its end, k: handler k ran
             | Finally(body, final, where)                both run once, unless an exception flies
    Block    = tuple of Stmt
    Function = name, params, body, result

A `Var` is an identity with a hint, not a string: names are chosen when printing. Values are immutable: an
in-place update is a Call of an `Update` that makes a new version of its first argument. The emitted text
updates in place again, wherever `backend.inplace` finds that the old version is dead.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from s2sad.analysis.kinds import BOTTOM, UNKNOWN, Constant, Kind, Scalar
from s2sad.errors import Where

_numbers = itertools.count()


def next_number() -> int:
    """Return the next of the numbers that order variables by birth."""
    return next(_numbers)


class Var:
    """A value that is bound exactly once."""

    __slots__ = ("hint", "kind", "number")

    def __init__(self, hint: str, kind: Kind = UNKNOWN):
        self.hint = hint
        self.kind = kind
        self.number = next_number()

    def __repr__(self) -> str:
        return f"{self.hint or 't'}.{self.number}"


@dataclass(frozen=True)
class Lit:
    """A literal: a number, a string, None, Ellipsis.

    >>> Lit(True) == Lit(1), Lit(0.0) == Lit(-0.0), Lit(2) == Lit(2)
    (False, False, True)
    """

    value: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lit) and type(self.value) is type(other.value) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash((type(self.value).__name__, repr(self.value)))

    def __repr__(self) -> str:
        return repr(self.value)

    @property
    def kind(self) -> Kind:
        value = self.value
        if isinstance(value, bool):
            return Scalar("b1", True, value)
        if isinstance(value, int):
            return Scalar("i8", True, value)
        if isinstance(value, float):
            return Scalar("f8", True)
        if isinstance(value, complex):
            return Scalar("c16", True)
        return Constant(value)


@dataclass(frozen=True, eq=False)
class Ref:
    """A known object (function, module, class) and the text by which a program can name it."""

    text: str
    value: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ref) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)

    def __repr__(self) -> str:
        return self.text

    @property
    def kind(self) -> Kind:
        if type(self.value) in (int, float):  # a named number: np.pi
            return Scalar("f8" if type(self.value) is float else "i8", True)
        return Constant(self.value)


class Undefined:
    """The value of a name on a path that does not bind it."""

    kind: Kind = UNKNOWN

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = Undefined()

Atom = Var | Lit | Ref | Undefined


@dataclass(frozen=True)
class Prim:
    """An operation of the language that no Python function stands for."""

    name: str

    def __repr__(self) -> str:
        return self.name


TUPLE = Prim("tuple")  # (a, b)                      the tuple's items
LIST = Prim("list")  # [a, b]
DICT = Prim("dict")  # {k: a, l: b}                  keys and values in turn
SET = Prim("set")  # {a, b}
SLICE = Prim("slice")  # a:b:c
UNPACK = Prim("unpack")  # a, b = xs                   as many outs as items
FORMAT = Prim("format")  # f"..."                      pieces; each a string literal or a value
FORMAT_SPEC = Prim("format_spec")  # {value!conversion:spec}
RAISE = Prim("raise")  # raise a from b
ASSERT = Prim("assert")  # assert a, b
PUSH = Prim("push")  # stack.append(value)          a stack of ours: statement order is its state
POP = Prim("pop")  # value = stack.pop()
COPY = Prim("copy")  # value.copy()                placed by backend.inplace
OWN = Prim("own")  # value, or a copy where somebody else may have it: decided by backend.inplace
BOUNDARY = Prim("boundary")  # between the forward and the reverse sweep

EFFECTS = {RAISE, ASSERT, PUSH, POP, BOUNDARY}


@dataclass(frozen=True)
class Update:
    """A new version of a mutable value, in which one part is changed.

    Arguments are the old version, the arguments of each step of `path`, then those of `action`. A step
    is a pair (function, number of its arguments besides the first): ``x.T[1:][i] = v`` has the path
    ``((np.transpose, 0), (getitem, 1))``, the action ``"setitem"`` and the arguments ``(x, 1:, i, v)``.
    Outs are the new version and, for ``pop``, the popped value.
    """

    action: str
    path: tuple[tuple[Any, int], ...] = ()

    def __repr__(self) -> str:
        return f"update.{self.action}" + (f"{[step[0] for step in self.path]}" if self.path else "")


@dataclass(frozen=True)
class Call:
    outs: tuple[Var, ...]
    fn: Any  # Ref | Prim | Update | Var | Helper
    args: tuple[Atom, ...] = ()
    kwargs: tuple[tuple[str, Atom], ...] = ()
    where: Where | None = None

    @property
    def out(self) -> Var:
        return self.outs[0]

    @property
    def target(self) -> Any:
        """The function object that is called, where it is known."""
        return self.fn.value if isinstance(self.fn, Ref) else self.fn

    @property
    def inputs(self) -> tuple[Atom, ...]:
        return self.args + tuple(atom for _, atom in self.kwargs)


@dataclass(frozen=True)
class Merge:
    out: Var
    then: Atom
    orelse: Atom


@dataclass(frozen=True)
class If:
    test: Atom
    then: Block
    orelse: Block
    merges: tuple[Merge, ...] = ()
    where: Where | None = None


@dataclass(frozen=True)
class Carry:
    """A value that a loop carries: `inner` is it in the body, `last` the body's new value, `out` the final one."""

    inner: Var
    init: Atom
    last: Atom
    out: Var


@dataclass(frozen=True)
class Loop:
    """``for index in range(*bounds)`` where `bounds` is given, else ``while`` with a `head` that computes `test`.

    `leave`, where given, is tested at the end of the body: if true, the loop ends there.
    """

    carries: tuple[Carry, ...]
    index: Var | None
    bounds: tuple[Atom, Atom, Atom] | None
    head: Block
    test: Atom | None
    body: Block
    leave: Atom | None = None
    where: Where | None = None


@dataclass(frozen=True)
class With:
    manager: Atom
    target: Var | None
    body: Block
    where: Where | None = None


@dataclass(frozen=True)
class Handler:
    types: Atom | None
    target: Var | None
    body: Block


@dataclass(frozen=True)
class Choice:
    """The value of a name after a `Try`: one atom for the body, one for each handler."""

    out: Var
    atoms: tuple[Atom, ...]


@dataclass(frozen=True)
class Try:
    body: Block
    handlers: tuple[Handler, ...]
    path: Var
    merges: tuple[Choice, ...] = ()
    where: Where | None = None


@dataclass(frozen=True)
class Finally:
    body: Block
    final: Block
    where: Where | None = None


Stmt = Call | If | Loop | With | Try | Finally
Block = tuple[Stmt, ...]


@dataclass(frozen=True)
class Param:
    """A parameter as it is declared: `kind` is inspect's (POSITIONAL_OR_KEYWORD, VAR_POSITIONAL, ...).

    `default` is the default value itself, `inspect.Parameter.empty` where there is none. The backend prints
    literals as they are and everything else through the name of an object.
    """

    var: Var
    name: str
    kind: Any
    default: Any = inspect.Parameter.empty


@dataclass(frozen=True)
class Function:
    name: str
    params: tuple[Param, ...]
    body: Block
    result: Atom
    doc: str | None = None
    owned: frozenset[Var] = frozenset()  # parameters whose storage the function may overwrite


@dataclass(frozen=True)
class External:
    """A global or closure variable that a function reads, with the way to read its current value."""

    var: Var
    name: str
    read: Callable[[], Any]


@dataclass(eq=False)
class Helper:
    """A function that is emitted beside the main one; `function` is filled in when it is built."""

    name: str
    function: Function | None = None
    key: Any = None
    kind: Kind = BOTTOM  # of the result, as far as it is known
    varied: bool = False  # whether the result depends on differentiated arguments
    fresh: bool = True  # whether the result shares no storage with the arguments
    recursive: bool = False
    updates: tuple[int, ...] = ()  # the parameters that it updates: their last versions follow the result
    returned: int | None = None  # the updated parameter that is the result itself
    lowerer: Any = None  # knows what varies inside
    effects: bool | None = None  # whether it prints, raises or calls something unknown

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False, repr=False)
class HelperRef(Ref):
    """A known function that is emitted beside the main one, and passed on as a value."""

    helper: Helper


@dataclass
class Module:
    """The functions of one emitted text, the main one last."""

    functions: list[Function] = field(default_factory=list)
