"""Sparse matrices in programs: constant ones, and those made of differentiated entries."""

from __future__ import annotations

import itertools
import operator
import pickle
import warnings

import numpy as np
import pytest

pytest.importorskip("scipy")
import scipy.sparse as sp
import scipy.sparse.linalg as sla

from s2sad import S2sadError, grad, hessian, jacfwd, jacobian, jvp, vjp
from s2sad.analysis.kinds import Matrix
from s2sad.errors import ArgumentTypeError, UnknownDerivative, UnsupportedSyntax
from s2sad.rules.optional import load_optional
from s2sad.testing import check_grads
from tests.analysis.test_transfer import check
from tests.rules.along import check_along

load_optional()
pytestmark = pytest.mark.filterwarnings("ignore::scipy.sparse.SparseEfficiencyWarning")

A = sp.csr_matrix(np.array([[4.0, 1, 0], [0, 3, 1], [1, 0, 4]]))
B = sp.csr_array(A)
S = (A + A.T).tocsr()
WIDE = sp.csr_matrix(np.arange(6.0).reshape(2, 3))
LU = sla.splu(A.tocsc())
solve = sla.factorized(A.tocsc())
op = sla.aslinearoperator(A)
ROWS, COLS = np.array([0, 0, 1, 2, 2, 1, 1]), np.array([0, 1, 1, 2, 0, 1, 2])
INDPTR, INDICES = np.array([0, 2, 5, 7]), np.array([0, 1, 0, 1, 2, 0, 2])
D = np.array([4.0, 2, 3, 4, 0.5, 0.7, 0.3])
V = np.array([0.3, 0.5, 0.7])
X = np.arange(1.0, 7.0).reshape(3, 2)


def both_modes(f, *args):
    check_along(f, args)


# ---- constant matrices ------------------------------------------------------------------------------------


def product(x):
    return np.sum((A @ x) ** 2)


def from_left(x):
    return np.sum((x @ B) ** 2)


def transposed(x):
    return np.sum((A.T @ x) ** 2) + np.sum(A.transpose().dot(x))


def dense_matrices(x):
    y = np.outer(x, x + 1)
    return np.sum((A @ y) ** 2) + np.sum((y @ B) ** 3) + np.sum((y @ WIDE.T) ** 2)


def starred(x):
    return np.sum((A * x) ** 2) + np.sum((2.0 * A * x) ** 3) + np.sum(x * A)


def wide(x):
    return np.sum((WIDE @ x) ** 2) + np.sum(WIDE.T @ (WIDE.dot(np.sin(x)) ** 2))


def made_here(x):
    n = len(x)
    L = sp.diags([1.0, -2.0, 1.0], [-1, 0, 1], shape=(n, n), format="csc")
    M = sp.identity(n, format="csc") - 0.1 * L
    return np.sum(sla.spsolve(M, x) ** 3) + np.sum((sp.vstack([WIDE, A]) @ x) ** 2) + M.nnz * x[0]


def powers(x):
    return np.sum((A @ A @ x) ** 2) + np.sum((A**2 @ x) ** 2) - np.sum((-A / 2.0) @ x**2)


def sums_with_sparse_arrays(x):
    return np.sum((B + x) ** 2) + np.sum((x - B) ** 3) + np.sum(B.toarray() @ x * B.diagonal())


def stepped(x):
    for _ in range(4):
        x = x + 0.1 * (A @ x) ** 2
    return np.sum(x)


def solved(x):
    return np.sum(sla.spsolve(A.tocsc(), x) ** 2) + np.sum(LU.solve(x) ** 2) + np.sum(solve(x) ** 3)


def solved_again(x):
    once = sla.factorized(A.tocsc())
    for _ in range(3):
        x = once(np.sin(x))
    return np.sum(x**2)


def iterated(x):
    y, _info = sla.cg(S, x, rtol=1e-13)
    return np.sum(y**2) + np.sum(sla.gmres(A, x, rtol=1e-13)[0] ** 2)


def iterated_columns(x):
    column = np.sin(x)[:, None]
    y, z = sla.cg(S, column, rtol=1e-13)[0], sla.bicgstab(A, column * x[0], rtol=1e-13)[0]
    return np.sum(y**2 * np.ravel(z)) + np.sum(sla.gmres(A, column, rtol=1e-13)[0] ** 2)


def exponential(x):
    return np.sum(sla.expm_multiply(A, x) ** 2)


def operators(x):
    return np.sum((op @ x) ** 2) + np.sum(op.matvec(x) ** 3) + np.sum(op.rmatvec(x) ** 2) + np.sum(op * x)


