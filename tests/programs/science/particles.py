"""Particle codes: gravity, molecular dynamics, smoothed particles, particles in cells, Monte Carlo and rays."""

from __future__ import annotations

import math

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(501)

W23 = rng.normal(size=(2, 3))
W32 = rng.normal(size=(3, 2))
W33 = rng.normal(size=(3, 3))
W43 = rng.normal(size=(4, 3))
W42 = rng.normal(size=(4, 2))
W52 = rng.normal(size=(5, 2))
W334 = rng.normal(size=(3, 3, 4))
W62 = rng.normal(size=(6, 2))
W4 = rng.normal(size=4)
W5 = rng.normal(size=5)
W6 = rng.normal(size=6)
W8 = rng.normal(size=8)
W44 = rng.normal(size=(4, 4))

TRIANGLE = np.array([[1.0, 0.1, 0.0], [-0.5, 0.8, 0.2], [-0.4, -0.9, -0.3]])
LATTICE = np.array([[0.3, 0.4], [1.5, 0.2], [0.2, 1.6], [1.6, 1.5], [2.7, 0.9]])


# Gravity


def get_acc(pos, mass, G, softening):
    x = pos[:, 0:1]
    y = pos[:, 1:2]
    z = pos[:, 2:3]
    dx = x.T - x
    dy = y.T - y
    dz = z.T - z
    inv_r3 = dx**2 + dy**2 + dz**2 + softening**2
    inv_r3[inv_r3 > 0] = inv_r3[inv_r3 > 0] ** (-1.5)
    ax = G * (dx * inv_r3) @ mass
    ay = G * (dy * inv_r3) @ mass
    az = G * (dz * inv_r3) @ mass
    return np.hstack((ax, ay, az))


def get_energy(pos, vel, mass, G):
    kinetic = 0.5 * np.sum(np.sum(mass * vel**2))
    x = pos[:, 0:1]
    y = pos[:, 1:2]
    z = pos[:, 2:3]
    dx = x.T - x
    dy = y.T - y
    dz = z.T - z
    inv_r = np.sqrt(dx**2 + dy**2 + dz**2)
    inv_r[inv_r > 0] = 1.0 / inv_r[inv_r > 0]
    potential = G * np.sum(np.sum(np.triu(-(mass * mass.T) * inv_r, 1)))
    return kinetic, potential


@program(TRIANGLE, rng.normal(size=(3, 3)) * 0.3, np.array([[1.0], [0.7], [1.4]]), 0.2, order=1)
def n_body_leapfrog(pos, vel, mass, softening):
    """Kick, drift, kick of stars under their own gravity, with energies and positions saved."""
    G = 1.0
    dt = 0.05
    steps = 3
    t = 0.0
    vel -= np.mean(mass * vel, 0) / np.mean(mass)
    acc = get_acc(pos, mass, G, softening)
    KE, PE = get_energy(pos, vel, mass, G)
    pos_save = np.zeros((3, 3, steps + 1))
    pos_save[:, :, 0] = pos
    KE_save = np.zeros(steps + 1)
    KE_save[0] = KE
    PE_save = np.zeros(steps + 1)
    PE_save[0] = PE
    for i in range(steps):
        vel += acc * dt / 2.0
        pos += vel * dt
        acc = get_acc(pos, mass, G, softening)
        vel += acc * dt / 2.0
        t += dt
        KE, PE = get_energy(pos, vel, mass, G)
        pos_save[:, :, i + 1] = pos
        KE_save[i + 1] = KE
        PE_save[i + 1] = PE
    return np.sum(W334 * pos_save) + np.sum(W4 * KE_save) - np.sum(W4[::-1] * PE_save)


def advance(dt, n, bodies, pairs):
    for _ in range(n):
        for (r1, v1, m1), (r2, v2, m2) in pairs:
            dx = r1[0] - r2[0]
            dy = r1[1] - r2[1]
            dz = r1[2] - r2[2]
            mag = dt * ((dx * dx + dy * dy + dz * dz) ** (-1.5))
            b1m = m1 * mag
            b2m = m2 * mag
            v1[0] -= dx * b2m
            v1[1] -= dy * b2m
            v1[2] -= dz * b2m
            v2[0] += dx * b1m
            v2[1] += dy * b1m
            v2[2] += dz * b1m
        for r, v, _ in bodies:
            r[0] += dt * v[0]
            r[1] += dt * v[1]
            r[2] += dt * v[2]


