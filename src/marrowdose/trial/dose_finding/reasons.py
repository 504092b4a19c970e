"""What a design says of its decisions: the reasons of one, and the table of all that counts at one dose
decide.
"""

from __future__ import annotations

from .decisions import decide
from .design import Design
from .rules import Boundaries
from .seen import View


def reasons(design: Design, view: View) -> tuple[str, ...]:
    """The decision on a view of one trial, as sentences: proposal, limits that bind, stops."""
    assert len(view) == 1
    found = decide(design, view)
    proposed = int(found.proposed[0])
    if view.current[0] < 0:
        said = [f"The first cohort starts at {design.doses[design.start]:g} M."]
    else:
        said = [design.propose.why(view)]
        plain = int(design.propose.propose(view)[0])
        if plain != proposed:
            said.append(
                f"Backfilled patients at lower doses had too many toxicities for {design.doses[plain]:g} M:"
                f" {design.doses[proposed]:g} M at most."
            )
    for limit, allowed in zip(design.limits, found.limits, strict=True):
        refused = [
            f"{d:g} M" for d, ok in zip(design.doses[: proposed + 1], allowed[0], strict=False) if not ok
        ]
        if refused and found.next[0] != proposed:
            said.append(f"Not allowed: {', '.join(refused)}: {limit.reason}.")
    said += [f"The trial ends: {s.reason}." for s, on in zip(design.stops, found.stops, strict=True) if on[0]]
    if found.paused[0]:
        said += [f"Accrual is suspended: {p.reason}." for p in design.pauses if p.pause(view)[0]]
    if found.full[0]:
        said.append(f"The trial ends: all {design.patients} planned patients have entered.")
    elif found.stopped[0] and not any(on[0] for on in found.stops):
        said.append(
            "The trial ends: no dose may be given." if proposed >= 0 else "The trial ends by its rule."
        )
    return tuple(said)


def decision_table(design: Design) -> Boundaries:
    """The columns of all parts for 1 … patients at the current dose, empty where decisions need more than
    counts.

    A number of events that eliminates the dose or ends the trial also ends escalation and staying: so columns
    that lower the dose are cut at those that bar it.
    """
    found: dict[str, tuple[int | None, ...]] = {}
    for part in design.parts:
        for heading, column in part.boundaries(design.patients).items():
            old = found.get(heading)
            found[heading] = column if old is None else tuple(map(_least, old, column))
    bar = found.get("eliminate if at least")
    if bar is not None and "de-escalate if at least" in found:
        found["de-escalate if at least"] = tuple(map(_least, found["de-escalate if at least"], bar))
    return found


def _least(a: int | None, b: int | None) -> int | None:
    return min((x for x in (a, b) if x is not None), default=None)
