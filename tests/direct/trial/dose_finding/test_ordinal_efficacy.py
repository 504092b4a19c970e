"""Efficacy in levels: U-BOIN by a table of utilities, truths by level, levels at the bedside."""

from dataclasses import replace

import numpy as np
import pytest

import dose_finding_checks as checks
from marrowdose.errors import InputError
from marrowdose.files.toml import parse_document
from marrowdose.report.trial.dose_finding.protocol import protocol
from marrowdose.report.trial.dose_finding.rules import rule_sentences
from marrowdose.trial.by_dose import drawn_truth
from marrowdose.trial.dose_finding import paths
from marrowdose.trial.dose_finding.cells import Cells
from marrowdose.trial.dose_finding.characteristics import characteristics
from marrowdose.trial.dose_finding.design import Design, Timing
from marrowdose.trial.dose_finding.file import truth_from
from marrowdose.trial.dose_finding.history import next_dose, read_history, view_of
from marrowdose.trial.dose_finding.parts.limits.coherence import Coherence
from marrowdose.trial.dose_finding.parts.limits.elimination import Elimination
from marrowdose.trial.dose_finding.parts.with_efficacy.u_boin import UBoin
from marrowdose.trial.dose_finding.parts.with_efficacy.u_boin_ordinal import UBoinOrdinal
from marrowdose.trial.dose_finding.simulate import run, simulate
from marrowdose.trial.dose_finding.true_rates import TrueRates
from marrowdose.trial.truths.named import Named

UTILITIES = ((30.0, 70.0, 100.0), (0.0, 40.0, 60.0))
LIMITS = {"toxicity_limit": 0.3, "efficacy_limit": 0.25}
PART = UBoinOrdinal(**LIMITS, utilities=UTILITIES, learn=6)
LEVELS = ((0.7, 0.2, 0.1), (0.4, 0.35, 0.25), (0.4, 0.3, 0.3))
TRUTH = TrueRates(toxicity=(0.05, 0.15, 0.3), efficacy=(0.3, 0.6, 0.6), levels=LEVELS, association=0.3)


def design(part=PART, **changes):
    given = {
        "name": "levels",
        "doses": (10.0, 25.0, 50.0),
        "cohort": 3,
        "patients": 9,
        "propose": part,
        "select": part,
        "limits": (Elimination(target=0.3),),
        "timing": Timing(window=3, efficacy_window=6),
    }
    return Design(**{**given, **changes})


def history(tmp_path, rows, head="dose,toxic,level"):
    file = tmp_path / "h.csv"
    file.write_text("\n".join([head, *rows]) + "\n")
    return read_history(file, design())


def test_mean_utility_by_hand(tmp_path) -> None:
    """Two outcomes by six: prior 1/6 of a patient at each, so (50 + sum)/(1 + n)."""
    seen = history(tmp_path, ["10,0,2", "10,1,1", "10,0,0", "25,1,2", "25,1,0", "25,0,1"])
    found = PART.mean_utility(view_of(design(), seen))[0]
    assert found.tolist() == pytest.approx([(50 + 100 + 40 + 30) / 4, (50 + 60 + 0 + 70) / 4, 50.0])


def test_it_is_the_dirichlet_mean() -> None:
    """The posterior mean of utility over draws of the six probabilities."""
    counts = np.array([[4, 2, 1], [1, 0, 2]])
    n = counts.sum()
    view = replace(view_of(design(), []), current=np.array([0]))
    at = np.array([1, 0, 0])

    def of(x):
        return (at * x)[None].astype(np.int16)

    better = np.stack([of(counts[:, 2].sum()), of(counts[1, 2])], axis=2)
    view = replace(
        view,
        treated=of(n),
        toxic=of(counts[1].sum()),
        effective=of(counts[:, 1:].sum()),
        both=of(counts[1, 1:].sum()),
        better=better,
    )
    draws = np.random.default_rng(0).dirichlet(counts.ravel() + 1 / 6, 20_000) @ np.ravel(UTILITIES)
    error = draws.std() / np.sqrt(len(draws))
    assert abs(PART.mean_utility(view)[0, 0] - draws.mean()) < 4 * error


