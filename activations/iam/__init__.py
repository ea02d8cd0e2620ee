"""Writes to IAM: leases, quotas, intent, write, outcome."""
