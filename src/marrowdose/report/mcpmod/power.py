"""Renderings of a planned dose-finding trial: text, and one page with pictures, from the record of
``power``.
"""

from __future__ import annotations

import numpy as np

from ...domain import BANNER
from ...statistics.mcpmod.precision import Estimation
from ...statistics.mcpmod.trial_plan import TrialPlan
from ..frame.document import PageBlock, Picture, Section, Table, as_text
from ..frame.numbers import decimals, share, significant, tenths
from ..frame.page import page
from .analysis import dose_words
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
    text += [f"power {decimals(p, 3)} if the truth is {label}" for label, p in record["power"].items()]
    values = list(record["power"].values())
    least, mean = decimals(min(values), 3), decimals(sum(values) / len(values), 3)
    text.append(f"least {least}, mean {mean}; {_sides(record)}")
    for label, e in record.get("estimation", {}).items():
        error = f"{significant(e['curve_rmse'])} ± {significant(e['curve_rmse_error'], 1)} (standard error)"
        target = dose_words(e["target_dose"]["true"])
        text.append(
            f"if the truth is {label}: root mean squared error of the fitted curve {error}, as precise as"
            f" plain means of {tenths(e['efficiency'])} times the patients; target dose {target}, 90 % of"
            f" estimates {_estimated(e)}"
        )
    return as_text(*text)


def _sides(record: PowerRecord) -> str:
    return f"{'two' if record['sides'] == 2 else 'one'}-sided {record['alpha']:g}"


def _estimated(estimation: EstimationRecord) -> str:
    dose = estimation["target_dose"]
    lower, upper = dose["lower"], dose["upper"]
    if lower is None or upper is None:
        return "none: no trial has one"
    with_one = share(dose["share"])
    return f"{significant(lower)} to {significant(upper)}, in the {with_one} of trials that have one"


def _tables(record: PowerRecord) -> list[Table]:
    """Patients, power, precision of the estimates."""
    arms = zip(record["doses"], record["n"], strict=True)
    error = significant(record["monte_carlo_se"], 1)
    found = [
        Table(
            f"Patients by dose, {record['total']} in all",
            ["dose", "patients"],
            [[f"{d:g}", str(k)] for d, k in arms],
        ),
        Table(
            f"Power, {_sides(record)} (Monte-Carlo standard error {error})",
            ["if the truth is", "power"],
            [[label, decimals(p, 3)] for label, p in record["power"].items()],
        ),
    ]
    return [*found, _estimation(record["estimation"])] if "estimation" in record else found


def _estimation(record: dict[str, EstimationRecord]) -> Table:
    head = ["if the truth is", "error of the curve", "times the patients", "target dose"]
    rows = [
        [
            label,
            significant(e["curve_rmse"]),
            tenths(e["efficiency"]),
            dose_words(e["target_dose"]["true"]),
            _estimated(e),
        ]
        for label, e in record.items()
    ]
    caption = "How well it will be estimated (2,000 simulated trials each)"
    return Table(caption, [*head, "90 % of its estimates"], rows, words=[4])


def power_page(record: PowerRecord) -> str:
    """One page: candidate shapes, power over the size of the trial, numbers."""
    shapes, over = record["candidates"], record["over"]
    candidates = lines_figure(
        [(label, shapes["dose"], ys) for label, ys in shapes["effect"].items()],
        title="Candidate dose-responses",
        x_name="dose",
        y_name="effect over placebo",
        uid="candidates",
    )
    power = lines_figure(
        [(label, over["total"], ys) for label, ys in over["power"].items()],
        title="Power of the contrast test",
        x_name="patients in the trial",
        y_name="power",
        at=(record["total"], f"{record['total']} patients"),
        level=record["target"],
        uid="power",
    )
    parts: list[Section[PageBlock]] = [
        Section("If the truth is one of these", [Picture(svg=candidates)]),
        Section("Power by the size of the trial", [Picture(svg=power)]),
        Section("Numbers", _tables(record)),
    ]
    return page("Plan of a dose-finding trial", parts)
