"""Sample arguments for the functions of `scipy.special`: `SAMPLES[name]` is a list of (args, kwargs).

Every Python float is differentiated; arguments in which a function is fixed are whole numbers or wrapped in `at`.
Points lie away from kinks and where the functions do not vary too fast for numerical differentiation.
"""

from __future__ import annotations

from typing import Any

from scipy import special

Sample = tuple[tuple[Any, ...], dict[str, Any]]
SAMPLES: dict[str, list[Sample]] = {}


class at(float):
    """A float that is held constant."""


def samples(names: str, *points: tuple[Any, ...], **options: Any) -> None:
    for name in names.split():
        if hasattr(special, name):
            SAMPLES.setdefault(name, []).extend((point, options) for point in points)


# ---- elementary -----------------------------------------------------------------------------------------

samples("cbrt exp2 exp10 expm1 cosm1 exprel sindg cosdg tandg cotdg", (0.7,), (1.9,))
samples("exp2 exp10 expm1 cosm1 exprel sindg tandg", (-1.3,))
samples("exprel cosm1 sindg cosdg", (0.0,), (1e-9,))
samples("expm1 log1p", (0.4 + 0.3j,))
samples("log1p", (0.7,), (-0.4,))
samples("powm1", (1.7, 0.6), (0.4, -1.3))
samples("radian", (10.0, 20.0, 30.0))
samples("expit log_expit softplus", (0.7,), (-2.3,), (0.0,))
samples("logit", (0.3,), (0.9,))
samples("xlogy xlog1py", (1.7, 0.6), (0.4 + 0.2j, 1.3 - 0.5j))
samples("xlogy", (0.0, 0.7))
samples("entr", (0.7,), (1.9,))
samples("rel_entr kl_div", (0.7, 1.6), (2.1, 0.4))
samples("huber", (1.0, 0.6), (1.0, 2.6), (1.0, -1.6))
samples("pseudo_huber", (1.0, 0.6), (0.7, -2.6))
samples("boxcox boxcox1p", (1.7, 0.6), (0.4, -1.3), (1.7, 0.0))
samples("inv_boxcox inv_boxcox1p", (0.7, 0.6), (0.2, -1.3), (0.3, 0.0))

# ---- gamma and beta -------------------------------------------------------------------------------------

samples("gammaln loggamma gamma digamma psi", (2.7,), (0.4,))
samples("gammaln gamma digamma psi", (-1.3,))
samples("rgamma", (2.7,), (0.4,), (-1.3,), (-2.0,), (0.0,))
samples("polygamma", (1, 2.7), (2, 0.9), (3, -1.3), (0, 1.3))
samples("zeta", (3, 1.7), (at(2.5), 0.6))
samples("multigammaln", (3.7, 3), (2.2, 1))
samples("poch", (1.7, 2.3), (2.5, -0.6))
samples("factorial", (2.6,))
samples("comb perm", (5.3, 2.4))
samples("beta betaln", (1.7, 2.3), (0.4, 0.6))
samples("binom", (5.3, 2.4), (3.5, 1.2))
samples("gammainc gammaincc", (at(2.5), 1.7), (1, 0.6), (3, 4.5), (at(150.0), 148.0))
samples("gammaincinv gammainccinv", (at(2.5), 0.7), (1, 0.4))
samples("betainc betaincc betaincinv betainccinv", (at(2.5), at(1.5), 0.7), (2, 3, 0.4))

# ---- error functions ------------------------------------------------------------------------------------

samples("erf erfc erfi erfcx dawsn", (0.7,), (-1.3,), (0.4 - 0.3j,))
samples("wofz", (0.7,), (0.4 - 0.3j,))
samples("erfinv", (0.7,), (-0.3,))
samples("erfcinv", (0.7,), (1.4,))
samples("ndtr log_ndtr", (0.7,), (-1.3,), (0.0,))
samples("log_ndtr", (-40.0,), (0.4 - 0.3j,))
samples("ndtri", (0.7,), (0.2,))
samples("ndtri_exp", (-0.7,), (-5.2,))
samples("owens_t", (0.7, 0.4), (1.6, -2.0))
samples("voigt_profile", (0.7, 1.2, 0.4), (-1.6, 0.5, 1.3))
samples("fresnel", (0.7,), (-1.3,))
samples("fresnel", (0.4 - 0.3j,))
samples("exp1 expi", (0.7,), (1.9,), (0.4 - 0.3j,))
samples("expi", (-0.7,))
samples("expn", (0, 0.7), (1, 0.7), (3, 1.6))
samples("sici shichi", (0.7,), (1.9,), (0.4 - 0.3j,))
samples("spence", (0.7,), (1.9,), (1.0,), (3.5,), (0.2,), (1.4 - 0.3j,))

# ---- Bessel functions -----------------------------------------------------------------------------------

