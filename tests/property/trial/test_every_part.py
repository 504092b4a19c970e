"""Safety of every kind of part found in the folder, alone and together, for any data: none may be left out
here.
"""

from dataclasses import replace
from functools import cache
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marrowdose.errors import InputError
from marrowdose.trial.dose_finding import decisions
from marrowdose.trial.dose_finding.design import Design, Timing
from marrowdose.trial.dose_finding.parts import kinds, part_class
from marrowdose.trial.dose_finding.reasons import reasons
from marrowdose.trial.dose_finding.seen import Patients, View

DOSES = (1.0, 10.0, 25.0, 50.0)
SEEDS = st.integers(0, 2**32 - 1)
BOTH = {"toxicity_limit": 0.3, "efficacy_limit": 0.25}
ET = {"target": 0.3, "efficacy": 0.6}
LEVELS = BOTH | {"utilities": ((30.0, 70.0, 100.0), (0.0, 40.0, 60.0))}
SKELETON = {"target": 0.25, "skeleton": (0.08, 0.16, 0.25, 0.4)}
FIELDS = {
    "propose": {
        "boin": {"target": 0.3},
        "boin12": BOTH,
        "boin_et": ET,
        "crm": SKELETON,
        "gboin": {"target": 1.5},
        "efftox": BOTH | {"contour": (0.4, 0.7, 0.6, 0.3), "precision": 8},
        "keyboard": {"target": 0.3},
        "mtpi": {"target": 0.3},
        "tepi": {"toxicity_cuts": (0.15, 0.25, 0.35), "efficacy_cuts": (0.25, 0.45, 0.65)},
        "three_plus_three": {},
        "tite_boin": {"target": 0.3},
        "tite_boin12": BOTH,
        "tite_boin_et": ET,
        "tite_gboin": {"target": 0.3},
        "tite_crm": SKELETON,
        "two_parameter_crm": SKELETON,
        "u_boin": BOTH | {"learn": 6},
        "u_boin_ordinal": LEVELS | {"learn": 6},
    },
    "limit": {
        "coherence": {"target": 0.3},
        "elimination": {"target": 0.3},
        "inefficacy": {"limit": 0.25, "cutoff": 0.7},
        "no_skipping": {},
        "one_step_up": {},
        "tite_boin": {"target": 0.3, "cutoff": 0.9},
        "tite_gboin": {"target": 0.3},
    },
    "stop": {"enough_at_dose": {"patients": 9}},
    "pause": {"tite_boin": {}},
    "select": {
        "boin12": BOTH,
        "boin_et": ET,
        "crm": SKELETON,
        "efftox": BOTH | {"contour": (0.4, 0.7, 0.6, 0.3), "precision": 8},
        "gboin": {"target": 1.5},
        "isotonic": {"target": 0.3},
        "three_plus_three": {},
        "tite_boin12": BOTH,
        "tite_crm": SKELETON,
        "tite_gboin": {"target": 0.3},
        "two_parameter_crm": SKELETON,
        "u_boin": BOTH,
        "u_boin_ordinal": LEVELS,
    },
}
# limits of toxicity or of steps bar a dose with all above it; an efficacy limit bars the dose alone
UPWARD = ("coherence", "elimination", "no_skipping", "one_step_up", "tite_boin", "tite_gboin")
# these weigh efficacy against toxicity, so that a toxicity at one dose may speak for a higher one
TRADING = ("boin12", "tite_boin12", "u_boin", "u_boin_ordinal", "efftox")
DECIDING_NOW = (
    "boin",
    "gboin",
    "keyboard",
    "mtpi",
    "tite_boin",
    "tite_boin12",
    "tite_boin_et",
    "tite_crm",
    "tite_gboin",
)
FEW = settings(max_examples=12, deadline=None)


@cache
def part(role: str, kind: str):
    return part_class(role, kind)(**FIELDS[role][kind])


@pytest.mark.parametrize("role", FIELDS)
def test_no_kind_is_left_out(role):
    assert sorted(FIELDS[role]) == list(kinds(role))


def plan(propose="boin", select="isotonic", limits=(), stops=(), pauses=()):
    return Design(
        name="any",
        doses=DOSES,
        cohort=3,
        patients=90,
        propose=part("propose", propose),
        select=part("select", select),
        limits=tuple(part("limit", k) for k in limits),
        stops=tuple(part("stop", k) for k in stops),
        pauses=tuple(part("pause", k) for k in pauses),
        timing=Timing(window=3, efficacy_window=6),
    )


