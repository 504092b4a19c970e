"""What the protocols of all designs share: the 34 items of SPIRIT 2025, ICH E9(R1) and E20, and what only
people can write.

Chan and others (2025), SPIRIT 2025 statement, BMJ 389:e081477. Nothing is invented: where the design file
says nothing, the text says ``[to be completed: …]``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...frame.document import Block, Points, Section, to_complete

TITLE = "Statistical sections of the protocol: {name}"
HEADINGS = {
    "first": "What this document is",
    "administration": "Title, version, roles (SPIRIT 2025 items 1–3)",
    "open": "Open science (SPIRIT 2025 items 4–8)",
    "background": "Background and rationale (SPIRIT 2025 item 9)",
    "objectives": "Objectives (SPIRIT 2025 item 10)",
    "involvement": "Patient and public involvement (SPIRIT 2025 item 11)",
    "design": "Trial design (SPIRIT 2025 item 12)",
    "people": "Setting, eligibility, intervention and comparator (SPIRIT 2025 items 13–15)",
    "estimand": "Outcomes and estimands (SPIRIT 2025 item 16, ICH E9(R1))",
    "harms": "Harms (SPIRIT 2025 item 17)",
    "timeline": "Participant timeline (SPIRIT 2025 item 18)",
    "size": "Sample size and operating characteristics (SPIRIT 2025 item 19)",
    "recruitment": "Recruitment (SPIRIT 2025 item 20)",
    "lot": "Randomisation and blinding (SPIRIT 2025 items 21–24)",
    "dose": "Dose assignment (SPIRIT 2025 item 21)",
    "table": "Decision table",
    "data": "Data collection and management (SPIRIT 2025 items 25, 26)",
    "analysis": "Statistical methods (SPIRIT 2025 item 27a)",
    "missing": "Who is analysed, missing data, further analyses (SPIRIT 2025 items 27b–27d)",
    "monitoring": "Data monitoring committee (SPIRIT 2025 item 28a)",
    "stopping": "Interim analyses and stopping (SPIRIT 2025 item 28b)",
    "access": "Access to interim results (SPIRIT 2025 item 28b)",
    "adaptive": "Adaptive design: the five principles of ICH E20 (draft of June 2025)",
    "conduct": "Trial monitoring (SPIRIT 2025 item 29)",
    "ethics": "Ethics approval, consent, confidentiality, care after the trial (SPIRIT 2025 items 30, 32–34)",
    "changes": "Changes to the protocol (SPIRIT 2025 item 31)",
}


def arrange(own: Mapping[str, Sequence[Block]], *, name: str, blinded: bool) -> list[Section[Block]]:
    """The sections in the order of ``HEADINGS``; ``own`` are those that the design itself says.

    What a design says of items that others leave to people stands before what is left.
    """
    common = _common(name, blinded)
    every = {
        key: (
            _joined(own.get(key, ()), common.get(key, ())) if key in SHARED else own.get(key, common.get(key))
        )
        for key in HEADINGS
    }
    return [Section(HEADINGS[key], [*blocks]) for key, blocks in every.items() if blocks]


def _joined(first: Sequence[Block], second: Sequence[Block]) -> list[Block]:
    """Both, as one list of points where they meet in points."""
    if first and second and isinstance(first[-1], Points) and isinstance(second[0], Points):
        middle = Points([*first[-1].sentences, *second[0].sentences])
        return [*first[:-1], middle, *second[1:]]
    return [*first, *second]


SHARED = ("administration", "background", "people", "timeline", "recruitment", "harms", "lot", "data")


def _common(name: str, blinded: bool) -> dict[str, Sequence[Block]]:
    """What every protocol holds, whatever its design."""
    marks = {key: [Points([to_complete(what) for what in wanted])] for key, wanted in PEOPLE.items()}
    lot = BLINDED if blinded else OPEN
    return {**marks, "first": _first(name), "harms": _harms(), "lot": [Points(lot)], "changes": _changes()}


PEOPLE = {
    "administration": (
        (
            "title naming design, population and interventions, and that this is a protocol (1a); summary"
            " with the items of the WHO registration data set (1b)"
        ),
        "version date and identifier (2)",
        (
            "contributors with affiliations and roles (3a); sponsor and contact (3b); what authority sponsor"
            " and funders have (3c); committees that oversee the trial (3d)"
        ),
    ),
    "open": (
        "registry, number with address, date (4)",
        "where this protocol and the statistical analysis plan can be read (5)",
        (
            "where and how participants' data without names, the statistical code and the design file will be"
            " accessible (6)"
        ),
        (
            "sources of funding and support, supply of cells among them (7a); conflicts of interest of"
            " investigators and steering committee (7b)"
        ),
        "how results reach participants, clinicians and the public (8)",
    ),
    "background": (
        "background with published and unpublished studies of benefit and harm, and why these doses (9a)",
        "why this comparator, or why none (9b)",
    ),
    "involvement": (
        "how patients or the public take part in design, conduct and reporting, or that they do not (11)",
    ),
    "people": (
        "settings, countries and sites (13)",
        (
            "further criteria of eligibility of participants (14a), of sites and of those who harvest and"
            " inject (14b)"
        ),
        (
            "cell product: source, culture, release criteria, least and largest delivered number of cells"
            " accepted at each dose; how, when and by whom it is injected (15a)"
        ),
        (
            "when the injection is withheld or changed for a participant (15b), how keeping to the protocol"
            " is helped and checked (15c)"
        ),
        (
            "treatment allowed and forbidden beside it, rescue treatment and further injections among it, and"
            " how each use is recorded (15d)"
        ),
    ),
    "timeline": (
        (
            "screening, marrow harvest and the time from harvest to injection; a diagram of enrolment,"
            " injection and visits (18)"
        ),
    ),
    "recruitment": ("how enough participants will be found (20)",),
    "data": (
        "instruments with their reliability and validity, training of assessors, forms (25a)",
        "how participants are kept in follow-up, and what is still collected from those who stop (25b)",
        "entry, coding, security and storage of data, and checks of their quality (26)",
    ),
    "conduct": ("how often and how the conduct of the trial is monitored, or why it is not (29)",),
    "ethics": (
        "plans for approval by an ethics committee (30)",
        (
            "who asks for consent and how (32a); further consent for marrow, cells and data kept for other"
            " studies (32b)"
        ),
        "how personal information is collected, shared and kept (33)",
        "care after the trial, and compensation of those who are harmed (34)",
    ),
}
BLINDED = (
    to_complete(
        "who makes the random list and how (21a), factors of stratification (21b; details that make the list"
        " predictable stand elsewhere)"
    ),
    to_complete(
        "how the list is concealed (22), and who of those who enrol and assign has access to it (23)"
    ),
    to_complete(
        "who is blinded (24a) and how: marrow is harvested from treated patients, so say what placebo"
        " patients undergo (24b); when and how a participant is unblinded (24c)"
    ),
)
OPEN = (
    (
        "Patients are assigned to the dose in force in the order of their entry; there is no randomisation"
        " and no blinding (items 21–24)."
    ),
    to_complete("whether those who judge toxicity and response know the dose (24a)"),
)


def _first(name: str) -> list[Block]:
    return [
        (
            "These are the statistical sections only. Rules, tables and numbers are written by `marrowdose"
            f" trial protocol` from the design file of “{name}”, by the same parts that decide in the"
            " simulation and at the bedside."
        ),
        (
            f"What the design file does not say is marked “{to_complete('…')}” and must be written by the"
            " sponsor and the investigators. The numbers of this document hold for the assumptions stated in"
            " it and for no others."
        ),
        (
            "Every item of SPIRIT 2025 has its place; numbers in brackets are its items. Estimands are"
            " described by the five attributes of ICH E9(R1)."
        ),
    ]


def _harms() -> list[Block]:
    return [
        Points(
            [
                to_complete(
                    "definition and grading of adverse events, whether they are asked for or only noted,"
                    " periods of collection, who judges relatedness"
                ),
                (
                    "Adverse events, serious ones apart, are told by the dose received, with patients and"
                    " events counted, whatever their cause."
                ),
                (
                    "The simulation knows only the toxicity or local reaction stated below “Sample size”;"
                    " rarer harm is not covered by its numbers."
                ),
            ]
        )
    ]


def _changes() -> list[Block]:
    return [
        Points(
            [
                (
                    "A change of doses, patients, looks, thresholds or analysis is made in the design file;"
                    " this document and its numbers are then written anew, with the old version kept."
                ),
                (
                    "Changes made after interim results are known to those who decide on them are reported as"
                    " such, with their reason and date; they are not covered by the error rates above."
                ),
                to_complete(
                    "who approves amendments and how sites, ethics committees, registries and participants"
                    " are told"
                ),
            ]
        )
    ]
