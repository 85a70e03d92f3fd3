"""Signal processing: transforms by butterflies, recursive filters, wavelets, adaptive filters, histograms."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(104)

X8 = rng.normal(size=8)
Y8 = rng.normal(size=8)
X10 = rng.normal(size=10)

W3 = rng.normal(size=3)
W8 = rng.normal(size=8)
V8 = rng.normal(size=8)
W10 = rng.normal(size=10)
W46 = rng.normal(size=(4, 6))


# Fourier transforms


def bit_reverse(re, im):
    n = len(re)
    j = 0
    for i in range(1, n):
        bit = n >> 1
        while j & bit:
            j ^= bit
            bit >>= 1
        j ^= bit
        if i < j:
            re[i], re[j] = re[j], re[i]
            im[i], im[j] = im[j], im[i]


def fft_in_place(re, im):
    """Radix 2, decimation in time, real and imaginary parts in two arrays."""
    n = len(re)
    bit_reverse(re, im)
    size = 2
    while size <= n:
        half = size // 2
        for start in range(0, n, size):
            for k in range(half):
                angle = -2.0 * np.pi * k / size
                wr = np.cos(angle)
                wi = np.sin(angle)
                a = start + k
                b = a + half
                tr = wr * re[b] - wi * im[b]
                ti = wr * im[b] + wi * re[b]
                re[b] = re[a] - tr
                im[b] = im[a] - ti
                re[a] += tr
                im[a] += ti
        size *= 2


@program(X8, Y8)
def fft_radix_two(re, im):
    """The Fourier transform by butterflies on separate real and imaginary arrays."""
    fft_in_place(re, im)
    return np.sum(W8 * re) + np.sum(V8 * im)


@program(X8)
def power_spectrum(x):
    """A windowed periodogram by the same butterflies."""
    n = len(x)
    re = x * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n))
    im = np.zeros(n)
    fft_in_place(re, im)
    power = re**2 + im**2
    power /= power.sum()
    return np.sum(W8 * power)


def fft_complex(a):
    n = a.shape[0]
    half = 1
    while half < n:
        w = np.exp(-1j * np.pi * np.arange(half) / half)
        for start in range(0, n, 2 * half):
            u = a[start : start + half].copy()
            v = a[start + half : start + 2 * half] * w
            a[start : start + half] = u + v
            a[start + half : start + 2 * half] = u - v
        half *= 2


@program(X8, Y8)
def fft_on_a_complex_array(x, y):
    """Slices of one complex array as butterflies, after a bit reversal by an index array."""
    z = x + 1j * y
    order = np.array([0, 4, 2, 6, 1, 5, 3, 7])
    z = z[order]
    fft_complex(z)
    return np.sum(W8 * z.real) + np.sum(V8 * np.abs(z) ** 2)


@program(X8, Y8)
def fft_on_complex_elements(x, y):
    """The butterflies of decimation in frequency, element by element on one complex array."""
    z = x + 1j * y
    n = len(z)
    half = n // 2
    while half >= 1:
        w = np.exp(-1j * np.pi / half)
        for start in range(0, n, 2 * half):
            twiddle = 1.0 + 0.0j
            for k in range(start, start + half):
                t = z[k] - z[k + half]
                z[k] += z[k + half]
                z[k + half] = t * twiddle
                twiddle *= w
        half //= 2
    return np.sum(W8 * z.real**2)


@program(X8)
def convolution_by_fft_in_place(x):
    """Low-pass: transform, zero the high frequencies in place, transform back."""
    spectrum = np.fft.rfft(x)
    spectrum[3:] = 0.0
    spectrum[1:3] *= np.array([0.8, 0.3])
    y = np.fft.irfft(spectrum, len(x))
    return np.sum(W8 * y**2)


def stockham(re, im):
    """The self-sorting transform between two pairs of buffers."""
    n = re.size
    src_re, src_im = re.copy(), im.copy()
    dst_re, dst_im = np.empty(n), np.empty(n)
    half = n // 2
    m = 1
    while half >= 1:
        for j in range(half):
            wr = np.cos(-np.pi * j / half)
            wi = np.sin(-np.pi * j / half)
            for k in range(m):
                ar = src_re[k + m * j]
                ai = src_im[k + m * j]
                br = src_re[k + m * (j + half)]
                bi = src_im[k + m * (j + half)]
                dst_re[k + 2 * m * j] = ar + br
                dst_im[k + 2 * m * j] = ai + bi
                dst_re[k + 2 * m * j + m] = wr * (ar - br) - wi * (ai - bi)
                dst_im[k + 2 * m * j + m] = wr * (ai - bi) + wi * (ar - br)
        src_re, dst_re = dst_re, src_re
        src_im, dst_im = dst_im, src_im
        half //= 2
        m *= 2
    return src_re, src_im


@program(X8, Y8)
def fft_stockham(x, y):
    """Stockham's transform, buffers exchanged after each stage."""
    re, im = stockham(x, y)
    return np.sum(W8 * re) + np.sum(V8 * im**2)


