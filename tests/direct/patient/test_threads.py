"""One fit serves many threads: eight that plan at once say what one says after the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from marrowdose.domain import Goal
from marrowdose.patient.advice import advise
from marrowdose.patient.intake import EXAMPLE, patient_from
from marrowdose.report.plan.json import to_json
from marrowdose.synthesis import fit as fits
from marrowdose.synthesis.fit import Fit, shipped_fit

THREADS = 8
ASKED = [(age, seed) for seed in range(6) for age in (45, 55, 65, 75)]  # more seeds than are remembered


def plan(fit: Fit, age: int, seed: int) -> str:
    patient = patient_from({**EXAMPLE, "age": age})
    return to_json(advise(fit, patient, Goal(month=6.0), seed=seed))


def test_eight_threads_say_what_one_says() -> None:
    alone = [plan(replace(shipped_fit()), *asked) for asked in ASKED]  # a copy of its own: nothing remembered
    shared, start = replace(shipped_fit()), Barrier(THREADS)

    def together(asked: tuple[int, int]) -> str:
        return plan(shared, *asked)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda _: start.wait(timeout=60), range(THREADS)))  # all of them are awake
        at_once = list(pool.map(together, ASKED))
    assert at_once == alone


def test_a_fit_and_its_mixtures_hold_nothing_that_changes() -> None:
    fit = replace(shipped_fit())
    before = [getattr(fit, name) for name in fit.__slots__]
    mixture = fit.mixture(3)
    inside = [getattr(mixture, name) for name in mixture.__slots__]
    plan(fit, 61, 3)
    assert all(a is getattr(fit, name) for a, name in zip(before, fit.__slots__, strict=True))
    assert all(a is getattr(mixture, name) for a, name in zip(inside, mixture.__slots__, strict=True))
    assert fit.mixture(3) is mixture  # the last few are remembered
    for seed in range(10, 10 + fits.REMEMBERED):
        fit.mixture(seed)
    assert fit.mixture(3) is not mixture