def asked(x):
    return np.sum(A @ x) if sp.issparse(A) and not sp.issparse(x) else np.sum(x)


class Model:
    def __init__(self, matrix):
        self.matrix = matrix

    def energy(self, x):
        return np.sum((self.matrix @ x) ** 2) + np.sum((x @ self.matrix) ** 3)


MODELS = Model(A), Model(B), Model(op)


def attribute(x):
    return sum(model.energy(x) for model in MODELS)


CONSTANT = [product, from_left, transposed, dense_matrices, starred, wide, made_here, powers, stepped, solved]
CONSTANT += [
    sums_with_sparse_arrays,
    solved_again,
    iterated,
    iterated_columns,
    exponential,
    operators,
    asked,
    attribute,
]


@pytest.mark.parametrize("f", CONSTANT, ids=lambda f: f.__name__)
def test_constant_matrices(f):
    both_modes(f, V)


@pytest.mark.parametrize("form", ["matrix", "array"])
@pytest.mark.parametrize("name", "bsr coo csc csr dia dok lil".split())
def test_every_format(name, form):
    matrix = getattr(sp, f"{name}_{form}")(A)
    check_grads(lambda x: np.sum((matrix @ x) ** 2 + x @ matrix), (V,), modes=("fwd", "rev"))


def argument(x, matrix):
    return np.sum((matrix @ x) ** 2)


def test_arguments_that_are_not_differentiated():
    expected = 2 * A.T @ (A @ V)
    for matrix in (A, B, A.tocoo(), op, A.toarray()):
        assert np.allclose(grad(argument)(V, matrix), expected)


def from_a_dict(p):
    matrix, x = p["matrix"], p["x"]
    return np.sum((matrix @ x) ** 2)


def from_a_pair(pair):
    return from_a_dict({"matrix": pair[0], "x": pair[1]})


def test_matrices_in_containers():
    expected = 2 * A.T @ (A @ V)
    bars = grad(from_a_dict)({"matrix": A, "x": V})
    assert bars["matrix"] is None and np.allclose(bars["x"], expected)
    bars = grad(from_a_pair)((A, V))
    assert bars[0] is None and np.allclose(bars[1], expected)
    both_modes(from_a_pair, (B, V))
    assert vjp(argument, V, A)[1](1.0)[1] is None


def test_texts():
    assert grad(product).source_for(V) == (
        "def product_grad(x):\n"
        "    t = A @ x\n"
        "    # return np.sum((A @ x) ** 2)\n"
        "    x_bar = A.T @ (2 * t)\n"
        "    return x_bar\n"
    )
    assert grad(solved_again).source_for(V) == (
        "def solved_again_grad(x):\n"
        "    x_stack = []\n"
        "    t = A.tocsc()\n"
        "    t1 = scipy.sparse.linalg.splu(t)\n"
        "    for _ in range(3):\n"
        "        x_stack.append(x)\n"
        "        x = t1.solve(np.sin(x))\n"
        "    # return np.sum(x**2)\n"
        "    x_bar = 2 * x\n"
        "    for _ in range(3):\n"
        "        x = x_stack.pop()\n"
        "        # x = once(np.sin(x))\n"
        '        x_bar = t1.solve(x_bar, "T") * np.cos(x)\n'
        "    return x_bar\n"
    )
    assert "x_bar = A @ (2 * t)" in grad(lambda x: np.sum((A.T @ x) ** 2)).source_for(V)
    assert "x_bar = spsolve(A.T, 2 * t)" in grad(lambda x: np.sum(sla.spsolve(A, x) ** 2)).source_for(V)
    assert "x_bar = cg(S, 2 * t, rtol=1e-08, atol=0.0)[0]" in grad(
        lambda x: np.sum(sla.cg(S, x, rtol=1e-8)[0] ** 2)
    ).source_for(V)


def test_a_matrix_may_change_between_calls():
    """It belongs to the surrounding program, and is read at each call."""
    matrix = A.copy()
    df = grad(lambda x: np.sum((matrix @ x) ** 2))
    first = df(V)
    matrix.data *= 2
    assert np.allclose(df(V), 4 * first)
    matrix = B
    assert np.allclose(df(V), first)


def scaled_by_global(x):
    return GLOBAL["matrix"] @ x + MATRIX @ x


GLOBAL = {"matrix": A.copy()}
MATRIX = B.copy()


def test_pullbacks_keep_their_matrix():
    value, pull = vjp(scaled_by_global, V)
    expected = pull(np.ones(3))[0]
    MATRIX.data *= 2
    assert np.array_equal(pull(np.ones(3))[0], expected)
    assert not np.array_equal(scaled_by_global(V), value)
    again = pickle.loads(pickle.dumps(pull))
    assert np.array_equal(again(np.ones(3))[0], expected)
    MATRIX.data /= 2


