"""Profile likelihood over the non-linear parameters of a shape, for many data sets at once.

Given θ, a shape is linear in e0 and its slope, so both have closed forms and only θ (one or two numbers,
within bounds) is searched: a grid, then Newton steps from the best points of several parts of it (variable
projection; Golub & Pereyra 1973). Data sets share the doses and the covariance and differ in the means: one
trial is a batch of one, bootstrap samples and simulated trials are a batch of thousands, no loop.

Parameters with a positive lower bound are searched on the log scale. Everything is divided by the spread of
the means around e0, so that tolerances have no unit.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...units import Array
from .shapes import Shape

GRID = {1: 81, 2: 25}  # points an axis, by the number of non-linear parameters; 7 for more
STEPS = 100
CHUNK = 4000  # data sets at once, to bound the memory
STEP_TOLERANCE = 1e-6  # of θ (relative where searched on the log scale)
# of R², what one more Newton step promises to explain: the steps of a staircase creep below it
GAIN_TOLERANCE = 1e-10
_DIFFERENCE = 1e-4  # step for the derivative of the exact gradient
LONGEST = 1.0  # Newton step along one axis of curvature
_FLAT = 1e-8  # curvature of R² that counts as none
_TINY = 1e-20  # squared length of a column that is constant over the doses


@dataclass(frozen=True, slots=True)
class Profile:
    """Best fits of one shape to B data sets, K doses, p parameters θ.

    ``linear`` (B, 1 + slopes) are e0 and the slopes, ``theta`` (B, p), ``rss`` (B,) the weighted residual sum
    of squares (m − μ)'S⁻¹(m − μ). ``converged``: no better neighbour within the bounds (gradient and
    curvature); ``last_step`` the largest Newton step still to take; ``agreeing`` the part of the starts that
    ended at the same maximum.
    """

    linear: Array
    theta: Array
    rss: Array
    converged: NDArray[np.bool_]
    last_step: Array
    agreeing: Array


@dataclass(frozen=True, slots=True)
class _Problem:
    """A shape over whitened doses: ``white`` with white'white = S⁻¹, ``one`` the unit vector of e0.

    They are (K, K) and (K,) where all data share S, else (B, K, K) and (B, K).
    """

    shape: Shape
    doses: Array
    white: Array
    one: Array
    log: NDArray[np.bool_]
    lower: Array
    upper: Array

    def theta(self, u: Array) -> Array:
        return np.where(self.log, np.exp(u), u)

    def _project(self, column: Array) -> Array:
        """Whitened and freed of e0; the last axis is the doses."""
        w = _whiten(self.white, column)
        return np.asarray(w - (w * self.one).sum(axis=-1, keepdims=True) * self.one)

    def repeat(self, times: int) -> _Problem:
        """The same for every data set ``times`` times in a row."""
        if self.white.ndim == 2:
            return self
        return replace(self, white=self.white.repeat(times, axis=0), one=self.one.repeat(times, axis=0))

    def take(self, rows: NDArray[np.intp]) -> _Problem:
        """The same for some of the data sets."""
        return self if self.white.ndim == 2 else replace(self, white=self.white[rows], one=self.one[rows])

    def column(self, u: Array) -> Array:
        theta = [t[..., None] for t in np.moveaxis(self.theta(u), -1, 0)]
        return self._project(self.shape.columns(self.doses, *theta)[0])

    def explained(self, u: Array, y: Array) -> Array:
        """R² of every row of u (B, p) with its data y (B, K)."""
        f = self.column(u)
        size = np.einsum("bk,bk->b", f, f)
        along = np.einsum("bk,bk->b", f, y)
        return np.where(size > _TINY, along**2 / np.maximum(size, _TINY), 0.0)

    def gradient(self, u: Array, y: Array) -> Array:
        """dR²/du (B, p), exact: 2 b g'(y − b f), b the slope and g = ∂f/∂u."""
        f = self.column(u)
        slope = np.einsum("bk,bk->b", f, y) / np.maximum(np.einsum("bk,bk->b", f, f), _TINY)
        left = y - slope[:, None] * f
        theta = self.theta(u)
        parts = self.shape.gradient(self.doses, *(t[:, None] for t in theta.T))
        by_theta = np.stack([np.einsum("bk,bk->b", self._project(g), left) for g in parts], axis=1)
        return np.asarray(2 * slope[:, None] * by_theta * np.where(self.log, theta, 1.0))

    def hessian(self, u: Array, y: Array) -> Array:
        """d²R²/du² (B, p, p) by central differences of the gradient."""
        rows = []
        for k in range(u.shape[1]):
            step = np.zeros(u.shape[1])
            step[k] = _DIFFERENCE
            rows.append((self.gradient(u + step, y) - self.gradient(u - step, y)) / (2 * _DIFFERENCE))
        found = np.stack(rows, axis=1)
        return np.asarray((found + np.swapaxes(found, 1, 2)) / 2)


