"""Programs on which s2sad was once wrong or crashed, cut down: each must be right, or refused.

The function is `f(x, y, p, q, c, m, g, n)`: two floats, vectors of 5, 5 and 3, matrices of 3 x 4 and 3 x 3, and a
small integer. `python -m tests.mutation_fuzz` finds such programs.
"""

SOURCES = {
    "a float at repeated indices": """
def f(x, y, p, q, c, m, g, n):
    q[[0, 4, 0]] = q[-1]
    return np.sum(q * np.arange(1.0, 6.0))
""",
    "a vector at repeated indices": """
def f(x, y, p, q, c, m, g, n):
    q[[0, 4, 0]] = c
    return np.sum(q * np.arange(1.0, 6.0))
""",
    "an augmented assignment at repeated indices": """
def f(x, y, p, q, c, m, g, n):
    p[[0, 4, 0]] += x
    p[[1, 1]] **= 2
    return np.sum(p * np.arange(1.0, 6.0))
""",
    "rows at computed repeated indices": """
def f(x, y, p, q, c, m, g, n):
    idx = np.arange(4) % 3
    g[idx] += m.T
    return np.sum(g * np.arange(9.0).reshape(3, 3))
""",
    "repeated indices of a view in a helper": """
def h(w, b):
    w[[0, 3, 0]] **= 2

def f(x, y, p, q, c, m, g, n):
    v = q[:]
    h(v[0:4], 0.2)
    return np.sum(q)
""",
    "the output of a ufunc as its last argument": """
def f(x, y, p, q, c, m, g, n):
    np.subtract(g.T[:-1], g[1:], g[1:])
    np.sin(p, q)
    return np.sum(g) + np.sum(q)
""",
    "a view swapped with an array in a loop, then its base updated": """
def f(x, y, p, q, c, m, g, n):
    row = g[2]
    for k in range(3):
        c, row = row, c
    g[1:] *= 0.5
    return np.sum(np.sin(c))
""",
    "a view swapped with an array in a loop, then updated": """
def f(x, y, p, q, c, m, g, n):
    row = g[2]
    for k in range(3):
        c, row = row, c
    c *= 0.5
    return np.sum(np.sin(g))
""",
    "a row of a loop swapped with an array": """
def f(x, y, p, q, c, m, g, n):
    u = np.full((3, 3), x)
    for row in u:
        for k in range(3):
            c, row = row, c
    u.T[1::2] += 0.5
    return np.sum(np.sin(c))
""",
    "a comprehension assigned to a region": """
def f(x, y, p, q, c, m, g, n):
    t = [q[k] for k in range(5)]
    q[:] = t
    return np.sum(q)
""",
    "a list display assigned to a region": """
def f(x, y, p, q, c, m, g, n):
    t = [q[0] * 2.0, q[1], x]
    c[:] = t
    q[1:3] = [y, c[0]]
    return np.sum(c) + np.sum(np.sin(q))
""",
    "two places of a list hold one array": """
def f(x, y, p, q, c, m, g, n):
    k = 0
    s = [m, m]
    m = s[k]
    m[k, k] = q[-1] = y
    return np.sum(s[1])
""",
    "an item augmented by a helper that changes it": """
def h(w, b):
    for i, t in enumerate(w):
        w[i] += -0.8
    return 1.1

def f(x, y, p, q, c, m, g, n):
    q[0] += h(q, x)
    return np.sum(np.sin(q))
""",
    "an item augmented by a helper that fills it": """
def h(w):
    w[:] = 0.5
    return 1.1

def f(x, y, p, q, c, m, g, n):
    q[0] += h(q)
    return np.sum(np.sin(q))
""",
    "parameters of a helper swapped under a test": """
def h(w, z, b):
    if w.sum() > b:
        w, z = z, w
    z += 0.5

def f(x, y, p, q, c, m, g, n):
    h(p, q, -9.0)
    h(c, c, 9.0)
    return np.sum(np.sin(c)) + np.sum(np.sin(p)) + np.sum(np.cos(q))
""",
    "a conditional view in a loop within a loop that swaps the buffers": """
def f(x, y, p, q, c, m, g, n):
    c = q[1:]
    k = 0
    while k < 2:
        k += 1
        while True:
            k += 1
            if k > 1:
                break
            if k == 0:
                c = p[1:]
        p, q = q, p
    p += q
    return np.sum(np.sin(c))
""",
}
