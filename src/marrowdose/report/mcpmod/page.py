"""One page of an analysed dose-finding trial, from its record."""

from __future__ import annotations

from ..frame.document import PageBlock, Picture, Section, Table
from ..frame.numbers import decimals, four_digits
from ..frame.page import page
from .analysis import (
    NOTHING,
    bootstrap_text,
    coefficients,
    dose_words,
    effective_caption,
    effective_rows,
    p_value,
    target_caption,
    target_interval_words,
    tests_caption,
)
from .figures import contrast_figure, lines_figure, response_figure
from .record import McpModRecord


def _tables(record: McpModRecord) -> list[Table]:
    """Estimates, tests, and where shapes were fitted their coefficients and doses."""
    estimates = Table(
        f"Estimates by dose ({record['scale']}) with 95 % intervals",
        ["dose", "estimate", "low", "high"],
        [[four_digits(a[k]) for k in ("dose", "mean", "lower", "upper")] for a in record["estimates"]],
    )
    tests = Table(
        tests_caption(record["test"]),
        ["candidate", "t", "adjusted p"],
        [[c["candidate"], decimals(c["t"], 3), p_value(c["p"])] for c in record["test"]["candidates"]],
    )
    found = [estimates, tests]
    if record["fits"]:
        found.append(_fits_table(record))
    if record.get("target_dose"):
        found.append(_target_table(record))
    if rows := effective_rows(record):
        head = ["shape", "dose", "how well known"]
        found.append(Table(effective_caption(record), head, rows, words=[2]))
    return found


def _fits_table(record: McpModRecord) -> Table:
    rows = [
        [
            name,
            decimals(record["weights"][name], 3),
            decimals(fit["aic"]),
            decimals(fit["bic"]),
            coefficients(fit),
        ]
        for name, fit in record["fits"].items()
    ]
    return Table("Fitted shapes", ["shape", "weight", "AIC", "BIC", "coefficients"], rows, words=[4])


def _target_table(record: McpModRecord) -> Table:
    rows = [
        [name, dose_words(d), target_interval_words(record, name)]
        for name, d in record["target_dose"].items()
    ]
    rows.append(["average", dose_words(record["average_target_dose"]), ""])
    return Table(target_caption(record), ["shape", "dose", "95 % interval"], rows, words=[2])


def analysis_page(record: McpModRecord) -> str:
    """One page: estimates and curves with the band of the one selected, tests, candidates, numbers."""
    test, shares = record["test"], record["candidates"]["share"]
    tests = contrast_figure(
        [c["candidate"] for c in test["candidates"]],
        [c["t"] for c in test["candidates"]],
        test["critical_value"],
        test["sides"] == 2,
    )
    candidates = lines_figure(
        [(label, record["candidates"]["dose"], ys) for label, ys in shares.items()],
        title="Candidate shapes as shares of their largest effect",
        x_name="dose",
        y_name="share of the largest effect",
        uid="candidates",
    )
    unfitted = [f"{name} not fitted: {why}" for name, why in record["not_converged"].items()]
    bootstrap = [line.strip() for line in bootstrap_text(record)]
    parts: list[Section[PageBlock]] = [
        Section("", _response(record)),
        Section("Is there a dose-response?", [Picture(svg=tests)]),
        Section("Candidates named before the trial", [Picture(svg=candidates)]),
        Section("Numbers", [*_tables(record), *unfitted, *bootstrap]),
    ]
    return page("Dose-finding trial", parts)


def _response(record: McpModRecord) -> list[PageBlock]:
    """Estimates, the fitted curves, the one selected first, and its target dose; and what they are."""
    fits, selected, weights = record["fits"], record["selected"], record["weights"]
    names = [
        name for name in (selected, *sorted(fits, key=weights.__getitem__, reverse=True)) if name is not None
    ]
    lines = [
        (
            f"{name}, weight {decimals(weights[name])}",
            fits[name]["curve"]["dose"],
            fits[name]["curve"]["value"],
        )
        for name in dict.fromkeys(names)
    ]
    curve = fits[selected]["curve"] if selected else None
    lower, upper = (curve["lower"], curve["upper"]) if curve else (None, None)
    band = (curve["dose"], lower, upper) if curve and lower and upper else None
    target = _target(record, selected) if selected else None
    arms = [(a["dose"], a["mean"], a["lower"], a["upper"]) for a in record["estimates"]]
    words = f"The band is the pointwise 95 % band of {selected}, which was selected." if selected else NOTHING
    if target is not None:
        words += " The thick line on the axis: doses whose band holds the target effect."
    drawn = response_figure(arms, band, lines, target=target, y_name=record["scale"])
    return [words, Picture(svg=drawn)]


def _target(record: McpModRecord, shape: str) -> tuple[float, float | None, float | None] | None:
    """The target dose of a shape with its interval, where one was asked and there is one."""
    dose = record.get("target_dose", {}).get(shape)
    if dose is None:
        return None
    ends = record.get("target_interval", {}).get(shape)
    return (dose, ends["lower"], ends["upper"]) if ends else (dose, None, None)
