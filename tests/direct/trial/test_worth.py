"""What trials are worth: designs of every kind under the same truths, without flattery, with intervals over
the same trials.
"""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from marrowdose.cli import main
from marrowdose.errors import InputError
from marrowdose.files.toml import read_document
from marrowdose.trial.by_dose import drawn_truth
from marrowdose.trial.dose_finding.file import read_design
from marrowdose.trial.dose_finding.simulate import simulate as simulate_finding
from marrowdose.trial.dose_ranging.file import read_ranging
from marrowdose.trial.dose_ranging.simulate import simulate
from marrowdose.trial.estimate import Estimate
from marrowdose.trial.truths.named import Named, truth_of
from marrowdose.trial.worth import (
    Answered,
    Believed,
    Stakes,
    Worth,
    best_size,
    compared,
    expected,
    of_dose_finding,
    of_ranging,
    worth,
)

TEMPLATES = files("marrowdose").joinpath("trial/templates")
LONG = [str(TEMPLATES.joinpath(f"{n}.toml")) for n in ("dose-ranging", "confirmatory", "extension")]
OBD, BOIN = (str(TEMPLATES.joinpath(f"{n}.toml")) for n in ("obd", "escalation-to-150"))
BELIEVED = Believed(
    truth=truth_of("posterior"), doses=(10, 25, 50, 100, 150), month=12, stakes=Stakes(margin=2)
)


@pytest.fixture(scope="module")
def found() -> list[Answered]:
    designs = [read_ranging(read_document(p)).design for p in LONG[:2]]
    told = [of_ranging(d.doses, simulate(d, truth_of("posterior"), 150)) for d in designs]
    for path in (OBD, BOIN):
        design = read_design(path)[0]
        told.append(
            of_dose_finding(
                design.doses, simulate_finding(design, drawn_truth(Named("posterior"), design), 150)
            )
        )
    return told


def made(nets: np.ndarray, size: float = 100.0) -> Worth:
    """A worth of which only the trials matter."""
    none, sizes = Estimate(value=0.0, monte_carlo_se=0.0), np.full(len(nets), size)
    net = replace(none, value=float(nets.mean()))
    return Worth(none, none, none, none, net, none, nets, sizes)


def test_the_interval_of_net_benefit_a_patient_is_that_of_resampling(found: list[Answered]) -> None:
    rng, stakes = np.random.default_rng(1), BELIEVED.stakes
    for one in (found[0], found[2]):
        told = worth(one, BELIEVED)
        arms = BELIEVED.utility(np.arange(150))
        column = [(0.0, *BELIEVED.doses).index(d) for d in one.dose]
        net = (
            stakes.population * (arms[np.arange(150), column] - arms[:, BELIEVED.today])
            - stakes.per_patient * one.patients
        )
        rows = rng.integers(0, 150, (2000, 150))
        assert told.net_per_trial_patient.value == pytest.approx(net.sum() / one.patients.sum())
        again = net[rows].sum(axis=1) / one.patients[rows].sum(axis=1)
        assert told.net_per_trial_patient.monte_carlo_se == pytest.approx(
            again.std(), rel=0.1
        )  # SE of an SD of 2,000: 1.6 %


def test_every_kind_of_design_meets_the_same_truths_and_the_same_bound(found: list[Answered]) -> None:
    told = [worth(one, BELIEVED) for one in found]
    assert len({w.perfect for w in told}) == 1  # one truth a trial and one set of doses: one EVPI
    assert all(w.by_rule.value <= w.perfect.value for w in told)
    assert all(w.best_use.value <= w.perfect.value for w in told)
    ranks = compared([(n, [(45, w)]) for n, w in zip("abcd", told, strict=True)])
    values = [r.best.net_per_trial_patient.value for r in ranks]
    assert values == sorted(values, reverse=True)
    for r in ranks[1:]:
        assert r.less.value == pytest.approx(r.best.net_per_trial_patient.value - values[0])
        apart = np.hypot(
            r.best.net_per_trial_patient.monte_carlo_se, ranks[0].best.net_per_trial_patient.monte_carlo_se
        )
        assert 0 < r.less.monte_carlo_se < 1.2 * apart
    assert compared([("a", [(45, told[0])]), ("b", [(45, told[0])])])[1].less.interval == (0.0, 0.0)


def test_what_the_trial_sees_is_by_dose_and_by_trial(found: list[Answered]) -> None:
    design = read_design(OBD)[0]
    runs = simulate_finding(design, drawn_truth(Named("posterior"), design), 150)
    seen = found[2].seen.reshape(150, 3, 5)
    assert runs.effective is not None
    assert np.array_equal(seen[:, 0], runs.treated)
    assert seen[:, 1] == pytest.approx((runs.effective + 0.5) / (runs.treated + 1))
    assert seen[:, 2] == pytest.approx((runs.toxic + 0.5) / (runs.treated + 1))
    assert set(found[2].dose) <= {0.0, *design.doses}
    none = replace_chosen(runs, -1)
    assert not of_dose_finding(design.doses, none).dose.any()


def replace_chosen(runs, dose):  # type: ignore[no-untyped-def]
    return replace(runs, chosen=np.full(len(runs), dose))


def test_the_value_of_information_is_that_of_the_closed_form() -> None:
    """One dose against none, θ ~ N(0, 1), one observation with error σ: E max(0, E(θ|x)) = SD of E(θ|x) /
    √(2π).
    """
    rng, n = np.random.default_rng(2), 40_000
    theta, error = rng.standard_normal(n), 0.8
    seen = (theta + error * rng.standard_normal(n))[:, None]
    arms = np.column_stack([np.zeros(n), theta])
    guess = expected(Answered(dose=np.zeros(n), patients=np.ones(n), seen=seen), arms)
    assert guess[:, 1] == pytest.approx(seen[:, 0] / (1 + error**2), abs=0.1)
    gain = np.where(guess[:, 1] > 0, theta, 0.0)
    exact = 1 / np.sqrt(1 + error**2) / np.sqrt(2 * np.pi)
    assert gain.mean() == pytest.approx(exact, abs=4 * gain.std() / np.sqrt(n))


