"""Renderings of an analysed dose-finding trial: record, text, and one page with pictures.

A record holds all numbers; text and page only draw it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from ...domain import BANNER
from ...special import ndtri, stdtrit
from ...units import Array
from ..frame.page import page
from .figures import contrast_figure, lines_figure, response_figure
from .record import BootstrapRecord, DoseInterval, McpModRecord, ShapeFit

if TYPE_CHECKING:
    from ...statistics.mcpmod import Bootstrap, Candidate, Estimates, McpMod, ModelFit
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
    test = found.test
    grid = np.linspace(0.0, float(data.doses.max()), _POINTS)
    half = float(ndtri(0.975) if math.isinf(data.df) else stdtrit(data.df, 0.975))
    spread = half * np.sqrt(np.diag(data.covariance))
    arms = list(zip(data.doses, data.means, data.means - spread, data.means + spread, strict=True))
    record: McpModRecord = {
        "schema": "mcpmod/1",
        "banner": BANNER,
        "scale": "effect over placebo" if data.free_level else "response",
        "estimates": [
            {"dose": float(d), "mean": float(m), "lower": float(a), "upper": float(b)}
            for d, m, a, b in (arms[1:] if data.free_level else arms)
        ],
        "candidates": {
            "dose": grid.tolist(),
            "share": {c.label: (c.effect(grid) / c.max_effect).tolist() for c in candidates},
        },
        "test": {
            "alpha": test.rule.alpha,
            "sides": 2 if test.rule.two_sided else 1,
            "critical_value": test.critical_value,
            "df": None if math.isinf(test.df) else test.df,
            "candidates": [
                {"candidate": label, "t": float(t), "p": float(p), "p_monte_carlo_se": float(e)}
                for label, t, p, e in zip(
                    test.labels, test.statistics, test.p_values, test.p_error, strict=True
                )
            ],
            "significant": list(test.significant),
        },
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


def _p(value: float) -> str:
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}"


def dose_words(value: float | None) -> str:
    """A dose, or that there is none."""
    return "none up to the largest dose" if value is None else f"{value:.4g}"


def _interval_text(record: McpModRecord, name: str) -> str:
    ends = record["target_interval"].get(name)
    if ends is None or record["target_dose"][name] is None:
        return ""
    lower, upper = (f"{v:.4g}" if v is not None else "above the largest dose" for v in ends.values())
    return f"{lower} to {upper}"


def _coefficients(fit: ShapeFit) -> str:
    """Every coefficient with its standard error, and which ones ended at a bound."""
    errors = fit["standard_errors"] or {}
    numbers = ", ".join(
        f"{k} {v:.4g}" + (f" (SE {errors[k]:.2g})" if k in errors else "")
        for k, v in {**fit["coefficients"], **fit["covariates"]}.items()
    )
    return numbers + (f"; at its bound: {', '.join(fit['at_bound'])}" if fit["at_bound"] else "")


def _effective_rows(record: McpModRecord) -> tuple[str, list[tuple[str, str, str]]]:
    """What the doses are, and for each shape the dose and how well it is known."""
    rows = []
    for name, dose in record.get("effective_dose", {}).items():
        se = record["effective_dose_se"][name]
        known = (
            "standard error not told by the data"
            if se is None
            else f"SE {se:.2g}"
            if se > 0
            else "set by the shape alone"
        )
        rows.append((name, dose_words(dose), known))
    return (
        (
            f"Dose with {100 * record.get('effective_share', 0):g} % of the largest effect up to the largest"
            " dose"
        ),
        rows,
    )


def _effective_text(record: McpModRecord) -> list[str]:
    caption, rows = _effective_rows(record)
    return [caption, *(f"  {name:<12} {dose}   ({known})" for name, dose, known in rows)] if rows else []


def _bootstrap_text(record: McpModRecord) -> list[str]:
    if "bootstrap" not in record:
        return []
    drawn = record["bootstrap"]
    lines = [
        f"Bootstrap of {drawn['draws']}: "
        + ", ".join(f"{k} {100 * v:.0f} %" for k, v in drawn["chosen"].items())
    ]
    if "target_dose" in drawn:
        ends = " to ".join(dose_words(drawn["target_dose"][side]) for side in ("lower", "upper"))
        share = drawn["target_dose"]["share_with_one"]
        lines.append(
            f"  95 % interval of the target dose over all shapes: {ends}; {100 * share:.0f} % of draws"
            " have one"
        )
    return lines


def analysis_text(record: McpModRecord) -> str:
    """Tests, selection, coefficients, doses."""
    test = record["test"]
    sides = "two-sided" if test["sides"] == 2 else "one-sided"
    lines = [f"Contrast tests, {sides} {test['alpha']:g}, critical value {test['critical_value']:.3f}"]
    lines += [f"  {c['candidate']:<24} t {c['t']:7.3f}   adjusted p {_p(c['p'])}" for c in test["candidates"]]
    if record["selected"] is None:
        return "\n".join([BANNER, *lines, f"{_NOTHING}\n"])
    lines.append(f"Selected: {record['selected']}")
    for name, fit in record["fits"].items():
        lines.append(f"  {name:<12} weight {record['weights'][name]:.3f}   {_coefficients(fit)}")
    lines += [f"  {name} not fitted: {why}" for name, why in record["not_converged"].items()]
    if "target_dose" in record:
        lines.append(f"Dose with an effect of {record['target_effect']:g} over placebo")
        for name, dose in record["target_dose"].items():
            ends = _interval_text(record, name)
            lines.append(f"  {name:<12} {dose_words(dose)}" + (f"   95 % interval {ends}" if ends else ""))
        lines.append(f"  {'average':<12} {dose_words(record['average_target_dose'])}")
    lines += _effective_text(record) + _bootstrap_text(record)
    return "\n".join([BANNER, *lines]) + "\n"


_NOTHING = "No candidate is significant: no dose-response is claimed, and none is fitted."


def html_table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An HTML table; the first column names its row, columns with words go to the left."""
    words = [" class=words" if any(" " in row[k] for row in rows) else "" for k in range(len(head))]
    top = "".join(f"<th scope='col'{w}>{escape(h)}</th>" for h, w in zip(head, words, strict=True))
    body = "".join(
        f"<tr><th scope='row'>{escape(first)}</th>"
        + "".join(f"<td{w}>{escape(cell)}</td>" for cell, w in zip(rest, words[1:], strict=True))
        + "</tr>"
        for first, *rest in rows
    )
    head = f"<table><caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead>"
    return f"{head}<tbody>{body}</tbody></table>"


