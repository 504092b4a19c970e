"""``marrowdose mcpmod`` and ``marrowdose power``: text, JSON, and one sentence for what cannot be used."""

import argparse
import json
from pathlib import Path

import pytest

from marrowdose.cli_trial import add_parsers, run_mcpmod, run_power
from marrowdose.domain import InputError

BIOM = json.loads((Path(__file__).parents[1] / "golden" / "mcpmod_biom.json").read_text(encoding="utf-8"))
CANDIDATES = ["--candidate=linear", "--candidate=emax=0.05", "--candidate=sigemax=0.5,4"]


def _run(*args):
    top = argparse.ArgumentParser()
    add_parsers(top.add_subparsers(dest="command"))
    parsed = top.parse_args(args)
    return (run_mcpmod if parsed.command == "mcpmod" else run_power)(parsed)


@pytest.fixture
def biom(tmp_path):
    path = tmp_path / "biom.csv"
    rows = zip(BIOM["inputs"]["dose"], BIOM["inputs"]["resp"], strict=True)
    path.write_text("dose,response\n" + "".join(f"{d},{y}\n" for d, y in rows), encoding="utf-8")
    return str(path)


def test_mcpmod_json(biom, capsys):
    assert _run("mcpmod", biom, *CANDIDATES, "--delta=0.4", "--ed=0.5", "--bootstrap=50", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["selected"] == "emax"
    assert found["target_dose"]["emax"] == pytest.approx(
        BIOM["results"]["MCPMod"]["doseEst"]["emax"], rel=1e-4
    )
    assert found["effective_dose"]["linear"] == pytest.approx(0.5)
    assert sum(found["bootstrap"]["chosen"].values()) == pytest.approx(1)


def test_mcpmod_text(biom, capsys):
    _run("mcpmod", biom, *CANDIDATES, "--delta=0.7")
    said = capsys.readouterr().out
    assert "Selected: emax" in said
    assert "none up to the largest dose" in said
    _run("mcpmod", biom, *CANDIDATES, "--decreasing")
    assert "no dose-response is claimed" in capsys.readouterr().out


def test_mcpmod_of_estimates(tmp_path, capsys):
    path = tmp_path / "arms.csv"
    path.write_text("dose,logit,se\n0,-2.2,0.3\n10,-1.4,0.3\n50,-0.9,0.3\n200,-0.6,0.3\n")
    _run("mcpmod", str(path), "--response=logit", "--se=se", "--candidate=emax=25", "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["test"]["df"] is None
    assert found["selected"] == "emax"


def test_power_and_sample_size(capsys):
    plan = [
        "power",
        "--doses=0,10,50,100",
        "--sigma=20",
        "--effect=10",
        "--candidate=linear",
        "--candidate=emax=20",
    ]
    _run(*plan, "--target=0.8", "--json")
    size = json.loads(capsys.readouterr().out)
    assert min(size["power"].values()) >= 0.8
    _run(*plan, f"--n={size['n'][0] - 1}", "--json")
    assert min(json.loads(capsys.readouterr().out)["power"].values()) < 0.8
    _run(*plan, "--n=40,20,20,40")
    assert "120 patients" in capsys.readouterr().out


@pytest.mark.parametrize(
    "args",
    [
        ["--candidate=emax"],
        ["--candidate=umbrella"],
        ["--candidate=emax=a"],
        [],
        ["--candidate=linear", "--response=pain"],
        ["--candidate=linear", "--se=response"],
        ["--candidate=linear", "--ed=2"],
        ["--candidate=linear", "--alpha=0.7"],
        ["--candidate=linear", "--seed=-1"],
    ],
)
def test_refused(biom, args):
    with pytest.raises(InputError):
        _run("mcpmod", biom, *args)


def test_a_bad_cell_is_named(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("dose,response\n0,1\n1,x\n")
    with pytest.raises(InputError, match=r"bad.csv:3: response: 'x' is not a number"):
        _run("mcpmod", str(path), "--candidate=linear")
