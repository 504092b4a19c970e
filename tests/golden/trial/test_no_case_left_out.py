"""Every case of every file of trial numbers is pinned, and the fields that the tests by design leave out.

The tests by design compare what decides; here are the other numbers that the same programs printed. Which
test compares which file is listed in validation/every_case/README.md.
"""

from collections import Counter

import numpy as np
import pytest
from scipy.special import ndtr

from marrowdose.statistics.sequential import Spending, spending_bounds, wang_tsiatis
from marrowdose.trial.dose_finding.decisions import decide
from marrowdose.trial.dose_finding.design import Design
from marrowdose.trial.dose_finding.mathematics import crm_posterior
from marrowdose.trial.dose_finding.mathematics.crm_planning import Curves
from marrowdose.trial.dose_finding.parts.limits.elimination import Elimination
from marrowdose.trial.dose_finding.parts.limits.isotonic import Isotonic, overdosing
from marrowdose.trial.dose_finding.parts.limits.no_skipping import NoSkipping
from marrowdose.trial.dose_finding.parts.toxicity_alone.boin import Boin
from marrowdose.trial.dose_finding.parts.toxicity_alone.keyboard import Keyboard
from marrowdose.trial.dose_finding.parts.with_efficacy.boin12 import Boin12
from marrowdose.trial.dose_finding.paths import Paths, all_paths
from marrowdose.trial.dose_finding.seen import View
from marrowdose.trial.dose_finding.true_rates import TrueRates
from places import GOLDEN, golden

# cases in the reference files; the copies split or join some of them
PINNED = {
    "assurance_power": 11,
    "bayes_exact_monitoring": 23,
    "boin_boundaries": 12,
    "boin_et": 17,
    "boin_oc": 6,
    "boin_select_mtd": 20,
    "crm_oc_dfcrm": 6,
    "crm_posterior_dfcrm": 43,
    "crm_skeletons_dfcrm": 30,
    "decision_tables_lrstat": 8,
    "efftox": 12,
    "gboin_continuous": 17,
    "group_sequential_boundaries": 60,
    "gsb_bayes_group_sequential": 6,
    "longitudinal_power_mmrm": 10,
    "mams_boundaries": 5,
    "maxsprt_critical_values": 58,
    "rar_adaptr": 3,
    "safety_stopping_rules": 20,
    "tite_boin": 4,
    "titecrm_dfcrm": 40,
    # keyboard_decisions (10) is these two, phase12_and_paths (20) the two after them
    "keyboard_boundaries": 8,
    "toxicity_efficacy_intervals": 2,
    "boin12_and_crm_paths": 13,
    "mtpi_and_paths": 7,
}


def _cases(name, kind=""):
    found = [c for c in golden(name)["cases"] if c.get("kind", c["id"]).startswith(kind)]
    assert found
    return pytest.mark.parametrize("case", found, ids=[c["id"] for c in found])


def test_every_case_is_pinned():
    folders = ("allocation", "dose_finding", "monitoring", "repeated", "sequential")
    found = {
        file.stem: len(golden(file.stem)["cases"]) for name in folders for file in (GOLDEN / name).iterdir()
    }
    assert found.items() >= PINNED.items()
    assert sum(PINNED.values()) + 38 == 479  # and the 38 of test_mcpmod_cases.py


@_cases("decision_tables_lrstat", "BOIN")
def test_thresholds_of_lrstat(case):
    given, expected = case["input"], case["expected"]
    boin = Boin(target=given["target"], safe=given["phi1"], toxic=given["phi2"])
    assert boin.thresholds == pytest.approx((expected["lambda1"], expected["lambda2"]), abs=1e-12)


@_cases("boin_select_mtd")
def test_chance_of_overdosing(case):
    """To the two decimals printed; of the doses tried, whether or not the choice is among them."""
    given, printed = case["input"], case["expected"]["p_overdose_2dp"]
    n, y = (np.array([given[k]], np.int16) for k in "ny")
    view = View(doses=tuple(range(1, n.shape[1] + 1)), current=np.array([0]), treated=n, toxic=y)
    found = overdosing(view, n > 0, given["target"])[0]
    assert np.isnan(found).tolist() == [p is None for p in printed]
    for ours, theirs in zip(found, printed, strict=True):
        assert theirs is None or abs(ours - theirs) <= 0.005 + 1e-9


def _paths(propose, limit, given) -> Paths:
    """Ten cohorts of three or as the case says, enumerated."""
    cohort, truth = given["cohortsize"], tuple(given["p_true"])
    design = Design(
        name="golden",
        doses=tuple(float(d + 1) for d in range(len(truth))),
        cohort=cohort,
        patients=cohort * given["ncohort"],
        propose=propose,
        select=Isotonic(target=given["target"]),
        limits=(limit, NoSkipping()),
    )
    return all_paths(design, TrueRates(toxicity=truth))


def _near(share, theirs, trials):
    """Of an exact chance and a run of ``trials``: four errors, or ten events of rare ones."""
    assert abs(share - theirs) <= max(4 * np.sqrt(share * (1 - share) / trials), 10 / trials)


