"""Random programs that update arrays in place, against the exact slopes of `tests.duals`.

A program is determined by (seed, index). Each is run as it stands, on floats and on Duals, and differentiated
by s2sad; the gradient times a random direction must be the slope along it. A campaign prints each program
whose gradient is wrong or that makes s2sad crash, cut down to a few lines, and counts refusals by reason::

    python -m tests.mutation_fuzz --count 1000 --seed 1 [--jobs 2] [--sets 3]
"""

from __future__ import annotations

import argparse
import ast
import collections
import contextlib
import copy
import hashlib
import linecache
import multiprocessing
import random
import re
import signal
import sys
import time
import traceback
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad import grad
from s2sad.errors import S2sadError
from tests import duals

N, R, C = 5, 3, 4  # the array arguments: vectors of N, matrices of R x C and R x R
SECONDS = 60  # after which a derivation counts as hanging

Shape = tuple[int, ...]


@dataclass
class Scope:
    """The names that are bound on every path, and what is known of them."""

    floats: list[str] = field(default_factory=list)
    arrays: dict[str, Shape] = field(default_factory=dict)
    lists: dict[str, tuple[Shape, int]] = field(default_factory=dict)  # of arrays: their shape and number
    indices: list[str] = field(default_factory=list)  # integers that are not negative
    masks: dict[str, Shape] = field(default_factory=dict)
    picks: dict[str, tuple[int, int]] = field(
        default_factory=dict
    )  # index arrays: their length, and the axis's
    objects: dict[str, str] = field(default_factory=dict)  # of local classes
    fixed: set[str] = field(default_factory=set)  # names of an outer function, not to be bound here

    def copy(self) -> Scope:
        return copy.deepcopy(self)


@dataclass(frozen=True)
class Helper:
    """A function of the program: the shapes of its parameters (None: a float), and of its result."""

    name: str
    parameters: tuple[Shape | str | None, ...]  # "vector": of any length
    result: Any = None  # a shape, () for a float, None for nothing


