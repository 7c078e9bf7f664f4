"""A camera, live."""
