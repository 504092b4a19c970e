"""One patient: intake → prediction → limits → advice, and what measured follow-up changes."""
