"""``marrowdose trial``: simulate, compare and enumerate dose-finding designs, the next dose, the protocol."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from ...errors import InputError, require, require_between, require_seed
from ..arguments import numbers
from ..simulation import add_options, engine, out, write_file
from . import ranging as cli_ranging
from . import worth as cli_worth

_MARGIN = 0.05  # of efficacy, unless --margin says otherwise
_LONG = 5  # pieces from which a bar is shown
TRIALS = 10_000
_LISTED = 400  # paths up to which each is told
TEMPLATES = "trial/templates"


def add_parsers(commands: Any) -> None:
    """Add ``trial`` with its commands to the commands of the program."""
    trial = commands.add_parser("trial", help="design, simulate and run a dose-finding trial")
    parts = trial.add_subparsers(dest="part", parser_class=type(trial), metavar="PART")
    run = parts.add_parser("run", help="operating characteristics by simulation")
    compare = parts.add_parser("compare", help="designs over the same virtual patients")
    following = parts.add_parser("next", help="the next dose of a running trial, and why")
    paths = parts.add_parser("paths", help="all paths of a small design, exactly")
    protocol = parts.add_parser("protocol", help="the statistical sections of a protocol")
    template = parts.add_parser("template", help="print a ready design to copy")
    for sub in (run, following, paths, protocol):
        sub.add_argument("design", metavar="DESIGN.toml", help="file of the design")
    compare.add_argument("designs", nargs="+", metavar="DESIGN.toml", help="files of two or more designs")
    following.add_argument("history", metavar="HISTORY.csv", help="patients in order of entry")
    following.add_argument(
        "--as-given", action="store_true", help="accept doses that the design did not give"
    )
    paths.add_argument("--patients", type=int, help="enumerate with at most so many patients")
    template.add_argument("name", nargs="?", help="name of the template; none lists them")
    for sub in (run, compare, paths, protocol):
        sub.add_argument(
            "--truth",
            metavar="TRUTH",
            help=(
                "in place of that of the design: posterior, posterior-mean, curve:NAME, knee, null, plateau,"
                " rising, falling, or a file SCENARIO.toml"
            ),
        )
        sub.add_argument(
            "--responder",
            default="20",
            metavar="POINTS[,POINTS…]",
            help=(
                "improvement of pain that counts as efficacy under a truth in points (default 20); several"
                " for levels of efficacy, partial first"
            ),
        )
        sub.add_argument(
            "--harm",
            choices=("serious", "local"),
            help=(
                "what counts as toxicity under a truth of the published trials (default: what the design"
                " says)"
            ),
        )
    for sub in (run, compare, protocol):
        also = "; if given, the error under no effect is simulated too" if sub is protocol else ""
        sub.add_argument(
            "--trials",
            type=int,
            default=None if sub is protocol else TRIALS,
            help=f"simulated trials (default {TRIALS}){also}",
        )
        add_options(sub, rows=sub is not protocol)
        sub.add_argument("--margin", type=float, help="efficacy (or points) below the best that is as good")
    cli_worth.add_parser(parts)
    for sub in (run, compare, following, paths, protocol):
        sub.add_argument("--json", action="store_true", help="print JSON")
    for sub in (run, compare):
        sub.add_argument("--html", metavar="FILE", help="write pictures, numbers and rules as one HTML page")
    following.add_argument("--html", metavar="FILE", help="write a sheet to print on A4 and hang up")
    protocol.add_argument("--html", metavar="FILE", help="write the protocol as an HTML page too")
    protocol.add_argument("--out", metavar="FILE", help="write the protocol to a file")


def run(args: argparse.Namespace) -> int:
    """``marrowdose trial``: prints the result, returns the exit code."""
    parts: dict[str, Callable[[argparse.Namespace], int]] = {
        "run": _run,
        "compare": _compare,
        "next": _next,
        "paths": _paths,
        "protocol": _protocol,
        "template": _template,
    }
    if args.part is None:
        raise InputError("say what to do", where="trial", allowed=", ".join((*parts, "worth")))
    longitudinal = {"run": cli_ranging.run, "compare": cli_ranging.compare, "protocol": cli_ranging.protocol}
    if args.part == "worth":
        return cli_worth.run(args)
    if args.part in longitudinal and cli_ranging.is_ranging(
        (getattr(args, "designs", None) or [args.design])[0]
    ):
        return longitudinal[args.part](args)
    if hasattr(args, "margin") and args.margin is None:
        args.margin = _MARGIN
    return parts[args.part](args)


def _design_and_truth(args: argparse.Namespace, path: str) -> tuple[Any, Any]:
    from ...files.toml import read_document
    from ...trial.dose_finding.file import truth_from

    design, found, _ = _read(path)
    if args.truth is not None:
        from ...trial.by_dose import drawn_truth
        from ...trial.truths.named import is_name, named

        taken = named(args.truth)
        document = None if is_name(args.truth) else read_document(args.truth)
        if document is not None and "effect" not in document.data:  # else a scenario of longitudinal designs
            _require_no_harm(args)
            document.only_sections(("truth", "cells"))
            return design, truth_from(document, design.doses)
        first, *further = numbers(args.responder, "--responder")
        return design, drawn_truth(
            taken,
            design,
            responder=first,
            further=tuple(further),
            seed=getattr(args, "seed", 0),
            harm=args.harm,
        )
    _require_no_harm(args)
    if found is None:
        raise InputError("has no [truth]", where=path, remedy="add one, or give --truth SCENARIO.toml")
    return design, found


def _require_no_harm(args: argparse.Namespace) -> None:
    require(
        args.harm is None,
        "has no effect here",
        where="--harm",
        remedy="this truth states its toxicity itself: leave it out, or give --truth posterior",
    )


def _simulated(
    args: argparse.Namespace, paths: list[str], *, nulls: bool = False
) -> list[tuple[Any, Any, Any]]:
    """Each design with its truth and its trials, over the same virtual patients; with ``nulls`` then those
    under no effect.
    """
    from ...trial.dose_finding.simulate import job, piece_size, simulate

    require_seed(args.seed)
    require_between(args.margin, 0, 1, where="--margin")
    require(args.trials >= 2, f"{args.trials} is not usable", where="--trials", allowed="2 to 10000000")
    asked = [_design_and_truth(args, path) for path in paths]
    _require_comparable(asked)
    keys, done = {d.name: job(d, t, args.seed) for d, t in asked}, []
    if nulls:
        from ...trial.no_effect import null_truths

        more = [(d, t) for d, _ in asked for t in null_truths(d)]
        keys |= {f"{d.name}, {t.name}": job(d, t, args.seed) for d, t in more}
        asked += more
    with engine(args, keys, args.truth or "of the design") as way:
        for design, truth in asked:
            each = _rows(args, way.write, design, truth, [d for d, _ in asked])
            with way.way(_LONG * piece_size(design), each) as how:
                done.append((design, truth, simulate(design, truth, args.trials, seed=args.seed, way=how)))
    return done


def _rows(args: argparse.Namespace, write: Any, design: Any, truth: Any, designs: list[Any]) -> Any:
    """Writes each piece as rows with columns for the doses of all designs; None if nobody asked."""
    if write is None:
        return None
    from ...report.trial.rows import dose_finding

    doses = sorted({dose for d in designs for dose in d.doses})
    return lambda span, runs: write(dose_finding(design, truth, runs, span.first, doses, args.margin))


def _run(args: argparse.Namespace) -> int:
    from ...report.trial.dose_finding.text import characteristics_record, characteristics_text
    from ...trial.dose_finding.characteristics import characteristics

    design, truth, runs = _simulated(args, [args.design])[0]
    found = characteristics(design, truth, runs, margin=args.margin)
    if args.html is not None:
        from ...report.trial.dose_finding.pages import run_html

        write_file(args.html, run_html(design, truth, found))
    return out(
        args,
        characteristics_record(design, truth, found, args.seed),
        characteristics_text(design, truth, found),
    )


def _compare(args: argparse.Namespace) -> int:
    from ...report.trial.dose_finding.comparison import sentences, story_text
    from ...report.trial.dose_finding.text import comparison_text

    require(len(args.designs) >= 2, "one design", where="compare", allowed="two or more design files")
    for path in args.designs:
        require(
            not cli_ranging.is_ranging(path),
            "is a longitudinal design",
            where=path,
            remedy="compare designs of one kind",
        )
    several = args.truth is not None and not Path(args.truth).exists()
    compared = [_compared(args, truth) for truth in (args.truth.split(",") if several else [args.truth])]
    require(
        (args.parquet is None and args.resume is None) or len(compared) == 1,
        "several truths",
        where="--truth",
        remedy="give one with --parquet or --resume",
    )
    said = sentences(compared)
    if args.html is not None:
        from ...report.trial.dose_finding.pages import compare_html

        write_file(args.html, compare_html(compared))
    records = [one.record for one in compared]
    record = {**records[0], "said": said} if len(records) == 1 else {"truths": records, "said": said}
    text = [
        f"If the truth is {one.name}: {comparison_text(told)}"
        for one, told in zip(compared, records, strict=True)
    ]
    return out(args, {**record, "seed": args.seed}, "\n".join([*text, story_text(compared)]))


def _compared(args: argparse.Namespace, truth: str | None) -> Any:
    """All designs under one truth, judged by the lowest of their limits of toxicity."""
    from ...report.trial.dose_finding.comparison import Compared
    from ...trial.dose_finding.characteristics import characteristics, overdose_limit, paired, per_trial

    done = _simulated(argparse.Namespace(**{**vars(args), "truth": truth}), args.designs)
    judged = {"margin": args.margin, "overdose": min(overdose_limit(d) for d, _, _ in done)}
    by_trial = [per_trial(d, t, r, **judged) for d, t, r in done]
    return Compared(
        designs=[d for d, _, _ in done],
        truths=[t for _, t, _ in done],
        found=[characteristics(d, t, r, **judged) for d, t, r in done],
        differences=[paired(by_trial[0], other) for other in by_trial[1:]],
        margin=args.margin,
    )


def _require_comparable(asked: list[tuple[Any, Any]]) -> None:
    """Names of their own, and one truth: what two designs say of one dose must agree."""
    names = [design.name for design, _ in asked]
    require(
        len(set(names)) == len(names),
        "two designs of one name",
        where="compare",
        remedy="give each a name of its own under [design]",
    )
    told: dict[float, tuple[Any, ...]] = {}
    for design, truth in asked:
        efficacy = truth.efficacy or [None] * len(design.doses)
        for dose, *now in zip(design.doses, truth.toxicity, efficacy, strict=True):
            before = told.setdefault(dose, (now, design.name))
            known = all(
                a is None or b is None or abs(a - b) < 1e-9 for a, b in zip(before[0], now, strict=True)
            )
            require(
                known,
                f"{before[1]} and {design.name} take different things for true at {dose:g} million cells",
                where="compare",
                remedy="give one --truth SCENARIO.toml for all",
            )


def _next(args: argparse.Namespace) -> int:
    from ...report.trial.dose_finding.text import next_record, next_text
    from ...report.trial.dose_ranging.run_in import TRIAL, going_on
    from ...trial.dose_finding.history import check_history, next_dose, read_history

    design, _, planned = _read(args.design)
    history = read_history(args.history, design)
    if not args.as_given:
        check_history(design, history, args.history)
    found = next_dose(design, history)
    record, text, lines = next_record(design, found), next_text(design, found), list[str]()
    if planned is not None:
        part_two, lines = going_on(planned, history, found)
        lines = [TRIAL, *lines]
        record, text = (
            {**record, "part_two": part_two, "hand_over": lines},
            text + "\nPart two\n" + "".join(f"- {s}\n" for s in lines),
        )
    if args.html is not None:
        from ...report.trial.dose_finding.bedside import bedside_page

        write_file(args.html, bedside_page(design, found, len(history), then=lines))
    return out(args, record, text)


def _read(path: str) -> tuple[Any, Any, Any]:
    """The dose-finding design of a file, the truth in it, and the whole plan where that is its part one."""
    from ...trial.dose_finding.file import read_design

    planned = cli_ranging.seamless(path)
    if planned is not None and planned.run_in is not None:
        return planned.run_in.design, planned.run_in.truth, planned
    require(
        not cli_ranging.is_ranging(path),
        "randomises its patients: it has no next dose and no list of paths",
        where=path,
        remedy="simulate it with marrowdose trial run",
    )
    return *read_design(path), None


def _paths(args: argparse.Namespace) -> int:
    from ...report.trial.dose_finding.text import paths_record, paths_text
    from ...report.trial.dose_ranging.run_in import exact_sets
    from ...trial.dose_finding.paths import all_paths

    design, truth = _design_and_truth(args, args.design)
    most = design.patients if args.patients is None else args.patients
    require_between(most, design.cohort, design.patients, where="--patients")
    found = all_paths(design, truth, patients=most)
    if found.count.sum() <= _LISTED:
        found = all_paths(design, truth, patients=most, merge=False)
    record = paths_record(design, truth, found, most)
    text, planned = paths_text(record, design), cli_ranging.seamless(args.design)
    if planned is not None:
        sets = exact_sets(planned, found)
        record["open_sets"] = sets
        text += "".join(f"Open in part two: {doses}: {p:.6f}.\n" for doses, p in sets.items())
    return out(args, record, text)


def _protocol(args: argparse.Namespace) -> int:
    from ...report.trial.dose_finding.protocol import protocol
    from ...report.trial.protocol.give import give
    from ...trial.dose_finding.characteristics import characteristics

    nulls, args.trials = args.trials is not None, args.trials or TRIALS
    done = [
        (d, t, characteristics(d, t, r, margin=args.margin))
        for d, t, r in _simulated(args, [args.design], nulls=nulls)
    ]
    design, truth, found = done[0]
    said = protocol(design, truth, found, seed=args.seed, nulls=[(t, c) for _, t, c in done[1:]])
    print(give(design.name, said, args.out, args.html, as_json=args.json), end="")
    return 0


def _template(args: argparse.Namespace) -> int:
    folder = files("marrowdose").joinpath(TEMPLATES)
    names = sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    if args.name is None:
        print("\n".join(names))
        return 0
    require(args.name in names, f"no template {args.name!r}", where="template", allowed=", ".join(names))
    print(folder.joinpath(f"{args.name}.toml").read_text(encoding="utf-8"), end="")
    return 0
