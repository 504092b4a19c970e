"""A fit that somebody no longer waits for ends after the piece under way."""

from __future__ import annotations

import pytest

from marrowdose.errors import Cancelled
from marrowdose.evidence.tables import read_evidence
from marrowdose.synthesis import jobs
from marrowdose.synthesis.jobs import Job, Settings
from marrowdose.synthesis.refit import refit


def test_a_fit_is_cancelled_after_the_piece_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def quick(job: Job) -> tuple[Job, None]:
        done.append(job.name)
        return job, None

    monkeypatch.setattr(jobs, "_run", quick)
    with pytest.raises(Cancelled, match="after 2 of"):
        refit(read_evidence(), settings=Settings(processes=1), cancelled=lambda: len(done) == 2)
    assert len(done) == 2
