"""Root and lowest point are SciPy's own, call for call."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

from marrowdose.statistics.one_dimension import lowest, root

NUMBERS = st.floats(-3, 3)
CURVES = st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.floats(0.1, 20), st.floats(0, 5))
TOLERANCES = st.sampled_from([1e-14, 1e-10, 1e-7, 1e-3])


def watched(curve):
    """The function of these coefficients, and the points at which it was called."""
    a, b, c, d, steep, waves = curve
    called = []

    def f(x):
        called.append(float(x))
        return a + b * x * steep + c * math.tanh(steep * x - a) + d * x**3 + math.sin(waves * x)

    return f, called


@settings(max_examples=500, deadline=None)
@given(CURVES, st.tuples(NUMBERS, NUMBERS), TOLERANCES)
def test_as_scipy_call_for_call(curve, ends, xtol):
    low, high = sorted(ends)
    (ours, our_calls), (theirs, their_calls) = watched(curve), watched(curve)
    found = minimize_scalar(theirs, bounds=(low, high), method="bounded", options={"xatol": xtol})
    assert lowest(ours, low, high, xtol=xtol) == (found.x, found.fun)
    assert our_calls == their_calls
    if ours(low) * ours(high) < 0:
        our_calls.clear()
        their_calls.clear()
        assert root(ours, low, high, xtol=xtol) == brentq(theirs, low, high, xtol=xtol)
        assert our_calls == their_calls


def test_no_change_of_sign_and_no_end():
    with pytest.raises(ValueError, match="no change of sign"):
        root(lambda x: x * x + 1, -1, 1)
    with pytest.raises(ValueError, match="no root"):
        root(lambda x: 1.0 if x > 1e-300 else -1.0, -1, 2, xtol=0.0)


def test_a_root_at_an_end():
    assert root(lambda x: x, 0.0, 1.0) == 0.0
    assert root(lambda x: x - 1, 0.0, 1.0) == 1.0
