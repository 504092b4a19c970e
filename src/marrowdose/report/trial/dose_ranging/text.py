"""Longitudinal designs in words: operating characteristics, comparisons and worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ....trial.dose_ranging.design import Ranging
from ...frame.document import as_text, headed
from ...frame.numbers import banded, signed_decimals, signed_tenths
from ..estimates import percent, said
from .record import AssuranceRecord, DifferenceOf, LessTheFirst, LongitudinalTold
from .versus import effect_line, versus_rows, versus_scalars

SHARES = ("answers within the margin", "benefit claimed")  # of the paired differences
PERCENT = ("positive", "error", "within", "sure", "stopped_early")
SCALARS = {
    "positive": "benefit claimed (power, or type-I error where nothing helps)",
    "error": "benefit claimed though no dose helps",
    "within": "answers at most {margin:g} points below the best",
    "loss": "points lost against the best arm",
    "sure": (
        "claims a dose that is within {asked_margin:g} points of the best with probability {asked:g} or more"
    ),
    "patients": "patients",
    "lost": "patients without the last score",
    "harmed": "patients with a local reaction",
    "months": "months from the first patient to the answer",
    "stopped_early": "stopped at a look",
}


def arms(design: Ranging) -> list[str]:
    """Names of the arms: placebo first."""
    return [f"{d:g} M" if d else "placebo" for d in design.doses]


def remarks(design: Ranging) -> list[str]:
    """What a reader must know to read the estimates against the truth."""
    said = [*design.background.sentences()] if design.background is not None else []
    said.append(
        "The true benefit is that of the dose as planned, delivered to everybody, with nobody rescued: right"
        " answers and points lost go by it."
    )
    if design.estimand == "composite":
        said.append(
            "The estimand is the difference in responders, in percentage points, who leaves or takes rescue"
            " treatment being none; bias and coverage are against it."
        )
    elif design.estimand == "treatment policy" and design.reality.rescue:
        said.append(
            "The estimand counts improvement after rescue, which is taken more often where less is gained, so"
            " it is less than the true benefit; bias and coverage are against the estimand."
        )
    else:
        said.append(
            "The estimand is the benefit with the cells that are delivered, failures included; bias and"
            " coverage are against it."
        )
    return said


ARM_ROWS = (
    ("named", "named", True),
    ("right", "right answer", True),
    ("patients", "patients", False),
    ("harmed", "with a local reaction", False),
    ("true_benefit", "true benefit, points", False),
    ("true_estimand", "true estimand", False),
    ("bias", "bias of the estimate", False),
    ("coverage_95", "95 % interval covers", True),
)
KINDS = {"fitted": "fitted to the published trials", "assumed": "assumed"}


def truth_line(found: LongitudinalTold) -> str:
    """What was taken for true, how often and with which seed."""
    return (
        f"Truth: {found['truth']} ({KINDS[found['kind_of_truth']]}); {found['trials']} trials, seed"
        f" {found['seed']}; ± is one Monte-Carlo standard error"
    )


def arm_rows(found: LongitudinalTold) -> list[list[str]]:
    """Characteristics by arm as cells, headings first."""
    beside = found.get("comparator")
    columns: list[Mapping[str, object]] = [*found["arms"], *([beside] if beside else [])]
    rows = [["", "none/placebo", *(str(row["arm"]) for row in columns[1:])]]
    for key, label, share in ARM_ROWS:
        if any(key in row for row in columns):
            rows.append([label, *(said(row, key, share) for row in columns)])
    return rows + versus_rows(beside) if beside else rows


def scalar_rows(found: LongitudinalTold) -> list[list[str]]:
    """The other characteristics: what, and its number."""
    rows = [
        [scalar_label(found, key), scalar_cell(found, key)]
        for key in SCALARS
        if key != "sure" or found["asked"]
    ]
    return rows + (versus_scalars(found["comparator"]) if "comparator" in found else [])


def scalar_label(found: LongitudinalTold, key: str) -> str:
    """What a characteristic is; ``sure`` only where the design asks for a probability."""
    asked = found["asked"] or {"margin": 0, "probability": 0}
    margin, probability = asked["margin"], asked["probability"]
    return SCALARS[key].format(margin=found["margin"], asked_margin=margin, asked=probability)


def scalar_cell(found: LongitudinalTold, key: str) -> str:
    """Its number with its error; none where an analysis asks for no probability beyond its claim."""
    return "–" if key == "sure" and not found["asked"] else said(found, key, key in PERCENT)


def lines(found: LongitudinalTold) -> list[str]:
    """The record as lines of text; ± is one Monte-Carlo standard error."""
    head = f"{found['design']} ({found['type']}, {found['domain']}, {found['estimand']} estimand)"
    table = as_text(headed("", arm_rows(found))).splitlines()
    out = [head, truth_line(found), *table, *(f"{what}: {said}" for what, said in scalar_rows(found))]
    if "run_in" in found:
        out += found["run_in"]["said"]
    if "comparator" in found:
        out.append(effect_line(found["comparator"]))
    return [*out, *found["remarks"], *found.get("notes", []), *assurance_lines(found)]


def assurance_lines(found: LongitudinalTold) -> list[str]:
    """Assurance beside power at the mean, power by the size of the true benefit, and why they differ."""
    if "assurance" not in found:
        return []
    pair = found["assurance"]
    head = (
        f"Assurance {percent(pair['assurance'])}, power at the posterior mean"
        f" {percent(pair['power_at_mean'])}."
    )
    return [head, *("  " + ": ".join(row) for row in band_rows(pair)[1:]), pair["why"]]


def band_rows(found: AssuranceRecord) -> list[list[str]]:
    """Share of the posterior and power by the best true benefit, headings first."""
    rows = [["best true benefit", "share of the posterior, and benefit claimed there"]]
    for band in found["by_best_true_benefit"]:
        low, high, claimed = band["above"], band["at_most"], band["claimed"]
        name = (
            "no dose helps"
            if low is None
            else f"above {low:g} points"
            if high is None
            else f"{low:g} to {high:g} points"
        )
        power = "too few trials" if claimed is None else f"claimed in {percent(claimed)}"
        rows.append([name, f"{percent(band['share'])} of the posterior, {power}"])
    return rows


def comparison_lines(differences: Sequence[LessTheFirst]) -> list[str]:
    """Paired differences, trial by trial on the same virtual patients."""
    out = []
    for row in differences:
        out.append(
            f"{row['design']} less the first design, same virtual patients (95 % interval of the simulation):"
        )
        out += [f"  {d.what}: {difference_words(d)}" for d in row["less_the_first"]]
    return out


def difference_words(row: DifferenceOf) -> str:
    """A paired difference with its interval; of shares in percentage points."""
    value, (low, high) = row.value, row.interval_95
    if row.what not in SHARES:
        return banded(value, low, high, signed_decimals)
    return f"{banded(100 * value, 100 * low, 100 * high, signed_tenths)} %"
