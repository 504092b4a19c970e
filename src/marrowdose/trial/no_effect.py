"""The truths under which choosing a dose is an error: every dose too toxic, and no dose of any help."""

from __future__ import annotations

from .by_dose import drawn_truth
from .dose_finding.characteristics import overdose_limit
from .dose_finding.design import Design
from .dose_finding.true_rates import TrueRates
from .truths.named import Named

TIMES = 2.0  # the toxicity that a dose may have: what "too toxic" is taken to be


def null_truths(design: Design) -> tuple[TrueRates, ...]:
    """For the type-I error of a design; none for designs that look at scores, whose truth only the user can
    state.
    """
    if "score" in design.needs:
        return ()
    nothing = drawn_truth(Named("null"), design)
    rate = min(0.95, TIMES * overdose_limit(design))
    toxic = TrueRates(
        toxicity=(rate,) * len(design.doses),
        efficacy=nothing.efficacy,
        name=f"every dose is too toxic: {100 * rate:.3g} %, {TIMES:g} times what the design accepts",
    )
    if "efficacy" not in design.needs:
        return (toxic,)
    assert nothing.efficacy is not None
    helpless = TrueRates(
        toxicity=nothing.toxicity,
        efficacy=nothing.efficacy,
        without=nothing.without,
        name=f"no dose helps: {100 * nothing.efficacy[0]:.3g} % respond at every dose, as without cells",
    )
    return toxic, helpless
