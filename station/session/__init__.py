"""The session, pure: its events, its state, and what is said of both."""
