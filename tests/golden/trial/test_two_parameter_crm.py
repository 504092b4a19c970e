"""The two-parameter reassessment against direct integration, and adaptive weights inside a design."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import norm

from marrowdose.errors import InputError
from marrowdose.trial.dose_finding.design import Design, Timing
from marrowdose.trial.dose_finding.history import next_dose, read_history, view_of
from marrowdose.trial.dose_finding.mathematics.crm_posterior import Pending, posterior, weights
from marrowdose.trial.dose_finding.mathematics.crm_two_parameters import TwoParameters, toxicities
from marrowdose.trial.dose_finding.parts.limits.one_step_up import OneStepUp
from marrowdose.trial.dose_finding.parts.toxicity_alone.tite_crm import TiteCrm
from marrowdose.trial.dose_finding.parts.toxicity_alone.two_parameter_crm import TwoParameterCrm
from marrowdose.trial.dose_finding.paths import all_paths
from marrowdose.trial.dose_finding.seen import Patients, View
from marrowdose.trial.dose_finding.simulate import simulate
from marrowdose.trial.dose_finding.true_rates import TrueRates

SKELETON = (0.05, 0.12, 0.25, 0.4)
CASES = [
    ((3, 0, 0, 0), (0, 0, 0, 0), 1.5, 0.5),
    ((3, 3, 6, 0), (0, 1, 3, 0), 1.5, 0.5),
    ((0, 0, 0, 12), (0, 0, 0, 12), 0.5, 0.2),
    ((12, 12, 12, 12), (1, 2, 3, 8), 3.0, 1.0),
]


@pytest.mark.parametrize(("n", "y", "a_sd", "b_sd"), CASES)
def test_posterior_means(n, y, a_sd, b_sd):
    """By Gauss and Legendre's rule with 400 × 400 nodes."""
    n, y = np.array(n), np.array(y)
    nodes, w = np.polynomial.legendre.leggauss(400)
    a, b = np.meshgrid(10 * a_sd * nodes, 8 * b_sd * nodes, indexing="ij")
    p = expit(a[..., None] + np.exp(b)[..., None] * logit(np.array(SKELETON)))
    density = np.prod(p**y * (1 - p) ** (n - y), axis=-1) * norm.pdf(a / a_sd) * norm.pdf(b / b_sd)
    share = density * w[:, None] * w / (w @ density @ w)
    mean, square = (np.einsum("ab,abj->j", share, p**k) for k in (1, 2))
    found = toxicities(TwoParameters(skeleton=SKELETON, intercept_sd=a_sd, slope_sd=b_sd), [n - y], [y])
    assert found.mean[0] == pytest.approx(mean, abs=1e-7)
    assert found.sd[0] == pytest.approx(np.sqrt(square - mean**2), abs=1e-6)


def test_finer_is_the_same():
    rng = np.random.default_rng(4)
    n = rng.integers(0, 10, (60, 4))
    y = rng.binomial(n, rng.uniform(0, 1, (60, 1)))
    for model in (
        TwoParameters(skeleton=SKELETON),
        TwoParameters(skeleton=SKELETON, intercept_sd=0.5, slope_sd=0.2),
    ):
        coarse, fine = (toxicities(model, n - y, y, fineness=k) for k in (1, 2))
        assert coarse.mean == pytest.approx(fine.mean, abs=1e-7)
        assert (np.diff(coarse.mean, axis=1) > 0).all()
        more = toxicities(model, (n - y), y + (np.arange(4) == 1))
        assert (more.mean > coarse.mean).all()


def two(**changes):
    part = TwoParameterCrm(target=0.25, skeleton=SKELETON)
    given = {
        "name": "two",
        "doses": (1.0, 10.0, 25.0, 50.0),
        "cohort": 3,
        "patients": 18,
        "propose": part,
        "select": part,
        "limits": (OneStepUp(),),
    }
    return Design(**{**given, **changes})


def test_simulation_is_enumeration():
    truth = TrueRates(toxicity=(0.05, 0.12, 0.25, 0.4))
    exact, runs = all_paths(two(), truth), simulate(two(), truth, 4000, seed=3)
    for j, p in enumerate(exact.chances()):
        assert abs(np.mean(runs.chosen + 1 == j) - p) <= 4.5 * np.sqrt(p * (1 - p) / 4000)
    assert exact.chances().argmax() == 3  # 25 M, the dose of 0.25


