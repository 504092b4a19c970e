"""Where things lie in this repository, for tests of any depth."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "src" / "marrowdose" / "trial" / "templates"
VALIDATION = ROOT / "validation"
GOLDEN = ROOT / "tests" / "golden" / "data"


def golden_file(name: str) -> Path:
    """The one file of this name (with its ending) among the numbers of other programs."""
    (found,) = GOLDEN.rglob(name)
    return found


def golden(name: str) -> Any:
    """The numbers of other programs in the file NAME.json, wherever it lies below tests/golden/data."""
    return json.loads(golden_file(f"{name}.json").read_text(encoding="utf-8"))
