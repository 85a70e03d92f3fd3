"""Statements of the user's at a place of the reverse sweep: ``with adjoint_of(x) as x_bar: ...``.

The frontend puts an identity function in place of the block, whose adjoint rule is the block; what is emitted has
the statements in the reverse sweep, and nothing in the forward sweep. As Tangent's ``insert_grad_of`` (B. van
Merriënboer, A. Wiltschko, D. Moldovan, "Tangent: Automatic differentiation using source-code transformation for
dynamically typed array programming", NeurIPS 2018).
"""

from __future__ import annotations

import copy
import types
from typing import Any

import gast

from s2sad import runtime
from s2sad.analysis import kinds as k
from s2sad.frontend.statements import CONTEXTS
from s2sad.frontend.values import FunctionValue
from s2sad.ir.core import Ref, Var
from s2sad.nested import lifted, reads_of
from s2sad.rules.declare import REGISTRY
from s2sad.trees import zeros_like

_identities: dict[types.FunctionType, Any] = {}


class adjoint_of:
    """Run statements in the reverse sweep, where the adjoint of a variable is complete at this place.

    ``with adjoint_of(x) as x_bar:`` around statements that print `x_bar`, or call ``breakpoint()``, or assign to
    it: what the name has at the end of the block is the adjoint from there on. The block reads the other
    variables of the function as they are at this place of the program; what else it assigns is gone afterwards.
    Forward mode passes over it. In a call of the function itself the block runs with zeros.

    Parameters
    ----------
    value : float, array
        A variable, written as its name.

    Raises
    ------
    UnsupportedSyntax
        What is given is no variable, or the block has a ``return``.

    Examples
    --------
    >>> from s2sad import grad
    >>> def loss(x):
    ...     y = 3.0 * x
    ...     with adjoint_of(y) as y_bar:
    ...         y_bar = min(y_bar, 1.0)
    ...     return y * y
    >>> print(grad(loss).source_for(2.0), end="")
    def loss_grad(x):
        y = 3.0 * x
        # return y * y
        y_bar = y + y
        if 1.0 < y_bar:
            y_bar = 1.0
        # y = 3.0 * x
        x_bar = 3.0 * y_bar
        return x_bar
    """

    def __init__(self, value: Any):
        self.value = value

    def __enter__(self) -> Any:
        return zeros_like(self.value)

    def __exit__(self, *exception: Any) -> None:
        return None


def hook(b: Any, node: gast.With) -> None:
    """Put an identity in place of the block, of which the block is the adjoint rule."""
    item = node.items[0]
    (variable,) = item.context_expr.args or (None,)
    target = item.optional_vars
    if not isinstance(variable, gast.Name) or not isinstance(target, gast.Name):
        raise b.refuse(
            "`adjoint_of` needs a variable and a name for its adjoint", "write `with adjoint_of(x) as x_bar:`"
        )
    if any(
        isinstance(each, (gast.Return, gast.Yield, gast.Await)) for s in node.body for each in gast.walk(s)
    ):
        raise b.refuse("`return` in a block that runs in the reverse sweep", "end the block without it")
    value = b.lookup(variable.id)
    if not b.is_varied(value) or not isinstance(value, Var):
        return
    rule, named = rule_of(b, node.body, target.id)
    now = b.current(value)
    atoms = [(name, b.atom(each)) for name, each in named.items()]
    out = b.emit(Ref("adjoint_of", identity_for(rule)), (now,), atoms, kind=now.kind, hint=variable.id)
    if isinstance(now.kind, k.Scalar):
        b.bind_name(variable.id, out)
        return
    root = b.root(value)
    b.roots[out] = root
    b.env[root] = out


def rule_of(b: Any, body: list, name: str) -> tuple[types.FunctionType, dict[str, Any]]:
    """Return the block as an adjoint rule, and the variables that it reads."""
    spec = gast.parse(f"def block({name}, y_, x_):\n    {name} = unbroadcast_({name}, x_)").body[0]
    spec.body += copy.deepcopy(body)
    value = FunctionValue(spec, b.scope.source, b.scope, b.scope.environment)
    reads = reads_of(b, value, {"unbroadcast_": runtime.unbroadcast})
    spec.body += gast.parse(f"{name}{', None' * len(reads.named)}").body
    spec.body[-1] = gast.Return(value=spec.body[-1].value)
    return lifted(b, value, reads), reads.named


def identity_for(rule: types.FunctionType) -> Any:
    """Return the identity function whose adjoint rule this is."""
    found = _identities.get(rule)
    if found is None:

        def found(x: Any, **read: Any) -> Any:
            return x

        found.__s2sad_hook__ = True  # type: ignore[attr-defined]
        REGISTRY.declare((found,), vjp=rule, linear=True)
        _identities[rule] = found
    return found


CONTEXTS[adjoint_of] = hook
