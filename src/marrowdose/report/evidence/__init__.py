"""Pages and texts about the published evidence: tables, curve, checks, cross-check."""
