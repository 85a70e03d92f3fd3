"""The functions of `scipy.sparse.linalg` that are linear in a vector, or in the columns of a dense matrix.

The sparse matrix is a constant here; see `scipy_sparse` for matrices whose entries are differentiated. The adjoint of
a solution is the solution of the transposed system. For an iterative solver that is as accurate as asked for:

>>> A = scipy.sparse.csr_array(np.array([[4.0, 1.0], [1.0, 3.0]]))
>>> b = np.array([1.0, 2.0])
>>> cg((b, None), (b, 0), A, b, rtol=1e-12)[1].round(6)
array([0.090909, 0.636364])
"""

from __future__ import annotations

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
from scipy.sparse.linalg import SuperLU

from s2sad.analysis import transfer_sparse as rows
from s2sad.analysis.kinds import MATRICES
from s2sad.analysis.transfer_scipy import fresh
from s2sad.frontend.library import Library, handles
from s2sad.frontend.matrices import call_as_it_stands
from s2sad.frontend.names import add_module, ref_to
from s2sad.frontend.values import BoundValue, Value
from s2sad.ir.core import Ref
from s2sad.rules.declare import REGISTRY, adjoint, known, tangent, unknown
from s2sad.rules.scipy_sparse import is_sparse, sparse_solve

add_module("scipy", scipy)
add_module("scipy.sparse.linalg", scipy.sparse.linalg)

MATRICES[scipy.sparse.linalg.LinearOperator] = "operator"

fresh(rows.solution, scipy.sparse.linalg.spsolve)
fresh(rows.triangular_solution, scipy.sparse.linalg.spsolve_triangular)
fresh(rows.factored_solution, SuperLU.solve)
fresh(rows.solution_and_info, *(getattr(scipy.sparse.linalg, name) for name in ("cg", "bicgstab", "gmres")))
fresh(rows.propagated, scipy.sparse.linalg.expm_multiply)
fresh(rows.operator_of, scipy.sparse.linalg.aslinearoperator)
fresh(rows.operator, scipy.sparse.linalg.LinearOperator)
fresh(rows.factors(SuperLU), scipy.sparse.linalg.splu, scipy.sparse.linalg.spilu)

# ---- direct solvers -------------------------------------------------------------------------------------


def like_right_side(x, y, b):
    """Return `x` in the shape of `b`: a right-hand side of one column has a solution without columns."""
    if known(np.ndim(y)) and known(np.ndim(b)) and np.ndim(y) == np.ndim(b):
        return x
    return np.reshape(x, np.shape(b))


@adjoint(scipy.sparse.linalg.spsolve)
def spsolve(g, y, A, b, permc_spec=None, use_umfpack=True):
    return unknown, like_right_side(scipy.sparse.linalg.spsolve(A.T, g), y, b)


@tangent(scipy.sparse.linalg.spsolve)
def spsolve_tangent(dots, y, A, b, permc_spec=None, use_umfpack=True):
    return unknown if dots[0] is not None else scipy.sparse.linalg.spsolve(A, dots[1])


@handles(scipy.sparse.linalg.spsolve)
def _spsolve(b: Library, args: list[Value], kwargs: dict) -> Value:
    """A matrix of differentiated entries is solved with by a function of its own."""
    if args and is_sparse(args[0]):
        places = [b.attribute(args[0], part) for part in ("entries", "rows", "cols", "shape")]
        right = args[1] if len(args) > 1 else kwargs["b"]
        return b.library_call(ref_to(sparse_solve), [*places, right], {})
    return b.library_call(ref_to(scipy.sparse.linalg.spsolve), args, kwargs)


@adjoint(scipy.sparse.linalg.spsolve_triangular)
def spsolve_triangular(g, y, A, b, lower=True, overwrite_A=False, overwrite_b=False, unit_diagonal=False):
    if overwrite_A or overwrite_b:
        raise ValueError("scipy.sparse.linalg.spsolve_triangular: has a derivative without overwriting only")
    if unit_diagonal:
        return unknown, scipy.sparse.linalg.spsolve_triangular(A.T, g, lower=not lower, unit_diagonal=True)
    return unknown, scipy.sparse.linalg.spsolve_triangular(A.T, g, lower=not lower)


@tangent(scipy.sparse.linalg.spsolve_triangular)
def spsolve_triangular_tangent(
    dots, y, A, b, lower=True, overwrite_A=False, overwrite_b=False, unit_diagonal=False
):
    if dots[0] is not None:
        return unknown
    if overwrite_A or overwrite_b:
        raise ValueError("scipy.sparse.linalg.spsolve_triangular: has a derivative without overwriting only")
    if unit_diagonal:
        return scipy.sparse.linalg.spsolve_triangular(A, dots[1], lower, unit_diagonal=True)
    return scipy.sparse.linalg.spsolve_triangular(A, dots[1], lower)


