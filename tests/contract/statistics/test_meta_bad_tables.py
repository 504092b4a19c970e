"""Hostile tables: a clear error that says what to do, or a sensible answer; and the known faults of
others.
"""

import json
import math
import time

import numpy as np
import pytest

from marrowdose.errors import InputError
from marrowdose.files.json import text_of
from marrowdose.statistics.meta import (
    Comparison,
    Fitting,
    baujat,
    drma,
    effective_dose,
    egger,
    heterogeneity,
    influence,
    leave_one_out,
    log_ratios,
    mean_differences,
    mixed,
    pool,
    target_dose,
    trim_and_fill,
    user_covariance,
)
from places import golden


def table(**changes):
    base = {
        "study": ["a", "a", "a", "b", "b", "b", "c", "c", "c"],
        "dose": [0, 10, 50, 0, 20, 50, 0, 10, 40],
        "mean": [1.0, 5.0, 9.0, 2.0, 7.0, 8.0, 0.0, 3.0, 8.0],
        "sd": [9.0] * 9,
        "n": [40] * 9,
    }
    return {**base, **changes}


def says(*words):
    return pytest.raises(InputError, match="(?s)" + ".*".join(words))


@pytest.mark.parametrize(
    "value, words",
    [
        (-1.0, ("study a", "sd", "negative")),
        (0.0, ("study a", "zero", "leave the arm out")),
        (math.nan, ("study a", "sd", "missing")),
        (math.inf, ("row 1", "infinite")),
        ("nine", ("row 1", "sd", "nine")),
    ],
)
def test_bad_sd(value, words):
    with says(*words):
        drma(table(sd=[value, *[9.0] * 8]), "linear")


def test_one_study():
    one = {name: column[:3] for name, column in table().items()}
    with says("1 study", "method='fixed'"):
        drma(one, "linear")
    assert drma(one, "linear", fitting=Fitting(method="fixed")).beta[0] > 0


def test_one_dose():
    with says("study a", "all arms have one dose", "leave the study out"):
        drma(table(dose=[10.0] * 9), "linear")
    with says("study a", "single arm"):
        drma({name: column[:1] for name, column in table().items()}, "linear")


def test_two_doses_cannot_bend():
    two = table(dose=[0, 20, 20, 0, 20, 20, 0, 20, 20])
    with says("cannot tell the 2 coefficients", "simpler curve"):
        drma(two, "quadratic")
    with says("knots", "do not rise"):
        drma(two, "rcs3")
    assert drma(two, "linear").nonlinearity is None


def test_a_curve_that_the_doses_do_not_show():
    """Effects that rise ever faster have no Emax: an error with its remedy, never a number from a ridge."""
    with says("emax", "edge", "try 'linear'"):
        drma(
            table(mean=[0, 0.1, 25, 0, 4, 25, 0, 0.1, 16], n=[4000] * 9),
            "emax",
            fitting=Fitting(method="fixed"),
        )


def test_singular_covariance():
    with says("study a", "not positive definite", "repeated arms"):
        drma(table(), "linear", comparison=Comparison(covariance={s: np.ones((2, 2)) for s in "abc"}))
    with says("not symmetric"):
        user_covariance(np.ones(2), np.array([[1, 0.5], [0.2, 1]]))
    with says("study b", "has no covariance"):
        drma(table(), "linear", comparison=Comparison(covariance={"a": np.eye(2)}))


@pytest.mark.parametrize(
    "change, words",
    [
        ({"dose": [-1, *[10] * 8]}, ("dose", "negative")),
        ({"dose": [math.nan, *[10] * 8]}, ("dose", "missing")),
        ({"n": [1, *[40] * 8]}, ("study a", "no SD")),
        ({"n": [40] * 8}, ("different length",)),
        ({"study": [], "dose": [], "mean": [], "sd": [], "n": []}, ("no rows",)),
    ],
)
def test_bad_tables(change, words):
    with says(*words):
        drma(table(**change), "linear")


@pytest.mark.parametrize(
    "options, words",
    [
        ({"curve": "spline"}, ("no curve", "rcs3")),
        ({"method": "bayes"}, ("method", "reml")),
        ({"measure": "hr"}, ("no measure", "md")),
        ({"method": "dl"}, ("stages='two'",)),
        ({"stages": "3"}, ("one, two",)),
        ({"curve": "emax", "method": "reml"}, ("emax", "fixed, ml")),
        ({"level": 95}, ("level", "0.5")),
        ({"measure": "or"}, ("no column 'cases'",)),
        ({"covariates": ["age"]}, ("no column 'age'",)),
        ({"curve": "fp(a)"}, ("no curve",)),
        ({"curve": "rcs3", "knots": [1, 2]}, ("knots", "3")),
    ],
)
def test_bad_options(options, words):
    options = dict(options)
    with says(*words):
        how = {name: options.pop(name) for name in ("method", "stages", "level") if name in options}
        drma(table(), **{"curve": "linear", **options}, fitting=Fitting(**how))


def test_bad_counts():
    with says("more cases than patients"):
        log_ratios([5, 11], [10, 10])
    with says("add=0.5"):
        log_ratios([0, 3], [10, 10], add=0)
    assert np.isfinite(log_ratios([0, 3], [10, 10]).y).all()