def _whiten(white: Array, values: Array) -> Array:
    """W v for every row v (B, K); W is one for all, or one a row."""
    return values @ white.T if white.ndim == 2 else np.asarray(np.einsum("blk,bk->bl", white, values))


def fit_profile(shape: Shape, doses: Array, white: Array, means: Array, *, starts: int = 4) -> Profile:
    """Best fits to the rows of ``means`` (B, K), observed at ``doses`` (K,) with S⁻¹ = white'white.

    ``white`` is (K, K), shared by all rows, or (B, K, K).
    """
    if len(means) > CHUNK:
        cuts = [slice(at, at + CHUNK) for at in range(0, len(means), CHUNK)]
        parts = [
            fit_profile(shape, doses, white if white.ndim == 2 else white[cut], means[cut], starts=starts)
            for cut in cuts
        ]
        return Profile(*(np.concatenate([getattr(p, f) for p in parts]) for f in Profile.__slots__))
    y = _whiten(white, means)
    if not shape.parameters:
        return _linear(shape, doses, white, y)
    one = white.sum(axis=-1)
    one = one / np.linalg.norm(one, axis=-1, keepdims=True)
    low, high = (np.array(side) for side in zip(*shape.bounds, strict=True))
    log = low > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        lower, upper = (np.where(log, np.log(side), side) for side in (low, high))
    problem = _Problem(shape, doses, white, one, log, lower, upper)
    centred = y - (y * one).sum(axis=1, keepdims=True) * one
    spread = np.linalg.norm(centred, axis=1)
    target = centred / np.where(spread > 0, spread, 1.0)[:, None]
    u, r2, step, flat, agreeing = _search(problem, target, starts)
    theta = np.clip(problem.theta(u), low, high)
    linear = _coefficients(shape, doses, white, y, theta)
    return Profile(linear, theta, (1 - np.minimum(r2, 1.0)) * spread**2, flat, step, agreeing)


def _linear(shape: Shape, doses: Array, white: Array, y: Array) -> Profile:
    """Closed form of a shape without θ."""
    design = white @ np.column_stack([np.ones_like(doses), *shape.columns(doses)])
    size = np.linalg.norm(design, axis=-2, keepdims=True)
    design = design / size
    linear = _whiten(np.linalg.pinv(design), y)
    rss = ((y - _whiten(design, linear)) ** 2).sum(axis=1)
    sure = np.full(len(y), np.linalg.matrix_rank(design) == design.shape[-1])
    linear = linear / size[..., 0, :]
    return Profile(linear, np.empty((len(y), 0)), rss, sure, np.zeros(len(y)), np.ones(len(y)))


def _coefficients(shape: Shape, doses: Array, white: Array, y: Array, theta: Array) -> Array:
    """e0 and the slope (B, 2) given θ (B, p)."""
    f = _whiten(white, shape.columns(doses, *(t[:, None] for t in theta.T))[0])
    one = white.sum(axis=-1)
    ones = (one * one).sum(axis=-1)
    mean_f, mean_y = (f * one).sum(axis=1) / ones, (y * one).sum(axis=1) / ones
    f = f - mean_f[:, None] * one
    slope = np.einsum("bk,bk->b", f, y) / np.maximum(np.einsum("bk,bk->b", f, f), _TINY)
    return np.column_stack([mean_y - slope * mean_f, slope])


