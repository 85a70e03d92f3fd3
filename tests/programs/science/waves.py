"""Wave codes: finite-difference time domain, leapfrog, Schroedinger, Korteweg and de Vries, elasticity."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(403)

W8 = rng.normal(size=8)
W9 = rng.normal(size=9)
W10 = rng.normal(size=10)
W45 = rng.normal(size=(4, 5))
W55 = rng.normal(size=(5, 5))
C8 = rng.normal(size=8) + 1j * rng.normal(size=8)


# Maxwell


def kernel_fdtd_2d(tmax, ex, ey, hz, fict):
    for t in range(tmax):
        ey[0, :] = fict[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])


@program(
    rng.normal(size=(4, 5)), rng.normal(size=(4, 5)), rng.normal(size=(4, 5)), rng.normal(size=4), order=1
)
def fdtd_2d(ex, ey, hz, fict):
    """The benchmark kernel: three fields on a staggered grid, a row driven by a source."""
    kernel_fdtd_2d(4, ex, ey, hz, fict)
    return np.sum(W45 * hz) + np.sum(W45 * ex * ey)


@program(rng.uniform(1.0, 3.0, size=10), np.array([0.3, 1.0, 0.6, -0.4, -0.8, 0.1]))
def fdtd_1d_mur(eps, source):
    """A pulse in a layered medium, element by element, with first-order absorbing ends."""
    n = eps.size
    ez = np.zeros(n)
    hy = np.zeros(n - 1)
    record = np.zeros(len(source))
    imp0 = 3.77
    left_old = right_old = 0.0
    for t in range(len(source)):
        for m in range(n - 1):
            hy[m] = hy[m] + (ez[m + 1] - ez[m]) / imp0
        hy[3] -= source[t] / imp0
        left, right = ez[1], ez[-2]
        for m in range(1, n - 1):
            ez[m] = ez[m] + (hy[m] - hy[m - 1]) * imp0 / eps[m] * 0.9
        ez[4] += source[t]
        ez[0] = left_old
        ez[-1] = right_old
        left_old, right_old = left, right
        record[t] = ez[7]
    return np.sum(W10 * ez) + np.sum(W10[:6] * record) + np.sum(W9 * hy)


def pml_profile(n, npml, strength):
    gi2 = np.ones(n)
    gi3 = np.ones(n)
    fi1 = np.zeros(n)
    for i in range(npml):
        xn = strength * ((npml - i) / npml) ** 3
        gi2[i] = gi2[n - 1 - i] = 1 / (1 + xn)
        gi3[i] = gi3[n - 1 - i] = (1 - xn) / (1 + xn)
        fi1[i] = fi1[n - 1 - i] = xn
    return gi2, gi3, fi1


@program(rng.normal(size=3), 0.33, rng.uniform(1.0, 2.0, size=(5, 5)), order=1)
def maxwell_pml(pulse, strength, eps):
    """The perfectly matched layer in two dimensions, with its coefficient vectors and integrated curls."""
    n = eps.shape[0]
    ez, dz = np.zeros((n, n)), np.zeros((n, n))
    hx, hy = np.zeros((n, n)), np.zeros((n, n))
    ihx, ihy = np.zeros((n, n)), np.zeros((n, n))
    gi2, gi3, fi1 = pml_profile(n, 2, strength)
    gj2, gj3, fj1 = gi2, gi3, fi1
    for t in range(4):
        for j in range(1, n):
            for i in range(1, n):
                dz[i, j] = gi3[i] * gj3[j] * dz[i, j] + gi2[i] * gj2[j] * 0.5 * (
                    hy[i, j] - hy[i - 1, j] - hx[i, j] + hx[i, j - 1]
                )
        dz[n // 2, n // 2] += pulse[t % 3]
        ez[:] = dz / eps
        ez[0, :] = ez[-1, :] = 0.0
        for i in range(n):
            curl = ez[i, :-1] - ez[i, 1:]
            ihx[i, :-1] += curl
            hx[i, :-1] = gj3[:-1] * hx[i, :-1] + gj2[:-1] * (0.5 * curl + fi1[i] * ihx[i, :-1])
        curl_e = ez[:-1, :] - ez[1:, :]
        ihy[:-1, :] += curl_e
        hy[:-1, :] = gi3[:-1, None] * hy[:-1, :] - gi2[:-1, None] * (0.5 * curl_e + fj1 * ihy[:-1, :])
    return np.sum(W55 * ez) + np.sum(W55.T * hx) + np.sum(W55 * hy)


# The wave equation


@program(rng.uniform(0.4, 0.9, size=8), rng.normal(size=8))
def leapfrog_absorbing(c, u0):
    """Three levels in time, Mur's condition at both ends, names that rotate."""
    u_prev = u0.copy()
    u = u0.copy()
    u_next = np.zeros_like(u0)
    u[1:-1] += 0.5 * c[1:-1] ** 2 * (u0[2:] - 2 * u0[1:-1] + u0[:-2])
    for _ in range(5):
        u_next[1:-1] = 2 * u[1:-1] - u_prev[1:-1] + c[1:-1] ** 2 * (u[2:] - 2 * u[1:-1] + u[:-2])
        u_next[0] = u[1] + (c[0] - 1) / (c[0] + 1) * (u_next[1] - u[0])
        u_next[-1] = u[-2] + (c[-1] - 1) / (c[-1] + 1) * (u_next[-2] - u[-1])
        u_prev, u, u_next = u, u_next, u_prev
    return np.sum(W8 * u) + np.sum(u * u_prev)


