"""Monitoring of harm: exact stopping rules for event rates, MaxSPRT, Bayesian stopping tables."""
