"""Formulas and small numerical methods, mostly on floats."""

import math

import numpy as np

from tests.programs.registry import program


@program(0.6, 1.4)
def lecture_sine_and_product(x1, x2):
    return math.sin(x1) + x1 * x2


@program(2.0, -1.0, -3.0, -2.0, -3.0)
def lecture_neuron(w0, x0, w1, x1, w2):
    return 1.0 / (1.0 + math.exp(-(w0 * x0 + w1 * x1 + w2)))


@program(3.0, -4.0, 2.0, -1.0)
def lecture_gates(x, y, z, w):
    return (x * y + max(z, w)) * 2.0


@program(1.2, order=3)
def lecture_fan_out(x):
    a = x * x
    b = a + x
    c = a * b
    return a + b + c + math.sin(c)


@program(1.5, -0.5)
def lecture_quotient(x, y):
    return (x + 1.0 / (1.0 + math.exp(-y))) / (1.0 / (1.0 + math.exp(-x)) + (x + y) ** 2)


@program(0.4, order=3)
def trigonometric(x):
    return math.sin(x) * math.cos(x) + math.tan(x) - math.asin(x) * math.acos(x) + math.atan(x)


@program(0.4, order=3)
def hyperbolic(x):
    return math.sinh(x) * math.cosh(x) + math.tanh(x) - math.asinh(x) * math.acosh(1.5 + x) + math.atanh(x)


@program(1.7, order=3)
def exponential(x):
    return math.exp(-x) * math.expm1(x) + math.exp2(x) + 2.0**x + math.e**x + math.pow(x, 2.5)


@program(1.7, order=3)
def logarithmic(x):
    return math.log(x) * math.log2(x) + math.log10(x) - math.log1p(x) + math.log(x, 3.0)


@program(1.7, order=3)
def roots(x):
    return math.sqrt(x) * math.cbrt(x) + x**0.25 + x**-1.5 + 1.0 / math.sqrt(1.0 + x**2)


@program(0.7, order=3)
def error_and_gamma(x):
    return math.erf(x) * math.erfc(x) + math.gamma(1.0 + x) + math.lgamma(2.0 + x)


@program(1.7, 0.6)
def two_argument_functions(x, y):
    return math.atan2(y, x) + math.hypot(x, y) * math.pow(x, y) + math.copysign(x, -y) + math.fmod(x, y)


@program([0.5, 1.5, -1.0], [1.0, 0.25, 0.5])
def sequence_functions(p, q):
    return math.dist(p, q) + math.prod(p) * math.fsum(q) + math.hypot(*p)


@program(2.3)
def piecewise_constants(x):
    steps = math.floor(x) + math.ceil(x) + math.trunc(x) + int(math.isfinite(x))
    return steps * x**2 + math.fabs(-x) * math.degrees(math.radians(x))


@program(0.5, 1.1)
def power_with_active_exponent(x, y):
    return x**y + y**x + (x + y) ** (x * y)


@program(0.5, 3)
def powers_with_int_exponents(x, n):
    return x**n + x**2 - x**1 + x**0 + x**-n + n**x


@program(2.0, order=3)
def newton_square_root(a):
    x = 1.0
    for _ in range(6):
        x = 0.5 * (x + a / x)
    return x


@program(0.4, 0.9)
def kepler(eccentricity, anomaly):
    E = anomaly
    for _ in range(8):
        E = E - (E - eccentricity * math.sin(E) - anomaly) / (1.0 - eccentricity * math.cos(E))
    return math.cos(E) - eccentricity


@program(0.4, order=3)
def newton_until_converged(y):
    """Solve x exp(x) = y."""
    x = y
    while abs(x * math.exp(x) - y) > 1e-14:
        x = x - (x * math.exp(x) - y) / (math.exp(x) * (1.0 + x))
    return x


