"""No effect of cells at any dose: what "placebo in disguise" would look like."""

from typing import Any

from . import Curve


def shape(dose: Any, *, xp: Any) -> Any:
    """f(d) = 0."""
    return 0.0 * dose


CURVE = Curve(
    name="null",
    says="cells do nothing beyond placebo at any dose",
    shape=shape,
    priors={},
    source="null model; kept so that no effect is always a candidate",
)
