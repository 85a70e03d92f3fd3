"""The rules of `scipy.special` against numerical differentiation, and a decision about each of its functions."""

from __future__ import annotations

import inspect
import linecache
import warnings

import numpy as np
import pytest

special = pytest.importorskip("scipy.special")

from s2sad import grad, jvp, value_and_grad  # noqa: E402
from s2sad.errors import UnknownDerivative  # noqa: E402
from s2sad.rules import REGISTRY  # noqa: E402
from s2sad.rules.optional import load_optional  # noqa: E402
from s2sad.testing import check_grads  # noqa: E402
from tests.analysis.test_transfer import check as check_kind  # noqa: E402
from tests.rules.samples_special import SAMPLES, at  # noqa: E402
from tests.rules.test_second_order import check_to_second_order, check_to_third_order  # noqa: E402

load_optional()

# ---- programs ---------------------------------------------------------------------------------------------


def is_varied(value):
    return isinstance(value, (float, complex)) and not isinstance(value, at)


def program(name, args, kwargs=None, constant=None):
    """Return the function of the varied arguments that calls ``special.name``, and these arguments."""
    names = [
        f"x{i}" if is_varied(a) else repr(float(a) if isinstance(a, at) else a) for i, a in enumerate(args)
    ]
    if constant is not None:  # one that is held constant otherwise
        names[constant] = f"x{constant}"
    varied = [i for i, a in enumerate(args) if is_varied(a)] if constant is None else [constant]
    given = ", ".join(names + [f"{key}={value!r}" for key, value in (kwargs or {}).items()])
    parameters = ", ".join(
        f"x{i}" for i in sorted({*varied, *(i for i, a in enumerate(args) if is_varied(a))})
    )
    text = f"def f({parameters}):\n    return special.{name}({given})\n"
    place = f"<special {name} {given}>"
    linecache.cache[place] = (len(text), None, text.splitlines(True), place)
    scope = {"special": special}
    exec(compile(text, place, "exec"), scope)
    return scope["f"], varied


CASES = [
    pytest.param(name, args, kwargs, id=f"{name}-{i}")
    for name, rows in SAMPLES.items()
    for i, (args, kwargs) in enumerate(rows)
]


