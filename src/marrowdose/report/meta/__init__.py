"""Pages and texts of dose-response meta-analyses."""
