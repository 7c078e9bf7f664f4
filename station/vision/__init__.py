"""Where somebody passed, and exactly when: the only code that times pixels."""
