"""The commands: found by name, light until they run, and what is asked is named by its option alone here."""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import marrowdose
from marrowdose.cli import COMMANDS, parser
from marrowdose.cli.answer import advising, by_option
from marrowdose.errors import InputError, require_seed

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
    """``marrowdose COMMAND --help``, and a slip in an option, cost what the parser costs."""
    code = (
        "import sys; from marrowdose.cli import COMMANDS, parser\n"
        "texts = [parser(name).format_help() for name in COMMANDS if name != 'trial']\n"
        "print(sorted({m.split('.')[1] for m in sys.modules if m.startswith('marrowdose.')}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ast.literal_eval(done.stdout) == ["cli", "domain", "errors", "files", "units"]


def test_a_command_imports_what_it_needs_and_no_other_command() -> None:
    code = (
        "import sys; from marrowdose.cli import main\n"
        "code = main(['power', '--doses=0,10', '--sigma=1', '--effect=1', '--n=9', '--candidate=linear'])\n"
        "print(sorted(m for m in sys.modules if m.startswith('marrowdose.cli.') and '.options.' not in m))\n"
        "print([m for m in sys.modules if m.startswith(('marrowdose.trial', 'marrowdose.joint'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    own, other = done.stdout.splitlines()[-2:]
    assert ast.literal_eval(own) == [
        f"marrowdose.cli.{m}" for m in ("answer", "arguments", "candidates", "options", "power")
    ]
    assert ast.literal_eval(other) == []


def test_the_package_runs_as_a_module_and_has_a_version() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "marrowdose", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == marrowdose.__version__
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
    assert (
        str(by_option(InputError("is not usable", where=where), asked("joint", "run", "--dose", "5"))) == says
    )


def test_an_option_of_a_group_is_known_too() -> None:
    plan = asked("power", "--doses=0,1", "--sigma=1", "--effect=1", "--n=9")
    assert by_option(InputError("x", where="n"), plan).where == "--n"
    assert by_option(InputError("x", where="two_sided"), plan).where == "--two-sided"


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