@program(TRIANGLE, rng.normal(size=(3, 3)) * 0.3, 0.7, order=1)
def planets_in_lists(x, v, m):
    """The planets of the language benchmarks: tuples of lists, updated pair by pair."""
    bodies = [
        ([x[0, 0], x[0, 1], x[0, 2]], [v[0, 0], v[0, 1], v[0, 2]], m),
        ([x[1, 0], x[1, 1], x[1, 2]], [v[1, 0], v[1, 1], v[1, 2]], 0.5 * m),
        ([x[2, 0], x[2, 1], x[2, 2]], [v[2, 0], v[2, 1], v[2, 2]], 1.2),
    ]
    pairs = [(bodies[0], bodies[1]), (bodies[0], bodies[2]), (bodies[1], bodies[2])]
    advance(0.05, 3, bodies, pairs)
    total = 0.0
    for k in range(3):
        r, w, _ = bodies[k]
        for d in range(3):
            total += W33[k, d] * r[d] + W43[k, d] * w[d]
    return total


@program(np.array([1.0, 0.1]), np.array([-0.1, 1.05]), 1.0)
def kepler_yoshida(q, p, mu):
    """Fourth-order symplectic composition, drift and kick in place."""
    w1 = 1.0 / (2.0 - 2.0 ** (1.0 / 3.0))
    w0 = -(2.0 ** (1.0 / 3.0)) * w1
    c = [w1 / 2, (w0 + w1) / 2, (w0 + w1) / 2, w1 / 2]
    d = [w1, w0, w1, 0.0]
    h = 0.1
    for _ in range(3):
        for k in range(4):
            q += c[k] * h * p
            if d[k] != 0.0:
                p -= d[k] * h * mu * q / np.linalg.norm(q) ** 3
    return W4[0] * q[0] + W4[1] * q[1] + W4[2] * p[0] * q[1] + W4[3] * p[1]


# Molecular dynamics


def lj_forces(pos, box, rcut, forces):
    forces[:] = 0.0
    epot = 0.0
    n = pos.shape[0]
    for i in range(n - 1):
        d = pos[i + 1 :] - pos[i]
        d -= box * np.round(d / box)
        r2 = np.sum(d**2, axis=1)
        mask = r2 < rcut**2
        inv2 = 1.0 / r2[mask]
        inv6 = inv2**3
        f = (48.0 * inv6 * (inv6 - 0.5) * inv2)[:, None] * d[mask]
        forces[i] -= f.sum(axis=0)
        forces[i + 1 :][mask] += f
        epot += np.sum(4.0 * inv6 * (inv6 - 1.0))
    return epot


@program(LATTICE, rng.normal(size=(5, 2)) * 0.2, 3.6, order=1)
def lennard_jones_verlet(pos, vel, box):
    """Velocity Verlet in a periodic box, with a cutoff and one reused array of forces."""
    dt = 0.005
    forces = np.zeros_like(pos)
    epot = lj_forces(pos, box, 1.7, forces)
    for _ in range(3):
        vel += 0.5 * dt * forces
        pos += dt * vel
        pos %= box
        epot = lj_forces(pos, box, 1.7, forces)
        vel += 0.5 * dt * forces
    return np.sum(W52 * pos) + np.sum(W52[::-1] * vel) + 0.01 * epot


def build_neighbors(pos, rlist):
    n = len(pos)
    neighbors = [[] for _ in range(n)]
    for i in range(n):
        for j in range(i + 1, n):
            if np.linalg.norm(pos[i] - pos[j]) < rlist:
                neighbors[i].append(j)
    return neighbors


def pair_forces(pos, neighbors, eps, sigma, f):
    f.fill(0.0)
    for i, js in enumerate(neighbors):
        for j in js:
            rij = pos[i] - pos[j]
            r2 = rij @ rij
            s6 = (sigma * sigma / r2) ** 3
            fij = 24.0 * eps * s6 * (2.0 * s6 - 1.0) / r2 * rij
            f[i] += fij
            f[j] -= fij


