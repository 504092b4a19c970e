"""One page a simulation or a comparison of longitudinal designs: pictures, numbers, rules."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from ..trial.ranging.design import Planned
from ..trial.ranging.simulate import Results
from .figures.ranging import answer_figure, ending_figure, estimate_figure
from .population import page
from .ranging import arms, comparison_lines, lines


def run_page(planned: Planned, told: dict[str, Any], found: Results) -> str:
    """Answers, estimates over the truth, endings, characteristics and rules of one design."""
    return page(f"Trial design: {planned.design.name}", _parts(planned, told, found, 0), stale=False)


def compare_page(designs: Sequence[Planned], told: Sequence[dict[str, Any]], found: Sequence[Results], differences: Sequence[dict[str, Any]]) -> str:  # fmt: skip
    """Every design's pictures and rules, and the paired differences."""
    parts = [("Side by side, over the same virtual patients", _pre(comparison_lines(differences)))]
    for k, (planned, row, results) in enumerate(zip(designs, told, found, strict=True)):
        parts += _parts(planned, row, results, k)
    return page("Trial designs compared", parts, stale=False)


def _parts(planned: Planned, told: dict[str, Any], found: Results, k: int) -> list[tuple[str, str]]:
    design, rows = planned.design, told["arms"]
    named = [(row["named"]["value"], row["named"]["monte_carlo_se"]) for row in rows]
    total = told["patients"]["value"]
    low, high = np.nanquantile(found.benefit, [0.025, 0.975], axis=0)
    spread = [
        (float(m), float(a), float(b))
        for m, a, b in zip(np.nanmean(found.benefit, axis=0), low, high, strict=True)
    ]
    ends = [(f"after {n} patients" if n < design.patients else "at the end", float((found.look == i).mean())) for i, n in enumerate(design.stages)]  # fmt: skip
    labels = ["no dose", *arms(design)[1:]]
    pictures = [
        answer_figure(labels, named, [row["patients"]["value"] / total for row in rows], uid=f"answers-{k}"),
        estimate_figure(
            labels[1:], [row["true_benefit"]["value"] for row in rows[1:]], spread, uid=f"estimates-{k}"
        ),
        ending_figure(ends, uid=f"endings-{k}"),
    ]
    rules = "".join(f"<li>{escape(s)}</li>" for s in design.analysis.sentences())
    return [(design.name, "".join(pictures)), (f"Characteristics: {design.name}", _pre(lines(told))), (f"Rules: {design.name}", f"<ul>{rules}</ul>")]  # fmt: skip


def _pre(text: Sequence[str]) -> str:
    return f"<pre tabindex='0'>{escape(chr(10).join(text))}</pre>"
