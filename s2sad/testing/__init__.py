"""Numerical differentiation as a tool for everyone: `check_grads`, `numerical_grad`, `numerical_jacobian`.

Derivatives are compared along random directions, so that a check costs a few evaluations of the function,
however many numbers the arguments hold; only where a check fails are single entries looked at, to name one.
Each number comes from central differences with a falling step, extrapolated to step zero (L. F. Richardson,
1911), which also gives an estimate of its own error (C. J. F. Ridders, "Accurate computation of F'(x)",
Advances in Engineering Software, 1982).

For complex arguments the gradient is ``df/dx - 1j * df/dy``: f changes by ``Re(sum(gradient * dz))``.

report      the error that names the wrong entry, with the study of steps
moves       arguments moved along a direction, results as lists of numbers, difference quotients
numerical   `numerical_grad` and `numerical_jacobian`, by three methods
programs    the texts of the functions whose derivatives are those of higher order
check       `check_grads`
"""

from s2sad.testing.check import check_grads
from s2sad.testing.numerical import numerical_grad, numerical_jacobian
from s2sad.testing.report import GradientMismatch

__all__ = ["GradientMismatch", "check_grads", "numerical_grad", "numerical_jacobian"]
