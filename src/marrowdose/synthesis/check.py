"""What a fit is tested by: predictions of held-out studies, influence, prior against posterior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import numpy as np

from ..curves import curves
from ..domain import DOMAINS, Domain, Origin
from ..files.typed import parts
from ..units import Array, MillionCells, Months, Points
from .averaging import stacking_posterior
from .model import Model, build_up, moments
from .network import Network, StudyBlock
from .record import (
    Answers,
    Contraction,
    Coverage,
    CoverageOfBoth,
    HeldOut,
    Influence,
    MoreIsBetter,
    Predictive,
    PriorPower,
    Sensitivity,
    StudyPoint,
)

LEVELS = {"q025": 0.025, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q975": 0.975}
MORE, LESS = 100.0, 25.0  # million cells: the doses of "is more better?"
TYPICAL = 50.0
MONTH = 12.0
CurveDraws = Mapping[str, Mapping[str, Array]]  # curve → parameter → draws


def weighted_quantiles(values: Array, weights: Array, levels: list[float]) -> Array:
    """Quantiles (levels, columns) of values (draws, columns) with weights (draws,)."""
    out = np.empty((len(levels), values.shape[1]))
    for j in range(values.shape[1]):
        order = np.argsort(values[:, j])
        cumulative = np.cumsum(weights[order]) - 0.5 * weights[order]
        out[:, j] = np.interp(levels, cumulative / weights.sum(), values[order, j])
    return out


def predictive(
    network: Network, names: list[str], weights: Array, predicted: Mapping[tuple[str, str], Array]
) -> Predictive:
    """Held-out contrasts of each study against their 80 % and 95 % predictive intervals.

    The Monte-Carlo error is the spread of coverage between studies, because contrasts of one study move
    together. ``misfit`` names the studies that fall outside more often than they should.
    """
    by_study = [_held_out(s, [predicted[c, s.name] for c in names], weights) for s in network.studies]
    sizes = np.array([s.size for s in network.studies], float)
    inside80 = np.array([np.mean([r.in80 for r in rows]) for rows in by_study])
    inside95 = np.array([np.mean([r.in95 for r in rows]) for rows in by_study])
    return Predictive(
        rows=tuple(row for rows in by_study for row in rows),
        coverage=CoverageOfBoth(in80=_coverage(0.8, inside80, sizes), in95=_coverage(0.95, inside95, sizes)),
        misfit=tuple(s.name for s, inside in zip(network.studies, inside95, strict=True) if inside < 0.8),
    )


def _held_out(study: StudyBlock, predicted: list[Array], weights: Array) -> list[HeldOut]:
    """The contrasts of one study, with what the weighted curves predicted (draws, contrasts) without it."""
    share = np.concatenate([np.full(len(v), w / len(v)) for v, w in zip(predicted, weights, strict=True)])
    quantiles = weighted_quantiles(np.concatenate(predicted), share, list(LEVELS.values()))
    rows = []
    for k, label in enumerate(study.labels):
        q = dict(zip(LEVELS, quantiles[:, k].tolist(), strict=True))
        observed = float(study.y[k])
        in80, in95 = q["q10"] <= observed <= q["q90"], q["q025"] <= observed <= q["q975"]
        rows.append(HeldOut(study=study.name, label=label, observed=observed, in80=in80, in95=in95, **q))
    return rows


def _coverage(nominal: float, inside: Array, sizes: Array) -> Coverage:
    """Share inside, (studies,) weighted by the sizes of the studies, with its Monte-Carlo error."""
    mean = float(np.average(inside, weights=sizes))
    share = sizes / sizes.sum()
    # cluster-robust standard error of a weighted mean, at least the error of as many independent studies
    se = float(np.sqrt((share**2 * (inside - mean) ** 2).sum() * len(sizes) / max(1, len(sizes) - 1)))
    least = float(np.sqrt(nominal * (1 - nominal) * (share**2).sum()))
    return Coverage(nominal=nominal, observed=mean, mc_error=max(se, least))


def effect_draws(
    curve: str, draws: Mapping[str, Array], dose: MillionCells, month: Months, domain: Domain
) -> Array:
    """Population effect (n,) at one dose and month of one curve's draws [points]."""
    p = {k: np.asarray(v, float) for k, v in draws.items()}
    gap = p.get("domain_gap", np.zeros_like(p["effect"])) * (1.0 if domain == "pain" else -1.0)
    shape = curves()[curve].shape(
        np.array([dose]), *[p[f"curve.{k}"][:, None] for k in curves()[curve].priors], xp=np
    )
    return np.asarray(
        (p["effect"] + gap)
        * np.broadcast_to(shape, (len(gap), 1))[:, 0]
        * build_up(month, p["tau_on"], p["tau_off"])
    )


