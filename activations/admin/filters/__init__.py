"""Filters that are filled in together in one form, and say in words what they select."""
