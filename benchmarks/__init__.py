"""What a case costs, counted from histories and timed on a stack of its own; results in RESULTS.md, `make bench`."""
