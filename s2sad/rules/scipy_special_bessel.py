"""The functions of `scipy.special`: Bessel and spherical Bessel functions, Airy functions, their integrals.

>>> float(j0(1.0, 1.0, 0.0))
-0.0
>>> round(float(jv(1.0, 0.0, 1, 0.0)), 12)
0.5

Derivatives in the order are not known in closed form. Exponentially scaled functions of a complex argument are not
analytic and refused, but for those whose factor is. Source: NIST Digital Library of Mathematical Functions, 9.2,
9.10, 10.6, 10.22, 10.29, 10.51.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from s2sad.rules.declare import adjoint, elementwise, tangent
from s2sad.rules.scipy_special import fixed, weighted

# ---- orders 0 and 1 -------------------------------------------------------------------------------------


@elementwise(special.j0)
def j0(g, y, x):
    return -g * special.j1(x)


@elementwise(special.j1)
def j1(g, y, x):
    return 0.5 * g * (special.j0(x) - special.jv(2, x))


@elementwise(special.y0, singular=True)
def y0(g, y, x):
    return -g * special.y1(x)


@elementwise(special.y1, singular=True)
def y1(g, y, x):
    return 0.5 * g * (special.y0(x) - special.yv(2, x))


@elementwise(special.i0)
def i0(g, y, x):
    return g * special.i1(x)


@elementwise(special.i1)
def i1(g, y, x):
    return 0.5 * g * (special.i0(x) + special.iv(2, x))


@elementwise(special.k0, singular=True)
def k0(g, y, x):
    return -g * special.k1(x)


@elementwise(special.k1, singular=True)
def k1(g, y, x):
    return -0.5 * g * (special.k0(x) + special.kv(2, x))


@elementwise(special.i0e)
def i0e(g, y, x):
    return g * (special.i1e(x) - np.sign(x) * y)


@elementwise(special.i1e)
def i1e(g, y, x):
    return g * (0.5 * (special.i0e(x) + special.ive(2, x)) - np.sign(x) * y)


@elementwise(special.k0e, singular=True)
def k0e(g, y, x):
    return g * (y - special.k1e(x))


@elementwise(special.k1e, singular=True)
def k1e(g, y, x):
    return g * (y - 0.5 * (special.k0e(x) + special.kve(2, x)))


# ---- any order ------------------------------------------------------------------------------------------


@elementwise(special.jv, singular=True)
@fixed("v")
def jv(g, y, v, z):
    return 0.5 * g * (special.jv(v - 1, z) - special.jv(v + 1, z))


@elementwise(special.yv, special.yn, singular=True)
@fixed("v")
def yv(g, y, v, z):
    return 0.5 * g * (special.yv(v - 1, z) - special.yv(v + 1, z))


@elementwise(special.iv, singular=True)
@fixed("v")
def iv(g, y, v, z):
    return 0.5 * g * (special.iv(v - 1, z) + special.iv(v + 1, z))


@elementwise(special.kv, special.kn, singular=True)
@fixed("v")
def kv(g, y, v, z):
    return -0.5 * g * (special.kv(v - 1, z) + special.kv(v + 1, z))


@elementwise(special.hankel1, singular=True)
@fixed("v")
def hankel1(g, y, v, z):
    return 0.5 * g * (special.hankel1(v - 1, z) - special.hankel1(v + 1, z))


@elementwise(special.hankel2, singular=True)
@fixed("v")
def hankel2(g, y, v, z):
    return 0.5 * g * (special.hankel2(v - 1, z) - special.hankel2(v + 1, z))


@elementwise(special.jve, singular=True)
@fixed("v")
def jve(g, y, v, z):
    if np.iscomplexobj(z):
        raise ValueError("special.jve: has a derivative for real arguments only")
    return 0.5 * g * (special.jve(v - 1, z) - special.jve(v + 1, z))


@elementwise(special.yve, singular=True)
@fixed("v")
def yve(g, y, v, z):
    if np.iscomplexobj(z):
        raise ValueError("special.yve: has a derivative for real arguments only")
    return 0.5 * g * (special.yve(v - 1, z) - special.yve(v + 1, z))


@elementwise(special.ive, singular=True)
@fixed("v")
def ive(g, y, v, z):
    if np.iscomplexobj(z):
        raise ValueError("special.ive: has a derivative for real arguments only")
    return g * (0.5 * (special.ive(v - 1, z) + special.ive(v + 1, z)) - np.sign(z) * y)


@elementwise(special.kve, singular=True)
@fixed("v")
def kve(g, y, v, z):
    return g * (y - 0.5 * (special.kve(v - 1, z) + special.kve(v + 1, z)))


@elementwise(special.hankel1e, singular=True)
@fixed("v")
def hankel1e(g, y, v, z):
    return g * (0.5 * (special.hankel1e(v - 1, z) - special.hankel1e(v + 1, z)) - 1j * y)


@elementwise(special.hankel2e, singular=True)
@fixed("v")
def hankel2e(g, y, v, z):
    return g * (0.5 * (special.hankel2e(v - 1, z) - special.hankel2e(v + 1, z)) + 1j * y)


# ---- derivatives of any order ---------------------------------------------------------------------------


@elementwise(special.jvp, singular=True)
@fixed("v")
def jvp(g, y, v, z, n=1):
    return g * special.jvp(v, z, n + 1)


@elementwise(special.yvp, singular=True)
@fixed("v")
def yvp(g, y, v, z, n=1):
    return g * special.yvp(v, z, n + 1)


@elementwise(special.ivp, singular=True)
@fixed("v")
def ivp(g, y, v, z, n=1):
    return g * special.ivp(v, z, n + 1)


@elementwise(special.kvp, singular=True)
@fixed("v")
def kvp(g, y, v, z, n=1):
    return g * special.kvp(v, z, n + 1)


@elementwise(special.h1vp, singular=True)
@fixed("v")
def h1vp(g, y, v, z, n=1):
    return g * special.h1vp(v, z, n + 1)


@elementwise(special.h2vp, singular=True)
@fixed("v")
def h2vp(g, y, v, z, n=1):
    return g * special.h2vp(v, z, n + 1)


# ---- spherical Bessel functions: (2n + 1) j_n' = n j_{n-1} - (n + 1) j_{n+1}; n - 1 = -1 has the factor 0 -----


@elementwise(special.spherical_jn)
@fixed("n")
def spherical_jn(g, y, n, z, derivative=False):
    if not derivative:
        return g * special.spherical_jn(n, z, derivative=True)
    below = n * special.spherical_jn(abs(n - 1), z, derivative=True)
    return g * (below - (n + 1) * special.spherical_jn(n + 1, z, derivative=True)) / (2 * n + 1)


@elementwise(special.spherical_yn, singular=True)
@fixed("n")
def spherical_yn(g, y, n, z, derivative=False):
    if not derivative:
        return g * special.spherical_yn(n, z, derivative=True)
    below = n * special.spherical_yn(abs(n - 1), z, derivative=True)
    return g * (below - (n + 1) * special.spherical_yn(n + 1, z, derivative=True)) / (2 * n + 1)


@elementwise(special.spherical_in)
@fixed("n")
def spherical_in(g, y, n, z, derivative=False):
    if not derivative:
        return g * special.spherical_in(n, z, derivative=True)
    below = n * special.spherical_in(abs(n - 1), z, derivative=True)
    return g * (below + (n + 1) * special.spherical_in(n + 1, z, derivative=True)) / (2 * n + 1)


@elementwise(special.spherical_kn, singular=True)
@fixed("n")
def spherical_kn(g, y, n, z, derivative=False):
    if not derivative:
        return g * special.spherical_kn(n, z, derivative=True)
    below = n * special.spherical_kn(abs(n - 1), z, derivative=True)
    return -g * (below + (n + 1) * special.spherical_kn(n + 1, z, derivative=True)) / (2 * n + 1)


# ---- Airy functions -------------------------------------------------------------------------------------


@adjoint(special.airy)
def airy(g, y, z):
    return weighted(g, (y[1], z * y[0], y[3], z * y[2]))


@tangent(special.airy)
def airy_tangent(dots, y, z):
    z_dot = dots[0]
    return z_dot * y[1], z_dot * z * y[0], z_dot * y[3], z_dot * z * y[2]


@adjoint(special.airye, singular=True)
def airye(g, y, z):
    """The factors are exp(2/3 z**1.5), and exp(-2/3 z**1.5) for positive z only."""
    if np.iscomplexobj(z):
        raise ValueError("special.airye: has a derivative for real arguments only")
    r, s = np.sqrt(z), np.sqrt(np.where(z > 0, z, 0.0))
    first, second = y[1] + r * y[0], z * y[0] + r * y[1]
    return weighted(g, (first, second, y[3] - s * y[2], z * y[2] - s * y[3]))


@tangent(special.airye)
def airye_tangent(dots, y, z):
    if np.iscomplexobj(z):
        raise ValueError("special.airye: has a derivative for real arguments only")
    r, s = np.sqrt(z), np.sqrt(np.where(z > 0, z, 0.0))
    z_dot = dots[0]
    first, second = z_dot * (y[1] + r * y[0]), z_dot * (z * y[0] + r * y[1])
    return first, second, z_dot * (y[3] - s * y[2]), z_dot * (z * y[2] - s * y[3])


@adjoint(special.itairy)
def itairy(g, y, x):
    right, left = special.airy(x), special.airy(-x)
    return weighted(g, (right[0], right[2], left[0], left[2]))


@tangent(special.itairy)
def itairy_tangent(dots, y, x):
    right, left = special.airy(x), special.airy(-x)
    return dots[0] * right[0], dots[0] * right[2], dots[0] * left[0], dots[0] * left[2]


# ---- integrals of Bessel functions ----------------------------------------------------------------------


@adjoint(special.itj0y0)
def itj0y0(g, y, x):
    return weighted(g, (special.j0(x), special.y0(x)))


@tangent(special.itj0y0)
def itj0y0_tangent(dots, y, x):
    return dots[0] * special.j0(x), dots[0] * special.y0(x)


@adjoint(special.iti0k0)
def iti0k0(g, y, x):
    return weighted(g, (special.i0(x), special.k0(x)))


@tangent(special.iti0k0)
def iti0k0_tangent(dots, y, x):
    return dots[0] * special.i0(x), dots[0] * special.k0(x)


@adjoint(special.it2j0y0)
def it2j0y0(g, y, x):
    return weighted(g, ((1 - special.j0(x)) / x, -special.y0(x) / x))


@tangent(special.it2j0y0)
def it2j0y0_tangent(dots, y, x):
    return dots[0] * (1 - special.j0(x)) / x, -dots[0] * special.y0(x) / x


@adjoint(special.it2i0k0)
def it2i0k0(g, y, x):
    return weighted(g, ((special.i0(x) - 1) / x, -special.k0(x) / x))


@tangent(special.it2i0k0)
def it2i0k0_tangent(dots, y, x):
    return dots[0] * (special.i0(x) - 1) / x, -dots[0] * special.k0(x) / x


@elementwise(special.besselpoly)
@fixed("lmb", "nu")
def besselpoly(g, y, a, lmb, nu):
    return g * (special.besselpoly(a, lmb + 1, nu - 1) - special.besselpoly(a, lmb + 1, nu + 1))
