"""What must hold for backfill: run by the tests, and by the test that plants faults."""

from dataclasses import replace

import numpy as np

from marrowdose.trial.dose_finding import decisions
from marrowdose.trial.dose_finding import pending as late
from marrowdose.trial.dose_finding.backfill import Backfill
from marrowdose.trial.dose_finding.design import Design, Timing
from marrowdose.trial.dose_finding.parts.limits.elimination import Elimination
from marrowdose.trial.dose_finding.parts.limits.isotonic import Isotonic
from marrowdose.trial.dose_finding.parts.limits.no_skipping import NoSkipping
from marrowdose.trial.dose_finding.parts.toxicity_alone.boin import Boin
from marrowdose.trial.dose_finding.seen import View
from marrowdose.trial.dose_finding.simulate import simulate
from marrowdose.trial.dose_finding.true_rates import TrueRates

DOSES = (1.0, 10.0, 25.0, 50.0)
RULE = Backfill(target=0.3, cap=9)
LIMITS = (Elimination(target=0.3), NoSkipping(), Elimination(target=0.2, cutoff=0.8, least=1))
TRUTH = TrueRates(toxicity=(0.1, 0.25, 0.45, 0.6), efficacy=(0.3, 0.4, 0.5, 0.5))


def design(rule=RULE, limits=LIMITS[:1], **changes):
    """BOIN in cohorts of three, a patient a month, three months of toxicity and six of efficacy."""
    given = {
        "name": "backfill",
        "doses": DOSES,
        "cohort": 3,
        "patients": 24,
        "propose": Boin(target=0.3),
        "select": Isotonic(target=0.3),
        "limits": limits,
        "timing": Timing(window=3, efficacy_window=6),
        "backfill": rule,
    }
    return Design(**{**given, **changes})


def random_view(seed, trials=300):
    """Trials in any state: below the current dose some of the patients were backfilled, some of them are
    pending.
    """
    rng = np.random.default_rng(seed)
    current = rng.integers(0, 4, trials)
    below = np.arange(4) < current[:, None]
    aside = np.where(below, rng.integers(0, 8, (trials, 4)), 0)
    treated = 3 * rng.integers(0, 3, (trials, 4)) + aside
    treated[np.arange(trials), current] += 3
    pending = rng.binomial(aside, 0.2)
    toxic = rng.binomial(treated - pending, rng.choice([0.05, 0.3, 0.5], (trials, 1)))
    return view(treated, toxic, rng.binomial(treated, 0.3), pending, aside, current)


def view(treated, toxic, effective, pending, aside, current):
    names = ("treated", "toxic", "effective", "pending", "backfilled")
    counts = (np.asarray(x, np.int16) for x in (treated, toxic, effective, pending, aside))
    named = dict(zip(names, counts, strict=True))
    return View(doses=DOSES, current=np.asarray(current), both=0 * named["toxic"], **named)


def one_by_one(seed):
    """The rule written out for one trial at a time, as its sentences say it."""
    seen = random_view(seed)
    low, high = RULE.thresholds
    proposed = Boin(target=0.3).propose(seen)
    allowed = LIMITS[0].allowed(seen)
    given = decisions.backfilled(design(), seen)
    lowered = decisions.decide(design(limits=()), seen).proposed
    for i, at in enumerate(seen.current):
        n, y, had, response, aside = (
            x[i].astype(int)
            for x in (seen.assessed, seen.toxic, seen.treated, seen.effective, seen.backfilled)
        )
        dose, safe = -1, True
        for j in range(at):
            pooled_n, pooled_y = n[j] + n[j + 1], y[j] + y[j + 1]
            safe = safe and not (n[j] and y[j] >= high * n[j] and pooled_y >= high * pooled_n)
            if safe and allowed[i, j] and 0 < had[j] < 9 and response[j] >= 1:
                dose = j
        assert given[i] == dose
        best = proposed[i]
        for first in range(at):
            if aside[first] and y[first] > low * n[first]:
                total, events = n[first : at + 1].sum(), y[first : at + 1].sum()
                if events <= low * total:
                    continue
                fits = [
                    k for k in range(first, at + 1) if y[first : k + 1].sum() < high * n[first : k + 1].sum()
                ]
                best = min(best, max(fits, default=max(first - 1, 0)))
        assert lowered[i] == best, (i, at, n, y, aside)


