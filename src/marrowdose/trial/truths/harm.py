"""What a dose-finding design counts as toxicity, and what the published trials say of it.

The evidence has two endpoints that bracket a dose-limiting toxicity: serious adverse events (fewer, since a
persistent flare need not be serious) and local reactions of any severity (more). Which one a design means is
stated in its file.
"""

from __future__ import annotations

from typing import Literal

Harm = Literal["serious", "local"]
HARMS: dict[Harm, str] = {"serious": "serious adverse event", "local": "local reaction of any severity"}
ENDPOINTS: dict[Harm, str] = {
    "serious": "a serious adverse event of any cause (ICH E6), or another event named here:",
    "local": "pain, swelling or effusion of the treated knee of any severity, or another event named here:",
}


def stands_for(harm: Harm) -> str:
    """What toxicity is under a truth that rests on the published trials, in sentences with the source."""
    from ...synthesis.fit import shipped_fit
    from ...synthesis.harm import upper_bound
    from ...synthesis.serious import serious_counts

    counts = shipped_fit().record.harm_counts
    if harm == "local":
        used = [c for c in counts if c.category == "local" and c.dose is not None and not c.pooled]
        rows, people = ", ".join(c.row for c in used), sum(c.at_risk for c in used)
        return (
            f"Toxicity is a local reaction of any severity (fitted: {people:g} knees, {rows}): more than most"
            " protocols call dose-limiting, so an upper guess."
        )
    found = serious_counts(counts)
    top = 100 * upper_bound(found.events, found.at_risk)
    return (
        f"Toxicity is a serious adverse event of any cause: {found.events:g} of {found.at_risk:g} patients"
        " given bone-marrow cells, most of them 30 to 40 million, had one within 6 to 24 months (measured:"
        f" {', '.join(found.rows)}; at most {top:.1f} % with 95 % confidence). Too few to estimate a slope"
        " over dose: the odds rise as those of local reactions do (assumed). Persistent flares that were not"
        " serious are not in it, so it is a lower guess; --harm local gives an upper one."
    )
