"""What trials can learn against the printed table, Sobol indices against a known function, statements by
runs.
"""

import json
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from marrowdose.cli import main
from marrowdose.errors import InputError
from marrowdose.joint import statements as judged
from marrowdose.joint.information import Sampling, identifiability
from marrowdose.joint.knee import knee_of
from marrowdose.joint.kpd5 import course
from marrowdose.joint.parameters import parameters
from marrowdose.joint.sensitivity import sobol
from marrowdose.joint.targets import targets
from places import golden

PRINTED = golden("joint_tier1")["identified"]


def test_identifiability_near_the_printed_table():
    """Doses and residual SD are not printed; with those of ``Sampling`` every figure is within 0.02."""
    assert list(Sampling().months) == PRINTED["months"]
    learned = identifiability(Sampling(n=tuple(PRINTED["n"])))
    found = dict(zip(learned.symbols, learned.posterior_sd, strict=True))
    for symbol, printed in PRINTED["posterior_sd"].items():
        assert found[symbol] == pytest.approx(printed, abs=0.02), symbol


def test_a_baseline_arm_alone_teaches_pain_and_nothing_else():
    """By hand: one mean of n patients at month 0 has information n P0²/SD² about log P0 and none about the
    rest.
    """
    learned = identifiability(Sampling(doses=(50.0,), n=(25,), months=(0.0,), sd=18.0))
    found = dict(zip(learned.symbols, learned.posterior_sd[:, 0], strict=True))
    pain = parameters()["P0"].value
    assert found.pop("P0") == pytest.approx((1 + 25 * pain**2 / 18**2) ** -0.5, rel=1e-6)
    assert list(found.values()) == pytest.approx([1.0] * len(found))


def test_more_patients_never_teach_less():
    sd = identifiability(Sampling(n=(1, 10, 100, 1000))).posterior_sd
    assert np.all(np.diff(sd, axis=1) <= 1e-12)
    assert np.all(sd <= 1 + 1e-12)


@pytest.mark.parametrize(
    "given",
    [
        {"doses": ()},
        {"doses": (-1.0,)},
        {"n": ()},
        {"n": (0,)},
        {"sd": 0.0},
        {"sd": np.nan},
        {"months": (3.0, 1.0)},
    ],
)
def test_impossible_designs(given):
    with pytest.raises(InputError):
        identifiability(Sampling(**given))


@pytest.fixture(scope="module")
def drivers():
    return sobol(samples=128)


def test_sobol_indices_are_shares(drivers):
    """First order sums to at most 1 and total to at least 1, within their intervals."""
    assert len(drivers) == 3
    for d in drivers:
        assert d.first.sum() <= 1 + np.sqrt((d.first_half**2).sum())
        assert d.total.sum() >= 1 - np.sqrt((d.total_half**2).sum())
        assert np.all(d.first <= d.total + d.first_half + d.total_half)
        assert {"P0", "age"}.isdisjoint(d.symbols)


def test_parameters_without_influence_have_none(drivers):
    pain, cartilage, _ = drivers
    for found, silent in ((pain, "g_F"), (pain, "b_age"), (cartilage, "Zmax"), (cartilage, "aV")):
        k = found.symbols.index(silent)
        assert found.total[k] == pytest.approx(0, abs=1e-12)
    assert cartilage.symbols[int(np.argmax(cartilage.total))] == "r_V"


def test_variance_by_sobol_is_the_variance_of_plain_draws(drivers):
    """Quasi-random and independent draws: SD within 15 % (error of an SD from 2000 draws: 1.6 %, of 128: 6
    %).
    """
    run = course(knee_of(None).draws(2000, 5), (10.0, 50.0, 100.0), (0, 12, 60))
    low, middle, high = run.pain[:, :, 1].T
    for found, plain in zip(drivers, (middle, run.cartilage[:, 1, 2], low - high), strict=True):
        assert found.sd == pytest.approx(plain.std(), rel=0.15)
        assert found.mean == pytest.approx(plain.mean(), rel=0.05)


def test_the_same_seed_gives_the_same_indices(drivers):
    again = sobol(samples=128)
    for one, two in zip(drivers, again, strict=True):
        assert np.array_equal(one.total_half, two.total_half)
        assert np.array_equal(one.first, two.first)


@pytest.mark.parametrize("samples", [0, 100, 32, 2**20])
def test_samples_are_a_power_of_two(samples):
    with pytest.raises(InputError, match="samples: "):
        sobol(samples=samples)


