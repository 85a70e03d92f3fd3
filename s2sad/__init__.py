"""s2sad: source-to-source automatic differentiation of Python and NumPy programs."""

from s2sad import rules
from s2sad.derivative import Derivative
from s2sad.errors import (
    AmbiguousAlias,
    ArgumentTypeError,
    NonScalarResult,
    S2sadError,
    SourceNotFound,
    UnknownDerivative,
    UnsupportedSyntax,
)
from s2sad.operators import grad, jvp, value_and_grad, vjp
from s2sad.pipeline import explain
from s2sad.testing import GradientMismatch, check_grads, numerical_grad

__version__ = "0.1.0"

__all__ = [
    "AmbiguousAlias",
    "ArgumentTypeError",
    "Derivative",
    "GradientMismatch",
    "NonScalarResult",
    "S2sadError",
    "SourceNotFound",
    "UnknownDerivative",
    "UnsupportedSyntax",
    "check_grads",
    "explain",
    "grad",
    "jvp",
    "numerical_grad",
    "rules",
    "value_and_grad",
    "vjp",
]
