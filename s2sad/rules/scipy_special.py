"""The functions of `scipy.special`: elementary ones, losses, entropies, softmax, and what has no derivative.

>>> round(float(expit(1.0, 0.5, 0.0)), 6)
0.25
>>> xlogy(1.0, 0.0, 0.0, 0.0)
(np.float64(0.0), 0.0)

A rule names the arguments in which there is no closed-form derivative with `fixed`: a derivative in one of
these is an error. Constants are Python floats, so that float32 stays float32, and so does a number that is computed
from Python floats alone (`is_plain`). Conventions at kinks: xlogy(0, 0), xlog1py(0, -1), rel_entr(0, 0) have
slope 0 in the arguments in which they are constant; huber is linear in `delta` at the kink.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy import special

from s2sad.frontend.names import add_module
from s2sad.rules.declare import RuleFunction, adjoint, elementwise, known, nondifferentiable, tangent
from s2sad.runtime import unbroadcast

add_module("special", special)


class SignatureWithOptions(inspect.Signature):
    """The signature of a rule in which the parameters of some names are options, wherever they stand."""

    def __init__(self, rule: RuleFunction, names: tuple[str, ...]):
        super().__init__(list(inspect.signature(rule).parameters.values()))
        self.names = names

    @functools.cached_property
    def parameters(self) -> Mapping[str, inspect.Parameter]:  # type: ignore[override]
        return {
            name: parameter.replace(default=None) if name in self.names else parameter
            for name, parameter in super().parameters.items()
        }


def fixed(*names: str) -> Callable[[RuleFunction], RuleFunction]:
    """Declare parameters in which a function has no known derivative, wherever they stand among its operands.

    The rule returns nothing for them. They count as options: the engine refuses a derivative in an option.
    """

    def declare(rule: RuleFunction) -> RuleFunction:
        rule.__signature__ = SignatureWithOptions(rule, names)  # type: ignore[attr-defined]
        return rule

    return declare


def is_plain(a):
    """Tell whether `a` is known to be a Python number; a ufunc makes a NumPy number of it, which has a dtype."""
    return known(isinstance(a, (int, float))) and isinstance(a, (int, float))


def weighted(g: Any, slopes: Any) -> Any:
    """Return the adjoint of the one operand of a function of several results, from the slope of each."""
    total = None
    for part, slope in zip(g, slopes):
        if part is not None:
            total = part * slope if total is None else total + part * slope
    return total


# ---- elementary functions -------------------------------------------------------------------------------


@elementwise(special.cbrt, singular=True)
def cbrt(g, y, x):
    return np.divide(g, 3 * y * y)


@elementwise(special.exp2)
def exp2(g, y, x):
    return 0.6931471805599453 * g * y


@elementwise(special.exp10)
def exp10(g, y, x):
    return 2.302585092994046 * g * y


@elementwise(special.expm1)
def expm1(g, y, x):
    return g * (y + 1)


@elementwise(special.log1p, singular=True)
def log1p(g, y, x):
    return np.divide(g, 1 + x)


@elementwise(special.cosm1)
def cosm1(g, y, x):
    return -g * np.sin(x)


@elementwise(special.exprel)
def exprel(g, y, x):
    """It is 1F1(1; 2; x): no cancellation near 0."""
    return 0.5 * g * special.hyp1f1(2, 3, x)


@elementwise(special.powm1, singular=True)
def powm1(g, z, x, y):
    return g * y * x ** (y - 1), g * special.xlogy(z + 1, x)


@elementwise(special.sindg)
def sindg(g, y, x):
    return 0.017453292519943295 * g * special.cosdg(x)


@elementwise(special.cosdg)
def cosdg(g, y, x):
    return -0.017453292519943295 * g * special.sindg(x)


@elementwise(special.tandg)
def tandg(g, y, x):
    return 0.017453292519943295 * g * (1 + y * y)


@elementwise(special.cotdg)
def cotdg(g, y, x):
    return -0.017453292519943295 * g * (1 + y * y)


@elementwise(special.radian)
def radian(g, y, d, m, s):
    degree = 0.017453292519943295 * g
    return degree, degree / 60, degree / 3600


# ---- sigmoids -------------------------------------------------------------------------------------------


@elementwise(special.expit)
def expit(g, y, x):
    return g * y * (1 - y)


@elementwise(special.logit, singular=True)
def logit(g, y, x):
    return np.divide(g, x * (1 - x))


@elementwise(special.log_expit)
def log_expit(g, y, x):
    return g * special.expit(-x)


if hasattr(special, "softplus"):

    @elementwise(special.softplus)
    def softplus(g, y, x):
        return g * special.expit(x)


# ---- logarithms and entropies ---------------------------------------------------------------------------


@elementwise(special.xlogy, singular=True)
def xlogy(g, z, x, y):
    y = y + ((x == 0) & (y == 0))
    return g * np.log(y), g * x / y


@elementwise(special.xlog1py, singular=True)
def xlog1py(g, z, x, y):
    y = y + ((x == 0) & (y == -1))
    return g * np.log1p(y), g * x / (1 + y)


@elementwise(special.entr, singular=True)
def entr(g, y, x):
    return -g * (1 + np.log(x))


@elementwise(special.rel_entr, singular=True)
def rel_entr(g, z, x, y):
    ratio = x / (y + ((x == 0) & (y == 0)))
    return g * (1 + np.log(ratio)), -g * ratio


@elementwise(special.kl_div, singular=True)
def kl_div(g, z, x, y):
    ratio = x / (y + ((x == 0) & (y == 0)))
    return g * np.log(ratio), g * (1 - ratio)


# ---- losses and transformations of data -----------------------------------------------------------------


@elementwise(special.huber)
def huber(g, y, delta, r):
    return g * np.maximum(np.abs(r) - delta, 0), g * np.clip(r, -delta, delta)


@elementwise(special.pseudo_huber, singular=True)
def pseudo_huber(g, y, delta, r):
    h = np.hypot(delta, r)
    return g * (h - delta) * (h - delta) / h, g * delta * r / h


@elementwise(special.boxcox, singular=True)
def boxcox(g, y, x, lmbda):
    """It is log(x) exprel(lmbda log(x))."""
    log = np.log(x)
    return g * x ** (lmbda - 1), 0.5 * g * log * log * special.hyp1f1(2, 3, lmbda * log)


@elementwise(special.boxcox1p, singular=True)
def boxcox1p(g, y, x, lmbda):
    log = np.log1p(x)
    return g * (1 + x) ** (lmbda - 1), 0.5 * g * log * log * special.hyp1f1(2, 3, lmbda * log)


@elementwise(special.inv_boxcox, singular=True)
def inv_boxcox(g, x, y, lmbda):
    slope = x ** (1 - lmbda)
    log = np.log(x)
    return g * slope, -0.5 * g * slope * log * log * special.hyp1f1(2, 3, lmbda * log)


@elementwise(special.inv_boxcox1p, singular=True)
def inv_boxcox1p(g, x, y, lmbda):
    slope = (1 + x) ** (1 - lmbda)
    log = np.log1p(x)
    return g * slope, -0.5 * g * slope * log * log * special.hyp1f1(2, 3, lmbda * log)


# ---- softmax and its relatives --------------------------------------------------------------------------


@adjoint(special.softmax)
def softmax(g, y, x, axis=None):
    return y * (g - np.sum(g * y, axis=axis, keepdims=True))


@tangent(special.softmax)
def softmax_tangent(dots, y, x, axis=None):
    return y * (dots[0] - np.sum(y * dots[0], axis=axis, keepdims=True))


@adjoint(special.log_softmax)
def log_softmax(g, y, x, axis=None):
    return g - np.exp(y) * np.sum(g, axis=axis, keepdims=True)


@tangent(special.log_softmax)
def log_softmax_tangent(dots, y, x, axis=None):
    return dots[0] - np.sum(np.exp(y) * dots[0], axis=axis, keepdims=True)


@adjoint(special.logsumexp)
def logsumexp(g, y, a, axis=None, b=None, keepdims=False, return_sign=False):
    if return_sign:
        if np.iscomplexobj(a):
            raise ValueError(
                "special.logsumexp: has a derivative for real arguments only if return_sign=True"
            )
        y, sign = y
        g = g[0] * sign
    if not (axis is None or keepdims):
        g, y = np.expand_dims(g, axis), np.expand_dims(y, axis)
    if b is None:
        return g * np.exp(a - y)
    return unbroadcast(g * b * np.exp(a - y), a)


@tangent(special.logsumexp)
def logsumexp_tangent(dots, y, a, axis=None, b=None, keepdims=False, return_sign=False):
    if return_sign:
        if np.iscomplexobj(a):
            raise ValueError(
                "special.logsumexp: has a derivative for real arguments only if return_sign=True"
            )
        y, sign = y
    log = y if axis is None or keepdims else np.expand_dims(y, axis)
    weights = np.exp(a - log) if b is None else b * np.exp(a - log)
    y_dot = np.sum(weights * dots[0], axis=axis, keepdims=keepdims)
    if return_sign:
        return sign * y_dot, None
    return y_dot


# ---- whole numbers, zeros, quadrature nodes, settings ---------------------------------------------------

CONSTANT = """
    round gammasgn stirling2 bernoulli euler errstate geterr seterr
    ai_zeros bi_zeros bei_zeros beip_zeros ber_zeros berp_zeros ker_zeros kerp_zeros kei_zeros keip_zeros
    kelvin_zeros erf_zeros fresnel_zeros fresnelc_zeros fresnels_zeros jn_zeros jnp_zeros yn_zeros ynp_zeros
    jnjnp_zeros jnyn_zeros y0_zeros y1_zeros y1p_zeros
    roots_legendre roots_chebyt roots_chebyu roots_chebyc roots_chebys roots_laguerre roots_hermite
    roots_hermitenorm roots_sh_legendre roots_sh_chebyt roots_sh_chebyu
    p_roots t_roots u_roots c_roots s_roots l_roots h_roots he_roots ps_roots ts_roots us_roots
"""
nondifferentiable(*[getattr(special, name) for name in CONSTANT.split() if hasattr(special, name)])
