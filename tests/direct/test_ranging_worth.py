"""What trials are worth: several designs by one trial patient, with intervals over the same trials."""

from __future__ import annotations

import json
from importlib.resources import files

import numpy as np
import pytest

from marrowdose.cli import main
from marrowdose.trial.ranging.design import read_ranging
from marrowdose.trial.ranging.scenario import truth_of
from marrowdose.trial.ranging.simulate import Results, simulate
from marrowdose.trial.ranging.worth import Stakes, common_choice, compared, worth
from marrowdose.trial.toml_file import read_document

TEMPLATES = files("marrowdose").joinpath("trial/templates")
PATHS = [str(TEMPLATES.joinpath(f"{n}.toml")) for n in ("dose-ranging", "confirmatory", "extension")]


@pytest.fixture(scope="module")
def found() -> list[Results]:
    truth = truth_of("posterior")
    return [simulate(read_ranging(read_document(p)).design, truth, 150) for p in PATHS[:2]]


def test_the_interval_of_net_benefit_a_patient_is_that_of_resampling(found: list[Results]) -> None:
    stakes, rng = Stakes(), np.random.default_rng(1)
    one = worth(found[0], stakes)
    arms = np.column_stack([np.zeros(150), found[0].truth])
    net = stakes.population * (arms[np.arange(150), found[0].named] - common_choice(found[0].truth, stakes))
    size = found[0].treated.sum(axis=1)
    net -= stakes.per_patient * size
    assert one.net_per_trial_patient.value == pytest.approx(net.sum() / size.sum())
    rows = rng.integers(0, 150, (2000, 150))
    again = net[rows].sum(axis=1) / size[rows].sum(axis=1)
    assert one.net_per_trial_patient.error == pytest.approx(
        again.std(), rel=0.1
    )  # SE of an SD of 2,000: 1.6 %


def test_designs_are_ranked_with_paired_intervals(found: list[Results]) -> None:
    curves = [(n, [(300, worth(f, Stakes()))]) for n, f in zip("ab", found, strict=True)]
    ranks = compared(curves)
    best, other = ranks
    assert best.net_per_trial_patient.value >= other.net_per_trial_patient.value
    assert best.less == (0.0, 0.0)
    assert other.less.value == pytest.approx(other.net_per_trial_patient.value - best.net_per_trial_patient.value)  # fmt: skip
    apart = np.hypot(best.net_per_trial_patient.error, other.net_per_trial_patient.error)
    assert (
        0 < other.less.error < apart
    )  # the same truths: the difference is surer than two runs would make it
    same = compared([("a", curves[0][1]), ("c", curves[0][1])])
    assert same[1].interval == (0.0, 0.0)


def test_the_command(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    page = tmp_path / "w.html"
    words = ["trial", "worth", *PATHS[:2], "--trials=100", "--sizes=100,200", f"--html={page}"]
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [len(d["sizes"]) for d in told["designs"]] == [2, 2]
    assert len(told["worth_most_per_patient"]) == 2
    low, high = told["designs"][0]["sizes"][0]["net"]["interval_95"]
    assert low < told["designs"][0]["sizes"][0]["net"]["value"] < high
    text = page.read_text(encoding="utf-8")
    assert "<svg" in text
    assert "BM-MSC confirmatory" in text
    assert main(words) == 0
    assert "Worth most for one trial patient" in capsys.readouterr().out
    for bad in (["trial", "worth", *PATHS], ["trial", "worth", PATHS[0], PATHS[0]], ["trial", "worth", PATHS[0], "--truth=plateau"]):  # fmt: skip
        assert main([*bad, "--trials=100"]) == 2
        assert capsys.readouterr().err.count("\n") == 1
