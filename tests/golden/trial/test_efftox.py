"""EffTox against trialr 0.1.6 (72,000 draws by Hamiltonian Monte Carlo)."""

import numpy as np
import pytest

from marrowdose.trial.dose_finding.mathematics import efftox_posterior as efftox
from marrowdose.trial.dose_finding.parts.with_efficacy.efftox import EffTox
from marrowdose.trial.dose_finding.seen import View
from places import golden

CASES = golden("efftox")["cases"]


def cases(kind: str):
    return [pytest.param(c["input"], c["expected"], id=c["id"]) for c in CASES if c["kind"] == kind]


def contour(eff0: float, tox1: float, eff: float, tox: float) -> efftox.Contour:
    return efftox.Contour(efficacy_alone=eff0, toxicity_alone=tox1, between=(eff, tox))


@pytest.mark.parametrize("given,expected", cases("efftox_contour"))
def test_contour(given, expected) -> None:
    found = contour(given["eff0"], given["tox1"], given["eff_star"], given["tox_star"])
    assert found.exponent == pytest.approx(expected["p_exact"], abs=1e-9)
    assert found.exponent == pytest.approx(expected["p"], abs=1e-4)
    efficacy, toxicity = np.array(given["points_eff_tox"]).T
    np.testing.assert_allclose(found.utility(efficacy, toxicity), expected["utility"], atol=1e-4, rtol=0)


def model_of(given) -> efftox.Model:
    names = ("toxicity_intercept", "toxicity_slope", "efficacy_intercept", "efficacy_slope")
    names += ("efficacy_curvature", "association")
    priors = [given["priors"][k] for k in ("alpha", "beta", "gamma", "zeta", "eta", "psi")]
    return efftox.Model(
        doses=tuple(given["real_doses"]),
        priors=efftox.Priors(**{k: tuple(v) for k, v in zip(names, priors, strict=True)}),
        contour=contour(*given["contour"]),
        toxicity_limit=given["tox_hurdle"],
        efficacy_limit=given["eff_hurdle"],
    )


def counts_of(outcomes: str, doses: int) -> dict[str, np.ndarray]:
    found = {k: np.zeros((1, doses)) for k in ("treated", "toxic", "effective", "both")}
    for cohort in outcomes.split():
        at = int(cohort[0]) - 1
        for seen in cohort[1:]:
            found["treated"][0, at] += 1
            found["toxic"][0, at] += seen in "TB"
            found["effective"][0, at] += seen in "EB"
            found["both"][0, at] += seen == "B"
    return found


@pytest.mark.parametrize("given,expected", cases("efftox_posterior"))
@pytest.mark.parametrize("nodes", [{}, {"nodes": 2048}])
def test_posterior(given, expected, nodes) -> None:
    model = model_of(given)
    found = efftox.posterior(model, **counts_of(given["outcomes"], len(model.doses)), **nodes)
    pairs = {
        "toxicity": "prob_tox",
        "efficacy": "prob_eff",
        "tolerable": "prob_acc_tox",
        "active": "prob_acc_eff",
    }
    for ours, theirs in pairs.items():
        np.testing.assert_allclose(getattr(found, ours)[0], expected[theirs], atol=0.01, rtol=0, err_msg=ours)
    np.testing.assert_allclose(found.utility[0], expected["utility"], atol=0.03, rtol=0)


@pytest.mark.parametrize("given,expected", cases("efftox_posterior"))
def test_recommended_dose(given, expected) -> None:
    priors = model_of(given).priors
    part = EffTox(
        toxicity_limit=given["tox_hurdle"],
        efficacy_limit=given["eff_hurdle"],
        toxicity_cutoff=given["p_t"],
        efficacy_cutoff=given["p_e"],
        contour=tuple(given["contour"]),
        **{k: getattr(priors, k) for k in priors.__dataclass_fields__},
    )
    doses = tuple(float(d) for d in given["real_doses"])
    counts = {k: v.astype(np.int16) for k, v in counts_of(given["outcomes"], len(doses)).items()}
    last = int(given["outcomes"].split()[-1][0]) - 1
    view = View(doses=doses, current=np.array([last]), **counts)
    _, acceptable = part.appraise(view)
    assert acceptable[0].tolist() == expected["acceptable"]
    assert part.propose(view)[0] + 1 == expected["recommended"]
