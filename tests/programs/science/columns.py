"""Column codes of the geosciences: vertical advection, radiation, soil, turbulence, sediment, sea ice."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(404)

W5 = rng.normal(size=5)
W6 = rng.normal(size=6)
W7 = rng.normal(size=7)
W8 = rng.normal(size=8)
W225 = rng.normal(size=(2, 2, 5))
W37 = rng.normal(size=(3, 7))

BET_M = 0.25
BET_P = 0.25


# Weather


def vadv(utens_stage, u_stage, wcon, u_pos, utens, dtr_stage):
    I, J, K = utens_stage.shape[0], utens_stage.shape[1], utens_stage.shape[2]
    ccol = np.ndarray((I, J, K), dtype=utens_stage.dtype)
    dcol = np.ndarray((I, J, K), dtype=utens_stage.dtype)
    data_col = np.ndarray((I, J), dtype=utens_stage.dtype)

    for k in range(1):
        gcv = 0.25 * (wcon[1:, :, k + 1] + wcon[:-1, :, k + 1])
        cs = gcv * BET_M
        ccol[:, :, k] = gcv * BET_P
        bcol = dtr_stage - ccol[:, :, k]
        correction_term = -cs * (u_stage[:, :, k + 1] - u_stage[:, :, k])
        dcol[:, :, k] = dtr_stage * u_pos[:, :, k] + utens[:, :, k] + utens_stage[:, :, k] + correction_term
        divided = 1.0 / bcol
        ccol[:, :, k] = ccol[:, :, k] * divided
        dcol[:, :, k] = dcol[:, :, k] * divided

    for k in range(1, K - 1):
        gav = -0.25 * (wcon[1:, :, k] + wcon[:-1, :, k])
        gcv = 0.25 * (wcon[1:, :, k + 1] + wcon[:-1, :, k + 1])
        as_ = gav * BET_M
        cs = gcv * BET_M
        acol = gav * BET_P
        ccol[:, :, k] = gcv * BET_P
        bcol = dtr_stage - acol - ccol[:, :, k]
        correction_term = -as_ * (u_stage[:, :, k - 1] - u_stage[:, :, k]) - cs * (
            u_stage[:, :, k + 1] - u_stage[:, :, k]
        )
        dcol[:, :, k] = dtr_stage * u_pos[:, :, k] + utens[:, :, k] + utens_stage[:, :, k] + correction_term
        divided = 1.0 / (bcol - ccol[:, :, k - 1] * acol)
        ccol[:, :, k] = ccol[:, :, k] * divided
        dcol[:, :, k] = (dcol[:, :, k] - (dcol[:, :, k - 1]) * acol) * divided

    for k in range(K - 1, K):
        gav = -0.25 * (wcon[1:, :, k] + wcon[:-1, :, k])
        as_ = gav * BET_M
        acol = gav * BET_P
        bcol = dtr_stage - acol
        correction_term = -as_ * (u_stage[:, :, k - 1] - u_stage[:, :, k])
        dcol[:, :, k] = dtr_stage * u_pos[:, :, k] + utens[:, :, k] + utens_stage[:, :, k] + correction_term
        divided = 1.0 / (bcol - ccol[:, :, k - 1] * acol)
        dcol[:, :, k] = (dcol[:, :, k] - (dcol[:, :, k - 1]) * acol) * divided

    for k in range(K - 1, K - 2, -1):
        datacol = dcol[:, :, k]
        data_col[:] = datacol
        utens_stage[:, :, k] = dtr_stage * (datacol - u_pos[:, :, k])

    for k in range(K - 2, -1, -1):
        datacol = dcol[:, :, k] - ccol[:, :, k] * data_col[:, :]
        data_col[:] = datacol
        utens_stage[:, :, k] = dtr_stage * (datacol - u_pos[:, :, k])


@program(rng.uniform(size=(2, 2, 5)), rng.uniform(size=(3, 2, 5)), rng.uniform(size=(2, 2, 5)), 0.6, order=1)
def vertical_advection(u_stage, wcon, u_pos, dtr_stage):
    """The implicit vertical advection of a weather model, as in the NumPy benchmarks."""
    utens_stage = np.zeros_like(u_stage)
    utens = 0.1 * u_pos**2
    vadv(utens_stage, u_stage, wcon, u_pos, utens, dtr_stage)
    return np.sum(W225 * utens_stage)


@program(rng.uniform(0.5, 1.0, size=7), rng.uniform(0.001, 0.012, size=7), 0.9, order=1)
def saturation_adjustment(theta, qv, rate):
    """Condense what exceeds saturation, level by level with Newton steps, then let the rain fall."""
    qc = np.zeros_like(qv)
    rain = np.zeros_like(qv)
    for k in range(theta.size):
        t = 280.0 + 10.0 * theta[k]
        qsat = 0.0038 * np.exp(17.27 * (t - 273.0) / (t - 36.0))
        if qv[k] > qsat:
            for _ in range(3):
                qsat = 0.0038 * np.exp(17.27 * (t - 273.0) / (t - 36.0))
                dq = (qv[k] - qsat) / (1.0 + qsat * 4098.0 * 2500.0 / (t - 36.0) ** 2)
                qv[k] -= dq
                qc[k] += dq
                t += 2500.0 * dq
            theta[k] = (t - 280.0) / 10.0
    for k in range(theta.size - 1, -1, -1):
        above = rain[k + 1] if k < theta.size - 1 else 0.0
        auto = rate * max(qc[k] - 0.0005, 0.0)
        qc[k] -= auto
        rain[k] = above + auto
    return np.sum(W7 * theta) + 100.0 * np.sum(W7 * qv) + 100.0 * np.sum(W7 * rain)


# Radiation


@program(rng.uniform(0.1, 0.8, size=6), rng.uniform(0.3, 0.95, size=6), 0.3, 0.7)
def two_stream(tau, omega, albedo, mu0):
    """Add layers from the ground up, then sweep the fluxes down."""
    n = tau.size
    g = 0.75
    R = np.empty(n)
    T = np.empty(n)
    Tdir = np.exp(-np.cumsum(tau) / mu0)
    for k in range(n):
        gamma1 = (8.0 - omega[k] * (5.0 + 3.0 * g)) / 4.0
        gamma2 = 3.0 * omega[k] * (1.0 - g) / 4.0
        kappa = np.sqrt(gamma1**2 - gamma2**2)
        e = np.exp(-2.0 * kappa * tau[k])
        denom = kappa + gamma1 + (kappa - gamma1) * e
        R[k] = gamma2 * (1.0 - e) / denom
        T[k] = 2.0 * kappa * np.sqrt(e) / denom
    R_up = np.zeros(n + 1)
    R_up[n] = albedo
    for k in range(n - 1, -1, -1):
        R_up[k] = R[k] + T[k] ** 2 * R_up[k + 1] / (1.0 - R[k] * R_up[k + 1])
    down = np.zeros(n + 1)
    up = np.zeros(n + 1)
    down[0] = mu0
    up[0] = R_up[0] * down[0]
    for k in range(n):
        down[k + 1] = T[k] * down[k] / (1.0 - R[k] * R_up[k + 1])
        up[k + 1] = R_up[k + 1] * down[k + 1]
    down[1:] += 0.1 * Tdir
    return np.sum(W7 * up) + np.sum(W7[::-1] * down)


@program(rng.uniform(230.0, 290.0, size=6) / 100.0, rng.uniform(0.05, 0.4, size=6), 1.1)
def grey_radiation_to_equilibrium(T, eps, sw):
    """March a grey atmosphere towards radiative equilibrium with convective adjustment by a flag."""
    n = T.size
    T = T.copy()
    Ts = T[0] + 0.1
    flux_up = np.zeros(n + 1)
    flux_dn = np.zeros(n + 1)
    sigma = 0.0567
    for _ in range(4):
        flux_up[0] = sigma * Ts**4
        for k in range(n):
            flux_up[k + 1] = flux_up[k] * (1 - eps[k]) + eps[k] * sigma * T[k] ** 4
        flux_dn[-1] = 0.0
        for k in range(n)[::-1]:
            flux_dn[k] = flux_dn[k + 1] * (1 - eps[k]) + eps[k] * sigma * T[k] ** 4
        net = flux_up - flux_dn
        T += 0.05 * (net[:-1] - net[1:])
        Ts += 0.02 * (sw - net[0])
        unstable = True
        passes = 0
        while unstable and passes < 10:
            unstable = False
            for k in range(n - 1):
                excess = T[k] - T[k + 1] - 0.25
                if excess > 1e-9:
                    T[k] -= 0.5 * excess
                    T[k + 1] += 0.5 * excess
                    unstable = excess > 1e-3
            passes += 1
    return np.sum(W6 * T) + Ts * np.sum(W7 * flux_up)


# Soil


def van_genuchten(psi, alpha, n, theta, K, C):
    m = 1.0 - 1.0 / n
    wet = psi >= 0.0
    h = np.abs(psi)
    Se = (1.0 + (alpha * h) ** n) ** (-m)
    Se[wet] = 1.0
    theta[:] = 0.05 + 0.4 * Se
    K[:] = Se**0.5 * (1.0 - (1.0 - Se ** (1.0 / m) * 0.999) ** m) ** 2
    C[:] = 0.4 * alpha * n * m * (alpha * h) ** (n - 1.0) * (1.0 + (alpha * h) ** n) ** (-m - 1.0)
    C[wet] = 1e-6
    C += 1e-6


def tdma(a, b, c, d, x):
    n = len(d)
    cp = np.zeros(n)
    dp = np.zeros(n)
    cp[0] = c[0] / b[0]
    dp[0] = d[0] / b[0]
    for i in range(1, n):
        denom = b[i] - a[i] * cp[i - 1]
        cp[i] = c[i] / denom
        dp[i] = (d[i] - a[i] * dp[i - 1]) / denom
    x[-1] = dp[-1]
    for i in range(n - 2, -1, -1):
        x[i] = dp[i] - cp[i] * x[i + 1]


@program(rng.uniform(-3.0, -1.0, size=6), 0.8, 1.8, 0.05)
def richards_equation(psi, alpha, n_vg, rain):
    """Celia's mixed form with Picard iterations: infiltration into soil under rain."""
    n = psi.size
    dz, dt = 0.5, 0.4
    theta, K, C = np.empty(n), np.empty(n), np.empty(n)
    theta_old = np.empty(n)
    a, b, c, d = np.zeros((4, n))
    delta = np.zeros(n)
    for _step in range(2):
        van_genuchten(psi, alpha, n_vg, theta_old, K, C)
        for _picard in range(3):
            van_genuchten(psi, alpha, n_vg, theta, K, C)
            Kh = 0.5 * (K[1:] + K[:-1])
            a[1:] = -Kh / dz**2
            c[:-1] = -Kh / dz**2
            b[:] = C / dt - a - c
            d[:] = -(theta - theta_old) / dt
            flux = Kh * ((psi[1:] - psi[:-1]) / dz - 1.0)
            d[:-1] += flux / dz
            d[1:] -= flux / dz
            d[0] += rain / dz
            tdma(a, b, c, d, delta)
            psi += delta
    return np.sum(W6 * psi) + np.sum(W6 * theta)


