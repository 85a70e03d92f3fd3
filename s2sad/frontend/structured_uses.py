"""Subscripts, updates, methods and calls of lists and dicts in structured form: see `s2sad.frontend.structured`."""

from __future__ import annotations

import copy
import dataclasses
import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.frontend.helpers import Updates
from s2sad.frontend.loops import TURNS
from s2sad.frontend.names import ref_to
from s2sad.frontend.state import Structured
from s2sad.frontend.structured import Keeping, Walk
from s2sad.frontend.values import (
    DictValue,
    GeneratorValue,
    Lazy,
    TupleValue,
    Value,
)
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Lit, Ref, Var

STATIC_UPDATES = ("append", "extend", "insert", "pop", "clear", "reverse")
READING = ("index", "count")
ONLY_READ = (repr, str, format, any, all, bool, type, isinstance, len)


class KeepingUses(Keeping):
    """Use lists and dicts that are kept in structured form."""

    # ---- subscripts -------------------------------------------------------------------------------

    def subscript(self, value: Value, index: Value) -> Value:
        value = self.present(value)
        return super().subscript(value, index)

    def choose(self, value: TupleValue, index: Atom) -> Value:
        if self.keeps and any(map(self.has_no_atom, value.items)) and self.is_lendable(value):
            return self.emit(ref_to(operator.getitem), (self.atom(value), index))
        return super().choose(value, index)

    def static_entry(self, value: DictValue, index: Value) -> Value:
        if not self.keeps or value.identity is None:
            return super().static_entry(value, index)
        key = self.literal_key(index)
        if key is not None:
            if key.value not in value.keys:
                raise self.refuse(f"the dict has no key {key.value!r}")
            return self.read(self.untangle(value.items[value.keys.index(key.value)]))
        if self.is_lendable(value):
            return self.emit(ref_to(operator.getitem), (self.atom(value), self.atom(index)))
        return super().static_entry(value, index)

    def is_lendable(self, value: Value) -> bool:
        """Tell whether a list can be made at run time for reading."""
        value = self.present(value)
        if isinstance(value, (TupleValue, DictValue)):
            return all(map(self.is_lendable, value.items))
        return isinstance(value, (Var, Lit))

    def set_item(self, container: Value, index: Value, value: Value) -> None:
        container = self.present(container)
        if not self.keeps:
            super().set_item(container, index, value)
            return
        if isinstance(container, DictValue) and container.identity is not None:
            self.static_dict_update(container, index, value)
            return
        if isinstance(container, Var) and isinstance(self.kind(container), (k.List, k.Dict, k.Unknown)):
            kept = self.structured("setitem", container, [index, value])
            if kept is not container:
                self.set_item(kept, index, value)
                return
            self.release((value,))
        super().set_item(container, index, value)

    def update(self, action: str, target: Var, args: Iterable[Atom], **rest: Any) -> Atom:
        if self.keeps:
            args = tuple(args)
            if self.storage(target) in self.lent:
                raise self.structure_error(
                    "an item of a list is updated whose index is known only at run time",
                    (),
                    "use literal indices",
                )
            copied = isinstance(self.root(target).kind, k.Array)
            if not copied and any(isinstance(atom, Var) and self.root(atom) in self.copies for atom in args):
                raise self.structure_error("a list of arrays is put where it is not followed", ())
        return super().update(action, target, args, **rest)

    # ---- updates ----------------------------------------------------------------------------------

    def structured(self, action: str, container: Value, args: list[Value]) -> Value:
        """Turn a list that has just been made into a structured one, where it gets an item that needs it."""
        if not isinstance(container, Var):
            return self.present(container)
        root = self.root(container)
        if (root, "list") in self.env:
            return self.read(container)
        made = self.made.get(root)
        needs = action in ("append", "insert", "extend") and any(map(self.has_no_atom, args[-1:]))
        if self.keeps and action == "setitem" and isinstance(self.literal_index(args[0]), int):
            needs = self.has_no_atom(args[-1])
        if not needs or made is None or made.fn is not ir.LIST or root in self.env or root in self.views:
            return container
        if action == "extend" and not isinstance(self.static_items(args[-1]), TupleValue):
            return container
        if self.keeps:
            if self.sites.get(root) in self.program.plain and not any(map(self.must_be_kept, args[-1:])):
                self.release(args[-1:])
                return container
            if any(root in link for link in self.links()):
                raise self.structure_error("a list that gets arrays is held by another one already", ())
        value = self.static_list(made.args)
        if value.identity is not None and value.identity.handle is not None:
            value.identity.site = self.sites.get(root)
        self.env[root, "list"] = self.root_value(value)
        return value

    def kept_update(self, action: str, container: Value, args: list[Value]) -> Value | None:
        """Update a list or dict in structured form, or one that takes on this form now; None for others."""
        container = self.structured(action, container, args)
        if isinstance(container, DictValue) and container.identity is not None:
            return self.kept_dict_method(container, action, args, {})
        if isinstance(container, TupleValue) and container.identity is not None:
            return self.static_update(action, container, args)
        self.release(args)
        return None

    def static_update(self, action: str, container: TupleValue, args: list[Value]) -> Value:
        """Update a list that is kept in structured form."""
        container = self.read(container)
        assert isinstance(container, TupleValue) and container.identity is not None
        items = list(container.items)
        at = self.literal_index(args[0]) if args else None
        result: Value = Lit(None)
        if action == "append":
            items.append(self.root_value(args[0]))
        elif action == "extend":
            items += map(self.root_value, self.unpack_all(self.static_items(args[0]), None))
        elif action == "reverse":
            items.reverse()
        elif action == "clear":
            items.clear()
        elif action == "insert" and isinstance(at, int):
            items.insert(at, self.root_value(args[1]))
        elif action == "pop" and items and (not args or isinstance(at, int)):
            result = self.read(self.untangle(items.pop(at if args else -1)))
        elif action in ("setitem", "delitem") and isinstance(at, int) and -len(items) <= at < len(items):
            if action == "delitem":
                del items[at]
            else:
                items[at] = self.root_value(args[1])
        elif action == "delitem" and isinstance(at, slice):
            del items[at]
        elif action == "setitem" and isinstance(at, slice) and at.step is None:
            items[at] = map(self.root_value, self.unpack_all(self.static_items(args[1]), None))
        else:
            raise self.structure_error(
                "this update of a list of functions or objects cannot be followed",
                (container,),
                "use literal indices",
            )
        self.env[container.identity, "items"] = TupleValue(tuple(items), list, container.identity)
        return result

    def static_dict_update(self, container: DictValue, index: Value, value: Value | None) -> None:
        """Set an item of a dict in structured form, or delete it where `value` is None."""
        key = self.literal_key(index)
        if key is None or (value is None and key.value not in container.keys):
            raise self.structure_error(
                "this update of a dict of arrays cannot be followed", (container,), "use literal keys"
            )
        entries = dict(zip(container.keys, container.items, strict=True))
        if value is None:
            del entries[key.value]
        else:
            entries[key.value] = self.root_value(value)
        self.env[container.identity, "items"] = DictValue(
            tuple(entries), tuple(entries.values()), container.identity
        )

    def augmented(self, function: Any, old: Value, value: Value) -> Value | None:
        old = self.present(old)
        if self.keeps and self.is_kept(old):
            if isinstance(old, DictValue) and function is operator.or_:
                self.kept_dict_method(old, "update", [value], {})
                return None
            if isinstance(old, TupleValue) and function is operator.mul:
                if not isinstance(value, Lit):
                    raise self.structure_error(
                        "a list is repeated so many times as is known at run time", (old,)
                    )
                items = TupleValue(old.items * value.value, list, old.identity)
                self.env[old.identity, "items"] = items
                return None
        return super().augmented(function, old, value)

    def binary(self, function: Any, left: Value, right: Value) -> Value:
        left, right = self.present(left), self.present(right)
        if self.keeps:
            for a, b in ((left, right), (right, left)):
                if function is operator.mul and isinstance(a, TupleValue) and a.identity is not None:
                    count = self.literal_index(b)
                    if isinstance(count, int) and count * len(a.items) <= TURNS:
                        return self.listing(list(a.items * count))
            if function is operator.or_ and isinstance(left, DictValue) and left.identity is not None:
                result = self.static_dict(self.known_entries(left) or [])
                self.kept_dict_method(result, "update", [right], {})
                return self.read(result)
        return super().binary(function, left, right)

    # ---- methods ----------------------------------------------------------------------------------

    def kept_method(self, owner: Value, name: str, args: list[Value], kwargs: dict) -> Value | None:
        """Call a method of a list or dict in structured form; None for other owners."""
        if isinstance(owner, DictValue):
            return self.kept_dict_method(owner, name, args, kwargs) if owner.identity is not None else None
        if not self.keeps or not isinstance(owner, TupleValue) or owner.identity is None:
            return None
        if name in STATIC_UPDATES:
            return self.static_update(name, owner, args)
        if name == "copy":
            return self.listing(list(owner.items))
        if name == "__setitem__":
            self.set_item(owner, *args)
            return Lit(None)
        if name == "__getitem__":
            return self.subscript(owner, *args)
        if name in READING:
            return self.dynamic_method(self.atom(owner), name, args, kwargs)
        raise self.structure_error(f"the method `{name}` of a list of arrays cannot be followed", (owner,))

    def kept_dict_method(self, owner: Value, name: str, args: list[Value], kwargs: dict) -> Value:
        owner = self.read(owner)
        assert isinstance(owner, DictValue) and owner.identity is not None
        keys = tuple(map(Lit, owner.keys))
        if name == "keys":
            return self.static_items(owner)
        if name == "values":
            return Walk(owner.items, sources=((owner, 1),))
        if name == "items":
            return Walk(tuple(map(TupleValue, zip(keys, owner.items, strict=True))), sources=((owner, 1),))
        if name == "copy":
            return self.static_dict(self.known_entries(owner) or [])
        if name == "clear":
            self.env[owner.identity, "items"] = DictValue((), (), owner.identity)
            return Lit(None)
        if name == "update":
            return self.updated_dict(owner, args, kwargs)
        if name in ("get", "pop", "setdefault", "delitem", "__getitem__", "__setitem__") and args:
            key = self.literal_key(args[0])
            if key is not None:
                return self.entry_method(owner, name, key, args)
        raise self.structure_error(
            f"`{name}` of a dict of arrays cannot be followed", (owner,), "use literal keys"
        )

    def entry_method(self, owner: DictValue, name: str, key: Lit, args: list[Value]) -> Value:
        """Call a method of a dict in structured form that concerns one key."""
        if name == "__setitem__" or (name == "setdefault" and key.value not in owner.keys):
            self.static_dict_update(owner, key, args[1] if len(args) > 1 else Lit(None))
            return self.subscript(owner, key) if name == "setdefault" else Lit(None)
        if key.value not in owner.keys and len(args) > 1:
            return args[1]
        if key.value not in owner.keys and name == "get":
            return Lit(None)
        found = Lit(None) if name == "delitem" else self.static_entry(owner, key)
        if name in ("pop", "delitem"):
            self.static_dict_update(owner, key, None)
        return found

    def updated_dict(self, owner: DictValue, args: list[Value], kwargs: dict[str, Value]) -> Value:
        values: list[Value] = []
        for other in map(self.present, args):
            entries = self.known_entries(other)
            if entries is None:
                turns = self.turns(other)
                if turns is None:
                    raise self.structure_error(
                        "the keys of a dict are not known", (owner,), "use literal keys"
                    )
                entries = [part for item in turns for part in self.unpack_value(item, 2, ["", ""])]
            values += entries
        for name, item in kwargs.items():
            values += [Lit(name), item]
        for key, item in zip(values[::2], values[1::2], strict=True):
            present = self.read(owner)
            assert isinstance(present, DictValue)
            self.static_dict_update(present, key, item)
        return Lit(None)

    # ---- calls ------------------------------------------------------------------------------------

    def call_value(self, function: Value, args: list[Value], kwargs: dict[str, Value]) -> Value:
        if isinstance(function, Var):
            self.release((*args, *kwargs.values()))
        return super().call_value(function, args, kwargs)

    def call_object(self, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> Value:
        args = list(map(self.present, args))
        kwargs = {name: self.present(arg) for name, arg in kwargs.items()}
        if ref.value is copy.copy and len(args) == 1 and not self.is_kept(args[0]):
            cls = {k.List: list, k.Dict: dict}.get(type(self.kind(args[0])))
            if cls is not None:
                return self.call_object(Ref(cls.__name__, cls), args, {})
        if self.keeps:
            found = self.kept_call(ref.value, args, kwargs)
            if found is not None:
                return found
        return super().call_object(ref, args, kwargs)

    def kept_call(self, target: Any, args: list[Value], kwargs: dict[str, Value]) -> Value | None:
        """Call a function that makes a container of what another one holds; None for other functions."""
        if target is dict and len(args) < 2:
            result = self.static_dict([])
            state = self.state()
            try:
                assert isinstance(result, DictValue)
                self.updated_dict(result, args, kwargs)
            except Structured:
                self.restore(state)
                if self.is_kept(args[0]):
                    raise
                return None
            return self.read(result)
        if target in (list, tuple) and len(args) == 1 and isinstance(args[0], (Var, GeneratorValue)):
            if not isinstance(self.kind(args[0]), k.Array) and not isinstance(args[0], GeneratorValue):
                return None
            items = self.turns(args[0])
            if items is None or not any(map(self.has_no_atom, items)):
                return None
            return TupleValue(items) if target is tuple else self.listing(list(items))
        if target is sorted and len(args) == 1 and not kwargs:
            keys = self.turns(args[0])
            if keys is not None and all(isinstance(key, Lit) and isinstance(key.value, str) for key in keys):
                return TupleValue(tuple(sorted(keys, key=lambda key: key.value)))  # type: ignore[union-attr]
        if target in (copy.copy, copy.deepcopy) and len(args) == 1 and self.is_kept(args[0]):
            return self.copied(args[0], target is copy.deepcopy, {})
        return None

    def copied(self, value: Value, deep: bool, memo: dict[Any, Value]) -> Value:
        """Copy a list or dict in structured form; one object that it holds twice, once."""
        value = self.present(value)
        if not isinstance(value, (TupleValue, DictValue)):
            found: Value = value
            kind = self.kind(value)
            if isinstance(kind, k.Array):
                key: Any = self.root_value(value)
                if key not in memo:
                    memo[key] = self.root_value(self.call(np.copy, self.atom(value)))
                found = memo[key]
            elif not isinstance(kind, (k.Scalar, k.Constant)):
                raise self.structure_error("what this list holds cannot be copied", ())
            return found
        if value.identity is not None and value.identity in memo:
            return memo[value.identity]
        items: list[Value] = list(value.items)
        if deep:
            items = [self.copied(item, True, memo) for item in items]
        if isinstance(value, DictValue):
            keys = map(Lit, value.keys)
            result = self.static_dict([part for pair in zip(keys, items, strict=True) for part in pair])
        elif value.identity is not None:
            result = self.static_list(items)
        else:
            return dataclasses.replace(value, items=tuple(items))
        memo[value.identity] = self.root_value(result)
        return result

    def opaque_call(self, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> Value:
        home = getattr(ref.value, "__module__", None) or ""
        if not home.startswith("numpy") and ref.value not in ONLY_READ:
            self.release((*args, *kwargs.values()))
        return super().opaque_call(ref, args, kwargs)

    def plan(self, value: Value, given: list[Atom], nested: bool) -> Any:
        value = value.force() if isinstance(value, Lazy) else value
        self.release((value,))
        return super().plan(value, given, nested)

    def make_helper(self, value: Any, bound: dict[str, Value]) -> tuple[ir.Helper, list[Atom], bool]:
        made = super().make_helper(value, bound)
        helper = made[0]
        if self.keeps and helper.function is not None and not helper.recursive:
            if self.returns_container(helper.function.result.kind):
                raise Updates
        return made

    def returns_container(self, kind: k.Kind) -> bool:
        """Tell whether a function's result is, or holds, a list or dict of what can be updated."""
        if isinstance(kind, k.Tuple):
            return any(map(self.returns_container, kind.items))
        return isinstance(kind, (k.List, k.Dict)) and self.holds_mutable(kind)
