"""What trials are worth, by size and design: record, text and page."""

from __future__ import annotations

from collections.abc import Sequence

from ...domain import BANNER
from ...trial.estimate import Estimate
from ...trial.run import Worths
from ...trial.worth import Best, Rank, Worth
from ..frame.document import (
    Block,
    PageBlock,
    Paragraph,
    Picture,
    Points,
    Section,
    Table,
    as_text,
    headed,
)
from ..frame.numbers import banded, plus_minus, signed_tenths, whole
from ..frame.page import page
from .figure_worth import Point, net_figure
from .record import DesignWorth, SizeWorth, TrialWorthRecord, WorthRank, with_interval

HEADS = ("planned size", "by its rule", "best use", "perfect", "net", "net per trial patient")
HARMS = {"serious": "a serious adverse event", "local": "a local reaction"}
STATED = "as the truth states it"


def record(worths: Worths) -> TrialWorthRecord:
    """Worth by design and planned size; the ranking where there are several designs."""
    believed, ranks = worths.believed, worths.ranks
    stakes, best = believed.stakes, {r.design: r.best for r in ranks}
    return {
        "schema": "trial-worth/1",
        "banner": BANNER,
        "truth": believed.truth.label,
        "kind_of_truth": believed.truth.said,
        "month": believed.month,
        "doses": believed.doses,
        "today": (0.0, *believed.doses)[believed.today],
        "population": stakes.population,
        "margin": stakes.margin,
        "per_patient": stakes.per_patient,
        "fixed": stakes.fixed,
        "harm": worths.harm or STATED,
        "harm_price": stakes.harm_price,
        "trials": worths.trials,
        "seed": worths.seed,
        "designs": [_design(name, found, best[name]) for name, found in worths.curves],
        "worth_most_per_patient": [_rank(r) for r in ranks] if len(worths.curves) > 1 else [],
        "left_out": worths.left_out,
        "without_control": worths.without_control,
    }


def _design(name: str, found: Sequence[tuple[int, Worth]], best: Best) -> DesignWorth:
    return {
        "design": name,
        "sizes": [_size(patients, worth) for patients, worth in found],
        "best_size": {
            "chosen_by_halves": best.sizes,
            "net": best.net,
            "net_per_trial_patient": best.net_per_trial_patient,
            "plain_maximum_above_it": best.optimism,
        },
    }


def _size(patients: int, found: Worth) -> SizeWorth:
    return {
        "planned_patients": patients,
        "patients": found.patients,
        "by_rule": found.by_rule,
        "best_use": found.best_use,
        "perfect": found.perfect,
        "net": with_interval(found.net),
        "net_per_trial_patient": found.net_per_trial_patient,
    }


def _rank(found: Rank) -> WorthRank:
    return {
        "design": found.design,
        "planned_patients": found.best.sizes,
        "net_per_trial_patient": found.best.net_per_trial_patient,
        "less_than_the_best": with_interval(found.less),
    }


def _told(e: Estimate, digits: int = 2) -> str:
    return plus_minus(e.value, e.monte_carlo_se, digits)


def notes(told: TrialWorthRecord) -> list[str]:
    """What a reader must know to read the numbers, one sentence a matter."""
    doses = ", ".join(f"{d:g}" for d in told["doses"])
    today = f"{told['today']:g} million cells" if told["today"] else "no cells"
    harm = (
        f" less {told['harm_price']:g} for {HARMS.get(told['harm'], 'harm, ' + told['harm'])} beyond those of"
        " placebo"
        if told["harm_price"]
        else "; harm is not counted (--harm-price)"
    )
    margin = (
        f"; doses less than {told['margin']:g} points apart are equal, and the smaller is given. A rule that"
        " gives a larger dose gains what today’s choice forgoes in this way, up to the margin, without"
        " information"
        if told["margin"]
        else ""
    )
    return [
        (
            f"Truth: {told['truth']} ({told['kind_of_truth']}), a draw for each trial, the same in every"
            f" design; {told['trials']} trials of each size, seed {told['seed']}; ± is one Monte-Carlo"
            " standard error."
        ),
        (
            f"Counted: points of benefit over placebo at month {told['month']:g} per patient of a population"
            f" of {told['population']:,}{harm}."
        ),
        f"Today, without a trial, the best choice among no cells and {doses} million is {today}{margin}.",
        "By its rule: the dose that the design recommends (or none). Best use: the best dose of all compared,"
        " given what the trial saw, whatever its rule says"
        + (
            "; it keeps to the margin, which a rule may not do, and can so fall below it"
            if told["margin"]
            else ""
        )
        + ". Perfect: the truth known.",
        f"Net: by its rule, over the population, less {told['per_patient']:g} for each trial patient"
        + (f" and {told['fixed']:g} for the trial." if told["fixed"] else "."),
        (
            "The best size is chosen by one half of the trials and valued on the other, and the reverse, so"
            " choosing does not flatter."
        ),
        *told["left_out"],
        *(
            f"{name} has no placebo group. Whether its dose helps at all it judges by the response believed"
            " without cells, not by a comparison: a gain over today's choice is no proof of benefit."
            for name in told["without_control"]
        ),
        (
            "The price of waiting for the trial is not counted; the setting of the trial is taken to be the"
            " population's."
        ),
    ]