@program(LATTICE, 0.8, 1.05, order=1)
def neighbor_lists(pos, eps, sigma):
    """Verlet lists rebuilt every second step."""
    vel = np.zeros_like(pos)
    f = np.zeros_like(pos)
    neighbors = build_neighbors(pos, 2.0)
    pair_forces(pos, neighbors, eps, sigma, f)
    for step in range(4):
        vel += 0.5 * 0.01 * f
        pos += 0.01 * vel
        if step % 2 == 1:
            neighbors = build_neighbors(pos, 2.0)
        pair_forces(pos, neighbors, eps, sigma, f)
        vel += 0.5 * 0.01 * f
    return np.sum(W52 * pos) + np.sum(W52[::-1] * vel)


def shake(r, rold, bonds, lengths, tol, maxiter):
    for _ in range(maxiter):
        done = True
        for k in range(len(bonds)):
            i, j = bonds[k]
            s = r[i] - r[j]
            diff = np.dot(s, s) - lengths[k] ** 2
            if abs(diff) > tol:
                done = False
                ref = rold[i] - rold[j]
                g = diff / (4.0 * np.dot(s, ref))
                r[i] -= g * ref
                r[j] += g * ref
        if done:
            break


@program(np.array([[0.0, 0.1], [1.0, 0.0], [1.4, 0.9]]), rng.normal(size=(3, 2)) * 0.4, np.array([1.0, 0.95]))
def verlet_with_shake(r, v, lengths):
    """A chain of three atoms whose two bonds are kept by iterated corrections."""
    bonds = [(0, 1), (1, 2)]
    dt = 0.1
    rold = r - dt * v
    for _ in range(2):
        rnew = 2.0 * r - rold
        rnew[:, 1] -= 0.3 * dt**2
        shake(rnew, r, bonds, lengths, 1e-12, 60)
        rold = r
        r = rnew
    return np.sum(W32 * r) + np.sum(W32[::-1] * rold**2)


@program(rng.normal(size=(4, 3)), np.array([1.0, 2.0, 0.5, 1.5]), 0.8)
def velocity_rescaling(vel, mass, target):
    """Remove the drift, then a Berendsen thermostat that scales the velocities in place."""
    vel -= np.sum(mass[:, np.newaxis] * vel, axis=0) / mass.sum()
    history = np.empty(5)
    for step in range(5):
        vel *= 0.99
        temperature = np.sum(mass[:, None] * vel**2) / (3 * len(mass) - 3)
        history[step] = temperature
        lam = np.sqrt(1.0 + 0.2 * (target / temperature - 1.0))
        np.multiply(vel, lam, out=vel)
    return np.sum(W43 * vel) + np.sum(W5 * history)


def nose_hoover_half_step(v, xi, kt, q, dt):
    g = (np.sum(v * v) - v.size * kt) / q
    xi[0] += 0.25 * dt * g
    v *= np.exp(-0.5 * dt * xi[0])
    g = (np.sum(v * v) - v.size * kt) / q
    xi[0] += 0.25 * dt * g


@program(rng.normal(size=3), rng.normal(size=3), 0.7)
def nose_hoover_oscillators(x, v, kt):
    """Oscillators with a thermostat variable kept in an array of one element."""
    xi = np.zeros(1)
    dt = 0.1
    for _ in range(4):
        nose_hoover_half_step(v, xi, kt, 2.0, dt)
        v -= 0.5 * dt * x
        x += dt * v
        v -= 0.5 * dt * x
        nose_hoover_half_step(v, xi, kt, 2.0, dt)
    return np.sum(W33[0] * x) + np.sum(W33[1] * v) + W33[2, 0] * xi[0]


@program(LATTICE[:4], np.array([1.0, -0.8, 0.6, -0.8]), 1.1, order=1)
def ewald_sum(pos, q, alpha):
    """Electrostatic energy and forces of a periodic box, split into a short and a long range."""
    L = 4.0
    n = len(q)
    force = np.zeros((n, 2))
    short = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            d = pos[i] - pos[j]
            d -= L * np.rint(d / L)
            r = np.sqrt(np.sum(d**2))
            short += q[i] * q[j] * math.erfc(alpha * r) / r
            push = (
                q[i]
                * q[j]
                * (
                    math.erfc(alpha * r) / r**2
                    + 2 * alpha / math.sqrt(math.pi) * math.exp(-((alpha * r) ** 2)) / r
                )
            )
            force[i, :] += push * d / r
            force[j, :] -= push * d / r
    long = 0.0
    for kx in range(-2, 3):
        for ky in range(-2, 3):
            if kx == 0 and ky == 0:
                continue
            k = 2.0 * np.pi / L * np.array([kx, ky])
            k2 = k @ k
            phase = pos @ k
            s = np.sum(q * np.exp(1j * phase))
            a = np.exp(-k2 / (4.0 * alpha**2)) / k2
            long += 2.0 * np.pi / L**2 * a * np.abs(s) ** 2
            for i in range(n):
                force[i] += 4.0 * np.pi / L**2 * a * q[i] * (np.conj(s) * np.exp(1j * phase[i])).imag * k
    self_energy = -alpha / np.sqrt(np.pi) * np.sum(q**2)
    return short + long + self_energy + np.sum(W42 * force)


