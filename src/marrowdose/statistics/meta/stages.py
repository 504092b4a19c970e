"""The design of one stage and of two: every study's effects on the curve's basis.

Source of the two stages: Greenland & Longnecker 1992; Gasparrini 2012 (Stat Med 31:3821).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...errors import InputError
from ...units import Array
from .blocks import Blocks, stack
from .shapes import Shape
from .table import StudyEffects


def placing(studies: Sequence[StudyEffects], form: Shape, z: Array) -> Callable[[Array], Blocks]:
    """θ → all effects with X = [F, F z₁, …] and Z = F, F = f(doses) − f(reference).

    ``z`` (k, covariates) are centred.

    The covariances are checked once; the curve is worked out for all arms together.
    """
    ones = [np.ones((len(s.doses), 1)) for s in studies]
    base = stack(
        [s.effects.y for s in studies],
        ones,
        ones,
        [s.effects.covariance for s in studies],
        [s.name for s in studies],
    )
    k, m = base.y.shape
    doses = np.tile(np.array([[s.reference] for s in studies]), (1, m + 1))  # a padded arm adds nothing
    for row, s in zip(doses, studies, strict=True):
        row[: len(s.doses)] = s.doses
    factors = np.hstack([np.ones((k, 1)), z])[:, None, :, None]

    def place(theta: Array) -> Blocks:
        f = form.basis(doses.ravel(), theta).reshape(k, m + 1, -1)
        f = f[:, :-1] - f[:, -1:]
        return Blocks(base.y, (f[:, :, None, :] * factors).reshape(k, m, -1), f, base.v, base.rows)

    return place


def second_stage(studies: Sequence[StudyEffects], form: Shape, z: Array, one: Blocks) -> Blocks:
    """Stage one in every study, b_i = (FᵀS⁻¹F)⁻¹FᵀS⁻¹y, from the blocks of one stage; the b_i as blocks.

    Raises ``InputError`` naming the study whose doses cannot tell the curve.
    """
    f, q = one.z, one.z.shape[2]
    scale = np.abs(f).max(axis=1, keepdims=True)
    told = np.linalg.matrix_rank(f / np.where(scale > 0, scale, 1.0), tol=1e-9) == q
    for s in [studies[i] for i in np.flatnonzero(~told)[:1]]:
        levels = len(np.unique(np.append(s.doses, s.reference)))
        raise InputError(
            f"its {levels} doses cannot tell the {q} coefficients of {form.name}",
            where=f"study {s.name}",
            remedy="use stages='one', or a simpler curve",
        )
    weighed = np.linalg.solve(one.v, f)
    variance = np.linalg.inv(f.transpose(0, 2, 1) @ weighed)
    own = (variance @ (weighed.transpose(0, 2, 1) @ one.y[:, :, None]))[:, :, 0]
    eye = np.tile(np.eye(q), (len(own), 1, 1))
    factors = np.hstack([np.ones((len(own), 1)), z])[:, None, :, None]
    x = (eye[:, :, None, :] * factors).reshape(len(own), q, -1)
    return Blocks(own, x, eye, 0.5 * (variance + variance.transpose(0, 2, 1)), own.size)
