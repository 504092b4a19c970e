"""Renderings of a dose-response meta-analysis: text, and one page with its pictures."""

from __future__ import annotations

from html import escape

import numpy as np

from ..domain import BANNER
from ..synthesis.drma import CurvePoints, DoseResponse
from .figures.meta import dose_figure, forest_figure, funnel_figure
from .population import page, table


def drma_text(fit: DoseResponse, points: CurvePoints) -> str:
    """Coefficients, heterogeneity, convergence and predictions."""
    stages = f"{fit.stages} stage{'s' if fit.stages == 'two' else ''}"
    lines = [
        BANNER,
        f"{fit.curve}, {fit.method}, {stages}: {len(fit.studies)} studies",
        table(
            ["", "estimate", "se", "low", "high", "p"],
            [
                [name, *(f"{column[i]:.4g}" for column in (fit.beta, fit.se, fit.low, fit.high, fit.p))]
                for i, name in enumerate(fit.names)
            ],
        ),
        f"Q {fit.q:.4g} on {fit.q_df} (p {fit.q_p:.3g}), I² {fit.i2:.0f} %, AIC {fit.aic:.4g}",
    ]
    if fit.nonlinearity is not None:
        lines.append(f"test of non-linearity: p {fit.nonlinearity.p:.3g}")
    if fit.convergence is not None:
        c = fit.convergence
        lines.append(f"converged: slope {c.gradient:.1g}, {c.starts_agreeing} of {c.starts} starts agree")
    columns = (points.dose, points.effect, points.low, points.high, points.new_low, points.new_high)
    rows = [[f"{value:.4g}" for value in row] for row in zip(*columns, strict=True)]
    lines.append(table(["dose", "effect", "low", "high", "new study low", "new study high"], rows))
    return "\n".join(lines)


def drma_html(fit: DoseResponse, points: CurvePoints) -> str:
    """One page: the curve over the studies, every study's largest dose, the funnel of all effects, the numbers."""
    grid = fit.predict(np.linspace(0.0, fit.dose_range[1], 41).tolist())
    studies = [(s.name, s.doses, s.effects.y, np.sqrt(np.diag(s.effects.covariance))) for s in fit.studies]
    top = [int(np.argmax(s.doses)) for s in fit.studies]
    y = np.array([s.effects.y[k] for s, k in zip(fit.studies, top, strict=True)])
    v = np.array([s.effects.covariance[k, k] for s, k in zip(fit.studies, top, strict=True)])
    labels = [f"{s.name}, dose {s.doses[k]:g}" for s, k in zip(fit.studies, top, strict=True)]
    residual = np.concatenate(
        [s.effects.y - fit.predict(s.doses.tolist()).effect for s in fit.studies if s.reference == 0.0]
        or [np.zeros(1)]
    )
    spread = np.concatenate(
        [np.diag(s.effects.covariance) for s in fit.studies if s.reference == 0.0] or [np.ones(1)]
    )
    parts = [
        ("", dose_figure(grid.dose, grid.effect, grid.low, grid.high, studies)),
        ("Every study at its largest dose", forest_figure(labels, y, v)),
        ("Effects around the curve", funnel_figure(residual, spread, 0.0)),
        ("Numbers", f"<pre tabindex='0'>{escape(drma_text(fit, points))}</pre>"),
    ]
    return page("Dose-response meta-analysis", parts, stale=False)
