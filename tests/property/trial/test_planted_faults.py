"""Faults planted in the designs with a model or with efficacy: each is one change, and a plain recomputation
sees it.
"""

from dataclasses import replace

import numpy as np
import pytest

import plain_models
from marrowdose.trial.dose_finding.mathematics import (
    boin_et_rule,
    crm_planning,
    desirability,
    efftox_posterior,
    one_parameter,
    tradeoff,
)
from marrowdose.trial.dose_finding.parts.toxicity_alone import crm, tite_crm, two_parameter_crm
from marrowdose.trial.dose_finding.parts.with_efficacy import boin12, boin_et, efftox

_post, _near, _curve = crm.posterior, one_parameter.closest_dose, crm_planning.Curves.toxicity
_two, _move, _et = two_parameter_crm.toxicities, boin12.next_dose, boin_et.next_dose
_utility, _quasi, _bench = (
    efftox_posterior.Contour.utility,
    desirability.Utilities.quasi_events,
    desirability.Utilities.benchmark,
)
_sums, _rates, _chosen, _weights = efftox.posterior, boin_et_rule.boundaries, boin_et.chosen, tite_crm.weights
_fit, _codes = efftox.EffTox.appraise, efftox_posterior.Model.codes


def _skips(self, view):
    found, _ = _fit(self, view)
    return found, (found.tolerable > self.toxicity_cutoff) & (found.active > self.efficacy_cutoff)


