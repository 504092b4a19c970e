"""Statements of popular accounts, each held against runs of the model: what it can and cannot support.

Every share is over draws from the parameter ranges for a typical knee. The rule: a statement is supported
where at least 90 % of draws agree, not supported where at most 10 % do, undecided between. A result that the
equations force whatever the parameters is "built in": the model cannot be evidence for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..errors import require_between
from ..units import Array, Points
from .knee import Knee, knee_of
from .kpd5 import KneeCourse, course

Verdict = Literal["supported", "not supported", "undecided", "built in", "cannot be asked"]
MOST, FEWEST = 0.9, 0.1
DOSES = (0.0, 1.0, 3.0, 10.0, 20.0, 50.0, 100.0, 150.0, 400.0, 1000.0)
MONTHS = (0.0, 3.0, 6.0, 12.0, 24.0, 60.0)
DRAWS = (50, 20_000)  # allowed
ENGRAFTED, CALMER, NEAR_BEST, APART = 0.1, 0.05, 0.9, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """``share`` of draws that agree with the statement as ``rule`` puts it; ``numbers``: what else was
    computed.
    """

    says: str
    verdict: Verdict
    share: float
    rule: str
    numbers: dict[str, float]
    reason: str
    source: str
    url: str


def statements(mcid: Points = 10.0, *, draws: int = 2000, seed: int = 0) -> tuple[Statement, ...]:
    """All statements, judged. ``mcid``: the change in pain that counts [points].

    Raises ``InputError`` for ``draws``.
    """
    require_between(draws, *DRAWS, where="draws")
    knee = knee_of(None)
    sets = knee.draws(draws, seed)
    run, again = course(sets, DOSES, MONTHS), course(sets, (50.0,), MONTHS, (6.0,))
    assumed = course({**sets, "k_rep": 0.0}, (100.0,), MONTHS)
    return (
        _higher_doses(run, mcid),
        _regrow(run, assumed),
        _engraft(run),
        _calm(run),
        _years(run, mcid),
        _repair(run, sets),
        _cells_alone(run, sets),
        _again(run, again),
        _overdose(run, knee),
        _best_dose(run),
    )


def verdict(share: float) -> Verdict:
    """The rule above."""
    return "supported" if share >= MOST else "not supported" if share <= FEWEST else "undecided"


def _at(values: Array, dose: float, month: float) -> Array:
    return values[:, DOSES.index(dose), MONTHS.index(month)]


def _relief(run: KneeCourse, dose: float, month: float) -> Array:
    """Points of pain that this dose removes beyond no dose."""
    return _at(run.pain, 0, month) - _at(run.pain, dose, month)


def _middle(values: Array) -> float:
    return float(np.median(values))


def _higher_doses(run: KneeCourse, mcid: float) -> Statement:
    gain = _relief(run, 100, 12) - _relief(run, 10, 12)
    share = float((gain >= mcid).mean())
    return Statement(
        says="Higher doses show promising results.",
        verdict=verdict(share),
        share=share,
        rule=f"100 million remove at least {mcid:g} points more pain than 10 million at month 12",
        numbers={
            "points gained by 100 over 10 million, median": _middle(gain),
            "points gained that 97.5 % of the draws stay below": float(np.quantile(gain, 0.975)),
        },
        reason=(
            "The signal saturates, and trial data hardly move where it does. In the one trial of both doses"
            " pain fell as much with the lower."
        ),
        source="Lamo-Espinosa 2016: VAS 7 to 2 with 10 million, 6 to 2 with 100 million",
        url="https://doi.org/10.1186/s12967-016-0998-2",
    )


def _regrow(run: KneeCourse, assumed: KneeCourse) -> Statement:
    share = float((_at(run.cartilage, 100, 12) > 1).mean())
    without = float((assumed.cartilage[:, 0, 1:] > 1).mean())
    return Statement(
        says="Cells regrow cartilage.",
        verdict=verdict(share),
        share=share,
        rule="cartilage is thicker at month 12 than before 100 million cells",
        numbers={
            "share with the repair term at 0": without,
            "share thicker at year 5": float((_at(run.cartilage, 100, 60) > 1).mean()),
        },
        reason=(
            "Any regrowth comes from one assumed term, centred on 0. Without it none is possible, and adult"
            " collagen is not replaced."
        ),
        source="Heinemeier 2016; Ma 2020 (WORMS not significant)",
        url="https://doi.org/10.1126/scitranslmed.aad8335",
    )


def _engraft(run: KneeCourse) -> Statement:
    left = {m: _at(run.cells, 100, m) / 100 for m in (3.0, 6.0)}
    share = float((left[6.0] >= ENGRAFTED).mean())
    return Statement(
        says="Cells engraft and become cartilage.",
        verdict=verdict(share),
        share=share,
        rule=f"at least {ENGRAFTED:.0%} of 100 million cells are left at month 6".replace("%", " %"),
        numbers={
            "share of cells left at month 3, median": _middle(left[3.0]),
            "share of cells left at month 6, median": _middle(left[6.0]),
        },
        reason=(
            "Most cells are lost within weeks in the animal series. That any become cartilage is not in this"
            " tier at all."
        ),
        source="Toupet 2013; Li 2016 (abstracts, animals)",
        url="http://stemcellres.biomedcentral.com/articles/10.1186/s13287-016-0420-2",
    )


def _calm(run: KneeCourse) -> Statement:
    calmer = _at(run.memory, 100, 3) - _at(run.memory, 10, 3)
    drop = (_at(run.inflammation, 10, 3) - _at(run.inflammation, 100, 3)) / _at(run.inflammation, 0, 3)
    share = float((drop >= CALMER).mean())
    forced = bool(np.all(calmer > 0))
    return Statement(
        says="More cells calm inflammation more.",
        verdict="built in" if forced else verdict(share),
        share=share,
        rule=(
            f"100 million calm by at least {100 * CALMER:.0f} % of the inflammation more than 10 million at"
            " month 3"
        ),
        numbers={
            "share of draws in which they calm more at all": float((calmer > 0).mean()),
            "extra calming, median share of the inflammation": _middle(drop),
        },
        reason=(
            "The direction is an assumption of the equations, so the model is no evidence for it; its size is"
            " small in most draws. No human trial measured it."
        ),
        source="model equations; cell cultures only (PBMC series)",
        url="https://pubmed.ncbi.nlm.nih.gov/16920750/",
    )


def _years(run: KneeCourse, mcid: float) -> Statement:
    late = _relief(run, 50, 24)
    share = float((late >= mcid).mean())
    return Statement(
        says="One injection lasts for years.",
        verdict=verdict(share),
        share=share,
        rule=f"50 million still remove at least {mcid:g} points more than no cells at month 24",
        numbers={
            "points at month 6, median": _middle(_relief(run, 50, 6)),
            "points at month 24, median": _middle(late),
            "points at year 5, median": _middle(_relief(run, 50, 60)),
        },
        reason=(
            "How long the calmed state outlives the cells is assumed (half-life 115 to 1155 days); few"
            " controlled figures exist after month 12."
        ),
        source="parameters.csv, k_off",
        url="",
    )


def _repair(run: KneeCourse, sets: dict[str, Array]) -> Statement:
    total = _at(run.pain, 0, 0) - _at(run.pain, 100, 12)
    saved = _at(run.cartilage, 100, 12) - _at(run.cartilage, 0, 12)
    structure = sets["aV"] * saved
    part = np.where(total > 0, structure / np.where(total > 0, total, 1), 0.0)
    share = float((part >= 0.5).mean())
    return Statement(
        says="Pain falls because cartilage is repaired.",
        verdict=verdict(share),
        share=share,
        rule="at least half of the relief at month 12 comes through cartilage",
        numbers={
            "largest part of the relief through cartilage, 97.5 % of draws": float(np.quantile(part, 0.975))
        },
        reason=(
            "Pain stays flat for years while cartilage falls, so the arrow from cartilage to pain is near 0."
        ),
        source="Collins 2014; Wirth 2012 (OAI)",
        url="https://doi.org/10.1016/j.joca.2014.03.009",
    )


def _cells_alone(run: KneeCourse, sets: dict[str, Array]) -> Statement:
    context = sets["P0"] * _at(run.context, 0, 3)
    cells = _relief(run, 50, 3)
    share = float((cells > context).mean())
    return Statement(
        says="The relief after an injection is the work of the cells.",
        verdict=verdict(share),
        share=share,
        rule="at month 3 the cells (50 million) remove more pain than the contextual response does",
        numbers={
            "points by the context, median": _middle(context),
            "points by the cells, median": _middle(cells),
        },
        reason="A saline injection alone is followed by relief; in a trial the two come together.",
        source="Saltzman 2017; Altman 2016",
        url="https://doi.org/10.1177/0363546516680607",
    )


def _again(run: KneeCourse, again: KneeCourse) -> Statement:
    first = _relief(run, 50, 6)
    gain = _at(run.pain, 50, 12) - again.pain[:, 0, MONTHS.index(12.0)]
    share = float((gain >= first).mean())
    return Statement(
        says="A second injection adds as much as the first.",
        verdict=verdict(share),
        share=share,
        rule=(
            "50 million again at month 6 remove as many points in the next 6 months as the first did in its"
            " first 6"
        ),
        numbers={
            "points by the first, median": _middle(first),
            "points added by the second, median": _middle(gain),
        },
        reason=(
            "Part of the calmed state is still there, so the second finds less to calm; cells add up, their"
            " effect saturates."
        ),
        source="model equations",
        url="",
    )


def _overdose(run: KneeCourse, knee: Knee) -> Statement:
    worse = _relief(run, 150, 12) < _relief(run, 50, 12)
    return Statement(
        says="Too many cells do less.",
        verdict="cannot be asked",
        share=float(worse.mean()),
        rule="150 million relieve less than 50 million at month 12",
        numbers={"points of flare per million cells in this run": knee.centre()["rho"]},
        reason=(
            "No crowding or overdose is in the prior of tier 1, so it cannot show one. No human evidence of"
            " it was found."
        ),
        source="search for this model",
        url="",
    )


def _best_dose(run: KneeCourse) -> Statement:
    """The lowest dose with most of the effect of the largest, in each draw: a claim to knowledge, so they
    must agree.
    """
    relief = run.pain[:, :1, MONTHS.index(12.0)] - run.pain[:, :, MONTHS.index(12.0)]
    wanted = NEAR_BEST * relief[:, -1]
    dose = np.exp([np.interp(w, r, np.log(DOSES[1:])) for w, r in zip(wanted, relief[:, 1:], strict=True)])
    share = float((np.abs(np.log(dose / np.median(dose))) <= np.log(APART)).mean())
    low, high = np.quantile(dose, (0.025, 0.975))
    return Statement(
        says="The mechanism tells the best dose.",
        verdict="supported" if share >= MOST else "not supported",
        share=share,
        rule=(
            f"the lowest dose with 90 % of the effect of {DOSES[-1]:g} million lies within a factor of"
            f" {APART:g} of its median; it is not told unless {100 * MOST:.0f} % of the draws agree"
        ),
        numbers={
            "lowest such dose, median": _middle(dose),
            "lowest such dose, 2.5 % of draws": float(low),
            "lowest such dose, 97.5 % of draws": float(high),
        },
        reason=(
            "In every draw more cells do at least as much, so there is no optimum; where the curve flattens"
            " is assumed, and trials hardly narrow it."
        ),
        source="Fisher information, this page",
        url="",
    )
