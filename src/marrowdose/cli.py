"""The command line: parse, call, print. No statistics here."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .domain import DOMAINS, InputError

EXIT_OK, EXIT_INPUT = 0, 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise InputError(message, where=self.prog, remedy=f"see {self.prog} --help")


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = _Parser(prog="marrowdose", description="Published evidence in; a dose of bone-marrow stem cells for a knee, its reasons and its doubts out. Research use only.")  # fmt: skip
    top.add_argument("--version", action="store_true", help="print the version")
    commands = top.add_subparsers(dest="command", parser_class=_Parser, metavar="plan | curve | check | fit | evidence")
    plan = commands.add_parser("plan", help="plan a dose for one patient")
    plan.add_argument("patient", nargs="?", help="JSON file of one patient")
    plan.add_argument("--example", action="store_true", help="use the example patient")
    plan.add_argument("--show-example", action="store_true", help="print the example patient as JSON")
    plan.add_argument("--ask", action="store_true", help="ask the questions one by one")
    plan.add_argument("--goal", default="", metavar="TEXT|FILE", help='"month=6,mcid=vas_pain,comparator=ha,…" or a JSON file')
    plan.add_argument("--html", metavar="FILE", help="write the report as one HTML page")
    curve = commands.add_parser("curve", help="the dose-response of the population, and whether more is better")
    curve.add_argument("--month", type=float, default=12.0, help="months after the injection, 1 to 24")
    curve.add_argument("--domain", choices=DOMAINS, default="pain")
    curve.add_argument("--html", metavar="FILE", help="write the picture as an HTML page")
    check = commands.add_parser("check", help="is the fit fit for use? diagnostics, predictions, influence")
    check.add_argument("--html", metavar="FILE", help="write tables and pictures as an HTML page")
    fit = commands.add_parser("fit", help="fit again from the tables (needs the extra: pip install 'marrowdose[fit]')")
    fit.add_argument("--outcome", choices=DOMAINS, help="fit one domain alone (default: pain and function together)")
    fit.add_argument("--curve", action="append", default=[], metavar="NAME", help="fit only this curve; may be repeated")
    fit.add_argument("--out", default="marrowdose-fit", metavar="FOLDER", help="where to write fit.npz and fit.json")
    fit.add_argument("--draws", type=int, default=2000, help="draws of each of 4 chains, 100 to 20000")
    fit.add_argument("--processes", type=int, default=2, help="worker processes, 1 to 64")
    for name in ("long-term", "nonrandomised", "prefer-vas", "no-imputed"):
        fit.add_argument(f"--{name}", action="store_true", help="sensitivity analysis; see docs/methods")
    fit.add_argument("--without", action="append", default=[], metavar="STUDY", help="leave a study out; may be repeated")
    _evidence_parser(commands)
    for sub in (plan, curve, check):
        sub.add_argument("--fit", metavar="FOLDER", help="use this fit instead of the shipped one")
    for sub in (plan, curve, check, fit):
        sub.add_argument("--evidence", action="append", default=[], metavar="DIR", help="add a folder of tables; may be repeated")
        sub.add_argument("--json", action="store_true", help="print JSON")
    for sub in (plan, curve):
        sub.add_argument("--seed", type=int, default=0, help="seed of the draws (default 0)")
    fit.add_argument("--seed", type=int, default=20260101, help="seed of the sampler")
    return top


def _evidence_parser(commands: Any) -> None:
    evidence = commands.add_parser("evidence", help="browse, validate and trace the tables")
    parts = evidence.add_subparsers(dest="part", parser_class=_Parser, metavar="list | show | check | trace", required=True)
    listing = parts.add_parser("list", help="all studies, and why a study is not in the model")
    show = parts.add_parser("show", help="one study with all its rows")
    show.add_argument("study")
    check = parts.add_parser("check", help="validate a folder of tables (default: the shipped ones)")
    check.add_argument("folder", nargs="?")
    trace = parts.add_parser("trace", help="where a number comes from: a row (outcomes.csv:17), or all numbers of a plan")
    trace.add_argument("what", nargs="?", help="FILE:LINE of a table, or a recommendation JSON file")
    for sub in (listing, show, check, trace):
        sub.add_argument("--json", action="store_true", help="print JSON")
    for sub in (listing, show, trace):
        sub.add_argument("--evidence", action="append", default=[], metavar="DIR", help="add a folder of tables")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, or 2 with one sentence on standard error."""
    try:
        args = parser().parse_args(argv)
        if args.version:
            from importlib.metadata import version

            print(version("marrowdose"))
            return EXIT_OK
        if args.command is None:
            parser().print_help()
            return EXIT_OK
        return _COMMANDS[args.command](args)
    except InputError as problem:
        print(f"marrowdose: {problem}", file=sys.stderr)
    except KeyboardInterrupt:
        print("marrowdose: interrupted; nothing was written.", file=sys.stderr)
    except BrokenPipeError:
        sys.stderr.close()
    except MemoryError:
        print("marrowdose: not enough memory; give a smaller file or fewer draws.", file=sys.stderr)
    except OSError as problem:
        print(f"marrowdose: {problem.filename or 'system'}: {problem.strerror or problem}; nothing was written.", file=sys.stderr)
    return EXIT_INPUT


