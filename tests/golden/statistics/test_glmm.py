"""Mixed models of 2 × 2 tables against metafor 5.1 with lme4 1.1.31, and against integrals worked out
otherwise.
"""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import chi2, nchypergeom_fisher, norm
from scipy.stats.contingency import odds_ratio

from marrowdose.errors import InputError
from marrowdose.statistics.meta import CountFitting, glmm
from marrowdose.statistics.meta.rare_events import likelihood as module
from places import golden

PINNED = golden("metafor_binary_rare")
TABLES = [np.array(PINNED["inputs"][name], float) for name in ("ai", "n1i", "ci", "n2i")]
COUNTS = ([3.0, 1, 6, 2, 9], [50.0, 40, 90, 70, 80], [7.0, 4, 8, 2, 20], [55.0, 42, 80, 75, 82])


@pytest.mark.parametrize(("model", "rel"), [("UM.FS", 4e-4), ("UM.RS", 5e-6), ("CM.AL", 5e-6)])
def test_metafor(model, rel):
    """lme4 stops within 2e-3 standard errors of the maximum; we end at it: slope zero, and nowhere lower."""
    reference, found = PINNED["results"]["glmm"][model], glmm(*TABLES, model=model.lower())
    assert found.beta[0] == pytest.approx(reference["b"], rel=rel)
    assert abs(found.beta[0] - reference["b"]) < 2e-3 * found.se[0]
    assert found.se[0] == pytest.approx(reference["se"], rel=max(rel, 3e-5))
    assert found.tau2 == pytest.approx(reference["tau2"], rel=1e-3 if model == "UM.FS" else 5e-6)
    assert [found.low[0], found.high[0]] == pytest.approx(
        [reference["ci_lb"], reference["ci_ub"]], abs=3e-3 * found.se[0]
    )
    # with quadrature metafor prints the log-likelihood of the counts at every study's most likely effect
    ours = found.log_likelihood if model == "UM.RS" else found.log_likelihood_conditional
    assert ours == pytest.approx(reference["logLik"], rel=1e-5)
    assert found.gradient < 1e-7
    assert found.curvature > 1
    if model == "UM.RS":  # the one whose log-likelihood is the model's own: ours is the higher
        assert reference["logLik"] < found.log_likelihood < reference["logLik"] + 1e-5


def test_heterogeneity_is_half_a_chi_square():
    found, common = (
        glmm(*TABLES, model="cm.al"),
        glmm(*TABLES, model="cm.al", fitting=CountFitting(method="fixed")),
    )
    assert found.heterogeneity == pytest.approx(2 * (found.log_likelihood - common.log_likelihood))
    assert found.heterogeneity_p == pytest.approx(chi2.sf(found.heterogeneity, 1) / 2)


def test_more_points_change_little_and_laplace_more():
    seven, many, laplace = (glmm(*TABLES, model="um.fs", fitting=CountFitting(points=k)) for k in (7, 25, 1))
    assert seven.tau2 == pytest.approx(many.tau2, rel=1e-6)
    assert abs(laplace.tau2 - many.tau2) > 1e-3


def test_exact_conditional_likelihood_by_another_integral():
    """cm.el at its maximum equals Fisher's distribution integrated by an adaptive rule."""
    found = glmm(*COUNTS, model="cm.el", fitting=CountFitting(points=30))
    beta, tau = found.beta[0], np.sqrt(found.tau2)
    total = 0.0
    for a, n1, c, n2 in zip(*COUNTS, strict=True):

        def f(u, a=a, n1=n1, c=c, n2=n2):
            return nchypergeom_fisher.pmf(a, n1 + n2, n1, a + c, np.exp(beta + tau * u)) * norm.pdf(u)

        total += np.log(quad(f, -8, 8, epsabs=1e-13)[0])
    assert found.log_likelihood == pytest.approx(total, abs=1e-7)


