"""From Contrasts to a Fit: network → model → engine → averaging → check."""