@program(2.0, 1.0)
def secant(a, b):
    def f(x):
        return x**3 - a * x - b

    x0, x1 = 1.5, 2.0
    for _ in range(6):
        x0, x1 = x1, x1 - f(x1) * (x1 - x0) / (f(x1) - f(x0))
        if abs(f(x1)) < 1e-9:
            break
    return x1 - f(x1) / (3.0 * x1**2 - a)


@program(2.2)
def bisection_then_newton(a):
    """The bisection yields constants; the steps after it carry the derivative."""
    low, high = 0.0, 2.0
    for _ in range(20):
        middle = (low + high) / 2.0
        if math.exp(middle) - a < 0.0:
            low = middle
        else:
            high = middle
    x = middle
    for _ in range(3):
        x = x - 1.0 + a * math.exp(-x)
    return x * x


@program(0.8, order=3)
def exponential_series(x):
    term, total, n = 1.0, 1.0, 0
    while abs(term) > 1e-17:
        n += 1
        term = term * x / n
        total += term
    return total


@program(0.8, 12)
def sine_series(x, terms):
    return sum((-1) ** k * x ** (2 * k + 1) / math.factorial(2 * k + 1) for k in range(terms))


@program(1.3, order=3)
def bessel_series(x):
    term = total = 1.0
    for k in range(1, 15):
        term *= -(x * x / 4.0) / (k * k)
        total += term
    return total


@program(0.6, 1.5, 2.5)
def hypergeometric_series(z, a, b):
    term = total = 1.0
    for k in range(30):
        term = term * (a + k) / (b + k) * z / (k + 1)
        total = total + term
    return total


@program(0.7, order=3)
def continued_fraction(x):
    value = 1.0
    for k in range(9, 0, -2):
        value = k - x * x / value
    return x / value


@program(1.2, 6)
def golden_continued_fraction(x, depth):
    return 1.0 if depth == 0 else 1.0 + x / golden_continued_fraction(x, depth - 1)


@program(1.0, 0.6)
def arithmetic_geometric_mean(a, b):
    while abs(a - b) > 1e-15:
        a, b = (a + b) / 2.0, math.sqrt(a * b)
    return a


@program(0.5, 2.0, 8)
def trapezoid_rule(a, b, n):
    h = (b - a) / n
    total = 0.5 * (math.exp(-a * a) + math.exp(-b * b))
    for i in range(1, n):
        x = a + i * h
        total += math.exp(-x * x)
    return h * total


@program(0.7, 6)
def simpson_rule(p, n):
    def f(x):
        return math.cos(p * x) / (1.0 + x * x)

    h = 2.0 / n
    total = f(0.0) + f(2.0)
    for i in range(1, n):
        total += (4.0 if i % 2 else 2.0) * f(i * h)
    return total * h / 3.0


@program(0.2, 1.3)
def gauss_legendre(a, b):
    nodes = [-math.sqrt(0.6), 0.0, math.sqrt(0.6)]
    weights = [5.0 / 9.0, 8.0 / 9.0, 5.0 / 9.0]
    middle, half = (a + b) / 2.0, (b - a) / 2.0
    return half * sum([w * math.exp(math.sin(middle + half * t)) for t, w in zip(nodes, weights)])


@program(0.6, order=3)
def romberg(p):
    rows = []
    for k in range(4):
        n = 2**k
        row = [sum([math.exp(p * (i + 0.5) / n) for i in range(n)]) / n]
        for j in range(k):
            row.append((4 ** (j + 1) * row[j] - rows[-1][j]) / (4 ** (j + 1) - 1))
        rows.append(row)
    return rows[-1][-1]


@program(1.0, 0.3, 5)
def euler_decay(y, rate, steps):
    for _ in range(steps):
        y += 0.1 * -rate * y * y
    return y


