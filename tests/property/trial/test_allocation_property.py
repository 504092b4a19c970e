"""Blocks hold their quotas, limits hold, and who gets what depends on nobody else who is simulated."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marrowdose.files.toml import parse_document
from marrowdose.job_pieces import Way
from marrowdose.statistics.allocation import (
    AdaptiveRandomisation,
    AdaptiveTrials,
    limited,
    permuted,
    simulate,
)
from marrowdose.trial.dose_ranging.simulate import Results
from marrowdose.trial.job import Job, run_job
from marrowdose.trial.truths.named import named
from places import TEMPLATES

GOOD = (TEMPLATES / "dose-ranging.toml").read_text(encoding="utf-8")
PARTS = st.lists(st.integers(1, 4), min_size=2, max_size=6)


@given(PARTS, st.integers(1, 3), st.integers(0, 50), st.integers(0, 2**20))
@settings(max_examples=50, deadline=None)
def test_whole_blocks_hold_exact_quotas(parts: list[int], times: int, first: int, seed: int) -> None:
    block, trials = sum(parts) * times, np.arange(3)
    arms = permuted(
        np.tile(np.array(parts) / sum(parts), (3, 1)), trials, first, 4 * block + 1, block=block, seed=seed
    )
    for trial in arms[:, :-1].reshape(3, 4, block):
        for one in trial:
            assert (np.bincount(one, minlength=len(parts)) == times * np.array(parts)).all()


@given(st.lists(st.floats(0.02, 1.0), min_size=2, max_size=6), st.integers(1, 40), st.integers(0, 2**20))
@settings(max_examples=50, deadline=None)
def test_other_shares_are_rounded_to_a_neighbour(parts: list[float], block: int, seed: int) -> None:
    share = np.array(parts) / sum(parts)
    arms = permuted(np.tile(share, (5, 1)), np.arange(5), 0, 2 * block, block=block, seed=seed)
    for one in arms.reshape(10, block):
        counts = np.bincount(one, minlength=len(parts))
        assert (np.abs(counts - block * share) < 1 + 1e-9).all()


def test_places_are_fair_and_blocks_do_not_repeat() -> None:
    """Every patient of a block gets every arm as often as its share says, and orders of blocks are new."""
    share, trials = np.array([0.5, 0.3, 0.2]), 20_000
    for block in (1, 4, 10):
        arms = permuted(np.tile(share, (trials, 1)), np.arange(trials), 7, 20, block=block, seed=1)
        for k, p in enumerate(share):
            away = (arms == k).mean(axis=0) - p
            assert np.abs(away).max() < 5 * np.sqrt(p * (1 - p) / trials)
    same = (arms[:, :10] == arms[:, 10:]).all(axis=1).mean()
    assert same < 5e-3  # 10!/(5! 3! 2!) = 2520 orders


def test_blocks_begun_anew_have_orders_of_their_own() -> None:
    shares, trials = np.tile([0.5, 0.5], (500, 1)), np.arange(500)
    one, two = (permuted(shares, trials, first, 10, block=10, seed=1) for first in (0, 10))
    assert (one == two).all(axis=1).mean() < 0.03  # 252 orders


@given(st.integers(0, 2**20), st.floats(0, 0.15), st.floats(0.2, 1.0), st.integers(2, 6))
@settings(max_examples=80, deadline=None)
def test_limits_hold_and_free_arms_stay_in_proportion(seed: int, least: float, cap: float, arms: int) -> None:
    rng = np.random.default_rng(seed)
    shares, kept = rng.dirichlet(np.full(arms, 0.4), 20), rng.random((20, arms)) < 0.7
    kept[:, 0] = True
    low, high = np.full(arms, least), np.full(arms, cap)
    found = limited(np.where(kept, shares, 0.0), kept, low, high)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert (found[~kept] == 0).all()
    top = np.maximum(cap, 1 / kept.sum(axis=1))[:, None]
    assert (found <= top + 1e-9).all()
    assert (found[kept] >= least - 1e-9).all()
    free = kept & (found > least + 1e-7) & (found < top - 1e-7) & (shares > 1e-6)
    factor = np.where(free, found / np.maximum(shares, 1e-12), np.nan)
    for row in factor:
        inside = row[np.isfinite(row)]
        assert len(inside) < 2 or np.allclose(inside, inside[0], rtol=1e-6)


def test_one_and_two_processes_give_the_same() -> None:
    sections = "[comparator]\n[randomisation]\nblock = 5\nevery = 10\nburn_in = 20\ncap = 0.4\n"
    job = Job(
        document=parse_document(f"{GOOD}\n{sections}", "d"), truth=named("posterior"), seed=1, patients=60
    )
    one, two = (run_job(job, 501, way=Way(processes=w)) for w in (1, 2))
    for field in fields(Results):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(two, field.name))
    assert one.versus is not None


OFTEN = AdaptiveRandomisation(looks=(60, 120, 180), every=6, block=3, burn_in=30, control=0.3, cap=0.5)
MEANS = [0.0, 4.0, 12.0, 12.0]


def test_renewals_do_not_depend_on_the_batch() -> None:
    whole, tail = (
        simulate(OFTEN, MEANS, sd=20, trials=40, seed=5),
        simulate(OFTEN, MEANS, sd=20, trials=10, seed=5, first=30),
    )
    for name in AdaptiveTrials.__slots__:
        np.testing.assert_array_equal(getattr(whole, name)[30:], getattr(tail, name), err_msg=name)


def test_renewal_at_the_looks_only_is_the_plain_design() -> None:
    plain = AdaptiveRandomisation(looks=(60, 120, 180))
    a, b = (
        simulate(d, MEANS, sd=20, trials=60, seed=5) for d in (plain, replace(plain, every=60, burn_in=60))
    )
    np.testing.assert_array_equal(a.patients, b.patients)


def test_the_control_and_the_cap_hold_and_more_renewals_move_more_patients() -> None:
    found = simulate(OFTEN, MEANS, sd=20, trials=400, seed=2)
    full = found.size == 180
    assert full.mean() > 0.5
    # blocks of three round 0.3 of three and 0.5 of three at random, so limits hold within that chance
    assert found.patients[full, 0].mean() == pytest.approx(54, abs=4)
    assert found.patients[full, 0].min() >= 54 - 5 * np.sqrt(60 * 0.9 * 0.1)
    assert found.patients.max() <= 90 + 5 * np.sqrt(60 * 0.25)
    assert found.active[:, 0].all()
    late = simulate(replace(OFTEN, every=None, burn_in=0), MEANS, sd=20, trials=400, seed=2)
    good = [f.patients[:, 2:].sum(axis=1) / f.size for f in (found, late)]
    assert good[0].mean() > good[1].mean()