# Smoothed particles


def sph_kernel(x, y, h):
    r = np.sqrt(x**2 + y**2)
    return (1.0 / (h * np.sqrt(np.pi))) ** 2 * np.exp(-(r**2) / h**2)


def sph_gradient(x, y, h):
    r = np.sqrt(x**2 + y**2)
    n = -2.0 * np.exp(-(r**2) / h**2) / h**4 / np.pi
    return n * x, n * y


def separations(ri, rj):
    M = ri.shape[0]
    N = rj.shape[0]
    rix = ri[:, 0].reshape((M, 1))
    riy = ri[:, 1].reshape((M, 1))
    rjx = rj[:, 0].reshape((N, 1))
    rjy = rj[:, 1].reshape((N, 1))
    return rix - rjx.T, riy - rjy.T


def sph_density(r, pos, m, h):
    dx, dy = separations(r, pos)
    return np.sum(m * sph_kernel(dx, dy, h), 1).reshape((r.shape[0], 1))


def sph_acceleration(pos, vel, m, h, k, n, lmbda, nu):
    N = pos.shape[0]
    rho = sph_density(pos, pos, m, h)
    P = k * rho ** (1 + 1 / n)
    dx, dy = separations(pos, pos)
    dWx, dWy = sph_gradient(dx, dy, h)
    ax = -np.sum(m * (P / rho**2 + P.T / rho.T**2) * dWx, 1).reshape((N, 1))
    ay = -np.sum(m * (P / rho**2 + P.T / rho.T**2) * dWy, 1).reshape((N, 1))
    a = np.hstack((ax, ay))
    a -= lmbda * pos
    a -= nu * vel
    return a


@program(rng.normal(size=(4, 2)) * 0.6, 0.7, 0.5, 2.0, order=1)
def smoothed_particle_star(pos, h, k, lmbda):
    """A polytropic star of smoothed particles, and its density at the end."""
    vel = np.zeros(pos.shape)
    acc = sph_acceleration(pos, vel, 0.5, h, k, 1, lmbda, 1.0)
    for _ in range(3):
        vel += acc * 0.04 / 2
        pos += vel * 0.04
        acc = sph_acceleration(pos, vel, 0.5, h, k, 1, lmbda, 1.0)
        vel += acc * 0.04 / 2
        rho = sph_density(pos, pos, 0.5, h)
    return np.sum(W42 * pos) + np.sum(W42[::-1] * vel) + np.sum(W4 * rho[:, 0])


# Particles and grids


def deposit(x, dx, rho):
    n = len(rho)
    j = np.floor(x / dx).astype(int)
    frac = x / dx - j
    rho[:] = 0.0
    np.add.at(rho, j % n, 1.0 - frac)
    np.add.at(rho, (j + 1) % n, frac)
    rho /= dx


