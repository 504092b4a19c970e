"""What must hold for dose-finding designs: run by the tests, and by the test that plants faults."""

from math import sqrt

import numpy as np

import backfill_checks
from marrowdose.trial.dose_finding import decisions, paths
from marrowdose.trial.dose_finding import simulate as escalation
from marrowdose.trial.dose_finding.design import Design
from marrowdose.trial.dose_finding.parts.limits.elimination import Elimination
from marrowdose.trial.dose_finding.parts.limits.enough_at_dose import EnoughAtDose
from marrowdose.trial.dose_finding.parts.limits.isotonic import Isotonic
from marrowdose.trial.dose_finding.parts.limits.no_skipping import NoSkipping
from marrowdose.trial.dose_finding.parts.toxicity_alone.boin import Boin
from marrowdose.trial.dose_finding.parts.toxicity_alone.keyboard import Keyboard
from marrowdose.trial.dose_finding.parts.toxicity_alone.mtpi import Mtpi
from marrowdose.trial.dose_finding.parts.toxicity_alone.three_plus_three import ThreePlusThree
from marrowdose.trial.dose_finding.seen import View
from marrowdose.trial.dose_finding.true_rates import TrueRates

DOSES = (1.0, 10.0, 25.0, 50.0)
LIMITS = (
    Elimination(target=0.3),
    NoSkipping(),
    Elimination(target=0.3, cutoff=0.9, lowest_only=True),
    Elimination(target=0.2, cutoff=0.8, least=1),
)
TRUTH = TrueRates(toxicity=(0.1, 0.25, 0.45, 0.6), efficacy=(0.1, 0.3, 0.5, 0.4), association=0.5)


def design(**changes):
    """BOIN with elimination and no skipping, unless changed."""
    given = {
        "name": "check",
        "doses": DOSES,
        "cohort": 3,
        "patients": 12,
        "propose": Boin(target=0.3),
        "select": Isotonic(target=0.3),
        "limits": LIMITS[:2],
    }
    return Design(**{**given, **changes})


def three_plus_three():
    part = ThreePlusThree()
    return design(propose=part, select=part, limits=(), patients=24)


def random_view(seed, trials=300):
    """Trials in any state, reachable or not."""
    rng = np.random.default_rng(seed)
    treated = 3 * rng.integers(0, 4, (trials, len(DOSES)))
    toxic = rng.binomial(treated, rng.choice([0.05, 0.3, 0.6], (trials, 1)))
    current = rng.integers(0, len(DOSES), trials)
    treated[np.arange(trials), current] += 3
    return view(treated, toxic, current)


def view(treated, toxic, current):
    counts = (np.asarray(x, np.int16) for x in (treated, toxic))
    return View(
        doses=DOSES, current=np.asarray(current), **dict(zip(("treated", "toxic"), counts, strict=True))
    )


def another_limit_never_raises(seed):
    seen = random_view(seed)
    for k in range(len(LIMITS)):
        fewer, more = (
            decisions.decide(design(limits=LIMITS[:n], patients=90), seen).next for n in (k, k + 1)
        )
        assert np.all(more <= fewer)


def order_never_matters(seed):
    seen = random_view(seed)
    stops = (EnoughAtDose(patients=9), EnoughAtDose(patients=6))
    one = decisions.decide(design(limits=LIMITS, stops=stops), seen)
    for order in np.random.default_rng(seed).permuted([range(len(LIMITS))] * 3, axis=1):
        other = decisions.decide(design(limits=tuple(LIMITS[i] for i in order), stops=stops[::-1]), seen)
        assert np.array_equal(one.next, other.next)
        assert np.array_equal(one.stopped, other.stopped)


def limits_and_stops_bind(seed):
    seen = random_view(seed)
    plan = design(stops=(EnoughAtDose(patients=9),), patients=30)
    found, trials = decisions.decide(plan, seen), np.arange(len(seen))
    given = found.next >= 0
    assert not np.any(given & (seen.treated.sum(axis=1) >= 30))
    assert not np.any(given & (seen.treated[trials, seen.current] >= 9))
    highest = np.where(seen.treated > 0, np.arange(len(DOSES)), -1).max(axis=1)
    steps = np.arange(len(DOSES)) <= highest[:, None] + 1
    barred = np.logical_or.accumulate(_too_toxic(seen.treated, seen.toxic), axis=1)
    assert np.array_equal(found.limits[0], ~barred)
    assert np.array_equal(found.limits[1], steps)
    assert np.all((~barred & steps)[trials[given], found.next[given]]), (
        "an eliminated or skipping dose was given"
    )
    chosen = decisions.choose(plan, seen)
    assert np.all(found.allowed[trials[chosen >= 0], chosen[chosen >= 0]])
    ends = decisions.choose(design(stops=(Harm(),)), seen)
    assert np.all(ends[seen.toxic.sum(axis=1) >= 3] == -1)


class Harm(EnoughAtDose):
    """Ends the trial at three toxicities, without a choice."""

    chooses = False

    def __init__(self):
        object.__setattr__(self, "patients", 3)

    def stop(self, seen):
        return seen.toxic.sum(axis=1) >= 3

    def fits(self, doses, cohort, patients):
        pass


