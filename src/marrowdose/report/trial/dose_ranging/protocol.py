"""The statistical sections of the protocol of a longitudinal design: every rule is said by the part that
decides.
"""

from __future__ import annotations

from collections.abc import Sequence

from ....trial.dose_ranging.design import Ranging
from ....trial.dose_ranging.file import Planned
from ....trial.seamless.file import PlannedSeamless
from ...frame.document import Block, Points, Section, Table, headed, to_complete
from ...frame.numbers import decimals
from ..estimates import said
from ..protocol.frame import arrange
from .adaptive import of_ranging
from .assumptions import assumptions
from .estimand import also, doses_told, estimand, objectives
from .record import LongitudinalTold
from .run_in import run_in_blocks
from .text import arm_rows, arms, band_rows, scalar_cell, scalar_label, scalar_rows, truth_line
from .versus import effect_line


def protocol(planned: Planned, told: LongitudinalTold) -> list[Section[Block]]:
    """The sections; ``told`` is the record of the simulation."""
    design = planned.design
    compared = design.comparator.sentences() if design.comparator is not None else ()
    rules = [
        s for s in (*design.analysis.sentences(), *compared) if design.looks or not s.startswith(AT_LOOKS)
    ]
    stopping = [s for s in rules if "stops" in s]
    end = (
        f"the trial ends when {design.patients} patients have been enrolled and followed to month"
        f" {design.visits[-1]:g}."
    )
    own: dict[str, Sequence[Block]] = {
        "administration": [_title(planned)],
        "objectives": objectives(planned),
        "design": _design(design),
        "people": [
            Points(
                [
                    f"Score of {planned.domain} at entry: {design.reality.baseline_least:g} or worse, of 100"
                    f" (14a). Doses: {doses_told(design)} million cells, and placebo (15a)."
                ]
            )
        ],
        "estimand": estimand(planned),
        "timeline": [_timeline(design)],
        "size": _size(planned, told),
        "recruitment": [
            Points([f"The simulation enrols {design.reality.per_month:g} patients a month on average (20)."])
        ],
        "lot": [Points([_allocation(design)])],
        "analysis": [Points([*(s for s in rules if s not in stopping), *_finally(design)])],
        "missing": _missing(design),
        "monitoring": _monitoring(design),
        "stopping": [Points([*stopping, ("Otherwise " + end) if stopping else end.capitalize()])],
        "access": _access(design),
        "adaptive": of_ranging(planned, told),
    }
    if isinstance(planned, PlannedSeamless):
        for key, blocks in run_in_blocks(planned, told["run_in"]).items():
            own[key] = (
                [*blocks, *own.get(key, [])]
                if key in ("design", "stopping", "monitoring", "access")
                else [*own.get(key, []), *blocks]
            )
    return arrange(own, name=design.name, blinded=True)


AT_LOOKS = ("At a look", "After a look", "The trial stops")  # rules that need a look


def _title(planned: Planned) -> Block:
    looks = "with interim looks" if planned.design.looks else "without interim looks"
    return Points(
        [
            "Design for the title: a randomised, placebo-controlled trial in parallel groups"
            f" ({planned.type}) of bone-marrow cells in the knee, {looks} (1a). Design file:"
            f" “{planned.design.name}”."
        ]
    )


def _timeline(design: Ranging) -> Table:
    months = [f"{m:g}" for m in design.visits]
    crosses = ["×"] * len(months)
    rows = [["score", "×", *crosses], ["injection", "×", *[""] * len(months)]]
    return Table("Month of each assessment", ["month", "0", *months], rows)


def _finally(design: Ranging) -> list[str]:
    said = ["Harms are told by dose as numbers and rates, without a test."]
    if design.estimand == "composite":
        said.append(
            "Response (0 or 100) is analysed by the same model with one visit: a linear regression of the"
            " proportion on arm and baseline."
        )
    if design.looks:
        said.append(
            "Estimates and their 95 % intervals are not corrected for choosing, dropping and stopping by the"
            " same data; see the principles of ICH E20 below."
        )
    return said


def _allocation(design: Ranging) -> str:
    later = (
        " until the first look; afterwards as the rules under “Statistical methods” say"
        if design.looks
        else ""
    )
    return f"Allocation {_parts(design)}{later} (21b)."


def _parts(design: Ranging) -> str:
    names = [*arms(design), *([design.comparator.name] if design.comparator is not None else [])]
    return f"{':'.join(f'{x:g}' for x in design.parts)} ({', '.join(names)})"


def _design(design: Ranging) -> list[Block]:
    months = ", ".join(f"{m:g}" for m in design.visits)
    said = [
        (
            f"A randomised trial in parallel groups, placebo{also(design)} and {len(design.doses) - 1} doses"
            f" ({doses_told(design)} million cells), allocation {_parts(design)}, {design.patients}"
            f" patients{' at most' if design.looks else ''}; framework: superiority over placebo."
        ),
        f"Scores at months {months} after the injection; the last one decides.",
    ]
    if design.stages[:-1]:
        looks = ", ".join(str(n) for n in design.stages[:-1])
        said.append(
            f"Interim looks when {looks} patients have been enrolled, with the visits reached by then. In the"
            " simulation a look takes no time."
        )
    else:
        said.append("There is no interim look.")
    for part in (design.background, design.randomisation):
        said += part.sentences() if part is not None else ()
    if design.reality.stagger:
        said.append(f"At least {design.reality.stagger:g} months pass between two patients.")
    return [Points(said)]


