"""``marrowdose trial next``: the next dose of a running trial, and why."""

from __future__ import annotations

import argparse

from ...files.toml import read_document
from ...report.trial.dose_finding.ran import next_record
from ...report.trial.dose_finding.text import next_text
from ...trial.dose_finding.history import read_history
from ...trial.kinds import read_part_one
from ...trial.run import AskedNext, next_dose
from ..answer import advising, write_page
from .shown import out


def run(args: argparse.Namespace) -> int:
    """Prints the result, returns the exit code."""
    document = read_document(args.design)
    history = read_history(args.history, read_part_one(document)[0].design)
    asked = AskedNext(design=document, history=history, as_given=args.as_given, where=args.history)
    with advising("correct the history, or say --as-given if it was meant"):
        answer = next_dose(asked)
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
