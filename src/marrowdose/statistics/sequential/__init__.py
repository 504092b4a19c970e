"""Trials with looks: when to stop, at what error, and with what chance of success.

- one arm, responders counted, two stages: `simon`
- bounds of a known shape (Pocock, O'Brien–Fleming): `wang_tsiatis`
- looks whose times are not known before, or futility: `spending_bounds`, `futility_bounds` with a `Spending`
- several doses against one control: `mams`; `standardised` turns a probability into its effect
- Bayesian go or no-go at looks: `go_no_go` and `go_bounds` with `Criterion`
- the chance of success, the effect being uncertain: `z_assurance`, `sequential_assurance`
- power and size of a trial without looks: `z_power`, `t_power`, `t_sample_size`
- bounds of your own: `exit_probabilities`

>>> from marrowdose.statistics.sequential import OBRIEN_FLEMING, spending_bounds
>>> spending_bounds([0.5, 1.0], 0.025, OBRIEN_FLEMING).upper.round(3).tolist()
[2.963, 1.969]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...doors import door

if TYPE_CHECKING:
    from .assurance import sequential_assurance, t_power, t_sample_size, z_assurance, z_power
    from .bounds import Bounds, futility_bounds, spending_bounds, wang_tsiatis
    from .gonogo import Criterion, GoNoGo, go_bounds, go_no_go
    from .integration import Exit, exit_probabilities
    from .multi_arm import Mams, mams, standardised
    from .spending import OBRIEN_FLEMING, POCOCK, Spending
    from .two_stage import TwoStage, simon

__all__ = [
    "OBRIEN_FLEMING",
    "POCOCK",
    "Bounds",
    "Criterion",
    "Exit",
    "GoNoGo",
    "Mams",
    "Spending",
    "TwoStage",
    "exit_probabilities",
    "futility_bounds",
    "go_bounds",
    "go_no_go",
    "mams",
    "sequential_assurance",
    "simon",
    "spending_bounds",
    "standardised",
    "t_power",
    "t_sample_size",
    "wang_tsiatis",
    "z_assurance",
    "z_power",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "assurance": "sequential_assurance t_power t_sample_size z_assurance z_power",
        "bounds": "Bounds futility_bounds spending_bounds wang_tsiatis",
        "gonogo": "Criterion GoNoGo go_bounds go_no_go",
        "integration": "Exit exit_probabilities",
        "multi_arm": "Mams mams standardised",
        "spending": "OBRIEN_FLEMING POCOCK Spending",
        "two_stage": "TwoStage simon",
    },
)