@program(rng.uniform(0.1, 0.3, size=5), np.array([0.4, 0.0, 0.9, 0.2]), 0.6)
def bucket_cascade(moisture, rainfall, k):
    """Buckets that overflow into the next, with runoff and drainage, day by day."""
    capacity = np.array([0.3, 0.35, 0.4, 0.4, 0.5])
    drainage = np.zeros(len(rainfall))
    runoff = 0.0
    for day, p in enumerate(rainfall):
        water = p
        for i in range(len(moisture)):
            moisture[i] += water
            water = 0.0
            if moisture[i] > capacity[i]:
                water = moisture[i] - capacity[i]
                moisture[i] = capacity[i]
                if i == 0:
                    runoff += 0.3 * water
                    water *= 0.7
            leak = 0.1 * k * moisture[i] ** 2 / capacity[i]
            moisture[i] -= leak
            water += leak
        drainage[day] = water
        moisture[:3] -= 0.02 * np.minimum(1.0, moisture[:3] / 0.2) * np.array([3.0, 2.0, 1.0])
    return np.sum(W5 * moisture) + np.sum(W5[:4] * drainage) + runoff


# Ocean and boundary layer


def tridiag(lower, main, upper, rhs):
    """Solve in place for all right-hand sides (rows of rhs); the bands are work arrays."""
    n = main.shape[0]
    for k in range(1, n):
        w = lower[k] / main[k - 1]
        main[k] -= w * upper[k - 1]
        rhs[:, k] -= w * rhs[:, k - 1]
    rhs[:, n - 1] /= main[n - 1]
    for k in range(n - 2, -1, -1):
        rhs[:, k] -= upper[k] * rhs[:, k + 1]
        rhs[:, k] /= main[k]
    return rhs


