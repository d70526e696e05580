"""What a case is and may become: pure rules. No clock, no input or output, no Temporal, no Postgres."""
