"""Backfill: by hand, in simulations, at the bedside, in files and in sentences."""

from dataclasses import replace

import numpy as np
import pytest

import backfill_checks as checks
from marrowdose.errors import InputError
from marrowdose.files.toml import parse_document
from marrowdose.report.trial.dose_finding.protocol import protocol
from marrowdose.report.trial.dose_finding.rules import rule_sentences
from marrowdose.report.trial.dose_finding.text import next_head
from marrowdose.trial.dose_finding import decisions, paths
from marrowdose.trial.dose_finding import simulate as escalation
from marrowdose.trial.dose_finding.backfill import Backfill
from marrowdose.trial.dose_finding.cells import Cells
from marrowdose.trial.dose_finding.characteristics import characteristics
from marrowdose.trial.dose_finding.design import Timing
from marrowdose.trial.dose_finding.file import design_from
from marrowdose.trial.dose_finding.history import check_history, next_dose, read_history
from marrowdose.trial.dose_finding.parts.limits.coherence import Coherence
from marrowdose.trial.dose_finding.parts.limits.enough_at_dose import EnoughAtDose
from marrowdose.trial.dose_finding.parts.toxicity_alone.gboin import GBoin
from marrowdose.trial.dose_finding.parts.with_efficacy.boin12 import Boin12
from marrowdose.trial.dose_finding.parts.with_efficacy.tite_boin12 import TiteBoin12

DESIGN, TRUTH = checks.design(), checks.TRUTH
FILE = """[design]
name = "bf"
doses = [1, 10, 25, 50]
cohort = 3
patients = 24

[timing]
interval = 1
window = 3
efficacy_window = 6

[propose]
kind = "boin"
target = 0.3

[select]
kind = "isotonic"

[backfill]
"""
BOTH = {"toxicity_limit": 0.3, "efficacy_limit": 0.25}


def view(treated, toxic, aside, effective=(1, 1, 1, 1), current=2):
    return checks.view([treated], [toxic], [effective], [[0] * 4], [aside], [current])


@pytest.mark.parametrize(
    "treated,toxic,aside,current,expected",
    [
        ((3, 3, 3, 0), (0, 0, 0, 0), (0, 0, 0, 0), 2, 3),  # nobody was backfilled: 0 of 3 rises
        (
            (9, 3, 3, 0),
            (3, 0, 0, 0),
            (6, 0, 0, 0),
            2,
            3,
        ),  # 3 of 9 contradicts; 3 of 15 pooled is 0.2: it rises all the same
        (
            (9, 3, 3, 0),
            (4, 0, 0, 0),
            (6, 0, 0, 0),
            2,
            2,
        ),  # 4 of 15 = 0.267 is between the boundaries: it stays
        (
            (9, 9, 3, 0),
            (4, 4, 0, 0),
            (6, 6, 0, 0),
            2,
            0,
        ),  # 8 of 21 from the first dose; 4/9 itself is too much: down to it
        ((3, 9, 3, 0), (0, 5, 0, 0), (0, 6, 0, 0), 2, 0),  # 5 of 12 = 0.417, 5 of 9 too: the dose below
    ],
)
def test_pooling_by_hand(treated, toxic, aside, current, expected) -> None:
    """λe 0.236 and λd 0.359."""
    found = decisions.decide(checks.design(limits=()), view(treated, toxic, aside, current=current))
    assert found.next[0] == expected


def test_opening_by_hand() -> None:
    def given(treated, toxic, effective=(1, 1, 1, 1)):
        return decisions.backfilled(DESIGN, view(treated, toxic, (0,) * 4, effective))[0]

    assert given((3, 3, 3, 0), (0, 0, 0, 0)) == 1
    assert given((3, 3, 3, 0), (0, 0, 0, 0), (1, 0, 1, 1)) == 0
    assert given((3, 9, 3, 0), (0, 0, 0, 0)) == 0  # the cap
    assert given((3, 6, 3, 0), (0, 3, 0, 0)) == 1  # 3 of 6, but 3 of 9 with the next
    assert given((3, 6, 3, 0), (0, 3, 1, 0)) == 0  # 4 of 9 with the next
    assert given((6, 6, 3, 0), (3, 3, 1, 0)) == -1  # a dose that is too toxic closes all above it