samples("j0 j1 y0 y1 i0 i1 k0 k1 i0e i1e k0e k1e", (0.7,), (2.6,))
samples("j0 j1 i0 i1 i0e i1e", (-1.3,))
samples("j0 j1 i0 i1", (0.0,))
samples("jv yv iv kv jve yve ive kve", (1, 0.7), (at(1.5), 2.6), (0, 1.3), (at(-0.4), 1.1))
samples("jv yv iv kv kve", (1, 0.7 + 0.4j))
samples("jv iv jve ive jvp ivp", (2, -1.6))
samples("yn kn", (1, 0.7), (0, 1.3))
samples("hankel1 hankel2 hankel1e hankel2e", (1, 0.7), (at(1.5), 2.6 + 0.4j))
samples("jvp yvp ivp kvp h1vp h2vp", (1, 0.7), (at(1.5), 1.6))
samples("spherical_jn spherical_yn spherical_in spherical_kn", (0, 0.7), (2, 1.6))
samples("spherical_jn spherical_in", (1, 0.0))
samples("spherical_jn spherical_yn spherical_in spherical_kn", (0, 0.7), (2, 1.6), derivative=True)
samples("airy airye", (0.7,), (1.9,))
samples("airy", (-1.3,), (0.4 - 0.3j,))
samples("itairy itj0y0 iti0k0 it2j0y0 it2i0k0", (0.7,), (1.9,))
samples("besselpoly", (0.7, at(1.5), at(2.5)), (1.3, 1, 0))
samples("struve modstruve", (1, 0.7), (at(0.5), 2.6), (0, 1.3), (0, -0.8))
samples("itstruve0 itmodstruve0 it2struve0", (0.7,), (1.9,))
samples("ber bei ker kei berp beip kerp keip kelvin", (0.7,), (2.6,))
samples("ber bei berp beip", (0.0,))
samples("pbdv pbvv", (at(0.5), 0.7), (1, -1.6))
samples("pbwa", (at(0.5), 0.7), (1, -1.6))
samples("mathieu_cem mathieu_sem", (2, at(0.7), 30.0), (1, at(1.7), 50.0))
samples("mathieu_modcem1 mathieu_modsem1 mathieu_modcem2 mathieu_modsem2", (2, at(0.7), 0.6))
samples("wright_bessel log_wright_bessel", (at(0.5), at(1.5), 0.7), (1, 2, 1.6))

# ---- elliptic integrals and hypergeometric functions ----------------------------------------------------

samples("ellipk ellipe", (0.7,), (-1.3,), (0.0,), (0.95,))
samples("ellipkm1", (0.7,), (0.01,))
samples("ellipkinc ellipeinc", (0.7, 0.4), (-1.2, 0.9), (2.3, 0.6), (-5.3, -1.4))
samples("ellipj", (0.7, 0.4), (2.6, 0.8))
samples("agm", (1.7, 0.6), (0.9, 2.6), (1.3, 1.3))
samples("elliprc", (0.7, 1.6), (2.1, 0.4))
samples("elliprf elliprd elliprg", (0.7, 1.6, 2.4), (1.3, 0.4, 0.9))
samples("elliprj", (0.7, 1.6, 2.4, 1.1), (1.3, 0.4, 0.9, 3.2))
samples("hyp0f1", (at(1.5), 0.7), (2, -1.6), (2, 0.4 - 0.3j))
samples("hyp1f1 hyperu", (at(1.5), at(2.5), 0.7), (1, 3, 1.6))
samples("hyp1f1", (1, 3, -1.6), (2, 3, 0.4 - 0.3j))
samples("hyp2f1", (at(1.5), at(0.5), at(2.5), 0.7), (1, 2, 3, -1.6), (1, 2, 3, 0.4 - 0.3j))
samples("lambertw", (0.7,), (0.0,), (0.4 - 0.3j,))
samples("lambertw", (-0.2,), k=-1)
samples("wrightomega", (0.7,), (-1.3,), (0.4 - 0.3j,))

# ---- orthogonal polynomials -----------------------------------------------------------------------------

NAMES = "legendre chebyt chebyu chebyc chebys sh_legendre sh_chebyt sh_chebyu laguerre hermite hermitenorm"
for NAME in NAMES.split():
    samples(f"eval_{NAME}", (3, 0.7), (0, 0.3), (1, 0.4), (5, 0.2))
samples("eval_legendre eval_chebyt eval_laguerre", (at(2.5), 0.7), (3, 0.4 - 0.3j))
samples("eval_jacobi", (3, at(0.5), at(1.5), 0.7), (0, 1, 2, 0.3), (1, 1, 2, 0.3))
samples("eval_sh_jacobi", (3, at(2.5), at(1.5), 0.7), (0, 3, 2, 0.3), (1, 3, 2, 0.3))
samples("eval_gegenbauer eval_genlaguerre", (3, at(0.5), 0.7), (0, 1, 0.3), (1, 1, 0.3))
samples("diric", (0.7, 3), (-1.3, 4), (0.0, 5), (0.7, 1))
samples("assoc_laguerre", (0.7, 3), (0.3, 0), (0.7, 3, 2))
samples("lpmv", (1, 3, 0.7), (0, 2, -0.4), (0, 0, 0.3))

# ---- distributions --------------------------------------------------------------------------------------

samples("bdtr bdtrc bdtri nbdtr nbdtrc nbdtri", (2, 5, 0.4), (0, 3, 0.7))
samples("pdtr pdtrc", (2, 1.7), (0, 0.6), (at(2.7), 1.7))
samples("pdtri", (2, 0.4), (0, 0.7))
samples("gdtr gdtrc", (0.7, at(2.5), 1.6))
samples("gdtrix", (0.7, at(2.5), 0.6))
samples("gdtria", (0.6, at(2.5), 1.6))
samples("chdtr chdtrc", (3, 1.7), (at(2.5), 0.6))
samples("chdtri", (3, 0.4))
samples("chndtr", (at(1.7), at(2.5), 0.6))
samples("fdtr fdtrc", (3, 5, 1.7), (2, 4, 0.6))
samples("fdtri", (3, 5, 0.4))
samples("stdtr", (3, 0.7), (at(2.5), -1.6))
samples("stdtrit", (3, 0.4))
samples("nrdtrimn", (0.3, 1.7, 0.6))
samples("nrdtrisd", (0.3, 0.7, 1.6))
samples("tklmbda", (0.4, at(0.5)), (0.3, 2), (0.4, -1))
