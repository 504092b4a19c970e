"""``marrowdose mcpmod``: analyse a dose-finding trial: is there an effect, which dose?"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np

from ..errors import require, require_between
from ..files.csv import Table, read_matrix, read_table
from ..report.mcpmod.analysis import analysis_record, analysis_text
from ..report.mcpmod.page import analysis_page
from ..statistics.mcpmod import Estimates, bootstrap, estimates, from_patients, mcpmod, placebo_adjusted
from ..units import Array
from .answer import OK, answer, write_page
from .candidates import candidates_of, rule_of


def run(args: argparse.Namespace) -> int:
    """Print the analysis as text or JSON, and write its page; returns the exit code."""
    rule = rule_of(args)
    if args.ed is not None:
        require_between(args.ed, 0.01, 0.99, where="ed")
    data = _data(args)
    candidates = candidates_of(args.candidate, float(data.doses.max()), -1.0 if args.decreasing else 1.0)
    found = mcpmod(data, candidates, rule=rule, select=args.select)
    drawn = None
    if args.bootstrap and found.fits:
        shapes = [fit.shape for fit in found.fits.values()]
        drawn = bootstrap(data, shapes, rng=np.random.default_rng(args.seed), draws=args.bootstrap)
    record = analysis_record(data, candidates, found, delta=args.delta, ed=args.ed, drawn=drawn)
    if args.html is not None:
        write_page(args.html, analysis_page(record))
    answer(args, record, analysis_text(record))
    return OK


def _data(args: argparse.Namespace) -> Estimates:
    """Patients, or estimates with standard errors or a covariance."""
    table = read_table(Path(args.data))
    names = [args.dose, args.response, *args.covariate, *([args.se] if args.se else [])]
    table.require(*names, remedy="name the columns by --dose, --response, --covariate, --se")
    dose, response = table.numbers(args.dose), table.numbers(args.response)
    if args.se is None and args.covariance is None:
        for option in ("df", "placebo_adjusted"):
            remedy = "give --se or --covariance"
            require(not getattr(args, option), "needs estimates", where=option, remedy=remedy)
        return from_patients(dose, response, _centred(table, args.covariate), names=args.covariate)
    remedy = "adjust where the estimates are made"
    require(not args.covariate, "covariates of estimates", where="covariate", remedy=remedy)
    given = args.se is None or args.covariance is None
    require(given, "given together with --se", where="covariance", remedy="give one of them")
    if args.se is not None:
        for row in table.rows:
            require(row.number(args.se) > 0, "is not above 0", where=row.where(args.se))
        covariance = np.diag(np.square(table.numbers(args.se)))
    else:
        covariance = _covariance(Path(args.covariance))
    make = placebo_adjusted if args.placebo_adjusted else estimates
    return make(dose, response, covariance, df=math.inf if args.df is None else args.df)


def _centred(table: Table, names: list[str]) -> Array | None:
    """Covariates less their means (patients, covariates): the curve is then that of the average patient."""
    columns = [np.array(table.numbers(name)) for name in names]
    return np.column_stack([column - column.mean() for column in columns]) if columns else None


def _covariance(path: Path) -> Array:
    rows = read_matrix(path)
    require(
        bool(rows) and all(len(row) == len(rows) for row in rows),
        "is no square matrix",
        where=str(path),
        allowed="as many numbers a row as rows, without a header",
    )
    return np.array(rows)
