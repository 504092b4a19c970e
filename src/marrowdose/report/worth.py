"""What trials are worth, by size and design: record, text and page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from ..trial.ranging.characteristics import Estimate
from ..trial.ranging.worth import Rank, Stakes, Worth
from .figures.worth import net_figure
from .population import page, table

_95 = 1.959963984540054
SHOWN = ("by_rule", "best_use", "perfect")
LATER = "The price of waiting for the trial is not counted; the setting of the trial is taken to be the population's."


def record(curves: Sequence[tuple[str, Sequence[tuple[int, Worth]]]], ranks: Sequence[Rank], stakes: Stakes, truth: str, trials: int, seed: int) -> dict[str, Any]:  # fmt: skip
    """Worth by design and planned size; ``ranks`` where there are several designs."""
    return {
        "truth": truth,
        "population": stakes.population,
        "margin": stakes.margin,
        "per_patient": stakes.per_patient,
        "fixed": stakes.fixed,
        "trials": trials,
        "seed": seed,
        "designs": [
            {"design": name, "sizes": [{"planned_patients": n, **_estimates(w)} for n, w in found]}
            for name, found in curves
        ],
        "worth_most_per_patient": [
            {"design": r.design, "planned_patients": r.patients, "net_per_trial_patient": _pair(r.net_per_trial_patient),
             "less_than_the_best": {**_pair(r.less), "interval_95": r.interval}}
            for r in ranks
        ] if len(curves) > 1 else [],
    }  # fmt: skip


def _pair(e: Estimate) -> dict[str, Any]:
    return {"value": e.value, "monte_carlo_se": e.error}


def _estimates(found: Worth) -> dict[str, Any]:
    pairs = {k: _pair(v) for k, v in found._asdict().items() if isinstance(v, Estimate)}
    net = found.net
    pairs["net"]["interval_95"] = (net.value - _95 * net.error, net.value + _95 * net.error)
    return pairs


def _told(pair: dict[str, Any], digits: int = 2) -> str:
    return f"{pair['value']:.{digits}f} ± {pair['monte_carlo_se']:.{digits}f}"


def text(told: dict[str, Any]) -> str:
    """The same for the terminal; points of benefit to one patient are the currency."""
    lines = [
        f"Points of benefit per patient of a population of {told['population']}; net: over the population, less the price; "
        f"{told['trials']} trials of each size; ± is one Monte-Carlo standard error"
    ]
    for one in told["designs"]:
        rows = [
            [str(row["planned_patients"]), *(_told(row[k]) for k in SHOWN), _told(row["net"], 0), _told(row["net_per_trial_patient"], 1)]
            for row in one["sizes"]
        ]  # fmt: skip
        heads = ["planned size", "by its rule", "best use", "perfect", "net", "net per patient"]
        best = max(one["sizes"], key=lambda row: row["net"]["value"])
        verdict = (
            f"Largest net benefit: {best['planned_patients']} patients"
            if best["net"]["value"] > 0
            else "No size is worth its price by the design's own rule"
        )
        lines += [one["design"], table(heads, rows).rstrip(), verdict]
    ranks = told["worth_most_per_patient"]
    if ranks:
        lines.append("Worth most for one trial patient, each design at the size of its largest net benefit:")
        for r in ranks:
            low, high = r["less_than_the_best"]["interval_95"]
            less = f"; {r['less_than_the_best']['value']:+.1f} ({low:+.1f} to {high:+.1f}) against the first" if r is not ranks[0] else ""  # fmt: skip
            lines.append(f"  {r['design']}, {r['planned_patients']} patients: {_told(r['net_per_trial_patient'], 1)}{less}")  # fmt: skip
    return "\n".join([*lines, LATER]) + "\n"


def html(told: dict[str, Any]) -> str:
    """Net-benefit curves over sample size, and the numbers."""
    curves = [
        (one["design"], [(row["planned_patients"], row["net"]["value"], *row["net"]["interval_95"]) for row in one["sizes"]])
        for one in told["designs"]
    ]  # fmt: skip
    parts = [
        ("Net benefit by sample size", net_figure(curves)),
        ("Numbers", f"<pre tabindex='0'>{escape(text(told))}</pre>"),
    ]
    return page("What the trial is worth", parts, stale=False)
