"""Ready designs to copy."""

from __future__ import annotations

from importlib.resources import files

from ...errors import require
from ...files.toml import Document, parse_document

_FOLDER = files("marrowdose").joinpath("trial/templates")


def template_names() -> tuple[str, ...]:
    """All ready designs."""
    found = (f.name for f in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


def template_text(name: str) -> str:
    """A ready design as its file. Raises ``InputError`` for a name that there is not.

    >>> template_text("escalation").splitlines()[0]
    '# Phase I escalation of bone-marrow MSC in the knee: 1, 10, 50 million cells.'
    """
    names = template_names()
    require(name in names, f"no template {name!r}", where="template", allowed=", ".join(names))
    return _FOLDER.joinpath(f"{name}.toml").read_text(encoding="utf-8")


def template(name: str) -> Document:
    """A ready design, parsed. Raises ``InputError`` for a name that there is not."""
    return parse_document(template_text(name), f"{name}.toml")
