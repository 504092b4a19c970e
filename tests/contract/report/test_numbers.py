"""One format for one kind of number: digits, decimals, signs, errors, intervals."""

import re
from pathlib import Path

import pytest

import marrowdose.report
from marrowdose.report.frame import numbers

REPORT = Path(marrowdose.report.__file__).parent


@pytest.mark.parametrize(
    ("write", "values", "written"),
    [
        (numbers.significant, (0.12345, -12.34, 1250.4, 0, 1e-5), "0.123 −12.3 1250 0 1e−05"),
        (numbers.tick, (25, -2.5, 1250, 0.0), "25 −2.5 1250 0"),
        (numbers.decimals, (12.3, -0.001, -1234.5, 0), "12.30 0.00 −1,234.50 0.00"),
        (numbers.tenths, (12.34, -0.04, -3.26), "12.3 0.0 −3.3"),
        (numbers.whole, (1234.4, -0.4, -2508), "1,234 0 −2,508"),
        (numbers.signed_decimals, (1.2, -0.3, 0.001, -0.001), "+1.20 −0.30 0.00 0.00"),
        (numbers.signed_tenths, (1.24, -0.34, 0.04), "+1.2 −0.3 0.0"),
        (numbers.simulated_share, (0.5834, 0.0, 1.0), "58.3_% 0.0_% 100.0_%"),
    ],
)
def test_a_number_is_written_in_one_way(write, values, written) -> None:
    assert [write(value).replace(" ", "_") for value in values] == written.split()


def test_a_number_keeps_its_error_and_its_interval() -> None:
    assert numbers.plus_minus(-2.4, 0.123) == "−2.40 ± 0.12"
    assert numbers.share_plus_minus(0.583, 0.0041) == "58.3 ± 0.4 %"
    assert numbers.banded(7.1234, -2.2, 16.4) == "7.12 (−2.2 to 16.4)"
    assert numbers.banded(7.1234, -2.2, 16.4, numbers.tenths) == "7.1 (−2.2 to 16.4)"


def test_signs_and_quantiles_are_defined_once() -> None:
    others = {
        path: path.read_text("utf-8")
        for path in REPORT.rglob("*.py")
        if path.name not in ("numbers.py", "svg.py")
    }
    assert len(others) > 40
    by_hand = r"\{[^{}]*:[+,]*\.[0-9]+[fg]\}"  # of coordinates, in the drawing layer alone
    for text in (r'replace\("-", "−"\)', r"1\.9(6|59)\b", by_hand):
        assert not [path for path, source in others.items() if re.search(text, source)]
