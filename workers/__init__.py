"""Wiring, the only place that builds things: settings, processes, telemetry, and the embedded stack."""
