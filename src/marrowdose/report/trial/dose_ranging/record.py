"""Simulated longitudinal designs as records: everything that text, page and protocol say."""

from __future__ import annotations

from typing import Any

from ....trial.dose_ranging.file import Planned
from ....trial.run import ComparedLongitudinal, RanLongitudinal
from ....trial.run.longitudinal import Reach
from ....trial.seamless.file import PlannedSeamless
from ....trial.seamless.hand_over import SeamlessResults
from .run_in import run_in_record
from .text import assurance_record, difference_record, record
from .versus import versus_record


def ran_record(ran: RanLongitudinal) -> dict[str, Any]:
    """Operating characteristics of one design, and of its trials at the posterior mean and where no dose
    helps, as far as there are any."""
    planned, found = ran.planned, ran.results
    told = record(planned, ran.truth.label, ran.truth.said, ran.found, ran.seed)
    if isinstance(planned, PlannedSeamless) and isinstance(found, SeamlessResults):
        told["run_in"] = run_in_record(planned, found)
    told |= versus_record(planned, found, ran.truth)
    told["notes"] = [] if ran.evidence is None else _beyond(planned, ran.evidence)
    if ran.at_mean is not None:
        told["assurance"] = assurance_record(found, ran.at_mean)
    if ran.no_dose_helps is not None:
        told["no_dose_helps"] = record(planned, "null", "assumed", ran.no_dose_helps, ran.seed)
    return told


def compared_record(compared: ComparedLongitudinal) -> dict[str, Any]:
    """Every design, and its paired differences from the first."""
    others = zip(compared.each[1:], compared.differences, strict=True)
    return {
        "designs": [ran_record(ran) for ran in compared.each],
        "differences": [difference_record(ran.planned.design.name, rows) for ran, rows in others],
    }


def _beyond(planned: Planned, evidence: Reach) -> list[str]:
    """What a reader must know of a truth that is asked beyond the evidence."""
    last, largest, said = planned.design.visits[-1], planned.design.doses[-1], []
    if last > evidence.month:
        said.append(
            f"Month {last:g} is beyond the randomised evidence (month {evidence.month:g}): the course there"
            " is extrapolated."
        )
    if largest > evidence.dose:
        said.append(
            f"{largest:g} million is beyond the randomised doses ({evidence.dose:g}): the curve there is"
            " extrapolated."
        )
    return said
