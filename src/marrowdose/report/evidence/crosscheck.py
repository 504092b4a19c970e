"""The frequentist curves beside the Bayesian one: plain record and text; disagreements are named."""

from __future__ import annotations

from dataclasses import asdict

from ...evidence.tables import Evidence
from ...synthesis.crosscheck import cross_check
from ...synthesis.fit import Fit
from ..frame.document import Table, as_text
from ..frame.numbers import tenths
from ..frame.svg import Svg
from .figure_crosscheck import ComparedPoint, crosscheck_figure
from .record import CrossCheck


def cross_check_record(fit: Fit, evidence: Evidence) -> CrossCheck:
    """Comparisons at month 12, the curves that could not be fitted, and the disagreements as sentences."""
    rows, failed = cross_check(fit, evidence, fit.domains[0])
    said = [
        f"{r.curve} at {r.dose:g} million: {tenths(r.effect)} points, outside the Bayesian"
        f" {tenths(r.bayes_low)} to {tenths(r.bayes_high)}"
        for r in rows
        if not r.agrees
    ]
    return {"comparisons": rows, "not_fitted": failed, "disagreements": said}


def cross_check_text(record: CrossCheck) -> str:
    """The table and the disagreements."""
    rows = [
        [
            r.curve,
            f"{r.dose:g}",
            tenths(r.effect),
            f"{tenths(r.low)} to {tenths(r.high)}",
            tenths(r.bayes),
            f"{tenths(r.bayes_low)} to {tenths(r.bayes_high)}",
            "" if r.agrees else "parts",
        ]
        for r in record["comparisons"]
    ]
    compared = Table(
        "Frequentist curves on the same contrasts, month 12 (a shape forced on few doses runs wild at the"
        " ends)",
        ["curve (maximum likelihood)", "million", "effect", "95 %", "Bayesian", "95 %", ""],
        rows,
    )
    parted = [f"  disagreement: {s}" for s in record["disagreements"]]
    return as_text(compared, *parted, *(f"  not fitted: {s}" for s in record["not_fitted"]))


def cross_check_figure(record: CrossCheck) -> Svg:
    """The frequentist curves drawn over the Bayesian one."""
    return crosscheck_figure([ComparedPoint(**asdict(row)) for row in record["comparisons"]])
