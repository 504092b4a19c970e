"""Properties of the models behind phase I/II designs, over random data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marrowdose.trial.dose_finding.mathematics import crm_posterior as crm
from marrowdose.trial.dose_finding.mathematics import efftox_posterior as efftox
from marrowdose.trial.dose_finding.mathematics.crm_planning import Curves, sensitivity, skeleton
from marrowdose.trial.dose_finding.mathematics.desirability import (
    Limits,
    Utilities,
    desirability,
    pooled,
    table,
)
from marrowdose.trial.dose_finding.mathematics.obd_choice import averaged_unimodal, unimodal
from marrowdose.trial.dose_finding.parts.toxicity_alone.crm import Crm
from marrowdose.trial.dose_finding.parts.toxicity_alone.tite_boin import TiteBoin
from marrowdose.trial.dose_finding.parts.with_efficacy.boin12 import Boin12
from marrowdose.trial.dose_finding.parts.with_efficacy.tepi import Tepi
from marrowdose.trial.dose_finding.seen import View

SEEDS = st.integers(0, 2**32 - 1)
DOSES = (10.0, 25.0, 50.0, 100.0, 150.0)
few = settings(max_examples=15, deadline=None)


def random_counts(seed: int, trials: int = 60) -> tuple[np.random.Generator, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = 3 * rng.integers(0, 5, (trials, 5))
    return rng, n, rng.binomial(n, rng.choice([0.05, 0.3, 0.7], (trials, 1)))


def view_of(n, toxic, effective, current) -> View:
    both = np.maximum(toxic + effective - n, 0)
    counts = {"treated": n, "toxic": toxic, "effective": effective, "both": both}
    return View(doses=DOSES, current=current, **{k: v.astype(np.int16) for k, v in counts.items()})


def random_curves(rng: np.random.Generator) -> Curves:
    p = np.sort(rng.uniform(0.02, 0.7, 5)) + 0.02 * np.arange(5)
    return Curves(skeleton=tuple(p), model=rng.choice(["power", "logistic"]), intercept=3.0)


@given(seed=SEEDS)
@few
def test_crm_nodes_are_enough_and_order_holds(seed) -> None:
    rng, n, y = random_counts(seed)
    curves = random_curves(rng)
    found = crm.posterior(curves, 1.16, n - y, y)
    fine = crm.posterior(curves, 1.16, n - y, y, nodes=4001)
    np.testing.assert_allclose(found.mean, fine.mean, atol=1e-7)
    np.testing.assert_allclose(found.variance, fine.variance, atol=1e-7)
    p = curves.toxicity(found.mean)
    assert ((p > 0) & (p < 1)).all()
    assert (np.diff(p, axis=1) > 0).all()


@given(seed=SEEDS)
@few
def test_a_toxicity_more_never_lowers_modelled_toxicity(seed) -> None:
    rng, n, y = random_counts(seed)
    curves, dose = random_curves(rng), rng.integers(0, 5)
    more = y.copy()
    more[:, dose] += (y < n)[:, dose]
    before, after = (curves.toxicity(crm.posterior(curves, 1.16, n - k, k).mean) for k in (y, more))
    assert (after >= before - 1e-12).all()
    current = rng.integers(0, 5, len(n))
    part = Crm(target=0.25, skeleton=curves.skeleton, model=curves.model)
    first, second = (part.propose(view_of(n, k, 0 * k, current)) for k in (y, more))
    assert (second <= first).all()


@given(seed=SEEDS, window=st.floats(0.5, 400))
@few
def test_late_weights(seed, window) -> None:
    rng = np.random.default_rng(seed)
    followed = rng.uniform(0, 1.3 * window, (20, 9))
    toxic = (rng.random((20, 9)) < 0.2) & (followed <= window)
    linear = crm.weights(followed, toxic, window)
    assert ((linear >= 0) & (linear <= 1)).all()
    assert (linear[toxic] == 1).all()
    order = np.argsort(followed, axis=1)
    for scheme in ("linear", "adaptive"):
        weight = np.where(toxic, np.nan, crm.weights(followed, toxic, window, scheme))
        for row in np.take_along_axis(weight, order, axis=1):
            assert (np.diff(row[~np.isnan(row)]) >= -1e-12).all()  # longer seen counts more
    everyone = crm.weights(np.full((20, 9), window), toxic, window)
    dose = rng.integers(0, 5, (20, 9))
    curves = random_curves(rng)
    safe, tox = (np.stack([((dose == j) & k).sum(axis=1) for j in range(5)], axis=1) for k in (~toxic, toxic))
    pending = crm.Pending(dose=np.where(toxic, -1, dose), weight=everyone)
    late = crm.posterior(curves, 1.16, 0 * safe, tox, pending, nodes=401)
    plain = crm.posterior(curves, 1.16, safe, tox, nodes=401)
    np.testing.assert_allclose(late.mean, plain.mean, atol=1e-9)


@given(seed=SEEDS, target=st.floats(0.06, 0.45), prior=st.integers(0, 4))
@few
def test_skeleton_has_its_indifference_intervals(seed, target, prior) -> None:
    half = 0.3 * target * np.random.default_rng(seed).uniform(0.3, 1)
    guesses = skeleton(target, half, prior, 5)
    found = sensitivity(Curves(skeleton=guesses), target).indifference
    np.testing.assert_allclose(found[1:, 0], target - half, atol=1e-9)
    np.testing.assert_allclose(found[:-1, 1], target + half, atol=1e-9)
    assert guesses[prior] == pytest.approx(target)


@given(seed=SEEDS)
@settings(max_examples=6, deadline=None)
def test_efftox_probabilities_and_order(seed) -> None:
    rng, n, y = random_counts(seed, 12)
    e = rng.binomial(n, 0.5)
    both = np.maximum(y + e - n, 0)
    model = efftox.Model(
        doses=DOSES,
        priors=efftox.Priors(
            toxicity_intercept=(-3, 2),
            toxicity_slope=(1, 2),
            efficacy_intercept=(0, 2),
            efficacy_slope=(1, 2),
            efficacy_curvature=(0, 0.5),
        ),
        contour=efftox.Contour(efficacy_alone=0.4, toxicity_alone=0.6, between=(0.6, 0.2)),
        toxicity_limit=0.3,
        efficacy_limit=0.4,
    )
    found = efftox.posterior(model, n, y, e, both, nodes=1024)
    for value in (found.toxicity, found.efficacy, found.tolerable, found.active):
        assert ((value >= 0) & (value <= 1 + 1e-9)).all()
    assert (found.utility <= 1).all()
    assert (found.effective > 50).all()
    swapped = efftox.posterior(model, *(v[::-1] for v in (n, y, e, both)), nodes=1024)
    np.testing.assert_allclose(
        swapped.utility[::-1], found.utility, atol=1e-9
    )  # trials do not see one another
    # One patient more with toxicity, at one dose only: that dose is then thought more toxic (the
    # likelihood ratio rises with its probability). With several doses changed at once the slope may turn, and
    # no such order holds.
    dose = seed % len(DOSES)
    more = y.copy()
    more[:, dose] += (y < n)[:, dose]
    worse = efftox.posterior(model, n, more, e, np.maximum(more + e - n, 0), nodes=4096)
    fine = efftox.posterior(model, n, y, e, both, nodes=4096)
    assert (worse.toxicity[:, dose] > fine.toxicity[:, dose] - 0.005).all()


@given(seed=SEEDS, neither=st.floats(0, 100))
@few
def test_desirability(seed, neither) -> None:
    limits = Limits(toxicity=0.3, efficacy=0.25)
    value, _ = table(Utilities(neither=neither, both=100 - neither), limits, 12)
    known = ~np.isnan(value)
    assert ((value[known] >= 0) & (value[known] <= 1)).all()
    steps = np.diff(value, axis=1)[known[:, 1:] & known[:, :-1]]
    assert (steps <= 1e-12).all()  # a toxicity more never pleases
    steps = np.diff(value, axis=2)[known[:, :, 1:] & known[:, :, :-1]]
    assert (steps >= -1e-12).all()  # an efficacy more never hurts
    rng = np.random.default_rng(seed)
    n = rng.integers(0, 40, 50)
    assert (desirability(n, n * rng.random(50), 0.6) <= 1).all()


@pytest.mark.parametrize(
    "part",
    [
        Boin12(toxicity_limit=0.3, efficacy_limit=0.25),
        Boin12(toxicity_limit=0.3, efficacy_limit=0.25, neither=20, both=30),
        TiteBoin(target=0.3),
        Tepi(toxicity_cuts=(0.15, 0.25, 0.35), efficacy_cuts=(0.25, 0.45, 0.65)),
    ],
    ids=lambda p: type(p).__name__,
)
@given(seed=SEEDS)
@few
def test_proposals_move_by_one_and_toxicity_never_raises_them(part, seed) -> None:
    rng, n, y = random_counts(seed)
    e = rng.binomial(n, 0.5)
    current = rng.integers(0, 5, len(n))
    rows = np.arange(len(n))
    short = n[rows, current] == 0
    n[rows[short], current[short]] = 3
    first = part.propose(view_of(n, y, e, current))
    assert ((np.abs(first - current) <= 1) | (first < 0)).all()
    more = y.copy()
    more[rows, current] = np.minimum(more[rows, current] + 1, n[rows, current])
    second = part.propose(view_of(n, more, e, current))
    if isinstance(part, Boin12):  # a dose that became less desirable may be left upwards, but not a toxic one
        high = more[rows, current] >= 0.42 * n[rows, current]
        assert (second[high] <= current[high]).all()
    else:
        assert (second <= first).all()


@given(seed=SEEDS)
@few
def test_pooling_is_the_isotonic_regression(seed) -> None:
    from scipy.optimize import isotonic_regression

    rng = np.random.default_rng(seed)
    value, weight = rng.random((10, 6)), rng.integers(1, 9, (10, 6)).astype(float)
    found = pooled(value, weight)
    for row, v, w in zip(found, value, weight, strict=True):
        np.testing.assert_allclose(row, isotonic_regression(v, weights=w).x, atol=1e-12)


@given(seed=SEEDS)
@few
def test_unimodal_regression(seed) -> None:
    """Against brute force: the best over all rising-then-falling sequences is no better than ours."""
    rng = np.random.default_rng(seed)
    value = rng.random((4, 5))
    for mode in range(5):
        fit = unimodal(value, mode)
        assert (np.diff(fit[:, : mode + 1], axis=1) >= -1e-12).all()
        assert (np.diff(fit[:, mode:], axis=1) <= 1e-12).all()
        loss = ((fit - value) ** 2).sum(axis=1)
        for _ in range(30):
            other = fit + rng.normal(0, 0.1, fit.shape)
            up, down = np.sort(other[:, : mode + 1], axis=1), -np.sort(-other[:, mode:], axis=1)
            top = np.maximum(up[:, -1:], down[:, :1])
            tried = np.concatenate([up[:, :-1], top, down[:, 1:]], axis=1)
            assert (((tried - value) ** 2).sum(axis=1) >= loss - 1e-12).all()
    n = np.array([[3, 6, 0, 3, 3]])
    events = np.array([[1, 2, 0, 3, 1]])
    found = averaged_unimodal(n.astype(float), events.astype(float))
    assert np.isnan(found[0, 2])
    assert ((found[0, [0, 1, 3, 4]] >= 0) & (found[0, [0, 1, 3, 4]] <= 1)).all()
