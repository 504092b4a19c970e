"""Parts of dose-finding designs: one file a rule, found in the folders here under the name of the file.

``toxicity_alone`` and ``with_efficacy`` propose the next dose, ``limits`` holds what goes with any of them. A
file holds one dataclass for each role it plays (a ``Propose``, ``Limit``, ``Stop``, ``Pause`` or ``Select``;
one class may play several). Files do not know one another; what they share is in ``seen``, ``rules``,
``tables`` and ``mathematics``.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Literal

from ....errors import require
from ..rules import Limit, Part, Pause, Propose, Select, Stop

Role = Literal["propose", "limit", "stop", "pause", "select"]
ROLES: dict[Role, type] = {"propose": Propose, "limit": Limit, "stop": Stop, "pause": Pause, "select": Select}


@cache
def _homes() -> dict[str, str]:
    """Names of the files in the folders here, each with its module."""
    names = [m.name for m in pkgutil.walk_packages(__path__, f"{__name__}.") if not m.ispkg]
    return {name.rpartition(".")[2]: name for name in names}


@cache
def kinds(role: Role) -> tuple[str, ...]:
    """The names of all parts that play a role, in alphabetical order."""
    return tuple(sorted(name for name in _homes() if _found(role, name)))


def part_class(role: Role, kind: str) -> type[Part]:
    """The class of this kind in this role. Raises ``InputError`` naming the kinds there are."""
    found = _found(role, kind) if kind in _homes() else []
    require(bool(found), f"{role} of kind {kind!r}", where="kind", allowed=", ".join(kinds(role)))
    return found[0]


def _found(role: Role, name: str) -> list[type[Part]]:
    module = importlib.import_module(_homes()[name])
    here = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Part)]
    return [part for part in here if issubclass(part, ROLES[role]) and part.__module__ == module.__name__]
