"""What a workout means: from recorded pixels to runs, and from runs to what a coach is told."""
