"""Dose-finding designs: simulated, and compared over the same virtual patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from ...errors import InputError, require, require_between, require_seed
from ...files.toml import Document, parse_document
from ...job_pieces import Span
from ...units import MillionCells, Probability
from ..comparable import require_one_truth
from ..dose_finding.characteristics import (
    Characteristics,
    characteristics,
    overdose_limit,
    paired,
    per_trial,
)
from ..dose_finding.design import Design
from ..dose_finding.file import truth_from
from ..dose_finding.simulate import Runs, job, simulate
from ..dose_finding.true_rates import TrueRates
from ..estimate import Estimate
from ..kinds import read_part_one
from .asked import Asked
from .work import FindingPiece, Work

MARGIN = 0.05  # of efficacy, unless asked otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class RanFinding:
    """Simulated trials of a dose-finding design under one truth, and what they say.

    ``errors``: truths under which choosing a dose is an error, with what the design does there; empty unless
    asked for.
    """

    design: Design
    truth: TrueRates
    runs: Runs
    found: Characteristics
    seed: int
    errors: tuple[tuple[TrueRates, Characteristics], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedFinding:
    """Several designs over the same virtual patients of one truth; ``differences`` of each from the first.

    ``margin``: response below the best that is as good, when it is said which doses are right.
    """

    designs: tuple[Design, ...]
    truths: tuple[TrueRates, ...]
    found: tuple[Characteristics, ...]
    differences: tuple[Mapping[str, Estimate], ...]
    margin: Probability = MARGIN

    @property
    def name(self) -> str:
        """Of the truth."""
        return self.truths[0].name or "the stated truth"


def simulated(asked: Asked, work: Work) -> RanFinding:
    """The trials of one design, and those in which choosing a dose is an error if asked."""
    margin = _margin(asked)
    (design, truth, runs), *nulls = _trials(asked, work, margin)
    return RanFinding(
        design=design,
        truth=truth,
        runs=runs,
        found=characteristics(design, truth, runs, margin=margin),
        seed=asked.seed,
        errors=tuple((t, characteristics(d, t, r, margin=margin)) for d, t, r in nulls),
    )


def compared(asked: Asked, work: Work) -> ComparedFinding:
    """All designs under one truth, judged by the lowest of their limits of toxicity."""
    margin = _margin(asked)
    done = _trials(replace(asked, errors=False), work, margin)
    overdose = min(overdose_limit(d) for d, _, _ in done)
    by_trial = [per_trial(d, t, r, margin=margin, overdose=overdose) for d, t, r in done]
    return ComparedFinding(
        designs=tuple(d for d, _, _ in done),
        truths=tuple(t for _, t, _ in done),
        found=tuple(characteristics(d, t, r, margin=margin, overdose=overdose) for d, t, r in done),
        differences=tuple(paired(by_trial[0], other) for other in by_trial[1:]),
        margin=margin,
    )


def design_and_truth(asked: Asked, document: Document) -> tuple[Design, TrueRates]:
    """The dose-finding design of a document and what is taken for true. Raises ``InputError``."""
    planned, _ = read_part_one(document)
    if asked.truth is None:
        _require_no_harm(asked)
        if planned.truth is None:
            raise InputError("has no [truth]", where=document.path, remedy="add one, or give a truth")
        return planned.design, planned.truth
    if asked.truth.text:
        scenario = parse_document(asked.truth.text, asked.truth.name)
        if "effect" not in scenario.data:  # else a scenario in points, as of longitudinal designs
            _require_no_harm(asked)
            scenario.only_sections(("truth", "cells"))
            return planned.design, truth_from(scenario, planned.design.doses)
    from ..by_dose import drawn_truth

    first, *further = asked.responder
    return planned.design, drawn_truth(
        asked.truth,
        planned.design,
        responder=first,
        further=tuple(further),
        seed=asked.seed,
        harm=asked.harm,
    )


def _margin(asked: Asked) -> Probability:
    margin = MARGIN if asked.margin is None else asked.margin
    require_between(margin, 0, 1, where="margin")
    return margin


def _require_no_harm(asked: Asked) -> None:
    require(
        asked.harm is None,
        "has no effect here",
        where="harm",
        remedy="this truth states its toxicity itself: leave it out, or take the posterior for the truth",
    )


def _trials(asked: Asked, work: Work, margin: Probability) -> list[tuple[Design, TrueRates, Runs]]:
    """Each design with its truth and its trials, then those under the truths of ``errors``."""
    require_seed(asked.seed)
    require(asked.trials >= 2, f"{asked.trials} is not usable", where="trials", allowed="2 to 10000000")
    designs = [design_and_truth(asked, document) for document in asked.designs]
    require_one_truth(designs)
    keys = {d.name: job(d, t, asked.seed) for d, t in designs}
    if asked.errors:
        from ..no_effect import null_truths

        nulls = [(d, t) for d, _ in designs for t in null_truths(d)]
        keys |= {f"{d.name}, {t.name}": job(d, t, asked.seed) for d, t in nulls}
        designs += nulls
    doses = tuple(sorted({dose for d, _ in designs for dose in d.doses}))
    way, done = work.way(keys), []
    for design, truth in designs:
        own = work.writing(way, partial(_piece, design, truth, doses, margin))
        done.append((design, truth, simulate(design, truth, asked.trials, seed=asked.seed, way=own)))
    return done


def _piece(
    design: Design,
    truth: TrueRates,
    doses: tuple[MillionCells, ...],
    margin: Probability,
    span: Span,
    runs: Runs,
) -> FindingPiece:
    return FindingPiece(design=design, truth=truth, runs=runs, first=span.first, doses=doses, margin=margin)