@program(0.5, 0.0, 4)
def runge_kutta_pendulum(angle, speed, steps):
    def slope(angle, speed):
        return speed, -math.sin(angle)

    h = 0.2
    for _ in range(steps):
        a1, s1 = slope(angle, speed)
        a2, s2 = slope(angle + h / 2 * a1, speed + h / 2 * s1)
        a3, s3 = slope(angle + h / 2 * a2, speed + h / 2 * s2)
        a4, s4 = slope(angle + h * a3, speed + h * s3)
        angle += h / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
        speed += h / 6 * (s1 + 2 * s2 + 2 * s3 + s4)
    return angle * speed


@program(1.1, 0.4, 0.4, 0.1, 10)
def lotka_volterra(alpha, beta, gamma, delta, steps):
    prey, predators = 1.0, 0.5
    for _ in range(steps):
        births, meetings = alpha * prey, prey * predators
        prey = prey + 0.05 * (births - beta * meetings)
        predators = predators + 0.05 * (delta * meetings - gamma * predators)
    return prey + 2.0 * predators


@program([1.0, 0.5, 0.2], 10.0, 28.0, 8.0 / 3.0, 3)
def lorenz(state, sigma, rho, beta, steps):
    x, y, z = state
    for _ in range(steps):
        dx = sigma * (y - x)
        dy = x * (rho - z) - y
        dz = x * y - beta * z
        x, y, z = x + 0.01 * dx, y + 0.01 * dy, z + 0.01 * dz
    return x * y + z


@program(1.0, 0.0, 20)
def leapfrog(x, v, steps):
    dt = 0.05
    v -= 0.5 * dt * x**3
    for _ in range(steps):
        x += dt * v
        v -= dt * x**3
    return 0.5 * v * v + 0.25 * x**4


@program(0.3, 3.2, 6)
def logistic_map(x, r, n):
    for _ in range(n):
        x = r * x * (1.0 - x)
    return x


@program(0.3, order=3)
def logistic_sensitivity(x):
    """A Lyapunov exponent."""
    total = 0.0
    for _ in range(4):
        total += math.log(abs(3.7 * (1.0 - 2.0 * x)))
        x = 3.7 * x * (1.0 - x)
    return total / 4.0


@program(0.6, [1.0, 0.5, 0.25, 0.125], argnums=0)
def horner_by_constants(x, coefficients):
    result = 0.0
    for c in coefficients:
        result = result * x + c
    return result


@program(0.6, 5)
def legendre_polynomial(x, n):
    p, q = 1.0, x
    for k in range(1, n):
        p, q = q, ((2 * k + 1) * x * q - k * p) / (k + 1)
    return q * q


@program(0.6, [0.3, -0.2, 0.5])
def chebyshev_clenshaw(x, coefficients):
    b1 = b2 = 0.0
    for c in coefficients[:0:-1]:
        b1, b2 = 2.0 * x * b1 - b2 + c, b1
    return x * b1 - b2 + coefficients[0]


@program(0.1, 0.3, 4)
def markov_chain(p, q, steps):
    state = [1.0, 0.0]
    for _ in range(steps):
        state = [state[0] * (1.0 - p) + state[1] * q, state[0] * p + state[1] * (1.0 - q)]
    return state[0] ** 2 + state[1]


@program([100.0, 50.0, 120.0], 0.07)
def discounted_cash_flows(flows, rate):
    value = 0.0
    for year, flow in enumerate(flows, 1):
        value += flow / (1.0 + rate) ** year
    return value


@program([0.03, 0.04, 0.045], [5.0, 5.0, 105.0], argnums=0)
def bond_by_forward_rates(rates, coupons):
    discount, price = 1.0, 0.0
    for rate, coupon in zip(rates, coupons):
        discount /= 1.0 + rate
        price += coupon * discount
    return price


@program(-100.0, 60.0, 55.0)
def internal_rate_of_return(outlay, first, second):
    rate = 0.1
    for _ in range(6):
        value = outlay + first / (1.0 + rate) + second / (1.0 + rate) ** 2
        slope = -first / (1.0 + rate) ** 2 - 2.0 * second / (1.0 + rate) ** 3
        rate -= value / slope
    return rate


