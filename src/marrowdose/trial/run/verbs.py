"""What can be asked of trial designs: each verb takes a frozen ``Asked`` and gives a frozen ``Ran``.

Nothing here reads options, prints or writes: the command line and a web page call the same verbs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InputError, require
from ..kinds import is_longitudinal
from .asked import Asked, AskedWorth
from .work import ALONE, Work

if TYPE_CHECKING:
    from .dose_finding import ComparedFinding, RanFinding
    from .longitudinal import ComparedLongitudinal, RanLongitudinal
    from .value import Worths


def simulate(asked: Asked, work: Work = ALONE) -> RanFinding | RanLongitudinal:
    """Operating characteristics of one design of any kind. Raises ``InputError`` and ``Cancelled``.

    >>> from marrowdose.trial.run import template
    >>> ran = simulate(Asked(designs=(template("escalation"),), trials=200, seed=1))
    >>> ran.design.doses
    (1.0, 10.0, 50.0)
    >>> ran.found.trials, ran.found.right_doses
    (200, (2,))
    """
    require(
        len(asked.designs) == 1,
        f"{len(asked.designs)} designs",
        where="designs",
        allowed="one",
        remedy="compare several",
    )
    if is_longitudinal(asked.designs[0]):
        from .longitudinal import simulated as longitudinal

        return longitudinal(asked, work)
    from .dose_finding import simulated as dose_finding

    return dose_finding(asked, work)


def compare(asked: Asked, work: Work = ALONE) -> ComparedFinding | ComparedLongitudinal:
    """Two designs or more, all dose-finding or all longitudinal, over the same virtual patients.

    Raises ``InputError`` and ``Cancelled``.

    >>> from marrowdose.trial.run import Named, template
    >>> designs = template("escalation"), template("escalation-to-150")
    >>> compared = compare(Asked(designs=designs, truth=Named("plateau"), trials=200))
    >>> [design.name for design in compared.designs]
    ['BM-MSC escalation 1-10-50 M', 'BM-MSC escalation 10-25-50-100-150 M']
    >>> sorted(compared.differences[0])[:3]
    ['months', 'none', 'overdosed']
    """
    require(len(asked.designs) >= 2, "one design", where="compare", allowed="two or more designs")
    first = is_longitudinal(asked.designs[0])
    for document in asked.designs:
        if is_longitudinal(document) != first:
            what = "is no longitudinal design" if first else "is a longitudinal design"
            raise InputError(what, where=document.path, remedy="compare designs of one kind")
    if first:
        from .longitudinal import compared as longitudinal

        return longitudinal(asked, work)
    from .dose_finding import compared as dose_finding

    return dose_finding(asked, work)


def worth(asked: AskedWorth, work: Work = ALONE) -> Worths:
    """What designs of any kind are worth by their size. Raises ``InputError`` and ``Cancelled``.

    >>> from marrowdose.trial.run import Named, Stakes, template
    >>> designs, truth = (template("escalation"),), Named("posterior")
    >>> asked = AskedWorth(designs=designs, truth=truth, stakes=Stakes(), sizes=(18,), trials=100)
    >>> worths = worth(asked)
    >>> [(name, [size for size, _ in curve]) for name, curve in worths.curves]
    [('BM-MSC escalation 1-10-50 M', [18])]
    """
    from .value import value_of

    return value_of(asked, work)
