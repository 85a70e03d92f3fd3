"""The kind of a call's result, from the kinds of its arguments.

The rows live in the files `transfer_*.py`, one per subject; functions that are not in any of them, and
calls that a row does not understand, are Unknown. What is taken for granted: NumPy functions get and
return NumPy's arrays and scalars (not classes that override them), Python integers fit in 64 bits, and a list
that NumPy turns into an array is not empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from s2sad.analysis import (
    transfer_arrays,
    transfer_builtins,
    transfer_bunches,
    transfer_creation,
    transfer_indexing,
    transfer_joining,
    transfer_linalg,
    transfer_more,
    transfer_numpy,
    transfer_operators,
    transfer_runtime,
    transfer_signals,
    transfer_standard,
)
from s2sad.analysis.kinds import BOTTOM, NONE, UNKNOWN, Bottom, Constant, Kind, Scalar
from s2sad.analysis.transfer_base import TABLE, Transfer, Undecided, transfer
from s2sad.analysis.transfer_indexing import attribute_kind, element_kind
from s2sad.analysis.transfer_operators import of_ufunc
from s2sad.analysis.transfer_views import VIEWS, verdict_of

__all__ = [
    "TABLE",
    "VIEWS",
    "Transfer",
    "Undecided",
    "attribute_kind",
    "element_kind",
    "result_kind",
    "transfer",
    "view_of",
]

# Importing these files fills the table.
SUBJECTS = (
    transfer_operators,
    transfer_indexing,
    transfer_builtins,
    transfer_creation,
    transfer_arrays,
    transfer_joining,
    transfer_linalg,
    transfer_numpy,
    transfer_signals,
    transfer_standard,
    transfer_runtime,
    transfer_bunches,
    transfer_more,
)
NO_KEYWORDS: Mapping[str, Kind] = MappingProxyType({})


def result_kind(function: Any, args: Sequence[Kind], kwargs: Mapping[str, Kind] = NO_KEYWORDS) -> Kind:
    """Return the kind of ``function(*args, **kwargs)``; never raises.

    >>> from s2sad.analysis.kinds import Array, Sym
    >>> result_kind(np.sum, [Array("f8", (Sym("n"), 3))], {"axis": Scalar("i8", True, 0)})
    Array(dtype='f8', shape=(3,))
    >>> result_kind(np.add, [Array("f4", (3,)), Scalar("f8", True)])
    Array(dtype='f4', shape=(3,))
    """
    try:
        row = TABLE.get(function)
        if row is None and not isinstance(function, np.ufunc):
            return UNKNOWN
        if any(isinstance(kind, Bottom) for kind in (*args, *kwargs.values())):
            return BOTTOM
        rest = dict(kwargs)
        if rest.pop("out", NONE) != NONE:
            return UNKNOWN
        if row is not None:
            return row(*args, **rest)
        return UNKNOWN if rest else of_ufunc(function, tuple(args))
    except Exception:  # whatever a row did not expect, it does not know
        return UNKNOWN


def view_of(function: Any, args: Sequence[Kind], kwargs: Mapping[str, Kind] = NO_KEYWORDS) -> str:
    """Tell whether the result may share memory with the first argument: "fresh", "view" or "maybe".

    "view" also where the result is the first argument itself. Functions that are not known are "maybe".

    >>> from s2sad.analysis.kinds import Array
    >>> view_of(np.transpose, [Array("f8", (3, 4))]), view_of(np.negative, [Array("f8", (3, 4))])
    ('view', 'fresh')
    """
    result = result_kind(function, args, kwargs)
    if isinstance(result, (Scalar, Constant)):
        return "fresh"
    try:
        if kwargs.get("out", NONE) != NONE:
            return "maybe"
        verdict = verdict_of(function, args, kwargs)
        # three arguments that the row does not understand: one of them may be an `out`
        return "maybe" if verdict == "fresh" and result == UNKNOWN and len(args) > 2 else verdict
    except Exception:
        return "maybe"
