"""Meta-analysis, of dose-response and of effects."""
