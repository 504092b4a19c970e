"""A hand-made, realistic Recommendation to test what is drawn and said. Not a result of the model."""

from dataclasses import replace
from statistics import NormalDist
from typing import Literal

from marrowdose.domain import (
    COMPARATORS,
    DOMAINS,
    Answer,
    Band,
    Caution,
    Certainty,
    Comparator,
    ComparatorOutlook,
    ComparatorRow,
    CurveWeight,
    Domain,
    DomainOutlook,
    DoseRow,
    FollowUpRow,
    Goal,
    HarmOutlook,
    InputEffect,
    LocalCount,
    Patient,
    Provenance,
    Recommendation,
    Refusal,
    Versus,
)
from marrowdose.outcomes import measure
from marrowdose.patient.sentences import three_sentences

GRID = (1.0, 2.5, 5.0, 10.0, 25.0, 40.0, 50.0, 75.0, 100.0, 150.0, 200.0)
BENEFIT = (3.2, 4.1, 5.3, 6.9, 7.4, 7.3, 7.2, 6.9, 6.6, 6.1, 5.8)
SPREAD = (5.2, 4.9, 4.5, 4.1, 4.0, 4.1, 4.3, 4.8, 5.3, 6.4, 7.4)
REACTION = (0.17, 0.18, 0.20, 0.23, 0.29, 0.33, 0.36, 0.40, 0.43, 0.47, 0.50)
P_BEST = (0.02, 0.03, 0.07, 0.2, 0.28, 0.1, 0.08, 0.07, 0.07, 0.05, 0.03)
CONTEXT: dict[Comparator, float] = {"placebo": 9.0, "ha": 11.2, "corticosteroid": 9.6}
MCID, INDIVIDUAL_SD = 10.0, 21.0
ARMS = tuple(
    LocalCount(arm=arm, dose=dose, events=events, at_risk=at_risk)
    for arm, dose, events, at_risk in (
        ("LamoEspinosa2016/MSC10", 10.0, 1.0, 10.0),
        ("Gupta2016/MSC25", 25.0, 3.0, 10.0),
        ("Vega2015/MSC40", 40.0, 6.0, 15.0),
        ("Orozco2013/MSC40", 40.0, 6.0, 12.0),
        ("Soler2016/MSC40.9", 40.9, 5.0, 15.0),
        ("Gupta2016/MSC75", 75.0, 4.0, 10.0),
        ("LamoEspinosa2016/MSC100", 100.0, 3.0, 10.0),
        ("Gupta2016/MSC150", 150.0, 6.0, 10.0),
    )
)


