"""Further options against DoseFinding 1.0.3: designs with conditions, doses among those tried, given
contrasts.
"""

import numpy as np
import pytest

from marrowdose.errors import InputError
from marrowdose.statistics.mcpmod import (
    Candidate,
    Conditions,
    candidate_of_coefficients,
    contrast_test,
    design_criterion,
    fit_model,
    from_patients,
    interpolation,
    make_shape,
    mcpmod,
    optimal_design,
    shape_names,
)
from marrowdose.statistics.mcpmod.candidates import candidate_means
from places import golden

MORE, BIOM = (golden(f"mcpmod_{name}") for name in ("options", "biom"))
DOSES = [0.0, 10.0, 25.0, 50.0, 100.0, 150.0]
GUESSES = {"linear": (), "emax": (25,), "exponential": (85,), "logistic": (50, 10.88111)}
CANDIDATES = [
    Candidate(label=k, shape=make_shape(k, 150.0), guess=g, max_effect=0.4) for k, g in GUESSES.items()
]
DESIGN = [0.3, 0.1, 0.1, 0.2, 0.1, 0.2]
ALREADY = Conditions(already=[30, 10, 0, 20, 0, 10], coming=50)
SET = {
    "nold": ("td", ALREADY),
    "weights": ("td", Conditions(precision=[1, 1, 2, 2, 3, 1])),
    "unstand": ("d", Conditions(standardised=False)),
    "mixed": ("mixed", Conditions()),
    "mixed_unstand": ("mixed", Conditions(standardised=False)),
}


@pytest.mark.parametrize("name", SET)
def test_criteria_of_a_design(name):
    criterion, conditions = SET[name]
    found = design_criterion(DESIGN, CANDIDATES, DOSES, criterion=criterion, delta=0.2, conditions=conditions)
    assert found == pytest.approx(MORE["designs"][name], rel=1e-8)


def test_design_of_patients_to_come():
    theirs = MORE["designs"]["o_nold"]
    found = optimal_design(CANDIDATES, DOSES, delta=0.2, conditions=ALREADY)
    assert found.criterion <= theirs["crit"] + 1e-9
    assert found.shares == pytest.approx(theirs["design"], abs=1e-3)
    assert found.gap < 1e-6


def test_design_within_bounds():
    """Shares stay in their bounds, cost something, and no other design within them does better."""
    bounds = Conditions(lower=[0.25, 0.05, 0.05, 0.05, 0.05, 0.05], upper=[0.5] + [0.25] * 5)
    found = optimal_design(CANDIDATES, DOSES, criterion="d", conditions=bounds)
    assert np.all(found.shares >= np.array(bounds.lower) - 1e-9)
    assert np.all(found.shares <= np.array(bounds.upper) + 1e-9)
    assert found.criterion > optimal_design(CANDIDATES, DOSES, criterion="d").criterion
    rng = np.random.default_rng(0)
    others = bounds.lower + rng.dirichlet(np.ones(6), 200) * 0.5
    values = [
        design_criterion(w, CANDIDATES, DOSES, criterion="d") for w in others if (w <= bounds.upper).all()
    ]
    assert len(values) > 20
    assert min(values) >= found.criterion


@pytest.mark.parametrize(
    "conditions",
    [
        Conditions(lower=[0.5] * 6),
        Conditions(upper=[0.1] * 6),
        Conditions(lower=[0.2, 0, 0, 0, 0, 0], upper=[0.1, 1, 1, 1, 1, 1]),
        Conditions(already=[1] * 6),
        Conditions(already=[1] * 5, coming=10),
        Conditions(already=[-1, 0, 0, 0, 0, 0], coming=10),
        Conditions(already=[1] * 6, coming=0),
        Conditions(precision=[0, 1, 1, 1, 1, 1]),
        Conditions(precision=[float("nan")] * 6),
    ],
)
def test_conditions_that_cannot_be_met(conditions):
    with pytest.raises(InputError):
        optimal_design(CANDIDATES, DOSES, criterion="d", conditions=conditions)


def test_doses_among_those_tried():
    for k, candidate in enumerate(CANDIDATES):
        assert candidate.target_dose(0.2, among=DOSES) == MORE["discrete"]["TD"][k]
        assert candidate.effective_dose(0.9, among=DOSES) == MORE["discrete"]["ED"][k]
        assert candidate.target_dose(0.5, among=DOSES) is None
    fit = fit_model(from_patients(BIOM["inputs"]["dose"], BIOM["inputs"]["resp"]), make_shape("emax", 1.0))
    assert fit.target_dose(0.4, among=[0, 0.05, 0.2, 0.6, 1]) == 0.2  # 0.164 where any dose may be chosen
    assert fit.effective_dose(0.99, among=[0, 0.2]) is None


def test_candidates_by_all_their_coefficients():
    coefficients = {"emax": [0.2, 0.5, 25], "sigemax": [1, 0.4, 30, 2], "quadratic": [0, 0.01, -5e-5]}
    made = [candidate_of_coefficients(k, make_shape(k, 150.0), c) for k, c in coefficients.items()]
    assert candidate_means(made, np.array(DOSES)) == pytest.approx(np.array(MORE["full"]), rel=1e-9)
    with pytest.raises(InputError):
        candidate_of_coefficients("e", make_shape("emax", 150.0), [0.2, 0.5])


@pytest.mark.parametrize("name", [*shape_names(), "interpolation"])
def test_a_fit_is_a_candidate_again(name):
    tried = [0.0, 0.05, 0.2, 0.6, 1.0]
    shape = interpolation(tried) if name == "interpolation" else make_shape(name, 1.0)
    fit = fit_model(from_patients(BIOM["inputs"]["dose"], -np.array(BIOM["inputs"]["resp"])), shape)
    again = candidate_of_coefficients(name, shape, list(fit.coefficients.values()))
    assert again.means(tried) == pytest.approx(fit.value(np.array(tried)), rel=1e-8)
    assert again.max_effect < 0


def test_contrasts_of_the_plan():
    theirs = MORE["given"]
    data = from_patients(BIOM["inputs"]["dose"], BIOM["inputs"]["resp"])
    guesses = {
        "linear": (),
        "emax": (0.05,),
        "sigemax": (0.5, 4),
        "quadratic": (-0.85,),
        "exponential": (0.3,),
    }
    candidates = [Candidate(label=k, shape=make_shape(k, 1.0), guess=g) for k, g in guesses.items()]
    found = contrast_test(data, candidates, contrasts=3 * np.array(theirs["cm"]))  # their length is no matter
    assert found.statistics == pytest.approx(theirs["t"], rel=1e-8)
    assert found.p_values == pytest.approx(theirs["p"], abs=1e-3)
    assert mcpmod(data, candidates, contrasts=np.array(theirs["cm"])).selected == "emax"
    for wrong in (np.ones((5, 5)), np.zeros((5, 5)), np.eye(4), np.full((5, 5), np.nan)):
        with pytest.raises(InputError):
            contrast_test(data, candidates, contrasts=wrong)
