"""How a dose-response curve is fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...errors import require, require_between
from ...units import Probability
from .pooling import Test
from .shapes import Shape
from .structures import Structure

FitMethod = Literal["fixed", "dl", "ml", "reml"]
Stages = Literal["one", "two"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """Method, stages, tests and intervals of a fit.

    ``method``: ``reml`` unless the curve is non-linear, then ``ml``; ``dl`` is by moments, in two stages.
    ``structure`` of the spread between studies: ``un`` (any), ``diag``, ``id``. ``test="knha"``:
    Knapp–Hartung; ``adhoc`` is that, never narrower than ``z``. ``level`` of the intervals. Raises
    ``InputError``.
    """

    method: FitMethod | None = None
    stages: Stages = "one"
    test: Test = "z"
    structure: Structure = "un"
    level: Probability = 0.95

    def __post_init__(self) -> None:
        require_between(self.level, 0.5, 0.9999, where="level")
        require(
            self.stages in ("one", "two"), f"{self.stages!r} is no choice", where="stages", allowed="one, two"
        )
        require(
            self.test in ("z", "knha", "adhoc"),
            f"{self.test!r} is no test",
            where="test",
            allowed="z, knha, adhoc",
        )

    def method_for(self, form: Shape, curve: str) -> FitMethod:
        """The method for this curve. Raises ``InputError`` where they do not go together."""
        allowed = ("fixed", "ml") if form.nonlinear else ("fixed", "dl", "ml", "reml")
        method = self.method or ("ml" if form.nonlinear else "reml")
        require(
            method in allowed,
            f"{method!r} does not go with {curve}",
            where="method",
            allowed=", ".join(allowed),
        )
        require(
            not form.nonlinear or self.stages == "one",
            f"{curve} is fitted in one stage",
            where="stages",
            allowed="one",
        )
        require(
            method != "dl" or self.stages == "two",
            "moments are taken of each study's own curve",
            where="method",
            remedy="give stages='two', or method='reml'",
        )
        return method


USUAL = Fitting()
