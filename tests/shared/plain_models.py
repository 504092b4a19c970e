"""CRM, BOIN12, EffTox and BOIN-ET recomputed trial by trial in the plainest way: for tests, and for planted
faults.
"""

from functools import cache

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import expit, logit
from scipy.stats import beta as beta_law

from marrowdose.trial.dose_finding.parts.toxicity_alone.crm import Crm
from marrowdose.trial.dose_finding.parts.toxicity_alone.tite_crm import TiteCrm
from marrowdose.trial.dose_finding.parts.toxicity_alone.two_parameter_crm import TwoParameterCrm
from marrowdose.trial.dose_finding.parts.with_efficacy.boin12 import Boin12
from marrowdose.trial.dose_finding.parts.with_efficacy.boin_et import BoinEt
from marrowdose.trial.dose_finding.parts.with_efficacy.efftox import EffTox
from marrowdose.trial.dose_finding.seen import Patients, View

DOSES = (1.0, 10.0, 25.0, 50.0)
SKELETON = np.array((0.05, 0.12, 0.25, 0.4))
TARGET = 0.25
CLOSE = 1e-6  # equal but for rounding: either may be taken


def seen(seed, trials=60, least=1):
    """Trials in any state with toxicity and efficacy, the current dose treated."""
    rng = np.random.default_rng(seed)
    current = rng.integers(0, 4, trials)
    treated = (
        3
        * rng.integers(0, 4, (trials, 4))
        * (np.arange(4) <= current[:, None] + rng.integers(0, 2, (trials, 1)))
    )
    treated[np.arange(trials), current] += 3 * least
    toxic = rng.binomial(treated, rng.choice([0.05, 0.25, 0.5], (trials, 1)))
    effective = rng.binomial(treated, rng.choice([0.1, 0.4, 0.7], (trials, 4)))
    both = np.array(
        [
            [rng.hypergeometric(t, n - t, e) if n else 0 for n, t, e in zip(*rows, strict=True)]
            for rows in zip(treated, toxic, effective, strict=True)
        ]
    )
    counts = {
        k: v.astype(np.int16)
        for k, v in {"treated": treated, "toxic": toxic, "effective": effective, "both": both}.items()
    }
    return View(doses=DOSES, current=current, **counts)


def nobody():
    """One trial before its first patient."""
    zero = np.zeros((1, 4), np.int16)
    return View(doses=DOSES, current=np.array([-1]), treated=zero, toxic=zero, effective=zero, both=zero)


def _nearest(found, toxicity):
    distance = np.abs(toxicity - TARGET)
    assert np.all(distance[np.arange(len(found)), found] <= distance.min(axis=1) + CLOSE)


def reassessment():
    """β by 20,001 equal steps; toxicity at its mean."""
    part, view = Crm(target=TARGET, skeleton=tuple(SKELETON)), seen(1)
    grid = np.linspace(-8, 8, 20001)
    p = (SKELETON ** np.exp(grid)[:, None]).clip(1e-300, 1 - 1e-12)
    log_w = view.toxic @ np.log(p).T + (view.treated - view.toxic) @ np.log1p(-p).T - grid**2 / (2 * 1.34)
    w = np.exp(log_w - log_w.max(axis=1, keepdims=True))
    toxicity = SKELETON ** np.exp(w @ grid / w.sum(axis=1))[:, None]
    everywhere = np.ones((60, 4), bool)
    _nearest(part.propose(view), toxicity)
    _nearest(part.select(view, everywhere), toxicity)
    assert part.select(nobody(), everywhere[:1]) == [-1]
    late = TiteCrm(target=TARGET, skeleton=tuple(SKELETON))
    _nearest(late.propose(view), toxicity)


def late_reassessment():
    """Four patients, of whom one is seen a third of the way, by direct sums."""
    who = Patients(
        dose=np.array([[0, 0, 1, 1]]),
        followed=np.array([[6.0, 6.0, 1.0, 2.0]]),
        toxic=np.array([[False, False, True, False]]),
        toxicity_window=6.0,
    )
    counts = {"treated": np.array([[2, 2, 0, 0]]), "toxic": np.array([[0, 1, 0, 0]])}
    view = View(doses=DOSES, current=np.array([1]), patients=who, **counts)
    grid = np.linspace(-8, 8, 20001)
    p = SKELETON ** np.exp(grid)[:, None]
    w = (1 - p[:, 0]) ** 2 * p[:, 1] * (1 - p[:, 1] / 3) * np.exp(-(grid**2) / (2 * 1.34))
    found = TiteCrm(target=TARGET, skeleton=tuple(SKELETON)).beta(view).mean[0]
    assert abs(found - (w @ grid) / w.sum()) < 1e-8


