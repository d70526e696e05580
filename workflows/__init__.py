"""When: the order of things, waits and timers. Deterministic: decides through `cases`, acts through `activities`."""
