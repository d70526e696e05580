"""Vendors that judge content, in their wire formats: OpenAI's moderation, HMA's lookup, Sightengine, a plain signed webhook."""
