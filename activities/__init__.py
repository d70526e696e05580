"""Effects: one file per thing done to the world. Safe to run again; what must be decided is asked of `cases`."""
