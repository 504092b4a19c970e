"""Slips in tables and options are named, not half ignored; the unit and level of the effects do not
matter.
"""

import numpy as np
import pytest

from marrowdose.cli import main
from marrowdose.errors import InputError
from marrowdose.report.meta.pages import Pooled, drma_html
from marrowdose.statistics.meta import compare_curves, drma, heterogeneity, log_ratios, pool, trim_and_fill

HEAD = "study,dose,mean,sd,n"
ROWS = ["A,0,10,20,40", "A,25,16,21,40", "B,0,12,18,60", "B,50,17,19,58", "C,0,9,22,30", "C,100,18,22,30"]


def says(*words):
    return pytest.raises(InputError, match="(?s)" + ".*".join(words))


def written(tmp_path, lines, encoding="utf-8"):
    path = tmp_path / "arms.csv"
    path.write_bytes("\n".join(lines).encode(encoding))
    return str(path)


@pytest.mark.parametrize(
    "lines, words",
    [
        ([HEAD, *ROWS, ROWS[1]], "arms.csv:8: is line 3 again"),
        ([HEAD, *ROWS, ",5,1,2,3"], "arms.csv:8: has no study"),
        ([HEAD, *ROWS[:2], ROWS[2] + ",9"], "arms.csv:4: n: has 6 cells for 5 columns"),
        ([HEAD, *ROWS, ",,,,"], "arms.csv:8: has no study"),
        ([HEAD, "A,0,10,20"], "arms.csv:2: sd: has 4 cells for 5 columns"),
        ([HEAD, "A,-1,1,2,3", ROWS[1]], "arms.csv:2: dose: a dose is missing or negative"),
        ([HEAD.replace(",", ";"), *(r.replace(",", ";") for r in ROWS)], "separate them by commas"),
        ([HEAD.title(), *ROWS], "in small letters"),
        ([HEAD, *ROWS[:3], "B,50,17,wide,58"], "arms.csv:5: sd: 'wide' is not a number"),
        ([HEAD, *ROWS[:3], "B,50,17,-1,58"], "arms.csv:4: study B, "),
        ([], "arms.csv:1: there is no column 'study'"),
        ([HEAD], "arms.csv: has no rows"),
    ],
)
def test_slips_of_a_table(tmp_path, capsys, lines, words):
    assert main(["drma", written(tmp_path, lines), "--curve=linear"]) == 2
    told = capsys.readouterr()
    assert words in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""


def test_tables_as_spreadsheets_save_them(tmp_path, capsys):
    """A mark at the start, Windows line ends, spaces after commas, names in any script; arms told apart by
    name.
    """
    lines = [f"{HEAD},arm", *(f"{r},one" for r in ROWS), f"{ROWS[1]},two"]
    for other in ([line + "\r" for line in lines], [line.replace(",", ", ") for line in lines]):
        path = written(tmp_path, [line.replace("A,", "Åsa 雪,") for line in other], "utf-8-sig")
        assert main(["drma", path, "--curve=linear"]) == 0
        assert "3 studies" in capsys.readouterr().out


def table(**changes):
    columns = dict(zip(HEAD.split(","), zip(*(r.split(",") for r in ROWS), strict=True), strict=True))
    return {**columns, **changes}


def test_options_that_would_be_ignored():
    with says("linear has no knots", "leave them out"):
        drma(table(), "linear", knots=[0, 20, 50])
    with says("fp1 has no knots"):
        drma(table(), "fp1", percentiles=[10, 50, 90])
    with says("given with knots"):
        drma(table(), "rcs3", knots=[0, 20, 50], percentiles=[10, 50, 90])
    with says("none of the curves is a spline"):
        compare_curves(table(), ["linear", "log"], knots=[0, 20, 50])
    assert compare_curves(table(), ["linear", "rcs3"], knots=[0, 20, 50]).fits[1].knots == (0, 20, 50)
    with says("smd has no SD to pool"):
        drma(table(), "linear", measure="smd", pooled=True)
    ratios = {"study": ["A", "A"], "dose": [0, 1], "effect": [0, 0.2], "se": [None, 0.1]}
    with says("against the row without se"):
        drma(ratios, "linear", measure="reported", reference="highest")


