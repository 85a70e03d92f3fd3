"""The verifier: every variable is bound once, and read only where it is bound.

It runs after every pass in tests. Its message is a sentence about the text that `show` prints.
"""

from __future__ import annotations

from collections.abc import Iterable

from s2sad.ir.core import (
    ASSERT,
    BOUNDARY,
    POP,
    PUSH,
    RAISE,
    UNDEFINED,
    Atom,
    Block,
    Call,
    Finally,
    Function,
    If,
    Loop,
    Try,
    Update,
    Var,
    With,
)
from s2sad.ir.show import names_of

NO_RESULT = (RAISE, ASSERT, PUSH, BOUNDARY)


class VerificationError(AssertionError):
    """A pass has made a program that is not well formed: a bug of ours, never of the user's program."""


def verify(function: Function, after: str = "", bound: Iterable[Var] = ()) -> None:
    """Raise a `VerificationError` where a function is not well formed.

    Parameters
    ----------
    function : Function
        The function to check; the helpers that it calls are not followed.
    after : str
        The name of the pass that made it, for the message.
    bound : iterable of Var
        Variables that are bound at entry besides the parameters.

    Examples
    --------
    >>> from s2sad.ir.core import Lit, Ref, Param
    >>> from operator import neg
    >>> x, y = Var("x"), Var("y")
    >>> negate = Call((y,), Ref("neg", neg), (x,))
    >>> verify(Function("f", (Param(x, "x", None),), (negate,), y))
    >>> verify(Function("f", (), (negate,), y), "fold")
    Traceback (most recent call last):
        ...
    s2sad.ir.verify.VerificationError: `x_1` is read in the function `f` before it is bound, after pass `fold`
    """
    try:
        checker = _Checker()
        for var in bound:
            checker.visible.add(var)
            checker.seen.add(var)
        for param in function.params:
            checker.bind(param.var, "as a parameter")
        place = f"in the function `{function.name}`"
        checker.block(function.body, place)
        checker.read(function.result, f"as the result of the function `{function.name}`")
    except _Fault as fault:
        names = names_of(function)
        fills = (names.get(each, repr(each)) if isinstance(each, Var) else each for each in fault.parts)
        suffix = f", after pass `{after}`" if after else ""
        raise VerificationError("".join(fills) + suffix) from None


class _Fault(Exception):
    """What is wrong: pieces of a sentence, in which variables still have no names."""

    def __init__(self, *parts: str | Var):
        self.parts = parts