def test_trials_are_the_same_in_pieces_and_backfill_adds_no_time_between_cohorts() -> None:
    whole = escalation.simulate(DESIGN, TRUTH, 600, seed=2)
    part = escalation.run(DESIGN, TRUTH, np.arange(250, 300), seed=2)
    for name in ("chosen", "treated", "toxic", "backfilled", "duration"):
        assert np.array_equal(getattr(part, name), getattr(whole, name)[250:300]), name
    plain = escalation.simulate(checks.design(rule=None), TRUTH, 600, seed=2)
    assert whole.treated.sum() > plain.treated.sum() + 600
    same = (whole.treated - whole.backfilled == plain.treated).all(axis=1)
    assert same.mean() > 0.2
    assert np.all(whole.duration[same] >= plain.duration[same] - 1e-9)
    assert np.all(whole.duration[same] <= plain.duration[same] + 6)
    found = characteristics(DESIGN, TRUTH, whole)
    assert sum(e.value for e in found.backfilled) == pytest.approx(found.total_backfilled.value)
    for n, e, b in zip(found.patients, found.escalation, found.backfilled, strict=True):
        assert n.value == pytest.approx(e.value + b.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": Backfill(target=0.3, cap=6, responses=0)},
        {"limits": (*checks.LIMITS, Coherence(target=0.3))},
        {"propose": TiteBoin12(**BOTH), "select": TiteBoin12(**BOTH)},
        {"stops": (EnoughAtDose(patients=9),)},
        {"cells": Cells(dose_cv=0.2, batch_size=4, batch_correlation=0.3)},
        {"timing": Timing(window=3, efficacy_window=6, stagger=2.0)},
    ],
    ids=["without responses", "coherence", "tite_boin12", "stop", "cells", "stagger"],
)
def test_with_other_parts(changes) -> None:
    plan = checks.design(**changes)
    runs = escalation.simulate(plan, TRUTH, 200, seed=4)
    assert runs.backfilled.sum() > 100
    assert np.all(runs.backfilled[:, 3] == 0)
    assert np.all(runs.backfilled <= plan.backfill.cap - 3)  # three of the escalation had the dose before


def history(tmp_path, rows, design=DESIGN):
    file = tmp_path / "h.csv"
    file.write_text("dose,toxic,effective,followed,backfill\n" + "\n".join(rows) + "\n")
    return read_history(file, design)


FIRST = ["1,0,1,,0", "1,0,0,,0", "1,0,0,,0"]
SECOND = ["10,0,0,4,0", "10,0,0,3,", "10,0,0,2,0"]


def test_at_the_bedside(tmp_path) -> None:
    seen = history(tmp_path, [*FIRST, *SECOND])
    found = next_dose(DESIGN, seen)
    assert (found.dose, found.paused, found.backfill) == (-1, True, 0)
    assert "1 M is open for backfilling" in " ".join(found.reasons)
    assert next_head(DESIGN, found).startswith("Next: 1 million cells for a patient who is ready now")
    full = next_dose(DESIGN, history(tmp_path, [*FIRST, *SECOND, *["1,0,0,1,1"] * 6]))
    assert full.backfill == -1
    assert "the most being 9" in " ".join(full.reasons)
    idle = next_dose(DESIGN, history(tmp_path, ["1,0,0,,0"] * 3 + SECOND))
    assert idle.backfill == -1
    assert "0 of the 1 responses" in " ".join(idle.reasons)
    settled = [row.replace(",4,", ",,").replace(",3,", ",,").replace(",2,", ",,") for row in SECOND]
    after = next_dose(
        DESIGN, history(tmp_path, [*FIRST, *settled, *["1,1,0,,1"] * 3, "1,0,0,,1", "1,0,0,1,1"])
    )
    assert after.dose == 1  # 3 of 7 settled at the dose below, 3 of 10 pooled: not up to 25 M
    assert not after.paused
    assert "Backfilled patients at lower doses had too many toxicities for 25 M: 10 M at most" in " ".join(
        after.reasons
    )
    barred = next_dose(DESIGN, history(tmp_path, [*FIRST, *SECOND, *["1,1,0,,1"] * 6]))
    assert barred.backfill == -1
    assert "1 M is closed for backfilling: the probability that toxicity" in " ".join(barred.reasons)
    part = next_dose(DESIGN, history(tmp_path, [*FIRST, *SECOND[:2]]))
    assert (part.dose, part.left) == (1, 1)
    assert part.backfill == -1


