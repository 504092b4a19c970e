"""``marrowdose drma`` by its handler."""

import csv
import json

import pytest

from marrowdose.cli import parser
from marrowdose.cli.drma import run
from marrowdose.errors import InputError
from marrowdose.statistics.meta import (
    Comparison,
    Fitting,
    drma,
    multiples,
    small_study_effects,
    study_influence,
)

SLOPES = {"a": 0.2, "b": 0.15, "c": 0.25, "d": 0.1}
SIZES = {"a": 40, "b": 60, "c": 30, "d": 80}
ROWS = [(s, d, 1 + e * d, 9, SIZES[s]) for s, e in SLOPES.items() for d in (0, 10, 40)]


@pytest.fixture
def parse(tmp_path):
    path = tmp_path / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("study", "dose", "mean", "sd", "n"), *ROWS])
    return lambda *more: parser("drma").parse_args(["drma", str(path), *more])


def test_prints_a_table(parse, capsys):
    assert run(parse("--curve", "linear")) == 0
    said = capsys.readouterr().out
    assert "linear, reml, one stage: 4 studies" in said
    assert "starts agree" in said


def test_prints_json(parse, capsys):
    assert run(parse("--curve", "rcs3", "--knots", "0,10,40", "--doses", "10,20", "--json")) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["predictions"]["dose"] == [10, 20]
    assert record["fit"]["knots"] == [0, 10, 40]


def test_a_bad_list_is_named(parse):
    with pytest.raises(InputError, match="knots: "):
        run(parse("--knots", "a,b"))


def told(parse, capsys, *options):
    run(parse(*options, "--json"))
    return json.loads(capsys.readouterr().out)


def test_doses_for_the_mean_and_for_a_new_study(parse, capsys):
    record = told(parse, capsys, "--curve", "linear", "--ed", "0.5", "--target", "5", "--seed", "3")
    mean, new = record["doses"]["effect 5"]
    slope, se = record["fit"]["beta"][0], record["fit"]["se"][0]
    assert mean["estimate"] == pytest.approx(5 / slope)
    assert mean["se"] == pytest.approx(5 / slope**2 * se, rel=1e-4)  # the delta method by hand
    psi = record["fit"]["psi"][0][0]
    assert psi > 0
    assert new["se"] == pytest.approx(5 / slope**2 * (se**2 + psi) ** 0.5, rel=1e-4)
    assert mean["low"] < mean["estimate"] < mean["high"]
    assert record["doses"]["ED50"][0]["estimate"] == pytest.approx(20)


def test_influence_is_a_fit_without_the_study(parse, capsys, tmp_path):
    record = told(parse, capsys, "--curve", "linear", "--influence", "--doses", "10,40")["influence"]
    without = {
        name: column[3:]
        for name, column in zip(("study", "dose", "mean", "sd", "n"), zip(*ROWS, strict=True), strict=True)
    }
    expected = drma(without, "linear").predict([40]).effect[0]
    assert record["effect_without"][0] == pytest.approx(expected, rel=1e-5)  # six digits are printed
    whole = drma(
        dict(zip(("study", "dose", "mean", "sd", "n"), zip(*ROWS, strict=True), strict=True)), "linear"
    ).predict([40])
    moved = (record["effect_without"][0] - whole.effect[0]) / whole.se[0]
    assert record["moved"][0] == pytest.approx(moved, rel=1e-4)
    assert record["study"] == list(SLOPES)
    assert record["failed"] == []


def test_small_studies_are_multiples_of_the_curve(parse, capsys):
    record = told(parse, capsys, "--curve", "linear", "--small-study", "--method", "fixed")
    slope = record["fit"]["beta"][0]
    expected = [e / slope for e in SLOPES.values()]
    assert record["small_study_effects"]["multiples"]["multiple"] == pytest.approx(expected, rel=1e-5)


def test_average_of_curves(parse, capsys, tmp_path):
    page = tmp_path / "page.html"
    options = ("--average", "--curve", "linear", "--curve", "quadratic", "--html", str(page), "--influence")
    record = told(parse, capsys, *options)
    assert sum(row["weight"] for row in record["average"]["rows"]) == pytest.approx(1)
    assert record["fit"]["curve"] == "linear"
    text = page.read_text("utf-8")
    assert "The average of the curves (linear 0." in text
    assert text.count("<svg") == 5
    assert run(parse("--average", "--curve", "linear", "--ed", "0.8", "--small-study")) == 0
    said = capsys.readouterr().out
    assert "Trim and fill" in said
    assert "ED80" in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--curve", "linear", "--curve", "emax"), "--average"),
        (("--average", "--stages", "two"), "--stages"),
        (("--average", "--method", "reml"), "fixed, ml"),
        (("--ed", "80"), "share"),
        (("--target", "0"), "target"),
        (("--seed", "-1"), "seed"),
        (("--influence", "--doses", "10,0"), "above 0"),
    ],
)
def test_options_that_do_not_go_together(parse, options, words):
    with pytest.raises(InputError, match=words):
        run(parse(*(("--curve", "linear") if "--curve" not in options else ()), *options))


def test_too_few_studies_to_leave_one_out(tmp_path):
    two = drma(
        {
            name: column[:6]
            for name, column in zip(
                ("study", "dose", "mean", "sd", "n"), zip(*ROWS, strict=True), strict=True
            )
        },
        "linear",
    )
    with pytest.raises(InputError, match="3 studies or more"):
        study_influence(two, 40)
    with pytest.raises(InputError, match="4 studies or more"):
        small_study_effects(two)


@pytest.mark.parametrize("curve", ["linear", "quadratic"])
def test_multiples_do_not_depend_on_the_reference_arm(curve):
    columns = dict(zip(("study", "dose", "mean", "sd", "n"), zip(*ROWS, strict=True), strict=True))
    low, high = (
        multiples(drma(columns, curve, fitting=Fitting(method="fixed"), comparison=Comparison(reference=arm)))
        for arm in ("lowest", "highest")
    )
    assert high.multiple == pytest.approx(low.multiple, rel=1e-6)
    assert high.variance == pytest.approx(low.variance, rel=1e-6)
