"""Random programs: smooth, bounded, and full of the ways in which Python changes state.

`generate` writes the source of a program from a `random.Random`, be it Hypothesis's or a seeded one. A
campaign of any length prints its counts and the programs that failed::

    python -m tests.fuzz --count 10000 --seed 1
"""

from __future__ import annotations

import argparse
import collections
import copy
import hashlib
import linecache
import random
import traceback
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad import grad
from s2sad.errors import S2sadError
from tests.numeric import assert_same, flatten, numerical_gradient

LENGTH = 4  # of the array arguments


@dataclass(frozen=True)
class Generated:
    """The source of a program, arguments for its function `f`, and whether a refusal is tolerated.

    `aliases` is set where an array may be updated under two names; only then may s2sad refuse.
    """

    source: str
    args: tuple[Any, ...]
    argnums: tuple[int, ...]
    aliases: bool

    def load(self):
        """Execute the source, as a file that `inspect` finds, and return the function `f`."""
        filename = f"<fuzz {hashlib.sha1(self.source.encode()).hexdigest()}>"
        linecache.cache[filename] = (len(self.source), None, self.source.splitlines(keepends=True), filename)
        names: dict[str, Any] = {"np": np, "__name__": "tests.fuzzed"}
        exec(compile(self.source, filename, "exec"), names)
        return names["f"]


@dataclass
class Scope:
    """The names that are bound on every path: floats, arrays with their lengths, lists and integers."""

    floats: list[str] = field(default_factory=list)
    arrays: dict[str, int] = field(default_factory=dict)
    lists: list[str] = field(default_factory=list)
    indices: list[str] = field(default_factory=list)

    def copy(self) -> Scope:
        return copy.deepcopy(self)


