"""What a trial says of its doses against the active arm, each number with its Monte-Carlo standard error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...units import Array, Points
from .characteristics import Estimate, columns, mean, passed
from .simulate import Results


class Versus(NamedTuple):
    """The active arm: ``treated``, ``harmed``, and its ``true_benefit`` over placebo with ``bias`` and
    ``coverage``.

    By dose: ``true_difference`` from it, ``difference_bias`` and ``difference_coverage`` of its estimate, and
    how often its test is passed (``shown``). ``named_shown``: a benefit over placebo is claimed and the named
    dose passes; ``error``: it does though the named dose's true difference is no more than the bound of the
    test.
    """

    treated: Estimate
    harmed: Estimate
    true_benefit: Estimate
    bias: Estimate
    coverage: Estimate
    true_difference: list[Estimate]
    difference_bias: list[Estimate]
    difference_coverage: list[Estimate]
    shown: list[Estimate]
    named_shown: Estimate
    error: Estimate


def versus(found: Results, bound: Points) -> Versus:
    """Summary of finished trials with an active arm; ``bound`` is what a difference is shown to exceed."""
    assert found.versus is not None
    assert found.shown is not None
    told, low, high, true = np.moveaxis(found.versus, 2, 0)
    held: Array = np.where(np.isfinite(low), (low <= true + 1e-9) & (true <= high + 1e-9), np.nan)
    claim = passed(found)
    named = true[np.arange(len(found)), found.named]
    away, covers = columns(told - true), columns(held)
    return Versus(
        treated=mean(found.treated[:, -1]),
        harmed=mean(found.harmed[:, -1]),
        true_benefit=mean(-true[:, 0]),
        bias=Estimate(-away[0].value, away[0].error),
        coverage=covers[0],
        true_difference=columns(true[:, 1:]),
        difference_bias=away[1:],
        difference_coverage=covers[1:],
        shown=columns(found.shown.astype(float)),
        named_shown=mean(claim),
        error=mean(claim & (named <= bound + 1e-9)),
    )
