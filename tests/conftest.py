"""Shared by all tests: the tests folder itself can be imported from."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
