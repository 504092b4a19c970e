"""Phase I/II designs: what the goldens do not say."""

import inspect

import numpy as np
import pytest
from scipy.special import expit

import dose_finding_checks as checks
from marrowdose.trial.dose_finding import parts as designs
from marrowdose.trial.dose_finding.design import Design, Timing
from marrowdose.trial.dose_finding.mathematics import efftox_posterior as efftox
from marrowdose.trial.dose_finding.parts.limits.elimination import Elimination
from marrowdose.trial.dose_finding.parts.limits.isotonic import Isotonic
from marrowdose.trial.dose_finding.parts.limits.no_skipping import NoSkipping
from marrowdose.trial.dose_finding.parts.toxicity_alone.boin import Boin
from marrowdose.trial.dose_finding.parts.toxicity_alone.crm import Crm
from marrowdose.trial.dose_finding.parts.toxicity_alone.tite_boin import TiteBoin, TooManyPending
from marrowdose.trial.dose_finding.parts.toxicity_alone.tite_crm import TiteCrm
from marrowdose.trial.dose_finding.parts.with_efficacy.boin12 import Boin12
from marrowdose.trial.dose_finding.parts.with_efficacy.boin_et import BoinEt
from marrowdose.trial.dose_finding.parts.with_efficacy.efftox import EffTox
from marrowdose.trial.dose_finding.parts.with_efficacy.tepi import Tepi
from marrowdose.trial.dose_finding.parts.with_efficacy.tite_boin12 import TiteBoin12
from marrowdose.trial.dose_finding.parts.with_efficacy.tite_boin_et import TiteBoinEt
from marrowdose.trial.dose_finding.parts.with_efficacy.u_boin import UBoin
from marrowdose.trial.dose_finding.reasons import reasons
from marrowdose.trial.dose_finding.rules import Select
from marrowdose.trial.dose_finding.seen import View
from marrowdose.trial.dose_finding.simulate import simulate
from marrowdose.trial.dose_finding.true_rates import TrueRates

DOSES = (10.0, 25.0, 50.0, 100.0, 150.0)
SKELETON = (0.05, 0.12, 0.25, 0.4, 0.55)
PARTS = [
    Crm(target=0.25, skeleton=SKELETON),
    TiteCrm(target=0.25, skeleton=SKELETON, model="logistic"),
    TiteBoin(target=0.25),
    Boin12(toxicity_limit=0.3, efficacy_limit=0.25),
    Boin12(toxicity_limit=0.3, efficacy_limit=0.25, neither=30, both=30),
    TiteBoin12(toxicity_limit=0.3, efficacy_limit=0.25),
    UBoin(toxicity_limit=0.3, efficacy_limit=0.25),
    BoinEt(target=0.3, efficacy=0.6),
    TiteBoinEt(target=0.3, efficacy=0.6),
    Tepi(toxicity_cuts=(0.15, 0.25, 0.35), efficacy_cuts=(0.25, 0.45, 0.65)),
    EffTox(toxicity_limit=0.3, efficacy_limit=0.5, contour=(0.5, 0.65, 0.7, 0.25), precision=8),
]
TRUTH = TrueRates(toxicity=(0.02, 0.05, 0.1, 0.2, 0.35), efficacy=(0.2, 0.4, 0.6, 0.6, 0.5))


def design(part, *, patients: int = 18, **more) -> Design:
    timing = Timing(window=3, efficacy_window=6, waits="time" not in part.needs)
    return Design(
        name=type(part).__name__,
        doses=DOSES,
        cohort=3,
        patients=patients,
        propose=part,
        select=part if isinstance(part, Select) else Isotonic(target=0.3),
        limits=(Elimination(target=0.3), NoSkipping()),
        pauses=() if "time" not in part.needs else (TooManyPending(),),
        timing=timing,
        **more,
    )


@pytest.mark.parametrize("part", PARTS, ids=lambda p: type(p).__name__)
def test_every_design_runs_and_explains_itself(part) -> None:
    plan = design(part)
    runs = simulate(plan, TRUTH, 40, seed=1)
    assert (runs.treated.sum(axis=1) <= 18).all()
    assert (runs.treated.sum(axis=1) > 0).all()
    tried = np.take_along_axis(runs.treated, runs.chosen[:, None].clip(0), axis=1)[:, 0] > 0
    assert (tried | (runs.chosen < 0)).all() or "Crm" in plan.name  # a model may choose an untried dose
    counts = {k: np.array([v], np.int16) for k, v in COUNTS.items()}
    said = reasons(plan, View(doses=DOSES, current=np.array([1]), **counts))
    assert said
    assert all(s.endswith(".") for s in (*said, *part.sentences(DOSES)))


COUNTS = {
    "treated": [3, 6, 0, 0, 0],
    "toxic": [0, 1, 0, 0, 0],
    "effective": [1, 3, 0, 0, 0],
    "both": [0, 1, 0, 0, 0],
}


