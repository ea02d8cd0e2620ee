"""Looks at everything that must work together, and says what to do about what does not."""
