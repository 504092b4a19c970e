"""Renderings of the population curve and of the checks: text, plain records for JSON, one HTML page each."""

from __future__ import annotations

import numpy as np

from ...curves import curves
from ...domain import BANNER
from ...priors import Prior
from ...synthesis.fit import Fit
from ...synthesis.population import DoseComparison, DoseResponse
from ...synthesis.record import Answers, CurveWeights, FitRecord
from ..frame.numbers import percent
from ..frame.page import page
from ..frame.text import table
from ..frame.words import STALE
from . import figures
from .record import Answer, CheckRecord, CrossCheck, CurveDose, CurveRecord, FitWritten

# the population curve --------------------------------------------------------------------------------------


def curve_record(found: DoseResponse, fit: Fit, stale: bool) -> CurveRecord:
    """Everything the curve shows, as plain values."""
    columns = (found.doses, found.mean, found.p_positive, *found.quantiles)
    doses: list[CurveDose] = [
        {
            "dose": dose,
            "mean": mean,
            "p_positive": p,
            "q025": q025,
            "q10": q10,
            "q25": q25,
            "q50": q50,
            "q75": q75,
            "q90": q90,
            "q975": q975,
        }
        for dose, mean, p, q025, q10, q25, q50, q75, q90, q975 in np.stack(columns, axis=1).tolist()
    ]
    return {
        "schema": "curve/1",
        "banner": BANNER,
        "domain": found.domain,
        "month": found.month,
        "mcid": found.mcid,
        "stale": stale,
        "doses": doses,
        "curves": {
            n: {"weight": w, "mean": line.tolist(), "says": curves()[n].says}
            for n, (w, line) in found.curves.items()
        },
        "points": found.points,
        "answers": [_answer(a) for a in found.answers],
        "evidence_digest": fit.record.evidence_digest,
    }


def _answer(asked: DoseComparison) -> Answer:
    found = asked.found
    return {
        "higher": asked.higher,
        "lower": asked.lower,
        "more": found.more,
        "same": found.same,
        "less": found.less,
        "mcid": found.mcid,
        "effect_more": found.effect_more,
        "effect_less": found.effect_less,
        "effect_typical": found.effect_typical,
        "p_effect_less": found.p_effect_less,
    }


def answer_sentences(found: DoseResponse) -> list[str]:
    """Is more better? One sentence a pair of doses."""
    said = []
    for answer in found.answers:
        p = answer.found
        favoured = "higher" if p.more > p.less else "lower"
        told_apart = max(p.more, p.less) >= 0.9
        verdict = f"favour the {favoured} dose" if told_apart else "do not tell them apart"
        said.append(
            f"{answer.higher:g} against {answer.lower:g} million: {percent(p.more)} more benefit,"
            f" {percent(p.same)} the same, {percent(p.less)} less; {percent(p.mcid)} for a difference of"
            f" {found.mcid:g} points or more: the trials {verdict}."
        )
    return said


def curve_text(found: DoseResponse, fit: Fit, stale: bool) -> str:
    """The table of doses, the curves and their weights, and the answers."""
    rows = [
        [
            f"{d:g}",
            f"{found.mean[k]:.1f}",
            f"{found.quantiles[1, k]:.1f} to {found.quantiles[5, k]:.1f}",
            f"{found.quantiles[0, k]:.1f} to {found.quantiles[6, k]:.1f}",
            percent(float(found.p_positive[k])),
        ]
        for k, d in enumerate(found.doses)
        if d in (0, 1, 5, 10, 25, 50, 75, 100, 150)
    ]
    low, high = fit.dose_range
    weights = [
        [n, percent(w), curves()[n].says]
        for n, (w, _) in sorted(found.curves.items(), key=lambda item: -item[1][0])
    ]
    parts = [
        BANNER,
        *([STALE] if stale else []),
        "",
        (
            f"Mean effect of cells over placebo on {found.domain} at month {found.month:g} (points of 100;"
            " positive is better)"
        ),
        table(["million cells", "mean", "80 % band", "95 % band", "P(> 0)"], rows),
        f"Randomised figures exist from {low:g} to {high:g} million cells; the rest is extrapolated.",
        "",
        "Curves and their weights (stacking of leave-one-study-out predictions)",
        "\n".join(f"  {n:<10} {w:>5}  {says}" for n, w, says in weights),
        "",
        "Is more better?",
        *(f"  {s}" for s in answer_sentences(found)),
    ]
    return "\n".join(parts) + "\n"


