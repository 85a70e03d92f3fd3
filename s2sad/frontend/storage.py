"""Mutable storage while lowering: versions, views, aliases, and updates in place.

What cannot be decided and matters is refused (design, section 6).
"""

from __future__ import annotations

import inspect
import itertools
import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from s2sad.analysis import kinds as k
from s2sad.analysis.transfer import VIEWS, view_of
from s2sad.analysis.transfer_base import least
from s2sad.errors import AmbiguousAlias
from s2sad.frontend.links import Links
from s2sad.frontend.names import ref_to
from s2sad.frontend.state import (
    NEVER_SHARES,
    RESHAPES,
    ROW_BY_ROW,
    SHALLOW_COPIES,
    View,
)
from s2sad.frontend.values import (
    BoundValue,
    Conflict,
    DictValue,
    FunctionValue,
    Identity,
    ObjectValue,
    TupleValue,
    Value,
)
from s2sad.ir import core as ir
from s2sad.ir.core import Atom, Call, Helper, Lit, Prim, Update, Var

GETITEM = ref_to(operator.getitem)
PRODUCTS = {np.outer, np.dot, np.matmul, operator.matmul}  # new arrays, laid out row by row
KEEPING_ORDER = {np.copy, np.array, np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.where}


def may_be_view(target: Any) -> bool:
    """Tell whether the result of a function may be a view of its first argument."""
    return target in RESHAPES or VIEWS.get(target, "fresh") != "fresh"


def is_number(target: Any, args: tuple[Atom, ...]) -> bool:
    """Tell whether generated code reads a number: it says `copy` where it reads a row that is updated afterwards."""
    if target is not operator.getitem:
        return False
    return k.shape_of(args[0].kind) is None and isinstance(args[1].kind, k.Scalar)


def only_adds_ones(a: k.Kind, b: k.Kind) -> bool:
    """Tell whether two arrays have the same lengths but for axes of length one."""
    shapes = k.shape_of(a), k.shape_of(b)
    if None in shapes or any(None in shape for shape in shapes):  # type: ignore[operator]
        return False
    first, second = ([n for n in shape if n != 1] for shape in shapes)  # type: ignore[union-attr]
    return first == second


WHOLE = k.Slice(k.NONE, k.NONE, k.NONE)


def indices_of(index: k.Kind) -> tuple[k.Kind, ...]:
    """Return the kinds of the indices for each axis."""
    return index.items if isinstance(index, k.Tuple) else (index,)


def is_run(indices: tuple[k.Kind, ...]) -> bool:
    """Tell whether indices take elements one after the other: one axis is cut, those before it have a number each."""
    if indices == (k.Constant(Ellipsis),):
        return True
    rest = [each for each in indices if each != k.NONE]
    while rest and isinstance(rest[0], k.Scalar):
        rest.pop(0)
    first, others = (rest[0], rest[1:]) if rest else (WHOLE, [])
    along = isinstance(first, k.Slice) and first.step in (k.NONE, Lit(1).kind)
    return along and all(each == WHOLE for each in others)


def leave_gaps(indices: tuple[k.Kind, ...], array: k.Kind, part: k.Kind) -> bool:
    """Tell whether indices of an array laid out row by row surely take several elements with others between them.

    Only an axis of two elements or more has gaps: a part that is one element, or one row, is contiguous.
    """
    rest = k.Constant(Ellipsis)
    shape, taken = k.shape_of(array) or (), k.shape_of(part) or ()
    items = indices if rest in indices else (*indices, rest)
    for way in (1, -1):  # from both ends to the ellipsis, or to what else takes an unknown number of axes
        known = itertools.takewhile(
            lambda each: each == k.NONE or isinstance(each, (k.Scalar, k.Slice)), items[::way]
        )
        axes = (each for each in known if not isinstance(each, k.Scalar))
        if any(skips(each) and is_several(n) for each, n in zip(axes, taken[::way], strict=False)):
            return True
    column = isinstance(indices[-1], k.Scalar) and (rest in indices or len(indices) == len(shape))
    return column and k.NONE not in indices and is_several(shape[-1]) and any(map(is_several, taken))


def skips(index: k.Kind) -> bool:
    """Tell whether an index surely is a slice with a step other than 1."""
    step = index.step if isinstance(index, k.Slice) else k.NONE
    return isinstance(step, k.Scalar) and isinstance(step.value, int) and step.value != 1


def is_several(length: Any) -> bool:
    """Tell whether a length surely is 2 or more."""
    return length is not None and least(length) >= 2


