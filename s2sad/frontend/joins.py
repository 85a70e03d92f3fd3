"""Where paths meet: branches are built in copies of the environment, and what differs is merged."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable
from typing import Any

from s2sad.analysis import kinds as k
from s2sad.errors import UnsupportedSyntax, Where
from s2sad.frontend.state import (
    CALLABLES,
    Paths,
    alike,
    attributes,
    birth,
    ends_in_raise,
    named,
)
from s2sad.frontend.storage import Storage
from s2sad.frontend.values import (
    TRUE,
    BoundValue,
    ChoiceValue,
    Conflict,
    DictValue,
    FunctionValue,
    Identity,
    Lazy,
    ObjectValue,
    RangeValue,
    Sequence,
    SuperValue,
    TupleValue,
    Value,
    same,
)
from s2sad.ir import core as ir
from s2sad.ir.core import UNDEFINED, Atom, Lit, Var


def is_function(value: Value) -> bool:
    """Tell whether a value is a function that can be called where it is known which of several it is."""
    known = isinstance(value, ir.Ref) and callable(value.value) and not isinstance(value.value, type)
    return known or isinstance(value, (FunctionValue, BoundValue, ChoiceValue))


class Joins(Storage):
    """Build branches and merge what they bind."""

    def capture(self, build: Callable[[], Any]) -> tuple[ir.Block, Any]:
        """Run `build` with a new open block; return the block and what `build` returned."""
        outer = self.block, self.open
        self.block, self.open = [], ir.next_number()
        try:
            result = build()
            return tuple(self.block), result
        finally:
            self.block, self.open = outer

    def checkpoint(self) -> None:
        """Tell the open `try` bodies that a nested block begins."""
        for watch in self.watches:
            watch.checkpoint(self.block, self.env, ir.next_number())

    def branch(self, test: Atom, then: Callable[[], Any], orelse: Callable[[], Any], where=None) -> None:
        """Build both arms of an `if` and merge what they bind."""
        self.select(test, then, orelse, where)

    def select(
        self,
        test: Atom,
        then: Callable[[], Value | None],
        orelse: Callable[[], Value | None],
        where: Where | None = None,
        hint: str = "",
    ) -> Value | None:
        """Build an `if` whose arms may each yield a value; return the merged value."""
        where = where or self.where
        if isinstance(test, Lit):
            return then() if test.value else orelse()
        self.checkpoint()
        before = self.env
        marker = ir.next_number()
        self.env = dict(before)
        then_block, a = self.capture(then)
        after_then, self.env = self.env, dict(before)
        orelse_block, b = self.capture(orelse)
        after_else = self.env
        lost = ends_in_raise(then_block), ends_in_raise(orelse_block)
        if any(lost):  # what the other arm binds is read behind the `if`, so it moves there
            survivor: ir.Block = ()
            if not lost[0]:
                self.env, survivor, then_block = after_then, then_block, ()
            elif not lost[1]:
                self.env, survivor, orelse_block = after_else, orelse_block, ()
            self.append(ir.If(test, then_block, orelse_block, (), where))
            self.block.extend(survivor)
            return b if lost[0] else a
        paths = Paths((after_then, after_else), marker, test)
        self.env = self.merge_environments(before, paths)
        value = None
        if a is not None or b is not None:
            value = self.merge((a, b), paths, hint)
        merges = tuple(ir.Merge(out, *atoms) for out, atoms in paths.outs)
        then_block += tuple(paths.ends[0])
        orelse_block += tuple(paths.ends[1])
        self.append(ir.If(test, then_block, orelse_block, merges, where))
        return value

    def merge_environments(self, before: dict, paths: Paths) -> dict:
        """Return the environment where paths meet; `paths` collects the variables that this needs."""
        result = self.env = dict(before)
        result["links"] = frozenset().union(*(env.get("links", frozenset()) for env in paths.envs))
        alone = len(paths.envs) == 1
        returned = self.return_flag()
        for key in dict.fromkeys(key for env in paths.envs for key in env):
            if isinstance(key, tuple) and key[0] == "view":
                result.pop(key, None)
                continue
            if key == "links":
                continue
            values = tuple(env.get(key, key if isinstance(key, Var) else UNDEFINED) for env in paths.envs)
            if returned is not None and any(isinstance(value, Conflict) for value in values):
                ends = zip(values, paths.envs, strict=True)  # nothing is read behind a `return`
                values = tuple(UNDEFINED if env.get(returned) == TRUE else value for value, env in ends)
            if not alone and all(same(values[0], value) for value in values[1:]):
                result[key] = values[0]
            elif birth(key) > paths.marker and (not alone or isinstance(key, Var)):
                continue
            else:
                hint = str(key[1]) if isinstance(key, tuple) else key.hint
                if isinstance(key, Var):  # a new version of the same storage
                    self.objects, outer = False, self.objects
                    result[key] = self.merge(values, paths, hint)
                    self.objects = outer
                    self.roots[result[key]] = key
                else:
                    result[key] = self.merge(values, paths, hint)
        return result

    def return_flag(self) -> Any:
        """Return the environment's key for the flag that the open function has returned, or None."""
        return None

    def merge(self, values: tuple[Value, ...], paths: Paths, hint: str = "") -> Value:
        """Merge the values that one thing has at the ends of paths.

        Statements that make atoms of structured values go to the ends of the paths.
        """
        if len(values) == 1:
            if not self.is_bound_within(values[0], paths.marker):
                return values[0]
        elif all(same(values[0], value) for value in values[1:]):
            return values[0]
        first = values[0]
        if isinstance(first, (TupleValue, DictValue)) and all(alike(first, value) for value in values):
            columns = zip(*(value.items for value in values), strict=True)
            items = tuple(self.merge(column, paths, hint) for column in columns)
            return dataclasses.replace(first, items=items)
        objects = [value for value in values if value is not UNDEFINED]
        if objects and all(isinstance(v, ObjectValue) and v.type is objects[0].type for v in objects):
            return self.merge_objects(values, objects[0].type, paths)
        if len(values) == 1 and isinstance(first, BoundValue):
            args = tuple(self.merge((arg,), paths, hint) for arg in first.args)
            kwargs = {name: self.merge((arg,), paths, name) for name, arg in first.kwargs.items()}
            return BoundValue(self.merge((first.function,), paths, hint), args, kwargs)
        found = next((value for value in values if isinstance(value, Conflict)), None)
        if found is not None:
            return found
        if any(isinstance(v, (TupleValue, DictValue)) and v.identity is not None for v in values):
            return self.two_lists("a list of functions or objects is not the same on two paths", values)
        if any(value is UNDEFINED for value in values) and any(
            not isinstance(v, (Atom, TupleValue)) for v in values
        ):
            return Conflict(f"`{hint}` is a function or iterator on one path only")
        if any(isinstance(value, (SuperValue, Sequence, RangeValue)) for value in values):
            return Conflict(f"`{hint}` has different values on two paths that cannot be merged")
        if paths.test is not None and all(map(is_function, values)):
            then, orelse = (self.kept(value, paths, i, hint) for i, value in enumerate(values))
            return ChoiceValue(paths.test, then, orelse)
        try:
            atoms = tuple(map(self.atom_in, values, paths.envs, paths.ends))
        except UnsupportedSyntax:
            if paths.test is not None and all(isinstance(value, CALLABLES) for value in values):
                then, orelse = (self.kept(value, paths, i, hint) for i, value in enumerate(values))
                return ChoiceValue(paths.test, then, orelse)
            return Conflict(f"`{hint}` has different values on two paths that cannot be merged")
        return self.join(atoms, paths, hint)

    def two_lists(self, message: str, values: Iterable[Value]) -> Conflict:
        """Return what stands for a name that is bound to different lists in structured form."""
        return Conflict(message)

    def sites_in(self, values: Iterable[Value]) -> tuple:
        """Return where the lists and dicts in structured form among these values were made."""
        return ()

    def kept(self, value: Value, paths: Paths, i: int, hint: str) -> Value:
        """Return a value of path `i` for use behind the paths, where it is known which of them was taken."""
        if isinstance(value, Var):
            atom = self.atom_in(value, paths.envs[i], paths.ends[i])
            if not self.is_bound_within(atom, paths.marker):
                return value
            return self.join(
                tuple(atom if j == i else UNDEFINED for j in range(len(paths.envs))), paths, hint
            )
        if isinstance(value, ChoiceValue):
            test = self.kept(value.test, paths, i, "")
            assert isinstance(test, Atom)
            return ChoiceValue(
                test, self.kept(value.then, paths, i, hint), self.kept(value.orelse, paths, i, hint)
            )
        if isinstance(value, (TupleValue, DictValue)):
            items = tuple(self.kept(item, paths, i, hint) for item in value.items)
            return dataclasses.replace(value, items=items)
        if isinstance(value, BoundValue):
            args = tuple(self.kept(arg, paths, i, hint) for arg in value.args)
            kwargs = {name: self.kept(arg, paths, i, name) for name, arg in value.kwargs.items()}
            return BoundValue(self.kept(value.function, paths, i, hint), args, kwargs)
        if isinstance(value, FunctionValue):
            scope = value.scope
            while scope is not None:
                if scope.number > paths.marker:
                    self.keep_entries(scope, paths, i)
                scope = scope.parent
            defaults = {name: self.kept(each, paths, i, name) for name, each in value.defaults.items()}
            return dataclasses.replace(value, defaults=defaults)
        if isinstance(value, ObjectValue) and value.identity.number > paths.marker:
            self.keep_entries(value.identity, paths, i)
        return value

    def keep_entries(self, owner: Any, paths: Paths, i: int) -> None:
        """Keep what path `i` has bound in a scope or object that was made on it."""
        for key, item in paths.envs[i].items():
            if isinstance(key, tuple) and key[0] is owner and key not in self.env:
                self.env[key] = item
                self.env[key] = self.kept(item, paths, i, str(key[1]))

    def join(self, atoms: tuple[Atom, ...], paths: Paths, hint: str) -> Var:
        """Return the variable that is one of these atoms, depending on the path."""
        for out, known in paths.outs:
            if known == atoms:
                return out
        out = Var(hint, functools.reduce(k.join, (k.BOTTOM if a is UNDEFINED else a.kind for a in atoms)))
        out.kind = named(out)
        paths.outs.append((out, atoms))
        if any(atom in self.varied for atom in atoms):
            self.varied.add(out)
        if self.objects and self.is_mutable(out.kind):
            for atom in atoms:
                if isinstance(atom, Var):
                    self.link("may", out, atom)
        return out

    def merge_objects(self, values: tuple[Value, ...], cls: type, paths: Paths) -> ObjectValue:
        merged = ObjectValue(
            cls, Identity(frozenset(v.identity for v in values if isinstance(v, ObjectValue)))
        )
        names: dict[str, None] = {}
        for value, env in zip(values, paths.envs, strict=True):
            if isinstance(value, ObjectValue):
                names.update(dict.fromkeys(attributes(value, env)))
        for name in names:
            items = tuple(
                env.get((value.identity, name), UNDEFINED) if isinstance(value, ObjectValue) else UNDEFINED
                for value, env in zip(values, paths.envs, strict=True)
            )
            self.env[merged.identity, name] = self.merge(items, paths, name)
        return merged

    def is_bound_within(self, value: Value, marker: int) -> bool:
        """Tell whether a value needs a name outside the block that was opened at `marker`."""
        if isinstance(value, Var):
            return value.number > marker
        if isinstance(value, TupleValue) or (isinstance(value, DictValue) and value.identity is not None):
            return any(self.is_bound_within(item, marker) for item in value.items)
        if isinstance(value, BoundValue):
            parts = (value.function, *value.args, *value.kwargs.values())
            return any(self.is_bound_within(part, marker) for part in parts)
        return isinstance(value, (Sequence, RangeValue, Lazy))

    @staticmethod
    def merged_kind(p: Atom, q: Atom) -> k.Kind:
        if p is UNDEFINED or q is UNDEFINED:
            return q.kind if p is UNDEFINED else p.kind
        return k.join(p.kind, q.kind)

    def atom_in(self, value: Value, env: dict, arm: list[ir.Stmt]) -> Atom:
        """Make an atom of a value at the end of an arm, in that arm's environment."""
        if isinstance(value, Atom) and not isinstance(value, Var):
            return value
        outer_env, outer_block = self.env, self.block
        self.env, self.block = env, arm
        try:
            return self.atom(value)
        finally:
            self.env, self.block = outer_env, outer_block
