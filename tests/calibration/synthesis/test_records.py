"""The slow runs recorded under validation/, read against thresholds. The runs themselves are not in this
suite.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2

from places import VALIDATION


def record(name: str) -> list[dict[str, Any]]:
    return list(json.loads((VALIDATION / name / "record.json").read_text())["rows"])


@pytest.fixture(scope="module")
def worlds() -> list[dict[str, Any]]:
    return record("worlds")


def test_worlds_are_complete(worlds: list[dict[str, Any]]) -> None:
    assert all(n >= 200 for n in Counter(r["world"] for r in worlds).values())
    assert len({r["world"] for r in worlds}) == 4


@pytest.mark.parametrize("k", range(4))
def test_probabilities_are_calibrated(worlds: list[dict[str, Any]], k: int) -> None:
    """Said and true agree in thirds of the probability scale, within Monte-Carlo error and 0.15.

    The four truths are not the model's prior, so exact calibration is not owed; overconfidence is not
    allowed.
    """
    said = np.array([r["statements"][k][1] for r in worlds])
    true = np.array([r["statements"][k][2] for r in worlds], float)
    for low, high in ((0.0, 1 / 3), (2 / 3, 1.001)):
        place = (said >= low) & (said < high)
        if place.sum() < 30:
            continue
        error = 2 * np.sqrt(max(true[place].mean() * (1 - true[place].mean()), 0.01) / place.sum())
        overconfident = (
            said[place].mean() - true[place].mean() if low else true[place].mean() - said[place].mean()
        )
        assert overconfident < 0.15 + error, (low, said[place].mean(), true[place].mean())


def test_advice_loses_less_than_naive_rules(worlds: list[dict[str, Any]]) -> None:
    mean = {rule: float(np.mean([r["loss"][rule] for r in worlds])) for rule in worlds[0]["loss"]}
    advice = mean.pop("advice")
    for rule, loss in mean.items():
        paired = np.array([r["loss"][rule] - r["loss"]["advice"] for r in worlds])
        error = paired.std() / np.sqrt(len(paired))
        assert advice < loss + 2 * error, (rule, advice, loss, error)


def test_ranks_are_uniform() -> None:
    """Simulation-based calibration: χ² of the ranks in 20 bins, over all curves and reported quantities."""
    rows = record("sbc")
    names = sorted({n for r in rows for n in r["ranks"]})
    p = {}
    for name in names:
        ranks = np.array([r["ranks"][name] for r in rows if name in r["ranks"]])
        if len(ranks) < 100:
            continue
        count = np.histogram(ranks, 20, (-0.5, 99.5))[0]
        p[name] = float(chi2.sf(((count - len(ranks) / 20) ** 2 / (len(ranks) / 20)).sum(), 19))
    assert len(p) > 15
    worst = min(p, key=lambda n: p[n])
    assert p[worst] > 0.001 / len(p), (worst, p[worst])


def test_importance_sampling_agrees_with_nuts() -> None:
    rows = record("importance")
    assert {r["curve"] for r in rows if r["curve"] != "null"} >= {"emax", "linear", "plateau", "umbrella"}
    assert np.median([abs(r["mean_shift"]) for r in rows]) < 0.05
    assert max(abs(r["mean_shift"]) for r in rows) < 0.2
    assert 0.75 < np.median([r["sd_ratio"] for r in rows]) < 1.25


def test_a_full_refit_with_another_seed_agrees() -> None:
    found = json.loads((VALIDATION / "refit" / "record.json").read_text())
    assert found["seed"] != found["shipped_seed"]
    assert not [c for c in found["checks"] if c["blocking"] and not c["ok"]]
    z = np.abs([r["z"] for r in found["rows"]])
    assert len(z) >= 100
    assert z.max() < 4
    assert max(found["weight_differences"].values()) < 0.02
