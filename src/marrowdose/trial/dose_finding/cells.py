"""What happens to cells between the plan and the patient of a dose-finding trial.

The defaults are a trial without any of it, number for number. The ``[cells]`` of a scenario come before those
of a design.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from ...errors import require, require_between
from ...streams import normal, uniform
from ...units import Array, Indices, Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """``dose_cv``: standard deviation of log(delivered/planned dose). What a delivered dose between the
    stated ones does is interpolated, linear in the dose or in its logarithm (``scale``); outside, it is that
    of the nearest stated dose. ``batch_size`` patients in turn share a donor or batch, which correlates the
    normals behind their outcomes by ``batch_correlation``: the stated probabilities stay true on average.

    ``failure``: probability that no product can be made as planned. With ``fallback`` 0 that person is not
    treated and the next ready one takes the place, ``interval`` months later; else that part of the planned
    dose is given. Designs count every treated patient at the planned dose.
    """

    dose_cv: Annotated[float, "SD of log(delivered/planned dose)"] = 0.0
    scale: Literal["linear", "log"] = "linear"
    batch_size: int = 1
    batch_correlation: Probability = 0.0
    failure: Probability = 0.0
    fallback: Annotated[float, "part of the planned dose given after a failure"] = 0.0

    def __post_init__(self) -> None:
        tops = {"dose_cv": 0.5, "batch_correlation": 0.95, "failure": 0.9, "fallback": 1.0}
        for name, top in tops.items():
            require_between(getattr(self, name), 0, top, where=name)
        require(self.scale in ("linear", "log"), f"{self.scale!r}", where="scale", allowed="linear, log")
        whole = isinstance(self.batch_size, int) and not isinstance(self.batch_size, bool)
        require(
            whole and 1 <= self.batch_size <= 1000,
            f"{self.batch_size!r}",
            where="batch_size",
            allowed="a whole number from 1 to 1000",
        )
        require(
            self.batch_correlation == 0 or self.batch_size > 1,
            "correlates nobody",
            where="batch_correlation",
            remedy="give batch_size, 2 or more patients",
        )
        require(
            self.fallback == 0 or self.failure > 0,
            "is given to nobody",
            where="fallback",
            remedy="give failure, its probability",
        )

    @property
    def doses_differ(self) -> bool:
        """Whether delivered doses may differ from planned ones."""
        return self.dose_cv > 0 or self.fallback > 0

    @property
    def replaced(self) -> bool:
        """Whether people without a product are replaced by the next one."""
        return self.failure > 0 and self.fallback == 0

    @property
    def apart(self) -> bool:
        """Whether anything is as planned only on average."""
        return self.doses_differ or self.batch_correlation > 0 or self.failure > 0

    def latent(self, seed: int, purpose: str, trials: Indices, patients: Indices) -> Array:
        """Standard normal numbers of patients, those of one batch correlated: shapes broadcast."""
        own = normal(seed, purpose, trials, patients)
        if not self.batch_correlation:
            return own
        shared = normal(seed, f"batch {purpose}", trials, patients // self.batch_size)
        rho = self.batch_correlation
        return np.asarray(np.sqrt(rho) * shared + np.sqrt(1 - rho) * own)

    def delivered(self, seed: int, trials: Indices, patients: Indices) -> Array | None:
        """Delivered over planned dose of each patient, None where all are as planned."""
        if not self.doses_differ:
            return None
        part = np.exp(self.dose_cv * normal(seed, "delivered dose", trials, patients))
        if self.fallback:
            part = np.where(
                uniform(seed, "manufacture", trials, patients) < self.failure, self.fallback, part
            )
        return np.asarray(part)

    def without_product(self, seed: int, trials: Indices, patients: Indices) -> Indices | None:
        """People without a product before each treated patient (geometric), None where nobody is replaced."""
        if not self.replaced:
            return None
        u = uniform(seed, "manufacture", trials, patients)
        before: Indices = np.floor(np.log(u) / np.log(self.failure)).astype(np.int64)
        return before

    def sentences(self) -> tuple[str, ...]:
        """What a simulation takes for true, as protocol text; nothing where all goes as planned."""
        said = []
        if self.dose_cv:
            said.append(
                "Delivered over planned dose is log-normal with median 1 and standard deviation"
                f" {self.dose_cv:g} of its logarithm."
            )
        if self.failure and self.fallback:
            said.append(
                f"Manufacture fails for {self.failure:.3g} of patients, who then get {self.fallback:g} of the"
                " planned dose."
            )
        elif self.failure:
            said.append(
                f"Manufacture fails for {self.failure:.3g} of people, who are not treated; the next ready"
                " person takes the place."
            )
        if self.doses_differ:
            axis = "the dose" if self.scale == "linear" else "the logarithm of the dose"
            said.append(
                f"What a delivered dose does is interpolated between the stated doses, linear in {axis}, and"
                " held outside them; patients are counted at the planned dose."
            )
        if self.batch_correlation:
            said.append(
                f"{self.batch_size} patients in turn share a donor or batch, which correlates the latent"
                f" normals of their outcomes by {self.batch_correlation:g}."
            )
        return tuple(said)


AS_PLANNED = Cells()
