"""What is wrong with something given from outside, and the checks that say so."""

from __future__ import annotations


class InputError(ValueError):
    """Something given from outside cannot be used: says what, where, what is allowed and what to do."""

    def __init__(self, what: str, *, where: str = "", allowed: str = "", remedy: str = "") -> None:
        self.what, self.where, self.allowed, self.remedy = what, where, allowed, remedy
        parts = [f"{where}: {what}" if where else what]
        if allowed:
            parts.append(f"allowed: {allowed}")
        if remedy:
            parts.append(remedy)
        super().__init__("; ".join(parts) + ".")


def require(ok: bool, what: str, *, where: str = "", allowed: str = "", remedy: str = "") -> None:
    """Raise ``InputError`` unless ``ok``."""
    if not ok:
        raise InputError(what, where=where, allowed=allowed, remedy=remedy)


def require_between(
    value: object, low: float, high: float, *, where: str, unit: str = "", remedy: str = ""
) -> None:
    """Raise ``InputError`` unless ``value`` is a finite number in [low, high]."""
    require(
        isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high,
        f"{value!r} is not usable",
        where=where,
        allowed=f"{low:g} to {high:g} {unit}".strip(),
        remedy=remedy,
    )


def require_seed(seed: int) -> int:
    """The seed of a command, if random-number generators take it. Raises ``InputError``."""
    require(0 <= seed < 2**32, f"{seed} is not usable", where="seed", allowed="0 to 4294967295")
    return seed


class Cancelled(Exception):  # noqa: N818 — what was asked for, no error
    """Long work was ended between two pieces, as it was asked to be; what was kept by then is whole."""
