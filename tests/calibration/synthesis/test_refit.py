"""The shipped fit: made from these tables, by this model, fit for use, and found again by a small re-fit."""

from __future__ import annotations

import numpy as np
import pytest

from marrowdose.curves import curves
from marrowdose.errors import InputError
from marrowdose.evidence.contrasts import select
from marrowdose.evidence.tables import read_evidence
from marrowdose.synthesis.fit import mix, pack, read_fit, shipped_fit, unpack
from marrowdose.synthesis.jobs import Settings, quantities
from marrowdose.synthesis.model import Model
from marrowdose.synthesis.network import build
from marrowdose.synthesis.refit import refit

EVIDENCE = read_evidence()
SHIPPED = shipped_fit()


def test_shipped_fit_is_of_the_shipped_tables() -> None:
    assert SHIPPED.record.evidence_digest == EVIDENCE.digest
    assert set(SHIPPED.draws) == set(curves())
    assert SHIPPED.record.analysis == "primary"


def test_shipped_fit_passed_its_checks() -> None:
    failed = [c for c in SHIPPED.record.checks if c.blocking and not c.ok]
    assert not failed
    for name in (*curves(), "context", "harm"):
        d = SHIPPED.record.diagnostics[name]
        assert d.r_hat <= 1.01
        assert min(d.ess_bulk, d.ess_tail) >= 400
        assert d.divergences == 0


def test_shipped_draws_have_the_models_parameters() -> None:
    network = build(select(EVIDENCE).contrasts)
    for name, curve in curves().items():
        assert set(SHIPPED.draws[name]) == set(Model(network, curve).priors)
        assert all(np.isfinite(v).all() for v in SHIPPED.draws[name].values())


def test_pack_and_unpack_are_inverse_and_deterministic() -> None:
    packed, meta = pack(SHIPPED)
    assert (packed, meta) == pack(SHIPPED)
    assert len(packed) + len(meta) < 4_000_000
    again = unpack(packed, meta)
    assert again.record == SHIPPED.record
    assert np.array_equal(again.draws["emax"]["curve.ed50"], SHIPPED.draws["emax"]["curve.ed50"])


def test_mixture_keeps_the_weights() -> None:
    mixture = mix(SHIPPED, size=4000)
    share = np.bincount(mixture.curve, minlength=len(mixture.names)) / 4000
    assert share == pytest.approx([SHIPPED.weights[n] for n in mixture.names], abs=1 / 4000)
    assert np.all(mixture.shape(np.array([0.0])) == 0)


@pytest.mark.timeout(900)  # a minute of work, and more where the machine is busy
def test_a_small_refit_finds_the_shipped_posterior() -> None:
    """One curve, few draws, another seed: every reported effect within four Monte-Carlo errors of both."""
    small = refit(
        EVIDENCE,
        only=("plateau",),
        settings=Settings(seed=5, warmup=500, draws=500, kept=2000, importance_draws=1500, processes=1),
    )
    model = Model(build(select(EVIDENCE).contrasts), curves()["plateau"])
    ours, theirs = (
        quantities(model, {k: np.asarray(v, float) for k, v in f.draws["plateau"].items()})
        for f in (small, SHIPPED)
    )
    diagnostics = small.record.diagnostics["plateau"]
    assert diagnostics.divergences == 0
    ess = min(diagnostics.ess_bulk, len(ours["effect"]))
    for name in (k for k in ours if " month " in k):
        error = np.std(theirs[name]) * np.sqrt(
            1 / ess + 1 / min(SHIPPED.record.diagnostics["plateau"].ess_bulk, 2000)
        )
        assert abs(ours[name].mean() - theirs[name].mean()) < 4 * error, name
    assert small.record.lpd["plateau"] == pytest.approx(SHIPPED.record.lpd["plateau"], abs=0.6)
    assert small.weights == {"plateau": pytest.approx(1.0)}


def test_unusable_fits_are_errors(tmp_path: object) -> None:
    from pathlib import Path

    with pytest.raises(InputError, match="no usable fit"):
        read_fit(Path(str(tmp_path)))
    with pytest.raises(InputError, match="unknown curve"):
        refit(EVIDENCE, only=("parabola",))
