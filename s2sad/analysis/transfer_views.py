"""Whether the result of a function may share memory with its first argument."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from s2sad.analysis.kinds import NONE, Array, Constant, Kind, List, Matrix, Scalar, Tuple, dtype_of
from s2sad.analysis.transfer_base import ONE, TRUE, as_array, dtype_named, integer, is_none
from s2sad.analysis.transfer_indexing import is_basic

Verdict = str  # "fresh" | "view" | "maybe"

# A row is the verdict on calls whose first argument is an array, or a function of the kinds of the arguments.
VIEWS: dict[Any, Verdict | Callable[..., Verdict]] = {}


def share(verdict: Verdict, module: Any, names: str) -> None:
    VIEWS.update((getattr(module, name), verdict) for name in names.split())


def views(*functions: Any) -> Callable[[Callable[..., Verdict]], Callable[..., Verdict]]:
    def register(row: Callable[..., Verdict]) -> Callable[..., Verdict]:
        VIEWS.update(dict.fromkeys(functions, row))
        return row

    return register


PLAIN = "add sub mul truediv floordiv mod pow matmul neg pos abs invert and_ or_ xor lshift rshift"
COMPARE = "lt le gt ge eq ne"
IN_PLACE = "iadd isub imul itruediv ifloordiv imod ipow imatmul iand ior ixor ilshift irshift"
OPERATORS = {*(getattr(operator, name) for name in f"{PLAIN} {COMPARE} {IN_PLACE}".split()), abs, divmod, pow}
share("fresh", operator, f"{PLAIN} {COMPARE}")
VIEWS.update({abs: "fresh", divmod: "fresh", pow: "fresh"})

share("view", operator, IN_PLACE)
share("view", np, "transpose swapaxes moveaxis expand_dims squeeze diagonal broadcast_to real")
share("view", np, "flip flipud fliplr rot90 split array_split hsplit vsplit dsplit")
share("view", np.ndarray, "transpose swapaxes squeeze diagonal")

share("fresh", np, "where clip sinc i0 angle isclose interp isneginf isposinf iscomplex isreal")
share(
    "fresh", np, "zeros_like ones_like empty_like full_like copy roll sort argsort tile repeat pad triu tril"
)
share("fresh", np, "zeros ones empty full eye identity tri arange linspace fromfunction indices bincount")
share("fresh", np, "concatenate stack vstack hstack column_stack append take take_along_axis nonzero unique")
share(
    "fresh",
    np,
    "searchsorted outer inner dot matmul vdot tensordot kron cross trace count_nonzero average median",
)
share("fresh", np, "sum prod mean std var max min amax amin all any ptp argmax argmin cumsum cumprod")
share("fresh", np, "nansum nanprod nanmean nanmax nanmin nanstd nanvar")
share("fresh", np, "percentile quantile cov corrcoef convolve correlate gradient ediff1d unwrap vander")
share("fresh", np, "polyval insert delete extract compress choose block logspace geomspace")
share("fresh", np.linalg, "multi_dot cond svdvals eig eigvals matmul outer tensordot vector_norm matrix_norm")
share("fresh", np.linalg, "cross vecdot trace tensorinv tensorsolve")
share(
    "fresh",
    np,
    "polyadd polysub polymul polydiv poly roots polyfit nanmedian nanquantile nanpercentile",
)
share(
    "fresh", np, "nancumsum nancumprod unique union1d setxor1d setdiff1d resize sort_complex kaiser histogram"
)
share("fresh", np.fft, "rfftn irfftn rfft2 irfft2 hfft ihfft")
share("fresh", np.linalg, "norm inv solve det cholesky eigh eigvalsh svd qr pinv slogdet lstsq")
share("fresh", np.fft, "fft ifft rfft irfft fft2 ifft2 fftn ifftn fftshift ifftshift")
share(
    "fresh", np.ndarray, "copy flatten item tolist fill sum mean prod max min std var all any argmax argmin"
)
share("fresh", np.ndarray, "argsort cumsum cumprod trace dot take repeat nonzero searchsorted clip")


@views(operator.getitem)
def getitem(a: Kind, index: Kind) -> Verdict:
    if not isinstance(a, Array):
        return "maybe"
    if not is_basic(index):
        return "fresh"
    return "view" if a.shape is not None else "maybe"


@views(getattr)
def attribute(a: Kind, name: Kind) -> Verdict:
    if not isinstance(a, Array) or a.shape is None or not isinstance(name, Constant):
        return "maybe"
    if name.value == "imag":
        return imag(a)
    return "view" if name.value in ("T", "real") else "maybe"


@views(np.imag)
def imag(val: Kind) -> Verdict:
    if not isinstance(val, Array) or val.dtype is None or val.shape is None:
        return "maybe"
    return "view" if val.dtype[0] == "c" else "fresh"


@views(np.ndarray.conj, np.ndarray.conjugate)
def conjugate(a: Kind) -> Verdict:
    if not isinstance(a, Array) or a.dtype is None or a.shape is None:
        return "maybe"
    return "fresh" if a.dtype[0] == "c" else "view"


@views(np.round, np.around, np.ndarray.round)
def round_(a: Kind, decimals: Kind = NONE) -> Verdict:
    return "fresh" if dtype_of(a) in ("f4", "f8", "c8", "c16") else "maybe"


@views(np.asarray, np.asanyarray)
def asarray(a: Kind, dtype: Kind = NONE) -> Verdict:
    if isinstance(a, (List, Tuple)):
        return "fresh"
    if not isinstance(a, Array) or a.shape is None:
        return "maybe"
    if is_none(dtype):
        return "view"
    code = dtype_named(dtype, None)
    if code is None or a.dtype is None:
        return "maybe"
    return "view" if code == a.dtype else "fresh"


@views(np.array, np.ndarray.astype, np.nan_to_num, np.meshgrid)
def copying(*args: Kind, copy: Kind = TRUE, **options: Kind) -> Verdict:
    return "fresh" if len(args) <= 2 and copy == TRUE else "maybe"


@views(np.atleast_1d, np.atleast_2d, np.atleast_3d)
def at_least(a: Kind) -> Verdict:
    return of_array(a)


def of_array(a: Kind) -> Verdict:
    """Return the verdict of a function that gives a view of its argument, made an array if it is not one."""
    if isinstance(a, Array) and a.shape is not None:
        return "view"
    return "fresh" if isinstance(a, (List, Tuple, Scalar)) else "maybe"


@views(np.diag)
def diag(v: Kind, k: Kind = NONE) -> Verdict:
    shape = as_array(v).shape
    return "maybe" if shape is None else "fresh" if len(shape) == 1 else of_array(v)


@views(np.diff)
def diff(a: Kind, n: Kind = ONE, axis: Kind = NONE) -> Verdict:
    return "fresh" if integer(n) > 0 else "maybe"


@views(np.einsum)
def einsum(subscripts: Kind, *operands: Kind) -> Verdict:
    return "fresh" if len(operands) > 1 else "maybe"


def verdict_of(function: Any, args: Sequence[Kind], kwargs: Mapping[str, Kind]) -> Verdict:
    """Return the verdict on a call whose result is not a scalar; may raise."""
    if isinstance(function, np.ufunc) and function not in VIEWS:
        return "fresh" if len(args) == function.nin and not kwargs else "maybe"
    row = VIEWS[function]
    if function in OPERATORS and isinstance(args[0], Matrix):
        return "maybe" if args[0].form == "operator" else "fresh"
    if function in OPERATORS and not isinstance(args[0], (Scalar, Array)):
        return "maybe"
    if callable(row):
        return row(*args, **kwargs)
    return of_array(args[0]) if row == "view" else row
