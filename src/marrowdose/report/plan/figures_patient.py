"""Pictures of one patient: cells against other treatments, 100 such patients, inputs, follow-up."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ... import wording
from ...domain import Band, Domain, FollowUpRow, Recommendation
from ...outcomes import INSTRUMENTS
from ...wording import TREATMENT, capital
from ..frame import numbers, svg
from ..frame.svg import DEEP, INK, MID, MUTED, PALE, SOFT, WIDE, Pixels, Scale, Svg, nothing
from ..frame.words import LABEL
from . import words

# cells against the others -------------------------------------------------------------------------------


def comparator_figure(rec: Recommendation, width: Pixels = WIDE, uid: str = "comparators") -> Svg:
    """One patient's improvement with placebo, the comparators and cells, in the same points.

    Where today's score is not known there is no improvement to draw: the differences are drawn instead.
    """
    row = words.named_row(rec)
    outlook = words.outlook_of(row, rec.goal.domain) if row else None
    if row is None or outlook is None:
        return nothing(uid, "Cells and the other treatments", width)
    cells = f"{wording.dose_text(row.dose)} million cells"
    if outlook.improvement is None:
        title = f"{cells} minus the other treatment: points of {rec.goal.domain}"
        entries = [
            (
                f"minus {LABEL[v.comparator].lower()}",
                v.difference,
                f"{wording.percent(v.p_better)} sure of more",
            )
            for v in outlook.versus
        ]
        return _intervals(rec, entries, title, "band", width, uid)
    title = f"One patient's change in {rec.goal.domain}: points from today"
    entries = [
        (LABEL[c.comparator], o.improvement, _reaching(o.p_improvement_mcid))
        for c in rec.comparators
        for o in c.outlook
        if o.domain == rec.goal.domain and o.improvement is not None
    ]
    entries.append((cells, outlook.improvement, _reaching(outlook.p_improvement_mcid)))
    return _intervals(rec, entries, title, "of such patients", width, uid)


def _reaching(p: float | None) -> str:
    return "" if p is None else f"{wording.people(p)} reach the MCID"


def _intervals(
    rec: Recommendation,
    entries: Sequence[tuple[str, Band, str]],
    title: str,
    of: str,
    width: Pixels,
    uid: str,
) -> Svg:
    if not entries:
        return nothing(uid, title, width)
    ticks = svg.nice_ticks(
        min(0, *(b.q025 for _, b, _ in entries)), max(rec.goal.mcid, *(b.q975 for _, b, _ in entries))
    )
    top, step = 40.0, 46.0
    bottom = top + step * len(entries)
    x = Scale(ticks[0], ticks[-1], 12, width - 14)
    mcid = x(rec.goal.mcid)
    drawn = "".join(_interval(i, entry, x, top + step * i, width) for i, entry in enumerate(entries))
    each = "; ".join(f"{name} {numbers.estimate(band)} {note}".strip() for name, band, note in entries)
    keys, height = svg.legend(_interval_keys(of), 0, bottom + 38, width)
    return svg.figure(
        uid,
        title,
        f"{title}. Mean and 95 % band: {each}.",
        width,
        bottom + 34 + height,
        svg.text(0, 13, title, font_weight=600),
        svg.x_grid(ticks, x, top - 6, bottom, numbers.signed),
        svg.line(x(0), top - 6, x(0), bottom, stroke=INK, stroke_width=1.4),
        svg.line(mcid, top - 6, mcid, bottom, stroke=INK, stroke_width=1.4, stroke_dasharray="6 4"),
        svg.label(mcid, top - 11, "MCID", text_anchor="middle"),
        drawn,
        keys,
    )


def _interval(i: int, entry: tuple[str, Band, str], x: Scale, y: Pixels, width: Pixels) -> str:
    name, band, note = entry
    cells = "cells" in name or "minus" in name
    hues = (DEEP, MID, DEEP) if cells else (MUTED, PALE, INK)
    at, mark = y + 28, svg.dot if cells else svg.square
    return (
        svg.label(0, y + 13, name[0].upper() + name[1:], font_weight=600 if cells else None)
        + svg.label(width - 2, y + 13, note, text_anchor="end", font_weight=600 if cells else None)
        + svg.line(x(band.q025), at, x(band.q975), at, stroke=hues[0], stroke_width=1.6)
        + svg.line(x(band.q10), at, x(band.q90), at, stroke=hues[0], stroke_width=4)
        + svg.line(x(band.q25), at, x(band.q75), at, stroke=hues[1], stroke_width=9)
        + mark(x(band.mean), at, 4.5, fill=hues[2], stroke="#fff", stroke_width=1.2)
    )


def _interval_keys(of: str) -> list[tuple[str, str]]:
    return [
        (svg.square(0, 0, 4.5, fill=INK), "mean"),
        (svg.line(-9, 0, 9, 0, stroke=PALE, stroke_width=9), "50 %"),
        (svg.line(-9, 0, 9, 0, stroke=MUTED, stroke_width=4), "80 %"),
        (svg.line(-9, 0, 9, 0, stroke=MUTED, stroke_width=1.6), f"95 % {of}"),
    ]


# 100 such patients --------------------------------------------------------------------------------------


def icon_figure(rec: Recommendation, width: Pixels = WIDE, uid: str = "icons") -> Svg:
    """100 such patients with cells and with the comparator: who improves by the MCID, who is a responder.

    The two questions are drawn apart: the Recommendation does not hold how the two answers coincide.
    """
    goal, row = rec.goal, words.named_row(rec)
    outlook = words.outlook_of(row, goal.domain) if row else None
    title = "100 such patients, with cells and without"
    if row is None or outlook is None or outlook.p_improvement_mcid is None:
        return nothing(uid, title, width)
    other = words.without_cells(rec, goal.comparator, goal.domain)
    cells, without = f"{wording.dose_text(row.dose)} million cells", TREATMENT[goal.comparator]
    asked = f"{goal.domain.capitalize()} better by {wording.number(goal.mcid)} points or more"
    blocks = [(asked, cells, outlook.p_improvement_mcid, 0.0)]
    p_without = other[1].p_improvement_mcid if other else None
    blocks += [] if p_without is None else [(asked, without, p_without, 0.0)]
    rule = "Responders (OMERACT-OARSI)"
    if row.p_responder is not None:
        blocks.append((rule, cells, row.p_responder, row.p_responder_undetermined or 0.0))
    if other and other[0].p_responder is not None:
        blocks.append((rule, without, other[0].p_responder, 0.0))
    each = "; ".join(f"{asked}, {who}: {wording.people(p)}" for asked, who, p, _ in blocks)
    drawn, bottom = _blocks(blocks, width)
    entries = [(_icon(0, 0, "yes", 5), "yes"), (_icon(0, 0, "no", 5), "no")]
    if any(round(100 * u) for *_, u in blocks):
        entries.insert(1, (_icon(0, 0, "undetermined", 5), "undetermined"))
    keys, height = svg.legend(entries, 0, bottom + 6, width)
    return svg.figure(uid, title, f"{title}. {each}.", width, bottom + height, drawn, keys)


def _blocks(blocks: Sequence[tuple[str, str, float, float]], width: Pixels) -> tuple[str, Pixels]:
    """A row of blocks for each question; 20 icons across where there is room, 10 where not."""
    across, gap = (20, 28.0) if width >= 440 else (10, 24.0)
    pitch = (width - gap) / 2 / across
    drawn, y = [], 0.0
    for asked in dict.fromkeys(block[0] for block in blocks):
        drawn.append(svg.text(0, y + 13, asked, font_weight=600))
        for column, (_, who, p, u) in enumerate(block for block in blocks if block[0] == asked):
            x = column * (width + gap) / 2
            drawn.append(svg.text(x, y + 33, f"{who[0].upper()}{who[1:]}: {wording.people(p)}"))
            drawn.append(_hundred(x, y + 42, p, u, across, pitch))
        y += 42 + pitch * 100 / across + 18
    return "".join(drawn), y


def _hundred(x: Pixels, y: Pixels, p: float, undetermined: float, across: int, pitch: Pixels) -> str:
    yes, maybe = round(100 * p), round(100 * undetermined)
    kinds = ["yes"] * yes + ["undetermined"] * maybe + ["no"] * 100
    return "".join(
        _icon(x + pitch * (i % across + 0.5), y + pitch * (i // across + 0.5), kinds[i], 0.36 * pitch)
        for i in range(100)
    )


def _icon(x: Pixels, y: Pixels, kind: str, r: Pixels) -> str:
    """Told apart by shape and by shade: a full disc, a half-dark diamond, a small open ring."""
    if kind == "yes":
        return svg.dot(x, y, r)
    if kind == "undetermined":
        return svg.diamond(x, y, r, fill=SOFT, stroke=DEEP, stroke_width=1)
    return svg.dot(x, y, 0.62 * r, fill="#fff", stroke=MUTED, stroke_width=1)


# what each input changed --------------------------------------------------------------------------------


def inputs_figure(rec: Recommendation, width: Pixels = WIDE, uid: str = "inputs") -> Svg:
    """Expected points with each input, as the change from not knowing it."""
    title = "What each input changed"
    changes = [effect.benefit_with - effect.benefit_without for effect in rec.inputs]
    if not changes:
        return nothing(uid, title, width)
    most = max(1.0, *(abs(c) for c in changes))
    x, top, step = Scale(-most, most, 12, width - 12), 28.0, 38.0
    drawn = []
    for i, (effect, change) in enumerate(zip(rec.inputs, changes, strict=True)):
        y = top + step * i
        drawn += [
            svg.line(x.start, y + 24.5, x.end, y + 24.5),
            svg.tag("rect", x=x(min(0, change)), y=y + 20, width=abs(x(change) - x(0)), height=9, fill=DEEP),
            svg.line(x(0), y + 14, x(0), y + 33, stroke=INK, stroke_width=1.4),
            svg.label(0, y + 14, f"{capital(effect.field_name)}: {effect.value}"),
            svg.text(width, y + 14, numbers.signed(change), text_anchor="end", font_weight=600),
        ]
    bottom = top + step * len(changes)
    each = "; ".join(
        f"{e.field_name} {e.value} {numbers.signed(c)}" for e, c in zip(rec.inputs, changes, strict=True)
    )
    return svg.figure(
        uid,
        title,
        f"{title}, in points against not knowing it: {each}.",
        width,
        bottom + 22,
        svg.text(0, 13, "Points expected, against not knowing it", font_weight=600),
        *drawn,
        svg.text(x(0) - 8, bottom + 15, "fewer", text_anchor="end", fill=MUTED),
        svg.text(x(0) + 8, bottom + 15, "more", fill=MUTED),
    )


# follow-up ----------------------------------------------------------------------------------------------


def follow_up_figure(
    rec: Recommendation, domain: Domain, width: Pixels = WIDE, uid: str = "follow-up"
) -> Svg:
    """Later months, before and after the measured scores were taken into account."""
    title = f"Improvement in {domain}: expected before and after the follow-up scores"
    rows = [row for row in rec.follow_up if row.domain == domain]
    if not rows:
        return nothing(uid, title, width)
    seen = _measured(rec, domain)
    edges = [q for row in rows for band in (row.before, row.after) for q in (band.q025, band.q975)]
    ticks = svg.nice_ticks(min(0, *edges), max(rec.goal.mcid, *edges))
    top, bottom = 26.0, 236.0
    y = Scale(ticks[0], ticks[-1], bottom, top)
    at = sorted({row.month for row in rows} | {month for month, _ in seen})
    x = Scale(0, at[-1], 52, width - 24)
    keys, height = svg.legend(_follow_up_keys(bool(seen)), 0, bottom + 56, width)
    return svg.figure(
        uid,
        title,
        f"{title}. {_follow_up_desc(rows, seen)}",
        width,
        bottom + 52 + height,
        svg.text(0, 13, f"{domain.capitalize()}: points better than before treatment", font_weight=600),
        svg.y_grid(ticks, y, 42, width - 10, wording.number),
        svg.line(42, y(0), width - 10, y(0), stroke=INK, stroke_width=1.4),
        *(_whisker(row.before, x(row.month) - 6, y, PALE, MUTED, svg.square) for row in rows),
        *(_whisker(row.after, x(row.month) + 6, y, MID, DEEP, svg.dot) for row in rows),
        *(svg.diamond(x(month), y(v), 6, fill="#fff", stroke=INK, stroke_width=1.8) for month, v in seen),
        svg.x_ticks(at, x, bottom, lambda month: f"{month:g}"),
        svg.text(width / 2, bottom + 36, "months after the injection", text_anchor="middle"),
        keys,
    )


def _measured(rec: Recommendation, domain: Domain) -> list[tuple[float, float]]:
    """Measured improvement of this patient in the domain, where today's score is known."""
    today = rec.patient.pain if domain == "pain" else rec.patient.function
    return [
        (m.month, today.severity - m.severity)
        for m in rec.patient.follow_up
        if today and m.instrument in INSTRUMENTS and INSTRUMENTS[m.instrument].measures == domain
    ]


