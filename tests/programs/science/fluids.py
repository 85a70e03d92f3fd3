"""Fluid codes: advection with limiters, incompressible flow, shallow water, lattice Boltzmann, vorticity."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(402)

W8 = rng.normal(size=8)
W10 = rng.normal(size=10)
W44 = rng.normal(size=(4, 4))
W55 = rng.normal(size=(5, 5))
W56 = rng.normal(size=(5, 6))
W66 = rng.normal(size=(6, 6))
W38 = rng.normal(size=(3, 8))
W25 = rng.normal(size=(2, 5))


# Advection and conservation laws


@program(rng.normal(size=10), 0.07)
def burgers_upwind(u, nu):
    """Viscous Burgers, element by element, with periodic ends written out."""
    nx = u.size
    dx = 2.0 / (nx - 1)
    dt = 0.04
    for _ in range(6):
        un = u.copy()
        for i in range(1, nx - 1):
            if un[i] > 0:
                slope = (un[i] - un[i - 1]) / dx
            else:
                slope = (un[i + 1] - un[i]) / dx
            u[i] = un[i] - dt * un[i] * slope + nu * dt / dx**2 * (un[i + 1] - 2 * un[i] + un[i - 1])
        u[0] = un[0] - un[0] * dt / dx * (un[0] - un[-2]) + nu * dt / dx**2 * (un[1] - 2 * un[0] + un[-2])
        u[-1] = u[0]
    return np.sum(W10 * u)


def minmod(a, b):
    return np.where(a * b > 0.0, np.where(np.abs(a) < np.abs(b), a, b), 0.0)


def godunov_flux(ul, ur):
    fl, fr = 0.5 * ul**2, 0.5 * ur**2
    s = 0.5 * (ul + ur)
    flux = np.where(s > 0, fl, fr)
    rarefaction = ul <= ur
    flux[rarefaction] = np.minimum(fl, fr)[rarefaction]
    sonic = (ul < 0) & (ur > 0)
    flux[sonic] = 0.0
    return flux


def fill_ghosts(q, ng):
    n = q.size - 2 * ng
    for k in range(ng):
        q[k] = q[n + k]
        q[ng + n + k] = q[ng + k]


@program(rng.normal(size=8))
def burgers_muscl(u0):
    """A finite-volume scheme: minmod slopes, Godunov flux, two stages, periodic ghost cells."""
    ng = 2
    n = u0.size
    dx = 1.0 / n
    dt = 0.3 * dx
    u = np.zeros(n + 2 * ng)
    u[ng:-ng] = u0
    for _ in range(3):
        old = u.copy()
        for stage in range(2):
            fill_ghosts(u, ng)
            slope = minmod(u[1:-1] - u[:-2], u[2:] - u[1:-1])
            left = u[1:-2] + 0.5 * slope[:-1]
            right = u[2:-1] - 0.5 * slope[1:]
            flux = godunov_flux(left, right)
            u[ng:-ng] -= dt / dx * (flux[1:] - flux[:-1])
            if stage == 1:
                u += old
                u *= 0.5
    return np.sum(W8 * u[ng:-ng])


def bilinear_gather(field, x, y, out):
    n, m = field.shape
    i0 = np.clip(np.floor(x).astype(int), 0, n - 2)
    j0 = np.clip(np.floor(y).astype(int), 0, m - 2)
    s = x - i0
    t = y - j0
    out[:] = (1 - s) * ((1 - t) * field[i0, j0] + t * field[i0, j0 + 1]) + s * (
        (1 - t) * field[i0 + 1, j0] + t * field[i0 + 1, j0 + 1]
    )


@program(rng.normal(size=(4, 4)), rng.uniform(-1, 1, size=(4, 4)), rng.uniform(-1, 1, size=(4, 4)), order=1)
def semi_lagrangian(q, u, v):
    """Trace back, clip to the box and interpolate; two buffers swap."""
    n, m = q.shape
    ii, jj = np.meshgrid(np.arange(n, dtype=float), np.arange(m, dtype=float), indexing="ij")
    q_new = np.empty_like(q)
    dt = 0.37
    for _ in range(3):
        x = np.clip(ii - dt * u, 0.0, n - 1.0)
        y = np.clip(jj - dt * v, 0.0, m - 1.0)
        bilinear_gather(q, x, y, q_new)
        q, q_new = q_new, q
    return np.sum(W44 * q)


def euler_flux(U, gamma, F):
    rho, mom, ener = U
    u = mom / rho
    p = (gamma - 1.0) * (ener - 0.5 * rho * u**2)
    F[0] = mom
    F[1] = mom * u + p
    F[2] = (ener + p) * u
    return np.max(np.abs(u) + np.sqrt(gamma * p / rho))


@program(rng.uniform(0.8, 1.2, size=8), rng.uniform(-0.1, 0.1, size=8), rng.uniform(0.8, 1.2, size=8), 1.4)
def shock_tube(rho, u, p, gamma):
    """The compressible Euler equations with Rusanov fluxes; the time step follows the fastest wave."""
    n = rho.size
    U = np.empty((3, n))
    U[0] = rho
    U[1] = rho * u
    U[2] = p / (gamma - 1.0) + 0.5 * rho * u**2
    F = np.zeros_like(U)
    dx = 1.0 / n
    t = 0.0
    while t < 0.1:
        smax = euler_flux(U, gamma, F)
        dt = 0.4 * dx / smax
        Fhat = 0.5 * (F[:, 1:] + F[:, :-1]) - 0.5 * smax * (U[:, 1:] - U[:, :-1])
        U[:, 1:-1] -= dt / dx * (Fhat[:, 1:] - Fhat[:, :-1])
        U[:, 0] = U[:, 1]
        U[:, -1] = U[:, -2]
        t += dt
    return np.sum(W38 * U)


# Incompressible flow


def build_up_b(b, rho, dt, u, v, dx, dy):
    b[1:-1, 1:-1] = rho * (
        1 / dt * ((u[1:-1, 2:] - u[1:-1, 0:-2]) / (2 * dx) + (v[2:, 1:-1] - v[0:-2, 1:-1]) / (2 * dy))
        - ((u[1:-1, 2:] - u[1:-1, 0:-2]) / (2 * dx)) ** 2
        - 2 * ((u[2:, 1:-1] - u[0:-2, 1:-1]) / (2 * dy) * (v[1:-1, 2:] - v[1:-1, 0:-2]) / (2 * dx))
        - ((v[2:, 1:-1] - v[0:-2, 1:-1]) / (2 * dy)) ** 2
    )
    return b


def pressure_poisson(nit, p, dx, dy, b):
    pn = np.empty_like(p)
    pn = p.copy()
    for _q in range(nit):
        pn = p.copy()
        p[1:-1, 1:-1] = (
            (pn[1:-1, 2:] + pn[1:-1, 0:-2]) * dy**2 + (pn[2:, 1:-1] + pn[0:-2, 1:-1]) * dx**2
        ) / (2 * (dx**2 + dy**2)) - dx**2 * dy**2 / (2 * (dx**2 + dy**2)) * b[1:-1, 1:-1]
        p[:, -1] = p[:, -2]
        p[0, :] = p[1, :]
        p[:, 0] = p[:, 1]
        p[-1, :] = 0
    return p


def cavity_flow(nt, nit, u, v, dt, dx, dy, p, rho, nu, lid):
    un = np.empty_like(u)
    vn = np.empty_like(v)
    b = np.zeros(u.shape)
    for _n in range(nt):
        un = u.copy()
        vn = v.copy()
        b = build_up_b(b, rho, dt, u, v, dx, dy)
        p = pressure_poisson(nit, p, dx, dy, b)
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / dx * (un[1:-1, 1:-1] - un[1:-1, 0:-2])
            - vn[1:-1, 1:-1] * dt / dy * (un[1:-1, 1:-1] - un[0:-2, 1:-1])
            - dt / (2 * rho * dx) * (p[1:-1, 2:] - p[1:-1, 0:-2])
            + nu
            * (
                dt / dx**2 * (un[1:-1, 2:] - 2 * un[1:-1, 1:-1] + un[1:-1, 0:-2])
                + dt / dy**2 * (un[2:, 1:-1] - 2 * un[1:-1, 1:-1] + un[0:-2, 1:-1])
            )
        )
        v[1:-1, 1:-1] = (
            vn[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / dx * (vn[1:-1, 1:-1] - vn[1:-1, 0:-2])
            - vn[1:-1, 1:-1] * dt / dy * (vn[1:-1, 1:-1] - vn[0:-2, 1:-1])
            - dt / (2 * rho * dy) * (p[2:, 1:-1] - p[0:-2, 1:-1])
            + nu
            * (
                dt / dx**2 * (vn[1:-1, 2:] - 2 * vn[1:-1, 1:-1] + vn[1:-1, 0:-2])
                + dt / dy**2 * (vn[2:, 1:-1] - 2 * vn[1:-1, 1:-1] + vn[0:-2, 1:-1])
            )
        )
        u[0, :] = 0
        u[:, 0] = 0
        u[:, -1] = 0
        u[-1, :] = lid
        v[0, :] = 0
        v[-1, :] = 0
        v[:, 0] = 0
        v[:, -1] = 0
    return u, v, p


@program(rng.uniform(-0.5, 0.5, size=(5, 5)), 1.1, 0.1, 0.9)
def lid_driven_cavity(u, rho, nu, lid):
    """The tenth of the twelve steps to Navier-Stokes."""
    v = np.zeros((5, 5))
    p = np.zeros((5, 5))
    u, v, p = cavity_flow(3, 4, u, v, 0.02, 0.5, 0.5, p, rho, nu, lid)
    return np.sum(W55 * u) + np.sum(W55.T * v) + np.sum(W55 * p)


def build_up_b_periodic(rho, dt, dx, dy, u, v):
    b = np.zeros_like(u)
    b[1:-1, 1:-1] = rho * (
        1 / dt * ((u[1:-1, 2:] - u[1:-1, 0:-2]) / (2 * dx) + (v[2:, 1:-1] - v[0:-2, 1:-1]) / (2 * dy))
        - ((u[1:-1, 2:] - u[1:-1, 0:-2]) / (2 * dx)) ** 2
    )
    # Periodic at x = 2
    b[1:-1, -1] = rho * (
        1 / dt * ((u[1:-1, 0] - u[1:-1, -2]) / (2 * dx) + (v[2:, -1] - v[0:-2, -1]) / (2 * dy))
        - ((u[1:-1, 0] - u[1:-1, -2]) / (2 * dx)) ** 2
    )
    # Periodic at x = 0
    b[1:-1, 0] = rho * (
        1 / dt * ((u[1:-1, 1] - u[1:-1, -1]) / (2 * dx) + (v[2:, 0] - v[0:-2, 0]) / (2 * dy))
        - ((u[1:-1, 1] - u[1:-1, -1]) / (2 * dx)) ** 2
    )
    return b


def pressure_poisson_periodic(p, dx, dy, b, nit):
    for _ in range(nit):
        pn = p.copy()
        c = 2 * (dx**2 + dy**2)
        p[1:-1, 1:-1] = (
            (pn[1:-1, 2:] + pn[1:-1, 0:-2]) * dy**2 + (pn[2:, 1:-1] + pn[0:-2, 1:-1]) * dx**2
        ) / c - dx**2 * dy**2 / c * b[1:-1, 1:-1]
        p[1:-1, -1] = ((pn[1:-1, 0] + pn[1:-1, -2]) * dy**2 + (pn[2:, -1] + pn[0:-2, -1]) * dx**2) / c - (
            dx**2 * dy**2 / c * b[1:-1, -1]
        )
        p[1:-1, 0] = ((pn[1:-1, 1] + pn[1:-1, -1]) * dy**2 + (pn[2:, 0] + pn[0:-2, 0]) * dx**2) / c - (
            dx**2 * dy**2 / c * b[1:-1, 0]
        )
        p[-1, :] = p[-2, :]
        p[0, :] = p[1, :]
    return p


@program(rng.normal(size=(4, 4)) * 0.3, rng.normal(size=(4, 4)) * 0.3, 1.2, 0.7)
def channel_flow(u, v, rho, force):
    """Flow in a channel that is periodic along x, until the mean speed settles or ten steps are made."""
    nu, dt, dx, dy = 0.1, 0.05, 0.6, 0.6
    p = np.ones((4, 4))
    udiff = 1.0
    stepcount = 0
    while udiff > 0.001 and stepcount < 3:
        un = u.copy()
        vn = v.copy()
        b = build_up_b_periodic(rho, dt, dx, dy, u, v)
        p = pressure_poisson_periodic(p, dx, dy, b, 3)
        for i, im, ip in ((slice(1, -1), slice(0, -2), slice(2, None)), (-1, -2, 0), (0, -1, 1)):
            u[1:-1, i] = (
                un[1:-1, i]
                - un[1:-1, i] * dt / dx * (un[1:-1, i] - un[1:-1, im])
                - vn[1:-1, i] * dt / dy * (un[1:-1, i] - un[0:-2, i])
                - dt / (2 * rho * dx) * (p[1:-1, ip] - p[1:-1, im])
                + nu * dt / dx**2 * (un[1:-1, ip] - 2 * un[1:-1, i] + un[1:-1, im])
                + nu * dt / dy**2 * (un[2:, i] - 2 * un[1:-1, i] + un[0:-2, i])
                + force * dt
            )
            v[1:-1, i] = (
                vn[1:-1, i]
                - un[1:-1, i] * dt / dx * (vn[1:-1, i] - vn[1:-1, im])
                - dt / (2 * rho * dy) * (p[2:, i] - p[0:-2, i])
                + nu * dt / dx**2 * (vn[1:-1, ip] - 2 * vn[1:-1, i] + vn[1:-1, im])
            )
        u[0, :] = 0
        u[-1, :] = 0
        v[0, :] = 0
        v[-1, :] = 0
        udiff = abs((np.sum(u) - np.sum(un)) / np.sum(u))
        stepcount += 1
    return np.sum(W44 * u) + np.sum(W44.T * v)


@program(rng.normal(size=(5, 6)), 0.05, 0.8, order=1)
def vorticity_stream_function(w, nu, lid):
    """Solve for the stream function by sweeps, set the wall vorticity, advect."""
    ny, nx = w.shape
    h = 0.25
    dt = 0.01
    psi = np.zeros((ny, nx))
    for _ in range(3):
        for _ in range(4):
            for i in range(1, ny - 1):
                for j in range(1, nx - 1):
                    r = psi[i + 1, j] + psi[i - 1, j] + psi[i, j + 1] + psi[i, j - 1]
                    psi[i, j] += 1.2 * (0.25 * (r + h * h * w[i, j]) - psi[i, j])
        w[0, 1:-1] = -2.0 * psi[1, 1:-1] / h**2
        w[-1, 1:-1] = -2.0 * psi[-2, 1:-1] / h**2 - 2.0 * lid / h
        w[1:-1, 0] = -2.0 * psi[1:-1, 1] / h**2
        w[1:-1, -1] = -2.0 * psi[1:-1, -2] / h**2
        u = (psi[2:, 1:-1] - psi[:-2, 1:-1]) / (2 * h)
        v = -(psi[1:-1, 2:] - psi[1:-1, :-2]) / (2 * h)
        wx = (w[1:-1, 2:] - w[1:-1, :-2]) / (2 * h)
        wy = (w[2:, 1:-1] - w[:-2, 1:-1]) / (2 * h)
        lap = (w[2:, 1:-1] + w[:-2, 1:-1] + w[1:-1, 2:] + w[1:-1, :-2] - 4.0 * w[1:-1, 1:-1]) / h**2
        w[1:-1, 1:-1] += dt * (nu * lap - u * wx - v * wy)
    return np.sum(W56 * w) + 5.0 * np.sum(W56 * psi)


def diffuse(b, x, x0, a):
    for _ in range(4):
        x[1:-1, 1:-1] = (x0[1:-1, 1:-1] + a * (x[:-2, 1:-1] + x[2:, 1:-1] + x[1:-1, :-2] + x[1:-1, 2:])) / (
            1 + 4 * a
        )
        set_bnd(b, x)


def set_bnd(b, x):
    x[0, 1:-1] = -x[1, 1:-1] if b == 1 else x[1, 1:-1]
    x[-1, 1:-1] = -x[-2, 1:-1] if b == 1 else x[-2, 1:-1]
    x[1:-1, 0] = -x[1:-1, 1] if b == 2 else x[1:-1, 1]
    x[1:-1, -1] = -x[1:-1, -2] if b == 2 else x[1:-1, -2]
    x[0, 0] = 0.5 * (x[1, 0] + x[0, 1])
    x[0, -1] = 0.5 * (x[1, -1] + x[0, -2])
    x[-1, 0] = 0.5 * (x[-2, 0] + x[-1, 1])
    x[-1, -1] = 0.5 * (x[-2, -1] + x[-1, -2])


def project(u, v, p, div):
    n = u.shape[0] - 2
    div[1:-1, 1:-1] = -0.5 * (u[2:, 1:-1] - u[:-2, 1:-1] + v[1:-1, 2:] - v[1:-1, :-2]) / n
    p.fill(0.0)
    set_bnd(0, div)
    set_bnd(0, p)
    for _ in range(4):
        p[1:-1, 1:-1] = (div[1:-1, 1:-1] + p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:]) / 4
        set_bnd(0, p)
    u[1:-1, 1:-1] -= 0.5 * n * (p[2:, 1:-1] - p[:-2, 1:-1])
    v[1:-1, 1:-1] -= 0.5 * n * (p[1:-1, 2:] - p[1:-1, :-2])
    set_bnd(1, u)
    set_bnd(2, v)


def vel_step(u, v, u0, v0, visc, dt):
    u += dt * u0
    v += dt * v0
    u0, u = u, u0
    diffuse(1, u, u0, dt * visc)
    v0, v = v, v0
    diffuse(2, v, v0, dt * visc)
    project(u, v, u0, v0)


@program(rng.normal(size=(6, 6)), rng.normal(size=(6, 6)), 0.3, order=1)
def stable_fluids(u, v, visc):
    """Stam's solver without advection: sources, diffusion, projection, with arrays that change their roles."""
    u0 = 0.1 * np.ones_like(u)
    v0 = np.zeros_like(v)
    vel_step(u, v, u0, v0, visc, 0.1)
    return np.sum(W66 * u0) + np.sum(W66.T * v0)


