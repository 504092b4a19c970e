"""Renderings of a virtual population: text, record, page, and the patients themselves as Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ...domain import BANNER
from ...files.parquet import parquet_file
from ...joint.batches import Piece
from ...joint.labels import LABELS, statement
from ...joint.population import OUTPUTS, Population
from ...joint.tally import MCID, QUANTILES, Batch, Summary
from ...joint.weighting import Weighting
from ...units import Array
from ...wording import dose_text, number, percent
from ..frame.document import Block, PageBlock, Picture, Section, Table, Verbatim, as_text
from ..frame.numbers import banded, significant, tenths, whole
from ..frame.page import page
from .figure_population import gains_figure
from .record import JointPopulationRecord, TargetMet
from .run import claims_part, mark

Clinical = tuple[
    Array, Array
]  # mean effect by dose, and its 2.5 and 97.5 % quantiles: what the trials support
MEANING = (
    "Patients differ here both because knees differ and because little is known of the mechanism: the spread"
    " is not a measured spread of patients."
)
TRIALS_SAY = (
    "The last column is the plan's own synthesis of the randomised trials, by placebo-adjusted mean (95 %"
    " interval): where it differs, believe it and not this model."
)
_LOW_SHARE = 0.05


def weighting_record(w: Weighting | None) -> list[TargetMet] | None:
    """Each target: what was measured, what the population says before and after weighting, what it costs."""
    if w is None:
        return None
    return [
        {
            "name": t.name,
            "quantity": t.quantity,
            "dose": t.dose,
            "minus_dose": t.minus_dose,
            "month": t.month,
            "value": t.value,
            "se": t.se,
            "unit": t.unit,
            "kind": t.kind,
            "source": t.source,
            "row": t.row or None,
            "note": t.note,
            "before": float(before),
            "after": float(after),
            "effective_share_without": float(without),
        }
        for t, before, after, without in zip(w.targets, w.before, w.after, w.share_without, strict=True)
    ]


def record(found: Summary, clinical: Clinical | None) -> JointPopulationRecord:
    """Everything shown, as plain values."""
    p = found.population
    return {
        "schema": "joint-population/1",
        "banner": BANNER,
        "tier": p.tier,
        **statement(p.tier),
        "meaning": MEANING,
        "patients": p.patients,
        "seed": p.seed,
        "doses": list(p.doses),
        "months": list(p.months),
        "repeats": list(p.repeats),
        "targets": weighting_record(found.weighting),
        "effective_share": found.weighting.effective_share if found.weighting else 1.0,
        "effective_patients": found.effective,
        "share_se": found.share_se,
        "mean": found.mean,
        "quantiles": list(QUANTILES),
        "bands": found.bands,
        "trials_say": (
            None
            if clinical is None
            else {
                "month": p.months[shown_month(p)],
                "pain_gain_mean": clinical[0].tolist(),
                "q025": clinical[1][0].tolist(),
                "q975": clinical[1][1].tolist(),
                "meaning": TRIALS_SAY,
            }
        ),
        "mcid": found.mcid,
        "mcid_source": MCID.source,
        "beats_no_cells_by_mcid": found.beats_by_mcid,
        "responders": found.responders,
        "responders_undetermined": found.undetermined,
        "failed": [{"patient": k, "reason": why} for k, why in found.failures],
    }


def warnings(w: Weighting | None) -> list[str]:
    """Sentences on how well the targets are met, the dearest named."""
    if w is None:
        return ["Unweighted: the patients are drawn from the ranges and were not brought towards any trial."]
    said = []
    off = [t.name for t, after in zip(w.targets, w.after, strict=True) if abs(after - t.value) > 2 * t.se]
    if off:
        said.append(f"Still more than two standard errors away after weighting: {'; '.join(off)}.")
    if w.effective_share < _LOW_SHARE:
        dearest = int(np.argmax(w.share_without))
        said.append(
            f"The targets lie at the edge of what the ranges can do: {_fine(w.effective_share)} of the"
            f" patients carry the weight. The target that costs most is “{w.targets[dearest].name}”: without"
            f" it, {_fine(float(w.share_without[dearest]))} would carry it."
        )
    return said


def _fine(share: float) -> str:
    return f"{significant(100 * share, 2)} %"


def shown_month(population: Population) -> int:
    """The month shown by dose: 12 where it was asked, else the last."""
    return population.months.index(12.0) if 12.0 in population.months else len(population.months) - 1


def _rows(found: Summary, m: int, clinical: Clinical | None) -> list[list[str]]:
    band = found.bands["pain_gain"][:, m]
    rows = [
        [
            dose_text(d),
            number(found.mean["pain_relief"][k, m]),
            (f"{number(found.mean['pain_gain'][k, m])} ({', '.join(map(number, band[k]))})" if k else "–"),
            percent(found.beats_by_mcid[k, m]) if k else "–",
            (
                f"{percent(found.responders[k, m])} to"
                f" {percent(found.responders[k, m] + found.undetermined[k, m])}"
            ),
            tenths(found.mean["cartilage_change"][k, -1]),
        ]
        for k, d in enumerate(found.population.doses)
    ]
    if clinical is None:
        return rows
    mean, (lower, upper) = clinical
    said = [banded(x, a, b, number) for x, a, b in zip(mean, lower, upper, strict=True)]
    return [[*row, trials if k else "–"] for k, (row, trials) in enumerate(zip(rows, said, strict=True))]


def _heads(found: Summary, m: int, clinical: Clinical | None) -> list[str]:
    month, last = found.population.months[m], found.population.months[-1]
    return [
        "dose [M]",
        f"pain removed, month {month:g}",
        "more than with no cells (10, 50, 90 %)",
        f"by ≥ {found.mcid:g} points",
        "responders",
        f"cartilage, month {last:g} [%]",
        *(["what the trials support"] if clinical else []),
    ]


def _by_dose(found: Summary, clinical: Clinical | None, caption: str = "") -> Table:
    m = shown_month(found.population)
    return Table(caption, _heads(found, m, clinical), _rows(found, m, clinical))


def text(found: Summary, clinical: Clinical | None) -> str:
    """Tables of doses and of targets, and what to make of them."""
    p = found.population
    again = f", again at month {', '.join(f'{r:g}' for r in p.repeats)}" if p.repeats else ""
    lines: list[Block] = [BANNER, f"Tier {p.tier}. {LABELS[p.tier].capitalize()}.", MEANING, ""]
    lines += [f"{p.patients:,} virtual patients, seed {p.seed}{again}", "", _by_dose(found, clinical), ""]
    lines.append(
        f"Monte-Carlo standard error of a share: up to {percent(found.share_se)} ({whole(found.effective)}"
        " effective patients)."
    )
    lines += [TRIALS_SAY] if clinical else []
    if found.weighting:
        lines += ["", _target_table(found.weighting)]
    lines += ["", *warnings(found.weighting)]
    if found.failures:
        first = "; ".join(f"{k} ({why})" for k, why in found.failures[:5])
        lines.append(f"{len(found.failures)} patients failed: {first}.")
    return as_text(*lines)


def _target_table(w: Weighting, caption: str = "") -> Table:
    rows = [
        [
            t.name,
            f"{significant(t.value)} ± {significant(t.se, 2)}",
            significant(before),
            significant(after),
            t.unit,
            t.kind,
        ]
        for t, before, after in zip(w.targets, w.before, w.after, strict=True)
    ]
    return Table(caption, ["target", "measured", "drawn", "weighted", "unit", "kind"], rows, words=(4, 5))


def html(found: Summary, clinical: Clinical | None) -> str:
    """The page: claims, gain by dose, targets."""
    p, m = found.population, shown_month(found.population)
    drawn = gains_figure(
        p.doses[1:],
        found.mean["pain_gain"][1:, m],
        found.bands["pain_gain"][1:, m],
        p.months[m],
        mark(p.tier),
    )
    notes = [MEANING, *warnings(found.weighting), *([TRIALS_SAY] if clinical else [])]
    by_dose = _by_dose(found, clinical, "What the virtual patients gain, by dose")
    parts: list[Section[PageBlock]] = [
        claims_part(p.tier),
        Section("What the virtual patients show", [*notes, Picture(svg=drawn), by_dose]),
    ]
    if found.weighting:
        targets = _target_table(found.weighting, "What the trials measured, before and after weighting")
        parts.append(Section("Brought towards these trials", [targets]))
    parts.append(Section("Numbers", [Verbatim(text(found, clinical))]))
    return page(f"{p.patients:,} virtual patients ({mark(p.tier)})", parts)


def to_parquet(path: str, found: Iterable[Piece], population: Population) -> Iterator[Piece]:
    """Hand the pieces on, writing the patients of each: one row a patient and dose; whole or not at all.

    Raises ``InputError`` where pyarrow is missing or the file cannot be written.
    """
    said = {
        "banner": BANNER,
        "label": LABELS[population.tier],
        "meaning": MEANING,
        "seed": str(population.seed),
    }
    with parquet_file(path, said) as write:
        for piece in found:
            assert piece.batch is not None, "pieces without their patients"
            write(columns(piece.batch, population))
            yield piece


def columns(batch: Batch, population: Population) -> dict[str, Array]:
    """Columns of one batch, patient by patient, dose by dose: ``pain_12`` is pain at month 12; NaN for the
    failed.
    """
    arms, people = len(population.doses), len(batch.weight)
    found: dict[str, Array] = {
        "patient": np.repeat(np.arange(batch.first, batch.first + people), arms),
        "dose": np.tile(np.asarray(population.doses), people),
        "weight": np.repeat(batch.weight, arms),
    }
    found |= {name: np.repeat(values, arms).astype(np.float32) for name, values in batch.person.items()}
    for name in OUTPUTS:
        flat = np.ascontiguousarray(batch.results[name].reshape(people * arms, -1).T, dtype=np.float32)
        found |= {f"{name}_{month:g}": flat[k] for k, month in enumerate(population.months)}
    return found
