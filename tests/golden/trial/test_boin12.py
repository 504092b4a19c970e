"""BOIN12 against escalation 0.2.3: rank-based desirability scores and the next dose."""

import numpy as np
import pytest

from marrowdose.trial.dose_finding.mathematics.desirability import score_table
from marrowdose.trial.dose_finding.parts.with_efficacy.boin12 import Boin12
from marrowdose.trial.dose_finding.seen import View
from places import golden

CASES = golden("boin12_and_crm_paths")["cases"]


def cases(kind: str):
    return [pytest.param(c["input"], c["expected"], id=c["id"]) for c in CASES if c["kind"] == kind]


def view_of(outcomes: str, doses: int) -> View:
    found = {k: np.zeros((1, doses), np.int16) for k in ("treated", "toxic", "effective", "both")}
    for cohort in outcomes.split():
        at = int(cohort[0]) - 1
        for seen in cohort[1:]:
            found["treated"][0, at] += 1
            found["toxic"][0, at] += seen in "TB"
            found["effective"][0, at] += seen in "EB"
            found["both"][0, at] += seen == "B"
    return View(doses=tuple(range(1, doses + 1)), current=np.array([at]), **found)


@pytest.mark.parametrize("given,expected", cases("BOIN12_RDS"))
def test_desirability_scores(given, expected) -> None:
    assert (given["u_noT_E"], given["u_T_noE"], given["prior"]) == (100, 0, [1, 1])
    part = Boin12(
        toxicity_limit=given["phi_T"],
        efficacy_limit=given["phi_E"],
        neither=given["u_noT_noE"],
        both=given["u_T_E"],
        toxicity_cutoff=given["c_T"],
        efficacy_cutoff=given["c_E"],
    )
    found = score_table(part.utilities, part.limits, given["sample_sizes"])
    wanted = {
        (n, t, e): s for n, t, e, s in zip(*(expected[k] for k in ("n", "tox", "eff", "rds")), strict=True)
    }
    assert len(wanted) == len(found.score)
    for n, t, e, s in zip(found.patients, found.toxic, found.effective, found.score, strict=True):
        assert wanted[(n, t, e)] == (None if np.isnan(s) else s), (n, t, e)


@pytest.mark.parametrize("given,expected", cases("BOIN12_next_dose"))
def test_next_dose(given, expected) -> None:
    part = Boin12(
        toxicity_limit=given["phi_T"],
        efficacy_limit=given["phi_E"],
        neither=given["u"][1],
        both=given["u"][2],
        toxicity_cutoff=given["c_T"],
        efficacy_cutoff=given["c_E"],
        enough=given["n_star"],
    )
    view = view_of(given["outcomes"], given["num_doses"])
    value, allowed = part.appraise(view)
    np.testing.assert_allclose(100 * value[0], expected["utility"], atol=1e-9, rtol=0)
    near = np.abs(np.arange(given["num_doses"]) - view.current[0]) <= 1
    assert (allowed[0] & near).tolist() == expected["admissible"]
    assert part.propose(view)[0] + 1 == expected["recommended"]
