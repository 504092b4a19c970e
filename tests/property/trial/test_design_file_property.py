"""Whatever stands in a design file, the answer is a design or one sentence with its place."""

from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marrowdose.errors import InputError
from marrowdose.files.toml import parse_document
from marrowdose.trial.dose_finding.design import Design
from marrowdose.trial.dose_finding.file import design_from, truth_from
from marrowdose.trial.kinds import read_longitudinal

TEMPLATE = (
    files("marrowdose").joinpath("trial/templates/escalation.toml").read_text(encoding="utf-8").split("\n")
)
KEYS = [k for k, line in enumerate(TEMPLATE) if "=" in line and not line.startswith("#")]
VALUES = st.sampled_from(
    [
        "0",
        "-1",
        "1",
        "3",
        "1e400",
        "-inf",
        "nan",
        "1e-320",
        "true",
        '""',
        '"a"',
        "[]",
        "[[1]]",
        "[1, 1]",
        "[nan]",
        "{}",
        "{a = 1}",
        "1979-05-27",
        "99999999999999999999",
        "0.5",
        "[0, 0.5, 1]",
        "[1, 2, 3, 4]",
        '"boin"',
        '"isotonic"',
    ]
)


@given(
    line=st.sampled_from(KEYS), value=VALUES, gone=st.sets(st.sampled_from(range(len(TEMPLATE))), max_size=2)
)
@settings(max_examples=150, deadline=None)
def test_any_file_is_a_design_or_a_sentence(line, value, gone):
    lines = list(TEMPLATE)
    lines[line] = f"{lines[line].split('=')[0]}= {value}"
    text = "\n".join(x for k, x in enumerate(lines) if k not in gone)
    said = ""
    try:
        document = parse_document(text, "file.toml")
        found = design_from(document)
        truth_from(document, found.doses)
        assert isinstance(found, Design)
    except InputError as problem:
        said = str(problem)
    assert not said or said.startswith("file.toml")
    assert len(said) < 600


LONGITUDINAL = {
    name: files("marrowdose").joinpath(f"trial/templates/{name}.toml").read_text(encoding="utf-8").split("\n")
    for name in ("dose-ranging", "confirmatory", "extension")
}


@given(
    name=st.sampled_from(sorted(LONGITUDINAL)),
    value=VALUES,
    where=st.integers(0, 10**6),
    gone=st.integers(0, 200),
)
@settings(max_examples=100, deadline=None)
def test_any_longitudinal_file_is_a_design_or_a_sentence(name, value, where, gone):
    lines = list(LONGITUDINAL[name])
    keys = [k for k, line in enumerate(lines) if "=" in line and not line.startswith("#")]
    line = keys[where % len(keys)]
    lines[line] = f"{lines[line].split('=')[0]}= {value}"
    said = ""
    try:
        found = read_longitudinal(
            parse_document("\n".join(x for k, x in enumerate(lines) if k != gone), "file.toml")
        )
        assert found.design.analysis.sentences()
    except InputError as problem:
        said = str(problem)
    assert not said or said.startswith("file.toml")
    assert len(said) < 600


@pytest.mark.parametrize("value", ["[1, 1]", "{a = 1}", "3"])
def test_a_method_that_is_no_text_is_refused(value):
    text = "\n".join(LONGITUDINAL["dose-ranging"])
    old = next(line for line in text.split("\n") if line.startswith("method"))
    with pytest.raises(InputError, match=r"^file.toml:\d+: \[analysis\] method"):
        read_longitudinal(parse_document(text.replace(old, f"method = {value}"), "file.toml"))
