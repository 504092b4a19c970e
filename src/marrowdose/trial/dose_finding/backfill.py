"""Backfill: patients who are ready while a cohort is under observation get lower doses judged safe and
active.

After BF-BOIN (Zhao, Yuan, Korn & Freidlin 2024, Clin Cancer Res 30:673), with one change for safety
(``lowered``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import require, require_between
from ...units import Array, Flags, Indices, Probability
from .interval import interval
from .seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """A dose is open while it lies below the current one, no limit bars it, ``responses`` were seen at it,
    fewer than ``cap`` patients have had it, and it is not too toxic: not both its own rate and that pooled
    with the next dose are λd or more. A dose that is too toxic closes those above it. The highest open dose
    is given.

    ``target``, ``safe`` and ``toxic`` make λe and λd as in BOIN; rates are of patients whose toxicity is
    settled.
    """

    target: Probability
    cap: int = 12  # patients at a dose, those of the escalation included
    responses: int = 1  # 0: efficacy is not asked for
    safe: Probability | None = None
    toxic: Probability | None = None

    def __post_init__(self) -> None:
        require_between(self.target, 0.01, 0.7, where="target")
        low, high = self.rates
        require(
            0 < low < self.target, f"{low:g} is not usable", where="safe", allowed="above 0, below target"
        )
        require(
            self.target < high < 1, f"{high:g} is not usable", where="toxic", allowed="above target, below 1"
        )
        for name, least, top in (("cap", 1, 1000), ("responses", 0, 100)):
            value = getattr(self, name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            require(
                whole and least <= value <= top,
                f"{value!r} is not usable",
                where=name,
                allowed=f"a whole number from {least} to {top}",
            )

    @property
    def rates(self) -> tuple[Probability, Probability]:
        """The rates that call for escalation and de-escalation."""
        low = 0.6 * self.target if self.safe is None else self.safe
        return low, 1.4 * self.target if self.toxic is None else self.toxic

    @property
    def thresholds(self) -> tuple[Probability, Probability]:
        """λe and λd."""
        return interval(self.target, *self.rates)

    def too_toxic(self, view: View) -> Flags:
        """(trials, doses): closed by toxicity, with all doses above."""
        n, y = view.assessed.astype(float), view.toxic.astype(float)
        with_next = (
            np.column_stack([n[:, 1:], 0 * n[:, :1]]) + n,
            np.column_stack([y[:, 1:], 0 * y[:, :1]]) + y,
        )
        both = _at_least(y, n, self.thresholds[1]) & _at_least(with_next[1], with_next[0], self.thresholds[1])
        return np.logical_or.accumulate(both, axis=1)

    def open(self, view: View, allowed: Flags) -> Flags:
        """(trials, doses): may a further patient be given this dose now? ``allowed`` by the limits of the
        design.
        """
        below = np.arange(len(view.doses)) < view.current[:, None]
        found = allowed & below & (view.treated > 0) & (view.treated < self.cap) & ~self.too_toxic(view)
        if self.responses:
            assert view.effective is not None
            found &= view.effective >= self.responses
        return found

    def given(self, view: View, allowed: Flags) -> Indices:
        """The dose that a patient who is ready now is given, −1 for none: (trials,)."""
        highest = np.where(self.open(view, allowed), np.arange(len(view.doses)), -1).max(axis=1)
        return np.asarray(highest, np.int64)

    def lowered(self, view: View, proposed: Indices) -> Indices:
        """The proposed dose, lower where patients backfilled below the current dose had toxicities:
        (trials,).

        Where the rate of a backfilled lower dose is above λe it contradicts that the trial stands above it.
        Then toxicity is pooled from that dose to the current one: up to λe the proposal holds; up to λd the
        dose is not raised; from λd on the highest dose is given up to which the pooled rate, begun at that
        dose, is below λd, and where there is none the dose below it. The published rule pools from the
        highest contradicting dose alone, and may then raise the dose or rise at a further toxicity; here
        every contradicting dose counts, the lowest result is given, and never one above the proposal.
        """
        if view.backfilled is None:
            return proposed
        low, high = self.thresholds
        n, y = view.assessed.astype(float), view.toxic.astype(float)
        rows, at, found = np.arange(len(view)), view.current, proposed.copy()
        for first in range(len(view.doses) - 1):
            contradicts = (first < at) & (view.backfilled[:, first] > 0) & (y[:, first] > low * n[:, first])
            if not contradicts.any():
                continue
            total, toxic = (np.cumsum(x[:, first:], axis=1) for x in (n, y))
            where = np.maximum(at - first, 0)
            below = ~_at_least(toxic, total, high) & (np.arange(total.shape[1]) <= where[:, None])
            highest = np.where(below, first + np.arange(total.shape[1]), max(first - 1, 0)).max(axis=1)
            rises = toxic[rows, where] <= low * total[rows, where]
            most = np.where(rises, at + 1, np.minimum(highest, at))
            found = np.where(contradicts & (found >= 0), np.minimum(found, most), found)
        return found

    def closed_because(self, view: View, dose: int) -> str:
        """Why a dose below the current one is closed in a view of one trial; empty where it is open, limits
        apart.
        """
        n, y, given = int(view.assessed[0, dose]), int(view.toxic[0, dose]), int(view.treated[0, dose])
        if not given:
            return "nobody has had it"
        if self.too_toxic(view)[0, dose]:
            return (
                f"{y} of {n} settled patients had toxicity there, and it or a dose below is at"
                f" {self.thresholds[1]:.3f} or more, alone and with the next dose"
            )
        if self.responses and int(view.effective[0, dose]) < self.responses:  # type: ignore[index]
            return f"{int(view.effective[0, dose])} of the {self.responses} responses asked for were seen"  # type: ignore[index]
        return f"{given} patients have had it, the most being {self.cap}" if given >= self.cap else ""

    def sentences(self, patients: int, *, steps: bool) -> tuple[str, ...]:
        """The rule as protocol text; ``patients`` are those of the escalation, ``steps`` as the proposal has
        it.
        """
        low, high = self.thresholds
        asked = f", {self.responses} or more responses were seen at it" if self.responses else ""
        said = (
            (
                "Patients who are ready while a full cohort is under observation are backfilled, beyond the"
                f" {patients} patients of the escalation: they get the highest dose that is open (BF-BOIN,"
                " Zhao and others 2024)."
            ),
            (
                f"A dose is open while it is below the current dose, no limit bars it{asked}, fewer than"
                f" {self.cap} patients have had it, and not both its toxicity rate and that pooled with the"
                f" next dose are {high:.4f} or more; where both are, the doses above it are closed too. Rates"
                " are of patients whose toxicity is settled."
            ),
        )
        if not steps:
            return (*said, "Backfilled patients count in every decision, by the rule of dose assignment.")
        return (
            *said,
            (
                "Backfilled patients count in every decision once settled. Where the rate of a backfilled"
                f" dose below the current one is above {low:.4f}, toxicity is pooled from that dose to the"
                f" current one: at {low:.4f} or less nothing changes; below {high:.4f} the dose is not"
                " raised; else the next cohort gets the highest dose up to which the pooled rate is below"
                f" {high:.4f}, or the dose below. Of several such results the lowest is given, and never more"
                " than without backfill."
            ),
        )


def _at_least(events: Array, patients: Array, rate: Probability) -> Flags:
    flags: Flags = (patients > 0) & (events >= rate * patients)
    return flags
