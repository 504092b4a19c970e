"""U-BOIN: BOIN until a dose is well known, then the dose of highest mean utility (Zhou, Lee & Yuan 2019, Stat
Med 38:5299).
"""

from __future__ import annotations

from dataclasses import dataclass

from .....units import Array
from ...mathematics.desirability import Utilities
from ...mathematics.u_boin_rule import UBoinRule
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class UBoin(UBoinRule):
    """Two stages by the utilities of toxicity and efficacy, yes or no; ``neither`` and ``both`` as in
    BOIN12.
    """

    needs = frozenset({"efficacy"})
    neither: float = 40.0
    both: float = 60.0

    def __post_init__(self) -> None:
        UBoinRule.__post_init__(self)  # by name: a class with slots has no super() without arguments
        assert self.utilities  # checks its own fields

    @property
    def utilities(self) -> Utilities:
        """Of the four outcomes."""
        return Utilities(neither=self.neither, both=self.both)

    def mean_utility(self, view: View) -> Array:
        """Posterior mean utility, 0–100, utilities counting as shares of an event with a uniform prior."""
        assert view.effective is not None
        assert view.both is not None
        quasi = self.utilities.quasi_events(view.treated, view.toxic, view.effective, view.both)
        return 100 * (1 + quasi) / (2 + view.treated)

    def worth(self) -> str:
        """The utilities as text."""
        return (
            f"utility 100 for efficacy without toxicity, {self.neither:g} for neither, {self.both:g} for both"
            " and 0 for toxicity without efficacy"
        )
