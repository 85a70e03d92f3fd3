"""Functions of the standard library that are written in C, or in a way that is not followed, written out.

They are lowered in place of those, as if the user's program had called them.

>>> taken_while(lambda v: v < 3, [1, 2, 3, 1]), dropped_while(lambda v: v < 3, [1, 2, 3, 1])
([1, 2], [3, 1])
>>> accumulated([1, 2, 3], lambda a, b: a * b), accumulated([1, 2], lambda a, b: a + b, 5)
([1, 2, 6], [5, 6, 8])
>>> reduced(lambda a, b: a - b, [5, 1, 2]), reduced(lambda a, b: a - b, [5, 1, 2], 0)
(2, -8)
>>> running(lambda a, b: a - b, np.array([5, 1, 2]))
array([5, 4, 2])
"""

from __future__ import annotations

import collections
import math
from statistics import LinearRegression

import numpy as np

# ---- itertools ------------------------------------------------------------------------------------------


def accumulated(iterable, function, initial=None):
    """Return the running totals, by any function."""
    items = list(iterable)
    if initial is None:
        totals = items[:1]
        rest = items[1:]
    else:
        totals = [initial]
        rest = items
    for item in rest:
        totals.append(function(totals[-1], item))
    return totals


def reduced(function, rows, initial=None):
    """Return one row after the other combined by a function of two."""
    if initial is None:
        total = rows[0]
        rest = rows[1:]
    else:
        total = initial
        rest = rows
    for row in rest:
        total = function(total, row)
    return total


def running(function, rows):
    """Return what `reduced` has after each row."""
    totals = np.copy(rows)
    for i in range(1, len(rows)):
        totals[i] = function(totals[i - 1], rows[i])
    return totals


def taken_while(predicate, iterable):
    """Return the items before the first that does not meet the predicate."""
    items = []
    for item in iterable:
        if not predicate(item):
            break
        items.append(item)
    return items


def dropped_while(predicate, iterable):
    """Return the items from the first on that does not meet the predicate."""
    items = []
    drops = True
    for item in iterable:
        if drops and predicate(item):
            continue
        drops = False
        items.append(item)
    return items


def failing(predicate, iterable):
    """Return the items that do not meet the predicate."""
    items = []
    for item in iterable:
        if not (item if predicate is None else predicate(item)):
            items.append(item)
    return items


def compressed(data, selectors):
    """Return the items whose selectors are true."""
    items = []
    for item, selector in zip(data, selectors):
        if selector:
            items.append(item)
    return items


def grouped(iterable, key=None):
    """Return the keys of runs of items, and the runs."""
    items = list(iterable)
    marks = items if key is None else [key(item) for item in items]
    starts = [i for i in range(len(items)) if i == 0 or marks[i] != marks[i - 1]]
    ends = [*starts[1:], len(items)]
    return [marks[i] for i in starts], [items[i:j] for i, j in zip(starts, ends)]


# ---- integrals ------------------------------------------------------------------------------------------


def double_integral(quad, function, a, b, low, high, args, epsabs, epsrel):
    """Return an integral over an area, with an estimate of its error: `low` and `high` may be functions."""

    def along(x):
        start = low(x) if callable(low) else low
        stop = high(x) if callable(high) else high
        return quad(function, start, stop, args=(x, *args), epsabs=epsabs, epsrel=epsrel)[0]

    return quad(along, a, b, epsabs=epsabs, epsrel=epsrel)


