"""Commands of access reviews."""
