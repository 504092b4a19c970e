"""The generated source of a mechanism: the committed file where it fits, else written by sympy."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from ..mechanism import Mechanism
from .stretch import Source

FOLDER = Path(__file__).parents[1] / "generated"


def committed(model: Mechanism) -> str | None:
    """The source in ``generated`` if it is of these very equations."""
    return _read(model.name, model.fingerprint)


@lru_cache(maxsize=64)
def _read(name: str, fingerprint: str) -> str | None:
    file = FOLDER / f"{name}.py"
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return text if f'FINGERPRINT = "{fingerprint}"' in text else None


_written: dict[str, str] = {}


def source_for(model: Mechanism) -> str:
    """Python source of the step of ``model``. Raises ``InputError`` where sympy is needed and missing."""
    found = committed(model) or _written.get(model.fingerprint)
    if found is None:
        from .generate import source_of

        found = _written[model.fingerprint] = source_of(model)
    return found


@lru_cache(maxsize=64)
def module_of(source: str) -> Source:
    """The functions of a source, for NumPy."""
    space: dict[str, object] = {"__name__": __name__}
    exec(compile(source, "<generated>", "exec"), space)
    return Source(**space)
