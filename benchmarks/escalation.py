"""BOIN, 10,000 trials of 6 doses and 36 patients: against one trial at a time, in the same run, CPU seconds.

The peer plays the same rule on the same virtual patients with plain loops over trials and cohorts, as a
script of the published algorithm would; it must choose the same doses.
"""

from __future__ import annotations

from time import perf_counter, process_time

import numpy as np

from marrowdose.streams import uniform
from marrowdose.trial.dose_finding.design import Design
from marrowdose.trial.dose_finding.parts.limits.elimination import Elimination
from marrowdose.trial.dose_finding.parts.limits.isotonic import Isotonic
from marrowdose.trial.dose_finding.parts.limits.no_skipping import NoSkipping
from marrowdose.trial.dose_finding.parts.toxicity_alone.boin import Boin
from marrowdose.trial.dose_finding.paths import all_paths
from marrowdose.trial.dose_finding.simulate import simulate
from marrowdose.trial.dose_finding.true_rates import TrueRates

TARGET, TRIALS, PEER_TRIALS = 0.3, 10_000, 500
TRUTH = TrueRates(toxicity=(0.05, 0.1, 0.2, 0.3, 0.45, 0.6))
DESIGN = Design(
    name="BOIN",
    doses=(1.0, 10.0, 25.0, 50.0, 100.0, 150.0),
    cohort=3,
    patients=36,
    propose=Boin(target=TARGET),
    select=Isotonic(target=TARGET),
    limits=(Elimination(target=TARGET), NoSkipping()),
)


def one_trial(trial: int, seed: int) -> int:
    """The same design for one trial, with loops; the chosen dose or −1."""
    low, high = DESIGN.propose.thresholds  # type: ignore[attr-defined]
    barred = DESIGN.limits[0].boundaries(36)["eliminate if at least"]
    doses, current = len(DESIGN.doses), 0
    n, y, top = [0] * doses, [0] * doses, doses - 1
    people = uniform(seed, "toxicity", trial, np.arange(36))
    for start in range(0, 36, 3):
        n[current] += 3
        y[current] += sum(u < TRUTH.toxicity[current] for u in people[start : start + 3])
        bar = barred[n[current] - 1]
        if bar is not None and y[current] >= bar:
            top = current - 1
            if top < 0:
                return -1
        if y[current] <= low * n[current]:
            current += 1
        elif y[current] >= high * n[current]:
            current -= 1
        current = max(0, min(current, top))
    return choice(n, y, top)


def choice(n: list[int], y: list[int], top: int) -> int:
    """Pool adjacent violators and take the nearest, one trial at a time."""
    tried = [j for j in range(top + 1) if n[j]]
    blocks: list[list[float]] = []
    for j in tried:
        weight = (n[j] + 0.1) ** 2 * (n[j] + 1.1) / ((y[j] + 0.05) * (n[j] - y[j] + 0.05))
        blocks.append([(y[j] + 0.05) / (n[j] + 0.1), weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (v, w, k), (u, x, m) = blocks.pop(), blocks.pop()
            blocks.append([(v * w + u * x) / (w + x), w + x, k + m])
    rates = [v for v, _, k in blocks for _ in range(int(k))]
    return min(zip(tried, rates, strict=True), key=lambda jr: abs(jr[1] + 1e-10 * jr[0] - TARGET))[0]


def main() -> None:
    first = process_time()
    simulate(DESIGN, TRUTH, TRIALS)
    first = process_time() - first
    cpu, wall = [], []
    for seed in range(20):
        c, w = process_time(), perf_counter()
        found = simulate(DESIGN, TRUTH, TRIALS, seed=seed)
        cpu.append(process_time() - c)
        wall.append(perf_counter() - w)
    start = process_time()
    peer = [one_trial(trial, 19) for trial in range(PEER_TRIALS)]
    slow = (process_time() - start) * TRIALS / PEER_TRIALS
    assert peer == found.chosen[:PEER_TRIALS].tolist()
    start = process_time()
    exact = all_paths(DESIGN, TRUTH)
    whole = process_time() - start
    print(
        f"BOIN, {TRIALS} trials × 6 doses × 36 patients: {1000 * np.median(cpu):.1f} ms CPU (least"
        f" {1000 * min(cpu):.1f}), {1000 * np.median(wall):.1f} ms wall; first call {first:.2f} s"
    )
    print(
        f"one trial at a time {slow:.2f} s: {slow / np.median(cpu):.0f} to 1, the same choices in"
        f" {PEER_TRIALS} trials"
    )
    print(
        f"exact chances of the same design, {exact.count.sum():.0f} paths in {len(exact.view)} states:"
        f" {1000 * whole:.0f} ms"
    )


if __name__ == "__main__":
    main()