@pytest.mark.parametrize(
    "rows,message",
    [
        ([*FIRST, *SECOND, "10,0,0,1,1"], "backfilled at or above"),
        ([*FIRST, *SECOND, "25,0,0,1,1"], "backfilled at or above"),
        (["1,0,0,1,1", *FIRST], "backfilled at or above"),
        ([*FIRST, *SECOND, *["1,0,0,1,1"] * 7], "backfilled after 9 patients"),
        ([*FIRST, *SECOND[:2], "1,0,0,1,0", *FIRST], "not all of this cohort got one dose"),
    ],
)
def test_histories_that_contradict_the_design(tmp_path, rows, message) -> None:
    with pytest.raises(InputError, match=message):
        check_history(DESIGN, history(tmp_path, rows), "h.csv")
    with pytest.raises(InputError, match=r"no \[backfill\]"):
        history(tmp_path, rows, checks.design(rule=None))


@pytest.mark.parametrize(
    "changes,message",
    [
        ({"timing": Timing(window=3, waits=False)}, "does not wait"),
        ({"timing": Timing(interval=3, window=3)}, "would be ready"),
        ({"timing": Timing(interval=0, window=3)}, "would be ready"),
        ({"timing": Timing(interval=0.01, window=3)}, "more than 100"),
        ({"propose": Boin12(**BOTH)}, "as if they were settled"),
        ({"propose": GBoin(target=1.0)}, "as if they were settled"),
        ({"cells": Cells(failure=0.1)}, "cannot be replaced"),
    ],
)
def test_where_it_makes_no_sense(changes, message) -> None:
    with pytest.raises(InputError, match=message):
        checks.design(**changes)


def test_it_cannot_be_enumerated_and_needs_efficacy() -> None:
    with pytest.raises(InputError, match="cannot be enumerated"):
        paths.all_paths(DESIGN, TRUTH, patients=6)
    with pytest.raises(InputError, match="efficacy"):
        escalation.simulate(DESIGN, replace(TRUTH, efficacy=None), 10)
    with pytest.raises(InputError, match="failure"):
        escalation.simulate(DESIGN, replace(TRUTH, cells=Cells(failure=0.1)), 10)
    assert "efficacy" not in checks.design(rule=Backfill(target=0.3, responses=0)).needs


@pytest.mark.parametrize(
    "line,message",
    [
        ("cap = 0", r"bf.toml:\d+: \[backfill\] cap"),
        ("cap = 2.5", "cap"),
        ("responses = -1", r"\[backfill\] responses"),
        ("responses = true", "responses"),
        ("target = 1.5", "target"),
        ("toxic = 0.2", r"\[backfill\] toxic"),
        ("safe = 0.4", r"\[backfill\] safe"),
        ("caps = 3", "unknown key"),
    ],
)
def test_keys(line, message) -> None:
    with pytest.raises(InputError, match=message):
        design_from(parse_document(FILE + line + "\n", "bf.toml"))


def test_the_file_and_its_sentences() -> None:
    """Target of the proposal unless given; a changed parameter changes the sentence."""
    read = design_from(parse_document(FILE + "cap = 9\n", "bf.toml"))
    assert read.backfill == Backfill(target=0.3, cap=9)
    said = " ".join(rule_sentences(read)["Dose"])
    assert "beyond the 24 patients of the escalation" in said
    for change, text in (
        ({"cap": 7}, "fewer than 7 patients"),
        ({"responses": 2}, "2 or more responses"),
        ({"toxic": 0.5}, f"{Backfill(target=0.3, toxic=0.5).thresholds[1]:.4f}"),
    ):
        assert text not in said
        assert text in " ".join(
            rule_sentences(replace(read, backfill=replace(read.backfill, **change)))["Dose"]
        )
    model = replace(read, propose=TiteBoin12(**BOTH), select=TiteBoin12(**BOTH))
    assert "pooled from that dose" not in " ".join(rule_sentences(model)["Dose"])
    assert "24 patients of the escalation have entered" in " ".join(rule_sentences(read)["Stopping"])
    assert "24 patients have entered" in " ".join(rule_sentences(replace(read, backfill=None))["Stopping"])


def test_the_protocol_says_who_is_waited_for() -> None:
    """With backfill a decision may rest on partial follow-up, and the protocol must not deny it."""
    for rule, said, denied in (
        (DESIGN.backfill, "all patients of the escalation before it", "Nobody is judged"),
        (None, "Nobody is judged", "of the escalation"),
    ):
        plan = checks.design(rule=rule)
        runs = escalation.simulate(plan, TRUTH, 20)
        text = repr(protocol(plan, TRUTH, characteristics(plan, TRUTH, runs), seed=0))
        assert said in text
        assert denied not in text
