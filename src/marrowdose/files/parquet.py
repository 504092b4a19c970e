"""Tables too long for memory as Parquet, written part by part: whole in the end or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..errors import InputError
from .whole import draft_beside, refused

Write = Callable[[Mapping[str, Any]], None]


@contextmanager
def parquet_file(path: str, said: Mapping[str, str]) -> Iterator[Write]:
    """Yields ``write(columns)`` for arrays by name, the same names each time; masked entries become null.

    ``said`` goes into the file beside the table. What fails inside leaves nothing behind. Raises
    ``InputError`` where pyarrow is missing or the file cannot be written.
    """
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter
    except ImportError as problem:
        remedy = "pip install 'marrowdose[parquet]'"
        raise InputError("pyarrow is not installed", where="parquet", remedy=remedy) from problem
    target, writer = Path(os.path.realpath(path)), None
    draft = draft_beside(target)

    def write(columns: Mapping[str, Any]) -> None:
        nonlocal writer
        table = pa.table({k: pa.array(v) for k, v in columns.items()}).replace_schema_metadata(dict(said))
        try:
            writer = writer or ParquetWriter(draft, table.schema, compression="zstd")
            writer.write_table(table)
        except OSError as problem:
            raise refused(path, problem) from problem

    try:
        yield write
        if writer is not None:
            try:
                writer.close()
                os.replace(draft, target)
            except OSError as problem:
                raise refused(path, problem) from problem
    finally:
        with suppress(OSError):
            if writer is not None:
                writer.close()
            draft.unlink()
