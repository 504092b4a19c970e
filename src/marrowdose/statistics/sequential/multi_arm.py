"""Several doses against one control in several stages (MAMS): Magirr, Jaki & Whitehead (2012).

At each stage an arm above the upper bound ends the trial as a success, one below the lower bound is dropped.
Given the path of the control the arms are independent, so that the familywise error is an integral over that
path (a tensor of Gauss–Hermite nodes) of a recursion for one arm. As many patients a stage in every arm.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...errors import require
from ...special import ndtr, ndtri
from ...units import Array, Probability
from ..one_dimension import root
from .integration import legendre

BoundShape = Literal["pocock", "obrien_fleming", "triangular"]
_CONTROL = {1: 64, 2: 24, 3: 14, 4: 9}  # nodes of the control a stage: bounds to 1e-6, with four stages 1e-5
_ARM, _TAIL = 24, 8.0  # nodes of an arm, standard deviations


@dataclass(frozen=True, slots=True, kw_only=True)
class Mams:
    """Bounds for the Z of an arm against the control at each stage; they meet at the last."""

    arms: int
    upper: Array
    lower: Array
    alpha: Probability

    def familywise_error(self) -> float:
        """Probability that any arm succeeds where none differs from the control."""
        return _error(self.arms, self.upper, self.lower)

    def power(self, n: float, delta: float, others: float = 0.0) -> float:
        """Probability that the arm better by ``delta`` succeeds, as the best, with ``n`` patients a stage.

        ``delta`` and ``others``, by which the other arms are better than control (least favourable: as much
        as does not matter), are in standard deviations.
        """
        return _power(self.arms, self.upper, self.lower, delta * math.sqrt(n), others * math.sqrt(n))

    def sample_size(self, power: Probability, delta: float, others: float = 0.0) -> int:
        """The fewest patients a stage in every arm for ``power``. Raises ``InputError``."""
        require(
            delta > max(others, 0.0),
            f"effects {delta!r} and {others!r}",
            where="MAMS",
            allowed="delta above 0 and above others",
        )
        require(self.alpha < power < 1, f"power {power!r}", where="MAMS", allowed="above alpha and below 1")
        high = 1
        while self.power(high, delta, others) < power:
            high *= 2
            require(
                high < 2**24,
                "no sample size is enough",
                where="MAMS",
                remedy="a larger effect, or less power",
            )
        low = high // 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.power(middle, delta, others) >= power else (middle, high)
        return high


def standardised(superiority: Probability) -> float:
    """The effect in standard deviations at which a treated patient beats a control with this probability.

    >>> round(standardised(0.65), 3)
    0.545
    """
    require(0 < superiority < 1, f"probability {superiority!r}", where="MAMS", allowed="above 0 and below 1")
    return float(math.sqrt(2) * ndtri(superiority))


def mams(
    arms: int,
    stages: int,
    alpha: Probability,
    *,
    upper: BoundShape = "obrien_fleming",
    lower: float | BoundShape | None = 0.0,
) -> Mams:
    """Bounds with a familywise one-sided error of ``alpha`` for ``arms`` doses and a control in ``stages``.

    ``lower``: a constant, "triangular" (Whitehead & Stratton 1983, with triangular upper bounds), another
    shape mirrored below 0, or None to drop nobody. Raises ``InputError``.

    >>> design = mams(3, 2, 0.05, upper="triangular", lower="triangular")
    >>> design.upper.round(2).tolist(), design.lower.round(2).tolist()
    ([2.33, 2.2], [0.78, 2.2])
    """
    require(1 <= arms <= 100, f"{arms} arms", where="MAMS", allowed="1 to 100 beside the control")
    require(stages in _CONTROL, f"{stages} stages", where="MAMS", allowed=f"1 to {max(_CONTROL)}")
    require(0 < alpha < 0.5, f"alpha {alpha!r}", where="MAMS", allowed="above 0 and below 0.5")
    t = np.arange(1, stages + 1) / stages
    shapes = {
        "pocock": np.ones(stages),
        "obrien_fleming": 1 / np.sqrt(t),
        "triangular": (1 + t) / 2 / np.sqrt(t),
    }
    require(upper in shapes, f"{upper!r}", where="MAMS upper bound", allowed=", ".join(shapes))
    require(
        lower is None or (isinstance(lower, (int, float)) and not math.isnan(lower)) or lower in shapes,
        f"{lower!r}",
        where="MAMS lower bound",
        allowed=f"a number, {', '.join(shapes)}, None",
    )
    require(
        (lower == "triangular") <= (upper == "triangular"),
        f"a triangular lower bound with {upper!r}",
        where="MAMS",
        allowed="both triangular",
    )

    def made(c: float) -> Mams:
        high = c * shapes[upper]
        if lower == "triangular":
            low = c * (3 * t - 1) / 2 / np.sqrt(t)
        elif isinstance(lower, str):
            low = -c * shapes[lower]
        else:
            low = np.full(stages, -np.inf if lower is None else float(lower))
        low[-1] = high[-1]
        return Mams(arms=arms, upper=high, lower=np.minimum(low, high), alpha=alpha)

    most = float(ndtri(1 - alpha / (arms * stages)) / shapes[upper].min())
    found = made(float(root(lambda c: made(c).familywise_error() - alpha, 0.2, most + 0.5, xtol=1e-7)))
    require(
        isinstance(lower, str) or lower is None or lower <= found.upper.min(),
        f"a lower bound of {lower!r}",
        where="MAMS",
        allowed=f"at most {found.upper.min():.3f}, the lowest upper bound",
    )
    return found


def _control(stages: int) -> tuple[Array, Array]:
    """Sums of the control after each stage (paths, stages), in SDs of a stage, and weights."""
    x, w = np.polynomial.hermite_e.hermegauss(_CONTROL[stages])
    steps = np.stack(np.meshgrid(*[x] * stages, indexing="ij"), axis=-1).reshape(-1, stages)
    weight = (
        np.stack(np.meshgrid(*[w / w.sum()] * stages, indexing="ij"), axis=-1)
        .reshape(-1, stages)
        .prod(axis=1)
    )
    keep = weight > 1e-14
    return np.cumsum(steps[keep], axis=1), weight[keep]


def _stages(control: Array, upper: Array, lower: Array, drift: float) -> Iterator[tuple[Array, Array, Array]]:
    """An arm before each stage: nodes and masses (paths, nodes) of its sum, and P(dropped)."""
    _, stages = control.shape
    x, w = legendre(_ARM)
    sums, mass = np.zeros((len(control), 1)), np.ones((len(control), 1))
    dropped = np.zeros(len(control))
    for j in range(stages):
        yield sums, mass, dropped
        low = np.maximum(
            control[:, j] + lower[j] * math.sqrt(2 * (j + 1)), (j + 1) * drift - _TAIL * math.sqrt(j + 1)
        )
        high = np.minimum(
            control[:, j] + upper[j] * math.sqrt(2 * (j + 1)), (j + 1) * drift + _TAIL * math.sqrt(j + 1)
        )
        dropped = dropped + (
            mass * ndtr(control[:, j, None] + lower[j] * math.sqrt(2 * (j + 1)) - sums - drift)
        ).sum(axis=1)
        width = np.maximum(high - low, 0.0)
        nodes = low[:, None] + (x + 1) * width[:, None] / 2
        u = nodes[:, :, None] - sums[:, None, :] - drift
        density = (np.exp(-0.5 * u * u) @ mass[:, :, None])[..., 0] / math.sqrt(2 * math.pi)
        sums, mass = nodes, density * w * width[:, None] / 2


def _error(arms: int, upper: Array, lower: Array) -> float:
    control, weight = _control(len(upper))
    succeeds = np.zeros(len(control))
    for j, (sums, mass, _) in enumerate(_stages(control, upper, lower, 0.0)):
        succeeds += (mass * ndtr(sums - control[:, j, None] - upper[j] * math.sqrt(2 * (j + 1)))).sum(axis=1)
    return float(weight @ (1.0 - (1.0 - succeeds) ** arms))


def _power(arms: int, upper: Array, lower: Array, drift: float, other: float) -> float:
    """The first arm crosses first, with the highest sum of those that cross together with it."""
    control, weight = _control(len(upper))
    x, w = legendre(_ARM)
    won = np.zeros(len(control))
    best, rest = (_stages(control, upper, lower, d) for d in (drift, other))
    for j, ((sums, mass, _), (theirs, their_mass, dropped)) in enumerate(zip(best, rest, strict=True)):
        low = control[:, j] + upper[j] * math.sqrt(2 * (j + 1))
        width = np.maximum((j + 1) * drift + _TAIL * math.sqrt(j + 1) - low, 0.0)
        at = low[:, None] + (x + 1) * width[:, None] / 2
        u = at[:, :, None] - sums[:, None, :] - drift
        density = (np.exp(-0.5 * u * u) @ mass[:, :, None])[..., 0] / math.sqrt(2 * math.pi)
        below = (
            dropped[:, None]
            + (ndtr(at[:, :, None] - theirs[:, None, :] - other) @ their_mass[:, :, None])[..., 0]
        )
        won += (density * below ** (arms - 1) * w).sum(axis=1) * width / 2
    return float(weight @ won)
