"""`station doctor`: what of this computer and what is plugged in works, and what to do."""