def test_only_cases():
    """As metafor's escalc: half a patient in all four cells where one of them is empty."""
    found = log_ratios([3, 10], [10, 10], measure="rr")
    assert found.y[0] == pytest.approx(np.log(10.5 / 3.5))
    assert found.covariance[0, 0] == pytest.approx(1 / 10.5 - 1 / 11 + 1 / 3.5 - 1 / 11)
    with says("add=0.5"):
        log_ratios([3, 10], [10, 10], measure="rr", add=0)


def test_trim_and_fill_that_does_not_settle():
    y, v = [0.0, 1.0, 1.0], [0.01, 1.0, 1.0]
    with says("does not settle", "funnel"):
        trim_and_fill(y, v, side="left", estimator="fixed")
    with says("'Q0' is no estimate"):
        trim_and_fill(y, v, count="Q0")
    with says("'up' is no side"):
        trim_and_fill(y, v, side="up")


@pytest.mark.parametrize("estimator", ["dl", "pm", "sj", "ml", "reml"])
def test_unit_and_level_of_the_effects(estimator):
    """τ² is of the effects' differences: a constant of 1e8 leaves 8 digits, a unit all of them."""
    y, v = np.array([0.1, 0.9, -0.4, 1.6, 0.5]), np.array([0.05, 0.1, 0.02, 0.3, 0.08])
    here, limits = pool(y, v, estimator=estimator), heterogeneity(y, v, estimator=estimator)
    assert here.tau2 > 0.1
    assert pool(y + 1e8, v, estimator=estimator).tau2 == pytest.approx(here.tau2, rel=1e-6)
    for unit in (1e-12, 1e-5, 1e7, 1e30):
        other = pool(unit * y, unit**2 * v, estimator=estimator)
        assert other.tau2 / unit**2 == pytest.approx(here.tau2, rel=1e-7)
        found = heterogeneity(unit * y, unit**2 * v, estimator=estimator)
        assert np.array(found.tau2) / unit**2 == pytest.approx(limits.tau2, rel=1e-7)


def test_picture_puts_a_study_on_the_curve_at_its_own_reference():
    """The second study starts at dose 50, not at no dose; axes are named."""
    own = {"dose": [0, 25, 50, 100, 0, 100], "study": ["A", "A", "B", "B", "C", "C"]}
    fit = drma(table(**own), "linear", measure="md")
    page = drma_html(Pooled(fit=fit, points=fit.predict([0.0, 100.0])))
    assert page.count(">mean difference<") == 2
    assert ">mean difference, less the curve" in page
    starts = {
        part.split("L")[0] for part in page.split('d="M')[1:] if "stroke-dasharray" in part.split("/>")[0]
    }
    across = sorted({float(start.split()[0].split(",")[0]) for start in starts})
    assert len(across) == 2
    assert across[0] == 56.0


@pytest.mark.parametrize("unit", [1e-9, 1e9])
@pytest.mark.parametrize("curve", ["quadratic", "emax"])
def test_unit_of_uneven_studies(curve, unit):
    """Studies of two and of three arms, in any unit of the outcome."""
    doses = [(0, 10, 60), (0, 25), (0, 10, 25, 60), (0, 60), (0, 5, 25)]
    rng, rows = np.random.default_rng(46), []
    for i, own in enumerate(doses):
        rows += [(f"s{i}", d, 12 * d / (20 + d) + rng.normal(0, 1.5), 12.0, 60) for d in own]
    columns = dict(zip(HEAD.split(","), map(list, zip(*rows, strict=True)), strict=True))
    other = {**columns, **{k: [unit * value for value in columns[k]] for k in ("mean", "sd")}}
    here, there = (drma(c, curve, method="fixed").predict([10, 60]) for c in (columns, other))
    assert there.effect / unit == pytest.approx(here.effect, rel=1e-5)
    assert there.se / unit == pytest.approx(here.se, rel=1e-4)


def test_no_effect_anywhere():
    """Nothing to explain is explained not at all; the interval still has its width."""
    fit = drma(table(mean=[0] * 6), "linear")
    assert fit.r2 == 0
    assert fit.low[0] < 0 < fit.high[0]
