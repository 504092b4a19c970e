"""Four truths, many replicates of the evidence network: are the probabilities calibrated, does the advice
lose least?

    python validation/worlds/run.py [--replicates 200] [--processes 2]

Every replicate keeps the real design (studies, arms, doses, months, group sizes, imputed spreads) and draws
the outcomes from a truth. Pain alone; posterior by importance sampling (validation/importance compares it
with NUTS); weights by leave-one-study-out stacking, without re-fits. Writes record.json; tests/calibration
reads it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np

from marrowdose.curves import curves
from marrowdose.evidence.contrasts import select
from marrowdose.evidence.tables import read_evidence
from marrowdose.patient.predict import DOSES
from marrowdose.synthesis.averaging import loo_from_full, stacking_posterior
from marrowdose.synthesis.model import Model, build_up
from marrowdose.synthesis.network import Network, build
from marrowdose.synthesis.simulate import fast_posterior, simulate

MONTH, MCID, MARGIN = 12.0, 10.0, 1.0
GRID = np.array([d for d in DOSES if d >= 10], float)
# truth: curve, its parameters; the effect and everything else is drawn around typical values
# in each replicate
TRUTHS = {
    "null": ("null", {}),
    "plateau": ("plateau", {}),
    "rising": ("loglinear", {}),
    "falling": ("umbrella", {"ed50": 5.0, "id50": 30.0}),
}
TYPICAL = {
    "tau": 4.0,
    "gamma": 5.0,
    "tau_on": 3.0,
    "tau_off": 60.0,
    "r": 0.4,
    "slope": 0.35,
    "serial": 0.65,
    "ha": 5.0,
    "ha_peak": 3.0,
    "corticosteroid": 10.0,
    "prp": 4.0,
}
PRICE = 2.0  # points: what an injection of cells must at least bring to be worth it, for the full rule


@cache
def pain_network() -> Network:
    """The real design, pain alone."""
    return build(select(read_evidence()).contrasts, ("pain",))


def z_of(model: Model, values: dict[str, float]) -> np.ndarray:
    """Unconstrained coordinates of given parameter values."""
    out = []
    for name, prior in model.priors.items():
        v = values.get(name, 1.0)
        if prior.kind == "normal":
            out.append((v - prior.loc) / prior.scale)
        elif prior.kind == "lognormal":
            out.append(np.log(v / prior.loc) / prior.scale)
        elif prior.kind == "halfnormal":
            out.append(np.log(v / prior.scale))
        else:
            out.append((np.log(v / (1 - v)) - np.log(prior.loc / (1 - prior.loc))) / prior.scale)
    return np.array(out)


def effect(model: Model, z: np.ndarray) -> np.ndarray:
    """(draws, doses) population effect on pain at the month."""
    p = model.parameters(z)
    shape = model.shape(GRID, {k: v[:, None] for k, v in p.items()})
    return (
        p["effect"][:, None]
        * np.broadcast_to(shape, (len(z), len(GRID)))
        * build_up(MONTH, p["tau_on"], p["tau_off"])[:, None]
    )


def best_trial_dose(network: Network) -> float:
    """The dose of the arm whose latest contrast looks best: what a reader of abstracts would take."""
    best = (-np.inf, 0.0)
    for s in network.studies:
        k = np.argmax(np.where(s.month == s.month.max(), s.y, -np.inf))
        best = max(best, (float(s.y[k]), float(s.treated.dose[k])))
    return best[1]


def replicate(task: tuple[str, int, int]) -> dict:
    """One simulated evidence base, fitted and advised upon."""
    world, index, draws = task
    rng = np.random.default_rng([20260701, list(TRUTHS).index(world), index])
    network = pain_network()
    curve, own = TRUTHS[world]
    truth = Model(network, curves()[curve])
    size = 0.0 if world == "null" else float(rng.normal(10.0, 4.0))
    values = TYPICAL | {"effect": size} | {f"curve.{k}": v for k, v in own.items()}
    z = z_of(truth, values)
    data = simulate(truth, z, rng)
    true = effect(truth, z[None])[0]
    posterior, lpd, k_hat = {}, [], []
    for name, c in curves().items():
        model = Model(data, c)
        kept, k = fast_posterior(model, seed=int(rng.integers(2**31)), draws=draws)
        posterior[name] = effect(model, kept)
        lpd.append(loo_from_full(model.log_likelihoods(kept), np.full(len(kept), 1.0)))
        k_hat.append(k)
    weights = stacking_posterior(np.array(lpd))
    share = np.concatenate(
        [np.full(len(v), w / len(v)) for v, w in zip(posterior.values(), weights, strict=True)]
    )
    draws_all = np.concatenate(list(posterior.values()))
    mean = share @ draws_all
    at = {d: int(np.flatnonzero(d == GRID)[0]) for d in (10.0, 25.0, 50.0, 100.0)}

    def p(event: np.ndarray) -> float:
        return float(share @ event)

    high, low = draws_all[:, at[100.0]], draws_all[:, at[25.0]]
    gap = true[at[100.0]] - true[at[25.0]]
    statements = [
        ["cells at 50 M help", p(draws_all[:, at[50.0]] > 0), bool(true[at[50.0]] > 0)],
        ["cells at 50 M help by 5 points", p(draws_all[:, at[50.0]] > 5), bool(true[at[50.0]] > 5)],
        ["100 M does more than 25 M by 1 point", p(high - low > 1), bool(gap > 1)],
        ["25 M does more than 100 M by 1 point", p(low - high > 1), bool(gap < -1)],
    ]
    near = np.flatnonzero(mean >= mean.max() - MARGIN)
    advised = float(GRID[near[0]])
    beat = p(draws_all[:, near[0]] > 0)
    loss = {"advice": true.max() - true[near[0]]}
    for name, dose in (
        ("always 100 M", 100.0),
        ("always 25 M", 25.0),
        ("dose of the best trial", best_trial_dose(data)),
    ):
        loss[name] = float(true.max() - true[np.argmin(np.abs(GRID - dose))])
    # the full rule may also say "no dose": worth 0; an injection costs PRICE points whatever it does
    value = {name: float(true.max() - x - PRICE) for name, x in loss.items()}
    if beat < 0.8:
        value["advice"] = 0.0
    return {
        "world": world,
        "size": size,
        "statements": statements,
        "advised": advised,
        "treated": bool(beat >= 0.8),
        "loss": {k: float(v) for k, v in loss.items()},
        "value": value,
        "pareto_k": float(max(k_hat)),
        "weights": dict(zip(posterior, weights.tolist(), strict=True)),
        "covered80": bool(
            np.interp(0.1, np.cumsum(share[o := np.argsort(draws_all[:, at[50.0]])]), draws_all[o, at[50.0]])
            <= true[at[50.0]]
            <= np.interp(0.9, np.cumsum(share[o]), draws_all[o, at[50.0]])
        ),
    }


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--replicates", type=int, default=200)
    ask.add_argument("--processes", type=int, default=2)
    ask.add_argument("--draws", type=int, default=1000)
    ask.add_argument("--out", default=str(Path(__file__).with_name("record.json")))
    args = ask.parse_args()
    tasks = [(w, i, args.draws) for i in range(args.replicates) for w in TRUTHS]
    with ProcessPoolExecutor(args.processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        rows = []
        for k, row in enumerate(pool.map(replicate, tasks, chunksize=4), 1):
            rows.append(row)
            if k % 20 == 0:
                print(f"{k} of {len(tasks)}", file=sys.stderr, flush=True)
    Path(args.out).write_text(
        json.dumps(
            {
                "replicates": args.replicates,
                "draws": args.draws,
                "month": MONTH,
                "margin": MARGIN,
                "price": PRICE,
                "rows": rows,
            },
            indent=0,
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