# ---- matrices of differentiated entries -------------------------------------------------------------------


def coordinates(d, x):
    return np.sum((sp.coo_matrix((d, (ROWS, COLS)), shape=(3, 3)) @ x) ** 2)


def without_shape(d, x):
    return np.sum(sp.csr_array((d, INDICES, INDPTR)) @ x * x) + np.sum(sp.coo_array((d**2, (ROWS, COLS))) @ x)


def compressed(d, x):
    rows = sp.csr_matrix((d, INDICES, INDPTR), shape=(3, 3))
    columns = sp.csc_array((d, INDICES, INDPTR), shape=(3, 3))
    return np.sum((rows @ X) ** 2) + np.sum((x @ columns) ** 2) + np.sum((X.T @ rows) ** 3)


def solved_with(d, x):
    n = len(x)
    matrix = sp.csr_matrix((d, (ROWS, COLS)), shape=(n, n)) + 3 * sp.identity(n)
    return np.sum(sla.spsolve(matrix.tocsc(), x) ** 2) + np.sum(sla.spsolve(matrix.tocsc(), X * x[0]) ** 2)


def one_column(d, x):
    return np.sum(sla.spsolve(sp.csc_array((d, (ROWS, COLS)), shape=(3, 3)), x[:, None]) ** 2)


def diagonals(d, x):
    n = len(x)
    L = sp.diags([d[0], -2.0 * d[0], d[1] * np.ones(n - 1)], [-1, 0, 1], shape=(n, n))
    M = sp.eye(n, format="csc") - 0.1 * L
    return (
        np.sum(sla.spsolve(M.tocsc(), x) ** 2) + np.sum(sp.diags(x) @ x) + np.sum(sp.diags(d[:2], -1).T @ x)
    )


def diagonals_of_sparse_arrays(d, x):
    return np.sum(sp.diags_array([d[:3], x[:2]], offsets=[0, -1]) @ x) + np.sum(
        sp.diags_array([d[0], d], offsets=[0, 1], shape=(2, 3)) @ x
    )


def scaled(d, x):
    return np.sum((d[0] * A @ x) ** 2) + np.sum((B * d[1]) @ x) + np.sum((A / d[2] - A) @ x)


def stiffness(d, x):
    K = A.T @ sp.diags(d[:3]) @ A
    return x @ (K @ x) + np.sum(sla.spsolve(K.tocsc(), x))


def elementwise(d, x):
    outer = np.outer(x, x)
    return (
        np.sum(B * x @ x)
        + np.sum(A.multiply(x[:, None]) @ x)
        + np.sum(B.multiply(outer) @ x)
        + np.sum(sp.coo_array((d, (ROWS, COLS))).multiply(d[0]) @ x)
    )


def dense_again(d, x):
    M = sp.coo_array((d, (ROWS, COLS)), (3, 3))
    return np.sum((M.toarray() @ x) ** 2) + np.sum(M.diagonal() ** 2) + np.sum((M @ M.T).toarray() ** 2)


def from_dense(d, x):
    return np.sum(sla.spsolve(sp.csc_matrix(np.outer(x, x) + 3 * np.eye(3)), x)) + np.sum(
        sp.csr_array(X * x[0]) @ V[:2]
    )


def branched(d, x):
    M = sp.diags(d[:3]) if d[0] > 0 else sp.diags(-d[:3])
    if d[1] > 0:
        M = M + A
    return np.sum((M @ x) ** 2)


def repeated(d, x):
    M = sp.csr_matrix((d, (ROWS, COLS)), shape=(3, 3))
    for _ in range(2):
        M = M @ A
        x = x + 0.1 * (M @ np.sin(x))
    return np.sum(x)


def assemble(d, n):
    main = 2 * d[:n]
    M = sp.diags([main, -d[: n - 1]], [0, 1], shape=(n, n))
    if d[0] > 5:
        M = M + sp.identity(n)
    return M


def assembled(d, x):
    return np.sum(sla.spsolve(assemble(d, len(x)).tocsc(), x))


def complex_entries(d, x):
    z = d * (1 + 2j)
    return np.sum(np.abs(sla.spsolve(sp.csc_array((z, (ROWS, COLS)), (3, 3)), x * 1j)) ** 2)


