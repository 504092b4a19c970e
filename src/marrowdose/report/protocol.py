"""The statistical sections of a protocol as Markdown, under the headings of SPIRIT 2013 and ICH E9(R1).

Every rule is said by the part that decides; every number comes from the design or its simulation.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..domain import BANNER
from ..trial.characteristics import Characteristics
from ..trial.rules import Design
from ..trial.truth import Truth
from .designs import (
    characteristics_lines,
    number,
    percent,
    rests_on,
    rule_sentences,
    sheets,
    table_rows,
)


def protocol(design: Design, truth: Truth, found: Characteristics, *, seed: int) -> str:
    """Objectives, estimand, design, rules, decision table, sample size, stopping, analysis, data monitoring."""
    rules = rule_sentences(design)
    sections: list[tuple[str, Sequence[str]]] = [
        ("Objectives (SPIRIT 7)", _objectives(design)),
        ("Estimand (ICH E9(R1))", _estimand(design)),
        ("Trial design (SPIRIT 8)", _design(design)),
        ("Dose assignment", [*_list(rules["Dose"] + rules.get("Limits", []) + rules.get("Pauses", []))]),
        ("Decision table", _table(design)),
        (
            "Sample size and operating characteristics (SPIRIT 14)",
            _characteristics(design, truth, found, seed),
        ),
        ("Statistical methods (SPIRIT 20)", _list(rules["Choice"]) + _analysis(design)),
        (
            "Stopping (SPIRIT 21b)",
            _list(rules["Stopping"] + [s for s in rules.get("Limits", []) if "trial ends" in s]),
        ),
        ("Data monitoring (SPIRIT 21a, 22)", _monitoring(design)),
    ]
    body = "\n".join(f"## {title}\n\n" + "\n".join(lines) + "\n" for title, lines in sections)
    return f"# Statistical sections of the protocol: {design.name}\n\n*{BANNER}*\n\n{body}"


def _list(sentences: Sequence[str]) -> list[str]:
    return [f"- {s}" for s in sentences]


def _doses(design: Design) -> str:
    return ", ".join(f"{d:g}" for d in design.doses)


def _objectives(design: Design) -> list[str]:
    wanted = "the safety and the effect" if "efficacy" in design.needs else "the safety"
    return [
        f"The primary objective is to choose a dose among {_doses(design)} million cells by {wanted} of a single injection.",
        "Secondary objectives are the rates of dose-limiting toxicity at each dose, with intervals.",
    ]


def _estimand(design: Design) -> list[str]:
    window = f"{design.timing.window:g} months"
    lines = [
        "- Population: the patients who meet the eligibility criteria and receive the injection.",
        "- Treatment: one injection at the assigned dose. What was delivered is recorded beside what was planned.",
        f"- Variable: a dose-limiting toxicity within {window} after the injection (yes or no).",
        "- Intercurrent events: rescue treatment and withdrawal are handled by the treatment-policy strategy; death and "
        "further injections count as a dose-limiting toxicity (composite strategy).",
        "- Summary: the probability of a dose-limiting toxicity at each dose.",
    ]
    if "efficacy" in design.needs:
        after = design.timing.efficacy_window
        when = f" within {after:g} months" if after else ""
        lines.insert(3, f"- Second variable: the efficacy response{when} (yes or no).")
    return lines


def _design(design: Design) -> list[str]:
    timing = design.timing
    waits = (
        f"A cohort enters when all patients before it have been followed for {timing.settles:g} months."
        if timing.waits
        else "A cohort may enter while earlier patients are still under observation."
    )
    return [
        f"An open dose-finding trial of {_doses(design)} million cells with at most {design.patients} patients in cohorts of "
        f"{design.cohort}, beginning at {design.doses[design.start]:g} million cells.",
        f"Patients of a cohort enter at least {timing.interval:g} months apart. {waits}",
        "A limit or a stopping rule always binds: a dose that is not allowed is replaced by the highest allowed dose "
        "below it, and where there is none the trial ends.",
    ]


def _table(design: Design) -> list[str]:
    lines: list[str] = []
    if rows := table_rows(design):
        lines = ["Number of patients with a toxicity at the current dose:", "", *_markdown(rows)]
    for title, *scores in sheets(design):
        lines += ["", f"{title[0]}:", "", *_markdown(scores)]
    return lines or [
        "Decisions depend on the data of all doses; they are computed by the program, not read from a table."
    ]


def _markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return [lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]


def _characteristics(design: Design, truth: Truth, found: Characteristics, seed: int) -> list[str]:
    rows = [["Dose [million cells]", *(f"{d:g}" for d in design.doses), "none or all"]]
    rows.append(["True toxicity", *(f"{p:.3g}" for p in truth.toxicity), ""])
    if truth.efficacy is not None:
        rows.append(["True efficacy", *(f"{p:.3g}" for p in truth.efficacy), ""])
    rows.append(["Chosen", *map(percent, found.chosen), percent(found.none)])
    rows.append(["Patients", *map(number, found.patients), number(found.total_patients)])
    rows.append(["Toxicities", *map(number, found.toxicities), number(found.total_toxicities)])
    name = f" ({truth.name})" if truth.name else ""
    return [
        f"{found.trials} simulated trials under the truth below{name}, seed {seed}:",
        "",
        *_markdown(rows),
        "",
        *_list(characteristics_lines(design, found)),
        "",
        rests_on(truth),
    ]


def _analysis(design: Design) -> list[str]:
    lines = [
        "- Toxicity is reported by dose as counts and rates with exact (Clopper–Pearson) 95 % intervals."
    ]
    if "efficacy" in design.needs:
        lines.append("- Efficacy is reported in the same way, and jointly with toxicity.")
    return [*lines, "- All patients who received cells are analysed at the dose that they received."]


def _monitoring(design: Design) -> list[str]:
    return [
        "- A safety board independent of the sponsor sees the data after every cohort and before every escalation.",
        "- The next dose is computed by `marrowdose trial next` from the same design file as these sections; the board may "
        "give a lower dose or end the trial, and records why.",
        f"- Doses above {design.doses[-1]:g} million cells are outside this protocol.",
    ]
