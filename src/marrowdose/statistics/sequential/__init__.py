"""Group-sequential trials: bounds, their error, power and expected size, frequentist and Bayesian."""
