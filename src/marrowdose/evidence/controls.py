"""What happens without cells: control arms, pooled saline responses, and the shape of responses over time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from ..domain import Domain, EvidenceRow
from ..units import Array, Months, Points
from .contrasts import Analysis, decisions_of, select
from .row import Row
from .tables import Evidence

WEEKS_PER_MONTH = 365.25 / 7 / 12
# what the labels of the hyaluronic-acid data set must mean; see decisions/0004
HA_PLACEBO = "3HY-2.4-3.6"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFigure:
    """Improvement from baseline without cells. ``pooled`` marks a published meta-analytic mean."""

    study: str
    domain: Domain
    month: Months
    improvement: Points
    se: Points
    baseline: Points  # NaN if not reported
    ha: float
    corticosteroid: float
    prp: float
    pooled: bool
    rows: tuple[EvidenceRow, ...]


# published pooled saline responses: (row of benchmarks.csv, domain, span of the scale);
# "up to 6 months" read as month 3
POOLED_SALINE: tuple[tuple[int, Domain, float], ...] = (
    (2, "pain", 100.0),
    (5, "pain", 100.0),
    (6, "pain", 20.0),
    (8, "function", 68.0),
)


def pooled_saline(evidence: Evidence) -> tuple[ControlFigure, ...]:
    """The published pooled responses to injected saline, with standard errors from their intervals."""
    by_line = {r.line: r for r in evidence.benchmarks}
    found = []
    for line, domain, span in POOLED_SALINE:
        row = by_line[line]
        value, lo, hi = (row.number(c) or 0.0 for c in ("value", "lo", "hi"))
        found.append(
            ControlFigure(
                study=row["source"],
                domain=domain,
                month=3.0,
                improvement=abs(value) * 100 / span,
                se=abs(hi - lo) / 3.92 * 100 / span,
                baseline=np.nan,
                ha=0.0,
                corticosteroid=0.0,
                prp=0.0,
                pooled=True,
                rows=(row.ref,),
            )
        )
    return tuple(found)


def control_figures(evidence: Evidence, analysis: Analysis | None = None) -> tuple[ControlFigure, ...]:
    """Arms without cells of randomised trials (cell trials and benchmark trials), then the pooled
    responses.
    """
    found = []
    # benchmark trials have no cells: let them in by treating their controls like those of a cell trial
    opened = replace(
        evidence,
        studies=tuple(
            _as_cell_trial(r) if r["source_cells"] == "none" and r["design"] == "rct" else r
            for r in evidence.studies
        ),
    )
    # single arms have no control, and the contextual response is wanted for the randomised months
    chosen = replace(analysis or Analysis(), nonrandomised=False, long_term=False)
    contrasts = select(opened, chosen).contrasts
    for i in range(len(contrasts)):
        if contrasts.source[i] != "none" or contrasts.treatment[i] not in (
            "placebo",
            "ha",
            "corticosteroid",
            "prp",
        ):
            continue
        base, follow, change = contrasts.var_baseline[i], contrasts.var_follow_up[i], contrasts.var_change[i]
        variance = change if np.isfinite(change) else base + follow - 2 * 0.4 * np.sqrt(base * follow)
        if decisions_of(evidence, contrasts.study[i]).get("population"):
            continue
        found.append(
            ControlFigure(
                study=contrasts.study[i],
                domain="pain" if contrasts.load_pain[i] >= 0.5 else "function",
                month=float(contrasts.month[i]),
                improvement=float(contrasts.improvement[i]),
                se=float(np.sqrt(variance)),
                baseline=float(contrasts.baseline[i]),
                ha=float(contrasts.ha[i]),
                corticosteroid=float(contrasts.corticosteroid[i]),
                prp=float(contrasts.prp[i]),
                pooled=False,
                rows=contrasts.rows[i],
            )
        )
    return tuple(found) + pooled_saline(evidence)


def _as_cell_trial(row: Row) -> Row:
    return replace(row, values={**row.values, "source_cells": "bm_msc", "cultured": "yes"})


def context_onset(evidence: Evidence) -> tuple[float, float]:
    """Median and log-SD of τ_c [months] in 1 − e^{−t/τ_c}, from the oral-placebo arms (shape only).

    Each trial has an amplitude of its own (profiled out); the log-SD is the spread between trials' own
    best values, because a new setting has its own τ_c.
    """
    trials: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for row in evidence.comparator_timecourse:
        week, y, se = row.number("week"), row.number("y"), row.number("se")
        if row["dataset"].startswith("osteopain") and week is not None and y is not None and se:
            trials[row["study"]].append((week / WEEKS_PER_MONTH, y, se))
    grid = np.geomspace(0.05, 4.0, 200)
    best = []
    for points in trials.values():
        t, y, se = np.array(sorted(points)).T
        if len(t) < 4 or t[0] != 0:
            continue
        best.append(
            grid[np.argmin([_misfit(t[1:], y[0] - y[1:], se[1:], 1 - np.exp(-t[1:] / g)) for g in grid])]
        )
    return float(np.median(best)), float(np.std(np.log(best), ddof=1))


def ha_peak_month(evidence: Evidence) -> tuple[float, float]:
    """Peak month of hyaluronic acid over its placebo, h(t) = (t/p) e^{1−t/p}, and its standard error.

    Weighted least squares over the trials' differences, each trial with an amplitude of its own.
    """
    arms: dict[tuple[str, str], dict[float, tuple[float, float]]] = defaultdict(dict)
    for row in evidence.comparator_timecourse:
        week, y, se = row.number("week"), row.number("y"), row.number("se")
        if row["dataset"].startswith("hyalarthritis") and week and y is not None and se:
            arms[row["study"], row["treatment"]][week / WEEKS_PER_MONTH] = (-y, se)
    sets: list[tuple[Array, Array, Array]] = []
    for (study, treatment), figures in arms.items():
        placebo = arms.get((study, HA_PLACEBO))
        if treatment == HA_PLACEBO or not placebo:
            continue
        months = sorted(set(figures) & set(placebo))
        if len(months) >= 3:
            t = np.array(months)
            sets.append(
                (
                    t,
                    np.array([figures[m][0] - placebo[m][0] for m in months]),
                    np.array([np.hypot(figures[m][1], placebo[m][1]) for m in months]),
                )
            )
    grid = np.geomspace(0.5, 12.0, 200)
    total = np.array([sum(_misfit(t, y, se, t / p * np.exp(1 - t / p)) for t, y, se in sets) for p in grid])
    weight = np.exp(-0.5 * (total - total.min()))
    weight /= weight.sum()
    mean = float(weight @ grid)
    return mean, float(np.sqrt(weight @ (grid - mean) ** 2))


def _misfit(t: Array, y: Array, se: Array, shape: Array) -> float:
    """χ² of y against amplitude·shape, the amplitude at its best."""
    w = se**-2.0
    amplitude = (w * shape * y).sum() / (w * shape**2).sum()
    return float((w * (y - amplitude * shape) ** 2).sum())
