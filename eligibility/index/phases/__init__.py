"""The phases of a refresh: each reads a page from Google, and returns what writes it."""
