"""Type-I error of the mixed model's tests with few patients: 20,000 trials without effect a row.

    python validation/mmrm/run.py [trials, default 20000]

Writes record.json beside this file; README.md tells it,
tests/calibration/statistics/test_mmrm_record.py reads it.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtri, stdtr, stdtrit

from marrowdose.files.toml import parse_document
from marrowdose.statistics.mcpmod import ContrastRule, TrialEstimates, analyse_estimates
from marrowdose.statistics.repeated import contrasts, mmrm
from marrowdose.streams import normal, uniform
from marrowdose.trial.dose_ranging.analyses.mcpmod import ContrastAnalysis
from marrowdose.trial.dose_ranging.design import Ranging
from marrowdose.trial.dose_ranging.file import read_ranging
from marrowdose.trial.dose_ranging.looks import Seen, Verdict
from marrowdose.trial.dose_ranging.simulate import simulate
from marrowdose.trial.dose_ranging.visit_means import visit_means
from marrowdose.trial.truths.named import preset
from marrowdose.units import Array

HERE = Path(__file__).parent
TEMPLATE = HERE.parents[1] / "src/marrowdose/trial/templates/dose-ranging.toml"
SIGMA = 400 * np.array([[1, 0.65, 0.5], [0.65, 1, 0.7], [0.5, 0.7, 1]])
SEED, AN_ARM = 2026, (10, 20, 40)
MCPMOD = """method = "mcp-mod"
candidates = ["linear", "emax=15", "sigemax=40,3", "quadratic=-0.0083"]

"""


def share(hits: Array) -> dict[str, float]:
    """Part of the trials, and its Monte-Carlo standard error."""
    p = float(np.mean(hits))
    return {"value": p, "error": float(np.sqrt(p * (1 - p) / len(hits)))}


def two_arms(an_arm: int, trials: int) -> dict[str, Any]:
    """Baseline, three visits; 20 % gone by the last, three times as many after a first score above the
    median.
    """
    t, j = np.arange(trials)[:, None], np.arange(2 * an_arm)[None, :]
    base = 55 + 12 * normal(SEED, "baseline", t, j)
    fresh = np.stack([normal(SEED, f"visit {v}", t, j) for v in range(3)], axis=-1)
    y = fresh @ np.linalg.cholesky(SIGMA).T + 0.4 * base[..., None]
    leave = np.where(fresh[..., 0] > 0, 0.3, 0.1)
    u = uniform(SEED, "leave", t, j)
    y[u < leave, 2], y[u < leave / 2, 1] = np.nan, np.nan
    arm = np.broadcast_to(np.arange(2 * an_arm) % 2, base.shape)
    fit = mmrm(y, arm, baseline=base)
    effect, error = (x[:, 1] for x in fit.effect())
    found, closed = contrasts(fit, [[-1.0, 1.0]]), visit_means(y, arm, base, 2)
    c = closed.covariance
    t_closed = (closed.last[:, 1] - closed.last[:, 0]) / np.sqrt(c[:, 0, 0] + c[:, 1, 1] - 2 * c[:, 0, 1])
    ok = fit.converged & closed.ready
    return {
        "fitted": share(ok),
        "z, covariance taken as known": share(np.abs(effect / error)[ok] > -ndtri(0.025)),
        "closed form, t of the last regression": share(2 * stdtr(closed.df, -np.abs(t_closed))[ok] < 0.05),
        "Kenward-Roger": share(found.p_value[ok, 0] < 0.05),
        "median df": float(np.median(found.df[ok])),
    }


class Both(ContrastAnalysis):
    """The test of the design; ``sure`` tells what the closed form with widened normal quantiles would have
    claimed.
    """

    def verdict(self, seen: Seen, share: Array) -> Verdict:
        now, old, level = super().verdict(seen, share), seen.means, float(self.levels[seen.look])
        wide = (stdtrit(np.maximum(old.df, 1.0), 1 - level) / ndtri(1 - level)) ** 2
        use = np.flatnonzero(old.ready)
        claimed = np.zeros(len(old.ready), bool)
        trials = TrialEstimates(
            doses=np.asarray(self.doses),
            means=old.last[use],
            covariance=old.covariance[use] * wide[use, None, None],
        )
        claimed[use] = analyse_estimates(trials, self.candidates, rule=ContrastRule(alpha=level)).positive
        return replace(now, sure=claimed)


def ranging(an_arm: int | None) -> Ranging:
    """The dose-ranging template with MCP-Mod and one test at the end; equal arms, or those of the
    template.
    """
    text = TEMPLATE.read_text(encoding="utf-8").replace("looks = [0.5, 0.75]", "looks = []")
    if an_arm is not None:
        text = text.replace("patients = 300", f"patients = {5 * an_arm}").replace(
            "[2, 1, 1, 1, 1]", "[1, 1, 1, 1, 1]"
        )
    head, rest = text.split("[analysis]\n")
    document = parse_document(f"{head}[analysis]\n{MCPMOD}[reality]{rest.split('[reality]')[1]}", "mcp-mod")
    design = read_ranging(document).design
    of = design.analysis
    assert isinstance(of, ContrastAnalysis)
    return replace(
        design, analysis=Both(doses=of.doses, candidates=of.candidates, looks=of.looks, choose=of.choose)
    )


def mcp(an_arm: int | None, trials: int) -> dict[str, Any]:
    found = simulate(ranging(an_arm), preset("null"), trials, seed=SEED)
    told = np.isfinite(found.lower).all(axis=1)
    covered = (found.lower <= 0) & (found.upper >= 0)
    return {
        "fitted": share(told),
        "before": share(found.sure),
        "now": share(found.positive),
        "intervals hold the truth": share(covered[told].mean(axis=1)),
    }


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    record = {
        "trials": trials,
        "seed": SEED,
        "two_arms_two_sided_5": {str(n): two_arms(n, trials) for n in AN_ARM},
        "mcp_mod_one_sided_2.5": {
            "template, 300 patients" if n is None else str(n): mcp(n, trials) for n in (*AN_ARM, None)
        },
    }
    text = json.dumps(record, indent=1)
    print(text)
    (HERE / "record.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
