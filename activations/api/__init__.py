"""The REST API: the original's paths and bodies, and our additions."""
