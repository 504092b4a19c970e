"""Finished pieces of a simulation in a folder, so that a run that was cut off goes on where it was.

A piece is kept whole or not at all, under the digest of everything it depends on and with a digest of its
own. The folder says what it belongs to and is refused for anything else.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from ..errors import InputError
from ..job_pieces import Columns, Span
from .json import exact_text, parse_json
from .whole import write_bytes_atomically

LABEL = "marrowdose-pieces.json"
_DIGEST = 64  # characters of a SHA-256 digest


class Folder:
    """The pieces of these jobs, by name; ``jobs`` values say all that the trials of each depend on.

    Raises ``InputError`` where the folder cannot be used or holds pieces of something else.
    """

    def __init__(self, path: str, jobs: Mapping[str, str]) -> None:
        self.path = Path(path)
        self._digests = {text: _digest(text.encode()) for text in jobs.values()}
        label = {"program": program(), "jobs": {name: self._digests[text] for name, text in jobs.items()}}
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            begun = any(self.path.iterdir())
        except (OSError, ValueError) as problem:
            why = getattr(problem, "strerror", None) or problem
            raise InputError(
                f"cannot be used ({why})",
                where=f"resume={path}",
                remedy="name a folder that may be written to",
            ) from problem
        if begun:
            self._require_same(label)
        write_bytes_atomically(self.path / LABEL, (exact_text(label, indent=1) + "\n").encode())

    def _require_same(self, label: Mapping[str, Any]) -> None:
        where, other = f"resume={self.path}", "give another folder"
        try:
            found = parse_json((self.path / LABEL).read_text(encoding="utf-8"), LABEL)
            program, jobs = found["program"], dict(found["jobs"])
        except (OSError, ValueError, TypeError, KeyError) as problem:
            raise InputError(
                "is no folder of kept trials, and not empty", where=where, remedy=other
            ) from problem
        if program != label["program"]:
            raise InputError("holds trials of another version of marrowdose", where=where, remedy=other)
        if jobs != label["jobs"]:
            raise InputError(
                f"holds trials of another simulation ({'; '.join(map(str, jobs))})",
                where=where,
                remedy=f"{other}, or the designs, truth and seed it was begun with",
            )

    def _file(self, job: str, span: Span) -> Path:
        return self.path / f"{self._digests[job][:16]}-{span.first:08d}-{span.trials}.piece"

    def has(self, job: str, span: Span) -> bool:
        """Whether the piece is there, whole."""
        return self._checked(job, span) is not None

    def read(self, job: str, span: Span) -> Columns | None:
        """The piece, or None where it is not there or was damaged."""
        data = self._checked(job, span)
        if data is None:
            return None
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}
        except (ValueError, OSError, BadZipFile):
            return None

    def _checked(self, job: str, span: Span) -> bytes | None:
        try:
            raw = self._file(job, span).read_bytes()
        except OSError:
            return None
        data = raw[_DIGEST:]
        return data if raw[:_DIGEST] == _digest(data).encode() else None

    def write(self, job: str, span: Span, columns: Columns) -> None:
        """Keep the piece, whole or not at all. Raises ``InputError`` where there is no room."""
        buffer = io.BytesIO()
        np.savez(buffer, **columns)  # type: ignore[arg-type]
        data = buffer.getvalue()
        write_bytes_atomically(self._file(job, span), _digest(data).encode() + data)


def program() -> str:
    """A digest of this version's code and data: trials of another one are not mixed in."""
    found = hashlib.sha256(np.__version__.encode())
    root = Path(str(files("marrowdose")))
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".py", ".npz", ".csv")):
        found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
