"""A session at the track: those who take part in it, joined."""
