"""Shared by all tests. What they share in code lies in tests/shared and is imported by its name."""

import os

from hypothesis import settings

# The same examples on every machine, so that a red run can be repeated;
# `python3 dev.py explore` draws new ones.
settings.register_profile("same", derandomize=True)
settings.register_profile("explore", derandomize=False, print_blob=True)
settings.load_profile(os.environ.get("MARROWDOSE_EXAMPLES", "same"))
