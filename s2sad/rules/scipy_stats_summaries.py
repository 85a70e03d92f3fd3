"""Summaries of samples in `scipy.stats`, written out: they are lowered in place of SciPy's functions.

>>> float(gmean(np.array([1.0, 4.0]))), float(hmean(np.array([1.0, 3.0])))
(2.0, 1.5)
>>> zscore(np.array([1.0, 3.0])), float(moment(np.array([1.0, 3.0]), 2))
(array([-1.,  1.]), 1.0)

Source: the formulas in the SciPy documentation of each function. What a sample without spread has no value for has no
derivative either. Samples with NaN are summarized as by `nan_policy="propagate"`; other policies are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special, stats

from s2sad.frontend.library import WRITTEN_OUT, Library, handles
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import Value
from s2sad.ir.core import Lit
from s2sad.rules.rewrites import varied


def zscore(a, axis=0, ddof=0):
    deviations = a - np.mean(a, axis=axis, keepdims=True)
    return deviations / np.std(a, axis=axis, ddof=ddof, keepdims=True)


def zmap(scores, compare, axis=0, ddof=0):
    deviations = scores - np.mean(compare, axis=axis, keepdims=True)
    return deviations / np.std(compare, axis=axis, ddof=ddof, keepdims=True)


def gmean(a, axis=0, *, weights=None, keepdims=False):
    return np.exp(mean(np.log(a), axis, weights, keepdims))


def hmean(a, axis=0, *, weights=None, keepdims=False):
    return 1 / mean(1 / np.asarray(a), axis, weights, keepdims)


def pmean(a, p, *, axis=0, weights=None, keepdims=False):
    if p == 0:
        return np.exp(mean(np.log(a), axis, weights, keepdims))
    return mean(np.asarray(a) ** p, axis, weights, keepdims) ** (1 / p)


def mean(a, axis, weights, keepdims):
    return (
        np.mean(a, axis, keepdims=keepdims)
        if weights is None
        else np.average(a, axis, weights, keepdims=keepdims)
    )


def moment(a, order=1, axis=0, *, center=None, keepdims=False):
    a = np.asarray(a)
    if center is None:
        center = np.mean(a, axis=axis, keepdims=True)
    return np.mean((a - center) ** order, axis=axis, keepdims=keepdims)


def skew(a, axis=0, bias=True, *, keepdims=False):
    a = np.asarray(a)
    d = a - np.mean(a, axis=axis, keepdims=True)
    variance = np.mean(d * d, axis=axis, keepdims=keepdims)
    found = np.mean(d * d * d, axis=axis, keepdims=keepdims) / (variance * np.sqrt(variance))
    if bias:
        return found
    n = a.size if axis is None else a.shape[axis]
    return found * (np.sqrt((n - 1.0) * n) / (n - 2.0))


def kurtosis(a, axis=0, fisher=True, bias=True, *, keepdims=False):
    a = np.asarray(a)
    squares = (a - np.mean(a, axis=axis, keepdims=True)) ** 2
    variance = np.mean(squares, axis=axis, keepdims=keepdims)
    found = np.mean(squares * squares, axis=axis, keepdims=keepdims) / (variance * variance)
    if not bias:
        n = a.size if axis is None else a.shape[axis]
        found = ((n * n - 1.0) * found - 3.0 * (n - 1) * (n - 1)) / ((n - 2) * (n - 3)) + 3.0
    return found - 3 if fisher else found


def sem(a, axis=0, ddof=1, *, keepdims=False):
    a = np.asarray(a)
    n = a.size if axis is None else a.shape[axis]
    return np.std(a, axis=axis, ddof=ddof, keepdims=keepdims) / np.sqrt(n)


def variation(a, axis=0, *, ddof=0, keepdims=False):
    spread = np.std(a, axis=axis, ddof=ddof, keepdims=keepdims)
    return spread / np.mean(a, axis=axis, keepdims=keepdims)


def entropy(pk, qk=None, base=None, axis=0, *, keepdims=False):
    pk = pk / np.sum(pk, axis=axis, keepdims=True)
    if qk is None:
        terms = special.entr(pk)
    else:
        terms = special.rel_entr(pk, qk / np.sum(qk, axis=axis, keepdims=True))
    found = np.sum(terms, axis=axis, keepdims=keepdims)
    return found if base is None else found / np.log(base)


def written_as(original: Any, function: Callable) -> None:
    """Let a function of this file be lowered where SciPy's is called with what is differentiated."""

    def call(b: Library, args: list[Value], kwargs: dict[str, Value]) -> Value:
        if not varied(b, *args, *kwargs.values()):
            return b.opaque_call(ref_to(original), args, kwargs)
        options = dict(kwargs)
        if options.pop("nan_policy", Lit("propagate")) != Lit("propagate"):
            raise b.refuse(
                f"`{ref_to(original).text}` with another `nan_policy` cannot be differentiated",
                "select the numbers yourself",
            )
        return b.inlined(function, args, options, lean=False)

    handles(original)(call)


WRITTEN_OUT.add(__file__)
for each in (zscore, zmap, gmean, hmean, pmean, moment, skew, kurtosis, sem, variation, entropy):
    written_as(getattr(stats, each.__name__), each)
