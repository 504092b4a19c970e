"""The record of a fit: read whole and typed, written back byte by byte; a damaged one names its key."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from marrowdose.errors import InputError
from marrowdose.synthesis.fit import SHIPPED, pack, read_fit, shipped_fit

DATA = Path(str(files("marrowdose.evidence") / "data"))


def damaged(folder: Path, damage: Callable[[dict[str, Any]], object]) -> str:
    """What is said of the shipped fit after its record was damaged."""
    shutil.copy(DATA / SHIPPED[0], folder)
    told = json.loads((DATA / SHIPPED[1]).read_text(encoding="utf-8"))
    damage(told)
    (folder / SHIPPED[1]).write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(InputError) as problem:
        read_fit(folder)
    return str(problem.value)


def test_the_shipped_record_is_written_back_byte_by_byte() -> None:
    assert pack(shipped_fit())[1] == (DATA / SHIPPED[1]).read_text(encoding="utf-8")


def test_a_fit_that_was_written_is_read(tmp_path: Path) -> None:
    arrays, record = pack(shipped_fit())
    (tmp_path / SHIPPED[0]).write_bytes(arrays)
    (tmp_path / SHIPPED[1]).write_text(record, encoding="utf-8")
    again = read_fit(tmp_path)
    assert again.record == shipped_fit().record
    assert again.domains == shipped_fit().domains


@pytest.mark.parametrize(
    ("damage", "key", "fault"),
    [
        (lambda t: t.pop("weights"), "weights", "is missing"),
        (lambda t: t["weights"]["used"].update(emax="much"), "weights.used.emax", "allowed: a number"),
        (lambda t: t["predictive"]["rows"][3].pop("q10"), "predictive.rows[3].q10", "is missing"),
        (lambda t: t["checks"][0].update(ok=1), "checks[0].ok", "allowed: true or false"),
        (lambda t: t["diagnostics"]["harm"].update(colour=1), "diagnostics.harm.colour", "is not known"),
        (lambda t: t["points"][0].update(domain="knee"), "points[0].domain", "allowed: pain, function"),
        (lambda t: t.update(dose_range=[10.0]), "dose_range", "allowed: a list of 2"),
        (lambda t: t.update(studies={}), "studies", "allowed: a list"),
        (lambda t: t.update(domains=["knee"]), "domains", "allowed: a list of pain, function"),
        (lambda t: t["settings"].update(seed=1.5), "settings.seed", "allowed: a whole number"),
    ],
)
def test_a_damaged_record_names_its_file_and_key(
    tmp_path: Path, damage: Callable[[dict[str, Any]], object], key: str, fault: str
) -> None:
    said = damaged(tmp_path, damage)
    assert said.startswith(f"{tmp_path / SHIPPED[1]}, {key}: no usable fit (")
    assert fault in said


def test_a_dose_that_is_unknown_is_no_fault() -> None:
    assert {count.dose is None for count in shipped_fit().record.harm_counts} == {True, False}
