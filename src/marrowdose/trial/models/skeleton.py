"""Whether a skeleton fits the doses of a trial."""

from __future__ import annotations

from ...domain import require
from ..view import View
from .crm_planning import Curves


def curves_for(curves: Curves, view: View) -> Curves:
    """The same curves. Raises ``InputError`` unless there is one prior guess for each dose."""
    require(
        len(curves.skeleton) == len(view.doses),
        f"{len(curves.skeleton)} prior guesses for {len(view.doses)} doses",
        where="skeleton",
        allowed="one for each dose",
    )
    return curves
