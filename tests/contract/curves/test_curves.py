"""Every file of curves/ keeps the promises of its kind."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marrowdose.curves import Curve, curves
from marrowdose.priors import Prior

DOSES = np.array([0.0, 0.5, 1, 10, 25, 50, 100, 150])


@pytest.mark.parametrize("name", sorted(curves()))
def test_promises(name: str) -> None:
    curve = curves()[name]
    assert curve.name == name
    assert curve.says
    assert curve.source
    assert curve.shape.__doc__
    rng = np.random.default_rng(3)
    for _ in range(50):
        p = [prior.value(z) for prior in curve.priors.values() for z in rng.standard_normal(1)]
        values = curve.shape(DOSES, *p, xp=np)
        assert values.shape == DOSES.shape
        assert values[0] == 0.0
        assert np.isfinite(values).all()
        assert (values >= 0).all()
        if name not in ("linear", "loglinear"):
            assert (values <= 1 + 1e-9).all()
        if name != "umbrella":
            assert (np.diff(values) >= -1e-12).all()
    assert [k for k in inspect.signature(curve.shape).parameters if k not in ("dose", "xp")] == list(
        curve.priors
    )


def test_mismatched_priors_are_refused() -> None:
    with pytest.raises(TypeError, match="priors are"):
        Curve(name="bad", says="", source="", shape=lambda dose, ed50, *, xp: dose, priors={})


@given(ed50=st.floats(0.5, 300), factor=st.floats(0.01, 100))
@settings(max_examples=50, deadline=None)
def test_units_of_dose_do_not_matter(ed50: float, factor: float) -> None:
    emax = curves()["emax"].shape
    assert emax(DOSES * factor, ed50 * factor, xp=np) == pytest.approx(emax(DOSES, ed50, xp=np), rel=1e-9)


@given(ed50=st.floats(1, 100), id50=st.floats(1, 500))
@settings(max_examples=50, deadline=None)
def test_umbrella_peaks_at_one_where_it_says(ed50: float, id50: float) -> None:
    umbrella = curves()["umbrella"].shape
    peak = np.sqrt(ed50 * id50)
    assert umbrella(np.array([peak]), ed50, id50, xp=np)[0] == pytest.approx(1.0)
    assert umbrella(np.array([peak / 3, peak * 3]), ed50, id50, xp=np).max() < 1.0


@pytest.mark.parametrize("kind", ["normal", "lognormal", "halfnormal", "logitnormal"])
def test_priors_sample_what_they_say(kind: str) -> None:
    """Draws of z have the density that log_density gives, checked by its moments on a grid."""
    prior = Prior(kind, 0.4, 0.7, "1", "test")  # type: ignore[arg-type]
    z = np.linspace(-12, 8, 20_001)
    density = np.exp(prior.log_density(z))
    density /= density.sum()
    drawn = prior.sample_z(np.random.default_rng(2), 200_000)
    mean = float(density @ z)
    sd = float(np.sqrt(density @ (z - mean) ** 2))
    assert drawn.mean() == pytest.approx(mean, abs=4 * sd / np.sqrt(200_000))
    assert drawn.std() == pytest.approx(sd, rel=0.02)
