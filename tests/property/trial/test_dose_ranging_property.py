"""What must hold of every longitudinal simulation: a trial is a function of its number, whatever else runs
with it.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marrowdose.files.toml import parse_document, read_document
from marrowdose.job_pieces import Way
from marrowdose.statistics.allocation import interleaved
from marrowdose.trial.dose_ranging.curve_average import average_curves, curve_grid
from marrowdose.trial.dose_ranging.design import Ranging
from marrowdose.trial.dose_ranging.file import read_ranging
from marrowdose.trial.dose_ranging.simulate import Results, simulate
from marrowdose.trial.job import Job, run_job
from marrowdose.trial.truths.named import named, preset, truth_of
from places import TEMPLATES

NAMES = ("dose-ranging", "confirmatory", "extension")


def design(name: str, patients: int = 160) -> Ranging:
    return replace(read_ranging(read_document(TEMPLATES / f"{name}.toml")).design, patients=patients)


def same(a: Results, b: Results, *, exactly: bool = False) -> None:
    close = 0.0 if exactly else 1e-9
    for f in fields(Results):
        one, two = getattr(a, f.name), getattr(b, f.name)
        assert (one is None) == (two is None), f.name
        if one is not None:
            np.testing.assert_allclose(one, two, rtol=close, atol=close, err_msg=f.name)


def cut(found: Results, rows: slice) -> Results:
    columns = {f.name: getattr(found, f.name) for f in fields(Results)}
    return Results(**{name: None if column is None else column[rows] for name, column in columns.items()})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("truth", ["posterior", "falling"])
def test_chunks_do_not_matter(name: str, truth: str) -> None:
    whole = simulate(design(name), truth_of(truth), 23, seed=4)
    same(whole, simulate(design(name), truth_of(truth), 23, seed=4, chunk=7 * 160))
    tail = simulate(design(name), truth_of(truth), 5, seed=4, first=18)
    same(cut(whole, slice(18, None)), tail)


def test_workers_do_not_matter() -> None:
    job = Job(
        document=read_document(TEMPLATES / "dose-ranging.toml"), truth=named("plateau"), seed=1, patients=80
    )
    one, two = (run_job(job, 510, way=Way(processes=w)) for w in (1, 2))
    same(one, two, exactly=True)


def test_the_same_people_enter_every_design() -> None:
    """With nothing but placebo-like doses, two allocations of the same patients see the same course of
    enrolment.
    """
    base = design("extension")
    other = replace(base, allocation=(2.0, 1.0, 1.0))
    a, b = (simulate(d, preset("null"), 30, seed=9) for d in (base, other))
    np.testing.assert_array_equal(a.months, b.months)
    np.testing.assert_array_equal(a.lost, b.lost)
    np.testing.assert_array_equal(a.harmed.sum(axis=1) > 0, a.harmed.sum(axis=1) > 0)


@given(st.lists(st.floats(0.05, 1.0), min_size=2, max_size=6), st.integers(10, 400))
@settings(max_examples=50, deadline=None)
def test_quotas_are_exact(parts: list[float], patients: int) -> None:
    shares = np.array([parts]) / sum(parts)
    arms = interleaved(shares, patients)[0]
    counts = np.bincount(arms, minlength=len(parts))
    assert counts.sum() == patients
    assert np.abs(counts - shares[0] * patients).max() <= 1 + 1e-9
    half = np.bincount(arms[: patients // 2], minlength=len(parts))
    assert np.abs(half - shares[0] * (patients // 2)).max() <= 4  # arms enrol side by side


@given(st.integers(0, 2**31), st.floats(0.3, 20.0), st.floats(0.1, 15.0))
@settings(max_examples=40, deadline=None)
def test_probabilities_are_probabilities(seed: int, se: float, margin: float) -> None:
    rng = np.random.default_rng(seed)
    grid = curve_grid((10.0, 25.0, 50.0, 100.0))
    after = average_curves(grid, rng.normal(20, 15, (7, 5)), np.broadcast_to(se**2 * np.eye(5), (7, 5, 5)))
    within, smallest, above = after.within(margin), after.sufficient(margin), after.above(0.0)
    for p in (within, smallest, above, after.weight):
        assert p.min() >= -1e-12
        assert p.max() <= 1 + 1e-12
    np.testing.assert_allclose(smallest.sum(axis=1), 1.0, atol=1e-9)
    np.testing.assert_allclose(after.weight.sum(axis=1), 1.0, atol=1e-12)
    assert (smallest[:, 1:] <= within + 1e-9).all()  # the smallest sufficient dose is a sufficient dose
    assert (after.within(margin * 1.5) >= within - 1e-12).all()  # a wider margin never excludes


def test_a_larger_asked_probability_never_names_a_smaller_dose() -> None:
    base = replace(design("dose-ranging"), looks=())
    truth = truth_of("plateau")
    named = [
        simulate(replace(base, analysis=replace(base.analysis, within=w)), truth, 40, seed=2)
        for w in (0.4, 0.7)
    ]
    np.testing.assert_array_equal(named[0].positive, named[1].positive)
    assert (named[0].named <= named[1].named).mean() > 0.9
    sure = named[1].sure  # where both are sure the order is strict
    assert (named[0].named[sure] <= named[1].named[sure]).all()


def test_dropped_arms_enrol_nobody_and_placebo_stays() -> None:
    base = design("dose-ranging", 300)
    eager = replace(base, looks=(0.5,), analysis=replace(base.analysis, drop=0.5, stops=False, futile=0.0))
    lazy = replace(
        base, looks=(0.5,), analysis=replace(base.analysis, drop=0.0, adapt=0.0, stops=False, futile=0.0)
    )
    found, plain = (simulate(d, preset("falling", largest=25.0), 60, seed=5) for d in (eager, lazy))
    half = np.round(150 * np.array([2, 1, 1, 1, 1]) / 6)
    assert (found.treated.sum(axis=1) == 300).all()
    assert (np.abs(plain.treated - np.array([100, 50, 50, 50, 50])) <= 2).all()
    dropped = np.abs(found.treated - half) <= 1
    assert (
        dropped[:, -1].mean() > dropped[:, 2].mean() + 0.2
    )  # the top dose is far from the best, the second is the best
    assert not dropped[:, 0].any()


def test_protocol_sentences_follow_the_parts() -> None:
    text = (TEMPLATES / "dose-ranging.toml").read_text(encoding="utf-8")
    said = [
        read_ranging(parse_document(t, "x")).design.analysis.sentences()
        for t in (text, text.replace("early = 0.985", "early = 0.97"))
    ]
    assert said[0] != said[1]
    assert any("0.97 at a look" in s for s in said[1])