def _json(value: Any) -> str:
    from .report.json import rounded

    return json.dumps(rounded(value), indent=2, ensure_ascii=False) + "\n"


def _fit_of(args: argparse.Namespace) -> tuple[Any, bool]:
    """The fit to use, and whether added evidence makes it stale."""
    from .synthesis.fit import read_fit, shipped_fit

    fit = read_fit(Path(args.fit)) if args.fit else shipped_fit()
    if not args.evidence:
        return fit, False
    return fit, _read_evidence(args).digest != fit.meta["evidence_digest"]


def _read_evidence(args: argparse.Namespace) -> Any:
    from .evidence.tables import read_evidence

    return read_evidence(*map(Path, args.evidence))


def _plan(args: argparse.Namespace) -> int:
    from .patient import intake

    if args.show_example:
        print(_json(intake.EXAMPLE), end="")
        return EXIT_OK
    given = [bool(args.patient), args.example, args.ask]
    if sum(given) != 1:
        raise InputError("give one patient", where="marrowdose plan", allowed="PATIENT.json, --example or --ask")
    if args.ask:
        from .patient.ask import ask

        data, where = ask(input), "answers"
    else:
        data, where = (intake.EXAMPLE, "example") if args.example else (intake.read_json(Path(args.patient)), args.patient)
    patient = intake.patient_from(data, where)
    goal_given = intake.read_json(Path(args.goal)) if args.goal.endswith(".json") else intake.goal_text(args.goal)
    goal = intake.goal_from(goal_given)
    from .patient.advice import advise
    from .report.words import spoken

    fit, stale = _fit_of(args)
    rec = spoken(advise(fit, patient, goal, seed=_seed(args), stale=stale))
    if args.html:
        from .report.html import to_html, write_text_atomically

        write_text_atomically(Path(args.html), to_html(rec))
    if args.json:
        from .report.json import to_json

        print(to_json(rec), end="")
    else:
        from .report.terminal import print_plan

        print_plan(rec)
        if args.html:
            print(f"Report written to {args.html}")
    if rec.verdict == "refused":
        print(f"marrowdose: refused: {'; '.join(rec.reasons)}.", file=sys.stderr)
        return EXIT_INPUT
    return EXIT_OK


def _seed(args: argparse.Namespace) -> int:
    if not 0 <= args.seed < 2**32:
        raise InputError(f"{args.seed} is not usable", where="--seed", allowed="0 to 4294967295")
    return int(args.seed)


