"""What must stay light: a plan needs NumPy alone, and the base lock holds no sampler and no address."""

from __future__ import annotations

import subprocess
import sys

import pytest

from places import ROOT

HEAVY = ("jax", "blackjax", "scipy", "pandas", "matplotlib", "arviz_stats", "numba")


def test_a_plan_imports_numpy_and_little_else() -> None:
    code = (
        "import sys, io, contextlib\n"
        "from marrowdose.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    code = main(['plan', '--example', '--json'])\n"
        f"print(code, sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0 []"


def test_importing_marrowdose_imports_nothing() -> None:
    code = (
        "import sys; before = set(sys.modules); import marrowdose; print(len([m for m in set(sys.modules) -"
        " before if 'numpy' in m]))"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "0"
    )


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_locks_name_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "--hash=sha256:" in text
    assert "://" not in text
    assert "--index" not in text


def test_base_lock_has_no_sampler() -> None:
    names = {
        line.split("==")[0] for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line
    }
    assert not names & set(HEAVY) - {"scipy"}


def test_public_names_exist() -> None:
    import marrowdose

    for name in marrowdose.__all__:
        assert getattr(marrowdose, name) is not None
    with pytest.raises(AttributeError):
        _ = marrowdose.no_such_name


def test_no_file_is_too_long_and_no_number_in_a_noun_is_bare() -> None:
    """At most 300 lines of code a file; every float of a noun has a unit or a meaning in its type."""
    from dataclasses import is_dataclass
    from typing import get_type_hints

    import marrowdose.domain as domain

    for file in (
        f
        for part in ("src", "tests", "validation", "benchmarks")
        for f in ROOT.glob(f"{part}/**/*.py")
        if f.parent.name != "generated"  # written by a program, one file a mechanism
    ):
        code = [
            line
            for line in file.read_text().splitlines()
            if line.strip() and not line.strip().startswith("#")
        ]
        assert len(code) <= 300, file
    allowed = {"Band"}  # quantiles of whatever the field that holds it says
    for name, noun in vars(domain).items():
        if is_dataclass(noun) and noun.__module__ == "marrowdose.domain" and name not in allowed:
            for field_name, hint in get_type_hints(noun, include_extras=True).items():
                assert hint is not float, f"{name}.{field_name} is a bare float"
