"""The joint: mechanistic models of a knee that got cells, and the engine that runs them for many patients.

They show how a dose could act and what the data contradict; they never choose the dose.
"""
