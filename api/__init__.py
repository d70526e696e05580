"""Doors: what may be asked of a case, by whom, and what comes back. Over HTTP, by the typed client, by the command line."""
