"""Requests, grants and the evidence of what happened."""
