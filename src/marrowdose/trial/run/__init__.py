"""The verbs of trial design: simulate, compare, next_dose, every_path and worth, for designs of every kind.

A verb takes a frozen ``Asked`` and gives a frozen answer; it reads no options, prints nothing and writes
nothing. Designs are parsed documents, so a form gives their text from memory:

>>> from marrowdose.files.toml import parse_document
>>> from marrowdose.trial.run import Asked, simulate, template_text
>>> text = template_text("escalation").replace("target = 0.2 ", "target = 0.25 ")
>>> ran = simulate(Asked(designs=(parse_document(text, "form"),), trials=500))
>>> ran.design.propose.target, ran.found.trials
(0.25, 500)

How long work is done is an argument of its own: ``Work(processes=2, progress=…, cancelled=…)``. Names are
imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...errors import Cancelled
    from ..truths.named import Named, named
    from ..worth import Stakes
    from .asked import Asked, AskedWorth
    from .dose_finding import ComparedFinding, RanFinding
    from .longitudinal import ComparedLongitudinal, RanLongitudinal
    from .part_one import AskedNext, EveryPath, NextDose, every_path, next_dose
    from .templates import template, template_names, template_text
    from .value import Worths
    from .verbs import compare, simulate, worth
    from .work import FindingPiece, LongitudinalPiece, Work

__all__ = [
    "Asked",
    "AskedNext",
    "AskedWorth",
    "Cancelled",
    "ComparedFinding",
    "ComparedLongitudinal",
    "EveryPath",
    "FindingPiece",
    "LongitudinalPiece",
    "Named",
    "NextDose",
    "RanFinding",
    "RanLongitudinal",
    "Stakes",
    "Work",
    "Worths",
    "compare",
    "every_path",
    "named",
    "next_dose",
    "simulate",
    "template",
    "template_names",
    "template_text",
    "worth",
]
_HOME = {
    "...errors": ("Cancelled",),
    "..truths.named": ("Named", "named"),
    "..worth": ("Stakes",),
    ".asked": ("Asked", "AskedWorth"),
    ".dose_finding": ("ComparedFinding", "RanFinding"),
    ".longitudinal": ("ComparedLongitudinal", "RanLongitudinal"),
    ".part_one": ("AskedNext", "EveryPath", "NextDose", "every_path", "next_dose"),
    ".templates": ("template", "template_names", "template_text"),
    ".value": ("Worths",),
    ".verbs": ("compare", "simulate", "worth"),
    ".work": ("FindingPiece", "LongitudinalPiece", "Work"),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULE[name], __name__), name)