@pytest.mark.parametrize("part", PARTS, ids=lambda p: type(p).__name__)
def test_sentences_say_the_fields_that_decide(part) -> None:
    before = " ".join(part.sentences(DOSES))
    field = next(f for f in ("target", "toxicity_limit", "toxicity_cuts") if hasattr(part, f))
    value = (0.11, 0.26, 0.37) if field == "toxicity_cuts" else 0.27
    given = {f: getattr(part, f) for f in part.__dataclass_fields__}
    after = " ".join(type(part)(**{**given, field: value}).sentences(DOSES))
    assert before != after
    assert "0.27" in after or "0.26" in after


@pytest.mark.parametrize(
    "kind", [p for p in PARTS if "time" not in p.needs][:4:2], ids=lambda p: type(p).__name__
)
def test_simulation_is_enumeration(kind) -> None:
    truth = TrueRates(toxicity=TRUTH.toxicity[:4], efficacy=TRUTH.efficacy[:4])
    part = Crm(target=0.25, skeleton=SKELETON[:4]) if isinstance(kind, Crm) else kind
    plan = checks.design(propose=part, select=part, patients=12)
    checks.simulation_is_enumeration(plan, truth, trials=4000)


def test_settled_patients_make_the_late_design_the_plain_one() -> None:
    rng = np.random.default_rng(4)
    n = 3 * rng.integers(0, 4, (300, 5))
    tox, eff = rng.binomial(n, 0.15), rng.binomial(n, 0.5)
    current = rng.integers(0, 5, 300)
    n[np.arange(300), current] += 3
    both = np.maximum(tox + eff - n, 0)
    counts = {"treated": n, "toxic": tox, "effective": eff, "both": both}
    view = View(doses=DOSES, current=current, **{k: v.astype(np.int16) for k, v in counts.items()})
    plain, late = PARTS[3], PARTS[5]
    np.testing.assert_array_equal(plain.propose(view), late.propose(view))
    allowed = np.ones(n.shape, bool)
    np.testing.assert_array_equal(plain.select(view, allowed), late.select(view, allowed))


def test_toxicity_block_of_efftox_equals_plain_quadrature() -> None:
    """With ψ held at 0 toxicity is a logistic regression of its own: compare with a dense grid."""
    part = EffTox(
        toxicity_limit=0.3, efficacy_limit=0.5, contour=(0.5, 0.65, 0.7, 0.25), association=(0.0, 0.001)
    )
    model = part.model(DOSES)
    counts = {k: np.array([v]) for k, v in COUNTS.items()}
    found = efftox.posterior(model, **counts, nodes=1 << 14)
    (m0, s0), (m1, s1) = model.priors.toxicity
    a, b = np.meshgrid(m0 + s0 * np.linspace(-7, 7, 801), m1 + s1 * np.linspace(-7, 7, 801))
    eta = a[..., None] + b[..., None] * model.codes
    log_w = (counts["toxic"][0] * eta - counts["treated"][0] * np.logaddexp(0, eta)).sum(axis=-1)
    log_w -= 0.5 * (((a - m0) / s0) ** 2 + ((b - m1) / s1) ** 2)
    w = np.exp(log_w - log_w.max())
    p = expit(eta)
    exact = (w[..., None] * p).sum(axis=(0, 1)) / w.sum()
    np.testing.assert_allclose(found.toxicity[0], exact, atol=1e-3)
    below = (w[..., None] * (p < 0.3)).sum(axis=(0, 1)) / w.sum()
    np.testing.assert_allclose(found.tolerable[0], below, atol=5e-3)


@pytest.mark.parametrize(
    "efficacy", [(0.3, 0.5, 0.65, 0.65, 0.65), (0.3, 0.5, 0.65, 0.5, 0.35)], ids=["plateau", "fall"]
)
def test_toxicity_alone_picks_the_top_dose(efficacy) -> None:
    """Where toxicity is 1–5 %, BOIN goes to the top whatever efficacy does; designs that look at both do
    not.
    """
    truth = TrueRates(toxicity=(0.01, 0.02, 0.03, 0.04, 0.05), efficacy=efficacy)
    top = {}
    for part in (
        Boin(target=0.25),
        Boin12(toxicity_limit=0.25, efficacy_limit=0.3),
        BoinEt(target=0.25, efficacy=0.6),
    ):
        runs = simulate(design(part, patients=36), truth, 2000, seed=6)
        top[type(part).__name__] = float((runs.chosen == 4).mean())
    assert top["Boin"] > 0.97  # Monte-Carlo error 0.004
    assert top["Boin12"] < 0.15  # 0.008
    assert top["BoinEt"] < 0.15


def test_all_parts_of_phase12_are_found_by_their_file() -> None:
    for part in PARTS:
        kind = inspect.getmodule(type(part)).__name__.rsplit(".", 1)[1]
        assert designs.part_class("propose", kind) is type(part)
