"""Rules for libraries that need not be installed: each table is loaded once its library has been imported.

>>> import scipy.special  # doctest: +SKIP
>>> load_optional()  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
import sys
import threading

TABLES = {  # the module whose import calls for them, and the modules that hold them
    "scipy.special": (
        "s2sad.rules.scipy_special",
        "s2sad.rules.scipy_special_gamma",
        "s2sad.rules.scipy_special_bessel",
        "s2sad.rules.scipy_special_waves",
        "s2sad.rules.scipy_special_elliptic",
        "s2sad.rules.scipy_special_polynomials",
        "s2sad.rules.scipy_special_distributions",
        "s2sad.analysis.transfer_special",
    ),
    "scipy.linalg": (
        "s2sad.rules.scipy_linalg",
        "s2sad.rules.scipy_linalg_systems",
        "s2sad.rules.scipy_linalg_functions",
    ),
    "scipy.fft": ("s2sad.rules.scipy_fft",),
    "scipy.signal": (
        "s2sad.rules.scipy_signal",
        "s2sad.rules.scipy_signal_linear",
        "s2sad.rules.scipy_signal_spectra",
    ),
    "scipy.ndimage": ("s2sad.rules.scipy_ndimage", "s2sad.rules.scipy_ndimage_places"),
    "scipy.sparse": ("s2sad.rules.scipy_sparse", "s2sad.rules.scipy_sparse_linalg"),
    "scipy.integrate": ("s2sad.rules.scipy_integrate", "s2sad.solvers.scipy_quadrature"),
    "scipy.stats": (
        "s2sad.rules.scipy_stats",
        "s2sad.rules.scipy_stats_multivariate",
        "s2sad.rules.scipy_stats_summaries",
    ),
    "scipy.interpolate": (
        "s2sad.rules.scipy_interpolate",
        "s2sad.rules.scipy_interpolants",
        "s2sad.rules.scipy_interpolants_splines",
        "s2sad.rules.scipy_interpolants_fitted",
        "s2sad.rules.scipy_interpolate_grids",
    ),
    "xarray": ("s2sad.rules.xarray_arrays",),
    "scipy.optimize": ("s2sad.solvers.scipy_roots", "s2sad.solvers.scipy_minima"),
}
_LOCK = threading.RLock()


def load_optional() -> None:
    """Load the tables of the libraries that have been imported by now."""
    if not any(name in sys.modules for name in TABLES):
        return
    with _LOCK:
        for name in [name for name in TABLES if name in sys.modules]:
            for table in TABLES[name]:
                importlib.import_module(table)
            del TABLES[name]
