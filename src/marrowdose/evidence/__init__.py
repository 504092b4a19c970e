"""Published evidence: tables of facts, their conversion to contrasts, and a way to look things up."""
