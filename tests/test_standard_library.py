"""The standard library as numeric code uses it: one small function for each use, in both modes to second order."""

from __future__ import annotations

import cmath
import collections
import functools
import itertools
import math
import operator
import statistics
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from functools import cache, lru_cache, partial, reduce, wraps
from itertools import (
    accumulate,
    chain,
    combinations,
    combinations_with_replacement,
    compress,
    count,
    cycle,
    dropwhile,
    filterfalse,
    groupby,
    islice,
    pairwise,
    permutations,
    product,
    repeat,
    starmap,
    takewhile,
    tee,
    zip_longest,
)
from statistics import NormalDist

import numpy as np
import pytest

from s2sad import UnsupportedSyntax, grad, value_and_grad
from s2sad.analysis.kinds import kind_of
from s2sad.analysis.transfer import result_kind
from s2sad.testing import check_grads

A = np.array([0.7, -1.2, 0.4, 1.9])
M = np.array([[0.7, -1.2], [0.4, 1.9]])
L = [0.5, 1.5, 0.8, 2.0]
W = [0.3, 1.0, -0.5, 0.7]
Z = 0.6 + 0.35j
CASES = []


def probe(*args):
    def add(function):
        CASES.append(pytest.param(function, args, id=function.__name__))
        return function

    return add


# ---- math
@probe(0.7)
def m_frexp(x):
    m, e = math.frexp(x)
    return m * m * x + e


@probe(2.7)
def m_frexp2(x):
    return math.frexp(x)[0] ** 3


@probe(2.7)
def m_modf(x):
    f, w = math.modf(x)
    return f * f * w + x


@probe(0.7)
def m_ldexp(x):
    return math.ldexp(x, 3) * x


@probe(0.7, 1.3)
def m_many(x, y):
    return (
        math.hypot(x, y, x * y)
        + math.atan2(y, x)
        + math.copysign(x, -y)
        + math.fabs(y) * x
        + math.fmod(y, x)
        + math.pow(x, y)
        + math.remainder(5 * y, x)
    )


@probe(0.7)
def m_more(x):
    return (
        math.gamma(x + 1)
        + math.lgamma(x + 2) * x
        + math.erf(x) * math.erfc(x)
        + math.exp2(x)
        + math.cbrt(x)
        + math.expm1(x) * math.log1p(x)
    )


@probe(0.3)
def m_trig(x):
    return (
        math.asin(x) * math.acos(x)
        + math.atanh(x)
        + math.asinh(x) * math.acosh(2 + x)
        + math.degrees(x) * math.radians(x)
    )


@probe(L)
def m_fsum(xs):
    return math.fsum(x * x for x in xs) * math.fsum(xs)


@probe(A)
def m_prod(x):
    return math.prod(x) * math.prod(v * v for v in x)


@probe(A, A[::-1].copy())
def m_dist(p, q):
    return math.dist(p, q) ** 3


@probe(1.7)
def m_log_base(x):
    return math.log(x, 3) + math.log(x + 1, x) + math.log2(x) * math.log10(x)


@probe(1.7)
def m_trunc(x):
    return math.trunc(x) * x + math.floor(x) * x**2 + math.ceil(x) * x + round(x) * x + round(x, 1) * x


@probe(1.7)
def m_const(x):
    return math.pi * x * math.e + math.tau * x * x


@probe(A)
def m_sumprod_like(x):
    return sum(a * b for a, b in zip(x, x[::-1]))


# ---- cmath
@probe(Z)
def c_exp(z):
    w = cmath.exp(z) * z
    return w.real * w.imag


@probe(Z)
def c_log(z):
    w = cmath.log(z) * z
    return w.real + w.imag


@probe(Z)
def c_log_base(z):
    w = cmath.log(z, 2.0) + cmath.log10(z) * z
    return w.real + 2 * w.imag


@probe(Z)
def c_sqrt(z):
    w = cmath.sqrt(z)
    return w.real + 3 * w.imag


@probe(Z)
def c_sin(z):
    return (cmath.sin(z) * z).imag + cmath.sin(z).real


