"""Our own light gate, FGP/1: firmware source, wiring, bill of materials (package data)."""
