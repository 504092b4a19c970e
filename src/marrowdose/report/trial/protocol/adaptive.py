"""The five principles of ICH E20 (draft of June 2025), answered by a design's own rules and simulation.

The guideline is written for confirmatory trials; of the others it is answered as far as it applies.
"""

from __future__ import annotations

from collections.abc import Sequence

from ....trial.dose_finding.characteristics import Characteristics
from ....trial.dose_finding.design import Design
from ....trial.dose_ranging.file import Planned
from ....trial.estimate import Estimate
from ...frame.document import Block, Points, to_complete
from ...frame.numbers import signed_decimals, significant, simulated_share, tenths
from ..dose_ranging.record import LongitudinalTold
from ..estimates import percent

PRINCIPLES = (
    "Adequacy within the development programme",
    "Adequacy of trial planning",
    "Limiting the chances of erroneous conclusions",
    "Reliability of estimation",
    "Maintenance of trial integrity",
)


def _answers(answers: Sequence[str]) -> list[Block]:
    return [Points([f"{principle}. {said}" for principle, said in zip(PRINCIPLES, answers, strict=True)])]


def of_dose_finding(design: Design, found: Characteristics) -> list[Block]:
    """A dose-finding design adapts the dose after every cohort."""
    when = (
        f"when all patients before have been followed for {design.timing.settles:g} months"
        if design.timing.waits
        else "while some patients are still under observation"
    )
    excess = "a mean score" if "score" in design.needs else "toxicity"
    return _answers(
        (
            "The trial explores: it chooses a dose for later trials and confirms nothing. "
            + to_complete(
                "why the doses are adapted here, what is known before the trial, and which trial follows"
            ),
            (
                f"What adapts is the dose of the next cohort, after every {design.cohort} patients, {when},"
                " by the rules under “Dose assignment”; nothing else. The rules are fixed in the design file"
                f" and were simulated: {found.trials} trials, see “Sample size”."
            ),
            (
                "No hypothesis is tested. The errors of a dose-finding trial were simulated: the right dose"
                f" is chosen in {percent(found.right)} of trials, {percent(found.overdosed)} of patients are"
                f" treated at doses with {excess} above {significant(found.overdose)}."
            ),
            (
                "Rates at doses chosen by the data are biased towards the rule that chose them; they are"
                " reported as descriptive."
            ),
            "The trial is open and the next dose follows from the rules, so no result is withheld. See"
            " “Access to interim results”. "
            + to_complete("how pressure on those who judge toxicity is kept away"),
        )
    )


def of_ranging(planned: Planned, told: LongitudinalTold) -> list[Block]:
    """A longitudinal design adapts at its looks; without looks there is nothing to answer."""
    design = planned.design
    if not design.looks:
        return []
    biases = _span([row["bias"] for row in told["arms"] if "bias" in row])
    off = " to ".join(map(signed_decimals, biases))
    least, most = _span([row["coverage_95"] for row in told["arms"] if "coverage_95" in row])
    unit = "percentage points" if design.estimand == "composite" else "points"
    looks = ", ".join(str(n) for n in design.stages[:-1])
    return _answers(
        (
            f"The design file calls this trial {planned.type}. "
            + to_complete(
                "what earlier trials told about the dose, why a design without adaptation would serve worse"
                " here, and what follows this trial"
            ),
            (
                f"What may change after {looks} patients are enrolled stands under “Statistical methods” and"
                " “Interim analyses and stopping”; nothing else changes. The rules are fixed in the design"
                f" file and were simulated: {told['trials']} trials under the truth “{told['truth']}”."
            ),
            (
                f"{design.analysis.errors} In the simulation a benefit was claimed though no dose helps in"
                f" {percent(told['error'])} of all trials."
            ),
            (
                "Estimates and their 95 % intervals are not corrected for choosing, dropping and stopping by"
                f" the same data. In the simulation they are off by {off} {unit} on average, and the"
                f" intervals hold the truth in {tenths(100 * least)} to {simulated_share(most)} of trials, by"
                " dose."
            ),
            "Results of a look are known to the committee and its statistician only; see “Access to interim"
            " results”. "
            + to_complete(
                "how a change that others can see, such as an arm that closes, is announced without telling"
                " results"
            ),
        )
    )


def _span(estimates: Sequence[Estimate]) -> tuple[float, float]:
    values = [e.value for e in estimates]
    return min(values), max(values)
