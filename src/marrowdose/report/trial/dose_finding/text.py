"""Dose-finding designs as text: operating characteristics, tables, next doses, paths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ....trial.dose_finding.characteristics import Characteristics
from ....trial.dose_finding.history import Next
from ....trial.dose_finding.people import Truth
from ....trial.dose_finding.reasons import decision_table
from ....trial.dose_finding.rules import Design, Part, Sheet
from ...frame.text import table
from ..estimates import number, percent
from ..record import WithInterval
from .record import ComparedUnder, TrialPathsRecord

ERROR = "± is the Monte-Carlo standard error."
ASSUMED = f"The truth is assumed, not measured; {ERROR}"
SCORES = (
    "Among the doses that may be given next, the one with the highest score at its own counts is given; E: it"
    " may not be given."
)


def rests_on(truth: Truth) -> str:
    """What kind of truth the numbers rest on."""
    return " ".join(filter(None, (_source(truth), truth.toxicity_is)))


def _source(truth: Truth) -> str:
    if truth.draws is None:
        return ASSUMED if truth.said == "assumed" else f"The truth is fitted to the published trials; {ERROR}"
    source = "the posterior of the published trials" if truth.said == "fitted" else "an assumed model"
    return f"Each trial has a truth of its own from {source}; true values are means (80 % of trials); {ERROR}"


def characteristics_text(design: Design, truth: Truth, found: Characteristics) -> str:
    """Operating characteristics for the terminal."""
    rows = characteristics_rows(design, truth, found)
    title = f"{design.name}: {found.trials} simulated trials" + (f", {truth.name}" if truth.name else "")
    return (
        "\n".join(
            [title, table(rows[0], rows[1:]).rstrip(), *characteristics_lines(design, found), rests_on(truth)]
        )
        + "\n"
    )


def characteristics_rows(design: Design, truth: Truth, found: Characteristics) -> list[list[str]]:
    """The characteristics by dose as cells, headings first."""
    rows = [["dose [M]", *(f"{d:g}" for d in design.doses), "none / all"]]
    rows.append(["true toxicity", *_true(truth.toxicity, found.true_toxicity_10_90), ""])
    if truth.efficacy is not None:
        rows.append(["true response", *_true(truth.efficacy, found.true_efficacy_10_90), ""])
    if found.better and truth.better is not None:
        rows += [
            [f"  level {k} or better", *(f"{p:.3g}" for p in row), ""]
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
            f" {found.overdose:.3g}: {percent(found.overdosed)}."
        ),
        (
            f"Months from first entry to last follow-up: {number(found.months)} (80 % of trials {low:.1f} to"
            f" {high:.1f})."
        ),
    ]
    if found.untreated is not None:
        lines.append(f"People not treated for want of a product: {number(found.untreated)}.")
    lines += found.assumed
    return lines + [f"Ended because {why}: {percent(e)}." for why, e in found.ended if e.value > 0]


def _true(values: Sequence[float], middle: Sequence[tuple[float, float]] | None) -> list[str]:
    if middle is None:
        return [f"{p:.3g}" for p in values]
    k = 2 if max(values) >= 0.1 else 3
    return [f"{p:.{k}f} ({a:.{k}f}–{b:.{k}f})" for p, (a, b) in zip(values, middle, strict=True)]


def table_rows(design: Design) -> list[list[str]]:
    """The decision table at the ends of cohorts, headings first; empty where there is none."""
    found = decision_table(design)
    if not any(any(x is not None for x in column) for column in found.values()):
        return []
    rows = [["patients at the dose", *(f"{h} (toxicities)" for h in found)]]
    for n in range(design.cohort, design.patients + 1, design.cohort):
        rows.append([str(n), *("–" if c[n - 1] is None else str(c[n - 1]) for c in found.values())])
    return rows


def rule_sentences(design: Design) -> dict[str, list[str]]:
    """The sentences of the parts by what they do, and those of the design itself."""
    groups: dict[str, Sequence[Part]] = {
        "Dose": (design.propose,),
        "Limits": design.limits,
        "Stopping": design.stops,
        "Pauses": design.pauses,
        "Choice": (design.select,),
    }
    found = {
        name: [s for part in parts for s in part.sentences(design.doses)] for name, parts in groups.items()
    }
    entered = "patients" if design.backfill is None else "patients of the escalation"
    found["Stopping"].append(f"The trial ends when {design.patients} {entered} have entered.")
    proposal = found["Dose"]  # a part that proposes and chooses says its rule once
    chooser: Part = design.select
    if chooser == design.propose:
        found["Choice"] = [s for s in proposal if s.startswith("At the end")]
        found["Dose"] = [s for s in proposal if s not in found["Choice"]]
    found["Choice"] = [s for s in found["Choice"] if s not in proposal or s.startswith("At the end")] or [
        "The dose at the end follows from the rule of dose assignment."
    ]
    if design.backfill is not None:
        found["Dose"] = [
            *found["Dose"],
            *design.backfill.sentences(design.patients, steps=design.propose.steps),
        ]
    return {name: sentences for name, sentences in found.items() if sentences}


def _no_dose(design: Design) -> list[str]:
    return [s for limit in design.limits for s in limit.sentences(design.doses) if "trial ends" in s]


def sheets(design: Design) -> list[Sheet]:
    """The further tables of all parts, for doses with up to four cohorts."""
    most = min(design.patients, 4 * design.cohort)
    return [_shortened(sheet) for part in design.parts if (sheet := part.sheet(design.cohort, most))]


def _shortened(sheet: Sheet) -> Sheet:
    """Rows of one number of patients where nothing is admissible become one: 4+ toxicities."""
    title, head, *rows = sheet
    out: list[tuple[str, ...]] = []
    for row in rows:
        barred = set(row[2:]) <= {"E", ""}
        if barred and out and out[-1][0] == row[0] and set(out[-1][2:]) <= {"E", ""}:
            out[-1] = (row[0], out[-1][1].removesuffix("+") + "+", *out[-1][2:])
        else:
            out.append(tuple(row))
    return (title, head, *out)


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


def stop_sentences(design: Design) -> list[str]:
    """What would end the trial."""
    return [*rule_sentences(design)["Stopping"], *_no_dose(design)]


def next_text(design: Design, found: Next) -> str:
    """The next dose for the terminal, with the table to print and hang up."""
    lines = [next_head(design, found), *found.reasons, ""]
    if rows := table_rows(design):
        lines += ["Decision table, toxicities at the current dose", table(rows[0], rows[1:]).rstrip(), ""]
    for title, names, *scores in sheets(design):
        lines += [title[0], table(names, scores).rstrip(), SCORES, ""]
    lines += ["What would end the trial", *(f"- {s}" for s in stop_sentences(design))]
    return "\n".join(lines) + "\n"


def paths_text(record: TrialPathsRecord, design: Design) -> str:
    """The same for the terminal, the likeliest paths first."""
    rows = [["dose [M]", *(f"{d:g}" for d in design.doses), "none"]]
    rows.append(["true toxicity", *(f"{p:.3g}" for p in record["truth"]["toxicity"]), ""])
    rows.append(["P(chosen)", *(f"{p:.6f}" for p in record["chosen"].values()), f"{record['none']:.6f}"])
    rows.append(["E(patients)", *(f"{p:.4f}" for p in record["expected_patients"]), ""])
    rows.append(["E(toxicities)", *(f"{p:.4f}" for p in record["expected_toxicities"]), ""])
    lines = [
        (
            f"{design.name}: {record['paths']} paths of at most {record['patients']} patients, exact under"
            " the assumed truth"
        ),
        table(rows[0], rows[1:]).rstrip(),
    ]
    lines += [f"Ended because {why}: {p:.6f}." for why, p in record["ended"].items() if p > 0]
    for one in sorted(record["each"], key=lambda x: -x["probability"]):
        chosen = "none" if one["chosen"] is None else f"{one['chosen']:g} M"
        lines.append(f"  {one['probability']:.6f}  chosen {chosen:>6}  {one['path']}")
    return "\n".join(lines) + "\n"


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
    rows = [["", *record["designs"]]]
    for key, label in _COMPARED.items():
        say = percent if key in _SHARES else number
        rows.append([label, *(say(one[key]) for one in record["each"])])
    right = ", ".join(f"{d} M" for d in record["right_doses"]) or "no dose"
    lines = [
        f"{record['trials']} trials, the same virtual patients in every design; right: {right}",
        table(rows[0], rows[1:]).rstrip(),
    ]
    for less in record["minus_first"]:
        lines.append(
            f"{less['design']} minus {record['designs'][0]} (95 % interval of the Monte-Carlo error)"
        )
        lines += [f"  {label:<20} {_apart(less[key], key)}" for key, label in _COMPARED.items()]
    return "\n".join([*lines, record["rests_on"]]) + "\n"


def _apart(found: WithInterval, key: str) -> str:
    scale, unit = (100, " %") if key in _SHARES else (1, "")
    value, low, high = (scale * x for x in (found.value, *found.interval_95))
    return f"{value:+.2f} ({low:+.2f} to {high:+.2f}){unit}"