def more_is_better(
    draws: CurveDraws,
    weights: Mapping[str, float],
    domain: Domain,
    *,
    month: Months = MONTH,
    more: MillionCells = MORE,
    less: MillionCells = LESS,
    mcid: Points = 10.0,
) -> MoreIsBetter:
    """P(benefit at ``more`` >, =, < benefit at ``less``), P(difference ≥ MCID) and both mean effects."""
    total = dict.fromkeys((f.name for f in fields(MoreIsBetter)), 0.0)
    for curve, w in weights.items():
        high, low = (effect_draws(curve, draws[curve], d, month, domain) for d in (more, less))
        gap = high - low
        for key, value in {
            "more": gap > 1e-9,
            "same": np.abs(gap) <= 1e-9,
            "less": gap < -1e-9,
            "mcid": gap >= mcid,
            "effect_more": high,
            "effect_less": low,
            "effect_typical": effect_draws(curve, draws[curve], TYPICAL, month, domain),
            "p_effect_less": low > 0,
        }.items():
            total[key] += w * float(np.mean(np.asarray(value, float)))
    return MoreIsBetter(**total)


def influence(
    lpd: Array, weights: Array, draws: CurveDraws, left: Mapping[str, CurveDraws], domain: Domain
) -> tuple[Influence, ...]:
    """The answers with all studies, and without each (``left``: study → draws of every curve).

    ``lpd`` (curves, studies): the weights are stacked again on the studies that remain.
    """
    rows = [Influence(without="", **parts(answers(weights, draws, domain)))]
    for k, (study, without) in enumerate(left.items() if len(left) > 1 else ()):
        remaining = stacking_posterior(np.delete(lpd, k, axis=1))
        rows.append(Influence(without=study, **parts(answers(remaining, without, domain))))
    return tuple(rows)


def sensitivity(analysis: str, lpd: Array, pareto_k: float, draws: CurveDraws, domain: Domain) -> Sensitivity:
    """The answers under another choice of evidence, which has its own ``lpd`` (curves, studies)."""
    found = answers(stacking_posterior(lpd), draws, domain)
    return Sensitivity(analysis=analysis, pareto_k=pareto_k, **parts(found))


def answers(weights: Array, draws: CurveDraws, domain: Domain) -> Answers:
    """Weights, effect of a typical dose with its interval, and whether more is better."""
    share = dict(zip(draws, weights.tolist(), strict=True))
    low, high = effect_interval(draws, share, TYPICAL, MONTH, domain)
    more = more_is_better(draws, share, domain)
    return Answers(weights=share, typical_low=low, typical_high=high, **parts(more))


def effect_interval(
    draws: CurveDraws, weights: Mapping[str, float], dose: MillionCells, month: Months, domain: Domain
) -> tuple[Points, Points]:
    """95 % interval of the population effect at a dose, over the weighted curves [points]."""
    values = [effect_draws(c, draws[c], dose, month, domain) for c in weights]
    share = np.concatenate(
        [np.full(len(v), w / len(v)) for v, w in zip(values, weights.values(), strict=True)]
    )
    low, high = weighted_quantiles(np.concatenate(values)[:, None], share, [0.025, 0.975])[:, 0]
    return float(low), float(high)


