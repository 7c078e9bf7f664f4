"""The commands, room by room: each with its options, what it says, and with which exit code."""
