"""``marrowdose plan``: a dose for one patient, its reasons and its doubts."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

from ..domain import Goal, Patient
from ..errors import InputError, require_seed
from ..files.json import read_json, text_of
from ..patient.advice import advise
from ..patient.ask import ask
from ..patient.intake import EXAMPLE, goal_from, goal_text, patient_from
from ..report.plan.how_it_may_act import action_of
from ..report.plan.json import to_json
from ..report.plan.page import to_html
from ..report.plan.terminal import print_plan
from .answer import OK, REFUSED, SEE_PATIENT, advising, tell, write_page
from .fitted import fit_of


def run(args: argparse.Namespace) -> int:
    """Print the plan as text or JSON, and write its page; returns the exit code."""
    if args.show_example:
        print(text_of(EXAMPLE), end="")
        return OK
    patient, goal = _patient(args), _goal(args.goal)
    fit, stale = fit_of(args)
    rec = advise(fit, patient, goal, seed=require_seed(args.seed), stale=stale)
    action = action_of(rec)
    if args.html is not None:
        write_page(args.html, to_html(rec, action))
    if args.json:
        print(to_json(rec, action), end="")
    else:
        print_plan(rec, action=action)
        if args.html is not None:
            print(f"Report written to {args.html}")
    if rec.verdict == "refused":
        tell(f"refused: {'; '.join(rec.reasons)}.")
        return REFUSED
    return OK


def _patient(args: argparse.Namespace) -> Patient:
    if (args.patient is not None) + args.example + args.ask != 1:
        raise InputError("give one patient", where="plan", allowed="PATIENT.json, --example or --ask")
    if args.ask:
        with contextlib.redirect_stdout(sys.stderr if args.json else sys.stdout):
            return patient_from(ask(input), "answers")
    if args.example:
        return patient_from(EXAMPLE, "example")
    return patient_from(read_json(Path(args.patient), see=SEE_PATIENT), args.patient, see=SEE_PATIENT)


def _goal(text: str) -> Goal:
    """The goal in a JSON file, or in the text itself."""
    if text.endswith(".json"):
        return goal_from(read_json(Path(text), see=SEE_PATIENT), text)
    with advising('write for example --goal "month=6,comparator=ha"'):
        given = goal_text(text)
    return goal_from(given)
