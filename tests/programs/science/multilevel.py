"""Multilevel methods, adaptive refinement and cellular models with many states."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(405)

W5 = rng.normal(size=5)
W8 = rng.normal(size=8)
W9 = rng.normal(size=9)
W44 = rng.normal(size=(4, 4))
W55 = rng.normal(size=(5, 5))
W66 = rng.normal(size=(6, 6))


# Multigrid


def smooth(u, f, h, sweeps):
    for _ in range(sweeps):
        u[1:-1:2] = 0.5 * (u[:-2:2] + u[2::2] + h * h * f[1:-1:2])
        u[2:-1:2] = 0.5 * (u[1:-2:2] + u[3::2] + h * h * f[2:-1:2])


def residual(u, f, h):
    r = np.zeros_like(u)
    r[1:-1] = f[1:-1] + (u[:-2] - 2 * u[1:-1] + u[2:]) / h**2
    return r


def restrict(fine):
    coarse = np.zeros((fine.size + 1) // 2)
    coarse[1:-1] = 0.25 * fine[1:-2:2] + 0.5 * fine[2:-1:2] + 0.25 * fine[3::2]
    return coarse


def prolong(coarse):
    fine = np.zeros(2 * coarse.size - 1)
    fine[::2] = coarse
    fine[1::2] = 0.5 * (coarse[:-1] + coarse[1:])
    return fine


def v_cycle(u, f, h):
    if u.size <= 3:
        u[1] = 0.5 * h * h * f[1]
        return u
    smooth(u, f, h, 2)
    coarse_f = restrict(residual(u, f, h))
    e = v_cycle(np.zeros(coarse_f.size), coarse_f, 2 * h)
    u += prolong(e)
    smooth(u, f, h, 1)
    return u


@program(rng.normal(size=9))
def multigrid_recursive(f):
    """V-cycles by recursion; the cycle updates its argument and returns it."""
    u = np.zeros(f.size)
    for _ in range(2):
        u = v_cycle(u, f, 0.125)
    return np.sum(W9 * u) + np.sum(u**2)


def pure_v_cycle(u, f, h):
    if u.size <= 3:
        out = u.copy()
        out[1] = 0.5 * h * h * f[1]
        return out
    v = u.copy()
    smooth(v, f, h, 2)
    coarse_f = restrict(residual(v, f, h))
    e = pure_v_cycle(np.zeros(coarse_f.size), coarse_f, 2 * h)
    v = v + prolong(e)
    smooth(v, f, h, 1)
    return v


@program(rng.normal(size=9), rng.normal(size=9))
def multigrid_recursive_on_copies(u, f):
    """The same, on copies, so that the cycle changes nothing outside."""
    u = pure_v_cycle(u, f, 0.125)
    u = pure_v_cycle(u, f, 0.125)
    return np.sum(W9 * u) + np.sum(u**2)


def restrict_into(fine, out):
    out[1:-1] = 0.25 * (fine[1:-2:2] + 2 * fine[2:-1:2] + fine[3::2])


def prolong_and_add(coarse, out):
    out[::2] += coarse
    out[1::2] += 0.5 * (coarse[:-1] + coarse[1:])


@program(rng.normal(size=9), 0.8)
def multigrid_level_lists(f0, omega):
    """V-cycles over lists of arrays, one a level, that are updated through the lists."""
    levels = 3
    sizes = [9, 5, 3]
    us = [np.zeros(n) for n in sizes]
    fs = [np.zeros(n) for n in sizes]
    fs[0][:] = f0
    for _ in range(2):
        for l in range(levels - 1):
            h = 0.125 * 2**l
            u, f = us[l], fs[l]
            for _ in range(2):
                u[1:-1] += omega * (0.5 * (u[:-2] + u[2:] + h * h * f[1:-1]) - u[1:-1])
            r = np.zeros_like(u)
            r[1:-1] = f[1:-1] + (u[:-2] - 2 * u[1:-1] + u[2:]) / h**2
            restrict_into(r, fs[l + 1])
            us[l + 1].fill(0.0)
        us[-1][1] = 0.5 * 0.25 * fs[-1][1]
        for l in range(levels - 2, -1, -1):
            h = 0.125 * 2**l
            prolong_and_add(us[l + 1], us[l])
            us[l][1:-1] += omega * (0.5 * (us[l][:-2] + us[l][2:] + h * h * fs[l][1:-1]) - us[l][1:-1])
    return np.sum(W9 * us[0]) + np.sum(W5 * us[1]) + np.sum(us[0] ** 2)


@program(rng.normal(size=9), rng.uniform(0.5, 1.5, size=9))
def full_multigrid(f, a):
    """Start on the coarsest grid; the problems are built by `append`, coarser and coarser."""
    fs, diags = [f], [1.0 + a]
    while fs[-1].size > 3:
        fs.append(restrict(fs[-1]))
        diags.append(diags[-1][::2])
    u = np.zeros(3)
    u[1] = fs[-1][1] / diags[-1][1]
    for level in range(len(fs) - 2, -1, -1):
        u = prolong(u)
        rhs, d = fs[level], diags[level]
        for _ in range(3):
            for i in range(1, u.size - 1):
                u[i] = (rhs[i] + 0.4 * (u[i - 1] + u[i + 1])) / d[i]
    return np.sum(W9 * u)


def relax_2d(u, f, h2):
    for color in range(2):
        for i in range(1, u.shape[0] - 1):
            for j in range(1 + (i + color) % 2, u.shape[1] - 1, 2):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - h2 * f[i, j])


@program(rng.normal(size=(5, 5)), order=1)
def two_grid_2d(f):
    """A two-grid method in two dimensions with injection, bilinear prolongation by slices."""
    u = np.zeros((5, 5))
    fine = np.zeros((5, 5))
    h2 = 0.0625
    for _ in range(2):
        relax_2d(u, f, h2)
        r = np.zeros((5, 5))
        r[1:-1, 1:-1] = (
            f[1:-1, 1:-1] - (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1]) / h2
        )
        rc = r[::2, ::2].copy()
        e = np.zeros((3, 3))
        relax_2d(e, rc, 4 * h2)
        fine[::2, ::2] = e
        fine[1::2, ::2] = 0.5 * (e[:-1] + e[1:])
        fine[::2, 1::2] = 0.5 * (e[:, :-1] + e[:, 1:])
        fine[1::2, 1::2] = 0.25 * (e[:-1, :-1] + e[1:, :-1] + e[:-1, 1:] + e[1:, 1:])
        u[1:-1, 1:-1] += fine[1:-1, 1:-1]
        relax_2d(u, f, h2)
    return np.sum(W55 * u)


@program(rng.normal(size=8), rng.normal(size=8))
def haar_pyramid(signal, noise):
    """Wavelet shrinkage: the transform in place, a soft threshold by mask, the inverse."""
    x = signal + 0.3 * noise
    n = x.size
    tmp = np.empty(n)
    length = n
    while length > 1:
        half = length // 2
        tmp[:half] = (x[0:length:2] + x[1:length:2]) / np.sqrt(2.0)
        tmp[half:length] = (x[0:length:2] - x[1:length:2]) / np.sqrt(2.0)
        x[:length] = tmp[:length]
        length = half
    details = x[1:]
    small = np.abs(details) < 0.2
    details[small] = 0.0
    details[~small] -= 0.2 * np.sign(details[~small])
    length = 1
    while length < n:
        tmp[0 : 2 * length : 2] = (x[:length] + x[length : 2 * length]) / np.sqrt(2.0)
        tmp[1 : 2 * length : 2] = (x[:length] - x[length : 2 * length]) / np.sqrt(2.0)
        x[: 2 * length] = tmp[: 2 * length]
        length *= 2
    return np.sum(W8 * x) + np.sum(x**3)


# Adaptive refinement


def wave_packet(x, a, b):
    return np.exp(-a * x) * np.sin(b * x * x)


@program(0.7, 1.9)
def adaptive_simpson_stack(a, b):
    """Integrate with a stack of intervals; those with a large error are split."""
    total = 0.0
    stack = [(0.0, 2.0)]
    evaluations = 0
    while stack:
        left, right = stack.pop()
        mid = 0.5 * (left + right)
        h = right - left
        f0, f1, f2 = wave_packet(left, a, b), wave_packet(mid, a, b), wave_packet(right, a, b)
        fl, fr = wave_packet(0.5 * (left + mid), a, b), wave_packet(0.5 * (mid + right), a, b)
        whole = h / 6.0 * (f0 + 4.0 * f1 + f2)
        parts = h / 12.0 * (f0 + 4.0 * fl + 2.0 * f1 + 4.0 * fr + f2)
        evaluations += 5
        if abs(parts - whole) > 1e-4 and evaluations < 200:
            stack.append((left, mid))
            stack.append((mid, right))
        else:
            total += parts + (parts - whole) / 15.0
    return total


@program(np.array([1.0, 0.3, 0.6]), 8.0)
def refined_grid(c, steepness):
    """Refine cells where a front is steep, by lists of edges that are inserted into, then integrate."""
    edges = [0.0, 0.25, 0.5, 0.75, 1.0]
    for _ in range(3):
        values = c[0] * np.tanh(steepness * (np.array(edges) - c[1])) + c[2]
        jumps = np.abs(np.diff(values))
        for i in range(len(jumps) - 1, -1, -1):
            if jumps[i] > 0.3:
                edges.insert(i + 1, 0.5 * (edges[i] + edges[i + 1]))
    x = np.array(edges)
    y = c[0] * np.tanh(steepness * (x - c[1])) + c[2]
    cells = np.empty(x.size - 1)
    cells[:] = 0.5 * (y[1:] + y[:-1])
    cells *= np.diff(x)
    return np.sum(cells * np.cos(x[:-1])) + cells[3] ** 2


@program(rng.uniform(0.2, 1.0, size=8), 0.6)
def moving_mesh(density, strength):
    """Move the nodes of a mesh towards equal weight in every cell, then interpolate in a buffer."""
    n = density.size
    x = np.linspace(0.0, 1.0, n)
    new = x.copy()
    for _ in range(4):
        monitor = np.sqrt(1.0 + strength * np.gradient(density, 1.0 / (n - 1)) ** 2)
        w = 0.5 * (monitor[1:] + monitor[:-1])
        new[1:-1] = (w[:-1] * x[:-2] + w[1:] * x[2:]) / (w[:-1] + w[1:])
        shift = new - x
        density[1:-1] += shift[1:-1] * (density[2:] - density[:-2]) / (x[2:] - x[:-2])
        x[:] = new
    return np.sum(W8 * x) + np.sum(W8 * density)


# Cellular models


def sigmoid(x, center, width):
    return 1.0 / (1.0 + np.exp(-4.0 * (x - center) / width))


@program(rng.uniform(0.0, 1.0, size=(5, 5)), 0.3, 0.35)
def smooth_life(cells, birth, death):
    """A game of life with real states: neighbours on a torus are summed into a buffer by slices."""
    neighbours = np.zeros_like(cells)
    for _ in range(3):
        neighbours[...] = 0.0
        for di in (-1, 0, 1):
            for dj in (-1, 0, 1):
                if di == 0 and dj == 0:
                    continue
                neighbours += np.roll(np.roll(cells, di, 0), dj, 1)
        neighbours /= 8.0
        born = sigmoid(neighbours, birth, 0.2) * (1.0 - sigmoid(neighbours, birth + death, 0.2))
        stays = sigmoid(neighbours, birth - 0.1, 0.2) * (1.0 - sigmoid(neighbours, birth + death + 0.1, 0.2))
        alive = sigmoid(cells, 0.5, 0.3)
        cells[:] = born * (1.0 - alive) + stays * alive
    return np.sum(W55 * cells)


def count_neighbours(Z):
    N = np.zeros(Z.shape)
    N[1:-1, 1:-1] += (
        Z[:-2, :-2]
        + Z[:-2, 1:-1]
        + Z[:-2, 2:]
        + Z[1:-1, :-2]
        + Z[1:-1, 2:]
        + Z[2:, :-2]
        + Z[2:, 1:-1]
        + Z[2:, 2:]
    )
    return N


@program(rng.uniform(0.1, 0.9, size=(6, 6)), 0.4, order=1)
def life_with_energy(Z, gain):
    """The textbook iteration with birth and survival masks, on cells that carry an energy."""
    for _ in range(2):
        N = count_neighbours(Z)
        alive = Z > 0.35
        K = count_neighbours(alive.astype(float))
        birth = (K == 3)[1:-1, 1:-1] & ~alive[1:-1, 1:-1]
        survive = ((K == 2) | (K == 3) | (K == 4))[1:-1, 1:-1] & alive[1:-1, 1:-1]
        old = Z.copy()
        Z[...] = 0.0
        Z[1:-1, 1:-1][birth] = N[1:-1, 1:-1][birth] / 8.0
        Z[1:-1, 1:-1][survive] = old[1:-1, 1:-1][survive]
        Z += gain * old * (1.0 - old)
    return np.sum(W66 * Z)


@program(rng.uniform(0.1, 0.9, size=(6, 6)), 0.15, 0.04, order=1)
def lenia(A, mu, sigma):
    """Lenia: convolve with a ring by FFT, grow, clip."""
    n = A.shape[0]
    yy, xx = np.ogrid[-n // 2 : n // 2, -n // 2 : n // 2]
    r = np.sqrt(xx * xx + yy * yy) / 2.5
    kernel = np.where(r < 1, np.exp(-(((r - 0.5) / 0.15) ** 2) / 2), 0.0)
    kernel /= kernel.sum()
    fK = np.fft.fft2(np.fft.fftshift(kernel))
    for _ in range(3):
        U = np.real(np.fft.ifft2(fK * np.fft.fft2(A)))
        G = 2.0 * np.exp(-(((U - mu - 0.3) / (5 * sigma)) ** 2) / 2) - 1.0
        A[...] = np.clip(A + 0.1 * G, 0.0, 1.0)
    return np.sum(W66 * A)


@program(rng.uniform(0.0, 6.0, size=(4, 4)), 1.0, 0.3)
def xy_model_relaxation(theta, J, field):
    """Angles on a torus that follow their neighbours, in two interleaved sublattices, element by element."""
    n, m = theta.shape
    for _ in range(3):
        for parity in range(2):
            for i in range(n):
                for j in range(m):
                    if (i + j) % 2 != parity:
                        continue
                    torque = field * np.sin(theta[i, j])
                    for ni, nj in (((i + 1) % n, j), (i - 1, j), (i, (j + 1) % m), (i, j - 1)):
                        torque += J * np.sin(theta[i, j] - theta[ni, nj])
                    theta[i, j] -= 0.1 * torque
    return np.sum(W44 * np.cos(theta)) + np.cos(theta).mean() ** 2


@program(rng.normal(size=(4, 4)), 0.7, 0.2)
def soft_ising(s, beta, h):
    """Mean-field magnetizations by damped checkerboard updates through masks made once."""
    i, j = np.indices(s.shape)
    masks = [(i + j) % 2 == p for p in range(2)]
    energy = np.zeros(4)
    for sweep in range(4):
        for mask in masks:
            nb = (
                np.roll(s, 1, axis=0)
                + np.roll(s, -1, axis=0)
                + np.roll(s, 1, axis=1)
                + np.roll(s, -1, axis=1)
            )
            s[mask] = 0.3 * s[mask] + 0.7 * np.tanh(beta * (nb[mask] + h))
        energy[sweep] = -0.5 * np.sum(s * nb) - h * np.sum(s)
    return np.sum(W44 * s) + 0.1 * energy @ np.array([1.0, 0.5, -0.3, 0.8])


EMPTY, TREE, FIRE = 0, 1, 2


@program(rng.uniform(0.3, 1.0, size=(5, 5)), 0.4, 0.15)
def forest_fire(biomass, burn, growth):
    """A forest with states by cell: fire spreads along masks and burns the biomass, the ash feeds the soil."""
    state = np.full(biomass.shape, TREE)
    state[2, 2] = FIRE
    state[0, 3] = EMPTY
    soil = np.zeros_like(biomass)
    ages = np.zeros(biomass.shape, dtype=int)
    for _ in range(4):
        fire = state == FIRE
        spread = np.zeros_like(fire)
        spread[1:] |= fire[:-1]
        spread[:-1] |= fire[1:]
        spread[:, 1:] |= fire[:, :-1]
        spread[:, :-1] |= fire[:, 1:]
        burnt = burn * biomass[fire]
        biomass[fire] -= burnt
        soil[fire] += 0.5 * burnt
        catches = spread & (state == TREE) & (biomass > 0.1)
        state[fire] = EMPTY
        state[catches] = FIRE
        trees = state == TREE
        biomass[trees] += growth * biomass[trees] * (1.0 - biomass[trees]) + 0.1 * soil[trees]
        ages[trees] += 1
        soil *= 0.9
    return np.sum(W55 * biomass) + np.sum(W55.T * soil) + 0.01 * np.sum(ages * biomass)


@program(rng.uniform(1.0, 6.0, size=(4, 4)), 0.8)
def sandpile_relaxation(z, share):
    """Topple sites above the threshold until none is left; grains that leave the table are counted."""
    lost = 0.0
    rounds = 0
    while (z > 4.0).any() and rounds < 50:
        top = np.where(z > 4.0, share * (z - 2.0), 0.0)
        z -= top
        z[1:, :] += 0.25 * top[:-1, :]
        z[:-1, :] += 0.25 * top[1:, :]
        z[:, 1:] += 0.25 * top[:, :-1]
        z[:, :-1] += 0.25 * top[:, 1:]
        lost += 0.25 * (top[0].sum() + top[-1].sum() + top[:, 0].sum() + top[:, -1].sum())
        rounds += 1
    return np.sum(W44 * z) + lost
