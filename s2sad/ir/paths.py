"""The paths of updates: what kind of value an update changes within the storage that it belongs to."""

from __future__ import annotations

from s2sad.analysis import kinds as k
from s2sad.analysis.transfer import attribute_kind, result_kind
from s2sad.ir.core import Call, Lit, Ref, Update


def reached_kind(call: Call) -> k.Kind:
    """Return the kind of what an update changes: an item of a container, a view of an array, or all of it.

    >>> from s2sad.ir.core import Var
    >>> rows = Var("rows", k.List(k.Array("f8", (3,))))
    >>> import operator
    >>> step = (Ref("operator.getitem", operator.getitem), 1)
    >>> reached_kind(Call((rows,), Update("setitem", (step,)), (rows, Lit(0), Lit(1), Lit(2.0))))
    Array(dtype='f8', shape=(3,))
    """
    assert isinstance(call.fn, Update)
    kind, rest = call.args[0].kind, call.args[1:]
    for fn, count in call.fn.path:
        if not isinstance(fn, Ref):
            return k.UNKNOWN
        args, rest = rest[:count], rest[count:]
        if fn.value is getattr and isinstance(args[0], Lit):
            kind = attribute_kind(kind, args[0].value)
        else:
            kind = result_kind(fn.value, [kind, *(arg.kind for arg in args)])
    return kind