@program(rng.uniform(0.3, 0.6, size=(5, 5)), np.array([1.0, 0.4, -0.7, 0.2]), order=1)
def seismic_2d(c2, wavelet):
    """An acoustic shot: a source, a sponge, and receivers whose traces are recorded by row."""
    nz, nx = c2.shape
    p = np.zeros((3, nz, nx))
    sponge = np.ones((nz, nx))
    sponge[:, 0] = sponge[:, -1] = 0.8
    sponge[-1] *= 0.8
    traces = np.zeros((len(wavelet), nx))
    for it in range(len(wavelet)):
        new, now, old = p[(it + 1) % 3], p[it % 3], p[(it - 1) % 3]
        lap = np.zeros((nz, nx))
        lap[1:-1] += now[2:] - 2 * now[1:-1] + now[:-2]
        lap[:, 1:-1] += now[:, 2:] - 2 * now[:, 1:-1] + now[:, :-2]
        new[...] = 2 * now - old + c2 * lap
        new[2, 2] += wavelet[it]
        new *= sponge
        now *= sponge
        traces[it] = new[1]
    return np.sum(W45 * traces) + np.sum(W55 * p[1])


def acceleration(u, c, a):
    a[1:-1] = c * c * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    a[0] = c * c * (-2.0 * u[0] + u[1])
    a[-1] = c * c * (u[-2] - 2.0 * u[-1])
    a += 0.25 * np.square(u) * np.sign(u)


@program(rng.normal(size=8), rng.normal(size=8), 0.8)
def string_velocity_verlet(u, v, c):
    """A nonlinear string: kick, drift, kick, with two acceleration arrays that swap."""
    dt = 0.2
    a = np.empty_like(u)
    a_new = np.empty_like(u)
    acceleration(u, c, a)
    for _ in range(5):
        u += v * dt + 0.5 * a * dt**2
        acceleration(u, c, a_new)
        v += 0.5 * (a + a_new) * dt
        a, a_new = a_new, a
    return np.sum(W8 * u) + 0.5 * np.sum(v**2)


@program(rng.normal(size=9) * 0.3, 0.2, 1.1)
def sine_gordon(u, v0, m):
    """A field with a sine potential on a ring, through roll and out= arguments."""
    v = np.full(u.shape, v0)
    lap = np.empty_like(u)
    force = np.empty_like(u)
    for _ in range(6):
        np.add(np.roll(u, 1), np.roll(u, -1), out=lap)
        lap -= 2 * u
        np.sin(u, out=force)
        np.multiply(force, m**2, out=force)
        np.subtract(lap, force, out=force)
        v += 0.3 * force
        u += 0.3 * v
    return np.sum(W9 * u * v)