def gather(E, x, dx):
    n = len(E)
    j = (x // dx).astype(int)
    frac = x / dx - j
    return (1.0 - frac) * E[j % n] + frac * E[(j + 1) % n]


@program(np.array([0.13, 0.66, 1.21, 1.48, 2.73, 3.39]), rng.normal(size=6) * 0.3, order=1)
def particle_in_cell(x, v):
    """Electrons in a periodic box: deposit, Poisson by Fourier transform, gather, leapfrog."""
    n = 8
    length = 4.0
    dx = length / n
    k = 2 * np.pi * np.fft.fftfreq(n, d=dx)
    k[0] = 1.0
    rho = np.zeros(n)
    for _ in range(3):
        deposit(x, dx, rho)
        rho_k = np.fft.fft(rho - np.mean(rho))
        phi_k = rho_k / k**2
        phi_k[0] = 0.0
        E = np.real(np.fft.ifft(-1j * k * phi_k))
        v -= 0.1 * gather(E, x, dx)
        x += 0.1 * v
        x %= length
    return np.sum(W6 * x) + np.sum(W6[::-1] * v) + np.sum(W8 * E)


def plasma_acceleration(pos, Nx, boxsize, n0, G, L):
    N = pos.shape[0]
    dx = boxsize / Nx
    j = np.floor(pos / dx).astype(int)
    jp1 = j + 1
    weight_j = (jp1 * dx - pos) / dx
    weight_jp1 = (pos - j * dx) / dx
    jp1 = np.mod(jp1, Nx)
    n = np.bincount(j[:, 0], weights=weight_j[:, 0], minlength=Nx)
    n += np.bincount(jp1[:, 0], weights=weight_jp1[:, 0], minlength=Nx)
    n *= n0 * boxsize / N / dx
    phi = np.linalg.solve(L, n - n0)
    E_grid = -G @ phi
    E = weight_j * E_grid[j] + weight_jp1 * E_grid[jp1]
    return -E


@program(
    np.array([[0.11], [0.74], [1.37], [1.9], [2.55], [2.95]]), rng.normal(size=(6, 1)) * 0.5, 1.3, order=1
)
def two_stream(pos, vel, n0):
    """Two streams with np.bincount for the density and matrices for the field."""
    Nx = 8
    boxsize = 4.0
    dx = boxsize / Nx
    G = (np.roll(np.eye(Nx), 1, axis=1) - np.roll(np.eye(Nx), -1, axis=1)) / (2.0 * dx)
    L = (np.roll(np.eye(Nx), 1, axis=1) - 2.0 * np.eye(Nx) + np.roll(np.eye(Nx), -1, axis=1)) / dx**2
    L[0, 0] -= 1.0
    acc = plasma_acceleration(pos, Nx, boxsize, n0, G, L)
    for _ in range(2):
        vel += acc * 0.1 / 2.0
        pos += vel * 0.1
        pos = np.mod(pos, boxsize)
        acc = plasma_acceleration(pos, Nx, boxsize, n0, G, L)
        vel += acc * 0.1 / 2.0
    return np.sum(W62[:, 0:1] * pos) + np.sum(W62[:, 1:] * vel)


def cloud_in_cell(pos, mass, grid):
    n = grid.shape[0]
    base = np.floor(pos).astype(int)
    i, j = base[:, 0], base[:, 1]
    f = pos - base
    np.add.at(grid, (i % n, j % n), mass * (1 - f[:, 0]) * (1 - f[:, 1]))
    np.add.at(grid, ((i + 1) % n, j % n), mass * f[:, 0] * (1 - f[:, 1]))
    np.add.at(grid, (i % n, (j + 1) % n), mass * (1 - f[:, 0]) * f[:, 1])
    np.add.at(grid, ((i + 1) % n, (j + 1) % n), mass * f[:, 0] * f[:, 1])


@program(np.array([[0.2, 3.7], [1.4, 1.3], [2.6, 0.1], [1.7, 1.6]]), np.array([1.0, 0.4, 2.0, 0.7]))
def density_contrast(pos, mass):
    """Mass on a periodic grid, the overdensity, and its power along one wave."""
    grid = np.zeros((4, 4))
    cloud_in_cell(pos, mass, grid)
    grid /= grid.mean()
    grid -= 1.0
    power = np.abs(np.fft.fft2(grid)[1, 0]) ** 2
    return np.sum(W44 * grid**2) + 0.1 * power


# Contacts, flocks and chance


def contact_forces(x, v, radius, stiffness, damping, f):
    n = x.shape[0]
    f[:, 0] = 0.0
    f[:, 1] = -1.0
    for i in range(n):
        for j in range(i):
            normal = x[i] - x[j]
            dist = np.hypot(normal[0], normal[1])
            overlap = radius[i] + radius[j] - dist
            if overlap > 0.0:
                normal /= dist
                approach = np.dot(v[i] - v[j], normal)
                push = (stiffness * overlap - damping * approach) * normal
                f[i] += push
                f[j] -= push
        depth = radius[i] - x[i, 1]
        if depth > 0:
            f[i, 1] += stiffness * depth - damping * v[i, 1]


@program(np.array([[0.0, 0.35], [0.7, 0.38], [0.3, 0.95]]), np.array([0.4, 0.45, 0.4]), 20.0, 0.5, order=1)
def discrete_elements(x, radius, stiffness, damping):
    """Disks that press on each other and on the floor."""
    v = np.zeros_like(x)
    f = np.empty_like(x)
    for _ in range(5):
        contact_forces(x, v, radius, stiffness, damping, f)
        v += 0.02 * f
        x += 0.02 * v
    return np.sum(W32 * x) + np.sum(W32[::-1] * v)


@program(
    rng.uniform(0.5, 3.5, size=(6, 1)),
    rng.uniform(0.5, 3.5, size=(6, 1)),
    rng.uniform(0, 6, size=(6, 1)),
    order=1,
)
def flock(x, y, theta):
    """Birds that take the mean heading of those within a radius."""
    L = 4.0
    R = 1.3
    vx = np.cos(theta)
    vy = np.sin(theta)
    for _ in range(2):
        x += vx * 0.1
        y += vy * 0.1
        x = x % L
        y = y % L
        mean_theta = np.zeros(theta.shape)
        for b in range(len(x)):
            near = (x - x[b]) ** 2 + (y - y[b]) ** 2 < R**2
            sx = np.sum(np.cos(theta[near]))
            sy = np.sum(np.sin(theta[near]))
            mean_theta[b] = np.arctan2(sy, sx)
        theta = mean_theta + 0.1 * W6.reshape(6, 1)
        vx = np.cos(theta)
        vy = np.sin(theta)
    return np.sum(W62 * np.hstack((x, y))) + np.sum(W6 * theta[:, 0] * vx[:, 0])


MOVES = rng.normal(size=(8, 2)) * 0.3
COINS = rng.uniform(size=8)


def total_energy(pos, k):
    e = 0.5 * k * np.sum(pos**2)
    for i in range(len(pos)):
        for j in range(i):
            e += np.exp(-np.sum((pos[i] - pos[j]) ** 2))
    return e


@program(rng.normal(size=(4, 2)), 0.7)
def metropolis(pos, k):
    """Trial moves with given draws; a rejected move is put back."""
    beta = 1.5
    energy = total_energy(pos, k)
    trace = np.zeros(8)
    for step in range(8):
        i = step % 4
        old = pos[i].copy()
        pos[i] += MOVES[step]
        trial = total_energy(pos, k)
        if trial < energy or COINS[step] < np.exp(-beta * (trial - energy)):
            energy = trial
        else:
            pos[i] = old
        trace[step] = energy
    return np.sum(W8 * trace) + np.sum(W42 * pos**2)


def march(origin, direction, centers, width, out):
    n_steps = 12
    h = 0.25
    for r in range(out.shape[0]):
        p = origin.copy()
        d = direction[r] / np.linalg.norm(direction[r])
        transmittance = 1.0
        for _ in range(n_steps):
            p += h * d
            density = 0.0
            for c in centers:
                density += np.exp(-np.sum((p - c) ** 2) / width**2)
            alpha = 1.0 - np.exp(-density * h)
            out[r] += transmittance * alpha * np.array([0.2, 0.5, 0.9]) * (1.0 + p[2])
            transmittance *= 1.0 - alpha
            if transmittance < 1e-2:
                break


@program(
    np.array([0.0, 0.0, -1.5]),
    np.array([[0.1, 0.2, 1.0], [-0.2, 0.1, 0.9]]),
    rng.normal(size=(2, 3)) * 0.4,
    0.6,
)
def ray_marching(origin, direction, centers, width):
    """Light gathered along rays through two clouds."""
    image = np.zeros((2, 3))
    march(origin, direction, centers, width, image)
    return np.sum(W23 * image)


@program(rng.normal(size=(5, 2)), rng.normal(size=5), 0.3, order=1)
def point_vortices(z, gamma, delta):
    """Vortex blobs moved by the midpoint rule, with diagonals of the distance matrix cleared."""
    n = len(gamma)
    mid = np.empty_like(z)
    vel = np.empty_like(z)
    for _ in range(2):
        for stage, h in enumerate((0.05, 0.1)):
            src = z if stage == 0 else mid
            dx = src[:, None, 0] - src[None, :, 0]
            dy = src[:, None, 1] - src[None, :, 1]
            r2 = dx**2 + dy**2 + delta**2
            kernel = gamma[None, :] / (2 * np.pi * r2)
            kernel[np.arange(n), np.arange(n)] = 0.0
            vel[:, 0] = -np.sum(dy * kernel, axis=1)
            vel[:, 1] = np.sum(dx * kernel, axis=1)
            mid[:] = z + h * vel
        z[...] = mid
    return np.sum(W52 * z)
