"""The coach's terminal: keys in, the screen out."""
