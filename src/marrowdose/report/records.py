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
from .plan.json import PlanRecord
from .trial.protocol.record import TrialProtocolRecord

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
    McpModRecord,
    PowerRecord,
    JointRunRecord,
    JointExplainRecord,
    JointPopulationRecord,
    TrialProtocolRecord,
)
