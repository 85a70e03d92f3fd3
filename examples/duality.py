"""Forward and reverse mode are dual: what a Jacobian costs in time and memory, as its two sides vary.

Run it with `python examples/duality.py`, or `python examples/duality.py duality.png` for a plot too.

A program with n inputs and m outputs has an m by n Jacobian. Forward mode carries the tangents of all values along:
n of them, side by side. Reverse mode goes back with the adjoints of all values, once for each of the m outputs, and
has to keep what the program computed on its way. So a Jacobian by forward mode costs in proportion to n, less what is
saved by computing the columns together, and remembers nothing; one by reverse mode costs in proportion to m and
remembers the whole run. All figures are ratios to one call of the program.
"""

import sys
import time
import tracemalloc

import numpy as np
from matplotlib.figure import Figure

from s2sad import grad, jacfwd, jacrev, jvp, vjp

SIZE = 64
rng = np.random.default_rng(0)
MIXING = 0.9 * np.linalg.qr(rng.standard_normal((SIZE, SIZE)))[0]


def program(x, spread, gather, steps):
    """From n inputs to m outputs through `steps` steps of SIZE numbers, which are most of the work."""
    u = spread @ x
    for _ in range(steps):
        u = np.tanh(MIXING @ u)
    return gather @ u


def arguments(n, m, steps=100):
    return rng.standard_normal(n), rng.standard_normal((SIZE, n)), rng.standard_normal((m, SIZE)), steps


def seconds(function, *args):
    """Return the time of a call: the best of several."""
    function(*args)
    times = []
    while len(times) < 3 or (sum(times) < 0.05 and len(times) < 50):
        start = time.perf_counter()
        function(*args)
        times.append(time.perf_counter() - start)
    return min(times)


def peak(function, *args):
    """Return the largest number of bytes in use during a call."""
    function(*args)
    tracemalloc.start()
    function(*args)
    size = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size


def show_products():
    """One run of either mode gives one product: a column, or a row, of the Jacobian."""
    args = arguments(3, 2)
    x, rest = args[0], args[1:]
    v, g = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0])
    _, column = jvp(program, args, (v, None, None, None))
    _, pull = vjp(lambda x: program(x, *rest), x)
    (row,) = pull(g)
    print(f"<g, J v> = {g @ column:+.12f}")
    print(f"<J'g, v> = {row @ v:+.12f}\n")
    assert np.isclose(g @ column, row @ v, rtol=1e-10)


def measure_time():
    print("time, in calls of the program")
    print(f"{'inputs n':>9} {'outputs m':>9} {'forward':>9} {'reverse':>9} {'forward / reverse':>18}")
    table = []
    for n, m in ((1, 256), (1, 64), (4, 64), (16, 64), (16, 16), (64, 16), (64, 4), (64, 1), (256, 1)):
        args = arguments(n, m)
        once = seconds(program, *args)
        forward = seconds(jacfwd(program), *args) / once
        reverse = seconds(jacrev(program), *args) / once
        print(f"{n:9} {m:9} {forward:9.1f} {reverse:9.1f} {forward / reverse:18.2f}")
        table.append((n, m, forward, reverse))
    return np.array(table)


def measure_memory():
    print("\npeak memory with 8 inputs and 8 outputs, in calls of the program")
    print(f"{'steps':>9} {'':>9} {'forward':>9} {'reverse':>9} {'reverse / forward':>18}")
    table = []
    for steps in (10, 30, 100, 300, 1000):
        args = arguments(8, 8, steps)
        once = peak(program, *args)
        forward = peak(jacfwd(program), *args) / once
        reverse = peak(jacrev(program), *args) / once
        print(f"{steps:9} {'':>9} {forward:9.1f} {reverse:9.1f} {reverse / forward:18.2f}")
        table.append((steps, forward, reverse))
    return np.array(table)


def plot(times, memory, path):
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    n, m, forward, reverse = times.T
    left.loglog(n / m, forward, "o-", label="forward mode")
    left.loglog(n / m, reverse, "s-", label="reverse mode")
    left.set(xlabel="inputs / outputs", ylabel="time / time of the program", title="Time of a Jacobian")
    steps, forward, reverse = memory.T
    right.loglog(steps, forward, "o-", label="forward mode")
    right.loglog(steps, reverse, "s-", label="reverse mode")
    right.set(
        xlabel="steps of the program", ylabel="memory / memory of the program", title="Memory of a Jacobian"
    )
    for axes in (left, right):
        axes.grid(True, which="major", alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=150)
    print("plot saved as", path)


def energy(x, spread, gather, steps):
    y = program(x, spread, gather, steps)
    return 0.5 * (y @ y)


def main():
    print("A gradient is the Jacobian of one output: one run of reverse mode.\n")
    print(grad(energy).source_for(*arguments(3, 2)))
    show_products()
    times = measure_time()
    memory = measure_memory()
    assert times[0, 2] < times[0, 3], "one input: forward mode is cheaper"
    assert times[-1, 3] < times[-1, 2], "one output: reverse mode is cheaper"
    assert memory[-1, 2] > memory[-1, 1], "reverse mode remembers the run"
    if len(sys.argv) > 1:
        plot(times, memory, sys.argv[1])


if __name__ == "__main__":
    main()
