"""Every file in the folders of ``trial/dose_finding/parts`` keeps the promises of a part."""

from dataclasses import MISSING, fields, is_dataclass, replace

import numpy as np
import pytest

from dose_finding_checks import DOSES, random_view
from marrowdose.errors import InputError
from marrowdose.trial.dose_finding.parts import ROLES, kinds, part_class
from marrowdose.trial.dose_finding.rules import Limit, Pause, Propose, Select, Stop
from marrowdose.trial.dose_finding.seen import Patients, View

GIVEN = {
    "target": 0.3,
    "patients": 9,
    "skeleton": (0.1, 0.2, 0.3, 0.4),
    "toxicity_limit": 0.3,
    "efficacy_limit": 0.25,
    "efficacy": 0.6,
    "toxicity_cuts": (0.1, 0.2, 0.3),
    "efficacy_cuts": (0.2, 0.4, 0.6),
    "contour": (0.5, 0.65, 0.7, 0.25),
    "limit": 0.25,
    "utilities": ((30.0, 70.0, 100.0), (0.0, 40.0, 60.0)),
}  # for fields without a default; another part adds its own here
OTHER = {float: lambda x: x * 0.9, int: lambda x: x + 1, bool: lambda x: not x}
PARTS = [(role, kind) for role in ROLES for kind in kinds(role)]
DATA = {"efficacy", "levels", "score", "grades", "time"}


def _part(role, kind):
    cls = part_class(role, kind)
    needed = [f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING]
    return cls(**{name: GIVEN[name] for name in needed})


def _view(seed):
    """Everything a part may want to see."""
    seen = random_view(seed, trials=40)
    rng = np.random.default_rng(seed)
    effective = rng.binomial(seen.treated, 0.4).astype(np.int16)
    overlap = np.minimum(effective, seen.toxic)
    most = int(seen.entered.max())
    order = np.full((len(seen), most), -1)
    for i, row in enumerate(seen.treated):
        doses = np.repeat(np.arange(len(DOSES)), row)
        order[i, : len(doses)] = doses
    patients = Patients(
        dose=order,
        followed=np.full(order.shape, 3.0),
        toxic=np.zeros(order.shape, bool),
        toxicity_window=3.0,
        effective=np.zeros(order.shape, bool),
        efficacy_window=3.0,
    )
    better = np.stack([effective // 2, overlap // 2], axis=2)
    return replace(
        seen,
        effective=effective,
        both=overlap,
        better=better,
        score=seen.toxic.astype(float),
        patients=patients,
    )


@pytest.mark.parametrize(("role", "kind"), PARTS)
def test_a_part_keeps_its_promises(role, kind):
    part, seen = _part(role, kind), _view(7)
    assert is_dataclass(part)
    assert type(part).__dataclass_params__.frozen
    assert hash(part) == hash(_part(role, kind))
    assert part.needs <= DATA
    said = part.sentences(DOSES)
    assert said
    assert all(s[0].isupper() and s.endswith(".") and "\n" not in s and len(s) < 400 for s in said)
    for column in part.boundaries(12).values():
        assert len(column) == 12
        assert all(x is None or 0 <= x <= n for n, x in enumerate(column, 1))
    before = seen.treated.copy(), seen.toxic.copy(), seen.current.copy()
    if isinstance(part, Propose):
        dose = part.propose(seen)
        assert dose.shape == (len(seen),)
        assert np.all((dose >= -1) & (dose < len(DOSES)))
        assert part.why(seen.take(np.array([0]))).endswith(".")
    if isinstance(part, Limit):
        assert part.allowed(seen).shape == (len(seen), len(DOSES))
        assert part.allowed(seen).dtype == bool
    if isinstance(part, Stop):
        assert part.stop(seen).shape == (len(seen),)
        assert part.stop(seen).dtype == bool
    if isinstance(part, Pause):
        assert not part.pause(seen).any(), "nobody is pending"
    if isinstance(part, (Limit, Stop, Pause)):
        assert part.reason
        assert not part.reason.endswith(".")
    if isinstance(part, Select):
        allowed = np.ones((len(seen), len(DOSES)), bool)
        dose = part.select(seen, allowed)
        assert np.all((dose >= -1) & (dose < len(DOSES)))
    for was, now in zip(before, (seen.treated, seen.toxic, seen.current), strict=True):
        assert np.array_equal(was, now), "a part changes nothing it sees"


@pytest.mark.parametrize(("role", "kind"), PARTS)
def test_a_part_decides_each_trial_by_itself(role, kind):
    part, seen = _part(role, kind), _view(11)
    some = np.array([5, 2, 30])
    part_of = seen.take(some)
    if isinstance(part, Propose):
        assert np.array_equal(part.propose(seen)[some], part.propose(part_of))
    if isinstance(part, Limit):
        assert np.array_equal(part.allowed(seen)[some], part.allowed(part_of))
    if isinstance(part, Stop):
        assert np.array_equal(part.stop(seen)[some], part.stop(part_of))


@pytest.mark.parametrize(("role", "kind"), PARTS)
def test_a_changed_field_changes_the_sentence(role, kind):
    part = _part(role, kind)
    for f in fields(part):
        value = getattr(part, f.name)
        if value is None:
            value = {"safe": 0.22, "toxic": 0.5, "low": 0.21, "high": 0.4}.get(f.name)
        if type(value) not in OTHER:
            continue
        changed = replace(part, **{f.name: OTHER[type(value)](value)})
        assert changed.sentences(DOSES) != part.sentences(DOSES), f"{kind}: {f.name} is not told"


def test_an_unknown_kind_is_refused_with_those_there_are():
    with pytest.raises(InputError, match=r"limit of kind 'boin'; allowed: coherence, elimination"):
        part_class("limit", "boin")
    with pytest.raises(InputError, match="isotonic"):
        part_class("select", "../boin")


def test_distinct_states_are_the_trials_once():
    rng = np.random.default_rng(3)
    seen = _view(5).take(rng.integers(0, 40, 500))
    counted = replace(seen, patients=None)
    once, which = counted.distinct()
    assert len(once) <= 40
    back = once.take(which)
    for name in ("current", "treated", "toxic", "effective", "both", "better", "score"):
        assert np.array_equal(getattr(back, name), getattr(counted, name)), name
    assert isinstance(once, View)
    assert len(once.distinct()[0]) == len(once)