def _too_toxic(n, y, target=0.3, cutoff=0.95):
    """P(p > target) = P(Binomial(n + 1, target) ≤ y) for a Beta(1 + y, 1 + n − y)."""
    from scipy.stats import binom

    return (n >= 3) & (binom.cdf(y, n + 1, target) > cutoff)


def more_toxicities_never_raise(seed):
    """One toxicity more, at any dose, with the same patients. (3+3 also ends because the top dose is
    tolerated.)
    """
    seen = random_view(seed)
    for propose in (Boin(target=0.3), Keyboard(target=0.3), Mtpi(target=0.3)):
        plan = design(propose=propose, patients=90)
        before = decisions.decide(plan, seen).next
        for j in range(len(DOSES)):
            toxic = np.minimum(seen.toxic + (np.arange(len(DOSES)) == j), seen.treated)
            assert np.all(decisions.decide(plan, view(seen.treated, toxic, seen.current)).next <= before)


def worked_examples():
    """By hand: λe 0.236, λd 0.359; 3 of 3 eliminates."""
    cases = [
        ([3, 0, 0, 0], [0, 0, 0, 0], 0, 1),
        ([3, 0, 0, 0], [1, 0, 0, 0], 0, 0),
        ([3, 3, 0, 0], [0, 2, 0, 0], 1, 0),
        ([3, 0, 0, 0], [3, 0, 0, 0], 0, -1),
        ([3, 3, 0, 0], [0, 3, 0, 0], 0, 0),
        ([3, 3, 6, 0], [0, 0, 2, 0], 2, 2),
        ([3, 6, 0, 0], [0, 1, 0, 0], 1, 2),
        ([3, 6, 0, 0], [0, 3, 0, 0], 1, 0),
        ([3, 3, 6, 3], [0, 0, 1, 3], 2, 2),
    ]
    seen = view([c[0] for c in cases], [c[1] for c in cases], [c[2] for c in cases])
    assert decisions.decide(design(patients=30), seen).next.tolist() == [c[3] for c in cases]
    end = view([[3, 3, 3, 0], [3, 3, 6, 0]], [[1, 0, 1, 0], [0, 1, 3, 0]], [2, 1])
    assert Isotonic(target=0.3).select(end, end.treated > 0).tolist() == [2, 1]  # 1/3 and 0/3 pool


def enumeration_by_hand():
    """3+3 at two doses with toxicity p and q, written out."""
    part, p, q = ThreePlusThree(), 0.2, 0.4
    plan = design(doses=DOSES[:2], propose=part, select=part, limits=(), patients=12)
    found = paths.all_paths(plan, TrueRates(toxicity=(p, q)))

    def passes(x):
        return (1 - x) ** 3 + 3 * x * (1 - x) ** 2 * (1 - x) ** 3

    expected = [1 - passes(p), passes(p) * (1 - passes(q)), passes(p) * passes(q)]
    assert np.allclose(found.chances(), expected, atol=1e-12)
    assert np.isclose(found.patients()[0], 3 + 3 * 3 * p * (1 - p) ** 2)


def simulation_is_enumeration(plan, truth, trials=4000, seed=1):
    """Chances, patients, toxicities, efficacies and their overlap within 4.5 Monte-Carlo errors; whole
    cohorts.
    """
    exact, runs = paths.all_paths(plan, truth), escalation.simulate(plan, truth, trials, seed=seed)
    assert abs(exact.probability.sum() - 1) < 1e-12
    chances = exact.chances()
    for j, p in enumerate(chances):
        assert abs(np.mean(runs.chosen + 1 == j) - p) <= 4.5 * sqrt(p * (1 - p) / trials) + 5 / trials
    for ours, expected in (
        (runs.treated, exact.view.treated),
        (runs.toxic, exact.view.toxic),
        (runs.effective, exact.view.effective),
    ):
        error = ours.std(axis=0) / sqrt(trials)
        assert np.all(np.abs(ours.mean(axis=0) - exact.probability @ expected) <= 4.5 * error + 5 / trials)
    assert np.all(runs.treated % plan.cohort == 0)
    assert np.all(runs.toxic <= runs.treated)
    assert np.all(runs.treated.sum(axis=1) <= plan.patients)


def efficacy_goes_with_toxicity(trials=4000):
    """The overlap of toxicity and efficacy of one cohort at the first dose, by its probability."""
    plan = design(patients=3)
    truth = TrueRates(toxicity=(0.3,) * 4, efficacy=(0.4,) * 4, association=0.5)
    exact = paths.all_paths(plan, truth)
    met = escalation.people(truth, np.arange(trials), 3, seed=2, timed=False)
    both = ((met.toxicity < 0.3) & (met.efficacy < 0.4)).sum(axis=0)
    expected = exact.probability @ exact.view.both[:, 0]
    assert abs(both.mean() - expected) <= 4.5 * both.std() / sqrt(trials)
    assert expected > 3 * 0.3 * 0.4


def everything():
    """All checks, quickly."""
    for seed in range(3):
        another_limit_never_raises(seed)
        order_never_matters(seed)
        limits_and_stops_bind(seed)
        more_toxicities_never_raise(seed)
    worked_examples()
    enumeration_by_hand()
    simulation_is_enumeration(design(), TRUTH)
    simulation_is_enumeration(three_plus_three(), TRUTH)
    efficacy_goes_with_toxicity()
    backfill_checks.everything()
