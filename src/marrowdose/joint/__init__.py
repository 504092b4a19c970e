"""The knee as a mechanism: it explains how a dose could act and never chooses one."""
