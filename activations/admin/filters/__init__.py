"""Filters that share one form, each with a description of what it selects."""
