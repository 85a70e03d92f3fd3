"""Eigenvalues and eigenvectors of general matrices.

>>> eigvals(np.array([1.0, 0.0]), np.array([1.0, 2.0]), np.array([[1.0, 0.0], [0.0, 2.0]]))
array([[1., 0.],
       [0., 0.]])

LAPACK scales each eigenvector to norm 1 and turns it so that its largest component is real; so does the
derivative. Repeated eigenvalues: 1/gap is set to 0.

Source: M. Giles, Oxford NA-08-01 (2008), 3.1.
"""

from __future__ import annotations

import numpy as np

from s2sad.rules.declare import adjoint, tangent
from s2sad.runtime import inverse_gaps


@adjoint(np.linalg.eigvals)
def eigvals(g, y, a):
    v = np.linalg.eig(a)[1]
    vt = np.swapaxes(v, -1, -2)
    a_bar = np.linalg.solve(vt, np.expand_dims(g, -1) * vt)
    return a_bar if np.iscomplexobj(a) else np.real(a_bar)


@tangent(np.linalg.eigvals)
def eigvals_tangent(dots, y, a):
    v = np.linalg.eig(a)[1]
    return np.diagonal(np.linalg.solve(v, dots[0] @ v), 0, -2, -1)


def largest(v):
    """Return the component of largest modulus of each column, as a row, and a mask of where it stands."""
    rows = np.expand_dims(np.arange(v.shape[-1]), -1)
    here = rows == np.expand_dims(np.argmax(np.abs(v), axis=-2), -2)
    return np.sum(np.where(here, np.real(v), 0), axis=-2, keepdims=True), here


@adjoint(np.linalg.eig)
def eig(g, y, a):
    w, v = y
    vt = np.swapaxes(v, -1, -2)
    inner = np.zeros_like(v)
    if g[1] is not None:
        along = np.sum(g[1] * v, axis=-2, keepdims=True)
        v_bar = g[1] - np.conj(v) * np.real(along)
        if np.iscomplexobj(v):
            real, here = largest(v)
            v_bar = v_bar - np.where(here, 1j * np.imag(along) / real, 0)
        inner = inverse_gaps(w) * (vt @ v_bar)
    if g[0] is not None:
        inner = inner + np.expand_dims(g[0], -1) * np.eye(w.shape[-1], dtype=w.dtype)
    a_bar = np.linalg.solve(vt, inner @ vt)
    return a_bar if np.iscomplexobj(a) else np.real(a_bar)


@tangent(np.linalg.eig)
def eig_tangent(dots, y, a):
    w, v = y
    inner = np.linalg.solve(v, dots[0] @ v)
    v_dot = v @ (inverse_gaps(w) * inner)
    v_dot = v_dot - v * np.sum(np.real(np.conj(v) * v_dot), axis=-2, keepdims=True)
    if np.iscomplexobj(v):
        real, here = largest(v)
        v_dot = v_dot - 1j * v * np.sum(np.where(here, np.imag(v_dot), 0), axis=-2, keepdims=True) / real
    return np.diagonal(inner, 0, -2, -1), v_dot
