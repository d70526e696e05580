"""The command line: one command a function, over the gateway's typed client. What it acts on is handed in (`place.py`)."""
