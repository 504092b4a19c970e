"""The protocol tells the type-I error where trials are asked for, and says what is missing where they are
not.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from scipy.stats import binomtest

from marrowdose.cli import main
from marrowdose.files.toml import read_document
from marrowdose.report.trial.dose_ranging.protocol import exact_interval
from marrowdose.trial.dose_finding.characteristics import characteristics, overdose_limit
from marrowdose.trial.dose_finding.file import read_design
from marrowdose.trial.dose_finding.simulate import simulate
from marrowdose.trial.dose_ranging.characteristics import characteristics as summary
from marrowdose.trial.dose_ranging.file import read_ranging
from marrowdose.trial.dose_ranging.simulate import simulate as simulate_ranging
from marrowdose.trial.no_effect import null_truths
from marrowdose.trial.run import Asked
from marrowdose.trial.truths.named import truth_of

TEMPLATES = files("marrowdose").joinpath("trial/templates")
PATHS = {n: str(TEMPLATES.joinpath(f"{n}.toml")) for n in ("escalation", "obd", "confirmatory", "extension")}


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["trial", "protocol", *words]) == 0
    return capsys.readouterr().out


def test_a_longitudinal_protocol_tells_the_error_of_its_own_simulation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = told(capsys, PATHS["confirmatory"], "--trials=120", "--seed=2")
    planned = read_ranging(read_document(PATHS["confirmatory"]))
    found = summary(
        simulate_ranging(planned.design, truth_of("null"), 120, seed=2),
        margin=2,
        looks=len(planned.design.stages),
    )
    low, high = exact_interval(round(found.error.value * 120), 120)
    assert f"in {100 * found.error.value:.2f} % of 120 simulated trials in which no dose helps" in said
    assert f"{100 * low:.2f} to {100 * high:.2f} %" in said
    assert "to be completed: type-I error" not in said


def test_a_dose_finding_protocol_tells_how_often_a_dose_is_wrongly_chosen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, rows in (("escalation", 1), ("obd", 2)):
        said = told(capsys, PATHS[name], "--trials=100")
        design = read_design(PATHS[name])[0]
        truths = null_truths(design)
        assert len(truths) == rows
        for truth in truths:
            found = characteristics(design, truth, simulate(design, truth, 100))
            wrong, error = 100 * (1 - found.none.value), 100 * found.none.monte_carlo_se
            assert f"| {truth.name} | {wrong:.1f} ± {error:.1f} %" in said
        assert all(p == pytest.approx(2 * overdose_limit(design)) for p in truths[0].toxicity)
        assert ("Without a control group" in said) == (name == "obd")
    helpless = null_truths(read_design(PATHS["obd"])[0])[1]
    assert helpless.efficacy == pytest.approx([helpless.without] * 5, abs=1e-12)  # cells do nothing


def test_without_trials_the_sentence_says_what_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Asked.__init__.__kwdefaults__, "trials", 60)
    said = told(capsys, PATHS["escalation"])
    assert "how often a dose is chosen where none should be (give --trials)" in said
    assert "60 trials" in said
    assert "type-I error)" not in said


def test_the_error_goes_on_after_a_kill_and_is_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [PATHS["obd"], "--trials=60", f"--resume={tmp_path / 'kept'}", "--json"]
    first, again = told(capsys, *words), told(capsys, *words)
    assert json.loads(first) == json.loads(again)
    assert json.loads(first) == json.loads(told(capsys, PATHS["obd"], "--trials=60", "--json"))


@pytest.mark.parametrize(("events", "trials"), [(0, 50), (1, 200), (130, 5000), (50, 50)])
def test_the_interval_of_a_rare_error_is_exact(events: int, trials: int) -> None:
    exact = binomtest(events, trials).proportion_ci(method="exact")
    assert exact_interval(events, trials) == pytest.approx((exact.low, exact.high), abs=1e-9)