def positional(fn: Any, args: tuple[Atom, ...], kwargs: tuple) -> tuple[tuple[Atom, ...], tuple]:
    """Return the arguments of a view after its base, by position as far as that is possible."""
    if not kwargs:
        return args[1:], ()
    try:
        bound = inspect.signature(fn).bind(*args, **dict(kwargs))
    except (TypeError, ValueError):
        return args[1:], kwargs
    if bound.kwargs:
        return args[1:], kwargs
    return tuple(bound.args[1:]), ()


class AssignedAttribute(Exception):
    """An attribute of an argument is assigned or updated: the argument must be taken apart at entry."""

    def __init__(self, name: str):
        self.name = name


class Storage(Links):
    """Know which storage a value belongs to, and update it."""

    parameters: dict[Var, str]  # the parameters that are objects with known fields
    owners: dict[Var, str]  # what the caller owns, and the parameter that it belongs to
    program: Any

    def root(self, var: Var) -> Var:
        """Return the storage that a version belongs to; names are bound to storage, not to versions."""
        return self.roots.get(var, var)

    def peek(self, atom: Atom) -> Atom:
        """Return the current version without reading a view again (its kind is the same)."""
        if isinstance(atom, Var):
            root = self.root(atom)
            return root if root in self.views else self.env.get(root, root)
        return atom

    def current(self, atom: Atom) -> Atom:
        """Return the current version of the object that an atom stands for."""
        if not isinstance(atom, Var):
            return atom
        root = self.root(atom)
        view = self.views.get(root)
        if view is None:
            return self.env.get(root, root)
        version = self.current(view.base)
        if version is view.version:
            return root
        cached = self.env.get(("view", root))
        if cached is not None and cached[0] is version:
            return cached[1]
        out = Var(root.hint, root.kind)
        self.append(Call((out,), view.fn, (version, *view.args), view.kwargs, self.where))
        if version in self.varied:
            self.varied.add(out)
        self.roots[out] = root
        self.env["view", root] = (version, out)
        return out

    def note_alias(self, target: Any, fn: Any, args: tuple, kwargs: tuple, out: Var) -> None:
        """Record which storage a call's result shares with its arguments."""
        if not self.is_mutable(out.kind):
            return
        operands = (*args, target) if isinstance(target, Var) else args
        variables = [arg for arg in operands if isinstance(arg, Var) and self.is_mutable(arg.kind)]
        if not variables:
            return
        base = variables[0]
        if target in (ir.LIST, ir.TUPLE, ir.DICT):
            for item in variables:
                self.put_into(out, item)
            return
        if isinstance(target, (Prim, Update, Helper)):  # `helper_call` knows what its helper's result shares
            return
        if self.is_shallow_copy(target, args):
            for item in variables:
                if self.holds_mutable(item.kind):
                    if target is operator.mul or variables.count(item) > 1:
                        self.tangle(out)
                    self.link("shares", out, item)
            return
        if isinstance(base.kind, (k.Array, k.Scalar)):
            named = {name: arg.kind for name, arg in kwargs}
            how = (
                view_of(target, [arg.kind for arg in args], named) if not isinstance(target, Var) else "maybe"
            )
            if how == "maybe" and target in RESHAPES and not kwargs:
                reshaped = target is not np.ravel and only_adds_ones(base.kind, out.kind)
                how = "view" if reshaped or self.is_contiguous(base) else how
                copied = self.is_turned(base) or (target is np.ravel and self.is_strided(base))
                how = "fresh" if how == "maybe" and copied else how
            if how == "maybe" and self.is_emitted() and may_be_view(target) and not is_number(target, args):
                how = "view"
        elif target is getattr or (target is operator.getitem and self.is_item(base, args)):
            how = "view"
        else:
            known = not isinstance(target, Var) and view_of(target, [arg.kind for arg in args]) == "fresh"
            how = "fresh" if known else "maybe"
        if how == "view" and args and base is args[0]:
            rest, named_rest = positional(target, args, kwargs)
            self.views[out] = View(self.root(base), base, fn, rest, named_rest)
            self.opened[out] = self.open
        elif how == "maybe" and target not in NEVER_SHARES:
            rule = self.registry.rule(target) if not isinstance(target, Var) else None
            if rule is not None and (rule.elementwise or not rule.differentiable):
                return
            for item in [base] if target in VIEWS and base is args[0] else variables:
                self.link("may", out, item)

    @staticmethod
    def is_item(base: Atom, args: tuple[Atom, ...]) -> bool:
        """Tell whether ``base[index]`` surely is one item of a container: not a part, a copy or a number."""
        return not isinstance(base.kind, k.Unknown)

    def is_shallow_copy(self, target: Any, args: tuple[Atom, ...]) -> bool:
        """Tell whether a call makes a new container of the items of its arguments."""
        if target is operator.getitem:
            return isinstance(args[0].kind, (k.List, k.Tuple)) and isinstance(args[1].kind, k.Slice)
        if target in (operator.add, operator.mul):
            return any(isinstance(arg.kind, (k.List, k.Tuple)) for arg in args)
        return target in SHALLOW_COPIES and not isinstance(args[0].kind, k.Array)

    def holds_mutable(self, kind: k.Kind) -> bool:
        """Tell whether a container may hold what can be updated."""
        if isinstance(kind, k.List):
            return self.is_mutable(kind.item)
        if isinstance(kind, (k.Tuple, k.Dict)):
            return any(map(self.is_mutable, kind.items))
        return self.is_mutable(kind)

    def is_contiguous(self, atom: Atom) -> bool:
        """Tell whether an array surely is laid out row by row: then a reshape of it is a view."""
        if not isinstance(atom, Var) or not isinstance(atom.kind, k.Array):
            return isinstance(atom.kind, k.Scalar)
        root = self.root(atom)
        if root in self.views:
            view = self.views[root]
            if view.fn.value is operator.getitem:
                return is_run(indices_of(view.args[0].kind)) and self.is_contiguous(view.version)
            return view.fn.value in RESHAPES and self.is_contiguous(view.version)
        if root in self.owners:
            return self.owners[root] in self.program.shapes.by_rows and root.hint == self.owners[root]
        call = self.made.get(root)
        if call is None or any(name == "order" for name, _ in call.kwargs):
            return False
        if call.target in PRODUCTS or (
            call.target in ROW_BY_ROW and not isinstance(call.args[0].kind, k.Array)
        ):
            return True
        kinds = [arg.kind for arg in call.args]
        named = {name: arg.kind for name, arg in call.kwargs}
        if (
            isinstance(call.target, (Prim, Update, Var, Helper))
            or view_of(call.target, kinds, named) != "fresh"
        ):
            return False
        rule = self.registry.rule(call.target)
        keeps = call.target in KEEPING_ORDER or (rule is not None and rule.elementwise)
        return root.kind.ndim == 1 or (keeps and all(map(self.is_contiguous, call.args)))

    def is_strided(self, atom: Atom) -> bool:
        """Tell whether there surely are gaps between the elements of an array: then `ravel` copies it."""
        view = self.views.get(self.root(atom)) if isinstance(atom, Var) else None
        if view is None or view.fn.value is not operator.getitem:
            return False
        items = indices_of(view.args[0].kind)
        if self.is_strided(view.version):
            return all(each in (k.NONE, WHOLE) for each in items)
        return self.is_contiguous(view.version) and leave_gaps(items, view.version.kind, atom.kind)

    def is_turned(self, var: Var) -> bool:
        """Tell whether a matrix surely is laid out column by column, with several of each: then it is copied."""
        view = self.views.get(self.root(var))
        shape = k.shape_of(var.kind) or ()
        several = len(shape) == 2 and all(map(is_several, shape))
        turned = view is not None and view.fn.value is np.transpose and not view.args
        return several and turned and view is not None and self.is_contiguous(view.version)

    @staticmethod
    def is_mutable(kind: k.Kind) -> bool:
        return isinstance(kind, (k.Array, k.List, k.Dict, k.Object, k.Matrix, k.Unknown, k.Tuple))

    def storage(self, var: Var) -> Var:
        """Return the storage at the bottom of a chain of views."""
        root = self.root(var)
        while root in self.views:
            root = self.root(self.views[root].base)
        return root

    def update(
        self, action: str, target: Var, args: Iterable[Atom], *, kind: k.Kind | None = None, outs: int = 1
    ) -> Atom:
        """Append an in-place update of the object `target`; return the popped value, if there is one."""
        args = tuple(map(self.current, args))
        root = self.root(target)
        path: list[tuple[Any, int]] = []
        path_args: tuple[Atom, ...] = ()
        while root in self.views:
            view = self.views[root]
            path.insert(0, (view.fn, len(view.args)))
            path_args = view.args + path_args
            if view.kwargs:
                raise self.refuse(
                    "an update through this view cannot be differentiated", "update the array itself"
                )
            root = self.root(view.base)
        if root in self.parameters:
            raise AssignedAttribute(self.parameters[root])
        if isinstance(root.kind, k.Matrix):
            raise self.refuse(
                "a part of a sparse matrix is updated",
                "make a matrix of the new entries: `coo_array((v, (i, j)), shape)`",
            )
        if isinstance(root.kind, k.Object):
            raise self.refuse(
                f"a part of `{root.hint}`, an object from outside, is updated",
                "pass the array itself, or a copy",
            )
        self.check_alias(root, path)
        if action not in ("append", "extend", "add_at") and not isinstance(self.root(target).kind, k.Array):
            self.detach_items(self.root(target), args[0] if action == "setitem" else None)
        old = self.env.get(root, root)
        if kind is None:
            kind = old.kind
        elif path:
            kind = self.outer_kind(self.root(target), kind)
        if action == "setitem" and args[0] == Lit(Ellipsis) and self.is_item_of_array(self.root(target)):
            path, path_args, args = path[:-1], path_args[:-1], (path_args[-1], *args[1:])
        new = Var(old.hint or root.hint, kind)
        reached = self.root(target).kind if path else old.kind
        extra = [Var("", self.item_kind(reached)) for _ in range(outs - 1)]
        self.append(
            Call((new, *extra), Update(action, tuple(path)), (old, *path_args, *args), (), self.where)
        )
        truncates = isinstance(old.kind, k.Array) and (k.dtype_of(old.kind) or "f")[0] in "iub"
        if not truncates and (
            old in self.varied or any(a in self.varied for a in args if isinstance(a, Var))
        ):
            self.varied.add(new)
            self.varied.update(var for var in extra if k.may_hold_floats(var.kind))
        self.roots[new] = root
        self.updated.add(root)
        self.env[root] = new
        if action in ("setitem", "append", "insert", "extend", "update"):
            for atom in args[-1:]:
                copied = isinstance(self.root(target).kind, k.Array)
                if isinstance(atom, Var) and self.is_mutable(atom.kind) and not copied:
                    self.put_into(root, atom)
        if extra and not self.is_emitted():
            self.taken[extra[0]] = root
        return extra[0] if extra else new

    def is_item_of_array(self, root: Var) -> bool:
        """Tell whether a value is surely ``x[i]`` of an array, where ``x[i][...] = v`` is ``x[i] = v``."""
        view = self.views.get(root)
        if view is None or view.fn != GETITEM or not k.shape_of(root.kind):
            return False
        return isinstance(self.root(view.base).kind, k.Array)

    def detach_items(self, container: Var, index: Atom | None) -> None:
        """Let items that were taken out of a container stand for themselves before others take their places."""
        for item, view in list(self.views.items()):
            if view.base is not container or view.fn != GETITEM or self.differs(view.args[0], index):
                continue
            if self.opened.get(item) != self.open:
                self.distrust_item(item, container)
                continue
            now = self.current(item)
            self.detached.append((item, self.views.pop(item)))
            self.env.pop(("view", item), None)
            assert isinstance(now, Var)
            self.env[item] = now
            self.roots[now] = item
            self.taken[item] = self.storage(container)
            if index is None or not isinstance(index, Lit):
                self.link("contains", container, item)

    @staticmethod
    def differs(a: Atom, b: Atom | None) -> bool:
        """Tell whether two indices surely are of different items."""
        if not isinstance(a, Lit) or not isinstance(b, Lit):
            return False
        ints = isinstance(a.value, int) and isinstance(b.value, int)
        return a != b and not (ints and (a.value < 0) != (b.value < 0))

    def distrust_item(self, item: Var, container: Var) -> None:
        """Let the names of an item be refused, whose place in a container may have been taken by another."""
        for key, value in list(self.env.items()):
            if not isinstance(key, tuple) or key[0] in ("flag", "view"):
                continue
            if any(self.is_part(var, item) for var in self.leaves(value)):
                self.env[key] = Conflict(
                    f"`{key[1]}` may or may not be an item of `{container.hint or 'a container'}` any more",
                    "make a copy: write `.copy()` where the name is bound",
                    AmbiguousAlias,
                )

    def is_part(self, var: Var, item: Var) -> bool:
        """Tell whether a value is an item or a view of it."""
        root = self.root(var)
        while root is not item and root in self.views:
            root = self.root(self.views[root].base)
        return root is item

    def outer_kind(self, root: Var, kind: k.Kind) -> k.Kind:
        """Return the kind of the outermost container when the kind of what a view reaches has changed."""
        while root in self.views:
            view = self.views[root]
            root = self.root(view.base)
            base = self.env.get(root, root).kind if root not in self.views else root.kind
            if isinstance(base, k.List):
                kind = k.List(k.join(base.item, kind))
            elif isinstance(base, k.Dict):
                kind = k.Dict(base.keys, tuple(k.join(item, kind) for item in base.items))
            else:
                kind = base
        return kind

    def item_kind(self, kind: k.Kind) -> k.Kind:
        if isinstance(kind, k.List):
            return kind.item
        if isinstance(kind, k.Dict):
            item: k.Kind = k.BOTTOM
            for each in kind.items:
                item = k.join(item, each)
            return item
        return k.UNKNOWN

    def check_alias(self, root: Var, path: list) -> None:
        """Find the names for which the effect of an update cannot be decided."""
        if root in self.protected:
            raise self.refuse(
                f"{self.protected[root]} is updated in place",
                "pass it as an argument, or update a copy of it",
            )
        tangled = {a for how, a, _ in self.env.get("links", ()) if how == "tangled"}
        if path and tangled and not isinstance(root.kind, k.Array) and self.reachable(root) & tangled:
            raise self.error(
                AmbiguousAlias,
                f"`{root.hint or 'a container'}` may hold one value at several places: this update of an item "
                "may change others",
                "put copies (`.copy()`) into it",
            )
        suspects = self.affected(root, bool(path))
        self.changed |= suspects | {root}
        suspects.discard(root)
        for suspect in suspects:
            if suspect in self.protected:
                raise self.error(
                    AmbiguousAlias,
                    f"this update may change {self.protected[suspect]} too",
                    "update a copy of it",
                )
        if suspects:
            self.distrust(suspects, root.hint or "a value")

    def distrust(self, suspects: set[Var], updated: str) -> None:
        """Let names through which one of these storages can be read be refused, unless they are bound again."""
        line = f" in line {self.where.line}" if self.where is not None else ""
        for key, value in list(self.env.items()):
            if not isinstance(key, tuple) or key[0] in ("flag", "view"):
                continue
            if any(self.storage(var) in suspects for var in self.leaves(value)):
                conflict = Conflict(
                    f"`{key[1]}` may or may not show the update of `{updated}`{line}",
                    "make the copy explicit: write `.copy()` where the second name is bound",
                    AmbiguousAlias,
                )
                self.env[key] = self.doubtful(value, suspects, conflict)

    def doubtful(self, value: Value, suspects: set[Var], conflict: Conflict) -> Value:
        """Return what takes the place of a value that may have been changed."""
        return conflict

    def distrust_twins(self, identity: Identity, name: str) -> None:
        """Let names be refused that may stand for an object of which an attribute is assigned, or may not."""
        for key, value in list(self.env.items()):
            if not isinstance(key, tuple) or key[0] in ("flag", "view"):
                continue
            for each in self.objects_in(value):
                if each is not identity and each.origins & identity.origins:
                    self.env[key] = Conflict(
                        f"`{key[1]}` may or may not be the object whose attribute `{name}` is assigned",
                        "make a new object for each path",
                        AmbiguousAlias,
                    )

    def objects_in(self, value: Value) -> Iterable[Identity]:
        if isinstance(value, ObjectValue):
            yield value.identity
        elif isinstance(value, (TupleValue, DictValue)):
            for item in value.items:
                yield from self.objects_in(item)
        elif isinstance(value, BoundValue):
            for item in (value.function, *value.args, *value.kwargs.values()):
                yield from self.objects_in(item)

    def leaves(self, value: Value) -> Iterable[Var]:
        if isinstance(value, Var):
            yield value
        elif isinstance(value, (TupleValue, DictValue)):
            for item in value.items:
                yield from self.leaves(item)
        elif isinstance(value, BoundValue):
            for item in (value.function, *value.args, *value.kwargs.values()):
                yield from self.leaves(item)
        elif isinstance(value, FunctionValue):
            for item in value.defaults.values():
                yield from self.leaves(item)

    def untangle(self, value: Value) -> Value:
        """Return a value that is read; raise the error of one that cannot be known."""
        if isinstance(value, Conflict):
            error = self.error(value.error, value.message, value.hint)
            if value.sites:
                error.sites = value.sites  # type: ignore[attr-defined]
            raise error
        return value
