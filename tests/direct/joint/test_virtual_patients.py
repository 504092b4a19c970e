"""Virtual patients: the same in any pieces and places, like those of the trials, weighted as the algebra
says.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marrowdose.errors import InputError
from marrowdose.evidence.cohort import cohort
from marrowdose.evidence.tables import read_evidence
from marrowdose.joint import batches as batching
from marrowdose.joint import population as drawn
from marrowdose.joint.batches import pieces
from marrowdose.joint.parameters import table
from marrowdose.joint.population import Population, outcomes, people
from marrowdose.joint.tally import BIN, Summary, summary, tally
from marrowdose.joint.weighting import Weighting, _tilt, standing, targets, weighting, weights
from marrowdose.report.joint.population import to_parquet

SMALL = Population(patients=600, doses=(0.0, 10.0, 100.0), months=(0.0, 12.0), seed=4)


@pytest.fixture(scope="module")
def tilt() -> Weighting:
    return weighting(SMALL)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as found:
        yield found


def parquet(path: Path, population: Population, tilt: Weighting | None, **where: Any) -> bytes:
    for _ in to_parquet(str(path), pieces(population, tilt, rows=True, **where), population):
        pass
    return path.read_bytes()


def summarised(population: Population, tilt: Weighting | None) -> Summary:
    return summary(reduce(add, (piece.tally for piece in pieces(population, tilt))), population, tilt)


def test_the_same_patients_in_any_pieces(monkeypatch: pytest.MonkeyPatch, tilt: Weighting) -> None:
    one = summarised(SMALL, tilt)
    monkeypatch.setattr(batching, "BATCH", 170)
    other = summarised(SMALL, tilt)
    for name in one.mean:
        assert one.mean[name] == pytest.approx(other.mean[name], rel=1e-12, abs=1e-12)
        assert one.bands[name] == pytest.approx(other.bands[name], abs=1e-9)
    later = people(SMALL, 100, 140)
    assert all(np.array_equal(v[100:140], later[k]) for k, v in people(SMALL, 0, 600).items())


@pytest.mark.parametrize("tier", [1, 2])
def test_processes_and_dask_give_the_same_bytes(
    tier: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tilt: Weighting, cluster: Any
) -> None:
    monkeypatch.setattr(batching, "BATCH", 50)
    population = replace(SMALL, tier=tier, months=(0.0, 3.0, 12.0))
    tilt = tilt if tier == 1 else weighting(population, targets()[:3])
    here = parquet(tmp_path / "a.parquet", population, tilt)
    found: Iterator[Any] = pieces(population, tilt, rows=True, scheduler=cluster.scheduler_address)
    killed = []

    def with_a_death() -> Iterator[Any]:
        for k, piece in enumerate(found):
            if k == 3:
                pid = next(iter(cluster.workers.values())).process.pid
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
            yield piece

    for _ in to_parquet(str(tmp_path / "b.parquet"), with_a_death(), population):
        pass
    assert killed
    assert (tmp_path / "b.parquet").read_bytes() == here
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.parquet", "b.parquet"]


def test_people_are_like_those_of_the_trials() -> None:
    trials, found = cohort(read_evidence()), people(Population(patients=1, seed=9), 0, 40_000)
    for name, spread in (("age", trials.age), ("bmi", trials.bmi)):
        assert (
            abs(found[name].mean() - spread.mean) < 0.05 * spread.sd
        )  # the cut at 40 and 85 years moves it a little
    se = 0.5 / 200
    assert abs(found["female"].mean() - trials.sex.shares["female"]) < 4 * se
    for grade, share in trials.kl_grade.shares.items():
        assert abs((found["kl_grade"] == float(grade)).mean() - share) < 4 * se


def test_weights_solve_the_normal_case_exactly() -> None:
    """Standard normal distances, shifted by m: log mean exp = mλ + λ²/2, so λ = −m/2 and the mean moves to
    m/2.
    """
    from scipy.special import ndtri

    z = 1.2 + np.asarray(ndtri((np.arange(20_000) + 0.5) / 20_000))[:, None]
    assert _tilt(z)[0] == pytest.approx(-0.6, rel=0.01)  # the tails end at 1/40,000


def test_targets_pull_and_rows_hold_their_figures(tilt: Weighting) -> None:
    before = np.abs([(b - t.value) / t.se for t, b in zip(tilt.targets, tilt.before, strict=True)])
    after = np.abs([(a - t.value) / t.se for t, a in zip(tilt.targets, tilt.after, strict=True)])
    assert (after**2).sum() < 0.5 * (before**2).sum()
    assert (tilt.share_without >= tilt.effective_share).any()
    rows = {p.row: p.value for p in table()}
    evidence = {r.ref: r for r in read_evidence().benchmarks + read_evidence().outcomes}
    for t in targets():
        if t.row.startswith("parameters"):
            assert abs(rows[t.row]) == abs(t.value)
        elif t.row.startswith("benchmarks"):
            assert float(evidence[t.row]["value"]) == t.value
        elif t.row:
            assert evidence[t.row]["study_id"] == "LamoEspinosa2016"
        else:
            assert "design notes" in t.source


def test_weights_are_those_of_the_sample(tilt: Weighting) -> None:
    person = people(SMALL, 0, 16384)
    w = weights(tilt, standing(SMALL, person, tilt.targets))
    assert w.max() == pytest.approx(1.0)
    g = standing(SMALL, person, tilt.targets)
    assert w @ g / w.sum() == pytest.approx(tilt.after, rel=1e-9)


def test_summary_against_the_patients_themselves(tilt: Weighting) -> None:
    found = summarised(SMALL, None)
    person = people(SMALL, 0, 600)
    results, _ = outcomes(SMALL, person, list(SMALL.doses), list(SMALL.months))
    gain = results["pain"][:, 0, 1] - results["pain"][:, 2, 1]
    assert found.mean["pain_gain"][2, 1] == pytest.approx(gain.mean())
    assert found.bands["pain_gain"][2, 1] == pytest.approx(np.quantile(gain, (0.1, 0.5, 0.9)), abs=2 * BIN)
    assert found.beats_by_mcid[2, 1] == pytest.approx((gain >= found.mcid).mean())
    assert found.effective == 600


def test_failed_patients_are_named_and_carry_no_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    real = drawn.simulate

    def failing(*given: Any, **asked: Any) -> Any:
        course = real(*given, **asked)
        course.values[7] = np.nan
        return replace(course, failures=((7, "the steps became too small near t = 3"),))

    monkeypatch.setattr(drawn, "simulate", failing)
    population = Population(patients=20, doses=(0.0, 10.0), months=(0.0, 12.0), tier=2)
    (piece,) = pieces(population, None, rows=True)
    batch = piece.batch
    assert batch is not None
    assert batch.failures == ((3, "the steps became too small near t = 3"),)
    assert batch.weight[3] == 0
    assert np.isnan(batch.results["pain"][3]).all()
    assert np.isfinite(summary(tally(batch), population, None).mean["pain_gain"]).all()


@pytest.mark.parametrize(
    "change, said",
    [
        ({"patients": 0}, "^patients: "),
        ({"doses": (10.0,)}, "first dose"),
        ({"doses": (0.0, -1.0)}, "dose"),
        ({"doses": (0.0, 1e9)}, "dose"),
        ({"doses": (0.0, float("nan"))}, "dose"),
        ({"doses": (0.0, 5.0, 5.0)}, "twice"),
        ({"months": (0.0, 1e6)}, "months"),
        ({"months": (3.0, 0.0)}, "ascend"),
        ({"repeats": (-3.0,)}, "repeat"),
        ({"tier": 3}, "^tier"),
        ({"seed": -1}, "seed"),
    ],
)
def test_hostile(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        replace(SMALL, **change)


def test_the_graded_grid_of_tier_2_is_fine_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    population = Population(patients=60, tier=2, months=(0.0, 3.0, 12.0), seed=8)
    person = people(population, 0, 60)
    coarse, _ = outcomes(population, person, list(population.doses), list(population.months))
    real = drawn.simulate

    def exact(*given: Any, **asked: Any) -> Any:
        return real(*given, **asked | {"grid": "adaptive", "rtol": 1e-6})

    monkeypatch.setattr(drawn, "simulate", exact)
    fine, _ = outcomes(population, person, list(population.doses), list(population.months))
    assert np.abs(coarse["pain"] - fine["pain"]).max() < 0.05  # points
    assert np.abs(coarse["cartilage"] - fine["cartilage"]).max() < 1e-5
