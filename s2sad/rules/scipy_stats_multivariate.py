"""The density of the multivariate normal distribution of `scipy.stats`.

>>> x_bar, _, cov_bar = logpdf(1.0, -2.0, np.array([1.0, 0.0]), None, np.eye(2))
>>> x_bar, cov_bar
(array([-1., -0.]), array([[ 0. ,  0. ],
       [ 0. , -0.5]]))

Source: K. Petersen and M. Pedersen, The Matrix Cookbook (2012), section 8.1. Of the covariance matrix, SciPy reads the
lower half, and so do the derivatives.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from s2sad.analysis import kinds as k
from s2sad.analysis import transfer_scipy as rows
from s2sad.analysis.transfer_base import Undecided, lower
from s2sad.frontend.library import Library, handles
from s2sad.frontend.names import ref_to
from s2sad.frontend.values import Identity, ObjectValue, Value
from s2sad.ir.core import Lit, Ref
from s2sad.rules.declare import adjoint, known, tangent
from s2sad.rules.rewrites import taken
from s2sad.rules.scipy_linalg import from_half, to_half

NORMAL = stats.multivariate_normal
FROZEN = type(NORMAL([0.0, 0.0]))
k.SINGLES[type(NORMAL)] = NORMAL
k.DESCRIBED[FROZEN] = k.attributes("mean", "cov")


def deviations(y, x, mean):
    """Return x - mean; SciPy drops axes of length 1 from the result."""
    d = x if mean is None else x - mean
    if known(np.ndim(x)) and known(np.ndim(y)) and np.ndim(x) == np.ndim(y) + 1:
        return d
    return np.reshape(d, np.shape(y) + (-1,))


def as_rows(d):
    """Return points as the rows of a matrix."""
    if known(np.ndim(d)) and np.ndim(d) == 2:
        return d
    return np.reshape(d, (-1, np.shape(d)[-1]))


@adjoint(NORMAL.logpdf)
def logpdf(g, y, x, mean, cov):
    precision = np.linalg.inv(from_half(cov, True))
    white = deviations(y, x, mean) @ precision
    if known(np.ndim(white)) and np.ndim(white) == 1:
        white_bar = g * white
        mean_bar = None if mean is None else white_bar
        cov_bar = np.outer(white_bar, white) - g * precision
    else:
        white_bar = np.expand_dims(g, -1) * white
        mean_bar = None if mean is None else np.sum(as_rows(white_bar), axis=0)
        cov_bar = as_rows(white_bar).T @ as_rows(white) - np.sum(g) * precision
    x_bar = (
        -white_bar
        if known(np.ndim(x)) and np.ndim(x) == np.ndim(white)
        else np.reshape(-white_bar, np.shape(x))
    )
    return x_bar, mean_bar, to_half(0.5 * cov_bar, True)


@tangent(NORMAL.logpdf)
def logpdf_tangent(dots, y, x, mean, cov):
    x_dot, mean_dot, cov_dot = dots
    precision = np.linalg.inv(from_half(cov, True))
    white = deviations(y, x, mean) @ precision
    y_dot = 0.0
    if x_dot is not None:
        y_dot = y_dot - np.sum(white * np.reshape(x_dot, np.shape(white)), axis=-1)
    if mean_dot is not None:
        y_dot = y_dot + white @ mean_dot
    if cov_dot is not None:
        half = 0.5 * from_half(cov_dot, True)
        y_dot = y_dot + np.sum((white @ half) * white, axis=-1) - np.sum(precision * half)
    return y_dot


@rows.fresh_row(NORMAL.logpdf)
def kind(x: k.Kind, mean: k.Kind, cov: k.Kind) -> k.Kind:
    """A number for each row; axes of length 1 are dropped."""
    rows_shape, size = k.shape_of(x), k.shape_of(cov)
    if not rows_shape or not size or any(n is None or lower(n) < 2 for n in (*rows_shape[:-1], size[0])):
        raise Undecided
    return k.Array("f8", rows_shape[:-1]) if len(rows_shape) > 1 else k.Scalar("f8")


@handles(NORMAL.logpdf)
def _logpdf(b: Library, args: list[Value], kwargs: dict) -> Value:
    given = taken("x mean cov allow_singular", args, kwargs)
    cov = given.get("cov", Lit(1))
    if len(k.shape_of(b.kind(cov)) or ()) != 2 or "allow_singular" in given:
        raise b.refuse(
            "the derivative of this density is known for a regular covariance matrix only",
            "pass `cov` as an array of two axes, without `allow_singular`",
        )
    return b.library_call(ref_to(NORMAL.logpdf), [given["x"], given.get("mean", Lit(None)), cov], {})


@handles(NORMAL.pdf)
def _pdf(b: Library, args: list[Value], kwargs: dict) -> Value:
    return b.call_value(ref_to(np.exp), [_logpdf(b, args, kwargs)], {})


# ---- with its parameters --------------------------------------------------------------------------------


def freeze(frozen, mean=None, cov=1):
    frozen.mean = mean
    frozen.cov = cov


@handles(NORMAL)
def _freeze(b: Library, args: list[Value], kwargs: dict) -> Value:
    frozen = ObjectValue(FROZEN, Identity())
    b.call_value(Ref("freeze", freeze), [frozen, *args], kwargs)
    return frozen


@handles(FROZEN.logpdf)
def _frozen_logpdf(b: Library, args: list[Value], kwargs: dict) -> Value:
    frozen, x = args
    return _logpdf(b, [x, b.attribute(frozen, "mean"), b.attribute(frozen, "cov")], {})


@handles(FROZEN.pdf)
def _frozen_pdf(b: Library, args: list[Value], kwargs: dict) -> Value:
    return b.call_value(ref_to(np.exp), [_frozen_logpdf(b, args, kwargs)], {})
