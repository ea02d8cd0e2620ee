"""Brings the records and IAM into agreement after crashes, expiry and changes by other people."""
