"""Toxicity and efficacy intervals: a matrix of decisions (TEPI; Li, Whitmore, Guo & Ji 2017, CCR 23:13).

Made for adoptive cell therapy: toxicity is low and efficacy need not rise with dose.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from .....errors import require, require_between
from .....units import Array, Indices, Probability
from ...rules import Propose
from ...seen import Counts, View

Cuts = tuple[Probability, Probability, Probability]
# rows: toxicity low, moderate, high, unacceptable; columns: efficacy low, moderate, high, superb
_MOVES = np.array([[1, 1, 1, 1], [1, 1, 1, 0], [-1, 0, 0, 0], [-1, -1, -1, -1]], np.int8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tepi(Propose):
    """Escalate, stay or de-escalate by the cell of highest joint probability per unit area (uniform
    priors).
    """

    needs = frozenset({"efficacy"})
    toxicity_cuts: Cuts  # between low, moderate, high and unacceptable toxicity
    efficacy_cuts: Cuts  # between low, moderate, high and superb efficacy

    def __post_init__(self) -> None:
        for name in ("toxicity_cuts", "efficacy_cuts"):
            cuts = getattr(self, name)
            require(len(cuts) == 3, f"{len(cuts)} cuts", where=name, allowed="three")
            for cut in cuts:
                require_between(cut, 1e-6, 1 - 1e-6, where=name)
            require(cuts[0] < cuts[1] < cuts[2], f"{list(cuts)} do not increase", where=name)

    def moves(self, n: Counts, toxic: Counts, effective: Counts) -> NDArray[np.int8]:
        """+1, 0 or −1 for counts of any one shape."""
        # toxicity and efficacy are independent here, so the best cell is the best row and the best column
        size = 16 * (1 + int(n.max(initial=0)) // 16)  # few sizes, so that tables are kept
        rows, columns = (
            _cells(self.toxicity_cuts, size, higher=True)[n, toxic],
            _cells(self.efficacy_cuts, size, higher=False)[n, effective],
        )
        found: NDArray[np.int8] = _MOVES[rows, columns]
        return found

    def propose(self, view: View) -> Indices:
        """One dose up, down or none, by the counts at the current dose."""
        assert view.effective is not None
        n, t, e = (view.at(c, view.current) for c in (view.treated, view.toxic, view.effective))
        dose: Indices = np.clip(view.current + self.moves(n, t, e), 0, len(view.doses) - 1)
        return dose

    def why(self, view: View) -> str:
        """The intervals that are most probable at the current dose."""
        assert view.effective is not None
        at = int(view.current[0])
        n, t, e = (int(c[0, at]) for c in (view.treated, view.toxic, view.effective))
        tox = ("low", "moderate", "high", "unacceptable")[
            int(_cells(self.toxicity_cuts, n, higher=True)[n, t])
        ]
        eff = ("low", "moderate", "high", "superb")[int(_cells(self.efficacy_cuts, n, higher=False)[n, e])]
        return f"{t} of {n} patients at {view.doses[at]:g} M had toxicity ({tox}) and {e} efficacy ({eff})."

    def sentences(self, doses: tuple[float, ...]) -> tuple[str, ...]:
        """The rule."""
        a, b = (", ".join(f"{c:g}" for c in cuts) for cuts in (self.toxicity_cuts, self.efficacy_cuts))
        return (
            (
                f"Toxicity is low, moderate, high or unacceptable with cuts at {a}; efficacy is low,"
                f" moderate, high or superb with cuts at {b}; the intervals of highest posterior probability"
                " per unit length decide (TEPI, Li and others 2017)."
            ),
            (
                "With low toxicity the next cohort gets one dose level more; with moderate toxicity too,"
                " unless efficacy is superb; with high toxicity it gets the same dose, or one less if"
                " efficacy is low; with unacceptable toxicity one less."
            ),
        )


@cache
def _cells(cuts: Cuts, size: int, *, higher: bool) -> NDArray[np.int64]:
    """The most probable interval per unit length by [patients, events]; of equals the ``higher`` or the lower
    one.

    With events in half of the patients two intervals that mirror each other about 0.5 are equal, and rounding
    must not choose: more toxicity and less efficacy decide.
    """
    n, y = np.mgrid[: size + 1, : size + 1]
    edges: Array = np.array([0.0, *cuts, 1.0])
    below = betainc(1.0 + y, 1.0 + (n - y).clip(0), edges[:, None, None])
    density = (np.diff(below, axis=0) / np.diff(edges)[:, None, None]).round(10)
    return np.asarray(len(density) - 1 - density[::-1].argmax(axis=0) if higher else density.argmax(axis=0))
