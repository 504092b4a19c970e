"""Other inputs than the pinned ones, against the published rules written out plainly here, one count at a
time.
"""

import math

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import beta, binom, poisson

from marrowdose.statistics.monitoring import poisson_group_critical_value
from marrowdose.statistics.sequential import simon
from marrowdose.trial.dose_finding.design import Design
from marrowdose.trial.dose_finding.mathematics.crm_planning import skeleton
from marrowdose.trial.dose_finding.mathematics.crm_posterior import weights
from marrowdose.trial.dose_finding.parts.limits.elimination import Elimination
from marrowdose.trial.dose_finding.parts.limits.isotonic import Isotonic
from marrowdose.trial.dose_finding.parts.toxicity_alone.boin import Boin
from marrowdose.trial.dose_finding.parts.toxicity_alone.keyboard import Keyboard
from marrowdose.trial.dose_finding.parts.toxicity_alone.three_plus_three import ThreePlusThree
from marrowdose.trial.dose_finding.parts.toxicity_alone.tite_boin import EliminationByTreated
from marrowdose.trial.dose_finding.paths import all_paths
from marrowdose.trial.dose_finding.reasons import decision_table
from marrowdose.trial.dose_finding.seen import View
from marrowdose.trial.dose_finding.true_rates import TrueRates


def excess(n: int, y: int, p: float) -> float:
    return float(beta.sf(p, 1 + y, 1 + n - y))


def table(propose, *limits, patients=30):
    design = Design(
        name="table",
        doses=(1.0, 2.0, 3.0),
        cohort=1,
        patients=patients,
        propose=propose,
        select=Isotonic(target=propose.target),
        limits=limits,
    )
    return decision_table(design)


@pytest.mark.parametrize(
    ("target", "low", "high", "cutoff", "offset"),
    [
        (0.33, 0.2, 0.45, 0.9, 0.1),
        (0.06, 0.036, 0.084, 0.78, 0.05),
        (0.08, 0.03, 0.15, 0.95, 0.02),
        (0.45, 0.3, 0.6, 0.99, 0.05),
    ],
)
def test_boin_table(target, low, high, cutoff, offset) -> None:
    """A dose without toxicity stays, even where three patients without any leave the posterior above the
    cutoff.
    """
    watch = Elimination(target=target, cutoff=cutoff - offset, lowest_only=True)
    found = table(Boin(target=target, safe=low, toxic=high), Elimination(target=target, cutoff=cutoff), watch)
    for n in range(1, 31):
        out, end = (
            next((y for y in range(1, n + 1) if n >= 3 and excess(n, y, target) > c), None)
            for c in (cutoff, cutoff - offset)
        )
        e = math.log((1 - low) / (1 - target)) / math.log(target * (1 - low) / (low * (1 - target)))
        d = math.log((1 - target) / (1 - high)) / math.log(high * (1 - target) / (target * (1 - high)))
        down = math.ceil(d * n) if out is None else min(math.ceil(d * n), out)
        ours = [
            found[k][n - 1]
            for k in (
                "escalate if at most",
                "de-escalate if at least",
                "eliminate if at least",
                "end if at least",
            )
        ]
        assert ours == [math.floor(e * n), down, out, end]


def test_no_toxicity_no_elimination_with_pending_patients() -> None:
    n = np.array([[3, 3]], np.int16)
    limit = EliminationByTreated(target=0.06, cutoff=0.75)
    for y, kept in ((0, True), (1, False)):
        view = View(doses=(1.0, 2.0), current=np.array([1]), treated=n, toxic=np.array([[0, y]], np.int16))
        assert limit.allowed(view)[0].tolist() == [True, kept]


@pytest.mark.parametrize("key", [(0.16, 0.08, 0.21), (0.44, 0.4, 0.5), (0.3, 0.2, 0.4), (0.12, 0.1, 0.2)])
def test_keyboard_table(key) -> None:
    """Keys of equal width; those cut short at 0 and 1 are raised to it; of equally strong keys the higher
    decides.
    """
    target, low, high = key
    width = high - low
    edges = [low, high]
    while edges[0] > 1e-9:
        edges.insert(0, max(edges[0] - width, 0.0))
    while edges[-1] < 1 - 1e-9:
        edges.append(min(edges[-1] + width, 1.0))
    aim, width_of = edges.index(low), np.diff(edges)
    found = table(Keyboard(target=target, low=low, high=high))
    for n in range(1, 31):
        moves = []
        for y in range(n + 1):
            strength = (np.diff(beta.cdf(edges, 1 + y, 1 + n - y)) / width_of).round(10)
            moves.append(aim - int(np.flatnonzero(strength == strength.max()).max()))
        up = [y for y, m in enumerate(moves) if m > 0]
        down = [y for y, m in enumerate(moves) if m < 0]
        assert found["escalate if at most"][n - 1] == (up[-1] if up else None)
        assert found["de-escalate if at least"][n - 1] == (down[0] if down else None)


def test_choice_by_pooling_adjacent_violators() -> None:
    rng = np.random.default_rng(1)
    for _ in range(300):
        doses, target = int(rng.integers(2, 8)), round(rng.uniform(0.08, 0.45), 2)
        n = 3 * rng.integers(0, 6, doses) + 1
        y = rng.binomial(n, np.sort(rng.uniform(0, 0.7, doses)))
        out = [n[j] >= 3 and y[j] > 0 and excess(n[j], y[j], target) > 0.9 for j in range(doses)]
        most = out.index(True) if True in out else doses
        blocks: list[list[float]] = []
        for a, b in zip(y[:most], n[:most], strict=True):
            p, w = (a + 0.05) / (b + 0.1), (b + 0.1) ** 2 * (b + 1.1) / ((a + 0.05) * (b - a + 0.05))
            blocks.append([p, w, 1])
            while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
                p, w, k = blocks.pop()
                last = blocks[-1]
                blocks[-1] = [(last[0] * last[1] + p * w) / (last[1] + w), last[1] + w, last[2] + k]
        rates = [p for p, _, k in blocks for _ in range(int(k))]
        wanted = min(range(most), key=lambda j: abs(rates[j] + 1e-10 * j - target), default=-1)
        view = View(doses=tuple(range(1, doses + 1)), current=np.array([0]), treated=n[None], toxic=y[None])
        allowed = Elimination(target=target, cutoff=0.9).allowed(view)
        assert Isotonic(target=target).select(view, allowed)[0] == wanted