@probe(Z)
def c_cos(z):
    return (cmath.cos(z) * z).imag + cmath.cos(z).real


@probe(Z)
def c_tan(z):
    return (cmath.tan(z) * z).imag + cmath.tan(z).real


@probe(Z)
def c_sinh(z):
    return (cmath.sinh(z) * z).imag + cmath.sinh(z).real


@probe(Z)
def c_cosh(z):
    return (cmath.cosh(z) * z).imag + cmath.cosh(z).real


@probe(Z)
def c_tanh(z):
    return (cmath.tanh(z) * z).imag + cmath.tanh(z).real


@probe(Z)
def c_asin(z):
    return (cmath.asin(z) * z).imag + cmath.asin(z).real


@probe(Z)
def c_acos(z):
    return (cmath.acos(z) * z).imag + cmath.acos(z).real


@probe(Z)
def c_atan(z):
    return (cmath.atan(z) * z).imag + cmath.atan(z).real


@probe(Z)
def c_asinh(z):
    return (cmath.asinh(z) * z).imag + cmath.asinh(z).real


@probe(Z)
def c_acosh(z):
    return (cmath.acosh(z) * z).imag + cmath.acosh(z).real


@probe(Z)
def c_atanh(z):
    return (cmath.atanh(z) * z).imag + cmath.atanh(z).real


@probe(2.5 + 0.3j)
def c_acosh2(z):
    return (cmath.acosh(z) * z).imag + cmath.asin(z).real + cmath.atanh(z).imag


@probe(Z)
def c_phase(z):
    return cmath.phase(z) * abs(z)


@probe(Z)
def c_polar(z):
    r, phi = cmath.polar(z)
    return r * r * phi


@probe(0.8, 0.5)
def c_rect(r, phi):
    z = cmath.rect(r, phi)
    return z.real * z.imag + z.imag


@probe(0.8)
def c_real_arg(x):
    return abs(cmath.exp(1j * x) + cmath.sqrt(x - 2.0)) + cmath.sin(x).real


@probe(0.8)
def c_real_arg2(x):
    return cmath.acos(x + 1).imag + cmath.phase(complex(x, 1.0)) + cmath.polar(complex(1.0, x))[1]


@probe(Z)
def c_isfin(z):
    if cmath.isfinite(z) and not cmath.isnan(z) and not cmath.isinf(z) and cmath.isclose(z, z):
        return abs(z) ** 2
    return 0.0


@probe(0.8, 0.5)
def c_complex(a, b):
    z = complex(a, b)
    return (z * z.conjugate()).real + abs(z) + (z**2).imag


@probe(0.8, 0.5)
def c_complex2(a, b):
    z = a + b * 1j
    return (1 / z).real + cmath.e * (cmath.pi * z).imag


@probe(2.0, 0.3, 0.5)
def c_roots(a, b, c):
    d = cmath.sqrt(b * b - 4 * a * c)
    r1, r2 = (-b + d) / (2 * a), (-b - d) / (2 * a)
    return abs(r1 - 2) + abs(r2) * 2 + r1.imag


# ---- builtins
@probe(A)
def b_abs(x):
    return sum(abs(v) ** 1.5 for v in x)


@probe(0.7, 1.3)
def b_divmod(x, y):
    q, r = divmod(5 * y, x)
    return q * x + r * r


@probe(0.7, 2.0)
def b_pow(x, y):
    return pow(x, y) * pow(y, x)


@probe(L)
def b_sorted(xs):
    s = sorted(xs, key=lambda v: -v)
    return s[0] * s[1] + s[2] ** 2 * s[3]


@probe(L)
def b_minmax(xs):
    return min(xs) * max(xs) + max(xs, key=lambda v: (v - 1) ** 2)


@probe(L)
def b_map_filter(xs):
    return sum(map(math.sin, filter(lambda v: v > 0.6, xs)))


@probe(L)
def b_enumerate_zip(xs):
    t = 0.0
    for i, (a, b) in enumerate(zip(xs, xs[2:], strict=False), 1):
        t += i * a * b
    return t


