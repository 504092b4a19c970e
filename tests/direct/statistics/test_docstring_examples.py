"""The examples in docstrings are true."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "name",
    [
        "statistics.monitoring.rules",
        "statistics.monitoring.likelihood_ratio",
        "statistics.sequential.two_stage",
        "statistics.sequential.bounds",
        "trial.estimate",
        "trial.run",
        "trial.run.templates",
        "trial.run.verbs",
    ],
)
def test_examples(name):
    found = doctest.testmod(importlib.import_module(f"marrowdose.{name}"), optionflags=doctest.ELLIPSIS)
    assert found.attempted > 0
    assert found.failed == 0
