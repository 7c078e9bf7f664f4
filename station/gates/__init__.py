"""Light gates: what they say, followed to runs, live and from a record."""