MUTANTS = {
    "crm: the prior is wide": ("crm", crm, "posterior", lambda c, sd, *a: _post(c, 3 * sd, *a)),
    "crm: toxic is safe": ("crm", crm, "posterior", lambda c, sd, s, t: _post(c, sd, t, s)),
    "crm: the pending count fully": ("crm", tite_crm, "weights", lambda f, t, w, s: np.ones_like(f)),
    "crm: the pending count in the square": ("crm", tite_crm, "weights", lambda *a: _weights(*a) ** 2),
    "crm: toxicities are left out late": (
        "crm",
        tite_crm,
        "posterior",
        lambda c, sd, s, t, p=None: _post(c, sd, s, 0 * t, p),
    ),
    "crm: one dose above the nearest": (
        "crm",
        one_parameter,
        "closest_dose",
        lambda p, t: np.minimum(_near(p, t) + 1, 3),
    ),
    "crm: another target": ("crm", one_parameter, "closest_dose", lambda p, t: _near(p, 0.6 * t)),
    "crm: the slope is turned round": ("crm", crm_planning.Curves, "toxicity", lambda s, b: _curve(s, -b)),
    "crm: chooses before the first patient": ("crm", crm.Crm, "select", lambda s, v, a: s.propose(v)),
    "two: toxic is safe": ("two", two_parameter_crm, "toxicities", lambda m, s, t: _two(m, t, s)),
    "two: no intercept": (
        "two",
        two_parameter_crm,
        "toxicities",
        lambda m, s, t: _two(replace(m, intercept_sd=0.05), s, t),
    ),
    "two: no slope": (
        "two",
        two_parameter_crm,
        "toxicities",
        lambda m, s, t: _two(replace(m, slope_sd=0.05), s, t),
    ),
    "two: the highest below the target": (
        "two",
        two_parameter_crm,
        "closest_dose",
        lambda p, t: np.maximum((p <= t).sum(axis=1) - 1, 0),
    ),
    "boin12: neither and both swapped": (
        "boin12",
        desirability.Utilities,
        "quasi_events",
        lambda s, n, t, e, b: _quasi(replace(s, neither=s.both, both=s.neither), n, t, e, b),
    ),
    "boin12: the overlap is forgotten": (
        "boin12",
        desirability.Utilities,
        "quasi_events",
        lambda s, n, t, e, b: _quasi(s, n, t, e, 0 * b),
    ),
    "boin12: no benchmark above the worst": (
        "boin12",
        desirability.Utilities,
        "benchmark",
        lambda s, t, e: 2 * _bench(s, t, e) - 1,
    ),
    "boin12: toxicity does not exclude": (
        "boin12",
        desirability.Limits,
        "tolerable",
        lambda s, n, t: np.ones(np.shape(n), bool),
    ),
    "boin12: idleness does not exclude": (
        "boin12",
        desirability.Limits,
        "active",
        lambda s, n, e: np.ones(np.shape(n), bool),
    ),
    "boin12: never de-escalates": (
        "boin12",
        boin12,
        "next_dose",
        lambda v, x, a, r, t, **k: _move(v, x, a, np.minimum(r, t[0]), t, **k),
    ),
    "boin12: compares higher doses whatever toxicity": (
        "boin12",
        boin12,
        "next_dose",
        lambda *a, enough, **k: _move(*a, enough=99, **k),
    ),
    "boin12: explores late": (
        "boin12",
        boin12,
        "next_dose",
        lambda *a, explore, **k: _move(*a, explore=12, **k),
    ),
    "boin12: the choice ignores the tolerated dose": (
        "boin12",
        tradeoff,
        "tolerated",
        lambda t, n, u, x: np.full(len(n), 3),
    ),
    "boin-et: other boundaries": (
        "boin_et",
        boin_et_rule,
        "boundaries",
        lambda r: _rates(replace(r, idle=0.5)),
    ),
    "boin-et: efficacy is not looked at": (
        "boin_et",
        boin_et,
        "next_dose",
        lambda t, e, *a: _et(t, 0 * e, *a),
    ),
    "boin-et: toxicity is not looked at": (
        "boin_et",
        boin_et,
        "next_dose",
        lambda t, e, *a: _et(0 * t, e, *a),
    ),
    "boin-et: toxicity and efficacy swapped": (
        "boin_et",
        boin_et,
        "next_dose",
        lambda t, e, *a: _et(e, t, *a),
    ),
    "boin-et: an untried dose does not come first": (
        "boin_et",
        boin_et,
        "next_dose",
        lambda t, e, n, *a: _et(t, e, n + 1, *a),
    ),
    "boin-et: the choice ignores limits and toxicity": (
        "boin_et",
        boin_et,
        "chosen",
        lambda n, t, e, fit, **k: _chosen(n, 0 * t, e, n > 0, **k),
    ),
    "efftox: toxicity and efficacy swapped": (
        "efftox",
        efftox,
        "posterior",
        lambda m, n, t, e, b, **k: _sums(m, n, e, t, b, **k),
    ),
    "efftox: toxicities are left out": (
        "efftox",
        efftox,
        "posterior",
        lambda m, n, t, e, b, **k: _sums(m, n, 0 * t, e, 0 * b, **k),
    ),
    "efftox: utility is turned round": (
        "efftox",
        efftox_posterior.Contour,
        "utility",
        lambda s, e, t: -_utility(s, e, t),
    ),
    "efftox: utility without toxicity": (
        "efftox",
        efftox_posterior.Contour,
        "utility",
        lambda s, e, t: _utility(s, e, 0 * t + 1e-9),
    ),
    "efftox: doses are skipped": ("efftox", efftox.EffTox, "appraise", _skips),
    "efftox: doses are not on the log scale": (
        "efftox",
        efftox_posterior.Model,
        "codes",
        property(lambda s: np.array(s.doses) / 25 - 0.86),
    ),
    "efftox: an unacceptable dose is given": (
        "efftox",
        efftox.EffTox,
        "propose",
        lambda s, v: _fit(s, v)[0].utility.argmax(axis=1),
    ),
    "efftox: an untried dose is chosen": ("efftox", efftox.EffTox, "select", lambda s, v, a: s.propose(v)),
}


@pytest.mark.parametrize("kind", plain_models.CHECKS)
def test_checks_hold(kind):
    for check in plain_models.CHECKS[kind]:
        check()


@pytest.mark.parametrize("name", MUTANTS)
def test_planted_faults_are_caught(name, monkeypatch):
    kind, place, attribute, fault = MUTANTS[name]
    desirability.table.cache_clear()
    monkeypatch.setattr(place, attribute, fault)
    with pytest.raises(AssertionError):
        test_checks_hold(kind)
    desirability.table.cache_clear()