@pytest.mark.parametrize("name, args, kwargs", CASES)
def test_derivatives_of_two_orders(name, args, kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_to_second_order(getattr(special, name), args, kwargs)


@pytest.mark.parametrize("name, args, kwargs", [case for case in CASES if case.id.endswith("-0")])
def test_derivatives_of_the_third_order(name, args, kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_to_third_order(getattr(special, name), args, kwargs)


# ---- every function has a decision ------------------------------------------------------------------------

NO_CLOSED_FORM = """
    bdtrik bdtrin nbdtrik nbdtrin pdtrik btdtria btdtrib chdtriv chndtridf chndtrinc chndtrix fdtridfd gdtrib
    stdtridf ncfdtr ncfdtri ncfdtridfd ncfdtridfn ncfdtrinc nctdtr nctdtridf nctdtrinc nctdtrit
    kolmogorov kolmogi smirnov smirnovi zetac mathieu_a mathieu_b
    obl_ang1 obl_ang1_cv obl_cv obl_rad1 obl_rad1_cv obl_rad2 obl_rad2_cv
    pro_ang1 pro_ang1_cv pro_cv pro_rad1 pro_rad1_cv pro_rad2 pro_rad2_cv
    ellip_harm ellip_harm_2 ellip_normal
"""
WRONG_FOR_NEGATIVE_ARGUMENTS = "modfresnelm modfresnelp"  # SciPy's values jump at 0
SEQUENCES = """
    lmbda lqmn lqn obl_cv_seq pro_cv_seq pbdn_seq pbdv_seq pbvv_seq riccati_jn riccati_yn mathieu_even_coef
    mathieu_odd_coef clpmn lpmn lpn sph_harm legendre_p legendre_p_all assoc_legendre_p assoc_legendre_p_all
    sph_legendre_p sph_legendre_p_all sph_harm_y sph_harm_y_all
"""
PARAMETERS_ONLY = """
    roots_gegenbauer roots_genlaguerre roots_jacobi roots_sh_jacobi cg_roots la_roots j_roots js_roots
    chebyc chebys chebyt chebyu gegenbauer genlaguerre hermite hermitenorm jacobi laguerre legendre
    sh_chebyt sh_chebyu sh_jacobi sh_legendre factorial2 factorialk btdtr btdtri
"""
REFUSED = set(f"{NO_CLOSED_FORM} {WRONG_FOR_NEGATIVE_ARGUMENTS} {SEQUENCES} {PARAMETERS_ONLY}".split())
OTHER = {"SpecialFunctionError", "SpecialFunctionWarning", "test", "sinc"}  # sinc is NumPy's
ARRAYS = {"softmax", "log_softmax", "logsumexp"}  # tested below


def decision(name):
    rule = REGISTRY.rule(getattr(special, name))
    if rule is None:
        return "refused" if name in REFUSED else None
    return "differentiable" if rule.differentiable else "constant"


def test_every_function_has_a_decision():
    names = [n for n in dir(special) if not n.startswith("_") and callable(getattr(special, n))]
    assert [name for name in names if name not in OTHER and decision(name) is None] == []
    assert [name for name in REFUSED if hasattr(special, name) and decision(name) != "refused"] == []
    differentiable = {name for name in names if decision(name) == "differentiable"} - OTHER
    functions = {getattr(special, name) for name in [*SAMPLES, *ARRAYS]}
    assert {name for name in differentiable if getattr(special, name) not in functions} == set()


def test_number_of_arguments_with_a_derivative():
    pairs = {
        (name, i)
        for name, rows in SAMPLES.items()
        for args, _ in rows
        for i in range(len(args))
        if is_varied(args[i])
    }
    assert len(pairs) + len(ARRAYS) >= 240


@pytest.mark.parametrize(
    "name", sorted(name for name in REFUSED if isinstance(getattr(special, name, None), np.ufunc))
)
def test_refused_functions(name):
    function = getattr(special, name)
    f, _ = program(name, (0.5,) * function.nin)
    with pytest.raises(UnknownDerivative, match=f"the derivative of `special.{name}` is not known"):
        grad(f)(*(0.5,) * function.nin)


def fixed_arguments():
    for name, rows in SAMPLES.items():
        rule = REGISTRY.rule(getattr(special, name))
        args = rows[0][0]
        for i, parameter in enumerate(
            list(inspect.signature(rule.vjp).parameters.values())[2 : 2 + len(args)]
        ):
            if parameter.default is None:
                yield pytest.param(name, args, i, parameter.name, id=f"{name}-{parameter.name}")


@pytest.mark.parametrize("name, args, i, parameter", list(fixed_arguments()))
def test_refused_arguments(name, args, i, parameter):
    f, _ = program(name, args, constant=i)
    given = [float(a) for k, a in enumerate(args) if k == i or is_varied(a)]
    with pytest.raises(UnknownDerivative, match=f"with respect to `{parameter}` is not known"):
        tangents = tuple(float(k == i) for k, a in enumerate(args) if k == i or is_varied(a))
        jvp(f, given, tangents)


# ---- types and shapes -------------------------------------------------------------------------------------


def float32_cases():
    for name, rows in SAMPLES.items():
        function = getattr(special, name)
        types = getattr(function, "types", ())
        if any("f" in t.partition("->")[0] and not set(t.partition("->")[0]) - {"f"} for t in types):
            args, _ = next((row for row in rows if not any(isinstance(a, complex) for a in row[0])), rows[0])
            if not any(isinstance(a, complex) for a in args) and function.nout == 1:
                yield pytest.param(name, args, id=name)


@pytest.mark.parametrize("name, args", list(float32_cases()))
def test_float32_stays_float32(name, args):
    f, varied = program(name, args)
    given = [np.array([a, a], np.float32) for a in args if is_varied(a)]
    if f(*given).dtype != np.float32:
        return
    names = ", ".join(f"x{i}" for i in varied)
    text = f"def total({names}):\n    return f({names}).sum()\n"
    place = f"<total {name}>"
    linecache.cache[place] = (len(text), None, text.splitlines(True), place)
    scope = {"f": f}
    exec(compile(text, place, "exec"), scope)
    bars = grad(scope["total"], argnums=tuple(range(len(given))))(*given)
    assert {bar.dtype for bar in bars} == {np.dtype(np.float32)}


A = np.array([[0.3, 1.2, 0.7], [2.0, 0.1, 0.5]])
B = np.array([0.5, 1.5, 0.2])
ORDERS = np.array([0, 1, 2])


@pytest.mark.parametrize("x", [0.7, np.float32(0.7), A, A.astype("f4"), np.zeros((0, 3))])
@pytest.mark.parametrize(
    "name, before, after, options",
    [
        *((name, (1,), (), {}) for name in "jvp yvp ivp kvp h1vp h2vp zeta polygamma jv".split()),
        *((f"spherical_{kind}n", (2,), (), {"derivative": True}) for kind in "jyik"),
        ("jvp", (1,), (2,), {}),
        ("airy", (), (), {}),
        ("multigammaln", (), (1,), {}),
        ("diric", (), (3,), {}),
        ("lambertw", (), (), {}),
        ("lambertw", (), (-1,), {}),
        ("softmax", (), (), {}),
        ("log_softmax", (), (), {"axis": -1}),
        ("logsumexp", (), (), {}),
        ("logsumexp", (), (), {"axis": -1}),
        ("logsumexp", (), (-1,), {"keepdims": True}),
        ("logsumexp", (), (), {"return_sign": True}),
    ],
)
def test_kinds_of_results(name, before, after, options, x):
    if np.ndim(x) == 0 and ("axis" in options or (after == (-1,) and name == "logsumexp")):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            getattr(special, name)(*before, x, *after, **options)
        except (ValueError, IndexError):  # of no elements
            return
        check_kind(getattr(special, name), (*before, x, *after), options)


@pytest.mark.parametrize(
    "f, args",
    [
        (lambda z: special.jv(ORDERS, z), (A[:, :1],)),
        (lambda z: special.jv(ORDERS, z), (0.7,)),
        (lambda x: special.expn(ORDERS, x), (B,)),
        (lambda x: special.eval_hermite(ORDERS, x), (B,)),
        (lambda x: special.spherical_jn(ORDERS, x), (B,)),
        (lambda x: special.polygamma(ORDERS, x), (B,)),
        (lambda x: special.stdtr(ORDERS + 1.5, x), (B,)),
        (lambda x: special.bdtr(ORDERS, 4, x), (0.4,)),
        (lambda x: special.pbdv(ORDERS + 0.5, x)[1], (0.7,)),
        (lambda u, m: special.ellipj(u, m)[2], (B, 0.4)),
        (lambda u, m: special.ellipj(u, m)[3], (0.7, 0.5 * B)),
        (lambda x, c: special.boxcox(x, c), (A, B)),
        (lambda x, y: special.xlogy(x, y), (A, 0.7)),
        (lambda d, r: special.huber(d, r), (0.6, A)),
        (lambda x: special.multigammaln(x, 3), (B + 2,)),
        (lambda x: special.gammaln(x), (np.zeros((0, 3)),)),
        (lambda x: special.airy(x)[0], (np.zeros(0),)),
        (lambda x: special.xlogy(x, x), (np.array(0.3),)),
        (lambda x: special.voigt_profile(x, 1.0, B), (0.7,)),
        (lambda x: special.xlogy(ORDERS, x), (B,)),
        (lambda x: special.rel_entr(0.5 * ORDERS, x), (B,)),
        (lambda x: special.boxcox(x, 0), (B,)),
        (lambda x: special.elliprf(0, x, 1.3), (B,)),
        (lambda x: special.elliprd(0, x, 1.3), (B,)),
        (lambda x: special.elliprj(0, x, 1.3, 3), (B,)),
        (lambda x: special.elliprg(0, x, 1.3), (B,)),
        (lambda x: special.sici(x)[0] + special.shichi(x)[0], (np.array([0.0, 0.5]),)),
        (lambda x: special.log_ndtr(x), (np.array([-30.0, 0.0, 7.0]),)),
        (lambda x: special.eval_jacobi(3, 1, 2, x), (np.array([-1.0, 1.0, 0.3]),)),
        (lambda x: special.ellipk(x) + special.ellipe(x), (np.array([0.0, -1e3, 0.999]),)),
        (lambda x: special.kv(0.5, x) if x > 0 else special.erfcx(x), (0.7,)),
    ],
)
def test_shapes(f, args):
    check_grads(f, args, order=2, directions=1)


@pytest.mark.parametrize(
    "f",
    [
        lambda a: special.softmax(a),
        lambda a: special.softmax(a, axis=0),
        lambda a: special.log_softmax(a, axis=1),
        lambda a: special.log_softmax(a),
        lambda a: special.logsumexp(a),
        lambda a: special.logsumexp(a, axis=1),
        lambda a: special.logsumexp(a, 0, keepdims=True),
        lambda a: special.logsumexp(a, axis=(0, 1)),
        lambda a: special.logsumexp(a, axis=0, b=np.array([[1.0], [2.0]])),
        lambda a: special.logsumexp(a, b=np.array([0.3, 0.2, 1.0])),
        lambda a: special.logsumexp(a[0][:, None], axis=1, b=np.array([0.3, 0.2, 1.0])),
        lambda a: special.logsumexp(a, axis=0, b=np.array([[1.0], [-2.0]]), return_sign=True)[0],
    ],
)
def test_softmax_and_relatives(f):
    check_grads(f, (A,), order=2)


def test_logsumexp_refuses_weights():
    def f(b):
        return special.logsumexp(np.ones(3), b=b)

    with pytest.raises(UnknownDerivative, match="with respect to `b` is not known"):
        grad(f)(B)


@pytest.mark.parametrize(
    "f", [lambda z: special.jve(1, z), lambda z: special.ive(1, z), lambda z: special.digamma(z)]
)
def test_complex_arguments_are_refused(f):
    def g(z):
        return f(z).real

    with pytest.raises(ValueError, match="has a derivative for real arguments only"):
        grad(g)(1.0 + 0.5j)


# ---- kinks and far ends -----------------------------------------------------------------------------------


def slopes(name, *args):
    rule = REGISTRY.rule(getattr(special, name))
    with np.errstate(all="ignore"):
        return rule.vjp(1.0, getattr(special, name)(*args), *args)


@pytest.mark.parametrize(
    "name, args, expected",
    [
        ("xlogy", (0.0, 0.0), (0, 0)),
        ("xlog1py", (0.0, -1.0), (0, 0)),
        ("entr", (0.0,), np.inf),
        ("rel_entr", (0.0, 0.0), (-np.inf, 0)),
        ("kl_div", (0.0, 0.0), (-np.inf, 1)),
        ("huber", (1.0, 1.0), (0, 1)),
        ("huber", (1.0, -3.0), (2, -1)),
        ("i0e", (0.0,), 0),
        ("logit", (0.0,), np.inf),
        ("ndtri", (0.0,), np.inf),
        ("rgamma", (-3.0,), -6),
        ("spence", (1.0,), -1),
        ("gammainc", (1, 0.0), 1),
        ("lambertw", (0.0,), 1),
        ("log_ndtr", (-1e8,), 1e8),
        ("log_ndtr", (50.0,), 0),
    ],
)
def test_values(name, args, expected):
    np.testing.assert_allclose(slopes(name, *args), expected, rtol=1e-9, atol=1e-300)


# ---- the text ---------------------------------------------------------------------------------------------


def bessel(x):
    return np.sum(special.jv(1, x))


def weights(x):
    return np.sum(special.gammainc(2.5, x))


def test_text():
    assert grad(bessel).source_for(B) == (
        "def bessel_grad(x):\n"
        "    # return np.sum(special.jv(1, x))\n"
        "    x_bar = 0.5 * (special.jv(0, x) - special.jv(2, x))\n"
        "    return x_bar\n"
    )
    assert "np.exp(special.xlogy(1.5, x) - x - float(special.gammaln(2.5)))" in grad(weights).source_for(B)
    assert value_and_grad(bessel)(B)[1].shape == B.shape


@pytest.mark.parametrize("name", ["gammaln", "y0", "k0", "ndtri", "expi", "gamma"])
def test_a_zero_cotangent_kills_a_pole(name):
    scope = {"np": np, "special": special}
    text = f"def f(x):\n    return np.sum(np.where(x > 0, special.{name}(x), 0) * x)\n"
    linecache.cache[f"<pole {name}>"] = (len(text), None, text.splitlines(True), f"<pole {name}>")
    exec(compile(text, f"<pole {name}>", "exec"), scope)
    with np.errstate(all="ignore"):
        at_pole, away = grad(scope["f"])(np.array([0.0, 0.4])), grad(scope["f"])(np.array([0.4]))
    assert at_pole[0] == 0.0
    np.testing.assert_allclose(at_pole[1:], away)
