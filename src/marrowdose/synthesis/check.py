"""Is this Fit fit for use? Predictions of held-out studies, influence, prior against posterior, verdict.

A fit that fails is not shipped and not served; where it is off, the misfit is named (SCIENCE section 5).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..curves import curves
from ..domain import DOMAINS, Domain
from ..units import Array
from .averaging import stacking_posterior
from .model import Model, build_up, moments
from .network import Network

LEVELS = {"q025": 0.025, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q975": 0.975}
MORE, LESS = 100.0, 25.0  # million cells: the doses of "is more better?"
TYPICAL = 50.0
MONTH = 12.0


def weighted_quantiles(values: Array, weights: Array, levels: list[float]) -> Array:
    """Quantiles (levels, columns) of values (draws, columns) with weights (draws,)."""
    out = np.empty((len(levels), values.shape[1]))
    for j in range(values.shape[1]):
        order = np.argsort(values[:, j])
        cumulative = np.cumsum(weights[order]) - 0.5 * weights[order]
        out[:, j] = np.interp(levels, cumulative / weights.sum(), values[order, j])
    return out


def predictive(
    network: Network, names: list[str], weights: Array, predicted: dict[tuple[str, str], Array]
) -> dict[str, Any]:
    """Held-out contrasts of each study against their 80 % and 95 % predictive intervals.

    The Monte-Carlo error is the spread of coverage between studies, because contrasts of one study move
    together. ``misfit`` names the studies that fall outside more often than they should.
    """
    rows: list[dict[str, Any]] = []
    for s in network.studies:
        values = np.concatenate([predicted[c, s.name] for c in names])
        share = np.concatenate(
            [
                np.full(len(predicted[c, s.name]), w / len(predicted[c, s.name]))
                for c, w in zip(names, weights, strict=True)
            ]
        )
        quantile = dict(zip(LEVELS, weighted_quantiles(values, share, list(LEVELS.values())), strict=True))
        for k, label in enumerate(s.labels):
            row: dict[str, Any] = {
                "study": s.name,
                "label": label,
                "observed": float(s.y[k]),
                **{q: float(v[k]) for q, v in quantile.items()},
            }
            row["in80"], row["in95"] = (
                bool(row[a] <= row["observed"] <= row[b]) for a, b in (("q10", "q90"), ("q025", "q975"))
            )
            rows.append(row)
    coverage = {}
    for key, nominal in (("in80", 0.8), ("in95", 0.95)):
        by_study = np.array(
            [np.mean([r[key] for r in rows if r["study"] == s.name]) for s in network.studies]
        )
        sizes = np.array([s.size for s in network.studies], float)
        mean = float(np.average(by_study, weights=sizes))
        share = sizes / sizes.sum()
        # cluster-robust standard error of a weighted mean, at least the error of as many independent studies
        se = float(np.sqrt((share**2 * (by_study - mean) ** 2).sum() * len(sizes) / max(1, len(sizes) - 1)))
        coverage[key] = {
            "nominal": nominal,
            "observed": mean,
            "mc_error": max(se, float(np.sqrt(nominal * (1 - nominal) * (share**2).sum()))),
        }
    misfit = [
        s.name for s in network.studies if np.mean([r["in95"] for r in rows if r["study"] == s.name]) < 0.8
    ]
    return {"rows": rows, "coverage": coverage, "misfit": misfit}


def effect_draws(curve: str, draws: dict[str, Array], dose: float, month: float, domain: Domain) -> Array:
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
    draws: dict[str, dict[str, Array]],
    weights: dict[str, float],
    domain: Domain,
    *,
    month: float = MONTH,
    more: float = MORE,
    less: float = LESS,
    mcid: float = 10.0,
) -> dict[str, float]:
    """P(benefit at ``more`` >, =, < benefit at ``less``), P(difference ≥ MCID) and both mean effects."""
    total = dict.fromkeys(
        ("more", "same", "less", "mcid", "effect_more", "effect_less", "effect_typical", "p_effect_less"), 0.0
    )
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
    return total


def influence(
    names: list[str],
    studies: list[str],
    lpd: Array,
    weights: Array,
    left: dict[tuple[str, str], dict[str, Any]],
    draws: dict[str, dict[str, Array]],
    domains: tuple[Domain, ...],
) -> list[dict[str, Any]]:
    """The answers with all studies, and without each: weights are stacked again on the studies that
    remain.
    """
    rows = [{"without": "", **answers(weights, draws, names, domains)}]
    for k, study in enumerate(studies if len(studies) > 1 else []):
        remaining = stacking_posterior(np.delete(lpd, k, axis=1))
        rows.append(
            {
                "without": study,
                **answers(remaining, {c: left[c, study]["draws"] for c in names}, names, domains),
            }
        )
    return rows


def sensitivity(
    names: list[str], varied: dict[tuple[str, str], dict[str, Any]], domains: tuple[Domain, ...]
) -> list[dict[str, Any]]:
    """The answers under other choices of evidence: without imputed rows, VAS first, long term, single
    arms.
    """
    rows = []
    for variant in dict.fromkeys(v for _, v in varied):
        weights = stacking_posterior(np.array([varied[c, variant]["lpd"] for c in names]))
        k_hat = max(varied[c, variant]["pareto_k"] for c in names)
        draws = {c: varied[c, variant]["draws"] for c in names}
        rows.append({"analysis": variant, "pareto_k": k_hat, **answers(weights, draws, names, domains)})
    return rows


def answers(
    weights: Array, draws: dict[str, dict[str, Array]], names: list[str], domains: tuple[Domain, ...]
) -> dict[str, Any]:
    """Weights, effect of a typical dose with its interval, and whether more is better."""
    share = dict(zip(names, weights.tolist(), strict=True))
    low, high = effect_interval(draws, share, TYPICAL, MONTH, domains[0])
    more = more_is_better(draws, share, domains[0])
    return {"weights": share, "typical_low": low, "typical_high": high, **more}


def effect_interval(
    draws: dict[str, dict[str, Array]], weights: dict[str, float], dose: float, month: float, domain: Domain
) -> tuple[float, float]:
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
) -> list[dict[str, float]]:
    """Answers under priors made stronger and weaker (power-scaling, Kallioinen 2024): density ∝ prior^α ·
    likelihood.
    """
    rows = []
    for alpha in (0.8, 1.0, 1.25):
        total: dict[str, float] = {"alpha": alpha}
        for w, (name, model) in zip(weights, models.items(), strict=True):
            log_w = (alpha - 1) * model.log_prior(z[name])
            share = np.exp(log_w - log_w.max())
            pick = np.random.default_rng(7).choice(len(share), 4000, p=share / share.sum())
            draws = {name: {k: v[pick] for k, v in model.parameters(z[name]).items()}}
            for key, value in more_is_better(draws, {name: float(w)}, model.network.domains[0]).items():
                total[key] = total.get(key, 0.0) + value
        rows.append(total)
    return rows


def contraction(models: dict[str, Model], z: dict[str, Array], weights: Array) -> list[dict[str, Any]]:
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
    return [
        {
            "parameter": label,
            "kind": priors[label].kind,
            "loc": priors[label].loc,
            "scale": priors[label].scale,
            "unit": priors[label].unit,
            "reason": priors[label].reason,
            "contraction": float(sum(w * c for w, c in v) / max(sum(w for w, _ in v), 1e-12)),
        }
        for label, v in found.items()
    ]


def points(network: Network) -> list[dict[str, Any]]:
    """Each study's own contrasts for the dose-response picture: effect and standard error at typical
    parameters.
    """
    typical = Model(network, curves()["plateau"])
    p = typical.parameters(np.zeros(typical.dim))
    p = {k: np.asarray(v) for k, v in p.items()} | {"tau": np.asarray(0.0), "gamma": np.asarray(0.0)}
    rows = []
    for s in network.studies:
        _, cov = moments(typical, s, p)
        adjusted = s.y - p["slope"] * s.baseline_gap
        for k, label in enumerate(s.labels):
            rows.append(
                {
                    "study": s.name,
                    "label": label,
                    "dose": float(s.treated.dose[k]),
                    "month": float(s.month[k]),
                    "effect": float(adjusted[k]),
                    "se": float(np.sqrt(cov[k, k])),
                    "domain": DOMAINS[int(s.load[k, 1] > s.load[k, 0])],
                    "origin": (
                        "imputed"
                        if s.treated.sd_study[k]
                        else "converted"
                        if s.treated.var_baseline[k]
                        else "reported"
                    ),
                }
            )
    return rows


def verdict(meta: dict[str, Any], max_pareto_k: float) -> list[dict[str, Any]]:
    """Every check with its outcome and a sentence. ``blocking`` checks that fail keep a fit from being
    shipped.
    """
    checks = []
    for name, d in meta["diagnostics"].items():
        checks.append(
            {
                "name": f"convergence of {name}",
                "ok": not d["sentences"],
                "blocking": True,
                "says": (
                    "; ".join(d["sentences"])
                    or (
                        f"R-hat ≤ {d['r_hat']:.4f}, bulk ESS ≥ {d['ess_bulk']:.0f}, tail ESS ≥"
                        f" {d['ess_tail']:.0f}, {d['divergences']} divergences"
                    )
                ),
            }
        )
    checks.append(
        {
            "name": "leave-one-study-out weights",
            "ok": meta["pareto_k"] <= max_pareto_k,
            "blocking": True,
            "says": f"largest Pareto-k {meta['pareto_k']:.2f} (limit {max_pareto_k})",
        }
    )
    for c in meta["predictive"]["coverage"].values():
        ok = abs(c["observed"] - c["nominal"]) <= 2 * c["mc_error"]
        checks.append(
            {
                "name": f"coverage of {100 * c['nominal']:.0f} % intervals",
                "ok": ok,
                "blocking": False,
                "says": (
                    f"{100 * c['observed']:.0f} % of held-out contrasts (Monte-Carlo error"
                    f" {100 * c['mc_error']:.0f} %)"
                ),
            }
        )
    misfit = meta["predictive"]["misfit"]
    checks.append(
        {
            "name": "misfit",
            "ok": not misfit,
            "blocking": False,
            "says": (
                f"predicted badly from the others: {', '.join(misfit)}"
                if misfit
                else "no study is predicted badly from the others"
            ),
        }
    )
    low = {s: p for s, p in meta["posterior_predictive_p"].items() if not 0.05 <= p <= 0.95}
    checks.append(
        {
            "name": "posterior predictive p-values",
            "ok": not low,
            "blocking": False,
            "says": ", ".join(f"{s} {p:.3f}" for s, p in (low or meta["posterior_predictive_p"]).items()),
        }
    )
    return checks
