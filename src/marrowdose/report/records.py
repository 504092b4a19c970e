"""Every record that a command prints with ``--json``."""

from __future__ import annotations

from .evidence.record import (
    CheckRecord,
    CurveRecord,
    EvidenceCheck,
    EvidenceList,
    EvidenceProvenance,
    EvidenceShow,
    EvidenceTrace,
    FitWritten,
)
from .joint.record import JointExplainRecord, JointPopulationRecord, JointRunRecord
from .mcpmod.record import McpModRecord, PowerRecord
from .meta.record import DrmaRecord
from .plan.json import PlanRecord
from .trial.dose_finding.record import (
    TrialCompareRecord,
    TrialCompareTruthsRecord,
    TrialNextRecord,
    TrialPathsRecord,
    TrialRunRecord,
)
from .trial.dose_ranging.record import TrialCompareLongitudinalRecord, TrialRunLongitudinalRecord
from .trial.protocol.record import TrialProtocolRecord
from .trial.record import TrialWorthRecord

RECORDS: tuple[type, ...] = (
    PlanRecord,
    CurveRecord,
    CheckRecord,
    FitWritten,
    EvidenceList,
    EvidenceShow,
    EvidenceCheck,
    EvidenceTrace,
    EvidenceProvenance,
    DrmaRecord,
    McpModRecord,
    PowerRecord,
    JointRunRecord,
    JointExplainRecord,
    JointPopulationRecord,
    TrialRunRecord,
    TrialRunLongitudinalRecord,
    TrialCompareRecord,
    TrialCompareTruthsRecord,
    TrialCompareLongitudinalRecord,
    TrialNextRecord,
    TrialPathsRecord,
    TrialProtocolRecord,
    TrialWorthRecord,
)