# Quantum and soliton waves


@program(rng.normal(size=8), rng.normal(size=8), rng.uniform(0.0, 1.0, size=8))
def schroedinger_staggered(R, I, V):
    """Visscher's scheme: real and imaginary parts half a step apart."""
    dx, dt = 0.5, 0.05

    def hamiltonian(f):
        h = V * f
        h[1:-1] -= 0.5 * (f[2:] - 2 * f[1:-1] + f[:-2]) / dx**2
        h[0] = h[-1] = 0.0
        return h

    density = np.zeros_like(R)
    for _ in range(5):
        I_old = I.copy()
        R += dt * hamiltonian(I)
        I -= dt * hamiltonian(R)
        density[:] = R**2 + I * I_old
    return np.sum(W8 * density) + np.sum(W8 * R)


@program(rng.normal(size=8), 1.5, rng.uniform(0.0, 1.0, size=8))
def schroedinger_split_step(psi0, k0, V):
    """Half a kick, a drift in Fourier space, half a kick, on a complex array in place."""
    n = psi0.size
    x = np.arange(n) * 0.5
    psi = np.zeros(n, dtype=complex)
    psi[:] = psi0 * np.exp(1j * k0 * x)
    k = 2 * np.pi * np.fft.fftfreq(n, 0.5)
    dt = 0.1
    half = np.exp(-0.5j * V * dt)
    drift = np.exp(-0.5j * k**2 * dt)
    for _ in range(4):
        psi *= half
        psi_k = np.fft.fft(psi)
        psi_k *= drift
        psi[:] = np.fft.ifft(psi_k)
        psi *= half
    return np.sum(W8 * np.abs(psi) ** 2) + np.sum(np.real(C8 * psi))


@program(rng.normal(size=8), rng.normal(size=8), 0.4)
def schroedinger_crank_nicolson(re, im, g):
    """Cayley's form with a tridiagonal solve of complex numbers, and a nonlinear term."""
    n = re.size
    psi = re + 1j * im
    dt = 0.1
    for _ in range(3):
        V = g * (psi.real**2 + psi.imag**2)
        diag = 1.0 + 0.5j * dt * (1.0 + V)
        off = -0.25j * dt
        d = (1.0 - 0.5j * dt * (1.0 + V)) * psi
        d[1:] -= off * psi[:-1]
        d[:-1] -= off * psi[1:]
        c = np.zeros(n, dtype=complex)
        c[0] = off / diag[0]
        d[0] /= diag[0]
        for i in range(1, n):
            m = diag[i] - off * c[i - 1]
            c[i] = off / m
            d[i] = (d[i] - off * d[i - 1]) / m
        for i in range(n - 2, -1, -1):
            d[i] -= c[i] * d[i + 1]
        psi = d
    return np.sum((C8 * psi).real) + np.sum(W8 * np.abs(psi) ** 2)


@program(rng.normal(size=9), 0.3)
def zabusky_kruskal(u, delta):
    """The scheme in which solitons were found: leapfrog on a ring, three rows of one array."""
    n = u.size
    dx, dt = 0.5, 0.02
    levels = np.zeros((3, n))
    levels[0] = u
    a = dt / (3 * dx)
    b = delta**2 * dt / dx**3

    def tendency(w):
        wp, wm = np.roll(w, -1), np.roll(w, 1)
        wpp, wmm = np.roll(w, -2), np.roll(w, 2)
        return a * (wp + w + wm) * (wp - wm) + b * (wpp - 2 * wp + 2 * wm - wmm)

    levels[1] = levels[0] - 0.5 * tendency(levels[0])
    for _ in range(5):
        levels[2] = levels[0] - tendency(levels[1])
        levels[0] = levels[1]
        levels[1] = levels[2]
    return np.sum(W9 * levels[2])


