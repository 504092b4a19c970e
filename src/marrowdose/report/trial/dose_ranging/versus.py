"""The active arm of a longitudinal design in words: its record, its column, and each dose against it."""

from __future__ import annotations

from ....trial.dose_ranging.comparator import Comparator
from ....trial.dose_ranging.design import Ranging
from ....trial.dose_ranging.simulate import Results
from ....trial.dose_ranging.versus import Versus, versus
from ....trial.truths.truth import Truth
from ..estimates import percent, said
from .record import ActiveArm, DoseAgainst


def active_record(design: Ranging, arm: Comparator, found: Results, truth: Truth) -> ActiveArm:
    """The active arm, and each dose against it; of the composite estimand there is no bias and coverage."""
    summary, known = versus(found, arm.bound), design.estimand != "composite"
    told: ActiveArm = {
        "arm": arm.name,
        "asked": arm.aim,
        "question": arm.question,
        "margin": arm.margin,
        "alpha": arm.alpha,
        "levels": arm.levels.tolist(),
        "effect": truth.active_said,
        "patients": summary.treated,
        "harmed": summary.harmed,
        "true_benefit": summary.true_benefit,
        "doses": [_against(summary, k, f"{d:g} M", known) for k, d in enumerate(design.doses[1:])],
        "named_shown": summary.named_shown,
        "error": summary.error,
    }
    if known:
        told["bias"], told["coverage_95"] = summary.bias, summary.coverage
    return told


def _against(found: Versus, k: int, arm: str, known: bool) -> DoseAgainst:
    told: DoseAgainst = {
        "arm": arm,
        "true_difference": found.true_difference[k],
        "shown": found.shown[k],
    }
    if known:
        told["difference_bias"] = found.difference_bias[k]
        told["difference_coverage_95"] = found.difference_coverage[k]
    return told


def versus_rows(told: ActiveArm) -> list[list[str]]:
    """Rows of the table by arm on differences from the active arm."""
    name, rows = told["arm"], []
    labels = {
        "true_difference": (f"over {name}, true", False),
        "difference_bias": ("bias of that", False),
        "difference_coverage_95": ("its interval covers", True),
        "shown": ("test passed", True),
    }
    for key, (label, share) in labels.items():
        if key in told["doses"][0]:
            rows.append([label, "", *(said(row, key, share) for row in told["doses"]), ""])
    return rows


def versus_scalars(told: ActiveArm) -> list[list[str]]:
    """The trial's answers against the active arm: what, and its number."""
    what = told["asked"]
    return [
        [f"named dose shown {what}", percent(told["named_shown"])],
        [f"named dose shown {what} though it is not", percent(told["error"])],
    ]


def effect_line(told: ActiveArm) -> str:
    """Where the active arm's effect comes from."""
    return (
        f"Effect of {told['arm']}: {told['effect']}. Level of its test: {told['alpha']:g} one-sided over all"
        " doses and looks."
    )
