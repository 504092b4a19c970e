"""Dose-finding designs as text: operating characteristics, tables, next doses, paths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ....trial.dose_finding.characteristics import Characteristics
from ....trial.dose_finding.design import Design
from ....trial.dose_finding.history import Next
from ....trial.dose_finding.true_rates import TrueRates
from ...frame.document import Block, Points, Table, as_text, headed
from ...frame.numbers import banded, decimals, signed_decimals, signed_tenths, significant, tenths
from ..estimates import number, percent
from ..record import WithInterval
from .record import ComparedUnder, PathTaken, TrialPathsRecord
from .rules import SCORES, sheets, stop_sentences, table_rows

ERROR = "± is the Monte-Carlo standard error."
ASSUMED = f"The truth is assumed, not measured; {ERROR}"


def rests_on(truth: TrueRates) -> str:
    """What kind of truth the numbers rest on."""
    return " ".join(filter(None, (_source(truth), truth.toxicity_is)))


def _source(truth: TrueRates) -> str:
    if truth.draws is None:
        return ASSUMED if truth.said == "assumed" else f"The truth is fitted to the published trials; {ERROR}"
    source = "the posterior of the published trials" if truth.said == "fitted" else "an assumed model"
    return f"Each trial has a truth of its own from {source}; true values are means (80 % of trials); {ERROR}"


def characteristics_text(design: Design, truth: TrueRates, found: Characteristics) -> str:
    """Operating characteristics for the terminal."""
    title = f"{design.name}: {found.trials} simulated trials" + (f", {truth.name}" if truth.name else "")
    told = headed(title, characteristics_rows(design, truth, found))
    return as_text(told, *characteristics_lines(design, found), rests_on(truth))


def characteristics_rows(design: Design, truth: TrueRates, found: Characteristics) -> list[list[str]]:
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


def paths_text(record: TrialPathsRecord, design: Design) -> str:
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


def _chance(path: PathTaken) -> float:
    return path["probability"]


def _path(path: PathTaken) -> str:
    chosen = "none" if path["chosen"] is None else f"{path['chosen']:g} M"
    return f"  {_exact(path['probability'])}  chosen {chosen:>6}  {path['path']}"


Compared = Literal["right", "smallest", "none", "top", "patients", "toxicities", "overdosed", "months"]
_COMPARED: dict[Compared, str] = {
    "right": "right choice",
    "smallest": "smallest right choice",
    "none": "no dose chosen",
    "top": "largest dose chosen",
    "patients": "patients",
    "toxicities": "toxicities",
    "overdosed": "patients overdosed",
    "months": "months",
}
_SHARES = {"right", "smallest", "none", "top", "overdosed"}


def comparison_text(record: ComparedUnder) -> str:
    """Designs beside each other, and what each differs by from the first."""
    rows = []
    for key, label in _COMPARED.items():
        say = percent if key in _SHARES else number
        rows.append([label, *(say(one[key]) for one in record["each"])])
    right = ", ".join(f"{d} M" for d in record["right_doses"]) or "no dose"
    caption = f"{record['trials']} trials, the same virtual patients in every design; right: {right}"
    lines: list[Block] = [Table(caption, ["", *record["designs"]], rows)]
    for less in record["minus_first"]:
        lines.append(
            f"{less['design']} minus {record['designs'][0]} (95 % interval of the Monte-Carlo error)"
        )
        lines += [f"  {label:<21} {_apart(less[key], key)}" for key, label in _COMPARED.items()]
    return as_text(*lines, record["rests_on"])


def _apart(found: WithInterval, key: str) -> str:
    value, (low, high) = found.value, found.interval_95
    if key in _SHARES:
        return f"{banded(100 * value, 100 * low, 100 * high, signed_tenths)} %"
    return banded(value, low, high, signed_decimals)
