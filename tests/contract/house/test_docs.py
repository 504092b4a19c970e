"""The documents are tests: their blocks run, their links lead somewhere, nothing of the program is left out.

A page is read from top to bottom in one empty folder. A block ```console holds lines ``$ marrowdose …``
(``> FILE`` and ``< FILE`` work, ``exit=2`` in its info string is the exit code that is meant), ```python is
executed, any block with ``file=NAME`` in its info string is written to that file. What would fit, or needs
something outside, stands in ```text. Console blocks hold no output: it would go stale.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from marrowdose.cli import main, parser
from marrowdose.curves import curves
from marrowdose.domain import Goal
from marrowdose.outcomes import INSTRUMENTS, MCIDS
from marrowdose.patient.intake import CONDITIONS, FIELDS
from marrowdose.patient.predict import MODIFIERS
from marrowdose.priors import Prior
from marrowdose.synthesis.context import ContextModel
from marrowdose.synthesis.harm import HarmModel
from marrowdose.synthesis.model import COMMON_PRIORS, IMPUTED_SD
from marrowdose.synthesis.persons import RESIDUAL_SD
from places import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RECORDS = sorted((ROOT / "decisions").glob("*.md"))
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
METHODS = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@dataclass(frozen=True)
class Block:
    line: int
    language: str
    info: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page; an open fence at the end of the page is an error."""
    start, language, info, inside = 0, "", "", [""]
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```") and not start:
            language, _, info = line[3:].strip().partition(" ")
            start, inside = number, []
        elif line.startswith("```"):
            yield Block(start, language, info, "".join(f"{x}\n" for x in inside))
            start = 0
        elif start:
            inside.append(line)
    assert not start, f"{name_of(page)}:{start}: this block is not closed"


def said_by(line: str, where: str, expected: int) -> str:
    """What ``$ marrowdose …`` prints, run through ``main``; a file where ``> FILE`` says so."""
    assert line.startswith("$ marrowdose"), f"{where}: {line!r} is not run: put it into a ```text block"
    words = shlex.split(line.removeprefix("$ marrowdose"))
    assert words[:1] != ["fit"], f"{where}: fitting takes minutes: put it into a ```text block"
    given, target = "", ""
    if "<" in words:
        given = Path(words[words.index("<") + 1]).read_text(encoding="utf-8")
        words = words[: words.index("<")]
    if ">" in words:
        target = words[words.index(">") + 1]
        words = words[: words.index(">")]
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.setattr("sys.stdin", io.StringIO(given))
        code = main(words)
    assert code == expected, f"{where}: {line!r} ended with {code}, not {expected}: {err.getvalue()}"
    assert expected == 0 or err.getvalue(), f"{where}: {line!r} says nothing on standard error"
    if target:
        Path(target).write_text(out.getvalue(), encoding="utf-8")
    return out.getvalue()


def compare(shown: list[str], said: str, where: str) -> None:
    """Every line that is shown is printed, in this order; … at its end stands for the rest of it."""
    printed = iter(said.splitlines())
    for line in shown:
        start = line.removesuffix("…").rstrip()
        found = any(one.startswith(start) if line.endswith("…") else one.rstrip() == start for one in printed)
        assert found, f"{where}: this is no longer printed here: {line!r}; what is printed:\n{said}"


def run_console(block: Block, where: str) -> None:
    """Every command of a console block, and its output where the block says that it holds some."""
    expected = re.search(r"\bexit=(\d+)", block.info)
    lines = block.text.splitlines()
    starts = [k for k, line in enumerate(lines) if line.startswith("$") or block.info != "output"]
    for k, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        if lines[k].startswith("$ python3 dev.py "):  # what the reader types before marrowdose is there
            continue
        said = said_by(lines[k], where, int(expected[1]) if expected else 0)
        compare([line for line in lines[k + 1 : end] if line != "…"], said, where)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "document"}
    for block in blocks(page):
        where = f"{name_of(page)}:{block.line}"
        if found := re.search(r"\bfile=(\S+)", block.info):
            target = tmp_path / found[1]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        if block.language == "console":
            run_console(block, where)
        elif block.language == "python":
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile("\n" * block.line + block.text, where, "exec"), names)


def commands(of: argparse.ArgumentParser, path: str = "marrowdose") -> Iterator[tuple[str, list[str]]]:
    """(command, its options and arguments) for every command and command of a command."""
    words: list[str] = []
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                yield from commands(sub, f"{path} {name}")
        elif action.option_strings:
            words += [o for o in action.option_strings if o not in ("-h", "--help")]
        else:
            words.append(action.dest)
    yield path, words


