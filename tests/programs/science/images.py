"""Image processing by loops and slices: filters, warps, flows, restoration and histograms."""

from __future__ import annotations

import numpy as np

from tests.programs.registry import program

rng = np.random.default_rng(505)

W3 = rng.normal(size=3)
W4 = rng.normal(size=4)
W5 = rng.normal(size=5)
W33 = rng.normal(size=(3, 3))
W44 = rng.normal(size=(4, 4))
W55 = rng.normal(size=(5, 5))
W45 = rng.normal(size=(4, 5))
W66 = rng.normal(size=(6, 6))

PICTURE = np.add.outer(np.sin(np.arange(5.0)), np.cos(0.7 * np.arange(5.0))) + 0.2 * rng.normal(size=(5, 5))
LARGE = np.add.outer(np.sin(np.arange(6.0)), np.cos(0.7 * np.arange(6.0))) + 0.2 * rng.normal(size=(6, 6))


# Warps


def bilinear_interpolate(im, x, y):
    x0 = np.floor(x).astype(int)
    x1 = x0 + 1
    y0 = np.floor(y).astype(int)
    y1 = y0 + 1
    x0 = np.clip(x0, 0, im.shape[1] - 1)
    x1 = np.clip(x1, 0, im.shape[1] - 1)
    y0 = np.clip(y0, 0, im.shape[0] - 1)
    y1 = np.clip(y1, 0, im.shape[0] - 1)
    Ia = im[y0, x0]
    Ib = im[y1, x0]
    Ic = im[y0, x1]
    Id = im[y1, x1]
    wa = (x1 - x) * (y1 - y)
    wb = (x1 - x) * (y - y0)
    wc = (x - x0) * (y1 - y)
    wd = (x - x0) * (y - y0)
    return wa * Ia + wb * Ib + wc * Ic + wd * Id


@program(PICTURE, np.array([[0.9, 0.17, 0.31], [-0.21, 1.05, 0.47]]))
def affine_warp(image, A):
    """Sample an image at affinely moved coordinates; pixels from outside are set to zero."""
    h, w = image.shape
    ys, xs = np.mgrid[0:h, 0:w]
    coords = np.stack([xs.ravel(), ys.ravel(), np.ones(h * w)])
    moved = A @ coords
    out = bilinear_interpolate(image, moved[0], moved[1])
    outside = (moved[0] < 0) | (moved[0] > w - 1) | (moved[1] < 0) | (moved[1] > h - 1)
    out[outside] = 0.0
    return np.sum(W55 * out.reshape(h, w))


@program(PICTURE, 0.3, 1.7)
def rotation_by_loops(image, angle, center):
    """Rotate about a point, pixel by pixel."""
    out = np.zeros_like(image)
    c, s = np.cos(angle), np.sin(angle)
    rows, cols = image.shape
    for i in range(rows):
        for j in range(cols):
            y = c * (i - center) - s * (j - center) + center
            x = s * (i - center) + c * (j - center) + center
            i0, j0 = int(np.floor(y)), int(np.floor(x))
            if i0 < 0 or j0 < 0 or i0 + 1 >= rows or j0 + 1 >= cols:
                continue
            dy, dx = y - i0, x - j0
            out[i, j] += (1 - dy) * (1 - dx) * image[i0, j0]
            out[i, j] += (1 - dy) * dx * image[i0, j0 + 1]
            out[i, j] += dy * (1 - dx) * image[i0 + 1, j0]
            out[i, j] += dy * dx * image[i0 + 1, j0 + 1]
    return np.sum(W55 * out)


# Filters


