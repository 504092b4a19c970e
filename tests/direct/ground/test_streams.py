"""Counter-based random numbers against the published answers of Random123 and against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from marrowdose import streams
from marrowdose.errors import InputError
from marrowdose.streams import normal, philox, uniform

# Random123 1.14, tests/kat_vectors: counter words (low, high), key, answer words (low, high)
PUBLISHED = [
    (0x00000000, 0x00000000, 0x00000000, 0xFF1DAE59, 0x6CD10DF2),
    (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0x2C3F628B, 0xAB4FD7AD),
    (0x243F6A88, 0x85A308D3, 0x13198A2E, 0xDD7CE038, 0xF62A4C12),
]


@pytest.mark.parametrize("low, high, key, first, second", PUBLISHED)
def test_published_answers(low: int, high: int, key: int, first: int, second: int) -> None:
    found = int(philox(np.array([high << 32 | low], np.uint64), key)[0])
    assert (found & 0xFFFFFFFF, found >> 32) == (first, second)


def test_a_person_is_the_same_in_any_company() -> None:
    many = uniform(7, "toxicity", np.arange(40)[:, None], np.arange(30))
    assert many[11, 5] == uniform(7, "toxicity", 11, 5)
    assert np.array_equal(many[20:, :10], uniform(7, "toxicity", np.arange(20, 40)[:, None], np.arange(10)))
    assert not np.intersect1d(many, uniform(7, "efficacy", np.arange(40)[:, None], np.arange(30))).size
    assert not np.intersect1d(many, uniform(8, "toxicity", np.arange(40)[:, None], np.arange(30))).size


def test_compiled_and_plain_are_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    plain = uniform(3, "x", np.arange(300)[:, None], np.arange(200))
    monkeypatch.setattr(streams, "_COMPILE_AFTER", streams._drawn + 60_000)
    used = streams._compiled.cache_info()
    assert np.array_equal(plain, uniform(3, "x", np.arange(300)[:, None], np.arange(200)))
    assert streams._compiled.cache_info() == used  # few numbers: not worth the start of Numba
    assert np.array_equal(plain, uniform(3, "x", np.arange(300)[:, None], np.arange(200)))
    assert streams._compiled.cache_info() != used


def test_uniform_and_independent() -> None:
    u = uniform(1, "x", np.arange(200)[:, None], np.arange(500))
    assert u.min() > 0
    assert u.max() < 1
    assert stats.kstest(u.ravel(), "uniform").pvalue > 1e-4
    for a, b in ((u[:, :-1], u[:, 1:]), (u[:-1], u[1:])):  # neighbours; SE of a correlation 1/√n
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 4 / np.sqrt(a.size)
    z = normal(1, "x", np.arange(200)[:, None], np.arange(500))
    assert abs(z.std() - 1) < 4 / np.sqrt(2 * z.size)


def test_bad_seed() -> None:
    with pytest.raises(InputError, match="seed"):
        uniform(-1, "x", 0, 0)
