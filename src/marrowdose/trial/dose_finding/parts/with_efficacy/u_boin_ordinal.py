"""U-BOIN with efficacy in levels, as none, partial and full response (Zhou, Lee & Yuan 2019, Stat Med
38:5299).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .....errors import require, require_between
from .....units import Array
from ...mathematics.u_boin_rule import UBoinRule
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class UBoinOrdinal(UBoinRule):
    """Two stages by a table of utilities, 0–100: a row without and a row with toxicity, a column for each
    level of efficacy.

    The outcomes of a dose are multinomial with a Dirichlet prior, ``prior`` patients spread evenly over all.
    Level 0 is no efficacy; level 1 or better counts as efficacy where a dose must be admissible.
    """

    needs = frozenset({"efficacy", "levels"})
    utilities: tuple[tuple[float, ...], ...]
    prior: float = 1.0

    def __post_init__(self) -> None:
        UBoinRule.__post_init__(self)  # by name: a class with slots has no super() without arguments
        require_between(self.prior, 0.001, 100, where="prior", unit="patients")
        rows = self.utilities
        require(
            len(rows) == 2 and len(rows[0]) == len(rows[1]) and 2 <= len(rows[0]) <= 5,
            f"{[len(r) for r in rows]} numbers",
            where="utilities",
            allowed="two rows, without and with toxicity, of 2 to 5 levels of efficacy each",
        )
        for row in rows:
            for utility in row:
                require_between(utility, 0, 100, where="utilities")
            require(
                all(a <= b for a, b in pairwise(row)),
                f"{list(row)} falls with efficacy",
                where="utilities",
                allowed="levels from none to full",
            )
        worse = all(a >= b for a, b in zip(*rows, strict=True))
        require(
            worse,
            "toxicity is worth more than none",
            where="utilities",
            allowed="the row without toxicity first",
        )

    @property
    def levels(self) -> int:
        """Levels of efficacy, none included."""
        return len(self.utilities[0])

    def mean_utility(self, view: View) -> Array:
        """Posterior mean utility, 0–100."""
        assert view.effective is not None
        assert view.both is not None
        without, with_ = self.utilities
        n, t = view.treated.astype(float), view.toxic.astype(float)
        total = without[0] * (n - t) + with_[0] * t  # everybody at level 0, then steps up
        reached, toxic = view.effective.astype(float), view.both.astype(float)
        for k in range(1, self.levels):
            if k > 1:
                assert view.better is not None
                reached, toxic = (view.better[..., 2 * (k - 2) + i].astype(float) for i in (0, 1))
            total = (
                total + (without[k] - without[k - 1]) * (reached - toxic) + (with_[k] - with_[k - 1]) * toxic
            )
        return np.asarray((self.prior * np.mean(self.utilities) + total) / (self.prior + n))

    def worth(self) -> str:
        """The utilities as text."""
        without, with_ = (", ".join(f"{u:g}" for u in row) for row in self.utilities)
        return (
            f"utilities by level of efficacy from none to full are {without} without toxicity and {with_}"
            f" with it, and the outcomes multinomial with a Dirichlet prior worth {self.prior:g}"
            f" patient{'s' * (self.prior != 1)} spread evenly"
        )
