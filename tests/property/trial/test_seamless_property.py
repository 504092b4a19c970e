"""What must hold of every hand-over: nothing barred goes on, and no rule, limit or toxicity more opens a
dose.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from marrowdose.files.toml import read_document
from marrowdose.trial.dose_finding.seen import empty
from marrowdose.trial.dose_finding.simulate import run
from marrowdose.trial.dose_finding.true_rates import TrueRates
from marrowdose.trial.seamless.file import read_seamless
from marrowdose.trial.seamless.hand_over import FIRST, HandOver
from places import TEMPLATES

FILE = TEMPLATES / "seamless.toml"
PLAN = read_seamless(read_document(FILE))
RUN_IN, DOSES = PLAN.run_in, PLAN.design.doses


@st.composite
def ends(draw: Any) -> tuple[Any, Any, Any]:
    """Chosen dose, patients and limits of one trial, all consistent: a chosen dose is tried and allowed."""
    treated = draw(st.lists(st.integers(0, 9), min_size=4, max_size=4))
    allowed = draw(st.lists(st.booleans(), min_size=4, max_size=4))
    may = [k for k in range(4) if treated[k] and allowed[k]]
    chosen = draw(st.sampled_from([-1, *may]))
    return np.array([chosen]), np.array([treated], np.int16), np.array([allowed])


@given(ends(), st.integers(1, 9), st.lists(st.booleans(), min_size=4, max_size=4))
def test_the_hand_over_only_closes(end: tuple[Any, Any, Any], least: int, bars: list[bool]) -> None:
    chosen, treated, allowed = end
    for up_to in ("chosen", "tried"):
        rule = HandOver(up_to=up_to, least=least)  # type: ignore[arg-type]
        found = rule.opened(chosen, treated, allowed)
        assert not (found & ~allowed).any()
        if chosen[0] < 0:
            assert not found.any()
        if found.any():
            top = int(np.flatnonzero(found[0])[-1])
            assert treated[0, top] >= least
            assert up_to == "tried" or top <= chosen[0]
        assert not (replace(rule, least=least + 1).opened(chosen, treated, allowed) & ~found).any()
        assert not (rule.opened(chosen, treated, allowed & np.array([bars])) & ~found).any()
    low, high = (HandOver(up_to=u, least=least).opened(chosen, treated, allowed) for u in ("chosen", "tried"))  # type: ignore[arg-type]
    assert not (low & ~high).any()


def test_one_toxicity_more_never_opens_a_dose() -> None:
    """Every end of the template's run-in with full cohorts and up to three toxicities a dose, and the same
    with one more.
    """
    sizes = [
        s
        for s in product((0, 3, 6, 9), repeat=4)
        if sum(s) <= 24 and list(s) == [*filter(None, s), *[0] * s.count(0)]
    ]
    rows = [
        (s, y)
        for s in sizes
        for y in product(range(4), repeat=4)
        if all(a <= b for a, b in zip(y, s, strict=True))
    ]
    treated, toxic = (np.array([r[k] for r in rows], np.int16) for k in (0, 1))
    assert len(rows) > 3000
    for up_to in ("chosen", "tried"):
        rule = replace(RUN_IN, hand_over=HandOver(up_to=up_to))  # type: ignore[arg-type]

        def opened(y: Any, rule: Any = rule) -> Any:
            view = replace(
                empty(DOSES[1:], len(y)), treated=treated, toxic=y, current=np.zeros(len(y), np.int64)
            )
            return rule.opened_in(DOSES, view)

        before = opened(toxic)
        for dose in range(4):
            more = toxic.copy()
            more[:, dose] += 1
            room = more[:, dose] <= treated[:, dose]
            assert not (opened(np.minimum(more, treated))[room] & ~before[room]).any()


def test_a_more_toxic_truth_opens_fewer_doses() -> None:
    """Not trial by trial (an early toxicity may spare later ones), but on average over the same 4,000 virtual
    run-ins.
    """
    mean, rates = [], np.array([0.03, 0.06, 0.12, 0.2])
    for times in (0.0, 0.5, 1.0, 2.0, 4.0):
        truth = TrueRates(toxicity=tuple((times * rates).tolist()))
        found = RUN_IN.opened(DOSES, run(RUN_IN.design, truth, np.arange(4000), seed=5, first=FIRST))
        assert (np.diff(found.mean(axis=0)) <= 0).all()
        mean.append(found.mean(axis=0))
    steps = np.diff(np.array(mean), axis=0)
    assert (steps <= 3 * 0.5 / np.sqrt(4000)).all()
    assert (steps.sum(axis=0)[2:] < -0.5).all()  # 50 and 100 M, beyond the target in the end
