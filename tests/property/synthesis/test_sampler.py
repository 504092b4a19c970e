"""The sampler on densities whose answer is known, and the diagnostics on chains that are known to be bad."""

import builtins

import numpy as np
import pytest
from arviz_stats.base import array_stats

from marrowdose.errors import InputError
from marrowdose.synthesis import engine
from marrowdose.synthesis.diagnostics import diagnose, pareto_k, psis

MEAN = np.array([1.0, -2.0, 0.5])
COVARIANCE = np.array([[4.0, 1.8, 0.0], [1.8, 1.0, -0.2], [0.0, -0.2, 0.25]])
PRECISION = np.linalg.inv(COVARIANCE)


def gaussian(z, xp):
    d = z - MEAN
    return -0.5 * d @ PRECISION @ d


def short(log_density=gaussian, dim=3, *, warmup=100, dense=False, target_accept=0.9, **changes):
    tuning = engine.WarmUp(iterations=warmup, dense=dense, target_accept=target_accept)
    return engine.sample(
        log_density, dim, warm_up=tuning, **({"seed": 3, "chains": 2, "draws": 50} | changes)
    )


@pytest.fixture(scope="module")
def once():
    return short()


@pytest.mark.parametrize("dense", [False, True])
def test_mean_and_covariance_of_a_correlated_gaussian(dense):
    """Nine moments within 4.5 Monte-Carlo standard errors each (a false alarm in 16,000 runs)."""
    draws = engine.sample(gaussian, 3, seed=1, warm_up=engine.WarmUp(dense=dense))
    assert draws.z.shape == (4, 1000, 3)
    assert draws.z.dtype == np.float64
    assert not draws.divergent.any()
    d = draws.z - MEAN
    products = {(i, j): d[..., i] * d[..., j] - COVARIANCE[i, j] for i in range(3) for j in range(i + 1)}
    for moment in [d[..., i] for i in range(3)] + list(products.values()):
        assert abs(moment.mean()) < 4.5 * float(array_stats.mcse(moment, method="mean"))
    assert diagnose({str(i): draws.z[..., i] for i in range(3)}, draws.divergent).ok


def test_one_dimension_and_few_iterations():
    draws = short(lambda z, xp: -0.5 * (z**2).sum(), 1, chains=1, warmup=20, draws=7, dense=True)
    assert draws.z.shape == (1, 7, 1)
    assert draws.divergent.shape == (1, 7)


def test_same_seed_same_bytes(once):
    assert short().z.tobytes() == once.z.tobytes()
    assert short(seed=4).z.tobytes() != once.z.tobytes()


def test_a_chain_does_not_depend_on_the_number_of_chains(once):
    assert short(chains=1).z[0].tobytes() == once.z[0].tobytes()


def test_compiler_options_change_no_digit_and_may_be_unknown(once, monkeypatch):
    region = "xla_cpu_copy_insertion_use_region_analysis"
    monkeypatch.setattr(engine, "COMPILER_OPTIONS", engine.COMPILER_OPTIONS | {region: False})
    assert short().z.tobytes() == once.z.tobytes()
    monkeypatch.setattr(engine, "COMPILER_OPTIONS", {"xla_no_such_option": True})
    assert np.isfinite(short().z).all()


def test_progress_counts_every_iteration():
    told = []
    short(warmup=130, progress=lambda done, total: told.append((done, total)))
    done = [d for d, _ in told]
    assert done == sorted(done)
    assert told[-1] == (360, 360)


def test_windows_are_those_of_stan():
    ends = [(75, False), (25, True), (50, True), (100, True), (200, True), (500, True), (50, False)]
    assert list(engine.windows(1000)) == ends
    for warmup in range(20, 400, 7):
        assert sum(length for length, _ in engine.windows(warmup)) == warmup
        assert all(length > 0 for length, _ in engine.windows(warmup))


def half_line(z, xp):
    """An exponential density on z > 3, away from every default start."""
    return xp.where(z[0] > 3, -z[0], -xp.inf)


def test_starts_are_found_around_the_initial_point():
    draws = short(half_line, 1, initial=np.array([2.9]))
    assert draws.z.min() > 3