@program(rng.normal(size=9), 0.3)
def korteweg_de_vries_by_points(u, delta):
    """The same with modular indices, three buffers and tuple rotation."""
    n = len(u)
    old = u
    now = np.empty(n)
    new = np.empty(n)
    h, k = 0.5, 0.02
    for j in range(n):
        jp, jm = (j + 1) % n, (j - 1) % n
        now[j] = old[j] - k / (6 * h) * (old[jp] + old[j] + old[jm]) * (old[jp] - old[jm])
    for _ in range(4):
        for j in range(n):
            jp, jm = (j + 1) % n, (j - 1) % n
            jpp, jmm = (j + 2) % n, (j - 2) % n
            new[j] = (
                old[j]
                - k / (3 * h) * (now[jp] + now[j] + now[jm]) * (now[jp] - now[jm])
                - delta**2 * k / h**3 * (now[jpp] - 2 * now[jp] + 2 * now[jm] - now[jmm])
            )
        old, now, new = now, new, old
    return np.sum(W9 * now)


# Elastic waves


def update_velocity(vx, vz, txx, tzz, txz, rho, dt, h):
    vx[1:-1, 1:-1] += dt / (rho * h) * (txx[1:-1, 1:-1] - txx[1:-1, :-2] + txz[1:-1, 1:-1] - txz[:-2, 1:-1])
    vz[1:-1, 1:-1] += dt / (rho * h) * (txz[1:-1, 2:] - txz[1:-1, 1:-1] + tzz[2:, 1:-1] - tzz[1:-1, 1:-1])


def update_stress(vx, vz, txx, tzz, txz, lam, mu, dt, h):
    dvx = (vx[1:-1, 2:] - vx[1:-1, 1:-1]) / h
    dvz = (vz[1:-1, 1:-1] - vz[:-2, 1:-1]) / h
    l, m = lam[1:-1, 1:-1], mu[1:-1, 1:-1]
    txx[1:-1, 1:-1] += dt * ((l + 2 * m) * dvx + l * dvz)
    tzz[1:-1, 1:-1] += dt * (l * dvx + (l + 2 * m) * dvz)
    shear = (vx[2:, 1:-1] - vx[1:-1, 1:-1]) / h + (vz[1:-1, 1:-1] - vz[1:-1, :-2]) / h
    txz[1:-1, 1:-1] += dt * m * shear


@program(
    rng.uniform(1.0, 2.0, size=(5, 5)),
    rng.uniform(0.5, 1.0, size=(5, 5)),
    np.array([1.0, -0.5]),
    1.3,
    order=1,
)
def elastic_p_sv(lam, mu, source, rho):
    """Virieux's staggered velocities and stresses, with helpers that update six fields."""
    shape = lam.shape
    vx, vz, txx, tzz, txz = (np.zeros(shape) for _ in range(5))
    seismogram = []
    for it in range(5):
        if it < len(source):
            txx[2, 2] += source[it]
            tzz[2, 2] += source[it]
        update_velocity(vx, vz, txx, tzz, txz, rho, 0.2, 1.0)
        update_stress(vx, vz, txx, tzz, txz, lam, mu, 0.2, 1.0)
        seismogram.append(vz[1, 2])
    return np.sum(W55 * (vx + vz)) + np.sum(W55.T * (txx - txz)) + W8[:5] @ np.array(seismogram)


@program(rng.uniform(0.5, 1.5, size=8), rng.normal(size=8), 0.3)
def rod_with_damping(stiffness, displacement, damping):
    """An elastic rod: velocities at nodes, stresses at elements, assembled element by element."""
    n = len(displacement)
    velocity = np.zeros(n)
    force = np.zeros(n)
    for _ in range(5):
        force[:] = -damping * velocity
        for e in range(n - 1):
            stress = stiffness[e] * (displacement[e + 1] - displacement[e])
            force[e] += stress
            force[e + 1] -= stress
        velocity += 0.2 * force
        velocity[0] = velocity[-1] = 0.0
        displacement += 0.2 * velocity
    return np.sum(W8 * displacement) + np.sum(W8 * velocity**2)
