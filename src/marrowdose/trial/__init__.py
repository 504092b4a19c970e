"""Trials that find and compare doses, simulated before they are run.

``truths`` is what may be true; ``dose_finding`` escalates, ``dose_ranging`` randomises, ``seamless`` does one
after the other; ``worth`` says what a trial is worth. ``run`` has the verbs that use all of them.
"""
