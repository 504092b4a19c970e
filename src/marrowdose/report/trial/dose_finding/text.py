"""Dose-finding designs as records and as text: operating characteristics, tables, next doses, paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from ....trial.dose_finding.characteristics import Characteristics, Estimate
from ....trial.dose_finding.history import Next
from ....trial.dose_finding.paths import Paths
from ....trial.dose_finding.people import Truth
from ....trial.dose_finding.reasons import decision_table
from ....trial.dose_finding.rules import ENDS, Boundaries, Design
from ...frame.document import Block, Points, Table, as_text, headed
from ...frame.numbers import (
    banded,
    decimals,
    plus_minus,
    share_plus_minus,
    signed_decimals,
    signed_tenths,
    significant,
    tenths,
)
from .rules import SCORES, sheets, stop_sentences, table_rows

ERROR = "± is the Monte-Carlo standard error."
ASSUMED = f"The truth is assumed, not measured; {ERROR}"


def truth_record(truth: Truth) -> dict[str, Any]:
    """What was taken for true."""
    given = {
        f.name: getattr(truth, f.name) for f in fields(truth) if f.name not in ("said", "draws", "stated")
    }
    for name in ("score", "score_sd", "grades", "grade_scores", "levels", "cells", "doses"):
        if given[name] is None:
            del given[name]
    if truth.cells is not None:
        given["cells"] = asdict(truth.cells)
    return {"kind": truth.said, "each_trial_its_own": truth.draws is not None, **given}


def rests_on(truth: Truth) -> str:
    """What kind of truth the numbers rest on."""
    return " ".join(filter(None, (_source(truth), truth.toxicity_is)))


def _source(truth: Truth) -> str:
    if truth.draws is None:
        return ASSUMED if truth.said == "assumed" else f"The truth is fitted to the published trials; {ERROR}"
    source = "the posterior of the published trials" if truth.said == "fitted" else "an assumed model"
    return f"Each trial has a truth of its own from {source}; true values are means (80 % of trials); {ERROR}"


def characteristics_record(design: Design, truth: Truth, found: Characteristics, seed: int) -> dict[str, Any]:
    """Everything a simulation says."""
    record = asdict(found) | {"ended": {why: asdict(e) for why, e in found.ended}}
    for name in ("assumed", "untreated", "escalation", "backfilled", "total_backfilled", "better"):
        if not record[name]:
            del record[name]
    return {
        "design": design.name,
        "doses": design.doses,
        "truth": truth_record(truth),
        "seed": seed,
        **record,
        "right_doses": None if found.right_doses is None else [design.doses[i] for i in found.right_doses],
    }


def characteristics_text(design: Design, truth: Truth, found: Characteristics) -> str:
    """Operating characteristics for the terminal."""
    title = f"{design.name}: {found.trials} simulated trials" + (f", {truth.name}" if truth.name else "")
    told = headed(title, characteristics_rows(design, truth, found))
    return as_text(told, *characteristics_lines(design, found), rests_on(truth))


def characteristics_rows(design: Design, truth: Truth, found: Characteristics) -> list[list[str]]:
    """The characteristics by dose as cells, headings first."""
    rows = [["dose [M]", *(f"{d:g}" for d in design.doses), "none / all"]]
    rows.append(["true toxicity", *_true(truth.toxicity, found.true_toxicity_10_90), ""])
    if truth.efficacy is not None:
        rows.append(["true response", *_true(truth.efficacy, found.true_efficacy_10_90), ""])
    if found.better and truth.better is not None:
        rows += [
            [f"  level {k} or better", *(significant(p) for p in row), ""]
            for k, row in enumerate(truth.better.T, 2)
        ]
    rows.append(["chosen", *map(percent, found.chosen), percent(found.none)])
    rows.append(["patients", *map(number, found.patients), number(found.total_patients)])
    if found.escalation is not None and found.backfilled is not None and found.total_backfilled is not None:
        rows.append(["  of the escalation", *map(number, found.escalation), ""])
        rows.append(["  backfilled", *map(number, found.backfilled), number(found.total_backfilled)])
    rows.append(["toxicities", *map(number, found.toxicities), number(found.total_toxicities)])
    if found.efficacies is not None:
        rows.append(["responses", *map(number, found.efficacies), ""])
    rows += [[f"  level {k} or better", *map(number, row), ""] for k, row in enumerate(found.better or (), 2)]
    return rows


def characteristics_lines(design: Design, found: Characteristics) -> list[str]:
    """The characteristics that are not by dose, one sentence each."""
    right = "in the truth of each trial"
    if found.right_doses is not None:
        right = " or ".join(f"{design.doses[i]:g} M" for i in found.right_doses) or "no dose"
    low, high = found.months_10_90
    lines = [
        (
            f"Right choice ({right}): {percent(found.right)}; the smallest of these:"
            f" {percent(found.smallest)}."
            if found.right_doses is None or len(found.right_doses) > 1
            else f"Right choice ({right}): {percent(found.right)}."
        ),
        (
            f"Patients at doses with {'a mean score' if 'score' in design.needs else 'toxicity'} above"
            f" {significant(found.overdose)}: {percent(found.overdosed)}."
        ),
        (
            f"Months from first entry to last follow-up: {number(found.months)} (80 % of trials"
            f" {tenths(low)} to {tenths(high)})."
        ),
    ]
    if found.untreated is not None:
        lines.append(f"People not treated for want of a product: {number(found.untreated)}.")
    lines += found.assumed
    return lines + [f"Ended because {why}: {percent(e)}." for why, e in found.ended if e.value > 0]


def _true(values: Sequence[float], middle: Sequence[tuple[float, float]] | None) -> list[str]:
    if middle is None:
        return [significant(p) for p in values]
    k = 2 if max(values) >= 0.1 else 3
    return [f"{p:.{k}f} ({a:.{k}f}–{b:.{k}f})" for p, (a, b) in zip(values, middle, strict=True)]


def percent(e: Estimate) -> str:
    """A share with its error, "12.3 ± 0.4 %"."""
    return share_plus_minus(e.value, e.se)


def number(e: Estimate) -> str:
    """A mean with its error."""
    return plus_minus(e.value, e.se)


def next_record(design: Design, found: Next) -> dict[str, Any]:
    """The next dose with its reasons, table and rules."""
    bounds: Boundaries = decision_table(design)
    return {
        "design": design.name,
        "next_dose": design.doses[found.dose] if found.dose >= 0 else None,
        "patients_at_it": found.left if found.dose >= 0 else 0,
        "paused": found.paused,
        "ended": found.dose < 0 and not found.paused,
        "chosen_dose": design.doses[found.chosen] if found.chosen >= 0 else None,
        **(
            {}
            if design.backfill is None
            else {"backfill_dose": design.doses[found.backfill] if found.backfill >= 0 else None}
        ),
        "reasons": found.reasons,
        "decision_table": {h: list(c) for h, c in bounds.items()},
        "sheets": [{"title": title[0], "rows": rows} for title, *rows in sheets(design)],
        "would_stop": stop_sentences(design),
    }


def next_head(design: Design, found: Next) -> str:
    """What to do with the next patient, in one sentence."""
    if found.dose >= 0:
        return (
            f"Next: {design.doses[found.dose]:g} million cells, for {found.left} more"
            f" patient{'s' * (found.left > 1)}."
        )
    if found.backfill >= 0:
        return (
            f"Next: {design.doses[found.backfill]:g} million cells for a patient who is ready now (backfill);"
            " the escalation waits."
        )
    if found.paused:
        return "Next: nobody enters until more patients are settled."
    chosen = (
        "no dose is chosen" if found.chosen < 0 else f"{design.doses[found.chosen]:g} million cells is chosen"
    )
    return f"The trial has ended: {chosen}."


def next_text(design: Design, found: Next) -> str:
    """The next dose for the terminal, with the table to print and hang up."""
    lines: list[Block] = [next_head(design, found), *found.reasons, ""]
    if rows := table_rows(design):
        lines += [headed("Decision table, toxicities at the current dose", rows), ""]
    for title, *scores in sheets(design):
        lines += [headed(title[0], scores), SCORES, ""]
    return as_text(*lines, "What would end the trial", Points(stop_sentences(design)))


def paths_record(design: Design, truth: Truth, found: Paths, patients: int) -> dict[str, Any]:
    """Exact chances of a small design, and its paths where they were kept apart."""
    first = ENDS[0] if patients == design.patients else f"{patients} patients entered, where the list is cut"
    chances, reasons = found.chances(), (first, *ENDS[1:], *(s.reason for s in design.stops))
    return {
        "design": design.name,
        "patients": patients,
        "truth": truth_record(truth),
        "paths": int(found.count.sum()),
        "final_states": len(found.view),
        "none": chances[0],
        "chosen": dict(zip((f"{d:g}" for d in design.doses), chances[1:], strict=True)),
        "expected_patients": found.patients(),
        "expected_toxicities": found.toxicities(),
        "ended": {why: float(found.probability[found.ended == k].sum()) for k, why in enumerate(reasons)},
        "each": [
            {"path": h, "probability": p, "chosen": None if c < 0 else design.doses[c], "ended": reasons[e]}
            for h, p, c, e in zip(found.history, found.probability, found.chosen, found.ended, strict=False)
        ],
    }


def paths_text(record: Mapping[str, Any], design: Design) -> str:
    """The same for the terminal, the likeliest paths first."""
    rows = [
        ["true toxicity", *map(significant, record["truth"]["toxicity"]), ""],
        ["P(chosen)", *map(_exact, record["chosen"].values()), _exact(record["none"])],
        ["E(patients)", *(decimals(p, 4) for p in record["expected_patients"]), ""],
        ["E(toxicities)", *(decimals(p, 4) for p in record["expected_toxicities"]), ""],
    ]
    caption = (
        f"{design.name}: {record['paths']} paths of at most {record['patients']} patients, exact under the"
        " assumed truth"
    )
    ends = [f"Ended because {why}: {_exact(p)}." for why, p in record["ended"].items() if p > 0]
    return as_text(
        Table(caption, ["dose [M]", *(f"{d:g}" for d in design.doses), "none"], rows),
        *ends,
        *map(_path, sorted(record["each"], key=_chance, reverse=True)),
    )


def _exact(chance: float) -> str:
    return decimals(chance, 6)


def _chance(path: Mapping[str, Any]) -> float:
    return float(path["probability"])


def _path(path: Mapping[str, Any]) -> str:
    chosen = "none" if path["chosen"] is None else f"{path['chosen']:g} M"
    return f"  {_exact(path['probability'])}  chosen {chosen:>6}  {path['path']}"


def comparison_record(
    designs: Sequence[Design],
    truth: Truth,
    found: Sequence[Characteristics],
    differences: Sequence[Mapping[str, Estimate]],
) -> dict[str, Any]:
    """Designs beside each other, and what each differs by from the first over the same patients."""
    return {
        "designs": [d.name for d in designs],
        "trials": found[0].trials,
        "rests_on": rests_on(truth),
        "each": [
            {
                "design": d.name,
                "right": asdict(c.right),
                "smallest": asdict(c.smallest),
                "none": asdict(c.none),
                "patients": asdict(c.total_patients),
                "toxicities": asdict(c.total_toxicities),
                "overdosed": asdict(c.overdosed),
                "top": asdict(c.top),
                "months": asdict(c.months),
                "chosen": {f"{dose:g}": asdict(e) for dose, e in zip(d.doses, c.chosen, strict=True)},
            }
            for d, c in zip(designs, found, strict=True)
        ],
        "minus_first": [
            {"design": d.name, **{k: {**asdict(e), "interval": e.interval} for k, e in diff.items()}}
            for d, diff in zip(designs[1:], differences, strict=True)
        ],
    }


_COMPARED = {
    "right": "right choice",
    "smallest": "smallest right choice",
    "none": "no dose chosen",
    "top": "largest dose chosen",
    "patients": "patients",
    "toxicities": "toxicities",
    "overdosed": "patients overdosed",
    "months": "months",
}
_COMPARED_MEANS = ("patients", "toxicities", "months")


def comparison_text(record: Mapping[str, Any]) -> str:
    """The same for the terminal."""
    rows = []
    for key, label in _COMPARED.items():
        say = number if key in _COMPARED_MEANS else percent
        rows.append([label, *(say(Estimate(**one[key])) for one in record["each"])])
    right = ", ".join(f"{d} M" for d in record.get("right_doses", [])) or "no dose"
    caption = f"{record['trials']} trials, the same virtual patients in every design; right: {right}"
    lines: list[Block] = [Table(caption, ["", *record["designs"]], rows)]
    for one in record["minus_first"]:
        lines.append(f"{one['design']} minus {record['designs'][0]} (95 % interval of the Monte-Carlo error)")
        lines += [f"  {label:<21} {_difference(one, key)}" for key, label in _COMPARED.items()]
    return as_text(*lines, record["rests_on"])


def _difference(one: Mapping[str, Any], key: str) -> str:
    value, (low, high) = one[key]["value"], one[key]["interval"]
    if key in _COMPARED_MEANS:
        return banded(value, low, high, signed_decimals)
    return f"{banded(100 * value, 100 * low, 100 * high, signed_tenths)} %"