@program(X10, 0.9)
def goertzel(x, omega):
    """The power at one frequency by Goertzel's recursion."""
    coefficient = 2.0 * np.cos(omega)
    s1 = 0.0
    s2 = 0.0
    for sample in x:
        s0 = sample + coefficient * s1 - s2
        s2 = s1
        s1 = s0
    return s1 * s1 + s2 * s2 - coefficient * s1 * s2


@program(X8)
def cosine_transform_by_loops(x):
    """DCT-II, thresholded softly, and DCT-III back, by loops."""
    n = len(x)
    X = np.zeros(n)
    for k in range(n):
        for i in range(n):
            X[k] += x[i] * np.cos(np.pi * k * (2 * i + 1) / (2 * n))
        X[k] *= np.sqrt(1.0 / n) if k == 0 else np.sqrt(2.0 / n)
    X *= X**2 / (X**2 + 0.1)
    y = np.zeros(n)
    for i in range(n):
        y[i] = X[0] / np.sqrt(n)
        for k in range(1, n):
            y[i] += np.sqrt(2.0 / n) * X[k] * np.cos(np.pi * k * (2 * i + 1) / (2 * n))
    return np.sum(W8 * y)


# Recursive filters


@program(X10, np.array([0.3, 0.2, 0.1]), np.array([-0.5, 0.25]))
def biquad(x, b, a):
    """A second-order section, direct form II transposed, filtering in place."""
    z1 = z2 = 0.0
    for n in range(len(x)):
        xn = x[n]
        yn = b[0] * xn + z1
        z1 = b[1] * xn - a[0] * yn + z2
        z2 = b[2] * xn - a[1] * yn
        x[n] = yn
    return np.sum(W10 * x)


@program(X10, rng.normal(size=(2, 5)) * 0.3)
def cascade_of_sections(x, sos):
    """Second-order sections one after the other, each with a state vector."""
    state = np.zeros((sos.shape[0], 2))
    for n in range(len(x)):
        v = x[n]
        for s in range(sos.shape[0]):
            y = sos[s, 0] * v + state[s, 0]
            state[s, 0] = sos[s, 1] * v - sos[s, 3] * y + state[s, 1]
            state[s, 1] = sos[s, 2] * v - sos[s, 4] * y
            v = y
        x[n] = v
    return np.sum(W10 * x)


@program(X10, np.array([0.4, -0.3, 0.2]))
def lattice_filter(x, k):
    """An all-pole lattice whose backward errors are shifted in place."""
    order = len(k)
    g = np.zeros(order + 1)
    y = np.zeros_like(x)
    for n in range(len(x)):
        f = x[n]
        for m in range(order - 1, -1, -1):
            f = f - k[m] * g[m]
            g[m + 1] = k[m] * f + g[m]
        g[0] = f
        y[n] = f
    return np.sum(W10 * y)


def kernel_deriche(alpha, img, out):
    k = (1.0 - np.exp(-alpha)) * (1.0 - np.exp(-alpha)) / (1.0 + alpha * np.exp(-alpha) - np.exp(2.0 * alpha))
    a1 = a5 = k
    a2 = a6 = k * np.exp(-alpha) * (alpha - 1.0)
    a3 = a7 = k * np.exp(-alpha) * (alpha + 1.0)
    a4 = a8 = -k * np.exp(-2.0 * alpha)
    b1 = 2.0 ** (-alpha)
    b2 = -np.exp(-2.0 * alpha)
    c1 = c2 = 1.0
    y1 = np.empty_like(img)
    y1[:, 0] = a1 * img[:, 0]
    y1[:, 1] = a1 * img[:, 1] + a2 * img[:, 0] + b1 * y1[:, 0]
    for j in range(2, img.shape[1]):
        y1[:, j] = a1 * img[:, j] + a2 * img[:, j - 1] + b1 * y1[:, j - 1] + b2 * y1[:, j - 2]
    y2 = np.empty_like(img)
    y2[:, -1] = 0.0
    y2[:, -2] = a3 * img[:, -1]
    for j in range(img.shape[1] - 3, -1, -1):
        y2[:, j] = a3 * img[:, j + 1] + a4 * img[:, j + 2] + b1 * y2[:, j + 1] + b2 * y2[:, j + 2]
    out[:] = c1 * (y1 + y2)
    y1[0, :] = a5 * out[0, :]
    y1[1, :] = a5 * out[1, :] + a6 * out[0, :] + b1 * y1[0, :]
    for i in range(2, img.shape[0]):
        y1[i, :] = a5 * out[i, :] + a6 * out[i - 1, :] + b1 * y1[i - 1, :] + b2 * y1[i - 2, :]
    y2[-1, :] = 0.0
    y2[-2, :] = a7 * out[-1, :]
    for i in range(img.shape[0] - 3, -1, -1):
        y2[i, :] = a7 * out[i + 1, :] + a8 * out[i + 2, :] + b1 * y2[i + 1, :] + b2 * y2[i + 2, :]
    out[:] = c2 * (y1 + y2)


