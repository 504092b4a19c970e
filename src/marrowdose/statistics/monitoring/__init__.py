"""Watching for harm: after how many events to stop, with an exact error.

- so many patients, each with an event or not: `stopping_rule` with a score, which is one of `pocock`,
  `power_family`, `obrien_fleming`, `wang_tsiatis`, `beta_binomial`, `chen_chaloner`, `sprt`, `maxsprt`
- events over follow-up time: `exposure_rule` with `exposure_pocock`, `exposure_wang_tsiatis`,
  `gamma_poisson`, `exposure_sprt`, `exposure_maxsprt`
- surveillance, events against those expected: `poisson_critical_value`, `poisson_performance`; looked at in
  groups `poisson_group_critical_value`; exposed against matched controls `binomial_maxsprt`
- by a posterior: `posterior_table`, `thall_simon`, `superiority_probability`, `predictive_probability`
- bounds of your own: `binomial_crossing`, `poisson_crossing`, `poisson_groups`

>>> from marrowdose.statistics.monitoring import beta_binomial, stopping_rule
>>> stopping_rule([10, 20, 30], 0.1, 0.05, beta_binomial(0.1, (1, 9))).reject_at.tolist()
[4, 6, 7]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...doors import door

if TYPE_CHECKING:
    from .bayes import posterior_table, predictive_probability, superiority_probability, thall_simon
    from .crossing import Crossing, binomial_crossing, poisson_crossing, poisson_groups
    from .exposure import (
        ExposureRule,
        exposure_maxsprt,
        exposure_pocock,
        exposure_rule,
        exposure_sprt,
        exposure_wang_tsiatis,
        gamma_poisson,
        hazard,
    )
    from .likelihood_ratio import (
        Performance,
        binomial_maxsprt,
        poisson_critical_value,
        poisson_group_critical_value,
        poisson_performance,
        printed,
        ratio,
    )
    from .rules import (
        StoppingRule,
        beta_binomial,
        bracketing_rules,
        chen_chaloner,
        maxsprt,
        obrien_fleming,
        pocock,
        power_family,
        sprt,
        stopping_rule,
        wang_tsiatis,
    )

__all__ = [
    "Crossing",
    "ExposureRule",
    "Performance",
    "StoppingRule",
    "beta_binomial",
    "binomial_crossing",
    "binomial_maxsprt",
    "bracketing_rules",
    "chen_chaloner",
    "exposure_maxsprt",
    "exposure_pocock",
    "exposure_rule",
    "exposure_sprt",
    "exposure_wang_tsiatis",
    "gamma_poisson",
    "hazard",
    "maxsprt",
    "obrien_fleming",
    "pocock",
    "poisson_critical_value",
    "poisson_crossing",
    "poisson_group_critical_value",
    "poisson_groups",
    "poisson_performance",
    "posterior_table",
    "power_family",
    "predictive_probability",
    "printed",
    "ratio",
    "sprt",
    "stopping_rule",
    "superiority_probability",
    "thall_simon",
    "wang_tsiatis",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "bayes": "posterior_table predictive_probability superiority_probability thall_simon",
        "crossing": "Crossing binomial_crossing poisson_crossing poisson_groups",
        "exposure": (
            "ExposureRule exposure_maxsprt exposure_pocock exposure_rule exposure_sprt "
            "exposure_wang_tsiatis gamma_poisson hazard"
        ),
        "likelihood_ratio": (
            "Performance binomial_maxsprt poisson_critical_value poisson_group_critical_value "
            "poisson_performance printed ratio"
        ),
        "rules": (
            "StoppingRule beta_binomial bracketing_rules chen_chaloner maxsprt obrien_fleming pocock "
            "power_family sprt stopping_rule wang_tsiatis"
        ),
    },
)
