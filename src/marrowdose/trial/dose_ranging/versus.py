"""What a trial says of its doses against the active arm, each number with its Monte-Carlo standard error."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ...units import Points
from ..estimate import Estimate, estimate, estimates
from .characteristics import passed
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
    true_difference: tuple[Estimate, ...]
    difference_bias: tuple[Estimate, ...]
    difference_coverage: tuple[Estimate, ...]
    shown: tuple[Estimate, ...]
    named_shown: Estimate
    error: Estimate


def versus(found: Results, bound: Points) -> Versus:
    """Summary of finished trials with an active arm; ``bound`` is what a difference is shown to exceed."""
    assert found.versus is not None
    assert found.shown is not None
    told, low, high, true = np.moveaxis(found.versus, 2, 0)
    held = (low <= true + 1e-9) & (true <= high + 1e-9)
    claim = passed(found)
    named = true[np.arange(len(found)), found.named]
    away, covers = estimates(told - true, np.isfinite(told)), estimates(held, np.isfinite(low))
    return Versus(
        treated=estimate(found.treated[:, -1]),
        harmed=estimate(found.harmed[:, -1]),
        true_benefit=estimate(-true[:, 0]),
        bias=replace(away[0], value=-away[0].value),
        coverage=covers[0],
        true_difference=estimates(true[:, 1:]),
        difference_bias=away[1:],
        difference_coverage=covers[1:],
        shown=estimates(found.shown),
        named_shown=estimate(claim),
        error=estimate(claim & (named <= bound + 1e-9)),
    )