@probe(L)
def b_reversed(xs):
    t = 0.0
    for v in reversed(xs):
        t = t * 0.5 + v * v
    return t


@probe(L)
def b_any_all(xs):
    if any(v > 1 for v in xs) and not all(v > 1 for v in xs):
        return sum(xs) ** 2
    return 0.0


@probe(L)
def b_zip_strict(xs):
    return sum(a * b for a, b in zip(xs, xs[::-1], strict=True))


@probe(L)
def b_sum_start(xs):
    return sum(xs, start=1.5) ** 2 + sum([v * v for v in xs], 2.0)


@probe(L)
def b_slice(xs):
    s = slice(1, 3)
    return sum(v * v for v in xs[s])


@probe(0.7)
def b_float(x):
    return float(x) ** 2 + float(np.float64(x)) * x


@probe(A)
def b_list_of_array(x):
    return sum([v * v for v in list(x)]) + sum(tuple(x)) ** 2


# ---- operator
@probe(0.7, 1.3)
def o_arith(x, y):
    return (
        operator.add(x, y) * operator.mul(x, y)
        + operator.truediv(x, y)
        + operator.sub(x, y) ** 2
        + operator.pow(x, y)
        + operator.neg(x)
        + operator.pos(y)
        + operator.abs(x)
        + operator.floordiv(y, x) * x
        + operator.mod(y, x)
    )


@probe(A)
def o_matmul(x):
    return operator.matmul(x, x)


@probe(A)
def o_getitem(x):
    return operator.getitem(x, 1) * operator.getitem(x, slice(1, 3)).sum()


@probe(A)
def o_setitem(x):
    y = x.copy()
    operator.setitem(y, 1, x[0] * x[2])
    return np.sum(y * y)


@probe(L)
def o_delitem(xs):
    y = [v * v for v in xs]
    operator.delitem(y, 1)
    return y[0] * y[1] * y[2]


@probe(L)
def o_itemgetter(xs):
    return operator.itemgetter(1)(xs) ** 2


@probe(L)
def o_itemgetter2(xs):
    a, b = operator.itemgetter(0, 2)(xs)
    return a * b * b


@probe(L)
def o_sorted_itemgetter(xs):
    pairs = sorted([(v, i) for i, v in enumerate(xs)], key=operator.itemgetter(1), reverse=True)
    return pairs[0][0] * pairs[1][0] ** 2


@probe(M)
def o_attrgetter(x):
    return np.sum(operator.attrgetter("T")(x) @ x)


@probe(M)
def o_attrgetter2(x):
    a, b = operator.attrgetter("T", "real")(x)
    return np.sum(a @ b * x)


@probe(M)
def o_methodcaller(x):
    return operator.methodcaller("sum")(x) ** 2 + operator.methodcaller("sum", axis=0)(x)[0] ** 3


@probe(0.7)
def o_call(x):
    return operator.call(math.sin, x) * x


@probe(L)
def o_concat(xs):
    return sum(v * v for v in operator.concat(xs, [2 * v for v in xs]))


@probe(L)
def o_iconcat(xs):
    ys = [v * v for v in xs]
    ys = operator.iconcat(ys, xs)
    return sum(v * v for v in ys)


@probe(L)
def o_count(xs):
    return sum(xs) ** 2 * (1 + operator.countOf([1, 2, 1], 1)) + operator.indexOf([3, 4], 4) * xs[0]


@probe(L)
def o_length_hint(xs):
    return operator.length_hint(xs) * xs[0] ** 2


@probe(0.7)
def o_inv(x):
    return operator.inv(3) * x * x + operator.invert(2) * x


@probe(A)
def o_inplace(x):
    y = x.copy()
    y = operator.iadd(y, x)
    y = operator.imul(y, x)
    return np.sum(y)


@probe(0.7)
def o_ifloat(x):
    y = operator.iadd(x, 2 * x)
    y = operator.imul(y, x)
    y = operator.isub(y, 0.5 * x)
    y = operator.itruediv(y, 1 + x)
    return operator.ipow(y, 2)