@_cases("boin_oc")
def test_totals_and_overdosing_of_boin(case):
    """Overdosing: more than 60 % (80 %) of the planned patients got doses above the one nearest the
    target.
    """
    given, expected = case["input"], case["expected"]
    limit = Elimination(target=given["target"], cutoff=given["cutoff_eli"])
    found = _paths(Boin(target=given["target"]), limit, given)
    assert found.patients().sum() == pytest.approx(expected["totaln"], abs=0.15)
    assert found.toxicities().sum() == pytest.approx(expected["totaltox"], abs=0.1)
    best = int(np.abs(np.array(given["p_true"]) - given["target"]).argmin())
    above = found.view.treated[:, best + 1 :].sum(axis=1)
    planned = given["ncohort"] * given["cohortsize"]
    for percent in (60, 80):
        printed = expected[f"pct_overdose{percent}"]
        assert (printed is None) == (
            given["target"] not in given["p_true"]
        )  # where it says none is at the target
        if printed is not None:
            chance = float(found.probability @ (above > percent / 100 * planned))
            _near(chance, printed / 100, given["ntrial"])


@_cases("keyboard_boundaries", "keyboard_oc")
def test_totals_of_keyboard(case):
    given, expected = case["input"], case["expected"]
    keyboard = Keyboard(target=given["target"], low=given["key"][0], high=given["key"][1])
    found = _paths(keyboard, Elimination(target=given["target"], least=1), given)
    assert found.patients().sum() == pytest.approx(expected["totaln"], abs=0.15)


@_cases("crm_posterior_dfcrm", "crm")
def test_moments_of_beta(case):
    """Of the logistic maximum-likelihood fit dfcrm's variance is no variance: see decision 0027."""
    given, expected = case["input"], case["expected"]
    model = {"empiric": "power", "logistic": "logistic"}[given["model"]]
    curves = Curves(skeleton=tuple(given["skeleton"]), model=model, intercept=given["intcpt"])
    level, tox = np.array(given["level"]) - 1, np.array(given["tox"], bool)
    safe, toxic = (np.bincount(level[w], minlength=len(curves.skeleton))[None] for w in (~tox, tox))
    if given["method"] == "bayes":
        found = crm_posterior.posterior(curves, given["prior_sd"], safe, toxic)
    else:
        found = crm_posterior.maximum_likelihood(curves, safe, toxic)
    assert found.mean[0] == pytest.approx(expected["beta"], abs=2e-5)
    if (given["method"], model) == ("mle", "logistic"):
        # it subtracts the square of β from a second moment that is lost in most cases, whatever the data
        second = expected["post_var"] + expected["beta"] ** 2
        assert expected["post_var"] > 0 or second < 1e-3
        assert 0.01 < found.variance[0] < 0.05
    else:
        assert found.variance[0] == pytest.approx(expected["post_var"], abs=2e-5)


SPENDING = {"LDOF": "obrien_fleming", "LDPocock": "pocock", "HSD": "hwang_shih_decani", "Power": "power"}


@_cases("group_sequential_boundaries")
def test_second_program_and_levels(case):
    """rpact's bounds beside gsDesign's, and the nominal level at each look."""
    given, expected = case["input"], case["expected"]
    if "z_upper_rpact" not in expected:
        assert "type" not in given or given["type"] in ("WangTsiatis",)
        return
    alpha = given["alpha_one_sided"]
    if given["type"].startswith("spend_"):
        spending = Spending(SPENDING[given["type"].removeprefix("spend_")], given["par"])
        upper = spending_bounds(given["information_fractions"], alpha, spending).upper
    else:
        upper = wang_tsiatis(given["K"], alpha, {"OF": 0.0, "Pocock": 0.5}[given["type"]]).upper
    assert upper == pytest.approx(expected["z_upper_rpact"], abs=1e-4)
    if "stage_level" in expected:
        assert ndtr(-upper) == pytest.approx(expected["stage_level"], abs=1e-6)


@_cases("boin12_and_crm_paths", "BOIN12_next")
def test_boin12_goes_on(case):
    given = case["input"]
    part = Boin12(
        toxicity_limit=given["phi_T"],
        efficacy_limit=given["phi_E"],
        neither=given["u"][1],
        both=given["u"][2],
        toxicity_cutoff=given["c_T"],
        efficacy_cutoff=given["c_E"],
        enough=given["n_star"],
    )
    found = {
        k: np.zeros((1, given["num_doses"]), np.int16) for k in ("treated", "toxic", "effective", "both")
    }
    at = 0
    for cohort in given["outcomes"].split():
        at, seen = int(cohort[0]) - 1, Counter(cohort[1:])
        found["treated"][0, at] += seen.total()
        found["toxic"][0, at] += seen["T"] + seen["B"]
        found["effective"][0, at] += seen["E"] + seen["B"]
        found["both"][0, at] += seen["B"]
    doses = tuple(float(d + 1) for d in range(given["num_doses"]))
    design = Design(name="BOIN12", doses=doses, cohort=3, patients=60, propose=part, select=part)
    decision = decide(design, View(doses=doses, current=np.array([at]), **found))
    assert decision.stopped[0] != case["expected"]["continue"]
    assert decision.next[0] + 1 == case["expected"]["recommended"]
