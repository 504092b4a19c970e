"""Longitudinal dose-ranging trials with a continuous outcome, simulated against what is known today.

``truth`` says what is true, ``persons`` who comes and what is seen; ``visit_means`` and ``curve_average`` are
the statistics, ``smallest_sufficient`` and its neighbours the analyses that decide; ``simulate`` runs the
trials, ``characteristics`` and ``worth`` say what to expect of them.
"""