def curve_html(found: DoseResponse, fit: Fit, stale: bool) -> str:
    """One page: the picture, the answers, the table."""
    points = [
        figures.CurvePoint(f"{p.study} {p.label}", p.dose, p.effect, p.se, p.origin) for p in found.points
    ]
    keep = found.doses > 0
    drawn = figures.curve_figure(
        found.doses[keep].tolist(),
        [row[keep].tolist() for row in found.quantiles],
        {n: (w, line[keep].tolist()) for n, (w, line) in found.curves.items()},
        points,
    )
    title = f"Dose and effect on {found.domain} at month {found.month:g}"
    return page(
        title,
        [
            ("", drawn),
            ("Is more better?", "".join(f"<p>{s}</p>" for s in answer_sentences(found))),
            ("Numbers", f"<pre tabindex='0'>{curve_text(found, fit, stale)}</pre>"),
        ],
        stale,
    )


# the checks ------------------------------------------------------------------------------------------------


def check_record(fit: Fit, stale: bool, compared: CrossCheck) -> CheckRecord:
    """The checks and their tables as plain values, and the frequentist curves beside them."""
    m = fit.record
    return {
        "schema": "check/1",
        "banner": BANNER,
        "stale": stale,
        "analysis": m.analysis,
        "checks": m.checks,
        "weights": m.weights,
        "lpd": m.lpd,
        "diagnostics": m.diagnostics,
        "predictive": m.predictive,
        "influence": m.influence,
        "sensitivity": m.sensitivity,
        "posterior_predictive_p": m.posterior_predictive_p,
        "prior_sensitivity": m.prior_sensitivity,
        "contraction": m.contraction,
        "studies": m.studies,
        "studies_out": m.studies_out,
        "evidence_digest": m.evidence_digest,
        "versions": m.versions,
        "settings": m.settings,
        "cross_check": compared,
    }


def fit_record(fit: Fit, out: str) -> FitWritten:
    """Where a fit was written, its checks and weights."""
    checks, weights = fit.record.checks, fit.record.weights
    return {"schema": "fit/1", "banner": BANNER, "out": out, "checks": checks, "weights": weights}


def check_text(fit: Fit, stale: bool) -> str:
    """Diagnostics, weights, held-out predictions, influence, prior against posterior."""
    m = fit.record
    checks = [[("ok   " if c.ok else "FAIL " if c.blocking else "note ") + c.name, c.says] for c in m.checks]
    taught = [
        [c.parameter, f"{c.contraction:.2f}", "the trials do not tell" if c.contraction < 0.1 else ""]
        for c in m.contraction
    ]
    power = [
        [f"{r.alpha:g}", f"{r.effect_typical:.1f}", percent(r.more), percent(r.less)]
        for r in m.prior_sensitivity
    ]
    answers = ["effect", "95 %", "more", "same", "less"]
    parts = [
        BANNER,
        *([STALE] if stale else []),
        "",
        f"Analysis: {m.analysis}",
        table(["check", "says"], checks),
        "Weights of the curves",
        table(["curve", "used", "optimum", "pseudo-BMA", "prior"], _weights(m.weights)),
        (
            "Every study predicted from the others (held-out contrasts inside their interval; posterior"
            " predictive p)"
        ),
        table(["study", "contrasts", "in 80 %", "in 95 %", "p"], _left_out(m)),
        (
            "Leave one study out: effect of 50 million at month 12 [points], and P(100 million does more"
            " than, the same as, less than 25 million)"
        ),
        table(["without", *answers], [[r.without or "(all studies)", *_answers(r)] for r in m.influence]),
        "The same with other choices of evidence (Pareto-k above 0.7: read with care)",
        table(
            ["analysis", *answers, "k"],
            [[r.analysis, *_answers(r), f"{r.pareto_k:.2f}"] for r in m.sensitivity],
        ),
        "Priors made weaker (0.8) and stronger (1.25)",
        table(["power", "effect", "more", "less"], power),
        "What the trials taught (1 − posterior/prior variance)",
        table(["parameter", "learned", ""], taught),
    ]
    return "\n".join(parts)


