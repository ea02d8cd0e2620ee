"""Traces and metrics for an OpenTelemetry collector; loaded only when a collector is set."""