@program(rng.uniform(0.1, 1.0, size=7), rng.uniform(0.1, 0.5, size=7), np.linspace(0.0, 1.0, 7) ** 1.5, 0.4)
def turbulent_column(u, v, theta, l0):
    """A boundary layer with Richardson-number mixing: u, v and theta share one tridiagonal matrix."""
    n = u.size
    dz, dt = 0.4, 0.5
    state = np.stack([u, v, theta])
    u, v, theta = state
    Km = np.zeros(n + 1)
    lower, main, upper = np.zeros(n), np.zeros(n), np.zeros(n)
    for _ in range(3):
        shear2 = ((u[1:] - u[:-1]) / dz) ** 2 + ((v[1:] - v[:-1]) / dz) ** 2 + 1e-3
        Ri = 0.3 * (theta[1:] - theta[:-1]) / dz / shear2
        f = np.empty_like(Ri)
        stable = Ri > 0.0
        f[stable] = 1.0 / (1.0 + 5.0 * Ri[stable]) ** 2
        f[~stable] = np.sqrt(1.0 - 16.0 * Ri[~stable])
        z = dz * np.arange(1, n)
        l = 0.4 * z / (1.0 + 0.4 * z / l0)
        Km[1:-1] = l**2 * np.sqrt(shear2) * f
        r = dt / dz**2
        lower[:] = -r * Km[:-1]
        upper[:] = -r * Km[1:]
        main[:] = 1.0 - lower - upper
        du = 0.1 * dt * (v - 0.3)
        dv = -0.1 * dt * (u - 0.8)
        u += du
        v += dv
        u[0] -= dt * 0.05 * u[0] * np.hypot(u[0], v[0])
        tridiag(lower, main, upper, state)
    return np.sum(W37 * state)


