"""Every public routine of the statistics has an example, and every example is true.

Names in an example are those of the room's front door and of the module, and ``np`` and ``math``.
"""

import doctest
import importlib
import inspect
import math
import pkgutil

import numpy as np
import pytest

ROOMS = ["meta", "mcpmod", "sequential", "repeated", "allocation", "monitoring"]


def of(name):
    return importlib.import_module(f"marrowdose.{name}")


def names(room):
    """What the front door of a room gives."""
    return {name: getattr(of(f"statistics.{room}"), name) for name in of(f"statistics.{room}").__all__}


MODULES = [
    (room, found.name.removeprefix("marrowdose."))
    for room in ROOMS
    for found in pkgutil.walk_packages(of(f"statistics.{room}").__path__, f"marrowdose.statistics.{room}.")
]


@pytest.mark.parametrize("room, name", MODULES)
def test_examples_of_the_statistics(room, name):
    known = names(room) | {"np": np, "math": math}
    assert doctest.testmod(of(name), extraglobs=known).failed == 0


@pytest.mark.parametrize("room", ROOMS)
def test_every_routine_has_an_example(room):
    routines = {name: thing for name, thing in names(room).items() if inspect.isroutine(thing)}
    assert {name for name, thing in routines.items() if ">>>" not in (thing.__doc__ or "")} == set()


@pytest.mark.parametrize(
    "name",
    [
        "doors",
        "statistics",
        *(f"statistics.{room}" for room in ROOMS),
        "trial.estimate",
        "trial.run",
        "trial.run.templates",
        "trial.run.verbs",
    ],
)
def test_examples_elsewhere(name):
    found = doctest.testmod(of(name), optionflags=doctest.ELLIPSIS)
    assert found.attempted > 0
    assert found.failed == 0
