"""What operators see: audit log, metrics, job runs."""
