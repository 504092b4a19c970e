"""The statistical sections of the protocol of a dose-finding design.

Every rule is said by the part that decides; every number comes from the design or its simulation.
"""

from __future__ import annotations

from collections.abc import Sequence

from ....trial.dose_finding.characteristics import Characteristics
from ....trial.dose_finding.design import Design
from ....trial.dose_finding.true_rates import TrueRates
from ....trial.estimate import Estimate
from ....trial.truths.harm import ENDPOINTS
from ...frame.document import Block, Points, Section, Table, headed, to_complete
from ..estimates import number, percent
from ..protocol.frame import arrange
from .adaptive import of_dose_finding
from .rules import SCORES, rule_sentences, sheets, table_rows
from .text import characteristics_lines, characteristics_rows, rests_on


def protocol(
    design: Design,
    truth: TrueRates,
    found: Characteristics,
    *,
    seed: int,
    nulls: Sequence[tuple[TrueRates, Characteristics]] = (),
) -> list[Section[Block]]:
    """Objectives, estimand, design, rules, decision table, sample size, stopping, analysis, missing data,
    monitoring.

    ``nulls``: truths under which choosing a dose is an error, with what the design does there.
    """
    rules = rule_sentences(design)
    ends = rules["Stopping"] + [s for s in rules.get("Limits", []) if "trial ends" in s]
    ends.append(
        "The trial ends when no dose is allowed. The board may end it at any time; such an end is not"
        " simulated."
    )
    return arrange(
        {
            "objectives": _objectives(design),
            "estimand": _estimand(design),
            "design": _design(design),
            "dose": [Points(rules["Dose"] + rules.get("Limits", []) + rules.get("Pauses", []))],
            "table": table_blocks(design),
            "size": [*_size(design, truth, found, seed), *_errors(design, nulls), _PLAUSIBLE],
            "stopping": [Points(ends)],
            "analysis": [Points(rules["Choice"] + _analysis(design))],
            "missing": _missing(design),
            "monitoring": _monitoring(design),
            "access": _access(),
            "administration": [
                Points(
                    [
                        "Design for the title: an open, single-group trial that finds a dose of bone-marrow"
                        f" cells in the knee (1a). Design file: “{design.name}”."
                    ]
                )
            ],
            "timeline": [_timeline(design)],
            "recruitment": [
                Points(
                    [
                        f"The simulation has a patient ready to enter every {design.timing.interval:g} months"
                        " (20)."
                    ]
                )
            ],
            "adaptive": of_dose_finding(design, found),
        },
        name=design.name,
        blinded=False,
    )


def _doses(design: Design) -> str:
    return ", ".join(f"{d:g}" for d in design.doses)


def _objectives(design: Design) -> list[Block]:
    wanted = "its safety and effect" if "efficacy" in design.needs else "its safety"
    rates = "the mean toxicity scores" if "score" in design.needs else "the rates of dose-limiting toxicity"
    rates += " and the rates of response" if "efficacy" in design.needs else ""
    return [
        Points(
            [
                (
                    f"The primary objective is to choose a dose among {_doses(design)} million cells, given"
                    f" once, by {wanted}."
                ),
                f"Secondary objectives are {rates} at each dose, with intervals.",
                to_complete("further objectives about benefit and harm"),
            ]
        )
    ]


def _estimand(design: Design) -> list[Block]:
    timing, efficacy, scored = design.timing, "efficacy" in design.needs, "score" in design.needs
    said = [
        "Population: patients who meet the eligibility criteria and receive the injection.",
        (
            "Treatment: one injection at the assigned dose. The number of cells delivered is recorded beside"
            " the number planned."
        ),
        (
            f"Variable: the toxicity score over the {timing.window:g} months after the injection, higher"
            " being worse. " + to_complete("how a patient is scored, and who scores")
            if scored
            else (
                f"Variable: a dose-limiting toxicity within {timing.window:g} months after the injection (yes"
                f" or no): {ENDPOINTS[design.harm]} "
            )
            + to_complete(
                "further events that count as dose-limiting, such as a flare of pain or swelling that lasts"
            )
            + "."
        ),
    ]
    if scored and any("score" not in limit.needs and hasattr(limit, "target") for limit in design.limits):
        said.append(
            f"Safety variable: a dose-limiting toxicity within {timing.window:g} months (yes or no), which a"
            f" limit of the dose looks at. {to_complete('the events that count as dose-limiting')}"
        )
    if efficacy:
        when = f" within {timing.efficacy_window:g} months" if timing.efficacy_window else ""
        said.append(
            f"Second variable: response{when} ({_levels(design)})."
            f" {to_complete('the definition of response')}"
        )
    summary = (
        "the mean toxicity score"
        if "score" in design.needs
        else "the probability of a dose-limiting toxicity"
    )
    said += [
        "Intercurrent events and their strategies: "
        + to_complete(
            "for each of rescue treatment, a further injection, knee surgery and death: treatment policy,"
            " hypothetical, composite, while on treatment, or principal stratum"
        )
        + " In the simulation none of them happens.",
        f"Population-level summary: {summary}"
        + (" and that of a response" if efficacy else "")
        + " at each dose.",
        "Measurement, method of aggregation and time of further outcomes: " + to_complete("the list (16)"),
    ]
    return [Points(said)]


def _levels(design: Design) -> str:
    return f"level 0, none, to {design.levels - 1}, full" if "levels" in design.needs else "yes or no"


def _timeline(design: Design) -> Table:
    timing = design.timing
    rows = [["month", "0", f"to {timing.window:g}"], ["enrolment, injection", "×", ""], ["toxicity", "", "×"]]
    if "efficacy" in design.needs and timing.efficacy_window:
        rows = [
            [*rows[0], f"to {timing.efficacy_window:g}"],
            [*rows[1], ""],
            [*rows[2], ""],
            ["response", "", "", "×"],
        ]
    return headed("Months after the injection in which each outcome is awaited", rows)


