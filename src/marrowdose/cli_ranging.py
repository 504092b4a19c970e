"""``marrowdose trial`` for longitudinal designs, and ``trial worth``: parse, call, print."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .domain import BANNER, InputError, require, require_between, require_seed

if TYPE_CHECKING:
    from .trial.ranging.design import Planned
    from .trial.ranging.simulate import Results
    from .trial.toml_file import Document

_LONG = 5_000  # trials from which a bar is shown


def add_worth(parts: Any) -> None:
    """Add ``trial worth`` to the parts of ``trial``."""
    worth = parts.add_parser("worth", help="what a longitudinal trial is worth, by its size")
    worth.add_argument("design", metavar="DESIGN.toml", help="file of the design")
    worth.add_argument("--population", type=int, default=10_000, help="patients treated as the trial advises (default 10000)")  # fmt: skip
    worth.add_argument("--per-patient", type=float, default=20.0, help="price of a trial patient, in points of benefit to one patient (default 20)")  # fmt: skip
    worth.add_argument("--fixed", type=float, default=0.0, help="price of the trial, in the same points")
    worth.add_argument("--sizes", metavar="N,N,…", help="numbers of patients (default: a half, one and two times the design's)")  # fmt: skip
    worth.add_argument("--margin", type=float, help="points that do not matter (default: the design's)")
    worth.add_argument(
        "--trials", type=int, default=4_000, help="simulated trials of each size (default 4000)"
    )
    worth.add_argument("--seed", type=int, default=0, help="seed of the virtual patients (default 0)")
    worth.add_argument("--workers", type=int, default=1, help="processes (default 1); the result is the same")
    worth.add_argument("--json", action="store_true", help="print JSON")


def is_ranging(path: str) -> bool:
    """Whether the file describes a longitudinal design. Raises ``InputError`` for a file that cannot be read."""
    from .trial.design_file import design_type
    from .trial.ranging.design import TYPES
    from .trial.toml_file import read_document

    return design_type(read_document(path)) in TYPES


def run(args: argparse.Namespace) -> int:
    """Operating characteristics of one longitudinal design."""
    from .report.ranging import lines

    told, found = _characterised(args, args.design)
    if args.html is not None:
        from .report.ranging_pages import run_page

        _write(args.html, run_page(_planned(args, args.design)[1], told, found))
    return _out(args, told, lines(told))


def compare(args: argparse.Namespace) -> int:
    """Several longitudinal designs on the same virtual patients."""
    from .report.ranging import comparison_lines, difference_record, lines
    from .trial.ranging.characteristics import paired

    require(len(args.designs) >= 2, "one design", where="compare", allowed="two or more design files")
    for path in args.designs:
        require(
            is_ranging(path), "is no longitudinal design", where=path, remedy="compare designs of one kind"
        )
    done = [_characterised(args, path) for path in args.designs]
    names = [told["design"] for told, _ in done]
    require(len(set(names)) == len(names), "two designs of one name", where="compare", remedy="give each a name of its own under [design]")  # fmt: skip
    margin = done[0][0]["margin"]
    differences = [difference_record(told["design"], paired(done[0][1], found, margin=margin)) for told, found in done[1:]]  # fmt: skip
    if args.html is not None:
        from .report.ranging_pages import compare_page

        planned = [_planned(args, path)[1] for path in args.designs]
        _write(args.html, compare_page(planned, [t for t, _ in done], [f for _, f in done], differences))
    text = [line for told, _ in done for line in (*lines(told), "")]
    return _out(args, {"designs": [told for told, _ in done], "differences": differences}, [*text, *comparison_lines(differences)])  # fmt: skip


def protocol(args: argparse.Namespace) -> int:
    """The statistical sections of the protocol of a longitudinal design."""
    from .report.protocol_files import give
    from .report.ranging_protocol import protocol as sections

    told, _ = _characterised(args, args.design)
    planned = _planned(args, args.design)[1]
    print(give(planned.design.name, sections(planned, told), args.out, args.html, as_json=args.json), end="")
    return 0


def worth(args: argparse.Namespace) -> int:
    """``marrowdose trial worth``: value of the information on the dose by sample size."""
    from .report.ranging import worth_lines, worth_record
    from .trial.ranging.farm import Job, run_job
    from .trial.ranging.worth import Stakes
    from .trial.ranging.worth import worth as value

    require_seed(args.seed)
    if not is_ranging(args.design):
        raise InputError("has no value of information", where=args.design, allowed="a dose-ranging, confirmatory or extension design")  # fmt: skip
    document, planned = _planned(args, args.design)
    stakes = Stakes(population=args.population, margin=planned.margin, per_patient=args.per_patient, fixed=args.fixed)  # fmt: skip
    rows = []
    for size in _sizes(args.sizes, planned.design.patients):
        with _bar(args.trials) as progress:
            job = Job(document=document, truth="posterior", seed=args.seed, patients=size)
            found = run_job(job, args.trials, workers=args.workers, progress=progress)
        rows.append((size, value(found, stakes)))
    told = worth_record(rows)
    record = {"design": planned.design.name, "population": stakes.population, "margin": stakes.margin, "per_patient": stakes.per_patient, "fixed": stakes.fixed, "trials": args.trials, "seed": args.seed, "sizes": told}  # fmt: skip
    return _out(args, record, worth_lines(planned.design.name, told))


def _planned(args: argparse.Namespace, path: str) -> tuple[Document, Planned]:
    """The file and its design, judged by ``--margin`` if given."""
    from dataclasses import replace

    from .trial.ranging.design import read_ranging
    from .trial.toml_file import read_document

    document = read_document(path)
    planned = read_ranging(document)
    if args.margin is not None:
        require_between(args.margin, 0, 50, where="--margin", unit="points")
        planned = replace(planned, margin=args.margin)
    return document, planned


def _characterised(args: argparse.Namespace, path: str) -> tuple[dict[str, Any], Results]:
    """Characteristics of the design of a file as a record, and its trials."""
    from .report.ranging import assurance_record, record
    from .trial.ranging.characteristics import characteristics
    from .trial.ranging.farm import Job, run_job
    from .trial.ranging.scenario import truth_of

    require_seed(args.seed)
    document, planned = _planned(args, path)
    name = args.truth or "posterior"
    truth = truth_of(name, domain=planned.domain, seed=args.seed)
    with _bar(args.trials) as progress:
        job = Job(document=document, truth=name, seed=args.seed)
        found = run_job(job, args.trials, workers=args.workers, progress=progress)
    summary = characteristics(found, margin=planned.margin, looks=len(planned.design.stages))
    told = record(planned, truth.label, truth.said, summary, args.seed)
    told["notes"] = _notes(name, planned)
    if name == "posterior":
        with _bar(args.trials) as progress:
            job = Job(document=document, truth="posterior-mean", seed=args.seed)
            at_mean = run_job(job, args.trials, workers=args.workers, progress=progress)
        told["assurance"] = assurance_record(found, at_mean)
    return told, found


def _notes(truth: str, planned: Planned) -> list[str]:
    """What a reader must know of a truth that is asked beyond the evidence."""
    from .synthesis.fit import shipped_fit

    last, largest = planned.design.visits[-1], planned.design.doses[-1]
    if not truth.startswith(("posterior", "curve:")):
        return []
    fit, said = shipped_fit(), []
    if last > fit.month_range[1]:
        said.append(f"Month {last:g} is beyond the randomised evidence (month {fit.month_range[1]:g}): the course there is extrapolated.")  # fmt: skip
    if largest > fit.dose_range[1]:
        said.append(f"{largest:g} million is beyond the randomised doses ({fit.dose_range[1]:g}): the curve there is extrapolated.")  # fmt: skip
    return said


def _sizes(text: str | None, planned: int) -> list[int]:
    if text is None:
        return [planned // 2, planned, 2 * planned]
    try:
        return sorted({int(part) for part in text.split(",")})
    except ValueError as problem:
        raise InputError(f"{text!r}", where="--sizes", allowed="whole numbers with commas") from problem


@contextlib.contextmanager
def _bar(trials: int) -> Iterator[Callable[[str, int, int], None] | None]:
    if trials < _LONG or not sys.stderr.isatty():
        yield None
        return
    from .report.progress import bar

    with bar("simulating") as progress:
        yield progress


def _write(path: str, text: str) -> None:
    from .report.files import write_text_atomically

    write_text_atomically(Path(path), text)


def _out(args: argparse.Namespace, record: dict[str, Any], text: list[str]) -> int:
    from .report.json import text_of

    print(text_of({**record, "banner": BANNER}) if args.json else "\n".join([BANNER, *text]) + "\n", end="")
    return 0