def tite(scheme):
    part = TiteCrm(target=0.25, skeleton=SKELETON, weights=scheme)
    return two(propose=part, select=part, cohort=1, timing=Timing(interval=1.0, window=6.0, waits=False))


def test_adaptive_weights_in_the_part():
    """As the function has them for the times seen; late toxicities make the pending count less, so fewer
    escalate.
    """
    who = Patients(
        dose=np.array([[0, 0, 1, 1, -1]]),
        followed=np.array([[6.0, 5.0, 4.0, 2.0, 0.0]]),
        toxic=np.array([[False, True, True, False, False]]),
        toxicity_window=6.0,
        toxic_after=np.array([[np.inf, 4.5, 3.0, np.inf, np.inf]]),
    )
    view = View(
        doses=(1.0, 10.0, 25.0, 50.0),
        current=np.array([1]),
        treated=np.array([[2, 2, 0, 0]]),
        toxic=np.array([[1, 1, 0, 0]]),
        pending=np.array([[0, 1, 0, 0]]),
        patients=who,
    )
    part = tite("adaptive").propose
    w = weights(np.array([[6.0, 4.5, 3.0, 2.0, np.nan]]), who.toxic, 6.0, "adaptive")
    assert w[0, 3] == pytest.approx(2 / 9)  # two thirds of the first of three parts
    pending = Pending(dose=np.array([[1]]), weight=w[:, 3:4])
    expected = posterior(part.curves, part.prior_sd, [[1, 0, 0, 0]], view.toxic, pending)
    assert part.beta(view).mean == pytest.approx(expected.mean, abs=1e-9)
    with pytest.raises(InputError, match="toxic_after"):
        part.beta(replace(view, patients=replace(who, toxic_after=None)))
    truth = TrueRates(toxicity=SKELETON, late=0.9)
    linear, adaptive = (simulate(tite(s), truth, 400, seed=1) for s in ("linear", "adaptive"))
    assert adaptive.treated[:, 3].mean() < linear.treated[:, 3].mean()


def history(tmp_path, *rows, head="dose,toxic,followed,toxic_after"):
    path = tmp_path / "history.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


def test_adaptive_weights_at_the_bedside(tmp_path):
    """The time of a toxicity in the history decides the weight of those pending; without it the design
    refuses.
    """
    plan = tite("adaptive")
    rows = ["1,0,6,", "1,1,6,{}", "1,0,2,"]
    early, late = (
        view_of(plan, read_history(history(tmp_path, *(r.format(t) for r in rows)), plan)) for t in (1, 5)
    )
    assert plan.propose.beta(early).mean[0] > plan.propose.beta(late).mean[0]  # weights 3/5 and 1/5
    w = {1: 0.5 + 0.5 / 5, 5: 0.5 * 2 / 5}
    for seen, t in ((early, 1), (late, 5)):
        pending = Pending(dose=np.array([[0]]), weight=np.array([[w[t]]]))
        expected = posterior(plan.propose.curves, plan.propose.prior_sd, [[1, 0, 0, 0]], seen.toxic, pending)
        assert plan.propose.beta(seen).mean == pytest.approx(expected.mean, abs=1e-9)
    untold = read_history(history(tmp_path, "1,1,6", head="dose,toxic,followed"), plan)
    with pytest.raises(InputError, match="toxic_after"):
        next_dose(plan, untold)


@pytest.mark.parametrize("row", ["1,0,6,2", "1,1,6,7", "1,1,6,-1", "1,1,6,soon"])
def test_hostile_times(row, tmp_path):
    with pytest.raises(InputError, match=r"history.csv:2: toxic_after"):
        read_history(history(tmp_path, row), tite("adaptive"))


@pytest.mark.parametrize(
    ("field", "value"),
    [("target", 1.0), ("skeleton", (0.3, 0.2)), ("skeleton", ()), ("intercept_sd", 0.0), ("slope_sd", 9.0)],
)
def test_hostile_parts(field, value):
    with pytest.raises(InputError, match=field):
        TwoParameterCrm(**{"target": 0.25, "skeleton": SKELETON, field: value})
    with pytest.raises(InputError, match="weights"):
        TiteCrm(target=0.25, skeleton=SKELETON, weights="square")