def never_raises(seed):
    """Nor does a limit more, nor a toxicity more, raise the next dose or the dose backfilled; order is the
    same.
    """
    seen = random_view(seed)
    plain = decisions.decide(design(rule=None, patients=90), replace(seen, backfilled=None)).next
    assert np.all(decisions.decide(design(patients=90), seen).next <= plain)
    for k in range(len(LIMITS)):
        fewer, more = (design(limits=LIMITS[:n], patients=90) for n in (k, k + 1))
        assert np.all(decisions.decide(more, seen).next <= decisions.decide(fewer, seen).next)
        assert np.all(decisions.backfilled(more, seen) <= decisions.backfilled(fewer, seen))
    one, other = (design(limits=x, patients=90) for x in (LIMITS, LIMITS[::-1]))
    assert np.array_equal(decisions.backfilled(one, seen), decisions.backfilled(other, seen))
    before, dose = decisions.decide(one, seen).next, decisions.backfilled(one, seen)
    for j in range(4):
        free = seen.assessed[:, j] > seen.toxic[:, j]
        more = replace(seen, toxic=(seen.toxic + (free[:, None] & (np.arange(4) == j))).astype(np.int16))
        assert np.all(decisions.decide(one, more).next <= before)
        assert np.all(decisions.backfilled(one, more) <= dose)


def what_is_known_decides(trials=300):
    """Every patient backfilled in a simulation, by what was known when it entered: counted here anew."""
    entered, high = [], RULE.thresholds[1]
    real = late._enter

    def watched(plan, truth, true, met, roster, who, dose, now):
        if isinstance(who[0], np.ndarray) and len(dose):
            main = roster.dose[who[1], : plan.patients]
            current = main[np.arange(len(main)), (main >= 0).sum(axis=1) - 1]
            followed, had = now[:, None] - roster.entry[who[1]], roster.dose[who[1]]
            known, answered = (x[who[1]] <= followed for x in (roster.toxic_at, roster.effective_at))
            expected, closed, barred = (
                np.full(len(dose), -1),
                np.zeros(len(dose), bool),
                np.zeros(len(dose), bool),
            )
            for j in range(3):
                (n, y), (m, z) = (_settled(had == k, known, followed) for k in (j, j + 1))
                closed |= (n > 0) & (y >= high * n) & (y + z >= high * (n + m))
                all_ = (had == j).sum(axis=1)
                barred |= (all_ >= 3) & _too_toxic(all_, y)
                free = (j < current) & (all_ > 0) & (all_ < 9) & ((had == j) & answered).any(axis=1)
                expected = np.where(free & ~closed & ~barred, j, expected)
            assert np.array_equal(dose, expected), "not the highest dose open by what was known"
            entered.append(len(dose))
        real(plan, truth, true, met, roster, who, dose, now)

    late._enter = watched
    try:
        runs = simulate(design(), TRUTH, trials, seed=5)
    finally:
        late._enter = real
    assert sum(entered) == runs.backfilled.sum() > trials
    assert np.all((runs.treated - runs.backfilled).sum(axis=1) <= 24)
    assert np.all((runs.treated - runs.backfilled) % 3 == 0)


def _settled(there, toxic, followed):
    """Patients with a toxicity or three months of follow-up, and those with a toxicity."""
    return (there & (toxic | (followed >= 3))).sum(axis=1), (there & toxic).sum(axis=1)


def _too_toxic(n, y):
    from scipy.stats import binom

    return binom.cdf(y, n + 1, 0.3) > 0.95


def the_escalation_meets_the_same_people(trials=300):
    """Where no dose ever opens, trials are those without backfill, patient for patient."""
    none = replace(TRUTH, efficacy=(0.0,) * 4)
    with_, without = (simulate(design(rule=rule), none, trials, seed=3) for rule in (RULE, None))
    for name in ("chosen", "treated", "toxic", "ended", "duration"):
        assert np.allclose(getattr(with_, name), getattr(without, name)), name
    assert with_.backfilled.sum() == 0


def everything():
    """All checks, quickly."""
    for seed in range(3):
        one_by_one(seed)
        never_raises(seed)
    what_is_known_decides(100)
    the_escalation_meets_the_same_people(100)
