"""The functions of `scipy.special`: elliptic integrals and functions, hypergeometric functions, Lambert's W.

>>> round(float(ellipk(1.0, None, 0.0)), 12) == round(np.pi / 8, 12)
True

Complete integrals are hypergeometric functions of m, incomplete ones are Carlson's: no rule divides by m. Source:
NIST Digital Library of Mathematical Functions, 4.13, 13.3, 15.5, 19.8, 19.18, 19.25, 22.13.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from s2sad.rules.declare import adjoint, elementwise, tangent
from s2sad.rules.scipy_special import fixed, weighted
from s2sad.runtime import unbroadcast

# ---- complete elliptic integrals ------------------------------------------------------------------------


@elementwise(special.ellipk, singular=True)
def ellipk(g, y, m):
    return 0.39269908169872414 * g * special.hyp2f1(1.5, 1.5, 2, m)


@elementwise(special.ellipkm1, singular=True)
def ellipkm1(g, y, p):
    return -0.16666666666666666 * g * special.elliprd(0, 1, p)


@elementwise(special.ellipe, singular=True)
def ellipe(g, y, m):
    return -0.39269908169872414 * g * special.hyp2f1(0.5, 1.5, 2, m)


@elementwise(special.agm, singular=True)
def agm(g, y, a, b):
    """It is (a + b) / 2 / F(t**2) with t = (a - b) / (a + b) and F = 2F1(1/2, 1/2; 1; .)."""
    s = a + b
    t = (a - b) / s
    slope = 2 * y * y * t * special.hyp2f1(1.5, 1.5, 2, t * t) / (s * s * s)
    return g * (y / s - slope * b), g * (y / s + slope * a)


# ---- incomplete elliptic integrals: beyond pi/2 complete ones are added ---------------------------------


@elementwise(special.ellipkinc, singular=True)
def ellipkinc(g, y, phi, m):
    return g / np.sqrt(1 - m * np.sin(phi) ** 2), g * slope_in_m(phi, m)


@elementwise(special.ellipeinc, singular=True)
def ellipeinc(g, y, phi, m):
    n = np.round(phi / np.pi)
    s, c = np.sin(phi - np.pi * n), np.cos(phi - np.pi * n)
    whole = 2 * n * special.elliprd(0, np.where(n == 0, 2.0, 1 - m), 1)
    m_bar = -g * (s * s * s * special.elliprd(c * c, 1 - m * s * s, 1) + whole) / 6
    return g * np.sqrt(1 - m * np.sin(phi) ** 2), m_bar


def slope_in_m(phi, m):
    """Return the derivative of ellipkinc in m."""
    n = np.round(phi / np.pi)
    s, c = np.sin(phi - np.pi * n), np.cos(phi - np.pi * n)
    whole = 2 * n * special.elliprd(0, 1, np.where(n == 0, 2.0, 1 - m))
    return (s * s * s * special.elliprd(c * c, 1, 1 - m * s * s) + whole) / 6


@adjoint(special.ellipj)
def ellipj(g, y, u, m):
    sn, cn, dn, ph = y
    inner = weighted(g, (cn * dn, -sn * dn, -m * sn * cn, dn))
    turn = -dn * slope_in_m(ph, m)
    outer = weighted(g, (cn * turn, -sn * turn, -sn * (0.5 * sn + m * cn * turn) / dn, turn))
    return unbroadcast(inner, u), unbroadcast(outer, m)


@tangent(special.ellipj)
def ellipj_tangent(dots, y, u, m):
    sn, cn, dn, ph = y
    turn = 0.0 if dots[0] is None else dn * dots[0]
    if dots[1] is None:
        return cn * turn, -sn * turn, -m * sn * cn * turn / dn, turn
    turn = turn - dn * slope_in_m(ph, m) * dots[1]
    return cn * turn, -sn * turn, -sn * (0.5 * sn * dots[1] + m * cn * turn) / dn, turn


# ---- Carlson's symmetric integrals; a slope that divides by the difference of equal arguments is NaN ------


@elementwise(special.elliprf, singular=True)
def elliprf(g, w, x, y, z):
    t = -0.16666666666666666 * g
    return t * special.elliprd(y, z, x), t * special.elliprd(z, x, y), t * special.elliprd(x, y, z)


@elementwise(special.elliprc, singular=True)
def elliprc(g, w, x, y):
    d = 2 * (y - x)
    return g * (w - 1 / np.sqrt(x)) / d, -g * (0.5 * w + (x * w - np.sqrt(x)) / d) / y


@elementwise(special.elliprg, singular=True)
def elliprg(g, w, x, y, z):
    f = special.elliprf(x, y, z)
    x_bar = 0.25 * g * (f - x * special.elliprd(y, z, x) / 3)
    y_bar = 0.25 * g * (f - y * special.elliprd(z, x, y) / 3)
    return x_bar, y_bar, 0.25 * g * (f - z * special.elliprd(x, y, z) / 3)


@elementwise(special.elliprd, singular=True)
def elliprd(g, w, x, y, z):
    """The slope in z is that of an integral by parts, which has no infinite terms where x or y is 0."""
    in_x = (special.elliprd(y, z, x) - w) / (2 * (x - z))
    in_y = (special.elliprd(z, x, y) - w) / (2 * (y - z))
    rest = 1.5 * special.elliprf(x, y, z) - 1.5 * np.sqrt(x) * np.sqrt(y) / (z * np.sqrt(z))
    return g * in_x, g * in_y, g * (rest + (x + y - 2 * z) * w) / ((x - z) * (y - z))


@elementwise(special.elliprj, singular=True)
def elliprj(g, w, x, y, z, p):
    in_x = (special.elliprd(y, z, x) - w) / (2 * (x - p))
    in_y = (special.elliprd(z, x, y) - w) / (2 * (y - p))
    in_z = (special.elliprd(x, y, z) - w) / (2 * (z - p))
    # x elliprd(y, z, x), which is 0 * inf in complete integrals, by equation 19.21.8
    product = 3 * special.elliprf(x, y, z) - y * special.elliprd(z, x, y) - z * special.elliprd(x, y, z)
    total = (product - x * w) / (2 * (x - p)) + y * in_y + z * in_z
    return g * in_x, g * in_y, g * in_z, -g * (1.5 * w + total) / p


# ---- hypergeometric functions ---------------------------------------------------------------------------


@elementwise(special.hyp0f1)
@fixed("v")
def hyp0f1(g, y, v, z):
    return g * special.hyp0f1(v + 1, z) / v


@elementwise(special.hyp1f1)
@fixed("a", "b")
def hyp1f1(g, y, a, b, x):
    return a / b * g * special.hyp1f1(a + 1, b + 1, x)


@elementwise(special.hyp2f1, singular=True)
@fixed("a", "b", "c")
def hyp2f1(g, y, a, b, c, z):
    return a * b / c * g * special.hyp2f1(a + 1, b + 1, c + 1, z)


@elementwise(special.hyperu, singular=True)
@fixed("a", "b")
def hyperu(g, y, a, b, x):
    return -a * g * special.hyperu(a + 1, b + 1, x)


# ---- inverses of elementary functions -------------------------------------------------------------------


@elementwise(special.lambertw, singular=True)
def lambertw(g, w, z, k=0, tol=1e-8):
    return g * np.exp(-w) / (1 + w)


@elementwise(special.wrightomega, singular=True)
def wrightomega(g, w, z):
    return g * w / (1 + w)
