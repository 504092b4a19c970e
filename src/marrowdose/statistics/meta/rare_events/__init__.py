"""Counts with few events: mixed models of 2 × 2 tables and rates, and one common odds ratio."""
