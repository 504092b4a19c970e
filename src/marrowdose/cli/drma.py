"""``marrowdose drma``: dose-response meta-analysis of a table of arms."""

from __future__ import annotations

import argparse
from typing import Any

from ..errors import require, require_seed
from ..report.meta.pages import Pooled, drma_html, drma_record, drma_text
from ..statistics.meta import (
    Average,
    DoseResponse,
    compare_curves,
    drma,
    effective_dose,
    small_study_effects,
    study_influence,
    target_dose,
)
from .answer import OK, advising, answer, write_page
from .arguments import numbers


def run(args: argparse.Namespace) -> int:
    """Print the analysis as text or JSON, and write its page; returns the exit code."""
    found = _analysis(args)
    if args.html is not None:
        write_page(args.html, drma_html(found))
    answer(args, drma_record(found), drma_text(found))
    return OK


def _analysis(args: argparse.Namespace) -> Pooled:
    """All that was asked for. Raises ``InputError`` where the options do not go together."""
    seed = require_seed(args.seed)
    fit, average = _fitted(args)
    seen = sorted({d for s in fit.studies for d in (*s.doses.tolist(), s.reference)})
    points = (average or fit).predict(seen if args.doses is None else numbers(args.doses, "doses"))
    looked_for: list[tuple[str, Any, float]] = [(f"ED{100 * p:g}", effective_dose, p) for p in args.ed]
    looked_for += [(f"effect {e:g}", target_dose, e) for e in args.target]
    doses = tuple(
        (what, (find(fit, value, seed=seed), find(fit, value, new_study=True, seed=seed)))
        for what, find, value in looked_for
    )
    with advising("give a dose above 0 last in --doses"):
        influence = study_influence(fit, float(points.dose[-1])) if args.influence else None
    return Pooled(
        fit=fit,
        points=points,
        average=average,
        doses=doses,
        influence=influence,
        small=small_study_effects(fit) if args.small_study else None,
    )


def _fitted(args: argparse.Namespace) -> tuple[DoseResponse, Average | None]:
    """The curve that was asked for; of several the heaviest, with their average."""
    knots = None if args.knots is None else numbers(args.knots, "knots")
    options: dict[str, Any] = {"measure": args.measure, "knots": knots, "covariates": args.covariate}
    if args.average:
        require(
            args.stages == "one" and args.test == "z",
            "curves are compared in one stage and by z",
            where="average",
            remedy="leave out --stages and --test",
        )
        chosen = {"curves": args.curve} if args.curve else {}
        average = compare_curves(args.table, method=args.method or "ml", **chosen, **options)
        return average.fits[max(range(len(average.fits)), key=lambda i: average.rows[i].weight)], average
    curves = args.curve or ["rcs3"]
    one = len(curves) == 1
    require(one, f"{len(curves)} curves were given", where="curve", remedy="give one, or add --average")
    how = {"method": args.method, "stages": args.stages, "test": args.test}
    return drma(args.table, curves[0], **how, **options), None
