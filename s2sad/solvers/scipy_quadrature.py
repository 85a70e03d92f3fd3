"""Integrals: Leibniz's rule.

The derivative of an integral is the integral of the derivative of the integrand, and the integrand itself at the
limits.

>>> integral_parts(1.0, lambda t, k: np.exp(-k * t), (0.0, np.inf, 2.0))[2].round(8)
np.float64(-0.25)
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import scipy.integrate

from s2sad.analysis import kinds as k
from s2sad.analysis.transfer_base import transfer
from s2sad.analysis.transfer_views import VIEWS
from s2sad.frontend import stand_ins
from s2sad.frontend.iterator_functions import written_out
from s2sad.frontend.library import handles
from s2sad.frontend.names import add_module, ref_to
from s2sad.frontend.values import TupleValue, Value
from s2sad.ir.core import Atom, HelperRef, Lit, Ref
from s2sad.operators import grad, jvp, vjp
from s2sad.rules.declare import adjoint, nondifferentiable, tangent
from s2sad.solvers.calls import Call, refuse_solver
from s2sad.solvers.operands import composed, given_args, is_wanted, parameters, reference, unused

add_module("scipy.integrate", scipy.integrate)

OPTIONS = ("epsabs", "epsrel", "limit", "points")


def integral(value, integrand, epsabs, epsrel, limit, points, *rest):
    """Return the value of an integral: `rest` are the limits and what the integrand depends on."""
    return value


integral.__s2sad_hook__ = True  # type: ignore[attr-defined]
nondifferentiable(scipy.integrate.quad, scipy.integrate.quad_vec)
VIEWS.update(dict.fromkeys((scipy.integrate.quad, scipy.integrate.quad_vec, integral), "fresh"))


@transfer(scipy.integrate.quad, scipy.integrate.quad_vec)
def quadrature_kind(integrand, a, b, **options):
    return k.UNKNOWN if "full_output" in options else k.Tuple((k.UNKNOWN, k.FLOAT))


@transfer(integral)
def integral_kind(value, *others):
    return value


@adjoint(integral)
def integral_adjoint(g, y, value, integrand, epsabs, epsrel, limit, points, *rest):
    return (
        *(None, None, None, None, None, None),
        integral_parts(g, integrand, rest, epsabs=epsabs, epsrel=epsrel, limit=limit, points=points),
    )


@tangent(integral)
def integral_tangent(dots, y, value, integrand, epsabs, epsrel, limit, points, *rest):
    return integral_along(
        y, integrand, rest, dots[6], epsabs=epsabs, epsrel=epsrel, limit=limit, points=points
    )


def integral_parts(g, integrand, rest, **options):
    """Return the adjoints of the limits of an integral and of what the integrand depends on."""
    a, b, *args = rest
    inner = [
        scipy.integrate.quad_vec(grad(integrand, i + 1), a, b, args=(*args,), **options)[0]
        for i in range(len(args))
    ]
    return -g * integrand(a, *args), g * integrand(b, *args), *(g * each for each in inner)


def integral_along(y, integrand, rest, dots, **options):
    """Return the tangent of an integral, given those of its limits and of what the integrand depends on."""
    a, b, *args = rest
    a_dot, b_dot, *args_dot = dots
    at_limits = b_dot * integrand(b, *args) - a_dot * integrand(a, *args)
    inner = scipy.integrate.quad_vec(
        lambda t: jvp(integrand, (t, *args), (None, *args_dot))[1], a, b, **options
    )[0]
    return inner + at_limits


# ---- how the rules are lowered -----------------------------------------------------------------------------


@handles(integral_parts)
def _parts(b: Any, args: list[Value], options: dict[str, Value]) -> Value:
    g, integrand, rest = b.atom(args[0]), args[1], args[2].items
    values = [b.atom(value) for value in rest]
    found: list[Value] = [Lit(None)] * len(values)
    for i, value in enumerate(rest):
        if not is_wanted(value):
            continue
        if i < 2:
            at_limit = b.atom(
                b.binary(operator.mul, g, b.call_value(integrand, [values[i], *values[2:]], {}))
            )
            part = at_limit if isinstance(g.kind, k.Scalar) else b.call(np.sum, at_limit)
            found[i] = b.call(operator.neg, part) if i == 0 else part
        else:
            found[i] = part_in(b, g, integrand.value, values, i, options)
    return TupleValue(tuple(found))


def part_in(
    b: Any, g: Atom, integrand: Callable, values: list[Atom], i: int, options: dict[str, Value]
) -> Atom:
    """Return the adjoint of one of the values that an integrand depends on."""
    names = parameters(integrand, len(values) - 1)
    name, kind = names[i - 1], values[i].kind
    if not isinstance(kind, (k.Scalar, k.Array, k.Unknown)):
        raise b.refuse(
            f"the gradient of an integral in `{name}`, which is no number or array, is not known",
            "give the integrand the numbers and arrays that it reads",
        )
    call = ", ".join(names)
    if isinstance(g.kind, k.Scalar):
        text = f"return grad(function, {i - 1})({call})"
        part = composed(f"{integrand.__name__}_{name}", names, text, {"grad": grad, "function": integrand})
        vector = not isinstance(kind, k.Scalar)
        return b.call(operator.mul, g, integrated(b, part, values, kind, vector, options))
    cotangent = unused("y_bar", set(names))
    text = f"return vjp(lambda {name}: function({call}), {name})[1]({cotangent})[0]"
    objects = {"vjp": vjp, "function": integrand}
    part = composed(f"{integrand.__name__}_{name}", [*names, cotangent], text, objects)
    return integrated(b, part, [*values, g], kind, True, options)


@handles(integral_along)
def _along(b: Any, args: list[Value], options: dict[str, Value]) -> Value:
    y, integrand, rest, dots = b.atom(args[0]), args[1], args[2].items, args[3].items
    values = [b.atom(value) for value in rest]
    terms: list[Atom] = []
    if any(dot != Lit(None) for dot in dots[2:]):
        terms.append(integral_of_tangent(b, y.kind, integrand.value, values, dots[2:], options))
    for i, dot in ((1, dots[1]), (0, dots[0])):
        if dot != Lit(None):
            at_limit = b.call_value(integrand, [values[i], *values[2:]], {})
            term = b.atom(b.binary(operator.mul, dot, at_limit))
            terms.append(b.call(operator.neg, term) if i == 0 else term)
    return functools.reduce(lambda x, y: b.call(operator.add, x, y), terms) if terms else Lit(None)


def integral_of_tangent(
    b: Any,
    kind: k.Kind,
    integrand: Callable,
    values: list[Atom],
    dots: Sequence[Value],
    options: dict[str, Value],
) -> Atom:
    """Integrate the tangent of an integrand; `kind` is that of the integral, `values` are the limits and the rest."""
    names = parameters(integrand, len(values) - 1)
    named = {name: b.atom(dot) for name, dot in zip(names[1:], dots, strict=True) if dot != Lit(None)}
    tangents = {name: unused(f"{name}_dot", set(names)) for name in named}
    given = ", ".join(tangents.get(name, "None") for name in names)
    text = f"return jvp(function, ({', '.join(names)}), ({given}))[1]"
    objects = {"jvp": jvp, "function": integrand}
    along = composed(f"{integrand.__name__}_dot", [*names, *tangents.values()], text, objects)
    return integrated(b, along, [*values, *named.values()], kind, not isinstance(kind, k.Scalar), options)


def integrated(
    b: Any, function: Callable, values: list[Atom], kind: k.Kind, vector: bool, options: dict[str, Value]
) -> Atom:
    """Integrate a function: `values` are the limits and its further arguments."""
    solver = scipy.integrate.quad_vec if vector else scipy.integrate.quad
    out = solved(b, solver, function, values, {name: b.atom(value) for name, value in options.items()}, kind)
    return b.call(operator.getitem, out, Lit(0))


def solved(
    b: Any,
    solver: Callable,
    function: Callable,
    values: list[Atom],
    options: Mapping[str, Atom],
    kind: k.Kind | None = None,
) -> Atom:
    """Build the call of a solver; `kind` is that of the integral, if it is known without the integrand."""
    a, z, *args = values
    point = k.FLOAT if solver is scipy.integrate.quad else k.Scalar("f8", None)
    ref = reference(b, function, [point, *(arg.kind for arg in args)])
    if kind is None:
        kind = ref.helper.function.result.kind if isinstance(ref, HelperRef) else k.UNKNOWN
    kind = k.FLOAT if solver is scipy.integrate.quad else kind
    named = [("args", b.atom(TupleValue(tuple(args))))] if args else []
    named += [(name, atom) for name, atom in options.items() if atom != Lit(None)]
    return b.emit(ref_to(solver), (ref, a, z), named, kind=k.Tuple((kind, k.FLOAT)))


# ---- the solvers -------------------------------------------------------------------------------------------


def quadrature(solver: Callable) -> Callable:
    names = tuple(inspect.signature(solver).parameters)

    def handler(b: Any, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Integrate, and let the result depend on the limits and on what the integrand depends on."""
        call = Call(b, solver, {names[0]: "integrand"}, args, kwargs)
        if call.is_known:
            return b.opaque_call(ref_to(solver), args, kwargs)
        call.lift(flat=True)
        limits = [b.atom(call.given.pop(name)) for name in names[1:3]]
        options = {name: b.atom(value) for name, value in call.given.items() if name != names[0]}
        values = [*limits, *call.args]
        out = solved(b, solver, call.function, values, options)
        if not any(map(b.is_varied, values)):
            return out
        unknown = next((name for name in options if name not in OPTIONS), None)
        if unknown is not None:
            raise b.refuse(
                f"`{call.text}` with `{unknown}` cannot be differentiated", f"call it without `{unknown}`"
            )
        value = b.call(operator.getitem, out, Lit(0))
        known = [options.get(name, Lit(None)) for name in OPTIONS]
        ref = Ref(call.function.__name__, call.function)
        result = b.emit(Ref(call.text, integral), (value, ref, *known, *values), kind=value.kind)
        return TupleValue((result, b.call(operator.getitem, out, Lit(1))))

    return handler