@program(rng.uniform(0.5, 1.5, size=8), 0.3, 1.4)
def sediment_fall(c, ws, erosion):
    """Hindered settling by upwind fluxes with sub-steps whose number the fastest grain decides."""
    n = c.size
    dz = 0.25
    bed = 0.0
    flux = np.zeros(n + 1)
    t, t_end = 0.0, 0.61
    while t < t_end:
        w = ws * (1.0 - 0.2 * c) ** 4.65
        dt = min(0.4 * dz / np.max(np.abs(w)), t_end - t)
        flux[1:-1] = -w[1:] * c[1:]
        flux[0] = -w[0] * c[0] + 0.05 * erosion
        flux[n] = 0.0
        c -= dt / dz * (flux[1:] - flux[:-1])
        bed -= dt * flux[0]
        t += dt
    return np.sum(W8 * c) + 3.0 * bed


@program(rng.uniform(9.0, 11.0, size=8), rng.uniform(34.0, 35.0, size=8), 0.02)
def mixed_layer_deepening(T, S, wind):
    """Entrain levels from above while the column is unstable or the wind has energy left."""
    T -= 0.2 * np.arange(8)
    T[0] -= 0.4
    k = 1
    energy = 5.0 * wind
    while k < T.size:
        rho_mixed = 0.8 * np.mean(S[:k]) - 0.2 * np.mean(T[:k])
        rho_below = 0.8 * S[k] - 0.2 * T[k]
        work = 0.05 * (rho_below - rho_mixed) * k
        if work > energy:
            break
        energy -= work * 0.5
        T[: k + 1] = np.mean(T[: k + 1])
        S[: k + 1] = np.mean(S[: k + 1])
        k += 1
    T[1:-1] += wind * (T[2:] - 2.0 * T[1:-1] + T[:-2])
    return np.sum(W8 * T) + np.sum(W8 * S**2) / 30.0 + energy


