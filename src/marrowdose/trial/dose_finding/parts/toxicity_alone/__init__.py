"""Parts that look at toxicity alone."""