class Writer:
    """Writes one program; each method that emits lines is named after the statement."""

    def __init__(self, choose: random.Random, with_arrays: bool):
        self.choose = choose
        self.with_arrays = with_arrays
        self.lines: list[str] = []
        self.depth = 0
        self.loops: list[str] = []
        self.functions: list[tuple[str, str]] = []
        self.trips = "3"  # an argument of the function at hand, or a number
        self.names = 0
        self.budget = 0
        self.with_views = with_arrays and self.chance(60)
        self.aliases = False

    # Choices

    def below(self, n: int) -> int:
        return self.choose.randrange(n)

    def chance(self, percent: int) -> bool:
        return self.below(100) >= 100 - percent

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

    # Expressions of floats

    def atom(self, scope: Scope) -> str:
        kind = self.below(10)
        if kind == 9 and scope.indices:
            return f"0.2 * {self.pick(scope.indices)}"
        if kind == 8 and scope.lists:
            return f"{self.pick(scope.lists)}[{self.pick(['0', '-1'])}]"
        if kind >= 6 and scope.arrays:
            return self.element(scope)
        return self.pick(scope.floats) if scope.floats else self.constant()

    def element(self, scope: Scope) -> str:
        name, length = self.pick(scope.arrays.items())
        if scope.indices and self.chance(30):
            return f"{name}[{self.pick(scope.indices)} % {length}]"
        return f"{name}[{self.below(2 * length) - length}]"

    def product(self, scope: Scope) -> str:
        a, b = self.atom(scope), self.atom(scope)
        return self.pick(
            [a, f"{self.constant()} * {a}", f"{a} + {b}", f"0.4 * {a} * {b}", f"{a} - {b}", f"-({a})"]
        )

    def bounded(self, scope: Scope) -> str:
        """An expression within [-1, 1] with a slope of about one."""
        inner = self.product(scope)
        forms = [
            "np.sin({})",
            "np.tanh({})",
            "np.cos({})",
            "0.5 * np.sin({}) ** 2",
            "1.0 / (1.0 + ({}) ** 2)",
        ]
        if self.functions and self.chance(30):
            name, kind = self.pick(self.functions)
            if kind == "float":
                return f"{name}({inner}, {self.atom(scope)})"
            if kind == "pair":
                return f"{name}({inner}, {self.atom(scope)})[{self.below(2)}]"
        if scope.lists and self.chance(10):
            return f"0.2 * sum([np.sin(e) for e in {self.pick(scope.lists)}])"
        if scope.arrays and self.chance(20):
            return self.reduction(scope)
        return self.pick(forms).format(inner)

    def reduction(self, scope: Scope) -> str:
        a, length = self.pick(scope.arrays.items())
        b = self.array_of(scope, length)
        return self.pick(
            [f"np.mean(np.sin({a}))", f"0.2 * np.sum({a})", f"np.tanh({a} @ {b})", f"0.1 * ({a} * {b}).sum()"]
        )

    def expression(self, scope: Scope) -> str:
        e = self.bounded(scope)
        return self.pick(
            [e, f"0.5 * {self.atom(scope)} + {e}", f"{e} * {self.bounded(scope)}", f"0.3 + 0.6 * {e}"]
        )

    def test(self, scope: Scope) -> str:
        a, b = self.atom(scope), self.atom(scope)
        return self.pick(
            [
                f"{a} > 0.1",
                f"{a} < {b}",
                f"{a} > 0.2 and {b} < 0.6",
                f"not {a} > {b} or {a} < -0.3",
                f"-0.5 < {a} < 0.7",
            ]
        )

    # Expressions of arrays

    def array_of(self, scope: Scope, length: int) -> str:
        """An array of that length: a name, or a slice of a longer one."""
        same = [name for name, n in scope.arrays.items() if n == length]
        longer = [(name, n) for name, n in scope.arrays.items() if n > length]
        if longer and (not same or self.chance(40)):
            name, n = self.pick(longer)
            start = self.below(n - length + 1)
            return f"{name}[{start}:{start + length}]"
        return self.pick(same) if same else f"np.linspace(0.1, 0.9, {length})"

    def array_expression(self, scope: Scope, length: int) -> str:
        a, b = self.array_of(scope, length), self.array_of(scope, length)
        return self.pick(
            [
                f"np.sin({a})",
                f"0.5 * {a} + 0.4 * {b}",
                f"np.tanh({a} * {b})",
                f"np.cos({a}) * {self.atom(scope)}",
                f"0.4 * {a} - 0.3 * {b} ** 2",
                f"0.5 * {a}[::-1] + {self.bounded(scope)}",
                f"np.where({a} > 0.2, 0.5 * {b}, np.sin({a}))",
            ]
        )

    # Statements

    def block(self, scope: Scope, size: int) -> None:
        self.depth += 1
        for _ in range(size):
            self.statement(scope)
        self.depth -= 1

    def statement(self, scope: Scope) -> None:
        self.budget -= 1
        simple = [self.assign, self.assign, self.augment, self.swap, self.list_statement, self.leave]
        nested = [self.branch, self.for_loop, self.while_loop]
        arrays = [self.new_array, self.set_elements, self.set_elements, self.augment_array]
        arrays += [self.new_view] if self.with_views else []
        choices = simple + (arrays * 2 if self.with_arrays else [])
        if self.depth < 4 and self.budget > 0:
            choices += nested
        self.pick(choices)(scope)

    def assign(self, scope: Scope) -> None:
        value = self.expression(scope)
        pairs = [name for name, kind in self.functions if kind == "pair"]
        if pairs and self.chance(20):
            names = [self.target(scope), self.fresh("t")]
            self.emit(f"{', '.join(names)} = {self.pick(pairs)}({self.atom(scope)}, {value})")
        elif self.chance(15):
            names = [self.target(scope)]
            self.emit(f"{names[0]} = {self.atom(scope)} if {self.test(scope)} else {value}")
        else:
            names = [self.target(scope)]
            self.emit(f"{names[0]} = {value}")
        scope.floats += [name for name in dict.fromkeys(names) if name not in scope.floats]

    def target(self, scope: Scope) -> str:
        return self.pick(scope.floats) if scope.floats and self.chance(60) else self.fresh("t")

    def augment(self, scope: Scope) -> None:
        if not scope.floats:
            return self.assign(scope)
        name = self.pick(scope.floats)
        e = self.bounded(scope)
        self.emit(self.pick([f"{name} += 0.4 * {e}", f"{name} -= 0.3 * {e}", f"{name} *= {e}"]))

    def swap(self, scope: Scope) -> None:
        if len(scope.floats) < 2:
            return self.assign(scope)
        a, b = self.pick(scope.floats), self.pick(scope.floats)
        if a == b:
            return self.augment(scope)
        self.emit(self.pick([f"{a}, {b} = {b}, {a}", f"{a}, {b} = {b}, {self.expression(scope)}"]))

    def list_statement(self, scope: Scope) -> None:
        if not scope.lists or self.chance(25):
            name = self.fresh("s")
            self.emit(f"{name} = [{self.expression(scope)}, {self.atom(scope)}]")
            scope.lists.append(name)
            return
        name = self.pick(scope.lists)
        kind = self.below(5)
        if kind == 0:
            self.emit(f"{name}.append({self.expression(scope)})")
        elif kind == 1:
            self.emit(f"{name}[{self.pick(['0', '-1', 'len(' + name + ') - 1'])}] = {self.expression(scope)}")
        elif kind == 2 and scope.floats:
            self.emit(f"if len({name}) > 1:")
            self.emit(f"    {self.pick(scope.floats)} = {name}.pop()")
        elif kind == 3 and scope.floats:
            total = self.pick(scope.floats)
            self.emit(f"for e in {name}:")
            self.emit(f"    {total} = np.sin({total} + 0.5 * e)")
        else:
            self.emit(f"{name}[0] {self.pick(['+=', '*=', '-='])} {self.bounded(scope)}")

    def leave(self, scope: Scope) -> None:
        """Leave a loop, go on to its next iteration, or return early; under a test."""
        if self.depth < 2 and self.chance(60):
            return self.assign(scope)
        ways = [f"return {self.expression(scope)}"]
        if self.loops:
            ways = ["break", "continue", *ways]
        self.emit(f"if {self.test(scope)}:")
        if self.chance(30) and scope.floats:
            self.emit(f"    {self.pick(scope.floats)} = {self.expression(scope)}")
        self.emit(f"    {self.pick(ways)}")

    def branch(self, scope: Scope) -> None:
        self.emit(f"if {self.test(scope)}:")
        self.block(scope.copy(), 1 + self.below(3))
        if self.chance(30):
            self.emit(f"elif {self.test(scope)}:")
            self.block(scope.copy(), 1 + self.below(2))
        if self.chance(60):
            self.emit("else:")
            self.block(scope.copy(), 1 + self.below(3))

    def for_loop(self, scope: Scope) -> None:
        inner = scope.copy()
        index = self.fresh("i")
        ends = ["range(2)", "range(3)", f"range({self.trips})", "range(1, 4)", "range(3, 0, -1)"]
        self.emit(f"for {index} in {self.pick(ends + [f'range({i}, 3)' for i in scope.indices])}:")
        inner.indices.append(index)
        self.loop_body(inner, index)

    def while_loop(self, scope: Scope) -> None:
        inner = scope.copy()
        count = self.fresh("k")
        self.emit(f"{count} = 0")
        more = f" and {self.atom(scope)} < 0.9" if self.chance(40) else ""
        self.emit(f"while {count} < {self.pick(['2', '3', self.trips])}{more}:")
        self.emit(f"    {count} += 1")
        inner.indices.append(count)
        self.loop_body(inner, count)
        scope.indices.append(count)

    def loop_body(self, scope: Scope, name: str) -> None:
        self.loops.append(name)
        self.block(scope, 1 + self.below(4))
        self.loops.pop()

    # Statements on arrays

    def new_array(self, scope: Scope) -> None:
        same = [name for name, n in scope.arrays.items() if n == LENGTH]
        name = self.pick(same) if self.chance(30) else self.fresh("u")
        forms = [
            self.array_expression(scope, LENGTH),
            f"{self.array_of(scope, LENGTH)}.copy()",
            f"np.zeros({LENGTH})",
        ]
        self.emit(f"{name} = {self.pick(forms)}")
        scope.arrays[name] = LENGTH

    def set_elements(self, scope: Scope) -> None:
        name, n = self.pick(scope.arrays.items())
        kind = self.below(8)
        if kind == 0:
            self.emit(f"{self.element(scope)} = {self.expression(scope)}")
        elif kind == 1:
            self.emit(f"{self.element(scope)} {self.pick(['+=', '*=', '-='])} {self.bounded(scope)}")
        elif kind == 2:
            self.emit(f"{name}[:] = {self.array_expression(scope, n)}")
        elif kind == 3:
            self.emit(f"{name}[{name} > {self.pick(['0.2', '-0.3'])}] *= {self.constant()}")
        elif kind == 4:
            a, b = self.element(scope), self.element(scope)
            self.emit(f"{a}, {b} = {b}, {a}")
        elif kind == 5:
            self.emit(f"{name}[::2] {self.pick(['+=', '*='])} {self.bounded(scope)}")
        else:
            length = 1 + self.below(n)
            start = self.below(n - length + 1)
            value = self.array_expression(scope, length) if self.chance(70) else self.bounded(scope)
            self.emit(f"{name}[{start}:{start + length}] {self.pick(['=', '=', '*=', '+='])} {value}")

    def augment_array(self, scope: Scope) -> None:
        name, n = self.pick(scope.arrays.items())
        updates = [kind for kind in self.functions if kind[1] == "update"]
        if updates and self.chance(40):
            self.emit(f"{self.pick(updates)[0]}({name}, {self.bounded(scope)})")
        elif self.chance(70):
            self.emit(f"{name} {self.pick(['+=', '-=', '*='])} {self.array_expression(scope, n)}")
        else:
            self.emit(f"{name} *= {self.bounded(scope)}")

    def new_view(self, scope: Scope) -> None:
        """Another name for an array or a part of it; where it replaces an older name, s2sad may refuse."""
        name, n = self.pick(scope.arrays.items())
        path, length = self.pick(
            [("", n), ("[:]", n), ("[::-1]", n), ("[1:]", n - 1), ("[::2]", (n + 1) // 2)]
        )
        if length < 1:
            return self.augment_array(scope)
        same = [other for other, m in scope.arrays.items() if m == length]
        view = self.pick(same) if same and self.chance(25) else self.fresh("v")
        self.emit(f"{view} = {name}{path}")
        scope.arrays[view] = length
        self.aliases = True

    # Functions

    def helper(self, kind: str) -> None:
        name = self.fresh("h")
        outer, self.functions = self.functions, [f for f in self.functions if f[1] != "update"]
        if kind == "update":
            scope = Scope(floats=["b"], arrays={"w": 1})
            self.emit(f"def {name}(w, b):")
            self.depth += 1
            self.emit(f"w[0] {self.pick(['=', '+=', '*='])} {self.bounded(scope)}")
            self.emit(
                self.pick(["w *= 0.8", "w += 0.2 * np.sin(w)", "w[1:] = 0.6 * w[:-1]", "w[-1] = b * w[0]"])
            )
            self.depth -= 1
        else:
            scope = Scope(floats=["a", "b"])
            self.emit(f"def {name}(a, b):")
            arrays, self.with_arrays, loops, self.loops = self.with_arrays, False, self.loops, []
            self.budget = 2
            if kind == "float":
                self.block(scope, self.below(3))
                self.emit(f"    return {self.bounded(scope)}")
            else:  # no early return: it would return a float
                self.depth += 1
                self.assign(scope)
                self.augment(scope)
                self.emit(f"return {self.bounded(scope)}, {self.bounded(scope)}")
                self.depth -= 1
            self.with_arrays, self.loops = arrays, loops
        self.functions = [*outer, (name, kind)]
        self.lines += ["", ""]

    def program(self) -> Generated:
        kinds = ["float", "pair"] + (["update"] if self.with_arrays else [])
        for _ in range(self.below(3)):
            self.helper(self.pick(kinds))
        values = [0.37, -0.82, 1.13, 0.58]
        scope = Scope(floats=["x", "y"])
        args: list[Any] = [self.pick(values), self.pick(values)]
        if self.with_arrays:
            scope.arrays = {"p": LENGTH, "q": LENGTH}
            args += [np.array([0.45, -0.71, 0.93, 0.26]), np.array([-0.35, 0.64, 0.17, -1.12])]
        self.emit(f"def f({', '.join([*scope.floats, *scope.arrays, 'n'])}):")
        self.trips = "n"
        argnums = tuple(range(len(args)))
        args.append(1 + self.below(3))
        self.budget = 12
        self.block(scope, 3 + self.below(6))
        self.depth = 1
        terms = [f"{self.constant()} * {name}" for name in scope.floats]
        terms += [f"np.sum(np.arange(1.0, {n + 1}.0) * np.sin({name}))" for name, n in scope.arrays.items()]
        terms += [f"0.3 * sum({name})" for name in scope.lists]
        self.emit(f"return {' + '.join(terms)}")
        return Generated("\n".join(self.lines) + "\n", tuple(args), argnums, self.aliases)


def generate(choose: random.Random, with_arrays: bool) -> Generated:
    """Write a random program over floats, or over floats and arrays."""
    return Writer(choose, with_arrays).program()


def expected_gradient(program: Generated) -> Any:
    """The numerical gradient, or None where the program is not smooth or too steep near its arguments."""
    f = program.load()
    with np.errstate(all="ignore"):
        fine, coarse = (numerical_gradient(f, program.args, program.argnums, step) for step in (1e-4, 4e-4))
    a, b = np.array(flatten(fine)), np.array(flatten(coarse))
    if not np.all(np.isfinite(a)) or np.max(np.abs(a)) > 1e3:
        return None
    return fine if np.all(np.abs(a - b) <= 1e-8 + 1e-7 * np.abs(a)) else None


def check(program: Generated, expected: Any) -> str:
    """Return "passed" or, where a refusal is tolerated, "refused"; raise on anything else."""
    args = copy.deepcopy(program.args)
    try:
        gradient = grad(program.load(), program.argnums)(*args)
    except S2sadError:
        if program.aliases:
            return "refused"
        raise
    assert_same(args, program.args, rtol=0, atol=0, path="args")
    assert_same(gradient, expected, path="gradient")
    return "passed"


def campaign(count: int, seed: int) -> collections.Counter:
    """Check that many programs; print each that fails, its traceback, and the counts by kind of program."""
    counts: collections.Counter = collections.Counter()
    for k in range(count):
        kind = "arrays" if k % 2 else "floats"
        program = generate(random.Random(f"{seed}-{k}"), kind == "arrays")
        expected = expected_gradient(program)
        if expected is None:
            counts[kind, "not smooth"] += 1
            continue
        try:
            counts[kind, check(program, expected)] += 1
        except Exception as error:
            counts[kind, "failed: " + type(error).__name__] += 1
            print(f"# seed {seed}, program {k}, arguments {program.args}\n{program.source}")
            traceback.print_exception(error, limit=-2)
            print()
    for (kind, result), number in sorted(counts.items()):
        print(f"{kind:8} {result:32} {number:6}")
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description="Check the gradients of random programs.")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    counts = campaign(options.count, options.seed)
    raise SystemExit(any(result.startswith("failed") for _, result in counts))


if __name__ == "__main__":
    main()