@program(0.25, rng.normal(size=(4, 6)))
def deriche(alpha, img):
    """Deriche's recursive smoothing of an image, along rows, then along columns."""
    out = np.empty_like(img)
    kernel_deriche(alpha, img, out)
    return np.sum(W46 * out)


@program(X10, 0.3)
def zero_phase_exponential_smoothing(x, a):
    """One pole forwards, then backwards through a reversed view."""
    for v in (x, x[::-1]):
        for i in range(1, len(v)):
            v[i] = a * v[i] + (1.0 - a) * v[i - 1]
    return np.sum(W10 * x)


# Wavelets


def haar_step(x, n, tmp):
    h = n // 2
    for i in range(h):
        tmp[i] = (x[2 * i] + x[2 * i + 1]) / np.sqrt(2.0)
        tmp[h + i] = (x[2 * i] - x[2 * i + 1]) / np.sqrt(2.0)
    x[:n] = tmp[:n]


@program(X8)
def haar_denoising(x):
    """The Haar transform in place, shrinkage, and its inverse by strided slices."""
    tmp = np.empty_like(x)
    n = len(x)
    while n > 1:
        haar_step(x, n, tmp)
        n //= 2
    x[1:] *= 1.0 - np.exp(-2.0 * x[1:] ** 2)
    n = 2
    while n <= len(x):
        h = n // 2
        a = x[:h].copy()
        d = x[h:n].copy()
        x[0:n:2] = (a + d) / np.sqrt(2.0)
        x[1:n:2] = (a - d) / np.sqrt(2.0)
        n *= 2
    return np.sum(W8 * x)


@program(X8, 0.5, 0.25)
def lifting_wavelet(x, p, u):
    """The 5/3 wavelet by lifting: predict and update in place on interleaved views."""
    even = x[0::2]
    odd = x[1::2]
    odd[:-1] -= p * (even[:-1] + even[1:])
    odd[-1] -= 2.0 * p * even[-1]
    even[1:] += u * (odd[:-1] + odd[1:])
    even[0] += 2.0 * u * odd[0]
    return np.sum(W8 * x**2)


D4 = np.array([0.48296291, 0.8365163, 0.22414387, -0.12940952])


