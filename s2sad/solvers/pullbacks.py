"""The adjoints of some arguments of a function, for the rules of solvers."""

from __future__ import annotations

from typing import Any

from s2sad.derivative import derivative_of
from s2sad.frontend.library import handles
from s2sad.frontend.values import TupleValue, Value
from s2sad.ir.core import Lit
from s2sad.nested import forward_sweep
from s2sad.operators import vjp
from s2sad.solvers.operands import is_wanted


def pulled(g, function, x, args):
    """Return the adjoints of `args`, given the adjoint `g` of ``function(x, *args)``.

    >>> pulled(2.0, lambda x, a, b: x * a * b, 3.0, (4.0, 5.0))
    (30.0, 24.0)
    """
    return vjp(lambda *values: function(x, *values), *args)[1](g)


@handles(pulled)
def _pulled(b: Any, args: list[Value], kwargs: dict[str, Value]) -> Value:
    g, function, x, rest = args
    wanted = [i for i, value in enumerate(rest.items) if is_wanted(value)]
    values = [b.atom(value) for value in (x, *rest.items)]
    derivative = derivative_of(function.value, tuple(i + 1 for i in wanted), "vjp")
    _, pullback = forward_sweep(b, derivative, values, {})
    adjoints = b.unpack_all(b.inlined(pullback.function.value, [*pullback.args, g], lean=False), None)
    found = dict(zip(wanted, adjoints, strict=True))
    return TupleValue(tuple(found.get(i, Lit(None)) for i in range(len(rest.items))))
