"""What is asked of a simulation: designs as their files say them, and what is taken for true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...files.toml import Document
    from ...units import Points
    from ..truths.harm import Harm
    from ..truths.named import Named
    from ..worth import Stakes

TRIALS = 10_000
TRIALS_A_SIZE = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Designs of one family (dose-finding, or longitudinal) that meet the same virtual patients.

    ``truth``: None for what a dose-finding design states itself, and for the posterior of the published
    trials under a longitudinal one. ``responder``: improvement of pain that counts as efficacy in dose
    finding under a truth in points; several for levels of efficacy, partial first. ``harm``: what counts as
    toxicity there (None: what the design says). ``margin`` below the best that is as good: of efficacy in
    dose finding (None: 0.05), points in a longitudinal design (None: what the design says). ``errors``: also
    simulate the trials in which naming a dose is an error, as a protocol tells them; where dose-finding
    designs are compared it is not heeded.
    """

    designs: tuple[Document, ...]
    truth: Named | None = None
    trials: int = TRIALS
    seed: int = 0
    margin: float | None = None
    responder: tuple[Points, ...] = (20.0,)
    harm: Harm | None = None
    errors: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedWorth:
    """Designs of any kind, each simulated at several numbers of patients, with a truth of its own each trial.

    ``stakes``: who profits, and what a trial and its patients cost. ``truth`` must leave something to learn.
    ``sizes``: None for a half, one and two times what each design plans, where its rules allow that.
    ``responder`` is as in ``Asked``; ``harm``: what counts as harm and toxicity under a truth of the
    published trials (None: serious harm, and what a design says).
    """

    designs: tuple[Document, ...]
    truth: Named
    stakes: Stakes
    sizes: tuple[int, ...] | None = None
    trials: int = TRIALS_A_SIZE
    seed: int = 0
    responder: tuple[Points, ...] = (20.0,)
    harm: Harm | None = None
