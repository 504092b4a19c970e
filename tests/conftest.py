"""Shared by all tests: helpers beside the tests can be imported by their names."""

import os
import sys
from pathlib import Path

from hypothesis import settings

for folder in (".", "contract", "golden"):
    sys.path.insert(0, str(Path(__file__).parent / folder))

# The same examples on every machine, so that a red run can be repeated;
# `python3 dev.py explore` draws new ones.
settings.register_profile("same", derandomize=True)
settings.register_profile("explore", derandomize=False, print_blob=True)
settings.load_profile(os.environ.get("MARROWDOSE_EXAMPLES", "same"))
