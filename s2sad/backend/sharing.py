"""Which values may share memory: for each variable, the objects that it may be, and what these may hold.

An object is known by the variable that its allocation was first bound to, and by its age: 0 for the one that
the present turn of a loop allocated, 1 for all that earlier turns did (a recency abstraction: Balakrishnan
and Reps, SAS 2006). A view is its base's object, an update's result that of the version it overwrites; a
container holds what was put into it. The question that is answered: may an update be seen through another
variable (Andersen's points-to analysis, to a fixed point).
"""

from __future__ import annotations

import itertools
import operator
import types
from typing import Any

from s2sad.analysis import kinds as k
from s2sad.analysis.transfer import view_of
from s2sad.ir import core as ir
from s2sad.ir.core import Call, If, Loop, Try, Update, Var
from s2sad.ir.paths import reached_kind
from s2sad.ir.walk import binds, blocks, reads, statements

Objects = frozenset[tuple[Var, int]]
NOTHING: Objects = frozenset()
SCALAR_PRIMS = (ir.FORMAT, ir.FORMAT_SPEC, ir.SLICE, ir.RAISE, ir.ASSERT, ir.BOUNDARY)
CONTAINERS = (k.List, k.Dict, k.Tuple, k.Object)


class Sharing:
    """Objects of the variables of one function."""

    def __init__(self, block: ir.Block, registry: Any):
        self.objects: dict[Var, Objects] = {}
        self.held: dict[
            tuple[Var, int], frozenset[tuple[tuple[Var, int], int]]
        ] = {}  # with the place it was put in
        self.registry = registry
        self.deep: set[Var] = (
            set()
        )  # containers whose items are fresh too: these are not told apart from them
        self.loops: dict[Var, tuple[int, ...]] = {}
        self.place: dict[int, tuple[int, tuple[int, ...]]] = {}
        self.around: list[tuple[int, ...]] = []
        self.mutable: dict[Var, bool] = {}
        self.reached: dict[tuple[Objects, int | None], Objects] = {}
        self.allocated: dict[Objects, set[Var]] = {}
        every = list(statements(block))
        self.bound = {var for stmt in every for var in binds(stmt)}
        self.locate(block, ())
        self.now = 0
        relevant = [stmt for stmt in every if any(map(self.is_mutable, (*binds(stmt), *reads(stmt))))]
        while True:
            before = self.size()
            self.reached.clear()
            for stmt in relevant:
                self.now = self.place[id(stmt)][0]
                self.statement(stmt)
            if self.size() == before:
                break

    def locate(self, block: ir.Block, around: tuple[int, ...]) -> None:
        """Number the statements, and note the loops around each variable."""
        for stmt in block:
            self.place[id(stmt)] = (len(self.place), around)
            self.around.append(around)
            inside = (*around, id(stmt)) if isinstance(stmt, Loop) else around
            for var in binds(stmt):
                self.loops[var] = around
            for inner in blocks(stmt):
                self.locate(inner, inside)

    def size(self) -> int:
        return sum(map(len, self.objects.values())) + sum(map(len, self.held.values()))

    # ---- questions --------------------------------------------------------------------------------

    def of(self, atom: Any) -> Objects:
        """Return the objects that a value may be; a parameter is an object of its own."""
        if not self.is_mutable(atom):
            return NOTHING
        return self.objects.get(atom) or (NOTHING if atom in self.bound else frozenset(((atom, 0),)))

    def is_mutable(self, atom: Any) -> bool:
        """Tell whether an atom may be, or hold, something that can be updated."""
        known = self.mutable.get(atom)
        if known is None:
            known = self.mutable[atom] = isinstance(atom, Var) and is_mutable(atom.kind)
        return known

    def older(self, objects: Objects, loop: int) -> Objects:
        """Return objects as the next turn of a loop sees them."""
        return frozenset((var, 1) if loop in self.loops.get(var, ()) else (var, age) for var, age in objects)

    def inside(self, objects: Objects, at: int | None = None) -> Objects:
        """Return the objects that some containers hold; a parameter's are not told apart from itself.

        Seen from a place before the one where an object is put in, it is one of an earlier turn.
        """
        found = set()
        for each in objects:
            if each[0] not in self.bound or each[0] in self.deep:
                found.add(each)
            for held, place in self.held.get(each, ()):
                if (
                    at is not None and place > at
                ):  # put in later: seen here in another turn of a loop, if at all
                    common = set(self.around[at]) & set(self.around[place])
                    if common:
                        found.add((held[0], 1) if common & set(self.loops.get(held[0], ())) else held)
                else:
                    found.add(held)
            if each[1] == 1:  # what it got when it was new is of an earlier turn too
                for held, _ in self.held.get((each[0], 0), ()):
                    found.add((held[0], 1) if self.loops.get(held[0]) else held)
        return frozenset(found)

    def reach(self, atom: Any, at: int | None = None) -> Objects:
        """Return the objects that can be reached through a value."""
        start = self.of(atom)
        found = self.reached.get((start, at))
        if found is None:
            found = work = start
            while work:
                work = self.inside(work, at) - found
                found |= work
            self.reached[start, at] = found
        return found

    def may_see(self, var: Var, changed: Objects, call: Call) -> bool:
        """Tell whether changes that an update makes to some objects may be seen through a variable."""
        mine = self.of(var)
        if not mine:
            return False
        if not changed.isdisjoint(mine):
            return True
        if isinstance(var.kind, k.Array) or self.allocations(mine).isdisjoint(v for v, _ in changed):
            return False
        return not changed.isdisjoint(self.reach(var, self.place[id(call)][0]))

    def allocations(self, objects: Objects) -> set[Var]:
        """Return the variables to which all that can be reached from some objects was first bound, at any age."""
        found = self.allocated.get(objects)
        if found is None:
            found = {var for var, _ in objects}
            work = list(found)
            while work:
                ages = ((var, age) for var in (work.pop(),) for age in (0, 1))
                for (held, _), _ in itertools.chain.from_iterable(self.held.get(each, ()) for each in ages):
                    if held not in found:
                        found.add(held)
                        work.append(held)
            self.allocated[objects] = found
        return found

    def last_put(self, var: Var) -> int:
        """Return the last place where something is put into a container."""
        return max((place for each in self.of(var) for _, place in self.held.get(each, ())), default=-1)

    def changed(self, call: Call) -> Objects:
        """Return the objects that an update may change."""
        assert isinstance(call.fn, Update)
        nested = call.fn.path and not isinstance(call.args[0].kind, k.Array)
        return self.reach(call.args[0]) if nested else self.of(call.args[0])

    # ---- statements -------------------------------------------------------------------------------

    def become(self, out: Var, *sets: Objects) -> None:
        if self.is_mutable(out):
            self.objects[out] = self.objects.get(out, NOTHING).union(*sets)

    def allocate(self, out: Var, *held: Objects) -> None:
        if not held and not isinstance(out.kind, k.Array):
            self.deep.add(out)
        self.become(out, frozenset(((out, 0),)))
        self.hold(frozenset(((out, 0),)), *held)

    def hold(self, containers: Objects, *held: Objects) -> None:
        entries = frozenset((each, self.now) for objects in held for each in objects)
        for each in containers:
            self.held[each] = self.held.get(each, frozenset()) | entries

    def statement(self, stmt: ir.Stmt) -> None:
        if isinstance(stmt, Call):
            self.call(stmt)
        elif isinstance(stmt, If):
            for merge in stmt.merges:
                self.become(merge.out, self.of(merge.then), self.of(merge.orelse))
        elif isinstance(stmt, Loop):
            for carry in stmt.carries:
                last = self.of(carry.last)
                self.become(carry.inner, self.of(carry.init), self.older(last, id(stmt)))
                self.become(carry.out, self.of(carry.init), last)
        elif isinstance(stmt, Try):
            for choice in stmt.merges:
                self.become(choice.out, *map(self.of, choice.atoms))

    def call(self, call: Call) -> None:
        fn, args = call.fn, call.args
        if isinstance(fn, Update):
            self.update(call, fn)
        elif fn is ir.PUSH:
            self.hold(self.of(args[0]), self.of(args[1]))
        elif fn is ir.POP:
            self.become(call.out, self.inside(self.of(args[0])))
        elif fn is ir.UNPACK:
            for out in call.outs:
                self.become(out, self.element(args[0]))
        elif fn in (ir.LIST, ir.TUPLE, ir.DICT, ir.SET):
            self.allocate(call.out, NOTHING, *map(self.of, args))
        elif fn in (ir.COPY, ir.OWN) or fn in SCALAR_PRIMS:
            for out in call.outs:
                self.allocate(out)
        elif isinstance(fn, ir.Ref):
            self.known(call)
        elif isinstance(fn, ir.Helper) and fn.fresh and fn.lowerer is not None:
            self.allocate(call.out)
        else:
            everything = NOTHING.union(*map(self.reach, call.inputs))
            for out in call.outs:
                self.allocate(out, everything)
                self.become(out, everything)

    def element(self, atom: Any) -> Objects:
        """Return what an item of a container, or a view of an array, may be."""
        objects = self.of(atom)
        kind = atom.kind
        if isinstance(kind, k.Array):
            return objects
        return self.inside(objects) if isinstance(kind, CONTAINERS) else objects | self.inside(objects)

    def known(self, call: Call) -> None:
        """A call of a library function: a fresh result, a view, an item, or anything."""
        target, out, args = call.fn.value, call.out, call.args
        kind = args[0].kind if args else k.UNKNOWN
        rule = self.registry.rule(target)
        kinds, named = [arg.kind for arg in args], {name: arg.kind for name, arg in call.kwargs}
        if isinstance(kind, CONTAINERS) and (target is operator.getitem or target is getattr):
            if len(args) > 1 and isinstance(args[1].kind, k.Slice):
                self.allocate(out, self.inside(self.of(args[0])))
            else:
                self.become(out, self.element(args[0]))
        elif target in (list, dict, tuple) or (
            isinstance(kind, k.List) and rule is not None and rule.elementwise
        ):
            self.allocate(out, *(self.inside(self.of(arg)) for arg in args))
        elif rule is not None and (rule.elementwise or not rule.differentiable):
            self.allocate(out)
        elif target is operator.getitem or target is getattr:
            how = view_of(target, [arg.kind for arg in args]) if isinstance(kind, k.Array) else "view"
            self.allocate(out) if how == "fresh" else self.become(out, self.element(args[0]))
        elif (
            isinstance(kind, (k.Array, k.Scalar, k.Matrix)) or isinstance(target, types.MethodDescriptorType)
        ) and view_of(target, kinds, named) == "fresh":
            self.allocate(out)
        else:
            everything = NOTHING.union(*map(self.reach, call.inputs))
            self.allocate(out, everything)
            self.become(out, everything)

    def update(self, call: Call, update: Update) -> None:
        old = call.args[0]
        new, *popped = call.outs
        self.become(new, self.of(old))
        containers = self.reach(old) if update.path else self.of(old)
        for out in popped:
            self.become(out, self.inside(containers))
        if isinstance(reached_kind(call), k.Array):
            return
        sliced = update.action == "setitem" and isinstance(call.args[-2].kind, k.Slice)
        if update.action == "extend" or sliced:
            self.hold(containers, self.inside(self.of(call.args[-1])))
        elif update.action in ("setitem", "append", "insert"):
            value = call.args[-1]
            self.hold(containers, self.of(value), self.inside(self.of(value)))


def is_mutable(kind: k.Kind) -> bool:
    """Tell whether a value of this kind may be, or hold, something that can be updated."""
    if isinstance(kind, k.Tuple):
        return any(map(is_mutable, kind.items))
    return not isinstance(kind, (k.Scalar, k.Constant, k.Slice))
