"""``--candidate SHAPE[=GUESS,…]`` → the candidate shapes of a contrast test."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from ..errors import require, require_seed
from ..statistics.mcpmod import Candidate, ContrastRule, make_shape
from .arguments import numbers


def candidates_of(texts: Sequence[str], top: float, effect: float) -> list[Candidate]:
    """The candidates, up to dose ``top``, with the largest ``effect``. Raises ``InputError``."""
    remedy = "give one or more, as --candidate linear --candidate emax=20"
    require(bool(texts), "no candidate", where="candidate", remedy=remedy)
    found = []
    for text in texts:
        name, _, guess = text.partition("=")
        guesses = tuple(numbers(guess, f"candidate={name}")) if guess else ()
        found.append(Candidate(label=text, shape=make_shape(name, top), guess=guesses, max_effect=effect))
    return found


def rule_of(args: argparse.Namespace) -> ContrastRule:
    """The contrast test that the options ask for."""
    return ContrastRule(
        alpha=args.alpha,
        two_sided=args.two_sided,
        constrained=args.constrained,
        seed=require_seed(args.seed),
    )