@adjoint(SuperLU.solve)
def factored_solve(g, y, lu, rhs, trans="N"):
    if trans == "H":
        return unknown, np.conj(lu.solve(np.conj(g)))
    return unknown, lu.solve(g) if trans == "T" else lu.solve(g, "T")


@tangent(SuperLU.solve)
def factored_solve_tangent(dots, y, lu, rhs, trans="N"):
    return lu.solve(dots[1]) if trans == "N" else lu.solve(dots[1], trans)


@handles(scipy.sparse.linalg.factorized)
def _factorized(b: Library, args: list[Value], kwargs: dict) -> Value:
    factors = b.call_object(ref_to(scipy.sparse.linalg.splu), args, kwargs)
    return BoundValue(Ref("solve", SuperLU.solve), (factors,))


# ---- iterative solvers ----------------------------------------------------------------------------------


def solution(solve, A, b, rtol, atol, restart, maxiter, M):
    """Return a solution by a solver and the options that are given for it."""
    if restart is not None:
        return solve(A, b, rtol=rtol, atol=atol, restart=restart, maxiter=maxiter, M=M)[0]
    if maxiter is None and M is None:
        return solve(A, b, rtol=rtol, atol=atol)[0]
    return solve(A, b, rtol=rtol, atol=atol, maxiter=maxiter, M=M)[0]


def transposed(solve):
    """Declare the adjoint of a solver; only `gmres` has the options of a restart."""

    @adjoint(solve)
    def solved_transposed(g, y, A, b, x0=None, *, rtol=1e-05, atol=0.0, restart=None, maxiter=None, M=None,
                          callback=None, callback_type=None):  # fmt: skip
        M = None if M is None else M.T
        b_bar = solution(solve, A.T, g[0], rtol, atol, restart, maxiter, M)
        return unknown, like_right_side(b_bar, y[0], b)


def repeated(solve):
    """Declare the tangent of a solver."""

    @tangent(solve)
    def solved_again(dots, y, A, b, x0=None, *, rtol=1e-05, atol=0.0, restart=None, maxiter=None, M=None,
                     callback=None, callback_type=None):  # fmt: skip
        if dots[0] is not None:
            return unknown
        return solution(solve, A, dots[1], rtol, atol, restart, maxiter, M), None


for each in (scipy.sparse.linalg.bicgstab, scipy.sparse.linalg.gmres):
    transposed(each)
    repeated(each)
repeated(scipy.sparse.linalg.cg)


@adjoint(scipy.sparse.linalg.cg)
def cg(g, y, A, b, x0=None, *, rtol=1e-05, atol=0.0, maxiter=None, M=None, callback=None):
    """The matrix is its own conjugate transpose, and so is the preconditioner."""
    if np.iscomplexobj(g[0]):
        b_bar = np.conj(solution(scipy.sparse.linalg.cg, A, np.conj(g[0]), rtol, atol, None, maxiter, M))
    else:
        b_bar = solution(scipy.sparse.linalg.cg, A, g[0], rtol, atol, None, maxiter, M)
    return unknown, like_right_side(b_bar, y[0], b)


# ---- the exponential ------------------------------------------------------------------------------------


@adjoint(scipy.sparse.linalg.expm_multiply)
def expm_multiply(g, y, A, B, start=None, stop=None, num=None, endpoint=None, traceA=None):
    if not (start is None and stop is None and num is None and endpoint is None):
        raise ValueError("scipy.sparse.linalg.expm_multiply: has a derivative for one point of time only")
    if traceA is None:
        return unknown, scipy.sparse.linalg.expm_multiply(A.T, g)
    return unknown, scipy.sparse.linalg.expm_multiply(A.T, g, traceA=traceA)


@tangent(scipy.sparse.linalg.expm_multiply)
def expm_multiply_tangent(dots, y, A, B, start=None, stop=None, num=None, endpoint=None, traceA=None):
    if dots[0] is not None:
        return unknown
    if start is None and stop is None and num is None and endpoint is None and traceA is None:
        return scipy.sparse.linalg.expm_multiply(A, dots[1])
    return scipy.sparse.linalg.expm_multiply(A, dots[1], start, stop, num, endpoint, traceA)


# ---- everything else ------------------------------------------------------------------------------------

for name in scipy.sparse.linalg.__all__:
    function = getattr(scipy.sparse.linalg, name)
    if callable(function) and REGISTRY.rule(function) is None:
        call_as_it_stands(function)
