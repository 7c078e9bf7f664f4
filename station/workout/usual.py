"""What is usual in a session, and what a coach may say instead (pure).

It decides nothing. It imports nothing, so that a command can name it before it starts.
"""

CALL_SPACING_S = 20.0
"""Between two go-calls, at least."""
CALL_SPACINGS_S = 1.0, 600.0
"""What a coach may say instead."""
SPRINTER_FACTOR = 1.75
"""So many times as long a 400 m sprinter rests, after reps of more than `SPRINTER_BEYOND_M`."""
SPRINTER_FACTORS = 1.5, 2.0
"""What a coach may say instead: the training text's least and most."""
SPRINTER_BEYOND_M = 50  # longer reps cost a sprinter more
USUAL_FLY_M = 30.0
"""The Fly Zone where nobody says another: what sprinters hold top speed for."""
MOST_REPS = 300
"""Of a workout: more are a slip of the pen, and would only take long to draw."""
