"""Non-linear dose-response curves by the profile of the likelihood.

For given non-linear parameters θ (on the log scale) the model is the linear one of ``mixed``, so ℓ(θ) = max
over β and Ψ. It is looked at on a grid, climbed from the best places, and verified.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...errors import require
from ...units import Array
from .blocks import Blocks
from .mixed import Method, MixedFit, fit_mixed, highest
from .shapes import Shape
from .stages import placing
from .structures import Structure, spread
from .table import StudyEffects

_SHAPE_RANGE = (0.1, 30.0)  # exponents (hill, slope, asymmetry): beyond, a step or a flat line
_DOSE_REACH = 100.0  # ED50 or scale: from lowest positive dose / 100 to highest dose × 100
_STEP = 1e-4
_STARTS = 3
_REMEDY = (
    "the doses do not show where the curve bends: try 'linear' or 'log', another shape, or studies with more"
    " doses"
)


def fit_nonlinear(
    studies: Sequence[StudyEffects], form: Shape, z: Array, method: Method, structure: Structure
) -> tuple[Array, MixedFit, Array]:
    """θ̂ (log scale), the linear fit at θ̂, and the joint covariance of (β, θ) by the observed information.

    Raises ``InputError`` where the likelihood has no inner maximum in θ: nothing is reported from a ridge.
    """
    place = placing(studies, form, z)
    kind = spread(structure, 1)

    def value(theta: Array) -> float:
        b = place(theta)
        if float(np.abs(b.x).max()) < 1e-8:
            return -np.inf  # the curve is flat over these doses
        try:
            return highest(b, kind, method)
        except np.linalg.LinAlgError:
            return -np.inf

    low, high = _bounds(studies, form)
    grid = _grid(low, high)
    heights = np.array([value(t) for t in grid])
    require(
        bool(np.isfinite(heights).any()),
        f"the studies cannot tell {form.name}",
        where="curve",
        remedy=_REMEDY,
    )
    ends = [_climb(value, grid[i], low, high) for i in _peaks(heights, grid)]
    best = max(ends, key=value)
    top = value(best)
    slope, curvature = differences(value, best)
    near_edge = bool(((best - low < 0.02) | (high - best < 0.02)).any())
    require(
        not near_edge,
        f"the best {form.name} lies at the edge"
        f" ({', '.join(f'{n} {v:.3g}' for n, v in zip(form.nonlinear, np.exp(best), strict=True))})",
        where="fit",
        remedy=_REMEDY,
    )
    flat = float(np.linalg.eigvalsh(-curvature)[0])
    require(
        float(np.abs(slope).max()) < 1e-3 and flat > 1e-6,
        f"the fit of {form.name} did not converge (slope {np.abs(slope).max():.2g}, curvature {flat:.2g})",
        where="fit",
        remedy=_REMEDY,
    )
    found = fit_mixed(place(best), kind, method)
    require(
        found.log_likelihood >= top - 1e-6 * (1 + abs(top)),
        "the search and the fit disagree",
        where="fit",
        remedy=_REMEDY,
    )
    return best, found, _joint_covariance(place, found, best)


def _bounds(studies: Sequence[StudyEffects], form: Shape) -> tuple[Array, Array]:
    doses = np.concatenate([np.append(s.doses, s.reference) for s in studies])
    positive = doses[doses > 0]
    dose = np.log([positive.min() / _DOSE_REACH, positive.max() * _DOSE_REACH])
    exponent = np.log(_SHAPE_RANGE)
    ranges = np.array([dose if name in ("ed50", "scale") else exponent for name in form.nonlinear])
    return ranges[:, 0], ranges[:, 1]


def _grid(low: Array, high: Array) -> Array:
    """Places to look at first: 40 in one dimension, 20 × 8 in two, 16 × 6 × 5 in three."""
    counts = {1: (40,), 2: (20, 8), 3: (16, 6, 5)}[len(low)]
    axes = [np.linspace(a, b, n + 2)[1:-1] for a, b, n in zip(low, high, counts, strict=True)]
    return np.stack([m.ravel() for m in np.meshgrid(*axes, indexing="ij")], axis=1)


def _peaks(heights: Array, grid: Array) -> list[int]:
    """The best place and others that are good and far from those already taken."""
    taken: list[int] = []
    for i in np.argsort(-heights):
        if np.isfinite(heights[i]) and all(np.abs(grid[i] - grid[j]).max() > 1.0 for j in taken):
            taken.append(int(i))
        if len(taken) == _STARTS:
            break
    return taken


def _climb(value: Callable[[Array], float], start: Array, low: Array, high: Array) -> Array:
    """Quasi-Newton inside the bounds, then Newton steps with the second differences."""
    from scipy.optimize import minimize

    found = minimize(
        lambda t: -value(t) if np.isfinite(value(t)) else 1e10,
        start,
        method="L-BFGS-B",
        bounds=list(zip(low, high, strict=True)),
        options={"ftol": 1e-13, "gtol": 1e-7},
    )
    theta = np.asarray(found.x)
    for _ in range(4):
        slope, curvature = differences(value, theta)
        if not np.isfinite(slope).all() or np.linalg.eigvalsh(-curvature)[0] <= 0:
            break
        tried = np.clip(theta - np.linalg.solve(curvature, slope), low, high)
        if not value(tried) >= value(theta) - 1e-10 * (1 + abs(value(theta))):
            break
        theta = tried
    return theta


def differences(value: Callable[[Array], float], theta: Array) -> tuple[Array, Array]:
    """Gradient and Hessian by central differences."""
    t = len(theta)
    steps = np.eye(t)
    h, wide = _STEP, 1e-3
    middle = value(theta)
    gradient = np.array([(value(theta + h * s) - value(theta - h * s)) / (2 * h) for s in steps])
    hessian = np.empty((t, t))
    for i in range(t):
        a = wide * steps[i]
        hessian[i, i] = (value(theta + a) - 2 * middle + value(theta - a)) / wide**2
        for j in range(i):
            b = wide * steps[j]
            corner = value(theta + a + b) - value(theta + a - b) - value(theta - a + b) + value(theta - a - b)
            hessian[i, j] = hessian[j, i] = corner / (4 * wide**2)
    return gradient, hessian


def _joint_covariance(blocks: Callable[[Array], Blocks], found: MixedFit, theta: Array) -> Array:
    """Inverse of the observed information in (β, θ), Ψ held: central second differences."""
    p = len(found.beta)
    centre = np.append(found.beta, theta)
    scale = np.append(np.sqrt(np.diag(found.covariance)), np.ones(len(theta)))

    def value(u: Array) -> float:
        point = centre + scale * u
        b = blocks(point[p:])
        sigma = b.v + b.z @ found.psi @ b.z.transpose(0, 2, 1)
        residual = b.y - b.x @ point[:p]
        squares = float((residual * np.linalg.solve(sigma, residual[:, :, None])[:, :, 0]).sum())
        return -0.5 * (float(np.linalg.slogdet(sigma)[1].sum()) + squares)

    _, hessian = differences(value, np.zeros(len(centre)))
    require(
        bool(np.linalg.eigvalsh(-hessian)[0] > 0),
        "the likelihood is not curved in every direction",
        where="fit",
        remedy=_REMEDY,
    )
    return np.asarray(np.linalg.inv(-hessian) * np.outer(scale, scale))
