"""The frequentist curves beside the Bayesian one: plain record and text; disagreements are named."""

from __future__ import annotations

from dataclasses import asdict

from ...evidence.tables import Evidence
from ...synthesis.crosscheck import cross_check
from ...synthesis.fit import Fit
from ..frame.text import table
from . import figure_crosscheck
from .record import CrossCheck


def cross_check_record(fit: Fit, evidence: Evidence) -> CrossCheck:
    """Comparisons at month 12, the curves that could not be fitted, and the disagreements as sentences."""
    rows, failed = cross_check(fit, evidence, fit.domains[0])
    said = [
        f"{r.curve} at {r.dose:g} million: {r.effect:.1f} points, outside the Bayesian {r.bayes_low:.1f} to"
        f" {r.bayes_high:.1f}"
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
            f"{r.effect:.1f}",
            f"{r.low:.1f} to {r.high:.1f}",
            f"{r.bayes:.1f}",
            f"{r.bayes_low:.1f} to {r.bayes_high:.1f}",
            "" if r.agrees else "parts",
        ]
        for r in record["comparisons"]
    ]
    head = ["curve (maximum likelihood)", "million", "effect", "95 %", "Bayesian", "95 %", ""]
    notes = [
        *(f"  disagreement: {s}" for s in record["disagreements"]),
        *(f"  not fitted: {s}" for s in record["not_fitted"]),
    ]
    return "\n".join(
        [
            (
                "Frequentist curves on the same contrasts, month 12 (a shape forced on few doses runs wild at"
                " the ends)"
            ),
            table(head, rows) + "\n".join(notes),
            "",
        ]
    )


def cross_check_figure(record: CrossCheck) -> str:
    """The frequentist curves drawn over the Bayesian one."""
    return figure_crosscheck.crosscheck_figure(
        [figure_crosscheck.ComparedPoint(**asdict(row)) for row in record["comparisons"]]
    )