def test_one_table_is_the_conditional_odds_ratio():
    found = glmm([8], [40], [3], [42], model="cm.el", fitting=CountFitting(method="fixed"))
    assert np.exp(found.beta[0]) == pytest.approx(odds_ratio([[8, 32], [3, 39]]).statistic, rel=1e-6)
    assert found.tau2 == 0
    assert found.heterogeneity is None


def test_rates_are_binomial_given_the_total():
    """With common effects the free levels of Poisson counts drop out: both forms are one likelihood."""
    levels, given = (
        glmm(*COUNTS, model=m, measure="irr", fitting=CountFitting(method="fixed"))
        for m in ("um.fs", "cm.el")
    )
    assert levels.beta == pytest.approx(given.beta, rel=1e-7)
    assert levels.se == pytest.approx(given.se, rel=1e-5)


@pytest.mark.parametrize("model", module.MODELS)
def test_groups_change_places_and_tables_their_order(model):
    one = glmm(*COUNTS, model=model)
    swapped = glmm(*COUNTS[2:], *COUNTS[:2], model=model)
    assert swapped.beta == pytest.approx(-one.beta, rel=1e-5)
    assert swapped.tau2 == pytest.approx(one.tau2, rel=1e-4, abs=1e-7)
    turned = glmm(*(column[::-1] for column in COUNTS), model=model)
    assert turned.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-8)


def test_covariates_and_heterogeneity():
    x = np.column_stack([np.ones(5), np.arange(5.0) - 2])
    found = glmm(*COUNTS, x, model="cm.al")
    assert found.beta.shape == (2,)
    assert found.heterogeneity >= 0
    assert found.heterogeneity_p == pytest.approx(1.0) or found.heterogeneity > 0
    plain = glmm(*COUNTS, model="cm.al", fitting=CountFitting(method="fixed"))
    common = glmm(*COUNTS, x, model="cm.al", fitting=CountFitting(method="fixed"))
    assert common.log_likelihood > plain.log_likelihood


def test_a_study_without_cases_says_nothing():
    more = tuple([*column, extra] for column, extra in zip(COUNTS, (0, 60, 0, 55), strict=True))
    one, two = glmm(*COUNTS, model="cm.el"), glmm(*more, model="cm.el")
    assert two.beta == pytest.approx(one.beta)
    assert two.k == one.k == 5


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (([0, 0], [9, 9], [2, 1], [9, 9]), {}, "one group has no cases"),
        (([1, 12], [9, 9], [2, 1], [9, 9]), {}, "more cases than patients"),
        (([1, 2], [9, 9], [2, 1], [9, 9]), {"model": "um"}, "no model"),
        (([1, 2], [9, 9], [2, 1], [9, 9]), {"points": 0}, "points"),
        (([1], [9], [2], [9]), {}, "1 studies with cases"),
        (([1, 2], [9, 9], [2, float("nan")], [9, 9]), {}, "missing"),
        (([1, 2], [9, 9], [2, 1], [9, 9]), {"measure": "rr"}, "no measure"),
        (([1.5, 2], [9, 9], [2, 1], [9, 9]), {"model": "cm.el"}, "whole number"),
        (([1e6, 2], [1e7, 9], [2e6, 1], [1e7, 9]), {"model": "cm.el"}, "too many cases"),
        (([1, 2, 3], [9, 9, 9], [2, 1, 3], [9, 9, 9], np.ones((3, 2))), {}, "cannot tell 2 coefficients"),
    ],
)
def test_hostile(change, options, words):
    options = dict(options)
    points = options.pop("points", None)
    with pytest.raises(InputError, match=words):
        glmm(*change, **options, fitting=CountFitting(points=points))


def test_a_fit_that_does_not_converge_is_an_error(monkeypatch):
    monkeypatch.setattr(module, "differences", lambda f, at: (np.ones(len(at)), -np.eye(len(at))))
    with pytest.raises(InputError, match=r"did not converge.*cm\.al"):
        glmm(*COUNTS)
