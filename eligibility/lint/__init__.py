"""Finds bindings that were meant to make a role eligible and do not, or that grant it outright."""
