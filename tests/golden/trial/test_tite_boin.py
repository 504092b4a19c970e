"""TITE-BOIN and its graded form against TITEgBOIN 0.4.0."""

import numpy as np
import pytest

from marrowdose.trial.dose_finding.decisions import decide
from marrowdose.trial.dose_finding.design import Design, Timing
from marrowdose.trial.dose_finding.parts.limits.isotonic import Isotonic
from marrowdose.trial.dose_finding.parts.toxicity_alone.tite_boin import (
    EliminationByTreated,
    TiteBoin,
    TooManyPending,
    effective_size,
)
from marrowdose.trial.dose_finding.parts.toxicity_alone.tite_gboin import TiteGBoin
from marrowdose.trial.dose_finding.seen import Patients, View
from places import golden

CASES = golden("tite_boin")["cases"]
TABLES = [c for c in CASES if c["kind"] == "TITE-BOIN_next_dose"]
EXAMPLES = [c for c in CASES if c["kind"] == "doc_example"]
assert TABLES
assert EXAMPLES


def view_of(n, toxic, pending, followed, current: int, window: float) -> View:
    """One trial from the counts at each dose; the pending patients of a dose were all followed equally
    long.
    """
    dose, tox, time, score = [], [], [], []
    for j, (many, events, open_, sum_) in enumerate(zip(n, toxic, pending, followed, strict=True)):
        whole = int(np.ceil(events))
        dose += [j] * many
        tox += [True] * whole + [False] * (many - whole)
        score += [events / max(whole, 1)] * whole + [0.0] * (many - whole)
        time += [window] * (many - open_) + [sum_ / max(open_, 1)] * open_
    patients = Patients(
        dose=np.array([dose]),
        followed=np.array([time], float),
        toxic=np.array([tox], bool),
        toxicity_window=window,
        score=np.array([score], float),
    )
    return View(
        doses=tuple(range(1, len(n) + 1)),
        current=np.array([current]),
        treated=np.array([n], np.int16),
        toxic=np.array([toxic]),
        pending=np.array([pending], np.int16),
        score=np.array([toxic], float),
        patients=patients,
    )


@pytest.mark.parametrize("case", TABLES, ids=[c["id"] for c in TABLES])
def test_next_dose(case) -> None:
    given, expected = case["input"], case["expected"]
    design = Design(
        name="TITE-BOIN",
        doses=tuple(range(1, given["n_doses"] + 1)),
        cohort=3,
        patients=99,
        propose=TiteBoin(target=given["target"]),
        select=Isotonic(target=given["target"]),
        limits=(EliminationByTreated(target=given["target"]),),
        pauses=(TooManyPending(share=given["max_pending_fraction"]),),
        timing=Timing(window=given["window"], waits=False),
    )
    at = given["current_dose"] - 1
    columns = (
        "n",
        "y",
        "n_pending",
        "total_followup_of_pending",
        "next_dose",
        "suspend_accrual",
        "eliminate_dose",
    )
    assert not any(expected["stop_trial"])
    rows = list(zip(*(expected[k] for k in columns), strict=True))
    assert len(rows) > 200
    for n, y, pending, followed, dose, suspended, eliminated in rows:
        counts = [[given["n_at_dose1"], n, 0, 0], [0, y, 0, 0], [0, pending, 0, 0], [0, followed, 0, 0]]
        found = decide(design, view_of(*counts, at, given["window"]))
        assert not found.stopped[0]
        assert found.allowed[0, at] != bool(eliminated)
        if found.allowed[0, at]:  # an eliminated dose is left at once, whoever is pending there
            assert found.paused[0] == bool(suspended), (n, y, pending, followed)
        assert (at if found.paused[0] and found.allowed[0, at] else found.next[0]) + 1 == dose


@pytest.mark.parametrize("case", EXAMPLES, ids=[c["id"] for c in EXAMPLES])
def test_published_example(case) -> None:
    """Thresholds, effective patients and mean of every dose, and the next dose; graded ones by TITE-gBOIN."""
    given = case["input"]
    low, high, *rest = case["expected"]["value"]
    doses = len(given["n"])
    part = (TiteGBoin if given["graded"] else TiteBoin)(target=given["target"])
    np.testing.assert_allclose(part.thresholds, [float(low), float(high)], atol=1e-12)
    view = view_of(given["n"], given["y"], given["npend"], given["ft"], given["d"] - 1, given["maxt"])
    n, total = part.weighed(view) if given["graded"] else (effective_size(view), view.toxic)
    np.testing.assert_allclose(n[0], [float(x) for x in rest[:doses]], atol=1e-12)
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(total[0] / n[0], [float(x) for x in rest[doses:-1]], atol=1e-12)
    assert part.propose(view)[0] + 1 == int(rest[-1])
