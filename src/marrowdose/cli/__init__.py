"""The command line: parse, call, print. No statistics here."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..domain import DOMAINS
from ..errors import Cancelled, InputError, require_seed
from . import drma as cli_statistics
from . import joint as cli_joint
from . import mcpmod as cli_trial
from . import trial as cli_designs
from .arguments import Parser, spare_the_input

EXIT_OK, EXIT_INPUT = 0, 2
_MANY: dict[str, Any] = {"action": "append", "default": []}  # an option that may be repeated


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = Parser(
        prog="marrowdose",
        description=(
            "Published evidence in; a dose of bone-marrow stem cells for a knee, its reasons and its doubts"
            " out. Research use only."
        ),
    )
    top.add_argument("--version", action="store_true", help="print the version")
    commands = top.add_subparsers(dest="command", parser_class=Parser, metavar="COMMAND")
    plan = commands.add_parser("plan", help="plan a dose for one patient")
    plan.add_argument("patient", nargs="?", help="JSON file of one patient")
    plan.add_argument("--example", action="store_true", help="use the example patient")
    plan.add_argument("--show-example", action="store_true", help="print the example patient as JSON")
    plan.add_argument("--ask", action="store_true", help="ask the questions one by one")
    plan.add_argument(
        "--goal", default="", metavar="TEXT|FILE", help='"month=6,mcid=vas_pain" or a JSON file'
    )
    plan.add_argument("--html", metavar="FILE", help="write the report as one HTML page")
    curve = commands.add_parser("curve", help="the dose-response, and whether more is better")
    curve.add_argument("--month", type=float, default=12.0, help="months after the injection, 1 to 24")
    curve.add_argument("--domain", choices=DOMAINS, default="pain")
    curve.add_argument("--html", metavar="FILE", help="write the picture as an HTML page")
    check = commands.add_parser("check", help="is the fit fit for use? diagnostics, predictions, influence")
    check.add_argument("--html", metavar="FILE", help="write tables and pictures as an HTML page")
    fit = commands.add_parser("fit", help="fit again from the tables (pip install 'marrowdose[fit]')")
    fit.add_argument("--outcome", choices=DOMAINS, help="fit one domain alone (default: both together)")
    fit.add_argument("--curve", **_MANY, metavar="NAME", help="fit only this curve; may be repeated")
    fit.add_argument("--out", default="marrowdose-fit", metavar="FOLDER", help="where the fit is written")
    fit.add_argument("--draws", type=int, default=2000, help="draws of each of 4 chains, 100 to 20000")
    fit.add_argument("--processes", type=int, default=2, help="worker processes, 1 to 64")
    for name in ("long-term", "nonrandomised", "prefer-vas", "no-imputed"):
        fit.add_argument(f"--{name}", action="store_true", help="sensitivity analysis; see docs/methods")
    fit.add_argument("--without", **_MANY, metavar="STUDY", help="leave a study out; may be repeated")
    _evidence_parser(commands)
    cli_statistics.add_parsers(commands)
    cli_trial.add_parsers(commands)
    cli_designs.add_parsers(commands)
    cli_joint.add_parsers(commands)
    for sub in (plan, curve, check):
        sub.add_argument("--fit", metavar="FOLDER", help="use this fit instead of the shipped one")
    for sub in (plan, curve, check, fit):
        sub.add_argument("--evidence", **_MANY, metavar="DIR", help="add a folder of tables; may be repeated")
        sub.add_argument("--json", action="store_true", help="print JSON")
    for sub in (plan, curve):
        sub.add_argument("--seed", type=int, default=0, help="seed of the draws (default 0)")
    fit.add_argument("--seed", type=int, default=20260101, help="seed of the sampler")
    return top


def _evidence_parser(commands: Any) -> None:
    evidence = commands.add_parser("evidence", help="browse, validate and trace the tables")
    parts = evidence.add_subparsers(dest="part", parser_class=Parser, metavar="PART")
    listing = parts.add_parser("list", help="all studies, and why a study is not in the model")
    show = parts.add_parser("show", help="one study with all its rows")
    show.add_argument("study")
    check = parts.add_parser("check", help="validate a folder of tables (default: the shipped ones)")
    check.add_argument("folder", nargs="?")
    trace = parts.add_parser("trace", help="where a number comes from: a row, or all numbers of a plan")
    trace.add_argument("what", nargs="?", help="as outcomes.csv:17, or the JSON file of a plan")
    for sub in (listing, show, check, trace):
        sub.add_argument("--json", action="store_true", help="print JSON")
    for sub in (listing, show, trace):
        sub.add_argument("--evidence", **_MANY, metavar="DIR", help="add a folder of tables; may be repeated")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, or 2 with one sentence on standard error."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # what is printed is UTF-8, as what is written
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = _run(argv)
        sys.stdout.flush()  # a full disk shows itself here, not after the exit code is given
        return code
    except InputError as problem:
        _tell(str(problem))
    except SystemExit as left:  # --help; or rich, when whoever read the output has seen enough
        return EXIT_INPUT if left.code else EXIT_OK
    except Cancelled as stop:
        _tell(f"{stop}; finished ones are kept only with --resume: run it again to go on or start afresh.")
    except KeyboardInterrupt:
        _tell("interrupted; nothing was written: run it again to start afresh.")
    except MemoryError:
        _tell("not enough memory; give a smaller file or fewer draws.")
    except OSError as problem:
        if not isinstance(problem, BrokenPipeError):  # whoever read the output has seen enough
            what = ": ".join(str(part) for part in (problem.filename, problem.strerror or problem) if part)
            absent = isinstance(problem, FileNotFoundError | IsADirectoryError | NotADirectoryError)
            remedy = "check the path" if absent else "make room or check the permissions, then run it again"
            _tell(f"{what}; {remedy}.")
        _drop_output()
    return EXIT_INPUT


def _run(argv: Sequence[str] | None) -> int:
    args, left = parser().parse_known_args(argv)
    if left:
        command = f"marrowdose {args.command or ''}".rstrip()
        raise InputError(f"{left[0]!r} is not understood", remedy=f"see {command} --help")
    if args.version:
        from importlib.metadata import version

        print(version("marrowdose"))
        return EXIT_OK
    if args.command is None:
        parser().print_help()
        return EXIT_OK
    spare_the_input(args)
    return _COMMANDS[args.command](args)


def _drop_output() -> None:
    """Throw away what could not be printed, so that it is not tried again, with a traceback, at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(sentence: str) -> None:
    """One line on standard error, whatever a file name or a field holds."""
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in sentence)
    print("marrowdose:", line if len(line) <= 1000 else f"{line[:600]} … {line[-300:]}", file=sys.stderr)


