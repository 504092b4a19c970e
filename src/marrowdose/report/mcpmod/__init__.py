"""Pages and texts of MCP-Mod analyses and their planning."""