def from_lists(d, x):
    rows, cols, entries = [], [], []
    for i in range(len(x)):
        rows.append(i)
        cols.append(i)
        entries.append(2 + d[i])
        if i > 0:
            rows.append(i)
            cols.append(i - 1)
            entries.append(-x[i])
    matrix = sp.coo_matrix((entries, (rows, cols)), shape=(3, 3)).tocsr()
    return np.sum(sla.spsolve(matrix, x))


def implicit_heat(d, x):
    n = len(x)
    L = sp.diags([1.0, -2.0, 1.0], [-1, 0, 1], shape=(n, n))
    M = (sp.identity(n) - 0.1 * (sp.diags(d[:3]) @ L)).tocsc()
    for _ in range(3):
        x = sla.spsolve(M, x)
    return np.sum(x**2)


def filled(d, x):
    for _ in range(2):
        diagonal = np.zeros(3)
        diagonal[:] = 2 + d[:3] * x
        diagonal[0] += 1
        x = sla.spsolve(sp.diags(diagonal, format="csc"), x)
    return np.sum(x)


ACTIVE = [
    from_lists,
    implicit_heat,
    filled,
    coordinates,
    without_shape,
    compressed,
    solved_with,
    one_column,
    diagonals,
    scaled,
    stiffness,
]
ACTIVE += [diagonals_of_sparse_arrays, elementwise, dense_again, from_dense, branched, repeated, assembled]
ACTIVE += [complex_entries]


@pytest.mark.parametrize("f", ACTIVE, ids=lambda f: f.__name__)
def test_differentiated_entries(f):
    both_modes(f, D, V)


def test_third_order():
    check_grads(solved_with, (D, V), order=3, modes=("fwd", "rev"))


def applied(d, x):
    return sp.csr_matrix((d, (ROWS, COLS)), shape=(3, 3)) @ x


def test_jacobians():
    expected = np.zeros((3, 7))
    expected[ROWS, range(7)] = V[COLS]
    assert np.allclose(jacobian(applied)(D, V), expected)
    assert np.allclose(jacfwd(applied)(D, V), expected)
    assert np.allclose(hessian(coordinates)(D, V), 2 * expected.T @ expected)


def by_diagonal(d, x):
    return np.sum(sla.spsolve(sp.diags(d), x) ** 2)


def test_texts_of_differentiated_entries():
    assert grad(coordinates, (0, 1)).source_for(D, V) == (
        "def coordinates_grad(d, x):\n"
        "    t = sparse_matmul(d, ROWS, COLS, (3, 3), x)\n"
        "    # return np.sum((sp.coo_matrix((d, (ROWS, COLS)), shape=(3, 3)) @ x) ** 2)\n"
        "    t = 2 * t\n"
        "    d_bar = t[ROWS] * x[COLS]\n"
        "    x_bar = sparse_matmul(d, COLS, ROWS, (3, 3), t)\n"
        "    return d_bar, x_bar\n"
    )
    assert grad(by_diagonal, (0, 1)).source_for(V, V) == (
        "def by_diagonal_grad(d, x):\n"
        "    n = len(d)\n"
        "    rows = np.arange(n)\n"
        "    t = sparse_solve(d, rows, rows, (n, n), x)\n"
        "    # return np.sum(sla.spsolve(sp.diags(d), x) ** 2)\n"
        "    x_bar = sparse_solve(d, rows, rows, (n, n), 2 * t)\n"
        "    d_bar = -(x_bar[rows] * t[rows])\n"
        "    return d_bar, x_bar\n"
    )


def test_memory_stays_sparse():
    """The adjoint of a matrix has its entries, and no others."""
    n = 200_000
    i = np.arange(n)
    found = grad(lambda d: np.sum((sp.coo_array((d, (i, i)), (n, n)) @ np.ones(n)) ** 2))(np.ones(n))
    assert np.array_equal(found, np.full(n, 2.0))


# ---- kinds ------------------------------------------------------------------------------------------------


def test_kinds_of_operations():
    operands = [A, B, WIDE, sp.coo_array(A), op, V, X, X.T, A.toarray(), 2.0, np.float64(3.0), 1j]
    operators_ = [operator.add, operator.sub, operator.mul, operator.matmul, operator.truediv, operator.pow]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ran = [check(f, pair, {}) for f in operators_ for pair in itertools.product(operands, repeat=2)]
    assert sum(ran) > 150