def two_parameters():
    """By 400 × 300 equal steps."""
    part, view = TwoParameterCrm(target=TARGET, skeleton=tuple(SKELETON)), seen(2, trials=25)
    a, b = (x.ravel() for x in np.meshgrid(np.linspace(-12, 12, 400), np.linspace(-3, 3, 300)))
    p = expit(a[:, None] + np.exp(b)[:, None] * logit(SKELETON))
    log_w = view.toxic @ np.log(p).T + (view.treated - view.toxic) @ np.log1p(-p).T - a**2 / 4.5 - 2 * b**2
    w = np.exp(log_w - log_w.max(axis=1, keepdims=True))
    _nearest(part.propose(view), w @ p / w.sum(axis=1)[:, None])
    _nearest(part.select(view, view.treated > 0), w @ p / w.sum(axis=1)[:, None])


def _mean_utility(n, t, e, b, neither=30.0, both=50.0):
    quasi = (100 * (e - b) + neither * (n - t - e + b) + both * b) / 100
    return 1 + quasi, 1 + n - quasi


def desirability():
    """BOIN12 with utilities 30 and 50, limits 0.3 and 0.25, written out for each trial."""
    part = Boin12(toxicity_limit=0.3, efficacy_limit=0.25, neither=30.0, both=50.0)
    view = seen(3, trials=700)
    worst = 0.7 * 0.25 * 100 + 0.7 * 0.75 * 30 + 0.3 * 0.25 * 50
    proposed, chosen = part.propose(view), part.select(view, view.treated >= 0)
    for i, at in enumerate(view.current):
        n, t, e, b = (c[i].astype(float) for c in (view.treated, view.toxic, view.effective, view.both))
        first, second = _mean_utility(n, t, e, b)
        value = beta_law.sf((worst + 100) / 200, first, second)
        fit = (beta_law.sf(0.3, 1 + t, 1 + n - t) < 0.95) & (beta_law.cdf(0.25, 1 + e, 1 + n - e) < 0.9)
        rate = t[at] / n[at]
        near = [j for j in (at - 1, at, at + 1) if 0 <= j < 4]
        if rate >= 0.3585:  # λd of 0.3; λe is 0.2365
            assert proposed[i] == max(at - 1, 0)
        elif n[at] >= 9 and at < 3 and n[at + 1] == 0:
            assert proposed[i] == at + 1
        else:
            if rate > 0.2365 and n[at] >= 6:
                near = [j for j in near if j <= at]
            near = [j for j in near if fit[j]]
            assert proposed[i] in near if near else proposed[i] == -1
            assert not near or value[proposed[i]] >= max(value[near]) - CLOSE
        tried = np.flatnonzero(n)
        pooled = np.full(4, 9.0)
        pooled[tried] = isotonic_regression(t[tried] / n[tried], weights=n[tried]).x
        distance = np.abs(pooled - 0.3).round(9)
        top = max(j for j in tried if distance[j] == distance[tried].min())  # the tolerated dose
        use = [j for j in tried if fit[j] and j <= top]
        mean = first / (first + second)
        assert chosen[i] in use if use else chosen[i] == -1
        assert not use or mean[chosen[i]] >= mean[use].max() - CLOSE
    toxic = View(
        doses=DOSES,
        current=np.array([2]),
        treated=np.array([[6, 6, 6, 0]]),
        toxic=np.array([[0, 1, 4, 0]]),
        effective=np.array([[1, 3, 6, 0]]),
        both=np.array([[0, 1, 4, 0]]),
    )
    assert part.select(toxic, toxic.treated >= 0) == [1]  # up to the tolerated dose
    assert part.select(toxic, np.arange(4)[None] < 1) == [0]  # the limits bind


def intervals():
    """BOIN-ET with 0.3 and 0.6: λ1 0.14, λ2 0.35, η1 0.48 (Takeda and others 2018)."""
    part, view = BoinEt(target=0.3, efficacy=0.6), seen(4, trials=150)
    assert part.bounds == (0.14, 0.35, 0.48)
    proposed, chosen = part.propose(view), part.select(view, view.treated >= 0)
    for i, at in enumerate(view.current):
        n, t, e = (c[i].astype(float) for c in (view.treated, view.toxic, view.effective))
        p, q = t[at] / n[at], e[at] / n[at]
        if p >= 0.35:
            expected = max(at - 1, 0)
        elif q > 0.48:
            expected = at
        elif p <= 0.14 or (at < 3 and n[at + 1] == 0):
            expected = min(at + 1, 3)
        else:
            near = [j for j in (at, at - 1, at + 1) if 0 <= j < 4]
            expected = max(near, key=lambda j, e=e, n=n: e[j] / max(n[j], 1))
        assert proposed[i] == expected
        if chosen[i] >= 0:
            j = chosen[i]
            assert beta_law.sf(0.3, 1 + t[j], 1 + n[j] - t[j]) <= 0.95
            assert beta_law.cdf(0.36, 1 + e[j], 1 + n[j] - e[j]) <= 0.99
            assert n[j] > 0
    idle = View(
        doses=DOSES,
        current=np.array([1]),
        treated=np.array([[12, 12, 12, 0]]),
        toxic=np.array([[0, 3, 8, 0]]),
        effective=np.array([[0, 6, 9, 0]]),
        both=np.array([[0, 1, 6, 0]]),
    )
    assert part.select(idle, idle.treated >= 0) == [1]
    assert part.select(idle, np.arange(4)[None] == 2) == [-1]