class Writer:
    """Writes one program; a method that emits lines is named after what it writes."""

    def __init__(self, choose: random.Random):
        self.choose = choose
        self.lines: list[str] = []
        self.depth = 0
        self.loops = 0
        self.names = 0
        self.budget = 12
        self.helpers: list[Helper] = []
        self.methods: dict[str, list[Helper]] = {}
        self.attributes: dict[str, Scope] = {}
        self.closures: list[tuple[str, int]] = []
        self.leaving: Callable[[Scope], str] | None = None  # what an early return returns
        self.shared = 60 if self.chance(35) else 5  # percent of the items of containers that have names too
        self.layouts = 40 if self.chance(35) else 5  # percent of the views that depend on the layout
        everything = [name for name in WEIGHTS if self.chance(55)]
        self.features = everything or list(WEIGHTS)

    # Choices

    def below(self, n: int) -> int:
        return self.choose.randrange(n)

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent

    def pick(self, items):
        items = list(items)
        return items[self.below(len(items))]

    def constant(self) -> str:
        return self.pick(["0.5", "0.3", "0.7", "1.1", "-0.4", "0.9", "-0.8"])

    def fresh(self, hint: str) -> str:
        self.names += 1
        return f"{hint}{self.names}"

    def emit(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def one_of(self, names: dict, shape: Shape) -> str | None:
        same = [name for name, s in names.items() if s == shape]
        return self.pick(same) if same else None

    # Floats

    def index(self, scope: Scope, n: int) -> str:
        """An index into an axis of n elements."""
        if scope.indices and self.chance(35):
            name = self.pick(scope.indices)
            return self.pick([f"{name} % {n}", f"({name} + 1) % {n}", f"-1 - {name} % {n}"])
        return str(self.below(2 * n) - n)

    def element(self, scope: Scope, name: str, shape: Shape) -> str:
        if len(shape) == 2 and self.chance(15):
            return f"{name}[{self.index(scope, shape[0])}][{self.index(scope, shape[1])}]"
        return f"{name}[{', '.join(self.index(scope, n) for n in shape)}]"

    def atom(self, scope: Scope) -> str:
        kind = self.below(10)
        if kind == 9 and scope.indices:
            return f"0.2 * {self.pick(scope.indices)}"
        if kind >= 5 and scope.arrays:
            return self.element(scope, *self.pick(scope.arrays.items()))
        if kind == 4 and scope.lists:
            name, (shape, number) = self.pick(scope.lists.items())
            return self.element(scope, f"{name}[{self.below(number)}]", shape)
        return self.pick(scope.floats) if scope.floats else self.constant()

    def bounded(self, scope: Scope) -> str:
        """A float within [-1, 1], or about that."""
        a, b = self.atom(scope), self.atom(scope)
        if scope.arrays and self.chance(25):
            return self.reduction(scope)
        inner = self.pick([a, f"{self.constant()} * {a}", f"{a} + {b}", f"{a} * {b}", f"{a} - {b}"])
        return self.pick(["np.sin({})", "np.tanh({})", "np.cos({})", "0.5 * np.sin({}) ** 2"]).format(inner)

    def reduction(self, scope: Scope) -> str:
        name, shape = self.pick(scope.arrays.items())
        other = self.array(scope, shape)
        forms = [f"np.mean(np.sin({name}))", f"0.2 * np.sum({name} * {other})", f"0.2 * {name}.sum()"]
        forms += [f"np.tanh({name}).mean()", f"np.sin(np.sum({name}))", f"0.3 * np.max({name})"]
        if len(shape) == 1:
            forms += [f"np.tanh({name} @ {other})", f"0.1 * np.dot({other}, {name})"]
        return self.pick(forms)

    def number(self, scope: Scope) -> str:
        e = self.bounded(scope)
        return self.pick([e, e, f"0.5 * {self.atom(scope)} + {e}", f"{e} * {self.bounded(scope)}"])

    def test(self, scope: Scope) -> str:
        a, b = self.atom(scope), self.atom(scope)
        tests = [f"{a} > 0.1", f"{a} < {b}", f"{a} > 0.2 and {b} < 0.6", f"not {a} > 0.3"]
        if scope.arrays:
            name = self.pick(scope.arrays)
            tests += [f"np.any({name} > 0.4)", f"{name}.sum() > 0.2", f"np.max({name}) < 0.9"]
        if scope.indices:
            tests += [f"{self.pick(scope.indices)} % 2 == 0", f"{self.pick(scope.indices)} > 0"]
        return self.pick(tests)

    # Arrays

    def array(self, scope: Scope, shape: Shape) -> str:
        """An array of that shape: a name, a part of a larger one, or constants."""
        forms = [name for name, s in scope.arrays.items() if s == shape] * 3
        forms += [f"{name}[{self.below(m)}]" for name, (s, m) in scope.lists.items() if s == shape]
        for name, s in scope.arrays.items():
            forms += self.parts(scope, name, s, shape)
        if len(shape) == 1:
            forms += [f"np.linspace(0.1, 0.9, {shape[0]})", f"(0.2 * np.arange({shape[0]}.0))"]
        elif not forms:
            forms += [f"np.full({shape}, {self.constant()})"]
        return self.pick(forms)

    def parts(self, scope: Scope, name: str, shape: Shape, wanted: Shape) -> list[str]:
        """Views of an array that have the wanted shape."""
        if len(shape) == len(wanted) == 1 and shape[0] > wanted[0]:
            start = self.below(shape[0] - wanted[0] + 1)
            return [f"{name}[{start}:{start + wanted[0]}]"]
        if len(shape) == 2 and len(wanted) == 1:
            found = [f"{name}[{self.index(scope, shape[0])}]"] if shape[1] == wanted[0] else []
            found += [f"{name}[:, {self.index(scope, shape[1])}]"] if shape[0] == wanted[0] else []
            found += [f"{name}[0, :{wanted[0]}]"] if shape[1] > wanted[0] else []
            found += [f"np.diagonal({name})"] if shape == (wanted[0], wanted[0]) and self.chance(50) else []
            return found
        if len(shape) == len(wanted) == 2 and shape[::-1] == wanted and self.chance(60):
            return [f"{name}.T"]
        if len(shape) == len(wanted) == 2 and shape != wanted:
            if all(n >= m for n, m in zip(shape, wanted)):
                return [f"{name}[{shape[0] - wanted[0]}:, :{wanted[1]}]"]
        return []

    def values(self, scope: Scope, shape: Shape) -> str:
        """An expression of that shape, mostly bounded."""
        a, b = self.array(scope, shape), self.array(scope, shape)
        forms = [
            f"np.sin({a})",
            f"0.5 * {a} + 0.4 * {b}",
            f"np.tanh({a} * {b})",
            f"np.cos({a}) * {self.atom(scope)}",
            f"0.4 * {a} - 0.3 * np.sin({b}) ** 2",
            f"{self.pick(scope.floats) if scope.floats else self.constant()} * np.flip({a})",
            f"0.5 * {a}[::-1] + {self.bounded(scope)}",
            f"np.where({a} > 0.2, 0.5 * {b}, np.sin({a}))",
            f"{a}.copy()",
            a,
        ]
        if len(shape) == 1:
            forms += [f"0.5 * np.roll({a}, 1)", f"0.3 * np.cumsum({a})", f"np.sort({a})"]
            forms += [
                f"0.3 * {name} @ {self.array(scope, s[1:])}"
                for name, s in scope.arrays.items()
                if len(s) == 2 and s[0] == shape[0]
            ]
        if len(shape) == 2:
            u, v = self.array(scope, shape[:1]), self.array(scope, shape[1:])
            forms += [f"np.outer(np.sin({u}), {v})", f"0.5 * {u}[:, None] * np.cos({v})"]
            forms += [f"{a} - {a}.mean(axis=0)", f"0.4 * {a} * np.sum({b}, axis=1)[:, None]"]
        return self.pick(forms)

    def value_for(self, scope: Scope, shape: Shape) -> str:
        """What may be assigned to a region of that shape: it, a smaller one that is broadcast, or a float."""
        kind = self.below(10)
        if kind < 3 or not shape:
            return self.number(scope)
        if kind == 3 and len(shape) == 2:
            return self.values(scope, shape[1:])
        if kind == 4 and len(shape) == 2:
            return f"{self.array(scope, shape[:1])}[:, None]"
        return self.values(scope, shape)

    # Regions

    def span(self, scope: Scope, n: int) -> tuple[str, int]:
        """A slice of an axis of n elements, and its length."""
        kind = self.below(6)
        if kind == 0:
            return "::2", (n + 1) // 2
        if kind == 1:
            return "1::2", n // 2
        if kind == 2:
            return "::-1", n
        if kind == 3:
            return f"{n - 2}:0:-1", max(n - 2, 0)
        start = self.below(n)
        stop = start + 1 + self.below(n - start)
        first = "" if start == 0 else str(start)
        last = (
            "" if stop == n and self.chance(70) else str(stop if self.chance(70) or stop == n else stop - n)
        )
        return f"{first}:{last}", stop - start

    def region(self, scope: Scope, name: str, shape: Shape, views: bool = False) -> tuple[str, Shape]:
        """A part of an array that may be assigned to; with `views`, a view of several elements."""
        if len(shape) == 1:
            return self.region_of_vector(scope, name, shape[0], views)
        if len(shape) == 2:
            return self.region_of_matrix(scope, name, shape, views)
        return f"{name}[...]", shape

    def region_of_vector(self, scope: Scope, name: str, n: int, views: bool) -> tuple[str, Shape]:
        kind = self.below(5 if views else 12)
        if kind == 0:
            return self.pick([(f"{name}[:]", (n,)), (f"{name}[...]", (n,))])
        if kind == 1:
            return self.pick([(f"{name}[None]", (1, n)), (f"{name}[:, None]", (n, 1)), (name, (n,))])
        if kind < 8:
            span, length = self.span(scope, n)
            return f"{name}[{span}]", (length,)
        if kind < 10:
            return self.element(scope, name, (n,)), ()
        picks = [(pick, m) for pick, (m, axis) in scope.picks.items() if axis <= n]
        if picks and self.chance(60):
            pick, m = self.pick(picks)
            return f"{name}[{pick}]", (m,)
        return self.pick([(f"{name}[[0, {n - 1}, 0]]", (3,)), (f"{name}[np.array([1, -1])]", (2,))])

    def region_of_matrix(self, scope: Scope, name: str, shape: Shape, views: bool) -> tuple[str, Shape]:
        r, c = shape
        i, j = self.index(scope, r), self.index(scope, c)
        (rows, height), (columns, width) = self.span(scope, r), self.span(scope, c)
        forms: list[tuple[str, Shape]] = [
            (f"{name}[{i}]", (c,)),
            (f"{name}[:, {j}]", (r,)),
            (f"{name}[{i}, {columns}]", (width,)),
            (f"{name}[{rows}, {j}]", (height,)),
            (f"{name}[{rows}]", (height, c)),
            (f"{name}[{rows}, {columns}]", (height, width)),
            (f"{name}[..., {j}]", (r,)),
            (f"{name}[{i}, ...]", (c,)),
            (f"{name}.T[{rows if r == c else '1:'}]", (height if r == c else c - 1, r)),
            (f"{name}.T[{j}]", (r,)),
            (f"{name}[1:][0]", (c,)),
            (f"{name}[:]", shape),
        ]
        if not views:
            forms += [(self.element(scope, name, shape), ())] * 2
            forms += [(f"{name}[[0, {r - 1}, 0]]", (3, c)), (f"{name}[:, [0, {c - 1}]]", (r, 2))]
            forms += [(f"{name}[[0, 1, 0], [1, 2, 1]]", (3,)), (f"{name}[np.ix_([0, 2], [1, 0])]", (2, 2))]
            forms += [(f"{name}[{pick}]", (m, c)) for pick, (m, axis) in scope.picks.items() if axis <= r]
        return self.pick(forms)

    def target(self, scope: Scope) -> tuple[str, Shape]:
        """Something that holds an array: a name, an element of a list, an attribute."""
        choices = list(scope.arrays.items())
        choices += [(f"{name}[{self.below(m)}]", shape) for name, (shape, m) in scope.lists.items()]
        for name, kind in scope.objects.items():
            choices += [(f"{name}.{a}", shape) for a, shape in self.attributes[kind].arrays.items()]
        return self.pick(choices)

    # Statements

    def block(self, scope: Scope, size: int) -> None:
        self.depth += 1
        for _ in range(size):
            self.statement(scope)
        self.depth -= 1

    def statement(self, scope: Scope) -> None:
        self.budget -= 1
        choices = ["set_region", "augment_region"]
        for name in self.features:
            nests = name in ("branch", "for_loop", "while_loop", "for_rows", "for_list")
            if not nests or (self.depth < 4 and self.budget > 0):
                choices += [name] * WEIGHTS[name]
        getattr(self, self.pick(choices))(scope)

    def set_region(self, scope: Scope) -> None:
        region, shape = self.region(scope, *self.target(scope))
        self.emit(f"{region} = {self.value_for(scope, shape)}")

    def augment_region(self, scope: Scope) -> None:
        region, shape = self.region(scope, *self.target(scope))
        operator = self.pick(["+=", "+=", "-=", "*=", "/="])
        value = self.value_for(scope, shape)
        self.emit(f"{region} {operator} {value if operator != '/=' else f'1.5 + np.sin({value})'}")

    def augment_whole(self, scope: Scope) -> None:
        name, shape = self.target(scope)
        if name in scope.fixed:
            return self.set_region(scope)
        operator = self.pick(["+=", "-=", "*=", "*="])
        self.emit(f"{name} {operator} {self.value_for(scope, shape)}")

    def power(self, scope: Scope) -> None:
        region, _ = self.region(scope, *self.target(scope))
        self.emit(f"{region} **= {self.pick(['2', '2', '3'])}")

    def overlap(self, scope: Scope) -> None:
        """Read and write overlapping parts of one array."""
        name, shape = self.target(scope)
        k = 1 + self.below(2)
        value = self.values(scope, shape)
        forms = [
            f"{name}[{k}:] = {name}[:-{k}] * {self.constant()}",
            f"{name}[:-{k}] += 0.5 * {name}[{k}:]",
            f"{name}[{k}:] *= np.sin({name}[:-{k}])",
            f"{name}[:] = {name}[::-1] * {self.atom(scope)}",
            f"{name}[:{k + 1}] += {self.atom(scope)} * np.flip({name}[:{k + 1}])",
            f"{name}[:] = {value}",
            f"{name}[1:-1] = 0.5 * {name}[1:-1] + 0.3 * ({name}[2:] + {name}[:-2])",
            f"{name}[...] -= np.mean({name})",
        ]
        if len(shape) == 2:
            forms += [f"{name}[:, 1:] -= 0.4 * {name}[:, :1] * {name}[:, :-1]", f"{name}[1:] -= {name}[0]"]
            forms += [f"{name}[:, 0], {name}[:, 1] = {name}[:, 1], {name}[:, 0]"]
        if len(shape) == 2 and shape[0] == shape[1]:
            forms += [f"{name}[:] = {name}.T", f"{name}[...] += 0.5 * {name}.T"]
        self.emit(self.pick(forms))

    def dynamic(self, scope: Scope) -> None:
        """Regions whose bounds are integers of the program."""
        if not scope.indices:
            return self.overlap(scope)
        name, shape = self.target(scope)
        i, c, n = self.pick(scope.indices), self.constant(), shape[0]
        other = self.array(scope, shape)
        forms = [
            f"{name}[{i}:] *= {self.bounded(scope)}",
            f"{name}[{i}:] += {c} * {other}[{i}:]",
            f"{name}[:{i}] = np.sin({other}[:{i}])",
            f"{name}[{i} % {n}:] -= {c} * {name}[{i} % {n}]",
            f"{name}[{i}:{i} + 2] = {c} * {other}[{i}:{i} + 2]",
            f"{name}[{i} % {n}] = {name}[({i} + 1) % {n}] * {self.atom(scope)}",
        ]
        if shape[0] > 2:
            forms += [f"{name}[{i} % 2 + 1] += 0.5 * {name}[{i} % 2] * {name}[{i} % 2 + 1]"]
        self.emit(self.pick(forms))

    def masked(self, scope: Scope) -> None:
        name, shape = self.target(scope)
        mask = self.one_of(scope.masks, shape)
        if mask is None or self.chance(50):
            other = self.array(scope, shape)
            mask = self.pick([f"{name} > 0.2", f"{other} < 0.1", f"np.abs({name}) > 0.5"])
            if self.chance(40):
                held = self.fresh("mask")
                self.emit(f"{held} = {mask}")
                scope.masks[held] = shape
                mask = held
        other = self.array(scope, shape)
        forms = [
            f"{name}[{mask}] = {self.bounded(scope)}",
            f"{name}[{mask}] *= {self.atom(scope)}",
            f"{name}[{mask}] = np.sin({other}[{mask}])",
            f"{name}[{mask}] += 0.4 * {other}[{mask}]",
            f"{name}[~({mask})] -= {self.bounded(scope)}",
            f"{name}[:] = np.where({mask}, {other}, np.sin({name}))",
            f"np.copyto({name}, {other}, where={mask})",
            f"np.sin({name}, out={name}, where={mask})",
        ]
        self.emit(self.pick(forms))

    def make_pick(self, scope: Scope) -> None:
        """An array of indices, with repeats, that the program computes."""
        name, n = self.fresh("idx"), self.pick([R, N])
        m, k = self.pick([(2, 1), (3, 2), (4, 3)])
        forms = [(f"(np.arange({m}) * {k}) % {n}", m), (f"np.array({[self.below(n) for _ in range(m)]})", m)]
        if scope.indices:
            forms += [(f"(np.arange({m}) + {self.pick(scope.indices)}) % {n}", m)]
        vectors = [array for array, shape in scope.arrays.items() if shape == (n,)]
        if vectors:
            forms += [(f"np.argsort({self.pick(vectors)})", n), (f"np.argsort({self.pick(vectors)})[:2]", 2)]
        text, length = self.pick(forms)
        self.emit(f"{name} = {text}")
        scope.picks[name] = (length, n)

    def scatter(self, scope: Scope) -> None:
        name, shape = self.target(scope)
        picks = [(pick, m) for pick, (m, axis) in scope.picks.items() if axis <= shape[0]]
        if not picks:
            return self.make_pick(scope)
        pick, m = self.pick(picks)
        value = self.value_for(scope, (m, *shape[1:]))
        forms = [
            f"np.add.at({name}, {pick}, {value})",
            f"np.subtract.at({name}, {pick}, {value})",
            f"np.multiply.at({name}, {pick}, {value})",
            f"{name}[{pick}] += {value}",
            f"{name}[{pick}] = {value}",
            f"{name}[{pick}] *= {self.atom(scope)}",
        ]
        if len(shape) == 1:
            forms += [f"np.put({name}, {pick}, {value})", f"{name}[{pick}] = 0.8 * {name}[{pick}[::-1]]"]
        self.emit(self.pick(forms))

    def whole(self, scope: Scope) -> None:
        """Functions and methods that update a whole array, or a view."""
        name, shape = self.target(scope)
        a, b = self.array(scope, shape), self.array(scope, shape)
        forms = [
            f"{name}.fill({self.bounded(scope)})",
            f"np.copyto({name}, {self.values(scope, shape)})",
            f"np.copyto({name}[1:], {name}[:-1])",
            f"np.multiply({a}, {b}, out={name})",
            f"np.add({name}, {a}, out={name})",
            f"np.tanh({name}, out={name})",
            f"np.sin({a}[1:], out={name}[1:])",
            f"np.subtract({a}[:-1], {b}[1:], {name}[1:])",
            f"np.clip({name}, -0.9, 0.8, out={name})",
            f"{name}.sort()",
            f"{name}[::-1].sort()",
            f"np.cumsum(0.4 * {a}, axis=0, out={name})",
            f"np.put({name}, [0, 2], [{self.bounded(scope)}, {self.atom(scope)}])",
            f"np.putmask({name}, {name} > 0.3, 0.5 * {a})",
        ]
        if len(shape) == 2:
            forms += [f"{name}.sort(axis=0)", f"{name}[0].fill({self.bounded(scope)})"]
            forms += [f"np.fill_diagonal({name}, {self.bounded(scope)})", f"{name}.T.sort()"]
            if shape[0] == shape[1]:
                forms += [f"np.matmul(0.4 * {a}, np.sin({b}), out={name})"]
        self.emit(self.pick(forms))

    def swap(self, scope: Scope) -> None:
        """Tuple and chained targets."""
        name, shape = self.target(scope)
        a, b = self.element(scope, name, shape), self.element(scope, *self.target(scope))
        forms = [f"{a}, {b} = {b}, {a}", f"{a} = {b} = {self.number(scope)}"]
        forms += [f"{a}, {b} = {self.number(scope)}, {a} * {b}"]
        half = shape[0] // 2
        forms += [f"{name}[:{half}], {name}[-{half}:] = {name}[-{half}:], {name}[:{half}]"]
        forms += [f"{name}[[0, 1]] = {name}[[1, 0]]", f"{name}[0], {name}[1] = 0.5 * {name}[1], {name}[0]"]
        forms += [f"{name}[:1] = {name}[-1:] = {self.number(scope)}"]
        floats = [x for x in scope.floats if x not in scope.fixed]
        if floats:
            x = self.pick(floats)
            forms += [f"{x}, {a} = {a}, {x}", f"{x} = {a} = {self.number(scope)}"]
        self.emit(self.pick(forms))

    def swap_names(self, scope: Scope) -> None:
        names = [name for name in scope.arrays if name not in scope.fixed and "." not in name]
        pairs = [(a, b) for a in names for b in names if a < b and scope.arrays[a] == scope.arrays[b]]
        if not pairs:
            return self.new_array(scope)
        a, b = self.pick(pairs)
        self.emit(f"{a}, {b} = {b}, {a}")

    def new_array(self, scope: Scope) -> None:
        shape = self.pick([(N,), (N,), (R,), (R, C), (R, R)])
        name = self.bindable(scope, shape, "u")
        forms = [
            self.values(scope, shape),
            f"{self.array(scope, shape)}.copy()",
            f"np.zeros({shape if len(shape) > 1 else shape[0]})",
            f"np.zeros_like({self.array(scope, shape)})",
            f"np.ones({shape})",
            f"np.full({shape}, {self.atom(scope)})",
            f"np.array({self.array(scope, shape)})",
            f"np.empty_like({self.array(scope, shape)})",
        ]
        if len(shape) == 1:
            forms += [f"np.array([{', '.join(self.atom(scope) for _ in range(shape[0]))}])"]
        else:
            rows = ", ".join(self.array(scope, shape[1:]) for _ in range(shape[0]))
            forms += [f"np.array([{rows}])", f"np.stack([{rows}])"]
        text = self.pick(forms)
        self.emit(f"{name} = {text}")
        if "empty" in text:
            self.emit(f"{name}[:] = {self.number(scope)}")
        scope.arrays[name] = shape

    def bindable(self, scope: Scope, shape: Shape, hint: str, percent: int = 30) -> str:
        """A name that may be bound to an array of that shape: an old one, or a new one."""
        old = [name for name, s in scope.arrays.items() if s == shape and name not in scope.fixed]
        return self.pick(old) if old and self.chance(percent) else self.fresh(hint)

    def shaped(self, scope: Scope) -> None:
        """A fresh array whose shape is set."""
        name = self.fresh("u")
        if self.chance(self.layouts):
            self.emit(f"{name} = np.array({self.values(scope, (R, C))})")
            self.emit(f"{name}.shape = {self.pick(['(12,)', '-1', '12'])}")
            scope.arrays[name] = (R * C,)
        else:
            self.emit(f"{name} = np.zeros(12)")
            self.emit(f"{name}[3:3 + {N}] = {self.array(scope, (N,))}")
            self.emit(f"{name}.shape = ({R}, {C})")
            scope.arrays[name] = (R, C)

    def new_view(self, scope: Scope) -> None:
        """Another name for an array, or for a part of one."""
        base, shape = self.target(scope)
        view, region = (base, shape) if self.chance(20) else self.region(scope, base, shape, views=True)
        if self.chance(25):
            if 0 not in region:
                view, region = self.region(scope, view, region, views=True)
        elif len(shape) == 2 and self.chance(self.layouts):
            r, c = shape
            flat = (r * c,)
            forms: list[tuple[str, Shape]] = [
                (f"{base}.T", (c, r)),
                (f"{base}.reshape(-1)", flat),
                (f"{base}.ravel()", flat),
                (f"np.ravel({base})", flat),
                (f"{base}.reshape({c}, {r})", (c, r)),
                (f"{base}.transpose()", (c, r)),
                (f"np.swapaxes({base}, 0, 1)", (c, r)),
                (f"np.flip({base}, 0)", shape),
                (f"{base}[:, 1:].T", (c - 1, r)),
                (f"np.asarray({base})", shape),
                (f"{base}.T.reshape(-1)", flat),
            ]
            view, region = self.pick(forms)
        elif len(shape) == 1 and self.chance(self.layouts):
            (n,) = shape
            forms = [
                (f"np.flip({base})", shape),
                (f"{base}.reshape(1, -1)", (1, n)),
                (f"np.atleast_2d({base})", (1, n)),
                (f"{base}[np.newaxis, :]", (1, n)),
                (f"np.expand_dims({base}, 1)", (n, 1)),
                (f"{base}.reshape({n}, 1)", (n, 1)),
                (f"np.asarray({base})", shape),
            ]
            forms += [(f"{base}.reshape(2, -1)", (2, n // 2))] if n % 2 == 0 else []
            forms += [(f"{base}.reshape({R}, {C})", (R, C))] if n == R * C else []
            view, region = self.pick(forms)
        if 0 in region or len(region) > 2:
            return self.set_region(scope)
        name = self.bindable(scope, region, "v", 20)
        self.emit(f"{name} = {view}")
        scope.arrays[name] = region

    def either(self, scope: Scope) -> None:
        """A name for one of two arrays, which the data chooses."""
        base, shape = self.target(scope)
        other = self.array(scope, shape)
        name = self.bindable(scope, shape, "v", 20)
        if self.chance(50):
            self.emit(f"{name} = {base} if {self.test(scope)} else {other}")
        else:
            test = self.test(scope)
            self.emit(f"if {test}:")
            self.emit(f"    {name} = {base}")
            self.emit("else:")
            self.emit(f"    {name} = {other}")
        if "linspace" in other or "arange" in other:  # not to be updated: the reference has no slopes there
            return
        scope.arrays[name] = shape

    def unpack(self, scope: Scope) -> None:
        """Rows of a matrix under names of their own."""
        matrices = [(name, s) for name, s in scope.arrays.items() if len(s) == 2 and s[0] in (2, 3)]
        if not matrices:
            return self.new_view(scope)
        base, (r, c) = self.pick(matrices)
        names = [self.fresh("row") for _ in range(r)]
        self.emit(f"{', '.join(names)} = {base}")
        scope.arrays.update(dict.fromkeys(names, (c,)))

    def assign(self, scope: Scope) -> None:
        floats = [x for x in scope.floats if x not in scope.fixed]
        name = self.pick(floats) if floats and self.chance(60) else self.fresh("t")
        self.emit(f"{name} = {self.atom(scope) if self.chance(30) else self.number(scope)}")
        if name not in scope.floats:
            scope.floats.append(name)

    def augment(self, scope: Scope) -> None:
        floats = [x for x in scope.floats if x not in scope.fixed]
        if not floats:
            return self.assign(scope)
        self.emit(f"{self.pick(floats)} {self.pick(['+=', '-=', '*='])} {self.bounded(scope)}")

    # Containers

    def new_list(self, scope: Scope) -> None:
        """A list, tuple or dict of arrays, held under names or not."""
        shape = self.pick(list(scope.arrays.values()) or [(N,)])
        if 0 in shape:
            return self.set_region(scope)
        same = [name for name, s in scope.arrays.items() if s == shape]
        arrays = [
            self.pick(same) if same and self.chance(self.shared) else None for _ in range(2 + self.below(2))
        ]
        if self.chance(80):  # mostly different ones
            arrays = [name if name not in arrays[:k] else None for k, name in enumerate(arrays)]
        items = [name or f"{self.array(scope, shape)}.copy()" for name in arrays]
        name, number = self.fresh("s"), len(items)
        kind = self.below(5)
        if kind == 0:
            self.emit(f"{name} = ({', '.join(items)})")
        elif kind == 1:
            self.emit(f"{name} = {{{', '.join(f'{k}: {item}' for k, item in enumerate(items))}}}")
        elif kind == 2:
            self.emit(f"{name} = [np.zeros({shape}) for _ in range({number})]")
        elif kind == 3:
            self.emit(f"{name} = []")
            for item in items:
                self.emit(f"{name}.append({item})")
        else:
            self.emit(f"{name} = [{', '.join(items)}]")
        scope.lists[name] = (shape, number)
        if kind in (2, 3, 4):
            scope.fixed.add(f"list {name}")  # remembered as one whose items may be replaced

    def list_item(self, scope: Scope) -> None:
        if not scope.lists:
            return self.new_list(scope)
        name, (shape, number) = self.pick(scope.lists.items())
        item = f"{name}[{self.below(number)}]"
        if scope.indices and self.chance(40):
            item = f"{name}[{self.pick(scope.indices)} % {number}]"
        region, part = self.region(scope, item, shape)
        forms = [f"{region} += {self.value_for(scope, part)}", f"{region} = {self.value_for(scope, part)}"]
        if f"list {name}" in scope.fixed:
            forms += [f"{item} *= {self.bounded(scope)}", f"{item} += {self.values(scope, shape)}"]
            forms += [f"{item} = {self.values(scope, shape)}", f"{name}[0], {name}[1] = {name}[1], {name}[0]"]
        self.emit(self.pick(forms))

    def list_alias(self, scope: Scope) -> None:
        if not scope.lists:
            return self.new_list(scope)
        name, (shape, number) = self.pick(scope.lists.items())
        view = self.bindable(scope, shape, "v", 20)
        index = f"{self.pick(scope.indices)} % {number}" if scope.indices else self.below(number)
        self.emit(f"{view} = {name}[{index}]")
        scope.arrays[view] = shape

    def stack(self, scope: Scope) -> None:
        """An array of three dimensions: its levels are updated like the items of a list."""
        shape = self.pick([(R, C), (N,), (R, R)])
        name = self.fresh("z")
        self.emit(f"{name} = np.zeros({(2, *shape)})")
        self.emit(f"{name}[0] = {self.values(scope, shape)}")
        forms = [f"{name}[1] = np.sin({name}[0])", f"{name}[:, 1] += {self.bounded(scope)}"]
        forms += [f"{name}[::-1] = {name} + {self.array(scope, shape)}"]
        if len(shape) == 2:
            forms += [
                f"{name}[1, :, 2] = {self.array(scope, (R,))}",
                f"{name}[..., 0] -= {self.bounded(scope)}",
            ]
        self.emit(self.pick(forms))
        scope.lists[name] = (shape, 2)

    def history(self, scope: Scope) -> None:
        """A list that a loop appends to: copies, the array itself, or views of it."""
        name, shape = self.target(scope)
        if "." in name or "[" in name or len(shape) > 2:
            return self.new_list(scope)
        held, total, index = self.fresh("s"), self.fresh("t"), self.fresh("i")
        item = self.pick([f"{name}.copy()", f"{name}.copy()", name, f"{name}[1:]", f"np.sin({name})"])
        region, part = self.region(scope, name, shape)
        self.emit(f"{held} = []")
        self.emit(f"for {index} in range({self.pick(['2', '3', 'n'])}):")
        self.emit(f"    {held}.append({item})")
        self.emit(f"    {region} {self.pick(['+=', '*=', '='])} {self.value_for(scope, part)}")
        if self.chance(40):
            self.emit(f"    {held}[{self.pick(['0', '-1', index])}][{self.pick(['0', '-1'])}] *= 0.7")
        self.emit(f"{total} = 0.0")
        self.emit(f"for {index} in {held}:")
        self.emit(f"    {total} += 0.2 * np.sum({index} * np.sin({index}))")
        scope.floats.append(total)

    def counts(self, scope: Scope) -> None:
        """Integer arrays that are updated and index others."""
        name, shape = self.pick(scope.arrays.items()) if scope.arrays else ("p", (N,))
        k = self.fresh("k")
        self.emit(f"{k} = np.zeros(3, dtype=int)")
        self.emit(f"{k}[{self.pick(['0', '1:', '[0, 2]'])}] += 1")
        if self.chance(50):
            self.emit(f"{k}[-1] = {self.index(scope, shape[0])}")
        self.emit(f"{name}[{k}[{self.below(3)}]] {self.pick(['=', '*=', '+='])} {self.number(scope)}")

    def order(self, scope: Scope) -> None:
        """Statements whose meaning depends on the order of evaluation."""
        name, shape = self.pick(scope.arrays.items()) if scope.arrays else ("p", (N,))
        if len(shape) != 1 or shape[0] < 2:
            return self.swap(scope)
        i, t, c = self.fresh("i"), self.fresh("t"), self.constant()
        updates = [
            helper.name
            for helper in self.helpers
            if helper.result == () and helper.parameters == (shape, None) and self.leaving
        ]
        forms = [
            [f"{i}, {name}[{i}] = 1, {self.number(scope)}"],
            [f"for {i}, {t} in enumerate({name}):", f"    {name}[-1 - {i}] += {c} * np.sin({t})"],
            [f"for {t} in {name}:", f"    {name}[-1] = {c} * {name}[-1] + {t} * {name}[0]"],
            [f"{i} = slice(0, 2)", f"{name}[{i}] = {c} * {name}[{i}][::-1]"],
            [f"{t} = lambda s: s * {name}[0]", f"{name}[0] = {self.number(scope)}", f"{name}[1] = {t}({c})"],
            [f"{i} = [{name}[k] * {c} for k in range({shape[0]})]", f"{name}[:] = {i}"],
            [f"{i} = 0", f"{name}[{i}] = {name}[({i} := 1)] * {c}"],
            [f"{t} = {name}", f"{name} = {name} * {c}", f"{t}[0] = {name}[1]", f"{name}[1] += {t}[0]"],
            ["with np.errstate(all='ignore'):", f"    {name}[1:] /= 1.5 + {name}[:-1] ** 2"],
            [f"{name}[{name}.argmax()] *= {c}"],
            [f"first, *{t} = {name}", f"{name}[0] = {t}[0] * first", f"{name}[1] += {t}[-1]"],
        ]
        for helper in updates * 3:
            call = f"{helper}({name}, {self.atom(scope)})"
            forms += [
                [f"{name}[0] += {call}"],
                [f"{name}[1:] *= {call}"],
                [f"{name}[0] = {name}[1] * {call}"],
            ]
            forms += [[f"{name}[:] = {name} * {call} + {name}[0]"], [f"{name} += {call} * {name}[0]"]]
        lines = self.pick(forms)
        if name in scope.fixed:
            lines = forms[1]
        for line in lines:
            self.emit(line)

    def elements(self, scope: Scope) -> None:
        """Loops over all elements, as in old Fortran."""
        name, shape = self.target(scope)
        i, j, c = self.fresh("i"), self.fresh("j"), self.constant()
        if len(shape) == 1:
            lines = self.pick(
                [
                    [f"for {i} in range(1, len({name})):", f"    {name}[{i}] += {c} * {name}[{i} - 1] ** 2"],
                    [
                        f"for {i} in range({shape[0]} - 2, -1, -1):",
                        f"    {name}[{i}] -= {c} * {name}[{i} + 1]",
                    ],
                    [f"for {i} in range({name}.size):", f"    {name}[{i}] = np.sin({name}[{i}] + {c} * {i})"],
                ]
            )
        elif len(shape) == 2:
            other = self.array(scope, shape)
            lines = [f"for {i} in range({shape[0]}):", f"    for {j} in range({shape[1]}):"]
            lines += self.pick(
                [
                    [f"        {name}[{i}, {j}] *= np.cos({name}[{i} - 1, {j}])"],
                    [
                        f"        if {i} == {j}:",
                        "            continue",
                        f"        {name}[{i}, {j}] += {c} * {i}",
                    ],
                    [f"        {name}[{i}, {j}] = {other}[{i}, -1 - {j}] * {c}"],
                    [f"        if {name}[{i}, {j}] < 0.0:", f"            {name}[{i}, {j}] *= {c}"],
                ]
            )
        else:
            lines = [f"{name}[...] *= {c}"]
        for line in lines:
            self.emit(line)

    def idiom(self, scope: Scope) -> None:
        """Some lines of IDIOMS, with arrays and expressions of this program in them."""
        text = self.pick(IDIOMS)
        names: dict[str, str] = {}
        shapes: dict[str, Shape] = {}
        for letter in sorted(set(re.findall(r"\b[VWMG]\b", text))):
            if letter == "W":
                names[letter], shapes[letter] = self.array(scope, shapes["V"]), shapes["V"]
                continue
            fitting = [(a, s) for a, s in scope.arrays.items() if self.fits(letter, s)]
            if not fitting:
                return self.augment_region(scope)
            names[letter], shapes[letter] = self.pick(fitting)
        numbers = {"X": self.atom, "E": self.number, "B": self.bounded, "K": lambda _: self.constant()}

        def written(match: re.Match) -> str:
            word = match[0]
            if word[0] == "T" and word not in names:
                names[word] = self.fresh("t")
            return names[word] if word in names else f"({numbers[word](scope)})"

        for line in text.split("\n"):
            self.emit(re.sub(r"\b(?:[VWMGXEBK]|T\d)\b", written, line))

    @staticmethod
    def fits(letter: str, shape: Shape) -> bool:
        """Whether an array may stand for V (a vector of 3 or more), M (a matrix), G (a square one)."""
        if letter == "V":
            return len(shape) == 1 and shape[0] >= 3
        return len(shape) == 2 and min(shape) >= 2 and (letter == "M" or shape[0] == shape[1])

    # Control flow

    def branch(self, scope: Scope) -> None:
        self.emit(f"if {self.test(scope)}:")
        self.block(scope.copy(), 1 + self.below(2))
        if self.chance(30):
            self.emit(f"elif {self.test(scope)}:")
            self.block(scope.copy(), 1 + self.below(2))
        if self.chance(50):
            self.emit("else:")
            self.block(scope.copy(), 1 + self.below(2))

    def for_loop(self, scope: Scope) -> None:
        inner, index = scope.copy(), self.fresh("i")
        ends = ["range(2)", "range(3)", "range(n)", "range(1, 4)", "range(3, 0, -1)"]
        self.emit(f"for {index} in {self.pick(ends + [f'range({i}, 3)' for i in scope.indices])}:")
        inner.indices.append(index)
        self.loop_body(inner)

    def while_loop(self, scope: Scope) -> None:
        inner, count = scope.copy(), self.fresh("k")
        self.emit(f"{count} = 0")
        more = f" and {self.test(scope)}" if self.chance(50) else ""
        if self.chance(70):
            self.emit(f"while {count} < {self.pick(['2', '3', 'n'])}{more}:")
            self.emit(f"    {count} += 1")
        else:
            self.emit("while True:")
            self.emit(f"    {count} += 1")
            self.emit(f"    if {count} > 3 or {self.test(scope)}:")
            self.emit("        break")
        inner.indices.append(count)
        self.loop_body(inner)
        scope.indices.append(count)

    def for_rows(self, scope: Scope) -> None:
        """A loop over the rows of a matrix: each is a view."""
        matrices = [(name, s) for name, s in scope.arrays.items() if len(s) == 2 and 1 < s[0] < 6]
        if not matrices:
            return self.for_loop(scope)
        base, (r, c) = self.pick(matrices)
        inner, row = scope.copy(), self.fresh("row")
        inner.arrays[row] = (c,)
        kind = self.below(3)
        if kind == 0:
            self.emit(f"for {row} in {base}:")
        elif kind == 1:
            index = self.fresh("i")
            self.emit(f"for {index}, {row} in enumerate({base}):")
            inner.indices.append(index)
        else:
            item = self.fresh("t")
            self.emit(f"for {row}, {item} in zip({base}, {self.array(scope, (r,))}):")
            inner.floats.append(item)
        self.depth += 1
        self.emit(f"{row}{self.pick(['[:]', '', '[1:]'])} *= {self.bounded(inner)}")
        self.depth -= 1
        self.loop_body(inner, 2)

    def for_list(self, scope: Scope) -> None:
        if not scope.lists:
            return self.for_rows(scope)
        name, (shape, _) = self.pick(scope.lists.items())
        inner, item = scope.copy(), self.fresh("w")
        inner.arrays[item] = shape
        self.emit(f"for {item} in {name}:" if self.chance(60) else f"for {item} in [z for z in {name}]:")
        if "dict" in self.kind_of(name):
            self.lines[-1] = "    " * self.depth + f"for {item} in {name}.values():"
        self.depth += 1
        self.emit(f"{item}{self.pick(['[:]', '', '[1:]'])} *= {self.bounded(inner)}")
        self.depth -= 1
        self.loop_body(inner, 2)

    def kind_of(self, name: str) -> str:
        """How a container was written: "dict" or "list"."""
        return "dict" if any(f"{name} = {{" in line for line in self.lines) else "list"

    def loop_body(self, scope: Scope, size: int = 4) -> None:
        self.loops += 1
        self.block(scope, 1 + self.below(size))
        self.loops -= 1

    def leave(self, scope: Scope) -> None:
        """Leave a loop, go on to its next turn, or return early; under a test."""
        ways = [f"return {self.leaving(scope)}"] if self.leaving else []
        if self.loops:
            ways = ["break", "continue", *ways]
        if not ways or (not self.loops and self.chance(60)):
            return self.set_region(scope)
        self.emit(f"if {self.test(scope)}:")
        if self.chance(40):
            self.depth += 1
            self.set_region(scope)
            self.depth -= 1
        self.emit(f"    {self.pick(ways)}")

    # Functions

    def call(self, scope: Scope) -> None:
        """Call a helper, a method or a closure, with arrays or views of them."""
        choices: list[tuple[str, Helper]] = [(helper.name, helper) for helper in self.helpers]
        for name, kind in scope.objects.items():
            choices += [(f"{name}.{method.name}", method) for method in self.methods[kind]] * 2
        if not choices:
            return self.augment_whole(scope)
        text, helper = self.pick(choices)
        args = []
        for shape in helper.parameters:
            arg = self.number(scope) if shape is None else self.argument(scope, shape)
            if arg is None:
                return self.augment_region(scope)
            args.append(arg)
        call = f"{text}({', '.join(args)})"
        if helper.result is None:
            self.emit(call)
        elif helper.result == ():
            name = self.fresh("t")
            self.emit(f"{name} = {call}")
            scope.floats.append(name)
        else:
            name = self.bindable(scope, helper.result, "v", 20)
            self.emit(f"{name} = {call}")
            scope.arrays[name] = helper.result

    def argument(self, scope: Scope, shape: Shape | str) -> str | None:
        """An array, or a view of one, for a parameter of that shape."""
        if shape == "vector":
            base, s = self.target(scope)
            if len(s) == 1 and self.chance(50):
                return base
            text, region = self.region(scope, base, s, views=True)
            return text if len(region) == 1 and region[0] > 1 else None
        forms = [name for name, s in scope.arrays.items() if s == shape] * 2
        for name, s in scope.arrays.items():
            forms += [text for text in self.parts(scope, name, s, shape) if "diagonal" not in text]
        for name, (s, number) in scope.lists.items():
            forms += [f"{name}[{self.below(number)}]"] if s == shape else []
        return self.pick(forms) if forms else None

    def body(self, scope: Scope, size: int, budget: int = 3) -> None:
        outer = self.budget, self.loops, self.leaving
        self.budget, self.loops, self.leaving = budget, 0, None
        self.block(scope, size)
        self.budget, self.loops, self.leaving = outer

    def result(self, scope: Scope, shape: Shape) -> Any:
        """Write the return of a helper that updates arrays, or none; return the shape of the result."""
        self.depth += 1
        kind, returns = self.below(6), None
        if kind == 0:
            self.emit(f"return {self.bounded(scope)}")
            returns = ()
        elif kind == 1:
            self.emit("return w")
            returns = shape
        elif kind == 2 and shape[0] > 2:
            self.emit("return w[1:]")
            returns = (shape[0] - 1, *shape[1:])
        elif kind == 3:
            self.emit(f"return {self.values(scope, shape)}")
            returns = shape
        self.depth -= 1
        return returns

    def helper(self) -> None:
        """A function that updates its arguments."""
        name = self.fresh("h")
        shape = self.pick([(N,), (R,), (R, C), (C,)])
        scope = Scope(floats=["b"], arrays={"w": shape})
        parameters: list[Shape | None] = [shape]
        if self.chance(40):
            scope.arrays["z"] = self.pick([shape, shape, (R,)])
            parameters.append(scope.arrays["z"])
        self.emit(f"def {name}({', '.join([*scope.arrays, 'b'])}):")
        self.emit("    n = 2")
        self.body(scope, 1 + self.below(3))
        self.helpers.append(Helper(name, (*parameters, None), self.result(scope, shape)))
        self.lines += ["", ""]

    def polymorphic(self) -> None:
        """A function that updates vectors of any length, now and then a recursive one."""
        name, c = self.fresh("h"), self.constant()
        self.emit(f"def {name}(w, b):")
        forms = [
            ["for i in range(1, len(w)):", f"    w[i] += {c} * w[i - 1] * b"],
            ["for i in range(len(w) - 1):", "    w[i], w[i + 1] = w[i + 1], np.sin(b * w[i])"],
            ["n = w.shape[0]", "for i in range(n):", f"    w[i] = np.sin(w[n - 1 - i]) + {c} * b"],
            ["w -= w.mean()", f"w *= {c} * b"],
            ["w[:] = np.sin(b * w[::-1])"],
            ["w[1:] += b * w[:-1]", "w[0] = b"],
            ["w[w > 0.1] *= b"],
            ["old = w.copy()", "w[1:-1] += b * (old[2:] - 2.0 * old[1:-1] + old[:-2])"],
            ["z = w[::2]", "z *= b", f"w[0] += {c} * z[-1]"],
            ["if len(w) < 2:", "    return", f"w[0] += {c} * w[1] * b", f"{name}(w[1:], 0.8 * b)"],
            ["if len(w) > 2:", f"    {name}(w[:-1], np.sin(b))", f"w[-1] *= {c} + w[0]"],
            ["w.sort()", f"w[0] += {c} * b"],
        ]
        for line in self.pick(forms):
            self.emit(f"    {line}")
        self.helpers.append(Helper(name, ("vector", None)))
        self.lines += ["", ""]

    def new_class(self) -> None:
        """A class whose methods update its own arrays."""
        name = self.fresh("Cell")
        shape = self.pick([(N,), (N,), (R, C)])
        scope = Scope(floats=["self.a"], arrays={"self.u": shape, "self.w": shape})
        self.emit(f"class {name}:")
        self.depth = 1
        self.emit("def __init__(self, u, a):")
        self.emit(f"    self.u = {self.pick(['u', 'u', 'u.copy()'])}")
        self.emit(f"    self.w = {self.pick(['np.zeros_like(u)', 'np.sin(u)', 'u.copy()', 'u', 'u[::-1]'])}")
        self.emit(f"    self.a = {self.pick(['a', '0.5 * a'])}")
        methods = []
        for method in ["step", "push"][: 1 + self.below(2)]:
            self.lines.append("")
            inner = scope.copy()
            inner.floats.append("b")
            self.emit(f"def {method}(self, b):")
            self.emit("    n = 2")
            self.body(inner, 1 + self.below(3))
            methods.append(Helper(method, (None,)))
        if self.chance(40):
            self.lines.append("")
            self.emit("def turn(self):")
            self.emit(f"    {self.pick(['self.u, self.w = self.w, self.u', 'self.w = self.u * 0.9'])}")
            methods.append(Helper("turn", ()))
        if self.chance(40):
            self.lines.append("")
            self.emit("def part(self):")
            self.emit("    return self.u[1:]")
            methods.append(Helper("part", (), (shape[0] - 1, *shape[1:])))
        self.depth = 0
        self.methods[name] = methods
        self.attributes[name] = Scope(arrays={"u": shape, "w": shape})
        self.lines += ["", ""]

    def new_object(self, scope: Scope) -> None:
        if not self.methods:
            return self.new_array(scope)
        kind = self.pick(self.methods)
        shape = self.attributes[kind].arrays["u"]
        array = self.one_of(scope.arrays, shape)
        if array is None:
            return self.new_array(scope)
        name = self.fresh("cell")
        self.emit(f"{name} = {kind}({array}, {self.number(scope)})")
        scope.objects[name] = kind

    def closure(self, scope: Scope) -> None:
        """A local function that updates arrays of the outer one, and its call."""
        if self.depth != 1 or self.leaving is None or scope.fixed - {f"list {name}" for name in scope.lists}:
            return self.call(scope)
        name = self.fresh("inner")
        inner = scope.copy()
        inner.fixed |= {*scope.floats, *scope.arrays}
        inner.floats.append("d")
        inner.indices = []
        self.emit(f"def {name}(d):")
        if scope.floats and self.chance(20):
            total = self.pick(scope.floats)
            self.emit(f"    nonlocal {total}")
            inner.fixed.discard(total)
        self.body(inner, 1 + self.below(2), 1)
        self.emit(f"{name}({self.number(scope)})")
        self.closures.append((name, self.depth))

    def call_closure(self, scope: Scope) -> None:
        if not self.closures or any(name not in scope.fixed and name == "b" for name in scope.floats):
            return self.call(scope)
        if self.leaving is None:  # within another function
            return self.augment_region(scope)
        self.emit(f"{self.pick(self.closures)[0]}({self.number(scope)})")

    # Programs

    def total(self, scope: Scope) -> str:
        """A sum of all that is live, weighted so that no two elements count alike."""
        terms = [f"{self.constant()} * {name}" for name in scope.floats]
        arrays = dict(scope.arrays)
        for name, (shape, number) in scope.lists.items():
            arrays.update({f"{name}[{k}]": shape for k in range(number)})
        for name, kind in scope.objects.items():
            arrays.update({f"{name}.{a}": shape for a, shape in self.attributes[kind].arrays.items()})
        for k, (name, shape) in enumerate(arrays.items()):
            size = int(np.prod(shape))
            weights = f"np.arange({k + 1}.0, {k + 1 + size}.0)"
            weights += f".reshape({', '.join(map(str, shape))})" if len(shape) > 1 else ""
            terms.append(f"np.sum({weights} * {self.pick([name, f'np.sin({name})'])})")
        return " + ".join(terms)

    def partial_total(self, scope: Scope) -> str:
        name, shape = self.pick(scope.arrays.items())
        return f"np.sum({name} * {self.array(scope, shape)}) + {self.number(scope)}"

    def program(self) -> str:
        for _ in range(self.below(3)):
            self.pick([self.helper, self.helper, self.polymorphic])()
        if "new_object" in self.features and self.chance(50):
            self.new_class()
        scope = Scope(floats=["x", "y"], arrays={"p": (N,), "q": (N,), "c": (R,), "m": (R, C), "g": (R, R)})
        self.emit(f"def f({', '.join([*scope.floats, *scope.arrays, 'n'])}):")
        if self.chance(60):  # most programs need fewer arrays
            for name in self.choose.sample(["q", "c", "m", "g"], 2):
                del scope.arrays[name]
        self.leaving = self.partial_total
        self.block(scope, 4 + self.below(8))
        self.emit(f"    return {self.total(scope)}")
        return "\n".join(self.lines) + "\n"


# Lines as scientists write them. V and W are vectors of one length, M is a matrix, G a square one; X, E, B
# and K are floats: a value, an expression, a bounded one, a constant; T1, T2, T3 are new names.
IDIOMS = [
    block.strip()
    for block in """
T1, T2 = V[:2], V[2:]
T2 += X
T1[0] *= np.sin(T2[-1])
---
T1, T2 = np.split(V[:2], 2)
T1 *= K
T2 -= T1
---
T1 = list(M)
T1[1] *= X
T1[0][:] = np.sin(T1[-1])
---
T1 = [T2 for T2 in M]
T1[0] += K
M[0] *= X
---
T1 = {"u": V, "v": V.copy()}
T1["v"][1:] = T1["u"][:-1] * X
T1["u"] += K * T1["v"]
T1["u"], T1["v"] = T1["v"], T1["u"]
V[:] = T1["u"]
---
T1 = {"u": np.sin(V), "v": np.zeros_like(V)}
for T2 in T1:
    T1[T2] += K
    T1[T2][0] *= X
V += T1["u"] * T1["v"]
---
T1 = {"u": np.sin(V), "v": V * K}
for T2, T3 in T1.items():
    T3[1:] *= X
V[:] = T1["u"] - T1["v"]
---
T1 = np.array(X)
T1 += V[0]
T1[...] = T1 * K
V[1] = T1
---
T1 = np.where(V > 0.1)[0]
V[T1] = np.sin(W[T1]) * X
---
T1 = np.flatnonzero(W < 0.3)
V[T1] *= X
---
(T1,) = np.nonzero(V > K)
np.add.at(V, T1, B)
---
T1 = M[:, 0] > 0.1
M[T1] *= K
M[T1, 1] = B
M[~T1, 0] += M[~T1, 1]
---
T1 = M[0] < 0.3
M[:, T1] = np.sin(M[:, T1]) * X
---
T1 = np.array([0, 1, 0])
M[T1, :2] = K * M[T1, :2]
M[1, T1] += X
---
T1, T2 = np.array([0, 1]), np.array([1, 0])
M[T1[:, None], T2] *= X
np.add.at(M, (T1, T2), E)
---
np.add.at(M, ([0, 0, 1], [1, 1, 0]), [E, X, K])
---
np.multiply.at(V, [0, 0, 1], np.array([X, K, 0.5]))
---
np.maximum(V, W * K, out=V)
---
np.minimum(M, 0.4, out=M)
---
np.add.reduce(0.3 * G, axis=0, out=G[1])
---
np.mean(M, axis=0, out=M[0])
---
M.sum(axis=1, out=M[:, 0])
M[:, 0] *= 0.3
---
np.matmul(0.4 * G, np.sin(G), out=G.T)
---
np.sum(G, axis=1, out=G[:, 1])
G[:, 1] *= 0.2
---
G[np.diag_indices(len(G))] += X
---
G[np.triu_indices(len(G), 1)] = K
G.T[np.triu_indices(len(G), 1)] *= X
---
G[np.tril_indices(len(G), -1)] = np.sin(G.T[np.tril_indices(len(G), -1)])
---
T1 = np.diagonal(G)
G[0, 0] = X
V[0] = T1 @ np.sin(T1)
---
T1 = np.diag(G)
G[1] *= K
V[1] = 0.3 * T1.sum()
---
T1 = np.broadcast_to(V, (2, len(V)))
V[0] *= X
V[1] = 0.2 * np.sum(T1 * np.sin(T1))
---
for T1 in range(0, len(V), 2):
    V[T1:T1 + 2] = V[T1:T1 + 2][::-1] * K
---
for T1 in range(len(V)):
    if V[T1] > 0.8:
        break
    V[T1] += K
else:
    V[0] = X
---
T1 = 0
while T1 < 3:
    T1 += 1
    V[T1 % 3] *= X
    if V[0] > V[1]:
        continue
    V[0] = B
---
T1 = [V.copy(), np.sin(V)]
for T2 in range(3):
    T1.append(0.5 * T1[-1] + T1[-2] * K)
    T1.pop(0)
T1[0][0] = X
V[:] = T1[0] * T1[1]
---
T1 = [np.cos(V)]
T1.insert(0, V * X)
T1.extend([V + K, W * 0.3])
T1[1][:] = T1[0]
T1.reverse()
T1[0][1] *= K
V -= sum(T1)
---
T1 = [V * K, W * X]
T1 += [T1[0]]
T1[0][0] = E
V += T1[2] * T1[1]
---
T1 = [V * K, W * X]
for T2, T3 in enumerate(T1):
    T3[T2] = B
for T2, T3 in zip(T1, [X, 0.5]):
    T2 *= T3
V[:] = T1[0] + T1[1]
---
T1 = [[np.zeros(2), np.ones(2)], [V[:2].copy()]]
T1[0][1] *= X
T1[1][0][0] = V[1] * K
T1[0][0][:] = T1[1][0]
V[:2] = T1[0][0] * T1[0][1]
---
(V if X > 0.1 else W.copy())[0] = B
---
V[0] = V[1] if V[2] > X else W[0]
---
T1 = lambda s: np.copyto(V, s * np.sin(V))
T1(X)
---
def T1(*ws):
    for T2 in ws:
        T2 *= K
T1(V[1:], M)
---
def T1(w, scale=K, shift=0.1):
    w *= scale
    w += shift
T1(V, shift=X)
T1(w=M[0])
---
def T1(w):
    def T2(k):
        w[k] += K * w[k - 1]
    for T3 in range(len(w)):
        T2(T3)
T1(V)
---
def T1(w, z):
    return w if K > 0 else z
T1(V, W)[0] = X
---
def T1(w):
    return w[:1], w[1:]
T2, T3 = T1(V)
T2 += T3.sum() * K
T3[0] *= X
---
def T1(s, k):
    s[k][0] = s[k][1] * X
    s.append(s[k] * K)
T2 = [V.copy(), np.sin(V)]
T1(T2, 1)
V[:] = T2[1] + T2[2]
---
def T1(s):
    s["u"][1:] += s["v"][:-1] * X
    s["v"] = s["u"] * K
T2 = {"u": V.copy(), "v": np.cos(V)}
T1(T2)
T1(T2)
V *= T2["v"]
---
def T1(w, k):
    w *= k
    return w
V[:] = T1(V, X) + T1(V, K)
---
def T1(w, k):
    w[0] *= k
    return w.sum()
V[1] = T1(V, X) * V[0] + T1(V, K)
---
def T1(k):
    V[k] = np.sin(V[k]) * X
    return V
T1(0)[1] *= T1(1)[0]
---
T1 = V.view()
T1[0] = X
---
T1 = np.ascontiguousarray(V)
T1 *= K
---
T1 = V.astype(float)
T1[0] = X
V *= T1
---
T1 = V[-10:2]
T1 *= X
V[3:100] -= K
---
T1 = slice(None, None, 2)
V[T1] *= X
T2 = (slice(0, 2), 1)
M[T2] += K
---
T1 = V[:, None] * W
T1[0], T1[:, 1] = K, T1[:, 0] * X
V[:] = T1.mean(axis=0)
---
T1 = np.zeros((2, len(V)))
T1[0] = V
for T2 in range(3):
    T1[(T2 + 1) % 2] = np.sin(T1[T2 % 2]) * X
    T1[T2 % 2, 0] = K
V[:] = T1[1]
---
T1 = np.zeros((3, len(V)))
for T2, T3 in enumerate(T1):
    T3[:] = V * K
    T3[T2 % 2] += X
V[:] = T1.sum(axis=0) * 0.3
---
T1 = np.empty(2 * len(V))
T1[::2] = V
T1[1::2] = W
T1.reshape(-1, 2)[:, 0] *= X
V[:] = T1[:len(V)]
---
T1 = np.zeros((len(V), 2))
T1.T[0] = V
T1.ravel()[1::2] = W * X
T1.reshape(-1)[0] = K
V[:] = T1[:, 0] * T1[:, 1]
---
T1 = np.sin(M)
T1.T.flatten()[:] = 9.0
T1.ravel()[:2] *= X
M += K * T1
---
T1 = V.copy()
T2 = T1
T1 = T1 * K
T1[0] = X
T2[1] = T1[0] * T2[2]
V[:] = T1 + T2
---
T1 = T2 = np.zeros(len(V))
T1[0] = X
T2[1:] = V[:-1]
T1 += K
V *= T2
---
T1, T2 = V.copy(), np.zeros_like(V)
for T3 in range(3):
    T2[1:-1] = T1[1:-1] + 0.2 * X * (T1[2:] - 2.0 * T1[1:-1] + T1[:-2])
    T2[0], T2[-1] = T1[0], K
    T1, T2 = T2, T1
V[:] = T1
---
T1 = V
for T2 in range(2):
    T1 = T1[1:]
    T1 *= X
---
T1 = M
while len(T1) > 1:
    T1 = T1[:-1]
    T1[0] += K * T1[-1]
---
for T1 in range(len(G)):
    for T2 in range(T1):
        G[T1] -= 0.2 * np.sin(G[T2]) * (G[T1] @ G[T2])
---
for T1 in range(len(G)):
    for T2 in range(T1 + 1, len(G)):
        T3 = G[T2, T1] / (1.5 + G[T1, T1] ** 2)
        G[T2, T1:] -= T3 * G[T1, T1:]
        G[T2, T1] = T3
---
T1 = V.max()
V[V == T1] *= X
---
V[V.argmin()], V[0] = X, V[1]
---
V[:], T1 = W * K, V[0]
V[0] += T1
---
T1 = V[0]
V[0] = V[1]
V[1] = T1 * X
---
T1 = iter(V)
V[0] = X
V[1] = next(T1) * K
---
T1 = (T2 * K for T2 in V)
V[0] = X
V[1] = sum(T1)
---
T1 = reversed(V)
V[0] = X
for T2 in T1:
    V[1] = 0.5 * V[1] + 0.3 * T2
---
T1 = V.tolist()
V[0] = X
V[1] = sum(T1)
---
T1 = sorted(V)
V[:] = 0.0
V[0] = T1[0] * X
V[-1] = T1[-1]
---
T1 = [V, W]
T2 = T1[:]
T2[0] = V * K
T1[0][0] = X
V[1] = T2[0][0]
---
T1 = np.stack([V, W])
T1[0] *= X
V[:] = T1[1] - T1[0]
---
try:
    V[0] *= X
finally:
    V[1] += K
---
if (T1 := V.sum()) > K:
    V /= 1.5 + T1 ** 2
---
V[1:], V[0] = V[:-1] * X, V[-1]
---
V[...], M[0, 0] = np.cumsum(V) * 0.3, V[-1]
---
M[:, [0, 1]] = M[:, [1, 0]] * K
---
M[[0, 1]], M[0] = M[[1, 0]], X
---
M -= M.mean(axis=0)
M /= 1.0 + M.std(axis=1)[:, None]
---
G += G.T
G *= 0.5
---
G @= np.sin(G)
G *= 0.3
---
V **= 2
V[1:] **= X * 0.0 + 2.0
---
V[::-1][:2] = V[:2] * X
---
T1 = V[1:]
T2 = T1[1:]
T2[0] = X
T1[1] *= K
V[2] += T2[0] * T1[0]
---
T1 = M[:, 1:]
T2 = T1[0]
T3 = M.T[1]
T2 *= K
T3 += T2[0]
T1[-1, 0] = X * T3[0]
""".split("---\n")
]

WEIGHTS = {  # the statements, and how often they are written where a program has them
    "overlap": 3,
    "dynamic": 3,
    "masked": 3,
    "make_pick": 2,
    "scatter": 4,
    "whole": 3,
    "power": 1,
    "augment_whole": 4,
    "swap": 3,
    "swap_names": 2,
    "new_array": 3,
    "shaped": 1,
    "new_view": 6,
    "either": 2,
    "unpack": 1,
    "assign": 3,
    "augment": 2,
    "new_list": 2,
    "list_item": 3,
    "list_alias": 1,
    "branch": 3,
    "for_loop": 4,
    "while_loop": 2,
    "for_rows": 2,
    "for_list": 2,
    "leave": 1,
    "call": 4,
    "new_object": 2,
    "closure": 1,
    "stack": 1,
    "history": 1,
    "counts": 1,
    "order": 2,
    "elements": 2,
    "idiom": 8,
    "call_closure": 1,
}
ARGNUMS = tuple(range(7))


def generate(seed: Any, index: int) -> str:
    """The source of a program, whose function is `f(x, y, p, q, c, m, g, n)`."""
    return Writer(random.Random(f"{seed}-{index}")).program()


def arguments(key: str) -> tuple:
    """Arguments for `f`: floats, vectors of N and R, matrices of R x C and R x R, and a number of turns."""
    numbers = np.random.default_rng(int(hashlib.sha1(key.encode()).hexdigest()[:8], 16))
    shapes: list[Shape] = [(), (), (N,), (N,), (R,), (R, C), (R, R)]
    values = [numbers.uniform(-1.2, 1.2, shape) for shape in shapes]
    if numbers.random() < 0.2:
        values[5:] = [np.asfortranarray(v) for v in values[5:]]
    return (*(v if np.ndim(v) else float(v) for v in values), int(numbers.integers(1, 4)))


# Running and comparing


def load(source: str, names: dict[str, Any]) -> Callable:
    """Execute the source as a module that `inspect` finds, with those names, and return its function `f`."""
    digest = hashlib.sha1(source.encode()).hexdigest()
    filename = f"<mutation {digest}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    module = types.ModuleType("tests.mutated")
    module.__file__ = filename
    module.__dict__.update(names)
    sys.modules[module.__name__] = module
    exec(compile(source, filename, "exec"), module.__dict__)
    return module.f


@dataclass(frozen=True)
class Outcome:
    """What became of a program: "right", "refused", "WRONG", "CRASH" or, where it says nothing, "skipped"."""

    kind: str
    reason: str = ""

    @property
    def failed(self) -> bool:
        return self.kind.isupper()


class Hangs(BaseException):
    """A derivation took too long."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise Hangs after that many seconds; 0: never, or when an outer limit does."""
    if not seconds:
        yield
        return

    def stop(*_):
        raise Hangs(f"more than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def reference(source: str, args: tuple, directions: tuple) -> tuple[float, float] | str:
    """The value and the slope by dual numbers; or why the program says nothing at these arguments."""
    f = load(source, {"np": duals.numpy, "float": duals.to_float})
    try:
        value, slope = duals.directional(f, args, directions)
    except Exception as error:
        return f"duals: {type(error).__name__}: {error}"
    if not np.isfinite(value) or not np.isfinite(slope):
        return "not finite"
    if abs(slope) > 1e6:
        return "too steep"
    return "near a kink" if duals.CLOSEST.distance < 1e-9 else (value, slope)


def check(source: str, keys: list[str], differentiate: Callable = grad, seconds: float = SECONDS) -> Outcome:
    """Compare a program's gradient with the slope by dual numbers, at the arguments of each key."""
    derivative, done = None, False
    for key in keys:
        args = arguments(key)
        directions = tuple(v * 0.7 for v in arguments(f"direction {key}")[:-1]) + (None,)
        with np.errstate(all="ignore"):
            try:
                f = load(source, {"np": np})
                value = f(*copy.deepcopy(args))
            except Exception as error:
                return Outcome("skipped", f"plain: {type(error).__name__}: {error}")
            expected = reference(source, args, directions)
            if isinstance(expected, str):
                if expected.startswith("duals"):
                    return Outcome("skipped", expected)
                continue
            if not np.isclose(value, expected[0], rtol=1e-9, atol=1e-9):
                return Outcome("skipped", f"duals: the value is {expected[0]}, not {value}")
            load(source, {"np": np})  # the module that s2sad finds is the plain one
            given = copy.deepcopy(args)
            try:
                with time_limit(seconds):
                    derivative = derivative or differentiate(f, ARGNUMS)
                    gradient = derivative(*given)
            except S2sadError as error:
                return Outcome("refused", reason_of(error))
            except (Exception, Hangs) as error:
                return Outcome("CRASH", described(error))
        slope = sum(float(np.sum(g * v)) for g, v in zip(gradient, directions))
        if not np.isclose(slope, expected[1], rtol=1e-8, atol=1e-9):
            if np.isnan(slope) and overflows(f, args):
                return Outcome("skipped", "a value that is overwritten later overflows")
            if reads_too_late(source, args):
                return Outcome("skipped", "NumPy writes to an array before it has read it")
            return Outcome("WRONG", f"{slope} instead of {expected[1]}")
        if not all(np.array_equal(a, b) for a, b in zip(given, args)):
            return Outcome("WRONG", "an argument was changed")
        if not all(np.shape(g) == np.shape(a) for g, a in zip(gradient, args)):
            return Outcome("WRONG", "a gradient has another shape than its argument")
        done = True
    return Outcome("right") if done else Outcome("skipped", "says nothing")


def overflows(f: Callable, args: tuple) -> bool:
    """Tell whether some number of a run gets too large: what comes of it later is not defined (docs/limits.md)."""
    try:
        with np.errstate(over="raise"):
            f(*copy.deepcopy(args))
    except FloatingPointError:
        return True
    return False


def reads_too_late(source: str, args: tuple) -> bool:
    """Tell whether copies of what is assigned change the value: a defect of NumPy's own (docs/limits.md)."""
    with_copies = ast.unparse(ast.fix_missing_locations(AssignCopies().visit(ast.parse(source))))
    with np.errstate(all="ignore"):
        values = [load(text, {"np": np})(*copy.deepcopy(args)) for text in (source, with_copies)]
    return not np.isclose(*values, rtol=1e-12, atol=1e-12)


class AssignCopies(ast.NodeTransformer):
    """`x[i] = v` becomes `x[i] = np.array(v)`."""

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        if isinstance(node.targets[0], ast.Subscript):
            node.value = ast.Call(ast.parse("np.array", mode="eval").body, [node.value], [])
        return node


def reason_of(error: S2sadError) -> str:
    """The first line of a refusal, without the names and numbers of the program."""
    line = re.sub(r"^<[^>]*>:\d+:\d+: ", "", str(error).splitlines()[0])
    return re.sub(r"\d+", "#", re.sub(r"`[^`]*`", "`_`", line))


def described(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = re.sub(r"^.*/s2sad/", "s2sad/", frame.filename) + f":{frame.lineno}"
    where = "emitted" if "<s2sad" in where else where.replace(" ", "_")
    return f"{type(error).__name__}: {str(error)[:200]} ({where} in {frame.name})"


# Cutting a failing program down


def shrink(source: str, fails: Callable[[str], bool], seconds: float = 40) -> str:
    """Delete and simplify what can be, for that long, while the program fails."""
    stop = time.monotonic() + seconds
    source, position = ast.unparse(ast.parse(source)) + "\n", 0
    while time.monotonic() < stop:
        candidates = list(smaller_programs(source))
        order = [*candidates[position:], *candidates[:position]]
        for k, smaller in enumerate(order):
            if time.monotonic() > stop:
                return source
            if fails(smaller):
                source, position = smaller, (position + k) % len(order)
                break
        else:
            return source
    return source


def smaller_programs(source: str) -> Iterator[str]:
    """The programs with one statement less, or with one expression replaced by a part of it."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for block in (getattr(node, name, None) for name in ("body", "orelse")):
            if isinstance(block, list):
                yield from shorter_blocks(tree, block)
    for node in ast.walk(tree):
        for name, old in list(ast.iter_fields(node)):
            for k, part in enumerate(old if isinstance(old, list) else [old]):
                for simpler in parts_of(part):
                    if isinstance(old, list):
                        old[k] = simpler
                    else:
                        setattr(node, name, simpler)
                    yield ast.unparse(tree) + "\n"
                    if isinstance(old, list):
                        old[k] = part
                    else:
                        setattr(node, name, old)


def shorter_blocks(tree: ast.AST, block: list[ast.stmt]) -> Iterator[str]:
    """The programs with one statement of a block deleted, or replaced by the block within it."""
    for k in reversed(range(len(block))):
        whole = list(block)
        inner = getattr(whole[k], "body", []) if isinstance(whole[k], (ast.If, ast.For, ast.While)) else []
        for instead in ([], inner) if inner else ([],):
            if isinstance(whole[k], ast.Pass):
                continue
            block[k : k + 1] = instead or ([] if len(whole) > 1 else [ast.Pass()])
            yield ast.unparse(tree) + "\n"
            block[:] = whole


def parts_of(node: Any) -> list[ast.expr]:
    """The expressions within one that might stand in its place: not NumPy itself."""
    return [part for part in operands(node) if not (isinstance(part, ast.Name) and part.id == "np")]


def operands(node: Any) -> list[ast.expr]:
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.BoolOp):
        return node.values
    if isinstance(node, ast.UnaryOp):
        return [] if isinstance(node.operand, ast.Constant) else [node.operand]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.Call):
        receiver = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        return [*receiver, *node.args]
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Subscript):
        return [node.value]
    return []


# Campaigns


@dataclass(frozen=True)
class Task:
    """One program to be checked."""

    seed: Any
    index: int
    sets: int = 1
    avoid: tuple[str, ...] = ()

    @property
    def keys(self) -> list[str]:
        return [f"{self.seed}-{self.index}-{k}" for k in range(self.sets)]

    def fails_alike(self, outcome: Outcome) -> Callable[[str], bool]:
        """A test for smaller programs: whether they come out like this one."""

        def fails(smaller: str) -> bool:
            try:
                with time_limit(5):
                    other = check(smaller, self.keys, seconds=0)
            except (Exception, Hangs):
                return False
            return other.kind == outcome.kind and place_of(other.reason) == place_of(outcome.reason)

        return fails


def examine(task: Task) -> tuple[int, Outcome, str]:
    """Check one program; if it fails, shrink it."""
    source = generate(task.seed, task.index)
    if any(re.search(pattern, source) for pattern in task.avoid):
        return task.index, Outcome("skipped", "avoided"), source
    outcome = check(source, task.keys)
    if outcome.failed:
        source = shrink(source, task.fails_alike(outcome))
    return task.index, outcome, source


def place_of(reason: str) -> str:
    """The type of an exception and where it was raised, or the refusal; nothing for wrong numbers."""
    crash = re.fullmatch(r"(?s)(\w+): .*(\(\S+ in \w+\))", reason)
    return " ".join(crash.groups()) if crash else re.sub(r"^[-+.e0-9infa]+ instead of .*$", "", reason)


def campaign(tasks: list[Task], jobs: int = 1, refusals: bool = False) -> collections.Counter:
    """Check these programs, print what fails and the counts, and return these.

    With `refusals`, print a small program for each reason of a refusal too.
    """
    counts: collections.Counter = collections.Counter()
    with contextlib.ExitStack() as stack:
        if jobs > 1:
            results = stack.enter_context(multiprocessing.Pool(jobs)).imap(examine, tasks, chunksize=8)
        else:
            results = map(examine, tasks)
        for task, (index, outcome, source) in zip(tasks, results):
            counts[outcome.kind] += 1
            if outcome.kind in ("refused", "skipped", "CRASH"):
                counts[f"  {outcome.kind}: {outcome.reason}"] += 1
                if refusals and outcome.kind == "refused" and counts[f"  refused: {outcome.reason}"] == 1:
                    print(f"# {outcome.reason}\n{shrink(source, task.fails_alike(outcome))}", flush=True)
            if outcome.failed:
                print(
                    f"# {outcome.kind}: program {task.seed}-{index}: {outcome.reason}\n{source}", flush=True
                )
    for kind, number in sorted(counts.items(), key=lambda item: (item[0].strip(), -item[1])):
        print(f"{number:6} {kind}")
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description="Check the gradients of programs that update arrays.")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help="the index of the first program")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument(
        "--sets", type=int, default=1, help="sets of arguments that each program is checked at"
    )
    parser.add_argument("--show", action="store_true", help="print the program --start, and its outcome")
    parser.add_argument("--avoid", action="append", default=[], help="skip programs with this pattern")
    parser.add_argument(
        "--refusals", action="store_true", help="print a program for each reason of a refusal"
    )
    options = parser.parse_args()
    indices = range(options.start, options.start + options.count)
    tasks = [Task(options.seed, index, options.sets, tuple(options.avoid)) for index in indices]
    if options.show:
        print(generate(options.seed, options.start))
        print(check(generate(options.seed, options.start), tasks[0].keys))
        return
    counts = campaign(tasks, options.jobs, options.refusals)
    raise SystemExit(bool(counts["WRONG"] or counts["CRASH"]))


if __name__ == "__main__":
    main()
