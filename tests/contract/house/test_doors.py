"""A front door gives what it names, whatever was imported before, and says the same in all three places."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

from own_process import printed_by

ROOMS = [
    "marrowdose",
    *(
        f"marrowdose.statistics.{name}"
        for name in ("meta", "mcpmod", "sequential", "repeated", "allocation", "monitoring")
    ),
]


def imported_for_type_checkers(module):
    """Name → module of the imports under ``TYPE_CHECKING``."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    return {alias.name: line.module for line in guarded.body for alias in line.names}


@pytest.mark.parametrize("room", ROOMS)
def test_three_lists_agree(room):
    module = importlib.import_module(room)
    told = imported_for_type_checkers(module)
    assert sorted(told) == sorted(module.__all__)
    for name, home in told.items():
        assert getattr(module, name) is getattr(importlib.import_module(f"{room}.{home}"), name)
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("room", ROOMS)
def test_no_name_is_a_file_too(room):
    """Else ``from room import name`` would give the function or the module, by what was imported before."""
    module = importlib.import_module(room)
    files = {m.name for m in pkgutil.iter_modules(module.__path__)}
    assert not files & set(module.__all__)


@pytest.mark.parametrize("room", ROOMS)
def test_either_order(room):
    """All modules first and then the names, or the names first: the same objects."""
    check = """
import importlib, pkgutil, sys
room, first = sys.argv[1:]
def modules():
    folder = importlib.import_module(room)
    if room != "marrowdose":
        for found in pkgutil.iter_modules(folder.__path__):
            importlib.import_module(f"{room}.{found.name}")
if first == "modules":
    modules()
door = importlib.import_module(room)
before = {name: getattr(door, name) for name in door.__all__}
modules()
kinds = {type(getattr(door, name)).__name__ for name in door.__all__}
assert "module" not in kinds
assert all(getattr(door, name) is before[name] for name in door.__all__)
"""
    for first in ("modules", "names"):
        printed_by("-c", check, room, first)


@pytest.mark.parametrize("room", ROOMS)
def test_a_door_costs_nothing(room):
    check = "import sys, importlib; importlib.import_module(sys.argv[1]); assert 'numpy' not in sys.modules"
    printed_by("-c", check, room)


def test_an_unknown_name():
    with pytest.raises(ImportError, match="cannot import name 'meaning'"):
        exec("from marrowdose.statistics.meta import meaning")
