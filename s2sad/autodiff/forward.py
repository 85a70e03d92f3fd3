"""Forward mode: the tangent of a program is a program that computes both together.

`Forward` walks the statements in order and puts the tangent of each beside it: ``y_dot = np.cos(x) * x_dot`` beside
``y = np.sin(x)``. The same rules serve as in reverse mode: an elementwise rule is linear in the derivative that
comes in, whichever way it comes; a linear function is its own tangent (Griewank and Walther, section 3.1).
A value that does not vary has no tangent; zeros are written down only where a container, a branch or a loop
needs them. The tangent of a container is a container of tangents.
"""

from __future__ import annotations

import inspect
import itertools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from s2sad.analysis import kinds as k
from s2sad.autodiff.activity import active_values
from s2sad.autodiff.adjoints import Adjoints
from s2sad.autodiff.masks import (
    infinite_values,
    masked_values,
    vanishing_values,
)
from s2sad.autodiff.reverse import is_construction
from s2sad.autodiff.tangents import NONE, Tangents
from s2sad.frontend.lowerer import Lowerer
from s2sad.frontend.names import ref_to
from s2sad.ir import core as ir
from s2sad.ir.core import (
    UNDEFINED,
    Atom,
    Block,
    Call,
    Choice,
    Finally,
    Helper,
    If,
    Lit,
    Loop,
    Param,
    Ref,
    Try,
    Update,
    Var,
    With,
)
from s2sad.ir.walk import binds, reads, statements, substitute
from s2sad.optimize.dead import dead

GETITEM = ref_to(operator.getitem)


