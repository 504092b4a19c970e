"""Shared by all tests: helpers beside the tests can be imported by their names."""

import sys
from pathlib import Path

for folder in (".", "contract", "golden"):
    sys.path.insert(0, str(Path(__file__).parent / folder))