# Shallow water


@program(1.0 + 0.1 * rng.normal(size=(5, 5)), rng.normal(size=(5, 5)) * 0.1, 9.8, order=1)
def shallow_water_lax_wendroff(h, uh, g):
    """The two-step scheme with reflecting walls, on arrays with a frame of ghost cells."""
    n = h.shape[0] - 2
    vh = np.zeros_like(h)
    hx, ux, vx = np.zeros((n + 1, n + 1)), np.zeros((n + 1, n + 1)), np.zeros((n + 1, n + 1))
    hy, uy, vy = np.zeros((n + 1, n + 1)), np.zeros((n + 1, n + 1)), np.zeros((n + 1, n + 1))
    dt, dx = 0.02, 1.0
    for _ in range(3):
        h[:, 0], uh[:, 0], vh[:, 0] = h[:, 1], uh[:, 1], -vh[:, 1]
        h[:, -1], uh[:, -1], vh[:, -1] = h[:, -2], uh[:, -2], -vh[:, -2]
        h[0, :], uh[0, :], vh[0, :] = h[1, :], -uh[1, :], vh[1, :]
        h[-1, :], uh[-1, :], vh[-1, :] = h[-2, :], -uh[-2, :], vh[-2, :]

        hx[:, :-1] = (h[1:, 1:-1] + h[:-1, 1:-1]) / 2 - dt / (2 * dx) * (uh[1:, 1:-1] - uh[:-1, 1:-1])
        fu = uh[:, 1:-1] ** 2 / h[:, 1:-1] + g / 2 * h[:, 1:-1] ** 2
        ux[:, :-1] = (uh[1:, 1:-1] + uh[:-1, 1:-1]) / 2 - dt / (2 * dx) * (fu[1:] - fu[:-1])
        fv = uh[:, 1:-1] * vh[:, 1:-1] / h[:, 1:-1]
        vx[:, :-1] = (vh[1:, 1:-1] + vh[:-1, 1:-1]) / 2 - dt / (2 * dx) * (fv[1:] - fv[:-1])

        hy[:-1, :] = (h[1:-1, 1:] + h[1:-1, :-1]) / 2 - dt / (2 * dx) * (vh[1:-1, 1:] - vh[1:-1, :-1])
        gu = vh[1:-1] * uh[1:-1] / h[1:-1]
        uy[:-1, :] = (uh[1:-1, 1:] + uh[1:-1, :-1]) / 2 - dt / (2 * dx) * (gu[:, 1:] - gu[:, :-1])
        gv = vh[1:-1] ** 2 / h[1:-1] + g / 2 * h[1:-1] ** 2
        vy[:-1, :] = (vh[1:-1, 1:] + vh[1:-1, :-1]) / 2 - dt / (2 * dx) * (gv[:, 1:] - gv[:, :-1])

        h[1:-1, 1:-1] -= dt / dx * (ux[1:, :-1] - ux[:-1, :-1]) + dt / dx * (vy[:-1, 1:] - vy[:-1, :-1])
        fx = ux[:, :-1] ** 2 / hx[:, :-1] + g / 2 * hx[:, :-1] ** 2
        gy = vy[:-1, :] * uy[:-1, :] / hy[:-1, :]
        uh[1:-1, 1:-1] -= dt / dx * (fx[1:] - fx[:-1]) + dt / dx * (gy[:, 1:] - gy[:, :-1])
        fx = ux[:, :-1] * vx[:, :-1] / hx[:, :-1]
        gy = vy[:-1, :] ** 2 / hy[:-1, :] + g / 2 * hy[:-1, :] ** 2
        vh[1:-1, 1:-1] -= dt / dx * (fx[1:] - fx[:-1]) + dt / dx * (gy[:, 1:] - gy[:, :-1])
    return np.sum(W55 * h) + np.sum(W55.T * uh) + np.sum(W55 * vh)