EFFTOX = EffTox(toxicity_limit=0.3, efficacy_limit=0.5, contour=(0.5, 0.65, 0.7, 0.25))


@cache
def _prior(draws=200_000):
    """Toxicity and efficacy (draws, doses) and the association, from the prior."""
    rng, x = np.random.default_rng(5), np.log(DOSES) - np.log(DOSES).mean()
    m = EFFTOX.model(DOSES).priors
    a, b, c, d, f, psi = (rng.normal(*getattr(m, k), draws) for k in m.__dataclass_fields__)
    return (
        expit(a[:, None] + b[:, None] * x),
        expit(c[:, None] + d[:, None] * x + f[:, None] * x**2),
        np.tanh(psi / 2),
    )


def tradeoff():
    """EffTox by draws from the prior, weighted by the likelihood of few patients; both err by about 0.01."""
    p, e, link = _prior()
    data = [
        ([3, 3, 0, 0], [0, 1, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0]),
        ([3, 3, 3, 0], [0, 0, 2, 0], [0, 2, 3, 0], [0, 0, 2, 0]),
        ([3, 0, 0, 0], [2, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]),
        ([3, 3, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]),
    ]
    counts = dict(
        zip(("treated", "toxic", "effective", "both"), np.array(data).transpose(1, 0, 2), strict=True)
    )
    view = View(doses=DOSES, current=np.array([1, 2, 0, 1]), **counts)
    found, fit = EFFTOX.appraise(view)
    # (1 − e)/0.5 and p/0.65 in the norm in which (0.7, 0.25) is neutral as well
    powers = np.linspace(0.2, 5, 4801)
    power = powers[np.abs((0.3 / 0.5) ** powers + (0.25 / 0.65) ** powers - 1).argmin()]
    worth = 1 - (((1 - e) / 0.5) ** power + (p / 0.65) ** power) ** (1 / power)
    for i, (n, t, a, b) in enumerate(data):
        w = np.ones(len(p))
        for j in range(4):
            extra = link * p[:, j] * (1 - p[:, j]) * e[:, j] * (1 - e[:, j])
            w *= (p[:, j] * e[:, j] + extra) ** b[j] * (p[:, j] * (1 - e[:, j]) - extra).clip(0) ** (
                t[j] - b[j]
            )
            w *= ((1 - p[:, j]) * e[:, j] - extra).clip(0) ** (a[j] - b[j])
            w *= ((1 - p[:, j]) * (1 - e[:, j]) + extra) ** (n[j] - t[j] - a[j] + b[j])
        w /= w.sum()
        tolerable, active = w @ (p < 0.3), w @ (e > 0.5)
        for ours, theirs in (
            (found.toxicity, w @ p),
            (found.efficacy, w @ e),
            (found.tolerable, tolerable),
            (found.active, active),
        ):
            assert np.abs(ours[i] - theirs).max() < 0.04
        assert np.abs(found.utility[i] - w @ worth).max() < 0.08
        highest = max(j for j in range(4) if n[j])
        expected = (np.arange(4) <= highest + 1) & (tolerable > 0.1) & (active > 0.1)
        sure = (np.abs(tolerable - 0.1) > 0.04) & (np.abs(active - 0.1) > 0.04)
        assert np.array_equal(fit[i][sure], expected[sure])
    proposed, chosen = EFFTOX.propose(view), EFFTOX.select(view, view.treated >= 0)
    for i in range(4):
        assert proposed[i] == (np.where(fit[i], found.utility[i], -9).argmax() if fit[i].any() else -1)
        use = fit[i] & (view.treated[i] > 0)
        assert chosen[i] == (np.where(use, found.utility[i], -9).argmax() if use.any() else -1)


CHECKS = {
    "crm": (reassessment, late_reassessment),
    "two": (two_parameters,),
    "boin12": (desirability,),
    "boin_et": (intervals,),
    "efftox": (tradeoff,),
}
