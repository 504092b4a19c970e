"""Statistics that know no disease."""
