"""At the bedside: whoever follows the advice is never refused, patient by patient; odd tables get a
sentence.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marrowdose.errors import InputError
from marrowdose.trial.dose_finding.design import Design, Timing
from marrowdose.trial.dose_finding.history import check_history, next_dose, read_history
from marrowdose.trial.dose_finding.parts import part_class
from marrowdose.trial.dose_finding.parts.limits.elimination import Elimination
from marrowdose.trial.dose_finding.parts.limits.isotonic import Isotonic
from marrowdose.trial.dose_finding.simulate import simulate
from marrowdose.trial.dose_finding.true_rates import TrueRates

DOSES = (1.0, 10.0, 25.0, 50.0)
BOTH = {"toxicity_limit": 0.3, "efficacy_limit": 0.25}
PROPOSALS = {
    "boin": {"target": 0.3},
    "keyboard": {"target": 0.3},
    "boin12": BOTH,
    "u_boin": BOTH,
    "tite_boin": {"target": 0.3},
    "boin_et": {"target": 0.3, "efficacy": 0.6},
    "crm": {"target": 0.25, "skeleton": (0.08, 0.16, 0.25, 0.4)},
    "three_plus_three": {},
}


def design(kind="boin", patients=24, **changes):
    given_ = {
        "name": "bedside",
        "doses": DOSES,
        "cohort": 3,
        "patients": patients,
        "select": Isotonic(target=0.3),
        "propose": part_class("propose", kind)(**PROPOSALS[kind]),
        "limits": (Elimination(target=0.3),),
    }
    return Design(**given_ | changes)


def history_of(tmp_path, plan, rows, head="dose,toxic"):
    file = tmp_path / "history.csv"
    file.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return read_history(file, plan)


@pytest.mark.parametrize("kind", PROPOSALS)
@given(seed=st.integers(0, 2**32 - 1), patients=st.integers(24, 26))
@settings(max_examples=8, deadline=None)
def test_advice_that_is_followed_is_never_refused(kind, seed, patients, tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("bedside"), np.random.default_rng(seed)
    plan = design(kind, patients, timing=Timing(waits=kind != "tite_boin"))
    rows, risk = [], rng.choice([0.1, 0.4, 0.7])
    for _ in range(patients + 1):
        entered = history_of(folder, plan, rows, "dose,toxic,effective,followed")
        check_history(plan, entered, "history.csv")
        found = next_dose(plan, entered)
        if found.dose < 0:
            break
        assert 1 <= found.left <= min(3, patients - len(rows))
        rows.append(f"{plan.doses[found.dose]:g},{rng.random() < risk:d},{rng.random() < 0.4:d},")
    else:
        raise AssertionError("the trial went on beyond its patients")


def test_a_cohort_is_left_at_once_where_its_dose_is_eliminated(tmp_path):
    rows = ["1,0"] * 3 + ["10,1", "10,1", "10,0"] + ["1,0"] * 3 + ["10,1"]  # 3 of 4 at 10 M
    plan = design()
    entered = history_of(tmp_path, plan, rows)
    assert plan.doses[next_dose(plan, entered).dose] == 1
    after = history_of(tmp_path, plan, [*rows, "1,0"])
    check_history(plan, after, "h.csv")
    found = next_dose(plan, after)
    assert (plan.doses[found.dose], found.left) == (1, 2)
    check_history(
        plan, history_of(tmp_path, plan, [*rows, "10,0", "10,0", "1,0"]), "h.csv"
    )  # both had it before
    with pytest.raises(InputError, match=r"h.csv:11: not all of this cohort"):
        check_history(plan, history_of(tmp_path, plan, [*rows[:-1], "10,0", "1,0"]), "h.csv")


@pytest.mark.parametrize(
    "head, rows, says",
    [
        ("dose,toxic,dose", ["1,0,1"], r"history.csv:1: two columns are called dose"),
        ("dose,toxic,date", ["1,0,2026-01-01"], r"history.csv:1: unknown column 'date'"),
        ("dose,toxic", ["1,0", "1,"], r"history.csv:3: toxic: '' is not usable"),
        ("dose,toxic", ["1,0", ",0"], r"history.csv:3: dose: '' is not usable"),
        ("dose,toxic", ["1,0", "nan,0"], r"history.csv:3: dose: 'nan' is not usable"),
        ("dose,toxic", ["1,0", "2,0"], r"history.csv:3: 2 M is no dose of the design"),
        ("dose,toxic", ["1;0"], r"history.csv:2: dose: has 1 cell for 2 columns"),
        ("dose,toxic,followed", ["1,0,1"], r"followed for 1 months only"),
        ("dose,toxic,followed", ["1,0,-1"], r"followed: '-1' is not usable"),
    ],
)
def test_an_odd_table_gets_its_line(tmp_path, head, rows, says):
    with pytest.raises(InputError, match=says):
        history_of(tmp_path, design(), rows, head)


def test_patients_who_come_at_once_do_not_hold_the_clock():
    """Accrual is suspended until half of a cohort is settled, although patients are ready every few
    nanoseconds.
    """
    plan = design(
        "tite_boin",
        timing=Timing(interval=1e-9, window=3, waits=False),
        pauses=(part_class("pause", "tite_boin")(),),
    )
    found = simulate(plan, TrueRates(toxicity=(0.05, 0.1, 0.2, 0.3)), 50, seed=1)
    assert (found.duration >= 3).all()
    assert (found.duration <= 3 * 9).all()
