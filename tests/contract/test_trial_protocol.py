"""``trial protocol``: a change in the design file changes its sentence, in Markdown and HTML; people's part is marked."""

import json
from importlib.resources import files

import pytest

from marrowdose.cli import main
from marrowdose.domain import BANNER
from marrowdose.report.protocol_frame import HEADINGS
from marrowdose.trial.ranging.persons import Reality

FOLDER = files("marrowdose").joinpath("trial/templates")
CHANGES = [
    ("escalation", "target = 0.2 ", "target = 0.3 ", "The target rate of dose-limiting toxicity is 0.2;", "toxicity is 0.3;"),
    ("escalation", "cohort = 3", "cohort = 2", "cohorts of 3", "cohorts of 2"),
    ("escalation", "window = 3", "window = 4", "within 3 months", "within 4 months"),
    ("escalation-to-150", "cutoff = 0.95", "cutoff = 0.9", "is above 0.95", "is above 0.9 "),
    ("obd", "neither = 40", "neither = 30", "40 for neither, 60 for both", "30 for neither, 70 for both"),
    ("obd", "share = 0.5", "share = 0.4", "more than 50 %", "more than 40 %"),
    ("obd", "efficacy_window = 6", "efficacy_window = 9", "response within 6 months", "response within 9 months"),
    ("dose-ranging", "beats = 0.9 ", "beats = 0.95 ", "exceeds 0 points is 0.9 or more", "is 0.95 or more"),
    ("dose-ranging", "rescue = 0.3 ", "rescue = 0.2 ", "taken by 30 %", "taken by 20 %"),
    ("dose-ranging", 'estimand = "hypothetical"', 'estimand = "treatment policy"', "values after rescue are set to missing", "values after rescue treatment count as they are"),
    ("dose-ranging", "patients = 300", "patients = 310", "150, 225 patients", "155, 232 patients"),
    ("confirmatory", "futile = 0.0", "futile = 0.3", "combined z is below 0;", "combined z is below 0.3;"),
    ("confirmatory", "within = 0.75", "within = 0.7", "with probability 0.75 or more", "with probability 0.7 or more"),
    ("confirmatory", "alpha = 0.025", "alpha = 0.02 ", "one-sided 0.025", "one-sided 0.02."),
    ("extension", '"linear", "emax=15"', '"linear", "emax=25"', "for linear, emax=15", "for linear, emax=25"),
    ("extension", "leave = 0.15", "leave = 0.25", "15 % of those whose improvement is below 0", "25 % of those"),
]  # fmt: skip


def protocol(tmp_path, capsys, text, *options):
    path = tmp_path / "design.toml"
    path.write_text(text, encoding="utf-8")
    assert main(["trial", "protocol", str(path), "--trials=8", *options]) == 0
    return capsys.readouterr().out


def template(name):
    return FOLDER.joinpath(f"{name}.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "old", "new", "was", "says"), CHANGES)
def test_a_changed_parameter_changes_its_sentence(name, old, new, was, says, tmp_path, capsys):
    before, page = template(name), tmp_path / "page.html"
    assert before.count(old) == 1
    first = protocol(tmp_path, capsys, before)
    second = protocol(tmp_path, capsys, before.replace(old, new), f"--out={tmp_path / 'p.md'}", f"--html={page}")  # fmt: skip
    assert second.count("written to") == 2
    second = (tmp_path / "p.md").read_text(encoding="utf-8")
    assert was in first
    assert was not in second
    assert says not in first
    assert says in second
    assert says.rstrip(".;") in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["escalation", "obd", "dose-ranging", "confirmatory", "extension"])
def test_all_sections_are_there_and_what_people_must_write_is_marked(name, tmp_path, capsys):
    page = tmp_path / "page.html"
    told = json.loads(protocol(tmp_path, capsys, template(name), "--json", f"--html={page}"))
    heads = [s["heading"] for s in told["sections"]]
    wanted = [h for k, h in HEADINGS.items() if k not in ("dose", "table") or name in ("escalation", "obd")]
    assert heads == wanted
    assert told["banner"] == BANNER
    assert len(told["to_complete"]) >= 10
    html = page.read_text(encoding="utf-8")
    assert html.count("<mark>[to be completed: ") == len(told["to_complete"])
    assert BANNER in html
    rows = next(b["rows"] for s in told["sections"] if "SPIRIT 14" in s["heading"] for b in s["blocks"] if isinstance(b, dict))  # fmt: skip
    assert all("±" in cell for cell in next(r for r in rows if r[0] in ("chosen", "named"))[1:])
    assert "nan" not in html.split("<body")[1]


def test_every_assumption_is_said():
    """Each field of ``Reality`` that is not its neutral default appears in the protocol's assumptions."""
    from marrowdose.report.ranging_protocol import assumptions

    odd = {"baseline_mean": 61.5, "baseline_sd": 13.5, "baseline_least": 41.5, "lost": 0.115, "lost_log_odds": 0.35, "leave": 0.125,
           "leave_below": 1.5, "rescue": 0.235, "rescue_below": 4.5, "rescue_gain": 6.5, "dose_cv": 0.115, "batch_sd": 0.215,
           "batch_size": 7, "failure": 0.035, "per_month": 8.5, "stagger": 0.055}  # fmt: skip
    unsaid = set(Reality.__dataclass_fields__) - set(odd) - {"responder"}  # said with the endpoint
    assert not unsaid
    text = " ".join(assumptions(Reality(**odd)))
    for name, value in odd.items():
        shown = f"{100 * value:g} %" if name in ("lost", "leave", "rescue", "failure") else f"{value:g}"
        assert shown in text, name
