"""The HTTP face of the doors: routes, tokens, limits and problem documents. It decides nothing of its own."""
