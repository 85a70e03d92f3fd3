"""The registry of derivative rules, and the decorators that fill it.

A rule is a plain Python function that one can run and test. Its parameters are the incoming derivative
`g`, the result `y`, then the parameters of the function itself, under the function's own names. It is
read by the same frontend as the user's program, so applying a rule is inlining it; a line whose result
nobody needs costs nothing. The operands without a default are the differentiable ones: a rule returns one
value for each of them, in order (None for one that has no derivative, such as an index).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

RuleFunction = Callable[..., Any]


@dataclass
class Rule:
    """What is known of the derivative of one function.

    Attributes
    ----------
    vjp : callable or None
        ``vjp(g, y, *operands, **parameters)`` returns the adjoints of the operands.
    jvp : callable or None
        ``jvp(y, operands, tangents, **parameters)`` style tangent rule; see `tangent`.
    elementwise : bool
        The Jacobian in each operand is diagonal up to broadcasting: `vjp` serves both modes and the engine
        sums over broadcast axes.
    linear : bool
        The function is linear in its operands: its tangent is the function itself.
    singular : bool
        The local derivative may be infinite or NaN; where a cotangent of 0 can meet it, the engine emits
        the masked form, in which a zero cotangent kills.
    differentiable : bool
        False for functions whose derivative is zero wherever it exists.
    """

    vjp: RuleFunction | None = None
    jvp: RuleFunction | None = None
    elementwise: bool = False
    linear: bool = False
    singular: bool = False
    differentiable: bool = True


@dataclass
class Registry:
    """All rules, keyed by the function object."""

    rules: dict[Any, Rule] = field(default_factory=dict)
    edition: object = field(default_factory=object)  # another one when a rule has been replaced

    def rule(self, function: Any) -> Rule | None:
        try:
            return self.rules.get(function)
        except TypeError:  # unhashable callables have no rules
            return None

    def declare(self, functions: tuple[Any, ...], **facts: Any) -> None:
        for function in functions:
            rule = self.rules.setdefault(function, Rule())
            if any(getattr(rule, name) is not None for name in ("vjp", "jvp") if name in facts):
                self.edition = object()
            for name, value in facts.items():
                setattr(rule, name, value)

    def current_edition(self) -> object:
        """Return what derivatives that were made before compare, which are made anew when a rule is replaced."""
        return self.edition


REGISTRY = Registry()


def elementwise(*functions: Any, singular: bool = False) -> Callable[[RuleFunction], RuleFunction]:
    """Declare the rule of elementwise functions: it is linear in `g` and serves both modes.

    The rule is written as for scalars of one shape; sums over broadcast axes are the engine's work.

    Parameters
    ----------
    *functions : callable
        The functions that the rule is for.
    singular : bool
        Whether the local derivative can be infinite or NaN where the function is defined, or near there.

    Examples
    --------
    >>> def cube(x):
    ...     return x * x * x
    >>> @elementwise(cube)
    ... def cube_rule(g, y, x):
    ...     return 3 * g * x * x
    >>> cube_rule(1.0, 8.0, 2.0)
    12.0
    """

    def declare(rule: RuleFunction) -> RuleFunction:
        REGISTRY.declare(functions, vjp=rule, elementwise=True, singular=singular)
        return rule

    return declare


def linear(*functions: Any) -> Callable[[RuleFunction], RuleFunction]:
    """Declare the adjoint of functions that are linear in their operands (jointly).

    Only the transpose is written; the tangent is the function itself applied to the tangents.
    """

    def declare(rule: RuleFunction) -> RuleFunction:
        REGISTRY.declare(functions, vjp=rule, linear=True)
        return rule

    return declare


def adjoint(*functions: Any, singular: bool = False) -> Callable[[RuleFunction], RuleFunction]:
    """Declare a reverse-mode rule, `rule(g, y, *operands)`, for functions that are not elementwise."""

    def declare(rule: RuleFunction) -> RuleFunction:
        REGISTRY.declare(functions, vjp=rule, singular=singular)
        return rule

    return declare


def tangent(*functions: Any) -> Callable[[RuleFunction], RuleFunction]:
    """Declare a forward-mode rule.

    The rule's parameters are a tuple of the operands' tangents (None for an operand that has none), the
    result, then the function's own parameters: ``rule(dots, y, *operands)``. It returns the result's tangent.
    """

    def declare(rule: RuleFunction) -> RuleFunction:
        REGISTRY.declare(functions, jvp=rule)
        return rule

    return declare


def nondifferentiable(*functions: Any) -> None:
    """Declare functions whose results carry no derivative: comparisons, `np.floor`, `np.argmax`, `len`."""
    REGISTRY.declare(functions, differentiable=False)


def known(value: Any) -> bool:
    """Tell whether a value is known when the derivative is generated; the frontend folds this test.

    A rule may choose a lean formula where, say, a rank is known, and a helper where it is not. Run as
    plain Python, everything is known.
    """
    return True


class unknown:
    """What a rule returns for an operand in which the derivative is not known: asking for it is an error.

    None, which a rule returns for an operand that holds no floats, stands for a derivative of zero.
    """