def test_with_two_levels_it_is_u_boin() -> None:
    """A prior worth two patients with mean 50 is the uniform one of the quasi-events."""
    two = UBoinOrdinal(**LIMITS, utilities=((40.0, 100.0), (0.0, 60.0)), prior=2.0, learn=6)
    binary = replace(TRUTH, levels=tuple((1 - p, p) for p in TRUTH.efficacy))
    one, other = (
        simulate(design(part, patients=30), binary, 500, seed=8) for part in (two, UBoin(**LIMITS, learn=6))
    )
    for name in ("chosen", "treated", "toxic", "effective"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert one.better is None


def test_simulation_is_enumeration() -> None:
    checks.simulation_is_enumeration(design(), TRUTH, trials=20_000)
    exact, runs = paths.all_paths(design(), TRUTH), simulate(design(), TRUTH, 20_000, seed=2)
    expected = np.einsum("s,sdk->dk", exact.probability, exact.view.better)
    error = runs.better.std(axis=0) / np.sqrt(len(runs))
    assert np.all(np.abs(runs.better.mean(axis=0) - expected) < 4.5 * error)
    assert expected[:, 1].min() > 0.01
    apart = paths.all_paths(replace(design(), patients=3), TRUTH, merge=False)
    assert sum("level 2 1, both 1" in h for h in apart.history) > 0
    assert apart.probability.sum() == pytest.approx(1)


def test_the_clock_changes_nothing_where_all_are_waited_for() -> None:
    """The same trials patient by patient, and count by count: a limit that needs time, and never binds, is
    added.
    """
    calm = replace(TRUTH, toxicity=(0.0, 0.0, 0.0))
    counted = simulate(design(), calm, 300, seed=1)
    timed = simulate(design(limits=(Elimination(target=0.3), Coherence(target=0.5))), calm, 300, seed=1)
    for name in ("chosen", "treated", "effective", "better"):
        assert np.array_equal(getattr(counted, name), getattr(timed, name)), name
    part = run(design(), calm, np.arange(100, 150), seed=1)
    assert np.array_equal(part.better, counted.better[100:150])
    cells = simulate(design(cells=Cells(dose_cv=0.3)), TRUTH, 300, seed=1)
    assert np.all(cells.better[..., 0] <= cells.effective)
    found = characteristics(design(), calm, counted)
    assert found.better[0][1].value == counted.better[:, 1, 0].mean()


def test_many_codes_are_told_apart_too() -> None:
    """Cohorts whose outcomes have too many codes for a table: the same trials in one cohort and in three."""
    five = ((0.5, 0.2, 0.1, 0.1, 0.1),) * 3
    part = UBoinOrdinal(**LIMITS, utilities=((30.0, 50.0, 70.0, 90.0, 100.0), (0.0, 10.0, 20.0, 30.0, 40.0)))
    truth = replace(TRUTH, efficacy=(0.5,) * 3, levels=five)
    large, small = (simulate(design(part, cohort=c, patients=9), truth, 200, seed=1) for c in (9, 3))
    assert large.better.shape == (200, 3, 6)
    assert np.all(np.diff(large.better[..., ::2], axis=2) <= 0)
    everybody = small.treated[:, 0] == 9
    assert np.array_equal(large.better[everybody], small.better[everybody])


def test_at_the_bedside(tmp_path) -> None:
    found = next_dose(design(patients=12), history(tmp_path, ["10,0,0"] * 3 + ["25,0,2", "25,0,1", "25,0,2"]))
    assert design().doses[found.dose] == 50
    assert "10 M 35.0 (not admissible)" not in " ".join(found.reasons)
    assert "25 M 80.0" in " ".join(found.reasons)  # (50 + 100 + 70 + 100)/4


@pytest.mark.parametrize(
    "head,row,message",
    [
        ("dose,toxic,level", "10,0,3", "no level of efficacy"),
        ("dose,toxic,level", "10,0,1.5", "no level of efficacy"),
        ("dose,toxic,level", "10,0,full", "not usable"),
        ("dose,toxic,effective", "10,0,1", "no column 'level'"),
        ("dose,toxic,level,effective", "10,0,1,1", "give level alone"),
    ],
)
def test_histories(tmp_path, head, row, message) -> None:
    with pytest.raises(InputError, match=message):
        history(tmp_path, [row], head)
    file = tmp_path / "binary.csv"
    file.write_text("dose,toxic,level\n10,0,1\n")
    with pytest.raises(InputError, match="two levels"):
        read_history(file, design(UBoin(**LIMITS)))


@pytest.mark.parametrize(
    "change,message",
    [
        ({"utilities": ((1.0, 2.0),)}, "two rows"),
        ({"utilities": ((1.0, 2.0), (0.0,))}, "two rows"),
        ({"utilities": ((1.0, 2.0, 300.0), (0.0, 1.0, 2.0))}, "utilities"),
        ({"utilities": ((50.0, 20.0, 100.0), (0.0, 1.0, 2.0))}, "falls with efficacy"),
        ({"utilities": ((30.0, 70.0, 100.0), (40.0, 50.0, 60.0))}, "worth more"),
        ({"prior": 0.0}, "prior"),
        ({"learn": 0}, "learn"),
        ({"efficacy_limit": 2.0}, "efficacy"),
    ],
)
def test_what_it_cannot_use(change, message) -> None:
    with pytest.raises(InputError, match=message):
        UBoinOrdinal(**{**LIMITS, "utilities": UTILITIES, **change})


@pytest.mark.parametrize(
    "lines,message",
    [
        ("levels = [[0.5, 0.5, 0.1], [0.5, 0.4, 0.1], [0.4, 0.4, 0.2]]", "add up to 1"),
        ("levels = [[0.5, 0.4, 0.1], [0.5, 0.5], [0.4, 0.4, 0.2]]", "one length"),
        ("levels = [[0.5, 0.4, 0.1]]", "one a dose"),
        ("levels = [[], [], []]", "one length"),
        (
            "levels = [[0.5, 0.4, 0.1], [0.5, 0.4, 0.1], [0.4, 0.4, 0.2]]\nefficacy = [0.1, 0.5, 0.6]",
            "leave efficacy out",
        ),
    ],
)
def test_truths(lines, message) -> None:
    document = parse_document(f"[truth]\ntoxicity = [0.1, 0.2, 0.3]\n{lines}\n", "t.toml")
    with pytest.raises(InputError, match=message):
        truth_from(document, (10.0, 25.0, 50.0))


def test_a_truth_of_other_levels_is_refused() -> None:
    for wrong in (
        replace(TRUTH, levels=None),
        replace(TRUTH, levels=tuple((1 - p, p) for p in TRUTH.efficacy)),
    ):
        with pytest.raises(InputError, match="levels"):
            simulate(design(), wrong, 10)
    with pytest.raises(InputError, match="levels of efficacy"):
        design(select=UBoinOrdinal(**LIMITS, utilities=((30.0, 100.0), (0.0, 60.0))))


def test_levels_from_the_posterior() -> None:
    """Two thresholds of the improvement: the first is that of a truth with one, the second is rarer."""
    named = Named("posterior")
    both, one = (drawn_truth(named, design(), responder=20, further=f, seed=3) for f in ((40.0,), ()))
    trials = np.arange(50)
    assert np.array_equal(both.chances(trials).efficacy, one.chances(trials).efficacy)
    strict = drawn_truth(named, design(), responder=40, seed=3).chances(trials)
    assert np.allclose(both.chances(trials).better[..., 0], strict.efficacy, atol=1e-12)
    assert np.allclose(np.sum(both.levels, axis=1), 1)
    assert simulate(design(), both, 20, seed=3).better.sum() > 0
    with pytest.raises(InputError, match="increase"):
        drawn_truth(named, design(), responder=40, further=(20.0,))


def test_sentences_come_from_the_part() -> None:
    said = " ".join(rule_sentences(design())["Dose"])
    assert "30, 70, 100 without toxicity and 0, 40, 60 with it" in said
    other = replace(PART, utilities=((35.0, 70.0, 100.0), (0.0, 40.0, 60.0)), prior=3.0)
    now = " ".join(rule_sentences(design(other))["Dose"])
    assert "35, 70, 100" in now
    assert "worth 3 patients" in now
    runs = simulate(design(), TRUTH, 50)
    sections = repr(protocol(design(), TRUTH, characteristics(design(), TRUTH, runs), seed=0))
    assert "level 0, none, to 2, full" in sections
    assert "level 2 or better" in sections
