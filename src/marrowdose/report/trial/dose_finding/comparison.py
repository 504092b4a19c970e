"""Dose-finding designs compared under one truth or several: what they choose, said in sentences from the
numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ....trial.estimate import Estimate, of_outcomes
from ....trial.run import ComparedFinding
from ....trial.truths.named import PRESETS, TOP
from ...frame.document import PageBlock, Picture, Points, Section, Table, as_text, headed
from ...frame.numbers import banded, signed_tenths, significant, simulated_share, tenths
from ...frame.pictures import drawn
from ..estimates import number, percent
from ..figures import PAIRED, WHISKERS, Row, difference_figure
from .figures import chosen_figure
from .ran import compared_record
from .text import comparison_text, rests_on

SHARES = {
    "right": "right choice",
    "smallest": "smallest right choice",
    "none": "no dose chosen",
    "top": "largest dose chosen",
    "overdosed": "patients at too toxic doses",
}
_MEANS = {"total_patients": "patients", "total_toxicities": "toxicities", "months": "months"}
_ERROR = "± is one Monte-Carlo standard error"


def compare_text(compared: Sequence[ComparedFinding]) -> str:
    """The same for the terminal: every truth, then the story."""
    told = [f"If the truth is {c.name}: {comparison_text(compared_record(c))}" for c in compared]
    return "\n".join([*told, story_text(compared)])


def story_rows(compared: Sequence[ComparedFinding]) -> list[list[str]]:
    """A row a design and question, a column a truth: the largest dose, a right dose, the smallest right one,
    the response.
    """
    rows = [["", *(_short(c) for c in compared)]]
    rows.append(["right is", *(_answer(c) for c in compared)])
    asked = (
        ("top", "chooses the largest dose"),
        ("right", "chooses a right dose (or rightly none)"),
        ("smallest", "chooses the smallest right dose"),
    )
    for key, label in asked:
        for k in range(len(compared[0].designs)):
            rows.append([f"{_letter(k)} {label}", *(percent(getattr(c.found[k], key)) for c in compared)])
    for k in range(len(compared[0].designs)):
        gained = [response_chosen(c, k) for c in compared]
        if any(gained):
            rows.append(
                [
                    f"{_letter(k)}: true response at the dose chosen",
                    *("" if e is None else percent(e) for e in gained),
                ]
            )
    return rows


def response_chosen(c: ComparedFinding, k: int) -> Estimate | None:
    """Mean true response at the dose that design ``k`` chooses, without cells where it chooses none; None
    where not stated.
    """
    truth, found = c.truths[k], c.found[k]
    if truth.draws is not None or truth.efficacy is None or (truth.without is None and found.none.value > 0):
        return None
    values = (*truth.efficacy, truth.without or 0.0)
    shares = (*(e.value for e in found.chosen), found.none.value)
    return of_outcomes(values, [share * found.trials for share in shares])


def _right(c: ComparedFinding) -> list[float]:
    return sorted({d.doses[i] for d, f in zip(c.designs, c.found, strict=True) for i in f.right_doses or ()})


def _answer(c: ComparedFinding) -> str:
    """Which doses are right under this truth."""
    if any(f.right_doses is None for f in c.found):
        return "what each trial's truth says"
    found, every = _right(c), {dose for d in c.designs for dose in d.doses}
    if len(found) == len(every) > 1:
        return "any dose"
    return " or ".join(f"{d:g}" for d in found) + " M" if found else "no dose"


def rightness(c: ComparedFinding) -> str:
    """What "right" means, in a sentence."""
    said = (
        f"Right is a dose with a true toxicity of at most {_rate(c.found[0].overdose)} (the lowest that a"
        " design accepts)"
    )
    if c.truths[0].efficacy is None:
        return said + ": the highest of them."
    return (
        said
        + f" whose true response is within {100 * c.margin:g} percentage points of the best such dose; no"
        f" dose is right where the best is not more than {100 * c.margin:g} points above the response"
        " without cells."
    )


def truth_rows(c: ComparedFinding) -> list[list[str]]:
    """True toxicity and response by dose, headings first; means where each trial has its own."""
    doses = sorted({dose for d in c.designs for dose in d.doses})
    rates = [dict[float, float](), dict[float, float]()]
    for d, t in zip(c.designs, c.truths, strict=True):
        rates[0] |= dict(zip(d.doses, t.toxicity, strict=True))
        rates[1] |= dict(zip(d.doses, t.efficacy or (), strict=False))
    without = c.truths[0].without
    rows = [
        ["", *(f"{d:g} M" for d in doses), "without cells"],
        ["true toxicity", *(_rate(rates[0].get(d)) for d in doses), ""],
    ]
    if rates[1]:
        rows.append(["true response", *(_rate(rates[1].get(d)) for d in doses), _rate(without)])
    if not any(f.right_doses is None for f in c.found):
        found = _right(c)
        rows.append(["right", *("yes" if d in found else "" for d in doses), "" if found else "yes"])
    return rows


def _rate(p: float | None) -> str:
    return "–" if p is None else f"{significant(100 * p)} %"


def sentences(compared: Sequence[ComparedFinding]) -> list[str]:
    """What each design sees, and what looking at toxicity alone means where toxicity is the same in every
    truth.
    """
    first = compared[0]
    blind = [k for k, d in enumerate(first.designs) if "efficacy" not in d.needs]
    same = len({c.truths[0].toxicity for c in compared}) == 1
    said = []
    for k in blind if same else ():
        design, toxicity = first.designs[k], first.truths[k].toxicity
        tops = [c.found[k].top for c in compared]
        low, high = min(e.value for e in tops), max(e.value for e in tops)
        error = max(e.monte_carlo_se for e in tops)
        shares = " to ".join(dict.fromkeys((tenths(100 * low), tenths(100 * high))))
        others = [
            f"{design_.name} does so in"
            f" {', '.join(f'{percent(c.found[j].top)} ({_short(c)})' for c in compared)}"
            for j, design_ in enumerate(first.designs)
            if j not in blind
        ]
        least, most = (significant(100 * rate, 2) for rate in (min(toxicity), max(toxicity)))
        said.append(
            f"With toxicity of {least} to {most} %, {design.name}, which looks at toxicity alone, chooses the"
            f" largest dose in {shares} ± {tenths(100 * error)} % of the trials"
            + (f", whichever of the {len(compared)} truths holds" if len(compared) > 1 else "")
            + "".join(f"; {other}" for other in others)
            + "."
        )
    return said + [_verdict(c) for c in compared]


def _verdict(c: ComparedFinding) -> str:
    """Who is right how often under one truth, and what keeps a design from saying that no dose helps."""
    rates = ", ".join(f"{_letter(k)} in {percent(f.right)}" for k, f in enumerate(c.found))
    said = f"If the truth is {_short(c)}, right is {_answer(c)}: chosen by {rates} of the trials"
    if len(_right(c)) > 1:
        said += "; the smallest of these by " + ", ".join(
            f"{_letter(k)} in {percent(f.smallest)}" for k, f in enumerate(c.found)
        )
    gained = [response_chosen(c, k) for k in range(len(c.found))]
    if any(gained) and c.truths[0].efficacy is not None:
        best = max(e for t in c.truths for e in t.efficacy or ())
        each = ", ".join(f"{simulated_share(e.value)} ({_letter(k)})" for k, e in enumerate(gained) if e)
        said += f"; the true response at the dose chosen is {each}, at best {simulated_share(best)}"
    found = [f.right_doses for f in c.found]
    if c.truths[0].without is not None and not any(found) and None not in found:
        said += (
            ". None of these designs has a control group, so none can tell that cells do nothing; that takes"
            " a randomised trial"
        )
    return said + "."


def story_text(compared: Sequence[ComparedFinding]) -> str:
    """The table and the sentences for the terminal."""
    told = headed("", story_rows(compared))
    return as_text(letters_line(compared), told, rightness(compared[0]), *sentences(compared))


def _letter(k: int) -> str:
    return chr(ord("A") + k) if k < 26 else f"design {k + 1}"


def letters_line(compared: Sequence[ComparedFinding]) -> str:
    """Which letter of the table is which design."""
    return "; ".join(f"{_letter(k)}: {d.name}" for k, d in enumerate(compared[0].designs)) + "."


def _short(c: ComparedFinding) -> str:
    return c.name.partition(" (")[0].partition(",")[0]


def story_parts(compared: Sequence[ComparedFinding]) -> list[Section[PageBlock]]:
    """Sections of a page: the sentences, then for every truth what is chosen and the paired differences."""
    first = compared[0]
    same = (
        "All designs meet the same virtual patients: who has a toxicity at a dose in one design has it in"
        " all."
    )
    said: list[PageBlock] = [
        letters_line(compared),
        Points(sentences(compared)),
        headed(_ERROR, story_rows(compared)),
        Points([rightness(first), same, rests_on(first.truths[0])]),
    ]
    truths: list[Section[PageBlock]] = [
        Section(f"If the truth is {c.name}", _truth_blocks(c, f"truth-{k}")) for k, c in enumerate(compared)
    ]
    return [Section("What the comparison says", said), *truths]


def _truth_blocks(c: ComparedFinding, uid: str) -> list[PageBlock]:
    stated = (
        PRESETS[_short(c)][0].replace("the top dose", f"{TOP:g} M").replace("the top", f"{TOP:g} M")
        if _short(c) in PRESETS
        else ""
    )
    return [
        headed(f"What is true here{': ' + stated if stated else ''}", truth_rows(c)),
        _chosen(c, uid),
        _table(c),
        *(_difference(c, k, uid) for k in range(len(c.differences))),
    ]


def _chosen(c: ComparedFinding, uid: str) -> Picture:
    """How often each design chooses each dose, over what is true there."""
    doses = sorted({dose for d in c.designs for dose in d.doses})
    bars, toxicity, efficacy = [], dict[float, float](), dict[float, float]()
    for design, truth, found in zip(c.designs, c.truths, c.found, strict=True):
        shares = {d: (e.value, e.monte_carlo_se) for d, e in zip(design.doses, found.chosen, strict=True)}
        none = found.none.value, found.none.monte_carlo_se
        bars.append((design.name, [*(shares.get(dose) for dose in doses), none]))
        toxicity |= dict(zip(design.doses, truth.toxicity, strict=True))
        efficacy |= dict(zip(design.doses, truth.efficacy or (), strict=False))
    draw = partial(
        chosen_figure,
        [*(f"{dose:g} M" for dose in doses), "none"],
        bars,
        [*(toxicity.get(d) for d in doses), None],
        [*(efficacy.get(d) for d in doses), None],
    )
    return drawn(draw, uid, title="What is chosen", words=f"Right here: {_answer(c)}. {WHISKERS}")


def _table(c: ComparedFinding) -> Table:
    rows = [[label, *(percent(getattr(f, key)) for f in c.found)] for key, label in SHARES.items()]
    rows += [[label, *(number(getattr(f, key)) for f in c.found)] for key, label in _MEANS.items()]
    return Table(_ERROR, ["", *(d.name for d in c.designs)], rows)


def _difference(c: ComparedFinding, k: int, uid: str) -> Picture:
    rows: list[Row] = []
    for key, label in SHARES.items():
        e = c.differences[k][key]
        low, high = (100 * x for x in e.interval)
        rows.append((label, 100 * e.value, low, high, banded(100 * e.value, low, high, signed_tenths)))
    draw = partial(difference_figure, rows, unit="percentage points")
    title = f"{c.designs[k + 1].name} minus {c.designs[0].name}"
    return drawn(draw, f"{uid}-minus-{k}", title=title, words=PAIRED)
