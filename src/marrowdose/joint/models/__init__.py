"""Mechanisms of the package, one file each: a model as data, named ``MECHANISM``."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from ..mechanism import Mechanism


@cache
def mechanisms() -> dict[str, Mechanism]:
    """Every mechanism of this folder by name. Raises ``TypeError`` for a file without one."""
    found = {}
    for info in pkgutil.iter_modules(__path__):
        model = getattr(importlib.import_module(f"{__name__}.{info.name}"), "MECHANISM", None)
        if not isinstance(model, Mechanism) or model.name != info.name:
            raise TypeError(f"{info.name}: no mechanism of that name in MECHANISM")
        found[model.name] = model
    return found
