"""A small social platform: what its users see, and how it carries out signed orders."""
