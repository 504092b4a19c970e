"""Further designs at other inputs than the pinned ones, against the published rules written out plainly
here.
"""

import math
from functools import cache

import numpy as np
import pytest
from scipy.optimize import nnls
from scipy.special import expit, logit
from scipy.stats import beta, binom, norm

from marrowdose.errors import InputError
from marrowdose.trial.dose_finding.decisions import decide
from marrowdose.trial.dose_finding.design import Design, Timing
from marrowdose.trial.dose_finding.mathematics.boin_et_bounds import Rates, boundaries
from marrowdose.trial.dose_finding.mathematics.crm_planning import Curves, sample_size, sensitivity
from marrowdose.trial.dose_finding.parts.limits.isotonic import Isotonic
from marrowdose.trial.dose_finding.parts.toxicity_alone.gboin import GBoin
from marrowdose.trial.dose_finding.parts.toxicity_alone.tite_boin import (
    EliminationByTreated,
    TiteBoin,
    TooManyPending,
)
from marrowdose.trial.dose_finding.parts.toxicity_alone.tite_gboin import EliminationByScore, TiteGBoin
from marrowdose.trial.dose_finding.parts.with_efficacy.boin_et import BoinEt
from marrowdose.trial.dose_finding.parts.with_efficacy.tepi import Tepi
from marrowdose.trial.dose_finding.seen import Patients, View

SAME = (1 / 6,) * 6


def view_of(n, current: int, **counts) -> View:
    rows = {name: np.asarray(values)[None] for name, values in counts.items()}
    rows.setdefault("toxic", np.zeros((1, len(n)), int))
    return View(
        doses=tuple(range(1, len(n) + 1)), current=np.array([current]), treated=np.asarray(n)[None], **rows
    )