def _rows(one: DesignWorth) -> list[list[str]]:
    return [
        [
            str(row["planned_patients"]),
            *(_told(e) for e in (row["by_rule"], row["best_use"], row["perfect"])),
            _told(row["net"], 0),
            _told(row["net_per_trial_patient"], 1),
        ]
        for row in one["sizes"]
    ]


def size_words(sizes: Sequence[int]) -> str:
    """The sizes that the two halves chose."""
    return " or ".join(dict.fromkeys(map(str, sizes))) + " patients"


def verdict(one: DesignWorth) -> str:
    """The best size of a design and its net benefit, in a sentence."""
    best, net = one["best_size"], one["best_size"]["net"]
    low, high = net.interval
    at = (
        f"at its best size, {size_words(best['chosen_by_halves'])}"
        if len(one["sizes"]) > 1
        else f"at {size_words(best['chosen_by_halves'])}"
    )
    span = f"{whole(net.value)} points (95 % interval of the simulation {whole(low)} to {whole(high)})"
    if low > 0:
        return f"By its own rule the trial is worth its price {at}: {span}."
    if high < 0:
        return f"By its own rule the trial is not worth its price even {at}: {span}."
    return f"The simulation does not tell whether the trial is worth its price by its own rule {at}: {span}."


def rank_rows(told: TrialWorthRecord) -> list[list[str]]:
    """The ranking as cells, headings first."""
    rows = [["design", "best size", "net per trial patient", "less than the first (95 % interval)"]]
    for k, r in enumerate(told["worth_most_per_patient"]):
        low, high = r["less_than_the_best"].interval_95
        less = banded(r["less_than_the_best"].value, low, high, signed_tenths) if k else ""
        rows.append(
            [r["design"], size_words(r["planned_patients"]), _told(r["net_per_trial_patient"], 1), less]
        )
    return rows


def untold(told: TrialWorthRecord) -> str:
    """Which designs the simulation does not part from the first."""
    close = [
        r["design"] for r in told["worth_most_per_patient"][1:] if r["less_than_the_best"].interval_95[1] >= 0
    ]
    return (
        f"Not told apart from the first by this simulation: {'; '.join(close)}."
        if close
        else "The first is told apart from all others."
    )


def text(told: TrialWorthRecord) -> str:
    """The same for the terminal; points of benefit to one patient are the currency."""
    lines: list[Block] = []
    for one in told["designs"]:
        lines += [Table(one["design"], HEADS, _rows(one)), verdict(one), ""]
    if told["worth_most_per_patient"]:
        lines += [headed("Worth most for one trial patient", rank_rows(told)), untold(told), ""]
    return as_text(*lines, *notes(told))


def html(told: TrialWorthRecord) -> str:
    """Net-benefit curves over sample size, the ranking, the numbers of each design, and what they mean."""
    verdicts = [Paragraph(lead=f"{one['design']}:", words=verdict(one)) for one in told["designs"]]
    parts: list[Section[PageBlock]] = [
        Section("Net benefit by sample size", [Picture(svg=net_figure(_curves(told))), *verdicts])
    ]
    if told["worth_most_per_patient"]:
        ranks = headed("± is one Monte-Carlo standard error", rank_rows(told))
        parts.append(Section("Worth most for one trial patient", [ranks, untold(told)]))
    caption = "Points per patient of the population; net: points over the population"
    parts += [Section(one["design"], [Table(caption, HEADS, _rows(one))]) for one in told["designs"]]
    return page("What the trial is worth", [*parts, Section("What the numbers mean", [Points(notes(told))])])


def _curves(told: TrialWorthRecord) -> list[tuple[str, list[Point]]]:
    """Net benefit with its interval by planned size, a curve a design."""
    return [
        (
            one["design"],
            [(row["planned_patients"], row["net"].value, *row["net"].interval_95) for row in one["sizes"]],
        )
        for one in told["designs"]
    ]