def _json(value: Any) -> str:
    from ..files.json import text_of

    return text_of(value)


def _fit_of(args: argparse.Namespace) -> tuple[Any, bool]:
    """The fit to use, and whether added evidence makes it stale."""
    from ..synthesis.fit import read_fit, shipped_fit

    fit = shipped_fit() if args.fit is None else read_fit(Path(args.fit))
    if not args.evidence:
        return fit, False
    return fit, _read_evidence(args).digest != fit.meta["evidence_digest"]


def _read_evidence(args: argparse.Namespace) -> Any:
    from ..evidence.tables import read_evidence

    return read_evidence(*map(Path, args.evidence))


def _plan(args: argparse.Namespace) -> int:
    from ..files.json import read_json
    from ..patient import intake

    if args.show_example:
        print(_json(intake.EXAMPLE), end="")
        return EXIT_OK
    if (args.patient is not None) + args.example + args.ask != 1:
        raise InputError("give one patient", where="plan", allowed="PATIENT.json, --example or --ask")
    if args.ask:
        from ..patient.ask import ask

        with contextlib.redirect_stdout(sys.stderr if args.json else sys.stdout):
            data, where = ask(input), "answers"
    elif args.example:
        data, where = intake.EXAMPLE, "example"
    else:
        data, where = read_json(Path(args.patient), see=intake.SEE), args.patient
    patient = intake.patient_from(data, where)
    if args.goal.endswith(".json"):
        goal = intake.goal_from(read_json(Path(args.goal), see=intake.SEE), args.goal)
    else:
        goal = intake.goal_from(intake.goal_text(args.goal))
    from ..patient.advice import advise
    from ..report.plan.how_it_may_act import action_of
    from ..report.plan.words import spoken

    fit, stale = _fit_of(args)
    rec = spoken(advise(fit, patient, goal, seed=require_seed(args.seed), stale=stale))
    action = action_of(rec)
    if args.html is not None:
        from ..report.plan.page import to_html, write_text_atomically

        write_text_atomically(Path(args.html), to_html(rec, action))
    if args.json:
        from ..report.plan.json import to_json

        print(to_json(rec, action), end="")
    else:
        from ..report.plan.terminal import print_plan

        print_plan(rec, action=action)
        if args.html is not None:
            print(f"Report written to {args.html}")
    if rec.verdict == "refused":
        _tell(f"refused: {'; '.join(rec.reasons)}.")
        return EXIT_INPUT
    return EXIT_OK


def _curve(args: argparse.Namespace) -> int:
    from ..errors import require_between
    from ..report.evidence import curve_and_checks as page
    from ..synthesis.population import dose_response

    require_between(args.month, 1, 24, where="--month", unit="months")
    fit, stale = _fit_of(args)
    found = dose_response(fit, args.domain, args.month, seed=require_seed(args.seed))
    if args.html is not None:
        from ..report.plan.page import write_text_atomically

        write_text_atomically(Path(args.html), page.curve_html(found, fit, stale))
    print(
        _json(page.curve_record(found, fit, stale)) if args.json else page.curve_text(found, fit, stale),
        end="",
    )
    return EXIT_OK