def _analysis_tables(record: McpModRecord) -> str:
    """Estimates, tests, fits, target doses."""
    test = record["test"]
    sides = "two-sided" if test["sides"] == 2 else "one-sided"
    drawn = [
        html_table(
            f"Estimates by dose ({record['scale']}) with 95 % intervals",
            ["dose", "estimate", "low", "high"],
            [[f"{a[k]:.4g}" for k in ("dose", "mean", "lower", "upper")] for a in record["estimates"]],
        ),
        html_table(
            f"Contrast tests, {sides} {test['alpha']:g}, critical value {test['critical_value']:.3f}",
            ["candidate", "t", "adjusted p"],
            [[c["candidate"], f"{c['t']:.3f}", _p(c["p"])] for c in test["candidates"]],
        ),
    ]
    if record["fits"]:
        rows = [
            [
                name,
                f"{record['weights'][name]:.3f}",
                f"{fit['aic']:.2f}",
                f"{fit['bic']:.2f}",
                _coefficients(fit),
            ]
            for name, fit in record["fits"].items()
        ]
        drawn.append(html_table("Fitted shapes", ["shape", "weight", "AIC", "BIC", "coefficients"], rows))
    if record.get("target_dose"):
        doses = [
            [name, dose_words(d), _interval_text(record, name)] for name, d in record["target_dose"].items()
        ]
        doses.append(["average", dose_words(record["average_target_dose"]), ""])
        drawn.append(
            html_table(
                f"Dose with an effect of {record['target_effect']:g} over placebo",
                ["shape", "dose", "95 % interval"],
                doses,
            )
        )
    notes = [f"{name} not fitted: {why}" for name, why in record["not_converged"].items()]
    caption, effective = _effective_rows(record)
    if effective:
        drawn.append(html_table(caption, ["shape", "dose", "how well known"], effective))
    notes += _bootstrap_text(record)
    return "".join(drawn) + "".join(f"<p>{escape(words.strip())}</p>" for words in notes)


def _target(record: McpModRecord, shape: str) -> tuple[float, float | None, float | None] | None:
    """The target dose of a shape with its interval, where one was asked and there is one."""
    dose = record.get("target_dose", {}).get(shape)
    if dose is None:
        return None
    ends = record.get("target_interval", {}).get(shape)
    return (dose, ends["lower"], ends["upper"]) if ends else (dose, None, None)


def analysis_page(record: McpModRecord) -> str:
    """One page: estimates and curves with the band of the one selected, tests, candidates, numbers."""
    test, fits, selected = record["test"], record["fits"], record["selected"]
    order = sorted(fits, key=lambda name: (name != selected, -record["weights"][name]))
    lines = [
        (
            f"{name}, weight {record['weights'][name]:.2f}",
            fits[name]["curve"]["dose"],
            fits[name]["curve"]["value"],
        )
        for name in order
    ]
    curve = fits[selected]["curve"] if selected else None
    lower, upper = (curve["lower"], curve["upper"]) if curve else (None, None)
    band = (curve["dose"], lower, upper) if curve and lower and upper else None
    target = _target(record, selected) if selected else None
    arms = [(a["dose"], a["mean"], a["lower"], a["upper"]) for a in record["estimates"]]
    shares = record["candidates"]["share"]
    t = test["candidates"]
    words = (
        f"The band is the pointwise 95 % band of {selected}, which was selected." if selected else _NOTHING
    )
    if target is not None:
        words += " The thick line on the axis: doses whose band holds the target effect."
    parts = [
        (
            "",
            (
                f"<p>{escape(words)}</p>"
                f"{response_figure(arms, band, lines, target=target, y_name=record['scale'])}"
            ),
        ),
        (
            "Is there a dose-response?",
            contrast_figure(
                [c["candidate"] for c in t], [c["t"] for c in t], test["critical_value"], test["sides"] == 2
            ),
        ),
        (
            "Candidates named before the trial",
            lines_figure(
                [(label, record["candidates"]["dose"], ys) for label, ys in shares.items()],
                title="Candidate shapes as shares of their largest effect",
                x_name="dose",
                y_name="share of the largest effect",
                uid="candidates",
            ),
        ),
        ("Numbers", _analysis_tables(record)),
    ]
    return page("Dose-finding trial", parts, stale=False)
