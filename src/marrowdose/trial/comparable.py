"""What designs must have in common to be compared: one truth at every dose, or one question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..domain import Domain
from ..errors import require
from ..units import Months, Probability
from .dose_finding.design import Design
from .dose_finding.true_rates import TrueRates

if TYPE_CHECKING:
    from .dose_ranging.comparator import Background


def require_names(names: Sequence[str], where: str) -> None:
    """Raises ``InputError`` unless each design has a name of its own."""
    require(
        len(set(names)) == len(names),
        "two designs of one name",
        where=where,
        remedy="give each a name of its own under [design]",
    )


def require_one_truth(designs: Sequence[tuple[Design, TrueRates]]) -> None:
    """Raises ``InputError`` unless dose-finding designs have names of their own and their truths agree at
    every dose.
    """
    require_names([design.name for design, _ in designs], "compare")
    told: dict[float, tuple[str, tuple[Probability | None, ...]]] = {}
    for design, truth in designs:
        efficacy = truth.efficacy or [None] * len(design.doses)
        for dose, *now in zip(design.doses, truth.toxicity, efficacy, strict=True):
            first, before = told.setdefault(dose, (design.name, tuple(now)))
            require(
                all(_agree(a, b) for a, b in zip(before, now, strict=True)),
                f"{first} and {design.name} take different things for true at {dose:g} million cells",
                where="compare",
                remedy="give one `truth` for all",
            )


def _agree(a: Probability | None, b: Probability | None) -> bool:
    return a is None or b is None or abs(a - b) < 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a design asks: the benefit in ``domain`` at ``month``, on top of ``background``.

    ``controlled``: it has a placebo group. One that has none asks for pain, at a month that any other may
    set.
    """

    design: str
    domain: Domain
    month: Months
    background: Background | None
    controlled: bool


def require_one_question(asked: Sequence[Question]) -> None:
    """Raises ``InputError`` unless all designs ask for the same benefit."""
    first = next((a for a in asked if a.controlled), asked[0])
    for a in asked:
        require(
            a.domain == first.domain and (a.month == first.month or not a.controlled),
            f"{first.design} asks for {first.domain} at month {first.month:g}, {a.design} for {a.domain} at"
            f" month {a.month:g}",
            where="worth",
            remedy="compare designs of one domain and last visit",
        )
        require(
            a.background == first.background,
            f"{first.design} and {a.design} have different [background]",
            where="worth",
            remedy="compare designs of one background",
        )