@program(0.1 * rng.normal(size=(4, 4)), 0.5, 0.9, 0.3)
def shallow_water_staggered(eta, f, depth, drag):
    """The linear equations on a C grid with Coriolis force and an upwind flux of the layer thickness."""
    n, m = eta.shape
    u = np.zeros((n, m + 1))
    v = np.zeros((n + 1, m))
    hu = np.zeros((n, m - 1))
    hv = np.zeros((n - 1, m))
    dt, g = 0.05, 1.0
    for step in range(5):
        eta_x = eta[:, 1:] - eta[:, :-1]
        eta_y = eta[1:, :] - eta[:-1, :]
        v_at_u = 0.25 * (v[:-1, 1:] + v[1:, 1:] + v[:-1, :-1] + v[1:, :-1])
        u_at_v = 0.25 * (u[1:, :-1] + u[1:, 1:] + u[:-1, :-1] + u[:-1, 1:])
        if step % 2 == 0:
            u[:, 1:-1] += dt * (f * v_at_u - g * eta_x - drag * u[:, 1:-1])
            v[1:-1, :] -= dt * (f * u_at_v + g * eta_y + drag * v[1:-1, :])
        else:
            v[1:-1, :] += dt * (-f * u_at_v - g * eta_y - drag * v[1:-1, :])
            u[:, 1:-1] += dt * (f * v_at_u - g * eta_x - drag * u[:, 1:-1])
        h = depth + eta
        right = u[:, 1:-1] > 0
        hu[right] = (u[:, 1:-1] * h[:, :-1])[right]
        hu[~right] = (u[:, 1:-1] * h[:, 1:])[~right]
        hv[:] = v[1:-1, :] * np.where(v[1:-1, :] > 0, h[:-1, :], h[1:, :])
        eta[:, :-1] -= dt * hu
        eta[:, 1:] += dt * hu
        eta[:-1] -= dt * hv
        eta[1:] += dt * hv
    return np.sum(W44 * eta) + np.sum(W44[:, :3] * hu)


