"""MMRM fits and sample sizes against nlme and longpower (versions in the JSON).

nlme stops up to 3e-5 below the maximum of the restricted likelihood; ours is shown to be the maximum by a
dense likelihood written here. Hence one coefficient of mmrm_3 differs by 2e-4 of itself (0.02 % of its
standard error).
"""

import math

import numpy as np
import pytest

from marrowdose.statistics.repeated import LastVisitTest, ar1, mmrm, mmrm_power, mmrm_sample_size
from places import golden

FILE = golden("longitudinal_power_mmrm")
KINDS = {
    kind: [case for case in FILE["cases"] if case["kind"] == kind]
    for kind in {c["kind"] for c in FILE["cases"]}
}


def _by_id(kind):
    return pytest.mark.parametrize("case", KINDS[kind], ids=lambda case: case["id"])


@_by_id("power_mmrm")
def test_sample_size(case):
    given, expected = case["input"], case["expected"]
    ratio = given["alloc_ratio_lambda"]
    test = LastVisitTest(delta=given["delta"], sd=given["sd_final"], alpha=given["alpha_two_sided"])
    n = mmrm_sample_size(given["R"], given["retention"], test, power=given["power"], ratio=ratio)
    assert n == pytest.approx((expected["n1"], expected["n2"]), abs=1e-3)
    total = expected["N_rounded"]
    rounded = (total * ratio / (1 + ratio), total / (1 + ratio))
    found = mmrm_power(rounded, given["R"], given["retention"], test)
    assert found == pytest.approx(expected["power_at_rounded_N"], abs=1e-6)


@_by_id("power_mmrm_ar1")
def test_sample_size_ar1(case):
    given, expected = case["input"], case["expected"]
    n = mmrm_sample_size(
        ar1(given["rho"], len(given["retention"])),
        given["retention"],
        LastVisitTest(delta=given["delta"], sd=given["sd_final"]),
        power=given["power"],
    )
    assert n == pytest.approx((expected["n1"], expected["n2"]), abs=1e-3)


def wide(given):
    """Values (patients, visits), arms, baselines."""
    patients, row = np.unique(given["id"], return_inverse=True)
    visit = np.array(given["visit"]) - 1
    values = np.full((len(patients), visit.max() + 1), np.nan)
    values[row, visit] = given["y"]
    baseline, arm = np.empty(len(patients)), np.empty(len(patients), dtype=int)
    baseline[row], arm[row] = (
        given["baseline"],
        np.unique([float(d) for d in given["dose"]], return_inverse=True)[1],
    )
    return values, arm, baseline


def dense_loglik(values, arm, baseline, sigma):
    """The restricted log-likelihood, patient by patient, the coefficients and their covariance."""
    arms, visits = arm.max() + 1, values.shape[1]
    information, right, squares, logdet, count = 0.0, 0.0, 0.0, 0.0, 0
    for y, a, x in zip(values, arm, baseline, strict=True):
        seen = np.isfinite(y)
        row = np.append(np.eye(arms)[a], x)
        design = np.kron(row, np.eye(visits))[seen]
        weight = np.linalg.inv(sigma[np.ix_(seen, seen)])
        information = information + design.T @ weight @ design
        right = right + design.T @ weight @ y[seen]
        squares += y[seen] @ weight @ y[seen]
        logdet -= np.linalg.slogdet(weight)[1]
        count += seen.sum()
    beta = np.linalg.solve(information, right)
    constant = (count - len(beta)) * math.log(2 * math.pi)
    top = -0.5 * (constant + logdet + np.linalg.slogdet(information)[1] + squares - right @ beta)
    return top, beta, np.linalg.inv(information)


@_by_id("mmrm_REML")
def test_fit(case):
    values, arm, baseline = wide(case["input"])
    fit, expected = mmrm(values[None], arm, baseline=baseline), case["expected"]
    assert fit.converged.all()
    assert fit.loglik[0] == pytest.approx(expected["logREML"], abs=1e-4)
    assert fit.loglik[0] >= expected["logREML"] - 1e-8  # ours is the maximum
    intercept = fit.means[0] - fit.slopes[0] * fit.at[0]
    ours = {f"visit{v + 1}": intercept[0, v] for v in range(3)}
    for a, dose in enumerate(("10", "50"), start=1):
        effect = fit.means[0, a] - fit.means[0, 0]
        ours[f"dose{dose}"] = effect[0]
        ours |= {f"visit{v + 1}:dose{dose}": effect[v] - effect[0] for v in (1, 2)}
    ours |= {f"visit{v + 1}:base": fit.slopes[0, v] for v in range(3)}
    theirs = dict(zip(expected["coef_names"], expected["coef"], strict=True))
    assert ours.keys() == theirs.keys()
    effects, errors = fit.effect()
    for a, dose in enumerate(("10", "50"), start=1):
        error = errors[0, a]
        assert error == pytest.approx(expected[f"se_dose{dose}"], rel=1e-3)
        assert effects[0, a] == pytest.approx(expected[f"month12_dose{dose}_minus_0"], abs=2e-4 * error)
        for name in theirs:  # every one to 1e-4 of itself, or 2e-4 of the standard error of the effect
            assert ours[name] == pytest.approx(theirs[name], rel=1e-4, abs=2e-4 * error)
    assert np.sqrt(np.diag(fit.sigma[0])) == pytest.approx(expected["sd_visit"], rel=1e-3)


@_by_id("mmrm_REML")
def test_it_is_the_maximum_of_the_dense_likelihood(case):
    values, arm, baseline = wide(case["input"])
    fit = mmrm(values[None], arm, baseline=baseline)
    top, beta, covariance = dense_loglik(values, arm, baseline, fit.sigma[0])
    assert top == pytest.approx(fit.loglik[0], abs=1e-8)
    assert fit.slopes[0] == pytest.approx(beta[-3:], abs=1e-9)
    contrast = np.kron([-1, 0, 1, 0], [0, 0, 1])  # the last arm against the first at the last visit
    effects, errors = fit.effect()
    assert effects[0, 2] == pytest.approx(contrast @ beta, abs=1e-9)
    assert errors[0, 2] == pytest.approx(math.sqrt(contrast @ covariance @ contrast), abs=1e-9)
    for a in range(3):
        for b in range(a + 1):
            for step in (-0.5, 0.5):
                moved = fit.sigma[0].copy()
                moved[a, b] += step
                moved[b, a] = moved[a, b]
                assert dense_loglik(values, arm, baseline, moved)[0] < top
