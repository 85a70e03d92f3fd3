"""The methods and attributes of arrays, as the functions that they are.

Each function takes the array first, then the method's own arguments in the method's own order.

>>> METHODS["sum"] is np.sum
True
>>> METHODS["reshape"](np.arange(6.0), 2, 3).shape
(2, 3)
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad import runtime


def compress(a: Any, condition: Any, axis: int | None = None) -> Any:
    """Return ``a.compress(condition, axis)``."""
    return np.compress(condition, a, axis)


METHODS: dict[str, Callable[..., Any]] = {
    # reductions
    "sum": np.sum,
    "mean": np.mean,
    "prod": np.prod,
    "max": np.max,
    "min": np.min,
    "std": np.std,
    "var": np.var,
    "trace": np.trace,
    "cumsum": np.cumsum,
    "cumprod": np.cumprod,
    # products
    "dot": np.dot,
    # shapes
    "reshape": runtime.reshape,
    "transpose": runtime.transpose,
    "flatten": runtime.flatten,
    "ravel": np.ravel,
    "squeeze": np.squeeze,
    "swapaxes": np.swapaxes,
    "diagonal": np.diagonal,
    "repeat": np.repeat,
    "take": np.take,
    "choose": np.choose,
    "compress": compress,
    # values
    "copy": np.copy,
    "__copy__": np.copy,
    "astype": np.ndarray.astype,
    "item": runtime.item,
    "tolist": runtime.tolist,
    "clip": runtime.clip,
    "conj": np.conjugate,
    "conjugate": np.conjugate,
    "round": np.round,
    # no derivative
    "all": np.all,
    "any": np.any,
    "argmax": np.argmax,
    "argmin": np.argmin,
    "argsort": np.argsort,
    "argpartition": np.argpartition,
    "nonzero": np.nonzero,
    "searchsorted": np.searchsorted,
    "__len__": len,
    "__abs__": operator.abs,
    "__neg__": operator.neg,
    "__add__": operator.add,
    "__sub__": operator.sub,
    "__mul__": operator.mul,
    "__truediv__": operator.truediv,
    "__pow__": operator.pow,
    "__matmul__": operator.matmul,
    "__getitem__": operator.getitem,
}

ATTRIBUTES: dict[str, Callable[..., Any]] = {
    "T": np.transpose,
    "mT": runtime.matrix_transpose,
    "real": np.real,
    "imag": np.imag,
    "shape": np.shape,
    "size": np.size,
    "ndim": np.ndim,
    "dtype": np.result_type,
}
