"""Writing a file whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
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
        draft = target.parent / f".{secrets.token_hex(6)}.tmp"
        with draft.open("xb") as out:
            out.write(data)
        os.replace(draft, target)
    except BaseException as problem:
        if draft is not None:
            with contextlib.suppress(OSError):
                draft.unlink()
        if isinstance(problem, (OSError, ValueError)):
            raise InputError(
                f"cannot be written ({getattr(problem, 'strerror', None) or problem})",
                where=str(path),
                remedy="name a file in a folder that exists, may be written to and has room",
            ) from problem
        raise
