"""The three sentences of a Recommendation, and what they speak of. Numbers are written, never made."""

from __future__ import annotations

from ..domain import (
    Answer,
    Comparator,
    ComparatorOutlook,
    ComparatorRow,
    Domain,
    DomainOutlook,
    DoseRow,
    Goal,
    Recommendation,
    Versus,
)
from ..wording import (
    TREATMENT,
    dose_range,
    dose_text,
    interval,
    months,
    number,
    people,
    percent,
    points_added,
    sentence,
)

_SURE = 0.8  # below it a doctor would not say "sure"
_LESS_IS_SURE, _MORE_IS_SURE = 0.1, 0.9  # between them the trials do not tell the doses apart


def named_row(rec: Recommendation) -> DoseRow | None:
    """The row the words speak about: the dose named first, else the eligible one of best net benefit."""
    for row in rec.doses:
        if rec.verdict == "range" and row.dose == rec.dose_low:
            return row
    eligible = [row for row in rec.doses if not row.refusals] or list(rec.doses)
    return max(eligible, key=lambda row: row.net_benefit, default=None)


def outlook_of(row: DoseRow, domain: Domain) -> DomainOutlook | None:
    """Pain or function at this dose, if it was computed."""
    return next((o for o in row.outlook if o.domain == domain), None)


def versus_of(outlook: DomainOutlook, comparator: Comparator) -> Versus | None:
    """The comparison with one other treatment, if it was asked for."""
    return next((v for v in outlook.versus if v.comparator == comparator), None)


def without_cells(
    rec: Recommendation, comparator: Comparator, domain: Domain
) -> tuple[ComparatorRow, ComparatorOutlook] | None:
    """The row of a comparator, and what it says of one domain."""
    for row in rec.comparators:
        for found in row.outlook:
            if (row.comparator, found.domain) == (comparator, domain):
                return row, found
    return None


def headline(rec: Recommendation) -> str:
    """The answer in a few words."""
    if rec.verdict == "range" and rec.dose_low is not None and rec.dose_high is not None:
        return f"{dose_range(rec.dose_low, rec.dose_high)} cells"
    return "No dose" if rec.verdict == "no_dose" else "No dose is given for this patient"


def gain(goal: Goal) -> str:
    """What is asked for: ``at least 10 points less pain``."""
    better = "less pain" if goal.domain == "pain" else "better function"
    return f"at least {number(goal.mcid)} points {better}"


def three_sentences(rec: Recommendation) -> tuple[str, str, str]:
    """The answer; how sure, and against what; is more better?"""
    return _answer(rec), _how_sure(rec), _is_more_better(rec)


def _answer(rec: Recommendation) -> str:
    if rec.verdict == "refused":
        return f"{headline(rec)}. {_first_reason(rec)}"
    if rec.verdict == "no_dose" or rec.dose_low is None or rec.dose_high is None:
        return f"No dose: not one of those looked at reaches what was asked, which is {_asked(rec.goal)}."
    if rec.dose_low == rec.dose_high:
        return f"{headline(rec)}; no other dose within the limits is expected to do as well."
    return (
        f"{headline(rec)}; the lowest, {dose_text(rec.dose_low)} million, is named first "
        "because more cells cost more and are not shown to do more."
    )


def _first_reason(rec: Recommendation) -> str:
    if not rec.reasons:
        return "Every dose is outside what the evidence can answer."
    more = len(rec.reasons) - 1
    also = {0: "", 1: " One more reason is listed."}.get(more, f" {more} more reasons are listed.")
    return sentence(rec.reasons[0]) + also


def _asked(goal: Goal) -> str:
    asked = (
        f"{gain(goal)} after {months(goal.month)} in {people(goal.least_probability)} such patients, "
        f"and {percent(goal.beat_probability)} certainty of doing more than {TREATMENT[goal.comparator]}"
    )
    if goal.harm_limit is None:
        return asked
    return f"{asked}, with a local reaction in no more than {people(goal.harm_limit)}"


def _how_sure(rec: Recommendation) -> str:
    row = named_row(rec)
    outlook = outlook_of(row, rec.goal.domain) if row else None
    if rec.verdict == "refused" or row is None or outlook is None:
        return (
            "How sure we are is not stated: a number would suggest an answer that the evidence cannot give."
        )
    return f"{_how_many(rec, row, outlook)} {_how_much(rec, row, outlook)}"


def _how_many(rec: Recommendation, row: DoseRow, outlook: DomainOutlook) -> str:
    goal, lead = rec.goal, "With" if rec.verdict == "range" else "Even with the best of them,"
    if outlook.p_improvement_mcid is None:
        score = "pain" if goal.domain == "pain" else "function"
        return f"How many such patients improve cannot be said, because today's {score} score is not known."
    said = (
        f"{lead} {dose_text(row.dose)} million cells, {people(outlook.p_improvement_mcid)} such patients "
        f"are expected to have {gain(goal)} after {months(goal.month)}"
    )
    other = without_cells(rec, goal.comparator, goal.domain)
    p_without = other[1].p_improvement_mcid if other else None
    if p_without is None:
        return f"{said}."
    return f"{said}, against {people(p_without)} with {TREATMENT[goal.comparator]}."


def _how_much(rec: Recommendation, row: DoseRow, outlook: DomainOutlook) -> str:
    cells = f"{dose_text(row.dose)} million cells"
    versus = versus_of(outlook, rec.goal.comparator)
    if versus is None:
        added, allowed = points_added(outlook.benefit.mean), interval(outlook.benefit)
        return f"Compared with placebo, {cells} {added} (the trials allow {allowed})."
    sure = (
        f"we are {percent(versus.p_better)} sure that they do more"
        if versus.p_better >= _SURE
        else f"the chance that they do more is {percent(versus.p_better)}"
    )
    return (
        f"Compared with {TREATMENT[versus.comparator]}, {cells} {points_added(versus.difference.mean)} "
        f"(the trials allow {interval(versus.difference)}), and {sure}."
    )


def _is_more_better(rec: Recommendation) -> str:
    if rec.verdict == "refused" or not rec.answers:
        return "Whether more cells would do more is not answered for this patient."
    return answer_sentence(rec.answers[0], rec.goal)


def answer_sentence(answer: Answer, goal: Goal) -> str:
    """One "is more better?" as a verdict in words and the chances behind it."""
    return (
        f"{answer.question.strip()} {_verdict(answer)}: the chance that more is better is "
        f"{percent(answer.p_more_is_better)}, that both are equally good {percent(answer.p_same)}, "
        f"that more is worse {percent(answer.p_less_is_better)}; the chance that more is better by "
        f"{number(goal.mcid)} points is {percent(answer.p_difference_mcid)}."
    )


def _verdict(answer: Answer) -> str:
    if answer.p_more_is_better > _MORE_IS_SURE:
        return "Probably yes"
    if answer.p_more_is_better >= _LESS_IS_SURE:
        return "The trials do not tell the doses apart"
    return "Probably less" if answer.p_less_is_better > _MORE_IS_SURE else "Probably not"
