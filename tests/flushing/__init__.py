"""Lets tests empty a database whose evidence refuses to be emptied."""
