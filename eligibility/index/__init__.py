"""The eligibility index: refreshing it, and serving lists from it."""