def _curve(args: argparse.Namespace) -> int:
    from .domain import require_between
    from .report import population as page
    from .synthesis.population import dose_response

    require_between(args.month, 1, 24, where="--month", unit="months")
    fit, stale = _fit_of(args)
    found = dose_response(fit, args.domain, args.month, seed=_seed(args))
    if args.html:
        from .report.html import write_text_atomically

        write_text_atomically(Path(args.html), page.curve_html(found, fit, stale))
    print(_json(page.curve_record(found, fit, stale)) if args.json else page.curve_text(found, fit, stale), end="")
    return EXIT_OK


def _check(args: argparse.Namespace) -> int:
    from .report import population as page

    fit, stale = _fit_of(args)
    if args.html:
        from .report.html import write_text_atomically

        write_text_atomically(Path(args.html), page.check_html(fit, stale))
    print(_json(page.check_record(fit, stale)) if args.json else page.check_text(fit, stale), end="")
    return EXIT_OK


def _fit(args: argparse.Namespace) -> int:
    from .domain import require_between
    from .evidence.contrasts import Analysis
    from .report.files import write_bytes_atomically, write_text_atomically
    from .report.population import check_text
    from .report.progress import bar
    from .synthesis.fit import SHIPPED, pack
    from .synthesis.refit import Settings, refit

    require_between(args.draws, 100, 20_000, where="--draws")
    require_between(args.processes, 1, 64, where="--processes")
    out = Path(args.out)
    if out.exists() and not out.is_dir():
        raise InputError("is not a folder", where=args.out, remedy="give another --out")
    analysis = Analysis(long_term=args.long_term, nonrandomised=args.nonrandomised, prefer_vas=args.prefer_vas,
                        imputed=not args.no_imputed, without=tuple(args.without))  # fmt: skip
    evidence = _read_evidence(args)
    known = {r["study_id"] for r in evidence.studies}
    for study in args.without:
        if study not in known:
            raise InputError(f"unknown study {study!r}", where="--without", remedy="see: marrowdose evidence list")
    settings = Settings(seed=_seed(args), draws=args.draws, warmup=min(1000, args.draws), processes=args.processes)
    with bar("fitting") as progress:
        fit = refit(evidence, analysis=analysis, domains=(args.outcome,) if args.outcome else DOMAINS,
                    only=tuple(args.curve), settings=settings, progress=progress)  # fmt: skip
    failed = [c for c in fit.meta["checks"] if c["blocking"] and not c["ok"]]
    if failed:
        raise InputError("the fit failed its checks and was not written: " + "; ".join(f"{c['name']}: {c['says']}" for c in failed),
                         where="marrowdose fit", remedy="raise --draws")  # fmt: skip
    arrays, meta = pack(fit)
    out.mkdir(parents=True, exist_ok=True)
    write_bytes_atomically(out / SHIPPED[0], arrays)
    write_text_atomically(out / SHIPPED[1], meta)
    if args.json:
        print(_json({"out": args.out, "checks": fit.meta["checks"], "weights": fit.meta["weights"]}), end="")
    else:
        print(check_text(fit, False) + f"Fit written to {out}\n", end="")
    return EXIT_OK


def _evidence(args: argparse.Namespace) -> int:
    from .report import browse as page

    def show(record: Any, text: Callable[[Any], str]) -> int:
        print(_json(record) if args.json else text(record), end="")
        return EXIT_OK

    if args.part == "check":
        record = page.check_record(Path(args.folder) if args.folder else None)
        show(record, page.check_text)
        return EXIT_OK if not record["errors"] else EXIT_INPUT
    evidence = _read_evidence(args)
    if args.part == "list":
        return show(page.list_record(evidence), page.list_text)
    if args.part == "show":
        return show(page.show_record(evidence, args.study), page.show_text)
    return show(page.trace_record(evidence, args.what), page.trace_text)


_COMMANDS = {"plan": _plan, "curve": _curve, "check": _check, "fit": _fit, "evidence": _evidence}
