"""Safety of dose-finding designs for any data; exact enumeration equals simulation; planted faults are
caught.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import backfill_checks
import dose_finding_checks as checks
from marrowdose.trial.dose_finding import backfill, decisions, paths, states, tables
from marrowdose.trial.dose_finding import pending as late
from marrowdose.trial.dose_finding import people as truth
from marrowdose.trial.dose_finding import seen as view
from marrowdose.trial.dose_finding import simulate as escalation
from marrowdose.trial.dose_finding.design import Design
from marrowdose.trial.dose_finding.parts.limits import elimination, isotonic, no_skipping
from marrowdose.trial.dose_finding.parts.limits.enough_at_dose import EnoughAtDose
from marrowdose.trial.dose_finding.parts.toxicity_alone import boin
from marrowdose.trial.dose_finding.parts.toxicity_alone.keyboard import Keyboard
from marrowdose.trial.dose_finding.parts.toxicity_alone.three_plus_three import ThreePlusThree

SEEDS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize(
    "check",
    [
        checks.another_limit_never_raises,
        checks.order_never_matters,
        checks.limits_and_stops_bind,
        checks.more_toxicities_never_raise,
        backfill_checks.one_by_one,
        backfill_checks.never_raises,
    ],
    ids=lambda c: c.__name__,
)
@given(seed=SEEDS)
@settings(max_examples=10, deadline=None)
def test_safety(check, seed):
    check(seed)


@pytest.mark.parametrize(
    "plan",
    [
        checks.design(),
        checks.three_plus_three(),
        checks.design(
            propose=Keyboard(target=0.25), stops=(EnoughAtDose(patients=9),), start=1, patients=14, cohort=2
        ),
    ],
    ids=["boin", "3+3", "keyboard"],
)
def test_simulation_is_enumeration(plan):
    checks.simulation_is_enumeration(plan, checks.TRUTH, trials=10_000)


def test_all_checks_hold():
    checks.everything()


# planted faults: each is one change of the program, and some check must fail

_decide, _highest, _happens, _after, _chances = (
    decisions.decide,
    decisions._highest_allowed,
    truth.happens,
    states.after,
    paths._chances,
)
_allowed, _skip, _moves, _propose = (
    elimination.Elimination.allowed,
    no_skipping.NoSkipping.allowed,
    boin._moves,
    ThreePlusThree.propose,
)


_open, _toxic, _lowered, _seen = (
    backfill.Backfill.open,
    backfill.Backfill.too_toxic,
    backfill.Backfill.lowered,
    late._seen,
)


def _decided(**changes):
    def decide(design, seen):
        found = _decide(design, seen)
        return replace(found, **{k: f(design, seen, found) for k, f in changes.items()})

    return decide


def _without(design, *names):
    return replace(design, **dict.fromkeys(names, ()))


def _next_highest(allowed, proposed):
    given = _highest(allowed, proposed)
    up = np.minimum(given + 1, allowed.shape[1] - 1)
    return np.where((given >= 0) & (given < proposed), up, given)


def _lowest(allowed, proposed):
    """Any allowed dose, also above the proposed one."""
    return np.where(
        allowed.any(axis=1),
        np.where(allowed[np.arange(len(proposed)), proposed], proposed, allowed.argmax(axis=1)),
        -1,
    )


def _only_itself(self, seen):
    flagged = tables.look_up(self._table, seen.assessed, seen.toxic)
    return ~flagged


def _merged_too_much(self):
    _, first, inverse = np.unique(
        self.treated.sum(axis=1) * 9 + self.current, return_index=True, return_inverse=True
    )
    return self.take(first), inverse


def _wrong_dose(seen, parent, dose, outcomes, code):
    grown = _after(seen, parent, dose, outcomes, code)
    grown.toxic[:] = np.roll(grown.toxic, 1, axis=1)
    return grown


def _current_stays(seen, parent, dose, outcomes, code):
    return replace(_after(seen, parent, dose, outcomes, code), current=np.zeros(len(dose), np.int64))


def _stays_at_one(self, seen):
    found = _propose(self, seen)
    y = seen.at(seen.toxic, seen.current)
    return np.where((y == 2) & (seen.at(seen.treated, seen.current) == 3), seen.current, found)


def _raw_rates(seen, use):
    rate = (seen.toxic + 0.05) / (seen.treated + 0.1)
    return np.where(use, rate, np.nan)


MUTANTS = {
    "limits do not bind": (decisions, "_highest_allowed", lambda allowed, proposed: proposed),
    "one above the highest allowed": (decisions, "_highest_allowed", _next_highest),
    "another dose may be above the proposed": (decisions, "_highest_allowed", _lowest),
    "only the first limit counts": (
        decisions,
        "_all_of",
        lambda limits, seen: limits[0] if limits else decisions.np.ones(seen.treated.shape, bool),
    ),
    "stops do not bind": (decisions, "decide", lambda d, v: _decide(_without(d, "stops"), v)),
    "the trial is never full": (
        decisions,
        "decide",
        _decided(next=lambda d, v, f: np.where(f.full, 0, f.next)),
    ),
    "the choice ignores limits": (
        decisions,
        "choose",
        lambda d, v: d.select.select(v, np.ones(v.treated.shape, bool)),
    ),
    "a stop without choice chooses": (
        decisions,
        "choose",
        lambda d, v, real=decisions.choose: real(_without(d, "stops"), v),
    ),
    "only the dose itself is eliminated": (elimination.Elimination, "allowed", _only_itself),
    "elimination is turned round": (elimination.Elimination, "allowed", lambda s, v: ~_allowed(s, v)),
    "elimination needs a patient more": (
        elimination,
        "_eliminated",
        lambda t, c, least, size, real=elimination._eliminated: real(t, c, least + 1, size),
    ),
    "elimination at another cutoff": (
        elimination,
        "_eliminated",
        lambda t, c, least, size, real=elimination._eliminated: real(t, 1 - (1 - c) / 2, least, size),
    ),
    "two doses up": (
        no_skipping.NoSkipping,
        "allowed",
        lambda s, v: np.roll(_skip(s, v), 1, axis=1) | _skip(s, v),
    ),
    "escalation and de-escalation swapped": (boin, "_moves", lambda e, d, size: -_moves(e, d, size)),
    "escalates a toxicity too late": (boin, "_moves", lambda e, d, size: _moves(e / 2, d, size)),
    "de-escalates a toxicity too late": (boin, "_moves", lambda e, d, size: _moves(e, 1.5 * d, size)),
    "rates are not pooled": (isotonic, "isotonic", _raw_rates),
    "the least toxic have toxicities": (truth, "happens", lambda u, p, d: ~_happens(u, p, d)),
    "one dose higher is what happens": (
        truth,
        "happens",
        lambda u, p, d: _happens(u, np.append(p[1:], p[-1]), d),
    ),
    "toxicities go to another dose": (escalation, "after", _wrong_dose),
    "the current dose is forgotten": (escalation, "after", _current_stays),
    "different states are merged": (view.View, "distinct", _merged_too_much),
    "chances without the number of ways": (
        paths,
        "_chances",
        lambda c, o: _chances(c, o) / (1 + (np.arange(o.count) % 2)),
    ),
    "efficacy does not go with toxicity": (
        truth,
        "_associated",
        lambda t, i, n, seed, cells: truth.uniform(seed, "efficacy", i, np.arange(n)[:, None]),
    ),
    "efficacy is toxicity": (
        truth,
        "_associated",
        lambda t, i, n, seed, cells: truth.uniform(seed, "toxicity", i, np.arange(n)[:, None]),
    ),
    "3+3 goes on after two of three": (ThreePlusThree, "propose", _stays_at_one),
    "3+3 chooses the toxic dose": (ThreePlusThree, "select", lambda s, v, a: v.highest_tried),
    "backfill beyond the cap": (backfill.Backfill, "open", lambda s, v, a: _open(replace(s, cap=99), v, a)),
    "backfill without a response": (
        backfill.Backfill,
        "open",
        lambda s, v, a: _open(replace(s, responses=0), v, a),
    ),
    "backfill at an eliminated dose": (backfill.Backfill, "open", lambda s, v, a: _open(s, v, a | True)),
    "backfill at the current dose": (
        backfill.Backfill,
        "open",
        lambda s, v, a: _open(s, replace(v, current=v.current + 1), a),
    ),
    "backfill at a toxic dose": (
        backfill.Backfill,
        "too_toxic",
        lambda s, v: np.zeros(v.treated.shape, bool),
    ),
    "a toxic dose closes itself alone": (
        backfill.Backfill,
        "too_toxic",
        lambda s, v: _toxic(s, v) & ~np.roll(_toxic(s, v), 1, axis=1),
    ),
    "backfill to the lowest dose": (
        backfill.Backfill,
        "given",
        lambda s, v, a: np.where((o := s.open(v, a)).any(axis=1), o.argmax(axis=1), -1),
    ),
    "toxicities of backfilled patients are forgotten": (backfill.Backfill, "lowered", lambda s, v, p: p),
    "backfilled patients may raise the dose": (
        backfill.Backfill,
        "lowered",
        lambda s, v, p: np.maximum(_lowered(s, v, p), v.current),
    ),
    "backfill takes people of the escalation": (
        Design,
        "most",
        property(lambda s: s.patients + 1 if s.backfill else s.patients),
    ),
    "backfilled patients are settled at once": (
        late,
        "_seen",
        lambda d, r, now, live, settled=False: _seen(d, r, np.full(len(now), np.inf), live, settled=settled),
    ),
    "every trial is the same": (
        truth,
        "uniform",
        lambda seed, what, i, j, real=truth.uniform: real(seed, what, 0 * i, j),
    ),
    "every patient is the same": (
        truth,
        "uniform",
        lambda seed, what, i, j, real=truth.uniform: real(seed, what, i, 0 * j),
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_planted_faults_are_caught(name, monkeypatch):
    place, attribute, fault = MUTANTS[name]
    meant = getattr(place, attribute)
    for there in (place, decisions, escalation, paths):  # wherever the name was imported to
        if getattr(there, attribute, None) is meant:
            monkeypatch.setattr(there, attribute, fault)
    with pytest.raises((AssertionError, ValueError, IndexError)):
        checks.everything()
