"""Ready truths for designs that choose by toxicity and response: cells do little harm, and the response takes four courses.

The courses are those of the longitudinal scenarios (``ranging/scenario.py``), so that "plateau" means one thing everywhere.
Everything here is assumed: toxicity from 1 % without cells to 5 % at the top dose, and the rates of response.
"""

from __future__ import annotations

from math import exp, log
from pathlib import Path

import numpy as np

from ..domain import MillionCells, Probability, require
from .design_file import read_truth
from .ranging.scenario import PRESETS
from .truth import Truth

TOP: MillionCells = 150.0  # dose at which toxicity is 5 %, and to which the courses are scaled
WITHOUT: Probability = 0.35  # responders without cells
GAIN: Probability = 0.30  # responders more at the best dose
_LEAST, _MOST = 0.01, 0.05  # toxicity at dose 0 and at ``TOP``


def preset_truth(name: str, doses: tuple[MillionCells, ...]) -> Truth:
    """The preset ``null``, ``plateau``, ``rising`` or ``falling`` at some doses. Raises ``InputError``."""
    require(name in PRESETS, f"no preset {name!r}", where="truth", allowed=", ".join(PRESETS))
    words, course = PRESETS[name]
    rate = log((1 - _LEAST) / (1 - _MOST)) / TOP
    return Truth(
        toxicity=tuple(1 - (1 - _LEAST) * exp(-rate * dose) for dose in doses),
        efficacy=tuple((WITHOUT + GAIN * course(np.array(doses) / TOP)).tolist()),
        without=WITHOUT,
        name=f"{name} ({words})",
    )


def named_truth(named: str, doses: tuple[MillionCells, ...]) -> Truth:
    """The truth that a user names for a dose-finding design: a preset, or a scenario file. Raises ``InputError``."""
    if named in PRESETS:
        return preset_truth(named, doses)
    require(Path(named).exists(), "is no preset and cannot be read as a file", where=named, allowed="a scenario file, " + ", ".join(PRESETS))  # fmt: skip
    return read_truth(named, doses)