def test_kinds_of_makers():
    calls = [
        (sp.eye, (3,)),
        (sp.eye_array, (3, 4)),
        (sp.identity, (2,)),
        (sp.csr_matrix, (A,)),
        (sp.csr_array, (X,)),
    ]
    calls += [
        (sp.coo_array, ((D, (ROWS, COLS)),)),
        (sp.lil_matrix, ((3, 4),)),
        (sp.kron, (A, B)),
        (sp.hstack, ([A, A],)),
    ]
    calls += [(sp.diags, (V,)), (sp.diags_array, (V,)), (sp.coo_array, (V,)), (sp.block_diag, ([A, A],))]
    calls += [
        (sla.aslinearoperator, (A,)),
        (getattr, (A, "T")),
        (getattr, (A, "shape")),
        (getattr, (B, "nnz")),
    ]
    ran = [check(function, args, {}) for function, args in calls]
    assert all(ran), ran
    assert Matrix("f8", (3, 3), "array") != Matrix("f8", (3, 3))


# ---- what is refused, at the user's line ------------------------------------------------------------------


def differentiated_matrix(x, matrix):
    return np.sum(matrix @ x)


def test_a_matrix_is_no_argument_to_differentiate():
    for make in (grad(differentiated_matrix, 1), lambda x, m: jvp(differentiated_matrix, (x, m), (x, m))):
        with pytest.raises((ArgumentTypeError, TypeError)):
            make(V, A)
    with pytest.raises(ArgumentTypeError) as error:
        grad(differentiated_matrix, 1)(V, A)
    assert str(error.value) == (
        "argument `matrix` of `differentiated_matrix` is a sparse matrix or linear operator, no array\n"
        "hint: pass the array of its entries, and make the matrix in the function"
    )


def added_dense(x):
    return np.sum(A + x)


def of_ufunc(x):
    return np.sum(np.multiply(B, x) @ x)


def stored(x):
    matrix = A.tolil()
    matrix[0, 0] = x[0]
    return np.sum(matrix @ x)


def stored_constant(x):
    matrix = A.copy()
    y = matrix @ x
    matrix.setdiag(3.0)
    return np.sum(matrix @ y)


def changed_data(x):
    A.data[:] = 2 * A.data
    return np.sum(A @ x)


def returned(x):
    return sp.diags(x)


def stacked(x):
    return np.sum(sp.vstack([sp.diags(x), A]) @ x)


def iterated_with(x):
    return np.sum(sla.cg(sp.diags(x), x)[0])


def factored(x):
    return np.sum(sla.splu(sp.diags(x)).solve(x))


def eigenvalues(x):
    return np.sum(sla.eigsh(sp.diags(x), 1)[0])


def data_of(x):
    return np.sum(sp.diags(x).data)


def overwritten(x):
    M = sp.coo_matrix((x, (ROWS[:3], COLS[:3])), shape=(3, 3))
    x *= 2
    return np.sum(M @ x)


def scaled_operator(x):
    return np.sum((x[0] * op) @ x)


def started(x):
    return np.sum(sla.cg(S, V, x0=x)[0])


def many_times(x):
    return np.sum(sla.expm_multiply(A, x, 0.0, 1.0, 3))


REFUSED = [added_dense, of_ufunc, stored, stored_constant, changed_data, returned, stacked, iterated_with]
REFUSED += [factored, eigenvalues, data_of, overwritten, scaled_operator, started]


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_refusals(f):
    for attempt in (lambda: grad(f)(V), lambda: jvp(f, (V,), (V,))):
        with pytest.raises((UnsupportedSyntax, UnknownDerivative)) as error:
            attempt()
        assert error.value.where.filename == __file__


def test_several_times_are_refused():
    with pytest.raises(
        S2sadError, match=r"the derivative of `sla\.expm_multiply` with these arguments is not known"
    ):
        grad(many_times)(V)


def test_messages():
    with pytest.raises(
        UnsupportedSyntax, match="the derivative of this `add` with a sparse matrix or linear operator"
    ):
        grad(added_dense)(V)
    with pytest.raises(
        UnsupportedSyntax, match="`x`, of which a sparse matrix has been made, is updated in place"
    ):
        grad(overwritten)(V)
    with pytest.raises(
        UnsupportedSyntax, match="a sparse matrix of differentiated entries is passed to a place"
    ):
        grad(returned)(V)
    with pytest.raises(
        UnknownDerivative, match=r"the derivative of `scipy\.sparse\.linalg\.splu` is not known"
    ):
        grad(factored)(V)


def attribute_times(x):
    return np.sum((x[0] * MODELS[0].matrix) @ x)


def test_a_matrix_that_is_known_only_at_run_time():
    with pytest.raises(TypeError, match="the derivative of a product in a sparse matrix is not known"):
        grad(attribute_times)(V)
    assert np.isclose(jvp(attribute_times, (V,), (V,))[1], 2 * attribute_times(V))