@probe(L)
def o_contains(xs):
    return (
        xs[0] ** 2 if operator.contains([1, 2], 2) and operator.not_(False) and operator.truth(1) else xs[1]
    )


# ---- functools
@probe(L)
def f_reduce(xs):
    return reduce(operator.mul, xs) + reduce(lambda a, b: a * b + 1.0, xs, 1.0)


@probe(0.7)
def f_partial(x):
    p = partial(math.pow, x)
    q = functools.partial(lambda a, b=1.0: a * b * b, b=x)
    return p(3.0) + q(2.0)


@lru_cache(maxsize=100)
def cached_square(x):
    return x * x * x


@cache
def cached2(x):
    return x**2


@probe(0.7)
def f_cached(x):
    return cached_square(x) + cached2(x)


@probe(0.7)
def f_cached_local(x):
    @cache
    def fib(n):
        return x if n < 2 else fib(n - 1) * x + fib(n - 2)

    return fib(5)


def deco(f):
    @wraps(f)
    def inner(*args, **kw):
        return 2 * f(*args, **kw)

    return inner


@deco
def decorated(x, k=1):
    return x * x * k


@probe(0.7)
def f_wraps(x):
    return decorated(x, k=3) ** 2


@probe(0.7)
def f_compose(x):
    def compose(*fs):
        return functools.reduce(lambda f, g: lambda v: f(g(v)), fs)

    return compose(math.sin, math.exp, lambda v: v * v)(x)


class Model:
    def __init__(self, a):
        self.a = a

    @functools.cached_property
    def sq(self):
        return self.a**2


@probe(0.7)
def f_cached_property(x):
    m = Model(x)
    return m.sq * m.sq


# ---- itertools
@probe(A)
def i_product(x):
    return sum(a * b * b for a, b in product(x, x))


@probe(A)
def i_product_range(x):
    t = 0.0
    for i, j in product(range(2), range(3)):
        t += x[i] * x[j] ** 2 * (i + 1)
    return t


@probe(L)
def i_product_repeat(xs):
    t = 0.0
    for a, b in product(xs, repeat=2):
        t += a * b * b
    return t


@probe(L)
def i_product3(xs):
    return sum(math.prod(t) for t in product(xs, repeat=3))


@probe(L)
def i_accumulate(xs):
    return sum(v * v for v in accumulate(xs))


@probe(L)
def i_accumulate_mul(xs):
    return sum(accumulate(xs, operator.mul)) + list(accumulate(xs, lambda a, b: a * b + 1, initial=0.5))[-1]


@probe(A)
def i_accumulate_array(x):
    return sum(v * v for v in accumulate(x))


@probe(A)
def i_accumulate_np(x):
    return np.sum(np.array(list(accumulate(x))) ** 2)


@probe(L)
def i_chain(xs):
    t = 0.0
    for v in chain(xs, [3.0, xs[0]]):
        t += v * v * v
    return t


@probe(L)
def i_chain_from(xs):
    return sum(v * v for v in chain.from_iterable([xs, [xs[0] * xs[1]]]))


@probe(L)
def i_chain_list(xs):
    ys = list(chain(xs, xs[1:]))
    return sum(v * w for v, w in zip(ys, ys[2:]))


@probe(L)
def i_zip_longest(xs):
    return sum(a * b for a, b in zip_longest(xs, xs[1:], fillvalue=2.0))


@probe(L)
def i_zip_longest_none(xs):
    t = 0.0
    for a, b in zip_longest(xs, xs[1:]):
        t += a * a if b is None else a * b
    return t


@probe(A)
def i_pairwise(x):
    return sum((b - a) ** 2 for a, b in pairwise(x))


@probe(L)
def i_pairwise_list(xs):
    t = 0.0
    for a, b in itertools.pairwise(xs):
        t += a * b
    return t


@probe(L)
def i_pairwise_of_map(xs):
    return sum(a * b for a, b in pairwise(v * v for v in xs))


@probe(L)
def i_islice(xs):
    return (
        sum(v * v for v in islice(xs, 2))
        + sum(v**3 for v in islice(xs, 1, None, 2))
        + sum(islice(xs, 1, 3)) ** 2
    )


