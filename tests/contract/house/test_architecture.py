"""docs/architecture.md draws the house that stands: its rooms in their order, and names that are there."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path

import pytest

from places import ROOT

PAGE = ROOT / "docs" / "architecture.md"
TEXT = PAGE.read_text(encoding="utf-8")
NAMED = re.findall(r"\[`([\w.]+)`\]\(([^)]+\.py)\)", TEXT)
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]


def rooms(layers: list[str]) -> list[set[str]]:
    """Each line of rooms; rooms to come are in brackets."""
    return [set(re.findall(r"\(?\w+\)?", line)) for line in layers]


def test_the_drawing_is_the_contract() -> None:
    drawing = re.search(r"```text\n(.*?)```", TEXT, re.DOTALL)
    assert drawing
    drawn = [re.split(r"\s{4,}", line.strip())[0] for line in drawing[1].splitlines()]
    assert rooms(drawn) == rooms(CONTRACTS["contracts"][0]["layers"])


def test_there_are_four_ways() -> None:
    ways = re.split(r"^## The way of ", TEXT, flags=re.MULTILINE)[1:]
    assert [way.splitlines()[0] for way in ways] == [
        "a patient",
        "a row of evidence",
        "a design",
        "a simulated patient",
    ]
    assert all(len(re.findall(r"^\| \d \|", way, re.MULTILINE)) >= 5 for way in ways)


@pytest.mark.parametrize(("name", "link"), NAMED, ids=[name for name, _ in NAMED])
def test_every_name_is_there_and_its_link_leads_to_it(name: str, link: str) -> None:
    module, _, attribute = f"marrowdose.{name}".rpartition(".")
    found = importlib.import_module(module)
    assert callable(getattr(found, attribute))
    assert (PAGE.parent / link).resolve() == Path(str(found.__file__)).resolve()