def band(mean: float, sd: float, low: float = float("-inf"), high: float = float("inf")) -> Band:
    """A normal distribution as a Band, its quantiles kept inside [low, high]."""
    names = {"q025": 0.025, "q10": 0.1, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q90": 0.9, "q975": 0.975}
    q = {name: min(max(NormalDist(mean, sd).inv_cdf(p), low), high) for name, p in names.items()}
    return Band(mean=mean, **q)


def above(mean: float, sd: float, limit: float) -> float:
    return 1.0 - NormalDist(mean, sd).cdf(limit)


def outlook(domain: Domain, benefit: float, sd: float, baseline_known: bool = True) -> DomainOutlook:
    gain = benefit if domain == "pain" else 0.8 * benefit
    versus = tuple(
        Versus(
            comparator=c,
            difference=band(gain - (CONTEXT[c] - CONTEXT["placebo"]), sd),
            p_better=above(gain - (CONTEXT[c] - CONTEXT["placebo"]), sd, 0.0),
            p_better_by_mcid=above(gain - (CONTEXT[c] - CONTEXT["placebo"]), sd, MCID),
        )
        for c in COMPARATORS
    )
    whole = CONTEXT["placebo"] + gain
    return DomainOutlook(
        domain=domain,
        benefit=band(gain, sd),
        improvement=band(whole, INDIVIDUAL_SD) if baseline_known else None,
        p_improvement_mcid=above(whole, INDIVIDUAL_SD, MCID) if baseline_known else None,
        versus=versus,
    )


def dose_row(i: int, baseline_known: bool) -> DoseRow:
    dose, reaction = GRID[i], REACTION[i]
    refusals = []
    if dose > 150:
        refusals.append(
            Refusal(
                code="beyond_doses_tried",
                sentence="200 million cells lie outside the 1–150 million tried in people",
            )
        )
    if reaction > 0.35:
        refusals.append(
            Refusal(
                code="contraindication",
                sentence="the probability of a local reaction is above your limit of 35 of 100",
            )
        )
    cautions = (
        (
            Caution(
                code="month_outside_trials",
                sentence="no randomised result below 10 million cells: the figures are extrapolated",
            ),
        )
        if dose < 10
        else ()
    )
    responder = above(BENEFIT[i] + 9, INDIVIDUAL_SD, 13.0)
    return DoseRow(
        dose=dose,
        refusals=tuple(refusals),
        cautions=cautions,
        outlook=tuple(outlook(d, BENEFIT[i], SPREAD[i], baseline_known) for d in DOMAINS),
        p_responder=responder if baseline_known else None,
        p_responder_undetermined=0.03 if baseline_known else None,
        harm=HarmOutlook(
            p_local_reaction=band(reaction, 0.1, 0.02, 0.95),
            local_counts=tuple(arm for arm in ARMS if 0.6 < arm.dose / dose < 1.7),
            serious_events=0.0,
            serious_at_risk=87.0,
            serious_upper95=0.034,
        ),
        net_benefit=BENEFIT[i],
        p_best=P_BEST[i],
        in_range=dose in (10.0, 25.0, 40.0),
    )


def patient(*, baseline_known: bool = True, follow_up: bool = True, note: str = "") -> Patient:
    pain = measure("womac_pain", 11, 0, 20, where="pain")
    function = measure("womac_function", 34, 0, 68, where="function")
    later = tuple(measure("womac_pain", v, 0, 20, where="later", month=m) for m, v in ((3, 8), (6, 7)))
    return Patient(
        age=58.0,
        kl_grade=3,
        pain=pain if baseline_known else None,
        function=function if baseline_known else None,
        sex="female",
        bmi=29.4,
        symptom_months=48.0,
        conditions=(note,) if note else (),
        treated_dose=10.0 if follow_up and baseline_known else None,
        donor="autologous",
        follow_up=later if follow_up and baseline_known else (),
    )


def follow_up_rows() -> tuple[FollowUpRow, ...]:
    return tuple(
        FollowUpRow(month=m, domain=d, before=band(b, 21.0), after=band(b + 3.5, s))
        for d, b in (("pain", 15.9), ("function", 14.1))
        for m, s in ((9.0, 13.0), (12.0, 14.0), (24.0, 17.0))
    )


def sample(
    verdict: Literal["range", "no_dose", "refused"] = "range",
    *,
    baseline_known: bool = True,
    follow_up: bool = True,
    note: str = "",
    stale: bool = False,
) -> Recommendation:
    """A Recommendation of the given verdict, for the same woman of 58."""
    return said(_sample(verdict, baseline_known, follow_up, note, stale))


def said(rec: Recommendation) -> Recommendation:
    """The same with the three sentences that speak of it."""
    return replace(rec, sentences=three_sentences(rec))


def _sample(verdict: str, baseline_known: bool, follow_up: bool, note: str, stale: bool) -> Recommendation:
    rec = Recommendation(
        verdict="range",
        dose_low=10.0,
        dose_high=40.0,
        sentences=(),
        reasons=(
            "From 10 to 40 million the expected benefit is within 1 point of the best dose (25 million).",
            "50 million and more are refused by the limit on local reactions.",
        ),
        caveats=(
            "Only 2 randomised studies compare doses with one another.",
            "Half of the standard deviations behind this answer were imputed, not reported.",
        ),
        unknown=(
            "Patient's global assessment: some responders cannot be told from non-responders.",
            "Number of other illnesses: the average patient is assumed.",
        ),
        patient=patient(baseline_known=baseline_known, follow_up=follow_up, note=note),
        goal=Goal(harm_limit=0.35),
        doses=tuple(dose_row(i, baseline_known) for i in range(len(GRID))),
        comparators=tuple(comparator_row(c, baseline_known) for c in COMPARATORS),
        answers=(
            Answer(
                question="Is 100 million better than 25 million?",
                p_more_is_better=0.31,
                p_same=0.38,
                p_less_is_better=0.31,
                p_difference_mcid=0.04,
            ),
            Answer(
                question="Is 40 million better than 10 million?",
                p_more_is_better=0.36,
                p_same=0.38,
                p_less_is_better=0.26,
                p_difference_mcid=0.02,
            ),
        ),
        inputs=(
            InputEffect(
                field_name="Kellgren–Lawrence grade",
                value="3",
                benefit_with=6.9,
                benefit_without=7.6,
                note="higher grades may gain a little less; weak evidence",
            ),
            InputEffect(
                field_name="Age",
                value="58 years",
                benefit_with=6.9,
                benefit_without=6.8,
                note="no clear effect in the trials",
            ),
            InputEffect(
                field_name="Body-mass index",
                value="29.4 kg/m²",
                benefit_with=6.9,
                benefit_without=7.1,
                note="no clear effect in the trials",
            ),
            InputEffect(
                field_name="Sex", value="female", benefit_with=6.9, benefit_without=6.9, note="no effect seen"
            ),
        ),
        follow_up=follow_up_rows() if follow_up and baseline_known else (),
        evpi=0.6,
        evpi_curve=0.4,
        curve_weights=(
            CurveWeight(curve="plateau", weight=0.34),
            CurveWeight(curve="emax", weight=0.24),
            CurveWeight(curve="umbrella", weight=0.16),
            CurveWeight(curve="sigmoid", weight=0.1),
            CurveWeight(curve="loglinear", weight=0.08),
            CurveWeight(curve="null", weight=0.06),
            CurveWeight(curve="linear", weight=0.02),
        ),
        certainty=(
            Certainty(aspect="Size", sentence="7 randomised studies with 268 patients; the largest has 146."),
            Certainty(
                aspect="Consistency",
                sentence="Studies of the same dose differ by about 6 points, more than chance explains.",
            ),
            Certainty(
                aspect="Directness", sentence="Three of seven compare with hyaluronic acid, not placebo."
            ),
            Certainty(
                aspect="Origin", sentence="52% of the information was reported, 31% converted, 17% imputed."
            ),
        ),
        floor_share=0.06,
        monte_carlo_se=0.008,
        provenance=(
            Provenance(number="Pain today, 55 points", kind="converted", source="WOMAC pain 11 of 0–20"),
            Provenance(
                number="MCID, 10 points", kind="assumed", source="OARSI moderate response (benchmarks.csv:72)"
            ),
            Provenance(
                number="Effect of 25 million at 12 months",
                kind="measured",
                source="Gupta 2023 (outcomes.csv:212)",
            ),
            Provenance(
                number="Standard deviation of change, Vega 2015",
                kind="imputed",
                source="pooled over the instrument (outcomes.csv:61)",
            ),
        ),
        digests={"evidence": "sha256:4be1c0d2", "fit": "sha256:90aa31f7", "patient": "sha256:17c4e85b"},
        versions={"marrowdose": "0.1.0", "numpy": "2.1.3", "python": "3.11"},
        seed=20240501,
        stale=stale,
    )
    if verdict == "no_dose":
        return replace(
            rec,
            verdict="no_dose",
            dose_low=None,
            dose_high=None,
            doses=tuple(replace(row, in_range=False) for row in rec.doses),
            goal=Goal(harm_limit=0.35, least_probability=0.65),
            reasons=("No dose gives 65 of 100 such patients 10 points less pain.",),
        )
    if verdict == "refused":
        return replace(
            rec,
            verdict="refused",
            dose_low=None,
            dose_high=None,
            doses=(),
            comparators=(),
            answers=(),
            inputs=(),
            follow_up=(),
            evpi=0.0,
            evpi_curve=0.0,
            reasons=(
                (
                    "Rheumatoid arthritis was excluded from every trial; nothing is known about cells "
                    "in such a knee (studies.csv)"
                ),
            ),
        )
    return rec


def comparator_row(comparator: Comparator, baseline_known: bool) -> ComparatorRow:
    mean = CONTEXT[comparator]
    return ComparatorRow(
        comparator=comparator,
        outlook=tuple(
            ComparatorOutlook(
                domain=d,
                improvement=band(mean, INDIVIDUAL_SD) if baseline_known else None,
                p_improvement_mcid=above(mean, INDIVIDUAL_SD, MCID) if baseline_known else None,
            )
            for d in DOMAINS
        ),
        p_responder=above(mean, INDIVIDUAL_SD, 13.0) if baseline_known else None,
    )
