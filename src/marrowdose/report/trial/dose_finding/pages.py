"""One page a simulation or a comparison of dose-finding designs: pictures, numbers, assumptions, rules."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ....trial.dose_finding.characteristics import Characteristics
from ....trial.dose_finding.design import Design
from ....trial.dose_finding.reasons import decision_table
from ....trial.dose_finding.true_rates import TrueRates
from ....trial.estimate import Estimate
from ....trial.run import ComparedFinding
from ....trial.truths.harm import HARMS
from ...frame.document import PageBlock, Picture, Points, Section, headed
from ...frame.page import page
from ...frame.pictures import drawn
from ..figures import PLUS_MINUS, WHISKERS, ending_figure, months_figure
from .comparison import story_parts
from .figures import choice_figure, decision_figure
from .rules import rule_sentences
from .text import characteristics_lines, characteristics_rows, rests_on


def run_html(design: Design, truth: TrueRates, found: Characteristics) -> str:
    """Choice and allocation over the truth, endings, the decision table, the characteristics and the
    rules.
    """
    numbers = headed(f"{found.trials} simulated trials", characteristics_rows(design, truth, found))
    told = Points([*characteristics_lines(design, found), rests_on(truth)])
    table = decision_picture(design)
    parts: list[Section[PageBlock]] = [
        Section("What to expect", pictures_of(design, truth, found)),
        Section("Characteristics", [numbers, told]),
        Section("What was assumed", [Points(assumed(design, truth))]),
        *([Section("Decision table", table)] if table else []),
        Section("Rules", _rules(design)),
    ]
    return page(f"Dose-finding design: {design.name}", parts)


def compare_html(compared: Sequence[ComparedFinding]) -> str:
    """What the comparison says, every truth with its pictures, then the rules of each design."""
    rules = [Section(f"Rules of {d.name}", _rules(d)) for d in compared[0].designs]
    return page("Dose-finding designs compared", [*story_parts(compared), *rules])


def assumed(design: Design, truth: TrueRates) -> list[str]:
    """What a simulation takes for true, and where it came from."""
    name = f" “{truth.name}”" if truth.name else ""
    said = [
        f"The truth{name} was stated by whoever ran the simulation: no number of it is measured or fitted."
    ]
    if truth.draws is not None or truth.said != "assumed":
        said = [f"The truth{name}: {rests_on(truth)}"]
    if not truth.toxicity_is:
        said.append(f"By toxicity the design means: {HARMS[design.harm]}.")
    if truth.efficacy is not None:
        latent = f"correlated (latent correlation {truth.association:g})"
        said.append(
            f"Toxicity and response of a patient are {latent if truth.association else 'independent'}."
        )
        if truth.without is not None:
            said.append(
                f"{100 * truth.without:g} % respond without cells; a dose no better than that by more than"
                " the margin is not right."
            )
    if design.timed:
        said.append(f"{100 * truth.late:g} % of the events are seen in the second half of their window.")
    said.append(
        "Every patient gets the planned dose and is followed to the end of the window; none drops out."
    )
    return said


def pictures_of(design: Design, truth: TrueRates, found: Characteristics) -> list[Picture]:
    """Chosen doses and shares of patients over the assumed truth; how and when trials end."""
    total = found.total_patients.value or 1.0

    def pair(e: Estimate, scale: float = 1.0) -> tuple[float, float]:
        return e.value / scale, e.monte_carlo_se / scale

    right = " or ".join(f"{design.doses[i]:g} M" for i in found.right_doses or ()) or "no dose"
    if found.right_doses is None:
        right = "as the truth of each trial says"
    choice = partial(
        choice_figure,
        [*(f"{d:g} M" for d in design.doses), "none"],
        [*map(pair, found.chosen), pair(found.none)],
        [*(pair(e, total) for e in found.patients), None],
        [*truth.toxicity, None],
        [*(truth.efficacy or [None] * len(design.doses)), None],
    )
    ends = [(why, e.value, e.monte_carlo_se) for why, e in found.ended if e.value > 0]
    return [
        drawn(
            choice,
            "choice",
            title="What is chosen, who is treated, over the truth",
            words=f"Right would be {right}. {WHISKERS}",
        ),
        drawn(partial(ending_figure, ends), "endings", title="Why trials end", words=PLUS_MINUS),
        drawn(
            partial(months_figure, found.months_quantiles),
            "months",
            title="When trials end",
            words="From the first entry to the last follow-up.",
        ),
    ]


def letters(design: Design) -> tuple[list[int], list[str]]:
    """Patients at the ends of cohorts, and a letter for every number of toxicities; empty without a table."""
    table = decision_table(design)
    if "escalate if at most" not in table:
        return [], []
    sizes = list(range(design.cohort, design.patients + 1, design.cohort))

    def letter(n: int, y: int) -> str:
        for heading, sign in (
            ("end if at least", "■"),
            ("eliminate if at least", "X"),
            ("de-escalate if at least", "D"),
        ):
            bound = table[heading][n - 1] if heading in table else None
            if bound is not None and y >= bound:
                return sign
        most = table["escalate if at most"][n - 1]
        return "E" if most is not None and y <= most else "S"

    return sizes, ["".join(letter(n, y) for y in range(n + 1)) for n in sizes]


def decision_picture(design: Design) -> list[Picture]:
    """The decision table as a picture, where counts at one dose alone decide."""
    sizes, decisions = letters(design)
    return [Picture(svg=decision_figure(sizes, decisions))] if sizes else []


def _rules(design: Design) -> list[PageBlock]:
    return [Section(name, [Points(said)]) for name, said in rule_sentences(design).items()]