def _size(planned: Planned, told: LongitudinalTold) -> list[Block]:
    design = planned.design
    blocks: list[Block] = [
        (
            f"The number of patients, {'at most ' if design.looks else ''}{design.patients}, is judged by"
            f" simulation. {truth_line(told)}."
        ),
        "Assumed of cells and patients:",
        Points(assumptions(design.reality)),
        headed("Operating characteristics by arm", arm_rows(told)),
        Table("Operating characteristics of the trial", ["", "value"], scalar_rows(told)),
        *([effect_line(told["comparator"])] if "comparator" in told else []),
        *told["remarks"],
        *told.get("notes", []),
    ]
    if "assurance" in told:
        bands = band_rows(told["assurance"])
        blocks += [headed("Power by the size of the true benefit", bands), told["assurance"]["why"]]
    if "no_dose_helps" in told:
        return [
            *blocks,
            *_error(told["no_dose_helps"]),
            to_complete("further scenarios, and why these assumptions are thought plausible"),
        ]
    blocks.append(
        to_complete(
            "type-I error over trials in which no dose helps (give --trials, or simulate with --truth null),"
            " further scenarios, and why these assumptions are thought plausible"
        )
    )
    return blocks


def _error(told: LongitudinalTold) -> list[Block]:
    """What the design does where no dose helps."""
    share, trials = told["error"].value, told["trials"]
    low, high = exact_interval(round(share * trials), trials)
    rows = [["", *(row["arm"] for row in told["arms"][1:])]]
    for key, label, is_share in (
        ("named", "named", True),
        ("patients", "patients", False),
        ("bias", "bias of the estimate", False),
        ("coverage_95", "95 % interval covers", True),
    ):
        if key in told["arms"][1]:
            rows.append([label, *(said(row, key, is_share) for row in told["arms"][1:])])
    keys = ("error", "patients", "months", "stopped_early")
    return [
        (
            f"Type-I error: in {decimals(100 * share)} % of {trials} simulated trials in which no dose helps"
            " (a stated scenario: cells do nothing; assumed) a benefit is claimed for some dose (95 %"
            f" interval of the simulation {decimals(100 * low)} to {decimals(100 * high)} %)."
        ),
        headed("Where no dose helps, by arm", rows),
        Table(
            "Where no dose helps, of the trial",
            ["", "value"],
            [[scalar_label(told, k), scalar_cell(told, k)] for k in keys],
        ),
    ]


def exact_interval(events: int, trials: int) -> tuple[float, float]:
    """95 % interval of a share by Clopper and Pearson (1934): right for the rare ones too."""
    from scipy.special import betaincinv

    low = float(betaincinv(events, trials - events + 1, 0.025)) if events else 0.0
    return low, float(betaincinv(events + 1, trials - events, 0.975)) if events < trials else 1.0


def _missing(design: Ranging) -> list[Block]:
    said = [
        "All randomised patients are analysed in the arm to which they were randomised.",
        (
            f"Scores missing after drop-out{', and those not yet reached at a look,' if design.looks else ''}"
            " are not filled in: the model of all visits uses every score seen and the baseline, which is"
            " valid if the others are missing at random given those."
        ),
    ]
    if design.estimand == "hypothetical":
        said.append("Scores after rescue treatment are set to missing and handled in the same way.")
    if design.estimand == "composite":
        said = [
            said[0],
            "Who leaves or takes rescue treatment is no responder; nothing is missing at the end.",
        ]
    elif design.reality.leave:
        said.append(
            "The simulation also lets patients leave for lack of effect, which breaks that assumption; its"
            " bias is part of the numbers above."
        )
    said.append(
        "Sensitivity to data missing not at random: "
        + to_complete("the analyses, such as reference-based imputation or a tipping point")
    )
    said.append(
        "Subgroups and other additional analyses: " + to_complete("which, and that they are exploratory")
    )
    return [Points(said)]


def _monitoring(design: Ranging) -> list[Block]:
    said = ["An independent data monitoring committee sees harms by arm " + to_complete("how often")]
    if design.stages[:-1]:
        said[0] += ", and the results of the looks."
        said.append(
            "It recommends what the rules above say. They are the only ones simulated: departing from them"
            " voids the numbers of this document, which the committee weighs before it does."
        )
    else:
        said[0] += "."
    return [
        Points(
            [
                *said,
                to_complete("members, their independence, charter, and rules for stopping because of harm"),
            ]
        )
    ]


def _access(design: Ranging) -> list[Block]:
    if not design.stages[:-1]:
        return [Points(["Nobody but the committee sees results by arm before the end."])]
    return [
        Points(
            [
                (
                    "Results of a look are known to the committee and the statistician who prepares them;"
                    " sponsor, investigators and patients learn only whether the trial goes on and which arms"
                    " still enrol."
                ),
                to_complete("who is the independent statistician, and where interim results are kept"),
            ]
        )
    ]