def random_patients(seed, trials=40, most=18, pending=True):
    """Trials with up to ``most`` patients each at any doses, cohorts of three, some of the last still
    pending.
    """
    rng = np.random.default_rng(seed)
    dose = np.repeat(rng.integers(0, 4, (trials, most // 3)), 3, axis=1)
    dose[np.arange(most) >= 3 * rng.integers(1, most // 3 + 1, (trials, 1))] = -1
    toxic = (rng.random(dose.shape) < rng.choice([0.05, 0.3, 0.6], (trials, 1))) & (dose >= 0)
    effective = (rng.random(dose.shape) < rng.choice([0.1, 0.4, 0.8], (trials, 1))) & (dose >= 0)
    followed = np.where(rng.random(dose.shape) < 0.3, rng.uniform(0, 6, dose.shape), 6.0) if pending else 6.0
    score = np.where((dose >= 0) & (rng.random(dose.shape) < 0.5), rng.uniform(0, 3, dose.shape), 0.0)
    return view(dose, np.broadcast_to(followed, dose.shape), toxic, effective, score)


def view(dose, followed, toxic, effective, score):
    who = Patients(
        dose=dose,
        followed=np.where(dose >= 0, followed, 0.0),
        toxic=toxic,
        toxicity_window=3.0,
        effective=effective,
        efficacy_window=6.0,
        score=score / 3,
    )

    def count(flags):
        return who.by_dose(flags, 4).astype(np.int16)

    entered = (dose >= 0).sum(axis=1)
    full = effective & (np.arange(dose.shape[1]) % 2 == 0)  # every other responder
    return View(
        doses=DOSES,
        current=dose[np.arange(len(dose)), entered - 1],
        treated=count(dose >= 0),
        toxic=count(toxic),
        effective=count(effective),
        both=count(toxic & effective),
        pending=count(who.toxicity_pending),
        score=who.by_dose(score, 4),
        patients=who,
        better=np.stack([count(full), count(full & toxic)], axis=2),
    )


def one_more_toxicity(seen, dose):
    """The same trials with one settled patient more who had a toxicity, among those of a dose."""
    who = seen.patients
    free = (who.dose == dose) & ~who.toxic
    first = free & (np.cumsum(free, axis=1) == 1)
    after = view(
        who.dose, who.followed, who.toxic | first, who.effective, np.where(first, 3.0, 3 * who.score)
    )
    there = np.arange(4) == dose
    return replace(after, score=seen.score + 2.0 * there)


@pytest.mark.parametrize("propose", FIELDS["propose"])
@given(seed=SEEDS, data=st.data())
@FEW
def test_another_limit_or_stop_never_raises_and_order_never_matters(propose, seed, data):
    seen = random_patients(seed)
    limits = data.draw(st.permutations(sorted(FIELDS["limit"])))[: data.draw(st.integers(1, 6))]
    more, fewer = (decisions.decide(plan(propose, limits=x), seen) for x in (limits, limits[:-1]))
    assert (more.next <= fewer.next).all()
    assert (more.allowed <= fewer.allowed).all()
    stopped = decisions.decide(plan(propose, limits=limits, stops=("enough_at_dose",)), seen)
    assert (stopped.next <= more.next).all()
    for order in list(permutations(limits))[:: max(1, len(limits) ** 3)]:
        other = decisions.decide(plan(propose, limits=order), seen)
        assert (other.next == more.next).all()
        assert (other.allowed == more.allowed).all()
    rows = np.arange(len(seen))
    given_ = more.next >= 0
    for limit in limits:
        assert part("limit", limit).allowed(seen)[rows[given_], more.next[given_]].all(), limit


@pytest.mark.parametrize("select", FIELDS["select"])
@given(seed=SEEDS, data=st.data())
@FEW
def test_what_is_barred_is_never_chosen_and_upward_limits_never_raise_the_choice(select, seed, data):
    seen = random_patients(seed, pending=False)
    limits = data.draw(st.permutations(sorted(FIELDS["limit"])))[: data.draw(st.integers(1, 6))]
    chosen = decisions.choose(plan(select=select, limits=limits), seen)
    rows = np.arange(len(seen))[chosen >= 0]
    for limit in limits:
        assert part("limit", limit).allowed(seen)[rows, chosen[rows]].all(), limit
        if limit in UPWARD:
            fewer = decisions.choose(plan(select=select, limits=[k for k in limits if k != limit]), seen)
            assert (chosen <= fewer).all(), limit
    again = decisions.choose(plan(select=select, limits=limits[::-1]), seen)
    assert (again == chosen).all()


@pytest.mark.parametrize("limit", UPWARD)
@given(seed=SEEDS)
@FEW
def test_limits_of_toxicity_bar_a_dose_with_all_above(limit, seed):
    seen = random_patients(seed)
    allowed = part("limit", limit).allowed(seen)
    assert (np.diff(allowed.astype(int), axis=1) <= 0).all()


@pytest.mark.parametrize("kind", ["elimination", "tite_boin", "tite_gboin"])
@given(seed=SEEDS)
@FEW
def test_an_eliminated_dose_stays_eliminated(kind, seed):
    """Whoever is pending, and whatever they turn out to have: the dose gets nobody more, so it stays
    barred.
    """
    seen, rng = random_patients(seed), np.random.default_rng(seed)
    before = part("limit", kind).allowed(seen)
    who = seen.patients
    later = who.toxic | (who.toxicity_pending & (rng.random(who.dose.shape) < 0.1))
    worse = np.where(who.dose >= 0, np.maximum(3 * who.score, rng.uniform(0, 3, later.shape) * later), 0.0)
    after = view(who.dose, np.full(who.dose.shape, 6.0), later, who.effective, worse)
    assert (part("limit", kind).allowed(after) <= before).all()


@pytest.mark.parametrize("limit", FIELDS["limit"])
@given(seed=SEEDS)
@FEW
def test_a_toxicity_more_never_allows_a_dose(limit, seed):
    seen = random_patients(seed)
    for dose in range(4):
        assert (
            part("limit", limit).allowed(one_more_toxicity(seen, dose)) <= part("limit", limit).allowed(seen)
        ).all()


@pytest.mark.parametrize("propose", [k for k in FIELDS["propose"] if k not in TRADING])
@given(seed=SEEDS)
@FEW
def test_a_toxicity_more_never_raises_the_next_dose(propose, seed):
    seen = random_patients(seed)
    if propose == "three_plus_three":  # it ends where the top dose is tolerated, which is no lower dose
        seen = seen.take(seen.current < 3)
    if propose == "gboin":  # it sees scores, of settled patients
        seen = random_patients(seed, pending=False)
    before = decisions.decide(plan(propose), seen).next
    for dose in range(4):
        after = decisions.decide(plan(propose), one_more_toxicity(seen, dose)).next
        assert (after <= before).all(), dose


@pytest.mark.parametrize("propose", TRADING)
@given(seed=SEEDS)
@FEW
def test_with_a_limit_that_trading_kinds_keep_a_toxicity_more_never_raises_above_it(propose, seed):
    """Trading efficacy for toxicity may lead up, but never to a dose that the limits bar."""
    seen = random_patients(seed)
    limits = ("elimination", "coherence", "no_skipping", "one_step_up")
    for dose in range(4):
        found = decisions.decide(plan(propose, limits=limits), one_more_toxicity(seen, dose))
        rows = np.arange(len(seen))[found.next >= 0]
        assert found.allowed[rows, found.next[rows]].all()


@pytest.mark.parametrize("select", ["isotonic", "crm", "tite_crm", "three_plus_three"])
@given(seed=SEEDS)
@FEW
def test_a_toxicity_more_never_raises_the_chosen_dose(select, seed):
    seen = random_patients(seed, pending=False)
    limited = plan(select=select, limits=("elimination",))
    before = decisions.choose(limited, seen)
    for dose in range(4):
        assert (decisions.choose(limited, one_more_toxicity(seen, dose)) <= before).all(), dose


@pytest.mark.parametrize("propose", FIELDS["propose"])
def test_extremes(propose):
    """Nobody at any dose but one, all toxic, none toxic, and a thousand patients: a dose or an end, no
    warning.
    """
    for many in (3, 999):
        for share in (0.0, 1.0):
            n = np.zeros((4, 4), np.int16)
            n[np.arange(4), np.arange(4)] = many
            t = (n * share).astype(np.int16)
            seen = View(
                doses=DOSES,
                current=np.arange(4),
                treated=n,
                toxic=t,
                effective=t,
                both=t,
                score=3.0 * t,
                better=np.stack([t, t], axis=2),
            )
            with np.errstate(all="raise", under="ignore"):
                found = part("propose", propose).propose(seen)
            assert ((found >= -1) & (found < 4)).all()
            if share == 1.0 and propose not in TRADING:
                assert (found <= np.arange(4)).all()


@pytest.mark.parametrize("propose", FIELDS["propose"])
def test_without_waiting_nobody_seen_is_no_reason_to_rise(propose):
    """Three patients entered this minute: a kind that decides now stays, any other is refused without
    waiting.
    """
    zero = np.zeros((1, 3))
    seen = view(np.ones((1, 3), int), zero, zero > 0, zero > 0, zero)
    timing = Timing(window=3, efficacy_window=6, waits=False)
    if propose not in DECIDING_NOW:
        with pytest.raises(InputError, match="tite"):
            replace(plan(propose), timing=timing)
        return
    made = replace(plan(propose), timing=timing)
    found = decisions.decide(made, seen)
    if propose not in (
        "tite_crm",
        "tite_boin12",
    ):  # these have a prior, which may say that a higher dose is the one
        assert found.next == 1
    assert reasons(made, seen)