# Lattice Boltzmann

CX = np.array([0, 1, 0, -1, 0, 1, -1, -1, 1])
CY = np.array([0, 0, 1, 0, -1, 1, 1, -1, -1])
WEIGHTS = np.array([4 / 9, 1 / 9, 1 / 9, 1 / 9, 1 / 9, 1 / 36, 1 / 36, 1 / 36, 1 / 36])
OPPOSITE = np.array([0, 3, 4, 1, 2, 7, 8, 5, 6])


@program(1.0 + 0.1 * rng.normal(size=(4, 4)), 0.1 * rng.normal(size=(4, 4)), 0.8, order=1)
def lattice_boltzmann(rho0, ux0, tau):
    """D2Q9: stream with roll, collide, bounce back from a solid by mask."""
    ny, nx = rho0.shape
    solid = np.zeros((ny, nx), dtype=bool)
    solid[1:3, 2] = True
    F = np.zeros((ny, nx, 9))
    for i in range(9):
        cu = CX[i] * ux0
        F[:, :, i] = WEIGHTS[i] * rho0 * (1 + 3 * cu + 4.5 * cu**2 - 1.5 * ux0**2)
    for _ in range(2):
        for i, cx, cy in zip(range(9), CX, CY):
            F[:, :, i] = np.roll(F[:, :, i], cx, axis=1)
            F[:, :, i] = np.roll(F[:, :, i], cy, axis=0)
        bndryF = F[solid, :]
        bndryF = bndryF[:, [0, 3, 4, 1, 2, 7, 8, 5, 6]]
        rho = np.sum(F, 2)
        ux = np.sum(F * CX, 2) / rho
        uy = np.sum(F * CY, 2) / rho
        Feq = np.zeros(F.shape)
        for i, cx, cy, w in zip(range(9), CX, CY, WEIGHTS):
            Feq[:, :, i] = (
                rho
                * w
                * (1 + 3 * (cx * ux + cy * uy) + 9 * (cx * ux + cy * uy) ** 2 / 2 - 3 * (ux**2 + uy**2) / 2)
            )
        F += -(1.0 / tau) * (F - Feq)
        F[solid, :] = bndryF
    return np.sum(W44 * rho) + 10.0 * np.sum(W44 * ux) + np.sum(F[1] * W25[0, :4, None] * WEIGHTS)


