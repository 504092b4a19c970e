"""The traps of the evidence tables, one test each (the README of the tables lists them by number)."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from marrowdose.domain import Contrasts, EvidenceRow
from marrowdose.errors import InputError
from marrowdose.evidence.contrasts import Analysis, is_pooled, select
from marrowdose.evidence.controls import (
    HA_PLACEBO,
    WEEKS_PER_MONTH,
    context_onset,
    control_figures,
    ha_peak_month,
)
from marrowdose.evidence.counts import harm_counts
from marrowdose.evidence.tables import read_evidence
from marrowdose.outcomes import severity
from marrowdose.synthesis.harm import serious_events, upper_bound
from marrowdose.synthesis.model import COMMON_PRIORS

EVIDENCE = read_evidence()
PRIMARY = select(EVIDENCE)
C = PRIMARY.contrasts


def records(study: str, **where: object) -> list[int]:
    return [
        i
        for i in range(len(C))
        if C.study[i] == study and all(getattr(C, k)[i] == v for k, v in where.items())
    ]


def test_trap_1_no_pseudo_arm_beside_its_parts() -> None:
    assert not [a for a in C.arm if a.lower().endswith(("_all", "_pooled")) or a.lower() == "all"]
    assert is_pooled(EVIDENCE, "Kim2014", "BMAC_KL4")  # a subset, by recorded decision
    assert is_pooled(EVIDENCE, "Tomorrow2027", "MSC_all")  # by name, for tables not written yet
    assert not is_pooled(EVIDENCE, "Gupta2016", "MSC25")
    told = {_study_and_arm(ref) for ref, why in PRIMARY.discarded if why.startswith("pooled")}
    assert {("Gupta2016", "MSC_all"), ("Gupta2016", "P_all"), ("LamoEspinosa2016", "MSC_all")} <= told


def test_trap_2_extensions_are_the_same_patients() -> None:
    assert not {"LamoEspinosa2018", "Orozco2014", "Davatchi2016"} & set(C.study)
    assert "same patients" in PRIMARY.studies_out["LamoEspinosa2018"]
    assert max(C.month) == 12  # Gupta2023's extension months stay out too
    long = select(EVIDENCE, Analysis(long_term=True)).contrasts
    late = {(long.study[i], float(long.month[i])) for i in range(len(long)) if long.month[i] > 12}
    assert late == {("LamoEspinosa2016", 48.0), ("Gupta2023", 18.0), ("Gupta2023", 24.0)}


def test_trap_3_scales() -> None:
    by_scale = {
        (r.number("scale_min"), r.number("scale_max"))
        for r in EVIDENCE.outcomes
        if r["outcome"] == "womac_total"
    }
    assert {(0.0, 96.0), (0.0, 100.0), (0.0, 2400.0)} <= by_scale
    i = records("Gupta2023", arm="MSC25", month=12.0)[0]
    assert C.improvement[i] == pytest.approx(100 * (1400 - 750) / 2400)
    refused = [
        why
        for ref, why in select(EVIDENCE, Analysis(nonrandomised=True)).discarded
        if "Soler" in _study_of(ref)
    ]
    assert any("cannot be put on 0–100" in why for why in refused)  # a WOMAC total without its range


def _study_and_arm(ref: str) -> tuple[str, str]:
    return {r.ref: (r["study_id"], r["arm_id"]) for r in EVIDENCE.arms}.get(EvidenceRow(ref), ("", ""))


def _study_of(ref: str) -> str:
    return {r.ref: r["study_id"] for r in (*EVIDENCE.outcomes, *EVIDENCE.arms)}[ref]


def test_trap_4_orozco_spreads_are_standard_errors() -> None:
    found = select(EVIDENCE, Analysis(nonrandomised=True)).contrasts
    i = next(
        k for k in range(len(found)) if found.study[k] == "Orozco2013" and found.instrument[k] == "womac_pain"
    )
    assert found.var_baseline[i] == pytest.approx(4.1**2)  # of the mean: the printed figure itself, not /12
    assert "standard errors" in found.notes[i]
    assert any(r.startswith("decisions.csv") for r in found.rows[i])


def test_trap_5_gupta_cohorts_are_blocks_of_their_own_and_n_is_inferred() -> None:
    blocks = {C.arm[i]: C.block[i] for i in records("Gupta2016")}
    assert {blocks[a] for a in ("MSC25", "MSC50", "P1")} == {"Gupta2016/C1"}
    assert {blocks[a] for a in ("MSC75", "MSC150", "P2")} == {"Gupta2016/C2"}
    assert {C.origin[i] for i in records("Gupta2016")} == {"imputed"}
    assert {float(C.n[i]) for i in records("Gupta2016")} == {10.0}
    assert not set(select(EVIDENCE, Analysis(imputed=False)).contrasts.study) & {
        "Gupta2016",
        "Gupta2023",
        "Bastos2020",
    }
    misprint = [why for ref, why in PRIMARY.discarded if ref == "outcomes.csv:323"]
    assert misprint == ["a percent change without a baseline score cannot be turned into points"]


def test_trap_6_medians_are_converted() -> None:
    i = records("LamoEspinosa2016", arm="MSC10", instrument="womac_pain", month=12.0)[0]
    assert C.origin[i] == "converted"
    w = 0.7 + 0.39 / 10  # Luo 2018
    base, late = w * (5 + 9) / 2 + (1 - w) * 7.5, w * (3 + 5) / 2 + (1 - w) * 3.5
    assert C.improvement[i] == pytest.approx((base - late) * 5)


def test_trap_7_changes_without_baseline_and_pairs_without_change_sd() -> None:
    vega = records("Vega2015", arm="MSC40", instrument="womac_pain", month=12.0)[0]
    assert np.isnan(C.baseline[vega])
    assert C.var_change[vega] == pytest.approx(23.0**2 / 15)
    assert C.origin[vega] == "reported"
    pair = records("LamoEspinosa2020", arm="PRGF", instrument="womac_pain", month=12.0)[0]
    assert np.isnan(C.var_change[pair])
    assert C.var_follow_up[pair] == pytest.approx((3.2 * 5) ** 2 / 26)


def test_trap_8_marrow_concentrate_is_another_treatment() -> None:
    assert set(C.source) == {"bm_msc", "none"}
    assert "another quantity" in PRIMARY.studies_out["Boffa2022"]
    opened = select(EVIDENCE, Analysis(nonrandomised=True))
    assert "Kim2014" in opened.studies_out


def test_trap_9_other_populations_stay_out() -> None:
    for study in (
        "Wong2013",
        "Lee2012",
        "Vangsness2014",
        "Fu2026",
        "GarayMendoza2018",
        "Goncars2018",
        "Hernigou2021",
    ):
        assert study in PRIMARY.studies_out
        assert study in select(EVIDENCE, Analysis(nonrandomised=True)).studies_out
    assert not any("joint_space" in i for i in C.instrument)


def test_trap_10_direction_of_changes() -> None:
    assert severity(80, 0, 100, higher_is_better=True) == 20
    i = records("Vega2015", arm="MSC40", instrument="womac_pain", month=3.0)[0]
    assert C.improvement[i] == pytest.approx(10.01)  # printed −10.01: less pain is an improvement
    koos = records("Bastos2020", arm="CS")[0]
    assert C.improvement[koos] == pytest.approx(54.4 - 36.9)  # higher is better


def test_trap_11_adjuncts_in_both_arms_cancel() -> None:
    from marrowdose.synthesis.network import build

    extra = {s.name: {tuple(e) for e in s.extra} for s in build(C).studies}
    assert (
        extra["Gupta2016"]
        == extra["Gupta2023"]
        == extra["LamoEspinosa2016"]
        == extra["LamoEspinosa2020"]
        == {(0, 0, 0)}
    )
    assert extra["Vega2015"] == {(-1, 0, 0)}  # cells alone against hyaluronic acid
    assert extra["Bastos2020"] == {(0, -1, 0), (0, -1, 1)}  # against corticosteroid, one arm with PRP


def test_trap_12_post_hoc_thresholds_are_not_used() -> None:
    assert not {"Centeno2015", "Centeno2022"} & set(C.study)


def test_shared_controls_count_once() -> None:
    from marrowdose.curves import curves
    from marrowdose.synthesis.model import Model, moments
    from marrowdose.synthesis.network import build

    network = build(C)
    model = Model(network, curves()["plateau"])
    p = {k: np.asarray(v) for k, v in model.parameters(np.zeros(model.dim)).items()}
    p |= {"tau": np.asarray(0.0), "gamma": np.asarray(0.0)}
    study = next(s for s in network.studies if s.name == "LamoEspinosa2016")
    _, cov = moments(model, study, p)
    at = [k for k, label in enumerate(study.labels) if label.endswith("womac_pain month 12")]
    assert len(at) == 2  # two arms, one control: the off-diagonal is the control's variance
    keep = 1 - p["slope"]
    quartile_width = 2 * NormalDist().inv_cdf((0.75 * 10 - 0.125) / 10.25)  # Wan 2014
    s0, s1 = (5 * (q3 - q1) / quartile_width / np.sqrt(10) for q1, q3 in ((5, 6), (1, 6)))
    assert cov[at[0], at[1]] == pytest.approx(keep**2 * s0**2 + s1**2 - 2 * keep * p["r"] * s0 * s1)


def test_every_record_can_be_traced_and_every_study_has_a_reason() -> None:
    refs = {r.ref for table in (EVIDENCE.outcomes, EVIDENCE.decisions) for r in table}
    assert all(rows and set(rows) <= refs for rows in C.rows)
    assert set(C.study) | set(PRIMARY.studies_out) == {r["study_id"] for r in EVIDENCE.studies}
    assert not set(C.study) & set(PRIMARY.studies_out)
    assert all(PRIMARY.studies_out.values())


def test_one_pain_and_one_function_figure_an_arm_and_month() -> None:
    kind = [
        "pain" if p == 1 else "function" if f == 1 else "composite"
        for p, f in zip(C.load_pain, C.load_function, strict=True)
    ]
    assert max(Counter(zip(C.block, C.arm, C.month, kind, strict=True)).values()) == 1
    vas = select(EVIDENCE, Analysis(prefer_vas=True)).contrasts
    assert "vas_pain" in {
        vas.instrument[i]
        for i in range(len(vas))
        if vas.study[i] == "LamoEspinosa2016" and vas.month[i] == 12
    }


def test_order_of_rows_does_not_matter() -> None:
    from dataclasses import replace

    turned = select(replace(EVIDENCE, outcomes=EVIDENCE.outcomes[::-1], arms=EVIDENCE.arms[::-1])).contrasts

    def key(c: Contrasts) -> list[tuple[object, ...]]:
        return sorted(
            zip(c.block, c.arm, c.instrument, c.month, np.round(c.improvement, 9), c.n, strict=True)
        )

    assert key(turned) == key(C)


def test_nothing_left_is_an_error() -> None:
    everything = tuple(sorted(set(C.study)))
    with pytest.raises(InputError, match="no usable contrast"):
        select(EVIDENCE, Analysis(without=everything))


def test_controls_and_time_courses() -> None:
    figures = control_figures(EVIDENCE)
    assert {"Bennell2021", "Gel200", "Gupta2023", "Previtali 2021"} <= {f.study for f in figures}
    assert not {f.study for f in figures} & {"Goncars2018", "KimHTO2022"}
    assert all(f.se > 0 and -10 < f.improvement < 60 for f in figures)
    onset, spread = context_onset(EVIDENCE)
    assert 0.1 < onset < 1.5
    assert spread > 0
    peak, se = ha_peak_month(EVIDENCE)
    assert 2 < peak < 8
    assert 0 < se < 4
    prior = COMMON_PRIORS["ha_peak"]  # between 8 weeks (Bannuru 2011) and what the time courses say
    assert prior.loc == pytest.approx(np.sqrt(8 / WEEKS_PER_MONTH * peak), rel=0.05)
    assert prior.loc * np.exp(prior.scale) > peak - se
    treatments = {r["treatment"] for r in EVIDENCE.comparator_timecourse}
    assert HA_PLACEBO in treatments


def test_harm_counts() -> None:
    counts = harm_counts(EVIDENCE)
    local = {(c.study, c.arm): (c.events, c.at_risk) for c in counts if c.category == "local"}
    assert local["Vega2015", "MSC40"] == (6, 15)
    assert local["LamoEspinosa2016", "MSC100"] == (0, 10)
    serious = [c for c in counts if c.category == "serious" and c.source == "bm_msc"]
    assert (sum(c.events for c in serious), sum(c.at_risk for c in serious)) == (0, 71)
    found = serious_events(counts)
    assert (found.events, found.at_risk) == (0, 71)
    assert found.upper95 == pytest.approx(1 - 0.05 ** (1 / 71))  # "0 of 71: up to …", in closed form
    assert upper_bound(71, 71) == 1.0
    assert not {c.study for c in counts} & {"LamoEspinosa2018", "Orozco2014", "KimHTO2022", "Boffa2022"}


def test_a_new_trial_enters_by_its_folder_alone(tmp_path: Path) -> None:
    """Tomorrow's trial: three tables in the same format, no line of code."""

    def write(name: str, rows: list[dict[str, object]]) -> None:
        head = next(
            csv.reader(
                (Path(select.__code__.co_filename).parent / "data" / f"{name}.csv").open(encoding="utf-8")
            )
        )
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, head)
            writer.writeheader()
            writer.writerows([{k: r.get(k, "") for k in head} for r in rows])

    source = {"source_url": "https://example.org/trial", "source_locator": "Table 2", "checked": "table"}
    write(
        "studies",
        [
            {
                "study_id": "New2027",
                "title": "A trial",
                "year": 2027,
                "design": "rct",
                "source_cells": "bm_msc",
                "cultured": "yes",
                "donor": "autologous",
                **source,
            }
        ],
    )
    write(
        "arms",
        [
            {
                "study_id": "New2027",
                "arm_id": a,
                "arm_label": a,
                "treatment": t,
                "dose_million_cells": d,
                "dose_kind": "nominal",
                "n_injections": 1,
                "adjunct": "none",
                "n_randomised": 40,
                **source,
            }
            for a, t, d in (("P", "placebo", ""), ("M25", "bm_msc", 25))
        ],
    )
    write(
        "outcomes",
        [
            {
                "study_id": "New2027",
                "arm_id": a,
                "outcome": "womac_pain",
                "scale_min": 0,
                "scale_max": 20,
                "higher_is_better": "no",
                "month": m,
                "n": 40,
                "stat": "mean_sd",
                "value": v,
                "sd": 4,
                **source,
            }
            for a, m, v in (("P", 0, 10), ("P", 6, 7), ("M25", 0, 10), ("M25", 6, 5))
        ],
    )
    more = read_evidence(tmp_path)
    assert more.digest != EVIDENCE.digest
    new = select(more).contrasts
    found = {(new.arm[i], float(new.improvement[i])) for i in range(len(new)) if new.study[i] == "New2027"}
    assert found == {("P", 15.0), ("M25", 25.0)}
