"""The standard error of an effective dose against the fits of simulated trials; guesses that make no
curve.
"""

import numpy as np
import pytest

from marrowdose.cli import main
from marrowdose.errors import InputError
from marrowdose.statistics.mcpmod import estimates, fit_model, make_shape

DOSES = np.array([0.0, 10, 25, 50, 100, 150])


def _fit(name, means, se):
    return fit_model(estimates(DOSES, means, se**2 * np.eye(6)), make_shape(name, 150.0), starts=2)


@pytest.mark.parametrize(
    "name, means", [("emax", 10 * DOSES / (25 + DOSES)), ("quadratic", 0.3 * DOSES - 0.0012 * DOSES**2)]
)
def test_standard_error(name, means):
    """The spread of 100 estimates is known to 7 % (one standard error); 20 % is nearly three."""
    rng = np.random.default_rng(46)
    told = _fit(name, means, 0.1).effective_dose_se(0.8)
    drawn = [_fit(name, means + rng.normal(0, 0.1, 6), 0.1).effective_dose(0.8) for _ in range(100)]
    assert told == pytest.approx(np.std(drawn), rel=0.2)


def test_set_by_the_shape_or_not_told():
    assert _fit("linear", 0.1 * DOSES, 0.1).effective_dose_se(0.8) == 0
    at_bound = _fit("exponential", np.sqrt(DOSES), 0.1)
    assert at_bound.at_bound
    assert at_bound.effective_dose_se(0.8) is None


def test_words(tmp_path, capsys):
    path = tmp_path / "means.csv"
    path.write_text("dose,response,se\n0,8,2\n10,12,2\n50,18,2\n100,19,2\n", encoding="utf-8")
    call = ["mcpmod", str(path), "--se=se", "--candidate=linear", "--candidate=emax=20", "--ed=0.8"]
    assert main(call) == 0
    told = capsys.readouterr().out
    assert "Dose with 80 % of the largest effect" in told
    assert "linear       80   (set by the shape alone)" in told
    assert "   (SE " in told


@pytest.mark.parametrize(
    "name, guess", [("beta", (0.0, 1.0)), ("emax", (-500.0,)), ("logistic", (50.0, 0.0))]
)
def test_guesses_at_or_below_zero(name, guess):
    with pytest.raises(InputError, match="allowed: above 0"):
        make_shape(name, 150.0).candidate(DOSES, *guess)


def test_a_cell_too_many(tmp_path, capsys):
    path = tmp_path / "patients.csv"
    path.write_text("dose,response\n0,1,5\n0,2\n10,2\n10,3\n", encoding="utf-8")
    assert main(["mcpmod", str(path), "--candidate=linear"]) == 2
    assert "patients.csv:2: response: has 3 cells for 2 columns" in capsys.readouterr().err
