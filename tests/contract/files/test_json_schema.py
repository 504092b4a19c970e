"""The schema of a type says what the writer writes of its values, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, NewType, NotRequired, TypedDict

import jsonschema
import numpy as np
import pytest

from marrowdose.files.json import text_of
from marrowdose.files.json_schema import schema_of
from marrowdose.units import Array, Months, Probability, Within

Row = NewType("Row", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One of a pair. ``None`` is never written."""

    share: Annotated[Probability, "of the trials"]
    shape: Callable[[float], float]
    next: Leaf | None = None


class Ends(NamedTuple):
    """Of a range."""

    low: float
    high: float


class Tree(TypedDict):
    """All kinds of
    fields.
    """

    schema: Literal["tree/1"]
    text: str
    whole: int
    yes: bool
    month: Months
    above: Annotated[float, Within(above=0.0)]
    unknown: Annotated[Probability | None, "null: not asked"]
    choice: Literal["a", "b"] | None
    row: Row
    leaves: Sequence[Leaf]
    leaf: Leaf | None
    pair: tuple[str, float]
    three: tuple[float, float, float]
    by_name: Mapping[str, list[int]]
    array: Array
    ends: Ends
    maybe: NotRequired[Annotated[list[str], "only with --maybe"]]


TREE: Tree = {
    "schema": "tree/1",
    "text": "a",
    "whole": 1,
    "yes": True,
    "month": 12.0,
    "above": 0.5,
    "unknown": None,
    "choice": "a",
    "row": Row("outcomes.csv:2"),
    "leaves": [Leaf(share=0.5, shape=abs, next=Leaf(share=1.0, shape=abs))],
    "leaf": None,
    "pair": ("a", 1.0),
    "three": (1.0, 2.0, 3.0),
    "by_name": {"a": [1, 2]},
    "array": np.array([[0.0, np.nan], [0.0, 0.0]]),
    "ends": Ends(1.0, 2.0),
}


def written(**changed: Any) -> Any:
    """The example as it is written, with some fields changed."""
    return {**json.loads(text_of(TREE)), **changed}


def refuses(**changed: Any) -> bool:
    return not jsonschema.Draft202012Validator(schema_of(Tree)).is_valid(written(**changed))


def test_what_is_written_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(schema_of(Tree))
    assert not refuses()
    assert written()["leaves"] == [{"share": 0.5, "next": {"share": 1.0, "next": None}}]  # no functions
    assert written()["array"] == [[0.0, None], [0.0, 0.0]]
    assert written()["ends"] == {"low": 1.0, "high": 2.0}
    assert not refuses(maybe=["a"], unknown=0.5, choice=None, array=[[1.0, None], [0.5, 2.0]])


@pytest.mark.parametrize(
    "changed",
    [
        {"more": 1},
        {"schema": "tree/2"},
        {"whole": 1.5},
        {"yes": "yes"},
        {"month": -1.0},
        {"above": 0.0},
        {"unknown": 1.1},
        {"choice": "c"},
        {"row": None},
        {"leaf": {"share": 0.5}},
        {"leaves": [{"share": 2.0, "next": None}]},
        {"pair": ["a"]},
        {"pair": ["a", 1.0, 2.0]},
        {"three": [1.0, 2.0]},
        {"by_name": {"a": ["b"]}},
        {"array": ["a"]},
        {"ends": [1.0, 2.0]},
        {"maybe": None},
    ],
    ids=str,
)
def test_what_the_type_does_not_say_is_refused(changed: dict[str, Any]) -> None:
    assert refuses(**changed)


def test_a_required_field_may_not_be_missing() -> None:
    for key in TREE:
        one = written()
        del one[key]
        assert not jsonschema.Draft202012Validator(schema_of(Tree)).is_valid(one), key


def test_descriptions_are_docstrings_and_annotations_with_their_units() -> None:
    found: Any = schema_of(Tree)
    fields, leaf = found["properties"], found["$defs"]["Leaf"]
    assert found["title"] == "tree/1"
    assert found["$id"].endswith(":tree/1")
    assert found["description"] == "All kinds of fields."
    assert leaf["description"] == "One of a pair. null is never written."
    assert leaf["properties"]["share"]["description"] == "of the trials [0–1]."
    assert fields["month"]["description"] == "months after the injection"
    assert fields["unknown"]["description"] == "null: not asked [0–1]."
    assert fields["maybe"]["description"] == "only with --maybe"
    assert list(fields) == list(Tree.__annotations__)


class Unknown(TypedDict):
    """Holds what JSON cannot hold."""

    schema: Literal["unknown/1"]
    anything: Any


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="JSON has no"):
        schema_of(Unknown)


def other() -> type:
    """Another type of the same name as one above."""

    @dataclass(frozen=True)
    class Leaf:
        """Another."""

        share: float

    return Leaf


Other = other()


class Twice(TypedDict):
    """Two types of one name."""

    schema: Literal["twice/1"]
    one: Leaf
    two: Other  # type: ignore[valid-type]


def test_two_types_of_one_name_are_refused() -> None:
    with pytest.raises(TypeError, match="two types are called Leaf"):
        schema_of(Twice)
