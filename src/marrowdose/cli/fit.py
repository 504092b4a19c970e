"""``marrowdose fit``: fit again from the tables, and write the fit where its checks hold."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

from ..domain import DOMAINS
from ..errors import InputError, require_between, require_seed
from ..evidence.contrasts import Analysis
from ..evidence.tables import Evidence
from ..files.whole import write_together
from ..report.evidence.checks import check_text, fit_record
from ..synthesis.fit import SHIPPED, Fit, pack
from ..synthesis.jobs import Settings
from ..synthesis.refit import refit
from .answer import OK, answer
from .fitted import evidence_of
from .progress import bar


def run(args: argparse.Namespace) -> int:
    """Write the fit as a folder, print its checks; returns the exit code."""
    require_between(args.draws, 100, 20_000, where="draws")
    require_between(args.processes, 1, 64, where="processes")
    seed, out = require_seed(args.seed), Path(args.out)
    write_together(out, {})  # before a quarter of an hour of sampling, not after it
    evidence = evidence_of(args)
    _require_known(args.without, evidence)
    with bar("fitting") if sys.stderr.isatty() else contextlib.nullcontext() as progress:
        fit = refit(
            evidence,
            analysis=Analysis(
                long_term=args.long_term,
                nonrandomised=args.nonrandomised,
                prefer_vas=args.prefer_vas,
                imputed=not args.no_imputed,
                without=tuple(args.without),
            ),
            domains=(args.outcome,) if args.outcome else DOMAINS,
            only=tuple(args.only),
            settings=Settings(
                seed=seed, draws=args.draws, warmup=min(1000, args.draws), processes=args.processes
            ),
            progress=progress,
        )
    _require_checked(fit)
    arrays, meta = pack(fit)
    write_together(out, dict(zip(SHIPPED, (arrays, meta.encode()), strict=True)))
    answer(args, fit_record(fit, args.out), check_text(fit, False) + f"Fit written to {out}\n")
    return OK


def _require_known(studies: list[str], evidence: Evidence) -> None:
    known = {row["study_id"] for row in evidence.studies}
    for study in studies:
        if study not in known:
            remedy = "see: marrowdose evidence list"
            raise InputError(f"unknown study {study!r}", where="without", remedy=remedy)


def _require_checked(fit: Fit) -> None:
    failed = [c for c in fit.record.checks if c.blocking and not c.ok]
    if failed:
        raise InputError(
            "the fit failed its checks and was not written: "
            + "; ".join(f"{c.name}: {c.says}" for c in failed),
            where="marrowdose fit",
            remedy="raise --draws",
        )
