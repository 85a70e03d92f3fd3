"""Minima: a minimum is a root of the gradient, and the least value changes as the objective does there.

>>> minimum_adjoint(1.0, 0.0, 0.0, lambda x, a: (x - a) ** 2 + a, 3.0, 3.0)
(None, None, None, (1.0,))
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.optimize

from s2sad.analysis import kinds as k
from s2sad.analysis.transfer_base import transfer
from s2sad.analysis.transfer_views import VIEWS
from s2sad.elementwise import derivative
from s2sad.frontend.values import Value
from s2sad.ir.core import Atom, Ref
from s2sad.operators import grad, jvp
from s2sad.rules.declare import adjoint, tangent
from s2sad.solvers.calls import Call, refuse_solver, start_kind
from s2sad.solvers.pullbacks import pulled
from s2sad.solvers.scipy_roots import (
    NUMBER,
    as_array,
    attribute,
    root,
    solution,
    solves,
    system_root,
    vector,
)


def minimum(value, objective, x, *args):
    """Return the least value of ``objective(x, *args)``, taken at `x`."""
    return value


minimum.__s2sad_hook__ = True  # type: ignore[attr-defined]
VIEWS[minimum] = "fresh"


@transfer(minimum)
def minimum_kind(value, *others):
    return value


@adjoint(minimum)
def minimum_adjoint(g, y, value, objective, x, *args):
    return None, None, None, pulled(g, objective, x, args)


@tangent(minimum)
def minimum_tangent(dots, y, value, objective, x, *args):
    return jvp(objective, (x, *args), (None, *dots[3]))[1]


# ---- solvers -----------------------------------------------------------------------------------------------


@solves(scipy.optimize.minimize, {"fun": "objective", "jac": "gradient", "hess": "hessian"})
def _minimize(call: Call) -> Value:
    call.refuse_options("bounds", "constraints")
    several = call.option_if_known("jac") is True
    kind = vector(start_kind(call))
    out = call.run(kind)
    objective = call.function
    if several:
        objective = call.rewritten("objective", "return function({call})[0]", {})
    return optimum(call, out, kind, objective, call.derived("gradient", grad, objective), "fun")


@solves(scipy.optimize.minimize_scalar, {"fun": "objective"})
def _minimize_scalar(call: Call) -> Value:
    call.refuse_options("bounds")
    out = call.run(NUMBER)
    return optimum(call, out, NUMBER, call.function, call.derived("slope", derivative, call.function), "fun")


@solves(scipy.optimize.least_squares, {"fun": "residuals", "jac": "jacobian"})
def _least_squares(call: Call) -> Value:
    call.refuse_options("bounds", "kwargs", "loss")
    kind = vector(start_kind(call))
    out = call.run(kind)
    residuals = as_array(call, "function({call})", kind)
    objective = call.rewritten(
        "objective", "return 0.5 * np.sum(residuals({call}) ** 2)", {"np": np, "residuals": residuals}
    )
    return optimum(call, out, kind, objective, call.derived("gradient", grad, objective), "cost")


def optimum(
    call: Call, out: Atom, kind: k.Kind, objective: Callable, gradient: Callable, least: str
) -> Value:
    """Return the result of a minimization: the minimum and the least value depend on the arguments."""
    x = call.through(
        root if isinstance(kind, k.Scalar) else system_root, attribute(call, out, "x", kind), gradient
    )
    value = attribute(call, out, least, NUMBER)
    if call.varies:
        ref = Ref(objective.__name__, objective)
        value = call.b.emit(Ref(call.text, minimum), (value, ref, x, *call.args), kind=value.kind)
    return solution(call, out, **{"x": x, least: value})


for _names, _instead in (
    ("fmin fmin_powell fmin_cg fmin_bfgs fmin_ncg fmin_l_bfgs_b fmin_tnc fmin_cobyla fmin_slsqp", "minimize"),
    ("brent golden fminbound", "minimize_scalar"),
    ("leastsq curve_fit", "least_squares"),
    ("broyden1 broyden2 newton_krylov anderson linearmixing diagbroyden excitingmixing", "root"),
):
    for _name in _names.split():
        refuse_solver(getattr(scipy.optimize, _name), f"call `scipy.optimize.{_instead}`")
for _name in "basinhopping brute differential_evolution direct dual_annealing shgo".split():
    refuse_solver(
        getattr(scipy.optimize, _name),
        "find the minimum outside, and call `scipy.optimize.minimize` from there",
    )