@probe(A)
def i_islice_array(x):
    return sum(v * v for v in islice(x, 1, 3))


@probe(A)
def i_combinations(x):
    return sum(a * b * b for a, b in combinations(x, 2))


@probe(A)
def i_combinations_range(x):
    n = len(x)
    t = 0.0
    for i, j in combinations(range(n), 2):
        t += 1.0 / (1 + (x[i] - x[j]) ** 2)
    return t


@probe(L)
def i_combinations3(xs):
    return sum(a * b * c * c for a, b, c in combinations(xs, 3)) + sum(
        math.prod(c) for c in combinations(xs, 2)
    )


@probe(L)
def i_cwr(xs):
    return sum(a * b * b for a, b in combinations_with_replacement(xs, 2))


@probe(L)
def i_permutations(xs):
    return sum(a * b * b for a, b in permutations(xs, 2))


@probe(L)
def i_repeat(xs):
    return sum(v * w for v, w in zip(xs, repeat(xs[0]))) + sum(repeat(xs[1], 3)) ** 2


@probe(L)
def i_repeat_map(xs):
    return sum(map(math.pow, xs, repeat(2.0)))


@probe(L)
def i_count(xs):
    return sum(k * v * v for k, v in zip(count(1), xs)) + sum(k * v**3 for v, k in zip(xs, count(0.5, 0.25)))


@probe(0.7)
def i_count_break(x):
    t = 0.0
    for k in count(1):
        term = x**k / math.factorial(k)
        t += term
        if term < 1e-3:
            break
    return t


@probe(L)
def i_cycle(xs):
    return sum(v * s for v, s in zip(xs, cycle([1.0, -1.0])))


@probe(L)
def i_starmap(xs):
    return sum(starmap(lambda a, b: a * b * b, zip(xs, xs[2:], strict=False))) + sum(
        starmap(math.pow, [(xs[0], 2.0), (xs[1], 3.0)])
    )


@probe(L)
def i_takewhile(xs):
    return sum(v * v for v in takewhile(lambda v: v < 1.8, xs))


@probe(L)
def i_dropwhile(xs):
    return sum(v * v for v in dropwhile(lambda v: v < 1.0, xs))


@probe(L)
def i_filterfalse(xs):
    return sum(v * v for v in filterfalse(lambda v: v < 1.0, xs))


@probe(L)
def i_compress(xs):
    return sum(v * v for v in compress(xs, [1, 0, 1, 1]))


@probe(L)
def i_groupby(xs):
    t = 0.0
    for key, group in groupby(xs, key=lambda v: v > 1):
        g = list(group)
        t += sum(g) ** 2 if key else sum(g)
    return t


@probe(L)
def i_tee(xs):
    a, b = tee(xs)
    return sum(u * v for u, v in zip(a, b))


# ---- statistics
@probe(L)
def s_mean(xs):
    return statistics.mean(xs) ** 2


@probe(L)
def s_fmean(xs):
    return statistics.fmean(xs) ** 2


@probe(L, [1.0, 2.0, 0.5, 0.7])
def s_fmean_w(xs, w):
    return statistics.fmean(xs, weights=w) ** 2


@probe(L)
def s_gmean(xs):
    return statistics.geometric_mean(xs) ** 2


@probe(L)
def s_hmean(xs):
    return statistics.harmonic_mean(xs) ** 2


@probe(L, [1.0, 2.0, 0.5, 0.7])
def s_hmean_w(xs, w):
    return statistics.harmonic_mean(xs, weights=w) ** 2


@probe(L)
def s_variance(xs):
    return statistics.variance(xs) ** 2


@probe(L)
def s_variance_xbar(xs):
    return statistics.variance(xs, statistics.mean(xs)) ** 2


@probe(L)
def s_pvariance(xs):
    return statistics.pvariance(xs) ** 2


@probe(L)
def s_pvariance_mu(xs):
    return statistics.pvariance(xs, xs[0] * 0.5) ** 2