def _weights(weights: CurveWeights) -> list[list[str]]:
    each = (weights.used, weights.stacking_optimum, weights.pseudo_bma, weights.prior)
    return [[name, *(f"{kind[name]:.2f}" for kind in each)] for name in weights.used]


def _left_out(record: FitRecord) -> list[list[str]]:
    """Each study: its contrasts, the shares inside their intervals, the posterior predictive p-value."""
    told = []
    for study in dict.fromkeys(r.study for r in record.predictive.rows):
        rows = [r for r in record.predictive.rows if r.study == study]
        inside = ([r.in80 for r in rows], [r.in95 for r in rows])
        shares = [percent(float(np.mean(each))) for each in inside]
        told.append([study, str(len(rows)), *shares, f"{record.posterior_predictive_p[study]:.2f}"])
    return told


def _answers(row: Answers) -> list[str]:
    chances = [percent(p) for p in (row.more, row.same, row.less)]
    return [f"{row.effect_typical:.1f}", f"{row.typical_low:.1f} to {row.typical_high:.1f}", *chances]


def check_html(fit: Fit, stale: bool, compared: str, overlaid: str) -> str:
    """One page: the checks as text, with the pictures of priors, influence, held-out predictions and, given
    as text and picture, the frequentist cross-check."""
    m = fit.record
    coverage = []
    for r in m.predictive.rows:
        what, month = r.label.rsplit(" month ", 1)
        coverage.append(figures.CoverageRow(r.study, what, float(month), r.observed, r.q025, r.q975))
    influence = [
        figures.InfluenceRow(r.without, r.effect_typical, r.typical_low, r.typical_high)
        for r in m.influence[1:]
    ]
    drawn = [
        ("Priors and posteriors", figures.prior_posterior_figure(_densities(fit))),
        (
            "Influence",
            figures.influence_figure(
                influence,
                overall=m.influence[0].effect_typical,
                statistic="Effect of 50 million cells at month 12",
            ),
        ),
        ("Held-out predictions", figures.coverage_figure(coverage)),
        ("Frequentist curves over the Bayesian one", overlaid),
        ("Checks", f"<pre tabindex='0'>{check_text(fit, stale)}{compared}</pre>"),
    ]
    return page("Is the fit fit for use?", drawn, stale)


def _densities(fit: Fit) -> list[figures.PriorPosteriorRow]:
    """Histograms of prior and posterior for every parameter of the heaviest curve that has it."""
    rows, rng = [], np.random.default_rng(5)
    for c in fit.record.contraction:
        label = c.parameter
        curve, _, own = label.rpartition(".")
        name = f"curve.{own}" if curve in fit.draws else label
        holders = [
            n
            for n in sorted(fit.weights, key=lambda n: -fit.weights[n])
            if name in fit.draws[n] and (curve not in fit.draws or n == curve)
        ]
        after = np.asarray(fit.draws[next((n for n in holders if n != "null"), holders[0])][name], float)
        prior = Prior(c.kind, c.loc, c.scale, c.unit, c.reason)
        before = np.asarray(prior.value(prior.sample_z(rng, 20_000)))
        low, high = np.quantile(np.concatenate([after, before]), [0.005, 0.975])
        edges = np.linspace(low, high, 41)
        middle = ((edges[:-1] + edges[1:]) / 2).tolist()
        heights = [np.histogram(v, edges, density=True)[0].tolist() for v in (before, after)]
        rows.append(
            figures.PriorPosteriorRow(
                label, c.unit, middle, heights[0], middle, heights[1], max(0.0, c.contraction)
            )
        )
    return rows