def pooled(values, weights) -> list[float]:
    """Pooling adjacent violators."""
    blocks: list[list[float]] = []
    for v, w in zip(values, weights, strict=True):
        blocks.append([v, w, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            v, w, k = blocks.pop()
            last = blocks[-1]
            blocks[-1] = [(last[0] * last[1] + v * w) / (last[1] + w), last[1] + w, last[2] + k]
    return [v for v, _, k in blocks for _ in range(int(k))]


@pytest.mark.parametrize(
    ("rates", "n", "prior"),
    [
        ((0.25, 0.1, 0.33, 0.5, 0.4), 100, SAME),
        ((0.2, 0.15, 0.27, 0.35, 0.25), 50, (0.3, 0.1, 0.05, 0.25, 0.2, 0.1)),
        ((0.32, 0.2, 0.4, 0.6, 0.52), 60, (1, 2, 9, 3, 0, 1)),
    ],
)
def test_boin_et_boundaries_by_grid_search(rates, n, prior) -> None:
    p, p1, p2, d, d1 = rates
    lines = [
        [low + 0.01 * k for k in range(round(100 * (high - low)) + 1)]
        for low, high in ((p1, p), (p, p2), (d1, d))
    ]
    upto = cache(lambda x, q: float(binom.cdf(math.floor(n * x + 1e-7), n, q)))
    less = cache(lambda x, q: float(binom.cdf(math.floor(n * x - 1 + 1e-7), n, q)))
    best, found = math.inf, ()
    for c in lines[2]:
        for b in lines[1]:
            for a in lines[0]:
                weak, strong = upto(c, d1), upto(c, d)
                gap, over = less(b, p1) - upto(a, p1), less(b, p2) - upto(a, p2)
                wrong = prior[0] * (
                    upto(a, p1) * (1 - weak) + 2 / 3 * gap * weak + gap * (1 - weak) + 1 - less(b, p1)
                )
                wrong += prior[1] * (upto(a, p1) * strong + 2 / 3 * gap * strong + 1 - less(b, p1))
                wrong += prior[3] * (
                    upto(a, p) * strong + 2 / 3 * (less(b, p) - upto(a, p1)) * strong + 1 - less(b, p)
                )
                wrong += prior[4] * (upto(a, p2) + 2 / 3 * over * weak + over * (1 - weak))
                wrong += prior[5] * (upto(a, p2) + 2 / 3 * over * strong + over * (1 - strong))
                if wrong < best - 1e-13:
                    best, found = wrong, (a, b, c)
    ours = boundaries(Rates(target=p, safe=p1, toxic=p2, efficacy=d, idle=d1), n, 0.01, prior)
    assert ours == pytest.approx(found, abs=1e-9)


@pytest.mark.parametrize("prior", [(1.0,) * 5, (0.0,) * 6, (1, 1, 1, 1, 1, -1), (1, 1, 1, 1, 1, math.nan)])
def test_boin_et_weights_that_are_none(prior) -> None:
    with pytest.raises(InputError, match="prior"):
        boundaries(Rates(target=0.3, safe=0.1, toxic=0.4, efficacy=0.5, idle=0.3), 100, 0.01, prior)


def averaged(events, n) -> np.ndarray:
    """Least squares rising to a mode and falling from it, as sums of intervals around it, averaged by
    likelihood.
    """
    doses, fits = len(n), []
    for mode in range(doses):
        cover = [
            [float(a <= j <= b) for j in range(doses)] for a in range(mode + 1) for b in range(mode, doses)
        ]
        basis = np.array(cover).T
        fits.append((basis @ nnls(basis, np.array(events) / n)[0]).clip(0, 1))
    weight = np.array([np.prod(binom.pmf(events, n, fit)) for fit in fits])
    return np.asarray(weight @ np.array(fits) / weight.sum())


@pytest.mark.parametrize("estimator", ["observed", "unimodal"])
@pytest.mark.parametrize("criterion", ["efficacy", "weighted", "scored", "linear"])
def test_boin_et_moves_and_choice(estimator, criterion) -> None:
    rng = np.random.default_rng(5)
    part = BoinEt(
        target=0.22,
        efficacy=0.45,
        safe=0.1,
        toxic=0.31,
        idle=0.3,
        estimator=estimator,
        criterion=criterion,
        toxicity_cutoff=0.9,
        efficacy_cutoff=0.93,
        utilities=(25.0, 45.0),
    )
    low, high, weak = part.bounds
    for _ in range(100):
        doses = int(rng.integers(2, 7))
        top = int(rng.integers(1, doses + 1))
        n = np.where(np.arange(doses) < top, 3 * rng.integers(1, 6, doses), 0)
        t, e = (
            rng.binomial(n, p)
            for p in (np.sort(rng.uniform(0.02, 0.6, doses)), rng.uniform(0.05, 0.9, doses))
        )
        at, view = top - 1, view_of(n, top - 1, toxic=t, effective=e)
        p, q = t[at] / n[at], e[at] / n[at]
        if p >= high:
            wanted = max(at - 1, 0)
        elif q > weak:
            wanted = at
        elif p <= low or at < doses - 1:  # the dose above is untried
            wanted = min(at + 1, doses - 1)
        else:
            wanted = at - 1 if at and e[at - 1] / n[at - 1] > q else at
        assert part.propose(view)[0] == wanted
        tried = range(top)
        pt = pooled(t[:top] / n[:top], np.ones(top))
        pe = e[:top] / n[:top] if estimator == "observed" else averaged(e[:top], n[:top])
        fit = [
            j
            for j in tried
            if beta.sf(0.22, 1 + t[j], 1 + n[j] - t[j]) <= 0.9
            and beta.cdf(0.3, 1 + e[j], 1 + n[j] - e[j]) <= 0.93
        ]
        worth = {
            "efficacy": list(pe),
            "weighted": [b - 0.33 * a - 1.09 * a * (a > 0.31) for a, b in zip(pt, pe, strict=True)],
            "scored": [
                25 * (1 - a) * (1 - b) + 45 * a * b + 100 * b * (1 - a) for a, b in zip(pt, pe, strict=True)
            ],
            "linear": [
                np.clip((b - 0.15) / 0.3, 0, 1) * np.clip((0.31 - a) / 0.21, 0, 1)
                for a, b in zip(pt, pe, strict=True)
            ],
        }[criterion]
        if criterion == "efficacy" and fit:
            nearest = min(abs(pt[j] - 0.22) for j in fit)
            mtd = max(j for j in tried if abs(abs(pt[j] - 0.22) - nearest) < 1e-11)
            fit = [j for j in fit if j <= mtd]
        best = max((worth[j] for j in fit), default=0)
        chosen = next((j for j in fit if worth[j] > best - 1e-10), -1)
        assert part.select(view, np.ones((1, doses), bool))[0] == chosen


def test_mean_scores() -> None:
    """Of gBOIN: thresholds half way, and those of BOIN for grades; the choice by pooled means."""
    rng = np.random.default_rng(11)
    for turn in range(200):
        graded, doses = bool(turn % 2), int(rng.integers(2, 8))
        at = int(rng.integers(0, doses))
        n = np.where(np.arange(doses) <= at, rng.integers(1, 10, doses), 0)
        target = round(rng.uniform(0.1, 0.5) if graded else rng.uniform(0.3, 5), 2)
        low, high = rng.uniform(0.3, 0.9) * target, rng.uniform(1.1, 1.7) * target
        y = n * rng.uniform(0.2, 1.9, doses) * target
        part = GBoin(target=target, endpoint="graded" if graded else "continuous", low=low, high=high)
        up, down = ((target + low) / 2, (target + high) / 2)
        if graded:
            up = math.log((1 - low) / (1 - target)) / math.log(target * (1 - low) / (low * (1 - target)))
            down = math.log((1 - target) / (1 - high)) / math.log(high * (1 - target) / (target * (1 - high)))
        mean, view = y[at] / n[at], view_of(n, at, score=y)
        wanted = at + 1 if mean <= up else at - 1 if mean >= down else at
        assert part.propose(view)[0] == min(max(wanted, 0), doses - 1)
        distance = [abs(m - target) for m in pooled(y[: at + 1] / n[: at + 1], n[: at + 1])]
        near = [j for j in range(at + 1) if distance[j] < min(distance) + 1e-9]
        below = pooled(y[: at + 1] / n[: at + 1], n[: at + 1])[near[0]] < target
        assert part.select(view, np.ones((1, doses), bool))[0] == (near[-1] if below else near[0])


def test_a_mean_score_on_a_threshold_is_one() -> None:
    """3.6 over 3 patients is the threshold 1.2 of target 1.5, though 3.6 > 3 × 1.2 in floating point."""
    assert 3.6 > 3 * ((1.5 + 0.6 * 1.5) / 2)
    for hundredths in range(20, 500, 3):
        for n in (3, 4, 5, 6, 9):
            for share, move in ((8, 1), (12, -1)):
                view = view_of([3, n, 0], 1, score=[0.0, hundredths * share * n / 1000, 0.0])
                part = GBoin(target=hundredths / 100)
                assert part.propose(view)[0] == 1 + move, (hundredths, n)
                assert {1: ": escalate", -1: ": de-escalate"}[move] in part.why(view)


@pytest.mark.parametrize("graded", [False, True])
def test_pending_patients_one_by_one(graded) -> None:
    rng = np.random.default_rng(3)
    for _ in range(80):
        target, window, share = round(rng.uniform(0.1, 0.45), 2), float(rng.choice([1, 28, 84])), 0.4
        low, high, doses = (
            rng.uniform(0.4, 0.8) * target,
            rng.uniform(1.2, 1.6) * target,
            int(rng.integers(2, 6)),
        )
        at = int(rng.integers(0, doses))
        n, worth, y, waiting, count = (np.zeros(doses) for _ in range(5))
        persons = []
        for j in range(at + 1):
            for _ in range(int(rng.integers(1, 8))):
                toxic, seen = rng.random() < 0.1 + 0.1 * j, window * min(1.0, rng.uniform(0, 2))
                score = float(rng.choice([1, 2, 3])) / 3 if toxic else 0.0
                persons.append((j, seen, toxic, score))
                pending = not toxic and seen < window
                n[j] += 1
                worth[j] += seen / window if pending else 1
                waiting[j] += pending
                count[j] += toxic
                y[j] += score if graded else toxic
        where, seen, toxic, score = (np.array([c]) for c in zip(*persons, strict=True))
        who = Patients(dose=where, followed=seen, toxic=toxic, toxicity_window=window, score=score)
        graded_sum = np.bincount(where[0], score[0], doses)
        view = View(
            doses=tuple(range(1, doses + 1)),
            current=np.array([at]),
            treated=n[None].astype(np.int16),
            patients=who,
            toxic=count[None].astype(np.int16),
            pending=waiting[None].astype(np.int16),
            score=graded_sum[None],
        )
        part = (
            TiteGBoin(target=target, low=low, high=high)
            if graded
            else TiteBoin(target=target, safe=low, toxic=high)
        )
        limit = (EliminationByScore if graded else EliminationByTreated)(target=target, cutoff=0.85, least=2)
        design = Design(
            name="pending",
            doses=tuple(range(1, doses + 1)),
            cohort=3,
            patients=99,
            propose=part,
            select=part if graded else Isotonic(target=target),
            limits=(limit,),
            pauses=(TooManyPending(share=share),),
            timing=Timing(window=window, waits=False),
        )
        up = math.log((1 - low) / (1 - target)) / math.log(target * (1 - low) / (low * (1 - target)))
        down = math.log((1 - target) / (1 - high)) / math.log(high * (1 - target) / (target * (1 - high)))
        mean = y[at] / worth[at]
        wanted = min(at + 1 if mean <= up else max(at - 1, 0) if mean >= down else at, doses - 1)
        barred = (
            j
            for j in range(doses)
            if n[j] >= 2 and y[j] > 0 and beta.sf(target, 1 + y[j], 1 + n[j] - y[j]) > 0.85
        )
        wanted = min(wanted, next(barred, doses) - 1)
        found = decide(design, view)
        assert found.next[0] == wanted
        assert wanted < 0 or found.paused[0] == (waiting[at] > share * n[at])


@pytest.mark.parametrize(
    ("toxicity", "efficacy"),
    [
        ((0.1, 0.2, 0.35), (0.2, 0.4, 0.6)),
        ((0.07, 0.22, 0.4), (0.33, 0.5, 0.71)),
        ((0.25, 0.5, 0.75), (0.3, 0.5, 0.7)),
    ],
)
def test_toxicity_and_efficacy_intervals(toxicity, efficacy) -> None:
    """The cell of highest probability per area; of equal ones (half of the patients) the safer row, the
    weaker column.
    """
    part = Tepi(toxicity_cuts=toxicity, efficacy_cuts=efficacy)
    table = ("EEEE", "EEES", "DSSS", "DDDD")
    for n in (1, 2, 3, 6, 10):
        for t in range(n + 1):
            for e in range(n + 1):
                mass = [
                    np.diff(beta.cdf((0, *c, 1), 1 + k, 1 + n - k)) / np.diff((0, *c, 1))
                    for c, k in ((toxicity, t), (efficacy, e))
                ]
                row = max(range(4), key=lambda i: (round(mass[0][i], 9), i))
                column = max(range(4), key=lambda i: (round(mass[1][i], 9), -i))
                move = part.moves(*(np.array([k]) for k in (n, t, e)))[0]
                assert "SED"[int(move)] == table[row][column], (n, t, e)


@pytest.mark.parametrize("model", ["power", "logistic"])
def test_sensitivity_by_bisection(model) -> None:
    guesses, target, intercept = (0.03, 0.11, 0.17, 0.36, 0.41, 0.66), 0.23, 2.2

    def at(b: float, j: int) -> float:
        if model == "power":
            return float(guesses[j] ** math.exp(b))
        return float(expit(intercept + math.exp(b) * (logit(guesses[j]) - intercept)))

    found = sensitivity(Curves(skeleton=guesses, model=model, intercept=intercept), target)
    for k in range(5):
        low, high = -6.0, 6.0
        for _ in range(90):
            middle = (low + high) / 2
            low, high = (middle, high) if at(middle, k) + at(middle, k + 1) > 2 * target else (low, middle)
        assert found.beta[k, 1] == found.beta[k + 1, 0] == pytest.approx(low, abs=1e-10)
        assert found.indifference[k + 1, 0] == pytest.approx(at(low, k), abs=1e-10)
        assert found.indifference[k, 1] == pytest.approx(at(low, k + 1), abs=1e-10)


@pytest.mark.parametrize("correction", [False, True])
@pytest.mark.parametrize(
    ("accuracy", "target", "doses", "ratio"), [(0.45, 0.12, 8, 1.6), (0.7, 0.3, 3, 2.9), (0.55, 0.18, 6, 1.4)]
)
def test_sample_size_step_by_step(accuracy, target, doses, ratio, correction) -> None:
    odds = target / (1 - target)
    p, r = odds / ratio / (1 + odds / ratio), odds * ratio / (1 + odds * ratio)
    sd_p = math.sqrt(target * (1 - target) + p * (1 - p) + 2 * p * (1 - target))
    sd_r = math.sqrt(target * (1 - target) + r * (1 - r) + 2 * target * (1 - r))
    line = (logit(accuracy) - 2.26 + 0.00235 * doses**2 + 0.7 * ratio + 1.903 / ratio) / 0.854
    z = norm.ppf(1 - doses * (1 - expit(line)) / 2 / (doses - 1))
    n, needed = 0, math.inf
    while n < needed:
        n += 1
        half = 0.5 / n if correction else 0.0
        needed = (2 * z / ((target - p + half) / sd_p + (r - target - half) / sd_r)) ** 2
    found = sample_size(accuracy, target, doses, ratio, correction=correction)
    assert found.exact == pytest.approx(needed, rel=1e-9)
    assert found.patients == math.ceil(needed)
