"""The moves of BOIN12 between the current dose and its neighbours, and what pending patients are worth."""

from __future__ import annotations

import numpy as np

from ....units import Array, Flags, Indices, Months
from ..seen import Patients, View


def next_dose(
    view: View,
    value: Array,
    allowed: Flags,
    rate: Array,
    thresholds: tuple[float, float],
    *,
    enough: int,
    explore: int,
) -> Indices:
    """The next dose of each trial, −1 where none compared is allowed.

    ``value`` and ``allowed`` (trials, doses): desirability and admissibility; ``rate`` (trials,): toxicity at
    the current dose, against ``thresholds`` λe and λd.
    """
    low, high = thresholds
    at, top, trials = view.current, len(view.doses) - 1, np.arange(len(view))
    n = view.at(view.treated, at)
    staying = (rate > low) & (n >= enough)
    best, chosen = np.full(len(at), -1.0), np.full(len(at), -1)
    for step in (-1, 0, 1):
        there = (at + step >= 0) & (at + step <= top)
        dose = (at + step).clip(0, top)
        score = np.where(there & allowed[trials, dose], value[trials, dose], -1.0)
        if step == 1:
            score = np.where(staying, -1.0, score)
        # of equal scores the higher dose, but the lower once toxicity is in its interval
        better = (score > best) | ((score == best) & (score >= 0) & ~staying)
        best, chosen = np.where(better, score, best), np.where(better, dose, chosen)
    above = (at + 1).clip(max=top)
    untried = (at < top) & (view.at(view.treated, above) == 0)
    chosen = np.where((n >= explore) & (rate < high) & untried, above, chosen)
    return np.where(rate >= high, np.maximum(at - 1, 0), chosen)


def settled(who: Patients, pending: Flags, window: Months, doses: int) -> Array:
    """Patients of each dose, a pending one as the part of the window seen: (trials, doses)."""
    return who.by_dose(np.where(who.dose >= 0, _part(who, pending, window), 0.0), doses)


def expected(who: Patients, seen: Flags, pending: Flags, window: Months, doses: int) -> Array:
    """Events of each dose once all are settled: those seen, and of each pending patient the chance of a later
    one.

    With rate p and the part w of the window seen without event, and times uniform over the window, that
    chance is p·(1 − w)/(1 − p·w); p is the posterior mean at the dose (uniform prior).
    """
    events = who.by_dose(seen & (who.dose >= 0), doses)
    rate = (1 + events) / (2 + settled(who, pending, window, doses))
    p = np.take_along_axis(rate, who.dose.clip(0), axis=1)
    w = _part(who, pending, window)
    later = np.where(pending, p * (1 - w) / (1 - p * w), 0.0)
    return events + who.by_dose(later, doses)


def _part(who: Patients, pending: Flags, window: Months) -> Array:
    return np.where(pending, np.minimum(who.followed / max(window, 1e-12), 1.0), 1.0)
