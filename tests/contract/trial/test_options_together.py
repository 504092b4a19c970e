"""Options of longitudinal and dose-finding designs that were made apart, used together."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from marrowdose.cli import main
from marrowdose.files.toml import read_document
from marrowdose.trial.job import Job, run_job
from marrowdose.trial.truths.named import Named
from places import TEMPLATES

MCPMOD = '[analysis]\nmethod = "mcp-mod"\ncandidates = ["linear", "emax=20"]\n'
ARM = '[comparator]\ntreatment = "ha"\n'
UNDER = '[background]\ntreatment = "ha"\ninteraction = -0.2\n'


def template(name: str) -> str:
    return TEMPLATES.joinpath(f"{name}.toml").read_text(encoding="utf-8")


def with_mcpmod(text: str) -> str:
    """The analysis of a template replaced."""
    start = text.index("[analysis]")
    end = text.find("\n[", start)
    return text[:start] + MCPMOD + (text[end:] if end > 0 else "")


def results(folder: Path, text: str, trials: int, truth: str = "plateau"):
    file = folder / "design.toml"
    file.write_text(text, encoding="utf-8")
    return run_job(Job(document=read_document(file), truth=Named(truth), seed=5), trials)


def test_run_in_scores_reach_mcp_mod(tmp_path: Path) -> None:
    """Only the last analysis of trials may differ, and some does."""
    text = with_mcpmod(template("seamless")).replace("looks = ", "# looks = ")
    apart = results(tmp_path, text, 60)
    stratum = results(tmp_path, text.replace('scores = "apart"', 'scores = "stratum"'), 60)
    np.testing.assert_array_equal(apart.treated, stratum.treated)
    both = np.isfinite(apart.benefit) & np.isfinite(stratum.benefit)
    assert both.any()
    away = np.abs(apart.benefit - stratum.benefit)[both]
    assert 0.01 < away.mean() < 3
    np.testing.assert_array_equal(apart.target, stratum.target)


@pytest.mark.parametrize("estimand", ["treatment policy", "hypothetical", "composite"])
@pytest.mark.parametrize("section", [ARM, UNDER], ids=["arm", "background"])
def test_estimates_meet_their_estimand_beside_another_treatment(
    tmp_path: Path, section: str, estimand: str
) -> None:
    """Without looks, under missing at random: bias within four Monte-Carlo errors of 0, coverage near 95
    %.
    """
    text = with_mcpmod(template("dose-ranging")).replace('"hypothetical"', f'"{estimand}"')
    text = text.replace("looks = ", "# looks = ") + "\n" + section
    found = results(tmp_path, text, 400)
    away = found.benefit - found.target
    error = away.std(axis=0, ddof=1) / 20
    assert (np.abs(away.mean(axis=0)) < 4 * error + 0.15).all()
    covered = ((found.lower <= found.target) & (found.target <= found.upper)).mean(axis=0)
    assert (np.abs(covered - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 400)).all()


def test_background_shrinks_the_target_by_its_interaction(tmp_path: Path) -> None:
    text = template("dose-ranging").replace("looks = ", "# looks = ")
    plain = results(tmp_path, text, 20)
    under = results(tmp_path, text + "\n" + UNDER, 20)
    np.testing.assert_allclose(under.truth, 0.8 * plain.truth)


def test_a_seamless_design_takes_blocks_and_refuses_other_treatments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = template("seamless")
    blocks = results(tmp_path, text + "\n[randomisation]\nblock = 1\n", 40)
    plain = results(tmp_path, text, 40)
    np.testing.assert_array_equal(blocks.opened, plain.opened)
    assert (blocks.treated != plain.treated).any()
    for section in (ARM, UNDER):
        (tmp_path / "design.toml").write_text(text + "\n" + section, encoding="utf-8")
        assert main(["trial", "run", str(tmp_path / "design.toml"), "--trials", "10"]) == 2
        said = capsys.readouterr().err
        assert "has no place in a seamless design" in said
        assert said.count("\n") == 1


def test_worth_refuses_to_mix_backgrounds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "under.toml").write_text(template("dose-ranging") + "\n" + UNDER, encoding="utf-8")
    words = ["trial", "worth", str(tmp_path / "under.toml"), str(TEMPLATES / "obd.toml"), "--trials", "100"]
    assert main(words) == 2
    assert "different [background]" in capsys.readouterr().err


def test_either_harm_under_the_published_trials(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["trial", "run", str(TEMPLATES / "obd.toml"), "--truth", "posterior", "--trials", "40", "--json"]
    rates = {}
    for harm in ("serious", "local"):
        assert main([*words, "--harm", harm]) == 0
        rates[harm] = json.loads(capsys.readouterr().out)["truth"]["toxicity"]
    assert max(rates["serious"]) < min(rates["local"])


def test_worth_says_who_has_no_control(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["trial", "worth", str(TEMPLATES / "dose-ranging.toml"), str(TEMPLATES / "escalation.toml")]
    assert main([*words, "--trials", "100", "--sizes", "36"]) == 0
    said = capsys.readouterr().out
    assert said.count("has no placebo group") == 1
    assert "BM-MSC escalation" in said.split(" has no placebo group")[0].rsplit("\n", 1)[1]


@pytest.mark.parametrize("part", ["next", "paths"])
def test_a_randomised_design_has_no_next_dose(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], part: str
) -> None:
    (tmp_path / "history.csv").write_text("dose,toxic\n10,0\n", encoding="utf-8")
    history = [str(tmp_path / "history.csv")] if part == "next" else []
    assert main(["trial", part, str(TEMPLATES / "dose-ranging.toml"), *history]) == 2
    said = capsys.readouterr().err
    assert "randomises its patients" in said
    assert said.count("\n") == 1
