"""Reports for operators: audit log, metrics, job runs."""
