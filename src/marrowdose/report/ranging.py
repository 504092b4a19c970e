"""Longitudinal designs in words: operating characteristics, comparisons, worth and the protocol's sections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..domain import BANNER
from ..trial.ranging.characteristics import WHY_ASSURANCE, Characteristics, Difference, Estimate
from ..trial.ranging.design import Planned
from ..trial.ranging.persons import ESTIMANDS
from ..trial.ranging.simulate import Ranging

PERCENT = ("positive", "error", "within", "sure", "stopped_early")
SCALARS = {
    "positive": "benefit claimed (power, or type-I error where nothing helps)",
    "error": "benefit claimed though no dose helps",
    "within": "answers at most {margin:g} points below the best",
    "loss": "points lost against the best arm",
    "sure": "answers with the asked probability",
    "patients": "patients",
    "lost": "patients without the last score",
    "harmed": "patients with a local reaction",
    "months": "months from the first patient to the answer",
    "stopped_early": "stopped at a look",
}


def arms(design: Ranging) -> list[str]:
    """Names of the arms: placebo first."""
    return [f"{d:g} M" if d else "placebo" for d in design.doses]


def _pair(e: Estimate) -> dict[str, float]:
    return {"value": e.value, "monte_carlo_se": e.error}


def record(planned: Planned, truth: str, said: str, found: Characteristics, seed: int) -> dict[str, Any]:
    """Operating characteristics as a record, each with its Monte-Carlo standard error."""
    design, names = planned.design, arms(planned.design)
    rows = [
        {
            "arm": name,
            "named": _pair(found.named[k]),
            "patients": _pair(found.treated[k]),
            **({} if k == 0 else {"true_benefit": _pair(found.true_benefit[k - 1]), "bias": _pair(found.bias[k - 1]), "root_mean_square": found.root_mean_square[k - 1], "coverage_95": _pair(found.coverage[k - 1])}),
        }
        for k, name in enumerate(names)
    ]  # fmt: skip
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
        "arms": rows,
        **{key: _pair(getattr(found, key)) for key in SCALARS},
    }


def _cells(values: Sequence[str], width: int = 15) -> str:
    return "".join(v.rjust(width) for v in values)


def _told(pair: dict[str, float], percent: bool = False) -> str:
    value, error = pair["value"], pair["monte_carlo_se"]
    return f"{value:.1%} ± {error:.1%}" if percent else f"{value:.2f} ± {error:.2f}"


def lines(found: dict[str, Any]) -> list[str]:
    """The record as lines of text; ± is one Monte-Carlo standard error."""
    said = {"fitted": "fitted to the published trials", "assumed": "assumed"}[found["kind_of_truth"]]
    out = [
        f"{found['design']} ({found['type']}, {found['domain']}, {found['estimand']} estimand)",
        f"Truth: {found['truth']} ({said}); {found['trials']} trials, seed {found['seed']}; ± is one Monte-Carlo standard error",
        " " * 22 + _cells(["none/placebo", *(row["arm"] for row in found["arms"][1:])]),
        "named".ljust(22) + _cells([_told(row["named"], True) for row in found["arms"]]),
        "patients".ljust(22) + _cells([_told(row["patients"]) for row in found["arms"]]),
    ]
    for key, label, percent in (("true_benefit", "true benefit, points", False), ("bias", "bias of the estimate", False), ("coverage_95", "95 % interval covers", True)):  # fmt: skip
        out.append(label.ljust(22) + _cells(["", *(_told(row[key], percent) for row in found["arms"][1:])]))
    out += [
        f"{label.format(margin=found['margin'])}: {_told(found[key], key in PERCENT)}"
        for key, label in SCALARS.items()
    ]
    out += found.get("notes", [])
    if "assurance" in found:
        pair = found["assurance"]
        out.append(
            f"Assurance {_told(pair['assurance'], True)}, power at the posterior mean {_told(pair['power_at_mean'], True)}. {pair['why']}"
        )
    return out


def assurance_record(assurance: Estimate, power: Estimate) -> dict[str, Any]:
    """Assurance beside the power at the posterior mean, and why they differ."""
    return {"assurance": _pair(assurance), "power_at_mean": _pair(power), "why": WHY_ASSURANCE}


def difference_record(name: str, rows: Sequence[Difference]) -> dict[str, Any]:
    """Paired differences of one design from the first."""
    return {"design": name, "less_the_first": [r._asdict() for r in rows]}


def comparison_lines(differences: Sequence[dict[str, Any]]) -> list[str]:
    """Paired differences, trial by trial on the same virtual patients."""
    out = []
    for row in differences:
        out.append(
            f"{row['design']} less the first design, same virtual patients (95 % interval of the simulation):"
        )
        out += [
            f"  {d['what']}: {d['value']:+.3f} ({d['low']:+.3f} to {d['high']:+.3f})"
            for d in row["less_the_first"]
        ]
    return out


def protocol(planned: Planned, told: dict[str, Any]) -> str:
    """The statistical sections of a protocol as Markdown, said by the parts that decide."""
    d, r = planned.design, planned.design.reality
    doses, parts = ", ".join(f"{x:g}" for x in d.doses[1:]), ":".join(f"{x:g}" for x in d.allocation)
    looks = ", ".join(f"{n}" for n in d.stages[:-1]) or "none"
    months = ", ".join(f"{m:g}" for m in d.visits)
    sections = {
        "Objectives (SPIRIT 7)": [f"To find out whether cultured bone-marrow cells at {doses} million per injection improve {planned.domain} over placebo at month {d.visits[-1]:g}, and which dose is enough: benefits less than {planned.margin:g} points apart count as equal."],
        "Estimand (ICH E9(R1))": [f"Population: those who meet the criteria, {planned.domain} {r.baseline_least:g} or worse of 100 at entry.", f"Variable: improvement of {planned.domain} from baseline at month {d.visits[-1]:g}, 0–100 points; summary: difference of means from placebo.", f"Intercurrent events, {d.estimand}: {ESTIMANDS[d.estimand]}."],
        "Trial design (SPIRIT 8)": [f"Parallel groups, placebo and {len(d.doses) - 1} doses, allocation {parts}, {d.patients} patients at most; scores at months {months}.", f"Patients enrolled at the interim looks: {looks}."],
        "Statistical methods (SPIRIT 20)": ["Scores not yet seen are imputed by a normal model of all visits with an unstructured covariance (Anderson 1957): missing at random given those seen.", *d.analysis.sentences()],
        "Sample size and operating characteristics (SPIRIT 14)": ["Simulated with these assumptions: " + "; ".join(f"{k} {getattr(r, k):g}" for k in r.__dataclass_fields__) + ".", *(f"`{line}`" for line in lines(told))],
        "Data monitoring (SPIRIT 21a)": ["An independent committee sees the results of the looks; the sponsor and the sites do not. The rules above are the only ones simulated: departing from them voids these numbers."],
    }  # fmt: skip
    body = "\n".join(
        f"## {title}\n\n" + "\n".join(f"- {s}" for s in said) + "\n" for title, said in sections.items()
    )
    return f"# Statistical sections of the protocol: {d.name}\n\n*{BANNER}*\n\n{body}"
