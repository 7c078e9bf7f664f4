"""Light gates: one module a protocol, bytes → readings without I/O; one module opens ports."""
