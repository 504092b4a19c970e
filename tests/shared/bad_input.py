"""How hostile input is made: files, folders, patients, goals, and systems that fail."""

import csv
import errno
import io
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from marrowdose.evidence.columns import columns
from marrowdose.patient.intake import EXAMPLE
from marrowdose.synthesis.fit import SHIPPED, pack, shipped_fit

GONE = object()  # a field that is not given
OLD = b"what stood here before"  # report.html is there in every case, and stays as it is
Make = Callable[[pytest.MonkeyPatch], None]


class Case(NamedTuple):
    """What is given, and what the sentence must name: the fault, and what is allowed or to be done."""

    name: str
    argv: list[str]
    wrong: str
    help: str
    make: Make = lambda monkeypatch: None


# --- how the input is made, in the working folder ---


def writing(files: Mapping[str, bytes]) -> Make:
    """Write files; a name that ends in / is a folder."""

    def make(_: pytest.MonkeyPatch) -> None:
        for name, content in files.items():
            Path(name if name.endswith("/") else Path(name).parent).mkdir(parents=True, exist_ok=True)
            if not name.endswith("/"):
                Path(name).write_bytes(content)

    return make


def file_case(name: str, content: bytes, wrong: str, help: str) -> Case:
    return Case(name, ["plan", "p.json"], wrong, help, writing({"p.json": content}))


def patient_case(name: str, changes: Mapping[str, Any], wrong: str, help: str) -> Case:
    given = {k: v for k, v in {**EXAMPLE, **changes}.items() if v is not GONE}
    return file_case(name, json.dumps(given).encode(), wrong, help)


def goal_case(name: str, goal: str, wrong: str, help: str) -> Case:
    return Case(name, ["plan", "--example", "--goal", goal], wrong, help)


def goal_file_case(name: str, content: bytes, wrong: str, help: str) -> Case:
    return Case(name, ["plan", "--example", "--goal", "g.json"], wrong, help, writing({"g.json": content}))


def command_case(name: str, argv: str, wrong: str, help: str) -> Case:
    return Case(name, argv.split(), wrong, help)


STUDY = {"study_id": "New2030", "design": "rct", "source_cells": "bm_msc", "source_url": "own data"}
ARM = {
    "study_id": "New2030",
    "arm_id": "MSC25",
    "treatment": "bm_msc",
    "dose_million_cells": "25",
    "source_url": "own data",
}
OUTCOME = {
    "study_id": "New2030", "arm_id": "MSC25", "outcome": "womac_pain", "scale_min": "0", "scale_max": "20",
    "higher_is_better": "no", "month": "6", "n": "30", "stat": "mean_sd", "value": "7.5", "sd": "3.4",
    "source_url": "own data", "checked": "own_data",
}  # fmt: skip
TABLES = {"studies": [STUDY], "arms": [ARM], "outcomes": [OUTCOME]}


def tables(changed: Mapping[str, list[dict[str, str]]] = {}) -> dict[str, bytes]:
    """A folder of evidence as files, a table being replaced."""
    files = {}
    for table, rows in {**TABLES, **changed}.items():
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, [column.name for column in columns()[table]], restval="")
        writer.writeheader()
        writer.writerows(rows)
        files[f"new/{table}.csv"] = text.getvalue().encode()
    return files


def folder_cases(name: str, files: Mapping[str, bytes], wrong: str, help: str) -> list[Case]:
    """A broken folder is checked, and is given to a plan."""
    make = writing(files)
    return [
        Case(f"evidence check, {name}", ["evidence", "check", "new"], wrong, help, make),
        Case(f"plan with evidence, {name}", ["plan", "--example", "--evidence", "new"], wrong, help, make),
    ]


def fit_folder(arrays: bytes | None = None, meta: str | None = None) -> Make:
    """The shipped fit in a folder, its draws or its description being replaced."""

    def make(_: pytest.MonkeyPatch) -> None:
        good = pack(shipped_fit())
        Path("fitted").mkdir()
        Path("fitted", SHIPPED[0]).write_bytes(good[0] if arrays is None else arrays)
        Path("fitted", SHIPPED[1]).write_text(good[1] if meta is None else meta, encoding="utf-8")

    return make


def something_else() -> bytes:
    stored = io.BytesIO()
    np.savez(stored, other=np.ones(3))
    return stored.getvalue()


def fit_case(name: str, make: Make) -> Case:
    return Case(
        f"fit folder, {name}",
        ["plan", "--example", "--fit", "fitted"],
        "no usable fit",
        "marrowdose fit --out",
        make,
    )


def raising(target: str, problem: BaseException) -> Make:
    """Something of the system or of ours fails when it is called."""

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise problem

    return lambda monkeypatch: monkeypatch.setattr(target, fail)


def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file takes half of what is written to it, then the disk is full."""
    really = io.open

    def half_open(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        opened = really(file, mode, *args, **kwargs)
        if "w" in mode or "x" in mode:
            write = opened.write

            class Full:
                def __enter__(self) -> "Full":
                    return self

                def __exit__(self, *_: object) -> None:
                    opened.close()

                def write(self, data: Any) -> int:
                    write(data[: len(data) // 2])
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

            return Full()
        return opened

    monkeypatch.setattr(io, "open", half_open)


def fitted_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fit that takes no time: what is tested is what becomes of it."""
    made = replace(shipped_fit(), record=replace(shipped_fit().record, checks=()))
    monkeypatch.setattr("marrowdose.cli.fit.refit", lambda *args, **kwargs: made)


def any_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of checks, whatever the fit."""
    monkeypatch.setattr("marrowdose.report.evidence.checks.check_html", lambda *args: "page " * 1000)


def both(*steps: Make) -> Make:
    def make(monkeypatch: pytest.MonkeyPatch) -> None:
        for step in steps:
            step(monkeypatch)

    return make


def answers(text: str) -> Make:
    return lambda monkeypatch: monkeypatch.setattr("sys.stdin", io.StringIO(text))
