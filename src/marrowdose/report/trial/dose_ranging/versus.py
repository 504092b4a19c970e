"""The active arm of a longitudinal design in words: its record, its column, and each dose against it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....trial.dose_ranging.file import Planned
from ....trial.dose_ranging.simulate import Results
from ....trial.dose_ranging.versus import Versus, versus
from ....trial.truths.truth import Truth

Say = Callable[[dict[str, float], bool], str]  # a number with its error, as a share or not
OWN = ("treated", "harmed", "true_benefit", "bias", "coverage")
BY_DOSE = ("true_difference", "difference_bias", "difference_coverage", "shown")
VOID = ("bias", "coverage", "difference_bias", "difference_coverage")  # of the composite estimand
KEYS = {"treated": "patients", "coverage": "coverage_95", "difference_coverage": "difference_coverage_95"}


def versus_record(planned: Planned, found: Results, truth: Truth) -> dict[str, Any]:
    """The key "comparator" of a record, or nothing where the design has no active arm."""
    arm = planned.design.comparator
    if arm is None:
        return {}
    summary, void = versus(found, arm.bound), VOID if planned.design.estimand == "composite" else ()

    def some(keys: tuple[str, ...], k: int | None = None) -> dict[str, Any]:
        return {KEYS.get(key, key): _pair(summary, key, k) for key in keys if key not in void}

    doses = planned.design.doses[1:]
    return {
        "comparator": {
            "arm": arm.name,
            "asked": arm.aim,
            "question": arm.question,
            "margin": arm.margin,
            "alpha": arm.alpha,
            "levels": arm.levels.tolist(),
            "effect": truth.active_said,
            **some(OWN),
            "doses": [{"arm": f"{d:g} M", **some(BY_DOSE, k)} for k, d in enumerate(doses)],
            "named_shown": _pair(summary, "named_shown"),
            "error": _pair(summary, "error"),
        }
    }


def _pair(found: Versus, key: str, k: int | None = None) -> dict[str, float]:
    estimate = getattr(found, key) if k is None else getattr(found, key)[k]
    return {"value": estimate.value, "monte_carlo_se": estimate.error}


def versus_rows(told: dict[str, Any], say: Say) -> list[list[str]]:
    """Rows of the table by arm on differences from the active arm; ``say(pair, percent)`` tells a number."""
    name, rows = told["arm"], []
    labels = {
        "true_difference": (f"over {name}, true", False),
        "difference_bias": ("bias of that", False),
        "difference_coverage_95": ("its interval covers", True),
        "shown": ("test passed", True),
    }
    for key, (label, percent) in labels.items():
        if key in told["doses"][0]:
            rows.append([label, "", *(say(row[key], percent) for row in told["doses"]), ""])
    return rows


def versus_scalars(told: dict[str, Any], say: Say) -> list[list[str]]:
    """The trial's answers against the active arm: what, and its number."""
    what = told["asked"]
    return [
        [f"named dose shown {what}", say(told["named_shown"], True)],
        [f"named dose shown {what} though it is not", say(told["error"], True)],
    ]


def effect_line(told: dict[str, Any]) -> str:
    """Where the active arm's effect comes from."""
    return (
        f"Effect of {told['arm']}: {told['effect']}. Level of its test: {told['alpha']:g} one-sided over all"
        " doses and looks."
    )
