"""Walks over statements: the blocks inside one, the values it reads and binds, and rebuilding it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from s2sad.ir.core import (
    Atom,
    Block,
    Call,
    Carry,
    Choice,
    Finally,
    Handler,
    If,
    Loop,
    Merge,
    Stmt,
    Try,
    Var,
    With,
)


def blocks(stmt: Stmt) -> tuple[Block, ...]:
    """Return the blocks directly inside a statement, in program order."""
    if isinstance(stmt, If):
        return stmt.then, stmt.orelse
    if isinstance(stmt, Loop):
        return stmt.head, stmt.body
    if isinstance(stmt, With):
        return (stmt.body,)
    if isinstance(stmt, Try):
        return (stmt.body, *(handler.body for handler in stmt.handlers))
    if isinstance(stmt, Finally):
        return stmt.body, stmt.final
    return ()


def map_blocks(stmt: Stmt, f: Callable[[Block], Block]) -> Stmt:
    """Rebuild a statement with `f` applied to each block directly inside it."""
    if isinstance(stmt, If):
        return replace(stmt, then=f(stmt.then), orelse=f(stmt.orelse))
    if isinstance(stmt, Loop):
        return replace(stmt, head=f(stmt.head), body=f(stmt.body))
    if isinstance(stmt, With):
        return replace(stmt, body=f(stmt.body))
    if isinstance(stmt, Try):
        handlers = tuple(replace(handler, body=f(handler.body)) for handler in stmt.handlers)
        return replace(stmt, body=f(stmt.body), handlers=handlers)
    if isinstance(stmt, Finally):
        return replace(stmt, body=f(stmt.body), final=f(stmt.final))
    return stmt


def statements(block: Iterable[Stmt]) -> Iterator[Stmt]:
    """Yield every statement of a block and of the blocks inside it, outer before inner."""
    for stmt in block:
        yield stmt
        for inner in blocks(stmt):
            yield from statements(inner)


def reads(stmt: Stmt) -> Iterator[Atom]:
    """Yield the atoms that a statement itself reads, those of its inner statements left out."""
    if isinstance(stmt, Call):
        if isinstance(stmt.fn, Var):
            yield stmt.fn
        yield from stmt.args
        for _, atom in stmt.kwargs:
            yield atom
    elif isinstance(stmt, If):
        yield stmt.test
        for merge in stmt.merges:
            yield merge.then
            yield merge.orelse
    elif isinstance(stmt, Loop):
        yield from stmt.bounds or ()
        for atom in (stmt.test, stmt.leave):
            if atom is not None:
                yield atom
        for carry in stmt.carries:
            yield carry.init
            yield carry.last
    elif isinstance(stmt, With):
        yield stmt.manager
    elif isinstance(stmt, Try):
        for handler in stmt.handlers:
            if handler.types is not None:
                yield handler.types
        for choice in stmt.merges:
            yield from choice.atoms


def binds(stmt: Stmt) -> Iterator[Var]:
    """Yield the variables that a statement itself binds, inner ones of loops and handlers included."""
    if isinstance(stmt, Call):
        yield from stmt.outs
    elif isinstance(stmt, If):
        yield from (merge.out for merge in stmt.merges)
    elif isinstance(stmt, Loop):
        if stmt.index is not None:
            yield stmt.index
        for carry in stmt.carries:
            yield carry.inner
            yield carry.out
    elif isinstance(stmt, With):
        if stmt.target is not None:
            yield stmt.target
    elif isinstance(stmt, Try):
        yield stmt.path
        yield from (handler.target for handler in stmt.handlers if handler.target is not None)
        yield from (choice.out for choice in stmt.merges)


def substitute(stmt: Stmt, mapping: Mapping[Var, Atom]) -> Stmt:
    """Replace variables that a statement, or a statement inside it, reads."""

    def atom(value: Atom) -> Atom:
        while isinstance(value, Var) and value in mapping:
            value = mapping[value]
        return value

    def optional(value: Atom | None) -> Atom | None:
        return None if value is None else atom(value)

    stmt = map_blocks(stmt, lambda block: tuple(substitute(inner, mapping) for inner in block))
    if isinstance(stmt, Call):
        fn = atom(stmt.fn) if isinstance(stmt.fn, Var) else stmt.fn
        kwargs = tuple((name, atom(value)) for name, value in stmt.kwargs)
        return replace(stmt, fn=fn, args=tuple(map(atom, stmt.args)), kwargs=kwargs)
    if isinstance(stmt, If):
        merges = tuple(Merge(m.out, atom(m.then), atom(m.orelse)) for m in stmt.merges)
        return replace(stmt, test=atom(stmt.test), merges=merges)
    if isinstance(stmt, Loop):
        bounds = stmt.bounds and tuple(map(atom, stmt.bounds))
        carries = tuple(Carry(c.inner, atom(c.init), atom(c.last), c.out) for c in stmt.carries)
        test, leave = optional(stmt.test), optional(stmt.leave)
        return replace(stmt, bounds=bounds, carries=carries, test=test, leave=leave)
    if isinstance(stmt, With):
        return replace(stmt, manager=atom(stmt.manager))
    if isinstance(stmt, Try):
        handlers = tuple(Handler(optional(h.types), h.target, h.body) for h in stmt.handlers)
        merges = tuple(Choice(c.out, tuple(map(atom, c.atoms))) for c in stmt.merges)
        return replace(stmt, handlers=handlers, merges=merges)
    return stmt


def definitions(block: Block) -> dict[Var, Stmt]:
    """Map each variable to the statement that binds it."""
    return {var: stmt for stmt in statements(block) for var in binds(stmt)}
