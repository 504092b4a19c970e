"""Contrasts → a Network: within each study, every arm against the control of its own block.

Taking contrasts within block, month and instrument integrates the free study means μ_i(t) out exactly (flat
prior), so the two forms of SCIENCE section 3 agree and randomisation is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from ..domain import Contrasts, Domain
from ..units import Array, Points

EXTERNAL_CONTROL: dict[str, Points] = {"pain": 15.0, "function": 14.9}
EXTERNAL_SD: Points = 12.0  # design bias 10 and spread of the contextual response 7, assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The arm or the control of each contrast: variance parts [points², of a mean], n, dose, which arm."""

    dose: Array
    n: Array
    var_change: Array  # 0 where the two-SD form applies
    var_baseline: Array
    var_follow_up: Array
    sd_study: Array  # 1 where the SD was imputed
    arm: np.ndarray[tuple[int, ...], np.dtype[np.int_]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyBlock:
    """All contrasts of one study (blocks of one trial share the study's effect)."""

    name: str
    y: Array  # (C,) arm minus control, improvement [points]
    month: Array
    treated: Side
    control: Side
    load: Array  # (C, 2) what is measured: pain, function
    extra: Array  # (C, 3) HA, corticosteroid, PRP: in the arm minus in the control
    baseline_gap: Array  # (C,) arm minus control severity at baseline; 0 where not reported
    composite: Array  # (C,) 1 for a composite instrument
    external_var: Array  # (C,) variance of an external control; 0 for randomised contrasts
    same_arm: Array  # (C, C)
    same_control: Array
    same_instrument: Array
    lag: Array  # (C, C) months between, in units of 6
    labels: tuple[str, ...]

    @property
    def size(self) -> int:
        """Number of contrasts."""
        return len(self.y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The studies, ready for the log density. ``imputed`` names the studies with a free SD multiplier."""

    domains: tuple[Domain, ...]
    studies: tuple[StudyBlock, ...]
    imputed: tuple[str, ...]

    def without(self, study: str) -> Network:
        """The network with one study left out (its SD multiplier stays, at its prior)."""
        return Network(
            domains=self.domains,
            imputed=self.imputed,
            studies=tuple(s for s in self.studies if s.name != study),
        )

    def only(self, study: str) -> Network:
        """The network of one study."""
        return Network(
            domains=self.domains,
            imputed=self.imputed,
            studies=tuple(s for s in self.studies if s.name == study),
        )

    @property
    def dose_range(self) -> tuple[float, float]:
        """Lowest and highest cell dose with a figure [million cells]."""
        doses = np.concatenate([s.treated.dose for s in self.studies])
        return float(doses[doses > 0].min()), float(doses.max())

    @property
    def month_range(self) -> tuple[float, float]:
        """First and last month with a figure."""
        months = np.concatenate([s.month for s in self.studies])
        return float(months.min()), float(months.max())


Pair = Annotated[tuple[int, int], "index of the arm's and of the control's record; control −1 = external"]


def _pairs(c: Contrasts, study: str) -> list[Pair]:
    """Which records form contrasts: each arm against its block's control (the arm without cells, else the
    first).
    """
    pairs: list[Pair] = []
    rows = [i for i in range(len(c)) if c.study[i] == study]
    for block in dict.fromkeys(c.block[i] for i in rows):
        inside = [i for i in rows if c.block[i] == block]
        arms = list(dict.fromkeys(c.arm[i] for i in inside))
        dose = {a: next(c.dose[i] for i in inside if c.arm[i] == a) for a in arms}
        control = next((a for a in arms if dose[a] == 0), arms[0])
        for i in inside:
            twin = [
                j
                for j in inside
                if c.arm[j] == control and (c.month[j], c.instrument[j]) == (c.month[i], c.instrument[i])
            ]
            if not c.randomised[i]:
                pairs.append((i, -1))
            elif c.arm[i] != control and twin:
                pairs.append((i, twin[0]))
    return pairs


def _side(c: Contrasts, index: np.ndarray[tuple[int, ...], np.dtype[np.int_]], arms: dict[str, int]) -> Side:
    here = index >= 0

    def part(values: Array) -> Array:
        return np.where(here, np.nan_to_num(values[index], nan=0.0), 0.0)

    return Side(
        dose=part(c.dose),
        n=np.where(here, c.n[index], np.inf),
        var_change=part(c.var_change),
        var_baseline=part(c.var_baseline),
        var_follow_up=part(c.var_follow_up),
        sd_study=part(c.sd_imputed.astype(float)),
        arm=np.array([arms[f"{c.block[i]}/{c.arm[i]}"] if i >= 0 else -1 - k for k, i in enumerate(index)]),
    )


def _study(c: Contrasts, study: str, domains: tuple[Domain, ...]) -> StudyBlock | None:
    pairs = _pairs(c, study)
    if not pairs:
        return None
    treated, control = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    here = control >= 0
    arms = {
        name: k for k, name in enumerate(dict.fromkeys(f"{c.block[i]}/{c.arm[i]}" for i in range(len(c))))
    }
    load = np.column_stack([c.load_pain[treated], c.load_function[treated]])
    if len(domains) == 1:
        keep = _serves(c, treated, domains[0])
        treated, control, here = treated[keep], control[keep], here[keep]
        if not len(treated):
            return None
        load = np.tile([float(d == domains[0]) for d in ("pain", "function")], (len(treated), 1))
    given = np.column_stack([c.ha, c.corticosteroid, c.prp])
    gap = c.baseline[treated] - np.where(here, c.baseline[control], np.nan)
    external = load @ np.array([EXTERNAL_CONTROL["pain"], EXTERNAL_CONTROL["function"]])
    a, b = _side(c, treated, arms), _side(c, control, arms)
    instrument = np.array([list(c.instrument).index(c.instrument[i]) for i in treated])
    month = c.month[treated]
    return StudyBlock(
        name=study,
        y=c.improvement[treated] - np.where(here, c.improvement[control], external),
        month=month,
        treated=a,
        control=b,
        load=load,
        extra=given[treated] - np.where(here[:, None], given[control], 0.0),
        baseline_gap=np.nan_to_num(gap, nan=0.0),
        composite=c.composite[treated].astype(float),
        external_var=np.where(here, 0.0, EXTERNAL_SD**2),
        same_arm=(a.arm[:, None] == a.arm).astype(float),
        same_control=(b.arm[:, None] == b.arm).astype(float) * np.outer(here, here),
        same_instrument=(instrument[:, None] == instrument).astype(float),
        lag=np.abs(month[:, None] - month) / 6.0,
        labels=tuple(f"{c.arm[i]} {c.instrument[i]} month {c.month[i]:g}" for i in treated),
    )


def _serves(
    c: Contrasts, treated: np.ndarray[tuple[int, ...], np.dtype[np.int_]], domain: Domain
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which contrasts speak for one domain alone: its own instrument, else a composite that stands for it."""
    own = c.load_pain if domain == "pain" else c.load_function
    direct = {(c.block[i], c.month[i]) for i in range(len(c)) if own[i] == 1.0}
    return np.array(
        [own[i] == 1.0 or (bool(c.composite[i]) and (c.block[i], c.month[i]) not in direct) for i in treated]
    )


def build(contrasts: Contrasts, domains: tuple[Domain, ...] = ("pain", "function")) -> Network:
    """The network of the given domains. One domain: composite scores stand for it alone."""
    studies = tuple(s for name in contrasts.studies if (s := _study(contrasts, name, domains)) is not None)
    imputed = tuple(s.name for s in studies if (s.treated.sd_study.any() or s.control.sd_study.any()))
    return Network(domains=domains, studies=studies, imputed=imputed)
