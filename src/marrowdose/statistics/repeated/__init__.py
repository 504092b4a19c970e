"""Patients seen at several visits: the mixed model for repeated measures (MMRM).

- values by visit, some missing at random: `mmrm`, for one trial or thousands at once
- tests and intervals where patients are few: `contrasts` and `f_test` of the fit (Kenward & Roger)
- a trial to be planned, with drop-out: `mmrm_sample_size`, `mmrm_power`, `last_visit_variance`, `ar1`

>>> import numpy as np
>>> from marrowdose.statistics.repeated import contrasts, mmrm
>>> values = np.array([[[4, 5], [6, 8], [5, 9], [7, 8], [8, 13], [6, 11]]])  # one trial of six, two visits
>>> contrasts(mmrm(values, [0, 0, 0, 1, 1, 1]), [[-1, 1]]).estimate.round(3).tolist()
[[3.333]]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...doors import door

if TYPE_CHECKING:
    from .kenward_roger import ContrastEstimates, FTest, contrasts, f_test
    from .mixed_model import Mmrm, mmrm
    from .power import LastVisitTest, ar1, last_visit_variance, mmrm_power, mmrm_sample_size

__all__ = [
    "ContrastEstimates",
    "FTest",
    "LastVisitTest",
    "Mmrm",
    "ar1",
    "contrasts",
    "f_test",
    "last_visit_variance",
    "mmrm",
    "mmrm_power",
    "mmrm_sample_size",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "kenward_roger": "ContrastEstimates FTest contrasts f_test",
        "mixed_model": "Mmrm mmrm",
        "power": "LastVisitTest ar1 last_visit_variance mmrm_power mmrm_sample_size",
    },
)
