"""The way to the present schema, one file a step; `record.migrate` walks it."""

from record.migrate import migrate, pending

__all__ = ["migrate", "pending"]
