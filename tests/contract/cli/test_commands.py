"""The commands: found by name, light until they run, and what is asked is named by its option alone here."""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import marrowdose
from marrowdose.cli import COMMANDS, main, parser
from marrowdose.cli.answer import advising, in_options
from marrowdose.errors import InputError, require_seed
from own_process import printed_by

SOURCES = Path(marrowdose.__file__).parent


def leaves(of: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The commands and the parts of commands that run."""
    parts = [a for a in of._actions if isinstance(a, argparse._SubParsersAction)]
    if not parts:
        yield of
    for part in parts:
        for sub in part.choices.values():
            yield from leaves(sub)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_done_by_a_module_of_its_name(name: str) -> None:
    (top,) = [a for a in parser(name)._actions if isinstance(a, argparse._SubParsersAction)]
    assert list(top.choices) == [name]
    for leaf in leaves(top.choices[name]):
        run = leaf.get_default("run")
        assert run.split(".")[0] == name
        assert callable(import_module(f"marrowdose.cli.{run}").run)


def test_options_are_read_without_the_rooms_that_compute() -> None:
    """``--help``, and a slip in an option, cost what the parser costs; of ``trial`` two numbers are read."""
    code = (
        "import sys; from marrowdose.cli import COMMANDS, parser\n"
        "texts = [parser(name).format_help() for name in COMMANDS]\n"
        "print(sorted({m.split('.')[1] for m in sys.modules if m.startswith('marrowdose.')}))"
    )
    assert ast.literal_eval(printed_by("-c", code)) == [
        "cli",
        "domain",
        "doors",
        "errors",
        "files",
        "trial",
        "units",
    ]


def test_a_command_imports_what_it_needs_and_no_other_command() -> None:
    code = (
        "import sys; from marrowdose.cli import main\n"
        "code = main(['power', '--doses=0,10', '--sigma=1', '--effect=1', '--n=9', '--candidate=linear'])\n"
        "print(sorted(m for m in sys.modules if m.startswith('marrowdose.cli.') and '.options.' not in m))\n"
        "print([m for m in sys.modules if m.startswith(('marrowdose.trial', 'marrowdose.joint'))])"
    )
    own, other = printed_by("-c", code).splitlines()[-2:]
    assert ast.literal_eval(own) == [
        f"marrowdose.cli.{m}" for m in ("answer", "arguments", "candidates", "options", "power")
    ]
    assert ast.literal_eval(other) == []


def test_the_package_runs_as_a_module_and_has_a_version() -> None:
    assert printed_by("-m", "marrowdose", "--version") == marrowdose.__version__
    assert (SOURCES / "py.typed").exists()


def asked(*argv: str) -> argparse.Namespace:
    return parser(argv[0]).parse_args(argv)


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("seed", "--seed: is not usable."),
        ("repeats", "--repeat: is not usable."),
        ("tier=2", "--tier 2: is not usable."),
        ("set=N50", "--set N50: is not usable."),
        ("months, last", "--months, last: is not usable."),
        ("patients", "patients: is not usable."),  # an option of another command
        ("dose of the knee", "dose of the knee: is not usable."),
        ("arms.csv:3: dose", "arms.csv:3: dose: is not usable."),
        ("", "is not usable."),
    ],
)
def test_what_was_asked_is_named_by_its_option(where: str, says: str) -> None:
    problem = InputError("is not usable", where=where)
    assert str(in_options(problem, asked("joint", "run", "--dose", "5"))) == says


def test_a_template_is_named_by_the_command_that_prints_it() -> None:
    problem = InputError("has no [design]", remedy="see: the template dose-ranging; or leave it")
    told = str(in_options(problem, argparse.Namespace()))
    assert told == "has no [design]; see: marrowdose trial template dose-ranging; or leave it."


def test_a_remedy_names_what_is_asked_by_its_option() -> None:
    problem = InputError("x", remedy="write for example `set` N50=20, or `dask worker`, or `unknown`")
    told = in_options(problem, asked("joint", "run", "--dose", "5")).remedy
    assert told == "write for example --set N50=20, or `dask worker`, or `unknown`"


def test_a_positional_is_not_taken_for_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evidence", "show", "Nobody2030"]) == 2
    assert capsys.readouterr().err.startswith("marrowdose: study: there is no study 'Nobody2030'")


def test_an_option_of_a_group_is_known_too() -> None:
    plan = asked("power", "--doses=0,1", "--sigma=1", "--effect=1", "--n=9")
    assert in_options(InputError("x", where="n"), plan).where == "--n"
    assert in_options(InputError("x", where="two_sided"), plan).where == "--two-sided"


def test_advice_is_for_who_has_none() -> None:
    with pytest.raises(InputError, match=r"^a: b; do this\.$"), advising("do this"):
        raise InputError("b", where="a")
    with pytest.raises(InputError, match=r"^b; do that\.$"), advising("do this"):
        raise InputError("b", remedy="do that")


def test_the_core_has_no_words_of_the_command_line() -> None:
    """An error outside ``cli/`` names what was asked, not the option that asked it, nor a command."""
    with pytest.raises(InputError, match=r"^seed: "):
        require_seed(-1)
    for file in sorted(SOURCES.rglob("*.py")):
        name = file.relative_to(SOURCES)
        if name.parts[0] in ("cli", "report"):  # a page may say how it was made
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for word in node.keywords if isinstance(node, ast.Call) else ():
                said = ast.unparse(word.value)
                if word.arg in ("where", "allowed", "remedy"):
                    assert not re.search(r"(?<![\w-])--[a-z]|marrowdose [a-z]", said), f"{name}: {said}"
