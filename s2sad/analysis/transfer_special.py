"""The kinds of the results of functions of `scipy.special` that are no ufuncs; ufuncs tell theirs themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scipy import special

from s2sad.analysis.kinds import NONE, Array, Kind, Tuple, numeric
from s2sad.analysis.transfer_base import FALSE, ONE, ZERO, Undecided, as_array, dtype_by_example, transfer
from s2sad.analysis.transfer_numpy import reduced
from s2sad.analysis.transfer_operators import elementwise
from s2sad.analysis.transfer_views import share


def bessel_derivative(function: Callable[..., Any]) -> None:
    @transfer(function)
    def row(v: Kind, z: Kind, n: Kind = ONE) -> Kind:
        return elementwise(function, v, z)


def spherical_bessel(function: Callable[..., Any]) -> None:
    @transfer(function)
    def row(n: Kind, z: Kind, derivative: Kind = FALSE) -> Kind:
        return elementwise(function, n, z)


for each in (special.jvp, special.yvp, special.ivp, special.kvp, special.h1vp, special.h2vp):
    bessel_derivative(each)
for each in (special.spherical_jn, special.spherical_yn, special.spherical_in, special.spherical_kn):
    spherical_bessel(each)


@transfer(special.polygamma)
def polygamma(n: Kind, x: Kind) -> Kind:
    return elementwise(special.polygamma, n, x)


@transfer(special.zeta)
def zeta(x: Kind, q: Kind) -> Kind:
    return elementwise(special.zeta, x, q)


@transfer(special.multigammaln)
def multigammaln(a: Kind, d: Kind) -> Kind:
    return elementwise(special.multigammaln, a, d)


@transfer(special.diric)
def diric(x: Kind, n: Kind) -> Kind:
    return elementwise(special.diric, x, n)


@transfer(special.lambertw)
def lambertw(z: Kind, k: Kind = ZERO, tol: Kind = NONE) -> Kind:
    return elementwise(special.lambertw, z)


@transfer(special.softmax, special.log_softmax)
def softmax(x: Kind, axis: Kind = NONE) -> Kind:
    array = as_array(x)
    if not array.shape:
        raise Undecided
    return Array(dtype_by_example(special.softmax, array), array.shape)


@transfer(special.logsumexp)
def logsumexp(
    a: Kind, axis: Kind = NONE, b: Kind = NONE, keepdims: Kind = FALSE, return_sign: Kind = FALSE
) -> Kind:
    array = as_array(a)
    if b != NONE or not array.shape:
        raise Undecided
    shape = reduced(array.shape, axis, keepdims)
    log = numeric(dtype_by_example(special.logsumexp, array), shape)
    return log if return_sign == FALSE else Tuple((log, log))


share("fresh", special, "softmax log_softmax logsumexp polygamma multigammaln zeta lambertw diric")
share("fresh", special, "jvp yvp ivp kvp h1vp h2vp spherical_jn spherical_yn spherical_in spherical_kn")
