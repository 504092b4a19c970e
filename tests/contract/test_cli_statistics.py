"""``marrowdose drma`` by its handler."""

import argparse
import csv
import json

import pytest

from marrowdose.cli_statistics import add_parsers, run_drma
from marrowdose.domain import InputError

ROWS = [(s, d, 1 + e * d, 9, 40) for s, e in (("a", 0.2), ("b", 0.15), ("c", 0.25)) for d in (0, 10, 40)]


@pytest.fixture
def parse(tmp_path):
    path = tmp_path / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("study", "dose", "mean", "sd", "n"), *ROWS])
    parser = argparse.ArgumentParser()
    add_parsers(parser.add_subparsers())
    return lambda *more: parser.parse_args(["drma", str(path), *more])


def test_prints_a_table(parse, capsys):
    assert run_drma(parse("--curve", "linear")) == 0
    said = capsys.readouterr().out
    assert "linear, reml, one stage: 3 studies" in said
    assert "starts agree" in said


def test_prints_json(parse, capsys):
    assert run_drma(parse("--curve", "rcs3", "--knots", "0,10,40", "--doses", "10,20", "--json")) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["predictions"]["dose"] == [10, 20]
    assert record["fit"]["knots"] == [0, 10, 40]


def test_a_bad_list_is_named(parse):
    with pytest.raises(InputError, match="--knots"):
        run_drma(parse("--knots", "a,b"))
