"""Every rule's samples through the whole transformation: gradient, tangent, and tangents of the gradient.

`tests.rules.test_rules` checks the rules as plain functions; here their texts are inlined, simplified and
differentiated again. A complex argument is made of two real ones.
"""

from __future__ import annotations

import inspect
import itertools
import linecache
from typing import Any

import numpy as np
import pytest

from s2sad import grad, jvp
from s2sad.rules import REGISTRY
from tests.rules.samples_more import SAMPLES
from tests.rules.test_rules import adjoints, contract, is_number, random_like, tree_map

PER_RULE = 3  # samples: those that differ in their options come first
STEP = 1e-4
NUMBERS = itertools.count(1)


def chosen(samples: list) -> list:
    """Return a few samples of a function, with options as different as can be."""
    found: dict[Any, Any] = {}
    for args, kwargs in samples:
        found.setdefault(tuple(sorted(kwargs)), (args, kwargs))
    rest = [sample for sample in samples if not any(sample is each for each in found.values())]
    return [*found.values(), *rest][:PER_RULE]


CASES = [
    pytest.param(function, args, kwargs, id=f"{getattr(function, '__name__', function)}-{i}")
    for function, samples in SAMPLES.items()
    for i, (args, kwargs) in enumerate(chosen(samples))
]


class Text:
    """The text of a loss: a call of the function, weighted by random numbers; variables are real leaves."""

    def __init__(self, function: Any, args: tuple, kwargs: dict, cast: Any = lambda x: x):
        self.cast = cast
        self.rng = np.random.default_rng(2)
        rule = REGISTRY.rules[function]
        y = function(*args, **kwargs)
        _, bars = adjoints(function, random_like(y, self.rng), y, args, kwargs)
        self.names: dict[str, Any] = {"np": np, "f": function}
        self.variables: dict[str, Any] = {}
        given: list[str] = []
        parameters = list(inspect.signature(rule.vjp).parameters.values())[2:]
        for i, (parameter, arg) in enumerate(zip(parameters, args, strict=False)):
            if parameter.kind is parameter.VAR_POSITIONAL:
                bar = bars.pop(0)
                given += [self.leaf(each, bar) for each in args[i:]]
                break
            elif parameter.default is parameter.empty:
                given.append(self.leaf(arg, bars.pop(0)))
            else:
                given.append(self.constant(arg))
        given += [f"{name}={self.constant(value)}" for name, value in kwargs.items()]
        terms = " + ".join(self.weighted("y", y)) or "0.0"
        self.text = (
            f"def loss({', '.join(self.variables)}):\n    y = f({', '.join(given)})\n    return {terms}\n"
        )

    def constant(self, value: Any) -> str:
        name = f"c{len(self.names)}"
        self.names[name] = value
        return name

    def variable(self, value: Any) -> str:
        name = f"x{len(self.variables)}"
        self.variables[name] = value
        return name

    def leaf(self, x: Any, bar: Any) -> str:
        return self.constant(x) if bar is None else self.expression(x)

    def expression(self, x: Any) -> str:
        if isinstance(x, dict):
            return "{" + ", ".join(f"{key!r}: {self.expression(item)}" for key, item in x.items()) + "}"
        if isinstance(x, list):
            return "[" + ", ".join(map(self.expression, x)) + "]"
        if isinstance(x, tuple):
            return "(" + "".join(f"{self.expression(item)}, " for item in x) + ")"
        if not is_number(x):
            return self.constant(x)
        if np.iscomplexobj(x):
            return f"({self.variable(np.real(x))} + 1j * {self.variable(np.imag(x))})"
        return self.variable(x)

    def weighted(self, name: str, y: Any) -> list[str]:
        if isinstance(y, (list, tuple)):
            return [term for i, item in enumerate(y) for term in self.weighted(f"{name}[{i}]", item)]
        if isinstance(y, dict):
            return [term for key, item in y.items() for term in self.weighted(f"{name}[{key!r}]", item)]
        if not is_number(y):
            return []
        weight = self.constant(self.cast(random_like(y, self.rng)))
        total = f"np.sum({name} * {weight})"
        return [f"np.real({total})" if np.iscomplexobj(y) else total]

    def function(self) -> Any:
        filename = f"<loss {next(NUMBERS)}>"
        linecache.cache[filename] = (len(self.text), None, self.text.splitlines(True), filename)
        exec(compile(self.text, filename, "exec"), self.names)
        return self.names["loss"]


def slope(f: Any, point: tuple, direction: tuple, step: float) -> Any:
    """Return a central difference, extrapolated once (L. F. Richardson)."""

    def difference(h: float) -> Any:
        ends = [f(*(x + sign * h * d for x, d in zip(point, direction, strict=True))) for sign in (1, -1)]
        return tree_map(lambda a, b: (a - b) / (2 * h), *ends)

    return tree_map(lambda fine, coarse: (4 * fine - coarse) / 3, difference(step), difference(2 * step))


def check_to_second_order(function: Any, args: tuple, kwargs: dict) -> None:
    """Check a call's gradient, its tangent, and the tangent of the gradient, along random directions."""
    text = Text(function, args, kwargs)
    point = tuple(text.variables.values())
    if not point:
        return
    loss, every = text.function(), tuple(range(len(point)))
    u, v = (tuple(random_like(x, text.rng) for x in point) for _ in range(2))
    first = slope(loss, point, u, STEP)
    gradient = grad(loss, every)
    assert contract(gradient(*point), u) == pytest.approx(first, rel=1e-6, abs=1e-7)
    assert jvp(loss, point, u)[1] == pytest.approx(first, rel=1e-6, abs=1e-7)
    numeric = contract(slope(gradient, point, u, STEP), v)
    assert contract(jvp(gradient, point, u)[1], v) == pytest.approx(numeric, rel=1e-5, abs=1e-6)


def check_to_third_order(function: Any, args: tuple, kwargs: dict) -> None:
    """Check the tangent of the tangent of a call's gradient, along random directions."""
    text = Text(function, args, kwargs)
    point = tuple(text.variables.values())
    if not point:
        return
    gradient = grad(text.function(), tuple(range(len(point))))
    u, v, w = (tuple(random_like(x, text.rng) for x in point) for _ in range(3))

    def second(*point: Any) -> Any:
        return jvp(gradient, point, u)[1]

    numeric = contract(slope(second, point, w, STEP / 10), v)
    found = contract(jvp(second, point, w)[1], v)
    assert found == pytest.approx(numeric, rel=1e-4, abs=1e-5 * max(1.0, abs(numeric)))


@pytest.mark.parametrize("function, args, kwargs", CASES)
def test_rule_to_second_order(function, args, kwargs):
    check_to_second_order(function, args, kwargs)


@pytest.mark.parametrize("function, args, kwargs", [case for case in CASES if case.id.endswith("-0")])
def test_rule_to_third_order(function, args, kwargs):
    check_to_third_order(function, args, kwargs)
