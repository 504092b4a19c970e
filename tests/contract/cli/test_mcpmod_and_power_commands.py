"""``marrowdose mcpmod`` and ``marrowdose power``: text, JSON, and one sentence for what cannot be used."""

import json
import re
from xml.etree import ElementTree

import pytest

from marrowdose.cli import mcpmod, parser, power
from marrowdose.domain import BANNER
from marrowdose.errors import InputError
from places import golden

BIOM = golden("mcpmod_biom")
CANDIDATES = ["--candidate=linear", "--candidate=emax=0.05", "--candidate=sigemax=0.5,4"]


def _run(*args):
    parsed = parser(args[0]).parse_args(args)
    return {"mcpmod": mcpmod, "power": power}[parsed.run].run(parsed)


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
        ["--candidate=linear", "--df=5"],
        ["--candidate=linear", "--placebo-adjusted"],
        ["--candidate=linear", "--covariance=no-such.csv", "--se=response"],
        ["--candidate=linear", "--html=."],
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


ARMS = "dose,effect,se\n10,2,0.9\n50,3.5,0.9\n200,4.2,0.9\n"
SHARED = "0.81,0.4,0.4\n0.4,0.81,0.4\n0.4,0.4,0.81\n"  # a common placebo


@pytest.fixture
def arms(tmp_path):
    (tmp_path / "arms.csv").write_text(ARMS, encoding="utf-8")
    (tmp_path / "shared.csv").write_text(SHARED, encoding="utf-8")
    return tmp_path


def test_effects_without_placebo_and_their_covariance(arms, capsys):
    given = ["mcpmod", str(arms / "arms.csv"), "--response=effect", f"--covariance={arms / 'shared.csv'}"]
    asked = ["--placebo-adjusted", "--candidate=emax=25", "--candidate=linear", "--delta=2", "--json"]
    _run(*given, *asked)
    shared = json.loads(capsys.readouterr().out)
    assert shared["scale"] == "effect over placebo"
    assert [a["dose"] for a in shared["estimates"]] == [10, 50, 200]
    assert shared["fits"]["emax"]["curve"]["value"][0] == pytest.approx(0, abs=1e-9)
    assert shared["target_interval"]["emax"]["lower"] < shared["target_dose"]["emax"]
    _run(*given[:-1], "--se=se", *asked)
    alone = json.loads(capsys.readouterr().out)
    assert alone["test"]["candidates"][0]["t"] > shared["test"]["candidates"][0]["t"]
    _run(*given, *asked, "--two-sided", "--constrained", "--df=12")
    other = json.loads(capsys.readouterr().out)["test"]
    assert (other["sides"], other["df"]) == (2, 12)
    assert other["critical_value"] > shared["test"]["critical_value"]


@pytest.mark.parametrize(
    "text", ["", "1,0\n0,1\n", "1,0,0\n0,1\n0,0,1\n", "1,0,0\n0,x,0\n0,0,1\n", "0,0,0\n" * 3]
)
def test_a_bad_covariance_is_refused(arms, text):
    (arms / "shared.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        _run(
            "mcpmod",
            str(arms / "arms.csv"),
            "--response=effect",
            f"--covariance={arms / 'shared.csv'}",
            "--candidate=linear",
        )


def test_coefficients_of_covariates_are_told(tmp_path, capsys):
    rows = zip(BIOM["inputs"]["dose"], BIOM["inputs"]["resp"], range(100), strict=True)
    path = tmp_path / "age.csv"
    path.write_text("dose,response,age\n" + "".join(f"{d},{y},{50 + k % 7}\n" for d, y, k in rows))
    _run("mcpmod", str(path), "--candidate=emax=0.2", "--covariate=age", "--json")
    fit = json.loads(capsys.readouterr().out)["fits"]["emax"]
    assert set(fit["standard_errors"]) == {"e0", "eMax", "ed50", "age"}
    assert 0 < fit["coefficients"]["e0"] < 0.6  # at the average age, not at age 0
    _run("mcpmod", str(path), "--candidate=emax=0.2", "--covariate=age")
    assert "(SE " in capsys.readouterr().out


def _page(path):
    text = path.read_text(encoding="utf-8")
    assert BANNER in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")  # nothing from outside
    for picture in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ElementTree.fromstring(picture)
        assert "nan" not in picture
    return text


def test_page_of_an_analysis(biom, tmp_path, capsys):
    page = tmp_path / "page.html"
    _run("mcpmod", biom, *CANDIDATES, "--delta=0.4", "--ed=0.9", "--bootstrap=50", f"--html={page}")
    text = _page(page)
    assert text.count("<svg") == 3
    assert "target dose 0.1642" in text
    for told in ("Fitted shapes", "Contrast tests, one-sided 0.025", "Bootstrap of 50", "Dose with 90 % of"):
        assert told in text
    _run("mcpmod", biom, *CANDIDATES, "--decreasing", "--two-sided", "--alpha=0.0001", f"--html={page}")
    assert "no dose-response is claimed" in _page(page)


def test_page_and_precision_of_a_plan(tmp_path, capsys):
    page = tmp_path / "page.html"
    plan = [
        "power",
        "--doses=0,10,50,100",
        "--sigma=20",
        "--effect=10",
        "--candidate=linear",
        "--candidate=emax=20",
    ]
    _run(*plan, "--target=0.8", "--delta=5", "--json", f"--html={page}")
    found = json.loads(capsys.readouterr().out)
    assert found["over"]["power"]["linear"] == sorted(found["over"]["power"]["linear"])
    assert found["estimation"]["linear"]["target_dose"]["true"] == pytest.approx(50)
    assert "patients" in _page(page)
    _run(*plan, "--n=60", "--delta=12")
    assert "target dose none up to the largest dose" in capsys.readouterr().out
    _run(*plan, "--n=60", "--two-sided", "--json")
    two = json.loads(capsys.readouterr().out)
    _run(*plan, "--n=60", "--alpha=0.0125", "--json")
    one = json.loads(capsys.readouterr().out)
    assert two["power"]["emax=20"] == pytest.approx(one["power"]["emax=20"], abs=2e-3)
