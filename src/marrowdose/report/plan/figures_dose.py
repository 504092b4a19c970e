"""Pictures against dose: the benefit of the cells, and their harm."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ... import wording
from ...domain import Band, Domain, DomainOutlook, DoseRow, LocalCount, Recommendation
from ..frame import numbers, svg
from ..frame.svg import DEEP, FAINT, INK, MID, MUTED, SOFT, WARM, WIDE, Pixels, Scale, Svg, nothing
from . import words

_LEFT, _RIGHT = 42.0, 10.0  # beside the plot: tick labels, air
_LIMIT: dict[str, svg.Attribute] = {"stroke": INK, "stroke_width": 1.4, "stroke_dasharray": "6 4"}
_ADDED = {"pain": "Pain relief", "function": "Function"}


# benefit against dose -----------------------------------------------------------------------------------


def benefit_figure(rec: Recommendation, domain: Domain, width: Pixels = WIDE, uid: str = "benefit") -> Svg:
    """What the cells add over placebo at every dose: bands, median, MCID, range advised, doses refused."""
    rows = [(row, o) for row in rec.doses if (o := words.outlook_of(row, domain))]
    title = f"{_ADDED[domain]} added over placebo, by dose, after {wording.months(rec.goal.month)}"
    if not rows:
        return nothing(uid, title, width)
    bands = [o.benefit for _, o in rows]
    top, bottom = 54.0, 290.0
    both = [o.benefit for row in rec.doses for o in row.outlook]  # one scale for pain and function
    ticks = svg.nice_ticks(min(0, *(b.q025 for b in both)), max(rec.goal.mcid, *(b.q975 for b in both)))
    x = _dose_scale([row.dose for row, _ in rows], width)
    y = Scale(ticks[0], ticks[-1], bottom, top)
    keys, height = svg.legend(_benefit_keys(rows), 0, bottom + 58, width)
    return svg.figure(
        uid,
        title,
        _benefit_desc(rec, rows, title),
        width,
        bottom + 54 + height,
        svg.hatching(uid),
        svg.text(0, 13, f"{_ADDED[domain]}: points added over placebo", font_weight=600),
        _advised(rec, x, top, bottom),
        svg.y_grid(ticks, y, _LEFT, width - _RIGHT, wording.number),
        _bands(bands, [x(row.dose) for row, _ in rows], y),
        _refused([row for row, _ in rows], x, top, bottom, width, uid),
        _level(rec.goal.mcid, y, width, f"MCID: {wording.number(rec.goal.mcid)} points", dash="6 4"),
        _level(0.0, y, width, "same as placebo", below=True),
        _centre(rec, rows, x, y),
        _dose_axis([row.dose for row, _ in rows], x, bottom, rec),
        keys,
    )


def _swatch(fill: str) -> str:
    return svg.tag("rect", x=-9, y=-6, width=18, height=12, fill=fill, stroke=MUTED, stroke_width=0.5)


def _benefit_keys(rows: Sequence[tuple[DoseRow, DomainOutlook]]) -> list[tuple[str, str]]:
    keys = [
        (svg.dot(0, 0), "mean"),
        (svg.line(-9, 0, 9, 0, stroke=DEEP, stroke_width=2.5), "median"),
        (_swatch(MID), "50 %"),
        (_swatch(SOFT), "80 %"),
        (_swatch(FAINT), "95 % band"),
    ]
    if any(row.cautions for row, _ in rows):
        keys.append((svg.dot(0, 0, fill="#fff", stroke=DEEP, stroke_width=1.8), "with caution"))
    if any(row.refusals for row, _ in rows):
        lines = "".join(
            svg.line(i, 6, i + 8, -6, stroke=WARM, stroke_width=1.6, stroke_opacity=0.75) for i in (-9, -4, 1)
        )
        keys.append((lines, "refused"))
    return keys


def _benefit_desc(rec: Recommendation, rows: Sequence[tuple[DoseRow, DomainOutlook]], title: str) -> str:
    each = "; ".join(
        f"{wording.dose_text(row.dose)} million {numbers.estimate(o.benefit)}"
        + (" refused" if row.refusals else "")
        for row, o in rows
    )
    mcid = f"The MCID is {wording.number(rec.goal.mcid)} points."
    return f"{title}. Points, mean and 95 % band: {each}. {mcid} Answer: {words.headline(rec)}."


def _bands(bands: Sequence[Band], xs: Sequence[Pixels], y: Scale) -> str:
    if len(xs) == 1:  # an area needs two ends
        xs, bands = [xs[0] - 6, xs[0] + 6], [*bands, *bands]
    levels = (("q025", "q975", FAINT), ("q10", "q90", SOFT), ("q25", "q75", MID))
    return "".join(
        svg.area(xs, [y(getattr(b, low)) for b in bands], [y(getattr(b, high)) for b in bands], fill)
        for low, high, fill in levels
    )


def _centre(rec: Recommendation, rows: Sequence[tuple[DoseRow, DomainOutlook]], x: Scale, y: Scale) -> str:
    """The median as a line; the means, which the tables give, as dots on their doses."""
    at = [(x(row.dose), y(o.benefit.mean)) for row, o in rows]
    path = svg.path_of([p for p, _ in at], [y(o.benefit.q50) for _, o in rows])
    dots = "".join(
        svg.dot(
            p,
            q,
            6 if row.dose == rec.dose_low else 3.5,
            fill="#fff" if row.cautions else DEEP,
            stroke="#fff" if row.dose == rec.dose_low and not row.cautions else DEEP,
            stroke_width=1.8,
        )
        for (row, _), (p, q) in zip(rows, at, strict=True)
    )
    return svg.tag("path", d=path, fill="none", stroke=DEEP, stroke_width=2.5) + dots


def _advised(rec: Recommendation, x: Scale, top: Pixels, bottom: Pixels) -> str:
    """The range advised: a bracket above the plot, and its ends drawn down to the axis."""
    if rec.verdict != "range" or rec.dose_low is None or rec.dose_high is None:
        return ""
    a, b, up = x(rec.dose_low), x(rec.dose_high), top - 10
    said = f"advised: {wording.dose_range(rec.dose_low, rec.dose_high)}"
    half = svg.text_width(said) / 2
    middle = min(max((a + b) / 2, _LEFT + half), x.end + 10 - half)
    ends = "".join(svg.line(p, up, p, bottom, stroke=DEEP, stroke_dasharray="2 3") for p in {a: 0, b: 0})
    return (
        svg.text(middle, up - 7, said, text_anchor="middle", fill=DEEP, font_weight=600)
        + svg.line(a - 1.5, up, b + 1.5, up, stroke=DEEP, stroke_width=4)
        + ends
    )


def _refused(rows: Sequence[DoseRow], x: Scale, top: Pixels, bottom: Pixels, width: Pixels, uid: str) -> str:
    """Hatching from half-way to the neighbours of each refused dose."""
    at = [x(row.dose) for row in rows]
    edges = [_LEFT, *((a + b) / 2 for a, b in pairwise(at)), width - _RIGHT]
    drawn = ""
    for row, (left, right) in zip(rows, pairwise(edges), strict=True):
        box: dict[str, svg.Attribute] = {"x": left, "y": top, "width": right - left, "height": bottom - top}
        if row.refusals:  # fade what is below, then hatch
            drawn += svg.tag("rect", **box, fill="#fff", fill_opacity=0.45)
            drawn += svg.tag("rect", **box, fill=f"url(#{uid}-hatch)")
    return drawn


def _level(
    value: float, y: Scale, width: Pixels, said: str, *, dash: str | None = None, below: bool = False
) -> str:
    at = y(value)
    return svg.line(
        _LEFT, at, width - _RIGHT, at, stroke=INK, stroke_width=1.4, stroke_dasharray=dash
    ) + svg.label(width - _RIGHT - 4, at + (15 if below else -6), said, text_anchor="end")


def _dose_scale(doses: Sequence[float], width: Pixels) -> Scale:
    return Scale(min(doses), max(doses), _LEFT + 12, width - _RIGHT - 12, "sqrt")


def _dose_axis(doses: Sequence[float], x: Scale, y: Pixels, rec: Recommendation) -> str:
    named = [i for i, d in enumerate(doses) if d in (rec.dose_low, rec.dose_high)]
    middle = (x.start + x.end) / 2
    return svg.x_ticks(doses, x, y, wording.dose_text, [*named, 0, len(doses) - 1]) + svg.text(
        middle, y + 37, "million cells in one injection", text_anchor="middle"
    )


# harm against dose --------------------------------------------------------------------------------------


def harm_figure(rec: Recommendation, width: Pixels = WIDE, uid: str = "harm") -> Svg:
    """Local reactions of 100 patients at every dose: what is expected, and the counts of the trials."""
    title = "Local reactions (pain or swelling after the injection), by dose"
    if not rec.doses:
        return nothing(uid, title, width)
    counts = list(
        dict.fromkeys(count for row in rec.doses for count in row.harm.local_counts if count.at_risk > 0)
    )
    doses = [row.dose for row in rec.doses]
    x = _dose_scale([*doses, *(count.dose for count in counts)], width)
    top, bottom = 30.0, 250.0
    limit = rec.goal.harm_limit
    highest = [100 * row.harm.p_local_reaction.q975 for row in rec.doses] + [
        100 * c.events / c.at_risk for c in counts
    ]
    ticks = svg.nice_ticks(0, max(*highest, 100 * (limit or 0)))
    y = Scale(0, ticks[-1], bottom, top)
    keys, height = svg.legend(_harm_keys(limit), 0, bottom + 58, width)
    return svg.figure(
        uid,
        title,
        _harm_desc(rec, counts, title),
        width,
        bottom + 54 + height,
        svg.text(0, 13, "Patients of 100 with a local reaction", font_weight=600),
        svg.y_grid(ticks, y, _LEFT, width - _RIGHT, wording.number),
        _dose_axis(doses, x, bottom, rec),
        "" if limit is None else svg.line(_LEFT, y(100 * limit), width - _RIGHT, y(100 * limit), **_LIMIT),
        "".join(_expected(row, x(row.dose), y) for row in rec.doses),
        _observed(counts, x, y, width),
        keys,
    )


def _expected(row: DoseRow, at: Pixels, y: Scale) -> str:
    band = row.harm.p_local_reaction
    low, high, lower, upper = (y(100 * q) for q in (band.q025, band.q975, band.q10, band.q90))
    return (
        svg.line(at, low, at, high, stroke=MID, stroke_width=1.6)
        + svg.line(at, lower, at, upper, stroke=MID, stroke_width=4)
        + svg.dot(at, y(100 * band.mean), 4, stroke="#fff", stroke_width=1)
    )


def _observed(counts: Sequence[LocalCount], x: Scale, y: Scale, width: Pixels) -> str:
    """Hollow squares with "6/15" beside them, each label moved up until it is free."""
    drawn, taken = [], list[tuple[Pixels, Pixels]]()
    for c in sorted(counts, key=lambda c: (c.events / c.at_risk, c.dose, c.arm)):
        p, q = x(c.dose) + 9, y(100 * c.events / c.at_risk)
        said = f"{wording.number(c.events)}/{wording.number(c.at_risk)}"
        beside = p + 8 if p + 8 + svg.text_width(said, 11) < width else p - 12 - svg.text_width(said, 11)
        low = q + 4
        while any(abs(beside - a) < svg.text_width(said, 11) and abs(low - b) < 12 for a, b in taken):
            low -= 2
        taken.append((beside, low))
        drawn.append(svg.square(p, q, 3.5, fill="#fff", stroke=WARM, stroke_width=1.6))
        drawn.append(svg.label(beside, low, said, font_size=11, fill=WARM))
    return "".join(drawn)


def _harm_keys(limit: float | None) -> list[tuple[str, str]]:
    thin = svg.line(-9, 0, 9, 0, stroke=MID, stroke_width=1.6)
    thick = svg.line(-5, 0, 5, 0, stroke=MID, stroke_width=4)
    seen = svg.square(0, 0, 3.5, fill="#fff", stroke=WARM, stroke_width=1.6)
    keys = [
        (thin + thick + svg.dot(0, 0, 4), "expected, 80 and 95 %"),
        (seen, "seen in a trial: with reaction / treated"),
    ]
    if limit is not None:
        keys.append((svg.line(-9, 0, 9, 0, **_LIMIT), f"your limit: {wording.people(limit)}"))
    return keys


def _harm_desc(rec: Recommendation, counts: Sequence[LocalCount], title: str) -> str:
    expected = "; ".join(
        f"{wording.dose_text(row.dose)} million {numbers.frequency(row.harm.p_local_reaction)}"
        for row in rec.doses
    )
    seen = "; ".join(
        f"{c.arm}, {wording.dose_text(c.dose)} million,"
        f" {wording.number(c.events)} of {wording.number(c.at_risk)}"
        for c in counts
    )
    return f"{title}. Expected of 100, mean and 95 % band: {expected}. Seen: {seen or 'no counts'}."


# is more better -----------------------------------------------------------------------------------------


def answers_figure(rec: Recommendation, width: Pixels = WIDE, uid: str = "answers") -> Svg:
    """Each "is more better?" as one bar of 100 %: better, equally good, worse."""
    title = "Is more better?"
    if not rec.answers:
        return nothing(uid, title, width)
    drawn, step = [], 52.0
    for i, answer in enumerate(rec.answers):
        shares = (answer.p_more_is_better, answer.p_same, answer.p_less_is_better)
        drawn.append(svg.text(0, 13 + step * i, answer.question, font_weight=600))
        drawn.append(_shares(shares, step * i + 20, width))
    bottom = step * len(rec.answers)
    marks = (("more is better", DEEP), ("equally good", SOFT), ("more is worse", "#fff"))
    keys, height = svg.legend([(_swatch(fill), said) for said, fill in marks], 0, bottom + 6, width)
    each = "; ".join(
        f"{a.question} better {wording.percent(a.p_more_is_better)}, "
        f"equally good {wording.percent(a.p_same)}, worse {wording.percent(a.p_less_is_better)}"
        for a in rec.answers
    )
    return svg.figure(uid, title, f"{each}.", width, bottom + height, *drawn, keys)


def _shares(shares: tuple[float, float, float], y: Pixels, width: Pixels) -> str:
    """Three pieces side by side, each with its percentage where it fits."""
    drawn, left = "", 0.5
    for share, fill, ink in zip(shares, (DEEP, SOFT, "#fff"), ("#fff", INK, INK), strict=True):
        wide, said = share * (width - 1), wording.percent(share)
        drawn += svg.tag("rect", x=left, y=y, width=wide, height=20, fill=fill, stroke=DEEP, stroke_width=1)
        if svg.text_width(said) + 4 < wide:
            drawn += svg.text(left + wide / 2, y + 14.5, said, text_anchor="middle", fill=ink)
        left += wide
    return drawn