for _solver in (scipy.integrate.quad, scipy.integrate.quad_vec):
    handles(_solver)(quadrature(_solver))


@handles(scipy.integrate.dblquad)
def _dblquad(b: Any, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Integrate over an area, as an integral of integrals."""
    call = Call(
        b, scipy.integrate.dblquad, {"func": "integrand", "gfun": "low", "hfun": "high"}, args, kwargs
    )
    if call.is_known:
        return b.opaque_call(ref_to(scipy.integrate.dblquad), args, kwargs)
    given = {"args": TupleValue(()), "epsabs": Lit(1.49e-8), "epsrel": Lit(1.49e-8), **call.given}
    given["args"] = TupleValue(tuple(given_args(b, given["args"], call.text)))
    return written_out(
        b, stand_ins.double_integral, [ref_to(scipy.integrate.quad), *(given[name] for name in call.names)]
    )


@handles(scipy.integrate.fixed_quad)
def _fixed_quad(b: Any, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Write the sum out."""
    call = Call(b, scipy.integrate.fixed_quad, {"func": "integrand"}, args, kwargs)
    if call.is_known:
        return b.opaque_call(ref_to(scipy.integrate.fixed_quad), args, kwargs)
    passed = TupleValue(tuple(given_args(b, call.given.get("args", TupleValue(())), call.text)))
    given = {**call.given, "args": passed, "n": call.given.get("n", Lit(5))}
    return written_out(b, stand_ins.gauss_integral, [given[name] for name in call.names])


for _function, _instead in (
    (scipy.integrate.tplquad, "nest calls of `quad`"),
    (scipy.integrate.nquad, "nest calls of `quad`"),
    (scipy.integrate.solve_ivp, "write the steps in NumPy"),
    (scipy.integrate.odeint, "write the steps in NumPy"),
    (
        scipy.integrate.solve_bvp,
        "write the equations of the discrete problem, and call `scipy.optimize.root`",
    ),
):
    refuse_solver(_function, _instead)
