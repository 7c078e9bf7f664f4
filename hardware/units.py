"""How many of one unit are in another (pure).

It decides nothing and imports nothing.
"""

NS = 1_000_000_000
"""Nanoseconds in a second."""
