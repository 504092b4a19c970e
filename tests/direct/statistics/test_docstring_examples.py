"""The examples in docstrings are true: sequential and monitoring statistics, Monte-Carlo errors."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "name",
    [
        "statistics.monitoring.rules",
        "statistics.monitoring.maxsprt",
        "statistics.sequential.simon",
        "statistics.sequential.bounds",
        "trial.estimate",
    ],
)
def test_examples(name):
    found = doctest.testmod(importlib.import_module(f"marrowdose.{name}"), optionflags=doctest.ELLIPSIS)
    assert found.attempted > 0
    assert found.failed == 0
