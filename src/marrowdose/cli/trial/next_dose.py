"""``marrowdose trial next``: the next dose of a running trial, and why."""

from __future__ import annotations

import argparse

from ..answer import write_page
from ..arguments import add_json
from .shown import out

HELP = "the next dose of a running trial, and why"


def add_options(sub: argparse.ArgumentParser) -> None:
    """The design, the patients so far and what is written."""
    sub.add_argument("design", metavar="DESIGN.toml", help="file of the design")
    sub.add_argument("history", metavar="HISTORY.csv", help="patients in order of entry")
    sub.add_argument("--as-given", action="store_true", help="accept doses that the design did not give")
    add_json(sub)
    sub.add_argument("--html", metavar="FILE", help="write a sheet to print on A4 and hang up")


def run(args: argparse.Namespace) -> int:
    """Prints the result, returns the exit code."""
    from ...files.toml import read_document
    from ...report.trial.dose_finding.ran import next_record
    from ...report.trial.dose_finding.text import next_text
    from ...trial.dose_finding.history import read_history
    from ...trial.kinds import read_part_one
    from ...trial.run import AskedNext, next_dose

    document = read_document(args.design)
    history = read_history(args.history, read_part_one(document)[0].design)
    answer = next_dose(
        AskedNext(design=document, history=history, as_given=args.as_given, where=args.history)
    )
    record, text = next_record(answer.design, answer.found), next_text(answer.design, answer.found)
    then = list[str]()
    if answer.whole is not None and answer.going_on is not None:
        from ...report.trial.dose_ranging.run_in import TRIAL, going_on

        part_two, said = going_on(answer.whole, answer.going_on)
        then = [TRIAL, *said]
        record["part_two"], record["hand_over"] = part_two, then
        text += "\nPart two\n" + "".join(f"- {line}\n" for line in then)
    if args.html is not None:
        from ...report.trial.dose_finding.bedside import bedside_page

        write_page(args.html, bedside_page(answer.design, answer.found, len(history), then=then))
    return out(args, record, text)
