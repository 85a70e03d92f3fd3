"""The functions of `scipy.special`.

>>> round(float(gammaln(1.0, None, 2.0)), 6)
0.422784
"""

from __future__ import annotations

import numpy as np
from scipy import special

from s2sad.frontend.names import add_module
from s2sad.rules.declare import elementwise

add_module("special", special)


@elementwise(special.gammaln)
def gammaln(g, y, x):
    return g * special.digamma(x)


@elementwise(special.erf)
def erf(g, y, z):
    return 2 / np.sqrt(np.pi) * g * np.exp(-z * z)
