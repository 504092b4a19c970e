"""Pages and texts of trial designs."""
