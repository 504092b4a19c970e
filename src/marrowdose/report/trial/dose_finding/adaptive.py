"""What a dose-finding design answers to the principles of adaptive designs (ICH E20)."""

from __future__ import annotations

from ....trial.dose_finding.characteristics import Characteristics
from ....trial.dose_finding.design import Design
from ...frame.document import Block, to_complete
from ...frame.numbers import significant
from ..estimates import percent
from ..protocol.adaptive import answered


def of_dose_finding(design: Design, found: Characteristics) -> list[Block]:
    """A dose-finding design adapts the dose after every cohort."""
    when = (
        f"when all patients before have been followed for {design.timing.settles:g} months"
        if design.timing.waits
        else "while some patients are still under observation"
    )
    excess = "a mean score" if "score" in design.needs else "toxicity"
    return answered(
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
