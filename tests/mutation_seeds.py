"""Programs on which s2sad was once wrong or crashed, cut down: each must be right, or refused.

The function is `f(x, y, p, q, c, m, g, n)`: two floats, vectors of 5, 5 and 3, matrices of 3 x 4 and 3 x 3,
and a small integer. `python -m tests.mutation_fuzz` finds such programs.
"""

SOURCES = {
    "an adjoint that is laid out column by column, updated through its flat view": """
def f(x, y, p, q, c, m, g, n):
    g.ravel()[:2] *= c[2]
    np.matmul(g.T, g.T, out=g)
    return np.sum(g * np.arange(9.0).reshape(3, 3))
""",
    "a row that a loop runs over, and whose name is bound again in it": """
def f(x, y, p, q, c, m, g, n):
    for row in g:
        for _ in range(2):
            for other, t in zip(g, row):
                row = other
                other.fill(t)
    return np.sum(g)
""",
    "an item of a number in an arm that is not taken": """
def f(x, y, p, q, c, m, g, n):
    if g[0, 0] > 1e6:
        p = p[-4]
        return p[2]
    return np.sum(p * p)
""",
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
    "a view held across a loop that swaps buffers": """
def f(x, y, p, q, c, m, g, n):
    v = q[1:3]
    for i in range(2):
        p *= 0.3
        q, p = p, q
    return np.sum(np.sin(v))
""",
    "a conditional view held across a loop that swaps buffers": """
def f(x, y, p, q, c, m, g, n):
    u = q * q
    if q[4] > 9.0:
        pass
    else:
        v = q[1:4]
    for i in range(2):
        u[...] -= 0.3 * u
        q, u = u, q
    return np.sum(np.sin(v))
""",
    "an array bound under a test and read under another": """
def f(x, y, p, q, c, m, g, n):
    if x > 0.0:
        v = q[1:3]
    if x > 0.0:
        return np.sum(np.sin(v))
    return np.sum(p)
""",
    "items of a list swapped": """
def f(x, y, p, q, c, m, g, n):
    s = [p, q]
    s[0], s[1] = s[1], s[0]
    return np.sum(np.sin(s[1]))
""",
    "items of a list that was appended to swapped": """
def f(x, y, p, q, c, m, g, n):
    s = []
    s.append(p)
    s.append(0.2)
    s[0], s[1] = s[1], s[0]
    return np.sum(s[1])
""",
    "items of a list of buffers swapped": """
def f(x, y, p, q, c, m, g, n):
    s = [np.zeros((3, 3)) for _ in range(3)]
    s[0].T[-3] = m[:, 2]
    s[0], s[1] = (s[1], s[0])
    return np.sum(s[1])
""",
    "an alias bound within two loops": """
def f(x, y, p, q, c, m, g, n):
    for i in range(3, 0, -1):
        for j in range(3):
            c = p[0:4]
    p[3] *= x
    return np.sum(c)
""",
    "an alias bound under a test in a loop": """
def f(x, y, p, q, c, m, g, n):
    for i in range(2):
        if x < 9.0:
            q = p
    q[2] *= x
    return np.sum(np.sin(p))
""",
    "an alias bound in a loop with two tests": """
def f(x, y, p, q, c, m, g, n):
    k = 0
    while k < 3 and c.sum() < 9.0:
        k += 1
        p += 0.5
        p = q
    return np.sum(np.sin(q))
""",
    "an alias bound in a loop over rows within a loop": """
def f(x, y, p, q, c, m, g, n):
    v = p[...]
    for i in range(2):
        q += p
        for row in m:
            q = v[:]
    return np.sum(p)
""",
    "an alias bound before a loop goes on": """
def f(x, y, p, q, c, m, g, n):
    u = np.zeros((3, 4))
    k = 0
    while True:
        k += 1
        if k > 3 or not x > -9.0:
            break
        for row, t in zip(u, m[0, :3]):
            row[1:] *= q[1]
        u = m
    return np.sum(np.sin(m))
""",
    "a helper that updates through a reshape": """
def h(w):
    v = w.reshape(1, -1)
    v[:] = v * 3.0

def f(x, y, p, q, c, m, g, n):
    h(p[0:4])
    h(q[::2])
    return np.sum(np.sin(p)) + np.sum(np.sin(q))
""",
    "an item augmented by a helper that scales it": """
def h(w):
    w *= 2.0
    return w[1]

def f(x, y, p, q, c, m, g, n):
    q[0] += h(q)
    return np.sum(np.sin(q))
""",
    "a strided array that is made flat before its base is updated": """
def f(x, y, p, q, c, m, g, n):
    v = q[3:0:-1][np.newaxis, :].ravel()
    q[::2] /= 1.5
    return np.sum(v) + np.sum(q[::2].ravel() * q[:3])
""",
    "an array of rank 0 that is made of a number used before": """
def f(x, y, p, q, c, m, g, n):
    for row in g:
        row[:] *= y
    t = np.array(y)
    t += q[0]
    q[1] = t
    return np.sum(q) + np.sum(g)
""",
}