def test_no_start_is_an_input_error():
    with pytest.raises(InputError, match="not finite"):
        short(half_line, 1)
    with pytest.raises(InputError, match="not finite"):
        short(lambda z, xp: xp.linalg.cholesky(-xp.eye(2))[0, 0] + z[0], 1)


def test_a_gradient_that_is_not_finite_is_an_input_error():
    with pytest.raises(InputError, match="leave its start"):
        short(lambda z, xp: -(z[0] ** 2) + xp.sqrt(0.0 * z[0]), 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"dim": 0},
        {"chains": 0},
        {"draws": 0},
        {"warmup": 19},
        {"target_accept": 1.0},
        {"initial": np.zeros(2)},
    ],
)
def test_an_argument_out_of_range_is_an_input_error(wrong):
    with pytest.raises(InputError, match=r"allowed|positive"):
        short(**wrong)


@pytest.mark.parametrize(
    "package, call", [("jax", short), ("arviz_stats", lambda: diagnose({"x": np.eye(4)}))]
)
def test_a_missing_extra_says_how_to_install_it(monkeypatch, package, call):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] == package:
            raise ImportError(name=package)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"pip install 'marrowdose\[fit\]'"):
        call()


def test_good_chains_pass():
    values = np.random.default_rng(1).standard_normal((4, 1000))
    found = diagnose({"x": values})
    assert found.ok
    assert found.r_hat["x"] < 1.01
    assert min(found.ess_bulk["x"], found.ess_tail["x"]) > 1000


def test_a_stuck_chain_is_named():
    values = np.random.default_rng(1).standard_normal((4, 1000))
    values[2] = values[2, 0]
    found = diagnose({"good": np.random.default_rng(2).standard_normal((4, 1000)), "stuck": values})
    assert not found.ok
    assert any(sentence.startswith("stuck: R-hat") for sentence in found.sentences)
    assert not any("good" in sentence for sentence in found.sentences)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_quantity_that_never_moves_or_is_not_finite_fails(value):
    found = diagnose({"x": np.full((4, 100), value)})
    assert found.sentences == ("x has no R-hat: it never moves or is not finite.",)


def test_divergences_and_few_draws_fail():
    values = np.random.default_rng(1).standard_normal((4, 50))
    found = diagnose({"x": values}, np.arange(200).reshape(4, 50) < 3)
    assert found.divergences == 3
    assert "3 divergent transitions; 0 allowed." in found.sentences
    assert any("effective sample size" in sentence for sentence in found.sentences)
    with pytest.raises(InputError, match="chains"):
        diagnose({"x": values[0]})


@pytest.mark.parametrize("k", [0.3, 0.9])
def test_pareto_k_of_pareto_weights(k):
    """Weights exp(k·E), E exponential, are Pareto with shape k.

    The estimate's standard error is (1 + k)/√m for the m = 3√n largest weights (Smith 1987), and it is drawn
    towards ½ with the weight of ten: both are in the tolerance of four standard errors.
    """
    n = 10_000
    estimate = pareto_k(k * np.random.default_rng(1).exponential(size=n))
    m = 3 * np.sqrt(n)
    assert estimate == pytest.approx((m * k + 10 * 0.5) / (m + 10), abs=4 * (1 + k) / np.sqrt(m))


def test_smoothed_weights_keep_their_order_and_sum_to_one():
    log_weights = 2 * np.random.default_rng(1).standard_normal(2000)
    smoothed, k = psis(log_weights)
    assert np.exp(smoothed).sum() == pytest.approx(1)
    assert np.isfinite(k)
    assert (np.argsort(smoothed, kind="stable") == np.argsort(log_weights, kind="stable")).all()


def test_equal_weights_have_no_tail():
    smoothed, k = psis(np.zeros(100))
    assert k == -np.inf
    assert np.exp(smoothed) == pytest.approx(0.01)


def test_unusable_weights_are_an_input_error():
    for wrong in (np.zeros(10), np.r_[np.zeros(99), np.nan], np.r_[np.zeros(99), np.inf]):
        with pytest.raises(InputError):
            psis(wrong)