class Forward(Tangents):
    """Build the tangent program of one lowered function."""

    mode = "jvp"

    def __init__(self, lowerer: Lowerer, function: ir.Function, tables: Any):
        Adjoints.__init__(self)
        self.b = lowerer
        self.function = function
        self.tables = tables
        self.active = active_values(function, lowerer.varied, lowerer.registry)
        self.masked = masked_values(function, self.active, lowerer.registry)
        self.infinite = infinite_values(function, lowerer.registry)
        self.vanishing = vanishing_values(function)
        bound = [var for stmt in statements(function.body) for var in binds(stmt)]
        bound += [param.var for param in function.params]
        self.has_complex = any((k.dtype_of(var.kind) or "f")[0] == "c" for var in bound)
        self.dots: dict[Var, Atom] = {}
        self.unbound: set[Atom] = {UNDEFINED}
        self.born = ir.next_number()
        self.trying = False

    def run(self, tangents: Mapping[Var, Atom]) -> tuple[Block, Atom]:
        """Return the program of values and tangents, and the tangent of the result."""
        return self.run_with(lambda: tangents)

    def run_with(self, seed: Callable[[], Mapping[Var, Atom]]) -> tuple[Block, Atom]:
        """Return the program as `run` does; `seed` builds the tangents of the parameters."""
        b = self.b
        b.lean, b.objects, b.env, b.block = True, True, {}, []
        b.roots, b.views = {}, {}

        def build() -> Atom:
            self.dots.update(seed())
            return self.block_then(self.function.body, lambda: self.part(self.function.result))

        return b.capture(build)

    def parameters(
        self, varying: Sequence[Var]
    ) -> tuple[tuple[str, ...], tuple[Param, ...], dict[Var, Atom]]:
        """Return the names of new parameters, all parameters, and which of them are the tangents of which."""
        tangents = {var: Var(f"{var.hint or 'x'}_dot", self.tangent_kind(var.kind)) for var in varying}
        params, names = with_own_parameters(self.function, list(tangents.values()))
        return names, params, dict(tangents)

    def counting(self, varying: Iterable[Var] | None = None) -> tuple[Atom, ...]:
        """Return what a call passes besides tangents of some parameters; all that can be without `varying`."""
        return ()

    def block_then(self, block: Block, then: Callable[[], Any]) -> Any:
        self.block(block)
        return then()

    # ---- statements -------------------------------------------------------------------------------

    def block(self, block: Block) -> None:
        for stmt in block:
            self.b.where = getattr(stmt, "where", None)
            if isinstance(stmt, Call):
                self.call(stmt)
            elif isinstance(stmt, If):
                self.forward_if(stmt)
            elif isinstance(stmt, Loop):
                self.forward_loop(stmt)
            elif isinstance(stmt, With):
                self.b.append(replace(stmt, body=self.inside(stmt.body)))
            elif isinstance(stmt, Try):
                self.forward_try(stmt)
            else:
                assert isinstance(stmt, Finally)
                body = self.inside(stmt.body)
                self.b.append(replace(stmt, body=body, final=self.inside(stmt.final)))

    def inside(self, block: Block) -> Block:
        return self.b.capture(lambda: self.block(block))[0]

    def call(self, call: Call) -> None:
        if not any(out in self.active for out in call.outs) or not self.varies(call):
            self.b.append(call)
            return
        if isinstance(call.fn, Helper):
            self.helper_call(call)
            return
        if isinstance(call.fn, Var):
            self.dynamic_call(call)
            return
        self.born = ir.next_number()
        made, dots = self.b.capture(lambda: self.tangents(call))
        used = {*self.read_by(made), *dots}
        after = self.trying or any(out in used for out in call.outs)  # in `try`, only if the call succeeds
        for stmt in (call, *made) if after else (*made, call):
            self.b.append(stmt)
        for out, atom in zip(call.outs, dots, strict=True):
            self.set_dot(out, atom if out in self.active else None)

    def varies(self, call: Call) -> bool:
        atoms = (call.fn, *call.inputs) if isinstance(call.fn, Var) else call.inputs
        return any(self.dot(atom) is not None for atom in atoms)

    def read_by(self, block: Block) -> set[Any]:
        return {atom for stmt in statements(block) for atom in reads(stmt)}

    # ---- calls ------------------------------------------------------------------------------------

    def tangents(self, call: Call) -> tuple[Atom | None, ...]:
        """Build the tangents of what a call returns."""
        fn = call.fn
        if isinstance(fn, Update):
            return self.update_tangents(call, fn)
        if fn is ir.UNPACK:
            return self.unpacked(call)
        if fn in (ir.TUPLE, ir.LIST, ir.DICT) or is_construction(call):
            return (self.display(call),)
        target = call.target
        if target is operator.getitem:
            return (self.item_dot(*call.args, call.out.kind),)
        if target is getattr:
            return (self.attribute_dot(*call.args),)
        if target in (list, tuple, dict) or (
            target in (operator.add, operator.mul) and isinstance(call.out.kind, k.List)
        ):
            args = [arg if isinstance(arg.kind, k.Scalar) else self.part(arg) for arg in call.args]
            return (self.b.emit(call.fn, args, kind=self.tangent_kind(call.out.kind)),)
        return (self.by_rule(call),)

    def unpacked(self, call: Call) -> tuple[Atom | None, ...]:
        base = self.part(call.args[0])
        made = self.b.made.get(base) if isinstance(base, Var) else None
        if made is not None and made.fn in (ir.TUPLE, ir.LIST):
            return made.args
        outs = tuple(Var(self.dot_hint(out), self.tangent_kind(out.kind)) for out in call.outs)
        self.b.append(Call(outs, ir.UNPACK, (base,), (), call.where))
        return outs

    def item_dot(self, base: Atom, index: Atom, kind: k.Kind) -> Atom | None:
        dot = self.dot(base)
        if dot is None or isinstance(base.kind, k.Scalar):
            return dot
        made = self.b.made.get(dot) if isinstance(dot, Var) else None
        at = getattr(index, "value", None)
        if made is not None and made.fn is ir.TUPLE and type(at) is int:
            return made.args[at]
        return self.b.emit(GETITEM, (dot, index), kind=self.tangent_kind(kind))

    def attribute_dot(self, base: Atom, name: Atom) -> Atom | None:
        dot = self.dot(base)
        assert isinstance(name, Lit)
        if isinstance(base.kind, k.Tuple):
            at = base.kind.type._fields.index(name.value)  # type: ignore[attr-defined]
            return self.item_dot(base, Lit(at), base.kind.items[at])
        return None if dot is None else self.b.emit(Ref("getattr", getattr), (dot, name))

    def helper_call(self, call: Call) -> None:
        """Call the function that computes a helper's result and its tangent."""
        mask = tuple(self.dot(arg) is not None for arg in call.args)
        helper = tangent_helper(call.fn, mask, self.tables)
        dots = [self.dots[arg] for arg, wanted in zip(call.args, mask, strict=True) if wanted]  # type: ignore[index]
        out = Var(self.dot_hint(call.out), self.tangent_kind(call.out.kind))
        args = (*call.args, *dots, *self.counting(varying_parameters(call.fn, mask)))
        self.b.append(Call((call.out, out), helper, args, (), call.where))
        self.set_dot(call.out, out)

    def dynamic_call(self, call: Call) -> None:
        """Call a function that is known only at run time together with its derivative."""
        if call.kwargs:
            raise self.unknown(call, "the derivative of this call with keywords is not known")
        primals = self.b.emit(ir.TUPLE, call.args)
        dots = self.b.emit(ir.TUPLE, [self.dot(arg) or NONE for arg in call.args])
        out = Var(self.dot_hint(call.out), self.tangent_kind(call.out.kind))
        fn = Ref(self.mode, self.tables.jvp)
        self.b.append(Call((call.out, out), fn, (call.fn, primals, dots, *self.counting()), (), call.where))
        self.set_dot(call.out, out)

    # ---- updates ----------------------------------------------------------------------------------

    def update_tangents(self, call: Call, update: Update) -> tuple[Atom | None, ...]:
        """An update of a value is the same update of its tangent."""
        old, rest = call.args[0], call.args[1:]
        count = sum(n for _, n in update.path)
        path, args = rest[:count], rest[count:]
        dot = self.dot(old)
        whole = not update.path and args[:1] == (Lit(Ellipsis),) and isinstance(old.kind, k.Array)
        if update.action == "add_at" and self.dot(args[1]) is None:
            return (dot,)
        if update.action == "setitem" and whole and dot is None:
            value = self.dot(args[1])
            shape = k.shape_of(old.kind)
            if value is not None and shape and None not in shape:
                if k.shape_of(value.kind) == shape and k.dtype_of(value.kind) == k.dtype_of(old.kind):
                    return (value,)
        values: tuple[Atom, ...]
        if update.action in ("setitem", "add_at", "insert"):
            values = (args[0], self.stored(args[1], call))
        elif update.action in ("append", "extend"):
            values = (self.part(args[0]),)
        elif update.action in ("pop", "delitem", "clear", "reverse"):
            values = args
        else:
            raise self.unknown(call, f"the derivative of the update `{update.action}` is not known")
        out = Var(self.dot_hint(call.outs[0]), self.tangent_kind(old.kind))
        more = tuple(Var(self.dot_hint(each), self.tangent_kind(each.kind)) for each in call.outs[1:])
        before = self.part(old)
        before = self.zero_like(old) if before == NONE else before  # it gets its first floats now
        made = Call((out, *more), update, (self.by_rows(before, update.path), *path, *values), (), call.where)
        self.b.append(made)
        self.b.made[out] = made
        return (out, *more)

    def stored(self, value: Atom, call: Call) -> Atom:
        """Return the tangent of what is put somewhere; a zero fits everywhere in an array."""
        if self.dot(value) is None and isinstance(call.args[0].kind, k.Array):
            return Lit(0.0)
        return self.part(value)

    # ---- control flow -----------------------------------------------------------------------------

    def forward_if(self, stmt: If) -> None:
        then, orelse = self.inside(stmt.then), self.inside(stmt.orelse)
        arms = [then, orelse]
        merges = list(stmt.merges)
        for merge in stmt.merges:
            if merge.then in self.unbound or merge.orelse in self.unbound:
                self.unbound.add(merge.out)
            if merge.out not in self.active or not self.any_dot((merge.then, merge.orelse)):
                continue
            atoms = []
            for i, atom in enumerate((merge.then, merge.orelse)):
                made, part = self.b.capture(lambda atom=atom: self.part(atom))
                arms[i] += made
                atoms.append(part)
            if atoms[0] == atoms[1]:
                self.set_dot(merge.out, atoms[0])
                continue
            out = Var(self.dot_hint(merge.out), self.b.merged_kind(*atoms))
            merges.append(ir.Merge(out, *atoms))
            self.set_dot(merge.out, out)
        self.b.append(replace(stmt, then=arms[0], orelse=arms[1], merges=tuple(merges)))

    def any_dot(self, atoms: Iterable[Atom]) -> bool:
        return any(self.dot(atom) is not None for atom in atoms)

    def forward_loop(self, stmt: Loop) -> None:
        active = [c for c in stmt.carries if c.inner in self.active or c.out in self.active]
        for c in stmt.carries:
            if c.init in self.unbound:
                self.unbound |= {c.inner, c.out}
        inners: list[tuple[Var, Atom]] = []
        for c in active:
            inner = Var(self.dot_hint(c.inner), self.tangent_kind(c.inner.kind))
            inners.append((inner, self.part(c.init)))
            self.dots[c.inner] = inner
        head = self.inside(stmt.head)
        body, lasts = self.b.capture(
            lambda: self.block_then(stmt.body, lambda: [self.part(c.last) for c in active])
        )
        steady = {inner: init for (inner, init), last in zip(inners, lasts, strict=True) if last is inner}
        if steady:
            head = tuple(substitute(each, steady) for each in head)
            body = tuple(substitute(each, steady) for each in body)
        carries: list[ir.Carry] = list(stmt.carries)
        for c, (inner, init), last in zip(active, inners, lasts, strict=True):
            if inner in steady:
                self.set_dot(c.out, init)
                continue
            out = Var(inner.hint, inner.kind)
            carries.append(ir.Carry(inner, init, steady.get(last, last), out))  # type: ignore[arg-type]
            self.set_dot(c.out, out)
        self.b.append(replace(stmt, carries=tuple(carries), head=head, body=body))

    def forward_try(self, stmt: Try) -> None:
        outer, self.trying = self.trying, True
        body = self.inside(stmt.body)
        self.trying = outer
        blocks = [body, *(self.inside(handler.body) for handler in stmt.handlers)]
        choices = list(stmt.merges)
        for choice in stmt.merges:
            if any(atom in self.unbound for atom in choice.atoms):
                self.unbound.add(choice.out)
            if choice.out not in self.active or not self.any_dot(choice.atoms):
                continue
            atoms = []
            for i, atom in enumerate(choice.atoms):
                made, part = self.b.capture(lambda atom=atom: self.part(atom))
                blocks[i] += made
                atoms.append(part)
            out = Var(self.dot_hint(choice.out), self.b.merged_kind(atoms[0], atoms[-1]))
            choices.append(Choice(out, tuple(atoms)))
            self.set_dot(choice.out, out)
        handlers = tuple(replace(h, body=b) for h, b in zip(stmt.handlers, blocks[1:], strict=True))
        self.b.append(replace(stmt, body=blocks[0], handlers=handlers, merges=tuple(choices)))


