"""The model against six lines of algebra, and against its other forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from marrowdose.curves import curves
from marrowdose.domain import Contrasts
from marrowdose.evidence.contrasts import select
from marrowdose.evidence.tables import read_evidence
from marrowdose.synthesis.model import Model, build_up, comparator_course, moments, study_log_likelihood
from marrowdose.synthesis.network import build

CONTRASTS = select(read_evidence()).contrasts
NETWORK = build(CONTRASTS)


def some_z(model: Model, seed: int = 3) -> np.ndarray:
    return 0.5 * np.random.default_rng(seed).standard_normal(model.dim)


@pytest.mark.parametrize("name", sorted(curves()))
def test_density_is_the_multivariate_normal_of_its_moments(name: str) -> None:
    model = Model(NETWORK, curves()[name])
    z = some_z(model)
    p = {k: np.asarray(v) for k, v in model.parameters(z).items()}
    for s, value in zip(NETWORK.studies, model.log_likelihoods(z), strict=True):
        mean, cov = moments(model, s, p)
        assert value == pytest.approx(multivariate_normal(mean, cov).logpdf(s.y), rel=1e-9)


@pytest.mark.parametrize("name", ["emax", "sigmoid", "umbrella"])
def test_numpy_and_the_sampler_see_the_same_density(name: str) -> None:
    jax = pytest.importorskip("jax")
    model = Model(NETWORK, curves()[name])
    z = some_z(model)
    with jax.enable_x64(True):
        theirs = float(model.log_density(jax.numpy.asarray(z), jax.numpy))
    assert theirs == pytest.approx(float(model.log_density(z[None])[0]), rel=1e-10)


def test_arm_based_form_with_free_means_agrees_with_contrasts() -> None:
    """Integrating a flat μ_i(t) out of the arm-based form gives the contrast density, up to a constant."""
    c = CONTRASTS.take(
        np.array([s == "LamoEspinosa2016" for s in CONTRASTS.study]) & (CONTRASTS.load_pain == 1.0)
    )
    model = Model(build(c), curves()["emax"])
    study = model.network.studies[0]
    wide = 1e4**2  # variance of μ: flat next to everything else

    def arm_based(z: np.ndarray) -> float:
        p = {k: float(v) for k, v in model.parameters(z).items()}
        keep, n = 1 - p["slope"], len(c)
        var = (
            keep**2 * c.var_baseline
            + c.var_follow_up
            - 2 * keep * p["r"] * np.sqrt(c.var_baseline * c.var_follow_up)
        )
        unit = np.asarray(model.shape(c.dose, {k: np.asarray(v) for k, v in p.items()})) * build_up(
            c.month, p["tau_on"], p["tau_off"]
        )
        mean = unit * (p["effect"] + p["domain_gap"]) + p["slope"] * (c.baseline - c.baseline[0])
        same_arm = np.array([[a == b for b in c.arm] for a in c.arm], float)
        serial = p["serial"] ** (np.abs(c.month[:, None] - c.month) / 6)
        cov = same_arm * serial * np.sqrt(np.outer(var, var)) + p["gamma"] ** 2 * same_arm / c.n[:, None]
        cov += p["tau"] ** 2 * np.outer(unit, unit)
        cov += wide * (c.month[:, None] == c.month)  # μ_i(t): one free mean a month
        assert cov.shape == (n, n)
        return float(multivariate_normal(mean, cov).logpdf(c.improvement))

    zs = [some_z(model, k) for k in range(4)]
    arms = np.array([arm_based(z) for z in zs])
    contrasts = np.array([float(study_log_likelihood(model, study, model.parameters(z))) for z in zs])
    assert arms - arms[0] == pytest.approx(contrasts - contrasts[0], abs=2e-3)


def test_choice_of_control_does_not_matter() -> None:
    """Another reference arm in the block: the same likelihood, because contrasts are only turned."""
    c = CONTRASTS.take(np.array([s == "LamoEspinosa2016" for s in CONTRASTS.study]))
    turned: Contrasts = c.take(np.ones(len(c), bool))
    index = np.array([k for a in ("MSC100", "HA", "MSC10") for k in range(len(c)) if c.arm[k] == a])
    turned = replace(
        c,
        **{
            name: (
                getattr(c, name)[index]
                if isinstance(getattr(c, name), np.ndarray)
                else tuple(getattr(c, name)[i] for i in index)
            )
            for name in Contrasts.__dataclass_fields__
        },
    )
    lifted = replace(
        turned, dose=np.where(np.array(turned.arm) == "HA", 1e-12, turned.dose)
    )  # no arm without cells: the first is taken
    values = []
    for contrasts in (c, lifted):
        model = Model(build(contrasts), curves()["linear"])
        values.append([float(model.log_likelihoods(some_z(model, k)[None])[0, 0]) for k in range(3)])
    a, b = np.array(values)
    assert a - a[0] == pytest.approx(b - b[0], abs=1e-6)


def test_time_courses() -> None:
    assert build_up(6.0, 2.0, 20.0) == pytest.approx(1.0)
    assert build_up(0.0, 2.0, 20.0) == 0.0
    months = np.linspace(0, 24, 241)
    h = comparator_course("ha", months, {"ha_peak": 3.0})
    assert months[np.argmax(h)] == pytest.approx(3.0)
    assert h.max() == pytest.approx(1.0)


def test_one_domain_alone() -> None:
    network = build(CONTRASTS, ("function",))
    assert {s.name for s in network.studies} == {s.name for s in NETWORK.studies}
    for s in network.studies:
        assert np.all(s.load == [0.0, 1.0])
        pairs = list(zip(s.treated.arm, s.control.arm, s.month, strict=True))
        assert len(pairs) == len(set(pairs))  # a composite never stands beside the domain's own instrument


def test_left_out_study_is_gone() -> None:
    rest = NETWORK.without("Gupta2023")
    assert "Gupta2023" not in {s.name for s in rest.studies}
    model = Model(NETWORK, curves()["plateau"])
    z = some_z(model)
    total = model.log_likelihoods(z).sum()
    apart = (
        Model(rest, model.curve).log_likelihoods(z).sum()
        + Model(NETWORK.only("Gupta2023"), model.curve).log_likelihoods(z).sum()
    )
    assert total == pytest.approx(apart)
