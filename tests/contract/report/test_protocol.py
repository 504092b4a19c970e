"""``trial protocol``: a change in the design file changes its sentence, in Markdown and HTML; people's part
is marked.
"""

import json
import re
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from marrowdose.cli import main
from marrowdose.domain import BANNER
from marrowdose.report.trial.protocol.adaptive import PRINCIPLES
from marrowdose.report.trial.protocol.frame import HEADINGS
from marrowdose.trial.dose_ranging.persons import Reality

TEMPLATES = ("escalation", "obd", "dose-ranging", "confirmatory", "extension")
FOLDER = files("marrowdose").joinpath("trial/templates")
CHANGES = [
    (
        "escalation",
        "target = 0.2 ",
        "target = 0.3 ",
        "The target rate of dose-limiting toxicity is 0.2;",
        "toxicity is 0.3;",
    ),
    ("escalation", "cohort = 3", "cohort = 2", "cohorts of 3", "cohorts of 2"),
    ("escalation", "window = 3", "window = 4", "within 3 months", "within 4 months"),
    ("escalation-to-150", "cutoff = 0.95", "cutoff = 0.9", "is above 0.95", "is above 0.9 "),
    ("obd", "neither = 40", "neither = 30", "40 for neither, 60 for both", "30 for neither, 70 for both"),
    ("obd", "share = 0.5", "share = 0.4", "more than 50 %", "more than 40 %"),
    (
        "obd",
        "efficacy_window = 6",
        "efficacy_window = 9",
        "response within 6 months",
        "response within 9 months",
    ),
    ("dose-ranging", "beats = 0.9 ", "beats = 0.95 ", "exceeds 0 points is 0.9 or more", "is 0.95 or more"),
    ("dose-ranging", "rescue = 0.3 ", "rescue = 0.2 ", "taken by 30 %", "taken by 20 %"),
    (
        "dose-ranging",
        'estimand = "hypothetical"',
        'estimand = "treatment policy"',
        "values after rescue are set to missing",
        "values after rescue treatment count as they are",
    ),
    ("dose-ranging", "patients = 300", "patients = 310", "150, 225 patients", "155, 232 patients"),
    ("confirmatory", "futile = 0.0", "futile = 0.3", "combined z is below 0;", "combined z is below 0.3;"),
    (
        "confirmatory",
        "within = 0.75",
        "within = 0.7",
        "with probability 0.75 or more",
        "with probability 0.7 or more",
    ),
    ("confirmatory", "alpha = 0.025", "alpha = 0.02 ", "one-sided 0.025", "one-sided 0.02."),
    ("extension", '"linear", "emax=15"', '"linear", "emax=25"', "for linear, emax=15", "for linear, emax=25"),
    (
        "escalation",
        "patients = 12",
        "patients = 9",
        "once 12 patients have been treated",
        "once 9 patients have been treated",
    ),
    ("escalation", "patients = 18 ", "patients = 21 ", "at most 18 patients", "at most 21 patients"),
    (
        "escalation",
        "interval = 0.5",
        "interval = 0.7",
        "at least 0.5 months apart",
        "at least 0.7 months apart",
    ),
    (
        "obd",
        "efficacy_limit = 0.4 ",
        "efficacy_limit = 0.3 ",
        "efficacy is below 0.4",
        "efficacy is below 0.3",
    ),
    ("obd", "cutoff = 0.95", "cutoff = 0.9", "exceeds 0.25 is above 0.95", "exceeds 0.25 is above 0.9 "),
    (
        "dose-ranging",
        "visits = [3, 6, 12]",
        "visits = [3, 9, 15]",
        "improve pain over placebo at month 12",
        "at month 15",
    ),
    (
        "dose-ranging",
        "allocation = [2, 1, 1, 1, 1]",
        "allocation = [3, 1, 1, 1, 1]",
        "Allocation 2:1:1:1:1",
        "Allocation 3:1:1:1:1",
    ),
    (
        "dose-ranging",
        "early = 0.985 ",
        "early = 0.99 ",
        "0.9 or more (0.985 at a look",
        "0.9 or more (0.99 at a look",
    ),
    (
        "dose-ranging",
        "drop = 0.05 ",
        "drop = 0.04 ",
        "points of the best is below 0.05",
        "points of the best is below 0.04",
    ),
    (
        "dose-ranging",
        "futile = 0.1 ",
        "futile = 0.2 ",
        "a probability of 0.1 or more to exceed",
        "a probability of 0.2 or more to exceed",
    ),
    ("dose-ranging", "adapt = 0.5 ", "adapt = 0.7 ", "sufficient dose)^0.5", "sufficient dose)^0.7"),
    (
        "dose-ranging",
        "looks = [0.5, 0.75] ",
        "looks = [0.5] ",
        "after 150, 225 patients are enrolled",
        "after 150 patients are enrolled",
    ),
    (
        "dose-ranging",
        "per_month = 8 ",
        "per_month = 9 ",
        "enrols 8 patients a month",
        "enrols 9 patients a month",
    ),
    (
        "dose-ranging",
        "baseline_least = 40 ",
        "baseline_least = 45 ",
        "at entry: 40 or worse",
        "at entry: 45 or worse",
    ),
    (
        "confirmatory",
        "looks = [0.4, 0.75] ",
        "looks = [0.5, 0.75] ",
        "after 40 % of the patients",
        "after 50 % of the patients",
    ),
    (
        "confirmatory",
        '"obrien-fleming"',
        '"pocock"',
        "spending of O'Brien–Fleming type",
        "spending of Pocock type",
    ),
    (
        "confirmatory",
        "alpha = 0.025",
        "alpha = 0.02 ",
        "level 0.025 is kept over the doses",
        "level 0.02 is kept over the doses",
    ),
    ("extension", "patients = 240", "patients = 252", "ends when 240 patients", "ends when 252 patients"),
    (
        "extension",
        "doses = [0, 25, 100]",
        "doses = [0, 30, 100]",
        "of 25, 100 million cells or placebo",
        "of 30, 100 million cells or placebo",
    ),
    (
        "extension",
        'choose = "smallest"',
        'choose = "best"',
        "is within 2 points of the best is named",
        "largest fitted benefit is named",
    ),
    (
        "extension",
        'estimand = "treatment policy"',
        'estimand = "composite"',
        "(treatment policy strategy): values",
        "a rescued patient is no responder",
    ),
    (
        "extension",
        "leave = 0.15",
        "leave = 0.25",
        "15 % of those whose improvement is below 0",
        "25 % of those",
    ),
]


