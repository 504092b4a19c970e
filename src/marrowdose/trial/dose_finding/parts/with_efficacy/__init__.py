"""Parts that weigh efficacy against toxicity."""
