"""Dose-finding designs against BOIN 2.7.2, Keyboard 0.1.3, lrstat 0.2.15 and escalation 0.2.3 (in the JSONs).

Tables and choices exactly, thresholds 1e-12, exact path probabilities 1e-9, operating characteristics (ours
by enumeration) within four Monte-Carlo errors of their run. Where programs differ from each other:
validation/escalation/README.md.
"""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from marrowdose.trial.dose_finding.decisions import decide
from marrowdose.trial.dose_finding.design import Design
from marrowdose.trial.dose_finding.parts.limits.elimination import Elimination
from marrowdose.trial.dose_finding.parts.limits.isotonic import Isotonic, isotonic
from marrowdose.trial.dose_finding.parts.limits.no_skipping import NoSkipping
from marrowdose.trial.dose_finding.parts.toxicity_alone.boin import Boin
from marrowdose.trial.dose_finding.parts.toxicity_alone.keyboard import Keyboard
from marrowdose.trial.dose_finding.parts.toxicity_alone.mtpi import Mtpi
from marrowdose.trial.dose_finding.parts.toxicity_alone.three_plus_three import ThreePlusThree
from marrowdose.trial.dose_finding.paths import all_paths
from marrowdose.trial.dose_finding.reasons import decision_table
from marrowdose.trial.dose_finding.seen import View
from marrowdose.trial.dose_finding.true_rates import TrueRates
from places import golden

ESCALATE, DE_ESCALATE, ELIMINATE = "escalate if at most", "de-escalate if at least", "eliminate if at least"


def _cases(file, *kinds):
    cases = [c for c in golden(file)["cases"] if not kinds or c["kind"] in kinds]
    return pytest.mark.parametrize("case", cases, ids=[c["id"] for c in cases])


def _design(propose, limits, *, doses=3, patients=30):
    return Design(
        name="golden",
        doses=tuple(float(d) for d in range(1, doses + 1)),
        cohort=3,
        patients=patients,
        propose=propose,
        select=Isotonic(target=propose.target),
        limits=limits,
    )


def _view(n, y, current=0):
    counts = [np.array([x], np.int16) for x in (n, y)]
    doses = tuple(float(d) for d in range(1, len(n) + 1))
    return View(doses=doses, current=np.array([current]), treated=counts[0], toxic=counts[1])


@_cases("boin_boundaries")
def test_boin_boundaries(case):
    i, theirs = case["input"], case["expected"]
    boin = Boin(target=i["target"], safe=i["p_saf"], toxic=i["p_tox"])
    assert boin.thresholds == pytest.approx((theirs["lambda_e"], theirs["lambda_d"]), abs=1e-12)
    limits = [Elimination(target=i["target"], cutoff=i["cutoff_eli"])]
    if i.get("extrasafe"):
        limits.append(Elimination(target=i["target"], cutoff=i["cutoff_eli"] - i["offset"], lowest_only=True))
    found = decision_table(_design(boin, tuple(limits), patients=i["nmax"]))
    assert list(found[ESCALATE]) == theirs["escalate_if_le"]
    assert list(found[DE_ESCALATE]) == theirs["deescalate_if_ge"]
    assert list(found[ELIMINATE]) == theirs["eliminate_if_ge"]
    if "stop_lowest_ge" in theirs:
        assert list(found["end if at least"]) == theirs["stop_lowest_ge"]


@_cases("boin_select_mtd")
def test_selection(case):
    i, theirs = case["input"], case["expected"]
    view = _view(i["n"], i["y"])
    allowed = Elimination(target=i["target"], cutoff=i["cutoff_eli"]).allowed(view)
    for at_most, name in ((1.0, "mtd"), (Boin(target=i["target"]).thresholds[1], "mtd_boundMTD")):
        chosen = int(Isotonic(target=i["target"], at_most=at_most).select(view, allowed)[0]) + 1
        assert (chosen or None) == theirs[name], name
    rates = isotonic(view, view.treated > 0)[0]
    for ours, printed in zip(rates, theirs["p_iso_2dp"], strict=True):
        assert (printed is None) == bool(np.isnan(ours))
        assert printed is None or abs(ours - printed) <= 0.005 + 1e-9


@_cases("keyboard_boundaries", "keyboard_boundary")
def test_keyboard_boundaries(case):
    i, theirs = case["input"], case["expected"]
    keyboard = Keyboard(target=i["target"], low=i["key"][0], high=i["key"][1])
    limits = (Elimination(target=i["target"], cutoff=i["cutoff_eli"], least=1),)
    found = decision_table(_design(keyboard, limits, patients=i["nmax"]))
    assert list(found[ESCALATE]) == theirs["Escalate if # of DLT <="]
    assert list(found[DE_ESCALATE]) == theirs["de-escalate if # of DLT >="]
    assert list(found[ELIMINATE]) == theirs["Eliminate if # of DLT >="]


