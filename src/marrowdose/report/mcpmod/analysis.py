"""An analysed dose-finding trial: its record, which holds all numbers, and its text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...domain import BANNER
from ...special import ndtri, stdtrit
from ...units import Array
from ..frame.document import as_text
from ..frame.numbers import decimals, four_digits, share, significant
from .record import (
    ArmEstimate,
    BootstrapRecord,
    ContrastTests,
    DoseInterval,
    McpModRecord,
    ShapeFit,
)

if TYPE_CHECKING:
    from ...statistics.mcpmod import Bootstrap, Candidate, ContrastTest, Estimates, McpMod, ModelFit
_POINTS = 61  # of a drawn curve


def analysis_record(
    data: Estimates,
    candidates: Sequence[Candidate],
    found: McpMod,
    *,
    delta: float | None,
    ed: float | None,
    drawn: Bootstrap | None,
) -> McpModRecord:
    """``mcpmod/1``: estimates, candidates, tests, fits with their curves, doses with their intervals."""
    grid = np.linspace(0.0, float(data.doses.max()), _POINTS)
    record: McpModRecord = {
        "schema": "mcpmod/1",
        "banner": BANNER,
        "scale": "effect over placebo" if data.free_level else "response",
        "estimates": _estimates_record(data),
        "candidates": {
            "dose": grid.tolist(),
            "share": {c.label: (c.effect(grid) / c.max_effect).tolist() for c in candidates},
        },
        "test": _test_record(found.test),
        "selected": found.selected,
        "weights": found.weights,
        "not_converged": found.failed,
        "fits": {name: _fit_record(fit, grid) for name, fit in found.fits.items()},
    }
    if delta is not None:
        record["target_effect"] = delta
        record["target_dose"] = found.target_doses(delta)
        known = {name: fit for name, fit in found.fits.items() if fit.covariance is not None}
        record["target_interval"] = {name: _interval(fit, delta) for name, fit in known.items()}
        if found.fits:
            record["average_target_dose"] = found.average_target_dose(delta)
    if ed is not None:
        record["effective_share"] = ed
        record["effective_dose"] = {name: fit.effective_dose(ed) for name, fit in found.fits.items()}
        record["effective_dose_se"] = {name: fit.effective_dose_se(ed) for name, fit in found.fits.items()}
    if drawn is not None:
        record["bootstrap"] = _bootstrap_record(drawn, data, delta)
    return record


def _estimates_record(data: Estimates) -> list[ArmEstimate]:
    """Every dose with its 95 % interval; without placebo where effects over it were given."""
    half = float(ndtri(0.975) if math.isinf(data.df) else stdtrit(data.df, 0.975))
    spread = half * np.sqrt(np.diag(data.covariance))
    arms = zip(data.doses, data.means, data.means - spread, data.means + spread, strict=True)
    told: list[ArmEstimate] = [
        {"dose": float(d), "mean": float(m), "lower": float(a), "upper": float(b)} for d, m, a, b in arms
    ]
    return told[1:] if data.free_level else told


def _test_record(test: ContrastTest) -> ContrastTests:
    each = zip(test.labels, test.statistics, test.p_values, test.p_error, strict=True)
    return {
        "alpha": test.rule.alpha,
        "sides": 2 if test.rule.two_sided else 1,
        "critical_value": test.critical_value,
        "df": None if math.isinf(test.df) else test.df,
        "candidates": [
            {"candidate": label, "t": float(t), "p": float(p), "p_monte_carlo_se": float(e)}
            for label, t, p, e in each
        ],
        "significant": list(test.significant),
    }


def _interval(fit: ModelFit, delta: float) -> DoseInterval:
    lower, upper = fit.target_interval(delta)
    return {"lower": lower, "upper": upper}


def _fit_record(fit: ModelFit, grid: Array) -> ShapeFit:
    names = [*fit.coefficients, *fit.covariate_coefficients]
    full = fit.full_covariance
    band = None if fit.covariance is None else fit.predict(grid.tolist())
    return {
        "coefficients": fit.coefficients,
        "covariates": fit.covariate_coefficients,
        "standard_errors": (
            None
            if full is None
            else dict(zip(names, np.sqrt(np.maximum(np.diag(full), 0)).tolist(), strict=True))
        ),
        "aic": fit.aic,
        "bic": fit.bic,
        "at_bound": list(fit.at_bound),
        "curve": {
            "dose": grid.tolist(),
            "value": fit.value(grid).tolist(),
            "lower": None if band is None else band.lower.tolist(),
            "upper": None if band is None else band.upper.tolist(),
        },
    }


def _bootstrap_record(drawn: Bootstrap, data: Estimates, delta: float | None) -> BootstrapRecord:
    low, middle, high = drawn.quantiles(data.doses.tolist())
    record: BootstrapRecord = {
        "draws": len(drawn.chosen) + drawn.dropped,
        "dropped": drawn.dropped,
        "chosen": drawn.shares(),
        "curve": [
            {"dose": float(d), "lower": float(a), "median": float(b), "upper": float(c)}
            for d, a, b, c in zip(data.doses, low, middle, high, strict=True)
        ],
    }
    if delta is not None:
        lower, upper, share = drawn.target_interval(delta)
        record["target_dose"] = {"lower": lower, "upper": upper, "share_with_one": share}
    return record


def p_value(value: float) -> str:
    """Four decimals, or that it is smaller."""
    return "< 0.0001" if value < 0.0001 else decimals(value, 4)


def dose_words(value: float | None) -> str:
    """A dose, or that there is none."""
    return "none up to the largest dose" if value is None else four_digits(value)


def target_interval_words(record: McpModRecord, name: str) -> str:
    """The interval of a target dose; empty where there is none."""
    ends = record["target_interval"].get(name)
    if ends is None or record["target_dose"][name] is None:
        return ""
    sides = (ends["lower"], ends["upper"])
    lower, upper = ("above the largest dose" if v is None else four_digits(v) for v in sides)
    return f"{lower} to {upper}"


def coefficients(fit: ShapeFit) -> str:
    """Every coefficient with its standard error, and which ones ended at a bound."""
    errors = fit["standard_errors"] or {}
    numbers = ", ".join(
        f"{k} {four_digits(v)}" + (f" (SE {significant(errors[k], 2)})" if k in errors else "")
        for k, v in {**fit["coefficients"], **fit["covariates"]}.items()
    )
    return numbers + (f"; at its bound: {', '.join(fit['at_bound'])}" if fit["at_bound"] else "")


def effective_rows(record: McpModRecord) -> list[list[str]]:
    """For each shape the dose with the asked share of its largest effect, and how well it is known."""
    rows = []
    for name, dose in record.get("effective_dose", {}).items():
        se = record["effective_dose_se"][name]
        known = "set by the shape alone"
        if se is None:
            known = "standard error not told by the data"
        elif se > 0:
            known = f"SE {significant(se, 2)}"
        rows.append([name, dose_words(dose), known])
    return rows


def effective_caption(record: McpModRecord) -> str:
    """What the effective doses are."""
    return f"Dose with {100 * record['effective_share']:g} % of the largest effect up to the largest dose"


def _effective_text(record: McpModRecord) -> list[str]:
    rows = effective_rows(record)
    told = [f"  {name:<12} {dose}   ({known})" for name, dose, known in rows]
    return [effective_caption(record), *told] if rows else []


def bootstrap_text(record: McpModRecord) -> list[str]:
    """How often each shape was chosen, and the interval of the target dose over all of them."""
    if "bootstrap" not in record:
        return []
    drawn = record["bootstrap"]
    lines = [
        f"Bootstrap of {drawn['draws']}: " + ", ".join(f"{k} {share(v)}" for k, v in drawn["chosen"].items())
    ]
    if "target_dose" in drawn:
        ends = " to ".join(dose_words(drawn["target_dose"][side]) for side in ("lower", "upper"))
        with_one = share(drawn["target_dose"]["share_with_one"])
        lines.append(
            f"  95 % interval of the target dose over all shapes: {ends}; {with_one} of draws have one"
        )
    return lines


def analysis_text(record: McpModRecord) -> str:
    """Tests, selection, coefficients, doses."""
    test = record["test"]
    lines = [tests_caption(test)]
    lines += [
        f"  {c['candidate']:<24} t {decimals(c['t'], 3):>7}   adjusted p {p_value(c['p'])}"
        for c in test["candidates"]
    ]
    if record["selected"] is None:
        return as_text(BANNER, *lines, NOTHING)
    lines.append(f"Selected: {record['selected']}")
    for name, fit in record["fits"].items():
        lines.append(f"  {name:<12} weight {decimals(record['weights'][name], 3)}   {coefficients(fit)}")
    lines += [f"  {name} not fitted: {why}" for name, why in record["not_converged"].items()]
    if "target_dose" in record:
        lines.append(target_caption(record))
        for name, dose in record["target_dose"].items():
            ends = target_interval_words(record, name)
            lines.append(f"  {name:<12} {dose_words(dose)}" + (f"   95 % interval {ends}" if ends else ""))
        lines.append(f"  {'average':<12} {dose_words(record['average_target_dose'])}")
    lines += _effective_text(record) + bootstrap_text(record)
    return as_text(BANNER, *lines)


NOTHING = "No candidate is significant: no dose-response is claimed, and none is fitted."


def tests_caption(test: ContrastTests) -> str:
    """What the contrast tests are."""
    sides = "two-sided" if test["sides"] == 2 else "one-sided"
    return f"Contrast tests, {sides} {test['alpha']:g}, critical value {decimals(test['critical_value'], 3)}"


def target_caption(record: McpModRecord) -> str:
    """What the target doses are."""
    return f"Dose with an effect of {record['target_effect']:g} over placebo"
