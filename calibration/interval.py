"""The interval that every ± is of (pure).

It decides how wide it is. It imports nothing.
"""

INTERVAL_95 = 1.959964
"""Half-width of a normal's 95 % interval, in standard deviations: the normal's 97.5 % quantile."""
