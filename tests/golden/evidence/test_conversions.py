"""The conversions against metafor (versions in the JSON), printed tables, and the data's own correlations."""

import math

import pytest

from marrowdose.errors import InputError
from marrowdose.evidence import conversions
from marrowdose.evidence.tables import read_evidence
from places import golden

GOLDEN = golden("median_conversions")
METAFOR = GOLDEN["metafor"]


def _call(what, inputs):
    kind = "quartiles" if "min" not in inputs else "five_numbers" if "q1" in inputs else "range"
    figures = [inputs[name] for name in ("min", "q1", "median", "q3", "max", "n") if name in inputs]
    return getattr(conversions, f"{what}_{kind}")(*figures)


@pytest.mark.parametrize("case", METAFOR["cases"].values(), ids=METAFOR["cases"])
def test_agrees_with_metafor(case):
    exact = {"rel": METAFOR["tolerance"]}
    assert _call("mean_from", case["inputs"]) == pytest.approx(case["mean"], **exact)
    assert _call("sd_from", case["inputs"]) == pytest.approx(case["sd"], **exact)
    assert _call("skewed", case["inputs"]) is case["skewed"]


def test_range_of_a_normal_sample_as_printed():
    for n, width in GOLDEN["wan2014_table_1"]["range"].items():
        assert 1 / conversions.sd_from_range(0, 0.5, 1, int(n)) == pytest.approx(width, rel=0.02)


def test_interval_of_a_mean_as_printed():
    printed = GOLDEN["handbook_6_5_2_2"]
    se = conversions.sd_from_ci(0, printed["width"], printed["n"]) / math.sqrt(printed["n"])
    assert se == pytest.approx(1, abs=2e-4)


def test_derived_correlations_give_back_the_reported_sd_of_change():
    rows = read_evidence().benchmarks_derived
    assert len(rows) > 10
    for row in rows:
        sd0, sd1, sd = (float(part.split("=")[1]) for part in row["inputs"].split(";"))
        variance = conversions.change_variance(sd0, sd1, float(row["value"]))
        assert variance == pytest.approx(sd**2, abs=2 * 0.0006 * sd0 * sd1), row.ref  # r has three decimals


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda c: c.mean_from_quartiles(5, 4, 6, 10), "5, 4, 6 are not in ascending order"),
        (lambda c: c.sd_from_quartiles(4, 5, 6, 1), "too few"),
        (lambda c: c.sd_from_range(4, 5, math.nan, 10), "not in ascending order"),
        (lambda c: c.sd_from_five_numbers(1, 2, 3, 5, 4, 10), "not in ascending order"),
        (lambda c: c.sd_from_ci(2, 1, 10), "not in ascending order"),
        (lambda c: c.sd_from_ci(1, 2, 10, level=95), "level 95"),
        (lambda c: c.se_to_sd(-1, 10), "not in ascending order"),
        (lambda c: c.change_variance(1, 1, 1.1), "no correlation"),
        (lambda c: c.change_variance(-1, 1, 0), "negative"),
        (lambda c: c.pooled_sd([], []), "at least one"),
        (lambda c: c.pooled_sd([1, 2], [10]), "as many"),
        (lambda c: c.pooled_sd([1], [1]), "too few"),
    ],
)
def test_impossible_figures_are_refused(call, says):
    with pytest.raises(InputError, match=says):
        call(conversions)


def test_skewness_says_nothing_without_spread_or_patients():
    assert conversions.skewed_quartiles(1, 1, 5, 4) is None
    assert conversions.skewed_quartiles(3, 3, 3, 40) is None
    assert conversions.skewed_range(3, 3, 3, 40) is None
    assert conversions.skewed_five_numbers(1, 3, 3, 3, 9, 40) is None


def test_quartiles_that_coincide_do_not_tell_a_spread():
    assert conversions.sd_from_quartiles(3, 3, 3, 10) == 0
