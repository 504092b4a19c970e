"""What every page and every JSON of the knee says about itself."""

from __future__ import annotations

from typing import Literal

Tier = Literal[1, 2]
PURPOSE = "This model explains how a dose could act. It never chooses the dose: the clinical evidence does."
CREDIBLE = (
    "size and time course of placebo-adjusted means of trial arms",
    "natural cartilage loss by age and body-mass index",
    "what a new dose arm would teach",
)
NOT_CREDIBLE = (
    "an optimum dose from mechanism",
    "absolute cytokine levels",
    "cartilage regrowth",
    "one person's course",
    "dose effects specific to a KL grade",
)
NO_OVERDOSE = "No human evidence was found that efficacy falls above some dose: crowding and overdose are optional terms, off unless set."
LABELS: dict[Tier, str] = {
    1: "explanation: a few measured anchors, most of its parameters assumed",
    2: "hypothesis: a what-if model; few of its parameters have a measured anchor",
}
BANDS = (
    "Bands hold 50, 80 and 95 % of the draws from the parameter ranges: they tell the doubt about the mechanism, "
    "not how patients differ."
)


def statement(tier: Tier) -> dict[str, object]:
    """The label of a tier and its credible and not credible uses, for a record."""
    return {
        "label": LABELS[tier],
        "purpose": PURPOSE,
        "bands": BANDS,
        "credible": list(CREDIBLE),
        "not_credible": list(NOT_CREDIBLE),
        "overdose": NO_OVERDOSE,
    }
