"""Traces and metrics for an OpenTelemetry collector; nothing of it is loaded unless one is set."""