def test_a_trial_that_sees_nothing_is_worth_nothing() -> None:
    """Noise must not look like information: in 40 posteriors of 200 trials best use is nobody's gain on
    average.
    """
    rng, gains = np.random.default_rng(3), []
    for _ in range(40):
        arms = np.column_stack([np.zeros(200), rng.standard_normal((200, 3)) * 5 + 0.5])
        guess = expected(
            Answered(dose=np.zeros(200), patients=np.ones(200), seen=rng.standard_normal((200, 8))), arms
        )
        gains.append(float(arms[np.arange(200), guess.argmax(axis=1)].mean() - 0.5))
    assert np.mean(gains) < 3 * np.std(gains) / np.sqrt(40)


@pytest.mark.parametrize(("sizes", "bias"), [(2, 0.5642), (3, 0.8463), (5, 1.1630)])
def test_the_best_of_equal_sizes_is_not_flattered(sizes: int, bias: float) -> None:
    """Sizes of one true net benefit of 0: the plain maximum is E max of that many normals too high, the
    answer is not.
    """
    rng, trials, sets, sd = np.random.default_rng(4), 100, 3000, 10.0
    plain, crossed = [], []
    for _ in range(sets):
        curve = [(100 * (k + 1), made(sd * rng.standard_normal(trials))) for k in range(sizes)]
        best = best_size(curve)
        crossed.append(best.net.value)
        plain.append(best.net.value + best.optimism)
    unit = sd / np.sqrt(trials)
    error = unit / np.sqrt(sets)
    assert np.mean(plain) == pytest.approx(bias * unit, abs=4 * error)
    assert np.mean(crossed) == pytest.approx(0.0, abs=4 * error)


def test_a_size_that_is_clearly_best_is_found_and_valued_as_it_is() -> None:
    rng = np.random.default_rng(5)
    small, large = rng.standard_normal(400), 5 + rng.standard_normal(400)
    best = best_size([(100, made(small)), (200, made(large, 200.0))])
    assert best.sizes == (200, 200)
    assert best.net.value == pytest.approx(large.mean())
    assert best.optimism == pytest.approx(0, abs=1e-9)
    assert best.net_per_trial_patient.value == pytest.approx(large.mean() / 200)


def test_harm_is_counted_over_that_of_placebo_at_its_price() -> None:
    truth, trials = truth_of("posterior", harm="local"), np.arange(300)
    free = Believed(truth=truth, doses=(10, 100), month=12, stakes=Stakes())
    priced = replace(free, stakes=Stakes(harm_price=30))
    risk = truth.harm(trials, np.array([0.0, 10.0, 100.0]))
    lost = free.utility(trials) - priced.utility(trials)
    assert lost[:, 1:] == pytest.approx(30 * (risk[:, 1:] - risk[:, :1]))
    assert not lost[:, 0].any()
    with pytest.raises(InputError, match="harm"):
        Stakes(harm_price=-1)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "w.html"
    words = ["trial", "worth", LONG[0], OBD, BOIN, "--trials=100", "--harm-price=20", f"--html={page}"]
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [len(d["sizes"]) for d in told["designs"]] == [3, 3, 3]
    assert [row["planned_patients"] for row in told["designs"][1]["sizes"]] == [22, 45, 90]
    assert len(told["worth_most_per_patient"]) == 3
    assert (told["month"], told["harm"], told["doses"]) == (12, "serious", [10, 25, 50, 100, 150])
    low, high = told["designs"][0]["sizes"][0]["net"]["interval_95"]
    assert low < told["designs"][0]["sizes"][0]["net"]["value"] < high
    text = page.read_text(encoding="utf-8")
    assert "<svg" in text
    assert "BM-MSC optimal dose" in text
    assert "a serious adverse event" in text
    assert main(["trial", "worth", BOIN, "--trials=100", "--sizes=30"]) == 0
    said = capsys.readouterr().out
    assert "at month 6" in said
    assert "harm is not counted" in said


def test_a_usual_size_that_the_rules_forbid_is_left_out_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(TEMPLATES.joinpath("escalation.toml"))  # its stop at 12 patients a dose cannot happen among 9
    assert main(["trial", "worth", path, "--trials=100", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["planned_patients"] for row in told["designs"][0]["sizes"]] == [18, 36]
    (said,) = told["left_out"]
    assert "with 9 patients is left out: patients: 12" in said
    assert main(["trial", "worth", path, "--trials=100", "--sizes=9"]) == 2
    assert "never reached early" in capsys.readouterr().err


def test_what_makes_no_sense_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for bad in (
        ["trial", "worth", *LONG],
        ["trial", "worth", LONG[0], LONG[0]],
        ["trial", "worth", LONG[0], "--truth=plateau"],
        ["trial", "worth", LONG[0], "--harm=local"],
        ["trial", "worth", OBD, "--harm=local", "--truth=knee"],
        ["trial", "worth", OBD, "--harm-price=-1"],
        ["trial", "worth", OBD, "--sizes=2"],
        ["trial", "worth", OBD, "--margin=90"],
        ["trial", "worth", OBD, "--responder=0"],
    ):
        assert main([*bad, "--trials=100"]) == 2, bad
        assert capsys.readouterr().err.count("\n") == 1