class _Checker:
    """One walk in program order; `visible` is what may be read here, `seen` all that was ever bound."""

    def __init__(self) -> None:
        self.visible: set[Var] = set()
        self.seen: set[Var] = set()

    def bind(self, var: Var, place: str) -> Var:
        if var in self.seen:
            raise _Fault("`", var, f"` is bound a second time {place}")
        self.seen.add(var)
        self.visible.add(var)
        return var

    def read(self, atom: Atom, place: str, undefined: bool = False) -> None:
        if isinstance(atom, Var) and atom not in self.visible:
            why = "outside the block that binds it" if atom in self.seen else "before it is bound"
            raise _Fault("`", atom, f"` is read {place} {why}")
        if atom is UNDEFINED and not undefined:
            raise _Fault(f"an undefined value is read {place}")

    def hide(self, variables: Iterable[Var]) -> None:
        self.visible.difference_update(variables)

    def block(self, block: Block, place: str) -> list[Var]:
        """Check a block; return what it binds, which stays visible until it is hidden."""
        bound: list[Var] = []
        for stmt in block:
            if isinstance(stmt, Call):
                bound += self.call(stmt, place)
            elif isinstance(stmt, If):
                bound += self.branch(stmt, place)
            elif isinstance(stmt, Loop):
                bound += self.loop(stmt, place)
            elif isinstance(stmt, With):
                self.read(stmt.manager, f"by a `with` {place}")
                if stmt.target is not None:
                    bound.append(self.bind(stmt.target, "as the target of a `with`"))
                bound += self.block(stmt.body, "in the body of a `with`")
            elif isinstance(stmt, Finally):
                bound += self.block(stmt.body, "in the body of a `finally`")
                bound += self.block(stmt.final, "in a `finally`")
            elif isinstance(stmt, Try):
                bound += self.attempt(stmt, place)
            else:
                raise _Fault(f"{stmt!r} is no statement, but stands {place}")
        return bound

    def call(self, stmt: Call, place: str) -> list[Var]:
        if isinstance(stmt.fn, Var):
            self.read(stmt.fn, place)
        for atom in stmt.inputs:
            self.read(atom, place)
        if not stmt.outs and stmt.fn not in NO_RESULT:
            raise _Fault(f"a call of `{stmt.fn!r}` {place} binds no result")
        if isinstance(stmt.fn, Update):
            wanted = 1 + sum(count for _, count in stmt.fn.path)
            if len(stmt.args) < wanted:
                raise _Fault(f"`{stmt.fn!r}` {place} has {len(stmt.args)} arguments, its path needs {wanted}")
        if stmt.fn in (PUSH, POP) and not (stmt.args and isinstance(stmt.args[0], Var)):
            raise _Fault(f"`{stmt.fn!r}` {place} has no stack")
        return [self.bind(var, place) for var in stmt.outs]

    def branch(self, stmt: If, place: str) -> list[Var]:
        self.read(stmt.test, f"as the test of an `if` {place}")
        for block, arm, name in ((stmt.then, "then", "then arm"), (stmt.orelse, "orelse", "else arm")):
            inner = self.block(block, f"in the {name} of an `if`")
            for merge in stmt.merges:
                place = f"by a merge at the end of the {name} of an `if`"
                self.read(getattr(merge, arm), place, undefined=True)
            self.hide(inner)
        return [self.bind(merge.out, "by a merge after an `if`") for merge in stmt.merges]

    def loop(self, stmt: Loop, place: str) -> list[Var]:
        if (stmt.index is None) != (stmt.bounds is None):
            raise _Fault(f"a loop {place} has an index or bounds, but not both")
        if (stmt.bounds is None) == (stmt.test is None):
            raise _Fault(f"a loop {place} needs either bounds or a test")
        for atom in stmt.bounds or ():
            self.read(atom, f"as a bound of a loop {place}")
        for carry in stmt.carries:
            self.read(carry.init, f"as the start of a carry of a loop {place}", undefined=True)
        inner = [self.bind(carry.inner, "by a carry in the loop body") for carry in stmt.carries]
        if stmt.index is not None:
            inner.append(self.bind(stmt.index, "as the index of a loop"))
        inner += self.block(stmt.head, "in the loop head")
        if stmt.test is not None:
            self.read(stmt.test, "as the test of a loop")
        inner += self.block(stmt.body, "in the loop body")
        if stmt.leave is not None:
            self.read(stmt.leave, "as the exit test at the end of the loop body")
        for carry in stmt.carries:
            self.read(carry.last, "by a carry at the end of the loop body", undefined=True)
        self.hide(inner)
        return [self.bind(carry.out, "by a carry after a loop") for carry in stmt.carries]

    def attempt(self, stmt: Try, place: str) -> list[Var]:
        for choice in stmt.merges:
            if len(choice.atoms) != 1 + len(stmt.handlers):
                number = len(choice.atoms)
                raise _Fault("`", choice.out, f"` chooses among {number} values of a `try` {place}")
        inner = self.block(stmt.body, "in the body of a `try`")
        self.choices(stmt, 0, "the body")
        self.hide(inner)
        for number, handler in enumerate(stmt.handlers, start=1):
            if handler.types is not None:
                self.read(handler.types, "by an `except`")
            inner = []
            if handler.target is not None:
                inner.append(self.bind(handler.target, "as the name of an `except`"))
            inner += self.block(handler.body, "in an `except`")
            self.choices(stmt, number, "an `except`")
            self.hide(inner)
        outs = [stmt.path, *(choice.out for choice in stmt.merges)]
        return [self.bind(var, "after a `try`") for var in outs]

    def choices(self, stmt: Try, number: int, name: str) -> None:
        for choice in stmt.merges:
            self.read(choice.atoms[number], f"by a merge at the end of {name} of a `try`", undefined=True)
