"""How patients of a dose-ranging trial get their arms: in permuted blocks, and with shares renewed between
looks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import require, require_between
from ...statistics.allocation import limited, permuted
from ...units import Array, Flags, Indices, Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Randomisation:
    """Permuted blocks of ``block`` patients (1: every patient on his own), begun anew at every look and
    renewal.

    With ``every`` the analysis renews the shares whenever so many more patients have been enrolled, 1 being
    after each, from the scores reached by then. The planned shares hold for the first ``burn_in`` patients;
    after them no arm that still enrols gets less than ``least`` of the patients and no dose more than
    ``cap``. Placebo never gets less than its planned share. Raises ``InputError``.
    """

    block: int = 1
    every: int | None = None
    burn_in: int = 0
    least: Probability = 0.0
    cap: Probability = 1.0

    def __post_init__(self) -> None:
        require(1 <= self.block <= 1000, f"{self.block}", where="block", allowed="1 to 1000 patients")
        require(
            0 <= self.burn_in <= 20_000, f"{self.burn_in}", where="burn_in", allowed="0 to 20000 patients"
        )
        require_between(self.least, 0, 0.5, where="least")
        require_between(self.cap, 0.01, 1, where="cap")
        require(self.least < self.cap, f"{self.cap:g}", where="cap", allowed=f"above least, {self.least:g}")
        if self.every is not None:
            require(1 <= self.every <= 20_000, f"{self.every}", where="every", allowed="1 to 20000 patients")
            require(
                self.every % self.block == 0,
                f"{self.every} patients are no whole blocks of {self.block}",
                where="every",
                allowed=f"a multiple of {self.block}",
            )

    @property
    def limits(self) -> bool:
        """Whether adaptive shares are limited in any way."""
        return self.burn_in > 0 or self.least > 0 or self.cap < 1

    def renewals(self, patients: int) -> tuple[int, ...]:
        """Patients enrolled at each renewal of the shares, looks not counted."""
        if self.every is None:
            return ()
        return tuple(n for n in range(self.every, patients, self.every) if n >= self.burn_in)

    def within(self, share: Array, kept: Flags, planned: Array, enrolled: int) -> Array:
        """``share`` (T, K), placebo first, within the limits; ``planned`` (K,) until the burn-in is over."""
        if enrolled < self.burn_in:
            left = np.where(kept, planned, 0.0)
            return np.asarray(left / left.sum(axis=1, keepdims=True))
        if not (self.least > 0 or self.cap < 1):
            return share
        placebo = np.arange(len(planned)) == 0
        least = np.where(placebo, np.maximum(planned, self.least), self.least)
        return limited(share, kept, least, np.where(placebo, 1.0, self.cap))

    def arms(self, share: Array, trials: Indices, first: int, patients: int, seed: int) -> Indices:
        """Arms (T, ``patients``) of the patients from number ``first`` on."""
        return permuted(share, trials, first, patients, block=self.block, seed=seed)

    def sentences(self) -> tuple[str, ...]:
        """The same in words."""
        said = [
            (
                "Patients are randomised one by one by the shares of the arms."
                if self.block == 1
                else (
                    f"Patients are randomised in permuted blocks of {self.block}; what a block cannot hold"
                    " exactly is rounded at random. A look ends a block."
                )
            )
        ]
        if self.every is not None:
            when = "every patient" if self.every == 1 else f"every {self.every} patients"
            said.append(
                f"The shares are also renewed after {when} enrolled, from the scores reached by then; nothing"
                " is dropped and the trial does not stop between looks."
            )
        if self.burn_in:
            said.append(f"The first {self.burn_in} patients are allocated as planned, whatever is seen.")
        if self.least > 0 or self.cap < 1:
            said.append(
                "Placebo never gets less than its planned share of the patients, no arm that still enrols"
                f" less than {self.least:.0%}, no dose more than {self.cap:.0%} unless the remaining arms"
                " could not take everybody."
            )
        return tuple(said)
