"""Front doors: a package gives names of its modules; a module is imported when one of them is first used.

A package that has a door states its names three times: to this module, for the interpreter; under
``TYPE_CHECKING``, for type checkers; in ``__all__``, for readers. A test compares them.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping


def door(package: str, modules: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package (PEP 562): module → its names, parted by blanks.

    >>> look_up, names = door("marrowdose", {"errors": "InputError"})
    >>> look_up("InputError").__name__
    'InputError'
    """
    home = {name: module for module, names in modules.items() for name in names.split()}

    def look_up(name: str) -> object:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found: object = getattr(importlib.import_module(f"{package}.{home[name]}"), name)
        setattr(sys.modules[package], name, found)  # the next use does not come here
        return found

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *home})

    return look_up, names
