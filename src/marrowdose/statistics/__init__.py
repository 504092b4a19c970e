"""Statistics that know no disease, each folder with a front door of its own.

- `meta`: studies put together, one effect each or a dose-response curve through all
- `mcpmod`: the dose-response of one trial, tested and fitted
- `sequential`: trials with looks, their bounds, power and chance of success
- `repeated`: patients seen at several visits
- `allocation`: who gets which arm
- `monitoring`: events watched as they come

>>> from marrowdose.statistics.sequential import simon
>>> simon(0.2, 0.4, 0.05, 0.8)[0].n
43
"""
