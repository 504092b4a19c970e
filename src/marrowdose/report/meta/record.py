"""The record of ``drma``. Doses are in the unit of the table, effects in that of the measure."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from ...statistics.meta import (
    CurvePoints,
    CurveRow,
    DoseEstimate,
    DoseResponse,
    SmallStudyEffects,
    StudyInfluence,
)
from ..frame.record import Banner


class CurveFailed(TypedDict):
    """A curve that could not be fitted, with the reason."""

    curve: str
    reason: str


class AverageRecord(TypedDict):
    """Curves by their AIC; the predictions are then of their average."""

    rows: list[CurveRow]
    failed: list[CurveFailed]


class DrmaRecord(TypedDict):
    """A dose-response meta-analysis of a table of arms."""

    schema: Literal["drma/1"]
    banner: Banner
    fit: Annotated[DoseResponse, "of several curves the heaviest"]
    predictions: CurvePoints
    average: NotRequired[AverageRecord]
    influence: NotRequired[StudyInfluence]
    small_study_effects: NotRequired[SmallStudyEffects]
    doses: NotRequired[
        Annotated[
            dict[str, tuple[DoseEstimate, DoseEstimate]],
            "by what was asked, as ED80: for the mean of all studies, and for a new study",
        ]
    ]
