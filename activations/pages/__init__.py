"""The self-service pages."""
