"""``marrowdose trial`` for longitudinal designs, and ``trial worth``: parse, call, print."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ...errors import require, require_between, require_seed
from ..simulation import Engine, engine, out, write_file

if TYPE_CHECKING:
    from ...trial.dose_ranging.file import Planned
    from ...trial.dose_ranging.simulate import Results
    from ...trial.job import Job

_LONG = 5_000  # trials from which a bar is shown


def is_ranging(path: str) -> bool:
    """Whether the file describes a longitudinal design. Raises ``InputError`` for a file that cannot be
    read.
    """
    from ...files.toml import read_document
    from ...trial.dose_finding.file import design_type
    from ...trial.dose_ranging.file import TYPES

    return design_type(read_document(path)) in TYPES


def seamless(path: str) -> Planned | None:
    """The design of the file where it has a run-in, else None. Raises ``InputError``."""
    from ...files.toml import read_document
    from ...trial.dose_finding.file import design_type
    from ...trial.dose_ranging.file import SEAMLESS, read_ranging

    document = read_document(path)
    return read_ranging(document) if design_type(document) == SEAMLESS else None


def run(args: argparse.Namespace) -> int:
    """Operating characteristics of one longitudinal design."""
    from ...report.trial.dose_ranging.text import lines

    planned, told, found = _characterised(args, [args.design])[0]
    if args.html is not None:
        from ...report.trial.dose_ranging.pages import run_page

        write_file(args.html, run_page(planned, told, found))
    return out(args, told, "\n".join(lines(told)) + "\n")


def compare(args: argparse.Namespace) -> int:
    """Several longitudinal designs on the same virtual patients."""
    from ...report.trial.dose_ranging.text import comparison_lines, difference_record, lines
    from ...trial.dose_ranging.characteristics import paired

    require(len(args.designs) >= 2, "one design", where="compare", allowed="two or more design files")
    for path in args.designs:
        require(
            is_ranging(path), "is no longitudinal design", where=path, remedy="compare designs of one kind"
        )
    done = _characterised(args, args.designs)
    first, margin = done[0][2], done[0][0].margin
    differences = [
        difference_record(told["design"], paired(first, found, margin=margin)) for _, told, found in done[1:]
    ]
    if args.html is not None:
        from ...report.trial.dose_ranging.pages import compare_page

        write_file(
            args.html,
            compare_page(
                [p for p, _, _ in done], [t for _, t, _ in done], [f for _, _, f in done], differences
            ),
        )
    text = [line for _, told, _ in done for line in (*lines(told), "")] + comparison_lines(differences)
    record = {"designs": [told for _, told, _ in done], "differences": differences}
    return out(args, record, "\n".join(text) + "\n")


def protocol(args: argparse.Namespace) -> int:
    """The statistical sections of the protocol of a longitudinal design."""
    from ...report.trial.dose_ranging.protocol import protocol as sections
    from ...report.trial.protocol.give import give

    nulls, args.trials = args.trials is not None, args.trials or 10_000
    planned, told, _ = _characterised(args, [args.design], nulls=nulls)[0]
    print(give(planned.design.name, sections(planned, told), args.out, args.html, as_json=args.json), end="")
    return 0


def judged(args: argparse.Namespace, job: Job) -> Planned:
    """The design of a job, judged by ``--margin`` if given."""
    from dataclasses import replace

    if args.margin is None:
        return job.planned
    require_between(args.margin, 0, 50, where="--margin", unit="points")
    return replace(job.planned, margin=args.margin)


def require_names(names: list[str], where: str) -> None:
    """Raises ``InputError`` unless each design has a name of its own."""
    require(
        len(set(names)) == len(names),
        "two designs of one name",
        where=where,
        remedy="give each a name of its own under [design]",
    )


def simulated(
    args: argparse.Namespace, how: Engine, job: Job, doses: list[float] | None = None, versus: bool = False
) -> Results:
    """The trials of a job; with ``doses`` they are written as rows with columns for these, if somebody asked,
    and with ``versus`` for an active arm."""
    from ...trial.job import run_job

    each = None
    if doses is not None and how.write is not None:
        from ...report.trial.rows import longitudinal

        design, write = job.planned.design, how.write
        each = lambda span, found: write(longitudinal(design, found, doses, versus=versus))  # noqa: E731 — short
    with how.way(_LONG, each) as way:
        return run_job(job, args.trials, way=way)


def _characterised(
    args: argparse.Namespace, paths: list[str], *, nulls: bool = False
) -> list[tuple[Planned, dict[str, Any], Results]]:
    """Each design with its characteristics as a record, and its trials, over the same virtual patients; with
    ``nulls`` the record holds another one, of trials in which no dose helps."""
    from dataclasses import replace

    from ...files.toml import read_document
    from ...report.trial.dose_ranging.run_in import run_in_record
    from ...report.trial.dose_ranging.text import assurance_record, record
    from ...report.trial.dose_ranging.versus import versus_record
    from ...trial.dose_ranging.characteristics import characteristics
    from ...trial.job import Job
    from ...trial.truths.named import Named, named, truth_of

    require_seed(args.seed)
    require(
        args.harm is None,
        "has no effect here",
        where="--harm",
        remedy="longitudinal designs count local reactions: leave it out",
    )
    truth = named(args.truth or "posterior")
    jobs = [Job(document=read_document(path), truth=truth, seed=args.seed) for path in paths]
    means = [replace(job, truth=Named("posterior-mean")) for job in jobs if truth.name == "posterior"]
    plans = [judged(args, job) for job in jobs]
    names = [p.design.name for p in plans]
    require_names(names, "compare")
    keys = dict(zip(names, map(str, jobs), strict=True))
    if nulls:
        keys |= {
            f"{n}, no dose helps": str(replace(j, truth=Named("null")))
            for n, j in zip(names, jobs, strict=True)
        }
    keys |= {f"{n}, at the posterior mean": str(j) for n, j in zip(names, means, strict=False)}
    doses, done = sorted({d for p in plans for d in p.design.doses}), []
    with engine(args, keys, truth.name) as how:
        for k, (job, planned) in enumerate(zip(jobs, plans, strict=True)):
            one = truth_of(truth, domain=planned.domain, seed=args.seed)
            found = simulated(args, how, job, doses, any(p.design.comparator for p in plans))
            summary = characteristics(found, margin=planned.margin, looks=len(planned.design.stages))
            told = record(planned, one.label, one.said, summary, args.seed)
            if planned.run_in is not None:
                told["run_in"] = run_in_record(planned, found)
            told |= versus_record(planned, found, one)
            told["notes"] = _notes(truth.name, planned)
            if means:
                at_mean = simulated(args, how, means[k])
                told["assurance"] = assurance_record(found, at_mean)
            if nulls:
                helpless = simulated(args, how, replace(job, truth=Named("null")))
                none = characteristics(helpless, margin=planned.margin, looks=len(planned.design.stages))
                told["no_dose_helps"] = record(planned, "null", "assumed", none, args.seed)
            done.append((planned, told, found))
    return done


def _notes(truth: str, planned: Planned) -> list[str]:
    """What a reader must know of a truth that is asked beyond the evidence."""
    from ...synthesis.fit import shipped_fit

    last, largest = planned.design.visits[-1], planned.design.doses[-1]
    if not truth.startswith(("posterior", "curve:")):
        return []
    fit, said = shipped_fit(), []
    if last > fit.month_range[1]:
        said.append(
            f"Month {last:g} is beyond the randomised evidence (month {fit.month_range[1]:g}): the course"
            " there is extrapolated."
        )
    if largest > fit.dose_range[1]:
        said.append(
            f"{largest:g} million is beyond the randomised doses ({fit.dose_range[1]:g}): the curve there is"
            " extrapolated."
        )
    return said
