"""Pages and texts of the knee model."""
