"""Kernels of two mechanisms, compiled by two processes and read from the cache by a third, do not meet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = """
import sys
import numpy as np
from marrowdose.joint.engine import simulate
from marrowdose.joint.mechanism import Mechanism, State
one = Mechanism(name="one", label="test", states=(State(name="x", start=1.0, rate="-x"),))
two = Mechanism(name="two", label="test", states=tuple(
    State(name=f"y{i}", start=1.0, rate=f"-{i + 1}*y{i}*y{(i + 1) % 3}") for i in range(3)))
for model in (one, two):
    if model.name in sys.argv:
        found = [simulate(model, {}, (), [0.5, 2.0], engine=e).values for e in ("numpy", "numba")]
        assert found[0].tobytes() == found[1].tobytes(), (model.name, found)
"""


def test_kernels_from_the_cache_do_not_meet(tmp_path: Path) -> None:
    """Compiled code calls its inner functions by name: equal names in two cached files would be one
    function.
    """
    pytest.importorskip("numba")
    place = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    for models in (["one"], ["two"], ["one", "two"]):
        done = subprocess.run(
            [sys.executable, "-c", RUN, *models],
            env=place,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 0, (models, done.stderr[-600:])