def with_own_parameters(
    function: ir.Function, own: Sequence[Var]
) -> tuple[tuple[Param, ...], tuple[str, ...]]:
    """Return the parameters of a derivative: the function's, then others under names that are free."""
    taken = {param.name for param in function.params}
    plain = all(
        param.kind is param.kind.POSITIONAL_OR_KEYWORD and param.default is inspect.Parameter.empty
        for param in function.params
    )
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD if plain else inspect.Parameter.KEYWORD_ONLY
    added: list[Param] = []
    for var in own:
        name = next(n for i in itertools.count() if (n := f"{var.hint}_{i}" if i else var.hint) not in taken)
        taken.add(name)
        added.append(Param(var, name, kind))
    params = list(function.params)
    last = next((i for i, p in enumerate(params) if p.kind is p.kind.VAR_KEYWORD), len(params))
    return (*params[:last], *added, *params[last:]), tuple(param.name for param in added)


def varying_parameters(helper: Helper, mask: tuple[bool, ...]) -> list[Var]:
    """Return the parameters of a helper whose arguments vary."""
    assert helper.function is not None
    return [param.var for param, wanted in zip(helper.function.params, mask, strict=True) if wanted]


def tangent_helper(helper: Helper, mask: tuple[bool, ...], tables: Any) -> Helper:
    """Return the helper that computes another one's result and, after it, the tangent of the result."""
    mode = tables.forward.mode
    key = (helper, mask, mode)
    found = tables.pairs.get(key)
    if found is not None:
        return found
    found = tables.pairs[key] = Helper(f"{helper.name}_{mode}")
    assert helper.function is not None
    b = helper.lowerer  # perhaps in use: a recursive function may need several
    state = b.lean, b.objects, b.env, b.block, b.roots, b.views, b.where
    function = dead(helper.function, tables.registry)
    sweep = tables.forward(b, function, tables)
    _, params, tangents = sweep.parameters(varying_parameters(helper, mask))
    body, dot = sweep.run(tangents)
    out = Var("", k.UNKNOWN)
    body = (*body, Call((out,), ir.TUPLE, (function.result, dot)))
    joint = replace(function, name=found.name, params=params, body=body, result=out)
    found.function = dead(joint, tables.registry)
    b.lean, b.objects, b.env, b.block, b.roots, b.views, b.where = state
    return found
