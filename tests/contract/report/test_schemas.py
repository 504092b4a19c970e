"""Every ``--json`` follows its published schema, and the published schemas are those of the types."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import re
import shutil
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import pytest

import marrowdose
from marrowdose.cli import main
from marrowdose.domain import BANNER
from marrowdose.errors import InputError
from marrowdose.files.json import text_of
from marrowdose.files.json_schema import schema_of
from marrowdose.report.evidence.checks import fit_record
from marrowdose.report.records import RECORDS
from marrowdose.report.schemas import file_name, names, schema
from marrowdose.synthesis.fit import shipped_fit
from places import ROOT, VALIDATION

PUBLISHED = ROOT / "src" / "marrowdose" / "schemas"
LEAST = {"--trials": 100, "--draws": 200, "--samples": 64, "--bootstrap": 5, "--n": 1000}  # to be quick
DESIGNS = re.compile(r"^```toml file=(\S+)\n(\[design\].*?)^```", re.MULTILINE | re.DOTALL)
MORE = (
    "plan child.json",
    "evidence trace plan.json",
    "evidence check example-trial",
    "drma pool.csv --curve linear --influence --small-study --ed 0.5 --html drma.html",
    "mcpmod effects.csv --response effect --covariance covariance.csv --placebo-adjusted --candidate linear"
    " --alpha 0.0001 --delta 5 --ed 0.5",
    "power --doses 0,50,100 --sigma 20 --effect 8 --n 60 --candidate emax=20 --delta 4 --html power.html",
    "joint population --n 200 --doses 0,50 --unweighted --repeat 6",
    "trial compare escalation.toml mine.toml --truth plateau --trials 100",
    "trial paths certain.toml --patients 6",
    "trial next obd.toml obd.csv",
    "trial worth dose-ranging.toml --sizes 60 --trials 100",
    "trial protocol seamless.toml --trials 20",
    "trial run backfill.toml --trials 20 --truth null",
)


@cache
def moves() -> dict[str, list[str]]:
    """The commands that the redesign was checked by: all variants of all commands, those that are refused and
    the templates apart."""
    spec = importlib.util.spec_from_file_location("moves_commands", VALIDATION / "moves" / "commands.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {
        name: [word for word in words if word != "--json"]
        for name, words in module.COMMANDS.items()
        if not name.startswith(("refused", "trial-template"))
    }


def designs() -> dict[str, str]:
    """The designs of the documents by file name: scores, grades, levels, cells, active arms, backfill …"""
    pages = sorted((ROOT / "docs").rglob("*.md"))
    return {name: text for page in pages for name, text in DESIGNS.findall(page.read_text(encoding="utf-8"))}


def of_documents(name: str, text: str) -> list[str]:
    """What simulates a design of the documents, which may leave the truth to the command."""
    truth = [] if "[truth]" in text else ["--truth", "null"]
    return ["trial", "run", f"docs-{name}", "--trials", "20", *truth]


COMMANDS = {
    **moves(),
    **{line: line.split() for line in MORE},
    **{f"trial run {name} (of the documents)": of_documents(name, text) for name, text in designs().items()},
}


@pytest.fixture(scope="module", autouse=True)
def _place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder with everything that the commands read."""
    folder = tmp_path_factory.mktemp("inputs") / "inputs"
    shutil.copytree(VALIDATION / "moves" / "inputs", folder)
    for name, text in designs().items():
        (folder / f"docs-{name}").write_text(text, encoding="utf-8")
    seamless = (folder / "seamless.toml").read_text(encoding="utf-8")
    certain = seamless.replace("dose_cv = 0.1", "").replace("failure = 0.02", "")
    (folder / "certain.toml").write_text(certain, encoding="utf-8")
    with contextlib.chdir(folder):
        (folder / "plan.json").write_text(run(["plan", "--example"]), encoding="utf-8")
        (folder / "obd.csv").write_text("dose,toxic,effective\n10,0,1\n10,0,0\n10,0,1\n", encoding="utf-8")
        yield


def run(words: list[str]) -> str:
    """What a command prints with ``--json``, over few trials."""
    few = list(words)
    for k, option in enumerate(words[:-1]):
        if option in LEAST and words[k + 1].isdecimal():
            few[k + 1] = str(min(int(words[k + 1]), LEAST[option]))
        if option == "--processes":
            few[k + 1] = "1"
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        main([*few, "--json"])
    assert out.getvalue(), f"{' '.join(words)}: {err.getvalue()}"
    return out.getvalue()


@cache
def printed(command: str) -> Any:
    return json.loads(run(COMMANDS[command]))


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema(name))


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_command_prints_follows_its_schema(command: str) -> None:
    record = printed(command)
    assert list(record)[:2] == ["schema", "banner"]
    assert record["banner"] == BANNER
    faults = [
        f"{fault.json_path}: {fault.message[:300]}"
        for fault in validator(record["schema"]).iter_errors(record)
    ]
    assert not faults


def test_every_record_has_a_command_here() -> None:
    fit = json.loads(text_of(fit_record(shipped_fit(), "my-fit")))  # the fit itself takes minutes
    validator("fit/1").validate(fit)
    assert {printed(command)["schema"] for command in COMMANDS} | {"fit/1"} == set(names())


def test_the_published_schemas_are_those_of_the_types() -> None:
    derived = {str(found["title"]): found for found in map(schema_of, RECORDS)}
    assert len(derived) == len(RECORDS)
    assert names() == sorted(derived)
    for name, found in derived.items():
        jsonschema.Draft202012Validator.check_schema(found)
        text = (PUBLISHED / file_name(name)).read_text(encoding="utf-8")
        assert text == text_of(found), f"{name}: run python3 dev.py schemas"


@pytest.mark.parametrize("name", names())
def test_a_field_that_no_type_names_is_refused(name: str) -> None:
    known = next(printed(c) for c in COMMANDS if printed(c)["schema"] == name) if name != "fit/1" else {}
    assert any("surprise" in fault.message for fault in validator(name).iter_errors({**known, "surprise": 1}))


@pytest.mark.parametrize("name", names())
def test_every_object_is_closed_and_told(name: str) -> None:
    whole: Any = schema(name)
    for found in (whole, *whole.get("$defs", {}).values()):
        if found["type"] == "object":
            assert found["additionalProperties"] is False
            assert found["description"]
            assert all(told for told in found["properties"].values())
    assert {"schema", "banner"} <= set(whole["required"])


def test_a_schema_is_given_by_name() -> None:
    assert marrowdose.schema("curve/1")["title"] == "curve/1"
    for name in ("curve/2", "curve", "../schema/curve/1", ""):
        with pytest.raises(InputError, match="there is no schema"):
            marrowdose.schema(name)


def test_the_command_lists_the_names_and_prints_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capsys.readouterr().out.split() == names()
    assert main(["schema", "check/1"]) == 0
    assert json.loads(capsys.readouterr().out) == schema("check/1")
    assert main(["schema", "check/9"]) == 2


def test_the_documents_name_every_record() -> None:
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `([a-z-]+/\d+)` \|", page, re.MULTILINE)) == names()