@pytest.mark.parametrize("rates", [(0.02, 0.1, 0.2, 0.35, 0.5), (0.3, 0.4), (0.0, 0.05, 0.4, 0.41)])
def test_three_plus_three(rates) -> None:
    chances, shares = np.zeros(len(rates) + 1), np.zeros(len(rates))

    def end(chosen: int, treated: list[int], p: float) -> None:
        chances[chosen + 1] += p
        shares[:] += p * np.array(treated) / sum(treated)

    def at(j: int, treated: list[int], p: float) -> None:
        if j == len(rates):
            return end(j - 1, treated, p)
        three = [*treated[:j], treated[j] + 3, *treated[j + 1 :]]
        six = [*treated[:j], treated[j] + 6, *treated[j + 1 :]]
        none, one = (float(binom.pmf(k, 3, rates[j])) for k in (0, 1))
        at(j + 1, three, p * none)
        at(j + 1, six, p * one * none)
        end(j - 1, six, p * one * (1 - none))
        return end(j - 1, three, p * (1 - none - one))

    at(0, [0] * len(rates), 1.0)
    part, doses = ThreePlusThree(), tuple(float(d + 1) for d in range(len(rates)))
    design = Design(name="3+3", doses=doses, cohort=3, patients=6 * len(doses), propose=part, select=part)
    found = all_paths(design, TrueRates(toxicity=rates))
    assert found.chances() == pytest.approx(chances, abs=1e-12)
    assert found.shares() == pytest.approx(shares, abs=1e-12)


@pytest.mark.parametrize("intercept", [None, 1.5, 4.0])
def test_skeleton_by_its_recursion(intercept) -> None:
    """From the prior dose outwards, each neighbour at the end of the indifference interval (Lee & Cheung
    2009).
    """
    target, half, prior, doses = 0.22, 0.06, 2, 6
    code = np.log if intercept is None else lambda p: logit(p) - intercept
    codes = np.full(doses, code(target))
    for j in range(prior, 0, -1):
        codes[j - 1] = codes[j] * code(target - half) / code(target + half)
    for j in range(prior, doses - 1):
        codes[j + 1] = codes[j] * code(target + half) / code(target - half)
    wanted = np.exp(codes) if intercept is None else expit(codes + intercept)
    given = {} if intercept is None else {"model": "logistic", "intercept": intercept}
    assert skeleton(target, half, prior, doses, **given) == pytest.approx(wanted, abs=1e-12)


def test_adaptive_weights_patient_by_patient() -> None:
    rng = np.random.default_rng(2)
    for _ in range(50):
        time, toxic = rng.uniform(0, 90, 12), rng.random(12) < 0.3
        knots = [0.0, *sorted(time[toxic]), 90.0]
        wanted = []
        for t, event in zip(time, toxic, strict=True):
            passed = sum(k <= t for k in knots[1:-1])
            part = (t - knots[passed]) / (knots[passed + 1] - knots[passed])
            wanted.append(1.0 if event else (passed + part) / (len(knots) - 1))
        assert weights(time[None], toxic[None], 90.0, "adaptive")[0] == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize(("groups", "alpha", "least"), [((1, 3, 2.5), 0.02, 2), ((0.5,) * 8, 0.1, 1)])
def test_poisson_groups(groups, alpha, least) -> None:
    """The lowest value that keeps alpha: just below it one more count signals, and alpha is lost."""

    def error(value: float) -> float:
        mass, time, crossed, counts = np.eye(1, 120)[0], 0.0, 0.0, np.arange(120)
        for size in groups:
            time += size
            mass = np.convolve(mass, poisson.pmf(counts, size))[:120]
            ratio = np.array([c * math.log(c / time) - c + time if c > time else 0.0 for c in counts])
            signal = (ratio >= value) & (counts >= least)
            crossed, mass = crossed + mass[signal].sum(), np.where(signal, 0.0, mass)
        return float(crossed)

    found = poisson_group_critical_value(groups, alpha, minimum=least)
    assert error(found) <= alpha < error(found - 2e-6)


def test_simon_by_brute_force() -> None:
    p0, p1, alpha, power, designs = 0.1, 0.45, 0.05, 0.8, []
    for n1, n in ((a, b) for b in range(2, 19) for a in range(1, b)):
        for r1 in range(n1):
            x = np.arange(r1 + 1, n1 + 1)
            for r in range(r1, n):
                error, right = (float(binom.pmf(x, n1, p) @ binom.sf(r - x, n - n1, p)) for p in (p0, p1))
                if error <= alpha:
                    size = n1 + float(binom.sf(r1, n1, p0)) * (n - n1)
                    designs += [(size, r1, n1, r, n)] if right >= power else []
                    break
    fewest = min(d[4] for d in designs)
    wanted = min(designs)[1:], min(d for d in designs if d[4] == fewest)[1:]
    assert tuple((d.r1, d.n1, d.r, d.n) for d in simon(p0, p1, alpha, power, most=18)) == wanted
