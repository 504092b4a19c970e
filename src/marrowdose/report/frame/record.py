"""What records of several stories share."""

from __future__ import annotations

from typing import Annotated

Banner = Annotated[str, "Intended use, to be shown with every rendering."]
Seed = Annotated[int, "Seed of the random numbers."]
