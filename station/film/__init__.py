"""Recordings: calibrated, timed, proved, and joined to sessions."""
