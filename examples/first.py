"""The example of the README: a loop that overwrites its variable, its gradient program, and a value."""

from s2sad import grad


def population(rate, steps):
    x = 0.1
    for _ in range(steps):
        x = x + rate * x * (1 - x)
    return x


slope = grad(population)

print(slope.source_for(0.5, 10))
print(f"population(0.5, 10)     = {population(0.5, 10):.8f}")
print(f"slope(0.5, 10)          = {slope(0.5, 10):.8f}")
print(f"by central differences  = {(population(0.5 + 1e-5, 10) - population(0.5 - 1e-5, 10)) / 2e-5:.8f}")
