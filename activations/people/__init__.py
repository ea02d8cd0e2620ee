"""People: who acts, who may see what, and who may review."""
