"""Solutions of equations: the implicit function theorem.

While `residual(x, *args)` stays 0, `d residual/dx dx = -d residual/d(args) d(args)`. What the solver starts from has no
influence on `x`, and no derivative.

>>> root_adjoint(1.0, 3.0, 3.0, lambda x, a: x * x - a, 9.0)
(None, None, (0.16666666666666666,))
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize

from s2sad.analysis import kinds as k
from s2sad.analysis.transfer_base import transfer
from s2sad.analysis.transfer_views import VIEWS
from s2sad.elementwise import derivative, elementwise_grad
from s2sad.frontend.library import handles
from s2sad.frontend.names import add_module, ref_to
from s2sad.frontend.values import Identity, ObjectValue, TupleValue, Value
from s2sad.ir.core import Atom, Lit, Ref
from s2sad.jacobians import jacobian
from s2sad.operators import jvp
from s2sad.rules.declare import adjoint, nondifferentiable, tangent
from s2sad.solvers.calls import Call, start_kind
from s2sad.solvers.pullbacks import pulled

add_module("scipy", scipy)
add_module("scipy.optimize", scipy.optimize)


NUMBER = k.Scalar("f8", None)


def root(x, residual, *args):
    """Return the number `x`, a solution of ``residual(x, *args) == 0``."""
    return x


def roots(x, residual, *args):
    """Return the array `x`, whose elements are solutions of equations of their own."""
    return x


def system_root(x, residual, *args):
    """Return the array `x`, a solution of a system of equations."""
    return x


for _identity in (root, roots, system_root):
    _identity.__s2sad_hook__ = True
    VIEWS[_identity] = "fresh"  # nobody else reads what it is given


@transfer(root, roots, system_root)
def root_kind(x, *others):
    return x


@adjoint(root)
def root_adjoint(g, y, x, residual, *args):
    slope = derivative(residual)(y, *args)
    return None, None, pulled(-g / slope, residual, y, args)


@tangent(root)
def root_tangent(dots, y, x, residual, *args):
    slope = derivative(residual)(y, *args)
    return -jvp(residual, (y, *args), (None, *dots[2]))[1] / slope


@adjoint(roots)
def roots_adjoint(g, y, x, residual, *args):
    slopes = elementwise_grad(residual)(y, *args)
    return None, None, pulled(-g / slopes, residual, y, args)


@tangent(roots)
def roots_tangent(dots, y, x, residual, *args):
    slopes = elementwise_grad(residual)(y, *args)
    return -jvp(residual, (y, *args), (None, *dots[2]))[1] / slopes


@adjoint(system_root)
def system_root_adjoint(g, y, x, residual, *args):
    slopes = jacobian(residual)(y, *args)
    return None, None, pulled(-np.linalg.solve(slopes.T, g), residual, y, args)


@tangent(system_root)
def system_root_tangent(dots, y, x, residual, *args):
    slopes = jacobian(residual)(y, *args)
    return -np.linalg.solve(slopes, jvp(residual, (y, *args), (None, *dots[2]))[1])


# ---- solvers -----------------------------------------------------------------------------------------------

FUNCTIONS = {"f": "residual", "func": "residual", "fun": "residual"}
BRACKETING = (
    scipy.optimize.brentq,
    scipy.optimize.brenth,
    scipy.optimize.bisect,
    scipy.optimize.ridder,
    scipy.optimize.toms748,
)


CONSTANTS = (
    *("success", "status", "message", "nit", "nfev", "njev", "nhev"),
    *("iterations", "function_calls", "converged", "flag"),
)


class OptimizeResult:
    """What a solver returns, in a program that is differentiated: no object of this class is ever made."""

    def __getitem__(self, name):
        return getattr(self, name)


def solves(solver: Callable, roles: dict[str, str]) -> Callable:
    """Register how a solver is lowered: a function of a `Call` in which something varies or is local."""

    def register(lower: Callable[[Call], Value]) -> Callable[[Call], Value]:
        def handler(b: Any, args: list[Value], kwargs: dict[str, Value]) -> Value:
            call = Call(b, solver, roles, args, kwargs)
            if call.is_known:
                return b.opaque_call(ref_to(solver), args, kwargs)
            return lower(call)

        handles(solver)(handler)
        nondifferentiable(solver)
        VIEWS[solver] = "fresh"
        return lower

    return register


def with_first(call: Call, out: Atom, value: Atom, count: int) -> Value:
    """Return a tuple that a solver returns, its first item put in."""
    rest = (call.b.call(operator.getitem, out, Lit(i)) for i in range(1, count))
    return TupleValue((value, *rest))


def first(call: Call, out: Atom, kind: k.Kind) -> Atom:
    return call.b.emit(ref_to(operator.getitem), (out, Lit(0)), kind=kind)


def bracketed(call: Call) -> Value:
    full = call.option("full_output", False)
    out = call.run(NUMBER, k.UNKNOWN if full else NUMBER)
    if not full:
        return call.through(root, out, call.function)
    return with_first(call, out, call.through(root, first(call, out, NUMBER), call.function), 2)


for _solver in BRACKETING:
    solves(_solver, {"f": "residual"})(bracketed)


@solves(scipy.optimize.newton, {"func": "residual", "fprime": "slope", "fprime2": "curvature"})
def _newton(call: Call) -> Value:
    full = call.option("full_output", False)
    kind = start_kind(call)
    out = call.run(kind, k.UNKNOWN if full else kind)
    identity = root if isinstance(kind, k.Scalar) else roots
    if not full:
        return call.through(identity, out, call.function)
    count = 2 if isinstance(kind, k.Scalar) else 3
    return with_first(call, out, call.through(identity, first(call, out, kind), call.function), count)


@solves(scipy.optimize.root_scalar, {"f": "residual", "fprime": "slope", "fprime2": "curvature"})
def _root_scalar(call: Call) -> Value:
    several = call.option_if_known("fprime") is True
    out = call.run(NUMBER)
    function = call.function
    if several:
        function = call.rewritten("residual", "return function({call})[0]", {})
    x = call.through(root, attribute(call, out, "root", NUMBER), function)
    return solution(call, out, root=x)


@solves(scipy.optimize.fixed_point, {"func": "update"})
def _fixed_point(call: Call) -> Value:
    kind = start_kind(call)
    kind = k.Array("f8", ()) if isinstance(kind, k.Scalar) else kind
    out = call.run(kind, kind)
    residual = call.rewritten("residual", "return function({call}) - {x}", {})
    return call.through(root if kind.shape == () else system_root, out, residual)


@solves(scipy.optimize.fsolve, {"func": "residual", "fprime": "jacobian"})
def _fsolve(call: Call) -> Value:
    full = call.option("full_output", False)
    kind = vector(start_kind(call))
    out = call.run(kind, k.UNKNOWN if full else kind)
    residual = as_array(call, "function({call})", kind)
    if not full:
        return call.through(system_root, out, residual)
    return with_first(call, out, call.through(system_root, first(call, out, kind), residual), 4)


@solves(scipy.optimize.root, {"fun": "residual", "jac": "jacobian"})
def _root(call: Call) -> Value:
    if call.option("method", "hybr") == "lm":
        raise call.b.refuse(
            "`scipy.optimize.root` by least squares cannot be differentiated", "use another `method`"
        )
    several = call.option_if_known("jac") is True
    kind = vector(start_kind(call))
    out = call.run(kind)
    residual = as_array(call, "function({call})[0]" if several else "function({call})", kind)
    x = call.through(system_root, attribute(call, out, "x", kind), residual)
    return solution(call, out, x=x, fun=attribute(call, out, "fun"))


def as_array(call: Call, text: str, point: k.Kind) -> Callable:
    """Return the function that is solved as one that returns an array, if it may return a list."""
    function = call.rewritten("residual", f"return {text}", {})
    kind = call.result_kind(function, point)
    if isinstance(kind, k.Array) and kind.shape is not None:
        return function
    name = "array" if isinstance(kind, (k.List, k.Tuple)) else "asarray"
    return call.rewritten("residual", f"return np.{name}({text})", {"np": np})


def vector(kind: k.Kind) -> k.Kind:
    return k.Array("f8", (1,)) if isinstance(kind, k.Scalar) else kind


def attribute(call: Call, out: Atom, name: str, kind: k.Kind = k.UNKNOWN) -> Atom:
    """Read what a solver's result object tells of the solution: a constant."""
    return call.b.emit(Ref("getattr", getattr), (out, Lit(name)), kind=kind, active=False)


def solution(call: Call, out: Atom, **values: Atom) -> Value:
    """Return what a solver returns: these values, and attributes that tell how it got there."""
    found = ObjectValue(OptimizeResult, Identity())
    for name in CONSTANTS:
        call.b.env[found.identity, name] = attribute(call, out, name)
    for name, value in values.items():
        call.b.env[found.identity, name] = value
    return found