@probe(L)
def s_stdev(xs):
    return statistics.stdev(xs) ** 3


@probe(L)
def s_pstdev(xs):
    return statistics.pstdev(xs) ** 3


@probe(L)
def s_median(xs):
    return statistics.median(xs) ** 2


@probe(L)
def s_median_low(xs):
    return statistics.median_low(xs) ** 2 + statistics.median_high(xs) ** 3


@probe(L, W)
def s_covariance(xs, ys):
    return statistics.covariance(xs, ys) ** 2


@probe(L, W)
def s_correlation(xs, ys):
    return statistics.correlation(xs, ys) ** 2


@probe(L, W)
def s_linreg(xs, ys):
    slope, intercept = statistics.linear_regression(xs, ys)
    return slope * intercept


@probe(L, W)
def s_linreg2(xs, ys):
    fit = statistics.linear_regression(xs, ys)
    return fit.slope**2 + fit.intercept**2


@probe(L, W)
def s_linreg_prop(xs, ys):
    return statistics.linear_regression(xs, ys, proportional=True).slope


@probe(L)
def s_quantiles(xs):
    return sum(v * v for v in statistics.quantiles(xs, n=4))


@probe(A)
def s_mean_array(x):
    return statistics.fmean(x) * statistics.pvariance(x) + statistics.stdev(x)


@probe(A)
def s_mean_gen(x):
    return statistics.fmean(v * v for v in x) + statistics.mean([v * v for v in x]) ** 2


@probe(0.4)
def s_norm(x):
    return NormalDist(1.0, 2.0).pdf(x) + NormalDist().cdf(x) * x


@probe(0.4, 1.5)
def s_norm2(mu, sigma):
    d = NormalDist(mu, sigma)
    return d.pdf(0.3) * d.cdf(1.1) + d.mean * d.stdev + d.variance


@probe(0.4)
def s_inv(p):
    return NormalDist(1.0, 2.0).inv_cdf(p) ** 2


@probe(0.4)
def s_zscore(x):
    return NormalDist(1.0, 2.0).zscore(x) ** 2


# ---- collections
@probe(L)
def d_deque(xs):
    d = deque(xs)
    d.appendleft(xs[0] * xs[1])
    d.append(xs[2] ** 2)
    a = d.popleft()
    b = d.pop()
    return a * b + sum(v * v for v in d)


@probe(L)
def d_deque_maxlen(xs):
    d = deque(maxlen=2)
    t = 0.0
    for v in xs:
        d.append(v * v)
        t += sum(d)
    return t * d[0]


@probe(L)
def d_deque_rotate(xs):
    d = deque([v * v for v in xs])
    d.rotate(1)
    return d[0] * d[1] ** 2


@probe(L)
def d_deque_loop(xs):
    q = deque([xs[0]])
    t = 0.0
    i = 1
    while q:
        v = q.popleft()
        t += v * v
        if i < len(xs):
            q.append(v * xs[i])
            i += 1
    return t


@probe(L)
def d_defaultdict(xs):
    d = defaultdict(float)
    for i, v in enumerate(xs):
        d[i % 2] += v * v
    return d[0] * d[1]


@probe(L)
def d_defaultdict_lambda(xs):
    d = defaultdict(lambda: 1.0)
    for i, v in enumerate(xs):
        d[i % 2] *= v
    return d[0] + d[1] ** 2 + d[7] * xs[0]


@probe(L)
def d_defaultdict_int(xs):
    d = collections.defaultdict(int)
    for i, v in enumerate(xs):
        d["a" if i < 2 else "b"] += v
    return sum(v * v for v in d.values()) + sum(w for k, w in d.items() if k == "a")


@probe(L)
def d_counter(xs):
    c = Counter()
    for i, v in enumerate(xs):
        c[i % 2] += v * v
    return c[0] * c[1]


@probe(L)
def d_counter_weights(xs):
    c = Counter("abca")
    return sum(n * v for n, v in zip(c.values(), xs)) ** 2