@program(0.04, 0.9, 1.1)
def lattice_boltzmann_inflow(inflow, omega, density):
    """A channel with inflow and outflow, populations first, in place, with half-way walls."""
    nx, ny = 4, 3
    u = np.zeros((2, nx, ny))
    u[0] = inflow * (1.0 + 0.1 * np.sin(np.arange(ny)))
    rho = density * np.ones((nx, ny))
    fin = equilibrium(rho, u)
    fout = np.empty_like(fin)
    for _ in range(4):
        fin[[3, 6, 7], -1, :] = fin[[3, 6, 7], -2, :]  # outflow
        rho = np.sum(fin, axis=0)
        u[:] = 0.0
        for i in range(9):
            u[0] += CX[i] * fin[i]
            u[1] += CY[i] * fin[i]
        u /= rho
        u[0, 0, :] = inflow
        feq = equilibrium(rho, u)
        fin[[1, 5, 8], 0, :] = feq[[1, 5, 8], 0, :] + fin[[3, 7, 6], 0, :] - feq[[3, 7, 6], 0, :]
        fout[...] = fin - omega * (fin - feq)
        for i in range(9):
            fout[i, :, 0] = fin[OPPOSITE[i], :, 0]
            fin[i] = np.roll(np.roll(fout[i], CX[i], axis=0), CY[i], axis=1)
    return 10.0 * np.sum(W44[:, :3] * rho) + 100.0 * np.sum(W44[:3, :].T * u[0])


def equilibrium(rho, u):
    usqr = 1.5 * (u[0] ** 2 + u[1] ** 2)
    feq = np.zeros((9,) + rho.shape)
    for i in range(9):
        cu = 3.0 * (CX[i] * u[0] + CY[i] * u[1])
        feq[i] = rho * WEIGHTS[i] * (1.0 + cu + 0.5 * cu**2 - usqr)
    return feq
