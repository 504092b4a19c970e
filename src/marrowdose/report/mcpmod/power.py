"""Renderings of a planned dose-finding trial: text, and one page with pictures, from the record of
``power``.
"""

from __future__ import annotations

import numpy as np

from ...domain import BANNER
from ...statistics.mcpmod import Estimation, TrialPlan
from ..frame.page import page
from .analysis import dose_words, html_table
from .figures import lines_figure
from .record import EstimationRecord, PowerRecord

_POINTS = 61  # of a drawn curve


def power_record(plan: TrialPlan) -> PowerRecord:
    """``power/1``: the trial, its power under each candidate, and the candidates' curves."""
    asked, found = plan.asked, plan.power
    grid = np.linspace(0.0, max(asked.doses), _POINTS)
    record: PowerRecord = {
        "schema": "power/1",
        "banner": BANNER,
        "doses": list(asked.doses),
        "n": list(plan.n),
        "total": sum(plan.n),
        "alpha": asked.rule.alpha,
        "sides": 2 if asked.rule.two_sided else 1,
        "target": asked.target,
        "critical_value": found.critical_value,
        "power": dict(zip(found.labels, found.power.tolist(), strict=True)),
        "monte_carlo_se": float(found.error.max()),
        "candidates": {
            "dose": grid.tolist(),
            "effect": {c.label: c.effect(grid).tolist() for c in asked.candidates},
        },
    }
    if plan.estimation:
        record["estimation"] = {label: _estimation_record(e) for label, e in plan.estimation.items()}
    if plan.other_sizes:
        record["over"] = {
            "total": [total for total, _ in plan.other_sizes],
            "power": {
                label: [float(other.power[k]) for _, other in plan.other_sizes]
                for k, label in enumerate(found.labels)
            },
        }
    return record


def _estimation_record(found: Estimation) -> EstimationRecord:
    """What the fits are worth under one truth."""
    target = found.target
    assert target is not None, "it was asked, by delta"
    lower, median, upper = target.quantiles() or (None, None, None)
    return {
        "curve_rmse": found.curve_rmse,
        "curve_rmse_error": found.curve_rmse_error,
        "efficiency": found.efficiency,
        "chosen": found.chosen,
        "target_dose": {
            "true": target.true,
            "share": target.share,
            "lower": lower,
            "median": median,
            "upper": upper,
        },
    }


def power_text(record: PowerRecord) -> str:
    """Patients, power by truth, and what the estimates will be worth."""
    n, doses = record["n"], record["doses"]
    arms = ", ".join(f"{k} at dose {d:g}" for k, d in zip(n, doses, strict=True))
    text = [BANNER, f"{record['total']} patients: {arms}"]
    text += [f"power {p:.3f} if the truth is {label}" for label, p in record["power"].items()]
    values = list(record["power"].values())
    sides = "two-sided" if record["sides"] == 2 else "one-sided"
    text.append(f"least {min(values):.3f}, mean {sum(values) / len(values):.3f}; {sides} {record['alpha']:g}")
    for label, e in record.get("estimation", {}).items():
        text.append(
            f"if the truth is {label}: root mean squared error of the fitted curve {e['curve_rmse']:.3g} ±"
            f" {e['curve_rmse_error']:.1g} (standard error), as precise as plain means of"
            f" {e['efficiency']:.1f} times the patients; target dose {dose_words(e['target_dose']['true'])},"
            f" 90 % of estimates {_estimated(e)}"
        )
    return "\n".join(text) + "\n"


def _estimated(estimation: EstimationRecord) -> str:
    dose = estimation["target_dose"]
    if dose["median"] is None:
        return "none: no trial has one"
    return (
        f"{dose['lower']:.3g} to {dose['upper']:.3g}, in the {100 * dose['share']:.0f} % of trials that"
        " have one"
    )


def _power_tables(record: PowerRecord) -> str:
    """Patients, power, precision of the estimates."""
    arms = zip(record["doses"], record["n"], strict=True)
    sides = "two-sided" if record["sides"] == 2 else "one-sided"
    drawn = [
        html_table(
            f"Patients by dose, {record['total']} in all",
            ["dose", "patients"],
            [[f"{d:g}", str(k)] for d, k in arms],
        ),
        html_table(
            f"Power, {sides} {record['alpha']:g} (Monte-Carlo standard error {record['monte_carlo_se']:.1g})",
            ["if the truth is", "power"],
            [[label, f"{p:.3f}"] for label, p in record["power"].items()],
        ),
    ]
    if "estimation" in record:
        rows = [
            [
                label,
                f"{e['curve_rmse']:.3g}",
                f"{e['efficiency']:.1f}",
                dose_words(e["target_dose"]["true"]),
                _estimated(e),
            ]
            for label, e in record["estimation"].items()
        ]
        head = [
            "if the truth is",
            "error of the curve",
            "times the patients",
            "target dose",
            "90 % of its estimates",
        ]
        drawn.append(html_table("How well it will be estimated (2,000 simulated trials each)", head, rows))
    return "".join(drawn)


def power_page(record: PowerRecord) -> str:
    """One page: candidate shapes, power over the size of the trial, numbers."""
    shapes, over = record["candidates"], record["over"]
    parts = [
        (
            "If the truth is one of these",
            lines_figure(
                [(label, shapes["dose"], ys) for label, ys in shapes["effect"].items()],
                title="Candidate dose-responses",
                x_name="dose",
                y_name="effect over placebo",
                uid="candidates",
            ),
        ),
        (
            "Power by the size of the trial",
            lines_figure(
                [(label, over["total"], ys) for label, ys in over["power"].items()],
                title="Power of the contrast test",
                x_name="patients in the trial",
                y_name="power",
                at=(record["total"], f"{record['total']} patients"),
                level=record["target"],
                uid="power",
            ),
        ),
        ("Numbers", _power_tables(record)),
    ]
    return page("Plan of a dose-finding trial", parts, stale=False)
