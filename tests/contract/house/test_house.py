"""The house stays one that more rooms fit into: sizes, signatures, types, and what is imported late.

The numbers in capitals are what holds today or what is asked; they may only fall.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path
from typing import get_type_hints

import grimp
import pytest

import marrowdose.domain as domain
from places import ROOT

SRC = ROOT / "src" / "marrowdose"
ROOM_SHARE = 0.25  # of all lines in one room
LOOSE_FILES = 20  # in one folder
SERIES = {"src/marrowdose/schemas"}  # one file a record, written by a program
FILE_LINES = 366
FUNCTION_LINES, PARAMETERS = 60, 8
ANYS = 100  # names ``Any``; asked: 150
UNFORMATTED = 60  # marks ``# fmt: skip``
LATE_LIBRARIES = {  # imported inside functions, since a command that does not need them should not wait
    "scipy": "0.1 to 0.4 s",
    "jax": "a second; comes with the extra fit",
    "blackjax": "brings JAX",
    "arviz_stats": "brings half of the extra fit",
    "numba": "half a second; comes with the extra fast",
    "sympy": "half a second; comes with the extra mechanism",
    "SALib": "a second; comes with the extra explain",
    "distributed": "half a second; comes with the extra cluster",
    "pyarrow": "0.2 s; comes with the extra parquet",
    "rich": "0.1 s; for the terminal alone",
    "jinja2": "0.1 s; for pages alone",
    "markupsafe": "comes with Jinja2",
    "importlib.metadata": "0.03 s; for the version alone",
}
LATE_ROOMS = {  # the same for rooms of our own, outside of cli/, where each command imports what it runs
    "files.json_schema": "for the writer of schemas alone",
    "joint.engine.generate": "brings SymPy",
    "joint.engine.with_numba": "brings Numba",
    "joint.models": "writes the sources that the engine imports",
    "patient": "a plan is made only where its own numbers are traced",
    "report.frame.paths": "a plan that is not drawn does not load the picture",
    "report.records": "brings the records of every story, for the writer of schemas alone",
    "statistics.meta.nonlinear": "brings the search of curves that are not linear in their parameters",
    "synthesis.diagnostics": "brings ArviZ",
    "synthesis.engine": "brings JAX",
    "synthesis.fit": "brings the model of the evidence; read only where a truth is fitted",
    "synthesis.harm": "as synthesis.fit",
    "synthesis.importance": "brings ArviZ by its diagnostics",
    "trial.by_dose": "brings longitudinal truths to dose finding, where they are asked for",
    "trial.dose_finding": "a trial of one kind does not wait for the other",
    "trial.dose_ranging": "a trial of one kind does not wait for the other",
    "trial.no_effect": "for protocols alone",
    "trial.run": "a trial of one kind does not wait for the other",
    "trial.seamless": "a trial of one kind does not wait for the other",
}
GROUND = ("errors", "units", "domain", "outcomes", "priors")  # light, and needed by every command: never late


@cache
def written(folder: Path = SRC) -> dict[Path, str]:
    """The files of a folder that people wrote, and their text."""
    return {
        file: file.read_text(encoding="utf-8")
        for file in sorted(folder.rglob("*.py"))
        if file.parent.name != "generated"
    }


@cache
def trees() -> dict[str, ast.Module]:
    """The syntax of every file that people wrote, by its name below the package."""
    return {file.relative_to(SRC).as_posix(): ast.parse(text) for file, text in written().items()}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function, also those inside classes and functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_room_is_above_its_share_of_the_lines() -> None:
    lines: Counter[str] = Counter()
    for file, text in written().items():
        lines[file.relative_to(SRC).parts[0]] += len(text.splitlines())
    room, most = lines.most_common(1)[0]
    assert most <= ROOM_SHARE * lines.total(), room


@pytest.mark.parametrize("part", ["src", "tests", "docs", "benchmarks"])
def test_no_folder_is_a_heap(part: str) -> None:
    loose = Counter(
        file.parent for file in (ROOT / part).rglob("*") if file.is_file() and "__pycache__" not in file.parts
    )
    heaps = {folder.relative_to(ROOT).as_posix() for folder, n in loose.items() if n > LOOSE_FILES}
    assert heaps <= SERIES


@pytest.mark.parametrize("part", ["src", "tests", "validation", "benchmarks"])
def test_no_file_is_too_long(part: str) -> None:
    long = {file for file, text in written(ROOT / part).items() if len(text.splitlines()) > FILE_LINES}
    assert not long


def test_no_function_is_too_large() -> None:
    """Lines from ``def`` to the last one; parameters of every kind except ``*rest`` and ``**rest``."""
    large = []
    for name, tree in trees().items():
        for function in functions(tree):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            given = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
            if lines > FUNCTION_LINES or len(given) > PARAMETERS:
                large.append(f"{name}: {function.name}")
    assert not large


def test_types_say_something() -> None:
    names = Counter(
        name
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "Any"
    )
    assert names.total() <= ANYS, names.most_common(10)


def imports(name: str, tree: ast.AST) -> Iterator[str]:
    """The full names of the modules (or of what stands in them) that are imported below a node of a file."""
    home = ["marrowdose", *name.removesuffix(".py").split("/")]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = home[: -node.level] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ([f"{module}.{alias.name}" for alias in node.names] if not node.module else [module])


def test_imports_are_late_only_where_that_saves_time() -> None:
    elsewhere = []
    for name, tree in trees().items():
        for function in functions(tree):
            for module in imports(name, function):
                library, _, ours = module.partition(".")
                if library != "marrowdose":
                    fine = bool({library, module} & LATE_LIBRARIES.keys()) or (
                        name.startswith("cli/") and library == "numpy"
                    )
                elif name.startswith("cli/"):
                    fine = ours.partition(".")[0] not in GROUND
                else:
                    fine = any(f"{ours}.".startswith(f"{room}.") for room in LATE_ROOMS)
                if not fine:
                    elsewhere.append(f"{name}: {function.name} imports {module}")
    assert not elsewhere


def test_the_formatter_is_left_to_its_work() -> None:
    marks = {
        file: text.count("# fmt: " + word) for file, text in written().items() for word in ("skip", "off")
    }
    assert sum(marks.values()) < UNFORMATTED


def test_no_number_in_a_noun_is_bare() -> None:
    """Every float of a noun has a unit or a meaning in its type."""
    allowed = {"Band"}  # quantiles of whatever the field that holds it says
    for name, noun in vars(domain).items():
        if is_dataclass(noun) and noun.__module__ == "marrowdose.domain" and name not in allowed:
            for field_name, hint in get_type_hints(noun, include_extras=True).items():
                assert hint is not float, f"{name}.{field_name} is a bare float"


def circles(imported: Callable[[str], set[str]], modules: set[str]) -> list[set[str]]:
    """Groups of modules that import each other, directly or through others (Tarjan 1972)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[set[str]] = []

    def visit(module: str) -> None:
        number[module] = lowest[module] = len(number)
        stack.append(module)
        for other in sorted(imported(module)):
            if other not in number:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in stack:
                lowest[module] = min(lowest[module], number[other])
        if lowest[module] == number[module]:
            group = set(stack[stack.index(module) :])
            del stack[stack.index(module) :]
            if len(group) > 1:
                found.append(group)

    for module in sorted(modules):
        if module not in number:
            visit(module)
    return found


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("marrowdose")


def test_modules_import_in_no_circle() -> None:
    assert not circles(graph().find_modules_directly_imported_by, graph().modules)


def test_folders_import_in_no_circle() -> None:
    """What lies beside each other in one folder, each taken with all that is in it."""
    whole = graph()
    for parent in whole.modules:
        home = {}
        for child in whole.find_children(parent):
            home |= dict.fromkeys({child} | whole.find_descendants(child), child)
        imported: dict[str, set[str]] = {child: set() for child in home.values()}
        for module, child in home.items():
            found = whole.find_modules_directly_imported_by(module)
            imported[child] |= {home[m] for m in found if m in home} - {child}
        assert not circles(imported.__getitem__, set(imported))
