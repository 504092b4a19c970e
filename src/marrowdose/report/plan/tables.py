"""The tables of a plan: rows of a Recommendation as written numbers, for page and terminal."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain import COMPARATORS, DOMAINS, DoseRow, LocalCount, Recommendation
from ...wording import capital, dose_text, number, of_100
from ..frame.document import Table
from ..frame.numbers import UNKNOWN, estimate, frequency, share, tenths
from ..frame.words import LABEL, listed
from . import words
from .explanations import curve_says


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A refusal or caution, with the doses it stands at."""

    letter: str
    kind: str
    doses: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseLine:
    """One dose, ready to be printed."""

    dose: str
    status: str
    letters: str
    benefits: tuple[str, ...]
    reaching: str
    responder: str
    reaction: str
    serious: str
    best: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonLine:
    """One treatment, ready to be printed; the last three columns are cells against it."""

    name: str
    improvement: str
    reaching: str
    responder: str
    difference: str
    more: str
    more_by_mcid: str


def notes(rec: Recommendation) -> tuple[Note, ...]:
    """Every refusal and caution once, lettered in order of appearance."""
    doses: dict[tuple[str, str], list[str]] = {}
    for row in rec.doses:
        for kind, sentence in _said(row):
            doses.setdefault((kind, sentence), []).append(dose_text(row.dose))
    return tuple(
        Note(letter=_letter(i), kind=kind, doses=_doses(at, len(rec.doses)), sentence=sentence)
        for i, ((kind, sentence), at) in enumerate(doses.items())
    )


def _doses(at: list[str], all_of_them: int) -> str:
    return "every dose" if len(at) == all_of_them > 1 else f"{listed(at)} million"


def _said(row: DoseRow) -> list[tuple[str, str]]:
    refused = [("refused", refusal.sentence) for refusal in row.refusals]
    return refused + [("caution", caution.sentence) for caution in row.cautions]


def _letter(i: int) -> str:
    """a … z, aa, ab …"""
    return (_letter(i // 26 - 1) if i >= 26 else "") + chr(ord("a") + i % 26)


def dose_lines(rec: Recommendation) -> tuple[DoseLine, ...]:
    """Every dose looked at, the refused ones too."""
    letters = {(note.kind, note.sentence): note.letter for note in notes(rec)}
    return tuple(
        _dose_line(rec, row, " ".join(sorted(letters[said] for said in _said(row)))) for row in rec.doses
    )


def _dose_line(rec: Recommendation, row: DoseRow, letters: str) -> DoseLine:
    goal_outlook = words.outlook_of(row, rec.goal.domain)
    outlooks = [words.outlook_of(row, domain) for domain in DOMAINS]
    harm = row.harm
    return DoseLine(
        dose=dose_text(row.dose),
        status=_status(rec, row),
        letters=letters,
        benefits=tuple(estimate(o.benefit if o else None) for o in outlooks),
        reaching=of_100(goal_outlook.p_improvement_mcid if goal_outlook else None),
        responder=_responder(row),
        reaction=frequency(harm.p_local_reaction),
        serious=(
            f"{number(harm.serious_events)} of {number(harm.serious_at_risk)} "
            f"(≤{share(harm.serious_upper95).lstrip('<')})"
        ),
        best=share(row.p_best),
    )


def _status(rec: Recommendation, row: DoseRow) -> str:
    if row.refusals:
        return "refused"
    if row.in_range:
        return "named first" if row.dose == rec.dose_low else "advised"
    return "goal not met" if rec.verdict == "no_dose" else "not advised"


def _responder(row: DoseRow) -> str:
    """``58 (+3)``: responders and, in brackets, those who cannot be told."""
    if row.p_responder is None:
        return "–"
    undetermined = row.p_responder_undetermined or 0.0
    return of_100(row.p_responder) + (f" (+{of_100(undetermined)})" if round(100 * undetermined) else "")


def comparison_lines(rec: Recommendation) -> tuple[ComparisonLine, ...]:
    """Placebo, the comparators and, last, cells at the dose spoken about; in the points of the goal."""
    row, domain = words.named_row(rec), rec.goal.domain
    outlook = words.outlook_of(row, domain) if row else None
    if row is None or outlook is None:
        return ()
    lines = []
    for comparator in COMPARATORS:
        versus = words.versus_of(outlook, comparator)
        found = words.without_cells(rec, comparator, domain)
        if versus is None and found is None:
            continue
        lines.append(
            ComparisonLine(
                name=LABEL[comparator],
                improvement=estimate(found[1].improvement if found else None),
                reaching=of_100(found[1].p_improvement_mcid if found else None),
                responder=of_100(found[0].p_responder if found else None),
                difference=estimate(versus.difference) if versus else UNKNOWN,
                more=share(versus.p_better if versus else None),
                more_by_mcid=share(versus.p_better_by_mcid if versus else None),
            )
        )
    cells = ComparisonLine(
        name=f"{dose_text(row.dose)} million cells",
        improvement=estimate(outlook.improvement),
        reaching=of_100(outlook.p_improvement_mcid),
        responder=_responder(row),
        difference="",
        more="",
        more_by_mcid="",
    )
    return (*lines, cells)


def counts(rec: Recommendation) -> Table:
    """The trials' counts behind the harm, each once, by dose."""
    seen = {count for row in rec.doses for count in row.harm.local_counts}
    rows = [
        [c.arm.replace("/", " / "), dose_text(c.dose), f"{number(c.events)} of {number(c.at_risk)}"]
        for c in sorted(seen, key=_by_dose)
    ]
    caption = "Local reactions counted in the trials"
    return Table(caption, ["Study and arm", "Million cells", "With reaction"], rows)


def _by_dose(count: LocalCount) -> tuple[float, str]:
    return count.dose, count.arm


def inputs(rec: Recommendation) -> Table:
    """What each input changed."""
    rows = [
        [
            f"{capital(effect.field_name)}: {effect.value}",
            tenths(effect.benefit_with),
            tenths(effect.benefit_without),
            capital(effect.note),
        ]
        for effect in rec.inputs
    ]
    caption = "What each input changed: points expected with it, and had it not been known"
    return Table(caption, ["Input", "With it", "Not known", "Note"], rows, words=[3])


def follow_up(rec: Recommendation) -> Table:
    """What was expected before the later scores, and after them."""
    rows = [
        [f"{row.month:g}", row.domain, estimate(row.before), estimate(row.after)] for row in rec.follow_up
    ]
    caption = "Points better than before treatment, mean and 95 % band"
    return Table(caption, ["Month", "Domain", "Before", "After"], rows, words=[1])


def weights(rec: Recommendation) -> Table:
    """The curves with what they claim."""
    rows = [[one.curve, curve_says(one.curve), share(one.weight)] for one in rec.curve_weights]
    caption = "How much each shape of the dose curve counts in the average"
    return Table(caption, ["Curve", "What it claims", "Weight"], rows, words=[1])


def trace(rec: Recommendation) -> Table:
    """Where every number comes from."""
    caption = (
        "Measured: as reported. Converted: turned to another scale or form. Imputed: not reported, filled in"
        " from other studies. Assumed: chosen."
    )
    rows = [[capital(one.number), one.kind, one.source] for one in rec.provenance]
    return Table(caption, ["Number", "Kind", "Source"], rows, words=[1, 2])
