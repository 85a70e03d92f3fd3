"""s2sad: source-to-source automatic differentiation of Python and NumPy programs."""

from s2sad import nested, rules
from s2sad.derivative import Derivative
from s2sad.elementwise import derivative, elementwise_grad, stop_gradient
from s2sad.errors import (
    AmbiguousAlias,
    ArgumentTypeError,
    NonScalarResult,
    S2sadError,
    SourceNotFound,
    UnknownDerivative,
    UnsupportedSyntax,
)
from s2sad.hooks import adjoint_of
from s2sad.jacobians import hessian, jacfwd, jacobian, jacrev
from s2sad.makers import make_ggnvp, make_hvp, make_jvp, make_vjp
from s2sad.operators import grad, jvp, value_and_grad, vjp
from s2sad.pipeline import explain
from s2sad.products import ggnvp, hessian_vector_product, hvp, linearize
from s2sad.testing import GradientMismatch, check_grads, numerical_grad, numerical_jacobian
from s2sad.trees import ravel_pytree, tree_map

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
    "adjoint_of",
    "check_grads",
    "derivative",
    "elementwise_grad",
    "explain",
    "ggnvp",
    "grad",
    "hessian",
    "hessian_vector_product",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_vjp",
    "numerical_grad",
    "numerical_jacobian",
    "ravel_pytree",
    "rules",
    "stop_gradient",
    "tree_map",
    "value_and_grad",
    "vjp",
]
