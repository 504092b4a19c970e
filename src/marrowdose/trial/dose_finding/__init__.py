"""Dose-finding designs: patients in cohorts, a decision after each."""