def gauss_integral(function, a, b, args, n):
    """Return an integral by the rule of C. Gauss with `n` points, and None as SciPy does."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    half = (b - a) / 2
    return half * np.sum(weights * function(half * (nodes + 1) + a, *args), axis=-1), None


# ---- statistics -----------------------------------------------------------------------------------------


def weighted_mean(data, weights):
    return math.fsum([x * w for x, w in zip(data, weights)]) / math.fsum(weights)


def weighted_harmonic_mean(data, weights):
    return math.fsum(weights) / math.fsum([w / x for x, w in zip(data, weights)])


def sample_variance(data, center):
    return math.fsum([(x - center) * (x - center) for x in data]) / (len(data) - 1)


def population_variance(data, center):
    return math.fsum([(x - center) * (x - center) for x in data]) / len(data)


def sample_deviation(data, center):
    return math.sqrt(math.fsum([(x - center) * (x - center) for x in data]) / (len(data) - 1))


def population_deviation(data, center):
    return math.sqrt(math.fsum([(x - center) * (x - center) for x in data]) / len(data))


def middle(data):
    """Return the median."""
    ordered = sorted(data)
    n = len(ordered)
    if n % 2 == 1:
        return ordered[n // 2]
    return (ordered[n // 2 - 1] + ordered[n // 2]) / 2


def low_middle(data):
    return sorted(data)[(len(data) - 1) // 2]


def high_middle(data):
    return sorted(data)[len(data) // 2]


def covariance(x, y):
    x_mean, y_mean = math.fsum(x) / len(x), math.fsum(y) / len(y)
    return math.fsum([(a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True)]) / (len(x) - 1)


def correlation(x, y):
    x_mean, y_mean = math.fsum(x) / len(x), math.fsum(y) / len(y)
    xx = math.fsum([(a - x_mean) * (a - x_mean) for a in x])
    yy = math.fsum([(b - y_mean) * (b - y_mean) for b in y])
    return math.fsum([(a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True)]) / math.sqrt(xx * yy)


def line_fit(x, y):
    x_mean, y_mean = math.fsum(x) / len(x), math.fsum(y) / len(y)
    xx = math.fsum([(a - x_mean) * (a - x_mean) for a in x])
    slope = math.fsum([(a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True)]) / xx
    return LinearRegression(slope, y_mean - slope * x_mean)


def proportional_fit(x, y):
    slope = math.fsum([a * b for a, b in zip(x, y, strict=True)]) / math.fsum([a * a for a in x])
    return LinearRegression(slope, 0.0)


# ---- collections: what a program makes itself, as lists and dicts ---------------------------------------


class Deque(collections.deque):
    """A deque; its methods are lowered, no object of this class is ever made."""

    def __init__(self, iterable=(), maxlen=None):
        items = list(iterable)
        self.maxlen = maxlen
        self.content = items if maxlen is None else items[max(len(items) - maxlen, 0) :]

    def append(self, item):
        self.content.append(item)
        if self.maxlen is not None and len(self.content) > self.maxlen:
            self.content.pop(0)

    def appendleft(self, item):
        self.content.insert(0, item)
        if self.maxlen is not None and len(self.content) > self.maxlen:
            self.content.pop()

    def extend(self, items):
        for item in items:
            self.append(item)

    def extendleft(self, items):
        for item in items:
            self.appendleft(item)

    def pop(self):
        return self.content.pop()

    def popleft(self):
        return self.content.pop(0)

    def clear(self):
        self.content.clear()

    def rotate(self, n=1):
        count = len(self.content)
        if count > 0:
            self.content = self.content[count - n % count :] + self.content[: count - n % count]

    def __getitem__(self, index):
        return self.content[index]

    def __setitem__(self, index, item):
        self.content[index] = item

    def __len__(self):
        return len(self.content)


class DefaultDict(collections.defaultdict):
    """A dict that makes what it lacks."""

    def __init__(self, default_factory=None, entries=None):
        self.default_factory = default_factory
        self.content = {} if entries is None else dict(entries)

    def __getitem__(self, key):
        if self.default_factory is not None and key not in self.content:
            self.content[key] = self.default_factory()
        return self.content[key]

    def __setitem__(self, key, item):
        self.content[key] = item

    def __len__(self):
        return len(self.content)

    def keys(self):
        return self.content.keys()

    def values(self):
        return self.content.values()

    def items(self):
        return self.content.items()

    def get(self, key, default=None):
        return self.content.get(key, default)

    def pop(self, key):
        return self.content.pop(key)


class Counts(collections.Counter):
    """A dict that takes for 0 what it lacks."""

    def __init__(self, entries=None):
        self.content = {} if entries is None else dict(entries)

    def __getitem__(self, key):
        return self.content.get(key, 0)

    def __setitem__(self, key, item):
        self.content[key] = item

    def __len__(self):
        return len(self.content)

    def keys(self):
        return self.content.keys()

    def values(self):
        return self.content.values()

    def items(self):
        return self.content.items()

    def get(self, key, default=None):
        return self.content.get(key, default)

    def pop(self, key):
        return self.content.pop(key)

    def total(self):
        return sum(self.content.values())
