"""Transfer functions of Python's module `statistics`."""

from __future__ import annotations

import statistics

from s2sad.analysis.kinds import FLOAT, NONE, Array, Kind, Scalar
from s2sad.analysis.transfer_base import Undecided, transfer
from s2sad.analysis.transfer_builtins import constantly
from s2sad.analysis.transfer_indexing import element_kind

constantly(FLOAT, statistics.fmean, statistics.geometric_mean, statistics.stdev, statistics.pstdev)


@transfer(statistics.mean, statistics.variance, statistics.pvariance)
def of_the_type_of_its_data(data: Kind, center: Kind = NONE, /) -> Kind:
    """The result has the type of the numbers, which are floats all of one type."""
    item = element_kind(data)
    if center != NONE or not isinstance(item, Scalar) or item.mixed or item.dtype[0] != "f":
        raise Undecided
    if item.python is None or (isinstance(data, Array) and data.ndim != 1):
        raise Undecided
    return FLOAT if item.python else Scalar(item.dtype)
