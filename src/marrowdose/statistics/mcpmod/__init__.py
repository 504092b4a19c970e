"""MCP-Mod: contrast tests and fitted dose-response shapes."""