@probe(L)
def d_counter_items(xs):
    c = Counter(["a", "b", "a"])
    return c["a"] * xs[0] ** 2 + c["z"] * xs[1] + sum(n * xs[0] for k, n in c.items())


@probe(L)
def d_ordered(xs):
    d = OrderedDict()
    d["a"] = xs[0] ** 2
    d["b"] = xs[1] * d["a"]
    return sum(d.values()) ** 2


Pt = namedtuple("Pt", "x y")


@probe(L)
def d_namedtuple(xs):
    p = Pt(xs[0], y=xs[1])
    q = p._replace(x=p.y * 2)
    return p.x * p.y + q.x**2 + sum(v for v in q) ** 2


@pytest.mark.parametrize(("function", "args"), CASES)
def test_derivatives(function, args):
    check_grads(function, args, order=2)


def test_kinds_of_results():
    for data in (L, A, A.astype(np.float32)):
        for function in (statistics.mean, statistics.fmean, statistics.variance, statistics.stdev):
            assert result_kind(function, [kind_of(data)]) == kind_of(function(data)), function


def test_single_precision_stays():
    def f(x):
        return statistics.pvariance(x) * statistics.fmean(x)

    assert grad(f)(np.array([0.5, 2.0], np.float32)).dtype == np.float32


def test_the_text_of_a_walk_over_pairs():
    assert grad(i_pairwise).source_for(A) == (
        "def i_pairwise_grad(x):\n"
        "    n = len(x) - 1\n"
        "    x_bar = np.zeros_like(x)\n"
        "    for i in range(n - 1, -1, -1):\n"
        "        # return sum((b - a) ** 2 for a, b in pairwise(x))\n"
        "        n = i + 1\n"
        "        b = x[n]\n"
        "        a = x[i]\n"
        "        b_bar = 2 * (b - a)\n"
        "        a_bar = -b_bar\n"
        "        x_bar[n] += b_bar\n"
        "        x_bar[i] += a_bar\n"
        "    return x_bar\n"
    )


@pytest.mark.parametrize("function", [cmath.asin, cmath.acos, cmath.acosh], ids=lambda f: f.__name__)
@pytest.mark.parametrize("side", [0.0, -0.0, None])
@pytest.mark.parametrize("x", [1.8, -1.8])
def test_inverse_functions_on_their_branch_cuts(function, side, x):
    """The derivative along the real axis, on the side of the cut that the number is on."""

    def at(x):
        return function(x if side is None else complex(x, side))

    def real(z):
        return function(z).real

    def imag(z):
        return function(z).imag

    slope = (at(x + 1e-6) - at(x - 1e-6)) / 2e-6
    z = x if side is None else complex(x, side)
    assert np.real(grad(real)(z)) == pytest.approx(slope.real, abs=1e-6)
    assert np.real(grad(imag)(z)) == pytest.approx(slope.imag, abs=1e-6)


# ---- iterators can be gone through once -----------------------------------------------------------------


def map_twice(xs):
    squares = map(math.sin, xs)
    return sum(squares) + sum(squares)


def zip_in_a_loop(xs):
    pairs = zip(xs, xs)
    total = 0.0
    for _ in range(2):
        total += sum(a * b for a, b in pairs)
    return total


def generator_twice(xs):
    squares = (v * v for v in xs)
    return sum(squares) + sum(squares)


def halves(xs):
    values = iter(xs)
    return sum(a * b for a, b in zip(values, values))


def inner_loop(xs):
    values = chain(xs, xs)
    total = 0.0
    for v in values:
        for w in values:
            total += v * w
    return total


def refusal(function, *args):
    with pytest.raises(UnsupportedSyntax) as error:
        grad(function)(*args)
    return error.value


@pytest.mark.parametrize("function", [map_twice, zip_in_a_loop, generator_twice, halves, inner_loop])
def test_an_iterator_is_not_used_again(function):
    error = refusal(function, L)
    assert error.message.endswith("is used again, when it may be at its end")
    assert error.hint == "make a list of it" and error.where.filename == __file__


