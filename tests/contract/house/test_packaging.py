"""What must stay light: a plan needs NumPy alone, and the base lock holds no sampler and no address."""

from __future__ import annotations

import pytest

from own_process import printed_by
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
    assert printed_by("-c", code) == "0 []"


def test_importing_marrowdose_imports_nothing() -> None:
    code = (
        "import sys; before = set(sys.modules); import marrowdose; print(len([m for m in set(sys.modules) -"
        " before if 'numpy' in m]))"
    )
    assert printed_by("-c", code) == "0"


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