def test_without_salib_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib.analyze", None)
    with pytest.raises(InputError, match=r"pip install 'marrowdose\[explain\]'"):
        sobol(samples=64)


# statements ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def said():
    return {s.says: s for s in judged.statements(draws=1000)}


def test_verdicts_of_popular_accounts(said):
    verdicts = {s.says: s.verdict for s in said.values()}
    assert verdicts["Higher doses show promising results."] == "not supported"
    assert verdicts["Cells regrow cartilage."] == "not supported"
    assert verdicts["Cells engraft and become cartilage."] == "not supported"
    assert verdicts["More cells calm inflammation more."] == "built in"
    assert verdicts["The mechanism tells the best dose."] == "not supported"
    for s in said.values():
        assert s.reason
        assert s.source
        assert 0 <= s.share <= 1
        assert s.numbers


def test_verdicts_follow_the_runs(monkeypatch):
    """In a world where the effect is large and lasting, where repair is real and space endless, they turn
    round.
    """

    class World:
        def draws(self, n, seed):
            x = knee_of(None).draws(n, seed)
            other = {
                "Emax": 0.6,
                "P0": 80.0,
                "Zmax": 0.07,
                "kw": 0.0,
                "k_off": 6e-5,
                "N50": 50.0,
                "N_sp": 500.0,
                "k_on": 0.02,
                "k_rep": 0.2,
                "f_e": 0.4,
                "k2": 0.01,
                "gI": 0.0,
                "h_KL": 0.1,
                "aV": 0.0,
            }
            return {s: np.full(n, other[s]) if s in other else v for s, v in x.items()}

        def centre(self):
            return {"rho": 0.0}

    monkeypatch.setattr(judged, "knee_of", lambda patient: World())
    found = {s.says: s.verdict for s in judged.statements(draws=60)}
    assert found["Higher doses show promising results."] == "supported"
    assert found["Cells regrow cartilage."] == "supported"
    assert found["One injection lasts for years."] == "supported"
    assert found["The relief after an injection is the work of the cells."] == "supported"
    assert found["The mechanism tells the best dose."] == "supported"


def test_where_the_model_falls_beside_measurements():
    """Saline, pooled trials and the OAI are met; what is left of the cells after half a year is less than
    measured.
    """
    found = {t.name: t for t in targets(draws=1000)}
    assert [t.agrees for t in found.values()] == [True, False, True, True, True]
    saline = found["IA saline VAS change 3 months"]
    assert (saline.measured, saline.low, saline.high) == (-12.1, -20.93, -3.27)
    assert saline.row.startswith("parameters.csv:")
    assert saline.model_low < saline.model < saline.model_high < 0
    kept = found["MSC fraction engrafted long term"]
    assert kept.model_high < kept.measured


@pytest.mark.parametrize("draws", [0, 49, 10**9])
def test_draws_of_statements(draws):
    with pytest.raises(InputError, match="draws: "):
        judged.statements(draws=draws)


# command ------------------------------------------------------------------------------------------------


def test_explain_command(tmp_path, capsys):
    page = tmp_path / "explain.html"
    small = ["joint", "explain", "--samples=64", "--draws=60"]
    assert (
        main([*small, "--doses=0,50", "--n=20,40", "--visits=0,6", "--sd=20", "--json", f"--html={page}"])
        == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert found["learned"]["doses"] == [0, 50]
    assert found["learned"]["n"] == [20, 40]
    assert found["label"].startswith("explanation")
    assert found["not_credible"]
    assert len(found["held_against"]) == 5
    drawn = page.read_text(encoding="utf-8")
    pictures = [p + "</svg>" for p in drawn[drawn.index("<svg") :].split("</svg>")[:-1]]
    assert len(pictures) == 3
    for picture in pictures:
        root = ElementTree.fromstring(picture[picture.index("<svg") :])
        assert "explanation" in (root[0].text or "")
    assert "Research use only" in drawn
    assert main(small) == 0
    text = capsys.readouterr().out
    assert "NOT SUPPORTED" in text
    assert "Not credible" in text


@pytest.mark.parametrize(
    "option",
    [
        "--doses=0,-5",
        "--doses=x",
        "--n=2.5",
        "--n=0",
        "--visits=9,3",
        "--visits=1e6",
        "--sd=0",
        "--samples=100",
        "--draws=3",
        "--seed=-1",
    ],
)
def test_hostile_options(option, capsys):
    assert main(["joint", "explain", "--samples=64", "--draws=60", option]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
