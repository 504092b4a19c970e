"""The examples in the docstrings of the sequential and monitoring statistics are true."""

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
    ],
)
def test_examples(name):
    found = doctest.testmod(importlib.import_module(f"marrowdose.{name}"))
    assert found.attempted > 0
    assert found.failed == 0
