"""The journal: what is kept of sessions, read, resumed, and forgotten."""
