"""Whole up-and-down trials by enumeration, every rule of BOIN and Keyboard written out plainly here.

With other starts, cohorts, cutoffs, the extra-safe rule (``offset``), the early end (``n.earlystop``) and a
bound on the chosen dose (``boundMTD``).
"""

import math
from functools import cache

import numpy as np
import pytest
from scipy.stats import beta, binom

from marrowdose.trial.dose_finding.design import Design
from marrowdose.trial.dose_finding.parts.limits.elimination import Elimination
from marrowdose.trial.dose_finding.parts.limits.enough_at_dose import EnoughAtDose
from marrowdose.trial.dose_finding.parts.limits.isotonic import Isotonic
from marrowdose.trial.dose_finding.parts.toxicity_alone.boin import Boin
from marrowdose.trial.dose_finding.parts.toxicity_alone.keyboard import Keyboard
from marrowdose.trial.dose_finding.paths import all_paths
from marrowdose.trial.dose_finding.true_rates import TrueRates


def chosen(n, y, most, target, at_most) -> int:
    """The dose whose pooled rate is nearest to the target, −1 for none."""
    blocks: list[list[float]] = []
    tried = [j for j in range(most) if n[j]]
    for a, b in ((y[j], n[j]) for j in tried):
        p, w = (a + 0.05) / (b + 0.1), (b + 0.1) ** 2 * (b + 1.1) / ((a + 0.05) * (b - a + 0.05))
        blocks.append([p, w, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            p, w, k = blocks.pop()
            last = blocks[-1]
            blocks[-1] = [(last[0] * last[1] + p * w) / (last[1] + w), last[1] + w, last[2] + k]
    rates = [
        p + 1e-10 * j for j, p in zip(tried, (p for p, _, k in blocks for _ in range(int(k))), strict=True)
    ]
    near = [(abs(p - target), j) for j, p in zip(tried, rates, strict=True) if p <= at_most]
    return min(near)[1] if near else -1


@pytest.mark.parametrize("keyboard", [False, True])
@pytest.mark.parametrize(
    ("target", "low", "high", "cutoff", "offset", "cohort", "cohorts", "start", "early", "bound"),
    [
        (0.3, 0.25, 0.35, 0.9, 0.1, 3, 6, 0, 9, True),
        (0.18, 0.1, 0.24, 0.85, None, 2, 7, 1, None, False),
        (0.25, 0.2, 0.3, 0.97, 0.05, 1, 9, 2, 5, True),
    ],
)
def test_whole_trials(
    keyboard, target, low, high, cutoff, offset, cohort, cohorts, start, early, bound
) -> None:
    truth, least = (0.08, 0.21, 0.44), 2 if keyboard else 3
    up = math.log((1 - low) / (1 - target)) / math.log(target * (1 - low) / (low * (1 - target)))
    down = math.log((1 - target) / (1 - high)) / math.log(high * (1 - target) / (target * (1 - high)))
    at_most = down if bound else 1.0
    excess = cache(lambda n, y: float(beta.sf(target, 1 + y, 1 + n - y)) if y else 0.0)

    @cache
    def move(n: int, y: int) -> int:
        if not keyboard:
            return 1 if y <= up * n else -1 if y >= down * n else 0
        edges = [low, high]
        while edges[0] > 1e-9:
            edges.insert(0, max(edges[0] - high + low, 0.0))
        while edges[-1] < 1 - 1e-9:
            edges.append(min(edges[-1] + high - low, 1.0))
        strength = (np.diff(beta.cdf(edges, 1 + y, 1 + n - y)) / np.diff(edges)).round(10)
        return int(np.sign(edges.index(low) - np.flatnonzero(strength == strength.max()).max()))

    chances, patients = np.zeros(4), np.zeros(3)

    def end(n, y, most: int, p: float) -> None:
        chances[1 + chosen(n, y, most, target, at_most)] += p
        patients[:] += p * np.array(n)

    going = {((0, 0, 0), (0, 0, 0), start, 3): 1.0}
    for last in [False] * (cohorts - 1) + [True]:
        after: dict = {}
        for (n, y, at, most), p in going.items():
            for k in range(cohort + 1):
                m = (*n[:at], n[at] + cohort, *n[at + 1 :])
                z = (*y[:at], y[at] + k, *y[at + 1 :])
                chance, top = p * float(binom.pmf(k, cohort, truth[at])), most
                if m[at] >= least and excess(m[at], z[at]) > cutoff:
                    top = at
                if offset is not None and m[0] >= 3 and excess(m[0], z[0]) > cutoff - offset:
                    top = 0
                if top == 0 or last or (early is not None and m[at] >= early):
                    end(m, z, top, chance)
                else:
                    key = m, z, min(max(at + move(m[at], z[at]), 0), top - 1), top
                    after[key] = after.get(key, 0.0) + chance
        going = after

    limits = [Elimination(target=target, cutoff=cutoff, least=least)]
    if offset is not None:
        limits.append(Elimination(target=target, cutoff=cutoff - offset, lowest_only=True))
    propose = (
        Keyboard(target=target, low=low, high=high) if keyboard else Boin(target=target, safe=low, toxic=high)
    )
    design = Design(
        name="whole",
        doses=(1.0, 2.0, 3.0),
        cohort=cohort,
        patients=cohort * cohorts,
        start=start,
        propose=propose,
        select=Isotonic(target=target, at_most=at_most),
        limits=tuple(limits),
        stops=() if early is None else (EnoughAtDose(patients=early),),
    )
    found = all_paths(design, TrueRates(toxicity=truth))
    assert found.chances() == pytest.approx(chances, abs=1e-12)
    assert found.patients() == pytest.approx(patients, abs=1e-11)