def test_pool_hostile():
    with says("1 study", "fixed"):
        pool([1.0], [0.1])
    assert pool([1.0], [0.1], estimator="fixed").beta[0] == 1
    for v in ([0.1, 0.0, 0.2], [0.1, -1.0, 0.2]):
        with says("study 2", "not positive"):
            pool([1, 2, 3], v)
    with says("study 1", "not a number"):
        pool([math.nan, 2, 3], [1, 1, 1])
    with says("covariates repeat"):
        pool([1, 2, 3, 4], [1] * 4, np.ones((4, 2)))
    for estimator in ("dl", "he", "hs", "sj", "pm", "ml", "reml"):
        same = pool([2.0] * 5, [1.0] * 5, estimator=estimator)  # no difference at all
        assert same.tau2 == 0
        assert same.beta[0] == pytest.approx(2)
    assert heterogeneity([2.0] * 5, [1.0] * 5).tau2 == (0, 0, 0)
    with says("too few"):
        influence([1, 2], [1, 1])
    with says("same size"):
        egger([1, 2, 3], [1, 1, 1])
    with says("2 studies"):
        baujat([1], [1])
    assert trim_and_fill([1.0, 1.1, 0.9, 1.0], [0.1, 0.2, 0.3, 0.15]).missing >= 0


def test_ten_thousand_studies():
    rng = np.random.default_rng(1)
    k = 10_000
    dose = np.tile([0.0, 10.0, 40.0], k)
    mean = 0.1 * dose * np.repeat(rng.normal(1, 0.3, k), 3) + rng.normal(0, 1, 3 * k)
    big = {
        "study": np.repeat(np.arange(k), 3),
        "dose": dose,
        "mean": mean,
        "sd": np.full(3 * k, 7.0),
        "n": np.full(3 * k, 49),
    }
    start = time.process_time()
    fit = drma(big, "linear")
    assert time.process_time() - start < 60
    assert abs(fit.beta[0] - 0.1) < 4 * fit.se[0]
    assert math.sqrt(fit.psi[0, 0]) == pytest.approx(0.03, rel=0.1)
    y, v = rng.normal(0, 1, k), np.full(k, 0.5)
    assert pool(y, v).tau2 == pytest.approx(0.5, rel=0.1)


def test_result_as_json():
    fit = drma(table(), "quadratic")
    record = json.loads(text_of(fit))
    assert record["curve"] == "quadratic"
    assert record["convergence"]["starts"] == 3
    assert json.loads(text_of(fit.predict([10])))["effect"][0] > 0
    assert json.loads(text_of(pool([1, 2, 3], [1, 1, 1])))["k"] == 3
    assert [name for name, _ in leave_one_out(fit)] == ["a", "b", "c"]


def test_predict_marks_what_is_beyond_the_doses():
    found = drma(table(), "linear").predict([0, 50, 51])
    assert found.extrapolated == (False, False, True)
    with says("negative"):
        drma(table(), "linear").predict([-1])


def test_doses_read_off():
    fit = drma(table(), "linear", fitting=Fitting(method="fixed"))
    found = effective_dose(fit, 0.5)
    assert found.estimate == pytest.approx(25)
    slope = fit.beta[0]
    assert target_dose(fit, 10 * slope).estimate == pytest.approx(10)
    assert target_dose(fit, -5).estimate is None
    with says("no asymptote"):
        effective_dose(fit, 0.5, of="asymptote")


class TestKnownFaults:
    """What is wrong in the reference packages and does not happen here."""

    def test_one_stage_does_not_stop_early(self):
        """The package's default one-stage fit stops short of the maximum (it ends with ℓ lower by 1.5e-3 in
        the pinned alcohol data); ours reaches that of its tight setting, with slope zero and verified
        curvature.
        """
        pinned = golden("dosresmeta")["alcohol_cvd"]
        given, tight = pinned["inputs"], pinned["results"]["rcs3 1stage reml tight"]
        data = {
            "study": given["id"],
            "dose": given["dose"],
            "effect": given["logrr"],
            "se": given["se"],
            "cases": given["cases"],
            "n": given["n"],
            "type": given["type"],
        }
        fit = drma(data, "rcs3", measure="reported", knots=given["knots"])
        f, _ = fit.rows(np.concatenate([s.doses for s in fit.studies]), 0.0)
        reached = fit.log_likelihood - 0.5 * np.linalg.slogdet(f.T @ f)[1]
        assert reached >= tight["logLik"] - 1e-9
        assert fit.convergence.gradient < 1e-6
        assert fit.convergence.curvature > 0

    def test_variances_and_covariances_come_from_one_formula(self):
        """With a noisy control and many quiet arms, pooled variance beside the control's own covariance is
        indefinite; both of our forms are positive definite, and such a matrix from outside is refused."""
        mean, sd, n = np.zeros(5), np.array([30.0, 5, 5, 5, 5]), np.array([10, 100, 100, 100, 100])
        pooled, own = mean_differences(mean, sd, n, pooled=True), mean_differences(mean, sd, n)
        for found in (pooled, own):
            assert np.linalg.eigvalsh(found.covariance)[0] > 0
        mixture = own.covariance.copy()
        np.fill_diagonal(mixture, np.diag(pooled.covariance))
        assert np.linalg.eigvalsh(mixture)[0] < 0
        with says("positive definite", "different formulas"):
            user_covariance(own.y, mixture)

    def test_convergence_is_reported(self):
        found = drma(table(), "linear").convergence
        assert found.starts == 3
        assert found.starts_agreeing >= 1
        assert found.gradient < 1e-6
        assert found.iterations > 0

    def test_a_fit_that_does_not_converge_is_an_error(self, monkeypatch):
        monkeypatch.setattr(mixed, "_STEPS", 1)
        with says("did not converge", "slope", "try a simpler curve"):
            drma(table(mean=[0, 30, 90, 0, 5, 2, 0, -30, -80]), "linear")
