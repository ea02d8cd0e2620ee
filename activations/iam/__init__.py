"""Writes to IAM: leases, quotas, intent, write and outcome."""
