"""Campaigns as evidence: what triggers protect, what events record, and whether both agree."""
