"""SciPy's Rosenbrock function, unmodified: its gradient and Hessian, and a minimization that uses both."""

import numpy as np
from scipy.optimize import minimize, rosen, rosen_der, rosen_hess

from s2sad import grad

gradient = grad(rosen)


def slope_along(x, direction):
    """Return the derivative of `rosen` along `direction`; its gradient is the Hessian times `direction`."""
    return np.sum(gradient(x) * direction)


hessian_times = grad(slope_along)


def hessian(x):
    return np.array([hessian_times(x, row) for row in np.eye(len(x))])


x = np.array([1.3, 0.7, 0.8, 1.9, 1.2])
print(gradient.source_for(x))
print("gradient:                       ", gradient(x))
print("distance to SciPy's rosen_der:  ", np.max(np.abs(gradient(x) - rosen_der(x))))
print("distance to SciPy's rosen_hess: ", np.max(np.abs(hessian(x) - rosen_hess(x))))
assert np.allclose(gradient(x), rosen_der(x), rtol=1e-12)
assert np.allclose(hessian(x), rosen_hess(x), rtol=1e-12)

found = minimize(rosen, x, jac=gradient, hess=hessian, method="Newton-CG", tol=1e-10)
print("minimum found at:               ", np.round(found.x, 6))
assert np.allclose(found.x, 1, atol=1e-6)