def normal_cdf(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


@program(100.0, 105.0, 0.02, 0.3, 1.5)
def black_scholes(spot, strike, rate, volatility, maturity):
    deviation = volatility * math.sqrt(maturity)
    d1 = (math.log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / deviation
    return spot * normal_cdf(d1) - strike * math.exp(-rate * maturity) * normal_cdf(d1 - deviation)


@program(1.0, 0.25, 4)
def binomial_option(spot, volatility, steps):
    up = math.exp(volatility * 0.5)
    p = (1.01 - 1.0 / up) / (up - 1.0 / up)
    values = [max(spot * up ** (2 * i - steps) - 0.9, 0.0) for i in range(steps + 1)]
    for step in range(steps, 0, -1):
        values = [(p * values[i + 1] + (1.0 - p) * values[i]) / 1.01 for i in range(step)]
    return values[0]


@program([[0.0, 0.0], [1.1, 0.1], [0.4, 1.2]])
def lennard_jones(positions):
    energy = 0.0
    for i, (xi, yi) in enumerate(positions):
        for xj, yj in positions[:i]:
            r2 = (xi - xj) ** 2 + (yi - yj) ** 2
            s6 = 1.0 / r2**3
            energy += 4.0 * (s6 * s6 - s6)
    return energy


@program([0.5, 1.5, -0.5], 2)
def softmax_of_list(logits, target):
    top = max(logits)
    exponentials = [math.exp(z - top) for z in logits]
    total = sum(exponentials)
    return -math.log(exponentials[target] / total)


@program([0.5, 1.5, -0.5])
def log_sum_exp(values):
    top = max(values)
    return top + math.log(sum(math.exp(v - top) for v in values))


@program([0.2, 0.5, 0.3], [0.3, 0.3, 0.4])
def divergence(p, q):
    return sum([a * math.log(a / b) for a, b in zip(p, q)])


@program([1.0, 2.0, 3.0, 4.5], [1.1, 1.9, 3.2, 4.4])
def correlation(xs, ys):
    n = len(xs)
    mx, my = sum(xs) / n, sum(ys) / n
    cov = sum([(x - mx) * (y - my) for x, y in zip(xs, ys)])
    vx, vy = sum([(x - mx) ** 2 for x in xs]), sum([(y - my) ** 2 for y in ys])
    return cov / math.sqrt(vx * vy)


@program(0.5, 1.2, [0.1, 0.7, 1.3], argnums=(0, 1))
def gaussian_likelihood(mean, deviation, data):
    total = 0.0
    for x in data:
        z = (x - mean) / deviation
        total -= 0.5 * z**2 + math.log(deviation) + 0.5 * math.log(2.0 * math.pi)
    return total


@program([0.6, 0.4], [0.7, 0.2], [0, 1, 1, 0], argnums=(0, 1))
def hidden_markov(start, emit, observed):
    forward = [s * e for s, e in zip(start, emit)]
    for o in observed:
        stay, move = 0.8, 0.2
        a = stay * forward[0] + move * forward[1]
        b = stay * forward[1] + move * forward[0]
        forward = [a * (emit[0] if o else 1.0 - emit[0]), b * (emit[1] if o else 1.0 - emit[1])]
    return math.log(sum(forward))


@program(1.2, -0.7)
def rosenbrock(x, y):
    return (1.0 - x) ** 2 + 10.0 * (y - x * x) ** 2


@program(np.array([0.5, 1.2, 0.9, 1.1]))
def rosenbrock_array(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


@program([0.5, -1.2, 0.9])
def ackley(x):
    n = len(x)
    squares = sum([v * v for v in x])
    cosines = sum([math.cos(2.0 * math.pi * v) for v in x])
    return 20.0 + math.e - 20.0 * math.exp(-0.2 * math.sqrt(squares / n)) - math.exp(cosines / n)


@program(0.5, 4)
def gradient_descent_unrolled(rate, steps):
    x, y = 1.5, -0.5
    for _ in range(steps):
        gx, gy = 2.0 * x + y, x + math.sin(y)
        x, y = x - rate * gx, y - rate * gy
    return x * x + x * y - math.cos(y)


@program(0.5, 1.2)
def momentum_descent(rate, x):
    velocity = 0.0
    for _ in range(5):
        velocity = 0.9 * velocity - rate * 0.1 * math.sinh(x)
        x += velocity
    return math.cosh(x)


@program(48.1, 11.6, 52.5, 13.4)
def haversine(lat1, lon1, lat2, lon2):
    p1, p2 = math.radians(lat1), math.radians(lat2)
    dp, dl = p2 - p1, math.radians(lon2 - lon1)
    a = math.sin(dp / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(dl / 2) ** 2
    return 10.0 * math.atan2(math.sqrt(a), math.sqrt(1.0 - a))


@program(0.3, 0.8, 0.5)
def rotation(a, b, c):
    vector = [1.0, 2.0, 3.0]
    for axis, angle in enumerate([a, b, c]):
        i, j = (axis + 1) % 3, (axis + 2) % 3
        cos, sin = math.cos(angle), math.sin(angle)
        vector[i], vector[j] = cos * vector[i] - sin * vector[j], sin * vector[i] + cos * vector[j]
    return vector[0] + 2.0 * vector[1] * vector[2]


@program(0.3, -0.5, 4)
def complex_iteration_by_pairs(cr, ci, n):
    """The Mandelbrot iteration on the real and the imaginary part."""
    zr = zi = 0.0
    for _ in range(n):
        zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
        if zr * zr + zi * zi > 4.0:
            break
    return zr * zr + zi * zi


@program([4.0, 1.0, 0.5, 3.0], [1.0, 2.0])
def cramer(m, b):
    det = m[0] * m[3] - m[1] * m[2]
    x = (b[0] * m[3] - m[1] * b[1]) / det
    y = (m[0] * b[1] - b[0] * m[2]) / det
    return x * x + y


@program([2.0, 2.5, 3.0], [-1.0, -0.5], [1.0, 0.0, 1.0])
def thomas_algorithm(diagonal, off, rhs):
    n = len(diagonal)
    for i in range(1, n):
        ratio = off[i - 1] / diagonal[i - 1]
        diagonal[i] -= ratio * off[i - 1]
        rhs[i] -= ratio * rhs[i - 1]
    x = [0.0] * n
    x[-1] = rhs[-1] / diagonal[-1]
    for i in range(n - 2, -1, -1):
        x[i] = (rhs[i] - off[i] * x[i + 1]) / diagonal[i]
    return sum(x)


@program(1.0, 0.8)
def kalman_filter(process, noise):
    estimate, variance, surprise = 0.0, 1.0, 0.0
    for measured in (0.5, 1.1, 0.9):
        variance += process
        gain = variance / (variance + noise)
        residual = measured - estimate
        surprise += math.log(variance + noise) + residual**2 / (variance + noise)
        estimate += gain * residual
        variance *= 1.0 - gain
    return surprise


@program(0.2, [1.0, 2.0, 1.5, 3.0])
def exponential_smoothing(alpha, series):
    level, error = series[0], 0.0
    for value in series[1:]:
        error += (value - level) ** 2
        level = alpha * value + (1.0 - alpha) * level
    return error


@program(np.array([0.5, 1.5, 2.5]), np.array([1.0, 0.5, 0.25]), 0.1)
def regularized_loss(w, x, strength):
    prediction = 1.0 / (1.0 + np.exp(-(w @ x)))
    return -np.log(prediction) + strength * np.sum(w * w)


@program(np.array([0.1, 0.9, 0.4, 0.7]))
def total_variation(x):
    smooth = 0.0
    for i in range(len(x) - 1):
        smooth += math.sqrt((x[i + 1] - x[i]) ** 2 + 0.01)
    return smooth + np.mean(x**2)


@program(np.array(1.3))
def array_without_dimensions(x):
    return np.sin(x) * x + x**2
