"""Derivative rules: importing this package fills the registry from the tables, the easiest first."""

from s2sad.rules import (
    arithmetic,
    builtins,
    containers,
    elementary,
    factorizations,
    linalg,
    ordering,
    picking,
    reductions,
    shapes,
    signals,
    special,
    statistics,
)
from s2sad.rules.declare import (
    REGISTRY,
    Rule,
    adjoint,
    elementwise,
    known,
    linear,
    nondifferentiable,
    tangent,
)
from s2sad.rules.methods import ATTRIBUTES, METHODS

__all__ = [
    "ATTRIBUTES",
    "METHODS",
    "REGISTRY",
    "Rule",
    "adjoint",
    "arithmetic",
    "builtins",
    "containers",
    "elementary",
    "elementwise",
    "factorizations",
    "known",
    "linalg",
    "linear",
    "ordering",
    "picking",
    "nondifferentiable",
    "reductions",
    "shapes",
    "signals",
    "special",
    "statistics",
    "tangent",
]
