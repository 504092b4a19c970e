"""Writing a file, or the files of a folder, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from ..errors import InputError


def write_text_atomically(path: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` as UTF-8, as ``write_bytes_atomically`` does."""
    write_bytes_atomically(path, text.encode("utf-8"))


def write_bytes_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Write ``data`` to ``path``: afterwards there is the old file or the new one, never half.

    Raises ``InputError`` with a remedy where it cannot be written, and leaves nothing behind.
    """
    asked, draft = Path(path), None
    try:
        target = Path(os.path.realpath(asked))  # a link stays a link
        if asked.exists() and not asked.is_file():  # os.replace would swap a device for a plain file
            raise OSError(None, "something that is not a file is in its place")
        draft = draft_beside(target)
        with draft.open("xb") as out:
            out.write(data)
        os.replace(draft, target)
    except BaseException as problem:
        if draft is not None:
            with contextlib.suppress(OSError):
                draft.unlink()
        if isinstance(problem, (OSError, ValueError)):
            raise refused(path, problem) from problem
        raise


def write_together(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all ``files`` of a folder or none, by name; with no files, only try whether it can be done.

    Raises ``InputError`` where it cannot, and leaves nothing behind.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError("is not a folder", where=str(folder), remedy="give another folder")
    there = folder.is_dir()
    draft = draft_beside(folder / "any" if there else folder)
    try:
        draft.mkdir()
        for name, content in files.items():
            (draft / name).write_bytes(content)
        for name in files if there else ():
            os.replace(draft / name, folder / name)
        if files and not there:
            os.replace(draft, folder)
    except OSError as problem:
        raise refused(folder, problem, "folder in a place") from problem
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def draft_beside(target: Path) -> Path:
    """Where a file is written before it takes the place of ``target``: on the same disk, hidden, unique."""
    return target.parent / f".{secrets.token_hex(6)}.tmp"


def refused(path: str | os.PathLike[str], problem: Exception, kind: str = "file in a folder") -> InputError:
    """The error of a place that cannot be written to."""
    return InputError(
        f"cannot be written ({getattr(problem, 'strerror', None) or problem})",
        where=str(path),
        remedy=f"name a {kind} that exists, may be written to and has room",
    )