def _starts(problem: _Problem, y: Array, starts: int) -> Array:
    """Best grid points in each of ``starts`` parts of the first parameter's range, (B, starts, p)."""
    p = len(problem.lower)
    axes = [np.linspace(lo, hi, GRID.get(p, 7)) for lo, hi in zip(problem.lower, problem.upper, strict=True)]
    grid = np.array(list(itertools.product(*axes)))  # the first parameter changes slowest
    f = problem.shape.columns(problem.doses, *problem.theta(grid).T[:, :, None])[0]
    f = f - f.mean(axis=1, keepdims=True)  # e0 takes any constant; less is lost below
    white, one = problem.white, problem.one
    level = np.einsum("...lk,...l->...k", white, one)
    gram = np.swapaxes(white, -1, -2) @ white - level[..., :, None] * level[..., None, :]
    pairs = (f[:, :, None] * f[:, None, :]).reshape(len(f), -1)
    size = np.atleast_2d(gram.reshape(*gram.shape[:-2], -1) @ pairs.T)  # f'Pf: squared length freed of e0
    along = (y @ white if white.ndim == 2 else np.einsum("bl,blk->bk", y, white)) @ f.T
    score = np.where(size > _TINY, np.abs(along) / np.sqrt(np.maximum(size, _TINY)), 0.0)
    parts = np.array_split(np.arange(len(grid)), starts)
    best = np.stack([part[score[:, part].argmax(axis=1)] for part in parts], axis=1)
    return np.asarray(grid[best])


def _search(problem: _Problem, y: Array, starts: int) -> tuple[Array, Array, Array, NDArray[np.bool_], Array]:
    """Newton from every start; the best of each data set: u, R², last step, converged, agreeing starts."""
    begin = _starts(problem, y, starts)
    data, p = len(y), begin.shape[2]
    repeated, each = problem.repeat(starts), np.repeat(y, starts, axis=0)
    u, step, sure = _ascend(repeated, begin.reshape(-1, p), each)
    r2 = repeated.explained(u, each).reshape(data, starts)
    best = (np.arange(data), r2.argmax(axis=1))
    agreeing = (r2 >= r2[best][:, None] - 1e-9).mean(axis=1)
    shaped = u.reshape(data, starts, p), step.reshape(data, starts), sure.reshape(data, starts)
    return shaped[0][best], r2[best], shaped[1][best], shaped[2][best], agreeing


def _newton(problem: _Problem, u: Array, y: Array) -> tuple[Array, Array, Array]:
    """Step within the bounds, promised gain of R², and least curvature of −R² among the free parameters.

    A parameter whose step would leave its range goes to the bound, and the others are solved again given
    that.
    """
    g = problem.gradient(u, y)
    curvature = -problem.hessian(u, y)
    held = ((u <= problem.lower) & (g < 0)) | ((u >= problem.upper) & (g > 0))
    step = np.zeros_like(u)
    for _ in range(u.shape[1] + 1):
        free = ~held
        h = np.where(free[:, :, None] & free[:, None, :], curvature, 0.0) + held[:, :, None] * np.eye(
            u.shape[1]
        )
        values, vectors = np.linalg.eigh(h)
        fixed = np.where(held, step, 0.0)
        left = np.where(held, 0.0, g - np.einsum("bij,bj->bi", curvature, fixed))
        along = np.einsum("bij,bi->bj", vectors, left)
        # |curvature| makes every step an ascent; a long step along one axis does not shorten the others
        steps = np.clip(along / np.maximum(np.abs(values), _FLAT), -LONGEST, LONGEST)
        step = fixed + np.einsum("bij,bj->bi", vectors, steps)
        within = np.clip(u + step, problem.lower, problem.upper) - u
        outward = free & (np.abs(within - step) > 1e-14)
        step = within
        if not outward.any():
            break
        held = held | outward
    return step, np.abs(np.einsum("bi,bi->b", step, g)), values[:, 0]


def _ascend(problem: _Problem, u: Array, y: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Bounded Newton ascent of R² with halved steps where it would fall; (u, last step, converged)."""
    u, moving = u.copy(), np.arange(len(u))
    scale, last = np.ones(len(u)), np.full(len(u), np.inf)
    gain, curvature = np.full(len(u), np.inf), np.zeros(len(u))
    value = problem.explained(u, y)
    for _ in range(STEPS):
        at, data, mine = u[moving], y[moving], problem.take(moving)
        step, promised, least = _newton(mine, at, data)
        last[moving], gain[moving], curvature[moving] = np.abs(step).max(axis=1), promised, least
        new = np.clip(at + scale[moving, None] * step, problem.lower, problem.upper)
        reached = mine.explained(new, data)
        better = reached >= value[moving]
        u[moving[better]], value[moving[better]] = new[better], reached[better]
        scale[moving] = np.where(better, np.minimum(2 * scale[moving], 1.0), scale[moving] / 4)
        done = (last[moving] <= 1e-9) | (promised <= 1e-14) | (scale[moving] < 1e-12)
        moving = moving[~done]
        if not len(moving):
            break
    flat = (last <= STEP_TOLERANCE) | (gain <= GAIN_TOLERANCE)
    return u, last, flat & (curvature > -1e-6)