def _decisions(propose, limit, ns, ys):
    """E, S, D at the second of three doses, DU where it is eliminated."""
    for n, y in zip(ns, ys, strict=True):
        view = _view([0, n, 0], [0, y, 0], 1)
        move = int(propose.propose(view)[0]) - 1
        yield {1: "E", 0: "S", -1: "D"}[move] if limit.allowed(view)[0, 1] else "DU"


@_cases("decision_tables_lrstat")
def test_decision_tables(case):
    """Its BOIN eliminates from three patients on, its mTPI-2 from two toxicities on."""
    i, theirs, boin = case["input"], case["expected"], case["kind"] == "BOINTable"
    propose = Boin(target=i["target"]) if boin else Keyboard(target=i["target"])
    limit = Elimination(target=i["target"], cutoff=i["p_excess"], least=3 if boin else 2)
    found = list(_decisions(propose, limit, theirs["n"], theirs["y"]))
    if not boin:
        found = ["D" if y < 2 and f == "DU" else f for f, y in zip(found, theirs["y"], strict=True)]
    assert found == theirs["decision"]


@_cases("mtpi_and_paths", "mtpi_decision", "mtpi2_decision")
def test_mtpi_decisions(case):
    i, theirs = case["input"], case["expected"]
    interval = {"low": i["target"] - i["eps1"], "high": i["target"] + i["eps2"]}
    propose = (Mtpi if case["kind"] == "mtpi_decision" else Keyboard)(target=i["target"], **interval)
    never = Elimination(target=0.99, cutoff=0.9999)
    moves = {"E": 1, "S": 0, "D": -1}
    assert [moves[d] for d in _decisions(propose, never, theirs["n"], theirs["y"])] == theirs["move"]


@_cases("mtpi_and_paths", "3+3_exact")
def test_three_plus_three_exactly(case):
    part = ThreePlusThree()
    design = Design(name="3+3", doses=(1.0, 2.0, 3.0), cohort=3, patients=18, propose=part, select=part)
    found = all_paths(design, TrueRates(toxicity=tuple(case["input"]["true_p"])))
    assert found.chances() == pytest.approx(case["expected"]["prob_recommend"], abs=1e-9)
    assert found.shares() == pytest.approx(case["expected"]["prob_administer"], abs=1e-9)


@_cases("mtpi_and_paths", "BOIN_exact_paths")
def test_boin_paths_exactly(case):
    """Theirs recommends the dose that a further cohort would get."""
    i, theirs = case["input"], case["expected"]
    design = _design(Boin(target=i["target"]), (Elimination(target=i["target"]),), patients=i["n"])
    found = all_paths(design, TrueRates(toxicity=tuple(i["true_p"])))
    following = decide(replace(design, patients=i["n"] + 3), found.view).next
    chances = np.bincount(following + 1, found.probability, minlength=4)
    assert chances == pytest.approx(theirs["prob_recommend"], abs=1e-9)
    assert found.shares() == pytest.approx(theirs["prob_administer"], abs=1e-9)


def _check_characteristics(case, design, trials):
    """Our chances are exact, so the error is that of their run; of events rarer than 10 in it, ten of
    them.
    """
    i, theirs = case["input"], case["expected"]
    found = all_paths(design, TrueRates(toxicity=tuple(i["p_true"])))
    for p, percent in zip(found.chances(), [theirs["percentstop"], *theirs["selpercent"]], strict=True):
        assert abs(p - percent / 100) <= max(4 * sqrt(p * (1 - p) / trials), 10 / trials)
    assert found.patients() == pytest.approx(theirs["npatients"], abs=0.15)
    assert found.toxicities() == pytest.approx(theirs["ntox"], abs=0.1)


@_cases("boin_oc")
def test_boin_characteristics(case):
    i = case["input"]
    limits = (Elimination(target=i["target"], cutoff=i["cutoff_eli"]), NoSkipping())
    design = _design(Boin(target=i["target"]), limits, doses=len(i["p_true"]))
    _check_characteristics(case, design, i["ntrial"])


@_cases("keyboard_boundaries", "keyboard_oc")
def test_keyboard_characteristics(case):
    i = case["input"]
    keyboard = Keyboard(target=i["target"], low=i["key"][0], high=i["key"][1])
    limits = (Elimination(target=i["target"], least=1), NoSkipping())
    _check_characteristics(case, _design(keyboard, limits, doses=len(i["p_true"])), i["ntrial"])
