"""How much longer a 400 m sprinter rests (pure).

It decides nothing. It imports nothing, so that a command can name it before it starts.
"""

SPRINTER_FACTOR = 1.75
"""So many times as long, after reps of more than `SPRINTER_BEYOND_M`."""
SPRINTER_FACTORS = 1.5, 2.0
"""What a coach may say instead: the training text's least and most."""
SPRINTER_BEYOND_M = 50  # longer reps cost a sprinter more
