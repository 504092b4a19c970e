"""``marrowdose joint run``: the course of one knee with a dose, beside the same knee without."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ...domain import Patient
from ...errors import require_seed
from ...files.json import read_json
from ...joint.hypothesis import hypothesis, tier2
from ...joint.knee import knee_of
from ...joint.outlook import outlook
from ...joint.parameters import settings
from ...patient.intake import patient_from
from ...report.joint import run as page
from ..answer import OK, SEE_PATIENT, answer, write_page
from ..arguments import numbers


def run(args: argparse.Namespace) -> int:
    """Print the course as text or JSON, and write its page; returns the exit code."""
    asked: dict[str, Any] = {
        "months": args.months,
        "repeats": numbers(args.repeats, "repeats") if args.repeats is not None else [],
        "draws": args.draws,
        "seed": require_seed(args.seed),
    }
    patient = _patient(args.patient)
    if args.tier == 1:
        found = outlook(knee_of(patient, settings(args.set)), args.dose, **asked)
    else:
        found = hypothesis(knee_of(patient, settings(args.set, tier2())), args.dose, **asked)
    if args.html is not None:
        write_page(args.html, page.run_html(found))
    answer(args, page.run_record(found), page.run_text(found))
    return OK


def _patient(path: str | None) -> Patient | None:
    if path is None:
        return None
    return patient_from(read_json(Path(path), see=SEE_PATIENT), path, see=SEE_PATIENT)
