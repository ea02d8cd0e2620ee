"""Checks everything the deployment depends on, and says how to fix what does not work."""