@program(PICTURE, 1.2, 0.8)
def bilateral_filter(image, sigma_s, sigma_r):
    """Weights from distance and from difference of brightness, with cut windows at the border."""
    h, w = image.shape
    out = np.zeros((h, w))
    for i in range(h):
        for j in range(w):
            total, norm = 0.0, 0.0
            for k in range(max(i - 1, 0), min(i + 2, h)):
                for m in range(max(j - 1, 0), min(j + 2, w)):
                    g = np.exp(-((i - k) ** 2 + (j - m) ** 2) / (2 * sigma_s**2))
                    g *= np.exp(-((image[i, j] - image[k, m]) ** 2) / (2 * sigma_r**2))
                    total += g * image[k, m]
                    norm += g
            out[i, j] = total / norm
    return np.sum(W55 * out)


def correlate(image, kernel, out):
    kh, kw = kernel.shape
    pad = np.pad(image, ((kh // 2, kh // 2), (kw // 2, kw // 2)), mode="edge")
    out[:] = 0
    for i in range(kh):
        for j in range(kw):
            out += kernel[i, j] * pad[i : i + image.shape[0], j : j + image.shape[1]]


@program(PICTURE, 0.1)
def sobel_magnitude(image, eps):
    """Gradient magnitude with two buffers, normalized by its maximum."""
    kx = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
    gx = np.empty_like(image)
    gy = np.empty_like(image)
    correlate(image, kx, gx)
    correlate(image, kx.T, gy)
    magnitude = np.hypot(gx, gy)
    magnitude += eps
    magnitude /= magnitude.max()
    return np.sum(W55 * magnitude)


@program(PICTURE, order=1)
def canny_thinning(image):
    """Gradient, direction in four sectors, suppression of what is no local maximum."""
    gx = np.zeros_like(image)
    gy = np.zeros_like(image)
    gx[:, 1:-1] = 0.5 * (image[:, 2:] - image[:, :-2])
    gy[1:-1, :] = 0.5 * (image[2:, :] - image[:-2, :])
    G = np.sqrt(gx**2 + gy**2 + 1e-3)
    theta = np.arctan2(gy, gx) * 180.0 / np.pi
    theta[theta < 0] += 180
    Z = np.zeros_like(G)
    for i in range(1, image.shape[0] - 1):
        for j in range(1, image.shape[1] - 1):
            q, r = 0.0, 0.0
            if theta[i, j] < 22.5 or theta[i, j] >= 157.5:
                q, r = G[i, j + 1], G[i, j - 1]
            elif theta[i, j] < 67.5:
                q, r = G[i + 1, j - 1], G[i - 1, j + 1]
            elif theta[i, j] < 112.5:
                q, r = G[i + 1, j], G[i - 1, j]
            else:
                q, r = G[i - 1, j - 1], G[i + 1, j + 1]
            if G[i, j] >= q and G[i, j] >= r:
                Z[i, j] = G[i, j]
            else:
                Z[i, j] = 0.1 * G[i, j]
    return np.sum(W55 * Z)


@program(PICTURE, 0.7, 1.5)
def unsharp_mask(image, sigma, amount):
    """A separable Gaussian into work arrays, then everything through out=."""
    taps = np.exp(-0.5 * (np.arange(-1, 2) / sigma) ** 2)
    taps /= taps.sum()
    tmp = np.zeros_like(image)
    blur = np.zeros_like(image)
    for k in range(3):
        tmp += taps[k] * np.roll(image, k - 1, axis=0)
    for k in range(3):
        blur += taps[k] * np.roll(tmp, k - 1, axis=1)
    np.subtract(image, blur, out=tmp)
    np.multiply(tmp, amount, out=tmp)
    np.add(tmp, image, out=tmp)
    np.clip(tmp, -1.2, 1.4, out=tmp)
    return np.sum(W55 * tmp**2)


@program(PICTURE, order=1)
def median_of_windows(image):
    """A median filter, result row by row."""
    out = image.copy()
    for i in range(1, 4):
        for j in range(1, 4):
            window = image[i - 1 : i + 2, j - 1 : j + 2]
            out[i, j] = np.sort(window, axis=None)[4]
    return np.sum(W55 * out * image)


# Diffusion and variation


def perona_malik(img, n_iter, kappa, gamma, deltaS, deltaE, NS, EW):
    imgout = img.copy()
    for _ in range(n_iter):
        deltaS[:-1, :] = np.diff(imgout, axis=0)
        deltaE[:, :-1] = np.diff(imgout, axis=1)
        gS = np.exp(-((deltaS / kappa) ** 2.0))
        gE = 1.0 / (1.0 + (deltaE / kappa) ** 2.0)
        E = gE * deltaE
        S = gS * deltaS
        NS[:] = S
        EW[:] = E
        NS[1:, :] -= S[:-1, :]
        EW[:, 1:] -= E[:, :-1]
        imgout += gamma * (NS + EW)
    return imgout


@program(PICTURE, 0.9, 0.15)
def anisotropic_diffusion(img, kappa, gamma):
    """Perona and Malik's diffusion with preallocated differences."""
    deltaS = np.zeros_like(img)
    deltaE = deltaS.copy()
    NS = deltaS.copy()
    EW = deltaS.copy()
    out = perona_malik(img, 3, kappa, gamma, deltaS, deltaE, NS, EW)
    return np.sum(W55 * out) + np.sum(W55.T * NS)


@program(PICTURE, 5.0, order=1)
def chambolle(image, weight):
    """Total variation by dual projection; p and g are reused, d shifts over itself."""
    p = np.zeros((2, *image.shape))
    g = np.zeros_like(p)
    d = np.zeros_like(image)
    out = image
    for i in range(3):
        if i > 0:
            d = -p.sum(0)
            d[1:, :] += p[0, :-1, :]
            d[:, 1:] += p[1, :, :-1]
            out = image + d
        g[0, :-1, :] = np.diff(out, axis=0)
        g[1, :, :-1] = np.diff(out, axis=1)
        norm = np.sqrt((g**2).sum(axis=0) + 1e-4)[np.newaxis, ...]
        tau = 0.25
        norm *= tau / weight
        norm += 1.0
        p -= tau * g
        p /= norm
    return np.sum(W55 * out) + np.sum(W55 * p[0])


@program(PICTURE, 0.4, order=1)
def total_variation_by_descent(noisy, lam):
    """Gradient descent on a smoothed total variation, u updated in place."""
    u = noisy.copy()
    for _ in range(3):
        ux = np.zeros_like(u)
        uy = np.zeros_like(u)
        ux[:-1] = u[1:] - u[:-1]
        uy[:, :-1] = u[:, 1:] - u[:, :-1]
        mag = np.sqrt(ux**2 + uy**2 + 0.1)
        ux /= mag
        uy /= mag
        div = ux + uy
        div[1:] -= ux[:-1]
        div[:, 1:] -= uy[:, :-1]
        u -= 0.1 * ((u - noisy) - lam * div)
    return np.sum(W55 * u)


# Optical flow


@program(PICTURE, np.roll(PICTURE, 1, axis=1) + 0.1 * W55, 0.8, order=1)
def horn_schunck(I1, I2, alpha):
    """Flow by averaging neighbours and correcting along the gradient."""
    fx = np.zeros_like(I1)
    fy = np.zeros_like(I1)
    fx[:, :-1] = 0.5 * (I1[:, 1:] - I1[:, :-1] + I2[:, 1:] - I2[:, :-1])
    fy[:-1, :] = 0.5 * (I1[1:, :] - I1[:-1, :] + I2[1:, :] - I2[:-1, :])
    ft = I2 - I1
    U = np.zeros_like(I1)
    V = np.zeros_like(I1)
    for _ in range(3):
        ubar = np.zeros_like(U)
        vbar = np.zeros_like(V)
        ubar[1:-1, 1:-1] = (U[:-2, 1:-1] + U[2:, 1:-1] + U[1:-1, :-2] + U[1:-1, 2:]) / 4
        vbar[1:-1, 1:-1] = (V[:-2, 1:-1] + V[2:, 1:-1] + V[1:-1, :-2] + V[1:-1, 2:]) / 4
        der = (fx * ubar + fy * vbar + ft) / (alpha**2 + fx**2 + fy**2)
        U = ubar - fx * der
        V = vbar - fy * der
    return np.sum(W55 * U) + np.sum(W55.T * V)


def downsample(im):
    return 0.25 * (im[::2, ::2] + im[1::2, ::2] + im[::2, 1::2] + im[1::2, 1::2])


def lucas_kanade(I1, I2, u):
    gy, gx = np.gradient(I1)
    gt = I2 - I1 + u[0] * gx + u[1] * gy
    M = np.array([[np.sum(gx * gx) + 0.1, np.sum(gx * gy)], [np.sum(gx * gy), np.sum(gy * gy) + 0.1]])
    b = np.array([np.sum(gx * gt), np.sum(gy * gt)])
    u -= np.linalg.solve(M, b)


@program(LARGE, LARGE + 0.2 * W66, order=1)
def flow_on_a_pyramid(I1, I2):
    """One displacement, estimated from coarse to fine and updated in place."""
    pyramid = [(I1, I2)]
    pyramid.append((downsample(I1), downsample(I2)))
    u = np.zeros(2)
    for level in range(len(pyramid) - 1, -1, -1):
        a, b = pyramid[level]
        u *= 2.0
        for _ in range(2):
            lucas_kanade(a, b, u)
    return W3[0] * u[0] + W3[1] * u[1] + u[0] * u[1]


# Restoration, integrals and histograms


@program(np.abs(rng.normal(size=8)) + 0.5, np.array([0.25, 0.5, 0.25]))
def richardson_lucy(observed, psf):
    """Multiplicative deconvolution of a line; the estimate is updated in place."""
    estimate = np.full(observed.shape, 0.8)
    mirror = psf[::-1]
    for _ in range(4):
        blurred = np.convolve(estimate, psf, mode="same")
        ratio = observed / (blurred + 1e-12)
        estimate *= np.convolve(ratio, mirror, mode="same")
    return np.sum(np.concatenate((W4, W4[::-1])) * estimate)


def integral_image(a):
    for i in range(a.shape[0]):
        for j in range(1, a.shape[1]):
            a[i, j] += a[i, j - 1]
    for i in range(1, a.shape[0]):
        a[i] += a[i - 1]


@program(PICTURE)
def local_contrast(image):
    """Local mean and variance from sums over rectangles."""
    S = np.zeros((6, 6))
    Q = np.zeros((6, 6))
    S[1:, 1:] = image
    Q[1:, 1:] = image**2
    integral_image(S)
    integral_image(Q)
    n = 9.0
    s = S[3:, 3:] - S[:-3, 3:] - S[3:, :-3] + S[:-3, :-3]
    q = Q[3:, 3:] - Q[:-3, 3:] - Q[3:, :-3] + Q[:-3, :-3]
    variance = q / n - (s / n) ** 2
    out = image[1:-1, 1:-1] - s / n
    out /= np.sqrt(variance + 0.1)
    return np.sum(W33 * out)


@program(rng.uniform(0.05, 0.95, size=(3, 4)), 0.15)
def smooth_equalization(image, width):
    """A histogram of soft bins, its cumulative sum, and the image mapped through it."""
    bins = np.linspace(0.0, 1.0, 5)
    hist = np.zeros(5)
    for b in range(5):
        hist[b] = np.sum(np.exp(-0.5 * ((image - bins[b]) / width) ** 2))
    hist /= hist.sum()
    cdf = np.cumsum(hist)
    out = np.interp(image.ravel(), bins, cdf).reshape(image.shape)
    return np.sum(W44[:3] * out)


def azimint_naive(data, radius, npt):
    rmax = radius.max()
    res = np.zeros(npt, dtype=np.float64)
    for i in range(npt):
        r1 = rmax * i / npt
        r2 = rmax * (i + 1) / npt
        mask_r12 = np.logical_and((r1 <= radius), (radius < r2))
        values_r12 = data[mask_r12]
        res[i] = values_r12.mean()
    return res


RADIUS = rng.uniform(0.02, 1.0, size=40)


@program(rng.normal(size=40), order=1)
def azimuthal_integration(data):
    """The mean of the data in rings of radius."""
    return np.sum(W4 * azimint_naive(data, RADIUS, 4) ** 2)


@program(rng.normal(size=10), rng.uniform(0.05, 3.95, size=10))
def azimuthal_histogram(data, radius):
    """The same with two histograms, one of them weighted, and soft edges."""
    counts = np.zeros(4)
    sums = np.zeros(4)
    for r, d in zip(radius, data):
        b = int(r)
        f = r - b
        counts[b] += 1.0 - 0.5 * f
        sums[b] += d * (1.0 - 0.5 * f)
        if b + 1 < 4:
            counts[b + 1] += 0.5 * f
            sums[b + 1] += d * 0.5 * f
    counts[counts == 0] = 1.0
    return np.sum(W4 * (sums / counts))


@program(rng.uniform(0.2, 1.0, size=6), rng.uniform(0.5, 3.5, size=(6, 2)))
def hough_votes(strength, points):
    """Votes for lines, shared between neighbouring cells of the distance, sharpened by a softmax."""
    thetas = np.deg2rad(np.arange(0.0, 180.0, 45.0))
    acc = np.zeros((10, len(thetas)))
    for k in range(len(points)):
        x, y = points[k]
        for t, theta in enumerate(thetas):
            rho = x * np.cos(theta) + y * np.sin(theta) + 4.0
            cell = int(np.floor(rho))
            part = rho - cell
            acc[cell, t] += strength[k] * (1 - part)
            acc[cell + 1, t] += strength[k] * part
    acc -= acc.max()
    np.exp(acc, out=acc)
    acc /= acc.sum()
    return np.sum(np.vstack((W44, W44.T, W44[:2])) * acc)


@program(rng.uniform(0.0, 1.0, size=(4, 5)), order=1)
def error_diffusion(image):
    """Floyd and Steinberg's dithering: the error of each pixel is pushed to those not yet visited."""
    h, w = image.shape
    out = np.zeros_like(image)
    for y in range(h):
        for x in range(w):
            old = image[y, x]
            new = 1.0 if old > 0.5 else 0.0
            out[y, x] = new + 0.2 * old**2
            err = old - new
            if x + 1 < w:
                image[y, x + 1] += err * 7 / 16
            if y + 1 < h:
                if x > 0:
                    image[y + 1, x - 1] += err * 3 / 16
                image[y + 1, x] += err * 5 / 16
                if x + 1 < w:
                    image[y + 1, x + 1] += err * 1 / 16
    return np.sum(W45 * out)


@program(rng.normal(size=(4, 5)))
def seam_energy(energy):
    """The least vertical seam by dynamic programming, and what remains when it is raised."""
    M = energy.copy()
    h, w = M.shape
    for i in range(1, h):
        left = np.full(w, 1e3)
        left[1:] = M[i - 1, :-1]
        right = np.full(w, 1e3)
        right[:-1] = M[i - 1, 1:]
        M[i] += np.minimum(np.minimum(left, M[i - 1]), right)
    j = int(np.argmin(M[-1]))
    for i in range(h - 1, -1, -1):
        energy[i, j] *= 2.0
        if i > 0:
            lo, hi = max(j - 1, 0), min(j + 2, w)
            j = lo + int(np.argmin(M[i - 1, lo:hi]))
    return np.sum(W45 * energy) + np.sum(W5 * M[-1] ** 2)
