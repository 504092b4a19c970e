"""A dose-finding part that hands over to a dose-ranging one."""
