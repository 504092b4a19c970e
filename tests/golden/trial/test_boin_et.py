"""BOIN-ET against boinet 1.5.0: boundaries, and operating characteristics within Monte-Carlo error."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import betainc, betaincc

from marrowdose.trial.dose_finding.design import Design, Timing
from marrowdose.trial.dose_finding.mathematics.boin_et_bounds import Rates, boundaries
from marrowdose.trial.dose_finding.parts.limits.elimination import Elimination
from marrowdose.trial.dose_finding.parts.limits.inefficacy import Inefficacy
from marrowdose.trial.dose_finding.parts.toxicity_alone.tite_boin import EliminationByTreated, TooManyPending
from marrowdose.trial.dose_finding.parts.with_efficacy.boin_et import BoinEt
from marrowdose.trial.dose_finding.parts.with_efficacy.tite_boin_et import TiteBoinEt
from marrowdose.trial.dose_finding.people import people
from marrowdose.trial.dose_finding.seen import View, empty
from marrowdose.trial.dose_finding.simulate import simulate
from marrowdose.trial.dose_finding.true_rates import TrueRates
from places import golden

CASES = golden("boin_et")["cases"]
ESTIMATOR = {"obs.prob": "observed", "multi.iso": "unimodal"}
CRITERION = {"max.effprob": "efficacy", "utility.weighted": "weighted", "utility.scoring": "scored"}


def cases(kind: str):
    return [pytest.param(c["input"], c["expected"], id=c["id"]) for c in CASES if c["kind"] == kind]


@pytest.mark.parametrize("given,expected", cases("BOIN-ET_boundaries"))
def test_boundaries(given, expected) -> None:
    assert given["prior"] == pytest.approx([1 / 6] * 6)
    rates = Rates(
        target=given["phi"],
        safe=given["phi1"],
        toxic=given["phi2"],
        efficacy=given["delta"],
        idle=given["delta1"],
    )
    assert boundaries(rates, given["n"], given["grid"]) == (
        expected["lambda1"],
        expected["lambda2"],
        expected["eta1"],
    )


def same(share, p, trials: int, theirs: int) -> None:
    mean = (share * trials + p * theirs + 1) / (trials + theirs + 2)  # pooled: a share of 0 has an error too
    se = np.sqrt(mean * (1 - mean) * (1 / trials + 1 / theirs))
    assert (np.abs(share - p) <= 4 * se + 1e-3).all(), (share, p)  # their percentages have one decimal


def part_of(given) -> BoinEt:
    return BoinEt(
        target=given["phi"],
        efficacy=given["delta"],
        estimator=ESTIMATOR[given["estimator"]],
        criterion=CRITERION[given["obd"]],
    )


def walked(part: BoinEt, truth: TrueRates, patients: int, trials: int) -> View:
    """Final counts by boinet's own way round doses that are excluded, all trials in step.

    It bars each dose by its own data alone and, going up, jumps over a barred dose to the next one above.
    """
    doses = len(truth.toxicity)
    met = people(truth, np.arange(trials), patients, seed=3, timed=False)
    view = empty(tuple(range(1, doses + 1)), trials, efficacy=True)
    at, going, rows, index = np.zeros(trials, int), np.ones(trials, bool), np.arange(trials), np.arange(doses)
    for first in range(0, patients, 3):
        here = rows[going], at[going]
        toxic = met.toxicity[first : first + 3] < np.array(truth.toxicity)[at]
        effective = met.efficacy[first : first + 3] < np.array(truth.efficacy)[at]
        view.treated[here] += 3
        view.toxic[here] += toxic.sum(axis=0)[going].astype(np.int16)
        view.effective[here] += effective.sum(axis=0)[going].astype(np.int16)
        n, t, e = view.treated, view.toxic, view.effective
        bad = (betaincc(1.0 + t, 1.0 + n - t, part.target) > 0.95) | (
            betainc(1.0 + e, 1.0 + n - e, part.rates.idle) > 0.99
        )
        view = replace(view, current=at)
        wanted = part.propose(view)
        beyond = (
            (at == doses - 1)
            & (t[rows, at] <= part.bounds[0] * n[rows, at])
            & (e[rows, at] <= part.bounds[2] * n[rows, at])
        )
        up = np.where(~bad & (index >= wanted[:, None]), index, doses).min(axis=1)
        down = np.where(~bad & (index <= wanted[:, None]), index, -1).max(axis=1)
        new = np.where(wanted > at, np.where(up < doses, up, at), down)
        new = np.where(~bad[rows, wanted], wanted, np.where(beyond, at, new))
        going &= (new >= 0) & ~bad.all(axis=1)
        at = np.where(going, new, at)
    return view


@pytest.mark.parametrize("given,expected", cases("BOIN-ET_OC"))
def test_operating_characteristics(given, expected) -> None:
    part = part_of(given)
    truth = TrueRates(
        toxicity=tuple(given["tox"]), efficacy=tuple(given["eff"]), association=given["te_corr"]
    )
    trials = 4000
    view = walked(part, truth, given["cohort"] * given["ncohort"], trials)
    chosen = part.select(view, np.ones(view.treated.shape, bool))
    share = np.bincount(chosen[chosen >= 0], minlength=5) / trials
    same(share, np.array(expected["select_pct"]) / 100, trials, given["nsim"])
    se = view.treated.std(axis=0) * np.sqrt(1 / trials + 1 / given["nsim"])
    assert (np.abs(view.treated.mean(axis=0) - expected["n"]) <= 4 * se + 0.05).all()


@pytest.mark.parametrize("given,expected", cases("BOIN-ET_OC"))
def test_no_dose_above_a_toxic_one_changes_little(given, expected) -> None:
    """The design as it runs here never jumps over a barred dose: the choice stays the same within error."""
    part = part_of(given)
    design = Design(
        name="BOIN-ET",
        doses=tuple(range(1, 6)),
        cohort=given["cohort"],
        patients=given["cohort"] * given["ncohort"],
        propose=part,
        select=part,
        limits=(
            Elimination(target=given["phi"], least=1),
            Inefficacy(limit=part.rates.idle, cutoff=0.99, least=1),
        ),
    )
    truth = TrueRates(
        toxicity=tuple(given["tox"]), efficacy=tuple(given["eff"]), association=given["te_corr"]
    )
    trials = 2000
    runs = simulate(design, truth, trials, seed=3)
    share = np.bincount(runs.chosen[runs.chosen >= 0], minlength=5) / trials
    same(share, np.array(expected["select_pct"]) / 100, trials, given["nsim"])
    assert (np.abs(runs.treated.mean(axis=0) - expected["n"]) <= 1.5).all()


@pytest.mark.parametrize("given,expected", cases("TITE-BOIN-ET_OC"))
def test_operating_characteristics_with_late_events(given, expected) -> None:
    """Patients enter here at even intervals, there at random ones of the same mean; months of 28 days."""
    month = 28.0
    chooser = BoinEt(target=given["phi"], efficacy=given["delta"])
    design = Design(
        name="TITE-BOIN-ET",
        doses=tuple(range(1, 6)),
        cohort=given["cohort"],
        patients=given["cohort"] * given["ncohort"],
        propose=TiteBoinEt(target=given["phi"], efficacy=given["delta"]),
        select=chooser,
        limits=(
            EliminationByTreated(target=given["phi"], least=1),
            Inefficacy(limit=chooser.rates.idle, cutoff=0.99, least=1),
        ),
        pauses=(TooManyPending(share=0.5),),
        timing=Timing(
            interval=given["accrual_days"] / month,
            window=given["tau_T"] / month,
            efficacy_window=given["tau_E"] / month,
            waits=False,
        ),
    )
    truth = TrueRates(toxicity=tuple(given["tox"]), efficacy=tuple(given["eff"]), association=0.2)
    trials = 1000
    runs = simulate(design, truth, trials, seed=3)
    share = np.bincount(runs.chosen[runs.chosen >= 0], minlength=5) / trials
    same(share, np.array(expected["select_pct"]) / 100, trials, given["nsim"])
    assert (np.abs(runs.treated.mean(axis=0) - expected["n"]) <= 1.5).all()
    assert runs.duration.mean() * month == pytest.approx(expected["duration"], rel=0.1)
