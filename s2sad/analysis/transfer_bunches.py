"""Transfer functions of bunches of tangents: what vector mode writes has known ranks when it is read again."""

from __future__ import annotations

from dataclasses import replace

from s2sad import batches
from s2sad.analysis.kinds import INT, UNKNOWN, Array, Dict, Dim, Kind, List, Object, Scalar, Tuple, numeric
from s2sad.analysis.transfer_base import transfer


def bunch_kind(kind: Kind, n: Dim) -> Kind:
    """Return the kind of `n` tangents of a value; that of an integer alone may become a float.

    >>> bunch_kind(Scalar("f8", True), 3)
    Array(dtype='f8', shape=(3,))
    """
    if isinstance(kind, Scalar):
        return Array(None if kind.mixed else "f8" if kind.dtype[0] in "iub" else kind.dtype, (n,))
    if isinstance(kind, Array) and (kind.dtype or "f")[0] in "iub":
        return part_kind(Array("f8", kind.shape), n)
    return part_kind(kind, n)


def part_kind(kind: Kind, n: Dim) -> Kind:
    """Return the kind of `n` tangents of a value in a container, where integers have none, or zeros."""
    if isinstance(kind, Scalar):
        return bunch_kind(kind, n) if kind.dtype[0] in "fc" and not kind.mixed else UNKNOWN
    if isinstance(kind, Array):
        if kind.dtype is not None and kind.dtype[0] in "iub":
            return UNKNOWN
        return Array(kind.dtype, None if kind.shape is None else (n, *kind.shape))
    if isinstance(kind, List):
        return List(part_kind(kind.item, n))
    if isinstance(kind, (Tuple, Dict, Object)):
        return replace(kind, items=tuple(part_kind(item, n) for item in kind.items))
    return kind


def one_kind(kind: Kind) -> Kind:
    """Return the kind of one tangent of a bunch."""
    if isinstance(kind, Array):
        return numeric(kind.dtype, None if kind.shape is None else kind.shape[1:])
    if isinstance(kind, List):
        return List(one_kind(kind.item))
    if isinstance(kind, (Tuple, Dict, Object)):
        return replace(kind, items=tuple(map(one_kind, kind.items)))
    return kind


@transfer(batches.entries)
def entries(value: Kind) -> Kind:
    return INT


@transfer(batches.basis)
def basis(value: Kind) -> Kind:
    return bunch_kind(value, None)


@transfer(batches.zeros)
def zeros(n: Kind, value: Kind) -> Kind:
    return bunch_kind(value, None)


@transfer(batches.stacked)
def stacked(rows: Kind, value: Kind) -> Kind:
    return bunch_kind(value, None)


@transfer(batches.taken)
def taken(bunch: Kind, i: Kind) -> Kind:
    return one_kind(bunch)
