"""The section "How this dose may act" of a plan: sentences, and one small picture. It explains; it never
advises.
"""

from __future__ import annotations

import numpy as np

from ...domain import Recommendation
from ...joint.action import DoseAction, dose_action
from ...joint.labels import OVERDOSE
from ...wording import capital, dose_text, number, percent
from ..frame.svg import Pixels, Svg
from .words import named_row

TITLE = "How this dose may act"


def action_of(rec: Recommendation) -> DoseAction | None:
    """The action of the dose that the words of a plan speak of; None where the plan is refused or names
    none.
    """
    row = named_row(rec)
    if rec.verdict == "refused" or row is None or row.dose <= 0:
        return None
    return dose_action(rec.patient, row.dose, seed=rec.seed)


def action_sentences(action: DoseAction) -> tuple[str, ...]:
    """The label first; then cells, pain, duration, cartilage, and what the model cannot say."""
    at = {m: k for k, m in enumerate(action.months)}

    def points(month: float) -> str:
        k = at[month]
        band = f"{number(action.by_cells_low[k])} to {number(action.by_cells_high[k])}"
        return f"{number(action.by_cells[k])} ({band})"

    left = [percent(action.cells_left[at[m]]) for m in (0.25, 1, 6)]
    lost, saved = ([100 * v for v in part] for part in (action.cartilage_lost, action.cartilage_saved))
    return (
        (
            f"{capital(action.label)}. {action.purpose} Where its points differ from those of the trials, the"
            " trials count."
        ),
        (
            f"Of {dose_text(action.dose)} million cells, {left[0]} are still in the joint after a week,"
            f" {left[1]} after a month and {left[2]} after half a year, by a model that rests on animals."
        ),
        (
            f"At month 3 the injection itself removes about {number(action.by_injection[at[3]])} points of"
            f" pain, as saline does; the cells remove {points(3)} more by calming the joint. The band in"
            " brackets holds 95 % of the draws from the parameter ranges."
        ),
        (
            f"The calm outlives the cells and fades: the cells remove {points(12)} points at month 12 and"
            f" {points(24)} at month 24."
        ),
        (
            f"Cartilage keeps thinning: {number(lost[0])} % ({number(lost[1])} to {number(lost[2])}) in 5"
            f" years without cells. That the cells save some of it is assumed, not shown: {number(saved[0])}"
            f" % ({number(saved[1])} to {number(saved[2])}). Regrowth is not credible."
        ),
        (
            f"Not credible from this model: {'; '.join(action.not_credible)}. Credible:"
            f" {'; '.join(action.credible)}."
        ),
        OVERDOSE[1],
        f"Not known: {'; '.join(action.not_known)}.",
    )


def action_figure(action: DoseAction, width: Pixels, uid: str) -> Svg:
    """Points removed by the injection and by the cells, over 24 months."""
    from ..frame.paths import paths_figure  # a plan that is not drawn does not load the pictures

    months, context, cells, low, high = (
        np.array(v)
        for v in (
            action.months,
            action.by_injection,
            action.by_cells,
            action.by_cells_low,
            action.by_cells_high,
        )
    )
    return paths_figure(months, context, cells, low, high, action.label, width=width, uid=uid)