def _whisker(band: Band, at: Pixels, y: Scale, hue: str, ink: str, mark: Callable[..., str]) -> str:
    return (
        svg.line(at, y(band.q025), at, y(band.q975), stroke=ink, stroke_width=1.6)
        + svg.line(at, y(band.q25), at, y(band.q75), stroke=hue, stroke_width=8)
        + mark(at, y(band.mean), 4, fill=ink, stroke="#fff", stroke_width=1)
    )


def _follow_up_keys(seen: bool) -> list[tuple[str, str]]:
    keys = [
        (svg.line(0, -8, 0, 8, stroke=MUTED, stroke_width=1.6) + svg.square(0, 0, 4, fill=MUTED), "before"),
        (
            svg.line(0, -8, 0, 8, stroke=DEEP, stroke_width=1.6) + svg.dot(0, 0, 4),
            "after (thick 50 %, thin 95 %)",
        ),
    ]
    if seen:
        keys.append((svg.diamond(0, 0, 6, fill="#fff", stroke=INK, stroke_width=1.8), "measured"))
    return keys


def _follow_up_desc(rows: Sequence[FollowUpRow], seen: Sequence[tuple[float, float]]) -> str:
    each = "; ".join(
        f"month {row.month:g} before {numbers.estimate(row.before)}, after {numbers.estimate(row.after)}"
        for row in rows
    )
    measured = "; ".join(f"month {month:g}: {wording.number(v)}" for month, v in seen)
    return f"Points, mean and 95 % band: {each}. Measured: {measured or 'nothing in this domain'}."