@program(np.array([-12.0, -9.0, -6.5, -3.0]), 1.2, 0.8, -20.0)
def sea_ice(T, h, conductivity, T_air):
    """Grow or melt ice: Newton iterations on the surface temperature, conduction within, until spring."""
    n = len(T)
    Tf = -1.8
    history = []
    day = 0
    while day < 6 and h > 0.1:
        air = T_air + 4.0 * day
        Ts = T[0]
        dz = h / n
        for _ in range(20):
            F = 3.0 * (air - Ts) - 0.05 * (Ts + 10.0) ** 2 + 2.0 * conductivity * (T[0] - Ts) / dz
            dF = -3.0 - 0.1 * (Ts + 10.0) - 2.0 * conductivity / dz
            step = F / dF
            Ts -= step
            if abs(step) < 1e-12:
                break
        if Ts > 0.0:
            melt = 0.01 * (3.0 * (air - 0.0) + 2.0 * conductivity * T[0] / dz)
            Ts = 0.0
        else:
            melt = 0.0
        r = 0.01 * conductivity / dz**2
        up = np.empty(n + 2)
        for _sub in range(3):
            up[0] = 2.0 * Ts - T[0]
            up[1:-1] = T
            up[-1] = 2.0 * Tf - T[-1]
            T += r * (up[2:] - 2.0 * up[1:-1] + up[:-2])
        h += 0.002 * conductivity * (Tf - T[-1]) / dz - melt * 0.01
        history.append(h)
        day += 1
    return np.sum(W5[:4] * T) + W6[: len(history)] @ np.array(history) + h


@program(rng.uniform(0.0, 1.0, size=(3, 5)), np.array([0.6, 1.1, 0.3]), 0.2)
def snow_layers(snow, melt, refreeze):
    """Snow that melts from the top, percolates and freezes again: columns of [mass, heat, water]."""
    mass, cold, liquid = snow
    out = np.zeros(melt.size)
    for t in range(melt.size):
        left = melt[t]
        k = 0
        while left > 1e-8 and k < mass.size:
            taken = min(left, mass[k])
            mass[k] -= taken
            liquid[k] += taken
            left -= taken
            k += 1
        for k in range(mass.size):
            frozen = min(liquid[k], refreeze * cold[k])
            liquid[k] -= frozen
            mass[k] += frozen
            cold[k] -= frozen / 2.0
            spare = liquid[k] - 0.05 * mass[k]
            if spare > 0:
                liquid[k] -= spare
                if k + 1 < mass.size:
                    liquid[k + 1] += spare
                else:
                    out[t] = spare
    return np.sum(W37[:, :5] * snow) + np.sum(W37[:, 6] * out)