def test_one_use_on_each_path():
    def f(xs, first):
        pairs = zip(xs, xs[2:], strict=False)
        if first:
            return sum(a * b for a, b in pairs)
        return sum(a * b * b for a, b in pairs)

    check_grads(f, (L, True))
    check_grads(f, (L, False))


def weighted(pairs):
    total = 0.0
    for a, b in pairs:
        total += a * b * b
    return total


def test_an_iterator_may_be_handed_on():
    def f(xs):
        pairs = zip(xs, xs[2:], strict=False)
        same = pairs
        return weighted(same)

    check_grads(f, (L,), order=2)


def test_an_iterator_is_not_handed_on_twice():
    def f(xs):
        pairs = zip(xs, xs[2:], strict=False)
        return weighted(pairs) + weighted(pairs)

    assert refusal(f, L).message == "the iterator `pairs` is used again, when it may be at its end"


def test_a_generator_of_a_generator():
    def squares(values):
        return sum(v * v for v in values)

    def f(xs):
        return squares(a * b for a, b in zip(xs, W, strict=True))

    check_grads(f, (L,), order=2)


# ---- what is read before it changes ---------------------------------------------------------------------


def walk(make):
    def f(x):
        x = x * 1.0
        total = 0.0
        for v in make(x):
            total += v * v
            x[3] = 0.5 * v
        return total

    return f


def pairs_of_what_changes(x):
    x = x * 1.0
    total = 0.0
    for v, w in combinations(x, 2):
        total += v * w
        x[3] = 0.5 * v
    return total


MAKERS = [
    lambda x: chain(x, [1.0]),
    lambda x: accumulate(x),
    lambda x: accumulate(x, lambda a, b: a * b),
    lambda x: filter(lambda v: v > 0, x),
    lambda x: takewhile(lambda v: v < 5, x),
    lambda x: compress(x, [1, 1, 0, 1]),
]


@pytest.mark.parametrize("function", [*map(walk, MAKERS), pairs_of_what_changes])
def test_what_changes_while_it_is_walked_is_refused(function):
    assert refusal(function, A).message == "what this iterator runs over changes before it has ended"


def test_a_part_of_an_array_is_walked_as_it_changes():
    def f(x):
        x = x * 1.0
        total = 0.0
        for v in islice(x, 1, 4):
            total += v * v
            x[3] = 0.5 * v
        return total

    check_grads(f, (A,), order=2)


# ---- what is refused ------------------------------------------------------------------------------------


def endless(x):
    return sum(count(x))


def endless_list(xs):
    return sum(takewhile(lambda v: v < 3, count(xs[0])))


def counted(xs):
    return sum(Counter(xs).values()) * xs[0]


def rotated_copy(xs):
    return deque(xs).copy()[0]


def permuted(xs, r):
    return sum(p[0] for p in permutations(xs, r))


@pytest.mark.parametrize(
    ("function", "args", "message"),
    [
        (endless, (0.5,), "an iterator without an end is used up"),
        (endless_list, (L,), "an iterator without an end is used up"),
        (counted, (L,), "differentiated numbers cannot be counted"),
        (rotated_copy, (L,), "`copy` of a `deque` cannot be differentiated"),
        (permuted, (L, 2), "the number of items that `permutations` takes is not known"),
    ],
)
def test_refusals(function, args, message):
    error = refusal(function, *args)
    assert error.message == message and error.hint
    assert error.where.filename == __file__ and error.where.line > function.__code__.co_firstlineno


# ---- values ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("function", "args"), CASES)
def test_values(function, args):
    expected = function(*args)
    if isinstance(expected, float):
        assert value_and_grad(function)(*args)[0] == pytest.approx(expected, rel=1e-14)


class Pile:
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)


class Switch:
    def __init__(self, level):
        self.level = level

    def __bool__(self):
        return self.level > 1


def test_the_truth_of_an_object():
    def of_length(x):
        return x * x if Pile([]) else 3 * x

    def of_switch(x):
        return x * x if Switch(x) else 3 * x

    assert grad(of_length)(0.7) == 3.0
    assert (grad(of_switch)(0.7), grad(of_switch)(1.5)) == (3.0, 3.0)