def posterior_predictive(models: dict[str, Model], z: dict[str, Array], weights: Array) -> dict[str, float]:
    """Posterior predictive p-value of each study: P(χ²_C ≥ its Mahalanobis distance), averaged over draws and
    curves.
    """
    from scipy.stats import chi2

    out: dict[str, float] = {}
    for w, (name, model) in zip(weights, models.items(), strict=True):
        p = model.parameters(z[name][:: max(1, len(z[name]) // 500)])
        for s in model.network.studies:
            mean, cov = moments(model, s, p)
            e = s.y - mean
            quad = (e * np.linalg.solve(cov, e[..., None])[..., 0]).sum(-1)
            out[s.name] = out.get(s.name, 0.0) + float(w * chi2.sf(quad, s.size).mean())
    return out


def prior_sensitivity(
    models: dict[str, Model], z: dict[str, Array], weights: Array
) -> tuple[PriorPower, ...]:
    """Answers under priors made stronger and weaker (power-scaling, Kallioinen 2024): density ∝ prior^α ·
    likelihood.
    """
    rows = []
    for alpha in (0.8, 1.0, 1.25):
        total = dict.fromkeys((f.name for f in fields(MoreIsBetter)), 0.0)
        for w, (name, model) in zip(weights, models.items(), strict=True):
            log_w = (alpha - 1) * model.log_prior(z[name])
            share = np.exp(log_w - log_w.max())
            pick = np.random.default_rng(7).choice(len(share), 4000, p=share / share.sum())
            draws = {name: {k: v[pick] for k, v in model.parameters(z[name]).items()}}
            for key, value in parts(
                more_is_better(draws, {name: float(w)}, model.network.domains[0])
            ).items():
                total[key] += value
        rows.append(PriorPower(alpha=alpha, **total))
    return tuple(rows)


def contraction(models: dict[str, Model], z: dict[str, Array], weights: Array) -> tuple[Contraction, ...]:
    """How much the data taught: 1 − Var(posterior)/Var(prior) on the unconstrained scale, per parameter.

    Curve parameters are those of their own curve; common ones are averaged over curves. Near zero: the
    trials do not tell.
    """
    rng = np.random.default_rng(11)
    found: dict[str, list[tuple[float, float]]] = {}
    priors = {}
    for w, (name, model) in zip(weights, models.items(), strict=True):
        for k, (parameter, prior) in enumerate(model.priors.items()):
            label = parameter.replace("curve.", f"{name}.")
            priors[label] = prior
            spread = float(prior.sample_z(rng, 20_000).var())
            found.setdefault(label, []).append((float(w), 1.0 - float(z[name][:, k].var()) / spread))
    return tuple(
        Contraction(
            parameter=label,
            kind=priors[label].kind,
            loc=priors[label].loc,
            scale=priors[label].scale,
            unit=priors[label].unit,
            reason=priors[label].reason,
            contraction=float(sum(w * c for w, c in v) / max(sum(w for w, _ in v), 1e-12)),
        )
        for label, v in found.items()
    )


def points(network: Network) -> tuple[StudyPoint, ...]:
    """Each study's own contrasts for the dose-response picture, standard errors at typical parameters."""
    typical = Model(network, curves()["plateau"])
    p = typical.parameters(np.zeros(typical.dim))
    p = {k: np.asarray(v) for k, v in p.items()} | {"tau": np.asarray(0.0), "gamma": np.asarray(0.0)}
    rows = []
    for s in network.studies:
        _, cov = moments(typical, s, p)
        adjusted = s.y - p["slope"] * s.baseline_gap
        for k, label in enumerate(s.labels):
            rows.append(
                StudyPoint(
                    study=s.name,
                    label=label,
                    dose=float(s.treated.dose[k]),
                    month=float(s.month[k]),
                    effect=float(adjusted[k]),
                    se=float(np.sqrt(cov[k, k])),
                    domain=DOMAINS[int(s.load[k, 1] > s.load[k, 0])],
                    origin=_origin(s, k),
                )
            )
    return tuple(rows)


def _origin(s: StudyBlock, k: int) -> Origin:
    if s.treated.sd_study[k]:
        return "imputed"
    return "converted" if s.treated.var_baseline[k] else "reported"
