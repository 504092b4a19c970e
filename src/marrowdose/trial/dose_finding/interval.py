"""The boundaries of BOIN (Liu & Yuan 2015, JRSS C 64:507), of which many designs make use."""

from __future__ import annotations

from math import log

from ...units import Probability


def interval(target: Probability, low: float | None = None, high: float | None = None) -> tuple[float, float]:
    """λe and λd, which minimise the chance of a wrong decision (their equations 3 and 4).

    ``low`` and ``high`` are the rates that call for escalation and de-escalation, 0.6 and 1.4 times the
    target unless given.
    """
    a = 0.6 * target if low is None else low
    b = 1.4 * target if high is None else high
    escalate = log((1 - a) / (1 - target)) / log(target * (1 - a) / (a * (1 - target)))
    return escalate, log((1 - target) / (1 - b)) / log(b * (1 - target) / (target * (1 - b)))
