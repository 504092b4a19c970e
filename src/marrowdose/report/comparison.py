"""Dose-finding designs compared under one truth or several: what they choose, said in sentences from the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..trial.characteristics import Characteristics, Estimate
from ..trial.rules import Design
from ..trial.truth import Truth
from .designs import comparison_record, percent, rests_on, truth_record
from .document import Grid, Points, html_of
from .figures.designs import chosen_figure
from .figures.endings import Row, difference_figure
from .pictures import picture
from .population import table

SHARES = {"right": "right choice", "smallest": "smallest right choice", "none": "no dose chosen", "top": "largest dose chosen", "overdosed": "patients overdosed"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Several designs over the same virtual patients of one truth; ``differences`` of each from the first."""

    designs: Sequence[Design]
    truths: Sequence[Truth]
    found: Sequence[Characteristics]
    differences: Sequence[Mapping[str, Estimate]]

    @property
    def name(self) -> str:
        """Of the truth."""
        return self.truths[0].name or "the stated truth"

    @property
    def record(self) -> dict[str, Any]:
        """Designs beside each other and their paired differences."""
        told = comparison_record(self.designs, self.truths[0], self.found, self.differences)
        right = [
            f"{d.doses[i]:g}"
            for d, c in zip(self.designs, self.found, strict=True)
            for i in c.right_doses or ()
        ]
        return {
            **told,
            "truth": [truth_record(t) for t in self.truths],
            "right_doses": sorted({*right}, key=float),
        }


def story_rows(compared: Sequence[Compared]) -> list[list[str]]:
    """A row a design and question, a column a truth: the largest dose, a right dose, the smallest right one."""
    rows = [["share of trials that choose", *(_short(c) for c in compared)]]
    asked = (("top", "the largest dose"), ("right", "a right dose (or none, where right)"), ("smallest", "the smallest right dose"))  # fmt: skip
    for key, label in asked:
        for k in range(len(compared[0].designs)):
            rows.append([f"{_letter(k)}: {label}", *(percent(getattr(c.found[k], key)) for c in compared)])
    return rows


def sentences(compared: Sequence[Compared]) -> list[str]:
    """What each design sees, and what looking at toxicity alone means where toxicity is the same in every truth."""
    first = compared[0]
    blind = [k for k, d in enumerate(first.designs) if "efficacy" not in d.needs]
    same = len({c.truths[0].toxicity for c in compared}) == 1
    said = []
    for k in blind if same else ():
        design, toxicity = first.designs[k], first.truths[k].toxicity
        tops = [c.found[k].top for c in compared]
        low, high, error = min(e.value for e in tops), max(e.value for e in tops), max(e.se for e in tops)
        shares = f"{100 * low:.1f}" if low == high else f"{100 * low:.1f} to {100 * high:.1f}"
        others = [f"{design_.name} does so in {', '.join(f'{percent(c.found[j].top)} ({_short(c)})' for c in compared)}" for j, design_ in enumerate(first.designs) if j not in blind]  # fmt: skip
        said.append(
            f"With toxicity of {100 * min(toxicity):.2g} to {100 * max(toxicity):.2g} %, {design.name}, which looks at toxicity alone, chooses the largest dose in "
            f"{shares} ± {100 * error:.1f} % of the trials" + (f", whichever of the {len(compared)} truths holds" if len(compared) > 1 else "")
            + "".join(f"; {other}" for other in others) + "."
        )  # fmt: skip
    return said


def story_text(compared: Sequence[Compared]) -> str:
    """The table and the sentences for the terminal."""
    head, *rows = story_rows(compared)
    return "\n".join([table(head, rows).rstrip(), letters_line(compared), *sentences(compared)]) + "\n"


def _letter(k: int) -> str:
    return chr(ord("A") + k) if k < 26 else f"design {k + 1}"


def letters_line(compared: Sequence[Compared]) -> str:
    """Which letter of the table is which design."""
    return "; ".join(f"{_letter(k)}: {d.name}" for k, d in enumerate(compared[0].designs)) + "."


def _short(c: Compared) -> str:
    return c.name.partition(" (")[0].partition(",")[0]


def story_parts(compared: Sequence[Compared]) -> list[tuple[str, str]]:
    """Sections of a page: the sentences, then for every truth what is chosen and the paired differences."""
    said = ["All designs meet the same virtual patients: who has a toxicity at a dose in one design has it in all.", *{c.name: rests_on(c.truths[0]) for c in compared[:1]}.values()]  # fmt: skip
    body = "".join(map(html_of, sentences(compared)))
    rows = html_of(Grid("± is one Monte-Carlo standard error", story_rows(compared)))
    parts = [("What the comparison says", f"{body}{rows}{html_of(Points([letters_line(compared), *said]))}")]
    return parts + [(f"If the truth is {c.name}", _truth_part(c, f"truth-{k}")) for k, c in enumerate(compared)]  # fmt: skip


def _truth_part(c: Compared, uid: str) -> str:
    doses = sorted({dose for d in c.designs for dose in d.doses})
    labels = [*(f"{dose:g} M" for dose in doses), "none"]
    bars, toxicity, efficacy, right = [], dict[float, float](), dict[float, float](), set[float]()
    for design, truth, found in zip(c.designs, c.truths, c.found, strict=True):
        shares = {d: (e.value, e.se) for d, e in zip(design.doses, found.chosen, strict=True)}
        bars.append((design.name, [*(shares.get(dose) for dose in doses), (found.none.value, found.none.se)]))
        toxicity |= dict(zip(design.doses, truth.toxicity, strict=True))
        efficacy |= dict(zip(design.doses, truth.efficacy or (), strict=False))
        right |= {design.doses[i] for i in found.right_doses or ()}
    own = any(f.right_doses is None for f in c.found)
    answer = (
        "as the truth of each trial says"
        if own
        else ", ".join(f"{d:g} M" for d in sorted(right)) or "no dose"
    )
    chosen = picture(
        "What is chosen", f"Right here: {answer}. Whiskers are 95 % intervals of the simulation.",
        lambda w, u: chosen_figure(labels, bars, [*(toxicity.get(d) for d in doses), None], [*(efficacy.get(d) for d in doses), None], width=w, uid=u), uid,
    )  # fmt: skip
    return chosen + _table(c) + "".join(_difference(c, k, uid) for k in range(len(c.differences)))


def _table(c: Compared) -> str:
    rows = [["", *(d.name for d in c.designs)]]
    for key, label in SHARES.items():
        rows.append([label, *(percent(getattr(f, key)) for f in c.found)])
    for key, label in (
        ("total_patients", "patients"),
        ("total_toxicities", "toxicities"),
        ("months", "months"),
    ):
        rows.append([label, *(f"{getattr(f, key).value:.2f} ± {getattr(f, key).se:.2f}" for f in c.found)])
    return html_of(Grid("± is one Monte-Carlo standard error", rows))


def _difference(c: Compared, k: int, uid: str) -> str:
    rows: list[Row] = []
    for key, label in SHARES.items():
        e = c.differences[k][key]
        low, high = (100 * x for x in e.interval)
        rows.append((label, 100 * e.value, low, high, f"{100 * e.value:+.1f} ({low:+.1f} to {high:+.1f}) %"))
    return picture(
        f"{c.designs[k + 1].name} minus {c.designs[0].name}",
        "Differences trial by trial over the same patients; lines are 95 % intervals of the simulation.",
        lambda w, u: difference_figure(rows, unit="percentage points", width=w, uid=u), f"{uid}-minus-{k}",
    )  # fmt: skip
