"""What every page and every JSON of the knee says about itself."""

from __future__ import annotations

from typing import Literal, TypedDict

Tier = Literal[1, 2]
PURPOSE = "This model explains how a dose could act. It never chooses the dose: the clinical evidence does."
CREDIBLE_HEAD: dict[Tier, str] = {1: "Credible", 2: "Credible, as a hypothesis"}
CREDIBLE: dict[Tier, tuple[str, ...]] = {
    1: (
        "size and time course of placebo-adjusted means of trial arms",
        "natural cartilage loss by age and body-mass index",
        "what a new dose arm would teach",
    ),
    2: (
        "that links like these can give relief of the size that tier 1 has, to which they were set",
        "natural cartilage loss by age and body-mass index, taken from tier 1",
        "what would follow if one of the assumed links were stronger, weaker or missing",
    ),
}
_NEITHER = (
    "an optimum dose from mechanism",
    "absolute cytokine levels",
    "cartilage regrowth",
    "one person's course",
    "dose effects specific to a KL grade",
)
NOT_CREDIBLE: dict[Tier, tuple[str, ...]] = {
    1: _NEITHER,
    2: (
        *_NEITHER,
        "how many cells engraft or turn into cartilage cells",
        "which cytokine carries the calm, and how fast",
    ),
}
_NO_EVIDENCE = "No human evidence was found that efficacy falls above some dose"
OVERDOSE: dict[Tier, str] = {
    1: f"{_NO_EVIDENCE}: a flare that grows with the dose is an optional term, off unless set.",
    2: f"{_NO_EVIDENCE}: that crowded cells die faster (k_dth, Kc) is an assumption of this tier.",
}
LABELS: dict[Tier, str] = {
    1: "explanation: a few measured anchors, most of its parameters assumed",
    2: "hypothesis: a what-if model; few of its parameters have a measured anchor",
}
BANDS = (
    "Bands hold 50, 80 and 95 % of the draws from the parameter ranges: they tell the doubt about the"
    " mechanism, not how patients differ."
)


class Claims(TypedDict):
    """What a tier is, and what it may and may not claim."""

    label: str
    purpose: str
    credible: list[str]
    not_credible: list[str]
    overdose: str


def statement(tier: Tier) -> Claims:
    """The label of a tier and its credible and not credible uses, for a record."""
    return {
        "label": LABELS[tier],
        "purpose": PURPOSE,
        "credible": list(CREDIBLE[tier]),
        "not_credible": list(NOT_CREDIBLE[tier]),
        "overdose": OVERDOSE[tier],
    }
