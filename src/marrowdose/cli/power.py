"""``marrowdose power``: power or sample size of a dose-finding trial."""

from __future__ import annotations

import argparse

from ..errors import require
from ..report.mcpmod.power import power_page, power_record, power_text
from ..statistics.mcpmod import TrialAsked, plan_trial
from .answer import OK, answer, write_page
from .arguments import numbers
from .candidates import candidates_of, rule_of


def run(args: argparse.Namespace) -> int:
    """Print the plan as text or JSON, and write its page; returns the exit code."""
    doses = numbers(args.doses, "doses")
    planned = plan_trial(
        TrialAsked(
            candidates=candidates_of(args.candidate, max(doses), args.effect),
            doses=doses,
            sigma=args.sigma,
            n=None if args.n is None else _patients(args.n, len(doses)),
            target=args.target,
            over=args.over,
            rule=rule_of(args),
            delta=args.delta,
            other_sizes=args.html is not None,
        )
    )
    record = power_record(planned)
    if args.html is not None:
        write_page(args.html, power_page(record))
    answer(args, record, power_text(record))
    return OK


def _patients(text: str, arms: int) -> tuple[int, ...]:
    given = numbers(text, "n")
    whole = len(given) in (1, arms) and all(x == int(x) for x in given)
    require(whole, text, where="n", allowed="one whole number, or one a dose")
    return tuple(int(x) for x in (given * arms if len(given) == 1 else given))