def _check(args: argparse.Namespace) -> int:
    from ..report.evidence import curve_and_checks as page
    from ..report.evidence.crosscheck import cross_check_figure, cross_check_record, cross_check_text

    fit, stale = _fit_of(args)
    compared = cross_check_record(fit, _read_evidence(args))
    if args.html is not None:
        from ..report.plan.page import write_text_atomically

        drawn = page.check_html(fit, stale, cross_check_text(compared), cross_check_figure(compared))
        write_text_atomically(Path(args.html), drawn)
    if args.json:
        print(_json({**page.check_record(fit, stale), "cross_check": compared}), end="")
    else:
        print(page.check_text(fit, stale) + cross_check_text(compared), end="")
    return EXIT_OK


def _fit(args: argparse.Namespace) -> int:
    from ..errors import require_between
    from ..evidence.contrasts import Analysis
    from ..report.evidence.curve_and_checks import check_text
    from ..synthesis.fit import SHIPPED, pack
    from ..synthesis.jobs import Settings
    from ..synthesis.refit import refit
    from .progress import bar

    require_between(args.draws, 100, 20_000, where="--draws")
    require_between(args.processes, 1, 64, where="--processes")
    out = Path(args.out)
    if out.exists() and not out.is_dir():
        raise InputError("is not a folder", where=args.out, remedy="give another --out")
    _write_together(out, {})  # before a quarter of an hour of sampling, not after it
    analysis = Analysis(
        long_term=args.long_term,
        nonrandomised=args.nonrandomised,
        prefer_vas=args.prefer_vas,
        imputed=not args.no_imputed,
        without=tuple(args.without),
    )
    evidence = _read_evidence(args)
    known = {r["study_id"] for r in evidence.studies}
    for study in args.without:
        if study not in known:
            raise InputError(
                f"unknown study {study!r}", where="--without", remedy="see: marrowdose evidence list"
            )
    settings = Settings(
        seed=require_seed(args.seed), draws=args.draws, warmup=min(1000, args.draws), processes=args.processes
    )
    with bar("fitting") if sys.stderr.isatty() else contextlib.nullcontext() as progress:
        fit = refit(
            evidence,
            analysis=analysis,
            domains=(args.outcome,) if args.outcome else DOMAINS,
            only=tuple(args.curve),
            settings=settings,
            progress=progress,
        )
    failed = [c for c in fit.meta["checks"] if c["blocking"] and not c["ok"]]
    if failed:
        raise InputError(
            "the fit failed its checks and was not written: "
            + "; ".join(f"{c['name']}: {c['says']}" for c in failed),
            where="marrowdose fit",
            remedy="raise --draws",
        )
    arrays, meta = pack(fit)
    _write_together(out, dict(zip(SHIPPED, (arrays, meta.encode()), strict=True)))
    if args.json:
        print(_json({"out": args.out, "checks": fit.meta["checks"], "weights": fit.meta["weights"]}), end="")
    else:
        print(check_text(fit, False) + f"Fit written to {out}\n", end="")
    return EXIT_OK


def _write_together(folder: Path, files: dict[str, bytes]) -> None:
    """Write all files of a folder or none: drafted near their place, then moved. No files: only try."""
    there = folder.is_dir()
    draft = (folder if there else folder.parent) / f".{secrets.token_hex(6)}.tmp"
    try:
        draft.mkdir()
        for name, content in files.items():
            (draft / name).write_bytes(content)
        for name in files if there else ():
            os.replace(draft / name, folder / name)
        if files and not there:
            os.replace(draft, folder)
    except OSError as problem:
        raise InputError(
            f"cannot be written ({problem.strerror or problem})",
            where=str(folder),
            remedy="name a folder in a place that exists, may be written to and has room",
        ) from problem
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _evidence(args: argparse.Namespace) -> int:
    from ..report.evidence import browse as page

    def show(record: Any, text: Callable[[Any], str]) -> int:
        print(_json(record) if args.json else text(record), end="")
        return EXIT_OK

    if args.part is None:
        raise InputError(
            "say what to do", where="evidence", allowed="list, show STUDY, check [DIR], trace [WHAT]"
        )
    if args.part == "check":
        record = page.check_record(None if args.folder is None else Path(args.folder))
        show(record, page.check_text)
        if record["errors"]:
            remedy = "correct what is listed on standard output"
            raise InputError("cannot be used", where=record["folder"], remedy=remedy)
        return EXIT_OK
    evidence = _read_evidence(args)
    if args.part == "list":
        return show(page.list_record(evidence), page.list_text)
    if args.part == "show":
        return show(page.show_record(evidence, args.study), page.show_text)
    return show(page.trace_record(evidence, args.what), page.trace_text)


_COMMANDS = {
    "plan": _plan, "curve": _curve, "check": _check, "fit": _fit, "evidence": _evidence,
    "drma": cli_statistics.run_drma, "mcpmod": cli_trial.run_mcpmod, "power": cli_trial.run_power,
    "trial": cli_designs.run_trial,
    "joint": cli_joint.run_joint,
}  # fmt: skip
