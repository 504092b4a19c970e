"""The input fields of a goal: label, unit, range or choices, why it is asked, what leaving it out does."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..domain import COMPARATORS, DOMAINS
from ..outcomes import MCIDS
from .fields import Field

GOAL_FIELDS: tuple[Field, ...] = (
    Field(
        key="domain",
        label="What shall improve",
        kind="choice",
        choices=DOMAINS,
        fills=("domain",),
        why="the advice speaks of it",
        unknown="pain",
    ),
    Field(
        key="month",
        label="When",
        kind="number",
        unit="months",
        low=1,
        high=24,
        fills=("month",),
        why="the effect builds up and fades",
        unknown="12",
    ),
    Field(
        key="mcid",
        label="Smallest improvement that matters",
        kind="mcid",
        unit="points",
        low=0.1,
        high=60,
        choices=tuple(MCIDS),
        fills=("mcid", "mcid_source"),
        why="an improvement counts from there on",
        unknown="oarsi_womac_pain for pain, omeract_function for function",
    ),
    Field(
        key="least_probability",
        label="Least chance of that improvement",
        kind="number",
        high=1,
        fills=("least_probability",),
        why="a dose must give it",
        unknown="0.5",
    ),
    Field(
        key="beat_probability",
        label="Least chance that the cells do more than the comparator",
        kind="number",
        high=1,
        fills=("beat_probability",),
        why="a dose must give it",
        unknown="0.8",
    ),
    Field(
        key="harm_limit",
        label="Largest accepted chance of a local reaction",
        kind="number",
        high=1,
        fills=("harm_limit",),
        why="a dose must stay below it",
        unknown="no limit",
    ),
    Field(
        key="comparator",
        label="What the cells must beat",
        kind="choice",
        choices=COMPARATORS,
        fills=("comparator",),
        why="the advice compares with it",
        unknown="placebo",
    ),
    Field(
        key="margin_of_mcid",
        label="Doses this close to the best count as equal",
        kind="number",
        unit="MCIDs",
        high=1,
        fills=("margin_of_mcid",),
        why="of equal doses the lowest is named first",
        unknown="0.1",
    ),
    Field(
        key="harm_weight",
        label="Price of one local reaction",
        kind="number",
        unit="MCIDs",
        high=100,
        fills=("harm_weight",),
        why="it is taken off the benefit of a dose",
        unknown="0",
    ),
    Field(
        key="cost_weight",
        label="Price of 100 million cells",
        kind="number",
        unit="MCIDs",
        high=100,
        fills=("cost_weight",),
        why="it is taken off the benefit of a dose",
        unknown="0",
    ),
)
GOAL: Mapping[str, Field] = MappingProxyType({field.key: field for field in GOAL_FIELDS})