@program(rng.normal(size=(4, 4)), D4)
def daubechies_2d(image, h):
    """One level of a separable wavelet, periodic: along rows, then, through the transpose, along columns."""
    g = np.array([h[3], -h[2], h[1], -h[0]])
    for a in (image, image.T):
        for row in a:
            n = len(row)
            old = row.copy()
            for i in range(n // 2):
                low = high = 0.0
                for k in range(4):
                    low += h[k] * old[(2 * i + k) % n]
                    high += g[k] * old[(2 * i + k) % n]
                row[i] = low
                row[n // 2 + i] = high
    return np.sum(W46[:, :4] * image)


# Smoothing and framing


@program(X10)
def savitzky_golay(x):
    """Quadratic smoothing over five points by loops, ends kept."""
    c = np.array([-3.0, 12.0, 17.0, 12.0, -3.0]) / 35.0
    y = x.copy()
    for i in range(2, len(x) - 2):
        y[i] = 0.0
        for k in range(-2, 3):
            y[i] += c[k + 2] * x[i + k]
    return np.sum(W10 * y**2)


@program(X10, np.array([0.1, 0.7, 0.9, 0.4]))
def overlap_add(x, window):
    """Windowed frames, distorted, put back by overlap-add and divided by the sum of the windows."""
    size = len(window)
    hop = 2
    frames = (len(x) - size) // hop + 1
    y = np.zeros_like(x)
    norm = np.zeros_like(x)
    for m in range(frames):
        start = m * hop
        frame = x[start : start + size] * window
        frame = np.tanh(frame)
        y[start : start + size] += frame * window
        norm[start : start + size] += window**2
    y /= norm
    return np.sum(W10 * y)


@program(X10, np.array([0.5, -0.2, 0.3]))
def convolution_in_place(x, h):
    """A causal convolution from the back, so that no second array is needed."""
    for n in range(len(x) - 1, -1, -1):
        acc = 0.0
        for k in range(min(len(h), n + 1)):
            acc += h[k] * x[n - k]
        x[n] = acc
    return np.sum(W10 * x)


# Adaptive filters


@program(X10, rng.normal(size=10), 0.1)
def lms_filter(x, d, mu):
    """Least mean squares: a delay line shifted in place and weights that follow the error."""
    taps = 3
    w = np.zeros(taps)
    line = np.zeros(taps)
    e = np.zeros(len(x))
    for n in range(len(x)):
        line[1:] = line[:-1]
        line[0] = x[n]
        e[n] = d[n] - np.dot(w, line)
        w += mu * e[n] * line
    return np.sum(W10 * e) + np.sum(W3 * w)


@program(X10, rng.normal(size=10), 0.05)
def normalized_lms_with_roll(x, d, mu):
    """Normalized least mean squares with np.roll for the delay line."""
    w = np.zeros(3)
    buf = np.zeros(3)
    total = 0.0
    for n, (xn, dn) in enumerate(zip(x, d)):
        buf = np.roll(buf, 1)
        buf[0] = xn
        err = dn - w @ buf
        w += mu * err * buf / (0.1 + buf @ buf)
        total += W10[n] * err
    return total + np.sum(W3 * w)


@program(X10, rng.normal(size=10), 0.95)
def rls_filter(x, d, lam):
    """Recursive least squares, the inverse correlation matrix downdated in place."""
    taps = 3
    w = np.zeros(taps)
    P = 2.0 * np.eye(taps)
    for n in range(taps - 1, len(x)):
        u = x[n - taps + 1 : n + 1][::-1]
        Pu = P @ u
        k = Pu / (lam + u @ Pu)
        err = d[n] - w @ u
        w += k * err
        P -= np.outer(k, Pu)
        P /= lam
    return np.sum(W3 * w) + np.sum(W46[:3, :3] * P)


@program(X10 * 0.3, 0.2, 0.5)
def kalman_with_matrices(z, q, r):
    """A constant-velocity Kalman filter, state and covariance updated in place."""
    F = np.array([[1.0, 1.0], [0.0, 1.0]])
    x = np.zeros(2)
    P = np.eye(2)
    out = np.empty(len(z))
    for t in range(len(z)):
        x[:] = F @ x
        P[:] = F @ P @ F.T
        P[np.diag_indices(2)] += q
        s = P[0, 0] + r
        K = P[:, 0] / s
        x += K * (z[t] - x[0])
        P -= np.outer(K, P[0])
        out[t] = x[0]
    return np.sum(W10 * out)


# Histograms


@program(X10, rng.uniform(0.5, 1.5, size=10))
def weighted_histogram_by_loops(x, weights):
    """Cloud-in-cell deposition: each sample is shared between its two nearest bins."""
    bins = np.zeros(8)
    low, width = -4.0, 1.0
    for i in range(len(x)):
        s = (x[i] - low) / width
        j = int(np.floor(s))
        f = s - j
        bins[j] += weights[i] * (1.0 - f)
        bins[j + 1] += weights[i] * f
    bins /= bins.sum()
    return np.sum(W8 * bins)


@program(X10, rng.uniform(0.5, 1.5, size=10))
def weighted_histogram_by_bincount(x, weights):
    """The same with whole arrays and np.bincount."""
    s = x + 4.0
    j = s.astype(int)
    f = s - j
    bins = np.bincount(j, weights=weights * (1.0 - f), minlength=8)
    bins += np.bincount(j + 1, weights=weights * f, minlength=8)
    return np.sum(W8 * bins**2)


@program(X10, rng.uniform(0.5, 1.5, size=10), 0.6)
def kernel_density_by_add_at(x, weights, h):
    """Samples spread over three neighboring bins by np.add.at."""
    bins = np.zeros(12)
    center = np.rint(x).astype(int) + 5
    for shift in (-1, 0, 1):
        j = center + shift
        np.add.at(bins, j, weights * np.exp(-(((x + 5.0 - j) / h) ** 2)))
    bins[1:-1] = 0.25 * bins[:-2] + 0.5 * bins[1:-1] + 0.25 * bins[2:]
    return np.sum(np.concatenate([W8, W8[:4]]) * bins)
