"""xarray inside a differentiated function: axes by name, fitted with a gradient that is a NumPy program.

Run it with `python examples/named_axes.py`. Each station of a network measures a seasonal cycle of its own, on top of a
trend that all share; which amplitudes, phases and trend fit best? The model is written with the names of the axes, and
the gradient comes back with the same axes and labels. Its text, which is printed, works on plain arrays.
"""

import numpy as np
import xarray as xr

from s2sad import grad, value_and_grad

STATIONS = ["Bergen", "Lima", "Nome", "Perth"]


def model(amplitude, phase, trend):
    """The temperatures by station and time, where time is in years."""
    years = trend.time
    cycle = amplitude * np.cos(2 * np.pi * years - phase)
    return cycle + (trend * years).cumsum("time") / years.size


def misfit(amplitude, phase, trend, measured):
    """The mean square of what the model misses, where something was measured, and a smooth trend's price."""
    missed = (model(amplitude, phase, trend) - measured) ** 2
    return missed.mean(["time", "station"]) + 0.1 * (trend.diff("time") ** 2).sum()


def main():
    rng = np.random.default_rng(3)
    time = np.linspace(0.0, 4.0, 48)
    amplitude = xr.DataArray([8.0, 3.0, 14.0, 5.0], dims="station", coords={"station": STATIONS})
    phase = xr.DataArray([0.3, 3.2, 0.5, 3.4], dims="station", coords={"station": STATIONS})
    trend = xr.DataArray(np.full(48, 0.2), dims="time", coords={"time": time})
    measured = model(amplitude, phase, trend) + 0.1 * rng.normal(size=(4, 48))
    measured = measured.where(rng.uniform(size=(4, 48)) > 0.1)  # a tenth is missing

    found = amplitude * 0.0 + 5.0, phase * 0.0 + 1.5, trend * 0.0
    gradient = value_and_grad(misfit, argnums=(0, 1, 2))
    speed = [0.0 * each for each in found]
    for _ in range(400):
        loss, slopes = gradient(*found, measured)
        speed = [0.9 * v - 0.02 * s for v, s in zip(speed, slopes, strict=True)]
        found = tuple(x + v for x, v in zip(found, speed, strict=True))

    way = [xr.zeros_like(x) + 1e-6 for x in found]
    ahead, behind = (misfit(*(x + s * h for x, h in zip(found, way, strict=True)), measured) for s in (1, -1))
    along = float(
        sum((s * h).sum() for s, h in zip(grad(misfit, (0, 1, 2))(*found, measured), way, strict=True))
    )
    print(f"misfit {float(loss):.4f}")
    print(
        f"slope along all ones: {along / 1e-6:.5f}, by central differences {float(ahead - behind) / 2e-6:.5f}"
    )
    for name in STATIONS:
        print(f"{name:>6}: amplitude {abs(float(found[0].sel(station=name))):5.2f}")
    print(gradient.source)


if __name__ == "__main__":
    main()