def protocol(tmp_path, capsys, text, *options):
    path = tmp_path / "design.toml"
    path.write_text(text, encoding="utf-8")
    assert main(["trial", "protocol", str(path), "--trials=8", *options]) == 0
    return capsys.readouterr().out


@cache
def as_shipped(name):
    """The Markdown of a template's protocol, made once."""
    with TemporaryDirectory() as folder:
        out = Path(folder) / "p.md"
        assert main(["trial", "protocol", str(FOLDER / f"{name}.toml"), "--trials=8", f"--out={out}"]) == 0
        return out.read_text(encoding="utf-8")


def template(name):
    return FOLDER.joinpath(f"{name}.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "old", "new", "was", "says"), CHANGES)
def test_a_changed_parameter_changes_its_sentence(name, old, new, was, says, tmp_path, capsys):
    before, page = template(name), tmp_path / "page.html"
    assert before.count(old) == 1
    first = as_shipped(name)
    capsys.readouterr()
    second = protocol(
        tmp_path, capsys, before.replace(old, new), f"--out={tmp_path / 'p.md'}", f"--html={page}"
    )
    assert second.count("written to") == 2
    second = (tmp_path / "p.md").read_text(encoding="utf-8")
    assert was in first
    assert was not in second
    assert says not in first
    assert says in second
    assert escape(says.rstrip(".;")) in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TEMPLATES)
def test_all_sections_are_there_and_what_people_must_write_is_marked(name, tmp_path, capsys):
    page = tmp_path / "page.html"
    told = json.loads(protocol(tmp_path, capsys, template(name), "--json", f"--html={page}"))
    heads = [s["heading"] for s in told["sections"]]
    finds_dose = name in ("escalation", "obd")
    absent = {"adaptive"} if name == "extension" else set()
    absent |= set() if finds_dose else {"dose", "table"}
    wanted = [h for k, h in HEADINGS.items() if k not in absent]
    assert heads == wanted
    assert told["banner"] == BANNER
    assert len(told["to_complete"]) >= 25
    html = page.read_text(encoding="utf-8")
    assert html.count("<mark>[to be completed: ") == len(told["to_complete"])
    assert BANNER in html
    rows = next(
        b["rows"]
        for s in told["sections"]
        if "item 19" in s["heading"]
        for b in s["blocks"]
        if isinstance(b, dict)
    )
    assert all("±" in cell for cell in next(r for r in rows if r[0] in ("chosen", "named"))[1:])
    words = re.sub(r"<[^>]+>", " ", re.sub(r"</?(code|mark)>", "", html.split("<body")[1]))
    assert not re.search(r"\b(nan|inf|None|True|False|TODO)\b|[{}]|\.\.| [,;.]", words)


