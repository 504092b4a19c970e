"""Longitudinal designs in words: operating characteristics, comparisons and worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ....trial.dose_ranging.analyses.smallest_sufficient import SmallestSufficient
from ....trial.dose_ranging.characteristics import Characteristics, Difference
from ....trial.dose_ranging.design import Ranging
from ....trial.dose_ranging.file import Planned
from ....trial.dose_ranging.power_by_truth import power_by_truth, why_they_differ
from ....trial.dose_ranging.simulate import Results
from ....trial.estimate import estimate
from .versus import effect_line, versus_rows, versus_scalars

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


def record(planned: Planned, truth: str, said: str, found: Characteristics, seed: int) -> dict[str, Any]:
    """Operating characteristics as a record, each with its Monte-Carlo standard error."""
    design, names = planned.design, arms(planned.design)
    rows = [
        {
            "arm": name,
            "named": asdict(found.named[k]),
            "right": asdict(found.right[k]),
            "patients": asdict(found.treated[k]),
            "harmed": asdict(found.harmed_by_arm[k]),
            **(
                {}
                if k == 0
                else {
                    "true_benefit": asdict(found.true_benefit[k - 1]),
                    "true_estimand": asdict(found.target[k - 1]),
                }
            ),
            **(
                {}
                if k == 0 or not np.isfinite(found.bias[k - 1].value)
                else {
                    "bias": asdict(found.bias[k - 1]),
                    "root_mean_square": found.root_mean_square[k - 1],
                    "coverage_95": asdict(found.coverage[k - 1]),
                }
            ),
        }
        for k, name in enumerate(names)
    ]
    rule = design.analysis
    asked = (
        {"margin": rule.margin, "probability": rule.within} if isinstance(rule, SmallestSufficient) else None
    )
    return {
        "design": design.name,
        "type": planned.type,
        "domain": planned.domain,
        "truth": truth,
        "kind_of_truth": said,
        "trials": found.trials,
        "seed": seed,
        "margin": planned.margin,
        "estimand": design.estimand,
        "asked": (
            asked
        ),  # None: the analysis asks for no probability beyond its claim, so every claim is "sure"
        "remarks": [*remarks(design), *_unasked(asked, found)],
        "arms": rows,
        "months_quantiles": found.months_quantiles,
        **{key: asdict(getattr(found, key)) for key in SCALARS},
    }


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


def _unasked(asked: dict[str, float] | None, found: Characteristics) -> list[str]:
    """Why every claim had the asked probability, where that is so."""
    if asked is None or found.positive.value == 0 or found.sure.value < found.positive.value:
        return []
    return [
        f"Every dose claimed was also within {asked['margin']:g} points of the best with probability"
        f" {asked['probability']:g} or more: so wide a margin asks for no more than the claim itself. A"
        " smaller margin or a larger asked probability would."
    ]


def _cells(values: Sequence[str], width: int = 16) -> str:
    return "".join(v.rjust(width) for v in values)


def cell(pair: dict[str, float], percent: bool = False) -> str:
    """A number with its error."""
    value, error = pair["value"], pair["monte_carlo_se"]
    return f"{100 * value:.1f} ± {100 * error:.1f} %" if percent else f"{value:.2f} ± {error:.2f}"


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


def truth_line(found: dict[str, Any]) -> str:
    """What was taken for true, how often and with which seed."""
    return (
        f"Truth: {found['truth']} ({KINDS[found['kind_of_truth']]}); {found['trials']} trials, seed"
        f" {found['seed']}; ± is one Monte-Carlo standard error"
    )


def arm_rows(found: dict[str, Any]) -> list[list[str]]:
    """Characteristics by arm as cells, headings first."""
    beside = found.get("comparator")
    columns = [*found["arms"], *([beside] if beside else [])]
    rows = [["", "none/placebo", *(row["arm"] for row in columns[1:])]]
    for key, label, percent in ARM_ROWS:
        if any(key in row for row in columns):
            rows.append([label, *(cell(row[key], percent) if key in row else "" for row in columns)])
    return rows + versus_rows(beside, cell) if beside else rows


def scalar_rows(found: dict[str, Any]) -> list[list[str]]:
    """The other characteristics: what, and its number."""
    rows = [
        [scalar_label(found, key), scalar_cell(found, key)]
        for key in SCALARS
        if key != "sure" or found["asked"]
    ]
    return rows + (versus_scalars(found["comparator"], cell) if "comparator" in found else [])


def scalar_label(found: dict[str, Any], key: str) -> str:
    """What a characteristic is; ``sure`` only where the design asks for a probability."""
    asked = found["asked"] or {}
    return SCALARS[key].format(
        margin=found["margin"], asked_margin=asked.get("margin", 0), asked=asked.get("probability", 0)
    )


def scalar_cell(found: dict[str, Any], key: str) -> str:
    """Its number with its error; none where an analysis asks for no probability beyond its claim."""
    return "–" if key == "sure" and not found["asked"] else cell(found[key], key in PERCENT)


def lines(found: dict[str, Any]) -> list[str]:
    """The record as lines of text; ± is one Monte-Carlo standard error."""
    head = f"{found['design']} ({found['type']}, {found['domain']}, {found['estimand']} estimand)"
    table = [first.ljust(22) + _cells(rest) for first, *rest in arm_rows(found)]
    out = [head, truth_line(found), *table, *(f"{what}: {said}" for what, said in scalar_rows(found))]
    out += found.get("run_in", {}).get("said", [])
    if "comparator" in found:
        out.append(effect_line(found["comparator"]))
    return [*out, *found["remarks"], *found.get("notes", []), *assurance_lines(found)]


def assurance_lines(found: dict[str, Any]) -> list[str]:
    """Assurance beside power at the mean, power by the size of the true benefit, and why they differ."""
    if "assurance" not in found:
        return []
    pair = found["assurance"]
    head = (
        f"Assurance {cell(pair['assurance'], True)}, power at the posterior mean"
        f" {cell(pair['power_at_mean'], True)}."
    )
    return [head, *("  " + ": ".join(row) for row in band_rows(found)[1:]), pair["why"]]


def band_rows(found: dict[str, Any]) -> list[list[str]]:
    """Share of the posterior and power by the best true benefit, headings first."""
    rows = [["best true benefit", "share of the posterior, and benefit claimed there"]]
    for band in found["assurance"]["by_best_true_benefit"]:
        low, high, claimed = band["above"], band["at_most"], band["claimed"]
        name = (
            "no dose helps"
            if low is None
            else f"above {low:g} points"
            if high is None
            else f"{low:g} to {high:g} points"
        )
        power = "too few trials" if claimed is None else f"claimed in {cell(claimed, True)}"
        rows.append([name, f"{cell(band['share'], True)} of the posterior, {power}"])
    return rows


def assurance_record(found: Results, at_mean: Results) -> dict[str, Any]:
    """Assurance beside the power at the posterior mean, and why they differ: computed from the two
    simulations.
    """
    assurance, power, bands = estimate(found.positive), estimate(at_mean.positive), power_by_truth(found)
    benefit = float(at_mean.truth.max(axis=1).mean())
    return {
        "assurance": asdict(assurance),
        "power_at_mean": asdict(power),
        "mean_benefit": benefit,
        "by_best_true_benefit": [
            {
                "above": b.low if b.low > float("-inf") else None,
                "at_most": b.high if b.high < float("inf") else None,
                "share": asdict(b.share),
                "claimed": None if b.claimed is None else asdict(b.claimed),
            }
            for b in bands
        ],
        "why": why_they_differ(bands, assurance, power, benefit),
    }


def difference_record(name: str, rows: Sequence[Difference]) -> dict[str, Any]:
    """Paired differences of one design from the first."""
    told = [{"what": r.what, **asdict(r.less), "interval_95": r.less.interval} for r in rows]
    return {"design": name, "less_the_first": told}


def comparison_lines(differences: Sequence[dict[str, Any]]) -> list[str]:
    """Paired differences, trial by trial on the same virtual patients."""
    out = []
    for row in differences:
        out.append(
            f"{row['design']} less the first design, same virtual patients (95 % interval of the simulation):"
        )
        for d in row["less_the_first"]:
            low, high = d["interval_95"]
            out.append(f"  {d['what']}: {d['value']:+.3f} ({low:+.3f} to {high:+.3f})")
    return out
