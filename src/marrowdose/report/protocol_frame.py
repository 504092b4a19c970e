"""What the protocols of all designs share: headings after SPIRIT 2013 and ICH E9(R1)/E20, and what only people can write.

Nothing is invented: where the design file says nothing, the text says ``[to be completed: …]``.
"""

from __future__ import annotations

from collections.abc import Sequence

from .document import Block, Points, Section, to_complete

TITLE = "Statistical sections of the protocol: {name}"
HEADINGS = {
    "first": "What this document is",
    "objectives": "Objectives (SPIRIT 7)",
    "estimand": "Estimand (ICH E9(R1))",
    "design": "Trial design (SPIRIT 8)",
    "people": "Participants, treatment, randomisation and blinding (SPIRIT 9–13, 16, 17)",
    "dose": "Dose assignment",
    "table": "Decision table",
    "size": "Sample size and operating characteristics (SPIRIT 14)",
    "stopping": "Stopping (SPIRIT 21b)",
    "analysis": "Statistical methods (SPIRIT 20a, 20b)",
    "missing": "Analysis populations and missing data (SPIRIT 20c)",
    "harms": "Harms (SPIRIT 22)",
    "monitoring": "Data monitoring (SPIRIT 21a)",
    "access": "Access to interim results (SPIRIT 21b, ICH E20)",
    "changes": "Changes to the protocol (SPIRIT 25)",
}


def arrange(own: dict[str, Sequence[Block]], *, name: str, blinded: bool) -> list[Section]:
    """The sections in the order of ``HEADINGS``; ``own`` are those that the design itself says."""
    common = {"first": _first(name), "people": _people(blinded), "harms": _harms(), "changes": _changes()}
    every = {**common, **own}
    return [(HEADINGS[key], [*every[key]]) for key in HEADINGS if every.get(key)]


def _first(name: str) -> list[Block]:
    return [
        "These are the statistical sections only. Rules, tables and numbers are written by `marrowdose trial protocol` from "
        f"the design file of “{name}”, by the same parts that decide in the simulation and at the bedside.",
        f"What the design file does not say is marked “{to_complete('…')}” and must be written by the people responsible. "
        "The numbers of this document hold for the assumptions stated in it and for no others.",
        Points([to_complete("title, registration, version and date, sponsor, funding, roles (SPIRIT 1 to 5)"),
                to_complete("background, earlier trials, and why these doses and this comparator (SPIRIT 6)")]),
    ]  # fmt: skip


def _people(blinded: bool) -> list[Block]:
    said = [
        to_complete("eligibility criteria, sites and countries, schedule of visits"),
        to_complete("cell product: source, manufacture, release criteria, least and largest delivered number of cells accepted at each dose"),
        to_complete("concomitant and rescue treatment allowed, and how each use is recorded"),
    ]  # fmt: skip
    if blinded:
        said += [
            to_complete("who makes the random list, block sizes, strata, and how the list is concealed"),
            to_complete("who is blinded and how: marrow is harvested from treated patients, so say what placebo patients undergo"),
        ]  # fmt: skip
    else:
        said.append("Patients are assigned to the dose in force in the order of their entry; there is no randomisation and no blinding.")  # fmt: skip
    return [Points(said)]


def _harms() -> list[Block]:
    return [
        Points([
            to_complete("definition and grading of adverse events, periods of collection, who judges relatedness"),
            "Adverse events, serious ones apart, are told by the dose received, with patients and events counted, whatever their cause.",
            "The simulation knows only the toxicity or local reaction stated below “Sample size”; rarer harm is not covered by its numbers.",
        ])
    ]  # fmt: skip


def _changes() -> list[Block]:
    return [
        Points([
            "A change of doses, patients, looks, thresholds or analysis is made in the design file; this document and its numbers are then written anew, with the old version kept.",
            "Changes made after interim results are known to those who decide on them are reported as such, with their reason and date; they are not covered by the error rates above.",
            to_complete("who approves amendments and how sites, ethics committees and registries are told"),
        ])
    ]  # fmt: skip