def section(text: str, command: str) -> str:
    """What stands under the heading of a command, down to the next heading of a command."""
    found = re.search(rf"^#+ `{command}`$(.*?)(?=^#+ `marrowdose|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"docs/commands.md has no section `{command}`"
    return found[1]


@pytest.mark.parametrize(
    ("command", "words"), list(commands(parser())), ids=lambda x: x if isinstance(x, str) else ""
)
def test_every_command_and_option_is_documented(command: str, words: list[str]) -> None:
    told = section(COMMANDS, command)
    for word in words:
        assert re.search(rf"`{re.escape(word)}[ `]", told), (
            f"docs/commands.md, `{command}`: {word} is missing"
        )
    if command != "marrowdose evidence":  # it only leads to its four commands
        assert re.search(rf"{command}\b", told), f"docs/commands.md, `{command}`: no example"
    for option in re.findall(r"^\| `(--[a-z-]+)", told, re.MULTILINE):
        assert option in words, f"docs/commands.md, `{command}`: there is no {option}"


def test_every_field_curve_instrument_and_mcid_is_documented() -> None:
    goals = (ROOT / "docs/how-to/change-the-goal.md").read_text(encoding="utf-8")
    for name in (*FIELDS, *CONDITIONS, *curves(), *INSTRUMENTS, *MCIDS):
        assert f"`{name}`" in COMMANDS + METHODS, f"{name} is not documented"
    for name in Goal.__dataclass_fields__.keys() - {"mcid_source"}:
        assert f"| `{name}` |" in goals, f"docs/how-to/change-the-goal.md: no row for {name}"
    for name, curve in curves().items():
        assert f"| `{name}` |" in METHODS, f"docs/methods.md: no row for the curve {name}"
        assert set(curve.priors) <= set(re.findall(rf"`{name}\.(\w+)`", METHODS))
    for name, mcid in MCIDS.items():
        assert f"| `{name}` | {mcid.points:g} |" in goals, (
            f"{name}: not {mcid.points:g} points in the documents"
        )


def all_priors() -> dict[str, Prior]:
    """Every prior of the program, under the name that docs/methods.md gives it."""
    context = ContextModel(figures=(), onset=(1.0, 1.0)).priors
    harm = {("harm.slope" if k == "slope" else k): p for k, p in HarmModel(counts=()).priors.items()}
    return (
        dict(COMMON_PRIORS)
        | {"sd.STUDY": IMPUTED_SD}
        | {k: p for k, p in context.items() if k not in COMMON_PRIORS and k != "onset"}  # onset: from tables
        | harm
        | {f"{name}.{k}": p for name, curve in curves().items() for k, p in curve.priors.items()}
        | {m.field_name: m.prior for m in MODIFIERS}
        | {f"residual.{domain}": p for domain, p in RESIDUAL_SD.items()}
    )


@pytest.mark.parametrize("name", sorted(all_priors()))
def test_every_prior_is_documented_as_it_is(name: str) -> None:
    prior = all_priors()[name]
    row = f"| `{name}` | {prior.kind}({prior.loc:g}, {prior.scale:g}) |"
    assert row in METHODS, f"docs/methods.md has no row {row}"


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of a page, as the usual renderers make them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", [*PAGES, *RECORDS, ROOT / "CONTRIBUTING.md"], ids=name_of)
def test_links_lead_somewhere_and_no_local_path_is_told(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?://|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{name_of(page)}: {target} leads nowhere"
        assert not anchor or anchor in anchors(there), f"{name_of(page)}: {target}: no such heading"
    # a slash that begins a path of folders, a drive letter, a home folder, a file URL
    local = re.search(r"(?<![\w.:/)\]*}>])/\w+/\w|\b[A-Z]:\\|~/|file://", text)
    assert not local, f"{name_of(page)}: a local path: {text[local.start() : local.start() + 40]!r}"


@pytest.mark.parametrize("record", RECORDS, ids=name_of)
def test_decision_records_are_short_and_whole(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 25
    assert re.match(rf"# {int(record.name[:4])}\. ", text), "its number is in its title"
    for part in ("**Context.**", "**Decision.**", "**Consequence.**"):
        assert part in text


def test_decision_records_are_all_there() -> None:
    numbers = [int(r.name[:4]) for r in RECORDS]
    assert numbers == list(range(1, len(RECORDS) + 1))
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert all(f"../decisions/{r.name}" in index for r in RECORDS)
    sources = [*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *PAGES, *RECORDS]
    for source in sources:
        for number in re.findall(r"decisions/(\d{4})", source.read_text(encoding="utf-8")):
            assert int(number) in numbers, f"{name_of(source)}: decisions/{number} is not there"


TOLD = [
    *PAGES,
    *RECORDS,
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    # but for moves/, which names places inside answers
    *sorted(set((ROOT / "validation").rglob("*.md")) - {ROOT / "validation" / "moves" / "README.md"}),
    *sorted((ROOT / "benchmarks").glob("*.md")),
]
SCHEMA = r"[a-z_.-]+/\d+"  # a name and a version, not a path


def is_there(name: str, page: Path) -> bool:
    """A folder or file below the repository, the package or the page; or a file of that name somewhere."""
    if any((base / name).exists() for base in (ROOT, ROOT / "src" / "marrowdose", page.parent)):
        return True
    parts = ("src", "tests", "validation", "benchmarks", "docs")
    return "/" not in name and any(next((ROOT / part).rglob(name), None) for part in parts)


def is_named(name: str) -> bool:
    """A module of the package, or what stands in one."""
    module, _, attribute = name.rpartition(".")
    try:
        importlib.import_module(name)
    except ImportError:
        return module != "" and hasattr(importlib.import_module(module), attribute)
    return True


@pytest.mark.parametrize("page", TOLD, ids=name_of)
def test_every_path_and_module_that_is_told_is_there(page: Path) -> None:
    for told in re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8")):
        if re.fullmatch(r"[\w.]+(/[\w.-]*)+|\w+\.py", told) and not re.fullmatch(SCHEMA, told):
            assert is_there(told, page), f"{name_of(page)} names {told}"
        elif dotted := re.match(r"marrowdose(\.\w+)+", told):
            assert is_named(dotted[0]), f"{name_of(page)} names {dotted[0]}"
