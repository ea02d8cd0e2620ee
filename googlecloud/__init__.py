"""Google's APIs in our words; importable without Django."""