def _design(design: Design) -> list[Block]:
    timing = design.timing
    waits = (
        f"A cohort enters when all patients {'of the escalation ' if design.backfill else ''}before it have"
        f" been followed for {timing.settles:g} months."
        if timing.waits
        else "A cohort may enter while earlier patients are still under observation."
    )
    stagger = f", those of the first cohort at a dose at least {timing.stagger:g}" if timing.stagger else ""
    return [
        (
            f"An open, single-group dose-finding trial of {_doses(design)} million cells with at most"
            f" {design.patients} patients in cohorts of {design.cohort}, beginning at"
            f" {design.doses[design.start]:g} million cells."
        ),
        f"Patients of a cohort enter at least {timing.interval:g} months apart{stagger}. {waits}",
        (
            "A limit or a stopping rule always binds: a dose that is not allowed is replaced by the highest"
            " allowed dose below it, and where there is none the trial ends."
        ),
    ]


def table_blocks(design: Design) -> list[Block]:
    """The decision table, or a sentence that says why there is none."""
    blocks: list[Block] = []
    if rows := table_rows(design):
        blocks.append(headed("Number of patients with a toxicity at the current dose", rows))
    scores = [headed(title[0], rows) for title, *rows in sheets(design)]
    if scores:
        blocks += [*scores, SCORES]
    return blocks or [
        "Decisions depend on the data of all doses; they are computed by `marrowdose trial next`, not read"
        " from a table."
    ]


def _size(design: Design, truth: TrueRates, found: Characteristics, seed: int) -> list[Block]:
    name = f" “{truth.name}”" if truth.name else ""
    late = (
        f" A share of {truth.late:g} of the events is seen in the second half of its window."
        if design.timed
        else ""
    )
    return [
        (
            f"The number of patients, at most {design.patients}, is judged by simulation: {found.trials}"
            f" trials, seed {seed}, under the truth{name}.{late}"
        ),
        headed("Operating characteristics", characteristics_rows(design, truth, found)),
        Points(characteristics_lines(design, found)),
        rests_on(truth),
    ]


_PLAUSIBLE = to_complete(
    "further scenarios that the sponsor and the safety board want to see; why these rates are thought"
    " plausible"
)
_NO_CONTROL = (
    "Without a control group the design cannot tell a response to cells from a response to the injection: it"
    " chooses a dose that looks best, whether or not any helps. Whether cells help is a question for a"
    " randomised trial."
)


def _errors(design: Design, nulls: Sequence[tuple[TrueRates, Characteristics]]) -> list[Block]:
    """How often a dose is chosen where none should be."""
    if not nulls:
        return [to_complete("how often a dose is chosen where none should be (give --trials)")]
    head = ["if", "a dose is chosen (type-I error)", "the largest dose is chosen", "patients", "toxicities"]
    rows = []
    for truth, found in nulls:
        wrong = Estimate(value=1 - found.none.value, monte_carlo_se=found.none.monte_carlo_se)
        rows.append(
            [
                truth.name,
                percent(wrong),
                percent(found.top),
                number(found.total_patients),
                number(found.total_toxicities),
            ]
        )
    blocks: list[Block] = [
        Table(
            f"Choosing a dose where none should be: {nulls[0][1].trials} trials each; ± is one Monte-Carlo"
            " standard error; the rates are assumed",
            head,
            rows,
        )
    ]
    return blocks + ([_NO_CONTROL] if "efficacy" in design.needs else [])


def _analysis(design: Design) -> list[str]:
    lines = ["Toxicity is reported by dose as counts and rates with exact (Clopper–Pearson) 95 % intervals."]
    if "score" in design.needs:
        lines = [
            "Scores are reported by dose as mean and standard deviation with 95 % intervals, and by patient."
        ]
    if "efficacy" in design.needs:
        lines.append("Response is reported in the same way, and jointly with toxicity.")
    return [
        *lines,
        (
            "Rates at doses chosen by the data are biased towards the rule that chose them; they are reported"
            " as descriptive."
        ),
    ]


def _missing(design: Design) -> list[Block]:
    pending = (
        "Nobody is judged before the window has passed, so a decision never rests on partial follow-up."
        if design.timing.waits and design.backfill is None
        else (
            "Patients still under observation count at a decision as the rules above say; at the end of the"
            " trial all are followed to the end of their windows."
        )
    )
    return [
        Points(
            [
                (
                    "All patients who received cells are analysed at the dose assigned to them; the number"
                    " delivered is told beside it."
                ),
                pending,
                "The simulation has no drop-out. "
                + to_complete(
                    "how a patient lost before the end of the window counts: replaced, or as a toxicity"
                ),
                "Further analyses: " + to_complete("which, and that they are exploratory (27d)"),
            ]
        )
    ]


def _monitoring(design: Design) -> list[Block]:
    return [
        Points(
            [
                (
                    "A safety board independent of the sponsor sees the data after every cohort and before"
                    " every escalation."
                ),
                (
                    "The next dose is computed by `marrowdose trial next` from the same design file as these"
                    " sections; the board may give a lower dose or end the trial, and records why."
                ),
                f"Doses above {design.doses[-1]:g} million cells are outside this protocol.",
                to_complete("members of the board, their independence, and how soon they decide"),
            ]
        )
    ]


def _access() -> list[Block]:
    return [
        Points(
            [
                (
                    "The trial is open: investigators know the dose of every patient and all toxicities. The"
                    " decision follows from the rules, so no result is withheld to keep it unbiased."
                ),
                to_complete("who enters the data from which the next dose is computed, and who checks them"),
            ]
        )
    ]
