"""gBOIN: up or down by the mean of a graded or continuous endpoint (Mu, Yuan, Xu, Mandrekar & Yin 2019, JRSS
C 68:289).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .....errors import require
from .....units import Array
from ...mathematics.score_rule import ScoreRule
from ...seen import View


@dataclass(frozen=True, slots=True, kw_only=True)
class GBoin(ScoreRule):
    """The mean score of the settled patients of a dose against thresholds.

    ``endpoint`` "continuous": normal scores in any unit, thresholds half way from the target to ``low`` and
    ``high`` (their equation for one known variance, which cancels). "graded": scores from 0 to 1.
    """

    needs = frozenset({"score"})
    settled = True
    endpoint: Literal["continuous", "graded"] = "continuous"

    def __post_init__(self) -> None:
        require(
            self.endpoint in ("continuous", "graded"),
            f"{self.endpoint!r}",
            where="endpoint",
            allowed="continuous, graded",
        )
        ScoreRule.__post_init__(self)  # by name: a class with slots has no super() without arguments

    @property
    def graded(self) -> bool:
        """Whether scores are grades from 0 to 1."""
        return self.endpoint == "graded"

    def weighed(self, view: View) -> tuple[Array, Array]:
        """Settled patients and the sum of their scores."""
        assert view.score is not None
        return view.assessed.astype(float), view.score

    def why(self, view: View) -> str:
        """The mean at the current dose and where it lies."""
        (n, mean, word), (low, high) = self.judged(view), self.thresholds
        return (
            f"The mean score of {n:g} patients at {view.doses[int(view.current[0])]:g} M is {mean:.3f}"
            f" (thresholds {low:.3f} and {high:.3f}): {word}."
        )

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        return (
            (
                f"The endpoint is a {self.endpoint} score, higher being worse, with target mean"
                f" {self.target:g} (gBOIN, Mu and others 2019)."
            ),
            *self.moves(),
        )
