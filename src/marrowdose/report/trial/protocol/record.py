"""The record of ``trial protocol``."""

from __future__ import annotations

from typing import Literal

from ...frame.document import DocumentRecord
from ...frame.record import Banner


class TrialProtocolRecord(DocumentRecord):
    """The statistical sections of a protocol."""

    schema: Literal["trial-protocol/1"]
    banner: Banner
