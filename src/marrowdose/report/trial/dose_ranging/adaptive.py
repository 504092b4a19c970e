"""What a longitudinal design answers to the principles of adaptive designs (ICH E20)."""

from __future__ import annotations

from collections.abc import Sequence

from ....trial.dose_ranging.file import Planned
from ....trial.estimate import Estimate
from ...frame.document import Block, to_complete
from ...frame.numbers import signed_decimals, simulated_share, tenths
from ..estimates import percent
from ..protocol.adaptive import answered
from .record import LongitudinalTold


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
    return answered(
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
