"""Renderings of a planned dose-finding trial: text, and one page with pictures, from the record of
``power``.
"""

from __future__ import annotations

from ...domain import BANNER
from ..frame.document import PageBlock, Picture, Section, Table, as_text
from ..frame.numbers import decimals, share, significant, tenths
from ..frame.page import page
from .analysis import Record, dose_words
from .figures import lines_figure


def power_text(record: Record) -> str:
    """Patients, power by truth, and what the estimates will be worth."""
    n, doses = record["n"], record["doses"]
    arms = ", ".join(f"{k} at dose {d:g}" for k, d in zip(n, doses, strict=True))
    text = [BANNER, f"{record['total']} patients: {arms}"]
    text += [f"power {decimals(p, 3)} if the truth is {label}" for label, p in record["power"].items()]
    values = list(record["power"].values())
    least, mean = decimals(min(values), 3), decimals(sum(values) / len(values), 3)
    text.append(f"least {least}, mean {mean}; {_sides(record)}")
    for label, e in record.get("estimation", {}).items():
        error = f"{significant(e['curve_rmse'])} ± {significant(e['curve_rmse_error'], 1)} (standard error)"
        target = dose_words(e["target_dose"]["true"])
        text.append(
            f"if the truth is {label}: root mean squared error of the fitted curve {error}, as precise as"
            f" plain means of {tenths(e['efficiency'])} times the patients; target dose {target}, 90 % of"
            f" estimates {_estimated(e)}"
        )
    return as_text(*text)


def _sides(record: Record) -> str:
    return f"{'two' if record['sides'] == 2 else 'one'}-sided {record['alpha']:g}"


def _estimated(estimation: Record) -> str:
    dose = estimation["target_dose"]
    if dose["median"] is None:
        return "none: no trial has one"
    return (
        f"{significant(dose['lower'])} to {significant(dose['upper'])}, in the {share(dose['share'])} of"
        " trials that have one"
    )


def _tables(record: Record) -> list[Table]:
    """Patients, power, precision of the estimates."""
    arms = zip(record["doses"], record["n"], strict=True)
    error = significant(record["monte_carlo_se"], 1)
    found = [
        Table(
            f"Patients by dose, {record['total']} in all",
            ["dose", "patients"],
            [[f"{d:g}", str(k)] for d, k in arms],
        ),
        Table(
            f"Power, {_sides(record)} (Monte-Carlo standard error {error})",
            ["if the truth is", "power"],
            [[label, decimals(p, 3)] for label, p in record["power"].items()],
        ),
    ]
    return [*found, _estimation(record["estimation"])] if "estimation" in record else found


def _estimation(record: Record) -> Table:
    head = ["if the truth is", "error of the curve", "times the patients", "target dose"]
    rows = [
        [
            label,
            significant(e["curve_rmse"]),
            tenths(e["efficiency"]),
            dose_words(e["target_dose"]["true"]),
            _estimated(e),
        ]
        for label, e in record.items()
    ]
    caption = "How well it will be estimated (2,000 simulated trials each)"
    return Table(caption, [*head, "90 % of its estimates"], rows, words=[4])


def power_page(record: Record) -> str:
    """One page: candidate shapes, power over the size of the trial, numbers."""
    shapes, over = record["candidates"], record["over"]
    candidates = lines_figure(
        [(label, shapes["dose"], ys) for label, ys in shapes["effect"].items()],
        title="Candidate dose-responses",
        x_name="dose",
        y_name="effect over placebo",
        uid="candidates",
    )
    power = lines_figure(
        [(label, over["total"], ys) for label, ys in over["power"].items()],
        title="Power of the contrast test",
        x_name="patients in the trial",
        y_name="power",
        at=(record["total"], f"{record['total']} patients"),
        level=record["target"],
        uid="power",
    )
    parts: list[Section[PageBlock]] = [
        Section("If the truth is one of these", [Picture(svg=candidates)]),
        Section("Power by the size of the trial", [Picture(svg=power)]),
        Section("Numbers", _tables(record)),
    ]
    return page("Plan of a dose-finding trial", parts)
