"""What a pixel and a tick mean: pixels to metres, rows to instants, and how sure of it."""
