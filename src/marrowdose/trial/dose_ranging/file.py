"""Design files of longitudinal trials: ``type`` is dose-ranging, confirmatory or extension."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from ...domain import Domain
from ...errors import InputError
from ...files.toml import Document
from ...statistics.mcpmod import Candidate, make_shape, shape_names
from ...synthesis.persons import SERIAL_CORRELATION
from ...units import MillionCells, Months, Points, Probability
from .analyses.mcpmod import ContrastAnalysis
from .analyses.select_confirm import SelectAndConfirm
from .analyses.smallest_sufficient import SmallestSufficient
from .design import Ranging
from .further_sections import further_sections, require_usable
from .looks import LookAnalysis
from .persons import Estimand, Reality

TYPES = ("dose-ranging", "confirmatory", "extension")
SECTIONS = ("design", "analysis", "selection", "reality", "comparator", "background", "randomisation")
OWN = ("doses", "looks", "selection")  # fields of an analysis that [design] or [selection] states


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """``[design]``."""

    type: str
    name: str
    doses: tuple[MillionCells, ...]
    visits: tuple[Months, ...]
    patients: int
    allocation: tuple[Annotated[float, "parts"], ...] | None = None
    looks: tuple[Probability, ...] = ()
    estimand: Estimand = "hypothetical"
    margin: Points = 2.0
    domain: Domain = "pain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A design of a file: its ``type``, the outcome ``domain``, and the ``margin`` by which its answers are
    judged.
    """

    type: str
    domain: Domain
    margin: Points
    design: Ranging


def read_ranging(
    document: Document, *, types: tuple[str, ...] = TYPES, beside: tuple[str, ...] = ()
) -> Planned:
    """The randomised design of a document. Raises ``InputError`` naming file, line and key.

    ``types`` are those that ``[design]`` may name, ``beside`` sections of the document that somebody else
    reads.
    """
    document.only_sections((*SECTIONS, *beside))
    head = document.make(_Head, "design", _section(document, "design"))
    if head.type not in types:
        raise document.refuse(f"{head.type!r}", "design", "type", allowed=", ".join(types))
    if not 0 < head.margin <= 50:
        raise document.refuse(f"{head.margin:g}", "design", "margin", allowed="above 0, up to 50 points")
    reality = document.make(Reality, "reality", document.table("reality") or {})
    common: dict[str, Any] = {
        "name": head.name,
        "doses": head.doses,
        "visits": head.visits,
        "patients": head.patients,
        "looks": head.looks,
        "estimand": head.estimand,
        "reality": reality,
    }
    common["allocation"] = head.allocation if head.allocation is not None else (1.0,) * len(head.doses)
    document.call(
        Ranging, "design", analysis=_Undecided(), **common
    )  # what [design] says is refused under its name
    known = information(head.looks, head.patients, head.visits, reality.per_month)
    common |= further_sections(document, doses=head.doses, known=known)
    document.call(Ranging, "design", analysis=_Undecided(), **common)
    analysis = _analysis(document, head)
    design = Ranging(analysis=analysis, **common)
    require_usable(document, design)
    return Planned(type=head.type, domain=head.domain, margin=head.margin, design=design)


class _Undecided:
    """Stands for the analysis while the rest is checked."""

    verdict = sentences = None


def _section(document: Document, name: str) -> Mapping[str, object]:
    found = document.table(name)
    if found is None:
        raise InputError(
            f"has no section [{name}]",
            where=document.path,
            remedy="see: the template dose-ranging",
        )
    return found


def _smallest(document: Document, head: _Head, given: Mapping[str, object]) -> LookAnalysis:
    return document.make(SmallestSufficient, "analysis", given, defaults={"doses": head.doses})


def information(
    looks: Sequence[Probability], patients: int, visits: Sequence[Months], per_month: float
) -> tuple[Probability, ...]:
    """Planned share of the information on the last visit at each look, patients being enrolled at an even
    pace.

    A patient seen up to month t counts by the squared correlation of the scores at t and at the last visit.
    """
    squared = [SERIAL_CORRELATION ** (2 * (visits[-1] - t) / 6) for t in visits]
    found = []
    for share in looks:
        n = round(share * patients)
        waited = [(n - j) / per_month for j in range(1, n + 1)]
        found.append(
            sum(
                max((w for w, t in zip(squared, visits, strict=True) if t <= months), default=0.0)
                for months in waited
            )
            / patients
        )
    return tuple(found)


def _contrast(document: Document, head: _Head, given: Mapping[str, object]) -> LookAnalysis:
    texts = given.get("candidates", [])
    if not isinstance(texts, list) or not texts:
        raise document.refuse(
            f"{texts!r}",
            "analysis",
            "candidates",
            allowed='shapes, as ["linear", "emax=20"]: ' + ", ".join(shape_names()),
        )
    made = tuple(_candidate(document, text, head.doses[-1]) for text in texts)
    rest = {k: v for k, v in given.items() if k != "candidates"}
    pace = document.make(Reality, "reality", document.table("reality") or {}).per_month
    known = information(head.looks, head.patients, head.visits, pace)
    if known and not known[0] > 0:
        raise document.refuse(
            "nobody has been seen by the first look",
            "design",
            "looks",
            remedy="look later, or enrol more slowly",
        )
    own = {"doses": head.doses, "looks": known, "candidates": made}
    return document.make(ContrastAnalysis, "analysis", rest, defaults=own)


def _confirm(document: Document, head: _Head, given: Mapping[str, object]) -> LookAnalysis:
    selection = document.make(
        SmallestSufficient, "selection", document.table("selection") or {}, defaults={"doses": head.doses}
    )
    return document.make(
        SelectAndConfirm, "analysis", given, defaults={"selection": selection, "looks": head.looks}
    )


METHODS: dict[str, Callable[[Document, _Head, Mapping[str, object]], LookAnalysis]] = {
    "smallest sufficient": _smallest,
    "mcp-mod": _contrast,
    "select and confirm": _confirm,
}


def _analysis(document: Document, head: _Head) -> LookAnalysis:
    given = dict(_section(document, "analysis"))
    method = given.pop("method", None)
    if not isinstance(method, str) or method not in METHODS:
        raise document.refuse(f"{method!r} is no analysis", "analysis", "method", allowed=", ".join(METHODS))
    for key in OWN:
        if key in given:
            raise document.refuse(
                "is not stated here",
                "analysis",
                key,
                remedy=f"state it in [{'selection' if key == 'selection' else 'design'}]",
            )
    if method != "select and confirm" and document.table("selection") is not None:
        raise document.refuse(
            "has no use here", "selection", remedy='keep it for method = "select and confirm"'
        )
    return METHODS[method](document, head, given)


def _candidate(document: Document, text: object, top: float) -> Candidate:
    try:
        name, _, guess = str(text).partition("=")
        numbers = tuple(float(part) for part in guess.split(",")) if guess else ()
        return Candidate(label=str(text), shape=make_shape(name, top), guess=numbers)
    except InputError as problem:
        raise document.refuse(
            problem.what, "analysis", "candidates", allowed=problem.allowed, remedy=problem.remedy
        ) from problem
    except ValueError as problem:
        raise document.refuse(
            f"{text!r}", "analysis", "candidates", allowed="a shape with numbers, as emax=20"
        ) from problem