def test_every_item_of_spirit_2025_has_its_place():
    said = " ".join(HEADINGS.values())
    items = {
        int(n)
        for span in re.findall(r"SPIRIT 2025 items? ([\d, –a-d]*\d[a-d]?)", said)
        for n in _numbers(span)
    }
    assert items == set(range(1, 35))


def _numbers(span):
    for part in span.split(","):
        ends = [int(re.sub(r"\D", "", end)) for end in part.split("–")]
        yield from range(ends[0], ends[-1] + 1)


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_estimand_has_its_five_attributes(name, tmp_path, capsys):
    """ICH E9(R1): treatment, population, variable, intercurrent events each with a strategy, population-level
    summary.
    """
    told = json.loads(protocol(tmp_path, capsys, template(name), "--json"))
    section = next(s for s in told["sections"] if "E9(R1)" in s["heading"])
    points = [p for block in section["blocks"] if isinstance(block, list) for p in block]
    for attribute in ("Treatment: ", "Population: ", "Variable: ", "Population-level summary: "):
        assert sum(p.startswith(attribute) for p in points) == 1
    events = [p for p in points if p.lower().startswith(("intercurrent event", "other intercurrent"))]
    assert events
    assert all("strateg" in p for p in events)


@pytest.mark.parametrize("name", ["escalation", "obd", "dose-ranging", "confirmatory"])
def test_the_five_principles_of_e20_are_answered(name, tmp_path, capsys):
    told = json.loads(protocol(tmp_path, capsys, template(name), "--json"))
    (answers,) = next(s for s in told["sections"] if "E20" in s["heading"])["blocks"]
    assert [a.split(".")[0] for a in answers] == list(PRINCIPLES)


@pytest.mark.parametrize("name", TEMPLATES)
def test_its_numbers_are_those_of_the_simulation(name, tmp_path, capsys):
    told = json.loads(protocol(tmp_path, capsys, template(name), "--json"))
    rows = next(
        b["rows"]
        for s in told["sections"]
        if "item 19" in s["heading"]
        for b in s["blocks"]
        if isinstance(b, dict)
    )
    named = next(r for r in rows if r[0] in ("chosen", "named"))[1:]
    assert main(["trial", "run", str(tmp_path / "design.toml"), "--trials=8"]) == 0
    run = capsys.readouterr().out
    line = next(x for x in run.splitlines() if x.split() and x.split()[0] in ("chosen", "named"))
    assert re.findall(r"[\d.]+ ± [\d.]+", line) == re.findall(r"[\d.]+ ± [\d.]+", " ".join(named))


def test_rules_of_looks_are_not_said_where_there_is_no_look(tmp_path, capsys):
    text = template("dose-ranging").replace("looks = [0.5, 0.75]", "looks = []")
    said = protocol(tmp_path, capsys, text)
    assert "There is no interim look." in said
    assert not re.search(r"(?m)^- (At a look|After a look|The trial stops|Otherwise)", said)
    assert "E20" not in said


def test_every_assumption_is_said():
    """Each field of ``Reality`` that is not its neutral default appears in the protocol's assumptions."""
    from marrowdose.report.trial.dose_ranging.assumptions import assumptions

    odd = {
        "baseline_mean": 61.5,
        "baseline_sd": 13.5,
        "baseline_least": 41.5,
        "lost": 0.115,
        "lost_log_odds": 0.35,
        "leave": 0.125,
        "leave_below": 1.5,
        "rescue": 0.235,
        "rescue_below": 4.5,
        "rescue_gain": 6.5,
        "dose_cv": 0.115,
        "batch_sd": 0.215,
        "batch_size": 7,
        "failure": 0.035,
        "per_month": 8.5,
        "stagger": 0.055,
    }
    unsaid = set(Reality.__dataclass_fields__) - set(odd) - {"responder"}  # said with the endpoint
    assert not unsaid
    text = " ".join(assumptions(Reality(**odd)))
    for name, value in odd.items():
        shown = f"{100 * value:g} %" if name in ("lost", "leave", "rescue", "failure") else f"{value:g}"
        assert shown in text, name
