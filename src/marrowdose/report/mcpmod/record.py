"""The records of ``mcpmod`` and ``power``. Doses are in the unit of the data."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from ...units import Probability
from ..frame.record import Banner

Dose = float
DoseOrNone = Annotated[Dose | None, "null: none up to the largest dose"]
Sides = Literal[1, 2]


class ArmEstimate(TypedDict):
    """The estimate at one dose with its 95 % interval."""

    dose: Dose
    mean: float
    lower: float
    upper: float


class CandidateShares(TypedDict):
    """The candidates as shares of their largest effect, at every dose."""

    dose: list[Dose]
    share: Annotated[dict[str, list[float]], "by candidate"]


class CandidateTest(TypedDict):
    """The contrast test of one candidate; p is adjusted for their number."""

    candidate: str
    t: float
    p: Probability
    p_monte_carlo_se: float


class ContrastTests(TypedDict):
    """Is there a dose-response? Contrast tests of all candidates."""

    alpha: Probability
    sides: Sides
    critical_value: float
    df: Annotated[float | None, "degrees of freedom; null: infinite"]
    candidates: list[CandidateTest]
    significant: Annotated[list[str], "candidates, the largest statistic first"]


class FittedCurve(TypedDict):
    """A fitted curve with its pointwise 95 % band; null where the band is not known."""

    dose: list[Dose]
    value: list[float]
    lower: list[float] | None
    upper: list[float] | None


class ShapeFit(TypedDict):
    """The fit of one shape."""

    coefficients: dict[str, float]
    covariates: Annotated[dict[str, float], "coefficients of the covariates"]
    standard_errors: Annotated[dict[str, float] | None, "null where the data do not tell them"]
    aic: float
    bic: float
    at_bound: Annotated[list[str], "parameters that ended at a bound"]
    curve: FittedCurve


class DoseInterval(TypedDict):
    """A 95 % interval of a dose."""

    lower: DoseOrNone
    upper: DoseOrNone


class BootstrapDose(DoseInterval):
    """A 95 % interval of the target dose over all shapes."""

    share_with_one: Annotated[Probability, "share of the draws that reach the target"]


class BootstrapArm(TypedDict):
    """The response at one dose over all shapes: median and 95 % interval."""

    dose: Dose
    lower: float
    median: float
    upper: float


class BootstrapRecord(TypedDict):
    """Estimates with the choice of the shape in their intervals."""

    draws: int
    dropped: Annotated[int, "draws that no shape could be fitted to"]
    chosen: Annotated[dict[str, Probability], "share of the draws that chose each shape"]
    curve: list[BootstrapArm]
    target_dose: NotRequired[BootstrapDose]


class McpModRecord(TypedDict):
    """An analysed dose-finding trial: is there an effect, and which dose has it?"""

    schema: Literal["mcpmod/1"]
    banner: Banner
    scale: Literal["effect over placebo", "response"]
    estimates: list[ArmEstimate]
    candidates: CandidateShares
    test: ContrastTests
    selected: Annotated[str | None, "shape; null: nothing is significant"]
    weights: Annotated[dict[str, Probability], "by shape"]
    not_converged: Annotated[dict[str, str], "why a shape was not fitted"]
    fits: Annotated[dict[str, ShapeFit], "by shape"]
    target_effect: NotRequired[Annotated[float, "over placebo, as asked"]]
    target_dose: NotRequired[Annotated[dict[str, DoseOrNone], "by shape"]]
    target_interval: NotRequired[Annotated[dict[str, DoseInterval], "by shape"]]
    average_target_dose: NotRequired[DoseOrNone]
    effective_share: NotRequired[Annotated[Probability, "of the largest effect, as asked"]]
    effective_dose: NotRequired[Annotated[dict[str, DoseOrNone], "by shape"]]
    effective_dose_se: NotRequired[Annotated[dict[str, float | None], "by shape; null: not told"]]
    bootstrap: NotRequired[BootstrapRecord]


class CandidateEffects(TypedDict):
    """The candidates' effects over placebo, at every dose."""

    dose: list[Dose]
    effect: Annotated[dict[str, list[float]], "by candidate"]


class TargetEstimated(TypedDict):
    """Estimates of the target dose over simulated trials: median and 90 % of them."""

    true: DoseOrNone
    share: Annotated[Probability, "share of the trials that have an estimate"]
    lower: DoseOrNone
    median: DoseOrNone
    upper: DoseOrNone


class EstimationRecord(TypedDict):
    """What the fits are worth if one candidate is the truth."""

    curve_rmse: Annotated[float, "root mean squared error of the effects over placebo"]
    curve_rmse_error: Annotated[float, "its standard error"]
    efficiency: Annotated[float, "mean squared error of plain means over that of the fits"]
    chosen: Annotated[dict[str, Probability], "share of the trials that chose each shape"]
    target_dose: TargetEstimated


class PowerBySize(TypedDict):
    """Power by the size of the trial."""

    total: Annotated[list[float], "patients"]
    power: Annotated[dict[str, list[Probability]], "by candidate"]


class PowerRecord(TypedDict):
    """Power, or the sample size with the power asked, of a dose-finding trial."""

    schema: Literal["power/1"]
    banner: Banner
    doses: list[Dose]
    n: Annotated[list[int], "patients at each dose"]
    total: Annotated[int, "patients"]
    alpha: Probability
    sides: Sides
    target: Annotated[Probability | None, "power asked; null: the size was given"]
    critical_value: float
    power: Annotated[dict[str, Probability], "by candidate, if it is the truth"]
    monte_carlo_se: Annotated[float, "the largest of these powers"]
    candidates: CandidateEffects
    estimation: NotRequired[Annotated[dict[str, EstimationRecord], "by candidate, if it is the truth"]]
    over: NotRequired[Annotated[PowerBySize, "with --html"]]
