"""What records of several stories share: the banner, quantiles."""

from __future__ import annotations

from typing import Annotated, TypedDict

Banner = Annotated[str, "Intended use, to be shown with every rendering."]
Seed = Annotated[int, "Seed of the random numbers."]


class Quantiles(TypedDict):
    """Quantiles of a distribution: the ends of its 95, 80 and 50 % bands, and its median."""

    q025: float
    q10: float
    q25: float
    q50: float
    q75: float
    q90: float
    q975: float
