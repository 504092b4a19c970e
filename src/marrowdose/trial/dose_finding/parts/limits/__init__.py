"""Limits, endings and selections that go with any of the others."""
